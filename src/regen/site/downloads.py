"""A page as files to take along, each of which stands by itself: script, notebook, Markdown."""

import ast
import contextlib
import copy
import html
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from regen.config import Config
from regen.errors import RegenError
from regen.execution.results import DRAWING, PICTURES, Run
from regen.prose.filling import fill
from regen.prose.resolver import Resolver
from regen.script.reading import Cell, Script
from regen.site.blocks import Placed, fence, outputs, place_figures
from regen.site.boxes import plain_fences, unbox
from regen.site.shown_files import without_files
from regen.site.templating import fill_template

__all__ = [
    "Address",
    "SiteInfo",
    "WheelInfo",
    "downloads",
    "filled_prose",
    "first_cells",
    "imports",
    "no_address",
    "write_notebook",
]

RAISES = "raises-exception"
"""Jupyter knows this tag too: "Run all" goes on after such a cell."""
FOLDED = {"source_hidden": True, "outputs_hidden": True}
"""Jupyter shows such a cell as a bar, until a reader opens it."""
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
INSTALL = """\
try:
    import {package}
except ModuleNotFoundError:
    %pip install -q {url}"""
"""The first code cell of a notebook whose page imports the package that the site offers."""
Address = Callable[[str], str | None]
"""From the address of a link on a page to one that works from anywhere, or None."""


@dataclass(frozen=True)
class WheelInfo:
    """What templates may say of the wheel that the site offers."""

    package: str
    """What a reader imports."""
    name: str
    """Of the file."""
    path: str = ""
    """From the page to the file, as Markdown links it."""
    url: str = ""
    """Of the file; empty if the site has no fixed address."""


@dataclass(frozen=True)
class SiteInfo:
    """What downloads say of the site."""

    name: str = ""
    url: str = ""
    """Of the page on the site; empty if it has no fixed address."""
    wheel: WheelInfo | None = None


def no_address(href: str) -> str | None:
    """Keep a link only if its address is a whole one."""
    return href if re.match(r"[a-z][a-z0-9+.-]*:", href) else None


def filled_prose(
    script: Script, resolver: Resolver, address: Address = no_address
) -> dict[int, str]:
    """The prose cells of a page with their values written out, by the line of the cell.

    Files that the page shows whole are left out.

    Raises:
        RegenError: references stand for nothing; all of them, each with its line.
    """
    filled: dict[int, str] = {}
    problems: list[str] = []
    for cell in script.cells:
        if cell.kind != "markdown":
            continue
        try:
            text = fill(
                cell.source, resolver, str(script.path), first_line=cell.first_line, address=address
            )
            filled[cell.line] = without_files(text)
        except RegenError as error:
            problems.append(str(error))
    if problems:
        raise RegenError("\n".join(problems))
    return filled


def downloads(
    script: Script,
    run: Run,
    resolver: Resolver,
    config: Config,
    site: SiteInfo | None = None,
    address: Address = no_address,
) -> dict[str, str | bytes]:
    """The files of a page, by name: script, notebook, Markdown, figures, what its cells hand out.

    Raises:
        RegenError: a reference stands for nothing, a figure has no text alternative, or a file has
            the name of another.
    """
    prose = filled_prose(script, resolver, address)
    placed = place_figures(script, run, resolver)
    site = site or SiteInfo()
    needed = imports(cell.source for cell in script.code)
    first = first_cells(script, needed, "notebook", config, site)
    script_intro = _intro(script, needed, "script", config, site)
    markdown_intro = _intro(script, needed, "markdown", config, site)
    files: dict[str, str | bytes] = {figure.file: figure.figure.content for figure in placed}
    files[f"{script.name}.py"] = _as_script(script, prose, script_intro)
    files[f"{script.name}.ipynb"] = _as_notebook(script, run, prose, first, placed)
    files[f"{script.name}.md"] = _as_markdown(script, run, prose, markdown_intro, placed)
    for cell, result in zip(script.code, run.cells, strict=True):
        for name in result.files:
            if name in files:
                remedy = "Choose another name for it."
                what = f"file {name}: the page has a file of that name already."
                raise RegenError(f"{script.where(cell)}: {what} {remedy}")
            files[name] = result.file(name)
    return files


def first_cells(
    script: Script, needed: list[str], kind: str, config: Config, site: SiteInfo
) -> list[nbformat.NotebookNode]:
    """The first cells of a notebook: where it is from, and what installs the site's package.

    Args:
        script: the page.
        needed: the packages that the notebook imports.
        kind: of the notebook, for the template.
        config: the site's settings.
        site: what the notebook says of the site.
    """
    intro = _intro(script, needed, kind, config, site)
    found = [new_markdown_cell(intro)] if intro else []
    wheel = site.wheel
    if wheel is not None and wheel.url and wheel.package in needed:
        found.append(new_code_cell(INSTALL.format(package=wheel.package, url=wheel.url)))
    return found


def _intro(script: Script, needed: list[str], kind: str, config: Config, site: SiteInfo) -> str:
    """What a download says before its first cell."""
    wheel = site.wheel
    if wheel is not None and wheel.package not in needed:
        wheel = None
    about = {"page": script, "site": site, "imports": needed, "wheel": wheel, "kind": kind}
    return fill_template("download.md.jinja", config, **about)


def imports(sources: Iterable[str]) -> list[str]:
    """The packages that code imports, beside those of Python itself."""
    found: set[str] = set()
    for source in sources:
        with contextlib.suppress(SyntaxError):  # code that is meant to fail
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Import):
                    found.update(alias.name.partition(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found.add(node.module.partition(".")[0])
    return sorted(found - sys.stdlib_module_names)


def _as_script(script: Script, prose: dict[int, str], intro: str) -> str:
    """The page as a percent script: its code to the letter, its prose as comments."""
    parts = [_comment(intro)] if intro else []
    for cell in script.cells:
        if cell.kind == "markdown":
            text = plain_fences(unbox(prose[cell.line], folded=False))
            parts.append(f"# %% [markdown]\n{_comment(text)}")
        else:
            title = f" {cell.options.fold}" if cell.options.fold else ""
            parts.append(f"# %%{title}\n{cell.source}")
    return "\n\n".join(parts) + "\n"


def _comment(text: str) -> str:
    return "\n".join(f"# {line}".rstrip() for line in text.split("\n"))


def _as_notebook(
    script: Script,
    run: Run,
    prose: dict[int, str],
    first: list[nbformat.NotebookNode],
    placed: list[Placed],
) -> str:
    """The page as an executed notebook, after some cells of its own."""
    found = [*first]
    for cell in script.cells:
        if cell.kind == "markdown":
            text = plain_fences(unbox(prose[cell.line], folded=True))
            found.append(new_markdown_cell(text))
        else:
            found.append(_notebook_cell(cell, run, placed))
    return write_notebook(found)


def write_notebook(cells: list[nbformat.NotebookNode]) -> str:
    """Write a notebook of these cells; the same cells give the same bytes."""
    notebook = new_notebook(metadata={"kernelspec": KERNEL})
    notebook.cells += cells
    for index, node in enumerate(notebook.cells):
        node.id = f"cell-{index}"  # nbformat's own are random
    written: str = nbformat.writes(notebook)
    return written


def _notebook_cell(cell: Cell, run: Run, placed: list[Placed]) -> nbformat.NotebookNode:
    """A code cell with its outputs, in which a figure's text is its text alternative."""
    found = copy.deepcopy(run.cells[cell.number - 1].outputs)
    prefix = f"figure-{cell.number}-"
    alternatives = iter([figure.alt for figure in placed if figure.name.startswith(prefix)])
    for output in found:
        data = output.get("data", {})
        data.pop(DRAWING, None)
        if not data.keys().isdisjoint(PICTURES):
            data["text/plain"] = next(alternatives)
    nodes = nbformat.from_dict(found)
    made = new_code_cell(cell.source, execution_count=cell.number, outputs=nodes)
    if RAISES in cell.options.tags:
        made.metadata["tags"] = [RAISES]
    if cell.options.fold:
        made.metadata["jupyter"] = FOLDED
    return made


def _as_markdown(
    script: Script, run: Run, prose: dict[int, str], intro: str, placed: list[Placed]
) -> str:
    """The page as Markdown for any reader of it, its figures in files beside it."""
    images = {figure.name: f"![{_one_line(figure.alt)}]({figure.file})" for figure in placed}
    parts = [intro] if intro else []
    for cell in script.cells:
        if cell.kind == "markdown":
            parts.append(plain_fences(unbox(prose[cell.line], folded=True)))
            continue
        blocks = [fence(cell.source, "python")]
        blocks += outputs(cell, run.cells[cell.number - 1], images, plain=True)
        text = "\n\n".join(blocks)
        if cell.options.fold:
            title = html.escape(cell.options.fold)
            text = f"<details>\n<summary>{title}</summary>\n\n{text}\n\n</details>"
        parts.append(text)
    return "\n\n".join(parts) + "\n"


def _one_line(alt: str) -> str:
    """A text alternative that may stand between the brackets of an image."""
    return " ".join(alt.split()).replace("[", r"\[").replace("]", r"\]")
