"""A built site as an archive that opens from a folder: no server gives pages their addresses."""

import json
import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from regen.errors import RegenError
from regen.files import read_text

__all__ = ["pack"]

LEFT_OUT = {"404.html", "sitemap.xml", "sitemap.xml.gz"}
"""What only a server uses, or a search engine."""
INDEX = "search/search_index.json"
"""The theme reads it with a request, which a browser refuses in a folder."""
INDEX_SCRIPT = "search/search_index.js"
"""The theme loads this script instead where a page was opened from a folder."""
SHIM = "assets/offline.js"
THEME = re.compile(r'(?=<script src="[^"]*assets/javascripts/bundle)')
"""Where the theme's script begins to run."""
LINK = re.compile(r'(?P<before><(?:a|link|area)\s(?:[^<>]*\s)?href=")(?P<address>[^"]*)(?=")')
DAY = (1980, 1, 1, 0, 0, 0)
"""The date of all files in the archive: the same site gives the same bytes."""


def pack(site: Path, archive: Path) -> int:
    """Pack a built site into an archive, whose one folder has the archive's name.

    Args:
        site: folder of the built site.
        archive: file to write.

    Returns:
        The number of its pages.

    Raises:
        RegenError: the folder holds no site.
    """
    if not (site / "index.html").is_file():
        what = "there is no index.html. Build the site first, for example with `mkdocs build`."
        raise RegenError(f"{site}: {what}")
    part = archive.with_name(f".part-{archive.name}")
    part.parent.mkdir(parents=True, exist_ok=True)
    pages = 0
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as packed:
            for path, content in _files(site):
                info = zipfile.ZipInfo(f"{archive.stem}/{path}", DAY)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                packed.writestr(info, content)
                pages += path.endswith(".html")
        part.replace(archive)
    finally:
        part.unlink(missing_ok=True)
    return pages


def _files(site: Path) -> Iterator[tuple[str, bytes]]:
    """What goes into the archive: paths from the site's folder, and contents."""
    yield SHIM, Path(__file__).with_name("offline.js").read_bytes()
    for file in sorted(site.rglob("*")):
        path = file.relative_to(site).as_posix()
        if not file.is_file() or path in LEFT_OUT:
            continue
        if path == INDEX:
            yield INDEX_SCRIPT, _index_script(read_text(file), site).encode()
        elif path.endswith(".html"):
            yield path, _page(read_text(file), path, site).encode()
        else:
            yield path, file.read_bytes()


def _page(html: str, path: str, site: Path) -> str:
    """A page whose links name files, and which loads what search needs before the theme."""
    folder = posixpath.dirname(path)

    def link(match: re.Match[str]) -> str:
        return match["before"] + _address(match["address"], folder, site)

    shim = posixpath.relpath(SHIM, folder or ".")
    return THEME.sub(f'<script src="{shim}"></script>\n', LINK.sub(link, html), count=1)


def _address(address: str, folder: str, site: Path) -> str:
    """An address of a page with the name of its file; any other as it is."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not parts.path or parts.path.startswith("/"):
        return address
    target = posixpath.normpath(posixpath.join(folder, parts.path))
    if not (site / target / "index.html").is_file():
        return address
    named = posixpath.join(parts.path, "index.html")
    return parts._replace(path=named).geturl()


def _index_script(index: str, site: Path) -> str:
    """The index of the search as a script, its addresses with the names of files."""
    data = json.loads(index)
    for entry in data["docs"]:
        path, mark, anchor = entry["location"].partition("#")
        named = _address(path or ".", "", site).removeprefix("./")
        entry["location"] = f"{named}{mark}{anchor}"
    return f"var __index = {json.dumps(data, separators=(',', ':'))}\n"
