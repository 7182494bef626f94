"""Figures of the page "Your own digit": photographs, and what is made of them on the way."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from numpy.typing import ArrayLike

from groundup.figures import INK, STYLE, Picture, subplots


def photographs(
    pictures: ArrayLike, *, titles: Sequence[object], columns: int = 5, shrink: int = 3
) -> Picture:
    """Photographs in colour, side by side, with a title over each.

    Args:
        pictures: `(n, height, width, 3)`, uint8.
        titles: one for each photograph.
        columns: photographs per row.
        shrink: how many pixels, across and down, become one.
    """
    pixels = _averaged(np.asarray(pictures, dtype=float), shrink)
    n, height, width, _ = pixels.shape
    rows = -(-n // columns)  # rounded up

    # one canvas for all, transparent in the gaps between them
    gap_x = width // 20
    gap_y = height // 4  # the title takes most of it
    canvas_height = rows * (height + gap_y)
    canvas_width = columns * (width + gap_x) - gap_x
    canvas = np.zeros((canvas_height, canvas_width, 4), dtype=np.uint8)

    figure, (ax,) = subplots(width=6.0, height=6.0 * canvas_height / canvas_width)
    with mpl.rc_context(STYLE):
        for i, picture in enumerate(pixels):
            row, column = divmod(i, columns)
            top = row * (height + gap_y) + gap_y
            left = column * (width + gap_x)
            place = canvas[top : top + height, left : left + width]
            place[..., :3] = np.round(picture)
            place[..., 3] = 255
            middle = left + width / 2
            ax.text(middle, top - 2, str(titles[i]), ha="center", va="bottom", fontsize=9)
        ax.imshow(canvas, interpolation="none")
        ax.set_axis_off()
    return Picture(figure)


def stages(images: Mapping[str, ArrayLike]) -> Picture:
    """What one picture is at each step, in grey from 0, black, to 255, white.

    Args:
        images: a name and `(height, width)` or `(1, height, width)` for each step.
    """
    gray: Any = {"cmap": "gray", "vmin": 0, "vmax": 255, "interpolation": "none"}
    figure, axes = subplots(1, len(images), width=6.0, height=5.0 / len(images))
    with mpl.rc_context(STYLE):
        for ax, (name, image) in zip(axes, images.items(), strict=True):
            pixels = np.asarray(image, dtype=float)
            pixels = pixels.reshape(pixels.shape[-2:])
            # a photograph has more pixels than the page shows
            if min(pixels.shape) > 100:
                pixels = _averaged(pixels[None, ..., None], 2)[0, ..., 0]
            ax.imshow(np.round(pixels), **gray)
            ax.set_title(name, fontsize=10, color=INK)
            ax.set_axis_off()
    return Picture(figure)


def _averaged(pictures: Any, side: int) -> Any:
    """The mean of each square of pixels; what is left over at the right and below is cut off."""
    n, height, width, colors = pictures.shape
    rows = height // side
    columns = width // side
    cut = pictures[:, : rows * side, : columns * side]
    return cut.reshape(n, rows, side, columns, side, colors).mean(axis=(2, 4))
