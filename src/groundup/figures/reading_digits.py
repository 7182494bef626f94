"""Figures of the page "Reading digits with a dense network"."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Patch, Rectangle
from numpy.typing import ArrayLike, NDArray

from groundup.figures import BLUE, INK, ORANGE, SIDE, STYLE, Picture, subplots


def accuracy_by_epoch(series: Mapping[str, Sequence[float]]) -> Picture:
    """The validation accuracy after each epoch, a line with markers for each network.

    Args:
        series: name of each network and its accuracy (0..1) after epoch 1, 2, ...
    """
    figure, (ax,) = subplots(height=2.6)
    looks = [("o", BLUE), ("s", ORANGE)]
    with mpl.rc_context(STYLE):
        for (name, accuracies), (marker, color) in zip(series.items(), looks, strict=False):
            epochs = range(1, len(accuracies) + 1)
            ax.plot(epochs, accuracies, marker=marker, color=color, label=name, linewidth=1.8)
            ax.set_xticks(epochs)
        ax.set(xlabel="epoch", ylabel="validation accuracy")
        figure.legend(loc="outside upper center", ncols=len(series))
    return Picture(figure)


def confusion_matrix(counts: ArrayLike) -> Picture:
    """How often each class (row) was taken for each other (column): errors tinted, hits framed.

    Args:
        counts: `(classes, classes)`, whole numbers, row by true class and column by prediction.
    """
    table = np.asarray(counts)
    classes = range(len(table))
    hits = np.eye(len(table), dtype=bool)

    # the more often a mistake was made, the stronger its colour
    most = max(table[~hits].max(), 1)
    tint = np.zeros((*table.shape, 4))
    tint[...] = to_rgba(ORANGE)
    tint[..., 3] = np.where(hits, 0, 0.65 * table / most)

    figure, (ax,) = subplots(width=4.4, height=4.4)
    with mpl.rc_context(STYLE):
        ax.imshow(tint, interpolation="none")
        for (row, column), count in np.ndenumerate(table):
            if count:
                size = 8 if row == column else 9  # a hit's number may have four digits
                ax.text(column, row, str(count), ha="center", va="center", fontsize=size)
        for i in classes:
            corner = (i - 0.5, i - 0.5)
            ax.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=BLUE, linewidth=1.2))
        ax.set(xlabel="predicted", ylabel="true", xticks=classes, yticks=classes)
        ax.tick_params(length=0)
    return Picture(figure)


def hidden_weights(panels: Mapping[str, ArrayLike], *, columns: int = 6) -> Picture:
    """The weights of hidden neurons as images: the hue shows the sign, the opacity the size.

    Args:
        panels: for each panel its title, and the weights of some neurons, `(n, 28, 28)` or
            `(n, 784)`, with one n for all panels. Each neuron has a scale of its own: its largest
            weight has the full colour.
        columns: neurons per row.
    """
    canvases = [_side_by_side(weights, columns) for weights in panels.values()]
    rows = sum(len(canvas) for canvas in canvases) / SIDE
    figure, axes = subplots(len(panels), width=5.0, height=5.0 / columns * rows + 0.9)
    with mpl.rc_context(STYLE):
        for ax, title, canvas in zip(axes, panels, canvases, strict=True):
            ax.imshow(canvas, interpolation="none")
            ax.set_title(title, fontsize=10, color=INK)
            ax.set_axis_off()
        signs = [Patch(color=ORANGE, label="positive"), Patch(color=BLUE, label="negative")]
        figure.legend(handles=signs, loc="outside lower center", ncols=2)
    return Picture(figure)


def _side_by_side(weights: ArrayLike, columns: int) -> NDArray[np.float64]:
    """One canvas `(height, width, 4)` with an image for each neuron, transparent between them."""
    images = np.asarray(weights, dtype=float).reshape(-1, SIDE, SIDE)
    rows = -(-len(images) // columns)  # rounded up
    step = SIDE + 3
    canvas = np.zeros((rows * step - 3, columns * step - 3, 4))
    for i, image in enumerate(images):
        row, column = divmod(i, columns)
        top = row * step
        left = column * step
        place = canvas[top : top + SIDE, left : left + SIDE]
        place[...] = np.where(image[..., None] > 0, to_rgba(ORANGE), to_rgba(BLUE))
        place[..., 3] = np.abs(image) / max(np.abs(image).max(), 1e-9)
    return canvas
