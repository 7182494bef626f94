"""What counts as prose on a built page."""

from pathlib import Path

import pytest

from regen.prose.built_page import Block, read_css, read_page, read_site

PAGE = """<!doctype html>
<html><head><title>Page - Site</title><meta name="description" content="What it is."></head>
<body><nav>menu</nav><main>{}</main><footer>foot</footer></body></html>"""


def blocks(html: str) -> list[Block]:
    """The blocks of an article, without those of the page's head."""
    return [
        block
        for block in read_page(PAGE.format(html), "a/index.html")
        if block.kind not in ("meta",)
    ][1:]


def texts(html: str) -> list[str]:
    return [block.text for block in blocks(html)]


@pytest.mark.parametrize(
    "html",
    [
        "<pre>code</pre>",
        '<div class="highlight"><pre><code>x = 1</code></pre></div>',
        '<div class="language-text output highlight"><pre>1</pre></div>',
        '<div class="output-table"><table><tr><td>1</td></tr></table></div>',
        '<div class="output-markdown"><p>1</p></div>',
        "<svg><title>a</title><text>1</text></svg>",
        '<dl class="facts"><dt>Takes</dt><dd>5 min</dd></dl>',
        '<div class="provenance"><p>at commit 1</p></div>',
        "<script>x</script><style>y</style>",
        "<!-- a comment -->",
        '<nav title="menu">menu</nav><header>head</header><aside>beside</aside>',
        "<form>search <button>go</button></form>",
        '<div class="doc doc-object"><p>A docstring.</p></div>',
    ],
)
def test_what_is_no_prose_is_left_out(html: str) -> None:
    assert texts(html) == []


@pytest.mark.parametrize(
    "html, kind",
    [
        ("<p>text</p>", "p"),
        ("<ul><li>text</li></ul>", "li"),
        ("<ul><li><p>text</p></li></ul>", "li"),
        ("<table><tr><td>text</td></tr></table>", "td"),
        ("<table><tr><th>text</th></tr></table>", "th"),
        ("<table><caption>text</caption></table>", "caption"),
        ("<h2>text</h2>", "h2"),
        ("<details><summary>text</summary></details>", "summary"),
        ('<div class="admonition"><p class="admonition-title">text</p></div>', "p"),
        ("<figure><svg></svg><figcaption>text</figcaption></figure>", "figcaption"),
        ("<dl><dt>text</dt></dl>", "dt"),
        ('<img alt="text">', "alt"),
        ('<figure class="cell-figure" role="img" aria-label="text"><svg></svg></figure>', "alt"),
        ('<div class="output-markdown">x</div><p>text</p>', "p"),
    ],
)
def test_prose_is_read_with_its_kind(html: str, kind: str) -> None:
    (block,) = blocks(html)
    assert (block.text, block.kind) == ("text", kind)


def test_title_of_a_link_is_read() -> None:
    assert texts('<p><a href="x" title="a title">link</a></p>') == ["a title", "link"]


def test_title_of_the_page_and_its_description_are_read() -> None:
    found = read_page(PAGE.format(""), "index.html")
    assert [block.text for block in found] == ["Page - Site", "What it is."]


def test_frame_of_the_theme_is_left_out() -> None:
    html = "<body><header>head</header><article><p>text</p></article><nav>toc</nav></body>"
    assert [block.text for block in read_page(html, "index.html")] == ["text"]


def test_box_beside_the_text_of_an_article_is_read() -> None:
    html = "<article><aside>beside</aside><form><button>press</button></form></article>"
    assert [block.text for block in read_page(html, "index.html")] == ["beside", "press"]


def test_character_that_nobody_sees_is_left_out() -> None:
    assert texts("<p>0.&shy;9&#8203;7</p>") == ["0.97"]


def test_element_that_is_left_open_ends_with_what_holds_it() -> None:
    found = blocks("<ul><li>one<li>two</ul><p>three")
    assert [(block.kind, block.text) for block in found] == [
        ("li", "one"),
        ("li", "two"),
        ("p", "three"),
    ]


def test_place_names_the_nearest_heading_above() -> None:
    found = blocks('<h2 id="one">One</h2><p>a</p><h2 id="two">Two</h2><p>b</p>')
    assert [block.place for block in found] == ["a/#one", "a/#one", "a/#two", "a/#two"]


def test_text_before_a_nested_list_is_a_block_of_its_own() -> None:
    assert texts("<ul><li>one<ul><li>two</li></ul>three</li></ul>") == ["one", "two", "three"]


def test_inline_elements_stay_in_their_sentence() -> None:
    assert texts("<p>a <em>b</em><code>c</code>\n d <a href=''>e</a>.</p>") == ["a bc d e."]


def test_value_and_claim_are_marked_where_they_stand() -> None:
    html = (
        '<p>It is <span class="claim" title="Checked: a">up by <span class="value">3</span></span>.'
    )
    (block,) = blocks(html)
    stretches = [(mark.kind, block.text[mark.start : mark.end]) for mark in block.marks]
    assert stretches == [("value", "3"), ("claim", "up by 3")]


def test_formula_is_read_as_its_tex() -> None:
    (block,) = blocks('<p>so <span class="formula" aria-label="x_1"><svg>1</svg></span> is</p>')
    assert block.text == "so x_1 is"
    assert block.marks[0].kind == "formula"


def test_formula_that_is_not_drawn_is_read_too() -> None:
    (block,) = blocks(r'<p>so <span class="arithmatex">\(x_1\)</span> is</p>')
    assert block.marks[0].kind == "formula"


def test_blanked_text_keeps_its_positions() -> None:
    (block,) = blocks('<p>It is <span class="value">0.97</span> now.</p>')
    blanked = block.without("value")
    assert "0.97" not in blanked
    assert blanked.index("now") == block.text.index("now")


def test_text_of_a_style_sheet_is_read() -> None:
    css = ".a::before { color: red; content: \"\\39 7 %\" } .b::after { content: attr(x) ' of 10' }"
    assert [block.text for block in read_css(css, "a.css")] == ["97 %", " of 10"]


def test_comment_of_a_style_sheet_is_left_out() -> None:
    assert read_css('/* content: "1" */ .a { align-content: "2" }', "a.css") == []


def test_site_is_read_without_the_files_of_its_theme(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/theme.css").write_text('a { content: "theme" }')
    (tmp_path / "own.css").write_text('a { content: "own" }')
    (tmp_path / "index.html").write_text("<main><p>text</p></main>")
    assert [block.text for block in read_site(tmp_path)] == ["text", "own"]
