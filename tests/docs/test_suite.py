"""The suite's own files: each function of a test file runs or is used, and no setting hides one."""

import ast
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
SOURCES = sorted(TESTS.rglob("*.py"))

# Files of tests that `make test` leaves to another target, and the reason.
WHEN_ASKED = {
    "tests/plain/every_page.py": "make plain: it runs every page twice, without the cache"
}

# Hooks that a conftest may have: they say something, and change nothing.
HARMLESS = ("pytest_terminal_summary",)

# Settings files that pytest prefers to pyproject.toml, or reads beside it.
OTHER_SETTINGS = (
    "pytest.ini",
    ".pytest.ini",
    "pytest.toml",
    ".pytest.toml",
    "tox.ini",
    "setup.cfg",
)


# What pytest reads


def test_pytest_settings_are_these_and_no_others() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["tool"]["pytest"] == {
        "ini_options": {
            "testpaths": ["tests"],
            "strict_markers": True,
            "filterwarnings": ["error"],
        }
    }


def test_no_other_file_has_settings_of_pytest() -> None:
    found = [name for name in OTHER_SETTINGS if (ROOT / name).exists()]
    found += [str(path) for name in OTHER_SETTINGS for path in TESTS.rglob(name)]
    assert found == []


def test_make_test_runs_the_whole_suite_whatever_the_shell_sets() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.partition("\ntest:")[2].partition("\n\n")[0].splitlines()[1:]
    command = "env -u PYTEST_ADDOPTS -u PYTEST_PLUGINS $(BIN)/python -m pytest --complete $(SPREAD)"
    assert recipe[-1] == "\t" + command
    assert "\nSPREAD := -n 2 --dist loadfile --no-loadscope-reorder\n" in makefile


# What the files hold


def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}


def is_fixture(function: ast.FunctionDef) -> bool:
    return any("fixture" in ast.unparse(decorator) for decorator in function.decorator_list)


def names_used(tree: ast.AST) -> Iterator[str]:
    """Every name that is read in a file, and every name imported from elsewhere."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                yield name
            case ast.Attribute(attr=name):
                yield name
            case ast.ImportFrom(names=imported):
                yield from (alias.name for alias in imported)


def top_level(tree: ast.Module) -> list[ast.FunctionDef | ast.ClassDef]:
    return [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]


def is_test(node: ast.FunctionDef | ast.ClassDef) -> bool:
    return node.name.lower().startswith("test")


def hidden(tree: ast.Module) -> Iterator[str]:
    """Functions that another one of the same name hides."""
    for name, count in Counter(node.name for node in top_level(tree)).items():
        if count > 1:
            yield f"{name} is defined {count} times: the last one hides the others"


def nested(tree: ast.Module) -> Iterator[str]:
    """Tests inside functions: they are never collected."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        for statement in function.body:
            for inner in ast.walk(statement):
                if isinstance(inner, ast.FunctionDef) and inner.name.startswith("test_"):
                    yield f"{inner.name} is defined inside {function.name}"


def switched_off(tree: ast.Module) -> Iterator[str]:
    """Assignments by which pytest leaves a file or a test out."""
    assignments = [node for node in tree.body if isinstance(node, ast.Assign)]
    targets = [ast.unparse(target) for node in assignments for target in node.targets]
    for target in targets:
        if target.startswith("collect_ignore") or target.endswith("__test__"):
            yield f"{target} leaves tests out"


def misplaced(path: Path, tree: ast.Module) -> Iterator[str]:
    """Tests, hooks and files of tests where they have no effect, or more than they should."""
    is_test_file = path.name.startswith("test_")
    if is_test_file and not any(is_test(node) for node in top_level(tree)):
        yield "a test file without a test"
    for node in top_level(tree):
        if is_test(node) and not is_test_file:
            yield f"{node.name} is a test in a file that pytest does not collect"
        is_hook = node.name.startswith("pytest_") and node.name not in HARMLESS
        if is_hook and (is_test_file or path.name == "conftest.py"):
            yield f"{node.name} may change what runs: hooks stand in completeness.py"


def unused(tree: ast.Module, used: set[str]) -> Iterator[str]:
    """Functions that neither pytest nor other code calls: a renamed test is one."""
    for node in top_level(tree):
        by_pytest = is_test(node) or node.name.startswith("pytest_")
        if isinstance(node, ast.FunctionDef):
            by_pytest = by_pytest or is_fixture(node)
        if not by_pytest and node.name not in used:
            yield f"{node.name} is neither a test nor a fixture, and nothing uses it"


def faults(path: Path, tree: ast.Module, used: set[str]) -> list[str]:
    """What in a file of the suite does not run although it looks as if it did."""
    return [
        *hidden(tree),
        *nested(tree),
        *switched_off(tree),
        *misplaced(path, tree),
        *unused(tree, used),
    ]


def test_every_function_of_the_suite_runs_or_is_used() -> None:
    parsed = trees()
    everywhere = {name for tree in parsed.values() for name in names_used(tree)}
    found = {}
    for path, tree in parsed.items():
        place = path.relative_to(ROOT).as_posix()
        if place in WHEN_ASKED:
            continue
        # a helper of a test file serves that file; one of another file serves all
        used = set(names_used(tree)) if path.name.startswith("test_") else everywhere
        found[place] = faults(path, tree, used)
    assert {place: texts for place, texts in found.items() if texts} == {}


def test_files_that_run_when_asked_are_there() -> None:
    assert [place for place in WHEN_ASKED if not (ROOT / place).exists()] == []


def test_every_file_of_the_suite_is_committed() -> None:
    """A test that only one machine has proves nothing on the others."""
    command = ["git", "ls-files", "--others", "--ignored", "--exclude-standard", "tests"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert [name for name in listed.stdout.splitlines() if name.endswith(".py")] == []


FAULTY = {
    "renamed": ("test_x.py", "def tst_two():\n    pass\n", "neither a test"),
    "hidden": ("test_x.py", "def test_a():\n    pass\n\n\ndef test_a():\n    pass\n", "2 times"),
    "nested": ("test_x.py", "def test_a():\n    def test_b():\n        pass\n", "inside test_a"),
    "empty": ("test_x.py", "X = 1\n", "without a test"),
    "switched off": ("test_x.py", "def test_a():\n    pass\n\n\ntest_a.__test__ = False\n", "out"),
    "not collected": ("more_tests.py", "def test_a():\n    pass\n", "does not collect"),
    "hook": (
        "conftest.py",
        "def pytest_collection_modifyitems(items):\n    del items[1:]\n",
        "runs",
    ),
    "ignored": ("conftest.py", 'collect_ignore = ["test_x.py"]\n', "leaves tests out"),
}


@pytest.mark.parametrize(("name", "text", "message"), FAULTY.values(), ids=FAULTY.keys())
def test_fault_in_a_file_of_the_suite_is_found(name: str, text: str, message: str) -> None:
    tree = ast.parse(text)
    found = faults(Path(name), tree, set(names_used(tree)))
    assert any(message in fault for fault in found), found


def test_test_fixture_and_helper_pass() -> None:
    text = "@pytest.fixture\ndef one():\n    return two()\n\n\ndef two():\n    return 2\n\n\n"
    tree = ast.parse(text + "def test_one(one):\n    pass\n")
    assert faults(Path("test_x.py"), tree, set(names_used(tree))) == []
