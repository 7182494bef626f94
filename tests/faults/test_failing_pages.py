from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from regen.errors import RegenError
from regen.execution import kernel
from regen.execution.cache import Cache
from regen.execution.results import Run
from regen.execution.runner import run_pages

if TYPE_CHECKING:
    from conftest import Site

PRINTS = "print('before it failed')\n"
DIES = {
    "import os\n\nos._exit(7)": "the kernel died: it ended itself with exit code 7.\n",
    "import os, signal\n\nos.kill(os.getpid(), signal.SIGSEGV)": (
        "the kernel died: signal SIGSEGV, a crash in compiled code.\n"
    ),
    "import os, signal\n\nos.kill(os.getpid(), signal.SIGKILL)": (
        "the kernel died: signal SIGKILL, the system ended it, most often because the memory"
    ),
}


def failure(site: Site, *cells: str) -> str:
    """Why a page of these cells fails."""
    site.page("p", *cells)
    result = run_pages([site.script("p")], site.config)["p"]
    assert isinstance(result, RegenError)
    assert site.entries("p") == []
    assert site.processes() == []
    assert "\x1b" not in str(result)
    return str(result)


def place(site: Site, cell: int, line: int) -> str:
    return f"p: cell {cell}, {site.root}/tutorials/p.py:{line}: "


def test_an_exception_is_shown_with_its_line(site: Site) -> None:
    code = "def half(n):\n    return n / 0\n\n\nhalf(x)"
    message = failure(site, "x = 1", f"#| values: {{y: x}}\n{code}")
    assert message.startswith(place(site, 2, 11) + "ZeroDivisionError: division by zero\n")
    for words in ("return n / 0", "half(x)", "Traceback"):
        assert words in message


def test_an_exception_below_another_cell_has_the_line_of_its_own(site: Site) -> None:
    message = failure(site, "# defined here\ndef half(n):\n    return n / 0", "x = 1\nhalf(x)")
    assert message.startswith(place(site, 2, 12) + "ZeroDivisionError: division by zero\n")


def test_code_that_does_not_parse_is_shown_with_its_line(site: Site) -> None:
    site.page("p", "x = 1", "x = 1")
    script = site.script("p")
    # the parser of scripts refuses this page already: here is what a kernel would say
    object.__setattr__(script.code[1], "source", "x = 1\nx = )")
    result = run_pages([script], site.config)["p"]
    assert str(result).startswith(place(site, 2, 10) + "SyntaxError: ")


@pytest.mark.parametrize("code", DIES, ids=["exit", "crash", "killed"])
def test_a_kernel_that_dies_says_how(site: Site, code: str) -> None:
    last = 'import sys\n\nsys.stderr.write("last words")\n'
    message = failure(site, "x = 1\nprint('of another cell')", f"{PRINTS}{last}{code}")
    assert message.startswith(place(site, 2, 9) + DIES[code])
    assert "It had printed:\nbefore it failed\nlast words" in message
    assert "of another cell" not in message


def test_a_cell_that_takes_too_long_is_ended(site: Site) -> None:
    site.settings("timeout = 2")
    message = failure(site, f"{PRINTS}import time\n\ntime.sleep(60)")
    remedy = "Make the cell faster, or raise `timeout` in [tool.regen].\n"
    expected = f"still running after its time limit of 2 s. {remedy}"
    assert message.startswith(place(site, 1, 5) + expected)
    assert message.endswith("It had printed:\nbefore it failed")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["/nowhere/python", "-f", "{connection_file}"], "/nowhere/python"),
        (["/bin/sh", "-c", "echo no luck >&2; exit 3"], "the kernel did not start: "),
    ],
    ids=["no program", "ends at once"],
)
def test_a_kernel_that_cannot_start_says_why(
    site: Site, monkeypatch: pytest.MonkeyPatch, argv: list[str], message: str
) -> None:
    site.settings("startup_timeout = 10")
    monkeypatch.setattr(kernel, "ARGV", argv)
    found = failure(site, "x = 1")
    assert found.startswith(f"p: {site.root}/tutorials/p.py: ")
    assert message in found
    assert ("no luck" in found) == ("/bin/sh" in argv), "what it said before it ended"


def test_a_failing_page_keeps_its_earlier_result(site: Site) -> None:
    site.page("p", "x = 1")
    before = run_pages([site.script("p")], site.config)["p"]
    site.page("p", "x = 1 / 0")
    assert isinstance(run_pages([site.script("p")], site.config)["p"], RegenError)
    assert Cache(site.config).latest("p") == before


def test_a_failing_page_is_named_in_the_log(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.page("fine", "x = 1")
    site.page("fails", "x = 1 / 0")
    run_pages([site.script("fine"), site.script("fails")], site.config)
    log = capsys.readouterr().err
    assert "regen: fine: done after" in log
    assert "regen: fails: FAILED after" in log


def test_switches_of_python_do_not_reach_a_page(site: Site) -> None:
    site.page("p", "#| values: {x: x, n: n}\nimport sys\n\nx = __debug__\nn = len(sys.warnoptions)")
    code = (
        "from pathlib import Path; from regen.config import load_config;"
        "from regen import read_script, run_pages;"
        "run_pages([read_script(Path('tutorials/p.py').resolve())], load_config(Path()))"
    )
    assert site.start(sys.executable, "-O", "-W", "error", "-c", code).wait(60) == 0, site.log()
    fresh, reasons = Cache(site.config).lookup(site.script("p"))
    assert isinstance(fresh, Run), reasons
    assert fresh.values == {"x": True, "n": 0}
