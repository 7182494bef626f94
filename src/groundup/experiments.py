"""What the sources trained: their networks and settings, to run again."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from groundup.criteria import Criterion, one_hot_mse
from groundup.data import Digits, normalize, scale
from groundup.models import DenseClassifier, DenseNet, conv_dropout, conv_one_layer, conv_two_layers
from groundup.sources import (
    CLASSIFIER_MEAN,
    CLASSIFIER_STD,
    CLASSIFIER_TEST,
    DENSE_ARTICLE,
    DENSE_REPOSITORY,
    PIXEL_MEAN_REPOSITORY,
    PIXEL_STD_REPOSITORY,
    REPOSITORY,
    Reported,
)
from groundup.train import Epoch, History, Transform, fit

normalize_as_reported = partial(
    normalize, mean=PIXEL_MEAN_REPOSITORY.figure, std=PIXEL_STD_REPOSITORY.figure
)


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A network, how it is trained, and the test accuracy that its source reports at the end."""

    model: Callable[[], nn.Module]
    criterion: Criterion
    epochs: int
    lr: float
    reported: Reported
    weight_decay: float = 0.0
    batch_size: int = 10
    extended: bool = False  # trained on the digits and their shifted copies
    transform: Transform = normalize_as_reported

    def run(
        self,
        train: Digits,
        test: Digits,
        *,
        seed: int,
        max_steps: int | None = None,
        report: Callable[[Epoch], object] | None = None,
    ) -> tuple[nn.Module, History]:
        """Train a new model for all epochs of the source, or for some first steps of them.

        Args:
            train: the digits to learn from, already extended where the experiment asks for it; the
                model is trained on their device.
            test: the digits on which the accuracy is measured.
            seed: of the initial weights and of the order of the digits.
            max_steps: stop after so many steps; all epochs without it.
            report: called with each finished epoch.

        Returns:
            The trained model, and its history: the epochs, the last of which may be a part of one,
            and all losses.
        """
        model = self.new_model(seed).to(train.images.device)
        arguments = {**self.fit_arguments, "max_steps": max_steps, "report": report}
        history = fit(model, train, test, seed=seed, **arguments)
        return model, history

    def new_model(self, seed: int) -> nn.Module:
        """An untrained model, on the CPU.

        The seed is also the one of PyTorch's random numbers from here on.
        """
        torch.manual_seed(seed)
        return self.model()

    @property
    def fit_arguments(self) -> dict[str, Any]:
        """The keyword arguments of `fit`, except the seed and the number of steps."""
        return {
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "lr": self.lr,
            "criterion": self.criterion,
            "weight_decay": self.weight_decay,
            "transform": self.transform,
        }


EXPERIMENTS = {  # the README's table
    "dense": Experiment(
        model=DenseNet, criterion=one_hot_mse, epochs=30, lr=3.0, reported=DENSE_REPOSITORY
    ),
    "one convolution": Experiment(
        model=conv_one_layer,
        criterion=F.cross_entropy,
        epochs=60,
        lr=0.1,
        reported=Reported(0.9891, REPOSITORY),
    ),
    "two convolutions": Experiment(
        model=partial(conv_two_layers, nn.Sigmoid),
        criterion=F.cross_entropy,
        epochs=60,
        lr=0.1,
        reported=Reported(0.9913, REPOSITORY),
    ),
    "ReLU": Experiment(
        model=conv_two_layers,
        criterion=F.cross_entropy,
        epochs=60,
        lr=0.03,
        weight_decay=0.00005,
        reported=Reported(0.993, REPOSITORY),
    ),
    "extended data": Experiment(
        model=conv_two_layers,
        criterion=F.cross_entropy,
        epochs=60,
        lr=0.03,
        weight_decay=0.00005,
        extended=True,
        reported=Reported(0.9943, REPOSITORY),
    ),
    "dropout": Experiment(
        model=conv_dropout,
        criterion=F.cross_entropy,
        epochs=40,
        lr=0.005,
        extended=True,
        reported=Reported(0.9964, REPOSITORY),
    ),
}

ARTICLES = {  # what the articles beside that README train
    "article": Experiment(
        model=DenseNet,
        criterion=one_hot_mse,
        epochs=30,
        lr=3.0,
        transform=scale,
        reported=DENSE_ARTICLE,
    ),
    "classifier": Experiment(
        model=DenseClassifier,
        criterion=F.cross_entropy,
        epochs=10,
        batch_size=64,
        lr=0.01,
        transform=partial(normalize, mean=CLASSIFIER_MEAN.figure, std=CLASSIFIER_STD.figure),
        reported=CLASSIFIER_TEST,
    ),
}
