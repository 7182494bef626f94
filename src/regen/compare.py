"""A run held against the record: text to the letter, numbers exactly or within the tolerance declared beside them."""

import itertools
import math
import re
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

from regen.config import RegenError
from regen.record import CellRecord, Record, cell_record
from regen.store import Run
from regen.tutorial import Cell, Tutorial

NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+(?:,\d{3})*(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+|nan|inf)(?![\w])")
INTEGER = re.compile(r"[-+]?[\d,]+")
LABEL = re.compile(r"([A-Za-z_]\w*)[\s:=]*$")
Interval = tuple[float, float]


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
        return (
            f"{self.page}: cell {self.cell} ({self.where}): {self.what}\n"
            f"    recorded   {self.recorded}\n    now        {self.now}\n    tolerance  {self.tolerance}"
        )


@dataclass(frozen=True)
class Tolerance:
    """What a number may be: `rel X`, `abs X`, `within LOW HIGH`, or `seeds`, the interval of the runs on record."""

    spec: str
    kind: str
    bounds: tuple[float, ...] = ()

    def allows(self, recorded: float, now: float, interval: Interval | None, rounding: float = 0.0) -> bool:
        """Whether `now` may stand where `recorded` stood; NaN never may, infinity only for itself.

        `rounding` is what printing took from a number, which an interval of unrounded ones must grant.
        """
        if math.isnan(recorded) or math.isnan(now):
            return False
        if math.isinf(recorded) or math.isinf(now):
            return recorded == now
        match self.kind:
            case "rel":
                return abs(now - recorded) <= self.bounds[0] * abs(recorded)
            case "abs":
                return abs(now - recorded) <= self.bounds[0]
            case "within":
                return self.bounds[0] - rounding <= now <= self.bounds[1] + rounding
            case _:
                return interval is not None and interval[0] - rounding <= now <= interval[1] + rounding

    def describe(self, interval: Interval | None) -> str:
        """The tolerance in words, with the interval where there is one."""
        if self.kind != "seeds":
            return self.spec
        return (
            f"seeds, {interval[0]:.6g} to {interval[1]:.6g}"
            if interval
            else "seeds: none on record, run `regen record`"
        )


def parse_tolerance(spec: str, where: str) -> Tolerance:
    """Read a tolerance.

    Raises:
        RegenError: it has no known form, or its numbers make no sense.
    """
    kind, *rest = spec.split()
    try:
        bounds = tuple(map(float, rest))
    except ValueError:
        bounds = (math.nan,)
    sound = all(math.isfinite(bound) for bound in bounds) and {
        "rel": len(bounds) == 1 and 0 < bounds[0] < 1,
        "abs": len(bounds) == 1 and bounds[0] > 0,
        "within": len(bounds) == 2 and bounds[0] < bounds[1],
        "seeds": not bounds,
    }.get(kind, False)
    if not sound:
        raise RegenError(
            f"{where}: tolerance {spec!r}: not understood. Write `rel X` (0 < X < 1), `abs X`, `within LOW HIGH` or `seeds`."
        )
    return Tolerance(spec, kind, bounds)


def compare(tutorial: Tutorial, run: Run, record: Record | None) -> list[Difference]:
    """All differences between a run and the record of its page.

    Raises:
        RegenError: a tolerance that does not parse, or that fits no number.
    """

    def whole(*difference: str) -> list[Difference]:
        return [Difference(run.page, str(tutorial.path), 0, *difference)]

    if record is None:
        return whole("not documented", "no record", "a run", "run `regen record`")
    if len(record.cells) != len(run.cells):
        return whole("number of code cells", str(len(record.cells)), str(len(run.cells)))
    found = [
        Difference(run.page, tutorial.where(cell), cell.number, *difference)
        for cell, before, result in zip(tutorial.code, record.cells, run.cells, strict=True)
        for difference in _compare_cell(cell, before, cell_record(result), tutorial.where(cell))
    ]
    if not found and not record.intact:
        return whole("the record", "its checksum", "edited by hand", "none: run `regen record`")
    return found


def intervals(spread: list[Any]) -> list[Interval]:
    """For each number of a value, its range over the seeds, widened on both sides by the widest range of the value."""
    columns = list(zip(*[list(_leaves(seed)) for seed in spread], strict=True))
    margin = max(max(column) - min(column) for column in columns)
    return [(min(column) - margin, max(column) + margin) for column in columns]


def _compare_cell(cell: Cell, before: CellRecord, now: CellRecord, where: str) -> Iterator[tuple[str, ...]]:
    tolerances = {name: parse_tolerance(spec, where) for name, spec in cell.tol.items()}
    known = {name: intervals(spread) for name, spread in before.spread.items()}
    if now.warnings:
        yield "a warning in the output", "none", now.warnings, "none: mend what it warns of"
    if before.pictures != now.pictures:
        yield "pictures", str(before.pictures), str(now.pictures)
    for name in {**before.values, **now.values}:
        if name not in now.values or name not in before.values:
            yield f"value {name}", repr(before.values.get(name, "not there")), repr(now.values.get(name, "not there"))
        else:
            yield from _compare_value(
                name, before.values[name], now.values[name], known.get(name), tolerances.get(name)
            )
    printed = yield from _compare_text(before.text, now.text, known, tolerances)
    for name in tolerances.keys() - now.values.keys() - printed:
        what = "fits no value of this cell and no number that it prints. Remove or rename it."
        raise RegenError(f"{where}: tolerance {name}={cell.tol[name]!r} {what}")


def _compare_value(
    name: str, before: Any, now: Any, known: list[Interval] | None, tolerance: Tolerance | None
) -> Iterator[tuple[str, ...]]:
    old, new = list(_leaves(before)), list(_leaves(now))
    if len(old) != len(new) or (known and len(known) != len(new)):
        yield f"value {name}", repr(before), repr(now)
        return
    for index, (was, is_now) in enumerate(zip(old, new, strict=True)):
        interval = known[index] if known else None
        if tolerance and _is_number(was) and _is_number(is_now):
            same = tolerance.allows(was, is_now, interval)
        else:
            same = type(was) is type(is_now) and was == is_now
        if not same:
            place = f"[{index}]" if isinstance(now, list) else ""
            yield (
                f"value {name}{place}",
                repr(was),
                repr(is_now),
                tolerance.describe(interval) if tolerance else "exact",
            )


def _compare_text(
    before: list[str], now: list[str], known: dict[str, list[Interval]], tolerances: dict[str, Tolerance]
) -> Generator[tuple[str, ...], None, set[str]]:
    """Line by line: a tolerated number within its tolerance, all else to the letter. Returns the tolerances that fitted."""
    if len(before) != len(now):
        yield "printed lines", "\n               ".join(before) or "none", "\n               ".join(now) or "none"
    places: Counter[str] = Counter()
    for was, is_now in zip(before, now, strict=False):
        (old_rest, old), (new_rest, new) = _scan(was, tolerances), _scan(is_now, tolerances)
        if old_rest != new_rest:
            yield "text", was, is_now
        for (key, one), (_, other) in zip(old, new, strict=False) if old_rest == new_rest else ():
            ranges = known.get(key, [])
            interval = (
                ranges[places[key] if len(ranges) > 1 else 0] if places[key] < len(ranges) or len(ranges) == 1 else None
            )
            places[key] += 1
            recorded, found = float(one.replace(",", "")), float(other.replace(",", ""))
            if not tolerances[key].allows(recorded, found, interval, _half_place(other)):
                yield f"{key} in {was.strip()!r}", one, other, tolerances[key].describe(interval)
    return {key for line in before for key, _ in _scan(line, tolerances)[1]}


def _scan(line: str, tolerances: dict[str, Tolerance]) -> tuple[list[str], list[tuple[str, str]]]:
    """The line without its tolerated numbers and the padding before them; and these, each with its tolerance's key.

    The key is the word before the number, else `text` unless the number is an integer.
    """
    rest, numbers, end = [], [], 0
    for match in NUMBER.finditer(line):
        label = LABEL.search(line, 0, match.start())
        key = label[1] if label and label[1] in tolerances else "" if INTEGER.fullmatch(match[0]) else "text"
        if key in tolerances:
            rest.append(line[end : match.start()].rstrip())
            numbers.append((key, match[0]))
            end = match.end()
    return [*rest, line[end:]], numbers


def _half_place(number: str) -> float:
    """Half a unit in the last printed place, and a little more for the arithmetic: what rounding may hide."""
    mantissa, _, exponent = number.lower().replace(",", "").partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 0.501 * 10.0 ** (int(exponent or 0) - decimals) if mantissa[-1].isdigit() or mantissa[-1] == "." else 0.0


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list | dict):
        for item in value if isinstance(value, list) else itertools.chain.from_iterable(value.items()):
            yield from _leaves(item)
    else:
        yield value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
