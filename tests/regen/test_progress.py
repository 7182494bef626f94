import io

import pytest

from regen.execution.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set."""
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def go_through(clock: list[float], stream: io.StringIO) -> str:
    """A page that begins, reaches a cell after 3 s, and ends after 12 s, while another waits."""
    progress = Progress(2, stream)
    progress.at("p", "starting")
    clock[0] = 3.0
    progress.at("p", "cell 2 of 5")
    clock[0] = 12.0
    progress.tick()
    progress.end("p", "done")
    progress.tick()
    return stream.getvalue()


def test_a_log_gets_a_line_every_ten_seconds(clock: list[float]) -> None:
    expected = "regen: p cell 2 of 5, 12 s | 1 waiting\nregen: p: done after 12.0 s\n"
    assert go_through(clock, io.StringIO()) == expected


def test_a_terminal_gets_one_line_that_changes(clock: list[float]) -> None:
    lines = go_through(clock, Terminal()).split("\r\x1b[K")
    assert lines == [
        "",
        "regen: p starting, 0 s | 1 waiting",
        "regen: p cell 2 of 5, 3 s | 1 waiting",
        "regen: p cell 2 of 5, 12 s | 1 waiting",
        "regen: p: done after 12.0 s\n",
    ]
