"""A percent script, read: front matter, prose cells, and code cells with what their headers declare."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jupytext
import yaml

from regen.config import Config, RegenError

HEADER_KEYS = {"values": dict, "quoted": dict, "tol": dict, "alt": str, "fold": str, "output": str, "tags": list}
FRONT_KEYS = {"title": str, "teaches": str, "before": str, "sources": list}
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
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tutorial:
    """A script. `name` is the page's name, by which prose quotes its values."""

    name: str
    path: Path
    title: str
    cells: tuple[Cell, ...]
    teaches: str = ""
    before: str = ""
    sources: tuple[str, ...] = ()

    @property
    def code(self) -> list[Cell]:
        """The code cells, in order."""
        return [cell for cell in self.cells if cell.kind == "code"]

    @property
    def prose(self) -> str:
        """All Markdown of the page."""
        return "\n\n".join(cell.source for cell in self.cells if cell.kind == "markdown")

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
        if other := found.setdefault(path.stem, path):
            if other != path:
                raise RegenError(f"{path}: a page named {path.stem} exists already: {other}. Rename one of the two.")
    return list(found.values())


def read_tutorial(path: Path) -> Tutorial:
    """Read a script.

    Raises:
        RegenError: no front matter, no title, a header that does not parse, an unknown key, a name declared twice.
    """
    text = path.read_text(encoding="utf-8")
    front, front_lines = _front_matter(path, text)
    lines = text.splitlines()
    markers = [number for number, line in enumerate(lines, 1) if MARKER.match(line)]
    try:
        notebook = jupytext.reads("\n".join(lines[front_lines:]).lstrip("\n"), fmt="py:percent")
    except Exception as error:
        raise RegenError(f"{path}: not a percent script: {error}.") from error
    if len(notebook.cells) != len(markers):
        first = markers[0] if markers else 1
        raise RegenError(
            f"{path}:{first}: text outside of any cell. Begin each cell with a line `# %%` or `# %% [markdown]`."
        )
    cells: list[Cell] = []
    for line, cell in zip(markers, notebook.cells, strict=True):
        number = sum(earlier.kind == "code" for earlier in cells) + 1 if cell.cell_type == "code" else 0
        cells.append(_cell(path, line, number, cell))
    _check_names(path, cells)
    return Tutorial(path.stem, path, front.pop("title"), tuple(cells), **front)


def _front_matter(path: Path, text: str) -> tuple[dict[str, Any], int]:
    """The front matter, and the number of lines that it takes."""
    remedy = "Begin the script with a line `# ---`, then `# title: ...`, then a line `# ---`."
    lines = text.splitlines()
    marks = [number for number, line in enumerate(lines) if line.strip() == "# ---"][:2]
    if len(marks) < 2 or any(line.strip() for line in lines[: marks[0]]):
        raise RegenError(f"{path}:1: no front matter. {remedy}")
    source = "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[marks[0] + 1 : marks[1]])
    try:
        front = yaml.safe_load(source)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = marks[0] + 2 + (mark.line if mark else 0)
        raise RegenError(
            f"{path}:{line}: front matter that does not parse: {getattr(error, 'problem', error)}. "
            "Quote a value that holds a colon."
        ) from error
    if not isinstance(front, dict) or not str(front.get("title") or "").strip():
        raise RegenError(f"{path}:{marks[0] + 1}: no title. {remedy}")
    for key, value in front.items():
        if key not in FRONT_KEYS or not isinstance(value, FRONT_KEYS[key]):
            expected = ", ".join(f"{name} ({kind.__name__})" for name, kind in FRONT_KEYS.items())
            raise RegenError(f"{path}:{marks[0] + 1}: front matter {key}: {value!r}. Expected are: {expected}.")
    if "sources" in front:
        front["sources"] = tuple(map(str, front["sources"]))
    return front, marks[1] + 1


def _cell(path: Path, line: int, number: int, cell: Any) -> Cell:
    if cell.cell_type != "code":
        return Cell("markdown", cell.source, line)
    header = {key: value for key, value in cell.metadata.items() if key not in ("lines_to_next_cell", "title")}
    for key, value in header.items():
        kind = HEADER_KEYS.get(key)
        if kind is None:
            raise RegenError(
                f"{path}:{line}: unknown key {key} in the cell's header. Known are: {', '.join(HEADER_KEYS)}."
            )
        items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
        if not isinstance(value, kind) or not all(isinstance(item, str) for item in items):
            example = {"dict": '{"name": "text"}', "list": '["text"]', "str": '"text"'}[kind.__name__]
            raise RegenError(f"{path}:{line}: {key}={value!r} does not parse. Write it as JSON: {key}={example}.")
    if "tags" in header:
        header["tags"] = tuple(header["tags"])
    return Cell("code", cell.source, line, number, **header)


def _check_names(path: Path, cells: list[Cell]) -> None:
    seen: dict[str, int] = {}
    for cell in cells:
        for name in [*cell.values, *cell.quoted]:
            if not name.isidentifier():
                raise RegenError(f"{path}:{cell.line}: value {name!r}: not a name. Use letters, digits and _.")
            if name in seen:
                raise RegenError(
                    f"{path}:{cell.line}: value {name} is declared already at line {seen[name]}. Rename one."
                )
            seen[name] = cell.line
