"""Whether a picture shows anything at all."""

import itertools
from typing import Any

from regen.drawing.directions import direction_of, unit_of
from regen.drawing.entries import ends_of

__all__ = ["is_blank"]


def is_blank(drawing: dict[str, Any]) -> bool:
    """Say whether nothing is to be seen but titles and empty axes, or images of one color."""
    for part in [drawing, *drawing.get("axes", [])]:
        if part.get("texts"):
            return False
        if any(_is_seen(series, part) for series in part.get("series", [])):
            return False
    return True


def _is_seen(series: dict[str, Any], axes: dict[str, Any]) -> bool:
    """Whether a series draws anything inside its axes."""
    if series["kind"] == "image":
        return _has_contrast(series)
    if series.get("text"):
        return True
    if series["n"] == 0:
        return False
    return not any(_is_outside(series, axes, direction) for direction in ("x", "y"))


def _is_outside(series: dict[str, Any], axes: dict[str, Any], direction: str) -> bool:
    """Whether all of a series lies beyond the limits of one direction."""
    limits = axes.get(direction, {}).get("limits")
    if not limits or None in limits:
        return False
    own = [key for key in series if direction_of(key) == direction]
    columns = [series[key] for key in own if not unit_of(series, key)]
    if not columns:
        return False
    places = list(itertools.chain.from_iterable(map(ends_of, columns)))
    return not places or max(places) < min(limits) or min(places) > max(limits)


def _has_contrast(image: dict[str, Any]) -> bool:
    if "contrast" in image:
        return max(ends_of(image["contrast"])) > 0
    low, high = image.get("range", (0, 0))
    return bool(high > low)
