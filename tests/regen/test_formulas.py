import re
from xml.etree import ElementTree

import pytest

from regen.config import RegenError
from regen.formulas import draw_all

INLINE = '<p>A <span class="arithmatex">\\(x &lt; \\frac{1}{2}\\)</span> in text, '
DISPLAY = '<div class="arithmatex">\\[\n\\sum_i "w_i"\n\\]</div></p>'


def test_formulas_are_drawn_inline_and_displayed_with_their_tex_as_label_and_drawn_once(tmp_path, monkeypatch):
    drawn = draw_all(INLINE + DISPLAY, tmp_path / "cache", "p.md")
    page = ElementTree.fromstring(drawn)
    inline, display = page.find("span"), page.find("div")
    assert inline.attrib == {"class": "formula", "role": "img", "aria-label": r"x < \frac{1}{2}"}
    assert display.attrib == {"class": "formula display", "role": "img", "aria-label": r'\sum_i "w_i"'}
    assert page.text == "A " and inline.tail == " in text, "
    for formula in (inline, display):
        (svg,) = formula
        assert svg.tag == "svg" and svg.get("aria-hidden") == "true" and len(svg.findall(".//path")) >= 3
        assert re.fullmatch(r"width:[\d.]+em;height:[\d.]+em;vertical-align:-[\d.]+em", svg.get("style"))
        assert "currentColor" in ElementTree.tostring(svg, "unicode")
    assert "script" not in drawn and "arithmatex" not in drawn
    kept = sorted((tmp_path / "cache").iterdir())
    assert len(kept) == 2
    monkeypatch.setattr("ziamath.Latex", None)
    assert draw_all(INLINE + DISPLAY, tmp_path / "cache", "p.md") == drawn
    kept[0].write_text("<svg>KEPT</svg>")
    assert "<svg>KEPT</svg>" in draw_all(INLINE + DISPLAY, tmp_path / "cache", "p.md")


def test_the_same_tex_is_drawn_in_one_way_inline_and_in_another_displayed(tmp_path):
    drawn = draw_all(
        '<p><span class="arithmatex">\\(\\sum_i^n\\)</span><div class="arithmatex">\\[\\sum_i^n\\]</div></p>',
        tmp_path,
        "",
    )
    inline, display = (float(height) for height in re.findall(r"height:([\d.]+)em", drawn))
    assert display > 1.2 * inline


def test_a_formula_that_cannot_be_drawn_is_named_with_its_page(tmp_path):
    with pytest.raises(RegenError, match=r"^docs/p.md: the formula \$\\frac\{1\$ cannot be drawn: \w+: "):
        draw_all('<span class="arithmatex">\\(\\frac{1\\)</span>', tmp_path, "docs/p.md")
    assert not list(tmp_path.iterdir())


def test_html_without_formulas_is_left_as_it_is(tmp_path):
    text = '<p>$5 <code class="arithmatex">\\(x\\)</code></p>'
    assert draw_all(text, tmp_path / "cache", "p.md") == text
    assert not (tmp_path / "cache").exists()
