# %%
import math
from functools import cache

import torch
from torch import nn

from groundup.data import Digits, load_mnist
from groundup.repro import pick_device, reproducible
from groundup.train import fit

seed = reproducible(0)
device = pick_device()
digits, _ = load_mnist(device)

order = torch.randperm(len(digits))[:9000]
images = digits.images[order]
labels = digits.labels[order]
train_set = Digits(images[:8000], labels[:8000])
val_set = Digits(images[8000:], labels[8000:])


def normalise(images):
    return (images.unsqueeze(1) / 255 - 0.1307) / 0.3081


def train(model):
    return fit(
        model,
        train_set,
        val_set,
        lr=0.1,
        epochs=1,
        max_steps=300,
        batch_size=10,
        criterion=nn.CrossEntropyLoss(),
        transform=normalise,
        seed=seed,
    )


# With fewer filters than on the page: it trains in a second or two, and
# shows the same.
def two_convolutions(activation):
    torch.manual_seed(seed)  # the same initial weights each time
    return nn.Sequential(
        nn.Conv2d(1, 8, kernel_size=5),  # (n, 8, 24, 24)
        activation(),
        nn.MaxPool2d(2),  # (n, 8, 12, 12)
        nn.Conv2d(8, 16, kernel_size=5),  # (n, 16, 8, 8)
        activation(),
        nn.MaxPool2d(2),  # (n, 16, 4, 4)
        nn.Flatten(),  # (n, 256)
        nn.Linear(16 * 4 * 4, 100),
        activation(),
        nn.Linear(100, 10),
    ).to(device)


def dense_with_relu():
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10)
    ).to(device)


def xavier(gain):
    model = two_convolutions(nn.Sigmoid)
    for layer in model:
        if hasattr(layer, "weight"):
            nn.init.xavier_normal_(layer.weight, gain=gain)
            nn.init.zeros_(layer.bias)
    return model


@cache  # keeps what it returns: a second call with a gain costs no time
def losses_with(gain):
    return train(xavier(gain)).losses  # (300,), one for each step


# %% exercise 1
# blank: assign to `gain` the gain that gives weights of the default size,
# as a formula or a number.
# solution:
# Xavier with n_in = n_out = n has the standard deviation g / sqrt(n), the
# default has 1 / sqrt(3 n). So g = 1 / sqrt(3) = 0.58.
gain = 1 / math.sqrt(3)
# wrong: gain = 1.0
# wrong:
# wrong: gain = math.sqrt(3)
# end

# blank: assign to `times` how many times larger than the default weights
# those with a gain of 4 are.
# solution:
# 4 * sqrt(3) = 6.9. That is what the signal had lost in each layer: a
# factor of about 7.
times = 4 * math.sqrt(3)
# wrong: times = 4.0
# wrong:
# wrong: times = 4 / math.sqrt(3)
# end

# %%
torch.manual_seed(0)
layer = nn.Linear(500, 500)
default = layer.weight.std().item()

nn.init.xavier_normal_(layer.weight, gain=gain)
found = layer.weight.std().item()
print(f"standard deviation: default {default:.4f}, yours {found:.4f}")
assert abs(found / default - 1) < 0.03, (
    f"With your gain the weights are {found / default:.2f} times as large "
    "as by default. For a layer of n inputs and n outputs, compare "
    "g * sqrt(2 / (n + n)) with 1 / sqrt(3 * n)."
)

nn.init.xavier_normal_(layer.weight, gain=4)
expected = layer.weight.std().item() / default
assert abs(times / expected - 1) < 0.03, (
    f"With a gain of 4 the measured weights are {expected:.2f} times as "
    f"large as by default; you have {times:.2f}. The default is not a gain "
    "of 1."
)
print("Right.")

# %% exercise 2
# blank: which network suffers from the shuffling, "dense",
# "convolutions", "both" or "neither"? Assign it to `suffers`.
# solution:
# The dense network has a weight for each pixel and no idea which pixels
# are neighbours: it does about as well as before. A filter finds edges
# only among neighbours: the convolutions fall behind.
suffers = "convolutions"
# wrong: suffers = "both"
# end

torch.manual_seed(0)
pixel_order = torch.randperm(28 * 28).to(device)


class Shuffle(nn.Module):
    def forward(self, x):
        # blank: return the images x (n, 1, 28, 28) with the pixels of each
        # in the order `pixel_order`, in the same shape.
        # solution:
        return x.flatten(1)[:, pixel_order].reshape(x.shape)
        # wrong: return x.flatten(1)[:, pixel_order]
        # wrong:
        # wrong: new_order = torch.randperm(28 * 28).to(device)
        # wrong: return x.flatten(1)[:, new_order].reshape(x.shape)
        # end


# %%
numbered = torch.arange(2.0 * 784).to(device).reshape(2, 1, 28, 28)
first_try = Shuffle()(numbered[:1])
assert first_try.shape == (1, 1, 28, 28), (
    f"For one image your layer returns the shape {tuple(first_try.shape)}, "
    "expected (1, 1, 28, 28)."
)
assert torch.equal(first_try.flatten(), pixel_order.float()), (
    "The pixels come out in another order than that of `pixel_order`. It "
    "must be the same order at each call."
)
second = Shuffle()(numbered)[1].flatten()
assert torch.equal(second, pixel_order.float() + 784), (
    "The second image of a batch must keep its own pixels, in the same "
    "order as the first."
)

# %%
accuracies = {}
for first in (nn.Identity(), Shuffle()):
    for name, network in (
        ("dense", dense_with_relu()),
        ("convolutions", two_convolutions(nn.ReLU)),
    ):
        model = nn.Sequential(first, *network)
        accuracy = train(model)[-1].accuracy  # after 300 steps
        accuracies[name, type(first).__name__] = accuracy
        print(f"{type(first).__name__:8} {name:12} accuracy {accuracy:.3f}")

# %%
lost = {
    name: accuracies[name, "Identity"] - accuracies[name, "Shuffle"]
    for name in ("dense", "convolutions")
}
suffering = [name for name in lost if lost[name] > 0.07]
truth = "both" if len(suffering) == 2 else "".join(suffering) or "neither"
assert suffers in ("dense", "convolutions", "both", "neither"), (
    'Assign "dense", "convolutions", "both" or "neither" to suffers.'
)
assert suffers == truth, (
    f"The shuffling costs the dense network {lost['dense']:.3f} of its "
    f"accuracy, the convolutions {lost['convolutions']:.3f}. Which of them "
    "knows what neighbouring pixels are?"
)
print("Right.")


# %% exercise 3
def mean_loss(gain):
    # blank: `losses_with(gain)` trains sigmoids with this gain for 300 steps
    # and returns the loss of each step. Return the mean loss of steps 200 to
    # 300 as a number.
    # solution:
    return losses_with(gain)[200:].mean().item()
    # wrong: return losses_with(gain).mean().item()
    # wrong:
    # wrong: return losses_with(gain)[200].item()
    # end


# blank: is the recommended gain a good one here? Assign "yes" or "no" to
# `good`.
# solution:
# The recommended gain is 1, and the network is still on the plateau. With
# 2 it has left it.
good = "no"
# wrong: good = "yes"
# end

# %%
expected = sum(losses_with(4).tolist()[200:]) / 100
assert abs(mean_loss(4) - expected) < 0.001, (
    f"For a gain of 4, steps 200 to 300 have the mean loss {expected:.3f}; "
    f"your function returns {mean_loss(4):.3f}."
)

losses = {gain: mean_loss(gain) for gain in (1, 2, 4, 8)}
recommended = nn.init.calculate_gain("sigmoid")
for gain, loss in losses.items():
    print(f"gain {gain}   loss {loss:.3f}")
print("recommended:", recommended)

lowest = min(losses.values())
truth = "yes" if losses[recommended] < 1.3 * lowest else "no"
assert good in ("yes", "no"), 'Assign "yes" or "no" to good.'
assert good == truth, (
    f"The recommended gain gives a loss of {losses[recommended]:.2f}, the "
    f"best of these {lowest:.2f}. One answer to all digits costs "
    f"{math.log(10):.2f}."
)
print("Right.")
