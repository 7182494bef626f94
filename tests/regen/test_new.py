"""`regen new`: what it writes runs, and nothing is overwritten."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from regen.errors import RegenError
from regen.script.new import new_page, next_steps
from regen.script.reading import find_scripts, read_script

if TYPE_CHECKING:
    from tests.conftest import Site


def test_a_new_page_stands_among_the_scripts(site: Site) -> None:
    path = new_page("my_page", site.config)
    assert path == site.root / "tutorials/my_page.py"
    assert find_scripts(site.config) == [path]


def test_a_new_page_can_be_read(site: Site) -> None:
    page = read_script(new_page("my_page", site.config))
    assert page.title == "My page"
    assert page.code[0].options.values == {"total": "total"}
    assert page.cells[-1].source == "Together that is [[total]]."


def test_a_new_page_runs_as_plain_python(site: Site) -> None:
    path = new_page("my_page", site.config)
    run = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True)
    assert run.stdout == "total 6\n"


def test_a_new_page_is_formatted(site: Site) -> None:
    path = new_page("my_page", site.config)
    command = [sys.executable, "-m", "ruff", "format", "--check", path]
    assert subprocess.run(command, capture_output=True).returncode == 0


@pytest.mark.parametrize(
    "name", ["", "My_page", "my-page", "1st", "_page", "a.b", "../a", "straße", "run", "class"]
)
def test_a_name_that_no_page_can_have_is_refused(site: Site, name: str) -> None:
    with pytest.raises(RegenError, match="cannot be the name of a page"):
        new_page(name, site.config)


@pytest.mark.parametrize("name", ["json", "pytest", "regen"])
def test_the_name_of_a_module_is_refused(site: Site, name: str) -> None:
    with pytest.raises(RegenError, match=f"{name} is the name of a module"):
        new_page(name, site.config)


@pytest.mark.parametrize(
    "existing", ["tutorials/my_page.py", "tutorials/deep/my_page.py", "docs/my_page.md"]
)
def test_what_exists_already_is_not_overwritten(site: Site, existing: str) -> None:
    path = site.write(existing, "mine")
    with pytest.raises(RegenError, match=f"a page named my_page exists already: .*{existing}"):
        new_page("my_page", site.config)
    assert path.read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_an_error(site: Site) -> None:
    site.write("tutorials", "a file in the place of the folder")
    with pytest.raises(RegenError, match=r"my_page\.py: cannot be written: "):
        new_page("my_page", site.config)


def test_next_steps_name_the_file_and_the_command(site: Site) -> None:
    steps = next_steps(new_page("my_page", site.config), site.config)
    assert "Add `tutorials/my_page.py` to `nav`" in steps
    assert "Run `regen record my_page`" in steps
