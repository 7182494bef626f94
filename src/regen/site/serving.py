"""What makes MkDocs hear each warning, and `serve` watch all that counts and go on whatever fails.

MkDocs counts warnings by log level, so that `-q` hides them from `--strict`. Under `serve`, a
build that ends with an error leaves every request waiting until the error is gone. Here a warning
is heard whatever the terminal shows, and a server goes on serving: the pages that could be built,
or the last site that could.
"""

import html
import importlib.util
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

from regen.config import Config
from regen.execution.results import Run
from regen.site.templating import template_folder

__all__ = [
    "Heard",
    "hear_all_warnings",
    "keep_serving",
    "never_strict",
    "observed_files",
    "show_on_pages",
    "watch_closely",
    "watched_paths",
    "with_box",
]

MKDOCS = logging.getLogger("mkdocs")
"""The parent of all loggers of a build."""
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
    """Let warnings reach those who count them, also where `-q` shows only errors."""
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
        # of a build that has begun strict
        if isinstance(handler, CountHandler):
            MKDOCS.removeHandler(handler)


def show_on_pages(messages: Iterable[str], files: Iterable[File], failed: Collection[str]) -> None:
    """Show each message in a box on the page that it names first, in the HTML that is written.

    What names a page that failed is left out: that page says why itself, and the links to its
    headings will be back.
    """
    paths = {file.src_uri: Path(file.abs_dest_path) for file in files}
    by_page: dict[str, list[str]] = {}
    for message in messages:
        named = _named_pages(message, paths)
        if named and not set(named).intersection(failed):
            by_page.setdefault(named[0], []).append(message)
    for uri, lines in by_page.items():
        if paths[uri].is_file():
            _insert_box(paths[uri], "This page has a mistake", "\n".join(lines))


def _named_pages(message: str, uris: Iterable[str]) -> list[str]:
    """The pages that a message names, in its order."""
    places = {}
    for uri in uris:
        place = _place(uri, message)
        if place >= 0:
            places[uri] = place
    return sorted(places, key=lambda uri: places[uri])


def _place(uri: str, message: str) -> int:
    """Where a message names a page; -1 if it does not."""
    found = re.search(rf"(?<![\w./-]){re.escape(uri)}(?![\w/-]|\.\w)", message)
    return found.start() if found else -1


def with_box(page_html: str, title: str, message: str) -> str:
    """Put a box above the heading of a page, or at the top of what has none."""
    box = (
        f'<div class="admonition danger"><p class="admonition-title">{html.escape(title)}</p>'
        f'<p style="white-space: pre-wrap">{html.escape(message)}</p></div>'
    )
    found = HEADING.search(page_html) or BODY.search(page_html)
    at = found.end() if found else 0
    return page_html[:at] + box + page_html[at:]


def _insert_box(path: Path, title: str, message: str) -> None:
    """Put a box into a page's file, anew: the old file may be a link that others share."""
    text = path.read_text(encoding="utf-8")
    path.unlink()
    path.write_text(with_box(text, title, message), encoding="utf-8")


def watched_paths(site: Config) -> list[str]:
    """What `serve` watches: settings, scripts, templates, and the site's own packages."""
    folders = [site.root / site.tutorials]
    templates = template_folder(site)
    if templates is not None:
        folders.append(templates)
    for package in site.packages:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.submodule_search_locations:
            folders += map(Path, spec.submodule_search_locations)
    watched = [str(folder) for folder in folders if folder.is_dir()]
    return [*watched, str(site.root / "pyproject.toml")]


def observed_files(site: Config, runs: Iterable[Run]) -> list[str]:
    """The files that pages were seen to read, outside of the folders that are watched."""
    names: set[str] = set()
    for run in runs:
        names.update(run.dependencies)
    folders = [Path(path) for path in watched_paths(site)]
    found = []
    for name in sorted(names):
        path = site.root / name
        is_watched = any(path.is_relative_to(folder) for folder in folders)
        if path.is_file() and not is_watched:
            found.append(str(path))
    return found


def watch_closely(server: LiveReloadServer) -> None:
    """Look for edits ten times a second, not twice, in all that is watched, and build at once."""
    server.build_delay = 0.02
    # by whomever: with --watch-theme, the theme's folders are among them
    watched = dict(server._watched_paths)
    for path, times in watched.items():
        for _ in range(times):
            server.unwatch(path)
    server.observer = PollingObserver(timeout=0.1)
    for path, times in watched.items():
        for _ in range(times):
            server.watch(path)


def keep_serving(server: LiveReloadServer, site_dir: str, heard: Heard, *, dirty: bool) -> None:
    """Let a build that fails leave the last good site in place, with what is wrong on each page."""
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
                served = "The last site that could be built is served until this is fixed."
                MKDOCS.error("%s\n%s", message, served)
                shutil.rmtree(site_dir)
                shutil.copytree(kept, site_dir, copy_function=copy)
                title = "The site cannot be built: this is the last one that could"
                for page in Path(site_dir).rglob("*.html"):
                    _insert_box(page, title, message)

    server.builder = build_or_keep


def _why(error: BaseException, heard: Heard) -> str:
    """Why a build failed: the errors before its end, and its own message where that says more."""
    errors = [record for record in heard.records if record.levelno >= logging.ERROR]
    messages = [record.getMessage() for record in errors or heard.records]
    own = str(error) or type(error).__name__
    # that a build was aborted says nothing
    only_ended = isinstance(error, Abort | SystemExit)
    known = any(own in message for message in messages)
    if not messages or not (only_ended or known):
        messages.append(own)
    return "\n".join(messages)
