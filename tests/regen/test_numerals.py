"""Which numbers of a text look like results, and which are left alone."""

import pytest

from regen.prose.built_page import read_page
from regen.prose.numerals import find_numerals, find_numerals_in_block, find_numerals_in_tex


def numbers_of(html: str) -> list[str]:
    found: list[str] = []
    for block in read_page(f"<main>{html}</main>", "index.html"):
        found += find_numerals_in_block(block)
    return found


@pytest.mark.parametrize(
    "text",
    [
        # decimals
        "It gives 0.97.",
        "about 3 x 10^-5",
        "about 3×10-5",
        "10**6",
        "2\N{FRACTION SLASH}3 of them",
        "a share of (.98)",
        "It reaches 0,97 at the end.",
        "about -0.5",
        "about −0.5",
        "0·97",
        "**0.5**",
        "from 1.5 up",
        "an accuracy of 0.97: good",
        # percentages
        "Right are 97 % of them.",
        "97%",
        "97\N{NO-BREAK SPACE}%",
        "97\N{NARROW NO-BREAK SPACE}%",
        "97 percent",
        "97 per cent",
        "97\N{NO-BREAK SPACE}percent",
        "3 %",
        "97-percent accuracy",
        "97 pct",
        "97\N{FULLWIDTH PERCENT SIGN}",
        "ninety-seven percent",
        "ninety seven per cent",
        "one percent of them",
        "three percentage points",
        "3 points better",
        # fractions
        "½ of them",
        "2½ minutes",
        "1/3 of them",
        "two thirds of the digits",
        "two-thirds of the digits",
        "one third of the digits",
        "three quarters of them",
        "nine tenths",
        "a third of the digits",
        "nine in ten",
        "9 out of 10",
        "9 of 10 digits",
        "nine of the ten digits",
        "half a minute",
        "an hour",
        "a minute",
        # large numbers
        "60,000 images",
        "60 000 images",
        "60\N{THIN SPACE}000 images",
        "60_000 images",
        "1,234.5 images",
        "60k images",
        "1.67M weights",
        "2M weights",
        "10⁻³",
        "2¹⁰ weights",
        "10^-3",
        "a loss of 1.5e-7,",
        "3e-5",
        "1E5",
        "half a million images",
        "sixty thousand images",
        "two million weights",
        "a hundred images",
        "a thousand steps",
        "2 million weights",
        # factors
        "2.5x",
        "2.5 times",
        "3 times as fast",
        "2x as fast",
        "10× faster",
        "three times as fast",
        "a threefold gain",
        "a 3-fold gain",
        "a factor of three",
        "a factor of 2",
        "an order of magnitude",
        "one and a half times",
        # quantities
        "forty epochs",
        "three minutes",
        "3 minutes",
        "eight seconds",
        "93.25 minutes",
        "12 s",
        "a 30-second run",
        "five epochs",
        "5 epochs",
        "two standard errors",
        # integers above twelve, in digits and in words
        "13 digits",
        "784 inputs",
        "the 13th epoch",
        "a 32-bit float",
        "28 x 28 pixels",
        "28×28 pixels",
        "28 by 28 pixels",
        "28 * 28 pixels",
        "a 784-30-10 network",
        "-150 digits",
        "twenty digits",
        "twenty-one digits",
        "thirteen digits",
        "zero point nine seven",
        "(2015)",
        "2019 of them",
    ],
)
def test_number_in_prose_is_found(text: str) -> None:
    assert len(find_numerals(text)) == 1


def test_share_in_numbers_is_found_as_a_whole() -> None:
    assert find_numerals("9731 of 10000 digits") == ["9731 of 10000"]


def test_numbers_are_given_in_their_order() -> None:
    assert find_numerals("From ninety percent to 0.97, then ½.") == ["ninety percent", "0.97", "½"]


@pytest.mark.parametrize(
    "text",
    [
        "ten, 10 and 12",
        "1, 2, 3, 10, 12",
        "0,1,2",
        "S0 to S4",
        "w1, x2, conv2, float32, x1.5y",
        "layer_13 and relu6",
        "the formats :.4f and .14f",
        "the commit fb11b96 or 5a0b27c",
        "on 16 March 2018",
        "on August 15, 2019",
        "in August 2019",
        "on 2026-11-27",
        "(Santurkar et al. 2018)",
        "https://example.org/3.14/2018",
        "two layers, three ways, seven of them",
        "one second thought",
        "one at a time, one of the times",
        "hundreds of images, thousands of steps",
        "half of them, half as many",
        "the first, second and third line",
        "lone tone, attend",
        "one of two, one of the ten",
        "a 2D image",
        "a 3x3 filter",
        "squares of 2 by 2",
        "all four point to the right",
    ],
)
def test_what_is_no_result_is_left_alone(text: str) -> None:
    assert find_numerals(text) == []


@pytest.mark.parametrize(
    "tex",
    [
        "0.97",
        r"97\,\%",
        r"97\%",
        "10^{-3}",
        r"3 \times 10^{-5}",
        r"60{,}000",
        r"60\,000",
        r"\frac{1}{100}",
        "784x",
        r"\sum_{i=1}^{784}",
        r"\text{of 97}",
        r"L=0.5y",
    ],
)
def test_number_in_a_formula_is_found(tex: str) -> None:
    assert len(find_numerals_in_tex(tex)) == 1


@pytest.mark.parametrize(
    "tex",
    [
        r"\frac{1}{2}(y - t)^2",
        r"x_{13} + w_{0,27}",
        r"\sum_{k=1}^{N} e^{z_k}",
        r"e^{-z} + 2x",
        r"\sigma'(z) = \sigma(z)(1 - \sigma(z))",
    ],
)
def test_what_is_no_result_in_a_formula_is_left_alone(tex: str) -> None:
    assert find_numerals_in_tex(tex) == []


def test_no_break_space_as_an_entity_is_a_space() -> None:
    assert numbers_of("<p>97&nbsp;% of them</p>") == ["97\N{NO-BREAK SPACE}%"]


def test_number_split_by_markup_is_one() -> None:
    assert numbers_of("<p><b>97</b> % and 0.<i>98</i></p>") == ["97 %", "0.98"]


def test_power_of_ten_as_a_superscript_is_found() -> None:
    assert numbers_of("<p>below 10<sup>-3</sup></p>") == ["10^-3"]


def test_number_in_a_code_span_is_found() -> None:
    assert numbers_of("<p>It prints <code>0.97</code>.</p>") == ["0.97"]


def test_number_in_a_formula_of_a_sentence_is_found() -> None:
    html = '<p>It is <span class="formula" aria-label="10^{-3}"><svg></svg></span>.</p>'
    assert numbers_of(html) == ["10^-3"]


def test_marked_value_is_no_typed_number() -> None:
    assert numbers_of('<p>It is <span class="value computed" title="0.1">0.97</span>.</p>') == []


def test_unit_typed_after_a_value_is_no_number() -> None:
    assert numbers_of('<p>It is <span class="value computed">97</span> percent.</p>') == []


def test_number_in_a_claim_is_fine_if_the_claim_checks_it() -> None:
    html = '<p><span class="claim" title="Checked: right &gt; 0.97">More than 97 %</span>.</p>'
    assert numbers_of(html) == []


def test_number_in_a_claim_is_found_if_no_claim_checks_it() -> None:
    html = '<p><span class="claim" title="Checked: right &gt; 0.5">It reaches 0.97</span>.</p>'
    assert numbers_of(html) == ["0.97"]
