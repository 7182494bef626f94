"""The options of a code cell: the `#|` lines at its top, YAML, one key a line."""

import re
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, field, fields

from jupytext.stringparser import StringParser

from regen.errors import LineError
from regen.script.yaml_text import Entry, read_mapping

__all__ = ["Expression", "Options", "ReadOptions", "check_no_options", "read_options", "split"]

WIDTH = 100
OPTION_LINE = re.compile(r"#\|(?: (?P<yaml>.*))?")
LIKE_AN_OPTION = re.compile(r"\s*#\||\s*#\s+\|\s*[\w.]+:")
"""What stands where options stand, and is none: `#|values:`, `# | values:`."""
LOST = re.compile(r"\s*#\|")
FILE_NAME = re.compile(r"[A-Za-z0-9_][\w-]*(\.[A-Za-z0-9_-]+)+", re.ASCII)
RESERVED = {
    "low": "stands for the lowest value over all seeds: [[name.low]]",
    "high": "stands for the highest value over all seeds: [[name.high]]",
    "seeds": "stands for the number of seeds: [[name.seeds]]",
    "run": "stands for the run itself: [[run.device]]",
    "text": "stands for all printed numbers in `tolerance`",
    "figure": "stands for the figures of the cell in `tolerance`",
    "nan": "stands for nan in `tolerance`",
    "default": "stands for all floats of the cell in `tolerance`",
}


@dataclass(frozen=True)
class Options:
    """What the `#|` lines of a code cell declare."""

    _: KW_ONLY
    values: dict[str, str] = field(default_factory=dict)
    """Name: expression. Prose shows the value as `[[name:format]]`."""
    quoted: dict[str, str] = field(default_factory=dict)
    """Name: expression for a figure of others, and its source."""
    recorded: str = ""
    """Expression for the runs on record that the cell's values are read from, as a sentence."""
    claims: dict[str, str] = field(default_factory=dict)
    """Name: expression that must be true, in this run and with every seed."""
    files: dict[str, str] = field(default_factory=dict)
    """File name: expression for its content, bytes or text. The site ships it beside the page."""
    tolerance: dict[str, str] = field(default_factory=dict)
    """What a number may be: by the name of a value, a printed word or a file, or by `text`,
    `figure` or `default`."""
    alt: str = ""
    """What is to be seen in the cell's figures."""
    fold: str = ""
    """The title under which code and output are folded."""
    output: str = "text"
    """The language of the printed text, for its colors."""
    tags: list[str] = field(default_factory=list)
    """Of script.TAGS, or of the setting `tags`."""


@dataclass(frozen=True)
class Expression:
    """An expression among the options, and its line in the script."""

    option: str
    name: str
    text: str
    line: int

    @property
    def must_compute(self) -> bool:
        """Whether it must look at what the page has computed. A quotation need not."""
        return self.option in ("values", "claims")


@dataclass(frozen=True)
class ReadOptions:
    """The options of one cell, with the lines that messages need."""

    options: Options = field(default_factory=Options)
    lines: dict[str, int] = field(default_factory=dict)
    """By option."""
    expressions: list[Expression] = field(default_factory=list)


def split(lines: list[str], first_line: int) -> tuple[list[str], int, int]:
    """Split a code cell into its option lines and its code.

    Gives the YAML of the option lines, the index of the first of them, and that of the first line
    of code; `first_line` is the line of the script on which the cell's text begins.

    Raises:
        LineError: an option line below the top, too long, or not in the right form.
    """
    start = 0
    while start < len(lines) and not lines[start].strip():
        start += 1
    end = start
    yaml_lines = []
    while end < len(lines) and (option := OPTION_LINE.fullmatch(lines[end])):
        yaml_lines.append(option["yaml"] or "")
        if len(lines[end]) > WIDTH:
            what = f"an option line of {len(lines[end])} characters, expected at most {WIDTH}."
            remedy = "Break it: `#| alt: >-`, then the text on lines that begin with `#|   `."
            raise LineError(first_line + end, f"{what} {remedy}")
        end += 1
    if end < len(lines) and LIKE_AN_OPTION.match(lines[end]):
        what = f"{lines[end].strip()!r} is no option line. Begin it with `#| `, at the very left."
        raise LineError(first_line + end, what)
    _check_lost(lines, end, first_line)
    return yaml_lines, start, end


def check_no_options(lines: list[str], first_line: int) -> None:
    """Refuse option lines in a prose cell.

    Raises:
        LineError: such a line.
    """
    for number, line in enumerate(lines, first_line):
        if LOST.match(line):
            what = f"{line.strip()!r} in a prose cell: options belong to code cells."
            raise LineError(number, f"{what} Begin a table's line with `# |`.")


def read_options(yaml_lines: list[str], first_line: int, tags: tuple[str, ...]) -> ReadOptions:
    """Read a cell's options; `tags` are those that it may have.

    Raises:
        LineError: no valid YAML, an unknown option or tag, a value of another type, a name that
            cannot be one.
    """
    found = read_mapping(yaml_lines, first_line)
    known = [option.name for option in fields(Options)]
    for key, entry in found.items():
        if key not in known:
            raise LineError(entry.line, f"unknown option {key}. Known are: {', '.join(known)}.")
    _check_names(found)
    options = Options(
        values=_table(found, "values"),
        quoted=_table(found, "quoted"),
        recorded=_text(found, "recorded", ""),
        claims=_table(found, "claims"),
        files=_table(found, "files"),
        tolerance=_tolerance(found),
        alt=_text(found, "alt", ""),
        fold=_text(found, "fold", ""),
        output=_text(found, "output", "text"),
        tags=_tags(found, tags),
    )
    if "[[" in options.fold:
        what = "fold holds `[[`, but values are not filled in there. Write it in the text."
        raise LineError(found["fold"].line, what)
    lines = {key: entry.line for key, entry in found.items()}
    return ReadOptions(options, lines, list(_expressions(found)))


def _check_lost(lines: list[str], start: int, first_line: int) -> None:
    """Refuse option lines below the first line of code: as comments they do nothing."""
    strings = StringParser("python")
    for at in range(start, len(lines)):
        in_string = strings.is_quoted()
        strings.read_line(lines[at])
        if LOST.match(lines[at]) and not in_string:
            what = f"{lines[at].strip()!r} below the top of the cell, where it does nothing."
            remedy = "Move it up, directly below the cell's marker, with no line between."
            raise LineError(first_line + at, f"{what} {remedy}")


def _text(found: dict[str, Entry], option: str, default: str) -> str:
    if option not in found:
        return default
    return found[option].text(option)


def _table(found: dict[str, Entry], option: str) -> dict[str, str]:
    if option not in found:
        return {}
    entries = found[option].mapping(option)
    return {name: entry.text(name) for name, entry in entries.items()}


def _tolerance(found: dict[str, Entry]) -> dict[str, str]:
    """Read `tolerance`: by name, or one for all floats of the cell."""
    entry = found.get("tolerance")
    if entry is None:
        return {}
    if isinstance(entry.content, str):
        return {"default": entry.text("tolerance")}
    table = _table(found, "tolerance")
    for name, item in entry.mapping("tolerance").items():
        if not name.isidentifier() and not FILE_NAME.fullmatch(name):
            what = f"tolerance: {name!r} is no name. The name comes first: `loss: rel 1e-6`."
            raise LineError(item.line, what)
        if "." in name and name not in dict(_entries(found, "files")):
            what = f"tolerance: {name} is no file of this cell."
            raise LineError(item.line, f"{what} Name one that stands under `files`.")
    return table


def _tags(found: dict[str, Entry], known: tuple[str, ...]) -> list[str]:
    if "tags" not in found:
        return []
    tags = found["tags"].texts("tags")
    for tag in tags:
        if tag not in known:
            what = f"unknown tag {tag}. Known are: {', '.join(known)}."
            raise LineError(found["tags"].line, what)
    return tags


def _check_names(found: dict[str, Entry]) -> None:
    """Refuse what cannot be the name of a value, of a claim or of a file."""
    for option in ("values", "quoted", "claims"):
        for name, entry in _entries(found, option):
            if not (name.isidentifier() and name.isascii()):
                what = f"{option}: {name!r} is not a name. Use letters, digits and underscores."
                raise LineError(entry.line, what)
            if name in RESERVED:
                what = f"{option}: {name} {RESERVED[name]}. Choose another name."
                raise LineError(entry.line, what)
    for name, entry in _entries(found, "files"):
        if not FILE_NAME.fullmatch(name):
            what = f"files: {name!r} is not the name of a file."
            remedy = "Use letters, digits and underscores, and a suffix: `weights.json`."
            raise LineError(entry.line, f"{what} {remedy}")


def _entries(found: dict[str, Entry], option: str) -> list[tuple[str, Entry]]:
    if option not in found:
        return []
    return list(found[option].mapping(option).items())


def _expressions(found: dict[str, Entry]) -> Iterator[Expression]:
    for option in ("values", "quoted", "claims", "files"):
        for name, entry in _entries(found, option):
            yield Expression(option, name, entry.text(name), entry.line)
    if "recorded" in found:
        entry = found["recorded"]
        yield Expression("recorded", "recorded", entry.text("recorded"), entry.line)
