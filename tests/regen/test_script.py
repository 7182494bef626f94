"""Reading of scripts: front matter, markers, prose and code; and which files are pages."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from regen.errors import RegenError
from regen.script.reading import find_scripts, read_script, read_scripts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Site

HEAD = "# ---\n# title: A page\n# ---\n\n"
GOOD = """# ---
# title: "Sums: two of them"
# teaches: what a sum is
# before: counting
# sources: [S0, A book]
# tolerance: rel 1e-9
# ---

# %% [markdown]
# # Sums
#
# One $a + b$ is [[total]].

# %% A title
#| values:
#|   total: a + b
a = 1
b = 2

# %%
print("# %% is no marker")

# %%

#| fold: Solution
print(a)
"""


@pytest.fixture
def good(site: Site) -> Path:
    return site.write("tutorials/sums.py", GOOD)


def read(site: Site, cells: str) -> list[str]:
    """Read a page of these cells, and give its sources."""
    page = read_script(site.write("tutorials/p.py", HEAD + cells))
    return [cell.source for cell in page.cells]


def test_front_matter_describes_the_page(good: Path) -> None:
    page = read_script(good)
    assert page.name == "sums"
    assert page.title == "Sums: two of them"
    assert page.teaches == "what a sum is"
    assert page.before == "counting"
    assert page.sources == ["S0", "A book"]
    assert page.tolerance == "rel 1e-9"


def test_cells_have_their_kind_marker_and_number(good: Path) -> None:
    cells = [(cell.kind, cell.line, cell.number) for cell in read_script(good).cells]
    assert cells == [("markdown", 9, 0), ("code", 14, 1), ("code", 20, 2), ("code", 23, 3)]


def test_options_are_no_part_of_the_source(good: Path) -> None:
    page = read_script(good)
    sources = [cell.source for cell in page.code]
    assert sources == ["a = 1\nb = 2", 'print("# %% is no marker")', "print(a)"]


def test_first_line_is_where_the_source_begins(good: Path) -> None:
    page = read_script(good)
    lines = GOOD.split("\n")
    assert [cell.first_line for cell in page.code] == [17, 21, 26]
    for cell in page.code:
        assert lines[cell.first_line - 1] == cell.source.split("\n")[0]


def test_prose_is_markdown_without_comment_signs(good: Path) -> None:
    prose = read_script(good).cells[0]
    assert prose.source == "# Sums\n\nOne $a + b$ is [[total]]."


def test_where_is_the_marker_of_a_cell(good: Path) -> None:
    page = read_script(good)
    assert page.where(page.code[0]) == f"{good}:14"


@pytest.mark.parametrize(
    ("prose", "minutes"),
    [
        ("word", 1),
        ("word " * 700, 4),
        ("$a b c d e f$ $$g h\n# i j k$$ [[a:, %]] " * 100, 2),
        ("[[wins? one two three four]] " * 150, 3),
    ],
)
def test_reading_time_counts_a_formula_as_one_word(site: Site, prose: str, minutes: int) -> None:
    site.page("p", f"[markdown]\n# {prose}")
    assert site.script("p").minutes == minutes


def test_reading_time_counts_code(site: Site) -> None:
    site.page("p", "y = 2\n" * 200)
    assert site.script("p").words == 400
    assert site.script("p").minutes == 2


def test_reading_time_leaves_out_what_is_folded(site: Site) -> None:
    site.page("p", "y = 2\n" * 200, "#| fold: Solution\n" + "y = 2\n" * 200)
    assert site.script("p").words == 400


@pytest.mark.parametrize(
    ("script", "line", "message"),
    [
        ("x = 1\n", 1, "no front matter. Begin the script with a line `# ---`"),
        ("x = 1\n" + HEAD, 1, "no front matter"),
        ("# ---\n# title: A page\n", 1, "no front matter"),
        ("# ---\n# title: A page\nx = 1\n# ---\n", 3, "'x = 1' in the front matter is no comment"),
        ("# ---\n# title: A page\n# before: one: two\n# ---\n", 3, "Quote the value: `before: "),
        ("# ---\n# title: A \x07 bell\n# ---\n", 2, "front matter: not valid YAML"),
        ("# ---\n# before: much\n# ---\n", 1, "no title. Begin the script"),
        ("# ---\n# ---\n", 1, "no title"),
        ("# ---\n# title:\n# ---\n", 2, "title: nothing stands behind the colon"),
        ("# ---\n# title: [A page]\n# ---\n", 2, "title: found a list, [A page], expected text"),
        ("# ---\n# A page\n# ---\n", 2, "found 'A page', expected `key: value`"),
        ("# ---\n# title: A page\n# tags: x\n# ---\n", 3, "unknown key tags. Known are: title"),
        ("# ---\n# title: A page\n# sources: S0\n# ---\n", 3, "expected a list: `sources: [one"),
        (
            "# ---\n# title: One\n# title: Two\n# ---\n",
            3,
            "title stands there twice, first at line 2",
        ),
        ('# ---\n# title: One\n# teaches: "[[x]]"\n# ---\n', 3, "teaches holds `[[`, but values"),
        (
            "# ---\n# title: Sums # and more\n# ---\n",
            2,
            "'# and more' is a comment, and would be lost",
        ),
    ],
)
def test_wrong_front_matter_is_refused(site: Site, script: str, line: int, message: str) -> None:
    refuses(site, script, line, message)


@pytest.mark.parametrize("title", ["5", "yes", "2020-13-01", "1e-9", "null"])
def test_front_matter_is_text_whatever_yaml_makes_of_it(site: Site, title: str) -> None:
    site.page("p", "x = 1", front=f"title: {title}")
    assert site.script("p").title == title


@pytest.mark.parametrize(
    ("cells", "line", "message"),
    [
        ("import this\n\n# %%\nx = 1\n", 5, "text outside of any cell. Begin each cell with"),
        ("x = 1\n", 5, "text outside of any cell"),
        ("", 4, "no cell. Begin each cell with a line `# %%`"),
        ("#%%\nx = 1\n", 5, "'#%%' is no marker of a cell that is read here. Begin each cell"),
        ("# %%\nx = 1\n\n# %%% part\ny = 1\n", 8, "'# %%% part' is no marker"),
        ("# %%\nif True:\n    # %%\n    x = 1\n", 7, "'# %%' is no marker"),
        ("# %%\nx = 1\n# %%[markdown]\n# text\n", 7, "'# %%[markdown]' is no marker"),
        ("# %%\nx = 1\n#%%[markdown]\n# text\n", 7, "'#%%[markdown]' is no marker"),
        ('# %%\nx = 1\n# %%values={"x": "x"}\n', 7, "is no marker of a cell"),
        ("# %% markdown\n# text\n", 5, "'# %% markdown': a prose cell begins with `# %% [m"),
        ("# %% (md)\n# text\n", 5, "a prose cell begins with `# %% [markdown]`"),
        ("# %% [ markdown ]\n# text\n", 5, "a prose cell begins with `# %% [markdown]`"),
        ("# %% [Markdown]\n# text\n", 5, "a cell of kind [Markdown]"),
        ("# %% [markdown\n# text\n", 5, "a prose cell begins with `# %% [markdown]`"),
        ("# %% [raw]\n# text\n", 5, "a cell of kind [raw]. There are code cells, `# %%`, and"),
        ("# %% [markdwon]\n# text\n", 5, "a cell of kind [markdwon]"),
        ("# %% a title [raw]\n# text\n", 5, "a cell of kind [raw]"),
        ('# %% language="bash"\n# ls\n', 5, "language= on the marker's line"),
    ],
)
def test_what_is_no_marker_is_refused(site: Site, cells: str, line: int, message: str) -> None:
    refuses(site, HEAD + cells, line, message)


@pytest.mark.parametrize(
    ("cells", "line", "message"),
    [
        ('# %% [markdown]\n"""Hello"""\nx = 1\n# a comment\n', 6, "code in a prose cell"),
        ('# %% [markdown]\n"""Hello\n# %%\nx = 1\n', 6, "code in a prose cell"),
        ("# %% [markdown]\n# Prose.\n\nx = 1\n", 8, "code in a prose cell. Begin a code cell"),
        ('# %% [markdown]\n"""\nProse.\n"""\nx = 1\n', 6, "code in a prose cell"),
        ("# %% [markdown]\n# ```\n# %%\n# text\n# ```\n", 7, "a marker inside the block of code"),
        ("# %%\nx = 'a\x0cb'\n", 6, "a character '\\x0c', which some programs take for the end"),
    ],
)
def test_mixed_cells_are_refused(site: Site, cells: str, line: int, message: str) -> None:
    refuses(site, HEAD + cells, line, message)


@pytest.mark.parametrize(
    ("marker", "option"),
    [
        ('# %% values={"x": "x"}', "values"),
        ('# %% tol={"x": "rel 1e-3"}', "tol"),
        ('# %% a title fold="Solution"', "fold"),
        ("# %% fold=3", "fold"),
    ],
)
def test_options_on_a_marker_show_the_new_form(site: Site, marker: str, option: str) -> None:
    message = f"{option}= on the marker's line. Options stand below it, one a line: `#| {option}"
    refuses(site, f"{HEAD}{marker}\nx = 1\n", 5, message)


def test_braces_on_a_marker_are_refused(site: Site) -> None:
    refuses(site, HEAD + "# %% {x}\nx = 1\n", 5, "'{x}' is no title of a cell")


def test_a_comment_is_a_comment(site: Site) -> None:
    code = "# rm -rf precious\n# !touch x\n# Shape?\n# %time x\n# copy the weights first\nx = 1"
    assert read(site, f"# %%\n{code}\n") == [code]


def test_code_is_never_commented_out(site: Site) -> None:
    code = "cat = 3\ncat -= 1\nprint(cat)"
    assert read(site, f"# %%\n{code}\n") == [code]


def test_a_marker_in_a_string_begins_no_cell(site: Site) -> None:
    code = 'text = """\n# %%\n# %% [markdown]\n#| fold: x\n"""'
    assert read(site, f"# %%\n{code}\n") == [code]


def test_a_marker_in_a_block_of_prose_begins_no_cell(site: Site) -> None:
    assert read(site, "# %% [markdown]\n# ```\n# # %%\n# ```\n") == ["```\n# %%\n```"]


def test_a_line_that_looks_like_another_tools_stays(site: Site) -> None:
    code = "# # %%\n# In[3]:\nx = 1  # %% no marker"
    prose = "# # ```x``` is code\n# ```"
    cells = f"# %%\n{code}\n\n# %% [markdown]\n{prose}\n"
    assert read(site, cells) == [code, "# ```x``` is code\n```"]


def test_a_fence_in_a_comment_of_code_means_nothing(site: Site) -> None:
    cells = "# %%\n# ```\nx = 1\n# %%\ny = 2\n# ```\n"
    assert read(site, cells) == ["# ```\nx = 1", "y = 2\n# ```"]


@pytest.mark.parametrize("start", ["\ufeff", "#!/usr/bin/env python3\n", "# coding: utf-8\n", "\n"])
def test_what_may_stand_above_the_front_matter(site: Site, start: str) -> None:
    page = read_script(site.write("tutorials/p.py", f"{start}{HEAD}# %%\r\nx = 1\n"))
    assert page.code[0].source == "x = 1"


def test_prose_may_stand_in_a_string(site: Site) -> None:
    cells = '# %% [markdown]\n"""Two\nlines"""\n\n# %% [markdown]\n\n"""\n\nThree\n"""\n'
    assert read(site, cells) == ["Two\nlines", "\nThree"]


def test_prose_in_a_string_knows_its_first_line(site: Site) -> None:
    cells = '# %% [md]\n# # One\n\n# %% [markdown]\n\n"""\n\nThree\n"""\n'
    page = read_script(site.write("tutorials/p.py", HEAD + cells))
    assert [cell.first_line for cell in page.cells] == [6, 11]


def test_a_script_of_another_encoding_is_refused(site: Site) -> None:
    path = site.write("tutorials/p.py", "")
    path.write_bytes("# ---\n# title: é\n# ---\n".encode("latin-1"))
    with pytest.raises(RegenError, match=r"p\.py: not UTF-8: .* at byte 15\. Save it as UTF-8\."):
        read_script(path)


def test_a_script_that_is_gone_is_an_error(site: Site) -> None:
    with pytest.raises(RegenError, match=r"gone\.py: cannot be read: No such file"):
        read_script(site.root / "gone.py")


def test_a_page_named_run_is_refused(site: Site) -> None:
    path = site.page("run", "x = 1")
    with pytest.raises(RegenError, match=r"run\.py:1: a page cannot be named run: "):
        read_script(path)


def test_a_script_is_kept_while_its_file_is_the_same(site: Site) -> None:
    path = site.page("p", "x = 1")
    assert read_script(path) is read_script(path)


def test_a_script_of_another_size_is_read_again(site: Site) -> None:
    path = site.page("p", "x = 1")
    before = read_script(path)
    state = path.stat()
    site.page("p", "x = 100")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert read_script(path) is not before


def test_a_script_of_another_time_is_read_again(site: Site) -> None:
    path = site.page("p", "x = 1")
    before = read_script(path)
    state = path.stat()
    site.page("p", "x = 2")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    assert read_script(path) is not before


def test_scripts_are_found_in_subfolders(site: Site) -> None:
    pages = [site.page(name, "x = 1") for name in ("a", "deep/b", "z")]
    assert find_scripts(site.config) == pages


@pytest.mark.parametrize(
    "name", [".p", "_helper", ".ipynb_checkpoints/p-checkpoint", "__pycache__/p"]
)
def test_what_an_editor_leaves_is_no_page(site: Site, name: str) -> None:
    page = site.page("p", "x = 1")
    site.page(name, "x = 1")
    assert find_scripts(site.config) == [page]


def test_a_link_to_nowhere_is_no_page(site: Site) -> None:
    page = site.page("p", "x = 1")
    (site.root / "tutorials/.#p.py").symlink_to("me@host.1:2")
    (site.root / "tutorials/gone.py").symlink_to("nowhere.py")
    assert find_scripts(site.config) == [page]


def test_a_folder_named_like_a_script_is_no_page(site: Site) -> None:
    page = site.page("p", "x = 1")
    (site.root / "tutorials/folder.py").mkdir()
    assert find_scripts(site.config) == [page]


def test_no_page_at_all_is_an_error(site: Site) -> None:
    site.page("p", "x = 1")
    site.settings('tutorials = "tutorails"')
    with pytest.raises(RegenError, match=r"tutorails: no page found\. Set `tutorials` in"):
        find_scripts(site.config)


def test_of_two_pages_of_one_name_the_second_is_refused(site: Site) -> None:
    first = site.page("a", "x = 1")
    second = site.page("deep/a", "x = 1")
    scripts, failures = read_scripts([first, second], site.config)
    assert list(scripts) == [first]
    message = f"{second}: a page named a exists already: {first}. Rename one of the two."
    assert str(failures[second]) == message


def test_one_bad_page_does_not_stop_the_others(site: Site) -> None:
    bad = site.page("bad", "#| valus: {}\nx = 1")
    good = site.page("good", "x = 1")
    scripts, failures = read_scripts([bad, good], site.config)
    assert list(scripts) == [good]
    assert list(failures) == [bad]


def test_the_sites_own_tags_are_known(site: Site) -> None:
    site.settings('tags = ["hush"]')
    path = site.page("p", "#| tags: [hush, remove_input]\nx = 1")
    scripts, _ = read_scripts([path], site.config)
    assert scripts[path].code[0].options.tags == ["hush", "remove_input"]


def refuses(site: Site, script: str, line: int, message: str) -> None:
    """Check that a script is refused at this line and with this message."""
    path = site.write("tutorials/bad.py", script)
    with pytest.raises(RegenError) as error:
        read_script(path)
    assert str(error.value).startswith(f"{path}:{line}: ")
    assert message in str(error.value)


@pytest.mark.parametrize("marker", ["# %%markdown", "# %%md", "#%%Markdown", "# %%(markdown)"])
def test_a_marker_of_prose_without_blank_is_refused(site: Site, marker: str) -> None:
    path = site.page("p", f"x = 1\n\n{marker}\n# # Heading")
    with pytest.raises(RegenError, match=r":8: .* is no marker of a cell"):
        read_script(path)


def test_a_marker_with_nothing_below_is_no_cell(site: Site) -> None:
    site.page("p", "x = 1", "", "[markdown]", "y = 2")
    assert [cell.source for cell in site.script("p").cells] == ["x = 1", "y = 2"]
