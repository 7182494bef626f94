"""The sources' own schedules, and the recipes of our own, run to their end with several seeds, and the file of what came out.

    python -m groundup.full_runs [--rows ROW ...] [--seeds N | FIRST:END] [--jobs N]

Runs that are in the file are not repeated; one that was interrupted goes on after its last finished epoch.
"""

import argparse
import json
import os
import platform
import subprocess
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from statistics import mean, stdev

import torch

from groundup.data import extend, load_mnist
from groundup.experiments import ARTICLES, EXPERIMENTS, Experiment
from groundup.loops import Epoch, fit
from groundup.quick import FINALS, TRIALS, split, train_quickly
from groundup.repro import pick_device, provenance, reproducible

FILE = Path(__file__).with_suffix(".json")
UNFINISHED = Path(".full_runs")  # in the working folder: states after the last finished epoch
ROWS = {**EXPERIMENTS, **ARTICLES}
QUICK = {**TRIALS, **FINALS}
QUICK_THREADS = 2  # one run at a time, on two cores
NAMES = [*ROWS, *QUICK]
SEEDS = {"dense": 32, "article": 32, "classifier": 32}  # the others take minutes to hours each
FEW_SEEDS = 5


@dataclass(frozen=True)
class FullRun:
    """One training to its last epoch, with a source's own recipe or one of `groundup.quick`, and where it was done."""

    row: str
    seed: int
    accuracies: list[float]  # on the test digits (0..1), in trials on the validation digits, after each epoch
    losses: list[float]  # mean over the steps of each epoch
    seconds: float  # on the clock, of training and of the tests after each epoch; whatever else the machine did counts
    device: str
    steps: str  # how they were taken: "written out", "CUDA graph" or "autograd"
    threads: str
    torch: str
    python: str
    commit: str
    date: str  # of its end, UTC

    @property
    def accuracy(self) -> float:
        """After the last epoch: what the sources report."""
        return self.accuracies[-1]


@dataclass(frozen=True)
class Summary:
    """What the full runs of a row have in common, beside what its source reports."""

    row: str
    seeds: int
    mean: float
    std: float  # of single runs, with n - 1; NaN for one run
    lowest: float
    highest: float
    reported: float

    @property
    def within(self) -> bool:
        """Whether the reported accuracy lies between the lowest and the highest of ours."""
        return self.lowest <= self.reported <= self.highest


def full_runs(row: str | None = None) -> list[FullRun]:
    """The runs on record, of one row or of all, in the order of rows and seeds.

    Raises:
        ValueError: there is no such row; the message names those that there are.
    """
    if row is not None and row not in NAMES:
        raise ValueError(f"full_runs: no row {row!r}. There are: {', '.join(NAMES)}.")
    runs = [FullRun(**run) for run in json.loads(FILE.read_text(encoding="utf-8"))] if FILE.exists() else []
    return [run for run in runs if row in (None, run.row)]


def summarize(row: str) -> Summary:
    """Mean, standard deviation and range of a row's runs on record."""
    accuracies = [run.accuracy for run in full_runs(row)]
    if not accuracies:
        raise ValueError(
            f"summarize: no full run of {row!r} is on record. Run: python -m groundup.full_runs --rows {row!r}"
        )
    std = stdev(accuracies) if len(accuracies) > 1 else float("nan")
    ends = min(accuracies), max(accuracies)
    return Summary(row, len(accuracies), mean(accuracies), std, *ends, ROWS[row].reported.figure)


def describe(runs: list[FullRun]) -> str:
    """How many runs these are, and where, when and with what they were computed, as a page tells of its origins."""

    def all_of(values: Iterable[str]) -> str:
        return ", ".join(sorted(set(values)))

    return (
        f"{len(runs)} runs on {all_of(run.device for run in runs)}, {all_of(run.threads for run in runs)} thread(s), "
        f"PyTorch {all_of(run.torch for run in runs)}, {all_of(run.date for run in runs)}, "
        f"commit {all_of(run.commit for run in runs)}"
    )


def run(row: str, seed: int) -> FullRun:
    """Train one row with one seed, from its last finished epoch if it was interrupted, to its end."""
    reproducible(seed)
    torch.manual_seed(seed)  # whatever GROUNDUP_SEED says
    device, experiment = pick_device(), ROWS[row]
    train, test = load_mnist(device)
    if experiment.extended:
        train = extend(train)
    model = experiment.new_model(seed).to(device)
    state = UNFINISHED / f"{row} {seed}.pt"
    history, seconds = _restore(state, model)
    started = time.perf_counter() - seconds

    def keep(epoch: Epoch) -> None:
        history.append(epoch)
        taken = time.perf_counter() - started
        left = taken / len(history) * (experiment.epochs - len(history))
        print(
            f"{row:18} seed {seed:2}   {epoch} of {experiment.epochs}   {taken:6.0f} s, {left:6.0f} s to go", flush=True
        )
        random_states = [torch.get_rng_state(), *(torch.cuda.get_rng_state_all() if device.type == "cuda" else [])]
        saved = [(epoch.number, epoch.loss, epoch.accuracy) for epoch in history]
        state.parent.mkdir(exist_ok=True)
        part = state.with_suffix(".part")
        torch.save({"model": model.state_dict(), "random": random_states, "history": saved, "seconds": taken}, part)
        os.replace(part, state)

    if len(history) < experiment.epochs:
        fit(model, train, test, seed=seed, first_epoch=len(history) + 1, report=keep, **experiment.recipe)
    return _finished(row, seed, history, time.perf_counter() - started)


def run_quick(row: str, seed: int) -> FullRun:
    """Train by one of the recipes of `groundup.quick`, on `QUICK_THREADS` cores or on the GPU."""
    reproducible(seed)
    torch.set_num_threads(QUICK_THREADS)
    train, test = load_mnist(pick_device())
    learn, check = split(train) if row in TRIALS else (train, test)
    started = time.perf_counter()
    _, history = train_quickly(QUICK[row], learn, check, seed=seed)
    seconds = time.perf_counter() - started
    print(f"{row:18} seed {seed:2}   {history[-1]}   {seconds:6.1f} s", flush=True)
    return _finished(row, seed, history, seconds)


def _finished(row: str, seed: int, history: list[Epoch], seconds: float) -> FullRun:
    origin = provenance()
    return FullRun(
        row=row,
        seed=seed,
        accuracies=[epoch.accuracy for epoch in history],
        losses=[epoch.loss for epoch in history],
        seconds=round(seconds, 1),
        device=origin["device"],
        steps=origin.get("steps", "autograd"),
        threads=origin["threads"],
        torch=origin["torch"],
        python=platform.python_version(),
        commit=_commit(),
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
    )


def _restore(state: Path, model: torch.nn.Module) -> tuple[list[Epoch], float]:
    if not state.exists():
        return [], 0.0
    saved = torch.load(state)
    model.load_state_dict(saved["model"])
    torch.set_rng_state(saved["random"][0])
    if saved["random"][1:]:
        torch.cuda.set_rng_state_all(saved["random"][1:])
    return [Epoch(*epoch) for epoch in saved["history"]], saved["seconds"]


def _commit() -> str:
    """The commit of the code, with `-dirty` where it was changed since; the file of runs itself may have grown."""
    git = ["git", "-C", str(FILE.parent)]
    try:
        head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        status = [*git, "status", "--porcelain", "--untracked-files=no", "--", ":/", f":(exclude){FILE.name}"]
        changed = subprocess.run(status, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.stdout.strip() + ("-dirty" if changed.stdout else "")


def add(new: FullRun) -> None:
    """Write a run into the file, one line each, in the order of rows and seeds; a run of the same row and seed is replaced."""
    kept = [old for old in full_runs() if (old.row, old.seed) != (new.row, new.seed)]
    runs = sorted([*kept, new], key=lambda run: (NAMES.index(run.row), run.seed))
    part = FILE.with_suffix(".part")
    part.write_text("[\n" + ",\n".join(json.dumps(asdict(run)) for run in runs) + "\n]\n", encoding="utf-8")
    os.replace(part, FILE)


def missing(rows: list[str], seeds: range | None) -> Iterator[tuple[str, int]]:
    """Rows and seeds without a run: one seed of each row before the next seed of any, the longest rows first."""
    done = {(run.row, run.seed) for run in full_runs()}
    wanted = {row: seeds or range(SEEDS.get(row, FEW_SEEDS)) for row in rows}
    longest_first = sorted(rows, key=lambda row: -_cost(ROWS[row]) if row in ROWS else 0)
    for seed in range(max((s.stop for s in wanted.values()), default=0)):
        yield from ((row, seed) for row in longest_first if seed in wanted[row] and (row, seed) not in done)


def _cost(experiment: Experiment) -> float:
    """Roughly: images seen, times parameters and, for convolutions, their many uses."""
    parameters = sum(p.numel() * (100 if p.dim() == 4 else 1) for p in experiment.new_model(0).parameters())
    return parameters * experiment.epochs * (5 if experiment.extended else 1)


def main() -> None:
    """Run what is missing, the sources' rows side by side, then our own recipes; keep each run as soon as it is done."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="+", choices=NAMES, default=NAMES, help="default: all")
    parser.add_argument(
        "--seeds", type=_range, help="how many, or FIRST:END; default: 32 of the dense rows, 5 of the others"
    )
    parser.add_argument("--jobs", type=int, help="runs side by side; default: one per core, or 1 on a GPU")
    asked = parser.parse_args()
    jobs = asked.jobs or (1 if pick_device().type == "cuda" else os.cpu_count() or 1)
    waiting = list(missing(asked.rows, asked.seeds))
    quick = [each for each in waiting if each[0] in QUICK]
    waiting = [each for each in waiting if each[0] in ROWS]
    print(f"{len(waiting)} runs to do, {jobs} side by side, and {len(quick)} one by one, into {FILE.name}", flush=True)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        try:
            for done in as_completed([pool.submit(run, *each) for each in waiting]):
                add(done.result())
                (UNFINISHED / f"{done.result().row} {done.result().seed}.pt").unlink(missing_ok=True)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise SystemExit("Stopped. The same command goes on after the last finished epoch.") from None
    for each in quick:
        add(run_quick(*each))


def _range(text: str) -> range:
    first, _, end = text.rpartition(":")
    return range(int(first or 0), int(end))


if __name__ == "__main__":
    main()
