"""Many pages: the kept result of each where it is fresh, new runs side by side where it is not."""

import asyncio
import json
import math
import os
import subprocess
from collections.abc import Iterable, Mapping
from functools import partial

from regen.config import Config, check_declared
from regen.errors import RegenError
from regen.execution.cache import Cache
from regen.execution.kernel import run_page
from regen.execution.progress import Progress
from regen.execution.results import Run
from regen.script.reading import Script

__all__ = ["Result", "run_pages"]

Result = Run | RegenError


def run_pages(
    scripts: Iterable[Script], config: Config, env: Mapping[str, str] | None = None
) -> dict[str, Result]:
    """Get the results of pages, by name: the run of each, or why there is none.

    A run is kept as soon as it is done. The failure of one page stops no other.

    Args:
        scripts: the pages.
        config: the site's settings.
        env: is added to the environment, of which kernels get what the site declares.

    Raises:
        RegenError: a setting names what does not exist.
    """
    environment = {**os.environ, **(env or {})}
    check_declared(config, environment)
    cache = Cache(config, environment)
    results: dict[str, Result] = {}
    stale = []
    for script in scripts:
        run, _ = cache.lookup(script)
        if run:
            results[script.name] = run
        else:
            stale.append(script)
            # keeps the order of the pages
            results[script.name] = RegenError(f"{script.name}: not run")
    if stale:
        # longest first: no kernel waits at the end for one that began late
        stale.sort(key=lambda script: -_expected_seconds(script.name, cache))
        results |= asyncio.run(_run_all(stale, config, cache))
    return results


async def _run_all(scripts: list[Script], config: Config, cache: Cache) -> dict[str, Result]:
    turn = asyncio.Semaphore(config.jobs)
    progress = Progress(len(scripts))
    commit = _commit(config)

    async def one(script: Script) -> Result:
        async with turn:
            try:
                return await _run_one(script, config, cache, progress, commit)
            except Exception as error:
                # a full disk, a fault of regen's own: it must stop no other page
                progress.end(script.name, "FAILED")
                if isinstance(error, RegenError):
                    return error
                what = f"{type(error).__name__}: {error}"
                return RegenError(f"{script.name}: {script.path}: it cannot be run: {what}")

    tasks = {script.name: asyncio.create_task(one(script)) for script in scripts}
    under_way = set(tasks.values())
    while under_way:
        _, under_way = await asyncio.wait(under_way, timeout=0.5)
        progress.tick()
    return {name: task.result() for name, task in tasks.items()}


async def _run_one(
    script: Script, config: Config, cache: Cache, progress: Progress, commit: str
) -> Run:
    progress.at(script.name, "starting")
    report = partial(progress.at, script.name)
    run, changed = await run_page(script, config, cache.env, report)
    run.provenance["commit"] = commit
    if changed:
        progress.end(script.name, "done")
        names = ", ".join(changed)
        why = f"{names} changed while it ran, so the result is not kept"
        progress.say(f"{script.name}: {why}: it runs again next time.\n")
    else:
        cache.save(run)
        progress.end(script.name, "done")
    return run


def _expected_seconds(page: str, cache: Cache) -> float:
    """How long a page ran last, here or when it was recorded; a page that never ran comes first."""
    latest = cache.latest(page)
    provenance = latest.provenance if latest else _recorded_provenance(page, cache.config)
    try:
        return float(provenance["seconds"])
    except (KeyError, TypeError, ValueError):
        return math.inf


def _recorded_provenance(page: str, config: Config) -> dict[str, str]:
    """From a record, whatever its state: it only decides which page comes first."""
    try:
        record = json.loads(config.record_path(page).read_text(encoding="utf-8"))
        provenance = record["provenance"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return provenance if isinstance(provenance, dict) else {}


def _commit(config: Config) -> str:
    """The commit of the working tree, and whether anything differs from it."""
    command = ["git", "describe", "--always", "--abbrev=10", "--exclude=*"]
    command.append("--dirty= with local changes")
    try:
        result = subprocess.run(command, cwd=config.root, capture_output=True, text=True)
    except OSError:
        return "none"
    return result.stdout.strip() or "none"
