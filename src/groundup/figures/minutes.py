"""Figures of the page "The same accuracy in minutes": losses over rates, and rows of runs."""

from collections.abc import Mapping, Sequence
from statistics import mean

import matplotlib as mpl
import numpy as np

from groundup.figures import BLUE, INK, ORANGE, STYLE, Picture, subplots


def loss_over_rate(
    tests: Mapping[str, tuple[Sequence[float], Sequence[float]]], *, chance: float
) -> Picture:
    """The loss of each step against its learning rate, on a logarithmic axis.

    Args:
        tests: by name, the rates and the losses; a line is cut where it leaves the picture.
        chance: the loss of a network that knows nothing, drawn as a dashed line.
    """
    figure, (ax,) = subplots(height=2.8)
    with mpl.rc_context(STYLE):
        for name, (rates, losses) in tests.items():
            ax.plot(rates, losses, label=name, linewidth=1.6)
        ax.axhline(chance, color=INK, linestyle="--", linewidth=0.9)
        ax.set_xscale("log")
        ax.set(xlabel="learning rate of the step", ylabel="loss", ylim=(0, 2 * chance))
        figure.legend(loc="outside upper center", ncols=len(tests))
    return Picture(figure)


def rows_of_runs(rows: Mapping[str, Sequence[float]], *, mark: float | None = None) -> Picture:
    """Each row's runs as dots on an axis of accuracies, and their mean as a bar across.

    Args:
        rows: by name, the accuracies (0..1) of the runs, the first row at the top.
        mark: an accuracy at which a dashed line is drawn.
    """
    figure, (ax,) = subplots(width=5.6, height=0.38 * len(rows) + 0.9)
    with mpl.rc_context(STYLE):
        for place, accuracies in enumerate(rows.values()):
            shares = 100 * np.asarray(accuracies)
            # above one another in turn, so that equal ones do not hide each other
            heights = place + 0.12 * (np.arange(len(shares)) % 3 - 1)
            ax.plot(shares, heights, "o", color=BLUE, markersize=3.2, alpha=0.7)
            ends = (place - 0.34, place + 0.34)
            middle = 100 * mean(accuracies)
            ax.plot((middle, middle), ends, color=ORANGE, linewidth=2.4)
        if mark is not None:
            ax.axvline(100 * mark, color=INK, linestyle="--", linewidth=0.9)
        ax.set_yticks(range(len(rows)), list(rows))
        ax.set_ylim(len(rows) - 0.5, -0.5)  # the first row at the top
        ax.set(xlabel="accuracy, per cent of the digits")
    return Picture(figure)
