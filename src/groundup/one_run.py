"""One full run, trained to its end, or part by part.

Each part goes on from the state of the one before. A state is bytes. It holds the weights after an
epoch, the random numbers and what came out so far, so that another process, or another machine,
goes on as if nothing had happened.
"""

import io
import math
import os
import platform
import subprocess
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import Tensor, nn

from groundup.data import Digits, extend, load_mnist
from groundup.recipe import TRIALS, predict_by, split_train_val, train_by
from groundup.repro import machine, pick_device, reproducible
from groundup.runs import FILE, RECIPES, ROWS, FullRun
from groundup.train import Epoch, fit, predict

UNFINISHED = Path(".full_runs")  # in the working folder: states after the last finished epoch
RECIPE_THREADS = 2  # of a run by one of our own recipes
DIVERGED = 1e9  # stands for a loss that is no number any more
EXCEPT_RUNS = f":(exclude){FILE.name}"  # a path for git: all files but that one

Keep = Callable[[bytes, str], object]  # takes the state after an epoch, and a line that reports it


@dataclass
class Progress:
    """How far a run has come: what its state holds beside weights and random numbers."""

    history: list[Epoch] = field(default_factory=list)
    seconds: float = 0.0
    devices: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)  # of PyTorch


@dataclass(frozen=True)
class Part:
    """One epoch or more of a run."""

    lines: list[str]  # that report the epochs
    state: bytes | None  # after them
    run: FullRun | None  # if that is its end


def run(row: str, seed: int) -> FullRun:
    """Train one row with one seed to its end; go on from its last epoch if it was interrupted."""

    def keep(state: bytes, line: str) -> None:
        keep_state(row, seed, state)
        print(line, flush=True)

    finished = _train(row, seed, kept_state(row, seed), keep)
    assert finished is not None  # no limit of time was set
    return finished


def run_part(row: str, seed: int, state: bytes | None, seconds: float) -> Part:
    """Go on with a run from its state: for about so many seconds, but for one epoch at least."""
    states = [state]
    lines: list[str] = []

    def keep(state: bytes, line: str) -> None:
        states.append(state)
        lines.append(line)

    finished = _train(row, seed, state, keep, seconds=seconds)
    return Part(lines, states[-1], finished)


def state_file(row: str, seed: int) -> Path:
    """Where the state of an unfinished run lies, in the working folder."""
    return UNFINISHED / f"{row} {seed}.pt"


def kept_state(row: str, seed: int) -> bytes | None:
    """The state of an unfinished run; `None` if it has none."""
    path = state_file(row, seed)
    if not path.exists():
        return None
    return path.read_bytes()


def keep_state(row: str, seed: int, state: bytes) -> None:
    """Write the state of an unfinished run over the one before; there is always a whole one."""
    path = state_file(row, seed)
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(state)
    os.replace(part, path)


def _train(
    row: str, seed: int, state: bytes | None, keep: Keep, *, seconds: float | None = None
) -> FullRun | None:
    """Go on with a run.

    Args:
        row: the name of its experiment.
        seed: of the weights, the order of the digits, and what the network draws.
        state: of its last finished epoch; `None` to begin.
        keep: called after each epoch.
        seconds: about how long, but for one epoch at least; `None`: to its end.

    Returns:
        The run, if it is at its end.

    Raises:
        ValueError: the state is damaged, or it is one of another network or number of epochs.
    """
    reproducible(seed)
    torch.manual_seed(seed)  # whatever GROUNDUP_SEED says
    device = pick_device()
    experiment = ROWS[row]
    train, test = load_mnist(device)
    if experiment.extended:
        train = extend(train)
    model = experiment.new_model(seed).to(device)
    progress = Progress()
    if state is not None:
        progress = _restore(row, seed, state, model)
    last = _last_epoch(progress, experiment.epochs, seconds)
    here = machine()
    started = time.perf_counter() - progress.seconds

    def after(epoch: Epoch) -> None:
        progress.history.append(epoch)
        progress.seconds = time.perf_counter() - started
        if here["device"] not in progress.devices:
            progress.devices.append(here["device"])
        if here["torch"] not in progress.versions:
            progress.versions.append(here["torch"])
        left = progress.seconds / epoch.number * (experiment.epochs - epoch.number)
        done = f"{row:18} seed {seed:2}   {epoch} of {experiment.epochs}"
        times = f"{progress.seconds:6.0f} s, {left:6.0f} s to go"
        keep(_state(row, seed, model, progress), f"{done}   {times}")

    arguments = {**experiment.fit_arguments, "epochs": last}
    first = len(progress.history) + 1
    trained = fit(model, train, test, seed=seed, first_epoch=first, report=after, **arguments)
    if last < experiment.epochs:
        return None
    seconds_in_all = time.perf_counter() - started
    outputs = predict(model, test, transform=experiment.transform)
    return _finished(
        row,
        seed,
        progress.history,
        seconds_in_all,
        _misread(outputs, test),
        steps=trained.engine,
        device=", then ".join(progress.devices),
        version=", then ".join(progress.versions),
    )


def _last_epoch(progress: Progress, epochs: int, seconds: float | None) -> int:
    """The epoch up to which to train, if so many seconds are to pass."""
    if seconds is None:
        return epochs
    done = len(progress.history)
    more = 1
    if progress.seconds > 0:
        more = max(1, int(seconds / (progress.seconds / done)))
    return min(done + more, epochs)


def run_recipe(row: str, seed: int) -> FullRun:
    """Train by one of the recipes of `groundup.recipe`, on `RECIPE_THREADS` cores or on the GPU."""
    reproducible(seed)
    torch.set_num_threads(RECIPE_THREADS)
    train, test = load_mnist(pick_device())
    is_trial = row in TRIALS
    if is_trial:
        train, test = split_train_val(train)
    started = time.perf_counter()
    model, losses = train_by(RECIPES[row], train, seed=seed)
    misread = _misread(predict_by(RECIPES[row], model, test), test)
    seconds = time.perf_counter() - started
    last = Epoch(RECIPES[row].epochs, losses[-1], 1 - len(misread) / len(test))
    print(f"{row:36} seed {seed:3}   {last}   {seconds:6.1f} s", flush=True)
    losses = [loss if math.isfinite(loss) else DIVERGED for loss in losses]
    kept = None if is_trial else misread  # positions among the validation digits say nothing
    run = _finished(row, seed, [last], seconds, kept, steps="autograd")
    return replace(run, losses=losses)


def _misread(outputs: Tensor, digits: Digits) -> list[int]:
    """The positions of the digits whose largest output is not the one of their label, ascending."""
    wrong = outputs.argmax(dim=1) != digits.labels
    return wrong.nonzero().flatten().tolist()


def _finished(
    row: str,
    seed: int,
    history: list[Epoch],
    seconds: float,
    misread: list[int] | None,
    *,
    steps: str,
    device: str = "",
    version: str = "",
) -> FullRun:
    here = machine()
    return FullRun(
        row=row,
        seed=seed,
        accuracies=[epoch.accuracy for epoch in history],
        losses=[epoch.loss for epoch in history],
        seconds=round(seconds, 1),
        device=device or here["device"],
        steps=steps,
        threads=here["threads"],
        torch=version or here["torch"],
        python=platform.python_version(),
        commit=_commit(),
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        misread=misread,
    )


def _state(row: str, seed: int, model: nn.Module, progress: Progress) -> bytes:
    """What the next epoch begins with, and how the run came there."""
    device = next(model.parameters()).device
    of_gpu = None
    if device.type == "cuda":
        of_gpu = torch.cuda.get_rng_state(device)
    history = []
    for epoch in progress.history:
        history.append((epoch.number, epoch.loss, epoch.accuracy))
    content = {
        "row": row,
        "seed": seed,
        "model": model.state_dict(),
        "random": torch.get_rng_state(),
        "random on the GPU": of_gpu,
        "history": history,
        "seconds": progress.seconds,
        "devices": progress.devices,
        "versions": progress.versions,
    }
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def _restore(row: str, seed: int, state: bytes, model: nn.Module) -> Progress:
    """Bring model and random numbers to where an interrupted run stopped.

    Args:
        row: the name of the run's experiment.
        seed: the run's.
        state: may come from another device: what the GPU drew is then not continued.
        model: an untrained one, on its device.

    Raises:
        ValueError: the state is damaged, or it is one of another run or number of epochs.
    """
    try:
        # torch.load does not look at the checksums that it writes
        damaged = zipfile.ZipFile(io.BytesIO(state)).testzip()
        if damaged:
            raise ValueError(f"the checksum of its part {damaged} is wrong")
        saved = torch.load(io.BytesIO(state), map_location="cpu", weights_only=True)
        if (saved["row"], saved["seed"]) != (row, seed):
            raise ValueError(f"it is one of row {saved['row']!r}, seed {saved['seed']}")
        history = [Epoch(*epoch) for epoch in saved["history"]]
        numbers = [epoch.number for epoch in history]
        epochs = ROWS[row].epochs
        if numbers != list(range(1, len(history) + 1)) or len(history) > epochs:
            raise ValueError(f"its epochs are not the first of {epochs}")
        progress = Progress(history, saved["seconds"], saved["devices"], saved["versions"])
        model.load_state_dict(saved["model"])
        torch.set_rng_state(saved["random"])
        of_gpu = saved["random on the GPU"]
        device = next(model.parameters()).device
        if of_gpu is not None and device.type == "cuda":
            torch.cuda.set_rng_state(of_gpu, device)
    except Exception as error:  # torch.load raises whatever the damage leads it to
        line, _, _ = str(error).partition("\n")
        reason = line or type(error).__name__
        raise ValueError(
            f"{state_file(row, seed)}: the state of this interrupted run cannot be read "
            f"({reason}). The file is as it was. Put back a whole copy, or move it away: the run "
            f"then starts again with its first epoch."
        ) from error
    return progress


def _commit() -> str:
    """The commit of the code, with `-dirty` where it was changed since.

    The file of runs itself may have grown.
    """
    try:
        commit = _git("rev-parse", "--short", "HEAD").strip()
        status = _git("status", "--porcelain", "--untracked-files=no", "--", ":/", EXCEPT_RUNS)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    if status:
        return f"{commit}-dirty"
    return commit


def _git(*arguments: str) -> str:
    """What a git command prints, run where the file of runs lies."""
    command = ["git", "-C", str(FILE.parent), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
