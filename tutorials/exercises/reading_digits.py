# %%
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Subset, TensorDataset

from groundup.data import load_mnist
from groundup.repro import pick_device, reproducible

seed = reproducible(0)
device = pick_device()

digits, _ = load_mnist()
images = digits.images[:25_000].unsqueeze(1) / 255  # (25000, 1, 28, 28)
labels = digits.labels[:25_000]
train_set = TensorDataset(images[:20_000], labels[:20_000])
val_images = images[20_000:]
val_labels = labels[20_000:]
criterion = nn.MSELoss()


class DenseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(28 * 28, 100)
        self.output = nn.Linear(100, 10)

    def forward(self, x):
        x = torch.flatten(x, 1)  # (n, 1, 28, 28) -> (n, 784)
        x = torch.sigmoid(self.hidden(x))  # (n, 100)
        return torch.sigmoid(self.output(x))  # (n, 10)


def quadratic_loss(outputs, labels):
    targets = F.one_hot(labels, num_classes=10).float()
    return criterion(outputs, targets)


def train_network(model, loader, lr):
    """One epoch."""
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for images, labels in loader:
        images = images.to(device)
        labels = labels.to(device)
        optimizer.zero_grad()
        loss = quadratic_loss(model(images), labels)
        loss.backward()
        optimizer.step()


def outputs_for(model, images):
    with torch.no_grad():
        return model(images.to(device)).cpu()


# %%
# A short training, and the table of its answers, for exercise 3.
model = DenseNet().to(device)
few = Subset(train_set, range(10_000, 20_000))
train_network(model, DataLoader(few, batch_size=10, shuffle=True), lr=3.0)
predictions = outputs_for(model, val_images).argmax(dim=1)

# a row for each true digit, a column for each predicted one
counts = torch.zeros(10, 10, dtype=torch.int64)
for true, predicted in zip(val_labels, predictions, strict=True):
    counts[true, predicted] += 1
print(counts)


# %% exercise 1
def our_gradient(a, t):
    n = len(a)
    # blank: `a` and `t` have the shape (n, 10): outputs and targets. Return
    # the derivatives of our loss with respect to each output, (n, 10).
    # solution:
    # L = sum of (a - t)^2 / (10 n), over images and outputs
    return 2 * (a - t) / (10 * n)
    # wrong: return 2 * (a - t) / n
    # wrong:
    # wrong: return 2 * (t - a) / (10 * n)
    # end


def other_gradient(a, t):
    n = len(a)
    # blank: return those of the loss in the text, (n, 10) as well.
    # solution:
    # L = sum of (a - t)^2 / (2 n): the 2 cancels
    return (a - t) / n
    # wrong: return (a - t) / (2 * n)
    # end


# blank: ours divided by the other, a number.
# solution:
ratio = 2 / 10
# wrong: ratio = 10 / 2
# end

# %%
a = torch.rand(4, 10, requires_grad=True)  # 4 images
t = torch.eye(10)[:4]
ours = criterion(a, t)
(ours_by_backward,) = torch.autograd.grad(ours, a)
other = ((a - t) ** 2).sum() / (2 * 4)
(other_by_backward,) = torch.autograd.grad(other, a)

for name, gradient, expected in [
    ("our", our_gradient(a.detach(), t), ours_by_backward),
    ("the other", other_gradient(a.detach(), t), other_by_backward),
]:
    factor = (gradient / expected).mean().item()
    assert torch.allclose(gradient, expected), (
        f"For {name} loss, your derivatives are {factor:.2f} times those "
        "of backward. By what is the sum divided, and which factor does "
        "the square give?"
    )
expected = (ours_by_backward / other_by_backward).mean().item()
assert abs(ratio - expected) < 1e-3, (
    f"Your ratio is {ratio}, that of the gradients by backward is "
    f"{expected:.4f}. Which of the two did you divide by the other?"
)
print(f"Right: the ratio is {expected:.4f}.")

# %% exercise 2
# blank: which learning rate leaves the network near the baseline, and
# which with a higher loss? Assign "small" or "large" to `near_baseline`.
# solution:
# Too small: in so few steps it gets to the loss of the constant 0.1,
# a loss of about 0.09.
near_baseline = "small"
# wrong: near_baseline = "large"
# end

# blank: near which number are most outputs of the network with the higher
# loss? Assign 0.0, 0.1, 0.5 or 1.0 to `most_outputs`.
# solution:
# Too large: nine of ten targets are 0, so the first steps push the
# outputs to 0, where the sigmoid is flat. The loss is 0.1, the gradients
# are near 0, and there is no way back.
most_outputs = 0.0
# wrong: most_outputs = 0.5
# end

# blank: make a data set of the first 10,000 digits of `train_set`.
# solution:
part = Subset(train_set, range(10_000))
# wrong: part = Subset(train_set, [10_000])
# end

# %%
assert near_baseline in ("small", "large"), 'Assign "small" or "large".'
assert len(part) == 10_000, (
    f"Your part has {len(part):,} digits. Subset wants the number of each "
    "digit, such as range(3) for the first three."
)
reproducible(0)
loader = DataLoader(part, batch_size=10, shuffle=True)
losses = {}
middles = {}
for name, lr in [("small", 0.03), ("large", 300.0)]:
    trained = DenseNet().to(device)
    train_network(trained, loader, lr)
    outputs = outputs_for(trained, val_images)
    losses[name] = quadratic_loss(outputs, val_labels).item()
    middles[name] = outputs.median().item()
    print(f"{name}: loss {losses[name]:.4f}, median {middles[name]:.4f}")

lower = min(losses, key=losses.get)
assert near_baseline == lower, (
    f"The lower loss has the {lower} rate. What becomes of the sigmoid's "
    "slope, when a huge step pushes the outputs towards 0?"
)
higher = max(losses, key=losses.get)
assert abs(most_outputs - middles[higher]) < 0.04, (
    f"Their median is {middles[higher]:.4f}. Nine of ten targets are 0: "
    "where do the first steps push the outputs?"
)
print("Right: too slow with the one, stuck at once with the other.")


# %% exercise 3
def accuracy_by_digit(counts):
    # blank: return the accuracy for each digit, (10,), from the table
    # `counts`, (10, 10).
    # solution:
    return counts.diagonal() / counts.sum(dim=1)
    # wrong: return counts.diagonal() / counts.sum(dim=0)
    # wrong:
    # wrong: return counts.diagonal() / counts.sum()
    # end


per_digit = accuracy_by_digit(counts)
# blank: assign the digit that is read best to `best`, and the one that is
# read worst to `worst`.
# solution:
best = per_digit.argmax().item()
worst = per_digit.argmin().item()
# wrong: best = per_digit.max().item()
# wrong: worst = per_digit.min().item()
# end

# %%
assert per_digit.shape == (10,), f"Your shape is {tuple(per_digit.shape)}."
assert counts.sum() == len(val_labels), "The table itself must not change."
direct = torch.zeros(10)
for digit in range(10):
    is_digit = val_labels == digit
    direct[digit] = (predictions[is_digit] == digit).float().mean()
    assert abs(per_digit[digit] - direct[digit]) < 1e-5, (
        f"The accuracy for the digit {digit} is {direct[digit]:.4f}; you "
        f"have {per_digit[digit]:.4f}. By which sum do you divide? The "
        "rows are the true digits."
    )
assert best in range(10) and direct[best] == direct.max(), (
    f"You say that {best:.4g} is the digit read best, but the highest "
    f"accuracy is that of {direct.argmax()}."
)
assert worst in range(10) and direct[worst] == direct.min(), (
    f"You say that {worst:.4g} is the digit read worst, but the lowest "
    f"accuracy is that of {direct.argmin()}."
)
print(f"Right: best {best}, worst {worst}, in this run.")
