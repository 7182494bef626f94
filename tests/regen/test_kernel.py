from __future__ import annotations

import gc
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from regen.errors import RegenError
from regen.execution import kernel
from regen.execution.cache import Cache
from regen.execution.kernel import sealed
from regen.execution.results import Run
from regen.execution.runner import run_pages
from regen.script.reading import read_script

if TYPE_CHECKING:
    from conftest import Site

DRAW = """import sys
from IPython.display import SVG, display

sys.stderr.write("warned\\n")
display(SVG("<svg xmlns='http://www.w3.org/2000/svg'/>"))


class Table:
    def _repr_html_(self):
        return "<table></table>"


Table()"""
STAND_IN = """
def describe(figure):
    return {"title": figure.axes[0].get_title(), "nan": float("nan")}
"""
BROKEN = """
def describe(figure):
    raise ValueError("no idea what this is")
"""


def run(site: Site, *cells: str) -> Run:
    """The run of a page of these cells."""
    site.page("p", *cells)
    result = run_pages([site.script("p")], site.config)["p"]
    if isinstance(result, RegenError):
        raise AssertionError(str(result)) from result
    return result


def failure(site: Site, *cells: str) -> str:
    """Why a page of these cells fails, without its place, which must be that of its last cell."""
    path = site.page("p", *cells)
    result = run_pages([site.script("p")], site.config)["p"]
    assert isinstance(result, RegenError)
    assert site.entries("p") == [], "the result of a page that failed is not kept"
    place, _, message = str(result).partition(".py:")
    assert place == f"p: cell {len(cells)}, {path.with_suffix('')}"
    return message.partition(": ")[2]


@pytest.fixture(autouse=True)
def limits(site: Site) -> None:
    site.settings("timeout = 30")


def test_outputs_are_those_of_the_cells(site: Site) -> None:
    site.write("here.txt", "in the site's folder")
    read = 'print("one")\nprint("\\x1b[31mtwo\\x1b[0m")\nopen("here.txt").read()'
    first, second = run(site, read, DRAW).cells
    assert first.shown == [("stdout", "one\ntwo\n"), ("text/plain", '"in the site\'s folder"')]
    assert [kind for kind, _ in second.shown] == ["stderr", "image/svg+xml", "text/html"]
    gc.collect()  # pytest would warn of a socket that was left open


def test_a_progress_bar_is_shown_as_a_terminal_would(site: Site) -> None:
    code = (
        'import sys\nimport time\n\nfor i in range(3):\n    print(f"\\r{i}%", end="")\n'
        '    sys.stdout.flush()\n    time.sleep(0.3)\nprint("\\rdone")'
    )
    (cell,) = run(site, code).cells
    assert cell.text == ["done"]
    assert len(cell.outputs) == 1, "a stream that arrives in pieces is one"


def test_values_are_what_their_expressions_give(site: Site) -> None:
    code = (
        "#| values:\n#|   nested: '[x, (2.5, True), {\"a\": x}]'\n#|   commented: 'x  # as it is'\n"
        "#|   lines: |-\n#|     (x +\n#|     1)\n"
        "#|   own: Array()\n#|   unknown: unknown\n"
        'x = 1\nunknown = float("nan")\n\n\nclass Array:\n    def tolist(self):\n        return [3]'
    )
    values = run(site, code).values
    assert str(values.pop("unknown")) == "nan"
    nested = [1, [2.5, True], {"a": 1}]
    assert values == {"nested": nested, "commented": 1, "lines": 2, "own": [3]}


def test_numbers_of_numpy_are_plain_numbers(site: Site) -> None:
    code = (
        "#| values:\n#|   array: np.arange(x)\n#|   scalar: np.float32(x)\n#|   flag: np.bool_(x)\n"
        "#| claims:\n#|   positive: np.int64(x) > 0\nimport numpy as np\n\nx = 2"
    )
    cell = run(site, code).cells[0]
    assert cell.values == {"array": [0, 1], "scalar": 2.0, "flag": True}
    assert (type(cell.values["scalar"]), cell.values["flag"]) == (float, True)
    assert cell.claims == {"positive": True}


def test_quoted_and_recorded_values_say_where_they_come_from(site: Site) -> None:
    quoted = "#| quoted:\n#|   old: (x, paper)\n#|   more: '[(x, paper), (2, paper)]'\n"
    recorded = "#| values:\n#|   best: x\n#| recorded: f'{x} runs'\n"
    found = run(site, f'{quoted}x = 1.5\npaper = "A paper"', f"{recorded}x")
    assert found.values == {"old": 1.5, "more": [1.5, 2], "best": 1.5}
    paper = "Quoted from: A paper"
    assert found.origins == {"old": paper, "more": paper, "best": "On record: 1.5 runs"}


def test_a_false_claim_is_kept_as_false(site: Site) -> None:
    cell = run(site, "#| claims:\n#|   more: x > 1\n#|   less: x < 1\nx = 2").cells[0]
    assert cell.claims == {"more": True, "less": False}


def test_files_are_bytes_or_text(site: Site) -> None:
    code = '#| files:\n#|   a.txt: text\n#|   b.bin: text.encode("utf-16")\ntext = "é"'
    cell = run(site, code).cells[0]
    assert cell.file("a.txt") == "é".encode()
    assert cell.file("b.bin") == "é".encode("utf-16")


def test_an_expression_that_fails_is_named_with_its_place(site: Site) -> None:
    message = failure(site, "x = 1", "#| values: {y: x, z: x / y}\ny = 0")
    assert message == "value z = x / y: ZeroDivisionError: division by zero"


def test_a_quoted_figure_needs_a_source(site: Site) -> None:
    message = "quoted q: gives 98.4, expected a figure and its source."
    assert failure(site, "#| quoted: {q: x}\nx = 98.4") == message


def test_an_expression_that_ends_the_kernel_is_named(site: Site) -> None:
    message = failure(site, "#| values: {x: os._exit(y)}\nimport os\n\ny = 3")
    evaluating = "It was evaluating this: value x = os._exit(y)"
    assert message == f"the kernel died: it ended itself with exit code 3. {evaluating}"


def test_an_expression_that_takes_too_long_is_named(site: Site) -> None:
    site.settings("timeout = 2")
    message = failure(site, "#| values: {y: y, x: time.sleep(y)}\nimport time\n\ny = 60")
    assert message.startswith("still running after its time limit of 2 s.")
    assert message.endswith("It was evaluating one of these: value y = y; value x = time.sleep(y)")


def test_an_expression_must_not_draw_random_numbers(site: Site) -> None:
    message = failure(site, "#| values: {x: random.random() < y}\nimport random\n\ny = 2")
    assert message.startswith("value x = random.random() < y: draws random numbers, so the page")


def test_the_state_of_other_generators_is_asked(site: Site) -> None:
    site.settings('provenance = "told:Told"\ntimeout = 30')
    site.write(
        "told.py",
        "drawn = []\n\n\nclass Told:\n    def __call__(self):\n        return {}\n\n"
        "    def state(self):\n        return len(drawn)\n",
    )
    code = "import told\n\n\ndef draw():\n    told.drawn.append(1)\n    return told"
    message = failure(site, f"#| values: {{x: draw() is told}}\n{code}")
    assert message.startswith("value x = draw() is told: draws random numbers")


def test_all_expressions_of_a_cell_take_one_request(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ask = kernel._Kernel._ask

    async def counted(self: Any, method: str, *arguments: Any) -> Any:
        asked.append(method)
        return await ask(self, method, *arguments)

    monkeypatch.setattr(kernel._Kernel, "_ask", counted)
    run(site, "#| values: {a: x, b: x, c: x}\n#| claims: {d: x > 0}\nx = 1", "x = 2")
    assert asked == ["evaluate", "finish"]


def test_no_name_of_regen_stands_among_those_of_the_page(site: Site) -> None:
    (cell,) = run(site, "print([name for name in dir() if not name.startswith('_')])").cells
    assert cell.text == ["['In', 'Out', 'exit', 'get_ipython', 'open', 'quit']"]


def test_provenance_is_asked_after_the_last_cell(site: Site) -> None:
    site.settings('provenance = "told:Told"')
    site.write(
        "told.py",
        'class Told:\n    said = "nothing"\n\n    def __call__(self):\n'
        '        return {"device": "an abacus", "said": self.said}\n',
    )
    found = run(site, "import told\n\ntold.Told.said = 'last'").provenance
    assert found.keys() == {"device", "said", "python", "seconds", "date", "commit"}
    assert (found["device"], found["said"]) == ("an abacus", "last")
    assert 0 < float(found["seconds"]) < 60


@pytest.mark.parametrize(
    ("maker", "message"),
    [
        ("nosuchmodule:X", "provenance = nosuchmodule:X: ModuleNotFoundError: "),
        ("json:nothing", "provenance = json:nothing: AttributeError: "),
        ("builtins:int", "provenance: TypeError: "),
    ],
)
def test_provenance_that_cannot_be_had_is_an_error(site: Site, maker: str, message: str) -> None:
    site.settings(f'provenance = "{maker}"')
    path = site.page("p", "x = 1")
    result = run_pages([site.script("p")], site.config)["p"]
    assert isinstance(result, RegenError)
    assert str(result).startswith(f"p: {path}: {message}")


# what reaches a kernel


def test_a_kernel_inherits_only_what_is_declared(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.settings('env = ["KNOB"]\nkernel_env = { PYTHONHASHSEED = "0", SET = "7" }')
    for name in ("KNOB", "OTHER", "MPLBACKEND", "PYTHONPATH", "PYTHONWARNINGS", "PYTHONOPTIMIZE"):
        monkeypatch.setenv(name, "1")
    (cell,) = run(site, "import os\n\nfor name in sorted(os.environ):\n    print(name)").cells
    assert {"KNOB", "SET", "PYTHONHASHSEED", "PYTHONNOUSERSITE", "PATH"} <= set(cell.text)
    python = [name for name in cell.text if name.startswith("PYTHON")]
    assert python == ["PYTHONHASHSEED", "PYTHONNOUSERSITE"]
    assert not {"OTHER", "REGEN_TEST_SITE"} & set(cell.text)


def test_what_a_user_set_up_for_ipython_does_not_reach_a_page(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.write("mine/profile_default/startup/first.py", "sneaked_in = 1")
    monkeypatch.setenv("IPYTHONDIR", str(site.root / "mine"))
    assert run(site, "print('sneaked_in' in dir())").cells[0].text == ["False"]


def test_matplotlib_keeps_its_fonts_with_the_results(site: Site) -> None:
    found = sealed({}, site.config, site.root / "tmp")
    assert found["MPLCONFIGDIR"] == str(site.root / ".regen/.matplotlib")
    assert (site.root / ".regen/.matplotlib").is_dir()


def test_matplotlib_has_a_folder_where_no_result_can_be_kept(site: Site) -> None:
    site.write(".regen", "a file where the folder should be")
    found = sealed({}, site.config, site.root / "tmp")
    assert found["MPLCONFIGDIR"] == str(site.root / "tmp/matplotlib")


def test_installed_kernels_do_not_count(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = {"argv": ["/nowhere/python"], "display_name": "Broken", "language": "python"}
    site.write("kernels/python3/kernel.json", json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(site.root))
    assert run(site, "#| values: {x: x}\nx = 1").values == {"x": 1}


@pytest.mark.parametrize("where", ["long", "short"])
def test_a_long_temporary_folder_is_no_obstacle(
    site: Site, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    folder = site.root / ("x" * 120 if where == "long" else "tmp")
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    assert run(site, "#| values: {x: x}\nx = 1").values == {"x": 1}
    assert list(folder.iterdir()) == []


# what a page reads


def read_by(site: Site, *cells: str) -> set[str]:
    """The files that a page of these cells depends on."""
    return {name for name in run(site, *cells).dependencies if "." in name or "/" in name}


def test_modules_count_lazy_and_deleted_ones_too(site: Site) -> None:
    for name in ("lib/__init__", "lib/used", "lib/other", "lazy", "deleted", "never"):
        site.write(f"{name}.py", "x = 1")
    code = (
        "import sys\n\nimport deleted\nimport lib.used\n\n\ndef use():\n    import lazy\n\n\n"
        'use()\ndel sys.modules["deleted"]'
    )
    expected = {"lib/__init__.py", "lib/used.py", "lazy.py", "deleted.py"}
    assert read_by(site, code) == expected
    assert (site.root / "__pycache__").is_dir(), "compiled modules, which the second run reads"
    assert read_by(site, code + "\nx = 1") == expected


def test_files_that_were_opened_count(site: Site) -> None:
    for name in ("a.csv", "b.py", "never.csv", ".regen/a.csv"):
        site.write(name, "1")
    code = 'open("a.csv").close()\nexec(open("b.py").read())\nopen(".regen/a.csv").close()'
    assert read_by(site, code) == {"a.csv", "b.py"}


def test_a_module_without_a_version_counts(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    module = tmp_path_factory.mktemp("elsewhere") / "far.py"
    module.touch()
    code = f"import sys\n\nsys.path.insert(0, {str(module.parent)!r})\nimport far"
    assert read_by(site, code) == {f"module {module}"}


def test_a_site_may_lie_within_a_folder_of_python(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.base_prefix", str(site.root.parent))
    site.page("p", "x = 1")
    outside = kernel._Kernel(site.script("p"), site.config, site.root / "tmp")._outside()
    assert site.root.parent not in outside
    assert site.root / ".regen" in outside


def test_packages_that_were_imported_count(site: Site) -> None:
    found = run(site, "import sys\n\nimport yaml\n\ndel sys.modules['yaml']").dependencies
    assert {"PyYAML", "ipython", "ipykernel"} <= found.keys()
    assert "markdown" not in {name.lower() for name in found}


def test_what_only_provenance_reads_counts(site: Site) -> None:
    site.settings('provenance = "told:Told"')
    site.write("late.py", "device = 'an abacus'")
    told = (
        "    def __call__(self):\n        import late\n\n        return {'device': late.device}\n"
    )
    site.write("told.py", f"class Told:\n{told}")
    assert read_by(site, "x = 1") == {"told.py", "late.py"}


def test_what_changes_while_a_page_runs_is_not_kept(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.write("mid.py", "x = 1\n")
    code = '#| values: {x: mid.x}\nimport os\n\nimport mid\n\nos.rename("new.py", "mid.py")'
    site.write("new.py", "x = 2\n\n")
    assert run(site, code).values == {"x": 1}
    fresh, _ = Cache(site.config).lookup(site.script("p"))
    assert fresh is None, "the result of the module before the edit would be that of the new one"
    assert "regen: p: mid.py changed while it ran, so the result is not kept" in (
        capsys.readouterr().err
    )


def test_data_that_changes_while_a_page_runs_is_not_kept(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.settings('data = ["a.csv"]')
    site.write("a.csv", "1")
    run(site, 'open("a.csv", "w").write("22")')
    assert "regen: p: data a.csv changed while it ran" in capsys.readouterr().err
    assert site.entries("p") == []


# what a page shows


@pytest.mark.parametrize(
    "show",
    [
        'plt.plot([1, 2])\nplt.title("A title")\nplt.show()',
        'figure, axes = plt.subplots()\naxes.set_title("A title")\nplt.close()\nfigure',
        "class Picture:\n    def __init__(self):\n        self.figure, axes = plt.subplots()\n"
        '        axes.set_title("A title")\n        plt.close()\n\n'
        "    def _repr_svg_(self):\n        return '<svg/>'\n\n\nPicture()",
    ],
    ids=["shown", "returned", "kept in an attribute"],
)
def test_a_figure_says_what_it_shows(
    site: Site, monkeypatch: pytest.MonkeyPatch, show: str
) -> None:
    monkeypatch.setattr(kernel, "DRAWING_FOLDER", site.write("stand_in/figure.py", STAND_IN).parent)
    (cell,) = run(site, f"import matplotlib.pyplot as plt\n\n{show}").cells
    (figure,) = cell.figures
    assert figure.drawing["title"] == "A title"
    assert str(figure.drawing["nan"]) == "nan"
    assert cell.unknown == ""


def test_a_figure_is_described_in_the_kernel(site: Site) -> None:
    code = (
        'import matplotlib.pyplot as plt\n\nplt.plot([1, 2], label="up")\nplt.legend()\nplt.show()'
    )
    (figure,) = run(site, code).cells[0].figures
    assert "up" in json.dumps(figure.drawing["axes"])


def test_a_figure_that_cannot_be_described_is_an_error(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "DRAWING_FOLDER", site.write("stand_in/figure.py", BROKEN).parent)
    code = "import matplotlib.pyplot as plt\n\nplt.plot([1, 2])\nplt.show()"
    message = "a figure cannot be described: ValueError: no idea what this is"
    assert message in failure(site, code)


def test_an_object_of_matplotlib_that_is_no_picture_is_text(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "DRAWING_FOLDER", site.write("stand_in/figure.py", STAND_IN).parent)
    code = "import matplotlib.pyplot as plt\n\nfigure, axes = plt.subplots()\nplt.close()\naxes"
    (cell,) = run(site, code).cells
    assert [kind for kind, _ in cell.shown] == ["text/plain"]
    assert cell.figures == []


def test_an_output_of_another_kind_is_an_error_that_names_it(site: Site) -> None:
    data = {"application/json": [0.97], "text/plain": "<object>"}
    code = f"from IPython.display import display\n\ndisplay({data}, raw=True)"
    message = "an output of kind application/json, which is neither recorded nor a picture"
    assert message in failure(site, code)


def test_an_output_that_has_a_known_kind_too_is_fine(site: Site) -> None:
    data = {"application/vnd.chart+json": [0.97], "text/html": "<b>0.97</b>"}
    code = f"from IPython.display import display\n\ndisplay({data}, raw=True)"
    assert run(site, code).cells[0].text == ["[text/html]", "<b>0.97</b>"]


def test_an_exception_that_is_declared_is_shown(site: Site) -> None:
    found = run(site, '#| tags: [raises-exception]\nraise ValueError("meant")', "x = 1")
    ((kind, text),) = found.cells[0].shown
    assert kind == "error"
    assert "ValueError: meant" in text and "\x1b" not in text


def test_an_exception_that_is_declared_must_come(site: Site) -> None:
    message = "tagged raises-exception, but no exception was raised."
    assert failure(site, "x = 1", "#| tags: [raises-exception]\nx += 1").startswith(message)


def test_no_tag_keeps_a_cell_from_running(site: Site) -> None:
    site.page("p", "#| values: {x: x}\n#| tags: [skip-execution]\nx = 1")
    script = read_script(site.root / "tutorials/p.py", ["skip-execution"])
    result = run_pages([script], site.config)["p"]
    assert isinstance(result, Run)
    assert result.values == {"x": 1}


def test_a_comment_is_not_run_as_a_command(site: Site) -> None:
    site.write("precious/file", "")
    comments = "# !touch x\n# rm -rf precious\n# Shape?\n# copy the weights first"
    found = run(site, f"#| values: {{cat: cat}}\n{comments}\ncat = 3\ncat -= 1")
    assert found.values == {"cat": 2}
    assert (site.root / "precious/file").exists()
    assert not (site.root / "x").exists()


def test_a_name_is_not_run_as_a_command(site: Site) -> None:
    assert "NameError: name 'pwd' is not defined" in failure(site, "pwd")


def test_a_prompt_in_a_string_stays(site: Site) -> None:
    text = "\n>>> 1 + 1\nIn [1]: x\n"
    assert run(site, f'#| values: {{s: s}}\ns = """{text}"""').values == {"s": text}


def test_a_path_that_a_site_can_have_is_fine(tmp_path: Path) -> None:
    # the folder of regen may be written to, and TMPDIR may hold blanks
    folder = tmp_path / "with a 'quote' and é"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("[tool.regen]\n")
    page = folder / "p.py"
    page.write_text("# ---\n# title: P\n# ---\n\n# %%\n#| values: {x: x}\nx = 1\n")
    from regen.config import load_config

    result = run_pages([read_script(page)], load_config(folder))["p"]
    assert isinstance(result, Run)
    assert result.values == {"x": 1}
    assert os.listdir(folder / ".regen/p")
