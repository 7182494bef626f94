"""What a reader reads of each source of the project: pages, README, docstrings, settings."""

import ast
import inspect
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import markdown_it
import yaml

from regen.prose.built_page import Block, read_page
from regen.script.reading import read_script

ROOT = Path(__file__).parents[2]
ARTICLES = sorted((ROOT / "docs").rglob("*.md"))
SCRIPTS = sorted((ROOT / "tutorials").glob("[!._]*.py"))
MODULES = sorted((ROOT / "src").rglob("*.py"))
SETTINGS = [ROOT / "mkdocs.yml", ROOT / "pyproject.toml"]
README = ROOT / "README.md"
SOURCES = [*ARTICLES, *SCRIPTS, *MODULES, *SETTINGS, README]

CODE = (">>>", "```")
REFERENCE = re.compile(r"\[\[[^\[\]]+\]\]")
CLAIM = re.compile(r"\[\[[\w.]+\?\s*((?:[^\[\]]|\[\[[^\[\]]*\]\])*)\]\]")
TEX = re.compile(
    r"\$\$(.+?)\$\$|(?<![\\$\w])\$(?!\s)((?:[^$\n]|\n(?!\s*\n))+?)(?<!\s)\$(?![\w$])", re.S
)
LINK_TITLE = re.compile(r'\]\([^()\s]+\s+"([^"]*)"\)')


def name_of(source: Path) -> str:
    """A source's path below the project's folder."""
    return source.relative_to(ROOT).as_posix()


def page_of(source: Path) -> str:
    """The page that is built from an article or a script."""
    if source.suffix == ".py":
        return f"tutorials/{source.stem}/index.html"
    address = source.relative_to(ROOT / "docs").with_suffix("")
    if address.name == "index":
        return address.with_suffix(".html").as_posix()
    return f"{address.as_posix()}/index.html"


def texts(name: str, kind: str, found: Iterable[str]) -> list[Block]:
    """Blocks of plain texts."""
    return [Block(name, "", kind, " ".join(text.split())) for text in found]


def front_matter(script: Path) -> list[Block]:
    """The title of a script and the lines that its page shows below it."""
    read = read_script(script)
    return texts(name_of(script), "front matter", [read.title, read.teaches, read.before])


def docstrings(module: Path) -> list[Block]:
    """The paragraphs of a module's docstrings; examples are code."""
    found: list[str] = []
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant):
            continue
        # a string that stands alone: a docstring, or the description below a name
        if isinstance(node.value.value, str):
            paragraphs = inspect.cleandoc(node.value.value).split("\n\n")
            found += [text for text in paragraphs if not text.lstrip().startswith(CODE)]
    return texts(name_of(module), "docstring", found)


def strings(settings: object) -> Iterator[str]:
    """All keys and texts of nested settings."""
    if isinstance(settings, dict):
        for key, value in settings.items():
            yield str(key)
            yield from strings(value)
    elif isinstance(settings, list):
        for value in settings:
            yield from strings(value)
    elif isinstance(settings, str):
        yield settings


def descriptions(path: Path) -> list[Block]:
    """The names and descriptions in the settings."""
    if path.name == "mkdocs.yml":
        # values of other types are options of Python, such as functions: they hold no text
        settings = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
        shown = [settings["site_name"], settings["site_description"]]
        shown += strings(settings["nav"])
        shown += strings(settings["theme"]["palette"])
    else:
        project = tomllib.loads(path.read_text(encoding="utf-8"))
        shown = [project["project"]["description"]]
        shown += strings(project["tool"]["regen"]["sources"])
    return texts(path.name, "setting", shown)


def readme() -> list[Block]:
    """The prose of README; its first example of a page is code, as in any Markdown."""
    html = (
        markdown_it.MarkdownIt("commonmark")
        .enable("table")
        .render(README.read_text(encoding="utf-8"))
    )
    return read_page(f"<main>{html}</main>", README.name)


def prose_of(source: Path) -> str:
    """The Markdown of an article or a script."""
    if source.suffix == ".md":
        return source.read_text(encoding="utf-8")
    return "\n\n".join(cell.source for cell in read_script(source).cells if cell.kind == "markdown")


# Values in places that take plain text only: text alternatives, formulas, titles

SHOWN_FIGURE = re.compile(r"^<!-- figure: ([\w-]+) \d+ -->$", re.M)


@cache
def templates(source: Path, kind: str) -> list[re.Pattern[str]]:
    """Patterns of the plain texts of a page that quote values: the values are their groups.

    Args:
        source: the article or the script.
        kind: `formula`, `alt` or `title`. A formula may be nothing but a value, and its pattern
            fits any text, so it is for formulas only.
    """
    found: list[str] = []
    text = prose_of(source)
    if kind == "formula":
        found += ["".join(groups) for groups in TEX.findall(text)]
    elif kind == "title":
        found += LINK_TITLE.findall(text)
    elif source.suffix == ".py":
        found += alternatives(source)
    else:
        # an article shows figures of scripts, with the text alternatives that they have there
        for page in SHOWN_FIGURE.findall(text):
            found += alternatives(ROOT / "tutorials" / f"{page}.py")
    # of a claim, only its brackets and its name go
    found = [CLAIM.sub(r"\1", text) for text in found]
    return [template(text) for text in found if REFERENCE.search(text)]


def alternatives(script: Path) -> list[str]:
    """The text alternatives of a script's figures, as they are written."""
    return [cell.options.alt for cell in read_script(script).code]


def template(text: str) -> re.Pattern[str]:
    """The pattern of what a text with references becomes."""
    typed = [re.escape(part) for part in REFERENCE.split(squeezed(text))]
    return re.compile("(.+?)".join(typed))


def blanked(text: str, start: int, end: int) -> str:
    """The text with a stretch blanked, so that all positions stay."""
    return text[:start] + "\N{OBJECT REPLACEMENT CHARACTER}" * (end - start) + text[end:]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def without_plain_values(block: Block, source: Path) -> Block:
    """The block with the values blanked that stand in it as plain text."""
    stretches = [("formula", m.start, m.end) for m in block.marks if m.kind == "formula"]
    if block.kind in ("alt", "title"):
        stretches.append((block.kind, 0, len(block.text)))
    text = block.text
    for kind, start, end in stretches:
        for pattern in templates(source, kind):
            match = pattern.fullmatch(block.text, start, end)
            if match:
                for group in range(1, pattern.groups + 1):
                    text = blanked(text, *match.span(group))
    return replace(block, text=text)


def blocks_of(source: Path, pages: dict[str, list[Block]]) -> list[Block]:
    """All that a reader reads of a source."""
    if source in MODULES:
        return docstrings(source)
    if source in SETTINGS:
        return descriptions(source)
    if source == README:
        return readme()
    blocks = [without_plain_values(block, source) for block in pages[page_of(source)]]
    if source in SCRIPTS:
        blocks += front_matter(source)
    return blocks
