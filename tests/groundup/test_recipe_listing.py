"""The recipe as the page lists it is the one of the library, which made the runs on record."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from groundup.data import Digits, load_mnist
from groundup.models import conv_blocks
from groundup.recipe import LONGER, WHOLE, predict_augmented, random_affine, train_by
from regen.config import load_config
from regen.script.reading import read_script

ROOT = Path(__file__).parents[2]
SEED = 3
# what the page defines, and the recipe is made of
DEFINITIONS = (
    "def normalise(",
    "def network(",
    "def sgd(",
    "def one_cycle(",
    "def move(",
    "def moving_average(",
    "def predict_augmented(",
    "def train(",
    "def longer(",
)


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    """The names of the page, with its definitions run and nothing trained, and another seed."""
    script = read_script(ROOT / "tutorials/minutes.py", load_config(ROOT).tags)
    # none of the outcomes on record is looked up
    names: dict[str, Any] = {"compare": lambda *_: None, "outcomes": lambda _: []}
    left = list(DEFINITIONS)
    for cell in script.code:
        if any(definition in cell.source for definition in left) or cell is script.code[0]:
            exec(cell.source, names)
            names["seed"] = SEED
            names["device"] = torch.device("cpu")
            left = [definition for definition in left if definition not in cell.source]
    assert left == []
    return names


@pytest.fixture(scope="module")
def few() -> Digits:
    train, _ = load_mnist()
    return Digits(train.images[:330], train.labels[:330])


def weights(model: nn.Module) -> Tensor:
    tensors = [tensor.detach().flatten().float() for tensor in model.state_dict().values()]
    return torch.cat(tensors)


def test_the_listing_gives_the_weights_of_the_recipe(page: dict[str, Any], few: Digits) -> None:
    """Ten steps an epoch, and two updates of the average; then a smaller last batch as well."""
    for size in (33, 40):
        listed = page["train"](
            page["network"](nn.BatchNorm2d), few, lr=0.1, epochs=2, batch_size=size
        )
        settings = {**vars(WHOLE), "lr": 0.1, "epochs": 2, "batch_size": size}
        model, _ = train_by(type(WHOLE)(**settings), few, seed=SEED)
        torch.testing.assert_close(weights(listed), weights(model), rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(
            page["predict_augmented"](listed, few.images),
            predict_augmented(model, few),
            rtol=1e-2,
            atol=1e-3,
        )


def test_the_listing_moves_digits_as_the_recipe_does(page: dict[str, Any], few: Digits) -> None:
    images = page["normalise"](few.images)
    drawn = 2 * torch.rand(len(few), 5) - 1
    torch.testing.assert_close(page["move"](images, drawn), random_affine(images, drawn))


def test_the_network_of_the_exercise_is_the_longer_one(page: dict[str, Any]) -> None:
    listed = [tensor.shape for tensor in page["longer"]().state_dict().values()]
    ours = conv_blocks(LONGER.widths, batch_norm=True).state_dict().values()
    assert listed == [tensor.shape for tensor in ours]
