"""The source of what a page imports from the site's packages, folded below the import."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regen.script.reading import Cell
from regen.site.library import Fold, SourceFolds
from regen.site.render import page

if TYPE_CHECKING:
    from tests.conftest import Site

MODULE = '''"""About things."""

import math


def double(n):
    """Give the double
    of a number.

    Raises:
        TypeError: it is none.
    """
    return 2 * n


@staticmethod
def triple(n):
    """Give three times a number."""
    return 3 * n


class Thing:
    """A thing."""


LIMIT = 3
'''


@pytest.fixture
def folds(site: Site) -> SourceFolds:
    site.settings('source_folds = ["tiny_folded.parts"]')
    site.write("tiny_folded/__init__.py", "raise ImportError('nothing is imported')")
    site.write("tiny_folded/parts.py", MODULE)
    return SourceFolds(site.config)


def below(folds: SourceFolds, code: str) -> Fold | None:
    return folds.below(Cell("code", code, 5, 6, 1))


def test_source_is_shown_with_the_first_paragraph_of_its_docstring(folds: SourceFolds) -> None:
    fold = below(folds, "from tiny_folded.parts import double")
    code = 'def double(n):\n    """Give the double of a number."""\n    return 2 * n'
    assert fold == Fold(["double"], code)


def test_short_docstring_and_decorator_stay(folds: SourceFolds) -> None:
    fold = below(folds, "from tiny_folded.parts import Thing, triple")
    assert fold
    assert fold.names == ["Thing", "triple"]
    assert fold.code.startswith('class Thing:\n    """A thing."""\n\n\n@staticmethod\ndef triple')


def test_each_name_is_shown_once(folds: SourceFolds) -> None:
    assert below(folds, "from tiny_folded.parts import double")
    fold = below(folds, "from tiny_folded.parts import double, triple as three")
    assert fold and fold.names == ["triple"]


@pytest.mark.parametrize(
    "code",
    [
        "import tiny_folded.parts",
        "from tiny_folded import parts",
        "from tiny_folded.parts import LIMIT",
        "from json import loads",
        "x = = 1",
    ],
)
def test_nothing_else_is_shown(folds: SourceFolds, code: str) -> None:
    assert below(folds, code) is None


def test_module_that_is_not_there_shows_nothing(site: Site) -> None:
    site.settings('source_folds = ["tiny_missing.parts", "json.missing"]')
    folds = SourceFolds(site.config)
    assert below(folds, "from tiny_missing.parts import x\nfrom json.missing import y") is None


def test_edited_module_is_read_again(site: Site, folds: SourceFolds) -> None:
    assert below(folds, "from tiny_folded.parts import double")
    site.write("tiny_folded/parts.py", MODULE.replace("2 * n", "n + n"))
    fold = below(SourceFolds(site.config), "from tiny_folded.parts import double")
    assert fold and "n + n" in fold.code


def test_page_shows_it_folded_below_the_cell(site: Site, folds: SourceFolds) -> None:
    site.page("p", "from tiny_folded.parts import Thing, double\n\nx = double(1)", "y = x")
    shown = page(site.script("p"), None, site.config)
    _, _, after = shown.partition("x = double(1)\n```\n\n")
    assert after.startswith('??? library "In the library: `Thing` and `double`"\n')
    assert shown.index("class Thing") < shown.index("y = x")
