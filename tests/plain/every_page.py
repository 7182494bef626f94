"""Each page as a reader runs it, twice: `make plain`, weekly: it takes as long as a cold build.

The blocks of a page are one program, run by plain Python in an empty folder, with the library from
the wheel.

This file's name is not one of a test file, so that `make test` does not run it.
"""

from functools import cache
from pathlib import Path

import pytest
from plain import joined_blocks, laid_over, printed

from regen.config import load_config
from regen.execution.results import Run
from regen.execution.runner import run_pages
from regen.records.compare import compare
from regen.records.record import read_record
from regen.script.reading import find_scripts, read_script

CONFIG = load_config(Path(__file__).parents[2])
SCRIPTS = {path.stem: path for path in find_scripts(CONFIG)}
HASH_SEEDS = (1, 2)  # by which the order of a set of strings differs

each_page = pytest.mark.parametrize("page", SCRIPTS)


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the blocks of each page, joined."""
    folder = tmp_path_factory.mktemp("programs")
    for page, path in SCRIPTS.items():
        program = joined_blocks(read_script(path))
        (folder / f"{page}.py").write_text(program, encoding="utf-8")
    return folder


@cache
def output(page: str, hash_seed: int, programs: Path, library: Path) -> str:
    return printed(programs / f"{page}.py", CONFIG, hash_seed, library)


@each_page
def test_page_prints_the_same_with_another_hash_seed(
    page: str, programs: Path, library: Path
) -> None:
    first, second = (output(page, seed, programs, library) for seed in HASH_SEEDS)
    assert first == second


@each_page
def test_page_prints_what_is_on_record(page: str, programs: Path, library: Path) -> None:
    script = read_script(SCRIPTS[page])
    run = run_pages([script], CONFIG)[page]
    assert isinstance(run, Run), run
    plain = laid_over(run, output(page, HASH_SEEDS[0], programs, library))
    differences = compare(script, plain, read_record(page, CONFIG))
    assert not differences, "\n".join(map(str, differences))
