"""The code blocks of Markdown, as a Markdown parser sees them, and those that would escape it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import jupytext
from markdown_it import MarkdownIt
from markdown_it.token import Token

LANGUAGES = ("python", "text", "console", "bash", "yaml")

# The first line of an admonition, a folded box or a tab; what is inside it is indented by four.
BOX = re.compile(r"^(\s*)(?:!!!|\?\?\?\+?|===[!+]?) ")
FENCE = re.compile(r"\s*(`{3,}|~{3,})")


class Block(NamedTuple):
    """A code block; an indented one has neither language nor mark."""

    language: str
    mark: str
    content: str


def without_boxes(text: str) -> str:
    """Move the bodies of boxes and tabs out, to where a Markdown parser sees them."""
    lines = text.splitlines()
    fence = ""
    done: list[str] = []
    while lines:
        line = lines.pop(0)
        mark = FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        box = BOX.match(line)
        if box and not fence:
            move_out(lines, box[1])
            line = ""
        done.append(line)
    return "\n".join(done) + "\n"


def move_out(lines: list[str], indent: str) -> None:
    """Take four spaces off the lines that belong to a box whose first line has this indent."""
    inside = len(indent) + 4
    for index, line in enumerate(lines):
        if not line.strip():
            lines[index] = ""
        elif len(line) - len(line.lstrip()) < inside:
            return
        else:
            lines[index] = indent + line[inside:]


def tokens(text: str) -> list[Token]:
    return MarkdownIt().parse(without_boxes(text))


def blocks(text: str) -> list[Block]:
    """Each code block of a text."""
    found = []
    for token in tokens(text):
        if token.type in ("fence", "code_block"):
            found.append(Block(token.info.strip(), token.markup, token.content))
    return found


def code_in_html(text: str) -> list[str]:
    """The blocks of raw HTML that hold `<pre>`, `<code>`, or a fence that the site may show."""
    code = re.compile(r"<(pre|code)\b|^\s*(`{3}|~{3})", re.M)
    html = [token.content for token in tokens(text) if token.type == "html_block"]
    return [each for each in html if code.search(each) and not each.startswith("<!--")]


def article(path: Path) -> list[str]:
    """An article is Markdown as a whole."""
    return [path.read_text(encoding="utf-8")]


def docstrings(path: Path) -> list[str]:
    """The docstrings of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(tree) if isinstance(node, documented)]
    found = [ast.get_docstring(node) for node in nodes]
    return [docstring for docstring in found if docstring]


def prose(path: Path) -> list[str]:
    """The prose cells of a tutorial."""
    percent = {"extension": ".py", "format_name": "percent", "comment_magics": False}
    notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt=percent)
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def faults(text: str, *, runs: bool, listed: dict[str, str]) -> Iterator[str]:
    """What stands in a text as code that nobody would run, or as output that nothing printed.

    Args:
        text: Markdown.
        runs: whether its Python blocks are run, as those of articles are; of prose cells, none is.
        listed: by its first line, each block of plain text that holds a digit, and the reason.
    """
    for content in code_in_html(text):
        yield f"code inside raw HTML, which nothing runs; write it as a fence outside:\n{content}"
    for block in blocks(text):
        if block.mark != "```":
            yield f"not fenced by three backticks:\n{block.content}"
        elif block.language not in LANGUAGES:
            allowed = ", ".join(LANGUAGES)
            yield f"```{block.language}: allowed are {allowed}\n{block.content}"
        elif block.language == "python" and not runs:
            yield f"Python in prose, which nothing runs; make it a code cell:\n{block.content}"
        elif block.language != "python" and "#>" in block.content:
            yield f"a printed line in a block that is not run:\n{block.content}"
        elif block.language == "text" and re.search(r"\d", block.content):
            first = block.content.splitlines()[0]
            if first not in listed:
                yield (
                    "a block of text with numbers that nothing printed; let a Python block print "
                    f"them, or add its first line and a reason to TYPED:\n{block.content}"
                )
