# ---
# title: Four ways downhill
# teaches: what SGD, momentum, RMSprop and Adam do with a gradient, and how to compare optimizers
# before: the training loop, and one step of SGD by hand
# sources: [S3]
# tolerance: rel 1e-9
# ---

# %% [markdown]
# # Four ways downhill
#
# So far we have trained mostly with SGD. In other people's code you also meet momentum, RMSprop and Adam. What do they do
# with the same gradient, and which of them should you take?
#
# We write the four by hand, check them against PyTorch's, watch them on a surface with two parameters, and then let
# them train a network.
#
# ## SGD in a long bowl
#
# We begin with a loss that has two parameters and the shape of a bowl, and take four steps of SGD:

# %%
#| values:
#|   lr: optimizer.lr
#|   flat: curvature[0].item()
#|   steep: curvature[1].item()
#|   creep: (1 - optimizer.lr * curvature[0]).item()
#|   jump: (1 - optimizer.lr * curvature[1]).item()
#|   limit: (2 / curvature[1]).item()
#| tolerance:
#|   text: abs 2e-3
import torch

curvature = torch.tensor([1.0, 100.0], dtype=torch.float64)
start = torch.tensor([-4.0, 1.0], dtype=torch.float64)


def loss_of(w):
    return 0.5 * (curvature * w**2).sum()


class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, w, grad):
        return w - self.lr * grad


optimizer = SGD(lr=0.018)
w = start
for _ in range(4):
    w = optimizer.step(w, curvature * w)  # the gradient of the loss
    print(f"w1 {w[0]:6.3f}   w2 {w[1]:6.3f}   loss {loss_of(w):.3f}")

# %% [markdown]
# The surface is a bowl, $L = \frac{1}{2}(c_1 w_1^2 + c_2 w_2^2)$, with its bottom at 0. The numbers $c_1 =
# [[flat:.0f]]$ and $c_2 = [[steep:.0f]]$ are its **curvatures**: how fast the slope changes along each of the two
# parameters. So the bowl is long and narrow.
#
# The first parameter creeps towards 0, and the second one jumps from side to side. The gradient is $c\,w$, so each
# step multiplies a parameter by a fixed number:
#
# $$w - \eta\, c\, w = (1 - \eta\, c)\, w$$
#
# With $\eta = [[lr]]$ that is [[creep:.3f]] for the first one and [[jump:.1f]] for the second.
#
# ??? question "What happens with a learning rate of 0.021?"
#     $1 - \eta\, c_2$ is below −1, so each jump is longer than the one before, and the loss explodes. The limit is
#     $\eta = 2 / c_2 = [[limit:.2f]]$. The steep direction sets the learning rate, and the flat one has to make do
#     with it.
#
# ## Momentum, RMSprop, Adam
#
# **Momentum** keeps a velocity. Gradients that agree from step to step add up in it, and those that flip their sign
# cancel:


# %%
class Momentum:
    def __init__(self, lr, momentum=0.9):
        self.lr = lr
        self.momentum = momentum
        self.velocity = 0.0

    def step(self, w, grad):
        self.velocity = self.momentum * self.velocity + grad
        return w - self.lr * self.velocity


# %% [markdown]
# **RMSprop** keeps a running mean of the squared gradient, for each parameter, and divides by its root. Parameters
# with large and with small gradients then take steps of similar size:


# %%
class RMSprop:
    def __init__(self, lr, alpha=0.99, eps=1e-8):
        self.lr = lr
        self.alpha = alpha
        self.eps = eps
        self.square = 0.0

    def step(self, w, grad):
        self.square = self.alpha * self.square + (1 - self.alpha) * grad**2
        return w - self.lr * grad / (self.square.sqrt() + self.eps)


# %% [markdown]
# The tiny `eps` keeps the division safe where a gradient is 0. **Adam** does both: it divides a running mean of the
# gradient by the root of a running mean of its square. Both means start at 0, so at first they are too small. Adam
# corrects that:


# %%
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


# %% [markdown]
# ??? question "How long is Adam's very first step, for each of the two parameters?"
#     Write $g$ for the gradient. After one step the corrected means are $g$ and $g^2$ themselves. So the step is $\eta\, g / \lvert g \rvert$:
#     its size is $\eta$ for each parameter, however steep the bowl is. (RMSprop's first step is another matter:
#     exercise 1.)
#
# Now we run each of the four from the same start, with a learning rate that suits it, and PyTorch's version beside
# it:

# %%
#| values:
#|   steps: steps
#| claims:
#|   same_steps: all(all(agree) for agree in agreed.values())
optimizers = {
    "SGD": (SGD, torch.optim.SGD, {"lr": 0.018}),
    "momentum": (Momentum, torch.optim.SGD, {"lr": 0.01, "momentum": 0.9}),
    "RMSprop": (RMSprop, torch.optim.RMSprop, {"lr": 0.05}),
    "Adam": (Adam, torch.optim.Adam, {"lr": 0.2}),
}
steps = 300
paths = {}
agreed = {}
for name, (ours, theirs, options) in optimizers.items():
    optimizer = ours(**options)
    w = start.clone().requires_grad_()
    pytorch = theirs([w], **options)
    path = [start]
    agreed[name] = []
    for _ in range(steps):
        path.append(optimizer.step(path[-1], curvature * path[-1]))
        pytorch.zero_grad()
        loss_of(w).backward()
        pytorch.step()
        agreed[name].append(torch.allclose(w, path[-1], atol=1e-10))
    paths[name] = torch.stack(path)  # (301, 2)
    print(f"{name:9} the same steps: {all(agreed[name])}")

# %%
#| alt: >-
#|   Four panels with the same long, narrow bowl as lines of equal loss, and a path in each, from
#|   a ring at the upper left towards a cross at the lowest point. SGD jumps up and down in ever
#|   smaller zigzags and is still on its way. Momentum swings up and down, runs past the lowest
#|   point and turns back. RMSprop slants down to the valley floor and follows it to the cross.
#|   Adam slants down as well, overshoots a little in both directions, and curls in.
from groundup.figures import downhill as drawings

w1 = torch.linspace(-4.6, 3, 80)
w2 = torch.linspace(-1.2, 1.2, 80)
heights = 0.5 * (w1**2 + 100 * w2.unsqueeze(1) ** 2)  # (80, 80)
shown = {name: path[:60] for name, path in paths.items()}
drawings.descent_paths(heights, w1, w2, shown, lowest=[0, 0])

# %% [markdown]
# [[same_steps? The steps are PyTorch's, all [[steps]] of them.]] SGD and momentum move mostly across the bowl, where
# it is steep. RMSprop and Adam divide the steepness out: their first steps are equally long in both parameters.
#
# ## Counting steps
#
# Which arrives first? Passing through doesn't count: a path may overshoot and leave again. We ask for the step from
# which on the loss *stays* below a goal.


# %%
#| claims:
#|   sgd_last: arrivals['SGD'] > 2 * max(arrivals[n] for n in arrivals if n != 'SGD')
def arrival(losses, goal):
    arrived = None
    for step, loss in enumerate(losses):
        if loss < goal:
            if arrived is None:
                arrived = step
        else:
            arrived = None  # it has left again, or is nan
    return arrived


arrivals = {}
for name, path in paths.items():
    losses = [loss_of(w) for w in path]
    arrivals[name] = arrival(losses, goal=0.01)
    print(f"{name:9} stays below 0.01 from step {arrivals[name]}")

# %% [markdown]
# [[sgd_last? SGD needs more than twice the steps of any of the others.]] But this is a bowl whose axes are the two
# parameters, which suits methods that treat each parameter by itself. Exercise 2 turns the bowl.
#
# Now choose rate and momentum yourself. Find a pair that arrives before step 50. Where does SGD without momentum begin
# to diverge, and does momentum move that limit?
#
# <div class="knobs" data-knobs="downhill"></div>
#
# ## On digits
#
# Now a network. We fix a batch of digits, so that the loss falls without noise, and make them small, so that the runs
# are short. Each optimizer starts from the same weights, with each of seven learning rates.


# %%
#| values:
#|   batch_digits: len(task[2])
#|   rates: rates
#|   first_weight: task[0][0].in_features ** -0.5
#|   max_steps: max_steps
import copy
from functools import partial

from torch import nn
from torch.nn import functional as F

from groundup.data import load_mnist
from groundup.repro import reproducible

seed = reproducible(0)
train_digits, _ = load_mnist()
criterion = nn.CrossEntropyLoss()
rates = [0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0]
max_steps = 250


def draw_task():
    chosen = torch.randperm(len(train_digits))[:200]
    pixels = train_digits.images[chosen].unsqueeze(1) / 255
    images = torch.flatten(F.avg_pool2d(pixels, 2), 1)  # (200, 196)
    model = nn.Sequential(nn.Linear(196, 30), nn.ReLU(), nn.Linear(30, 10))
    return model, images, train_digits.labels[chosen]


task = draw_task()


# %% [markdown]
# `avg_pool2d` replaces each square of 2 by 2 pixels by its mean. `partial`, below, makes a function from another one,
# with some arguments filled in.
#
# ??? question "Before you run it: a learning rate of 1 may suit SGD here. Would you give it to Adam?"
#     No. A step of SGD is the rate times the gradient. But an early step of Adam moves each weight by about its rate,
#     however small the gradient is. The weights of the first layer start no further from 0 than [[first_weight:.2f]],
#     and one step would throw them far out.


# %%
def train(task, make_optimizer, lr):
    start, images, labels = task
    model = copy.deepcopy(start)
    optimizer = make_optimizer(model.parameters(), lr=lr)
    losses = []
    for _ in range(max_steps):
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


makers = {
    "SGD": torch.optim.SGD,
    "momentum": partial(torch.optim.SGD, momentum=0.9),
    "RMSprop": torch.optim.RMSprop,
    "Adam": torch.optim.Adam,
}

# %%
#| values:
#|   goal: goal
#|   sgd_rate: best_rate['SGD']
#|   momentum_rate: best_rate['momentum']
#|   rmsprop_rate: best_rate['RMSprop']
#|   adam_rate: best_rate['Adam']
#| tolerance:
#|   momentum_rate: within 0.3 1 because the two may need nearly the same number of steps
#|   rmsprop_rate: within 0.01 0.03 because the two may need nearly the same number of steps
#|   adam_rate: within 0.03 0.1 because the two may need nearly the same number of steps
#|   text: within 0 250 because in unstable runs the last digits of rounding count
#| claims:
#|   inside: all(rates[0] < r < rates[-1] for r in best_rate.values())
#|   rates_differ: >-
#|     min(best_rate['SGD'], best_rate['momentum'])
#|     > 2.5 * max(best_rate['RMSprop'], best_rate['Adam'])
goal = 0.1
best_rate = {}
curves = {}
print("rate     " + "".join(f"{lr:7}" for lr in rates))
for name, make_optimizer in makers.items():
    line = f"{name:9}"
    fewest = max_steps
    for lr in rates:
        losses = train(task, make_optimizer, lr)
        arrived = arrival(losses, goal)
        line += f"{arrived!s:>7}"
        if arrived is not None and arrived < fewest:
            fewest = arrived
            best_rate[name] = lr
            curves[name] = losses
    print(line)

# %% [markdown]
# A row for each optimizer, a column for each learning rate. The number is the step from which on the loss stays below
# [[goal]], and `None` means that it never does, in [[max_steps]] steps. Towards the left the steps become too small,
# towards the right the loss explodes or jumps about. [[inside? The best rate of each optimizer lies in between.]]
#
# [[rates_differ? The best rates of SGD and momentum are larger than those of RMSprop and Adam]]: never carry a
# learning rate from one optimizer to another. And compare optimizers at several rates, not at one.

# %%
#| tolerance:
#|   figure: seeds
#| alt: >-
#|   Four curves of the loss over [[max_steps]] steps on a logarithmic axis, each with its best
#|   learning rate, and a dashed line at the goal, [[goal]]. Adam crosses it first and SGD last,
#|   with momentum and RMSprop between them. None comes back above it.
drawings.falling_losses(curves, goal=goal)

# %% [markdown]
# ## More than one draw
#
# The rates were chosen on this batch and these first weights, so the counts may flatter an optimizer. A fair comparison
# takes new draws of digits and weights, with the rates as they are:

# %%
#| values:
#|   draws: len(counts['SGD'])
#|   level: sum((m or 999) <= a for m, a in zip(counts['momentum'], counts['Adam']))
#| tolerance:
#|   draws: exact
#|   level: seeds 0 inf
#|   text: within 0 250 because in unstable runs the last digits of rounding count
#| claims:
#|   sgd_last_again: >-
#|     all(s > max(m or 999, r or 999, a or 999) for s, m, r, a in zip(*counts.values()))
#|   adam_before_rmsprop: all(a < (r or 999) for s, m, r, a in zip(*counts.values()))
#|   long_enough: max_steps > 3 * max(c or 999 for row in counts.values() for c in row)
counts = {name: [] for name in makers}
for _ in range(6):
    task = draw_task()
    for name, make_optimizer in makers.items():
        losses = train(task, make_optimizer, best_rate[name])
        counts[name].append(arrival(losses, goal))

for name in makers:
    print(f"{name:9} rate {best_rate[name]:<5}", counts[name])

# %% [markdown]
# What can we conclude? [[sgd_last_again? SGD needs the most steps in each of the [[draws]] draws]], and
# [[adam_before_rmsprop? Adam needs fewer than RMSprop in each of them.]] And Adam against momentum?
# Momentum is level or ahead in [[level]] of the [[draws]] draws here, and in [[level.low]] to [[level.high]] with the [[level.seeds]]
# seeds on record for this page.
#
# [[long_enough? The runs are more than three times as long as the largest count]], so a loss that came back up soon
# would be noticed.
#
# It is a narrow result: one small network, one batch without noise, one goal, and a coarse grid of rates. It says
# nothing about digits that the network hasn't seen, nor about seconds: a step of Adam has two running means to
# update.
#
# ## What they remember
#
# A velocity or a mean is one number for each parameter. Count what PyTorch's optimizers keep (`dim() > 0` leaves out
# their step counters):

# %%
#| values:
#|   parameters: parameters
#|   adam_default: __import__('inspect').signature(torch.optim.Adam).parameters['lr'].default
#| claims:
#|   doubled: 2 + kept['Adam'] == 2 * (2 + kept['SGD'])
start_model, images, labels = task
parameters = sum(p.numel() for p in start_model.parameters())
kept = {}
for name, make_optimizer in makers.items():
    model = copy.deepcopy(start_model)
    optimizer = make_optimizer(model.parameters(), lr=0.01)
    criterion(model(images), labels).backward()
    optimizer.step()

    stored = 0
    for state in optimizer.state.values():
        for value in state.values():
            if torch.is_tensor(value) and value.dim() > 0:
                stored += value.numel()
    kept[name] = stored / parameters
    print(f"{name:9} {kept[name]:.0f} per parameter")

# %% [markdown]
# Training holds a weight and a gradient for each parameter in any case. [[doubled? With Adam's two numbers, that
# makes four, where SGD has two.]] For our [[parameters:,]] parameters it doesn't matter. For a network that hardly
# fits on its GPU it does.
#
# So which one? Adam, with its default rate of [[adam_default]], is a common first try for a new network. SGD with
# momentum is as common where the rate has been tuned. Whichever you take, try several rates, each about three times
# the one before.
#
# ## Recap
#
# You can now
#
# - write SGD, momentum, RMSprop and Adam by hand, and say what each remembers;
# - explain why a steep direction limits the learning rate of SGD;
# - compare optimizers: each at a rate that suits it, by where the loss stays, on other draws than the one that chose
#   the rate.
#
# ## Exercises
#
# **1. Derive.** How long is the very first step of RMSprop, in units of its learning rate? Derive it from the class,
# and check it in `paths`.

# %%
#| values:
#|   first_step: (first / 0.05).abs().max().item()
#| tolerance:
#|   first_step: rel 1e-6
#|   text: abs 2e-4
#| fold: Solution
# The mean square starts at 0, so after one step it is (1 - alpha) g**2.
# Its root is |g| sqrt(1 - alpha), and the step is lr / sqrt(1 - alpha).
# With alpha = 0.99 that is 10 times the learning rate.
first = paths["RMSprop"][1] - paths["RMSprop"][0]
print(first / 0.05)

# %% [markdown]
# **2. Predict.** Turn the bowl by 45 degrees, together with the start. Which of the four need the same number of
# steps as before? Decide first, then run it with the rates in `optimizers`. (With $c^2 + c^2 = 1$, the matrix with the
# rows $(c, -c)$ and $(c, c)$ turns a point by 45 degrees, and its transpose turns it back.)

# %%
#| values:
#|   turned: turned
#| fold: Solution
# SGD and momentum only add gradients and multiply them by numbers, and
# a gradient turns with the bowl: no change. RMSprop and Adam scale each
# parameter by itself. Now both parameters feel the steep direction.
c = 0.5**0.5
turn = torch.tensor([[c, -c], [c, c]], dtype=torch.float64)
turned = {}
for name, (_, theirs, options) in optimizers.items():
    w = (turn @ start).requires_grad_()
    optimizer = theirs([w], **options)
    losses = []
    for _ in range(300):
        optimizer.zero_grad()
        loss = loss_of(turn.T @ w)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    turned[name] = arrival(losses, goal=0.01)
    print(f"{name:9} {arrivals[name]:4} -> {turned[name]}")

# %% [markdown]
# **3. Predict.** Somebody replaces the mean in a loss by a sum over 1,000 examples. Which of the four needs a new
# learning rate? Check it in the bowl, with the classes from above.

# %%
#| claims:
#|   unmoved: unchanged == ["RMSprop", "Adam"]
#| fold: Solution
# The gradient is 1,000 times as large, and so are the steps of SGD and
# momentum: divide their rates by 1,000. RMSprop and Adam divide the
# size of the gradient out, and take the same steps as before.
unchanged = []
for name, (ours, _, options) in optimizers.items():
    optimizer = ours(**options)
    w = start
    for _ in range(50):
        w = optimizer.step(w, 1000 * curvature * w)
    if torch.allclose(w, paths[name][50]):
        unchanged.append(name)
print("the same path:", unchanged)

# %% [markdown]
# ## Next
#
# Back to the path: [Convolutional digits](conv_digits.py).
#
# The source of [Anatomy of a convolutional network](conv_anatomy.py) ends by naming SGD, Adam and RMSprop. What we found when we ran
# it: [About the sources](../about_the_sources.md#s3-introduction-of-neural-networks).
