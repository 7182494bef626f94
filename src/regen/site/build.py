"""One build of the site: its pages, what their runs gave, and what is wrong with each."""

import contextlib
import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from regen.config import Config
from regen.errors import RegenError
from regen.execution.cache import Cache
from regen.execution.results import Run
from regen.execution.runner import run_pages
from regen.prose.resolver import Resolver
from regen.records.compare import Difference, compare
from regen.records.record import Record, read_record
from regen.script.reading import Script, read_scripts

__all__ = ["Build"]

FAILED = "Not available, for its page failed"
NOT_RUN = "Not available, for its page was not run by this build"


@dataclass
class Build:
    """What a build knows.

    Pages go by their place in the site, such as `tutorials/p.py`, runs by a page's name.
    """

    config: Config
    log: logging.LoggerAdapter  # type: ignore[type-arg]
    scripts: dict[str, Script] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    """Why a page failed."""
    not_run: list[str] = field(default_factory=list)
    """Pages that were not to be executed."""
    runs: dict[str, Run] = field(default_factory=dict)
    earlier: dict[str, Run] = field(default_factory=dict)
    """Of pages that fail now: their last run, while a server goes on."""
    differences: dict[str, list[Difference]] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)

    def read(self, uris: Mapping[Path, str]) -> None:
        """Read the scripts; one that cannot be read fails alone."""
        scripts, failures = read_scripts(uris, self.config)
        self.scripts = {uris[path]: script for path, script in scripts.items()}
        for path, failure in failures.items():
            with self.guard(uris[path]):
                raise failure

    def run(self, skip: Collection[str]) -> None:
        """Run what is stale, and compare all with the records.

        Args:
            skip: patterns of pages that are not to be executed: what is kept of them is shown.

        Raises:
            RegenError: a setting names what does not exist.
        """
        skipped = [uri for uri, script in self.scripts.items() if _matches(script.path, skip)]
        executed = [script for uri, script in self.scripts.items() if uri not in skipped]
        results = run_pages(executed, self.config)
        cache = Cache(self.config)
        for uri, script in self.scripts.items():
            result: Run | RegenError | None
            if uri in skipped:
                self.not_run.append(uri)
                result, _ = cache.lookup(script)
            else:
                result = results[script.name]
            with self.guard(uri):
                self._take(script, result)
            for difference in self.differences.get(script.name, []):
                self.log.error(str(difference))

    def _take(self, script: Script, result: Run | RegenError | None) -> None:
        """Compare a page's result with its record."""
        if isinstance(result, RegenError):
            raise result
        if result is None:
            return
        self.runs[script.name] = result
        record = read_record(script.name, self.config)
        if record is not None:
            self.records[script.name] = record
        self.runs[script.name] = _with_spread(result, record)
        self.differences[script.name] = compare(script, result, record)

    def resolver(self, page: str = "") -> Resolver:
        """What references on a page stand for; an article has no name."""
        runs = {**self.earlier, **self.runs}
        scripts = {script.name: script for script in self.scripts.values()}
        missing: dict[str, str] = {}
        for uri in self.problems:
            # an article has no values that anybody could miss
            if uri.endswith(".py"):
                missing[PurePath(uri).stem] = FAILED
        for uri in self.not_run:
            missing[PurePath(uri).stem] = NOT_RUN
        missing = {name: reason for name, reason in missing.items() if name not in runs}
        return Resolver(runs, scripts, page, missing)

    def remember(self, last_good: Mapping[str, Run]) -> None:
        """Take the last run of each page that fails now, for the pages that quote it."""
        cache = Cache(self.config)
        for uri in self.problems:
            name = PurePath(uri).stem
            if name in self.runs:
                continue
            run = last_good.get(name) or cache.latest(name)
            if run is None:
                continue
            with contextlib.suppress(RegenError):
                self.earlier[name] = _with_spread(run, read_record(name, self.config))

    def verdict(self, *, in_ci: bool) -> str:
        """Why this build is red; empty if it is not."""
        differ = [
            uri
            for uri, script in self.scripts.items()
            if self.differences.get(script.name) and uri not in self.problems
        ]
        reasons = {"Failed": list(self.problems), "Not as documented": differ}
        if in_ci:
            unproven = "Not run, as `execute` or `execute_ignore` asks, which proves nothing in CI"
            reasons[unproven] = self.not_run
        red = [f"{reason}: {', '.join(uris)}." for reason, uris in reasons.items() if uris]
        return " ".join(red)

    @contextlib.contextmanager
    def guard(self, uri: str) -> Iterator[None]:
        """What fails in here fails this page only, and is shown on it."""
        try:
            yield
        except RegenError as error:
            self.fail(uri, str(error))

    def fail(self, uri: str, message: str) -> None:
        """Log why a page failed; the first reason is shown on it."""
        self.log.error(message)
        self.problems.setdefault(uri, message)


def _with_spread(run: Run, record: Record | None) -> Run:
    """A run with the values that its record holds over all seeds."""
    cells = record.cells if record else []
    spread = {}
    for cell in cells:
        for name, seeds in cell.spread.items():
            # a record also has the spread of printed words, and of figures
            if name in cell.values:
                spread[name] = seeds
    return replace(run, spread=spread)


def _matches(path: Path, patterns: Collection[str]) -> bool:
    return any(PurePath(path).match(pattern) for pattern in patterns)
