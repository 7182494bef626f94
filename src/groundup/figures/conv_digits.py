"""Figures of the page "Convolutional digits": filters, feature maps, and why a start is slow."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from numpy.typing import ArrayLike, NDArray

from groundup.figures import BLUE, INK, ORANGE, STYLE, Picture, subplots

GRAY: Any = {"cmap": "gray", "interpolation": "none"}

# the loss of a network, and the signal and the gradient of each of its layers
Inside = tuple[float, Sequence[float], Sequence[float]]


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


def by_layer(networks: Mapping[str, Inside], layers: Sequence[str]) -> Picture:
    """Signal and gradient of each layer on logarithmic scales, a line per network.

    Args:
        networks: name of each network, and its loss, the signals and the gradients of its layers.
        layers: the names of the layers, from the input on.
    """
    figure, axes = subplots(1, 2, height=2.9)
    with mpl.rc_context(STYLE):
        for (name, (_, signals, gradients)), marker in zip(networks.items(), "osD", strict=False):
            for ax, values in zip(axes, (signals, gradients), strict=True):
                ax.plot(layers, values, marker=marker, label=name, linewidth=1.8, markersize=5)
        for ax, title in zip(axes, ("signal", "gradient"), strict=True):
            ax.set_yscale("log")
            ax.set_title(title, fontsize=10, color=INK)
            ax.tick_params(axis="x", labelrotation=35)

        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return Picture(figure)


def over_training(insides: Sequence[Inside], layers: Sequence[str], *, every: int) -> Picture:
    """Loss, signal and gradient over the steps of a training, the last two by layer.

    Args:
        insides: at each measurement the loss, the signals and the gradients of the layers.
        layers: the names of the layers, from the input on.
        every: steps between two measurements.
    """
    steps = [every * i for i in range(len(insides))]
    losses = [loss for loss, _, _ in insides]
    signals = np.asarray([signals for _, signals, _ in insides])
    gradients = np.asarray([gradients for _, _, gradients in insides])

    figure, (left, middle, right) = subplots(1, 3, width=7.0, height=2.9)
    with mpl.rc_context(STYLE):
        left.plot(steps, losses, "o-", color=INK, linewidth=1.8, markersize=4)
        left.set_ylim(0, None)
        for ax, values in ((middle, signals), (right, gradients)):
            ax.set_yscale("log")
            for line, layer, marker in zip(values.T, layers, "osD^", strict=True):
                ax.plot(steps, line, marker=marker, label=layer, linewidth=1.8, markersize=4)
        for ax, title in ((left, "loss"), (middle, "signal"), (right, "gradient")):
            ax.set_title(title, fontsize=10, color=INK)
            ax.set_xlabel("step")

        handles, labels = middle.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return Picture(figure)


def sigmoid_outputs(rows: Mapping[str, Sequence[ArrayLike]], layers: Sequence[str]) -> Picture:
    """Histograms of what sigmoids give, a row for each network and a column for each layer.

    Args:
        rows: name of each network, and for each of its layers the outputs, from 0 to 1.
        layers: the names of the layers, from the input on.
    """
    figure, axes = subplots(len(rows), len(layers), height=1.25 * len(rows) + 0.5)
    bins = np.linspace(0, 1, 41).tolist()
    with mpl.rc_context(STYLE):
        place = iter(axes)
        for row, (name, outputs) in enumerate(rows.items()):
            for column, values in enumerate(outputs):
                ax = next(place)
                ax.hist(np.asarray(values).ravel(), bins, color=BLUE)
                ax.set(xlim=(0, 1), xticks=[0, 0.5, 1], yticks=[])
                ax.spines["left"].set_visible(False)
                if row == 0:
                    ax.set_title(layers[column], fontsize=10, color=INK)
                if row < len(rows) - 1:
                    ax.tick_params(labelbottom=False)
                if column == 0:
                    ax.set_ylabel(name)
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
