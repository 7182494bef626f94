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
from typing import Any, TypeVar

import psutil
import pytest

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
        """Write a script whose front matter takes one line, so that its first cell begins at line 5."""
        head = "\n".join(f"# {line}" for line in front.splitlines())
        body = "\n\n".join(f"# %% {cell}".replace("# %% \n", "# %%\n") for cell in cells)
        return self.write(f"tutorials/{name}.py", f"# ---\n{head}\n# ---\n\n{body}\n")

    @property
    def config(self):
        from regen.config import load_config

        return load_config(self.root)

    def tutorial(self, name: str):
        from regen.tutorial import read_tutorial

        return read_tutorial(self.root / f"tutorials/{name}.py")

    def entries(self, page: str) -> list[str]:
        """What lies in the store for a page, hidden files too."""
        folder = self.root / ".regen" / page
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def start(self, *command: str, **env: str) -> subprocess.Popen:
        """A process in the site's folder, whose output goes into the file `log`; without a command it is `regen run`."""
        with open(self.root / "log", "w") as log:
            environment = {**os.environ, **env, MARK: str(self.root)}
            return subprocess.Popen(command or (*REGEN, "run"), cwd=self.root, env=environment, stdout=log, stderr=log)

    def log(self) -> str:
        return (self.root / "log").read_text()

    def regen(self, *arguments: str, **env: str) -> int:
        """`regen` in a process of its own; its exit status."""
        return self.start(*REGEN, *arguments, **env).wait(90)

    def processes(self) -> list[psutil.Process]:
        """The processes that were started for this site and live, kernels among them."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get(MARK) == str(self.root) and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return [process for process in found if process.pid != os.getpid()]


def wait_for(condition: Callable[[], T], seconds: float = 30) -> T:
    """What the condition gives as soon as it is true; fails the test if it stays false."""
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
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site without pages, on the import path, that of kernels too. What still runs for it at the end is ended."""
    made = Site(tmp_path)
    made.settings("")
    # what a shell starts in the background ignores Ctrl-C, and so would all that a test starts
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setenv(MARK, str(tmp_path))
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    monkeypatch.delenv("CI", raising=False)  # a site of a test is somebody's at home, unless the test says otherwise
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield made
    signal.signal(signal.SIGINT, before)
    for process in made.processes():
        with contextlib.suppress(psutil.Error):
            process.kill()
