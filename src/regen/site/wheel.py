"""The wheel of a package of the site, which readers install: built once, and kept.

It holds one package with its data and the licences, and needs what the project's `dependencies`
name; the machinery, its commands and its extras stay out of it.
"""

import hashlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regen.config import Config
from regen.errors import RegenError
from regen.files import read_text, write_whole

__all__ = ["Wheel", "build_wheel"]

NEEDED = ("name", "version")
"""What a project must state for a wheel."""
TAKEN = (*NEEDED, "description", "requires-python", "license", "license-files", "dependencies")
"""What the wheel takes over from the project's own table."""
EPOCH = "315532800"
"""1980-01-01, the first day that a zip file can name: the time of change of all its files."""
SECONDS = 300
"""What pip may take."""


@dataclass(frozen=True)
class Wheel:
    """A wheel that the site offers."""

    package: str
    """What a reader imports."""
    name: str
    """Of the file."""
    content: bytes


def build_wheel(config: Config) -> Wheel | None:
    """Build the wheel of the package that the setting `wheel` names, or take the kept one.

    The bytes depend only on what goes in and on the versions of the tools.

    Returns:
        The wheel; None if the site offers none.

    Raises:
        RegenError: the package is not there, the project does not state what a wheel needs, or pip
            fails.
    """
    if not config.wheel:
        return None
    contents = _contents(config)
    kept = config.root / config.cache / "wheel" / _fingerprint(contents)
    for path in kept.glob("*.whl"):
        return Wheel(config.wheel, path.name, path.read_bytes())
    wheel = _build(config, contents)
    _keep(wheel, kept)
    return wheel


def _contents(config: Config) -> dict[str, bytes]:
    """All that goes into the wheel, by its place in the folder that pip builds from.

    Raises:
        RegenError: the package, or what a wheel needs, is not there.
    """
    path = config.root / "pyproject.toml"
    settings = tomllib.loads(read_text(path))
    project = settings.get("project", {})
    for key in NEEDED:
        if key not in project:
            what = f"[project]: no {key}, which the wheel of {config.wheel} needs. Add it."
            raise RegenError(f"{path}: {what}")
    folder = _folder(config)
    patterns = _package_data(settings, config.wheel)
    found = {"pyproject.toml": _project_file(config.wheel, project, patterns).encode()}
    for pattern in project.get("license-files", []):
        for file in sorted(config.root.glob(pattern)):
            found[file.relative_to(config.root).as_posix()] = file.read_bytes()
    for file in sorted(_files(folder, patterns)):
        place = file.relative_to(folder).as_posix()
        found[f"src/{config.wheel}/{place}"] = file.read_bytes()
    return found


def _folder(config: Config) -> Path:
    """The folder of the package.

    Raises:
        RegenError: there is none.
    """
    for parent in (config.root / "src", config.root):
        folder = parent / config.wheel
        if (folder / "__init__.py").is_file():
            return folder
    where = f"{config.root / 'pyproject.toml'}: [tool.regen]"
    found = f"there is no package {config.wheel} in this folder, nor in src."
    raise RegenError(f"{where}: wheel: {found} Correct the name, or remove the setting.")


def _package_data(settings: Mapping[str, Any], package: str) -> list[str]:
    """The patterns of the files that the package brings beside its modules."""
    table = settings.get("tool", {}).get("setuptools", {}).get("package-data", {})
    return [*table.get("*", []), *table.get(package, [])]


def _files(folder: Path, patterns: list[str]) -> Iterator[Path]:
    """The modules and the data of a package, without what only this machine has made."""
    yield from folder.rglob("*.py")
    data = {file for pattern in patterns for file in folder.glob(pattern) if file.is_file()}
    yield from (file for file in data if file.suffix != ".py")


def _project_file(package: str, project: Mapping[str, Any], patterns: list[str]) -> str:
    """A pyproject.toml with nothing in it but what the wheel needs.

    A text or a list of texts is written in TOML as it is in JSON.
    """
    lines = ["[project]"]
    for key in TAKEN:
        if key in project:
            lines.append(f"{key} = {json.dumps(project[key], ensure_ascii=False)}")
    lines += [
        "[build-system]",
        'requires = ["setuptools"]',
        'build-backend = "setuptools.build_meta"',
        "[tool.setuptools]",
        "include-package-data = false",
        "[tool.setuptools.packages.find]",
        'where = ["src"]',
        "[tool.setuptools.package-data]",
        f"{json.dumps(package)} = {json.dumps(patterns)}",
    ]
    return "\n".join(lines) + "\n"


def _fingerprint(contents: Mapping[str, bytes]) -> str:
    """A name for all that decides the bytes of the wheel."""
    found = hashlib.sha256(Path(__file__).read_bytes())
    for tool in ("pip", "setuptools"):
        found.update(f"{tool} {_version(tool)}\n".encode())
    for place, content in contents.items():
        found.update(f"{place} {len(content)}\n".encode())
        found.update(content)
    return found.hexdigest()[:16]


def _version(tool: str) -> str:
    try:
        return importlib.metadata.version(tool)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _build(config: Config, contents: Mapping[str, bytes]) -> Wheel:
    """Build the wheel in a folder that holds nothing else.

    Raises:
        RegenError: pip fails.
    """
    with tempfile.TemporaryDirectory(prefix="regen-wheel-") as folder:
        source = Path(folder, "source")
        for place, content in contents.items():
            write_whole(source / place, content)
        built = Path(folder, "built")
        command = [sys.executable, "-m", "pip", "--isolated", "wheel", "--no-deps", "--no-index"]
        command += ["--no-build-isolation", "--disable-pip-version-check", "--no-cache-dir"]
        done = subprocess.run(
            [*command, "--quiet", "--wheel-dir", str(built), str(source)],
            cwd=folder,
            env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH},
            # the mode of each file is among the bytes; Windows has no such mask
            umask=0o022 if os.name == "posix" else -1,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
        )
        wheels = list(built.glob("*.whl"))
        if done.returncode != 0 or not wheels:
            what = f"pip builds no wheel of {config.wheel}:\n{done.stdout.strip()}\n"
            remedy = "Correct what it says. It needs pip and setuptools where regen is installed."
            raise RegenError(f"{config.root / 'pyproject.toml'}: {what}{remedy}")
        (path,) = wheels
        return Wheel(config.wheel, path.name, path.read_bytes())


def _keep(wheel: Wheel, folder: Path) -> None:
    """Keep a wheel in place of the last one; where nothing can be written, it is built again."""
    try:
        write_whole(folder / wheel.name, wheel.content)
    except OSError:
        return
    for other in folder.parent.iterdir():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
