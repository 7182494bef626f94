"""Figures of the page "An autograd of your own": an expression's graph, and decision regions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyBboxPatch
from numpy.typing import NDArray

from groundup.figures import BLUE, GREEN, INK, ORANGE, STYLE, Picture, subplots


@runtime_checkable
class Node(Protocol):
    """A number that remembers how it was computed, as the page builds it."""

    data: float
    grad: float
    parents: Sequence[tuple[Any, float]]


# The middle of each value's box. So placed, no arrow crosses another.
PLACES = {
    "u": (0.0, 1.0),
    "v": (0.0, 0.0),
    "product": (1.35, 0.0),
    "total": (2.7, 1.0),
    "result": (4.05, 0.0),
}
WIDTH = 0.84
HEIGHT = 0.58
GAP = 0.06  # between a box and the ends of its arrows


def expression_graph(values: Mapping[str, Node], *, gradients: bool = False) -> Picture:
    """The graph of an expression of two numbers, with the local derivative on each arrow.

    Args:
        values: the values `u`, `v`, `product`, `total` and `result`.
        gradients: whether to write the gradient of each value into its box.
    """
    figure, (ax,) = subplots(width=5.6, height=2.1)
    names = {id(value): name for name, value in values.items()}
    with mpl.rc_context(STYLE):
        for name, value in values.items():
            _box(ax, name, value, gradients)
            for parent, local in value.parents:
                _arrow(ax, PLACES[names[id(parent)]], PLACES[name], f"{local:g}")
        ax.set(xlim=(-0.5, 4.55), ylim=(-0.4, 1.4), aspect="equal")
        ax.set_axis_off()
    return Picture(figure)


def _box(ax: Axes, name: str, value: Node, gradients: bool) -> None:
    """A box with the name of a value, its number and its gradient."""
    x, y = PLACES[name]
    corner = (x - WIDTH / 2, y - HEIGHT / 2)
    look = "round,pad=0,rounding_size=0.08"
    box = FancyBboxPatch(
        corner, WIDTH, HEIGHT, boxstyle=look, fill=False, edgecolor=BLUE, linewidth=1.4
    )
    ax.add_patch(box)

    lines = [(name, INK), (f"{value.data:g}", INK)]
    if gradients:
        lines.append((f"gradient {value.grad:g}", ORANGE))
    middle = (len(lines) - 1) / 2
    for i, (text, color) in enumerate(lines):
        height = y + 0.17 * (middle - i)
        ax.text(x, height, text, color=color, ha="center", va="center", fontsize=8.5)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], label: str) -> None:
    """An arrow from the box of a parent to that of a value, with a label beside its middle."""
    start_x, start_y = start
    end_x, end_y = end
    tail = (start_x + WIDTH / 2 + GAP, start_y)
    tip = (end_x - WIDTH / 2 - GAP, end_y)
    look = {"arrowstyle": "-|>", "color": INK, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", tip, tail, arrowprops=look)

    # above a level arrow; on a steep one, on the side where its line leaves room
    shift_x = 0.0
    shift_y = 0.1
    if start_y != end_y:
        shift_x = 0.1
        shift_y = 0.1 if start_y > end_y else -0.1
    x = (tail[0] + tip[0]) / 2 + shift_x
    y = (tail[1] + tip[1]) / 2 + shift_y
    ax.text(x, y, label, color=GREEN, ha="center", va="center", fontsize=9)


def decision_regions(
    network: Callable[[Sequence[float]], Node],
    points: Sequence[Sequence[float]],
    targets: Sequence[float],
    *,
    cells: int = 60,
) -> Picture:
    """What a network answers over the whole plane, and the points that it learns from.

    The plane is blue where the output is below one half and orange where it is above: the stronger,
    the farther from it. Points with the target 0 are circles, those with the target 1 are squares.

    Args:
        network: gives a number from 0 to 1 for two coordinates.
        points: the two coordinates of each point.
        targets: 0 or 1 for each point.
        cells: at how many places along each direction the network is asked.
    """
    places = np.array(points, dtype=float)
    classes = np.array(targets)
    reach = 1.1 * np.abs(places).max()
    edges = np.linspace(-reach, reach, cells + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    outputs = np.array([[network((x1, x2)).data for x1 in middles] for x2 in middles])

    figure, (ax,) = subplots(width=3.4, height=3.2)
    looks = {0: ("o", BLUE), 1: ("s", ORANGE)}
    with mpl.rc_context(STYLE):
        extent = (-reach, reach, -reach, reach)
        ax.imshow(_shades(outputs), origin="lower", extent=extent, interpolation="none")
        for target, (marker, color) in looks.items():
            x1, x2 = places[classes == target].T
            ax.scatter(
                x1,
                x2,
                s=26,
                marker=marker,
                color=color,
                edgecolors=INK,
                linewidths=0.7,
                label=f"target {target}",
            )
        ax.set(xlabel="$x_1$", ylabel="$x_2$")
        figure.legend(loc="outside upper center", ncols=2)
    return Picture(figure)


def _shades(outputs: NDArray[Any]) -> NDArray[Any]:
    """A color for each output: none at one half, blue below it, orange above."""
    shades = np.zeros((*outputs.shape, 4))
    shades[outputs < 0.5, :3] = to_rgb(BLUE)
    shades[outputs >= 0.5, :3] = to_rgb(ORANGE)
    shades[..., 3] = 0.1 + np.abs(outputs - 0.5)
    return shades
