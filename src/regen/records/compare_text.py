"""Printed lines compared with those on record, and with the values that are printed in them."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from regen.records.differences import MARGIN, NEVER, CellPair, Difference, described, inside
from regen.records.parts import is_number, leaves, over_seeds
from regen.records.printed import (
    Printed,
    find_numbers,
    following,
    mask,
    rounded,
    shows,
    shows_in_order,
)
from regen.records.tolerance import NOTHING, Interval, interval

__all__ = ["compare_prints", "compare_text"]


def compare_text(pair: CellPair) -> Iterator[Difference]:
    """Compare line by line: a number within its tolerance, all else to the letter."""
    before = pair.before.text
    now = pair.now.text
    if len(before) != len(now):
        recorded = MARGIN.join(before) or "none"
        yield pair.difference("printed lines", recorded, MARGIN.join(now) or "none")

    # how many numbers of each key were printed so far
    places: Counter[str] = Counter()
    for was, is_now in zip(before, now, strict=False):
        old = pair.keys.tolerated(was)
        new = pair.keys.tolerated(is_now)
        if _rest(was, old) != _rest(is_now, new):
            yield pair.difference("text", was, is_now)
            places.update(key for key, _ in old)
            continue
        for (key, number), (_, other) in zip(old, new, strict=True):
            yield from _compare_number(pair, was, key, number, other, places[key])
            places[key] += 1

    for line in now:
        has_nan = any(found.is_nan for found in find_numbers(line))
        if has_nan and "nan" not in pair.tolerances:
            yield pair.difference("text", "", line, NEVER)


def _rest(line: str, tolerated: Sequence[tuple[str, Printed]]) -> tuple[list[str], list[str]]:
    """What of a line is compared to the letter: the text around its numbers, and their keys."""
    keys = [key for key, _ in tolerated]
    numbers = [number for _, number in tolerated]
    return mask(line, numbers), keys


def _compare_number(
    pair: CellPair, line: str, key: str, recorded: Printed, now: Printed, place: int
) -> Iterator[Difference]:
    """Compare a printed number, which has as many decimals as on record.

    Args:
        pair: the cell.
        line: the line on record.
        key: of the number's tolerance.
        recorded: the number on record.
        now: the number that is printed in its place.
        place: how many numbers with this key were printed before it.
    """
    what = f"{key} in {line.strip()!r}"
    if now.is_nan:
        return  # compare_text says so, with the whole line
    if recorded.form != now.form:
        yield pair.difference(what, recorded.text, now.text, "the same number of decimals")
        return
    allowed = _allowed(pair, key, recorded, place)
    if math.isfinite(recorded.value):
        fits = inside(now.value, allowed)
    else:
        fits = recorded.value == now.value
    if not fits:
        tolerance = described(pair.tolerances[key], allowed)
        yield pair.difference(what, recorded.text, now.text, tolerance)


def _allowed(pair: CellPair, key: str, recorded: Printed, place: int) -> Interval:
    """What a printed number may be.

    Where a value of the cell is printed, its own interval counts, with its ends printed in the
    same way: so a value that is within its tolerance is so in print, whatever it is rounded to.
    """
    tolerance = pair.tolerances[key]
    value = _value_printed(pair, key, recorded, place)
    if value:
        was, seeds = value
    else:
        was = recorded.value
        seeds = _seeds(pair, f"printed {key}", place)
    low, high = interval(tolerance, was, seeds)
    if (low, high) == NOTHING:
        return NOTHING
    if value and recorded.percent:
        low = 100 * low
        high = 100 * high
    has_bounds = tolerance.kind in ("within", "seeds")
    # an integer that is no value was counted, not rounded
    if value or (has_bounds and not recorded.is_integer):
        return rounded(low, recorded), rounded(high, recorded)
    return low, high


def _value_printed(
    pair: CellPair, key: str, recorded: Printed, place: int
) -> tuple[float, list[float]] | None:
    """The value on record that is printed there, and what it was with all seeds.

    Returns:
        None where no value is: where not as many numbers are printed after its name as it has, or
        the number is not the value.
    """
    name = recorded.word
    if name not in pair.before.values or key not in (name, "default"):
        return None
    parts = [leaf for _, leaf in leaves(pair.before.values[name])]
    if key == "default":
        # the numbers of this key have many names: one that is printed once is known by its own
        if pair.tolerances[key].kind == "seeds" or len(following(name, pair.before.text)) != 1:
            return None
        place = 0
    elif len(pair.keys.with_key(key, pair.before.text)) != len(parts):
        return None
    if place >= len(parts) or not is_number(parts[place]) or not shows(recorded, parts[place]):
        return None
    return parts[place], _seeds(pair, name, place)


def _seeds(pair: CellPair, name: str, place: int) -> list[float]:
    """What one number of a value, or of those printed under a key, was with all seeds."""
    entries = over_seeds(pair.before.spread.get(name, []))
    if place >= len(entries):
        return []
    return entries[place]


def compare_prints(pair: CellPair) -> Iterator[Difference]:
    """Compare values with what is printed after their names.

    A number is what is printed last after its name, to the printed decimals. What is printed after
    the name of a list are numbers of it, in its order.
    """
    for name, value in pair.now.values.items():
        numbers = following(name, pair.now.text)
        parts = value if isinstance(value, list) else [value]
        if not numbers or not parts or not all(is_number(part) for part in parts):
            continue
        if isinstance(value, list):
            agree = shows_in_order(numbers, parts)
            printed = ", ".join(number.text for number in numbers)
        else:
            agree = shows(numbers[-1], value)
            printed = numbers[-1].text
            if numbers[-1].percent:
                printed += " %"
        if not agree:
            rule = (
                "a value is what is printed after its name, to the printed decimals, and times 100 "
                "before a percent sign. If another number is printed there, rename the value"
            )
            now = f"the value is {value!r}, the page prints {printed}"
            yield pair.difference(f"value {name} and its print", "", now, rule)
