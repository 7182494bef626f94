"""The command line: run, status, check, record."""

import argparse
import sys
from pathlib import Path

from regen.compare import Difference, compare
from regen.config import Config, RegenError, load_config
from regen.record import changes, make_record, read_record, write_record
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
    results = run_pages(tutorials, config)
    return _report_failures(results)


def status(tutorials: list[Tutorial], config: Config) -> int:
    """Tell for each page: fresh, or stale and why; seconds, device, date of its last run."""
    store = Store(config)
    width = max((len(tutorial.name) for tutorial in tutorials), default=0)
    for tutorial in tutorials:
        fresh, reason = store.lookup(tutorial)
        last = fresh or store.latest(tutorial.name)
        origin = last.provenance if last else {}
        when = f"{origin['seconds']:>6} s  {origin.get('device', '')}  {origin['date']}" if origin else ""
        state = "fresh" if fresh else f"stale ({reason})"
        print(f"{tutorial.name:{width}}  {state}  {when}".rstrip())
    return 0


def check(tutorials: list[Tutorial], config: Config) -> int:
    """Hold the results of the pages against their records."""
    results = run_pages(tutorials, config)
    code = _report_failures(results)
    for tutorial in tutorials:
        result = results[tutorial.name]
        if isinstance(result, Failure):
            continue
        differences = compare(tutorial, result, read_record(tutorial.name, config))
        for difference in differences:
            print(difference)
        print(f"{tutorial.name}: {_verdict(result, differences)}")
        code = code or int(bool(differences))
    return code


def record(tutorials: list[Tutorial], config: Config) -> int:
    """Rewrite the records of the pages, and print what changed."""
    results = run_pages(tutorials, config)
    code = _report_failures(results)
    spreads: dict[str, list[Run]] = {}
    seeded = [tutorial for tutorial in tutorials if any("seeds" in cell.tol.values() for cell in tutorial.code)]
    for seed in config.seeds if seeded else []:
        print(f"regen: seed {seed}", file=sys.stderr)
        for name, result in run_pages(seeded, config, env={config.seed_env: str(seed)}).items():
            if isinstance(result, Run):
                spreads.setdefault(name, []).append(result)
            else:
                code = _report_failures({name: result})
    for tutorial in tutorials:
        result = results[tutorial.name]
        if isinstance(result, Failure) or (
            tutorial in seeded and len(spreads.get(tutorial.name, [])) < len(config.seeds)
        ):
            print(f"{tutorial.name}: not recorded, since it failed")
            continue
        before, after = read_record(tutorial.name, config), make_record(result, spreads.get(tutorial.name, []))
        lines = changes(before, after)
        if lines or not (before and before.intact):
            write_record(after, config)
        print("\n".join([f"{tutorial.name}: {'recorded' if lines else 'unchanged'}", *lines]))
        for difference in compare(tutorial, result, read_record(tutorial.name, config)):
            print(
                f"{difference}\n    the record just written does not hold for its own run: mend the tolerance or the page"
            )
            code = 1
    return code


def _select(config: Config, names: list[str]) -> list[Tutorial]:
    paths = find_scripts(config)
    known = {path.stem for path in paths}
    for name in names:
        if name not in known:
            raise RegenError(f"no page named {name}. Pages are: {', '.join(sorted(known)) or 'none'}.")
    return [read_tutorial(path) for path in paths if not names or path.stem in names]


def _report_failures(results: dict[str, Run | Failure]) -> int:
    failures = [result for result in results.values() if isinstance(result, Failure)]
    for failure in failures:
        print(failure, file=sys.stderr)
    return int(bool(failures))


def _verdict(run: Run, differences: list[Difference]) -> str:
    if differences:
        return f"DIFFERS from the record in {len(differences)} places"
    lines = sum(
        len(output.content.splitlines())
        for cell in run.cells
        for output in cell.outputs
        if not output.kind.startswith("image/")
    )
    return f"as recorded ({lines} lines, {len(run.values)} values)"
