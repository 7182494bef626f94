"""Every Python block of the articles, the README and the docstrings runs, prints what it says, and is lint-free."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.outcomes import Failed
from markdown_it import MarkdownIt
from pytest_examples import CodeExample, EvalExample, find_examples

ROOT = Path(__file__).parents[2]
ARTICLES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODULES = sorted((ROOT / "src").rglob("*.py"))
EXAMPLES = list(find_examples(*ARTICLES, *MODULES))  # a list: as a generator, an empty one would pass as skipped
LANGUAGES = {"python", "text", "console", "bash", "yaml"}
BOX = re.compile(r"^(\s*)(?:!!!|\?\?\?\+?|===\+?) ")


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


# Which blocks there are, by a real Markdown parser


def without_boxes(text: str) -> str:
    """The text with the bodies of admonitions, folded boxes and tabs moved out to where a Markdown parser sees them."""
    lines, fence = text.splitlines(), ""
    done: list[str] = []
    while lines:
        line = lines.pop(0)
        mark = re.match(r"\s*(`{3,}|~{3,})", line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        box = None if fence else BOX.match(line)
        if box:
            inside = len(box[1]) + 4
            for index, following in enumerate(lines):
                if following.strip() and len(following) - len(following.lstrip()) < inside:
                    break
                lines[index] = box[1] + following[inside:] if following.strip() else ""
            line = ""
        done.append(line)
    return "\n".join(done) + "\n"


def blocks(text: str) -> Iterator[tuple[str, str, str]]:
    """Language, mark and content of each code block; an indented one has neither language nor mark."""
    for token in MarkdownIt().parse(without_boxes(text)):
        if token.type in ("fence", "code_block"):
            yield token.info.strip(), token.markup, token.content


def texts(path: Path) -> list[str]:
    """What of a file is Markdown: all of an article, the docstrings of a module."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return [source]
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = [ast.get_docstring(node) for node in ast.walk(ast.parse(source)) if isinstance(node, documented)]
    return [docstring for docstring in found if docstring]


def test_there_are_articles_with_blocks() -> None:
    assert len(ARTICLES) >= 4
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize("path", [*ARTICLES, *MODULES], ids=short)
def test_no_python_block_escapes(path: Path) -> None:
    """What the Markdown parser sees as Python is exactly what is run."""
    wanted = [content for text in texts(path) for language, _, content in blocks(text) if language.startswith("py")]
    found = [example.source for example in EXAMPLES if example.path == path]
    assert sorted(map(inspect.cleandoc, found)) == sorted(map(inspect.cleandoc, wanted))


@pytest.mark.parametrize("path", [*ARTICLES, *MODULES], ids=short)
def test_fences_are_plain_and_name_a_known_language(path: Path) -> None:
    for text in texts(path):
        for language, mark, content in blocks(text):
            if path.suffix == ".py" and not mark:
                continue  # an indented line below `Args:`
            if path.name == "README.md" and not mark and not re.search(r"^\s*(import|from|def|print)\b", content, re.M):
                continue  # a command or a layout, read as plain text
            assert mark == "```", f"not fenced by three backticks:\n{content}"
            assert language in LANGUAGES, f"```{language}: allowed are {', '.join(sorted(LANGUAGES))}\n{content}"
            if language != "python":
                assert "#>" not in content, f"a printed line in a block that is not run:\n{content}"


ESCAPING = {
    "tildes": "~~~python\nprint(1)\n~~~\n",
    "four backticks": "````python\nprint(1)\n````\n",
    "untagged": "```\nprint(1)\n```\n",
    "indented": "A list of one.\n\n    print(1)\n",
    "in a box": '??? note "Look"\n    ~~~python\n    print(1)\n    ~~~\n',
    "in a box in a box": '!!! note\n\n    === "Tab"\n\n        ~~~python\n        print(1)\n        ~~~\n',
    "not run": "```text\nprint(1)\n#> 2\n```\n",
    "other language": "```pycon\n>>> 1\n```\n",
}


@pytest.mark.parametrize("text", ESCAPING.values(), ids=ESCAPING.keys())
def test_block_that_would_escape_is_noticed(tmp_path: Path, text: str) -> None:
    (tmp_path / "page.md").write_text(f"# Page\n\n{text}\nText.\n")
    with pytest.raises(AssertionError, match=r"fenced|allowed|printed"):
        test_fences_are_plain_and_name_a_known_language(tmp_path / "page.md")


def test_block_in_a_box_is_seen_by_both() -> None:
    text = '??? note "Look"\n    Text.\n\n    ```python\n    if True:\n        print(1)\n    ```\n\nText.\n'
    assert list(blocks(text)) == [("python", "```", "if True:\n    print(1)\n")]


# What they print


def check(example: CodeExample, eval_example: EvalExample) -> None:
    """Run and lint a block, and hold its `#>` lines against what it printed, one for one."""
    eval_example.set_config(
        line_length=120, quotes="double", target_version="py311", isort=True, ruff_ignore=["D1", "B018"]
    )
    eval_example.lint(example)
    printed: list[str] = []

    def include(path: Path, frame: inspect.FrameInfo, args: object) -> bool:
        printed.append(frame.filename)
        return path.samefile(frame.filename)

    eval_example.include_print = include
    eval_example.run_print_check(example)
    shown = len(re.findall(r"^ *#>", example.source, re.M))
    shown += sum(
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for node in ast.walk(ast.parse(example.source))
    )
    assert shown == len(printed), f"{shown} outputs are shown, {len(printed)} prints were run"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{short(e.path)}:{e.start_line}")
@pytest.mark.usefixtures("no_traces")
def test_block_runs_and_prints_what_it_says(example: CodeExample, eval_example: EvalExample) -> None:
    check(example, eval_example)


WRONG = {
    "another output": "print(1)\n#> 2\n",
    "no output shown": "print(1)\n",
    "output without a print": "x = 1\n#> 1\n",
    "output in a branch that does not run": "x = 1\nif x > 1:\n    print(x)\n    #> 2\n",
    "output that is not printed here": "x = 1\n\n#> 1\nprint(x)\n#> 1\n",
    "print in a loop": "for i in range(2):\n    print(i)\n    #> 1\n",
    "print in a function that is not called": "def f():\n    print(1)\n    #> 1\n",
    "exception": "raise ValueError\n",
    "unused import": "import os\n",
    "formatting": "x = {  'a':1 }\n",
}


@pytest.mark.parametrize("source", WRONG.values(), ids=WRONG.keys())
@pytest.mark.usefixtures("no_traces")
def test_wrong_block_is_noticed(source: str, eval_example: EvalExample) -> None:
    with pytest.raises((AssertionError, Failed, ValueError)):
        check(CodeExample.create(source), eval_example)


@pytest.mark.usefixtures("no_traces")
def test_right_block_passes(eval_example: EvalExample) -> None:
    check(CodeExample.create('x = 1\nprint(x, "is one")\n#> 1 is one\n'), eval_example)
