"""Figures of the page "Softmax, cross-entropy and a first classifier": bars and gradients."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from numpy.typing import ArrayLike

from groundup.figures import BLUE, GREEN, INK, ORANGE, PURPLE, STYLE, Picture, subplots


def class_bars(panels: Mapping[str, ArrayLike], *, names: Sequence[str]) -> Picture:
    """Panels side by side, in each a horizontal bar for every class, with its number at its end.

    Args:
        panels: for each of up to four panels what its bars show, and their lengths, `(classes,)`.
        names: the classes, from top to bottom.
    """
    colors = (BLUE, ORANGE, GREEN, PURPLE)
    figure, axes = subplots(1, len(panels), width=5.0, height=0.75 + 0.33 * len(names))
    with mpl.rc_context(STYLE):
        for ax, color, (title, values) in zip(axes, colors, panels.items(), strict=False):
            lengths = np.asarray(values, dtype=float)
            low = min(0.0, lengths.min())
            high = max(0.0, lengths.max())
            span = high - low
            ax.barh(range(len(names)), lengths, 0.62, color=color)
            ax.axvline(0, color=INK, linewidth=0.9)

            # the number beyond the bar's end: to its right, or to the left of a negative one
            gap = 0.04 * span
            for row, length in enumerate(lengths):
                number = f"{length:.2f}"
                if length >= 0:
                    ax.text(length + gap, row, number, ha="left", va="center", fontsize=9)
                else:
                    ax.text(length - gap, row, number, ha="right", va="center", fontsize=9)

            # room for these numbers
            left = low
            if low < 0:
                left -= 0.7 * span
            right = high + 0.48 * span
            ax.set(xlim=(left, right), xticks=[], yticks=range(len(names)))
            ax.set_title(title, fontsize=10)
            ax.set_yticklabels([])
            ax.spines[["left", "bottom"]].set_visible(False)
            ax.tick_params(length=0)
            ax.invert_yaxis()
        axes[0].set_yticklabels(names)  # the first panel names the rows for all
    return Picture(figure)


def gradient_sizes(outputs: ArrayLike, gradients: Mapping[str, ArrayLike]) -> Picture:
    """The size of each loss's gradient at the weighted sum, by the output that should be one.

    Args:
        outputs: of the right class, from 0 to 1, `(n,)`.
        gradients: name of each loss and the sizes of its gradients, `(n,)`.
    """
    figure, (ax,) = subplots(height=2.6)
    across = np.asarray(outputs, dtype=float)
    with mpl.rc_context(STYLE):
        for name, sizes in gradients.items():
            ax.plot(across, np.asarray(sizes, dtype=float), label=name, linewidth=1.8)
        ax.set(xlabel="output for the right class", ylabel="size of the gradient")
        ax.legend()
    return Picture(figure)
