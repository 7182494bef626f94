"""Drawings: each fault in a picture is seen, and what nobody sees is not."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.patches import Arc, Circle, ConnectionPatch, FancyArrowPatch, Polygon, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.ticker import MultipleLocator

from regen import drawing
from regen.drawing import (
    Number,
    changed_lines,
    default_interval,
    describe,
    is_blank,
    numbers,
    skeleton,
    spread_intervals,
    spread_numbers,
    summarize_spread,
)
from regen.errors import RegenError

Draw = Callable[[Axes], Any]

STEPS = np.arange(1000.0)
LOSS = 2.3 * np.exp(-STEPS / 200) + 0.1
OTHER = 2.3 * np.exp(-STEPS / 400) + 0.1
NOISE = np.random.default_rng(0)
DIGIT = np.outer(np.hanning(28), np.hanning(28)) * np.arange(28)


def drawn(*steps: Draw) -> dict[str, Any]:
    """The drawing of a figure with one axes, through JSON as a record holds it."""
    figure = Figure()
    ax = figure.add_subplot()
    for step in steps:
        step(ax)
    return through_json(describe(figure))


def through_json(drawing: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(drawing, allow_nan=False, sort_keys=True)
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What a comparison without a tolerance finds."""
    lines = changed_lines(before, now)
    if lines:
        return lines
    found = []
    for was, is_now in zip(numbers(before), numbers(now), strict=True):
        low, high = default_interval(was)
        if not low <= is_now.value <= high:
            found.append(was.path)
    return found


def loss_curves(ax: Axes) -> None:
    ax.plot(STEPS, LOSS, label="a", color="blue")
    ax.plot(STEPS, OTHER, label="b", color="red")
    ax.set(xlabel="step", ylabel="loss", title="Two runs")
    ax.legend()


def first_line(change: Callable[[Any], Any]) -> Draw:
    """A step that changes the heights of the first line."""
    return lambda ax: ax.lines[0].set_ydata(change(LOSS))


def swap_series(ax: Axes) -> None:
    ax.lines[0].set_ydata(OTHER)
    ax.lines[1].set_ydata(LOSS)


FAULTS: dict[str, Draw] = {
    "a flat line": first_line(lambda y: np.full(1000, 0.5)),
    "a reversed curve": first_line(lambda y: y[::-1]),
    "a bump": first_line(lambda y: y + 0.3 * (STEPS > 900)),
    "a spike": first_line(lambda y: y + 1.0 * (STEPS == 700)),
    "a gap": first_line(lambda y: np.where(STEPS < 100, np.nan, y)),
    "swapped series": swap_series,
    "a missing series": lambda ax: ax.lines[1].remove(),
    "another series": lambda ax: ax.plot([0, 1], [0, 1], label="c"),
    "an invisible series": lambda ax: ax.lines[1].set_visible(False),
    "fewer points": lambda ax: ax.lines[0].set_data(STEPS[:-1], LOSS[:-1]),
    "mirrored": lambda ax: ax.lines[0].set_xdata(STEPS[::-1]),
    "another color": lambda ax: ax.lines[0].set_color("green"),
    "another style": lambda ax: ax.lines[0].set_linestyle("--"),
    "markers": lambda ax: ax.lines[0].set_marker("o"),
    "another label": lambda ax: ax.lines[0].set_label("c"),
    "another axis label": lambda ax: ax.set_xlabel("epoch"),
    "another title": lambda ax: ax.set_title("Three runs"),
    "no title": lambda ax: ax.set_title(""),
    "no legend": lambda ax: ax.legend().remove(),
    "another legend": lambda ax: ax.legend(ax.lines, ["b", "a"]),
    "a logarithmic axis": lambda ax: ax.set_yscale("log"),
    "other limits": lambda ax: ax.set_ylim(0, 5),
    "an inverted axis": lambda ax: ax.invert_yaxis(),
    "no axes": lambda ax: ax.set_axis_off(),
    "ticks of the author": lambda ax: ax.set_xticks([0, 500]),
    "tick labels of the author": lambda ax: ax.set_xticks([0, 500], ["start", "middle"]),
    "an annotation": lambda ax: ax.annotate("here", (10, 1)),
    "a level": lambda ax: ax.axhline(1.0),
    "nothing at all": lambda ax: ax.clear(),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_in_curves_is_seen(fault: str) -> None:
    assert differences(drawn(loss_curves), drawn(loss_curves, FAULTS[fault]))


UNSEEN: dict[str, Draw] = {
    "the last digits": first_line(lambda y: y * (1 + 1e-6 * NOISE.normal(size=1000))),
    "far less than the axis": first_line(lambda y: y + 0.001),
    "other automatic ticks": lambda ax: ax.xaxis.set_major_locator(MultipleLocator(123)),
    "a broader line": lambda ax: ax.lines[0].set_linewidth(1.6),
    "a legend elsewhere": lambda ax: ax.legend(loc="lower left"),
    "an invisible text": lambda ax: ax.text(0, 0, "x", visible=False),
}


@pytest.mark.parametrize("change", UNSEEN)
def test_what_nobody_sees_is_no_difference(change: str) -> None:
    assert not differences(drawn(loss_curves), drawn(loss_curves, UNSEEN[change]))


def test_a_picture_is_as_itself() -> None:
    assert drawn(loss_curves) == drawn(loss_curves)


def test_drawing_a_figure_changes_nothing(tmp_path: Path) -> None:
    figure = Figure(layout="constrained")
    loss_curves(figure.add_subplot())
    before = describe(figure)
    figure.savefig(tmp_path / "figure.svg")
    assert describe(figure) == before


def test_a_drawing_is_small() -> None:
    assert len(json.dumps(drawn(loss_curves))) < 1000


IN_A_KERNEL = """
import sys
from pathlib import Path

from matplotlib.figure import Figure

sys.modules["regen"] = None  # whoever imports it fails
folder = Path(sys.argv[1])
names = {"__name__": "in a kernel"}
exec((folder.parent / "execution/in_kernel.py").read_text(), names)
figure = Figure()
ax = figure.add_subplot()
ax.plot([1, 2], label="up")
ax.imshow([[1, 2]])
print(names["Drawings"](str(folder))(figure))
"""


def test_a_kernel_needs_nothing_of_regen_but_the_folder() -> None:
    figure = Figure()
    ax = figure.add_subplot()
    ax.plot([1, 2], label="up")
    ax.imshow([[1, 2]])
    argv = [sys.executable, "-c", IN_A_KERNEL, str(Path(drawing.__file__).parent)]
    found = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert json.loads(found) == {"drawing": describe(figure)}


# --- what is drawn beside lines ---


def series(draw: Draw) -> dict[str, Any]:
    """The only series of a drawing."""
    (found,) = drawn(draw)["axes"][0]["series"]
    return dict(found)


def test_bars_are_one_series_with_their_label() -> None:
    bars = series(lambda ax: ax.bar(range(10), range(1, 11), label="counts"))
    assert (bars["label"], bars["n"]) == ("counts", 10)


def test_many_alike_patches_are_one_series() -> None:
    def grid(ax: Axes) -> None:
        for i in range(100):
            ax.add_patch(Rectangle((i % 10, i // 10), 1, 1))

    assert series(grid)["n"] == 100


def second_legend(ax: Axes, label: str) -> None:
    lines = ax.plot([0, 1], [0, 1], [0, 1], [1, 0])
    ax.add_artist(ax.legend(lines[:1], ["a"]))
    ax.legend(lines[1:], [label])


PAIRS: dict[str, tuple[Draw, Draw]] = {
    "bars": (lambda ax: ax.bar(range(3), [1, 2, 3]), lambda ax: ax.bar(range(3), [3, 2, 1])),
    "horizontal bars": (lambda ax: ax.barh([0, 1], [1, 2]), lambda ax: ax.barh([0, 1], [1, -2])),
    "dots": (lambda ax: ax.scatter([0, 1], [0, 1]), lambda ax: ax.scatter([0, 1], [1, 0])),
    "colors of dots": (
        lambda ax: ax.scatter([0, 1], [0, 1], c=[0.2, 0.9]),
        lambda ax: ax.scatter([0, 1], [0, 1], c=[0.9, 0.2]),
    ),
    "sizes of dots": (
        lambda ax: ax.scatter([0, 1], [0, 1], s=[9, 99]),
        lambda ax: ax.scatter([0, 1], [0, 1], s=[99, 9]),
    ),
    "an area": (
        lambda ax: ax.fill_between([0, 1], [0, 1], [1, 2]),
        lambda ax: ax.fill_between([0, 1], [0, 1], [1, 3]),
    ),
    "stairs": (lambda ax: ax.stairs([1, 2, 3]), lambda ax: ax.stairs([1, 3, 2])),
    "error bars": (
        lambda ax: ax.errorbar([0, 1], [0, 1], yerr=0.1),
        lambda ax: ax.errorbar([0, 1], [0, 1], yerr=0.2),
    ),
    "an arrow between points": (
        lambda ax: ax.add_patch(FancyArrowPatch((0, 0), (1, 1))),
        lambda ax: ax.add_patch(FancyArrowPatch((1, 1), (0, 0))),
    ),
    "an arrow of a text": (
        lambda ax: ax.annotate("", (1, 1), (0, 0), arrowprops={"arrowstyle": "->"}),
        lambda ax: ax.annotate("", (0, 0), (1, 1), arrowprops={"arrowstyle": "->"}),
    ),
    "a circle": (
        lambda ax: ax.add_patch(Circle((0.5, 0.5), 0.3)),
        lambda ax: ax.add_patch(Circle((0.5, 0.5), 0.4)),
    ),
    "a polygon": (
        lambda ax: ax.add_patch(Polygon([(0, 0), (1, 0), (1, 1)])),
        lambda ax: ax.add_patch(Polygon([(0, 0), (1, 0), (0, 1)])),
    ),
    "lines of equal height": (
        lambda ax: ax.contour(DIGIT, levels=[2, 5, 9]),
        lambda ax: ax.contour(DIGIT.T, levels=[2, 5, 9]),
    ),
    "an image": (lambda ax: ax.imshow(DIGIT), lambda ax: ax.imshow(DIGIT.T)),
    "an image of noise": (
        lambda ax: ax.imshow(DIGIT),
        lambda ax: ax.imshow(NOISE.permutation(DIGIT.ravel()).reshape(28, 28)),
    ),
    "an image with the same means": (
        lambda ax: ax.imshow(np.full((28, 28), 0.5), vmin=0, vmax=1),
        lambda ax: ax.imshow(np.indices((28, 28)).sum(axis=0) % 2, vmin=0, vmax=1),
    ),
    "a color map": (
        lambda ax: ax.imshow(DIGIT, cmap="gray"),
        lambda ax: ax.imshow(DIGIT, cmap="viridis"),
    ),
    "a range of colors": (
        lambda ax: ax.imshow(DIGIT, vmax=20),
        lambda ax: ax.imshow(DIGIT, vmax=40),
    ),
    "colors of an image": (
        lambda ax: ax.imshow(np.full((4, 4, 3), (1.0, 0.5, 0.0))),
        lambda ax: ax.imshow(np.full((4, 4, 3), (0.0, 0.5, 1.0))),
    ),
    "opacity of an image": (
        lambda ax: ax.imshow(np.zeros((4, 4, 4))),
        lambda ax: ax.imshow(np.full((4, 4, 4), (0.0, 0.0, 0.0, 1.0))),
    ),
    "the first row of an image": (
        lambda ax: ax.imshow(DIGIT),
        lambda ax: ax.imshow(DIGIT, origin="lower"),
    ),
    "a grid of cells": (lambda ax: ax.pcolormesh(DIGIT), lambda ax: ax.pcolormesh(DIGIT.T)),
    "colors of triangles": (
        lambda ax: ax.tripcolor([0, 1, 0, 1], [0, 0, 1, 1], facecolors=[1.0, 2.0]),
        lambda ax: ax.tripcolor([0, 1, 0, 1], [0, 0, 1, 1], facecolors=[2.0, 1.0]),
    ),
    "a color bar": (
        lambda ax: ax.figure.colorbar(ax.imshow(DIGIT), label="height"),
        lambda ax: ax.figure.colorbar(ax.imshow(DIGIT), label="depth"),
    ),
    "a place of a text": (lambda ax: ax.text(0, 0, "x"), lambda ax: ax.text(0.5, 0, "x")),
    "a place of a part": (
        lambda ax: ax.text(0, 0, "x", transform=ax.transAxes),
        lambda ax: ax.text(0.5, 0, "x", transform=ax.transAxes),
    ),
    "names along an axis": (
        lambda ax: ax.plot(["a", "b"], [1, 2]),
        lambda ax: ax.plot(["a", "c"], [1, 2]),
    ),
    "an inset": (
        lambda ax: ax.inset_axes((0.5, 0.5, 0.4, 0.4)).plot([0, 1]),
        lambda ax: ax.inset_axes((0.5, 0.5, 0.4, 0.4)).plot([1, 0]),
    ),
    "a twin": (lambda ax: ax.twinx().plot([0, 1]), lambda ax: ax.twinx().plot([1, 0])),
    "a text of the figure": (
        lambda ax: ax.figure.text(0.5, 0.9, "left"),
        lambda ax: ax.figure.text(0.5, 0.9, "right"),
    ),
    "a title of the figure": (
        lambda ax: ax.figure.suptitle("left"),
        lambda ax: ax.figure.suptitle("right"),
    ),
    "a second legend": (lambda ax: second_legend(ax, "b"), lambda ax: second_legend(ax, "c")),
    "a part of an ellipse": (
        lambda ax: ax.add_patch(Arc((0, 0), 1, 1, theta2=90)),
        lambda ax: ax.add_patch(Arc((0, 0), 1, 1, theta2=180)),
    ),
}


@pytest.mark.parametrize("kind", PAIRS)
def test_other_drawing_of_one_kind_is_seen(kind: str) -> None:
    before, now = PAIRS[kind]
    assert not differences(drawn(before), drawn(before))
    assert differences(drawn(before), drawn(now))


CURVE = Outline([(0, 0), (0, 1), (1, 1)], [Outline.MOVETO, Outline.CURVE3, Outline.CURVE3])


def image_of_the_figure(ax: Any) -> None:
    ax.figure.figimage(DIGIT)


UNDESCRIBED: dict[str, Draw] = {
    "Quiver": lambda ax: ax.quiver([0, 1], [0, 1], [1, 1], [1, 0]),
    "PolyCollection": lambda ax: ax.hexbin(STEPS, LOSS, gridsize=5),
    "Table": lambda ax: ax.table([["1"]]),
    "AxLine": lambda ax: ax.axline((0, 0), slope=1),
    "FancyArrowPatch": lambda ax: ax.add_patch(FancyArrowPatch(path=CURVE)),
    "AnnotationBbox": lambda ax: ax.add_artist(AnnotationBbox(OffsetImage(DIGIT), (0, 0))),
    "SecondaryAxis": lambda ax: ax.secondary_xaxis("top"),
    "PolarAxes": lambda ax: ax.figure.add_subplot(projection="polar"),
    "FigureImage": image_of_the_figure,
    "SubFigure": lambda ax: ax.figure.subfigures(1, 2),
}


@pytest.mark.parametrize("kind", UNDESCRIBED)
def test_what_cannot_be_described_is_named(kind: str) -> None:
    with pytest.raises(
        TypeError, match=f"an artist of the kind {kind}, which regen cannot describe"
    ):
        drawn(UNDESCRIBED[kind])


def test_what_cannot_be_described_may_be_invisible() -> None:
    assert is_blank(drawn(lambda ax: ax.quiver([0], [0], [1], [1], visible=False)))


def many_images(*images: Any, in_one: bool = False) -> dict[str, Any]:
    """Images in axes of their own, or side by side in one."""
    figure = Figure()
    every = figure.subplots(1, 1 if in_one else len(images), squeeze=False)
    for i, image in enumerate(images):
        ax = every[0, 0 if in_one else i]
        ax.imshow(image, extent=(i, i + 1, 0, 1) if in_one else None, vmin=0, vmax=27)
    return through_json(describe(figure))


@pytest.mark.parametrize("in_one", [True, False])
def test_many_alike_images_are_one_series(in_one: bool) -> None:
    drawing = many_images(*[DIGIT] * 12, in_one=in_one)
    (ax,) = drawing["axes"]
    assert [image["n"] for image in ax["series"]] == [12]


@pytest.mark.parametrize("in_one", [True, False])
@pytest.mark.parametrize("other", [DIGIT.T, np.zeros((28, 28)), DIGIT[:, ::-1]])
def test_one_other_image_of_many_is_seen(other: Any, in_one: bool) -> None:
    before = many_images(*[DIGIT] * 12, in_one=in_one)
    now = many_images(*[DIGIT] * 11, other, in_one=in_one)
    assert differences(before, now)


def test_many_images_of_one_color_are_blank() -> None:
    assert is_blank(many_images(*[np.zeros((5, 5))] * 12))
    assert not is_blank(many_images(*[DIGIT] * 12))


def test_axes_with_titles_are_not_joined() -> None:
    figure = Figure()
    for i, ax in enumerate(figure.subplots(1, 5)):
        ax.imshow(DIGIT)
        ax.set_title(f"digit {i}")
    assert len(describe(figure)["axes"]) == 5


def connected(end: float) -> dict[str, Any]:
    """Two axes, and a line from the middle of one to a height in the other."""
    figure = Figure()
    left, right = figure.subplots(1, 2)
    left.set_ylim(0, 100)
    right.set_ylim(0, 100)
    link = ConnectionPatch((0.5, 50), (0.5, end), "data", "data", axesA=left, axesB=right)
    figure.add_artist(link)
    return through_json(describe(figure))


def test_where_a_connection_ends_is_seen() -> None:
    assert differences(connected(20), connected(22))


def test_a_connection_is_measured_by_its_axes() -> None:
    assert not differences(connected(20), connected(20.5))


def test_ends_of_an_arrow_have_units_of_their_own() -> None:
    def draw(ax: Axes) -> None:
        look = {"arrowstyle": "->"}
        ax.annotate("", (50, 1), (0.5, 0.1), textcoords="axes fraction", arrowprops=look)
        ax.set_xlim(0, 100)

    arrow = series(draw)
    assert (arrow["from x of"], arrow["to x"]) == ("axes", [50])
    assert "to x of" not in arrow


def test_rounding_of_sizes_that_are_the_same_is_unseen() -> None:
    def dots(noise: float) -> Draw:
        return lambda ax: ax.scatter([0, 1], [0, 1], s=[9, 9 + noise])

    assert not differences(drawn(dots(1e-5)), drawn(dots(-1e-5)))


def test_curves_far_outside_the_axes_may_differ() -> None:
    def diverging(end: float) -> Draw:
        def draw(ax: Axes) -> None:
            ax.plot([0, 1, 2], [0, 1, end])
            ax.set_ylim(0, 2)

        return draw

    assert not differences(drawn(diverging(1e8)), drawn(diverging(1.5e8)))


def test_a_logarithmic_axis_is_compared_by_decades() -> None:
    def log(low: float) -> Draw:
        return lambda ax: ax.semilogy([low, 1e-1, 1e4])

    assert not differences(drawn(log(1e-4)), drawn(log(1.0001e-4)))
    assert differences(drawn(log(1e-4)), drawn(log(3e-4)))


def test_what_is_not_positive_is_a_gap_of_a_log_axis() -> None:
    line = series(lambda ax: ax.semilogy([1, 0, 10]))
    assert line["y"] == [1, None, 10]


# --- numbers inside texts ---


def texts(*said: str) -> dict[str, Any]:
    def draw(ax: Axes) -> None:
        for i, text in enumerate(said):
            ax.text(i / 100, 0, text)

    return drawn(draw)


def test_a_number_in_a_text_is_exact_by_default() -> None:
    assert differences(texts("accuracy 0.97"), texts("accuracy 0.98"))


def test_a_number_in_a_text_is_no_part_of_the_skeleton() -> None:
    assert skeleton(texts("accuracy 0.97")) == skeleton(texts("accuracy 0.98"))


def test_words_of_a_text_are_part_of_the_skeleton() -> None:
    assert changed_lines(texts("accuracy 0.97"), texts("loss 0.97"))


def test_a_decimal_number_does_not_become_a_whole_one() -> None:
    assert changed_lines(texts("accuracy 0.97"), texts("accuracy 1"))


def test_a_digit_in_a_name_is_no_number() -> None:
    assert changed_lines(texts("conv1, $a_1$"), texts("conv2, $a_1$"))


def test_minus_signs_and_thousands_are_read() -> None:
    values = [number.value for number in numbers(texts("\N{MINUS SIGN}0.5 of 10,000"))]
    assert {-0.5, 10_000.0} <= set(values)


@pytest.mark.parametrize("change", [1, 50, 99])
def test_one_of_a_hundred_numbers_is_seen(change: int) -> None:
    said = [str(1000 + i) for i in range(100)]
    other = list(said)
    other[change] = "1"
    assert differences(texts(*said), texts(*other))


def test_two_numbers_that_change_places_are_seen() -> None:
    said = [str(i) for i in range(100)]
    other = ["1", "0", *said[2:]]
    assert differences(texts(*said), texts(*other))


def test_the_last_digit_of_a_long_number_counts() -> None:
    assert differences(texts("1234567", "2"), texts("1234568", "2"))


def test_the_last_digit_shown_is_known() -> None:
    steps = {number.step for number in numbers(texts("0.970")) if number.exact and number.value}
    assert steps == {0.001}


# --- blanks ---


BLANK: dict[str, Draw] = {
    "empty axes": lambda ax: None,
    "titles and labels alone": lambda ax: ax.set(title="Loss", xlabel="step"),
    "an empty line": lambda ax: ax.plot([], []),
    "a line of gaps": lambda ax: ax.plot([np.nan] * 20),
    "an invisible line": lambda ax: ax.plot([0, 1], visible=False),
    "a line outside": lambda ax: (ax.plot([0, 1]), ax.set_ylim(5, 6)),
    "an image of one color": lambda ax: ax.imshow(np.ones((5, 5))),
    "a colored image of one color": lambda ax: ax.imshow(np.ones((5, 5, 3))),
    "no axes": lambda ax: ax.remove(),
}


@pytest.mark.parametrize("kind", BLANK)
def test_blank_is_blank(kind: str) -> None:
    assert is_blank(drawn(BLANK[kind]))


@pytest.mark.parametrize("kind", PAIRS)
def test_what_shows_something_is_not_blank(kind: str) -> None:
    one_color = ("image with the same means", "colors of an image", "opacity", "title of")
    if not any(words in kind for words in one_color):
        assert not is_blank(drawn(PAIRS[kind][0]))


# --- several seeds ---


def run(height: float) -> dict[str, Any]:
    def draw(ax: Axes) -> None:
        ax.plot([0, 1, 2], [0.5, height, 0.9])
        ax.set_ylim(0, 1)
        ax.set_title(f"ends at {height:.2f}")

    return drawn(draw)


def allowed(*heights: float) -> dict[str, tuple[float, float]]:
    """By path, what runs of these heights allow; through what a record keeps of them."""
    drawings = [run(height) for height in heights]
    spread = summarize_spread(drawings)
    pair = spread_numbers(drawings[0], spread)
    paths = [number.path for number in numbers(drawings[0])]
    return dict(zip(paths, spread_intervals(pair), strict=True))


def test_a_series_may_vary_by_what_its_widest_varies() -> None:
    interval = allowed(0.6, 0.7)["axes 1, line, y 1 of 3"]
    assert interval == pytest.approx((0.5 - 0.22, 0.5 + 0.22), abs=1e-4)


def test_another_axis_does_not_vary_with_it() -> None:
    interval = allowed(0.6, 0.7)["axes 1, line, x 1 of 3"]
    assert interval == pytest.approx((-0.044, 0.044), abs=1e-3)


def test_a_number_in_a_text_varies_with_the_seeds() -> None:
    interval = allowed(0.6, 0.7)["axes 1, title 'ends at 0.60', number 1"]
    assert interval == pytest.approx((0.4, 0.9))


def test_a_count_that_no_seed_changes_stays_exact() -> None:
    assert allowed(0.6, 0.7)["axes 1, line, n"] == (3, 3)


def test_a_logarithmic_axis_varies_by_decades() -> None:
    seeds = [[Number("y 1", value, 4.0, log=True, series="y")] for value in (1e-3, 1e-2)]
    ((low, high),) = spread_intervals(seeds)
    assert (low, high) == pytest.approx((1e-3 / 10**2.08, 1e-2 * 10**2.08))


def test_seeds_that_draw_other_things_are_refused() -> None:
    with pytest.raises(RegenError, match=r"another seed(.|\n)*\+ axes 1, line"):
        summarize_spread([drawn(), drawn(loss_curves)])


def test_a_spread_of_another_figure_is_refused() -> None:
    spread = summarize_spread([run(0.6), run(0.7)])
    with pytest.raises(RegenError, match="regen record"):
        spread_numbers(drawn(loss_curves), spread)


def test_a_spread_keeps_to_a_few_digits() -> None:
    spread = summarize_spread([run(1 / 3), run(2 / 3)])
    assert max(len(str(value)) for value in spread["low"]) <= 9
