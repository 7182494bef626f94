"""Marks in Markdown: invisible numbers that show which text a conversion met as prose."""

import re
from dataclasses import dataclass

__all__ = ["MARK", "SHIELD", "MarkedText", "make_mark", "mark_numbers", "shield", "unmark"]

# These code points are noncharacters: Unicode keeps them for use inside of programs.
OPEN = "\ufdd0"
CLOSE = "\ufdd1"
SHIELD = "\ufdd2"
"""Stands for two brackets that are no reference, until the page is finished."""
MARK = rf"{OPEN}(?:\d+){CLOSE}"
"""The pattern of a mark."""


def make_mark(number: int) -> str:
    """Return the mark of a number."""
    return f"{OPEN}{number}{CLOSE}"


def mark_numbers(text: str) -> list[int]:
    """Return the numbers of all marks in a text."""
    return [int(number) for number in re.findall(rf"{OPEN}(\d+){CLOSE}", text)]


def unmark(text: str) -> str:
    """Return the text without marks."""
    return re.sub(MARK, "", text)


def shield(text: str) -> str:
    """Hide two brackets in the output of a cell, where they are no reference."""
    return text.replace("[[", SHIELD)


@dataclass(frozen=True)
class MarkedText:
    """A text with a mark at each place where a pattern of no width matches."""

    source: str
    text: str
    places: list[int]
    """By number of a mark: the position in the source before which it stands."""

    @classmethod
    def of(cls, source: str, pattern: re.Pattern[str]) -> "MarkedText":
        """Mark a text."""
        places = [match.start() for match in pattern.finditer(source)]
        pieces: list[str] = []
        last = 0
        for number, place in enumerate(places):
            pieces += [source[last:place], make_mark(number)]
            last = place
        pieces.append(source[last:])
        return cls(source, "".join(pieces), places)

    def line(self, number: int) -> int:
        """Return the line of a mark, from 0."""
        return self.source.count("\n", 0, self.places[number])
