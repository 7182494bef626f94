"""Figures of the page "How sure are we?": runs of one recipe, and what was reported."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np

from groundup.figures import BLUE, INK, ORANGE, STYLE, Picture, between, subplots


def runs_of_one_recipe(accuracies: Sequence[float], marks: Mapping[str, float]) -> Picture:
    """Each run as a dot on the axis of accuracies, equal ones on top of each other.

    Args:
        accuracies: of the runs, fractions (0..1).
        marks: name and place of the vertical dashed lines.
    """
    figure, (ax,) = subplots(height=1.9)
    with mpl.rc_context(STYLE):
        piles: dict[float, int] = {}
        for accuracy in sorted(accuracies):
            # steps of five digits in ten thousand
            place = round(accuracy * 2000) / 2000
            piles[place] = piles.get(place, 0) + 1
            ax.plot(place * 100, piles[place], "o", color=BLUE, markersize=6)

        top = max(piles.values()) + 1
        for i, (name, place) in enumerate(marks.items()):
            ax.axvline(place * 100, color=ORANGE, linestyle="--", linewidth=1.2)
            # every other name stands higher: neighbours do not run into each other
            height = top - 0.2 + 0.9 * (i % 2)
            ax.annotate(name, (place * 100, height), ha="center", va="bottom", fontsize=9)

        ax.set(xlabel="test accuracy, per cent", ylim=(0.3, top + 1.6), yticks=[])
        ax.spines["left"].set_visible(False)
    return Picture(figure)


def beside_the_reported(
    ours: Mapping[str, Sequence[float]], reported: Mapping[str, float], *, total: int
) -> Picture:
    """For each row our runs as dots and the reported figure as a ring, by digits read wrongly.

    Args:
        ours: for each row the accuracies (0..1) of its runs; rows without a run show the ring
            alone.
        reported: for each row the accuracy that its source gives.
        total: how many test digits there are.
    """
    figure, (ax,) = subplots(height=0.4 * len(reported) + 1.0)
    with mpl.rc_context(STYLE):
        for place, (row, figure_of_source) in enumerate(reported.items()):
            # the legend names what stands in the first row
            dots_name = None
            ring_name = None
            if place == 0:
                dots_name = "our runs"
                ring_name = "reported"

            wrong = (1 - np.array(ours.get(row, []))) * total
            heights = [place + 0.22] * len(wrong)
            ax.plot(wrong, heights, "o", color=BLUE, markersize=4, alpha=0.55, label=dots_name)

            wrong_there = (1 - figure_of_source) * total
            (ring,) = ax.plot(wrong_there, place - 0.18, "o", label=ring_name)
            ring.set(markerfacecolor="none", markeredgecolor=ORANGE)
            ring.set(markersize=7, markeredgewidth=1.6)

        ax.set_xscale("log")
        ticks = between((20, 50, 100, 200, 500), ax.get_xlim())
        ax.set_xticks(ticks, map(str, ticks))
        ax.minorticks_off()
        ax.set_yticks(range(len(reported)), list(reported))
        ax.set_ylim(len(reported) - 0.4, -0.6)  # the first row at the top
        ax.set(xlabel=f"read wrongly, of {total:,} test digits")
        ax.grid(axis="y", color=INK, alpha=0.15)
        figure.legend(loc="outside upper center", ncols=2)
    return Picture(figure)
