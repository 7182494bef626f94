"""Collections of matplotlib: dots of a scatter, segments, areas, contours."""

import math
from typing import Any

from .colors import hex_colors
from .columns import mean, rounded
from .series import Columns
from .units import label_of, measured, placed_series, points, undescribed

__all__ = ["collection_series"]


def collection_series(collection: Any, home: Any) -> dict[str, Any]:
    """Describe many things drawn at once.

    Raises:
        TypeError: they are copies of something that is no dot: arrows, hexagons.
    """
    from matplotlib.collections import PathCollection

    if hasattr(collection, "levels"):
        return _contours(collection, home)
    look = {"label": label_of(collection), **_colors(collection)}
    if isinstance(collection, PathCollection):
        columns = {**points(collection.get_offsets()), **_values(collection), **_sizes(collection)}
        return placed_series("dots", look, columns, collection.get_offset_transform(), home)
    if _has_copies(collection, home):
        raise undescribed(collection)
    return _outlines(collection, look, home)


def _outlines(collection: Any, look: dict[str, Any], home: Any) -> dict[str, Any]:
    """Segments and areas: their points, one after another."""
    import numpy as np

    paths = [path.vertices for path in collection.get_paths()]
    vertices: Any = np.concatenate(paths) if paths else []
    columns = {**points(vertices), **_values(collection)}
    kind = _kind(collection)
    item = placed_series(kind, look, columns, collection.get_transform(), home)
    if len(paths) > 1:
        item["pieces"] = len(paths)
    return item


def _kind(collection: Any) -> str:
    from matplotlib.collections import LineCollection, PolyCollection

    if isinstance(collection, LineCollection):
        return "segments"
    if isinstance(collection, PolyCollection):
        return "area"
    return type(collection).__name__.lower()


def _has_copies(collection: Any, home: Any) -> bool:
    """Whether a collection draws copies of its paths at several places."""
    # one that draws none has an offset all the same, in pixels
    units = measured(collection.get_offset_transform(), home)
    return len(collection.get_offsets()) > 1 or set(units.values()) != {"pixels"}


def _colors(collection: Any) -> dict[str, Any]:
    """The colors, or the map that gives them."""
    if collection.get_array() is not None:
        collection.autoscale_None()
        low, high = collection.get_clim()
        return {
            "colormap": collection.get_cmap().name,
            "colors from": rounded(low),
            "to": rounded(high),
        }
    face = hex_colors(collection.get_facecolor())
    edge = hex_colors(collection.get_edgecolor())
    found = {"color": face, "edge": edge}
    # an edge of the color of its face is not seen as one
    if edge == face:
        del found["edge"]
    return {name: colors for name, colors in found.items() if colors != "none"}


def _values(collection: Any) -> Columns:
    """The numbers that a color map turns into colors."""
    import numpy as np

    values = collection.get_array()
    if values is None:
        return {}
    return {"value": np.ma.filled(np.ma.asarray(values, dtype=float), np.nan).ravel().tolist()}


def _sizes(collection: Any) -> Columns:
    """The sizes of dots, if there are several."""
    sizes = [float(size) for size in collection.get_sizes()]
    return {"size": sizes} if len(sizes) > 1 else {}


def _contours(collection: Any, home: Any) -> dict[str, Any]:
    """Lines of equal height: for each level the box of its points and their middle."""
    given = getattr(collection, "colors", None)
    if given is None:
        look = _colors(collection)
    else:
        each = [given] if isinstance(given, str) else given
        look = {"color": hex_colors(each)}
    columns: Columns = {"level": [float(level) for level in collection.levels]}
    # a drawing without a level has these columns too
    columns |= {name: [] for name in ("left", "right", "bottom", "top", "x", "y")}
    for path in collection.get_paths():
        for name, value in _box_and_middle(path.vertices).items():
            columns[name].append(value)
    return placed_series("contours", look, columns, collection.get_transform(), home)


def _box_and_middle(vertices: Any) -> dict[str, float]:
    """The ends of points in both directions, and their middle; not numbers if there are none."""
    x, y = points(vertices).values()
    return {
        "left": min(x, default=math.nan),
        "right": max(x, default=math.nan),
        "bottom": min(y, default=math.nan),
        "top": max(y, default=math.nan),
        "x": mean(x),
        "y": mean(y),
    }
