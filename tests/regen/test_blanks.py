"""Exercises: files with blanks, and the two notebooks that are made of each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from regen.errors import RegenError
from regen.execution.results import CellRun, Run
from regen.script.exercises import Exercises, exercise_texts, read_exercises
from regen.script.reading import find_scripts
from regen.site.downloads import SiteInfo, WheelInfo
from regen.site.exercises import exercise_notebooks
from regen.site.render import page

if TYPE_CHECKING:
    from tests.conftest import Site

PAGE = """[markdown]
# # A page
#
# ## Exercises
#
# **1. Derive.** What is the double
# of [[n]]?
#
# **2. Repair.** Fix it.
#
# ??? success "Solution"
#     Add one."""
FILE = """\
# %%
import tiny

# %% exercise 1
def double(n):
    # blank: return the double of n, which is
    # a number.
    # solution:
    if n:
        return 2 * n  # so
    return 0
    # wrong: return n
    # wrong:
    # wrong: if n:
    # wrong:     return n * n
    # end

# %%
assert double(3) == 6, "Three and three make six."

# %% exercise 2
# blank: fix the sum.
# given: total = 1
# solution:
total = 2
# end
assert total == 2, "One and one make two."
"""


@pytest.fixture
def exercises(site: Site) -> Exercises:
    found = written(site, FILE)
    assert found is not None
    return found


def written(site: Site, text: str) -> Exercises | None:
    site.settings('exercises = "tutorials/exercises"')
    site.page("p", PAGE, "n = 3")
    site.write("tutorials/exercises/p.py", text)
    return read_exercises(site.script("p"), site.config)


def test_a_file_of_exercises_is_no_page(site: Site, exercises: Exercises) -> None:
    assert [path.name for path in find_scripts(site.config)] == ["p.py"]
    assert len(find_scripts(site.config)) == 1


def test_a_page_without_a_file_has_no_exercises(site: Site) -> None:
    site.page("p", "x = 1")
    assert read_exercises(site.script("p"), site.config) is None
    site.settings('exercises = "tutorials/exercises"')
    assert read_exercises(site.script("p"), site.config) is None


def test_an_open_blank_says_what_to_do(exercises: Exercises) -> None:
    assert exercises.numbers == [1, 2]
    assert exercises.of(1)[0].open() == (
        "def double(n):\n"
        "    # Your code: return the double of n, which is a number.\n"
        '    raise NotImplementedError("Exercise 1: your code goes here.")'
    )


def test_a_blank_can_be_faulty_code(exercises: Exercises) -> None:
    first, *_ = exercises.of(2)[0].open().splitlines()
    assert first == "# Your code: fix the sum."
    assert "\ntotal = 1\nassert" in exercises.of(2)[0].open()


def test_a_long_hint_is_wrapped(site: Site) -> None:
    found = written(site, FILE.replace("which is\n", f"which is {'really ' * 20}\n"))
    assert found is not None
    lines = found.of(1)[0].open().splitlines()
    assert len(lines) == 5
    assert all(len(line) <= 76 and line.startswith("    ") for line in lines[1:])


def test_a_solution_keeps_its_lines(exercises: Exercises) -> None:
    assert exercises.of(1)[0].solved() == (
        "def double(n):\n    if n:\n        return 2 * n  # so\n    return 0"
    )


def test_a_comment_in_a_solution_may_begin_like_a_mark(site: Site) -> None:
    found = written(site, FILE.replace("return 2 * n  # so", "# end: twice\n        return 2 * n"))
    assert found is not None
    assert "    # end: twice\n" in found.of(1)[0].solved()


def test_each_wrong_answer_stands_alone(exercises: Exercises) -> None:
    assert exercises.of(1)[0].answered_wrongly() == [
        "def double(n):\n    return n",
        "def double(n):\n    if n:\n        return n * n",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("    # end\n", "", 6, "a blank without an end. Add a line `# end`."),
        ("    # solution:\n", "", 8, "'if n:' belongs to no part of the blank at line 6."),
        ("# solution:\ntotal = 2\n", "", 22, "a blank needs a hint"),
        ("# blank: fix the sum.\n", "", 22, "'# given: total = 1' outside of a blank"),
        ("    # wrong: return n\n", "    # given: return n\n", 12, "stand in the order"),
        ("    # wrong: return n\n", "    # blank: and so\n", 12, "stand in the order"),
        ("# given: total = 1\n", "total = 1\n", 23, "'total = 1' belongs to no part of the blank"),
        ("    # wrong: return n\n", "# wrong: return n\n", 12, "another indentation"),
        ("import tiny", "# blank: x\n# solution:\nx = 1\n# end", 2, "above the first cell"),
        ("# %% exercise 1", "# %% Exercise 1", 4, "'Exercise 1': expected no title"),
        ("# %% exercise 2", "# %% exercise 1", 21, "begins here a second time"),
        ("# %% exercise 2\n", "# %% [markdown]\n# More.\n\n# %%\n", 21, "a prose cell"),
        ('assert total == 2, "One and one make two."\n', "", 21, "exercise 2 has no check"),
        ("def double(n):", "def double(n)", 5, "not plain Python"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    site: Site, old: str, new: str, line: int, message: str
) -> None:
    assert FILE.count(old) == 1
    with pytest.raises(RegenError) as raised:
        written(site, FILE.replace(old, new))
    assert f"exercises/p.py:{line}: " in str(raised.value)
    assert message in str(raised.value)


def test_an_exercise_without_a_blank_is_refused(site: Site) -> None:
    file = FILE.split("# %% exercise 2")[0] + "# %% exercise 2\nassert [1]\n"
    with pytest.raises(RegenError, match=r"p.py:21: exercise 2 has no blank"):
        written(site, file)


def test_the_page_has_the_same_exercises(site: Site) -> None:
    with pytest.raises(RegenError, match=r"p.py: exercises 1; the page has, .*: 1, 2\."):
        written(site, FILE.split("# %% exercise 2")[0])


def test_a_text_ends_where_its_solution_begins() -> None:
    prose = [
        "## Exercises\n\n**1. Derive.** One.\n\n??? success\n    No.\n\nNor this.\n**2. Do.** Two.",
        "Nor this.",
        "**3. Do.** Three.\n\nMore.\n\n## Next\n\n**4. No.**",
    ]
    texts = {1: "**1. Derive.** One.", 2: "**2. Do.** Two.", 3: "**3. Do.** Three.\n\nMore."}
    assert exercise_texts(prose) == texts


def test_bold_numbers_elsewhere_are_no_exercises() -> None:
    assert exercise_texts(["**1. Not one.**\n\n## Exercises of others\n\n**2. Nor this.**"]) == {}


# The notebooks


def notebook(site: Site, exercises: Exercises, name: str, info: SiteInfo) -> list[dict[str, Any]]:
    prose = {5: PAGE.removeprefix("[markdown]\n").replace("# ", "", 1).replace("\n# ", "\n")}
    prose[5] = prose[5].replace("\n#\n", "\n\n").replace("[[n]]", "3")
    found = exercise_notebooks(site.script("p"), exercises, prose, site.config, info)
    assert found.keys() == {"p-exercises.ipynb", "p-solutions.ipynb"}
    cells: list[dict[str, Any]] = json.loads(found[name])["cells"]
    return cells


def sources(cells: list[dict[str, Any]]) -> list[str]:
    return ["".join(cell["source"]) for cell in cells]


def test_notebook_has_text_blank_and_check(site: Site, exercises: Exercises) -> None:
    cells = notebook(site, exercises, "p-exercises.ipynb", SiteInfo("A site"))
    intro, setup, text, blank, check, *_ = sources(cells)
    assert intro.startswith("# A page: exercises\n")
    assert setup == "import tiny"
    assert text == "**1. Derive.** What is the double\nof 3?"
    assert "NotImplementedError" in blank and "return 2 * n" not in blank
    assert check == 'assert double(3) == 6, "Three and three make six."'


def test_solutions_are_a_notebook_of_their_own(site: Site, exercises: Exercises) -> None:
    cells = notebook(site, exercises, "p-solutions.ipynb", SiteInfo("A site"))
    text = "\n".join(sources(cells))
    assert "return 2 * n" in text
    assert "NotImplementedError" not in text and "wrong" not in text


def test_notebook_installs_the_package_that_it_imports(site: Site, exercises: Exercises) -> None:
    url = "https://a.site/tiny.whl"
    info = SiteInfo("A site", wheel=WheelInfo("tiny", "tiny.whl", "tiny.whl", url))
    install = sources(notebook(site, exercises, "p-exercises.ipynb", info))[1]
    assert f"%pip install -q {url}" in install


def test_page_says_where_its_exercises_can_be_done(site: Site, exercises: Exercises) -> None:
    origin = {"seconds": "1", "date": "2019", "commit": "abc", "device": "CPU"}
    run = Run("p", [CellRun()], provenance=origin)
    colab = "https://colab.host/tutorials/p/p.ipynb"
    shown = page(site.script("p"), run, site.config, [], colab=colab)
    below = shown.partition("## Exercises\n\n")[2]
    assert below.startswith("Do them in a [notebook with blanks](p/p-exercises.ipynb)")
    assert "](https://colab.host/tutorials/p/p-exercises.ipynb)" in below
    assert "](p/p-solutions.ipynb)" in below


def test_page_without_a_run_does_not_link_them(site: Site, exercises: Exercises) -> None:
    assert "ipynb" not in page(site.script("p"), None, site.config)
