"""A call of each function of `groundup.figures` that draws."""

from collections.abc import Callable

import numpy as np

from groundup import figures
from groundup.figures import Picture

DIGITS = np.arange(3 * 28 * 28).reshape(3, 28, 28) % 256
LOSSES = [0.5, 0.25, 0.125]

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "curves": lambda: figures.curves(
        {"a": LOSSES, "b": LOSSES[::-1]}, xlabel="epoch", ylabel="loss", x=[1.0, 2.0, 3.0], log=True, marks={"m": 0.2}
    ),
    "digit_grid": lambda: figures.digit_grid(DIGITS, titles=[7, "2", 1], columns=2),
    "enlarged": lambda: figures.enlarged(DIGITS[0], box=(slice(7, 13), slice(5, 12))),
    "bars": lambda: figures.bars({"before": LOSSES, "after": LOSSES[::-1]}, xlabel="digit", ylabel="output"),
    "confusion_matrix": lambda: figures.confusion_matrix([[5, 1, 0], [0, 6, 2], [3, 0, 7]]),
    "two_layer_shapes": figures.two_layer_shapes,
    "slopes_at_kink": lambda: figures.slopes_at_kink({"by hand": 1.0, "relu": 0.0, "clamp": 0.0, "maximum": 0.5}),
    "dots_by_group": lambda: figures.dots_by_group(
        LOSSES, [0, 1, 0], names={0: "no pass", 1: "one pass"}, xlabel="step", ylabel="loss"
    ),
    "neuron_chain": lambda: figures.neuron_chain(
        {
            "x": 0.8,
            "w1": 1.58,
            "b1": -0.14,
            "a1": 0.75,
            "w2": 2.45,
            "b2": -0.11,
            "a2": 0.85,
            "target": 1.0,
            "loss": 0.02,
        },
        {"w1": -0.01, "a2": -0.3},
    ),
    "stacked_curves": lambda: figures.stacked_curves(
        {"loss": {"a": LOSSES}, "output": {"a": LOSSES[::-1]}}, xlabel="step", marks={"output": 0.5}
    ),
    "relative_gaps": lambda: figures.relative_gaps({"float32": [1e-7, float("nan"), 1e-6]}),
}
