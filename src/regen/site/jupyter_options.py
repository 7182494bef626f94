"""The options of mkdocs-jupyter: which of them count here, and what to use for the others."""

from collections.abc import Mapping
from typing import Any

__all__ = ["DEFAULTS", "HIDING", "HONORED", "REFUSED", "refusals"]

HONORED = ("include", "ignore", "execute", "execute_ignore", "remove_tag_config")
"""These mean here what they mean there."""
HIDING = {
    "cell": "remove_cell_tags",
    "input": "remove_input_tags",
    "output": "remove_all_outputs_tags",
}
"""What a tag can hide, and where `remove_tag_config` names further tags for it."""
REFUSED = {
    "theme": "The page is Markdown, which the site's theme shows.",
    "kernel_name": "A page runs in the Python that runs MkDocs.",
    "include_source": "Each page links its script, its notebook and its Markdown.",
    "ignore_h1_titles": "A page's title is `title` in its front matter.",
    "allow_errors": "Give the tag raises-exception to a cell that shows an exception.",
    "show_input": "Give the tag remove_input to the cells whose code is not to be seen.",
    "no_input": "Give the tag remove_input to the cells whose code is not to be seen.",
    "no_prompt": "Pages have no prompts.",
    "highlight_extra_classes": "Name a color scheme in the site's theme, or use `extra_css`.",
    "include_requirejs": "Use `extra_javascript` of MkDocs.",
    "toc_depth": "Set `toc: {toc_depth: ...}` under `markdown_extensions`.",
    "data_files": "Let a cell hand out the file: `#| files:`.",
    "custom_mathjax_url": "Formulas are drawn when the site is built.",
    "cache": "Delete the folder of kept results to run all pages again.",
    "cache_dir": "Set `cache` in [tool.regen].",
}
"""These have no meaning here; what to use instead."""
DEFAULTS: dict[str, Any] = {"include": ["*.py"], "execute": True, "allow_errors": False}
"""Where they differ from those of mkdocs-jupyter."""


def refusals(found: Mapping[str, Any], defaults: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with the options: of one that does not count, what to use instead."""
    refused = []
    for name, tags in found["remove_tag_config"].items():
        if name not in HIDING.values():
            known = ", ".join(HIDING.values())
            refused.append(f"remove_tag_config: unknown key {name}. Known are: {known}.")
        elif not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            refused.append(f"remove_tag_config: {name} = {tags!r}: expected a list of tags.")
    for name, instead in REFUSED.items():
        if found[name] != defaults[name]:
            refused.append(f"{name} = {found[name]!r}: has no meaning here; remove it. {instead}")
    return refused
