"""A call of each function of `groundup.figures.conv_digits`."""

from collections.abc import Callable

import numpy as np

from groundup.figures import Picture, conv_digits

DIGIT = np.arange(28 * 28).reshape(28, 28) % 256
MAPS = np.arange(6 * 8 * 8).reshape(6, 8, 8) % 11 - 5.0
OUTPUTS = np.linspace(0, 1, 50)

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "filters": lambda: conv_digits.filters(MAPS, columns=4),
    "feature_maps": lambda: conv_digits.feature_maps(DIGIT, MAPS, columns=3),
    "by_layer": lambda: conv_digits.by_layer(
        {"sigmoid": (2.3, [1, 0.1], [1e-4, 1e-2]), "ReLU": (2.3, [1, 0.5], [1e-3, 2e-3])},
        ["conv 1", "dense 1"],
    ),
    "over_training": lambda: conv_digits.over_training(
        [
            (2.3, [1, 0.1, 0.01, 0.001], [1e-4, 2e-4, 1e-3, 1e-2]),
            (0.5, [2, 0.4, 0.3, 0.5], [1e-3, 1e-3, 2e-3, 2e-2]),
        ],
        ["conv 1", "conv 2", "dense 1", "dense 2"],
        every=400,
    ),
    "sigmoid_outputs": lambda: conv_digits.sigmoid_outputs(
        {"default": [OUTPUTS, OUTPUTS**2], "gain 4": [OUTPUTS**3, OUTPUTS]}, ["conv 1", "dense 1"]
    ),
}
