"""What regen must know of a site: `[tool.regen]` in its pyproject.toml, read and checked."""

import importlib.util
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field, fields
from inspect import formatannotation
from pathlib import Path
from typing import Any

from regen.errors import RegenError
from regen.files import read_text
from regen.types import has_type

__all__ = ["Config", "check_declared", "in_ci", "load_config"]

GONE = {
    "store": "Its name is `cache` now.",
    "versions": "Remove it: the packages that a page imports are observed, with their versions.",
    "kernel_name": "Remove it: pages run in the Python that runs regen.",
    "allow_errors": "Remove it, and tag each cell that shows an exception: raises-exception.",
}
"""Settings of the first edition, and what has taken their place."""


@dataclass(frozen=True)
class Config:
    """The site's settings. All paths are relative to `root`, the folder of pyproject.toml."""

    root: Path
    _: KW_ONLY
    tutorials: str = "tutorials"
    """Folder of the scripts."""
    records: str = "tutorials/records"
    """Folder of the records."""
    cache: str = ".regen"
    """Folder of the kept results; may be deleted at any time."""
    templates: str = ""
    """Folder of the site's own templates for a page's head and foot; "" for none."""
    packages: list[str] = field(default_factory=list)
    """The site's own packages. They are observed wherever they lie, also outside of `root`."""
    data: list[str] = field(default_factory=list)
    """Globs of files that each page depends on, beside those that it was seen to open."""
    env: list[str] = field(default_factory=list)
    """Environment variables that kernels see, and on which each page depends."""
    kernel_env: dict[str, str] = field(default_factory=dict)
    """Environment variables set for each kernel."""
    seed_env: str = ""
    """The environment variable that overrides a page's seed."""
    seeds: list[int] = field(default_factory=list)
    """Its values for the further runs behind the tolerance `seeds`."""
    exercises: str = ""
    """Folder of the exercises, each file of the name of its page; "" for none."""
    source_folds: list[str] = field(default_factory=list)
    """Modules of the site's packages. Where a page imports a function or a class of theirs, it
    shows the source, folded."""
    wheel: str = ""
    """The package of which the site offers a wheel, at its root; "" for none."""
    notebooks: str = ""
    """Branch of the site's repository that holds the built notebooks, each where it lies on the
    site; "" for none."""
    policy: bool = False
    """Whether each page has a Content-Security-Policy: nothing is loaded from another host, and no
    inline script runs but those of the page itself. Not while serving."""
    llms: bool = False
    """Whether the site is offered as plain Markdown too: llms.txt and llms-full.txt at its root."""
    search_boost: float = 1.0
    """How much a script's page counts in the site's search, as a multiple of an article."""
    provenance: str = ""
    """`module:name`, called in the kernel before a page; what it gives is called after the page,
    and says what is worth knowing of the run."""
    jobs: int = 2
    """Kernels side by side."""
    timeout: float = 600.0
    """Seconds that one cell may take."""
    startup_timeout: float = 120.0
    """Seconds that a kernel may take to start."""
    tags: list[str] = field(default_factory=list)
    """Tags that cells may have beside those of regen."""
    sources: dict[str, str] = field(default_factory=dict)
    """What the front matter's `sources` stand for."""

    @property
    def variables(self) -> list[str]:
        """The environment variables that kernels see because the site declares them."""
        names = [*self.env, self.seed_env]
        return sorted({name for name in names if name})

    def record_path(self, page: str) -> Path:
        """The file of a page's record."""
        return self.root / self.records / f"{page}.json"


def in_ci() -> bool:
    """Whether nobody looks on: services for continuous integration set the variable CI."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false", "no")


def load_config(root: Path) -> Config:
    """Read `[tool.regen]` of the pyproject.toml in `root`.

    Raises:
        RegenError: the file is missing or not valid TOML, has no such table, or a setting is wrong.
    """
    path = root / "pyproject.toml"
    table = _table(path)
    where = f"{path}: [tool.regen]"
    for name, instead in GONE.items():
        if name in table:
            raise RegenError(f"{where}: the setting {name} is gone. {instead}")
    _check_settings(where, table)
    jobs = table.get("jobs", 1)
    if jobs < 1:
        raise RegenError(f"{where}: jobs = {jobs}: expected 1 or more.")
    for name in ("timeout", "startup_timeout"):
        seconds = table.get(name, 1)
        if not seconds > 0:
            raise RegenError(f"{where}: {name} = {seconds}: expected more than 0 seconds.")
    for pattern in table.get("data", []):
        if not pattern or Path(pattern).is_absolute():
            expected = "expected a pattern relative to this folder."
            raise RegenError(f"{where}: data = {pattern!r}: {expected}")
    return Config(root.resolve(), **table)


def _table(path: Path) -> dict[str, Any]:
    try:
        whole = tomllib.loads(read_text(path))
    except FileNotFoundError:
        remedy = "Run regen in the folder of the site's pyproject.toml."
        raise RegenError(f"{path}: not found. {remedy}") from None
    except OSError as error:
        raise RegenError(f"{path}: cannot be read: {error.strerror}.") from error
    except tomllib.TOMLDecodeError as error:
        raise RegenError(f"{path}: not valid TOML: {error}.") from error
    tool = whole.get("tool")
    table = tool.get("regen") if isinstance(tool, dict) else None
    if not isinstance(table, dict):
        raise RegenError(f"{path}: no table [tool.regen]. Add one; it may be empty.")
    return table


def _check_settings(where: str, table: Mapping[str, Any]) -> None:
    """Check that each key of the table is a setting, and that its value is of the setting's type.

    Raises:
        RegenError: a key is unknown, or a value has another type.
    """
    known = {setting.name: setting.type for setting in fields(Config) if setting.kw_only}
    for key, value in table.items():
        if key not in known:
            raise RegenError(f"{where}: unknown key {key}. Known are: {', '.join(known)}.")
        if not has_type(value, known[key]):
            expected = formatannotation(known[key])
            raise RegenError(f"{where}: {key} = {value!r} is not understood. Expected {expected}.")


def check_declared(config: Config, env: Mapping[str, str] = os.environ) -> None:
    """Check that what `data`, `packages` and `env` name exists: a misspelt name guards nothing.

    Raises:
        RegenError: a glob that matches nothing, a package that is not there, or a variable that is
            neither set nor named in any text file of the site.
    """
    where = f"{config.root / 'pyproject.toml'}: [tool.regen]"
    for pattern in config.data:
        if not any(config.root.glob(pattern)):
            raise RegenError(f"{where}: data: {pattern!r} matches no file. Correct or remove it.")
    for package in config.packages:
        if not _is_there(package, config.root):
            remedy = "Correct the name, install the package, or remove it from the list."
            raise RegenError(f"{where}: packages: there is no package {package}. {remedy}")
    unset = {name for name in config.variables if name not in env}
    for path in _texts(config):
        if not unset:
            return
        text = path.read_text(encoding="utf-8", errors="replace")
        unset = {name for name in unset if not re.search(rf"\b{re.escape(name)}\b", text)}
    if unset:
        found = "which is neither set nor named in any script, package or document of the site"
        raise RegenError(f"{where}: env: {min(unset)}, {found}. Correct or remove it.")


def _is_there(package: str, root: Path) -> bool:
    # kernels run in the root, which is on their import path
    if (root / package).is_dir() or (root / f"{package}.py").is_file():
        return True
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def _texts(config: Config) -> Iterator[Path]:
    """The files in which a variable that means something to the site would be named."""
    root = config.root
    for path in sorted(root.iterdir()):
        # pyproject.toml names it in any case: that is where it is declared
        if path.is_file() and path.name != "pyproject.toml" and path.stat().st_size < 1_000_000:
            yield path
    folders = [root / config.tutorials, root / "docs", root / ".github"]
    for package in config.packages:
        folders += [root / package, root / "src" / package]
    for folder in folders:
        for suffix in ("py", "md", "yml", "yaml", "toml", "sh"):
            yield from sorted(folder.rglob(f"*.{suffix}"))
