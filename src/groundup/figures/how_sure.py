"""Figures of the page "How sure are we?": many runs of one recipe, and what was reported, on one axis."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl

from groundup.figures import BLUE, INK, ORANGE, STYLE, Picture, subplots


def runs_of_one_recipe(accuracies: Sequence[float], marks: Mapping[str, float]) -> Picture:
    """Each run as a dot on the axis of accuracies, those that fall on the same place on top of each other.

    Args:
        accuracies: of the runs, fractions (0..1).
        marks: name and place of the vertical dashed lines.
    """
    figure, (ax,) = subplots(height=1.9)
    with mpl.rc_context(STYLE):
        piles: dict[float, int] = {}
        for accuracy in sorted(accuracies):
            place = round(accuracy * 2000) / 2000  # steps of five digits in ten thousand
            piles[place] = piles.get(place, 0) + 1
            ax.plot(place * 100, piles[place], "o", color=BLUE, markersize=6)
        top = max(piles.values()) + 1
        for i, (name, place) in enumerate(marks.items()):
            ax.axvline(place * 100, color=ORANGE, linestyle="--", linewidth=1.2)
            ax.annotate(name, (place * 100, top - 0.2 + 0.9 * (i % 2)), ha="center", va="bottom", fontsize=9)
        ax.set(xlabel="test accuracy, per cent", ylim=(0.3, top + 1.6), yticks=[])
        ax.spines["left"].set_visible(False)
    return Picture(figure)


def beside_the_reported(ours: Mapping[str, Sequence[float]], reported: Mapping[str, float], *, total: int) -> Picture:
    """For each row our runs as dots, and the reported figure as a ring, by the number of test digits read wrongly.

    Args:
        ours: for each row the accuracies (0..1) of its runs; rows without a run show the ring alone.
        reported: for each row the accuracy that its source gives.
        total: how many test digits there are.
    """
    figure, (ax,) = subplots(height=0.4 * len(reported) + 1.0)
    with mpl.rc_context(STYLE):
        for place, (row, figure_of_source) in enumerate(reported.items()):
            wrong = [(1 - accuracy) * total for accuracy in ours.get(row, [])]
            heights = [place + 0.22] * len(wrong)
            ax.plot(wrong, heights, "o", color=BLUE, markersize=4, alpha=0.55, label=None if place else "our runs")
            ring = ax.plot((1 - figure_of_source) * total, place - 0.18, "o", label=None if place else "reported")[0]
            ring.set(markerfacecolor="none", markeredgecolor=ORANGE, markersize=7, markeredgewidth=1.6)
        ax.set_xscale("log")
        ticks = [tick for tick in (20, 50, 100, 200, 500) if ax.get_xlim()[0] <= tick <= ax.get_xlim()[1]]
        ax.set_xticks(ticks, map(str, ticks))
        ax.minorticks_off()
        ax.set_yticks(range(len(reported)), list(reported))
        ax.set_ylim(len(reported) - 0.4, -0.6)
        ax.set(xlabel=f"read wrongly, of {total:,} test digits")
        ax.grid(axis="y", color=INK, alpha=0.15)
        figure.legend(loc="outside upper center", ncols=2)
    return Picture(figure)
