"""What only MkDocs understands, boxes and options of fences, as Markdown that is read anywhere."""

import re
from collections.abc import Mapping
from xml.etree import ElementTree

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from regen.prose.filling import PROSE
from regen.prose.marks import make_mark, mark_numbers

__all__ = ["plain_fences", "unbox"]

HEAD = re.compile(
    r"^(?P<indent>[ \t]*)(?P<mark>!!!|\?\?\?\+?|===[!+]?)[ ]+(?P<kinds>[\w -]*?)[ ]*"
    r'(?:"(?P<title>[^\n]*)")?[ ]*$',
    re.MULTILINE,
)
FENCE = re.compile(r"(?P<before>[ >]*(?:[-*+] |\d+\. )?[ ]*)(?P<ticks>`{3,}|~{3,})(?P<info>[^`]*)")
BRACED = re.compile(r"\s*\{\s*\.?(?P<language>[\w+-]*)[^}]*\}\s*")
"""The info of a fence in the form of MkDocs' extensions: `{ .python hl_lines="1" }`."""
STEP = 4
"""Columns by which the text of a box is indented."""


def unbox(markdown: str, *, folded: bool) -> str:
    """Write boxes as plain Markdown: a bold title and quoted text, or `<details>` where it folds.

    Args:
        markdown: the text.
        folded: whether a box that folds stays folded; else it is written as the others are.
    """
    heads = _heads(markdown)
    if not heads:
        return markdown
    lines = list(enumerate(markdown.split("\n")))
    return "\n".join(_convert(lines, heads, folded))


def plain_fences(markdown: str) -> str:
    """Write fences with the name of their language only, where options stand in braces."""
    lines = []
    closing: re.Pattern[str] | None = None
    for line in markdown.split("\n"):
        fence = FENCE.fullmatch(line)
        if closing:
            if closing.fullmatch(line):
                closing = None
        elif fence:
            ticks = fence["ticks"]
            closing = re.compile(rf"[ >]*{ticks}{ticks[0]}*\s*")
            if braced := BRACED.fullmatch(fence["info"]):
                line = f"{fence['before']}{ticks}{braced['language']}"
        lines.append(line)
    return "\n".join(lines)


def _heads(markdown: str) -> dict[int, re.Match[str]]:
    """The first lines of boxes, by number of the line; inside of code there are none."""
    candidates = list(HEAD.finditer(markdown))
    if not candidates:
        return {}
    pieces: list[str] = []
    last = 0
    for number, head in enumerate(candidates):
        title = f'"{head["title"] or ""}{make_mark(number)}"'
        pieces += [
            markdown[last : head.start()],
            f"{head['indent']}{head['mark']} {head['kinds']} {title}",
        ]
        last = head.end()
    pieces.append(markdown[last:])
    titles = _Titles()
    Markdown(extensions=[*PROSE, titles], extension_configs=PROSE).convert("".join(pieces))
    found = {}
    for number in titles.met:
        head = candidates[number]
        found[markdown.count("\n", 0, head.start())] = head
    return found


class _Titles(Extension):
    """Notes the marks in titles of boxes."""

    def __init__(self) -> None:
        super().__init__()
        self.met: set[int] = set()

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the name that Markdown calls
        """Look at the finished tree."""
        md.treeprocessors.register(_TitleProcessor(md, self.met), "regen-titles", 1)


class _TitleProcessor(Treeprocessor):
    def __init__(self, md: Markdown, met: set[int]) -> None:
        super().__init__(md)
        self.met = met

    def run(self, root: ElementTree.Element) -> None:
        """Note the marks in titles."""
        for element in root.iter():
            is_title = (
                element.tag in ("summary", "label") or element.get("class") == "admonition-title"
            )
            if is_title:
                self.met.update(mark_numbers("".join(element.itertext())))


def _convert(
    lines: list[tuple[int, str]], heads: Mapping[int, re.Match[str]], folded: bool
) -> list[str]:
    """Convert numbered lines, and what is nested in their boxes."""
    converted: list[str] = []
    at = 0
    while at < len(lines):
        number, line = lines[at]
        at += 1
        head = heads.get(number)
        if head is None:
            converted.append(line)
            continue
        # inside of a box, the lines have lost its indentation
        indent = len(line) - len(line.lstrip(" "))
        body: list[tuple[int, str]] = []
        while at < len(lines):
            number, inner = lines[at]
            if inner.strip() and len(inner) - len(inner.lstrip(" ")) < indent + STEP:
                break
            body.append((number, inner[indent + STEP :]))
            at += 1
        while body and not body[-1][1].strip():
            body.pop()
        box = _box(head, _convert(body, heads, folded), folded)
        converted += [f"{' ' * indent}{text}".rstrip() for text in box]
        if at < len(lines):
            converted.append("")
    return converted


def _box(head: re.Match[str], body: list[str], folded: bool) -> list[str]:
    """The lines of one box."""
    title = head["title"]
    if title is None:
        title = head["kinds"].partition(" ")[0].capitalize()
    while body and not body[0]:
        body = body[1:]
    if folded and head["mark"].startswith("???"):
        # inside of an HTML tag nobody reads Markdown
        shown = Markdown().convert(title).removeprefix("<p>").removesuffix("</p>")
        return ["<details>", f"<summary>{shown}</summary>", "", *body, "", "</details>"]
    lines = body
    if title:
        lines = [f"**{title}**", "", *body]
    return [f"> {line}".rstrip() for line in lines]
