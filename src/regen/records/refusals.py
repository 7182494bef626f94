"""What keeps a run from being recorded: results that no record could stand for."""

import math
from collections.abc import Mapping
from typing import Any

from regen import drawing
from regen.execution.results import Run
from regen.records.parts import is_number, leaves, over_seeds
from regen.records.printed import find_numbers, keys_of
from regen.records.record import CellRecord, Record, tolerance_of_value
from regen.records.tolerance import Tolerance, seed_fault, tolerances_of
from regen.script.reading import Cell, Script

__all__ = ["needs_seeds", "refusals"]

SMALL = 0.1
"""What `abs` may allow where all numbers are smaller."""
FAR = 10_000.0
"""How many times the largest number, or 1, the bounds of `within` may be."""


def needs_seeds(script: Script) -> bool:
    """Whether the page must be run with all seeds to be recorded: for tolerances, or for claims."""
    for cell in script.code:
        tolerances = tolerances_of(script, cell)
        if any(tolerance.kind == "seeds" for tolerance in tolerances.values()):
            return True
        if cell.options.claims:
            return True
    return False


def refusals(
    script: Script, run: Run, record: Record, seeded: Mapping[str, Run] | None = None
) -> list[str]:
    """Say why a run cannot be recorded, a sentence for each reason.

    Args:
        script: the page.
        run: what it gave.
        record: what would be written.
        seeded: the runs with other seeds, by what messages call them, as `seed 3`.
    """
    runs = {"this run": run, **(seeded or {})}
    reasons = []
    for index, cell in enumerate(script.code):
        where = script.where(cell)
        tolerances = tolerances_of(script, cell)
        found = [
            *_not_numbers(record.cells[index], tolerances),
            *_blank(record.cells[index]),
            *_false_claims(cell, index, runs),
            *_unsound(record.cells[index], tolerances),
            *_too_wide(record.cells[index], tolerances),
        ]
        reasons += [f"{where}: {reason}." for reason in found]
    return reasons


def _not_numbers(cell: CellRecord, tolerances: Mapping[str, Tolerance]) -> list[str]:
    """NaN is never as recorded, so it cannot be recorded, unless the page is about it."""
    if "nan" in tolerances:
        return []
    remedy = "Fix what gives it, or write the tolerance `nan: expected because REASON`"
    found = []
    for name, value in cell.values.items():
        if any(isinstance(leaf, float) and math.isnan(leaf) for _, leaf in leaves(value)):
            found.append(f"value {name} is NaN, which nothing can be compared with. {remedy}")
    for line in cell.text:
        if any(number.is_nan for number in find_numbers(line)):
            found.append(f"prints nan, which nothing can be compared with: {line!r}. {remedy}")
    return found


def _blank(cell: CellRecord) -> list[str]:
    found = []
    for index, figure in enumerate(cell.figures):
        if drawing.is_blank(figure):
            found.append(
                f"figure {index + 1} is blank: no series, no text, no image. Draw something"
            )
    return found


def _false_claims(cell: Cell, index: int, runs: Mapping[str, Run]) -> list[str]:
    """A claim must be true in the run and with every seed."""
    found = []
    for name, expression in cell.options.claims.items():
        false = [label for label, run in runs.items() if not run.cells[index].claims.get(name)]
        if false:
            found.append(
                f"claim {name}: {expression}: false with {', '.join(false)}. "
                "Correct the sentence that rests on it, or what makes it false"
            )
    return found


def _unsound(cell: CellRecord, tolerances: Mapping[str, Tolerance]) -> list[str]:
    """Intervals from seeds must be earned by something random, and say something."""
    found = []
    for name, spread in cell.spread.items():
        if name == "figure":
            fault = _fault_of_figures(spread)
        elif name.startswith("printed "):
            fault = _fault(spread, tolerances[name.removeprefix("printed ")])
        else:
            fault = _fault(spread, tolerance_of_value(name, tolerances))
        if fault:
            found.append(f"{name} with tolerance `seeds`: {fault}")
    return found


def _too_wide(cell: CellRecord, tolerances: Mapping[str, Tolerance]) -> list[str]:
    """Bounds that lie far beyond all numbers that they are about let anything pass."""
    found = []
    for key, tolerance in tolerances.items():
        largest = max((abs(number) for number in _covered(cell, key, tolerances)), default=0.0)
        widest = tolerance.size
        most = max(largest, SMALL)
        if tolerance.kind == "within" and tolerance.bounds:
            widest = max(abs(bound) for bound in tolerance.bounds)
            most = FAR * max(largest, 1.0)
        elif tolerance.kind != "abs":
            continue
        if widest > most:
            found.append(
                f"{key} with tolerance `{tolerance.text}`: lets anything pass, for the largest "
                f"number that it is about is {largest:.6g}. Write narrower bounds"
            )
    return found


def _covered(cell: CellRecord, key: str, tolerances: Mapping[str, Tolerance]) -> list[float]:
    """The finite numbers of a cell that a tolerance is about."""
    numbers: list[Any] = []
    for name, value in cell.values.items():
        used = name if name in tolerances else "default"
        if used == key:
            numbers += [leaf for _, leaf in leaves(value)]
    keys = keys_of(tolerances, cell.text, cell.values)
    numbers += [number.value for number in keys.with_key(key, cell.text)]
    if key == "figure" or (key == "default" and "figure" not in tolerances):
        for figure in cell.figures:
            numbers += [number.value for number in drawing.numbers(figure)]
    return [number for number in numbers if is_number(number) and math.isfinite(number)]


def _fault(spread: list[Any], tolerance: Tolerance) -> str:
    entries = over_seeds(spread)
    if not entries:
        return "the runs with other seeds give another shape or another count of numbers"
    return seed_fault([entry for entry in entries if entry], tolerance)


def _fault_of_figures(spread: list[Any]) -> str:
    """Figures that are the same with all seeds need no spread."""
    if all(figure["low"] == figure["high"] for figure in spread):
        return (
            "all seeds gave the same: nothing random draws it, "
            "so write another tolerance for `figure`, as `rel 0.01`"
        )
    return ""
