"""TeX as SVG at build time: no script, no font, in the color of the text around it.

A glyph is drawn once on a page, and each formula refers to the glyphs that it is made of.
"""

import contextlib
import hashlib
import html
import re
import warnings
from collections.abc import Callable
from pathlib import Path

from regen.errors import RegenError
from regen.files import write_whole

__all__ = ["draw_all"]

SIZE = 24.0
"""Pixels per em while drawing; the page scales the drawing to its own text."""
FORMAT = 2
"""Of the kept drawings; another one, and all are drawn anew."""
ARITHMATEX = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\[(\[](?P<tex>.*?)\\[)\]]</(?P=tag)>', re.DOTALL
)
GLYPH = re.compile(
    r'<symbol id="(?P<name>[^"]+)" (?P<glyph>viewBox="[^"]*">.*?)</symbol>', re.DOTALL
)
BLANK = re.compile(r'<symbol id="([^"]+)"[^>]*/>')
"""A glyph without an outline, such as a space."""
FAMILY = re.compile(r"\bSTIXTwoMathRegular_")
BOX = re.compile(r'^<svg [^>]*viewBox="(\S+) (\S+) (\S+) (\S+)"')


def draw_all(page_html: str, cache: Path, where: Callable[[str], str]) -> str:
    """Draw each formula of a page; its TeX is the accessible label.

    Args:
        page_html: the page, with formulas as pymdownx.arithmatex gives them.
        cache: the folder in which drawings are kept.
        where: says for a message where a formula stands, given its TeX.

    Returns:
        The page; the outlines of its glyphs stand at its end.

    Raises:
        RegenError: a formula cannot be drawn.
    """
    glyphs: dict[str, str] = {}

    def take_out(match: re.Match[str]) -> str:
        glyphs.setdefault(match["name"], match["glyph"])
        return ""

    def replace(match: re.Match[str]) -> str:
        tag = match["tag"]
        tex = html.unescape(match["tex"]).strip()
        is_display = tag == "div"
        kind = "formula display" if is_display else "formula"
        label = html.escape(tex, quote=True)
        svg = GLYPH.sub(take_out, _kept(tex, is_display, cache, where))
        return f'<{tag} class="{kind}" role="img" aria-label="{label}">{svg}</{tag}>'

    drawn = ARITHMATEX.sub(replace, page_html)
    if not glyphs:
        return drawn
    symbols = [f'<symbol id="{name}" {glyph}</symbol>' for name, glyph in sorted(glyphs.items())]
    sheet = "".join(symbols)
    return f'{drawn}\n<svg class="glyphs" width="0" height="0" aria-hidden="true">{sheet}</svg>'


def _kept(tex: str, is_display: bool, cache: Path, where: Callable[[str], str]) -> str:
    """The kept drawing of a formula, or a new one, which is kept where that can be."""
    key = hashlib.sha256(f"{FORMAT} {is_display} {tex}".encode()).hexdigest()[:24]
    path = cache / f"{key}.svg"
    if path.exists():
        return path.read_text(encoding="utf-8")
    svg = _draw(tex, is_display, where)
    # in a read-only checkout, or on a full disk, it is drawn again next time
    with contextlib.suppress(OSError):
        write_whole(path, svg)
    return svg


def _draw(tex: str, is_display: bool, where: Callable[[str], str]) -> str:
    with warnings.catch_warnings():
        # of importlib.resources, as ziamath calls it
        warnings.simplefilter("ignore", DeprecationWarning)
        import ziamath  # only for a formula that is new

    ziamath.config.svg2 = True
    ziamath.config.precision = 2
    try:
        formula = ziamath.Latex(tex, size=SIZE, inline=not is_display, color="currentColor")
        svg = formula.svg()
        (box,) = BOX.findall(svg)
    except Exception as error:
        what = f"the formula ${tex}$ cannot be drawn: {type(error).__name__}: {error}."
        remedy = "Look for a bracket that is not closed, or a command that is not known."
        raise RegenError(f"{where(tex)}: {what} {remedy}") from error
    return _scaled(_with_short_names(svg), *map(float, box))


def _with_short_names(svg: str) -> str:
    """The drawing, its glyphs named by their numbers in the font, without those that are blank."""
    for name in BLANK.findall(svg):
        svg = re.sub(rf'<use href="#{name}"[^>]*/>', "", svg)
    return FAMILY.sub("glyph-", BLANK.sub("", svg))


def _scaled(svg: str, left: float, top: float, width: float, height: float) -> str:
    """The drawing in units of the text around it, its baseline on that of the text."""
    style = ";".join(
        [
            f"width:{width / SIZE:.3f}em",
            f"height:{height / SIZE:.3f}em",
            f"vertical-align:{-(top + height) / SIZE:.3f}em",
        ]
    )
    _, _, content = svg.partition(">")
    box = f"{left:g} {top:g} {width:g} {height:g}"
    return f'<svg viewBox="{box}" style="{style}" aria-hidden="true">{content}'
