"""Each page names a change of its code that its record must reject: a record that accepts it would prove nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from regen.compare import compare
from regen.config import load_config
from regen.record import read_record
from regen.runner import run_pages
from regen.store import Run
from regen.tutorial import find_scripts, read_tutorial

ROOT = Path(__file__).parents[2]
CONFIG = load_config(ROOT)
SCRIPTS = {path.stem: path for path in find_scripts(CONFIG)}

# By page: what is replaced, by what, and how many code cells later the record notices at the latest.
MUTANTS: dict[str, tuple[str, str, int]] = {
    "backprop_by_hand": ("a1 = sigmoid(z1)", "a1 = z1  # no activation", 0),
    "one_network_seven_ways": ("dh = dU * (h >= 0)", "dh = dU  # the ReLU's slope forgotten", 0),
    "reading_digits": ("learning_rate = 3.0", "learning_rate = 0.3", 0),
    "conv_anatomy": ("lr = 0.01", "lr = 0.02", 0),
    "softmax_classifier": (
        "z = z - z.max(dim=-1, keepdim=True).values",
        "z = z - 0  # the largest logit not subtracted",
        0,
    ),
    "conv_digits": ("logits[0, 3] = score", "logits[0, 7] = score  # the right digit's score raised", 0),
    "deeper_digits": ("levels, pixels = torch.arange(256)", "levels, pixels = torch.arange(1, 257)", 0),
    "silent_bugs": ("lr = 0.2", "lr = 2.0", 1),
    "how_sure": ("[run.accuracy for run in recorded]", "[max(run.accuracies) for run in recorded]  # best epochs", 0),
    "minutes": ("keepdim=True, unbiased=False)", "keepdim=True)", 0),
    "mnist": (
        "grey = torch.arange(256, dtype=torch.float64) / 255",
        "grey = torch.arange(256, dtype=torch.float64) / 256  # not the largest byte",
        0,
    ),
}


def test_each_page_has_a_mutant() -> None:
    assert MUTANTS.keys() == SCRIPTS.keys()


@pytest.mark.parametrize("name", MUTANTS)
def test_record_rejects_the_mutant(name: str, tmp_path: Path) -> None:
    old, new, later = MUTANTS[name]
    page = read_tutorial(SCRIPTS[name])
    found = [index for index, cell in enumerate(page.cells) if cell.kind == "code" and old in cell.source]
    assert len(found) == 1 and page.cells[found[0]].source.count(old) == 1, f"{old!r} does not stand once in the code"
    number = page.cells[found[0]].number + later
    cells = [
        replace(cell, source=cell.source.replace(old, new)) if index == found[0] else cell
        for index, cell in enumerate(page.cells)
        if cell.number <= number
    ]  # the page up to the cell that tells
    mutant = replace(page, cells=cells)
    run = run_pages([mutant], replace(CONFIG, store=str(tmp_path)))[name]
    assert isinstance(run, Run), run
    record = read_record(run, CONFIG)
    assert record is not None
    differences = compare(mutant, run, replace(record, cells=record.cells[:number]))
    changed = page.cells[found[0]].number
    assert differences and all(changed <= difference.cell for difference in differences), differences
