"""With `--complete`, a test that did not run makes the run of the suite fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PASSING = "def test_one():\n    pass\n"
HEAD = "import pytest\n\n\n"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite of one test that passes, under the plugin."""
    folder = tmp_path / "tests"
    folder.mkdir()
    shutil.copy(TESTS / "completeness.py", folder)
    (folder / "conftest.py").write_text('pytest_plugins = ["completeness"]\n')
    (folder / "test_first.py").write_text(PASSING)
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\ntestpaths = ["tests"]\n')
    return tmp_path


def run(suite: Path, *options: str, **environment: str) -> tuple[int, str]:
    """Exit status and output of pytest on a suite."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        command, cwd=suite, env={**inherited, **environment}, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


def test_complete_suite_passes(suite: Path) -> None:
    assert run(suite, "--complete")[0] == 0


def test_one_test_can_be_run_alone(suite: Path) -> None:
    assert run(suite, "tests/test_first.py", "-k", "one")[0] == 0


def test_skip_for_a_known_reason_passes(suite: Path) -> None:
    text = '@pytest.mark.skip(reason="known here")\ndef test_two():\n    pass\n'
    (suite / "tests/test_more.py").write_text(HEAD + PASSING + "\n\n" + text)
    with (suite / "tests/completeness.py").open("a") as plugin:
        plugin.write('\nREASONS["known here"] = lambda: True\n')
    assert run(suite, "--complete")[0] == 0


def test_skip_for_a_reason_that_is_not_true_here_fails(suite: Path) -> None:
    text = '@pytest.mark.skip(reason="known here")\ndef test_two():\n    pass\n'
    (suite / "tests/test_more.py").write_text(HEAD + PASSING + "\n\n" + text)
    with (suite / "tests/completeness.py").open("a") as plugin:
        plugin.write('\nREASONS["known here"] = lambda: False\n')
    status, output = run(suite, "--complete")
    assert status == 1
    assert "test_two: skipped (known here), but this is not so" in output


LEFT_OUT = {
    "skipped": '@pytest.mark.skip(reason="slow")\ndef test_two():\n    pass\n',
    "skipped in the test": 'def test_two():\n    pytest.skip("slow")\n',
    "file skipped": 'pytest.skip("slow", allow_module_level=True)\n',
    "package missing": 'pytest.importorskip("no_such_package")\n',
    "expected to fail": "@pytest.mark.xfail\ndef test_two():\n    assert 0\n",
    "expected to fail, and passes": "@pytest.mark.xfail\ndef test_two():\n    pass\n",
    "no cases": '@pytest.mark.parametrize("case", [])\ndef test_two(case):\n    pass\n',
    "renamed": "def tst_two():\n    pass\n",
    "switched off": "__test__ = False\n\n\ndef test_two():\n    pass\n",
}


WORKERS = {"one process": [], "two workers": ["-n", "2"]}
in_one_process_and_in_two = pytest.mark.parametrize("options", WORKERS.values(), ids=WORKERS.keys())


@in_one_process_and_in_two
def test_file_whose_test_did_not_run_is_named(suite: Path, options: list[str]) -> None:
    for number, text in enumerate(LEFT_OUT.values()):
        (suite / f"tests/test_more_{number}.py").write_text(HEAD + text)
    status, output = run(suite, "--complete", *options)
    assert status == 1, output
    _, _, named = output.partition("the suite is not complete")
    for number, name in enumerate(LEFT_OUT):
        assert f"tests/test_more_{number}.py" in named, name
    assert "tests/test_first.py" not in named


@in_one_process_and_in_two
def test_one_test_left_out_fails(suite: Path, options: list[str]) -> None:
    (suite / "tests/test_more.py").write_text(HEAD + LEFT_OUT["skipped"])
    assert run(suite, "--complete", *options)[0] == 1


@in_one_process_and_in_two
def test_suite_of_several_files_passes(suite: Path, options: list[str]) -> None:
    (suite / "tests/test_more.py").write_text(PASSING)
    assert run(suite, "--complete", *options)[0] == 0


def test_worker_that_ends_without_its_account_fails(suite: Path) -> None:
    (suite / "tests/test_more.py").write_text("import os\n\n\ndef test_two():\n    os._exit(0)\n")
    status, output = run(suite, "--complete", "-n", "2")
    assert status == 1, output


CONFTESTS = {
    "deselected": """
def pytest_collection_modifyitems(config, items):
    config.hook.pytest_deselected(items=items[1:])
    del items[1:]
""",
    "removed": "\ndef pytest_collection_modifyitems(items):\n    del items[1:]\n",
    "ignored": '\ncollect_ignore = ["test_more.py"]\n',
}


@in_one_process_and_in_two
@pytest.mark.parametrize("text", CONFTESTS.values(), ids=CONFTESTS.keys())
def test_conftest_that_leaves_a_file_out_fails(suite: Path, text: str, options: list[str]) -> None:
    (suite / "tests/test_more.py").write_text("def test_two():\n    pass\n")
    with (suite / "tests/conftest.py").open("a") as conftest:
        conftest.write(text)
    status, output = run(suite, "--complete", *options)
    assert status == 1, output
    assert "tests/test_more.py" in output


OPTIONS = [
    ["-k", "one"],
    ["-m", "not slow"],
    ["--deselect", "tests/test_first.py::test_two"],
    ["--ignore", "tests/sub"],
    ["--collect-only"],
    ["--override-ini", "python_files=test_first.py"],
    ["tests/test_first.py"],
]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_option_that_leaves_tests_out_is_refused(suite: Path, options: list[str]) -> None:
    status, output = run(suite, "--complete", *options)
    assert status == pytest.ExitCode.USAGE_ERROR, output
    assert f"--complete: found {options[0]}" in output or f"found {suite}" in output


def test_option_of_the_settings_is_refused(suite: Path) -> None:
    with (suite / "pyproject.toml").open("a") as settings:
        settings.write('addopts = "-k one"\n')
    assert run(suite, "--complete")[0] == pytest.ExitCode.USAGE_ERROR


def test_variable_of_the_shell_is_refused(suite: Path) -> None:
    status, output = run(suite, "--complete", PYTEST_ADDOPTS="-p no:doctest")
    assert status == pytest.ExitCode.USAGE_ERROR
    assert "PYTEST_ADDOPTS is set" in output


def test_plugin_that_is_switched_off_fails(suite: Path) -> None:
    assert run(suite, "--complete", "-p", "no:completeness")[0] == pytest.ExitCode.USAGE_ERROR


def test_failing_test_stays_a_failure(suite: Path) -> None:
    (suite / "tests/test_more.py").write_text("def test_two():\n    assert 0\n")
    status, output = run(suite, "--complete")
    assert status == 1
    assert "not complete" not in output
