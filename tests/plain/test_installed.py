"""The wheel that the site offers: what is in it, and that pages run with nothing else."""

import ast
import email
import json
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from plain import joined_blocks, laid_over, printed

from regen.config import load_config
from regen.execution.results import Run
from regen.execution.runner import run_pages
from regen.records.compare import compare
from regen.records.record import read_record
from regen.script.reading import Script, find_scripts, read_script
from regen.site.wheel import build_wheel

ROOT = Path(__file__).parents[2]
CONFIG = load_config(ROOT)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NAME = f"{PROJECT['name']}-{PROJECT['version']}-py3-none-any.whl"
SHORT = "backprop_by_hand"  # a page that runs in seconds


@pytest.fixture(scope="module")
def wheel(built_site: Path) -> Iterator[zipfile.ZipFile]:
    """The wheel at the root of the site."""
    with zipfile.ZipFile(built_site / NAME) as archive:
        yield archive


def metadata(wheel: zipfile.ZipFile, name: str) -> str:
    """A file of what a wheel says of itself."""
    return wheel.read(f"{NAME.removesuffix('-py3-none-any.whl')}.dist-info/{name}").decode()


def test_wheel_holds_the_library_with_its_data_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    command = ["git", "ls-files", "src/groundup"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    tracked = {name.removeprefix("src/") for name in listing.stdout.splitlines()}
    assert "groundup/mnist/train-images-idx3-ubyte.gz" in tracked
    found = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert found == tracked


def test_wheel_brings_its_licences_and_no_command(wheel: zipfile.ZipFile) -> None:
    for name in PROJECT["license-files"]:
        assert metadata(wheel, f"licenses/{name}") == (ROOT / name).read_text(encoding="utf-8")
    assert not any(name.endswith("entry_points.txt") for name in wheel.namelist())


def test_wheel_needs_what_the_project_needs(wheel: zipfile.ZipFile) -> None:
    said = email.message_from_string(metadata(wheel, "METADATA"))
    assert said.get_all("Requires-Dist") == PROJECT["dependencies"]
    assert said["Requires-Python"] == PROJECT["requires-python"]
    assert said["Version"] == PROJECT["version"]


def test_wheel_has_the_same_bytes_when_it_is_built_again(built_site: Path, tmp_path: Path) -> None:
    again = build_wheel(replace(CONFIG, cache=str(tmp_path)))
    assert again
    assert again.name == NAME
    assert again.content == (built_site / NAME).read_bytes()


# Pages with nothing but the wheel

# Imports run line by line; the first that fails is named, with its page.
IMPORTING = """
import json
import sys

for page, lines in json.loads(sys.stdin.read()).items():
    for line in lines:
        try:
            exec(line, {})
        except Exception as error:
            sys.exit(f"{page}: {line}: {error!r}")
import groundup

print(groundup.__file__)
"""


def imports(script: Script) -> list[str]:
    """The import statements of a page, as they stand."""
    found: list[str] = []
    for cell in script.code:
        if "raises-exception" not in cell.options.tags:
            found += map(ast.unparse, imports_within(ast.parse(cell.source)))
    return found


def imports_within(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """The import statements that are meant to succeed."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif not isinstance(child, ast.Try):
            yield from imports_within(child)


def test_imports_of_each_page_run_in_an_empty_folder(library: Path, tmp_path: Path) -> None:
    lines = {path.stem: imports(read_script(path)) for path in find_scripts(CONFIG)}
    assert sum(map(len, lines.values())) > 20
    done = subprocess.run(
        [sys.executable, "-P", "-c", IMPORTING],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(library), "MPLBACKEND": "Agg"},
        input=json.dumps(lines),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(library)


def test_joined_blocks_of_a_page_print_what_is_on_record(library: Path, tmp_path: Path) -> None:
    (path,) = [path for path in find_scripts(CONFIG) if path.stem == SHORT]
    script = read_script(path)
    program = tmp_path / "program.py"
    program.write_text(joined_blocks(script), encoding="utf-8")
    run = run_pages([script], CONFIG)[SHORT]
    assert isinstance(run, Run), run
    plain = laid_over(run, printed(program, CONFIG, 1, library))
    differences = compare(script, plain, read_record(SHORT, CONFIG))
    assert not differences, "\n".join(map(str, differences))


def test_machinery_is_not_there_for_a_reader(library: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("import regen\n")
    with pytest.raises(AssertionError, match="no reader has this package"):
        printed(program, CONFIG, 1, library)
