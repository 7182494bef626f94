"""Results of runs, kept by what they depend on: a run is fresh while all of its inputs are what they were."""

import ctypes
import hashlib
import importlib.metadata
import importlib.util
import json
import math
import os
import platform
import tempfile
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from regen.config import Config
from regen.tutorial import Tutorial

FORMAT = 2  # of an entry; a change makes all kept results stale
KEEP = 12  # entries per page


@dataclass(frozen=True)
class Output:
    """What a cell showed: `kind` is stdout, stderr, error, text, or the MIME type of a picture or of HTML."""

    kind: str
    content: str


@dataclass(frozen=True)
class CellRun:
    """One code cell's outputs and named values; `quoted` holds the sources of the values that are quotations."""

    outputs: tuple[Output, ...]
    values: dict[str, Any]
    quoted: dict[str, str]


@dataclass(frozen=True)
class Run:
    """One execution of a page: a result per code cell, and where it comes from."""

    page: str
    cells: tuple[CellRun, ...]
    modules: tuple[str, ...]  # first-party modules that it imported
    provenance: dict[str, str]

    @property
    def values(self) -> dict[str, Any]:
        """All named values of the page."""
        return {name: value for cell in self.cells for name, value in cell.values.items()}

    @property
    def quoted(self) -> dict[str, str]:
        """The sources of the values that are quotations."""
        return {name: source for cell in self.cells for name, source in cell.quoted.items()}


def inputs(tutorial: Tutorial, modules: tuple[str, ...], config: Config, env: dict[str, str]) -> dict[str, str]:
    """All that a run depends on, by name: code, modules, data, versions, device, environment."""
    code = [[cell.source, cell.values, cell.quoted] for cell in tutorial.code]
    found = {"format": str(FORMAT), "code": _sha256(json.dumps(code).encode())}
    found |= {module: _hash_file(module_path(module)) for module in modules}
    files = sorted(path for pattern in config.data for path in config.root.glob(pattern))
    found["data"] = _sha256("".join(_hash_file(path) for path in files).encode())
    found["python"] = platform.python_version()
    found |= {package: _version(package) for package in config.versions}
    found["device"] = device_kind()
    found |= {name: env.get(name, "") for name in config.env}
    found["settings"] = json.dumps([config.kernel_env, config.kernel_name, config.provenance, config.allow_errors])
    return found


class Store:
    """The kept results, one file each under `<store>/<page>/`. A damaged file counts as absent."""

    def __init__(self, config: Config, env: dict[str, str] | None = None) -> None:
        self.config = config
        self.env = dict(os.environ) if env is None else env

    def lookup(self, tutorial: Tutorial) -> tuple[Run | None, str]:
        """The fresh run of a page and "", or none and the reason why there is none."""
        reason = "never run"
        for path in reversed(self._entries(tutorial.name)):  # the newest has the last word on the reason
            entry = _read_entry(path)
            if entry is None:
                reason = f"damaged entry {path.name}"
                continue
            before, now = entry["inputs"], inputs(tutorial, tuple(entry["run"]["modules"]), self.config, self.env)
            if now == before:
                return _run_from(entry["run"]), ""
            reason = f"changed: {', '.join(name for name in {**before, **now} if before.get(name) != now.get(name))}"
        return None, reason

    def latest(self, page: str) -> Run | None:
        """The newest kept run of a page, fresh or not."""
        entries = filter(None, map(_read_entry, self._entries(page)))
        return next((_run_from(entry["run"]) for entry in entries), None)

    def save(self, tutorial: Tutorial, run: Run, began: float = math.inf) -> None:
        """Keep a run, unless a module was edited since it began; the oldest beyond a dozen are dropped."""
        if any(path.exists() and path.stat().st_mtime > began for path in map(module_path, run.modules)):
            return
        found = inputs(tutorial, run.modules, self.config, self.env)
        payload = json.dumps({"inputs": found, "run": asdict(run)})
        key = _sha256(json.dumps(found, sort_keys=True).encode())[:16]
        path = self.config.store_dir / run.page / f"{key}.json"
        write_whole(path, f"{_sha256(payload.encode())}\n{payload}")
        for old in self._entries(run.page)[KEEP:]:
            old.unlink(missing_ok=True)

    def _entries(self, page: str) -> list[Path]:
        """The newest first."""
        return sorted((self.config.store_dir / page).glob("*.json"), key=lambda path: -path.stat().st_mtime_ns)


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".part-", delete=False) as part:
        part.write(text)
    os.chmod(part.name, 0o644)
    os.replace(part.name, path)


def _read_entry(path: Path) -> Any:
    """The entry, or none where the file is not what was written."""
    try:
        checksum, _, payload = path.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    return json.loads(payload) if _sha256(payload.encode()) == checksum else None


def _run_from(found: dict[str, Any]) -> Run:
    cells = tuple(
        CellRun(tuple(Output(**output) for output in cell["outputs"]), cell["values"], cell["quoted"])
        for cell in found["cells"]
    )
    return Run(found["page"], cells, tuple(found["modules"]), found["provenance"])


@cache
def device_kind() -> str:
    """`cpu`, or the name of the first GPU: asked of the CUDA driver, since importing torch would take seconds."""
    for library in ("libcuda.so.1", "nvcuda.dll"):
        try:
            driver = ctypes.CDLL(library)
        except OSError:
            continue
        count, device, name = ctypes.c_int(), ctypes.c_int(), ctypes.create_string_buffer(100)
        if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)) or not count.value:
            return "cpu"
        if driver.cuDeviceGet(ctypes.byref(device), 0) or driver.cuDeviceGetName(name, 100, device):
            return "cuda"
        return name.value.decode()
    return "cpu"


@cache
def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def module_path(module: str) -> Path:
    """The file of a module, found without importing it or its parents."""
    package, *rest = module.split(".")
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return Path(spec.origin) if spec and spec.origin else Path(package)
    path = Path(next(iter(spec.submodule_search_locations)), *rest)
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _hash_file(path: Path) -> str:
    return _hash_known(path, path.stat().st_mtime_ns, path.stat().st_size) if path.is_file() else "missing"


@cache
def _hash_known(path: Path, mtime_ns: int, size: int) -> str:
    return _sha256(path.read_bytes())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
