import base64
import copy
import functools
import importlib
import inspect
import io
import json
import pickle
import pkgutil
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import figure_examples
import matplotlib.image
import numpy as np
import pytest
from jaxtyping import TypeCheckError
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from groundup import figures
from groundup.figures import INK, Picture
from regen.drawing import describe, is_blank

SVG = "{http://www.w3.org/2000/svg}"

EXAMPLES: dict[str, Callable[[], Picture]] = {}
for _module in pkgutil.iter_modules(figure_examples.__path__):
    _examples = importlib.import_module(f"figure_examples.{_module.name}").EXAMPLES
    for _name, _example in _examples.items():
        EXAMPLES[f"{_module.name}.{_name}"] = _example


@functools.cache
def picture(name: str) -> Picture:
    """An example, drawn once for all tests that only look at it."""
    return EXAMPLES[name]()


@functools.cache
def drawn_again(name: str) -> Picture:
    """The same example, drawn a second time."""
    return EXAMPLES[name]()


def drawing_functions() -> set[str]:
    """All public functions that return a picture, and their modules' names among the examples."""
    modules = {"general": figures}
    for module in pkgutil.iter_modules(figures.__path__):
        modules[module.name] = importlib.import_module(f"groundup.figures.{module.name}")
    found = set()
    for where, module in modules.items():
        for name, function in vars(module).items():
            if name.startswith("_") or not inspect.isfunction(function):
                continue
            gives = inspect.signature(function).return_annotation
            if function.__module__ == module.__name__ and gives in (Picture, "Picture"):
                found.add(f"{where}.{name}")
    return found


def test_each_public_function_that_draws_has_an_example_here() -> None:
    assert set(EXAMPLES) == drawing_functions()


def backgrounds(svg: str) -> list[str]:
    """All shapes that cover the whole drawing and let nothing through, opaque images included."""
    root = ElementTree.fromstring(svg)
    left, top, width, height = map(float, root.get("viewBox", "").split())

    def covers(x: list[float], y: list[float]) -> bool:
        return max(x) - min(x) > 0.95 * width and max(y) - min(y) > 0.95 * height

    hidden: set[ElementTree.Element] = set()
    for tag in ("defs", "clipPath"):
        for outer in root.iter(f"{SVG}{tag}"):
            hidden |= set(outer.iter())
    found = []
    for element in root.iter():
        if element in hidden:
            continue
        kind = element.tag.rpartition("}")[2]
        style = element.get("style", "").replace(" ", "") + ";" + f"fill:{element.get('fill', '')}"
        seen = "fill:none" not in style and not re.search(r"(fill-)?opacity:0(\.0*)?(;|$)", style)
        if kind == "path" and not element.get("transform"):
            points = list(
                map(float, re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", element.get("d", "")))
            )
            if seen and len(points) > 5 and covers(points[::2], points[1::2]):
                found.append(f"path {style}")
        elif kind == "rect" and seen:
            size = [element.get(name, "") for name in ("width", "height")]
            if size == ["100%", "100%"] or covers(
                [left, left + float(size[0])], [top, top + float(size[1])]
            ):
                found.append(f"rect {style}")
        elif kind == "image" and covers(
            [0, float(element.get("width", 0))], [0, float(element.get("height", 0))]
        ):
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
    svg = picture(name)._repr_svg_()
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert "currentColor" in svg
    assert INK.lower() not in svg.lower()
    assert "<dc:date>" not in svg
    assert backgrounds(svg) == []
    assert drawn_again(name).svg == svg


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_text_and_axes_are_never_black_or_white(name: str) -> None:
    """Ticks, labels and frames that keep matplotlib's black vanish on a dark page."""
    svg = picture(name).svg
    assert not re.search(r"(stroke|fill):\s*(#000000|#ffffff|black|white)\b", svg)
    root = ElementTree.fromstring(svg)
    texts = [group for group in root.iter(f"{SVG}g") if group.get("id", "").startswith("text_")]
    for group in texts:
        styles = [inner.get("style") or "" for inner in group.iter(f"{SVG}g")]
        assert any("fill:" in style for style in styles), (
            f"{group.get('id')} has no fill and is drawn black"
        )


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_drawing_of_a_picture_is_not_blank(name: str) -> None:
    assert not is_blank(describe(picture(name).figure))


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_drawing_of_a_picture_is_the_same_twice(name: str) -> None:
    assert describe(picture(name).figure) == describe(drawn_again(name).figure)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_drawing_of_a_picture_is_small(name: str) -> None:
    assert len(json.dumps(describe(picture(name).figure))) < 6000


def artists(figure: Figure) -> list[Artist]:
    """All that is drawn inside the axes of a figure."""
    found: list[Artist] = []
    for ax in figure.axes:
        found += [*ax.lines, *ax.patches, *ax.collections, *ax.images]
        # a text without a word is there for its arrow alone
        found += [text for text in ax.texts if text.get_text() or text.arrow_patch]
    return found


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_drawing_lacks_each_artist_that_is_hidden(name: str) -> None:
    figure = drawn_again(name).figure
    before = describe(figure)
    for artist in artists(figure):
        artist.set_visible(False)
        assert describe(figure) != before
        artist.set_visible(True)
    assert describe(figure) == before


def test_picture_keeps_its_figure() -> None:
    figure = Figure(figsize=(1, 1))
    assert Picture(figure).figure is figure


def test_picture_can_be_pickled_and_copied() -> None:
    original = figures.curves({"a": [1.0, 2.0]}, xlabel="step", ylabel="loss")
    for twin in (pickle.loads(pickle.dumps(original)), copy.deepcopy(original)):
        assert twin.svg == original.svg
        assert describe(twin.figure) == describe(original.figure)


def test_picture_is_saved_as_it_is_shown(tmp_path: Path) -> None:
    picture = Picture(Figure(figsize=(1, 1)))
    picture.save(tmp_path / "empty.svg")
    assert (tmp_path / "empty.svg").read_text(encoding="utf-8") == picture.svg
    assert repr(picture) == "<figure>"


def test_subplots_come_row_by_row_in_the_requested_size() -> None:
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
