from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from nbformat.v4 import new_output

from regen.cli import main
from regen.execution.cache import Cache
from regen.execution.fingerprint import declared, digest
from regen.execution.results import CellRun, Run

if TYPE_CHECKING:
    from conftest import Site

PAGE = 'print("loss 0.5")'
SEEDS = 'seed_env = "SEED"\nseeds = [1, 2]'


@pytest.fixture
def regen(site: Site, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command in the site; gives its exit status and what it printed."""

    def command(*arguments: str) -> tuple[int, str, str]:
        code = main(["--root", str(site.root), *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return command


def keep(site: Site, name: str, text: str = "loss 0.5\n", seed: str = "", **parts: Any) -> None:
    """Keep a result of a page of one cell, so that it need not run."""
    env = {**os.environ}
    if seed:
        env["SEED"] = seed
    found = declared(site.script(name), site.config, env)
    helper = site.root / "helper.py"
    if helper.exists():
        found["helper.py"] = digest(helper)
    provenance = {"seconds": "3.0", "date": "today"}
    cells = [CellRun([new_output("stream", text=text)], **parts)]
    Cache(site.config, env).save(Run(name, cells, found, provenance))


def cells_on_record(site: Site, name: str) -> list[dict[str, Any]]:
    record = json.loads(site.config.record_path(name).read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = record["cells"]
    return found


@pytest.fixture
def recorded(site: Site, regen: Any) -> Site:
    """A site with a page `a` that is as recorded."""
    site.page("a", PAGE)
    keep(site, "a")
    assert regen("record")[0] == 0
    return site


# --- status ---


def test_status_says_what_is_fresh_and_why_not(site: Site, regen: Any) -> None:
    site.write("helper.py", "x = 1")
    for name in "abc":
        site.page(name, PAGE)
    keep(site, "a")
    keep(site, "b")
    site.page("b", 'print("loss 0.4")')
    assert regen("status") == (
        0,
        "a: fresh\n    ran for 3.0 s on an unnamed device, today\n"
        "b: stale: code\n    ran for 3.0 s on an unnamed device, today\n"
        "c: stale: never run\n",
        "",
    )


def test_status_names_the_file_that_changed(site: Site, regen: Any) -> None:
    site.write("helper.py", "x = 1")
    site.page("a", PAGE)
    keep(site, "a")
    site.write("helper.py", "x = 2")
    assert regen("status", "a")[1].startswith("a: stale: helper.py\n")


# --- check ---


def test_fresh_pages_run_nothing(site: Site, regen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("regen.execution.runner._run_all", None)
    site.page("a", PAGE)
    keep(site, "a")
    assert regen("run") == (0, "", "")
    assert regen("record")[0] == 0
    assert regen("check") == (0, "a: as recorded (1 lines, 0 values)\n", "")


def test_a_page_without_a_record_fails_the_check(site: Site, regen: Any) -> None:
    site.page("a", PAGE)
    keep(site, "a")
    code, out, _ = regen("check")
    assert code == 1
    assert "not recorded" in out and "run `regen record`" in out
    assert out.endswith("a: DIFFERS from the record (1)\n")


def test_a_difference_fails_the_check(recorded: Site, regen: Any) -> None:
    keep(recorded, "a", "loss 0.6\n")
    code, out, _ = regen("check")
    assert code == 1
    assert "    recorded   loss 0.5\n    now        loss 0.6\n    tolerance  exact\n" in out


def test_a_tolerance_widened_fails_the_check(recorded: Site, regen: Any) -> None:
    recorded.page("a", "#| tolerance: abs 1e9\n" + PAGE)
    code, out, _ = regen("check")
    assert code == 1 and "tolerance of default" in out and "abs 1e9" in out


@pytest.mark.parametrize("name", ["a.full", "b"])
def test_a_record_without_a_page_fails_the_check(recorded: Site, regen: Any, name: str) -> None:
    path = recorded.write(f"tutorials/records/{name}.json", "{}")
    code, out, _ = regen("check", "a")
    assert code == 1
    assert f"{path}: the record of no page. Delete this record" in out


def test_a_damaged_record_hides_no_other_page(recorded: Site, regen: Any) -> None:
    recorded.page("b", PAGE)
    keep(recorded, "b")
    recorded.write("tutorials/records/b.json", "{")
    code, out, _ = regen("check")
    assert code == 1
    assert "a: as recorded" in out and "b.json: not a record" in out


def test_a_fault_of_the_comparison_hides_no_other_page(
    recorded: Site, regen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded.page("b", PAGE)
    keep(recorded, "b")
    assert regen("record")[0] == 0

    def compare(script: Any, run: Run, record: Any) -> list[Any]:
        if script.name == "a":
            raise ZeroDivisionError("at once")
        return []

    monkeypatch.setattr("regen.cli.compare", compare)
    code, out, _ = regen("check")
    assert code == 1
    assert "a.py: cannot be compared: ZeroDivisionError: at once" in out
    assert "b: as recorded" in out


def test_a_page_with_a_mistake_hides_no_other_page(recorded: Site, regen: Any) -> None:
    recorded.page("b", "#| valus: {x: x}\nx = 1")
    recorded.write("tutorials/c.py", "x = 1\n")
    recorded.page("deep/a", PAGE)
    for command, said in (
        ("check", "a: as recorded (1 lines, 0 values)\n"),
        ("record", "a: unchanged\n"),
    ):
        code, out, err = regen(command)
        assert (code, out) == (1, said)
        assert "b.py:6: unknown option valus" in err
        assert "c.py:1: " in err and "deep/a.py: a page named a exists already" in err


def test_a_lock_file_of_an_editor_is_no_page(recorded: Site, regen: Any) -> None:
    (recorded.root / "tutorials/.#a.py").symlink_to("me@host.1:2")
    recorded.write("tutorials/_helper.py", "x = 1\n")
    assert regen("check") == (0, "a: as recorded (1 lines, 0 values)\n", "")


# --- record ---


def test_record_says_what_is_new(site: Site, regen: Any) -> None:
    site.page("a", PAGE)
    keep(site, "a")
    code, out, _ = regen("record", "a")
    assert code == 0
    assert out.startswith("a: recorded\n") and '+    "loss 0.5"\n' in out


def test_recording_again_leaves_the_file_as_it_was(recorded: Site, regen: Any) -> None:
    path = recorded.config.record_path("a")
    before = path.stat().st_mtime_ns
    assert regen("record") == (0, "a: unchanged\n", "")
    assert path.stat().st_mtime_ns == before


def test_a_record_edited_by_hand_is_written_anew(recorded: Site, regen: Any) -> None:
    path = recorded.config.record_path("a")
    path.write_text(path.read_text().replace("loss 0.5", "loss 0.6"))
    assert regen("check")[0] == 1
    assert regen("record") == (
        0,
        'a: recorded\n--- before\n+++ after\n-    "loss 0.6"\n+    "loss 0.5"\n',
        "",
    )
    assert regen("check")[0] == 0


def test_a_provenance_edited_by_hand_is_written_anew(recorded: Site, regen: Any) -> None:
    path = recorded.config.record_path("a")
    path.write_text(path.read_text().replace('"today"', '"tomorrow"'))
    code, out, _ = regen("check")
    assert code == 1 and "edited by hand" in out
    assert regen("record")[0] == 0
    assert regen("check")[0] == 0


def test_record_refuses_what_cannot_be_recorded(recorded: Site, regen: Any) -> None:
    before = recorded.config.record_path("a").read_text()
    keep(recorded, "a", "loss nan\n")
    code, out, err = regen("record")
    assert (code, out) == (1, "")
    assert err.startswith("a: not recorded: ") and "a.py:5: prints nan" in err
    assert recorded.config.record_path("a").read_text() == before


def test_a_run_that_breaks_its_own_tolerance_is_not_recorded(site: Site, regen: Any) -> None:
    site.page("a", "#| tolerance: {loss: within 1 2 because it was so}\n" + PAGE)
    keep(site, "a")
    code, _, err = regen("record")
    assert code == 1 and "its own run would differ from the new record" in err
    assert not site.config.record_path("a").exists()


def test_record_is_refused_in_ci(
    recorded: Site, regen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(recorded, "a", "loss 0.6\n")
    before = recorded.config.record_path("a").read_text()
    monkeypatch.setenv("CI", "true")
    for arguments in (("record",), ("record", "--spread-holds", "names were changed", "a")):
        code, _, err = regen(*arguments)
        assert code == 2
        assert err.startswith("regen: record: not in CI, where a difference must stay red.")
    assert recorded.config.record_path("a").read_text() == before
    monkeypatch.setenv("CI", "false")
    assert regen("record")[0] == 0


def test_a_record_that_cannot_be_written_stops_no_other(site: Site, regen: Any) -> None:
    for name in "ab":
        site.page(name, PAGE)
        keep(site, name)
    site.config.record_path("a").mkdir(parents=True)
    code, out, err = regen("record")
    assert code == 1 and err.startswith("a: not recorded: ") and "b: recorded" in out
    assert site.config.record_path("b").is_file()


def test_what_changed_during_the_run_is_not_recorded(site: Site, regen: Any) -> None:
    site.write("helper.py", "x = 1")
    site.page("a", 'import helper\n\nwith open("helper.py", "a") as file:\n    file.write("0")')
    code, _, complaint = regen("record")
    assert code == 1
    assert "a: not recorded: helper.py changed while its runs were made" in complaint
    assert not site.config.record_path("a").exists()


def test_record_is_refused_with_another_seed(
    regen: Any, recorded: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded.settings(SEEDS)
    monkeypatch.setenv("SEED", "7")
    before = recorded.config.record_path("a").read_bytes()
    code, _, complaint = regen("record")
    assert code == 2
    assert complaint.startswith("regen: record: SEED is set, ")
    assert recorded.config.record_path("a").read_bytes() == before


@pytest.mark.parametrize("redirected", ["2>/dev/full", "2>&-"])
def test_pages_run_where_no_message_can_be_written(site: Site, redirected: str) -> None:
    site.page("a", PAGE)
    code = "from regen.cli import main; raise SystemExit(main(['run']))"
    assert site.start("sh", "-c", f'{sys.executable} -c "{code}" {redirected}').wait(90) == 0
    assert len(site.entries("a")) == 1


def test_a_full_disk_leaves_the_old_record(
    recorded: Site, regen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = recorded.config.record_path("a").read_bytes()
    keep(recorded, "a", "loss 0.6\n")

    def replace(source: str, target: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("regen.files.os.replace", replace)
    code, _, err = regen("record")
    assert code == 1 and "a: not recorded: " in err and "No space left" in err
    folder = recorded.config.record_path("a").parent
    assert [path.name for path in folder.iterdir()] == ["a.json"]
    assert recorded.config.record_path("a").read_bytes() == before


def test_output_that_cannot_be_printed_loses_no_record(site: Site) -> None:
    for name in "ab":
        site.page(name, PAGE)
        keep(site, name)
    command = [sys.executable, "-c", "import sys; from regen.cli import main; sys.exit(main())"]
    with open("/dev/full", "w") as full:
        done = subprocess.run([*command, "record"], cwd=site.root, stdout=full)
    assert done.returncode == 0
    assert site.config.record_path("a").is_file() and site.config.record_path("b").is_file()


def test_a_letter_that_the_terminal_lacks_ends_nothing(site: Site) -> None:
    for name in "ab":
        site.page(name, 'print("0 \u2192 1")')
    assert site.regen("record", PYTHONIOENCODING="cp1252") == 0, site.log()
    assert "a: recorded" in site.log() and "b: recorded" in site.log()
    assert "\u2192" in site.config.record_path("a").read_text(encoding="utf-8")


# --- Seeds and claims ---


TRAINED = """#| values: {acc: acc}
#| claims: {good: acc > 0.8}
#| tolerance: {acc: seeds}
import os

import helper

acc = 0.9 + int(os.environ.get("SEED") or 0) / 100
print(f"acc {acc:.2f}")"""


def keep_trained(site: Site, *accuracies: float) -> None:
    """Keep the results of the page `t`: with no seed, with seed 1, with seed 2."""
    site.settings(SEEDS)
    site.write("helper.py", "rate = 0.1\n")
    site.page("t", TRAINED)
    for seed, acc in zip(("", "1", "2"), accuracies, strict=False):
        claims = {"good": acc > 0.8}
        keep(site, "t", f"acc {acc:.2f}\n", seed, values={"acc": acc}, claims=claims)


@pytest.fixture
def trained(site: Site, regen: Any, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site with a page `t` that imports `helper` and is recorded with its seeds."""
    monkeypatch.setattr("regen.execution.runner._run_all", None)
    keep_trained(site, 0.9, 0.91, 0.92)
    assert regen("record")[0] == 0
    return site


def test_record_runs_a_page_with_all_seeds(site: Site) -> None:
    site.settings(SEEDS)
    site.write("helper.py", "rate = 0.1\n")
    site.page("t", TRAINED)
    assert site.regen("record") == 0, site.log()
    assert "regen: seed 1" in site.log() and "regen: seed 2" in site.log()
    (cell,) = cells_on_record(site, "t")
    assert cell["spread"] == {"acc": [0.9, 0.91, 0.92]} and cell["text"] == ["acc 0.90"]
    record = json.loads(site.config.record_path("t").read_text())
    assert list(record["spread_code"]) == ["code", "helper.py"]
    assert site.regen("check", "--strict") == 0, site.log()


def test_pages_that_are_exact_run_no_seeds(site: Site, regen: Any) -> None:
    site.settings(SEEDS)
    site.page("a", f"# whatever SEED is\n{PAGE}")
    keep(site, "a")
    code, _, err = regen("record")
    assert (code, err) == (0, "")


def test_a_claim_that_is_false_with_a_seed_is_not_recorded(site: Site, regen: Any) -> None:
    keep_trained(site, 0.9, 0.91, 0.7)
    code, _, err = regen("record")
    assert code == 1 and "claim good: acc > 0.8: false with seed 2" in err
    assert not site.config.record_path("t").exists()


def test_a_page_whose_seed_fails_is_not_recorded(
    site: Site, regen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from regen import cli
    from regen.errors import RegenError

    keep_trained(site, 0.9, 0.91, 0.92)
    real = cli.run_pages

    def run_pages(scripts: Any, config: Any, env: Any) -> Any:
        if env.get("SEED") == "1":
            return {script.name: RegenError("t: cell 1: ZeroDivisionError") for script in scripts}
        return real(scripts, config, env=env)

    monkeypatch.setattr(cli, "run_pages", run_pages)
    code, _, err = regen("record")
    assert code == 1
    assert "ZeroDivisionError" in err and "t: not recorded: its run with seed 1 failed." in err
    assert not site.config.record_path("t").exists()


def test_a_claim_that_fails_fails_the_check_with_its_sentence(trained: Site, regen: Any) -> None:
    trained.page("t", TRAINED, "[markdown]\n# So [[good? it reads most digits]].")
    keep(trained, "t", "acc 0.90\n", values={"acc": 0.9}, claims={"good": False})
    code, out, _ = regen("check")
    assert code == 1 and "claim good" in out and '"it reads most digits"' in out


def test_a_stale_spread_is_a_warning(trained: Site, regen: Any) -> None:
    trained.write("helper.py", "rate = 0.2\n")
    keep(trained, "t", "acc 0.90\n", values={"acc": 0.9}, claims={"good": True})
    code, out, _ = regen("check")
    assert code == 0 and "t: as recorded" in out
    assert "t: WARNING: the spread over the seeds is that of older code." in out
    assert "Changed since: helper.py." in out and "--spread-holds" in out


def test_a_stale_spread_fails_the_strict_check(trained: Site, regen: Any) -> None:
    assert regen("check", "--strict")[0] == 0
    trained.write("helper.py", "rate = 0.2\n")
    keep(trained, "t", "acc 0.90\n", values={"acc": 0.9}, claims={"good": True})
    code, out, _ = regen("check", "--strict")
    assert code == 1 and "WARNING" in out


def test_a_reason_lets_an_old_spread_hold(trained: Site, regen: Any) -> None:
    trained.write("helper.py", "rate = 0.2\n")
    keep(trained, "t", "acc 0.90\n", values={"acc": 0.9}, claims={"good": True})
    code, out, err = regen("record", "--spread-holds", "the rate is not used", "t")
    assert code == 0 and "regen: seed" not in err
    assert '+  "reason": "the rate is not used",' in out
    assert regen("check", "--strict")[0] == 0
    assert cells_on_record(trained, "t")[0]["spread"] == {"acc": [0.9, 0.91, 0.92]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("", "t"), "--spread-holds: '': expected at least three words"),
        (("still holds", "t"), "--spread-holds: 'still holds': expected at least three words"),
        (("the rate is not used",), "--spread-holds: no page named."),
        (("the rate is not used", "x"), "no page named x. Pages are: t."),
    ],
)
def test_a_reason_needs_words_and_a_page(
    trained: Site, regen: Any, arguments: tuple[str, ...], message: str
) -> None:
    code, _, err = regen("record", "--spread-holds", *arguments)
    assert code == 2 and message in err


def test_a_spread_that_is_not_stale_needs_no_reason(trained: Site, regen: Any) -> None:
    before = trained.config.record_path("t").read_text()
    code, _, err = regen("record", "--spread-holds", "the rate is not used", "t")
    assert code == 1 and "no code behind its spread has changed" in err
    assert trained.config.record_path("t").read_text() == before


def test_no_reason_holds_for_a_page_that_differs(trained: Site, regen: Any) -> None:
    trained.write("helper.py", "rate = 0.2\n")
    keep(trained, "t", "acc 0.10\n", values={"acc": 0.1}, claims={"good": True})
    before = trained.config.record_path("t").read_text()
    code, _, err = regen("record", "--spread-holds", "the rate is not used", "t")
    assert code == 1 and "the page differs from its record" in err
    assert trained.config.record_path("t").read_text() == before


def test_a_new_file_needs_no_seeds(trained: Site, regen: Any) -> None:
    spread = cells_on_record(trained, "t")[0]["spread"]
    file = (
        '#| files: {a.txt: str(acc)}\n#| tolerance: {acc: seeds, a.txt: "length because so it is"}'
    )
    trained.page("t", TRAINED.replace("#| tolerance: {acc: seeds}", file))
    files = {"a.txt": base64.b64encode(b"0.9").decode()}
    claims = {"good": True}
    keep(trained, "t", "acc 0.90\n", values={"acc": 0.9}, claims=claims, files=files)
    assert regen("check")[0] == 1
    code, out, err = regen("record", "--spread-holds", "a file is new", "t")
    assert code == 0 and "regen: seed" not in err and '"a.txt"' in out
    assert regen("check", "--strict")[0] == 0
    (cell,) = cells_on_record(trained, "t")
    assert cell["spread"] == spread and cell["files"]["a.txt"]["bytes"] == 3


# --- new and claims ---


def test_a_new_page_runs_and_is_recorded(site: Site) -> None:
    assert site.regen("new", "my_page") == 0
    assert "regen record my_page" in site.log()
    assert site.regen("record", "my_page") == 0, site.log()
    assert site.regen("check", "--strict") == 0, site.log()


def test_claims_lists_and_counts_sentences(site: Site, regen: Any) -> None:
    pytest.importorskip("regen.prose.comparisons")
    site.write(
        "site/index.html",
        "<html><body><article><p>It is better than before. It is red.</p></article></body></html>",
    )
    code, out, _ = regen("claims")
    assert code == 0
    assert "It is better than before." in out and "It is red." not in out
    assert out.endswith("1 sentences compare and rest on no claim\n")


# --- Wrong input ---


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "b"), "no page named b. Pages are: a."),
        (("check", "a", "tutorials/a.py"), "no page named tutorials/a.py. Pages are: a."),
        (("new", "a"), "a page named a exists already"),
    ],
)
def test_a_name_that_is_no_page_is_wrong_input(
    site: Site, regen: Any, arguments: tuple[str, ...], message: str
) -> None:
    site.page("a", PAGE)
    code, out, err = regen(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("regen: ") and message in err


@pytest.mark.parametrize("command", ["run", "status", "check", "record"])
def test_settings_that_are_wrong_are_wrong_input(site: Site, regen: Any, command: str) -> None:
    site.page("a", PAGE)
    site.settings("colour = 1")
    code, out, err = regen(command)
    assert (code, out) == (2, "")
    assert "pyproject.toml: [tool.regen]: unknown key colour. Known are: tutorials," in err


@pytest.mark.parametrize("command", ["run", "status", "check", "record"])
def test_a_site_without_pages_is_wrong_input(site: Site, regen: Any, command: str) -> None:
    site.page("a", PAGE)
    site.settings('tutorials = "tutorial"')
    code, _, err = regen(command)
    assert code == 2
    assert "tutorial: no page found. Set `tutorials` in [tool.regen]" in err


def test_a_command_that_does_not_exist_is_refused(regen: Any) -> None:
    with pytest.raises(SystemExit, match="2"):
        regen("walk")


def test_each_command_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    shown = capsys.readouterr().out
    for command in ("run", "status", "check", "record", "new", "claims", "offline"):
        assert f"    {command} " in shown
