"""Cutting a percent script into cells at its markers, outside of strings and of code in prose."""

import re
from dataclasses import dataclass

from jupytext.stringparser import StringParser

from regen.errors import LineError

__all__ = ["Segment", "cut"]

MARKERS = "Begin each cell with a line `# %%` or `# %% [markdown]`, at the very left."
MARKER = re.compile(r"# %%(?=\s|$)")
LIKE_A_MARKER = re.compile(r"\s*#\s*%%+(?=\s|$|[\[(]|\w+=|(?:markdown|md)\b)", re.IGNORECASE)
PROSE = ("[markdown]", "[md]")
MEANT_AS_PROSE = re.compile(r"[\[(]?\s*(markdown|md)\b", re.IGNORECASE)
KIND = re.compile(r"(?<!\S)\[\w*\](?!\S)")
"""A word in brackets."""
OLD_OPTION = re.compile(r"(?<!\S)(?P<key>[A-Za-z_]\w*)=")
FENCE = re.compile(r"#\s*(?P<fence>`{3,}(?=[^`]*$)|~{3,})")


@dataclass(frozen=True)
class Segment:
    """The lines of one cell, and the line of its marker in the script."""

    is_prose: bool
    line: int
    title: str
    """What follows the marker on its line."""
    lines: list[str]


def cut(lines: list[str], start: int) -> list[Segment]:
    """Cut a script's lines into cells; the first `start` lines are its front matter.

    Raises:
        LineError: text outside of cells, no cell at all, a marker or a kind of cell that is not
            known, options on a marker's line.
    """
    markers = _markers(lines, start)
    segments = []
    for line, following in zip(markers, [*markers[1:], len(lines) + 1], strict=True):
        title = _title(line, lines[line - 1])
        segments.append(Segment(_is_prose(title), line, title, lines[line : following - 1]))
    return segments


def _markers(lines: list[str], start: int) -> list[int]:
    """Find the numbers of the lines at which cells begin."""
    markers: list[int] = []
    strings = StringParser("python")
    is_prose = False
    closing: re.Pattern[str] | None = None  # of an open block of code in prose
    opened = 0  # the line of its fence
    for number, line in enumerate(lines[start:], start + 1):
        in_string = strings.is_quoted()
        strings.read_line(line)
        if in_string:
            continue
        if MARKER.match(line):
            if closing:
                what = f"a marker inside the block of code that began at line {opened}."
                raise LineError(number, f"{what} Close that block, or write `# # %%`.")
            markers.append(number)
            strings = StringParser("python")
            is_prose = _is_prose(_title(number, line))
        elif closing:
            if closing.fullmatch(line):
                closing = None
        elif LIKE_A_MARKER.match(line):
            what = f"{line.strip()!r} is no marker of a cell that is read here."
            raise LineError(number, f"{what} {MARKERS}")
        elif not markers and line.strip():
            raise LineError(number, f"text outside of any cell. {MARKERS}")
        elif is_prose:
            closing = _closing_fence(line, lines[number:])
            opened = number
    if not markers:
        raise LineError(start + 1, f"no cell. {MARKERS}")
    return markers


def _closing_fence(line: str, following: list[str]) -> re.Pattern[str] | None:
    """Say what ends the block of code that begins on this line of prose, if one does."""
    opening = FENCE.match(line)
    if not opening:
        return None
    closing = re.compile(rf"#\s*{opening['fence']}[`~]*\s*")
    is_closed = any(closing.fullmatch(later) for later in following)
    return closing if is_closed else None


def _title(line: int, marker: str) -> str:
    """Read what follows `# %%`, the kind of cell among it, and refuse what is no title."""
    title = marker.removeprefix("# %%").strip()
    if option := OLD_OPTION.search(title):
        what = f"{option['key']}= on the marker's line. Options stand below it, one a line:"
        raise LineError(line, f"{what} `#| {option['key']}: ...`")
    if re.search(r"[={}\"]|^%", title):
        what = f"{title!r} is no title of a cell. Options stand below the marker, one a line:"
        raise LineError(line, f"{what} `#| fold: Solution`")
    if _is_prose(title):
        return title
    if kind := KIND.search(title):
        what = f"a cell of kind {kind[0]}. There are code cells, `# %%`, and prose,"
        raise LineError(line, f"{what} `# %% [markdown]`.")
    if MEANT_AS_PROSE.match(title):
        what = f"{marker.strip()!r}: a prose cell begins with `# %% [markdown]`, to the letter."
        raise LineError(line, what)
    return title


def _is_prose(title: str) -> bool:
    return any(title.startswith(kind) or title.endswith(kind) for kind in PROSE)
