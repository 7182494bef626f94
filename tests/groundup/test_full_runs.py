import json
import math
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any

import pytest
import torch

from groundup import full_runs as program
from groundup import one_run as module
from groundup import runs as record
from groundup.criteria import one_hot_mse
from groundup.data import Digits
from groundup.experiments import EXPERIMENTS
from groundup.full_runs import missing
from groundup.one_run import run, run_part
from groundup.recipe import PLAIN, TRIALS
from groundup.runs import FullRun, add, checksum, describe, full_runs, merge, read_runs, summarize
from groundup.study import final_row
from groundup.train import fit, predict

Both = tuple[Digits, Digits]
RUN = FullRun(
    row="dense",
    seed=0,
    accuracies=[0.95] * 29 + [0.97],
    losses=[0.02] * 29 + [0.01],
    seconds=1.5,
    device="CPU",
    steps="written out",
    threads="1",
    torch="2.11",
    python="3.11",
    commit="abcdef0",
    date="2026-12-01",
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty record of full runs, with states kept beside it."""
    monkeypatch.setattr(record, "FILE", tmp_path / "full_runs.json")
    monkeypatch.setattr(module, "FILE", tmp_path / "full_runs.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "full_runs.json"


def of(row: str, **changes: Any) -> FullRun:
    """A run of this row, with as many epochs as the row has."""
    trained = record.ROWS[row]
    whole = {"accuracies": [0.97] * trained.epochs, "losses": [0.01] * trained.epochs}
    return replace(RUN, row=row, **{**whole, **changes})


def write(
    path: Path, runs: list[FullRun], *, stamped: bool, edit: Callable[[Any], None] | None = None
) -> Path:
    """A file of runs, of which the first was edited by hand."""
    entries = [asdict(each) for each in runs]
    if stamped:
        for entry, each in zip(entries, runs, strict=True):
            entry["checksum"] = checksum(each)
    if edit:
        edit(entries[0])
    path.write_text(json.dumps(entries))
    return path


def test_runs_come_back_by_row_and_seed(file: Path) -> None:
    assert full_runs() == []
    for seed, row in [(1, "dense"), (0, "classifier"), (0, "dense"), (0, "ReLU")]:
        add(of(row, seed=seed))
    add(of("dense", seconds=9.0))
    assert [(run.row, run.seed, run.seconds) for run in full_runs()] == [
        ("dense", 0, 9.0),
        ("dense", 1, 1.5),
        ("ReLU", 0, 1.5),
        ("classifier", 0, 1.5),
    ]
    assert full_runs("ReLU") == [of("ReLU")]
    # A line for each run: differences are easy to read.
    assert len(file.read_text().splitlines()) == 2 + 4


@pytest.mark.parametrize(
    "change", [{"device": "GPU"}, {"torch": "2.12"}, {"seed": 1}, {"row": "article"}]
)
def test_a_run_of_another_place_replaces_none(file: Path, change: dict[str, Any]) -> None:
    add(RUN)
    add(replace(RUN, **change))
    assert len(full_runs()) == 2


def test_summary_holds_ours_against_the_reported(file: Path) -> None:
    for seed, accuracy in enumerate([0.97, 0.98, 0.99]):
        add(of("dense", seed=seed, accuracies=[0.5] * 29 + [accuracy]))
    found = summarize("dense")
    assert (found.seeds, found.lowest, found.highest, found.reported, found.within) == (
        3,
        0.97,
        0.99,
        0.9758,
        True,
    )
    assert str(found) == "0.9800 ± 0.0100, 0.9700 to 0.9900, 3 runs"
    assert found.mean == pytest.approx(0.98)
    assert found.std == pytest.approx(0.01)
    assert not replace(found, reported=0.9901).within


def test_runs_are_described_by_where_they_come_from() -> None:
    runs = [RUN, replace(RUN, seed=1, commit="fedcba9")]
    assert (
        describe(runs) == "2 runs with 2 seeds on CPU, 1 thread(s), PyTorch 2.11, 2026-12-01, "
        "commit abcdef0, fedcba9"
    )
    runs = [RUN, replace(RUN, device="GPU", torch="2.12")]
    assert describe(runs).startswith(
        "2 runs with 1 seed on CPU; GPU, 1 thread(s), PyTorch 2.11, 2.12,"
    )


def test_a_summary_says_on_what_its_runs_ran(file: Path) -> None:
    add(RUN)
    add(replace(RUN, device="GPU", torch="2.12"))
    found = summarize("dense")
    assert (found.runs, found.seeds) == (2, 1)
    assert (found.devices, found.torch) == (("CPU", "GPU"), ("2.11", "2.12"))
    assert found.origin == "CPU; GPU; PyTorch 2.11, 2.12"
    assert str(found).endswith("2 runs with 1 seed")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(119.0, "119 s"), (120.0, "2 min"), (7086.2, "118 min"), (7200.0, "2.0 h")],
)
def test_a_summary_says_how_long_a_run_takes(file: Path, seconds: float, said: str) -> None:
    for seed, each in enumerate([1.0, seconds, 9999.0]):
        add(replace(RUN, seed=seed, seconds=each))
    add(replace(RUN, device="GPU", seconds=3.4))
    found = summarize("dense")
    assert found.seconds == (seconds, 3.4)
    assert found.time == f"{said} on CPU; 3 s on GPU"


def test_each_reported_figure_is_placed_by_itself(file: Path) -> None:
    for seed, accuracy in enumerate([0.97, 0.98]):
        add(of("article", seed=seed, accuracies=[accuracy] * 30))
    found = summarize("article")
    assert [found.place(figure) for figure in (0.9699, 0.97, 0.98, 0.9801)] == [
        "below",
        "within",
        "within",
        "above",
    ]


def test_a_single_run_has_no_standard_deviation(file: Path) -> None:
    add(RUN)
    found = summarize("dense")
    assert math.isnan(found.std)
    assert str(found) == "0.9700, one run"


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


def test_a_seed_from_another_device_is_missing_only_if_asked(file: Path) -> None:
    add(replace(RUN, device="GPU", torch="2.12"))
    assert list(missing(["dense"], range(1))) == []
    assert list(missing(["dense"], range(1), ("GPU", "2.12"))) == []
    assert list(missing(["dense"], range(1), ("GPU", "2.11"))) == [("dense", 0)]
    assert list(missing(["dense"], range(1), ("CPU", "2.12"))) == [("dense", 0)]


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
    assert (again.accuracies, again.losses, again.misread) == (
        whole.accuracies,
        whole.losses,
        whole.misread,
    )
    assert again.seconds > 0 and len(again.accuracies) == 3 and again.steps == whole.steps


def test_a_run_in_parts_ends_as_one_that_was_not(
    file: Path, few: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = replace(EXPERIMENTS["dropout"], epochs=3, extended=False)
    monkeypatch.setattr(module, "ROWS", {"dropout": experiment})
    monkeypatch.setattr(module, "load_mnist", lambda device: few)
    whole = run("dropout", 2)
    state = None
    done = None
    lines = []
    for _ in range(3):
        assert done is None
        part = run_part("dropout", 2, state, seconds=0)
        state = part.state
        done = part.run
        lines.append([line[:37] for line in part.lines])
        torch.manual_seed(99)  # whatever else happens to the random numbers in between
    assert lines == [[f"dropout            seed  2   epoch {n}"] for n in (" 1", " 2", " 3")]
    assert done is not None
    assert (done.accuracies, done.losses, done.misread) == (
        whole.accuracies,
        whole.losses,
        whole.misread,
    )


def test_a_part_takes_as_many_epochs_as_its_seconds(
    file: Path, few: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROWS", {"dense": replace(EXPERIMENTS["dense"], epochs=5)})
    monkeypatch.setattr(module, "load_mnist", lambda device: few)
    first = run_part("dense", 0, None, seconds=60)
    assert len(first.lines) == 1  # nobody knows how long an epoch takes
    second = run_part("dense", 0, first.state, seconds=60)
    assert (len(second.lines), second.run is None) == (4, False)
    # as after an interruption before the run was on record
    again = run_part("dense", 0, second.state, seconds=60)
    assert again.lines == [] and again.run is not None
    assert again.run.losses == second.run.losses and again.state == second.state


def test_a_run_keeps_which_digits_it_misreads(
    file: Path, few: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = replace(EXPERIMENTS["dense"], epochs=2)
    monkeypatch.setattr(module, "ROWS", {"dense": experiment})
    monkeypatch.setattr(module, "load_mnist", lambda device: few)
    done = run("dense", 0)
    model, _ = experiment.run(*few, seed=0)
    wrong = predict(model, few[1], transform=experiment.transform).argmax(dim=1) != few[1].labels
    assert done.misread == [position for position, each in enumerate(wrong.tolist()) if each]
    assert len(done.misread) == round((1 - done.accuracy) * len(few[1])) > 0


def test_a_run_goes_on_with_a_state_from_another_device_and_says_so(
    file: Path, few: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = replace(EXPERIMENTS["dense"], epochs=2)
    monkeypatch.setattr(module, "ROWS", {"dense": experiment})
    monkeypatch.setattr(module, "load_mnist", lambda device: few)
    whole = run("dense", 0)
    state = file.parent / ".full_runs" / "dense 0.pt"
    saved = torch.load(state)
    saved["devices"] = ["NVIDIA H100"]
    saved["versions"] = ["2.11.0"]
    saved["random on the GPU"] = torch.zeros(16, dtype=torch.uint8)
    torch.save(saved, state)
    again = run("dense", 0)
    assert (again.accuracies, again.misread) == (whole.accuracies, whole.misread)
    # all of its epochs were trained there
    assert (again.device, again.torch) == ("NVIDIA H100", "2.11.0")
    monkeypatch.setattr(module, "ROWS", {"dense": replace(experiment, epochs=3)})
    longer = run("dense", 0)
    assert longer.device == f"NVIDIA H100, then {whole.device}"
    assert longer.torch == f"2.11.0, then {whole.torch}"


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "another file": lambda content: b"[1, 2, 3]",
    "a byte turned": lambda content: content[:200] + bytes([content[200] ^ 255]) + content[201:],
    "a weight changed": lambda content: (
        content[: len(content) // 2] + b"\x7f\xf0\x00\xff" + content[len(content) // 2 + 4 :]
    ),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_state_is_named_and_kept(
    file: Path, few: Both, monkeypatch: pytest.MonkeyPatch, damage: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(module, "ROWS", {"dense": replace(EXPERIMENTS["dense"], epochs=1)})
    monkeypatch.setattr(module, "load_mnist", lambda device: few)
    run("dense", 0)
    state = file.parent / ".full_runs" / "dense 0.pt"
    damaged = damage(state.read_bytes())
    state.write_bytes(damaged)
    with pytest.raises(
        ValueError,
        match=r"dense 0\.pt: the state of this interrupted run cannot be read .* move it away",
    ):
        run("dense", 0)
    assert state.read_bytes() == damaged


def test_a_state_of_another_network_or_schedule_is_refused(
    file: Path, few: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROWS", {"dense": replace(EXPERIMENTS["dense"], epochs=2)})
    monkeypatch.setattr(module, "load_mnist", lambda device: few)
    run("dense", 0)
    monkeypatch.setattr(module, "ROWS", {"dense": replace(EXPERIMENTS["dense"], epochs=1)})
    with pytest.raises(ValueError, match="its epochs are not the first of 1"):
        run("dense", 0)
    monkeypatch.setattr(module, "ROWS", {"dense": EXPERIMENTS["one convolution"]})
    with pytest.raises(ValueError, match="in loading state_dict"):
        run("dense", 0)


def test_a_state_of_another_row_or_seed_is_refused(
    file: Path, few: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = replace(EXPERIMENTS["dense"], epochs=1)
    monkeypatch.setattr(module, "ROWS", {"dense": short, "article": short})
    monkeypatch.setattr(module, "load_mnist", lambda device: few)
    run("dense", 0)
    states = file.parent / ".full_runs"
    (states / "article 0.pt").write_bytes((states / "dense 0.pt").read_bytes())
    (states / "dense 1.pt").write_bytes((states / "dense 0.pt").read_bytes())
    for other in (("article", 0), ("dense", 1)):
        with pytest.raises(ValueError, match=r"it is one of row 'dense', seed 0"):
            run(*other)


def test_a_run_of_our_recipe_is_kept_like_a_full_one(
    file: Path, few: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = {
        "plain, lr 0.03": replace(PLAIN, widths=(2, 2, 2), epochs=2),
        "final, lr 0.3": replace(PLAIN, widths=(2, 2, 2), epochs=2, batch_norm=True, lr=0.3),
    }
    for each in (module, record):
        monkeypatch.setattr(each, "RECIPES", tiny)
    monkeypatch.setattr(module, "RECIPE_THREADS", 1)  # what the other tests have
    monkeypatch.setattr(record, "TEST_DIGITS", len(few[1]))
    monkeypatch.setattr(record, "FEWEST_TRAINING_DIGITS", len(few[0]))
    monkeypatch.setattr(module, "load_mnist", lambda device: few)
    monkeypatch.setattr(module, "split_train_val", lambda train: few)
    done = module.run_recipe("final, lr 0.3", 3)
    assert (done.row, done.seed, done.threads) == ("final, lr 0.3", 3, "1")
    assert (len(done.accuracies), len(done.losses)) == (1, 2)
    assert done.seconds >= 0  # of so few digits, in tenths
    assert len(done.misread or []) == round((1 - done.accuracy) * len(few[1]))
    add(done)
    assert full_runs("final, lr 0.3") == [done]
    assert module.run_recipe("plain, lr 0.03", 3).misread is None  # of validation digits


def seven_seconds_each(
    train: object, jobs: list[program.Job], *, side_by_side: int
) -> Iterator[tuple[program.Job, FullRun]]:
    """What training takes."""
    yield from ((job, of(job[0], seed=job[1], seconds=7.0)) for job in jobs)


def test_what_is_missing_is_run_and_kept(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add(of("dense"))
    monkeypatch.setattr(program, "in_processes", seven_seconds_each)
    monkeypatch.setattr("sys.argv", ["full_runs", "--rows", "dense", "ReLU", "--seeds", "2"])
    program.main()
    assert [(each.row, each.seed, each.seconds) for each in full_runs()] == [
        ("dense", 0, 1.5),
        ("dense", 1, 7.0),
        ("ReLU", 0, 7.0),
        ("ReLU", 1, 7.0),
    ]
    assert "3 runs to do" in capsys.readouterr().out


BAD_ARGUMENTS = {
    "seeds no number": (["--seeds", "0:x"], "'0:x': expected how many, such as 5, or FIRST:END"),
    "no seeds": (["--seeds", "3:3"], "'3:3': expected"),
    "seeds from below 0": (["--seeds=-2:3"], "'-2:3': expected"),
    "no jobs": (["--jobs", "0"], "'0': expected a whole number from 1"),
    "jobs no number": (["--jobs", "two"], "'two': expected a whole number from 1"),
    "scheduler and jobs": (["--scheduler", "a:1", "--jobs", "2"], "--jobs is about this machine"),
    "scheduler and here": (["--scheduler", "a:1", "--here"], "--here is about this machine"),
    "scheduler and merge": (
        ["--scheduler", "a:1", "--merge", "x.json"],
        "--merge is about this machine",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_ARGUMENTS.values(), ids=BAD_ARGUMENTS)
def test_bad_arguments_are_named(
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["full_runs", *arguments])
    with pytest.raises(SystemExit, match="2"):
        program.main()
    assert message in capsys.readouterr().err


def test_a_run_that_fails_does_not_stop_the_others(file: Path) -> None:
    def results() -> program.Results:
        yield ("dense", 0), ValueError("the state is damaged")
        yield ("dense", 1), replace(RUN, seed=1, losses=[math.nan] * 30)
        yield ("dense", 2), MemoryError("none left")
        yield ("dense", 3), replace(RUN, seed=3)

    module.keep_state("dense", 1, b"state")
    module.keep_state("dense", 3, b"state")
    assert program.keep(results()) == [
        "dense, seed 0: the state is damaged",
        "dense, seed 1: full_runs: row 'dense', seed 1 is not kept: "
        "losses, epoch 1: nan, expected a finite number from 0.",
        "dense, seed 2: MemoryError: none left",
    ]
    assert full_runs() == [replace(RUN, seed=3)]
    assert module.kept_state("dense", 1) == b"state" and module.kept_state("dense", 3) is None


def test_a_process_that_was_killed_is_explained(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*arguments: object, **options: object) -> program.Results:
        raise BrokenProcessPool
        yield

    monkeypatch.setattr(program, "in_processes", killed)
    monkeypatch.setattr("sys.argv", ["full_runs", "--rows", "dense", "--seeds", "1"])
    with pytest.raises(SystemExit, match=r"was killed.* fewer --jobs"):
        program.main()


def test_a_run_names_the_commit_and_whether_the_code_was_changed_since(file: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        command = ["git", *identity, *arguments]
        return subprocess.run(
            command, cwd=file.parent, capture_output=True, text=True, check=True
        ).stdout.strip()

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


def ten_times(numbers: list[float]) -> list[float]:
    return [10 * number for number in numbers]


EDITS: dict[str, Callable[[Any], None]] = {
    "losses times ten": lambda entry: entry.update(losses=ten_times(entry["losses"])),
    "half of the digits in each epoch": lambda entry: entry.update(
        accuracies=[0.5] * len(entry["accuracies"])
    ),
    "one digit more": lambda entry: entry["accuracies"].append(entry["accuracies"].pop() + 0.0001),
    "epochs in another order": lambda entry: entry["losses"].reverse(),
    "half as many epochs": lambda entry: entry.update(
        losses=entry["losses"][:15], accuracies=entry["accuracies"][:15]
    ),
    "one second": lambda entry: entry.update(seconds=1.0),
    "another commit": lambda entry: entry.update(commit="0000000"),
    "another date": lambda entry: entry.update(date="1999-01-01"),
    "another PyTorch": lambda entry: entry.update(torch="0.1"),
    "another Python": lambda entry: entry.update(python="2.7"),
    "another device": lambda entry: entry.update(device="abacus"),
    "other steps": lambda entry: entry.update(steps="autograd"),
    "more threads": lambda entry: entry.update(threads="64"),
    "another seed": lambda entry: entry.update(seed=77),
    "another row": lambda entry: entry.update(row="article"),
    "another checksum": lambda entry: entry.update(checksum="0" * 16),
    "other digits misread": lambda entry: entry.update(misread=list(range(300))),
    "no checksum": lambda entry: entry.pop("checksum"),
    "a null for a checksum": lambda entry: entry.update(checksum=None),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edited_record_is_refused(file: Path, edit: Callable[[Any], None]) -> None:
    write(file, [RUN, replace(RUN, seed=1)], stamped=True)
    assert len(full_runs()) == 2
    write(file, [RUN, replace(RUN, seed=1)], stamped=True, edit=edit)
    with pytest.raises(
        ValueError, match=r"full_runs\.json, run 1 \(row '\w+', seed \d+\): .*git checkout -- "
    ):
        full_runs()


def test_each_run_of_the_committed_file_is_guarded(file: Path) -> None:
    committed = Path(record.__file__).with_name("full_runs.json")
    lines = committed.read_text().splitlines()[1:-1]
    assert len(lines) >= 149
    for line in lines:
        entry = json.loads(line.rstrip(","))
        entry["seconds"] += 0.1
        file.write_text(f"[{json.dumps(entry)}]")
        with pytest.raises(ValueError, match="was changed after it was written"):
            full_runs()


def test_a_run_that_stands_twice_in_the_record_is_refused(file: Path) -> None:
    write(file, [RUN, RUN], stamped=True)
    with pytest.raises(
        ValueError, match=r"run 2 \(row 'dense', seed 0\): run 1 has the same row, seed"
    ):
        full_runs()


@pytest.mark.parametrize("stamped", [True, False])
def test_runs_of_other_files_are_taken_in_and_stamped(
    file: Path, tmp_path: Path, stamped: bool
) -> None:
    add(RUN)
    new = [replace(RUN, device="GPU"), replace(RUN, seed=1), of("ReLU")]
    one = write(tmp_path / "one.json", new, stamped=stamped)
    two = write(tmp_path / "two.json", [RUN, new[0]], stamped=stamped)
    assert merge([one, two]) == "one.json: 3 runs, 3 new\ntwo.json: 2 runs, 0 new"
    assert full_runs() == [RUN, replace(RUN, device="GPU"), replace(RUN, seed=1), of("ReLU")]
    assert merge([one, two]).endswith("two.json: 2 runs, 0 new")
    assert len(full_runs()) == 4


def test_a_run_twice_in_a_file_to_merge_is_taken_in_once(file: Path, tmp_path: Path) -> None:
    assert (
        merge([write(tmp_path / "new.json", [RUN, RUN], stamped=False)]) == "new.json: 1 run, 1 new"
    )


IMPOSSIBLE: dict[str, tuple[Callable[[Any], None], str]] = {
    "accuracy above 1": (
        lambda entry: entry.update(accuracies=[1.5] * 30),
        "accuracies, epoch 1: 1.5",
    ),
    "accuracy below 0": (
        lambda entry: entry.update(accuracies=[-0.5] * 30),
        "accuracies, epoch 1: -0.5",
    ),
    "accuracy between two digits": (
        lambda entry: entry.update(accuracies=[0.97345] * 30),
        "0.97345.* 10,000 digits",
    ),
    "accuracy no number": (
        lambda entry: entry.update(accuracies=["0.97"] * 30),
        "accuracies, epoch 1: '0.97'",
    ),
    "too few epochs": (
        lambda entry: entry["accuracies"].pop(),
        "accuracies: found 29, expected 30",
    ),
    "too many losses": (lambda entry: entry["losses"].append(0.1), "losses: found 31, expected 30"),
    "epochs no list": (
        lambda entry: entry.update(losses=0.5),
        "losses: found a float, expected a list",
    ),
    "loss NaN": (lambda entry: entry["losses"].__setitem__(2, math.nan), "losses, epoch 3: nan"),
    "loss infinite": (
        lambda entry: entry["losses"].__setitem__(2, math.inf),
        "losses, epoch 3: inf",
    ),
    "unknown row": (lambda entry: entry.update(row="sparse"), "unknown row; expected one of dense"),
    "missing field": (lambda entry: entry.pop("torch"), "it lacks torch"),
    "unknown field": (lambda entry: entry.update(note="good"), "unknown: note"),
    "no date": (
        lambda entry: entry.update(date="yesterday"),
        "date is 'yesterday', expected year-month-day",
    ),
    "date in short": (lambda entry: entry.update(date="20260101"), "date is '20260101'"),
    "seed no number": (lambda entry: entry.update(seed="0"), "seed is '0'"),
    "seed true": (lambda entry: entry.update(seed=True), "seed is True"),
    "loss worse than a guess": (
        lambda entry: entry.update(losses=[0.19] * 30),
        r"losses, epoch 1: 0\.19, expected at most 0\.18, twice that of",
    ),
    "faster than any device": (
        lambda entry: entry.update(seconds=0.1),
        r"seconds is 0\.1, expected at least 0\.6, for 150,000 steps",
    ),
    "PyTorch too old": (
        lambda entry: entry.update(torch="0.1"),
        r"torch is '0\.1', expected a version from 2\.11",
    ),
    "continued with a PyTorch too old": (
        lambda entry: entry.update(torch="2.14, then 1.9"),
        r"torch is '2\.14, then 1\.9'",
    ),
    "Python no version": (lambda entry: entry.update(python="snake"), "python is 'snake'"),
    "no thread": (lambda entry: entry.update(threads="0"), "threads is '0'"),
    "commit of nothing": (
        lambda entry: entry.update(commit="0000000"),
        "commit is '0000000', expected 7 to 40 hexadecimal digits",
    ),
    "commit no hexadecimal": (lambda entry: entry.update(commit="release"), "commit is 'release'"),
    "date before the course": (
        lambda entry: entry.update(date="1999-01-01"),
        "date is '1999-01-01', expected none before 2026-11-22",
    ),
    "seconds negative": (lambda entry: entry.update(seconds=-1.0), "seconds is -1.0"),
    "device no text": (lambda entry: entry.update(device=None), "device is None"),
    "misread no list": (
        lambda entry: entry.update(misread=300),
        "misread: found a int, expected a list",
    ),
    "misread out of range": (
        lambda entry: entry.update(misread=[10_000]),
        "misread: 10000, expected .* 0 to 9999",
    ),
    "misread out of order": (
        lambda entry: entry.update(misread=[*range(298), 299, 298]),
        "in ascending order",
    ),
    "misread twice": (lambda entry: entry.update(misread=[0, *range(299)]), "each position once"),
    "one misread too few": (
        lambda entry: entry.update(misread=list(range(299))),
        "found 299 .* leaves 300 digits",
    ),
    "wrong checksum": (lambda entry: entry.update(checksum="0"), "its checksum is '0'"),
}


@pytest.mark.parametrize(("edit", "finding"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_an_impossible_run_is_not_merged(
    file: Path, tmp_path: Path, edit: Callable[[Any], None], finding: str
) -> None:
    add(replace(RUN, seed=5))
    before = file.read_bytes()
    good = write(tmp_path / "good.json", [of("ReLU")], stamped=False)
    bad = write(tmp_path / "bad.json", [RUN, replace(RUN, seed=1)], stamped=False, edit=edit)
    with pytest.raises(
        ValueError, match=rf"bad\.json, run 1 \(row .*, seed .*\): .*{finding}.*Nothing was merged"
    ):
        merge([good, bad])
    assert file.read_bytes() == before


@pytest.mark.parametrize("text", ["[", "{}", "[1]", '[{"seed": 0, "seed": 1}]', None])
def test_a_file_without_runs_is_not_merged(file: Path, tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "bad.json").write_text(text)
    with pytest.raises(ValueError, match=r"bad\.json.*Nothing was merged"):
        merge([tmp_path / "bad.json"])
    assert not file.exists()


def test_another_result_of_a_known_run_is_not_merged(file: Path, tmp_path: Path) -> None:
    add(RUN)
    before = file.read_bytes()
    other = write(tmp_path / "other.json", [replace(RUN, seconds=2.0)], stamped=True)
    with pytest.raises(
        ValueError,
        match=r"other\.json, row 'dense', seed 0: .*on CPU, PyTorch 2.*Nothing was merged",
    ):
        merge([other])
    first = write(tmp_path / "first.json", [replace(RUN, seed=1)], stamped=False)
    second = write(tmp_path / "second.json", [replace(RUN, seed=1, seconds=2.0)], stamped=False)
    with pytest.raises(ValueError, match=r"second\.json, row 'dense', seed 1"):
        merge([first, second])
    assert file.read_bytes() == before


def test_merging_is_one_command(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    new = write(tmp_path / "new.json", [RUN], stamped=False)
    monkeypatch.setattr("sys.argv", ["full_runs", "--merge", str(new)])
    program.main()
    assert capsys.readouterr().out == "new.json: 1 run, 1 new\n"
    assert full_runs() == [RUN]
    write(new, [replace(RUN, seconds=2.0)], stamped=False)
    with pytest.raises(SystemExit, match="Nothing was merged"):
        program.main()


def test_an_impossible_run_is_not_kept(file: Path) -> None:
    with pytest.raises(ValueError, match=r"row 'dense', seed 0 is not kept: losses, epoch 1: nan"):
        add(replace(RUN, losses=[math.nan] * 30))
    assert not file.exists()


def test_versions_allowed_are_those_of_the_package() -> None:
    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    torch_ = ".".join(map(str, record.OLDEST_TORCH))
    python = ".".join(map(str, record.OLDEST_PYTHON))
    assert f"torch>={torch_}" in project["dependencies"]
    assert project["requires-python"] == f">={python}"


# What the committed runs must have in common, beyond what each must be by itself. Their checksums
# say nothing about an edit by somebody who computed them again; these comparisons do.


def dearest_digit(row: str) -> float:
    """What an epoch may lose, for each digit that the network misread before it.

    Of ten squared errors the mean is at most 1. A cross-entropy of 20 would mean that the network
    held the right digit for impossible; with smoothed labels, right ones cost something too.
    """
    if row in record.RECIPES and record.RECIPES[row].label_smoothing:
        return math.inf
    if row in record.ROWS and record.ROWS[row].criterion is one_hot_mse:
        return 1.0
    return 20.0


def disagreements(runs: list[FullRun]) -> list[str]:
    """Where a run lies far from the others of its row: not a draw of the same recipe."""
    found = []
    # of the study's trials, some learn nothing at all: their rate is too high
    failed = {run_.row for run_ in runs if run_.row in TRIALS and run_.accuracy < 0.5}
    for run_ in runs:
        if run_.row in failed:
            continue
        others = [other for other in runs if other.row == run_.row]
        place = f"{run_.row}, seed {run_.seed}"

        # The first epoch is the most alike: the misread digits that it leaves, and its loss.
        loss = median(other.losses[0] for other in others)
        if not 1 / 2 < run_.losses[0] / loss < 2:
            found.append(f"{place}: loss of the first epoch {run_.losses[0]}, others {loss}")
        for epoch, accuracy in enumerate(run_.accuracies):
            usual = median(1 - other.accuracies[epoch] for other in others)
            if not 1 / 2 < (1 - accuracy) / usual < 2:
                found.append(f"{place}: misread {1 - accuracy}, others {usual}, epoch {epoch + 1}")

        # A machine that does other work as well takes longer; none takes a fraction of the time.
        seconds = median(other.seconds for other in others if other.device == run_.device)
        if run_.seconds < seconds / 2.5:
            found.append(f"{place}: {run_.seconds} s, others {seconds} s on {run_.device}")

        for before, loss in zip(run_.accuracies, run_.losses[1:], strict=False):
            if loss > dearest_digit(run_.row) * (1 - before):
                found.append(f"{place}: loss {loss} after {1 - before} were misread")
    return found


def committed_runs() -> list[FullRun]:
    return read_runs(Path(record.__file__).with_name("full_runs.json"))


def test_committed_runs_of_a_row_agree() -> None:
    assert disagreements(committed_runs()) == []


ALTERED: dict[str, Callable[[FullRun], FullRun]] = {
    "losses times ten": lambda each: replace(each, losses=ten_times(each.losses)),
    "half of the digits": lambda each: replace(each, accuracies=[0.5] * len(each.accuracies)),
    "one second": lambda each: replace(each, seconds=1.0),
}


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED)
@pytest.mark.parametrize("row", ["dense", "ReLU", "classifier", final_row()])
def test_altered_run_with_a_new_checksum_is_found(
    file: Path, row: str, alter: Callable[[FullRun], FullRun]
) -> None:
    runs = committed_runs()
    # the last one: of the first, there may be no other on its device
    position = max(place for place, each in enumerate(runs) if each.row == row)
    runs[position] = alter(runs[position])
    write(file, runs, stamped=True)
    try:
        found = disagreements(full_runs())
    except ValueError as error:
        found = [str(error)]
    assert found


@pytest.mark.parametrize("row", [*record.ROWS, final_row()])
def test_losses_times_ten_in_a_whole_row_are_found(file: Path, row: str) -> None:
    altered = []
    for each in committed_runs():
        if each.row == row:
            altered.append(replace(each, losses=ten_times(each.losses)))
    write(file, altered, stamped=True)
    try:
        found = disagreements(full_runs())
    except ValueError as error:
        found = [str(error)]
    assert found


def git(*arguments: str) -> str:
    command = ["git", "-C", str(Path(__file__).parent), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def is_whole_history() -> bool:
    """Whether git has every commit: not in a copy without git, nor in a shallow one."""
    try:
        return git("rev-parse", "--is-shallow-repository") == "false"
    except (OSError, subprocess.CalledProcessError):
        return False


@pytest.mark.skipif(not is_whole_history(), reason="needs the whole history in git")
def test_committed_runs_name_commits_that_are_there() -> None:
    runs = committed_runs()
    latest = date.fromisoformat(git("log", "-1", "--format=%cs"))
    # a run may be on record before it is committed, and the clocks of two machines differ
    latest = max(latest, date.today()) + timedelta(days=1)
    for commit in sorted({each.commit for each in runs}):
        made = git("log", "-1", "--format=%cs", commit)  # fails for a commit that is not there
        earliest = date.fromisoformat(made) - timedelta(days=1)
        for each in runs:
            if each.commit == commit:
                assert earliest <= date.fromisoformat(each.date) <= latest, each


def test_committed_file_holds_each_run_once_to_its_last_epoch() -> None:
    runs = committed_runs()
    assert {run_.row for run_ in runs} >= {*record.ROWS, final_row()}
    assert len({run_.identity for run_ in runs}) == len(runs)
    for run_ in runs:
        # Neither the first guess nor a network without a mistake is a full run.
        assert all(0 < accuracy < 1 for accuracy in run_.accuracies)
        assert run_.commit != "unknown" and not run_.commit.endswith("dirty")


@pytest.mark.parametrize(
    ("row", "mean_", "std"),
    [
        ("one convolution", 0.98912, 0.00023),
        ("two convolutions", 0.99128, 0.00041),
        ("ReLU", 0.99318, 0.00070),
    ],
)
def test_the_convolutional_rows_reach_what_is_reported(row: str, mean_: float, std: float) -> None:
    of_gpu = [run_.accuracy for run_ in full_runs(row) if run_.device == "NVIDIA H100 80GB HBM3"]
    assert len(of_gpu) == 5
    assert (round(mean(of_gpu), 5), round(stdev(of_gpu), 5)) == (mean_, std)
    assert summarize(row).within


def test_a_recipe_of_our_own_has_no_reported_figure_to_summarize() -> None:
    with pytest.raises(ValueError, match=r"no source reports a figure for 'final, lr 0\.3'"):
        summarize("final, lr 0.3")


def test_a_gpu_without_memory_ends_the_program_with_the_way_out(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> dict[str, str]:
        raise torch.OutOfMemoryError("The GPU has too little free memory. Set GROUNDUP_DEVICE=cpu.")

    monkeypatch.setattr(program, "machine", full)
    monkeypatch.setattr("sys.argv", ["full_runs", "--rows", "dense", "--seeds", "1"])
    with pytest.raises(SystemExit, match=r"too little free memory.*GROUNDUP_DEVICE=cpu"):
        program.main()


def test_processes_that_write_at_the_same_time_lose_no_run(file: Path) -> None:
    code = """if True:
        import sys
        from dataclasses import replace
        from pathlib import Path
        from groundup import runs
        template = runs.full_runs("dense")[0]
        runs.FILE = Path(sys.argv[1])
        for seed in range(int(sys.argv[2]), int(sys.argv[2]) + 10):
            runs.add(replace(template, seed=seed))
    """
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(file), str(first)])
        for first in (100, 200)
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert [each.seed for each in full_runs()] == [*range(100, 110), *range(200, 210)]


@pytest.mark.parametrize(
    "other", [["--rows", "dense"], ["--seeds", "2"], ["--jobs", "1"], ["--here"]]
)
def test_merging_goes_with_no_other_option(
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    other: list[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["full_runs", "--merge", "a.json", *other])
    with pytest.raises(SystemExit):
        program.main()
    assert "leave out the other options" in capsys.readouterr().err
