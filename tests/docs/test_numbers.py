"""No number is typed by hand: a result is a value, a quotation, or a listed constant.

Read are the built pages, README, the docstrings, and the titles and descriptions in the settings.
Constants stand in `constants.toml`, each with its reason, by page or file; `everywhere` is for all.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from what_is_read import (
    ARTICLES,
    ROOT,
    SCRIPTS,
    SOURCES,
    blanked,
    blocks_of,
    docstrings,
    name_of,
    page_of,
    prose_of,
    without_plain_values,
)

from regen.prose.built_page import Block, read_page, read_site
from regen.prose.numerals import find_numerals_in_block

CONSTANTS: dict[str, dict[str, str]] = tomllib.loads(
    (Path(__file__).parent / "constants.toml").read_text(encoding="utf-8")
)
NOT_FOUND = "404.html"
# Classes that the machinery gives, and elements of drawings: given by hand, they take a text out of
# the prose.
TAKEN = (
    "value|claim|formula|arithmatex|output|output-table|output-markdown|facts|provenance|highlight"
)
OF_THE_MACHINERY = re.compile(
    rf"""<(?:svg|math|object|iframe|template|noscript)\b|class=["'][^"']*(?<![\w-])(?:{TAKEN})(?![\w-])|\{{[^}}\n]*\.(?:{TAKEN})(?![\w-])[^}}\n]*\}}"""
)


@pytest.fixture(scope="session")
def pages(built_site: Path) -> dict[str, list[Block]]:
    """The blocks of the built site by page; those of its style sheets too."""
    found: dict[str, list[Block]] = {}
    for block in read_site(built_site):
        found.setdefault(block.page, []).append(block)
    return found


# Constants


def without_constant(block: Block, constant: str) -> Block:
    """The block without a constant; as part of a longer number it stays."""
    pattern = rf"(?<![\w.,]){re.escape(constant)}(?!\w|[.,]\d|\s?(?:%|percent|per cent))"
    text = block.text
    for match in re.finditer(pattern, text):
        text = blanked(text, *match.span())
    return replace(block, text=text)


def constants_of(name: str) -> dict[str, str]:
    return CONSTANTS["everywhere"] | CONSTANTS.get(name, {})


def typed(blocks: Iterable[Block], constants: Iterable[str]) -> list[str]:
    """Each number that no constant covers, with its place and its sentence."""
    found = []
    # a constant may hold another
    longest_first = sorted(constants, key=len, reverse=True)
    for block in blocks:
        if not find_numerals_in_block(block):
            continue
        rest = block
        for constant in longest_first:
            rest = without_constant(rest, constant)
        for number in find_numerals_in_block(rest):
            found.append(f"{block.place}: {number!r} in: {block.text}")
    return found


def is_needed(constant: str, blocks: Iterable[Block]) -> bool:
    """Whether a constant covers a number of the blocks."""
    for block in blocks:
        if constant in block.text and find_numerals_in_block(block) != find_numerals_in_block(
            without_constant(block, constant)
        ):
            return True
    return False


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_no_number_is_typed_by_hand(source: Path, pages: dict[str, list[Block]]) -> None:
    assert typed(blocks_of(source, pages), constants_of(name_of(source))) == []


def test_what_is_built_from_no_source_holds_no_number(pages: dict[str, list[Block]]) -> None:
    from_sources = {page_of(source) for source in [*ARTICLES, *SCRIPTS]}
    blocks: list[Block] = []
    for page in pages.keys() - from_sources - {NOT_FOUND}:
        blocks += pages[page]
    assert typed(blocks, []) == []


@pytest.mark.parametrize(
    "source", [path for path in SOURCES if name_of(path) in CONSTANTS], ids=name_of
)
def test_each_constant_is_still_needed(source: Path, pages: dict[str, list[Block]]) -> None:
    blocks = blocks_of(source, pages)
    unused = [text for text in CONSTANTS[name_of(source)] if not is_needed(text, blocks)]
    assert unused == []


def test_each_constant_of_all_pages_is_still_needed(pages: dict[str, list[Block]]) -> None:
    blocks: list[Block] = []
    for source in SOURCES:
        blocks += blocks_of(source, pages)
    unused = [text for text in CONSTANTS["everywhere"] if not is_needed(text, blocks)]
    assert unused == []


@pytest.mark.parametrize("source", [*ARTICLES, *SCRIPTS], ids=name_of)
def test_no_source_claims_to_be_a_value_or_an_output(source: Path) -> None:
    assert OF_THE_MACHINERY.findall(prose_of(source)) == []


@pytest.mark.parametrize(
    "text",
    [
        "<span class='value computed'>0.97</span>",
        '<div class="output-table" markdown>',
        "It is 97 %.\n{ .provenance }",
        '{: class="highlight" }',
        "<svg><text>97 %</text></svg>",
    ],
)
def test_text_that_claims_to_be_a_value_or_an_output_is_found(text: str) -> None:
    assert OF_THE_MACHINERY.search(text)


def test_constants_belong_to_files_that_exist() -> None:
    assert CONSTANTS.keys() - {"everywhere"} <= {name_of(source) for source in SOURCES}


def test_each_constant_has_a_reason_in_words() -> None:
    for constants in CONSTANTS.values():
        for text, reason in constants.items():
            assert len(reason.split()) >= 3, text


# The readers themselves


def block(text: str) -> Block:
    return Block("index.html", "", "p", text)


@pytest.mark.parametrize("text", ["It is 784.", "784 inputs", "(784)", "784-30", "[10, 784]"])
def test_constant_covers_its_number(text: str) -> None:
    assert find_numerals_in_block(without_constant(block(text), "784")) in ([], ["-30"])


@pytest.mark.parametrize(
    "text", ["7840", "1784", "784.5", "0.784", "784 %", "784%", "784,000", "x784.5"]
)
def test_constant_covers_no_other_number(text: str) -> None:
    assert find_numerals_in_block(without_constant(block(text), "784")) == find_numerals_in_block(
        block(text)
    )


def test_value_in_a_plain_text_is_no_typed_number(tmp_path: Path) -> None:
    source = tmp_path / "a.md"
    source.write_text("It is $a = [[a:.2f]] + 0.5$.", encoding="utf-8")
    html = '<main><p>It is <span class="formula" aria-label="a = 0.97 + 0.5"></span>.</p></main>'
    (read,) = read_page(html, "a/index.html")
    assert find_numerals_in_block(without_plain_values(read, source)) == ["0.5"]


def test_formula_that_is_a_value_hides_no_number_of_an_alternative_text(tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    page = "# ---\n# title: A\n# ---\n\n# %% [markdown]\n# # A\n#\n# It is $[[a]]$.\n"
    source.write_text(page, encoding="utf-8")
    (read,) = read_page('<main><img alt="The loss ends at 0.5"></main>', "a/index.html")
    assert find_numerals_in_block(without_plain_values(read, source)) == ["0.5"]


def test_description_below_a_name_is_read(tmp_path: Path) -> None:
    module = ROOT / "src/groundup/data.py"
    assert any(find_numerals_in_block(read) for read in docstrings(module))
