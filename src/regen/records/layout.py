"""JSON laid out for reviewers: one line for each thing that can change by itself."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["array", "lay_out", "table"]

SHORT = 60
"""Characters up to which what lies inside of a part stays on one line."""


def lay_out(value: Any, depth: int, indent: str) -> str:
    """Write JSON whose items stand on lines of their own, so many levels deep."""
    inner = indent + " "
    if isinstance(value, dict):
        return table({key: _item(item, depth - 1, inner) for key, item in value.items()}, indent)
    if isinstance(value, list):
        return array([_item(item, depth - 1, inner) for item in value], indent)
    return json.dumps(value, ensure_ascii=False)


def _item(value: Any, depth: int, indent: str) -> str:
    """Write what lies inside of a part: on one line if it is short, a list of numbers, or deep."""
    line = json.dumps(value, ensure_ascii=False)
    holds_numbers = isinstance(value, list) and not any(
        isinstance(item, str | list | dict) for item in value
    )
    if depth == 0 or len(line) <= SHORT or holds_numbers:
        return line
    return lay_out(value, depth, indent)


def table(items: Mapping[str, str], indent: str) -> str:
    """Write a table of values that are written already."""
    entries = [f"{json.dumps(key, ensure_ascii=False)}: {item}" for key, item in items.items()]
    return _lines("{", entries, "}", indent)


def array(items: Sequence[str], indent: str) -> str:
    """Write a list of values that are written already."""
    return _lines("[", items, "]", indent)


def _lines(opening: str, items: Sequence[str], closing: str, indent: str) -> str:
    if not items:
        return opening + closing
    inner = "\n" + indent + " "
    return opening + inner + f",{inner}".join(items) + "\n" + indent + closing
