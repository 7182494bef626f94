"""A recipe that reads digits as well as the last row of the README's table, after minutes.

Its ingredients are settings, to be switched on one by one.
"""

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

EMA_EVERY = 5  # steps
VIEWS = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)]  # rows down, columns to the right


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A network and how it is trained.

    The defaults are a plain start, without any of the ingredients.
    """

    widths: tuple[int, ...] = (32, 64, 128, 256)  # channels after each convolution
    epochs: int = 3
    batch_size: int = 100
    lr: float = 0.01  # with `one_cycle`, the highest
    momentum: float = 0.9
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    batch_norm: bool = False
    # the rate climbs for a quarter of the steps, then falls to nothing
    one_cycle: bool = False
    # each training image is turned, scaled and shifted a little, at random
    augment: bool = False
    # what an exponential moving average of the weights keeps at each update; 0: no average
    ema_decay: float = 0.0
    # after the last epoch, the probabilities of each digit are averaged over its `VIEWS`
    test_time_augmentation: bool = False


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
    sin = torch.sin(angle)
    cos = torch.cos(angle)
    rows = [
        torch.stack([cos * stretch[:, 0], -sin * stretch[:, 1], shift[:, 0]], dim=1),
        torch.stack([sin * stretch[:, 0], cos * stretch[:, 1], shift[:, 1]], dim=1),
    ]
    matrices = torch.stack(rows, dim=1)  # (n, 2, 3)
    where = F.affine_grid(matrices, list(images.shape), align_corners=False)  # (n, h, w, 2)
    return F.grid_sample(images, where, padding_mode="border", align_corners=False)


def predict_augmented(model: nn.Module, digits: Digits) -> Float[Tensor, "n classes"]:
    """The model's probabilities with test-time augmentation.

    Returns:
        The mean of the probabilities that the model gives for each digit and for its four copies
        shifted by one pixel.
    """
    probabilities = []
    for down, right in VIEWS:
        view = Digits(shift(digits.images, down=down, right=right), digits.labels)
        outputs = predict(model, view, transform=normalize_as_reported)
        probabilities.append(outputs.softmax(dim=1))
    return torch.stack(probabilities).mean(dim=0)


def train_quickly(
    recipe: Recipe,
    train: Digits,
    test: Digits,
    *,
    seed: int = 0,
    report: Callable[[Epoch], object] | None = None,
) -> tuple[nn.Module, list[Epoch]]:
    """Train a new network by a recipe, with larger batches than the sources'.

    Args:
        recipe: the network, its settings and whatever ingredients they switch on.
        train: the digits to learn from; the network is trained on their device.
        test: the digits on which the accuracy is measured after each epoch.
        seed: of the weights, the order of the digits and the augmentation.
        report: called with each finished epoch.

    Returns:
        The network that is tested, with averaged weights where the recipe asks for them, and its
        epochs.
    """
    device = train.images.device
    torch.manual_seed(seed)
    model = conv_stack(recipe.widths, batch_norm=recipe.batch_norm)
    model.to(device).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=recipe.lr,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
        nesterov=recipe.momentum > 0,
    )
    steps_per_epoch = -(-len(train) // recipe.batch_size)  # rounded up
    schedule = None
    if recipe.one_cycle:
        schedule = _one_cycle(optimizer, recipe.lr, recipe.epochs * steps_per_epoch)
    averaged = None
    tested: nn.Module = model
    if recipe.ema_decay:
        averaged = _averaged(model, recipe.ema_decay)
        tested = averaged.module

    history: list[Epoch] = []
    steps = 0
    for number in range(1, recipe.epochs + 1):
        total = torch.zeros((), device=device)
        order = torch.randperm(len(train)).to(device)
        for batch in order.split(recipe.batch_size):
            loss = _loss(model, recipe, train.images[batch], train.labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps += 1
            if schedule is not None:
                schedule.step()
            if averaged is not None and steps % EMA_EVERY == 0:
                averaged.update_parameters(model)
            total += loss.detach()

        if recipe.test_time_augmentation and number == recipe.epochs:
            answers = predict_augmented(tested, test).argmax(dim=1)
            reached = (answers == test.labels).sum().item() / len(test)
        else:
            reached = accuracy(tested, test, transform=normalize_as_reported)
        history.append(Epoch(number, total.item() / steps_per_epoch, reached))
        if report:
            report(history[-1])
    return tested, history


def _loss(model: nn.Module, recipe: Recipe, images: Tensor, labels: Tensor) -> Tensor:
    """The loss of a batch, given as bytes."""
    images = normalize_as_reported(images)
    if recipe.augment:
        images = random_affine(images)
    outputs = model(images.contiguous(memory_format=torch.channels_last))
    return F.cross_entropy(outputs, labels, label_smoothing=recipe.label_smoothing)


SMALL = (16, 32, 64)  # the widths at which the ingredients are tried
PLAIN = Recipe(widths=SMALL)
# Of each, what it changes in the plain start. The names are those of the rows on record, of which
# "vote" is test-time augmentation.
INGREDIENTS: dict[str, dict[str, Any]] = {
    "batch normalisation": {"batch_norm": True},
    "one-cycle schedule": {"one_cycle": True, "lr": 0.1},
    "augmentation": {"augment": True},
    "averaged weights": {"ema_decay": 0.98},
    "label smoothing": {"label_smoothing": 0.1},
    "vote": {"test_time_augmentation": True},
    "weight decay": {"weight_decay": 0.0005},
}
# More than two standard errors in the trials on record. With three seeds, that is a weak rule.
KEPT = [name for name in INGREDIENTS if name != "weight decay"]
ALL_KEPT = PLAIN
for _name in KEPT:
    ALL_KEPT = replace(ALL_KEPT, **INGREDIENTS[_name])

TRIALS = {  # learn from the first 50,000 training digits, checked on the other 10,000
    "plain": PLAIN,
    **{name: replace(PLAIN, **changes) for name, changes in INGREDIENTS.items()},
    "all that gain": ALL_KEPT,
}
FINALS = {  # learn from all 60,000 training digits, tested on the test digits
    "ten seconds": replace(ALL_KEPT, epochs=1),
    "minutes": replace(ALL_KEPT, widths=(32, 64, 128, 256), epochs=7, batch_size=50, lr=0.05),
}


def split_train_val(digits: Digits) -> tuple[Digits, Digits]:
    """The first 50,000 training digits to learn from, and the other 10,000 to make choices by."""
    train = Digits(digits.images[:50_000], digits.labels[:50_000])
    val = Digits(digits.images[50_000:], digits.labels[50_000:])
    return train, val


def _one_cycle(optimizer: torch.optim.Optimizer, lr: float, steps: int) -> OneCycleLR:
    return OneCycleLR(
        optimizer,
        lr,
        total_steps=steps + 1,
        pct_start=0.25,
        anneal_strategy="linear",
        cycle_momentum=False,
    )


def _averaged(model: nn.Module, ema_decay: float) -> AveragedModel:
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(ema_decay), use_buffers=True)
