"""Blocks of Markdown: fences, boxes, and what a cell printed and drew."""

import itertools
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from regen.errors import RegenError
from regen.execution.results import PICTURES, CellRun, Figure, Run
from regen.prose.filling import fill_text
from regen.prose.marks import shield
from regen.prose.resolver import Resolver
from regen.script.reading import Cell, Script

__all__ = ["Placed", "box", "fence", "outputs", "place_figures"]

TEXT = ("stdout", "stderr", "text/plain", "error")
"""Kinds of output that are shown as one block of text."""
FRAME = re.compile(r' class="dataframe"|<style scoped>.*?</style>\n?|(?m:^\s*\n)', re.DOTALL)
"""What a data frame's HTML has beside the table."""


@dataclass(frozen=True)
class Placed:
    """A figure in its place on a page: its name there, and its text alternative."""

    name: str
    alt: str
    figure: Figure

    @property
    def file(self) -> str:
        """Its name among the page's files."""
        suffix = "svg" if isinstance(self.figure.content, str) else "png"
        return f"{self.name}.{suffix}"


def place_figures(script: Script, run: Run, resolver: Resolver) -> list[Placed]:
    """All figures of a page, with the values in their text alternatives written out.

    Raises:
        RegenError: a figure has no text alternative, or one whose references stand for nothing.
    """
    found = []
    for cell, result in zip(script.code, run.cells, strict=True):
        figures = result.figures
        if not figures:
            continue
        if not cell.options.alt:
            remedy = "Add `#| alt: what is to be seen` to the cell."
            raise RegenError(f"{script.where(cell)}: a figure without a text alternative. {remedy}")
        alt = fill_text(cell.options.alt, resolver, script.where(cell))
        for index, figure in enumerate(figures, 1):
            found.append(Placed(f"figure-{cell.number}-{index}", alt, figure))
    return found


def fence(text: str, language: str, classes: str = "") -> str:
    """A block of code or text; with `classes`, in the form that MkDocs' extensions read."""
    longest = max(map(len, re.findall(r"`{3,}", text)), default=2)
    ticks = "`" * (longest + 1)
    info = language
    if classes:
        names = " ".join(f".{name}" for name in (language, *classes.split()))
        info = f" {{ {names} }}"
    return f"{ticks}{info}\n{text.rstrip()}\n{ticks}"


def box(kind: str, title: str, text: str, mark: str = "!!!") -> str:
    """A box of MkDocs, which folds where its mark is `???`."""
    return f'{mark} {kind} "{title}"\n\n{textwrap.indent(text, "    ")}'


def outputs(
    cell: Cell, result: CellRun, figures: Mapping[str, str], *, plain: bool = False
) -> Iterator[str]:
    """What a cell gave, block by block.

    Args:
        cell: the cell.
        result: what it gave.
        figures: what stands for each figure, by its name.
        plain: whether the Markdown is for any reader of Markdown, not for MkDocs.
    """
    numbers = itertools.count(1)
    for kind, group in itertools.groupby(result.shown, lambda output: _group(output[0])):
        contents = [content.rstrip("\n") for _, content in group]
        if kind == "text":
            classes = "" if plain else "output no-copy"
            yield fence("\n".join(contents), cell.options.output, classes)
        elif kind in PICTURES:
            for _ in contents:
                yield figures[f"figure-{cell.number}-{next(numbers)}"]
        elif kind == "text/html":
            table = FRAME.sub("", "\n".join(contents))
            yield table if plain else f'<div class="output-table">\n{_entities(table)}\n</div>'
        else:
            markdown = "\n\n".join(contents)
            wrapped = f'<div class="output-markdown" markdown>\n\n{shield(markdown)}\n\n</div>'
            yield markdown if plain else wrapped


def _group(kind: str) -> str:
    """The kind of block that shows a kind of output."""
    return "text" if kind in TEXT else kind


def _entities(markup: str) -> str:
    """HTML whose double brackets are no reference."""
    return markup.replace("[[", "&#91;&#91;")
