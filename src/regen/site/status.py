"""The state of all pages of a build, for an article that shows them in one table."""

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from regen.site.build import Build
from regen.site.views import RunView, day_of

__all__ = ["PageStatus", "Status", "status_of"]

Facts = dict[str, str]
"""What is known of a run, by name: device, commit, and its details."""


@dataclass(frozen=True)
class PageStatus:
    """One page: its run, and the record with which the run was compared."""

    title: str
    path: str
    """From the article to the page, as Markdown links it."""
    run: RunView | None
    """None if the page was not run, or failed."""
    failed: bool
    agrees: bool
    record_day: str
    """Empty if there is no record."""
    record_device: str

    @property
    def facts(self) -> Facts:
        """What is known of the run."""
        if self.run is None:
            return {}
        return {"device": self.run.device, "commit": self.run.commit, **dict(self.run.details)}


@dataclass(frozen=True)
class Status:
    """All pages, and what their runs have in common."""

    pages: list[PageStatus]

    @property
    def runs(self) -> list[RunView]:
        """The runs of all pages that have one."""
        return [page.run for page in self.pages if page.run is not None]

    @property
    def lines(self) -> int:
        """How many printed lines were compared."""
        return sum(run.lines for run in self.runs)

    @property
    def values(self) -> int:
        """How many named values were compared."""
        return sum(run.values for run in self.runs)

    @property
    def agree(self) -> int:
        """How many pages agree with their records."""
        return len([page for page in self.pages if page.agrees])

    @property
    def shared(self) -> Facts:
        """What holds of all runs."""
        return {name: texts[0] for name, texts in self._known.items() if len(set(texts)) == 1}

    @property
    def columns(self) -> list[str]:
        """The names of what is known of all runs, and differs."""
        return [name for name in self._known if name not in self.shared]

    @property
    def record_device(self) -> str:
        """The device of all records; empty if there is none that all share."""
        devices = {page.record_device for page in self.pages if page.record_day}
        return devices.pop() if len(devices) == 1 else ""

    @property
    def _known(self) -> dict[str, list[str]]:
        """What is known of all runs, by name: their texts."""
        all_facts = [page.facts for page in self.pages if page.run is not None]
        found = {}
        for name in all_facts[0] if all_facts else ():
            if all(name in facts for facts in all_facts):
                found[name] = [facts[name] for facts in all_facts]
        return found


def status_of(build: Build, order: Iterable[str], article: str) -> Status:
    """Look at the pages of a build.

    Args:
        build: the build, whose pages have run.
        order: the places of pages in the site, in the order in which to list them; those of the
            build that are not among them follow.
        article: the place of the article that shows the status.
    """
    uris = [uri for uri in order if uri in build.scripts]
    uris += [uri for uri in build.scripts if uri not in uris]
    return Status([_page(build, uri, article) for uri in uris])


def _page(build: Build, uri: str, article: str) -> PageStatus:
    script = build.scripts[uri]
    failed = uri in build.problems
    run = None if failed else build.runs.get(script.name)
    record = build.records.get(script.name)
    origin = record.provenance if record else {}
    return PageStatus(
        title=script.title,
        path=posixpath.relpath(uri, posixpath.dirname(article) or "."),
        run=RunView.of(run) if run else None,
        failed=failed,
        agrees=run is not None and build.differences.get(script.name) == [],
        record_day=day_of(origin.get("date", "")),
        record_device=origin.get("device", ""),
    )
