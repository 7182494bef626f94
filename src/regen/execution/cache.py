"""Kept results: the run of a page counts again as long as all that it depends on is what it was."""

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from regen.config import Config
from regen.console import say
from regen.execution import fingerprint
from regen.execution.results import CellRun, Run
from regen.files import write_whole
from regen.script.reading import Script

__all__ = ["KEEP", "Cache"]

FORMAT = "regen 2"
"""Stands first in an entry; one of another format counts as absent."""
KEEP = 12
"""Entries per page; the oldest beyond these are dropped."""


class Cache:
    """The kept results, one file each under `<cache>/<page>/`. A damaged file counts as absent."""

    def __init__(self, config: Config, env: Mapping[str, str] = os.environ) -> None:
        self.config = config
        self.env = env
        self.folder = config.root / config.cache
        self.can_write = True

    def lookup(self, script: Script) -> tuple[Run | None, list[str]]:
        """The fresh run of a page and no reasons; or None, and why there is none.

        The reasons are those of the kept run from which the least has changed: those of a run with
        another seed, made later, would hide what a person has edited.
        """
        reasons: list[str] = []
        damaged: list[str] = []
        for path in self._entries(script.name):
            run = _read(path)
            if run is None:
                damaged.append(f"damaged entry {path.name}")
                continue
            now = fingerprint.current(run.dependencies, script, self.config, self.env)
            if now == run.dependencies:
                return run, []
            changes = fingerprint.changes(run.dependencies, now)
            if not reasons or len(changes) < len(reasons):
                reasons = changes
        return None, reasons or damaged or ["never run"]

    def latest(self, page: str) -> Run | None:
        """The newest kept run of a page, fresh or not."""
        for path in self._entries(page):
            run = _read(path)
            if run:
                return run
        return None

    def save(self, run: Run) -> None:
        """Keep a run. Where nothing can be written, say so once: the run counts all the same."""
        key = _sha256(json.dumps(run.dependencies, sort_keys=True))[:16]
        path = self.folder / run.page / f"{key}.json"
        payload = json.dumps(asdict(run))
        try:
            write_whole(path, f"{FORMAT} {_sha256(payload)}\n{payload}")
            for old in self._entries(run.page)[KEEP:]:
                old.unlink(missing_ok=True)
        except OSError as error:
            if self.can_write:
                what = "no result is kept, so pages run again next time"
                say(f"regen: {what}: {error}", sys.stderr)
            self.can_write = False

    def _entries(self, page: str) -> list[Path]:
        """The files of a page, the newest first."""
        dated = []
        for path in (self.folder / page).glob("*.json"):
            # another process may drop one meanwhile
            with contextlib.suppress(OSError):
                dated.append((path.stat().st_mtime_ns, path))
        return [path for _, path in sorted(dated, reverse=True)]


def _read(path: Path) -> Run | None:
    """A kept run; None where the file is not what was written."""
    try:
        head, _, payload = path.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    if head != f"{FORMAT} {_sha256(payload)}":
        return None
    found = json.loads(payload)
    found["cells"] = [CellRun(**cell) for cell in found["cells"]]
    return Run(**found)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
