"""Figures of the page "Convolutional digits": filters, feature maps, and why a start is slow."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import ConnectionPatch, Rectangle
from numpy.typing import ArrayLike, NDArray

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
    window_means,
)

GRAY: Any = {"cmap": "gray", "interpolation": "none"}


def one_pixel(
    image: ArrayLike, kernel: ArrayLike, result: ArrayLike, *, row: int, column: int
) -> Picture:
    """How a convolution makes one number: a patch of the image, the kernel, the place of their sum.

    Args:
        image: `(height, width)`.
        kernel: `(size, size)`.
        result: the feature map, `(height - size + 1, width - size + 1)`.
        row: of the number, in the feature map; also the first row of the patch.
        column: of the number, in the feature map; also the first column of the patch.
    """
    weights = np.asarray(kernel, dtype=float)
    size = len(weights)
    figure, axes = subplots(1, 3, height=2.0)
    digit, filter_, feature_map = axes
    with mpl.rc_context(STYLE):
        digit.imshow(np.asarray(image), **GRAY)
        filter_.imshow(_signed(weights), interpolation="none")
        feature_map.imshow(np.asarray(result), **GRAY)
        for ax, title in zip(axes, ("digit", "filter", "feature map"), strict=True):
            height, width = ax.get_images()[0].get_size()
            ax.set_title(f"{title}\n{height} x {width}", fontsize=10, color=INK)
            _bare(ax)

        _frame(digit, column, row, size)
        _frame(filter_, 0, 0, size)
        _frame(feature_map, column, row, 1)

        # From frame to frame, at half their height. A pixel's number is its middle: a frame that
        # begins with pixel 0 has its edges at -0.5 and size - 0.5.
        middle = size / 2
        patch_end = (column + size - 0.5, row + middle)
        filter_start = (-0.5, middle - 0.5)
        filter_end = (size - 0.5, middle - 0.5)
        pixel_start = (column - 0.5, row)
        look: Any = {"color": GREEN, "linewidth": 1.4}
        for left, start, right, end in (
            (digit, patch_end, filter_, filter_start),
            (filter_, filter_end, feature_map, pixel_start),
        ):
            link = ConnectionPatch(start, end, "data", "data", axesA=left, axesB=right, **look)
            figure.add_artist(link)
    return Picture(figure)


def filters(weights: ArrayLike, *, columns: int = 5) -> Picture:
    """Filters side by side: orange where a weight is positive, blue where it is negative.

    Args:
        weights: `(filters, height, width)`; each filter has its own scale, the stronger the larger.
        columns: filters per row.
    """
    squares = np.asarray(weights, dtype=float)
    rows = -(-len(squares) // columns)  # rounded up
    figure, axes = subplots(rows, columns, width=4.0, height=4.0 * rows / columns)
    with mpl.rc_context(STYLE):
        for ax, square in zip(axes, squares, strict=False):
            ax.imshow(_signed(square), interpolation="none")
            _bare(ax)
        # places of the last row that no filter fills
        for ax in axes[len(squares) :]:
            ax.set_axis_off()
    return Picture(figure)


def feature_maps(image: ArrayLike, maps: ArrayLike, *, columns: int = 5) -> Picture:
    """A digit, and beside it what each filter makes of it.

    Args:
        image: `(28, 28)`.
        maps: `(filters, height, width)`; each from its own lowest value, black, to its highest,
            white.
        columns: maps per row.
    """
    grids = np.asarray(maps, dtype=float)
    rows = -(-len(grids) // columns)  # rounded up
    figure, axes = subplots(1, 4, height=5.0 * 0.72 * rows / columns + 0.3)
    with mpl.rc_context(STYLE):
        # the maps have the place of three of four panels
        left = axes[0]
        for ax in axes[1:]:
            ax.remove()
        right = figure.add_subplot(1, 4, (2, 4))

        left.imshow(np.asarray(image), **GRAY)

        # one canvas for all maps, transparent in the gaps of two pixels between them
        size = grids.shape[1]
        step = size + 2
        canvas = np.zeros((rows * step - 2, columns * step - 2, 4))
        for i, grid in enumerate(grids):
            row, column = divmod(i, columns)
            top = row * step
            first = column * step
            place = canvas[top : top + size, first : first + size]
            brightness = (grid - grid.min()) / max(np.ptp(grid), 1e-9)
            place[..., :3] = brightness[..., None]
            place[..., 3] = 1
        right.imshow(canvas, interpolation="none")

        left.set_title("digit", fontsize=10, color=INK)
        right.set_title(f"{len(grids)} feature maps", fontsize=10, color=INK)
        left.set_axis_off()
        right.set_axis_off()
    return Picture(figure)


def slow_start(
    losses: Sequence[float],
    sizes: Mapping[str, Sequence[float]],
    *,
    chance: float,
    window: int = 50,
) -> Picture:
    """The loss of the first steps, and under it the size of the gradient in each layer.

    Args:
        losses: the loss at each step.
        sizes: name of each layer, and the size of its gradient at each step; drawn on a logarithmic
            axis.
        chance: the loss of a network that knows nothing, dashed.
        window: over how many steps each line is averaged.
    """
    figure, (top, bottom) = subplots(2, 1, height=4.4)
    with mpl.rc_context(STYLE):
        middles, means = window_means(losses, window)
        top.plot(middles, means, color=INK, linewidth=1.8)
        dashed_levels(top, {"knows nothing": chance})
        top.set(ylabel="loss", ylim=(0, 1.15 * chance))
        top.tick_params(labelbottom=False)

        colors = (BLUE, GREEN, PURPLE, ORANGE)
        for (name, values), color in zip(sizes.items(), colors, strict=False):
            middles, means = window_means(values, window)
            bottom.plot(middles, means, color=color, linewidth=1.8, label=name)
        bottom.set_yscale("log")
        bottom.set(xlabel="step", ylabel="size of the gradient")

        handles, labels = bottom.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return Picture(figure)


def by_layer(panels: Mapping[str, Mapping[str, Sequence[float]]], layers: Sequence[str]) -> Picture:
    """Panels side by side on one logarithmic scale each: a value per layer, a line per network.

    Args:
        panels: for each panel its title, and the name of each network and its values, one for each
            layer.
        layers: the names of the layers, from the input on.
    """
    figure, axes = subplots(1, len(panels), height=2.9)
    with mpl.rc_context(STYLE):
        for ax, (title, series) in zip(axes, panels.items(), strict=True):
            for name, values in series.items():
                ax.plot(layers, values, "o-", label=name, linewidth=1.8, markersize=5)
            ax.set_yscale("log")
            ax.set_title(title, fontsize=10, color=INK)
            ax.tick_params(axis="x", labelrotation=35)

        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return Picture(figure)


def _signed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Colours `(height, width, 4)`: the hue for the sign, the opacity for the size."""
    sizes = np.abs(values)
    colors = np.where(values[..., None] > 0, to_rgba(ORANGE), to_rgba(BLUE))
    colors[..., 3] = sizes / max(sizes.max(), 1e-9)
    return colors


def _bare(ax: Axes) -> None:
    """No ticks, and a thin frame on all four sides."""
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, color=INK, linewidth=0.5)


def _frame(ax: Axes, column: float, row: float, size: float) -> None:
    """A frame round the pixels from `column` and `row` on."""
    corner = (column - 0.5, row - 0.5)
    ax.add_patch(Rectangle(corner, size, size, fill=False, edgecolor=GREEN, linewidth=1.8))
