"""Texts of matplotlib with their places, and the arrows of annotations."""

from collections.abc import Iterable, Iterator
from typing import Any

from .arrows import arrow
from .colors import hex_color
from .series import Columns
from .units import measured, points, without_pixels, without_units

__all__ = ["arrow_of_text", "texts_of"]


def texts_of(texts: Iterable[Any], home: Any) -> list[dict[str, Any]]:
    """Describe the texts that are seen, each with its place; for `text_tables`."""
    found = []
    for text in texts:
        if not text.get_visible() or not text.get_text().strip():
            continue
        look = {"text": text.get_text(), "color": hex_color(text.get_color(), text.get_alpha())}
        if hasattr(text, "xyann"):
            columns, units = _annotated(text.xyann, text.anncoords, home)
        else:
            columns = points([text.get_unitless_position()])
            units = measured(text.get_transform(), home)
        found.append({**look, **units, "columns": without_pixels(columns, units)})
    return found


def arrow_of_text(text: Any, ax: Any) -> Iterator[dict[str, Any]]:
    """Describe the arrow of an annotation, from its text to what it points at, if it has one."""
    patch = getattr(text, "arrow_patch", None)
    if patch is None:
        return
    start, start_units = _annotated(text.xyann, text.anncoords, ax)
    end, end_units = _annotated(text.xy, text.xycoords, ax)
    yield arrow(patch, start, end, start_units, end_units)


def _annotated(place: Any, coords: Any, home: Any) -> tuple[Columns, dict[str, str]]:
    """A place of an annotation, and what it is measured in."""
    both = coords if isinstance(coords, tuple) else (coords, coords)
    units = {}
    for name, unit in zip(("x of", "y of"), both, strict=True):
        if isinstance(unit, str) and unit.endswith("fraction"):
            units[name] = unit.split()[0]
        elif unit != "data":
            units[name] = "pixels"
    return points([without_units(place, home)]), units
