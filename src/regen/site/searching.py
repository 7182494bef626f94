"""What the theme's search is told of a page: how much it counts, and what of it is not searched."""

from collections.abc import MutableMapping
from typing import Any

__all__ = ["leave_out_folds", "set_boost"]

FOLDS = ('<details class="library"', '<details class="provenance"')
"""What is the same on many pages: the source of the library, and where numbers come from."""
LEFT_OUT = ' data-search-exclude="true"'


def set_boost(meta: MutableMapping[str, Any], boost: float) -> None:
    """Let a page count for more, or less, unless it says itself how much."""
    meta.setdefault("search", {}).setdefault("boost", boost)


def leave_out_folds(content: str) -> str:
    """Mark what search is to skip in the HTML of a page."""
    for fold in FOLDS:
        content = content.replace(fold, fold + LEFT_OUT)
    return content
