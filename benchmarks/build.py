"""What the build costs: cold, warm, and after an edit, beside plain mkdocs-jupyter in the same run.

    python benchmarks/build.py [--runs N]

Works on copies in a temporary folder; the repository and its cache stay as they are. Seconds
differ from machine to machine and from hour to hour: read the ratios.
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
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

import yaml
from mkdocs.utils.yaml import yaml_load

DESCRIPTION = "What the build costs, beside plain mkdocs-jupyter."
ROOT = Path(__file__).resolve().parent.parent
ENV = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
PARTS = ["docs", "tutorials", "src", "theme", "mkdocs.yml", "pyproject.toml", "LICENSE", "NOTICE"]


def main() -> None:
    parser = argparse.ArgumentParser(description=DESCRIPTION)
    help_ = "repetitions of what takes seconds (default 5)"
    parser.add_argument("--runs", type=int, default=5, help=help_)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), runs)


def measure(folder: Path, runs: int) -> None:
    """Build each kind of site in a folder, and print what it takes."""
    ours = copied(folder / "ours")
    jupyter = copied(folder / "jupyter")
    static = copied(folder / "static")
    articles = copied(folder / "articles")

    cold = build(ours)
    as_plain_jupyter(jupyter)
    cold_jupyter = build(jupyter)
    without_tutorials(static, rendered=ours / "site")
    without_tutorials(articles, rendered=None)
    build(static)
    build(articles)

    # by turns, so that a busy hour is shared among all
    seconds: dict[Path, list[float]] = defaultdict(list)
    for _ in range(runs):
        for site in (ours, jupyter, static, articles):
            seconds[site].append(build(site))
    warm = median(seconds[ours])
    warm_jupyter = median(seconds[jupyter])
    warm_static = median(seconds[static])
    warm_articles = median(seconds[articles])

    print(f"{'':50}{'seconds':>14}{'against ours':>14}")
    row("cold, cache empty", cold, cold)
    row("cold, plain mkdocs-jupyter, execute: true", cold_jupyter, cold)
    row("warm, nothing changed", warm, warm)
    row("warm, plain mkdocs-jupyter with its cache", warm_jupyter, warm)
    row("the same pages as finished Markdown, no regen", warm_static, warm)
    row("the site without its tutorials, no regen", warm_articles, warm)
    row("beyond the same pages as Markdown", warm - warm_static, warm)
    row("beyond the site without tutorials", warm - warm_articles, warm)
    served = median(serve_edits(ours, runs))
    print(f"{'prose edit under serve, until the page is served':50}{served:14.2f}")
    print(f"torch imported by a warm build: {imports_torch(ours)}")
    for module in ("src/groundup/figures/__init__.py", "src/groundup/train.py"):
        print(f"an edit of {module} makes stale: {stale_after(ours, module)}")
    print("page weight, kB of HTML:", weights(ours), "under mkdocs-jupyter", weights(jupyter))


def copied(site: Path) -> Path:
    """A copy of what a build reads."""
    site.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, site / part)
        else:
            shutil.copy(ROOT / part, site / part)
    return site


def row(name: str, seconds: float, ours: float) -> None:
    """Print seconds, and how many times ours they are."""
    print(f"{name:50}{seconds:14.2f}{seconds / ours:14.2f}")


MKDOCS = ["-m", "mkdocs"]
QUIETLY = ["--quiet", "--no-strict"]


def environment(site: Path) -> dict[str, str]:
    """Ours, with the copy's packages first on the path."""
    return {**ENV, "PYTHONPATH": str(site / "src")}


def python(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a copy of the site."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=site,
        env=environment(site),
        capture_output=True,
        text=True,
    )


def build(site: Path) -> float:
    """Seconds of one `mkdocs build` as a whole process."""
    started = time.perf_counter()
    done = python(site, *MKDOCS, "build", *QUIETLY)
    if done.returncode:
        sys.exit(f"{site.name}: {done.stdout}{done.stderr}")
    return time.perf_counter() - started


def settings_without_regen(site: Path) -> dict[str, Any]:
    """The settings of a site, without our plugin."""
    found = yaml_load((site / "mkdocs.yml").read_text(encoding="utf-8"))
    found["plugins"] = [plugin for plugin in found["plugins"] if "regen" not in plugin]
    return found


def write_settings(site: Path, found: dict[str, Any]) -> None:
    (site / "mkdocs.yml").write_text(yaml.safe_dump(found, sort_keys=False), encoding="utf-8")


def as_plain_jupyter(site: Path) -> None:
    """The same scripts under mkdocs-jupyter itself: within the docs folder, executed by it."""
    shutil.move(site / "tutorials", site / "docs" / "tutorials")
    found = settings_without_regen(site)
    jupyter = {"include": ["tutorials/*.py"], "execute": True, "allow_errors": False}
    found["plugins"].append({"mkdocs-jupyter": jupyter})
    write_settings(site, found)


def without_tutorials(site: Path, rendered: Path | None) -> None:
    """The site with the tutorials as the Markdown that `rendered` holds of them, or without any."""
    found = settings_without_regen(site)
    folder = site / "docs" / "tutorials"
    folder.mkdir()
    entries = []
    if rendered:
        for script in sorted((site / "tutorials").glob("*.py")):
            name = f"{script.stem}.md"
            shutil.copy(rendered / "tutorials" / script.stem / name, folder / name)
            entries.append(f"tutorials/{name}")

    nav = []
    for entry in found["nav"]:
        if "Tutorials" not in entry:
            nav.append(entry)
        elif entries:
            nav.append({"Tutorials": entries})
    found["nav"] = nav
    write_settings(site, found)


def serve_edits(site: Path, runs: int) -> list[float]:
    """Seconds from an edit of a tutorial's prose until `mkdocs serve` hands out the new page."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        _, port = free.getsockname()
    script = min((site / "tutorials").glob("*.py"))
    url = f"http://127.0.0.1:{port}/tutorials/{script.stem}/"
    command = [sys.executable, *MKDOCS, "serve", *QUIETLY, "--dev-addr", f"127.0.0.1:{port}"]
    server = subprocess.Popen(command, cwd=site, env=environment(site))
    try:
        wait_for(url, "</html>")
        time.sleep(2)
        seconds = []
        for number in range(runs):
            seconds.append(edit(script, url, f"Edit number {number} of the prose."))
        return seconds
    finally:
        server.terminate()
        server.wait()


def edit(script: Path, url: str, sentence: str) -> float:
    """Seconds from the edit of a script until its page shows the sentence."""
    text = script.read_text(encoding="utf-8")
    edited = re.sub(r"(# # .*\n#\n)", rf"\1# {sentence}\n#\n", text, count=1)
    script.write_text(edited, encoding="utf-8")
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
    """Whether a build imports torch, which takes seconds."""
    done = python(site, "-X", "importtime", *MKDOCS, "build", *QUIETLY)
    return bool(re.search(r"\|\s+torch$", done.stderr, re.MULTILINE))


def stale_after(site: Path, module: str) -> str:
    """The pages that an edit of a module makes stale, by `regen status`."""
    path = site / module
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n# an edit\n", encoding="utf-8")
    done = python(site, "-c", "from regen.cli import main; main()", "status")
    path.write_text(text, encoding="utf-8")
    pages = re.findall(r"^(\w+): stale", done.stdout, re.MULTILINE)
    return ", ".join(pages) or "none"


def weights(site: Path) -> dict[str, int]:
    """The size of each tutorial's HTML, in kB."""
    pages = sorted((site / "site" / "tutorials").glob("*/index.html"))
    return {page.parent.name: page.stat().st_size // 1000 for page in pages}


if __name__ == "__main__":
    main()
