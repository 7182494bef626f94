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
    """The HTML of a page with each arithmatex element replaced by a drawing, its TeX as the accessible label.

    Raises:
        RegenError: a formula that cannot be drawn.
    """

    def replace(match: re.Match[str]) -> str:
        tex, display = html.unescape(match["tex"]).strip(), match["tag"] == "div"
        label = html.escape(tex, quote=True)
        kind = "formula display" if display else "formula"
        return f'<{match["tag"]} class="{kind}" role="img" aria-label="{label}">{_draw(tex, display, cache, where)}</{match["tag"]}>'

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
    except Exception as error:
        raise RegenError(f"{where}: the formula ${tex}$ cannot be drawn: {type(error).__name__}: {error}.") from error
    head = re.match(r'<svg [^>]*viewBox="(\S+) (\S+) (\S+) (\S+)"[^>]*>', svg)
    if not head:
        raise RegenError(f"{where}: the formula ${tex}$ gives no drawing.")
    left, top, width, height = map(float, head.groups())
    style = f"width:{width / SIZE:.3f}em;height:{height / SIZE:.3f}em;vertical-align:{-(top + height) / SIZE:.3f}em"
    svg = f'<svg viewBox="{left:g} {top:g} {width:g} {height:g}" style="{style}" aria-hidden="true">{svg[head.end() :]}'
    write_whole(kept, svg)
    return svg
