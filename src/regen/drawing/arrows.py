"""Arrows of matplotlib, and connections between two axes."""

from typing import Any

from .colors import hex_color
from .series import Columns, series
from .units import measured, points, undescribed, without_pixels

__all__ = ["arrow", "arrow_series"]


def arrow(
    patch: Any, start: Columns, end: Columns, start_units: dict[str, str], end_units: dict[str, str]
) -> dict[str, Any]:
    """Describe an arrow by its two ends, each with what it is measured in."""
    look = _look(patch)
    look.update({f"from {name}": unit for name, unit in start_units.items()})
    look.update({f"to {name}": unit for name, unit in end_units.items()})
    columns = {"from x": start["x"], "from y": start["y"], "to x": end["x"], "to y": end["y"]}
    return series("arrow", look, without_pixels(columns, look))


def arrow_series(patch: Any, home: Any, axes: list[Any]) -> dict[str, Any]:
    """Describe an arrow of its own, or a connection between two axes."""
    if hasattr(patch, "xy1"):
        return _connection(patch, axes)
    ends = getattr(patch, "_posA_posB", None)
    # drawn along a path, not from a point to another
    if ends is None:
        raise undescribed(patch)
    units = measured(patch.get_data_transform(), home)
    start, end = ends
    return arrow(patch, points([start]), points([end]), units, units)


def _connection(patch: Any, axes: list[Any]) -> dict[str, Any]:
    look: dict[str, Any] = _look(patch)
    for end, ax in (("from", patch.axesA), ("to", patch.axesB)):
        numbers = [number for number, other in enumerate(axes, 1) if other is ax]
        # 0 stands for an end that lies in none of them
        look[f"{end} axes"] = numbers[0] if numbers else 0
    look["from in"] = str(patch.coords1)
    look["to in"] = str(patch.coords2)
    names = ("from x", "from y", "to x", "to y")
    places = [float(value) for value in (*patch.xy1, *patch.xy2)]
    columns = {name: [place] for name, place in zip(names, places, strict=True)}
    return series("connection", look, columns)


def _look(patch: Any) -> dict[str, str]:
    color = hex_color(patch.get_edgecolor())
    return {"color": color, "style": type(patch.get_arrowstyle()).__name__}
