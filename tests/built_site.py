"""A pytest plugin: builds the project's own site once for all tests that read it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from regen.prose.comparisons import list_claims

ROOT = Path(__file__).parents[1]
# the folder of the site, once a test has had it built
BUILT_SITE = pytest.StashKey[Path]()


@pytest.fixture(scope="session")
def built_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the project's own site, built from the kept results."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    result = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert result.returncode == 0, f"the site does not build:\n{result.stdout}{result.stderr}"
    request.config.stash[BUILT_SITE] = folder
    return folder


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
