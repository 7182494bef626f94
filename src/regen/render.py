"""A tutorial and its run as a Markdown page, and as the downloads of it: script, notebook, Markdown."""

import base64
import html
import itertools
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import jupytext
import nbformat

from regen.compare import Difference
from regen.config import Config, RegenError
from regen.record import cell_record
from regen.store import CellRun, Output, Run
from regen.tutorial import Cell, Tutorial
from regen.values import Results, Show, as_span, fill

TEXT = ("stdout", "stderr", "text", "error")
SUFFIXES = {"image/svg+xml": "svg", "image/png": "png"}
TAGS = {"cell": "remove_cell_tags", "input": "remove_input_tags", "output": "remove_all_outputs_tags"}
TagConfig = Mapping[str, Collection[str]]  # mkdocs-jupyter's `remove_tag_config`


@dataclass(frozen=True)
class Picture:
    """A figure of a page: its name there, its text alternative, and what the cell showed."""

    name: str
    alt: str
    output: Output

    @property
    def file(self) -> str:
        """Its file name among the downloads."""
        return f"{self.name}.{SUFFIXES[self.output.kind]}"

    @property
    def content(self) -> str | bytes:
        """What stands in that file."""
        return self.output.content if self.file.endswith(".svg") else base64.b64decode(self.output.content)


def fill_prose(tutorial: Tutorial, results: Results, show: Show | None = None) -> Tutorial:
    """The tutorial with all references in its prose and its text alternatives replaced.

    Raises:
        RegenError: a reference to an unknown value.
    """

    def filled(cell: Cell) -> Cell:
        path = str(tutorial.path)
        if cell.kind == "markdown":
            return replace(cell, source=fill(cell.source, results, path, first_line=cell.line + 1, show=show))
        return replace(cell, alt=fill(cell.alt, results, path, first_line=cell.line))

    return replace(tutorial, cells=tuple(map(filled, tutorial.cells)))


def pictures(tutorial: Tutorial, run: Run) -> list[Picture]:
    """All figures of a page, whose text alternatives are filled in already.

    Raises:
        RegenError: a figure without a text alternative.
    """
    found = []
    for cell, result in zip(tutorial.code, run.cells, strict=True):
        for index, output in enumerate(output for output in result.outputs if output.kind in SUFFIXES):
            if not cell.alt:
                raise RegenError(
                    f'{tutorial.where(cell)}: a figure without a text alternative. Add alt="what is to be seen" to the cell\'s header.'
                )
            found.append(Picture(f"figure-{cell.number}-{index + 1}", cell.alt, output))
    return found


def page(
    tutorial: Tutorial,
    run: Run | None,
    results: Results,
    config: Config,
    *,
    differences: list[Difference] | None = None,
    problem: str = "",
    tags: TagConfig | None = None,
) -> str:
    """The page as Markdown. A figure is a placeholder, `<div class="figure" data-figure="NAME"></div>`."""
    head = [_facts(tutorial, run, config)]
    tutorial = fill_prose(tutorial, results, as_span)
    if problem:
        head.append(_error_box("This page failed", problem, config))
    elif run is None:
        head.append(_box("warning", "Not run", "The code on this page was not run by this build: no output is shown."))
    if differences:
        documented = differences[0].what != "not documented"
        title = "Not as documented: this run differs from the record" if documented else "Not documented: no record"
        head.append(_error_box(title, "\n\n".join(map(str, differences)), config))

    def show(picture: Picture) -> str:
        return f'<div class="figure" data-figure="{picture.name}"></div>'

    title, _, rest = _body(tutorial, run, show, tags or {}).partition("\n")
    if not title.startswith("# "):
        title, rest = f"# {tutorial.title}", f"{title}\n{rest}"
    foot = [_provenance(run, differences)] if run else []
    return "\n\n".join([title, *head, rest, *foot]) + "\n"


def error_page(title: str, message: str, config: Config) -> str:
    """A page that has nothing else to show."""
    return f"# {title}\n\n{_error_box('This page failed', message, config)}\n"


def markdown(tutorial: Tutorial, run: Run) -> str:
    """The page, its prose filled, as a Markdown file that stands alone, its figures beside it."""
    return _body(tutorial, run, lambda picture: f"![{picture.alt}]({picture.file})", {}) + "\n"


def script(tutorial: Tutorial) -> str:
    """The page, its prose filled, as a plain percent script, without what its headers declare."""
    notebook = nbformat.v4.new_notebook(cells=[_node(cell, None) for cell in tutorial.cells])
    notebook.metadata["jupytext"] = {"notebook_metadata_filter": "-all", "cell_metadata_filter": "-all"}
    return jupytext.writes(notebook, fmt="py:percent")


def notebook(tutorial: Tutorial, run: Run) -> str:
    """The page, its prose filled, as an executed notebook."""
    cells = [_node(cell, run.cells[cell.number - 1] if cell.number else None) for cell in tutorial.cells]
    for index, node in enumerate(cells):
        node["id"] = f"cell-{index}"  # nbformat's own are random
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}))


def inline_figure(picture: Picture) -> str:
    """A figure as an HTML element: SVG inline, to take the page's colours, its identifiers made unique on the page."""
    label = html.escape(picture.alt, quote=True)
    content = picture.output.content
    if not picture.file.endswith(".svg"):
        return f'<figure class="cell-figure"><img src="data:image/png;base64,{content}" alt="{label}"></figure>'
    svg = re.sub(r"<metadata>.*?</metadata>", "", content[content.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r'(?<=\bid=")|(?<=href="#)|(?<=url\(#)', f"{picture.name}-", svg)
    return f'<figure class="cell-figure" role="img" aria-label="{label}">{svg.strip()}</figure>'


def _body(tutorial: Tutorial, run: Run | None, show: Callable[[Picture], str], tags: TagConfig) -> str:
    shown = {picture.name: show(picture) for picture in pictures(tutorial, run)} if run else {}
    parts: list[str] = []
    for cell in tutorial.cells:
        hidden = {
            part for part, key in TAGS.items() if not {f"remove_{part}", *tags.get(key, ())}.isdisjoint(cell.tags)
        }
        if "cell" in hidden:
            continue
        if cell.kind == "markdown":
            parts.append(cell.source)
            continue
        blocks = [] if "input" in hidden else [_fence(cell.source, "python")]
        if run and "output" not in hidden:
            blocks += _outputs(cell, run.cells[cell.number - 1], shown)
        text = "\n\n".join(blocks)
        parts.append(_box("success", html.escape(cell.fold), text, folded=True) if cell.fold else text)
    return "\n\n".join(parts)


def _outputs(cell: Cell, result: CellRun, shown: dict[str, str]) -> Iterator[str]:
    count = 0
    for kind, group in itertools.groupby(result.outputs, lambda output: TEXT if output.kind in TEXT else output.kind):
        contents = [output.content.rstrip("\n") for output in group]
        if kind is TEXT:
            yield _fence("\n".join(contents), cell.output, "output no-copy")
        elif kind in SUFFIXES:
            for _ in contents:
                count += 1
                yield shown[f"figure-{cell.number}-{count}"]
        else:
            table = re.sub(
                r' class="dataframe"|<style scoped>.*?</style>\n?|(?m:^\s*\n)', "", "\n".join(contents), flags=re.DOTALL
            )
            yield f'<div class="output-table">\n{table}\n</div>'


def _fence(text: str, language: str, classes: str = "cell") -> str:
    ticks = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`{3,}", text) or [""]))
    names = " ".join(f".{name}" for name in (language, *classes.split()))
    return f"{ticks} {{ {names} }}\n{text.rstrip()}\n{ticks}"


def _box(kind: str, title: str, text: str, *, folded: bool = False) -> str:
    body = "\n".join(f"    {line}" if line else "" for line in text.splitlines())
    return f'{"???" if folded else "!!!"} {kind} "{title}"\n\n{body}'


def _error_box(title: str, message: str, config: Config) -> str:
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
        facts["Takes"] += f"; its code ran in {float(run.provenance['seconds']):.0f} s on {_device(run)}"
        facts["Take it along"] = f"each block needs those above it; the whole page as {files}"
    rows = "".join(f"<dt>{name}</dt><dd>{text}</dd>\n" for name, text in facts.items() if text)
    return f'<dl class="facts" markdown>\n{rows}</dl>'


def _provenance(run: Run, differences: list[Difference] | None) -> str:
    """Where the page's numbers come from."""
    origin = run.provenance
    details = ", ".join(f"{key} {origin[key]}" for key in ("python", "torch", "seed", "threads") if key in origin)
    lines = sum(len(cell_record(result).text) for result in run.cells)
    verdict = f"All {lines} printed lines and {len(run.values)} named values agree with the committed record."
    if differences or differences is None:
        verdict = "They do not agree with the committed record: the box at the top says where."
    return f"""<div class="provenance" markdown>

**Where these numbers come from.** This page's code ran on {origin["date"]} at commit {origin["commit"]}, on {_device(run)}
({details}), in {origin["seconds"]} s. {verdict}

</div>"""


def _device(run: Run) -> str:
    return run.provenance.get("device", "an unnamed device")


def _node(cell: Cell, result: CellRun | None) -> nbformat.NotebookNode:
    if cell.kind == "markdown":
        return nbformat.v4.new_markdown_cell(cell.source)
    node = nbformat.v4.new_code_cell(cell.source, execution_count=cell.number if result else None)
    for output in result.outputs if result else ():
        if output.kind in ("stdout", "stderr"):
            new = nbformat.v4.new_output("stream", name=output.kind, text=output.content)
        elif output.kind == "error":
            lines = output.content.splitlines()
            name, _, message = lines[-1].partition(": ")
            new = nbformat.v4.new_output("error", ename=name, evalue=message, traceback=lines)
        else:
            data = {"text/plain": cell.alt, output.kind: output.content}
            data = {"text/plain": output.content} if output.kind == "text" else data
            new = nbformat.v4.new_output("display_data", data=data)
        node.outputs.append(new)
    return node
