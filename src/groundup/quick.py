"""A recipe that reads digits as well as the last row of the README's table after minutes, its ingredients as settings."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import OneCycleLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from groundup.data import Digits, shift
from groundup.experiments import normalize_as_reported
from groundup.models import conv_stack
from groundup.train import Epoch, accuracy, predict

AVERAGE_EVERY = 5  # steps
VIEWS = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)]  # rows down, columns to the right


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A network and how it is trained; the defaults are a plain start, without any of the ingredients."""

    widths: tuple[int, ...] = (32, 64, 128, 256)  # channels after each convolution
    epochs: int = 3
    batch_size: int = 100
    lr: float = 0.01  # with `one_cycle`, the highest
    momentum: float = 0.9
    weight_decay: float = 0.0
    batch_norm: bool = False
    one_cycle: bool = False  # the rate climbs for a quarter of the steps, then falls to nothing
    augment: bool = False  # each image is turned, scaled and shifted a little, at random
    average: float = 0.0  # what is kept of the averaged weights at each update; 0: no average
    label_smoothing: float = 0.0
    vote: bool = False  # after the last epoch, each digit is read in five places, and the network votes with itself


def random_affine(
    images: Float[Tensor, "n 1 h w"],
    *,
    degrees: float = 10.0,
    scale: float = 0.1,
    pixels: float = 2.0,
) -> Float[Tensor, "n 1 h w"]:
    """Each image turned, stretched and shifted by amounts drawn for it alone, all images at once.

    Args:
        images: normalised pixels; what comes in over the edge repeats the edge.
        degrees: the largest angle, to both sides.
        scale: the largest stretch, along each axis by itself.
        pixels: the largest shift, along each axis by itself.
    """
    n, _, _, width = images.shape

    def drawn(most: float, *shape: int) -> Tensor:
        return (torch.rand(n, *shape, device=images.device) * 2 - 1) * most

    angle = torch.deg2rad(drawn(degrees))
    stretch = 1 + drawn(scale, 2)
    shift = drawn(2 * pixels / width, 2)  # an image is 2 wide to grid_sample
    sin, cos = torch.sin(angle), torch.cos(angle)
    rows = [
        torch.stack([cos * stretch[:, 0], -sin * stretch[:, 1], shift[:, 0]], dim=1),
        torch.stack([sin * stretch[:, 0], cos * stretch[:, 1], shift[:, 1]], dim=1),
    ]
    matrices = torch.stack(rows, dim=1)  # (n, 2, 3)
    where = F.affine_grid(matrices, list(images.shape), align_corners=False)  # (n, h, w, 2)
    return F.grid_sample(images, where, padding_mode="border", align_corners=False)


def predict_by_vote(model: nn.Module, digits: Digits) -> Float[Tensor, "n classes"]:
    """The mean of the probabilities that the model gives for each digit and for its four copies shifted by one pixel."""
    seen = [
        Digits(shift(digits.images, down=down, right=right), digits.labels) for down, right in VIEWS
    ]
    return torch.stack(
        [predict(model, each, transform=normalize_as_reported).softmax(dim=1) for each in seen]
    ).mean(dim=0)


def train_quickly(
    recipe: Recipe,
    learn: Digits,
    check: Digits,
    *,
    seed: int = 0,
    report: Callable[[Epoch], object] | None = None,
) -> tuple[nn.Module, list[Epoch]]:
    """Train a new network by a recipe, with batches larger than the sources' and whatever ingredients the recipe names.

    Args:
        recipe: the network and its settings.
        learn: the digits to learn from; the network is trained on their device.
        check: the digits on which the accuracy is measured after each epoch.
        seed: of the weights, the order of the digits and the augmentation.
        report: called with each finished epoch.

    Returns:
        The network that is tested, with averaged weights where the recipe asks for them, and its epochs.
    """
    torch.manual_seed(seed)
    model = conv_stack(recipe.widths, batch_norm=recipe.batch_norm)
    model.to(learn.images.device).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=recipe.lr,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
        nesterov=recipe.momentum > 0,
    )
    steps = recipe.epochs * -(-len(learn) // recipe.batch_size)
    schedule = _one_cycle(optimizer, recipe.lr, steps) if recipe.one_cycle else None
    averaged = _averaged(model, recipe.average) if recipe.average else None
    tested = averaged.module if averaged else model
    history: list[Epoch] = []
    taken = 0
    for number in range(1, recipe.epochs + 1):
        total = torch.zeros((), device=learn.images.device)
        batches = torch.randperm(len(learn)).to(learn.images.device).split(recipe.batch_size)
        for batch in batches:
            images = normalize_as_reported(learn.images[batch])
            if recipe.augment:
                images = random_affine(images)
            outputs = model(images.contiguous(memory_format=torch.channels_last))
            loss = F.cross_entropy(
                outputs, learn.labels[batch], label_smoothing=recipe.label_smoothing
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            taken += 1
            if schedule:
                schedule.step()
            if averaged and taken % AVERAGE_EVERY == 0:
                averaged.update_parameters(model)
            total += loss.detach()
        if recipe.vote and number == recipe.epochs:
            right = (
                predict_by_vote(tested, check).argmax(dim=1) == check.labels
            ).sum().item() / len(check)
        else:
            right = accuracy(tested, check, transform=normalize_as_reported)
        history.append(Epoch(number, total.item() / len(batches), right))
        if report:
            report(history[-1])
    return tested, history


SMALL = (16, 32, 64)  # the widths at which the ingredients are tried
PLAIN = Recipe(widths=SMALL)
INGREDIENTS: dict[str, dict[str, Any]] = {  # of each, what it changes in the plain start
    "batch normalisation": {"batch_norm": True},
    "one-cycle schedule": {"one_cycle": True, "lr": 0.1},
    "augmentation": {"augment": True},
    "averaged weights": {"average": 0.98},
    "label smoothing": {"label_smoothing": 0.1},
    "vote": {"vote": True},
    "weight decay": {"weight_decay": 0.0005},
}
# More than two standard errors in the trials on record. With three seeds, that is a weak rule.
KEPT = [name for name in INGREDIENTS if name != "weight decay"]
ALL_KEPT = replace(
    PLAIN, **{key: value for name in KEPT for key, value in INGREDIENTS[name].items()}
)

TRIALS = {  # learn from the first 50,000 training digits, checked on the other 10,000
    "plain": PLAIN,
    **{name: replace(PLAIN, **changes) for name, changes in INGREDIENTS.items()},
    "all that gain": ALL_KEPT,
}
FINALS = {  # learn from all 60,000 training digits, tested on the test digits
    "ten seconds": replace(ALL_KEPT, epochs=1),
    "minutes": replace(ALL_KEPT, widths=(32, 64, 128, 256), epochs=7, batch_size=50, lr=0.05),
}


def split(train: Digits) -> tuple[Digits, Digits]:
    """The first 50,000 training digits to learn from, and the other 10,000 to make choices by."""
    first, last = slice(50_000), slice(50_000, None)
    return Digits(train.images[first], train.labels[first]), Digits(
        train.images[last], train.labels[last]
    )


def _one_cycle(optimizer: torch.optim.Optimizer, lr: float, steps: int) -> OneCycleLR:
    return OneCycleLR(
        optimizer,
        lr,
        total_steps=steps + 1,
        pct_start=0.25,
        anneal_strategy="linear",
        cycle_momentum=False,
    )


def _averaged(model: nn.Module, kept: float) -> AveragedModel:
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(kept), use_buffers=True)
