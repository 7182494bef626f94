import itertools
import random
from typing import Any

import numpy as np
import pytest

from regen.execution import in_kernel, results
from regen.execution.in_kernel import Expressions, Refused, plain


class Array:
    def __init__(self, items: Any) -> None:
        self.items = items

    def tolist(self) -> Any:
        return self.items


class Generators:
    """An object of provenance whose `state` counts what was drawn."""

    def __init__(self) -> None:
        self.drawn = 0

    def state(self) -> int:
        return self.drawn

    def draw(self) -> int:
        self.drawn += 1
        return 1


LOOP: list[Any] = []
LOOP.append(LOOP)


def evaluate(kind: str, text: str, provenance: Any = None, **names: Any) -> Any:
    """What an expression gives among these names, and after another one that is fine."""
    names |= {"one": 1, "np": np, "random": random}
    found = Expressions(names, provenance).evaluate([("value", "y", "one"), (kind, "x", text)])
    return found[1]


def refusal(kind: str, text: str, provenance: Any = None, **names: Any) -> str:
    with pytest.raises(Refused) as caught:
        evaluate(kind, text, provenance, **names)
    message = str(caught.value)
    assert message.startswith(f"{kind} x = {text}: ")
    return message.removeprefix(f"{kind} x = {text}: ")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (3, 3),
        (2.5, 2.5),
        ("text", "text"),
        ((1, [2.0, (True,)]), [1, [2.0, [True]]]),
        ({"a": {"b": (1,)}}, {"a": {"b": [1]}}),
        (np.arange(4).reshape(2, 2), [[0, 1], [2, 3]]),
        (np.float64(0.5), 0.5),
        (np.float32(0.5), 0.5),
        (np.int8(3), 3),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.array(2.5), 2.5),
        (Array([1, 2.5]), [1, 2.5]),
        ([], []),
        ({}, {}),
    ],
)
def test_a_value_becomes_plain(value: Any, expected: Any) -> None:
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "gives None, expected a number, a string, a bool, an array or a tensor, or a list"),
        ({1}, "gives {1} (of type set), expected a number"),
        ([[None]], "gives None, expected a number"),
        ({1: 2}, "gives a dict with the key 1, expected strings as keys."),
        (1j, "gives 1j (of type complex), expected a number"),
        (b"a", "gives b'a' (of type bytes), expected a number"),
        (np.array([None]), "gives None, expected a number"),
        ("x" * 0 or range(3), "gives range(0, 3) (of type range), expected a number"),
        (LOOP, "RecursionError: "),
    ],
)
def test_a_value_that_is_not_plain_is_refused(value: Any, message: str) -> None:
    assert refusal("value", "it", it=value).startswith(message)


def test_a_long_value_is_cut_in_a_message() -> None:
    assert len(refusal("value", "it", it=set(range(1000)))) < 250


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("one / 0", "ZeroDivisionError: division by zero"),
        ("nosuchname", "NameError: name 'nosuchname' is not defined"),
        ("exit(3)", "SystemExit: 3"),
    ],
)
def test_an_expression_that_raises_is_refused(text: str, message: str) -> None:
    assert refusal("value", text) == message


@pytest.mark.parametrize("text", ["one  # a comment", "one +\none", "  one"])
def test_an_expression_has_lines_of_its_own(text: str) -> None:
    assert evaluate("value", text) == eval(f"({text}\n)", {"one": 1})


def test_an_expression_sees_its_names_in_a_comprehension() -> None:
    assert evaluate("value", "[one + i for i in range(one)]") == [1]


@pytest.mark.parametrize("value", [True, np.bool_(True), np.array(True)])
def test_a_claim_gives_a_bool(value: Any) -> None:
    assert evaluate("claim", "it", it=value) is True


@pytest.mark.parametrize("value", [1, None, "yes", np.array([True]), np.int64(1)])
def test_a_claim_that_gives_no_bool_is_refused(value: Any) -> None:
    assert refusal("claim", "it", it=value).endswith(", expected True or False.")


@pytest.mark.parametrize("value", ["hi", b"hi", bytearray(b"hi"), memoryview(b"hi")])
def test_a_file_is_bytes_or_text(value: Any) -> None:
    assert evaluate("file", "it", it=value) == "aGk="


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1, "gives 1 (of type int), expected bytes or text."),
        (bytes(5_000_001), "gives 5,000,001 bytes, expected at most 5,000,000 bytes"),
    ],
    ids=["a number", "too large"],
)
def test_a_file_that_is_none_is_refused(value: Any, message: str) -> None:
    assert refusal("file", "it", it=value).startswith(message)


def test_runs_on_record_are_a_sentence() -> None:
    assert refusal("recorded", "one").endswith("expected a sentence about the runs on record.")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("value", "random.random()"),
        ("value", "random.random() < one"),
        ("value", "random.random() + one - random.random()"),
        ("claim", "np.random.rand() < one"),
        ("quoted", "[np.random.rand(), 'A book']"),
        ("value", "generators.draw()"),
        ("value", "next(counter)"),
        ("file", "str(next(counter))"),
        ("claim", "next(counter) % 2 > 0"),
    ],
)
def test_an_expression_that_changes_the_page_is_refused(kind: str, text: str) -> None:
    generators = Generators()
    names = {"generators": generators, "counter": itertools.count()}
    message = refusal(kind, text, generators, **names)
    assert "draws random numbers" in message
    assert message.endswith("Compute it in the cell, and name the result here.")


def test_one_that_draws_only_once_is_found_among_all() -> None:
    generators = Generators()
    drawn = iter([generators.draw])

    def first_only() -> int:
        for draw in drawn:
            draw()
        return 1

    with pytest.raises(Refused, match="one of value y, value x: draws random numbers"):
        evaluate("value", "first_only()", generators, first_only=first_only)


def test_what_stays_nan_does_not_change() -> None:
    assert str(evaluate("value", "it", it=float("nan"))) == "nan"


def test_a_generator_of_its_own_may_be_drawn_from() -> None:
    assert 0 < evaluate("value", "random.Random(one).random()") < 1


def test_drawings_have_the_kind_that_results_look_for() -> None:
    # a kernel cannot import it
    assert in_kernel.DRAWING == results.DRAWING


@pytest.mark.parametrize(
    ("text", "items"),
    [("items.append(1) or 5", []), ("items.update(a=1) or 5", {}), ("items.add(1) or 5", set())],
)
def test_an_expression_that_adds_an_item_is_refused(text: str, items: Any) -> None:
    assert refusal("value", text, items=items).startswith("changes items, so ")


def test_an_expression_that_binds_a_name_is_refused() -> None:
    names: dict[str, Any] = {"n": 1}
    exec("def count():\n    global n\n    n += 1\n    return 5", names)
    with pytest.raises(Refused, match="changes n, so "):
        Expressions(names).evaluate([("value", "x", "count()")])


@pytest.mark.parametrize("text", ["10**5000", "'\\udce4'"])
def test_a_value_that_no_file_can_hold_is_named(text: str) -> None:
    refusal("value", text)
