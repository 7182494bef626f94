"""A tutorial and its run as a Markdown page, and as the downloads of it: script, notebook, Markdown."""

import base64
import html
import itertools
import os
import re
import textwrap
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import jupytext
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from regen.compare import Difference
from regen.config import Config, RegenError
from regen.store import PICTURES, CellRun, Run
from regen.tutorial import Cell, Tutorial
from regen.values import Results, Show, as_span, fill

# A comment stays a comment: by default jupytext takes `# ls` and `# Shape?` for commands of IPython.
PERCENT = {"extension": ".py", "format_name": "percent", "comment_magics": False}
TEXT = ("stdout", "stderr", "text/plain", "error")
FRAME = re.compile(r' class="dataframe"|<style scoped>.*?</style>\n?|(?m:^\s*\n)', re.DOTALL)  # no part of a table
TAGS = {"cell": "remove_cell_tags", "input": "remove_input_tags", "output": "remove_all_outputs_tags"}
TagConfig = Mapping[str, Collection[str]]  # mkdocs-jupyter's `remove_tag_config`


@dataclass(frozen=True)
class Picture:
    """A figure of a page: its name there, its file name among the downloads, its text alternative, and SVG or a PNG."""

    name: str
    file: str
    alt: str
    content: str | bytes


def fill_prose(tutorial: Tutorial, results: Results, show: Show | None = None) -> Tutorial:
    """The tutorial with the references in its prose and text alternatives replaced; RegenError for an unknown value."""

    def filled(cell: Cell) -> Cell:
        path = str(tutorial.path)
        if cell.kind == "markdown":
            first_line = cell.first_line or cell.line + 1
            return replace(cell, source=fill(cell.source, results, path, first_line=first_line, show=show))
        return replace(cell, alt=fill(cell.alt, results, path, first_line=cell.line))

    return replace(tutorial, cells=list(map(filled, tutorial.cells)))


def pictures(tutorial: Tutorial, run: Run) -> list[Picture]:
    """All figures of a page, whose text alternatives are filled in already; RegenError if one has none."""
    found = []
    for cell, result in zip(tutorial.code, run.cells, strict=True):
        for index, content in enumerate(result.pictures, 1):
            if not cell.alt:
                what = 'a figure without a text alternative. Add alt="what is to be seen" to the cell\'s header.'
                raise RegenError(f"{tutorial.where(cell)}: {what}")
            name, suffix = f"figure-{cell.number}-{index}", "svg" if isinstance(content, str) else "png"
            found.append(Picture(name, f"{name}.{suffix}", cell.alt, content))
    return found


def page(
    tutorial: Tutorial,
    run: Run | None,
    results: Results,
    config: Config,
    differences: list[Difference] | None = None,
    problem: str = "",
    tags: TagConfig | None = None,
) -> str:
    """The page as Markdown. A figure is a placeholder, `<div class="figure" data-figure="NAME"></div>`."""
    head = [_facts(tutorial, run, config)]
    tutorial = fill_prose(tutorial, results, as_span)
    if problem:
        head.append(error_box("This page failed", problem, config))
    elif run is None:
        head.append(_box("warning", "Not run", "The code on this page was not run by this build: no output is shown."))
    if differences:
        documented = differences[0].what != "not documented"
        title = "Not as documented: this run differs from the record" if documented else "Not documented: no record"
        head.append(error_box(title, "\n\n".join(map(str, differences)), config))

    placeholder = '<div class="figure" data-figure="{0.name}"></div>'
    title, _, rest = _body(tutorial, run, placeholder.format, tags or {}).partition("\n")
    if not title.startswith("# "):
        title, rest = f"# {tutorial.title}", f"{title}\n{rest}"
    foot = [_provenance(run, differences)] if run else []
    return "\n\n".join([title, *head, rest, *foot]) + "\n"


def downloads(tutorial: Tutorial, run: Run) -> dict[str, str | bytes]:
    """The page, its prose filled already, as files to take along: executed notebook, script, Markdown and its figures."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(metadata={"kernelspec": kernel})
    for index, cell in enumerate(tutorial.cells):
        node = new_markdown_cell(cell.source)
        if cell.kind == "code":
            outputs = nbformat.from_dict(run.cells[cell.number - 1].outputs)
            node = new_code_cell(cell.source, execution_count=cell.number, outputs=outputs)
        for output in node.get("outputs", []):
            if not output.get("data", {}).keys().isdisjoint(PICTURES):
                output.data["text/plain"] = cell.alt
        node.id = f"cell-{index}"  # nbformat's own are random
        notebook.cells.append(node)
    files: dict[str, str | bytes] = {picture.file: picture.content for picture in pictures(tutorial, run)}
    files[f"{tutorial.name}.ipynb"] = nbformat.writes(notebook)
    notebook.metadata = {"jupytext": {"notebook_metadata_filter": "-all", "cell_metadata_filter": "-all"}}
    files[f"{tutorial.name}.py"] = jupytext.writes(notebook, fmt=PERCENT)
    files[f"{tutorial.name}.md"] = _body(tutorial, run, "![{0.alt}]({0.file})".format, {}) + "\n"
    return files


def inline_figure(picture: Picture) -> str:
    """A figure as an HTML element: SVG inline, to take the page's colours, its identifiers made unique on the page."""
    label = html.escape(picture.alt, quote=True)
    if isinstance(picture.content, bytes):
        data = base64.b64encode(picture.content).decode()
        return f'<figure class="cell-figure"><img src="data:image/png;base64,{data}" alt="{label}"></figure>'
    svg = re.sub(r"^.*?(?=<svg)|<metadata>.*?</metadata>", "", picture.content, flags=re.DOTALL)
    svg = re.sub(r'(?<=\bid=")|(?<=href="#)|(?<=url\(#)', f"{picture.name}-", svg)
    return f'<figure class="cell-figure" role="img" aria-label="{label}">{svg.strip()}</figure>'


def _body(tutorial: Tutorial, run: Run | None, show: Callable[[Picture], str], tags: TagConfig) -> str:
    shown = {picture.name: show(picture) for picture in pictures(tutorial, run)} if run else {}
    parts: list[str] = []
    for cell in tutorial.cells:
        hidden = {part for part, key in TAGS.items() if {f"remove_{part}", *tags.get(key, ())} & {*cell.tags}}
        if "cell" in hidden:
            continue
        if cell.kind == "markdown":
            parts.append(cell.source)
            continue
        blocks = [] if "input" in hidden else [_fence(cell.source, "python")]
        if run and "output" not in hidden:
            blocks += _outputs(cell, run.cells[cell.number - 1], shown)
        text = "\n\n".join(blocks)
        parts.append(_box("success", html.escape(cell.fold), text, mark="???") if cell.fold else text)
    return "\n\n".join(parts)


def _outputs(cell: Cell, result: CellRun, shown: dict[str, str]) -> Iterator[str]:
    names = (f"figure-{cell.number}-{index}" for index in itertools.count(1))
    for kind, group in itertools.groupby(result.shown, lambda output: TEXT if output[0] in TEXT else output[0]):
        contents = [content.rstrip("\n") for _, content in group]
        if kind is TEXT:
            yield _fence("\n".join(contents), cell.output, "output no-copy")
        elif kind in PICTURES:
            yield from (shown[next(names)] for _ in contents)
        elif kind in ("text/markdown", "text/latex"):
            markdown = "\n\n".join(contents)
            yield f'<div class="output-markdown" markdown>\n\n{markdown}\n\n</div>'
        else:
            table = FRAME.sub("", "\n".join(contents))
            yield f'<div class="output-table">\n{table}\n</div>'


def _fence(text: str, language: str, classes: str = "cell") -> str:
    ticks = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`{3,}", text) or [""]))
    names = " ".join(f".{name}" for name in (language, *classes.split()))
    return f"{ticks} {{ {names} }}\n{text.rstrip()}\n{ticks}"


def _box(kind: str, title: str, text: str, mark: str = "!!!") -> str:
    return f'{mark} {kind} "{title}"\n\n{textwrap.indent(text, "    ")}'


def error_box(title: str, message: str, config: Config) -> str:
    """A message in a box that cannot be overlooked."""
    return _box("danger", title, _fence(message.replace(f"{config.root}{os.sep}", ""), "text"))


def _facts(tutorial: Tutorial, run: Run | None, config: Config) -> str:
    """What to expect of the page, between its title and its text."""
    facts = {
        "You will understand": tutorial.teaches,
        "Before": tutorial.before,
        "Takes": f"{tutorial.minutes} min to read",
        "Re-teaches": "; ".join(config.sources.get(source, source) for source in tutorial.sources),
    }
    if run:
        name = tutorial.name
        files = f"[script]({name}/{name}.py), [notebook]({name}/{name}.ipynb), [Markdown]({name}/{name}.md.file)"
        facts["Takes"] += f"; its code ran in {float(run.provenance['seconds']):.0f} s on {run.device}"
        facts["Take it along"] = f"each block needs those above it; the whole page as {files}"
    rows = "".join(f'<dt>{name}</dt>\n<dd markdown="span">{text}</dd>\n' for name, text in facts.items() if text)
    return f'<dl class="facts" markdown>\n{rows}</dl>'


def _provenance(run: Run, differences: list[Difference] | None) -> str:
    """Where the page's numbers come from."""
    origin = run.provenance
    in_the_sentence = ("date", "commit", "device", "seconds")
    details = ", ".join(f"{key} {told}" for key, told in origin.items() if key not in in_the_sentence)
    verdict = f"All {sum(len(cell.text) for cell in run.cells)} printed lines and {len(run.values)} named values agree with the committed record."
    if differences or differences is None:
        verdict = "They do not agree with the committed record: the box at the top says where."
    return f"""<div class="provenance" markdown>

**Where these numbers come from.** This page's code ran on {origin["date"]} at commit {origin["commit"]}, on {run.device}
({details}), in {origin["seconds"]} s. {verdict}

</div>"""
