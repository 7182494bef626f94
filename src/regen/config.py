"""What regen must know of a site: the table `[tool.regen]` in its pyproject.toml."""

import dataclasses
import tomllib
from dataclasses import dataclass, field
from pathlib import Path


class RegenError(Exception):
    """Something a person must mend; the message says where, what was found, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """The site's settings. All paths are relative to `root`, the folder of pyproject.toml."""

    root: Path
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
    provenance: str = ""  # "module:function", called in the kernel: what else a reader should know of a run
    jobs: int = 2  # kernels side by side
    timeout: float = 600.0  # seconds that one cell may take
    startup_timeout: float = 120.0  # seconds that a kernel may take to start
    kernel_name: str = "python3"
    allow_errors: bool = False  # show a cell's exception on the page and go on
    sources: dict[str, str] = field(default_factory=dict)  # what the front matter's `sources` stand for

    @property
    def store_dir(self) -> Path:
        """The folder of the kept results."""
        return self.root / self.store

    def record_path(self, page: str) -> Path:
        """The file of a page's record."""
        return self.root / self.records / f"{page}.json"


def load_config(root: Path) -> Config:
    """Read `[tool.regen]` of the pyproject.toml in `root`.

    Raises:
        RegenError: the file is missing or no TOML, or a setting is unknown or of the wrong type.
    """
    path = root / "pyproject.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("regen", {})
    except FileNotFoundError:
        raise RegenError(f"{path}: not found. Run regen in the folder of the site's pyproject.toml.") from None
    except tomllib.TOMLDecodeError as error:
        raise RegenError(f"{path}: not valid TOML: {error}.") from error
    defaults = Config(root=root.resolve())
    known = sorted(field.name for field in dataclasses.fields(Config) if field.name != "root")
    for name, value in table.items():
        if name not in known:
            raise RegenError(f"{path}: [tool.regen] {name}: unknown setting. Known are: {', '.join(known)}.")
        kind, item = type(getattr(defaults, name)), int if name == "seeds" else str
        items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise RegenError(f"{path}: [tool.regen] {name} = {value!r}: expected {kind.__name__}.")
        if any(type(each) is not item for each in items) or (name == "jobs" and value < 1):
            what = "1 or more" if name == "jobs" else f"{kind.__name__} of {item.__name__}"
            raise RegenError(f"{path}: [tool.regen] {name} = {value!r}: expected {what}.")
    return dataclasses.replace(defaults, **table)
