"""This site with the mkdocs.yml that ships: `serve` never hangs, and shows each mistake."""

import html
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from regen.config import load_config

ROOT = Path(__file__).parents[2]
PAGE = "tutorials/backprop_by_hand/"  # one that runs in seconds
SCRIPT = "tutorials/backprop_by_hand.py"
FIRST_LINE = "from math import exp\n"  # of its code


@dataclass
class Server:
    """A copy of this site, served."""

    root: Path
    name: str
    address: str = ""
    process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        command = [sys.executable, "-m", "mkdocs", "serve", "-a", self.address, *options]
        env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
        with open(self.log_file, "w") as log:
            self.process = subprocess.Popen(command, cwd=self.root, env=env, stdout=log, stderr=log)

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    @property
    def log_file(self) -> Path:
        return self.root.parent / f"{self.name}.log"

    def log(self) -> str:
        return self.log_file.read_text()

    def get(self, page: str) -> str:
        """The text of a page; empty while nothing answers."""
        assert self.process and self.process.poll() is None, self.log()
        try:
            with urllib.request.urlopen(f"http://{self.address}/{page}", timeout=60) as reply:
                return html.unescape(re.sub(r"<[^>]+>", "", reply.read().decode()))
        except urllib.error.HTTPError:
            raise
        except OSError:
            return ""

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text
        (self.root / path).write_text(text.replace(old, new, 1), encoding="utf-8")

    def pages(self) -> list[str]:
        """The addresses of all pages but the one that the tests spoil."""
        scripts = [
            path.relative_to(self.root).with_suffix("") for path in self.root.glob("tutorials/*.py")
        ]
        articles = [
            path.relative_to(self.root / "docs").with_suffix("")
            for path in self.root.glob("docs/*.md")
        ]
        found = [f"{path.as_posix()}/" for path in (*scripts, *articles) if path.name != "index"]
        return ["", *(page for page in found if page != PAGE)]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tracked files of this repository and its kept results: only what is edited must run."""
    regen = "import sys; from regen.cli import main; sys.exit(main(['run']))"
    subprocess.run([sys.executable, "-c", regen], cwd=ROOT, check=True)
    root = tmp_path_factory.mktemp("copy") / "site"
    listing = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listing.stdout.splitlines():
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    cache = load_config(ROOT).cache
    shutil.copytree(ROOT / cache, root / cache)
    return root


Until = Callable[..., object]

DOWNLOADS = "tutorials/templates/download.md.jinja"
SPOILED = (SCRIPT, "docs/glossary.md", "mkdocs.yml", DOWNLOADS)


@pytest.fixture(autouse=True)
def files_as_they_were(copy: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test edits is as before at its end."""
    monkeypatch.delenv("CI", raising=False)
    before = {path: path.read_bytes() for path in (copy / name for name in SPOILED)}
    yield
    for path, content in before.items():
        # a file that is written is seen as an edit
        if path.read_bytes() != content:
            path.write_bytes(content)
    (copy / "theme/main.html").unlink(missing_ok=True)


@pytest.fixture
def server(copy: Path) -> Iterator[Server]:
    """A server of the test's own, not started yet."""
    made = Server(copy, "own")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def started(copy: Path) -> Iterator[Server]:
    """A server for all tests that need nothing else at its start."""
    made = Server(copy, "shared")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CI", raising=False)
        made.start()
    yield made
    made.stop()


@pytest.fixture
def running(started: Server, until: Until) -> Server:
    """The shared server, once it shows the site as it is."""
    until(lambda: shows(started, PAGE, "Where these numbers come from"), 120)
    until(lambda: lacks(started, PAGE, "The site cannot be built"), 60)
    return started


def others_answer(server: Server) -> bool:
    """Every other page is served, and as it should be."""
    for page in server.pages():
        text = server.get(page)
        assert "Page not found" not in text and len(text) > 500, page
        assert "This page" not in text or not re.search("This page (failed|has a mistake)", text), (
            page
        )
        assert "Not as documented: this run differs" not in text, page
    return True


DIFFERS = "Not as documented: this run differs from the record"


def shows(server: Server, page: str, *words: str) -> bool:
    """A page is served with these words."""
    text = server.get(page)
    return all(word in text for word in words)


def lacks(server: Server, page: str, words: str) -> bool:
    """A page is served without these words."""
    text = server.get(page)
    return bool(text) and words not in text


def with_announcement(text: str) -> str:
    """A template of the theme that shows a text on each page."""
    return f'{{% extends "base.html" %}}{{% block announce %}}{text}{{% endblock %}}'


def test_a_site_that_differs_is_served_with_its_theme_and_edits_are_seen(
    server: Server, until: Until
) -> None:
    server.edit(SCRIPT, FIRST_LINE, f"{FIRST_LINE}\nprint('not on record')\n")
    main = server.root / "theme/main.html"
    main.write_text(with_announcement("as it was"))
    server.start("--watch-theme", "--strict")
    until(lambda: shows(server, PAGE, DIFFERS, "not on record", "as it was"), 120)
    assert others_answer(server)

    server.edit(SCRIPT, "\nprint('not on record')\n", "")
    until(lambda: lacks(server, PAGE, DIFFERS), 60)
    assert shows(server, PAGE, "Where these numbers come from")
    assert not shows(server, PAGE, "This page failed")

    main.write_text(with_announcement("as it is"))
    until(lambda: shows(server, "glossary/", "as it is"), 60)


def test_a_quiet_build_of_this_site_fails_where_a_page_differs(
    server: Server, tmp_path: Path
) -> None:
    server.edit(SCRIPT, FIRST_LINE, f"{FIRST_LINE}\nprint('not on record')\n")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(tmp_path)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    result = subprocess.run(command, cwd=server.root, env=env, capture_output=True, text=True)
    assert result.returncode != 0
    assert "Not as documented: tutorials/backprop_by_hand.py." in result.stderr
    assert "not on record" in result.stderr


# From here on the tests share a server: it would rebuild along with those of the tests above.


def test_each_mistake_is_shown_and_gone_when_it_is_fixed(running: Server, until: Until) -> None:
    # a cell that raises
    running.edit(SCRIPT, FIRST_LINE, f"{FIRST_LINE}\nraise ValueError('as it was broken')\n")
    until(lambda: shows(running, PAGE, "This page failed", "ValueError: as it was broken"), 60)
    assert others_answer(running)
    running.edit(SCRIPT, "\nraise ValueError('as it was broken')\n", "")
    until(lambda: lacks(running, PAGE, "This page failed"), 60)

    # front matter that does not parse
    running.edit(SCRIPT, "# title: ", "# title: a: ")
    until(lambda: shows(running, PAGE, "This page failed", "front matter"), 60)
    assert others_answer(running)
    running.edit(SCRIPT, "# title: a: ", "# title: ")
    until(lambda: lacks(running, PAGE, "This page failed"), 60)

    # a reference that stands for nothing
    running.edit(
        SCRIPT, "# # Backpropagation by hand\n", "# # Backpropagation by hand\n#\n# [[los]]\n"
    )
    until(lambda: shows(running, PAGE, "This page failed", "[[los]]", "declares no value los"), 60)
    assert others_answer(running)
    running.edit(SCRIPT, "#\n# [[los]]\n", "")
    until(lambda: lacks(running, PAGE, "This page failed"), 60)


def test_a_mistake_in_an_article_is_shown_on_it_alone(running: Server, until: Until) -> None:
    article = running.root / "docs/glossary.md"
    text = article.read_text(encoding="utf-8")
    links = "[gone](gone.md) and [nowhere](tensors.md#nowhere)"
    article.write_text(f"{text}\n{links}\n", encoding="utf-8")
    title = "This page has a mistake"
    until(lambda: shows(running, "glossary/", title, "'gone.md'", "#nowhere"), 60)
    assert shows(running, PAGE, "Where these numbers come from")
    assert not shows(running, "tensors/", title)
    article.write_text(f"{text}\n[[ backprop_by_hand.a2 ]]\n", encoding="utf-8")
    until(lambda: shows(running, "glossary/", "This page failed", "not a reference that is"), 60)
    article.write_text(text, encoding="utf-8")
    until(lambda: lacks(running, "glossary/", "This page failed"), 60)


def test_the_last_site_is_served_where_none_can_be_built(running: Server, until: Until) -> None:
    title = "The site cannot be built: this is the last one that could"
    running.edit("mkdocs.yml", "site_name: ", "site_name: [")
    until(lambda: shows(running, PAGE, title, "mkdocs.yml"), 60)
    assert others_answer(running)
    running.edit("mkdocs.yml", "site_name: [", "site_name: ")
    until(lambda: lacks(running, PAGE, "The site cannot be built"), 60)
    assert others_answer(running)


def test_an_edit_of_a_template_is_seen(running: Server, until: Until) -> None:
    template = running.root / "tutorials/templates/foot.md.jinja"
    template.write_text("as it was", encoding="utf-8")
    try:
        until(lambda: shows(running, PAGE, "as it was"), 120)
        template.write_text("as it is", encoding="utf-8")
        until(lambda: shows(running, PAGE, "as it is"), 60)
    finally:
        template.unlink()


def test_an_edit_of_the_template_of_downloads_is_seen(running: Server, until: Until) -> None:
    running.edit(DOWNLOADS, "From the page", "Taken from the page")
    download = f"{PAGE}backprop_by_hand.md"
    until(lambda: shows(running, download, "Taken from the page", "Backpropagation by hand"), 60)
