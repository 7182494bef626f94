"""A call of each function of `groundup.figures.minutes`."""

from collections.abc import Callable

from groundup.figures import Picture, minutes

RUNS = {"batch normalisation": [0.990, 0.991], "weight decay": [0.985, 0.986]}

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "accuracy_over_seconds": lambda: minutes.accuracy_over_seconds(
        {"textbook": ([1.0, 2.0], [0.5, 0.9]), "ours": ([0.5, 1.0], [0.9, 0.99])}, marks=[0.99]
    ),
    "gains": lambda: minutes.gains(RUNS, [0.985, 0.9851]),
}
