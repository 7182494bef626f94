"""Which sentences compare, and which of them no claim checks."""

from pathlib import Path

import pytest

from regen.errors import RegenError
from regen.prose.built_page import read_page
from regen.prose.comparisons import list_claims, sentences_that_compare


def sentences(html: str) -> list[str]:
    blocks = read_page(f'<main><h2 id="top">Title</h2>{html}</main>', "a/index.html")
    return list(sentences_that_compare(blocks))


@pytest.mark.parametrize(
    "text",
    [
        "It needs more steps.",
        "Fewer digits are wrong.",
        "It takes twice the time.",
        "It is half as long.",
        "It is ten times as fast.",
        "The best of three.",
        "It is worse.",
        "Higher than before.",
        "It is no faster than the other.",
        "All are right.",
        "None is wrong.",
        "It never falls.",
        "It always falls.",
        "Each run is within the range.",
        "At least nine are right.",
        "At most nine are right.",
        "The loop is neater than the other.",
        "It is as good as the article's.",
    ],
)
def test_sentence_that_compares_is_listed(text: str) -> None:
    assert sentences(f"<p>{text}</p>") == [f"a/#top: {text}"]


@pytest.mark.parametrize(
    "text",
    ["It is a network.", "Look at the loss.", "Allow it.", "Recall it.", "The lesson is over."],
)
def test_sentence_that_does_not_compare_is_left_out(text: str) -> None:
    assert sentences(f"<p>{text}</p>") == []


def test_sentence_with_a_claim_is_left_out() -> None:
    html = (
        '<p>So <span class="claim" title="Checked: a &gt; b">ReLU is better</span>. It is best.</p>'
    )
    assert sentences(html) == ["a/#top: It is best."]


def test_abbreviation_ends_no_sentence() -> None:
    assert sentences("<p>Compare cf. A better one. Look.</p>") == [
        "a/#top: Compare cf. A better one."
    ]


def test_words_of_code_and_formulas_do_not_compare() -> None:
    html = '<pre>more</pre><p>So <span class="formula" aria-label="\\text{more}"></span> is.</p>'
    assert sentences(html) == []


def test_sentences_of_a_site_are_listed_by_page(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text("<main><p>It is better.</p></main>")
    assert list_claims(tmp_path) == ["a/: It is better.", "b/: It is better."]


def test_folder_without_a_page_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RegenError, match=r"no page found. Give the folder of a built site"):
        list_claims(tmp_path)
