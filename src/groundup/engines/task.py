"""What every engine is given, what it gives back, and how it refuses."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from groundup.criteria import Criterion
from groundup.data import Digits

# of bytes (n, 28, 28), gives the floats (n, 1, 28, 28) that the model takes
Transform = Callable[[Tensor], Tensor]
Steps = Callable[[Tensor], Tensor]
"""Takes a step for each batch; gives the losses, on the device.

Batches are the positions of their digits, int64, of the shape `(steps, batch)`, and the losses have
the shape `(steps,)`. Where several networks are trained side by side, both have one dimension more,
in front: `(networks, steps, batch)`.
"""


@dataclass(frozen=True)
class Task:
    """A network, what it learns from, and how each step is taken."""

    model: nn.Module
    train: Digits
    transform: Transform
    criterion: Criterion
    lr: float
    weight_decay: float
    batch_size: int

    @property
    def device(self) -> torch.device:
        """Where the digits lie."""
        return self.train.images.device


class EngineError(ValueError):
    """An engine that was asked for by name cannot train this."""


class Refusal(Exception):
    """Why an engine cannot reproduce the steps of the plain loop, in a few words."""
