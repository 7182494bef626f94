"""SVG transforms: how an element moves the points in it."""

import math
import re
from xml.etree.ElementTree import Element

from regen.drawing.svg_elements import Point, length_of, numbers_in, view_box

__all__ = ["SAME", "Matrix", "moved", "nested", "product", "shift", "transform"]

Matrix = tuple[float, float, float, float, float, float]
"""a, b, c, d, e, f of `x -> a x + c y + e`, `y -> b x + d y + f`."""

SAME: Matrix = (1, 0, 0, 1, 0, 0)


def moved(points: list[Point], matrix: Matrix) -> list[Point]:
    """Move points."""
    a, b, c, d, e, f = matrix
    return [(a * x + c * y + e, b * x + d * y + f) for x, y in points]


def product(outer: Matrix, inner: Matrix) -> Matrix:
    """Join two transforms, of which `inner` comes first."""
    a, b, c, d, e, f = outer
    g, h, i, j, k, m = inner
    return (
        a * g + c * h,
        b * g + d * h,
        a * i + c * j,
        b * i + d * j,
        a * k + c * m + e,
        b * k + d * m + f,
    )


def shift(x: float, y: float) -> Matrix:
    """Move by a length across and one down."""
    return (1, 0, 0, 1, x, y)


def transform(text: str) -> Matrix:
    """Read a `transform` attribute: a list of steps, of which the last comes first."""
    matrix = SAME
    for name, inside in re.findall(r"(\w+)\s*\(([^)]*)\)", text):
        matrix = product(matrix, _step(name, numbers_in(inside)))
    return matrix


def nested(element: Element) -> Matrix:
    """Say how an SVG inside an SVG moves what it holds."""
    x = length_of(element, "x")
    y = length_of(element, "y")
    box = view_box(element)
    width = length_of(element, "width")
    height = length_of(element, "height")
    if "viewBox" not in element.attrib or box is None or not width or not height:
        return shift(x, y)
    left, top, inner_width, inner_height = box
    scale = min(width / inner_width, height / inner_height)
    return (scale, 0, 0, scale, x - scale * left, y - scale * top)


def _step(name: str, numbers: list[float]) -> Matrix:
    match name, numbers:
        case "matrix", [a, b, c, d, e, f]:
            return (a, b, c, d, e, f)
        case "translate", [x, *rest]:
            y = rest[0] if rest else 0
            return shift(x, y)
        case "scale", [x, *rest]:
            y = rest[0] if rest else x
            return (x, 0, 0, y, 0, 0)
        case "rotate", [degrees]:
            return _rotation(math.radians(degrees))
        case "rotate", [degrees, x, y]:
            about_origin = product(_rotation(math.radians(degrees)), shift(-x, -y))
            return product(shift(x, y), about_origin)
        case "skewX", [degrees]:
            return (1, 0, math.tan(math.radians(degrees)), 1, 0, 0)
        case "skewY", [degrees]:
            return (1, math.tan(math.radians(degrees)), 0, 1, 0, 0)
    return SAME


def _rotation(angle: float) -> Matrix:
    """A rotation about the origin."""
    return (math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle), 0, 0)
