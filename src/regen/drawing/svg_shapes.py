"""SVG shapes: the points that say where they are."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from regen.drawing.svg_elements import NUMBER, Point, length_of, numbers_in

__all__ = ["SHAPES", "rectangle"]

COMMAND = re.compile(r"([MLTHVCSQAZmlthvcsqaz])([^A-Za-df-z]*)")
TAKES = {"M": 2, "L": 2, "T": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "A": 7, "Z": 0}
"""Of each command of a path, how many numbers it takes."""
ARC = re.compile(rf"\s*,?\s*({NUMBER})" * 3 + r"\s*,?\s*([01])" * 2 + rf"\s*,?\s*({NUMBER})" * 2)


def rectangle(element: Element) -> list[Point]:
    """Read the corners of a rectangle or of an image."""
    x = length_of(element, "x")
    y = length_of(element, "y")
    right = x + length_of(element, "width")
    bottom = y + length_of(element, "height")
    return [(x, y), (right, y), (right, bottom), (x, bottom)]


def _ellipse(element: Element) -> list[Point]:
    """The four ends of a circle or of an ellipse."""
    x = length_of(element, "cx")
    y = length_of(element, "cy")
    across = length_of(element, "r") or length_of(element, "rx")
    upwards = length_of(element, "r") or length_of(element, "ry")
    return [(x - across, y), (x + across, y), (x, y - upwards), (x, y + upwards)]


def _line(element: Element) -> list[Point]:
    start = (length_of(element, "x1"), length_of(element, "y1"))
    end = (length_of(element, "x2"), length_of(element, "y2"))
    return [start, end]


def _polygon(element: Element) -> list[Point]:
    numbers = numbers_in(element.get("points", ""))
    return list(zip(numbers[::2], numbers[1::2], strict=False))


def _path(element: Element) -> list[Point]:
    """The points of a path, those that bend its curves among them."""
    points: list[Point] = []
    here: Point = (0.0, 0.0)
    start: Point = (0.0, 0.0)
    for command, inside in COMMAND.findall(element.get("d", "")):
        kind = command.upper()
        for numbers in _arguments(kind, inside):
            origin = here if command.islower() else (0.0, 0.0)
            reached = _reached(kind, numbers, origin, here)
            points.extend(reached)
            here = reached[-1]
            if kind == "M":
                start = here
                # what follows the first point are lines
                kind = "L"
        if kind == "Z":
            here = start
    return points


def _arguments(kind: str, text: str) -> Iterator[list[float]]:
    """The numbers of each use of a command; an arc's flags may stand without a gap."""
    if kind == "A":
        for groups in ARC.findall(text):
            yield [float(group) for group in groups]
        return
    numbers = numbers_in(text)
    count = TAKES[kind]
    if count:
        for start in range(0, len(numbers) - count + 1, count):
            yield numbers[start : start + count]


def _reached(kind: str, numbers: list[float], origin: Point, here: Point) -> list[Point]:
    """The points of one use of a command."""
    x, y = origin
    if kind == "H":
        return [(x + numbers[0], here[1])]
    if kind == "V":
        return [(here[0], y + numbers[0])]
    # of an arc its end alone
    places = numbers[5:] if kind == "A" else numbers
    return [(x + across, y + down) for across, down in zip(places[::2], places[1::2], strict=True)]


SHAPES = {
    "rect": rectangle,
    "circle": _ellipse,
    "ellipse": _ellipse,
    "line": _line,
    "polyline": _polygon,
    "polygon": _polygon,
    "path": _path,
}
"""By the name of a shape, how its points are read."""
