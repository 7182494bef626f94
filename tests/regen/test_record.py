import json
from dataclasses import replace

import pytest
from nbformat.v4 import new_output

from regen.cli import main
from regen.compare import compare
from regen.config import RegenError
from regen.record import CellRecord, Record, changes, make_record, read_record, write_record
from regen.store import CellRun, Run
from regen.tutorial import Cell, Tutorial

OUTPUTS = [
    new_output("stream", text="one\ntwo \x1b[1m0.5\x1b[0m\n"),
    new_output("display_data", data={"image/svg+xml": "<svg/>", "text/plain": "<Figure>"}),
    new_output("execute_result", data={"text/plain": "three é"}),
    new_output("display_data", data={"text/html": "<table>", "text/plain": "a table"}),
    new_output("error", traceback=["Error: four"]),
    new_output("stream", name="stderr", text="warned\n"),
]
RUN = Run("p", [CellRun(OUTPUTS, {"x": 0.5, "list": [1, [2.5]]}), CellRun()], [], {"seconds": "1.0"})
PAGE = Tutorial("p", "p.py", [Cell("code", "", 1, 1, tol={"x": "seeds"}), Cell("code", "", 5, 2)], title="P")


def test_a_record_comes_back_as_it_was_written(site):
    other = replace(RUN, cells=[replace(RUN.cells[0], values={"x": 0.25, "list": []}), RUN.cells[1]])
    record = make_record(PAGE, RUN, [RUN, other])
    lines = ["one", "two 0.5", "three é", "[text/html]", "<table>", "Error: four"]
    first = CellRecord(lines, {"x": 0.5, "list": [1, [2.5]]}, 1)
    assert record.cells[0] == replace(first, spread={"x": [0.5, 0.25]})
    write_record(record, site.config)
    kept = Record("p", [replace(first, spread={"x": [0.5, 0.25]}), CellRecord([], {})], {"seconds": "1.0"})
    assert read_record(RUN, site.config) == kept
    assert read_record(Run("q", []), site.config) is None
    lines = site.config.record_path("p").read_text(encoding="utf-8").splitlines()
    assert '    "two 0.5",' in lines and '    "three é",' in lines and '    "x": 0.5,' in lines


def test_a_printed_number_without_a_value_has_its_range_over_the_seeds_too(site):
    def run(*numbers):
        text = "\n".join(f"loss {number}" for number in numbers)
        return Run("p", [CellRun([new_output("stream", text=text)]), CellRun()])

    page = replace(PAGE, cells=[replace(PAGE.cells[0], tol={"loss": "seeds"}), PAGE.cells[1]])
    record = make_record(page, run(0.5, 2), [run(0.5, 2), run(0.4, 3)])
    assert record.cells[0].spread == {"loss": [[0.5, 2.0], [0.4, 3.0]]}
    for numbers, differences in [((0.5, 2), 0), ((2.5, 5), 0), ((2.6, 5), 1), ((-1.6, 5.1), 1), ((-1.7, 5.1), 2)]:
        assert len(compare(page, run(*numbers), record)) == differences, numbers
    uneven = make_record(page, run(0.5, 2), [run(0.5, 2), run(0.4)])  # another count of numbers: no range
    assert len(compare(page, run(0.5, 2), uneven)) == 2


def test_a_page_has_one_record_whatever_its_run_says_of_itself(site):
    for schedule in ("short", "full"):
        run = replace(RUN, provenance={"schedule": schedule})
        write_record(make_record(PAGE, run), site.config)
        assert read_record(run, site.config) == read_record(RUN, site.config) == make_record(PAGE, run)
    assert [path.name for path in (site.root / "tutorials/records").iterdir()] == ["p.json"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not a record"),
        ("{", "not a record"),
        ("[]", "not a record"),
        ('{"format": 1}', "not a record"),
        ('{"format": 1, "cells": [{}], "page": "p"}', "not a record"),
        ('{"format": 99}', "format 99, expected 1"),
        (b"\xff\x00", "not a record"),
    ],
)
def test_a_damaged_record_is_an_error_that_names_the_file(site, content, message):
    path = site.write("tutorials/records/p.json", "")
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(RegenError) as error:
        read_record(RUN, site.config)
    assert str(error.value).startswith(f"{path}: {message}")
    assert "`regen record p`" in str(error.value)


def test_a_digit_changed_by_hand_in_the_file_is_red_even_where_a_tolerance_would_allow_it(site):
    cell = Cell("code", "", 1, 1, tol={"x": "abs 0.1", "two": "abs 0.1"})
    page = Tutorial("p", "p.py", [cell, PAGE.cells[1]], title="P")
    run = replace(RUN, cells=[replace(RUN.cells[0], outputs=OUTPUTS[:-1]), RUN.cells[1]])
    write_record(make_record(page, run), site.config)
    assert compare(page, run, read_record(RUN, site.config)) == []
    path = site.config.record_path("p")
    whole = path.read_text(encoding="utf-8")
    for old, new in [("two 0.5", "two 0.51"), ('"x": 0.5', '"x": 0.51'), ("[\n      2.5", "[\n      2.6")]:
        assert whole.count(old) == 1
        path.write_text(whole.replace(old, new), encoding="utf-8")
        assert compare(page, run, read_record(RUN, site.config)), new


def test_changes_are_told_as_lines_before_and_after():
    old = make_record(PAGE, RUN)
    new = replace(
        old, cells=[replace(old.cells[0], text=["one", "two 0.6"]), old.cells[1]], provenance={"seconds": "9"}
    )
    assert changes(old, old) == changes(old, replace(old, provenance={"seconds": "9"})) == []
    lines = changes(old, new)
    assert {'-    "two 0.5",', '+    "two 0.6"'} < set(lines)
    assert '     "one",' not in lines and not any("seconds" in line or "sha256" in line for line in lines)
    assert '+    "one",' in changes(None, new)


def test_recording_again_changes_nothing_and_tells_so(site, capsys):
    site.page("p", "\nimport time\n\nprint('one')")
    assert main(["--root", str(site.root), "record"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("p: recorded\n") and '+    "one"\n' in said
    path = site.config.record_path("p")
    before = path.read_bytes(), path.stat().st_mtime_ns
    (site.root / ".regen/p").rename(site.root / "away")  # so that it runs again, at another time, for other seconds
    site.page("p", "\nimport time\n\ntime.sleep(0.2)\nprint('one')")
    assert main(["--root", str(site.root), "record"]) == 0
    assert capsys.readouterr().out == "p: unchanged\n"
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    edited = path.read_text(encoding="utf-8").replace('"one"', '"two"')
    path.write_text(edited, encoding="utf-8")
    assert main(["--root", str(site.root), "check"]) == 1
    assert "recorded   two\n    now        one" in capsys.readouterr().out
    assert main(["--root", str(site.root), "record"]) == 0
    assert capsys.readouterr().out == 'p: recorded\n--- before\n+++ after\n-    "two"\n+    "one"\n'
    assert json.loads(path.read_text(encoding="utf-8"))["cells"][0]["text"] == ["one"]
    assert main(["--root", str(site.root), "check"]) == 0
    assert capsys.readouterr().out == "p: as recorded (1 lines, 0 values)\n"


@pytest.mark.parametrize(
    "cells",
    ['[{"text": [1], "values": {}}]', '[{"text": "one", "values": {}}]', '[{"text": [], "values": null}]', "[[]]", "5"],
)
def test_a_record_of_another_form_is_refused_with_what_to_do(site, cells):
    site.write(
        "tutorials/records/p.json", f'{{"format": 1, "page": "p", "provenance": {{}}, "sha256": "", "cells": {cells}}}'
    )
    with pytest.raises(RegenError, match=r"p\.json: not a record .* Restore it from git, or delete it and run"):
        read_record(RUN, site.config)


def test_a_record_that_cannot_be_read_is_told(site):
    site.config.record_path("p").mkdir(parents=True)
    with pytest.raises(RegenError, match=r"p\.json: cannot be read: .* Restore it from git"):
        read_record(RUN, site.config)


def test_a_printed_number_with_a_comma_has_its_range_over_the_seeds(site):
    page = replace(PAGE, cells=[replace(PAGE.cells[0], tol={"n": "seeds"}), PAGE.cells[1]])
    run = Run("p", [CellRun([new_output("stream", text="n 1,234.5")]), CellRun()])
    assert make_record(page, run, [run]).cells[0].spread == {"n": [[1234.5]]}
