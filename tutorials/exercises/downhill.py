# %%
import torch

curvature = torch.tensor([1.0, 100.0], dtype=torch.float64)
start = torch.tensor([-4.0, 1.0], dtype=torch.float64)


def loss_of(w):  # the bowl; its gradient is curvature * w
    return 0.5 * (curvature * w**2).sum()


class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, w, grad):
        return w - self.lr * grad


class Momentum:
    def __init__(self, lr, momentum=0.9):
        self.lr = lr
        self.momentum = momentum
        self.velocity = 0.0

    def step(self, w, grad):
        self.velocity = self.momentum * self.velocity + grad
        return w - self.lr * self.velocity


class RMSprop:
    def __init__(self, lr, alpha=0.99, eps=1e-8):
        self.lr = lr
        self.alpha = alpha
        self.eps = eps
        self.square = 0.0

    def step(self, w, grad):
        self.square = self.alpha * self.square + (1 - self.alpha) * grad**2
        return w - self.lr * grad / (self.square.sqrt() + self.eps)


class Adam:
    def __init__(self, lr, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.mean = 0.0
        self.square = 0.0
        self.count = 0

    def step(self, w, grad):
        self.count += 1
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * grad
        self.square = self.beta2 * self.square + (1 - self.beta2) * grad**2
        mean = self.mean / (1 - self.beta1**self.count)
        square = self.square / (1 - self.beta2**self.count)
        return w - self.lr * mean / (square.sqrt() + self.eps)


# ours, PyTorch's, and a rate that suits the bowl
optimizers = {
    "SGD": (SGD, torch.optim.SGD, {"lr": 0.018}),
    "momentum": (Momentum, torch.optim.SGD, {"lr": 0.01, "momentum": 0.9}),
    "RMSprop": (RMSprop, torch.optim.RMSprop, {"lr": 0.05}),
    "Adam": (Adam, torch.optim.Adam, {"lr": 0.2}),
}


def arrival(losses, goal):  # the step from which on the loss stays below
    arrived = None
    for step, loss in enumerate(losses):
        if loss < goal:
            if arrived is None:
                arrived = step
        else:
            arrived = None
    return arrived


paths = {}
arrivals = {}
for name, (ours, _, options) in optimizers.items():
    optimizer = ours(**options)
    path = [start]
    for _ in range(300):
        path.append(optimizer.step(path[-1], curvature * path[-1]))
    paths[name] = torch.stack(path)  # (301, 2)
    arrivals[name] = arrival([loss_of(w) for w in path], goal=0.01)


# %% exercise 1
def first_step(alpha):
    # blank: return how long RMSprop's first step is, in units of its learning
    # rate, for any `alpha`. (Leave out `eps`.)
    # solution:
    # The mean square starts at 0, so after one step it is
    # (1 - alpha) * g**2. Its root is |g| * sqrt(1 - alpha), and the step
    # is lr / sqrt(1 - alpha).
    return 1 / (1 - alpha) ** 0.5
    # wrong: return 1.0
    # wrong:
    # wrong: return 1 / (1 - alpha)
    # wrong:
    # wrong: return (1 - alpha) ** 0.5
    # end


# blank: assign to `measured` the first step in `paths["RMSprop"]`, in units
# of its learning rate, 0.05: a tensor of shape (2,), with signs.
# solution:
# alpha is 0.99 here: 10 times the learning rate, in both parameters
first = paths["RMSprop"][1] - paths["RMSprop"][0]
measured = first / 0.05
# wrong: measured = paths["RMSprop"][1] - paths["RMSprop"][0]
# wrong:
# wrong: measured = (paths["RMSprop"][2] - paths["RMSprop"][1]) / 0.05
# end
print("measured:", measured)

# %%
grad = torch.tensor([3.0, -0.2], dtype=torch.float64)
for alpha in (0.9, 0.99, 0.999):
    w = torch.zeros(2, dtype=torch.float64)
    step = RMSprop(lr=1.0, alpha=alpha).step(w, grad)
    length = step.abs().max().item()
    assert abs(first_step(alpha) - length) < 1e-3, (
        f"With alpha = {alpha} the first step is {length:.2f} learning "
        f"rates long; your formula says {first_step(alpha):.2f}. What is "
        "self.square after one step?"
    )
assert measured.shape == (2,), "Two parameters: measured has shape (2,)."
back = start + 0.05 * measured
assert torch.allclose(back, paths["RMSprop"][1]), (
    "From the start, your step doesn't lead to the second point of the "
    "path. Is it the first one, in units of the rate?"
)
print(f"Right: with alpha = 0.99 it is {first_step(0.99):.0f} rates long.")

# %% exercise 2
c = 0.5**0.5
turn = torch.tensor([[c, -c], [c, c]], dtype=torch.float64)

# blank: which need the same number of steps as before? Assign a set of names
# to `same`, out of "SGD", "momentum", "RMSprop" and "Adam".
# solution:
# SGD and momentum only add gradients and multiply them by numbers, and
# a gradient turns with the bowl: no change. RMSprop and Adam scale each
# parameter by itself. Now both parameters feel the steep direction.
same = {"SGD", "momentum"}
# wrong: same = {"SGD", "momentum", "RMSprop", "Adam"}
# wrong:
# wrong: same = {"RMSprop", "Adam"}
# end


def turned_loss(w):
    # blank: return the loss of the turned bowl at the point w, by `turn` and
    # `loss_of`.
    # solution:
    # turn the point back, and ask the bowl as it was
    return loss_of(turn.T @ w)
    # wrong: return loss_of(turn @ w)
    # wrong:
    # wrong: return loss_of(w)
    # end


# %%
for point in (start, torch.tensor([2.0, 0.3], dtype=torch.float64)):
    there = turned_loss(turn @ point)
    assert torch.allclose(there, loss_of(point)), (
        f"At a turned point, the turned bowl is as high as the old one at "
        f"the old point: {loss_of(point):.1f}. Yours gives {there:.1f}. "
        "Which way do you turn w?"
    )

turned = {}
for name, (_, theirs, options) in optimizers.items():
    w = (turn @ start).requires_grad_()
    optimizer = theirs([w], **options)
    losses = []
    for _ in range(300):
        optimizer.zero_grad()
        loss = turned_loss(w)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    turned[name] = arrival(losses, goal=0.01)
    print(f"{name:9} {arrivals[name]:4} -> {turned[name]}")

unchanged = {name for name in turned if turned[name] == arrivals[name]}
assert set(same) <= set(turned), 'Use "SGD", "momentum" and so on.'
assert set(same) == unchanged, (
    f"Unchanged: {sorted(unchanged)}; you said {sorted(same)}. Which of "
    "them treat each parameter by itself?"
)
print("Right: these two don't notice how the bowl lies.")

# %% exercise 3
# blank: which of the four need a new learning rate? Assign a set of names to
# `needing`, out of "SGD", "momentum", "RMSprop" and "Adam".
# solution:
# The gradient is 1,000 times as large, and so are the steps of SGD and
# momentum: divide their rates by 1,000. RMSprop and Adam divide the
# size of the gradient out, and take the same steps as before.
needing = {"SGD", "momentum"}
# wrong: needing = {"SGD", "momentum", "RMSprop", "Adam"}
# wrong:
# wrong: needing = {"SGD"}
# end


def end_of_path(optimizer, steps):
    w = start
    for _ in range(steps):
        # blank: take a step of `optimizer`, one of the classes from above, in
        # a bowl whose loss is a sum over 1,000 examples instead of their mean.
        # solution:
        w = optimizer.step(w, 1000 * curvature * w)
        # wrong: w = optimizer.step(w, curvature * w)
        # wrong:
        # wrong: w = optimizer.step(w, curvature * w / 1000)
        # end
    return w


# %%
after = end_of_path(SGD(lr=1e-6), steps=1)
slope = (start - after) / 1e-6
factor = (slope / (curvature * start)).mean().item()
assert abs(factor - 1000) < 1, (
    f"A sum over 1,000 examples is 1,000 times their mean; your gradient "
    f"is {factor:.3g} times that of the bowl."
)

differing = set()
for name, (ours, _, options) in optimizers.items():
    w = end_of_path(ours(**options), steps=50)
    if not torch.allclose(w, paths[name][50]):
        differing.add(name)
    print(f"{name:9} after 50 steps", [f"{x:.2g}" for x in w.tolist()])

assert set(needing) <= set(optimizers), (
    'Use the names "SGD", "momentum", "RMSprop" and "Adam".'
)
assert set(needing) == differing, (
    f"Another path than before: {sorted(differing)}; you said "
    f"{sorted(needing)}. Which of them divide by the gradient's size?"
)
for name in sorted(differing):
    ours, _, options = optimizers[name]
    smaller = {**options, "lr": options["lr"] / 1000}
    w = end_of_path(ours(**smaller), steps=50)
    assert torch.allclose(w, paths[name][50]), (
        f"{name} needs a thousandth of its rate to take the old path."
    )
print("Right: with a thousandth of the rate, they take the old path.")
