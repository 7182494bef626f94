"""A matplotlib figure: its axes, and what stands around them."""

from collections.abc import Iterator
from typing import Any

from .annotations import texts_of
from .artists import drawn
from .axes import describe_axes, legend_lines
from .columns import rounded
from .directions import Direction
from .image_groups import joined_axes
from .images import grid_side
from .series import grouped, summed_up
from .texts import text_tables
from .units import undescribed

__all__ = ["describe"]

TITLES = ("suptitle", "supxlabel", "supylabel")


def describe(figure: Any) -> dict[str, Any]:
    """Say what a matplotlib figure shows, as data that JSON can hold.

    Args:
        figure: a `matplotlib.figure.Figure`.

    Raises:
        TypeError: it shows an artist of a kind that cannot be described.
    """
    axes = [ax for ax in _all_axes(figure) if ax.get_visible()]
    grid = grid_side(axes)
    width, height = figure.get_size_inches()
    drawing: dict[str, Any] = {"size": [rounded(width), rounded(height)]}
    drawing.update(_around(figure, axes))
    described = [describe_axes(ax, axes, grid) for ax in axes]
    # what refers to axes by number needs each of them
    numbered = "series" in drawing or any({"inset of", "over"} & set(ax) for ax in described)
    drawing["axes"] = described if numbered else joined_axes(described)
    return drawing


def _all_axes(figure: Any) -> Iterator[Any]:
    """The axes of a figure, each followed by its insets."""
    waiting = list(figure.axes)
    seen: set[int] = set()
    while waiting:
        ax = waiting.pop(0)
        if id(ax) in seen:
            continue
        seen.add(id(ax))
        yield ax
        waiting = [*ax.child_axes, *waiting]


def _around(figure: Any, axes: list[Any]) -> dict[str, Any]:
    """What a figure shows outside of its axes."""
    for part in (*figure.subfigs, *figure.images):
        raise undescribed(part)
    # a connection between axes has numbers of theirs
    whole = Direction(0.0, 1.0, cut=False)
    found: dict[str, Any] = {}
    titles: set[int] = set()
    for name in TITLES:
        title = getattr(figure, f"_{name}", None)
        titles.add(id(title))
        if title is not None and title.get_text():
            found[name] = title.get_text()
    legends = [legend_lines(legend) for legend in figure.legends if legend.get_visible()]
    if legends:
        found["legends"] = legends
    free = [text for text in figure.texts if id(text) not in titles]
    texts = texts_of(free, figure)
    if texts:
        found["texts"] = text_tables(texts, whole, whole)
    series = [summed_up(item, whole, whole) for item in grouped(drawn(figure, axes))]
    if series:
        found["series"] = series
    return found
