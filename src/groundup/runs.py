"""The full runs on record: each source's experiment to its last epoch, and those of our recipe.

They are trained by `python -m groundup.full_runs` and `python -m groundup.study`, which keep them
in the file `full_runs.json`.
"""

import hashlib
import json
import math
import os
import re
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any

from filelock import BaseFileLock, FileLock

from groundup.criteria import one_hot_mse
from groundup.experiments import ARTICLES, EXPERIMENTS, Experiment
from groundup.recipe import FINALS, TRIALS, Recipe

FILE = Path(__file__).with_name("full_runs.json")
ROWS = {**EXPERIMENTS, **ARTICLES}
RECIPES = {**TRIALS, **FINALS}
TEST_DIGITS = 10_000  # in a trial, as many validation digits
FEWEST_TRAINING_DIGITS = 50_000  # those of a trial; the other recipes have more
CHECKSUM_DIGITS = 16  # hexadecimal ones

Trained = Experiment | Recipe

# What no run can be below: its date is not before the course began, its versions are not older
# than those that the package allows, and no device takes a step in less than four microseconds.
FIRST_DATE = date(2026, 11, 22)
OLDEST_TORCH = (2, 11)
OLDEST_PYTHON = (3, 11)
SECONDS_PER_STEP = 4e-6

# A run that was continued elsewhere names both, with this between them.
THEN = ", then "
VERSION = re.compile(r"(\d+)\.(\d+)(\.\d+)?([a-z0-9.+_-]*)")
COMMIT = re.compile(r"[0-9a-f]{7,40}(-dirty)?|unknown")


@dataclass(frozen=True)
class FullRun:
    """One training to its last epoch, and where it was done.

    It is one of a source's experiments, or one by a recipe of `groundup.recipe`.
    """

    row: str
    seed: int
    # on the test digits (0..1), in trials on the validation digits, after each epoch; of a recipe
    # of `groundup.recipe` after the last one only
    accuracies: list[float]
    losses: list[float]  # mean over the steps of each epoch
    # on the clock, of training and of the tests after each epoch; whatever else the machine did
    # counts
    seconds: float
    device: str
    # the engine: "autograd", "manual" or "graph"; before these had names, "written out" or "CUDA
    # graph"
    steps: str
    threads: str
    torch: str
    python: str
    commit: str
    date: str  # of its end, UTC
    # positions of the digits that it misreads after the last epoch; None: not kept
    misread: list[int] | None = None

    @property
    def accuracy(self) -> float:
        """After the last epoch: what the sources report."""
        return self.accuracies[-1]

    @property
    def identity(self) -> tuple[str, int, str, str]:
        """What makes two runs different ones: row, seed, device and version of PyTorch."""
        return self.row, self.seed, self.device, self.torch


@dataclass(frozen=True)
class Summary:
    """What the full runs of a row have in common, where they ran, and what the source reports."""

    row: str
    runs: int
    seeds: int  # fewer than runs, where a seed was run on more than one device or version
    mean: float
    std: float  # of single runs, with n - 1; NaN for one run
    lowest: float
    highest: float
    reported: float
    devices: tuple[str, ...]
    seconds: tuple[float, ...]  # of a run on each of the devices, the median
    torch: tuple[str, ...]  # versions

    @property
    def within(self) -> bool:
        """Whether the row's reported accuracy lies between the lowest and the highest of ours."""
        return self.place(self.reported) == "within"

    @property
    def origin(self) -> str:
        """The devices, and the versions of PyTorch."""
        devices = "; ".join(self.devices)
        versions = ", ".join(self.torch)
        return f"{devices}; PyTorch {versions}"

    @property
    def time(self) -> str:
        """How long a run takes on each of the devices."""
        pairs = zip(self.seconds, self.devices, strict=True)
        return "; ".join(f"{_duration(seconds)} on {device}" for seconds, device in pairs)

    def place(self, figure: float) -> str:
        """Where a reported accuracy lies: `within` the range of our runs, `above` or `below` it."""
        if figure > self.highest:
            return "above"
        if figure < self.lowest:
            return "below"
        return "within"

    def __str__(self) -> str:
        """Mean, standard deviation, range and number of runs; of one run, its accuracy."""
        if self.runs == 1:
            return f"{self.mean:.4f}, one run"
        ends = f"{self.lowest:.4f} to {self.highest:.4f}"
        text = f"{self.mean:.4f} ± {self.std:.4f}, {ends}, {self.runs} runs"
        # Two runs with one seed are hardly two draws: then say how many seeds there are.
        if self.seeds < self.runs:
            text += f" with {_count(self.seeds, 'seed')}"
        return text


def full_runs(row: str | None = None) -> list[FullRun]:
    """The runs on record, of one row or of all, in the order of rows and seeds.

    Raises:
        ValueError: there is no such row (the message names those that there are), or a run in the
            file is not as it was written.
    """
    if row is not None and row not in ROWS and row not in RECIPES:
        rows = f"{', '.join(ROWS)}, and the trials and finals of groundup.recipe"
        raise ValueError(f"full_runs: no row {row!r}. There are: {rows}.")
    if not FILE.exists():
        return []
    return [run for run in read_runs(FILE) if row in (None, run.row)]


def checksum(run: FullRun) -> str:
    """Of all that a run says: against accidents and edits by hand, not against forgery."""
    content = json.dumps(_content(run), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:CHECKSUM_DIGITS]


def _content(run: FullRun) -> dict[str, Any]:
    """What stands of a run in the file; without `misread` where the run did not keep that."""
    content = asdict(run)
    if run.misread is None:
        del content["misread"]
    return content


def read_runs(path: Path, *, stamped: bool = True) -> list[FullRun]:
    """The runs of a file, each checked.

    Args:
        path: a file as this module writes it.
        stamped: each run must have its checksum; if not, one that has none is taken as it is.

    Raises:
        ValueError: the file cannot be read, a run is not as it was written, or it is impossible;
            the message names file, run, finding and remedy.
    """
    remedy = "Nothing was merged: give a file as groundup.full_runs wrote it."
    if stamped:
        remedy = f"Restore the file: git checkout -- {path}"
    try:
        text = path.read_text(encoding="utf-8")
        entries = json.loads(text, object_pairs_hook=_without_repetition)
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{path}: cannot be read, {error}. {remedy}") from None
    if not isinstance(entries, list):
        kind = type(entries).__name__
        raise ValueError(f"{path}: found a {kind}, expected a list of runs. {remedy}")

    runs: list[FullRun] = []
    for number, entry in enumerate(entries, start=1):
        fault = _fault(entry, stamped=stamped)
        if fault:
            raise ValueError(f"{path}, {_place(entry, number)}: {fault}. {remedy}")
        entry.pop("checksum", None)
        runs.append(FullRun(**entry))

    first: dict[tuple[str, int, str, str], int] = {}
    for number, run in enumerate(runs, start=1):
        other = first.setdefault(run.identity, number)
        # A file to merge may hold a run twice, as two files may; the record may not.
        if other != number and (stamped or runs[other - 1] != run):
            place = _place(asdict(run), number)
            raise ValueError(
                f"{path}, {place}: run {other} has the same row, seed, device and version of "
                f"PyTorch. {remedy}"
            )
    return list(_by_identity(runs).values())


def _by_identity(runs: list[FullRun]) -> dict[tuple[str, int, str, str], FullRun]:
    return {run.identity: run for run in runs}


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entry = dict(pairs)
    if len(entry) < len(pairs):
        keys = ", ".join(key for key, _ in pairs)
        raise ValueError(f"a key stands twice among {keys}")
    return entry


def _place(entry: Any, number: int) -> str:
    """Which run of a file this is, as far as it says so."""
    if not isinstance(entry, dict):
        return f"run {number}"
    return f"run {number} (row {entry.get('row')!r}, seed {entry.get('seed')!r})"


def _fault(entry: Any, *, stamped: bool) -> str:
    """The first thing that is wrong with a run as it stands in a file; empty if nothing is."""
    if not isinstance(entry, dict):
        return f"found a {type(entry).__name__}, expected an object"
    content = dict(entry)
    stamp = content.pop("checksum", None)
    expected = [field.name for field in fields(FullRun)]
    lacking = set(expected) - content.keys() - {"misread"}
    absent = [name for name in expected if name in lacking]
    if absent:
        return f"it lacks {', '.join(absent)}"
    unknown = [name for name in content if name not in expected]
    if unknown:
        return f"unknown: {', '.join(unknown)}; expected {', '.join(expected)}"

    fault = _impossible(content)
    if fault:
        return fault
    if stamp is None and stamped:
        return "it has no checksum"
    if stamp is None:
        return ""
    found = checksum(FullRun(**content))
    if stamp != found:
        sums = f"its checksum is {stamp!r}, its content has {found!r}"
        return f"{sums}, so it was changed after it was written"
    return ""


def _impossible(content: dict[str, Any]) -> str:
    """What in a run no training can have given; empty if there is nothing."""
    for name in ("row", "device", "steps", "threads", "torch", "python", "commit", "date"):
        if not isinstance(content[name], str) or not content[name]:
            return f"{name} is {content[name]!r}, expected a text"
    if content["row"] not in ROWS and content["row"] not in RECIPES:
        rows = ", ".join(ROWS)
        return f"unknown row; expected one of {rows}, or a trial or final of groundup.recipe"
    if type(content["seed"]) is not int or content["seed"] < 0:
        return f"seed is {content['seed']!r}, expected a whole number from 0"

    everything: dict[str, Trained] = {**ROWS, **RECIPES}
    trained = everything[content["row"]]
    fault = _impossible_epochs(content, trained)
    fault = fault or _impossible_seconds(content["seconds"], trained)
    fault = fault or _impossible_origin(content)
    if not fault and content.get("misread") is not None:
        fault = _impossible_misread(content["misread"], content["accuracies"][-1])
    return fault


def _impossible_epochs(content: dict[str, Any], trained: Trained) -> str:
    """What in the accuracies and losses of a run cannot be; empty if there is nothing."""
    tested = trained.epochs
    each = "one for each epoch"
    if isinstance(trained, Recipe):
        tested = 1
        each = "that after the last epoch"
    for name, count, which in (
        ("accuracies", tested, each),
        ("losses", trained.epochs, "one for each epoch"),
    ):
        numbers = content[name]
        if not isinstance(numbers, list):
            return f"{name}: found a {type(numbers).__name__}, expected a list"
        if len(numbers) != count:
            return f"{name}: found {len(numbers)}, expected {count}, {which}"
        for epoch, number in enumerate(numbers, start=1):
            if not _is_finite(number):
                return f"{name}, epoch {epoch}: {number!r}, expected a finite number from 0"

    for epoch, accuracy in enumerate(content["accuracies"], start=1):
        digits = accuracy * TEST_DIGITS
        if digits > TEST_DIGITS or abs(digits - round(digits)) > 1e-6:
            steps = f"in steps of one of {TEST_DIGITS:,} digits"
            return f"accuracies, epoch {epoch}: {accuracy!r}, expected 0 to 1, {steps}"

    # a network that has learned nothing yet is somewhat worse than one that guesses; but in a
    # trial, a rate may be too high
    if content["row"] in TRIALS:
        return ""
    most = 2 * _chance_loss(trained)
    for epoch, loss in enumerate(content["losses"], start=1):
        if loss > most:
            meaning = f"{most:.3g}, twice that of guessing"
            return f"losses, epoch {epoch}: {loss!r}, expected at most {meaning}"
    return ""


def _chance_loss(trained: Trained) -> float:
    """The loss of a network that gives each of ten classes the same output, the best one."""
    if isinstance(trained, Experiment) and trained.criterion is one_hot_mse:
        return 0.1 * 0.9**2 + 0.9 * 0.1**2  # of ten outputs of 0.1, one should be 1 and nine 0
    return math.log(10)


def _impossible_seconds(seconds: Any, trained: Trained) -> str:
    """What in the time of a run cannot be; empty if there is nothing."""
    if not _is_finite(seconds):
        expected = "a finite number with a decimal point, such as 217.0"
        return f"seconds is {seconds!r}, expected {expected}"
    steps = trained.epochs * FEWEST_TRAINING_DIGITS // trained.batch_size
    least = steps * SECONDS_PER_STEP
    if seconds < least:
        return f"seconds is {seconds!r}, expected at least {least:g}, for {steps:,} steps"
    return ""


def _impossible_origin(content: dict[str, Any]) -> str:
    """What in the versions, the commit and the date of a run cannot be; empty if nothing."""
    for name, oldest in (("torch", OLDEST_TORCH), ("python", OLDEST_PYTHON)):
        for version in content[name].split(THEN):
            match = VERSION.fullmatch(version)
            if not match or (int(match[1]), int(match[2])) < oldest:
                expected = f"a version from {oldest[0]}.{oldest[1]}"
                return f"{name} is {content[name]!r}, expected {expected}"
    if not content["threads"].isdecimal() or int(content["threads"]) < 1:
        return f"threads is {content['threads']!r}, expected a whole number from 1"

    commit = content["commit"]
    if not COMMIT.fullmatch(commit) or not commit.removesuffix("-dirty").strip("0"):
        return f"commit is {commit!r}, expected 7 to 40 hexadecimal digits, as git prints them"
    try:
        day = date.fromisoformat(content["date"])
    except ValueError:
        return f"date is {content['date']!r}, expected year-month-day"
    if day.isoformat() != content["date"]:
        return f"date is {content['date']!r}, expected year-month-day"
    if day < FIRST_DATE:
        return f"date is {content['date']!r}, expected none before {FIRST_DATE}"
    return ""


def _impossible_misread(positions: Any, accuracy: float) -> str:
    """What in a list of misread digits cannot be; empty if there is nothing."""
    if not isinstance(positions, list):
        return f"misread: found a {type(positions).__name__}, expected a list of positions"
    for position in positions:
        if type(position) is not int or not 0 <= position < TEST_DIGITS:
            return f"misread: {position!r}, expected whole numbers from 0 to {TEST_DIGITS - 1}"
    if positions != sorted(set(positions)):
        return "misread: expected each position once, in ascending order"
    wrong = TEST_DIGITS - round(accuracy * TEST_DIGITS)
    if len(positions) != wrong:
        return f"misread: found {len(positions)} positions, the last accuracy leaves {wrong} digits"
    return ""


def _is_finite(number: Any) -> bool:
    """Whether it is a float, no infinity, no NaN, and not below 0."""
    return type(number) is float and math.isfinite(number) and number >= 0


def summarize(row: str) -> Summary:
    """Mean, standard deviation and range of a row's runs on record, and on what they ran.

    Raises:
        ValueError: there is no such row, it has no run, or it is a recipe of our own, of which no
            source reports a figure.
    """
    runs = full_runs(row)
    if row not in ROWS:
        rows = ", ".join(ROWS)
        raise ValueError(
            f"summarize: no source reports a figure for {row!r}. Rows with one: {rows}."
        )
    if not runs:
        command = f"python -m groundup.full_runs --rows {row!r}"
        raise ValueError(f"summarize: no full run of {row!r} is on record. Run: {command}")

    accuracies = [run.accuracy for run in runs]
    std = float("nan")
    if len(runs) > 1:
        std = stdev(accuracies)

    seconds: dict[str, list[float]] = {}
    for run in runs:
        seconds.setdefault(run.device, []).append(run.seconds)
    devices = sorted(seconds)
    return Summary(
        row=row,
        runs=len(runs),
        seeds=len(_distinct(runs, "seed")),
        mean=mean(accuracies),
        std=std,
        lowest=min(accuracies),
        highest=max(accuracies),
        reported=ROWS[row].reported.figure,
        devices=tuple(devices),
        seconds=tuple(median(seconds[device]) for device in devices),
        torch=tuple(_distinct(runs, "torch")),
    )


def describe(runs: list[FullRun]) -> str:
    """How many runs and seeds these are, and where, when and with what they were computed."""

    number = _count(len(runs), "run")
    seeds = _count(len(_distinct(runs, "seed")), "seed")
    devices = "; ".join(_distinct(runs, "device"))  # their names have commas
    threads = ", ".join(_distinct(runs, "threads"))
    versions = ", ".join(_distinct(runs, "torch"))
    dates = ", ".join(_distinct(runs, "date"))
    commits = ", ".join(_distinct(runs, "commit"))
    where = f"{devices}, {threads} thread(s), PyTorch {versions}"
    return f"{number} with {seeds} on {where}, {dates}, commit {commits}"


def _distinct(runs: list[FullRun], name: str) -> list[Any]:
    """The different values of an attribute, in ascending order."""
    return sorted({getattr(run, name) for run in runs})


def _duration(seconds: float) -> str:
    """In the unit that leaves two or three digits."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 120 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def _count(count: int, thing: str) -> str:
    """The number of things, in words: "1 run", "2 runs"."""
    if count == 1:
        return f"1 {thing}"
    return f"{count} {thing}s"


def add(new: FullRun) -> None:
    """Write a run into the file; one with the same identity is replaced."""
    with _alone():
        others = [old for old in full_runs() if old.identity != new.identity]
        _write([*others, new])


def _alone() -> BaseFileLock:
    """What keeps other processes from writing into the file at the same time."""
    return FileLock(FILE.with_suffix(".lock"))


def merge(paths: list[Path]) -> str:
    """Take in the runs of other files, with their checksums or without.

    Returns:
        For each file, how many runs it has, and how many of them are new.

    Raises:
        ValueError: a run is impossible, or has the row, seed, device and version of one that is
            known, and another content. Nothing is written then.
    """
    with _alone():
        return _merge(paths)


def _merge(paths: list[Path]) -> str:
    known = _by_identity(full_runs())
    lines = []
    for path in paths:
        runs = read_runs(path, stamped=False)
        new = [run for run in runs if run.identity not in known]
        for run in runs:
            if known.setdefault(run.identity, run) != run:
                raise ValueError(
                    f"{path}, row {run.row!r}, seed {run.seed}: a run with this seed on "
                    f"{run.device}, PyTorch {run.torch}, is on record or in a file before, with "
                    f"another content. Nothing was merged: find out which of the two is right, "
                    f"and remove the other."
                )
        lines.append(f"{path.name}: {_count(len(runs), 'run')}, {len(new)} new")
    _write(list(known.values()))
    return "\n".join(lines)


def _write(runs: list[FullRun]) -> None:
    """One line for each run, with its checksum, in the order of rows and seeds."""
    names = [*ROWS, *RECIPES]
    runs = sorted(runs, key=lambda run: (names.index(run.row), run.seed, run.device, run.torch))
    lines = []
    for run in runs:
        content = _content(run)
        fault = _impossible(content)
        if fault:
            raise ValueError(f"full_runs: row {run.row!r}, seed {run.seed} is not kept: {fault}.")
        lines.append(json.dumps({**content, "checksum": checksum(run)}))
    part = FILE.with_suffix(".part")
    part.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    os.replace(part, FILE)
