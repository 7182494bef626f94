"""SVG elements: their attributes, as numbers, looks and words."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

__all__ = [
    "INHERITED",
    "LOOK",
    "NOT_DRAWN",
    "NUMBER",
    "Point",
    "href",
    "length_of",
    "lines_of",
    "look_of",
    "numbers_in",
    "tag_of",
    "view_box",
]

Point = tuple[float, float]

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
NOT_DRAWN = {
    "clipPath",
    "defs",
    "desc",
    "filter",
    "linearGradient",
    "marker",
    "mask",
    "metadata",
    "pattern",
    "radialGradient",
    "script",
    "style",
    "symbol",
    "template",
    "title",
}
"""Elements that are drawn only where another one asks for them, or not at all."""
LOOK = ("fill", "stroke", "opacity", "fill-opacity", "stroke-opacity", "class")
INHERITED = ("fill", "stroke", "fill-opacity", "stroke-opacity", "visibility")
READ = (*LOOK, "visibility", "display")


def tag_of(element: Element) -> str:
    """Name an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def href(element: Element) -> str:
    """Find what an element links to, in the old form or in the new one."""
    for name, value in element.items():
        if name.rpartition("}")[2] == "href":
            return value
    return ""


def numbers_in(text: str) -> list[float]:
    """Read all numbers of a list; they may stand without a gap."""
    return [float(number) for number in re.findall(NUMBER, text)]


def length_of(element: Element, name: str) -> float:
    """Read a length without its unit; 0 if it is not given."""
    found = re.match(NUMBER, element.get(name, "").strip())
    return float(found[0]) if found else 0.0


def view_box(element: Element) -> tuple[float, float, float, float] | None:
    """Read left, top, width and height of a picture, if it gives them."""
    box = numbers_in(element.get("viewBox", ""))
    if len(box) == 4:
        left, top, width, height = box
        return left, top, width, height
    width = length_of(element, "width")
    height = length_of(element, "height")
    in_percent = "%" in element.get("width", "") + element.get("height", "")
    if width > 0 and height > 0 and not in_percent:
        return 0.0, 0.0, width, height
    return None


def look_of(element: Element, inherited: dict[str, str]) -> dict[str, str]:
    """Read colors and the like: inherited, from attributes, and from `style`, which wins."""
    look = dict(inherited)
    for name in READ:
        if name in element.attrib:
            look[name] = element.get(name, "")
    for declaration in element.get("style", "").split(";"):
        name, colon, value = declaration.partition(":")
        if colon and name.strip() in READ:
            look[name.strip()] = value.strip()
    return look


def lines_of(element: Element, place: Point) -> Iterator[tuple[str, Point]]:
    """Read the words of a text and their place; a part with a place of its own apart."""
    said = [element.text or ""]
    apart: list[tuple[Element, Point]] = []
    for child in element:
        if {"x", "y"} & set(child.attrib):
            x = length_of(child, "x") if "x" in child.attrib else place[0]
            y = length_of(child, "y") if "y" in child.attrib else place[1]
            apart.append((child, (x, y)))
        elif tag_of(child) not in NOT_DRAWN:
            said.extend(child.itertext())
        said.append(child.tail or "")
    words = " ".join("".join(said).split())
    if words:
        yield words, place
    for child, there in apart:
        yield from lines_of(child, there)
