import gc
import io

from regen.config import RegenError
from regen.runner import Progress, run_pages
from regen.store import Store

DRAW = """import sys
from IPython.display import SVG, display

sys.stderr.write("warned\\n")
display(SVG("<svg xmlns='http://www.w3.org/2000/svg'/>"))


class Table:
    def _repr_html_(self):
        return "<table></table>"


Table()"""


def test_a_run_holds_what_the_cells_showed_their_values_and_where_they_come_from(site):
    site.settings(
        'packages = ["lib"]\nkernel_env = { KNOB = "7" }\nprovenance = "lib.origin:told"\nenv = ["SEED"]\ntimeout = 30'
    )
    for module in ("__init__", "used", "other"):
        site.write(f"lib/{module}.py", "")
    site.write("lib/origin.py", 'def told():\n    return lambda: {"device": "an abacus"}\n')
    site.write("here.txt", "in the site's folder")
    site.page(
        "p",
        "[markdown]\n# Prose.",
        'values={"knob": "os.environ[\'KNOB\']", "nested": "[1, (2.5, True)]", "array": "Array()"} '
        'quoted={"old": "(98.4, \'Paper\')"}\n'
        "import os\nfrom array import array\n\nimport lib.used\n\n\nclass Array:\n    def tolist(self):\n        return [3]\n\n\n"
        'print("one")\nprint("\\x1b[31mtwo\\x1b[0m")\nopen("here.txt").read()',
        f"\n{DRAW}",
        'values={"kept": "7"} recorded="f\'{1 + 2} runs\'"\nx = 1',
        'values={"seed": "os.environ.get(\'SEED\', \'\')"} tags=["raises-exception"]\nraise ValueError("meant")',
    )
    run = run_pages([site.tutorial("p")], site.config)["p"]
    first, second, _, third = run.cells
    assert first.shown == [("stdout", "one\ntwo\n"), ("text/plain", '"in the site\'s folder"')]
    assert [kind for kind, _ in second.shown] == ["stderr", "image/svg+xml", "text/html"]
    assert [kind for kind, _ in third.shown] == ["error"] and "meant" in third.shown[0][1]
    assert run.values == {"knob": "7", "nested": [1, [2.5, True]], "array": [3], "old": 98.4, "kept": 7, "seed": ""}
    assert run.origins == {"old": "Quoted from: Paper", "kept": "On record: 3 runs"}
    assert run.modules == ["lib", "lib.origin", "lib.used"]
    assert run.provenance.keys() == {"device", "python", "seconds", "date", "commit"}
    assert run.provenance["device"] == "an abacus" and 0.1 < float(run.provenance["seconds"]) < 60

    assert run_pages([site.tutorial("p")], site.config)["p"] == run, "the second time it must come from the store"
    assert Store(site.config).lookup(site.tutorial("p")) == (run, "")
    other = run_pages([site.tutorial("p")], site.config, env={"SEED": "3"})["p"]
    assert other.values["seed"] == "3"
    assert Store(site.config).lookup(site.tutorial("p")) == (run, ""), "a run with another seed takes no one's place"
    gc.collect()  # pytest would tell of a socket that was left open


def test_a_value_that_cannot_be_had_is_a_failure_at_its_cell(site):
    site.settings("timeout = 3\njobs = 3")
    wrong = {
        "raises": ('values={"x": "1 / 0"}', "value x = 1 / 0: ZeroDivisionError: division by zero"),
        "sourceless": ('quoted={"x": "98.4"}', "quoted x: gives 98.4, expected a figure and its source"),
        "dies": ('values={"x": "__import__(\'os\')._exit(1)"}', "value x = __import__('os')._exit(1): "),
    }
    paths = {name: site.page(name, "\nx = 1", f"{header}\ny = 1") for name, (header, _) in wrong.items()}
    results = run_pages(map(site.tutorial, wrong), site.config)
    for name, (_, message) in wrong.items():
        assert isinstance(results[name], RegenError)
        assert str(results[name]).startswith(f"{name}: cell 2, {paths[name]}:8: {message}")
        assert site.entries(name) == []


def test_progress_is_one_line_of_a_terminal_and_lines_at_intervals_in_a_log(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    terminal, log = io.StringIO(), io.StringIO()
    terminal.isatty = lambda: True
    for stream in (terminal, log):
        now[0] = 0.0
        progress = Progress(2, stream)
        progress.at("p", "starting")
        now[0] = 3.0
        progress.at("p", "cell 2 of 5")
        now[0] = 12.0
        progress.tick()
        progress.end("p", "done")
        progress.tick()
    assert log.getvalue() == "regen: p cell 2 of 5, 12 s | 1 waiting\nregen: p: done after 12.0 s\n"
    assert terminal.getvalue().endswith(
        "\r\x1b[Kregen: p cell 2 of 5, 3 s | 1 waiting\r\x1b[Kregen: p cell 2 of 5, 12 s | 1 waiting\r\x1b[Kregen: p: done after 12.0 s\n"
    )


def test_an_output_that_can_be_neither_shown_nor_recorded_is_a_failure_that_names_its_kind(site):
    site.settings("timeout = 20\njobs = 2")
    shows = "\nfrom IPython.display import display\n\ndisplay({!r}, raw=True)".format
    site.page("wrong", shows({"application/json": [0.97], "text/plain": "<object>"}))
    site.page("fine", shows({"application/vnd.chart+json": [0.97], "text/html": "<b>0.97</b>"}))
    results = run_pages(map(site.tutorial, ("wrong", "fine")), site.config)
    assert isinstance(results["wrong"], RegenError) and site.entries("wrong") == []
    for words in ("wrong.py:5: an output of kind application/json", "neither recorded nor a picture"):
        assert words in str(results["wrong"])
    assert results["fine"].cells[0].text == ["[text/html]", "<b>0.97</b>"]


def test_an_exception_that_is_declared_must_come(site):
    site.settings("timeout = 20")
    path = site.page("p", "\nx = 1", 'tags=["raises-exception"]\nx += 1')
    failure = run_pages([site.tutorial("p")], site.config)["p"]
    assert isinstance(failure, RegenError) and site.entries("p") == []
    assert str(failure).startswith(f"p: cell 2, {path}:8: tagged raises-exception, but no exception was raised.")


def test_a_comment_is_not_run_as_a_command(site):
    site.settings("timeout = 20")
    site.write("precious/file", "")
    comments = "# !touch x\n# rm -rf precious\n# Shape?\n# copy the weights first"
    site.page("p", f'values={{"cat": "cat"}}\n{comments}\ncat = 3\ncat -= 1')
    site.page("q", "\npwd")
    site.page("r", 'values={"s": "s  # as it stands"}\ns = """\n>>> 1 + 1\nIn [1]: x\n"""')
    results = run_pages(map(site.tutorial, "pqr"), site.config)
    assert results["p"].values == {"cat": 2}
    assert "NameError: name 'pwd' is not defined" in str(results["q"])
    assert results["r"].values == {"s": "\n>>> 1 + 1\nIn [1]: x\n"}, results["r"]
    assert (site.root / "precious/file").exists() and not (site.root / "x").exists()
