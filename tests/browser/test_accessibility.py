"""Pages for those who cannot see them, have a small window, no script, or a slow connection."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opened import Open

THIN = """() => {
    // Of each kind of token the first in each kind of block: the others look the same, and to look
    // at the ten thousand of them takes minutes.
    const seen = new Set();
    for (const token of document.querySelectorAll("pre code span")) {
        const block = token.closest(".highlight")?.className;
        const inside = token.closest("details, .admonition, td")?.className;
        const link = Boolean(token.closest("a"));
        const kind = [token.className, block, inside, link].join("|");
        if (seen.has(kind)) {
            token.remove();
        }
        seen.add(kind);
    }
    // a picture is one thing with one name: what it is drawn with has no meaning of its own
    for (const drawing of document.querySelectorAll("[role=img] svg, .formula svg")) {
        drawing.replaceChildren();
    }
}"""
OF_COLOURS = ("color-contrast", "link-in-text-block")  # rules whose answer a palette can change


@pytest.fixture(scope="module")
def violations(browser: Any, base: str) -> Iterator[Callable[..., list[str]]]:
    """What axe finds on a page in one of the two palettes; a script can spoil the page before."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        reason = "no axe: the pages were not looked at."
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    contexts = {}
    for scheme in ("light", "dark"):
        window = {"width": 1280, "height": 900}
        contexts[scheme] = browser.new_context(color_scheme=scheme, viewport=window)

    def look(path: str, scheme: str, rules: tuple[str, ...] = (), spoil: str = "") -> list[str]:
        page = contexts[scheme].new_page()
        page.goto(base + path)
        page.evaluate(THIN)
        if spoil:
            page.evaluate(spoil)
        options: dict[str, Any] = {"resultTypes": ["violations"]}
        if rules:
            options["runOnly"] = {"type": "rule", "values": list(rules)}
        found = Axe().run(page, options=options).response["violations"]
        page.close()
        return [f"{path}: {each['id']}: {each['nodes'][0]['html'][:120]}" for each in found]

    yield look
    for context in contexts.values():
        context.close()


def test_axe_finds_no_violation_in_light(
    pages: list[str], violations: Callable[..., list[str]]
) -> None:
    found = []
    for path in pages:
        found += violations(path, "light")
    assert found == []


def test_axe_finds_no_violation_in_dark(
    pages: list[str], violations: Callable[..., list[str]]
) -> None:
    """Other rules than those of colours would find what they find in light."""
    found = []
    for path in pages:
        found += violations(path, "dark", OF_COLOURS)
    assert found == []


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        ("document.querySelector('article').append(new Image())", "image-alt"),
        ("document.querySelector('article p').style.color = '#888'", "color-contrast"),
        ("document.querySelector('pre code span').style.color = '#888'", "color-contrast"),
        ("document.querySelector('figure').removeAttribute('aria-label')", "role-img-alt"),
    ],
)
def test_what_is_wrong_with_a_page_would_be_noticed(
    violations: Callable[..., list[str]], spoil: str, rule: str
) -> None:
    (found,) = violations("tutorials/backprop_by_hand/", "light", (rule,), spoil)
    assert rule in found


def test_no_page_scrolls_sideways_on_a_small_phone(pages: list[str], open_page: Open) -> None:
    script = """() => {
        const root = document.documentElement;
        const wide = root.scrollWidth - root.clientWidth;
        const blocks = [...document.querySelectorAll("article pre")];
        const edge = block => block.getBoundingClientRect().right;
        return [wide, blocks.filter(block => edge(block) > root.clientWidth + 1).length];
    }"""
    found = {}
    for path in pages:
        page = open_page(path)
        page.set_viewport_size({"width": 360, "height": 740})
        found[path] = page.evaluate(script)
        page.set_viewport_size({"width": 1280, "height": 900})
    assert found == {path: [0, 0] for path in pages}


def test_lines_of_prose_have_65_to_75_letters(tutorials: list[str], open_page: Open) -> None:
    """The full ones, all but the last of a paragraph: their mean, and the median of a page."""
    script = """() => {
        const letters = paragraph => {
            const range = document.createRange();
            const lines = {};
            const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
            for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                for (let at = 0; at < node.length; at++) {
                    range.setStart(node, at);
                    range.setEnd(node, at + 1);
                    const line = Math.round(range.getBoundingClientRect().bottom / 12);
                    lines[line] = (lines[line] || 0) + 1;
                }
            }
            const inOrder = Object.keys(lines).map(Number).sort((a, b) => a - b);
            const full = inOrder.slice(0, -1).map(line => lines[line]);
            return full.reduce((sum, each) => sum + each, 0) / full.length;
        };
        const plain = p => !p.querySelector("code, .formula, svg") && p.innerText.length > 160;
        const all = [...document.querySelectorAll("article > p")].filter(plain);
        return all.slice(0, 12).map(letters).sort((a, b) => a - b);
    }"""
    for path in tutorials[:4]:
        page = open_page(path)
        lengths = page.evaluate(script)
        assert len(lengths) >= 3, path
        assert 65 <= lengths[len(lengths) // 2] <= 75, path


SHIFTS = """
    window.shifts = 0;
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) {
            window.shifts += entry.value;
        }
    }).observe({type: "layout-shift", buffered: true});
"""


def shifts(browser: Any, address: str, more: str = "0") -> float:
    """The sum of the layout shifts on a page while it loads, and while a script runs."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(SHIFTS)
    page = context.new_page()
    page.goto(address)
    page.wait_for_timeout(700)
    page.evaluate(more)
    page.wait_for_timeout(300)
    found = float(page.evaluate("window.shifts"))
    context.close()
    return found


@pytest.mark.parametrize("path", ["", "tutorials/reading_digits/", "tutorials/results/"])
def test_nothing_moves_while_a_page_loads(browser: Any, base: str, path: str) -> None:
    assert shifts(browser, base + path) < 0.01


def test_what_moves_would_be_noticed(browser: Any, base: str) -> None:
    late = """() => {
        const box = document.createElement("div");
        box.style.height = "300px";
        document.querySelector("article").prepend(box);
    }"""
    assert shifts(browser, base + "tutorials/results/", late) > 0.01


@pytest.mark.parametrize("path", ["", "tutorials/backprop_by_hand/", "tutorials/reading_digits/"])
def test_without_script_a_page_is_complete(browser: Any, base: str, path: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(base + path)
    parts = "article > :is(h1, h2, p, ul, ol, table), article > .cell, article > .output"
    seen = 0
    for part in page.locator(f"{parts}, article figure, article .path li").all():
        folded = part.locator("xpath=ancestor::details").count()
        if not folded:
            seen += 1
            assert part.is_visible(), part.inner_text()
    assert seen > 10
    figures = page.locator("article figure:not(details figure) > :is(svg, img)")
    assert figures.count() >= 1
    assert figures.first.bounding_box()["width"] > 200
    for fold in page.locator("article details").all()[:3]:
        answer = fold.locator("> :not(summary)").first
        assert not answer.is_visible()
        fold.locator("> summary").click()
        assert answer.is_visible()
    context.close()


def test_home_says_all_within_one_screen(open_page: Open) -> None:
    page = open_page("", fresh=True)
    page.set_viewport_size({"width": 1280, "height": 800})
    for part in ("h1", ".home-words p", ".md-button--primary", ".home figure", ".home-network p"):
        box = page.locator(f"article {part}").first.bounding_box()
        assert box["y"] + box["height"] <= 800, part
    page.close()
