"""A page's source: a percent script, read into prose cells and code cells with their options."""

import ast
import re
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

from regen.config import Config
from regen.errors import LineError, RegenError
from regen.files import read_text
from regen.script import cells, options, plain_python
from regen.script.front_matter import read_front_matter
from regen.script.options import Options, ReadOptions

__all__ = [
    "RUN",
    "TAGS",
    "Cell",
    "Options",
    "Script",
    "find_scripts",
    "read_script",
    "read_scripts",
]

TAGS = ("remove_cell", "remove_input", "remove_output", "raises-exception")
"""The tags that a cell may have on any site."""
WORDS_PER_MINUTE = 200

RUN = "run"
"""No page's name: `[[run.device]]` tells of the run of the page on which it stands."""
CLAIM = re.compile(r"\[\[[\w.]+\?")
HAS_LETTER = re.compile(r"\w")
ONE_WORD = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$|\[\[.*?\]\]", re.DOTALL)
"""A formula or a value, read as one word."""
STRING = re.compile(r"[rR]?(?P<quotes>\"{3}|'{3})(?P<text>.*)(?P=quotes)\s*", re.DOTALL)
COMMENT = re.compile(r"^# ?", re.MULTILINE)
ODD_LINE_END = re.compile(r"[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""Characters at which some readers of a file begin a new line, and others do not."""


@dataclass(frozen=True)
class Cell:
    """One cell of a script."""

    kind: Literal["markdown", "code"]
    source: str
    """Prose as Markdown, or code without its option lines."""
    line: int
    """The line of the cell's marker in the script, from 1."""
    first_line: int
    """The line on which `source` begins."""
    number: int = 0
    """Code cells count from 1; 0 for prose."""
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, eq=False)
class Script:
    """A page's source. `name` is the page's name, by which prose quotes its values."""

    name: str
    path: Path
    cells: list[Cell]
    _: KW_ONLY
    title: str
    teaches: str = ""
    before: str = ""
    sources: list[str] = field(default_factory=list)
    tolerance: str = ""
    """For each float of the page that no cell says anything about; exact if empty."""

    @property
    def code(self) -> list[Cell]:
        """The code cells, in order."""
        return [cell for cell in self.cells if cell.kind == "code"]

    @property
    def words(self) -> int:
        """Count the words of prose and code, without what is folded.

        A formula or a value is one word; a sign such as `=` is none.
        """
        count = 0
        for cell in self.cells:
            if cell.options.fold:
                continue
            text = cell.source
            if cell.kind == "markdown":
                text = ONE_WORD.sub("x", CLAIM.sub("", text))
            count += sum(1 for word in text.split() if HAS_LETTER.search(word))
        return count

    @property
    def minutes(self) -> int:
        """Give the reading time."""
        return max(1, round(self.words / WORDS_PER_MINUTE))

    def where(self, cell: Cell) -> str:
        """A cell's place, for messages."""
        return f"{self.path}:{cell.line}"


def find_scripts(config: Config) -> list[Path]:
    """Find all scripts of the site, in order.

    Hidden files, those of an editor, names that begin with an underscore, and what lies in the
    folder of the exercises are no pages.

    Raises:
        RegenError: there is none.
    """
    folder = config.root / config.tutorials
    exercises = config.root / config.exercises if config.exercises else None
    found = []
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).parts
        is_hidden = any(part.startswith((".", "_")) for part in parts)
        is_exercise = exercises is not None and path.is_relative_to(exercises)
        if path.is_file() and not is_hidden and not is_exercise:
            found.append(path)
    if not found:
        remedy = "Set `tutorials` in [tool.regen] to the folder of the scripts."
        raise RegenError(f"{folder}: no page found. {remedy}")
    return found


def read_scripts(
    paths: Iterable[Path], config: Config
) -> tuple[dict[Path, Script], dict[Path, RegenError]]:
    """Read the pages that can be read, and say why the others cannot.

    Of two pages of one name, the second is refused.
    """
    scripts: dict[Path, Script] = {}
    failures: dict[Path, RegenError] = {}
    named: dict[str, Path] = {}
    for path in paths:
        first = named.setdefault(path.stem, path)
        try:
            if first != path:
                what = f"a page named {path.stem} exists already: {first}. Rename one of the two."
                raise RegenError(f"{path}: {what}")
            scripts[path] = read_script(path, config.tags)
        except RegenError as error:
            failures[path] = error
    return scripts, failures


def read_script(path: Path, tags: Iterable[str] = ()) -> Script:
    """Read a script; its cells may have `tags` beside TAGS. It is kept until the file changes.

    Raises:
        RegenError: the file cannot be read, or something in it is wrong, with its line.
    """
    try:
        state = path.stat()
        return _read(path, state.st_mtime_ns, state.st_size, (*TAGS, *tags))
    except LineError as error:
        raise RegenError(f"{path}:{error.line}: {error.what}") from error
    except OSError as error:
        raise RegenError(f"{path}: cannot be read: {error.strerror}.") from error


@lru_cache(maxsize=100)
def _read(path: Path, mtime_ns: int, size: int, tags: tuple[str, ...]) -> Script:
    """Read a script as it was at this time and of this size."""
    if path.stem == RUN:
        what = "a page cannot be named run: [[run.device]] tells of a page's own run. Rename it."
        raise LineError(1, what)
    text = read_text(path)
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if odd := ODD_LINE_END.search(line):
            what = f"a character {odd[0]!r}, which some programs take for the end of a line."
            raise LineError(number, f"{what} Write it as an escape.")
    front, taken = read_front_matter(lines)
    found: list[Cell] = []
    declared: list[ReadOptions] = []
    for segment in cells.cut(lines, taken):
        # a marker with nothing below it is no cell yet
        if not any(line.strip() for line in segment.lines):
            continue
        if segment.is_prose:
            found.append(_prose(segment))
            continue
        cell, read = _code(segment, len(declared) + 1, tags)
        found.append(cell)
        declared.append(read)
    _check_unique(declared)
    _check_files(path.stem, declared)
    _check_python(text, declared)
    return Script(
        path.stem,
        path,
        found,
        title=front.title,
        teaches=front.teaches,
        before=front.before,
        sources=front.sources,
        tolerance=front.tolerance,
    )


def _prose(segment: cells.Segment) -> Cell:
    """Make a prose cell of comments, or of one string in three quotes."""
    text = "\n".join(segment.lines)
    first_line = segment.line + 1
    string = STRING.fullmatch(text.strip())
    if string and string["quotes"] not in string["text"]:
        while not segment.lines[first_line - segment.line - 1].strip():
            first_line += 1
        if string["text"].startswith("\n"):
            first_line += 1
        source = string["text"].removeprefix("\n").rstrip()
        return Cell("markdown", source, segment.line, first_line)
    options.check_no_options(segment.lines, first_line)
    for number, line in enumerate(segment.lines, first_line):
        if line.strip() and not line.startswith("#"):
            what = "code in a prose cell. Begin a code cell above it with a line `# %%`."
            raise LineError(number, what)
    return Cell("markdown", COMMENT.sub("", text).rstrip(), segment.line, first_line)


def _code(segment: cells.Segment, number: int, tags: tuple[str, ...]) -> tuple[Cell, ReadOptions]:
    """Make a code cell, and read its options."""
    below = segment.line + 1
    yaml_lines, start, end = options.split(segment.lines, below)
    read = ReadOptions()
    if any(line.strip() for line in yaml_lines):
        read = options.read_options(yaml_lines, below + start, tags)
    while end < len(segment.lines) and not segment.lines[end].strip():
        end += 1
    source = "\n".join(segment.lines[end:]).rstrip("\n")
    is_code = any(line.strip() and not line.startswith("#") for line in segment.lines[end:])
    if yaml_lines and not is_code:
        what = "options of a cell without code. Move them to the cell that they are about."
        raise LineError(below + start, what)
    return Cell("code", source, segment.line, below + end, number, read.options), read


def _check_unique(declared: list[ReadOptions]) -> None:
    """Refuse a name that stands for two things of the page: values, quotations, claims, files."""
    first: dict[str, int] = {}
    for read in declared:
        for expression in read.expressions:
            name = expression.name
            if expression.option == "recorded":
                continue
            if expression.option == "files":
                # on some machines w.json and W.json are one file
                name = name.casefold()
            if name in first:
                taken = f"is declared already at line {first[name]}. Choose another name."
                what = f"{expression.option}: {expression.name} {taken}"
                raise LineError(expression.line, what)
            first[name] = expression.line


def _check_files(page: str, declared: list[ReadOptions]) -> None:
    """Refuse a file that would stand in the place of the page itself or of one of its downloads."""
    for read in declared:
        for expression in read.expressions:
            stem = expression.name.partition(".")[0]
            if expression.option == "files" and stem in (page, "index"):
                what = f"files: {expression.name} is the name of the page or of its download."
                raise LineError(expression.line, f"{what} Choose another name.")


def _check_python(text: str, declared: list[ReadOptions]) -> None:
    """Check the script, and the expressions among its options, as plain Python."""
    tree = plain_python.parse(text)
    bound = plain_python.bound_names(tree)
    plain_python.check_notebook_names(tree, bound)
    for read in declared:
        for expression in read.expressions:
            _check_expression(expression, bound)


def _check_expression(expression: options.Expression, bound: set[str]) -> None:
    what = f"{expression.option}: {expression.name}: {expression.text}"
    if expression.option == "recorded":
        what = f"recorded: {expression.text}"
    try:
        tree: ast.Expression = plain_python.check_expression(
            expression.text, must_compute=expression.must_compute, bound=bound
        )
        plain_python.check_notebook_names(tree, bound)
    except ValueError as error:
        raise LineError(expression.line, f"{what}: {error}") from error
    except LineError as error:
        raise LineError(expression.line, f"{what}: {error.what}") from error
