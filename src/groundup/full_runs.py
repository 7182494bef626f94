"""Train the sources' experiments to their end, with several seeds, on record.

    python -m groundup.full_runs [--rows ROW ...] [--seeds N | FIRST:END] [--jobs N] [--here]
    python -m groundup.full_runs [--rows ROW ...] [--seeds N | FIRST:END] --scheduler ADDRESS
    python -m groundup.full_runs --merge FILE [FILE ...]

Runs that are in the file are not repeated; one that was interrupted goes on after its last
finished epoch. The second form hands them to the workers of a Dask cluster. The third form takes in
the runs of files that other machines wrote. A run is known by its row, seed, device and version of
PyTorch. The runs of our own recipe are those of `groundup.study`.
"""

import argparse
import os
import signal
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from multiprocessing import active_children, get_context
from pathlib import Path

import torch

from groundup.one_run import run, state_file
from groundup.repro import machine, pick_device
from groundup.runs import FILE, ROWS, FullRun, add, full_runs, merge

SEEDS = {"dense": 32, "article": 32, "classifier": 32}  # the others take minutes to hours each
FEW_SEEDS = 5
NAMES = list(ROWS)

Job = tuple[str, int]  # row and seed
Results = Generator[tuple[Job, FullRun | Exception]]  # in the order in which they come in

GOES_ON = "The same command goes on after the last finished epoch."


def missing(
    rows: list[str], seeds: range | None, where: tuple[str, str] | None = None
) -> Iterator[Job]:
    """Rows and seeds without a run.

    One seed of each row comes before the next seed of any, and the longest rows come first.

    Args:
        rows: which rows to look at.
        seeds: which seeds; `None` for as many as each row should have.
        where: a device and a version of PyTorch; runs of others do not count then. Without it, a
            run counts wherever it was done.
    """
    done = set()
    for known in full_runs():
        if where is None or where == (known.device, known.torch):
            done.add((known.row, known.seed))

    requested: dict[str, range] = {}
    end = 0
    for row in rows:
        requested[row] = seeds or range(SEEDS.get(row, FEW_SEEDS))
        end = max(end, requested[row].stop)
    longest_first = sorted(requested, key=_cost, reverse=True)
    for seed in range(end):
        for row in longest_first:
            if seed in requested[row] and (row, seed) not in done:
                yield row, seed


def _cost(row: str) -> float:
    """Roughly: images seen, times parameters and, for convolutions, their many uses."""
    experiment = ROWS[row]
    uses = 0
    for parameter in experiment.new_model(0).parameters():
        if parameter.dim() == 4:  # of a convolution
            uses += 100 * parameter.numel()
        else:
            uses += parameter.numel()
    if experiment.extended:
        uses *= 5
    return uses * experiment.epochs


def in_processes(
    train: Callable[[str, int], FullRun],
    jobs: list[Job],
    *,
    side_by_side: int,
    runs_per_process: int | None = 1,
) -> Results:
    """Train on this machine, in processes beside this one.

    Closed before its end, it ends the processes, which leave the states of their last finished
    epochs.

    Args:
        train: takes a row and a seed.
        jobs: what to train.
        side_by_side: how many processes there are at a time.
        runs_per_process: after so many runs, a process makes room for a new one; `None`: never.

    Raises:
        BrokenProcessPool: a process was killed from outside.
    """
    with ProcessPoolExecutor(
        side_by_side,
        mp_context=get_context("spawn"),
        initializer=signal.signal,
        # Ctrl-C reaches them too, and is for this process to answer
        initargs=(signal.SIGINT, signal.SIG_IGN),
        max_tasks_per_child=runs_per_process,
    ) as pool:
        futures = {pool.submit(train, *job): job for job in jobs}
        try:
            for future in as_completed(futures):
                error = future.exception()
                if isinstance(error, BrokenProcessPool):
                    raise error
                if isinstance(error, Exception):
                    yield futures[future], error
                else:
                    yield futures[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in active_children():
                process.terminate()
            raise


def on_cluster(address: str, jobs: list[Job]) -> Results:
    """Train on the workers of a Dask cluster; see `groundup.cluster`."""
    try:
        from groundup import cluster
    except ModuleNotFoundError as error:
        if error.name not in ("dask", "distributed"):
            raise
        raise ValueError(
            "--scheduler needs the package distributed, which is not installed here. "
            'Run: pip install ".[cluster]"'
        ) from None
    return cluster.train(address, jobs)


def keep(results: Results) -> list[str]:
    """Put each run on record as soon as it is done.

    Returns:
        Of each run that failed, row, seed and reason.
    """
    failures = []
    with closing(results):
        for (row, seed), result in results:
            if isinstance(result, FullRun):
                try:
                    add(result)
                    state_file(row, seed).unlink(missing_ok=True)
                    continue
                except (ValueError, OSError) as error:
                    result = error
            reason = str(result)
            if not isinstance(result, ValueError):
                reason = f"{type(result).__name__}: {reason}"
            failures.append(f"{row}, seed {seed}: {reason}")
    return failures


def main() -> None:
    """Run what is missing, or take in the runs of other files."""
    asked = _arguments()
    try:
        if asked.merge:
            print(merge(asked.merge))
            return
        failures = _run_missing(asked)
    except KeyboardInterrupt:
        raise SystemExit(f"Stopped. {GOES_ON}") from None
    except BrokenProcessPool:
        raise SystemExit(
            f"A process that trained was killed, by the system perhaps, for lack of memory: "
            f"then try fewer --jobs. {GOES_ON}"
        ) from None
    except (ValueError, OSError, torch.OutOfMemoryError) as error:
        raise SystemExit(str(error)) from None
    if failures:
        count = f"{len(failures)} runs"
        if len(failures) == 1:
            count = "1 run"
        summary = f"{count} failed; what else was done is on record."
        raise SystemExit("\n".join([summary, *failures]))


def _run_missing(asked: argparse.Namespace) -> list[str]:
    """Train what is missing side by side; the runs that failed, in words."""
    here = machine()
    where = None
    if asked.here:
        where = (here["device"], here["torch"])
    jobs = list(missing(asked.rows, asked.seeds, where))
    if asked.scheduler:
        place = f"on the workers at {asked.scheduler}"
        results = on_cluster(asked.scheduler, jobs)
    else:
        side_by_side = asked.jobs or _jobs_here()
        place = f"{side_by_side} side by side"
        results = in_processes(run, jobs, side_by_side=side_by_side)
    print(f"{len(jobs)} runs to do, {place}, into {FILE}", flush=True)
    return keep(results)


def _jobs_here() -> int:
    """How many runs this machine trains side by side: one per core, or one on a GPU."""
    if pick_device().type == "cuda":
        return 1
    return os.cpu_count() or 1


def _arguments() -> argparse.Namespace:
    first_line, *_ = __doc__.splitlines()
    parser = argparse.ArgumentParser(description=first_line)
    parser.add_argument("--rows", nargs="+", choices=NAMES, default=NAMES, help="default: all")
    parser.add_argument(
        "--seeds",
        type=_seeds,
        help="how many, or FIRST:END; default: 32 of the dense rows, 5 of the others",
    )
    parser.add_argument(
        "--jobs",
        type=count_argument,
        metavar="N",
        help="runs side by side; default: one per core, or 1 on a GPU",
    )
    parser.add_argument(
        "--here",
        action="store_true",
        help="run what is on record from other devices or versions of PyTorch only, too",
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="train on the workers of the Dask cluster there, a run on each",
    )
    parser.add_argument(
        "--merge",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="take in the runs of these files, and run nothing",
    )
    asked = parser.parse_args()
    if asked.merge and (asked.rows is not NAMES or asked.seeds or asked.jobs or asked.here):
        parser.error(
            "--merge takes in all runs of its files, and runs nothing: leave out the other options"
        )
    for option in ("jobs", "here", "merge"):
        if asked.scheduler and getattr(asked, option):
            parser.error(f"--{option} is about this machine: leave it out, or --scheduler")
    return asked


def _seeds(text: str) -> range:
    first, _, end = text.rpartition(":")
    try:
        seeds = range(int(first or 0), int(end))
    except ValueError:
        seeds = range(0)
    if not seeds or seeds.start < 0:
        raise argparse.ArgumentTypeError(
            f"{text!r}: expected how many, such as 5, or FIRST:END, such as 5:8"
        )
    return seeds


def count_argument(text: str) -> int:
    """Read a number of things from the command line.

    Raises:
        ArgumentTypeError: it is no whole number, or less than 1.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number from 1")
    return int(text)


if __name__ == "__main__":
    main()
