"""The figure of the page "Reading digits with a dense network": which digits it takes for which."""

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from groundup.figures import BLUE, ORANGE, STYLE, Picture, subplots


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
