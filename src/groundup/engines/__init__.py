"""The ways in which `groundup.train.fit` takes its steps: three engines that give the same weights.

The same, up to rounding:

- `autograd`: the plain loop of the tutorials, on every device and for every network.
- `manual`: a manual backward, for the networks and criteria that are known, on every device.
- `graph`: the steps of one of these two recorded as a CUDA graph, for steps that do nothing but
  compute, on a GPU.

`auto` takes `graph` on a GPU and `manual` elsewhere, and falls back to `autograd` where that one
cannot reproduce the plain loop.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from groundup.engines.autograd import autograd_steps
from groundup.engines.graph import graph_side_by_side, graph_steps
from groundup.engines.manual import manual_side_by_side, manual_steps
from groundup.engines.side_effects import hooks
from groundup.engines.task import EngineError, Refusal, Steps, Task

__all__ = [
    "ENGINES",
    "SIDE_BY_SIDE",
    "Choice",
    "choose",
    "choose_side_by_side",
    "fastest_on",
    "form_of",
]

ENGINES: dict[str, Callable[[Task], Steps]] = {
    "autograd": autograd_steps,
    "manual": manual_steps,
    "graph": graph_steps,
}
SIDE_BY_SIDE = {"manual": manual_side_by_side, "graph": graph_side_by_side}


@dataclass(frozen=True)
class Choice:
    """Steps, the name of the engine that takes them, and why it is no faster one.

    The reason is empty if it is the fastest. The steps are those of one network or of several:
    batches `(networks, steps, batch)`, losses `(networks, steps)`.
    """

    take: Steps
    engine: str
    refused: str = ""


def choose(engine: str, task: Task) -> Choice:
    """The engine of that name, or the fastest one that can train the task.

    Raises:
        EngineError: there is no such engine, or the one asked for by name cannot train this.
    """
    if engine == "auto":
        fastest = fastest_on(task.device)
        try:
            return Choice(_of_one(ENGINES[fastest](task)), fastest)
        except Refusal as reason:
            return Choice(_of_one(autograd_steps(task)), "autograd", str(reason))
    if engine not in ENGINES:
        names = ", ".join(map(repr, ENGINES))
        raise EngineError(f"engine={engine!r}: no engine. Use 'auto' or one of {names}.")
    try:
        return Choice(_of_one(ENGINES[engine](task)), engine)
    except Refusal as reason:
        raise EngineError(
            f"engine={engine!r}: it cannot train this network in this way: {reason}. "
            f"Use 'auto' or 'autograd'."
        ) from None


def fastest_on(device: torch.device) -> str:
    """The fastest engine of a device, if it can train the task."""
    if device.type == "cuda":
        return "graph"
    return "manual"


def choose_side_by_side(models: Sequence[nn.Module], task: Task) -> Choice:
    """The fastest engine for several networks at once; there is no plain loop for them.

    Raises:
        EngineError: these networks cannot be trained side by side.
    """
    name = fastest_on(task.device)
    try:
        return Choice(SIDE_BY_SIDE[name](models, task), f"{name}, side by side")
    except Refusal as reason:
        raise EngineError(
            f"these networks cannot be trained side by side: {reason}. "
            f"Train them one after the other, with fit."
        ) from None


def form_of(model: nn.Module) -> tuple[object, ...]:
    """All that an engine relies on, but for the numbers.

    These are the layers and their settings, the hooks, and where the weights lie.
    """
    weights = []
    for each in model.parameters():
        place = (id(each), each.data_ptr(), each.dtype, each.stride(), each.requires_grad)
        weights.append(place)
    return str(model), hooks(model), weights


def _of_one(take: Steps) -> Steps:
    """Steps of a single network as those of several, of which there is one."""
    return lambda batches: take(batches[0]).unsqueeze(0)
