"""Runs a page's script as plain Python, and lays what it prints over the page's kept run.

A notebook also shows the last expression of each cell, and figures; a script does not. So what is
compared are the printed lines. They are laid into a copy of the page's run in the place of those
that the kernel printed, and that copy is compared with the record as any run is, with the
tolerances of each cell.
"""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from regen.config import Config
from regen.execution.results import CellRun, Run

SECONDS = 3600  # what a page may take


def printed(script: Path, config: Config, hash_seed: int) -> str:
    """What a script prints when Python runs it, without a notebook.

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
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=config.root,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
    )
    assert done.returncode == 0, (
        f"{script}: as plain Python it ends with status {done.returncode}.\n{done.stderr[-2000:]}"
    )
    return done.stdout


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
