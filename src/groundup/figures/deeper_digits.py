"""Figures of the page "More data, and dropout": shifted copies, and dropout in two modes."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_rgba
from numpy.typing import ArrayLike

from groundup.figures import BLUE, INK, ORANGE, STYLE, Picture, subplots


def shifted_copies(original: ArrayLike, copies: Mapping[str, ArrayLike]) -> Picture:
    """A digit and copies of it: orange where a copy is brighter than the original, blue if darker.

    Args:
        original: `(28, 28)`, bytes.
        copies: name of each copy, and its pixels `(28, 28)`.
    """
    first = np.asarray(original, dtype=float) / 255
    digits = {"original": original, **copies}
    figure, axes = subplots(1, len(digits), height=1.3)
    with mpl.rc_context(STYLE):
        for ax, (name, digit) in zip(axes, digits.items(), strict=True):
            pixels = np.asarray(digit, dtype=float) / 255
            ax.imshow(pixels, cmap="gray", vmin=0, vmax=1, interpolation="none")

            # a tint over the digit, the less transparent the larger the difference
            change = pixels - first
            tint = np.where(change[..., None] > 0, to_rgba(ORANGE), to_rgba(BLUE))
            tint[..., 3] = np.abs(change)
            ax.imshow(tint, interpolation="none")

            ax.set_title(name, fontsize=9, color=INK)
            ax.set_axis_off()
    return Picture(figure)


def opinions(passes: ArrayLike, steady: Sequence[float], image: ArrayLike) -> Picture:
    """The probabilities of ten digits in many passes, and in one steady pass, beside the image.

    Args:
        passes: `(passes, 10)`, with dropout; drawn as dots.
        steady: ten numbers, without; drawn as bars.
        image: `(28, 28)`, what was classified.
    """
    dots = np.asarray(passes, dtype=float)
    figure, axes = subplots(1, 4, height=2.6)
    with mpl.rc_context(STYLE):
        # the chart has the place of three of four panels
        left = axes[0]
        for ax in axes[1:]:
            ax.remove()
        left.imshow(np.asarray(image), cmap="gray", interpolation="none")
        left.set_axis_off()
        right = figure.add_subplot(1, 4, (2, 4))

        right.bar(range(10), steady, width=0.8, color=BLUE, alpha=0.55, label="evaluation mode")
        # over a digit's bar the passes stand side by side: equal ones do not hide each other
        offsets = np.linspace(-0.3, 0.3, len(dots))
        for digit in range(10):
            # one entry in the legend for the dots of all digits
            label = "training mode" if digit == 0 else None
            right.plot(
                digit + offsets,
                dots[:, digit],
                "o",
                color=ORANGE,
                markersize=2.2,
                alpha=0.7,
                label=label,
            )

        right.set(xlabel="digit", ylabel="probability", xticks=range(10), ylim=(-0.02, 1.02))
        figure.legend(loc="outside upper right", ncols=2, markerscale=2)
    return Picture(figure)
