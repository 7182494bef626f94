"""A Content-Security-Policy in each page: what a browser may load and run for it."""

import base64
import hashlib
import re

__all__ = ["with_policy"]

HEAD = re.compile(r"<head(?:\s[^>]*)?>")
INLINE = re.compile(r"<(script|style)\b([^>]*)>(.*?)</\1>", re.DOTALL)
DATA = re.compile(r'\btype="application/[\w+]*json"')
"""A script element that holds data, which nobody runs."""


def with_policy(page: str) -> str:
    """Let a page load from its own site alone, and run of its inline scripts only those it has.

    Args:
        page: its finished HTML.

    Returns:
        The HTML with the policy in its head, or as it was if it has no head.
    """
    scripts: dict[str, None] = {}
    styles: dict[str, None] = {}
    for tag, attributes, content in INLINE.findall(page):
        if tag == "style":
            styles[_digest(content)] = None
        elif "src=" not in attributes and not DATA.search(attributes):
            scripts[_digest(content)] = None
    rules = {
        "default-src": ["'none'"],
        "script-src": ["'self'", *scripts],
        "style-src-elem": ["'self'", *styles],
        # formulas and figures have their sizes in attributes
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        # the search reads its index, and works in the background
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
    }
    policy = "; ".join(" ".join([name, *sources]) for name, sources in rules.items())
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return HEAD.sub(lambda match: f"{match[0]}{meta}", page, count=1)


def _digest(content: str) -> str:
    """The digest by which a browser recognises an inline script or style."""
    # a browser reads every end of a line as one character
    read = content.replace("\r\n", "\n").replace("\r", "\n")
    digest = base64.b64encode(hashlib.sha256(read.encode("utf-8")).digest())
    return f"'sha256-{digest.decode()}'"
