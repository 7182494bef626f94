"""Running scripts: each in a fresh kernel, some side by side, one page's failure no hindrance to the others."""

import ast
import asyncio
import datetime
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellExecutionError, CellTimeoutError, DeadKernelError

from regen.config import Config, RegenError
from regen.store import ANSI, CellRun, Run, Store
from regen.tutorial import Cell, Tutorial

# The expression has a line of its own: it may end in a comment.
TO_JSON = "(lambda value: __import__('json').dumps(value, default=lambda array: array.tolist()))(\n{}\n)"
MODULES = "sorted(name for name in __import__('sys').modules if name.partition('.')[0] in {!r})"
# IPython takes a line `pwd` for a command, and `>>> 1` in a string for a prompt. A script is Python and nothing else.
PLAIN_PYTHON = """(lambda shell, transforms: [
    setattr(shell, 'automagic', False),
    transforms.cleanup_transforms.clear(),
    transforms.line_transforms.clear(),
    transforms.token_transformers.clear(),
])(get_ipython(), get_ipython().input_transformer_manager)"""
# What tells of a run is made before its first cell, and asked after its last. It is kept out of the page's names.
LISTEN = "setattr(get_ipython(), 'regen_provenance', __import__('importlib').import_module({!r}).{}())"
TELL = "get_ipython().regen_provenance()"
Result = Run | RegenError


class Progress:
    """What runs now, on one line of a terminal; in a log, a line at each end and every ten seconds."""

    def __init__(self, waiting: int, stream: TextIO | None = None) -> None:
        self.waiting, self.stream = waiting, stream or sys.stderr
        self.terminal = self.stream.isatty()
        self.running: dict[str, tuple[str, float]] = {}  # page: how far it is, when it began
        self.last = time.monotonic()

    def at(self, page: str, place: str) -> None:
        """A page's turn has come, or it has reached a cell."""
        self.waiting -= page not in self.running
        self.running[page] = place, self.running.get(page, ("", time.monotonic()))[1]
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
            line = " | ".join(pages)
            self._write(line[: shutil.get_terminal_size().columns - 8] if self.terminal else f"{line}\n")

    def _write(self, line: str) -> None:
        self.stream.write("\r\x1b[K" * self.terminal + f"regen: {line}")
        self.stream.flush()


def run_pages(tutorials: Iterable[Tutorial], config: Config, env: Mapping[str, str] | None = None) -> dict[str, Result]:
    """The results of pages, by name: the kept one where it is fresh, a new run where it is not, or why that failed.

    A new run is kept as soon as it is done. `env` is added to the environment, of the kernels and of the content key.
    """
    store = Store(config, {**os.environ, **(env or {})})
    found = {tutorial: store.lookup(tutorial)[0] for tutorial in tutorials}
    stale = [tutorial for tutorial, run in found.items() if not run]
    new = asyncio.run(_run_all(stale, config, store)) if stale else {}
    return {tutorial.name: run or new[tutorial.name] for tutorial, run in found.items()}


async def _run_all(tutorials: list[Tutorial], config: Config, store: Store) -> dict[str, Result]:
    turn, commit, progress = asyncio.Semaphore(config.jobs), _commit(config), Progress(len(tutorials))

    async def one(tutorial: Tutorial) -> Result:
        async with turn:
            progress.at(tutorial.name, "starting")
            began = time.time()
            try:
                run = await _run(tutorial, config, store.env, progress)
            except RegenError as failure:
                progress.end(tutorial.name, "FAILED")
                return failure
            run.provenance["commit"] = commit
            store.save(tutorial, run, began)
            progress.end(tutorial.name, "done")
            return run

    tasks = {tutorial.name: asyncio.create_task(one(tutorial)) for tutorial in tutorials}
    while (await asyncio.wait(tasks.values(), timeout=0.5))[1]:  # the second are those under way
        progress.tick()
    return {name: task.result() for name, task in tasks.items()}


async def _run(tutorial: Tutorial, config: Config, env: Mapping[str, str], progress: Progress) -> Run:
    """One page in one fresh kernel, which is gone when this returns, however it returns."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="regen-") as folder, open(f"{folder}/stderr", "w+b") as stderr:
        manager = AsyncKernelManager(kernel_name=config.kernel_name, connection_file=f"{folder}/kernel.json")
        if os.name == "posix":  # sockets in a private folder: no port that another program could take
            manager.transport, manager.ip = "ipc", f"{folder}/socket"
        limits = {"timeout": config.timeout, "startup_timeout": config.startup_timeout, "shell_timeout_interval": 1}
        kernel = NotebookClient(nbformat.v4.new_notebook(), km=manager, allow_errors=config.allow_errors, **limits)
        kernel.log.setLevel(logging.CRITICAL)  # what it would log, the failure says
        cell, cells = None, []
        try:
            await manager.start_kernel(env={**env, **config.kernel_env}, cwd=str(config.root), stderr=stderr)
            await kernel.async_start_new_kernel_client()
            await _evaluate(kernel, "plain Python", PLAIN_PYTHON)
            module, _, maker = config.provenance.partition(":")
            if maker:
                await _evaluate(kernel, "provenance", LISTEN.format(module, maker))
            for cell in tutorial.code:
                progress.at(tutorial.name, f"cell {cell.number} of {len(tutorial.code)}")
                cells.append(await _execute(kernel, cell))
            cell = None
            modules = await _evaluate(kernel, "modules", MODULES.format(config.packages))
            provenance = await _evaluate(kernel, "provenance", TELL) if maker else {}
        except (RegenError, NoSuchKernel, OSError, RuntimeError, CellControlSignal) as error:
            if (task := asyncio.current_task()) and task.cancelling():
                raise asyncio.CancelledError from None  # nbclient takes a cancellation for a dead kernel
            stderr.seek(0)
            raise _failure(error, tutorial, cell, config, stderr.read().decode(errors="replace")) from None
        finally:
            if kernel.kc:
                kernel.kc.stop_channels()
            if manager.has_kernel:
                await asyncio.shield(manager.shutdown_kernel(now=True))
    seconds, date = f"{time.monotonic() - started:.1f}", f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M UTC}"
    provenance |= {"python": sys.version.split()[0], "seconds": seconds, "date": date}
    return Run(tutorial.name, cells, modules, provenance)


def _failure(error: Exception, tutorial: Tutorial, cell: Cell | None, config: Config, said: str) -> RegenError:
    """What is told of a page that did not run to its end; `said` is what its kernel wrote before it ended."""
    message, details, line = str(error), said.strip()[-4000:], 0
    match error:
        case CellTimeoutError():
            limit = f"its time limit of {config.timeout:g} s"
            message = f"still running after {limit}. Make the cell faster, or raise `timeout` in [tool.regen]."
        case CellExecutionError():
            message, details = f"{error.ename}: {error.evalue}", ANSI.sub("", error.traceback)
            line = int([0, *re.findall(r"Cell In\[\d+\], line (\d+)", details)][-1])
        case DeadKernelError():
            message = "the kernel died: out of memory, or a crash in compiled code."
        case RuntimeError():
            message = f"the kernel {config.kernel_name} did not start: {error}."
    place: object = tutorial.path
    if cell:
        # a line of the code, where one is known; else the cell's marker
        at = (cell.first_line or cell.line + 1) - 1 + line if line else cell.line
        place = f"cell {cell.number}, {tutorial.path}:{at}"
    return RegenError("\n".join(filter(None, [f"{tutorial.name}: {place}: {message}", details])))


async def _execute(kernel: NotebookClient, cell: Cell) -> CellRun:
    node = nbformat.v4.new_code_cell(cell.source, metadata={"tags": cell.tags})
    kernel.nb.cells.append(node)
    await kernel.async_execute_cell(node, len(kernel.nb.cells) - 1)
    asked = {**cell.values, **cell.quoted}
    values = {name: await _evaluate(kernel, f"value {name}", text) for name, text in asked.items()}
    runs = await _evaluate(kernel, "recorded", cell.recorded) if cell.recorded else ""
    origins = dict.fromkeys(cell.values, f"On record: {runs}") if runs else {}
    for name in cell.quoted:
        match values[name]:
            case [int() | float() as figure, str() as source]:
                values[name], origins[name] = figure, f"Quoted from: {source}"
            case [[int() | float(), str() as source], *_] as figures:
                values[name], origins[name] = [figure for figure, _ in figures], f"Quoted from: {source}"
            case other:
                raise RegenError(f"quoted {name}: gives {other!r}, expected a figure and its source.")
    outputs: list[dict[str, Any]] = []
    for output in node.outputs:
        if outputs and "name" in output and outputs[-1].get("name") == output["name"]:
            outputs[-1]["text"] += output["text"]  # a stream that arrived in pieces
        else:
            outputs.append(output)
    result = CellRun(outputs, values, origins)
    if result.unknown:
        raise RegenError(
            f"an output of kind {result.unknown}, which is neither recorded nor a picture. "
            "Show text, HTML, Markdown, LaTeX, SVG or PNG."
        )
    if "raises-exception" in cell.tags and not any(output["output_type"] == "error" for output in outputs):
        remedy = "Remove the tag, or change the cell so that it raises one."
        raise RegenError(f"tagged raises-exception, but no exception was raised. {remedy}")
    return result


async def _evaluate(kernel: NotebookClient, what: str, expression: str) -> Any:
    """The value of an expression: a number, a string, a bool, or lists and dicts of these."""
    client: Any = kernel.kc
    asked = {"value": TO_JSON.format(expression)}
    request = client.execute("", silent=True, store_history=False, user_expressions=asked)
    try:
        reply: Any = await kernel.async_wait_for_reply(request, nbformat.v4.new_code_cell())
    except (CellTimeoutError, DeadKernelError):
        why = "no answer from the kernel: it died, or took longer than a cell may."
        raise RegenError(f"{what} = {expression}: {why}") from None
    answer = reply["content"].get("user_expressions", {}).get("value", {})
    if answer.get("status") != "ok":
        raise RegenError(f"{what} = {expression}: {answer.get('ename')}: {answer.get('evalue')}")
    return json.loads(ast.literal_eval(answer["data"]["text/plain"]))


def _commit(config: Config) -> str:
    """The commit of the working tree, and whether anything differs from it."""
    command = ["git", "describe", "--always", "--abbrev=10", "--exclude=*", "--dirty= with local changes"]
    try:
        return subprocess.run(command, cwd=config.root, capture_output=True, text=True).stdout.strip() or "none"
    except OSError:
        return "none"
