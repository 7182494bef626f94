"""References in prose, written into its Markdown as plain text."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from markdown import Markdown
from markdown.inlinepatterns import LinkInlineProcessor
from markdown.util import STX

from regen.errors import RegenError
from regen.prose.markdown import References
from regen.prose.marks import MarkedText
from regen.prose.reader import SINGLE, Problem, Reader, find_token
from regen.prose.resolver import Resolver

__all__ = ["PROSE", "fill", "fill_text", "find_line"]

PROSE: dict[str, dict[str, Any]] = {
    "abbr": {},
    "admonition": {},
    "attr_list": {},
    "def_list": {},
    "footnotes": {},
    "md_in_html": {},
    "tables": {},
    "pymdownx.arithmatex": {"generic": True},
    "pymdownx.details": {},
    "pymdownx.highlight": {"use_pygments": False},
    "pymdownx.superfences": {},
    "pymdownx.tabbed": {"alternate_style": True},
}
"""The extensions that decide what is prose and what is code, with their settings."""

CANDIDATES = (
    r"(?<=\[\[)(?!\[)"  # after two brackets
    r"|(?=\]\])"  # before two that close
    # before one bracket and a name, where it does not define the address of a link
    r"|(?<![\]!\[\\])(?!\[[^\]\n]*\]:)(?=[\[{]\s*[A-Za-z_]\w*\s*[.\[:?])"
)
LINK_CANDIDATES = r"|(?<=\])(?=[\[(])"


def fill(
    markdown: str,
    resolver: Resolver,
    where: str,
    *,
    first_line: int = 1,
    address: Callable[[str], str | None] | None = None,
) -> str:
    """Write the values and claims of a text into its Markdown, as plain text.

    Args:
        markdown: the text.
        resolver: what its references stand for.
        where: the file, for messages.
        first_line: the line of the file at which the text begins, for messages.
        address: if given, the links are changed too: it gives the new address for one, or None for
            a link that becomes plain text, as do cross-references to what is described elsewhere.

    Raises:
        RegenError: a reference stands for nothing, or almost is one; each with its line.
    """
    if "[" not in markdown and "{" not in markdown:
        return markdown
    candidates = CANDIDATES + LINK_CANDIDATES if address else CANDIDATES
    marked = MarkedText.of(markdown, re.compile(candidates))
    if not marked.places:
        return markdown
    reader = Reader(resolver)
    references = References(reader, with_links=address is not None)
    md = Markdown(extensions=[*PROSE, references], extension_configs=PROSE)
    md.convert(marked.text)
    if reader.problems:
        lines = [_message(problem, marked, where, first_line) for problem in reader.problems]
        raise RegenError("\n".join(dict.fromkeys(lines)))
    edits = [*_reference_edits(reader, marked)]
    if address:
        # a link's address may hold values
        new_address = partial(_filled_address, reader, address)
        for mark, described in references.links.items():
            edits += _link_edits(marked, mark, described, md, new_address)
    return _apply(markdown, edits)


def _filled_address(reader: Reader, address: Callable[[str], str | None], href: str) -> str | None:
    return address(reader.plain(href))


def fill_text(text: str, resolver: Resolver, where: str) -> str:
    """Write the values and claims of a text without markup, such as a text alternative.

    Raises:
        RegenError: a reference stands for nothing, or almost is one; `where` says where.
    """
    reader = Reader(resolver)
    filled = reader.plain(text)
    for match in SINGLE.finditer(filled):
        reader.check_single(match)
    if reader.problems:
        raise RegenError("\n".join(f"{where}: {problem}" for problem in reader.problems))
    return filled


def find_line(source: str, text: str) -> int:
    """Return the line, from 1, on which a text stands first; 1 if it is nowhere."""
    position = source.find(text)
    return source.count("\n", 0, max(0, position)) + 1


def _message(problem: Problem, marked: MarkedText, where: str, first_line: int) -> str:
    if problem.mark is None:
        line = find_line(marked.source, problem.text) - 1
        return f"{where}:{first_line + line}: {problem}"
    line = marked.line(problem.mark)
    shown = problem.text
    if STX in shown:
        # Markdown has put something of its own, code for one, in the place of what is written
        token = find_token(marked.source, max(0, marked.places[problem.mark] - 2))
        if token is not None:
            shown = f"[[{token.inside}]]"
    return f"{where}:{first_line + line}: {shown}: {problem.message}"


Edit = tuple[int, int, str]
"""A part of a text, from and to, and what takes its place."""


def _reference_edits(reader: Reader, marked: MarkedText) -> Iterator[Edit]:
    """What `fill` changes for values and claims: of a claim, only its brackets and its name go."""
    source = marked.source
    for begun, (ended, text) in reader.values.items():
        yield marked.places[begun] - 2, marked.places[ended] + 2, text
    for begun, ended in reader.claims.items():
        start = marked.places[begun] - 2
        end = marked.places[ended]
        head = re.compile(r"\[\[[\w.]+\?\s+").match(source, start)
        if head:
            yield start, head.end(), ""
            yield end, end + 2, ""


def _link_edits(
    marked: MarkedText,
    mark: int,
    described: str | None,
    md: Markdown,
    address: Callable[[str], str | None],
) -> Iterator[Edit]:
    """What `fill` changes for a link: its address, or all but its text."""
    source = marked.source
    closing = marked.places[mark] - 1
    opening = _opening(source, closing)
    if opening is None:
        return
    is_image = opening > 0 and source[opening - 1] == "!"
    if described is not None:
        end = source.index("]", closing + 1) + 1
        yield opening, opening + 1, ""
        yield closing, end, ""
        return
    href, title, end, is_link = LinkInlineProcessor(r"\[", md).getLink(source, closing + 1)
    if not is_link:
        return
    new = address(href)
    if new is None:
        yield opening - is_image, opening + 1, ""
        yield closing, end, ""
    elif new != href:
        after = f' "{title}"' if title else ""
        yield closing, end, f"]({new}{after})"


def _opening(source: str, closing: int) -> int | None:
    """Where the bracket opens that is closed at `closing`."""
    depth = 0
    for position in range(closing, -1, -1):
        if source[position] == "]":
            depth += 1
        elif source[position] == "[":
            depth -= 1
        if depth == 0:
            return position
    return None


def _apply(source: str, edits: list[Edit]) -> str:
    """Make changes that do not overlap; one inside of another is left out."""
    pieces: list[str] = []
    at = 0
    for start, end, text in sorted(edits):
        if start < at:
            continue
        pieces += [source[at:start], text]
        at = end
    return "".join([*pieces, source[at:]])
