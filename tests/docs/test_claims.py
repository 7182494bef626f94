"""A sentence that compares rests on a claim, or stands in `comparisons.toml` with its reason.

The file has a table for each page, by the path of its source; in it, a fragment of the sentence as
the built page shows it, and why no run has to prove it: by definition, by mathematics, because it
is advice, or because the library documents it.
"""

import tomllib
from pathlib import Path

import pytest
from what_is_read import ARTICLES, SCRIPTS, name_of, page_of

from regen.prose.comparisons import list_claims

REASONS: dict[str, dict[str, str]] = tomllib.loads(
    (Path(__file__).parent / "comparisons.toml").read_text(encoding="utf-8")
)

PAGES = [*ARTICLES, *SCRIPTS]
each_page = pytest.mark.parametrize("source", PAGES, ids=name_of)


@pytest.fixture(scope="session")
def unclaimed(built_site: Path) -> list[str]:
    """The sentences of the built site that compare and rest on no claim, each with its place."""
    return list_claims(built_site)


def of_page(source: Path, unclaimed: list[str]) -> list[str]:
    """The sentences of one page."""
    address = page_of(source).removesuffix("index.html")
    return [text for text in unclaimed if text.startswith((f"{address}:", f"{address}#"))]


def covers(fragment: str, sentence: str) -> bool:
    """Whether a fragment stands for a sentence; one of a word or two must be all of it."""
    if len(fragment.split()) >= 3:
        return fragment in sentence
    _, _, text = sentence.partition(": ")
    return fragment == text


@each_page
def test_comparing_sentence_has_a_claim_or_a_reason(source: Path, unclaimed: list[str]) -> None:
    fragments = REASONS.get(name_of(source), {})
    without = [
        sentence
        for sentence in of_page(source, unclaimed)
        if not any(covers(fragment, sentence) for fragment in fragments)
    ]
    assert without == []


@each_page
def test_each_reason_is_still_needed(source: Path, unclaimed: list[str]) -> None:
    sentences = of_page(source, unclaimed)
    unused = [
        fragment
        for fragment in REASONS.get(name_of(source), {})
        if not any(covers(fragment, sentence) for sentence in sentences)
    ]
    assert unused == []


def test_reasons_are_for_pages_that_are_there() -> None:
    assert REASONS.keys() <= {name_of(source) for source in PAGES}


def test_each_reason_says_something() -> None:
    for page, reasons in REASONS.items():
        for fragment, reason in reasons.items():
            assert len(reason.split()) >= 2, f"{page}: {fragment}"
