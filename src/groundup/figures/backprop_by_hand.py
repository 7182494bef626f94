"""The figure of the page "Backpropagation by hand": a chain of two neurons with its numbers."""

from collections.abc import Mapping

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle

from groundup.figures import BLUE, GREEN, INK, ORANGE, STYLE, Picture, subplots

# The stages of the chain: how each is written, what it is called, and its place.
STAGES = {
    "x": ("$x$", "input", 0.35),
    "a1": ("$a_1$", "hidden neuron", 2.0),
    "a2": ("$a_2$", "output neuron", 3.75),
    "loss": ("$L$", "loss", 5.35),
}
# What acts on a stage from above, or on the way to it: how it is written, and its place.
ABOVE = {
    "w1": ("$w_1$", 1.1, 0.16),
    "w2": ("$w_2$", 2.87, 0.16),
    "b1": ("$b_1$", 2.0, 0.92),
    "b2": ("$b_2$", 3.75, 0.92),
    "target": ("$t$", 5.35, 0.92),
}
RADIUS = 0.44  # of a neuron, and half the side of the loss
GAP = 0.46  # from the middle of a stage to the tip of an arrow
LINE = 0.2  # from one line of text to the next
BACK = -0.24  # the height of the arrows that run backward

Neuron = tuple[float, float, float]  # weight, bias and activation, or a derivative for each


def neuron_chain(
    x: float,
    hidden: Neuron,
    output: Neuron,
    target: float,
    loss: float,
    gradients: tuple[Neuron, Neuron] | None = None,
) -> Picture:
    """Draw two neurons and their loss, each number in its place and its gradient below it.

    Args:
        x: the input.
        hidden: weight, bias and activation of the hidden neuron.
        output: weight, bias and activation of the output neuron.
        target: what the output should have been.
        loss: how far off it is.
        gradients: the derivatives of the loss with respect to the numbers of the hidden and of the
            output neuron, drawn in orange.
    """
    values = {"x": x, "target": target, "loss": loss}
    values |= _by_name(hidden, output)
    shown = _by_name(*gradients) if gradients else {}

    figure, (ax,) = subplots(width=6.2, height=2.4)
    with mpl.rc_context(STYLE):
        _shapes(ax)
        _arrows(ax, backward=bool(shown))

        for name, (symbol, title, across) in STAGES.items():
            lines = _lines(name, symbol, values, shown)
            middle = LINE * (len(lines) - 1) / 2
            _write(ax, lines, across, top=middle)
            _write(ax, [(title, INK)], across, top=-0.65)

        for name, (symbol, across, bottom) in ABOVE.items():
            lines = _lines(name, symbol, values, shown)
            _write(ax, lines, across, top=bottom + LINE * (len(lines) - 1))

        ax.set(xlim=(0, 6), ylim=(-0.78, 1.45), aspect="equal")
        ax.set_axis_off()
    return Picture(figure)


def _by_name(hidden: Neuron, output: Neuron) -> dict[str, float]:
    """Give the numbers of the two neurons by their names."""
    numbers = dict(zip(("w1", "b1", "a1"), hidden, strict=True))
    numbers |= zip(("w2", "b2", "a2"), output, strict=True)
    return numbers


def _shapes(ax: Axes) -> None:
    """Draw a circle round each neuron and a square round the loss."""
    for name in ("a1", "a2"):
        middle = (STAGES[name][2], 0)
        ax.add_patch(Circle(middle, RADIUS, fill=False, edgecolor=BLUE, linewidth=1.6))
    corner = (STAGES["loss"][2] - RADIUS, -RADIUS)
    side = 2 * RADIUS
    ax.add_patch(Rectangle(corner, side, side, fill=False, edgecolor=GREEN, linewidth=1.6))


def _arrows(ax: Axes, *, backward: bool) -> None:
    """Draw the way of the forward pass, and below it that of the backward pass."""
    for left, right in (("x", "a1"), ("a1", "a2"), ("a2", "loss")):
        # no circle is drawn round x
        gap = 0.22 if left == "x" else GAP
        start = STAGES[left][2] + gap
        end = STAGES[right][2] - GAP
        _arrow(ax, (start, 0), (end, 0), INK)
        # the input has no gradient that anybody needs
        if backward and left != "x":
            _arrow(ax, (end, BACK), (start, BACK), ORANGE)
    for name in ("b1", "b2", "target"):
        x = ABOVE[name][1]
        _arrow(ax, (x, 0.76), (x, GAP), INK)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], color: str) -> None:
    """Draw an arrow that reaches both its ends, without the usual gap."""
    look = {"arrowstyle": "-|>", "color": color, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=look)


def _lines(
    name: str, symbol: str, values: Mapping[str, float], gradients: Mapping[str, float]
) -> list[tuple[str, str]]:
    """Give the lines that stand at a number's place, each with its colour."""
    lines = [(symbol, INK), (f"{values[name]:.4g}", INK)]
    if name in gradients:
        lines.append((f"{gradients[name]:.4f}", ORANGE))
    return lines


def _write(ax: Axes, lines: list[tuple[str, str]], x: float, *, top: float) -> None:
    """Write lines below each other, the first at the height `top`."""
    for i, (text, color) in enumerate(lines):
        height = top - LINE * i
        ax.text(x, height, text, color=color, ha="center", va="center", fontsize=9)
