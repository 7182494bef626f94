"""The comparison of plain scripts with their pages finds what differs, on pages of a few lines."""

from typing import Any

import pytest
from plain import laid_over, printed

from regen.execution.results import Run
from regen.execution.runner import run_pages
from regen.records.compare import compare
from regen.records.record import make_record

# The fixture `site` of tests/conftest.py.
Site = Any

EXPRESSION = 'import math\n\nprint("pi is", math.pi)\nmath.pi'


def run_of(site: Site, page: str) -> Run:
    run = run_pages([site.script(page)], site.config)[page]
    assert isinstance(run, Run), run
    return run


def differences(site: Site, text: str) -> list[Any]:
    """The differences between the record of page `p` and what a plain run of it printed."""
    script = site.script("p")
    run = run_of(site, "p")
    record = make_record(script, run)
    return compare(script, laid_over(run, text), record)


def test_script_that_prints_what_its_page_prints_passes(site: Site) -> None:
    path = site.page("p", EXPRESSION, "print('a')\nprint('b')")
    text = printed(path, site.config, hash_seed=1)
    assert text == "pi is 3.141592653589793\na\nb\n"
    assert differences(site, text) == []


def test_tolerance_of_the_cell_holds_for_the_script(site: Site) -> None:
    site.page("p", f"#| tolerance:\n#|   text: rel 1e-6\n{EXPRESSION}")
    assert differences(site, "pi is 3.141592653589000\n") == []


def test_another_number_is_a_difference(site: Site) -> None:
    site.page("p", EXPRESSION)
    (found,) = differences(site, "pi is 3.141592653589000\n")
    assert "3.141592653589000" in str(found)


def test_line_that_is_missing_is_said(site: Site) -> None:
    site.page("p", EXPRESSION)
    with pytest.raises(AssertionError, match="the script prints 0 lines, on the page 1"):
        laid_over(run_of(site, "p"), "")


def test_script_that_ends_with_an_error_is_said(site: Site) -> None:
    path = site.page("p", "print('a')\nraise ValueError('not as plain Python')")
    with pytest.raises(AssertionError, match=r"status 1(?s:.*)ValueError: not as plain Python"):
        printed(path, site.config, hash_seed=1)


def test_order_of_a_set_differs_with_the_hash_seed(site: Site) -> None:
    path = site.page("p", "print(*{f'word {n}' for n in range(100)})")
    texts = {printed(path, site.config, seed) for seed in (1, 2)}
    assert len(texts) == 2
