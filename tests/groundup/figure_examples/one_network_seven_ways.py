"""A call of each function of `groundup.figures.one_network_seven_ways`."""

from collections.abc import Callable

from groundup.figures import Picture, one_network_seven_ways

LOSSES = [0.5, 0.25, 0.125]
PASSES = {0: "no pass", 1: "one pass"}
SLOPES = {"by hand": 1.0, "relu": 0.0, "clamp": 0.0, "maximum": 0.5}
GAPS = {"float32": [1e-7, float("nan"), 1e-6]}

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "two_layer_shapes": one_network_seven_ways.two_layer_shapes,
    "dots_by_group": lambda: one_network_seven_ways.dots_by_group(
        LOSSES, [0, 1, 0], names=PASSES, xlabel="step", ylabel="loss"
    ),
    "relative_gaps": lambda: one_network_seven_ways.relative_gaps(GAPS),
    "slopes_at_kink": lambda: one_network_seven_ways.slopes_at_kink(SLOPES),
}
