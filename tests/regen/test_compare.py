import math

import pytest
from nbformat.v4 import new_output

from regen.compare import compare, intervals
from regen.config import RegenError
from regen.record import CellRecord, Record, make_record
from regen.store import CellRun, Run
from regen.tutorial import Cell, Tutorial


def differences(before, after, tol=None, seeds=(), **edited):
    """What differs between two results of a page of one cell, each given as its printed text and its values."""
    page = Tutorial("p", "p.py", [Cell("code", "", 7, 1, tol=tol or {})], title="P")
    first, second, *others = (
        Run("p", [CellRun([new_output("stream", text=text)], values)]) for text, values in (before, after, *seeds)
    )
    record = make_record(page, first, others)
    return compare(page, second, Record("p", record.cells, **edited))


def same_text(before, after, **tol):
    return not differences((before, {}), (after, {}), tol)


def same_value(before, after, tolerance=None):
    return not differences(("", {"x": before}), ("", {"x": after}), {"x": tolerance} if tolerance else {})


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
    ],
)
def test_text_without_tolerance_is_compared_to_the_letter(before, after):
    assert same_text(before, before)
    assert not same_text(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (0.1, math.nextafter(0.1, 1)),
        (1, 2),
        (1, 1.0),
        (True, 1),
        ("a", "b"),
        ([1, 2], [1, 3]),
        ([1, [2]], [1, [2, 3]]),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        (None, 0),
    ],
)
def test_a_value_without_tolerance_is_compared_exactly(before, after):
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
        ("within 0.02 0.07", 0.0453, 0.02, 0.0),
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
def test_each_form_of_tolerance_has_its_border(tolerance, before, inside, outside):
    assert same_value(before, inside, tolerance)
    assert not same_value(before, outside, tolerance)


@pytest.mark.parametrize("tolerance", [None, "rel 0.5", "abs 9", "within 0 1"])
def test_nan_is_never_as_recorded(tolerance):
    assert not same_value(math.nan, math.nan, tolerance)
    assert not same_value(math.nan, 0.5, tolerance)


@pytest.mark.parametrize(
    ("before", "after", "tol", "same"),
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
        ("loss 0.5", "loss nan", {"loss": "abs 9"}, False),
        ("loss nan", "loss nan", {"loss": "abs 9"}, False),
        ("loss inf", "loss inf", {"loss": "abs 9"}, True),
        ("loss 9.5", "loss inf", {"loss": "abs 9"}, False),
        ("loss 0.5 0.5", "loss 0.5 1", {"text": "abs 9"}, False),
        ("x1 0.5", "x2 0.5", {"text": "abs 9"}, False),
        ("torch 2.1.0 0.5", "torch 2.2.0 0.5", {"text": "abs 9"}, False),
        ("0.5 s\n0.25", "0.6 s\n0.24", {"text": "abs 0.2"}, True),
        ("p 0.95", "p 1.00", {"p": "within 0.949 0.999"}, True),
        ("p 0.9724", "p 1.0", {"p": "within 0.9 1"}, False),
        ("p 0.9724", "p 1", {"p": "within 0.9 1"}, False),
        ("p 0.9724", "p 1e+00", {"p": "within 0.9 1"}, False),
        ("p 0.9724", "p 9.724e-01", {"p": "within 0.9 1"}, False),
        ("p 9.724e-01", "p 9.512e-01", {"p": "within 0.9 1"}, True),
        ("p 1.96e-02", "p 1.04e-02", {"p": "within 0.0104 0.02"}, True),
        ("p 1.96e-02", "p 1.03e-02", {"p": "within 0.0104 0.02"}, False),
        ("p 9.7e-01", "p 1.0e+00", {"p": "within 0.9 0.99"}, False),
        ("p 9.7e-01", "p 9.9e-01", {"p": "within 0.9 0.99"}, True),
        ("p 1,234.5", "p 1,234.6", {"p": "within 1000 1234.56"}, True),
        ("p 0.8", "p 0.7", {"p": "abs 0.1"}, True),
        ("p 0.95", "p 1.00", {"p": "within 0.949 0.99"}, False),
    ],
)
def test_printed_numbers_have_the_tolerance_of_the_word_before_them_or_of_text(before, after, tol, same):
    assert same_text(before, after, **tol) is same


def test_a_name_that_is_both_value_and_label_covers_both_and_a_difference_says_all():
    tol = {"loss": "abs 0.1"}
    assert not differences(("loss 0.50", {"loss": 0.5}), ("loss 0.55", {"loss": 0.55}), tol)
    value, printed = differences(("  loss 0.50", {"loss": 0.5}), ("  loss 0.75", {"loss": 0.75}), tol)
    assert str(value) == (
        "p: cell 1 (p.py:7): value loss\n    recorded   0.5\n    now        0.75\n    tolerance  abs 0.1: 0.4 to 0.6"
    )
    assert (printed.what, printed.recorded, printed.now) == ("loss in 'loss 0.50'", "0.50", "0.75")
    (third,) = differences(("", {"x": [1, 2, 3]}), ("", {"x": [1, 2, 4]}))
    assert (third.what, third.recorded, third.now, third.tolerance) == ("value x[2]", "3", "4", "exact")


@pytest.mark.parametrize("tol", [{"los": "abs 0.1"}, {"text": "abs 0.1"}, {"loss": "abs 0.1", "acc": "rel 0.1"}])
def test_a_tolerance_that_fits_nothing_is_an_error(tol):
    with pytest.raises(
        RegenError, match=r"p.py:7: tolerance (los|text|acc)=.* fits no value of this cell and no number"
    ):
        differences(("loss 5", {}), ("loss 5", {}), tol)
    with pytest.raises(
        RegenError, match=r"p.py:7: tolerance loss='seeds' is for a list of 2, but 1 numbers are printed"
    ):
        losses = ("loss 1.0", {"loss": [1.0, 2.0]})
        differences(losses, losses, {"loss": "seeds"}, [losses, losses])


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "0.1",
        "rel",
        "rel 0",
        "rel 1",
        "rel x",
        "rel 0.1 0.2",
        "abs -1",
        "abs 0",
        "abs inf",
        "abs nan",
        "within 1",
        "within 2 1",
        "within 1 1",
        "within 0 inf",
        "seeds 3",
        "about 3",
    ],
)
def test_a_tolerance_without_sense_is_an_error(spec):
    with pytest.raises(RegenError, match=r"p.py:7: tolerance .* not understood. Write `rel X`"):
        differences(("", {"x": 1.0}), ("", {"x": 1.0}), {"x": spec})


def test_the_interval_of_seeds_is_their_range_widened_by_twice_the_widest_range():
    assert intervals([0.5, 0.75, 0.25]) == [(-0.75, 1.75)]
    assert intervals([[1.0, 4.0], [2.0, 8.0]]) == [(-7.0, 10.0), (-4.0, 16.0)]
    assert intervals([3, 3]) == [(3, 3)]


def seeded(now, text="", seeds=(0.5, 0.75)):
    result = ("acc 0.60", {"acc": 0.6})
    return differences(result, (text or "acc 0.60", {"acc": now}), {"acc": "seeds"}, [("", {"acc": s}) for s in seeds])


def test_a_trained_value_may_lie_where_those_of_the_seeds_do():
    assert not seeded(0.0) and not seeded(1.25)
    assert not seeded(0.6, "acc 1.25") and not seeded(0.6, "acc 1.00") and seeded(0.6, "acc 1")
    (low,), (high,), (printed,) = seeded(-0.01), seeded(1.26), seeded(0.6, "acc 1.26")
    assert low.tolerance == high.tolerance == printed.tolerance == "seeds: 0 to 1.25"
    assert (printed.what, printed.now) == ("acc in 'acc 0.60'", "1.26")
    assert seeded(math.nan)


def test_a_list_of_trained_values_has_an_interval_for_each():
    def listed(now, text):
        seeds = [("", {"loss": [3.0, 1.0]}), ("", {"loss": [4.0, 1.0]})]
        return differences(
            ("loss 3.5\nloss 1.0", {"loss": [3.5, 1.0]}), (text, {"loss": now}), {"loss": "seeds"}, seeds
        )

    assert not listed([6.0, 3.0], "loss 6.0\nloss -1.0")
    assert [found.what for found in listed([1.0, 3.1], "loss 3.5\nloss 1.0")] == ["value loss[1]"]
    assert [found.now for found in listed([3.5, 1.0], "loss 1.0\nloss 3.5")] == ["3.5"]
    assert [found.what for found in listed([3.5], "loss 3.5\nloss 1.0")] == ["value loss"]


def test_what_seeds_cannot_bound_is_red_and_no_crash():
    assert [found.tolerance for found in seeded(0.6, seeds=())] == ["seeds: none on record, run `regen record`"] * 2
    assert seeded(1e9, seeds=(0.5, math.inf)), "a seed that diverged must not widen the interval to everything"
    name = {"acc": "seeds"}
    assert differences(
        ("", {"acc": [1.0]}), ("", {"acc": [9.0]}), name, [("", {"acc": [1.0]}), ("", {"acc": [1.0, 2]})]
    )
    assert differences(("", {"acc": "a"}), ("", {"acc": "b"}), name, [("", {"acc": "a"}), ("", {"acc": "b"})])


def test_a_value_that_comes_or_goes_is_red():
    (gone,) = differences(("", {"x": 1, "y": 2}), ("", {"x": 1}))
    (came,) = differences(("", {"x": 1}), ("", {"x": 1, "y": 2}))
    assert (gone.what, gone.recorded, gone.now) == ("value y", "2", "'not there'")
    assert (came.what, came.recorded, came.now) == ("value y", "'not there'", "2")


def test_the_number_of_cells_and_of_pictures_counts_and_so_does_a_warning():
    page = Tutorial("p", "p.py", [Cell("code", "", 7, 1)], title="P")
    picture = new_output("display_data", data={"image/png": ""})
    warning = new_output("stream", name="stderr", text="UserWarning: old\n")
    clean, drawn, warned = (Run("p", [CellRun(outputs)]) for outputs in ([], [picture], [warning]))
    assert compare(page, clean, make_record(page, clean)) == []
    (found,) = compare(page, drawn, make_record(page, clean))
    assert (found.what, found.recorded, found.now) == ("pictures", "0", "1")
    (found,) = compare(page, warned, make_record(page, warned))
    assert (found.what, found.now) == ("a warning in the output", "UserWarning: old\n")
    (found,) = compare(page, clean, Record("p", [CellRecord([], {})] * 2))
    assert (found.what, found.recorded, found.now) == ("number of code cells", "2", "1")


def test_no_record_and_a_record_edited_by_hand_are_red_whatever_the_tolerance():
    page = Tutorial("p", "p.py", [], title="P")
    (found,) = compare(page, Run("p", []), None)
    assert (found.what, found.tolerance) == ("not documented", "run `regen record`")
    (found,) = differences(("x 0.5", {}), ("x 0.6", {}), {"x": "abs 1"}, intact=False)
    assert (found.what, found.now) == ("the record", "edited by hand")


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
def test_html_markdown_and_latex_are_compared_like_printed_lines(kind, before, after, same):
    page = Tutorial("p", "p.py", [Cell("code", "", 7, 1, tol={"text": "abs 0.1"})], title="P")

    def shown(content):
        outputs = [new_output("stream", text="loss 0.5\n")]
        if content:
            outputs.append(new_output("display_data", data={kind: content, "text/plain": "<object>"}))
        return Run("p", [CellRun(outputs)])

    assert (compare(page, shown(after), make_record(page, shown(before))) == []) is same
    printed = Run("p", [CellRun([new_output("stream", text=f"loss 0.5\n{before}\n")])])
    assert compare(page, printed, make_record(page, shown(before))), "what was a table is printed now"


def test_nan_is_told_as_what_it_is_and_a_number_that_lost_its_word_as_a_change_of_text():
    tol = {"x": "abs 0.1"}
    (value,) = differences(("", {"x": math.nan}), ("", {"x": math.nan}))
    (tolerated,) = differences(("", {"x": 0.5}), ("", {"x": math.nan}), tol)
    (printed,) = differences(("x nan", {}), ("x nan", {}), tol)
    assert {value.tolerance, tolerated.tolerance, printed.tolerance} == {"none: NaN is never as recorded"}
    for now in ("x 0.5s", "y 0.5", "x NaN"):
        (text,) = differences(("x 0.5", {}), (now, {}), tol)
        assert (text.what, text.recorded, text.now) == ("text", "x 0.5", now)
