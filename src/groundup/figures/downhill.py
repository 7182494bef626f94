"""Figures of the page "Four ways downhill": paths over a loss surface, and losses by step."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from numpy.typing import ArrayLike

from groundup.figures import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    STYLE,
    Picture,
    dashed_levels,
    subplots,
)

COLORS = (BLUE, ORANGE, GREEN, PURPLE)


def descent_paths(
    loss: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    paths: Mapping[str, ArrayLike],
    *,
    lowest: Sequence[float],
) -> Picture:
    """Paths over one loss surface, a panel each: the start as a ring, the lowest point as a cross.

    Args:
        loss: `(len(y), len(x))`, the height of the surface; drawn as lines of equal loss.
        x: the first parameter, from left to right.
        y: the second parameter, from bottom to top.
        paths: title of each panel and its points `(steps, 2)`; what leaves the surface is not
            drawn.
        lowest: both parameters where the loss is lowest.
    """
    heights = np.asarray(loss, dtype=float)
    across = np.asarray(x, dtype=float)
    upwards = np.asarray(y, dtype=float)
    levels = heights.max() * np.geomspace(0.003, 1, 9)
    rows = -(-len(paths) // 2)  # rounded up
    figure, axes = subplots(rows, 2, height=2.1 * rows)
    with mpl.rc_context(STYLE):
        for i, (ax, (title, points)) in enumerate(zip(axes, paths.items(), strict=False)):
            path = np.asarray(points, dtype=float)
            start = path[0]
            later = path[1:]
            color = COLORS[i % len(COLORS)]
            ax.contour(across, upwards, heights, levels=levels, colors=INK, linewidths=0.5)
            ax.plot(path[:, 0], path[:, 1], "-", color=color, linewidth=1.2)
            ax.plot(later[:, 0], later[:, 1], ".", color=color, markersize=4.5)
            (ring,) = ax.plot(start[0], start[1], "o", markersize=7, markeredgewidth=1.6)
            ring.set(markerfacecolor="none", markeredgecolor=color)
            ax.plot(*lowest, "+", color=INK, markersize=10, markeredgewidth=1.4)
            ax.set(xlim=(across[0], across[-1]), ylim=(upwards[0], upwards[-1]))
            ax.set_title(title, color=color, fontsize=10)
            ax.label_outer()

        for ax in axes[-2:]:
            ax.set_xlabel("$w_1$")
        for ax in axes[::2]:
            ax.set_ylabel("$w_2$")
        # a place that no path fills
        for ax in axes[len(paths) :]:
            ax.set_axis_off()
    return Picture(figure)


def falling_losses(losses: Mapping[str, Sequence[float]], *, goal: float) -> Picture:
    """The loss at each step on a logarithmic axis, a line each, and the goal as a dashed line.

    Args:
        losses: name of each line and its losses, all of one length.
        goal: a loss.
    """
    figure, (ax,) = subplots(height=2.8)
    with mpl.rc_context(STYLE):
        for i, (name, values) in enumerate(losses.items()):
            color = COLORS[i % len(COLORS)]
            ax.plot(range(len(values)), values, label=name, color=color, linewidth=1.8)
        dashed_levels(ax, {"goal": goal})
        ax.set_yscale("log")
        ax.set(xlabel="step", ylabel="loss")
        figure.legend(loc="outside upper center", ncols=len(losses))
    return Picture(figure)
