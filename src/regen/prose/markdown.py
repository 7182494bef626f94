"""References in prose, shown on a page: an extension of Python-Markdown."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.postprocessors import Postprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from regen.prose.marks import MARK, SHIELD, mark_numbers
from regen.prose.reader import OPENING, SINGLE, Reader, find_token
from regen.prose.resolver import CLAIM, REFERENCE, Resolver

__all__ = ["References", "leftovers"]

LINK = re.compile(rf"\](?P<mark>{MARK})(?P<next>\((?!\()|\[(?!\[|\^)(?P<id>[^\[\]]*)\])")
CODE_TAGS = re.compile(
    r"<(?P<tag>code|kbd|samp|pre)\b[^<>]*>.*?</(?P=tag)>", re.DOTALL | re.IGNORECASE
)
NOT_PROSE = ("kbd", "samp", "code", "pre", "script", "style", "textarea")


class References(Extension):
    """Shows values and claims, each with where it comes from.

    Whoever converts a text gives the reader, and finds in it afterwards what is wrong.
    """

    def __init__(self, reader: Reader, *, with_links: bool = False) -> None:
        super().__init__()
        self.reader = reader
        self.with_links = with_links
        self.links: dict[int, str | None] = {}
        """By mark: a link in prose; None, or the name of what is described elsewhere."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the name that Markdown calls
        """Register what reads references: after code and escapes (190, 180), before links (170)."""
        md.inlinePatterns.register(_EscapedProcessor(md), "regen-escaped", 181)
        md.inlinePatterns.register(_ValueProcessor(md, self), "regen-value", 175)
        md.inlinePatterns.register(_ClaimProcessor(md, self), "regen-claim", 174)
        md.inlinePatterns.register(_SingleProcessor(md, self), "regen-single", 85)
        if self.with_links:
            md.inlinePatterns.register(_LinkProcessor(md, self), "regen-link", 172)
        md.treeprocessors.register(_PlainTexts(md, self), "regen-plain", 6)
        md.postprocessors.register(_Unshield(md), "regen-unshield", -10)


class _EscapedProcessor(InlineProcessor):
    """Two brackets after a backslash are two brackets."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(rf"(?<!\\)((?:\\\\)*)\\\[\[(?:{MARK})?", md)

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[str, int, int]:  # noqa: N802
        return SHIELD, m.end(1), m.end()


class _TokenProcessor(InlineProcessor):
    """What begins with two brackets in prose."""

    def __init__(self, md: Markdown, references: References) -> None:
        super().__init__(OPENING.pattern, md)
        self.references = references
        self.looked_at = ""
        self.tags: list[tuple[int, int]] = []

    def in_tag(self, data: str, position: int) -> bool:
        """Whether this is inside of an HTML tag, or between two that mark code."""
        if data != self.looked_at:
            assert self.md is not None
            tag = self.md.inlinePatterns["html"].getCompiledRegExp()
            self.looked_at = data
            found = [*tag.finditer(data), *CODE_TAGS.finditer(data)]
            self.tags = [match.span() for match in found]
        return any(start < position < end for start, end in self.tags)


class _ValueProcessor(_TokenProcessor):
    """Shows values; refuses what looks like a reference and is none."""

    def handleMatch(  # noqa: N802
        self, m: re.Match[str], data: str
    ) -> tuple[ElementTree.Element | None, int | None, int | None]:
        if self.in_tag(data, m.start()):
            return None, None, None
        reader = self.references.reader
        token = find_token(data, m.start())
        if token is None or not REFERENCE.fullmatch(token.inside):
            if token is None or not CLAIM.fullmatch(token.inside):
                reader.check(data, m.start())
            return None, None, None
        if reader.is_link(data, token):
            return None, None, None
        value = reader.value(token)
        if value is None:
            return None, None, None
        attributes = {"class": f"value {value.kind}", "title": value.origin}
        element = ElementTree.Element("span", attributes)
        element.text = AtomicString(value.text)
        return element, token.start, token.end


class _ClaimProcessor(_TokenProcessor):
    """Shows claims, whose values are shown already."""

    def handleMatch(  # noqa: N802
        self, m: re.Match[str], data: str
    ) -> tuple[ElementTree.Element | None, int | None, int | None]:
        token = find_token(data, m.start())
        if token is None or self.in_tag(data, m.start()):
            return None, None, None
        claim = self.references.reader.claim(token)
        if claim is None:
            return None, None, None
        text, title = claim
        element = ElementTree.Element("span", {"class": "claim"})
        if title:
            element.set("title", title)
        element.text = text  # Markdown goes on with what is in it
        return element, token.start, token.end


class _SingleProcessor(InlineProcessor):
    """Refuses one bracket where two were meant, once the links are gone."""

    def __init__(self, md: Markdown, references: References) -> None:
        super().__init__(SINGLE.pattern, md)
        self.references = references

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[None, None, None]:  # noqa: N802
        self.references.reader.check_single(m)
        return None, None, None


class _LinkProcessor(InlineProcessor):
    """Notes the links in prose; only in marked text."""

    def __init__(self, md: Markdown, references: References) -> None:
        super().__init__(LINK.pattern, md)
        self.references = references

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[None, None, None]:  # noqa: N802
        assert self.md is not None
        (mark,) = mark_numbers(m["mark"])
        if m["id"] is None:
            self.references.links[mark] = None
        elif m["id"].lower() not in self.md.references:
            self.references.links[mark] = m["id"]
        return None, None, None


class _PlainTexts(Treeprocessor):
    """Fills formulas and attributes, where no element may stand."""

    def __init__(self, md: Markdown, references: References) -> None:
        super().__init__(md)
        self.references = references

    def run(self, root: ElementTree.Element) -> None:
        """Fill a page's formulas and attributes, and refuse references in raw HTML tags."""
        reader = self.references.reader
        for element in root.iter():
            is_formula = "arithmatex" in (element.get("class") or "").split()
            if is_formula and element.text:
                element.text = AtomicString(reader.plain(element.text, tex=True))
            for name, text in element.items():
                if isinstance(text, str) and "[[" in text:
                    element.set(name, reader.plain(text))
        assert self.md is not None
        for raw in self.md.htmlStash.rawHtmlBlocks:
            if isinstance(raw, str) and "[[" in raw:
                self._check_tags(raw, reader)

    @staticmethod
    def _check_tags(raw: str, reader: Reader) -> None:
        """Refuse references in the attributes of HTML that is taken as it is."""
        parser = _Texts()
        parser.feed(raw)
        for text in parser.attributes:
            for opening in OPENING.finditer(text):
                token = find_token(text, opening.start())
                if token and (REFERENCE.fullmatch(token.inside) or CLAIM.fullmatch(token.inside)):
                    what = "in an HTML tag, where nothing is filled in. Write it in the text."
                    reader.refuse(token, what)
                else:
                    reader.check(text, opening.start())


class _Unshield(Postprocessor):
    """Two brackets that are no reference, at last."""

    def run(self, text: str) -> str:
        """Write hidden brackets as entities, by which `leftovers` knows them."""
        return text.replace(SHIELD, "&#91;&#91;")


class _Texts(HTMLParser):
    """Gathers the texts outside of code, and the attributes, of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.texts: list[str] = []
        self.attributes: list[str] = []
        self.code: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the attributes; a formula's label is TeX, which was read before."""
        classes = (dict(attrs).get("class") or "").split()
        if "formula" not in classes:
            self.attributes += [text for _, text in attrs if text and "[[" in text]
        if tag in NOT_PROSE:
            self.code.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the attributes of an element without content."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave a piece of code."""
        if self.code and self.code[-1] == tag:
            self.code.pop()

    def handle_data(self, data: str) -> None:
        """Keep a text outside of code."""
        if not self.code and "[[" in data:
            self.texts.append(data)


def leftovers(page_html: str, resolver: Resolver) -> list[str]:
    """Find references that are still there in finished HTML, outside of code: the last net.

    An escaped pair of brackets, a matrix and a formula are none.
    """
    if "[[" not in page_html:
        return []
    parser = _Texts()
    parser.feed(page_html)
    parser.close()
    found: list[str] = []
    for text in [*parser.texts, *parser.attributes]:
        for opening in OPENING.finditer(text):
            reader = Reader(resolver)
            reader.check(text, opening.start())
            found += [problem.text for problem in reader.problems]
    return found
