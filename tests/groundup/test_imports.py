"""The wall between the library and the machinery, and what an import must not bring along."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "src"


@pytest.mark.parametrize("module", ["groundup", "regen", "regen.site.plugin", "regen.cli"])
def test_import_brings_no_torch(module: str) -> None:
    code = f"import sys, {module}; print('torch' in sys.modules, 'matplotlib' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "False False\n"


def imported(path: Path) -> set[str]:
    """The top-level packages that a file imports anywhere, by statement or by name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "id", "")
            if isinstance(node.func, ast.Attribute):
                name = node.func.attr
            if name in ("import_module", "__import__"):
                package, _, _ = str(node.args[0].value).partition(".")
                found.add(package)
    return found


@pytest.mark.parametrize(
    ("package", "foreign"), [("regen", {"groundup", "torch"}), ("groundup", {"regen", "mkdocs"})]
)
def test_neither_side_imports_the_other(package: str, foreign: set[str]) -> None:
    files = sorted((SOURCES / package).rglob("*.py"))
    assert files
    for path in files:
        assert not imported(path) & foreign, path
