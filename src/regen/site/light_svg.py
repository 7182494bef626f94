"""Figures as they stand within a page: light, each outline of a letter once, pictures in files.

A downloaded figure stays as it was drawn. On a page, matplotlib's SVG would weigh several times as
much: each figure brings the outlines of its letters along, and numbers to a millionth of a point.
"""

import base64
import re
from dataclasses import dataclass, field

__all__ = ["Sheet"]

DECIMALS = 2
"""Of a position in points; a screen shows no hundredth of one."""
SMALL = 4_000
"""Bytes of a picture that stays within the page: fetching it would take longer than reading it."""
HEADING = re.compile(r"^.*?(?=<svg)|<metadata>.*?</metadata>|<!--.*?-->", re.DOTALL)
"""What stands before the element, who drew it when, and what its letters spell."""
STYLE = re.compile(r"<style[^>]*>.*?</style>", re.DOTALL)
"""The same in each figure; the site's style sheet has it."""
OUTLINE = re.compile(
    r'<path id="(?P<name>[A-Za-z][\w-]*-[0-9a-f]+)"'
    r'(?P<rest>[^>]*? transform="scale\(0\.015625\)"[^>]*?)/>'
)
"""A letter, in the units of its font."""
NO_DEFINITIONS = re.compile(r"<defs>\s*</defs>")
PICTURE = re.compile(r'(?<=href=")data:image/png;base64,(?P<data>[^"]*)(?=")')
PLACED = re.compile(r'(?<= d=")[^"]*|(?<= x=")[^"]*|(?<= y=")[^"]*|(?<=translate\()[^)]*')
"""Where positions stand. Factors of a scale are no positions."""
LONG = re.compile(r"-?\d+\.\d{3,}")
BETWEEN_TAGS = re.compile(r">\s+<")
SPACE = re.compile(r"\s+")
AT_THE_END = re.compile(r' (?=")')


@dataclass
class Sheet:
    """What the figures of one page share, and the files that they need beside the page."""

    outlines: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def slim(self, svg: str, name: str) -> str:
        """Make a figure light, and keep what it shares with others.

        Args:
            svg: as matplotlib writes it.
            name: of the figure on the page; its own identifiers begin with it.
        """
        svg = STYLE.sub("", HEADING.sub("", svg))
        shared = self._take_outlines(svg)
        svg = OUTLINE.sub(lambda match: "" if match["name"] in shared else match[0], svg)
        svg = NO_DEFINITIONS.sub("", svg)
        svg = self._take_pictures(svg, name)
        svg = PLACED.sub(lambda match: LONG.sub(_rounded, match[0]), svg)
        svg = _with_own_names(svg, name, shared)
        svg = SPACE.sub(" ", BETWEEN_TAGS.sub("><", svg.strip()))
        return AT_THE_END.sub("", svg)

    def element(self) -> str:
        """Write the outlines, which must stand once on the page; empty if there is none."""
        if not self.outlines:
            return ""
        paths = [f'<path id="{name}"{rest}/>' for name, rest in sorted(self.outlines.items())]
        content = "".join(paths)
        return f'<svg class="glyphs" width="0" height="0" aria-hidden="true">{content}</svg>'

    def _take_outlines(self, svg: str) -> set[str]:
        """Keep the outlines of a figure, and name those that are the page's from now on."""
        shared = set()
        for match in OUTLINE.finditer(svg):
            rest = SPACE.sub(" ", match["rest"]).rstrip()
            # two fonts may call two letters by one name
            if self.outlines.setdefault(match["name"], rest) == rest:
                shared.add(match["name"])
        return shared

    def _take_pictures(self, svg: str, name: str) -> str:
        """Keep the pictures within a figure as files."""
        count = 0

        def take_out(match: re.Match[str]) -> str:
            nonlocal count
            picture = base64.b64decode(match["data"])
            if len(picture) < SMALL:
                return SPACE.sub("", match[0])
            count += 1
            file = f"{name}-picture-{count}.png"
            self.files[file] = picture
            return file

        return PICTURE.sub(take_out, svg)


def _rounded(match: re.Match[str]) -> str:
    return f"{float(match[0]):.{DECIMALS}f}".rstrip("0").rstrip(".")


def _with_own_names(svg: str, name: str, shared: set[str]) -> str:
    """The figure with identifiers that no other figure has; those of shared outlines stay."""

    def renamed(match: re.Match[str]) -> str:
        return match[0] if match[1] in shared else f"{name}-{match[1]}"

    return re.sub(r'(?:(?<=\bid=")|(?<=href="#)|(?<=url\(#))([\w.:-]+)', renamed, svg)
