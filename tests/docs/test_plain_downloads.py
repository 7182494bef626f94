"""What a reader takes along is plain: no file of a page needs MkDocs, or the site, to be read."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from code_blocks import prose
from markdown_it import MarkdownIt
from markdown_it.token import Token

from regen.config import load_config
from regen.script.reading import find_scripts
from regen.site.exercises import notebook_names

ROOT = Path(__file__).parents[2]
PAGES = [path.stem for path in find_scripts(load_config(ROOT))]
KINDS = ("py", "ipynb", "md")
each_page = pytest.mark.parametrize("page", PAGES)
each_kind = pytest.mark.parametrize("kind", KINDS)

PARSER = MarkdownIt("commonmark").enable("table")
FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$\n]+(?:\n[^$\n]+)?\$", re.S)
# What only MkDocs understands, in text that is no code.
OF_MKDOCS = re.compile(
    r"""^\s*(?:\?\?\?\+?|!!!|===[!+]?)\s # a box or a tab
    | \[\[ | \]\] # a value or a claim
    | \{:?\s*[.#][\w-] # a class or an identifier
    | \]\[ # a cross-reference
    | <\w[^>]*\smarkdown[\s=>] # Markdown within HTML
    | ^\s*\*\[[^\]]+\]: # an abbreviation
    | <!--\s*(?:template|source): | \bREPOSITORY\b # what a build fills in
    """,
    re.M | re.X,
)


def texts(file: Path) -> list[str]:
    """What of a file is Markdown."""
    if file.suffix == ".py":
        before_cells, _, _ = file.read_text(encoding="utf-8").partition("\n# %%")
        intro = "\n".join(line[2:] for line in before_cells.splitlines())
        return [intro, *prose(file)]
    if file.suffix == ".ipynb":
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    return [file.read_text(encoding="utf-8")]


def tokens(text: str) -> Iterator[Token]:
    """All tokens of a text, those within a line too."""
    for token in PARSER.parse(text):
        yield token
        yield from token.children or ()


def faults(text: str, folder: Path) -> list[str]:
    """What of a text is not plain, and the links that lead nowhere."""
    found = []
    for token in tokens(FORMULA.sub("x", text)):
        if token.type == "fence" and not re.fullmatch(r"[\w+-]*", token.info):
            found.append(f"options of a fence: {token.info}")
        if token.type in ("text", "html_block", "html_inline"):
            found += [token.content for _ in OF_MKDOCS.findall(token.content)]
        for name in ("href", "src"):
            address = str(token.attrs.get(name, ""))
            if address and not leads_somewhere(address, folder):
                found.append(f"a link: {address}")
    return found


def leads_somewhere(address: str, folder: Path) -> bool:
    """Whether an address is a whole one, or that of a file in the same folder."""
    return bool(re.match("https?://|data:", address)) or (folder / unquote(address)).is_file()


@each_page
@each_kind
def test_download_is_plain(built_site: Path, page: str, kind: str) -> None:
    file = built_site / f"tutorials/{page}/{page}.{kind}"
    read = texts(file)
    assert len(read) > 1 or kind == "md"
    found = []
    for text in read:
        found += faults(text, file.parent)
    assert found == []


@each_page
def test_exercises_are_plain(built_site: Path, page: str) -> None:
    folder = built_site / f"tutorials/{page}"
    found = []
    for name in notebook_names(page):
        file = folder / name
        if file.is_file():  # `test_exercises.py` has the pages that must have one
            for text in texts(file):
                found += faults(text, folder)
    assert found == []


@each_page
def test_folded_answers_stay_folded(built_site: Path, page: str) -> None:
    """Each `<details>` is closed, and as many are there as the page folds."""
    (script,) = [path for path in find_scripts(load_config(ROOT)) if path.stem == page]
    folds = sum(len(re.findall(r"^\s*\?\?\? ", text, re.M)) for text in prose(script))
    for kind in ("ipynb", "md"):
        file = built_site / f"tutorials/{page}/{page}.{kind}"
        read = "\n".join(texts(file))
        assert "<details open" not in read
        assert read.count("<details>\n<summary>") >= folds


NOT_PLAIN = {
    "a box": '!!! note "Look"\n    Text.',
    "a fold": '??? question "Why?"\n    Text.',
    "a tab": '=== "One"\n    Text.',
    "a value": "It is [[a:.2f]].",
    "a class": "[Start](https://a.site){ .md-button }",
    "a cross-reference": "See [fit][groundup.train.fit].",
    "a definition": '<div class="facts" markdown>\n\nText.\n\n</div>',
    "a fence": "``` { .python .cell }\nx = 1\n```",
    "a link to a script": "[The next](other.py)",
    "a link to a heading": "[Above](#training)",
    "a picture": "![A line.](figure-9-9.svg)",
    "a template": "<!-- template: install.md.jinja -->",
    "a file": "<!-- source: docs/js/network.js -->",
    "a placeholder": "    git clone REPOSITORY\n\nwith REPOSITORY for the address",
}


@pytest.mark.parametrize("text", NOT_PLAIN.values(), ids=NOT_PLAIN.keys())
def test_what_is_not_plain_is_noticed(text: str, tmp_path: Path) -> None:
    assert faults(text, tmp_path)


@pytest.mark.parametrize(
    "text",
    ["Is `[[0.8]]` a table?", "$a_{[[i]]}$ and $x][y$", "```python\nx = [[1]]\n```", "<br>"],
)
def test_code_and_formulas_are_left_alone(text: str, tmp_path: Path) -> None:
    assert faults(text, tmp_path) == []
