"""A call of each function of `groundup.figures.conv_anatomy` that draws."""

from collections.abc import Callable

import numpy as np

from groundup.figures import Picture
from groundup.figures import conv_anatomy as drawings

WAVE = np.sin(np.arange(36.0)).reshape(6, 6)

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "network_shapes": lambda: drawings.network_shapes(
        {
            "image": (1, 32, 32),
            "conv1": (6, 30, 30),
            "pool1": (6, 15, 15),
            "flat": (1350,),
            "fc1": (10,),
        }
    ),
    "convolution_step": lambda: drawings.convolution_step(WAVE, np.eye(3), WAVE[:4, :4], at=(1, 2)),
    "pooling_step": lambda: drawings.pooling_step(WAVE[:4]),
    "feature_maps": lambda: drawings.feature_maps(
        {"first": np.stack([WAVE, -WAVE, 0 * WAVE])}, columns=2
    ),
    "descent_paths": lambda: drawings.descent_paths(
        np.add.outer(np.linspace(-1, 1, 5) ** 2, np.linspace(-2, 1, 7) ** 2) + 0.1,
        np.linspace(-2, 1, 7).tolist(),
        np.linspace(-1, 1, 5).tolist(),
        {"a": [[-1.5, 0.5], [0, 0]], "b": [[-1.5, 0.5], [5, 5]], "c": [[-1.5, 0.5]]},
        lowest=[0, 0],
    ),
}
