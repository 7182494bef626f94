"""What a reader reads of a built page, block by block: no code blocks, no drawings, no outputs."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal

from regen.files import read_text

__all__ = ["Block", "Mark", "read_css", "read_page", "read_site"]

# What is no prose: code, drawings, outputs, and what regen writes itself.
NO_PROSE_ELEMENTS = {
    *("pre", "svg", "math", "script", "style", "template", "noscript", "object", "iframe"),
    "nav",
}
# The theme's frame. It stands around an <article>, but within <main> or <body>.
FRAME = {"header", "footer", "aside", "form", "button"}
NO_PROSE_CLASSES = {
    *("highlight", "output-table", "output-markdown", "facts", "provenance"),
    *("headerlink", "footnote-ref", "footnote-backref"),
    # docstrings that a page shows are prose of the modules, and are read there
    *("doc-object", "doc-children"),
}
# The article is the first element of this kind; of the kinds, the first that the page has.
ARTICLE = ("article", "main", "body")
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
INLINE = {
    *("a", "abbr", "b", "bdi", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd"),
    *("label", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u"),
    *("var", "autoref", "svg", "math", "button", "br", "img", "wbr"),
}
# Elements that have no end.
VOID = {
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"),
    *("track", "wbr"),
}
BLANKS = re.compile(r"[ \t\r\n\f]+")
# Characters that only say where a word may be broken.
UNSEEN = re.compile("[\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}\N{WORD JOINER}\N{ZERO WIDTH JOINER}]")

MarkKind = Literal["value", "claim", "formula"]
Attributes = dict[str, str]


@dataclass(frozen=True)
class Mark:
    """A stretch of a block's text that is more than typed words: a value, a claim, or TeX."""

    kind: MarkKind
    start: int
    end: int
    title: str = ""
    """What the page shows of it under the pointer: its origin, or the claim's expression."""


@dataclass(frozen=True)
class Block:
    """One paragraph, list item, cell, heading, caption, title or text alternative."""

    page: str
    """The file's path below the site's folder."""
    heading: str
    """The id of the nearest heading above; empty before the first."""
    kind: str
    """The element's name; `alt`, `title`, `meta` or `css` for what is no element's text."""
    text: str
    marks: Sequence[Mark] = ()

    @property
    def place(self) -> str:
        """Where the block stands, as an address on the site."""
        address = self.page.removesuffix("index.html")
        if self.heading:
            return f"{address}#{self.heading}"
        return address or self.page

    def without(self, *kinds: MarkKind) -> str:
        """The text with marked stretches blanked, so that all positions stay."""
        text = self.text
        for mark in self.marks:
            if mark.kind in kinds:
                blank = "\N{OBJECT REPLACEMENT CHARACTER}" * (mark.end - mark.start)
                text = text[: mark.start] + blank + text[mark.end :]
        return text


def read_site(folder: Path) -> list[Block]:
    """Read all pages of a built site, and the texts that its own style sheets add.

    The theme's files, in the folder `assets`, are left alone.
    """
    blocks: list[Block] = []
    for path in sorted(folder.rglob("*.html")):
        page = path.relative_to(folder).as_posix()
        blocks += read_page(read_text(path), page)
    for path in sorted(folder.rglob("*.css")):
        page = path.relative_to(folder).as_posix()
        if not page.startswith("assets/"):
            blocks += read_css(read_text(path), page)
    return blocks


def read_page(html: str, page: str) -> list[Block]:
    """Read the prose of one built page, in the order in which it stands there."""
    reader = _Reader(page, _article(html))
    reader.feed(html)
    reader.close()
    return reader.blocks


def read_css(css: str, page: str) -> list[Block]:
    """Read the texts that a style sheet puts on pages with `content`."""
    css = re.sub(r"/\*.*?\*/", " ", css, flags=re.DOTALL)
    found = []
    for declaration in re.findall(r"(?<![\w-])content\s*:\s*([^;}]*)", css):
        for quoted in re.findall(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'', declaration):
            text = _unescaped("".join(quoted))
            found.append(Block(page, "", "css", text))
    return found


def _unescaped(text: str) -> str:
    """A string of CSS, with an escape such as `\\9` read as the character that it stands for."""

    def character(match: re.Match[str]) -> str:
        code = int(match[1], 16)
        return chr(code) if code <= sys.maxunicode else "\N{REPLACEMENT CHARACTER}"

    return re.sub(r"\\([0-9A-Fa-f]{1,6})\s?", character, text)


def _article(html: str) -> str:
    """The name of the element that holds the page's article."""
    for name in ARTICLE:
        if re.search(rf"<{name}[\s>]", html):
            return name
    return ""


@dataclass
class _Open:
    """An element whose end has not come yet."""

    name: str
    is_prose: bool = True
    is_block: bool = False
    outer_kind: str = ""
    """The kind of what stands around a block."""
    mark: MarkKind | None = None
    start: int = 0
    """Where the marked stretch begins."""
    title: str = ""


class _Reader(HTMLParser):
    """Reads a page from top to bottom and collects its blocks."""

    def __init__(self, page: str, article: str) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._page = page
        self._article = article
        self._no_prose = NO_PROSE_ELEMENTS
        if article != "article":
            self._no_prose = NO_PROSE_ELEMENTS | FRAME
        # what is open from the article on; empty before it and after it
        self._open: list[_Open] = []
        self._is_over = False
        self._in_title = False
        self._heading = ""
        self._kind = "p"
        self._text = ""
        self._marks: list[Mark] = []

    # ------------------------------------------------------------------------------------------
    # What the parser calls

    def close(self) -> None:
        """End what is still open."""
        super().close()
        self._end_block()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element of the article, or read what stands in the page's head."""
        attributes = {name: value or "" for name, value in attrs}
        if self._open or (tag == self._article and not self._is_over):
            self._begin(tag, attributes)
            return
        self._in_title = tag == "title"
        if tag == "meta" and attributes.get("name") == "description":
            self._note("meta", attributes.get("content", ""))

    def handle_endtag(self, tag: str) -> None:
        """End an element, and with it what was left open in it, such as a `<p>`."""
        self._in_title = False
        if all(element.name != tag for element in self._open):
            return
        while self._open:
            element = self._open.pop()
            self._end(element)
            if element.name == tag:
                break
        self._is_over = not self._open

    def handle_data(self, data: str) -> None:
        """Read a text of the article, or the page's title."""
        if self._in_title:
            self._note("title", data)
        elif self._open and self._open[-1].is_prose:
            self._add(data)

    # ------------------------------------------------------------------------------------------
    # Elements

    def _begin(self, tag: str, attributes: Attributes) -> None:
        element = _Open(tag)
        if self._open and not self._open[-1].is_prose:
            # all that stands in what is no prose is none
            element.is_prose = False
        else:
            self._begin_prose(element, attributes)
        if tag not in VOID:
            self._open.append(element)

    def _begin_prose(self, element: _Open, attributes: Attributes) -> None:
        classes = set(attributes.get("class", "").split())
        if element.name not in INLINE:
            self._begin_block(element)
        if element.name in self._no_prose or not classes.isdisjoint(NO_PROSE_CLASSES):
            element.is_prose = False
            return
        if element.name in HEADINGS:
            self._heading = attributes.get("id", self._heading)
        if element.name == "br":
            self._add(" ")
        if element.name == "sup":
            # 10<sup>-3</sup> is a number, and must not be read as 10-3
            self._add("^")
        element.mark = _mark(element.name, classes)
        if element.mark is None:
            self._note("alt", attributes.get("alt", ""))
            self._note("alt", attributes.get("aria-label", ""))
            self._note("title", attributes.get("title", ""))
            return
        element.start = len(self._text)
        element.title = attributes.get("title", "")
        if element.mark == "formula":
            # a formula that is drawn has its TeX as its label; one that is not, as its text
            self._add(attributes.get("aria-label", ""))

    def _begin_block(self, element: _Open) -> None:
        self._end_block()
        element.is_block = True
        element.outer_kind = self._kind
        # a paragraph in a list item, a cell or a box is of the kind of what holds it
        if element.name not in ("div", "section", "p", *ARTICLE):
            self._kind = element.name

    def _end(self, element: _Open) -> None:
        if element.mark is not None and element.start <= len(self._text):
            end = len(self._text)
            self._marks.append(Mark(element.mark, element.start, end, element.title))
        if element.is_block:
            self._end_block()
            self._kind = element.outer_kind

    # ------------------------------------------------------------------------------------------
    # Blocks

    def _add(self, text: str) -> None:
        """Append to the block, each stretch of blanks as one; no-break spaces stay."""
        text = BLANKS.sub(" ", UNSEEN.sub("", text))
        if not self._text or self._text.endswith(" "):
            text = text.removeprefix(" ")
        self._text += text

    def _end_block(self) -> None:
        text = self._text.rstrip(" ")
        if text:
            block = Block(self._page, self._heading, self._kind, text, tuple(self._marks))
            self.blocks.append(block)
        self._text = ""
        self._marks = []

    def _note(self, kind: str, text: str) -> None:
        """Keep a text that is shown or read aloud in the place of an element."""
        text = BLANKS.sub(" ", UNSEEN.sub("", text)).strip()
        block = Block(self._page, self._heading, kind, text)
        # the meaning of an abbreviation stands at each of its places; once is enough
        if text and block not in self.blocks:
            self.blocks.append(block)


def _mark(name: str, classes: set[str]) -> MarkKind | None:
    """What an element marks, if anything."""
    if not classes.isdisjoint({"formula", "arithmatex"}):
        return "formula"
    if name == "span" and "value" in classes:
        return "value"
    if name == "span" and "claim" in classes:
        return "claim"
    return None
