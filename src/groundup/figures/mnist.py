"""Figures of the page "What is in MNIST": its grey values, and how its digits are centred."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from groundup.figures import BLUE, INK, ORANGE, STYLE, Picture, subplots

CROSS: Any = {"color": ORANGE, "markersize": 12, "markeredgewidth": 1.8}


def grey_histogram(counts: Sequence[int]) -> Picture:
    """How often each grey value occurs, on a logarithmic axis.

    Args:
        counts: number of pixels with the value 0, 1, ..., 255.
    """
    # each value in the middle of its step
    edges = np.arange(len(counts) + 1) - 0.5
    figure, (ax,) = subplots(height=2.6)
    with mpl.rc_context(STYLE):
        ax.stairs(counts, edges, fill=True, color=BLUE)
        ax.set_yscale("log")
        ax.set(xlabel="grey value: 0 is black, 255 is white", ylabel="pixels")
        ax.set(xticks=[0, 64, 128, 192, 255])
    return Picture(figure)


def centring(
    image: ArrayLike, *, box: tuple[slice, slice], rows: Sequence[float], columns: Sequence[float]
) -> Picture:
    """One digit in its box, its centre of mass marked, beside the centres of mass of many digits.

    Args:
        image: `(28, 28)`.
        box: the rows and the columns that hold its ink.
        rows: row of the centre of mass, of this digit first, then of the others.
        columns: its column, in the same order.
    """
    down, across = box
    width = across.stop - across.start
    height = down.stop - down.start
    # a pixel's number is its middle, so its edge lies half a pixel before it
    corner = (across.start - 0.5, down.start - 0.5)

    figure, (left, right) = subplots(1, 2, height=2.6)
    with mpl.rc_context(STYLE):
        left.imshow(np.asarray(image), cmap="gray", interpolation="none")
        frame = Rectangle(corner, width, height, fill=False, edgecolor=ORANGE, linewidth=1.8)
        left.add_patch(frame)
        left.plot(columns[0], rows[0], "+", **CROSS)
        left.set(xticks=range(0, 28, 9), yticks=range(0, 28, 9))

        # enlarged: the two pixels about the middle, which lies between pixels 13 and 14
        right.plot(columns[1:], rows[1:], "o", color=BLUE, markersize=1.5)
        right.plot(columns[0], rows[0], "+", **CROSS)
        right.plot(13.5, 13.5, "s", color=INK, markersize=6)
        right.annotate("middle of the image", (13.5, 13.5), (13.1, 13.12), fontsize=9)
        ticks = [13, 13.5, 14, 14.5]
        right.set(xlim=(13, 15), ylim=(15, 13), xticks=ticks, yticks=ticks, aspect="equal")

        for ax in (left, right):
            ax.set(xlabel="column", ylabel="row")
    return Picture(figure)
