"""Addresses of pages, and of links on them, that work from anywhere."""

import posixpath
from urllib.parse import urldefrag, urljoin

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files

from regen.site.downloads import Address, no_address

__all__ = ["address_maker", "page_url"]


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
