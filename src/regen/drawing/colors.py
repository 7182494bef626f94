"""Colors of matplotlib as `#rrggbb`."""

from typing import Any

from .columns import PARTS

__all__ = ["face_and_edge", "hex_color", "hex_colors"]


def hex_color(color: Any, alpha: float | None = None) -> str:
    """Write a color as `#rrggbb`, with two more digits if it is see-through; "none" if unseen."""
    from matplotlib.colors import to_hex, to_rgba

    # matplotlib takes an array too, with one opacity for each part of an artist
    alpha = alpha if isinstance(alpha, int | float) else None
    red, green, blue, opacity = to_rgba(color, alpha)
    if opacity == 0:
        return "none"
    return to_hex((red, green, blue, opacity), keep_alpha=opacity < 1)


def hex_colors(colors: Any) -> str:
    """Write the colors of several things, each once; how many where they are too many to list."""
    each = list(dict.fromkeys(hex_color(color) for color in colors))
    if not each:
        return "none"
    if len(each) > PARTS:
        return f"{len(each)} colors"
    return " ".join(each)


def face_and_edge(patch: Any) -> dict[str, str]:
    """Look up the colors of a patch, of its face and its edge, where they are drawn."""
    colors = {"color": hex_color(patch.get_facecolor()), "edge": hex_color(patch.get_edgecolor())}
    return {name: color for name, color in colors.items() if color != "none"}
