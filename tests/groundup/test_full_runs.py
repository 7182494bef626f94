import math
import subprocess
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev

import pytest
import torch

from groundup import full_runs as module
from groundup.data import Digits
from groundup.experiments import EXPERIMENTS
from groundup.full_runs import FullRun, add, describe, full_runs, missing, run, summarize
from groundup.loops import fit
from groundup.quick import INGREDIENTS, KEPT, PLAIN

Both = tuple[Digits, Digits]
RUN = FullRun(
    row="dense",
    seed=0,
    accuracies=[0.95, 0.97],
    losses=[0.02, 0.01],
    seconds=1.5,
    device="CPU",
    steps="written out",
    threads="1",
    torch="2",
    python="3",
    commit="abc",
    date="2026-01-01",
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty record of full runs, with states kept beside it."""
    monkeypatch.setattr(module, "FILE", tmp_path / "full_runs.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "full_runs.json"


def test_runs_come_back_in_the_order_of_rows_and_seeds_and_a_repeated_one_replaces_the_first(file: Path) -> None:
    assert full_runs() == []
    for seed, row in [(1, "dense"), (0, "classifier"), (0, "dense"), (0, "ReLU")]:
        add(replace(RUN, row=row, seed=seed))
    add(replace(RUN, seconds=9.0))
    assert [(run.row, run.seed, run.seconds) for run in full_runs()] == [
        ("dense", 0, 9.0),
        ("dense", 1, 1.5),
        ("ReLU", 0, 1.5),
        ("classifier", 0, 1.5),
    ]
    assert full_runs("ReLU") == [replace(RUN, row="ReLU")]
    assert len(file.read_text().splitlines()) == 2 + 4  # a line for each run: differences are easy to read


def test_summary_holds_ours_against_the_reported(file: Path) -> None:
    for seed, accuracy in enumerate([0.97, 0.98, 0.99]):
        add(replace(RUN, seed=seed, accuracies=[0.5, accuracy]))
    found = summarize("dense")
    assert (found.seeds, found.lowest, found.highest, found.reported, found.within) == (3, 0.97, 0.99, 0.9758, True)
    assert found.mean == pytest.approx(0.98)
    assert found.std == pytest.approx(0.01)
    assert not replace(found, reported=0.9901).within


def test_runs_are_described_by_where_they_come_from() -> None:
    runs = [RUN, replace(RUN, seed=1, commit="def")]
    assert describe(runs) == "2 runs on CPU, 1 thread(s), PyTorch 2, 2026-01-01, commit abc, def"


def test_a_single_run_has_no_standard_deviation(file: Path) -> None:
    add(RUN)
    assert math.isnan(summarize("dense").std)


def test_a_row_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(ValueError, match=r"no row 'sparse'.*dense"):
        full_runs("sparse")
    with pytest.raises(ValueError, match=r"no full run of 'ReLU' is on record.*--rows 'ReLU'"):
        summarize("ReLU")


def test_missing_runs_come_seed_by_seed_the_longest_rows_first(file: Path) -> None:
    add(RUN)
    found = list(missing(["dense", "dropout", "ReLU", "extended data"], range(2)))
    assert found[:4] == [("dropout", 0), ("extended data", 0), ("ReLU", 0), ("dropout", 1)]
    assert found[-1] == ("dense", 1) and len(found) == 7
    assert len(list(missing(["dense"], None))) == 31


def test_an_interrupted_run_goes_on_and_ends_as_one_that_was_not(
    file: Path, few: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = replace(EXPERIMENTS["dropout"], epochs=3, extended=False)
    monkeypatch.setattr(module, "ROWS", {"dropout": experiment})
    monkeypatch.setattr(module, "load_mnist", lambda device: tuple(each.to(device) for each in few))
    whole = run("dropout", 2)
    (file.parent / ".full_runs" / "dropout 2.pt").unlink()

    def stops_after_two(*args: object, report: object, **kwargs: object) -> None:
        def stopping(epoch: object) -> None:
            report(epoch)  # type: ignore[operator]
            if epoch.number == 2:  # type: ignore[attr-defined]
                raise KeyboardInterrupt

        fit(*args, report=stopping, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "fit", stops_after_two)
    with pytest.raises(KeyboardInterrupt):
        run("dropout", 2)
    torch.manual_seed(99)  # whatever else happens to the random numbers in between
    monkeypatch.setattr(module, "fit", fit)
    again = run("dropout", 2)
    assert (again.accuracies, again.losses) == (whole.accuracies, whole.losses)
    assert again.seconds > 0 and len(again.accuracies) == 3 and again.steps == whole.steps


def test_a_quick_run_is_kept_like_a_full_one(file: Path, few: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUICK", {"plain": replace(PLAIN, widths=(2, 2, 2), epochs=2)})
    monkeypatch.setattr(module, "QUICK_THREADS", 1)  # what the other tests have
    monkeypatch.setattr(module, "load_mnist", lambda device: few)
    monkeypatch.setattr(module, "split", lambda train: few)
    done = module.run_quick("plain", 3)
    assert (done.row, done.seed, len(done.accuracies), done.threads) == ("plain", 3, 2, "1")
    assert done.seconds >= 0
    add(done)
    assert full_runs("plain") == [done]


def test_what_is_missing_is_run_and_kept(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add(replace(RUN, row="plain", seed=0))
    monkeypatch.setattr(module, "run_quick", lambda row, seed: replace(RUN, row=row, seed=seed, seconds=7.0))
    monkeypatch.setattr("sys.argv", ["full_runs", "--rows", "plain", "minutes", "--seeds", "2"])
    module.main()
    assert [(each.row, each.seed, each.seconds) for each in full_runs()] == [
        ("plain", 0, 1.5),
        ("plain", 1, 7.0),
        ("minutes", 0, 7.0),
        ("minutes", 1, 7.0),
    ]
    assert "3 one by one" in capsys.readouterr().out


def test_a_run_names_the_commit_and_whether_the_code_was_changed_since(file: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        command = ["git", *identity, *arguments]
        return subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=True).stdout.strip()

    assert module._commit() == "unknown"
    git("init")
    (file.parent / "code.py").write_text("1")
    add(RUN)
    git("add", ".")
    git("commit", "-m", "first")
    head = git("rev-parse", "--short", "HEAD")
    assert module._commit() == head
    add(replace(RUN, seed=1))
    assert module._commit() == head  # the file has grown, the code is the same
    (file.parent / "code.py").write_text("2")
    assert module._commit() == f"{head}-dirty"


def test_the_ingredients_that_are_kept_are_those_that_gained_more_than_two_standard_errors() -> None:
    def of(row: str) -> list[float]:
        return [each.accuracy for each in full_runs(row)]

    gains = {name: [a - b for a, b in zip(of(name), of("plain"), strict=True)] for name in INGREDIENTS}
    assert [name for name, each in gains.items() if mean(each) > 2 * stdev(each) / len(each) ** 0.5] == KEPT


def test_committed_file_holds_each_run_once_to_its_last_epoch() -> None:
    runs = full_runs()
    assert {run_.row for run_ in runs} >= {"dense", "article", "classifier", *module.QUICK}
    assert len({(run.row, run.seed) for run in runs}) == len(runs)
    for run_ in runs:
        assert (
            len(run_.accuracies) == len(run_.losses) == module.ROWS.get(run_.row, module.QUICK.get(run_.row)).epochs
        ), (run_.row, run_.seed)
        counts = [accuracy * 10_000 for accuracy in run_.accuracies]  # of ten thousand digits, in a trial as well
        assert all(0 < count < 10_000 and count == pytest.approx(round(count), abs=1e-6) for count in counts)
        assert run_.commit != "unknown" and not run_.commit.endswith("dirty")
