"""Downloads: each file of a page stands by itself."""

import contextlib
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode
from nbformat.v4 import new_output

from regen.config import Config
from regen.errors import RegenError
from regen.execution.results import DRAWING, CellRun, Run
from regen.prose.resolver import Resolver
from regen.script.reading import Cell, Options, Script
from regen.site.boxes import plain_fences, unbox
from regen.site.downloads import SiteInfo, WheelInfo, downloads, imports

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><g id="axes"/></svg>'
PROSE = """# Sums

The sum is [[total:.2f]], and [[one? it is **one**]]: see [`f`][pkg.f] and [home](../index.md#a).

??? question "What is `a`?"

    One.

    ```python
    a
    ```

!!! note

    - Not two."""
CODE = "# rm -rf precious\n# Shape?\ncat = 3\ncat -= 1\nprint(cat)"
SCRIPT = Script(
    "p",
    Path("tutorials/p.py"),
    [
        Cell("markdown", PROSE, 5, 6),
        Cell("code", CODE, 10, 12, 1, Options(values={"total": "cat"}, claims={"one": "cat < 3"})),
        Cell("code", "draw()", 20, 22, 2, Options(alt="A line up to [[total]].", fold="A & B")),
    ],
    title="Sums",
)
FIGURE = {"image/svg+xml": SVG, "text/plain": "<Figure>", DRAWING: {"size": [1, 1], "axes": []}}
RUN = Run(
    "p",
    [
        CellRun(
            [new_output("stream", text="2\n")],
            {"total": 1.5},
            {},
            {"one": True},
            {"w.json": "e30="},
        ),
        CellRun([new_output("display_data", data=FIGURE)]),
    ],
)


def files(**more: Any) -> dict[str, str | bytes]:
    resolver = Resolver({"p": RUN}, {"p": SCRIPT}, "p")
    return downloads(SCRIPT, RUN, resolver, Config(root=Path(".")), **more)


def text(name: str, **more: Any) -> str:
    found = files(**more)[name]
    assert isinstance(found, str)
    return found


def notebook() -> NotebookNode:
    return nbformat.reads(text("p.ipynb"), as_version=4)


def test_a_page_gives_its_files_figures_and_artefacts() -> None:
    assert sorted(files()) == ["figure-2-1.svg", "p.ipynb", "p.md", "p.py", "w.json"]
    assert files()["w.json"] == b"{}"


@pytest.mark.parametrize("name", ["p.py", "p.ipynb", "p.md"])
def test_values_claims_and_links_are_plain_text(name: str) -> None:
    content = text(name)
    assert "The sum is 1.50, and it is **one**: see `f` and home." in content
    for word in ("[[", "pkg.f", "???", "!!!", "<span", "values:", "#|", "jupytext"):
        assert word not in content


@pytest.mark.parametrize("name", ["p.py", "p.ipynb", "p.md"])
def test_a_link_within_the_site_has_its_whole_address(name: str) -> None:
    def address(href: str) -> str | None:
        return f"https://site/{href.removeprefix('../')}"

    assert "[home](https://site/index.md#a)" in text(name, address=address)


@pytest.mark.parametrize("name", ["p.py", "p.ipynb", "p.md"])
def test_a_file_begins_with_where_it_comes_from(name: str) -> None:
    site = SiteInfo("A site", "https://site/p/")
    content = text(name, site=site)
    intro = "From the page *Sums* of A site, https://site/p/."
    assert content.index(intro) < content.index("# Sums")


def test_a_sites_template_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "download.md.jinja").write_text("Get {{ imports | join(' and ') }}:\n\n    pip")
    script = replace(SCRIPT, cells=[Cell("code", "import b.c, os\nfrom a import x", 5, 6, 1)])
    run = Run("p", [CellRun()])
    config = Config(root=tmp_path, templates=".")
    found = downloads(script, run, Resolver({"p": run}, {"p": script}, "p"), config)
    assert str(found["p.py"]).startswith("# Get a and b:\n#\n#     pip\n\n# %%\nimport b.c, os\n")


def test_imports_leave_out_what_python_brings() -> None:
    code = "import os, torch.nn\nfrom numpy import array\nfrom .x import y"
    cells = [Cell("code", code, 5, 6, 1), Cell("code", "x = = 1", 7, 8, 2)]
    assert imports(cell.source for cell in cells) == ["numpy", "torch"]


def test_the_script_is_the_pages_code_to_the_letter() -> None:
    content = text("p.py")
    assert f"\n\n# %%\n{CODE}\n\n# %% A & B\ndraw()\n" in content
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(content, {"draw": lambda: None})
    assert shown.getvalue() == "2\n"


def test_a_box_in_the_script_is_quoted_text() -> None:
    content = text("p.py")
    assert "# > **What is `a`?**\n# >\n# > One.\n# >\n# > ```python\n# > a\n# > ```\n" in content
    assert "# > **Note**\n# >\n# > - Not two.\n" in content


def test_the_notebook_is_valid_and_the_same_each_time() -> None:
    nbformat.validate(notebook())
    assert text("p.ipynb") == text("p.ipynb")


def test_the_notebook_holds_code_and_outputs() -> None:
    _, prose, first, second = notebook().cells
    assert first.source == CODE and first.outputs[0].text == "2\n"
    assert [cell.get("execution_count") for cell in (prose, first, second)] == [None, 1, 2]
    data = {"text/plain": "A line up to 1.5.", "image/svg+xml": SVG}
    assert second.outputs[0].data == data


WHEEL = WheelInfo("pkg", "pkg-1.0.whl", url="https://site/pkg-1.0.whl")
IMPORTING = replace(SCRIPT, cells=[Cell("code", "from pkg import f", 5, 6, 1)])


def code_with(wheel: WheelInfo | None) -> list[str]:
    """The code cells of a page's notebook, on a site that offers a wheel."""
    run = Run("p", [CellRun()])
    resolver = Resolver({"p": run}, {"p": IMPORTING}, "p")
    found = downloads(IMPORTING, run, resolver, Config(Path(".")), SiteInfo(wheel=wheel))
    cells = nbformat.reads(found["p.ipynb"], as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def test_the_notebook_installs_the_package_that_the_site_offers() -> None:
    install = "try:\n    import pkg\nexcept ModuleNotFoundError:\n    %pip install -q "
    assert code_with(WHEEL) == [f"{install}https://site/pkg-1.0.whl", "from pkg import f"]


def test_the_cell_that_installs_is_code_that_ipython_understands() -> None:
    plain = TransformerManager().transform_cell(code_with(WHEEL)[0])
    compile(plain, "cell", "exec")
    assert "run_line_magic('pip', 'install -q https://site/pkg-1.0.whl')" in plain


@pytest.mark.parametrize("wheel", [None, replace(WHEEL, url=""), replace(WHEEL, package="other")])
def test_the_notebook_installs_nothing_else(wheel: WheelInfo | None) -> None:
    assert code_with(wheel) == ["from pkg import f"]


def test_a_folded_cell_of_the_notebook_is_hidden_until_it_is_opened() -> None:
    first, second = [cell.metadata for cell in notebook().cells[2:]]
    assert "jupyter" not in first
    assert second.jupyter == {"source_hidden": True, "outputs_hidden": True}


def test_answers_in_the_notebook_stay_folded() -> None:
    prose = notebook().cells[1].source
    folded = (
        "<details>\n<summary>What is <code>a</code>?</summary>\n\nOne.\n\n```python\na\n```\n\n"
    )
    assert f"{folded}</details>\n\n> **Note**\n>\n> - Not two." in prose


def test_the_markdown_has_plain_fences_and_figures_by_file() -> None:
    content = text("p.md")
    assert f"```python\n{CODE}\n```\n\n```text\n2\n```" in content
    image = "![A line up to 1.5.](figure-2-1.svg)"
    fold = f"<summary>A &amp; B</summary>\n\n```python\ndraw()\n```\n\n{image}\n\n</details>"
    assert fold in content


def test_an_artefact_with_the_name_of_another_file_is_an_error() -> None:
    first = replace(RUN.cells[0], files={"p.py": "e30="})
    run = replace(RUN, cells=[first, RUN.cells[1]])
    resolver = Resolver({"p": run}, {"p": SCRIPT}, "p")
    with pytest.raises(RegenError, match=r"p\.py:10: file p\.py: the page has a file of that name"):
        downloads(SCRIPT, run, resolver, Config(root=Path(".")))


def test_all_mistakes_of_a_pages_prose_are_named_with_their_lines() -> None:
    cells = [Cell("markdown", "a\n\n[[los]]", 5, 6), Cell("markdown", "[[ n ]]", 20, 21)]
    script = replace(SCRIPT, cells=cells)
    run = Run("p", [])
    resolver = Resolver({"p": run}, {"p": script}, "p")
    with pytest.raises(RegenError) as error:
        downloads(script, run, resolver, Config(root=Path(".")))
    lines = str(error.value).splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["tutorials/p.py:8", "tutorials/p.py:21"]


@pytest.mark.parametrize(
    ("box", "plain"),
    [
        ('!!! note "A `b`"\n    c', "> **A `b`**\n>\n> c"),
        ('!!! note ""\n\n    c', "> c"),
        ("!!! danger highlight\n\n    c", "> **Danger**\n>\n> c"),
        ('???+ tip "A"\n\n    c\n\nd', "<details>\n<summary>A</summary>\n\nc\n\n</details>\n\nd"),
        ('=== "A"\n\n    b\n\n=== "C"\n\n    d', "> **A**\n>\n> b\n\n> **C**\n>\n> d"),
        ('- x\n\n    !!! note "A"\n\n        b', "- x\n\n    > **A**\n    >\n    > b"),
        (
            '!!! note "A"\n\n    ??? tip "B"\n\n        c',
            "> **A**\n>\n> <details>\n> <summary>B</summary>\n>\n> c\n>\n> </details>",
        ),
    ],
)
def test_a_box_becomes_markdown_that_is_read_anywhere(box: str, plain: str) -> None:
    assert unbox(box, folded=True) == plain


@pytest.mark.parametrize("code", ['```\n!!! note "A"\n```', '    ??? tip "A"', "a !!! note"])
def test_what_looks_like_a_box_in_code_is_left_alone(code: str) -> None:
    assert unbox(code, folded=True) == code


def test_a_cell_that_raises_ends_no_run_of_the_notebook() -> None:
    cells = [replace(cell, options=Options(tags=["raises-exception"])) for cell in SCRIPT.code[:1]]
    script = replace(SCRIPT, cells=cells)
    run = replace(RUN, cells=RUN.cells[:1])
    found = downloads(script, run, Resolver({"p": run}, {"p": script}, "p"), Config(Path(".")))
    made = nbformat.reads(found["p.ipynb"], as_version=4)
    assert made.cells[-1].metadata.tags == ["raises-exception"]


@pytest.mark.parametrize(
    ("fence", "plain"),
    [
        ("``` { .python .cell }\na\n```", "```python\na\n```"),
        ('- ~~~{.sh hl_lines="1"}\n  a\n  ~~~', "- ~~~sh\n  a\n  ~~~"),
        ("> ```{ #id }\n> a\n> ```", "> ```\n> a\n> ```"),
        ("````\n``` { .python }\n```\n````", "````\n``` { .python }\n```\n````"),
        ('```python title="a"\na\n```', '```python title="a"\na\n```'),
    ],
)
def test_a_fence_loses_options_that_only_mkdocs_reads(fence: str, plain: str) -> None:
    assert plain_fences(fence) == plain
