"""A call of each function of `groundup.figures.reading_digits`."""

from collections.abc import Callable

from groundup.figures import Picture, reading_digits

COUNTS = [[5, 1, 0], [0, 6, 2], [3, 0, 7]]


def confusion_matrix() -> Picture:
    return reading_digits.confusion_matrix(COUNTS)


EXAMPLES: dict[str, Callable[[], Picture]] = {"confusion_matrix": confusion_matrix}
