import base64
import inspect
import io
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import matplotlib.image
import numpy as np
import pytest
from jaxtyping import TypeCheckError
from matplotlib.figure import Figure

from groundup import figures
from groundup.figures import INK, Picture

DIGITS = np.arange(3 * 28 * 28).reshape(3, 28, 28) % 256
SVG = "{http://www.w3.org/2000/svg}"
LOSSES = [0.5, 0.25, 0.125]

# One call for each public function that draws; a function without one fails the first test.
EXAMPLES: dict[str, Callable[[], Picture]] = {
    "curves": lambda: figures.curves(
        {"a": LOSSES, "b": LOSSES[::-1]}, xlabel="epoch", ylabel="loss", x=[1.0, 2.0, 3.0], log=True, marks={"m": 0.2}
    ),
    "digit_grid": lambda: figures.digit_grid(DIGITS, titles=[7, "2", 1], columns=2),
    "enlarged": lambda: figures.enlarged(DIGITS[0], box=(slice(7, 13), slice(5, 12))),
    "bars": lambda: figures.bars({"before": LOSSES, "after": LOSSES[::-1]}, xlabel="digit", ylabel="output"),
    "confusion_matrix": lambda: figures.confusion_matrix([[5, 1, 0], [0, 6, 2], [3, 0, 7]]),
    "two_layer_shapes": figures.two_layer_shapes,
    "slopes_at_kink": lambda: figures.slopes_at_kink({"by hand": 1.0, "relu": 0.0, "clamp": 0.0, "maximum": 0.5}),
    "dots_by_group": lambda: figures.dots_by_group(
        LOSSES, [0, 1, 0], names={0: "no pass", 1: "one pass"}, xlabel="step", ylabel="loss"
    ),
    "neuron_chain": lambda: figures.neuron_chain(
        {
            "x": 0.8,
            "w1": 1.58,
            "b1": -0.14,
            "a1": 0.75,
            "w2": 2.45,
            "b2": -0.11,
            "a2": 0.85,
            "target": 1.0,
            "loss": 0.02,
        },
        {"w1": -0.01, "a2": -0.3},
    ),
    "stacked_curves": lambda: figures.stacked_curves(
        {"loss": {"a": LOSSES}, "output": {"a": LOSSES[::-1]}}, xlabel="step", marks={"output": 0.5}
    ),
    "relative_gaps": lambda: figures.relative_gaps({"float32": [1e-7, float("nan"), 1e-6]}),
}


def drawing_functions() -> set[str]:
    return {
        name
        for name, function in vars(figures).items()
        if inspect.isfunction(function)
        and function.__module__ == figures.__name__
        and not name.startswith("_")
        and inspect.signature(function).return_annotation in (Picture, "Picture")
    }


def test_each_public_function_that_draws_has_an_example_here() -> None:
    assert set(EXAMPLES) == drawing_functions()


def backgrounds(svg: str) -> list[str]:
    """All shapes that cover the whole drawing and let nothing through; an image counts if no pixel of it does."""
    root = ElementTree.fromstring(svg)
    left, top, width, height = map(float, root.get("viewBox", "").split())

    def covers(x: list[float], y: list[float]) -> bool:
        return max(x) - min(x) > 0.95 * width and max(y) - min(y) > 0.95 * height

    hidden = {inner for tag in ("defs", "clipPath") for outer in root.iter(f"{SVG}{tag}") for inner in outer.iter()}
    found = []
    for element in root.iter():
        if element in hidden:
            continue
        kind = element.tag.rpartition("}")[2]
        style = element.get("style", "").replace(" ", "") + ";" + f"fill:{element.get('fill', '')}"
        seen = "fill:none" not in style and not re.search(r"(fill-)?opacity:0(\.0*)?(;|$)", style)
        if kind == "path" and not element.get("transform"):
            points = list(map(float, re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", element.get("d", ""))))
            if seen and len(points) > 5 and covers(points[::2], points[1::2]):
                found.append(f"path {style}")
        elif kind == "rect" and seen:
            size = [element.get(name, "") for name in ("width", "height")]
            if size == ["100%", "100%"] or covers([left, left + float(size[0])], [top, top + float(size[1])]):
                found.append(f"rect {style}")
        elif kind == "image" and covers([0, float(element.get("width", 0))], [0, float(element.get("height", 0))]):
            href = next(value for name, value in element.items() if name.endswith("href"))
            pixels = matplotlib.image.imread(io.BytesIO(base64.b64decode(href.partition(",")[2])))
            if pixels.shape[-1] < 4 or pixels[..., 3].min() > 0:
                found.append("image")
    return found


def test_an_opaque_background_would_be_noticed() -> None:
    figure, _ = figures.subplots()
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg")
    assert len(backgrounds(buffer.getvalue())) == 1


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_picture_is_transparent_svg_in_the_pages_colour_and_the_same_twice(name: str) -> None:
    svg = EXAMPLES[name]()._repr_svg_()
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert "currentColor" in svg
    assert INK.lower() not in svg.lower()
    assert "<dc:date>" not in svg
    assert backgrounds(svg) == []
    assert EXAMPLES[name]().svg == svg


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_text_and_axes_are_never_black_or_white(name: str) -> None:
    """Ticks, labels and frames that keep matplotlib's black vanish on a dark page."""
    svg = EXAMPLES[name]().svg
    assert not re.search(r"(stroke|fill):\s*(#000000|#ffffff|black|white)\b", svg)
    root = ElementTree.fromstring(svg)
    texts = [group for group in root.iter(f"{SVG}g") if group.get("id", "").startswith("text_")]
    for group in texts:
        styles = [inner.get("style") or "" for inner in group.iter(f"{SVG}g")]
        assert any("fill:" in style for style in styles), f"{group.get('id')} has no fill and is drawn black"


def test_picture_is_saved_as_it_is_shown(tmp_path: Path) -> None:
    picture = Picture(Figure(figsize=(1, 1)))
    picture.save(tmp_path / "empty.svg")
    assert (tmp_path / "empty.svg").read_text(encoding="utf-8") == picture.svg
    assert repr(picture) == "<figure>"


def test_subplots_come_row_by_row_in_the_wanted_size() -> None:
    figure, axes = figures.subplots(2, 3, width=6.0, height=2.0)
    assert tuple(figure.get_size_inches()) == (6, 2)
    assert [ax.get_subplotspec().num1 for ax in axes] == [0, 1, 2, 3, 4, 5]


def test_digit_grid_shows_each_image_and_nothing_where_none_is() -> None:
    svg = figures.digit_grid(np.full((3, 28, 28), 255), columns=2).svg
    href = re.search(r'href="data:image/png;base64,([^"]+)"', svg)
    assert href
    pixels = matplotlib.image.imread(io.BytesIO(base64.b64decode(href[1])))
    assert set(np.unique(pixels[..., 3]).round(3)) == {0.0, 1.0}
    assert (pixels[..., 3] == 1).mean() == pytest.approx(3 * 28 * 28 / (2 * 32 * 60), rel=0.05)


def test_wrong_argument_is_refused() -> None:
    with pytest.raises(TypeCheckError):
        figures.curves([0.5, 0.25], xlabel="epoch", ylabel="loss")
