"""The figure of the page "Results": reported accuracies beside those of our runs."""

from collections.abc import Mapping, Sequence
from statistics import mean, stdev

import matplotlib as mpl

from groundup.figures import BLUE, INK, ORANGE, STYLE, Picture, between, subplots

# accuracies that the axis names, where it shows them
TICKS = (0.95, 0.97, 0.98, 0.99, 0.995, 0.997, 0.998)


def reported_and_ours(
    reported: Mapping[str, float], ours: Mapping[str, Sequence[float]]
) -> Picture:
    """For each row the reported accuracy as a ring, and below it our runs.

    Each run is a dot. A square is the mean of the runs, and its bar is one standard deviation to
    each side; a single run has neither. The axis is logarithmic in the mistakes.

    Args:
        reported: for each row the accuracy that its source gives (0..1).
        ours: for each row the accuracies of its runs, one or more.
    """
    figure, (ax,) = subplots(width=5.6, height=0.55 * len(reported) + 1.0)
    with mpl.rc_context(STYLE):
        for place, (row, accuracy) in enumerate(reported.items()):
            (ring,) = ax.plot(1 - accuracy, place - 0.2, "o", label="reported")
            ring.set(markerfacecolor="none", markeredgecolor=ORANGE)
            ring.set(markersize=8, markeredgewidth=1.6)

            wrong = [1 - each for each in ours[row]]
            heights = [place + 0.25] * len(wrong)
            ax.plot(wrong, heights, "o", color=BLUE, markersize=3.5, alpha=0.5, label="our runs")

            if len(wrong) > 1:
                ax.errorbar(
                    mean(wrong),
                    place + 0.05,
                    xerr=stdev(wrong),
                    fmt="s",
                    color=INK,
                    markersize=4.5,
                    elinewidth=1.4,
                    capsize=3,
                    label="their mean and standard deviation",
                )

        ax.set_xscale("log")
        ax.invert_xaxis()  # the fewer mistakes, the farther to the right
        low, high = sorted(ax.get_xlim())
        ticks = between([1 - tick for tick in TICKS], (low, high))
        ax.set_xticks(ticks, [f"{1 - tick:.1%}" for tick in ticks])
        ax.minorticks_off()
        names = [f"{row}, n = {len(ours[row])}" for row in reported]
        ax.set_yticks(range(len(reported)), names)
        ax.set_ylim(len(reported) - 0.4, -0.6)  # the first row at the top
        ax.set(xlabel="test accuracy")
        ax.grid(axis="x", color=INK, alpha=0.15)

        # every row has the same series: the legend names each of them once
        handles, labels = ax.get_legend_handles_labels()
        named = dict(zip(labels, handles, strict=True))
        figure.legend(named.values(), named.keys(), loc="outside upper center", ncols=3)
    return Picture(figure)
