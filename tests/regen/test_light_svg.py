"""Figures within a page: what they share stands once, and nothing that is seen changes."""

import base64
import re
from xml.etree import ElementTree

import pytest

from regen.site import light_svg
from regen.site.light_svg import Sheet

PICTURE = base64.b64encode(b"\x89PNG" + bytes(5000)).decode()
LETTER = (
    '<path id="DejaVuSans-31" d="M 794.123456 531 \nL 1825 531 \nz\n" transform="scale(0.015625)"/>'
)
FIGURE = f"""<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="10pt">
 <metadata>2026</metadata>
 <defs>
  <style type="text/css">*{{stroke-linejoin: round}}</style>
 </defs>
 <g id="text_1">
  <!-- 1 -->
  <g transform="translate(3.123456 -4.999999) scale(0.1 -0.1)">
   <defs>
    {LETTER}
   </defs>
   <use xlink:href="#DejaVuSans-31"/>
  </g>
 </g>
 <path id="marker" d="M 0.126 1.5 L -7.0000001 2"/>
 <use xlink:href="#marker" x="1.23456" y="2"/>
 <g clip-path="url(#box)"><image xlink:href="data:image/png;base64,{PICTURE}"/></g>
 <clipPath id="box"/>
</svg>
"""


@pytest.fixture
def sheet() -> Sheet:
    return Sheet()


def test_outline_of_a_letter_stands_once_for_all_figures(sheet: Sheet) -> None:
    first, second = sheet.slim(FIGURE, "figure-1-1"), sheet.slim(FIGURE, "figure-2-1")
    assert "DejaVuSans-31" not in re.findall(r'id="([^"]*)"', first + second)
    assert first.count('href="#DejaVuSans-31"') == second.count('href="#DejaVuSans-31"') == 1
    (outline,) = ElementTree.fromstring(sheet.element())
    assert outline.get("id") == "DejaVuSans-31"
    assert outline.get("transform") == "scale(0.015625)"
    assert outline.get("d") == "M 794.123456 531 L 1825 531 z "


def test_another_letter_of_the_same_name_stays_in_its_figure(sheet: Sheet) -> None:
    sheet.slim(FIGURE, "figure-1-1")
    other = sheet.slim(FIGURE.replace("L 1825 531", "L 9 9"), "figure-2-1")
    assert 'id="figure-2-1-DejaVuSans-31"' in other
    assert 'href="#figure-2-1-DejaVuSans-31"' in other
    assert sheet.element().count("<path") == 1


def test_each_reference_leads_somewhere(sheet: Sheet) -> None:
    svg = sheet.slim(FIGURE, "figure-1-1")
    names = set(re.findall(r'id="([^"]*)"', svg + sheet.element()))
    references = re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', svg)
    assert {one or other for one, other in references} <= names
    assert "figure-1-1-box" in names and "figure-1-1-marker" in names


def test_positions_are_rounded_and_factors_are_not(sheet: Sheet) -> None:
    svg = sheet.slim(FIGURE, "f")
    assert 'd="M 0.13 1.5 L -7 2"' in svg
    assert 'x="1.23" y="2"' in svg
    assert "translate(3.12 -5) scale(0.1 -0.1)" in svg


def test_large_picture_becomes_a_file(sheet: Sheet) -> None:
    svg = sheet.slim(FIGURE, "figure-1-1")
    assert 'href="figure-1-1-picture-1.png"' in svg and "base64" not in svg
    assert sheet.files == {"figure-1-1-picture-1.png": base64.b64decode(PICTURE)}


def test_small_picture_stays(sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(light_svg, "SMALL", 10_000)
    assert PICTURE in sheet.slim(FIGURE, "figure-1-1")
    assert sheet.files == {}


def test_what_nobody_sees_is_left_out(sheet: Sheet) -> None:
    svg = sheet.slim(FIGURE, "f")
    assert svg.startswith("<svg ") and svg.endswith("</svg>")
    for text in ("<metadata", "<style", "<!--", "<defs>", "\n", "  "):
        assert text not in svg


def test_figures_without_letters_share_nothing(sheet: Sheet) -> None:
    sheet.slim('<svg><path d="M 0 0"/></svg>', "f")
    assert sheet.element() == ""
