from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from regen.execution.cache import Cache

if TYPE_CHECKING:
    from conftest import Site

NAP = """import os
import time
from pathlib import Path

Path("reached").touch()
time.sleep(float(os.environ.get("NAP", "0")))"""
MEET = """#| values: {n: len(met)}
import os
import time
from pathlib import Path

Path(f"met-{os.getpid()}").touch()
end = time.monotonic() + 30
while len(met := list(Path().glob("met-*"))) < 2 and time.monotonic() < end:
    time.sleep(0.02)"""
Until = Callable[..., Any]


def napping(site: Site, until: Until) -> subprocess.Popen[bytes]:
    """A process in the middle of a slow page, with a quick one done and another waiting."""
    site.settings('jobs = 1\nenv = ["NAP"]')
    site.page("a_quick", "x = 1")
    site.page("b_slow", NAP)
    site.page("c_waiting", "x = 1")
    (site.root / "tmp").mkdir()
    process = site.start(NAP="120", TMPDIR=str(site.root / "tmp"))
    until((site.root / "reached").exists)
    assert len(site.processes()) >= 2, "regen and its kernel"
    return process


def test_an_interruption_ends_all_and_keeps_what_was_done(site: Site, until: Until) -> None:
    process = napping(site, until)
    process.send_signal(signal.SIGINT)
    assert process.wait(15) == 130
    log = site.log()
    assert "regen: interrupted. Pages that were done are kept" in log
    assert "Traceback" not in log
    until(lambda: not site.processes(), 5)
    assert list((site.root / "tmp").iterdir()) == []
    cache = Cache(site.config, {"NAP": "120"})
    assert cache.lookup(site.script("a_quick"))[1] == []
    assert cache.lookup(site.script("b_slow"))[1] == ["never run"]
    assert site.entries("b_slow") == site.entries("c_waiting") == []


def test_a_killed_regen_leaves_no_kernel_and_the_next_goes_on(site: Site, until: Until) -> None:
    process = napping(site, until)
    process.kill()
    process.wait()
    until(lambda: not site.processes(), 20)
    assert site.entries("b_slow") == []
    # the nap belongs to what a page depends on
    site.page("b_slow", "x = 1")
    assert site.regen("run", NAP="120") == 0
    assert re.findall(r"regen: (\w+): done", site.log()) == ["b_slow", "c_waiting"]
    assert len(site.entries("b_slow")) == 1


def test_two_runs_at_once_share_a_cache(site: Site) -> None:
    site.page("p", MEET)
    both = [site.start(), site.start()]
    assert [process.wait(60) for process in both] == [0, 0]
    fresh, reasons = Cache(site.config).lookup(site.script("p"))
    assert reasons == []
    assert fresh is not None
    assert fresh.values == {"n": 2}
    (entry,) = site.entries("p")
    assert entry.endswith(".json")
