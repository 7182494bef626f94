"""The table of results holds every reported figure, each quoted from a page."""

import re
from pathlib import Path

from regen.config import load_config
from regen.script.reading import find_scripts, read_script

ROOT = Path(__file__).parents[2]
RESULTS = (ROOT / "docs/results.md").read_text(encoding="utf-8")
Reported = tuple[float, str]


def quoted() -> dict[tuple[str, str], list[Reported]]:
    """The reported figures that pages quote, by page and name."""
    # not at the top: groundup's own tests import it first, with shape checks
    from groundup import experiments, sources

    known = {"experiments": experiments, "sources": sources, **vars(sources), **vars(experiments)}
    found = {}
    for path in find_scripts(load_config(ROOT)):
        for cell in read_script(path).code:
            for name, expression in cell.options.quoted.items():
                value = eval(expression, known)
                found[path.stem, name] = value if isinstance(value, list) else [value]
    return found


def reported() -> set[Reported]:
    """All figures that the library holds as reported by others."""
    from groundup import experiments, sources

    found: list[object] = list(vars(sources).values())
    found += [experiment.reported for experiment in experiments.EXPERIMENTS.values()]
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


def test_every_reported_figure_stands_in_the_results() -> None:
    names = set(re.findall(r"\[\[(\w+)\.(\w+)", RESULTS))
    shown: set[Reported] = set()
    for name, figures in quoted().items():
        if name in names:
            shown.update(figures)
    assert len(reported()) > 60
    assert reported() - shown == set()
