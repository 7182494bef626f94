"""A percent script, read: front matter, prose cells, and code cells with what their headers declare."""

import json
import re
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import yaml
from jupytext.stringparser import StringParser

from regen.config import Config, RegenError, check, read_text

WORDS_PER_MINUTE = 200
TEX_OR_VALUE = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$|\[\[.*?\]\]", re.DOTALL)
TAGS = ("remove_cell", "remove_input", "remove_output", "raises-exception")

MARKER = re.compile(r"# %%(?=\s|$)")
LIKE_A_MARKER = re.compile(r"\s*#\s*%%+(?=\s|$|\[|\w+=)")
MARKERS = "Begin each cell with a line `# %%` or `# %% [markdown]`, at the very left."
PROSE = ("[markdown]", "[md]")
MEANT_AS_PROSE = re.compile(r"[\[(]?\s*(markdown|md)\b", re.IGNORECASE)
KIND = re.compile(r"(?<!\S)\[\w*\](?!\S)")  # a word in brackets
OPTION = re.compile(r"\s*([A-Za-z_]\w*)=")
FENCE = re.compile(r"#\s*(`{3,}(?=[^`]*$)|~{3,})")
STRING = re.compile(r"[rR]?(\"{3}|'{3})(?P<text>.*)\1\s*", re.DOTALL)
COMMENT = re.compile(r"^# ?", re.MULTILINE)
LEADING = re.compile(r"#!|#.*coding[:=]|\s*$")  # what may stand above the front matter
ODD_LINE_END = re.compile(r"[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")  # not one to everybody who reads the file


@dataclass(frozen=True)
class Cell:
    """One cell; `line` is the line of its marker in the script, `number` counts the code cells from 1."""

    kind: str  # "markdown" or "code"
    source: str
    line: int
    number: int = 0
    first_line: int = 0  # where the source begins
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
    lines = read_text(path).split("\n")
    for at, text in enumerate(lines, 1):
        if odd := ODD_LINE_END.search(text):
            what = f"a character {odd[0]!r}, which some programs take for the end of a line. Write it as an escape."
            _refuse(path, at, what)
    front, end = _front_matter(path, lines)
    markers = _markers(path, lines, end)
    cells: list[Cell] = []
    declared: dict[str, int] = {}
    for line, following in zip(markers, [*markers[1:], len(lines) + 1], strict=True):
        number = 1 + sum(cell.kind == "code" for cell in cells)
        cell = _cell(path, line, lines[line - 1], lines[line : following - 1], number)
        cells.append(cell)
        for tag in cell.tags:
            if tag not in known_tags:
                _refuse(path, line, f"unknown tag {tag}. Known are: {', '.join(known_tags)}.")
        for name in [*cell.values, *cell.quoted]:
            if not name.isidentifier() or name in declared:
                why = f"declared already at line {declared[name]}" if name in declared else "not a name"
                _refuse(path, line, f"value {name}: {why}. Choose another name.")
            declared[name] = line
    return Tutorial(path.stem, path, cells, **front)


def _refuse(path: Path, line: int, what: str) -> NoReturn:
    raise RegenError(f"{path}:{line}: {what}")


def _markers(path: Path, lines: list[str], end: int) -> list[int]:
    """The numbers of the lines at which cells begin: outside of strings, and outside of blocks of code in prose."""
    markers: list[int] = []
    strings = StringParser("python")
    is_prose = False
    fence = ""  # of an open block of code in a prose cell
    fenced = 0  # the line of that fence
    for number, line in enumerate(lines[end:], end + 1):
        in_string = strings.is_quoted()
        strings.read_line(line)
        if in_string:
            continue
        if MARKER.match(line):
            if fence:
                what = f"a marker inside the block of code that began at line {fenced}. Close that block, or write `# # %%`."
                _refuse(path, number, what)
            markers.append(number)
            strings = StringParser("python")
            is_prose = _is_prose(_header(path, number, line)[0])
        elif fence:
            fence = "" if re.fullmatch(rf"#\s*{fence}[`~]*\s*", line) else fence
        elif LIKE_A_MARKER.match(line):
            _refuse(path, number, f"{line.strip()!r} is no marker of a cell that is read here. {MARKERS}")
        elif not markers and line.strip():
            _refuse(path, number, f"text outside of any cell. {MARKERS}")
        elif is_prose and (opening := FENCE.match(line)):
            closing = re.compile(rf"#\s*{opening[1]}[`~]*\s*")
            if any(closing.fullmatch(later) for later in lines[number:]):
                fence = opening[1]
                fenced = number
    if not markers:
        _refuse(path, end + 1, f"no cell. {MARKERS}")
    return markers


def _cell(path: Path, line: int, marker: str, segment: list[str], number: int) -> Cell:
    """The cell whose marker stands on `line`, and whose text is `segment`."""
    title, options = _header(path, line, marker)
    is_prose = _is_prose(title)
    if not is_prose:
        if kind := KIND.search(title):
            what = f"a cell of kind {kind[0]}. There are code cells, `# %%`, and prose, `# %% [markdown]`."
            _refuse(path, line, what)
        if MEANT_AS_PROSE.match(title):
            _refuse(path, line, f"{marker!r}: a prose cell begins with `# %% [markdown]`, to the letter.")
    check(f"{path}:{line}: the cell's header", options, None if is_prose else Cell)
    text = "\n".join(segment)
    _check_unfilled(path, line, "fold", options.get("fold", ""))
    if not is_prose:
        first_line = line + 1 + len(text) - len(text.lstrip("\n"))
        return Cell("code", text.strip("\n"), line, number, first_line, **options)
    first_line = line + 1
    string = STRING.fullmatch(text.strip())
    if string and string[1] not in string["text"]:
        first_line += segment.index(next(filter(str.strip, segment)))
        first_line += string["text"].startswith("\n")
        return Cell("markdown", string["text"].removeprefix("\n").rstrip(), line, first_line=first_line)
    for at, prose in enumerate(segment, line + 1):
        if prose.strip() and not prose.startswith("#"):
            _refuse(path, at, "code in a prose cell. Begin a code cell above it with a line `# %%`.")
    return Cell("markdown", COMMENT.sub("", text).rstrip(), line, first_line=first_line)


def _is_prose(title: str) -> bool:
    return any(title.startswith(kind) or title.endswith(kind) for kind in PROSE)


def _header(path: Path, line: int, marker: str) -> tuple[str, dict[str, Any]]:
    """A marker's title, the kind of cell among it, and its options: `key=value`, the values being JSON."""
    text = marker.removeprefix("# %%")
    first = re.search(r"(?:(?<=\s)|^)[A-Za-z_]\w*=", text)
    title = text[: first.start()] if first else text
    if re.search(r"[={}\"]|^\s*%", title):
        _refuse(path, line, 'the cell\'s header: it does not parse. Values are JSON: alt="text".')
    decoder = json.JSONDecoder(object_pairs_hook=_once)
    options: dict[str, Any] = {}
    at = len(title)
    while text[at:].strip():
        option = OPTION.match(text, at)
        try:
            if not option:
                raise ValueError("expected key=value")
            value, at = decoder.raw_decode(text, option.end())
            if option[1] in options:
                raise ValueError(f"{option[1]} stands there twice")
            options[option[1]] = value
        except (ValueError, RecursionError) as error:
            what = f'the cell\'s header: it does not parse: {error}. Values are JSON: alt="text".'
            _refuse(path, line, what)
    return title.strip(), options


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, none of whose keys may stand there twice."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key} stands there twice")
        found[key] = value
    return found


def _front_matter(path: Path, lines: list[str]) -> tuple[dict[str, Any], int]:
    """The front matter, and the number of lines that it takes."""
    remedy = "Begin the script with a line `# ---`, then `# title: ...`, then a line `# ---`."
    marks = [number for number, line in enumerate(lines) if line.strip() == "# ---"][:2]
    if len(marks) < 2 or not all(LEADING.match(line) for line in lines[: marks[0]]):
        _refuse(path, 1, f"no front matter. {remedy}")
    start, end = marks[0] + 1, marks[1]
    keys: set[str] = set()
    for number, line in enumerate(lines[start:end], start + 1):
        if key := re.match(r"# (\w+):", line):
            if key[1] in keys:
                _refuse(path, number, f"front matter: {key[1]} stands there twice. Remove one of the two.")
            keys.add(key[1])
    try:
        front = yaml.safe_load("\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[start:end]))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None) or error
        what = f"front matter that does not parse: {problem}. Quote a value that holds a colon or looks like a date."
        raise RegenError(f"{path}:{start + 1 + (mark.line if mark else 0)}: {what}") from error
    if not isinstance(front, dict) or not front.get("title"):
        _refuse(path, start, f"no title. {remedy}")
    check(f"{path}:{start}: front matter", front, Tutorial)
    for key, text in front.items():
        _check_unfilled(path, start, f"front matter: {key}", str(text))
    return front, end + 1


def _check_unfilled(path: Path, line: int, what: str, text: str) -> None:
    """RegenError for a reference where values are not filled in, and would be shown as raw text."""
    if "[[" in text:
        _refuse(path, line, f"{what} holds `[[`, but values are not filled in there. Write it in the text.")
