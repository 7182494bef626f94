"""Training and evaluation on digits that lie whole in memory: the loop of the tutorials, without its per-image work."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import overload

import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor, nn
from torch.nn import functional as F

from groundup import fast, side_effects
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


@dataclass(frozen=True, eq=False)
class History(Sequence[Epoch]):
    """What a training run leaves: its epochs, of which it is a sequence, and the loss of every single step.

    Attributes:
        epochs: one for each pass over the training digits, the unfinished last one included.
        losses: of each step in turn, float32, on the CPU.
        steps: the way in which the steps were taken: "autograd", "written out" or "CUDA graph".
        refused: why no faster way was taken, in a few words; empty if one was, or if none was looked for.
    """

    epochs: tuple[Epoch, ...]
    losses: Float[Tensor, " steps"]
    steps: str
    refused: str = ""

    @overload
    def __getitem__(self, index: int) -> Epoch: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Epoch, ...]: ...

    def __getitem__(self, index: int | slice) -> Epoch | tuple[Epoch, ...]:
        return self.epochs[index]

    def __len__(self) -> int:
        return len(self.epochs)


def one_hot_mse(outputs: Float[Tensor, "n classes"], labels: Int64[Tensor, " n"]) -> Float[Tensor, ""]:
    """The squared error against one-hot targets, averaged over the batch and over the classes, as `nn.MSELoss` does."""
    return F.mse_loss(outputs, F.one_hot(labels, outputs.shape[1]).to(outputs.dtype))


GRADIENTS = {one_hot_mse: fast.squared_error_gradient, F.cross_entropy: fast.cross_entropy_gradient}
LOSSES = {one_hot_mse: fast.squared_errors, F.cross_entropy: fast.cross_entropies}


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
) -> History:
    """Train by stochastic gradient descent, in place, with a new order of the digits in each epoch.

    Model and digits must lie on one device; nothing is copied between devices within an epoch. Where `groundup.fast`
    knows a faster way to the same weights, up to rounding, it is taken. A step that does more than compute keeps the
    plain way: one with hooks on the model, and on a GPU one whose functions read numbers, print or take notes.

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
        The epochs, and the loss of every step.

    Raises:
        ValueError: `epochs`, `batch_size`, `max_steps` or `first_epoch` is less than 1.
    """
    _check_whole("fit", epochs=epochs, batch_size=batch_size, max_steps=max_steps, first_epoch=first_epoch)
    model.to(memory_format=torch.channels_last)  # the order of numbers in memory in which convolutions are fastest
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, weight_decay=weight_decay)
    take = plain_steps(model, train, transform, criterion, optimizer)
    steps = "autograd"
    refused = ""
    if not plain and _on_gpu(train):
        refused = side_effects.of_step(model, transform, criterion, image=train.images.shape[1:])
        if not refused:
            take = fast.captured_steps(model, train, transform, criterion, optimizer, batch_size)
            steps = "CUDA graph"
    elif not plain:
        layers = fast.written_out(model, lr=lr, weight_decay=weight_decay)
        if layers and criterion in GRADIENTS:
            take = fast.written_out_steps(layers, train, transform, LOSSES[criterion], GRADIENTS[criterion], lr)
            steps = "written out"
        else:
            refused = side_effects.hooks(model) or "this step is not written out"
    note_steps(steps, refused)
    generator = torch.Generator().manual_seed(seed)  # on the CPU, so that a GPU sees the same order
    for _ in range(1, first_epoch):
        torch.randperm(len(train), generator=generator)
    history: list[Epoch] = []
    losses = [torch.empty(0)]
    steps_left = max_steps
    for number in range(first_epoch, epochs + 1):
        batches = torch.randperm(len(train), generator=generator).to(train.images.device).split(batch_size)[:steps_left]
        model.train()
        of_epoch = take(batches).cpu()  # the only time that the losses are waited for
        losses.append(of_epoch)
        history.append(Epoch(number, mean(of_epoch), accuracy(model, test, transform=transform)))
        if report:
            report(history[-1])
        if steps_left is not None:
            steps_left -= len(batches)
            if steps_left == 0:
                break
    return History(tuple(history), torch.cat(losses), steps, refused)


def _check_whole(where: str, **numbers: int | None) -> None:
    for name, number in numbers.items():
        if number is not None and number < 1:
            raise ValueError(f"{where}: {name}={number}, expected at least 1.")


def _on_gpu(digits: Digits) -> bool:
    return digits.images.is_cuda


def mean(losses: Float[Tensor, " steps"]) -> float:
    """The mean, added up in float64: a sum of many thousands in float32 loses digits."""
    return losses.double().mean().item()


def plain_steps(
    model: nn.Module, train: Digits, transform: Transform, criterion: Criterion, optimizer: torch.optim.Optimizer
) -> fast.Steps:
    """The steps of the tutorials: forward, loss, backward, step, one batch after the other."""

    def take(batches: fast.Batches) -> Float[Tensor, " steps"]:
        # on the device of the digits: to read a loss would be to wait for it
        losses = torch.zeros(len(batches), device=train.images.device)
        for i, batch in enumerate(batches):
            optimizer.zero_grad()
            loss = criterion(model(transform(train.images[batch])), train.labels[batch])
            loss.backward()
            optimizer.step()
            losses[i] = loss.detach()
        return losses

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
) -> list[History]:
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
        transform: `scale`, or `normalize` with its mean and deviation.
        max_steps: stop after so many steps, even within an epoch.

    Returns:
        The epochs of each network, and its loss in every step.

    Raises:
        ValueError: there are not as many seeds as networks, a network stands there twice, networks, criterion or transform
            are of another kind, or `epochs`, `batch_size` or `max_steps` is less than 1.
    """
    _check_whole("fit_seeds", epochs=epochs, batch_size=batch_size, max_steps=max_steps)
    if len(models) != len(seeds):
        raise ValueError(f"fit_seeds: {len(models)} models and {len(seeds)} seeds, expected one seed for each model.")
    if len(set(models)) < len(models):
        raise ValueError("fit_seeds: a model stands there twice. It cannot follow two orders of the digits.")
    layers = fast.side_by_side(models, lr=lr, weight_decay=weight_decay)
    if criterion not in GRADIENTS or layers is None:
        raise ValueError(
            "fit_seeds: expected networks of one form, of dense layers with sigmoid or ReLU, and one_hot_mse or F.cross_entropy. "
            "Train others one after the other, with fit."
        )
    if not fast.is_known(transform):
        raise ValueError(
            "fit_seeds: expected the transform scale or normalize, of groundup.data. A transform of your own may do "
            "something else for each network. Train with it one after the other, with fit."
        )
    take = fast.written_out_steps(layers, train, transform, LOSSES[criterion], GRADIENTS[criterion], lr)
    steps = "written out, side by side"
    note_steps(steps)
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    histories: list[list[Epoch]] = [[] for _ in models]
    losses = []
    steps_left = max_steps
    for number in range(1, epochs + 1):
        orders = torch.stack([torch.randperm(len(train), generator=generator) for generator in generators])
        batches = orders.to(train.images.device).split(batch_size, dim=1)[:steps_left]  # (networks, batch_size) each
        of_epoch = take(batches).cpu()  # (networks, steps)
        losses.append(of_epoch)
        for history, model, its_losses in zip(histories, models, of_epoch, strict=True):
            history.append(Epoch(number, mean(its_losses), accuracy(model, test, transform=transform)))
        if steps_left is not None:
            steps_left -= len(batches)
            if steps_left == 0:
                break
    together = torch.cat(losses, dim=1)
    return [History(tuple(history), row, steps) for history, row in zip(histories, together, strict=True)]


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
