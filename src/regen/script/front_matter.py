"""Front matter: the comment at the top of a script that says what the page is called and about."""

import re
from dataclasses import KW_ONLY, dataclass, field

from regen.errors import LineError
from regen.script.yaml_text import read_mapping

__all__ = ["FrontMatter", "read_front_matter"]

REMEDY = "Begin the script with a line `# ---`, then `# title: ...`, then a line `# ---`."
MARK = "# ---"
ABOVE = re.compile(r"#!|#.*coding[:=]|\s*$")
"""What may stand above it: the line that names the interpreter, the encoding, empty lines."""


@dataclass(frozen=True)
class FrontMatter:
    """What the front matter of a page declares."""

    _: KW_ONLY
    title: str
    teaches: str = ""
    before: str = ""
    sources: list[str] = field(default_factory=list)
    tolerance: str = ""


def read_front_matter(lines: list[str]) -> tuple[FrontMatter, int]:
    """Read the front matter of a script; give it and the number of lines that it takes.

    Raises:
        LineError: there is none, it does not parse, has no title, an unknown key, or a reference
            to a value.
    """
    marks = [number for number, line in enumerate(lines) if line.strip() == MARK][:2]
    if len(marks) < 2 or not all(ABOVE.match(line) for line in lines[: marks[0]]):
        raise LineError(1, f"no front matter. {REMEDY}")
    start, end = marks
    inside = lines[start + 1 : end]
    for number, line in enumerate(inside, start + 2):
        if not line.startswith("#"):
            what = f"{line!r} in the front matter is no comment. Begin it with `# `."
            raise LineError(number, what)
    yaml_lines = [line.removeprefix("#").removeprefix(" ") for line in inside]
    return _front_matter(yaml_lines, start + 2), end + 1


def _front_matter(lines: list[str], first_line: int) -> FrontMatter:
    try:
        found = read_mapping(lines, first_line)
    except LineError as error:
        raise LineError(error.line, f"front matter: {error.what}") from error
    texts: dict[str, str] = {}
    sources: list[str] = []
    for key, entry in found.items():
        if key in ("title", "teaches", "before", "tolerance"):
            texts[key] = entry.text(key)
        elif key == "sources":
            sources = entry.texts(key)
        else:
            known = "title, teaches, before, sources, tolerance"
            raise LineError(entry.line, f"front matter: unknown key {key}. Known are: {known}.")
        if "[[" in entry.written:
            what = f"front matter: {key} holds `[[`, but values are not filled in there."
            raise LineError(entry.line, f"{what} Write it in the text.")
    if "title" not in texts:
        raise LineError(first_line - 1, f"no title. {REMEDY}")
    return FrontMatter(**texts, sources=sources)
