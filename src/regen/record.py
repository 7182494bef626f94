"""Records: what each page was documented to print and to compute, as JSON that a person can review in a diff."""

import difflib
import hashlib
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from regen.config import Config, RegenError
from regen.store import Run, write_whole
from regen.tutorial import Tutorial

FORMAT = 1
NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+(?:,\d{3})*(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+|nan|inf)(?!\w|\.\w)")
INTEGER = re.compile(r"[-+]?[\d,]+")
LABEL = re.compile(r"([A-Za-z_]\w*)[\s:=]*$")


@dataclass(frozen=True)
class CellRecord:
    """One code cell: the lines it printed, its named values, and for trained values those of the runs with other seeds."""

    text: list[str]
    values: dict[str, Any]
    pictures: int = 0
    spread: dict[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """A page's record: its cells, where the recorded run came from, and whether the file is as it was written."""

    page: str
    cells: list[CellRecord]
    provenance: dict[str, str] = field(default_factory=dict)
    intact: bool = True


def make_record(tutorial: Tutorial, run: Run, spread: Sequence[Run] = ()) -> Record:
    """The record of a run. `spread` holds the runs with all seeds, for what has the tolerance `seeds`."""
    cells = []
    for index, (cell, result) in enumerate(zip(tutorial.code, run.cells, strict=True)):
        values: dict[str, list[Any]] = {name: [] for name, spec in cell.tol.items() if spec == "seeds"}
        for name, other in [(name, seeded.cells[index]) for name in values for seeded in spread]:
            scanned = [pair for line in other.text for pair in scan(line, cell.tol)[1]]
            printed = [as_float(number) for key, number in scanned if key == name]
            values[name].append(other.values[name] if name in result.values else printed)
        cells.append(CellRecord(result.text, result.values, len(result.pictures), values))
    return Record(run.page, cells, run.provenance)


def read_record(run: Run, config: Config) -> Record | None:
    """The record that a run is to be held against, none if there is none; RegenError if the file is no record."""
    path = config.record_path(run.page)
    remedy = f"Restore it from git, or delete it and run `regen record {run.page}`."
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] != FORMAT:
            raise RegenError(f"{path}: format {found['format']}, expected {FORMAT}. {remedy}")
        cells = [_cell_record(cell) for cell in found["cells"]]
        provenance = dict(found["provenance"])
        return Record(str(found["page"]), cells, provenance, found["sha256"] == _checksum(found["cells"]))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RegenError(f"{path}: cannot be read: {error.strerror}. {remedy}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RegenError(f"{path}: not a record ({type(error).__name__}: {error}). {remedy}") from error


def _cell_record(entry: dict[str, Any]) -> CellRecord:
    cell = CellRecord(**entry)
    for part, form in (("text", list), ("values", dict), ("pictures", int), ("spread", dict)):
        if not isinstance(getattr(cell, part), form):
            raise TypeError(f"{part} is {getattr(cell, part)!r}, expected a {form.__name__}")
    if not all(isinstance(line, str) for line in cell.text):
        raise TypeError("a line of its text is no text")
    return cell


def orphans(pages: Collection[str], config: Config) -> list[Path]:
    """The files in the folder of the records that belong to none of the pages."""
    folder = config.root / config.records
    return [path for path in sorted(folder.glob("*.json")) if path.stem not in pages]


def write_record(record: Record, config: Config) -> None:
    """Write a page's record, one line per printed line and per value."""
    write_whole(config.record_path(record.page), _as_json(record) + "\n")


def changes(before: Record | None, after: Record) -> list[str]:
    """What a new record changes, as the lines of a diff; provenance does not count."""
    old, new = (_as_json(replace(record, provenance={})).splitlines() if record else [] for record in (before, after))
    lines = difflib.unified_diff(old, new, "before", "after", lineterm="", n=0)
    return [line for line in lines if not line.startswith("@@") and '"sha256"' not in line]


def _as_json(record: Record) -> str:
    needed = ("text", "values")
    cells = [{key: part for key, part in asdict(cell).items() if part or key in needed} for cell in record.cells]
    head = {"format": FORMAT, "page": record.page, "provenance": record.provenance}
    return json.dumps({**head, "sha256": _checksum(cells), "cells": cells}, indent=1, ensure_ascii=False)


def _checksum(cells: list[dict[str, Any]]) -> str:
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()


def as_float(number: str) -> float:
    """A printed number, which may have commas between its thousands."""
    return float(number.replace(",", ""))


def scan(line: str, tolerances: dict[str, str]) -> tuple[list[str], list[tuple[str, str]]]:
    """A printed line without its tolerated numbers and the padding before them; and these, each with its tolerance's key.

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
