"""The plain loop: PyTorch finds the gradients, one batch after the other.

It trains whatever can be trained.
"""

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from groundup.engines.task import Steps, Task


def autograd_steps(task: Task) -> Steps:
    """The steps of the tutorials: forward, loss, backward, step."""
    parameters = task.model.parameters()
    optimizer = torch.optim.SGD(parameters, lr=task.lr, weight_decay=task.weight_decay)

    def take(batches: Int64[Tensor, "steps batch"]) -> Float[Tensor, " steps"]:
        # on the device of the digits: to read a loss would be to wait for it
        losses = torch.zeros(len(batches), device=task.device)
        for i, batch in enumerate(batches):
            optimizer.zero_grad()
            outputs = task.model(task.transform(task.train.images[batch]))
            loss = task.criterion(outputs, task.train.labels[batch])
            loss.backward()
            optimizer.step()
            losses[i] = loss.detach()
        return losses

    return take
