"""Every page of the built site, as a reader's browser shows it: wide and narrow, light and dark."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from opened import Events, Open

PALETTES = ("light", "dark")


def test_no_page_asks_another_host_for_anything_or_reports_an_error(
    pages: list[str], open_page: Open, events: Events
) -> None:
    for palette in PALETTES:
        for path in pages:
            last = open_page(path, palette)
    last.wait_for_load_state("networkidle")
    last.wait_for_timeout(500)  # what pages ask for late
    assert (events.foreign, events.http, events.console) == ([], [], [])


def test_foreign_request_missing_file_and_console_error_would_be_noticed(
    browser: Any, base: str, events: Events
) -> None:
    kept = [list(found) for found in (events.foreign, events.http, events.console)]
    # the page's own policy would stop the request before it is one
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    events.watch(page, "", base)
    page.goto(base)
    page.evaluate("fetch('http://127.0.0.2:9/x').catch(() => 0)")
    page.evaluate("fetch('no/such/file').then(answer => answer.text())")
    page.evaluate("console.error('noticed')")
    context.close()
    for now, before in zip((events.foreign, events.http, events.console), kept, strict=True):
        assert len(now) > len(before)
        now[:] = before  # these were caused on purpose


OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_the_window(pages: list[str], open_page: Open, width: int) -> None:
    found = {}
    for path in pages:
        page = open_page(path)
        page.set_viewport_size({"width": width, "height": 900})
        found[path] = page.evaluate(OVERFLOW)
        page.set_viewport_size({"width": 1280, "height": 900})
    assert found == dict.fromkeys(pages, 0)


def test_each_image_and_each_figure_has_a_text_alternative(
    pages: list[str], open_page: Open
) -> None:
    script = """() => {
        const pictures = "img, figure, [role=img]";
        const found = document.querySelector(".md-content").querySelectorAll(pictures);
        const text = e =>
            e.getAttribute("alt")
            || e.getAttribute("aria-label")
            || e.querySelector("img")?.alt
            || "";
        return [...found].map(e => [e.tagName, text(e).trim()]);
    }"""
    seen = 0
    for path in pages:
        for tag, text in open_page(path).evaluate(script):
            seen += 1
            assert text, f"{path}: {tag} without a text alternative"
            assert "[[" not in text, f"{path}: {text}"
    assert seen > 10


def test_each_formula_is_drawn_and_carries_its_tex(pages: list[str], open_page: Open) -> None:
    script = """() => [...document.querySelectorAll(".formula")].map(e => {
        const svg = e.querySelector("svg");
        const box = svg ? svg.getBoundingClientRect() : {width: 0, height: 0};
        const folded = Boolean(e.closest("details:not([open])"));
        const parts = svg ? svg.childElementCount : 0;
        return [e.getAttribute("aria-label") || "", box.width, box.height, folded, parts];
    })"""
    seen = 0
    for path in pages:
        page = open_page(path)
        assert page.locator(".arithmatex").count() == 0, f"{path}: a formula was not drawn"
        for tex, width, height, folded, parts in page.evaluate(script):
            seen += 1
            assert tex, f"{path}: a formula without its TeX"
            assert parts > 0, f"{path}: {tex} is empty"
            assert folded or min(width, height) > 0, f"{path}: {tex} has no size"
    assert seen > 10


# Markup that came through as text: it is looked for outside of code, where it may be meant.
RAW = re.compile(
    r"\[\[[a-z]|\]\]"  # a value
    r"|\$\$|\\\(|\\\["  # a formula
    r"|^:::|^!!! |^\?\?\?\+? "  # an API object, a box
    r"|</?span|\{ *\.[a-z]"  # HTML, attributes
    r"|^#+ |(?<!\w)\*\*\w|\]\(\S+\)",  # a heading, bold text, a link
    re.M,
)


def raw_in(text: str) -> list[str]:
    return [text[max(0, match.start() - 30) : match.end() + 30] for match in RAW.finditer(text)]


def test_no_markup_is_left_in_the_text(pages: list[str], open_page: Open) -> None:
    script = """() => {
        const copy = document.querySelector("article").cloneNode(true);
        copy.querySelectorAll("pre, code, svg, script, style").forEach(e => e.remove());
        return copy.textContent;
    }"""
    found = {path: raw_in(open_page(path).evaluate(script)) for path in pages}
    assert found == {path: [] for path in pages}


@pytest.mark.parametrize(
    "text",
    [
        "[[page.value]]",
        "so $$x$$",
        "\n::: groundup.data",
        '!!! note "x"',
        "??? question",
        "a **b**",
    ],
)
def test_markup_left_in_the_text_would_be_noticed(text: str) -> None:
    assert raw_in(text)


def test_figures_take_the_colour_of_the_text_in_both_palettes(
    tutorials: list[str], open_page: Open
) -> None:
    script = """() => {
        const text = getComputedStyle(document.querySelector("article p")).color;
        const figures = [...document.querySelectorAll("figure svg, .formula svg")];
        const inked = "[style*=currentColor], [fill=currentColor]";
        const ink = e => {
            const isStroke = (e.getAttribute("style") || "").includes("stroke: currentColor");
            const style = getComputedStyle(e);
            return isStroke ? style.stroke : style.fill;
        };
        const inks = figures.flatMap(f => [...f.querySelectorAll(inked)]).map(ink);
        const colours = figures.map(f => getComputedStyle(f).color);
        const background = getComputedStyle(document.body).backgroundColor;
        return [text, [...new Set(colours)], [...new Set(inks)], background];
    }"""
    for path in tutorials:
        colours = {}
        for palette in PALETTES:
            text, figures, inks, background = open_page(path, palette).evaluate(script)
            assert figures == [text], f"{path}, {palette}"
            assert inks == [text], f"{path}, {palette}"
            assert text != background
            colours[palette] = text
        assert colours["light"] != colours["dark"], path


def test_solution_is_folded_and_opens_by_a_click(lessons: list[str], open_page: Open) -> None:
    """To code and output, or to prose where the exercise asks for thought alone."""
    script = """() => [...document.querySelectorAll("details.success")].map(solution => {
        const outputs = ".output, figure, .output-table";
        const code = solution.querySelector(".cell");
        const prose = solution.querySelector("p");
        const parts = code ? [code, solution.querySelector(outputs)] : [prose, prose];
        const shown = () => parts.map(part => Boolean(part?.checkVisibility()));
        const says = part => Boolean(part?.innerText.trim() || part?.querySelector("svg"));
        const before = shown();
        solution.querySelector("summary").click();
        return {before: before, after: shown(), says: parts.map(says)};
    })"""
    for path in lessons:
        solutions = open_page(path).evaluate(script)
        assert len(solutions) >= 2, path
        for index, found in enumerate(solutions):
            place = f"{path}: solution {index}"
            assert found["before"] == [False, False], f"{place} is open from the start"
            assert found["after"] == [True, True], f"{place} lacks code, output or prose"
            assert found["says"] == [True, True], f"{place} shows nothing"


def test_code_can_be_copied_and_output_cannot(tutorials: list[str], open_page: Open) -> None:
    for path in tutorials:
        page = open_page(path)
        page.locator(".cell .md-code__button, .cell .md-clipboard").first.wait_for(state="attached")
        cells = page.locator("div.cell")
        outputs = page.locator("div.output")
        assert cells.count() > 5
        assert outputs.count() > 2
        button = "[data-md-type=copy], .md-clipboard"
        for index in range(cells.count()):
            assert cells.nth(index).locator(button).count() == 1, f"{path}: code cell {index}"
        assert outputs.locator(button).count() == 0, path


class Addresses(HTMLParser):
    """The links, the sources and the identifiers of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value and tag in ("a", "link", "script", "img"):
                self.links.append(value)
            elif name in ("id", "name") and value:
                self.names.add(value)


def status(address: str) -> int:
    try:
        with urllib.request.urlopen(address) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_each_link_within_the_site_leads_somewhere(base: str, site: Path, pages: list[str]) -> None:
    parsed = {}
    for path in pages:
        text = (site / path / "index.html").read_text(encoding="utf-8")
        parsed[base + path] = Addresses(text)
    statuses: dict[str, int] = {}
    dead = []
    anchors = 0
    for page, addresses in parsed.items():
        for link in addresses.links:
            target, anchor = urllib.parse.urldefrag(urllib.parse.urljoin(page, link))
            if not target.startswith(base):
                continue
            if target not in statuses:
                statuses[target] = status(target)
            if statuses[target] != 200:
                dead.append(f"{page}: {link}: {statuses[target]}")
            elif anchor and target in parsed:
                anchors += 1
                if urllib.parse.unquote(anchor) not in parsed[target].names:
                    dead.append(f"{page}: {link}: no such anchor")
    assert dead == []
    assert len(statuses) > len(pages)
    assert anchors > 20
    assert status(base + "no/such/page") == 404


def test_downloads_of_each_tutorial_are_there_and_sound(
    base: str, tutorials: list[str], open_page: Open
) -> None:
    script = "() => [...document.querySelectorAll('article a')].map(a => a.href)"
    for path in tutorials:
        name = Path(path).name
        links = {}
        for link in open_page(path).evaluate(script):
            links[Path(link).name] = link
        found = {}
        for suffix in ("py", "ipynb", "md"):
            assert f"{name}.{suffix}" in links, f"{path} offers no {suffix}"
            with urllib.request.urlopen(links[f"{name}.{suffix}"]) as answer:
                assert answer.status == 200
                found[suffix] = answer.read().decode("utf-8")
        compile(found["py"], f"{name}.py", "exec")
        cells = json.loads(found["ipynb"])["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert len([cell for cell in code if cell["outputs"]]) > 3
        for suffix, text in found.items():
            assert f"[[{name}." not in text, f"{name}.{suffix} has values that are not filled in"
        pictures = re.findall(r"^!\[(.*)\]\((\S+)\)$", found["md"], re.M)
        for alternative, picture in pictures:
            assert alternative
            assert status(urllib.parse.urljoin(links[f"{name}.md"], picture)) == 200


def test_search_finds_a_tutorial_by_a_word_of_its_text(open_page: Open) -> None:
    page = open_page("", fresh=True)
    query = page.locator("[data-md-component=search-query]")
    query.click()
    # its appearance says that the index has been read
    page.get_by_text("Type to start searching").wait_for(state="attached")
    query.press_sequentially("sigmoid")
    results = page.locator(".md-search-result__link")
    results.first.wait_for()
    found = [results.nth(index).get_attribute("href") for index in range(results.count())]
    page.close()
    assert any("/tutorials/" in str(link) for link in found)


def test_each_page_has_one_title_one_first_heading_and_a_language(
    pages: list[str], open_page: Open
) -> None:
    for path in pages:
        page = open_page(path)
        assert page.title(), path
        assert page.locator("article h1").count() == 1, path
        assert page.locator("html").get_attribute("lang") == "en", path
