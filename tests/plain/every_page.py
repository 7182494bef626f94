"""Each page as plain Python, twice: `make plain`, weekly, as it takes as long as a cold build.

This file's name is not one of a test file, so that `make test` does not run it.
"""

from functools import cache
from pathlib import Path

import pytest
from plain import laid_over, printed

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


@cache
def output(page: str, hash_seed: int) -> str:
    return printed(SCRIPTS[page], CONFIG, hash_seed)


@each_page
def test_page_prints_the_same_with_another_hash_seed(page: str) -> None:
    first, second = (output(page, seed) for seed in HASH_SEEDS)
    assert first == second


@each_page
def test_page_prints_what_is_on_record(page: str) -> None:
    script = read_script(SCRIPTS[page])
    run = run_pages([script], CONFIG)[page]
    assert isinstance(run, Run), run
    plain = laid_over(run, output(page, HASH_SEEDS[0]))
    differences = compare(script, plain, read_record(page, CONFIG))
    assert not differences, "\n".join(map(str, differences))
