import html
import re
import socket
import sys
import urllib.request
from dataclasses import replace

import pytest
from click.testing import CliRunner
from mkdocs.__main__ import cli
from nbformat.v4 import new_output

from regen.record import make_record, write_record
from regen.store import CellRun, Run, Store

MKDOCS = """site_name: A site
theme: {{name: mkdocs}}
markdown_extensions: [admonition, attr_list, md_in_html, pymdownx.details, pymdownx.superfences]
plugins:
  - regen: {{include: {include}}}
"""
PROVENANCE = {"seconds": "1.0", "date": "2019-08-15 12:00 UTC", "commit": "abc", "python": "3.11"}


def mkdocs(site, include='["*.py"]', *options):
    """Build the site in this process: the exit status, and what was told."""
    site.write("mkdocs.yml", MKDOCS.format(include=include))
    site.write("docs/other.md", "# Another\n\nwritten all the same")
    if not (site.root / "docs/index.md").exists():
        site.write("docs/index.md", "# Home")
    where = ["-f", str(site.root / "mkdocs.yml"), "-d", str(site.root / "out")]
    result = CliRunner().invoke(cli, ["build", *where, *options])
    return result.exit_code, result.output


def built(site, page):
    """The text of a built page."""
    return as_text((site.root / "out" / page / "index.html").read_text(encoding="utf-8"))


def as_text(page):
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def keep(site, name, *outputs, **values):
    """Keep and record a result of a page of one cell, so that nothing must run."""
    run = Run(name, [CellRun(list(outputs), values)], [], PROVENANCE)
    Store(site.config).save(site.tutorial(name), run)
    write_record(make_record(site.tutorial(name), run), site.config)


def test_a_page_that_fails_is_shown_with_its_error_and_all_others_are_built(site):
    site.page("fine", "[markdown]\n# # Fine\n#\n# [[fine.x:.2f]]", 'values={"x": "x"}\nx = 0.5')
    keep(site, "fine", new_output("stream", text="printed 0.5"), x=0.5)
    broken = site.page("broken", "[markdown]\n# # Broken\n#\n# Its prose.", "\nx = {}\nx['key']")
    site.page("left_out", "\nx = 1")
    code, told = mkdocs(site, '["tutorials/fine.py", "tutorials/broken.py"]')
    assert code != 0
    assert f"broken: cell 1, {broken}:12: KeyError: 'key'" in told
    assert "Failed: tutorials/broken.py. The errors stand above; all other pages are built." in told
    page = built(site, "tutorials/broken")
    for words in ("This page failed", "KeyError: 'key'", "tutorials/broken.py:12", "Its prose."):
        assert words in page
    fine = built(site, "tutorials/fine")
    assert "0.50" in fine and "printed 0.5" in fine and "This page failed" not in fine
    assert "written all the same" in built(site, "other")
    files = sorted(path.name for path in (site.root / "out/tutorials/fine").iterdir())
    assert {"fine.py", "fine.ipynb"} < set(files)
    assert not (site.root / "out/tutorials/left_out").exists() and site.entries("left_out") == []


@pytest.mark.parametrize(
    ("page", "front", "article", "told", "shown"),
    [
        ("\nx = 1", "teaches: nothing", "", "tutorials/p.py:1: no title", "tutorials/p"),
        ("\nx = 1", "title: a: b", "", "tutorials/p.py:2: front matter that does not parse", "tutorials/p"),
        ("valus=1\nx = 1", "title: P", "", "tutorials/p.py:5: the cell's header: unknown key valus", "tutorials/p"),
        ("\nx = 1", "title: P", "one\n\n[[p.y]]", "index.md:3: [[p.y]]: page p declares no value y.", ""),
        ("\nx = 1", "title: P", "---\ntitle: Home\n---\n\n[[q.y]]", "index.md:5: [[q.y]]: no page q has run.", ""),
        ("\nx = 1", "title: P", "[[p.x:d]]", "index.md:1: [[p.x:d]]: the format does not fit 0.5: ", ""),
        ("\ndraw()", "title: P", "", "tutorials/p.py:5: a figure without a text alternative.", "tutorials/p"),
        (
            'tol={"x": "about 5"}\nx = 1',
            "title: P",
            "",
            "tutorials/p.py:5: tolerance 'about 5': not underst",
            "tutorials/p",
        ),
        ("\nx = 1", "title: P", None, "tutorials/records/p.json: not a record", "tutorials/p"),
    ],
    ids=["title", "front matter", "header", "value", "page", "format", "alt", "tolerance", "record"],
)
def test_a_build_with_a_mistake_ends_with_an_error_that_says_where(site, page, front, article, told, shown):
    site.write("docs/index.md", article or "# Home")
    site.page("p", f"\n{page.partition(chr(10))[2]}")
    keep(site, "p", *[new_output("display_data", data={"image/svg+xml": "<svg/>"})] * ("draw" in page), x=0.5)
    site.page("p", page, front=front)
    if article is None:
        site.write("tutorials/records/p.json", "{")
    code, log = mkdocs(site)
    assert code != 0
    assert told in log
    assert "Traceback" not in log
    words = built(site, shown)
    assert "This page failed" in words and told.rpartition(": ")[2][:25] in words
    assert "written all the same" in built(site, "other")


def test_prose_quotes_a_values_range_on_record_and_what_its_run_tells_of_itself(site):
    prose = "From [[p.x.low]] to [[p.x.high:.3f]] with [[p.x.seeds]] seeds on [[p.run.device]]."
    site.write("docs/index.md", f"# Home\n\n{prose}")
    site.page("p", f"[markdown]\n# # Page\n#\n# {prose}", 'values={"x": "x"} tol={"x": "seeds"}\nx = 0.5')
    provenance = {**PROVENANCE, "device": "an abacus"}
    runs = [Run("p", [CellRun([], {"x": x})], [], provenance) for x in (0.5, 0.25, 0.75)]
    Store(site.config).save(site.tutorial("p"), runs[0])
    write_record(make_record(site.tutorial("p"), runs[0], runs), site.config)
    code, told = mkdocs(site)
    assert code == 0, told
    for page in ("", "tutorials/p"):
        assert "From 0.25 to 0.750 with 3 seeds on an abacus." in built(site, page)


@pytest.mark.parametrize(("recorded", "documented"), [("p", True), ("p.full", False)])
def test_a_page_without_a_record_of_its_name_says_so_loudly(site, recorded, documented):
    path = site.page("p", 'values={"x": "x"}\nx = 0.5')
    run = Run("p", [CellRun([], {"x": 0.5})], [], PROVENANCE)
    record = make_record(site.tutorial("p"), run)
    write_record(replace(record, page=recorded), site.config)
    Store(site.config).save(site.tutorial("p"), run)
    code, told = mkdocs(site, '["*.py"]', "--strict")
    page = built(site, "tutorials/p")
    assert (code == 0) == documented, told
    assert ("1 named values agree with the committed record" in page) == documented
    assert ("Not documented: no record" in page) != documented
    assert (f"p: cell 0 ({path}): not documented" in told) != documented


def test_two_pages_of_one_name_and_a_wrong_setting_end_the_build(site):
    one, two = site.page("deep/p", "\nx = 1"), site.page("p", "\nx = 1")
    code, told = mkdocs(site)
    assert code != 0 and f"{two}: a page named p exists already: {one}. Rename one of the two." in told
    two.unlink()
    site.write("docs/tutorials/deep/p.md", "# Article of the same name")
    code, told = mkdocs(site)
    assert code != 0 and f"{one}: a page of that name exists already: tutorials/deep/p.md" in told
    site.settings("colour = 1")
    code, told = mkdocs(site)
    assert code != 0 and "[tool.regen]: unknown key colour" in told
    assert "Traceback" not in told


def test_serve_survives_a_failing_cell_and_shows_the_page_once_it_is_mended(site, until):
    site.settings("timeout = 20")
    site.write("mkdocs.yml", MKDOCS.format(include='["*.py"]'))
    site.write("docs/index.md", "# Home")
    prose = "[markdown]\n# # Page\n# It is [[p.word]]."  # a failed page cannot fill in its own values
    site.page("p", prose, "\nraise ValueError('as it was broken')")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    server = site.start(sys.executable, "-m", "mkdocs", "serve", "-a", address)

    def shows(*words):
        assert server.poll() is None, site.log()
        try:
            with urllib.request.urlopen(f"http://{address}/tutorials/p/", timeout=10) as reply:
                text = as_text(reply.read().decode())
        except OSError:
            return False
        return all(word in text for word in words)

    until(lambda: shows("This page failed", "ValueError: as it was broken"), 40)
    site.page("p", prose, """values={"word": "word"}\nword = "mended"\nprint('as it was', word)""")
    until(lambda: shows("as it was mended", "It is mended"), 40)
    assert not shows("This page failed")
    site.page("p", prose, "\nx = 1", front="teaches: without a title")
    until(lambda: shows("This page failed", "no title"), 40)
    server.terminate()
    server.wait(10)
    until(lambda: not site.processes(), 10)


@pytest.mark.parametrize(
    ("page", "options"),  # MkDocs tells the same message only once in a process: so each page has a name of its own
    [("a", ()), ("b", ("--strict",)), ("c", ("--no-strict",)), ("d", ("-q",)), ("e", ("-q", "--strict"))],
)
def test_a_page_that_differs_fails_the_build_whatever_its_options(site, page, options):
    site.page(page, 'values={"x": "x"}\nx = 0.5')
    keep(site, page, x=0.5)
    assert mkdocs(site, '["*.py"]', *options)[0] == 0
    Store(site.config).save(site.tutorial(page), Run(page, [CellRun([], {"x": 0.6})], [], PROVENANCE))
    code, told = mkdocs(site, '["*.py"]', *options)
    assert code != 0
    assert f"Not as documented: tutorials/{page}.py." in told and "recorded   0.5" in told
    assert "Not as documented: this run differs" in built(site, f"tutorials/{page}")


def test_a_quiet_build_that_is_strict_counts_the_warnings_that_it_does_not_show(site):
    site.page("p", "\nx = 1")
    keep(site, "p")
    site.write("docs/index.md", "# Home\n\n[gone](gone.md)")
    assert mkdocs(site, '["*.py"]')[0] == 0
    for options in (("--strict",), ("-q", "--strict")):
        code, told = mkdocs(site, '["*.py"]', *options)
        assert code != 0 and "Aborted with 1 warnings in strict mode" in told
        assert ("gone.md" in told) == ("-q" not in options)


@pytest.mark.parametrize(("page", "option"), [("f", "execute: false"), ("g", 'execute_ignore: ["tutorials/g.py"]')])
def test_a_build_that_runs_nothing_says_so_on_the_page_and_fails_in_ci(site, monkeypatch, page, option):
    site.page(page, "\nx = 1")
    include = f'["*.py"], {option}'
    code, told = mkdocs(site, include)
    assert code == 0, told
    assert "Not run" in built(site, f"tutorials/{page}") and site.entries(page) == []
    monkeypatch.setenv("CI", "true")
    code, told = mkdocs(site, include)
    assert code != 0 and f"which proves nothing in CI: tutorials/{page}.py." in told


def test_tags_that_hide_may_be_declared_where_mkdocs_jupyter_has_them(site):
    site.page("p", 'tags=["hush"]\nx = 1')
    code, told = mkdocs(site, '["*.py"]')
    assert code != 0 and "p.py:5: unknown tag hush." in told
    code, told = mkdocs(site, '["*.py"], remove_tag_config: {remove_input_tags: ["hush"]}, execute: false')
    assert code == 0, told


def test_an_article_of_another_encoding_fails_alone(site):
    site.page("p", "\nx = 1")
    keep(site, "p")
    site.write("docs/index.md", "# Home")
    (site.root / "docs/latin.md").write_bytes("# Café".encode("latin-1"))
    code, told = mkdocs(site)
    assert code != 0 and "latin.md: not UTF-8: " in told and "Failed: latin.md." in told
    assert "This page failed" in built(site, "latin") and "written all the same" in built(site, "other")


def test_a_build_that_includes_no_script_is_an_error(site):
    site.page("p", "\nx = 1")
    code, told = mkdocs(site, '["*.ipynb"]')
    assert code != 0 and "include = *.ipynb: matches none of the scripts in tutorials." in told
