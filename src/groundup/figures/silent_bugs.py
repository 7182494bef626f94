"""Figures of the page "Bugs that train without an error": a faulty run beside the healthy one."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from numpy.typing import ArrayLike, NDArray

from groundup.figures import BLUE, INK, ORANGE, STYLE, Picture, subplots


def loss_and_accuracy(
    runs: Mapping[str, Mapping[str, Sequence[float]]],
    *,
    floor: float | None = None,
    top: float = 3.2,
) -> Picture:
    """Training loss and test accuracy of several runs side by side, and where guessing stands.

    Args:
        runs: name of each run and its notes: `step`, `loss` and `accuracy`, lists of one length.
            The one named `healthy` is drawn broader, so that it shows where another covers it.
        floor: a loss that one of the runs cannot get below, drawn as a dotted line.
        top: the end of the axis of the loss; what is higher leaves the picture.
    """
    figure, (left, right) = subplots(1, 2, height=2.5)
    alone = len(runs) == 1
    with mpl.rc_context(STYLE):
        for name, notes in runs.items():
            broader = name == "healthy" and not alone
            width = 3.6 if broader else 1.8
            left.plot(notes["step"], notes["loss"], label=name, linewidth=width)
            right.plot(notes["step"], notes["accuracy"], label=name, linewidth=width)

        # guessing among ten classes; among several lines there is no room for a name
        loss_name = "ln 10" if alone else ""
        accuracy_name = "guessing" if alone else ""
        _level(left, math.log(10), loss_name, "--")
        _level(right, 0.1, accuracy_name, "--")
        if floor is not None:
            _level(left, floor, f"floor {floor:.2f}", ":")

        left.set_title("loss", fontsize=10)
        right.set_title("test accuracy", fontsize=10)
        left.set(xlabel="step", xlim=(0, None), ylim=(0, top))
        right.set(xlabel="step", xlim=(0, None), ylim=(0, 1))

        handles, labels = left.get_legend_handles_labels()
        if len(labels) > 1:
            figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return Picture(figure)


def _level(ax: Axes, height: float, name: str, linestyle: str) -> None:
    """A horizontal line, with its name below its right end."""
    ax.axhline(height, color=INK, linestyle=linestyle, linewidth=0.9)
    # across the axes as a fraction of their width, upwards in the data's own unit
    across_and_up = ("axes fraction", "data")
    place = (0.99, height)
    ax.annotate(name, place, xycoords=across_and_up, ha="right", va="top", fontsize=8)


def histograms(panels: Mapping[str, Mapping[str, ArrayLike]], *, xlabel: str) -> Picture:
    """Panels over one another on one horizontal axis, each with histograms of sets of numbers.

    Args:
        panels: title of each panel, and in it the name of each set and its numbers, of any shape.
        xlabel: what the numbers are.
    """
    columns = {}
    for title, sets in panels.items():
        columns[title] = {name: np.ravel(numbers) for name, numbers in sets.items()}

    # without the outermost thousandths: a few stragglers would squeeze all others
    every: list[NDArray[Any]] = []
    for sets in columns.values():
        every += sets.values()
    low, high = np.quantile(np.concatenate(every), [0.001, 0.999])
    bins = np.linspace(min(low, 0), max(high, 1), 61)

    figure, axes = subplots(rows=len(panels), height=0.7 + 1.4 * len(panels))
    with mpl.rc_context(STYLE):
        for ax, (title, sets) in zip(axes, columns.items(), strict=True):
            for name, numbers in sets.items():
                share = np.full(len(numbers), 100 / len(numbers))
                # the stragglers count in the first bin and in the last
                inside = np.clip(numbers, bins[0], bins[-1])
                ax.hist(inside, bins.tolist(), weights=share, alpha=0.7, label=name)
            ax.set_title(title, fontsize=10)
            ax.set(ylabel="per cent", xlim=(bins[0], bins[-1]))

        # the lowest panel numbers the axis for all
        for ax in axes[:-1]:
            ax.tick_params(labelbottom=False)
        axes[-1].set(xlabel=xlabel)

        handles, labels = axes[0].get_legend_handles_labels()
        if len(labels) > 1:
            figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return Picture(figure)


def repeated_measurements(rows: Mapping[str, Sequence[float]], *, xlabel: str) -> Picture:
    """One row of rings for each set of measurements of the same thing; equal ones coincide.

    Args:
        rows: name of each set and its measurements.
        xlabel: what was measured.
    """
    figure, (ax,) = subplots(height=0.9 + 0.45 * len(rows))
    with mpl.rc_context(STYLE):
        for row, numbers in enumerate(rows.values()):
            color = ORANGE if row == 0 else BLUE
            heights = [row] * len(numbers)
            (rings,) = ax.plot(numbers, heights, "o", color=color, markersize=9, alpha=0.8)
            rings.set_fillstyle("none")
        ax.set(xlabel=xlabel, yticks=range(len(rows)), yticklabels=list(rows))
        ax.set(ylim=(len(rows) - 0.5, -0.5))  # the first row at the top
        ax.tick_params(axis="y", length=0)
        ax.margins(x=0.1)
        ax.grid(axis="x", color=INK, alpha=0.15)
    return Picture(figure)


def answers_over_time(
    shares: ArrayLike,
    *,
    steps: Sequence[int],
    shown: Sequence[int] | None = None,
    ylabel: str = "answer",
) -> Picture:
    """What a network answers while it learns: the more digits get an answer, the darker its cell.

    Args:
        shares: `(times, classes)`, the fraction (0..1) of the answers that each class gets at each
            time.
        steps: `(times,)`, the step of each time, evenly spaced.
        shown: `(times,)`, the class that the network was trained on at each time, drawn as a line.
        ylabel: what the rows are.
    """
    table = np.asarray(shares, dtype=float).T  # (classes, times)
    tint = np.zeros((*table.shape, 4))
    tint[...] = to_rgba(BLUE)
    tint[..., 3] = table**0.5  # faint cells stay visible

    # a cell covers the steps that lead up to its time
    width = steps[1] - steps[0]
    first = steps[0] - width
    last = steps[-1]
    extent = (first, last, -0.5, len(table) - 0.5)

    figure, (ax,) = subplots(height=2.7)
    with mpl.rc_context(STYLE):
        ax.imshow(tint, extent=extent, origin="lower", aspect="auto", interpolation="none")
        if shown is not None:
            # the class of a time from the start of its cell on, the last one up to the end
            starts = [step - width for step in steps]
            places = [*starts, last]
            classes = [*shown, shown[-1]]
            ax.step(places, classes, where="post", color=ORANGE, linewidth=1.8)
        ax.set(xlabel="step", ylabel=ylabel, yticks=range(len(table)), xlim=(first, last))
    return Picture(figure)
