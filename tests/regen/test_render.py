"""Pages as Markdown: head, cells, outputs, figures, foot, and a site's own templates."""

import base64
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output

from regen.config import Config
from regen.errors import RegenError
from regen.execution.results import DRAWING, CellRun, Run
from regen.prose.resolver import Resolver
from regen.records.compare import Difference
from regen.script.reading import Cell, Options, Script
from regen.site.blocks import place_figures
from regen.site.light_svg import Sheet
from regen.site.render import error_box, inline_figure, page

SVG = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">
<metadata>by a tool, in 2019
</metadata><defs><clipPath id="clip"/></defs>
<g id="axes" clip-path="url(#clip)"/><use xlink:href="#axes"/></svg>"""
PNG = base64.b64encode(b"\x89PNG pixels").decode()
TABLE = (
    '<div>\n<style scoped>\n    th {}\n</style>\n<table class="dataframe">\n\n'
    "<tr><td>[[n]]</td></tr></table>\n</div>"
)


def printed(text: str) -> NotebookNode:
    return new_output("stream", text=text)


def displayed(data: dict[str, Any]) -> NotebookNode:
    return new_output("display_data", data=data)


def drawn(kind: str, content: str) -> NotebookNode:
    """A figure, with what the kernel says of it."""
    return displayed(
        {kind: content, "text/plain": "<Figure>", DRAWING: {"size": [1, 1], "axes": []}}
    )


SCRIPT = Script(
    "p",
    Path("tutorials/p.py"),
    [
        Cell("markdown", "# Sums\n\nThe sum is [[total:.2f]].", 5, 6),
        Cell("code", "a = 1\nprint(a)", 10, 12, 1, Options(values={"total": "a"})),
        Cell("code", "draw()", 20, 22, 2, Options(alt="A line up to [[total]].", fold="Solution")),
        Cell("code", "secret = 1", 30, 31, 3, Options(tags=["remove_input"], output="python")),
        Cell("code", "nothing()", 40, 41, 4, Options(tags=["remove_cell"])),
        Cell("code", "mute()", 50, 51, 5, Options(tags=["hush"])),
        Cell("code", "table()", 60, 61, 6),
        Cell("markdown", "## Recap", 70, 71),
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
        CellRun([drawn("image/svg+xml", SVG), printed("between\n"), drawn("image/png", PNG)]),
        CellRun([printed("class A:\n")]),
        CellRun([printed("UNSEEN\n")]),
        CellRun([printed("HUSHED\n")]),
        CellRun([displayed({"text/html": TABLE})]),
    ],
    provenance={
        "seconds": "12.3",
        "date": "2019-08-15 12:00 UTC",
        "commit": "abc123",
        "device": "one CPU",
        "python": "3.11",
    },
)
"""A page with all kinds of cells, and its run."""
RESOLVER = Resolver({"p": RUN}, {"p": SCRIPT}, "p")
TAGS = {"remove_all_outputs_tags": ["hush"]}


def shown(run: Run | None = RUN, script: Script = SCRIPT, **more: Any) -> str:
    config = Config(root=Path("."), sources={"S0": "A blog, 2019"})
    return page(script, run, config, tags=TAGS, **more)


def test_a_page_begins_with_what_to_expect_of_it() -> None:
    text = shown(differences=[])
    assert text.startswith('# Sums\n\n<dl class="facts" markdown>\n<dt>You will understand</dt>\n')
    facts = text[: text.index("</dl>")]
    takes = "1 min to read; its code ran in 12 s on one CPU"
    for fact in ("what a sum is", "counting", takes, "A blog, 2019; Another book"):
        assert f'<dd markdown="span">{fact}</dd>' in facts
    assert "<dt>Sources</dt>" in facts
    for name in ("p.py", "p.ipynb", "p.md"):
        assert f"](p/{name}" in facts


def test_facts_that_a_page_does_not_state_are_left_out() -> None:
    script = Script("p", Path("p.py"), [Cell("markdown", "x", 5, 6)], title="P")
    facts = re.findall("<dt>(.*)</dt>", shown(run=None, script=script))
    assert facts == ["Takes"]


def test_a_page_ends_with_where_its_numbers_come_from() -> None:
    text = shown(differences=[])
    line = "Ran on 15 August 2019 in 12 s on one CPU; agrees with its record."
    assert f'\n\n??? provenance "{line}"\n' in text
    foot = text[text.index("Where these numbers come from") :]
    origins = ("2019-08-15 12:00 UTC", "abc123", "one CPU", "python 3.11", "12.3 s")
    for origin in (*origins, "1 named values agree with the committed record"):
        assert origin in foot


def test_the_foot_links_the_status_of_all_pages() -> None:
    assert "[Status](../status.md)" in shown(status="../status.md")
    assert "[Status]" not in shown()


@pytest.mark.parametrize(
    ("device", "machine"),
    [("CPU, a brand", "a CPU"), ("GPU", "a GPU"), ("Brand X1, new", "Brand X1")],
)
def test_the_foot_names_the_kind_of_the_device(device: str, machine: str) -> None:
    run = replace(RUN, provenance={**RUN.provenance, "device": device})
    assert f"in 12 s on {machine};" in shown(run)


def test_a_date_in_another_form_stays_as_it_is() -> None:
    run = replace(RUN, provenance={**RUN.provenance, "date": "today"})
    assert "Ran on today in" in shown(run)


def test_a_page_shows_code_and_outputs_as_blocks() -> None:
    text = shown()
    assert "The sum is [[total:.2f]]." in text
    assert "``` { .python .cell }\na = 1\nprint(a)\n```" in text
    assert "```` { .text .output .no-copy }\n1\n'~~~ ``` ~~~'\n````" in text
    assert "``` { .python .output .no-copy }\nclass A:\n```" in text


def test_the_brackets_of_an_output_are_no_reference() -> None:
    outputs = [displayed({"text/markdown": "**[[n]]**"}), displayed({"text/html": TABLE})]
    script = Script("p", Path("p.py"), [Cell("code", "show()", 20, 21, 1)], title="P")
    text = shown(run=replace(RUN, cells=[CellRun(outputs)]), script=script)
    assert "[[" not in text
    assert "<td>&#91;&#91;n]]</td>" in text


def test_what_tags_hide_is_not_shown() -> None:
    text = shown()
    for word in ("secret", "nothing()", "UNSEEN", "HUSHED"):
        assert word not in text
    assert "mute()" in text


def test_a_table_is_shown_without_its_frame() -> None:
    text = shown()
    assert '<div class="output-table">\n<div>\n<table>\n<tr><td>' in text
    assert "dataframe" not in text and "scoped" not in text


def test_a_folded_cell_holds_its_results_in_their_order() -> None:
    found = re.search(r'\?\?\? success "Solution"\n\n((?:    .*\n|\n)+)', shown())
    assert found
    box = found[1]
    figures = [f'data-figure="figure-2-{number}"' for number in (1, 2)]
    order = ["    draw()", figures[0], "    between", figures[1]]
    assert sorted(order, key=box.index) == order
    assert "class A" not in box


def test_a_page_without_heading_takes_its_title() -> None:
    script = Script("p", Path("p.py"), [Cell("markdown", "Prose first.", 5, 6)], title="Sums")
    text = shown(run=None, script=script)
    assert text.startswith("# Sums\n\n") and "Prose first." in text


DIFFERS = Difference("p", "p.py:10", 1, "value total", "1.5", "1.6")
NO_RECORD = Difference("p", "p.py", 0, "not recorded", "no record", "a run")


@pytest.mark.parametrize(
    ("state", "title", "words"),
    [
        ({"differences": [DIFFERS]}, 'danger "Not as documented', "    recorded   1.5\n"),
        ({"differences": [NO_RECORD]}, 'danger "Not documented', "not recorded"),
        (
            {"run": None, "problem": "p.py:1: wrong"},
            'danger "This page failed',
            "    p.py:1: wrong",
        ),
        ({"run": None}, 'warning "Not run', "no output is shown"),
    ],
)
def test_what_is_wrong_stands_in_a_box_at_the_top(
    state: dict[str, Any], title: str, words: str
) -> None:
    text = shown(**state)
    assert text.count("!!! ") == 1
    places = [text.index(part) for part in ("</dl>", f"!!! {title}", words, "The sum is")]
    assert places == sorted(places)


def test_a_page_that_differs_does_not_say_that_it_agrees() -> None:
    foot = shown(differences=[DIFFERS])
    assert "They do not agree with the committed record" in foot
    assert "values agree" not in foot
    assert "; does not agree with its record." in foot


def test_a_page_that_failed_shows_its_code_and_no_results() -> None:
    text = shown(run=None, problem="wrong")
    assert "draw()" in text and "between" not in text and "Where these numbers" not in text


def test_an_error_box_names_files_from_the_root_on() -> None:
    text = error_box("This page failed", "/a/b/p.py:1: no title", Config(root=Path("/a/b")))
    assert text.startswith('!!! danger "This page failed"\n')
    assert "    p.py:1: no title" in text


def test_a_figure_needs_a_text_alternative() -> None:
    script = Script("p", Path("p.py"), [Cell("code", "draw()", 20, 21, 1)], title="P")
    run = Run("p", [CellRun([drawn("image/svg+xml", SVG)])])
    with pytest.raises(RegenError, match=r"p\.py:20: a figure without a text alternative\. Add"):
        place_figures(script, run, RESOLVER)


def test_a_text_alternative_that_cannot_be_filled_is_an_error() -> None:
    cell = Cell("code", "draw()", 20, 21, 1, Options(alt="Up to [[max]]."))
    script = Script("p", Path("p.py"), [cell], title="P")
    run = Run("p", [CellRun([drawn("image/svg+xml", SVG)])])
    with pytest.raises(RegenError, match=r"p\.py:20: \[\[max\]\]: page p declares no value max"):
        place_figures(script, run, RESOLVER)


def test_figures_have_names_and_filled_alternatives() -> None:
    first, second = place_figures(SCRIPT, RUN, RESOLVER)
    assert [first.file, second.file] == ["figure-2-1.svg", "figure-2-2.png"]
    assert (first.figure.content, second.figure.content) == (SVG, b"\x89PNG pixels")
    assert first.alt == second.alt == "A line up to 1.5."


def test_an_svg_is_inlined_with_identifiers_of_its_own() -> None:
    first, _ = place_figures(SCRIPT, RUN, RESOLVER)
    figure = ElementTree.fromstring(inline_figure(first, Sheet()))
    label = "A line up to 1.5."
    assert figure.attrib == {"class": "cell-figure", "role": "img", "aria-label": label}
    ids = [element.get("id") for element in figure.iter() if element.get("id")]
    assert ids == ["figure-2-1-clip", "figure-2-1-axes"]
    clips = [element.get("clip-path") for element in figure.iter() if element.get("clip-path")]
    assert clips == ["url(#figure-2-1-clip)"]
    use = figure.find(".//{*}use")
    assert use is not None
    assert use.get("{http://www.w3.org/1999/xlink}href") == "#figure-2-1-axes"
    assert "2019" not in inline_figure(first, Sheet())


def test_a_png_is_inlined_as_an_image() -> None:
    _, second = place_figures(SCRIPT, RUN, RESOLVER)
    figure = inline_figure(second, Sheet()).replace('"></figure>', '"/></figure>')
    (image,) = ElementTree.fromstring(figure)
    expected = {"src": f"data:image/png;base64,{PNG}", "alt": "A line up to 1.5."}
    assert image.attrib == expected


def test_a_site_overrides_a_template_and_builds_on_another(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own/foot.md.jinja").write_text("Ran on {{ run.device }}.")
    head = '{% set sources_title = "After" %}{% include "regen/head.md.jinja" %}'
    (tmp_path / "own/head.md.jinja").write_text(head)
    text = page(SCRIPT, RUN, Config(root=tmp_path, templates="own"))
    assert text.endswith("Ran on one CPU.\n")
    assert "<dt>After</dt>" in text and "<dt>Sources</dt>" not in text


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("\n{% if %}", r"foot\.md\.jinja:2: the template cannot be filled: "),
        ("\n{{ run.speed }}", r"foot\.md\.jinja:2: the .* filled: .* has no attribute 'speed'"),
        ("\n\n{{ 1 / 0 }}", r"foot\.md\.jinja:3: the template cannot be filled: ZeroDivision"),
        ("{% include 'x' %}", r"foot\.md\.jinja:1: the template cannot be filled: TemplateNot"),
    ],
)
def test_a_mistake_in_a_template_is_named(tmp_path: Path, template: str, message: str) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own/foot.md.jinja").write_text(template)
    with pytest.raises(RegenError, match=message):
        page(SCRIPT, RUN, Config(root=tmp_path, templates="own"))


def test_a_new_template_of_a_site_is_seen(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    config = Config(root=tmp_path, templates="own")
    assert "Mine." not in page(SCRIPT, RUN, config)
    (tmp_path / "own/foot.md.jinja").write_text("Mine.")
    assert "Mine." in page(SCRIPT, RUN, config)


def test_a_template_of_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "foot.md.jinja").write_bytes("Café".encode("latin-1"))
    with pytest.raises(RegenError, match=r"foot\.md\.jinja: .*UnicodeDecodeError"):
        page(SCRIPT, RUN, Config(root=tmp_path.parent, templates=tmp_path.name))


def test_a_folder_of_templates_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(RegenError, match=r"templates = 'own': there is no such folder"):
        page(SCRIPT, RUN, Config(root=tmp_path, templates="own"))
