"""The `#|` lines of code cells: what they declare, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from regen.errors import RegenError
from regen.script.options import Options

if TYPE_CHECKING:
    from tests.conftest import Site

ALL = """#| values:
#|   a2: float(a2)
#|   loss: loss
#| quoted:
#|   old: (0.98, "An article")
#| recorded: str(loss)
#| claims:
#|   wins: a2 > loss
#| files:
#|   weights.json: str(a2)
#| tolerance:
#|   loss: rel 1e-6
#|   text: abs 2e-6
#|   weights.json: length because the last digits differ
#| alt: >-
#|   A chain from left to right: input x, a circle for [[a2:.4f]], and
#|   a box with the loss.
#| fold: Solution
#| output: python
#| tags: [remove_input]
a2, loss = 1, 0"""


def options(site: Site, *lines: str, code: str = "x = 1") -> Options:
    """Read a cell with these option lines."""
    site.page("p", "\n".join([*lines, code]))
    return site.script("p").code[0].options


def refusal(site: Site, *cells: str) -> str:
    """Say why a page of these cells is refused, from its line on."""
    path = site.page("p", *cells)
    with pytest.raises(RegenError) as error:
        site.script("p")
    return str(error.value).removeprefix(f"{path}:")


def test_each_option_is_read(site: Site) -> None:
    site.page("p", ALL)
    assert site.script("p").code[0].options == Options(
        values={"a2": "float(a2)", "loss": "loss"},
        quoted={"old": '(0.98, "An article")'},
        recorded="str(loss)",
        claims={"wins": "a2 > loss"},
        files={"weights.json": "str(a2)"},
        tolerance={
            "loss": "rel 1e-6",
            "text": "abs 2e-6",
            "weights.json": "length because the last digits differ",
        },
        alt=(
            "A chain from left to right: input x, a circle for [[a2:.4f]], and a box with the loss."
        ),
        fold="Solution",
        output="python",
        tags=["remove_input"],
    )


def test_a_cell_without_options_has_the_defaults(site: Site) -> None:
    assert options(site) == Options()


def test_one_tolerance_is_that_of_all_floats(site: Site) -> None:
    assert options(site, "#| tolerance: rel 1e-9").tolerance == {"default": "rel 1e-9"}


def test_values_may_stand_on_one_line(site: Site) -> None:
    assert options(site, "#| values: {x: x, y: x + 1}").values == {"x": "x", "y": "x + 1"}


def test_an_expression_may_go_over_two_lines(site: Site) -> None:
    found = options(site, "#| values:", "#|   x: max(x,", "#|     len([x]))")
    assert found.values == {"x": "max(x, len([x]))"}


def test_empty_lines_may_stand_above_the_options(site: Site) -> None:
    assert options(site, "", "", "#| fold: Solution").fold == "Solution"


@pytest.mark.parametrize("text", ["yes", "on", "1e-9", "2020-13-01", "007", "~", "0x10", "1_000"])
def test_no_text_becomes_something_else(site: Site, text: str) -> None:
    assert options(site, f"#| fold: {text}").fold == text


@pytest.mark.parametrize(
    "expression",
    [
        'found["a"]',
        "x if y else z",
        "-x",
        "xs[1:2]",
        "f'{x:.3f}'[0]",
        "(x, 'a source')",
        "~x",
        "not x",
    ],
)
def test_an_expression_arrives_as_it_is_written(site: Site, expression: str) -> None:
    code = "x = y = z = 1\nxs = found = {}"
    found = options(site, "#| values:", f"#|   v: {expression}", code=code)
    assert found.values == {"v": expression}


@pytest.mark.parametrize(
    ("written", "expression"),
    [
        ('"[x, x]"', "[x, x]"),
        ("'\"text\" + x'", '"text" + x'),
        ("\"{'a': x}['a']\"", "{'a': x}['a']"),
        ("'it''s'", "it's"),
        ('"len(x)  # all"', "len(x)  # all"),
    ],
)
def test_what_is_quoted_arrives_without_quotes(site: Site, written: str, expression: str) -> None:
    assert options(site, f"#| fold: {written}").fold == expression


@pytest.mark.parametrize(
    ("expression", "remedy"),
    [
        ("{'a': x}[k]", "Quote the value: `v: \"{'a': x}[k]\"`"),
        ('"text".upper()', "Quote the value: `v: '\"text\".upper()'`"),
        ("'a' + x", "Quote the value: `v: \"'a' + x\"`"),
        ('x["a: b"]', "Quote the value: `v: 'x[\"a: b\"]'`"),
        ("x[1: 2]", 'Quote the value: `v: "x[1: 2]"`'),
        ("*x", 'Quote the value: `v: "*x"`'),
        ("@x", 'Quote the value: `v: "@x"`'),
        ("[x, x]", 'v: found a list, [x, x], expected text. Quote it: `v: "[x, x]"`'),
        ("{x}", 'v: found a mapping, {x}, expected text. Quote it: `v: "{x}"`'),
        ("len(x)  # all", 'quote the whole: `name: "len(x)  # all"`'),
        ("!!int x", "found a tag of YAML, '!!int x'"),
        ("", "v: nothing stands behind the colon, expected text."),
        ("1 +", "values: v: 1 +: not an expression: invalid syntax"),
        ("x = 1", "values: v: x = 1: not an expression"),
    ],
)
def test_what_yaml_would_change_is_refused(site: Site, expression: str, remedy: str) -> None:
    found = refusal(site, f"#| values:\n#|   w: x\n#|   v: {expression}\nx = k = 1")
    assert found.startswith("8: ")
    assert remedy in found


@pytest.mark.parametrize(
    "literal",
    [
        "5",
        "-0.93",
        "'0.93'",
        '"[0.1, 0.2]"',
        "\"{'a': 1}\"",
        "1 / 3",
        "True",
        "float(0.93)",
        "round(0.93123, 2)",
        "\"''.join([])\"",
        '"sum(each for each in (1, 2))"',
    ],
)
def test_a_value_made_of_literals_is_refused(site: Site, literal: str) -> None:
    found = refusal(site, f"#| values:\n#|   v: {literal}\nx = 1")
    assert found.startswith("7: values: v: ")
    assert "made of literals alone. It must come from the run" in found


def test_a_claim_made_of_literals_is_refused(site: Site) -> None:
    found = refusal(site, "#| claims:\n#|   wins: 2 > 1\nx = 1")
    assert found.startswith("7: claims: wins: 2 > 1: it is made of literals alone")


def test_a_name_that_the_page_binds_is_no_literal(site: Site) -> None:
    assert options(site, "#| values: {v: max}", code="max = 3").values == {"v": "max"}


@pytest.mark.parametrize("expression", ["(y := x)", "[(y := each) for each in x]", "(yield x)"])
def test_an_expression_that_assigns_is_refused(site: Site, expression: str) -> None:
    found = refusal(site, f'#| values:\n#|   v: "{expression}"\nx = 1')
    assert found.startswith("7: values: v: ")
    assert "it assigns or waits" in found or "not an expression" in found


@pytest.mark.parametrize("expression", ["_", "__", "Out[1]", "_i1", "display(x)", "get_ipython()"])
def test_a_notebooks_name_in_an_expression_is_refused(site: Site, expression: str) -> None:
    found = refusal(site, f"#| values:\n#|   v: x, {expression}\nx = 1")
    assert found.startswith("7: values: v: ")
    assert "is a name that only a notebook has" in found


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("#| valus: {x: x}", "unknown option valus. Known are: values, quoted, recorded, claims"),
        ("#| values: x", "values: found the text 'x', expected one or more lines `name: ...`"),
        ("#| values:", "values: found nothing, expected one or more lines"),
        ("#| claims: []", "claims: found nothing, expected"),
        ("#| tags: hidden", "tags: found the text 'hidden', expected a list: `tags: [one, two]`"),
        ("#| tags: [hidden]", "unknown tag hidden. Known are: remove_cell, remove_input"),
        ("#| tags: [skip-execution]", "unknown tag skip-execution"),
        ("#| fold: [a]", "fold: found a list, [a], expected text"),
        ("#| alt: {a: b}", "alt: found a mapping, {a: b}, expected text"),
        ("#| - a", "found '- a', expected `key: value`, one a line"),
        ("#| fold", "found 'fold', expected `key: value`"),
        ('#| fold: "[[x]]"', "fold holds `[[`, but values are not filled in there"),
        ("#| values: {a b: x}", "values: 'a b' is not a name"),
        ("#| values: {1: x}", "values: '1' is not a name"),
        ("#| claims: {a-b: x}", "claims: 'a-b' is not a name"),
        ("#| values: {low: x}", "low stands for the lowest value over all seeds: [[name.low]]"),
        ("#| values: {seeds: x}", "seeds stands for the number of seeds"),
        ("#| quoted: {run: x}", "run stands for the run itself"),
        ("#| values: {text: x}", "text stands for all printed numbers in `tolerance`"),
        ("#| values: {nan: x}", "nan stands for nan in `tolerance`"),
        ("#| claims: {default: x}", "default stands for all floats of the cell"),
        ("#| files: {weights: x}", "files: 'weights' is not the name of a file"),
        ("#| files: {../w.json: x}", "files: '../w.json' is not the name of a file"),
        ("#| files: {.w.json: x}", "files: '.w.json' is not the name of a file"),
        ("#| files: {a/w.json: x}", "files: 'a/w.json' is not the name of a file"),
        ("#| files: {p.py: str(x)}", "files: p.py is the name of the page or of its download"),
        ("#| files: {index.html: str(x)}", "files: index.html is the name of the page"),
        ("#| values: {größe: x}", "values: 'größe' is not a name"),
        ("#| tolerance: {rel 1e-6: x}", "tolerance: 'rel 1e-6' is no name. The name comes first"),
        ("#|fold: x", "'#|fold: x' is no option line. Begin it with `#| `"),
        ("# | fold: x", "'# | fold: x' is no option line"),
        (" #| fold: x", "'#| fold: x' is no option line"),
        ("#|\tfold: x", "is no option line"),
        ("#| \tfold: x", "not valid YAML: found character"),
        ("#| fold: 'a", "not valid YAML"),
        ("#| fold: " + "[" * 91, "not valid YAML"),
        ("#| fold: " + "x" * 92, "an option line of 101 characters, expected at most 100"),
        ("#| fold: !x y", "found a tag of YAML, '!x y'"),
    ],
)
def test_a_wrong_option_is_refused(site: Site, line: str, message: str) -> None:
    found = refusal(site, f"{line}\nx = 1")
    assert found.startswith("6: ")
    assert message in found


def test_a_line_of_100_characters_is_fine(site: Site) -> None:
    assert options(site, "#| fold: " + "x" * 91).fold == "x" * 91


@pytest.mark.parametrize(
    ("lines", "at", "message"),
    [
        (("#| fold: x", "#| fold: y"), 7, "fold stands there twice, first at line 6"),
        (("#| values:", "#|   x: x", "#|   x: x"), 8, "x stands there twice, first at line 7"),
        (("#| values:", "#|  x: x", "#|   y: x"), 8, "not valid YAML"),
        (("#| values: {x: x}", "#| quoted: {x: x}"), 7, "x is declared already at line 6"),
        (("#| values: {x: x}", "#| claims: {x: x > 1}"), 7, "x is declared already at line 6"),
    ],
)
def test_what_stands_there_twice_is_refused(
    site: Site, lines: tuple[str, ...], at: int, message: str
) -> None:
    found = refusal(site, "\n".join([*lines, "x = 1"]))
    assert found.startswith(f"{at}: ")
    assert message in found


@pytest.mark.parametrize("option", ["values: {x: y}", "quoted: {x: y}", "claims: {x: y}"])
def test_a_name_of_another_cell_is_refused(site: Site, option: str) -> None:
    found = refusal(site, "#| values: {x: y}\ny = 1", f"#| {option}\ny = 2")
    assert found.startswith("10: ")
    assert "x is declared already at line 6. Choose another name." in found


def test_a_file_of_another_cell_is_refused(site: Site) -> None:
    found = refusal(site, "#| files: {a.txt: str(x)}\nx = 1", "#| files: {a.txt: str(x)}\nx = 2")
    assert "files: a.txt is declared already at line 6" in found


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("x = 1\n#| fold: x", 7),
        ("# a comment\n#| fold: x\nx = 1", 7),
        ("#| fold: x\n\n#| output: python\nx = 1", 8),
        ("def f():\n    #| fold: x\n    return 1", 7),
        ("x = 1\n#|fold: x", 7),
    ],
)
def test_an_option_below_the_top_is_refused(site: Site, cell: str, line: int) -> None:
    found = refusal(site, cell)
    assert found.startswith(f"{line}: ")
    assert "below the top of the cell, where it does nothing" in found or "is no option" in found


@pytest.mark.parametrize("cell", ["#| fold: x", "#| fold: x\n\n# a comment", "#|\n"])
def test_options_of_a_cell_without_code_are_refused(site: Site, cell: str) -> None:
    assert refusal(site, cell, "x = 1").startswith("6: options of a cell without code")


def test_options_in_prose_are_refused(site: Site) -> None:
    found = refusal(site, "[markdown]\n# Text.\n#| fold: x")
    assert found.startswith("7: '#| fold: x' in a prose cell: options belong to code cells.")


def test_a_table_in_prose_is_no_option(site: Site) -> None:
    site.page("p", "[markdown]\n# | a | b |\n# |---|---|")
    assert site.script("p").cells[0].source == "| a | b |\n|---|---|"


def test_a_table_in_a_comment_is_no_option(site: Site) -> None:
    assert options(site, "# | a | b |") == Options()


@pytest.mark.parametrize(
    "lines",
    [
        ("#| values:", "#|   a: &one x", "#|   b: *one"),
        ("#| values: &all", "#|   a: x", "#| claims:", "#|   <<: *all"),
        ("#| values: &all", "#|   a: *all"),
    ],
)
def test_an_alias_is_refused(site: Site, lines: tuple[str, ...]) -> None:
    found = refusal(site, "\n".join([*lines, "x = 1"]))
    assert "found an alias of YAML" in found
    assert found.startswith(f"{5 + len(lines)}:")


def test_a_tolerance_of_no_file_is_refused(site: Site) -> None:
    cell = "#| tolerance:\n#|   w.json: length because digits may differ\nx = 1"
    assert refusal(site, cell).startswith("7: tolerance: w.json is no file of this cell.")


def test_files_that_differ_in_capitals_only_are_refused(site: Site) -> None:
    found = refusal(site, "#| files:\n#|   w.json: x\n#|   W.json: x\nx = '1'")
    assert found.startswith("8: files: W.json is declared already at line 7.")
