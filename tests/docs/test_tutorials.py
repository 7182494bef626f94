"""What each tutorial must have, and what must not stand in it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from regen.config import load_config
from regen.script.reading import Script, find_scripts, read_script

ROOT = Path(__file__).parents[2]
CONFIG = load_config(ROOT)
SCRIPTS = find_scripts(CONFIG)
RECORDED = {file.stem for file in (ROOT / CONFIG.records).glob("*.json")}
LESSONS = [path for path in SCRIPTS if read_script(path).teaches]
each_tutorial = pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def prose(script: Script) -> str:
    return "\n\n".join(cell.source for cell in script.cells if cell.kind == "markdown")


def headings(script: Script) -> list[str]:
    return re.findall(r"^## (.+)$", prose(script), re.M)


def leaves(entry: object) -> set[str]:
    """The files of a part of the navigation."""
    if isinstance(entry, str):
        return {entry}
    return set().union(*map(leaves, entry.values() if isinstance(entry, dict) else entry))


def navigation() -> list[dict[str, object]]:
    """The sections of the navigation."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)
    Loader.add_multi_constructor("!", lambda *_: None)

    return yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader)["nav"]


def test_there_are_tutorials() -> None:
    assert len(SCRIPTS) >= 3


def test_navigation_and_files_are_the_same() -> None:
    articles = {
        path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")
    }
    scripts = {path.relative_to(ROOT).as_posix() for path in SCRIPTS}
    assert leaves(navigation()) == articles | scripts


def test_each_page_among_the_tutorials_is_a_lesson() -> None:
    """A page that says what it teaches is one; a page without, such as Results, is none."""
    (tutorials,) = [section for section in navigation() if "Tutorials" in section]
    lessons = {path.relative_to(ROOT).as_posix() for path in LESSONS}
    assert len(lessons) >= 3
    assert leaves(tutorials) <= lessons


@each_lesson
def test_front_matter_is_complete_and_names_known_sources(path: Path) -> None:
    script = read_script(path)
    assert all([script.title, script.teaches, script.before])  # a page may have no source
    assert set(script.sources) <= CONFIG.sources.keys()


@each_tutorial
def test_begins_with_its_title(path: Path) -> None:
    script = read_script(path)
    assert prose(script).startswith(f"# {script.title}\n")


@each_tutorial
def test_code_cells_fit_a_screen_and_classes_stand_whole(path: Path) -> None:
    script = read_script(path)
    long = {}
    for cell in script.code:
        lines = len(cell.source.splitlines())
        has_class = re.search(r"^class ", cell.source, re.M)
        if lines > (60 if has_class else 40):
            long[f"line {cell.line}"] = lines
    assert long == {}
    assert all(cell.source.strip() for cell in script.cells)


@each_lesson
def test_asks_before_it_runs_and_folds_its_solutions(path: Path) -> None:
    script = read_script(path)
    questions = re.findall(r'^\?\?\? question "(.+)"\n\n?    \S', prose(script), re.M)
    assert len(questions) >= 3
    assert (
        sum(bool(cell.options.fold) for cell in script.code)
        + len(re.findall(r"^\?\?\? success ", prose(script), re.M))
        >= 2
    )


@each_lesson
def test_ends_with_recap_exercises_and_next(path: Path) -> None:
    assert headings(read_script(path))[-3:] == ["Recap", "Exercises", "Next"]


@each_tutorial
def test_has_a_record(path: Path) -> None:
    assert path.stem in RECORDED


def test_each_record_has_its_tutorial() -> None:
    assert {path.stem for path in SCRIPTS} == RECORDED


@each_tutorial
def test_is_formatted(path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--diff", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout


@each_tutorial
def test_runs_as_a_plain_script(path: Path) -> None:
    """No magics and no shell lines: the script is Python from top to bottom."""
    compile(path.read_text(encoding="utf-8"), str(path), "exec")
    assert not re.search(
        r"^\s*[!%]", "\n".join(cell.source for cell in read_script(path).code), re.M
    )


# Reading takes twelve minutes at most, and fifteen where a page builds more than one thing.
WORDS = 2_400
WORDS_OF_LONG_PAGES = 3_000
LONG_PAGES = {"reading_digits", "one_network_seven_ways", "softmax_classifier", "conv_anatomy"}

COLUMN = 76  # characters that fit beside the navigation


@each_tutorial
def test_is_not_too_long_to_read(path: Path) -> None:
    limit = WORDS_OF_LONG_PAGES if path.stem in LONG_PAGES else WORDS
    assert read_script(path).words <= limit


@each_tutorial
def test_code_fits_the_column(path: Path) -> None:
    script = read_script(path)
    lines = [line for cell in script.code for line in cell.source.splitlines()]
    wide = [line for line in lines if len(line) > COLUMN]
    assert wide == []
