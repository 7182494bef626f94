"""Formulas: drawn once, in the text's color, with their TeX as the label."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from regen.errors import RegenError
from regen.site.formulas import draw_all

INLINE = '<p>A <span class="arithmatex">\\(x &lt; \\frac{1}{2}\\)</span> in text, '
DISPLAY = '<div class="arithmatex">\\[\n\\sum_i "w_i"\n\\]</div></p>'


def parsed(drawn: str) -> tuple[ElementTree.Element, ElementTree.Element]:
    """The page's paragraph, and the sheet of its glyphs."""
    page, sheet = ElementTree.fromstring(f"<main>{drawn}</main>")
    return page, sheet


def place(tex: str) -> str:
    return {"\\frac{1": "docs/p.md:7"}[tex]


def test_formulas_are_drawn_with_their_tex_as_label(tmp_path: Path) -> None:
    drawn = draw_all(INLINE + DISPLAY, tmp_path, place)
    page, _ = parsed(drawn)
    inline, display = page
    assert inline.attrib == {"class": "formula", "role": "img", "aria-label": r"x < \frac{1}{2}"}
    label = r'\sum_i "w_i"'
    assert display.attrib == {"class": "formula display", "role": "img", "aria-label": label}
    assert page.text == "A " and inline.tail == " in text, "
    assert "script" not in drawn and "arithmatex" not in drawn


def test_a_drawing_takes_size_and_color_of_the_text(tmp_path: Path) -> None:
    page, _ = parsed(draw_all(INLINE + DISPLAY, tmp_path, place))
    for formula in page:
        (svg,) = formula
        assert svg.tag == "svg" and svg.get("aria-hidden") == "true"
        assert len(svg.findall("use")) >= 3
        style = r"width:[\d.]+em;height:[\d.]+em;vertical-align:-[\d.]+em"
        assert re.fullmatch(style, svg.get("style", ""))
        assert "currentColor" in ElementTree.tostring(svg, "unicode")


def test_the_outline_of_a_glyph_stands_on_a_page_once(tmp_path: Path) -> None:
    formulas = [f'<span class="arithmatex">\\({tex}\\)</span>' for tex in ("x + x", "x^x")]
    page, sheet = parsed(draw_all(f"<p>{''.join(formulas)}</p>", tmp_path, place))
    glyphs = {symbol.get("id"): len(symbol.findall("path")) for symbol in sheet}
    assert list(glyphs.values()) == [1] * len(glyphs)
    used = [use.get("href", "").removeprefix("#") for use in page.iter("use")]
    assert len(used) == 5
    assert set(used) == set(glyphs)
    assert "<path" not in ElementTree.tostring(page, "unicode")


def test_a_space_is_no_glyph(tmp_path: Path) -> None:
    page, sheet = parsed(
        draw_all('<p><span class="arithmatex">\\(\\ln a\\)</span></p>', tmp_path, place)
    )
    used = {use.get("href", "").removeprefix("#") for use in page.iter("use")}
    assert used == {symbol.get("id") for symbol in sheet}


def test_a_formula_is_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = draw_all(INLINE + DISPLAY, tmp_path / "cache", place)
    kept = sorted((tmp_path / "cache").iterdir())
    assert len(kept) == 2
    monkeypatch.setattr("ziamath.Latex", None)
    assert draw_all(INLINE + DISPLAY, tmp_path / "cache", place) == drawn
    kept[0].write_text("<svg>KEPT</svg>")
    assert "<svg>KEPT</svg>" in draw_all(INLINE + DISPLAY, tmp_path / "cache", place)


def test_a_formula_is_drawn_where_none_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way of a folder")
    drawn = draw_all(INLINE + "</p>", tmp_path / "file" / "cache", place)
    assert "<svg" in drawn


def test_a_displayed_formula_is_drawn_larger(tmp_path: Path) -> None:
    tex = r"\sum_i^n"
    inline = f'<span class="arithmatex">\\({tex}\\)</span>'
    display = f'<div class="arithmatex">\\[{tex}\\]</div>'
    drawn = draw_all(inline + display, tmp_path, place)
    low, high = (float(height) for height in re.findall(r"height:([\d.]+)em", drawn))
    assert high > 1.2 * low


def test_a_formula_that_cannot_be_drawn_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        RegenError, match=r"^docs/p.md:7: the formula \$\\frac\{1\$ cannot be drawn: \w+: "
    ):
        draw_all('<span class="arithmatex">\\(\\frac{1\\)</span>', tmp_path, place)
    assert not list(tmp_path.iterdir())


def test_html_without_formulas_is_left_as_it_is(tmp_path: Path) -> None:
    text = '<p>$5 <code class="arithmatex">\\(x\\)</code></p>'
    assert draw_all(text, tmp_path / "cache", place) == text
    assert not (tmp_path / "cache").exists()
