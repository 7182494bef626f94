"""A pytest plugin: builds the project's own site once for all tests that read it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from regen.prose.comparisons import list_claims

ROOT = Path(__file__).parents[1]
# the folder of the site, once a test has had it built
BUILT_SITE = pytest.StashKey[Path]()
# the name under which a worker of pytest-xdist hands it over
SITE = "groundup-site"


@pytest.fixture(scope="session")
def built_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the project's own site, built from the kept results."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # which the workers share
    folder = base / "site"
    done = base / "site-is-built"
    with FileLock(base / "site.lock"):
        if not done.exists():
            build(folder)
            done.touch()
    request.config.stash[BUILT_SITE] = folder
    return folder


def build(folder: Path) -> None:
    """Build the site into a folder."""
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    # as at home: that a site says where it is published has tests of its own
    for name in ("SITE_URL", "REPO_URL"):
        env.pop(name, None)
    result = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert result.returncode == 0, f"the site does not build:\n{result.stdout}{result.stderr}"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist says where the site is."""
    folder = session.config.stash.get(BUILT_SITE, None)
    if folder and hasattr(session.config, "workeroutput"):
        session.config.workeroutput[SITE] = str(folder)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take over from a worker where the site is."""
    folder = getattr(node, "workeroutput", {}).get(SITE)
    if folder:
        node.config.stash[BUILT_SITE] = Path(folder)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print how many sentences of the built site compare and rest on no claim."""
    folder = config.stash.get(BUILT_SITE, None)
    if folder is None:
        return
    count = len(list_claims(folder))
    terminalreporter.write_line(
        f"{count} sentences of the site compare and rest on no claim: `regen claims` lists them."
    )
