"""Figures for pages that are read in light and in dark: SVG, transparent, text and axes in the page's own colour."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from numpy.typing import ArrayLike

BLUE, ORANGE, GREEN, RED, PURPLE = (
    "#4a90d9",
    "#e08030",
    "#3fa66b",
    "#d9534f",
    "#9a6fd0",
)  # legible on white and on black
INK = "#123456"  # stands for the page's text colour until the SVG is written

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


class Picture:
    """A finished figure. A notebook shows it; `save` writes it as an SVG file."""

    def __init__(self, figure: Figure) -> None:
        buffer = io.StringIO()
        with mpl.rc_context(STYLE):
            figure.savefig(buffer, format="svg", transparent=True, bbox_inches="tight", metadata={"Date": None})
        self.svg = buffer.getvalue().replace(INK, "currentColor")

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return "<figure>"

    def save(self, path: str | Path) -> None:
        """Write the figure to `path`, as SVG."""
        Path(path).write_text(self.svg, encoding="utf-8")


def subplots(rows: int = 1, columns: int = 1, *, width: float = 5.0, height: float = 3.0) -> tuple[Figure, list[Axes]]:
    """An empty figure of `width` by `height` inches in the site's style, and its axes row by row."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False)
    return figure, list(axes.flat)


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
            ax.plot(range(len(values)) if x is None else x, values, label=name, linewidth=1.8)
        for name, height in (marks or {}).items():
            ax.axhline(height, color=INK, linestyle="--", linewidth=0.9)
            ax.annotate(name, (1, height), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=9)
        if log:
            ax.set_yscale("log")
        ax.set(xlabel=xlabel, ylabel=ylabel)
        if len(series) > 1:
            ax.legend()
    return Picture(figure)


def digit_grid(images: ArrayLike, *, titles: Sequence[object] | None = None, columns: int = 10) -> Picture:
    """Digits side by side, white on black as they are stored, with a title over each if given.

    Args:
        images: `(n, 28, 28)` or `(n, 1, 28, 28)`, in 0..1 or 0..255.
        titles: one for each image.
        columns: images per row.
    """
    pixels = np.asarray(images, dtype=float).reshape(-1, 28, 28)
    pixels = pixels / max(pixels.max(), 1e-9)
    rows = -(-len(pixels) // columns)
    gap_x, gap_y = 4, 4 if titles is None else 4 + columns
    canvas = np.zeros((rows * (28 + gap_y), columns * (28 + gap_x) - gap_x, 4))  # transparent where no digit is
    figure, (ax,) = subplots(width=5.0, height=5.0 * canvas.shape[0] / canvas.shape[1])
    with mpl.rc_context(STYLE):
        for i, digit in enumerate(pixels):
            top, left = (i // columns) * (28 + gap_y) + gap_y, (i % columns) * (28 + gap_x)
            canvas[top : top + 28, left : left + 28, :3] = digit[..., None]
            canvas[top : top + 28, left : left + 28, 3] = 1
            if titles is not None:
                ax.text(left + 14, top - 1.5, str(titles[i]), ha="center", va="bottom", fontsize=9)
        ax.imshow(canvas, interpolation="none")
        ax.set_axis_off()
    return Picture(figure)


def enlarged(image: ArrayLike, *, box: tuple[slice, slice] | None = None) -> Picture:
    """One digit enlarged, its rows and columns numbered, and a frame round the pixels `[rows, columns]` of `box`."""
    figure, (ax,) = subplots(width=3.2, height=3.2)
    with mpl.rc_context(STYLE):
        ax.imshow(np.asarray(image).reshape(28, 28), cmap="gray", interpolation="none")
        if box is not None:
            rows, columns = box
            size = columns.stop - columns.start, rows.stop - rows.start
            ax.add_patch(
                Rectangle((columns.start - 0.5, rows.start - 0.5), *size, fill=False, edgecolor=ORANGE, linewidth=1.8)
            )
        ax.set(xlabel="column", ylabel="row", xticks=range(0, 28, 4), yticks=range(0, 28, 4))
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
    with mpl.rc_context(STYLE):
        for i, (name, heights) in enumerate(series.items()):
            left = (i - (len(series) - 1) / 2) * width
            ax.bar([p + left for p in range(len(heights))], heights, width, label=name)
        ax.set(xlabel=xlabel, ylabel=ylabel, xticks=range(len(next(iter(series.values())))))
        if len(series) > 1:
            figure.legend(loc="outside upper center", ncols=len(series))
    return Picture(figure)


def confusion_matrix(counts: ArrayLike) -> Picture:
    """How often each class (row) was taken for each other (column): the errors tinted by their number, the hits framed.

    Args:
        counts: `(classes, classes)`, whole numbers, row by true class and column by prediction.
    """
    table = np.asarray(counts)
    hits = np.eye(len(table), dtype=bool)
    tint = np.zeros((*table.shape, 4))
    tint[...] = to_rgba(ORANGE)
    tint[..., 3] = np.where(hits, 0, 0.65 * table / max(table[~hits].max(), 1))
    figure, (ax,) = subplots(width=4.4, height=4.4)
    with mpl.rc_context(STYLE):
        ax.imshow(tint, interpolation="none")
        for (row, column), count in np.ndenumerate(table):
            if count:
                ax.text(column, row, str(count), ha="center", va="center", fontsize=8 if row == column else 9)
        for i in range(len(table)):
            ax.add_patch(Rectangle((i - 0.5, i - 0.5), 1, 1, fill=False, edgecolor=BLUE, linewidth=1.2))
        ax.set(xlabel="predicted", ylabel="true", xticks=range(len(table)), yticks=range(len(table)))
        ax.tick_params(length=0)
    return Picture(figure)


def two_layer_shapes() -> Picture:
    """The two-layer network of the seven ways: values and their shapes from left to right, gradients back again."""
    figure, (ax,) = subplots(height=2.5)
    with mpl.rc_context(STYLE):
        nodes = [("$X$", "64, 1000"), ("$h$", "64, 100"), ("$U$", "64, 100"), (r"$\hat{y}$", "64, 10"), ("$L$", "()")]
        for i, (name, shape) in enumerate(nodes):
            ax.text(2 * i, 0, name, ha="center", va="center", fontsize=13)
            ax.text(2 * i, -0.55, f"({shape})".replace("(())", "()"), ha="center", va="center", fontsize=8)
        for i, (operation, slope) in enumerate(
            [
                (r"$\cdot\; W_1$", r"$\partial L/\partial h$"),
                ("ReLU", r"$\partial L/\partial U$"),
                (r"$\cdot\; W_2$", r"$\partial L/\partial\hat{y}$"),
                ("squares", ""),
            ]
        ):
            arrow = {"arrowstyle": "->", "color": BLUE, "linewidth": 1.6}
            ax.annotate("", (2 * i + 1.6, 0), (2 * i + 0.4, 0), arrowprops=arrow)
            ax.text(2 * i + 1, 0.3, operation, ha="center", color=BLUE)
            if i:
                back = {"arrowstyle": "->", "color": ORANGE, "linewidth": 1.6}
                ax.annotate("", (2 * i + 0.45, -1.15), (2 * i + 1.55, -1.15), arrowprops=back)
            if slope:
                ax.text(2 * i + 2, -1.15, slope, ha="center", va="center", color=ORANGE, fontsize=9)
        for x, weights, shape in ((1, "W_1", "1000, 100"), (5, "W_2", "100, 10")):
            ax.text(x, 1.15, f"${weights}$  ({shape})", ha="center", fontsize=9)
            ax.annotate("", (x, 0.65), (x, 1.05), arrowprops={"arrowstyle": "->", "color": INK, "linewidth": 0.9})
            ax.text(x, -1.85, rf"$\partial L/\partial {weights}$", ha="center", va="center", color=ORANGE)
            turn = {"arrowstyle": "->", "color": ORANGE, "linewidth": 1.2, "connectionstyle": "arc3,rad=-0.2"}
            ax.annotate("", (x + 0.55, -1.8), (x + 1, -1.4), arrowprops=turn)
        ax.set(xlim=(-0.7, 8.6), ylim=(-2.2, 1.5))
        ax.axis("off")
    return Picture(figure)


def slopes_at_kink(choices: Mapping[str, float]) -> Picture:
    """ReLU beside its slope, with the slope that each of several functions gives at 0 itself.

    Args:
        choices: name of each function and its slope at 0; those that agree share a line of text.
    """
    figure, (left, right) = subplots(1, 2, height=2.5)
    with mpl.rc_context(STYLE):
        left.plot([-1, 0, 1], [0, 0, 1], color=BLUE, linewidth=1.8)
        left.plot(0, 0, "o", color=ORANGE)
        left.set(xlabel="h", ylabel="ReLU(h)", xlim=(-1, 1), ylim=(-0.2, 1.2), yticks=[0, 0.5, 1])
        right.plot([-1, 0], [0, 0], color=BLUE, linewidth=1.8)
        right.plot([0, 1], [1, 1], color=BLUE, linewidth=1.8)
        for slope in sorted(set(choices.values())):
            names = ",\n".join(name for name, value in choices.items() if value == slope)
            side, align = (-0.12, "right") if slope > 0.75 else (0.12, "left")
            right.plot(0, slope, "o", color=ORANGE)
            right.text(side, slope, names, ha=align, va="center", fontsize=8)
        right.set(xlabel="h", ylabel="slope", xlim=(-1, 1), ylim=(-0.2, 1.2), yticks=[0, 0.5, 1])
    return Picture(figure)


def dots_by_group(
    values: Sequence[float], groups: Sequence[int], *, names: Mapping[int, str], xlabel: str, ylabel: str
) -> Picture:
    """One dot per value on a logarithmic axis, coloured by the group that it belongs to.

    Args:
        values: the heights, in order.
        groups: the group of each value.
        names: the groups to show, and how the legend names them.
        xlabel: what the position in the order stands for.
        ylabel: what the values are, with their unit.
    """
    figure, (ax,) = subplots()
    with mpl.rc_context(STYLE):
        for group, name in names.items():
            chosen = [i for i, member in enumerate(groups) if member == group]
            ax.plot(chosen, [values[i] for i in chosen], "o", markersize=2.5, label=name)
        ax.set_yscale("log")
        ax.set(xlabel=xlabel, ylabel=ylabel)
        ax.legend(markerscale=2)
    return Picture(figure)


def neuron_chain(values: Mapping[str, float], gradients: Mapping[str, float] | None = None) -> Picture:
    """A chain of two neurons and its loss, each number where it belongs, and under it in orange its gradient if given.

    Args:
        values: the numbers `x`, `w1`, `b1`, `a1`, `w2`, `b2`, `a2`, `target` and `loss`.
        gradients: the derivative of the loss with respect to any of these, by the same names.
    """
    places: dict[str, tuple[float, float]] = {"x": (0.42, 0), "a1": (1.8, 0), "a2": (3.18, 0), "loss": (4.5, 0)}
    places |= {"w1": (1.11, 0.34), "w2": (2.49, 0.34), "b1": (1.8, 1.04), "b2": (3.18, 1.04), "target": (4.5, 1.04)}
    names = {name: f"${name[0]}_{name[1]}$" for name in values if name[1:].isdecimal()} | {"x": "$x$", "loss": "$L$"}
    names |= {"target": "$t$"}
    shown = gradients or {}
    figure, (ax,) = subplots(width=5.0, height=2.0)
    with mpl.rc_context(STYLE):
        for left, right in (("x", "a1"), ("a1", "a2"), ("a2", "loss")):
            start, end = places[left][0] + (0.2 if left == "x" else 0.41), places[right][0] - 0.41
            _arrow(ax, (start, 0), (end, 0), INK)
            if left in shown:
                _arrow(ax, (end, -0.22), (start, -0.22), ORANGE)
        for top, bottom in (("b1", "a1"), ("b2", "a2"), ("target", "loss")):
            _arrow(ax, (places[top][0], 0.72), (places[bottom][0], 0.41), INK)
        for name in ("a1", "a2"):
            ax.add_patch(Circle(places[name], 0.39, fill=False, edgecolor=BLUE, linewidth=1.6))
        ax.add_patch(Rectangle((4.11, -0.39), 0.78, 0.78, fill=False, edgecolor=GREEN, linewidth=1.6))
        for name, (x, y) in places.items():
            lines = [(names[name], INK), (f"{values[name]:.4g}", INK)]
            if name in shown:
                lines.append((f"{shown[name]:.4f}", ORANGE))
            for i, (text, color) in enumerate(lines):
                offset = (len(lines) - 1) / 2 - i if y == 0 else len(lines) - 1.9 - i  # rows over a line grow upwards
                ax.text(x, y + 0.19 * offset, text, color=color, ha="center", va="center", fontsize=9)
        ax.set(xlim=(0.15, 5), ylim=(-0.45, 1.4), aspect="equal")
        ax.set_axis_off()
    return Picture(figure)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], color: str) -> None:
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": color, "shrinkA": 0, "shrinkB": 0})


def stacked_curves(
    panels: Mapping[str, Mapping[str, Sequence[float]]], *, xlabel: str, marks: Mapping[str, float]
) -> Picture:
    """Panels over one another with a common horizontal axis, and one legend above them.

    Args:
        panels: for each panel what its vertical axis shows, and the name and the values of each line.
        xlabel: what the horizontal axis shows: 0, 1, 2, ...
        marks: for a panel, the height of a dashed line.
    """
    figure, axes = subplots(rows=len(panels), width=5.0, height=1.9 * len(panels))
    with mpl.rc_context(STYLE):
        for ax, (ylabel, series) in zip(axes, panels.items(), strict=True):
            for name, values in series.items():
                ax.plot(values, label=name, linewidth=1.8)
            if ylabel in marks:
                ax.axhline(marks[ylabel], color=INK, linestyle="--", linewidth=0.9)
            ax.set(ylabel=ylabel)
        for ax in axes[:-1]:
            ax.tick_params(labelbottom=False)
        axes[-1].set(xlabel=xlabel)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return Picture(figure)


def relative_gaps(series: Mapping[str, Sequence[float]]) -> Picture:
    """How far pairs of runs are apart at each step, relative to their size, with the legend below the axes.

    Args:
        series: name of each pair and its relative differences. Zeros, which a logarithmic axis has no place for, and NaN are
            left blank.
    """
    figure, (ax,) = subplots(height=3.6)
    with mpl.rc_context(STYLE):
        for name, values in series.items():
            gaps = np.asarray(values, dtype=float)
            ax.plot(np.where(gaps == 0, np.nan, gaps), label=name, linewidth=1.2)
        ax.set_yscale("log")
        ax.set(xlabel="step", ylabel="relative difference")
        figure.legend(loc="outside lower left")
    return Picture(figure)
