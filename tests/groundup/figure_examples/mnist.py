"""A call of each function of `groundup.figures.mnist`."""

from collections.abc import Callable

import numpy as np

from groundup.figures import Picture, mnist

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "grey_histogram": lambda: mnist.grey_histogram([10_000, *range(1, 256)]),
    "centring": lambda: mnist.centring(
        np.arange(28 * 28).reshape(28, 28) % 256,
        box=(slice(4, 24), slice(6, 22)),
        rows=[14.1, 13.9, 14.2],
        columns=[13.8, 14.0, 14.4],
    ),
}
