# %%
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from groundup.data import load_mnist
from groundup.repro import pick_device, reproducible

seed = reproducible(0)
device = pick_device()
criterion = nn.CrossEntropyLoss()


def prepare(images, labels):
    pixels = images.unsqueeze(1) / 255  # (n, 1, 28, 28)
    return TensorDataset((pixels - 0.1307) / 0.3081, labels)


# the first 10,000 training digits, and the last 5,000 for validation
digits, _ = load_mnist()
train_set = prepare(digits.images[:10_000], digits.labels[:10_000])
val_set = prepare(digits.images[-5_000:], digits.labels[-5_000:])
train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
val_loader = DataLoader(val_set, batch_size=1000)


def evaluate(model, loader, criterion):
    model.eval()
    total_loss = 0.0
    correct = 0
    with torch.no_grad():
        for images, labels in loader:
            images = images.to(device)
            labels = labels.to(device)
            logits = model(images)  # (batch, 10)
            loss = criterion(logits, labels)
            total_loss += loss * len(labels)
            correct += (logits.argmax(dim=1) == labels).sum()
    n = len(loader.dataset)
    return total_loss.item() / n, correct.item() / n


# %%
# A short training, for exercise 3.
model = nn.Sequential(
    nn.Flatten(),
    nn.Linear(28 * 28, 100),
    nn.ReLU(),
    nn.Linear(100, 10),
).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for images, labels in train_loader:
    optimizer.zero_grad()
    loss = criterion(model(images.to(device)), labels.to(device))
    loss.backward()
    optimizer.step()

loss, accuracy = evaluate(model, val_loader, criterion)
print(f"validation loss {loss:.4f}   accuracy {accuracy:.4f}")


# %% exercise 1
def first_probability(z_1, z_2):
    # blank: return the probability of the first class, with `torch.sigmoid`.
    # The logits are tensors of shape ().
    # solution:
    # p_1 = exp(z_1) / (exp(z_1) + exp(z_2)). Divide both by exp(z_1):
    # p_1 = 1 / (1 + exp(-(z_1 - z_2))), the sigmoid of z_1 - z_2.
    return torch.sigmoid(z_1 - z_2)
    # wrong: return torch.sigmoid(z_2 - z_1)
    # wrong:
    # wrong: return torch.sigmoid(z_1)
    # end


def slope(z_1, z_2):
    # blank: the first class is right. Return the derivative of the
    # cross-entropy with respect to the first logit.
    # solution:
    # The gradient is p - t, and its first entry is p_1 - t_1.
    return first_probability(z_1, z_2) - 1
    # wrong: return 1 - first_probability(z_1, z_2)
    # wrong:
    # wrong: return first_probability(z_1, z_2)
    # end


# %%
for numbers in [[0.5, -1.0], [-2.0, 1.0], [3.0, 3.0]]:
    pair = torch.tensor([numbers], requires_grad=True)  # (1, 2)
    criterion(pair, torch.tensor([0])).backward()
    softmax = torch.softmax(pair.detach(), dim=1)[0, 0].item()
    gradient = pair.grad[0, 0].item()

    z_1, z_2 = pair.detach()[0]
    p_1 = float(first_probability(z_1, z_2))
    assert abs(p_1 - softmax) < 1e-5, (
        f"For the logits {numbers} softmax gives {softmax:.4f}, and your "
        f"formula {p_1:.4f}. Divide the fraction by its numerator."
    )
    derived = float(slope(z_1, z_2))
    assert abs(derived - gradient) < 1e-5, (
        f"For the logits {numbers} backward gives {gradient:.4f}, and your "
        f"formula {derived:.4f}. The target of the first class is 1."
    )
    print(f"{numbers}: p_1 {p_1:.4f}, gradient {derived:.4f}")
print("Right.")


# %% exercise 2
def floor(num_classes):
    # blank: return the smallest loss that the faulty program can reach with
    # `num_classes` classes, as a number. `math.log` and `math.e` may help.
    # solution:
    # The criterion takes the probabilities for logits and applies softmax
    # again. At best they are 1 for the right class and 0 for the others,
    # so the right class gets e / (e + 9) if there are ten, and the loss
    # is ln(e + 9) - 1.
    return math.log(math.e + num_classes - 1) - 1
    # wrong: return math.log(num_classes)
    # wrong:
    # wrong: return math.log(math.e + num_classes) - 1
    # end


class Classifier(nn.Module):
    def __init__(self, num_hidden):
        super().__init__()
        self.hidden = nn.Linear(28 * 28, num_hidden)
        self.output = nn.Linear(num_hidden, 10)

    def forward(self, x):
        x = torch.flatten(x, 1)  # (n, 1, 28, 28) -> (n, 784)
        x = torch.relu(self.hidden(x))  # (n, num_hidden)
        # blank: repair the line.
        # given: return torch.softmax(self.output(x), dim=1)
        # solution:
        return self.output(x)  # (n, 10), the logits
        # wrong: return torch.sigmoid(self.output(x))
        # wrong:
        # wrong: return torch.softmax(self.output(x), dim=1)
        # end


# %%
for num_classes in [2, 10, 100]:
    certain = torch.eye(num_classes)  # each right class has probability 1
    measured = criterion(certain, torch.arange(num_classes)).item()
    assert abs(floor(num_classes) - measured) < 1e-4, (
        f"With {num_classes} classes, each answer right and certain, the "
        f"loss is {measured:.4f}; you have {floor(num_classes):.4f}. What "
        "does the softmax of a 1 and zeros give to the 1?"
    )
print(f"Right: with ten classes the loss stays above {floor(10):.4f}.")

torch.manual_seed(seed)
images, labels = train_set[:50]  # few digits, to learn by heart
repaired = Classifier(100)
optimizer = torch.optim.SGD(repaired.parameters(), lr=0.1)
for _ in range(100):
    optimizer.zero_grad()
    loss = criterion(repaired(images), labels)
    loss.backward()
    optimizer.step()
print(f"loss on 50 digits after 100 steps: {loss.item():.4f}")
assert loss.item() < 0.5, (
    f"After 100 steps on the same 50 digits the loss is {loss.item():.4f}. "
    "The criterion expects logits, which can be any numbers. Which numbers "
    "can your outputs be?"
)
print("Right.")

# %% exercise 3
# blank: which of the two will change with the temperature? Assign "loss",
# "accuracy" or "both" to `changes`.
# solution:
# The order of the logits stays the same, and so does each answer. Their
# differences change, and with them the confidence and the loss, which
# training has made small for a temperature of 1.
changes = "loss"
# wrong: changes = "both"
# wrong:
# wrong: changes = "accuracy"
# end


class WithTemperature(nn.Module):
    def __init__(self, model, temperature):
        super().__init__()
        self.model = model
        self.temperature = temperature

    def forward(self, x):
        # blank: return the logits of `self.model`, divided by the temperature.
        # solution:
        return self.model(x) / self.temperature
        # wrong: return self.model(x / self.temperature)
        # wrong:
        # wrong: return torch.softmax(self.model(x) / self.temperature, dim=1)
        # end


# %%
images, _ = next(iter(val_loader))
images = images.to(device)
with torch.no_grad():
    logits = model(images)
    half = WithTemperature(model, 2)(images)
assert torch.allclose(half, logits / 2, atol=1e-4), (
    f"The first logit is {logits[0, 0]:.3f}. A temperature of 2 should "
    f"make it {logits[0, 0] / 2:.3f}; you return {half[0, 0]:.3f}."
)

losses = []
accuracies = []
for temperature in [0.5, 1, 2, 4]:
    tempered = WithTemperature(model, temperature)
    loss, accuracy = evaluate(tempered, val_loader, criterion)
    print(f"{temperature:3}   loss {loss:.4f}   accuracy {accuracy:.4f}")
    losses.append(loss)
    accuracies.append(accuracy)

changed = []
if max(losses) - min(losses) > 0.01:
    changed.append("loss")
if max(accuracies) > min(accuracies):
    changed.append("accuracy")
truth = "both" if len(changed) == 2 else changed[0]
assert changes == truth, (
    f'You expect "{changes}", which the table above does not show. Which '
    "logit is the largest after the division?"
)
print("Right: the same answers, with another confidence.")
