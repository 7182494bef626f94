"""The exercises as the site offers them: a blank says what to do, a wrong answer is noticed, the
solution passes.

The cells of the built notebooks run in one namespace for each page, in the order in which a reader
might run them: an exercise with its blanks, then with each wrong answer, then with its solution.
"""

import json
import linecache
import re
from pathlib import Path
from typing import Any

import pytest

from regen.config import load_config
from regen.script.exercises import Exercises, exercises_path, read_exercises
from regen.script.reading import find_scripts, read_script
from regen.site.exercises import notebook_names

ROOT = Path(__file__).parents[2]
CONFIG = load_config(ROOT)
SCRIPTS = {path.stem: read_script(path) for path in find_scripts(CONFIG)}
FILES = {name: exercises_path(script, CONFIG) for name, script in SCRIPTS.items()}
PAGES = [name for name, file in FILES.items() if file is not None]
FEW_WORDS = 4  # a message of fewer helps nobody
COLUMN = 76
each_page = pytest.mark.parametrize("page", PAGES)


def exercises_of(page: str) -> Exercises:
    exercises = read_exercises(SCRIPTS[page], CONFIG)
    assert exercises is not None
    return exercises


def code_cells(site: Path, page: str, name: str) -> list[str]:
    """The code cells of a built notebook."""
    notebook = json.loads((site / f"tutorials/{page}/{name}").read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def run(cells: list[str], namespace: dict[str, Any]) -> BaseException | None:
    """Run cells as a notebook does, until one raises."""
    for number, source in enumerate(cells):
        # some libraries look for the source of what they are given
        name = f"<cell {number} {hash(source)}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        try:
            exec(compile(source, name, "exec"), namespace)
        except Exception as error:
            return error
    return None


def test_each_page_with_exercises_has_notebooks() -> None:
    with_heading = [
        name
        for name, script in SCRIPTS.items()
        if any(re.search(r"^## Exercises$", cell.source, re.M) for cell in script.cells)
    ]
    assert with_heading == PAGES
    for page in PAGES:
        assert len(exercises_of(page).numbers) in (2, 3), page


def test_no_file_is_left_over() -> None:
    found = sorted(path.stem for path in (ROOT / CONFIG.exercises).iterdir() if path.is_file())
    assert found == sorted(PAGES)


@each_page
def test_exercises(page: str, built_site: Path, no_traces: None, unchecked_types: None) -> None:
    exercises = exercises_of(page)
    blank_name, solution_name = notebook_names(page)
    blanks = code_cells(built_site, page, blank_name)
    solutions = code_cells(built_site, page, solution_name)
    assert len(blanks) == len(solutions) == len(exercises.cells)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for number in [0, *exercises.numbers]:
        places = [i for i, cell in enumerate(exercises.cells) if cell.exercise == number]
        where = f"{page}, exercise {number}"
        if number:
            error = run([blanks[i] for i in places], namespace)
            assert isinstance(error, NotImplementedError | AssertionError), (where, error)
            assert len(str(error).split()) >= FEW_WORDS, (where, error)
        for i in places:
            for answer in exercises.cells[i].answered_wrongly():
                cells = [solutions[j] if j != i else answer for j in places]
                error = run(cells, namespace)
                assert isinstance(error, AssertionError), (where, answer, error)
                assert len(str(error).split()) >= FEW_WORDS, (where, answer, error)
        error = run([solutions[i] for i in places], namespace)
        assert error is None, (where, error)


@each_page
def test_each_exercise_has_a_wrong_answer(page: str) -> None:
    """Else nothing shows that its check can fail for more than an open blank."""
    exercises = exercises_of(page)
    for number in exercises.numbers:
        blanks = [blank for cell in exercises.of(number) for blank in cell.blanks]
        assert any(blank.wrong or blank.given for blank in blanks), f"{page}, exercise {number}"


@each_page
def test_code_fits_the_column(page: str) -> None:
    written = [text for cell in exercises_of(page).cells for text in (cell.open(), cell.solved())]
    wide = [line for text in written for line in text.splitlines() if len(line) > COLUMN]
    assert wide == []
