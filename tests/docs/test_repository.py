"""The lock holds names and versions only, and no file names a machine's folder or a host."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from regen.config import load_config

ROOT = Path(__file__).parents[2]
LOCK = [
    line
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
PIN = re.compile(
    r"(?P<name>[a-z0-9]+(?:[._-][a-z0-9]+)*)==(?P<version>[0-9][a-z0-9.]*)(?: ; (?P<marker>.+))?"
)


def pins() -> dict[str, set[Version]]:
    """The versions of each package: more than one where they depend on the platform."""
    found: dict[str, set[Version]] = {}
    for line in LOCK:
        match = PIN.fullmatch(line)
        assert match, f"not a pinned name: {line}"
        found.setdefault(canonicalize_name(match["name"]), set()).add(Version(match["version"]))
    return found


def test_each_line_of_the_lock_is_a_name_a_version_and_perhaps_a_marker() -> None:
    assert len(LOCK) > 50
    for line in LOCK:
        match = PIN.fullmatch(line)
        assert match, line
        if match["marker"]:
            Marker(match["marker"])  # raises if it is none


def test_lock_has_no_address_no_path_and_no_local_version() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(
        r"://|@ |^-|--|[A-Za-z]:\\|(^|\s)\.?/|\+cpu|\+cu|\.(org|com|io|net)\b", text, re.M
    )


def test_torch_and_torchvision_are_a_pair() -> None:
    versions = pins()
    assert {version.release[:2] for version in versions["torch"]} == {(2, 14)}
    assert {version.release[:2] for version in versions["torchvision"]} == {(0, 29)}


def requirements() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    for extra in project["project"]["optional-dependencies"].values():
        lines += extra
    return list(map(Requirement, lines))


@pytest.mark.parametrize("requirement", requirements(), ids=lambda requirement: requirement.name)
def test_each_dependency_is_locked_at_a_version_that_it_allows(requirement: Requirement) -> None:
    versions = pins().get(canonicalize_name(requirement.name), set())
    assert versions
    assert all(requirement.specifier.contains(version) for version in versions)


def test_packages_that_the_tests_import_are_locked() -> None:
    assert {"markdown-it-py", "packaging", "pyyaml", "black"} <= pins().keys()


def files() -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()


# Written in pieces, so that this file does not hold them.
FOREIGN = [
    "/wo" + "rk/",
    "/ro" + "ot/",
    "python" + "hosted",
    "pypi" + ".org",
    "registry." + "npmjs",
    "deb." + "debian",
]


def foreign_in(text: str) -> list[str]:
    return [
        pattern
        for pattern in FOREIGN
        if re.search(rf"(?<![\w.-]){re.escape(pattern)}|\.{re.escape(pattern)}", text)
    ]


def test_no_file_names_a_folder_of_a_machine_or_a_registry_host() -> None:
    found = {}
    read = 0
    for name in files():
        path = ROOT / name
        if path.is_file() and b"\0" not in path.read_bytes():
            read += 1
            found[name] = foreign_in(path.read_text(encoding="utf-8"))
    assert read > 30
    assert {name: patterns for name, patterns in found.items() if patterns} == {}


@pytest.mark.parametrize(
    "text",
    [
        "see /wo" + "rk/main",
        '"https://files.python' + 'hosted.org/x"',
        "https://pypi" + ".org/simple",
    ],
)
def test_foreign_names_are_noticed(text: str) -> None:
    assert foreign_in(text)


def test_files_that_the_readme_names_are_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)\s#]+)", text)
    folders = re.findall(r"^    ((?:[\w.]+/)+)  ", text, re.M)
    assert len(links) + len(folders) > 3
    assert [name for name in links + folders if not (ROOT / name).exists()] == []


def test_each_data_file_of_the_library_makes_pages_stale_when_it_changes() -> None:
    declared: set[Path] = set()
    for pattern in load_config(ROOT).data:
        declared.update(ROOT.glob(pattern))
    tracked = subprocess.run(
        ["git", "ls-files", "src/groundup"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    data = {
        ROOT / name
        for name in tracked.stdout.splitlines()
        if Path(name).suffix not in (".py", ".typed", ".toml", ".md")
    }
    assert ROOT / "src/groundup/full_runs.json" in data
    assert data == declared


def test_git_ignores_no_file_of_the_repository() -> None:
    # ruff leaves out what git ignores, and a new file beside it would never be committed
    command = ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout == ""
