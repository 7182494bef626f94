"""The source of what a page imports from the site's own packages, folded below the import."""

import ast
import contextlib
import importlib.util
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from regen.config import Config
from regen.files import read_text
from regen.script.reading import Cell

__all__ = ["Fold", "SourceFolds"]

Definition = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Fold:
    """What a cell imports for the first time on its page."""

    names: list[str]
    code: str


class SourceFolds:
    """Goes through the cells of one page; each name is shown once."""

    def __init__(self, config: Config) -> None:
        """Show what the modules hold that `source_folds` in the site's settings names."""
        self._modules = config.source_folds
        self._seen: set[str] = set()

    def below(self, cell: Cell) -> Fold | None:
        """What to show below a cell; None if it imports nothing new."""
        names: list[str] = []
        sources: list[str] = []
        for module, name in _imported(cell.source, self._modules):
            full_name = f"{module}.{name}"
            source = _source_of(module, name)
            if full_name not in self._seen and source:
                names.append(name)
                sources.append(source)
            self._seen.add(full_name)
        return Fold(names, "\n\n\n".join(sources)) if names else None


def _imported(source: str, modules: Collection[str]) -> list[tuple[str, str]]:
    """The names that code imports from some modules, each with its module."""
    found: list[tuple[str, str]] = []
    with contextlib.suppress(SyntaxError):  # code that is meant to fail
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.ImportFrom) or not node.module:
                continue
            if node.module in modules:
                found += [(node.module, alias.name) for alias in node.names]
    return found


def _source_of(module: str, name: str) -> str:
    """The source of a function or a class; empty if the module defines no such thing."""
    path = module_path(module)
    if path is None:
        return ""
    state = path.stat()
    return _sources(path, state.st_mtime_ns, state.st_size).get(name, "")


def module_path(module: str) -> Path | None:
    """The file of a module, found without importing it or the packages that hold it."""
    package, *rest = module.split(".")
    with contextlib.suppress(ImportError, ValueError):
        spec = importlib.util.find_spec(package)
        for folder in (spec and spec.submodule_search_locations) or ():
            place = Path(folder, *rest)
            for path in (place.with_suffix(".py"), place / "__init__.py"):
                if path.is_file():
                    return path
    return None


@lru_cache(maxsize=100)
def _sources(path: Path, mtime_ns: int, size: int) -> dict[str, str]:
    """The functions and classes of a module as it was at this time and of this size."""
    text = read_text(path)
    lines = text.split("\n")
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, Definition):
            found[node.name] = "\n".join(_shortened(node, lines))
    return found


def _shortened(node: Definition, lines: list[str]) -> list[str]:
    """The lines of a definition, its docstring cut to the first paragraph.

    The reference has all of it.
    """
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    last = node.end_lineno or node.lineno
    shown = lines[first - 1 : last]
    docstring = node.body[0]
    summary, _, more = (ast.get_docstring(node) or "").partition("\n\n")
    if not more or len(node.body) == 1:
        return shown
    indent = " " * docstring.col_offset
    written = [f'{indent}"""{" ".join(summary.split())}"""']
    start = docstring.lineno - first
    end = (docstring.end_lineno or docstring.lineno) - first + 1
    return [*shown[:start], *written, *shown[end:]]
