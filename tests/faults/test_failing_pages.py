import json

import pytest

from regen.config import RegenError
from regen.runner import run_pages
from regen.store import Store

SETTINGS = 'jobs = 2\ntimeout = 2\ndata = ["data.txt"]'


def test_each_kind_of_failing_cell_is_told_with_its_place_and_hinders_no_other_page(site):
    site.settings(SETTINGS)
    site.page("fine", 'values={"x": "x"}\nx = 1')
    site.page("raises", "\nx = 1\nprint('before it failed')")
    assert site.regen("run") == 0
    kept = site.entries("raises")
    assert len(kept) == 1
    site.write("data.txt", "makes all pages stale")
    paths = {
        "dies": site.page("dies", "\nx = 1", '\nimport os\n\nos.write(2, b"last words")\nos._exit(7)'),
        "raises": site.page(
            "raises", "\nx = 1\nprint('before it failed')", "\ndef half(n):\n    return n / 0\n\n\nhalf(x)"
        ),
        "slow": site.page("slow", "\nimport time\n\ntime.sleep(60)"),
        "typo": site.page("typo", "\nx = 1", "\n\n\nx = 1\nx = )\n"),
    }
    assert site.regen("run") == 1
    log = site.log()
    assert "regen: fine: done after" in log and "regen: raises: FAILED after" in log
    for name, line, messages in [
        ("raises", 11, ["ZeroDivisionError: division by zero", "return n / 0", "half(x)", "Traceback"]),
        ("dies", 8, ["the kernel died: out of memory, or a crash in compiled code.\n", "last words"]),
        ("slow", 5, ["still running after its time limit of 2 s. Make the cell faster, or raise `timeout`"]),
        ("typo", 12, ["SyntaxError: ", "x = )"]),
    ]:
        cell = 1 if name == "slow" else 2
        start = log.index(f"{name}: cell {cell}, {paths[name]}:{line}: {messages[0]}")
        for message in messages:
            assert message in log[start:], (name, message)
    assert "\x1b" not in log
    assert site.processes() == []
    assert Store(site.config).lookup(site.tutorial("fine"))[1] == ""
    assert len(site.entries("fine")) == 2
    assert site.entries("raises") == kept and Store(site.config).latest("raises") is not None
    assert site.entries("dies") == site.entries("slow") == site.entries("typo") == []


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (None, "No such kernel named broken"),
        (["/nowhere/python", "-f", "{connection_file}"], "/nowhere/python"),
        (["/bin/sh", "-c", "echo no luck >&2; exit 3"], "the kernel broken did not start: "),
    ],
    ids=["unknown", "no program", "ends at once"],
)
def test_a_kernel_that_cannot_start_is_told(site, monkeypatch, argv, message):
    site.settings('kernel_name = "broken"\nstartup_timeout = 10')
    monkeypatch.setenv("JUPYTER_PATH", str(site.root))
    if argv:
        spec = {"argv": argv, "display_name": "Broken", "language": "python"}
        site.write("kernels/broken/kernel.json", json.dumps(spec))
    path = site.page("p", "\nx = 1")
    failure = run_pages([site.tutorial("p")], site.config)["p"]
    assert isinstance(failure, RegenError)
    assert str(failure).startswith(f"p: {path}: ") and message in str(failure)
    assert ("no luck" in str(failure)) == ("/bin/sh" in (argv or ())), "what it said before it ended"
    assert site.processes() == [] and site.entries("p") == []
