"""Addresses of pages, of links on them, and of their sources, that work from anywhere."""

import os
import posixpath
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files

from regen.site.downloads import Address, no_address

__all__ = ["address_maker", "colab_url", "edit_url", "page_url"]

COLAB = "https://colab.research.google.com/github"


def page_url(uri: str, files: Files, config: MkDocsConfig) -> str:
    """The address of a page, if the site has one."""
    file = files.get_file_from_path(uri)
    if not config.site_url or file is None:
        return ""
    return urljoin(config.site_url, file.url)


def address_maker(uri: str, files: Files, config: MkDocsConfig) -> Address:
    """What makes an address that works anywhere of one on a page."""

    def address(href: str) -> str | None:
        whole = no_address(href)
        if whole is not None or not config.site_url:
            return whole
        path, anchor = urldefrag(href)
        target = uri
        if path:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(uri), path))
        file = files.get_file_from_path(target)
        place = file.url if file else target
        url = urljoin(config.site_url, place)
        return f"{url}#{anchor}" if anchor else url

    return address


def edit_url(path: Path, config: MkDocsConfig) -> str | None:
    """Where the repository lets a reader edit a file, which need not lie in the docs folder."""
    if not config.repo_url or not config.edit_uri:
        return None
    place = Path(os.path.relpath(path, config.docs_dir)).as_posix()
    return urljoin(f"{config.repo_url.rstrip('/')}/", f"{config.edit_uri}{place}")


def colab_url(place: str, branch: str, config: MkDocsConfig) -> str:
    """Where Colab opens a notebook of a repository on GitHub; empty for any other.

    Args:
        place: of the notebook, in the branch.
        branch: of the repository; "" for none.
        config: names the repository.
    """
    repository = urlsplit(config.repo_url or "")
    if not branch or repository.netloc != "github.com":
        return ""
    name = repository.path.strip("/").removesuffix(".git")
    return f"{COLAB}/{name}/blob/{branch}/{place}"
