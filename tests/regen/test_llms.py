"""The site as plain Markdown: contents, all of it, and articles without what only MkDocs knows."""

import pytest

from regen.prose.resolver import Resolver
from regen.site.downloads import no_address
from regen.site.llms import PlainPage, contents, plain_article, summary, title_of, whole

PAGES = [
    PlainPage("Home", "It begins here.", "", "index.md", "# Home\n\nIt begins here."),
    PlainPage("Sums", "what a sum is", "Lessons", "sums/sums.md", "# Sums\n\nOne and one."),
    PlainPage("Broken", "", "Lessons", "broken/broken.md", ""),
]


def plain(markdown: str) -> str:
    return plain_article(markdown, Resolver({}), "a.md", no_address).removesuffix("\n")


def test_contents_have_a_title_a_summary_and_sections_of_links() -> None:
    assert contents("A site", "It teaches.", PAGES, "https://a.site/") == (
        "# A site\n\n> It teaches.\n\n"
        "## The site\n\n"
        "- [Home](https://a.site/index.md): It begins here.\n"
        "- [All pages](https://a.site/llms-full.txt): the whole site in one file\n\n"
        "## Lessons\n\n"
        "- [Sums](https://a.site/sums/sums.md): what a sum is\n"
        "- [Broken](https://a.site/broken/broken.md)\n"
    )


def test_the_whole_holds_all_pages_in_their_order() -> None:
    text = whole("A site", "", PAGES, "")
    parts = ["# A site", "From [Home](index.md):", "# Home", "(sums/sums.md)", "One and one."]
    parts += ["(broken/broken.md)", "This page has failed"]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("[Start](https://a.site){ .md-button .main }", "[Start](https://a.site)"),
        ("## Title {: #title }", "## Title"),
        ('<div class="status" markdown>', ""),
        ('A.\n\n<div class="a"></div>\n\n<!-- figure: p 1 -->\n\nB.', "A.\n\nB."),
        ("```html\n<div>\n```",) * 2,
        ('<dd markdown="span">x</dd>', "<dd>x</dd>"),
        ("*[MSE]: mean squared error", ""),
        ("See [fit][groundup.train.fit].", "See fit."),
        ("See [the other](other.md).", "See the other."),
        ('!!! note "Look"\n    Text.', "> **Look**\n>\n> Text."),
        ("``` { .python .cell }\nx = {.a}\n```", "```python\nx = {.a}\n```"),
        ("```python\n*[a]: b\n::: x\n<a markdown>\n```",) * 2,
        ("`{ .a }` and ``<b markdown>`` stay",) * 2,
        ("The set {a, b} stays.",) * 2,
        ("::: no.such.module", "`no.such.module`"),
    ],
)
def test_what_only_mkdocs_understands_is_written_plainly(markdown: str, expected: str) -> None:
    assert plain(markdown) == expected


def test_a_module_is_described_by_its_public_names() -> None:
    text = plain("# Reference\n\n::: regen.site.searching")
    assert "`regen.site.searching`: What the theme's search is told of a page" in text
    assert "- `set_boost(meta, boost)`: Let a page count for more" in text


def test_title_and_summary_of_a_text() -> None:
    text = "From the page.\n\n# The `sum`\n\n> quoted\n\nOne [and *one*](x.md)\nis two. More."
    assert title_of(text) == "The `sum`"
    assert summary(text) == "One and one is two."
    assert summary("# Nothing") == ""
