import pytest

from regen.records.printed import find_numbers, mask, rounded, shows


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("loss 0.5, acc: 97.2 %", ["0.5", "97.2"]),
        ("60,000 of 70,000", ["60,000", "70,000"]),
        ("-1.5 +2 .5 3. 1e-3 .5e2", ["-1.5", "+2", ".5", "3.", "1e-3", ".5e2"]),
        ("tensor([nan, -inf, 0.])", ["nan", "-inf", "0."]),
        ("torch 2.1.0, x1, float32, v2.5b, banana", []),
    ],
)
def test_numbers_are_found_and_names_are_not(line: str, numbers: list[str]) -> None:
    assert [number.text for number in find_numbers(line)] == numbers


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("loss 0.5", "loss"),
        ("loss: 0.5", "loss"),
        ("loss = 0.5", "loss"),
        ("test loss   0.5", "loss"),
        ("loss (0.5)", ""),
        ("0.5", ""),
        ("x1 0.5", "x1"),
    ],
)
def test_the_word_stands_right_before_the_number(line: str, word: str) -> None:
    assert find_numbers(line)[-1].word == word


@pytest.mark.parametrize(
    ("text", "form"),
    [("1", ".0f"), ("1.0", ".1f"), ("0.9724", ".4f"), ("1e+00", ".0e"), ("1.5E-3", ".1e")],
)
def test_the_form_has_decimals_and_exponent(text: str, form: str) -> None:
    (number,) = find_numbers(text)
    assert number.form == form


def test_what_is_left_of_a_line_has_no_padding_before_numbers() -> None:
    line = "loss   9.5 | acc 0.25"
    assert mask(line, find_numbers(line)) == ["loss", " | acc", ""]


def test_a_number_is_rounded_as_another_is_printed() -> None:
    (number,) = find_numbers("0.97")
    assert rounded(0.123456, number) == 0.12


@pytest.mark.parametrize(
    ("line", "value", "same"),
    [
        ("0.9724", 0.97244, True),
        ("0.9724", 0.97246, False),
        ("0.5", 0.45, True),  # half of the last decimal, whichever way it is rounded
        ("0.5", 0.55, True),
        ("97.24 %", 0.97244, True),
        ("97.24", 0.97244, False),
        ("1.50e+03", 1503.0, True),
        ("1.50e+03", 1510.0, False),
        ("3", 3.4, True),
    ],
)
def test_a_value_is_shown_to_the_printed_decimals(line: str, value: float, same: bool) -> None:
    (number,) = find_numbers(line)
    assert shows(number, value) is same
