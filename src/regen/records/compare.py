"""A run compared with its page's record: all that a reader sees, number by number."""

import hashlib
import math
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from regen.errors import RegenError
from regen.execution.results import Run
from regen.records.compare_figures import compare_figures
from regen.records.compare_text import compare_prints, compare_text
from regen.records.differences import (
    ABSENT,
    NEVER,
    RECORD,
    CellPair,
    Difference,
    described,
    inside,
    is_nan,
)
from regen.records.parts import is_integer, leaves, over_seeds, same_form
from regen.records.printed import Printed, find_numbers
from regen.records.record import Record, options_of, tolerance_of_value
from regen.records.tolerance import EXACT, Tolerance, interval
from regen.script.reading import Script

__all__ = ["Difference", "compare", "sentences"]


def compare(script: Script, run: Run, record: Record | None) -> list[Difference]:
    """Give all differences between a run and the record of its page.

    Raises:
        RegenError: a tolerance makes no sense, or fits nothing.
    """
    whole = partial(Difference, script.name, str(script.path), 0)
    if record is None:
        return [whole("not recorded", "no record", "a run", RECORD)]

    found = []
    if record.tolerance != script.tolerance:
        before = record.tolerance or "exact"
        now = script.tolerance or "exact"
        found.append(whole("tolerance of the page", before, now, RECORD))
    if len(record.cells) != len(run.cells):
        counts = (str(len(record.cells)), str(len(run.cells)))
        return [*found, whole("number of code cells", *counts)]

    for cell, cell_record, result in zip(script.code, record.cells, run.cells, strict=True):
        found += _compare_cell(CellPair(script, cell, cell_record, result))
    if not found and not record.intact:
        return [whole("the record", "its checksum", "edited by hand", RECORD)]
    return found


def sentences(script: Script, claim: str) -> list[str]:
    """Find the words of prose that rest on a claim of the page: `[[claim? the words]]`."""
    opening = re.compile(
        r"\[\[\s*(?:" + re.escape(script.name) + r"\.)?" + re.escape(claim) + r"\s*\?"
    )
    found = []
    for cell in script.cells:
        if cell.kind == "markdown":
            for match in opening.finditer(cell.source):
                words = _until_closed(cell.source, match.end())
                found.append(" ".join(words.split()))
    return found


def _until_closed(text: str, start: int) -> str:
    """Give the text up to the `]]` that ends it; values within it have brackets of their own."""
    depth = 1
    for bracket in re.finditer(r"\[\[|\]\]", text[start:]):
        if bracket[0] == "[[":
            depth += 1
        else:
            depth -= 1
        if depth == 0:
            return text[start : start + bracket.start()]
    return text[start:]


def _compare_cell(pair: CellPair) -> list[Difference]:
    """Give all differences of a cell, in the order in which one would look for their causes."""
    _check_use(pair)
    return [
        *_warnings(pair),
        *_options(pair),
        *_declared_tolerances(pair),
        *_claims(pair),
        *_values(pair),
        *compare_text(pair),
        *compare_prints(pair),
        *compare_figures(pair),
        *_files(pair),
    ]


# what the cell declares


def _warnings(pair: CellPair) -> Iterator[Difference]:
    warnings = "".join(content for kind, content in pair.now.shown if kind == "stderr")
    if warnings:
        remedy = "none: fix what it warns of"
        yield pair.difference("a warning in the output", "none", warnings, remedy)


def _options(pair: CellPair) -> Iterator[Difference]:
    """What folds, hides or colors, and where quoted figures come from."""
    now = options_of(pair.cell)
    for name in {**pair.before.options, **now}:
        yield from _entry(pair, f"option {name}", name, pair.before.options, now)
    for name in {**pair.before.origins, **pair.now.origins}:
        yield from _entry(pair, f"origin of {name}", name, pair.before.origins, pair.now.origins)


def _declared_tolerances(pair: CellPair) -> Iterator[Difference]:
    now = pair.cell.options.tolerance
    for name in {**pair.before.tolerance, **now}:
        yield from _entry(pair, f"tolerance of {name}", name, pair.before.tolerance, now)


def _entry(
    pair: CellPair, what: str, name: str, before: dict[str, Any], now: dict[str, Any]
) -> Iterator[Difference]:
    """An entry that a table has before and now, to the letter."""
    if name not in before or name not in now or before[name] != now[name]:
        recorded = str(before.get(name, ABSENT))
        yield pair.difference(what, recorded, str(now.get(name, ABSENT)), RECORD)


def _check_use(pair: CellPair) -> None:
    """A tolerance that fits nothing is a mistake: what it was meant for is compared exactly."""
    for key, spec in pair.cell.options.tolerance.items():
        if not _is_used(pair, key):
            raise RegenError(
                f"{pair.where}: tolerance {key}: {spec!r} fits no value, file or "
                "figure of this cell and no number that it prints. Remove or rename it."
            )


def _is_used(pair: CellPair, key: str) -> bool:
    """Whether a key of the cell's tolerances fits anything on record or now."""
    numbers: list[Printed] = []
    for line in (*pair.before.text, *pair.now.text):
        numbers += find_numbers(line)
    parts = []
    for name, value in (*pair.before.values.items(), *pair.now.values.items()):
        for _, leaf in leaves(value):
            parts.append((name, leaf))
    if key == "nan":
        printed = any(number.is_nan for number in numbers)
        return printed or any(is_nan(leaf) for _, leaf in parts)
    if key in pair.cell.options.files:
        return True
    for_figures = key == "figure" or (key == "default" and "figure" not in pair.tolerances)
    if for_figures and (pair.before.figures or pair.now.figures):
        return True
    if any(pair.keys.key(number) == key for number in numbers):
        return True
    return any(_tolerance_of(pair, name, leaf, key) for name, leaf in parts)


def _claims(pair: CellPair) -> Iterator[Difference]:
    """Compare claims: each must be true now, and be the one that was true with all seeds."""
    recorded = pair.before.claimed
    declared = pair.cell.options.claims
    for name in {**recorded, **declared}:
        # one that was not evaluated does not hold either
        if name in declared and not pair.now.claims.get(name):
            yield _false_claim(pair, name)
        else:
            yield from _entry(pair, f"claim {name}", name, recorded, declared)


def _false_claim(pair: CellPair, name: str) -> Difference:
    expression = pair.cell.options.claims[name]
    remedy = "none: correct the sentence or what makes it false"
    words = [f'"{words}"' for words in sentences(pair.script, name)]
    note = ""
    if words:
        note = "the page says  " + "\n                   ".join(words)
    return pair.difference(f"claim {name}", "true", f"false: {expression}", remedy, note)


def _values(pair: CellPair) -> Iterator[Difference]:
    before = pair.before.values
    now = pair.now.values
    for name in {**before, **now}:
        if name not in before or name not in now:
            recorded = ABSENT
            is_now = ABSENT
            if name in before:
                recorded = repr(before[name])
            if name in now:
                is_now = repr(now[name])
            yield pair.difference(f"value {name}", recorded, is_now, RECORD)
            continue
        other_form = same_form(before[name], now[name])
        if other_form:
            path, recorded, is_now = other_form
            rule = "the same type and shape"
            yield pair.difference(f"value {name}{path}", recorded, is_now, rule)
            continue
        yield from _value(pair, name)


def _value(pair: CellPair, name: str) -> Iterator[Difference]:
    """A value of the same form, each of its parts within its interval or exactly the same."""
    entries = over_seeds(pair.before.spread.get(name, []))
    pairs = zip(leaves(pair.before.values[name]), leaves(pair.now.values[name]), strict=True)
    for index, ((path, was), (_, now)) in enumerate(pairs):
        what = f"value {name}{path}"
        tolerance = _tolerance_of(pair, name, was)
        if is_nan(now) and "nan" not in pair.tolerances:
            yield pair.difference(what, repr(was), repr(now), NEVER)
        elif tolerance and math.isfinite(was) and math.isfinite(now):
            seeds = entries[index] if index < len(entries) else []
            allowed = interval(tolerance, was, seeds)
            if not inside(now, allowed):
                yield pair.difference(what, repr(was), repr(now), described(tolerance, allowed))
        elif repr(was) != repr(now):  # 0.0 is not -0.0
            yield pair.difference(what, repr(was), repr(now))


def _tolerance_of(pair: CellPair, name: str, leaf: Any, key: str = "") -> Tolerance | None:
    """The tolerance of a part of a value; None if it is exact, or comes under another key."""
    named = name in pair.tolerances
    used = name if named else "default"
    is_float = isinstance(leaf, float)
    if key and key != used:
        return None
    if not (is_float or (named and is_integer(leaf))):
        return None
    tolerance = tolerance_of_value(name, pair.tolerances)
    if tolerance.kind == "exact" and not key:
        return None
    return tolerance


def _files(pair: CellPair) -> Iterator[Difference]:
    for name in {**pair.before.files, **pair.now.files}:
        what = f"file {name}"
        if name not in pair.before.files:
            yield pair.difference(what, ABSENT, "there", RECORD)
        elif name not in pair.now.files:
            yield pair.difference(what, "there", ABSENT, RECORD)
        else:
            yield from _file(pair, what, pair.before.files[name], pair.now.file(name))


def _file(
    pair: CellPair, what: str, recorded: dict[str, Any], content: bytes
) -> Iterator[Difference]:
    """The content of a file, or, with the tolerance `length`, its size alone."""
    tolerance = pair.tolerances.get(what.removeprefix("file "), EXACT)
    digest = hashlib.sha256(content).hexdigest()
    if recorded.get("bytes") != len(content):
        sizes = (f"{recorded.get('bytes')} bytes", f"{len(content)} bytes")
        yield pair.difference(what, *sizes, tolerance.text)
    elif tolerance.kind == "exact" and recorded.get("sha256") != digest:
        yield pair.difference(what, f"sha256 {recorded.get('sha256')}", f"sha256 {digest}")
