"""Figures of the page "The same accuracy in minutes": accuracy over seconds, and each gain."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np

from groundup.figures import BLUE, INK, ORANGE, STYLE, Picture, subplots

ACCURACIES = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998)
WRONG = tuple(1 - accuracy for accuracy in ACCURACIES)
SECONDS = (0.1, 0.3, 1, 3, 10, 30, 100, 300)


def accuracy_over_seconds(
    runs: Mapping[str, tuple[Sequence[float], Sequence[float]]], *, marks: Sequence[float]
) -> Picture:
    """Each run as a line of dots, by seconds and by the share of digits read wrongly.

    Args:
        runs: name of each run, its seconds, and its accuracies (0..1) at these times; both are
            drawn on a logarithmic axis.
        marks: accuracies at which a dashed line is drawn.
    """
    figure, (ax,) = subplots(height=3.2)
    with mpl.rc_context(STYLE):
        for name, (seconds, accuracies) in runs.items():
            wrong = 1 - np.asarray(accuracies)
            ax.plot(seconds, wrong, "o-", label=name, markersize=3.5, linewidth=1.6)
        for mark in marks:
            ax.axhline(1 - mark, color=INK, linestyle="--", linewidth=0.9)
        ax.set_xscale("log")
        ax.set_yscale("log")

        # all ticks on every machine, fast or slow; those beyond the limits are not drawn
        bottom_and_top = ax.get_ylim()
        left_and_right = ax.get_xlim()
        # drawn is the share read wrongly, written the accuracy
        ax.set_yticks(WRONG, [f"{accuracy:.1%}" for accuracy in ACCURACIES])
        ax.set_xticks(SECONDS, [f"{time:g}" for time in SECONDS])
        ax.set_ylim(bottom_and_top)
        ax.set_xlim(left_and_right)

        ax.minorticks_off()
        ax.invert_yaxis()
        ax.set(xlabel="seconds of training", ylabel="accuracy")
        ax.legend()
    return Picture(figure)


def gains(runs: Mapping[str, Sequence[float]], start: Sequence[float]) -> Picture:
    """What each ingredient adds to the accuracy of the start, and two standard errors each way.

    Args:
        runs: for each ingredient the accuracies (0..1) of its runs, one for each seed.
        start: those of the start, with the same seeds.
    """
    figure, (ax,) = subplots(height=0.36 * len(runs) + 0.9)
    with mpl.rc_context(STYLE):
        for place, accuracies in enumerate(runs.values()):
            # run by run, so that what a seed does to both cancels out
            differences = np.subtract(accuracies, start)
            gain = differences.mean()
            error = differences.std(ddof=1) / len(differences) ** 0.5
            color = BLUE if gain > 2 * error else ORANGE
            ax.errorbar(
                100 * gain,
                place,
                xerr=200 * error,
                fmt="o",
                color=color,
                markersize=5.5,
                elinewidth=1.4,
            )
        ax.axvline(0, color=INK, linewidth=0.9)
        ax.set_yticks(range(len(runs)), list(runs))
        ax.set_ylim(len(runs) - 0.5, -0.5)  # the first ingredient at the top
        ax.set(xlabel="gain in accuracy, per cent of the digits")
    return Picture(figure)
