"""A rehearsal without numbers finds what a step does besides computing, and leaves no trace."""

import random
import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.optimizer import register_optimizer_step_post_hook

from groundup.criteria import one_hot_mse
from groundup.data import Digits, scale
from groundup.engines import side_effects
from groundup.engines.manual import layers_of
from groundup.engines.task import Refusal, Task
from groundup.experiments import ARTICLES, EXPERIMENTS
from groundup.models import DenseNet, SmallConvNet, conv_blocks, conv_two_layers

ROWS = {**EXPERIMENTS, **ARTICLES}
Function = Callable[..., Any]


def of_step(
    model: nn.Module | None = None,
    transform: Function = scale,
    criterion: Function = F.cross_entropy,
) -> str:
    return side_effects.of_step(
        model or DenseNet(), transform, criterion, image=torch.Size([28, 28])
    )


@pytest.mark.parametrize("row", ROWS)
def test_the_recipes_have_no_side_effects(row: str) -> None:
    assert of_step(ROWS[row].new_model(0), ROWS[row].transform, ROWS[row].criterion) == ""


@pytest.mark.parametrize(
    "criterion",
    [
        nn.CrossEntropyLoss(label_smoothing=0.1),
        nn.CrossEntropyLoss(weight=torch.ones(10)),
        partial(F.cross_entropy, label_smoothing=0.1),
        lambda outputs, labels: F.cross_entropy(outputs, labels, reduction="none").mean(),
        lambda outputs, labels: (outputs - F.one_hot(labels, 10)).square().mean(),
    ],
    ids=["module", "weighted", "partial", "reduced", "own"],
)
def test_a_criterion_of_ones_own_may_just_compute(criterion: Function) -> None:
    assert of_step(criterion=criterion) == ""


def test_a_network_with_statistics_and_one_on_padded_digits_just_compute() -> None:
    assert of_step(conv_blocks((4, 8, 8), batch_norm=True)) == ""
    assert (
        of_step(SmallConvNet(), transform=lambda images: F.pad(scale(images), (2, 2, 2, 2))) == ""
    )


def hook_everywhere(model: nn.Module, hook: Function) -> Any:
    return nn.modules.module.register_module_forward_hook(hook)


HOOKS: dict[str, Callable[[DenseNet, Function], Any]] = {
    "a hook on hidden": lambda model, hook: model.hidden.register_forward_hook(hook),
    "a hook on output": lambda model, hook: model.output.register_forward_pre_hook(hook),
    "a hook on the network": lambda model, hook: model.register_full_backward_hook(hook),
    "a hook on hidden ": lambda model, hook: model.hidden.register_full_backward_pre_hook(hook),
    "a hook on hidden.weight": lambda model, hook: model.hidden.weight.register_hook(hook),
    "a hook on output.bias": lambda model, hook: (
        model.output.bias.register_post_accumulate_grad_hook(hook)
    ),
    "a hook on all modules": hook_everywhere,
}


@pytest.mark.parametrize("reason", HOOKS)
def test_a_hook_is_named_and_left_to_autograd_until_it_is_removed(reason: str) -> None:
    model = DenseNet()
    digits = Digits(torch.zeros(1, 28, 28, dtype=torch.uint8), torch.zeros(1, dtype=torch.int64))
    task = Task(model, digits, scale, F.cross_entropy, lr=0.1, weight_decay=0.0, batch_size=1)
    handle = HOOKS[reason](model, lambda *_: None)
    try:
        assert side_effects.hooks(model) == of_step(model) == reason.strip()
        with pytest.raises(Refusal, match=reason.strip()):
            layers_of(model, task)
    finally:
        handle.remove()
    assert side_effects.hooks(model) == of_step(model) == ""
    assert len(layers_of(model, task)) == 4


LOOKS: dict[str, Function] = {
    "item": lambda loss: loss.item(),
    "tolist": lambda loss: loss.tolist(),
    "cpu": lambda loss: loss.cpu(),
    "numpy": lambda loss: loss.detach().numpy(),
    "nonzero": lambda loss: loss.nonzero(),
    "bool": lambda loss: 1 if loss > 0 else 0,
    "float": lambda loss: float(loss),
    "format": lambda loss: f"{loss:.3f}",
    "text": lambda loss: str(loss),
    "print": lambda loss: print(loss),
}


@pytest.mark.parametrize("look", LOOKS)
def test_a_step_that_looks_at_a_number_is_found(
    look: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def looking(outputs: Tensor, labels: Tensor) -> Tensor:
        loss = F.cross_entropy(outputs, labels)
        LOOKS[look](loss)
        return loss

    def looking_transform(images: Tensor) -> Tensor:
        LOOKS[look](images.float().mean())
        return scale(images)

    class Looking(DenseNet):
        def forward(self, images: Tensor) -> Tensor:
            outputs = super().forward(images)
            LOOKS[look](outputs.mean())
            return outputs

    for found in (
        of_step(criterion=looking),
        of_step(transform=looking_transform),
        of_step(Looking()),
    ):
        assert found.startswith("the step fails without numbers: ")
    assert capsys.readouterr().out == ""


def test_a_step_that_prints_is_found_and_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    def printing(outputs: Tensor, labels: Tensor) -> Tensor:
        print("a step")
        return F.cross_entropy(outputs, labels)

    assert of_step(criterion=printing) == "the step prints"

    def warning(outputs: Tensor, labels: Tensor) -> Tensor:
        sys.stderr.write("a step\n")
        return F.cross_entropy(outputs, labels)

    assert of_step(criterion=warning) == "the step prints"
    assert capsys.readouterr().out == ""


noted: list[Any] = []
count = 0


def counts_in_the_module(loss: Tensor) -> None:
    global count
    count += 1


other_module: Any = ModuleType("other_module")


def makes_a_variable(loss: Tensor) -> None:
    global made_by_a_step
    made_by_a_step = loss.shape


def keeps_in_the_module(loss: Tensor) -> None:
    noted.append(loss)


def note_takers() -> dict[str, tuple[Function, Function]]:
    """What is called with the loss, and what says how many notes it has taken."""
    losses: list[Any] = []
    by_name: dict[str, list[Any]] = {"one": []}
    several: set[Any] = set()
    total = torch.zeros(())
    steps = 0

    class Book:
        def __init__(self) -> None:
            self.pages: list[Any] = []
            self.last: Any = None

        def write(self, loss: Tensor) -> None:
            self.pages.append(loss)

        def keep(self, loss: Tensor) -> None:
            self.last = loss

    def counts(loss: Tensor) -> None:
        nonlocal steps
        steps += 1

    def class_counts(loss: Tensor) -> None:
        Book.steps = getattr(Book, "steps", 0) + 1  # type: ignore[attr-defined]

    def module_counts(loss: Tensor) -> None:
        other_module.steps = getattr(other_module, "steps", 0) + 1

    array = np.zeros(3)
    octets = bytearray()
    book = Book()
    return {
        "loss": (lambda loss: losses.append(loss), lambda: len(losses)),
        "detached": (lambda loss: losses.append(loss.detach()), lambda: len(losses)),
        "length": (lambda loss: losses.append(10), lambda: len(losses)),
        "by name": (lambda loss: by_name["one"].append(loss), lambda: len(by_name["one"])),
        "set": (lambda loss: several.add(loss), lambda: len(several)),
        "sum": (lambda loss: total.add_(loss.detach()), lambda: total.item()),
        "count": (counts, lambda: steps),
        "count in the module": (counts_in_the_module, lambda: count),
        "in the module": (keeps_in_the_module, lambda: len(noted)),
        "object": (book.write, lambda: len(book.pages)),
        "attribute of a class": (class_counts, lambda: getattr(Book, "steps", 0)),
        "attribute of a module": (module_counts, lambda: getattr(other_module, "steps", 0)),
        "new variable": (makes_a_variable, lambda: int("made_by_a_step" in globals())),
        "array": (lambda loss: array.__setitem__(0, 1.0), lambda: float(array[0])),
        "bytes": (lambda loss: octets.append(7), lambda: len(octets)),
        "attribute": (book.keep, lambda: int(book.last is not None)),
    }


@pytest.mark.parametrize("name", note_takers())
def test_a_step_that_takes_notes_is_found_and_its_notes_are_taken_back(name: str) -> None:
    take_note, notes = note_takers()[name]

    def noting(outputs: Tensor, labels: Tensor) -> Tensor:
        loss = F.cross_entropy(outputs, labels)
        take_note(loss)
        return loss

    def noting_transform(images: Tensor) -> Tensor:
        floats = scale(images)
        take_note(floats.mean())
        return floats

    class Noting(DenseNet):
        def forward(self, images: Tensor) -> Tensor:
            outputs = super().forward(images)
            take_note(outputs.mean())
            return outputs

    for found in (
        of_step(criterion=noting),
        of_step(transform=noting_transform),
        of_step(Noting()),
    ):
        assert found == "the step has side effects"
    assert notes() == 0


def test_a_criterion_that_is_a_module_keeps_its_own_notes() -> None:
    class Noting(nn.CrossEntropyLoss):
        def __init__(self) -> None:
            super().__init__()
            self.losses: list[Tensor] = []

        def forward(self, input: Tensor, target: Tensor) -> Tensor:
            loss = super().forward(input, target)
            self.losses.append(loss)
            return loss

    criterion = Noting()
    assert of_step(criterion=criterion) == "the step has side effects"
    assert criterion.losses == []


@pytest.mark.parametrize(
    "draw",
    [torch.rand, np.random.rand, lambda n: [random.random() for _ in range(n)]],
    ids=["torch", "numpy", "python"],
)
def test_random_numbers_of_the_cpu_are_found_and_put_back(draw: Callable[[int], Any]) -> None:
    def noisy(images: Tensor) -> Tensor:
        draw(1)
        return scale(images)

    model = DenseNet()
    states = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    assert of_step(model, transform=noisy) == "the step draws random numbers on the CPU"
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.random.get_state()[1].tolist() == states[1]
    assert random.getstate() == states[2]


@pytest.mark.parametrize("training", [True, False])
def test_a_rehearsal_leaves_the_model_and_the_random_numbers_alone(training: bool) -> None:
    model = nn.Sequential(*conv_blocks((4, 8, 8), batch_norm=True), nn.Dropout(0.5)).train(training)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    state = torch.get_rng_state()
    assert of_step(model) == ""
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert all(
        parameter.grad is None and parameter.device.type == "cpu"
        for parameter in model.parameters()
    )
    assert all(module.training is training for module in model.modules())
    assert torch.equal(torch.get_rng_state(), state)


def test_what_cannot_be_copied_is_left_to_the_plain_loop() -> None:
    model = conv_two_layers()
    model.lock = (each for each in "ab")  # type: ignore[assignment]  # a generator
    assert of_step(model).startswith("the network or the criterion cannot be copied: ")


def test_one_hot_mse_needs_no_number() -> None:
    assert of_step(criterion=one_hot_mse) == ""


GENERATORS: dict[str, tuple[Any, Function, Function]] = {
    "python": (random.Random(0), lambda own: own.random(), lambda own: own.getstate()),
    "numpy": (
        np.random.default_rng(0),
        lambda own: own.random(),
        lambda own: str(own.bit_generator.state),
    ),
    "torch": (
        torch.Generator().manual_seed(0),
        lambda own: torch.rand(1, generator=own),
        lambda own: own.get_state().tolist(),
    ),
}


@pytest.mark.parametrize("kind", GENERATORS)
def test_a_generator_of_ones_own_is_found_and_put_back(kind: str) -> None:
    own, draw, state = GENERATORS[kind]
    before = state(own)

    def noisy(images: Tensor) -> Tensor:
        return scale(images) * float(draw(own))

    assert of_step(transform=noisy) == "the step has side effects"
    assert state(own) == before


def test_a_hook_on_all_optimizers_is_named() -> None:
    handle = register_optimizer_step_post_hook(lambda *_: None)
    try:
        assert of_step() == "a hook on all optimizers"
    finally:
        handle.remove()
    assert of_step() == ""
