"""A build that knows where it is published says so on each page; one that does not, nowhere.

Built is a small site with the mkdocs.yml that ships, and with this site's theme and templates.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from mkdocs.__main__ import cli

from regen.execution.results import Run
from regen.execution.runner import run_pages
from regen.records.record import make_record, write_record

if TYPE_CHECKING:
    from conftest import Site

ROOT = Path(__file__).parents[2]
SITE_URL = "https://somebody.github.io/course/"
REPO_URL = "https://github.com/somebody/course"
WHEEL = "tiny-1.0-py3-none-any.whl"
PROJECT = """[project]
name = "tiny"
version = "1.0"

[tool.regen]
packages = ["tiny"]
wheel = "tiny"
notebooks = "notebooks"
templates = "tutorials/templates"
llms = true
"""
NAV = re.compile(r"^nav:\n(?:  .*\n)+", re.M)
COLAB = "https://colab.research.google.com/github/somebody/course/blob/notebooks"


@pytest.fixture
def build(site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Builds the site with some variables set, and gives its folder."""
    site.write("pyproject.toml", PROJECT)
    settings = NAV.sub("", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    site.write("mkdocs.yml", settings.replace("paths: [src]", "paths: [.]"))
    for folder in ("theme", "tutorials/templates", "docs/css"):
        shutil.copytree(ROOT / folder, site.root / folder)
    site.write("tiny/__init__.py", "")
    site.write("docs/index.md", "# Home\n\n<!-- template: install.md.jinja -->\n\nThen run it.")
    site.page("p", "[markdown]\n# # A page", "import tiny")
    site.page("alone", "[markdown]\n# # Alone", "x = 1")
    scripts = [site.script(name) for name in ("p", "alone")]
    for script in scripts:
        run = run_pages([script], site.config)[script.name]
        assert isinstance(run, Run), run
        write_record(make_record(script, run), site.config)

    def built(**variables: str) -> Path:
        for name in ("SITE_URL", "REPO_URL"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        folder = site.root / "out"
        where = ["-f", str(site.root / "mkdocs.yml"), "-d", str(folder)]
        result = CliRunner().invoke(cli, ["build", "--strict", *where])
        assert result.exit_code == 0, result.output
        return folder

    return built


def page(folder: Path, name: str) -> str:
    return html.unescape((folder / name / "index.html").read_text(encoding="utf-8"))


def code_cells(folder: Path, name: str) -> list[str]:
    notebook: dict[str, Any] = json.loads((folder / f"tutorials/{name}/{name}.ipynb").read_text())
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def text(markdown: str) -> str:
    return re.sub(r"<[^>]+>", "", markdown)


def test_published_site_says_where(build: Callable[..., Path]) -> None:
    folder = build(SITE_URL=SITE_URL, REPO_URL=REPO_URL)
    home, tutorial = page(folder, ""), page(folder, "tutorials/p")

    # where a page is edited, and where Colab opens its notebook
    assert f'href="{REPO_URL}/edit/main/docs/index.md"' in home
    assert f'href="{REPO_URL}/edit/main/tutorials/p.py"' in tutorial
    assert f'href="{COLAB}/tutorials/p/p.ipynb"' in tutorial
    assert COLAB not in home

    # the command that installs the library, and the library
    command = f"pip install {SITE_URL}{WHEEL}"
    assert command in text(home) and f'href="{WHEEL}"' in home
    assert (folder / WHEEL).is_file()
    for suffix in ("py", "md"):
        assert command in (folder / f"tutorials/p/p.{suffix}").read_text()
    install = (
        f"try:\n    import tiny\nexcept ModuleNotFoundError:\n    %pip install -q {SITE_URL}{WHEEL}"
    )
    assert code_cells(folder, "p") == [install, "import tiny"]
    assert code_cells(folder, "alone") == ["x = 1"]

    # the site as plain Markdown
    for name in ("llms.txt", "llms-full.txt"):
        plain = (folder / name).read_text()
        for path in ("index.md", "tutorials/p/p.md"):
            assert f"]({SITE_URL}{path})" in plain and (folder / path).is_file()

    # the theme's scripts would ask the repository's host for its stars
    assert f'href="{REPO_URL}"' in home
    assert 'data-md-component="source"' not in home


def test_site_without_an_address_says_nothing_of_it(build: Callable[..., Path]) -> None:
    folder = build()
    home, tutorial = page(folder, ""), page(folder, "tutorials/p")
    for words in ("/edit/", "colab", "md-source", "https://somebody"):
        assert words not in home and words not in tutorial

    command = f"pip install {WHEEL}"
    assert command in text(home) and f'href="{WHEEL}"' in home
    assert (folder / WHEEL).is_file()
    for suffix in ("py", "md"):
        assert command in (folder / f"tutorials/p/p.{suffix}").read_text()
    assert code_cells(folder, "p") == ["import tiny"]


def test_repository_elsewhere_has_no_link_to_colab(build: Callable[..., Path]) -> None:
    folder = build(REPO_URL="https://git.example.org/course")
    tutorial = page(folder, "tutorials/p")
    assert 'href="https://git.example.org/course/edit/main/tutorials/p.py"' in tutorial
    assert "colab" not in tutorial
