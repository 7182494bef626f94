"""A run held against the record: text to the letter, numbers exactly or within the tolerance declared beside them."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from regen.config import RegenError
from regen.record import CellRecord, Record, as_float, scan
from regen.store import CellRun, Run
from regen.tutorial import Cell, Tutorial

NEVER = "none: NaN is never as recorded"
Interval = tuple[float, float]
Found = Iterator[tuple[str, ...]]  # of each difference what, recorded, now, and the tolerance if there is one


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was documented."""

    page: str
    where: str
    cell: int
    what: str
    recorded: str
    now: str
    tolerance: str = "exact"

    def __str__(self) -> str:
        figures = f"    recorded   {self.recorded}\n    now        {self.now}\n    tolerance  {self.tolerance}"
        return f"{self.page}: cell {self.cell} ({self.where}): {self.what}\n{figures}"


def allowed(spec: str, recorded: float, seeds: Interval | None, where: str) -> Interval:
    """What a number may be where `recorded` stood.

    `rel X` of it to both sides, `abs X` to both sides, `within LOW HIGH`, or `seeds`: what the runs on record allow, if any.
    """
    kind, *rest = spec.split() or [""]
    try:
        bounds = [float(number) for number in rest]
    except ValueError:
        bounds = [math.nan]
    match kind, bounds:
        case "rel", [share] if 0 < share < 1:
            return _around(recorded, share * abs(recorded))
        case "abs", [width] if 0 < width < math.inf:
            return _around(recorded, width)
        case "within", [low, high] if -math.inf < low < high < math.inf:
            return low, high
        case "seeds", []:
            return seeds or (math.inf, -math.inf)
    forms = "`rel X` (0 < X < 1), `abs X`, `within LOW HIGH` or `seeds`"
    raise RegenError(f"{where}: tolerance {spec!r}: not understood. Write {forms}.")


def _around(recorded: float, width: float) -> Interval:
    """The interval to both sides; 0.8 - 0.1 is a little more than 0.7 in binary, and 0.7 is meant to be inside."""
    width += 1e-12 * width
    rounding = 1e-15 * abs(recorded)
    return recorded - width - rounding, recorded + width + rounding


def compare(tutorial: Tutorial, run: Run, record: Record | None) -> list[Difference]:
    """All differences between a run and the record of its page; RegenError if a tolerance makes no sense or fits nothing."""
    whole = partial(Difference, run.page, str(tutorial.path), 0)
    if record is None:
        return [whole("not documented", "no record", "a run", "run `regen record`")]
    if len(record.cells) != len(run.cells):
        return [whole("number of code cells", str(len(record.cells)), str(len(run.cells)))]
    found = [
        Difference(run.page, tutorial.where(cell), cell.number, *difference)
        for cell, before, now in zip(tutorial.code, record.cells, run.cells, strict=True)
        for difference in _compare_cell(cell, before, now, tutorial.where(cell))
    ]
    if not found and not record.intact:
        return [whole("the record", "its checksum", "edited by hand", "none: run `regen record`")]
    return found


def intervals(spread: list[Any]) -> list[Interval]:
    """For each number of a value, its range over the seeds, widened on both sides by twice the widest range of the value."""
    seeds = [_leaves(seed) for seed in spread]
    finite = all(_is_number(leaf) and math.isfinite(leaf) for seed in seeds for leaf in seed)
    if not finite or len({len(seed) for seed in seeds}) != 1 or not seeds[0]:
        return []
    columns = list(zip(*seeds, strict=True))
    margin = 2 * max(max(column) - min(column) for column in columns)
    return [(min(column) - margin, max(column) + margin) for column in columns]


def _compare_cell(cell: Cell, before: CellRecord, now: CellRun, where: str) -> Found:
    for spec in cell.tol.values():
        allowed(spec, 1.0, None, where)  # a tolerance that does not parse is an error even where nothing differs
    known = {name: intervals(spread) for name, spread in before.spread.items()}
    if warnings := "".join(content for kind, content in now.shown if kind == "stderr"):
        yield "a warning in the output", "none", warnings, "none: mend what it warns of"
    if before.pictures != len(now.pictures):
        yield "pictures", str(before.pictures), str(len(now.pictures))
    for name in {**before.values, **now.values}:
        if name not in now.values or name not in before.values:
            yield f"value {name}", repr(before.values.get(name, "not there")), repr(now.values.get(name, "not there"))
        else:
            yield from _compare_value(name, before.values[name], now.values[name], known.get(name), cell.tol.get(name))
    yield from _compare_text(before.text, now.text, known, cell.tol)
    printed = Counter(key for line in now.text for key, _ in scan(line, cell.tol)[1])
    printed_before = Counter(key for line in before.text for key, _ in scan(line, cell.tol)[1])
    for name, spec in cell.tol.items():
        at, count, length = f"{where}: tolerance {name}={spec!r}", printed[name], len(known.get(name, []))
        if not (name in now.values or name in before.values or count or printed_before[name]):
            raise RegenError(f"{at} fits no value of this cell and no number that it prints. Remove or rename it.")
        if length > 1 and count not in (0, length):
            raise RegenError(f"{at} is for a list of {length}, but {count} numbers are printed after it. Print all.")


def _compare_value(name: str, before: Any, now: Any, known: list[Interval] | None, spec: str | None) -> Found:
    """An unrounded value, number by number: of the same type, and inside its interval or exactly the same."""
    old, new = _leaves(before), _leaves(now)
    if len(old) != len(new) or (known and len(known) != len(new)):
        yield f"value {name}", repr(before), repr(now)
        return
    for index, (was, is_now) in enumerate(zip(old, new, strict=True)):
        place = f"value {name}[{index}]" if isinstance(now, list) else f"value {name}"
        if type(was) is not type(is_now):
            yield place, repr(was), repr(is_now)
        elif spec and _is_number(was):
            low, high = allowed(spec, float(was), known[index] if known else None, place)
            if not _fits(float(was), float(is_now), low, high):
                yield place, repr(was), repr(is_now), _told(spec, low, high, is_now)
        elif was != is_now:
            is_nan = isinstance(is_now, float) and math.isnan(is_now)
            yield place, repr(was), repr(is_now), NEVER if is_nan else "exact"


def _compare_text(before: list[str], now: list[str], known: dict[str, list[Interval]], tol: dict[str, str]) -> Found:
    """Line by line: a tolerated number within its tolerance, all else to the letter."""
    if len(before) != len(now):
        yield "printed lines", "\n               ".join(before) or "none", "\n               ".join(now) or "none"
    places: Counter[str] = Counter()
    for was, is_now in zip(before, now, strict=False):
        (old_rest, old), (new_rest, new) = scan(was, tol), scan(is_now, tol)
        if old_rest != new_rest:
            yield "text", was, is_now
            continue
        for (key, one), (_, other) in zip(old, new, strict=True):
            ranges = known.get(key)  # of a list, one for each printed number; else one for all
            interval = ranges[min(places[key], len(ranges) - 1)] if ranges else None
            places[key] += 1
            yield from _compare_printed(f"{key} in {was.strip()!r}", one, other, tol[key], interval)


def _compare_printed(what: str, recorded: str, now: str, spec: str, seeds: Interval | None) -> Found:
    """A printed number, with as many decimals as on record; an interval of unrounded numbers grants what they round away."""
    decimals = _decimals(recorded)
    if _decimals(now) != decimals:
        yield what, recorded, now, "the same number of decimals"
        return
    was, is_now = as_float(recorded), as_float(now)
    low, high = allowed(spec, was, seeds, what)
    shown_low, shown_high = low, high
    if spec.startswith(("within", "seeds")) and decimals is not None and low <= high:
        # what the ends of the interval look like when they are printed in the same way
        form = f".{decimals[0]}{'e' if decimals[1] else 'f'}"
        shown_low, shown_high = float(format(low, form)), float(format(high, form))
    if not _fits(was, is_now, shown_low, shown_high):
        yield what, recorded, now, _told(spec, low, high, is_now)


def _fits(recorded: float, now: float, low: float, high: float) -> bool:
    """NaN never fits, infinity only where infinity is on record."""
    if math.isfinite(recorded) and math.isfinite(now):
        return low <= now <= high
    return recorded == now


def _told(spec: str, low: float, high: float, now: float) -> str:
    if math.isnan(now):
        return NEVER
    interval = f"{low:.9g} to {high:.9g}" if low <= high else "none on record, run `regen record`"
    return f"{spec}: {interval}"


def _decimals(text: str) -> tuple[int, bool] | None:
    """How many decimals a printed number has, and whether it has an exponent; none for `nan` and `inf`."""
    mantissa, exponent, _ = text.lower().partition("e")
    if not mantissa.lstrip("+-")[:1].isdigit() and not mantissa.lstrip("+-").startswith("."):
        return None
    return len(mantissa.partition(".")[2]), bool(exponent)


def _leaves(value: Any) -> list[Any]:
    if not isinstance(value, list | dict):
        return [value]
    items = value if isinstance(value, list) else [*value.keys(), *value.values()]
    return [leaf for item in items for leaf in _leaves(item)]


def _is_number(value: Any) -> bool:
    """Whether it can be in an interval; a whole number beyond all floats can only be the same or not."""
    if isinstance(value, bool):
        return False
    return isinstance(value, float) or (isinstance(value, int) and value.bit_length() < 1000)
