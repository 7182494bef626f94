"""A call of each function of `groundup.figures.deeper_digits`."""

from collections.abc import Callable

import numpy as np

from groundup.figures import Picture, deeper_digits

DIGIT = np.arange(28 * 28).reshape(28, 28) % 256
PASSES = np.linspace(0, 1, 50).reshape(5, 10)

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "shifted_copies": lambda: deeper_digits.shifted_copies(
        DIGIT, {"right": np.roll(DIGIT, 1, 1), "up": DIGIT[::-1]}
    ),
    "opinions": lambda: deeper_digits.opinions(PASSES, PASSES[2].tolist(), DIGIT),
}
