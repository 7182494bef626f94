"""The command line: run, status, check, record."""

import argparse
import sys
from pathlib import Path

from regen.compare import compare
from regen.config import Config, RegenError, load_config
from regen.record import cell_record, changes, make_record, read_record, write_record
from regen.runner import Failure, run_pages
from regen.store import Run, Store
from regen.tutorial import Tutorial, find_scripts, read_tutorial


def main(arguments: list[str] | None = None) -> int:
    """Entry point; the exit status is 0 when all is well, 1 when a page failed or differs, 2 on wrong input."""
    parser = argparse.ArgumentParser(
        prog="regen", description="Run the site's scripts and hold their results against the record."
    )
    parser.add_argument(
        "--root", type=Path, default=Path(), help="folder of the site's pyproject.toml (here, if not given)"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for function in (run, status, check, record):
        command = commands.add_parser(function.__name__, help=function.__doc__, description=function.__doc__)
        command.add_argument("pages", nargs="*", metavar="PAGE", help="names of pages (all, if none is given)")
        command.set_defaults(function=function)
    options = parser.parse_args(arguments)
    try:
        config = load_config(options.root)
        code: int = options.function(_select(config, options.pages), config)
        return code
    except RegenError as error:
        print(f"regen: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nregen: interrupted. Pages that were done are kept; the others run again next time.", file=sys.stderr)
        return 130


def run(tutorials: list[Tutorial], config: Config) -> int:
    """Run the pages whose results are not fresh."""
    return _report_failures(run_pages(tutorials, config))


def status(tutorials: list[Tutorial], config: Config) -> int:
    """Tell for each page: fresh, or stale and why; seconds, device, date of its last run."""
    store = Store(config)
    for tutorial in tutorials:
        fresh, reason = store.lookup(tutorial)
        print(f"{tutorial.name}: {f'stale ({reason})' if reason else 'fresh'}")
        if last := fresh or store.latest(tutorial.name):
            print(
                "    ran for {seconds} s on {device}, {date}".format(
                    **{"device": "an unnamed device"} | last.provenance
                )
            )
    return 0


def check(tutorials: list[Tutorial], config: Config) -> int:
    """Hold the results of the pages against their records."""
    results = run_pages(tutorials, config)
    code = _report_failures(results)
    for tutorial in tutorials:
        if isinstance(result := results[tutorial.name], Run):
            try:
                differences = list(map(str, compare(tutorial, result, read_record(tutorial.name, config))))
            except RegenError as error:
                differences = [str(error)]
            lines = sum(len(cell_record(cell).text) for cell in result.cells)
            same = f"as recorded ({lines} lines, {len(result.values)} values)"
            verdict = f"DIFFERS from the record ({len(differences)})" if differences else same
            print("\n".join([*differences, f"{tutorial.name}: {verdict}"]))
            code = code or int(bool(differences))
    return code


def record(tutorials: list[Tutorial], config: Config) -> int:
    """Rewrite the records of the pages, and print what changed."""
    results = run_pages(tutorials, config)
    seeded = [tutorial for tutorial in tutorials if any("seeds" in cell.tol.values() for cell in tutorial.code)]
    spreads = {page.name: [run] for page in seeded if isinstance(run := results[page.name], Run)}
    for seed in config.seeds if seeded else []:
        print(f"regen: seed {seed}", file=sys.stderr)
        for name, result in run_pages(seeded, config, env={config.seed_env: str(seed)}).items():
            if isinstance(result, Run):
                spreads.setdefault(name, []).append(result)
            else:
                results[name] = result
    code = _report_failures(results)
    for tutorial in tutorials:
        if isinstance(result := results[tutorial.name], Run):
            before = read_record(tutorial.name, config)
            after = make_record(tutorial, result, spreads.get(tutorial.name, []))
            lines = changes(before, after)
            if lines or not (before and before.intact):
                write_record(after, config)
            print("\n".join([f"{tutorial.name}: {'recorded' if lines else 'unchanged'}", *lines]))
            for difference in compare(tutorial, result, after):
                print(f"{difference}\n    the new record does not hold for its own run: mend the tolerance or the page")
                code = 1
    return code


def _select(config: Config, names: list[str]) -> list[Tutorial]:
    paths = {path.stem: path for path in find_scripts(config)}
    if unknown := [name for name in names if name not in paths]:
        raise RegenError(f"no page named {unknown[0]}. Pages are: {', '.join(sorted(paths)) or 'none'}.")
    return [read_tutorial(path) for name, path in paths.items() if not names or name in names]


def _report_failures(results: dict[str, Run | Failure]) -> int:
    failures = [result for result in results.values() if isinstance(result, Failure)]
    for failure in failures:
        print(failure, file=sys.stderr)
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
