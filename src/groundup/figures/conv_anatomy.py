"""The figures of the page "Anatomy of a convolutional network"."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from groundup.figures import BLUE, GREEN, INK, ORANGE, PURPLE, STYLE, Picture, subplots


def network_shapes(shapes: Mapping[str, Sequence[int]]) -> Picture:
    """What flows through a convolutional network: a stack of sheets per set of feature maps, a bar per vector.

    Args:
        shapes: name of each stage and its shape, `(channels, height, width)` or `(features,)`, in order. The names begin with
            what makes the stage (`conv`, `pool`, `fc`), which gives its colour; any other is drawn in the colour of the text.
    """
    figure, (upper, lower) = subplots(2, 1, height=2.9)
    colors = {"conv": BLUE, "pool": ORANGE, "fc": GREEN}
    with mpl.rc_context(STYLE):
        for ax, wanted in ((upper, 3), (lower, 1)):
            stages = {name: shape for name, shape in shapes.items() if len(shape) == wanted}
            for i, (name, shape) in enumerate(stages.items()):
                color = next((color for start, color in colors.items() if name.startswith(start)), INK)
                top = _sheets(ax, i, shape, color) if wanted == 3 else _bar(ax, i, shape[0], color)
                ax.text(i, top + 0.05, name, ha="center", va="bottom", color=color, fontsize=10)
                label = " × ".join(map(str, shape))
                ax.text(i, -0.47, label, ha="center", va="top", fontsize=8.5 if wanted == 3 else 10)
                if i:
                    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0}
                    ax.annotate("", (i - 0.4, 0), (i - 0.58, 0), arrowprops=arrow)
            ax.set(xlim=(-0.5, max(len(stages), 5) - 0.5), ylim=(-0.62, 0.6), aspect="equal")
            ax.set_axis_off()
    return Picture(figure)


def _sheets(ax: Axes, x: float, shape: Sequence[int], color: str) -> float:
    """A stack of squares about `(x, 0)`, one per channel, the front one whole; gives the height of its top."""
    channels, side = shape[0], 0.6 * shape[1] / 32
    step = min(0.03, 0.2 / channels)
    spread = step * (channels - 1)
    left, bottom = x - (side + spread) / 2, -(side + spread) / 2
    right, top = left + side, bottom + side
    for shift in step * np.arange(1, channels):  # of a sheet behind, what the one before it leaves to be seen
        edge_x = [left + shift, left + shift, right + shift, right + shift, right + shift - step]
        edge_y = [top + shift - step, top + shift, top + shift, bottom + shift, bottom + shift]
        ax.plot(edge_x, edge_y, color=color, linewidth=0.7)
    tint = (*to_rgba(color)[:3], 0.25)
    ax.add_patch(Rectangle((left, bottom), side, side, facecolor=tint, edgecolor=color, linewidth=1))
    return top + spread


def _bar(ax: Axes, x: float, features: int, color: str) -> float:
    """A vertical bar about `(x, 0)`, higher for more features; gives the height of its top."""
    height = 0.8 * float(np.sqrt(features / 576))
    tint = (*to_rgba(color)[:3], 0.25)
    ax.add_patch(Rectangle((x - 0.05, -height / 2), 0.1, height, facecolor=tint, edgecolor=color, linewidth=1))
    return height / 2


def _signed(values: ArrayLike, largest: float | None = None) -> NDArray[np.float64]:
    """RGBA pixels: orange where positive, blue where negative, the less transparent the larger; 0 is see-through.

    Args:
        values: `(height, width)`.
        largest: the size that is drawn opaque; the largest in `values` if not given.
    """
    numbers = np.asarray(values, dtype=float)
    pixels = np.where((numbers > 0)[..., None], to_rgba(ORANGE), to_rgba(BLUE))
    pixels[..., 3] = np.clip(np.abs(numbers) / max(largest or np.abs(numbers).max(), 1e-9), 0, 1)
    return pixels


def _numbers(ax: Axes, values: ArrayLike, title: str, largest: float, form: str = "{:.2f}") -> None:
    """A table of numbers on faint tints of their sign and size."""
    table = np.asarray(values, dtype=float)
    tint = _signed(table, largest)
    tint[..., 3] *= 0.55
    ax.imshow(tint, interpolation="none")
    for (row, column), value in np.ndenumerate(table):
        ax.text(column, row, form.format(round(value, 2) + 0.0).replace("-", "−"), ha="center", va="center", fontsize=9)
        ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=INK, linewidth=0.5))
    ax.set_title(title, fontsize=10)
    ax.set_axis_off()


def convolution_step(image: ArrayLike, weight: ArrayLike, output: ArrayLike, *, at: tuple[int, int]) -> Picture:
    """One position of a filter: the window in the image, the numbers multiplied, and the output pixel that they give.

    Args:
        image: `(height, width)`, drawn white on black.
        weight: `(k, k)`, the filter.
        output: `(height - k + 1, width - k + 1)`: orange where positive, blue where negative.
        at: row and column of the output pixel, which are those of the window's upper left corner.
    """
    pixels, filter_, result = (np.asarray(array, dtype=float) for array in (image, weight, output))
    (row, column), k = at, len(filter_)
    window = pixels[row : row + k, column : column + k]
    figure, axes = subplots(2, 3, height=3.7)
    with mpl.rc_context(STYLE):
        axes[0].imshow(pixels, cmap="gray", interpolation="none")
        axes[2].imshow(_signed(result), interpolation="none")
        for ax, size, array in ((axes[0], k, pixels), (axes[2], 1, result)):
            ax.add_patch(
                Rectangle((column - 0.5, row - 0.5), size, size, fill=False, edgecolor=GREEN, linewidth=1.8, zorder=3)
            )
            ax.set_title(f"{'image' if size == k else 'output'}, {array.shape[0]} × {array.shape[1]}", fontsize=10)
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set(visible=True, linewidth=0.6)
        axes[1].text(0.5, 0.5, "window × filter,\nsummed", ha="center", va="bottom", fontsize=9, linespacing=1.5)
        axes[1].annotate("", (1, 0.42), (0, 0.42), arrowprops={"arrowstyle": "-|>", "color": INK})
        axes[1].set_axis_off()
        _numbers(axes[3], window, "window", 1)
        _numbers(axes[4], filter_, "× filter", 1, "{:g}")
        _numbers(axes[5], window * filter_, f"= sums to {result[row, column]:.2f}".replace("-", "−"), 1)
    return Picture(figure)


def pooling_step(values: ArrayLike, *, size: int = 2) -> Picture:
    """A small map cut into windows, each in a colour of its own, and beside it the largest number of each.

    Args:
        values: `(height, width)`, both multiples of `size`.
        size: height and width of a window.
    """
    table = np.asarray(values, dtype=float)
    figure, axes = subplots(1, 2, height=2.5)
    colors = [BLUE, ORANGE, GREEN, PURPLE]
    rows, columns = table.shape[0] // size, table.shape[1] // size
    with mpl.rc_context(STYLE):
        for ax, shape, title in ((axes[0], table.shape, "before"), (axes[1], (rows, columns), "after")):
            ax.set(xlim=(-0.1, shape[1] + 0.1), ylim=(shape[0] + 0.1, -0.1), aspect="equal")
            ax.set_title(f"{title}, {shape[0]} × {shape[1]}", fontsize=10)
            ax.set_axis_off()
        for row, column in np.ndindex(rows, columns):
            color = colors[(row * columns + column) % len(colors)]
            window = table[row * size : (row + 1) * size, column * size : (column + 1) * size]
            for (y, x), value in np.ndenumerate(window):
                place = (column * size + x, row * size + y)
                _cell(axes[0], place, float(value), color, filled=bool(value == window.max()))
            frame = {"fill": False, "edgecolor": color, "linewidth": 2.0}
            axes[0].add_patch(Rectangle((column * size + 0.03, row * size + 0.03), size - 0.06, size - 0.06, **frame))
            _cell(axes[1], (column, row), float(window.max()), color, filled=True)
            axes[1].add_patch(Rectangle((column + 0.02, row + 0.02), 0.96, 0.96, **frame))
    return Picture(figure)


def _cell(ax: Axes, place: tuple[int, int], value: float, color: str, *, filled: bool) -> None:
    x, y = place
    tint = (*to_rgba(color)[:3], 0.35 if filled else 0.0)
    ax.add_patch(Rectangle((x, y), 1, 1, facecolor=tint, edgecolor=INK, linewidth=0.4))
    ax.text(x + 0.5, y + 0.5, f"{value + 0.0:.2f}".replace("-", "−"), ha="center", va="center", fontsize=9)


def feature_maps(layers: Mapping[str, ArrayLike], *, columns: int = 8) -> Picture:
    """The maps of several layers, under the name of each: orange where positive, blue where negative, clear where 0.

    All maps are drawn in one size, however many pixels they have. Within a layer, colours are comparable; between layers not.

    Args:
        layers: name of each layer and its output, `(channels, height, width)`.
        columns: maps per row.
    """
    cell, head = 1.12, 0.62
    arrays = {name: np.asarray(values, dtype=float) for name, values in layers.items()}
    height = sum(head + cell * -(-len(array) // columns) for array in arrays.values())
    figure, (ax,) = subplots(height=5.0 * height / (columns * cell))
    top = 0.0
    with mpl.rc_context(STYLE):
        for name, array in arrays.items():
            ax.text(0, top + head - 0.14, name, va="bottom", fontsize=9)
            top += head
            for i, values in enumerate(array):
                left, upper = cell * (i % columns), top + cell * (i // columns)
                extent = (left, left + 1, upper + 1, upper)
                ax.imshow(_signed(values, float(np.abs(array).max())), extent=extent, interpolation="none")
                ax.add_patch(Rectangle((left, upper), 1, 1, fill=False, edgecolor=INK, linewidth=0.5))
            top += cell * -(-len(array) // columns)
        ax.set(xlim=(-0.02, columns * cell - 0.1), ylim=(height, 0.1))
        ax.set_axis_off()
    return Picture(figure)


def descent_paths(
    loss: ArrayLike, x: Sequence[float], y: Sequence[float], paths: Mapping[str, ArrayLike], *, lowest: Sequence[float]
) -> Picture:
    """Paths over one loss surface, a panel each: lines of equal loss, the start as a ring, the lowest point as a cross.

    Args:
        loss: `(len(y), len(x))`, the height of the surface, positive.
        x: the first parameter, from left to right.
        y: the second parameter, from bottom to top.
        paths: title of each panel and its points `(steps, 2)`; what leaves the surface is not drawn.
        lowest: both parameters where the loss is lowest.
    """
    heights = np.asarray(loss, dtype=float)
    figure, axes = subplots(-(-len(paths) // 2), 2, height=2.3 * -(-len(paths) // 2))
    colors = [BLUE, ORANGE, GREEN, PURPLE]
    with mpl.rc_context(STYLE):
        levels = np.geomspace(1.1 * heights.min(), heights.max(), 12)
        for i, (ax, (title, points)) in enumerate(zip(axes, paths.items(), strict=False)):
            path, color = np.asarray(points, dtype=float), colors[i % len(colors)]
            ax.contour(x, y, heights, levels=levels, colors=INK, linewidths=0.5, alpha=0.55)
            ax.plot(path[:, 0], path[:, 1], "-", color=color, linewidth=1.5)
            ax.plot(path[1:, 0], path[1:, 1], ".", color=color, markersize=4.5)
            ax.plot(*path[0], "o", markerfacecolor="none", markeredgecolor=color, markersize=7, markeredgewidth=1.6)
            ax.plot(*lowest, "+", color=INK, markersize=10, markeredgewidth=1.4)
            ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), aspect="equal")
            ax.set_title(title, color=color, fontsize=10)
            ax.label_outer()
        for ax in axes[-2:]:
            ax.set_xlabel("left weight")
        for ax in axes[::2]:
            ax.set_ylabel("right weight")
        for ax in axes[len(paths) :]:
            ax.set_axis_off()
    return Picture(figure)
