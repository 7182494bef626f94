"""What regen must know of a site: the table `[tool.regen]` in its pyproject.toml."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, fields
from inspect import formatannotation
from pathlib import Path
from typing import Any, get_args, get_origin


class RegenError(Exception):
    """Something a person must mend; the message says where, what was found, and what to do."""


@dataclass(frozen=True)
class Config:
    """The site's settings. All paths are relative to `root`, the folder of pyproject.toml."""

    root: Path
    _: KW_ONLY
    tutorials: str = "tutorials"  # folder of the scripts
    records: str = "tutorials/records"  # folder of the records
    store: str = ".regen"  # folder of the kept results; may be deleted at any time
    packages: list[str] = field(default_factory=list)  # first-party: a change in an imported module makes a run stale
    data: list[str] = field(default_factory=list)  # globs of data files that a run depends on
    versions: list[str] = field(default_factory=list)  # installed packages whose version a run depends on
    env: list[str] = field(default_factory=list)  # environment variables that a run depends on
    kernel_env: dict[str, str] = field(default_factory=dict)  # environment variables set for each kernel
    seed_env: str = ""  # the environment variable that overrides a page's seed
    seeds: list[int] = field(default_factory=list)  # its values for the further runs behind the tolerance `seeds`
    provenance: str = (
        ""  # "module:name", called in the kernel before a page; what it gives is called after it, and tells of the run
    )
    jobs: int = 2  # kernels side by side
    timeout: float = 600.0  # seconds that one cell may take
    startup_timeout: float = 120.0  # seconds that a kernel may take to start
    kernel_name: str = "python3"
    allow_errors: bool = False  # show a cell's exception on the page and go on
    tags: list[str] = field(default_factory=list)  # that cells may have beside those of regen
    sources: dict[str, str] = field(default_factory=dict)  # what the front matter's `sources` stand for

    def record_path(self, page: str) -> Path:
        """The file of a page's record."""
        return self.root / self.records / f"{page}.json"


def in_ci() -> bool:
    """Whether nobody watches this run: services for continuous integration set the variable CI."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false", "no")


def read_text(path: Path) -> str:
    """A file of UTF-8 text, with or without a byte order mark; RegenError for another encoding."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RegenError(f"{path}: {not_utf8(error)}") from error


def not_utf8(error: UnicodeDecodeError) -> str:
    """What is wrong with a file of another encoding, and what to do."""
    return f"not UTF-8: {error.reason} at byte {error.start}. Save it as UTF-8."


def load_config(root: Path) -> Config:
    """Read `[tool.regen]` of the pyproject.toml in `root`; RegenError if it is missing, no TOML, or wrong in a setting."""
    path = root / "pyproject.toml"
    try:
        tool = tomllib.loads(read_text(path)).get("tool", {})
    except FileNotFoundError:
        raise RegenError(f"{path}: not found. Run regen in the folder of the site's pyproject.toml.") from None
    except OSError as error:
        raise RegenError(f"{path}: cannot be read: {error.strerror}.") from error
    except tomllib.TOMLDecodeError as error:
        raise RegenError(f"{path}: not valid TOML: {error}.") from error
    table = tool.get("regen") if isinstance(tool, dict) else None
    if not isinstance(table, dict):
        raise RegenError(f"{path}: no table [tool.regen]. Add one; it may be empty.")
    check(f"{path}: [tool.regen]", table, Config)
    if table.get("jobs", 1) < 1:
        raise RegenError(f"{path}: [tool.regen]: jobs = {table['jobs']}: expected 1 or more.")
    for pattern in table.get("data", []):
        if not pattern or Path(pattern).is_absolute():
            raise RegenError(f"{path}: [tool.regen]: data = {pattern!r}: expected a pattern relative to this folder.")
    return Config(root.resolve(), **table)


def check(where: str, found: Mapping[str, Any], form: type | None) -> None:
    """RegenError unless each key is a keyword-only field of the dataclass `form`, if any, and its value of its type."""
    known = {field.name: field.type for field in fields(form) if field.kw_only} if form else {}
    for key, value in found.items():
        if key not in known:
            raise RegenError(f"{where}: unknown key {key}. Known are: {', '.join(known) or 'none'}.")
        if not _fits(value, known[key]):
            raise RegenError(f"{where}: {key} = {value!r} is not understood. Expected {formatannotation(known[key])}.")


def _fits(value: Any, form: Any) -> bool:
    if item := get_args(form)[-1:]:
        items = value.values() if isinstance(value, dict) else value
        return isinstance(value, get_origin(form)) and all(_fits(each, *item) for each in items)
    return type(value) is form or (form is float and type(value) is int)
