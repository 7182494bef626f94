"""Figures for pages read in light and in dark: SVG, transparent, text in the page's own colour.

Here are the style and what two or more pages draw. What one page draws has a module of its own.
"""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

# legible on white and on black
BLUE = "#4a90d9"
ORANGE = "#e08030"
GREEN = "#3fa66b"
RED = "#d9534f"
PURPLE = "#9a6fd0"

# stands for the page's text colour until the SVG is written
INK = "#123456"

STYLE: Any = {  # rcParams
    "font.size": 10,
    "svg.fonttype": "path",
    "svg.hashsalt": "groundup",  # the same figure gives the same bytes
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, RED, PURPLE]),
    "legend.frameon": False,
    "image.interpolation": "nearest",
}

SIDE = 28  # pixels of a digit, in height and in width


class Picture:
    """A finished figure. A notebook shows it; `save` writes it as an SVG file.

    Attributes:
        svg: the figure as a page shows it.
        figure: matplotlib's own, for whoever wants to look at what is drawn.
    """

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        buffer = io.StringIO()
        no_date = {"Date": None}
        with mpl.rc_context(STYLE):
            figure.savefig(
                buffer, format="svg", transparent=True, bbox_inches="tight", metadata=no_date
            )
        self.svg = buffer.getvalue().replace(INK, "currentColor")

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return "<figure>"

    def save(self, path: str | Path) -> None:
        """Write the figure to `path`, as SVG."""
        Path(path).write_text(self.svg, encoding="utf-8")


def subplots(
    rows: int = 1, columns: int = 1, *, width: float = 5.0, height: float = 3.0
) -> tuple[Figure, list[Axes]]:
    """An empty figure in the site's style, and its axes row by row.

    Args:
        rows: of axes.
        columns: of axes.
        width: in inches.
        height: in inches.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False)
    return figure, list(axes.flat)


def dashed_levels(ax: Axes, marks: Mapping[str, float]) -> None:
    """Draw dashed horizontal lines, each with its name above its right end.

    Args:
        ax: where to draw.
        marks: name and height of each line.
    """
    for name, height in marks.items():
        ax.axhline(height, color=INK, linestyle="--", linewidth=0.9)
        # across the axes as a fraction of their width, upwards in the data's own unit
        across_and_up = ("axes fraction", "data")
        place = (1, height)
        ax.annotate(name, place, xycoords=across_and_up, ha="right", va="bottom", fontsize=9)


def between(ticks: Sequence[float], limits: tuple[float, float]) -> list[float]:
    """Those of the ticks that lie within the limits of an axis.

    Args:
        ticks: any numbers, in the unit of the axis.
        limits: the lowest and the highest number that the axis shows.
    """
    low, high = limits
    return [tick for tick in ticks if low <= tick <= high]


def window_means(values: Sequence[float], window: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The middle of each window of steps, and the mean in it.

    A last window that is not full is left out.

    Args:
        values: one number for each step.
        window: how many steps a window has.
    """
    count = len(values) // window
    full = np.asarray(values[: count * window], dtype=float)
    middles = (np.arange(count) + 0.5) * window
    means = full.reshape(count, window).mean(axis=1)
    return middles, means


def curves(
    series: Mapping[str, Sequence[float]],
    *,
    xlabel: str,
    ylabel: str,
    x: Sequence[float] | None = None,
    log: bool = False,
    marks: Mapping[str, float] | None = None,
) -> Picture:
    """One line per entry of `series`, named directly in a legend where there are several.

    Args:
        series: name of each line and its values.
        xlabel: what the horizontal axis shows, with its unit.
        ylabel: what the vertical axis shows, with its unit.
        x: the horizontal positions; 0, 1, 2, ... if not given.
        log: a logarithmic vertical axis.
        marks: name and height of horizontal dashed lines, for comparison.
    """
    figure, (ax,) = subplots()
    with mpl.rc_context(STYLE):
        for name, values in series.items():
            if x is None:
                ax.plot(range(len(values)), values, label=name, linewidth=1.8)
            else:
                ax.plot(x, values, label=name, linewidth=1.8)
        dashed_levels(ax, marks or {})
        if log:
            ax.set_yscale("log")
        ax.set(xlabel=xlabel, ylabel=ylabel)
        if len(series) > 1:
            ax.legend()
    return Picture(figure)


def smoothed_curves(
    series: Mapping[str, Sequence[float]],
    *,
    ylabel: str,
    window: int = 50,
    marks: Mapping[str, float] | None = None,
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
            middles, means = window_means(values, window)
            ax.plot(middles, means, label=name, linewidth=1.8)
        dashed_levels(ax, marks or {})
        ax.set(xlabel="step", ylabel=ylabel, ylim=(0, None))
        figure.legend(loc="outside upper center", ncols=len(series))
    return Picture(figure)


def digit_grid(
    images: ArrayLike, *, titles: Sequence[object] | None = None, columns: int = 10
) -> Picture:
    """Digits side by side, white on black as they are stored, with a title over each if given.

    Args:
        images: `(n, 28, 28)` or `(n, 1, 28, 28)`, in 0..1 or 0..255.
        titles: one for each image.
        columns: images per row.
    """
    pixels = np.asarray(images, dtype=float).reshape(-1, SIDE, SIDE)
    pixels = pixels / max(pixels.max(), 1e-9)
    rows = -(-len(pixels) // columns)  # rounded up

    gap_x = 4
    gap_y = 4
    if titles is not None:
        # the more columns, the smaller a pixel is drawn: the title takes more of them
        gap_y += columns

    # one canvas for all digits, transparent where none is
    canvas_height = rows * (SIDE + gap_y)
    canvas_width = columns * (SIDE + gap_x) - gap_x
    canvas = np.zeros((canvas_height, canvas_width, 4))

    figure, (ax,) = subplots(width=5.0, height=5.0 * canvas_height / canvas_width)
    with mpl.rc_context(STYLE):
        for i, digit in enumerate(pixels):
            row, column = divmod(i, columns)
            top = row * (SIDE + gap_y) + gap_y
            left = column * (SIDE + gap_x)
            place = canvas[top : top + SIDE, left : left + SIDE]
            place[..., :3] = digit[..., None]
            place[..., 3] = 1
            if titles is not None:
                middle = left + SIDE // 2
                ax.text(middle, top - 1.5, str(titles[i]), ha="center", va="bottom", fontsize=9)
        ax.imshow(canvas, interpolation="none")
        ax.set_axis_off()
    return Picture(figure)


def enlarged(image: ArrayLike, *, box: tuple[slice, slice] | None = None) -> Picture:
    """One digit enlarged, its rows and columns numbered, with a frame round some of its pixels.

    Args:
        image: `(28, 28)`, or any shape with as many pixels.
        box: the rows and the columns to frame; no frame if not given.
    """
    figure, (ax,) = subplots(width=3.2, height=3.2)
    ticks = range(0, SIDE, 4)
    with mpl.rc_context(STYLE):
        ax.imshow(np.asarray(image).reshape(SIDE, SIDE), cmap="gray", interpolation="none")
        if box is not None:
            rows, columns = box
            width = columns.stop - columns.start
            height = rows.stop - rows.start
            # a pixel's number is its middle, so its edge lies half a pixel before it
            corner = (columns.start - 0.5, rows.start - 0.5)
            frame = Rectangle(corner, width, height, fill=False, edgecolor=ORANGE, linewidth=1.8)
            ax.add_patch(frame)
        ax.set(xlabel="column", ylabel="row", xticks=ticks, yticks=ticks)
    return Picture(figure)


def bars(series: Mapping[str, Sequence[float]], *, xlabel: str, ylabel: str) -> Picture:
    """One group of bars for each position 0, 1, 2, ..., one bar in it for each entry of `series`.

    Args:
        series: name of each set of bars and its heights.
        xlabel: what the positions are.
        ylabel: what the heights show, with their unit.
    """
    figure, (ax,) = subplots(height=2.6)
    width = 0.8 / len(series)
    first = next(iter(series.values()))
    with mpl.rc_context(STYLE):
        for i, (name, heights) in enumerate(series.items()):
            # the bars of a group stand side by side, with its position in their middle
            shift = (i - (len(series) - 1) / 2) * width
            places = np.arange(len(heights)) + shift
            ax.bar(places, heights, width, label=name)
        ax.set(xlabel=xlabel, ylabel=ylabel, xticks=range(len(first)))
        if len(series) > 1:
            figure.legend(loc="outside upper center", ncols=len(series))
    return Picture(figure)


def mistakes(columns: Mapping[str, Mapping[str, float]], *, total: int) -> Picture:
    """How many test digits are read wrongly, by row, with two standard errors to each side.

    Args:
        columns: for each of up to three sources, the accuracy (0..1) of each row that it has; the
            first has all rows.
        total: how many test digits there are.
    """
    rows = list(next(iter(columns.values())))

    # of each source the marker, its edge and its face, and how far it stands below the row's line
    looks = [("o", INK, "none", -0.18), ("s", BLUE, BLUE, 0.0), ("D", ORANGE, ORANGE, 0.18)]

    figure, (ax,) = subplots(height=0.55 * len(rows) + 1.1)
    with mpl.rc_context(STYLE):
        for (name, accuracies), look in zip(columns.items(), looks, strict=False):
            marker, edge, face, offset = look
            places = [rows.index(row) + offset for row in accuracies]
            wrong = 1 - np.array(list(accuracies.values()))
            # the standard error of a share among `total` independent digits
            error = np.sqrt(wrong * (1 - wrong) / total)
            ax.errorbar(
                wrong * total,
                places,
                xerr=2 * error * total,
                fmt=marker,
                color=edge,
                markerfacecolor=face,
                markersize=5.5,
                elinewidth=1.2,
                label=name,
            )
        ax.set_xscale("log")
        ax.set_yticks(range(len(rows)), rows)
        ax.set_ylim(len(rows) - 0.5, -0.5)  # the first row at the top
        ticks = between((20, 50, 100, 200, 500, 1000), ax.get_xlim())
        ax.set_xticks(ticks, map(str, ticks))
        ax.minorticks_off()
        ax.set(xlabel=f"read wrongly, of {total:,} test digits")
        figure.legend(loc="outside upper center", ncols=len(columns))
    return Picture(figure)
