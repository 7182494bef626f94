"""TeX as SVG at build time: no script, no font, in the colour of the text around it."""

import hashlib
import html
import re
import warnings
from pathlib import Path

from regen.config import RegenError
from regen.store import write_whole

SIZE = 24.0  # pixels per em while drawing; the page scales it to its own text
ARITHMATEX = re.compile(r'<(?P<tag>span|div) class="arithmatex">\\[(\[](?P<tex>.*?)\\[)\]]</(?P=tag)>', re.DOTALL)


def draw_all(page_html: str, cache: Path, where: str) -> str:
    """The HTML of a page with each formula drawn, its TeX as the accessible label; RegenError if one cannot be drawn."""

    def replace(match: re.Match[str]) -> str:
        tag, tex = match["tag"], html.unescape(match["tex"]).strip()
        kind, svg = "formula display" if tag == "div" else "formula", _draw(tex, tag == "div", cache, where)
        return f'<{tag} class="{kind}" role="img" aria-label="{html.escape(tex, quote=True)}">{svg}</{tag}>'

    return ARITHMATEX.sub(replace, page_html)


def _draw(tex: str, display: bool, cache: Path, where: str) -> str:
    kept = cache / f"{hashlib.sha256(f'1 {display} {tex}'.encode()).hexdigest()[:24]}.svg"
    if kept.exists():
        return kept.read_text(encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of importlib.resources, as ziamath calls it
        import ziamath  # only for a formula that is new

    ziamath.config.svg2 = False
    ziamath.config.precision = 2
    try:
        svg = ziamath.Latex(tex, size=SIZE, inline=not display, color="currentColor").svg()
        (box,) = re.findall(r'^<svg [^>]*viewBox="(\S+) (\S+) (\S+) (\S+)"', svg)
    except Exception as error:
        raise RegenError(f"{where}: the formula ${tex}$ cannot be drawn: {type(error).__name__}: {error}.") from error
    left, top, width, height = map(float, box)
    style = f"width:{width / SIZE:.3f}em;height:{height / SIZE:.3f}em;vertical-align:{-(top + height) / SIZE:.3f}em"
    svg = f'<svg viewBox="{left:g} {top:g} {width:g} {height:g}" style="{style}" aria-hidden="true">{svg.partition(">")[2]}'
    write_whole(kept, svg)
    return svg
