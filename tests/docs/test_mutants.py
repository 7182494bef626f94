"""For each page a change of its code that its record must reject: else it would prove nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from regen.config import load_config
from regen.execution.results import Run
from regen.execution.runner import run_pages
from regen.records.compare import Difference, compare
from regen.records.record import read_record
from regen.script.reading import Cell, Script, find_scripts, read_script

ROOT = Path(__file__).parents[2]
CONFIG = load_config(ROOT)
SCRIPTS = {path.stem: path for path in find_scripts(CONFIG)}

# By page: what is replaced, by what, and how many code cells later the record notices it.
MUTANTS: dict[str, tuple[str, str, int]] = {
    "backprop_by_hand": (
        "grad_z = grad_a * a * (1 - a)",
        "grad_z = grad_a  # the sigmoid's slope left out",
        0,
    ),
    "own_autograd": ("[(self, a * (1 - a))]", "[(self, a * (1 + a))]", 1),
    "one_network_seven_ways": (
        "grad_Z1 = grad_A1 * (Z1 > 0)  # (2, 2): passes",
        "grad_Z1 = grad_A1  # the ReLU's slope forgotten:",
        0,
    ),
    "reading_digits": ("criterion = nn.MSELoss()", "criterion = nn.L1Loss()", 0),
    "conv_anatomy": (
        "parameter -= lr * parameter.grad",
        "parameter += lr * parameter.grad  # up the slope",
        0,
    ),
    "softmax_classifier": (
        "z = z - z.max()",
        "z = z - 0  # the largest logit not subtracted",
        0,
    ),
    "conv_digits": (
        "sum(p.numel() for p in model.parameters())",
        "sum(p.numel() for p in model.parameters() if p.dim() > 1)  # no biases",
        0,
    ),
    "deeper_digits": (
        "few.images.repeat(5, 1, 1)",
        "few.images.repeat_interleave(5, dim=0)",
        0,
    ),
    "silent_bugs": (
        "loss = total / len(loader)",
        "loss = total / len(loader.dataset)  # per digit, not per batch",
        0,
    ),
    # pixels are counted, not examples
    "training_checks": ("(gradients != 0).any(dim=1)", "(gradients != 0).any(dim=0)", 0),
    "downhill": (
        "mean = self.mean / (1 - self.beta1**self.count)",
        "mean = self.mean  # not corrected for its start at 0",
        1,
    ),
    "how_sure": (
        "e = (va + vb) ** 0.5",
        "e = va**0.5  # the other recipe's luck left out",
        0,
    ),
    "minutes": (
        "error = gains.std()",
        "error = gains.std(correction=0)",
        1,
    ),
    "your_own_digit": (
        "shift(image, down=down, right=right)",
        "shift(image, down=-down, right=-right)  # away from the middle",
        0,
    ),
    "numerics": (
        "W1 -= lr * W1.grad",
        "W1 -= lr * W1.grad.bfloat16()  # rounded to three digits",
        1,
    ),
    "mnist": (
        "grey = torch.arange(256, dtype=torch.float64) / 255",
        "grey = torch.arange(256, dtype=torch.float64) / 256  # not the largest byte",
        0,
    ),
    "results": (
        "[run.accuracy for run in kept[row]]",
        "[max(run.accuracies) for run in kept[row]]  # best epochs",
        0,
    ),
}


def test_each_page_has_a_mutant() -> None:
    assert MUTANTS.keys() == SCRIPTS.keys()


@pytest.mark.parametrize("name", MUTANTS)
def test_record_rejects_the_mutant(name: str, tmp_path: Path) -> None:
    old, new, later = MUTANTS[name]
    page = read_script(SCRIPTS[name], CONFIG.tags)
    changed = cell_with(page, old)
    mutant = mutated(page, changed, old, new, last=changed.number + later)
    differences = found_in(mutant, tmp_path)
    assert differences
    # what comes before the change is as recorded
    assert all(difference.cell >= changed.number for difference in differences), differences


def cell_with(page: Script, code: str) -> Cell:
    """The cell in which this code stands, once on the page."""
    found = [cell for cell in page.code if code in cell.source]
    assert len(found) == 1, f"{code!r} stands in {len(found)} cells of {page.path}, expected one"
    assert found[0].source.count(code) == 1, f"{code!r} stands more than once in its cell"
    return found[0]


def mutated(page: Script, changed: Cell, old: str, new: str, *, last: int) -> Script:
    """The page with one cell changed, up to the code cell with the number `last`."""
    cells = []
    for cell in page.cells:
        if cell is changed:
            cells.append(replace(cell, source=cell.source.replace(old, new)))
        elif cell.number <= last:
            cells.append(cell)
    return replace(page, cells=cells)


def found_in(mutant: Script, cache: Path) -> list[Difference]:
    """How a run of the mutant differs from the record of the page, as far as the mutant goes."""
    run = run_pages([mutant], replace(CONFIG, cache=str(cache)))[mutant.name]
    assert isinstance(run, Run), run
    record = read_record(mutant.name, CONFIG)
    assert record is not None, f"{mutant.name} has no record. Run `regen record {mutant.name}`."
    recorded = replace(record, cells=record.cells[: len(run.cells)])
    return compare(mutant, run, recorded)
