"""Files that a page shows whole: what is there is shown, and downloads go without."""

from pathlib import Path

import pytest

from regen.config import Config
from regen.errors import RegenError
from regen.execution.results import Run
from regen.prose.resolver import Resolver
from regen.script.reading import Cell, Script
from regen.site.downloads import downloads
from regen.site.render import page
from regen.site.shown_files import show_files, without_files

TEXT = "Before.\n\n<!-- source: web/a.js -->\n\nAfter."


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "web").mkdir()
    (tmp_path / "web/a.js").write_text("let a = `é`;\nlet b = [[1]];\n", encoding="utf-8")
    return Config(tmp_path)


def test_file_stands_in_a_fold_between_the_text(config: Config) -> None:
    assert show_files(TEXT, "p.py", config) == (
        'Before.\n\n??? library "The file `a.js`"\n\n'
        "    ```javascript\n    let a = `é`;\n    let b = [[1]];\n    ```\n\nAfter."
    )


def test_file_is_read_anew_each_time(config: Config) -> None:
    before = show_files(TEXT, "p.py", config)
    (config.root / "web/a.js").write_text("let a = 2;")
    assert "let a = 2;" in show_files(TEXT, "p.py", config)
    assert "let a = 2;" not in before


@pytest.mark.parametrize("path", ["web/b.js", "web", "../outside.js", "/etc/hostname"])
def test_what_is_no_file_of_the_project_is_refused(config: Config, path: str) -> None:
    (config.root.parent / "outside.js").write_text("let secret = 1;")
    with pytest.raises(RegenError, match=r"p\.py: <!-- source: .* -->: there is no such file"):
        show_files(f"<!-- source: {path} -->", "p.py", config)


def test_file_of_another_encoding_is_refused(config: Config) -> None:
    (config.root / "web/a.js").write_bytes(b"let a = '\xe9';")
    with pytest.raises(RegenError, match="not UTF-8"):
        show_files(TEXT, "p.py", config)


@pytest.mark.parametrize(
    "text",
    [
        "In `<!-- source: web/a.js -->` nothing.",
        "    <!-- source: web/a.js -->",
        "<!-- source: -->",
    ],
)
def test_line_that_is_no_line_of_its_own_is_left_alone(config: Config, text: str) -> None:
    assert show_files(text, "p.py", config) == text
    assert without_files(text) == text


def test_page_shows_the_file_and_its_downloads_do_not(config: Config) -> None:
    script = Script(
        "p", config.root / "p.py", [Cell("markdown", f"# P\n\n{TEXT}", 5, 6)], title="P"
    )
    run = Run("p", [], {}, {"date": "today", "commit": "c", "seconds": "1.0"})
    assert "let a = `é`;" in page(script, run, config)
    files = downloads(script, run, Resolver({}), config)
    assert len(files) == 3
    for content in files.values():
        text = content.decode() if isinstance(content, bytes) else content
        assert "After." in text
        assert "source:" not in text
        assert "let a" not in text
