"""The Content-Security-Policy of a page."""

import base64
import hashlib
import re

import pytest

from regen.site.policy import with_policy

PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><style>p { color: red }</style></head><body>
<script>first()</script><script id="x">second()
third()</script><script src="own.js"></script>
<script type="application/json">{"a": 1}</script></body></html>"""


def digest(content: str) -> str:
    found = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(found).decode()}'"


def rules(page: str) -> dict[str, list[str]]:
    """What the policy of a page allows, by kind."""
    (policy,) = re.findall(
        r'<head><meta http-equiv="Content-Security-Policy" content="(.*?)">', page
    )
    found = {}
    for rule in policy.split("; "):
        name, *sources = rule.split()
        found[name] = sources
    return found


def test_only_the_inline_scripts_of_the_page_run() -> None:
    allowed = rules(with_policy(PAGE))["script-src"]
    assert allowed == ["'self'", digest("first()"), digest("second()\nthird()")]


def test_only_the_style_elements_of_the_page_count() -> None:
    assert rules(with_policy(PAGE))["style-src-elem"] == ["'self'", digest("p { color: red }")]


def test_same_script_is_named_once() -> None:
    page = PAGE.replace("second()\nthird()", "first()")
    assert rules(with_policy(page))["script-src"] == ["'self'", digest("first()")]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_end_of_a_line_is_one_character_for_a_browser(end: str) -> None:
    page = with_policy(PAGE.replace("\nthird", f"{end}third"))
    assert digest("second()\nthird()") in rules(page)["script-src"]


def test_nothing_is_loaded_from_elsewhere() -> None:
    for name, sources in rules(with_policy(PAGE)).items():
        for source in sources:
            is_own = source in ("'self'", "'none'", "data:") or source.startswith("'sha256-")
            assert is_own or (name, source) == ("style-src-attr", "'unsafe-inline'")


def test_nothing_but_the_policy_is_added() -> None:
    page = with_policy(PAGE)
    assert re.sub(r"<meta http-equiv=[^>]*>", "", page) == PAGE


def test_text_without_a_head_stays_as_it_is() -> None:
    assert with_policy("<p>header</p>") == "<p>header</p>"
