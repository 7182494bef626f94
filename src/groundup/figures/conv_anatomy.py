"""Figures of the page "Anatomy of a convolutional network": shapes, steps, maps, descents."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from groundup.figures import BLUE, GREEN, INK, ORANGE, PURPLE, STYLE, Picture, subplots

COLORS = (BLUE, ORANGE, GREEN, PURPLE)
OF_STAGE = {"conv": BLUE, "pool": ORANGE, "fc": GREEN}


def network_shapes(shapes: Mapping[str, Sequence[int]]) -> Picture:
    """What flows through a convolutional network: sheets for feature maps, a bar for a vector.

    Args:
        shapes: name of each stage and its shape, `(channels, height, width)` or `(features,)`, in
            order. The names begin with what makes the stage (`conv`, `pool`, `fc`), which gives its
            colour; any other is drawn in the colour of the text.
    """
    maps = {}
    vectors = {}
    for name, shape in shapes.items():
        if len(shape) == 3:
            maps[name] = shape
        else:
            vectors[name] = shape
    figure, (upper, lower) = subplots(2, 1, height=2.9)
    with mpl.rc_context(STYLE):
        for i, (name, shape) in enumerate(maps.items()):
            color = _stage_color(name)
            top = _sheets(upper, i, shape, color)
            _stage_texts(upper, i, top, name, shape, color, size=8.5)
        for i, (name, shape) in enumerate(vectors.items()):
            color = _stage_color(name)
            top = _bar(lower, i, shape[0], color)
            _stage_texts(lower, i, top, name, shape, color, size=10)
        for ax, stages in ((upper, maps), (lower, vectors)):
            end = max(len(stages), 5) - 0.5
            ax.set(xlim=(-0.5, end), ylim=(-0.62, 0.6), aspect="equal")
            ax.set_axis_off()
    return Picture(figure)


def _stage_color(name: str) -> str:
    for start, color in OF_STAGE.items():
        if name.startswith(start):
            return color
    return INK


def _stage_texts(
    ax: Axes, i: int, top: float, name: str, shape: Sequence[int], color: str, *, size: float
) -> None:
    """The name of the stage at place `i` over it, its shape under it, and an arrow to it."""
    ax.text(i, top + 0.05, name, ha="center", va="bottom", color=color, fontsize=10)
    label = " × ".join(map(str, shape))
    ax.text(i, -0.47, label, ha="center", va="top", fontsize=size)
    if i > 0:
        look = {"arrowstyle": "-|>", "color": INK, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", (i - 0.4, 0), (i - 0.58, 0), arrowprops=look)


def _sheets(ax: Axes, x: float, shape: Sequence[int], color: str) -> float:
    """A stack of squares about `(x, 0)`, one per channel; gives the height of its top."""
    channels = shape[0]
    side = 0.6 * shape[1] / 32
    step = min(0.03, 0.2 / channels)  # from sheet to sheet, to the right and upwards
    spread = step * (channels - 1)
    left = x - (side + spread) / 2
    bottom = -(side + spread) / 2
    right = left + side
    top = bottom + side

    # of a sheet behind only what the one before it leaves to be seen: its edges above and right
    for shift in step * np.arange(1, channels):
        far_left = left + shift
        far_right = right + shift
        far_top = top + shift
        far_bottom = bottom + shift
        edge_x = [far_left, far_left, far_right, far_right, far_right - step]
        edge_y = [far_top - step, far_top, far_top, far_bottom, far_bottom]
        ax.plot(edge_x, edge_y, color=color, linewidth=0.7)

    # the front one whole
    look: Any = {"facecolor": _tint(color, 0.25), "edgecolor": color, "linewidth": 1}
    ax.add_patch(Rectangle((left, bottom), side, side, **look))
    return top + spread


def _bar(ax: Axes, x: float, features: int, color: str) -> float:
    """A vertical bar about `(x, 0)`, higher for more features; gives the height of its top."""
    height = 0.8 * float(np.sqrt(features / 576))
    look: Any = {"facecolor": _tint(color, 0.25), "edgecolor": color, "linewidth": 1}
    ax.add_patch(Rectangle((x - 0.05, -height / 2), 0.1, height, **look))
    return height / 2


def _tint(color: str, opacity: float) -> tuple[float, float, float, float]:
    red, green, blue, _ = to_rgba(color)
    return (red, green, blue, opacity)


def _signed(values: ArrayLike, largest: float | None = None) -> NDArray[np.float64]:
    """RGBA pixels: orange where positive, blue where negative, the less transparent the larger.

    Args:
        values: `(height, width)`; 0 is see-through.
        largest: the size that is drawn opaque; the largest in `values` if not given.
    """
    numbers = np.asarray(values, dtype=float)
    sizes = np.abs(numbers)
    scale = max(largest or sizes.max(), 1e-9)
    pixels = np.where((numbers > 0)[..., None], to_rgba(ORANGE), to_rgba(BLUE))
    pixels[..., 3] = np.clip(sizes / scale, 0, 1)
    return pixels


def _written(value: float, form: str = "{:.2f}") -> str:
    """The number with a real minus sign, and never as minus zero."""
    return form.format(value + 0.0).replace("-", "−")


def _numbers(ax: Axes, values: ArrayLike, title: str, form: str = "{:.2f}") -> None:
    """A table of numbers on faint tints of their sign and size, of which 1 is the largest."""
    table = np.asarray(values, dtype=float)
    tint = _signed(table, 1)
    tint[..., 3] *= 0.55
    ax.imshow(tint, interpolation="none")
    for (row, column), value in np.ndenumerate(table):
        text = _written(round(value, 2), form)
        ax.text(column, row, text, ha="center", va="center", fontsize=9)
        corner = (column - 0.5, row - 0.5)
        ax.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=INK, linewidth=0.5))
    ax.set_title(title, fontsize=10)
    ax.set_axis_off()


def convolution_step(
    image: ArrayLike, weight: ArrayLike, output: ArrayLike, *, at: tuple[int, int]
) -> Picture:
    """One position of a filter: the window, the numbers multiplied, and the pixel that they give.

    Args:
        image: `(height, width)`, drawn white on black.
        weight: `(k, k)`, the filter.
        output: `(height - k + 1, width - k + 1)`: orange where positive, blue where negative.
        at: row and column of the output pixel, which are those of the window's upper left corner.
    """
    pixels = np.asarray(image, dtype=float)
    filter_ = np.asarray(weight, dtype=float)
    result = np.asarray(output, dtype=float)
    row, column = at
    k = len(filter_)
    window = pixels[row : row + k, column : column + k]

    figure, axes = subplots(2, 3, height=3.7)
    from_, between, to, *tables = axes
    with mpl.rc_context(STYLE):
        from_.imshow(pixels, cmap="gray", interpolation="none")
        to.imshow(_signed(result), interpolation="none")
        for ax, name, size, array in ((from_, "image", k, pixels), (to, "output", 1, result)):
            corner = (column - 0.5, row - 0.5)
            frame = Rectangle(corner, size, size, fill=False, edgecolor=GREEN, linewidth=1.8)
            frame.set_zorder(3)  # over the edge of the picture
            ax.add_patch(frame)
            height, width = array.shape
            ax.set_title(f"{name}, {height} × {width}", fontsize=10)
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set(visible=True, linewidth=0.6)

        label = "window × filter,\nsummed"
        between.text(0.5, 0.5, label, ha="center", va="bottom", fontsize=9, linespacing=1.5)
        between.annotate("", (1, 0.42), (0, 0.42), arrowprops={"arrowstyle": "-|>", "color": INK})
        between.set_axis_off()

        _numbers(tables[0], window, "window")
        _numbers(tables[1], filter_, "× filter", "{:g}")
        _numbers(tables[2], window * filter_, f"= sums to {_written(result[row, column])}")
    return Picture(figure)


def pooling_step(values: ArrayLike, *, size: int = 2) -> Picture:
    """A small map cut into windows, each in a colour of its own, and the largest number of each.

    Args:
        values: `(height, width)`, both multiples of `size`.
        size: height and width of a window.
    """
    table = np.asarray(values, dtype=float)
    height, width = table.shape
    rows = height // size
    columns = width // size

    figure, (before, after) = subplots(1, 2, height=2.5)
    with mpl.rc_context(STYLE):
        before.set_title(f"before, {height} × {width}", fontsize=10)
        before.set(xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -0.1))
        after.set_title(f"after, {rows} × {columns}", fontsize=10)
        after.set(xlim=(-0.1, columns + 0.1), ylim=(rows + 0.1, -0.1))
        for ax in (before, after):
            ax.set_aspect("equal")
            ax.set_axis_off()

        for row, column in np.ndindex(rows, columns):
            color = COLORS[(row * columns + column) % len(COLORS)]
            frame: Any = {"fill": False, "edgecolor": color, "linewidth": 2.0}
            top = row * size
            left = column * size
            window = table[top : top + size, left : left + size]
            largest = float(window.max())
            for (y, x), value in np.ndenumerate(window):
                chosen = bool(value == largest)
                _cell(before, (left + x, top + y), float(value), color, filled=chosen)
            _cell(after, (column, row), largest, color, filled=True)

            # a little inside the cells, so that neighbouring frames do not cover each other
            inner = size - 0.06
            before.add_patch(Rectangle((left + 0.03, top + 0.03), inner, inner, **frame))
            after.add_patch(Rectangle((column + 0.02, row + 0.02), 0.96, 0.96, **frame))
    return Picture(figure)


def _cell(ax: Axes, place: tuple[int, int], value: float, color: str, *, filled: bool) -> None:
    """A number in a square whose upper left corner is at `place`."""
    x, y = place
    opacity = 0.35 if filled else 0.0
    face = _tint(color, opacity)
    ax.add_patch(Rectangle(place, 1, 1, facecolor=face, edgecolor=INK, linewidth=0.4))
    ax.text(x + 0.5, y + 0.5, _written(value), ha="center", va="center", fontsize=9)


def feature_maps(layers: Mapping[str, ArrayLike], *, columns: int = 8) -> Picture:
    """The maps of several layers, under the name of each: orange where positive, blue if negative.

    All maps are drawn in one size, however many pixels they have. Within a layer, colours are
    comparable; between layers not. What is 0 is clear.

    Args:
        layers: name of each layer and its output, `(channels, height, width)`.
        columns: maps per row.
    """
    cell = 1.12  # from map to map, of which a map takes 1
    head = 0.62  # the height of a layer's name
    arrays = {}
    rows = {}
    height = 0.0
    for name, values in layers.items():
        arrays[name] = np.asarray(values, dtype=float)
        rows[name] = -(-len(arrays[name]) // columns)  # rounded up
        height += head + cell * rows[name]
    figure, (ax,) = subplots(height=5.0 * height / (columns * cell))
    top = 0.0
    with mpl.rc_context(STYLE):
        for name, array in arrays.items():
            ax.text(0, top + head - 0.14, name, va="bottom", fontsize=9)
            top += head
            largest = float(np.abs(array).max())
            for i, values in enumerate(array):
                row, column = divmod(i, columns)
                left = cell * column
                upper = top + cell * row
                # the vertical axis grows downwards, as the rows do
                extent = (left, left + 1, upper + 1, upper)
                ax.imshow(_signed(values, largest), extent=extent, interpolation="none")
                frame = Rectangle((left, upper), 1, 1, fill=False, edgecolor=INK, linewidth=0.5)
                ax.add_patch(frame)
            top += cell * rows[name]
        ax.set(xlim=(-0.02, columns * cell - 0.1), ylim=(height, 0.1))
        ax.set_axis_off()
    return Picture(figure)


def descent_paths(
    loss: ArrayLike,
    x: Sequence[float],
    y: Sequence[float],
    paths: Mapping[str, ArrayLike],
    *,
    lowest: Sequence[float],
) -> Picture:
    """Paths over one loss surface, a panel each: the start as a ring, the lowest point as a cross.

    Args:
        loss: `(len(y), len(x))`, the height of the surface, positive; drawn as lines of equal loss.
        x: the first parameter, from left to right.
        y: the second parameter, from bottom to top.
        paths: title of each panel and its points `(steps, 2)`; what leaves the surface is not
            drawn.
        lowest: both parameters where the loss is lowest.
    """
    heights = np.asarray(loss, dtype=float)
    levels = np.geomspace(1.1 * heights.min(), heights.max(), 12)
    rows = -(-len(paths) // 2)  # rounded up
    figure, axes = subplots(rows, 2, height=2.3 * rows)
    with mpl.rc_context(STYLE):
        for i, (ax, (title, points)) in enumerate(zip(axes, paths.items(), strict=False)):
            path = np.asarray(points, dtype=float)
            start = path[0]
            later = path[1:]
            color = COLORS[i % len(COLORS)]
            ax.contour(x, y, heights, levels=levels, colors=INK, linewidths=0.5, alpha=0.55)
            ax.plot(path[:, 0], path[:, 1], "-", color=color, linewidth=1.5)
            ax.plot(later[:, 0], later[:, 1], ".", color=color, markersize=4.5)
            (ring,) = ax.plot(start[0], start[1], "o", markersize=7, markeredgewidth=1.6)
            ring.set(markerfacecolor="none", markeredgecolor=color)
            ax.plot(*lowest, "+", color=INK, markersize=10, markeredgewidth=1.4)
            ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), aspect="equal")
            ax.set_title(title, color=color, fontsize=10)
            ax.label_outer()

        for ax in axes[-2:]:
            ax.set_xlabel("left weight")
        for ax in axes[::2]:
            ax.set_ylabel("right weight")
        # a place that no path fills
        for ax in axes[len(paths) :]:
            ax.set_axis_off()
    return Picture(figure)
