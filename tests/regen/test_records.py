from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_output

from regen.drawing import describe
from regen.errors import RegenError
from regen.execution.results import DRAWING, CellRun, Run
from regen.records.compare import compare
from regen.records.record import (
    CellRecord,
    Record,
    changes,
    make_record,
    orphans,
    read_record,
    write_record,
)
from regen.script.reading import Cell, Options, Script

if TYPE_CHECKING:
    from conftest import Site


def drawing() -> dict[str, Any]:
    figure = Figure()
    for axes in figure.subplots(1, 2):
        axes.plot([1.0, 2.0, 4.0], label="loss")
        axes.plot([4.0, 2.0, 1.0], label="gain")
    return describe(figure)


OUTPUTS = [
    new_output("stream", text="one\ntwo \x1b[1m0.5\x1b[0m\n"),
    new_output("display_data", data={"image/svg+xml": "<svg/>", DRAWING: drawing()}),
    new_output("execute_result", data={"text/plain": "three é"}),
    new_output("display_data", data={"text/html": "<table>", "text/plain": "a table"}),
    new_output("error", traceback=["Error: four"]),
]
VALUES = {"x": 0.5, "list": [1, [2.5]], "curve": [1.0, 2.0, 3.0]}
RESULT = CellRun(OUTPUTS, VALUES, {"x": "Quoted from: S1"}, {"wins": True}, {"w.json": "YWJj"})
RUN = Run("p", [RESULT, CellRun()], {}, {"seconds": "1.0"})
OPTIONS = Options(
    values=dict.fromkeys(VALUES, "1"),
    claims={"wins": "a > b"},
    tolerance={"x": "seeds"},
    fold="Solution",
    output="python",
    tags=["remove_input"],
)


def page(*cells: Cell, **front: str) -> Script:
    first = Cell("code", "a = 1", 1, 2, 1, OPTIONS)
    second = Cell("code", "b = 2", 5, 6, 2)
    return Script("p", Path("p.py"), list(cells or (first, second)), title="P", **front)


def with_value(name: str, value: Any) -> Run:
    values = {**RESULT.values, name: value}
    return replace(RUN, cells=[replace(RESULT, values=values), RUN.cells[1]])


SEEDED = [RUN, with_value("x", 0.25)]


def test_a_record_holds_all_that_is_seen() -> None:
    record = make_record(page(tolerance="rel 1e-9"), RUN, SEEDED, {"code": "abc"})
    lines = [
        "one",
        "two 0.5",
        "[image/svg+xml]",
        "three é",
        "[text/html]",
        "<table>",
        "Error: four",
    ]
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    first = CellRecord(
        text=lines,
        values=RESULT.values,
        claims={"wins": True},
        claimed={"wins": "a > b"},
        figures=[drawing()],
        files={"w.json": {"sha256": digest, "bytes": 3}},
        origins={"x": "Quoted from: S1"},
        tolerance={"x": "seeds"},
        options={"fold": "Solution", "output": "python", "tags": ["remove_input"]},
        spread={"x": [0.5, 0.25]},
    )
    assert record == Record(
        "p", [first, CellRecord([])], "rel 1e-9", {"seconds": "1.0"}, {"code": "abc"}
    )


def test_a_record_comes_back_as_it_was_written(site: Site) -> None:
    record = make_record(page(tolerance="rel 1e-9"), RUN, SEEDED, {"code": "abc"})
    record = replace(record, still_holds={"reason": "only names changed", "code": {"code": "d"}})
    write_record(record, site.config)
    assert read_record("p", site.config) == record
    assert read_record("q", site.config) is None


def test_values_of_every_kind_come_back(site: Site) -> None:
    values = {
        "odd": [1e-300, 1e22, -0.0, 10**30, True, None, '→\n"', [], {}, {"b": [], "a": {"c": 1}}],
        "inf": float("inf"),
    }
    run = Run("p", [CellRun(values=values), CellRun()])
    write_record(make_record(page(), run), site.config)
    record = read_record("p", site.config)
    assert record and repr(record.cells[0].values) == repr(values)


def file_lines(site: Site, record: Record) -> list[str]:
    write_record(record, site.config)
    return site.config.record_path("p").read_text(encoding="utf-8").splitlines()


def test_each_printed_line_and_value_has_a_line_of_the_file(site: Site) -> None:
    lines = file_lines(site, make_record(page(), RUN, SEEDED))
    for line in (
        '    "two 0.5",',
        '    "three é",',
        '    "x": 0.5,',
        '    "list": [1, [2.5]],',
        '    "curve": [1.0, 2.0, 3.0]',
        '    "x": [0.5, 0.25]',
        '    "fold": "Solution",',
    ):
        assert line in lines, line


def test_each_series_of_a_figure_has_a_line_of_the_file(site: Site) -> None:
    lines = file_lines(site, make_record(page(), RUN))
    series = [line for line in lines if '"loss"' in line or '"gain"' in line]
    assert len(series) == 4 and all(
        line.strip(" ,")[0] + line.strip(" ,")[-1] == "{}" for line in series
    )


def test_the_file_is_json_that_ends_with_a_newline(site: Site) -> None:
    write_record(make_record(page(), RUN, SEEDED), site.config)
    text = site.config.record_path("p").read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert json.loads(text)["cells"][0]["figures"] == [drawing()]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not a record"),
        ("{", "not a record"),
        ("[]", "not a record"),
        ("5", "not a record"),
        ("[" * 100_000, "not a record"),
        ('{"format": 2}', "not a record"),
        ('{"format": 2, "cells": [{}], "page": "p", "sha256": ""}', "not a record"),
        ('{"format": 99}', "format 99, expected 2"),
        ('{"format": 1, "page": "p", "cells": []}', "format 1, expected 2"),
        ('{"format": 2, "page": "q", "cells": []}', "says it is of page 'q', expected 'p'"),
        ('{"format": 2, "format": 2}', "not a record (ValueError: the key 'format' stands twice)"),
        ('{"format": 2, "page": "p", "cells": [], "more": 1, "sha256": ""}', "not a record"),
        (b"\xff\x00", "not a record"),
    ],
)
def test_a_damaged_record_is_an_error_that_names_the_file(
    site: Site, content: str | bytes, message: str
) -> None:
    path = site.write("tutorials/records/p.json", "")
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(RegenError) as error:
        read_record("p", site.config)
    assert str(error.value).startswith(f"{path}: {message}")
    assert "Restore it from git, or delete it and run `regen record p`." in str(error.value)


@pytest.mark.parametrize(
    "cells",
    [
        '[{"text": [1]}]',
        '[{"text": "one"}]',
        '[{"text": [], "values": null}]',
        '[{"text": [], "claims": []}]',
        '[{"text": [], "figures": {}}]',
        '[{"text": [], "colour": {}}]',
        '[{"text": [], "claims": {"wins": 1}}]',
        '[{"text": [], "tolerance": {"x": null}}]',
        '[{"text": [], "spread": {"x": 0.5}}]',
        "[[]]",
        "5",
        "{}",
    ],
)
def test_a_record_of_another_form_is_refused(site: Site, cells: str) -> None:
    content = f'{{"format": 2, "page": "p", "sha256": "", "cells": {cells}}}'
    site.write("tutorials/records/p.json", content)
    with pytest.raises(RegenError, match=r"p\.json: not a record .* Restore it from git"):
        read_record("p", site.config)


def test_a_record_that_cannot_be_read_is_an_error(site: Site) -> None:
    site.config.record_path("p").mkdir(parents=True)
    with pytest.raises(RegenError, match=r"p\.json: cannot be read: .* Restore it from git"):
        read_record("p", site.config)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("two 0.5", "two 0.51"),
        ('"x": 0.5', '"x": 0.51'),
        ("[1, [2.5]]", "[1, [2.6]]"),
        ('"seconds": "1.0"', '"seconds": "9.0"'),
        ('"fold": "Solution"', '"fold": "Solutions"'),
        ('"x": "seeds"', '"x": "seeds 0 inf"'),
        ("[0.5, 0.25]", "[0.5, 0.26]"),
        ('"wins": true', '"wins": false'),
        ("Quoted from: S1", "Quoted from: S2"),
        ('"bytes": 3', '"bytes": 4'),
        ('"code": "abc"', '"code": "abd"'),
    ],
)
def test_whatever_is_edited_in_the_file_is_seen(site: Site, old: str, new: str) -> None:
    write_record(make_record(page(), RUN, SEEDED, {"code": "abc"}), site.config)
    path = site.config.record_path("p")
    whole = path.read_text(encoding="utf-8")
    assert whole.count(old) == 1
    path.write_text(whole.replace(old, new), encoding="utf-8")
    record = read_record("p", site.config)
    assert record and not record.intact


def test_a_key_that_stands_twice_deep_inside_is_refused(site: Site) -> None:
    write_record(make_record(page(), RUN, SEEDED), site.config)
    path = site.config.record_path("p")
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace('"x": 0.5,', '"x": 0.6, "x": 0.5,'), encoding="utf-8")
    with pytest.raises(RegenError, match="the key 'x' stands twice"):
        read_record("p", site.config)


def test_other_line_ends_and_indents_are_the_same_record(site: Site) -> None:
    write_record(make_record(page(), RUN, SEEDED), site.config)
    path = site.config.record_path("p")
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")
    assert read_record("p", site.config) == make_record(page(), RUN, SEEDED)


def test_an_edit_outside_its_tolerance_with_its_checksum_is_red(site: Site) -> None:
    cell = Cell("code", "x = 0.5", 1, 2, 1, Options(values={"x": "x"}, tolerance={"x": "abs 0.1"}))
    script = page(cell)
    run = Run("p", [CellRun(values={"x": 0.5})])
    for value, differs in ((0.7, True), (0.55, False)):  # within it, it is beyond reach
        record = make_record(script, run)
        edited = replace(record, cells=[replace(record.cells[0], values={"x": value})])
        write_record(edited, site.config)
        assert bool(compare(script, run, read_record("p", site.config))) is differs


def test_changes_are_shown_as_lines_before_and_after() -> None:
    old = make_record(page(), RUN)
    first = replace(old.cells[0], text=["one", "two 0.6"])
    new = replace(old, cells=[first, old.cells[1]], provenance={"seconds": "9"})
    lines = changes(old, new)
    assert {'-    "two 0.5",', '+    "two 0.6"'} < set(lines)
    assert not any('"one"' in line or "seconds" in line for line in lines)


def test_another_provenance_is_no_change() -> None:
    record = make_record(page(), RUN)
    assert changes(record, replace(record, provenance={"seconds": "9"})) == []


def test_all_of_a_first_record_is_new() -> None:
    assert '+    "one",' in changes(None, make_record(page(), RUN))


def test_records_that_belong_to_no_page_are_found(site: Site) -> None:
    for name in ("p", "p.full", "q", "old/p"):
        site.write(f"tutorials/records/{name}.json", "{}")
    found = [path.parent.name + "/" + path.name for path in orphans(["p"], site.config)]
    assert found == ["old/p.json", "records/p.full.json", "records/q.json"]


# --- Spreads ---


def printed(*lines: str) -> CellRun:
    return CellRun([new_output("stream", text="\n".join(lines))])


def spread_of(tolerance: dict[str, str], *results: CellRun) -> dict[str, list[Any]]:
    script = page(Cell("code", "", 1, 2, 1, Options(tolerance=tolerance)))
    runs = [Run("p", [result]) for result in results]
    return make_record(script, runs[0], runs).cells[0].spread


def test_printed_numbers_without_a_value_have_their_spread() -> None:
    found = spread_of({"n": "seeds"}, printed("n 1,234.5", "n 2.0"), printed("n 1.5", "n 3.0"))
    assert found == {"printed n": [[1234.5, 2.0], [1.5, 3.0]]}


def test_a_value_that_is_printed_has_its_unrounded_spread_alone() -> None:
    first = replace(printed("acc 0.97"), values={"acc": 0.9701})
    second = replace(printed("acc 0.97"), values={"acc": 0.9699})
    assert spread_of({"acc": "seeds"}, first, second) == {"acc": [0.9701, 0.9699]}


def test_a_default_of_seeds_covers_floats_alone() -> None:
    first = CellRun(values={"x": 0.5, "n": 3, "name": "a", "own": 1.0})
    second = CellRun(values={"x": 0.6, "n": 3, "name": "a", "own": 1.0})
    assert spread_of({"default": "seeds", "own": "exact"}, first, second) == {"x": [0.5, 0.6]}


def test_figures_have_their_spread() -> None:
    cell = CellRun([OUTPUTS[1]])
    (figure,) = spread_of({"figure": "seeds"}, cell, cell)["figure"]
    assert figure["low"] == figure["high"] and figure["low"]


def test_another_number_of_figures_with_a_seed_is_an_error() -> None:
    with pytest.raises(RegenError, match=r"^p\.py:1: the runs with other seeds: "):
        spread_of({"figure": "seeds"}, CellRun([OUTPUTS[1]]), CellRun())
