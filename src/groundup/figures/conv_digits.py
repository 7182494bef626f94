"""Figures of the page "Convolutional digits": filters, feature maps, and why a network starts slowly."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import ConnectionPatch, Rectangle
from numpy.typing import ArrayLike, NDArray

from groundup.figures import BLUE, GREEN, INK, ORANGE, PURPLE, STYLE, Picture, subplots


def one_pixel(image: ArrayLike, kernel: ArrayLike, result: ArrayLike, *, row: int, column: int) -> Picture:
    """How a convolution makes one number: a patch of the image, the kernel that it is multiplied by, the place of the sum.

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
    with mpl.rc_context(STYLE):
        axes[0].imshow(np.asarray(image), cmap="gray", interpolation="none")
        axes[1].imshow(_signed(weights, np.abs(weights).max()), interpolation="none")
        axes[2].imshow(np.asarray(result), cmap="gray", interpolation="none")
        for ax, title in zip(axes, ("digit", "filter", "feature map"), strict=True):
            height, width = ax.get_images()[0].get_size()
            ax.set_title(f"{title}\n{height} x {width}", fontsize=10, color=INK)
            _bare(ax)
        _frame(axes[0], column, row, size)
        _frame(axes[1], 0, 0, size)
        _frame(axes[2], column, row, 1)
        for left, right, start, end in (
            (axes[0], axes[1], (column + size - 0.5, row + size / 2), (-0.5, size / 2 - 0.5)),
            (axes[1], axes[2], (size - 0.5, size / 2 - 0.5), (column - 0.5, row)),
        ):
            link = ConnectionPatch(start, end, "data", "data", axesA=left, axesB=right, color=GREEN, linewidth=1.4)
            figure.add_artist(link)
    return Picture(figure)


def filters(weights: ArrayLike, *, columns: int = 5) -> Picture:
    """Filters side by side: orange where a weight is positive, blue where it is negative, the stronger the larger.

    Args:
        weights: `(filters, height, width)`; each filter has its own scale.
        columns: filters per row.
    """
    squares = np.asarray(weights, dtype=float)
    rows = -(-len(squares) // columns)
    figure, axes = subplots(rows, columns, width=4.0, height=4.0 * rows / columns)
    with mpl.rc_context(STYLE):
        for ax, square in zip(axes, squares, strict=False):
            ax.imshow(_signed(square, np.abs(square).max()), interpolation="none")
        for ax in axes:
            _bare(ax)
            ax.set_axis_on() if ax.get_images() else ax.set_axis_off()
    return Picture(figure)


def feature_maps(image: ArrayLike, maps: ArrayLike, *, columns: int = 5) -> Picture:
    """A digit, and beside it what each filter makes of it, each map from its own lowest value, black, to its highest, white.

    Args:
        image: `(28, 28)`.
        maps: `(filters, height, width)`.
        columns: maps per row.
    """
    grids = np.asarray(maps, dtype=float)
    rows = -(-len(grids) // columns)
    figure, axes = subplots(1, 4, height=5.0 * 0.72 * rows / columns + 0.3)
    with mpl.rc_context(STYLE):
        left = axes[0]
        for ax in axes[1:]:
            ax.remove()
        right = figure.add_subplot(1, 4, (2, 4))
        left.imshow(np.asarray(image), cmap="gray", interpolation="none")
        side = grids.shape[1] + 2
        canvas = np.zeros((rows * side - 2, columns * side - 2, 4))  # transparent between the maps
        for i, grid in enumerate(grids):
            top, first = (i // columns) * side, (i % columns) * side
            place = canvas[top : top + side - 2, first : first + side - 2]
            place[..., :3] = ((grid - grid.min()) / max(np.ptp(grid), 1e-9))[..., None]
            place[..., 3] = 1
        right.imshow(canvas, interpolation="none")
        for ax, title in ((left, "digit"), (right, f"{len(grids)} feature maps")):
            ax.set_title(title, fontsize=10, color=INK)
            ax.set_axis_off()
    return Picture(figure)


def slow_start(
    losses: Sequence[float], sizes: Mapping[str, Sequence[float]], *, chance: float, window: int = 50
) -> Picture:
    """The loss of the first steps, and under it on a logarithmic axis the size of the gradient in each layer.

    Args:
        losses: the loss at each step.
        sizes: name of each layer, and the size of its gradient at each step.
        chance: the loss of a network that knows nothing, dashed.
        window: over how many steps each line is averaged.
    """
    figure, (top, bottom) = subplots(2, 1, height=4.4)
    with mpl.rc_context(STYLE):
        top.plot(*_smooth(losses, window), color=INK, linewidth=1.8)
        top.axhline(chance, color=INK, linestyle="--", linewidth=0.9)
        top.annotate(
            "knows nothing", (1, chance), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=9
        )
        top.set(ylabel="loss", ylim=(0, 1.15 * chance))
        top.tick_params(labelbottom=False)
        for (name, values), color in zip(sizes.items(), (BLUE, GREEN, PURPLE, ORANGE), strict=False):
            bottom.plot(*_smooth(values, window), color=color, linewidth=1.8, label=name)
        bottom.set_yscale("log")
        bottom.set(xlabel="step", ylabel="size of the gradient")
        figure.legend(*bottom.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return Picture(figure)


def by_layer(panels: Mapping[str, Mapping[str, Sequence[float]]], layers: Sequence[str]) -> Picture:
    """Panels side by side on one logarithmic scale each: a value per layer, a line per network.

    Args:
        panels: for each panel its title, and the name of each network and its values, one for each layer.
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


def smoothed_curves(
    series: Mapping[str, Sequence[float]], *, ylabel: str, window: int = 50, marks: Mapping[str, float] | None = None
) -> Picture:
    """A line of averages over `window` steps for each series.

    Args:
        series: name of each line and its value at each step.
        ylabel: what the values are.
        window: over how many steps each point is averaged.
        marks: name and height of horizontal dashed lines.
    """
    figure, (ax,) = subplots()
    with mpl.rc_context(STYLE):
        for name, values in series.items():
            ax.plot(*_smooth(values, window), label=name, linewidth=1.8)
        for name, height in (marks or {}).items():
            ax.axhline(height, color=INK, linestyle="--", linewidth=0.9)
            ax.annotate(name, (1, height), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=9)
        ax.set(xlabel="step", ylabel=ylabel, ylim=(0, None))
        figure.legend(loc="outside upper center", ncols=len(series))
    return Picture(figure)


def _smooth(values: Sequence[float], window: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The middle of each window of steps, and the mean in it."""
    count = len(values) // window
    means = np.asarray(values[: count * window], dtype=float).reshape(count, window).mean(axis=1)
    return (np.arange(count) + 0.5) * window, means


def _signed(values: NDArray[np.float64], largest: float) -> NDArray[np.float64]:
    """Colours `(height, width, 4)`: the hue for the sign, the opacity for the size."""
    colors = np.where(values[..., None] > 0, to_rgba(ORANGE), to_rgba(BLUE))
    colors[..., 3] = np.abs(values) / max(largest, 1e-9)
    return colors


def _bare(ax: Axes) -> None:
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, color=INK, linewidth=0.5)


def _frame(ax: Axes, column: float, row: float, size: float) -> None:
    ax.add_patch(Rectangle((column - 0.5, row - 0.5), size, size, fill=False, edgecolor=GREEN, linewidth=1.8))
