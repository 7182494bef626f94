"""The fast steps give what the plain loop gives: the first losses, and the same weights up to rounding after 100 steps."""

import copy
from collections.abc import Callable, Sequence
from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from groundup import fast, repro
from groundup.data import Digits, scale
from groundup.experiments import ARTICLES, EXPERIMENTS, Experiment, normalize_as_reported
from groundup.loops import GRADIENTS, fit, fit_seeds, one_hot_mse, plain_steps
from groundup.models import DenseClassifier, DenseNet, SmallConvNet, conv_dropout, conv_two_layers

Both = tuple[Digits, Digits]
ROWS = {**EXPERIMENTS, **ARTICLES}


def weights(model: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def trained(experiment: Experiment, digits: Both, *, steps: int, plain: bool) -> tuple[Tensor, Tensor, Tensor]:
    """The losses of the first `steps`, the weights before them and after them."""
    train, test = digits
    model = experiment.new_model(0)
    start = weights(model)
    few = Digits(test.images[:50], test.labels[:50])
    history = fit(model, train, few, seed=0, max_steps=steps, plain=plain, **{**experiment.recipe, "epochs": 1})
    assert history[0].loss == pytest.approx(history.losses.double().mean().item(), rel=1e-12)
    return history.losses, start, weights(model)


@pytest.mark.parametrize("row", ROWS)
def test_first_step_is_the_one_of_the_plain_loop(digits: Both, row: str) -> None:
    plain_losses, start, plain = trained(ROWS[row], digits, steps=1, plain=True)
    losses, _, fast_weights = trained(ROWS[row], digits, steps=1, plain=False)
    assert repro.provenance()["steps"] == "autograd, written out"
    torch.testing.assert_close(losses, plain_losses, rtol=1e-6, atol=0)
    moved, off = (plain - start).norm(), (fast_weights - plain).norm()
    assert moved > 0
    assert off < 1e-5 * moved


@pytest.mark.parametrize("row", ROWS)
def test_after_100_steps_the_weights_are_those_of_the_plain_loop_up_to_rounding(digits: Both, row: str) -> None:
    plain_losses, start, plain = trained(ROWS[row], digits, steps=100, plain=True)
    losses, _, fast_weights = trained(ROWS[row], digits, steps=100, plain=False)
    assert losses.shape == plain_losses.shape == (100,)
    torch.testing.assert_close(losses.mean(), plain_losses.mean(), rtol=1e-5, atol=0)
    torch.testing.assert_close(losses, plain_losses, rtol=1e-3, atol=1e-5)  # of each step, in its place
    moved, off = (plain - start).norm(), (fast_weights - plain).norm()
    assert off < 1e-3 * moved  # each step scatters the rounding of the last


@pytest.mark.parametrize("row", ["dense", "ReLU"])
def test_in_float64_there_is_no_rounding_to_speak_of(few: Both, row: str) -> None:
    experiment, (train, _) = ROWS[row], few
    model, plain = (experiment.new_model(0).double() for _ in range(2))
    lr, weight_decay = 0.1, 0.01
    optimizer = torch.optim.SGD(plain.parameters(), lr=lr, weight_decay=weight_decay)
    layers = fast.written_out(model, lr=lr, weight_decay=weight_decay)
    assert layers is not None
    for batch in torch.arange(20).split(5):
        x, labels = experiment.transform(train.images[batch]).double(), train.labels[batch]
        optimizer.zero_grad()
        experiment.criterion(plain(x), labels).backward()
        optimizer.step()
        with torch.no_grad():
            fast.take_step(
                layers,
                x.flatten(1) if row == "dense" else x,
                F.one_hot(labels, 10).double(),
                GRADIENTS[experiment.criterion],
                lr,
            )
    torch.testing.assert_close(weights(model), weights(plain), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("criterion", GRADIENTS, ids=lambda criterion: criterion.__name__)
def test_gradient_of_each_criterion_is_the_one_of_autograd(criterion: Callable[[Tensor, Tensor], Tensor]) -> None:
    outputs, labels = torch.randn(7, 10, dtype=torch.float64, requires_grad=True), torch.arange(7)
    criterion(outputs, labels).backward()
    ours, factor = GRADIENTS[criterion](outputs.detach(), F.one_hot(labels, 10).double())
    torch.testing.assert_close(factor * ours, outputs.grad)


class Own(nn.Linear):
    """Computes something else."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input) * 2


def overridden() -> nn.Module:
    """A known layer that was given another forward."""
    model = DenseNet()
    model.hidden.forward = lambda images: 2 * nn.Linear.forward(model.hidden, images)  # type: ignore[method-assign]
    return model


def frozen() -> nn.Module:
    model = conv_two_layers()
    model[0].weight.requires_grad_(False)
    return model


def watched() -> nn.Module:
    model = DenseNet()
    model.hidden.register_forward_hook(lambda *_: None)
    return model


def twice() -> nn.Module:
    layer = nn.Linear(784, 784)
    return nn.Sequential(nn.Flatten(), layer, layer, nn.Linear(784, 10))


def tied() -> nn.Module:
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 784), nn.ReLU(), nn.Linear(784, 784), nn.Linear(784, 10))
    model[3].weight = model[1].weight
    return model


def dense(*between: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 20), *between, nn.Linear(20, 10))


def conv(*behind: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 2, 5), *behind)


class Doubled(DenseNet):
    """A DenseNet that computes something else."""

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images) * 2


@pytest.mark.parametrize(
    "model",
    [
        SmallConvNet(),
        Doubled(),
        nn.Sequential(nn.Flatten(), Own(784, 10)),
        nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.Tanh()),
        nn.Sequential(nn.Sigmoid(), nn.Flatten(), nn.Linear(784, 10)),
        nn.Sequential(nn.Flatten(), nn.Linear(784, 10, bias=False)),
        nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2, stride=1), nn.Flatten(), nn.Linear(2 * 25 * 25, 10)),
        nn.Sequential(nn.Flatten()),
        nn.Sequential(nn.Conv2d(1, 10, 5), nn.MaxPool2d(24), nn.Flatten()),
        frozen(),
        overridden(),
        watched(),
        twice(),
        tied(),
        dense(nn.ReLU(), nn.Sigmoid()),
        dense(nn.Sigmoid(), nn.Sigmoid()),
        dense(nn.Flatten()),
        conv(nn.ReLU(), nn.Flatten(), nn.Sigmoid(), nn.Linear(1152, 10)),
        conv(nn.ReLU(), nn.MaxPool2d(2), nn.Sigmoid(), nn.Flatten(), nn.Linear(288, 10)),
        conv(nn.Flatten(), nn.Flatten(), nn.Linear(1152, 10)),
        conv(nn.Linear(24, 3), nn.Flatten(), nn.Linear(144, 10)),
        nn.Sequential(nn.Linear(28, 4), nn.Flatten(), nn.Linear(112, 10)),
        nn.Sequential(nn.Flatten(2), nn.Linear(784, 10), nn.Flatten(), nn.Linear(10, 10)),
        nn.Sequential(nn.Linear(28, 10)),
    ],
    ids=lambda model: type(model).__name__,
)
def test_a_model_that_is_not_known_is_left_to_autograd(model: nn.Module) -> None:
    assert fast.written_out(model, lr=0.1, weight_decay=0.0) is None


@pytest.mark.parametrize(
    "model",
    [
        dense(nn.ReLU(), nn.ReLU()),
        dense(nn.Sigmoid(), nn.ReLU()),
        dense(nn.ReLU(), nn.Dropout(0.5), nn.Sigmoid()),
        conv(nn.Flatten(), nn.Sigmoid(), nn.Linear(1152, 10), nn.ReLU()),
        conv(nn.ReLU(), nn.Conv2d(2, 3, 5), nn.MaxPool2d(2), nn.Sigmoid(), nn.Flatten(), nn.Linear(300, 10)),
    ],
)
def test_activations_and_flattening_in_other_places_give_the_weights_of_the_plain_loop(
    few: Both, model: nn.Module
) -> None:
    other = copy.deepcopy(model)
    for each, plain in ((model, False), (other, True)):
        torch.manual_seed(0)
        recipe = {"epochs": 1, "batch_size": 10, "lr": 0.1, "weight_decay": 0.1, "criterion": F.cross_entropy}
        history = fit(each, *few, plain=plain, **recipe)
        assert history.steps == ("autograd" if plain else "written out")
    for one, two in zip(model.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-6)


def test_side_by_side_refuses_a_model_twice_and_less_than_one_epoch(few: Both) -> None:
    model, recipe = DenseNet(), {"batch_size": 10, "lr": 0.1, "criterion": one_hot_mse}
    with pytest.raises(ValueError, match="a model stands there twice"):
        fit_seeds([model, model], *few, seeds=[0, 1], epochs=1, **recipe)
    with pytest.raises(ValueError, match="fit_seeds: epochs=0, expected at least 1"):
        fit_seeds([model], *few, seeds=[0], epochs=0, **recipe)
    with pytest.raises(ValueError, match="fit_seeds: max_steps=0, expected at least 1"):
        fit_seeds([model], *few, seeds=[0], epochs=1, max_steps=0, **recipe)


def test_fit_of_a_model_or_a_criterion_that_is_not_known_takes_plain_steps(few: Both) -> None:
    recipe = {"epochs": 1, "batch_size": 10, "lr": 0.1}
    known = fit(DenseNet(), *few, criterion=one_hot_mse, **recipe)
    model = fit(Doubled(), *few, criterion=one_hot_mse, **recipe)
    criterion = fit(DenseNet(), *few, criterion=lambda outputs, labels: outputs.square().mean(), **recipe)
    assert (known.steps, known.refused) == ("written out", "")
    assert model.steps == criterion.steps == "autograd"
    assert model.refused == criterion.refused == "this step is not written out"
    assert repro.provenance()["steps"] == "autograd (this step is not written out), written out"


def test_the_plain_way_is_not_called_refused_where_it_was_asked_for(few: Both) -> None:
    history = fit(DenseNet(), *few, criterion=one_hot_mse, epochs=1, batch_size=10, lr=0.1, plain=True)
    assert (history.steps, history.refused) == ("autograd", "")


def test_a_batch_of_another_size_is_trained_on_as_well(few: Both) -> None:
    train, test = few  # 25 digits: batches of 10, 10 and 5
    models = [EXPERIMENTS["dropout"].new_model(0), EXPERIMENTS["dropout"].new_model(0)]
    for model, plain in zip(models, (True, False), strict=True):
        torch.manual_seed(1)  # of the dropout masks
        fit(model, train, test, epochs=2, batch_size=10, lr=0.1, criterion=F.cross_entropy, plain=plain)
    torch.testing.assert_close(weights(models[1]), weights(models[0]), rtol=0, atol=1e-6)


@pytest.mark.parametrize("max_steps", [3, 20, 47, None])
def test_captured_steps_see_each_batch_once_and_in_order(
    digits: Both, max_steps: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is captured is run instead of replayed, which needs no GPU."""
    monkeypatch.setattr(fast, "capture", lambda run, *_: run)
    train = Digits(digits[0].images[:455], digits[0].labels[:455])  # 45 batches of ten and one of five
    models = [EXPERIMENTS["dropout"].new_model(0) for _ in range(2)]
    losses = []
    for model, steps in zip(models, (plain_steps, partial(fast.captured_steps, size=10)), strict=True):
        torch.manual_seed(1)  # of the dropout masks
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        take = steps(model, train, scale, F.cross_entropy, optimizer)
        generator = torch.Generator().manual_seed(0)
        orders = [torch.randperm(len(train), generator=generator).split(10)[:max_steps] for _ in range(2)]
        losses.append(torch.cat([take(batches) for batches in orders]))
    assert torch.equal(losses[0], losses[1])
    assert torch.equal(weights(models[0]), weights(models[1]))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("row", ROWS)
def test_captured_steps_on_a_gpu_are_those_of_the_plain_loop(digits: Both, row: str) -> None:
    train, test = (each.to("cuda") for each in digits)
    repro.reproducible()  # as on the pages: what is captured must be deterministic
    experiment, few = ROWS[row], Digits(test.images[:50], test.labels[:50])
    losses, ends = [], []
    for plain in (True, False):
        model = experiment.new_model(0).to("cuda")
        recipe = {**experiment.recipe, "epochs": 1, "max_steps": 105}
        losses.append(fit(model, train, few, plain=plain, **recipe).losses)
        ends.append(weights(model))
    assert repro.provenance()["steps"] == "CUDA graph, autograd"
    assert losses[1].shape == (105,) and losses[1].device.type == "cpu"
    torch.testing.assert_close(losses[1], losses[0], rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(ends[1], ends[0], rtol=0, atol=1e-4)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_criterion_that_reads_the_loss_trains_on_a_gpu(digits: Both) -> None:
    train, test = (Digits(each.images[:500], each.labels[:500]).to("cuda") for each in digits)
    noted: list[float] = []

    def noting(outputs: Tensor, labels: Tensor) -> Tensor:
        loss = F.cross_entropy(outputs, labels)
        noted.append(loss.item())
        return loss

    history = fit(conv_two_layers().to("cuda"), train, test, epochs=1, batch_size=10, lr=0.1, criterion=noting)
    assert history.steps == "autograd"
    assert "item()" in history.refused
    torch.testing.assert_close(history.losses, torch.tensor(noted))


@pytest.mark.parametrize(
    ("network", "criterion", "lr"),
    [
        (DenseNet, one_hot_mse, 3.0),
        (partial(DenseClassifier, 20), F.cross_entropy, 0.1),
        (lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 30), nn.ReLU(), nn.Linear(30, 10)), F.cross_entropy, 0.1),
    ],
    ids=["DenseNet", "DenseClassifier", "Sequential"],
)
def test_networks_side_by_side_are_those_of_single_runs_up_to_rounding(
    digits: Both, network: Callable[[], nn.Module], criterion: Callable[[Tensor, Tensor], Tensor], lr: float
) -> None:
    train, test = digits
    few, seeds = Digits(test.images[:200], test.labels[:200]), [3, 1, 4]

    def models() -> Sequence[nn.Module]:
        made = []
        for seed in seeds:
            torch.manual_seed(seed)
            made.append(network())
        return made

    recipe = {"epochs": 1, "batch_size": 10, "lr": lr, "criterion": criterion, "weight_decay": 0.001, "max_steps": 100}
    together, alone = models(), models()
    starts = [weights(model) for model in alone]
    histories = fit_seeds(together, train, few, seeds=seeds, **recipe)
    for model, single, seed, history, start in zip(together, alone, seeds, histories, starts, strict=True):
        (epoch,) = fit(single, train, few, seed=seed, **recipe)
        moved = (weights(single) - start).norm()
        assert (weights(model) - weights(single)).norm() < 1e-4 * moved
        assert history[0].loss == pytest.approx(epoch.loss, rel=1e-5)
        assert abs(history[0].accuracy - epoch.accuracy) <= 1 / len(few)
    assert not torch.allclose(weights(together[0]), weights(together[1]), atol=1e-2)


def test_side_by_side_counts_steps_over_epochs_and_ends_with_a_smaller_batch(few: Both) -> None:
    together, alone = [DenseNet(), DenseNet()], [DenseNet(), DenseNet()]
    for a, b in zip(together, alone, strict=True):
        b.load_state_dict(a.state_dict())
    recipe = {"epochs": 9, "batch_size": 10, "lr": 3.0, "criterion": one_hot_mse, "max_steps": 5}
    histories = fit_seeds(together, *few, seeds=[0, 1], **recipe)
    for model, single, seed, history in zip(together, alone, (0, 1), histories, strict=True):
        assert [epoch.number for epoch in history] == [epoch.number for epoch in fit(single, *few, seed=seed, **recipe)]
        torch.testing.assert_close(weights(model), weights(single), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("models", "seeds", "criterion", "message"),
    [
        ([DenseNet()], [0, 1], one_hot_mse, "1 models and 2 seeds"),
        ([conv_two_layers()], [0], F.cross_entropy, "dense layers"),
        ([conv_dropout()], [0], F.cross_entropy, "dense layers"),
        ([], [], one_hot_mse, "dense layers"),
        ([DenseNet()], [0], nn.MSELoss(), "one_hot_mse or F.cross_entropy"),
        ([DenseNet(), DenseClassifier()], [0, 1], one_hot_mse, "one form"),
    ],
    ids=["seeds", "convolutions", "dropout", "none", "criterion", "forms"],
)
def test_side_by_side_refuses_what_it_cannot_do(
    few: Both, models: list[nn.Module], seeds: list[int], criterion: Callable[[Tensor, Tensor], Tensor], message: str
) -> None:
    before = [weights(model) for model in models]
    with pytest.raises(ValueError, match=message):
        fit_seeds(models, *few, seeds=seeds, epochs=1, batch_size=10, lr=0.1, criterion=criterion)
    assert all(torch.equal(weights(model), old) for model, old in zip(models, before, strict=True))


@pytest.mark.parametrize("most", [1_000, 10])
def test_pixels_are_the_same_whether_they_are_kept_as_floats_or_not(
    few: Both, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast, "MOST_FLOATS", most)
    train, positions = few[0], torch.tensor([3, 0, 3])
    for transform in (scale, normalize_as_reported):
        assert torch.equal(fast.look_up(train, transform)(positions), transform(train.images[positions]))


def test_a_transform_that_may_draw_random_numbers_is_called_each_time(few: Both) -> None:
    drawn = []

    def noisy(images: Tensor) -> Tensor:
        drawn.append(len(images))
        return scale(images)

    pixels = fast.look_up(few[0], noisy)
    assert not drawn
    pixels(torch.tensor([1, 2]))
    pixels(torch.tensor([1, 2]))
    assert drawn == [2, 2]


def test_a_transform_of_ones_own_sees_the_batches_of_the_plain_loop(few: Both) -> None:
    calls: list[list[int]] = []

    def noting(images: Tensor) -> Tensor:
        if torch.is_grad_enabled() or len(images) < 100:  # a step, not the test after the epoch
            calls[-1].append(len(images))
        return scale(images)

    for plain in (True, False):
        calls.append([])
        recipe = {"epochs": 1, "batch_size": 10, "lr": 0.1, "criterion": one_hot_mse}
        history = fit(DenseNet(), *few, transform=noting, plain=plain, **recipe)
    assert history.steps == "written out"
    assert calls == [[10, 10, 5], [10, 10, 5]]


def test_a_transform_that_draws_gets_the_random_numbers_of_the_plain_loop(few: Both) -> None:
    def noisy(images: Tensor) -> Tensor:
        return scale(images) + 0.1 * torch.randn(len(images), 1, 28, 28)

    models = [EXPERIMENTS["dropout"].new_model(0) for _ in range(2)]
    for model, plain in zip(models, (True, False), strict=True):
        torch.manual_seed(1)  # of the noise and of the dropout masks
        recipe = {"epochs": 1, "batch_size": 10, "lr": 0.1, "criterion": F.cross_entropy}
        fit(model, *few, transform=noisy, plain=plain, **recipe)
    torch.testing.assert_close(weights(models[1]), weights(models[0]), rtol=0, atol=1e-6)


def test_dropout_of_nothing_draws_no_random_numbers(few: Both) -> None:
    models = [EXPERIMENTS["dropout"].new_model(0) for _ in range(2)]
    for model, plain in zip(models, (True, False), strict=True):
        model[7].p = 0.0
        torch.manual_seed(1)
        history = fit(model, *few, epochs=1, batch_size=10, lr=0.1, criterion=F.cross_entropy, plain=plain)
    assert history.steps == "written out"
    torch.testing.assert_close(weights(models[1]), weights(models[0]), rtol=0, atol=1e-6)


def test_side_by_side_refuses_a_transform_of_ones_own(few: Both) -> None:
    recipe = {"epochs": 1, "batch_size": 10, "lr": 0.1, "criterion": one_hot_mse}
    with pytest.raises(ValueError, match="the transform scale or normalize"):
        fit_seeds([DenseNet()], *few, seeds=[0], transform=lambda images: scale(images), **recipe)


def test_side_by_side_gives_each_network_its_losses(few: Both) -> None:
    together, alone = [DenseNet(), DenseNet()], [DenseNet(), DenseNet()]
    for a, b in zip(together, alone, strict=True):
        b.load_state_dict(a.state_dict())
    recipe = {"epochs": 2, "batch_size": 10, "lr": 3.0, "criterion": one_hot_mse, "max_steps": 5}
    histories = fit_seeds(together, *few, seeds=[0, 1], **recipe)
    for single, seed, history in zip(alone, (0, 1), histories, strict=True):
        expected = fit(single, *few, seed=seed, **recipe).losses
        assert expected.shape == (5,)
        torch.testing.assert_close(history.losses, expected, rtol=1e-5, atol=0)
