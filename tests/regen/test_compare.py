import base64
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_output

from regen.drawing import describe
from regen.errors import RegenError
from regen.execution.results import DRAWING, CellRun, Run
from regen.records.compare import Difference, compare, sentences
from regen.records.parts import same_form
from regen.records.record import CellRecord, Record, make_record
from regen.script.reading import Cell, Options, Script

Result = tuple[str, dict[str, Any]]
"""What a cell of these tests prints, and its values."""
WITHIN = "because it is so here"


def page(*prose: str, default: str = "", **options: Any) -> Script:
    """A page of one code cell, at line 7."""
    cells = [Cell("code", "", 7, 8, 1, Options(**options))]
    cells += [Cell("markdown", text, 9, 10) for text in prose]
    return Script("p", Path("p.py"), cells, title="P", tolerance=default)


def result(text: str = "", **parts: Any) -> Run:
    return Run("p", [CellRun([new_output("stream", text=text)], **parts)])


def differences(
    before: Result,
    after: Result,
    tolerance: dict[str, str] | None = None,
    seeds: Sequence[Result] = (),
    default: str = "",
) -> list[Difference]:
    """What differs between two results of a page of one cell."""
    script = page(tolerance=tolerance or {}, default=default)
    first = result(before[0], values=before[1])
    second = result(after[0], values=after[1])
    others = [result(text, values=values) for text, values in seeds]
    return compare(script, second, make_record(script, first, others))


def same_text(before: str, after: str, **tolerance: str) -> bool:
    return not differences((before, {}), (after, {}), tolerance)


def same_value(before: Any, after: Any, tolerance: str = "") -> bool:
    declared = {"x": tolerance} if tolerance else {}
    return not differences(("", {"x": before}), ("", {"x": after}), declared)


# --- Printed lines ---


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a b", "a  b"),
        ("a\nb", "a"),
        ("a", "a\nb"),
        ("", "a"),
        ("x 0.1", "x 0.10"),
        ("x 1", "x 2"),
        ("epoch 1", "epoch  1"),
        ("x 0.0", "x -0.0"),
    ],
)
def test_text_without_tolerance_is_compared_to_the_letter(before: str, after: str) -> None:
    assert same_text(before, before)
    assert not same_text(before, after)


@pytest.mark.parametrize(
    ("before", "after", "tolerance", "same"),
    [
        ("loss 0.5", "loss 0.6", {"loss": "abs 0.1001"}, True),
        ("loss 0.5", "loss 0.7", {"loss": "abs 0.1001"}, False),
        ("epoch 1  loss: 0.5", "epoch 2  loss: 0.5", {"loss": "abs 0.1"}, False),
        ("loss = 0.5 acc 0.9", "loss = 0.5 acc 0.8", {"loss": "abs 0.1"}, False),
        ("loss = 0.5 acc 0.9", "loss = 0.4 acc 0.8", {"loss": "abs 0.2", "acc": "abs 0.2"}, True),
        ("n 9", "n 10", {"n": "abs 1"}, True),
        ("n 60,000", "n 60,001", {"n": "abs 1"}, True),
        ("9.99 9.0 of 5", "10.01 9.1 of 5", {"text": "abs 0.2"}, True),
        ("0.5 of 5", "0.5 of 6", {"text": "abs 9"}, False),
        ("2.5e-3", "2.6e-3", {"text": "rel 0.1"}, True),
        ("1e5", "2e5", {"text": "rel 0.1"}, False),
        ("loss   9.5 |", "loss  10.0 |", {"loss": "abs 1"}, True),
        ("loss   9.5 |", "loss  10.0  |", {"loss": "abs 1"}, False),
        ("[-0.5,  1.5]", "[ 0.1, -1.0]", {"text": "abs 3"}, True),
        ("[0.5, 1.5]", "[0.5]", {"text": "abs 3"}, False),
        ("loss inf", "loss inf", {"loss": "abs 9"}, True),
        ("loss 9.5", "loss inf", {"loss": "abs 9"}, False),
        ("loss inf", "loss 9.5", {"loss": "abs 9"}, False),
        ("loss inf", "loss -inf", {"loss": "abs 9"}, False),
        ("loss 0.5 0.5", "loss 0.5 1", {"text": "abs 9"}, False),
        ("x1 0.5", "x2 0.5", {"text": "abs 9"}, False),
        ("torch 2.1.0 0.5", "torch 2.2.0 0.5", {"text": "abs 9"}, False),
        ("0.5 s\n0.25", "0.6 s\n0.24", {"text": "abs 0.2"}, True),
        ("p 1,234.5", "p 1,234.6", {"p": f"within 1000 1234.56 {WITHIN}"}, True),
        ("p 0.8", "p 0.7", {"p": "abs 0.1"}, True),
        ("loss 0.5", "loss 0.6", {"default": "abs 0.2"}, True),
        ("loss 5", "loss 6", {"default": "abs 2"}, None),
        ("loss 0.5 acc 0.9", "loss 0.6 acc 0.9", {"default": "abs 0.2", "text": "exact"}, None),
        ("loss 0.5 acc 0.9", "loss 0.5 acc 0.8", {"default": "abs 0.2", "loss": "exact"}, True),
        ("loss 0.5 acc 0.9", "loss 0.6 acc 0.9", {"default": "abs 0.2", "loss": "exact"}, False),
        ("loss 0.5 acc 0.9", "loss 0.5 acc 0.8", {"text": "exact", "acc": "abs 0.2"}, True),
    ],
)
def test_a_number_has_the_tolerance_of_its_word_or_text(
    before: str, after: str, tolerance: dict[str, str], same: bool | None
) -> None:
    if same is None:  # nothing is left for one of the keys
        with pytest.raises(RegenError, match="fits no value"):
            same_text(before, after, **tolerance)
    else:
        assert same_text(before, after, **tolerance) is same


@pytest.mark.parametrize(
    ("before", "after", "bounds", "same"),
    [
        ("p 0.95", "p 1.00", "0.949 0.999", True),
        ("p 0.95", "p 1.00", "0.949 0.99", False),
        ("p 9.724e-01", "p 9.512e-01", "0.9 1", True),
        ("p 1.96e-02", "p 1.04e-02", "0.0104 0.02", True),
        ("p 1.96e-02", "p 1.03e-02", "0.0104 0.02", False),
        ("p 9.7e-01", "p 9.9e-01", "0.9 0.99", True),
        ("p 9.7e-01", "p 1.0e+00", "0.9 0.99", False),
    ],
)
def test_the_ends_of_bounds_are_printed_like_the_number(
    before: str, after: str, bounds: str, same: bool
) -> None:
    assert same_text(before, after, p=f"within {bounds} {WITHIN}") is same


@pytest.mark.parametrize("now", ["p 1", "p 1.0", "p 1e+00", "p 9.724e-01", "p 0.97240"])
def test_the_number_of_decimals_is_part_of_the_text(now: str) -> None:
    (found,) = differences(("p 0.9724", {}), (now, {}), {"p": f"within 0.9 1 {WITHIN}"})
    assert found.now in (now, now.removeprefix("p "))
    assert not same_text("p 0.9724", now, text="abs 0.1")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("first 3: loss 0.5, first 0.25", "first 9: loss 0.5, first 0.25"),  # a printed float
        ("of the first 3", "of the first 9"),  # a value of that name
    ],
)
def test_an_integer_after_a_word_that_names_a_float_is_exact(before: str, after: str) -> None:
    values = {"first": 0.25}
    assert not differences(
        (before, {}), (before, {}), {"loss": "exact"} if "loss" in before else {}
    )
    found = differences((before, values), (after, values), {"first": "abs 9"})
    assert "text" in [difference.what for difference in found]


def test_an_integer_has_neither_text_nor_default_nor_the_pages() -> None:
    assert not same_text("0.5 of 5", "0.5 of 6", default="abs 9")
    assert differences(("0.5 of 5", {}), ("0.5 of 6", {}), default="abs 9")


@pytest.mark.parametrize("tolerance", [{}, {"loss": "abs 9"}, {"text": "abs 9"}])
@pytest.mark.parametrize("before", ["loss 0.5", "loss nan"])
def test_a_printed_nan_is_never_as_recorded(before: str, tolerance: dict[str, str]) -> None:
    found = differences((before, {}), ("loss nan", {}), tolerance)
    assert "none: NaN is never as recorded" in [difference.tolerance for difference in found]


def test_a_page_about_nan_says_so_and_has_it_to_the_letter() -> None:
    tolerance = {"nan": "expected because the formula overflows", "text": "abs 1"}
    assert same_text("softmax [nan, 0.5]", "softmax [nan, 0.6]", **tolerance)
    assert not same_text("softmax [nan, 0.5]", "softmax [0.5, nan]", **tolerance)
    assert not same_text("softmax [nan, 0.5]", "softmax [nan, nan]", **tolerance)


@pytest.mark.parametrize("kind", ["text/html", "text/markdown", "text/latex"])
@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("<td>0.97</td>", "<td>0.97</td>", True),
        ("<td>0.97</td>", "<td>0.96</td>", True),  # within the tolerance
        ("<td>0.97</td>", "<td>0.12</td>", False),
        ("<td>0.97</td>", "<b>0.97</b>", False),
        ("<td>0.97</td>", None, False),
        (None, "<td>0.97</td>", False),
    ],
)
def test_html_markdown_and_latex_are_compared_like_lines(
    kind: str, before: str | None, after: str | None, same: bool
) -> None:
    script = page(tolerance={"text": "abs 0.1"})

    def shown(content: str | None) -> Run:
        outputs = [new_output("stream", text="loss 0.5\n")]
        if content:
            data = {kind: content, "text/plain": "<object>"}
            outputs.append(new_output("display_data", data=data))
        return Run("p", [CellRun(outputs)])

    found = compare(script, shown(after), make_record(script, shown(before)))
    assert (found == []) is same


def test_a_table_that_is_printed_now_is_a_difference() -> None:
    script = page()
    table = new_output("display_data", data={"text/html": "<b>", "text/plain": "<object>"})
    record = make_record(script, Run("p", [CellRun([table])]))
    assert compare(script, result("<b>"), record)


def test_a_number_that_lost_its_word_is_a_change_of_text() -> None:
    for now in ("x 0.5s", "y 0.5", "x NaN"):
        (text,) = differences(("x 0.5", {}), (now, {}), {"x": "abs 0.1"})
        assert (text.what, text.recorded, text.now) == ("text", "x 0.5", now)


# --- Values ---


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (0.1, math.nextafter(0.1, 1)),
        (1, 2),
        (1, 1.0),
        (True, 1),
        (0.0, -0.0),
        ("a", "b"),
        ([1, 2], [1, 3]),
        ([1, [2]], [1, [2, 3]]),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        (None, 0),
    ],
)
def test_a_value_without_tolerance_is_compared_exactly(before: Any, after: Any) -> None:
    assert same_value(before, before)
    assert not same_value(before, after)


@pytest.mark.parametrize(
    ("tolerance", "before", "inside", "outside"),
    [
        ("rel 1e-3", 200.0, 200.2, 200.21),
        ("rel 1e-3", -200.0, -199.8, -199.79),
        ("rel 1e-3", 0.0, 0.0, 1e-300),
        ("abs 0.25", 3.0, 3.25, 3.26),
        ("within 0.9 1", 0.5, 0.9, 0.89),
        ("within 0.9 1", 0.95, 1.0, 1.01),
        ("within -1 0", -0.5, -1.0, -1.01),
        ("rel 0.1", 100, 110, 111),
        ("rel 0.1", [1.0, [10.0]], [1.1, [9.0]], [1.0, [8.9]]),
        ("abs 1", math.inf, math.inf, 1e308),
        ("abs 1", 1.0, 1.0, math.inf),
        ("abs 1", -math.inf, -math.inf, math.inf),
        ("abs 1", 1.0, 1.0, math.nan),
        ("within 0 1", 1.0, 1.0, math.nan),
        ("rel 0.1", 1.0, 1.0, "1.0"),
        ("rel 0.1", 1.0, 1.0, True),
        ("within 0.02 0.07", 0.0453, 0.02, 0.0),  # no slack for rounding: a value is not printed
        ("within 0.02 0.07", 0.0453, 0.07, 0.1),
        ("within 0.9 0.95", 0.93, 0.95, 1.0),
        ("within 0.9 0.95", 0.93, 0.95, math.nextafter(0.95, 1)),
        ("within 0.4 0.6", 0.5, 0.4, 0),
        ("within 0.4 1.6", 0.5, 1.0, 1),
        ("within 1 3", 2, 3, 3.0),
        ("abs 0.1", 0.8, 0.7, 0.699999),
        ("abs 0.1", 0.8, 0.9, 0.900001),
        ("rel 0.1", 10**400, 10**400, 10**400 + 1),
    ],
)
def test_each_kind_of_tolerance_has_its_border(
    tolerance: str, before: Any, inside: Any, outside: Any
) -> None:
    if tolerance.startswith("within"):
        tolerance = f"{tolerance} {WITHIN}"
    if isinstance(before, int) and before > 1e300:
        assert same_value([before, 1], [inside, 1], tolerance)
        assert not same_value([before, 1], [outside, 1], tolerance)
        return
    assert same_value(before, inside, tolerance)
    assert not same_value(before, outside, tolerance)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (7.0, [7.0]),
        ([7.0], 7.0),
        ([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
        ([1.0, [2.0, 3.0]], [[1.0, 2.0], 3.0]),
        ([], {}),
        ({}, []),
        ({"a": 1.0}, [1.0]),
        ({"a": 1.0, "b": 2.0}, {"a": 1.0}),
        ({"a": 1.0}, {"b": 1.0}),
        (1, 1.0),
        (1, True),
        (0.0, False),
        ("1.0", 1.0),
        ([1.0, 2], [1.0, 2.0]),
        (None, []),
    ],
)
@pytest.mark.parametrize("default", ["", "abs 9"])
def test_shape_and_type_come_before_any_tolerance(before: Any, after: Any, default: str) -> None:
    beside = {"other": 1.0}  # so that the tolerance fits something in any case
    found = differences(
        ("", {**beside, "x": before}), ("", {**beside, "x": after}), default=default
    )
    assert [difference.tolerance for difference in found] == ["the same type and shape"]


def test_the_order_of_a_tables_keys_does_not_matter() -> None:
    assert same_value({"a": 1, "b": 2.0}, {"b": 2.0, "a": 1})
    assert same_value({"a": 1.0, "b": 2.0}, {"b": 2.1, "a": 1.1}, "abs 0.2")


def test_another_form_is_named_with_its_place() -> None:
    found = same_form({"a": [1, [2, 3]]}, {"a": [1, [2, 3, 4]]})
    assert found == ('["a"][1]', "a list of 2", "a list of 3")
    assert same_form([1.0, -0.0], [2.0, 0.0]) is None


@pytest.mark.parametrize("tolerance", ["", "rel 0.1", "abs 9", f"within 0 1 {WITHIN}"])
def test_a_nan_value_is_never_as_recorded(tolerance: str) -> None:
    for before in (math.nan, 0.5):
        declared = {"x": tolerance} if tolerance else {}
        (found,) = differences(("", {"x": before}), ("", {"x": math.nan}), declared)
        assert found.tolerance == "none: NaN is never as recorded"
    assert not same_value(math.nan, 0.5, tolerance)


def test_a_value_has_its_own_tolerance_or_the_default() -> None:
    before = ("", {"x": 1.0, "y": 1.0, "n": 1})
    tolerance = {"x": "exact", "default": "abs 1"}
    assert not differences(before, ("", {"x": 1.0, "y": 2.0, "n": 1}), tolerance)
    (found,) = differences(before, ("", {"x": 1.5, "y": 2.0, "n": 1}), tolerance)
    assert (found.what, found.tolerance) == ("value x", "exact")


@pytest.mark.parametrize("exact", [3, "a", True, [1, 2]])
def test_integers_strings_and_bools_have_no_default(exact: Any) -> None:
    other = {3: 4, "a": "b", True: False}.get(exact if not isinstance(exact, list) else 0, [1, 3])
    before = ("", {"x": 1.0, "y": exact})
    assert not differences(before, ("", {"x": 1.5, "y": exact}), {"default": "abs 1"})
    (found,) = differences(before, ("", {"x": 1.5, "y": other}), {"default": "abs 1"})
    assert found.what.startswith("value y")


def test_the_pages_tolerance_is_for_what_no_cell_covers() -> None:
    before = ("z 0.50", {"x": 1.0, "y": 1.0})
    after = ("z 0.60", {"x": 1.1, "y": 1.1})
    assert not differences(before, after, default="abs 0.2")
    found = differences(before, after, {"default": "abs 0.05"}, default="abs 0.2")
    assert [difference.what for difference in found] == [
        "value x",
        "value y",
        "default in 'z 0.50'",
    ]


def test_a_value_that_comes_or_goes_is_a_difference() -> None:
    (gone,) = differences(("", {"x": 1, "y": 2}), ("", {"x": 1}))
    (came,) = differences(("", {"x": 1}), ("", {"x": 1, "y": 2}))
    assert (gone.what, gone.recorded, gone.now) == ("value y", "2", "not there")
    assert (came.what, came.recorded, came.now) == ("value y", "not there", "2")


def test_a_difference_says_all_that_is_needed() -> None:
    tolerance = {"loss": "abs 0.1"}
    found = differences(("loss 0.50", {"loss": 0.5}), ("loss 0.75", {"loss": 0.75}), tolerance)
    value, printed = found
    assert str(value) == (
        "p: cell 1 (p.py:7): value loss\n"
        "    recorded   0.5\n"
        "    now        0.75\n"
        "    tolerance  abs 0.1: 0.4 to 0.6"
    )
    assert (printed.what, printed.recorded, printed.now) == ("loss in 'loss 0.50'", "0.50", "0.75")


# --- A value and what is printed after its name ---


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("loss 0.9597", 0.95973),
        ("loss 0.5 ... loss: 0.96", 0.9597),  # the last one counts
        ("loss 95.97 %", 0.95973),
        ("loss 95.97%", 0.95973),
        ("loss 9.597e-03", 0.0095973),
        ("loss 60,000", 60000),
        ("loss = 1.0, 2.0", 1.0),
        ("loss 1.0\nloss 2.0", [1.0, 2.0]),
        ("loss 1.0\nloss 3.0", [1.0, 2.0, 3.0]),  # not all of the list
        ("loss inf", math.inf),
        ("lossy 0.5", 0.9),
        ("loss 0.5", "a string"),
        ("loss 0.5", {"a": 0.9}),
    ],
)
def test_a_value_agrees_with_its_print(text: str, value: Any) -> None:
    assert not differences((text, {"loss": value}), (text, {"loss": value}))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("loss 0.9597", 0.9365),
        ("loss 0.9597", 0.95965 - 1e-6),
        ("loss 95.97 %", 95.97),
        ("loss 95.97", 0.9597),
        ("loss 0.9597\nloss 0.5", 0.9597),
        ("loss 9.597e-03", 0.0095),
        ("loss 1.0\nloss 2.0", [2.0, 1.0]),
        ("loss 1.0\nloss 2.0\nloss 3.0", [1.0, 2.0]),
        ("loss 3", 2),
        ("loss inf", 0.5),
    ],
)
def test_a_value_that_its_print_contradicts_is_a_difference(text: str, value: Any) -> None:
    (found,) = differences((text, {"loss": value}), (text, {"loss": value}))
    assert found.what == "value loss and its print"
    assert repr(value) in found.now and "the page prints" in found.now


def test_a_number_near_a_rounding_border_may_flip_in_print() -> None:
    tolerance = {"loss": "rel 1e-6"}
    before = ("loss 0.12345", {"loss": 0.1234549999})
    assert not differences(before, ("loss 0.12346", {"loss": 0.1234550001}), tolerance)
    assert differences(before, ("loss 0.12347", {"loss": 0.1234549999}), tolerance)


# --- Seeds ---


def seeded(
    now: float, text: str = "", seeds: Sequence[float] = (0.5, 0.75), spec: str = "seeds -inf inf"
) -> list[Difference]:
    shown = text or f"acc {now:.2f}"
    runs = [(f"acc {seed:.2f}", {"acc": seed}) for seed in seeds]
    return differences(("acc 0.60", {"acc": 0.6}), (shown, {"acc": now}), {"acc": spec}, seeds=runs)


@pytest.mark.parametrize("now", [0.0, 0.6, 1.25])
def test_a_trained_value_may_lie_where_the_seeds_allow(now: float) -> None:
    assert not seeded(now)


@pytest.mark.parametrize("now", [-0.01, 1.26])
def test_a_trained_value_elsewhere_is_a_difference_in_both(now: float) -> None:
    value, printed = seeded(now)
    assert (value.what, printed.what) == ("value acc", "acc in 'acc 0.60'")
    assert value.tolerance == printed.tolerance == "seeds -inf inf: 0 to 1.25"


@pytest.mark.parametrize("now", [0.02, -0.4, 1.9, 1.0, 0.0])
def test_an_accuracy_is_never_outside_its_bounds(now: float) -> None:
    assert seeded(now, seeds=(0.90, 0.93, 0.95), spec="seeds")


def test_a_printed_percentage_has_the_interval_of_its_value() -> None:
    seeds = [(f"acc {100 * acc} %", {"acc": acc}) for acc in (0.90, 0.95)]
    for now, same in ((0.96, True), (0.999, False)):
        text = f"acc {100 * now:.1f} %"
        found = differences(
            ("acc 92.0 %", {"acc": 0.92}), (text, {"acc": now}), {"acc": "seeds"}, seeds=seeds
        )
        assert (not found) is same, found


def listed(now: list[float], text: str) -> list[str]:
    seeds = [("", {"loss": [3.0, 1.0]}), ("", {"loss": [4.0, 1.5]})]
    before = ("loss 3.5\nloss 1.2", {"loss": [3.5, 1.2]})
    spec = {"loss": "seeds -inf inf"}
    return [found.what for found in differences(before, (text, {"loss": now}), spec, seeds=seeds)]


def test_each_entry_of_a_list_has_an_interval_of_its_own_width() -> None:
    assert listed([6.0, 2.5], "loss 6.0\nloss 2.5") == []
    assert listed([1.0, 0.0], "loss 1.0\nloss 0.0") == []
    assert listed([3.5, 2.6], "loss 3.5\nloss 2.6") == ["value loss[1]", "loss in 'loss 1.2'"]


def test_a_first_entry_that_spreads_widens_no_other() -> None:
    seeds = [("", {"x": [1.0, 0.05]}), ("", {"x": [5.0, 0.06]})]
    (found,) = differences(
        ("", {"x": [2.0, 0.05]}), ("", {"x": [2.0, 7.9]}), {"x": "seeds 0 inf"}, seeds=seeds
    )
    assert found.what == "value x[1]"


@pytest.mark.parametrize("seeds", [(), (0.5, math.inf), (0.5, math.nan)])
def test_without_a_sound_spread_nothing_is_as_recorded(seeds: tuple[float, ...]) -> None:
    tolerances = {found.tolerance for found in seeded(0.6, seeds=seeds)}
    missing = "seeds -inf inf: no runs with seeds on record, run `regen record`"
    assert tolerances == {missing}


def test_seeds_of_another_shape_allow_nothing() -> None:
    seeds = [("", {"acc": [1.0]}), ("", {"acc": [1.0, 2.0]})]
    before = ("", {"acc": [1.0]})
    assert differences(before, before, {"acc": "seeds"}, seeds=seeds)


def test_a_printed_number_without_a_value_has_its_own_range() -> None:
    seeds = [("loss 0.50\nloss 2.00", {}), ("loss 0.40\nloss 3.00", {})]
    spec = {"loss": "seeds -inf inf"}

    def outside(first: float, second: float) -> int:
        now = f"loss {first:.2f}\nloss {second:.2f}"
        return len(differences(seeds[0], (now, {}), spec, seeds=seeds))

    assert outside(0.5, 2) == outside(0.7, 5) == outside(0.2, 0) == 0
    assert outside(0.71, 5) == outside(0.5, 5.01) == 1
    assert outside(0.19, -0.01) == 2


def test_numbers_printed_on_the_way_have_their_own_range() -> None:
    def run(start: float, end: float) -> Result:
        return f"acc {start:.2f}\nacc {end:.2f}", {"acc": end}

    seeds = [run(0.1, 0.9), run(0.2, 0.8)]
    spec = {"acc": "seeds -inf inf"}
    assert not differences(run(0.15, 0.85), run(0.35, 0.85), spec, seeds=seeds)
    (found,) = differences(run(0.15, 0.85), run(0.55, 0.85), spec, seeds=seeds)
    assert (found.recorded, found.now) == ("0.15", "0.55")


def test_a_default_of_seeds_covers_values_and_print() -> None:
    seeds = [("took 1.50", {"x": 1.0}), ("took 2.50", {"x": 2.0})]
    spec = {"default": "seeds -inf inf"}
    assert not differences(seeds[0], ("took 4.50", {"x": 4.0}), spec, seeds=seeds)
    assert len(differences(seeds[0], ("took 4.51", {"x": 4.1}), spec, seeds=seeds)) == 2


# --- What the cell declares ---


@pytest.mark.parametrize(
    ("before", "now", "what", "recorded", "is_now"),
    [
        ({"x": "rel 1e-9"}, {"x": "rel 1e-3"}, "tolerance of x", "rel 1e-9", "rel 1e-3"),
        ({"x": "rel 1e-9"}, {}, "tolerance of x", "rel 1e-9", "not there"),
        ({}, {"x": "abs 1e9"}, "tolerance of x", "not there", "abs 1e9"),
        ({}, {"default": "abs 1e9"}, "tolerance of default", "not there", "abs 1e9"),
    ],
)
def test_another_tolerance_is_a_difference(
    before: dict[str, str], now: dict[str, str], what: str, recorded: str, is_now: str
) -> None:
    run = result(values={"x": 1.0})
    record = make_record(page(tolerance=before), run)
    (found,) = compare(page(tolerance=now), run, record)
    assert (found.what, found.recorded, found.now) == (what, recorded, is_now)


def test_another_tolerance_of_the_page_is_a_difference() -> None:
    run = result(values={"x": 1.0})
    record = make_record(page(default="rel 1e-9"), run)
    (found,) = compare(page(default="rel 1e-3"), run, record)
    assert (found.what, found.recorded, found.now) == (
        "tolerance of the page",
        "rel 1e-9",
        "rel 1e-3",
    )


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"fold": "Solution"}, "option fold"),
        ({"tags": ["remove_output"]}, "option tags"),
        ({"output": "python"}, "option output"),
    ],
)
def test_an_option_that_hides_is_on_record(options: dict[str, Any], what: str) -> None:
    run = result("x")
    (came,) = compare(page(**options), run, make_record(page(), run))
    (gone,) = compare(page(), run, make_record(page(**options), run))
    assert came.what == gone.what == what
    assert compare(page(**options), run, make_record(page(**options), run)) == []


def test_another_origin_of_a_quoted_figure_is_a_difference() -> None:
    first = result(values={"x": 0.5}, origins={"x": "Quoted from: S1"})
    second = result(values={"x": 0.5}, origins={"x": "Quoted from: S2"})
    (found,) = compare(page(), second, make_record(page(), first))
    assert (found.what, found.now) == ("origin of x", "Quoted from: S2")


@pytest.mark.parametrize(
    "tolerance",
    [
        {"los": "abs 0.1"},
        {"text": "abs 0.1"},
        {"default": "abs 0.1"},
        {"figure": "abs 0.1"},
        {"nan": "expected because the formula overflows"},
        {"loss": "abs 0.1", "acc": "rel 0.1"},
    ],
)
def test_a_tolerance_that_fits_nothing_is_an_error(tolerance: dict[str, str]) -> None:
    key = list(tolerance)[-1]
    message = rf"^p\.py:7: tolerance {key}: .* fits no value, file or figure .* Remove or rename it"
    with pytest.raises(RegenError, match=message):
        differences(("loss 5", {"name": "a"}), ("loss 5", {"name": "a"}), tolerance)


def test_every_tolerance_widened_is_a_difference_each() -> None:
    run = result("loss 0.5", values={"a": 0.5, "b": [1.0, 2.0]})
    earned = {"a": "rel 1e-9", "b": "abs 1e-6", "loss": "abs 0.01"}
    record = make_record(page(tolerance=earned), run)
    widened = page(tolerance=dict.fromkeys(earned, "abs 1e9"))
    other = result("loss 9.5", values={"a": -3.0, "b": [1.0, 1e8]})
    whats = [found.what for found in compare(widened, other, record)]
    assert whats == ["tolerance of a", "tolerance of b", "tolerance of loss"]


# --- Claims ---


CLAIM = {"wins": "relu > sigmoid"}


def test_a_claim_that_fails_names_its_sentences() -> None:
    prose = "So [[wins? ReLU is\nahead of [[relu:.2f]]]]. Also [[p.wins?it wins]], [[other? not]]."
    script = page(prose, claims=CLAIM)
    record = make_record(script, result(claims={"wins": True}))
    (found,) = compare(script, result(claims={"wins": False}), record)
    assert found.what == "claim wins" and found.now == "false: relu > sigmoid"
    assert '"ReLU is ahead of [[relu:.2f]]"' in str(found) and '"it wins"' in str(found)
    assert sentences(script, "wins") == ["ReLU is ahead of [[relu:.2f]]", "it wins"]


def test_a_claim_is_false_even_if_it_was_recorded_so() -> None:
    script = page(claims=CLAIM)
    false = result(claims={"wins": False})
    assert [found.what for found in compare(script, false, make_record(script, false))] == [
        "claim wins"
    ]


def test_a_claim_that_comes_or_goes_is_a_difference() -> None:
    with_claim = result(claims={"wins": True})
    (came,) = compare(page(claims=CLAIM), with_claim, make_record(page(), result()))
    (gone,) = compare(page(), result(), make_record(page(claims=CLAIM), with_claim))
    assert (came.what, came.recorded, came.now) == ("claim wins", "not there", "relu > sigmoid")
    assert (gone.what, gone.recorded, gone.now) == ("claim wins", "relu > sigmoid", "not there")


def test_a_claim_that_was_not_evaluated_is_a_difference() -> None:
    record = make_record(page(claims=CLAIM), result(claims={"wins": True}))
    (found,) = compare(page(claims=CLAIM), result(), record)
    assert found.what == "claim wins"


def test_a_weaker_claim_of_the_same_name_is_a_difference() -> None:
    true = result(claims={"wins": True})
    record = make_record(page(claims=CLAIM), true)
    (found,) = compare(page(claims={"wins": "relu > 0"}), true, record)
    assert (found.what, found.recorded, found.now) == ("claim wins", "relu > sigmoid", "relu > 0")


# --- Figures ---


def steep(start: float = 2.0, labels: Sequence[str] = ("loss",), title: str = "Loss") -> Figure:
    """A figure of curves that fall from `start`."""
    figure = Figure()
    axes = figure.subplots()
    axes.set_title(title)
    axes.set_ylim(0, 4)
    for label in labels:
        axes.plot(range(100), [start * 0.95**step for step in range(100)], label=label)
    if labels:
        axes.legend()
    return figure


def drawn(*figures: Figure) -> Run:
    outputs = []
    for figure in figures:
        data = {"image/svg+xml": "<svg/>", DRAWING: describe(figure)}
        outputs.append(new_output("display_data", data=data))
    return Run("p", [CellRun(outputs)])


def figure_differences(
    before: Figure, now: Figure, tolerance: dict[str, str] | None = None, seeds: Sequence[Run] = ()
) -> list[Difference]:
    script = page(tolerance=tolerance or {})
    return compare(script, drawn(now), make_record(script, drawn(before), seeds))


def test_a_figure_may_move_by_what_nobody_sees() -> None:
    assert figure_differences(steep(2.0), steep(2.0)) == []
    assert figure_differences(steep(2.0), steep(2.03)) == []
    assert figure_differences(steep(2.0), steep(2.2))


def flat() -> Figure:
    figure = steep(2.0)
    line = figure.axes[0].lines[0]
    line.set_ydata([0.5] * 100)
    return figure


def blank() -> Figure:
    figure = Figure()
    figure.subplots()
    return figure


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(flat(), id="flat"),
        pytest.param(blank(), id="blank"),
        pytest.param(Figure(), id="empty"),
        pytest.param(steep(labels=()), id="no series"),
        pytest.param(steep(labels=("loss", "more")), id="one more"),
        pytest.param(steep(labels=("gain",)), id="another label"),
        pytest.param(steep(title="Gain"), id="another title"),
    ],
)
@pytest.mark.parametrize("tolerance", [{}, {"figure": "rel 0.1"}, {"default": "abs 0.2"}])
def test_another_picture_is_a_difference(now: Figure, tolerance: dict[str, str]) -> None:
    assert figure_differences(steep(), now, tolerance)


def test_a_blank_figure_is_a_difference_though_it_was_recorded() -> None:
    (found,) = figure_differences(blank(), blank())
    assert (found.what, found.now) == ("figure 1", "blank: no series, no text, no image")


def test_the_number_of_figures_counts() -> None:
    script = page()
    record = make_record(script, drawn(steep()))
    (found,) = compare(script, drawn(steep(), steep()), record)
    assert (found.what, found.recorded, found.now) == ("number of figures", "1", "2")


@pytest.mark.parametrize("key", ["figure", "default"])
def test_a_declared_tolerance_is_that_of_figures(key: str) -> None:
    for spec, same in (("rel 0.1", True), ("abs 0.25", True), ("rel 1e-3", False)):
        found = figure_differences(steep(2.0), steep(2.2), {key: spec})
        assert (not found) is same, spec


def test_a_figures_rel_is_a_share_of_the_axis_near_zero() -> None:
    def near_zero(value: float) -> Figure:
        figure = Figure()
        axes = figure.subplots()
        axes.plot([1.0, value])
        axes.set_ylim(-1, 1)
        return figure

    assert not figure_differences(near_zero(1e-17), near_zero(-2e-17), {"figure": "rel 1e-9"})
    assert figure_differences(near_zero(1e-17), near_zero(1e-3), {"figure": "rel 1e-4"})


def test_a_figure_shows_few_of_many_differences() -> None:
    found = figure_differences(steep(2.0), steep(3.0))
    assert len(found) == 6 and found[-1].now.endswith("more of its numbers differ")


def test_a_figure_with_seeds_may_lie_where_they_do() -> None:
    seeds = [drawn(steep(2.0)), drawn(steep(2.2))]
    spec = {"figure": "seeds"}
    assert not figure_differences(steep(2.0), steep(2.5), spec, seeds)
    assert figure_differences(steep(2.0), steep(3.9), spec, seeds)
    assert figure_differences(steep(2.0), steep(2.0), spec)


# --- Files ---


def file(content: bytes) -> Run:
    return result(files={"w.json": base64.b64encode(content).decode()})


@pytest.mark.parametrize(
    ("now", "tolerance", "same"),
    [
        (b"abc", {}, True),
        (b"abd", {}, False),
        (b"abcd", {}, False),
        (b"abd", {"w.json": "length because it holds a date"}, True),
        (b"abcd", {"w.json": "length because it holds a date"}, False),
    ],
)
def test_a_file_is_the_same_or_of_the_same_length(
    now: bytes, tolerance: dict[str, str], same: bool
) -> None:
    script = page(files={"w.json": "w"}, tolerance=tolerance)
    assert (compare(script, file(now), make_record(script, file(b"abc"))) == []) is same


def test_a_file_that_comes_or_goes_is_a_difference() -> None:
    script = page()
    (came,) = compare(script, file(b""), make_record(script, result()))
    (gone,) = compare(script, result(), make_record(script, file(b"")))
    assert (came.what, came.now, gone.now) == ("file w.json", "there", "not there")


# --- The whole page ---


def test_a_warning_in_the_output_is_a_difference() -> None:
    warning = new_output("stream", name="stderr", text="UserWarning: old\n")
    warned = Run("p", [CellRun([warning])])
    (found,) = compare(page(), warned, make_record(page(), warned))
    assert (found.what, found.now) == ("a warning in the output", "UserWarning: old\n")


def test_the_number_of_cells_counts() -> None:
    (found,) = compare(page(), result(), Record("p", [CellRecord([]), CellRecord([])]))
    assert (found.what, found.recorded, found.now) == ("number of code cells", "2", "1")


def test_a_page_without_a_record_is_a_difference() -> None:
    (found,) = compare(page(), result(), None)
    assert (found.what, found.tolerance) == ("not recorded", "none: run `regen record`")


def test_a_record_edited_by_hand_is_a_difference_within_tolerance() -> None:
    script = page(tolerance={"x": "abs 1"})
    record = replace(make_record(script, result("x 0.5")), intact=False)
    (found,) = compare(script, result("x 0.6"), record)
    assert (found.what, found.now) == ("the record", "edited by hand")
