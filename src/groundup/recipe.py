"""A recipe that reads digits as well as the last row of the README's table, after minutes.

Its ingredients are settings, to be switched on one by one. `groundup.study` has on record what each
of them adds.
"""

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
from groundup.models import conv_blocks
from groundup.train import predict

EMA_EVERY = 5  # steps
VIEWS = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)]  # rows down, columns to the right


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A network and how it is trained.

    The defaults are a plain start, without any of the ingredients.
    """

    widths: tuple[int, ...] = (16, 32, 64)  # channels after each convolution
    epochs: int = 3
    batch_size: int = 100
    lr: float = 0.03  # with `one_cycle`, the highest
    momentum: float = 0.9
    batch_norm: bool = False
    # the rate climbs for a quarter of the steps, then falls to nothing
    one_cycle: bool = False
    # each training image is turned, stretched and shifted a little, at random
    augment: bool = False
    # what an exponential moving average of the weights keeps at each update; 0: no average
    ema_decay: float = 0.0
    label_smoothing: float = 0.0
    # the probabilities of each digit are averaged over its `VIEWS`
    test_time_augmentation: bool = False


def random_affine(
    images: Float[Tensor, "n 1 h w"],
    drawn: Float[Tensor, "n 5"],
    *,
    degrees: float = 10.0,
    scale: float = 0.1,
    pixels: float = 2.0,
) -> Float[Tensor, "n 1 h w"]:
    """Turn, stretch and shift each image by amounts of its own, all images at once.

    Args:
        images: normalised pixels; what comes in over the edge repeats the edge.
        drawn: from -1 to 1, of each image: the share of the largest angle, of the largest stretch
            along each axis, and of the largest shift along each axis.
        degrees: the largest angle, to both sides.
        scale: the largest stretch.
        pixels: the largest shift.
    """
    _, _, _, width = images.shape
    angle = torch.deg2rad(drawn[:, 0] * degrees)
    stretch = 1 + drawn[:, 1:3] * scale
    offset = drawn[:, 3:5] * (2 * pixels / width)  # an image is 2 wide to grid_sample
    sin = torch.sin(angle)
    cos = torch.cos(angle)
    rows = [
        torch.stack([cos * stretch[:, 0], -sin * stretch[:, 1], offset[:, 0]], dim=1),
        torch.stack([sin * stretch[:, 0], cos * stretch[:, 1], offset[:, 1]], dim=1),
    ]
    matrices = torch.stack(rows, dim=1)  # (n, 2, 3)
    grid = F.affine_grid(matrices, list(images.shape), align_corners=False)  # (n, h, w, 2)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


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


def predict_by(recipe: Recipe, model: nn.Module, digits: Digits) -> Float[Tensor, "n classes"]:
    """What a model says of each digit: probabilities with test-time augmentation, else logits."""
    if recipe.test_time_augmentation:
        return predict_augmented(model, digits)
    return predict(model, digits, transform=normalize_as_reported)


def train_by(recipe: Recipe, train: Digits, *, seed: int) -> tuple[nn.Module, list[float]]:
    """Train a new network by a recipe.

    Two recipes with the same widths and seed start from the same weights, see the digits in the
    same order, and move them by the same amounts, on every device.

    Args:
        recipe: the network, its settings and whatever ingredients they switch on.
        train: the digits to learn from; the network is trained on their device.
        seed: of the weights, and of the order of the digits and their augmentation.

    Returns:
        The network, with averaged weights where the recipe asks for them, and the mean loss of each
        epoch.
    """
    device = train.images.device
    torch.manual_seed(seed)
    model = conv_blocks(recipe.widths, batch_norm=recipe.batch_norm)
    model.to(device).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=recipe.lr, momentum=recipe.momentum, nesterov=recipe.momentum > 0
    )
    steps_per_epoch = -(-len(train) // recipe.batch_size)  # rounded up
    schedule = None
    if recipe.one_cycle:
        schedule = one_cycle(optimizer, recipe.lr, recipe.epochs * steps_per_epoch)
    averaged = None
    if recipe.ema_decay:
        decay = get_ema_multi_avg_fn(recipe.ema_decay)
        averaged = AveragedModel(model, multi_avg_fn=decay, use_buffers=True)

    orders = torch.Generator().manual_seed(seed)
    moves = torch.Generator().manual_seed(seed)
    losses: list[float] = []
    steps = 0
    for _ in range(recipe.epochs):
        total = torch.zeros((), device=device)
        order = torch.randperm(len(train), generator=orders)
        drawn = torch.rand(len(train), 5, generator=moves) * 2 - 1
        batches = order.to(device).split(recipe.batch_size)
        for batch, moved in zip(batches, drawn.to(device).split(recipe.batch_size), strict=True):
            images = normalize_as_reported(train.images[batch])
            if recipe.augment:
                images = random_affine(images, moved)
            logits = model(images.contiguous(memory_format=torch.channels_last))
            loss = F.cross_entropy(
                logits, train.labels[batch], label_smoothing=recipe.label_smoothing
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps += 1
            if schedule is not None:
                schedule.step()
            if averaged is not None and steps % EMA_EVERY == 0:
                averaged.update_parameters(model)
            total += loss.detach()
        losses.append(total.item() / steps_per_epoch)
    if averaged is not None:
        return averaged.module, losses
    return model, losses


def one_cycle(optimizer: torch.optim.Optimizer, lr: float, steps: int) -> OneCycleLR:
    """A rate that climbs to `lr` for a quarter of the steps, then falls to nothing."""
    return OneCycleLR(
        optimizer,
        max_lr=lr,
        total_steps=steps,
        pct_start=0.25,
        anneal_strategy="linear",
        cycle_momentum=False,
    )


PLAIN = Recipe()
# Of each, what it changes. In the study they are added in this order.
INGREDIENTS: dict[str, dict[str, Any]] = {
    "batch normalisation": {"batch_norm": True},
    "one-cycle schedule": {"one_cycle": True},
    "augmentation": {"augment": True},
    "averaged weights": {"ema_decay": 0.98},
    "label smoothing": {"label_smoothing": 0.1},
    "test-time augmentation": {"test_time_augmentation": True},
}
RATES = (0.01, 0.03, 0.1, 0.3, 1.0)  # each row of the study is trained at the best of them


def _rows() -> dict[str, Recipe]:
    """The plain start, then one ingredient more in each row, then the last row less one of them."""
    recipe = PLAIN
    rows = {"plain": recipe}
    for name, changes in INGREDIENTS.items():
        recipe = replace(recipe, **changes)
        rows[f"with {name}"] = recipe
    whole = recipe
    *others, _ = INGREDIENTS  # without the last one, the last row is the one before it
    for name in others:
        plain = {key: getattr(PLAIN, key) for key in INGREDIENTS[name]}
        rows[f"without {name}"] = replace(whole, **plain)
    return rows


STUDY = _rows()
WHOLE = STUDY["with test-time augmentation"]
LONGER = replace(WHOLE, widths=(32, 64, 128, 256), epochs=7, batch_size=50)

# Trials learn from the first 50,000 training digits, and are checked on the other 10,000.
TRIALS = {
    f"{row}, lr {rate:g}": replace(recipe, lr=rate)
    for row, recipe in {**STUDY, "longer": LONGER}.items()
    for rate in RATES
}
# These learn from all 60,000 training digits, and are measured on the test digits. `groundup.study`
# trains only one of them, that with the rate which is best in the trials of "longer".
FINALS = {f"final, lr {rate:g}": replace(LONGER, lr=rate) for rate in RATES}


def split_train_val(digits: Digits) -> tuple[Digits, Digits]:
    """The first 50,000 training digits to learn from, and the other 10,000 to make choices by."""
    train = Digits(digits.images[:50_000], digits.labels[:50_000])
    val = Digits(digits.images[50_000:], digits.labels[50_000:])
    return train, val
