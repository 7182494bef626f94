"""The command line: run, status, check, record, new, claims, offline."""

import argparse
import inspect
import io
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from regen.config import Config, in_ci, load_config
from regen.console import say
from regen.errors import RegenError
from regen.execution import fingerprint
from regen.execution.cache import Cache
from regen.execution.results import Run
from regen.execution.runner import run_pages
from regen.records.compare import compare
from regen.records.record import Record, changes, make_record, orphans, read_record, write_record
from regen.records.refusals import needs_seeds, refusals
from regen.records.spread_code import code_of, stale_spread
from regen.records.tolerance import is_reason
from regen.script.reading import Script, find_scripts, read_scripts

__all__ = ["main"]

STATUS = (
    "Exit status: 0 if all is well, 1 if a page failed or differs, 2 if the call or a setting is "
    "wrong."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says.

    Returns:
        The exit status: 0 when all is well, 1 when a page failed or differs, 2 on wrong input.
    """
    # Python has none where the shell closed it
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # a letter that the terminal lacks must not end the command
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        status: int = options.function(options)
        return status
    except RegenError as error:
        say(f"regen: {error}", sys.stderr)
        return 2
    except KeyboardInterrupt:
        done = "Pages that were done are kept; the others run again next time."
        say(f"\nregen: interrupted. {done}", sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    about = "Run a site's scripts, and compare what they give with the record."
    parser = argparse.ArgumentParser("regen", description=about, epilog=STATUS)
    here = "folder of the site's pyproject.toml (default: here)"
    parser.add_argument("--root", type=Path, default=Path(), help=here)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    # what a command's docstring says is its help, the first line also in the list of all
    added = {}
    for function in (run, status, check, record, new, claims, offline):
        description = inspect.getdoc(function) or ""
        summary = description.partition("\n")[0]
        command = commands.add_parser(function.__name__, help=summary, description=description)
        command.set_defaults(function=function)
        added[function.__name__] = command
    for name in ("run", "status", "check", "record"):
        pages = "name of a page: that of its script, without .py (default: all pages)"
        added[name].add_argument("pages", nargs="*", metavar="PAGE", help=pages)

    strict = "fail also where the spread over the seeds is that of older code"
    added["check"].add_argument("--strict", action="store_true", help=strict)
    holds = "run no seeds: note in the records of the named pages why their spread still holds"
    added["record"].add_argument("--spread-holds", metavar="REASON", help=holds)
    added["new"].add_argument("name", metavar="NAME", help="name of the page, such as my_page")
    site = "folder of the built site (default: `site`, beside pyproject.toml)"
    added["claims"].add_argument("site", nargs="?", type=Path, metavar="SITE_DIR", help=site)
    added["offline"].add_argument("site", type=Path, metavar="SITE_DIR", help="the built site")
    archive = "file to write, such as dist/my_site.zip"
    added["offline"].add_argument("archive", type=Path, metavar="ARCHIVE", help=archive)
    return parser


# ------------------------------------------------------------------------------------------------
# The commands


def run(options: argparse.Namespace) -> int:
    """Run the pages whose results are not fresh.

    A result is fresh as long as all that its run depends on is the same: the page's code, the files
    and packages that it was seen to use, the data and variables that the settings name.
    """
    config, scripts, failed = _asked(options)
    runs = _runs_of(scripts, config)
    return int(failed or len(runs) < len(scripts))


def status(options: argparse.Namespace) -> int:
    """Show whether each page is fresh, or what has changed, and when it ran last.

    Nothing is run.
    """
    config, scripts, failed = _asked(options)
    cache = Cache(config)
    for script in scripts:
        fresh, reasons = cache.lookup(script)
        state = "fresh"
        if fresh is None:
            state = f"stale: {', '.join(reasons)}"
        say(f"{script.name}: {state}")
        last = fresh or cache.latest(script.name)
        if last:
            seconds = last.provenance.get("seconds", "?")
            date = last.provenance.get("date", "at an unknown time")
            say(f"    ran for {seconds} s on {last.device}, {date}")
    return int(failed)


def check(options: argparse.Namespace) -> int:
    """Compare the results of the pages with their records.

    Pages that are not fresh are run first. A record that belongs to no page is an error.
    """
    config, scripts, failed = _asked(options)
    runs = _runs_of(scripts, config)
    failed |= len(runs) < len(scripts)
    for script, result in runs.items():
        failed |= not _check_page(script, result, config, strict=options.strict)
    for path in orphans([path.stem for path in find_scripts(config)], config):
        remedy = "Delete this record, or rename it as its page is named."
        say(f"{path}: the record of no page. {remedy}")
        failed = True
    return int(failed)


def record(options: argparse.Namespace) -> int:
    """Rewrite the records of the pages, and print what changed.

    Pages that are not fresh are run first; those with tolerances `seeds` or claims also with all
    seeds of the settings. A result that no record could stand for is not recorded.
    """
    if in_ci():
        remedy = "Run it at home, and commit the records."
        raise RegenError(f"record: not in CI, where a difference must stay red. {remedy}")
    if options.spread_holds is not None:
        return _vouch_for_spread(options)
    config, scripts, failed = _asked(options)
    if os.environ.get(config.seed_env):
        what = f"{config.seed_env} is set, and a record is that of the page's own seed"
        raise RegenError(f"record: {what}. Unset it.")
    going = [script for script in scripts if _can_be_recorded(script, config)]
    runs = _runs_of(going, config)
    failed |= len(runs) < len(scripts)
    seeded = _run_seeds(list(runs), config)
    for script, result in runs.items():
        failed |= not _record_page(script, result, seeded[script], config)
    return int(failed)


def new(options: argparse.Namespace) -> int:
    """Write a script of a dozen lines, to make a page of."""
    from regen.script.new import new_page, next_steps

    config = load_config(options.root)
    path = new_page(options.name, config)
    say(next_steps(path, config))
    return 0


def claims(options: argparse.Namespace) -> int:
    """List the sentences of the built site that compare and rest on no claim.

    It finds them by words such as more, best, all, within. Not each of them needs a claim.
    """
    from regen.prose.comparisons import list_claims

    found = list_claims(options.site or options.root / "site")
    for sentence in found:
        say(sentence)
    say(f"{len(found)} sentences compare and rest on no claim")
    return 0


def offline(options: argparse.Namespace) -> int:
    """Pack a built site into an archive that opens from a folder, without a server.

    Links name files, and search is read from a script.
    """
    # no other command needs it
    from regen.site.offline import pack

    pages = pack(options.site, options.archive)
    say(f"{options.archive}: {pages} pages. Unpack it, and open {options.archive.stem}/index.html.")
    return 0


# ------------------------------------------------------------------------------------------------
# What the commands share


def _asked(options: argparse.Namespace) -> tuple[Config, list[Script], bool]:
    """The settings, the pages that are asked for and can be read, and whether one cannot."""
    config = load_config(options.root)
    paths = find_scripts(config)
    names = {path.stem for path in paths}
    for name in options.pages:
        if name not in names:
            raise RegenError(f"no page named {name}. Pages are: {', '.join(sorted(names))}.")
    if options.pages:
        paths = [path for path in paths if path.stem in options.pages]
    scripts, failures = read_scripts(paths, config)
    for failure in failures.values():
        say(failure, sys.stderr)
    return config, list(scripts.values()), bool(failures)


def _runs_of(
    scripts: Sequence[Script], config: Config, env: Mapping[str, str] | None = None
) -> dict[Script, Run]:
    """The runs of the pages that did not fail; failures are printed."""
    results = run_pages(scripts, config, env=env or {})
    runs = {}
    for script in scripts:
        result = results[script.name]
        if isinstance(result, Run):
            runs[script] = result
        else:
            say(result, sys.stderr)
    return runs


def _check_page(script: Script, result: Run, config: Config, *, strict: bool) -> bool:
    """Print how a page differs from its record; give whether all is well."""
    stale: list[str] = []
    try:
        recorded = read_record(script.name, config)
        found = [str(difference) for difference in compare(script, result, recorded)]
        if recorded:
            stale = stale_spread(script, result, recorded, config)
    except RegenError as error:
        found = [str(error)]
    except Exception as error:
        # a fault of regen's own must not hide the other pages
        found = [f"{script.path}: cannot be compared: {type(error).__name__}: {error}"]

    for difference in found:
        say(difference)
    if found:
        say(f"{script.name}: DIFFERS from the record ({len(found)})")
    else:
        lines = sum(len(cell.text) for cell in result.cells)
        say(f"{script.name}: as recorded ({lines} lines, {len(result.values)} values)")
    if stale:
        say(_stale_message(script, stale))
    return not found and not (strict and stale)


def _stale_message(script: Script, stale: Sequence[str]) -> str:
    return (
        f"{script.name}: WARNING: the spread over the seeds is that of older code. Changed since: "
        f"{', '.join(stale)}. Run `regen record {script.name}`, or say why it still holds: "
        f'`regen record --spread-holds "REASON" {script.name}`.'
    )


# ------------------------------------------------------------------------------------------------
# Recording


def _can_be_recorded(script: Script, config: Config) -> bool:
    """Look for what would only show after all runs: a tolerance without sense, a damaged record."""
    try:
        needs_seeds(script)
        read_record(script.name, config)
    except RegenError as error:
        say(f"{script.name}: not recorded: {error}", sys.stderr)
        return False
    return True


def _run_seeds(scripts: Sequence[Script], config: Config) -> dict[Script, dict[str, Run | None]]:
    """The runs of pages that need them with all other seeds, by `seed N`; None if one failed."""
    seeded: dict[Script, dict[str, Run | None]] = {script: {} for script in scripts}
    asked = [script for script in scripts if needs_seeds(script)]
    if not asked or not config.seed_env:
        return seeded
    for seed in config.seeds:
        label = f"seed {seed}"
        say(f"regen: {label}", sys.stderr)
        # a page that failed with one seed is not recorded: no need to run it with the others
        going = [script for script in asked if None not in seeded[script].values()]
        runs = _runs_of(going, config, {config.seed_env: str(seed)})
        for script in going:
            seeded[script][label] = runs.get(script)
    return seeded


def _record_page(
    script: Script, result: Run, seeded: Mapping[str, Run | None], config: Config
) -> bool:
    """Write one page's record and print what changed; give whether that was possible."""
    try:
        others = {}
        for label, other in seeded.items():
            if other is None:
                raise RegenError(f"its run with {label} failed.")
            others[label] = other
        changed = _changed_since(script, [result, *others.values()], config)
        if changed:
            names = ", ".join(changed)
            raise RegenError(f"{names} changed while its runs were made. Record it again.")
        before = read_record(script.name, config)
        after = _new_record(script, result, others, config)
        lines = changes(before, after)
        if lines or not (before and before.intact):
            write_record(after, config)
    except Exception as error:
        # a full disk, a damaged record: the other pages are recorded all the same
        say(f"{script.name}: not recorded: {error}", sys.stderr)
        return False
    state = "recorded" if lines else "unchanged"
    say("\n".join([f"{script.name}: {state}", *lines]))
    return True


def _changed_since(script: Script, runs: Sequence[Run], config: Config) -> list[str]:
    """Name what is not as the runs of a page used it, apart from the seed."""
    found = set()
    for run in runs:
        now = fingerprint.current(run.dependencies, script, config, os.environ)
        for name, used in run.dependencies.items():
            if now.get(name) != used and not name.startswith("env "):
                found.add(name)
    return sorted(found)


def _new_record(script: Script, result: Run, seeded: Mapping[str, Run], config: Config) -> Record:
    """Make a record that can be kept.

    Raises:
        RegenError: what the run gave cannot be recorded, or would differ from its own record.
    """
    code: dict[str, str] = {}
    if seeded:
        code = code_of(script, result, config)
    spread = []
    if needs_seeds(script):
        spread = [result, *seeded.values()]
    made = make_record(script, result, spread, code)
    reasons = refusals(script, result, made, seeded)
    if reasons:
        raise RegenError("\n".join(reasons))
    differences = compare(script, result, made)
    if differences:
        listed = "\n".join(str(difference) for difference in differences)
        remedy = "its own run would differ from the new record. Fix the tolerance or the page."
        raise RegenError(f"{remedy}\n{listed}")
    return made


def _vouch_for_spread(options: argparse.Namespace) -> int:
    """Note in the records of the named pages why their spread holds although code has changed."""
    reason = options.spread_holds.strip()
    if not is_reason(reason):
        expected = "expected at least three words that a reviewer can judge"
        raise RegenError(f"--spread-holds: {reason!r}: {expected}.")
    if not options.pages:
        raise RegenError("--spread-holds: no page named. Name the pages that the reason is about.")
    config, scripts, failed = _asked(options)
    runs = _runs_of(scripts, config)
    failed |= len(runs) < len(scripts)
    for script, result in runs.items():
        try:
            before = read_record(script.name, config)
            vouchable = _vouchable(script, result, before, config)
            code = code_of(script, result, config)
            after = replace(vouchable, still_holds={"reason": reason, "code": code})
            write_record(after, config)
            say("\n".join([f"{script.name}: recorded", *changes(before, after)]))
        except Exception as error:
            say(f"{script.name}: not recorded: {error}", sys.stderr)
            failed = True
    return int(failed)


def _vouchable(script: Script, result: Run, recorded: Record | None, config: Config) -> Record:
    """Give a record whose spread is stale and that is otherwise as it should be.

    The files that the page hands out may be new ones: the spread has no part of them.

    Raises:
        RegenError: there is none, nothing has changed, or the page differs.
    """
    updated = _with_files(recorded, script, result) if recorded else None
    differences = compare(script, result, updated)
    if updated is None or differences:
        raise RegenError(
            "the page differs from its record, so its spread may too. "
            f"Run `regen check {script.name}` to see how, and `regen record {script.name}`."
        )
    if updated == recorded and not stale_spread(script, result, updated, config):
        raise RegenError("no code behind its spread has changed. There is nothing to say.")
    return updated


def _with_files(recorded: Record, script: Script, result: Run) -> Record:
    """A record with the files of this run, and their tolerances, in place of its own."""
    now = make_record(script, result)
    if len(now.cells) != len(recorded.cells):
        return recorded
    cells = []
    for old, new in zip(recorded.cells, now.cells, strict=True):
        files = {*old.files, *new.files}
        kept = {key: text for key, text in old.tolerance.items() if key not in files}
        added = {key: text for key, text in new.tolerance.items() if key in files}
        cells.append(replace(old, files=new.files, tolerance=kept | added))
    return replace(recorded, cells=cells)
