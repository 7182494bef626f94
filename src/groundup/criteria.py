"""Loss functions of a classifier, and the manual backward of each."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional as F

# of outputs (n, classes) and labels (n,), gives the loss, of shape ()
Criterion = Callable[[Tensor, Tensor], Tensor]


def one_hot_mse(
    outputs: Float[Tensor, "n classes"], labels: Int64[Tensor, " n"]
) -> Float[Tensor, ""]:
    """The squared error against one-hot targets, averaged over batch and classes.

    The same number as `nn.MSELoss` gives.
    """
    targets = F.one_hot(labels, outputs.shape[1]).to(outputs.dtype)
    return F.mse_loss(outputs, targets)


class ManualCriterion(NamedTuple):
    """A criterion without autograd.

    It also works for several networks side by side, each with a loss of its own.

    Attributes:
        losses: of outputs and labels, gives the share of each image, whose mean over a batch is the
            loss.
        gradient: of outputs and one-hot targets, gives the derivative of the loss with respect to
            the outputs, but for a factor that all of its numbers have in common; the factor comes
            second.
    """

    losses: Callable[[Tensor, Tensor], Tensor]
    gradient: Callable[[Tensor, Tensor], tuple[Tensor, float]]


def squared_errors(
    outputs: Float[Tensor, "*s n c"], labels: Int64[Tensor, "*s n"]
) -> Float[Tensor, "*s n"]:
    """The share of each image in `one_hot_mse`."""
    targets = F.one_hot(labels, outputs.shape[-1]).to(outputs.dtype)
    return (outputs - targets).square().mean(-1)


def squared_error_gradient(
    outputs: Float[Tensor, "*s n c"], targets: Float[Tensor, "*s n c"]
) -> tuple[Float[Tensor, "*s n c"], float]:
    """The derivative of `one_hot_mse` with respect to the outputs."""
    numbers = outputs.shape[-2] * outputs.shape[-1]
    return outputs - targets, 2 / numbers


def cross_entropies(
    logits: Float[Tensor, "*s n c"], labels: Int64[Tensor, "*s n"]
) -> Float[Tensor, "*s n"]:
    """The share of each image in `F.cross_entropy`."""
    log_probabilities = torch.log_softmax(logits, -1)
    return -log_probabilities.gather(-1, labels.unsqueeze(-1)).squeeze(-1)


def cross_entropy_gradient(
    logits: Float[Tensor, "*s n c"], targets: Float[Tensor, "*s n c"]
) -> tuple[Float[Tensor, "*s n c"], float]:
    """The derivative of `F.cross_entropy` with respect to the logits."""
    difference = torch.softmax(logits, -1).sub_(targets)
    return difference, 1 / logits.shape[-2]


MANUAL_CRITERIA: dict[Criterion, ManualCriterion] = {
    one_hot_mse: ManualCriterion(squared_errors, squared_error_gradient),
    F.cross_entropy: ManualCriterion(cross_entropies, cross_entropy_gradient),
}
