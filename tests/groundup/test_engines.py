"""Every engine gives what the plain loop gives.

The first losses are the same, and so are the weights after 100 steps, up to rounding.
"""

import copy
import inspect
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from groundup import engines, repro
from groundup.criteria import MANUAL_CRITERIA, one_hot_mse
from groundup.data import Digits, scale
from groundup.engines import graph, manual
from groundup.engines.task import EngineError, Refusal, Steps, Task
from groundup.experiments import ARTICLES, EXPERIMENTS, Experiment
from groundup.models import DenseClassifier, DenseNet, SmallConvNet, conv_dropout, conv_two_layers
from groundup.train import fit, fit_seeds

Both = tuple[Digits, Digits]
ROWS = {**EXPERIMENTS, **ARTICLES}


def weights(model: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def task(model: nn.Module | None = None, *, train: Digits, **settings: Any) -> Task:
    """What an engine is given."""
    usual = {
        "transform": scale,
        "criterion": F.cross_entropy,
        "lr": 0.1,
        "weight_decay": 0.0,
        "batch_size": 10,
    }
    return Task(model or DenseNet(), train, **{**usual, **settings})


def trained(
    experiment: Experiment, digits: Both, *, steps: int, engine: str
) -> tuple[Tensor, Tensor, Tensor]:
    """The losses of the first `steps`, the weights before them and after them."""
    train, test = digits
    model = experiment.new_model(0)
    start = weights(model)
    few = Digits(test.images[:50], test.labels[:50])
    history = fit(
        model,
        train,
        few,
        seed=0,
        max_steps=steps,
        engine=engine,
        **{**experiment.fit_arguments, "epochs": 1},
    )
    assert history[0].loss == pytest.approx(history.losses.double().mean().item(), rel=1e-12)
    return history.losses, start, weights(model)


@pytest.mark.parametrize("row", ROWS)
def test_first_step_is_the_one_of_the_plain_loop(digits: Both, row: str) -> None:
    plain_losses, start, plain = trained(ROWS[row], digits, steps=1, engine="autograd")
    losses, _, fast_weights = trained(ROWS[row], digits, steps=1, engine="manual")
    torch.testing.assert_close(losses, plain_losses, rtol=1e-6, atol=0)
    moved = (plain - start).norm()
    off = (fast_weights - plain).norm()
    assert moved > 0
    assert off < 1e-5 * moved


@pytest.mark.parametrize("row", ROWS)
def test_after_100_steps_the_weights_are_those_of_the_plain_loop_up_to_rounding(
    digits: Both, row: str
) -> None:
    plain_losses, start, plain = trained(ROWS[row], digits, steps=100, engine="autograd")
    losses, _, fast_weights = trained(ROWS[row], digits, steps=100, engine="manual")
    assert losses.shape == plain_losses.shape == (100,)
    torch.testing.assert_close(losses.mean(), plain_losses.mean(), rtol=1e-5, atol=0)
    # of each step, in its place
    torch.testing.assert_close(losses, plain_losses, rtol=1e-3, atol=1e-5)
    moved = (plain - start).norm()
    off = (fast_weights - plain).norm()
    assert off < 1e-3 * moved  # each step scatters the rounding of the last


@pytest.mark.parametrize("row", ["dense", "ReLU"])
def test_in_float64_there_is_no_rounding_to_speak_of(few: Both, row: str) -> None:
    experiment = ROWS[row]
    train, _ = few
    model, plain = (experiment.new_model(0).double() for _ in range(2))
    lr = 0.1
    weight_decay = 0.01
    optimizer = torch.optim.SGD(plain.parameters(), lr=lr, weight_decay=weight_decay)
    layers = manual.layers_of(model, task(train=train, lr=lr, weight_decay=weight_decay))
    for batch in torch.arange(20).split(5):
        x = experiment.transform(train.images[batch]).double()
        labels = train.labels[batch]
        optimizer.zero_grad()
        experiment.criterion(plain(x), labels).backward()
        optimizer.step()
        with torch.no_grad():
            manual.take_step(
                layers,
                x.flatten(1) if row == "dense" else x,
                F.one_hot(labels, 10).double(),
                MANUAL_CRITERIA[experiment.criterion].gradient,
                lr,
            )
    torch.testing.assert_close(weights(model), weights(plain), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("criterion", MANUAL_CRITERIA, ids=lambda criterion: criterion.__name__)
def test_gradient_of_each_criterion_is_the_one_of_autograd(
    criterion: Callable[[Tensor, Tensor], Tensor],
) -> None:
    outputs = torch.randn(7, 10, dtype=torch.float64, requires_grad=True)
    labels = torch.arange(7)
    criterion(outputs, labels).backward()
    targets = F.one_hot(labels, 10).double()
    ours, factor = MANUAL_CRITERIA[criterion].gradient(outputs.detach(), targets)
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
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 784), nn.ReLU(), nn.Linear(784, 784), nn.Linear(784, 10)
    )
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


UNKNOWN: dict[str, tuple[nn.Module, str]] = {
    "a class of another kind": (SmallConvNet(), "there is no manual backward for SmallConvNet"),
    "a subclass": (Doubled(), "there is no manual backward for Doubled"),
    "a layer's subclass": (
        nn.Sequential(nn.Flatten(), Own(784, 10)),
        "there is no manual backward for Own",
    ),
    "Tanh": (
        nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.Tanh()),
        r"there is no manual backward for Tanh\(\)",
    ),
    "activation first": (
        nn.Sequential(nn.Sigmoid(), nn.Flatten(), nn.Linear(784, 10)),
        "the first layer has no weights",
    ),
    "no bias": (
        nn.Sequential(nn.Flatten(), nn.Linear(784, 10, bias=False)),
        "there is no manual backward for Linear",
    ),
    "overlapping windows": (
        nn.Sequential(
            nn.Conv2d(1, 2, 3), nn.MaxPool2d(2, stride=1), nn.Flatten(), nn.Linear(2 * 25 * 25, 10)
        ),
        "there is no manual backward for MaxPool2d",
    ),
    "nothing to learn": (nn.Sequential(nn.Flatten()), "the first layer has no weights"),
    "no dense layer": (
        nn.Sequential(nn.Conv2d(1, 10, 5), nn.MaxPool2d(24), nn.Flatten()),
        "no dense layer",
    ),
    "frozen": (frozen(), "0.weight is frozen"),
    "overridden": (overridden(), "hidden has a forward of its own"),
    "watched": (watched(), "a hook on hidden"),
    "a layer twice": (twice(), "two layers share a weight"),
    "tied": (tied(), "two layers share a weight"),
    "an activation twice": (
        dense(shared := nn.ReLU(), nn.Linear(20, 20), shared),
        "a layer is used twice",
    ),
    "sigmoid after ReLU": (dense(nn.ReLU(), nn.Sigmoid()), "a sigmoid follows an activation"),
    "sigmoid after sigmoid": (dense(nn.Sigmoid(), nn.Sigmoid()), "a sigmoid follows an activation"),
    "sigmoid after flattening": (
        conv(nn.ReLU(), nn.Flatten(), nn.Sigmoid(), nn.Linear(1152, 10)),
        "a sigmoid follows an activation",
    ),
    "sigmoid after pooling": (
        conv(nn.ReLU(), nn.MaxPool2d(2), nn.Sigmoid(), nn.Flatten(), nn.Linear(288, 10)),
        "a sigmoid follows an activation",
    ),
    "flat twice": (dense(nn.Flatten()), "unusual order"),
    "flat twice after a convolution": (
        conv(nn.Flatten(), nn.Flatten(), nn.Linear(1152, 10)),
        "unusual order",
    ),
    "dense on rows": (conv(nn.Linear(24, 3), nn.Flatten(), nn.Linear(144, 10)), "unusual order"),
    "dense first": (
        nn.Sequential(nn.Linear(28, 4), nn.Flatten(), nn.Linear(112, 10)),
        "unusual order",
    ),
    "flat in part": (
        nn.Sequential(nn.Flatten(2), nn.Linear(784, 10), nn.Flatten(), nn.Linear(10, 10)),
        "unusual order",
    ),
    "never flat": (nn.Sequential(nn.Linear(28, 10)), "unusual order"),
}


@pytest.mark.parametrize(("model", "reason"), UNKNOWN.values(), ids=UNKNOWN)
def test_a_model_that_is_not_known_is_refused_with_the_reason(
    few: Both, model: nn.Module, reason: str
) -> None:
    with pytest.raises(Refusal, match=reason):
        manual.layers_of(model, task(train=few[0]))


@pytest.mark.parametrize(
    "model",
    [
        dense(nn.ReLU(), nn.ReLU()),
        dense(nn.Sigmoid(), nn.ReLU()),
        dense(nn.ReLU(), nn.Dropout(0.5), nn.Sigmoid()),
        conv(nn.Flatten(), nn.Sigmoid(), nn.Linear(1152, 10), nn.ReLU()),
        conv(
            nn.ReLU(),
            nn.Conv2d(2, 3, 5),
            nn.MaxPool2d(2),
            nn.Sigmoid(),
            nn.Flatten(),
            nn.Linear(300, 10),
        ),
    ],
)
def test_activations_and_flattening_in_other_places_give_the_weights_of_the_plain_loop(
    few: Both, model: nn.Module
) -> None:
    draw_again(model, seed=0)
    other = copy.deepcopy(model)
    for each, engine in ((model, "manual"), (other, "autograd")):
        torch.manual_seed(0)
        arguments = {
            "epochs": 1,
            "batch_size": 10,
            "lr": 0.1,
            "weight_decay": 0.1,
            "criterion": F.cross_entropy,
        }
        history = fit(each, *few, engine=engine, **arguments)
        assert history.engine == engine
    for one, two in zip(model.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-6)


def draw_again(model: nn.Module, *, seed: int) -> None:
    """Draw a model's initial weights anew: what is made at import has others in each run.

    With some weights, two entries of a pooling window differ by rounding alone, and two engines
    that add up in different orders pick different ones.
    """
    torch.manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            module.reset_parameters()


def test_side_by_side_refuses_a_model_twice_and_less_than_one_epoch(few: Both) -> None:
    model = DenseNet()
    arguments = {"batch_size": 10, "lr": 0.1, "criterion": one_hot_mse}
    with pytest.raises(ValueError, match="a model is given twice"):
        fit_seeds([model, model], *few, seeds=[0, 1], epochs=1, **arguments)
    with pytest.raises(ValueError, match="fit_seeds: epochs=0, expected at least 1"):
        fit_seeds([model], *few, seeds=[0], epochs=0, **arguments)
    with pytest.raises(ValueError, match="fit_seeds: max_steps=0, expected at least 1"):
        fit_seeds([model], *few, seeds=[0], epochs=1, max_steps=0, **arguments)


def test_auto_falls_back_to_the_plain_loop_and_says_why(few: Both) -> None:
    arguments = {"epochs": 1, "batch_size": 10, "lr": 0.1}
    known = fit(DenseNet(), *few, criterion=one_hot_mse, **arguments)
    model = fit(Doubled(), *few, criterion=one_hot_mse, **arguments)
    criterion = fit(
        DenseNet(), *few, criterion=lambda outputs, labels: outputs.square().mean(), **arguments
    )
    assert (known.engine, known.refused) == ("manual", "")
    assert (model.engine, model.refused) == ("autograd", "there is no manual backward for Doubled")
    assert (criterion.engine, criterion.refused) == (
        "autograd",
        "the criterion is none of one_hot_mse, cross_entropy",
    )


def test_a_criterion_may_be_any_callable(few: Both) -> None:
    @dataclass
    class Smooth:  # which cannot be hashed
        amount: float

        def __call__(self, outputs: Tensor, labels: Tensor) -> Tensor:
            return F.cross_entropy(outputs, labels, label_smoothing=self.amount)

    history = fit(DenseNet(), *few, criterion=Smooth(0.1), epochs=1, batch_size=10, lr=0.1)
    assert history.engine == "autograd"


def test_the_plain_loop_is_not_called_a_fallback_where_it_was_asked_for(few: Both) -> None:
    history = fit(
        DenseNet(), *few, criterion=one_hot_mse, epochs=1, batch_size=10, lr=0.1, engine="autograd"
    )
    assert (history.engine, history.refused) == ("autograd", "")


def test_an_engine_asked_for_by_name_trains_or_says_why_not(few: Both) -> None:
    arguments: dict[str, Any] = {"epochs": 1, "batch_size": 10, "lr": 0.1, "criterion": one_hot_mse}
    model = Doubled()
    start = weights(model)
    with pytest.raises(
        EngineError,
        match=r"engine='manual': .* there is no manual backward for Doubled\. Use 'auto'",
    ):
        fit(model, *few, engine="manual", **arguments)
    with pytest.raises(
        EngineError, match=r"engine='graph': .* the digits lie on cpu, and a CUDA graph needs a GPU"
    ):
        fit(model, *few, engine="graph", **arguments)
    with pytest.raises(
        EngineError,
        match=r"engine='fast': no engine\. Use 'auto' or one of 'autograd', 'manual', 'gr",
    ):
        fit(model, *few, engine="fast", **arguments)
    assert torch.equal(weights(model), start)


def test_a_batch_of_another_size_is_trained_on_as_well(few: Both) -> None:
    train, test = few  # 25 digits: batches of 10, 10 and 5
    models = [EXPERIMENTS["dropout"].new_model(0), EXPERIMENTS["dropout"].new_model(0)]
    for model, engine in zip(models, ("autograd", "manual"), strict=True):
        torch.manual_seed(1)  # of the dropout masks
        fit(
            model,
            train,
            test,
            epochs=2,
            batch_size=10,
            lr=0.1,
            criterion=F.cross_entropy,
            engine=engine,
        )
    torch.testing.assert_close(weights(models[1]), weights(models[0]), rtol=0, atol=1e-6)


@pytest.fixture
def replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU, but what would be captured is run instead of replayed."""
    monkeypatch.setattr(graph, "_check_device", lambda task: None)
    monkeypatch.setattr(graph, "capture", lambda run, *_: run)
    monkeypatch.setattr(engines, "fastest_on", lambda device: "graph")


@pytest.mark.usefixtures("replayed")
@pytest.mark.parametrize("max_steps", [3, 20, 47, 60, None])
@pytest.mark.parametrize("plain", ["manual", "autograd"])
def test_captured_steps_see_each_batch_once_and_in_order(
    digits: Both, max_steps: int | None, plain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if plain == "autograd":

        def refuse(task: Task) -> Steps:
            raise Refusal("nothing is known")

        monkeypatch.setattr(graph, "manual_steps", refuse)
    # 45 batches of ten and one of five
    train = Digits(digits[0].images[:455], digits[0].labels[:455])
    models = [EXPERIMENTS["dropout"].new_model(0) for _ in range(2)]
    arguments: dict[str, Any] = {
        "epochs": 2,
        "batch_size": 10,
        "lr": 0.1,
        "criterion": F.cross_entropy,
    }
    losses = []
    for model, engine in zip(models, (plain, "graph"), strict=True):
        torch.manual_seed(1)  # of the dropout masks
        history = fit(model, train, digits[1], max_steps=max_steps, engine=engine, **arguments)
        assert history.engine == engine
        losses.append(history.losses)
    assert torch.equal(losses[0], losses[1])
    assert torch.equal(weights(models[0]), weights(models[1]))


@pytest.mark.usefixtures("replayed")
def test_captured_steps_side_by_side_are_those_that_are_not_captured(
    digits: Both, monkeypatch: Any
) -> None:
    train = Digits(digits[0].images[:455], digits[0].labels[:455])
    test = Digits(digits[1].images[:100], digits[1].labels[:100])
    arguments: dict[str, Any] = {
        "epochs": 2,
        "batch_size": 10,
        "lr": 3.0,
        "criterion": one_hot_mse,
        "seeds": [3, 1],
    }
    captured = [EXPERIMENTS["dense"].new_model(seed) for seed in (3, 1)]
    plain = copy.deepcopy(captured)
    by_graph = fit_seeds(captured, train, test, **arguments)
    monkeypatch.setattr(engines, "fastest_on", lambda device: "manual")
    by_hand = fit_seeds(plain, train, test, **arguments)
    assert [history.engine for history in by_graph] == ["graph, side by side"] * 2
    for one, two in zip(by_graph, by_hand, strict=True):
        assert torch.equal(one.losses, two.losses)
    for one, two in zip(captured, plain, strict=True):
        assert torch.equal(weights(one), weights(two))


def test_what_a_graph_reads_is_held_as_long_as_it_is_replayed(
    digits: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recorded graph knows addresses; tensors that nobody holds make way for others."""
    replays = 0

    def recorded(run: Any, *_: object) -> Callable[[], None]:
        contents = [cell.cell_contents for cell in inspect.unwrap(run).__closure__]
        read = [weakref.ref(each) for each in contents if isinstance(each, Tensor)]
        assert len(read) >= 3

        def replay() -> None:
            nonlocal replays
            replays += 1
            assert all(each() is not None for each in read)

        return replay

    monkeypatch.setattr(graph, "_check_device", lambda task: None)
    monkeypatch.setattr(graph, "capture", recorded)
    monkeypatch.setattr(engines, "fastest_on", lambda device: "graph")
    train = Digits(digits[0].images[:455], digits[0].labels[:455])
    fit(DenseNet(), train, digits[1], epochs=1, batch_size=10, lr=0.1, criterion=one_hot_mse)
    assert replays == 2  # of twenty steps each, of 46


@pytest.mark.parametrize("row", ROWS)
def test_captured_manual_steps_ask_for_no_number(few: Both, row: str) -> None:
    """On the device meta, to read a number raises, as it does while a graph is captured."""
    train = few[0].to("meta")
    arguments = ROWS[row]
    model = arguments.new_model(0).to("meta", memory_format=torch.channels_last)
    settings = {
        "transform": arguments.transform,
        "criterion": arguments.criterion,
        "weight_decay": arguments.weight_decay,
    }
    take = manual.manual_steps(task(model, train=train, **settings))
    assert take(torch.zeros(20, 10, dtype=torch.int64, device="meta")).shape == (20,)


def test_a_step_that_cannot_be_recorded_is_left_to_the_plain_loop(
    few: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> None:
        raise Refusal("it cannot be recorded as a CUDA graph: operation not permitted")

    monkeypatch.setattr(graph, "_check_device", lambda task: None)
    monkeypatch.setattr(graph, "capture", refuse)
    monkeypatch.setattr(engines, "fastest_on", lambda device: "graph")
    history = fit(DenseNet(), *few, epochs=1, batch_size=10, lr=0.1, criterion=one_hot_mse)
    assert (history.engine, len(history.losses)) == ("autograd", 3)
    assert history.refused == "it cannot be recorded as a CUDA graph: operation not permitted"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("row", ROWS)
def test_captured_steps_on_a_gpu_are_those_of_the_plain_loop(digits: Both, row: str) -> None:
    train, test = (each.to("cuda") for each in digits)
    repro.reproducible()  # as on the pages: what is captured must be deterministic
    experiment = ROWS[row]
    few = Digits(test.images[:50], test.labels[:50])
    losses = []
    ends = []
    for engine in ("autograd", "graph", "manual"):
        model = experiment.new_model(0).to("cuda")
        arguments = {**experiment.fit_arguments, "epochs": 1, "max_steps": 105}
        losses.append(fit(model, train, few, engine=engine, **arguments).losses)
        ends.append(weights(model))
    for i in (1, 2):
        assert losses[i].shape == (105,) and losses[i].device.type == "cpu"
        torch.testing.assert_close(losses[i], losses[0], rtol=1e-3, atol=1e-5)
        torch.testing.assert_close(ends[i], ends[0], rtol=0, atol=1e-4)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_networks_side_by_side_on_a_gpu_are_those_of_single_runs(digits: Both) -> None:
    train, test = (each.to("cuda") for each in digits)
    repro.reproducible()
    few = Digits(test.images[:50], test.labels[:50])
    arguments = {**EXPERIMENTS["dense"].fit_arguments, "epochs": 1, "max_steps": 105}
    together = [EXPERIMENTS["dense"].new_model(seed).to("cuda") for seed in (0, 1)]
    alone = copy.deepcopy(together)
    histories = fit_seeds(together, train, few, seeds=[0, 1], **arguments)
    for seed, (one, two, history) in enumerate(zip(together, alone, histories, strict=True)):
        expected = fit(two, train, few, seed=seed, engine="autograd", **arguments)
        assert history.engine == "graph, side by side"
        torch.testing.assert_close(history.losses, expected.losses, rtol=1e-3, atol=1e-5)
        torch.testing.assert_close(weights(one), weights(two), rtol=0, atol=1e-4)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_criterion_that_reads_the_loss_trains_on_a_gpu(digits: Both) -> None:
    train, test = (Digits(each.images[:500], each.labels[:500]).to("cuda") for each in digits)
    noted: list[float] = []

    def noting(outputs: Tensor, labels: Tensor) -> Tensor:
        loss = F.cross_entropy(outputs, labels)
        noted.append(loss.item())
        return loss

    history = fit(
        conv_two_layers().to("cuda"), train, test, epochs=1, batch_size=10, lr=0.1, criterion=noting
    )
    assert history.engine == "autograd"
    assert "item()" in history.refused
    torch.testing.assert_close(history.losses, torch.tensor(noted))


@pytest.mark.parametrize(
    ("network", "criterion", "lr"),
    [
        (DenseNet, one_hot_mse, 3.0),
        (partial(DenseClassifier, 20), F.cross_entropy, 0.1),
        (
            lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 30), nn.ReLU(), nn.Linear(30, 10)),
            F.cross_entropy,
            0.1,
        ),
    ],
    ids=["DenseNet", "DenseClassifier", "Sequential"],
)
def test_networks_side_by_side_are_those_of_single_runs_up_to_rounding(
    digits: Both,
    network: Callable[[], nn.Module],
    criterion: Callable[[Tensor, Tensor], Tensor],
    lr: float,
) -> None:
    train, test = digits
    few = Digits(test.images[:200], test.labels[:200])
    seeds = [3, 1, 4]

    def models() -> Sequence[nn.Module]:
        made = []
        for seed in seeds:
            torch.manual_seed(seed)
            made.append(network())
        return made

    arguments = {
        "epochs": 1,
        "batch_size": 10,
        "lr": lr,
        "criterion": criterion,
        "weight_decay": 0.001,
        "max_steps": 100,
    }
    together = models()
    alone = models()
    starts = [weights(model) for model in alone]
    histories = fit_seeds(together, train, few, seeds=seeds, **arguments)
    for model, single, seed, history, start in zip(
        together, alone, seeds, histories, starts, strict=True
    ):
        (epoch,) = fit(single, train, few, seed=seed, **arguments)
        moved = (weights(single) - start).norm()
        assert (weights(model) - weights(single)).norm() < 1e-4 * moved
        assert history[0].loss == pytest.approx(epoch.loss, rel=1e-5)
        assert abs(history[0].accuracy - epoch.accuracy) <= 1 / len(few)
    assert not torch.allclose(weights(together[0]), weights(together[1]), atol=1e-2)


def test_side_by_side_counts_steps_over_epochs_and_ends_with_a_smaller_batch(few: Both) -> None:
    together = [DenseNet(), DenseNet()]
    alone = [DenseNet(), DenseNet()]
    for a, b in zip(together, alone, strict=True):
        b.load_state_dict(a.state_dict())
    arguments = {"epochs": 9, "batch_size": 10, "lr": 3.0, "criterion": one_hot_mse, "max_steps": 5}
    histories = fit_seeds(together, *few, seeds=[0, 1], **arguments)
    for model, single, seed, history in zip(together, alone, (0, 1), histories, strict=True):
        expected = fit(single, *few, seed=seed, **arguments)
        assert [epoch.number for epoch in history] == [epoch.number for epoch in expected]
        torch.testing.assert_close(weights(model), weights(single), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("models", "seeds", "criterion", "message"),
    [
        ([DenseNet()], [0, 1], one_hot_mse, "1 models and 2 seeds"),
        ([conv_two_layers()], [0], F.cross_entropy, "only dense layers and activations"),
        ([conv_dropout()], [0], F.cross_entropy, "only dense layers and activations"),
        ([], [], one_hot_mse, "no models"),
        ([DenseNet()], [0], nn.MSELoss(), "criterion is none of one_hot_mse, cross_entropy"),
        ([DenseNet(), DenseClassifier()], [0, 1], one_hot_mse, "the same form"),
    ],
    ids=["seeds", "convolutions", "dropout", "none", "criterion", "forms"],
)
def test_side_by_side_refuses_what_it_cannot_do(
    few: Both,
    models: list[nn.Module],
    seeds: list[int],
    criterion: Callable[[Tensor, Tensor], Tensor],
    message: str,
) -> None:
    before = [weights(model) for model in models]
    with pytest.raises(ValueError, match=message):
        fit_seeds(models, *few, seeds=seeds, epochs=1, batch_size=10, lr=0.1, criterion=criterion)
    assert all(torch.equal(weights(model), old) for model, old in zip(models, before, strict=True))


def test_a_transform_of_ones_own_sees_the_batches_of_the_plain_loop(few: Both) -> None:
    calls: list[list[int]] = []

    def noting(images: Tensor) -> Tensor:
        if torch.is_grad_enabled() or len(images) < 100:  # a step, not the test after the epoch
            calls[-1].append(len(images))
        return scale(images)

    for engine in ("autograd", "manual"):
        calls.append([])
        arguments = {"epochs": 1, "batch_size": 10, "lr": 0.1, "criterion": one_hot_mse}
        fit(DenseNet(), *few, transform=noting, engine=engine, **arguments)
    assert calls == [[10, 10, 5], [10, 10, 5]]


def test_a_transform_that_draws_gets_the_random_numbers_of_the_plain_loop(few: Both) -> None:
    def noisy(images: Tensor) -> Tensor:
        return scale(images) + 0.1 * torch.randn(len(images), 1, 28, 28)

    models = [EXPERIMENTS["dropout"].new_model(0) for _ in range(2)]
    for model, engine in zip(models, ("autograd", "manual"), strict=True):
        torch.manual_seed(1)  # of the noise and of the dropout masks
        arguments = {"epochs": 1, "batch_size": 10, "lr": 0.1, "criterion": F.cross_entropy}
        fit(model, *few, transform=noisy, engine=engine, **arguments)
    torch.testing.assert_close(weights(models[1]), weights(models[0]), rtol=0, atol=1e-6)


def test_dropout_of_nothing_draws_no_random_numbers(few: Both) -> None:
    models = [EXPERIMENTS["dropout"].new_model(0) for _ in range(2)]
    for model, engine in zip(models, ("autograd", "manual"), strict=True):
        model[7].p = 0.0
        torch.manual_seed(1)
        fit(model, *few, epochs=1, batch_size=10, lr=0.1, criterion=F.cross_entropy, engine=engine)
    torch.testing.assert_close(weights(models[1]), weights(models[0]), rtol=0, atol=1e-6)


def test_side_by_side_refuses_a_transform_of_ones_own(few: Both) -> None:
    arguments = {"epochs": 1, "batch_size": 10, "lr": 0.1, "criterion": one_hot_mse}
    with pytest.raises(ValueError, match="the transform is not one of scale and normalize"):
        fit_seeds(
            [DenseNet()], *few, seeds=[0], transform=lambda images: scale(images), **arguments
        )


def test_side_by_side_gives_each_network_its_losses(few: Both) -> None:
    together = [DenseNet(), DenseNet()]
    alone = [DenseNet(), DenseNet()]
    for a, b in zip(together, alone, strict=True):
        b.load_state_dict(a.state_dict())
    arguments = {"epochs": 2, "batch_size": 10, "lr": 3.0, "criterion": one_hot_mse, "max_steps": 5}
    histories = fit_seeds(together, *few, seeds=[0, 1], **arguments)
    for single, seed, history in zip(alone, (0, 1), histories, strict=True):
        expected = fit(single, *few, seed=seed, **arguments).losses
        assert expected.shape == (5,)
        torch.testing.assert_close(history.losses, expected, rtol=1e-5, atol=0)


def untrained_alike(model: nn.Module) -> tuple[nn.Module, nn.Module]:
    return model, copy.deepcopy(model)


def test_weights_that_lie_in_the_same_memory_are_refused(few: Both) -> None:
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 30), nn.Linear(30, 30), nn.Linear(30, 30), nn.Linear(30, 10)
    )
    model[3].weight.data = model[2].weight.data
    with pytest.raises(Refusal, match="two layers share a weight"):
        manual.layers_of(model, task(train=few[0]))


KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "labels to ignore": (
        {"labels": torch.tensor([3, -100] * 10)},
        "not all labels are whole numbers from 0",
    ),
    "bfloat16": ({"dtype": torch.bfloat16}, "hidden.weight is torch.bfloat16"),
    "float64": ({"dtype": torch.float64}, "hidden.weight is torch.float64"),
}


@pytest.mark.parametrize(("kind", "reason"), KINDS.values(), ids=KINDS)
def test_other_kinds_of_numbers_are_left_to_the_plain_loop(
    few: Both, kind: dict[str, Any], reason: str
) -> None:
    labels = kind.get("labels", few[0].labels[:20])
    train = Digits(few[0].images[:20], labels)
    model = DenseClassifier().to(kind.get("dtype", torch.float32))

    def transform(images: Tensor) -> Tensor:
        return scale(images).to(kind.get("dtype", torch.float32))

    history = fit(
        model,
        train,
        few[1],
        epochs=1,
        batch_size=10,
        lr=0.1,
        criterion=F.cross_entropy,
        transform=transform,
    )
    assert history.engine == "autograd"
    assert reason in history.refused


def test_autocast_is_left_to_the_plain_loop(few: Both) -> None:
    with torch.autocast("cpu"):
        history = fit(
            DenseClassifier(), *few, epochs=1, batch_size=10, lr=0.1, criterion=F.cross_entropy
        )
    assert (history.engine, history.refused) == ("autograd", "autocast is on")


def test_without_gradients_training_fails_as_the_plain_loop_does(few: Both) -> None:
    with torch.no_grad(), pytest.raises(RuntimeError, match="does not require grad"):
        fit(DenseNet(), *few, epochs=1, batch_size=10, lr=0.1, criterion=one_hot_mse)


CHANGES: dict[str, Callable[[nn.Module], object]] = {
    "dropout switched off": lambda model: setattr(model[2], "p", 0.0),
    "a layer frozen": lambda model: model[1].requires_grad_(False),
    "weights elsewhere": lambda model: model.double().float(),
    "a new bias": lambda model: setattr(model[3], "bias", nn.Parameter(torch.ones(10))),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_report_changes_in_the_network_counts_from_the_next_epoch_on(
    few: Both, change: Callable[[nn.Module], object]
) -> None:
    models = untrained_alike(
        nn.Sequential(nn.Flatten(), nn.Linear(784, 20), nn.Dropout(0.5), nn.Linear(20, 10))
    )
    for model, engine in zip(models, ("autograd", "auto"), strict=True):

        def report(epoch: object, model: nn.Module = model) -> None:
            if epoch.number == 1:  # type: ignore[attr-defined]
                change(model)

        torch.manual_seed(1)  # of the dropout masks
        arguments: dict[str, Any] = {
            "epochs": 3,
            "batch_size": 10,
            "lr": 0.1,
            "criterion": F.cross_entropy,
        }
        fit(model, *few, engine=engine, report=report, **arguments)
    torch.testing.assert_close(weights(models[1]), weights(models[0]), rtol=0, atol=1e-6)


def test_a_hook_that_report_adds_is_called_in_every_further_step(few: Both) -> None:
    model = DenseNet()
    calls: list[int] = []

    def report(epoch: object) -> None:
        if not calls:
            model.hidden.register_forward_hook(lambda *_: calls.append(1))

    arguments: dict[str, Any] = {"epochs": 2, "batch_size": 10, "lr": 0.1, "criterion": one_hot_mse}
    history = fit(model, *few, report=report, **arguments)
    assert len(calls) >= 3
    assert (history.engine, history.refused) == ("autograd", "a hook on hidden")


def test_what_report_changes_after_the_last_epoch_concerns_no_engine(few: Both) -> None:
    model = DenseNet()
    arguments: dict[str, Any] = {"epochs": 1, "batch_size": 10, "lr": 0.1, "criterion": one_hot_mse}
    history = fit(
        model, *few, engine="manual", report=lambda epoch: model.requires_grad_(False), **arguments
    )
    assert (history.engine, history.refused, len(history.losses)) == ("manual", "", 3)


def test_networks_that_share_a_layer_are_not_trained_side_by_side(few: Both) -> None:
    one = DenseNet()
    two = DenseNet()
    two.hidden = one.hidden
    with pytest.raises(EngineError, match="two networks share a weight"):
        fit_seeds(
            [one, two], *few, seeds=[0, 1], epochs=1, batch_size=10, lr=0.1, criterion=one_hot_mse
        )


def test_side_by_side_takes_networks_in_either_mode_and_refuses_what_does_not_fit(
    few: Both,
) -> None:
    arguments: dict[str, Any] = {"epochs": 1, "batch_size": 10, "lr": 0.1, "criterion": one_hot_mse}
    one = DenseNet()
    two = DenseNet().eval()
    assert len(fit_seeds([one, two], *few, seeds=[0, 1], **arguments)) == 2
    with pytest.raises(EngineError, match=r"hidden.weight is torch.float64"):
        fit_seeds([one, DenseNet().double()], *few, seeds=[0, 1], **arguments)
    odd = [nn.Sequential(nn.Flatten(), nn.Linear(784, 10)) for _ in range(2)]
    for model in odd:
        model.register_parameter("extra", nn.Parameter(torch.ones(1)))
    with pytest.raises(EngineError, match="a parameter belongs to none of the layers"):
        fit_seeds(odd, *few, seeds=[0, 1], **arguments)


def test_after_side_by_side_each_network_has_memory_of_its_own(few: Both) -> None:
    models = [DenseNet() for _ in range(4)]
    fit_seeds(models, *few, seeds=range(4), epochs=1, batch_size=10, lr=0.1, criterion=one_hot_mse)
    for model in models:
        for parameter in model.parameters():
            assert parameter.untyped_storage().nbytes() == parameter.nbytes


@pytest.mark.parametrize("wrong", [{"lr": -0.1}, {"weight_decay": -0.1}, {"lr": float("nan")}])
def test_rates_below_zero_are_refused(few: Both, wrong: dict[str, float]) -> None:
    arguments: dict[str, Any] = {
        "epochs": 1,
        "batch_size": 10,
        "lr": 0.1,
        "criterion": one_hot_mse,
        **wrong,
    }
    ((name, _),) = wrong.items()
    with pytest.raises(ValueError, match=f"fit: {name}=.*expected at least 0"):
        fit(DenseNet(), *few, **arguments)
    with pytest.raises(ValueError, match=f"fit_seeds: {name}=.*expected at least 0"):
        fit_seeds([DenseNet()], *few, seeds=[0], **arguments)


def test_no_digits_are_refused(few: Both) -> None:
    none = Digits(few[0].images[:0], few[0].labels[:0])
    arguments: dict[str, Any] = {"epochs": 1, "batch_size": 10, "lr": 0.1, "criterion": one_hot_mse}
    with pytest.raises(ValueError, match="fit: train has no digits"):
        fit(DenseNet(), none, few[1], **arguments)
    with pytest.raises(ValueError, match="fit: test has no digits"):
        fit(DenseNet(), few[0], none, **arguments)
