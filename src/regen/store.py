"""Results of runs, kept by what they depend on: a run is fresh while all of its inputs are what they were."""

import base64
import contextlib
import ctypes
import hashlib
import importlib.metadata
import importlib.util
import json
import math
import os
import platform
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from regen.config import Config
from regen.tutorial import Tutorial

FORMAT = 4  # of an entry; a change makes all kept results stale
KEEP = 12  # entries per page
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
PICTURES = ("image/svg+xml", "image/png")
MARKUP = ("text/html", "text/markdown", "text/latex")


@dataclass(frozen=True)
class CellRun:
    """One code cell's outputs in nbformat's form, and named values; `origins` of those that it did not compute."""

    outputs: list[dict[str, Any]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> list[tuple[str, str]]:
        """What a page shows of the outputs, each as its kind (stdout, stderr, error, or a MIME type) and its content."""
        found = []
        for output in self.outputs:
            if output["output_type"] == "stream":
                found.append((output["name"], ANSI.sub("", output["text"])))
            elif output["output_type"] == "error":
                found.append(("error", ANSI.sub("", "\n".join(output["traceback"]))))
            else:
                kind = next((kind for kind in (*PICTURES, *MARKUP) if kind in output["data"]), "text/plain")
                found.append((kind, output["data"].get(kind, "")))
        return found

    @property
    def text(self) -> list[str]:
        """What can be read of the outputs, line by line: the printed lines, and the source of HTML, Markdown and LaTeX."""
        lines: list[str] = []
        for kind, content in self.shown:
            if kind in MARKUP:
                lines.append(f"[{kind}]")
            if kind in MARKUP or kind in ("stdout", "text/plain", "error"):
                lines += content.splitlines()
        return lines

    @property
    def unknown(self) -> str:
        """The kind of an output that would be shown as something else, since there is no way to show or to record it."""
        for output in self.outputs:
            kinds = set(output.get("data", {}))
            others = sorted(kinds - {"text/plain"})
            if others and kinds.isdisjoint((*PICTURES, *MARKUP)):
                return others[0]
        return ""

    @property
    def pictures(self) -> list[str | bytes]:
        """The figures: SVG as text, PNG as bytes."""
        found = [(kind, content) for kind, content in self.shown if kind in PICTURES]
        return [base64.b64decode(content) if kind == "image/png" else content for kind, content in found]


@dataclass(frozen=True)
class Run:
    """One execution of a page: a result per code cell, and where it comes from."""

    page: str
    cells: list[CellRun]
    modules: list[str] = field(default_factory=list)  # first-party modules that it imported
    provenance: dict[str, str] = field(default_factory=dict)
    spread: dict[str, list[Any]] = field(default_factory=dict)  # of its record: values over all seeds

    @property
    def values(self) -> dict[str, Any]:
        """All named values of the page."""
        return {name: value for cell in self.cells for name, value in cell.values.items()}

    @property
    def origins(self) -> dict[str, str]:
        """Of the values that are quoted or on record: where they come from."""
        return {name: origin for cell in self.cells for name, origin in cell.origins.items()}

    @property
    def device(self) -> str:
        """What it ran on."""
        return self.provenance.get("device", "an unnamed device")


def inputs(tutorial: Tutorial, modules: list[str], config: Config, env: Mapping[str, str]) -> dict[str, str]:
    """All that a run depends on, by name: code, modules, data, versions, device, environment."""
    files = sorted(path for pattern in config.data for path in config.root.glob(pattern))
    return {
        "format": str(FORMAT),
        "code": _sha256(json.dumps([[cell.source, cell.values, cell.quoted, cell.recorded] for cell in tutorial.code])),
        **{name: _hash_file(module_path(name)) for name in modules},
        "data": _sha256("".join(map(_hash_file, files))),
        "python": platform.python_version(),
        **{package: _version(package) for package in config.versions},
        "device": device_kind(),
        **{name: env.get(name, "") for name in config.env},
        "settings": json.dumps([config.kernel_env, config.kernel_name, config.provenance, config.allow_errors]),
    }


class Store:
    """The kept results, one file each under `<store>/<page>/`. A damaged file counts as absent."""

    def __init__(self, config: Config, env: Mapping[str, str] = os.environ) -> None:
        self.config, self.env, self.folder = config, env, config.root / config.store

    def lookup(self, tutorial: Tutorial) -> tuple[Run | None, str]:
        """The fresh run of a page and "", or none and the reason why there is none."""
        reason = "never run"
        for path in reversed(self._entries(tutorial.name)):  # the newest has the last word on the reason
            before, run = _read_entry(path)
            now = inputs(tutorial, run.modules, self.config, self.env) if run else {}
            if run and now == before:
                return run, ""
            changed = ", ".join(name for name in {**before, **now} if before.get(name) != now.get(name))
            reason = f"changed: {changed}" if run else f"damaged entry {path.name}"
        return None, reason

    def latest(self, page: str) -> Run | None:
        """The newest kept run of a page, fresh or not."""
        return next((run for _, run in map(_read_entry, self._entries(page)) if run), None)

    def save(self, tutorial: Tutorial, run: Run, began: float = math.inf) -> None:
        """Keep a run, unless a module was edited since it began; the oldest beyond a dozen are dropped."""
        if any(path.exists() and path.stat().st_mtime > began for path in map(module_path, run.modules)):
            return
        found = inputs(tutorial, run.modules, self.config, self.env)
        payload = json.dumps({"inputs": found, "run": asdict(run)})
        path = self.folder / run.page / f"{_sha256(json.dumps(found, sort_keys=True))[:16]}.json"
        try:
            write_whole(path, f"{_sha256(payload)}\n{payload}")
            for old in self._entries(run.page)[KEEP:]:
                old.unlink(missing_ok=True)
        except OSError as error:  # a read-only checkout, a full disk: the run counts all the same
            print(f"regen: {run.page}: the result is not kept, so it runs again next time: {error}", file=sys.stderr)

    def _entries(self, page: str) -> list[Path]:
        """The newest first."""
        return sorted((self.folder / page).glob("*.json"), key=lambda path: -path.stat().st_mtime_ns)


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".part-", delete=False) as part:
        part.write(text)
    os.chmod(part.name, 0o644)
    os.replace(part.name, path)


def _read_entry(path: Path) -> tuple[dict[str, str], Run | None]:
    """The inputs of a kept run, and the run: none where the file is not what was written."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        checksum, _, payload = path.read_text(encoding="utf-8").partition("\n")
        if _sha256(payload) == checksum:
            entry = json.loads(payload)
            cells = [CellRun(**cell) for cell in entry["run"]["cells"]]
            return entry["inputs"], Run(**entry["run"] | {"cells": cells})
    return {}, None


@cache
def device_kind() -> str:
    """`cpu`, or the name of the first GPU: asked of the CUDA driver, since importing torch would take seconds."""
    count, device, name = ctypes.c_int(), ctypes.c_int(), ctypes.create_string_buffer(100)
    for library in ("libcuda.so.1", "nvcuda.dll"):
        with contextlib.suppress(OSError):
            driver = ctypes.CDLL(library)
            if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)) or not count.value:
                return "cpu"
            nameless = driver.cuDeviceGet(ctypes.byref(device), 0) or driver.cuDeviceGetName(name, 100, device)
            return "cuda" if nameless else name.value.decode()
    return "cpu"


@cache
def _version(package: str) -> str:
    return next((found.version for found in importlib.metadata.distributions(name=package)), "not installed")


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
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
