"""Figures for pages that are read in light and in dark: SVG, transparent, text and axes in the page's own colour."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, RED, PURPLE = (
    "#4a90d9",
    "#e08030",
    "#3fa66b",
    "#d9534f",
    "#9a6fd0",
)  # legible on white and on black
INK = "#123456"  # stands for the page's text colour until the SVG is written

STYLE: dict[str, Any] = {
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
    "axes.prop_cycle": mpl.cycler(color=[BLUE, ORANGE, GREEN, RED, PURPLE]),
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
