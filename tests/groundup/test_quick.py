"""The quick recipe: what it does to images and weights, and that its switches do what they say."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from groundup.data import Digits, normalize
from groundup.experiments import normalize_as_reported
from groundup.models import conv_stack
from groundup.quick import (
    ALL_KEPT,
    FINALS,
    INGREDIENTS,
    KEPT,
    PLAIN,
    TRIALS,
    VIEWS,
    predict_augmented,
    random_affine,
    split_train_val,
    train_quickly,
)
from groundup.train import accuracy

Both = tuple[Digits, Digits]
TINY = replace(PLAIN, widths=(2, 2, 2), epochs=2)


def weights(model: nn.Module) -> Tensor:
    return torch.cat([tensor.detach().flatten().float() for tensor in model.state_dict().values()])


def test_nothing_is_moved_if_nothing_may_be() -> None:
    images = torch.rand(3, 1, 28, 28)
    still = random_affine(images, degrees=0, scale=0, pixels=0)
    torch.testing.assert_close(still, images, rtol=0, atol=1e-5)


def test_a_shift_is_measured_in_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    # all draws at their largest
    monkeypatch.setattr(torch, "rand", lambda *shape, **_: torch.ones(shape))
    images = torch.zeros(1, 1, 28, 28)
    images[..., 10, 10] = 1
    moved = random_affine(images, degrees=0, scale=0, pixels=2)
    assert moved[0, 0, 8, 8].item() == pytest.approx(1, abs=1e-4)


def test_a_turn_is_measured_in_degrees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "rand", lambda *shape, **_: torch.ones(shape))
    images = torch.rand(1, 1, 28, 28)
    turned = random_affine(images, degrees=90, scale=0, pixels=0)
    torch.testing.assert_close(turned, images.rot90(1, (2, 3)), rtol=0, atol=1e-4)


def test_each_image_is_moved_by_draws_of_its_own() -> None:
    images = torch.rand(1, 1, 28, 28).expand(2, 1, 28, 28)
    one, other = random_affine(images)
    assert not torch.allclose(one, other, atol=0.01)


@pytest.mark.parametrize("changes", [{}, *INGREDIENTS.values()], ids=["plain", *INGREDIENTS])
def test_each_ingredient_trains_and_changes_what_comes_out(
    few: Both, changes: dict[str, object]
) -> None:
    model, history = train_quickly(replace(TINY, **changes), *few, seed=3)
    again, _ = train_quickly(replace(TINY, **changes), *few, seed=3)
    assert torch.equal(weights(model), weights(again))
    assert [epoch.number for epoch in history] == [1, 2]
    test = few[1]
    if "test_time_augmentation" in changes:
        answers = predict_augmented(model, test).argmax(dim=1)
        right = (answers == test.labels).float().mean().item()
        assert history[-1].accuracy == pytest.approx(right)
        return
    assert history[-1].accuracy == accuracy(model, test, transform=normalize_as_reported)
    if changes:
        plain, _ = train_quickly(TINY, *few, seed=3)
        same_size = len(weights(plain)) == len(weights(model))
        assert not same_size or not torch.equal(weights(plain), weights(model))


def test_a_plain_step_is_the_one_of_pytorch(few: Both) -> None:
    train, test = few
    model, (epoch,) = train_quickly(
        replace(TINY, epochs=1, momentum=0.0, batch_size=len(train)), train, test, seed=1
    )
    torch.manual_seed(1)
    by_hand = conv_stack((2, 2, 2), batch_norm=False)
    loss = F.cross_entropy(by_hand(normalize_as_reported(train.images)), train.labels)
    loss.backward()
    with torch.no_grad():
        for parameter in by_hand.parameters():
            parameter -= TINY.lr * parameter.grad
    assert epoch.loss == pytest.approx(loss.item(), rel=1e-5)
    torch.testing.assert_close(weights(model), weights(by_hand), rtol=0, atol=1e-6)


def test_what_is_tested_are_the_averaged_weights(few: Both) -> None:
    """Five steps, and one update: the average starts as a copy of the weights."""
    recipe = replace(TINY, epochs=1, batch_size=5)
    last, _ = train_quickly(recipe, *few, seed=0)
    averaged, _ = train_quickly(replace(recipe, ema_decay=0.9), *few, seed=0)
    torch.testing.assert_close(weights(averaged), weights(last))


def test_test_time_augmentation_averages_five_views(few: Both) -> None:
    digits = few[1]
    model = conv_stack((2, 2, 2)).eval()
    padded = F.pad(digits.images, (1, 1, 1, 1))
    moved = [padded[:, 1 - down : 29 - down, 1 - right : 29 - right] for down, right in VIEWS]
    with torch.no_grad():
        of_views = [model(normalize_as_reported(images)).softmax(dim=1) for images in moved]
    torch.testing.assert_close(predict_augmented(model, digits), sum(of_views) / 5)


def test_the_split_keeps_each_training_digit_once(digits: Both) -> None:
    whole, _ = digits
    train, val = split_train_val(whole)
    assert (len(train), len(val)) == (50_000, 10_000)
    assert torch.equal(torch.cat([train.images, val.images]), whole.images)
    assert torch.equal(torch.cat([train.labels, val.labels]), whole.labels)


def test_recipes_differ_from_the_plain_one_by_their_ingredient_only() -> None:
    for name, changes in INGREDIENTS.items():
        assert TRIALS[name] == replace(PLAIN, **changes) != PLAIN
    kept = {key for name in KEPT for key in INGREDIENTS[name]} - {"lr"}
    for recipe in FINALS.values():
        for key in kept:
            assert getattr(recipe, key) == getattr(ALL_KEPT, key)


@pytest.mark.parametrize("widths", [(2, 3, 4), (2, 3, 4, 5)])
@pytest.mark.parametrize("batch_norm", [True, False])
def test_a_stack_gives_ten_logits_and_normalises_if_asked_to(
    widths: tuple[int, ...], batch_norm: bool
) -> None:
    model = conv_stack(widths, batch_norm=batch_norm)
    images = torch.randint(256, (4, 28, 28), dtype=torch.uint8)
    assert model(normalize(images, mean=0.1, std=0.3)).shape == (4, 10)
    assert any(isinstance(layer, nn.BatchNorm2d) for layer in model) == batch_norm
    for layer in model:
        if isinstance(layer, nn.Conv2d):
            assert (layer.bias is None) == batch_norm


def test_a_stack_of_another_height_is_refused() -> None:
    with pytest.raises(ValueError, match=r"widths=\(2, 3\), expected three or four"):
        conv_stack((2, 3))
