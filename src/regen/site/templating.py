"""Jinja templates for what stands around a page: regen's own, each of which a site can override."""

import os
import traceback
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateSyntaxError,
    select_autoescape,
)

from regen.config import Config
from regen.errors import RegenError

__all__ = ["fill_template", "has_template", "template_folder", "template_texts"]


def fill_template(name: str, config: Config, **context: Any) -> str:
    """Fill a template: the site's where it has one of this name, else regen's.

    A site's template can build on regen's by `{% include "regen/NAME" %}`.

    Raises:
        RegenError: the template cannot be read or has a mistake; with its line if that is known.
    """
    folder = template_folder(config)
    try:
        text = _environment(folder, _names(folder)).get_template(name).render(**context)
    except Exception as error:
        # what stands in a template is code, which may raise anything
        place = _place(error, folder / name if folder else Path(name))
        what = f"the template cannot be filled: {type(error).__name__}: {error}."
        remedy = "Correct it, or delete it: regen has one of its own."
        raise RegenError(f"{place}: {what} {remedy}") from error
    return text.strip()


def has_template(name: str, config: Config) -> bool:
    """Whether a site has a template of this name, of its own or from regen."""
    folder = template_folder(config)
    return name in _environment(folder, _names(folder)).list_templates()


def _place(error: Exception, template: Path) -> str:
    """Where in a template an error is, with the line if that is known."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename or template}:{error.lineno}"
    # Jinja has put the lines of templates into the traceback
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.endswith(".jinja"):
            return f"{frame.filename}:{frame.lineno}"
    return str(template)


def template_folder(config: Config) -> Path | None:
    """Return the folder of the site's own templates, if it has one.

    Raises:
        RegenError: the folder that is set is not there.
    """
    if not config.templates:
        return None
    folder = config.root / config.templates
    if not folder.is_dir():
        where = f"{config.root / 'pyproject.toml'}: [tool.regen]"
        raise RegenError(f"{where}: templates = {config.templates!r}: there is no such folder.")
    return folder


def template_texts(config: Config) -> list[bytes]:
    """The site's own templates as they are now: what was made with others is stale."""
    folder = template_folder(config)
    if folder is None:
        return []
    return [path.read_bytes() for path in sorted(folder.rglob("*.jinja")) if path.is_file()]


def _names(folder: Path | None) -> tuple[str, ...]:
    """The files of a site's folder: with a new one, another template may be meant by a name."""
    return tuple(sorted(os.listdir(folder))) if folder else ()


@cache
def _environment(folder: Path | None, names: tuple[str, ...]) -> Environment:
    own = PackageLoader("regen.site")
    loaders = [own, PrefixLoader({"regen": own})]
    if folder is not None:
        loaders.insert(0, FileSystemLoader(folder, encoding="utf-8-sig"))
    return Environment(
        loader=ChoiceLoader(loaders),
        autoescape=select_autoescape(("html.jinja",), default=False),
        undefined=StrictUndefined,
        trim_blocks=False,
        keep_trailing_newline=False,
    )
