"""A call of each function of `groundup.figures` that draws."""

from collections.abc import Callable

import numpy as np

from groundup import figures
from groundup.figures import Picture

DIGITS = np.arange(3 * 28 * 28).reshape(3, 28, 28) % 256
BOX = (slice(7, 13), slice(5, 12))
LOSSES = [0.5, 0.25, 0.125]
NAMED = {"a": LOSSES, "b": LOSSES[::-1]}
BOTH = {"before": LOSSES, "after": LOSSES[::-1]}
NOTED = np.linspace(2.3, 0.5, 200).tolist()

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "curves": lambda: figures.curves(
        NAMED, xlabel="epoch", ylabel="loss", x=[1.0, 2.0, 3.0], log=True, marks={"m": 0.2}
    ),
    "smoothed_curves": lambda: figures.smoothed_curves(
        {"sigmoid": NOTED, "ReLU": NOTED[::-1]}, ylabel="loss", marks={"chance": 2.3}
    ),
    "digit_grid": lambda: figures.digit_grid(DIGITS, titles=[7, "2", 1], columns=2),
    "enlarged": lambda: figures.enlarged(DIGITS[0], box=BOX),
    "bars": lambda: figures.bars(BOTH, xlabel="digit", ylabel="output"),
    "mistakes": lambda: figures.mistakes(
        {"reported": {"dense": 0.97, "dropout": 0.996}, "here": {"dropout": 0.97}}, total=10_000
    ),
}
