"""Training and evaluation on digits that lie whole in memory: the loop of the tutorials, without its per-image work."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor, nn
from torch.nn import functional as F

from groundup import fast
from groundup.data import Digits, scale
from groundup.repro import note_steps

Criterion = fast.Criterion
Transform = Callable[[UInt8[Tensor, "n 28 28"]], Float[Tensor, "n 1 28 28"]]


@dataclass(frozen=True)
class Epoch:
    """One pass over the training digits: the mean loss of its steps, and the test accuracy after it (0..1)."""

    number: int
    loss: float
    accuracy: float

    def __str__(self) -> str:
        return f"epoch {self.number:2d}   loss {self.loss:.5f}   accuracy {self.accuracy:.4f}"


def one_hot_mse(outputs: Float[Tensor, "n classes"], labels: Int64[Tensor, " n"]) -> Float[Tensor, ""]:
    """The squared error against one-hot targets, averaged over the batch and over the classes, as `nn.MSELoss` does."""
    return F.mse_loss(outputs, F.one_hot(labels, outputs.shape[1]).to(outputs.dtype))


GRADIENTS = {one_hot_mse: fast.squared_error_gradient, F.cross_entropy: fast.cross_entropy_gradient}


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
    plain: bool = False,
    report: Callable[[Epoch], object] | None = None,
) -> list[Epoch]:
    """Train by stochastic gradient descent, in place, with a new order of the digits in each epoch.

    Model and digits must lie on one device; nothing is copied between devices within an epoch. Where `groundup.fast`
    knows a faster way to the same weights, up to rounding, it is taken.

    Args:
        model: takes images `(n, 1, 28, 28)`, gives outputs `(n, classes)`.
        train: the digits to learn from.
        test: the digits on which the accuracy is measured after each epoch.
        epochs: passes over `train`.
        batch_size: digits per step; the last batch of an epoch may be smaller.
        lr: learning rate, the factor of each step.
        criterion: takes outputs and labels, gives the loss, a tensor of shape `()`.
        weight_decay: in each step every parameter also shrinks by `lr * weight_decay` times itself.
        transform: makes a batch of bytes `(n, 28, 28)` the floats `(n, 1, 28, 28)` that the model takes.
        seed: fixes the order of the digits, on every device alike.
        max_steps: stop after so many steps, even within an epoch.
        first_epoch: go on with a model that has passed the epochs before this one.
        plain: take the steps of `plain_steps` in any case.
        report: called with each finished epoch, `print` for example.

    Returns:
        One `Epoch` for each pass, the unfinished last one included.

    Raises:
        ValueError: `epochs`, `batch_size`, `max_steps` or `first_epoch` is less than 1.
    """
    whole = {"epochs": epochs, "batch_size": batch_size, "max_steps": max_steps, "first_epoch": first_epoch}
    for name, number in whole.items():
        if number is not None and number < 1:
            raise ValueError(f"fit: {name}={number}, expected at least 1.")
    model.to(memory_format=torch.channels_last)  # the order of numbers in memory in which convolutions are fastest
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, weight_decay=weight_decay)
    take, name = plain_steps(model, train, transform, criterion, optimizer), "autograd"
    if not plain and train.images.is_cuda:
        take, name = fast.captured_steps(model, train, transform, criterion, optimizer, batch_size), "CUDA graph"
    elif not plain and criterion in GRADIENTS and (layers := fast.written_out(model, lr=lr, weight_decay=weight_decay)):
        take, name = (
            fast.written_out_steps(layers, train, transform, criterion, GRADIENTS[criterion], lr),
            "written out",
        )
    note_steps(name)
    generator = torch.Generator().manual_seed(seed)  # on the CPU, so that a GPU sees the same order
    for _ in range(1, first_epoch):
        torch.randperm(len(train), generator=generator)
    history: list[Epoch] = []
    steps_left = max_steps
    for number in range(first_epoch, epochs + 1):
        batches = torch.randperm(len(train), generator=generator).to(train.images.device).split(batch_size)[:steps_left]
        model.train()
        total = take(batches)
        history.append(Epoch(number, total.item() / len(batches), accuracy(model, test, transform=transform)))
        if report:
            report(history[-1])
        if steps_left is not None:
            steps_left -= len(batches)
            if steps_left == 0:
                break
    return history


def plain_steps(
    model: nn.Module, train: Digits, transform: Transform, criterion: Criterion, optimizer: torch.optim.Optimizer
) -> fast.Steps:
    """The steps of the tutorials: forward, loss, backward, step, one batch after the other."""

    def take(batches: fast.Batches) -> Float[Tensor, ""]:
        total = torch.zeros((), device=train.images.device)  # stays there: reading it would wait for the device
        for batch in batches:
            optimizer.zero_grad()
            loss = criterion(model(transform(train.images[batch])), train.labels[batch])
            loss.backward()
            optimizer.step()
            total += loss.detach()
        return total

    return take


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
) -> list[list[Epoch]]:
    """Train several dense networks at once, each on its own order of the digits, as `fit` would one after the other.

    The networks' products become one batched product, so that what a step costs beside its arithmetic is paid once. The
    weights are those of single runs, up to rounding. All networks must have one form, of dense layers and activations.

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
        transform: as in `fit`.
        max_steps: stop after so many steps, even within an epoch.

    Returns:
        The epochs of each network.

    Raises:
        ValueError: there are not as many seeds as networks, or the networks or the criterion are of another kind.
    """
    if len(models) != len(seeds):
        raise ValueError(f"fit_seeds: {len(models)} models and {len(seeds)} seeds, expected one seed for each model.")
    layers = fast.side_by_side(models, lr=lr, weight_decay=weight_decay)
    if criterion not in GRADIENTS or layers is None:
        raise ValueError(
            "fit_seeds: expected networks of one form, of dense layers with sigmoid or ReLU, and one_hot_mse or F.cross_entropy. "
            "Train others one after the other, with fit."
        )
    take = fast.written_out_steps(layers, train, transform, criterion, GRADIENTS[criterion], lr)
    note_steps("written out, side by side")
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    history: list[list[Epoch]] = [[] for _ in models]
    steps_left = max_steps
    for number in range(1, epochs + 1):
        orders = torch.stack([torch.randperm(len(train), generator=generator) for generator in generators])
        batches = orders.to(train.images.device).split(batch_size, dim=1)[:steps_left]  # (networks, batch_size) each
        losses = (take(batches) / len(batches)).tolist()
        for epochs_so_far, model, loss in zip(history, models, losses, strict=True):
            epochs_so_far.append(Epoch(number, loss, accuracy(model, test, transform=transform)))
        if steps_left is not None:
            steps_left -= len(batches)
            if steps_left == 0:
                break
    return history


@torch.no_grad()
def predict(
    model: nn.Module, digits: Digits, *, transform: Transform = scale, batch_size: int = 1000
) -> Float[Tensor, "n classes"]:
    """The model's outputs for all digits, in evaluation mode; the model's mode is restored."""
    was_training = model.training
    model.eval()
    try:
        return torch.cat([model(transform(images)) for images in digits.images.split(batch_size)])
    finally:
        model.train(was_training)


def accuracy(model: nn.Module, digits: Digits, *, transform: Transform = scale) -> float:
    """The fraction (0..1) of the digits whose largest output is the one of their label."""
    return (predict(model, digits, transform=transform).argmax(dim=1) == digits.labels).sum().item() / len(digits)
