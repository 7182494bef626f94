"""The networks of the tutorials, each written as it is drawn."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F


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


class DenseClassifier(nn.Module):
    """784 pixels, hidden neurons with ReLU, 10 logits.

    Logits are scores for `F.cross_entropy`, not yet probabilities.

    Args:
        num_hidden: the width of the hidden layer.
    """

    def __init__(self, num_hidden: int = 100) -> None:
        super().__init__()
        self.hidden = nn.Linear(28 * 28, num_hidden)
        self.output = nn.Linear(num_hidden, 10)

    def forward(self, images: Float[Tensor, "n 1 28 28"]) -> Float[Tensor, "n 10"]:
        x = images.flatten(1)  # (n, 784)
        x = torch.relu(self.hidden(x))  # (n, num_hidden)
        return self.output(x)  # (n, 10)


class SmallConvNet(nn.Module):
    """Two convolutions and three dense layers for images of 32 by 32, after LeNet-5.

    81,194 parameters.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, kernel_size=3)
        self.conv2 = nn.Conv2d(6, 16, kernel_size=3)
        self.fc1 = nn.Linear(16 * 6 * 6, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, images: Float[Tensor, "n 1 32 32"]) -> Float[Tensor, "n 10"]:
        x = F.max_pool2d(torch.relu(self.conv1(images)), 2)  # (n, 6, 15, 15)
        x = F.max_pool2d(torch.relu(self.conv2(x)), 2)  # (n, 16, 6, 6)
        x = x.flatten(1)  # (n, 576)
        x = torch.relu(self.fc1(x))  # (n, 120)
        x = torch.relu(self.fc2(x))  # (n, 84)
        return self.fc3(x)  # (n, 10)


def conv_one_layer() -> nn.Sequential:
    """28 by 28 pixels, one convolution, one dense layer, 10 logits, sigmoids between them.

    289,630 parameters.
    """
    return nn.Sequential(
        nn.Conv2d(1, 20, kernel_size=5),  # (n, 20, 24, 24)
        nn.Sigmoid(),
        nn.MaxPool2d(2),  # (n, 20, 12, 12)
        nn.Flatten(),  # (n, 2880)
        nn.Linear(20 * 12 * 12, 100),
        nn.Sigmoid(),
        nn.Linear(100, 10),
    )


def conv_two_layers(activation: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    """28 by 28 pixels, two convolutions, one dense layer, 10 logits: 85,670 parameters.

    Args:
        activation: what stands after each layer but the last, `nn.Sigmoid` or `nn.ReLU`.
    """
    return nn.Sequential(
        nn.Conv2d(1, 20, kernel_size=5),  # (n, 20, 24, 24)
        activation(),
        nn.MaxPool2d(2),  # (n, 20, 12, 12)
        nn.Conv2d(20, 40, kernel_size=5),  # (n, 40, 8, 8)
        activation(),
        nn.MaxPool2d(2),  # (n, 40, 4, 4)
        nn.Flatten(),  # (n, 640)
        nn.Linear(40 * 4 * 4, 100),
        activation(),
        nn.Linear(100, 10),
    )


def conv_dropout() -> nn.Sequential:
    """28 by 28 pixels, two convolutions, two dense layers of 1000, 10 logits.

    Dropout before each dense layer; 1,672,570 parameters.
    """
    return nn.Sequential(
        nn.Conv2d(1, 20, kernel_size=5),  # (n, 20, 24, 24)
        nn.ReLU(),
        nn.MaxPool2d(2),  # (n, 20, 12, 12)
        nn.Conv2d(20, 40, kernel_size=5),  # (n, 40, 8, 8)
        nn.ReLU(),
        nn.MaxPool2d(2),  # (n, 40, 4, 4)
        nn.Flatten(),  # (n, 640)
        nn.Dropout(0.5),
        nn.Linear(40 * 4 * 4, 1000),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(1000, 1000),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(1000, 10),
    )


def conv_blocks(
    widths: tuple[int, ...] = (32, 64, 128, 256), *, batch_norm: bool = True
) -> nn.Sequential:
    """28 by 28 pixels, three or four convolutions, 10 logits.

    With the default widths, 391,882 parameters. The maximum is taken before normalisation and ReLU,
    which then have a quarter of the work. With one seed, a network draws the same initial weights
    with normalisation and without.

    Args:
        widths: channels after each convolution, the first of 5 by 5, the others of 3 by 3.
        batch_norm: whether each convolution's channels are normalised over the batch.

    Raises:
        ValueError: `widths` names neither three nor four convolutions.
    """
    if len(widths) not in (3, 4):
        raise ValueError(f"conv_blocks: widths={widths}, expected three or four of them.")

    layers: list[nn.Module] = []
    channels = 1
    for number, width in enumerate(widths, start=1):
        layers.append(nn.Conv2d(channels, width, kernel_size=5 if number == 1 else 3))
        if number <= 2:
            layers.append(nn.MaxPool2d(2))
        if batch_norm:
            layers.append(nn.BatchNorm2d(width))
        layers.append(nn.ReLU())
        channels = width
    # three convolutions leave 3 by 3 places, a fourth one leaves a single place
    places = 9 if len(widths) == 3 else 1
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(places * channels, 10))
