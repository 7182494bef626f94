"""Running scripts: each in a fresh kernel, some side by side, one page's failure no hindrance to the others."""

import ast
import asyncio
import datetime
import itertools
import json
import logging
import os
import queue
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from regen.config import Config, RegenError
from regen.store import CellRun, Output, Run, Store
from regen.tutorial import Cell, Tutorial

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
TO_JSON = "(lambda value: __import__('json').dumps(value, default=lambda array: array.tolist()))({})"
MODULES = "sorted(name for name in __import__('sys').modules if name.partition('.')[0] in {!r})"


class Failure(Exception):
    """A page that did not run to its end: where (file:line), in which code cell (0 if none was reached), and why."""

    def __init__(self, page: str, where: str, cell: int, message: str, traceback: str = "") -> None:
        super().__init__(message)
        self.page, self.where, self.cell, self.message, self.traceback = page, where, cell, message, traceback

    def __str__(self) -> str:
        number = f"cell {self.cell}, " if self.cell else ""
        return f"{self.page}: {number}{self.where}: {self.message}" + (f"\n{self.traceback}" if self.traceback else "")


class Progress:
    """What runs now, on one line of a terminal; in a log, a line at each start, each end and every ten seconds."""

    def __init__(self, waiting: int, stream: TextIO | None = None) -> None:
        self.waiting = waiting
        self.stream = stream or sys.stderr
        self.terminal = self.stream.isatty()
        self.running: dict[str, tuple[str, float]] = {}  # page: how far it is, when it began
        self.last = time.monotonic()

    def start(self, page: str) -> None:
        """A page's turn has come."""
        self.waiting -= 1
        self.running[page] = ("starting", time.monotonic())

    def cell(self, page: str, number: int, total: int) -> None:
        """A page has reached a cell."""
        self.running[page] = (f"cell {number} of {total}", self.running[page][1])
        self.tick()

    def end(self, page: str, outcome: str) -> None:
        """A page is done."""
        self._write(f"{page}: {outcome} after {time.monotonic() - self.running.pop(page)[1]:.1f} s\n")

    def tick(self) -> None:
        """Show how far each page is."""
        now = time.monotonic()
        if self.running and (self.terminal or now - self.last >= 10):
            self.last = now
            pages = [f"{page} {place}, {now - began:.0f} s" for page, (place, began) in self.running.items()]
            pages += [f"{self.waiting} waiting"] * bool(self.waiting)
            self._write(" | ".join(pages) + "\n" * (not self.terminal))

    def _write(self, line: str) -> None:
        self.stream.write("\r\x1b[K" * self.terminal + f"regen: {line}")
        self.stream.flush()


def run_pages(
    tutorials: Iterable[Tutorial], config: Config, *, env: Mapping[str, str] | None = None
) -> dict[str, Run | Failure]:
    """The results of pages, by name: the kept one where it is fresh, a new run where it is not.

    Each new run is kept as soon as it is done, so that an interruption loses only what was under way.
    `env` is added to the environment, of the kernels and of the content key alike.
    """
    environment = {**os.environ, **(env or {})}
    store = Store(config, environment)
    found = {tutorial: store.lookup(tutorial)[0] for tutorial in tutorials}
    results: dict[str, Run | Failure] = {tutorial.name: run for tutorial, run in found.items() if run}
    if stale := [tutorial for tutorial, run in found.items() if not run]:
        results |= asyncio.run(_run_all(stale, config, environment, store, Progress(len(stale))))
    return results


async def _run_all(
    tutorials: list[Tutorial], config: Config, env: dict[str, str], store: Store, progress: Progress
) -> dict[str, Run | Failure]:
    turn = asyncio.Semaphore(config.jobs)
    commit = _commit(config)

    async def one(tutorial: Tutorial) -> Run | Failure:
        async with turn:
            progress.start(tutorial.name)
            began = time.time()
            try:
                run = await _run(tutorial, config, env, commit, progress)
            except Failure as failure:
                progress.end(tutorial.name, "FAILED")
                return failure
            store.save(tutorial, run, began)
            progress.end(tutorial.name, "done")
            return run

    async def clock() -> None:
        while True:
            await asyncio.sleep(0.5)
            progress.tick()

    ticking = asyncio.create_task(clock())
    try:
        return {result.page: result for result in await asyncio.gather(*map(one, tutorials))}
    finally:
        ticking.cancel()


async def _run(tutorial: Tutorial, config: Config, env: dict[str, str], commit: str, progress: Progress) -> Run:
    """One page in one fresh kernel, which is gone when this returns, however it returns."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="regen-") as folder, open(f"{folder}/stderr", "w+b") as stderr:
        manager = AsyncKernelManager(kernel_name=config.kernel_name, connection_file=f"{folder}/kernel.json")
        if os.name == "posix":  # sockets in a private folder: no port that another program could take
            manager.transport, manager.ip = "ipc", f"{folder}/socket"
        kernel = None
        try:
            await manager.start_kernel(env={**env, **config.kernel_env}, cwd=str(config.root), stderr=stderr)
            kernel = _Kernel(manager, config, tutorial)
            await kernel.ready()
            cells = []
            for cell in tutorial.code:
                progress.cell(tutorial.name, cell.number, len(tutorial.code))
                cells.append(await kernel.execute(cell))
            modules = await kernel.evaluate(MODULES.format(config.packages))
            module, _, function = config.provenance.partition(":")
            asked = f"__import__('importlib').import_module({module!r}).{function}()" if function else "{}"
            provenance = await kernel.evaluate(asked)
        except (Failure, RegenError, NoSuchKernel, OSError) as error:
            failure = error if isinstance(error, Failure) else Failure(tutorial.name, str(tutorial.path), 0, str(error))
            stderr.seek(0)
            failure.traceback = failure.traceback or stderr.read().decode(errors="replace").strip()[-4000:]
            raise failure from None
        finally:
            if kernel:
                kernel.client.stop_channels()
            if manager.has_kernel:
                await asyncio.shield(manager.shutdown_kernel(now=True))
    provenance |= {
        "python": sys.version.split()[0],
        "seconds": f"{time.monotonic() - started:.1f}",
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit,
    }
    return Run(tutorial.name, tuple(cells), tuple(modules), provenance)


class _Kernel:
    """A started kernel: executes cells through nbclient and evaluates expressions."""

    def __init__(self, manager: AsyncKernelManager, config: Config, tutorial: Tutorial) -> None:
        self.config, self.tutorial = config, tutorial
        self.notebook = nbformat.v4.new_notebook()
        self.executor = NotebookClient(
            self.notebook, km=manager, timeout=config.timeout, allow_errors=config.allow_errors
        )
        self.executor.log.setLevel(logging.CRITICAL)  # what it would log, a Failure says
        self.client = self.executor.kc = manager.client()

    async def ready(self) -> None:
        self.client.start_channels()
        try:
            await self.client.wait_for_ready(timeout=self.config.startup_timeout)
        except RuntimeError as error:
            raise RegenError(f"the kernel {self.config.kernel_name} did not start: {error}.") from error

    def failed(self, cell: Cell, message: str, traceback: str = "", line: int = 0) -> Failure:
        where = f"{self.tutorial.path}:{cell.line + line}"
        return Failure(self.tutorial.name, where, cell.number, message, traceback)

    async def execute(self, cell: Cell) -> CellRun:
        node = nbformat.v4.new_code_cell(cell.source, metadata={"tags": list(cell.tags)})
        self.notebook.cells.append(node)
        try:
            await self.executor.async_execute_cell(node, len(self.notebook.cells) - 1)
        except CellTimeoutError:
            limit = f"still running after its time limit of {self.config.timeout:g} s."
            raise self.failed(cell, f"{limit} Make the cell faster, or raise `timeout` in [tool.regen].") from None
        except DeadKernelError:
            task = asyncio.current_task()
            if task and task.cancelling():  # nbclient takes a cancellation for a dead kernel
                raise asyncio.CancelledError from None
            raise self.failed(cell, "the kernel died: out of memory, or a crash in compiled code.") from None
        except CellExecutionError as error:
            traceback = ANSI.sub("", error.traceback)
            lines = re.findall(rf"Cell In\[{self.executor.code_cells_executed}\], line (\d+)", traceback)
            line = int(lines[-1]) if lines else 0
            raise self.failed(cell, f"{error.ename}: {error.evalue}", traceback, line) from None
        values = {name: await self._value(cell, name, text) for name, text in {**cell.values, **cell.quoted}.items()}
        for name in cell.quoted:
            match values[name]:
                case [int() | float(), str()]:
                    pass
                case other:
                    raise self.failed(cell, f"quoted {name}: gives {other!r}, expected a figure and its source.")
        quoted = {name: values[name][1] for name in cell.quoted}
        return CellRun(tuple(_outputs(node)), values | {name: values[name][0] for name in quoted}, quoted)

    async def _value(self, cell: Cell, name: str, expression: str) -> Any:
        try:
            return await self.evaluate(expression)
        except RegenError as error:
            raise self.failed(cell, f"value {name} = {expression}: {error}") from None

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression: a number, a string, a bool, or lists and dicts of these."""
        request = self.client.execute(
            "", silent=True, store_history=False, user_expressions={"value": TO_JSON.format(expression)}
        )
        deadline = time.monotonic() + self.config.timeout
        reply: Any = {"parent_header": {}}
        while reply["parent_header"].get("msg_id") != request:
            try:
                reply = await self.client.get_shell_msg(timeout=1.0)
            except queue.Empty:
                if time.monotonic() > deadline or not await self.client.is_alive():
                    raise RegenError("no answer from the kernel: it died, or took longer than a cell may.") from None
        answer = reply["content"].get("user_expressions", {}).get("value", {})
        if answer.get("status") != "ok":
            raise RegenError(f"{answer.get('ename')}: {answer.get('evalue')}")
        return json.loads(ast.literal_eval(answer["data"]["text/plain"]))


def _outputs(node: Any) -> Iterator[Output]:
    """A cell's outputs; a stream that arrived in pieces is put together."""
    for name, group in itertools.groupby(node.outputs, lambda output: output.get("name", "")):
        if name:
            yield Output(name, ANSI.sub("", "".join(output.text for output in group)))
            continue
        for output in group:
            data = output.get("data", {})
            kind = next((kind for kind in ("image/svg+xml", "image/png", "text/html") if kind in data), "text")
            if output.output_type == "error":
                yield Output("error", ANSI.sub("", "\n".join(output.traceback)))
            else:
                yield Output(kind, data.get("text/plain" if kind == "text" else kind, ""))


def _commit(config: Config) -> str:
    """The commit of the working tree, and whether anything differs from it."""
    done = []
    for command in ("git rev-parse --short=10 HEAD", "git status --porcelain -uno"):
        try:
            done.append(subprocess.run(command.split(), cwd=config.root, capture_output=True, text=True).stdout.strip())
        except OSError:
            return "none"
    return f"{done[0]} with local changes" if done[0] and done[1] else done[0] or "none"
