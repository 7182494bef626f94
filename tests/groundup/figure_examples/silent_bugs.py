"""A call of each function of `groundup.figures.silent_bugs` that draws."""

from collections.abc import Callable

import numpy as np

from groundup.figures import Picture, silent_bugs

NOTES = {"step": [20, 40, 60], "loss": [2.0, 1.0, 0.5], "accuracy": [0.2, 0.6, 0.8]}
NUMBERS = np.linspace(-0.2, 1.2, 50)

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "loss_and_accuracy": lambda: silent_bugs.loss_and_accuracy(
        {"healthy": NOTES, "this code": NOTES}, floor=1.46
    ),
    "histograms": lambda: silent_bugs.histograms(
        {
            "this code": {"even": NUMBERS, "odd": NUMBERS**2},
            "cured": {"even": NUMBERS, "odd": NUMBERS},
        },
        xlabel="output",
    ),
    "repeated_measurements": lambda: silent_bugs.repeated_measurements(
        {"this code": [0.85, 0.86, 0.87], "cured": [0.9, 0.9, 0.9]}, xlabel="test accuracy"
    ),
    "answers_over_time": lambda: silent_bugs.answers_over_time(
        np.eye(10).repeat(2, axis=0), steps=range(5, 105, 5), shown=[i // 2 for i in range(20)]
    ),
}
