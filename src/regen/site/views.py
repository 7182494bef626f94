"""What templates may say of a run."""

import calendar
import contextlib
from dataclasses import dataclass
from datetime import datetime

from regen.execution.results import Run

__all__ = ["RunView", "day_of"]

IN_THE_SENTENCE = ("date", "commit", "device", "seconds")
"""What a page says of a run in its first sentence; the rest is details."""
KINDS_OF_DEVICES = ("CPU", "GPU")


@dataclass(frozen=True)
class RunView:
    """A run, as templates see it."""

    date: str
    day: str
    """The date in words, without the time of day."""
    commit: str
    device: str
    machine: str
    """The kind of the device, for a sentence."""
    seconds: str
    """Rounded."""
    exact_seconds: str
    details: list[tuple[str, str]]
    lines: int
    values: int

    @classmethod
    def of(cls, run: Run) -> "RunView":
        """Look at a run."""
        origin = run.provenance
        details = [(key, text) for key, text in origin.items() if key not in IN_THE_SENTENCE]
        return cls(
            date=origin["date"],
            day=day_of(origin["date"]),
            commit=origin["commit"],
            device=run.device,
            machine=_machine(run.device),
            seconds=f"{float(origin['seconds']):.0f}",
            exact_seconds=origin["seconds"],
            details=details,
            lines=sum(len(cell.text) for cell in run.cells),
            values=len(run.values),
        )


def day_of(date: str) -> str:
    """A date such as `2019-08-15 12:00 UTC` as `15 August 2019`; any other text as it is."""
    with contextlib.suppress(ValueError):
        day = datetime.strptime(date[:10], "%Y-%m-%d")
        return f"{day.day} {calendar.month_name[day.month]} {day.year}"
    return date


def _machine(device: str) -> str:
    """The kind of a device: what stands before the first comma, with an article if it needs one."""
    kind = device.partition(",")[0]
    return f"a {kind}" if kind in KINDS_OF_DEVICES else kind
