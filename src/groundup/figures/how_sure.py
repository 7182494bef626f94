"""Figures of the page "How sure are we?": runs of recipes, and mistakes along the test file."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np

from groundup.figures import BLUE, INK, ORANGE, STYLE, Picture, dashed_levels, subplots

BIN = 2  # digits; runs that lie closer stand on top of each other
HEAP = 6  # dots, about as many as the highest heap has: the height of a row


def runs(recipes: Mapping[str, Sequence[int]], marks: Mapping[str, int] | None = None) -> Picture:
    """Each run as a dot on an axis of digits, equal ones heaped, a row for each recipe.

    Args:
        recipes: name of each recipe and how many test digits each of its runs reads.
        marks: name and place of vertical dashed lines.
    """
    figure, (ax,) = subplots(width=5.6, height=1.1 * len(recipes) + 0.9)
    with mpl.rc_context(STYLE):
        floors = []
        for row, digits in enumerate(recipes.values()):
            floor = (len(recipes) - 1 - row) * (HEAP + 2)
            floors.append(floor)
            if floor > 0:  # the lowest row stands on the axis
                ax.axhline(floor, color=INK, linewidth=0.8)
            heaps: dict[int, int] = {}
            for each in sorted(digits):
                place = each // BIN
                heaps[place] = heaps.get(place, 0) + 1
                middle = place * BIN + (BIN - 1) / 2
                ax.plot(middle, floor + heaps[place], "o", color=BLUE, markersize=5)

        top = len(recipes) * (HEAP + 2) - 1
        for number, (name, place) in enumerate((marks or {}).items()):
            # every other name stands higher: neighbours do not run into each other
            height = top + 1.4 * (number % 2)
            ax.plot([place, place], [0, height], color=ORANGE, linestyle="--", linewidth=1.2)
            ax.annotate(name, (place, height), ha="center", va="bottom", fontsize=9)

        ax.set(xlabel="test digits read", ylim=(0, top + 3))
        ax.set_yticks(floors, list(recipes))
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
    return Picture(figure)


def mistakes_by_block(mistakes: Sequence[int], *, block: int) -> Picture:
    """A bar for each block of consecutive test digits: how many of them are misread.

    Args:
        mistakes: in each block, in the order of the test file.
        block: how many digits a block has.
    """
    figure, (ax,) = subplots(width=5.6, height=2.2)
    with mpl.rc_context(STYLE):
        places = (np.arange(len(mistakes)) + 0.5) * block
        ax.bar(places, mistakes, width=0.8 * block, color=BLUE)
        dashed_levels(ax, {"mean": float(np.mean(mistakes))})
        # room for the name of the line, beside the bars
        ax.set_xlim(0, 1.09 * len(mistakes) * block)
        ax.set(xlabel="position in the test file", ylabel=f"misread, of {block}")
    return Picture(figure)
