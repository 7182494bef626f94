"""SVG and PNG as drawings: texts, shapes with their transforms, pixels."""

import base64
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from regen.drawing import describe_png, describe_svg, is_blank, numbers, skeleton
from regen.errors import RegenError


def svg(inside: str, attributes: str = 'viewBox="0 0 100 50"') -> dict[str, Any]:
    """The axes of an SVG."""
    text = f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inside}</svg>'
    (axes,) = describe_svg(text)["axes"]
    return dict(axes)


def shape(inside: str) -> dict[str, Any]:
    """The only shape of an SVG."""
    (found,) = svg(inside)["series"]
    return dict(found)


def box(inside: str) -> tuple[float, ...]:
    """Left, top, right and bottom of the only shape."""
    found = shape(inside)
    return tuple(found[name][0] for name in ("left", "top", "right", "bottom"))


RECT = '<rect x="1" y="2" width="3" height="4"/>'

MOVED = {
    "as it is": (RECT, (1, 2, 4, 6)),
    "translated": (f'<g transform="translate(10, 20)">{RECT}</g>', (11, 22, 14, 26)),
    "along one axis": (f'<g transform="translate(10)">{RECT}</g>', (11, 2, 14, 6)),
    "scaled": (f'<g transform="scale(2 3)">{RECT}</g>', (2, 6, 8, 18)),
    "by a matrix": (f'<g transform="matrix(1 0 0 -1 5 10)">{RECT}</g>', (6, 4, 9, 8)),
    "rotated": (f'<g transform="rotate(90)">{RECT}</g>', (-6, 1, -2, 4)),
    "rotated about a point": (f'<g transform="rotate(180 1 2)">{RECT}</g>', (-2, -2, 1, 2)),
    "in the order of the list": (
        f'<g transform="translate(10,0) scale(2)">{RECT}</g>',
        (12, 4, 18, 12),
    ),
    "nested": (
        f'<g transform="scale(2)"><g transform="translate(10,0)">{RECT}</g></g>',
        (22, 4, 28, 12),
    ),
    "an ellipse": ('<ellipse cx="5" cy="6" rx="3" ry="2"/>', (2, 4, 8, 8)),
    "a circle": ('<circle cx="5" cy="6" r="2"/>', (3, 4, 7, 8)),
    "used": (f'<defs><g id="a">{RECT}</g></defs><use href="#a" x="10" y="20"/>', (11, 22, 14, 26)),
    "a symbol": (f'<symbol id="a">{RECT}</symbol><use href="#a"/>', (1, 2, 4, 6)),
    "in an inner picture": (f'<svg x="10" y="20">{RECT}</svg>', (11, 22, 14, 26)),
}


@pytest.mark.parametrize("how", MOVED)
def test_shape_stands_where_it_is_drawn(how: str) -> None:
    inside, expected = MOVED[how]
    assert box(inside) == pytest.approx(expected)


PATHS = {
    "lines": ("M 1 2 L 3 4 5 6", [1, 3, 5], [2, 4, 6]),
    "relative lines": ("m 1 2 l 3 4 5 6", [1, 4, 9], [2, 6, 12]),
    "across and down": ("M1,2H5V7h-1v-1", [1, 5, 5, 4, 4], [2, 2, 7, 7, 6]),
    "without gaps": ("M1-2L.5.25", [1, 0.5], [-2, 0.25]),
    "a curve": ("M0 0c1 1 2 1 3 0", [0, 1, 2, 3], [0, 1, 1, 0]),
    "an arc": ("M0 0a5 5 0 01 3 4", [0, 3], [0, 4]),
    "closed": ("M1 1h2z m5 5", [1, 3, 6], [1, 1, 6]),
    "exponents": ("M1e1 2E0", [10], [2]),
}


@pytest.mark.parametrize("kind", PATHS)
def test_points_of_a_path_are_read(kind: str) -> None:
    commands, x, y = PATHS[kind]
    found = shape(f'<path d="{commands}"/>')
    assert (found["x"], found["y"]) == (x, y)


def test_points_of_polygon_are_read() -> None:
    found = shape('<polygon points="1,2 3,4 5,0"/>')
    assert (found["x"], found["y"]) == ([1, 3, 5], [2, 4, 0])


def test_line_keeps_its_direction() -> None:
    found = shape('<line x1="1" y1="2" x2="3" y2="4"/>')
    assert (found["from x"], found["to x"]) == ([1], [3])


def test_many_alike_shapes_are_one_series() -> None:
    rects = [f'<rect x="{i}" width="1" height="1" fill="red"/>' for i in range(30)]
    assert shape("".join(rects))["n"] == 30


LOOKS = {
    "attribute": '<rect width="1" height="1" fill="red"/>',
    "style": '<rect width="1" height="1" style="fill: red"/>',
    "style before attribute": '<rect width="1" height="1" style="fill:red" fill="blue"/>',
    "inherited": '<g fill="red"><rect width="1" height="1"/></g>',
}


@pytest.mark.parametrize("how", LOOKS)
def test_color_is_found(how: str) -> None:
    assert shape(LOOKS[how])["fill"] == "red"


HIDDEN = {
    "definitions": f"<defs>{RECT}</defs>",
    "clipping": f"<clipPath>{RECT}</clipPath>",
    "not displayed": f'<g display="none">{RECT}</g>',
    "invisible": f'<g visibility="hidden">{RECT}</g>',
    "a title": "<title>What it is</title>",
    "an element that uses itself": '<g id="a"><use href="#a"/></g>',
    "nothing": "",
}


@pytest.mark.parametrize("how", HIDDEN)
def test_what_is_not_drawn_is_left_out(how: str) -> None:
    text = f'<svg viewBox="0 0 9 9">{HIDDEN[how]}</svg>'
    assert is_blank(describe_svg(text))


def test_text_has_its_words_and_place() -> None:
    axes = svg('<g transform="translate(5,0)"><text x="1" y="2">a <tspan>b</tspan></text></g>')
    assert axes["texts"] == [{"text": "a b", "x": [6], "y": [2]}]


def test_part_of_a_text_with_a_place_is_another_text() -> None:
    axes = svg('<text x="1" y="2"><tspan>a</tspan><tspan x="1" y="9">b</tspan></text>')
    assert [(text["text"], text["y"]) for text in axes["texts"]] == [("a", [2]), ("b", [9])]


def test_style_sheet_is_compared_to_the_letter() -> None:
    first, second = (
        describe_svg(f"<svg viewBox='0 0 9 9'><style>rect {{fill: {color}}}</style></svg>")
        for color in ("red", "blue")
    )
    assert skeleton(first) != skeleton(second)


def test_limits_are_those_of_the_view_box() -> None:
    axes = svg(RECT, 'viewBox="10 20 30 40"')
    assert (axes["x"]["limits"], axes["y"]["limits"]) == ([10, 40], [60, 20])


def test_without_view_box_the_size_gives_the_limits() -> None:
    assert svg(RECT, 'width="30px" height="40px"')["x"]["limits"] == [0, 30]


def test_without_any_size_the_shapes_give_the_limits() -> None:
    assert svg(RECT, "")["x"]["limits"] == [1, 4]


def test_broken_svg_is_refused() -> None:
    with pytest.raises(RegenError, match="not well-formed"):
        describe_svg("<svg><g></svg>")


# --- PNG ---


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def half_red() -> Image.Image:
    image = Image.new("RGB", (14, 14), "white")
    image.paste("red", (0, 0, 7, 14))
    return image


def pixels(image: Image.Image) -> list[float]:
    return [number.value for number in numbers(describe_png(png(image)))]


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "turned": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "blank": lambda image: Image.new("RGB", image.size, "white"),
    "another color": lambda image: image.point([255 - i for i in range(256)] * 3),
    "larger": lambda image: image.resize((28, 28)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_change_of_a_png_is_seen(change: str) -> None:
    assert pixels(half_red()) != pixels(CHANGES[change](half_red()))


def test_size_of_a_png_is_noted() -> None:
    assert describe_png(png(half_red()))["size"] == [14, 14]


def test_png_of_one_color_is_blank() -> None:
    assert is_blank(describe_png(png(Image.new("RGB", (9, 9), "red"))))


def test_transparent_png_is_blank() -> None:
    assert is_blank(describe_png(png(Image.new("RGBA", (9, 9), (9, 9, 9, 0)))))


def test_png_with_two_colors_is_not_blank() -> None:
    assert not is_blank(describe_png(png(half_red())))


def test_broken_png_is_refused() -> None:
    with pytest.raises(RegenError, match="cannot be read"):
        describe_png(b"no picture")


def test_cut_off_png_is_refused() -> None:
    with pytest.raises(RegenError, match="cannot be read"):
        describe_png(png(half_red())[:60])


def test_image_inside_an_svg_is_described_by_its_pixels() -> None:
    content = base64.b64encode(png(half_red())).decode()
    found = shape(f'<image width="5" height="5" href="data:image/png;base64,{content}"/>')
    assert found["pixels"] == [14, 14]
    assert found["right"] == [5]


def test_image_that_an_svg_links_to_is_named() -> None:
    assert shape('<image width="5" height="5" href="other.png"/>')["text"] == "other.png"
