from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from nbformat.v4 import new_output

from regen.execution import cache as cache_module
from regen.execution.cache import KEEP, Cache
from regen.execution.fingerprint import declared, digest
from regen.execution.results import CellRun, Run

if TYPE_CHECKING:
    from conftest import Site

CELL = CellRun(
    [new_output("stream", text="é\n")], {"x": [1, 0.1]}, {"x": "Book"}, {"c": True}, {"f": "aGk="}
)


@pytest.fixture
def kept(site: Site) -> Site:
    """A site with one page, a result of which is kept."""
    site.settings('env = ["KNOB"]')
    site.write("helper.py", "# KNOB")
    site.page("p", "#| values: {x: x}\nx = 1")
    Cache(site.config).save(a_run(site))
    return site


def a_run(site: Site) -> Run:
    """What a run of the page would give now."""
    found = declared(site.script("p"), site.config, os.environ)
    found["helper.py"] = digest(site.root / "helper.py")
    return Run("p", [CELL], found, {"seconds": "1.0"})


def reasons(site: Site, **env: str) -> list[str]:
    """Why there is no fresh run of the page."""
    run, found = Cache(site.config, {**os.environ, **env}).lookup(site.script("p"))
    assert (run is None) == bool(found)
    return found


def test_a_kept_result_comes_back_whole(kept: Site) -> None:
    assert Cache(kept.config).lookup(kept.script("p")) == (a_run(kept), [])


def test_a_page_without_a_result_has_never_run(kept: Site) -> None:
    kept.page("q", "x = 1")
    assert Cache(kept.config).lookup(kept.script("q")) == (None, ["never run"])
    assert Cache(kept.config).latest("q") is None


def test_a_change_makes_a_result_stale_and_is_named(kept: Site) -> None:
    before = a_run(kept)
    kept.page("p", "#| values: {x: x}\nx = 2")
    kept.write("helper.py", "# KNOB, and more")
    assert reasons(kept, KNOB="1") == ["code", "env KNOB", "helper.py"]
    assert Cache(kept.config).latest("p") == before


def test_a_result_is_fresh_where_its_variables_are_the_same(kept: Site) -> None:
    assert reasons(kept, OTHER="1") == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:-20],
        lambda whole: whole.replace(b"[1, 0.1]", b"[1, 0.2]"),
        lambda whole: b"",
        lambda whole: os.urandom(500),
        lambda whole: b"null",
        lambda whole: whole.partition(b"\n")[2],
        lambda whole: whole.replace(b"regen 2", b"regen 1"),
    ],
    ids=["truncated", "edited", "empty", "garbage", "no entry", "no checksum", "other format"],
)
def test_a_damaged_entry_counts_as_absent(kept: Site, damage: Callable[[bytes], bytes]) -> None:
    (name,) = kept.entries("p")
    path = kept.root / ".regen/p" / name
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert path.read_bytes() != whole
    assert reasons(kept) == [f"damaged entry {name}"]
    assert Cache(kept.config).latest("p") is None
    Cache(kept.config).save(a_run(kept))
    assert path.read_bytes() == whole, "it is replaced"


def test_going_back_finds_the_earlier_result(kept: Site) -> None:
    first = a_run(kept)
    kept.write("helper.py", "# KNOB, changed")
    second = replace(a_run(kept), provenance={"seconds": "2.0"})
    Cache(kept.config).save(second)
    assert Cache(kept.config).lookup(kept.script("p")) == (second, [])
    kept.write("helper.py", "# KNOB")
    assert Cache(kept.config).lookup(kept.script("p")) == (first, [])


def test_the_reasons_are_those_of_the_nearest_result(kept: Site) -> None:
    seeded = a_run(kept).dependencies | {"env KNOB": "another seed"}
    Cache(kept.config).save(replace(a_run(kept), dependencies=seeded))
    kept.page("p", "#| values: {x: x}\nx = 2")
    assert reasons(kept) == ["code"]


def test_only_the_newest_results_are_kept(kept: Site) -> None:
    for number in range(KEEP + 3):
        kept.write("helper.py", f"# KNOB {number}")
        Cache(kept.config).save(a_run(kept))
    assert len(kept.entries("p")) == KEEP
    assert reasons(kept) == []
    kept.write("helper.py", "# KNOB 0")
    assert reasons(kept) == ["helper.py"]


def test_where_nothing_can_be_written_it_is_said_once(
    kept: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(cache_module, "write_whole", full)
    cache = Cache(kept.config)
    cache.save(a_run(kept))
    cache.save(a_run(kept))
    said = capsys.readouterr().err
    assert said.count("regen: no result is kept, so pages run again next time: no space left") == 1


def test_a_failed_write_loses_no_earlier_result(
    kept: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    before = kept.entries("p")
    with monkeypatch.context() as context:
        context.setattr(os, "replace", full)
        kept.page("p", "#| values: {x: x}\nx = 2")
        Cache(kept.config).save(a_run(kept))
    kept.page("p", "#| values: {x: x}\nx = 1")
    assert kept.entries("p") == before
    assert reasons(kept) == []
