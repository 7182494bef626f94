"""A percent script, read: front matter, prose cells, and code cells with what their headers declare."""

import re
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import jupytext
import yaml
from jupytext.stringparser import StringParser

from regen.config import Config, RegenError, check

WORDS_PER_MINUTE = 200
TEX_OR_VALUE = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$|\[\[.*?\]\]", re.DOTALL)

# A comment stays a comment: by default jupytext takes `# ls` and `# Shape?` for commands of IPython and uncomments them.
PERCENT = {"extension": ".py", "format_name": "percent", "comment_magics": False}
MARKER = re.compile(r"# %%(?=\s|$)")
LIKE_A_MARKER = re.compile(r"\s*#\s*(%%+(\s|$)|<codecell>\s*$|In\[[0-9 ]*\]:?\s*$)")  # all that jupytext splits at
KIND = re.compile(r"# %%\s+\[(?!markdown\]|md\])(\w*)\]")
PROSE = re.compile(r"# %%.*\[(markdown|md)\]")
FENCE = re.compile(r"#\s*(`{3,}|~{3,})")
TAGS = ("remove_cell", "remove_input", "remove_output", "raises-exception")


@dataclass(frozen=True)
class Cell:
    """One cell; `line` is the line of its marker in the script, `number` counts the code cells from 1."""

    kind: str  # "markdown" or "code"
    source: str
    line: int
    number: int = 0
    first_line: int = 0  # where the source begins, if not below the marker
    _: KW_ONLY  # what follows is declared in a code cell's header
    values: dict[str, str] = field(default_factory=dict)  # name: expression, quoted in prose as [[page.name:format]]
    quoted: dict[str, str] = field(default_factory=dict)  # name: expression for a figure of others, and its source
    recorded: str = ""  # expression for the runs on record of which the cell's values tell, as a sentence
    tol: dict[str, str] = field(default_factory=dict)  # value, word before a number, or `text`: tolerance (compare.py)
    alt: str = ""  # what is to be seen in the cell's figures
    fold: str = ""  # title under which code and output are folded
    output: str = "text"  # language of the printed text, for its colours
    tags: list[str] = field(default_factory=list)  # of TAGS, or of the setting `tags`


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
    """All scripts of the site, in order; RegenError if there is none.

    Hidden files, those of an editor, and names that begin with an underscore are no pages.
    """
    folder = config.root / config.tutorials
    found = []
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith((".", "_")) for part in parts):
            found.append(path)
    if not found:
        raise RegenError(f"{folder}: no page found. Set `tutorials` in [tool.regen] to the folder of the scripts.")
    return found


def read_scripts(paths: Iterable[Path], config: Config) -> tuple[dict[Path, "Tutorial"], dict[Path, RegenError]]:
    """The pages that can be read, and why the others cannot. Of two pages of one name, the second is refused."""
    tutorials: dict[Path, Tutorial] = {}
    failures: dict[Path, RegenError] = {}
    named: dict[str, Path] = {}
    for path in paths:
        first = named.setdefault(path.stem, path)
        try:
            if first != path:
                raise RegenError(f"{path}: a page named {path.stem} exists already: {first}. Rename one of the two.")
            tutorials[path] = read_tutorial(path, config.tags)
        except RegenError as error:
            failures[path] = error
    return tutorials, failures


def read_tutorial(path: Path, tags: Iterable[str] = ()) -> Tutorial:
    """Read a script; `tags` may stand in its cells, beside TAGS.

    Raises:
        RegenError: wrong front matter or header, a kind of cell or a tag that is not known, text outside of cells, code in a
            prose cell, a name declared twice, a file that is not UTF-8.
    """
    return _read(path, path.stat().st_mtime_ns, (*TAGS, *tags))


@lru_cache(maxsize=100)
def _read(path: Path, mtime_ns: int, known_tags: tuple[str, ...]) -> Tutorial:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise RegenError(f"{path}: not UTF-8: {error.reason} at byte {error.start}. Save it as UTF-8.") from error
    front, end = _front_matter(path, lines)
    markers = _markers(path, lines, end)
    notebook = jupytext.reads("\n".join(lines[end:]).lstrip("\n"), fmt=PERCENT)
    segments = [
        lines[start : following - 1] for start, following in zip(markers, [*markers[1:], len(lines) + 1], strict=True)
    ]
    cells: list[Cell] = []
    declared: dict[str, int] = {}
    number = 0
    for line, segment, node in zip(markers, segments, notebook.cells, strict=True):
        number += node.cell_type == "code"
        cell = _cell(path, line, segment, node, number, known_tags)
        cells.append(cell)
        for name in [*cell.values, *cell.quoted]:
            if not name.isidentifier() or name in declared:
                why = f"declared already at line {declared[name]}" if name in declared else "not a name"
                raise RegenError(f"{path}:{line}: value {name}: {why}. Choose another name.")
            declared[name] = line
    return Tutorial(path.stem, path, cells, **front)


def _cell(path: Path, line: int, segment: list[str], node: Any, number: int, known_tags: tuple[str, ...]) -> Cell:
    """A cell of jupytext's notebook as a Cell; `segment` holds its lines in the script, below the marker on `line`."""
    where = f"{path}:{line}"
    if node.cell_type not in ("code", "markdown"):
        what = f"a cell of kind [{node.cell_type}]. There are code cells, `# %%`, and prose, `# %% [markdown]`."
        raise RegenError(f"{where}: {what}")
    of_jupytext = ("lines_to_next_cell", "title", "cell_depth", "cell_marker", "region_name")
    header = {key: value for key, value in node.metadata.items() if key not in of_jupytext}
    if "incorrectly_encoded_metadata" in header:
        raise RegenError(f'{where}: the cell\'s header: it does not parse. Values are JSON: alt="text".')
    check(f"{where}: the cell's header", header, Cell if node.cell_type == "code" else None)
    if node.cell_type == "markdown":
        first_line = _first_line_in_string(line, segment, node.source)
        if not first_line:
            _check_prose(path, line, segment)
        return Cell("markdown", node.source, line, first_line=first_line)
    for tag in header.get("tags", []):
        if tag not in known_tags:
            raise RegenError(f"{where}: unknown tag {tag}. Known are: {', '.join(known_tags)}.")
    if node.source.strip("\n") != "\n".join(segment).strip("\n"):
        what = "the cell's header changes its code. Remove from it what names a language or a magic."
        raise RegenError(f"{where}: {what}")
    return Cell("code", node.source, line, number, **header)


def _markers(path: Path, lines: list[str], end: int) -> list[int]:
    """The numbers of the lines at which cells begin, found as jupytext finds them; RegenError for what only looks like one."""
    remedy = "Begin each cell with a line `# %%` or `# %% [markdown]`, at the very left."
    markers: list[int] = []
    strings = StringParser("python")
    is_prose = False
    fence = ""  # of an open block of code in a prose cell
    for number, line in enumerate(lines[end:], end + 1):
        in_string = strings.is_quoted()
        strings.read_line(line)
        if in_string:
            continue
        if fence:
            fence = "" if re.fullmatch(rf"#\s*{fence}[`~]*\s*", line) else fence
            continue
        if MARKER.match(line):
            if kind := KIND.match(line):
                what = f"a cell of kind [{kind[1]}]. There are code cells, `# %%`, and prose, `# %% [markdown]`."
                raise RegenError(f"{path}:{number}: {what}")
            markers.append(number)
            strings = StringParser("python")
            strings.read_line(line)
            is_prose = bool(PROSE.match(line))
        elif LIKE_A_MARKER.match(line):
            raise RegenError(f"{path}:{number}: {line.strip()!r} is no marker of a cell that is read here. {remedy}")
        elif not markers and line.strip():
            raise RegenError(f"{path}:{number}: text outside of any cell. {remedy}")
        elif markers and is_prose and (opening := FENCE.match(line)):
            closing = re.compile(rf"#\s*{opening[1]}[`~]*\s*")
            if any(closing.fullmatch(later) for later in lines[number:]):
                fence = opening[1]
    if not markers:
        raise RegenError(f"{path}:{end + 1}: no cell. {remedy}")
    return markers


def _check_prose(path: Path, line: int, segment: list[str]) -> None:
    """RegenError for a line of a prose cell that is no comment: it would be shown as prose, and never run."""
    for number, text in enumerate(segment, line + 1):
        if text.strip() and not text.startswith("#"):
            what = "code in a prose cell. Begin a code cell above it with a line `# %%`."
            raise RegenError(f"{path}:{number}: {what}")


def _first_line_in_string(line: int, segment: list[str], source: str) -> int:
    """The number of the first line of prose that stands in a string of three quotes; 0 where it stands in comments."""
    if source.strip() == "\n".join(segment).strip():
        return 0  # jupytext took nothing off: this is neither
    for number, text in enumerate(segment, line + 1):
        if opening := re.match(r"[rR]?(\"{3}|'{3})", text):
            return number if text[opening.end() :].strip() else number + 1
        if text.strip():
            return 0
    return 0


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
