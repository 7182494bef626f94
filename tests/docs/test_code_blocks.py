"""Each Python block of articles, README and docstrings runs, prints what it says, passes ruff."""

import inspect
import re
from pathlib import Path

import pytest
from _pytest.outcomes import Failed
from code_blocks import Block, article, blocks, docstrings, faults, prose
from mkdocs.utils import markdown_extensions
from printed_lines import check_printed
from pytest_examples import CodeExample, EvalExample, find_examples

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
ARTICLES = [README, *sorted(DOCS.rglob("*.md"))]
MODULES = sorted((ROOT / "src").rglob("*.py"))
TUTORIALS = sorted((ROOT / "tutorials").glob("*.py"))
# a list: as a generator, an empty one would pass as skipped
EXAMPLES = list(find_examples(*ARTICLES, *MODULES))

# Blocks of plain text that hold a digit, by their first line, and why nothing has to print them.
TYPED = {
    "# %%": "how a cell and its prose look in a script, with a format of one decimal",
    "batch     10  784": "shapes, which the Python block above it checks",
}


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def of_example(example: CodeExample) -> str:
    return f"{short(example.path)}:{example.start_line}"


def texts(path: Path) -> list[str]:
    """What of a file is Markdown."""
    if path in TUTORIALS:
        return prose(path)
    if path in MODULES:
        return docstrings(path)
    return article(path)


# Which blocks there are, by a real Markdown parser


def test_there_are_articles_with_blocks() -> None:
    assert len(ARTICLES) >= 4
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize("path", [*ARTICLES, *MODULES], ids=short)
def test_no_python_block_escapes(path: Path) -> None:
    """What the Markdown parser sees as Python is exactly what is run."""
    seen = [block for text in texts(path) for block in blocks(text)]
    expected = [block.content for block in seen if block.language.startswith("py")]
    found = [example.source for example in EXAMPLES if example.path == path]
    assert sorted(map(inspect.cleandoc, found)) == sorted(map(inspect.cleandoc, expected))


def is_plain(path: Path, fault: str) -> bool:
    """Whether a block without a fence is no code: it is read as plain text where it stands."""
    if not fault.startswith("not fenced") or "~~~" in fault:
        return False
    if path in MODULES:
        return True  # an indented line below `Args:`
    has_code = re.search(r"^\s*(import|from|def|print)\b", fault, re.M)
    return path == README and not has_code  # a command or a layout


@pytest.mark.parametrize("path", [*ARTICLES, *MODULES, *TUTORIALS], ids=short)
def test_every_block_is_run_or_of_a_kind_that_is_not(path: Path) -> None:
    found = []
    for text in texts(path):
        for fault in faults(text, runs=path not in TUTORIALS, listed=TYPED):
            if not is_plain(path, fault):
                found.append(fault)
    assert found == []


def test_each_listed_block_of_text_is_there() -> None:
    seen = [block for path in ARTICLES for text in texts(path) for block in blocks(text)]
    firsts = {block.content.splitlines()[0] for block in seen if block.language == "text"}
    assert TYPED.keys() <= firsts


def test_every_page_of_the_docs_folder_is_an_article() -> None:
    """MkDocs takes other suffixes for pages too, and copies HTML as it is."""
    pages = (*markdown_extensions, ".html", ".htm", ".py", ".ipynb")
    found = [path for path in DOCS.rglob("*") if path.name.lower().endswith(pages)]
    assert [short(path) for path in found if path not in ARTICLES] == []


ESCAPING = {
    "tildes": ("~~~python\nprint(1)\n~~~\n", "not fenced"),
    "four backticks": ("````python\nprint(1)\n````\n", "not fenced"),
    "untagged": ("```\nprint(1)\n```\n", "allowed are"),
    "indented": ("A list of one.\n\n    print(1)\n", "not fenced"),
    "in a box": ('??? note "Look"\n    ~~~python\n    print(1)\n    ~~~\n', "not fenced"),
    "in a box in a box": (
        '!!! note\n\n    === "Tab"\n\n        ~~~python\n        print(1)\n        ~~~\n',
        "not fenced",
    ),
    "in a tab that is open": ('===! "Tab"\n    ~~~python\n    print(1)\n    ~~~\n', "not fenced"),
    "in a list": ("- one\n\n    ~~~python\n    print(1)\n    ~~~\n", "not fenced"),
    "in a quotation": ("> ~~~python\n> print(1)\n> ~~~\n", "not fenced"),
    "not run": ("```text\nprint(x)\n#> x\n```\n", "printed line"),
    "other language": ("```pycon\n>>> 1\n```\n", "allowed are"),
    "in a div": ("<div markdown>\n~~~python\nprint(1)\n~~~\n</div>\n", "raw HTML"),
    "in a div, with backticks": ("<div markdown>\n```python\nprint(1)\n```\n</div>\n", "raw"),
    "in a div, after a blank line": (
        "<div markdown>\n\n~~~python\nprint(1)\n~~~\n\n</div>\n",
        "not fenced",
    ),
    "in details": ("<details>\n<pre>\nprint(1)\n</pre>\n</details>\n", "raw HTML"),
    "as HTML": ("<code>0.97</code> is\n\n<p><code>0.97</code></p>\n", "raw HTML"),
    "typed output": ("```text\naccuracy 0.97\n```\n", "nothing printed"),
}


@pytest.mark.parametrize(("text", "message"), ESCAPING.values(), ids=ESCAPING.keys())
def test_block_that_would_escape_is_noticed(text: str, message: str) -> None:
    found = list(faults(f"# Page\n\n{text}\nText.\n", runs=True, listed={}))
    assert any(message in fault for fault in found), found


def test_python_in_the_prose_of_a_tutorial_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.py"
    page.write_text("# %% [markdown]\n# Text.\n#\n# ```python\n# print(1)\n# ```\n\n# %%\nx = 1\n")
    (text,) = prose(page)
    (fault,) = faults(text, runs=False, listed={})
    assert "make it a code cell" in fault


def test_listed_text_is_not_an_output() -> None:
    text = "```text\nbatch 10\n```\n"
    assert list(faults(text, runs=True, listed={"batch 10": "a shape"})) == []


def test_block_in_a_box_is_seen_by_both() -> None:
    code = "    ```python\n    if True:\n        print(1)\n    ```\n"
    text = f'??? note "Look"\n    Text.\n\n{code}\nText.\n'
    assert blocks(text) == [Block("python", "```", "if True:\n    print(1)\n")]


# What they print


def check(example: CodeExample, eval_example: EvalExample) -> None:
    """Run and lint a block, and compare its `#>` lines with what it printed, one for one."""
    eval_example.set_config(
        line_length=120,
        quotes="double",
        target_version="py311",
        isort=True,
        ruff_ignore=["D1", "B018", "ANN"],
    )
    eval_example.lint(example)
    check_printed(example, eval_example)


@pytest.mark.parametrize("example", EXAMPLES, ids=of_example)
@pytest.mark.usefixtures("no_traces")
def test_block_runs_and_prints_what_it_says(
    example: CodeExample, eval_example: EvalExample
) -> None:
    check(example, eval_example)


WRONG = {
    "another output": "print(1)\n#> 2\n",
    "no output shown": "print(1)\n",
    "output without a print": "x = 1\n#> 1\n",
    "output in a branch that does not run": "x = 1\nif x > 1:\n    print(x)\n    #> 2\n",
    "output that is not printed here": "x = 1\n\n#> 1\nprint(x)\n#> 1\n",
    "output of another print": "print(1)\n#> 2\nprint(2)\n#> 1\n",
    "print in a loop": "for i in range(2):\n    print(i)\n    #> 1\n",
    "print in a function that is not called": "def f():\n    print(1)\n    #> 1\n",
    "written by a library": "import sys\n\nsys.stdout.write('1\\n')\n#> 2\n",
    "exception": "raise ValueError\n",
    "unused import": "import os\n",
    "formatting": "x = {  'a':1 }\n",
}


@pytest.mark.parametrize("source", WRONG.values(), ids=WRONG.keys())
@pytest.mark.usefixtures("no_traces")
def test_wrong_block_is_noticed(source: str, eval_example: EvalExample) -> None:
    with pytest.raises((AssertionError, Failed, ValueError)):
        check(CodeExample.create(source), eval_example)


# A library's function calls `print` by itself, as `fit(..., report=print)` does.
BY_A_LIBRARY = "import json\n\njson.loads(\n    '[1, 2]',\n    parse_int=print,\n)\n"


@pytest.mark.usefixtures("no_traces")
def test_lines_that_a_library_prints_are_compared(eval_example: EvalExample) -> None:
    check_printed(CodeExample.create(BY_A_LIBRARY + "#> 1\n#> 2\n"), eval_example)


@pytest.mark.usefixtures("no_traces")
def test_another_text_printed_by_a_library_is_noticed(eval_example: EvalExample) -> None:
    with pytest.raises(AssertionError, match=r"after line 6.*\n.*'7'.*\n.*'2'"):
        check_printed(CodeExample.create(BY_A_LIBRARY + "#> 1\n#> 7\n"), eval_example)


LONG = 'if True:\n    print("a\\n  b 1")\n    """\n    a\n      b {}\n    """\n'


@pytest.mark.usefixtures("no_traces")
def test_long_output_stands_in_a_string(eval_example: EvalExample) -> None:
    check(CodeExample.create(LONG.format(1)), eval_example)


@pytest.mark.usefixtures("no_traces")
def test_wrong_long_output_is_noticed(eval_example: EvalExample) -> None:
    with pytest.raises(AssertionError, match="b 2"):
        check(CodeExample.create(LONG.format(2)), eval_example)


@pytest.mark.usefixtures("no_traces")
def test_right_block_passes(eval_example: EvalExample) -> None:
    check(CodeExample.create('x = 1\nprint(x, "is one")\n#> 1 is one\n'), eval_example)
