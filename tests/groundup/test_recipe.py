"""The recipe: what it does to images and weights, and that its switches do what they say."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from groundup.data import Digits, normalize
from groundup.experiments import normalize_as_reported
from groundup.models import conv_blocks
from groundup.recipe import (
    FINALS,
    INGREDIENTS,
    PLAIN,
    RATES,
    STUDY,
    TRIALS,
    VIEWS,
    WHOLE,
    predict_augmented,
    predict_by,
    random_affine,
    split_train_val,
    train_by,
)

Both = tuple[Digits, Digits]
TINY = replace(PLAIN, widths=(2, 2, 2), epochs=2)


def weights(model: nn.Module) -> Tensor:
    return torch.cat([tensor.detach().flatten().float() for tensor in model.state_dict().values()])


def test_nothing_is_moved_if_nothing_may_be() -> None:
    images = torch.rand(3, 1, 28, 28)
    still = random_affine(images, torch.ones(3, 5), degrees=0, scale=0, pixels=0)
    torch.testing.assert_close(still, images, rtol=0, atol=1e-5)


def test_a_shift_is_measured_in_pixels() -> None:
    images = torch.zeros(1, 1, 28, 28)
    images[..., 10, 10] = 1
    moved = random_affine(images, torch.ones(1, 5), degrees=0, scale=0, pixels=2)
    assert moved[0, 0, 8, 8].item() == pytest.approx(1, abs=1e-4)


def test_a_turn_is_measured_in_degrees() -> None:
    images = torch.rand(1, 1, 28, 28)
    turned = random_affine(images, torch.ones(1, 5), degrees=90, scale=0, pixels=0)
    torch.testing.assert_close(turned, images.rot90(1, (2, 3)), rtol=0, atol=1e-4)


def test_each_image_is_moved_by_amounts_of_its_own() -> None:
    images = torch.rand(1, 1, 28, 28).expand(2, 1, 28, 28)
    one, other = random_affine(images, torch.tensor([[1.0], [-1.0]]).expand(2, 5))
    assert not torch.allclose(one, other, atol=0.01)


@pytest.mark.parametrize("changes", [{}, *INGREDIENTS.values()], ids=["plain", *INGREDIENTS])
def test_each_ingredient_trains_and_changes_what_comes_out(
    few: Both, changes: dict[str, object]
) -> None:
    train, test = few
    recipe = replace(TINY, **changes)
    model, losses = train_by(recipe, train, seed=3)
    again, _ = train_by(recipe, train, seed=3)
    assert torch.equal(weights(model), weights(again))
    assert len(losses) == 2
    plain, _ = train_by(TINY, train, seed=3)
    outputs = predict_by(recipe, model, test)
    if changes:
        assert not torch.allclose(outputs, predict_by(TINY, plain, test))


def test_a_plain_step_is_the_one_of_pytorch(few: Both) -> None:
    train, _ = few
    recipe = replace(TINY, epochs=1, momentum=0.0, batch_size=len(train))
    model, (first_loss,) = train_by(recipe, train, seed=1)
    torch.manual_seed(1)
    by_hand = conv_blocks((2, 2, 2), batch_norm=False)
    loss = F.cross_entropy(by_hand(normalize_as_reported(train.images)), train.labels)
    loss.backward()
    with torch.no_grad():
        for parameter in by_hand.parameters():
            parameter -= TINY.lr * parameter.grad
    assert first_loss == pytest.approx(loss.item(), rel=1e-5)
    torch.testing.assert_close(weights(model), weights(by_hand), rtol=0, atol=1e-6)


def test_normalisation_leaves_the_initial_weights_as_they_are() -> None:
    drawn = []
    for batch_norm in (False, True):
        torch.manual_seed(1)
        model = conv_blocks((2, 3, 4), batch_norm=batch_norm)
        drawn.append([layer.weight for layer in model if isinstance(layer, nn.Conv2d | nn.Linear)])
    for one, other in zip(*drawn, strict=True):
        assert torch.equal(one, other)


def test_the_averaged_weights_start_as_a_copy(few: Both) -> None:
    """Five steps, and one update."""
    recipe = replace(TINY, epochs=1, batch_size=5)
    last, _ = train_by(recipe, few[0], seed=0)
    averaged, _ = train_by(replace(recipe, ema_decay=0.9), few[0], seed=0)
    torch.testing.assert_close(weights(averaged), weights(last))


def test_test_time_augmentation_averages_five_views(few: Both) -> None:
    digits = few[1]
    model = conv_blocks((2, 2, 2), batch_norm=True).eval()
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


def changed(recipe: object, other: object) -> set[str]:
    return {name for name, value in vars(recipe).items() if value != getattr(other, name)}


def test_each_row_of_the_study_adds_one_ingredient() -> None:
    before = PLAIN
    for name, changes in INGREDIENTS.items():
        row = STUDY[f"with {name}"]
        assert changed(row, before) == changes.keys()
        before = row
    assert before == WHOLE


def test_each_other_row_leaves_one_ingredient_out() -> None:
    *others, _ = INGREDIENTS
    for name in others:
        assert changed(STUDY[f"without {name}"], WHOLE) == INGREDIENTS[name].keys()


def test_trials_and_finals_differ_from_their_row_by_the_rate() -> None:
    for name, recipe in {**TRIALS, **FINALS}.items():
        _, _, rate = name.rpartition(", lr ")
        assert recipe.lr == float(rate)
    assert len(TRIALS) == len(RATES) * (len(STUDY) + 1)


@pytest.mark.parametrize("widths", [(2, 3, 4), (2, 3, 4, 5)])
@pytest.mark.parametrize("batch_norm", [True, False])
def test_conv_blocks_gives_ten_logits_and_normalises_if_asked_to(
    widths: tuple[int, ...], batch_norm: bool
) -> None:
    model = conv_blocks(widths, batch_norm=batch_norm)
    images = torch.randint(256, (4, 28, 28), dtype=torch.uint8)
    assert model(normalize(images, mean=0.1, std=0.3)).shape == (4, 10)
    assert any(isinstance(layer, nn.BatchNorm2d) for layer in model) == batch_norm


def test_conv_blocks_of_another_height_is_refused() -> None:
    with pytest.raises(ValueError, match=r"widths=\(2, 3\), expected three or four"):
        conv_blocks((2, 3), batch_norm=True)
