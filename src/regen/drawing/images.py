"""Images of matplotlib, and what is like one: their place, and the means of their parts."""

import math
from typing import Any

from .columns import parts, rounded
from .directions import Direction
from .units import label_of

__all__ = ["GRID", "TONE", "grid_side", "image_series", "images_of", "is_mesh"]

GRID = 7
"""An image is cut into at most as many rows and columns."""
GRID_NUMBERS = 360
"""About how many numbers stand for all images of a figure."""
TONE = (0.6, 0.3, 0.1)
"""Weights of red, green and blue that give colors of one brightness different tones."""


def is_mesh(collection: Any) -> bool:
    """Say whether a collection is a grid of colored cells, as `pcolormesh` draws."""
    return hasattr(collection, "get_coordinates") and collection.get_array() is not None


def images_of(ax: Any) -> list[Any]:
    """List the images of an axes, and what is like one."""
    return [*ax.images, *filter(is_mesh, ax.collections)]


def grid_side(axes: list[Any]) -> int:
    """Say into how many rows and columns images are cut: the more images, the fewer."""
    grids = 0
    for ax in axes:
        for image in images_of(ax):
            grids += 1
            # of an image of colors there is a grid of tones and one of opacities
            if _pixels(image).ndim == 3:
                grids += 1
    sides = [side for side in range(2, GRID + 1) if grids * side**2 <= GRID_NUMBERS]
    return max(sides, default=2)


def image_series(image: Any, x: Direction, y: Direction, grid: int) -> dict[str, Any]:
    """Describe an image.

    Args:
        image: the image.
        x: the direction of its axes across.
        y: the direction upwards.
        grid: into how many rows and columns it is cut.
    """
    pixels = _pixels(image)
    found: dict[str, Any] = {"kind": "image"}
    if label_of(image):
        found["label"] = label_of(image)
    opacity = image.get_alpha()
    if isinstance(opacity, int | float):
        found["opacity of all"] = rounded(float(opacity))
    found["pixels"] = [pixels.shape[1], pixels.shape[0]]
    found.update(_box(image, x, y))
    if pixels.ndim == 3:
        found.update(_colored(pixels, grid))
    else:
        found.update(_mapped(image, pixels, grid))
    return found


def _pixels(image: Any) -> Any:
    """The array of an image: numbers (height, width), or colors (height, width, 3 or 4)."""
    import numpy as np

    array = np.ma.asarray(image.get_array())
    if is_mesh(image) and array.ndim == 1:
        rows, columns, _ = image.get_coordinates().shape
        array = array.reshape(rows - 1, columns - 1)
    # bytes stand for the fractions of 255
    scale = 255.0 if array.ndim == 3 and array.dtype.kind in "iu" else 1.0
    return np.ma.filled(array.astype(float), np.nan) / scale


def _box(image: Any, x: Direction, y: Direction) -> dict[str, Any]:
    """Where an image lies if the author said so, and which row is its first."""
    if is_mesh(image):
        corners = image.get_coordinates().reshape(-1, 2)
        left, bottom = corners[0]
        right, top = corners[-1]
    else:
        left, right, bottom, top = image.get_extent()
        rows, columns = image.get_array().shape[:2]
        if (left, right, bottom, top) == (-0.5, columns - 0.5, rows - 0.5, -0.5):
            return {}
    found: dict[str, Any] = {
        "left": x.column([float(left)]),
        "right": x.column([float(right)]),
        "bottom": y.column([float(bottom)]),
        "top": y.column([float(top)]),
    }
    if getattr(image, "origin", "upper") == "lower":
        found["origin"] = "lower"
    return found


def _mapped(image: Any, pixels: Any, grid: int) -> dict[str, Any]:
    """An image whose numbers a map turns into colors."""
    import numpy as np

    drawn = pixels[np.isfinite(pixels)]
    # as drawing it does: what the author left open is the range of the numbers
    image.autoscale_None()
    low, high = image.get_clim()
    found: dict[str, Any] = {"colormap": image.get_cmap().name}
    norm = type(image.norm).__name__
    if norm != "Normalize":
        found["norm"] = norm
    if not drawn.size or low is None or high is None:
        return found
    extent = float(high - low)
    found["colors"] = [rounded(float(low), extent), rounded(float(high), extent)]
    found["range"] = [rounded(float(drawn.min()), extent), rounded(float(drawn.max()), extent)]
    found["deviation"] = rounded(float(drawn.std()), extent)
    found.update(_grids({"means": pixels}, grid, extent))
    return found


def _colored(pixels: Any, grid: int) -> dict[str, Any]:
    """An image of colors: opacity and tone of its parts, the mean color, the largest contrast."""
    import numpy as np

    height, width, channels = pixels.shape
    opacity = pixels[..., 3] if channels == 4 else np.ones((height, width))
    seen = pixels[..., :3] * opacity[..., None]
    tone = seen @ np.asarray(TONE)
    found: dict[str, Any] = {
        "mean color": [rounded(float(seen[..., i].mean()), 1.0) for i in range(3)],
        "contrast": rounded(float(np.ptp(np.dstack([seen, opacity]), axis=(0, 1)).max()), 1.0),
        "deviation": rounded(float(tone.std()), 1.0),
    }
    found.update(_grids({"tone": tone, "opacity": opacity}, grid, 1.0))
    return found


def _grids(layers: dict[str, Any], side: int, extent: float) -> dict[str, Any]:
    """For each layer the means of its parts, row by row; a single number where all are the same.

    Args:
        layers: by name, arrays (height, width).
        side: into how many rows and columns a layer is cut, at most.
        extent: the range of what can be seen; four digits of it are kept.
    """
    import numpy as np

    found: dict[str, Any] = {}
    for name, layer in layers.items():
        rows = min(side, layer.shape[0])
        columns = min(side, layer.shape[1])
        means = []
        for band in parts(layer, rows):
            for cell in parts(band.T, columns):
                drawn = cell[np.isfinite(cell)]
                mean = float(drawn.mean()) if drawn.size else math.nan
                means.append(rounded(mean, extent * 100))
        found["grid"] = [columns, rows]
        same = all(mean == means[0] for mean in means)
        found[name] = means[:1] if same else means
    return found
