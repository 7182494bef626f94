"""The built site, served on a free port of this machine, and each of its pages in a browser."""

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from opened import Events, Open

from regen.script.reading import read_script

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def missing(what: str) -> NoReturn:
    """Without a browser the pages cannot be seen: skip at home, fail in CI."""
    reason = f"{what}: the pages were not looked at."
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    missing("no chromium on the PATH")


@pytest.fixture(scope="module")
def site(chromium: str, request: pytest.FixtureRequest) -> Path:
    """The built site; without a browser it is not built for these tests."""
    folder: Path = request.getfixturevalue("built_site")
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> list[str]:
    """The address of each page, relative to the site's."""
    found = sorted(
        path.parent.relative_to(site).as_posix() + "/" for path in site.rglob("index.html")
    )
    assert len(found) >= 6
    return [page.removeprefix("./") for page in found]


@pytest.fixture(scope="module")
def tutorials(pages: list[str]) -> list[str]:
    found = [page for page in pages if page.startswith("tutorials/")]
    assert len(found) == len(list((ROOT / "tutorials").glob("*.py")))
    return found


@pytest.fixture(scope="module")
def lessons(tutorials: list[str]) -> list[str]:
    """The tutorials that say what they teach: the others, such as Results, have no exercises."""
    found = []
    for page in tutorials:
        script = ROOT / f"{page.rstrip('/')}.py"
        if read_script(script).teaches:
            found.append(page)
    assert len(found) >= 3
    return found


@pytest.fixture(scope="module")
def base(site: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    try:
        from playwright import sync_api
    except ImportError:
        missing("no playwright")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def events() -> Events:
    return Events()


@pytest.fixture(scope="module")
def open_page(browser: Any, base: str, events: Events) -> Iterator[Open]:
    """Opens a page in one of the two palettes; a page that is open already is given again."""
    contexts: dict[str, Any] = {}
    opened: dict[tuple[str, str], Any] = {}

    def open_fresh(path: str, scheme: str) -> Any:
        if scheme not in contexts:
            window = {"width": 1280, "height": 900}
            contexts[scheme] = browser.new_context(color_scheme=scheme, viewport=window)
            contexts[scheme].set_default_timeout(15_000)
        page = contexts[scheme].new_page()
        events.watch(page, path, base)
        page.goto(base + path)
        return page

    def open_page(path: str, scheme: str = "light", *, fresh: bool = False) -> Any:
        if fresh:
            return open_fresh(path, scheme)
        if (path, scheme) not in opened:
            opened[path, scheme] = open_fresh(path, scheme)
        return opened[path, scheme]

    yield open_page
    for context in contexts.values():
        context.close()
