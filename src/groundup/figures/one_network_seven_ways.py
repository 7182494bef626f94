"""Figures of the page "One network, seven ways": the pencil case, and losses by group."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from groundup.figures import BLUE, ORANGE, STYLE, Picture, subplots

FORWARD: Any = {"arrowstyle": "->", "color": BLUE, "linewidth": 1.4}
BACKWARD: Any = {"arrowstyle": "->", "color": ORANGE, "linewidth": 1.4}
OVER_ANOTHER: Any = BACKWARD | {"connectionstyle": "arc3,rad=-0.35"}

CELL_WIDTH = 0.62
CELL_HEIGHT = 0.5
GAP = 0.75  # between two matrices
GRADIENTS = -2.2  # how far below the values they stand


def pencil_case(forward: Mapping[str, ArrayLike], backward: Mapping[str, ArrayLike]) -> Picture:
    """Two layers on a few whole numbers: each matrix, and below it the gradient of the loss.

    Args:
        forward: X, W1, Z1, A1, W2 and Z2 by their names, in this order.
        backward: the gradients of all but X, by the same names.
    """
    figure, (ax,) = subplots(width=5.4, height=2.7)
    with mpl.rc_context(STYLE):
        middles = {}
        left = 0.0
        for name, entries in forward.items():
            matrix = np.asarray(entries)
            width = matrix.shape[1] * CELL_WIDTH
            middles[name] = left + width / 2
            letter, digit = name[0], name[1:]
            symbol = f"{letter}_{digit}" if digit else letter
            _matrix(ax, matrix, (middles[name], 0), BLUE, f"${symbol}$")
            if name in backward:
                gradient = rf"$\partial L/\partial {symbol}$"
                place = (middles[name], GRADIENTS)
                _matrix(ax, np.asarray(backward[name]), place, ORANGE, gradient)
            left += width + GAP

        # what stands between two matrices, forward
        signs = {("X", "W1"): "·", ("W1", "Z1"): "=", ("A1", "W2"): "·", ("W2", "Z2"): "="}
        for (one, other), sign in signs.items():
            x = _between(one, other, forward, middles)
            ax.text(x, 0, sign, ha="center", va="center", fontsize=14)
        x = _between("Z1", "A1", forward, middles)
        ax.annotate("", (x + 0.32, 0), (x - 0.32, 0), arrowprops=FORWARD)
        ax.text(x, 0.18, "ReLU", ha="center", color=BLUE, fontsize=8)

        # the way back, from right to left
        for source, target in [("Z2", "W2"), ("A1", "Z1"), ("Z1", "W1")]:
            x = _between(target, source, forward, middles)
            ends = ((x - 0.32, GRADIENTS), (x + 0.32, GRADIENTS))
            ax.annotate("", *ends, arrowprops=BACKWARD)
        below = GRADIENTS - 0.65
        ends = ((middles["A1"], below), (middles["Z2"], below))
        ax.annotate("", *ends, arrowprops=OVER_ANOTHER)

        ax.set(xlim=(-0.2, left - GAP + 0.2), ylim=(GRADIENTS - 1.5, 1.2))
        ax.axis("off")
    return Picture(figure)


def _matrix(
    ax: Axes, entries: NDArray[Any], middle: tuple[float, float], color: str, name: str
) -> None:
    """Write a matrix of whole numbers round a point, in a frame, its name above."""
    rows, columns = entries.shape
    x, y = middle
    left = x - columns * CELL_WIDTH / 2
    bottom = y - rows * CELL_HEIGHT / 2
    frame = Rectangle(
        (left, bottom),
        columns * CELL_WIDTH,
        rows * CELL_HEIGHT,
        fill=False,
        edgecolor=color,
        linewidth=1.2,
    )
    ax.add_patch(frame)
    for row in range(rows):
        for column in range(columns):
            across = left + (column + 0.5) * CELL_WIDTH
            up = bottom + (rows - row - 0.5) * CELL_HEIGHT
            number = str(round(entries[row, column])).replace("-", "\N{MINUS SIGN}")
            ax.text(across, up, number, ha="center", va="center", fontsize=9)
    top = bottom + rows * CELL_HEIGHT
    ax.text(x, top + 0.15, name, ha="center", va="bottom", color=color, fontsize=9)


def _between(
    one: str, other: str, matrices: Mapping[str, ArrayLike], middles: Mapping[str, float]
) -> float:
    """The middle of the gap between two neighbouring matrices."""
    right_edge = middles[one] + np.asarray(matrices[one]).shape[1] * CELL_WIDTH / 2
    left_edge = middles[other] - np.asarray(matrices[other]).shape[1] * CELL_WIDTH / 2
    return (right_edge + left_edge) / 2


def dots_by_group(
    values: Sequence[float],
    groups: Sequence[int],
    *,
    names: Mapping[int, str],
    xlabel: str,
    ylabel: str,
) -> Picture:
    """One dot per value on a logarithmic axis, coloured by the group that it belongs to.

    Args:
        values: the heights, in order.
        groups: the group of each value.
        names: the groups to show, and how the legend names them.
        xlabel: what the position in the order stands for.
        ylabel: what the values are, with their unit.
    """
    figure, (ax,) = subplots()
    with mpl.rc_context(STYLE):
        for group, name in names.items():
            places = [i for i, member in enumerate(groups) if member == group]
            heights = [values[i] for i in places]
            ax.plot(places, heights, "o", markersize=2.5, label=name)
        ax.set_yscale("log")
        ax.set(xlabel=xlabel, ylabel=ylabel)
        ax.legend(markerscale=2)
    return Picture(figure)
