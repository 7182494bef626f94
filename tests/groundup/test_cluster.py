"""Full runs on a Dask cluster: scheduler and workers are processes, as users start them."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from groundup import full_runs, one_run
from groundup.data import Digits
from groundup.experiments import EXPERIMENTS

# What Python runs first in each process: where a run is started or trained, three epochs of a
# hundred digits are enough. Each epoch goes into a log, and takes a while, so that it can be
# interrupted.
SMALL_RUNS = """
import os, sys
if "groundup.full_runs" in sys.orig_argv or "--multiprocessing-fork" in sys.orig_argv:
    import time
    from dataclasses import replace
    from pathlib import Path

    from groundup import runs
    from groundup.data import Digits, load_mnist

    runs.FILE = Path("full_runs.json").absolute()
    runs.ROWS = {row: replace(each, epochs=3, extended=False) for row, each in runs.ROWS.items()}
    runs.TEST_DIGITS = 100

    from groundup import one_run

    fit = one_run.fit

    def hundred(digits):
        return Digits(digits.images[:100], digits.labels[:100])

    def fit_slowly(*arguments, report, seed, **options):
        def logged(epoch):
            with open(os.environ["EPOCHS"], "a") as log:
                print(seed, epoch.number, os.getpid(), file=log)
            time.sleep(float(os.environ["SECONDS"]))
            report(epoch)

        return fit(*arguments, report=logged, seed=seed, **options)

    one_run.fit = fit_slowly
    one_run.load_mnist = lambda device: tuple(map(hundred, load_mnist(device)))
"""


Result = tuple[str, list[float], list[float], list[int] | None]  # row, accuracies, losses, misread


class Process:
    """A module of Python, run in a group of processes of its own, with its output in a file."""

    def __init__(self, folder: Path, *command: str, **environment: str) -> None:
        self.output = folder / f"output {len(list(folder.glob('output *')))}"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=folder,
                env={**os.environ, **environment},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def says(self, pattern: str, seconds: float = 60) -> None:
        """Wait until it has said something."""
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.text):
            assert time.monotonic() < deadline and self.process.poll() is None, self.text
            time.sleep(0.05)

    def end(self, seconds: float = 60) -> int:
        """Its exit status, as soon as it has ended by itself."""
        return self.process.wait(seconds)

    def kill(self) -> None:
        """Kill it and the processes that it has started, as if their machine had lost its power."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Cluster:
    """A scheduler and its workers, and the programs that use them, which all end with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "epochs"
        self.log.touch()
        hook = folder / "hook"
        hook.mkdir()
        (hook / "sitecustomize.py").write_text(SMALL_RUNS)
        self.environment = {"EPOCHS": str(self.log), "SECONDS": "0.4", "PYTHONPATH": str(hook)}
        self.processes: list[Process] = []
        self.workers: list[Process] = []
        self.address = self.start_scheduler()

    def start(self, *command: str, folder: Path | None = None, **environment: str) -> Process:
        process = Process(folder or self.folder, *command, **{**self.environment, **environment})
        self.processes.append(process)
        return process

    def start_scheduler(self) -> str:
        """Start it on a free port; its address."""
        command = [
            "dask",
            "scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--dashboard-address",
            "127.0.0.1:0",
        ]
        no_library = self.folder / "no library"
        (no_library / "groundup").mkdir(parents=True, exist_ok=True)
        (no_library / "groundup" / "__init__.py").write_text(
            "raise ImportError('the scheduler needs no groundup')"
        )
        self.scheduler = self.start(*command, PYTHONPATH=str(no_library))
        self.scheduler.says(r"Scheduler at: .*tcp://")
        return re.findall(r"tcp://[\d.:]+", self.scheduler.text)[0]

    def start_worker(self, threads: int = 1, **environment: str) -> Process:
        options = ("--nthreads", str(threads), "--nworkers", "1", "--host", "127.0.0.1")
        return self.start("dask", "worker", self.address, *options, **environment)

    def have_workers(self, count: int) -> list[Process]:
        """So many workers, those of the test before as far as they live."""
        alive = [worker for worker in self.workers if worker.process.poll() is None]
        for worker in alive[count:]:
            worker.kill()
        self.workers = alive[:count] + [self.start_worker() for _ in range(count - len(alive))]
        for worker in self.workers:
            worker.says("Registered to")
        return self.workers

    def epochs(self) -> list[tuple[int, int, int]]:
        """Seed, number and process of each epoch that was trained, in turn."""
        lines = self.log.read_text().splitlines()
        return [(int(seed), int(number), int(pid)) for seed, number, pid in map(str.split, lines)]

    def end(self) -> None:
        for process in reversed(self.processes):
            process.kill()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, torch_home: Path) -> Iterator[Cluster]:
    # what a shell starts in the background ignores Ctrl-C, and so would all that a test starts
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    yield made
    made.end()
    signal.signal(signal.SIGINT, before)


Start = Callable[..., Process]


@pytest.fixture
def start(cluster: Cluster, tmp_path: Path) -> Start:
    """Start the program in a folder of its own, for two seeds of the dense row."""
    cluster.log.write_text("")

    def started(*arguments: str, seeds: str = "0:2", **environment: str) -> Process:
        command = ("groundup.full_runs", "--rows", "dense", "--seeds", seeds, *arguments)
        return cluster.start(*command, folder=tmp_path, **environment)

    return started


@pytest.fixture
def expected(
    digits: tuple[Digits, Digits],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., dict[int, Result]]:
    """What comes out of each seed if it is trained in one go, here."""
    small = [Digits(each.images[:100], each.labels[:100]) for each in digits]
    monkeypatch.setattr(one_run, "ROWS", {"dense": replace(EXPERIMENTS["dense"], epochs=3)})
    monkeypatch.setattr(one_run, "load_mnist", lambda device: small)
    monkeypatch.setattr(one_run, "UNFINISHED", tmp_path_factory.mktemp("expected"))

    def trained(*seeds: int) -> dict[int, Result]:
        runs = [one_run.run("dense", seed) for seed in seeds]
        return {each.seed: (each.row, each.accuracies, each.losses, each.misread) for each in runs}

    return trained


def on_record(folder: Path) -> dict[int, Result]:
    entries = json.loads((folder / "full_runs.json").read_text())
    return {
        each["seed"]: (each["row"], each["accuracies"], each["losses"], each["misread"])
        for each in entries
    }


def states(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / ".full_runs").glob("*"))


Expected = Callable[..., dict[int, Result]]
STOPPED = "Stopped. The same command goes on after the last finished epoch.\n"


def test_the_program_waits_for_a_worker_and_refuses_one_with_threads(
    cluster: Cluster, start: Start
) -> None:
    cluster.have_workers(0)
    program = start("--scheduler", cluster.address)
    program.says(
        rf"No worker at {cluster.address}. "
        rf"Waiting for one: dask worker {cluster.address} --nthreads 1"
    )
    worker = cluster.start_worker(threads=2)
    assert program.end() == 1
    assert re.search(
        r"\nWorker tcp://\S+: it does 2 tasks at once, .* Start it again with --nthreads 1",
        program.text,
    )
    worker.kill()


def test_a_worker_that_dies_costs_its_run_one_part(
    cluster: Cluster, start: Start, expected: Expected, tmp_path: Path
) -> None:
    workers = cluster.have_workers(2)
    program = start("--scheduler", cluster.address, seeds="2:4")
    program.says(r"seed  2   epoch  1 ")
    program.says(r"seed  3   epoch  1 ")
    worker_of = {seed: os.getpgid(pid) for seed, _, pid in cluster.epochs() if seed in (2, 3)}
    # each has a run
    assert sorted(worker_of.values()) == sorted(worker.process.pid for worker in workers)
    time.sleep(0.2)  # until the scheduler has heard, too
    workers[0].kill()
    assert program.end() == 0, program.text
    assert on_record(tmp_path) == expected(2, 3)
    trained = Counter((seed, number) for seed, number, _ in cluster.epochs() if seed in (2, 3))
    assert set(trained) == {(seed, number) for seed in (2, 3) for number in (1, 2, 3)}
    assert trained[2, 1] == trained[3, 1] == 1  # these were kept, and the runs went on after them
    assert max(trained.values()) <= 2
    assert states(tmp_path) == []


def test_after_ctrl_c_the_runs_go_on_with_a_cluster_or_without(
    cluster: Cluster,
    start: Start,
    expected: Expected,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cluster.have_workers(2)
    program = start("--scheduler", cluster.address)
    program.says(r"seed  0   epoch  1 ")
    program.says(r"seed  1   epoch  1 ")
    program.process.send_signal(signal.SIGINT)
    assert program.end(10) == 1
    assert program.text.endswith(f"s to go\n{STOPPED}"), program.text
    assert states(tmp_path) == ["dense 0.pt", "dense 1.pt"]

    program = start("--scheduler", cluster.address, seeds="0:1")
    assert program.end() == 0, program.text
    assert "epoch  1 " not in program.text
    assert on_record(tmp_path) == expected(0)

    whole = expected(1)
    monkeypatch.setattr(one_run, "UNFINISHED", tmp_path / ".full_runs")
    capsys.readouterr()
    assert expected(1) == whole
    printed = capsys.readouterr().out
    assert "epoch  2 " in printed
    assert "epoch  1 " not in printed


def test_ctrl_c_ends_what_trains_on_this_machine(
    cluster: Cluster, start: Start, tmp_path: Path
) -> None:
    program = start("--jobs", "1", seeds="4:6")
    program.says(r"seed  4   epoch  1 ")
    os.killpg(program.process.pid, signal.SIGINT)  # as a terminal does: all its processes get it
    assert program.end(10) == 1
    assert program.text.endswith(f"s to go\n{STOPPED}"), program.text
    assert states(tmp_path) == ["dense 4.pt"]
    assert not [pid for seed, _, pid in cluster.epochs() if seed == 4 and psutil.pid_exists(pid)]


def test_a_damaged_state_fails_its_run_alone(
    cluster: Cluster, start: Start, expected: Expected, tmp_path: Path
) -> None:
    cluster.have_workers(1)
    (tmp_path / ".full_runs").mkdir()
    (tmp_path / ".full_runs" / "dense 0.pt").write_bytes(b"damaged")
    program = start("--scheduler", cluster.address)
    assert program.end() == 1
    assert re.search(
        r"\n1 run failed; what else was done is on record\.\n"
        r"dense, seed 0: \.full_runs/dense 0\.pt: "
        r"the state of this interrupted run cannot be read .*\n$",
        program.text,
    ), program.text
    assert on_record(tmp_path) == expected(1)
    assert (tmp_path / ".full_runs" / "dense 0.pt").read_bytes() == b"damaged"


def test_a_worker_of_another_version_that_joins_late_is_named(
    cluster: Cluster, start: Start, tmp_path: Path
) -> None:
    cluster.have_workers(1)
    package = Path(one_run.__file__).parent
    shutil.copytree(
        package,
        tmp_path / "other" / "groundup",
        ignore=shutil.ignore_patterns("figures", "__pycache__"),
    )
    with (tmp_path / "other" / "groundup" / "models.py").open("a") as models:
        print("# another version", file=models)
    program = start("--scheduler", cluster.address, seeds="6:99")
    program.says("runs to do")
    hook = cluster.environment["PYTHONPATH"]
    other = cluster.start_worker(PYTHONPATH=os.pathsep.join([hook, str(tmp_path / "other")]))
    assert program.end() == 1, program.text
    version = r"\d+\.\d+\.\d+ with code [0-9a-f]{8}"
    assert re.search(
        rf"\nWorker tcp://127\.0\.0\.1:\d+: it has groundup {version}, and {version} is needed\. "
        r"Install the same .*\n"
        r"The same command goes on after the last finished epoch\.\n$",
        program.text,
    ), program.text
    assert "Traceback" not in program.text
    other.kill()


def test_a_scheduler_that_ends_is_named(cluster: Cluster, start: Start, tmp_path: Path) -> None:
    cluster.have_workers(1)
    program = start("--scheduler", cluster.address)
    program.says(r"epoch  1 ")
    cluster.scheduler.kill()
    assert program.end(30) == 1
    assert program.text.endswith(
        f"s to go\nThe scheduler at {cluster.address} no longer answers. "
        "When it runs again, the same command goes on after "
        "the last finished epoch.\n"
    ), program.text
    assert states(tmp_path)
    cluster.have_workers(0)
    cluster.address = cluster.start_scheduler()


NO_SCHEDULER = {
    "nobody": ("127.0.0.1:1", "no answer within 1 s"),
    "no host": ("no.host.invalid:8786", "no answer within 1 s"),
    "no port": ("127.0.0.1", "missing port"),
    "a web address": ("http://127.0.0.1:80", "unknown address scheme"),
    "somebody who says nothing": ("silent", "no answer within 1 s"),
}


@pytest.mark.parametrize(("address", "reason"), NO_SCHEDULER.values(), ids=NO_SCHEDULER)
def test_an_address_without_a_scheduler_is_named(
    address: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from groundup import cluster

    monkeypatch.setattr(cluster, "PATIENCE", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        if address == "silent":
            address = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(
            ConnectionError,
            match=rf"No Dask scheduler at '{address}': .*{reason}.*`dask scheduler`",
        ):
            next(cluster.train(address, [("dense", 0)]))


def test_the_package_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "groundup.cluster", raising=False)
    monkeypatch.delattr("groundup.cluster", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setattr("groundup.runs.FILE", tmp_path / "full_runs.json")
    monkeypatch.setattr(
        "sys.argv", ["full_runs", "--rows", "dense", "--seeds", "1", "--scheduler", "127.0.0.1:1"]
    )
    with pytest.raises(
        SystemExit,
        match=r"distributed, which is not installed here. Run: pip install \"\.\[cluster\]\"",
    ):
        full_runs.main()


def test_the_program_brings_no_distributed() -> None:
    code = (
        "import sys, groundup.full_runs\n"
        "print([name for name in ('dask', 'distributed') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"
