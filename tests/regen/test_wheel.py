"""The wheel of a site's package: what goes in, when it is built again, and what stops it."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from regen.errors import RegenError
from regen.site import wheel as module
from regen.site.wheel import Wheel, build_wheel

if TYPE_CHECKING:
    from conftest import Site

PROJECT = """[project]
name = "Tiny-Things"
version = "2.1"
description = 'of "small" things'
license-files = ["LICENSE"]
dependencies = ["numpy>=2"]

[project.scripts]
tiny = "machinery:main"

[tool.setuptools.package-data]
tiny = ["data/*.txt"]

[tool.regen]
wheel = "tiny"
"""


@pytest.fixture
def project(site: Site) -> Site:
    """A project of two packages, one of which the site offers."""
    site.write("pyproject.toml", PROJECT)
    site.write("LICENSE", "Do what you like.")
    site.write("src/tiny/__init__.py", "one = 1\n")
    site.write("src/tiny/deep/__init__.py", "")
    site.write("src/tiny/data/words.txt", "one two")
    site.write("src/tiny/data/words.lock", "")
    site.write("src/tiny/__pycache__/old.pyc", "")
    site.write("src/machinery/__init__.py", "def main(): ...\n")
    return site


def build(site: Site) -> Wheel:
    found = build_wheel(site.config)
    assert found
    return found


def refusal(site: Site) -> str:
    with pytest.raises(RegenError) as caught:
        build_wheel(site.config)
    return str(caught.value)


@pytest.fixture
def not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build is a failure of the test."""

    def fail(*_: object) -> Wheel:
        raise AssertionError("the wheel was built")

    monkeypatch.setattr(module, "_build", fail)


def test_site_without_the_setting_offers_none(site: Site) -> None:
    assert build_wheel(site.config) is None


def test_wheel_holds_the_package_its_data_and_the_licence(project: Site) -> None:
    found = build(project)
    assert (found.package, found.name) == ("tiny", "tiny_things-2.1-py3-none-any.whl")
    with zipfile.ZipFile(io.BytesIO(found.content)) as archive:
        names = archive.namelist()
        said = archive.read("tiny_things-2.1.dist-info/METADATA").decode()
    own = [name for name in names if ".dist-info/" not in name]
    assert sorted(own) == ["tiny/__init__.py", "tiny/data/words.txt", "tiny/deep/__init__.py"]
    assert "tiny_things-2.1.dist-info/licenses/LICENSE" in names
    assert "tiny_things-2.1.dist-info/entry_points.txt" not in names
    assert 'Summary: of "small" things\n' in said and "Requires-Dist: numpy>=2\n" in said


def test_wheel_is_kept_until_something_in_it_changes(project: Site) -> None:
    first = build(project)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_build", None)
        assert build(project) == first
        # what does not go in makes nothing stale
        project.write("src/tiny/data/words.lock", "held")
        project.write("src/machinery/__init__.py", "")
        assert build(project) == first
    project.write("src/tiny/data/words.txt", "three")
    second = build(project)
    assert second.content != first.content
    assert len(list((project.root / ".regen/wheel").iterdir())) == 1


@pytest.mark.usefixtures("not_built")
def test_package_that_is_not_there_is_said(project: Site) -> None:
    project.write("pyproject.toml", PROJECT.replace('wheel = "tiny"', 'wheel = "tyni"'))
    expected = "pyproject.toml: [tool.regen]: wheel: there is no package tyni in this folder"
    assert expected in refusal(project)


@pytest.mark.usefixtures("not_built")
@pytest.mark.parametrize("line", ['name = "Tiny-Things"\n', 'version = "2.1"\n'])
def test_project_without_what_a_wheel_needs_is_said(project: Site, line: str) -> None:
    project.write("pyproject.toml", PROJECT.replace(line, ""))
    assert f"pyproject.toml: [project]: no {line.partition(' ')[0]}, which" in refusal(project)


def test_what_pip_says_is_said(project: Site) -> None:
    project.write("pyproject.toml", PROJECT.replace('"2.1"', '"one"'))
    message = refusal(project)
    assert "pyproject.toml: pip builds no wheel of tiny:" in message
    assert "version" in message and "Correct what it says." in message
