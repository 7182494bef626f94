"""Figures of the page "Softmax, cross-entropy and a first classifier": bars, gradients, widths."""

from collections.abc import Mapping, Sequence
from itertools import chain

import matplotlib as mpl

from groundup.figures import BLUE, GREEN, INK, ORANGE, PURPLE, STYLE, Picture, subplots


def class_bars(
    panels: Mapping[str, Sequence[float]], *, names: Sequence[str], same_scale: bool = False
) -> Picture:
    """Panels side by side, in each a horizontal bar for every class, with its number at its end.

    Args:
        panels: for each panel what its bars show, and their lengths, `(classes,)`.
        names: the classes, from top to bottom.
        same_scale: bars of one length mean the same number in all panels; if not, each panel is
            filled.
    """
    every = list(chain.from_iterable(panels.values()))
    colors = (BLUE, ORANGE, GREEN, PURPLE)
    figure, axes = subplots(1, len(panels), width=5.0, height=0.75 + 0.33 * len(names))
    with mpl.rc_context(STYLE):
        for ax, color, (title, lengths) in zip(axes, colors, panels.items(), strict=False):
            measured = every if same_scale else lengths
            low = min(0.0, *measured)
            high = max(0.0, *measured)
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


def gradient_sizes(
    logits: Sequence[float],
    probabilities: Sequence[float],
    gradients: Mapping[str, Sequence[float]],
) -> Picture:
    """How hard each loss pulls at the right class's logit, by that logit and by its probability.

    Args:
        logits: of the right class, `(n,)`.
        probabilities: of the right class, `(n,)`.
        gradients: name of each loss and the sizes of its gradients, `(n,)`.
    """
    figure, (left, right) = subplots(1, 2, height=2.8)
    with mpl.rc_context(STYLE):
        for name, sizes in gradients.items():
            left.plot(logits, sizes, label=name, linewidth=1.8)
            right.plot(probabilities, sizes, linewidth=1.8)
        left.set(xlabel="logit of the right class", ylabel="size of the gradient")
        left.set(ylim=(-0.03, 1.05))
        right.set(xlabel="its probability", xlim=(-0.02, 1.02), ylim=(-0.03, 1.05))
        right.tick_params(labelleft=False)
        figure.legend(loc="outside upper center", ncols=len(gradients))
    return Picture(figure)


def accuracy_by_width(accuracies: Mapping[int, Sequence[float]], *, enlarged_from: int) -> Picture:
    """One dot for each run and a line through the means: all widths, and the larger ones enlarged.

    Args:
        accuracies: for each width of the hidden layer the accuracies of its runs, fractions.
        enlarged_from: the smallest width on the right.
    """
    figure, axes = subplots(1, 2, height=2.6)
    with mpl.rc_context(STYLE):
        for ax, smallest in zip(axes, (min(accuracies), enlarged_from), strict=True):
            shown = {width: runs for width, runs in accuracies.items() if width >= smallest}
            means = [sum(runs) / len(runs) for runs in shown.values()]
            ax.plot(list(shown), means, color=BLUE, linewidth=1.4, label="mean")

            # one series for the dots of all widths, hence one entry in the legend
            widths: list[int] = []
            reached: list[float] = []
            for width, runs in shown.items():
                widths += [width] * len(runs)
                reached += runs
            ax.plot(widths, reached, "o", color=ORANGE, markersize=4, label="one run")

            ax.set_xscale("log")
            ax.set_xticks(list(shown), map(str, shown))
            ax.minorticks_off()
            ax.set(xlabel="hidden neurons")
        axes[0].set(ylabel="test accuracy")

        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=2)
    return Picture(figure)
