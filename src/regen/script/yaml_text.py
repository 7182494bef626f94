"""YAML whose values all arrive as text, as written (`yes`, `1e-9`, dates), with their lines."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

from regen.errors import LineError

__all__ = ["Entry", "read_mapping"]

KEY_AND_TEXT = re.compile(r"\s*(?:- )?(?P<key>[^\s:'\"#]+):\s+(?P<text>.*\S)\s*")
COMMENT_BEHIND = re.compile(r"[ \t]+#")
PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")}


@dataclass(frozen=True)
class Entry:
    """A value in YAML: text, a list or a mapping, with its place and its wording."""

    content: "str | list[Entry] | dict[str, Entry]"
    line: int
    """Of its key in the file, or of itself in a list."""
    written: str
    """As it stands in the file."""

    def text(self, name: str) -> str:
        """Give the text, which must not be empty.

        Raises:
            LineError: it is a list, a mapping, or empty.
        """
        if not isinstance(self.content, str):
            remedy = f"Quote it: {_quoted(name, self.written)}"
            raise LineError(self.line, f"{name}: found {self._kind}, expected text. {remedy}")
        if not self.content.strip():
            raise LineError(self.line, f"{name}: nothing stands behind the colon, expected text.")
        return self.content.strip()

    def texts(self, name: str) -> list[str]:
        """Give a list of texts.

        Raises:
            LineError: it is something else.
        """
        if not isinstance(self.content, list):
            what = f"{name}: found {self._kind}, expected a list: `{name}: [one, two]`."
            raise LineError(self.line, what)
        return [entry.text(name) for entry in self.content]

    def mapping(self, name: str) -> "dict[str, Entry]":
        """Give a mapping of names.

        Raises:
            LineError: it is something else, or empty.
        """
        if not isinstance(self.content, dict) or not self.content:
            what = f"{name}: found {self._kind}, expected one or more lines `name: ...` below it."
            raise LineError(self.line, what)
        return self.content

    @property
    def _kind(self) -> str:
        if not self.content:
            return "nothing"
        if isinstance(self.content, str):
            return f"the text {self.content!r}"
        if isinstance(self.content, list):
            return f"a list, {self.written}"
        return f"a mapping, {self.written}"


def read_mapping(lines: list[str], first_line: int) -> dict[str, Entry]:
    """Read lines of YAML, of which the first stands on `first_line` of its file.

    Raises:
        LineError: it does not parse, is no mapping, has a key twice, or holds what would be lost
            (a comment behind a value) or change its meaning (a tag, an alias).
    """
    text = "\n".join(lines)
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise _no_yaml(error, lines, first_line) from error
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        what = f"found {lines[0].strip()!r}, expected `key: value`, one a line."
        raise LineError(first_line, what)
    content = _Reader(text, first_line).entry(node, first_line).content
    assert isinstance(content, dict)
    return content


def _quoted(name: str, text: str) -> str:
    """Show how a text is written so that YAML leaves it alone."""
    if '"' not in text and "\\" not in text:
        return f'`{name}: "{text}"`'
    doubled = text.replace("'", "''")
    return f"`{name}: '{doubled}'`"


class _Reader:
    """Makes entries of the nodes that the parser of YAML found in a text."""

    def __init__(self, text: str, first_line: int) -> None:
        self.text = text
        self.first_line = first_line
        self.seen: list[Any] = []

    def entry(self, node: Any, line: int) -> Entry:
        """Make an entry of a node whose key stands on `line`."""
        written = self.text[node.start_mark.index : node.end_mark.index].strip()
        if node.tag not in PLAIN_TAGS:
            raise LineError(line, f"found a tag of YAML, {written!r}. Write the value without `!`.")
        # an alias is the node of its anchor, once more
        if any(node is other for other in self.seen):
            what = f"found an alias of YAML (`*name`), for {written!r}. Write the value out."
            raise LineError(line, what)
        self.seen.append(node)
        if isinstance(node, yaml.ScalarNode):
            self._check_comment(node, line)
            return Entry(node.value, line, written)
        if isinstance(node, yaml.SequenceNode):
            items = [self.entry(item, self._line(item)) for item in node.value]
            return Entry(items, line, written)
        return Entry(self._mapping(node), line, written)

    def _mapping(self, node: Any) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for key, value in node.value:
            line = self._line(key)
            name = self.entry(key, line).content
            if not isinstance(name, str):
                raise LineError(line, "found a list or a mapping before a colon, expected a name.")
            if name in found:
                what = f"{name} stands there twice, first at line {found[name].line}."
                raise LineError(line, f"{what} Remove one of the two.")
            found[name] = self.entry(value, line)
        return found

    def _line(self, node: Any) -> int:
        line: int = self.first_line + node.start_mark.line
        return line

    def _check_comment(self, node: Any, line: int) -> None:
        """Refuse a comment behind a plain value: it may be meant as a part of it."""
        is_plain = node.style is None
        if not is_plain or not COMMENT_BEHIND.match(self.text, node.end_mark.index):
            return
        end = self.text.find("\n", node.end_mark.index)
        rest = self.text[node.end_mark.index :]
        if end >= 0:
            rest = self.text[node.end_mark.index : end]
        what = f"to YAML {rest.strip()!r} is a comment, and would be lost."
        whole = _quoted("name", node.value + rest.rstrip())
        raise LineError(line, f"{what} Remove it, or quote the whole: {whole}")


def _no_yaml(error: Exception, lines: list[str], first_line: int) -> LineError:
    """Say where and why lines do not parse; show how the value at fault is quoted."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    last = len(lines) - 1
    if mark is not None:
        last = min(mark.line, last)
    # the parser may notice only later: the line at fault is the last one that does not parse alone
    for at in range(last, -1, -1):
        pair = KEY_AND_TEXT.fullmatch(lines[at])
        if pair and not _parses(f"{pair['key']}: {pair['text']}"):
            remedy = f"Quote the value: {_quoted(pair['key'], pair['text'])}"
            return LineError(first_line + at, f"not valid YAML: {problem}. {remedy}")
    return LineError(first_line + last, f"not valid YAML: {problem}.")


def _parses(text: str) -> bool:
    compose: Callable[..., Any] = yaml.compose
    try:
        compose(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        return False
    return True
