"""Photographs of handwriting, made by code: pen strokes on paper that is lit unevenly.

Pages about photographs get theirs from here, so that nobody's handwriting has to be brought along.
A stroke is a handful of points in a box of 1 by 1; the pen passes through them on a smooth curve.
"""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

HEIGHT = 240  # of a photograph, in pixels
WIDTH = 320

# shares of red, green and blue light that come back
PAPER = (0.93, 0.88, 0.78)
INK = (0.26, 0.28, 0.36)

BRIGHTNESS = 250.0  # of a surface that reflects all light, out of the shadow
OFFSET = 6.0  # what the camera reports where no light comes from
SHADOW = 0.72  # the share of the light that the shadow takes away
EDGE = 0.25  # the width of the shadow's soft edge, as a share of the photograph
NOISE = 4.0  # standard deviation of a pixel
SOFTNESS = 2.5  # pixels over which the edge of a stroke fades
SHAKE = 0.012  # standard deviation of a point, as a share of the size

# Of each digit the points of its strokes: x to the right, y down.
# A point that stands twice is a corner.
STROKES: dict[int, list[list[tuple[float, float]]]] = {
    0: [
        [
            *[(0.52, 0.02), (0.26, 0.16), (0.18, 0.50), (0.27, 0.85), (0.50, 0.98)],
            *[(0.73, 0.85), (0.82, 0.50), (0.74, 0.16), (0.52, 0.02)],
        ]
    ],
    1: [[(0.52, 0.02), (0.51, 0.50), (0.50, 0.98)]],
    2: [
        [
            *[(0.20, 0.24), (0.32, 0.06), (0.54, 0.02), (0.74, 0.14), (0.74, 0.36)],
            *[(0.50, 0.66), (0.18, 0.95), (0.18, 0.95), (0.50, 0.94), (0.84, 0.95)],
        ]
    ],
    3: [
        [
            *[(0.22, 0.12), (0.46, 0.02), (0.70, 0.10), (0.72, 0.30), (0.44, 0.46)],
            *[(0.44, 0.46), (0.74, 0.58), (0.80, 0.78), (0.56, 0.97), (0.20, 0.90)],
        ]
    ],
    4: [
        [(0.34, 0.04), (0.20, 0.56), (0.20, 0.56), (0.50, 0.58), (0.82, 0.56)],
        [(0.72, 0.10), (0.68, 0.55), (0.65, 0.98)],
    ],
    5: [
        [
            *[(0.76, 0.04), (0.32, 0.05), (0.32, 0.05), (0.27, 0.44), (0.27, 0.44)],
            *[(0.54, 0.38), (0.77, 0.56), (0.74, 0.84), (0.50, 0.97), (0.20, 0.88)],
        ]
    ],
    6: [
        [
            *[(0.66, 0.02), (0.38, 0.24), (0.24, 0.62), (0.34, 0.92), (0.58, 0.96)],
            *[(0.74, 0.76), (0.60, 0.56), (0.40, 0.60), (0.26, 0.76)],
        ]
    ],
    7: [
        [
            *[(0.16, 0.08), (0.50, 0.08), (0.80, 0.06), (0.80, 0.06), (0.60, 0.44)],
            (0.42, 0.98),
        ]
    ],
    8: [
        [
            *[(0.70, 0.12), (0.48, 0.02), (0.28, 0.16), (0.38, 0.38), (0.62, 0.56)],
            *[(0.74, 0.80), (0.50, 0.98), (0.26, 0.82), (0.38, 0.56), (0.64, 0.36)],
            (0.70, 0.12),
        ]
    ],
    9: [
        [
            *[(0.74, 0.20), (0.52, 0.03), (0.28, 0.16), (0.28, 0.38), (0.50, 0.50)],
            *[(0.70, 0.36), (0.74, 0.20), (0.74, 0.20), (0.70, 0.60), (0.58, 0.98)],
        ]
    ],
}


def pen_strokes(digit: int) -> list[Float[Tensor, "_ 2"]]:
    """The strokes of a digit, each the points that the pen passes through.

    A point is how far to the right and how far down it lies, both from 0 to 1. A point that stands
    twice is a corner.

    Args:
        digit: from 0 to 9.

    Raises:
        ValueError: it is none of these.
    """
    if digit not in STROKES:
        raise ValueError(f"pen_strokes: digit={digit}, expected one from 0 to 9.")
    return [torch.tensor(points) for points in STROKES[digit]]


def photograph(
    strokes: Sequence[Float[Tensor, "_ 2"]],
    *,
    thickness: float = 16.0,
    slant: float = 0.0,
    size: float = 130.0,
    center: tuple[float, float] = (160.0, 120.0),
    seed: int = 0,
) -> UInt8[Tensor, "240 320 3"]:
    """A photograph of pen strokes: dark ink on warm paper, with a shadow over one side, and noise.

    Args:
        strokes: what is drawn, as `pen_strokes` gives it; an empty sheet if there are none.
        thickness: of the pen, in pixels.
        slant: how far the top leans to the right, as a share of the height.
        size: of the box of 1 by 1 that the strokes lie in, in pixels.
        center: of that box, in pixels from the left and from the top.
        seed: of the shaky hand, the place of the shadow and the noise.
    """
    random = torch.Generator().manual_seed(seed)
    ink = torch.zeros(HEIGHT, WIDTH)
    for stroke in strokes:
        path = _smooth(_shaken(stroke, random)) - 0.5
        right = center[0] + size * (path[:, 0] - slant * path[:, 1])
        down = center[1] + size * path[:, 1]
        drawn = _drawn(torch.stack([right, down], dim=1), thickness)
        ink = torch.maximum(ink, drawn)

    # what the surface reflects, then the light that falls on it, then the camera
    ink = ink.unsqueeze(2)  # (240, 320, 1)
    surface = torch.tensor(PAPER) * (1 - ink) + torch.tensor(INK) * ink  # (240, 320, 3)
    picture = BRIGHTNESS * surface * _light(random).unsqueeze(2) + OFFSET
    picture += NOISE * torch.randn(picture.shape, generator=random)
    return picture.round().clamp(0, 255).to(torch.uint8)


def _shaken(
    stroke: Float[Tensor, "points 2"], random: torch.Generator
) -> Float[Tensor, "points 2"]:
    """The points, each moved a little; both halves of a corner move together."""
    moves = SHAKE * torch.randn(stroke.shape, generator=random)
    for i in range(1, len(stroke)):
        if torch.equal(stroke[i], stroke[i - 1]):
            moves[i] = moves[i - 1]
    return stroke + moves


def _smooth(stroke: Float[Tensor, "points 2"], *, steps: int = 6) -> Float[Tensor, "curve 2"]:
    """Points on a smooth curve through those of a stroke, `steps` from one to the next.

    Source: E. Catmull, R. Rom, *A class of local interpolating splines* (1974).
    """
    padded = torch.cat([stroke[:1], stroke, stroke[-1:]])
    t = torch.arange(steps).unsqueeze(1) / steps
    pieces = []
    for before, start, end, after in zip(
        padded[:-3], padded[1:-2], padded[2:-1], padded[3:], strict=True
    ):
        if torch.equal(start, end):
            continue
        linear = end - before
        square = 2 * before - 5 * start + 4 * end - after
        cube = 3 * start - before - 3 * end + after
        pieces.append(start + (linear * t + square * t**2 + cube * t**3) / 2)
    return torch.cat([*pieces, stroke[-1:]])


def _drawn(path: Float[Tensor, "curve 2"], thickness: float) -> Float[Tensor, "240 320"]:
    """How much ink a pen leaves on each pixel, from 0 to 1, along a path in pixels."""
    rows = torch.arange(HEIGHT) + 0.5
    columns = torch.arange(WIDTH) + 0.5
    ink = torch.zeros(HEIGHT, WIDTH)

    # only the pixels that the pen can reach
    reach = thickness / 2 + SOFTNESS
    low = path.amin(dim=0) - reach
    high = path.amax(dim=0) + reach
    across = torch.nonzero((columns > low[0]) & (columns < high[0])).flatten()
    down = torch.nonzero((rows > low[1]) & (rows < high[1])).flatten()
    if not len(across) or not len(down):
        return ink

    # the distance of each of them to each piece of the path, then to the nearest
    grid = torch.cartesian_prod(rows[down], columns[across]).flip(1)  # (pixels, 2), x and y
    start = path[:-1]  # (pieces, 2)
    piece = path[1:] - start
    to_pixel = grid.unsqueeze(1) - start  # (pixels, pieces, 2)
    share = (to_pixel * piece).sum(dim=2) / piece.square().sum(dim=1).clamp(min=1e-9)
    foot = share.clamp(0, 1).unsqueeze(2) * piece
    nearest = (to_pixel - foot).square().sum(dim=2).amin(dim=1).sqrt()  # (pixels,)

    covered = (0.5 + (thickness / 2 - nearest) / SOFTNESS).clamp(0, 1)
    ink[down.unsqueeze(1), across] = covered.reshape(len(down), len(across))
    return ink


def _light(random: torch.Generator) -> Float[Tensor, "240 320"]:
    """The share of the light that falls on each pixel: 1, and less in the shadow over one side."""
    direction = 2 * math.pi * torch.rand(1, generator=random)
    rows = (torch.arange(HEIGHT) / HEIGHT).unsqueeze(1)
    columns = torch.arange(WIDTH) / WIDTH
    place = rows * torch.sin(direction) + columns * torch.cos(direction)
    place = (place - place.min()) / (place.max() - place.min())
    return 1 - SHADOW * torch.sigmoid((place - 0.55) * 2 / EDGE)
