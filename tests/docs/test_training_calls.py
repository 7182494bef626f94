"""Every training call of every page, rehearsed as if there were a GPU.

Its step must be captured, unless a hook watches it. Each page is run with a few hundred digits and
a few steps. What it computes is then of no use, and statements that expect a trained network may
fail. Each place in the page that trains must have been reached all the same.
"""

import ast
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from regen.config import load_config
from regen.script.reading import find_scripts

ROOT = Path(__file__).parents[2]
PAGE = "a page"  # the file that its code seems to come from
Reasons = dict[
    int, set[str]
]  # by the line of a training call, what speaks against capturing its steps


def training_lines(code: str) -> set[int]:
    """The lines on which something trains: by `fit`, by `fit_seeds`, or by a recipe's `run`."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Call(func=ast.Name("fit" | "fit_seeds")):
                found.add(node.lineno)
            case ast.Call(func=ast.Attribute(attr="fit" | "fit_seeds" | "run")):
                found.add(node.lineno)
    return found


PAGES = {path.stem: path.read_text(encoding="utf-8") for path in find_scripts(load_config(ROOT))}
TRAINING = [name for name, code in PAGES.items() if training_lines(code)]


def line_of_page() -> int:
    """The line of the page that led here."""
    frame: FrameType | None = sys._getframe()
    while frame and frame.f_code.co_filename != PAGE:
        frame = frame.f_back
    assert frame
    return frame.f_lineno


def rehearse(code: str, monkeypatch: pytest.MonkeyPatch) -> Reasons:
    """Run a page, and rehearse the step of each of its training calls."""
    import matplotlib.pyplot as plt

    from groundup import data, experiments, train
    from groundup.engines import side_effects

    load_mnist = data.load_mnist
    fit = train.fit
    fit_seeds = train.fit_seeds
    reasons: Reasons = {}

    def few_digits(*args: Any) -> tuple[Any, ...]:
        return tuple(
            data.Digits(each.images[:600], each.labels[:600]) for each in load_mnist(*args)
        )

    def rehearsed(model: Any, digits: Any, test: Any, **settings: Any) -> Any:
        transform = settings.get("transform", data.scale)
        reason = side_effects.of_step(
            model, transform, settings["criterion"], image=digits.images.shape[1:]
        )
        reasons.setdefault(line_of_page(), set()).add(reason)
        return fit(model, digits, test, **settings | {"max_steps": 3})

    def side_by_side(*args: Any, **settings: Any) -> Any:
        reasons.setdefault(line_of_page(), set()).add("")  # written out on every device
        return fit_seeds(*args, **settings | {"max_steps": 3})

    stand_ins: list[tuple[Any, str, Callable[..., Any]]] = [
        (data, "load_mnist", few_digits),
        (train, "fit", rehearsed),
        (experiments, "fit", rehearsed),
        (train, "fit_seeds", side_by_side),
        (plt, "show", lambda: None),
    ]
    for owner, name, stand_in in stand_ins:
        monkeypatch.setattr(owner, name, stand_in)
    namespace = {"__name__": "__main__"}
    for statement in ast.parse(code).body:
        try:
            exec(compile(ast.Module([statement], []), PAGE, "exec"), namespace)
        except Exception as error:
            print(
                f"line {statement.lineno}: {type(error).__name__}: {error}"
            )  # shown if this test fails
        plt.close("all")
    return reasons


@pytest.mark.usefixtures("no_traces")
@pytest.mark.parametrize("page", TRAINING)
def test_each_training_call_can_be_captured_or_is_watched_by_a_hook(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons = rehearse(PAGES[page], monkeypatch)
    assert reasons.keys() == training_lines(PAGES[page]), "a training call was not reached"
    for line, several in reasons.items():
        for reason in several:
            assert not reason or reason.startswith("a hook on "), f"line {line}: {reason}"


def test_the_pages_that_train_are_found() -> None:
    assert {"conv_digits", "deeper_digits"} <= set(TRAINING)


READS_THE_LOSS = """
from groundup.data import load_mnist
from groundup.experiments import EXPERIMENTS
from dataclasses import replace

noted = []


def noting(criterion, noted):
    def noting_criterion(outputs, labels):
        loss = criterion(outputs, labels)
        noted.append(loss.item())
        return loss

    return noting_criterion


train, test = load_mnist()
recipe = EXPERIMENTS["dense"]
recipe = replace(recipe, criterion=noting(recipe.criterion, noted))
recipe.run(train, test, seed=0)
"""


@pytest.mark.usefixtures("no_traces")
def test_a_page_whose_criterion_reads_the_loss_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    ((line, found),) = rehearse(READS_THE_LOSS, monkeypatch).items()
    assert {line} == training_lines(READS_THE_LOSS)
    assert found == {
        "the step fails without numbers: Tensor.item() cannot be called on meta tensors"
    }
