"""Series: what an artist draws as a table, alike ones joined, columns summed up."""

import json
import math
from collections.abc import Iterable
from typing import Any

from .columns import PARTS, column
from .directions import Direction, direction_of, unit_of

__all__ = ["Columns", "grouped", "joined_columns", "series", "summed_up"]

Columns = dict[str, list[float]]


def series(kind: str, look: dict[str, Any], columns: Columns) -> dict[str, Any]:
    """Make a series whose columns are not yet summed up; an empty look is left out."""
    shown = {name: value for name, value in look.items() if value is not None and value != ""}
    return {"kind": kind, **shown, "columns": columns}


def grouped(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join series without a label that look alike, each at the place of its first.

    Long lines stay apart as long as they are few: each is one that a reader follows.
    """
    alike: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        look = {name: value for name, value in item.items() if name != "columns"}
        key = json.dumps([look, list(item["columns"])])
        alike.setdefault(key, []).append(item)
    found: list[dict[str, Any]] = []
    for group in alike.values():
        long = any(_length(item) > PARTS for item in group)
        apart = "label" in group[0] or (long and len(group) <= PARTS)
        if apart:
            found.extend(group)
        else:
            found.append(_joined(group))
    return found


def joined_columns(items: list[dict[str, Any]]) -> Columns:
    """Put the columns of one name one after another."""
    columns: Columns = {}
    for item in items:
        for name, values in item["columns"].items():
            columns.setdefault(name, []).extend(values)
    return columns


def summed_up(item: dict[str, Any], x: Direction, y: Direction) -> dict[str, Any]:
    """Sum up the columns of a series, each by the direction that its name belongs to."""
    columns: Columns = item["columns"]
    found = {name: value for name, value in item.items() if name != "columns"}
    found["n"] = _length(item)
    gaps = _gaps(columns)
    if gaps:
        found["gaps"] = gaps
    directions = {"x": x, "y": y}
    for name, values in columns.items():
        direction = direction_of(name)
        if unit_of(item, name):
            # parts of the whole axes or figure
            found[name] = column(values, 1.0)
        elif direction:
            found[name] = directions[direction].column(values)
        else:
            found[name] = column(values)
    return found


def _length(item: dict[str, Any]) -> int:
    """How many rows the table of a series has; its longest column counts."""
    return max((len(values) for values in item["columns"].values()), default=0)


def _joined(group: list[dict[str, Any]]) -> dict[str, Any]:
    if len(group) == 1:
        return group[0]
    joined = {**group[0], "columns": joined_columns(group)}
    # of artists with one row each, `n` says how many there are
    if _length(joined) != len(group):
        joined["pieces"] = len(group)
    return joined


def _gaps(columns: Columns) -> int:
    """In how many rows a place is missing: there the line is broken."""
    places = [values for name, values in columns.items() if direction_of(name)]
    if len({len(values) for values in places}) != 1:
        return 0
    return sum(not all(map(math.isfinite, row)) for row in zip(*places, strict=True))
