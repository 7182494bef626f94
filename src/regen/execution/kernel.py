"""One page in one sealed kernel: its cells executed, its expressions evaluated, its reads seen."""

import asyncio
import datetime
import json
import logging
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellControlSignal,
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)

from regen.config import Config
from regen.errors import RegenError
from regen.execution import fingerprint
from regen.execution.fingerprint import Observed
from regen.execution.results import DRAWING, CellRun, Run
from regen.execution.terminal import resolve
from regen.script.reading import Cell, Script

__all__ = ["run_page", "sealed"]

HERE = Path(__file__).resolve().parent
DRAWING_FOLDER = HERE.parent / "drawing"
ARGV = [
    sys.executable,
    "-m",
    "ipykernel_launcher",
    "-f",
    "{connection_file}",
    "--HistoryManager.enabled=False",
]
LET_THROUGH = (
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TEMP", "TMP"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"),
    # without these, no program starts on Windows
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE"),
    *("APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "NUMBER_OF_PROCESSORS"),
)
"""The environment variables that a kernel inherits. Language and time zone are not among them."""
LONGEST_SOCKET = 107  # bytes in the path of a socket, on Linux
MOST_PRINTED = 2000  # characters of what a page printed before it failed
SIGNALS = {
    "SIGKILL": "the system ended it, most often because the memory was full",
    "SIGSEGV": "a crash in compiled code",
    "SIGABRT": "compiled code gave up",
    "SIGBUS": "a crash in compiled code, or a full disk",
    "SIGILL": "compiled code for another processor",
    "SIGFPE": "a division by zero in compiled code",
    "SIGTERM": "another program ended it",
}


async def run_page(
    script: Script, config: Config, env: Mapping[str, str], report: Callable[[str], None]
) -> tuple[Run, list[str]]:
    """Run one page in one fresh kernel, which is gone when this returns, however it returns.

    Args:
        script: the page.
        config: the site's settings.
        env: the environment; the kernel gets of it what `sealed` lets through.
        report: is called with how far the page is.

    Returns:
        The run, and the names of what changed while it ran: then the run is not to be kept.

    Raises:
        RegenError: the page did not run to its end, or an expression cannot be evaluated.
    """
    started = time.monotonic()
    before = fingerprint.declared(script, config, env)
    # a process that still writes there as the kernel ends must not spoil the page
    with tempfile.TemporaryDirectory(prefix="regen-", ignore_cleanup_errors=True) as folder:
        kernel = _Kernel(script, config, Path(folder))
        cells, ended = await kernel.run(env, report)
        observed = kernel.observed(ended)
    found, changed = fingerprint.dependencies(script, observed, config, env)
    changed += [name for name in before if before[name] != found.get(name)]
    found |= dict.fromkeys(changed, fingerprint.CHANGED)
    now = datetime.datetime.now(datetime.UTC)
    provenance = ended["told"] | {
        "python": sys.version.split()[0],
        "seconds": f"{time.monotonic() - started:.1f}",
        "date": f"{now:%Y-%m-%d %H:%M UTC}",
    }
    return Run(script.name, cells, found, provenance), changed


def sealed(env: Mapping[str, str], config: Config, folder: Path) -> dict[str, str]:
    """The environment of a kernel: little is inherited, so that a page is the same everywhere.

    Args:
        env: what is inherited from.
        config: names what the site lets through, and sets.
        folder: for what the kernel writes on the side.
    """
    found = {}
    for name, value in env.items():
        if name.upper() in LET_THROUGH or name in config.variables:
            found[name] = value
    found |= {
        "PYTHONNOUSERSITE": "1",
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(folder / "jupyter"),
        "MPLCONFIGDIR": str(_matplotlib_folder(config, folder)),
    }
    return found | config.kernel_env


def _matplotlib_folder(config: Config, folder: Path) -> Path:
    """Where matplotlib keeps its list of fonts, which takes seconds to make."""
    # no page has a name that begins with a dot
    kept = config.root / config.cache / ".matplotlib"
    try:
        kept.mkdir(parents=True, exist_ok=True)
    except OSError:
        return folder / "matplotlib"
    return kept if os.access(kept, os.W_OK) else folder / "matplotlib"


class _Manager(AsyncKernelManager):
    """Starts the Python that runs regen, whatever kernels are installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(argv=ARGV, display_name="Python", language="python")


class _Kernel:
    """A kernel for one page; `folder` is for its files and is deleted after it."""

    def __init__(self, script: Script, config: Config, folder: Path) -> None:
        self.script = script
        self.config = config
        self.folder = folder
        self.reads = folder / "reads"
        self.printed = folder / "printed"
        self.printed_before = 0  # bytes of it when the cell began
        self.cell: Cell | None = None
        """The one that is being executed."""
        self.asked: list[tuple[str, str, str]] = []
        """The expressions that are being evaluated: kind, name, text."""
        connection = str(folder / "kernel.json")
        self.manager = _Manager(connection_file=connection)
        socket = folder / "socket"
        # sockets in a private folder, where that can be: no port that another program could take;
        # a dash and a number are added to the name
        if os.name == "posix" and len(os.fsencode(socket)) + 3 <= LONGEST_SOCKET:
            self.manager.transport = "ipc"
            self.manager.ip = str(socket)
        self.client = NotebookClient(
            nbformat.v4.new_notebook(),
            km=self.manager,
            timeout=config.timeout,
            startup_timeout=config.startup_timeout,
            shell_timeout_interval=1,
        )
        # what it would log, the failure says
        self.client.log.setLevel(logging.CRITICAL)

    async def run(
        self, env: Mapping[str, str], report: Callable[[str], None]
    ) -> tuple[list[CellRun], dict[str, Any]]:
        """Execute all cells; their results, and what `Watch.finish` says in the end."""
        cells = []
        code = self.script.code
        said = self.folder / "said"
        with said.open("wb") as stream:
            try:
                await self._start(sealed(env, self.config, self.folder), stream)
                for self.cell in code:
                    report(f"cell {self.cell.number} of {len(code)}")
                    cells.append(await self._run_cell(self.cell))
                self.cell = None
                return cells, await self._ask("finish")
            except (RegenError, OSError, RuntimeError, CellControlSignal) as error:
                task = asyncio.current_task()
                if task and task.cancelling():
                    # nbclient takes a cancellation for a dead kernel
                    raise asyncio.CancelledError from None
                message, details, line = await self._explain(error)
                details = details or said.read_text(encoding="utf-8", errors="replace")
                raise self._failure(message, details, line) from None
            finally:
                if self.client.kc:
                    self.client.kc.stop_channels()
                if self.manager.has_kernel:
                    await asyncio.shield(self.manager.shutdown_kernel(now=True))

    def observed(self, ended: Mapping[str, Any]) -> Observed:
        """What the kernel was seen to read: what it opened, and what it says in the end."""
        files: dict[str, tuple[int, int] | None] = dict.fromkeys(ended["files"])
        for line in self.reads.read_text(encoding="utf-8").splitlines():
            path, size, mtime_ns = json.loads(line)
            # the first process that opened it counts
            if files.get(path) is None:
                files[path] = (size, mtime_ns)
        return Observed(files, ended["outside"], ended["imported"])

    async def _start(self, env: dict[str, str], stream: Any) -> None:
        root = str(self.config.root)
        await self.manager.start_kernel(env=env, cwd=root, stdout=stream, stderr=stream)
        await self.client.async_start_new_kernel_client()
        settings = {
            "root": root,
            "outside": [str(path) for path in self._outside()],
            "packages": self.config.packages,
            "reads": str(self.reads),
            "printed": str(self.printed),
            "drawing": str(DRAWING_FOLDER),
        }
        source = (HERE / "in_kernel.py").read_text(encoding="utf-8")
        # within a function, so that no name remains
        start = (
            "(lambda names: (exec(compile({!r}, 'regen.execution.in_kernel', 'exec'), names), "
            "names['install'](get_ipython(), {!r})))({{'__name__': 'regen.execution.in_kernel'}})"
        )
        await self._evaluate("regen.execution.in_kernel", start.format(source, settings))
        module, _, maker = self.config.provenance.partition(":")
        if maker:
            await self._ask("listen", module, maker)

    def _outside(self) -> list[Path]:
        """Folders whose files are not the site's, though they may lie under its root."""
        root = self.config.root
        folders = [HERE.parent, Path(sys.prefix), Path(sys.base_prefix), self.folder.resolve()]
        folders += [root / self.config.cache, root / ".git"]
        # a site may lie within a folder of Python: /usr/local, for one
        return [folder for folder in folders if not root.is_relative_to(folder)]

    async def _run_cell(self, cell: Cell) -> CellRun:
        self.printed_before = self._printed_bytes()
        options = cell.options
        may_raise = "raises-exception" in options.tags
        # no other tag: some have a meaning for nbclient
        tags = ["raises-exception"] if may_raise else []
        node = nbformat.v4.new_code_cell(cell.source, metadata={"tags": tags})
        self.client.nb.cells.append(node)
        await self.client.async_execute_cell(node, len(self.client.nb.cells) - 1)
        found = await self._evaluate_all(cell)
        values = found["value"]
        origins = {}
        for sentence in found["recorded"].values():
            origins = dict.fromkeys(values, f"On record: {sentence}")
        for name, quoted in found["quoted"].items():
            values[name], origins[name] = _figure_and_source(name, quoted)
        outputs = _outputs(node.outputs)
        run = CellRun(outputs, values, origins, found["claim"], found["file"])
        if run.unknown:
            remedy = "Show text, HTML, Markdown, LaTeX, SVG or PNG."
            found_kind = f"an output of kind {run.unknown}"
            raise RegenError(f"{found_kind}, which is neither recorded nor a picture. {remedy}")
        raised = any(output["output_type"] == "error" for output in outputs)
        if may_raise and not raised:
            remedy = "Remove the tag, or change the cell so that it raises one."
            raise RegenError(f"tagged raises-exception, but no exception was raised. {remedy}")
        return run

    async def _evaluate_all(self, cell: Cell) -> dict[str, dict[str, Any]]:
        """All expressions of a cell, in one request: by kind and name, what each gives."""
        options = cell.options
        recorded = {"runs": options.recorded} if options.recorded else {}
        asked = {
            "value": options.values,
            "quoted": options.quoted,
            "recorded": recorded,
            "claim": options.claims,
            "file": options.files,
        }
        expressions = []
        for kind, texts in asked.items():
            for name, text in texts.items():
                expressions.append((kind, name, text))
        found: dict[str, dict[str, Any]] = {kind: {} for kind in asked}
        if not expressions:
            return found
        self.asked = expressions
        answers = await self._ask("evaluate", expressions)
        self.asked = []
        for (kind, name, _), answer in zip(expressions, answers, strict=True):
            found[kind][name] = answer
        return found

    async def _ask(self, method: str, *arguments: Any) -> Any:
        """Call a method of in_kernel.Watch."""
        given = json.dumps(arguments)
        text = f"__import__('IPython').get_ipython().regen.answer({method!r}, {given!r})"
        answer = json.loads(await self._evaluate(method, text))
        if "wrong" in answer:
            raise RegenError(answer["wrong"])
        return answer["found"]

    async def _evaluate(self, what: str, expression: str) -> str:
        """Evaluate an expression of regen's own in the kernel; its text."""
        client: Any = self.client.kc
        asked = {"it": expression}
        request = client.execute("", silent=True, store_history=False, user_expressions=asked)
        cell = nbformat.v4.new_code_cell()
        reply: Any = await self.client.async_wait_for_reply(request, cell)
        answer = reply["content"].get("user_expressions", {}).get("it", {})
        if answer.get("status") != "ok":
            raise RegenError(f"{what}: {answer.get('ename')}: {answer.get('evalue')}")
        text: str = answer["data"]["text/plain"]
        return text

    async def _explain(self, error: Exception) -> tuple[str, str, int]:
        """What went wrong, details, and the line of the cell, from 1; 0 if it is not known."""
        match error:
            case CellTimeoutError():
                limit = f"its time limit of {self.config.timeout:g} s"
                remedy = "Make the cell faster, or raise `timeout` in [tool.regen]."
                message = f"still running after {limit}. {remedy}{self._asked()}"
                return message, self._printed(), 0
            case CellExecutionError():
                traceback = resolve(error.traceback)
                # only frames of this cell: it may call what another one defines
                number = self.cell.number if self.cell else 0
                lines = re.findall(rf"Cell In\[{number}\], line (\d+)", traceback)
                line = int(lines[-1]) if lines else 0
                return f"{error.ename}: {error.evalue}", traceback, line
            case DeadKernelError():
                provisioner = self.manager.provisioner
                code = await provisioner.poll() if provisioner else None
                message = f"the kernel died: {_cause(code)}.{self._asked()}"
                return message, self._last_words(), 0
            case RuntimeError() if not isinstance(error, CellControlSignal):
                return f"the kernel did not start: {error}.", "", 0
        return str(error), "", 0

    def _failure(self, message: str, details: str, line: int) -> RegenError:
        place: object = self.script.path
        if self.cell:
            # a line of the code, where one is known; else the cell's marker
            number = self.cell.first_line - 1 + line if line else self.cell.line
            place = f"cell {self.cell.number}, {self.script.path}:{number}"
        parts = [f"{self.script.name}: {place}: {message}", details.strip()[-4000:]]
        return RegenError("\n".join(part for part in parts if part))

    def _asked(self) -> str:
        """The expressions that were being evaluated, as a sentence; "" while code was executed."""
        if not self.asked:
            return ""
        texts = [f"{kind} {name} = {text}" for kind, name, text in self.asked]
        which = "one of these" if len(texts) > 1 else "this"
        return f" It was evaluating {which}: {'; '.join(texts)}"

    def _printed_bytes(self) -> int:
        return self.printed.stat().st_size if self.printed.exists() else 0

    def _printed(self) -> str:
        """The end of what the cell has printed so far."""
        if not self.printed.exists():
            return ""
        with self.printed.open("rb") as file:
            file.seek(self.printed_before)
            text = resolve(file.read().decode("utf-8", errors="replace")).strip()
        return f"It had printed:\n{text[-MOST_PRINTED:]}" if text else ""

    def _last_words(self) -> str:
        """What the cell has printed, and what the kernel's process said beside it."""
        said = (self.folder / "said").read_text(encoding="utf-8", errors="replace").strip()
        parts = [self._printed(), said[-MOST_PRINTED:]]
        return "\n".join(part for part in parts if part)


def _cause(code: int | None) -> str:
    """Why a process ended, from its exit code."""
    if code is None:
        return "it does not answer any more"
    if code >= 0:
        return f"it ended itself with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
    meaning = SIGNALS.get(name)
    return f"signal {name}, {meaning}" if meaning else f"signal {name}"


def _figure_and_source(name: str, quoted: Any) -> tuple[Any, str]:
    """A quoted figure, or a list of them, and where it is quoted from."""
    match quoted:
        case [int() | float() as figure, str() as source]:
            return figure, f"Quoted from: {source}"
        case [[int() | float(), str() as source], *_] as figures:
            return [figure for figure, _ in figures], f"Quoted from: {source}"
    raise RegenError(f"quoted {name}: gives {quoted!r}, expected a figure and its source.")


def _outputs(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A cell's outputs: a stream that arrived in pieces is one, and drawings are read."""
    outputs: list[dict[str, Any]] = []
    for output in found:
        before = outputs[-1] if outputs else {}
        if "name" in output and before.get("name") == output["name"]:
            before["text"] += output["text"]
            continue
        outputs.append(output)
        text = output.get("data", {}).get(DRAWING)
        if text is not None:
            drawing = json.loads(text)
            if "wrong" in drawing:
                raise RegenError(f"a figure cannot be described: {drawing['wrong']}")
            output["data"][DRAWING] = drawing["drawing"]
    return outputs
