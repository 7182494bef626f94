"""The networks of the tutorials, each written as it is drawn."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class TinyNet(nn.Module):
    """One input, one hidden neuron, one output neuron, a sigmoid on both."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(1, 1)
        self.output = nn.Linear(1, 1)

    def forward(self, x: Float[Tensor, "n 1"]) -> Float[Tensor, "n 1"]:
        a1 = torch.sigmoid(self.hidden(x))
        return torch.sigmoid(self.output(a1))


class DenseNet(nn.Module):
    """784 pixels, 100 hidden neurons, 10 outputs, a sigmoid on both: 79,510 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(28 * 28, 100)
        self.output = nn.Linear(100, 10)

    def forward(self, images: Float[Tensor, "n 1 28 28"]) -> Float[Tensor, "n 10"]:
        x = images.reshape(-1, 28 * 28)  # (n, 784)
        x = torch.sigmoid(self.hidden(x))  # (n, 100)
        return torch.sigmoid(self.output(x))  # (n, 10)


class TwoLayerNet(nn.Module):
    """Two linear layers without biases, a ReLU between them."""

    def __init__(self, num_in: int, num_hidden: int, num_out: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(num_in, num_hidden, bias=False)
        self.linear2 = nn.Linear(num_hidden, num_out, bias=False)

    def forward(self, x: Float[Tensor, "n num_in"]) -> Float[Tensor, "n num_out"]:
        return self.linear2(torch.relu(self.linear1(x)))


class DynamicNet(nn.Module):
    """Between two linear layers, 0 to 3 passes through one shared middle layer, their number drawn at each call."""

    def __init__(self, num_in: int, num_hidden: int, num_out: int) -> None:
        super().__init__()
        self.first = nn.Linear(num_in, num_hidden)
        self.middle = nn.Linear(num_hidden, num_hidden)
        self.last = nn.Linear(num_hidden, num_out)

    def forward(self, x: Float[Tensor, "n num_in"]) -> Float[Tensor, "n num_out"]:
        h = torch.relu(self.first(x))
        for _ in range(int(torch.randint(0, 4, ()))):
            h = torch.relu(self.middle(h))
        return self.last(h)
