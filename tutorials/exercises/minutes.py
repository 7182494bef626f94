# %%
import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import OneCycleLR

from groundup.data import Digits, load_mnist
from groundup.figures import digit_grid
from groundup.repro import pick_device, reproducible

seed = reproducible(0)
device = pick_device()
digits, _ = load_mnist(device)
train_set = Digits(digits.images[:50_000], digits.labels[:50_000])
val_set = Digits(digits.images[50_000:], digits.labels[50_000:])
few_train = Digits(train_set.images[:3000], train_set.labels[:3000])
few_val = Digits(val_set.images[:2000], val_set.labels[:2000])


def normalise(images):
    return (images.unsqueeze(1) / 255 - 0.1305) / 0.3081


def network():
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(1, 16, kernel_size=5),  # (n, 16, 24, 24)
        nn.MaxPool2d(2),  # (n, 16, 12, 12)
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.Conv2d(16, 32, kernel_size=3),  # (n, 32, 10, 10)
        nn.MaxPool2d(2),  # (n, 32, 5, 5)
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.Conv2d(32, 64, kernel_size=3),  # (n, 64, 3, 3)
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.Flatten(),  # (n, 576)
        nn.Linear(64 * 3 * 3, 10),  # (n, 10), the logits
    )
    return model.to(device, memory_format=torch.channels_last)


# a short form of the recipe, without augmentation and averaged weights
def train(model, digits, lr, epochs, batch_size=100):
    weights = model.parameters()
    optimizer = torch.optim.SGD(weights, lr=lr, momentum=0.9, nesterov=True)
    schedule = OneCycleLR(
        optimizer,
        max_lr=lr,
        total_steps=epochs * math.ceil(len(digits) / batch_size),
        pct_start=0.25,
        anneal_strategy="linear",
        cycle_momentum=False,
    )
    torch.manual_seed(seed)
    model.train()
    for _ in range(epochs):
        order = torch.randperm(len(digits)).to(device)
        for batch in order.split(batch_size):
            logits = model(normalise(digits.images[batch]))
            labels = digits.labels[batch]
            loss = F.cross_entropy(logits, labels, label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model


def predict(model, images):
    model.eval()
    with torch.no_grad():
        parts = [model(normalise(batch)) for batch in images.split(500)]
    return torch.cat(parts)  # (n, 10), the logits


model = train(network(), few_train, lr=0.1, epochs=1)
p_val = predict(model, few_val.images).softmax(dim=1)  # (2000, 10)
right = p_val.argmax(dim=1) == few_val.labels
print(f"validation accuracy {right.float().mean():.3f}")


# %% exercise 1
def steps_ago(keep, every):
    # blank: at each update, the average keeps the share `keep` of itself (0.98
    # in the recipe), and there is one update in `every` steps (5). Return how
    # many steps ago a weight counts half as much as the newest.
    # solution:
    # After k updates a weight counts keep**k as much, which is one half
    # for k = ln 0.5 / ln keep. Between two updates are `every` steps.
    return every * math.log(0.5) / math.log(keep)
    # wrong: return math.log(0.5) / math.log(keep)
    # wrong:
    # wrong: return every * 0.5 / (1 - keep)
    # end


# blank: after which schedule of the rate does averaging help more? Assign
# "constant" or "one-cycle" to `helped`. The check compares both on weights
# that jitter around 0, their best value.
# solution:
# The falling rate quiets the jitter by itself, so in the last weights
# little is left to average out. And half of the average is older than
# 172 steps: from steps at a rate that was still higher.
helped = "constant"
# wrong: helped = "one-cycle"
# end

# %%
for keep, every in ((0.98, 5), (0.9, 1), (0.99, 10)):
    updates = 0
    while keep**updates > 0.5:
        updates += 1
    steps = steps_ago(keep, every)
    assert every * (updates - 1) <= steps <= every * updates, (
        f"Keeping {keep:.0%}, the share falls below one half at update "
        f"{updates}. With one update in {every} steps, it cannot take "
        f"{steps:.0f} steps. By what is the share multiplied each time?"
    )

peak = 0.1
rising = torch.linspace(0.004, peak, 500)
falling = torch.linspace(peak, 0, 1500)
schedules = {
    "constant": torch.full((2000,), peak),
    "one-cycle": torch.cat([rising, falling]),
}
gains = {}
for name, rates in schedules.items():
    torch.manual_seed(seed)
    w = torch.ones(300)
    average = w
    for done, rate in enumerate(rates.tolist(), start=1):
        noisy_grad = w + torch.randn(300)  # of w**2 / 2, seen in a batch
        w = w - rate * noisy_grad
        if done % 5 == 0:
            average = 0.98 * average + 0.02 * w
    last = w.square().mean().sqrt().item()
    averaged = average.square().mean().sqrt().item()
    gains[name] = last / averaged
    print(f"{name:10}last weights {last:.3f}   averaged {averaged:.3f}")

assert helped in gains, 'Assign "constant" or "one-cycle" to helped.'
assert helped == max(gains, key=gains.get), (
    "Compare the two lines above: after which schedule do the last weights "
    "still jitter, so that averaging has something to remove?"
)
print(f"Right: one half after {steps_ago(0.98, 5):.0f} steps.")


# %% exercise 2
def most_confident_errors(p, labels):
    # blank: `p` are probabilities (n, 10), `labels` the right digits (n,).
    # Return the positions of the ten misread digits with the greatest
    # confidence, the greatest first: (10,).
    # solution:
    # the confidence is the probability of the digit that it said
    confidence, said = p.max(dim=1)  # (n,) each
    wrong = said != labels
    return torch.where(wrong, confidence, 0).argsort(descending=True)[:10]
    # wrong: return p.amax(dim=1).argsort(descending=True)[:10]
    # wrong:
    # wrong: confidence, said = p.max(dim=1)
    # wrong: wrong = said != labels
    # wrong: return confidence[wrong].argsort(descending=True)[:10]
    # wrong:
    # wrong: confidence, said = p.max(dim=1)
    # wrong: wrong = said != labels
    # wrong: return torch.where(wrong, confidence, 1).argsort()[:10]
    # end


# %%
worst = most_confident_errors(p_val, few_val.labels)
assert worst.shape == (10,), (
    f"Ten positions are asked for, (10,); yours have {tuple(worst.shape)}."
)
said = p_val.argmax(dim=1)
read_well = (said[worst] == few_val.labels[worst]).sum()
assert read_well == 0, (
    f"{read_well} of your ten digits are read correctly. Are these "
    "positions among all digits, and of misread ones only?"
)
confidence = p_val.amax(dim=1)
misread = confidence[said != few_val.labels]
assert torch.equal(confidence[worst], misread.topk(10).values), (
    f"The greatest confidence of a misread digit is {misread.max():.2f}; "
    f"your first has {confidence[worst[0]]:.2f}. How do you sort?"
)
print("Right: these it misreads with the greatest confidence.")
names = [f"{few_val.labels[i]}, not {said[i]}" for i in worst.tolist()]
digit_grid(few_val.images[worst].cpu(), titles=names, columns=5)


# %% exercise 3
def longer():
    torch.manual_seed(seed)
    layers = []
    channels = 1
    for kernel_size, width in ((5, 32), (3, 64), (3, 128), (3, 256)):
        # blank: append to `layers` the layers of one block, in the order of
        # `network` above. Only the first two blocks have a max pooling.
        # solution:
        layers.append(nn.Conv2d(channels, width, kernel_size=kernel_size))
        if width <= 64:
            layers.append(nn.MaxPool2d(2))
        layers.append(nn.BatchNorm2d(width))
        layers.append(nn.ReLU())
        channels = width
        # wrong: layers.append(nn.Conv2d(channels, width, kernel_size))
        # wrong: if width <= 64:
        # wrong:     layers.append(nn.MaxPool2d(2))
        # wrong: layers.append(nn.BatchNorm2d(width))
        # wrong: layers.append(nn.ReLU())
        # wrong:
        # wrong: layers.append(nn.Conv2d(channels, width, kernel_size))
        # wrong: layers.append(nn.BatchNorm2d(width))
        # wrong: layers.append(nn.ReLU())
        # wrong: channels = width
        # wrong:
        # wrong: layers.append(nn.Conv2d(channels, width, kernel_size))
        # wrong: if width <= 64:
        # wrong:     layers.append(nn.MaxPool2d(2))
        # wrong: layers.append(nn.ReLU())
        # wrong: channels = width
        # end
    # blank: append what makes ten logits of the last block's activations.
    # solution:
    # a single place is left, with 256 channels
    layers.append(nn.Flatten())
    layers.append(nn.Linear(256, 10))
    # wrong: layers.append(nn.Flatten())
    # wrong: layers.append(nn.Linear(256 * 3 * 3, 10))
    # wrong:
    # wrong: layers.append(nn.Linear(256, 10))
    # end
    model = nn.Sequential(*layers)
    return model.to(device, memory_format=torch.channels_last)


# %%
large = longer()
convolutions = [layer for layer in large if isinstance(layer, nn.Conv2d)]
sizes = [(conv.in_channels, conv.out_channels) for conv in convolutions]
assert sizes == [(1, 32), (32, 64), (64, 128), (128, 256)], (
    f"From channels to channels, your convolutions go {sizes}. Each takes "
    "what the one before it gives."
)
kinds = [type(layer).__name__ for layer in large]
norms = kinds.count("BatchNorm2d")
assert norms == 4, f"{norms} blocks of four have a batch normalisation."
assert kinds.count("ReLU") == 4, "Each of the four blocks ends in a ReLU."

side = 28
for layer in large:
    if isinstance(layer, nn.Conv2d):
        side -= layer.kernel_size[0] - 1
    if isinstance(layer, nn.MaxPool2d):
        side //= 2
assert side == 1, (
    f"The last convolution leaves {side} by {side} places instead of a "
    "single one. How many poolings are there?"
)
assert "Flatten" in kinds, (
    "Each digit has 256 channels of 1 by 1 place: (n, 256, 1, 1). A linear "
    "layer would work along the last dimension."
)
assert large[-1].in_features == 256, (
    f"256 channels with a single place each are 256 numbers; your last "
    f"layer expects {large[-1].in_features}."
)

# In a few minutes, the whole of it: `train_set`, lr=0.3, epochs=7 and
# batch_size=50, then `val_set`. Here is a first impression in seconds.
thousand = Digits(train_set.images[:1000], train_set.labels[:1000])
train(large, thousand, lr=0.05, epochs=1, batch_size=50)
said = predict(large, few_val.images[:500]).argmax(dim=1)
accuracy = (said == few_val.labels[:500]).float().mean().item()
print(f"1,000 digits, one epoch: validation accuracy {accuracy:.2f}")
assert accuracy > 0.4, (
    f"It reads {accuracy:.0%} of the digits, hardly more than by guessing. "
    "Is the order of the layers that of the network above?"
)
parameters = sum(p.numel() for p in large.parameters())
print(f"Right: four convolutions, {parameters:,} parameters.")
