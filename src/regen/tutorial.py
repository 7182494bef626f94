"""A percent script, read: front matter, prose cells, and code cells with what their headers declare."""

import re
from dataclasses import KW_ONLY, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import jupytext
import yaml

from regen.config import Config, RegenError, check

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
    _: KW_ONLY  # what follows is declared in a code cell's header
    values: dict[str, str] = field(default_factory=dict)  # name: expression, quoted in prose as [[page.name:format]]
    quoted: dict[str, str] = field(default_factory=dict)  # name: expression for a figure of others, and its source
    recorded: str = ""  # expression for the runs on record of which the cell's values tell, as a sentence
    tol: dict[str, str] = field(default_factory=dict)  # value, word before a number, or `text`: tolerance (compare.py)
    alt: str = ""  # what is to be seen in the cell's figures
    fold: str = ""  # title under which code and output are folded
    output: str = "text"  # language of the printed text, for its colours
    tags: list[str] = field(default_factory=list)  # remove_cell, remove_input, remove_output, raises-exception


@dataclass(frozen=True, eq=False)
class Tutorial:
    """A script. `name` is the page's name, by which prose quotes its values."""

    name: str
    path: Path
    cells: list[Cell]
    _: KW_ONLY  # what follows is declared in the front matter
    title: str
    teaches: str = ""
    before: str = ""
    sources: list[str] = field(default_factory=list)

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
    """All scripts of the site, by name; RegenError if two have one name."""
    found: dict[str, Path] = {}
    for path in sorted((config.root / config.tutorials).rglob("*.py")):
        if (other := found.setdefault(path.stem, path)) != path:
            raise RegenError(f"{path}: a page named {path.stem} exists already: {other}. Rename one of the two.")
    return list(found.values())


def read_tutorial(path: Path) -> Tutorial:
    """Read a script; RegenError for wrong front matter or a wrong header, text outside of cells, a name declared twice."""
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
    number = 0
    for line, cell in zip(markers, notebook.cells, strict=True):
        header = {key: value for key, value in cell.metadata.items() if key not in ("lines_to_next_cell", "title")}
        if "incorrectly_encoded_metadata" in header:
            raise RegenError(f'{path}:{line}: the cell\'s header: it does not parse. Values are JSON: alt="text".')
        is_code = cell.cell_type == "code"
        check(f"{path}:{line}: the cell's header", header, Cell if is_code else None)
        number += is_code
        cells.append(Cell(cell.cell_type, cell.source, line, number if is_code else 0, **header))
        for name in [*cells[-1].values, *cells[-1].quoted]:
            if not name.isidentifier() or name in declared:
                why = f"declared already at line {declared[name]}" if name in declared else "not a name"
                raise RegenError(f"{path}:{line}: value {name}: {why}. Choose another name.")
            declared[name] = line
    return Tutorial(path.stem, path, cells, **front)


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
        what = f"front matter that does not parse: {problem}. Quote a value that holds a colon."
        raise RegenError(f"{path}:{start + 1 + (mark.line if mark else 0)}: {what}") from error
    if not isinstance(front, dict) or not front.get("title"):
        raise RegenError(f"{path}:{start}: no title. {remedy}")
    check(f"{path}:{start}: front matter", front, Tutorial)
    return front, end + 1
