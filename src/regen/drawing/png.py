"""A PNG that matplotlib did not draw, or not here: opacity and tone of its parts, by Pillow."""

import io
from array import array
from typing import Any

from regen.drawing.columns import rounded
from regen.drawing.images import GRID, TONE
from regen.errors import RegenError

__all__ = ["describe_png"]


def describe_png(data: bytes) -> dict[str, Any]:
    """Say what a PNG shows, in the form of `describe`: one axes whose limits are the picture's.

    Raises:
        RegenError: it is not a PNG, or Pillow, which reads it, is not installed.
    """
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise RegenError(
            "a page shows a PNG, which Pillow reads. Install it: pip install pillow"
        ) from error
    try:
        image = Image.open(io.BytesIO(data), formats=["PNG"])
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise RegenError(f"a page shows a PNG that cannot be read: {error}") from error
    width, height = image.size
    axes = {
        "x": {"limits": [0, width]},
        # downwards, as rows of pixels are counted
        "y": {"limits": [height, 0]},
        "series": [{"kind": "image", "mode": image.mode, **_pixels(image)}],
    }
    return {"size": [width, height], "axes": [axes]}


def _pixels(image: Any) -> dict[str, Any]:
    """What `images` says of an image of colors; Pillow counts in bytes."""
    from PIL import Image, ImageStat

    colored = image.convert("RGBA")
    opacity = colored.getchannel("A")
    # premultiplied by the opacity: what is see-through has no color
    black = Image.new("RGBA", image.size, (0, 0, 0, 255))
    seen = Image.alpha_composite(black, colored).convert("RGB")
    tone = seen.convert("L", (*TONE, 0))
    contrasts = [high - low for low, high in (*seen.getextrema(), opacity.getextrema())]
    columns = min(GRID, image.width)
    rows = min(GRID, image.height)
    found: dict[str, Any] = {
        "pixels": [image.width, image.height],
        "mean color": [rounded(mean / 255, 1.0) for mean in ImageStat.Stat(seen).mean],
        "contrast": rounded(max(contrasts) / 255, 1.0),
        "deviation": rounded(ImageStat.Stat(tone).stddev[0] / 255, 1.0),
        "grid": [columns, rows],
    }
    for name, layer in (("tone", tone), ("opacity", opacity)):
        small = layer.convert("F").resize((columns, rows), Image.Resampling.BOX)
        found[name] = [rounded(mean / 255, 100.0) for mean in array("f", small.tobytes())]
    return found
