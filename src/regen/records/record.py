"""Records: what each page was seen to show and to compute, made of a run, read and written."""

import difflib
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from inspect import formatannotation
from pathlib import Path
from typing import Any

from regen import drawing
from regen.config import Config
from regen.errors import RegenError
from regen.execution.results import CellRun, Run
from regen.files import write_whole
from regen.records.layout import array, lay_out, table
from regen.records.parts import has_float, leaves
from regen.records.printed import keys_of
from regen.records.tolerance import EXACT, Tolerance, tolerances_of
from regen.script.reading import Cell, Script
from regen.types import has_type

__all__ = [
    "FORMAT",
    "CellRecord",
    "Record",
    "changes",
    "make_record",
    "options_of",
    "orphans",
    "read_record",
    "tolerance_of_figures",
    "tolerance_of_value",
    "write_record",
]

FORMAT = 2


@dataclass(frozen=True)
class CellRecord:
    """One code cell, as recorded."""

    text: list[str]
    values: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, bool] = field(default_factory=dict)
    claimed: dict[str, str] = field(default_factory=dict)
    """Name: expression of each claim."""
    figures: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Name: `sha256` and `bytes` of a file that the cell hands to the site."""
    origins: dict[str, str] = field(default_factory=dict)
    tolerance: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    """What folds or hides: `fold`, `tags`, `output` where they are set."""
    spread: dict[str, list[Any]] = field(default_factory=dict)
    """What the runs with all seeds gave: under the name of a value, under `printed WORD` or
    `printed text` for printed numbers that are no value, under `figure` for the figures."""


@dataclass(frozen=True)
class Record:
    """A page's record, and whether the file is as it was written."""

    page: str
    cells: list[CellRecord]
    tolerance: str = ""
    provenance: dict[str, str] = field(default_factory=dict)
    spread_code: dict[str, str] = field(default_factory=dict)
    """The code that made the spread: name and hash, see spread_code.py."""
    still_holds: dict[str, Any] = field(default_factory=dict)
    """Where that code has changed since and the spread holds all the same: `reason`, and the `code`
    that it vouches for."""
    intact: bool = True


# ------------------------------------------------------------------------------------------------
# Making a record


def make_record(
    script: Script, run: Run, spread: Sequence[Run] = (), code: Mapping[str, str] | None = None
) -> Record:
    """Make the record of a run.

    Args:
        script: the page that was run.
        run: what it gave.
        spread: the runs with all seeds, for a page that has tolerances `seeds` or claims.
        code: the code behind the spread, see code_of.
    """
    cells = []
    for index, cell in enumerate(script.code):
        seeded = [other.cells[index] for other in spread]
        cells.append(_cell_record(script, cell, run.cells[index], seeded))
    spread_code = dict(code or {}) if spread else {}
    return Record(run.page, cells, script.tolerance, run.provenance, spread_code)


def _cell_record(
    script: Script, cell: Cell, result: CellRun, seeded: Sequence[CellRun]
) -> CellRecord:
    try:
        spread = _spread(tolerances_of(script, cell), result, seeded)
    except (RegenError, ValueError) as error:
        # figures that cannot be compared, or another number of them
        raise RegenError(f"{script.where(cell)}: the runs with other seeds: {error}") from error

    files = {}
    for name in result.files:
        content = result.file(name)
        digest = hashlib.sha256(content).hexdigest()
        files[name] = {"sha256": digest, "bytes": len(content)}
    return CellRecord(
        text=result.text,
        values=result.values,
        claims=result.claims,
        claimed=cell.options.claims,
        figures=[figure.drawing for figure in result.figures],
        files=files,
        origins=result.origins,
        tolerance=cell.options.tolerance,
        options=options_of(cell),
        spread=spread,
    )


def options_of(cell: Cell) -> dict[str, Any]:
    """Give the options of a cell that fold, hide or color what it shows, where they are set."""
    options: dict[str, Any] = {}
    if cell.options.fold:
        options["fold"] = cell.options.fold
    if cell.options.output != "text":
        options["output"] = cell.options.output
    if cell.options.tags:
        options["tags"] = cell.options.tags
    return options


def tolerance_of_value(name: str, tolerances: Mapping[str, Tolerance]) -> Tolerance:
    """Give the tolerance of a value: its own, else `default`, which is for floats alone."""
    return tolerances.get(name) or tolerances.get("default") or EXACT


def tolerance_of_figures(tolerances: Mapping[str, Tolerance]) -> Tolerance | None:
    """Give the tolerance of a cell's figures: `figure`, else `default`, else None."""
    return tolerances.get("figure") or tolerances.get("default")


def _spread(
    tolerances: Mapping[str, Tolerance], result: CellRun, seeded: Sequence[CellRun]
) -> dict[str, list[Any]]:
    """Collect what the runs with all seeds gave, of all that has the tolerance `seeds`."""
    spread: dict[str, list[Any]] = {}
    if not seeded:
        return spread

    for name, value in result.values.items():
        tolerance = tolerance_of_value(name, tolerances)
        if tolerance.kind == "seeds" and (name in tolerances or has_float(value)):
            spread[name] = [other.values[name] for other in seeded]

    keys = keys_of(tolerances, result.text, result.values)
    for key, tolerance in tolerances.items():
        printed = keys.with_key(key, result.text)
        # the values' own spread is better than the printed one: it is not rounded
        shown = key in result.values and len(printed) == len(leaves(result.values[key]))
        if tolerance.kind == "seeds" and printed and not shown:
            rows = []
            for other in seeded:
                numbers = keys.with_key(key, other.text)
                rows.append([number.value for number in numbers])
            spread[f"printed {key}"] = rows

    of_figures = tolerance_of_figures(tolerances)
    if of_figures and of_figures.kind == "seeds" and result.figures:
        summaries = []
        # of each figure of the cell, what it was with each seed
        for same in zip(*(other.figures for other in seeded), strict=True):
            drawings = [figure.drawing for figure in same]
            summaries.append(drawing.summarize_spread(drawings))
        spread["figure"] = summaries
    return spread


# ------------------------------------------------------------------------------------------------
# Reading and writing


def read_record(page: str, config: Config) -> Record | None:
    """Read the record of a page, None if there is none.

    Raises:
        RegenError: the file cannot be read, or is not this page's record.
    """
    path = config.record_path(page)
    remedy = f"Restore it from git, or delete it and run `regen record {page}`."
    try:
        found = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once)
        if not isinstance(found, dict) or "format" not in found:
            raise TypeError("no table with a `format`")
        if found["format"] != FORMAT:
            raise RegenError(f"{path}: format {found['format']}, expected {FORMAT}. {remedy}")
        if found["page"] != page:
            raise RegenError(
                f"{path}: says it is of page {found['page']!r}, expected {page!r}. {remedy}"
            )
        return _as_record(found)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RegenError(f"{path}: cannot be read: {error.strerror}. {remedy}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        what = f"{type(error).__name__}: {error}"
        raise RegenError(f"{path}: not a record ({what}). {remedy}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make a table of its keys and values; a key that stands twice could hide what is compared."""
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} stands twice")
    return table


def _as_record(found: dict[str, Any]) -> Record:
    checksum = found.pop("sha256")
    intact = checksum == _checksum(found)
    del found["format"]
    cells = [_checked(CellRecord, cell) for cell in _checked_list(found.pop("cells"))]
    record: Record = _checked(Record, {**found, "cells": cells})
    return replace(record, intact=intact)


def _checked(form: type, entry: Any) -> Any:
    """Make a data class of a table, whose parts must have the types of its fields."""
    if not isinstance(entry, dict):
        raise TypeError(f"{entry!r} is no table")
    made = form(**entry)
    for part in fields(made):
        value = getattr(made, part.name)
        if not has_type(value, part.type):
            raise TypeError(f"{part.name} is {value!r}, expected {formatannotation(part.type)}")
    return made


def _checked_list(entry: Any) -> list[Any]:
    if not isinstance(entry, list):
        raise TypeError(f"cells is {entry!r}, expected a list")
    return entry


def write_record(record: Record, config: Config) -> None:
    """Write a page's record, one line per printed line, value and series of a figure.

    Raises:
        OSError: the folder cannot be written to, or the disk is full; the old record is kept.
    """
    write_whole(config.record_path(record.page), _as_json(record))


def changes(before: Record | None, after: Record) -> list[str]:
    """Show what a new record changes, as the lines of a diff; provenance does not count."""
    old = []
    if before:
        old = _as_json(replace(before, provenance={})).splitlines()
    new = _as_json(replace(after, provenance={})).splitlines()
    lines = difflib.unified_diff(old, new, "before", "after", lineterm="", n=0)
    return [line for line in lines if not line.startswith(("@@", '- "sha256":', '+ "sha256":'))]


def orphans(pages: Collection[str], config: Config) -> list[Path]:
    """Find the files in the folder of the records, and below it, that are no page's record."""
    folder = config.root / config.records
    known = {config.record_path(page) for page in pages}
    return [path for path in sorted(folder.rglob("*.json")) if path not in known]


NEEDED = ("page", "provenance", "cells", "text")
"""What stands in the file in any case; other parts do only where there is something in them."""


def _as_json(record: Record) -> str:
    cells = [_filled(asdict(cell)) for cell in record.cells]
    body = _filled({**asdict(record), "cells": cells})
    body.pop("intact", None)
    content = {"format": FORMAT, **body}
    content["sha256"] = _checksum(content)

    # the cells last: what is short comes first
    del content["cells"]
    parts = {key: lay_out(part, 1, " ") for key, part in content.items()}
    parts["cells"] = array([_cell_as_json(cell) for cell in cells], " ")
    return table(parts, "") + "\n"


def _cell_as_json(cell: dict[str, Any]) -> str:
    """Write a cell: a line for each item of its parts, for a figure one for each series."""
    written = {}
    for name, part in cell.items():
        depth = 1
        if name == "figures":
            depth = 5  # the list, a figure, its axes, one of these, their series
        written[name] = lay_out(part, depth, "   ")
    return table(written, "  ")


def _filled(parts: dict[str, Any]) -> dict[str, Any]:
    return {key: part for key, part in parts.items() if part or key in NEEDED}


def _checksum(content: dict[str, Any]) -> str:
    """Give the hash of all that a record says; the layout of the file does not count."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
