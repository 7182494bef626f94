"""Runs a page's script as plain Python, and lays what it prints over the page's kept run.

A notebook also shows the last expression of each cell, and figures; a script does not. So what is
compared are the printed lines. They are laid into a copy of the page's run in the place of those
that the kernel printed, and that copy is compared with the record as any run is, with the
tolerances of each cell.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from regen.config import Config
from regen.execution.results import CellRun, Run
from regen.script.reading import Script

SECONDS = 3600  # what a page may take


def printed(script: Path, config: Config, hash_seed: int, library: Path | None = None) -> str:
    """What a script prints when Python runs it, without a notebook.

    Args:
        script: the file.
        config: the site's settings, with the environment of its kernels.
        hash_seed: for the hashes of strings.
        library: the folder of the installed wheel. With it the script runs as a reader's would, in
            an empty folder; without, in that of the site.

    Raises:
        AssertionError: the script ends with an error; the message has its last lines.
    """
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    environment = {
        **inherited,
        **config.kernel_env,
        "MPLBACKEND": "Agg",  # no window
        "PYTHONHASHSEED": str(hash_seed),
    }
    command = [sys.executable, str(script.resolve())]
    folder = config.root
    with tempfile.TemporaryDirectory() as empty:
        if library is not None:
            command.insert(1, "-P")  # the script's own folder is not on the path
            environment["PYTHONPATH"] = str(library)
            folder = Path(empty)
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS,
        )
    assert done.returncode == 0, (
        f"{script}: as plain Python it ends with status {done.returncode}.\n{done.stderr[-2000:]}"
    )
    return done.stdout


def joined_blocks(script: Script) -> str:
    """The blocks of a page as one program, as a reader would paste them."""
    return "\n\n".join(cell.source for cell in script.code) + "\n"


def is_printed(output: dict[str, Any]) -> bool:
    """Whether an output of a cell is printed text."""
    return bool(output["output_type"] == "stream" and output["name"] == "stdout")


def laid_over(run: Run, text: str) -> Run:
    """The run, with what a script printed in the place of what the kernel printed.

    Raises:
        AssertionError: the script printed more or fewer lines than the kernel.
    """
    lines = text.splitlines(keepends=True)
    expected = 0
    cells = []
    for cell in run.cells:
        outputs = []
        for output in cell.outputs:
            if is_printed(output):
                count = len(output["text"].splitlines())
                taken = lines[expected : expected + count]
                expected += count
                outputs.append({**output, "text": "".join(taken)})
            else:
                outputs.append(output)
        cells.append(with_outputs(cell, outputs))
    assert len(lines) == expected, (
        f"{run.page}: the script prints {len(lines)} lines, on the page {expected} are printed.\n"
        f"The script prints:\n{text}"
    )
    return replace(run, cells=cells)


def with_outputs(cell: CellRun, outputs: list[dict[str, Any]]) -> CellRun:
    return replace(cell, outputs=outputs)
