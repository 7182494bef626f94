import math
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_output

from regen.drawing import describe
from regen.errors import RegenError
from regen.execution.results import DRAWING, CellRun, Run
from regen.records.record import make_record
from regen.records.refusals import needs_seeds, refusals
from regen.script.reading import Cell, Options, Script


def page(**options: Any) -> Script:
    """A page of one code cell, at line 7."""
    cell = Cell("code", "x = 1", 7, 8, 1, Options(**options))
    return Script("p", Path("p.py"), [cell], title="P")


def run(text: str = "", **parts: Any) -> Run:
    return Run("p", [CellRun([new_output("stream", text=text)], **parts)])


def refused(script: Script, first: Run, *others: Run) -> list[str]:
    spread = [first, *others] if needs_seeds(script) else []
    seeded = {f"seed {number}": other for number, other in enumerate(others, 1)}
    return refusals(script, first, make_record(script, first, spread), seeded)


def test_a_sound_run_can_be_recorded() -> None:
    script = page(tolerance={"x": "seeds"}, claims={"c": "x > 0"})
    runs = [run(values={"x": x}, claims={"c": True}) for x in (0.95, 0.96)]
    assert refused(script, *runs) == []


@pytest.mark.parametrize(
    ("options", "needed"),
    [
        ({}, False),
        ({"tolerance": {"x": "rel 1e-9"}}, False),
        ({"tolerance": {"x": "exact", "y": "seeds 0 inf"}}, True),
        ({"claims": {"c": "x > 0"}}, True),
    ],
)
def test_seeds_are_for_tolerances_and_claims(options: dict[str, Any], needed: bool) -> None:
    assert needs_seeds(page(**options)) is needed


def test_seeds_of_the_pages_tolerance_are_needed_too() -> None:
    script = Script("p", Path("p.py"), page().cells, title="P", tolerance="seeds")
    assert needs_seeds(script)


@pytest.mark.parametrize("value", [math.nan, [1.0, [math.nan]], {"a": math.nan}])
def test_a_nan_value_cannot_be_recorded(value: Any) -> None:
    (reason,) = refused(page(), run(values={"x": value}))
    assert reason.startswith("p.py:7: value x is NaN") and "`nan: expected because" in reason


def test_a_printed_nan_cannot_be_recorded() -> None:
    (reason,) = refused(page(), run("loss 0.5\nloss nan"))
    assert reason.startswith("p.py:7: prints nan, ") and "'loss nan'" in reason


def test_a_page_about_nan_can_be_recorded() -> None:
    script = page(tolerance={"nan": "expected because the formula overflows"})
    assert refused(script, run("loss nan", values={"x": math.nan})) == []


def test_a_blank_figure_cannot_be_recorded() -> None:
    figure = Figure()
    figure.subplots()
    data = {"image/svg+xml": "<svg/>", DRAWING: describe(figure)}
    (reason,) = refused(page(), Run("p", [CellRun([new_output("display_data", data=data)])]))
    assert reason.startswith("p.py:7: figure 1 is blank")


def test_a_claim_that_is_false_with_a_seed_names_it() -> None:
    script = page(claims={"wins": "a > b"})
    outcomes = [True, True, False, False]
    (reason,) = refused(script, *(run(claims={"wins": wins}) for wins in outcomes))
    assert reason.startswith("p.py:7: claim wins: a > b: false with seed 2, seed 3. ")


def test_a_claim_that_is_false_in_the_run_is_refused() -> None:
    (reason,) = refused(page(claims={"wins": "a > b"}), run(claims={"wins": False}))
    assert "false with this run" in reason


@pytest.mark.parametrize(
    ("spec", "values", "fault"),
    [
        ("seeds", [0.5, 0.5], "nothing random computes it, so write `exact`"),
        ("seeds", [3, 3], "nothing random computes it"),
        ("seeds", [[1.0, 2.0], [1.0, 2.0]], "nothing random computes it"),
        ("seeds", [0.97, 0.5, 0.9], "more than half of what lies between 0 and 1"),
        ("seeds 0 1", [0.9, 1.5], "outside the bounds 0 and 1"),
        ("seeds", [1.0], "no runs with other seeds"),
        ("seeds", [1.0, math.inf], "no finite number"),
        ("seeds", [[1.0], [1.0, 2.0]], "another shape"),
    ],
)
def test_a_spread_that_bounds_nothing_is_refused(spec: str, values: list[Any], fault: str) -> None:
    script = page(tolerance={"x": spec})
    (reason,) = refused(script, *(run(values={"x": value}) for value in values))
    assert reason.startswith("p.py:7: x with tolerance `seeds`: ") and fault in reason


@pytest.mark.parametrize(
    ("spec", "text", "values"),
    [
        ("abs 1e9", "", {"x": 0.5}),
        ("abs 0.2", "", {"x": 0.001}),
        ("abs 1", "x 0.50", {}),
        ("within -1e300 1e300 because it is random", "", {"x": 0.5}),
        ("within 0 20000 because it is random", "x 0.50", {}),
    ],
)
def test_a_tolerance_that_lets_anything_pass_is_refused(
    spec: str, text: str, values: dict[str, Any]
) -> None:
    (reason,) = refused(page(tolerance={"x": spec}), run(text, values=values))
    assert reason.startswith(f"p.py:7: x with tolerance `{spec}`: lets anything pass")


@pytest.mark.parametrize("spec", ["abs 0.5", "within 0 10000 because it is random"])
def test_a_tolerance_of_the_size_of_its_numbers_is_accepted(spec: str) -> None:
    assert refused(page(tolerance={"x": spec}), run(values={"x": [0.0, 0.5]})) == []


def test_a_tolerance_of_figures_is_measured_by_what_they_show() -> None:
    figure = Figure()
    figure.subplots().plot([1, 2], [3, 4])
    shown = {"image/png": "", DRAWING: describe(figure)}
    first = Run("p", [CellRun([new_output("display_data", shown)])])
    (reason,) = refused(page(tolerance={"default": "abs 100"}), first)
    assert "lets anything pass" in reason
    assert refused(page(tolerance={"figure": "abs 1"}), first) == []


def test_printed_numbers_of_one_spread_are_refused_by_their_word() -> None:
    script = page(tolerance={"loss": "seeds"})
    (reason,) = refused(script, run("loss 0.50"), run("loss 0.50"))
    assert reason.startswith("p.py:7: printed loss with tolerance `seeds`: all seeds gave the same")


def test_figures_that_no_seed_changes_need_no_spread() -> None:
    figure = Figure()
    figure.subplots().plot([1.0, 2.0])
    data = {"image/svg+xml": "<svg/>", DRAWING: describe(figure)}
    drawn = Run("p", [CellRun([new_output("display_data", data=data)])])
    (reason,) = refused(page(tolerance={"figure": "seeds"}), drawn, drawn)
    assert reason.startswith("p.py:7: figure with tolerance `seeds`: all seeds gave the same")


def test_a_tolerance_without_sense_is_an_error() -> None:
    with pytest.raises(RegenError, match=r"^p\.py:7: x: tolerance 'about 3'"):
        needs_seeds(page(tolerance={"x": "about 3"}))
