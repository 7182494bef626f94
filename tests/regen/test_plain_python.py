"""What keeps a script from running as plain Python, or its code from running at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regen.errors import RegenError

if TYPE_CHECKING:
    from tests.conftest import Site


def refusal(site: Site, *cells: str) -> str:
    """Say why a page of these cells is refused, from its line on."""
    path = site.page("p", *cells)
    with pytest.raises(RegenError) as error:
        site.script("p")
    return str(error.value).removeprefix(f"{path}:")


@pytest.mark.parametrize(
    "code",
    [
        "!ls",
        "files = !ls",
        "%time x",
        "%%bash\nls",
        "x?",
        "?x",
        "await f()",
        "return 1",
        "x = ",
        "(",
    ],
)
def test_what_is_no_python_is_refused(site: Site, code: str) -> None:
    found = refusal(site, "x = 1", code)
    assert found.startswith("9: not plain Python: ")


def test_a_future_import_below_other_code_is_refused(site: Site) -> None:
    found = refusal(site, "x = 1", "from __future__ import annotations")
    assert found.startswith("9: not plain Python: SyntaxError")


@pytest.mark.parametrize(
    "code",
    [
        "print(_)",
        "print(__)",
        "print(_3)",
        "print(_i2)",
        "print(Out[1])",
        "print(In)",
        "display(x)",
        "exit()",
        "quit()",
        "get_ipython()",
        "get_ipython().run_cell_magic('script', 'bash', 'ls')",
        "def f():\n    return display",
        "[_ for each in [1]]",
        "[0 for _ in [1]], _",
    ],
)
def test_a_notebooks_name_is_refused(site: Site, code: str) -> None:
    found = refusal(site, "x = 1", code)
    line = 9 + code.count("\n")
    assert found.startswith(f"{line}: ")
    assert "is a name that only a notebook has: as plain Python the script fails there" in found


def test_get_ipython_is_refused_even_if_imported(site: Site) -> None:
    found = refusal(site, "from IPython import get_ipython", "get_ipython().magic('ls')")
    assert found.startswith("9: get_ipython is a name that only a notebook has")


@pytest.mark.parametrize(
    "code",
    [
        "from IPython.display import display\ndisplay(1)",
        "import IPython\nIPython.display.display(1)",
        "for _ in range(3):\n    print(_)",
        "_, x = 1, 2\nprint(_)",
        "[_ for _ in range(3)]",
        "def f(_, display=print):\n    return display(_)",
        "with open('x') as Out:\n    print(Out)",
        "class In:\n    pass\nprint(In)",
        "def f(x):\n    match x:\n        case [_i, *Out]:\n            return _i, Out",
        "try:\n    pass\nexcept OSError as Out:\n    print(Out)",
        "x = {}\nx.display = 1",
    ],
)
def test_a_name_that_the_page_binds_is_its_own(site: Site, code: str) -> None:
    site.page("p", code)
    assert site.script("p").code[0].source == code


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("if False:\n    assert x", 7),
        ("if 0:\n    assert x", 7),
        ("if None:\n    assert x", 7),
        ("if not True:\n    assert x", 7),
        ("if not 1:\n    assert x", 7),
        ("if x and False:\n    assert x", 7),
        ("if 1 == 2:\n    assert x", 7),
        ("if True:\n    pass\nelse:\n    assert x", 9),
        ("if x:\n    pass\nelif False:\n    assert x", 9),
        ("while False:\n    assert x", 7),
        ("while 0:\n    assert x", 7),
        ("for each in []:\n    assert x", 7),
        ("for each in range(0):\n    assert x", 7),
        ("for each in range(3, 3):\n    assert x", 7),
        ("if __name__ != '__main__':\n    assert x", 7),
        ("x if False else 2", 6),
        ("False and x.check()", 6),
        ("True or x.check()", 6),
        ("[each for each in x if False]", 6),
        ("def f():\n    return 1\n    assert x", 8),
        ("for each in x:\n    continue\n    assert x", 8),
        ("def f():\n    if False:\n        assert x", 8),
    ],
)
def test_code_that_never_runs_is_refused(site: Site, code: str, line: int) -> None:
    found = refusal(site, code)
    assert found.startswith(f"{line}: code that never runs")


@pytest.mark.parametrize(
    "code",
    [
        "while True:\n    break",
        "if True:\n    x = 1",
        "x = 0\nif x:\n    y = 1",
        "if __name__ == '__main__':\n    x = 1",
        "x = [] or 3",
        "for each in range(3):\n    x = 1",
        "if 1 < 'a':\n    x = 1",
        "raise ValueError('on purpose')",
    ],
)
def test_code_that_may_run_is_fine(site: Site, code: str) -> None:
    site.page("p", code)
    assert site.script("p").code[0].source == code


def test_a_cell_that_raises_does_not_end_the_page(site: Site) -> None:
    site.page("p", "#| tags: [raises-exception]\nraise ValueError('on purpose')", "x = 1")
    assert len(site.script("p").code) == 2


@pytest.mark.filterwarnings("error")
def test_what_python_warns_of_is_no_concern_of_the_reader(site: Site) -> None:
    site.page("p", "assert (1, 'always true')\nx = '\\d'")
    assert len(site.script("p").code) == 1
