"""Builds of small sites: each mistake is an error that says where, and stops no other page."""

from __future__ import annotations

import html
import json
import os
import re
import socket
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from mkdocs.__main__ import cli
from mkdocs_jupyter.plugin import Plugin as JupyterPlugin
from nbformat.v4 import new_output

from regen.execution.cache import Cache
from regen.execution.fingerprint import declared
from regen.execution.results import DRAWING, CellRun, Run
from regen.records.record import make_record, write_record
from regen.site.jupyter_options import HONORED, REFUSED

if TYPE_CHECKING:
    from conftest import Site

MKDOCS = """site_name: A site
theme: {{name: mkdocs}}
markdown_extensions:
- admonition
- attr_list
- md_in_html
- pymdownx.arithmatex: {{generic: true}}
- pymdownx.details
- pymdownx.superfences
plugins:
  - regen: {{include: {include}}}
"""
PROVENANCE = {"seconds": "1.0", "date": "2019-08-15 12:00 UTC", "commit": "abc", "python": "3.11"}
ONE_VALUE = "#| values:\n#|   x: x\nx = 0.5"
PLAIN = "x = 1"


def mkdocs(site: Site, include: str = '["*.py"]', *options: str) -> tuple[int, str]:
    """Build the site in this process: the exit status, and what was logged."""
    site.write("mkdocs.yml", MKDOCS.format(include=include))
    site.write("docs/other.md", "# Another\n\nwritten all the same")
    if not (site.root / "docs/index.md").exists():
        site.write("docs/index.md", "# Home")
    where = ["-f", str(site.root / "mkdocs.yml"), "-d", str(site.root / "out")]
    result = CliRunner().invoke(cli, ["build", *where, *options])
    return result.exit_code, result.output


def source(site: Site, page: str) -> str:
    """The HTML of a built page."""
    return (site.root / "out" / page / "index.html").read_text(encoding="utf-8")


def built(site: Site, page: str) -> str:
    """The text of a built page."""
    return as_text(source(site, page))


def as_text(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def save(site: Site, run: Run) -> None:
    """Keep a result of a page as fresh, so that nothing must run."""
    now = declared(site.script(run.page), site.config, os.environ)
    Cache(site.config).save(replace(run, dependencies=now, provenance=PROVENANCE))


def keep(site: Site, name: str, *outputs: Any, **more: Any) -> Run:
    """Keep and record a result of a page of one cell."""
    run = Run(name, [CellRun(list(outputs), **more)], provenance=PROVENANCE)
    save(site, run)
    write_record(make_record(site.script(name), run), site.config)
    return run


def test_a_page_that_fails_stops_no_other(site: Site) -> None:
    site.page("fine", "[markdown]\n# # Fine\n#\n# [[x:.2f]]", ONE_VALUE)
    keep(site, "fine", new_output("stream", text="printed 0.5"), values={"x": 0.5})
    broken = site.page("broken", "[markdown]\n# # Broken\n#\n# Its prose.", "x = {}\nx['key']")
    site.page("left_out", PLAIN)
    code, log = mkdocs(site, '["tutorials/fine.py", "tutorials/broken.py"]')
    assert code != 0
    assert str(broken) in log and "KeyError: 'key'" in log
    ending = "The errors stand above; all other pages are built."
    assert f"Failed: tutorials/broken.py. {ending}" in log
    page = built(site, "tutorials/broken")
    for words in ("This page failed", "KeyError: 'key'", "tutorials/broken.py:12", "Its prose."):
        assert words in page
    fine = built(site, "tutorials/fine")
    assert "0.50" in fine and "printed 0.5" in fine and "This page failed" not in fine
    assert "written all the same" in built(site, "other")
    assert not (site.root / "out/tutorials/left_out").exists()
    assert site.entries("left_out") == []


def test_a_pages_files_are_beside_it(site: Site) -> None:
    site.page("p", PLAIN)
    keep(site, "p")
    assert mkdocs(site)[0] == 0
    files = {path.name for path in (site.root / "out/tutorials/p").iterdir()}
    assert files == {"index.html", "p.py", "p.ipynb", "p.md"}


@pytest.mark.parametrize(
    ("page", "front", "article", "message", "shown"),
    [
        (PLAIN, "teaches: nothing", "", "tutorials/p.py:1: no title", "tutorials/p"),
        (PLAIN, "title: a: b", "", "tutorials/p.py:2: front matter", "tutorials/p"),
        ("#| valus: 1\nx = 1", "title: P", "", "tutorials/p.py:6: ", "tutorials/p"),
        (
            PLAIN,
            "title: P",
            "one\n\n[[p.y]]",
            "index.md:3: [[p.y]]: page p declares no value y.",
            "",
        ),
        (PLAIN, "title: P", "---\na: b\n---\n\n[[q.y]]", "index.md:5: [[q.y]]: no page q.", ""),
        (PLAIN, "title: P", "`[[y]]`\n\n[[y]]", "index.md:3: [[y]]: an article has no values", ""),
        (
            PLAIN,
            "title: P",
            "[[p.x:d]]",
            "index.md:1: [[p.x:d]]: the format does not fit 0.5: ",
            "",
        ),
        (PLAIN, "title: P", "a\n\n[[ p.x ]]", "index.md:3: [[ p.x ]]: not a reference", ""),
        (
            PLAIN,
            "title: P",
            "<p>[[p.x]]</p>",
            "index.md:1: [[p.x]]: stands on the finished page",
            "",
        ),
        (
            PLAIN,
            "title: P",
            '<b title="[[p.x]]">x</b>',
            "index.md:1: [[p.x]]: in an HTML tag, where nothing is filled in.",
            "",
        ),
        (PLAIN, "title: P", "$\\frac{1$", "index.md:1: the formula $\\frac{1$ cannot be drawn", ""),
        (
            "draw()",
            "title: P",
            "",
            "tutorials/p.py:5: a figure without a text alternative.",
            "tutorials/p",
        ),
        ("#| tolerance: about 5\nx = 1", "title: P", "", "tutorials/p.py:", "tutorials/p"),
        (PLAIN, "title: P", None, "tutorials/records/p.json: ", "tutorials/p"),
    ],
    ids=[
        "title",
        "front matter",
        "option",
        "value",
        "page",
        "own value",
        "format",
        "near miss",
        "raw html",
        "tag",
        "formula",
        "alt",
        "tolerance",
        "record",
    ],
)
def test_a_mistake_is_an_error_that_says_where(
    site: Site, page: str, front: str, article: str | None, message: str, shown: str
) -> None:
    site.write("docs/index.md", article or "# Home")
    site.page("p", page.replace("#| valus: 1\n", "").replace("#| tolerance: about 5\n", ""))
    figure = {"image/svg+xml": "<svg/>", DRAWING: {"size": [1, 1], "axes": [], "texts": []}}
    outputs = [new_output("display_data", data=figure)] if "draw" in page else []
    run = Run("p", [CellRun(outputs, {"x": 0.5})], provenance=PROVENANCE)
    save(site, run)
    if "draw" not in page:
        write_record(make_record(site.script("p"), run), site.config)
    site.page("p", page, front=front)
    if article is None:
        site.write("tutorials/records/p.json", "{")
    code, log = mkdocs(site)
    assert code != 0
    assert message in log
    assert "Traceback" not in log
    words = built(site, shown)
    assert "This page failed" in words and message.rpartition(": ")[2][:25] in words
    assert "written all the same" in built(site, "other")


def test_prose_quotes_a_range_on_record_and_a_run(site: Site) -> None:
    own = "From [[x.low]] to [[x.high:.3f]] with [[x.seeds]] seeds on [[run.device]]."
    site.write("docs/index.md", own.replace("[[", "[[p."))
    tolerance = "#| tolerance:\n#|   x: seeds"
    site.page("p", f"[markdown]\n# # Page\n#\n# {own}", f"{tolerance}\n{ONE_VALUE}")
    provenance = {**PROVENANCE, "device": "an abacus"}
    runs = [Run("p", [CellRun([], {"x": x})], provenance=provenance) for x in (0.5, 0.25, 0.75)]
    found = declared(site.script("p"), site.config, os.environ)
    Cache(site.config).save(replace(runs[0], dependencies=found))
    write_record(make_record(site.script("p"), runs[0], runs), site.config)
    code, log = mkdocs(site)
    assert code == 0, log
    for page in ("", "tutorials/p"):
        assert "From 0.25 to 0.750 with 3 seeds on an abacus." in built(site, page)


def claiming(site: Site, holds: bool) -> None:
    """A page with a claim, which is true on record."""
    site.write("docs/index.md", "# Home\n\nSo [[p.big? x is *big*]].")
    site.page(
        "p",
        "[markdown]\n# # P\n#\n# [[big? It is big.]]",
        f"#| claims:\n#|   big: x > 0\n{ONE_VALUE}",
    )
    run = Run("p", [CellRun([], {"x": 0.5}, claims={"big": True})], provenance=PROVENANCE)
    write_record(make_record(site.script("p"), run, [run, run]), site.config)
    save(site, replace(run, cells=[CellRun([], {"x": 0.5}, claims={"big": holds})]))


def test_a_claim_is_shown_as_checked(site: Site) -> None:
    claiming(site, holds=True)
    code, log = mkdocs(site)
    assert code == 0, log
    claim = '<span class="claim" title="Checked: x &gt; 0">x is <em>big</em></span>'
    assert claim in source(site, "")


def test_a_claim_that_does_not_hold_fails_each_page_with_it(site: Site) -> None:
    claiming(site, holds=False)
    code, log = mkdocs(site)
    assert code != 0
    why = "the claim big of page p does not hold: x > 0 is false in its run."
    assert f"index.md:3: [[p.big? x is *big*]]: {why}" in log
    assert f"tutorials/p.py:8: [[big? It is big.]]: {why}" in log
    for page in ("", "tutorials/p"):
        assert "This page failed" in built(site, page)


@pytest.mark.parametrize("recorded", ["p", "p.full"])
def test_a_page_without_a_record_of_its_name_says_so(site: Site, recorded: str) -> None:
    path = site.page("p", ONE_VALUE)
    run = Run("p", [CellRun([], {"x": 0.5})], provenance=PROVENANCE)
    save(site, run)
    record = make_record(site.script("p"), run)
    write_record(replace(record, page=recorded), site.config)
    code, log = mkdocs(site, '["*.py"]', "--strict")
    page = built(site, "tutorials/p")
    documented = recorded == "p"
    assert (code == 0) == documented, log
    assert ("1 named values agree with the committed record" in page) == documented
    assert ("Not documented: no record" in page) != documented
    assert (f"p ({path}): not recorded" in log) != documented


def test_two_pages_of_one_name_end_the_build(site: Site) -> None:
    one = site.page("deep/p", PLAIN)
    two = site.page("p", PLAIN)
    code, log = mkdocs(site)
    assert code != 0
    assert f"{two}: a page named p exists already: {one}. Rename one of the two." in log
    two.unlink()
    site.write("docs/tutorials/deep/p.md", "# Article of the same name")
    code, log = mkdocs(site)
    assert code != 0
    assert f"{one}: a page of that name exists already: tutorials/deep/p.md" in log


def test_a_wrong_setting_ends_the_build(site: Site) -> None:
    site.page("p", PLAIN)
    site.settings("colour = 1")
    code, log = mkdocs(site)
    assert code != 0
    assert "[tool.regen]: unknown key colour" in log and "Traceback" not in log


def test_serve_survives_a_failing_cell_and_shows_it_fixed(
    site: Site, until: Callable[..., Any]
) -> None:
    site.settings("timeout = 20")
    site.write("mkdocs.yml", MKDOCS.format(include='["*.py"]'))
    site.write("docs/index.md", "# Home")
    prose = "[markdown]\n# # Page\n# It is [[word]]."
    fixed = "#| values:\n#|   word: word\nword = 'fixed'\nprint('as it was', word)"
    site.page("p", prose, fixed.replace("word = ", "raise ValueError('broken')\nword = "))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    server = site.start(sys.executable, "-m", "mkdocs", "serve", "-a", address)

    def shows(*words: str) -> bool:
        assert server.poll() is None, site.log()
        try:
            with urllib.request.urlopen(f"http://{address}/tutorials/p/", timeout=10) as reply:
                text = as_text(reply.read().decode())
        except OSError:
            return False
        return all(word in text for word in words)

    # the values of a page that failed are missing, and do not fail once more
    until(lambda: shows("This page failed", "ValueError: broken", "It is …."), 40)
    site.page("p", prose, fixed)
    until(lambda: shows("as it was fixed", "It is fixed"), 40)
    assert not shows("This page failed")
    site.page("p", prose, PLAIN, front="teaches: without a title")
    until(lambda: shows("This page failed", "no title"), 40)
    server.terminate()
    server.wait(10)
    until(lambda: not site.processes(), 10)


@pytest.mark.parametrize(
    # MkDocs logs the same message only once in a process: so each page has a name of its own
    ("page", "options"),
    [
        ("a", ()),
        ("b", ("--strict",)),
        ("c", ("--no-strict",)),
        ("d", ("-q",)),
        ("e", ("-q", "--strict")),
    ],
)
def test_a_page_that_differs_fails_a_build_with_any_options(
    site: Site, page: str, options: tuple[str, ...]
) -> None:
    site.page(page, ONE_VALUE)
    run = keep(site, page, values={"x": 0.5})
    assert mkdocs(site, '["*.py"]', *options)[0] == 0
    save(site, replace(run, cells=[CellRun([], {"x": 0.6})]))
    code, log = mkdocs(site, '["*.py"]', *options)
    assert code != 0
    assert f"Not as documented: tutorials/{page}.py." in log and "recorded   0.5" in log
    assert "Not as documented: this run differs" in built(site, f"tutorials/{page}")


def test_a_quiet_strict_build_counts_warnings_it_does_not_show(site: Site) -> None:
    site.page("p", PLAIN)
    keep(site, "p")
    site.write("docs/index.md", "# Home\n\n[gone](gone.md)")
    assert mkdocs(site, '["*.py"]')[0] == 0
    for options in (("--strict",), ("-q", "--strict")):
        code, log = mkdocs(site, '["*.py"]', *options)
        assert code != 0 and "Aborted with 1 warnings in strict mode" in log
        assert ("gone.md" in log) == ("-q" not in options)


@pytest.mark.parametrize(
    ("page", "option"), [("f", "execute: false"), ("g", 'execute_ignore: ["tutorials/g.py"]')]
)
def test_a_build_that_runs_nothing_says_so_and_fails_in_ci(
    site: Site, monkeypatch: pytest.MonkeyPatch, page: str, option: str
) -> None:
    site.page(page, "[markdown]\n# # P\n#\n# It is [[x]].", ONE_VALUE)
    include = f'["*.py"], {option}'
    code, log = mkdocs(site, include)
    assert code == 0, log
    words = built(site, f"tutorials/{page}")
    assert "Not run" in words and "It is …." in words and site.entries(page) == []
    monkeypatch.setenv("CI", "true")
    code, log = mkdocs(site, include)
    assert code != 0 and f"which proves nothing in CI: tutorials/{page}.py." in log


def test_tags_that_hide_may_be_declared_as_mkdocs_jupyter_does(site: Site) -> None:
    site.page("p", "#| tags: [hush]\nx = 1")
    code, log = mkdocs(site)
    assert code != 0 and "p.py:6: " in log and "hush" in log
    option = 'remove_tag_config: {remove_input_tags: ["hush"]}, execute: false'
    code, log = mkdocs(site, f'["*.py"], {option}')
    assert code == 0, log
    assert "x = 1" not in built(site, "tutorials/p")


def test_every_option_of_mkdocs_jupyter_is_honored_or_refused() -> None:
    names = [name for name, _ in JupyterPlugin.config_scheme]
    assert sorted(names) == sorted([*HONORED, *REFUSED])


@pytest.mark.parametrize(
    ("option", "instead"),
    [
        ("kernel_name: julia", "A page runs in the Python that runs MkDocs."),
        ("allow_errors: true", "Give the tag raises-exception to a cell"),
        ("show_input: false", "Give the tag remove_input to the cells"),
        ("include_source: true", "Each page links its script"),
        ("toc_depth: 2", "Set `toc: {toc_depth: ...}` under `markdown_extensions`."),
        ("data_files: {tutorials/p.py: [x.csv]}", "Let a cell hand out the file: `#| files:`."),
        ("cache_dir: x", "Set `cache` in [tool.regen]."),
    ],
)
def test_an_option_without_meaning_is_refused_by_name(
    site: Site, option: str, instead: str
) -> None:
    site.page("p", PLAIN)
    code, log = mkdocs(site, f'["*.py"], {option}')
    name = option.partition(":")[0]
    assert code != 0
    assert f"plugins: regen: {name} = " in log
    assert f"has no meaning here; remove it. {instead}" in log


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ("remove_cell_tagz: [hush]", "unknown key remove_cell_tagz. Known are: remove_cell_tags,"),
        ("remove_cell_tags: hush", "remove_cell_tags = 'hush': expected a list of tags."),
    ],
)
def test_tags_that_hide_nothing_are_refused(site: Site, tags: str, message: str) -> None:
    site.page("p", PLAIN)
    code, log = mkdocs(site, f'["*.py"], remove_tag_config: {{{tags}}}')
    assert code != 0
    assert f"mkdocs.yml: plugins: regen: remove_tag_config: {message}" in log


def test_an_article_that_failed_is_not_named_as_a_page(site: Site) -> None:
    site.page("p", PLAIN)
    keep(site, "p")
    site.write("docs/index.md", "[[first.x]]")
    site.write("docs/later.md", "[[second.x]]")
    code, log = mkdocs(site)
    assert code != 0
    assert log.count("Pages are: p.") == 2


def test_a_reference_in_a_template_is_at_no_line_of_the_page(site: Site) -> None:
    site.settings('templates = "own"')
    site.write("own/foot.md.jinja", "Foot [[lost]]")
    site.page("p", PLAIN)
    keep(site, "p")
    code, log = mkdocs(site)
    assert code != 0
    assert "tutorials/p.py: [[lost]]: page p declares no value lost." in log


def test_options_without_meaning_may_have_their_defaults(site: Site) -> None:
    site.page("p", PLAIN)
    keep(site, "p")
    code, log = mkdocs(
        site, '["*.py"], include_source: false, allow_errors: false, kernel_name: ""'
    )
    assert code == 0, log


def test_an_article_of_another_encoding_fails_alone(site: Site) -> None:
    site.page("p", PLAIN)
    keep(site, "p")
    site.write("docs/index.md", "# Home")
    (site.root / "docs/latin.md").write_bytes("# Café".encode("latin-1"))
    code, log = mkdocs(site)
    assert code != 0 and "latin.md: not UTF-8: " in log and "Failed: latin.md." in log
    assert "This page failed" in built(site, "latin")
    assert "written all the same" in built(site, "other")


def test_files_of_an_editor_and_helpers_are_no_pages(site: Site) -> None:
    site.page("p", PLAIN)
    keep(site, "p")
    (site.root / "tutorials/.#p.py").symlink_to("me@host.1:2")
    site.write("tutorials/_helper.py", "not a page")
    code, log = mkdocs(site)
    assert code == 0, log
    names = {path.name for path in (site.root / "out/tutorials").iterdir()}
    assert names == {"p"}


def test_a_build_that_includes_no_script_is_an_error(site: Site) -> None:
    site.page("p", PLAIN)
    code, log = mkdocs(site, '["*.ipynb"]')
    assert code != 0
    assert "include = *.ipynb: matches none of the scripts in tutorials." in log


def handing_out(site: Site, name: str) -> None:
    """A page that hands out a file, and an article that links it."""
    site.page("p", f"#| files:\n#|   {name}: text\ntext = '[1]'")
    keep(site, "p", files={name: "WzFd"})
    site.write("docs/index.md", f"# Home\n\n[weights](tutorials/p/{name})")


def test_a_page_hands_a_file_to_the_site(site: Site) -> None:
    handing_out(site, "weights.json")
    code, log = mkdocs(site, '["*.py"]', "--strict")
    assert code == 0, log
    assert json.loads((site.root / "out/tutorials/p/weights.json").read_text()) == [1]
    assert 'href="tutorials/p/weights.json"' in source(site, "")


def test_a_link_to_a_file_that_no_page_hands_out_is_found(site: Site) -> None:
    handing_out(site, "weights.json")
    site.write("docs/index.md", "# Home\n\n[weights](tutorials/p/weight.json)")
    code, log = mkdocs(site, '["*.py"]', "--strict")
    assert code != 0 and "weight.json" in log


def test_a_file_with_the_name_of_a_figure_is_an_error(site: Site) -> None:
    site.page("p", "#| alt: A line\n#| files:\n#|   figure-1-1.svg: text\ntext = '[1]'")
    figure = {"image/svg+xml": "<svg/>", DRAWING: {"size": [1, 1], "axes": [], "texts": []}}
    output = new_output("display_data", data=figure)
    run = Run("p", [CellRun([output], files={"figure-1-1.svg": "WzFd"})], provenance=PROVENANCE)
    save(site, run)
    code, log = mkdocs(site)
    assert code != 0
    assert "p.py:5: file figure-1-1.svg: the page has a file of that name already." in log


def test_a_download_leads_back_to_the_site(site: Site) -> None:
    site.page("p", "[markdown]\n# [home](../index.md#a) and [x](p/w.json)", PLAIN)
    keep(site, "p")
    mkdocs(site)
    assert "home and x" in (site.root / "out/tutorials/p/p.md").read_text()
    monkey = MKDOCS.replace("site_name: A site", "site_name: A site\nsite_url: https://a.site/b/")
    site.write("mkdocs.yml", monkey.format(include='["*.py"]'))
    where = ["-f", str(site.root / "mkdocs.yml"), "-d", str(site.root / "out")]
    CliRunner().invoke(cli, ["build", *where])
    text = (site.root / "out/tutorials/p/p.md").read_text()
    expected = "[home](https://a.site/b/#a) and [x](https://a.site/b/tutorials/p/w.json)"
    assert expected in text
    assert "of A site, https://a.site/b/tutorials/p/." in text


def test_an_article_is_filled_with_the_sites_templates(site: Site) -> None:
    site.settings('templates = "templates"')
    site.write("templates/start.md.jinja", "Begin **here**, on {{ site.name }}.")
    site.write("docs/index.md", "# Home\n\n<!-- template: start.md.jinja -->\n\nThen go on.")
    site.page("p", PLAIN)
    keep(site, "p")
    code, log = mkdocs(site)
    assert code == 0, log
    assert "<p>Begin <strong>here</strong>, on A site.</p>\n<p>Then go on.</p>" in source(site, "")


def test_a_template_that_is_not_there_fails_its_article_alone(site: Site) -> None:
    site.settings('templates = "templates"')
    site.write("templates/start.md.jinja", "Begin.")
    site.write("docs/index.md", "# Home\n\n<!-- template: strat.md.jinja -->")
    site.page("p", PLAIN)
    keep(site, "p")
    code, log = mkdocs(site)
    assert code != 0
    assert "index.md:3: there is no template strat.md.jinja." in log
    assert "This page failed" in built(site, "")
    assert "written all the same" in built(site, "other")


def test_a_file_is_shown_in_an_article(site: Site) -> None:
    site.write("web/a.js", "let a = 1;")
    site.write("docs/index.md", "# Home\n\n<!-- source: web/a.js -->\n\nThen go on.")
    site.page("p", PLAIN)
    keep(site, "p")
    code, log = mkdocs(site)
    assert code == 0, log
    assert "let a = 1;" in built(site, "")
    assert "<p>Then go on.</p>" in source(site, "")


def test_a_file_that_is_not_there_fails_its_article_alone(site: Site) -> None:
    site.write("docs/index.md", "# Home\n\n<!-- source: web/b.js -->")
    site.page("p", PLAIN)
    keep(site, "p")
    code, log = mkdocs(site)
    assert code != 0
    assert "index.md: <!-- source: web/b.js -->: there is no such file in the project." in log
    assert "written all the same" in built(site, "other")


def test_a_wheel_that_cannot_be_built_ends_the_build(site: Site) -> None:
    site.page("p", PLAIN)
    site.settings('wheel = "nothing"')
    code, log = mkdocs(site)
    assert code != 0
    assert "pyproject.toml: [project]: no name, which" in log and "Traceback" not in log


def page_with_figures(site: Site, count: int) -> None:
    """Keep a page `p` of one cell with figures, in each of them an identifier."""
    site.page("p", "#| alt: A line\nx = 1")
    outputs = []
    for index in range(1, count + 1):
        drawing = f'<svg><path id="a"/><text>picture {index}</text></svg>'
        label = {"text": f"picture {index}", "at": [0, 0]}
        contents = {"size": [1, 1], "axes": [], "texts": [label]}
        data = {"image/svg+xml": drawing, DRAWING: contents}
        outputs.append(new_output("display_data", data=data))
    keep(site, "p", *outputs)


def test_an_article_shows_a_figure_of_a_page(site: Site) -> None:
    page_with_figures(site, 2)
    site.write("docs/index.md", "# Home\n\n<!-- figure: p 2 -->\n\nThen go on.")
    code, log = mkdocs(site)
    assert code == 0, log
    home = source(site, "")
    assert '<figure class="cell-figure" role="img" aria-label="A line"><svg>' in home
    assert "picture 2" in home and "picture 1" not in home
    assert 'id="p-figure-1-2-a"' in home
    assert "picture 2" in source(site, "tutorials/p")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("<!-- figure: p 3 -->", "page p has no figure 3; it has 2. Correct the number, or"),
        ("<!-- figure: p 0 -->", "page p has no figure 0; it has 2."),
        ("<!-- figure: q 1 -->", "there is no page q. Pages are: p."),
        ("<!-- figure: p -->", "this names no figure. Write <!-- figure: PAGE NUMBER -->"),
    ],
)
def test_a_figure_that_is_not_there_fails_its_article_alone(
    site: Site, line: str, message: str
) -> None:
    page_with_figures(site, 2)
    site.write("docs/index.md", f"# Home\n\n{line}")
    code, log = mkdocs(site)
    assert code != 0
    assert f"index.md:3: {message}" in log
    assert "This page failed" in built(site, "")
    assert "written all the same" in built(site, "other")


def test_a_figure_of_a_page_that_failed_leaves_a_word_in_its_place(site: Site) -> None:
    site.page("p", "x = {}\nx['key']")
    site.write("docs/index.md", "# Home\n\n<!-- figure: p 1 -->\n\nThen go on.")
    code, _ = mkdocs(site)
    assert code != 0
    assert "Not available, for its page failed: figure 1 of p" in built(site, "")
