"""The command line: run, status, check, record."""

import argparse
import io
import sys
from pathlib import Path

from regen.compare import compare
from regen.config import Config, RegenError, in_ci, load_config
from regen.record import changes, make_record, orphans, read_record, write_record
from regen.runner import run_pages
from regen.store import Run, Store
from regen.tutorial import Tutorial, find_scripts, read_scripts


def main(arguments: list[str] | None = None) -> int:
    """Entry point; the exit status is 0 when all is well, 1 when a page failed or differs, 2 on wrong input."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a letter that a terminal lacks must not end the command
    parser = argparse.ArgumentParser("regen", description="Run a site's scripts, compare the results with the record.")
    parser.add_argument("--root", type=Path, default=Path(), help="folder of the site's pyproject.toml (default: here)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for function in (run, status, check, record):
        command = commands.add_parser(function.__name__, help=function.__doc__, description=function.__doc__)
        command.add_argument("pages", nargs="*", metavar="PAGE", help="names of pages (all, if none is given)")
        command.set_defaults(function=function)
    options = parser.parse_args(arguments)
    try:
        if options.function is record and in_ci():
            raise RegenError("record: not in CI, where a difference must stay red. Run it at home, commit the records.")
        config = load_config(options.root)
        paths = find_scripts(config)
        names = {path.stem for path in paths}
        if unknown := [name for name in options.pages if name not in names]:
            raise RegenError(f"no page named {unknown[0]}. Pages are: {', '.join(sorted(names))}.")
        asked = [path for path in paths if not options.pages or path.stem in options.pages]
        tutorials, failures = read_scripts(asked, config)
        for failure in failures.values():
            print(failure, file=sys.stderr)
        return int(options.function(list(tutorials.values()), config)) | bool(failures)
    except RegenError as error:
        print(f"regen: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nregen: interrupted. Pages that were done are kept; the others run again next time.", file=sys.stderr)
        return 130


def run(tutorials: list[Tutorial], config: Config) -> int:
    """Run the pages whose results are not fresh."""
    return _run(tutorials, config)[1]


def status(tutorials: list[Tutorial], config: Config) -> int:
    """Tell for each page: fresh, or stale and why; seconds, device, date of its last run."""
    store = Store(config)
    for tutorial in tutorials:
        fresh, reason = store.lookup(tutorial)
        print(f"{tutorial.name}: {f'stale ({reason})' if reason else 'fresh'}")
        if last := fresh or store.latest(tutorial.name):
            print(f"    ran for {last.provenance['seconds']} s on {last.device}, {last.provenance['date']}")
    return 0


def check(tutorials: list[Tutorial], config: Config) -> int:
    """Compare the results of the pages with their records; a record without a page is an error."""
    runs, code = _run(tutorials, config)
    for tutorial, result in runs.items():
        try:
            differences = list(map(str, compare(tutorial, result, read_record(result, config))))
        except RegenError as error:
            differences = [str(error)]
        except Exception as error:  # a fault of regen's own must not hide the other pages
            differences = [f"{tutorial.path}: cannot be compared: {type(error).__name__}: {error}"]
        same = f"as recorded ({sum(len(cell.text) for cell in result.cells)} lines, {len(result.values)} values)"
        verdict = f"DIFFERS from the record ({len(differences)})" if differences else same
        print("\n".join([*differences, f"{tutorial.name}: {verdict}"]))
        code |= bool(differences)
    for path in orphans([page.stem for page in find_scripts(config)], config):
        print(f"{path}: no page is named {path.stem}. Delete this record, or rename it as its page is named.")
        code = 1
    return code


def record(tutorials: list[Tutorial], config: Config) -> int:
    """Rewrite the records of the pages, and print what changed."""
    runs, code = _run(tutorials, config)
    spreads = {page: [run] for page, run in runs.items() if any("seeds" in cell.tol.values() for cell in page.code)}
    for seed in config.seeds if spreads else []:
        print(f"regen: seed {seed}", file=sys.stderr)
        seeded, failed = _run(list(spreads), config, **{config.seed_env: str(seed)})
        code |= failed
        for page, run in seeded.items():
            spreads[page].append(run)
        for page in spreads.keys() - seeded.keys():
            del spreads[page], runs[page]
    for page, run in runs.items():
        try:
            code |= _record_page(page, run, spreads.get(page, []), config)
        except Exception as error:  # a full disk, a damaged record: the other pages are recorded all the same
            print(f"{page.name}: not recorded: {error}", file=sys.stderr)
            code = 1
    return code


def _record_page(page: Tutorial, run: Run, spread: list[Run], config: Config) -> int:
    """Write one page's record and print what changed; 1 if the run does not meet its own record."""
    before = read_record(run, config)
    after = make_record(page, run, spread)
    lines = changes(before, after)
    if lines or not (before and before.intact):
        write_record(after, config)
    print("\n".join([f"{page.name}: {'recorded' if lines else 'unchanged'}", *lines]))
    differences = compare(page, run, after)
    for difference in differences:
        print(f"{difference}\n    the new record does not hold for its own run: fix the tolerance or the page")
    return int(bool(differences))


def _run(tutorials: list[Tutorial], config: Config, **env: str) -> tuple[dict[Tutorial, Run], int]:
    """The runs of the pages that did not fail, and the exit status; failures are told."""
    results = run_pages(tutorials, config, env=env)
    runs = {page: result for page in tutorials if isinstance(result := results[page.name], Run)}
    for failure in results.values():
        if isinstance(failure, RegenError):
            print(failure, file=sys.stderr)
    return runs, int(len(runs) < len(results))
