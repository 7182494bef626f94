"""Full runs on a Dask cluster: its scheduler hands each run, part by part, to a free worker.

A part is one epoch, or ten seconds of shorter ones. Its worker is given the state to go on from,
and returns the next one, which is kept on this machine. So a worker that dies costs its run one
part; Dask gives that part to another worker.
"""

import asyncio
import ctypes
import functools
import hashlib
import importlib.metadata
import logging
import pickle
import platform
import time
from collections import deque
from collections.abc import Generator
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import torch
from distributed import Client, Future, KilledWorker, Worker, get_worker, rpc, wait
from distributed.comm import CommClosedError

from groundup.one_run import Part, keep_state, kept_state, run_part
from groundup.runs import FullRun

Job = tuple[str, int]  # row and seed

PART = 10.0  # seconds at least, so that what a part costs beside its epochs does not matter
PATIENCE = 5  # seconds for the scheduler to answer
LOOK_ROUND = 5  # seconds between two looks at which workers there are


def train(address: str, jobs: list[Job]) -> Generator[tuple[Job, FullRun | Exception]]:
    """Train rows and seeds on the workers of a cluster.

    Yields:
        Each run, or why it failed, as soon as it is done.

    Raises:
        ConnectionError: no scheduler answers at the address, or it no longer answers.
        ValueError: a worker has another version of this library or of PyTorch, or more than one
            thread.
    """
    if not jobs:
        return
    waiting = deque(jobs)
    going: dict[Future[Part], Job] = {}
    checked: set[str] = set()
    client = _connect(address)
    try:
        with client:
            workers = _checked_workers(client, checked)
            while waiting or going:
                # no more parts than workers, so that a run begins only when one is free
                while waiting and len(going) < len(workers):
                    job = waiting.popleft()
                    going[_submit(client, job)] = job
                done = _first_done(list(going))
                # before their results are looked at: they may have failed on a new worker that is
                # not fit
                workers = _checked_workers(client, checked)
                for future in done:
                    job = going.pop(future)
                    result = _take_in(job, future)
                    if result is None:
                        waiting.appendleft(job)
                    else:
                        yield job, result
    except (CancelledError, CommClosedError):
        raise ConnectionError(
            f"The scheduler at {address} no longer answers. When it runs again, the same command "
            f"goes on after the last finished epoch."
        ) from None


def _submit(client: Client, job: Job) -> Future[Part]:
    """Hand out the next part of a run."""
    # As bytes, to a function that is sent whole: so the scheduler imports nothing, and needs
    # neither this library nor PyTorch.
    task = pickle.dumps(functools.partial(part, *job, kept_state(*job), library()))

    def part_of_a_run(task: bytes) -> Any:
        return pickle.loads(task)()

    return client.submit(part_of_a_run, task, pure=False)


def part(row: str, seed: int, state: bytes | None, expected: dict[str, str]) -> Part:
    """Go on with a run, on a worker.

    Raises:
        ValueError: the worker is not fit for it.
    """
    worker = get_worker()
    found = fault(expected, worker)
    if found:
        raise ValueError(f"worker {worker.address}: {found}")
    _keep_memory()
    return run_part(row, seed, state, PART)


def _keep_memory() -> None:
    """Let this process keep the memory that one step frees for the next.

    It does so where Dask has not started it. Dask starts its workers with MALLOC_TRIM_THRESHOLD_,
    by which such memory goes back to the system at once, and each step has to ask for it anew.
    """
    libc_name, _ = platform.libc_ver()
    if libc_name == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(-3, 32 << 20)  # M_MMAP_THRESHOLD: the most that it comes to by itself
        libc.mallopt(-1, 64 << 20)  # M_TRIM_THRESHOLD: then twice as much


def fault(expected: dict[str, str], dask_worker: Worker) -> str:
    """Why this worker may not train, and what to do; empty if it may.

    `Client.run` gives each worker itself, by the name `dask_worker`.
    """
    for name, version in library().items():
        if version != expected[name]:
            return (
                f"it has {name} {version}, and {expected[name]} is needed. Install the same "
                f"version on all machines, and start the worker again."
            )
    threads = dask_worker.state.nthreads
    if threads > 1:
        return (
            f"it does {threads} tasks at once, and a run needs the random numbers of its process "
            f"for itself. Start it again with --nthreads 1, and --nworkers for several."
        )
    return ""


@functools.cache
def library() -> dict[str, str]:
    """What must be the same on all machines.

    This library, by its code, and PyTorch, however it was built.
    """
    digest = hashlib.sha256()
    package = Path(__file__).parent
    for path in sorted(package.rglob("*.py")):
        place = path.relative_to(package)
        if place.parts[0] != "figures":  # they train nothing
            code = path.read_text(encoding="utf-8")
            digest.update(f"{place.as_posix()}\n{code}".encode())
    version = importlib.metadata.version("groundup")
    of_torch, _, _ = torch.__version__.partition("+")
    return {
        "groundup": f"{version} with code {digest.hexdigest()[:8]}",
        "PyTorch": of_torch,
    }


def _connect(address: str) -> Client:
    # what it would say of lost connections, with tracebacks, is said here
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        # not by `Client` at once: one that finds no scheduler leaves a traceback at its end
        found = asyncio.run(_kind(address))
        if found != "Scheduler":
            raise ConnectionError(f"a {found.lower()} answers")
        return Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        reason = str(error) or f"no answer within {PATIENCE} s"
        raise ConnectionError(
            f"No Dask scheduler at {address!r}: {reason}. Start one with `dask scheduler`, which "
            f"prints its address, such as tcp://192.168.0.1:8786. Nothing was run."
        ) from None


async def _kind(address: str) -> str:
    """What answers at an address: a `Scheduler`, we hope."""
    async with asyncio.timeout(PATIENCE), rpc(address) as server:
        identity = await server.identity()
    return str(identity["type"])


def _first_done(futures: list[Future[Part]]) -> list[Future[Part]]:
    """Those that are done, as soon as there is one; none after a while."""
    try:
        return list(wait(futures, timeout=LOOK_ROUND, return_when="FIRST_COMPLETED").done)
    except TimeoutError:
        return []


def _checked_workers(client: Client, checked: set[str]) -> set[str]:
    """The addresses of all workers, as soon as there is one; those that are new are checked."""
    workers = set(client.nthreads())
    if not workers:
        address = client.scheduler_info()["address"]
        command = f"dask worker {address} --nthreads 1 --nworkers 1"
        print(f"No worker at {address}. Waiting for one: {command}", flush=True)
    while not workers:
        time.sleep(1)
        workers = set(client.nthreads())
    _check(client, workers - checked)
    checked |= workers
    return workers


def _check(client: Client, workers: set[str]) -> None:
    """Look whether workers may train.

    Raises:
        ValueError: one may not.
    """
    if not workers:
        return
    answers = client.run(fault, library(), workers=list(workers), on_error="return")
    faults = []
    for worker, answer in answers.items():
        if isinstance(answer, OSError):  # it is gone again
            continue
        if isinstance(answer, Exception):
            expected = library()["groundup"]
            answer = (
                f"it cannot load {__name__} ({answer}), and {expected} is needed. Install the same "
                f"version on all machines, and start the worker again."
            )
        if answer:
            faults.append(f"Worker {worker}: {answer}")
    if faults:
        faults.append("The same command goes on after the last finished epoch.")
        raise ValueError("\n".join(faults))


def _take_in(job: Job, future: Future[Part]) -> FullRun | Exception | None:
    """Keep the state of a part and print its lines.

    Returns:
        The run if it is at its end, or why the part failed.
    """
    try:
        done = future.result()
        if done.state is not None:
            keep_state(*job, done.state)
    except (CancelledError, CommClosedError):  # the scheduler is gone
        raise
    except KilledWorker as error:
        workers = error.allowed_failures + 1
        return ValueError(
            f"{workers} workers died while they trained it, of too little memory perhaps: their "
            f"terminals say more. The same command goes on after its last finished epoch."
        )
    except Exception as error:
        return error
    finally:
        # what is kept here needs no repetition if its worker dies
        future.release()
    for line in done.lines:
        print(line, flush=True)
    return done.run
