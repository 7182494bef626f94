"""Text with carriage returns, backspaces and terminal codes, as a terminal shows it in the end."""

import re

__all__ = ["resolve"]

TOKEN = re.compile(
    r"""
    \x1b\[ (?P<numbers>[0-?]*) [ -/]* (?P<code>[@-~])   # colors, the cursor, erasing
    | \x1b [\]P^_X] .*? (?:\x07|\x1b\\|\Z)              # a title, a link
    | \x1b [ -/]* [0-~]?                                # any other escape
    | \x1b
    | (?P<move>[\n\r\b])
    | [\x00-\x06\x07\x0e-\x1a\x1c-\x1f\x7f]             # a bell and others that show nothing
    | (?P<text>[^\x00-\x08\n\r\x0e-\x1f\x7f]+)
    """,
    re.VERBOSE | re.DOTALL,
)
COLORS = re.compile(r"\x1b\[[0-9;:]*m")
CONTROL = re.compile(r"[\x00-\x08\r\x0e-\x1f\x7f]")
WIDEST = 500  # the column beyond which the cursor does not go without text


def resolve(text: str) -> str:
    """Resolve terminal codes: what was overwritten or erased and colors are gone, tabs kept.

    Blanks at the end of a line are dropped where the line was overwritten or erased.
    """
    text = COLORS.sub("", text)
    if not CONTROL.search(text):
        return text
    text = text.replace("\r\n", "\n")
    screen = _Screen()
    for token in TOKEN.finditer(text):
        if token["text"]:
            screen.write(token["text"])
        elif token["move"]:
            screen.move(token["move"])
        elif token["code"]:
            screen.control(token["code"], token["numbers"])
    return screen.text()


class _Screen:
    """Lines of characters, as many as were printed, and a cursor."""

    def __init__(self) -> None:
        self.lines: list[list[str]] = [[]]
        self.row = 0
        self.column = 0
        self.changed: set[int] = set()
        """Lines that were overwritten or erased."""

    @property
    def line(self) -> list[str]:
        return self.lines[self.row]

    def text(self) -> str:
        shown = []
        for row, line in enumerate(self.lines):
            content = "".join(line)
            if row in self.changed:
                content = content.rstrip(" ")
            shown.append(content)
        return "\n".join(shown)

    def write(self, text: str) -> None:
        gap = self.column - len(self.line)
        if gap > 0:
            self.line.extend(" " * gap)
        elif gap < 0:
            self.changed.add(self.row)
        end = self.column + len(text)
        self.line[self.column : end] = text
        self.column = end

    def move(self, character: str) -> None:
        if character == "\r":
            self.column = 0
        elif character == "\b":
            self.column = max(0, self.column - 1)
        else:
            self.row += 1
            self.column = 0
            if self.row == len(self.lines):
                self.lines.append([])

    def control(self, code: str, numbers: str) -> None:
        first = numbers.partition(";")[0]
        given = int(first[:6]) if first.isdecimal() else None
        # a move by nothing, or by 0, is one by 1
        count = given or 1
        match code:
            case "A" | "F":
                self.row = max(0, self.row - count)
            case "B" | "E":
                self.row = min(len(self.lines) - 1, self.row + count)
            case "C":
                widest = max(WIDEST, len(self.line))
                self.column = min(self.column + count, widest)
            case "D":
                self.column = max(0, self.column - count)
            case "G":
                self.column = min(count - 1, max(WIDEST, len(self.line)))
            case "H" | "f" if not numbers.strip("1;"):
                self.row = 0
                self.column = 0
            case "K":
                self._erase_line(given or 0)
            case "J":
                self._erase_screen(given or 0)
        if code in "EF":
            self.column = 0

    def _erase_line(self, what: int) -> None:
        """Erase to the end of the line (0), to its start (1), or all of it (2)."""
        self.changed.add(self.row)
        if what == 0:
            del self.line[self.column :]
        elif what == 1:
            end = min(self.column + 1, len(self.line))
            self.line[:end] = " " * end
        else:
            self.line.clear()

    def _erase_screen(self, what: int) -> None:
        """Erase what stands behind the cursor (0), before it (1), or all (2 and 3)."""
        if what == 0:
            self._erase_line(0)
            del self.lines[self.row + 1 :]
        elif what == 1:
            self._erase_line(1)
            for line in self.lines[: self.row]:
                line.clear()
        else:
            self.lines = [[]]
            self.changed = set()
            # the cursor stays in its column, at the top
            self.row = 0
