"""A pytest plugin: with `--complete`, a test that did not run makes the run fail."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

# Each reason for which a test may be skipped, and what must be true on this machine for it.
REASONS: dict[str, Callable[[], bool]] = {
    "needs a GPU": lambda: not has_gpu(),
    "no chromium on the PATH: the pages were not looked at.": lambda: not has_browser(),
    "no playwright: the pages were not looked at.": lambda: not has_playwright(),
    "needs the whole history in git": lambda: not has_whole_history(),
    "needs a user who is not root": lambda: hasattr(os, "geteuid") and os.geteuid() == 0,
}

# pytest's options that leave tests out, by the names under which it keeps them.
NARROWING = {
    "keyword": "-k",
    "markexpr": "-m",
    "deselect": "--deselect",
    "ignore": "--ignore",
    "ignore_glob": "--ignore-glob",
    "lf": "--last-failed",
    "stepwise": "--stepwise",
    "collectonly": "--collect-only",
    "setuponly": "--setup-only",
    "setupplan": "--setup-plan",
    "noconftest": "--noconftest",
    "override_ini": "--override-ini",
    "inifilename": "--config-file",
    "continue_on_collection_errors": "--continue-on-collection-errors",
}

# What a shell may set for every pytest, and nobody sees in the command.
VARIABLES = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")

# The plugin's name, under which a worker of pytest-xdist hands over what it noted.
ACCOUNT = "groundup-completeness"


def has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def has_browser() -> bool:
    names = ("chromium", "chromium-browser", "google-chrome")
    return any(shutil.which(name) for name in names)


def has_playwright() -> bool:
    return importlib.util.find_spec("playwright") is not None


def has_whole_history() -> bool:
    command = ["git", "rev-parse", "--is-shallow-repository"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == "false"


def pytest_addoption(parser: pytest.Parser) -> None:
    text = "fail if a test was left out, skipped without a known reason, or expected to fail"
    parser.addoption("--complete", action="store_true", help=text)


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("complete"):
        # a worker gets the files as arguments; the process that started it has checked the command
        if not is_worker(config):
            refuse_what_narrows(config)
        config.pluginmanager.register(Completeness(config), ACCOUNT)


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is one of those among which pytest-xdist divides the tests."""
    return hasattr(config, "workerinput")


def refuse_what_narrows(config: pytest.Config) -> None:
    """Refuse a command or an environment that leaves tests out.

    Raises:
        pytest.UsageError: names the option, the argument or the variable.
    """
    for name, option in NARROWING.items():
        if getattr(config.option, name, None):
            raise pytest.UsageError(
                f"--complete: found {option}, which leaves tests out. Remove it."
            )
    for variable in VARIABLES:
        if os.environ.get(variable):
            raise pytest.UsageError(f"--complete: {variable} is set. Unset it, or run `make test`.")
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        paths = " ".join(config.args)
        raise pytest.UsageError(f"--complete: found {paths}, expected no path: all tests run.")


def files_of_tests(config: pytest.Config) -> Iterator[Path]:
    """Every file whose name is that of a test file, whatever pytest collects."""
    for folder in config.getini("testpaths"):
        yield from sorted((config.rootpath / folder).rglob("test_*.py"))


class Completeness:
    """Notes what did not run, and fails the run for it at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.faults: list[str] = []
        self.files: set[Path] = set()
        # the process that divides the tests among workers collects none itself
        self.collects = is_worker(config) or not config.getoption("numprocesses", None)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        for item in items:
            self.faults.append(f"{item.nodeid}: deselected. Let it run, or delete it.")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.files = {item.path for item in session.items}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.check_skip(report.nodeid, report.longrepr)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # an expected failure counts as skipped where it fails, as passed where it does not
        if hasattr(report, "wasxfail"):
            self.faults.append(f"{report.nodeid}: expected to fail. Fix it, or delete it.")
        elif report.skipped:
            self.check_skip(report.nodeid, report.longrepr)

    def check_skip(self, name: str, longrepr: object) -> None:
        """Note a skip whose reason is not known, or not true here."""
        reason = str(longrepr)
        if isinstance(longrepr, tuple):
            reason = str(longrepr[2]).removeprefix("Skipped: ")
        if reason not in REASONS:
            known = "; ".join(REASONS)
            self.faults.append(f"{name}: skipped ({reason}). Reasons that count: {known}")
        elif not REASONS[reason]():
            self.faults.append(f"{name}: skipped ({reason}), but this is not so on this machine.")

    def check_files(self) -> None:
        """Note each file of tests of which no test was collected."""
        for path in files_of_tests(self.config):
            if path not in self.files:
                place = path.relative_to(self.config.rootpath).as_posix()
                self.faults.append(f"{place}: no test of this file was collected.")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take over what a worker of pytest-xdist noted; one that crashed has failed the run."""
        output = getattr(node, "workeroutput", {})
        self.faults += output.get(ACCOUNT, [f"{node.gateway.id}: ended without its account."])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.collects:
            self.check_files()
        if is_worker(self.config):
            self.config.workeroutput[ACCOUNT] = self.faults
        elif self.faults and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.faults:
            return
        terminalreporter.section("the suite is not complete", red=True)
        # two workers collect the same files and note the same faults
        for fault in dict.fromkeys(self.faults):
            terminalreporter.write_line(fault)
