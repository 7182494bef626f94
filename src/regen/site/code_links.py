"""Links from names in a page's code to where they are described."""

import ast
import contextlib
import re
from collections.abc import Collection

from regen.script.reading import Script

__all__ = ["link_names"]


def link_names(content: str, script: Script, packages: Collection[str]) -> str:
    """Link the names that a page imports from the site's own packages, where its code uses them.

    Args:
        content: the page's HTML.
        script: its source.
        packages: the site's own packages.

    Returns:
        The HTML with elements that mkdocs-autorefs makes links of.
    """
    targets: dict[str, str] = {}
    for cell in script.code:
        with contextlib.suppress(SyntaxError):  # code that is meant to fail
            targets.update(_imported(ast.parse(cell.source), packages))
    if not targets:
        return content
    names = "|".join(map(re.escape, targets))

    def link(match: re.Match[str]) -> str:
        target = targets[match[1]]
        return f'<autoref identifier="{target}" optional>{match[0]}</autoref>'

    # a name after a dot is an attribute of something else
    return re.sub(rf'(?<!\.</span>)<span class="n">({names})</span>', link, content)


def _imported(tree: ast.AST, packages: Collection[str]) -> dict[str, str]:
    """By the name in the code: the full name of what is imported from one of the packages."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        if node.module.partition(".")[0] not in packages:
            continue
        for alias in node.names:
            found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found
