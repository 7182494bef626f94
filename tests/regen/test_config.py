from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from regen.config import check_declared, in_ci, load_config
from regen.errors import RegenError

if TYPE_CHECKING:
    from conftest import Site


def refusal(site: Site) -> str:
    with pytest.raises(RegenError) as caught:
        load_config(site.root)
    return str(caught.value)


def undeclared(site: Site, **env: str) -> str:
    with pytest.raises(RegenError) as caught:
        check_declared(site.config, env)
    return str(caught.value)


def test_an_empty_table_gives_the_defaults(site: Site) -> None:
    config = site.config
    assert (config.root, config.cache, config.jobs) == (site.root.resolve(), ".regen", 2)
    assert config.record_path("p") == config.root / "tutorials/records/p.json"


def test_an_integer_is_a_number_of_seconds(site: Site) -> None:
    site.settings("timeout = 3")
    assert site.config.timeout == 3


@pytest.mark.parametrize(
    ("setting", "remedy"),
    [
        ('store = ".kept"', "the setting store is gone. Its name is `cache` now."),
        ('versions = ["numpy"]', "the packages that a page imports are observed"),
        ('kernel_name = "python3"', "pages run in the Python that runs regen"),
        ("allow_errors = true", "tag each cell that shows an exception: raises-exception"),
    ],
)
def test_a_setting_that_is_gone_names_its_remedy(site: Site, setting: str, remedy: str) -> None:
    site.settings(setting)
    assert remedy in refusal(site)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("job = 2", "[tool.regen]: unknown key job. Known are: tutorials, records, cache,"),
        ('jobs = "2"', "jobs = '2' is not understood. Expected int."),
        ("jobs = true", "jobs = True is not understood. Expected int."),
        ("jobs = 0", "jobs = 0: expected 1 or more."),
        ("timeout = 0", "timeout = 0: expected more than 0 seconds."),
        ("startup_timeout = -1.0", "startup_timeout = -1.0: expected more than 0 seconds."),
        ('env = ["A", 2]', "env = ['A', 2] is not understood. Expected list[str]."),
        ("kernel_env = { A = 1 }", "Expected dict[str, str]."),
        ('data = ["/etc/*"]', "data = '/etc/*': expected a pattern relative to this folder."),
        ('data = [""]', "data = '': expected a pattern relative to this folder."),
        ("a = [", "not valid TOML"),
    ],
)
def test_a_wrong_setting_is_named(site: Site, setting: str, message: str) -> None:
    site.settings(setting)
    found = refusal(site)
    assert message in found
    assert found.startswith(str(site.root / "pyproject.toml"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "not found. Run regen in the folder of the site's pyproject.toml."),
        ("[tool.other]", "no table [tool.regen]. Add one; it may be empty."),
        ("tool = 3", "no table [tool.regen]. Add one; it may be empty."),
    ],
)
def test_a_missing_table_is_an_error(site: Site, text: str | None, message: str) -> None:
    path: Path = site.root / "pyproject.toml"
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    assert message in refusal(site)


def test_a_glob_that_matches_nothing_is_refused(site: Site) -> None:
    site.settings('data = ["a.csv", "dat/*.csv"]')
    site.write("a.csv", "1")
    assert "data: 'dat/*.csv' matches no file." in undeclared(site)


def test_a_package_that_is_not_there_is_refused(site: Site) -> None:
    site.settings('packages = ["lib", "module", "json", "nosuchpackage"]')
    site.write("lib/__init__.py", "")
    site.write("module.py", "")
    assert "packages: there is no package nosuchpackage." in undeclared(site)


def test_a_variable_that_nothing_names_is_refused(site: Site) -> None:
    site.settings('env = ["KNOB"]')
    site.page("p", "x = 'KNOBS'")
    message = "env: KNOB, which is neither set nor named in any script"
    assert message in undeclared(site)


@pytest.mark.parametrize(
    "path", ["tutorials/p.py", "lib/sub/a.py", "docs/a.md", "Makefile", ".github/workflows/a.yml"]
)
def test_a_variable_may_be_named_in_any_text(site: Site, path: str) -> None:
    site.settings('packages = ["lib"]\nenv = ["KNOB"]\nseed_env = "SEED"')
    site.write("lib/__init__.py", "")
    site.write(path, "KNOB=1 SEED=2")
    check_declared(site.config, {})


def test_a_variable_that_is_set_needs_no_name_elsewhere(site: Site) -> None:
    site.settings('env = ["KNOB"]')
    check_declared(site.config, {"KNOB": ""})


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("1", True), ("false", False)])
def test_ci_is_known_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: bool
) -> None:
    monkeypatch.setenv("CI", value)
    assert in_ci() == expected
