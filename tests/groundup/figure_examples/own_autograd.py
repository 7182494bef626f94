"""A call of each function of `groundup.figures.own_autograd`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from groundup.figures import Picture, own_autograd


@dataclass
class Number:
    """As much of the page's `Value` as is drawn."""

    data: float
    parents: list[tuple["Number", float]] = field(default_factory=list)
    grad: float = 0.5


U = Number(2.0)
V = Number(3.0)
PRODUCT = Number(6.0, [(U, 3.0), (V, 2.0)])
TOTAL = Number(8.0, [(PRODUCT, 1.0), (U, 1.0)])
RESULT = Number(48.0, [(PRODUCT, 8.0), (TOTAL, 6.0)])
VALUES = {"u": U, "v": V, "product": PRODUCT, "total": TOTAL, "result": RESULT}

POINTS = [(-1.0, -1.0), (1.0, -1.0), (0.5, 1.0)]
TARGETS = [0.0, 1.0, 1.0]


def slope(place: Sequence[float]) -> Number:
    """A network of a kind: it answers by the first coordinate."""
    return Number(0.5 + place[0] / 4)


EXAMPLES: dict[str, Callable[[], Picture]] = {
    "expression_graph": lambda: own_autograd.expression_graph(VALUES, gradients=True),
    "decision_regions": lambda: own_autograd.decision_regions(slope, POINTS, TARGETS, cells=4),
}
