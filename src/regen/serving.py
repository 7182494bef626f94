"""Warnings and errors of a MkDocs build: heard at any log level, and under `serve` shown on the page that they are about.

MkDocs counts warnings by log level, so that `-q` hides them from `--strict`. Under `serve`, a build that ends with an error
leaves every request waiting until the error is gone. Here a warning is heard whatever the terminal shows, and a server
goes on serving: the pages that could be built, or the last site that could.
"""

import html
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.livereload import LiveReloadServer
from mkdocs.structure.files import File
from mkdocs.utils import CountHandler
from watchdog.observers.polling import PollingObserver

MKDOCS = logging.getLogger("mkdocs")  # the parent of all loggers of a build
HEADING = re.compile(r"(?=<h1\b)")
BODY = re.compile(r"<body\b[^>]*>")


class Heard(logging.Handler):
    """The warnings and errors of a build, in their order."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.records.append(record)

    def begin(self) -> None:
        """Forget what was heard, and listen."""
        self.records.clear()
        MKDOCS.addHandler(self)

    def end(self) -> None:
        """Listen no longer."""
        MKDOCS.removeHandler(self)


def hear_all_warnings() -> None:
    """Let warnings reach those who count them, also where `-q` shows only errors in the terminal."""
    if MKDOCS.level <= logging.WARNING:
        return
    for handler in MKDOCS.handlers:
        if handler.level == logging.NOTSET:
            handler.setLevel(MKDOCS.level)
    MKDOCS.setLevel(logging.WARNING)


def never_strict(config: MkDocsConfig) -> None:
    """Let no warning end this build, whatever `strict` says."""
    config.strict = False
    for handler in list(MKDOCS.handlers):
        if isinstance(handler, CountHandler):  # of a build that has begun strict
            MKDOCS.removeHandler(handler)


def show_on_pages(messages: Iterable[str], files: Iterable[File], failed: Collection[str]) -> None:
    """Show each message in a box on the page that it names first, in the HTML that is written already.

    What names a page that failed is left out: that page says why itself, and the links to its headings will be back.
    """
    paths = {file.src_uri: Path(file.abs_dest_path) for file in files}
    by_page: dict[str, list[str]] = {}
    for message in messages:
        places = {uri: _place(uri, message) for uri in paths}
        named = [uri for uri in places if places[uri] >= 0]
        if named and not set(named) & set(failed):
            first = min(named, key=lambda uri: places[uri])
            by_page.setdefault(first, []).append(message)
    for uri, lines in by_page.items():
        if paths[uri].is_file():
            _insert_box(paths[uri], "This page has a mistake", "\n".join(lines))


def _place(uri: str, message: str) -> int:
    """Where a message names a page; -1 if it does not."""
    found = re.search(rf"(?<![\w./-]){re.escape(uri)}(?![\w/-]|\.\w)", message)
    return found.start() if found else -1


def _insert_box(path: Path, title: str, message: str) -> None:
    """Put a box above the heading of a page, in a file of its own: the old one may be a link that others share."""
    text = path.read_text(encoding="utf-8")
    box = (
        f'<div class="admonition danger"><p class="admonition-title">{html.escape(title)}</p>'
        f'<p style="white-space: pre-wrap">{html.escape(message)}</p></div>'
    )
    found = HEADING.search(text) or BODY.search(text)
    at = found.end() if found else 0
    path.unlink()
    path.write_text(text[:at] + box + text[at:], encoding="utf-8")


def watch_closely(server: LiveReloadServer) -> None:
    """Look for edits ten times a second, not twice, in all that was watched so far, and build at once."""
    server.build_delay = 0.02
    watched = dict(server._watched_paths)  # by whomever: the theme's folders are among them with --watch-theme
    for path, times in watched.items():
        for _ in range(times):
            server.unwatch(path)
    server.observer = PollingObserver(timeout=0.1)
    for path, times in watched.items():
        for _ in range(times):
            server.watch(path)


def keep_serving(server: LiveReloadServer, site_dir: str, heard: Heard, *, dirty: bool) -> None:
    """Let a build that fails leave the last good site in place, with what is wrong on each of its pages."""
    build = server.builder
    # a dirty build writes into the files that are there, which a link would share
    copy: Callable[[str, str], object] = shutil.copy2 if dirty else os.link

    def build_or_keep() -> None:
        heard.begin()
        with tempfile.TemporaryDirectory(prefix="mkdocs_", dir=Path(site_dir).parent) as folder:
            kept = Path(folder, "site")
            shutil.copytree(site_dir, kept, copy_function=copy)
            try:
                build()
            except (Exception, SystemExit) as error:
                message = _why(error, heard)
                MKDOCS.error("%s\nThe last site that could be built is served until this is fixed.", message)
                shutil.rmtree(site_dir)
                shutil.copytree(kept, site_dir, copy_function=copy)
                for page in Path(site_dir).rglob("*.html"):
                    _insert_box(page, "The site cannot be built: this is the last one that could", message)

    server.builder = build_or_keep


def _why(error: BaseException, heard: Heard) -> str:
    """What a failed build died of: the errors before its end, and its own message where that says more than that it ended."""
    errors = [record for record in heard.records if record.levelno >= logging.ERROR]
    messages = [record.getMessage() for record in errors or heard.records]
    only_ended = isinstance(error, Abort | SystemExit)
    own = str(error) or type(error).__name__
    if not messages or not (only_ended or any(own in message for message in messages)):
        messages.append(own)
    return "\n".join(messages)
