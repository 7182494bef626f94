"""What the tests of regen share: a small site in a temporary folder, and results made by hand."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import psutil
import pytest

if TYPE_CHECKING:
    from regen.config import Config
    from regen.script.reading import Script

pytest_plugins = ["built_site", "completeness"]

MARK = "REGEN_TEST_SITE"  # in the environment of every process that a test starts
REGEN = (sys.executable, "-c", "import sys; from regen.cli import main; sys.exit(main())")
T = TypeVar("T")


@dataclass
class Site:
    """A site of tiny pages in a folder of its own."""

    root: Path

    def write(self, path: str, text: str) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def settings(self, table: str) -> None:
        self.write("pyproject.toml", f"[tool.regen]\n{table}\n")

    def page(self, name: str, *cells: str, front: str = "title: A page") -> Path:
        """Write a script. A cell is all that stands below its marker, or begins with `[markdown]`.

        The front matter takes one line, so that the first cell's marker stands at line 5.
        """
        head = "\n".join(f"# {line}" for line in front.splitlines())
        parts = []
        for cell in cells:
            if cell.startswith("[markdown]"):
                parts.append(f"# %% {cell}")
            else:
                text = cell.removeprefix("\n")
                parts.append(f"# %%\n{text}")
        body = "\n\n".join(parts)
        return self.write(f"tutorials/{name}.py", f"# ---\n{head}\n# ---\n\n{body}\n")

    @property
    def config(self) -> "Config":
        from regen.config import load_config

        return load_config(self.root)

    def script(self, name: str) -> "Script":
        from regen.script.reading import read_script

        return read_script(self.root / f"tutorials/{name}.py")

    def entries(self, page: str) -> list[str]:
        """The names of what the cache holds for a page, hidden files too."""
        folder = self.root / ".regen" / page
        if not folder.exists():
            return []
        return sorted(path.name for path in folder.iterdir())

    def start(self, *command: str, **env: str) -> subprocess.Popen:
        """Start a process in the site's folder, `regen run` if no command is given.

        Its output goes into the file `log`.
        """
        with open(self.root / "log", "w") as log:
            environment = {**os.environ, **env, MARK: str(self.root)}
            return subprocess.Popen(
                command or (*REGEN, "run"), cwd=self.root, env=environment, stdout=log, stderr=log
            )

    def log(self) -> str:
        return (self.root / "log").read_text()

    def regen(self, *arguments: str, **env: str) -> int:
        """Run `regen` in a process of its own, and give its exit status."""
        return self.start(*REGEN, *arguments, **env).wait(90)

    def processes(self) -> list[psutil.Process]:
        """The processes that were started for this site and live, kernels among them."""
        root = str(self.root.resolve())
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                # a kernel does not inherit the mark, but runs in the site's folder
                ours = process.environ().get(MARK) == str(self.root) or process.cwd() == root
                if ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return [process for process in found if process.pid != os.getpid()]


def wait_for(condition: Callable[[], T], seconds: float = 30) -> T:
    """Wait for a condition and give what it gives; fail the test if it stays false."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)
    return found


@pytest.fixture
def until() -> Callable[..., Any]:
    """Waits until a condition holds."""
    return wait_for


@pytest.fixture
def unchecked_types() -> Iterator[None]:
    """The library as a reader has it: only `tests/groundup` has shapes checked at run time."""
    import jaxtyping

    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site without pages, on the import path; what still runs for it at the end is ended."""
    made = Site(tmp_path)
    made.settings("")
    # what a shell starts in the background ignores Ctrl-C, and so would all that a test starts
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setenv(MARK, str(tmp_path))
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    # a site of a test is somebody's at home, unless the test says otherwise
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.syspath_prepend(tmp_path)
    yield made
    signal.signal(signal.SIGINT, before)
    for process in made.processes():
        with contextlib.suppress(psutil.Error):
            process.kill()
