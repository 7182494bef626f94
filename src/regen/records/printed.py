"""Printed lines: the numbers in them, the tolerance of each, what a value looks like in print."""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from regen.records.parts import has_float
from regen.records.tolerance import Tolerance

__all__ = [
    "Printed",
    "ToleranceKeys",
    "find_numbers",
    "following",
    "keys_of",
    "mask",
    "rounded",
    "shows",
    "shows_in_order",
]

NUMBER = re.compile(
    r"""
    (?<![\w.])                  # not within a word or a version
    [-+]?
    (?:
        \d+ (?:,\d{3})* (?:\.\d*)? (?:[eE][-+]?\d+)?
        | \.\d+ (?:[eE][-+]?\d+)?
        | nan
        | inf
    )
    (?! \w | \.\w )
    """,
    re.VERBOSE,
)
INTEGER = re.compile(r"[-+]?[\d,]+")
WORD = re.compile(r"([A-Za-z_]\w*)[\s:=]*$")
LONGEST_WORD = 200
PERCENT = re.compile(r"\s?%")

# a half of the last decimal, and what binary numbers cannot hold of it
HALF = 0.5 + 1e-6


@dataclass(frozen=True)
class Printed:
    """One number of a line; `line[start:end]` is its text."""

    text: str
    start: int
    end: int
    word: str
    """The word right before it, apart from `:`, `=` and spaces."""
    percent: bool
    """Whether a percent sign follows."""

    @property
    def value(self) -> float:
        """The number; commas between its thousands do not count."""
        return float(self.text.replace(",", ""))

    @property
    def is_nan(self) -> bool:
        """Whether it is no number at all."""
        return self.text == "nan"

    @property
    def is_integer(self) -> bool:
        """Whether it is printed without decimals and exponent."""
        return INTEGER.fullmatch(self.text) is not None

    @property
    def form(self) -> str:
        """Its form as Python's format has it: `.4f`, `.2e`; "" for nan and inf.

        Decimals and exponent belong to the text: 1, 1.0 and 1e+00 are three forms.
        """
        mantissa, exponent, _ = self.text.lower().partition("e")
        if not math.isfinite(self.value):
            return ""
        decimals = len(mantissa.partition(".")[2])
        kind = "e" if exponent else "f"
        return f".{decimals}{kind}"


@lru_cache(maxsize=10_000)
def find_numbers(line: str) -> tuple[Printed, ...]:
    """Find the numbers of a printed line."""
    found = []
    for match in NUMBER.finditer(line):
        # a line of HTML is long, and a word is not
        label = WORD.search(line, max(0, match.start() - LONGEST_WORD), match.start())
        word = label[1] if label else ""
        percent = PERCENT.match(line, match.end()) is not None
        found.append(Printed(match[0], match.start(), match.end(), word, percent))
    return tuple(found)


def following(word: str, lines: Collection[str]) -> list[Printed]:
    """Find the numbers that stand right after a word, in all lines."""
    found = []
    for line in lines:
        found += [number for number in find_numbers(line) if number.word == word]
    return found


def mask(line: str, numbers: Sequence[Printed]) -> list[str]:
    """Give what is left of a line without these numbers and the padding before them."""
    rest = []
    end = 0
    for number in numbers:
        rest.append(line[end : number.start].rstrip())
        end = number.end
    rest.append(line[end:])
    return rest


def rounded(value: float, like: Printed) -> float:
    """Round a number as it would be printed in the form of another."""
    if not like.form or not math.isfinite(value):
        return value
    return float(format(value, like.form))


def shows(number: Printed, value: float) -> bool:
    """Whether a printed number is this value, to the decimals that are printed."""
    if number.percent:
        value = 100 * value
    if not number.form or not math.isfinite(value):
        return number.value == value
    decimals = int(number.form[1:-1])
    exponent = 0
    if number.form.endswith("e"):
        exponent = int(re.split("[eE]", number.text)[1])
    unit = 10.0 ** (exponent - decimals)
    return abs(number.value - value) <= HALF * unit


def shows_in_order(numbers: Sequence[Printed], values: Sequence[float]) -> bool:
    """Whether printed numbers are numbers of a list, all or some of them, in its order."""
    # each search goes on behind the value at which the one before ended
    left = iter(values)
    return all(any(shows(number, value) for value in left) for number in numbers)


@dataclass(frozen=True)
class ToleranceKeys:
    """Which tolerance of its cell a printed number has.

    A number has the tolerance of the word before it, else `text`, else `default`. An integer has
    only that of its word, and only where that word names no float of the cell: a tolerance that
    stands there for the value `first = 0.25` is none for the count that is printed as `first 3`.
    """

    tolerances: Mapping[str, Tolerance]
    float_words: frozenset[str]
    """The words that name a float, as a value of the cell or as a printed number."""

    def _unless_exact(self, number: Printed) -> str:
        """Give the key that the number comes under, "" if it is compared to the letter."""
        key = self.key(number)
        if not key or self.tolerances[key].kind == "exact":
            return ""
        return key

    def key(self, number: Printed) -> str:
        """Give the key that the number comes under, also where that says `exact`."""
        if number.is_nan and "nan" in self.tolerances:
            return ""
        named = number.word in self.tolerances and number.word not in NOT_WORDS
        if number.is_integer:
            if named and number.word not in self.float_words:
                return number.word
            return ""
        if named:
            return number.word
        for key in ("text", "default"):
            if key in self.tolerances:
                return key
        return ""

    def tolerated(self, line: str) -> list[tuple[str, Printed]]:
        """Find the numbers of a line that have a tolerance, each with its key."""
        keyed = [(self._unless_exact(number), number) for number in find_numbers(line)]
        return [(key, number) for key, number in keyed if key]

    def with_key(self, key: str, lines: Iterable[str]) -> list[Printed]:
        """Find the numbers that have a certain tolerance, in all lines."""
        found = []
        for line in lines:
            found += [number for other, number in self.tolerated(line) if other == key]
        return found


NOT_WORDS = ("text", "default", "figure", "nan")
"""Keys of a tolerance that stand for a kind of number and are no word or name."""


def keys_of(
    tolerances: Mapping[str, Tolerance], lines: Sequence[str], values: Mapping[str, Any]
) -> ToleranceKeys:
    """Give the keys for a cell, by what it prints and computes on record."""
    words: set[str] = set()
    for line in lines:
        words.update(number.word for number in find_numbers(line) if not number.is_integer)
    names = {name for name, value in values.items() if has_float(value)}
    return ToleranceKeys(tolerances, frozenset(words | names))
