"""The sources' own schedules, and the recipes of our own, run to their end with several seeds, and the file of what came out.

    python -m groundup.full_runs [--rows ROW ...] [--seeds N | FIRST:END] [--jobs N] [--here]
    python -m groundup.full_runs --merge FILE [FILE ...]

Runs that are in the file are not repeated; one that was interrupted goes on after its last
finished epoch. The second form takes in the runs of files that other machines wrote. A run is
known by its row, seed, device and version of PyTorch.
"""

import argparse
import os
import platform
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import torch
from torch import Tensor, nn

from groundup.data import Digits, extend, load_mnist
from groundup.experiments import Experiment, normalize_as_reported
from groundup.quick import TRIALS, predict_by_vote, split, train_quickly
from groundup.repro import machine, pick_device, reproducible
from groundup.runs import FILE, NAMES, QUICK, ROWS, FullRun, add, full_runs, merge
from groundup.train import Epoch, fit, predict

UNFINISHED = Path(".full_runs")  # in the working folder: states after the last finished epoch
QUICK_THREADS = 2  # one run at a time, on two cores
SEEDS = {"dense": 32, "article": 32, "classifier": 32}  # the others take minutes to hours each
FEW_SEEDS = 5


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
    history, seconds, devices = _restore(state, model, experiment.epochs)
    here = machine()["device"]
    started = time.perf_counter() - seconds

    def keep(epoch: Epoch) -> None:
        history.append(epoch)
        taken = time.perf_counter() - started
        left = taken / len(history) * (experiment.epochs - len(history))
        print(
            f"{row:18} seed {seed:2}   {epoch} of {experiment.epochs}   {taken:6.0f} s, {left:6.0f} s to go", flush=True
        )
        if here not in devices:
            devices.append(here)
        content = {
            "model": model.state_dict(),
            "random": torch.get_rng_state(),
            "random on the GPU": torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
            "history": [(epoch.number, epoch.loss, epoch.accuracy) for epoch in history],
            "seconds": taken,
            "devices": devices,
        }
        state.parent.mkdir(exist_ok=True)
        part = state.with_suffix(".part")
        torch.save(content, part)
        os.replace(part, state)

    trained = fit(model, train, test, seed=seed, first_epoch=len(history) + 1, report=keep, **experiment.recipe)
    seconds = time.perf_counter() - started
    outputs = predict(model, test, transform=experiment.transform)
    return _finished(
        row, seed, history, seconds, _misread(outputs, test), engine=trained.engine, device=", then ".join(devices)
    )


def run_quick(row: str, seed: int) -> FullRun:
    """Train by one of the recipes of `groundup.quick`, on `QUICK_THREADS` cores or on the GPU."""
    reproducible(seed)
    torch.set_num_threads(QUICK_THREADS)
    train, test = load_mnist(pick_device())
    learn, check = split(train) if row in TRIALS else (train, test)
    started = time.perf_counter()
    model, history = train_quickly(QUICK[row], learn, check, seed=seed)
    seconds = time.perf_counter() - started
    if QUICK[row].vote:
        outputs = predict_by_vote(model, check)
    else:
        outputs = predict(model, check, transform=normalize_as_reported)
    print(f"{row:18} seed {seed:2}   {history[-1]}   {seconds:6.1f} s", flush=True)
    return _finished(row, seed, history, seconds, _misread(outputs, check), engine="autograd")


def _misread(outputs: Tensor, digits: Digits) -> list[int]:
    """The positions, in ascending order, of the digits whose largest output is not the one of their label."""
    return (outputs.argmax(dim=1) != digits.labels).nonzero().flatten().tolist()


def _finished(
    row: str, seed: int, history: list[Epoch], seconds: float, misread: list[int], *, engine: str, device: str = ""
) -> FullRun:
    here = machine()
    return FullRun(
        row=row,
        seed=seed,
        accuracies=[epoch.accuracy for epoch in history],
        losses=[epoch.loss for epoch in history],
        seconds=round(seconds, 1),
        device=device or here["device"],
        steps=engine,
        threads=here["threads"],
        torch=here["torch"],
        python=platform.python_version(),
        commit=_commit(),
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        misread=misread,
    )


def _restore(state: Path, model: nn.Module, epochs: int) -> tuple[list[Epoch], float, list[str]]:
    """Bring model and random numbers to where an interrupted run stopped.

    Returns:
        Its finished epochs, the seconds that they took, and the devices that it ran on. A state may come from another device:
        what the GPU drew is then not continued.

    Raises:
        ValueError: the state is damaged, or it is one of another network or schedule.
    """
    if not state.exists():
        return [], 0.0, []
    try:
        saved = torch.load(state, map_location="cpu", weights_only=True)
        history = [Epoch(*epoch) for epoch in saved["history"]]
        if [epoch.number for epoch in history] != list(range(1, len(history) + 1)) or len(history) > epochs:
            raise ValueError(f"its epochs are not the first of {epochs}")
        seconds, devices = float(saved["seconds"]), [str(name) for name in saved["devices"]]
        model.load_state_dict(saved["model"])
        torch.set_rng_state(saved["random"])
        of_gpu = saved["random on the GPU"]
        device = next(model.parameters()).device
        if of_gpu is not None and device.type == "cuda":
            torch.cuda.set_rng_state(of_gpu, device)
    except Exception as error:  # torch.load raises whatever the damage leads it to
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise ValueError(
            f"{state}: the state of this interrupted run cannot be read ({reason}). The file is as it was. Put back a whole "
            f"copy, or move it away: the run then starts again with its first epoch."
        ) from error
    return history, seconds, devices


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


def missing(rows: list[str], seeds: range | None, where: tuple[str, str] | None = None) -> Iterator[tuple[str, int]]:
    """Rows and seeds without a run: one seed of each row before the next seed of any, the longest rows first.

    Args:
        rows: which rows to look at.
        seeds: which seeds; `None` for as many as each row should have.
        where: a device and a version of PyTorch; runs of others do not count then. Without it, a run
            counts wherever it was done.
    """
    done = {(run.row, run.seed) for run in full_runs() if where in (None, (run.device, run.torch))}
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
    parser.add_argument(
        "--here", action="store_true", help="run what is on record from other devices or versions of PyTorch only, too"
    )
    parser.add_argument(
        "--merge", nargs="+", type=Path, metavar="FILE", help="take in the runs of these files, and run nothing"
    )
    asked = parser.parse_args()
    if asked.merge:
        try:
            print(merge(asked.merge))
        except (ValueError, OSError) as error:
            raise SystemExit(str(error)) from None
        return
    here = machine()
    where = (here["device"], here["torch"]) if asked.here else None
    jobs = asked.jobs or (1 if pick_device().type == "cuda" else os.cpu_count() or 1)
    waiting = list(missing(asked.rows, asked.seeds, where))
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
