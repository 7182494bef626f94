"""What the build costs: cold, warm, and after an edit, beside plain mkdocs-jupyter in the same run.

    python benchmarks/build.py [--runs N]

Works on copies in a temporary folder; the repository and its store stay as they are. Seconds differ from machine to machine
and from hour to hour: read the ratios.
"""

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

import yaml

ROOT = Path(__file__).resolve().parent.parent
ENV = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
PARTS = ["docs", "tutorials", "src", "mkdocs.yml", "pyproject.toml"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="repetitions of what takes seconds (default 5)")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        ours, jupyter = Path(folder, "ours"), Path(folder, "jupyter")
        static, articles = Path(folder, "static"), Path(folder, "articles")
        for site in (ours, jupyter, static, articles):
            site.mkdir()
            for part in PARTS:
                copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
                copy(ROOT / part, site / part)
        cold = build(ours)
        as_plain_jupyter(jupyter)
        cold_jupyter = build(jupyter)
        without_tutorials(static, rendered=ours / "site")
        without_tutorials(articles, rendered=None)
        build(static), build(articles)
        rounds = [[build(site) for site in (ours, jupyter, static, articles)] for _ in range(runs)]
        warm, warm_jupyter, warm_static, warm_articles = (median(column) for column in zip(*rounds, strict=True))
        row("", "seconds", "against ours")
        row("cold, store empty", cold, 1)
        row("cold, plain mkdocs-jupyter, execute: true", cold_jupyter, cold_jupyter / cold)
        row("warm, nothing changed", warm, 1)
        row("warm, plain mkdocs-jupyter with its cache", warm_jupyter, warm_jupyter / warm)
        row("the same pages as finished Markdown, no regen", warm_static, warm_static / warm)
        row("the site without its tutorials, no regen", warm_articles, warm_articles / warm)
        row("beyond the same pages as Markdown", warm - warm_static, (warm - warm_static) / warm)
        row("beyond the site without tutorials", warm - warm_articles, (warm - warm_articles) / warm)
        row("prose edit under serve, until the page is served", median(serve_edits(ours, runs)), "")
        print(f"torch imported by a warm build: {imports_torch(ours)}")
        print(
            "an edit of src/groundup/figures/__init__.py makes stale:",
            stale_after(ours, "src/groundup/figures/__init__.py"),
        )
        print("an edit of src/groundup/train.py makes stale:", stale_after(ours, "src/groundup/train.py"))
        print("page weight, kB of HTML:", weights(ours), "under mkdocs-jupyter", weights(jupyter))


def row(*cells: object) -> None:
    print(
        "".join(
            f"{cell:50}"
            if isinstance(cell, str) and not i
            else f"{cell:>14.2f}"
            if isinstance(cell, float | int)
            else f"{cell:>14}"
            for i, cell in enumerate(cells)
        )
    )


def build(site: Path, *python_options: str) -> float:
    """Seconds of one `mkdocs build` as a whole process."""
    started = time.perf_counter()
    command = [sys.executable, *python_options, "-m", "mkdocs", "build", "--quiet", "--no-strict"]
    done = subprocess.run(
        command, cwd=site, env={**ENV, "PYTHONPATH": str(site / "src")}, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{site.name}: {done.stdout}{done.stderr}")
    return time.perf_counter() - started


def settings(site: Path) -> dict:
    return yaml.safe_load((site / "mkdocs.yml").read_text(encoding="utf-8"))


def write_settings(site: Path, found: dict) -> None:
    (site / "mkdocs.yml").write_text(yaml.safe_dump(found, sort_keys=False), encoding="utf-8")


def as_plain_jupyter(site: Path) -> None:
    """The same scripts under mkdocs-jupyter itself: within the docs folder, executed by it."""
    shutil.move(site / "tutorials", site / "docs" / "tutorials")
    found = settings(site)
    plugins = [{"mkdocs-jupyter": {"include": ["tutorials/*.py"], "execute": True, "allow_errors": False}}]
    found["plugins"] = [plugins[0] if "regen" in plugin else plugin for plugin in found["plugins"]]
    write_settings(site, found)


def without_tutorials(site: Path, rendered: Path | None) -> None:
    """The site with the tutorials as the Markdown that `rendered` holds of them, or without any."""
    found = settings(site)
    found["plugins"] = [plugin for plugin in found["plugins"] if "regen" not in plugin]
    names = [path.stem for path in (site / "tutorials").glob("*.py")]
    entries = [f"tutorials/{name}.md" for name in names] if rendered else []
    found["nav"] = [entries and {"Tutorials": entries} if "Tutorials" in entry else entry for entry in found["nav"]]
    found["nav"] = [entry for entry in found["nav"] if entry]
    (site / "docs" / "tutorials").mkdir()
    for name in names if rendered else []:
        shutil.copy(rendered / "tutorials" / name / f"{name}.md", site / "docs" / "tutorials" / f"{name}.md")
    write_settings(site, found)


def serve_edits(site: Path, runs: int) -> list[float]:
    """Seconds from an edit of a tutorial's prose until `mkdocs serve` hands out the new page."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = min((site / "tutorials").glob("*.py"))
    url = f"http://127.0.0.1:{port}/tutorials/{script.stem}/"
    command = [sys.executable, "-m", "mkdocs", "serve", "--quiet", "--no-strict", "--dev-addr", f"127.0.0.1:{port}"]
    server = subprocess.Popen(command, cwd=site, env={**ENV, "PYTHONPATH": str(site / "src")})
    try:
        wait_for(url, "</html>")
        time.sleep(2)
        return [edit(script, url, f"Edit number {number} of the prose.") for number in range(runs)]
    finally:
        server.terminate()
        server.wait()


def edit(script: Path, url: str, sentence: str) -> float:
    text = script.read_text(encoding="utf-8")
    script.write_text(re.sub(r"(# # .*\n#\n)", rf"\1# {sentence}\n#\n", text, count=1), encoding="utf-8")
    started = time.perf_counter()
    wait_for(url, sentence)
    seconds = time.perf_counter() - started
    time.sleep(1)
    return seconds


def wait_for(url: str, text: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=seconds) as answer:
                if text in answer.read().decode():
                    return
        except OSError:
            pass
        time.sleep(0.02)
    sys.exit(f"{url}: {text!r} did not appear within {seconds} s")


def imports_torch(site: Path) -> bool:
    command = [sys.executable, "-X", "importtime", "-m", "mkdocs", "build", "--quiet", "--no-strict"]
    done = subprocess.run(
        command, cwd=site, env={**ENV, "PYTHONPATH": str(site / "src")}, capture_output=True, text=True
    )
    return bool(re.search(r"\|\s+torch$", done.stderr, re.MULTILINE))


def stale_after(site: Path, module: str) -> str:
    """The pages that an edit of a module makes stale, by `regen status`."""
    path = site / module
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n# an edit\n", encoding="utf-8")
    command = [sys.executable, "-c", "from regen.cli import main; main()", "status"]
    done = subprocess.run(
        command, cwd=site, env={**ENV, "PYTHONPATH": str(site / "src")}, capture_output=True, text=True
    )
    path.write_text(text, encoding="utf-8")
    return ", ".join(re.findall(r"^(\w+): stale", done.stdout, re.MULTILINE)) or "none"


def weights(site: Path) -> dict[str, int]:
    pages = sorted((site / "site" / "tutorials").glob("*/index.html"))
    return {page.parent.name: page.stat().st_size // 1000 for page in pages}


if __name__ == "__main__":
    main()
