from xml.etree import ElementTree

import pytest

from regen.config import RegenError
from regen.store import CellRun, Run
from regen.values import as_span, fill

ORIGINS = {"old": 'Quoted from: O\'Hara, "2019"', "kept": "On record: 3 runs"}
RUNS = {
    "p": Run("p", [CellRun([], {"n": 60000, "acc": 0.98765, "name": "a<b", "old": 98.4, "kept": 7}, ORIGINS)]),
    "q": Run("q", [CellRun([], {"losses": [1, 2]})]),
    "r": Run("r", [CellRun([], {"acc": 0.5})], [], {"device": "CPU"}, {"acc": [0.5, 0.75, 0.25], "list": [[1], [2]]}),
}


@pytest.mark.parametrize(
    ("prose", "filled"),
    [
        ("of [[p.n:,]] digits", "of 60,000 digits"),
        ("[[p.acc:.2%]]", "98.77%"),
        ("[[p.acc:.4f]]/[[p.acc]]", "0.9877/0.98765"),
        ("[[p.n:>8]]|[[q.losses]]", "   60000|1, 2"),
        ("[x][[p.n]], [[a link](x.md)], [[1]](x.md)", "[x]60000, [[a link](x.md)], [[1]](x.md)"),
        ("[[torch.nn](x.md)] of [[1., 2], [3e-4, 0.5]]", "[[torch.nn](x.md)] of [[1., 2], [3e-4, 0.5]]"),
        ("`[[ p.n ]]` $[[x]]$ \\[[wiki link]]", "`[[ p.n ]]` $[[x]]$ [[wiki link]]"),
        ("[[[p.n]], [[p.acc:.2f]]]", "[60000, 0.99]"),
        ("[[e.g. this] and that], [[Dr. No] left], [[sic.] he", "[[e.g. this] and that], [[Dr. No] left], [[sic.] he"),
        ("[[True, False], [-1.5e3, inf]] [[-1.5e3, nan]]", "[[True, False], [-1.5e3, inf]] [[-1.5e3, nan]]"),
        (r"\([[a,b]]\) \([[p.n]]\) \[[[p.n]]\]", r"\([[a,b]]\) \(60000\) \[60000\]"),
        ("x\n\n    [[p.n]]\n\n    [[ p.n ]]\n\n[[p.n]]", "x\n\n    [[p.n]]\n\n    [[ p.n ]]\n\n60000"),
        ('!!! note "N"\n\n    [[p.n]]\n\nx\n    [[p.n]]', '!!! note "N"\n\n    60000\n\nx\n    60000'),
        (
            "term\n:   one\n\n    [[p.n]]\n\n[^1]: x\n\n    [[p.n]]",
            "term\n:   one\n\n    60000\n\n[^1]: x\n\n    60000",
        ),
        (
            "- item\nwrapped\n\n    [[p.n]]\n\n - two\n\n    [[p.n]]",
            "- item\nwrapped\n\n    60000\n\n - two\n\n    60000",
        ),
        (
            "- item\n\ntext\n\n    [[p.n]]\n# Heading\n    [[p.n]]",
            "- item\n\ntext\n\n    [[p.n]]\n# Heading\n    [[p.n]]",
        ),
        (r"A \` [[p.n]] \` B", r"A \` 60000 \` B"),
        ("- a ` lone\n- b [[p.n]] `c`", "- a ` lone\n- b 60000 `c`"),
        ("| a ` |\n| [[p.n]] ` |", "| a ` |\n| 60000 ` |"),
        (r"\[[1, 0], [0, 1]\] $$a \\[[p.n]]$$", r"\[[1, 0], [0, 1]\] $$a \\60000$$"),
        ("<PRE>[[p.n]]</PRE>", "<PRE>[[p.n]]</PRE>"),
        ("[p.acc](x.md) [p.acc][ref] $[p.acc]$", "[p.acc](x.md) [p.acc][ref] $[p.acc]$"),
        ("[ ] todo [x] [torch.nn] {a.b} [^1]", "[ ] todo [x] [torch.nn] {a.b} [^1]"),
        ("<!-- [[p.n]] -->[[p.n]]<pre>\n[[p.n]]</pre>", "<!-- [[p.n]] -->60000<pre>\n[[p.n]]</pre>"),
        (r"write \[[p.n]], get [[p.n]]", "write [[p.n]], get 60000"),
        ("[[r.acc]]: [[r.acc.low]] to [[r.acc.high:.1%]], [[r.acc.seeds]] seeds", "0.5: 0.25 to 75.0%, 3 seeds"),
        ("[[q.losses:.1f]]", "1.0, 2.0"),
        ("on [[r.run.device]]", "on CPU"),
        ("`[[p.n]]` is [[p.n]]", "`[[p.n]]` is 60000"),
        ("``a ` [[p.n]]`` is [[p.n]]", "``a ` [[p.n]]`` is 60000"),
        ("`over\n[[p.n]] lines` is [[p.n]]", "`over\n[[p.n]] lines` is 60000"),
        ("a lone ` is\n\n[[p.n]] ` no span", "a lone ` is\n\n60000 ` no span"),
        ("```\n[[p.n]]\n```\n[[p.n]]", "```\n[[p.n]]\n```\n60000"),
        ("```py title='x'\n`\n\n[[p.n]]\n```\n[[p.n]]", "```py title='x'\n`\n\n[[p.n]]\n```\n60000"),
        ("~~~\n```\n[[p.n]]\n~~~\n[[p.n]]", "~~~\n```\n[[p.n]]\n~~~\n60000"),
        ("````\n```\n[[p.n]]\n```\n[[p.n]]\n````\n[[p.n]]", "````\n```\n[[p.n]]\n```\n[[p.n]]\n````\n60000"),
        ("- x\n\n    ```\n    [[p.n]]\n    ```\n    [[p.n]]", "- x\n\n    ```\n    [[p.n]]\n    ```\n    60000"),
        ("```\n```\n[[p.n]]\n```\n```", "```\n```\n60000\n```\n```"),
        ("```a``` is [[p.n]]\n\n```\n[[p.n]]\n```", "```a``` is 60000\n\n```\n[[p.n]]\n```"),
    ],
)
def test_references_are_filled_outside_of_code_and_left_alone_in_it(prose, filled):
    assert fill(prose, RUNS, "x.md") == filled


def test_a_value_is_bare_inside_a_formula_and_shown_outside_of_one():
    shown = fill(
        "a$[[p.n]]$ $x = [[p.n]]$ \\$[[p.n]]$ $$\n[[p.n]]\n$$ for $5, [[p.n]] for $6",
        RUNS,
        "x",
        show=lambda *_: "SHOWN",
    )
    assert shown == "a$SHOWN$ $x = 60000$ \\$SHOWN$ $$\n60000\n$$ for $5, SHOWN for $6"


@pytest.mark.parametrize(
    ("prose", "filled"),
    [
        ("![[[p.n]] digits](x.png) [[p.n]]", "![60000 digits](x.png) SHOWN"),
        ("[[[p.n]]](x.md?n=[[p.n]])", "[SHOWN](x.md?n=60000)"),
        ('<b title="[[p.n]]">[[p.n]]</b>', '<b title="60000">SHOWN</b>'),
        ("*[ABC]: [[p.n]]\n[link]: x.md?[[p.n]]", "*[ABC]: 60000\n[link]: x.md?60000"),
        ("[^1]: [[p.n]]", "[^1]: SHOWN"),
        (r"\(a_[[p.n]]\) \begin{a}[[p.n]]\end{a}", r"\(a_60000\) \begin{a}60000\end{a}"),
    ],
)
def test_a_value_is_bare_where_only_text_may_stand(prose, filled):
    assert fill(prose, RUNS, "x", show=lambda *_: "SHOWN") == filled


def test_a_shown_value_tells_its_origin():
    computed, quoted = (
        ElementTree.fromstring(fill(f"[[p.{name}]]", RUNS, "x", show=as_span)) for name in ("name", "old")
    )
    assert (computed.text, computed.attrib) == (
        "a<b",
        {"class": "value computed", "title": "Computed by this build: p, value name"},
    )
    assert (quoted.text, quoted.attrib) == ("98.4", {"class": "value quoted", "title": 'Quoted from: O\'Hara, "2019"'})
    recorded, run = (
        ElementTree.fromstring(fill(f"[[r.{name}]]", RUNS, "x", show=as_span)) for name in ("acc.low", "run.device")
    )
    assert recorded.attrib == {"class": "value recorded", "title": "On record: r, value acc.low"}
    kept = ElementTree.fromstring(fill("[[p.kept]]", RUNS, "x", show=as_span))
    assert kept.attrib == {"class": "value recorded", "title": "On record: 3 runs"}
    assert run.attrib == {"class": "value computed", "title": "Computed by this build: r, value run.device"}


@pytest.mark.parametrize(
    "reference",
    [
        "[[ p.n ]]",
        "[[p.n ]]",
        "[[p.acc : .2f]]",
        "[[p.acc|.2f]]",
        "[[p.losses[0]:.1f]]",
        "[[p.n][0]]",
        "[[my-page.n]]",
        "[[01_intro.n]]",
        "[[p.n:,]",
        "[[p.\nn]]",
        "[[p. n]]",
        "[[p.n.low.high]]",
        "[[p.1st]]",
        "[[p:n]]",
        "[[n]]",
        "[[wiki link]]",
        "$x = [[ p.n ]]$",
        "{{ p.n }}",
        "[p.n:.2f]",
        "[p.n]]",
        "[ [p.n] ]",
        "[[p['n']]]",
        "[[p\n.n]]",
    ],
)
def test_brackets_that_almost_refer_to_a_value_are_an_error(reference):
    with pytest.raises(RegenError) as error:
        fill(f"one\n\n[[p.n]] two {reference}", RUNS, "docs/x.md", first_line=10)
    assert str(error.value).startswith("docs/x.md:12: ")
    assert "not a reference that is understood. Write [[page.name]] or" in str(error.value)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("[[s.n]]", "no page s has run. Pages are: p, q, r."),
        (
            "[[r.acc.middle]]",
            "page r declares no value acc.middle. It declares: acc.high, acc.low, acc.seeds, run.device.",
        ),
        ("[[p.acc.low]]", "page p declares no value acc.low. It declares: none."),
        ("[[r.list.low]]", "page r declares no value list.low."),
        ("[[q.n]]", "page q declares no value n. It declares: losses."),
        ("[[p.name:.2f]]", "the format does not fit 'a<b': "),
        ("[[q.losses:q]]", "the format does not fit [1, 2]: "),
    ],
)
def test_a_reference_that_gives_nothing_is_told_with_its_line(reference, message):
    with pytest.raises(RegenError) as error:
        fill(f"one\n\n[[p.n]] two {reference}", RUNS, "docs/x.md", first_line=10)
    assert str(error.value).startswith(f"docs/x.md:12: {reference}: {message}")
