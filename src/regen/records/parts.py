"""What a value is made of: its parts, their types, its shape."""

import json
from collections.abc import Sequence
from typing import Any

__all__ = ["has_float", "is_integer", "is_number", "leaves", "over_seeds", "same_form"]


def leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Give what a value is made of, each with its place in it, such as `[0]["loss"]`."""
    if isinstance(value, list):
        inner = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    elif isinstance(value, dict):
        inner = [(f'{path}["{key}"]', value[key]) for key in sorted(value)]
    else:
        return [(path, value)]
    found = []
    for place, item in inner:
        found += leaves(item, place)
    return found


def over_seeds(seeds: Sequence[Any]) -> list[list[float]]:
    """Give for each part of a value what it was with each seed.

    A part that is no number has an empty list. Nothing is given if the seeds' shapes differ.
    """
    rows = []
    for seed in seeds:
        rows.append([leaf for _, leaf in leaves(seed)])
    if len({len(row) for row in rows}) != 1:
        return []
    found: list[list[float]] = []
    for column in zip(*rows, strict=True):
        numbers = list(column)
        if not all(map(is_number, numbers)):
            numbers = []
        found.append(numbers)
    return found


def is_integer(value: Any) -> bool:
    """Whether a value is an integer that a float can stand for.

    A larger one lies in no interval: it is the same or not.
    """
    return isinstance(value, int) and not isinstance(value, bool) and value.bit_length() < 1000


def is_number(value: Any) -> bool:
    """Whether a value is a number that can lie in an interval."""
    return isinstance(value, float) or is_integer(value)


def has_float(value: Any) -> bool:
    """Whether a value is a float, or holds one."""
    if isinstance(value, dict):
        return any(has_float(item) for item in value.values())
    if isinstance(value, list):
        return any(has_float(item) for item in value)
    return isinstance(value, float)


def same_form(before: Any, now: Any, path: str = "") -> tuple[str, str, str] | None:
    """Compare types and shapes: a list of one is no number, and [] is not {}.

    Returns:
        The first place where they differ, and what stands there before and now; None if they have
        the same form. The order of a table's keys does not matter.
    """
    other = path, _form(before), _form(now)
    if type(before) is not type(now):
        return other
    if isinstance(before, list):
        if len(before) != len(now):
            return other
        places: list[Any] = list(range(len(before)))
    elif isinstance(before, dict):
        if before.keys() != now.keys():
            return other
        places = list(before)
    else:
        return None
    for place in places:
        inner = same_form(before[place], now[place], f"{path}[{json.dumps(place)}]")
        if inner:
            return inner
    return None


def _form(value: Any) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"a table of {', '.join(value) or 'nothing'}"
    return f"{value!r} ({type(value).__name__})"
