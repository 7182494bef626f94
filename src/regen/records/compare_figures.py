"""Figures compared with those on record, by what they show."""

from collections.abc import Iterator
from typing import Any

from regen import drawing
from regen.records.differences import MARGIN, CellPair, Difference, inside
from regen.records.record import tolerance_of_figures
from regen.records.tolerance import NOTHING, Interval, Tolerance, interval

__all__ = ["compare_figures"]

SHOWN = 5
"""Of the numbers of one figure that differ, how many are shown."""


def compare_figures(pair: CellPair) -> Iterator[Difference]:
    """Compare the figures of a cell: their parts and texts to the letter, numbers as tolerated."""
    before = pair.before.figures
    now = [figure.drawing for figure in pair.now.figures]
    if len(before) != len(now):
        yield pair.difference("number of figures", str(len(before)), str(len(now)))
        return
    for index, (was, is_now) in enumerate(zip(before, now, strict=True)):
        what = f"figure {index + 1}"
        if drawing.is_blank(is_now):
            blank = "blank: no series, no text, no image"
            yield pair.difference(what, "", blank, "none: a figure shows something")
            continue
        lines = drawing.changed_lines(was, is_now)
        if lines:
            gone = [line[2:] for line in lines if line.startswith("-")]
            came = [line[2:] for line in lines if line.startswith("+")]
            recorded = MARGIN.join(gone) or "nothing"
            shown = MARGIN.join(came) or "nothing"
            yield pair.difference(what, recorded, shown, "the same parts and texts")
            continue
        yield from _compare_numbers(pair, index, was, is_now)


def _compare_numbers(
    pair: CellPair, index: int, before: dict[str, Any], now: dict[str, Any]
) -> Iterator[Difference]:
    """Compare the numbers of a figure whose parts and texts are the same."""
    what = f"figure {index + 1}"
    tolerance = tolerance_of_figures(pair.tolerances)
    old = drawing.numbers(before)
    new = drawing.numbers(now)
    allowed = _allowed(pair, index, before, tolerance)
    rule = tolerance.text if tolerance else "1 % of the axis"
    found = []
    for recorded, number, (low, high) in zip(old, new, allowed, strict=True):
        if not inside(number.value, (low, high)):
            limits = f"{rule}: {low:.6g} to {high:.6g}"
            if low > high:
                limits = f"{rule}: no runs with seeds on record, run `regen record`"
            values = (f"{recorded.value:.6g}", f"{number.value:.6g}")
            found.append(pair.difference(f"{what}: {recorded.path}", *values, limits))
    yield from found[:SHOWN]
    if len(found) > SHOWN:
        more = f"{len(found) - SHOWN} more of its numbers differ"
        yield pair.difference(what, "", more, rule)


def _allowed(
    pair: CellPair, index: int, before: dict[str, Any], tolerance: Tolerance | None
) -> list[Interval]:
    """What each number of a figure may be."""
    numbers = drawing.numbers(before)
    if tolerance is None:
        return [drawing.default_interval(number) for number in numbers]
    if tolerance.kind != "seeds":
        return [_around(number, tolerance) for number in numbers]
    spread = pair.before.spread.get("figure", [])
    if index >= len(spread):
        return [NOTHING for _ in numbers]
    return drawing.spread_intervals(drawing.spread_numbers(before, spread[index]))


def _around(number: drawing.Number, tolerance: Tolerance) -> Interval:
    """What one number may be by a declared tolerance; a count is exact in any case.

    `rel` is a share of the number, or of its axis where that is more: a point beside zero is seen
    as near to it, whatever its own digits are.
    """
    value = number.value
    if tolerance.kind == "exact" or (number.exact and value.is_integer()):
        return value, value
    low, high = interval(tolerance, value)
    if tolerance.kind == "rel" and number.log:
        factor = 10 ** (tolerance.size * number.extent)
        low = min(low, value / factor)
        high = max(high, value * factor)
    elif tolerance.kind == "rel":
        margin = tolerance.size * number.extent
        low = min(low, value - margin)
        high = max(high, value + margin)
    # a drawing keeps some digits of a number, and the last of them may flip
    return low - number.step, high + number.step
