import os
from dataclasses import replace

import pytest
from nbformat.v4 import new_output

from regen import store as store_module
from regen.runner import run_pages
from regen.store import KEEP, CellRun, Run, Store, write_whole

RUN = Run(
    "p",
    [CellRun([new_output("stream", text="é\n")], {"x": [1, 0.1]}, {"x": "Book"})],
    ["lib", "lib.sub.used"],
    {"seconds": "1.0"},
)


@pytest.fixture
def kept(site):
    """A site with one page, a result of which is kept."""
    site.settings('packages = ["lib"]\ndata = ["data/*.csv"]\nversions = ["numpy"]\nenv = ["KNOB"]')
    for module in ("__init__", "other", "sub/__init__", "sub/used"):
        site.write(f"lib/{module}.py", "")
    site.write("data/a.csv", "1")
    site.page("p", "[markdown]\n# Prose.", 'values={"x": "x"}\nx = 1')
    Store(site.config).save(site.tutorial("p"), RUN)
    return site


def verdict(site, **env):
    """What the store says of the page: "" if fresh, else why not."""
    run, reason = Store(site.config, {**os.environ, **env}).lookup(site.tutorial("p"))
    assert run == (None if reason else RUN)
    return reason


def test_a_kept_result_comes_back_whole_and_stays_fresh_where_nothing_counts(kept):
    assert verdict(kept) == ""
    kept.page("p", "[markdown]\n# Other [[p.x]].", 'values={"x": "x"} alt="A line" fold="F" tol={"x": "abs 1"}\nx = 1')
    kept.write("lib/other.py", "changed = 1")
    kept.write("data/notes.txt", "changed")
    assert verdict(kept, OTHER="changed") == ""
    assert Store(kept.config).latest("p") == RUN and Store(kept.config).latest("q") is None


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("tutorials/p.py", "x = 2", "changed: code"),
        ("tutorials/p.py", 'values={"x": "x + 1"}\nx = 1', "changed: code"),
        ("tutorials/p.py", 'values={"y": "x"}\nx = 1', "changed: code"),
        ("lib/sub/used.py", "changed = 1", "changed: lib.sub.used"),
        ("lib/__init__.py", "changed = 1", "changed: lib"),
        ("lib/sub/used.py", None, "changed: lib.sub.used"),
        ("data/a.csv", "2", "changed: data"),
        ("data/b.csv", "2", "changed: data"),
        ("pyproject.toml", '[tool.regen]\npackages = ["lib"]\ndata = ["data/*.csv"]', "changed: numpy, KNOB"),
        ("pyproject.toml", None, "changed: data, numpy, KNOB, settings"),
    ],
)
def test_what_a_run_depends_on_makes_it_stale_when_it_changes(kept, path, text, reason):
    if path == "tutorials/p.py":
        kept.page("p", text if text.startswith("values") else f'values={{"x": "x"}}\n{text}')
    elif path == "pyproject.toml" and text is None:
        kept.settings('kernel_env = { A = "1" }')
    elif text is None:
        (kept.root / path).unlink()
    else:
        kept.write(path, text)
    assert verdict(kept) == reason


def test_environment_versions_and_device_make_a_run_stale_when_they_change(kept, monkeypatch):
    assert verdict(kept, KNOB="1") == "changed: KNOB"
    with monkeypatch.context() as changed:
        changed.setattr(store_module, "device_kind", lambda: "Some GPU")
        changed.setattr(store_module, "_version", lambda package: "99")
        assert verdict(kept) == "changed: numpy, device"
    assert verdict(kept) == ""


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:-20],
        lambda whole: whole.replace(b"[1, 0.1]", b"[1, 0.2]"),
        lambda whole: b"",
        lambda whole: os.urandom(500),
        lambda whole: b"null",
        lambda whole: whole.partition(b"\n")[2],
    ],
    ids=["truncated", "edited", "empty", "garbage", "no entry", "no checksum"],
)
def test_a_damaged_entry_counts_as_absent_and_is_replaced(kept, damage):
    (name,) = kept.entries("p")
    path = kept.root / ".regen/p" / name
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert path.read_bytes() != whole
    assert verdict(kept) == f"damaged entry {name}"
    assert Store(kept.config).latest("p") is None
    Store(kept.config).save(kept.tutorial("p"), RUN)
    assert verdict(kept) == "" and path.read_bytes() == whole


def test_going_back_finds_the_earlier_result_and_only_the_newest_are_kept(kept):
    runs = [replace(RUN, provenance={"seconds": str(number)}) for number in range(KEEP + 3)]
    for number, run in enumerate(runs):
        kept.page("p", f'values={{"x": "x"}}\nx = {number}')
        Store(kept.config).save(kept.tutorial("p"), run)
    assert len(kept.entries("p")) == KEEP
    assert Store(kept.config).latest("p") == runs[-1]
    assert Store(kept.config).lookup(kept.tutorial("p")) == (runs[-1], "")
    kept.page("p", 'values={"x": "x"}\nx = 5')
    assert Store(kept.config).lookup(kept.tutorial("p")) == (runs[5], "")
    kept.page("p", 'values={"x": "x"}\nx = 0')
    assert Store(kept.config).lookup(kept.tutorial("p")) == (None, "changed: code")


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "deep" / "file"
    write_whole(path, "old")
    assert path.read_text() == "old" and path.stat().st_mode & 0o777 == 0o644

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space left"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert not list(path.parent.glob("*.json"))


def test_a_module_edited_while_the_page_runs_leaves_no_result_that_counts_as_fresh(site):
    site.settings('packages = ["mid"]')
    edited = site.write("mid.py", "x = 1\n")
    site.page("p", f'values={{"x": "mid.x"}}\nimport mid\n\nopen({str(edited)!r}, "w").write("x = 2")')
    assert run_pages([site.tutorial("p")], site.config)["p"].values == {"x": 1}
    fresh, reason = Store(site.config).lookup(site.tutorial("p"))
    assert fresh is None, "the result of the module before the edit would be shown for the one after it"
    assert reason


def test_a_result_that_cannot_be_kept_counts_all_the_same(site, capsys):
    site.page("p", 'values={"x": "x"}\nx = 1')
    site.write(".regen", "a file where the folder should be, as in a checkout that cannot be written to")
    assert run_pages([site.tutorial("p")], site.config)["p"].values == {"x": 1}
    assert "regen: p: the result is not kept, so it runs again next time: " in capsys.readouterr().err
