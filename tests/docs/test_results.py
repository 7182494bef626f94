"""Results shows every figure that the library has as reported, and each of its full runs."""

import re
from pathlib import Path
from typing import Any

from regen.config import load_config
from regen.script.reading import find_scripts, read_script

ROOT = Path(__file__).parents[2]
RESULTS = read_script(ROOT / "tutorials/results.py")
PROSE = "\n\n".join(cell.source for cell in RESULTS.cells if cell.kind == "markdown")
SHOWN = set(re.findall(r"\[\[(\w+)(?=[:\]])", PROSE))
ABOUT = (ROOT / "docs/about_the_sources.md").read_text(encoding="utf-8")
REFERENCE = re.compile(r"\[\[(\w+)\.(\w+)")
Reported = tuple[float, str]


def library() -> dict[str, Any]:
    """The names that an expression of a quotation uses."""
    # not at the top: groundup's own tests import it first, with shape checks
    from groundup import experiments, sources

    return {"experiments": experiments, "sources": sources, **vars(sources), **vars(experiments)}


def quoted() -> dict[str, list[Reported]]:
    """The reported figures that Results quotes, by name."""
    known = library()
    found = {}
    for cell in RESULTS.code:
        for name, expression in cell.options.quoted.items():
            value = eval(expression, known)
            found[name] = value if isinstance(value, list) else [value]
    return found


def reported() -> set[Reported]:
    """All figures that the library holds as reported by others."""
    from groundup import experiments, sources

    found: list[object] = list(vars(sources).values())
    recipes = experiments.EXPERIMENTS | experiments.ARTICLES
    found += [recipe.reported for recipe in recipes.values()]
    figures = set()
    # tables of figures, and tables of lists of figures
    while found:
        value = found.pop()
        if isinstance(value, sources.Reported):
            figures.add(value)
        elif isinstance(value, dict):
            found += value.values()
        elif isinstance(value, list):
            found += value
    return figures


def values() -> dict[str, str]:
    """The expressions of the values that Results declares, by name."""
    found: dict[str, str] = {}
    for cell in RESULTS.code:
        found |= cell.options.values
    return found


def test_every_reported_figure_stands_in_the_results() -> None:
    shown: set[Reported] = set()
    for name, figures in quoted().items():
        if name in SHOWN:
            shown.update(figures)
    assert len(reported()) > 60
    assert reported() - shown == set()


def test_each_quotation_of_the_results_is_shown() -> None:
    assert quoted().keys() - SHOWN == set()


def test_each_row_of_full_runs_has_its_number_of_runs() -> None:
    from groundup import runs

    counted = {expression for name, expression in values().items() if name in SHOWN}
    assert len(runs.ROWS) >= 8
    assert {f"len(accuracies['{row}'])" for row in runs.ROWS} - counted == set()


def test_no_spread_stands_without_its_number_of_runs() -> None:
    """A line that shows a standard deviation shows an n as well."""
    spreads = {name for name, expression in values().items() if "statistics.stdev(" in expression}
    spreads -= {"demo_above"}  # a distance, measured in standard deviations
    numbers = {name for name in values() if name.endswith("_n")}
    seen = set()
    for line in PROSE.splitlines():
        names = set(re.findall(r"\[\[(\w+)(?=[:\]])", line))
        if names & spreads:
            seen |= names & spreads
            assert names & numbers, line
    assert seen == spreads


def test_the_article_about_the_sources_quotes_from_the_results() -> None:
    elsewhere = set()
    for path in find_scripts(load_config(ROOT)):
        if path.stem != "results":
            for cell in read_script(path).code:
                elsewhere |= {(path.stem, name) for name in cell.options.quoted}
    found = set(REFERENCE.findall(ABOUT))
    assert any(page == "results" for page, _ in found)
    assert found & elsewhere == set()
