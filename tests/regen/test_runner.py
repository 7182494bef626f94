from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from regen.errors import RegenError
from regen.execution.cache import Cache
from regen.execution.results import Run
from regen.execution.runner import run_pages

if TYPE_CHECKING:
    from conftest import Site

SEEDED = '#| values: {seed: seed}\nimport os\n\nseed = os.environ.get("SEED", "")'


def results(site: Site, *pages: str, **env: str) -> dict[str, Run | RegenError]:
    return run_pages([site.script(page) for page in pages], site.config, env=env)


def values(site: Site, page: str, **env: str) -> dict[str, object]:
    result = results(site, page, **env)[page]
    assert isinstance(result, Run), result
    return result.values


def order(site: Site, capsys: pytest.CaptureFixture[str], *pages: str) -> list[str]:
    """The order in which pages end, one after the other."""
    results(site, *pages)
    return re.findall(r"regen: (\w+): done", capsys.readouterr().err)


def test_the_second_time_a_result_is_the_kept_one(site: Site) -> None:
    site.page("p", "#| values: {x: x}\nx = 1")
    first = results(site, "p")["p"]
    assert isinstance(first, Run)
    assert results(site, "p")["p"] == first
    assert Cache(site.config).lookup(site.script("p")) == (first, [])


def test_a_run_with_another_seed_takes_no_ones_place(site: Site) -> None:
    site.settings('seed_env = "SEED"')
    site.page("p", SEEDED)
    assert values(site, "p") == {"seed": ""}
    assert values(site, "p", SEED="3") == {"seed": "3"}
    assert Cache(site.config).lookup(site.script("p"))[1] == []


def test_the_results_have_the_order_of_the_pages(site: Site) -> None:
    for page in "abc":
        site.page(page, "x = 1")
    results(site, "b")
    assert list(results(site, "c", "b", "a")) == ["c", "b", "a"]


def test_a_page_that_fails_stops_no_other(site: Site) -> None:
    site.page("fails", "x = {}\nx['key']")
    site.page("fine", "#| values: {x: x}\nx = 1")
    found = results(site, "fails", "fine")
    assert isinstance(found["fails"], RegenError)
    assert isinstance(found["fine"], Run)


def test_a_full_disk_stops_no_other_page(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = iter([str(site.root / "nosuchfolder"), str(site.root)])
    monkeypatch.setattr("tempfile.gettempdir", lambda: next(folders))
    for page in "pq":
        site.page(page, "#| values: {x: x}\nx = 1")
    found = results(site, "p", "q")
    expected = f"p: {site.root}/tutorials/p.py: it cannot be run: FileNotFoundError: "
    assert str(found["p"]).startswith(expected)
    assert isinstance(found["q"], Run)


def test_a_name_that_is_declared_and_does_not_exist_is_an_error(site: Site) -> None:
    site.settings('data = ["nosuchfolder/*"]')
    site.page("p", "x = 1")
    with pytest.raises(RegenError, match=r"'nosuchfolder/\*' matches no file"):
        results(site, "p")


def test_the_longest_page_runs_first(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.settings("jobs = 1")
    for page, seconds in {"a": "2.5", "b": "10.0", "c": "?"}.items():
        site.page(page, "x = 1")
        record = {"provenance": {"seconds": seconds}}
        site.write(f"tutorials/records/{page}.json", json.dumps(record))
    site.page("d", "x = 1")
    site.write("tutorials/records/d.json", "no record")
    # of c and d nobody knows
    assert order(site, capsys, "a", "b", "c", "d") == ["c", "d", "b", "a"]


def test_what_a_page_took_here_counts_before_its_record(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.settings("jobs = 1")
    for page, recorded in {"slow": "0.1", "quick": "100"}.items():
        site.page(page, f"import time\n\ntime.sleep({2 * (page == 'slow')})")
        record = {"provenance": {"seconds": recorded}}
        site.write(f"tutorials/records/{page}.json", json.dumps(record))
    assert order(site, capsys, "quick", "slow") == ["quick", "slow"]
    site.settings('jobs = 1\nkernel_env = { CHANGED = "1" }')
    assert order(site, capsys, "quick", "slow") == ["slow", "quick"]


def test_a_result_that_cannot_be_kept_counts_all_the_same(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    for page in "pq":
        site.page(page, "#| values: {x: x}\nx = 1")
    site.write(".regen", "a file where the folder should be, as in a checkout that is read-only")
    found = results(site, "p", "q")
    assert all(isinstance(result, Run) for result in found.values())
    assert capsys.readouterr().err.count("regen: no result is kept") == 1


def test_what_changed_is_named(site: Site) -> None:
    site.settings('env = ["KNOB"]')
    site.write("helper.py", "x = 1")
    site.write("a.csv", "KNOB")
    site.page("p", 'import helper\n\nopen("a.csv").close()')
    results(site, "p")
    site.write("helper.py", "x = 22")
    (site.root / "a.csv").unlink()
    _, reasons = Cache(site.config, {"KNOB": "1"}).lookup(site.script("p"))
    assert reasons == ["env KNOB", "a.csv (missing)", "helper.py"]


def test_what_no_page_reads_changes_nothing(site: Site) -> None:
    site.write("helper.py", "x = 1")
    site.page("p", "x = 1")
    results(site, "p")
    site.write("helper.py", "x = 22")
    site.page("p", "[markdown]\n# Prose.", "#| alt: A picture\n#| fold: Details\nx = 1")
    assert Cache(site.config).lookup(site.script("p"))[1] == []
