import base64
import re
from dataclasses import replace
from xml.etree import ElementTree

import nbformat
import pytest
from nbformat.v4 import new_output

from regen.compare import Difference
from regen.config import Config, RegenError
from regen.render import downloads, error_box, fill_prose, inline_figure, page, pictures
from regen.store import CellRun, Run
from regen.tutorial import Cell, Tutorial

SVG = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><metadata>by a tool, in 2019
</metadata><defs><clipPath id="clip"/></defs><g id="axes" clip-path="url(#clip)"/><use xlink:href="#axes"/></svg>"""
PNG = base64.b64encode(b"\x89PNG pixels").decode()
TABLE = '<div>\n<style scoped>\n    th {}\n</style>\n<table class="dataframe">\n\n<tr><td>7</td></tr></table>\n</div>'


def printed(text):
    return new_output("stream", text=text)


def displayed(data):
    return new_output("display_data", data=data)


PAGE = Tutorial(
    "p",
    "tutorials/p.py",
    [
        Cell("markdown", "# Sums\n\nThe sum is [[p.total:.2f]].\n\n??? question\n\n    What?", 5),
        Cell("code", "a = 1\nprint(a)", 10, 1, values={"total": "a"}, tol={"total": "abs 1"}),
        Cell("code", "draw()", 20, 2, alt="A line up to [[p.total]].", fold="Solution"),
        Cell("code", "secret = 1", 30, 3, tags=["remove_input"], output="python"),
        Cell("code", "nothing()", 40, 4, tags=["remove_cell"]),
        Cell("code", "mute()", 50, 5, tags=["hush"]),
        Cell("code", "table()", 60, 6),
        Cell("markdown", "## Recap", 70),
    ],
    title="Sums",
    teaches="what a sum is",
    before="counting",
    sources=["S0", "Another book"],
)
RUN = Run(
    "p",
    [
        CellRun([printed("1\n"), displayed({"text/plain": "'~~~ ``` ~~~'"})], {"total": 1.5}),
        CellRun(
            [
                displayed({"image/svg+xml": SVG, "text/plain": "<Figure>"}),
                printed("between\n"),
                displayed({"image/png": PNG}),
            ]
        ),
        CellRun([printed("class A:\n")]),
        CellRun([printed("UNSEEN\n")]),
        CellRun([printed("HUSHED\n"), new_output("error", ename="ValueError", evalue="no: sum")]),
        CellRun([displayed({"text/html": TABLE})]),
    ],
    [],
    {"seconds": "12.3", "date": "2019-08-15 12:00 UTC", "commit": "abc123", "device": "one CPU", "python": "3.11"},
)
"""A page with all kinds of cells, and its run."""


def shown(run=RUN, tutorial=PAGE, **more):
    config = Config(root=".", sources={"S0": "A blog, 2019"})
    return page(tutorial, run, {"p": RUN}, config, tags={"remove_all_outputs_tags": ["hush"]}, **more)


def test_a_page_shows_its_facts_its_code_its_results_and_where_they_come_from():
    text = shown(differences=[])
    assert text.startswith("# Sums\n\n<dl ")
    facts = text[: text.index("</dl>")]
    for fact in ("what a sum is", "counting", "1 min to read", "12 s on one CPU", "A blog, 2019; Another book"):
        assert fact in facts
    for name in ("p.py", "p.ipynb", "p.md"):
        assert f"](p/{name}" in text
    assert re.search(r"The sum is <span class=.value computed. title=.[^>]+>1.50</span>\.", text)
    assert "``` { .python .cell }\na = 1\nprint(a)\n```" in text
    assert "```` { .text .output .no-copy }\n1\n'~~~ ``` ~~~'\n````" in text
    assert "``` { .python .output .no-copy }\nclass A:\n```" in text
    assert '<div class="output-table">\n<div>\n<table>\n<tr><td>7</td></tr></table>\n</div>\n</div>' in text
    for word in ("secret", "nothing()", "UNSEEN", "HUSHED", "values=", "tol=", "SVG", "dataframe", "scoped"):
        assert word not in text
    assert "mute()" in text and text.index("mute()") < text.index("## Recap")
    provenance = text[text.index("Where these numbers come from") :]
    for origin in ("2019-08-15 12:00 UTC", "abc123", "one CPU", "python 3.11", "12.3 s", "1 named values agree"):
        assert origin in provenance
    assert "!!! danger" not in text and "!!! warning" not in text


def test_a_folded_cell_holds_code_figures_and_print_outs_in_their_order():
    box = re.search(r'\?\?\? success "Solution"\n\n((?:    .*\n|\n)+)', shown())[1]
    order = ["    draw()", 'data-figure="figure-2-1"', "    between", 'data-figure="figure-2-2"']
    assert sorted(order, key=box.index) == order
    assert "class A" not in box


def test_a_page_without_heading_takes_its_title():
    text = shown(run=None, tutorial=Tutorial("p", "p.py", [Cell("markdown", "Prose first.", 5)], title="Sums"))
    assert text.startswith("# Sums\n\n") and "Prose first." in text


def test_what_is_wrong_with_a_page_stands_in_a_box_at_its_top():
    difference = Difference("p", "p.py:10", 1, "value total", "1.5", "1.6")
    differs, undocumented = (
        shown(differences=[difference]),
        shown(differences=[Difference("p", "", 0, "not documented", "", "")]),
    )
    failed, not_run = shown(run=None, problem="p.py:10: ValueError"), shown(run=None)
    for text, title, words in [
        (differs, 'danger "Not as documented', "    recorded   1.5\n        now        1.6"),
        (undocumented, 'danger "Not documented', "not documented"),
        (failed, 'danger "This page failed"', "    p.py:10: ValueError"),
        (not_run, 'warning "Not run"', "no output is shown"),
    ]:
        assert text.count("!!! ") == 1
        assert text.index("</dl>") < text.index(f"!!! {title}") < text.index(words) < text.index("The sum is")
    assert "do not agree" in differs and "agree with the committed" not in differs.replace("not agree with", "")
    assert "Where these numbers" not in failed and "draw()" in failed and "between" not in failed


def test_an_error_box_says_what_is_wrong():
    text = error_box("This page failed", "broken.py:1: no title", Config(root="."))
    assert text.startswith('!!! danger "This page failed"\n') and "    broken.py:1: no title" in text


def test_a_figure_needs_a_text_alternative():
    bare = Tutorial("p", "p.py", [Cell("code", "draw()", 20, 1)], title="P")
    drawn = Run("p", [CellRun([displayed({"image/svg+xml": SVG})])])
    with pytest.raises(RegenError, match=r"p\.py:20: a figure without a text alternative\. Add alt="):
        pictures(bare, drawn)


def test_figures_are_named_and_inlined_with_identifiers_of_their_own_and_no_metadata():
    first, second = pictures(fill_prose(PAGE, {"p": RUN}), RUN)
    assert [first.file, second.file] == ["figure-2-1.svg", "figure-2-2.png"]
    assert (first.content, second.content) == (SVG, b"\x89PNG pixels")
    figure = ElementTree.fromstring(inline_figure(first))
    assert figure.attrib == {"class": "cell-figure", "role": "img", "aria-label": "A line up to 1.5."}
    ids = [element.get("id") for element in figure.iter() if element.get("id")]
    assert ids == ["figure-2-1-clip", "figure-2-1-axes"]
    assert [element.get("clip-path") for element in figure.iter() if element.get("clip-path")] == [
        "url(#figure-2-1-clip)"
    ]
    assert figure.find(".//{*}use").get("{http://www.w3.org/1999/xlink}href") == "#figure-2-1-axes"
    assert "metadata" not in inline_figure(first) and "2019" not in inline_figure(first)
    (image,) = ElementTree.fromstring(inline_figure(second).replace('">' + "</figure>", '"/></figure>'))
    assert image.attrib == {"src": f"data:image/png;base64,{PNG}", "alt": "A line up to 1.5."}


def test_the_script_to_take_along_is_clean_and_runs():
    text = downloads(fill_prose(PAGE, {"p": RUN}), RUN)["p.py"]
    assert "# The sum is 1.50." in text and "# %%\na = 1\nprint(a)\n" in text
    assert not re.search(r"values=|tol=|alt=|fold=|tags|jupytext|\[\[", text)
    printed = []
    exec(text, {"print": printed.append, **dict.fromkeys(("draw", "nothing", "mute", "table"), lambda: None)})
    assert printed == [1]


def test_the_notebook_to_take_along_is_valid_whole_and_the_same_each_time():
    filled = fill_prose(PAGE, {"p": RUN})
    text = downloads(filled, RUN)["p.ipynb"]
    assert text == downloads(filled, RUN)["p.ipynb"]
    found = nbformat.reads(text, as_version=4)
    nbformat.validate(found)
    prose, first, drawn, *_, hushed, table, _ = found.cells
    assert "The sum is 1.50." in prose.source and first.source == "a = 1\nprint(a)"
    assert [cell.get("execution_count") for cell in found.cells] == [None, 1, 2, 3, 4, 5, 6, None]
    assert [output.get("text") or output.data for output in first.outputs] == ["1\n", {"text/plain": "'~~~ ``` ~~~'"}]
    assert drawn.outputs[0].data == {"text/plain": "A line up to 1.5.", "image/svg+xml": SVG}
    assert drawn.outputs[2].data["image/png"] == PNG and table.outputs[0].data["text/html"] == TABLE
    assert (hushed.outputs[1].ename, hushed.outputs[1].evalue) == ("ValueError", "no: sum")


def test_the_markdown_to_take_along_stands_alone():
    files = downloads(fill_prose(PAGE, {"p": RUN}), RUN)
    assert (files["figure-2-1.svg"], files["figure-2-2.png"]) == (SVG, b"\x89PNG pixels") and len(files) == 5
    text = files["p.md"]
    assert "The sum is 1.50." in text and "<span" not in text
    assert "![A line up to 1.5.](figure-2-1.svg)" in text and "![A line up to 1.5.](figure-2-2.png)" in text
    assert "class A:" in text


def test_markdown_and_latex_output_are_shown_as_what_they_are():
    outputs = [displayed({"text/markdown": "**bold**", "text/plain": "<M>"}), displayed({"text/latex": "$x$"})]
    tutorial = Tutorial("p", "p.py", [Cell("code", "show()", 20, 1)], title="P")
    text = shown(run=replace(RUN, cells=[CellRun(outputs)]), tutorial=tutorial)
    for content in ("**bold**", "$x$"):
        assert f'<div class="output-markdown" markdown>\n\n{content}\n\n</div>' in text
    assert "<M>" not in text


def test_no_line_of_the_script_to_take_along_is_commented_out():
    code = "# rm -rf precious\n# Shape?\ncat = 3\ncat -= 1\nprint(cat)"
    tutorial = Tutorial("p", "p.py", [Cell("code", code, 20, 1)], title="P")
    run = Run("p", [CellRun([printed("2\n")])])
    files = downloads(tutorial, run)
    assert code in files["p.py"]
    assert nbformat.reads(files["p.ipynb"], as_version=4).cells[0].source == code
