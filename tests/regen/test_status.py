"""The table of all pages: their runs, their records, and what the runs have in common."""

from dataclasses import replace
from pathlib import Path

from test_render import RUN, SCRIPT

from regen.config import Config
from regen.errors import RegenError
from regen.records.compare import Difference
from regen.records.record import Record
from regen.site.build import Build
from regen.site.plugin import log
from regen.site.status import Status, status_of
from regen.site.templating import fill_template

CONFIG = Config(root=Path("."))
DIFFERS = Difference("q", "q.py:10", 1, "value total", "1.5", "1.6")


def a_build() -> Build:
    """Two pages, `q` and `p`, whose runs differ in nothing but their seconds."""
    build = Build(CONFIG, log)
    for name in ("q", "p"):
        build.scripts[f"tutorials/{name}.py"] = replace(SCRIPT, name=name, title=f"Page {name}")
        origin = {**RUN.provenance, "seconds": f"{len(build.runs)}.5"}
        build.runs[name] = replace(RUN, page=name, provenance=origin)
        build.differences[name] = []
        made = {"date": "2019-08-14 12:00 UTC", "device": "an old CPU"}
        build.records[name] = Record(name, [], provenance=made)
    return build


def status(build: Build) -> Status:
    return status_of(build, ["index.md", "tutorials/p.py", "tutorials/q.py"], "about/status.md")


def table(build: Build) -> list[list[str]]:
    """The cells of the table's rows, its head first."""
    text = fill_template("status.md.jinja", CONFIG, status=status(build))
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert {len(row) for row in cells} == {len(cells[0])}
    return cells


def intro(build: Build) -> str:
    text = fill_template("status.md.jinja", CONFIG, status=status(build))
    return " ".join(text[: text.index("| tutorial")].split())


def test_pages_stand_in_the_order_of_the_navigation() -> None:
    assert [page.title for page in status(a_build()).pages] == ["Page p", "Page q"]


def test_a_page_that_the_navigation_lacks_is_listed_too() -> None:
    assert len(status_of(a_build(), ["tutorials/p.py"], "status.md").pages) == 2


def test_a_row_says_when_a_page_ran_and_what_was_compared() -> None:
    head, row, _ = table(a_build())
    assert head[:3] == ["tutorial", "ran on", "seconds"]
    lines = str(sum(len(cell.text) for cell in RUN.cells))
    compared = [lines, "1", "yes", "14 August 2019"]
    assert row == ["[Page p](../tutorials/p.py)", "2019-08-15 12:00 UTC", "1.5", *compared]


def test_what_all_runs_share_stands_above_the_table() -> None:
    text = intro(a_build())
    assert "All 2 tutorials agree with their records" in text
    assert "device one CPU; commit abc123; python 3.11." in text
    assert "Device of the records: an old CPU." in text


def test_what_differs_is_a_column() -> None:
    build = a_build()
    origin = {**build.runs["q"].provenance, "python": "3.12", "engines": "only here"}
    build.runs["q"] = replace(build.runs["q"], provenance=origin)
    head, first, second = table(build)
    assert head[3] == "python"
    assert (first[3], second[3]) == ("3.11", "3.12")
    assert "python" not in intro(build)
    assert "only here" not in [*first, *second]


def test_devices_of_records_that_differ_stand_in_their_rows() -> None:
    build = a_build()
    build.records["q"].provenance["device"] = "a new CPU"
    _, first, second = table(build)
    assert (first[-1], second[-1]) == ("14 August 2019, an old CPU", "14 August 2019, a new CPU")
    assert "Device of the records" not in intro(build)


def test_a_page_that_differs_is_no_page_that_agrees() -> None:
    build = a_build()
    build.differences["q"] = [DIFFERS]
    assert [row[-2] for row in table(build)[1:]] == ["yes", "**no**"]
    assert "1 of 2 tutorials agree" in intro(build)


def test_a_page_without_results_says_why() -> None:
    build = a_build()
    with build.guard("tutorials/q.py"):
        raise RegenError("wrong")
    del build.runs["p"]
    del build.records["p"]
    _, first, second = table(build)
    assert (first[1], first[-1]) == ("not run by this build", "no record")
    assert (second[1], second[-1]) == ("**failed**", "14 August 2019")
    assert "0 of 2 tutorials agree" in intro(build)
