import pytest

from regen.config import RegenError
from regen.tutorial import find_scripts, read_tutorial

GOOD = """# ---
# title: "Sums: two of them"
# teaches: what a sum is
# before: counting
# sources: [S0, A book]
# ---

# %% [markdown]
# # Sums
#
# One $a + b$ is [[sums.total]].

# %% values={"total": "a + b"} quoted={"old": "figure"} tol={"total": "rel 1e-3"} alt="A line." tags=["remove_input"]
a = 1
b = 2

# %%
print("# %% is no marker")

# %% fold="Solution" output="python"
print(a)
"""


def test_a_script_is_read_with_all_that_its_headers_declare(site):
    page = read_tutorial(site.write("tutorials/sums.py", GOOD))
    assert (page.name, page.title, page.teaches, page.before) == (
        "sums",
        "Sums: two of them",
        "what a sum is",
        "counting",
    )
    assert page.sources == ["S0", "A book"]
    assert [(cell.kind, cell.line, cell.number) for cell in page.cells] == [
        ("markdown", 8, 0),
        ("code", 13, 1),
        ("code", 17, 2),
        ("code", 20, 3),
    ]
    prose, first, second, third = page.cells
    assert prose.source == "# Sums\n\nOne $a + b$ is [[sums.total]]."
    assert first.source == "a = 1\nb = 2"
    assert (first.values, first.quoted, first.tol) == ({"total": "a + b"}, {"old": "figure"}, {"total": "rel 1e-3"})
    assert (first.alt, first.tags, first.fold, first.output) == ("A line.", ["remove_input"], "", "text")
    assert second.source == 'print("# %% is no marker")'
    assert (third.fold, third.output, third.values) == ("Solution", "python", {})
    assert page.code == [first, second, third]
    assert page.where(first) == f"{site.root}/tutorials/sums.py:13"


def test_reading_time_counts_words_and_takes_a_formula_for_one(site):
    site.page("short", "[markdown]\n# word")
    site.page("long", "[markdown]\n# " + "word " * 700, "\nx = 1\n" + "y = 2\n" * 99)
    site.page("tex", "[markdown]\n# " + "$a b c d e f$ $$g h\n# i j k$$ [[a.b:, %]] " * 100)
    assert [site.tutorial(name).minutes for name in ("short", "long", "tex")] == [1, 5, 2]


HEAD = "# ---\n# title: A page\n# ---\n\n"


@pytest.mark.parametrize(
    ("script", "line", "message"),
    [
        ("x = 1\n", 1, "no front matter. Begin the script with a line `# ---`"),
        ("x = 1\n" + HEAD, 1, "no front matter"),
        ("# ---\n# title: A page\n", 1, "no front matter"),
        ("# ---\n# title: A page\n# before: one: two\n# ---\n", 3, "front matter that does not parse: mapping values"),
        ("# ---\n# title: A \x07 bell\n# ---\n", 2, "front matter that does not parse"),
        ("# ---\n# before: much\n# ---\n", 1, "no title"),
        ("# ---\n# ---\n", 1, "no title"),
        ("# ---\n# title: A page\n# tags: x\n# ---\n", 1, "front matter: unknown key tags. Known are: title, teaches"),
        ("# ---\n# title: 5\n# ---\n", 1, "title = 5 is not understood. Expected str."),
        ("# ---\n# title: A page\n# sources: S0\n# ---\n", 1, "sources = 'S0' is not understood. Expected list[str]."),
        (HEAD + '# %% valus={"a": "b"}\n', 5, "the cell's header: unknown key valus. Known are: values, quoted"),
        (
            HEAD + '# %%\nx = 1\n\n# %% tol={"x": 0.1}\n',
            8,
            "tol = {'x': 0.1} is not understood. Expected dict[str, str].",
        ),
        (HEAD + "# %% fold=3\n", 5, "fold = 3 is not understood"),
        (HEAD + '# %% values={"x"\n', 5, "the cell's header: it does not parse"),
        (HEAD + "# %% values={x: 1}\n", 5, "the cell's header: it does not parse"),
        (HEAD + '# %% values={"x": "1"}\nx = 1\n# %% quoted={"x": "2"}\n', 7, "value x: declared already at line 5"),
        (HEAD + '# %% values={"x": "1"} quoted={"x": "2"}\n', 5, "value x: declared already at line 5"),
        (HEAD + '# %% values={"a b": "1"}\n', 5, "value a b: not a name"),
        (HEAD + "import this\n\n# %%\nx = 1\n", 7, "text outside of any cell. Begin each cell with a line `# %%`"),
        (HEAD + "x = 1\n", 4, "text outside of any cell"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(site, script, line, message):
    path = site.write("tutorials/bad.py", script)
    with pytest.raises(RegenError) as error:
        read_tutorial(path)
    assert str(error.value).startswith(f"{path}:{line}: ")
    assert message in str(error.value)


def test_scripts_are_found_in_subfolders_and_two_of_one_name_are_refused(site):
    one, two = site.page("a", "\nx = 1"), site.page("deep/b", "\nx = 1")
    assert find_scripts(site.config) == [one, two]
    other = site.page("deep/a", "\nx = 1")
    with pytest.raises(RegenError, match=f"{other}: a page named a exists already: {one}. Rename one of the two."):
        find_scripts(site.config)
