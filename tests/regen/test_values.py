"""References in prose: what they stand for, where they are left alone, and what is refused."""

import re
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest
from markdown import Markdown
from mkdocs.utils.yaml import yaml_load

from regen.errors import RegenError
from regen.execution.results import CellRun, Run
from regen.prose.filling import PROSE, fill, fill_text
from regen.prose.markdown import References, leftovers
from regen.prose.reader import Reader
from regen.prose.resolver import Resolver
from regen.script.reading import Cell, Options, Script

ROOT = Path(__file__).parents[2]
ORIGINS = {"old": 'Quoted from: O\'Hara, "2019"', "kept": "On record: 3 runs"}
OWN = {"n": 60000, "acc": 0.98765, "name": "a<b", "old": 98.4, "kept": 7, "losses": [1, 2]}
RUNS = {
    "p": Run(
        "p",
        [CellRun([], OWN, ORIGINS, {"wins": True, "ahead": False})],
        provenance={"device": "CPU"},
        spread={"acc": [0.5, 0.75, 0.25], "losses": [[1], [2]]},
    ),
    "q": Run("q", [CellRun([], {"x": 0.5}, {}, {"far": True})]),
}


def script(name: str, **options: Any) -> Script:
    """A page of one cell."""
    cell = Cell("code", "", 1, 1, 1, Options(**options))
    return Script(name, Path(f"{name}.py"), [cell], title=name)


SCRIPTS = {
    "p": script(
        "p", values=dict.fromkeys(OWN, "1"), claims={"wins": "acc > 0.5", "ahead": "n > old"}
    ),
    "q": script("q", values={"x": "x"}, claims={"far": "x > 0.1"}),
}
PAGE = Resolver(RUNS, SCRIPTS, "p")
ARTICLE = Resolver(RUNS, SCRIPTS)


def site_extensions() -> tuple[list[str], dict[str, dict[str, Any]]]:
    """The extensions of this site's mkdocs.yml, and their settings."""
    settings = yaml_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    configs: dict[str, dict[str, Any]] = {}
    for entry in settings["markdown_extensions"]:
        configs |= entry if isinstance(entry, Mapping) else {entry: {}}
    return ["footnotes", *configs], configs


def shown(markdown: str, resolver: Resolver = PAGE) -> str:
    """The HTML that this site's extensions make of a text; nothing may be wrong with it."""
    page, problems = converted(markdown, resolver)
    assert not problems
    return page


def converted(markdown: str, resolver: Resolver = PAGE) -> tuple[str, list[str]]:
    reader = Reader(resolver)
    extensions, configs = site_extensions()
    md = Markdown(extensions=[*extensions, References(reader)], extension_configs=configs)
    page: str = md.convert(markdown)
    return page, [str(problem) for problem in reader.problems]


@pytest.mark.parametrize(
    ("prose", "filled"),
    [
        ("of [[n:,]] digits", "of 60,000 digits"),
        ("[[p.n:,]] and [[q.x]]", "60,000 and 0.5"),
        ("[[acc:.2%]]", "98.77%"),
        ("[[acc:.4f]]/[[acc]]", "0.9877/0.98765"),
        ("[[n:>8]]|[[losses]]", "   60000|1, 2"),
        ("[[losses:.1f]]", "1.0, 2.0"),
        ("[[acc.low]] to [[acc.high:.1%]], [[acc.seeds]] seeds", "0.25 to 75.0%, 3 seeds"),
        ("[[p.acc.low]] on [[run.device]], [[p.run.device]]", "0.25 on CPU, CPU"),
        ("[[wins? It **wins** by [[n]]]].", "It **wins** by 60000."),
        ("[[q.far? Far,\nas `a[[b]]` is]]", "Far,\nas `a[[b]]` is"),
        ("[[wins? See [this](x.md)]], [[[n]]](x.md)", "See [this](x.md), [60000](x.md)"),
    ],
)
def test_values_and_claims_are_written_out(prose: str, filled: str) -> None:
    assert fill(prose, PAGE, "x.md") == filled


@pytest.mark.parametrize(
    "prose",
    [
        "[[a link](x.md)], [[1]](x.md), [[torch.nn](x.md)]",
        "of [[1., 2], [3e-4, 0.5]], [[True, False], [-1.5e3, inf]]",
        "[[e.g. this] and that], [[Dr. No] left], [[sic.] he",
        r"\[[wiki link]] and \[[n]]",
        r"$[[a, b]]$ \([[x]]\)",
        "`[[ p.n ]]`, ``a ` [[n]]``",
        "[p.acc](x.md) [p.acc][ref] $[p.acc]$\n\n[ref]: x.md",
        "[ ] todo [x] [torch.nn] {a.b} [^1]\n\n[^1]: x",
        "x\n\n    [[p.n]]\n\n    [[ p.n ]]",
        "- item\n\ntext\n\n    [[p.n]]\n\n# Heading\n\n    [[p.n]]",
        "```\n[[n]]\n```\n\n~~~\n```\n[[n]]\n~~~",
        "````\n```\n[[n]]\n```\n[[n]]\n````",
        "- x\n\n    ```\n    [[n]]\n    ```",
        "<pre>[[n]]</pre>\n\n<!-- [[n]] -->",
        "a <code>[[n]]</code> and <kbd>[[n]]</kbd>",
        "[[text][ref]] and [see [[^1]]]\n\n[^1]: x",
        "<div>\n<code>[[n]]</code>\n</div>",
    ],
)
def test_code_links_and_matrices_are_left_alone(prose: str) -> None:
    assert fill(prose, PAGE, "x.md") == prose
    assert "60000" not in shown(prose)


@pytest.mark.parametrize(
    ("prose", "filled"),
    [
        ("`[[n]]` is [[n]]", "`[[n]]` is 60000"),
        ("a lone ` is\n\n[[n]] ` no span", "a lone ` is\n\n60000 ` no span"),
        (r"A \` [[n]] \` B", r"A \` 60000 \` B"),
        ('!!! note "N"\n\n    [[n]]\n\nx\n    [[n]]', '!!! note "N"\n\n    60000\n\nx\n    60000'),
        ("term\n:   one\n\n    [[n]]", "term\n:   one\n\n    60000"),
        ("- item\nwrapped\n\n    [[n]]", "- item\nwrapped\n\n    60000"),
        ("<div markdown>\n\n[[n]]\n\n</div>", "<div markdown>\n\n60000\n\n</div>"),
        ("a[^1]\n\n[^1]: [[n]]\n\n    [[n]]", "a[^1]\n\n[^1]: 60000\n\n    60000"),
        ("```\n[[n]]\n```\n\n[[n]]", "```\n[[n]]\n```\n\n60000"),
        ("$x_{[[n]]}$ $$\n[[acc:.1f]]\n$$", "$x_{60000}$ $$\n1.0\n$$"),
        (r"\([[n]]\) and \\[[n]]", r"\(60000\) and \\60000"),
    ],
)
def test_prose_beside_code_is_filled(prose: str, filled: str) -> None:
    assert fill(prose, PAGE, "x.md") == filled


@pytest.mark.parametrize(
    ("prose", "words"),
    [
        ("## Of [[n]]", ">Of "),
        ('!!! note "Of [[n]]"\n\n    text', 'class="admonition-title">Of '),
        ('??? question "Of [[n]]"\n\n    text', "<summary>Of "),
        ("| a |\n|---|\n| [[n]] |", "<td>"),
        ("x[^1]\n\n[^1]: Of [[n]]", "<p>Of "),
        ("term\n:   [[n]]", "<dd>"),
        ("[Of [[n]]](x.md)", '<a href="x.md">Of '),
        ("**[[n]]**", "<strong>"),
    ],
)
def test_a_value_is_marked_wherever_prose_stands(prose: str, words: str) -> None:
    title = "Computed by this build: p, value n"
    span = f'<span class="value computed" title="{title}">60000</span>'
    assert f"{words}{span}" in shown(prose)


@pytest.mark.parametrize(
    ("prose", "words"),
    [
        ("![[[n]] digits](x.png)", 'alt="60000 digits"'),
        ("[a](x.md?n=[[n]])", 'href="x.md?n=60000"'),
        ('[a](x.md "Of [[n]]")', 'title="Of 60000"'),
        ("[a][b]\n\n[b]: x.md?[[n]]", 'href="x.md?60000"'),
        ("ABC\n\n*[ABC]: of [[n]]", '<abbr title="of 60000">'),
        ("$x = [[n]]$", r'<span class="arithmatex">\(x = 60000\)</span>'),
        ("$$\nx < [[name]]\n$$", "x &lt; a&lt;b"),
        ('<div title="[[n]]" markdown>x</div>', '<div title="60000">'),
    ],
)
def test_a_value_is_plain_where_only_text_may_stand(prose: str, words: str) -> None:
    assert words in shown(prose)


def test_a_shown_value_says_where_it_comes_from() -> None:
    def span(reference: str) -> tuple[str | None, str]:
        element = ElementTree.fromstring(shown(reference))[0]
        return element.get("class"), element.get("title", "")

    assert span("[[name]]") == ("value computed", "Computed by this build: p, value name")
    assert span("[[old]]") == ("value quoted", 'Quoted from: O\'Hara, "2019"')
    assert span("[[kept]]") == ("value recorded", "On record: 3 runs")
    assert span("[[acc.low]]") == ("value recorded", "On record: p, value acc.low")
    assert span("[[run.device]]") == (
        "value computed",
        "Computed by this build: p, value run.device",
    )


def test_a_claim_is_marked_and_holds_markdown_and_values() -> None:
    page = shown("So [[wins? it *wins*, `a[[0]]`, by [[n]]\nor [more](x.md)]].")
    claim = ElementTree.fromstring(page)[0]
    assert claim.attrib == {"class": "claim", "title": "Checked: acc > 0.5"}
    assert "".join(claim.itertext()) == "it wins, a[[0]], by 60000\nor more"
    assert [element.tag for element in claim] == ["em", "code", "span", "a"]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("[[ahead? It is ahead.]]", "the claim ahead of page p does not hold: n > old is false in"),
        ("[[behind? It is.]]", "page p declares no claim behind. It declares: ahead, wins."),
        ("[[q.near? It is.]]", "page q declares no claim near. It declares: far."),
        ("[[r.near? It is.]]", "no page r. Pages are: p, q."),
    ],
)
def test_a_claim_that_fails_names_its_sentence(reference: str, message: str) -> None:
    with pytest.raises(RegenError) as error:
        fill(f"one\n\n{reference}", PAGE, "x.md")
    assert str(error.value).startswith(f"x.md:3: {reference}: {message}")


NEAR_MISSES = [
    "[[ p.n ]]",
    "[[p.n ]]",
    "[[ n ]]",
    "[[p.acc : .2f]]",
    "[[p.acc|.2f]]",
    "[[p.losses[0]:.1f]]",
    "[[p.n][0]]",
    "[[my-page.n]]",
    "[[01_intro.n]]",
    "[[p.n:,]",
    "[[n:,] x",
    "[[p.\nn]]",
    "[[p. n]]",
    "[[p.n.low.high]]",
    "[[p.1st]]",
    "[[wiki link]]",
    "[[wins ? It wins]]",
    "[[ wins? It wins]]",
    "[[wins?]]",
    "[[wins? It wins] x",
    "[wins? It wins]",
    "[[p['n']]]",
    "[[p\n.n]]",
    "$x = [[ p.n ]]$",
    "{{ p.n }}",
    "[p.n:.2f]",
    "[p.n]]",
    "[ [p.n] ]",
    "{p.n}",
    "[acc:.2f]",
    "[acc.low]",
]


@pytest.mark.parametrize("reference", NEAR_MISSES)
def test_a_near_miss_is_an_error_with_its_line(reference: str) -> None:
    with pytest.raises(RegenError) as error:
        fill(f"one\n\n[[p.n]] two {reference}", PAGE, "docs/x.md", first_line=10)
    assert str(error.value).startswith("docs/x.md:12: ")
    assert "not a reference that is understood. Write [[name]] or" in str(error.value)


@pytest.mark.parametrize("reference", NEAR_MISSES)
def test_a_near_miss_is_found_on_the_page_too(reference: str) -> None:
    _, problems = converted(f"one\n\n[[p.n]] two {reference}")
    assert problems and "not a reference that is understood" in problems[0]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("[[s.n]]", "no page s, and no value s of this page. Pages are: p, q."),
        ("[[los]]", "page p declares no value los. It declares: acc, kept, losses, n, name, old."),
        ("[[los:.4f]]", "page p declares no value los."),
        ("$[[los:.4f]]$", "page p declares no value los."),
        ("[[acc.middle]]", "page p declares no value acc.middle. It declares: acc.high, acc.low, "),
        ("[[p.losses.low]]", "page p declares no value losses.low."),
        ("[[q.n]]", "page q declares no value n. It declares: x."),
        ("[[name:.2f]]", "the format does not fit 'a<b': "),
        ("[[losses:q]]", "the format does not fit [1, 2]: "),
        ("[[n]](x.md)", "may be a value, or the text of a link. Write [[[name]]](address)"),
    ],
)
def test_a_reference_that_stands_for_nothing_is_an_error(reference: str, message: str) -> None:
    with pytest.raises(RegenError) as error:
        fill(f"one\n\n[[p.n]] two {reference}", PAGE, "docs/x.md", first_line=10)
    assert f"]]: {message}" in str(error.value)
    assert str(error.value).startswith("docs/x.md:12: [[")


def test_an_article_has_no_values_of_its_own() -> None:
    assert fill("[[p.n]] [[q.far? yes]]", ARTICLE, "x.md") == "60000 yes"
    with pytest.raises(RegenError, match=r"has no values of its own\. Write \[\[page\.n\]\]"):
        fill("[[n]]", ARTICLE, "x.md")
    with pytest.raises(RegenError, match=r"has no claims of its own\. Write \[\[page\.far\? text"):
        fill("[[far? yes]]", ARTICLE, "x.md")


def test_a_reference_that_may_mean_two_things_is_an_error() -> None:
    runs = {
        "p": Run("p", [CellRun([], {"q": 1.5})], spread={"q": [1.0, 2.0]}),
        "q": Run("q", [CellRun([], {"low": 3})]),
    }
    with pytest.raises(RegenError, match=r"may be page q, value low, or page p, value q\.low\."):
        fill("[[q.low]]", Resolver(runs, {}, "p"), "x.md")


def test_all_mistakes_of_a_text_are_named_at_once() -> None:
    with pytest.raises(RegenError) as error:
        fill("[[los]]\n\n`[[los]]`\n\n[[ n ]] and [[los]]", PAGE, "x.md")
    lines = [line.partition(" ")[0] for line in str(error.value).splitlines()]
    assert lines == ["x.md:1:", "x.md:5:", "x.md:5:"]


@pytest.mark.parametrize("tag", ["<b title='[[n]]'>x</b>", "<div title='[[n]]'>\nx\n</div>"])
def test_a_reference_in_an_html_tag_is_an_error(tag: str) -> None:
    with pytest.raises(RegenError, match=r"x\.md:1: \[\[n\]\]: in an HTML tag, where nothing"):
        fill(tag, PAGE, "x.md")
    page, problems = converted(tag)
    assert "60000" not in page and problems


def test_a_page_without_a_run_shows_that_a_value_is_missing() -> None:
    resolver = Resolver({}, SCRIPTS, "p", {"p": "Not run by this build", "broken": "Failed"})
    page = shown("[[n:,]] [[broken.x]] [[wins? It wins]]", resolver)
    assert 'class="value missing" title="Not run by this build: page p, value n">…<' in page
    assert 'title="Failed: page broken, value x">…<' in page
    assert '<span class="claim">It wins</span>' in page
    with pytest.raises(RegenError, match="page p declares no value los"):
        fill("[[los]]", resolver, "x.md")


PIECES = (
    "word {}",
    "`code {}`",
    "**{}**",
    "[link {}](x.md?{})",
    "${} + x$",
    "<!-- {} -->",
    "``a ` {}``",
    "![alt {}](y.png)",
    "a lone ` tick",
    r"\{}",
    "<b>{}</b>",
    "<code>{}</code>",
)
BLOCKS = (
    "```python\n{}\n```",
    "~~~\n{}\n```\n{}\n~~~",
    "    {}",
    '!!! note "T {}"\n\n    {}\n\n        {}',
    '??? tip "T {}"\n\n    ```\n    {}\n    ```',
    "| a | b |\n|---|---|\n| {} | `{}` |",
    "- a\n\n    {}\n\n        {}",
    "<pre>{}</pre>",
    "## H {}",
    "$$\n{}\n$$",
    "> {}\n> ```\n> {}\n> ```",
    "<div markdown>\n\n{}\n\n</div>",
    "term\n:   {}",
)


@pytest.mark.parametrize("seed", range(40))
def test_page_and_download_agree_on_what_is_prose(seed: int) -> None:
    random = Random(seed)
    blocks = []
    for _ in range(random.randint(2, 8)):
        inline = " ".join(random.choices(PIECES, k=random.randint(1, 4)))
        blocks.append(random.choice((random.choice(BLOCKS), inline)))
    template = "\n\n".join(blocks)
    count = template.count("{}")
    values = {f"v{number}": 1_000_000 + number for number in range(count)}
    resolver = Resolver({"p": Run("p", [CellRun([], values)])}, {}, "p")
    markdown = template.replace("{}", "[[{}]]").format(*values)
    on_page = set(re.findall(r"10000\d\d", shown(markdown, resolver)))
    in_download = set(re.findall(r"10000\d\d", fill(markdown, resolver, "x.md")))
    assert on_page == in_download


def test_links_become_absolute_or_plain_text() -> None:
    def address(href: str) -> str | None:
        return f"https://site/{href}" if href.endswith(".md") else None

    prose = "[`f`][pkg.f], [pkg.g][], [a](b.md), [c [[n]]](d.py), `[x](y.py)`, [r][s]\n\n[s]: t.md"
    filled = fill(prose, PAGE, "x.md", address=address)
    expected = "`f`, pkg.g, [a](https://site/b.md), c 60000, `[x](y.py)`, [r][s]\n\n[s]: t.md"
    assert filled == expected


def test_a_text_alternative_is_filled_as_plain_text() -> None:
    assert (
        fill_text("up to [[n:,]] [[wins? and [[acc:.1f]]]]", PAGE, "p.py:3")
        == "up to 60,000 and 1.0"
    )
    for wrong in ("[[los]]", "[[ n ]]", "[p.n]", "[[ahead? ahead]]"):
        with pytest.raises(RegenError, match=r"^p\.py:3: "):
            fill_text(wrong, PAGE, "p.py:3")


@pytest.mark.parametrize(
    "page", ["<p>[[n]]</p>", '<a title="[[p.n]]">x</a>', "<td>[[ p.n ]]</td>", "<li>[[wiki link]]"]
)
def test_what_was_overlooked_is_found_in_the_finished_page(page: str) -> None:
    assert len(leftovers(page, PAGE)) == 1


@pytest.mark.parametrize(
    "page",
    [
        "<code>[[n]]</code>",
        "<pre>[[n]]</pre>",
        "<script>[[n]]</script>",
        "<!-- [[n]] -->",
        "<p>[[1, 2], [3, 4]]</p>",
        '<span class="formula" aria-label="[[x]]"></span>',
    ],
)
def test_code_and_formulas_of_a_finished_page_are_left_alone(page: str) -> None:
    assert leftovers(page, PAGE) == []


def test_two_escaped_brackets_pass_the_last_net() -> None:
    page = shown(r"Write \[[n]] for a value.")
    assert "Write [[n]] for" in page.replace("&#91;", "[")
    assert leftovers(page, PAGE) == []


def test_the_extensions_that_read_prose_are_those_of_the_site() -> None:
    extensions, _ = site_extensions()
    looks_only = {"toc", "pymdownx.inlinehilite"}
    assert set(extensions) - looks_only <= set(PROSE)


def test_a_claim_of_another_page_needs_two_brackets() -> None:
    with pytest.raises(RegenError, match="two brackets"):
        fill("One [q.far? far away].", ARTICLE, "a.md")


def test_a_near_miss_is_named_as_it_is_written() -> None:
    with pytest.raises(RegenError, match=r"^a\.md:3: \[\[`q\.x`\]\]: not a reference"):
        fill("One\n\ntwo [[`q.x`]] three", ARTICLE, "a.md")


def test_a_value_without_seeds_says_how_to_get_them() -> None:
    with pytest.raises(RegenError, match=r"holds no other seeds for x.*`x: seeds`"):
        fill("[[q.x.low]]", ARTICLE, "a.md")


def test_a_claim_that_fails_is_named_with_the_values_in_it() -> None:
    with pytest.raises(
        RegenError, match=r"\[\[p\.ahead\? `n` is \[\[p\.n\]\], more\]\]: the claim"
    ):
        fill("[[p.ahead? `n` is [[p.n]], more]]", ARTICLE, "a.md")
