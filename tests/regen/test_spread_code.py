from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from regen.execution.results import CellRun, Run
from regen.records.record import Record, make_record
from regen.records.spread_code import code_of, stale_spread, strip_code
from regen.script.reading import Cell, Options, Script

if TYPE_CHECKING:
    from conftest import Site

OPTIONS = Options(values={"x": "1"}, claims={"wins": "a > b"})
RUN = Run("p", [CellRun(), CellRun()])


def page(*cells: Cell) -> Script:
    first = Cell("code", "a = 1", 1, 2, 1, OPTIONS)
    second = Cell("code", "b = 2", 5, 6, 2)
    return Script("p", Path("p.py"), list(cells or (first, second)), title="P")


PLAIN = 'def f(x):\n    return "# no comment" + x'


@pytest.mark.parametrize(
    "source",
    [
        PLAIN,
        f"{PLAIN}\n\n\n",
        f"# a comment\n\n{PLAIN}  # another\n",
        f'"""About the module."""\n\n{PLAIN}',
        'def f(x):\n    """Says é → x."""\n\n    # why\n    return "# no comment" + x   \n',
        "def f(x):\n    '''One.\n\n    # Two.\n    '''\n    return \"# no comment\" + x",
        'def f(x):\n    "One." " Two."\n    return "# no comment" + x',
        PLAIN.replace("\n", "\r\n"),
    ],
)
def test_comments_docstrings_and_blank_lines_do_not_count(source: str) -> None:
    assert strip_code(source) == PLAIN


@pytest.mark.parametrize(
    "source",
    [
        PLAIN.replace("# no", "# a"),
        PLAIN.replace("x)", "y)"),
        PLAIN.replace("    return", "        return"),
        f'{PLAIN}\n"""A string, no docstring."""',
        f"{PLAIN}; x = 1",
    ],
)
def test_all_else_counts(source: str) -> None:
    assert strip_code(source) != PLAIN


def test_a_docstring_of_letters_beyond_ascii_goes_whole() -> None:
    source = 'class A:\n    "é→é"; x = "é"  # é\n    async def f(self): "é"; return 1'
    assert strip_code(source) == 'class A:\n    ; x = "é"\n    async def f(self): ; return 1'


def test_a_doubtful_escape_is_no_fault_of_the_code() -> None:
    assert strip_code('x = "\\d"  # a digit') == 'x = "\\d"'


@pytest.mark.parametrize("source", ["if True print(1)  # no", "x = (", "'", "\x00", "  x\n y"])
def test_code_that_does_not_parse_is_taken_as_it_is(source: str) -> None:
    assert strip_code(f"{source}\n\n") == source


@pytest.fixture
def library(site: Site) -> Site:
    site.write("lib/train.py", "lr = 0.1\n")
    site.write("lib/data.csv", "1\n")
    return site


DEPENDENCIES = {"code": "1", "lib/train.py": "2", "lib/data.csv": "3", "numpy": "4"}


def test_the_code_is_the_pages_and_the_modules_it_imports(library: Site) -> None:
    run = replace(RUN, dependencies=DEPENDENCIES)
    assert list(code_of(page(), run, library.config)) == ["code", "lib/train.py"]


def stale(library: Site, script: Script, record: Record) -> list[str]:
    return stale_spread(script, replace(RUN, dependencies=DEPENDENCIES), record, library.config)


@pytest.fixture
def record(library: Site) -> Record:
    code = code_of(page(), replace(RUN, dependencies=DEPENDENCIES), library.config)
    return make_record(page(), RUN, [RUN], code)


def test_a_spread_holds_while_its_code_does_the_same(library: Site, record: Record) -> None:
    assert stale(library, page(), record) == []
    library.write("lib/train.py", '"""How to train."""\n\nlr = 0.1  # small\n')
    library.write("lib/data.csv", "2\n")
    assert stale(library, page(), record) == []


def test_a_changed_module_makes_a_spread_stale(library: Site, record: Record) -> None:
    library.write("lib/train.py", "lr = 0.2\n")
    assert stale(library, page(), record) == ["lib/train.py"]


def test_a_module_that_is_gone_makes_a_spread_stale(library: Site, record: Record) -> None:
    (library.root / "lib/train.py").unlink()
    assert stale(library, page(), record) == ["lib/train.py"]


@pytest.mark.parametrize(
    "cell",
    [
        Cell("code", "a = 2", 1, 2, 1, OPTIONS),
        Cell("code", "a = 1", 1, 2, 1, replace(OPTIONS, claims={"wins": "a > c"})),
        Cell("code", "a = 1", 1, 2, 1, replace(OPTIONS, values={"x": "2"})),
    ],
)
def test_changed_cells_make_a_spread_stale(library: Site, record: Record, cell: Cell) -> None:
    assert stale(library, page(cell, page().cells[1]), record) == ["code"]


def test_prose_and_what_is_shown_make_no_spread_stale(library: Site, record: Record) -> None:
    first = Cell("code", "a = 1  # one", 3, 4, 1, replace(OPTIONS, alt="A line.", fold="More"))
    prose = Cell("markdown", "Words.", 1, 2)
    assert stale(library, page(prose, first, page().cells[1]), record) == []


def test_a_reason_vouches_for_the_code_that_it_names(library: Site, record: Record) -> None:
    library.write("lib/train.py", "lr = 0.2\n")
    now = code_of(page(), replace(RUN, dependencies=DEPENDENCIES), library.config)
    vouched = replace(record, still_holds={"reason": "lr is not used", "code": now})
    assert stale(library, page(), vouched) == []
    library.write("lib/train.py", "lr = 0.3\n")
    assert stale(library, page(), vouched) == ["lib/train.py"]
    library.write("lib/train.py", "lr = 0.1\n")
    assert stale(library, page(), vouched) == []


def test_a_page_without_a_spread_is_never_stale(library: Site) -> None:
    assert stale(library, page(), make_record(page(), RUN)) == []
