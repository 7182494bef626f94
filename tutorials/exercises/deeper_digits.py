# %%
import torch
from torch import nn
from torch.nn import functional as F

from groundup.data import Digits, load_mnist
from groundup.repro import pick_device, reproducible

seed = reproducible(0)
device = pick_device()
digits, _ = load_mnist(device)

order = torch.randperm(len(digits))[:1500]
images = digits.images[order]
labels = digits.labels[order]
few = Digits(images[:500], labels[:500])
val_set = Digits(images[500:], labels[500:])


def normalise(images):
    return (images.unsqueeze(1) / 255 - 0.1307) / 0.3081


def dropout(a, p):
    mask = torch.empty_like(a).bernoulli_(1 - p)  # 1 where a is kept
    return a * mask / (1 - p)


# Smaller than the page's network, and without convolutions: it trains in
# a second.
def network():
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(28 * 28, 100),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(100, 100),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(100, 10),
    ).to(device)


def train_epoch(model, optimizer):  # in whatever mode the model is
    total = 0.0
    for batch in torch.randperm(len(few)).split(25):
        optimizer.zero_grad()
        logits = model(normalise(few.images[batch]))
        loss = F.cross_entropy(logits, few.labels[batch])
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / 20  # the mean of 20 batches


def evaluate(model, chosen):
    model.eval()
    with torch.no_grad():
        logits = model(normalise(chosen.images))
    loss = F.cross_entropy(logits, chosen.labels)
    correct = logits.argmax(dim=1) == chosen.labels
    return loss.item(), correct.float().mean().item()


# %% exercise 1
def expected(a, p):
    # blank: return the mean and the standard deviation of what dropout with
    # the probability p makes of the number a, which is positive.
    # solution:
    # The mean of the result is (1 - p) * a / (1 - p) = a. The mean of its
    # square is (1 - p) * (a / (1 - p))**2 = a**2 / (1 - p). The variance is
    # the difference of that and a**2, which makes a**2 * p / (1 - p).
    return a, a * (p / (1 - p)) ** 0.5
    # wrong: return (1 - p) * a, a * (p / (1 - p)) ** 0.5
    # wrong:
    # wrong: return a, a * (p * (1 - p)) ** 0.5
    # wrong:
    # wrong: return a, a**2 * p / (1 - p)
    # end


# blank: assign to `result` a tensor of a million numbers: a = 3 after
# dropout with p = 0.2. The function `dropout` is defined above.
# solution:
result = dropout(torch.full((1_000_000,), 3.0), p=0.2)
# wrong: result = dropout(torch.full((1_000_000,), 3.0), p=0.8)
# wrong:
# wrong: result = dropout(torch.tensor(3.0), p=0.2).expand(1_000_000)
# end

# %%
dropped_share = (result == 0).double().mean().item()
assert result.shape == (1_000_000,), (
    f"Your result has the shape {tuple(result.shape)}, but it should hold "
    "a million numbers."
)
assert abs(dropped_share - 0.2) < 0.01, (
    f"In your result {dropped_share:.0%} of the numbers are dropped, "
    "expected about 20%. Each number needs a draw of its own."
)

torch.manual_seed(0)
cases = [(3.0, 0.2, result)]
for a, p in ((1.0, 0.5), (2.0, 0.8)):
    cases.append((a, p, dropout(torch.full((1_000_000,), a), p)))
for a, p, numbers in cases:
    mean, deviation = expected(a, p)
    print(f"a = {a}, p = {p}: measured mean {numbers.mean():.2f}, ", end="")
    print(f"standard deviation {numbers.std():.2f}")
    assert abs(numbers.mean() - mean) < 0.03, (
        f"Your mean is {mean:.2f}, the measured one {numbers.mean():.2f}. "
        "What happens to the numbers that are kept?"
    )
    assert abs(numbers.std() - deviation) < 0.03, (
        f"Your standard deviation is {deviation:.2f}, the measured one "
        f"{numbers.std():.2f}. It is the root of the variance, and the "
        "variance is the mean of the square less the square of the mean."
    )
print("Right.")

# %% exercise 2
dropped = network()
optimizer = torch.optim.SGD(dropped.parameters(), lr=0.05)
dropped.train()
for _ in range(10):
    train_epoch(dropped, optimizer)

thousand = normalise(val_set.images)

# blank: will the accuracy of the vote be near that of a "single pass" or
# near that of "evaluation mode"? Assign one of the two to `near`.
# solution:
# The vote is far better than a single pass and close to evaluation mode.
# One pass in evaluation mode comes close to the mean of all these
# networks.
near = "evaluation mode"
# wrong: near = "single pass"
# end


def vote(model, images, passes=50):
    # blank: return the mean of the probabilities of so many passes in
    # training mode, shape (n, 10).
    # solution:
    total = torch.zeros(len(images), 10, device=device)
    model.train()
    with torch.no_grad():
        for _ in range(passes):
            total += model(images).softmax(dim=1)
    return total / passes
    # wrong: total = torch.zeros(len(images), 10, device=device)
    # wrong: model.eval()
    # wrong: with torch.no_grad():
    # wrong:     for _ in range(passes):
    # wrong:         total += model(images).softmax(dim=1)
    # wrong: return total / passes
    # wrong:
    # wrong: total = torch.zeros(len(images), 10, device=device)
    # wrong: model.train()
    # wrong: with torch.no_grad():
    # wrong:     for _ in range(passes):
    # wrong:         total += model(images)
    # wrong: return total / passes
    # end


# %%
few_images = thousand[:10]
two_votes = [vote(dropped, few_images, passes=2) for _ in range(2)]
sums = two_votes[0].sum(dim=1)
assert torch.allclose(sums, torch.ones_like(sums), atol=1e-4), (
    "The ten numbers of a digit must sum to 1. Take the mean of "
    "probabilities, not of logits."
)
assert not torch.equal(two_votes[0], two_votes[1]), (
    "Two votes of two passes agree in every number: no neuron was missing. "
    "In which mode is the network?"
)


# %%
def accuracy(probabilities):
    correct = probabilities.argmax(dim=1) == val_set.labels
    return correct.float().mean().item()


_, in_eval = evaluate(dropped, val_set)
single = accuracy(vote(dropped, thousand, passes=1))
fifty = accuracy(vote(dropped, thousand))
print(f"evaluation mode   accuracy {in_eval:.3f}")
print(f"single pass       accuracy {single:.3f}")
print(f"fifty passes      accuracy {fifty:.3f}")

is_near_eval = abs(fifty - in_eval) < abs(fifty - single)
assert near in ("single pass", "evaluation mode"), (
    'Assign "single pass" or "evaluation mode" to near.'
)
assert near == ("evaluation mode" if is_near_eval else "single pass"), (
    f"The vote reads {fifty:.1%}. Compare it with the other two accuracies."
)
print("Right.")


# %% exercise 3
def train_and_measure(model, epochs=4):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    losses = []
    # blank: run it as it is first. Then change it so that dropout is on in
    # each epoch. (`train_epoch` and `evaluate` are defined above.)
    # given: model.train()
    # given: for epoch in range(1, epochs + 1):
    # given:     losses.append(train_epoch(model, optimizer))
    # given:     _, accuracy = evaluate(model, val_set)
    # given:     print(f"epoch {epoch}  loss {losses[-1]:.3f}  ", end="")
    # given:     print(f"accuracy {accuracy:.3f}")
    # solution:
    for epoch in range(1, epochs + 1):
        # `evaluate` calls model.eval(). Without this line in the loop,
        # dropout would be off from the second epoch on. (Or let `evaluate`
        # restore the mode that it has found.)
        model.train()
        losses.append(train_epoch(model, optimizer))
        _, accuracy = evaluate(model, val_set)
        print(f"epoch {epoch}  loss {losses[-1]:.3f}  ", end="")
        print(f"accuracy {accuracy:.3f}")
    # wrong: for epoch in range(1, epochs + 1):
    # wrong:     losses.append(train_epoch(model, optimizer))
    # wrong:     model.train()
    # wrong:     _, accuracy = evaluate(model, val_set)
    # wrong:
    # wrong: model.train()
    # wrong: for epoch in range(1, epochs + 1):
    # wrong:     losses.append(train_epoch(model, optimizer))
    # end
    return losses


modes_of_steps = []
modes_of_measurements = []


def watch(model, inputs):
    # what is recorded for backward() is a step
    if torch.is_grad_enabled():
        modes_of_steps.append(model.training)
    else:
        modes_of_measurements.append(model.training)


watched = network()
watched.register_forward_pre_hook(watch)
losses = train_and_measure(watched)

# %%
on = sum(modes_of_steps)
assert on == len(modes_of_steps), (
    f"{on} of {len(modes_of_steps)} steps were taken in training mode. "
    "Which line switches it off, and which one switches it on again?"
)
assert len(modes_of_measurements) >= len(losses), (
    "The accuracy must still be measured after each epoch."
)
assert not any(modes_of_measurements), (
    "A measurement ran in training mode, with neurons missing."
)
print("Right: dropout is on in each step, and off in each measurement.")
