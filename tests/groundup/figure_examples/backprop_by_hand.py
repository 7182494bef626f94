"""A call of each function of `groundup.figures.backprop_by_hand`."""

from collections.abc import Callable

from groundup.figures import Picture, backprop_by_hand

HIDDEN = (1.58, -0.14, 0.75)
OUTPUT = (2.45, -0.11, 0.85)
GRADIENTS = ((-0.01, -0.02, -0.09), (-0.03, -0.04, -0.3))

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "neuron_chain": lambda: backprop_by_hand.neuron_chain(
        0.8, HIDDEN, OUTPUT, 1.0, 0.02, GRADIENTS
    ),
}
