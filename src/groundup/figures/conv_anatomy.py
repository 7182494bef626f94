"""Figures of the page "Anatomy of a convolutional network": steps, outputs, learned filters."""

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from groundup.figures import BLUE, GREEN, INK, ORANGE, PURPLE, STYLE, Picture, subplots

COLORS = (BLUE, ORANGE, GREEN, PURPLE)


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
        for ax, name, size, array in ((from_, "image", k, pixels), (to, "feature map", 1, result)):
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


def layer_outputs(outputs: Mapping[str, ArrayLike], *, columns: int = 8) -> Picture:
    """The output of each layer under its name and shape: orange where positive, blue if negative.

    Feature maps are drawn in one size, however many pixels they have, and a vector as one strip of
    cells. Within a layer, colours are comparable; between layers not. What is 0 is clear.

    Args:
        outputs: name of each layer and its output, `(channels, height, width)` or `(features,)`.
        columns: maps per row.
    """
    cell = 1.12  # from map to map, of which a map takes 1
    head = 0.62  # the height of a layer's name
    strip = 0.45  # the height of a vector
    width = columns * cell - 0.12

    arrays = {}
    heights = {}
    for name, values in outputs.items():
        array = np.asarray(values, dtype=float)
        arrays[name] = array
        if array.ndim == 1:
            heights[name] = strip
        else:
            rows = -(-len(array) // columns)  # rounded up
            heights[name] = cell * rows
    height = sum(heights.values()) + head * len(heights)

    figure, (ax,) = subplots(height=5.0 * height / (columns * cell))
    top = 0.0
    with mpl.rc_context(STYLE):
        for name, array in arrays.items():
            shape = " × ".join(map(str, array.shape))
            ax.text(0, top + head - 0.14, f"{name}: {shape}", va="bottom", fontsize=9)
            top += head
            largest = float(np.abs(array).max())
            if array.ndim == 1:
                _framed(ax, (0, top), (width, strip), _signed(array[None], largest))
            else:
                for i, values in enumerate(array):
                    row, column = divmod(i, columns)
                    corner = (cell * column, top + cell * row)
                    _framed(ax, corner, (1, 1), _signed(values, largest))
            top += heights[name]
        ax.set(xlim=(-0.02, width + 0.02), ylim=(height, 0.1), aspect="equal")
        ax.set_axis_off()
    return Picture(figure)


def _framed(
    ax: Axes,
    corner: tuple[float, float],
    size: tuple[float, float],
    pixels: NDArray[np.float64],
) -> None:
    """An image with a thin frame; `corner` is its upper left one, and rows grow downwards."""
    left, top = corner
    width, height = size
    extent = (left, left + width, top + height, top)
    ax.imshow(pixels, extent=extent, interpolation="none")
    ax.add_patch(Rectangle(corner, width, height, fill=False, edgecolor=INK, linewidth=0.5))


def learned_filters(before: ArrayLike, after: ArrayLike, windows: ArrayLike) -> Picture:
    """A row for each filter: before training, after it, and the windows to which it responds most.

    Weights are orange where positive, blue where negative, and comparable within a row. A green
    frame in each window has the size of the filter.

    Args:
        before: `(filters, k, k)`.
        after: `(filters, k, k)`.
        windows: `(filters, n, side, side)`, in 0..1, drawn white on black; what the filter saw
            stands in the middle of each.
    """
    first = np.asarray(before, dtype=float)
    last = np.asarray(after, dtype=float)
    seen = np.asarray(windows, dtype=float)
    k = first.shape[-1]
    count, per_filter, side, _ = seen.shape

    cell = 1.16  # from picture to picture, of which a picture takes 1
    gap = 0.35  # between the weights and the windows
    label = 1.5  # the width of a row's name
    head = 0.4
    width = label + cell * (2 + per_filter) + gap
    height = head + cell * count
    figure, (ax,) = subplots(height=5.0 * height / width)
    with mpl.rc_context(STYLE):
        for i in range(count):
            top = head + cell * i
            largest = float(max(np.abs(first[i]).max(), np.abs(last[i]).max()))
            ax.text(0, top + 0.5, f"filter {i}", va="center", fontsize=9)
            _framed(ax, (label, top), (1, 1), _signed(first[i], largest))
            _framed(ax, (label + cell, top), (1, 1), _signed(last[i], largest))
            for j, window in enumerate(seen[i]):
                left = label + cell * (2 + j) + gap
                grey = np.repeat(window[..., None], 3, axis=2)
                _framed(ax, (left, top), (1, 1), np.clip(grey, 0, 1))
                inner = k / side
                edge = (1 - inner) / 2
                corner = (left + edge, top + edge)
                frame = Rectangle(corner, inner, inner, fill=False, edgecolor=GREEN, linewidth=1.3)
                frame.set_zorder(3)  # over the picture's own frame
                ax.add_patch(frame)

        middle = label + cell * (2 + per_filter / 2) + gap - 0.08
        ax.text(label + 0.5, head - 0.1, "before", ha="center", va="bottom", fontsize=9)
        ax.text(label + cell + 0.5, head - 0.1, "after", ha="center", va="bottom", fontsize=9)
        ax.text(middle, head - 0.1, "strongest responses", ha="center", va="bottom", fontsize=9)
        ax.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
        ax.set_axis_off()
    return Picture(figure)
