"""The site, built from the kept results and served on a free port of this machine, and every page of it in a browser."""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest

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
    """Without a browser nothing can be told of the pages: skip at home, fail where that would hide something."""
    reason = f"{what}: the pages were not looked at."
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        missing("no chromium on the PATH")
    return found


@pytest.fixture(scope="module")
def site(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    result = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert result.returncode == 0, f"the site does not build:\n{result.stdout}{result.stderr}"
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> list[str]:
    """The address of each page, relative to the site's."""
    found = sorted(path.parent.relative_to(site).as_posix() + "/" for path in site.rglob("index.html"))
    assert len(found) >= 6
    return [page.removeprefix("./") for page in found]


@pytest.fixture(scope="module")
def tutorials(pages: list[str]) -> list[str]:
    found = [page for page in pages if page.startswith("tutorials/")]
    assert len(found) == len(list((ROOT / "tutorials").glob("*.py")))
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


@dataclass
class Events:
    """What went wrong while pages were open, each with the page on which it happened."""

    console: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    http: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def events() -> Events:
    return Events()


Open = Callable[..., Any]


@pytest.fixture(scope="module")
def open_page(browser: Any, base: str, events: Events) -> Iterator[Open]:
    """Opens a page in one of the two palettes; a page that is open already is given again."""
    contexts: dict[str, Any] = {}
    opened: dict[tuple[str, str], Any] = {}

    def open_page(path: str, scheme: str = "light", *, fresh: bool = False) -> Any:
        if scheme not in contexts:
            contexts[scheme] = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900})
            contexts[scheme].set_default_timeout(15_000)
        if fresh or (path, scheme) not in opened:
            page = contexts[scheme].new_page()
            page.on("console", lambda m: m.type in ("error", "warning") and events.console.append(f"{path}: {m.text}"))
            page.on("pageerror", lambda error: events.console.append(f"{path}: {error}"))
            page.on(
                "request",
                lambda r: r.url.startswith((base, "data:", "blob:")) or events.foreign.append(f"{path}: {r.url}"),
            )
            page.on("response", lambda r: r.status >= 400 and events.http.append(f"{path}: {r.status} {r.url}"))
            page.goto(base + path)
            if fresh:
                return page
            opened[path, scheme] = page
        return opened[path, scheme]

    yield open_page
    for context in contexts.values():
        context.close()
