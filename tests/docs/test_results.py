"""The table of results holds every figure that a page quotes, and each reported figure is quoted somewhere."""

from pathlib import Path

from regen.config import load_config
from regen.tutorial import find_scripts, read_tutorial
from regen.values import TOKEN

ROOT = Path(__file__).parents[2]
RESULTS = (ROOT / "docs/results.md").read_text(encoding="utf-8")
Reported = tuple[float, str]


def quoted() -> dict[tuple[str, str], list[Reported]]:
    """The reported figures that pages quote, by page and name."""
    from groundup import experiments, sources  # not at the top: groundup's own tests import it first, with shape checks

    known = {"experiments": experiments, "sources": sources, **vars(sources), **vars(experiments)}
    found = {}
    for path in find_scripts(load_config(ROOT)):
        for cell in read_tutorial(path).code:
            for name, expression in cell.quoted.items():
                value = eval(expression, known)
                found[path.stem, name] = value if isinstance(value, list) else [value]
    return found


def reported() -> set[Reported]:
    """All figures that the library holds as reported by others."""
    from groundup import experiments, sources

    found: list[object] = list(vars(sources).values())
    found += [experiment.reported for experiment in experiments.EXPERIMENTS.values()]
    for value in list(found):
        if isinstance(value, dict | list):
            items = value.values() if isinstance(value, dict) else value
            found += [figure for item in items for figure in (item if type(item) is list else [item])]
    return {value for value in found if isinstance(value, sources.Reported)}


def test_every_reported_figure_stands_in_the_results() -> None:
    names = {(match["page"], match["name"]) for match in TOKEN.finditer(RESULTS) if match["name"]}
    shown = {figure for name, figures in quoted().items() if name in names for figure in figures}
    assert len(reported()) > 60
    assert reported() - shown == set()
