"""A page's script and its run as Markdown: head, text, code, outputs, and the numbers' origin."""

import base64
import html
import os
import re
from collections.abc import Collection, Mapping
from typing import Any

from regen.config import Config
from regen.execution.results import Run
from regen.records.compare import Difference
from regen.script.exercises import HEADING, exercises_path
from regen.script.reading import Cell, Script
from regen.site.blocks import Placed, box, fence, outputs
from regen.site.exercises import notebook_names
from regen.site.jupyter_options import HIDING
from regen.site.library import Fold, SourceFolds
from regen.site.light_svg import Sheet
from regen.site.shown_files import show_files
from regen.site.templating import fill_template
from regen.site.views import RunView

__all__ = [
    "FAILED",
    "PLACEHOLDER",
    "TagConfig",
    "error_box",
    "hidden_parts",
    "inline_figure",
    "page",
]

FAILED = "This page failed"
"""The title of the box on a page that cannot be shown as it should be."""
TagConfig = Mapping[str, Collection[str]]
PLACEHOLDER = '<div class="figure" data-figure="{name}"></div>'


def page(
    script: Script,
    run: Run | None,
    config: Config,
    differences: list[Difference] | None = None,
    problem: str = "",
    tags: TagConfig | None = None,
    colab: str = "",
    status: str = "",
) -> str:
    """Write a page as Markdown, its references as they stand in the script.

    Args:
        script: the page's source.
        run: what it gave; None if it has not run, or failed.
        config: the site's settings.
        differences: in what the run differs from the record; None if it was not compared.
        problem: why the page failed.
        tags: further tags that hide, as mkdocs-jupyter's setting has them.
        colab: where Colab opens the page's notebook; empty if it cannot.
        status: from the page to the article that shows the runs of all pages; empty if none does.

    Returns:
        Markdown in which a figure is a placeholder: see `inline_figure`.
    """
    head = [_head(script, run, config, colab), *_boxes(run, config, differences, problem)]
    body = _body(script, run, config, tags or {})
    if run is not None:
        body = _with_exercises(body, script, config, colab)
    title, _, rest = body.partition("\n")
    if not title.startswith("# "):
        rest = f"{title}\n{rest}"
        title = f"# {script.title}"
    foot = []
    if run is not None:
        foot.append(_foot(script, run, config, differences == [], status))
    return "\n\n".join([title, *head, rest, *foot]) + "\n"


def error_box(title: str, message: str, config: Config) -> str:
    """A message in a box that cannot be overlooked."""
    text = message.replace(f"{config.root}{os.sep}", "")
    return box("danger", title, fence(text, "text", "cell"))


def hidden_parts(cell: Cell, tags: TagConfig) -> set[str]:
    """Which of `cell`, `input` and `output` a cell's tags hide."""
    hidden = set()
    for part, setting in HIDING.items():
        hiding = {f"remove_{part}", *tags.get(setting, ())}
        if hiding.intersection(cell.options.tags):
            hidden.add(part)
    return hidden


def inline_figure(placed: Placed, sheet: Sheet) -> str:
    """A figure as an HTML element.

    SVG is inline, to take the page's colors. What it shares with other figures goes to the sheet.
    """
    label = html.escape(placed.alt, quote=True)
    content = placed.figure.content
    if isinstance(content, bytes):
        data = base64.b64encode(content).decode()
        image = f'<img src="data:image/png;base64,{data}" alt="{label}">'
        return f'<figure class="cell-figure">{image}</figure>'
    svg = sheet.slim(content, placed.name)
    return f'<figure class="cell-figure" role="img" aria-label="{label}">{svg}</figure>'


def _head(script: Script, run: Run | None, config: Config, colab: str) -> str:
    """What to expect of the page, between its title and its text."""
    name = script.name
    view = RunView.of(run) if run else None
    context: dict[str, Any] = {
        "page": script,
        "sources": [config.sources.get(source, source) for source in script.sources],
        "run": view,
        "files": {
            "script": f"{name}/{name}.py",
            "notebook": f"{name}/{name}.ipynb",
            "markdown": f"{name}/{name}.md.file",
            "colab": colab,
        },
    }
    return fill_template("head.md.jinja", config, **context)


def _foot(script: Script, run: Run, config: Config, agrees: bool, status: str) -> str:
    """Where the page's numbers come from."""
    context = {"page": script, "run": RunView.of(run), "agrees": agrees, "status": status}
    return fill_template("foot.md.jinja", config, **context)


def _with_exercises(body: str, script: Script, config: Config, colab: str) -> str:
    """The page's text, which says below the heading of its exercises where they can be done."""
    if exercises_path(script, config) is None:
        return body
    blanks, solutions = notebook_names(script.name)
    files = {
        "exercises": f"{script.name}/{blanks}",
        "solutions": f"{script.name}/{solutions}",
        "colab": colab.replace(f"{script.name}.ipynb", blanks),
    }
    where = fill_template("exercises.md.jinja", config, page=script, files=files)
    return re.sub(rf"^{HEADING}$", lambda match: f"{match[0]}\n\n{where}", body, flags=re.M)


def _boxes(
    run: Run | None, config: Config, differences: list[Difference] | None, problem: str
) -> list[str]:
    """What is wrong with the page, at its top."""
    boxes = []
    if problem:
        boxes.append(error_box(FAILED, problem, config))
    elif run is None:
        text = "The code on this page was not run by this build: no output is shown."
        boxes.append(box("warning", "Not run", text))
    if differences:
        title = "Not as documented: this run differs from the record"
        if differences[0].what == "not recorded":
            title = "Not documented: no record"
        message = "\n\n".join(map(str, differences))
        boxes.append(error_box(title, message, config))
    return boxes


def _body(script: Script, run: Run | None, config: Config, tags: TagConfig) -> str:
    """All cells of the page, as far as they are shown."""
    parts: list[str] = []
    folds = SourceFolds(config)
    for cell in script.cells:
        if cell.kind == "markdown":
            parts.append(show_files(cell.source, str(script.path), config))
            continue
        hidden = hidden_parts(cell, tags)
        if "cell" in hidden:
            continue
        blocks: list[str] = []
        if "input" not in hidden:
            blocks.append(fence(cell.source, "python", "cell"))
        if run is not None and "output" not in hidden:
            result = run.cells[cell.number - 1]
            blocks += outputs(cell, result, _placeholders(cell, len(result.figures)))
        text = "\n\n".join(blocks)
        if cell.options.fold:
            text = box("success", html.escape(cell.options.fold), text, mark="???")
        parts.append(text)
        fold = folds.below(cell)
        if fold is not None and "input" not in hidden:
            parts.append(_library_box(fold))
    return "\n\n".join(parts)


def _library_box(fold: Fold) -> str:
    """What the cell above has imported from the site's own packages."""
    *others, last = [f"`{name}`" for name in fold.names]
    names = f"{', '.join(others)} and {last}" if others else last
    return box("library", f"In the library: {names}", fence(fold.code, "python"), mark="???")


def _placeholders(cell: Cell, count: int) -> dict[str, str]:
    """What stands on the page for each figure of a cell until the end of the build."""
    names = [f"figure-{cell.number}-{index}" for index in range(1, count + 1)]
    return {name: PLACEHOLDER.format(name=name) for name in names}
