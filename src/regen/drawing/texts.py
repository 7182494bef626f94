"""Texts: the numbers in them, and those that differ in their numbers alone as one table."""

import json
import math
import re
from typing import Any

from .columns import PARTS, mean, parts, short
from .directions import Direction
from .series import joined_columns, summed_up

__all__ = ["as_float", "pattern", "shown_texts", "text_tables"]

NUMBER = re.compile(
    # not inside a name (`a_1`, `float32`), nor an exponent of a formula (`10^{-3}`)
    r"(?<![\w.^{\\])"
    r"[-+\N{MINUS SIGN}]?"
    r"(?:\d{1,3}(?:,\d{3})+|\d+)"
    r"(?:\.\d+)?"
    r"(?:[eE][-+]?\d{1,2})?"
    r"(?!\d)"
)


def pattern(text: str) -> str:
    """Put a mark for each number of a text: `#`, `#.#` with decimals, `#e#` with an exponent."""
    return NUMBER.sub(_mark, text)


def _mark(found: re.Match[str]) -> str:
    number = found[0].lower()
    if "e" in number:
        return "#e#"
    return "#.#" if "." in number else "#"


def shown_texts(text: str) -> list[str]:
    """Find the numbers in a text, as shown."""
    return NUMBER.findall(text)


def as_float(shown: str) -> float:
    """Read a number as shown, with separators of thousands and a real minus sign."""
    return float(shown.replace(",", "").replace("\N{MINUS SIGN}", "-"))


def text_tables(texts: list[dict[str, Any]], x: Direction, y: Direction) -> list[dict[str, Any]]:
    """Make tables of texts, those that differ in their numbers alone joined.

    Args:
        texts: each with `text`, the columns `x` and `y` (or none), and its look.
        x: the direction across.
        y: the direction upwards.
    """
    alike: dict[str, list[dict[str, Any]]] = {}
    for text in texts:
        look = {name: value for name, value in text.items() if name not in ("text", "columns")}
        key = json.dumps([pattern(text["text"]), look, list(text["columns"])])
        alike.setdefault(key, []).append(text)
    return [_text_table(group, x, y) for group in alike.values()]


def _text_table(group: list[dict[str, Any]], x: Direction, y: Direction) -> dict[str, Any]:
    table = summed_up({**group[0], "columns": joined_columns(group)}, x, y)
    table.pop("gaps", None)
    table["n"] = len(group)
    if len(group) == 1:
        table.pop("n")
        return table
    table["text"] = pattern(group[0]["text"])
    rows = [map(as_float, shown_texts(text["text"])) for text in group]
    numbers = [_shown_column(list(values)) for values in zip(*rows, strict=True)]
    if numbers:
        table["numbers"] = numbers
    return table


def _shown_column(values: list[float]) -> Any:
    """A column of numbers that are shown as text, to the last digit.

    Where they are many, a tilt (each number weighed by its place) shows if two change places.
    """
    if len(values) <= PARTS:
        return list(map(short, values))
    means = [mean(part) for part in parts(values, PARTS)]
    weighted = [value * place for place, value in enumerate(values, 1)]
    tilt = math.fsum(weighted) / len(values)
    return {
        "range": [short(min(values)), short(max(values))],
        "means": [short(float(f"{value:.10g}")) for value in means],
        "tilt": short(float(f"{tilt:.10g}")),
    }
