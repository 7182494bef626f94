"""A call of each function of `groundup.figures.softmax_classifier`."""

from collections.abc import Callable

from groundup.figures import Picture
from groundup.figures import softmax_classifier as drawings

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "class_bars": lambda: drawings.class_bars(
        {"logits": [1.0, 3.0, -1.0], "softmax": [0.1173, 0.8668, 0.0159]},
        names=["dog", "cat", "horse"],
    ),
    "gradient_sizes": lambda: drawings.gradient_sizes(
        [0.1, 0.5, 0.9],
        {"cross-entropy": [0.9, 0.5, 0.1], "squared error": [0.16, 0.25, 0.02]},
    ),
}
