"""References in a piece of text: where they begin and end, and brackets that almost are one."""

import html
import re
from dataclasses import dataclass, field, replace

from regen.errors import RegenError
from regen.prose.marks import MARK, mark_numbers, unmark
from regen.prose.resolver import CLAIM, NAME, REFERENCE, SUMMARIES, Resolver, Value

__all__ = ["OPENING", "SINGLE", "Problem", "Reader", "Token", "find_token"]

OPENING = re.compile(rf"\[\[(?!\[)(?:{MARK})?")
"""Two brackets that may begin a reference: of three, the last two."""
SINGLE = re.compile(
    rf"(?<!\[)(?:{MARK})?[\[{{]\s*(?P<first>{NAME})\s*"
    rf"(?:[.\[]\s*['\"]?(?P<second>{NAME})|:[^\]}}\s]*[bcdeEfFgGnosxX%,][\]}}]|(?P<claim>\?)\s)"
)
"""One bracket or brace before what looks like a reference."""
BRACKET = re.compile(rf"(?P<mark>{MARK})?(?P<bracket>[\[\]])")
LINK_FOLLOWS = re.compile(rf"(?:{MARK})?(?:\((?!\()|\[(?!\[))")
LINK_ENDS = re.compile(rf"[^\[\]\n]*\](?:{MARK})?[(\[]")
UNCLOSED = re.compile(r"[^\[\]\n]*")
MATRIX = re.compile(
    r"(?:[\s\d.,;+\[\]-]|e(?=[\d+-])|\b(?:inf|nan|True|False|None)\b)*", re.IGNORECASE
)
ALMOST = re.compile(r"[\w-]+\.[A-Za-z_]\w*")  # two names with a dot between them
REMEDY = (
    "Write [[name]] or [[name:format]] for a value of the page, [[page.name]] for one of another "
    r"page, [[name? text]] for a claim, \[[ for two brackets."
)


@dataclass(frozen=True)
class Token:
    """Brackets that are closed as a reference's are."""

    inside: str
    start: int
    end: int
    marks: tuple[int, int] | None
    """The marks at its beginning and end, if the text has any."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with a reference."""

    text: str
    """The reference, or what looks like one, as it stands in the source."""
    message: str
    mark: int | None = None

    def __str__(self) -> str:
        return f"{self.text}: {self.message}"


def find_token(text: str, start: int) -> Token | None:
    """Find where the two brackets that begin at `start` are closed by two others, if they are."""
    depth = 0
    last: re.Match[str] | None = None
    for match in BRACKET.finditer(text, start):
        if match["bracket"] == "[":
            depth += 1
        else:
            depth -= 1
        if depth == 0:
            break
        last = match
    else:
        return None
    # the last two brackets stand side by side, or the first one closed something else
    if last is None or last["bracket"] != "]" or last.end() != match.start():
        return None
    inside = text[start + 2 : last.start()]
    opening = OPENING.match(text, start)
    begun = mark_numbers(opening[0]) if opening else []
    ended = mark_numbers(last["mark"] or "")
    marks = (begun[0], ended[0]) if begun and ended else None
    return Token(unmark(inside), start, match.end(), marks)


@dataclass
class Reader:
    """Reads references in text without markup, and gathers what is wrong."""

    resolver: Resolver
    problems: list[Problem] = field(default_factory=list)
    values: dict[int, tuple[int, str]] = field(default_factory=dict)
    """By the mark at its beginning: the mark at a value's end, and its text."""
    claims: dict[int, int] = field(default_factory=dict)
    """By the mark at its beginning: the mark at a claim's end."""

    def value(self, token: Token) -> Value | None:
        """Look up the value of a token; None if it is not one, or there is none."""
        match = REFERENCE.fullmatch(token.inside)
        if not match:
            return None
        try:
            found = self.resolver.value(match["path"], match["format"] or "")
        except RegenError as error:
            self.refuse(token, str(error))
            return None
        if token.marks:
            begun, ended = token.marks
            self.values[begun] = ended, found.text
        return found

    def claim(self, token: Token) -> tuple[str, str] | None:
        """Look up the claim of a token: its text, and what is to be said of it."""
        match = CLAIM.fullmatch(token.inside)
        if not match:
            return None
        try:
            found = self.resolver.claim(match["path"])
        except RegenError as error:
            self.refuse(token, str(error))
            return None
        if token.marks:
            begun, ended = token.marks
            self.claims[begun] = ended
        title = f"Checked: {found.expression}" if found.checked else ""
        return match["text"], title

    def is_link(self, text: str, token: Token) -> bool:
        """Whether a token is the text of a link, in brackets; refused if it is a value, too."""
        match = REFERENCE.fullmatch(token.inside)
        if not match or not LINK_FOLLOWS.match(text, token.end):
            return False
        try:
            self.resolver.value(match["path"], match["format"] or "")
        except RegenError:
            return True
        what = "may be a value, or the text of a link."
        self.refuse(token, f"{what} Write [[[name]]](address) for a link, or a space in between.")
        return True

    def refuse(self, token: Token, message: str) -> None:
        """Remember what is wrong with a token."""
        mark = token.marks[0] if token.marks else None
        self.problems.append(Problem(f"[[{token.inside}]]", message, mark))

    def plain(self, text: str, *, tex: bool = False) -> str:
        """Replace the references in a text without markup, or in TeX that is escaped as HTML."""
        pieces: list[str] = []
        at = 0
        for opening in OPENING.finditer(text):
            if opening.start() < at:
                continue  # inside of a claim that is done
            token = find_token(text, opening.start())
            replacement = self._plain_token(text, opening, token, tex)
            if token is None or replacement is None:
                continue
            pieces += [text[at : opening.start()], replacement]
            at = token.end
        return "".join([*pieces, text[at:]])

    def _plain_token(
        self, text: str, opening: re.Match[str], token: Token | None, tex: bool
    ) -> str | None:
        """What stands for a token in a text without markup; None for brackets that stay."""
        if token is not None and tex:
            token = replace(token, inside=html.unescape(token.inside))
            if self._is_tex(token.inside):
                return None
        if token is not None and REFERENCE.fullmatch(token.inside):
            value = self.value(token)
            if value is None:
                return None
            return html.escape(value.text, quote=False) if tex else value.text
        if token is not None and CLAIM.fullmatch(token.inside):
            if self.claim(token) is None:
                return None
            # the text as it stands, with its marks, for the values in it
            start = _text_of(text, token)
            end = _close_of(text, token)
            return self.plain(text[start:end])
        self.check(text, opening.start(), tex=tex)
        return None

    def _is_tex(self, inside: str) -> bool:
        """Whether two brackets in a formula are mathematics: one letter that names no value."""
        return len(inside) == 1 and not self.resolver.knows_own(inside)

    def check(self, text: str, start: int, *, tex: bool = False) -> None:
        """Refuse two brackets that look like a reference and are none.

        A link whose text has brackets, a matrix of numbers and most of what a formula holds pass.
        """
        token = find_token(text, start)
        opening = OPENING.match(text, start)
        assert opening is not None
        first = unmark(UNCLOSED.findall(text, opening.end())[0])
        if token is not None:
            shown = f"[[{token.inside}]]"
            is_link = LINK_FOLLOWS.match(text, token.end)
            # in a formula, two brackets are mathematics; others may hold a footnote or a link
            holds_link = first.startswith("^") or "][" in token.inside
            is_closed = not tex and not holds_link
            is_matrix = MATRIX.fullmatch(token.inside)
        else:
            shown = f"[[{first}"
            is_link = LINK_ENDS.match(text, opening.end())
            is_closed = False
            is_matrix = None
        if is_link or is_matrix:
            return
        if is_closed or self._meant(first) or ALMOST.fullmatch(first.strip()):
            self._misunderstood(shown, mark_numbers(opening[0]))

    def _meant(self, inside: str) -> bool:
        """Whether text begins with a known name, and goes on as references do."""
        match = re.match(r"\s*(?P<name>[\w-]+)\s*(?P<next>[.:?|\[]|$)", inside)
        if not match:
            return False
        name = match["name"]
        if match["next"] == "?" and self.resolver.knows_claim(name):
            return True
        return self.resolver.knows_page(name) or self.resolver.knows_own(name)

    def check_single(self, match: re.Match[str]) -> None:
        """Refuse one bracket or brace before the name of a value, where two were meant."""
        first = match["first"]
        second = match["second"]
        if LINK_ENDS.match(match.string, match.end()):
            return
        if match["claim"]:
            meant = self.resolver.knows_claim(first)
        elif second is None:
            meant = self.resolver.knows_own(first)
        else:
            of_page = self.resolver.knows_page(first) and (
                self.resolver.knows_value(first, second) or self.resolver.knows_claim(second, first)
            )
            of_own = self.resolver.knows_own(first) and second in SUMMARIES
            meant = of_page or of_own
        if meant:
            self._misunderstood(unmark(match[0]), mark_numbers(match[0]))

    def _misunderstood(self, shown: str, begun: list[int]) -> None:
        """Remember a near miss, and the mark at its beginning, if there is one."""
        mark = begun[0] if begun else None
        self.problems.append(Problem(shown, f"not a reference that is understood. {REMEDY}", mark))


def _text_of(text: str, token: Token) -> int:
    """Where a claim's text begins."""
    head = re.compile(rf"\[\[(?:{MARK})?[\w.]+\?\s+").match(text, token.start)
    return head.end() if head else token.start


def _close_of(text: str, token: Token) -> int:
    """Where a claim's text ends: before the two brackets at its end, and their marks."""
    close = re.compile(rf"(?:{MARK})?\](?:{MARK})?\]$").search(text[: token.end])
    return close.start() if close else token.end
