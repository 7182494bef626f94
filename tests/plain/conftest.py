"""What a reader has: the wheel, installed into a folder of its own, and no machinery."""

import subprocess
import sys
from pathlib import Path

import pytest

from regen.config import load_config
from regen.site.wheel import build_wheel

ROOT = Path(__file__).parents[2]
# The repository is installed where the tests run. In the folder that comes first on the path this
# stands in for the machinery, which no reader has.
NO_MACHINERY = "raise ImportError('no reader has this package')\n"


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the wheel is installed."""
    wheel = build_wheel(load_config(ROOT))
    assert wheel
    file = tmp_path_factory.mktemp("wheel") / wheel.name
    file.write_bytes(wheel.content)
    folder = tmp_path_factory.mktemp("library")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-index", "--no-compile", "--target", str(folder)]
    done = subprocess.run([*pip, *options, str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    installed = {path.name for path in folder.iterdir()}
    assert installed == {wheel.package, f"{'-'.join(wheel.name.split('-')[:2])}.dist-info"}
    (folder / "regen.py").write_text(NO_MACHINERY)
    return folder
