"""A tutorial and its run as a Markdown page, and as the downloads of it: script, notebook, Markdown."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import jupytext
import nbformat

from regen.compare import Difference
from regen.config import Config, RegenError
from regen.runner import Failure
from regen.store import CellRun, Output, Run
from regen.tutorial import Cell, Tutorial
from regen.values import Results, Show, as_span, fill

WORDS_PER_MINUTE = 180
MIME_SUFFIX = {"image/svg+xml": "svg", "image/png": "png"}


@dataclass(frozen=True)
class Picture:
    """A figure of a page: its name there, its text alternative, and its content (base64 for PNG)."""

    name: str
    alt: str
    output: Output

    @property
    def file(self) -> str:
        """Its file name among the downloads."""
        return f"{self.name}.{MIME_SUFFIX[self.output.kind]}"


@dataclass(frozen=True)
class Tags:
    """The cells' tags that hide something, as mkdocs-jupyter's `remove_tag_config` names them."""

    cell: frozenset[str] = frozenset({"remove_cell"})
    input: frozenset[str] = frozenset({"remove_input"})
    output: frozenset[str] = frozenset({"remove_output"})


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
        for index, output in enumerate(output for output in result.outputs if output.kind in MIME_SUFFIX):
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
    failure: Failure | None = None,
    tags: Tags | None = None,
) -> str:
    """The page as Markdown. A figure is a placeholder, `<div class="figure" data-figure="NAME"></div>`."""
    tutorial = fill_prose(tutorial, results, as_span)
    body = _body(
        tutorial, run, lambda picture: f'<div class="figure" data-figure="{picture.name}"></div>', tags or Tags()
    )
    head = _facts(tutorial, run, config)
    if failure:
        head += "\n\n" + _box("danger", "This page did not run", _fence(str(failure), "text"))
    elif run is None:
        head += "\n\n" + _box(
            "warning", "Not run", "The code on this page was not run by this build: no output is shown."
        )
    if differences:
        text = "\n\n".join(map(str, differences))
        undocumented = differences[0].what == "not documented"
        title = (
            "Not documented: this page has no record"
            if undocumented
            else "Not as documented: this run differs from the record"
        )
        head += "\n\n" + _box("danger", title, _fence(text, "text"))
    first, found, rest = body.partition("\n")
    if not first.startswith("# "):
        first, rest = f"# {tutorial.title}", body
    foot = _provenance(tutorial, run, differences) if run else ""
    return "\n\n".join(part for part in (first, head, rest, foot) if part) + "\n"


def markdown(tutorial: Tutorial, run: Run, results: Results) -> str:
    """The page as a Markdown file that stands alone, its figures beside it."""
    tutorial = fill_prose(tutorial, results)
    return _body(tutorial, run, lambda picture: f"![{picture.alt}]({picture.file})", Tags()) + "\n"


def script(tutorial: Tutorial, results: Results) -> str:
    """The page as a plain percent script, without what its headers declare."""
    notebook = nbformat.v4.new_notebook(cells=[_node(cell, None) for cell in fill_prose(tutorial, results).cells])
    notebook.metadata["jupytext"] = {"notebook_metadata_filter": "-all", "cell_metadata_filter": "-all"}
    text: str = jupytext.writes(notebook, fmt="py:percent")
    return text


def notebook(tutorial: Tutorial, run: Run, results: Results) -> str:
    """The page as an executed notebook."""
    outputs = dict(zip((cell.number for cell in tutorial.code), run.cells, strict=True))
    cells = [_node(cell, outputs.get(cell.number)) for cell in fill_prose(tutorial, results).cells]
    for index, node in enumerate(cells):
        node["id"] = f"cell-{index}"  # nbformat's own are random
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    text: str = nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}))
    return text


def inline_svg(picture: Picture) -> str:
    """A figure as an HTML element, its identifiers made unique on the page, so that it takes the page's colours."""
    label = html.escape(picture.alt, quote=True)
    if picture.output.kind == "image/png":
        inner = f'<img src="data:image/png;base64,{picture.output.content}" alt="{label}">'
        return f'<figure class="cell-figure">{inner}</figure>'
    svg = picture.output.content[picture.output.content.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(?<=\bid=")', f"{picture.name}-", svg)
    svg = re.sub(r'(?<=href="#)|(?<=url\(#)', f"{picture.name}-", svg)
    return f'<figure class="cell-figure" role="img" aria-label="{label}">{svg.strip()}</figure>'


def _body(tutorial: Tutorial, run: Run | None, show: Callable[[Picture], str], tags: Tags) -> str:
    shown = {picture.name: picture for picture in pictures(tutorial, run)} if run else {}
    parts: list[str] = []
    for cell in tutorial.cells:
        if tags.cell & set(cell.tags):
            continue
        if cell.kind == "markdown":
            parts.append(cell.source)
            continue
        blocks = [] if tags.input & set(cell.tags) else [_fence(cell.source, "python")]
        if run and not tags.output & set(cell.tags):
            blocks += _outputs(cell, run.cells[cell.number - 1], lambda name: show(shown[name]))
        text = "\n\n".join(blocks)
        parts.append(_box("success", cell.fold, text, folded=True) if cell.fold else text)
    return "\n\n".join(parts)


def _outputs(cell: Cell, result: CellRun, show: Callable[[str], str]) -> list[str]:
    blocks: list[str] = []
    text = ""
    count = 0
    for output in result.outputs:
        if output.kind in ("stdout", "stderr", "text", "error"):
            text += output.content if output.content.endswith("\n") else output.content + "\n"
            continue
        if text:
            blocks.append(_fence(text, cell.output, "output no-copy"))
            text = ""
        if output.kind == "text/html":
            lines = [line for line in output.content.replace(' class="dataframe"', "").splitlines() if line.strip()]
            table = re.sub(r"<style scoped>.*?</style>", "", "\n".join(lines), flags=re.DOTALL)
            blocks.append(f'<div class="output-table">\n{table}\n</div>')
        else:
            count += 1
            blocks.append(show(f"figure-{cell.number}-{count}"))
    return [*blocks, _fence(text, cell.output, "output no-copy")] if text else blocks


def _fence(text: str, language: str, classes: str = "cell") -> str:
    ticks = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`{3,}", text) or [""]))
    names = " ".join(f".{name}" for name in (language, *classes.split()))
    return f"{ticks} {{ {names} }}\n{text.rstrip()}\n{ticks}"


def _box(kind: str, title: str, text: str, *, folded: bool = False) -> str:
    body = "\n".join(f"    {line}" if line else "" for line in text.splitlines())
    return f'{"???" if folded else "!!!"} {kind} "{title}"\n\n{body}'


def _facts(tutorial: Tutorial, run: Run | None, config: Config) -> str:
    """What to expect of the page, between its title and its text."""
    words = len(re.findall(r"\w+", tutorial.prose)) + sum(len(cell.source.split()) for cell in tutorial.code)
    minutes = max(1, round(words / WORDS_PER_MINUTE))
    time = f"{minutes} min to read"
    if run:
        time += f"; its code ran in {float(run.provenance['seconds']):.0f} s on {run.provenance.get('device', 'this machine')}"
    facts = {
        "You will understand": tutorial.teaches,
        "Before": tutorial.before,
        "Takes": time,
        "Re-teaches": "; ".join(config.sources.get(source, source) for source in tutorial.sources),
    }
    rows = "".join(f"<dt>{name}</dt><dd>{html.escape(text)}</dd>" for name, text in facts.items() if text)
    return f'<dl class="facts">{rows}</dl>'


def _provenance(tutorial: Tutorial, run: Run, differences: list[Difference] | None) -> str:
    """Where the page's numbers come from, and its downloads."""
    origin = run.provenance
    details = [f"{name} {origin[name]}" for name in ("python", "torch", "seed", "threads") if name in origin]
    lines = sum(
        len(output.content.splitlines())
        for cell in run.cells
        for output in cell.outputs
        if output.kind in ("stdout", "text")
    )
    if differences is None:
        verdict = "They were not held against a record."
    elif differences:
        verdict = "They differ from the record, as the box at the top says."
    else:
        verdict = f"All {lines} printed lines and {len(run.values)} named values agree with the committed record."
    name = tutorial.name
    return (
        '<div class="provenance" markdown>\n\n'
        f"**Where these numbers come from.** This page's code ran on {origin['date']} at commit {origin['commit']}, "
        f"on {origin.get('device', 'an unnamed device')} ({', '.join(details)}), in {origin['seconds']} s. {verdict}\n\n"
        f"Take the page with you: [script]({name}/{name}.py), [executed notebook]({name}/{name}.ipynb), [Markdown]({name}/{name}.md.file).\n\n"
        "</div>"
    )


def _node(cell: Cell, result: CellRun | None) -> nbformat.NotebookNode:
    if cell.kind == "markdown":
        return nbformat.v4.new_markdown_cell(cell.source)
    node = nbformat.v4.new_code_cell(cell.source, execution_count=cell.number if result else None)
    for output in result.outputs if result else ():
        if output.kind in ("stdout", "stderr"):
            node.outputs.append(nbformat.v4.new_output("stream", name=output.kind, text=output.content))
        elif output.kind == "error":
            name, _, message = output.content.splitlines()[-1].partition(": ")
            node.outputs.append(
                nbformat.v4.new_output("error", ename=name, evalue=message, traceback=output.content.splitlines())
            )
        else:
            data = {"text/plain" if output.kind == "text" else output.kind: output.content}
            if output.kind in MIME_SUFFIX:
                data["text/plain"] = cell.alt
            node.outputs.append(nbformat.v4.new_output("display_data", data=data))
    return node
