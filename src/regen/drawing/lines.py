"""Lines of matplotlib, their markers included."""

from typing import Any

from .colors import hex_color
from .units import label_of, placed_series, points, undescribed

__all__ = ["labels_of_lines", "line_series"]

NOTHING = ("None", "none", " ", "", None)
"""Styles and markers that draw nothing."""


def labels_of_lines(home: Any) -> dict[int, str]:
    """Find labels that stand for several artists (error bars), each by the `id` of its line."""
    found = {}
    for container in getattr(home, "containers", []):
        first = container[0] if len(container) else None
        if first is not None and hasattr(first, "get_xdata"):
            found[id(first)] = label_of(container)
    return found


def line_series(line: Any, home: Any, labels: dict[int, str]) -> dict[str, Any]:
    """Describe a line.

    Args:
        line: the line.
        home: the axes or the figure that it is drawn in.
        labels: what `labels_of_lines` found there.
    """
    # a line that ends nowhere
    if hasattr(line, "get_slope"):
        raise undescribed(line)
    look: dict[str, Any] = {"label": labels.get(id(line)) or label_of(line)}
    if line.get_linestyle() not in NOTHING:
        look["color"] = hex_color(line.get_color(), line.get_alpha())
        look["style"] = line.get_linestyle()
        if line.get_drawstyle() != "default":
            look["steps"] = line.get_drawstyle()
    if line.get_marker() not in NOTHING:
        look.update(_marker(line, look))
    return placed_series("line", look, points(line.get_xydata()), line.get_transform(), home)


def _marker(line: Any, look: dict[str, Any]) -> dict[str, Any]:
    """The marker of a line, and its color where that is not the line's."""
    edge = hex_color(line.get_markeredgecolor(), line.get_alpha())
    face = hex_color(line.get_markerfacecolor(), line.get_alpha())
    color = look.get("color", edge)
    found = {"marker": str(line.get_marker()), "color": color}
    if line.get_fillstyle() == "none" or face == "none":
        found["marker"] += " hollow"
    elif face != color:
        found["face"] = face
    return found
