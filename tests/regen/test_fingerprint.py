from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from regen.execution import fingerprint
from regen.execution.fingerprint import Observed, changes, current, declared, dependencies

if TYPE_CHECKING:
    from conftest import Site

PAGE = "#| values: {x: x}\nx = 1"


@pytest.fixture
def observed(site: Site) -> Site:
    """A site with one page and files that it may have read."""
    site.settings('packages = ["lib"]\ndata = ["data/*.csv"]\nenv = ["KNOB"]\nseed_env = "SEED"')
    site.write("lib/__init__.py", "# KNOB, SEED")
    site.write("lib/used.py", "")
    site.write("data/a.csv", "1")
    site.page("p", PAGE)
    return site


def seen(site: Site, *paths: str) -> Observed:
    """What a kernel would say that has opened these files just now."""
    files: dict[str, tuple[int, int] | None] = {}
    for path in paths:
        found = os.stat(site.root / path)
        files[str(site.root / path)] = (found.st_size, found.st_mtime_ns)
    return Observed(files, [], [])


def code(site: Site, *cells: str) -> str:
    """The digest of a page's code."""
    site.page("p", *cells)
    return declared(site.script("p"), site.config, {})["code"]


def test_all_that_is_declared_has_a_name(observed: Site) -> None:
    found = declared(observed.script("p"), observed.config, {"KNOB": "7", "OTHER": "8"})
    machine = ["python", "device", "processor"]
    variables = ["env KNOB", "env SEED"]
    assert list(found) == ["code", "settings", "regen", *machine, *variables, "data data/a.csv"]
    assert (found["env KNOB"], found["env SEED"]) == ("7", "")


@pytest.mark.parametrize(
    "page",
    [
        "#| values: {x: x + 1}\nx = 1",
        "#| values: {y: x}\nx = 1",
        "#| values: {x: x}\nx = 2",
        "#| values: {x: x}\n#| claims: {c: x > 0}\nx = 1",
        "#| values: {x: x}\n#| files: {a.txt: str(x)}\nx = 1",
        "#| values: {x: x}\n#| recorded: str(x)\nx = 1",
        "#| values: {x: x}\n#| quoted: {q: '(x, str(x))'}\nx = 1",
        "#| values: {x: x}\n#| tags: [raises-exception]\nx = 1",
    ],
)
def test_what_a_kernel_executes_is_code(site: Site, page: str) -> None:
    assert code(site, page) != code(site, PAGE)


@pytest.mark.parametrize(
    "cells",
    [
        ["[markdown]\n# Prose.", PAGE],
        ["#| values: {x: x}\n#| alt: A line\n#| fold: F\nx = 1"],
        ["#| values: {x: x}\n#| tolerance: {x: abs 1}\nx = 1"],
        ["#| values: {x: x}\n#| tags: [remove_input]\nx = 1"],
    ],
)
def test_what_only_a_page_shows_is_no_code(site: Site, cells: list[str]) -> None:
    assert code(site, *cells) == code(site, PAGE)


def test_what_was_read_has_the_name_of_its_file(observed: Site) -> None:
    script = observed.script("p")
    found, changed = dependencies(script, seen(observed, "lib/used.py"), observed.config, {})
    assert found["lib/used.py"] == fingerprint.digest(observed.root / "lib/used.py")
    assert changed == []


def test_declared_data_that_was_read_has_one_name(observed: Site) -> None:
    script = observed.script("p")
    found, _ = dependencies(script, seen(observed, "data/a.csv"), observed.config, {})
    assert [name for name in found if "a.csv" in name] == ["data data/a.csv"]


def test_a_file_that_changed_since_it_was_read_is_named(observed: Site) -> None:
    before = seen(observed, "lib/used.py", "data/a.csv")
    observed.write("lib/used.py", "changed = 1")
    _, changed = dependencies(observed.script("p"), before, observed.config, {})
    assert changed == ["lib/used.py"]


def test_an_imported_package_has_its_name_and_version(observed: Site) -> None:
    # the module's name is not the distribution's
    imported = Observed({}, [], ["yaml", "nosuchmodule"])
    found, _ = dependencies(observed.script("p"), imported, observed.config, {})
    assert found["PyYAML"][0].isdigit()
    assert "nosuchmodule" not in found


def test_another_version_of_an_imported_package_is_a_change(
    observed: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = observed.script("p")
    found, _ = dependencies(script, Observed({}, [], ["yaml"]), observed.config, {})
    monkeypatch.setattr(fingerprint, "_version", lambda package: "99")
    now = current(found, script, observed.config, {})
    assert changes(found, now) == [f"PyYAML {found['PyYAML']} -> 99"]


def test_a_module_outside_of_the_root_counts(
    observed: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    module = tmp_path_factory.mktemp("elsewhere") / "away.py"
    module.touch()
    script = observed.script("p")
    found, _ = dependencies(script, Observed({}, [str(module)], []), observed.config, {})
    module.write_text("changed = 1")
    now = current(found, script, observed.config, {})
    assert changes(found, now) == [f"module {module}"]


def test_a_file_that_was_missed_counts_once_it_is_there(observed: Site) -> None:
    script = observed.script("p")
    missed = Observed({str(observed.root / "local.txt"): fingerprint.ABSENT}, [], [])
    found, changed = dependencies(script, missed, observed.config, {})
    assert changed == []
    observed.write("local.txt", "1")
    assert changes(found, current(found, script, observed.config, {})) == ["local.txt"]


def test_settings_of_matplotlib_count_where_it_is_imported(observed: Site) -> None:
    script = observed.script("p")
    found, _ = dependencies(script, Observed({}, [], ["matplotlib"]), observed.config, {})
    observed.write("matplotlibrc", "lines.linewidth: 9")
    assert changes(found, current(found, script, observed.config, {})) == ["matplotlibrc"]


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("lib/used.py", "changed = 1", "lib/used.py"),
        ("lib/used.py", None, "lib/used.py (missing)"),
        ("data/a.csv", "2", "data data/a.csv"),
        ("data/b.csv", "2", "data data/b.csv"),
        ("tutorials/p.py", "# ---\n# title: P\n# ---\n# %%\nx = 2\n", "code"),
        ("pyproject.toml", '[tool.regen]\nkernel_env = { A = "1" }', "settings"),
    ],
)
def test_a_change_has_a_name(observed: Site, path: str, text: str | None, reason: str) -> None:
    script = observed.script("p")
    found, _ = dependencies(script, seen(observed, "lib/used.py"), observed.config, {})
    if text is None:
        (observed.root / path).unlink()
    else:
        observed.write(path, text)
    now = current(found, observed.script("p"), observed.config, {})
    assert reason in changes(found, now)


def test_nothing_that_stays_is_a_change(observed: Site) -> None:
    script = observed.script("p")
    found, _ = dependencies(script, seen(observed, "lib/used.py"), observed.config, {"KNOB": "7"})
    observed.write("lib/other.py", "changed = 1")
    observed.write("data/notes.txt", "changed")
    now = current(found, script, observed.config, {"KNOB": "7", "OTHER": "1"})
    assert changes(found, now) == []


@pytest.mark.parametrize(
    ("function", "name"),
    [("device_kind", "device"), ("processor", "processor"), ("_regen", "regen")],
)
def test_another_machine_is_a_change(
    observed: Site, monkeypatch: pytest.MonkeyPatch, function: str, name: str
) -> None:
    script = observed.script("p")
    found = declared(script, observed.config, {})
    monkeypatch.setattr(fingerprint, function, lambda: "another")
    (change,) = changes(found, current(found, script, observed.config, {}))
    assert change.startswith(name)


@pytest.mark.parametrize(
    ("before", "now", "line"),
    [
        ({"numpy": "2.1.0"}, {"numpy": "2.2.0"}, "numpy 2.1.0 -> 2.2.0"),
        ({"numpy": "2.1.0"}, {"numpy": "not installed"}, "numpy 2.1.0 -> not installed"),
        ({"device": "cpu"}, {"device": "Some GPU"}, "device cpu -> Some GPU"),
        ({"env SECRET": "a"}, {"env SECRET": "b"}, "env SECRET"),
        ({"a.py": "0" * 64}, {"a.py": "1" * 64}, "a.py"),
        ({"a.py": "0" * 64}, {"a.py": "missing"}, "a.py (missing)"),
        ({}, {"env NEW": ""}, "env NEW"),
    ],
)
def test_a_change_is_said_as_a_person_would(
    before: dict[str, str], now: dict[str, str], line: str
) -> None:
    assert changes(before, now) == [line]


def test_each_module_that_makes_a_run_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint, "PACKAGE", tmp_path)
    digests = {fingerprint._regen()}
    (tmp_path / "drawing").mkdir()
    (tmp_path / "execution").mkdir()
    modules = [f"execution/{module}" for module in fingerprint.OURS] + ["drawing/svg"]
    for module in modules:
        (tmp_path / f"{module}.py").touch()
        digests.add(fingerprint._regen())
    assert len(digests) == 1 + len(modules)


def test_a_file_of_the_same_size_and_another_content_has_another_digest(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("1")
    before = fingerprint.digest(path)
    path.write_text("2")
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert fingerprint.digest(path) != before


def test_a_folder_and_a_missing_file_have_no_digest(tmp_path: Path) -> None:
    assert fingerprint.digest(tmp_path) == "missing"
    assert fingerprint.digest(tmp_path / "no") == "missing"


@pytest.mark.parametrize("module", fingerprint.OURS)
def test_what_makes_a_run_imports_only_what_counts(module: str) -> None:
    path = fingerprint.PACKAGE / f"execution/{module}.py"
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "regen.execution":
            imported.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            package, _, name = node.module.rpartition(".")
            if package == "regen.execution":
                imported.add(name)
    assert imported <= set(fingerprint.OURS)
