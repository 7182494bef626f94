"""A percent script, read: front matter, prose cells, and code cells with what their headers declare."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import jupytext
import yaml

from regen.config import Config, RegenError

HEADER_KEYS: dict[str, type] = {
    "values": dict,  # name: expression, evaluated after the cell, quoted in prose as [[page.name:format]]
    "quoted": dict,  # name: expression that gives a figure and its source, for what others reported
    "tol": dict,  # name of a value, word before a printed number, or `text`: tolerance (see compare.py)
    "alt": str,  # what is to be seen in the cell's figures
    "fold": str,  # title under which code and output are folded
    "output": str,  # language of the printed text, for its colours
    "tags": list,  # remove_cell, remove_input, remove_output, raises-exception
}
FRONT_KEYS: dict[str, type] = {"title": str, "teaches": str, "before": str, "sources": list}
WORDS_PER_MINUTE = 200
TEX_OR_VALUE = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$|\[\[.*?\]\]", re.DOTALL)
MARKER = re.compile(r"^# %%(?=\s|$)")


@dataclass(frozen=True)
class Cell:
    """One cell; `line` is the line of its marker in the script, `number` counts the code cells from 1."""

    kind: str  # "markdown" or "code"
    source: str
    line: int
    number: int = 0
    values: dict[str, str] = field(default_factory=dict)
    quoted: dict[str, str] = field(default_factory=dict)
    tol: dict[str, str] = field(default_factory=dict)
    alt: str = ""
    fold: str = ""
    output: str = "text"
    tags: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class Tutorial:
    """A script. `name` is the page's name, by which prose quotes its values."""

    name: str
    path: Path
    title: str
    cells: tuple[Cell, ...]
    teaches: str = ""
    before: str = ""
    sources: Sequence[str] = ()

    @property
    def code(self) -> list[Cell]:
        """The code cells, in order."""
        return [cell for cell in self.cells if cell.kind == "code"]

    @property
    def minutes(self) -> int:
        """Reading time: the words of the prose, a formula or a value counted as one, and those of the code."""
        prose = " ".join(cell.source for cell in self.cells if cell.kind == "markdown")
        words = TEX_OR_VALUE.sub("x", prose).split() + [word for cell in self.code for word in cell.source.split()]
        return max(1, round(len(words) / WORDS_PER_MINUTE))

    def where(self, cell: Cell) -> str:
        """A cell's place, for messages."""
        return f"{self.path}:{cell.line}"


def find_scripts(config: Config) -> list[Path]:
    """All scripts of the site, by name.

    Raises:
        RegenError: two scripts have one name.
    """
    found: dict[str, Path] = {}
    for path in sorted((config.root / config.tutorials).rglob("*.py")):
        if (other := found.setdefault(path.stem, path)) != path:
            raise RegenError(f"{path}: a page named {path.stem} exists already: {other}. Rename one of the two.")
    return list(found.values())


def read_tutorial(path: Path) -> Tutorial:
    """Read a script.

    Raises:
        RegenError: no front matter, no title, a header that does not parse, an unknown key, a name declared twice.
    """
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=100)
def _read(path: Path, mtime_ns: int) -> Tutorial:
    lines = path.read_text(encoding="utf-8").splitlines()
    front, end = _front_matter(path, lines)
    markers = [number for number, line in enumerate(lines, 1) if MARKER.match(line)]
    notebook = jupytext.reads("\n".join(lines[end:]).lstrip("\n"), fmt="py:percent")
    if len(notebook.cells) != len(markers):
        what = "text outside of any cell. Begin each cell with a line `# %%` or `# %% [markdown]`."
        raise RegenError(f"{path}:{markers[0] if markers else end + 1}: {what}")
    cells: list[Cell] = []
    declared: dict[str, int] = {}
    for line, cell in zip(markers, notebook.cells, strict=True):
        header = {key: value for key, value in cell.metadata.items() if key not in ("lines_to_next_cell", "title")}
        if "incorrectly_encoded_metadata" in header:
            raise RegenError(f'{path}:{line}: the cell\'s header: it does not parse. Values are JSON: alt="text".')
        _check(f"{path}:{line}: the cell's header", header, HEADER_KEYS if cell.cell_type == "code" else {})
        if cell.cell_type != "code":
            cells.append(Cell("markdown", cell.source, line))
            continue
        number = 1 + sum(earlier.kind == "code" for earlier in cells)
        cells.append(Cell("code", cell.source, line, number, **header))
        for name in [*cells[-1].values, *cells[-1].quoted]:
            if not name.isidentifier() or name in declared:
                why = f"declared already at line {declared[name]}" if name in declared else "not a name"
                raise RegenError(f"{path}:{line}: value {name}: {why}. Choose another name.")
            declared[name] = line
    return Tutorial(path.stem, path, front.pop("title"), tuple(cells), **front)


def _front_matter(path: Path, lines: list[str]) -> tuple[dict[str, Any], int]:
    """The front matter, and the number of lines that it takes."""
    remedy = "Begin the script with a line `# ---`, then `# title: ...`, then a line `# ---`."
    marks = [number for number, line in enumerate(lines) if line.strip() == "# ---"][:2]
    if len(marks) < 2 or any(line.strip() for line in lines[: marks[0]]):
        raise RegenError(f"{path}:1: no front matter. {remedy}")
    start, end = marks[0] + 1, marks[1]
    try:
        front = yaml.safe_load("\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[start:end]))
    except yaml.YAMLError as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None) or error
        line = start + 1 + (mark.line if mark else 0)
        remedy = "Quote a value that holds a colon."
        raise RegenError(f"{path}:{line}: front matter that does not parse: {problem}. {remedy}") from error
    if not isinstance(front, dict) or not front.get("title"):
        raise RegenError(f"{path}:{start}: no title. {remedy}")
    _check(f"{path}:{start}: front matter", front, FRONT_KEYS)
    return front, end + 1


def _check(where: str, found: dict[str, Any], known: dict[str, type]) -> None:
    """Raise unless all keys are known, and each value is of its key's type and holds strings only."""
    for key, value in found.items():
        if key not in known:
            raise RegenError(f"{where}: unknown key {key}. Known are: {', '.join(known) or 'none'}.")
        items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [str(value)]
        if not isinstance(value, known[key]) or not all(isinstance(item, str) for item in items):
            forms = {"dict": '{"name": "text"}', "list": '["text"]', "str": '"text"'}
            raise RegenError(f"{where}: {key}={value!r} is not understood. Its form is {forms[known[key].__name__]}.")
