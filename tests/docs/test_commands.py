"""The README's six commands and ours: each of ours runs its row, each of theirs fits our recipe."""

import argparse
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs/run_it_yourself.md"
ROW = re.compile(r"^# (?P<row>.+)\n(?P<readme>python pytorch_.+)\n(?P<ours>python -m .+)$", re.M)
TABLE = {match["row"]: match for match in ROW.finditer(PAGE.read_text(encoding="utf-8"))}
each_row = pytest.mark.parametrize("row", TABLE)
NETWORKS = {"": "one convolution", "2conv": "two convolutions", "relu": "ReLU", "final": "dropout"}


def test_all_six_rows_stand_on_the_page() -> None:
    from groundup.experiments import EXPERIMENTS

    assert list(TABLE) == list(EXPERIMENTS)


@each_row
def test_our_command_asks_for_one_run_of_its_row(row: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from groundup import full_runs

    asked = []

    def missing(
        rows: list[str], seeds: range | None, where: object = None
    ) -> Iterator[tuple[str, int]]:
        asked.append((rows, seeds, where is not None))
        yield from ()

    python, switch, module, *arguments = shlex.split(TABLE[row]["ours"])
    assert (python, switch, module) == ("python", "-m", full_runs.__name__)
    monkeypatch.setattr(full_runs, "missing", missing)
    monkeypatch.setattr(sys, "argv", [module, *arguments])
    full_runs.main()
    assert asked == [([row], range(1), True)]


@each_row
def test_the_command_of_the_readme_says_what_our_recipe_says(row: str) -> None:
    from groundup.experiments import EXPERIMENTS

    recipe = EXPERIMENTS[row]
    _, script, *arguments = shlex.split(TABLE[row]["readme"])
    if row == "dense":
        assert (script, arguments) == ("pytorch_mnist.py", [])
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--net", default="")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--wd", type=float, default=0.0)
    parser.add_argument("--extend_data", action="store_true")
    said = parser.parse_args(arguments)
    assert script == "pytorch_mnist_convnet.py"
    assert (said.epochs, said.lr, said.wd) == (recipe.epochs, recipe.lr, recipe.weight_decay)
    assert said.extend_data == recipe.extended
    assert EXPERIMENTS[NETWORKS[said.net]].model is recipe.model
