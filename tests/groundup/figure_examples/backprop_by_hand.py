"""A call of each function of `groundup.figures.backprop_by_hand`."""

from collections.abc import Callable

from groundup.figures import Picture, backprop_by_hand

LOSSES = [0.5, 0.25, 0.125]
CHAIN = {
    "x": 0.8,
    "w1": 1.58,
    "b1": -0.14,
    "a1": 0.75,
    "w2": 2.45,
    "b2": -0.11,
    "a2": 0.85,
    "target": 1.0,
    "loss": 0.02,
}
GRADIENTS = {"w1": -0.01, "a2": -0.3}
PANELS = {"loss": {"a": LOSSES}, "output": {"a": LOSSES[::-1]}}
MARKS = {"output": 0.5}

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "neuron_chain": lambda: backprop_by_hand.neuron_chain(CHAIN, GRADIENTS),
    "stacked_curves": lambda: backprop_by_hand.stacked_curves(PANELS, xlabel="step", marks=MARKS),
}
