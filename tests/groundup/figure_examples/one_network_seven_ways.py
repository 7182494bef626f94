"""A call of each function of `groundup.figures.one_network_seven_ways`."""

from collections.abc import Callable

from groundup.figures import Picture, one_network_seven_ways

SQUARE = [[1.0, -2.0], [0.0, 4.0]]
COLUMN = [[3.0], [-1.0]]
FORWARD = {"X": SQUARE, "W1": SQUARE, "Z1": SQUARE, "A1": SQUARE, "W2": COLUMN, "Z2": COLUMN}
BACKWARD = {name: matrix for name, matrix in FORWARD.items() if name != "X"}
LOSSES = [0.5, 0.25, 0.125]
PASSES = {0: "no pass", 1: "one pass"}

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "pencil_case": lambda: one_network_seven_ways.pencil_case(FORWARD, BACKWARD),
    "dots_by_group": lambda: one_network_seven_ways.dots_by_group(
        LOSSES, [0, 1, 0], names=PASSES, xlabel="step", ylabel="loss"
    ),
}
