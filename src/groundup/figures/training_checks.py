"""Figures of the page "Checks before a long training": histograms of what is inside a network."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from groundup.figures import BLUE, INK, STYLE, Picture, subplots


def activations(networks: Mapping[str, Sequence[ArrayLike]]) -> Picture:
    """Histograms of the activations, a row for each network and a column for each layer.

    Args:
        networks: name of each network, and for each of its layers the activations, of any shape.
    """
    rows = {}
    for name, layers in networks.items():
        rows[name] = [np.asarray(layer, dtype=float).ravel() for layer in layers]
    return _histograms(rows, "activation")


def gradients(networks: Mapping[str, Sequence[ArrayLike]]) -> Picture:
    """Histograms of the size of the gradients, a row for each network and a column for each layer.

    The axis is logarithmic and the same for all. A derivative of 0 has no place on it; a layer
    that has no other says so.

    Args:
        networks: name of each network, and for each of its layers the gradients, of any shape.
    """
    rows = {}
    for name, layers in networks.items():
        sizes = [np.abs(np.asarray(layer, dtype=float)).ravel() for layer in layers]
        rows[name] = [np.log10(size[size > 0]) for size in sizes]
    return _histograms(rows, "size of the gradient", limits=(-10, 1))


def _histograms(
    rows: Mapping[str, Sequence[NDArray[Any]]],
    xlabel: str,
    *,
    limits: tuple[float, float] | None = None,
) -> Picture:
    """Rows and columns of histograms; `limits`, in powers of ten, are those of all panels."""
    columns = len(next(iter(rows.values())))
    figure, axes = subplots(len(rows), columns, width=6.0, height=1.2 * len(rows) + 0.6)
    with mpl.rc_context(STYLE):
        place = iter(axes)
        for row, (name, layers) in enumerate(rows.items()):
            for column, values in enumerate(layers):
                ax = next(place)
                _histogram(ax, values, limits)
                if row == 0:
                    ax.set_title(f"layer {column + 1}", fontsize=10, color=INK)
                if column == 0:
                    ax.set_ylabel(name.replace(", ", ",\n"), fontsize=9)
        figure.supxlabel(xlabel, fontsize=10)
    return Picture(figure)


def _histogram(ax: Axes, values: NDArray[Any], limits: tuple[float, float] | None) -> None:
    """One panel; with `limits` the values are powers of ten."""
    if limits is None:
        low, high = (0.0, max(1.0, float(values.max())))
    else:
        low, high = limits
        ticks = range(int(low) + 1, int(high) + 1, 3)
        ax.set_xticks(list(ticks), [f"$10^{{{power}}}$" for power in ticks])
    bins = np.linspace(low, high, 41).tolist()
    if len(values) == 0:
        ax.text(0.5, 0.5, "all 0", ha="center", va="center", transform=ax.transAxes, fontsize=9)
    else:
        ax.hist(np.clip(values, low, high), bins, color=BLUE)
    ax.set(xlim=(low, high), yticks=[])
    ax.tick_params(axis="x", labelsize=8)
    ax.spines["left"].set_visible(False)
