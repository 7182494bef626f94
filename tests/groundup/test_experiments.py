import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from groundup import sources
from groundup.criteria import one_hot_mse
from groundup.data import Digits, normalize
from groundup.experiments import EXPERIMENTS, Experiment
from groundup.models import DenseNet
from groundup.sources import Reported
from groundup.train import Epoch, fit

Both = tuple[Digits, Digits]

# The README's table in its order: parameters, activation, loss, epochs, lr, weight decay,
# batch size, extended, reported.
TABLE = {
    "dense": (79_510, None, one_hot_mse, 30, 3.0, 0.0, 10, False, 0.9758),
    "one convolution": (289_630, nn.Sigmoid, F.cross_entropy, 60, 0.1, 0.0, 10, False, 0.9891),
    "two convolutions": (85_670, nn.Sigmoid, F.cross_entropy, 60, 0.1, 0.0, 10, False, 0.9913),
    "ReLU": (85_670, nn.ReLU, F.cross_entropy, 60, 0.03, 0.00005, 10, False, 0.993),
    "extended data": (85_670, nn.ReLU, F.cross_entropy, 60, 0.03, 0.00005, 10, True, 0.9943),
    "dropout": (1_672_570, nn.ReLU, F.cross_entropy, 40, 0.005, 0.0, 10, True, 0.9964),
}


def weights(model: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def row(experiment: Experiment) -> tuple[Any, ...]:
    model = experiment.model()
    (activation,) = {
        type(layer) for layer in model.modules() if isinstance(layer, nn.Sigmoid | nn.ReLU)
    } or {None}
    return (
        len(weights(model)),
        activation,
        experiment.criterion,
        experiment.epochs,
        experiment.lr,
        experiment.weight_decay,
        experiment.batch_size,
        experiment.extended,
        experiment.reported.figure,
    )


@pytest.mark.parametrize("name", TABLE)
def test_recipe_is_the_one_of_the_readme(name: str) -> None:
    assert row(EXPERIMENTS[name]) == TABLE[name]


def test_recipes_stand_in_the_order_of_the_readme() -> None:
    assert list(EXPERIMENTS) == list(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_all_recipes_normalize_by_the_figures_that_the_readme_uses(few: Both, name: str) -> None:
    images = few[0].images
    expected = (images[:, None].double() / 255 - 0.1305) / 0.3081
    torch.testing.assert_close(EXPERIMENTS[name].transform(images), expected.float())


@pytest.mark.parametrize(
    ("max_steps", "epochs", "steps"),
    [(4, 30, [10, 10, 5, 10]), (4, 1, [10, 10, 5]), (None, 2, [10, 10, 5, 10, 10, 5])],
)
def test_run_ends_after_some_steps_or_after_all_epochs(
    few: Both, max_steps: int | None, epochs: int, steps: list[int]
) -> None:
    taken = []

    def counting(outputs: Tensor, labels: Tensor) -> Tensor:
        taken.append(len(labels))
        return one_hot_mse(outputs, labels)

    experiment = replace(EXPERIMENTS["dense"], criterion=counting, epochs=epochs)
    experiment.run(*few, seed=0, max_steps=max_steps)
    assert taken == steps


def test_run_trains_a_new_model_and_reports_each_epoch(few: Both) -> None:
    inverted = partial(normalize, mean=1.0, std=-1.0)
    arguments: dict[str, Any] = {
        "epochs": 2,
        "lr": 0.5,
        "weight_decay": 0.1,
        "batch_size": 7,
        "transform": inverted,
    }
    experiment = Experiment(
        model=DenseNet, criterion=one_hot_mse, reported=Reported(0.5, "a test"), **arguments
    )
    reported: list[Epoch] = []
    model, history = experiment.run(*few, seed=3, report=reported.append)
    torch.manual_seed(3)
    expected = DenseNet()
    same = fit(expected, *few, criterion=one_hot_mse, seed=3, **arguments)
    assert list(same) == list(history) == reported
    assert torch.equal(same.losses, history.losses)
    assert torch.equal(weights(model), weights(expected))


@pytest.mark.parametrize("name", ["dense", "dropout"])
def test_same_seed_gives_the_same_weights_and_another_seed_others(few: Both, name: str) -> None:
    def trained(seed: int) -> Tensor:
        torch.rand(seed)  # whatever was drawn before
        return weights(EXPERIMENTS[name].run(*few, seed=seed, max_steps=2)[0])

    first = trained(1)
    assert not torch.allclose(first, trained(2), atol=1e-3)
    assert torch.equal(first, trained(1))


def reported_in(value: object) -> Iterator[Reported]:
    """All reported figures in a value of the module, however deep."""
    if isinstance(value, Reported):
        yield value
    elif isinstance(value, Experiment):
        yield value.reported
    elif isinstance(value, dict):
        yield from reported_in(list(value.values()))
    elif isinstance(value, list):
        for inner in value:
            yield from reported_in(inner)


def test_each_reported_figure_is_a_number_with_a_source() -> None:
    figures: list[Reported] = []
    for value in (*vars(sources).values(), EXPERIMENTS):
        figures += reported_in(value)
    assert len(figures) > 50
    for figure, source in figures:
        assert type(figure) in (int, float) and math.isfinite(figure), source
        assert isinstance(source, str) and source.strip(), figure


def test_reported_accuracies_are_fractions() -> None:
    tables = [sources.CHAPTER_1, sources.CHAPTER_6, EXPERIMENTS]
    assert all(0 < reported.figure < 1 for reported in reported_in(tables))


def test_figures_of_the_classifier_are_quoted_from_where_they_stand() -> None:
    notebook = [
        sources.CLASSIFIER_TRAIN_LOSS,
        sources.CLASSIFIER_TEST,
        sources.CLASSIFIER_TEST_LOSS,
        sources.CLASSIFIER_MEAN,
        sources.CLASSIFIER_STD,
    ]
    assert all(source.startswith("notebook of sgugger") for _, source in notebook)
    assert sources.CLASSIFIER_TRAIN.source.startswith("sgugger")
