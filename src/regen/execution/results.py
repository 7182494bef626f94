"""What a run of a page gives: outputs, figures, values, claims, files, and where they come from."""

import base64
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from regen.execution.terminal import resolve

__all__ = ["DRAWING", "MARKUP", "PICTURES", "CellRun", "Figure", "Run"]

DRAWING = "application/vnd.regen.drawing+json"
"""The MIME type under which the kernel says what a figure shows; see in_kernel.Drawings."""
PICTURES = ("image/svg+xml", "image/png")
MARKUP = ("text/html", "text/markdown", "text/latex")


@dataclass(frozen=True)
class Figure:
    """One figure: SVG as text or PNG as bytes, and what it shows, as plain data."""

    content: str | bytes
    drawing: dict[str, Any]


@dataclass(frozen=True)
class CellRun:
    """What one code cell gave; `outputs` in nbformat's form, `files` base64."""

    outputs: list[dict[str, Any]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    claims: dict[str, bool] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def file(self, name: str) -> bytes:
        """The content of a file that the cell hands to the site."""
        return base64.b64decode(self.files[name])

    @property
    def shown(self) -> list[tuple[str, str]]:
        """What a page shows: of each output its kind and its content.

        The kind is stdout, stderr, error, or a MIME type. Text is given as a terminal would show
        it; a PNG stays base64.
        """
        found = []
        for output in self.outputs:
            if output["output_type"] == "stream":
                found.append((output["name"], resolve(output["text"])))
            elif output["output_type"] == "error":
                found.append(("error", resolve("\n".join(output["traceback"]))))
            else:
                kind = _kind(output["data"])
                content = output["data"].get(kind, "")
                if kind == "text/plain":
                    content = resolve(content)
                found.append((kind, content))
        return found

    @property
    def text(self) -> list[str]:
        """What can be read, by line: printed lines, and the source of HTML, Markdown and LaTeX.

        A picture stands there as its kind where something that can be read follows it.
        """
        lines: list[str] = []
        pictures: list[str] = []
        for kind, content in self.shown:
            if kind in PICTURES:
                pictures.append(f"[{kind}]")
                continue
            if kind != "stderr":
                lines += pictures
                pictures = []
            if kind in MARKUP:
                lines.append(f"[{kind}]")
            if kind != "stderr":
                lines += content.splitlines()
        return lines

    @property
    def unknown(self) -> str:
        """The kind of an output that can be neither shown nor recorded; "" if there is none."""
        for output in self.outputs:
            kinds = set(output.get("data", {}))
            others = sorted(kinds - {"text/plain", DRAWING})
            if others and kinds.isdisjoint((*PICTURES, *MARKUP)):
                return others[0]
        return ""

    @cached_property
    def figures(self) -> list[Figure]:
        """The figures, each with what it shows: as the kernel said, else as its file does."""
        found = []
        for output in self.outputs:
            data = output.get("data", {})
            kind = _kind(data)
            if kind in PICTURES:
                content: str | bytes = data[kind]
                if kind == "image/png":
                    content = base64.b64decode(content)
                drawing = data.get(DRAWING)
                if drawing is None:
                    drawing = _describe(content)
                found.append(Figure(content, drawing))
        return found


def _kind(data: dict[str, Any]) -> str:
    """The kind of which a page shows an output: a picture, else markup, else plain text."""
    for kind in (*PICTURES, *MARKUP):
        if kind in data:
            return kind
    return "text/plain"


def _describe(content: str | bytes) -> dict[str, Any]:
    # only pages with such figures need these modules
    from regen import drawing

    if isinstance(content, bytes):
        return drawing.describe_png(content)
    return drawing.describe_svg(content)


@dataclass(frozen=True)
class Run:
    """One execution of a page: a result per code cell, and where it comes from."""

    page: str
    cells: list[CellRun]
    dependencies: dict[str, str] = field(default_factory=dict)
    """What the run read, by name: see fingerprint.py."""
    provenance: dict[str, str] = field(default_factory=dict)
    spread: dict[str, list[Any]] = field(default_factory=dict)
    """From the page's record: values over all seeds, by name."""

    @cached_property
    def values(self) -> dict[str, Any]:
        """All named values of the page."""
        found: dict[str, Any] = {}
        for cell in self.cells:
            found |= cell.values
        return found

    @cached_property
    def origins(self) -> dict[str, str]:
        """Of the values that are quoted or on record: where they come from."""
        found: dict[str, str] = {}
        for cell in self.cells:
            found |= cell.origins
        return found

    @property
    def device(self) -> str:
        """What it ran on."""
        return self.provenance.get("device", "an unnamed device")
