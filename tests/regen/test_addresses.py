"""Where a reader edits a page, and where Colab opens its notebook."""

from pathlib import Path

import pytest
from mkdocs.config.defaults import MkDocsConfig

from regen.site.addresses import colab_url, edit_url


def published(root: Path, repo_url: str | None, edit_uri: str | None) -> MkDocsConfig:
    config = MkDocsConfig()
    config.docs_dir = str(root / "docs")
    config.repo_url = repo_url
    config.edit_uri = edit_uri
    return config


@pytest.mark.parametrize("repo_url", ["https://github.com/a/b", "https://github.com/a/b/"])
def test_script_is_edited_where_it_lies(tmp_path: Path, repo_url: str) -> None:
    config = published(tmp_path, repo_url, "edit/main/docs/")
    expected = "https://github.com/a/b/edit/main/tutorials/p.py"
    assert edit_url(tmp_path / "tutorials/p.py", config) == expected


@pytest.mark.parametrize(
    ("repo_url", "edit_uri"), [(None, "edit/main/docs/"), ("https://a.site/b", None), (None, None)]
)
def test_nothing_is_edited_without_a_repository(
    tmp_path: Path, repo_url: str | None, edit_uri: str | None
) -> None:
    config = published(tmp_path, repo_url, edit_uri)
    assert edit_url(tmp_path / "tutorials/p.py", config) is None


@pytest.mark.parametrize("repo_url", ["https://github.com/a/b", "https://github.com/a/b.git"])
def test_colab_opens_a_notebook_of_a_repository_on_github(tmp_path: Path, repo_url: str) -> None:
    config = published(tmp_path, repo_url, None)
    expected = "https://colab.research.google.com/github/a/b/blob/built/p/p.ipynb"
    assert colab_url("p/p.ipynb", "built", config) == expected


@pytest.mark.parametrize(
    ("repo_url", "branch"),
    [("https://gitlab.com/a/b", "built"), (None, "built"), ("https://github.com/a/b", "")],
)
def test_colab_opens_no_other_notebook(tmp_path: Path, repo_url: str | None, branch: str) -> None:
    assert colab_url("p/p.ipynb", branch, published(tmp_path, repo_url, None)) == ""
