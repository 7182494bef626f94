"""What a run depends on, by name: what it was seen to use, and what the site declares."""

import contextlib
import ctypes
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from regen.config import Config
from regen.script.reading import Script

__all__ = [
    "Observed",
    "changes",
    "current",
    "declared",
    "dependencies",
    "device_kind",
    "digest",
    "processor",
]

OURS = ("in_kernel", "kernel", "results", "terminal", "fingerprint")
"""The modules of regen that make a run, beside those of `drawing`."""
PACKAGE = Path(__file__).resolve().parents[1]
DIGEST = re.compile(r"[0-9a-f]{64}")
MISSING = "missing"
CHANGED = "changed while the page ran"
ABSENT = (-1, -1)
"""Size and time of change of a file that is not there, as in in_kernel.py."""
NOT_INSTALLED = "not installed"
NAMED_ALONE = ("code", "regen", "settings")
"""Names whose digests say nothing to a person."""


@dataclass(frozen=True)
class Observed:
    """What a kernel was seen to read."""

    files: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    """By the path of a file under the root: its size and time of change (ns) when it was opened;
    ABSENT if it was not there, None if nobody saw it opened."""
    outside: list[str] = field(default_factory=list)
    """Files of modules outside of the root that are the site's own, or have no version."""
    imported: list[str] = field(default_factory=list)
    """Top-level names of other modules that were imported, without the standard library's."""


def declared(script: Script, config: Config, env: Mapping[str, str]) -> dict[str, str]:
    """What every run of a page depends on, now: by name, a digest, a version or a value."""
    found = {
        "code": _sha256(json.dumps([_code(script)])),
        "settings": _sha256(json.dumps([config.kernel_env, config.provenance, config.packages])),
        "regen": _regen(),
        "python": platform.python_version(),
        "device": device_kind(),
        "processor": processor(),
    }
    for name in config.variables:
        found[f"env {name}"] = env.get(name, "")
    paths: set[Path] = set()
    for pattern in config.data:
        paths.update(config.root.glob(pattern))
    for path in sorted(paths):
        found[f"data {_relative(path, config.root)}"] = digest(path)
    return found


def dependencies(
    script: Script, observed: Observed, config: Config, env: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """All that a run depended on; and the files that have changed since it opened them."""
    found = declared(script, config, env)
    changed = []
    for name, opened in sorted(observed.files.items()):
        path = Path(name)
        short = _relative(path, config.root)
        # the digest first: a change while it is computed shows in what follows
        content = digest(path)
        if opened is not None and opened != _state(path):
            changed.append(short)
        if f"data {short}" not in found:
            found[short] = content
    for module in observed.outside:
        found[f"module {module}"] = digest(Path(module))
    for package in _distributions(observed.imported):
        found[package] = _version(package)
    if "matplotlib" in observed.imported:
        # it reads its settings in the folder where it runs: a file that is added later counts too
        path = config.root / "matplotlibrc"
        found[path.name] = digest(path)
    return found, changed


def current(
    names: Mapping[str, str], script: Script, config: Config, env: Mapping[str, str]
) -> dict[str, str]:
    """What the names of a kept run's dependencies stand for now, and what is declared now."""
    found = declared(script, config, env)
    for name, value in names.items():
        if name in found or name.startswith(("env ", "data ")):
            continue
        if name.startswith("module "):
            found[name] = digest(Path(name.removeprefix("module ")))
        elif value == MISSING or DIGEST.fullmatch(value):
            found[name] = digest(config.root / name)
        else:
            found[name] = _version(name)
    return found


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What differs, as a person would say it: `src/x.py`, `numpy 2.1.0 -> 2.2.0`, `env SEED`."""
    found = []
    for name in {**before, **now}:
        old = before.get(name)
        new = now.get(name)
        if old == new:
            continue
        is_version = old and new and not DIGEST.fullmatch(old) and not DIGEST.fullmatch(new)
        if new == MISSING:
            found.append(f"{name} (missing)")
        elif is_version and name not in NAMED_ALONE and not name.startswith("env "):
            found.append(f"{name} {old} -> {new}")
        else:
            found.append(name)
    return found


def _code(script: Script) -> list[object]:
    """What the kernel executes: not how the page shows it, and not what its numbers may be."""
    cells: list[object] = []
    for cell in script.code:
        options = cell.options
        may_raise = "raises-exception" in options.tags
        asked = [options.values, options.quoted, options.recorded, options.claims, options.files]
        cells.append([cell.source, may_raise, *asked])
    return cells


def _regen() -> str:
    paths = [PACKAGE / f"execution/{module}.py" for module in OURS]
    paths += sorted(PACKAGE.glob("drawing/*.py"))
    digests = [digest(path) for path in paths]
    return _sha256(json.dumps(digests))


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


@cache
def device_kind() -> str:
    """`cpu`, or the first GPU's name: the CUDA driver says it at once, a library in seconds."""
    for library in ("libcuda.so.1", "nvcuda.dll"):
        with contextlib.suppress(OSError):
            return _first_gpu(ctypes.CDLL(library))
    return "cpu"


def _first_gpu(driver: ctypes.CDLL) -> str:
    count = ctypes.c_int()
    device = ctypes.c_int()
    name = ctypes.create_string_buffer(100)
    # each call gives 0 if all went well
    if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)) or not count.value:
        return "cpu"
    if driver.cuDeviceGet(ctypes.byref(device), 0) or driver.cuDeviceGetName(name, 100, device):
        return "cuda"
    return name.value.decode()


@cache
def processor() -> str:
    """The model of the CPU."""
    with contextlib.suppress(OSError):
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        if model := re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE):
            return model[1].strip()
    return platform.processor() or platform.machine()


def _distributions(modules: Iterable[str]) -> list[str]:
    """The installed distributions that the top-level modules belong to."""
    providers = _providers()
    found: set[str] = set()
    for module in modules:
        found.update(providers.get(module, ()))
    return sorted(found, key=str.lower)


@cache
def _providers() -> Mapping[str, list[str]]:
    return importlib.metadata.packages_distributions()  # takes more than a second


@cache
def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return NOT_INSTALLED


def digest(path: Path) -> str:
    """The SHA-256 of a file's content, or `missing`."""
    state = _state(path)
    if state == ABSENT:
        return MISSING
    try:
        return _digest_of(path, *state)
    except OSError:
        return MISSING


@cache
def _digest_of(path: Path, size: int, mtime_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _state(path: Path) -> tuple[int, int]:
    """Size and time of the last change (ns); ABSENT if there is no such file."""
    try:
        found = os.stat(path)
    except OSError:
        return ABSENT
    if not stat.S_ISREG(found.st_mode):
        return ABSENT
    return found.st_size, found.st_mtime_ns


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
