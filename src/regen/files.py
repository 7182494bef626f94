"""Reading and writing files: text in UTF-8, and writes that happen whole or not at all."""

import os
import tempfile
from pathlib import Path

from regen.errors import RegenError

__all__ = ["not_utf8", "read_text", "write_whole"]


def read_text(path: Path) -> str:
    """Read a file of UTF-8 text, with or without a byte order mark.

    Raises:
        RegenError: the file has another encoding.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RegenError(f"{path}: {not_utf8(error)}") from error


def not_utf8(error: UnicodeDecodeError) -> str:
    """Say what is wrong with a file of another encoding, and what to do."""
    return f"not UTF-8: {error.reason} at byte {error.start}. Save it as UTF-8."


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all; a failed write leaves what was there.

    Raises:
        OSError: the folder cannot be written to, or the disk is full.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        part.chmod(0o644)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
