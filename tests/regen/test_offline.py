"""A site as an archive: its links name files, and its index is a script."""

import json
import zipfile
from pathlib import Path

import pytest

from regen.errors import RegenError
from regen.site.offline import pack

BUNDLE = "assets/javascripts/bundle.1.min.js"
INDEX = {"config": {}, "docs": [{"location": place} for place in ("", "a/", "a/#part")]}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A site of two pages, the second below the first."""
    site = tmp_path / "site"
    files = {
        "index.html": f'<a href="a/">A</a><p>href="a/"</p><script src="{BUNDLE}"></script>',
        "a/index.html": (
            '<link rel="prev" href=".."><a class="x" href="./#part">Here</a>'
            '<a href="a.py">File</a><a href="b/">None</a><a href="https://a.site/a/">Away</a>'
            f'<a href="#part">Part</a><a href="..?x=1">Home</a><script src="../{BUNDLE}"></script>'
        ),
        "a/a.py": "x = 1",
        "404.html": "",
        "search/search_index.json": json.dumps(INDEX),
    }
    for name, text in files.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return site


def packed(site: Path) -> dict[str, str]:
    """What an archive of a site holds."""
    archive = site.parent / "out/course.zip"
    assert pack(site, archive) == 2
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name).decode() for name in opened.namelist()}


def test_links_to_pages_name_files_and_others_stay(built: Path) -> None:
    files = packed(built)
    assert files["course/index.html"].startswith('<a href="a/index.html">A</a><p>href="a/"</p>')
    below = files["course/a/index.html"]
    for address in ("../index.html", "./index.html#part", "../index.html?x=1"):
        assert f'href="{address}"' in below
    for address in ("a.py", "b/", "https://a.site/a/", "#part"):
        assert f'href="{address}"' in below


def test_search_finds_files(built: Path) -> None:
    script = packed(built)["course/search/search_index.js"]
    data = json.loads(script.removeprefix("var __index = "))
    places = [entry["location"] for entry in data["docs"]]
    assert places == ["index.html", "a/index.html", "a/index.html#part"]


def test_the_stand_in_for_a_worker_is_there_before_the_theme(built: Path) -> None:
    files = packed(built)
    assert "FrameWorker" in files["course/assets/offline.js"]
    scripts = f'<script src="../assets/offline.js"></script>\n<script src="../{BUNDLE}"></script>'
    assert scripts in files["course/a/index.html"]


def test_what_only_a_server_uses_is_left_out(built: Path) -> None:
    names = packed(built).keys()
    assert "course/a/a.py" in names
    assert names.isdisjoint({"course/404.html", "course/search/search_index.json"})


def test_the_same_site_gives_the_same_bytes(built: Path, tmp_path: Path) -> None:
    archives = [tmp_path / name / "course.zip" for name in ("one", "two")]
    for archive in archives:
        pack(built, archive)
        (built / "a/a.py").touch()
    assert archives[0].read_bytes() == archives[1].read_bytes()


def test_a_folder_without_a_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RegenError, match=r"there is no index\.html"):
        pack(tmp_path, tmp_path / "course.zip")
    assert list(tmp_path.iterdir()) == []
