"""Numbers: rounded, and a column of many summed up."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

__all__ = ["PARTS", "column", "mean", "parts", "rounded", "short"]

PARTS = 8
"""A column of more numbers than these is cut into as many parts."""


def rounded(value: float, extent: float = 0.0) -> float | None:
    """Round to six digits, of `extent` if given, else of the number; None if it is not finite."""
    if not math.isfinite(value):
        return None
    if extent > 0:
        result = round(value, 5 - math.floor(math.log10(extent)))
    else:
        result = float(f"{value:.6g}")
    return short(result)


def short(value: float) -> float:
    """Drop the decimal point of a number that is whole; there is no minus zero."""
    if math.isfinite(value) and value == int(value):
        return int(value)
    return value


def column(values: Iterable[float], extent: float = 0.0, *, log: bool = False) -> Any:
    """Sum up one column: the numbers themselves if they are few, else range and means of parts.

    Beside these stands the largest jump from one number to the next, which shows a single spike.

    Args:
        values: what is not finite counts as a gap.
        extent: of the axis that the numbers belong to; its digits are kept. 0: each number's own.
        log: of a logarithmic axis; means are geometric, and what is not positive is a gap.
    """
    numbers = [float(value) for value in values]
    if log:
        extent = 0.0
        numbers = list(map(_nan_unless_positive, numbers))
    if len(numbers) <= PARTS:
        return [rounded(value, extent) for value in numbers]
    drawn = [value for value in numbers if math.isfinite(value)]
    if not drawn:
        return []
    lowest = min(drawn)
    means = []
    for part in parts(numbers, PARTS):
        middle = mean(part, log=log)
        # a part that is one gap counts as lying at the bottom: where the gaps are may be chance
        if math.isnan(middle):
            middle = lowest
        means.append(middle)
    return {
        "range": [rounded(lowest, extent), rounded(max(drawn), extent)],
        "means": [rounded(value, extent) for value in means],
        "jump": rounded(_jump(numbers, log), extent),
    }


def parts(items: Any, count: int) -> list[Any]:
    """Cut a sequence into `count` parts of nearly the same length, in order."""
    cuts = [round(i * len(items) / count) for i in range(count + 1)]
    return [items[start:end] for start, end in pairwise(cuts)]


def mean(values: Sequence[float], *, log: bool = False) -> float:
    """Take the mean of what is finite, the geometric one along a logarithmic axis."""
    drawn = [value for value in values if math.isfinite(value)]
    if not drawn:
        return math.nan
    if log:
        return float(10 ** (math.fsum(map(math.log10, drawn)) / len(drawn)))
    return math.fsum(drawn) / len(drawn)


def _nan_unless_positive(value: float) -> float:
    return value if value > 0 else math.nan


def _jump(numbers: Sequence[float], log: bool) -> float:
    """The largest step from a number to the next, in decades along a logarithmic axis."""
    if log:
        numbers = [math.log10(number) for number in numbers]
    steps = [abs(later - earlier) for earlier, later in pairwise(numbers)]
    # there is no step into a gap
    return max((step for step in steps if math.isfinite(step)), default=0.0)
