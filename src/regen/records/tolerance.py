"""Tolerances: what a number may be where another one is on record."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from regen.errors import RegenError
from regen.script.reading import Cell, Script

__all__ = [
    "EXACT",
    "NOTHING",
    "Interval",
    "Tolerance",
    "bounds_of",
    "interval",
    "is_reason",
    "parse",
    "seed_fault",
    "seed_interval",
    "tolerances_of",
]

Interval = tuple[float, float]
Kind = Literal["exact", "rel", "abs", "seeds", "within", "length", "expected"]

NOTHING: Interval = (math.inf, -math.inf)
"""The interval that holds no number."""

LARGEST_SHARE = 0.1
WORDS_OF_A_REASON = 3
REASONED = ("within", "length", "expected")
FORMS = (
    "`exact`, `rel X` (0 < X <= 0.1), `abs X` (X > 0), `seeds`, `seeds LOW HIGH` or "
    "`within LOW HIGH because REASON`; for a file `length because REASON`; "
    "for `nan` `expected because REASON`"
)


@dataclass(frozen=True)
class Tolerance:
    """One tolerance, as parsed; `text` is what the author wrote."""

    kind: Kind
    text: str
    size: float = 0.0
    """X of `rel X` and `abs X`."""
    bounds: Interval | None = None
    """LOW and HIGH of `within` and `seeds`."""
    reason: str = ""


EXACT = Tolerance("exact", "exact")


def parse(spec: str, where: str) -> Tolerance:
    """Read a tolerance as an author writes it.

    Args:
        spec: for example `rel 1e-6` or `within 0 1e-5 because rounding differs by machine`.
        where: the place of the option and its key, for the message.

    Raises:
        RegenError: it has no such form, allows too much, or lacks its reason.
    """
    form, _, reason = spec.strip().partition(" because ")
    kind, *arguments = form.split() or [""]
    place = f"{where}: tolerance {spec!r}"

    if kind in REASONED and not is_reason(reason):
        raise RegenError(
            f"{place}: says why in fewer than three words. Write `{form} because REASON`, "
            "with a reason that a reviewer can judge."
        )
    numbers = _numbers(arguments)
    if kind == "rel" and len(numbers) == 1 and numbers[0] > LARGEST_SHARE:
        raise RegenError(
            f"{place}: allows more than 10 % of the number. Write at most `rel {LARGEST_SHARE}`, "
            "or the bounds and the reason for them: `within LOW HIGH because REASON`."
        )

    match kind, numbers:
        case "exact", [] if not reason:
            return Tolerance("exact", spec)
        case "rel", [size] if size > 0 and not reason:
            return Tolerance("rel", spec, size=size)
        case "abs", [size] if 0 < size < math.inf and not reason:
            return Tolerance("abs", spec, size=size)
        case "seeds", [] if not reason:
            return Tolerance("seeds", spec)
        case "seeds", [low, high] if low < high and not reason:
            return Tolerance("seeds", spec, bounds=(low, high))
        case "within", [low, high] if -math.inf < low < high < math.inf:
            return Tolerance("within", spec, bounds=(low, high), reason=reason)
        case "length", []:
            return Tolerance("length", spec, reason=reason)
        case "expected", []:
            return Tolerance("expected", spec, reason=reason)
    raise RegenError(f"{place}: not understood. Write {FORMS}.")


def is_reason(text: str) -> bool:
    """Whether a text is long enough to be a reason that a reviewer can judge."""
    return len(text.split()) >= WORDS_OF_A_REASON


def tolerances_of(script: Script, cell: Cell) -> dict[str, Tolerance]:
    """Give the tolerances of a cell by their keys; the page's is its `default` if it has none.

    Raises:
        RegenError: one of them makes no sense, or has a kind that its key cannot have.
    """
    found = {}
    if script.tolerance:
        found["default"] = parse(script.tolerance, f"{script.path}: front matter")
    for key, spec in cell.options.tolerance.items():
        found[key] = parse(spec, f"{script.where(cell)}: {key}")

    # `length` is for files and `expected` for nan, and these have no other but `exact`
    for key, tolerance in found.items():
        kinds = {"exact", "rel", "abs", "seeds", "within"}
        if key in cell.options.files:
            kinds = {"exact", "length"}
        elif key == "nan":
            kinds = {"expected"}
        if tolerance.kind not in kinds:
            listed = ", ".join(f"`{kind}`" for kind in sorted(kinds))
            raise RegenError(
                f"{script.where(cell)}: tolerance {key}: {tolerance.text!r}: of a kind that {key} "
                f"cannot have. Write one of {listed}."
            )
    return found


def _numbers(words: list[str]) -> list[float]:
    """Read the numbers of a tolerance; what is no number becomes NaN, which no form accepts."""
    numbers = []
    for word in words:
        try:
            numbers.append(float(word))
        except ValueError:
            numbers.append(math.nan)
    return numbers


def interval(tolerance: Tolerance, recorded: float, seeds: Sequence[float] = ()) -> Interval:
    """Give the numbers that are allowed where `recorded` stood.

    Args:
        tolerance: of any kind that is for numbers.
        recorded: the number on record.
        seeds: what the runs with all seeds gave, for the kind `seeds`.
    """
    if tolerance.kind == "rel":
        return _around(recorded, tolerance.size * abs(recorded))
    if tolerance.kind == "abs":
        return _around(recorded, tolerance.size)
    if tolerance.kind == "within" and tolerance.bounds:
        return tolerance.bounds
    if tolerance.kind == "seeds":
        return seed_interval(seeds, tolerance)
    return recorded, recorded


def _around(recorded: float, width: float) -> Interval:
    """Give the interval of this width to both sides.

    0.8 - 0.1 is a little more than 0.7 in binary, and 0.7 is meant to be inside.
    """
    width += 1e-12 * width
    rounding = 1e-15 * abs(recorded)
    return recorded - width - rounding, recorded + width + rounding


Scale = tuple[Callable[[float], float], Callable[[float], float]]


def _plain(number: float) -> float:
    return number


PLAIN: Scale = (_plain, _plain)


def bounds_of(seeds: Sequence[float], tolerance: Tolerance) -> Interval:
    """Give the bounds of a value: those stated, else what its values with all seeds suggest.

    Values that all lie strictly between 0 and 1 are taken for shares, and positive ones for
    amounts: neither can get below 0. `seeds -inf inf` says that there are no bounds.
    """
    if tolerance.bounds:
        return tolerance.bounds
    if all(0 < seed < 1 for seed in seeds):
        return 0.0, 1.0
    if all(seed > 0 for seed in seeds):
        return 0.0, math.inf
    return -math.inf, math.inf


def seed_interval(seeds: Sequence[float], tolerance: Tolerance) -> Interval:
    """Give the interval that the values with all seeds allow: their range, widened to both sides.

    Each side is widened by twice the range, on the scale on which the value has no bounds: the
    logit where it has two, the logarithm where it has one, the plain scale where it has none or a
    seed gave the bound itself. So the interval never leaves the bounds. With five seeds, of a
    value that is normally distributed on that scale, a new seed is outside about 1 time in 200.
    """
    if not seeds or not all(math.isfinite(seed) for seed in seeds):
        return NOTHING
    smallest = min(seeds)
    largest = max(seeds)
    if smallest == largest:
        return smallest, largest
    low, high = bounds_of(seeds, tolerance)
    to_scale, from_scale = PLAIN
    if low < smallest and largest < high:
        to_scale, from_scale = _scale(low, high)
    margin = 2 * (to_scale(largest) - to_scale(smallest))
    lowest = from_scale(to_scale(smallest) - margin)
    highest = from_scale(to_scale(largest) + margin)
    # there and back costs a digit, and a value of the seeds themselves is always inside
    return max(low, min(lowest, smallest)), min(high, max(highest, largest))


def _scale(low: float, high: float) -> Scale:
    """Give the way to the scale on which numbers within bounds have none, and the way back."""
    if math.isfinite(low) and math.isfinite(high):
        return _logit_scale(low, high)
    if math.isfinite(low):
        return (lambda x: math.log(x - low)), (lambda t: low + _exp(t))
    if math.isfinite(high):
        return (lambda x: -math.log(high - x)), (lambda t: high - _exp(-t))
    return PLAIN


def _logit_scale(low: float, high: float) -> Scale:
    def logit(x: float) -> float:
        return math.log(x - low) - math.log(high - x)

    def back(t: float) -> float:
        return low + (high - low) / (1 + _exp(-t))

    return logit, back


def _exp(t: float) -> float:
    try:
        return math.exp(t)
    except OverflowError:
        return math.inf


def seed_fault(entries: Sequence[Sequence[float]], tolerance: Tolerance) -> str:
    """Say why the values with all seeds allow no sound interval, as a sentence; "" if they do.

    Args:
        entries: for each number of the value, what it was with each seed.
        tolerance: of the kind `seeds`.
    """
    for seeds in entries:
        if len(seeds) < 2:
            return "there are no runs with other seeds: set `seed_env` and `seeds` in [tool.regen]"
        if not all(math.isfinite(seed) for seed in seeds):
            return f"a seed gave no finite number: {_listed(seeds)}"
        low, high = bounds_of(seeds, tolerance)
        if min(seeds) < low or max(seeds) > high:
            return f"a seed gave a number outside the bounds {low:g} and {high:g}: {_listed(seeds)}"

    if all(min(seeds) == max(seeds) for seeds in entries):
        return "all seeds gave the same: nothing random computes it, so write `exact`"

    for seeds in entries:
        low, high = bounds_of(seeds, tolerance)
        lowest, highest = seed_interval(seeds, tolerance)
        # with a bound that is infinite this is never so
        if highest - lowest > (high - low) / 2:
            return (
                f"the seeds gave {_listed(seeds)}, which allows {lowest:.4g} to {highest:.4g}, "
                f"more than half of what lies between {low:g} and {high:g}. "
                "State the value's bounds, as in `seeds 0 inf`, or write "
                "`within LOW HIGH because REASON`"
            )
    return ""


def _listed(numbers: Sequence[float]) -> str:
    return ", ".join(f"{number:.6g}" for number in numbers)
