"""Training and evaluation on digits that lie whole in memory, without work for each image."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import overload

import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor, nn

from groundup.criteria import Criterion
from groundup.data import Digits, scale
from groundup.engines import Choice, choose, choose_side_by_side, form_of
from groundup.engines.task import Task
from groundup.repro import out_of_memory_explained

Transform = Callable[[UInt8[Tensor, "n 28 28"]], Float[Tensor, "n 1 28 28"]]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Epoch:
    """One pass over the training digits."""

    number: int
    loss: float  # mean of its steps
    accuracy: float  # on the test digits after it (0..1)

    def __str__(self) -> str:
        return f"epoch {self.number:2d}   loss {self.loss:.5f}   accuracy {self.accuracy:.4f}"


@dataclass(frozen=True, eq=False)
class History(Sequence[Epoch]):
    """What a training run leaves: its epochs, of which it is a sequence, and the loss of each step.

    Attributes:
        epochs: one for each pass over the training digits, the unfinished last one included.
        losses: of each step in turn, float32, on the CPU.
        engine: what took the last steps: "autograd", "manual" or "graph".
        refused: why no faster engine did, in a few words; empty if one did, or if none was looked
            for.
    """

    epochs: tuple[Epoch, ...]
    losses: Float[Tensor, " steps"]
    engine: str
    refused: str = ""

    @overload
    def __getitem__(self, index: int) -> Epoch: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Epoch, ...]: ...

    def __getitem__(self, index: int | slice) -> Epoch | tuple[Epoch, ...]:
        return self.epochs[index]

    def __len__(self) -> int:
        return len(self.epochs)


@out_of_memory_explained()
def fit(
    model: nn.Module,
    train: Digits,
    test: Digits,
    *,
    epochs: int,
    batch_size: int,
    lr: float,
    criterion: Criterion,
    weight_decay: float = 0.0,
    transform: Transform = scale,
    seed: int = 0,
    max_steps: int | None = None,
    first_epoch: int = 1,
    engine: str = "auto",
    report: Callable[[Epoch], object] | None = None,
) -> History:
    """Train by stochastic gradient descent, in place, with a new order of the digits in each epoch.

    Model and digits must lie on one device; nothing is copied between devices within an epoch. How
    the steps are taken is up to an engine of `groundup.engines`; all of them lead to the same
    weights, up to rounding. A step that does more than compute is left to the plain loop,
    `autograd`: one with hooks on the model, and on a GPU one whose functions read numbers, print or
    have other side effects.

    Args:
        model: takes images `(n, 1, 28, 28)`, gives outputs `(n, classes)`.
        train: the digits to learn from.
        test: the digits on which the accuracy is measured after each epoch.
        epochs: passes over `train`.
        batch_size: digits per step; the last batch of an epoch may be smaller.
        lr: learning rate, the factor of each step.
        criterion: takes outputs and labels, gives the loss, a tensor of shape `()`.
        weight_decay: in each step every parameter also shrinks by `lr * weight_decay` times itself.
        transform: makes a batch of bytes `(n, 28, 28)` the floats `(n, 1, 28, 28)` that the model
            takes.
        seed: fixes the order of the digits, on every device alike.
        max_steps: stop after so many steps, even within an epoch.
        first_epoch: go on with a model that has passed the epochs before this one.
        engine: `auto` for the fastest that can train this, or `autograd`, `manual` or `graph`.
        report: called with each finished epoch, `print` for example.

    Returns:
        The epochs, the loss of every step, and the engine that took them.

    Raises:
        ValueError: `epochs`, `batch_size`, `max_steps` or `first_epoch` is less than 1, `lr` or
            `weight_decay` less than 0, or there are no digits.
        EngineError: there is no such engine, or the one asked for by name cannot train this.
        torch.OutOfMemoryError: the GPU has no memory left.
    """
    rates = {"lr": lr, "weight_decay": weight_decay}
    counts = {
        "epochs": epochs,
        "batch_size": batch_size,
        "max_steps": max_steps,
        "first_epoch": first_epoch,
    }
    _check_arguments("fit", train, test, rates, counts)
    # the order of numbers in memory in which convolutions are fastest
    model.to(memory_format=torch.channels_last)
    task = Task(model, train, transform, criterion, lr, weight_decay, batch_size)
    epochs_left = range(first_epoch, epochs + 1)
    batches = shuffled(
        train, [seed], epochs=epochs_left, batch_size=batch_size, max_steps=max_steps
    )
    engine_of_task = partial(choose, engine, task)
    (history,) = _train(engine_of_task, [model], batches, test, transform, report)
    return history


def _check_arguments(
    where: str,
    train: Digits,
    test: Digits,
    rates: dict[str, float],
    counts: dict[str, int | None],
) -> None:
    for name, number in counts.items():
        if number is not None and number < 1:
            raise ValueError(f"{where}: {name}={number}, expected at least 1.")
    for name, rate in rates.items():
        if not rate >= 0:
            raise ValueError(f"{where}: {name}={rate}, expected at least 0.")
    for name, digits in {"train": train, "test": test}.items():
        if not len(digits):
            raise ValueError(f"{where}: {name} has no digits.")


def mean(losses: Float[Tensor, " steps"]) -> float:
    """The mean, added up in float64: a sum of many thousands in float32 loses digits."""
    return losses.double().mean().item()


@out_of_memory_explained()
def fit_seeds(
    models: Sequence[nn.Module],
    train: Digits,
    test: Digits,
    *,
    seeds: Sequence[int],
    epochs: int,
    batch_size: int,
    lr: float,
    criterion: Criterion,
    weight_decay: float = 0.0,
    transform: Transform = scale,
    max_steps: int | None = None,
) -> list[History]:
    """Train several dense networks at once, each on its own order of the digits.

    The weights are those that `fit` would give one network after the other, up to rounding. The
    networks' products become one batched product, so that what a step costs beside its arithmetic
    is paid once. All networks must have one form, of dense layers and activations.

    Args:
        models: the networks, on the device of the digits; trained in place.
        train: the digits to learn from.
        test: the digits on which the accuracies are measured after each epoch.
        seeds: of the order of the digits, one for each network.
        epochs: passes over `train`.
        batch_size: digits per step.
        lr: learning rate.
        criterion: `one_hot_mse` or `F.cross_entropy`.
        weight_decay: as in `fit`.
        transform: `scale`, or `normalize` with its mean and deviation.
        max_steps: stop after so many steps, even within an epoch.

    Returns:
        The epochs of each network, and its loss in every step.

    Raises:
        ValueError: there is no network, there are not as many seeds as networks, a network is given
            twice, or a number is one that `fit` refuses.
        EngineError: networks, criterion or transform are of another kind.
    """
    rates = {"lr": lr, "weight_decay": weight_decay}
    counts = {"epochs": epochs, "batch_size": batch_size, "max_steps": max_steps}
    _check_arguments("fit_seeds", train, test, rates, counts)
    if not models:
        raise ValueError("fit_seeds: no models. Give one network for each seed.")
    if len(models) != len(seeds):
        found = f"{len(models)} models and {len(seeds)} seeds"
        raise ValueError(f"fit_seeds: {found}, expected one seed for each model.")
    if len(set(models)) < len(models):
        raise ValueError(
            "fit_seeds: a model is given twice. It cannot follow two orders of the digits."
        )
    task = Task(models[0], train, transform, criterion, lr, weight_decay, batch_size)
    batches = shuffled(
        train, seeds, epochs=range(1, epochs + 1), batch_size=batch_size, max_steps=max_steps
    )
    histories = _train(partial(choose_side_by_side, models, task), models, batches, test, transform)
    # while they were trained, their weights were parts of common tensors
    for model in models:
        for parameter in model.parameters():
            parameter.data = parameter.data.clone()
    return histories


def _choose(choice: Callable[[], Choice]) -> Choice:
    chosen = choice()
    said = {"engine": chosen.engine, "refused": chosen.refused}
    log.info("steps by %s", chosen.engine, extra=said)
    return chosen


def _train(
    choice: Callable[[], Choice],
    models: Sequence[nn.Module],
    epochs: Iterable[tuple[int, list[Tensor]]],
    test: Digits,
    transform: Transform,
    report: Callable[[Epoch], object] | None = None,
) -> list[History]:
    """Take all steps of each epoch, then measure the accuracy of each network.

    `epochs` are those of `shuffled`. The engine is chosen again if `report` has changed a network:
    what the engine knew of it is no longer true then.
    """
    chosen = _choose(choice)
    forms = list(map(form_of, models))
    histories: list[list[Epoch]] = [[] for _ in models]
    losses = [torch.empty(len(models), 0)]
    for number, batches in epochs:
        # not after the last epoch: no steps are left then that a new engine could take or refuse
        if report and forms != list(map(form_of, models)):
            chosen = _choose(choice)
            forms = list(map(form_of, models))
        for model in models:
            model.train()
        taken = [chosen.take(part) for part in batches]
        of_epoch = torch.cat(taken, dim=1)  # (networks, steps)
        of_epoch = of_epoch.cpu()  # the only time that the losses are waited for
        losses.append(of_epoch)
        for model, history, its_losses in zip(models, histories, of_epoch, strict=True):
            reached = accuracy(model, test, transform=transform)
            history.append(Epoch(number, mean(its_losses), reached))
            if report:
                report(history[-1])

    finished = []
    of_all = torch.cat(losses, dim=1)
    for history, its_losses in zip(histories, of_all, strict=True):
        finished.append(History(tuple(history), its_losses, chosen.engine, chosen.refused))
    return finished


def shuffled(
    digits: Digits,
    seeds: Sequence[int],
    *,
    epochs: range,
    batch_size: int,
    max_steps: int | None = None,
) -> Iterator[tuple[int, list[Int64[Tensor, "networks steps batch"]]]]:
    """The batches of each epoch, in an order of its own for each network.

    Args:
        digits: what is shuffled.
        seeds: of the orders, one for each network.
        epochs: the numbers of the epochs. An epoch has the same order whether the run began with it
            or with the first.
        batch_size: digits per step.
        max_steps: end after so many steps.

    Yields:
        An epoch's number and the positions of its digits, on their device: whole batches, then a
        smaller last one, if there are any of these.
    """
    # on the CPU, so that a GPU sees the same order
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    whole = len(digits) // batch_size
    for number in range(1, epochs.stop):
        drawn = [torch.randperm(len(digits), generator=generator) for generator in generators]
        if number < epochs.start:
            continue
        orders = torch.stack(drawn).to(digits.images.device)  # (networks, digits)
        first = orders[:, : whole * batch_size].unflatten(1, (whole, batch_size))
        last = orders[:, whole * batch_size :].unsqueeze(1)
        if max_steps is not None:
            first = first[:, :max_steps]
            last = last[:, : max(0, max_steps - whole)]
        batches = [part for part in (first, last) if part.numel()]
        yield number, batches
        if max_steps is not None:
            for part in batches:
                max_steps -= part.shape[1]
            if max_steps == 0:
                return


@out_of_memory_explained()
@torch.no_grad()
def predict(
    model: nn.Module, digits: Digits, *, transform: Transform = scale, batch_size: int | None = None
) -> Float[Tensor, "n classes"]:
    """The model's outputs for all digits, in evaluation mode; the model's mode is restored.

    `batch_size` digits are computed at once: by default 100 on the CPU, whose caches then hold what
    the layers hand on, and 1000 on a GPU, which would be idle with fewer.
    """
    if batch_size is None and digits.images.is_cuda:
        batch_size = 1000
    elif batch_size is None:
        batch_size = 100
    was_training = model.training
    model.eval()
    try:
        outputs = [model(transform(images)) for images in digits.images.split(batch_size)]
        return torch.cat(outputs)
    finally:
        model.train(was_training)


def accuracy(model: nn.Module, digits: Digits, *, transform: Transform = scale) -> float:
    """The fraction (0..1) of the digits whose largest output is the one of their label."""
    answers = predict(model, digits, transform=transform).argmax(dim=1)
    right = (answers == digits.labels).sum().item()
    return right / len(digits)
