"""One axes: where it stands, its titles, limits, ticks and legend, and all that is in it."""

from typing import Any

from .annotations import arrow_of_text, texts_of
from .artists import drawn
from .columns import rounded
from .directions import Direction
from .image_groups import grouped_images
from .images import image_series, images_of
from .series import grouped, summed_up
from .texts import text_tables
from .units import undescribed

__all__ = ["describe_axes", "legend_lines"]

TITLES = {"center": "title", "left": "left title", "right": "right title"}
SIDES = ("labelleft", "labelright", "labelbottom", "labeltop")


def describe_axes(ax: Any, axes: list[Any], grid: int) -> dict[str, Any]:
    """Say what one axes shows.

    Args:
        ax: the axes.
        axes: all of the figure, in the order in which they are described.
        grid: into how many rows and columns its images are cut.
    """
    # directions of another kind: polar, 3D, a map; or a second scale on a side of an axes
    if ax.name != "rectilinear" or not hasattr(ax, "get_title"):
        raise undescribed(ax)
    found: dict[str, Any] = _place(ax, axes)
    for where, name in TITLES.items():
        if ax.get_title(loc=where):
            found[name] = ax.get_title(loc=where)
    left, right = ax.get_xlim()
    bottom, top = ax.get_ylim()
    x = Direction(float(left), float(right), ax.get_xscale(), ax.xaxis)
    y = Direction(float(bottom), float(top), ax.get_yscale(), ax.yaxis)
    found["x"] = _direction(ax.xaxis, x, ax.axison)
    found["y"] = _direction(ax.yaxis, y, ax.axison)
    if not ax.axison:
        found["frame"] = "off"
    legend = ax.get_legend()
    if legend is not None and legend.get_visible():
        found["legend"] = legend_lines(legend)
    texts = texts_of(ax.texts, ax)
    if texts:
        found["texts"] = text_tables(texts, x, y)
    series = _inside(ax, axes, grid, x, y)
    if series:
        found["series"] = series
    return found


def _inside(
    ax: Any, axes: list[Any], grid: int, x: Direction, y: Direction
) -> list[dict[str, Any]]:
    """The series of an axes: what its artists draw, arrows of its texts, its images."""
    items = list(drawn(ax, axes))
    for text in ax.texts:
        if text.get_visible():
            items.extend(arrow_of_text(text, ax))
    series = [summed_up(item, x, y) for item in grouped(items)]
    images = [image_series(image, x, y, grid) for image in images_of(ax) if image.get_visible()]
    series.extend(grouped_images(images, x, y))
    return series


def _place(ax: Any, axes: list[Any]) -> dict[str, Any]:
    """Where an axes stands: in a grid of axes, over another, as an inset, or in a box."""
    for number, other in enumerate(axes, 1):
        if any(ax is child for child in other.child_axes):
            return {"inset of": number}
    # a layout moves a color bar; any other box is what the author said
    if getattr(ax, "_colorbar", None) is not None:
        return {"role": "color bar"}
    spec = ax.get_subplotspec()
    if spec is None:
        bounds = ax.get_position(original=True).bounds
        return {"box": [rounded(float(value), 1.0) for value in bounds]}
    for number, other in enumerate(axes, 1):
        if other is ax:
            break
        if other.get_subplotspec() == spec:
            return {"over": number}
    # a color bar shares the place of its axes, by a grid inside the grid
    rows, columns, first, last = spec.get_topmost_subplotspec().get_geometry()
    if rows * columns == 1:
        return {}
    return {"place": f"{first + 1} to {last + 1} of {rows} x {columns}"}


def _direction(axis: Any, direction: Direction, shown: bool) -> dict[str, Any]:
    """One direction of an axes; its label and ticks only where they are drawn."""
    limits = [direction.position(limit) for limit in direction.limits]
    found: dict[str, Any] = {"limits": limits}
    if axis.get_scale() != "linear":
        found["scale"] = axis.get_scale()
    if not shown or not axis.get_visible():
        return found
    if axis.get_label_text():
        found["label"] = axis.get_label_text()
    found.update(_ticks(axis, direction))
    return found


def _ticks(axis: Any, direction: Direction) -> dict[str, Any]:
    """Places and labels of ticks as far as the author set them."""
    from matplotlib import ticker
    from matplotlib.category import StrCategoryFormatter

    found: dict[str, Any] = {}
    locator = axis.get_major_locator()
    formatter = axis.get_major_formatter()
    places: list[float] = []
    if isinstance(locator, ticker.FixedLocator):
        places = [float(place) for place in locator()]
        found["ticks"] = [rounded(place, direction.extent) for place in direction.placed(places)]
    elif isinstance(locator, ticker.NullLocator):
        found["ticks"] = []
    if _unlabelled(axis) or isinstance(formatter, ticker.NullFormatter):
        found["labels"] = "hidden"
    elif isinstance(formatter, ticker.FixedFormatter):
        found["labels"] = list(map(str, formatter.seq))
    elif isinstance(formatter, StrCategoryFormatter):
        found["labels"] = list(formatter.format_ticks(locator()))
    elif isinstance(formatter, ticker.FuncFormatter) and places:
        found["labels"] = list(formatter.format_ticks(places))
    return found


def _unlabelled(axis: Any) -> bool:
    """Whether the author switched the tick labels off."""
    options = axis.get_tick_params(which="major")
    sides = [name for name in options if name in SIDES]
    return bool(sides) and not any(options[name] for name in sides)


def legend_lines(legend: Any) -> list[str]:
    """List the lines of a legend, its title first if it has one."""
    title = legend.get_title().get_text()
    lines = [text.get_text() for text in legend.get_texts()]
    return [title, *lines] if title else lines
