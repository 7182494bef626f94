"""The site as plain Markdown for programs that read: llms.txt, llms-full.txt, and its articles.

The form of `llms.txt` is that of llmstxt.org: title, summary, and sections of links, each with a
line about what it leads to. `llms-full.txt` holds the text of all pages.
"""

import ast
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from regen.files import read_text
from regen.prose.filling import fill
from regen.prose.resolver import Resolver
from regen.site.boxes import FENCE, plain_fences, unbox
from regen.site.downloads import Address
from regen.site.library import module_path

__all__ = ["PlainPage", "contents", "plain_article", "summary", "title_of", "whole"]

CODE = r"(?P<code>(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
ATTRIBUTES = re.compile(rf"{CODE}|[ ]?\{{:?\s*[.#][\w-][^}}\n]*\}}")
"""A class or an identifier in braces; code is met first, and stays."""
MARKDOWN_WITHIN = re.compile(rf'{CODE}|(?<=[\w"\'])\s+markdown(?:="?\w+"?)?(?=[^<>]*>)')
"""What says that there is Markdown within an HTML element."""
FRAME = re.compile(r"(?:</?div(?:\s[^<>]*)?>)+|<!--.*-->")
"""A line that arranges a page, or that the build replaces, and says nothing by itself."""
ABBREVIATION = re.compile(r"\*\[[^\]]+\]:.*")
DESCRIBED = re.compile(r":::[ ]+(?P<module>[\w.]+)")
SENTENCE = re.compile(r".+?[.?!](?=\s|$)", re.DOTALL)
LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
MARKUP = re.compile(r"[*`]|</?\w[^>]*>")
EMPTY_LINES = re.compile(r"\n{3,}(?=[^ \n])")
MISSING = "This page has failed, and has no text."


@dataclass(frozen=True)
class PlainPage:
    """A page of the navigation as plain Markdown."""

    title: str
    about: str
    """What it teaches, in a line."""
    section: str
    """Of the navigation; empty at its top."""
    path: str
    """Of its Markdown, from the root of the site."""
    text: str
    """Empty if the page failed."""


def plain_article(markdown: str, resolver: Resolver, where: str, address: Address) -> str:
    """An article with its values written out, and without what only MkDocs understands.

    Args:
        markdown: the article, without front matter, its templates filled in.
        resolver: what its references stand for.
        where: the file, for messages.
        address: from the address of a link to one that works anywhere, or None.

    Raises:
        RegenError: a reference stands for nothing.
    """
    filled = fill(markdown, resolver, where, address=address)
    plain = plain_fences(_outside_of_code(unbox(filled, folded=True), _plain_line))
    return EMPTY_LINES.sub("\n\n", plain).strip() + "\n"


def title_of(markdown: str) -> str:
    """The first heading of a text."""
    found = re.search(r"^# (.+)$", markdown, re.MULTILINE)
    return found[1].strip() if found else ""


def summary(markdown: str) -> str:
    """The first sentence below the title of a text, without markup and in one line."""
    markdown = re.split(r"^# .+$", markdown, maxsplit=1, flags=re.MULTILINE)[-1]
    for paragraph in re.split(r"\n\s*\n", markdown):
        words = MARKUP.sub("", LINK.sub(r"\1", paragraph.strip()))
        if words and not words.startswith(("#", "<", "|", ">", "$", "-")):
            found = SENTENCE.match(words)
            return " ".join((found[0] if found else words).split())
    return ""


def contents(name: str, description: str, pages: Iterable[PlainPage], base: str) -> str:
    """What llms.txt says.

    Args:
        name: of the site.
        description: of the site, in a line.
        pages: in the order of the navigation.
        base: what stands before the path of a page, such as the site's address.
    """
    sections: dict[str, list[str]] = {"": []}
    for page in pages:
        about = f": {page.about}" if page.about else ""
        line = f"- [{page.title}]({base}{page.path}){about}"
        sections.setdefault(page.section, []).append(line)
    parts = [f"# {name}"]
    if description:
        parts.append(f"> {description}")
    sections[""].append(f"- [All pages]({base}llms-full.txt): the whole site in one file")
    for section, lines in sections.items():
        parts.append(f"## {section or 'The site'}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def whole(name: str, description: str, pages: Iterable[PlainPage], base: str) -> str:
    """What llms-full.txt says: all pages, each after a line that names its own file."""
    parts = [f"# {name}"]
    if description:
        parts.append(f"> {description}")
    for page in pages:
        parts.append(f"---\n\nFrom [{page.title}]({base}{page.path}):")
        parts.append(page.text.strip() or MISSING)
    return "\n\n".join(parts) + "\n"


def _outside_of_code(markdown: str, change: Callable[[str], str]) -> str:
    """Change the lines of a text that are in no fence."""
    lines = []
    closing: re.Pattern[str] | None = None
    for line in markdown.split("\n"):
        fence = FENCE.fullmatch(line)
        if closing:
            if closing.fullmatch(line):
                closing = None
        elif fence:
            ticks = fence["ticks"]
            closing = re.compile(rf"[ >]*{ticks}{ticks[0]}*\s*")
        else:
            line = change(line)
        lines.append(line)
    return "\n".join(lines)


def _plain_line(line: str) -> str:
    described = DESCRIBED.fullmatch(line)
    if described:
        return _description(described["module"])
    if ABBREVIATION.fullmatch(line) or FRAME.fullmatch(line.strip()):
        return ""
    for unknown in (ATTRIBUTES, MARKDOWN_WITHIN):
        line = unknown.sub(lambda match: match["code"] or "", line)
    return line


def _description(module: str) -> str:
    """What mkdocstrings would write of a module, in short: each public name with its first line."""
    path = module_path(module)
    if path is None:
        return f"`{module}`"
    tree = ast.parse(read_text(path))
    lines = [f"`{module}`: {_first_line(tree)}", ""]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            signature = node.name
            if isinstance(node, ast.FunctionDef):
                signature += f"({', '.join(_parameters(node.args))})"
            lines.append(f"- `{signature}`: {_first_line(node)}")
    return "\n".join(lines).rstrip()


def _parameters(arguments: ast.arguments) -> list[str]:
    """The names of a function's parameters; a star stands before those given by name only."""
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    if arguments.vararg:
        names.append(f"*{arguments.vararg.arg}")
    elif arguments.kwonlyargs:
        names.append("*")
    names += [argument.arg for argument in arguments.kwonlyargs]
    if arguments.kwarg:
        names.append(f"**{arguments.kwarg.arg}")
    return names


def _first_line(node: ast.Module | ast.FunctionDef | ast.ClassDef) -> str:
    """The first paragraph of a docstring, in a line."""
    paragraph, _, _ = (ast.get_docstring(node) or "").partition("\n\n")
    return " ".join(paragraph.split())
