import pytest

from regen.config import RegenError
from regen.render import fill_prose
from regen.tutorial import find_scripts, read_scripts, read_tutorial

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
        (HEAD + "import this\n\n# %%\nx = 1\n", 5, "text outside of any cell. Begin each cell with a line `# %%`"),
        (HEAD + "x = 1\n", 5, "text outside of any cell"),
        (HEAD, 4, "no cell. Begin each cell with a line `# %%`"),
        (HEAD + "#%%\nx = 1\n", 5, "'#%%' is no marker of a cell that is read here. Begin each cell"),
        (HEAD + "# %%\nx = 1\n\n# %%% part\ny = 1\n", 8, "'# %%% part' is no marker"),
        (HEAD + "# %%\nif True:\n    # %%\n    x = 1\n", 7, "'# %%' is no marker"),
        (HEAD + "# %%\nx = 1\n# %%[markdown]\n# text\n", 7, "'# %%[markdown]' is no marker"),
        (HEAD + "# %%\nx = 1\n#%%[markdown]\n# text\n", 7, "'#%%[markdown]' is no marker"),
        (HEAD + '# %%\nx = 1\n# %%values={"x": "x"}\n', 7, "is no marker of a cell"),
        (HEAD + "# %% markdown\n# text\n", 5, "'# %% markdown': a prose cell begins with `# %% [markdown]`"),
        (HEAD + "# %% (md)\n# text\n", 5, "a prose cell begins with `# %% [markdown]`"),
        (HEAD + "# %% [ markdown ]\n# text\n", 5, "a prose cell begins with `# %% [markdown]`"),
        (HEAD + "# %% [Markdown]\n# text\n", 5, "a cell of kind [Markdown]"),
        (HEAD + "# %% [markdown\n# text\n", 5, "a prose cell begins with `# %% [markdown]`"),
        (HEAD + '# %% values={"x": "1"} values={"y": "2"}\n', 5, "it does not parse: values stands there twice"),
        (HEAD + '# %% values={"x": "1", "x": "2"}\n', 5, "it does not parse: x stands there twice"),
        ("# ---\n# title: One\n# title: Two\n# ---\n", 3, "front matter: title stands there twice"),
        ("# ---\n# title: One\n# before: 2020-13-01\n# ---\n", 2, "front matter that does not parse: month must be"),
        ('# ---\n# title: One\n# teaches: "[[p.x]]"\n# ---\n', 1, "teaches holds `[[`, but values are not"),
        (HEAD + "# %%\nx = 'a\x0cb'\n", 6, "a character '\\x0c', which some programs take for the end of a line"),
        (HEAD + '# %% [markdown]\n"""Hello"""\nx = 1\n# a comment\n', 6, "code in a prose cell"),
        (HEAD + '# %% [markdown]\n"""Hello\n# %%\nx = 1\n', 6, "code in a prose cell"),
        (HEAD + "# %% [markdown]\n# Prose.\n\nx = 1\n", 8, "code in a prose cell. Begin a code cell above it"),
        (HEAD + '# %% [markdown]\n"""\nProse.\n"""\nx = 1\n', 6, "code in a prose cell"),
        (
            HEAD + "# %% [markdown]\n# ```\n# %%\n# text\n# ```\n",
            7,
            "a marker inside the block of code that began at line 6",
        ),
        (HEAD + "# %% values=" + "[" * 9999, 5, "the cell's header: it does not parse"),
        (HEAD + '# %% fold="[[p.x]]"\nx = 1\n', 5, "fold holds `[[`, but values are not filled in there"),
        (HEAD + "# %% [raw]\n# text\n", 5, "a cell of kind [raw]. There are code cells, `# %%`, and prose"),
        (HEAD + "# %% [markdwon]\n# text\n", 5, "a cell of kind [markdwon]"),
        (HEAD + "# %% a title [raw]\n# text\n", 5, "a cell of kind [raw]"),
        (HEAD + '# %% language="bash"\n# ls\n', 5, "the cell's header: unknown key language"),
        (HEAD + '# %%\nx = 1\n\n# %% tags=["hidden"]\ny = 1\n', 8, "unknown tag hidden. Known are: remove_cell"),
        (HEAD + '# %% tags=["skip-execution"]\ny = 1\n', 5, "unknown tag skip-execution"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(site, script, line, message):
    path = site.write("tutorials/bad.py", script)
    with pytest.raises(RegenError) as error:
        read_tutorial(path)
    assert str(error.value).startswith(f"{path}:{line}: ")
    assert message in str(error.value)


def test_a_comment_is_a_comment_and_code_is_never_commented_out(site):
    code = "# rm -rf precious\n# !touch x\n# Shape?\n# %time x\n# copy the weights first\ncat = 3\ncat -= 1"
    page = read_tutorial(site.write("tutorials/p.py", f"{HEAD}# %%\n{code}\n"))
    assert page.code[0].source == code


def test_markers_inside_strings_and_prose_blocks_begin_no_cell(site):
    code = 'text = """\n# %%\n# %% [markdown]\n"""'
    prose = "# ```\n# # %%\n# ```"
    page = read_tutorial(site.write("tutorials/p.py", f"{HEAD}# %%\n{code}\n\n# %% [markdown]\n{prose}\n"))
    assert [(cell.kind, cell.line) for cell in page.cells] == [("code", 5), ("markdown", 11)]
    assert page.code[0].source == code


def test_a_line_that_only_looks_like_code_of_another_tool_stays_as_it_is(site):
    code = "# # %%\n# In[3]:\nx = 1  # %% no marker"
    prose = "# # ```x``` is code\n# ```"
    page = read_tutorial(site.write("tutorials/p.py", f"{HEAD}# %%\n{code}\n\n# %% [markdown]\n{prose}\n"))
    assert [cell.source for cell in page.cells] == [code, "# ```x``` is code\n```"]


@pytest.mark.parametrize("start", ["\ufeff", "#!/usr/bin/env python3\n", "# -*- coding: utf-8 -*-\n", "\n"])
def test_what_a_script_may_begin_with_is_no_mistake(site, start):
    page = read_tutorial(site.write("tutorials/p.py", f"{start}{HEAD}# %%\r\nx = 1\n"))
    assert (page.title, page.code[0].source) == ("A page", "x = 1")


def test_a_header_that_names_a_kind_in_a_string_begins_a_code_cell(site):
    cells = '# %% alt="see [md]"\n# ```\nx = 1\n# %%\ny = 2\n# ```\n'
    page = read_tutorial(site.write("tutorials/p.py", HEAD + cells))
    assert [(cell.kind, cell.source) for cell in page.cells] == [("code", "# ```\nx = 1"), ("code", "y = 2\n# ```")]


def test_prose_may_stand_in_a_string_and_markdown_be_called_md(site):
    cells = '# %% [md]\n# # One\n\n# %% [markdown]\n"""Two\nlines"""\n\n# %% [markdown]\n"""\n\n[[two]]\n"""\n'
    one, two, three = read_tutorial(site.write("tutorials/p.py", HEAD + cells)).cells
    assert (one.source, two.source, three.source) == ("# One", "Two\nlines", "\n[[two]]")
    with pytest.raises(RegenError, match=r"p\.py:15: \[\[two\]\]"):
        fill_prose(site.tutorial("p"), {})


def test_a_script_of_another_encoding_is_refused(site):
    path = site.root / "tutorials/p.py"
    path.parent.mkdir()
    path.write_bytes("# ---\n# title: é\n# ---\n".encode("latin-1"))
    with pytest.raises(RegenError, match=r"p\.py: not UTF-8: .* at byte 15\. Save it as UTF-8\."):
        read_tutorial(path)


def test_the_sites_own_tags_may_stand_beside_those_of_regen(site):
    site.settings('tags = ["hush"]')
    path = site.page("p", 'tags=["hush", "remove_input"]\nx = 1')
    tutorials, failures = read_scripts([path], site.config)
    assert tutorials[path].code[0].tags == ["hush", "remove_input"] and not failures


def test_scripts_are_found_in_subfolders_and_of_two_of_one_name_the_second_is_refused(site):
    one, two = site.page("a", "\nx = 1"), site.page("deep/b", "\nx = 1")
    other, last = site.page("deep/a", "\nx = 1"), site.page("z", "\nx = 1")
    assert find_scripts(site.config) == [one, other, two, last]
    tutorials, failures = read_scripts(find_scripts(site.config), site.config)
    assert list(tutorials) == [one, two, last] and list(failures) == [other]
    assert str(failures[other]) == f"{other}: a page named a exists already: {one}. Rename one of the two."


def test_what_an_editor_leaves_is_no_page_and_no_page_at_all_is_an_error(site):
    page = site.page("p", "\nx = 1")
    site.page(".p", "\nx = 1")
    site.page("_helper", "\nx = 1")
    site.page(".ipynb_checkpoints/p-checkpoint", "\nx = 1")
    site.page("__pycache__/p", "\nx = 1")
    (site.root / "tutorials/.#p.py").symlink_to("me@host.1:2")
    (site.root / "tutorials/gone.py").symlink_to("nowhere.py")
    (site.root / "tutorials/folder.py").mkdir()
    assert find_scripts(site.config) == [page]
    site.settings('tutorials = "tutorails"')
    with pytest.raises(RegenError, match="tutorails: no page found"):
        find_scripts(site.config)
