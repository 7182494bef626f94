"""Figures of the page "Backpropagation by hand": a chain of two neurons, and two runs over time."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle

from groundup.figures import BLUE, GREEN, INK, ORANGE, STYLE, Picture, subplots

# The names of a chain's numbers, each with how it is written and its place. What stands at height 0
# is a stage of the chain; the others stand above the arrow or the stage that they act on.
NUMBERS = {
    "x": ("$x$", 0.42, 0.0),
    "a1": ("$a_1$", 1.8, 0.0),
    "a2": ("$a_2$", 3.18, 0.0),
    "loss": ("$L$", 4.5, 0.0),
    "w1": ("$w_1$", 1.11, 0.34),
    "w2": ("$w_2$", 2.49, 0.34),
    "b1": ("$b_1$", 1.8, 1.04),
    "b2": ("$b_2$", 3.18, 1.04),
    "target": ("$t$", 4.5, 1.04),
}
RADIUS = 0.39  # of a neuron, and half the side of the loss
GAP = 0.41  # from the middle of a stage to the tip of an arrow


def neuron_chain(
    values: Mapping[str, float], gradients: Mapping[str, float] | None = None
) -> Picture:
    """A chain of two neurons and its loss, with each number in its place, its gradient below it.

    Args:
        values: the numbers `x`, `w1`, `b1`, `a1`, `w2`, `b2`, `a2`, `target` and `loss`.
        gradients: the derivative of the loss with respect to any of these, by the same names;
            drawn in orange.
    """
    shown = gradients or {}
    across = {name: x for name, (_, x, _) in NUMBERS.items()}
    figure, (ax,) = subplots(width=5.0, height=2.0)
    with mpl.rc_context(STYLE):
        # along the chain, and under it back again for each gradient that is given
        for left, right in (("x", "a1"), ("a1", "a2"), ("a2", "loss")):
            gap = 0.2 if left == "x" else GAP  # no circle is drawn round x
            start = across[left] + gap
            end = across[right] - GAP
            _arrow(ax, (start, 0), (end, 0), INK)
            if left in shown:
                _arrow(ax, (end, -0.22), (start, -0.22), ORANGE)

        # from above into the neurons and into the loss
        for name in ("b1", "b2", "target"):
            _arrow(ax, (across[name], 0.72), (across[name], GAP), INK)

        for name in ("a1", "a2"):
            circle = Circle((across[name], 0), RADIUS, fill=False, edgecolor=BLUE, linewidth=1.6)
            ax.add_patch(circle)
        corner = (across["loss"] - RADIUS, -RADIUS)
        side = 2 * RADIUS
        ax.add_patch(Rectangle(corner, side, side, fill=False, edgecolor=GREEN, linewidth=1.6))

        for name, (written, x, y) in NUMBERS.items():
            lines = [(written, INK), (f"{values[name]:.4g}", INK)]
            if name in shown:
                lines.append((f"{shown[name]:.4f}", ORANGE))
            # a stage's lines have their middle at its height; above an arrow they grow upwards
            first = (len(lines) - 1) / 2 if y == 0 else len(lines) - 1.9
            for i, (text, color) in enumerate(lines):
                height = y + 0.19 * (first - i)
                ax.text(x, height, text, color=color, ha="center", va="center", fontsize=9)

        ax.set(xlim=(0.15, 5), ylim=(-0.45, 1.4), aspect="equal")
        ax.set_axis_off()
    return Picture(figure)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], color: str) -> None:
    """An arrow that reaches both its ends, without the usual gap."""
    look = {"arrowstyle": "-|>", "color": color, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=look)


def stacked_curves(
    panels: Mapping[str, Mapping[str, Sequence[float]]], *, xlabel: str, marks: Mapping[str, float]
) -> Picture:
    """Panels over one another with a common horizontal axis, and one legend above them.

    Args:
        panels: for each panel what its vertical axis shows, and the name and the values of each
            line.
        xlabel: what the horizontal axis shows: 0, 1, 2, ...
        marks: for a panel, the height of a dashed line.
    """
    figure, axes = subplots(rows=len(panels), width=5.0, height=1.9 * len(panels))
    with mpl.rc_context(STYLE):
        for ax, (ylabel, series) in zip(axes, panels.items(), strict=True):
            for name, values in series.items():
                ax.plot(values, label=name, linewidth=1.8)
            if ylabel in marks:
                ax.axhline(marks[ylabel], color=INK, linestyle="--", linewidth=0.9)
            ax.set(ylabel=ylabel)

        # the lowest panel numbers the axis for all
        for ax in axes[:-1]:
            ax.tick_params(labelbottom=False)
        axes[-1].set(xlabel=xlabel)

        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return Picture(figure)
