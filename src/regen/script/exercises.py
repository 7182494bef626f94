"""The exercises of a page: a percent script beside the pages, with blanks, solutions and checks.

The page has the texts: paragraphs below its heading `## Exercises`, each of which begins in bold
with its number. A file of the page's name in the folder `exercises` has the code. A cell whose
title is `exercise` and a number begins an exercise; what stands above the first is set-up. A blank
is written in comments, so that the file itself is a program that runs, with all solutions in it:

    # %% exercise 1
    def double(n):
        # blank: return twice the number n.
        # solution:
        return n + n
        # wrong: return n * n
        # end

    # %%
    assert double(3) == 3 + 3, "Your result is no sum of two equal numbers."

The hint may go on in further lines. Lines `# given: ...` above `# solution:` are code that a reader
repairs; without them, the blank raises an error that says so. Each run of lines `# wrong: ...` is a
wrong answer, which the check must notice: only tests read them. `# wrong:` alone on a line divides
two of them.
"""

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from regen.config import Config
from regen.errors import LineError, RegenError
from regen.files import read_text
from regen.script import cells, plain_python
from regen.script.reading import Script

__all__ = [
    "HEADING",
    "Blank",
    "ExerciseCell",
    "Exercises",
    "exercise_texts",
    "exercises_path",
    "read_exercises",
]

HEADING = "## Exercises"
"""The heading on a page below which its exercises stand."""
BEGINS = re.compile(r"exercise (\d+)")
TEXT_BEGINS = re.compile(r"\*\*(\d+)\. ")
MARK = re.compile(r"(?P<indent> *)# (?P<kind>blank:|given:|solution:$|wrong:|end$)(?P<code>.*)")
KINDS = ("blank:", "given:", "solution:", "wrong:", "end")
"""In this order within a blank."""
WIDTH = 76
"""Of a hint in the notebook; code is as wide as it is written."""


@dataclass(frozen=True)
class Blank:
    """One place that a reader fills in. All code is without the indentation of the blank."""

    exercise: int
    indent: str
    hint: str
    given: tuple[str, ...]
    solution: tuple[str, ...]
    wrong: tuple[tuple[str, ...], ...]

    def open(self) -> list[str]:
        """The lines with which the reader begins."""
        hint = textwrap.wrap(
            f"Your code: {self.hint}",
            WIDTH - len(self.indent),
            initial_indent="# ",
            subsequent_indent="# ",
            break_on_hyphens=False,
        )
        message = f"Exercise {self.exercise}: your code goes here."
        code = self.given or (f'raise NotImplementedError("{message}")',)
        return _indented([*hint, *code], self.indent)

    def solved(self) -> list[str]:
        """The lines of the solution."""
        return _indented(self.solution, self.indent)

    def answered_wrongly(self) -> list[list[str]]:
        """The lines of each wrong answer."""
        return [_indented(lines, self.indent) for lines in self.wrong]


@dataclass(frozen=True)
class ExerciseCell:
    """One code cell: lines, and blanks among them."""

    exercise: int
    """0 for set-up."""
    line: int
    """Of the cell's marker in the file."""
    parts: tuple[str | Blank, ...]

    @property
    def blanks(self) -> list[Blank]:
        """The blanks of the cell, in order."""
        return [part for part in self.parts if isinstance(part, Blank)]

    def open(self) -> str:
        """The cell with its blanks open."""
        return self._written({blank: blank.open() for blank in self.blanks})

    def solved(self) -> str:
        """The cell with its solutions."""
        return self._written({})

    def answered_wrongly(self) -> list[str]:
        """The cell with one wrong answer among its solutions, for each wrong answer."""
        found = []
        for blank in self.blanks:
            found += [self._written({blank: lines}) for lines in blank.answered_wrongly()]
        return found

    def _written(self, instead: dict[Blank, list[str]]) -> str:
        lines: list[str] = []
        for part in self.parts:
            if isinstance(part, Blank):
                lines += instead.get(part, part.solved())
            else:
                lines.append(part)
        return "\n".join(lines)


@dataclass(frozen=True)
class Exercises:
    """The exercises of one page."""

    cells: tuple[ExerciseCell, ...]

    @property
    def numbers(self) -> list[int]:
        """The numbers of the exercises, in order."""
        return list(dict.fromkeys(cell.exercise for cell in self.cells if cell.exercise))

    def of(self, number: int) -> list[ExerciseCell]:
        """The cells of one exercise; 0 for the set-up."""
        return [cell for cell in self.cells if cell.exercise == number]


def exercises_path(script: Script, config: Config) -> Path | None:
    """The file with the exercises of a page, if there is one."""
    if not config.exercises:
        return None
    path = config.root / config.exercises / script.path.name
    return path if path.is_file() else None


def exercise_texts(prose: Iterable[str]) -> dict[int, str]:
    """The texts of the exercises of a page, by number; its folded solutions are left out.

    Args:
        prose: the page's prose cells, in order.
    """
    found: dict[int, list[str]] = {}
    is_below = False
    for cell in prose:
        current: list[str] | None = None
        for line in cell.split("\n"):
            if line.startswith("## "):
                is_below = line.strip() == HEADING
            begins = TEXT_BEGINS.match(line)
            if begins and is_below:
                current = found.setdefault(int(begins[1]), [])
            elif line.startswith(("#", "???")):
                current = None
            if current is not None:
                current.append(line)
    return {number: "\n".join(lines).strip() for number, lines in found.items()}


def read_exercises(script: Script, config: Config) -> Exercises | None:
    """Read the exercises of a page; None if there is no file of them.

    Raises:
        RegenError: something in the file is wrong, with its line, or the page has other exercises.
    """
    path = exercises_path(script, config)
    if path is None:
        return None
    try:
        text = read_text(path)
        plain_python.parse(text)
        found = Exercises(tuple(_cells(text.split("\n"))))
    except LineError as error:
        raise RegenError(f"{path}:{error.line}: {error.what}") from error
    on_page = exercise_texts(cell.source for cell in script.cells if cell.kind == "markdown")
    if found.numbers != list(on_page):
        here = ", ".join(map(str, found.numbers)) or "none"
        there = ", ".join(map(str, on_page)) or "none"
        what = f"exercises {here}; the page has, below {HEADING!r}: {there}."
        raise RegenError(f"{path}: {what} Give both the same numbers, in the same order.")
    return found


def _cells(lines: list[str]) -> Iterator[ExerciseCell]:
    """Read the cells of a file, and check that each exercise has a blank and a check."""
    exercise = 0
    first: dict[int, int] = {}
    has_blank: set[int] = set()
    has_check: set[int] = set()
    for segment in cells.cut(lines, 0):
        if not any(line.strip() for line in segment.lines):
            continue
        if segment.is_prose:
            what = "a prose cell. The texts of the exercises stand on their page."
            raise LineError(segment.line, f"{what} Write a comment into a code cell, or a hint.")
        if begins := BEGINS.fullmatch(segment.title):
            exercise = int(begins[1])
            if exercise in first:
                raise LineError(segment.line, f"exercise {exercise} begins here a second time.")
            first[exercise] = segment.line
        elif segment.title:
            what = f"{segment.title!r}: expected no title, or `exercise 1` with its number."
            raise LineError(segment.line, what)
        cell = ExerciseCell(exercise, segment.line, tuple(_parts(segment, exercise)))
        if cell.blanks:
            has_blank.add(exercise)
        if any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(cell.solved()))):
            has_check.add(exercise)
        yield cell
    for number, line in first.items():
        if number not in has_blank:
            raise LineError(line, f"exercise {number} has no blank: no line `# blank: ...`.")
        if number not in has_check:
            what = f"exercise {number} has no check: no `assert` says whether an answer is right."
            raise LineError(line, what)


def _parts(segment: cells.Segment, exercise: int) -> Iterator[str | Blank]:
    """The lines of a cell, with a blank in the place of the lines that describe it."""
    numbered = list(enumerate(segment.lines, segment.line + 1))
    while numbered and not numbered[-1][1].strip():
        numbered.pop()
    while numbered:
        number, line = numbered.pop(0)
        mark = MARK.match(line)
        if mark is None:
            yield line
            continue
        if mark["kind"] != "blank:":
            what = f"{line.strip()!r} outside of a blank, which begins with `# blank: ...`."
            raise LineError(number, what)
        if not exercise:
            raise LineError(number, "a blank above the first cell `# %% exercise 1`.")
        inside = []
        while numbered and not line.endswith("# end"):
            number_inside, line = numbered.pop(0)
            inside.append((number_inside, line))
        if not line.endswith("# end"):
            raise LineError(number, "a blank without an end. Add a line `# end`.")
        yield _blank(exercise, number, mark, inside)


def _blank(
    exercise: int, number: int, begins: re.Match[str], inside: list[tuple[int, str]]
) -> Blank:
    """Read the lines from the one below `# blank:` to `# end`."""
    indent = begins["indent"]
    hint = [_code(begins)]
    given: list[str] = []
    solution: list[str] = []
    wrong: list[list[str]] = [[]]
    kind = "blank:"
    for line_number, line in inside:
        mark = MARK.match(line)
        if mark is not None:
            _check_place(mark, kind, indent, line_number, number)
            kind = mark["kind"]
        is_comment = line.startswith(f"{indent}# ")
        if mark is None and kind == "solution:":
            solution.append(line.removeprefix(indent))
        elif mark is None and kind == "blank:" and is_comment:
            hint.append(line.strip().removeprefix("# "))
        elif mark is None:
            what = f"{line.strip()!r} belongs to no part of the blank at line {number}."
            remedy = (
                "Code stands below `# solution:`; other code begins with `# given:` or `# wrong:`."
            )
            raise LineError(line_number, f"{what} {remedy}")
        elif kind == "given:":
            given.append(_code(mark))
        elif kind == "wrong:" and _code(mark):
            wrong[-1].append(_code(mark))
        elif kind == "wrong:":
            wrong.append([])  # the next answer begins
    if not hint[0] or not solution:
        what = "a blank needs a hint, `# blank: ...`, and code below a line `# solution:`."
        raise LineError(number, what)
    answers = tuple(tuple(lines) for lines in wrong if lines)
    return Blank(exercise, indent, " ".join(hint), tuple(given), tuple(solution), answers)


def _check_place(mark: re.Match[str], kind: str, indent: str, line: int, number: int) -> None:
    """Check that a mark may stand where it does, below a line of some kind."""
    shown = f"`# {mark['kind']}`"
    if mark["indent"] != indent:
        what = f"{shown} has another indentation than its blank at line {number}."
        raise LineError(line, what)
    if KINDS.index(mark["kind"]) < KINDS.index(kind) or mark["kind"] == "blank:":
        order = "`# blank:`, `# given:`, `# solution:`, `# wrong:`, `# end`"
        what = f"{shown} below `# {kind}`: the parts of a blank stand in the order {order}."
        raise LineError(line, what)


def _code(mark: re.Match[str]) -> str:
    """What follows the colon of a mark, which may itself be indented code."""
    return mark["code"].removeprefix(" ").rstrip()


def _indented(lines: Sequence[str], indent: str) -> list[str]:
    return [f"{indent}{line}".rstrip() for line in lines]
