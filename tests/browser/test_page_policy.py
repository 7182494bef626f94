"""A page runs its own scripts and no others."""

from pathlib import Path

from opened import Events, Open

POLICY = '<meta http-equiv="Content-Security-Policy"'
INJECT = """() => {
    const script = document.createElement("script");
    script.textContent = "window.injected = true";
    document.body.append(script);
    return Boolean(window.injected);
}"""
FETCH = "() => fetch('http://127.0.0.2:9/').then(() => 'answered', error => error.name)"


def test_each_page_has_a_policy(site: Path) -> None:
    """Also what is no page of the navigation, such as 404.html."""
    files = sorted(site.rglob("*.html"))
    assert len(files) > 20
    without = [str(file) for file in files if POLICY not in file.read_text(encoding="utf-8")]
    assert without == []


def test_scripts_of_the_page_run(open_page: Open) -> None:
    """The palette is set by an inline script, the search is opened by the theme's."""
    page = open_page("")
    assert page.evaluate("typeof __md_get") == "function"
    assert page.locator("body[data-md-color-scheme]").count() == 1


def test_script_that_is_put_in_does_not_run(open_page: Open, events: Events) -> None:
    page = open_page("", fresh=True)
    kept = list(events.console)
    assert page.evaluate(INJECT) is False
    page.close()
    assert any("Content Security Policy" in text for text in events.console[len(kept) :])
    events.console[:] = kept


def test_other_host_is_not_asked(open_page: Open, events: Events) -> None:
    page = open_page("", fresh=True)
    kept = [list(events.console), list(events.foreign)]
    assert page.evaluate(FETCH) == "TypeError"
    page.close()
    assert any("Content Security Policy" in text for text in events.console[len(kept[0]) :])
    events.console[:], events.foreign[:] = kept
