"""Networks and digits as scripts: what is written is what is read, or else it is refused."""

import re

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Subset

from groundup import data, export


class Dense(nn.Module):
    """As on the page "Reading digits": its functions are no layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(28 * 28, 100)
        self.output = nn.Linear(100, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.flatten(x, 1)
        x = torch.sigmoid(self.hidden(x))
        return torch.sigmoid(self.output(x))


def convolutional() -> nn.Sequential:
    """As on the page "Your own digit"."""
    return nn.Sequential(
        nn.Conv2d(1, 16, kernel_size=5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, kernel_size=5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 4 * 4, 10),
    )


@pytest.fixture
def digits() -> Tensor:
    return torch.randint(0, 256, (20, 1, 28, 28)).float()


@pytest.mark.parametrize("make", [Dense, convolutional])
def test_network_reads_back_up_to_float16(make: type[nn.Module], digits: Tensor) -> None:
    torch.manual_seed(0)
    model = make()
    script = export.network_script("a", model, mean=0.1307, std=0.3081)
    found = export.read_network(script)
    with torch.no_grad():
        before = model((digits / 255 - 0.1307) / 0.3081)
        # the same weights in float16, put into the network itself
        for parameter in model.parameters():
            parameter.copy_(parameter.half().float())
        halved = model((digits / 255 - 0.1307) / 0.3081)
        after = found(digits)
    torch.testing.assert_close(after, halved, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(after, before, rtol=0, atol=0.02)
    assert not torch.equal(after, before)


class Backwards(nn.Module):
    """Its layers are not used in the order in which they are made."""

    def __init__(self) -> None:
        super().__init__()
        self.second = nn.Linear(5, 2)
        self.first = nn.Linear(28 * 28, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(torch.relu(self.first(torch.flatten(x, 1))))


def test_layers_are_written_in_the_order_of_their_use(digits: Tensor) -> None:
    model = Backwards()
    found = export.read_network(export.network_script("a", model))
    torch.testing.assert_close(found(digits), model(digits / 255), rtol=0, atol=0.01)


def test_files_are_small_and_always_of_the_same_length() -> None:
    lengths = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        lengths.append(len(export.network_script("dense", Dense())))
    assert lengths[0] == lengths[1] < 220_000
    assert len(export.network_script("conv", convolutional())) < 60_000


def test_writing_draws_no_random_numbers() -> None:
    """Else the page that hands the file out would go on with others than its plain script."""
    models = [Dense(), convolutional()]
    before = torch.get_rng_state()
    for model in models:
        export.network_script("a", model)
    assert torch.equal(torch.get_rng_state(), before)


def test_script_is_plain_ascii_that_no_quote_ends_early() -> None:
    script = export.network_script("conv", convolutional(), mean=0.1307, std=0.3081)
    assert script.isascii()
    assert script.count("'") == 2
    assert "\\" not in script


@pytest.mark.parametrize("at", [0.4, 0.9])
def test_damaged_file_is_refused(at: float) -> None:
    script = export.network_script("dense", Dense())
    place = int(at * len(script))
    other = "A" if script[place] != "A" else "B"
    with pytest.raises(ValueError, match="damaged"):
        export.read_network(script[:place] + other + script[place + 1 :])
    with pytest.raises(ValueError, match="damaged"):
        export.read_network(script[:place])


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layer(x)


class Skips(Residual):
    def forward(self, x: Tensor) -> Tensor:
        self.layer(x)
        return torch.relu(x)


class Softmax(Residual):
    def forward(self, x: Tensor) -> Tensor:
        return F.softmax(self.layer(x), dim=1)


class Twice(Residual):
    def forward(self, x: Tensor) -> Tensor:
        return self.layer(self.layer(x))


class Rows(Residual):
    def forward(self, x: Tensor) -> Tensor:
        return torch.flatten(self.layer(x), 2)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Residual(), "add"),
        (Skips(), "does not take what layer gives"),
        (Softmax(), "softmax"),
        (Rows(), "flatten"),
        (Twice(), "layer"),
        (nn.Sequential(nn.Conv2d(1, 2, 3, padding=1)), "padding"),
        (nn.Sequential(nn.Conv2d(1, 2, (3, 2))), "kernel_size"),
        (nn.Sequential(nn.Linear(2, 2, bias=False)), "bias"),
        (nn.Sequential(nn.MaxPool2d(3, stride=1)), "stride"),
        (nn.Sequential(nn.Flatten(2)), "start_dim=2"),
        (nn.Sequential(nn.Tanh()), "Tanh"),
    ],
)
def test_what_the_script_could_not_compute_is_refused(model: nn.Module, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        export.network_script("a", model)


def test_weight_too_large_for_float16_is_refused() -> None:
    model = nn.Sequential(nn.Linear(2, 2))
    nn.init.constant_(model[0].weight, 1e6)
    with pytest.raises(ValueError, match="float16"):
        export.network_script("a", model)


def test_samples_are_one_of_each_digit_and_some_misread() -> None:
    train = data.mnist_dataset(train=True)
    part = Subset(train, range(500, 1000))
    torch.manual_seed(0)
    model = Dense()
    optimizer = torch.optim.SGD(model.parameters(), lr=3.0)
    images = train.data[500:1000].unsqueeze(1) / 255
    targets = F.one_hot(train.targets[500:1000], 10).float()
    for _ in range(300):
        optimizer.zero_grad()
        F.mse_loss(model(images), targets).backward()
        optimizer.step()
    found = export.read_text(export.samples_script(model, part, misread=3))
    assert found["labels"][:10] == list(range(10))
    assert len(found["labels"]) == 13
    assert len(found["pixels"]) == 4 * ((13 * 28 * 28 + 2) // 3)
    with pytest.raises(ValueError, match="samples"):
        export.samples_script(model, part, misread=501)
