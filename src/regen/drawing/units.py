"""Where an artist's numbers are measured: in units of the data, or parts of axes or figure."""

from typing import Any

from .directions import unit_of
from .series import Columns, series

__all__ = [
    "label_of",
    "measured",
    "placed_series",
    "points",
    "undescribed",
    "without_pixels",
    "without_units",
]


def measured(transform: Any, home: Any) -> dict[str, str]:
    """Say, for each direction that is not in units of the data, what its numbers are parts of.

    Args:
        transform: of the artist.
        home: the axes or the figure that it is drawn in.
    """
    data = getattr(home, "transData", None)
    if data is None:
        frames = {"figure": home.transSubfigure}
    else:
        frames = {"data": data, "axes": home.transAxes, "figure": home.figure.transSubfigure}
    found = {"x of": "pixels", "y of": "pixels"}
    # the innermost frame that the way from the artist to the screen passes counts
    for unit, frame in reversed(frames.items()):
        passes = transform.contains_branch_seperately(frame)
        for name, inside in zip(("x of", "y of"), passes, strict=True):
            if inside:
                found[name] = unit
    return {name: unit for name, unit in found.items() if unit != "data"}


def without_pixels(columns: Columns, units: dict[str, str]) -> Columns:
    """Keep the columns that do not depend on the layout."""
    return {name: values for name, values in columns.items() if unit_of(units, name) != "pixels"}


def placed_series(
    kind: str, look: dict[str, Any], columns: Columns, transform: Any, home: Any
) -> dict[str, Any]:
    """Make a series with the units of an artist's transform."""
    units = measured(transform, home)
    return series(kind, {**look, **units}, without_pixels(columns, units))


def points(vertices: Any) -> Columns:
    """Make the columns x and y of an array (n, 2); what is masked is not a number."""
    import numpy as np

    filled: Any = np.ma.filled(np.ma.asarray(vertices, dtype=float), np.nan).reshape(-1, 2)
    return {"x": filled[:, 0].tolist(), "y": filled[:, 1].tolist()}


def without_units(place: Any, home: Any) -> tuple[float, float]:
    """Turn a place into two numbers; an axes knows the numbers of names and dates."""
    x, y = place
    if hasattr(home, "convert_xunits"):
        x = home.convert_xunits(x)
        y = home.convert_yunits(y)
    return float(x), float(y)


def label_of(artist: Any) -> str:
    """Find the label that an author gave; with an underscore begin matplotlib's own."""
    label = str(artist.get_label() or "")
    return "" if label.startswith("_") else label


def undescribed(artist: Any) -> TypeError:
    """Name an artist that cannot be described, in an error that is to be raised."""
    kind = type(artist).__name__
    return TypeError(
        f"it shows an artist of the kind {kind}, which regen cannot describe: a change in it "
        "would not be seen. Draw it with lines, patches, scatter, images, contours or texts."
    )
