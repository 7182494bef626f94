from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, RandomSampler
from torchvision.transforms import Compose, Normalize, ToTensor

from groundup import engines
from groundup.criteria import Criterion, one_hot_mse
from groundup.data import Digits, mnist_dataset, normalize, scale
from groundup.engines import graph
from groundup.engines.task import Refusal, Steps, Task
from groundup.models import DenseClassifier, DenseNet, conv_dropout, conv_one_layer, conv_two_layers
from groundup.train import Epoch, Transform, accuracy, fit, predict

Both = tuple[Digits, Digits]
RECIPE = {"batch_size": 10, "lr": 3.0, "criterion": one_hot_mse}


def seeded(network: Callable[[], nn.Module]) -> nn.Module:
    torch.manual_seed(0)
    return network()


def new_model() -> nn.Module:
    return seeded(DenseNet)


def weights(model: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


@pytest.mark.parametrize(
    ("torchvisions", "ours"),
    [
        (ToTensor(), scale),
        (
            Compose([ToTensor(), Normalize((0.1305,), (0.3081,))]),
            partial(normalize, mean=0.1305, std=0.3081),
        ),
    ],
    ids=["scaled", "normalized"],
)
def test_fit_takes_the_same_30_steps_as_a_plain_loop_over_a_data_loader(
    digits: Both, torchvisions: Callable[[Any], Tensor], ours: Transform
) -> None:
    seed = 5
    plain = new_model()
    dataset = mnist_dataset(train=True, transform=torchvisions)
    sampler = RandomSampler(dataset, generator=torch.Generator().manual_seed(seed))
    optimizer = torch.optim.SGD(plain.parameters(), lr=3.0)
    losses = []
    for images, labels in DataLoader(dataset, batch_size=10, sampler=sampler):
        optimizer.zero_grad()
        loss = nn.MSELoss()(plain(images), F.one_hot(labels, 10).float())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if len(losses) == 30:
            break

    model = new_model()
    start = weights(model)
    train, test = digits
    few = Digits(test.images[:100], test.labels[:100])
    (epoch,) = fit(model, train, few, epochs=1, seed=seed, max_steps=30, transform=ours, **RECIPE)
    torch.testing.assert_close(weights(model), weights(plain), rtol=0, atol=1e-6)
    assert (weights(model) - start).abs().max() > 0.01  # it did move, far beyond the tolerance
    assert epoch.loss == pytest.approx(sum(losses) / 30, rel=1e-5)


def test_last_batch_of_an_epoch_may_be_smaller(few: Both) -> None:
    train, test = few
    plain = new_model()
    order = torch.randperm(25, generator=torch.Generator().manual_seed(0))
    optimizer = torch.optim.SGD(plain.parameters(), lr=3.0)
    losses = []
    for batch in (order[:10], order[10:20], order[20:]):
        optimizer.zero_grad()
        loss = one_hot_mse(plain(scale(train.images[batch])), train.labels[batch])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    model = new_model()
    (epoch,) = fit(model, train, test, epochs=1, engine="autograd", **RECIPE)
    assert torch.equal(weights(model), weights(plain))
    assert epoch.loss == pytest.approx(sum(losses) / 3, rel=1e-12)
    assert epoch.accuracy == accuracy(plain, test)


@pytest.mark.parametrize("engine", ["autograd", "manual"])
def test_fit_gives_the_loss_of_every_step_over_epochs(few: Both, engine: str) -> None:
    train, test = few
    textbook = new_model()
    optimizer = torch.optim.SGD(textbook.parameters(), lr=3.0)
    generator = torch.Generator().manual_seed(0)
    losses: list[float] = []
    for _ in range(2):
        for batch in torch.randperm(25, generator=generator).split(10):
            optimizer.zero_grad()
            loss = one_hot_mse(textbook(scale(train.images[batch])), train.labels[batch])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())

    history = fit(new_model(), train, test, epochs=2, max_steps=5, engine=engine, **RECIPE)
    torch.testing.assert_close(history.losses, torch.tensor(losses[:5]))
    assert [epoch.loss for epoch in history] == pytest.approx(
        [sum(losses[:3]) / 3, sum(losses[3:5]) / 2]
    )
    assert not history.losses.requires_grad


def test_history_is_a_sequence_of_its_epochs(few: Both) -> None:
    history = fit(new_model(), *few, epochs=3, **RECIPE)
    assert len(history) == 3
    assert list(history) == [history[0], *history[1:]] == list(history.epochs)
    assert history[-1].number == 3


def test_a_run_that_is_already_over_leaves_an_empty_history(few: Both) -> None:
    history = fit(new_model(), *few, epochs=3, first_epoch=4, **RECIPE)
    assert len(history) == len(history.losses) == 0


@pytest.mark.parametrize("kind", ["register_hook", "register_post_accumulate_grad_hook"])
def test_a_hook_on_a_weight_is_called_in_every_step(few: Both, kind: str) -> None:
    model = new_model()
    sizes: list[float] = []
    getattr(model.hidden.weight, kind)(lambda tensor: sizes.append(tensor.norm().item()))
    history = fit(model, *few, epochs=2, **RECIPE)
    assert len(sizes) == 6 and all(sizes)
    assert history.refused == "a hook on hidden.weight"


def noting(criterion: Criterion, noted: list[float]) -> Criterion:
    def noting_criterion(outputs: Tensor, labels: Tensor) -> Tensor:
        loss = criterion(outputs, labels)
        noted.append(loss.item())
        return loss

    return noting_criterion


def refuse(task: Task) -> Steps:
    raise Refusal("nothing is known")


def test_where_steps_are_captured_a_criterion_that_takes_notes_is_called_in_each(
    digits: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a GPU, but what is captured is run instead of replayed."""
    monkeypatch.setattr(graph, "_check_device", lambda task: None)
    monkeypatch.setattr(graph, "capture", lambda run, *_: run)
    monkeypatch.setattr(graph, "manual_steps", refuse)
    monkeypatch.setattr(engines, "fastest_on", lambda device: "graph")
    train, test = (Digits(each.images[:300], each.labels[:300]) for each in digits)
    noted: list[float] = []
    quiet = fit(new_model(), train, test, epochs=2, **RECIPE)
    noisy = fit(
        new_model(), train, test, epochs=2, **RECIPE | {"criterion": noting(one_hot_mse, noted)}
    )
    assert (quiet.engine, quiet.refused) == ("graph", "")
    assert noisy.engine == "autograd"
    assert "item()" in noisy.refused
    assert len(noted) == 60
    assert torch.equal(noisy.losses, torch.tensor(noted))
    assert torch.equal(quiet.losses, noisy.losses)


@pytest.mark.parametrize(
    ("network", "criterion", "lr", "rounding"),
    [
        (DenseNet, one_hot_mse, 3.0, 0.0),
        (DenseClassifier, F.cross_entropy, 0.1, 0.0),
        (conv_one_layer, F.cross_entropy, 0.1, 1e-6),
        (conv_two_layers, F.cross_entropy, 0.1, 1e-6),
    ],
)
def test_the_layout_in_memory_changes_no_result_beyond_rounding_and_none_of_a_dense_network(
    few: Both, network: Callable[[], nn.Module], criterion: Criterion, lr: float, rounding: float
) -> None:
    train, test = few
    model = seeded(network)
    plain = seeded(network)
    start = weights(model)
    optimizer = torch.optim.SGD(plain.parameters(), lr=lr)
    for batch in torch.randperm(25, generator=torch.Generator().manual_seed(0)).split(10):
        optimizer.zero_grad()
        criterion(plain(scale(train.images[batch])), train.labels[batch]).backward()
        optimizer.step()
    fit(model, train, test, epochs=1, batch_size=10, lr=lr, criterion=criterion, engine="autograd")
    torch.testing.assert_close(weights(model), weights(plain), rtol=0, atol=rounding)
    assert (weights(model) - start).abs().max() > 0.01


def test_fit_lays_convolutions_out_with_their_channels_last(few: Both) -> None:
    model = conv_two_layers()
    fit(model, *few, epochs=1, batch_size=10, lr=0.1, criterion=F.cross_entropy)
    assert model[3].weight.is_contiguous(memory_format=torch.channels_last)


def test_weight_decay_adds_its_share_of_each_parameter_to_the_gradient(few: Both) -> None:
    train, test = few
    model = new_model()
    plain = new_model()
    one_hot_mse(plain(scale(train.images)), train.labels).backward()
    expected = [
        parameter - 3.0 * (parameter.grad + 0.01 * parameter) for parameter in plain.parameters()
    ]
    fit(model, train, test, epochs=1, weight_decay=0.01, **RECIPE | {"batch_size": 25})
    torch.testing.assert_close(list(model.parameters()), expected, rtol=0, atol=1e-6)


def test_without_a_gradient_each_step_shrinks_the_weights_by_lr_times_weight_decay(
    few: Both,
) -> None:
    model = new_model()
    start = weights(model)
    recipe = {"batch_size": 10, "lr": 0.5, "criterion": lambda outputs, labels: 0 * outputs.sum()}
    fit(model, *few, epochs=1, weight_decay=0.1, **recipe)
    torch.testing.assert_close(weights(model), start * 0.95**3)


def negative(images: Tensor) -> Tensor:
    """Black for white."""
    return scale(255 - images)


def test_fit_trains_on_what_the_transform_makes(few: Both) -> None:
    train, test = few
    transformed = new_model()
    inverted = new_model()
    untouched = new_model()
    fit(transformed, train, test, epochs=1, transform=negative, **RECIPE)
    fit(inverted, Digits(255 - train.images, train.labels), test, epochs=1, **RECIPE)
    fit(untouched, train, test, epochs=1, **RECIPE)
    assert torch.equal(weights(transformed), weights(inverted))
    assert not torch.allclose(weights(transformed), weights(untouched), atol=1e-3)


def test_fit_measures_the_accuracy_on_what_the_transform_makes(few: Both) -> None:
    model = new_model()
    train, test = few
    right = Digits(test.images, predict(model, test, transform=negative).argmax(dim=1))
    (epoch,) = fit(model, train, right, epochs=1, transform=negative, **RECIPE | {"lr": 0.0})
    assert epoch.accuracy == accuracy(model, right, transform=negative) == 1.0
    assert accuracy(model, right) < 1.0


def test_predict_gives_the_outputs_for_what_the_transform_makes(few: Both) -> None:
    model = new_model()
    _, test = few
    outputs = predict(model, test, transform=negative)
    torch.testing.assert_close(outputs, model(negative(test.images)).detach())
    assert not torch.allclose(outputs, predict(model, test), atol=1e-3)


def test_an_epoch_sees_each_digit_once_and_each_epoch_has_its_own_order(few: Both) -> None:
    train, test = few
    train = Digits(train.images, torch.arange(25) % 10)
    # a digit's number, to be read in the batch
    train.images[:, 0, 0] = torch.arange(25, dtype=torch.uint8)
    seen: list[int] = []

    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bias = nn.Parameter(torch.zeros(10))

        def forward(self, images: Tensor) -> Tensor:
            if self.training:
                seen.extend((images[:, 0, 0, 0] * 255).round().int().tolist())
            return self.bias.expand(len(images), 10)

    fit(Reader(), train, test, epochs=2, **RECIPE)
    first = seen[:25]
    second = seen[25:]
    assert sorted(first) == sorted(second) == list(range(25))
    assert first != second
    assert first != list(range(25))


@pytest.mark.parametrize(
    ("epochs", "max_steps", "numbers"),
    [(2, None, [1, 2]), (5, 4, [1, 2]), (5, 3, [1]), (5, 1, [1]), (1, 99, [1])],
)
def test_history_has_one_entry_per_begun_epoch_and_each_is_reported(
    few: Both, epochs: int, max_steps: int | None, numbers: list[int]
) -> None:
    reported: list[Epoch] = []
    history = fit(
        new_model(), *few, epochs=epochs, max_steps=max_steps, report=reported.append, **RECIPE
    )
    assert [epoch.number for epoch in history] == numbers
    assert reported == list(history)


def test_max_steps_counts_over_epochs(few: Both) -> None:
    steps = []

    def counting(outputs: Tensor, labels: Tensor) -> Tensor:
        steps.append(len(labels))
        return one_hot_mse(outputs, labels)

    fit(new_model(), *few, epochs=9, max_steps=5, **RECIPE | {"criterion": counting})
    assert steps == [10, 10, 5, 10, 10]


def test_same_seed_gives_the_same_weights_and_another_seed_others(few: Both) -> None:
    def trained(seed: int) -> Tensor:
        model = new_model()
        fit(model, *few, epochs=2, seed=seed, **RECIPE)
        return weights(model)

    assert torch.equal(trained(1), trained(1))
    assert not torch.allclose(trained(1), trained(2), atol=1e-4)


def test_order_does_not_depend_on_the_global_generator(few: Both) -> None:
    one = new_model()
    two = new_model()
    torch.manual_seed(1)
    fit(one, *few, epochs=1, **RECIPE)
    torch.manual_seed(2)
    fit(two, *few, epochs=1, **RECIPE)
    assert torch.equal(weights(one), weights(two))


def test_loss_falls_within_200_steps(digits: Both) -> None:
    train, test = digits
    part = Digits(train.images[:500], train.labels[:500])
    history = fit(
        new_model(), part, Digits(test.images[:500], test.labels[:500]), epochs=4, **RECIPE
    )
    losses = [epoch.loss for epoch in history]
    assert len(losses) == 4
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.85 * losses[0]
    assert history[-1].accuracy > 0.4  # guessing gives 0.1


@pytest.mark.parametrize("network", [DenseNet, conv_dropout])
def test_a_run_that_goes_on_after_its_first_epoch_ends_as_one_that_was_not_interrupted(
    few: Both, network: Callable[[], nn.Module]
) -> None:
    recipe = {"batch_size": 10, "lr": 0.1, "criterion": F.cross_entropy, "seed": 3}
    whole = seeded(network)
    parts = seeded(network)
    torch.manual_seed(1)  # of the dropout masks
    history = fit(whole, *few, epochs=3, **recipe)
    torch.manual_seed(1)
    first = fit(parts, *few, epochs=1, **recipe)
    rest = fit(parts, *few, epochs=3, first_epoch=2, **recipe)
    assert [*first, *rest] == list(history)
    assert torch.equal(torch.cat([first.losses, rest.losses]), history.losses)
    assert torch.equal(weights(whole), weights(parts))


@pytest.mark.parametrize(
    "wrong",
    [{"epochs": 0}, {"batch_size": 0}, {"max_steps": 0}, {"batch_size": -10}, {"first_epoch": 0}],
)
def test_fit_refuses_less_than_one(few: Both, wrong: dict[str, int]) -> None:
    model = new_model()
    start = weights(model)
    ((name, number),) = wrong.items()
    with pytest.raises(ValueError, match=f"{name}={number}"):
        fit(model, *few, **{"epochs": 1, **RECIPE, **wrong})
    assert torch.equal(weights(model), start)


def test_epoch_is_printed_with_its_three_figures() -> None:
    assert str(Epoch(3, 0.123456, 0.98765)) == "epoch  3   loss 0.12346   accuracy 0.9877"


class WithDropout(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(nn.Flatten(), nn.Dropout(0.5), nn.Linear(784, 10))


@pytest.mark.parametrize("training", [True, False])
def test_predict_computes_in_evaluation_mode_and_restores_the_mode(
    few: Both, training: bool
) -> None:
    model = WithDropout().train(training)
    outputs = predict(model, few[1])
    assert all(module.training is training for module in model.modules())
    torch.testing.assert_close(outputs, model[2](few[1].images.flatten(1) / 255), check_dtype=True)
    assert not outputs.requires_grad


@pytest.mark.parametrize("batch_size", [1, 7, 100, 1000])
def test_predict_gives_the_same_for_any_batch_size(few: Both, batch_size: int) -> None:
    model = new_model()
    expected = model(scale(few[1].images)).detach()
    torch.testing.assert_close(predict(model, few[1], batch_size=batch_size), expected)


def test_accuracy_is_the_share_of_largest_outputs_at_the_label(few: Both) -> None:
    model = new_model()
    test = few[1]
    outputs = predict(model, test).tolist()
    right = sum(
        row.index(max(row)) == label
        for row, label in zip(outputs, test.labels.tolist(), strict=True)
    )
    assert accuracy(model, test) == right / 100
    assert (
        accuracy(model, Digits(test.images, torch.tensor([row.index(max(row)) for row in outputs])))
        == 1.0
    )


def test_one_hot_mse_is_mse_loss_on_one_hot_floats() -> None:
    outputs = torch.rand(6, 10, dtype=torch.float64)
    labels = torch.tensor([7, 2, 1, 0, 4, 9])
    targets = torch.zeros(6, 10, dtype=torch.float64)
    for row, label in enumerate(labels):
        targets[row, label] = 1.0
    loss = one_hot_mse(outputs, labels)
    assert loss.shape == ()
    assert torch.equal(loss, nn.MSELoss()(outputs, targets))
    assert loss.item() == pytest.approx(((outputs - targets) ** 2).sum().item() / 60)


@pytest.mark.parametrize("call", ["fit", "predict"])
def test_training_without_memory_names_the_way_out(few: Both, call: str) -> None:
    class Greedy(DenseNet):
        def forward(self, images: Tensor) -> Tensor:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    with pytest.raises(
        torch.OutOfMemoryError, match=r"GROUNDUP_DEVICE=cpu to compute on the CPU.*2\.00 GiB"
    ):
        if call == "predict":
            predict(Greedy(), few[1])
        else:
            fit(Greedy(), *few, epochs=1, **RECIPE)
