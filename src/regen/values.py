"""Named values in prose: `[[page.name:format]]` outside of code becomes the number that the page's run computed.

`[[page.name.low]]`, `high`, `seeds`: of the value's runs on record; `[[page.run.device]]`: of the run itself.
"""

import html
import re
from collections.abc import Callable, Mapping
from typing import Any

from regen.config import RegenError
from regen.store import Run

# A fence, a code span, preformatted HTML, a comment or an escaped bracket is left alone. What remains to match is a
# reference, or two brackets that are none.
TOKEN = re.compile(
    r"(?P<fence>^(?P<indent>[ \t]*)(?P<mark>`{3,}(?=[^`\n]*$)|~{3,})[^\n]*\n(?:.*?\n)??[ \t]*(?P=mark)[`~]*[ \t]*$)"
    r"|(?P<span>(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)*?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<html><!--.*?-->|<(?P<tag>pre|code)\b.*?</(?P=tag)>)"
    r"|(?P<escaped>\\\[\[)"
    r"|\[\[(?P<page>[A-Za-z_]\w*)\.(?P<name>[A-Za-z_]\w*)(?P<part>\.[a-z]+)?(?::(?P<format>[^\]\n]*))?\]\]"
    r"|(?P<brackets>\[\[(?P<inside>[^\[\]\n]*)(?P<after>\]{0,2}.?))",
    re.MULTILINE | re.DOTALL,
)
# two names with a dot between them: meant as a reference
ALMOST = re.compile(r"\s*(?!\d+\.)[\w-]+\s*\.\s*($|[A-Za-z_])")
NO_WORD = re.compile(r"[\s\d.,;+e-]*", re.IGNORECASE)  # a matrix
TEX = re.compile(r"(?<!\\)\$\$.*?\$\$|(?<![\\$\w])\$(?!\s)(?:[^$\n]|\\\$)+?(?<!\s)\$(?![\w$])", re.DOTALL)
PARTS: dict[str, Callable[[list[Any]], Any]] = {"low": min, "high": max, "seeds": len}
Results = Mapping[str, Run]
Show = Callable[[str, str], str]  # (text, origin) -> Markdown


def fill(markdown: str, results: Results, where: str, *, first_line: int = 1, show: Show | None = None) -> str:
    """Markdown with its references replaced; RegenError for an unknown page or name, or a format that does not fit.

    `where` and `first_line` are for messages; `show` makes Markdown of a value's text and origin, but not inside a formula.
    """
    formulas = [match.span() for match in TEX.finditer(markdown)] if "[[" in markdown else []

    def replace(match: re.Match[str]) -> str:
        place = f"{where}:{first_line + markdown.count(chr(10), 0, match.start())}"
        in_formula = any(start < match.start() < end for start, end in formulas)
        if match["escaped"]:
            return "[["
        if match["brackets"] is not None:
            _check_brackets(match["inside"], match["after"], in_formula, place)
        if not match["name"]:
            return match[0]
        text, origin = _resolve(match, results, f"{place}: {match[0]}")
        return text if in_formula or show is None else show(text, origin)

    return TOKEN.sub(replace, markdown)


def _check_brackets(inside: str, after: str, in_formula: bool, place: str) -> None:
    """RegenError for brackets that look like a reference and are none; a link, a matrix and a formula are left alone."""
    if after.startswith(("](", "]](", "]][")):  # a link, its text in brackets
        return
    closed = after.startswith("]]") and not in_formula and not NO_WORD.fullmatch(inside)
    if closed or ALMOST.match(inside):
        shown = f"[[{inside}{after[:2].rstrip()}"
        remedy = "Write [[page.name]] or [[page.name:format]] for a value, \\[[ for two brackets."
        raise RegenError(f"{place}: {shown}: not a reference that is understood. {remedy}")


def as_span(text: str, origin: str) -> str:
    """A value as HTML that tells its origin when pointed at; may stand in the double quotes of an admonition's title."""
    kind = {"Quoted": "quoted", "On": "recorded"}.get(origin.split()[0], "computed")
    return f"<span class='value {kind}' title='{html.escape(origin, quote=True)}'>{html.escape(text)}</span>"


def _resolve(match: re.Match[str], results: Results, where: str) -> tuple[str, str]:
    page, name = match["page"], match["name"] + (match["part"] or "")
    if page not in results:
        raise RegenError(f"{where}: no page {page} has run. Pages are: {', '.join(sorted(results)) or 'none'}.")
    run = results[page]
    values = run.values
    if match["part"]:
        spread = {known: seeds for known, seeds in run.spread.items() if not isinstance(seeds[0], list)}
        values = {f"{known}.{part}": of(seeds) for known, seeds in spread.items() for part, of in PARTS.items()}
        values |= {f"run.{part}": told for part, told in run.provenance.items()}
    if name not in values:
        known = ", ".join(sorted(values)) or "none"
        raise RegenError(f"{where}: page {page} declares no value {name}. It declares: {known}.")
    told = "On record" if match["part"] and match["name"] != "run" else "Computed by this build"
    origin = run.origins.get(name) or f"{told}: {page}, value {name}"
    try:
        items = values[name] if isinstance(values[name], list) else [values[name]]
        return ", ".join(format(item, match["format"] or "") for item in items), origin
    except (ValueError, TypeError) as error:
        raise RegenError(f"{where}: the format does not fit {values[name]!r}: {error}.") from error
