import math
import random
from pathlib import Path

import pytest

from regen.errors import RegenError
from regen.records.tolerance import (
    NOTHING,
    Interval,
    interval,
    parse,
    seed_fault,
    seed_interval,
    tolerances_of,
)
from regen.script.reading import Cell, Options, Script

SEEDS = parse("seeds", "here")


@pytest.mark.parametrize(
    "spec",
    [
        "exact",
        "rel 1e-9",
        "rel 0.1",
        "abs 2e-6",
        "seeds",
        "seeds 0 inf",
        "seeds -inf inf",
        "within 0 1e-5 because rounding differs by machine",
        "length because it holds a date",
        "expected because the formula overflows",
    ],
)
def test_each_form_is_read(spec: str) -> None:
    tolerance = parse(spec, "p.py:7: x")
    assert (tolerance.kind, tolerance.text) == (spec.split()[0], spec)


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "0.1",
        "rel",
        "rel 0",
        "rel -1",
        "rel nan",
        "rel x",
        "rel 0.1 0.2",
        "rel 0.1 because it is so here",
        "abs -1",
        "abs 0",
        "abs inf",
        "abs nan",
        "within 1 because it is so here",
        "within 2 1 because it is so here",
        "within 1 1 because it is so here",
        "within 0 inf because it is so here",
        "within nan 1 because it is so here",
        "seeds 3",
        "seeds 1 0",
        "seeds nan 1",
        "about 3",
        "length 3 because it is so here",
    ],
)
def test_a_tolerance_without_sense_is_an_error(spec: str) -> None:
    with pytest.raises(
        RegenError, match=r"p\.py:7: x: tolerance .* not understood\. Write `exact`"
    ):
        parse(spec, "p.py:7: x")


@pytest.mark.parametrize("spec", ["rel 0.11", "rel 0.2", "rel 0.999999999", "rel 1", "rel inf"])
def test_a_share_above_a_tenth_is_refused(spec: str) -> None:
    with pytest.raises(
        RegenError, match=r"p\.py:7: x: .* more than 10 %.* `within LOW HIGH because"
    ):
        parse(spec, "p.py:7: x")


@pytest.mark.parametrize(
    "spec",
    [
        "within 0 1",
        "within -1e300 1e300",
        "within 0 1 because",
        "within 0 1 because so",
        "within 0 1 because of seeds",
        "length",
        "length because dates",
        "expected",
    ],
)
def test_bounds_without_a_reason_are_refused(spec: str) -> None:
    with pytest.raises(RegenError, match=r"p\.py:7: x: .* fewer than three words.* because REASON"):
        parse(spec, "p.py:7: x")


@pytest.mark.parametrize(
    ("spec", "recorded", "low", "high"),
    [
        ("exact", 3.0, 3.0, 3.0),
        ("rel 1e-3", 200.0, 199.8, 200.2),
        ("rel 1e-3", -200.0, -200.2, -199.8),
        ("rel 1e-3", 0.0, 0.0, 0.0),
        ("abs 0.25", 3.0, 2.75, 3.25),
        ("within 0.9 1 because it is so", 0.5, 0.9, 1.0),
    ],
)
def test_the_interval_of_a_declared_kind(
    spec: str, recorded: float, low: float, high: float
) -> None:
    assert interval(parse(spec, "here"), recorded) == pytest.approx((low, high), rel=1e-11)


def test_the_end_of_an_interval_is_inside_despite_binary() -> None:
    low, high = interval(parse("abs 0.1", "here"), 0.8)
    assert low <= 0.7 and high >= 0.9


def logit(x: float) -> float:
    return math.log(x / (1 - x))


def test_without_bounds_the_range_is_widened_by_twice_itself() -> None:
    assert seed_interval([-1.0, 0.0, 1.0], SEEDS) == (-5.0, 5.0)


def test_shares_are_widened_on_the_logit_scale() -> None:
    low, high = seed_interval([0.95, 0.97], SEEDS)
    margin = 2 * (logit(0.97) - logit(0.95))
    assert logit(low) == pytest.approx(logit(0.95) - margin)
    assert logit(high) == pytest.approx(logit(0.97) + margin)


def test_amounts_are_widened_on_the_log_scale() -> None:
    assert seed_interval([1.0, 2.0], SEEDS) == pytest.approx((0.25, 8.0))


@pytest.mark.parametrize(
    ("spec", "seeds", "expected"),
    [
        ("seeds 0 inf", [0.5, 1.0], (0.125, 4.0)),  # an amount, though all seeds are below 1
        ("seeds -inf 0", [-0.5, -1.0], (-4.0, -0.125)),
        ("seeds -inf inf", [0.5, 0.75], (0.0, 1.25)),  # a difference that happens to be positive
        ("seeds 0 1", [0.9, 1.0], (0.7, 1.0)),  # a seed gave the bound itself
        ("seeds 0 100", [0.0, 10.0], (0.0, 30.0)),
    ],
)
def test_stated_bounds_choose_the_scale(spec: str, seeds: list[float], expected: Interval) -> None:
    assert seed_interval(seeds, parse(spec, "here")) == pytest.approx(expected)


def test_stated_bounds_other_than_0_and_1_have_a_logit_too() -> None:
    low, high = seed_interval([40.0, 60.0], parse("seeds 0 100", "here"))
    assert logit(low / 100) == pytest.approx(5 * logit(0.4))
    assert logit(high / 100) == pytest.approx(5 * logit(0.6))


@pytest.mark.parametrize("bounds", [(0.0, 1.0), (0.0, math.inf), (-math.inf, 2.0), (-3.0, 7.0)])
def test_an_interval_never_leaves_its_bounds(bounds: Interval) -> None:
    draw = random.Random(0)
    low, high = bounds
    tolerance = parse(f"seeds {low} {high}", "here")
    for _ in range(200):
        seeds = [draw.uniform(max(low, -5), min(high, 5)) for _ in range(5)]
        lowest, highest = seed_interval(seeds, tolerance)
        assert low <= lowest <= min(seeds) and max(seeds) <= highest <= high


def test_seeds_that_all_agree_allow_that_number_alone() -> None:
    for number in (0.3, 0.97, 3.0, -2.0, 1e-300, 1e300):
        assert seed_interval([number, number], SEEDS) == (number, number)


@pytest.mark.parametrize("seeds", [[], [0.5, math.inf], [0.5, math.nan]])
def test_a_seed_that_diverged_allows_nothing(seeds: list[float]) -> None:
    assert seed_interval(seeds, SEEDS) == NOTHING


def test_a_false_alarm_comes_about_once_in_200() -> None:
    draw = random.Random(0)
    linear = parse("seeds -inf inf", "here")
    trials = 40_000
    outside = 0
    for _ in range(trials):
        low, high = seed_interval([draw.gauss(0, 1) for _ in range(5)], linear)
        outside += not low <= draw.gauss(0, 1) <= high
    # 200 of 40,000; three standard errors are 42
    assert 158 < outside < 242, seed_interval.__doc__


@pytest.mark.parametrize(
    ("spec", "entries", "fault"),
    [
        ("seeds", [[0.95, 0.96, 0.97]], ""),
        ("seeds 0 inf", [[0.1, 0.9]], ""),
        ("seeds", [[0.95, 0.96], [0.5, 0.5]], ""),  # a list's first entry may be the same
        ("seeds", [[0.95]], "no runs with other seeds: set `seed_env`"),
        ("seeds", [[0.5, 0.5], [7.0, 7.0]], "nothing random computes it, so write `exact`"),
        ("seeds", [[0.5, math.inf]], "a seed gave no finite number: 0.5, inf"),
        ("seeds 0 1", [[0.5, 1.2]], "outside the bounds 0 and 1: 0.5, 1.2"),
        ("seeds", [[0.97, 0.5, 0.9]], "more than half of what lies between 0 and 1"),
        ("seeds 0 100", [[20.0, 60.0]], "more than half of what lies between 0 and 100"),
        ("seeds 0 1", [[0.8, 1.0]], "allows 0.4 to 1, more than half"),
    ],
)
def test_what_seeds_cannot_bound_is_refused(
    spec: str, entries: list[list[float]], fault: str
) -> None:
    found = seed_fault(entries, parse(spec, "here"))
    assert fault in found
    assert bool(found) is bool(fault)


def page(default: str = "", **options: dict[str, str]) -> Script:
    cell = Cell("code", "x = 1", 7, 8, 1, Options(**options))  # type: ignore[arg-type]
    return Script("p", Path("p.py"), [cell], title="P", tolerance=default)


def test_the_page_gives_the_default_of_a_cell_without_one() -> None:
    script = page("rel 1e-9", tolerance={"x": "abs 1"})
    found = tolerances_of(script, script.cells[0])
    assert {key: tolerance.text for key, tolerance in found.items()} == {
        "default": "rel 1e-9",
        "x": "abs 1",
    }


def test_the_default_of_a_cell_comes_before_that_of_the_page() -> None:
    script = page("rel 1e-9", tolerance={"default": "exact"})
    assert tolerances_of(script, script.cells[0])["default"].kind == "exact"


def test_a_wrong_default_of_the_page_names_the_front_matter() -> None:
    script = page("rel 9", tolerance={})
    with pytest.raises(RegenError, match=r"^p\.py: front matter: tolerance 'rel 9'"):
        tolerances_of(script, script.cells[0])


@pytest.mark.parametrize(
    ("key", "spec", "kinds"),
    [
        ("w.json", "rel 0.1", "`exact`, `length`"),
        ("x", "length because it holds a date", "`abs`, `exact`, `rel`, `seeds`, `within`"),
        ("x", "expected because it is nan here", "`abs`, `exact`, `rel`, `seeds`, `within`"),
        ("nan", "abs 1", "`expected`"),
    ],
)
def test_a_kind_that_a_key_cannot_have_is_refused(key: str, spec: str, kinds: str) -> None:
    script = page(tolerance={key: spec}, files={"w.json": "weights"})
    with pytest.raises(RegenError, match=r"^p\.py:7: tolerance ") as error:
        tolerances_of(script, script.cells[0])
    assert f"Write one of {kinds}." in str(error.value)
