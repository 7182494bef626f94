"""No figure is typed by hand: in prose a decimal, a percentage or a grouped number comes from a run, by its name."""

import re
from pathlib import Path

import pytest

from regen.config import load_config
from regen.tutorial import find_scripts, read_tutorial

ROOT = Path(__file__).parents[2]
ARTICLES = sorted((ROOT / "docs").rglob("*.md"))
TUTORIALS = find_scripts(load_config(ROOT))

# Constants: numbers that no run computes, by file. All others are quoted by name.
CONSTANTS: dict[str, dict[str, str]] = {
    "tensors.md": {"1.5": "the mean of 1 and 2, asked in a question; the block below prints it"},
    "run_it_yourself.md": {"3.11": "the version of Python that is needed"},
    "backprop_by_hand.py": {"2.0": "the version of PyTorch that changed a default"},
    "conv_anatomy.py": {"2.0": "the version of PyTorch that changed a default"},
    "softmax_classifier.py": {"0.4": "the version of PyTorch that merged Variable into the tensor"},
    "mnist.py": {"3.0": "the version of the licence"},
    "how_sure.py": {"95 %": "the name of a confidence level, by definition nineteen of twenty"},
    "minutes.py": {"99 %": "the goal that the page sets itself"},
    "one_network_seven_ways.py": {"2.13": "the version of PyTorch that changed a slope"},
    "reading_digits.py": {
        "0.0": "black, by definition of ToTensor",
        "1.0": "white, by definition of ToTensor",
        "1.2": "the version of PyTorch that brought comparisons as bool",
    },
}

NUMBER = re.compile(
    r"(?<![\w.,])[-−+]?(?:\d{1,3}(?:[,\u2009\u202f ]\d{3})+(?:\.\d+)?|\d+\.\d+|\.\d+|\d+(?=\s?%))(?:e[-+]?\d+)?(?:\s?%)?(?![\w])"
)
NOT_PROSE = [
    r"^[ \t]*(`{3,}|~{3,})[^\n]*\n.*?^[ \t]*\1[ \t]*$",  # fences
    r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)",  # code spans
    r"\[\[.+?\]\]",  # values by name
    r"\$\$.*?\$\$",
    r"(?<![\\$\w])\$(?!\s)(?:[^$\n]|\n(?!\s*\n))+?(?<!\s)\$(?![\w$])",  # TeX
    r"\]\([^)]*\)",  # targets of links; their texts are prose
    r"\]\[[^\]]*\]",
    r"<!--.*?-->",
    r"<[^>\n]+>",
    r"https?://\S+",
]


def prose(markdown: str) -> str:
    """The text without what is no prose, its lines kept."""
    for pattern in NOT_PROSE:
        markdown = re.sub(
            pattern, lambda match: "§" + "\n" * match[0].count("\n"), markdown, flags=re.DOTALL | re.MULTILINE
        )
    return markdown


def typed(markdown: str) -> list[tuple[int, str]]:
    """Line and text of each number that stands in the prose."""
    text = prose(markdown)
    return [(text.count("\n", 0, match.start()) + 1, match[0]) for match in NUMBER.finditer(text)]


def found_in(path: Path) -> list[tuple[int, str]]:
    """Line and text of each number that is typed in a page; of a tutorial, its text alternatives included."""
    if path.suffix == ".md":
        return typed(path.read_text(encoding="utf-8"))
    cells = read_tutorial(path).cells
    places = [
        (cell.line + line, text) for cell in cells if cell.kind == "markdown" for line, text in typed(cell.source)
    ]
    return places + [(cell.line, text) for cell in cells for _, text in typed(cell.alt)]


@pytest.mark.parametrize("path", [*ARTICLES, *TUTORIALS], ids=lambda path: path.name)
def test_no_figure_is_typed_by_hand(path: Path) -> None:
    allowed = CONSTANTS.get(path.name, {})
    assert [(line, text) for line, text in found_in(path) if text not in allowed] == []


def test_each_constant_is_still_needed() -> None:
    for name, constants in CONSTANTS.items():
        (path,) = [path for path in [*ARTICLES, *TUTORIALS] if path.name == name]
        assert constants.keys() <= {text for _, text in found_in(path)}, name


@pytest.mark.parametrize(
    "text",
    [
        "It gives 0.97.",
        "Right are 97 % of them.",
        "97%",
        "about -0.5",
        "60,000 images",
        "a loss of 1.5e-7,",
        "(.98)",
        "**0.5**",
    ],
)
def test_number_in_prose_is_found(text: str) -> None:
    assert len(typed(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "`0.97` and ``0.5 ` 0.6``",
        "$0.97$ and $$\n0.5\n$$",
        "[[page.value:.4f]]",
        "[the book](https://example.org/3.14)",
        "```python\nx = 0.5\n```",
        "    ```text\n    0.5\n    ```",
        "ten, 10, 784 and 7840",
        "1, 2, 3, 100, 200",
        "S0, w2, x1.5y",
    ],
)
def test_what_is_no_figure_in_prose_is_left_alone(text: str) -> None:
    assert typed(text) == []


def test_lines_are_counted_past_what_is_cut_out() -> None:
    assert typed("a\n\n```python\nx = 0.5\n```\n\nIt is 0.25.") == [(7, "0.25")]
