"""Named values in prose: `[[page.name:format]]` outside of code becomes the number that the page's run computed.

`[[page.name.low]]`, `high`, `seeds`: of the value's runs on record; `[[page.run.device]]`: of the run itself.
"""

import html
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from regen.config import RegenError
from regen.store import Run

# A fence, a code span, preformatted HTML, a comment or an escaped bracket is left alone. What remains to match is a
# reference, or brackets that are none.
TOKEN = re.compile(
    r"(?P<fence>^(?P<indent>[ \t]*)(?P<mark>`{3,}(?=[^`\n]*$)|~{3,})[^\n]*\n(?:.*?\n)??[ \t]*(?P=mark)[`~]*[ \t]*$)"
    r"|(?P<span>(?<![\\`])(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*(?:\n|[-*+#>]\s|\||\d+[.)]\s)).)*?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<html><!--.*?-->|<(?P<tag>(?i:pre|code))\b.*?</(?P=tag)>)"
    r"|(?P<escaped>(?<!\\)\\\[\[(?!\[))"
    r"|\[\[(?P<page>[A-Za-z_]\w*)\.(?P<name>[A-Za-z_]\w*)(?P<part>\.[a-z]+)?(?::(?P<format>[^\]\n]*))?\]\]"
    r"|(?P<brackets>\[\[(?!\[)(?P<inside>[^\[\]\n]*)(?P<after>\]{0,2}.?))"
    r"|(?P<single>[\[{]\s*(?P<of>[A-Za-z_]\w*)\s*[.\[]\s*['\"]?(?P<value>[A-Za-z_]\w*))",
    re.MULTILINE | re.DOTALL,
)
ALMOST = re.compile(r"[\w-]+\.[A-Za-z_]\w*")  # two names with a dot between them
NO_WORD = re.compile(r"(?:[\s\d.,;+-]|e(?=[\d+-])|\b(?:inf|nan|True|False|None)\b)*", re.IGNORECASE)  # a matrix
FORMULA = re.compile(
    r"(?<!\\)\$\$.*?\$\$"
    r"|(?<![\\$\w])\$(?!\s)(?:[^$\n]|\\\$)+?(?<!\s)\$(?![\w$])"
    r"|\\\((?:(?!\n[ \t]*\n).)*?\\\)"
    r"|\\\[(?:(?!\n[ \t]*\n).)*?\\\]"
    r"|\\begin\{(\w+\*?)\}.*?\\end\{\1\}",
    re.DOTALL,
)
# Where Markdown wants text only, no HTML: a text alternative, an address, the inside of a tag, a definition.
TEXT_ONLY = re.compile(
    r"!\[(?:[^\[\]\n]|\[\[[^\[\]\n]*\]\])*\]"
    r"|\]\((?:[^()\n]|\([^()\n]*\))*\)"
    r"|<[A-Za-z][^<>\n]*>"
    r"|^\*?\[(?![\[^])[^\]\n]+\]:[^\n]*$",
    re.MULTILINE,
)
LINK_ENDS = re.compile(r"[^\[\]\n]*\](?=[(\[])")
HOLDS_BLOCKS = re.compile(r"(?:[-*+]|\d+[.)]|!!!|\?\?\?\+?|===|:)\s|\[\^")  # what is indented below it is no code
PARTS: dict[str, Callable[[list[Any]], Any]] = {"low": min, "high": max, "seeds": len}
Results = Mapping[str, Run]
Show = Callable[[str, str], str]  # (text, origin) -> Markdown


def fill(markdown: str, results: Results, where: str, *, first_line: int = 1, show: Show | None = None) -> str:
    """Markdown with its references replaced; RegenError for an unknown page or name, or a format that does not fit.

    `where` and `first_line` are for messages; `show` makes Markdown of a value's text and origin, but not inside a formula.
    """
    if "[" not in markdown and "{" not in markdown:
        return markdown
    formulas = [match.span() for match in FORMULA.finditer(markdown)]
    text_only = [match.span() for match in TEXT_ONLY.finditer(markdown)]
    code = _indented_code(markdown)

    def replace(match: re.Match[str]) -> str:
        if _inside(code, match.start()):
            return match[0]
        place = f"{where}:{first_line + markdown.count(chr(10), 0, match.start())}"
        in_formula = _inside(formulas, match.start())
        if match["escaped"]:
            return match[0] if in_formula else "[["
        if match["brackets"] is not None:
            _check_brackets(match["inside"], match["after"], in_formula, results, place)
        named = results.get(match["of"] or "")
        is_link = LINK_ENDS.match(markdown, match.end())
        if named and match["value"] in named.values and not in_formula and not is_link:
            _refuse(place, match["single"])
        if not match["name"]:
            return match[0]
        text, origin = _resolve(match, results, f"{place}: {match[0]}")
        if show is None or in_formula or _inside(text_only, match.start()):
            return text
        return show(text, origin)

    return TOKEN.sub(replace, markdown)


def _inside(spans: list[tuple[int, int]], position: int) -> bool:
    return any(start <= position < end for start, end in spans)


def _indented_code(markdown: str) -> list[tuple[int, int]]:
    """Where lines are code because they are indented: after an empty line, and below nothing that holds indented text."""
    found: list[tuple[int, int]] = []
    above = ""  # the first line of the last block that was not indented
    after_gap = True  # at the beginning, after an empty line, and within code
    position = 0
    for line in markdown.splitlines(keepends=True):
        if not line.strip():
            after_gap = True
        elif line.startswith(("    ", "\t")):
            if after_gap and not HOLDS_BLOCKS.match(above):
                found.append((position, position + len(line)))
            else:
                after_gap = False
        else:
            text = line.lstrip(" ")
            if HOLDS_BLOCKS.match(text) or (after_gap and text == line):
                above = text
            after_gap = text.startswith("#")  # below a heading nothing needs an empty line
        position += len(line)
    return found


def _check_brackets(inside: str, after: str, in_formula: bool, results: Results, place: str) -> None:
    """RegenError for brackets that look like a reference and are none; a link, a matrix and a formula are left alone."""
    if after.startswith(("](", "]](", "]][")):  # a link, its text in brackets
        return
    page = re.match(r"[\w-]*", inside.strip())
    of_a_page = page is not None and page[0] in results and not inside.strip()[page.end() :].startswith(" ")
    closed = after.startswith("]]") and not in_formula and not NO_WORD.fullmatch(inside)
    if closed or of_a_page or ALMOST.fullmatch(inside.strip()):
        _refuse(place, f"[[{inside}{after[:2].rstrip()}")


def _refuse(place: str, shown: str) -> NoReturn:
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
