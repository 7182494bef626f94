# %%
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from groundup.data import load_mnist, scale
from groundup.repro import pick_device, reproducible

seed = reproducible(0)
device = pick_device()
digits, _ = load_mnist(device)
order = torch.randperm(len(digits))[:4200]
all_images = scale(digits.images[order])  # (4200, 1, 28, 28), 0 to 1
all_labels = digits.labels[order]
train_images = all_images[:3200]
train_labels = all_labels[:3200]
val_images = all_images[3200:]
val_labels = all_labels[3200:]

train_set = TensorDataset(train_images, train_labels)
loader = DataLoader(train_set, batch_size=32, shuffle=True)
criterion = nn.CrossEntropyLoss()


def new_model():
    torch.manual_seed(seed)  # the same initial weights each time
    return nn.Sequential(
        nn.Flatten(),  # (n, 784)
        nn.Linear(28 * 28, 100),
        nn.ReLU(),
        nn.Linear(100, 10),  # (n, 10), the logits
    ).to(device)


def step(model, optimizer, images, labels):
    optimizer.zero_grad()
    loss = criterion(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def evaluate(model, images, labels):
    model.eval()
    with torch.no_grad():
        predictions = model(images).argmax(dim=1)  # (n,)
    return (predictions == labels).double().mean().item()


# %% exercise 1
def new_odd_model():
    model = new_model()
    model[3] = nn.Linear(100, 1)
    return model.to(device)


def train_odd():
    odd_model = new_odd_model()
    optimizer = torch.optim.SGD(odd_model.parameters(), lr=0.1)
    for _ in range(3):
        for images, labels in loader:
            optimizer.zero_grad()
            # blank: run it as it is first. Then repair it: look at the shapes
            # of the outputs and the targets.
            # given: targets = (labels % 2).float()
            # given: loss = ((odd_model(images) - targets) ** 2).mean()
            # solution:
            # The outputs are (32, 1), a column, the targets (32,), a row.
            # The difference is broadcast to (32, 32): each output is
            # compared with every target, and the best answer to all of
            # them is their mean.
            targets = (labels % 2).float()  # (32,)
            outputs = odd_model(images).squeeze(1)  # (32,)
            loss = nn.functional.mse_loss(outputs, targets)
            # wrong: targets = (labels % 2).float().unsqueeze(0)
            # wrong: loss = ((odd_model(images) - targets) ** 2).mean()
            # wrong:
            # wrong: targets = (labels % 2).float()
            # wrong: outputs = odd_model(images).squeeze(0)
            # wrong: loss = ((outputs - targets) ** 2).mean()
            # end
            loss.backward()
            optimizer.step()
    return odd_model


odd_model = train_odd()
odd_model.eval()
with torch.no_grad():
    outputs = odd_model(val_images).flatten()  # (1000,)
print(f"outputs from {outputs.min():.2f} to {outputs.max():.2f}")

# %%
# blank: which shape does the difference of outputs and targets have in the
# faulty code, for a batch of 32? Assign it to `shape`, as a tuple.
# solution:
shape = (32, 32)
# wrong: shape = (32, 1)
# end

# %%
right = (outputs > 0.5) == (val_labels % 2 == 1)
accuracy = right.double().mean().item()
print(f"accuracy {accuracy:.3f}")
assert accuracy > 0.8, (
    f"The outputs run from {outputs.min():.2f} to {outputs.max():.2f}, and "
    f"{accuracy:.0%} of the answers are right. With which targets is each "
    "output compared? Print the shape of the difference."
)

images, labels = next(iter(loader))
faulty = odd_model(images) - (labels % 2).float()
assert tuple(shape) == tuple(faulty.shape), (
    f"The outputs have the shape {tuple(odd_model(images).shape)}, the "
    f"targets {tuple(labels.shape)}. Broadcasting begins at the last "
    f"dimension, and does not give {tuple(shape)}."
)
print("Right.")

# %% exercise 2
# blank: how high is the training loss after many epochs, "near 0" or "near
# guessing"? Assign it to `training_loss`.
# solution:
# There is nothing to understand in these labels, but the network can learn
# each of them by heart. A loss that falls does not prove that anything is
# right.
training_loss = "near 0"
# wrong: training_loss = "near guessing"
# end

# blank: how high is the validation accuracy then, "near 1" or "near
# guessing"? Assign it to `validation_accuracy`.
# solution:
# What has been learned by heart does not help with other digits.
validation_accuracy = "near guessing"
# wrong: validation_accuracy = "near 1"
# end

# %%
torch.manual_seed(0)
wrong_labels = train_labels[torch.randperm(3200)]  # case 3 on the page
few_wrong = TensorDataset(train_images[:200], wrong_labels[:200])
wrong_loader = DataLoader(few_wrong, batch_size=20, shuffle=True)
model = new_model()
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
for epoch in range(1, 61):
    total = 0.0
    for images, labels in wrong_loader:
        total += step(model, optimizer, images, labels)
    if epoch % 20 == 0:
        print(f"epoch {epoch:3}  loss {total / len(wrong_loader):.3f}")
loss = total / len(wrong_loader)
accuracy = evaluate(model, val_images, val_labels)
print(f"validation accuracy {accuracy:.3f}")

# %%
assert training_loss in ("near 0", "near guessing"), (
    'Assign "near 0" or "near guessing" to training_loss.'
)
assert training_loss == ("near 0" if loss < 1 else "near guessing"), (
    f"The training loss ends at {loss:.3f}; guessing costs 2.303. Must a "
    "network understand a label to remember it?"
)
assert validation_accuracy in ("near 1", "near guessing"), (
    'Assign "near 1" or "near guessing" to validation_accuracy.'
)
truth = "near 1" if accuracy > 0.5 else "near guessing"
assert validation_accuracy == truth, (
    f"The network reads {accuracy:.1%} of the validation digits; guessing "
    "reads 10%. What could it learn from wrong labels about these digits?"
)
print("Right.")

# %% exercise 3
# blank: case 2 was `nn.Softmax` in front of the same loss: it fell slowly,
# and stayed high. Is this the same bug? Assign "yes" or "no" to `same_bug`.
# solution:
# The probabilities behind log-softmax sum to one already, so a second
# log-softmax changes nothing. It is superfluous, and harmless.
same_bug = "no"
# wrong: same_bug = "yes"
# end


def loss_behind(layer, logits, labels):
    # blank: return the loss of a network that has these logits and ends in
    # this layer.
    # solution:
    return criterion(layer(logits), labels)
    # wrong: return criterion(logits, labels)
    # wrong:
    # wrong: return nn.functional.nll_loss(layer(logits), labels)
    # end


# %%
# logits of a trained network: they differ more than those of a new one
model = new_model()
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
for images, labels in loader:
    step(model, optimizer, images, labels)
model.eval()
with torch.no_grad():
    logits = model(val_images)

losses = {}
for layer in (nn.Identity(), nn.LogSoftmax(dim=1), nn.Softmax(dim=1)):
    name = type(layer).__name__
    losses[name] = loss_behind(layer, logits, val_labels).item()
    print(f"{name:10}  loss {losses[name]:.6f}")

assert losses["Identity"] != losses["Softmax"], (
    "The loss is the same for two of the last layers that should differ. "
    "Does your function use `layer`?"
)
by_hand = -logits.log_softmax(dim=1)[range(1000), val_labels].mean()
assert abs(losses["Identity"] - by_hand) < 1e-4, (
    f"Of bare logits the colleague's loss is {by_hand:.4f}; your function "
    f"returns {losses['Identity']:.4f}. It is nn.CrossEntropyLoss()."
)
is_changed = abs(losses["LogSoftmax"] - losses["Identity"]) > 1e-4
assert same_bug in ("yes", "no"), 'Assign "yes" or "no" to same_bug.'
assert same_bug == ("yes" if is_changed else "no"), (
    "Compare the three losses above. To what do the probabilities behind "
    "log-softmax sum, before the loss applies its own?"
)
print("Right.")
