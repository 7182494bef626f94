"""A new page: a short script that runs, builds and checks as it stands."""

import importlib.util
import keyword
import re
from pathlib import Path

from regen.config import Config
from regen.errors import RegenError
from regen.files import write_whole
from regen.script.reading import RUN

__all__ = ["new_page", "next_steps"]

NAME = re.compile(r"[a-z][a-z0-9_]*")
ARTICLES = "docs"
"""Where MkDocs looks for articles, unless its settings say otherwise."""
PAGE = """\
# ---
# title: {title}
# ---

# %% [markdown]
# # {title}
#
# Which question does this page answer?

# %%
#| values:
#|   total: total
total = sum([1, 2, 3])
print(f"total {{total}}")

# %% [markdown]
# Together that is [[total]].
"""


def new_page(name: str, config: Config) -> Path:
    """Write a script for a new page of this name, and give its path.

    Raises:
        RegenError: the name cannot be that of a page, a module, a page or an article has it
            already, or the file cannot be written.
    """
    if not NAME.fullmatch(name) or keyword.iskeyword(name) or name == RUN:
        what = f"{name!r} cannot be the name of a page. Prose quotes values as [[page.value]]:"
        remedy = "use lower-case letters, digits and underscores, such as `my_page`."
        raise RegenError(f"new: {what} {remedy}")
    if importlib.util.find_spec(name) is not None:
        # a script's own folder comes first on its import path
        what = f"{name} is the name of a module. Scripts beside the page that import it"
        raise RegenError(f"new: {what} would get the page instead. Choose another name.")
    scripts = config.root / config.tutorials
    articles = config.root / ARTICLES
    existing = [*scripts.rglob(f"{name}.py"), *articles.rglob(f"{name}.md")]
    if existing:
        what = f"new: a page named {name} exists already: {existing[0]}. Choose another name."
        raise RegenError(what)
    path = scripts / f"{name}.py"
    title = name.replace("_", " ").capitalize()
    try:
        write_whole(path, PAGE.format(title=title))
    except OSError as error:
        raise RegenError(f"{path}: cannot be written: {error.strerror}.") from error
    return path


def next_steps(path: Path, config: Config) -> str:
    """Say what to do with a new page."""
    shown = path.relative_to(config.root).as_posix()
    return "\n".join(
        [
            f"{shown}: written. What comes next:",
            f"1. Write the page. `python {shown}` runs it.",
            f"2. Add `{shown}` to `nav` in mkdocs.yml.",
            f"3. Run `regen record {path.stem}`, read what it recorded, and commit the record.",
        ]
    )
