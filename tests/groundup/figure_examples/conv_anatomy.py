"""A call of each function of `groundup.figures.conv_anatomy` that draws."""

from collections.abc import Callable

import numpy as np

from groundup.figures import Picture
from groundup.figures import conv_anatomy as drawings

WAVE = np.sin(np.arange(36.0)).reshape(6, 6)

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "convolution_step": lambda: drawings.convolution_step(WAVE, np.eye(3), WAVE[:4, :4], at=(1, 2)),
    "pooling_step": lambda: drawings.pooling_step(WAVE[:4]),
    "layer_outputs": lambda: drawings.layer_outputs(
        {"maps": np.stack([WAVE, -WAVE, 0 * WAVE]), "vector": WAVE[0]}, columns=2
    ),
    "learned_filters": lambda: drawings.learned_filters(
        np.stack([WAVE[:3, :3], -WAVE[:3, :3]]),
        np.stack([np.eye(3), WAVE[:3, :3]]),
        np.abs(np.sin(np.arange(2 * 4 * 49.0))).reshape(2, 4, 7, 7),
    ),
}
