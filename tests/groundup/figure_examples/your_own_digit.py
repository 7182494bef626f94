"""A call of each function of `groundup.figures.your_own_digit`."""

from collections.abc import Callable

import numpy as np

from groundup.figures import Picture, your_own_digit

PHOTOGRAPHS = (np.arange(3 * 24 * 32 * 3) % 251).astype(np.uint8).reshape(3, 24, 32, 3)
LARGE = np.arange(120 * 160).reshape(120, 160) % 256

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "photographs": lambda: your_own_digit.photographs(
        PHOTOGRAPHS, titles="017", columns=2, shrink=2
    ),
    "stages": lambda: your_own_digit.stages({"photograph": LARGE, "cropped": LARGE[None, :20, :9]}),
}
