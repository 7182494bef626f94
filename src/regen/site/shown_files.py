"""Files of the project that a page shows whole: what stands there is read by each build."""

import re
from pathlib import Path

from regen.config import Config
from regen.errors import RegenError
from regen.files import not_utf8
from regen.site.blocks import box, fence

__all__ = ["show_files", "without_files"]

LINE = re.compile(r"^<!-- source: (?P<path>[\w./-]+) -->$", re.MULTILINE)
"""A line in whose place a file is shown, folded; its path is from the project's root."""
LANGUAGES = {".js": "javascript", ".py": "python", ".sh": "console", ".yml": "yaml"}
"""By the ending of a file's name, where a language is not called as that."""


def show_files(markdown: str, where: str, config: Config) -> str:
    """A text with the files that its lines `<!-- source: PATH -->` name, each in a fold.

    Args:
        markdown: the text.
        where: the text's own file, for messages.
        config: the site's settings.

    Raises:
        RegenError: there is no such file within the project, or it cannot be read.
    """

    def shown(match: re.Match[str]) -> str:
        path = Path(match["path"])
        code = _read(path, f"{where}: {match[0]}", config.root)
        language = LANGUAGES.get(path.suffix, path.suffix.removeprefix("."))
        return box("library", f"The file `{path.name}`", fence(code, language), mark="???")

    return LINE.sub(shown, markdown)


def without_files(markdown: str) -> str:
    """A text without these lines: a download links the file, or has no use for it."""
    return re.sub(rf"{LINE.pattern}\n*", "", markdown, flags=re.MULTILINE)


def _read(path: Path, where: str, root: Path) -> str:
    """The text of a file below a folder."""
    file = (root / path).resolve()
    if not file.is_relative_to(root.resolve()) or not file.is_file():
        raise RegenError(f"{where}: there is no such file in the project. Correct the path.")
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RegenError(f"{where}: {not_utf8(error)}") from error
