"""Numbers that are typed by hand are found on a built page, wherever they stand; values are not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from click.testing import CliRunner
from mkdocs.__main__ import cli
from nbformat.v4 import new_output

from regen.execution.cache import Cache
from regen.execution.fingerprint import declared
from regen.execution.results import CellRun, Run
from regen.prose.built_page import read_site
from regen.prose.numerals import find_numerals_in_block
from regen.records.record import make_record, write_record

if TYPE_CHECKING:
    from conftest import Site

MKDOCS = """site_name: A site
theme: {name: material, font: false}
extra_css: [site.css]
markdown_extensions:
- admonition
- attr_list
- md_in_html
- pymdownx.arithmatex: {generic: true}
- pymdownx.details
- pymdownx.superfences
plugins:
  - regen: {include: ["*.py"]}
"""
PROVENANCE = {"seconds": "1.0", "date": "2019-08-15 12:00 UTC", "commit": "abc", "python": "3.11"}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text>0.3</text></svg>'

NO_BREAK = "\N{NO-BREAK SPACE}"
# Text of a page: the number in it that nobody computed.
PARAGRAPHS = {
    "It reads 9731 of 10000 digits.": "9731 of 10000",
    "It reads 97 percent.": "97 percent",
    "It reads 96&nbsp;%.": f"96{NO_BREAK}%",
    "It reads ninety-five per cent.": "ninety-five per cent",
    "It misses ½ of them.": "½",
    "It reads 0,94 of them.": "0,94",
    "It has seen 60k images.": "60k",
    "It is 2.5x as fast.": "2.5x",
    "It is 3.5 times as fast.": "3.5 times",
    "It has 1.67M weights.": "1.67M",
    "The loss is 3e-5.": "3e-5",
    "It prints `0.93`.": "0.93",
    r"The loss is $x^{0.72}$.": "0.72",
    r"The loss is $10^{-3}$.": "10^-3",
    "It reads 0.**92** of them.": "0.92",
    "It takes forty epochs.": "forty epochs",
    "It takes three minutes.": "three minutes",
    "[A link](https://example.org 'of 91 %').": "91 %",
    '??? note "A box of 89 %"\n#     Text.': "89 %",
    "| a table |\n# |---|\n# | 0.88 |": "0.88",
    "It has *half a million* weights.": "half a million",
}
TYPED = """[markdown]
# # A page of 0.99
#
# {}
""".format("\n#\n# ".join(PARAGRAPHS))
QUOTED = """[markdown]
# # A page
#
# It is [[x:.2f]], [[x:.0%]] and [[much? more than 0.4]].
#
# ??? note "A box of [[x:.0%]]"
#     It is **[[x:.3f]]**.
"""
CELL = """#| values:
#|   x: x
#| claims:
#|   much: x > 0.4
#| alt: {}
#| fold: A solution with 85 %
x = 0.5"""


def build(site: Site, prose: str, alt: str, css: str) -> list[str]:
    """Build a site of one page, and list the numbers in its prose."""
    site.write("mkdocs.yml", MKDOCS)
    site.write("docs/index.md", "# Home")
    site.write("docs/site.css", css)
    site.page("p", prose, CELL.format(alt))
    outputs = [
        new_output("stream", text="It is 0.1"),
        new_output("display_data", data={"image/svg+xml": SVG}),
    ]
    run = Run("p", [CellRun(outputs, {"x": 0.5}, claims={"much": True})], provenance=PROVENANCE)
    now = declared(site.script("p"), site.config, {})
    Cache(site.config).save(replace(run, dependencies=now))
    write_record(make_record(site.script("p"), run), site.config)
    out = site.root / "out"
    where = ["-f", str(site.root / "mkdocs.yml"), "-d", str(out)]
    result = CliRunner().invoke(cli, ["build", *where])
    assert result.exit_code == 0, result.output
    found: list[str] = []
    for block in read_site(out):
        if block.page != "404.html":
            found += find_numerals_in_block(block)
    return found


def test_each_number_that_is_typed_is_found(site: Site) -> None:
    found = build(site, TYPED, "A curve that ends at 0.87.", '.a::after { content: "86 %" }')
    expected = ["0.99", *PARAGRAPHS.values(), "0.87", "86 %", "85 %"]
    assert sorted(found) == sorted(expected)


def test_values_and_claims_are_no_typed_numbers(site: Site) -> None:
    assert build(site, QUOTED, "A curve.", "") == ["85 %"]
