import json

import pytest
from nbformat.v4 import new_output

from regen.cli import main
from regen.store import CellRun, Run, Store

RUN = Run("a", [CellRun([new_output("stream", text="loss 0.5\n")])], [], {"seconds": "3.0", "date": "today"})


def regen(site, capsys, *arguments):
    """The exit status of a command and what it printed."""
    code = main(["--root", str(site.root), *arguments])
    return (code, *capsys.readouterr())


def test_status_tells_what_is_fresh_and_what_is_stale_and_why(site, capsys):
    for name in "abc":
        site.page(name, "\nprint('loss 0.5')")
    Store(site.config).save(site.tutorial("a"), RUN)
    Store(site.config).save(site.tutorial("b"), Run("b", RUN.cells, [], {**RUN.provenance, "device": "one CPU"}))
    site.page("b", "\nprint('loss 0.4')")
    said = "a: fresh\n    ran for 3.0 s on an unnamed device, today\n"
    stale = "b: stale (changed: code)\n    ran for 3.0 s on one CPU, today\nc: stale (never run)\n"
    assert regen(site, capsys, "status") == (0, said + stale, "")
    assert regen(site, capsys, "status", "c") == (0, "c: stale (never run)\n", "")
    assert not site.entries("c")


def test_run_check_and_record_of_fresh_pages_run_nothing_and_tell_by_their_exit_status(site, capsys, monkeypatch):
    monkeypatch.setattr("regen.runner._run_all", None)  # nothing may run
    page = 'tol={"loss": "abs 0.25"}\nprint("loss 0.5")'
    site.page("a", page)
    Store(site.config).save(site.tutorial("a"), RUN)
    assert regen(site, capsys, "run") == (0, "", "")
    code, out, _ = regen(site, capsys, "check")
    assert code == 1 and out.endswith("a: DIFFERS from the record (1)\n") and "run `regen record`" in out
    code, out, _ = regen(site, capsys, "record", "a")
    assert code == 0 and out.startswith("a: recorded\n") and "loss 0.5" in out
    assert regen(site, capsys, "check") == (0, "a: as recorded (1 lines, 0 values)\n", "")
    for now, code in (("loss 0.7", 0), ("loss 0.8", 1), ("loss 0.75", 1), ("cost 0.5 loss 0.5", 1)):
        cells = [CellRun([new_output("stream", text=now)])]
        Store(site.config).save(site.tutorial("a"), Run("a", cells, [], RUN.provenance))
        assert regen(site, capsys, "check")[0] == code, now
    assert json.loads(site.config.record_path("a").read_text())["cells"] == [{"text": ["loss 0.5"], "values": {}}]


def test_check_names_records_that_belong_to_no_page(site, capsys):
    site.page("a", "\nprint('loss 0.5')")
    Store(site.config).save(site.tutorial("a"), RUN)
    assert regen(site, capsys, "record")[0] == 0
    assert regen(site, capsys, "check")[0] == 0
    for name in ("a.short", "b"):
        path = site.write(f"tutorials/records/{name}.json", "{}")
        code, out, _ = regen(site, capsys, "check", "a")
        assert code == 1 and f"{path}: no page is named {name}. Delete this record" in out
        path.unlink()


def test_record_runs_a_page_once_more_per_seed_where_a_tolerance_asks_for_it(site, capsys):
    site.settings('seed_env = "SEED"\nseeds = [2, 3]\nenv = ["SEED"]')
    site.page(
        "trained",
        'values={"acc": "acc"} tol={"acc": "seeds"}\nimport os\n\nacc = int(os.environ.get("SEED", 0)) / 10\nprint("acc", acc)',
    )
    code, _, err = regen(site, capsys, "record")
    assert code == 0 and "regen: seed 2" in err and "regen: seed 3" in err
    (cell,) = json.loads(site.config.record_path("trained").read_text())["cells"]
    assert cell["values"] == {"acc": 0.0} and cell["text"] == ["acc 0.0"]
    assert {0.2, 0.3} <= set(cell["spread"]["acc"]) <= {0.0, 0.2, 0.3}
    assert regen(site, capsys, "check") == (0, "trained: as recorded (1 lines, 1 values)\n", "")


def test_record_tells_of_a_tolerance_that_its_own_run_does_not_keep(site, capsys):
    site.page("a", 'tol={"loss": "within 1 2"}\nprint("loss 0.5")')
    Store(site.config).save(site.tutorial("a"), RUN)
    code, out, _ = regen(site, capsys, "record")
    assert code == 1 and "the new record does not hold for its own run: fix the tolerance or the page" in out


@pytest.mark.parametrize(
    ("settings", "page", "arguments", "message"),
    [
        ("", "\nx = 1", ("run", "b"), "no page named b. Pages are: a."),
        ("", "\nx = 1", ("check", "a", "tutorials/a.py"), "no page named tutorials/a.py. Pages are: a."),
        (
            "colour = 1",
            "\nx = 1",
            ("run",),
            "pyproject.toml: [tool.regen]: unknown key colour. Known are: tutorials, records,",
        ),
        (
            "jobs = '2'",
            "\nx = 1",
            ("run",),
            "pyproject.toml: [tool.regen]: jobs = '2' is not understood. Expected int.",
        ),
        ("jobs = true", "\nx = 1", ("run",), "[tool.regen]: jobs = True is not understood. Expected int."),
        ("packages = 'a'", "\nx = 1", ("run",), "[tool.regen]: packages = 'a' is not understood. Expected list[str]."),
        ("root = 'a'", "\nx = 1", ("run",), "[tool.regen]: unknown key root."),
        (
            "kernel_env = { THREADS = 1 }",
            "\nx = 1",
            ("status",),
            "[tool.regen]: kernel_env = {'THREADS': 1} is not understood. Expected dict[str, str].",
        ),
        ("data = [1]", "\nx = 1", ("status",), "[tool.regen]: data = [1] is not understood. Expected list[str]."),
        ("jobs = 0", "\nx = 1", ("status",), "[tool.regen]: jobs = 0: expected 1 or more."),
        ("jobs =", "\nx = 1", ("run",), "pyproject.toml: not valid TOML: "),
        ("data = ['/etc/*']", "\nx = 1", ("run",), "data = '/etc/*': expected a pattern relative to this folder."),
        ("data = ['']", "\nx = 1", ("run",), "data = '': expected a pattern relative to this folder."),
    ],
)
def test_wrong_input_ends_with_status_2_and_says_what_is_wrong(site, capsys, settings, page, arguments, message):
    site.page("a", page)
    site.settings(settings)
    code, out, err = regen(site, capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("regen: ") and message in err


def test_a_folder_without_settings_and_a_command_that_does_not_exist_are_told(tmp_path, capsys):
    assert main(["--root", str(tmp_path), "run"]) == 2
    assert f"{tmp_path}/pyproject.toml: not found. Run regen in the folder" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["walk"])
    assert "invalid choice: 'walk'" in capsys.readouterr().err


def test_a_page_with_a_mistake_does_not_keep_the_others_from_being_checked(site, capsys):
    page = "\nprint('loss 0.5')"
    site.page("a", page)
    Store(site.config).save(site.tutorial("a"), RUN)
    assert regen(site, capsys, "record", "a")[0] == 0
    for name, cell in (("b", "valus=1\nx = 1"), ("z", "[raw]\nx")):
        site.page(name, cell)
    site.write("tutorials/helper.py", "x = 1\n")
    site.page("deep/a", page)
    site.write("tutorials/_helper.py", "x = 1\n")
    (site.root / "tutorials/.#a.py").symlink_to("me@host.1:2")
    for command, said in (("check", "a: as recorded (1 lines, 0 values)\n"), ("record", "a: unchanged\n")):
        code, out, err = regen(site, capsys, command)
        assert (code, out) == (1, said)
        for message in (
            "b.py:5: the cell's header: unknown key valus",
            "deep/a.py: a page named a exists already",
            "helper.py:1: no front matter",
            "z.py:5: a cell of kind [raw]",
        ):
            assert message in err
        assert "_helper" not in err and ".#a" not in err
    assert regen(site, capsys, "status")[1].startswith("a: fresh")


def test_no_page_and_a_record_in_ci_are_wrong_input(site, capsys, monkeypatch):
    code, _, err = regen(site, capsys, "check")
    assert code == 2 and "tutorials: no page found. Set `tutorials` in [tool.regen]" in err
    site.page("a", "\nprint('loss 0.5')")
    Store(site.config).save(site.tutorial("a"), RUN)
    monkeypatch.setenv("CI", "true")
    code, _, err = regen(site, capsys, "record")
    assert code == 2 and err.startswith("regen: record: not in CI, where a difference must stay red.")
    assert not site.config.record_path("a").exists()
    monkeypatch.setenv("CI", "false")
    assert regen(site, capsys, "record")[0] == 0


def test_a_record_that_cannot_be_written_does_not_stop_the_others(site, capsys):
    for name in "ab":
        site.page(name, "\nprint('loss 0.5')")
        Store(site.config).save(site.tutorial(name), Run(name, RUN.cells, [], RUN.provenance))
    site.config.record_path("a").mkdir(parents=True)
    code, out, err = regen(site, capsys, "record")
    assert code == 1 and err.startswith("a: not recorded: ") and "b: recorded" in out
    assert site.config.record_path("b").is_file()


def test_a_letter_that_the_terminal_lacks_ends_nothing(site):
    for name in "ab":
        site.page(name, "\nprint('0 \u2192 1')")
    assert site.regen("record", PYTHONIOENCODING="cp1252") == 0, site.log()
    assert "a: recorded" in site.log() and "b: recorded" in site.log()
    assert "\u2192" in site.config.record_path("a").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[tool.regn]\n", "no table [tool.regen]. Add one; it may be empty."),
        (b"tool = 5\n", "no table [tool.regen]"),
        (b"[tool]\nregen = 5\n", "no table [tool.regen]"),
        (b"# \xe9\n", "not UTF-8: "),
        (None, "cannot be read: "),
    ],
)
def test_settings_that_cannot_be_read_are_told(site, capsys, content, message):
    site.page("a", "\nx = 1")
    path = site.root / "pyproject.toml"
    path.unlink()
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    code, _, err = regen(site, capsys, "check")
    assert code == 2 and f"pyproject.toml: {message}" in err
