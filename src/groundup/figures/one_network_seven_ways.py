"""Figures of the page "One network, seven ways": its shapes, gaps between runs, a kink's slope."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np

from groundup.figures import BLUE, INK, ORANGE, STYLE, Picture, subplots

FORWARD: Any = {"arrowstyle": "->", "color": BLUE, "linewidth": 1.6}
BACKWARD: Any = {"arrowstyle": "->", "color": ORANGE, "linewidth": 1.6}
INTO_WEIGHTS: Any = BACKWARD | {"linewidth": 1.2, "connectionstyle": "arc3,rad=-0.2"}
FROM_WEIGHTS: Any = {"arrowstyle": "->", "color": INK, "linewidth": 0.9}


def two_layer_shapes() -> Picture:
    """The two-layer network: values and shapes from left to right, gradients back again."""
    # each value two units to the right of the one before it
    values = [
        ("$X$", "(64, 1000)"),
        ("$h$", "(64, 100)"),
        ("$U$", "(64, 100)"),
        (r"$\hat{y}$", "(64, 10)"),
        ("$L$", "()"),
    ]
    # what leads from each value to the next, and the gradient of the value that it leads to
    steps = [
        (r"$\cdot\; W_1$", r"$\partial L/\partial h$"),
        ("ReLU", r"$\partial L/\partial U$"),
        (r"$\cdot\; W_2$", r"$\partial L/\partial\hat{y}$"),
        ("squares", ""),
    ]
    # where each matrix comes in, and its shape
    matrices = [(1, "W_1", "(1000, 100)"), (5, "W_2", "(100, 10)")]

    figure, (ax,) = subplots(height=2.5)
    with mpl.rc_context(STYLE):
        for i, (name, shape) in enumerate(values):
            ax.text(2 * i, 0, name, ha="center", va="center", fontsize=13)
            ax.text(2 * i, -0.55, shape, ha="center", va="center", fontsize=8)

        for i, (operation, gradient) in enumerate(steps):
            left = 2 * i
            right = left + 2
            ax.annotate("", (left + 1.6, 0), (left + 0.4, 0), arrowprops=FORWARD)
            ax.text(left + 1, 0.3, operation, ha="center", color=BLUE)
            # X is data: no gradient goes back to it
            if i > 0:
                ax.annotate("", (left + 0.45, -1.15), (left + 1.55, -1.15), arrowprops=BACKWARD)
            if gradient:
                ax.text(right, -1.15, gradient, ha="center", va="center", color=ORANGE, fontsize=9)

        for x, name, shape in matrices:
            ax.text(x, 1.15, f"${name}$  {shape}", ha="center", fontsize=9)
            ax.annotate("", (x, 0.65), (x, 1.05), arrowprops=FROM_WEIGHTS)
            gradient = rf"$\partial L/\partial {name}$"
            ax.text(x, -1.85, gradient, ha="center", va="center", color=ORANGE)
            ax.annotate("", (x + 0.55, -1.8), (x + 1, -1.4), arrowprops=INTO_WEIGHTS)

        ax.set(xlim=(-0.7, 8.6), ylim=(-2.2, 1.5))
        ax.axis("off")
    return Picture(figure)


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


def relative_gaps(series: Mapping[str, Sequence[float]]) -> Picture:
    """How far pairs of runs are apart at each step, relative to their size.

    Args:
        series: name of each pair and its relative differences. Zeros, which a logarithmic axis has
            no place for, and NaN are left blank.
    """
    figure, (ax,) = subplots(height=3.6)
    with mpl.rc_context(STYLE):
        for name, values in series.items():
            gaps = np.asarray(values, dtype=float)
            gaps = np.where(gaps == 0, np.nan, gaps)
            ax.plot(gaps, label=name, linewidth=1.2)
        ax.set_yscale("log")
        ax.set(xlabel="step", ylabel="relative difference")
        figure.legend(loc="outside lower left")
    return Picture(figure)


def slopes_at_kink(choices: Mapping[str, float]) -> Picture:
    """ReLU beside its slope, with the slope that each of several functions gives at 0 itself.

    Args:
        choices: name of each function and its slope at 0; those that agree share a line of text.
    """
    figure, (left, right) = subplots(1, 2, height=2.5)
    with mpl.rc_context(STYLE):
        left.plot([-1, 0, 1], [0, 0, 1], color=BLUE, linewidth=1.8)
        left.plot(0, 0, "o", color=ORANGE)
        left.set(ylabel="ReLU(h)")

        # two lines with a jump between them
        right.plot([-1, 0], [0, 0], color=BLUE, linewidth=1.8)
        right.plot([0, 1], [1, 1], color=BLUE, linewidth=1.8)
        right.set(ylabel="slope")
        for slope in sorted(set(choices.values())):
            right.plot(0, slope, "o", color=ORANGE)
            names = ",\n".join(name for name, value in choices.items() if value == slope)
            # beside its dot, on the side where no line is
            if slope > 0.75:
                right.text(-0.12, slope, names, ha="right", va="center", fontsize=8)
            else:
                right.text(0.12, slope, names, ha="left", va="center", fontsize=8)

        for ax in (left, right):
            ax.set(xlabel="h", xlim=(-1, 1), ylim=(-0.2, 1.2), yticks=[0, 0.5, 1])
    return Picture(figure)
