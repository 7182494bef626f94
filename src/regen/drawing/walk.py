"""A drawing walked through: all that must be the same to the letter, and all its numbers.

Drawings with one skeleton have the same numbers in the same order.
"""

import math
from difflib import unified_diff
from typing import Any

from regen.drawing.directions import direction_of, unit_of
from regen.drawing.entries import (
    Axis,
    Found,
    Number,
    walk_column,
    walk_grid,
    walk_plain,
    walk_shown,
)
from regen.drawing.texts import pattern

__all__ = ["changed_lines", "numbers", "skeleton"]

OF_COLORS = {"means", "range", "deviation", "colors"}
GRIDS = {"means", "tone", "opacity"}
WHOLE = {"x": Axis(1.0), "y": Axis(1.0)}


def numbers(drawing: dict[str, Any]) -> list[Number]:
    """List all numbers of a drawing, each with what it is, in a fixed order."""
    return [found for found in _walk(drawing) if isinstance(found, Number)]


def skeleton(drawing: dict[str, Any]) -> list[str]:
    """List all else of a drawing as lines of text, in a fixed order.

    Which axes, series and texts there are, their colors and labels; a mark stands for each number
    inside a text.
    """
    return [found for found in _walk(drawing) if isinstance(found, str)]


def changed_lines(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """List the lines of two skeletons that differ: `- ` what was there, `+ ` what is there now."""
    lines = unified_diff(skeleton(before), skeleton(now), n=0, lineterm="")
    marks = ("---", "+++", "@@")
    return [f"{line[0]} {line[1:]}" for line in lines if not line.startswith(marks)]


def _walk(drawing: dict[str, Any]) -> Found:
    """Every line and every number; keys in the order of the alphabet, for a file may sort them."""
    every_axes = drawing.get("axes", [])
    for key in sorted(drawing):
        if key == "axes":
            for number, axes in enumerate(every_axes, 1):
                yield f"axes {number}"
                yield from _walk_axes(axes, f"axes {number}, ")
        elif key == "series":
            yield from _walk_figure_series(drawing[key], every_axes)
        elif key == "texts":
            yield from _walk_tables(drawing[key], "figure, ", WHOLE)
        elif key == "size":
            for side, length in zip(("width", "height"), drawing[key], strict=True):
                yield from walk_column(length, f"figure, {side}", Axis())
        else:
            yield from walk_plain(key, drawing[key], f"figure, {key}")


def _walk_axes(axes: dict[str, Any], path: str) -> Found:
    directions = {name: _axis(axes[name]) for name in ("x", "y")}
    for key in sorted(axes):
        if key in ("series", "texts"):
            yield from _walk_tables(axes[key], path, directions)
        elif key in directions:
            for name in sorted(axes[key]):
                inside = f"{path}{key} {name}"
                yield from walk_plain(name, axes[key][name], inside, directions[key])
        else:
            yield from walk_plain(key, axes[key], f"{path}{key}")


def _axis(direction: dict[str, Any]) -> Axis:
    """What the numbers along a direction of an axes are measured by."""
    limits = direction["limits"]
    if None in limits:
        return Axis()
    low, high = sorted(limits)
    if direction.get("scale") == "log" and low > 0:
        return Axis(math.log10(high / low), log=True)
    return Axis(float(high - low))


def _walk_figure_series(series: list[dict[str, Any]], every_axes: list[dict[str, Any]]) -> Found:
    """Series outside of the axes; each end of a connection is measured by its axes."""
    for name, item in zip(_names(series), series, strict=True):
        directions = dict(WHOLE)
        for end in ("from", "to"):
            number = item.get(f"{end} axes", 0)
            if number and item.get(f"{end} in") == "data":
                axes = every_axes[number - 1]
                directions[f"{end} x"] = _axis(axes["x"])
                directions[f"{end} y"] = _axis(axes["y"])
        yield from _walk_table(item, f"figure, {name}", directions)


def _walk_tables(tables: list[dict[str, Any]], path: str, directions: dict[str, Axis]) -> Found:
    for name, table in zip(_names(tables), tables, strict=True):
        yield from _walk_table(table, f"{path}{name}", directions)


def _names(tables: list[dict[str, Any]]) -> list[str]:
    """How messages call series or texts: by label or words, and by number where that is not one."""
    names = []
    for table in tables:
        kind = table.get("kind", "text")
        said = table.get("label") or table.get("text")
        if said:
            kind = f"{kind} {pattern(said)!r}"
        names.append(kind)
    for number, name in enumerate(list(names), 1):
        if names.count(name) > 1:
            names[number - 1] = f"{name} ({number})"
    return names


def _walk_table(table: dict[str, Any], path: str, directions: dict[str, Axis]) -> Found:
    yield path
    if "n" in table:
        table = {"gaps": 0, **table}
    is_image = table.get("kind") == "image"
    for key in sorted(table):
        value = table[key]
        inside = f"{path}, {key}"
        direction = direction_of(key)
        if key == "numbers":
            for place, column in enumerate(value, 1):
                yield from walk_shown(column, f"{path}, number {place}")
        elif is_image and key in GRIDS:
            yield from walk_grid(value, inside, table, _axis_of_colors(table))
        elif is_image and key in OF_COLORS:
            yield from walk_column(value, inside, _axis_of_colors(table))
        elif direction:
            # one end of a connection may have an axis of its own
            axis = directions.get(key) or directions[direction]
            if unit_of(table, key):
                axis = Axis(1.0)
            yield from walk_column(value, inside, axis)
        elif key != "kind":
            yield from walk_plain(key, value, inside)


def _axis_of_colors(image: dict[str, Any]) -> Axis:
    """What the numbers of an image are measured by: what its colors range over."""
    low, high = image.get("colors", (0, 1))
    return Axis(float(high - low))
