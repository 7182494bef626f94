"""A call of each function of `groundup.figures.numerics`."""

from collections.abc import Callable

from groundup.figures import Picture, numerics

SLOPES = {"relu": 0.0, "clamp": 0.0, "maximum": 0.5, "where": 1.0}

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "slopes_at_kink": lambda: numerics.slopes_at_kink(SLOPES),
    "loss_and_gap": lambda: numerics.loss_and_gap([1.0, 0.1, 0.01], [0.0, 1e-16, 1e-15]),
}
