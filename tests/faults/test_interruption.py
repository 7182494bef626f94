import re
import signal

from regen.store import Store

NAP = """
import os
import time
from pathlib import Path

Path("reached").touch()
time.sleep(float(os.environ.get("NAP", "0")))"""


def napping(site, until):
    """A site that runs a quick page and is in the middle of a slow one, and the process that runs it."""
    site.settings("jobs = 1")
    site.page("a_quick", "\nx = 1")
    site.page("b_slow", NAP)
    site.page("c_waiting", "\nx = 1")
    (site.root / "tmp").mkdir()
    process = site.start(NAP="120", TMPDIR=str(site.root / "tmp"))
    until((site.root / "reached").exists)
    assert len(site.processes()) >= 2, "regen and its kernel"
    return process


def test_an_interruption_ends_all_at_once_and_keeps_what_was_done(site, until):
    process = napping(site, until)
    process.send_signal(signal.SIGINT)
    assert process.wait(15) == 130
    assert "regen: interrupted. Pages that were done are kept" in site.log() and "Traceback" not in site.log()
    until(lambda: not site.processes(), 5)
    assert list((site.root / "tmp").iterdir()) == []
    assert len(site.entries("a_quick")) == 1 and site.entries("b_slow") == site.entries("c_waiting") == []
    assert [Store(site.config).lookup(site.tutorial(name))[1] for name in ("a_quick", "b_slow")] == ["", "never run"]


def test_when_regen_is_killed_its_kernel_ends_by_itself_and_the_next_run_goes_on(site, until):
    process = napping(site, until)
    process.kill()
    process.wait()
    until(lambda: not site.processes(), 20)
    assert site.entries("b_slow") == []
    assert site.regen("run") == 0
    assert re.findall(r"regen: (\w+): done", site.log()) == ["b_slow", "c_waiting"]
    assert len(site.entries("b_slow")) == 1


def test_two_runs_at_once_share_a_store(site, until):
    site.page(
        "p",
        'values={"n": "len(met)"}\nimport os\nimport time\nfrom pathlib import Path\n\n'
        'Path(f"met-{os.getpid()}").touch()\nend = time.monotonic() + 30\n'
        'while len(met := list(Path().glob("met-*"))) < 2 and time.monotonic() < end:\n    time.sleep(0.02)',
    )
    both = [site.start(), site.start()]
    assert [process.wait(60) for process in both] == [0, 0]
    fresh, reason = Store(site.config).lookup(site.tutorial("p"))
    assert reason == "" and fresh.values == {"n": 2}
    (entry,) = site.entries("p")
    assert entry.endswith(".json")
