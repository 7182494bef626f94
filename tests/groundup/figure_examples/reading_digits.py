"""A call of each function of `groundup.figures.reading_digits`."""

from collections.abc import Callable

import numpy as np

from groundup.figures import Picture, reading_digits

COUNTS = [[5, 1, 0], [0, 6, 2], [3, 0, 7]]


def accuracy_by_epoch() -> Picture:
    return reading_digits.accuracy_by_epoch({"one": [0.8, 0.85, 0.9], "other": [0.7, 0.72, 0.71]})


def confusion_matrix() -> Picture:
    return reading_digits.confusion_matrix(COUNTS)


def hidden_weights() -> Picture:
    weights = np.linspace(-1, 1, 8 * 28 * 28).reshape(8, 28, 28)
    return reading_digits.hidden_weights({"before": weights[:4], "after": weights[4:]}, columns=3)


EXAMPLES: dict[str, Callable[[], Picture]] = {
    "accuracy_by_epoch": accuracy_by_epoch,
    "confusion_matrix": confusion_matrix,
    "hidden_weights": hidden_weights,
}
