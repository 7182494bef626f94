"""What runs now: one line of a terminal, or in a log a line at each end and every ten seconds."""

import shutil
import sys
import time
from dataclasses import dataclass
from typing import TextIO

from regen.console import say

__all__ = ["Progress"]

INTERVAL = 10.0  # seconds between two lines in a log


@dataclass
class _Page:
    place: str
    began: float


class Progress:
    """Says how far each page is."""

    def __init__(self, waiting: int, stream: TextIO | None = None) -> None:
        self.waiting = waiting
        self.stream = stream or sys.stderr
        self.is_terminal = self.stream.isatty()
        self.running: dict[str, _Page] = {}
        self.last = time.monotonic()

    def at(self, page: str, place: str) -> None:
        """A page's turn has come, or it has reached a cell."""
        if page in self.running:
            self.running[page].place = place
        else:
            self.waiting -= 1
            self.running[page] = _Page(place, time.monotonic())
        self.tick()

    def end(self, page: str, outcome: str) -> None:
        """A page is done."""
        seconds = time.monotonic() - self.running.pop(page).began
        self.say(f"{page}: {outcome} after {seconds:.1f} s\n")

    def tick(self) -> None:
        """Show how far each page is, if it is time."""
        now = time.monotonic()
        if not self.running:
            return
        if not self.is_terminal and now - self.last < INTERVAL:
            return
        self.last = now
        parts = []
        for name, page in self.running.items():
            parts.append(f"{name} {page.place}, {now - page.began:.0f} s")
        if self.waiting:
            parts.append(f"{self.waiting} waiting")
        line = " | ".join(parts)
        if self.is_terminal:
            room = shutil.get_terminal_size().columns - len("regen: ") - 1
            self.say(line[:room])
        else:
            self.say(f"{line}\n")

    def say(self, line: str) -> None:
        """Write a line; on a terminal it overwrites the one before."""
        start = "\r\x1b[K" if self.is_terminal else ""
        say(f"{start}regen: {line}", self.stream, end="")
