"""Figures of the page "Numerics": the slope of a kink, and how far two programs drift apart."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from numpy.typing import ArrayLike

from groundup.figures import BLUE, ORANGE, STYLE, Picture, subplots


def slopes_at_kink(choices: Mapping[str, float]) -> Picture:
    """ReLU beside its slope, with the slope that each of several functions gives at 0 itself.

    Args:
        choices: name of each function and its slope at 0; those that agree share a line of text.
    """
    figure, (left, right) = subplots(1, 2, height=2.5)
    with mpl.rc_context(STYLE):
        left.plot([-1, 0, 1], [0, 0, 1], color=BLUE, linewidth=1.8)
        left.plot(0, 0, "o", color=ORANGE)
        left.set(ylabel="ReLU(z)")

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
            ax.set(xlabel="z", xlim=(-1, 1), ylim=(-0.2, 1.2), yticks=[0, 0.5, 1])
    return Picture(figure)


def loss_and_gap(losses: Sequence[float], gaps: ArrayLike) -> Picture:
    """A loss at each step, and the relative difference of two programs that compute it.

    Args:
        losses: of one of the programs.
        gaps: the relative difference at each step. A zero, which a logarithmic axis has no place
            for, is left blank.
    """
    shown = np.asarray(gaps, dtype=float)
    shown = np.where(shown == 0, np.nan, shown)
    figure, (ax,) = subplots()
    with mpl.rc_context(STYLE):
        ax.plot(range(len(losses)), losses, color=BLUE, linewidth=1.8, label="loss")
        ax.plot(range(len(shown)), shown, color=ORANGE, linewidth=1.0, label="relative difference")
        ax.set_yscale("log")
        ax.set(xlabel="step")
        figure.legend(loc="outside upper center", ncols=2)
    return Picture(figure)
