"""Runs a code block, and compares each `#>` line with what was printed at that place."""

import ast
import contextlib
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import FrameType

from pytest_examples import CodeExample, EvalExample

MARK = "#>"
Lines = dict[int, list[str]]  # by the last line of a statement, what it printed


class Printed:
    """A stream that notes on which line of the block each text was printed, however deep."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts: dict[int, str] = defaultdict(str)

    def write(self, text: str) -> int:
        self.texts[self.line()] += text
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def line(self) -> int:
        """The line of the block that led here: of the block itself, not of a library."""
        frame: FrameType | None = sys._getframe()
        while frame:
            if Path(frame.f_code.co_filename).parent == self.folder:
                return frame.f_lineno
            frame = frame.f_back
        return 0  # printed after the block, or by another thread


def last_lines(source: str) -> dict[int, int]:
    """For each line, the last line of the innermost statement that it belongs to."""
    found = {}
    # outer statements come before inner ones, which overwrite them
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt) and node.end_lineno:
            for line in range(node.lineno, node.end_lineno + 1):
                found[line] = node.end_lineno
    return found


def output_strings(source: str) -> Iterator[tuple[ast.stmt, ast.Constant]]:
    """The strings that stand alone, each with the statement before it: they show a long output."""
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        for before, statement in pairwise(body):
            match statement:
                case ast.Expr(value=ast.Constant(value=str()) as string):
                    yield before, string


def shown(source: str) -> Lines:
    """The lines that a block shows as printed, by the last line of the code before them."""
    found: Lines = defaultdict(list)
    inside: set[int] = set()
    for before, string in output_strings(source):
        text = textwrap.dedent(str(string.value)).strip("\n")
        found[before.end_lineno or 0] += text.splitlines()
        inside.update(range(string.lineno, (string.end_lineno or 0) + 1))

    code = 0
    for number, line in enumerate(source.splitlines(), start=1):
        text = line.strip()
        if number in inside:
            continue
        if text.startswith(MARK):
            found[code].append(text.removeprefix(MARK).removeprefix(" "))
        else:
            code = number
    return dict(found)


def printed(example: CodeExample, eval_example: EvalExample) -> Lines:
    """Run a block; what it printed, line by line, by the statement that printed it."""
    stream = Printed(eval_example.tmp_path)
    with contextlib.redirect_stdout(stream):  # type: ignore[type-var]
        eval_example.run(example, rewrite_assertions=False)
    last = last_lines(example.source)
    found: Lines = defaultdict(list)
    for line, text in stream.texts.items():
        lines = [each.rstrip() for each in text.removesuffix("\n").split("\n")]
        found[last.get(line, line)].extend(lines)
    return dict(found)


def check_printed(example: CodeExample, eval_example: EvalExample) -> None:
    """Run a block, and compare what it shows with what it prints.

    Raises:
        AssertionError: a line is shown that was not printed there, or printed and not shown.
    """
    now = printed(example, eval_example)
    before = shown(example.source)
    for line in sorted({*now, *before}):
        assert before.get(line, []) == now.get(line, []), (
            f"after line {line} of the block:\n"
            f"shown    {before.get(line, ['nothing'])}\n"
            f"printed  {now.get(line, ['nothing'])}"
        )
