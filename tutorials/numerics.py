# ---
# title: "Numerics: what rounding, kinks and initial scale do"
# teaches: why two correct programs print different numbers, how to compare them all the same, and how large first weights should be
# before: the course up to softmax and cross-entropy
# sources: [S2]
# ---

# %% [markdown]
# # Numerics: what rounding, kinks and initial scale do
#
# Two programs train the same network on the same data, from the same weights. Their losses agree for a while, then they do
# not. Which program is wrong? Perhaps neither.
#
# We'll see how computers round, train the network of [One network, seven ways](one_network_seven_ways.py) in float32, and explain
# each difference that turns up. The last part is about the scale of the first weights.
#
# ## About seven digits
#
# Computers keep real numbers as **floating-point numbers**, or floats: a fixed count of digits, and an exponent that says where
# the point stands. `torch.finfo` describes a type of them:

# %%
#| values:
#|   eps32: torch.finfo(torch.float32).eps
#|   eps64: torch.finfo(torch.float64).eps
#|   bits32: round(1 - torch.tensor(torch.finfo(torch.float32).eps).log2().item())
#|   largest32: torch.finfo(torch.float32).max
#| claims:
#|   lost: bool(1 + torch.tensor(torch.finfo(torch.float32).eps) / 4 == 1)
#| tolerance: rel 1e-9
import torch

for dtype in (torch.float32, torch.float64):
    info = torch.finfo(dtype)
    one = torch.tensor(1.0, dtype=dtype)
    print(dtype)
    print(f"  eps {info.eps:.2e}   largest number {info.max:.2e}")
    print("  1 + eps / 4 is still 1:", (one + info.eps / 4 == one).item())

# %% [markdown]
# **eps** is the distance from 1 to the next number. float32 keeps [[bits32]] binary digits, about seven decimal ones; float64
# keeps about sixteen. What falls between two neighbours is **rounded** to one of them, so a step that is small enough is lost.
# PyTorch's default is float32, to save memory and time.
#
# ## The order of a sum
#
# ??? question "Before you run it: what is 100,000,000 + 1 − 100,000,000 in float32, from left to right?"
#     0. The distance between neighbours grows with the number, and at a hundred million it is 8. So the 1 is lost.

# %%
#| claims:
#|   order_matters: ((big + one) - big).item() == 0 and ((big - big) + one).item() == 1
big = torch.tensor(1e8)
one = torch.tensor(1.0)
print((big + one) - big)
print((big - big) + one)

# %% [markdown]
# On paper the order of a sum does not matter. With floats it does. An entry of a matrix product is a sum as well, and libraries
# and processors differ in the order in which they add. We imitate that by shuffling the terms:

# %%
#| values:
#|   terms: X.shape[1]
#|   error32: (Z32 - shuffled32).abs().max().item()
#|   error64: (Z64 - shuffled64).abs().max().item()
#| claims:
#|   shrinks: 1e-11 < (Z64 - shuffled64).abs().max() / (Z32 - shuffled32).abs().max() < 1e-7
#| tolerance:
#|   error32: within 1e-6 1e-2 because processors add float32 products in different orders
#|   error64: within 1e-15 1e-10 because processors add float64 products in different orders
#|   text: within 0 1e-2 because processors add products in different orders
from groundup.repro import pick_device, reproducible

seed = reproducible(0)
device = pick_device()

X = torch.randn(64, 1000, device=device)
W = torch.randn(1000, 100, device=device)
order = torch.randperm(1000, device=device)

Z32 = X @ W  # (64, 100)
shuffled32 = X[:, order] @ W[order]  # (64, 100)
print("float32", torch.equal(Z32, shuffled32))
print(f"  largest difference {(Z32 - shuffled32).abs().max():.0e}")

X = X.double()  # (64, 1000)
W = W.double()  # (1000, 100)
Z64 = X @ W  # (64, 100)
shuffled64 = X[:, order] @ W[order]  # (64, 100)
print("float64", torch.equal(Z64, shuffled64))
print(f"  largest difference {(Z64 - shuffled64).abs().max():.0e}")

# %% [markdown]
# This is how to tell rounding from a mistake: repeat the comparison in float64. [[shrinks? If the difference shrinks about as
# much as eps does, it is rounding.]] A mistake keeps its size.
#
# ## Comparing with a tolerance
#
# So we do not ask whether two floats are equal, but whether they are close:

# %%
#| claims:
#|   default_fails: not torch.allclose(Z32, shuffled32)
#|   wider_passes: torch.allclose(Z32, shuffled32, atol=1e-3)
torch.testing.assert_close(Z64, shuffled64)
print("float32, usual tolerance:", torch.allclose(Z32, shuffled32))
print("float32, atol 1e-3:", torch.allclose(Z32, shuffled32, atol=1e-3))

# %% [markdown]
# Both functions allow a difference of `atol` plus `rtol` times the size of the second number: an **absolute** and a **relative
# tolerance**. `allclose` returns True or False, with one pair of defaults. `assert_close` is made for
# tests: it has defaults for each dtype, says nothing if all is well, and otherwise raises an error that says where the
# numbers differ and by how much.
#
# [[default_fails? Here the defaults are too strict for float32.]] An entry near 0 still carries the rounding of [[terms:,]] terms. So choose
# `atol` by the size of the terms, not of their sum.
#
# ## A network in float32
#
# This is the network of *One network, seven ways*, with the same data and first weights:

# %%
#| values:
#|   lr: lr
#|   steps: steps
import numpy as np

N, D_in, H, D_out = 64, 1000, 100, 10
lr = 1e-6
steps = 500

rng = np.random.default_rng(seed)
inputs = rng.standard_normal((N, D_in))  # (64, 1000)
targets = rng.standard_normal((N, D_out))  # (64, 10)
weights1 = rng.standard_normal((D_in, H))  # (1000, 100)
weights2 = rng.standard_normal((H, D_out))  # (100, 10)

# %% [markdown]
# We train it by autograd. The weights may have another dtype than the computation; you'll soon see why.


# %%
def by_autograd(dtype, weight_dtype):
    X = torch.tensor(inputs, device=device, dtype=dtype)
    T = torch.tensor(targets, device=device, dtype=dtype)
    W1 = torch.tensor(weights1, device=device, dtype=weight_dtype)
    W2 = torch.tensor(weights2, device=device, dtype=weight_dtype)
    W1.requires_grad_()
    W2.requires_grad_()
    losses = []
    for _ in range(steps):
        W1.grad = None
        W2.grad = None
        Z2 = torch.relu(X @ W1.to(dtype)) @ W2.to(dtype)  # (64, 10)
        loss = ((Z2 - T) ** 2).sum()  # ()
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            W1 -= lr * W1.grad
            W2 -= lr * W2.grad
    return losses, W1


# %%
#| values:
#|   auto64: losses64[-1]
#|   auto32: losses32[-1]
#|   auto32_losses: losses32[99::100]
#|   early32: losses32[99:200:100]
#|   moved: moved.double().mean().item()
#| claims:
#|   lags: losses32[-1] > 2 * losses64[-1]
#|   few_move: moved.double().mean().item() < 0.5
#| tolerance:
#|   auto64: rel 1e-7
#|   auto32: rel 0.1
#|   auto32_losses: rel 0.1
#|   early32: rel 2e-3
#|   moved: within 0.0001 0.5 because how many steps are lost depends on float32 rounding
#|   moves: within 0.01 50 because how many steps are lost depends on float32 rounding
#|   text: rel 0.1
losses64, _ = by_autograd(torch.float64, torch.float64)
losses32, W1 = by_autograd(torch.float32, torch.float32)
for step in range(99, steps, 100):
    print(f"step {step:3}   {losses64[step]:.3e}   {losses32[step]:.3e}")

moved = (W1 - lr * W1.grad) != W1  # (1000, 100)
print(f"one more such step moves {moved.double().mean():.1%} of W1")

# %% [markdown]
# float64 is on the left, float32 on the right. [[lags? Late in the run, float32 lags behind.]] By then the steps are so small
# beside the weights that [[few_move? most of them are rounded away]]. If that is the cause, it should help to keep only the
# weights in float64, where steps of this size survive:

# %%
#| values:
#|   mixed: losses_mixed[-1]
#| claims:
#|   mixed_helps: abs(losses_mixed[-1] - losses64[-1]) < 0.1 * (losses32[-1] - losses64[-1])
#| tolerance:
#|   mixed: rel 0.1
#|   text: rel 0.1
#| alt: >-
#|   Loss against step on a logarithmic axis, three lines. Float64 falls in a nearly straight line
#|   to [[auto64:.1e]]. Float32 follows it for more than half of the way, flattens and ends at
#|   [[auto32:.1e]]. Float32 with float64 weights stays close to float64 and ends at [[mixed:.1e]].
from groundup import figures

losses_mixed, _ = by_autograd(torch.float32, torch.float64)
print(f"float32 with float64 weights: {losses_mixed[-1]:.3e}")
figures.curves(
    {
        "float32": losses32,
        "float32, float64 weights": losses_mixed,
        "float64": losses64,
    },
    xlabel="step",
    ylabel="loss",
    log=True,
)

# %% [markdown]
# [[mixed_helps? Nearly all of the lag is gone.]] Large networks are often trained like this, one size down: the computation in
# float16 or bfloat16, and the weights in float32. It is called **mixed precision**. For most training
# float32 is enough.
#
# ## The kink of the ReLU
#
# The next difference has nothing to do with rounding. What is the slope of the ReLU at exactly 0? From the left it is 0, from the
# right 1. At such a **kink** there is no derivative, so each function has to choose:

# %%
#| values:
#|   relu_slope: slopes['relu']
#|   maximum_slope: slopes['maximum']
#|   where_slope: slopes['where']
#|   clamp_slope: slopes['clamp']
#|   version: float('.'.join(torch.__version__.split('.')[:2]))
#| claims:
#|   same_values: >-
#|     all(torch.equal(f(torch.linspace(-1, 1, 9)), torch.relu(torch.linspace(-1, 1, 9)))
#|     for f in functions.values())
#|   clamp_as_known: >-
#|     slopes['clamp'] == (tuple(map(int, torch.__version__.split('.')[:2])) < (2, 14))
#| tolerance:
#|   clamp_slope: within 0 1 because PyTorch 2.14 changed this slope from one to zero
#|   clamp: within 0 1 because PyTorch 2.14 changed this slope from one to zero
#|   version: within 2.11 3 because the page runs on any of these versions
#| alt: >-
#|   Left: the ReLU, flat up to 0 and rising after it. Right: its slope, 0 on the left and 1 on the
#|   right, with dots at 0 itself: 0 for relu, one half for maximum, 1 for where, and
#|   [[clamp_slope:.0f]] for clamp.
from groundup.figures import numerics as drawings

zero = torch.tensor(0.0)
functions = {
    "relu": torch.relu,
    "clamp": lambda z: z.clamp(min=0),
    "maximum": lambda z: torch.maximum(z, zero),
    "where": lambda z: torch.where(z >= 0, z, zero),
}
slopes = {}
for name, function in functions.items():
    z = torch.tensor(0.0, requires_grad=True)
    function(z).backward()
    slopes[name] = z.grad.item()
    print(f"{name:8}{slopes[name]:4.1f}")
drawings.slopes_at_kink(slopes)

# %% [markdown]
# [[same_values? All four return the same values]], but not the same slope at 0. For a kink like this one PyTorch
# [documents](https://docs.pytorch.org/docs/stable/notes/autograd.html#gradients-for-non-differentiable-functions) its choice: among
# the slopes between the left one and the right one, the one of minimum norm, that is, the one nearest to 0. For `relu` it is 0 itself.
# `maximum` has two arguments that are equal here, and the shortest gradient for the pair gives one half to each. `clamp` gave 1
# for years, up to PyTorch 2.13, and has [followed the rule](https://github.com/pytorch/pytorch/issues/184572) since 2.14. (This page ran on
# [[version]].) `where` passes the gradient to the argument that it took.
#
# ??? question "When does this choice matter for training?"
#     Only when a weighted sum is exactly 0. By chance that hardly ever happens. But training can pull a sum towards 0: while it
#     is positive, its own example may push it down; once it is negative, only the other examples move it, and may push it up
#     again. So close to 0, float32 rounds to exactly 0 now and then.
#
# By hand we can choose too: `Z1 > 0` gives the slope 0 at the kink, `Z1 >= 0` the slope 1. As functions these comparisons are
# `torch.gt` (greater than) and `torch.ge` (greater or equal), so that we can pass either as `active`.


# %%
def by_hand(dtype, active):
    X = torch.tensor(inputs, device=device, dtype=dtype)
    T = torch.tensor(targets, device=device, dtype=dtype)
    W1 = torch.tensor(weights1, device=device, dtype=dtype)
    W2 = torch.tensor(weights2, device=device, dtype=dtype)
    losses = []
    hits = torch.zeros(N, H, device=device)
    for _ in range(steps):
        Z1 = X @ W1  # (64, 100)
        A1 = Z1.clamp(min=0)  # (64, 100)
        Z2 = A1 @ W2  # (64, 10)
        losses.append(((Z2 - T) ** 2).sum().item())
        hits += Z1 == 0  # (64, 100)
        grad_Z2 = 2 * (Z2 - T)  # (64, 10)
        grad_W2 = A1.T @ grad_Z2  # (100, 10)
        grad_A1 = grad_Z2 @ W2.T  # (64, 100)
        grad_Z1 = grad_A1 * active(Z1, 0)  # (64, 100)
        grad_W1 = X.T @ grad_Z1  # (1000, 100)
        W1 -= lr * grad_W1
        W2 -= lr * grad_W2
    return losses, hits


# %%
#| values:
#|   zeros32: int(hits32.sum())
#|   places32: int((hits32 > 0).sum())
#|   sums: N * H
#|   hand32_losses: losses_ge[99::100]
#|   end_gap: abs(losses_ge[-1] / losses32[-1] - 1)
#| claims:
#|   only_32: hits64.sum() == 0 and hits32.sum() > 2 * (hits32 > 0).sum() > 0
#|   choice_explains: losses_gt == losses32 and losses_ge != losses32
#| tolerance:
#|   zeros32: within 1 20000 because which sums hit zero depends on float32 rounding
#|   places32: within 1 6400 because which sums hit zero depends on float32 rounding
#|   float32: within 1 20000 because which sums hit zero depends on float32 rounding
#|   in: within 1 6400 because which sums hit zero depends on float32 rounding
#|   hand32_losses: rel 0.1
#|   end_gap: within 0 0.2 because which sums hit zero depends on float32 rounding
_, hits64 = by_hand(torch.float64, torch.gt)
losses_gt, hits32 = by_hand(torch.float32, torch.gt)
losses_ge, _ = by_hand(torch.float32, torch.ge)
print(f"zeros in float64 {hits64.sum():.0f}")
print(f"zeros in float32 {hits32.sum():.0f} in {(hits32 > 0).sum()} places")
print("Z1 > 0,  losses as by autograd:", losses_gt == losses32)
print("Z1 >= 0, losses as by autograd:", losses_ge == losses32)

# %% [markdown]
# [[only_32? In float32, [[places32]] of the [[sums:,]] weighted sums were exactly 0 at some step, many of them repeatedly. In
# float64 none was.]] That is enough: [[choice_explains? with the choice of `torch.relu`, each loss is the same to the last bit;
# with the other choice, the runs part]]. The last losses are [[end_gap:.1%]] apart, which means nothing for learning, but can cost an afternoon if you compare two
# programs digit by digit.
#
# ## Two correct programs in float64
#
# In *One network, seven ways*, six ways agreed in float64. Do correct programs have to? Here we shuffle the columns of the inputs, together with their
# weights, and train with Adam, which brings this loss much further down:


# %%
from groundup.models import TwoLayerNet


def train_with_adam(columns):
    X = torch.tensor(inputs[:, columns], device=device)  # (64, 1000)
    T = torch.tensor(targets, device=device)  # (64, 10)
    model = TwoLayerNet(D_in, H, D_out).to(device, torch.float64)
    with torch.no_grad():
        model.linear1.weight.copy_(torch.tensor(weights1[columns].T))
        model.linear2.weight.copy_(torch.tensor(weights2.T))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(800):
        optimizer.zero_grad()
        Z2 = model(X)  # (64, 10)
        loss = ((Z2 - T) ** 2).sum()  # ()
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    return np.array(losses), Z2.detach()


# %%
#| values:
#|   adam_steps: len(first)
#|   first_end: first[-1]
#|   second_end: second[-1]
#|   outputs_apart: (outputs1 - outputs2).abs().max().item()
#|   start_gap: gaps[:20].max().item()
#|   early_gap: gaps[:200].max().item()
#|   late_gap: gaps.max().item()
#|   apart_from: np.flatnonzero(gaps > 1e-3)[0].item()
#|   apart_loss: first[np.flatnonzero(gaps > 1e-3)[0]].item()
#| claims:
#|   agree_early: gaps[:200].max() < 1e-9
#|   part_late: gaps.max() > 1e-3
#|   outputs_agree: torch.allclose(outputs1, outputs2, rtol=0, atol=1e-10)
#| tolerance:
#|   default: within 0 1e-9 because losses this small are rounding noise
#|   late_gap: within 1e-3 10 because losses this small are rounding noise
#|   apart_from: within 400 799 because losses this small are rounding noise
#|   text: within 0 10 because losses this small are rounding noise
#|   figure: seeds
#| alt: >-
#|   Two lines on a logarithmic axis, against the step. The loss falls in a nearly straight line
#|   to about [[first_end:.0e]] and stays there. The relative difference of the two programs rises
#|   just as steadily, from about [[start_gap:.0e]] to [[late_gap:.1g]].
first, outputs1 = train_with_adam(np.arange(D_in))
second, outputs2 = train_with_adam(rng.permutation(D_in))
gaps = np.abs(second / first - 1)  # (800,)
for step in range(199, len(first), 200):
    print(f"step {step}   {first[step]:.0e}   apart {gaps[step]:.0e}")
print(f"outputs apart {(outputs1 - outputs2).abs().max():.0e}")
drawings.loss_and_gap(first, gaps)

# %% [markdown]
# [[agree_early? During the first 200 steps they agree to more than nine digits.]] The difference keeps growing, and
# [[part_late? at step [[apart_from]] it first exceeds a thousandth of the loss.]] Neither program has a mistake.
#
# The loss has become too small to compare. It is made of the errors $Z_2 - T$, and as they shrink, two nearly equal numbers are
# subtracted. The rounding in $Z_2$ stays as it was, about [[outputs_apart:.0e]], so the errors lose their digits one by one. This is
# called **cancellation**. [[outputs_agree? The outputs themselves still agree to ten digits.]]
#
# So if two programs disagree in the first steps, look for a mistake. If they disagree late, in a tiny loss, compare their outputs
# first.
#
# ## How large should the first weights be?
#
# `nn.Linear` draws its weights uniformly between $-1/\sqrt{D}$ and $1/\sqrt{D}$, where $D$ is the number of inputs. What does that
# do to inputs of standard deviation 1?

# %%
#| values:
#|   bound: layer.in_features**-0.5
#|   linear_std: layer(X).std().item()
#|   by_formula: (layer.in_features / (3 * layer.in_features)) ** 0.5
#| claims:
#|   within_bound: bool(layer.weight.abs().max() <= layer.in_features**-0.5)
#| tolerance:
#|   bound: rel 1e-9
#|   by_formula: rel 1e-9
#|   linear_std: seeds
#|   text: rel 2e-2
from torch import nn

torch.manual_seed(seed)
layer = nn.Linear(1000, 1000, bias=False)
X = torch.randn(64, 1000)
print(f"largest weight {layer.weight.abs().max():.4f}")
print(f"outputs: standard deviation {layer(X).std():.3f}")

# %% [markdown]
# Numbers spread uniformly between $-b$ and $b$ have the variance $b^2/3$. An output is a sum of $D$ products, so its variance is
# $D \cdot \frac{1}{3D} = \frac{1}{3}$, and its standard deviation [[by_formula:.3f]]: each layer shrinks its inputs. PyTorch keeps this
# default for compatibility, since [another one](https://github.com/pytorch/pytorch/pull/14034) would change the results of existing
# programs. `nn.init` has others:
#
# | name | variance of a weight | keeps the size of |
# |---|---|---|
# | **Xavier** (or Glorot) | $1/D$, for $D$ inputs and $D$ outputs | weighted sums |
# | **Kaiming** (or He) | $2/D$ | activations after a ReLU, which drops half of the squares |
#
# ??? question "Each layer has 100 neurons and a ReLU. Call the root mean square of the activations their size. By what factor do standard normal weights change it in each layer?"
#     The variance grows by the factor $D$, and the ReLU drops half of the squares. So the size grows by $\sqrt{D/2}$, about
#     [[normal_factor:.0f]].


# %%
width = 100


def ten_layers(init):
    torch.manual_seed(seed)
    A = torch.randn(64, width)  # (64, 100)
    T = torch.randn(64, width)  # (64, 100)
    layers = [nn.Linear(width, width, bias=False) for _ in range(10)]
    sizes = []
    for layer in layers:
        init(layer.weight)
        A = torch.relu(layer(A))  # (64, 100)
        sizes.append(A.square().mean().sqrt().item())
    nn.MSELoss()(A, T).backward()
    return sizes, layers[0].weight.grad.abs().mean().item()


def as_drawn(weight):
    """Leave the weights as nn.Linear has drawn them."""


# %%
#| values:
#|   normal_factor: (width / 2) ** 0.5
#|   normal_end: sizes['standard normal'][-1]
#|   default_two: sizes['nn.Linear'][1]
#|   default_end: sizes['nn.Linear'][-1]
#|   xavier_end: sizes['Xavier'][-1]
#|   kaiming_end: sizes['Kaiming'][-1]
#| claims:
#|   kaiming_keeps: >-
#|     0.3 < sizes['Kaiming'][-1] < 3 and sizes['standard normal'][-1] > 1e6
#|     and max(sizes['Xavier'][-1], sizes['nn.Linear'][-1]) < 0.1
#|   gradient_follows: >-
#|     gradients['nn.Linear'] < 1e-2 * gradients['Kaiming']
#|     and gradients['standard normal'] > 1e6 * gradients['Kaiming']
#| tolerance:
#|   default: seeds
#|   normal_factor: rel 1e-9
#|   text: rel 0.06
#| alt: >-
#|   Root mean square of the activations after each of ten layers, on a logarithmic axis, as four
#|   lines. Standard normal weights rise to [[normal_end:.0e]]. Kaiming stays near 1. Xavier falls
#|   to [[xavier_end:.0e]], the default of nn.Linear to [[default_end:.0e]].
inits = {
    "standard normal": nn.init.normal_,
    "Kaiming": lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"),
    "Xavier": nn.init.xavier_normal_,
    "nn.Linear": as_drawn,
}
sizes = {}
gradients = {}
for name, init in inits.items():
    sizes[name], gradients[name] = ten_layers(init)
    size = sizes[name][-1]
    print(f"{name:16}size {size:.0e}   gradient {gradients[name]:.0e}")
figures.curves(
    sizes,
    x=range(1, 11),
    xlabel="layer",
    ylabel="root mean square",
    log=True,
)

# %% [markdown]
# [[kaiming_keeps? Only Kaiming keeps the size near 1.]] With the default of `nn.Linear`, [[default_two:.2f]] of it is left after
# two layers, which does little harm, and [[default_end:.0e]] after ten. The gradient of the first layer has come back through
# the same weights: [[gradient_follows? where they make the activations tiny or huge, it is tiny or huge too.]] That is also why
# *One network, seven ways*, with its standard normal weights, began at a huge loss and needed a tiny learning rate. In a deep
# network with ReLUs, call `nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")` for each layer.
#
# ## Recap
#
# You can now
#
# - say how many digits float32 and float64 keep, and why small steps and small terms get lost;
# - tell rounding from a mistake, by a comparison in float64 or of the outputs;
# - compare tensors with `allclose` and `assert_close`, and choose the tolerance;
# - say which slope PyTorch gives the ReLU at 0;
# - choose first weights whose scale keeps the activations the same size.
#
# ## Exercises
#
# **1. Predict.** Let `np.cumsum` add up 0.1 a million times in float32, one after another. How far from the true sum will the
# result be: less than 1, or hundreds? Explain it by the distance between neighbours there. Then let `torch.sum` do it.

# %%
#| values:
#|   one_by_one: one_by_one.item()
#|   spacing: spacing.item()
#| tolerance: rel 1e-6
#| fold: Solution
tenths = np.full(1_000_000, 0.1, dtype=np.float32)
one_by_one = np.cumsum(tenths)[-1]
spacing = np.spacing(np.float32(100_000))
print(f"one by one   {one_by_one:.1f}")
print(f"neighbours near 100,000 are {spacing:.4f} apart")
print(f"0.1 is rounded to {round(0.1 / spacing) * spacing:.4f} there")

# torch.sum adds up parts first, so that big numbers meet big ones
print(f"torch.sum    {torch.from_numpy(tenths).sum():.1f}")

# %% [markdown]
# **2. Derive.** A **leaky ReLU** multiplies negative numbers by 0.5, say, instead of dropping them. Which variance must the weights
# have to keep the size of the activations? Check it with ten layers.

# %%
#| values:
#|   leaky_end: A.square().mean().sqrt().item()
#| claims:
#|   leaky_keeps: 0.3 < A.square().mean().sqrt().item() < 3
#| tolerance:
#|   leaky_end: seeds
#|   text: rel 0.06
#| fold: Solution
# Half of the squares stay, the others shrink to a quarter: 5/8 is left.
# So the variance must be 8/5 divided by the number of inputs. The result is
# near 1, not exactly: with 100 neurons a layer, chance has its part.
torch.manual_seed(seed)
A = torch.randn(64, 100)  # (64, 100)
for _ in range(10):
    layer = nn.Linear(100, 100, bias=False)
    nn.init.normal_(layer.weight, std=(8 / 5 / 100) ** 0.5)
    A = nn.functional.leaky_relu(layer(A), 0.5)  # (64, 100)
print(f"after ten layers {A.square().mean().sqrt():.2f}")
print(f"PyTorch's factor {nn.init.calculate_gain('leaky_relu', 0.5):.4f}")
print(f"ours             {(8 / 5) ** 0.5:.4f}")

# %% [markdown]
# ## Next
#
# Back on the path: [Anatomy of a convolutional network](conv_anatomy.py). Why `exp` overflows, and what `log_softmax` does about it,
# is on the page about [softmax](softmax_classifier.py).
#
# This page re-teaches a part of *Introduction to PyTorch*, a notebook after Justin Johnson's examples. What we found when we ran it:
# [About the sources](../about_the_sources.md#s2-introduction-to-pytorch).
