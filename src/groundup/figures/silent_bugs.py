"""Figures of the page "Bugs that train without an error": a faulty run beside the healthy one."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes

from groundup.figures import BLUE, INK, ORANGE, STYLE, Picture, subplots


def loss_and_accuracy(
    runs: Mapping[str, Sequence[tuple[float, float]]],
    *,
    floor: float | None = None,
    top: float = 3.2,
) -> Picture:
    """Training loss and validation accuracy of several runs by epoch, and where guessing stands.

    Args:
        runs: name of each run, and its loss and its accuracy (0..1) for each epoch.
        floor: a loss that one of the runs cannot get below, drawn as a dotted line.
        top: the end of the axis of the loss; what is higher leaves the picture.
    """
    figure, (left, right) = subplots(1, 2, height=2.5)
    with mpl.rc_context(STYLE):
        for (name, history), marker in zip(runs.items(), "osD", strict=False):
            epochs = range(1, len(history) + 1)
            losses = [loss for loss, _ in history]
            accuracies = [accuracy for _, accuracy in history]
            look: Any = {"marker": marker, "label": name, "linewidth": 1.8, "markersize": 4}
            left.plot(epochs, losses, **look)
            right.plot(epochs, accuracies, **look)

        # the same answer to all digits, and guessing among ten classes
        _level(left, math.log(10), "ln 10", "--")
        _level(right, 0.1, "guessing", "--")
        if floor is not None:
            _level(left, floor, f"floor {floor:.2f}", ":")

        left.set_title("loss", fontsize=10)
        right.set_title("validation accuracy", fontsize=10)
        left.set(xlabel="epoch", ylim=(0, top))
        right.set(xlabel="epoch", ylim=(0, 1))

        handles, labels = left.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return Picture(figure)


def _level(ax: Axes, height: float, name: str, linestyle: str) -> None:
    """A horizontal line, with its name below its right end."""
    ax.axhline(height, color=INK, linestyle=linestyle, linewidth=0.9)
    # across the axes as a fraction of their width, upwards in the data's own unit
    across_and_up = ("axes fraction", "data")
    place = (0.99, height)
    ax.annotate(name, place, xycoords=across_and_up, ha="right", va="top", fontsize=8)


def repeated_measurements(rows: Mapping[str, Sequence[float]], *, xlabel: str) -> Picture:
    """One row of rings for each set of measurements of the same thing; equal ones coincide.

    Args:
        rows: name of each set and its measurements.
        xlabel: what was measured.
    """
    figure, (ax,) = subplots(height=0.9 + 0.45 * len(rows))
    with mpl.rc_context(STYLE):
        for row, numbers in enumerate(rows.values()):
            color = ORANGE if row == 0 else BLUE
            heights = [row] * len(numbers)
            (rings,) = ax.plot(numbers, heights, "o", color=color, markersize=9, alpha=0.8)
            rings.set_fillstyle("none")
        ax.set(xlabel=xlabel, yticks=range(len(rows)), yticklabels=list(rows))
        ax.set(ylim=(len(rows) - 0.5, -0.5))  # the first row at the top
        ax.tick_params(axis="y", length=0)
        ax.margins(x=0.1)
        ax.grid(axis="x", color=INK, alpha=0.15)
    return Picture(figure)
