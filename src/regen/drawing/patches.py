"""Patches of matplotlib: bars, rectangles, circles, stairs, polygons."""

import json
from collections.abc import Iterator
from typing import Any

from .colors import face_and_edge
from .series import Columns
from .units import label_of, placed_series, points, without_units

__all__ = ["bar_groups", "bar_series", "patch_series"]


def bar_groups(home: Any) -> Iterator[tuple[str, list[Any]]]:
    """Find the bars of each call that drew bars, and their label."""
    for container in getattr(home, "containers", []):
        patches = getattr(container, "patches", None)
        if patches:
            yield label_of(container) or label_of(patches[0]), list(patches)


def bar_series(label: str, patches: list[Any], home: Any) -> Iterator[dict[str, Any]]:
    """Describe all bars of one call as one series; one for each color if they have several."""
    alike: dict[str, list[Any]] = {}
    for patch in patches:
        if patch.get_visible():
            alike.setdefault(json.dumps(face_and_edge(patch)), []).append(patch)
    for group in alike.values():
        columns: Columns = {}
        for patch in group:
            for name, value in _rectangle(patch).items():
                columns.setdefault(name, []).append(value)
        look = {"label": label, **face_and_edge(group[0])}
        yield placed_series("bars", look, columns, group[0].get_data_transform(), home)


def patch_series(patch: Any, home: Any) -> dict[str, Any]:
    """Describe a patch that is no arrow."""
    look = {"label": label_of(patch), **face_and_edge(patch)}
    kind = type(patch).__name__.lower()
    kind = "stairs" if kind == "steppatch" else kind
    return placed_series(kind, look, _columns(patch, home), patch.get_data_transform(), home)


def _columns(patch: Any, home: Any) -> Columns:
    """The box of a rectangle or of an ellipse, else the points of an outline."""
    from matplotlib.patches import Circle, Ellipse, StepPatch

    if isinstance(patch, StepPatch):
        values, edges, _ = patch.get_data()
        return {"x": [float(edge) for edge in edges], "y": [float(value) for value in values]}
    turned = getattr(patch, "angle", 0)
    if hasattr(patch, "get_x") and hasattr(patch, "get_width") and not turned:
        return {name: [value] for name, value in _rectangle(patch).items()}
    # an arc is an ellipse too, of which a part is drawn
    if type(patch) in (Circle, Ellipse) and not turned:
        x, y = without_units(patch.get_center(), home)
        return {
            "left": [x - patch.get_width() / 2],
            "right": [x + patch.get_width() / 2],
            "bottom": [y - patch.get_height() / 2],
            "top": [y + patch.get_height() / 2],
        }
    return points(patch.get_patch_transform().transform(patch.get_path().vertices))


def _rectangle(patch: Any) -> dict[str, float]:
    """The corners of a rectangle; a bar's end that lies below its start stays so."""
    x = float(patch.get_x())
    y = float(patch.get_y())
    return {
        "left": x,
        "right": x + float(patch.get_width()),
        "bottom": y,
        "top": y + float(patch.get_height()),
    }
