from __future__ import annotations

import json
import py_compile
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Site

OBSERVE = """
import json, sys
from regen.execution.in_kernel import Reads

root, outside, log, code = json.loads(sys.argv[1])
sys.addaudithook(Reads(root, outside, log).hear)
exec(code)
"""


def observe(site: Site, code: str) -> tuple[list[str], str]:
    """Run code as a page would; the files that it was seen to read, and what it printed."""
    root = str(site.root)
    outside = [f"{root}/.regen", f"{root}/.git"]
    log = site.root / ".regen/reads"
    log.parent.mkdir(exist_ok=True)
    given = json.dumps([root, outside, str(log), code])
    command = [sys.executable, "-c", OBSERVE, given]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    paths = []
    for line in log.read_text().splitlines():
        path, size, mtime_ns = json.loads(line)
        state = (-1, -1)
        if (site.root / path).exists():
            found = (site.root / path).stat()
            state = (found.st_size, found.st_mtime_ns)
        assert (size, mtime_ns) == state
        paths.append(path.removeprefix(f"{root}/"))
    return paths, result.stdout


def read_by(site: Site, code: str) -> set[str]:
    paths, _ = observe(site, code)
    assert len(paths) == len(set(paths))
    return set(paths)


def test_files_that_were_opened_count(site: Site) -> None:
    for name in ("a.csv", "b.csv", "c.csv", "d.py", "lib/e.csv", "f.csv", "never.csv"):
        site.write(name, "1")
    code = (
        'import os\nfrom pathlib import Path\n\nopen("a.csv").close()\nopen(b"b.csv").close()\n'
        'open(os.open("c.csv", os.O_RDONLY)).close()\nexec(open("d.py").read())\n'
        'os.chdir("lib")\nPath("e.csv").read_text()\nopen("../f.csv", "r+").close()'
    )
    assert read_by(site, code) == {"a.csv", "b.csv", "c.csv", "d.py", "lib/e.csv", "f.csv"}


def test_what_a_forked_process_opens_counts(site: Site) -> None:
    site.write("a.csv", "1")
    code = (
        'import os\n\nif not (child := os.fork()):\n    open("a.csv").close()\n    os._exit(0)\n'
        "os.waitpid(child, 0)"
    )
    assert read_by(site, code) == {"a.csv"}


def test_what_is_handed_to_a_program_counts(site: Site) -> None:
    for name in ("script.py", "lib/a.csv", "b.csv"):
        site.write(name, "1")
    code = (
        "import subprocess\nimport sys\n\n"
        'subprocess.run([sys.executable, "script.py", b"b.csv", "no.csv"])\n'
        'subprocess.run(["cat", "a.csv"], cwd="lib")'
    )
    assert read_by(site, code) == {"script.py", "lib/a.csv", "b.csv"}


@pytest.mark.parametrize(
    "command",
    [
        'import os\n\nos.system("cat <a.csv >/dev/null; true")',
        "import subprocess\n\nsubprocess.run(\"cat 'a.csv' >/dev/null\", shell=True)",
        'import os\n\nos.waitpid(os.posix_spawn("/bin/true", ["true", "a.csv"], {}), 0)',
        'import sqlite3\n\nsqlite3.connect("a.csv").close()',
    ],
)
def test_a_file_that_only_others_open_counts(site: Site, command: str) -> None:
    site.write("a.csv", "")
    assert read_by(site, command) == {"a.csv"}


def test_a_file_that_is_not_there_counts(site: Site) -> None:
    code = (
        "import contextlib\n\nwith contextlib.suppress(FileNotFoundError):\n"
        '    open("local.txt")\nopen("new.txt", "a+").close()'
    )
    assert read_by(site, code) == {"local.txt"}


def test_a_linked_file_counts(site: Site, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "far.csv").write_text("1")
    (site.root / "near.csv").symlink_to(outside / "far.csv")
    site.write("data/b.csv", "1")
    (outside / "back.csv").symlink_to(site.root / "data/b.csv")
    code = f'open("near.csv").close()\nopen("{outside}/back.csv").close()'
    assert read_by(site, code) == {"near.csv", "data/b.csv"}


def test_what_a_page_wrote_itself_does_not_count(site: Site) -> None:
    site.write("old.txt", "1")
    code = (
        'for name in ("new.txt", "old.txt"):\n    with open(name, "w") as file:\n'
        '        file.write("2")\n    open(name).read()\nopen("log.txt", "a").close()'
    )
    assert read_by(site, code) == set()


def test_what_lies_in_folders_of_tools_does_not_count(site: Site) -> None:
    paths = [".regen/a.txt", ".git/a.txt", "env/site-packages/a.txt", "__pycache__/a.b.c.d"]
    for path in paths:
        site.write(path, "1")
    code = f"for path in {paths}:\n    open(path).close()"
    assert read_by(site, code) == set()


def test_an_open_that_fails_fails_as_it_would(site: Site) -> None:
    code = (
        "import os\n\nfor path in ('no.csv', b'\\xff', '\\0', '', '.', 99999, 1.5, None):\n"
        "    try:\n        open(path)\n    except (OSError, ValueError, TypeError) as error:\n"
        "        print(type(error).__name__)\nos.waitpid(os.fork() or os._exit(0), 0)"
    )
    _, printed = observe(site, code)
    missing = ["FileNotFoundError", "FileNotFoundError"]
    wrong = ["ValueError", "FileNotFoundError", "IsADirectoryError", "OSError"]
    assert printed.split()[:8] == [*missing, *wrong, "TypeError", "TypeError"]


def test_a_file_that_is_read_again_counts_once(site: Site) -> None:
    site.write("a.csv", "1")
    assert observe(site, 'for _ in range(3):\n    open("a.csv").close()')[0] == ["a.csv"]


def test_a_compiled_module_counts_as_its_source(site: Site) -> None:
    for name in ("lib/__init__.py", "lib/used.py"):
        py_compile.compile(str(site.write(name, "x = 1")), doraise=True)
    code = "import lib.used\n\nprint(lib.used.__spec__.cached)"
    paths, printed = observe(site, code)
    assert "__pycache__" in printed
    assert paths == ["lib/__init__.py", "lib/used.py"]
