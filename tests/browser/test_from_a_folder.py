"""The archive of the site, unpacked and opened from its folder: no server is there."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from opened import Events
from test_pages import Addresses

from regen.site.offline import pack

START = "course/index.html"


@pytest.fixture(scope="module")
def base(site: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the folder into which the archive is unpacked."""
    folder = tmp_path_factory.mktemp("offline")
    archive = folder / "course.zip"
    pack(site, archive)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    archive.unlink()
    return f"{folder.as_uri()}/"


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    opened = browser.new_context(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(15_000)
    yield opened
    opened.close()


def test_each_page_opens_without_an_error_or_a_foreign_request(
    base: str, pages: list[str], context: Any
) -> None:
    events = Events()
    failed = []

    def on_failure(request: Any) -> None:
        # the icon of a page may still be on its way when the next page is opened
        if request.failure != "net::ERR_ABORTED":
            failed.append(request.url)

    page = context.new_page()
    page.on("requestfailed", on_failure)
    events.watch(page, "offline", base)
    for path in pages:
        page.goto(f"{base}course/{path}index.html")
        assert page.locator("article h1").count() == 1, path
    assert (events.console, events.foreign, failed) == ([], [], [])


def test_each_link_leads_to_a_file(base: str, pages: list[str]) -> None:
    root = Path(base.removeprefix("file://"))
    missing = []
    found = set()
    for path in pages:
        place = f"course/{path}index.html"
        html = (root / place).read_text(encoding="utf-8")
        for link in Addresses(html).links:
            address = urlsplit(urljoin(base + place, link))
            found.add(address.path)
            if address.scheme == "file" and not Path(unquote(address.path)).is_file():
                missing.append(f"{path}: {link}")
    assert missing == []
    assert len(found) > len(pages)


def test_the_next_page_is_a_click_away(base: str, context: Any) -> None:
    page = context.new_page()
    page.goto(base + START)
    page.get_by_role("link", name="Start with two neurons").click()
    page.wait_for_url(f"{base}course/tutorials/backprop_by_hand/index.html")


def test_search_finds_a_page_and_opens_it(base: str, context: Any) -> None:
    events = Events()
    page = context.new_page()
    events.watch(page, "offline", base)
    page.goto(f"{base}course/tensors/index.html")
    page.locator("[data-md-component=search-query]").click()
    page.get_by_text("Type to start searching").wait_for(state="attached")
    page.keyboard.insert_text("confusion matrix")
    page.keyboard.press("Shift")
    page.locator(".md-search-result__item > a").first.click()
    page.wait_for_url(f"{base}course/tutorials/reading_digits/index.html?h=*")
    assert (events.console, events.foreign) == ([], [])
