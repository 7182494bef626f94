"""The site as plain Markdown: each page of the navigation is there, and nothing needs MkDocs."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_plain_downloads import faults

from regen.script.reading import read_script

ROOT = Path(__file__).parents[2]
FILES = ("llms.txt", "llms-full.txt")
each_file = pytest.mark.parametrize("name", FILES)


def leaves(entries: list[Any]) -> Iterator[str]:
    """The pages of the navigation, in its order."""
    for entry in entries:
        if isinstance(entry, str):
            yield entry
            continue
        for below in entry.values():
            yield from leaves([below] if isinstance(below, str) else below)


SETTINGS = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), yaml.BaseLoader)
PAGES = list(leaves(SETTINGS["nav"]))


def markdown_of(page: str) -> str:
    """The place of a page's Markdown on the site."""
    path = Path(page)
    return page if path.stem == "index" else f"{path.with_suffix('')}/{path.stem}.md"


@each_file
def test_each_page_of_the_navigation_is_there(built_site: Path, name: str) -> None:
    text = (built_site / name).read_text(encoding="utf-8")
    links = re.findall(r"^(?:- |From )\[.+?\]\((\S+?\.md)\)", text, re.M)
    assert sorted(links) == sorted(map(markdown_of, PAGES))


def test_pages_stand_in_the_order_of_the_navigation(built_site: Path) -> None:
    text = (built_site / "llms-full.txt").read_text(encoding="utf-8")
    links = re.findall(r"^---\n\nFrom \[.+?\]\((\S+)\):$", text, re.M)
    assert links == list(map(markdown_of, PAGES))
    assert "This page has failed" not in text


def test_each_page_says_what_it_is_about(built_site: Path) -> None:
    text = (built_site / "llms.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("- ")]
    assert len(lines) == len(PAGES) + 1
    for line in lines:
        assert re.fullmatch(r"- \[[^\]]+\]\([^)]+\): \S.+", line), line
    for page in PAGES:
        if page.endswith(".py") and (script := read_script(ROOT / page)).teaches:
            assert f"- [{script.title}]({markdown_of(page)}): {script.teaches}\n" in text


@each_file
def test_it_is_plain_and_its_links_lead_somewhere(built_site: Path, name: str) -> None:
    assert faults((built_site / name).read_text(encoding="utf-8"), built_site) == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.endswith(".md")])
def test_an_article_is_plain(built_site: Path, page: str) -> None:
    file = built_site / markdown_of(page)
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert faults(text, file.parent) == []
