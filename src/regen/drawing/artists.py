"""What is drawn in an axes or a figure beside texts and images: each artist to its module."""

from collections.abc import Iterator
from typing import Any

from .arrows import arrow_series
from .dots_and_areas import collection_series
from .images import is_mesh
from .lines import labels_of_lines, line_series
from .patches import bar_groups, bar_series, patch_series
from .series import series
from .units import undescribed

__all__ = ["drawn"]

SAID_BY_TEXTS = ("Legend", "AnchoredText", "InsetIndicator")
"""Artists that are described by their texts: where they stand, a layout computes."""


def drawn(home: Any, axes: list[Any]) -> Iterator[dict[str, Any]]:
    """Make a series for each visible artist of an axes or of a figure, but for texts and images.

    Args:
        home: the axes or the figure.
        axes: all axes of the figure, by whose numbers a connection says where it ends.

    Raises:
        TypeError: an artist is of a kind that cannot be described.
    """
    labels = labels_of_lines(home)
    for line in home.lines:
        if line.get_visible():
            yield line_series(line, home, labels)
    of_bars: set[int] = set()
    for label, patches in bar_groups(home):
        yield from bar_series(label, patches, home)
        of_bars.update(map(id, patches))
    for patch in home.patches:
        if patch.get_visible() and id(patch) not in of_bars:
            yield _patch(patch, home, axes)
    for collection in getattr(home, "collections", []):
        if collection.get_visible() and not is_mesh(collection):
            yield collection_series(collection, home)
    for artist in [*home.artists, *getattr(home, "tables", [])]:
        if artist.get_visible():
            yield _other(artist, home, axes)


def _patch(patch: Any, home: Any, axes: list[Any]) -> dict[str, Any]:
    from matplotlib.patches import FancyArrowPatch

    if isinstance(patch, FancyArrowPatch):
        return arrow_series(patch, home, axes)
    return patch_series(patch, home)


def _other(artist: Any, home: Any, axes: list[Any]) -> dict[str, Any]:
    """An artist that was added as it is: a line or an arrow of a figure, a second legend."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.text import Text

    if isinstance(artist, Line2D):
        return line_series(artist, home, {})
    if isinstance(artist, Patch):
        return _patch(artist, home, axes)
    name = type(artist).__name__
    if name not in SAID_BY_TEXTS:
        raise undescribed(artist)
    texts = [text.get_text() for text in artist.findobj(Text) if text.get_text()]
    return series(name.lower(), {"text": " / ".join(texts)}, {})
