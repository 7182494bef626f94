"""Many alike images as one entry: those of one axes, and those of axes in a row."""

import json
from collections.abc import Iterator
from typing import Any

from .columns import column, mean, rounded
from .directions import Direction, direction_of

__all__ = ["grouped_images", "joined_axes"]

MANY = 4
"""As many alike images are one series."""
OF_PIXELS = ("means", "tone", "opacity", "mean color", "range", "deviation", "contrast")
"""What alike images differ in, beside their places."""


def grouped_images(
    images: list[dict[str, Any]], x: Direction, y: Direction
) -> Iterator[dict[str, Any]]:
    """Join images of one axes that are alike but for place and pixels, if they are many."""
    directions = {"x": x, "y": y}
    alike: dict[str, list[dict[str, Any]]] = {}
    for image in images:
        alike.setdefault(_look_of_image(image), []).append(image)
    for group in alike.values():
        if len(group) < MANY:
            yield from group
            continue
        joined = _joined_images(group)
        for name in group[0]:
            direction = direction_of(name)
            if direction:
                places = [image[name][0] for image in group]
                joined[name] = directions[direction].column(places)
        yield joined


def joined_axes(axes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join axes in a row that show one image each and are alike but for their place."""
    groups: list[list[dict[str, Any]]] = []
    look_before = ""
    for ax in axes:
        look = _look_of_axes(ax)
        if look and look == look_before:
            groups[-1].append(ax)
        else:
            groups.append([ax])
        look_before = look
    joined = []
    for group in groups:
        if len(group) < MANY:
            joined.extend(group)
            continue
        images = [ax["series"][0] for ax in group]
        places = [group[0].get("place", ""), group[-1].get("place", "")]
        joined.append(
            {**group[0], "place": " ... ".join(places), "series": [_joined_images(images)]}
        )
    return joined


def _look_of_axes(ax: dict[str, Any]) -> str:
    """What an axes has in common with others like it; nothing if it shows more than an image."""
    series = ax.get("series", [])
    if set(ax) - {"place", "x", "y", "frame", "series"} or len(series) != 1:
        return ""
    (image,) = series
    if image["kind"] != "image" or any(map(direction_of, image)):
        return ""
    frame = {name: value for name, value in ax.items() if name not in ("place", "series")}
    return json.dumps([frame, _look_of_image(image)])


def _look_of_image(image: dict[str, Any]) -> str:
    """What an image has in common with others like it."""
    look = {}
    for name, value in image.items():
        own = name in OF_PIXELS or direction_of(name)
        look[name] = "" if own else value
    return json.dumps(look)


def _joined_images(images: list[dict[str, Any]]) -> dict[str, Any]:
    """One entry for images of one look: the parts of all of them, one image after another."""
    joined = {**images[0], "n": len(images)}
    for name in OF_PIXELS:
        values = [image[name] for image in images if name in image]
        if not values:
            continue
        if name in ("means", "tone", "opacity"):
            columns, rows = joined["grid"]
            joined[name] = _all_parts(values, columns * rows)
        elif name == "mean color":
            joined[name] = [rounded(mean(part), 1.0) for part in zip(*values, strict=True)]
        elif name == "range":
            joined[name] = [min(low for low, _ in values), max(high for _, high in values)]
        else:
            joined[name] = column(values, 1.0)
    return joined


def _all_parts(grids: list[list[float]], count: int) -> list[float]:
    """The means of `count` parts of each image; where all are the same, an image notes one."""
    found: list[float] = []
    for means in grids:
        if len(means) == 1:
            means = means * count
        found.extend(means)
    return found
