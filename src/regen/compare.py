"""A run held against the record: text to the letter, numbers exactly or within the tolerance declared beside them."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from regen.config import RegenError
from regen.record import CellRecord, Record, cell_record
from regen.store import Run
from regen.tutorial import Cell, Tutorial

NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+(?:,\d{3})*(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+|nan|inf)(?![\w])")
LABEL = re.compile(r"([A-Za-z_]\w*)[\s:=]*$")


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

    def allows(self, recorded: float, now: float, interval: tuple[float, float] | None, rounding: float = 0.0) -> bool:
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

    def describe(self, interval: tuple[float, float] | None) -> str:
        """The tolerance in words, with the interval where there is one."""
        if self.kind != "seeds":
            return self.spec
        return (
            f"seeds, {interval[0]:.6g} to {interval[1]:.6g}"
            if interval
            else "seeds, but none on record: run `regen record`"
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
    path = str(tutorial.path)
    if record is None:
        return [Difference(run.page, path, 0, "not documented", "no record", "a run", "run `regen record`")]
    if len(record.cells) != len(run.cells):
        return [Difference(run.page, path, 0, "number of code cells", str(len(record.cells)), str(len(run.cells)))]
    found: list[Difference] = []
    for cell, before, result in zip(tutorial.code, record.cells, run.cells, strict=True):
        now = cell_record(result)
        found += [
            Difference(run.page, tutorial.where(cell), cell.number, *difference)
            for difference in _compare_cell(cell, before, now, tutorial.where(cell))
        ]
    if not found and not record.intact:
        found.append(
            Difference(
                run.page,
                path,
                0,
                "the record",
                "its checksum",
                "another content",
                "none: it was edited by hand, run `regen record`",
            )
        )
    return found


def _compare_cell(cell: Cell, before: CellRecord, now: CellRecord, where: str) -> Iterator[tuple[str, ...]]:
    tolerances = {name: parse_tolerance(spec, where) for name, spec in cell.tol.items()}
    used: set[str] = set()
    if now.warnings:
        yield "a warning in the output", "none", now.warnings, "none: mend what it warns of"
    if before.pictures != now.pictures:
        yield "pictures", str(before.pictures), str(now.pictures)
    for name in sorted(before.values.keys() - now.values.keys()):
        yield f"value {name}", repr(before.values[name]), "no longer declared"
    for name, value in now.values.items():
        if name not in before.values:
            yield f"value {name}", "not on record", repr(value)
            continue
        used.add(name)
        yield from _compare_value(name, before.values[name], value, before.spread.get(name), tolerances.get(name))
    yield from _compare_text(before, now, tolerances, used)
    for name in sorted(tolerances.keys() - used):
        raise RegenError(
            f"{where}: tolerance {name}={cell.tol[name]!r} fits no value of this cell and no number that it prints. Remove or rename it."
        )


def _compare_value(
    name: str, before: Any, now: Any, spread: list[Any] | None, tolerance: Tolerance | None
) -> Iterator[tuple[str, ...]]:
    old, new = list(_leaves(before)), list(_leaves(now))
    if len(old) != len(new) or (tolerance is None and not all(map(_same, old, new))):
        yield f"value {name}", repr(before), repr(now)
    elif tolerance:
        for index, (was, is_now, interval) in enumerate(zip(old, new, intervals(spread, len(old)), strict=True)):
            numbers = _is_number(was) and _is_number(is_now)
            if not (tolerance.allows(was, is_now, interval) if numbers else was == is_now):
                place = f"[{index}]" if isinstance(now, list) else ""
                yield f"value {name}{place}", repr(was), repr(is_now), tolerance.describe(interval)


def _compare_text(
    before: CellRecord, now: CellRecord, tolerances: dict[str, Tolerance], used: set[str]
) -> Iterator[tuple[str, ...]]:
    """Line by line: what is no tolerated number, to the letter; what is one, within its tolerance."""
    if len(before.text) != len(now.text):
        yield (
            "lines of text",
            "\n               ".join(before.text) or "none",
            "\n               ".join(now.text) or "none",
        )
    counts: dict[str, int] = {}
    totals = {
        name: sum(
            _tolerance_key(line, match, tolerances) == name for line in before.text for match in NUMBER.finditer(line)
        )
        for name in tolerances
    }
    for was, is_now in zip(before.text, now.text, strict=False):
        old, new = list(NUMBER.finditer(was)), list(NUMBER.finditer(is_now))
        keys = [_tolerance_key(was, match, tolerances) for match in old]
        used.update(key for key in keys if key)
        if _skeleton(was, old, keys) != _skeleton(
            is_now, new, [_tolerance_key(is_now, match, tolerances) for match in new]
        ):
            yield "text", was, is_now
            continue
        for key, one, other in zip(keys, old, new, strict=True):
            if key:
                known = intervals(before.spread.get(key), _count(before.values.get(key)))
                place = counts[key] = counts.get(key, 0) + 1
                interval = known[place - 1] if len(known) == totals[key] else known[0] if len(known) == 1 else None
                tolerance = tolerances[key]
                if not tolerance.allows(_number(one[0]), _number(other[0]), interval, _half_place(other[0])):
                    yield (
                        f"{key if key != 'text' else 'number'} in {was.strip()!r}",
                        one[0],
                        other[0],
                        tolerance.describe(interval),
                    )


def intervals(spread: list[Any] | None, count: int) -> list[tuple[float, float] | None]:
    """For each number of a value, the range over the seeds widened on both sides by the widest range of the value."""
    if not spread:
        return [None] * count
    columns = list(zip(*[list(_leaves(seed)) for seed in spread], strict=True))
    margin = max(max(column) - min(column) for column in columns)
    return [(min(column) - margin, max(column) + margin) for column in columns]


def _tolerance_key(line: str, match: re.Match[str], tolerances: dict[str, Tolerance]) -> str:
    """The key of the tolerance for a printed number: the word before it, else `text` if it is no integer, else none."""
    label = LABEL.search(line, 0, match.start())
    if label and label[1] in tolerances:
        return label[1]
    return "text" if "text" in tolerances and not re.fullmatch(r"[-+]?[\d,]+", match[0]) else ""


def _skeleton(line: str, matches: list[re.Match[str]], keys: list[str]) -> list[str]:
    """The line without its tolerated numbers, and without the padding before them."""
    parts, end = [], 0
    for match, key in zip(matches, keys, strict=True):
        if key:
            parts += [line[end : match.start()].rstrip(), key]
            end = match.end()
    return [*parts, line[end:].rstrip() if parts else line[end:]]


def _half_place(number: str) -> float:
    """Half a unit in the last printed place, and a little more for the arithmetic: what rounding may hide."""
    mantissa, _, exponent = number.lower().replace(",", "").partition("e")
    _, _, decimals = mantissa.partition(".")
    return 0.501 * 10.0 ** (int(exponent or 0) - len(decimals)) if mantissa.lstrip("+-") not in ("nan", "inf") else 0.0


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _leaves(item)
    else:
        yield value


def _count(value: Any) -> int:
    return len(list(_leaves(value)))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(was: Any, is_now: Any) -> bool:
    return type(was) is type(is_now) and was == is_now
