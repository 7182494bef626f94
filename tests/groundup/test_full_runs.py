import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from groundup import full_runs as module
from groundup.data import Digits
from groundup.experiments import EXPERIMENTS
from groundup.full_runs import FullRun, add, full_runs, missing, run, summarize
from groundup.loops import fit

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
    monkeypatch.setattr(module, "load_mnist", lambda device: few)
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
    assert again.seconds > 0 and len(again.accuracies) == 3 and again.steps == "written out"


def test_committed_file_holds_each_run_once_to_its_last_epoch() -> None:
    runs = full_runs()
    assert len({(run.row, run.seed) for run in runs}) == len(runs)
    for run_ in runs:
        assert (
            len(run_.accuracies) == len(run_.losses) == module.ROWS.get(run_.row, module.QUICK.get(run_.row)).epochs
        ), (run_.row, run_.seed)
        assert all(0 < accuracy < 1 for accuracy in run_.accuracies)
        assert run_.commit != "unknown" and not run_.commit.endswith("dirty")
