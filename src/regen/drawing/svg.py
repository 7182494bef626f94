"""An SVG that matplotlib did not draw, or not here: its texts, and the places of its shapes."""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from regen.drawing.columns import rounded
from regen.drawing.directions import Direction, direction_of
from regen.drawing.png import describe_png
from regen.drawing.series import Columns, grouped, series, summed_up
from regen.drawing.svg_elements import (
    INHERITED,
    LOOK,
    NOT_DRAWN,
    Point,
    href,
    length_of,
    lines_of,
    look_of,
    tag_of,
    view_box,
)
from regen.drawing.svg_shapes import SHAPES, rectangle
from regen.drawing.svg_transforms import SAME, Matrix, moved, nested, product, shift, transform
from regen.drawing.texts import text_tables
from regen.errors import RegenError

__all__ = ["describe_svg"]

MOVING = {"animate", "animateMotion", "animateTransform", "set"}
DEEPEST = 50
"""An element that uses itself is drawn by no browser."""


def describe_svg(text: str) -> dict[str, Any]:
    """Say what an SVG shows, in the form of `describe`: one axes whose limits are the picture's.

    Raises:
        RegenError: it is not well-formed.
    """
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise RegenError(f"a page shows an SVG that is not well-formed XML: {error}") from error
    reader = _Reader(root)
    reader.read(root, _State())
    left, top, width, height = view_box(root) or reader.box()
    x = Direction(left, left + width)
    # downwards, as an SVG counts
    y = Direction(top + height, top)
    axes: dict[str, Any] = {
        "x": {"limits": [x.position(limit) for limit in x.limits]},
        "y": {"limits": [y.position(limit) for limit in y.limits]},
    }
    if reader.texts:
        axes["texts"] = text_tables(reader.texts, x, y)
    drawn = [summed_up(item, x, y) for item in [*grouped(reader.shapes), *reader.images]]
    if drawn:
        axes["series"] = drawn
    found = {"size": [rounded(width), rounded(height)], "axes": [axes]}
    sheets = [element for element in root.iter() if tag_of(element) == "style"]
    styles = [" ".join(" ".join(sheet.itertext()).split()) for sheet in sheets]
    if any(styles):
        found["styles"] = styles
    return found


@dataclass(frozen=True)
class _State:
    """What an element inherits: how it is moved, and how it looks."""

    matrix: Matrix = SAME
    look: dict[str, str] = field(default_factory=dict)
    depth: int = 0

    def within(self, matrix: Matrix) -> "_State":
        """What an element in it inherits, moved by one more transform."""
        return _State(product(self.matrix, matrix), self.look, self.depth + 1)


class _Reader:
    """Walks through the elements of an SVG and notes what is drawn."""

    def __init__(self, root: Element) -> None:
        self.by_id = {f"#{element.get('id')}": element for element in root.iter()}
        self.shapes: list[dict[str, Any]] = []
        self.texts: list[dict[str, Any]] = []
        self.images: list[dict[str, Any]] = []

    def read(self, element: Element, state: _State) -> None:
        """Note what an element and those in it draw."""
        tag = tag_of(element)
        look = look_of(element, state.look)
        if tag in NOT_DRAWN or look.get("display") == "none":
            return
        matrix = product(state.matrix, transform(element.get("transform", "")))
        inherited = {name: value for name, value in look.items() if name in INHERITED}
        inside = _State(matrix, inherited, state.depth + 1)
        if look.get("visibility") not in ("hidden", "collapse"):
            self._note(tag, element, matrix, look)
        if tag == "use":
            self._use(element, inside)
        elif tag == "svg" and state.depth > 0:
            inside = inside.within(nested(element))
        elif tag in MOVING:
            # one that moves what is hidden may show it
            said = " ".join(f"{name}={value}" for name, value in sorted(element.items()))
            self.shapes.append(series(tag.lower(), {"text": said}, {}))
        # the words of these are read already
        if tag not in ("text", "foreignObject"):
            for child in element:
                self.read(child, inside)

    def _use(self, element: Element, state: _State) -> None:
        """Draw what the element names, at its place."""
        target = self.by_id.get(href(element))
        if target is None or state.depth > DEEPEST:
            return
        inside = state.within(shift(length_of(element, "x"), length_of(element, "y")))
        if tag_of(target) == "symbol":
            for child in target:
                self.read(child, inside)
        else:
            self.read(target, inside)

    def _note(self, tag: str, element: Element, matrix: Matrix, look: dict[str, str]) -> None:
        """Note what an element draws itself."""
        if tag in ("text", "foreignObject"):
            self._text(element, matrix, look.get("fill", ""))
        elif tag == "image":
            self._image(element, matrix)
        elif tag in SHAPES:
            points = moved(SHAPES[tag](element), matrix)
            shown = {name: value for name, value in look.items() if name in LOOK}
            self.shapes.append(series(tag, shown, _columns(tag, points)))

    def _text(self, element: Element, matrix: Matrix, color: str) -> None:
        place = (length_of(element, "x"), length_of(element, "y"))
        for said, there in lines_of(element, place):
            ((x, y),) = moved([there], matrix)
            look = {"text": said, "color": color} if color else {"text": said}
            self.texts.append({**look, "columns": {"x": [x], "y": [y]}})

    def _image(self, element: Element, matrix: Matrix) -> None:
        """Note an image: its corners, and its pixels if it is a PNG in the file itself."""
        box = _box(moved(rectangle(element), matrix))
        data = _embedded(element)
        if data is None:
            self.shapes.append(series("linked image", {"text": href(element)}, box))
        else:
            (image,) = describe_png(data)["axes"][0]["series"]
            self.images.append({**image, "columns": box})

    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width and height of all that was noted, for an SVG that gives no view box."""
        places: Columns = {"x": [], "y": []}
        for item in [*self.shapes, *self.texts]:
            for name, values in item["columns"].items():
                places[direction_of(name)].extend(values)
        x, y = places.values()
        if not x or not y:
            return 0.0, 0.0, 1.0, 1.0
        return min(x), min(y), (max(x) - min(x)) or 1.0, (max(y) - min(y)) or 1.0


def _columns(tag: str, points: list[Point]) -> Columns:
    """The columns of one shape, by its points."""
    if tag == "line":
        (x1, y1), (x2, y2) = points
        return {"from x": [x1], "from y": [y1], "to x": [x2], "to y": [y2]}
    if tag in ("rect", "circle", "ellipse"):
        return _box(points)
    return {"x": [x for x, _ in points], "y": [y for _, y in points]}


def _box(points: list[Point]) -> Columns:
    x = [point[0] for point in points]
    y = [point[1] for point in points]
    return {"left": [min(x)], "right": [max(x)], "top": [min(y)], "bottom": [max(y)]}


def _embedded(element: Element) -> bytes | None:
    """The bytes of a PNG that stands in the file itself."""
    head, _, content = href(element).partition(",")
    if not head.startswith("data:image/png") or "base64" not in head:
        return None
    try:
        return base64.b64decode(content)
    except binascii.Error as error:
        raise RegenError(f"an SVG holds an image that is not base64: {error}") from error
