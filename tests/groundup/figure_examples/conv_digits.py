"""A call of each function of `groundup.figures.conv_digits`."""

from collections.abc import Callable

import numpy as np

from groundup.figures import Picture, conv_digits

DIGIT = np.arange(28 * 28).reshape(28, 28) % 256
MAPS = np.arange(6 * 8 * 8).reshape(6, 8, 8) % 11 - 5.0
LOSSES = np.linspace(2.3, 0.5, 200).tolist()

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "one_pixel": lambda: conv_digits.one_pixel(
        DIGIT, MAPS[0, :5, :5], DIGIT[:24, :24], row=7, column=5
    ),
    "filters": lambda: conv_digits.filters(MAPS, columns=4),
    "feature_maps": lambda: conv_digits.feature_maps(DIGIT, MAPS, columns=3),
    "slow_start": lambda: conv_digits.slow_start(
        LOSSES, {"conv 1": LOSSES, "conv 2": LOSSES[::-1]}, chance=2.3
    ),
    "by_layer": lambda: conv_digits.by_layer(
        {"signal": {"sigmoid": [1, 0.1], "ReLU": [1, 0.5]}, "gradient": {"sigmoid": [1e-4, 1e-2]}},
        ["conv 1", "dense 1"],
    ),
}
