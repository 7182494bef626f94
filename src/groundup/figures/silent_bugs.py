"""The figures of the page *Bugs that train without an error*: a faulty run beside the healthy one."""

import math
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from numpy.typing import ArrayLike

from groundup.figures import BLUE, INK, ORANGE, STYLE, Picture, subplots

GUESSING = {"loss": (math.log(10), "ln 10"), "test accuracy": (0.1, "guessing")}  # among ten classes


def loss_and_accuracy(
    runs: Mapping[str, Mapping[str, Sequence[float]]], *, floor: float | None = None, top: float = 3.2
) -> Picture:
    """Training loss and test accuracy of several runs side by side, with dashed lines where guessing among ten stands.

    Args:
        runs: name of each run and its notes: `step`, `loss` and `accuracy`, lists of one length. The one named `healthy` is
            drawn broader, so that it shows where another covers it.
        floor: a loss that one of the runs cannot get below, drawn as a dotted line.
        top: the end of the axis of the loss; what is higher leaves the picture.
    """
    figure, (left, right) = subplots(1, 2, height=2.5)
    with mpl.rc_context(STYLE):
        for name, notes in runs.items():
            width = 3.6 if name == "healthy" and len(runs) > 1 else 1.8
            left.plot(notes["step"], notes["loss"], label=name, linewidth=width)
            right.plot(notes["step"], notes["accuracy"], label=name, linewidth=width)
        for ax, (title, (height, name)) in zip((left, right), GUESSING.items(), strict=True):
            _level(ax, height, name if len(runs) == 1 else "", "--")  # among several lines there is no room
            ax.set(xlabel="step", xlim=(0, None))
            ax.set_title(title, fontsize=10)
        if floor is not None:
            _level(left, floor, f"floor {floor:.2f}", ":")
        left.set(ylim=(0, top))
        right.set(ylim=(0, 1))
        handles, labels = left.get_legend_handles_labels()
        if len(labels) > 1:
            figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return Picture(figure)


def _level(ax: Axes, height: float, name: str, linestyle: str) -> None:
    ax.axhline(height, color=INK, linestyle=linestyle, linewidth=0.9)
    ax.annotate(name, (0.99, height), xycoords=("axes fraction", "data"), ha="right", va="top", fontsize=8)


def histograms(panels: Mapping[str, Mapping[str, ArrayLike]], *, xlabel: str) -> Picture:
    """Panels over one another, each with the histograms of one or more sets of numbers, on a common horizontal axis.

    Args:
        panels: title of each panel, and in it the name of each set and its numbers, of any shape.
        xlabel: what the numbers are.
    """
    columns = {title: {name: np.ravel(numbers) for name, numbers in sets.items()} for title, sets in panels.items()}
    every = np.concatenate([numbers for sets in columns.values() for numbers in sets.values()])
    low, high = np.quantile(every, [0.001, 0.999])  # a few stragglers would squeeze all others
    bins = np.linspace(min(low, 0), max(high, 1), 61)
    figure, axes = subplots(rows=len(panels), height=0.7 + 1.4 * len(panels))
    with mpl.rc_context(STYLE):
        for ax, (title, sets) in zip(axes, columns.items(), strict=True):
            for name, numbers in sets.items():
                share = np.full(len(numbers), 100 / len(numbers))
                ax.hist(np.clip(numbers, bins[0], bins[-1]), bins.tolist(), weights=share, alpha=0.7, label=name)
            ax.set_title(title, fontsize=10)
            ax.set(ylabel="per cent", xlim=(bins[0], bins[-1]))
        for ax in axes[:-1]:
            ax.tick_params(labelbottom=False)
        axes[-1].set(xlabel=xlabel)
        handles, labels = axes[0].get_legend_handles_labels()
        if len(labels) > 1:
            figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return Picture(figure)


def repeated_measurements(rows: Mapping[str, Sequence[float]], *, xlabel: str) -> Picture:
    """One row of rings for each set of measurements of the same thing: equal ones lie on one another.

    Args:
        rows: name of each set and its measurements.
        xlabel: what was measured.
    """
    figure, (ax,) = subplots(height=0.9 + 0.45 * len(rows))
    with mpl.rc_context(STYLE):
        for row, numbers in enumerate(rows.values()):
            color = ORANGE if row == 0 else BLUE
            ax.plot(numbers, [row] * len(numbers), "o", color=color, markersize=9, fillstyle="none", alpha=0.8)
        ax.set(xlabel=xlabel, yticks=range(len(rows)), yticklabels=list(rows), ylim=(len(rows) - 0.5, -0.5))
        ax.tick_params(axis="y", length=0)
        ax.margins(x=0.1)
        ax.grid(axis="x", color=INK, alpha=0.15)
    return Picture(figure)


def answers_over_time(
    shares: ArrayLike, *, steps: Sequence[int], shown: Sequence[int] | None = None, ylabel: str = "answer"
) -> Picture:
    """What a network answers while it learns: the darker a cell, the more of the test digits get that answer.

    Args:
        shares: `(times, classes)`, the fraction (0..1) of the answers that each class gets at each time.
        steps: `(times,)`, the step of each time, evenly spaced.
        shown: `(times,)`, the class that the network was trained on at each time, drawn as a line.
        ylabel: what the rows are.
    """
    table = np.asarray(shares, dtype=float).T  # (classes, times)
    tint = np.zeros((*table.shape, 4))
    tint[...] = to_rgba(BLUE)
    tint[..., 3] = table**0.5  # faint cells stay visible
    figure, (ax,) = subplots(height=2.7)
    with mpl.rc_context(STYLE):
        width = steps[1] - steps[0]
        edges = (steps[0] - width, steps[-1], -0.5, len(table) - 0.5)
        ax.imshow(tint, extent=edges, origin="lower", aspect="auto", interpolation="none")
        if shown is not None:
            ends = [*steps, steps[-1] + width]
            ax.step([end - width for end in ends], [*shown, shown[-1]], where="post", color=ORANGE, linewidth=1.8)
        ax.set(xlabel="step", ylabel=ylabel, yticks=range(len(table)), xlim=edges[:2])
    return Picture(figure)
