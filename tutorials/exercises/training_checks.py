# %%
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from groundup.data import load_mnist, scale
from groundup.repro import pick_device, reproducible

seed = reproducible(0)
device = pick_device()
digits, _ = load_mnist(device)
order = torch.randperm(len(digits))[:2600]
all_images = scale(digits.images[order])  # (2600, 1, 28, 28), 0 to 1
all_labels = digits.labels[order]
train_set = TensorDataset(all_images[:1600], all_labels[:1600])
val_images = all_images[1600:]
val_labels = all_labels[1600:]
loader = DataLoader(train_set, batch_size=32, shuffle=True)
criterion = nn.CrossEntropyLoss()


def healthy():
    torch.manual_seed(seed)  # the same initial weights each time
    return nn.Sequential(
        nn.Flatten(), nn.Linear(28 * 28, 100), nn.ReLU(), nn.Linear(100, 10)
    ).to(device)


def train_step(model, optimizer, images, labels):
    optimizer.zero_grad()
    loss = criterion(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


# %% exercise 1
def validation_loss(lr):
    # blank: train a new healthy network for one epoch of SGD with this
    # learning rate. Return its loss on the validation digits as a number.
    # solution:
    model = healthy()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for images, labels in loader:
        train_step(model, optimizer, images, labels)
    model.eval()
    with torch.no_grad():
        return criterion(model(val_images), val_labels).item()
    # wrong: model = healthy()
    # wrong: optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    # wrong: for images, labels in loader:
    # wrong:     loss = train_step(model, optimizer, images, labels)
    # wrong: return loss
    # wrong:
    # wrong: global swept
    # wrong: swept = globals().get("swept") or healthy()
    # wrong: optimizer = torch.optim.SGD(swept.parameters(), lr=lr)
    # wrong: for images, labels in loader:
    # wrong:     train_step(swept, optimizer, images, labels)
    # wrong: with torch.no_grad():
    # wrong:     return criterion(swept(val_images), val_labels).item()
    # end


# %%
with torch.no_grad():
    untrained = criterion(healthy()(val_images), val_labels).item()
found = validation_loss(0.0)
assert abs(found - untrained) < 1e-4, (
    f"With the learning rate 0 the validation loss must stay at "
    f"{untrained:.4f}, that of the untrained network; your function gives "
    f"{found:.4f}."
)

losses = {}
for lr in (0.001, 0.01, 0.1, 1.0, 10.0):
    losses[lr] = validation_loss(lr)
    print(f"lr {lr:<6}  loss {losses[lr]:.3f}")

again = validation_loss(0.001)
assert abs(again - losses[0.001]) < 0.01, (
    f"With the rate 0.001 the loss is {losses[0.001]:.3f} at first, and "
    f"{again:.3f} after the sweep. Begin each training with a new network."
)
lowest = min(losses, key=losses.get)
assert lowest in (0.1, 1.0), (
    f"The lowest loss is at {lowest}. It should lie between the ends: does "
    "the optimizer get the rate `lr`?"
)
print(f"Right: refine the search around {lowest}.")


# %% exercise 2
def gradients_start_afresh(model, step, images, labels):
    # blank: return True if two steps on this batch leave the same gradient
    # in the first of the parameters, and False otherwise. A network may
    # have dropout, and a step may clear the gradients (to None) at its end.
    # solution:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    model.eval()  # no dropout: it would draw anew
    weight = next(model.parameters())
    step(model, optimizer, images, labels)
    if weight.grad is None:  # this step clears them at its end
        return True
    first = weight.grad.clone()
    step(model, optimizer, images, labels)
    return torch.allclose(first, weight.grad)
    # wrong: optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    # wrong: model.eval()
    # wrong: weight = next(model.parameters())
    # wrong: step(model, optimizer, images, labels)
    # wrong: if weight.grad is None:
    # wrong:     return True
    # wrong: first = weight.grad
    # wrong: step(model, optimizer, images, labels)
    # wrong: return torch.equal(first, weight.grad)
    # wrong:
    # wrong: optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    # wrong: weight = next(model.parameters())
    # wrong: step(model, optimizer, images, labels)
    # wrong: if weight.grad is None:
    # wrong:     return True
    # wrong: first = weight.grad.clone()
    # wrong: step(model, optimizer, images, labels)
    # wrong: return torch.allclose(first, weight.grad)
    # wrong:
    # wrong: optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    # wrong: model.eval()
    # wrong: weight = next(model.parameters())
    # wrong: step(model, optimizer, images, labels)
    # wrong: if weight.grad is None:
    # wrong:     return True
    # wrong: first = weight.grad.clone()
    # wrong: step(model, optimizer, images, labels)
    # wrong: return torch.allclose(first, weight.grad)
    # end


# %%
def step_without_zero_grad(model, optimizer, images, labels):
    loss = criterion(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def step_that_clears_last(model, optimizer, images, labels):
    loss = step_without_zero_grad(model, optimizer, images, labels)
    optimizer.zero_grad()
    return loss


def with_dropout():
    model = healthy()
    model.insert(3, nn.Dropout(0.5))
    return model


images, labels = next(iter(loader))
for name, model, step, expected, why in (
    (
        "no zero_grad",
        healthy(),
        step_without_zero_grad,
        False,
        "`.grad` is one tensor, and the second backward() adds to it: did "
        "you keep a copy of the first gradient?",
    ),
    (
        "healthy",
        healthy(),
        train_step,
        True,
        "The two gradients agree only if the weights stay as they are "
        "between the steps.",
    ),
    (
        "dropout",
        with_dropout(),
        train_step,
        True,
        "In training mode dropout draws other neurons in the second step.",
    ),
    (
        "clears last",
        healthy(),
        step_that_clears_last,
        True,
        "After this step `.grad` is None, so nothing can pile up.",
    ),
):
    found = gradients_start_afresh(model, step, images, labels)
    print(f"{name:13}", found)
    assert found is expected, (
        f"{name}: your check returns {found}, expected {expected}. {why}"
    )
print("Right.")


# %% exercise 3
class ListNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(28 * 28, 100)]
        self.output = nn.Linear(100, 10)

    def forward(self, images):
        x = images.flatten(1)  # (n, 784)
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.output(x)


# The page's checks. "start": the untrained network's loss is near ln 10.
# "heart": it learns one batch by heart. "inputs": it learns more from
# digits than from zeros. "single": no example depends on another one.
# "ratio": a step moves all weights that parameters() lists, but not too
# far. "again": measured again, the same accuracy.

# blank: assign to `failing` the set of the names of the checks that
# `ListNetwork` fails, such as {"single", "again"}.
# solution:
# `parameters()` does not list the weights of the hidden layer, so the
# optimizer leaves them as they were drawn, and "ratio" does not see them at
# all. The output layer alone learns too slowly.
failing = {"heart", "inputs"}
# wrong: failing = {"ratio"}
# wrong:
# wrong: failing = set()
# end


class RepairedNetwork(ListNetwork):
    def __init__(self):
        super().__init__()
        # blank: replace the list, so that parameters() lists its weights.
        # given: self.layers = [nn.Linear(28 * 28, 100)]
        # solution:
        self.layers = nn.ModuleList([nn.Linear(28 * 28, 100)])
        # wrong: self.layers = (nn.Linear(28 * 28, 100),)
        # end


# %%
repaired = RepairedNetwork()
number = sum(p.numel() for p in repaired.parameters())
expected = sum(p.numel() for p in healthy().parameters())
assert number == expected, (
    f"parameters() lists {number:,} numbers of your network, expected "
    f"{expected:,}. PyTorch finds layers in attributes that are modules, "
    "and not in Python's own containers."
)


# %%
def learn(model, batches, factor=1):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    for images, labels in batches:
        train_step(model, optimizer, factor * images, labels)
    with torch.no_grad():
        return criterion(model(factor * val_images), val_labels).item()


def accuracy(model):
    with torch.no_grad():
        return (model(val_images).argmax(dim=1) == val_labels).sum().item()


def check(new_model):  # the page's, without the modes: no dropout here
    passed = {}
    images, labels = next(iter(loader))
    guess = math.log(10)

    model = new_model()
    passed["start"] = criterion(model(images), labels).item() < 2 * guess

    learn(model, [(images, labels)] * 200)
    heart = criterion(model(images), labels).item()
    passed["heart"] = heart < 0.05 * guess

    batches = [batch for _ in range(2) for batch in loader]
    blank = learn(new_model(), batches, factor=0)
    passed["inputs"] = learn(new_model(), batches) < 0.8 * blank

    model = new_model()
    inputs = images.clone().requires_grad_()
    outputs = model(inputs)[16]
    (outputs * torch.rand_like(outputs)).sum().backward()
    touched = (inputs.grad.flatten(1) != 0).any(dim=1).sum().item()
    passed["single"] = touched == 1

    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    weights = [p for p in model.parameters() if p.dim() > 1]
    before = [w.detach().clone() for w in weights]
    train_step(model, optimizer, images, labels)
    ratios = []
    for w, old in zip(weights, before, strict=True):
        ratios.append(((w.detach() - old).norm() / old.norm()).item())
    passed["ratio"] = min(ratios) > 0 and max(ratios) < 0.5

    passed["again"] = len({accuracy(model) for _ in range(3)}) == 1
    return passed


def seeded(network):
    def new_model():
        torch.manual_seed(seed)
        with torch.device(device):  # .to(device) leaves a list behind
            return network()

    return new_model


passed = check(seeded(ListNetwork))
truth = {name for name, ok in passed.items() if not ok}
print("the list fails:", sorted(truth))
assert failing == truth, (
    f"ListNetwork fails {sorted(truth)}; you have {sorted(failing)}. Which "
    "weights does the optimizer know, and which does the check look at?"
)
passed = check(seeded(RepairedNetwork))
left = {name for name, ok in passed.items() if not ok}
assert not left, f"Your repaired network still fails {sorted(left)}."
print("Right: the repaired network passes all of them.")
