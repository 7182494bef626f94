"""What search is told of a page."""

from typing import Any

from regen.site.searching import leave_out_folds, set_boost


def test_a_page_counts_as_much_as_the_setting_says() -> None:
    meta: dict[str, Any] = {}
    set_boost(meta, 2.5)
    assert meta == {"search": {"boost": 2.5}}


def test_a_page_that_says_how_much_it_counts_is_heard() -> None:
    meta: dict[str, Any] = {"search": {"boost": 7}}
    set_boost(meta, 2.5)
    assert meta == {"search": {"boost": 7}}


def test_the_source_of_the_library_is_not_searched() -> None:
    fold = '<details class="library"><summary>In the library</summary></details>'
    question = '<details class="question"><summary>Why?</summary></details>'
    assert leave_out_folds(fold).startswith('<details class="library" data-search-exclude=')
    assert leave_out_folds(question) == question
