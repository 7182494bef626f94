"""What each number of a drawing may be: near what it was, or as far as it varies with the seeds.

By default a number may move by 1 % of its axis, which nobody sees; along a logarithmic axis, by 1 %
of its decades. A count, and a number that a text shows, must be the same. A tolerance of the cell
replaces both rules; its interval is then wider by the last digit kept or shown (`Number.step`), for
that is rounded.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from regen.drawing.columns import short
from regen.drawing.entries import Number
from regen.drawing.walk import changed_lines, numbers
from regen.errors import RegenError

__all__ = [
    "Interval",
    "default_interval",
    "spread_intervals",
    "spread_numbers",
    "summarize_spread",
]

Interval = tuple[float, float]

SEEN = 0.01
"""The share of an axis by which a number may move unless a tolerance says otherwise."""


def default_interval(number: Number) -> Interval:
    """What a number may be if no tolerance says so: within 1 % of its axis; a count is exact."""
    if number.exact:
        return number.value, number.value
    return _widened(number, number.value, number.value, SEEN * number.extent)


def _widened(number: Number, low: float, high: float, margin: float) -> Interval:
    """An interval with a margin on both sides, in decades along a logarithmic axis."""
    if number.log:
        factor = 10**margin
        return low / factor - number.step, high * factor + number.step
    return low - margin - number.step, high + margin + number.step


def spread_intervals(seeds: Sequence[Sequence[Number]]) -> list[Interval]:
    """For each number, what runs with other seeds allow it to be.

    That is its own range, wider on both sides by twice the widest range among the numbers of the
    same series and axis, which share a unit, and by 2 % of the axis. What is exact and the same
    with all seeds stays exact.

    Args:
        seeds: the numbers of one figure, of each seed in turn.
    """
    columns = [_Column(column) for column in zip(*seeds, strict=True)]
    widest: dict[str, float] = {}
    for column in columns:
        series = column.number.series
        widest[series] = max(widest.get(series, 0.0), column.width)
    return [column.interval(widest[column.number.series]) for column in columns]


class _Column:
    """One number of a figure over all seeds."""

    def __init__(self, column: Sequence[Number]) -> None:
        self.number = column[0]
        values = [number.value for number in column]
        self.low = min(values)
        self.high = max(values)
        self.extent = max(number.extent for number in column)
        self.width = self.high - self.low
        if self.number.log:
            self.width = math.log10(self.high / self.low)

    def interval(self, widest: float) -> Interval:
        """What the number may be, by the widest range of its series."""
        if not self.number.exact:
            return _widened(self.number, self.low, self.high, 2 * widest + 2 * SEEN * self.extent)
        if widest == 0:
            return self.low, self.high
        return self.low - 2 * widest, self.high + 2 * widest


def summarize_spread(drawings: Sequence[dict[str, Any]]) -> dict[str, list[float]]:
    """What one figure showed with all seeds, for a record: the lowest and highest of each number.

    Raises:
        RegenError: with one seed the figure shows other things than with another.
    """
    first = drawings[0]
    for drawing in drawings[1:]:
        lines = changed_lines(first, drawing)
        if lines:
            shown = "\n  ".join(lines[:10])
            raise RegenError(
                f"a figure shows other things with another seed:\n  {shown}\n"
                "Draw the same series and texts with every seed, or give the figure "
                "another tolerance than `seeds`."
            )
    spread: dict[str, list[float]] = {"low": [], "high": []}
    for column in zip(*map(numbers, drawings), strict=True):
        values = [number.value for number in column]
        spread["low"].append(short(min(values)))
        spread["high"].append(short(max(values)))
    return spread


def spread_numbers(drawing: dict[str, Any], spread: dict[str, list[float]]) -> list[list[Number]]:
    """The numbers of a figure at their lowest and at their highest, for `spread_intervals`.

    Args:
        drawing: the figure on record.
        spread: what `summarize_spread` gave for it.

    Raises:
        RegenError: the spread has not as many numbers as the figure.
    """
    known = numbers(drawing)
    return [_with_values(known, spread["low"]), _with_values(known, spread["high"])]


def _with_values(known: list[Number], values: list[float]) -> list[Number]:
    if len(known) != len(values):
        raise RegenError(
            f"the spread of a figure has {len(values)} numbers, the figure has {len(known)}. "
            "Run `regen record` for this page."
        )
    pairs = zip(known, values, strict=True)
    return [replace(number, value=value) for number, value in pairs]
