"""Figures of the page "More data, and dropout": shifted copies, dropout at work, and the table of six rows as a chart."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_rgba
from numpy.typing import ArrayLike

from groundup.figures import BLUE, INK, ORANGE, STYLE, Picture, subplots


def shifted_copies(original: ArrayLike, copies: Mapping[str, ArrayLike]) -> Picture:
    """A digit and copies of it: orange where a copy is brighter than the original, blue where it is darker.

    Args:
        original: `(28, 28)`, bytes.
        copies: name of each copy, and its pixels `(28, 28)`.
    """
    first = np.asarray(original, dtype=float) / 255
    figure, axes = subplots(1, 1 + len(copies), height=1.3)
    with mpl.rc_context(STYLE):
        for ax, (name, copy) in zip(axes, {"original": original, **copies}.items(), strict=True):
            pixels = np.asarray(copy, dtype=float) / 255
            ax.imshow(pixels, cmap="gray", vmin=0, vmax=1, interpolation="none")
            change = pixels - first
            tint = np.where(change[..., None] > 0, to_rgba(ORANGE), to_rgba(BLUE))
            tint[..., 3] = np.abs(change)
            ax.imshow(tint, interpolation="none")
            ax.set_title(name, fontsize=9, color=INK)
            ax.set_axis_off()
    return Picture(figure)


def sleeping(passes: Mapping[str, ArrayLike], *, rows: int = 10) -> Picture:
    """The numbers that a layer passes on, as squares, the larger the stronger; what is zero shows the page.

    Args:
        passes: name of each pass, and its numbers `(n,)`, none negative; all passes share one scale.
        rows: in how many rows the numbers of a pass are laid out.
    """
    largest = max(float(np.max(np.asarray(numbers))) for numbers in passes.values())
    figure, axes = subplots(len(passes), 1, height=1.1 * len(passes))
    with mpl.rc_context(STYLE):
        for ax, (name, numbers) in zip(axes, passes.items(), strict=True):
            grid = np.asarray(numbers, dtype=float).reshape(rows, -1)
            squares = np.tile(to_rgba(ORANGE), (*grid.shape, 1))
            squares[..., 3] = np.where(grid > 0, 0.25 + 0.75 * grid / max(largest, 1e-9), 0)
            ax.imshow(squares, interpolation="none")
            ax.set_title(name, fontsize=10, color=INK, loc="left")
            ax.set(xticks=[], yticks=[])
            for spine in ax.spines.values():
                spine.set(visible=True, color=INK, linewidth=0.5)
    return Picture(figure)


def opinions(passes: ArrayLike, steady: Sequence[float], image: ArrayLike) -> Picture:
    """The probabilities of ten digits in many passes as dots, and in one steady pass as bars, beside the image.

    Args:
        passes: `(passes, 10)`, with dropout.
        steady: ten numbers, without.
        image: `(28, 28)`, what was classified.
    """
    dots = np.asarray(passes, dtype=float)
    figure, axes = subplots(1, 4, height=2.6)
    with mpl.rc_context(STYLE):
        for ax in axes[1:]:
            ax.remove()
        axes[0].imshow(np.asarray(image), cmap="gray", interpolation="none")
        axes[0].set_axis_off()
        right = figure.add_subplot(1, 4, (2, 4))
        right.bar(range(10), steady, width=0.8, color=BLUE, alpha=0.55, label="evaluation mode")
        offsets = np.linspace(-0.3, 0.3, len(dots))
        for digit in range(10):
            label = "training mode" if digit == 0 else None
            right.plot(digit + offsets, dots[:, digit], "o", color=ORANGE, markersize=2.2, alpha=0.7, label=label)
        right.set(xlabel="digit", ylabel="probability", xticks=range(10), ylim=(-0.02, 1.02))
        figure.legend(loc="outside upper right", ncols=2, markerscale=2)
    return Picture(figure)


def mistakes(columns: Mapping[str, Mapping[str, float]], *, total: int) -> Picture:
    """How many of the test digits are read wrongly, row by row on a logarithmic axis, with two standard errors to each side.

    Args:
        columns: for each of up to three sources, the accuracy (0..1) of each row that it has; the first has all rows.
        total: how many test digits there are.
    """
    rows = list(next(iter(columns.values())))
    looks = zip(("o", "s", "D"), ((INK, "none"), (BLUE, BLUE), (ORANGE, ORANGE)), (-0.18, 0.0, 0.18), strict=True)
    figure, (ax,) = subplots(height=0.55 * len(rows) + 1.1)
    with mpl.rc_context(STYLE):
        for (name, accuracies), (marker, (edge, face), offset) in zip(columns.items(), looks, strict=False):
            places = [rows.index(row) + offset for row in accuracies]
            wrong = np.array([1 - accuracy for accuracy in accuracies.values()])
            error = 2 * np.sqrt(wrong * (1 - wrong) / total)
            ax.errorbar(
                wrong * total,
                places,
                xerr=error * total,
                fmt=marker,
                color=edge,
                markerfacecolor=face,
                markersize=5.5,
                elinewidth=1.2,
                label=name,
            )
        ax.set_xscale("log")
        ax.set_yticks(range(len(rows)), rows)
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ticks = [tick for tick in (20, 50, 100, 200, 500, 1000) if ax.get_xlim()[0] <= tick <= ax.get_xlim()[1]]
        ax.set_xticks(ticks, map(str, ticks))
        ax.minorticks_off()
        ax.set(xlabel=f"read wrongly, of {total:,} test digits")
        figure.legend(loc="outside upper center", ncols=len(columns))
    return Picture(figure)
