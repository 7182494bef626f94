"""The entries of a drawing: each a number with what it is, or a line of its skeleton."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from regen.drawing.texts import as_float, pattern, shown_texts

__all__ = [
    "Axis",
    "Found",
    "Number",
    "ends_of",
    "walk_column",
    "walk_grid",
    "walk_plain",
    "walk_shown",
]

READ = {
    "title",
    "left title",
    "right title",
    "suptitle",
    "supxlabel",
    "supylabel",
    "label",
    "labels",
    "legend",
    "legends",
    "text",
}
"""Keys whose strings a reader reads; other strings are colors, kinds and the like."""
COUNTS = {"n", "gaps", "pieces", "pixels", "grid", "from axes", "to axes", "inset of", "over"}


@dataclass(frozen=True)
class Number:
    """One number of a drawing."""

    path: str
    """What it is, as `axes 1, line 'loss', y, means 2 of 8`."""
    value: float
    extent: float
    """Of the axis that it belongs to, in decades if that is logarithmic."""
    log: bool = False
    """Whether it belongs to a logarithmic axis."""
    exact: bool = False
    """Whether it is a count, or shown as text: exact by default."""
    step: float = 0.0
    """The worth of its last digit kept or shown; an interval that is not exact is wider by it."""
    series: str = ""
    """The path of all numbers of the same series and axis."""


@dataclass(frozen=True)
class Axis:
    """What a number is measured by."""

    extent: float = 0.0
    log: bool = False


Found = Iterator[str | Number]


def walk_plain(key: str, value: Any, path: str, axis: Axis | None = None) -> Found:
    """Walk what is neither a column nor a table, by its type.

    Args:
        key: the name it has in the drawing.
        value: a string, a number, or a list of such.
        path: what it is called.
        axis: what its numbers are measured by, if not by themselves.
    """
    if isinstance(value, str) and key in READ:
        yield from _walk_text(value, path)
    elif isinstance(value, list) and not _is_numeric(value):
        yield f"{path}: {len(value)} entries"
        for place, entry in enumerate(value, 1):
            yield from walk_plain(key, entry, f"{path} {place}")
    elif isinstance(value, int | float | list | dict):
        yield from walk_column(value, path, axis or Axis(), exact=key in COUNTS)
    else:
        yield f"{path}: {value}"


def walk_column(column: Any, path: str, axis: Axis, *, exact: bool = False) -> Found:
    """Walk the numbers of a column, measured by an axis, or by what the column ranges over."""
    extent = axis.extent or _own_extent(column)
    for place, value in _places(column, path):
        if value is None:
            yield place
            continue
        # a jump along a logarithmic axis is noted in decades
        log = axis.log and not place.endswith("jump")
        own_digits = axis.log or not axis.extent
        measure = abs(value) if own_digits else axis.extent
        step = _step(measure)
        number = Number(place, value, extent, log=log, exact=exact, step=step, series=path)
        yield _number_or_gap(number)


def walk_shown(column: Any, path: str) -> Found:
    """Walk the numbers of a column that are shown as text."""
    step = min((_shown_step(str(value)) for value in ends_of(column)), default=0.0)
    for place, value in _places(column, path):
        if value is None:
            yield place
            continue
        number = Number(place, value, abs(value), exact=True, step=step, series=path)
        yield _number_or_gap(number)


def walk_grid(means: list[float | None], path: str, table: dict[str, Any], axis: Axis) -> Found:
    """Walk the means of the parts of an image, or of several images one after another."""
    columns, rows = table["grid"]
    images = table.get("n", 1)
    parts = columns * rows
    yield f"{path}: {images} x {rows} x {columns} parts"
    # where all parts have one mean, it is noted once
    cells = means * parts if len(means) == 1 else means
    step = _step(axis.extent * 100)
    for index, mean in enumerate(cells):
        image, part = divmod(index, parts)
        row, column = divmod(part, columns)
        which = f", image {image + 1}" if images > 1 else ""
        place = f"{path}{which}, row {row + 1} column {column + 1} of {rows} x {columns}"
        yield _number_or_gap(Number(place, _or_nan(mean), axis.extent, step=step, series=path))


def ends_of(column: Any) -> list[float]:
    """List the lowest and the highest number of a column, or all if they are few."""
    values = column["range"] if isinstance(column, dict) else column
    values = values if isinstance(values, list) else [values]
    return [value for value in values if value is not None]


def _walk_text(text: str, path: str) -> Found:
    yield f"{path}: {pattern(text)!r}"
    for place, shown in enumerate(shown_texts(text), 1):
        value = as_float(shown)
        inside = f"{path} {text!r}, number {place}"
        step = _shown_step(shown)
        yield Number(inside, value, abs(value), exact=True, step=step, series=inside)


def _places(column: Any, path: str) -> Iterator[tuple[str, float | None]]:
    """Each number of a column and what it is; and first, without a number, the column's form."""
    groups = column if isinstance(column, dict) else {"": column}
    for name in sorted(groups):
        values = groups[name] if isinstance(groups[name], list) else [groups[name]]
        inside = f"{path}, {name}" if name else path
        yield f"{inside}: {len(values)}", None
        for place, value in enumerate(values, 1):
            where = f"{inside} {place} of {len(values)}" if len(values) > 1 else inside
            yield where, _or_nan(value)


def _or_nan(value: float | None) -> float:
    """A number, or what stands for a gap."""
    return math.nan if value is None else float(value)


def _number_or_gap(number: Number) -> str | Number:
    """A number; a gap belongs to the skeleton."""
    return f"{number.path}: none" if math.isnan(number.value) else number


def _is_numeric(values: list[Any]) -> bool:
    return bool(values) and all(value is None or isinstance(value, int | float) for value in values)


def _own_extent(column: Any) -> float:
    """What a column ranges over; the size of a single number."""
    values = ends_of(column)
    if not values:
        return 0.0
    # numbers that are nearly the same range over nothing but rounding
    largest = max(map(abs, values))
    least = largest if len(values) == 1 else largest / 100
    return float(max(max(values) - min(values), least))


def _step(extent: float) -> float:
    """The worth of the last digit that `rounded` keeps; 0 if there is no extent."""
    if not extent > 0:
        return 0.0
    return float(10 ** (math.floor(math.log10(extent)) - 5))


def _shown_step(shown: str) -> float:
    """The worth of the last digit of a number as shown."""
    mantissa, _, exponent = shown.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return float(10.0 ** (int(exponent or 0) - decimals))
