"""Each term of the glossary stands on the page that it names, and in alphabetical order."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
ENTRY = re.compile(r"^(?P<term>\S.*)\n:   (?P<text>.+) \[[^\]]+\]\((?P<page>[\w/.]+)\)$", re.M)
ENTRIES = [
    match.groupdict()
    for match in ENTRY.finditer((DOCS / "glossary.md").read_text(encoding="utf-8"))
]


def test_all_entries_are_read_and_in_order() -> None:
    terms = [entry["term"] for entry in ENTRIES]
    assert len(terms) == (DOCS / "glossary.md").read_text(encoding="utf-8").count("\n:   ") > 50
    assert terms == sorted(set(terms), key=str.lower)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["term"])
def test_term_stands_on_the_page_that_it_names(entry: dict[str, str]) -> None:
    path = DOCS / entry["page"] if entry["page"].endswith(".md") else DOCS.parent / entry["page"]
    text = re.sub(r"\s+(# )?", " ", path.read_text(encoding="utf-8")).lower()
    assert re.search(rf"\b{re.escape(entry['term'].lower())}", text)
