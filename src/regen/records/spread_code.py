"""The code behind the runs with all seeds: what it was, and whether it is still the same."""

import ast
import hashlib
import io
import json
import tokenize
import warnings
from collections.abc import Sequence

from regen.config import Config
from regen.execution.results import Run
from regen.records.record import Record
from regen.script.reading import Script

__all__ = ["code_of", "stale_spread", "strip_code"]


def code_of(script: Script, run: Run, config: Config) -> dict[str, str]:
    """Give name and hash of the code that a run comes from: the page's, and first-party modules.

    Comments, docstrings and blank lines do not count. The expressions of values and claims do.
    """
    parts = []
    for cell in script.code:
        parts += [
            strip_code(cell.source),
            *cell.options.values.values(),
            *cell.options.claims.values(),
        ]
    code = {"code": _sha256(json.dumps(parts))}
    for name in sorted(run.dependencies):
        path = config.root / name
        if name.endswith(".py") and path.is_file():
            source = path.read_bytes().decode("utf-8-sig", "replace")
            code[name] = _sha256(strip_code(source))
    return code


def stale_spread(script: Script, run: Run, record: Record, config: Config) -> list[str]:
    """Name the code that has changed since the runs with all seeds; empty if their spread holds.

    It holds where the code is the same, or is what `still_holds` of the record vouches for.
    """
    if not record.spread_code:
        return []
    now = code_of(script, run, config)
    if now == record.spread_code:
        return []
    vouched = record.still_holds.get("code", record.spread_code)
    return [name for name in sorted({*vouched, *now}) if vouched.get(name) != now.get(name)]


def strip_code(source: str) -> str:
    """Remove comments, docstrings, blank lines and blanks at the ends of lines.

    Code that cannot be parsed, as in a cell that shows a syntax error, keeps its comments.
    """
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    try:
        # a doubtful escape warns, and is none of our business
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError):
        tree = None
    if tree:
        # from the last to the first, so that the places of the others stay what they are
        for place in sorted(_comments(lines) + _docstrings(tree, lines), reverse=True):
            _cut(lines, place)
    stripped = [line.rstrip() for line in lines]
    return "\n".join(line for line in stripped if line)


Place = tuple[tuple[int, int], tuple[int, int]]
"""Of the first letter, and of the one after the last: line, from 1, and column, from 0."""


def _comments(lines: Sequence[str]) -> list[Place]:
    text = "\n".join(lines) + "\n"
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [(token.start, token.end) for token in tokens if token.type == tokenize.COMMENT]


def _docstrings(tree: ast.Module, lines: Sequence[str]) -> list[Place]:
    places = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0] if node.body else None
        if ast.get_docstring(node, clean=False) is None or first is None:
            continue
        end_line = first.end_lineno or first.lineno
        start = (first.lineno, _column(lines[first.lineno - 1], first.col_offset))
        end = (end_line, _column(lines[end_line - 1], first.end_col_offset or 0))
        places.append((start, end))
    return places


def _column(line: str, offset: int) -> int:
    """Give the column in characters; the parser counts bytes of UTF-8."""
    return len(line.encode("utf-8")[:offset].decode("utf-8"))


def _cut(lines: list[str], place: Place) -> None:
    (first, start), (last, end) = place
    rest = lines[last - 1][end:]
    lines[first - 1] = lines[first - 1][:start] + rest
    # the lines between are kept as blank ones: other places are counted in lines
    for index in range(first, last):
        lines[index] = ""


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
