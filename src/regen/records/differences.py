"""What comparisons share: one cell's record beside its result, and a difference between them."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from regen.execution.results import CellRun
from regen.records.printed import ToleranceKeys, keys_of
from regen.records.record import CellRecord
from regen.records.tolerance import Interval, Tolerance, tolerances_of
from regen.script.reading import Cell, Script

__all__ = [
    "ABSENT",
    "MARGIN",
    "NEVER",
    "RECORD",
    "CellPair",
    "Difference",
    "described",
    "inside",
    "is_nan",
]

NEVER = "none: NaN is never as recorded"
RECORD = "none: run `regen record`"
ABSENT = "not there"
MARGIN = "\n               "
"""Before each further line of what is recorded, or of what is now."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was recorded."""

    page: str
    where: str
    cell: int
    """The number of the code cell; 0 for what is about the whole page."""
    what: str
    recorded: str
    """What is on record; "" where the record has nothing to do with it."""
    now: str
    tolerance: str = "exact"
    note: str = ""
    """What else helps to understand it, as a sentence of prose that fails with it."""

    def __str__(self) -> str:
        place = f"{self.page}: cell {self.cell}"
        if self.cell == 0:
            place = self.page
        lines = [f"{place} ({self.where}): {self.what}"]
        if self.recorded:
            lines.append(f"    recorded   {self.recorded}")
        lines.append(f"    now        {self.now}")
        lines.append(f"    tolerance  {self.tolerance}")
        if self.note:
            lines.append(f"    {self.note}")
        return "\n".join(lines)


@dataclass(frozen=True)
class CellPair:
    """What one code cell had on record and what it gave now, side by side."""

    script: Script
    cell: Cell
    before: CellRecord
    now: CellRun

    @cached_property
    def tolerances(self) -> dict[str, Tolerance]:
        """The cell's tolerances, by their keys."""
        return tolerances_of(self.script, self.cell)

    @cached_property
    def keys(self) -> ToleranceKeys:
        """Which of them each printed number has."""
        return keys_of(self.tolerances, self.before.text, self.before.values)

    @property
    def where(self) -> str:
        """The cell's place, for messages."""
        return self.script.where(self.cell)

    def difference(
        self, what: str, recorded: str, now: str, tolerance: str = "exact", note: str = ""
    ) -> Difference:
        """Make a difference of this cell."""
        page = self.script.name
        number = self.cell.number
        return Difference(page, self.where, number, what, recorded, now, tolerance, note)


def inside(number: float, allowed: Interval) -> bool:
    """Whether a number is in an interval; NaN and infinities never are."""
    low, high = allowed
    return math.isfinite(number) and low <= number <= high


def described(tolerance: Tolerance, allowed: Interval) -> str:
    """Say what a number may be, and by which tolerance."""
    low, high = allowed
    if low > high:
        return f"{tolerance.text}: no runs with seeds on record, run `regen record`"
    return f"{tolerance.text}: {low:.9g} to {high:.9g}"


def is_nan(value: Any) -> bool:
    """Whether a value is no number at all, although its type says so."""
    return isinstance(value, float) and math.isnan(value)
