"""A reader searches in his own words, and the page that answers stands first."""

from urllib.parse import urlsplit

import pytest
from opened import Open

# What a reader types, and the pages of which one is to be the first result.
FIRST = {
    "cuda": ("run_it_yourself", "tutorials/one_network_seven_ways", "tutorials/conv_digits"),
    "loss not decreasing": ("tutorials/silent_bugs", "tutorials/training_checks"),
    "how to run": ("run_it_yourself",),
    "confusion matrix": ("tutorials/reading_digits",),
    "cross entropy": ("tutorials/softmax_classifier",),
    "zero_grad": ("tutorials/backprop_by_hand",),
    "shape mismatch": ("tutorials/silent_bugs", "tensors"),
    "my own digit": ("tutorials/your_own_digit",),
    "install": ("run_it_yourself",),
    "dropout": ("tutorials/deeper_digits",),
}
# A name of the library stands in nothing but the reference and a few pages' code.
OF_THE_REFERENCE = "out_of_memory_explained"


def results(query: str, open_page: Open) -> list[str]:
    """The pages that are found, best first."""
    page = open_page("", fresh=True)
    field = page.locator("[data-md-component=search-query]")
    field.click()
    # its appearance says that the index has been read
    page.get_by_text("Type to start searching").wait_for(state="attached")
    # all at once: each pause in typing would show other results
    page.keyboard.insert_text(query)
    page.keyboard.press("Shift")
    first_links = page.locator(".md-search-result__item > a:first-child")
    first_links.first.wait_for(state="attached")
    found = first_links.evaluate_all("links => links.map(link => link.href)")
    page.close()
    return [urlsplit(address).path.strip("/") for address in found]


@pytest.mark.parametrize("query", FIRST)
def test_the_page_that_answers_is_found_first(query: str, open_page: Open) -> None:
    assert results(query, open_page)[0] in FIRST[query]


def test_the_reference_is_found_too(open_page: Open) -> None:
    assert "api" in results(OF_THE_REFERENCE, open_page)
