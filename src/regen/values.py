"""Named values in prose: `[[page.name:format]]` outside of code becomes the number that the page's run computed."""

import html
import re
from collections.abc import Callable, Mapping

from regen.config import RegenError
from regen.store import Run

# A fence, a code span or an escaped bracket is left alone; what remains to match is a reference.
TOKEN = re.compile(
    r"(?P<fence>^(?P<indent>[ \t]*)(?P<mark>`{3,}(?=[^`\n]*$)|~{3,})[^\n]*\n(?:.*?\n)??[ \t]*(?P=mark)[`~]*[ \t]*$)"
    r"|(?P<span>(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)*?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<escaped>\\\[\[)"
    r"|\[\[(?P<page>[A-Za-z_]\w*)\.(?P<name>[A-Za-z_]\w*)(?::(?P<format>[^\]\n]*))?\]\]",
    re.MULTILINE | re.DOTALL,
)
TEX = re.compile(r"(?<!\\)\$\$.*?\$\$|(?<![\\$\w])\$(?!\s)(?:[^$\n]|\\\$)+?(?<!\s)\$(?![\w$])", re.DOTALL)

Results = Mapping[str, Run]
Show = Callable[[str, str], str]  # (text, origin) -> Markdown


def fill(markdown: str, results: Results, where: str, *, first_line: int = 1, show: Show | None = None) -> str:
    """Markdown with its references replaced; RegenError for an unknown page or name, or a format that does not fit.

    `where` is the file that the text comes from, `first_line` the line at which it begins there, for messages.
    `show` is how a value becomes Markdown, given its text and its origin; inside a formula it stands bare.
    """
    formulas = [match.span() for match in TEX.finditer(markdown)] if "[[" in markdown else []

    def replace(match: re.Match[str]) -> str:
        if not match["name"]:
            return "[[" if match["escaped"] else match[0]
        line = first_line + markdown.count("\n", 0, match.start())
        text, origin = _resolve(match, results, f"{where}:{line}: {match[0]}")
        bare = any(start < match.start() < end for start, end in formulas)
        return text if bare or show is None else show(text, origin)

    return TOKEN.sub(replace, markdown)


def as_span(text: str, origin: str) -> str:
    """A value as HTML that tells its origin when pointed at."""
    kind = "quoted" if origin.startswith("Quoted") else "computed"
    # single quotes, since a value may stand in the quoted title of an admonition
    return f"<span class='value {kind}' title='{html.escape(origin, quote=True)}'>{html.escape(text)}</span>"


def _resolve(match: re.Match[str], results: Results, where: str) -> tuple[str, str]:
    page, name = match["page"], match["name"]
    if page not in results:
        raise RegenError(f"{where}: no page {page} has run. Pages are: {', '.join(sorted(results)) or 'none'}.")
    run = results[page]
    if name not in run.values:
        known = ", ".join(sorted(run.values)) or "none"
        raise RegenError(f"{where}: page {page} declares no value {name}. It declares: {known}.")
    source = run.quoted.get(name)
    origin = f"Quoted from: {source}" if source else f"Computed by this build: {page}, value {name}"
    try:
        return format(run.values[name], match["format"] or ""), origin
    except (ValueError, TypeError) as error:
        raise RegenError(f"{where}: the format does not fit {run.values[name]!r}: {error}.") from error
