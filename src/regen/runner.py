"""Running scripts: each in a fresh kernel, some side by side, one page's failure no hindrance to the others."""

import ast
import asyncio
import datetime
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TextIO

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from regen.config import Config, RegenError
from regen.store import CellRun, Output, Run, Store
from regen.tutorial import Cell, Tutorial

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
TO_JSON = "(lambda value: __import__('json').dumps(value, default=lambda array: array.tolist()))({})"
MODULES = "sorted(name for name in __import__('sys').modules if name.partition('.')[0] in {!r})"


@dataclass(frozen=True)
class Failure:
    """A page that did not run to its end: what happened, and where."""

    page: str
    where: str  # file:line
    cell: int  # number of the code cell, 0 if none was reached
    message: str
    traceback: str = ""

    def __str__(self) -> str:
        cell = f"cell {self.cell}, " if self.cell else ""
        return f"{self.page}: {cell}{self.where}: {self.message}" + (f"\n{self.traceback}" if self.traceback else "")


@dataclass
class Progress:
    """What runs now, on one line of a terminal; in a log, a line at each start, each end and every ten seconds."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    running: dict[str, tuple[int, int, float]] = field(default_factory=dict)  # page: cell, of, start
    waiting: int = 0
    _last: float = 0.0

    def cell(self, page: str, number: int, total: int) -> None:
        """A page has reached a cell."""
        started = self.running[page][2] if page in self.running else time.monotonic()
        self.running[page] = (number, total, started)
        if number == 0:
            self.waiting -= 1
            self.say(f"{page}: started, {total} cells")
        self.tick()

    def end(self, page: str, result: "Run | Failure") -> None:
        """A page is done."""
        *_, started = self.running.pop(page, (0, 0, time.monotonic()))
        outcome = "FAILED" if isinstance(result, Failure) else "done"
        self.say(f"{page}: {outcome} after {time.monotonic() - started:.1f} s")

    def tick(self) -> None:
        """Show how far each page is."""
        now = time.monotonic()
        if not self.running or (not self.stream.isatty() and now - self._last < 10):
            return
        self._last = now
        pages = [
            f"{page} cell {number} of {total}, {now - start:.0f} s"
            for page, (number, total, start) in self.running.items()
        ]
        more = f" | {self.waiting} waiting" if self.waiting else ""
        line = f"regen: {' | '.join(pages)}{more}"
        self.stream.write(f"\r\x1b[K{line}" if self.stream.isatty() else f"{line}\n")
        self.stream.flush()

    def say(self, line: str) -> None:
        """A line that stays."""
        self.stream.write(f"{chr(13)}\x1b[K" * self.stream.isatty() + f"regen: {line}\n")
        self.stream.flush()


def run_pages(
    tutorials: Iterable[Tutorial],
    config: Config,
    *,
    env: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> dict[str, Run | Failure]:
    """The results of pages, by name: the kept one where it is fresh, a new run where it is not.

    Each new run is kept as soon as it is done, so that an interruption loses only what was under way.
    `env` is added to the environment, of the kernels and of the content key alike.
    """
    environment = {**os.environ, **(env or {})}
    store = Store(config, environment)
    results: dict[str, Run | Failure] = {}
    stale: list[Tutorial] = []
    for tutorial in tutorials:
        run, _ = store.lookup(tutorial)
        if run:
            results[tutorial.name] = run
        else:
            stale.append(tutorial)
    if stale:
        progress = progress or Progress()
        progress.waiting = len(stale)
        results |= asyncio.run(_run_all(stale, config, environment, store, progress))
    return results


async def _run_all(
    tutorials: list[Tutorial], config: Config, env: dict[str, str], store: Store, progress: Progress
) -> dict[str, Run | Failure]:
    turn = asyncio.Semaphore(config.jobs)
    commit = _commit(config)

    async def one(tutorial: Tutorial) -> Run | Failure:
        async with turn:
            result = await _run(tutorial, config, env, commit, progress.cell)
        if isinstance(result, Run):
            store.save(tutorial, result)
        progress.end(tutorial.name, result)
        return result

    async def clock() -> None:
        while True:
            await asyncio.sleep(0.5)
            progress.tick()

    ticking = asyncio.create_task(clock())
    try:
        results = await asyncio.gather(*map(one, tutorials))
    finally:
        ticking.cancel()
    return {result.page: result for result in results}


async def _run(
    tutorial: Tutorial, config: Config, env: dict[str, str], commit: str, report: Callable[[str, int, int], None]
) -> Run | Failure:
    """One page in one fresh kernel, which is gone when this returns, however it returns."""
    started = time.monotonic()
    cells = tutorial.code
    report(tutorial.name, 0, len(cells))
    with tempfile.TemporaryDirectory(prefix="regen-") as folder, open(f"{folder}/stderr", "w+b") as stderr:
        manager = AsyncKernelManager(kernel_name=config.kernel_name, connection_file=f"{folder}/kernel.json")
        if os.name == "posix":  # sockets in a private folder: no port that another program could take
            manager.transport, manager.ip = "ipc", f"{folder}/socket"
        try:
            await manager.start_kernel(env={**env, **config.kernel_env}, cwd=str(config.root), stderr=stderr)
            kernel = _Kernel(manager, config)
            await kernel.ready()
            results = []
            for cell in cells:
                report(tutorial.name, cell.number, len(cells))
                results.append(await kernel.execute(tutorial, cell))
            modules = await kernel.evaluate(MODULES.format(config.packages))
            provenance = await _provenance(kernel, config)
        except _CellFailed as failed:
            stderr.seek(0)
            said = stderr.read().decode(errors="replace").strip()[-4000:]
            return failed.failure if failed.failure.traceback else replace(failed.failure, traceback=said)
        except RegenError as error:
            return Failure(tutorial.name, str(tutorial.path), 0, str(error))
        finally:
            if manager.has_kernel:
                await asyncio.shield(manager.shutdown_kernel(now=True))
    provenance |= {
        "python": sys.version.split()[0],
        "seconds": f"{time.monotonic() - started:.1f}",
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit,
    }
    return Run(tutorial.name, tuple(results), tuple(modules), provenance)


class _CellFailed(Exception):
    def __init__(self, tutorial: Tutorial, cell: Cell, message: str, traceback: str = "", line: int = 0) -> None:
        where = f"{tutorial.path}:{cell.line + line}"
        self.failure = Failure(tutorial.name, where, cell.number, message, traceback)


class _Kernel:
    """A started kernel: executes cells through nbclient and evaluates expressions."""

    def __init__(self, manager: AsyncKernelManager, config: Config) -> None:
        self.config = config
        self.notebook = nbformat.v4.new_notebook()
        self.executor = NotebookClient(
            self.notebook, km=manager, timeout=config.timeout, allow_errors=config.allow_errors
        )
        self.executor.log.setLevel(logging.CRITICAL)  # what it would log, a Failure says
        self.client = manager.client()
        self.executor.kc = self.client

    async def ready(self) -> None:
        self.client.start_channels()
        try:
            await self.client.wait_for_ready(timeout=self.config.startup_timeout)
        except RuntimeError as error:
            raise RegenError(
                f"the kernel {self.config.kernel_name} did not start within {self.config.startup_timeout:g} s: {error}."
            ) from error

    async def execute(self, tutorial: Tutorial, cell: Cell) -> CellRun:
        node = nbformat.v4.new_code_cell(cell.source, metadata={"tags": list(cell.tags)})
        self.notebook.cells.append(node)
        try:
            await self.executor.async_execute_cell(node, len(self.notebook.cells) - 1)
        except CellTimeoutError:
            raise _CellFailed(
                tutorial,
                cell,
                f"still running after its time limit of {self.config.timeout:g} s. "
                "Make the cell faster, or raise `timeout` in [tool.regen].",
            ) from None
        except DeadKernelError:
            task = asyncio.current_task()
            if task and task.cancelling():  # nbclient takes a cancellation for a dead kernel
                raise asyncio.CancelledError from None
            raise _CellFailed(tutorial, cell, "the kernel died: out of memory, or a crash in compiled code.") from None
        except CellExecutionError as error:
            traceback = ANSI.sub("", error.traceback)
            lines = re.findall(rf"Cell In\[{self.executor.code_cells_executed}\], line (\d+)", traceback)
            message = f"{error.ename}: {error.evalue}"
            raise _CellFailed(tutorial, cell, message, traceback, int(lines[-1]) if lines else 0) from None
        values, quoted = {}, {}
        for name, expression in cell.values.items():
            values[name] = await self._value(tutorial, cell, name, expression)
        for name, expression in cell.quoted.items():
            found = await self._value(tutorial, cell, name, expression)
            if not (isinstance(found, list) and len(found) == 2 and isinstance(found[1], str)):
                raise _CellFailed(
                    tutorial, cell, f"quoted {name} = {expression}: gives {found!r}, expected a figure and its source."
                )
            values[name], quoted[name] = found
        return CellRun(tuple(_outputs(node)), values, quoted)

    async def _value(self, tutorial: Tutorial, cell: Cell, name: str, expression: str) -> Any:
        try:
            return await self.evaluate(expression)
        except RegenError as error:
            raise _CellFailed(tutorial, cell, f"value {name} = {expression}: {error}") from None

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression: a number, a string, a bool, or lists and dicts of these."""
        request = self.client.execute(
            "", silent=True, store_history=False, user_expressions={"value": TO_JSON.format(expression)}
        )
        deadline = time.monotonic() + self.config.timeout
        while True:
            try:
                reply = await self.client.get_shell_msg(timeout=max(0.1, deadline - time.monotonic()))
            except Exception as error:
                raise RegenError(f"no answer from the kernel ({type(error).__name__}).") from error
            if reply["parent_header"].get("msg_id") == request:
                break
        answer = reply["content"].get("user_expressions", {}).get("value", {})
        if answer.get("status") != "ok":
            raise RegenError(f"{answer.get('ename')}: {answer.get('evalue')}")
        return json.loads(ast.literal_eval(answer["data"]["text/plain"]))


async def _provenance(kernel: _Kernel, config: Config) -> dict[str, str]:
    if not config.provenance:
        return {}
    module, _, function = config.provenance.partition(":")
    found: dict[str, str] = await kernel.evaluate(f"__import__('importlib').import_module({module!r}).{function}()")
    return found


def _outputs(node: Any) -> Iterable[Output]:
    for output in node.outputs:
        if output.output_type == "stream":
            yield Output(output.name, ANSI.sub("", output.text))
        elif output.output_type == "error":
            yield Output("error", ANSI.sub("", "\n".join(output.traceback)))
        else:
            data = output.data
            for kind in ("image/svg+xml", "image/png", "text/html"):
                if kind in data:
                    yield Output(kind, data[kind])
                    break
            else:
                yield Output("text", data.get("text/plain", ""))


def _commit(config: Config) -> str:
    """The commit of the working tree, and whether anything differs from it."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=config.root, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    try:
        commit = git("rev-parse", "--short=10", "HEAD")
        return f"{commit} with local changes" if commit and git("status", "--porcelain", "-uno") else commit or "none"
    except OSError:
        return "none"
