import base64
from typing import Any

import pytest
from nbformat.v4 import new_output

from regen.execution.results import DRAWING, CellRun, Run

SVG = "<svg xmlns='http://www.w3.org/2000/svg'><text>a label</text></svg>"


def shown(**data: Any) -> CellRun:
    """A cell with one output, whose kinds are written with `_` for `/`."""
    kinds = {kind.replace("_", "/", 1): content for kind, content in data.items()}
    return CellRun([new_output("display_data", data=kinds)])


def test_printed_text_is_as_a_terminal_shows_it() -> None:
    cell = CellRun([new_output("stream", text="\x1b[31m0%\r100%\x1b[0m\n")])
    assert cell.shown == [("stdout", "100%\n")]
    assert cell.text == ["100%"]


def test_warnings_are_shown_and_are_no_text() -> None:
    cell = CellRun([new_output("stream", name="stderr", text="careful\n")])
    assert cell.shown == [("stderr", "careful\n")]
    assert cell.text == []


def test_an_exception_is_text() -> None:
    traceback = ["\x1b[31mTraceback\x1b[0m", "ValueError: no"]
    cell = CellRun([new_output("error", ename="ValueError", evalue="no", traceback=traceback)])
    assert cell.text == ["Traceback", "ValueError: no"]


@pytest.mark.parametrize("kind", ["text/html", "text/markdown", "text/latex"])
def test_markup_is_text_with_its_kind(kind: str) -> None:
    cell = CellRun([new_output("display_data", data={kind: "a\nb", "text/plain": "<object>"})])
    assert cell.text == [f"[{kind}]", "a", "b"]


def test_a_picture_is_a_figure_and_no_text() -> None:
    cell = shown(**{"image_svg+xml": SVG, "text_plain": "<figure>", "text_html": "<b></b>"})
    assert [kind for kind, _ in cell.shown] == ["image/svg+xml"]
    assert cell.text == []


def test_a_picture_above_text_has_its_place_in_it() -> None:
    picture = new_output("display_data", data={"image/svg+xml": SVG})
    printed = new_output("stream", text="loss\n")
    assert CellRun([picture, printed]).text == ["[image/svg+xml]", "loss"]
    assert CellRun([printed, picture]).text == ["loss"]


def test_a_figure_shows_what_the_kernel_said() -> None:
    data = {"image/svg+xml": SVG, DRAWING: {"texts": ["said"]}}
    (figure,) = CellRun([new_output("display_data", data=data)]).figures
    assert (figure.content, figure.drawing) == (SVG, {"texts": ["said"]})


def test_a_figure_of_another_origin_is_read() -> None:
    (figure,) = shown(**{"image_svg+xml": SVG}).figures
    assert "a label" in str(figure.drawing)


def test_a_png_is_given_as_bytes() -> None:
    encoded = base64.b64encode(b"png").decode()
    data = {"image/png": encoded, DRAWING: {"texts": []}}
    (figure,) = CellRun([new_output("display_data", data=data)]).figures
    assert figure.content == b"png"


@pytest.mark.parametrize(
    ("kinds", "unknown"),
    [
        (["text/plain"], ""),
        (["text/plain", "text/html"], ""),
        (["application/json", "text/plain"], "application/json"),
        (["application/json", "image/png"], ""),
        (["text/plain", DRAWING], ""),
        (["audio/wav"], "audio/wav"),
    ],
)
def test_a_kind_that_cannot_be_shown_is_unknown(kinds: list[str], unknown: str) -> None:
    cell = CellRun([new_output("display_data", data=dict.fromkeys(kinds, ""))])
    assert cell.unknown == unknown


def test_a_run_has_the_values_of_all_cells() -> None:
    cells = [CellRun(values={"a": 1}), CellRun(values={"b": 2}, origins={"b": "A book"})]
    run = Run("p", cells, {}, {"device": "an abacus"})
    assert (run.values, run.origins, run.device) == ({"a": 1, "b": 2}, {"b": "A book"}, "an abacus")
