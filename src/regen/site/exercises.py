"""The exercises of a page as two notebooks: one with blanks, one with their solutions."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from regen.config import Config
from regen.script.exercises import ExerciseCell, Exercises, exercise_texts
from regen.script.reading import Script
from regen.site.boxes import plain_fences, unbox
from regen.site.downloads import SiteInfo, first_cells, imports, write_notebook

__all__ = ["exercise_notebooks", "notebook_names"]


def notebook_names(page: str) -> tuple[str, str]:
    """The files of a page's exercises: with blanks, and with solutions."""
    return f"{page}-exercises.ipynb", f"{page}-solutions.ipynb"


def exercise_notebooks(
    script: Script,
    exercises: Exercises,
    prose: dict[int, str],
    config: Config,
    site: SiteInfo,
) -> dict[str, str]:
    """The notebooks of a page's exercises, by name.

    Args:
        script: the page.
        exercises: of the page.
        prose: the page's prose cells with their values written out, by line.
        config: the site's settings.
        site: what the notebooks say of the site.
    """
    texts = exercise_texts(prose.values())
    sources = [cell.solved() for cell in exercises.cells]
    needed = imports(sources)
    written = {}
    kinds = ("exercises", "solutions")
    for name, kind in zip(notebook_names(script.name), kinds, strict=True):
        found = first_cells(script, needed, kind, config, site)
        found += _code(exercises.of(0), kind)
        for number in exercises.numbers:
            found.append(new_markdown_cell(plain_fences(unbox(texts[number], folded=True))))
            found += _code(exercises.of(number), kind)
        written[name] = write_notebook(found)
    return written


def _code(cells: list[ExerciseCell], kind: str) -> list[nbformat.NotebookNode]:
    """Code cells, with blanks or with solutions."""
    if kind == "solutions":
        return [new_code_cell(cell.solved()) for cell in cells]
    return [new_code_cell(cell.open()) for cell in cells]
