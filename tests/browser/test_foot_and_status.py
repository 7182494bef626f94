"""Where numbers come from: the line at the foot of a page, and the table of all pages."""

from pathlib import Path

from opened import Open


def test_the_table_has_a_row_for_each_tutorial(
    tutorials: list[str], base: str, open_page: Open
) -> None:
    page = open_page("status/")
    links = page.locator(".status tbody td:first-child a")
    found = links.evaluate_all("links => links.map(link => link.href)")
    assert sorted(found) == sorted(base + path for path in tutorials)


def test_the_foot_is_a_line_that_unfolds(
    tutorials: list[str], base: str, site: Path, open_page: Open
) -> None:
    for path in tutorials:
        html = (site / path / "index.html").read_text(encoding="utf-8")
        assert html.count('<details class="provenance"') == 1, path
    page = open_page(tutorials[0])
    foot = page.locator("details.provenance")
    text = foot.get_by_text("Where these numbers come from")
    assert not text.is_visible()
    foot.locator("summary").focus()
    page.keyboard.press("Enter")
    assert text.is_visible()
    link = foot.get_by_role("link", name="Status")
    assert link.evaluate("link => link.href") == f"{base}status/"


def test_the_table_fits_a_narrow_window(open_page: Open) -> None:
    page = open_page("status/", fresh=True)
    page.set_viewport_size({"width": 360, "height": 800})
    width = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert width <= 360
