# ---
# title: One network, seven ways
# teaches: the gradients of a two-layer network as matrix products, and what autograd, nn, optim and Module each do for you
# before: the training loop of the page before, and how two matrices are multiplied
# sources: [S2]
# ---

# %% [markdown]
# # One network, seven ways
#
# On the page before, `loss.backward()` and `optimizer.step()` trained a network, and you wrote neither a gradient
# nor an update. What do these two lines do when a layer is a matrix of weights?
#
# We work it out with a pencil, train a network in plain NumPy, then hand over one chore after another to PyTorch.
# The first six ways have the same losses: PyTorch does what we did. The seventh is another network, whose
# computation changes from call to call.
#
# ## A network small enough for a pencil
#
# Two examples with two inputs each, two hidden neurons, one output:

# %%
#| values:
#|   a_first: A1[0, 0].item()
#|   a_second: A1[1, 0].item()
#|   loss: loss.item()
#| tolerance: rel 1e-12
import numpy as np

X = np.array([[1.0, 2.0], [3.0, -1.0]])  # (2, 2): one example per row
T = np.array([[5.0], [2.0]])  # (2, 1): their targets
W1 = np.array([[1.0, 1.0], [1.0, -1.0]])  # (2, 2)
W2 = np.array([[2.0], [-1.0]])  # (2, 1)

Z1 = X @ W1  # (2, 2): weighted sums, one column per hidden neuron
A1 = np.maximum(Z1, 0)  # (2, 2): their activations
Z2 = A1 @ W2  # (2, 1): the outputs
loss = ((Z2 - T) ** 2).sum()  # (), the shape of a single number
print("Z1  ", Z1.tolist())
print("A1  ", A1.tolist())
print("Z2  ", Z2.tolist())
print("loss", loss)

# %% [markdown]
# `@` is the matrix product. Each example stays in its row, from `X` to `Z2`. The activation function is new:
# **ReLU**, the rectified linear unit, keeps positive numbers and sets the others to 0. The loss is the sum of
# the squared errors. There are no biases, to keep the formulas short.
#
# Now backwards. How does the loss change when the first entry of `W2` grows by a small $\varepsilon$? This weight
# multiplies the first column of `A1`, so the outputs grow by $[[a_first:.0f]]\varepsilon$ and
# $[[a_second:.0f]]\varepsilon$. Multiply by the derivatives of the squares, $2(Z_2 - T)$, and add up both
# examples:
#
# $$[[a_first:.0f]] \cdot [[d_first:.0f]] + [[a_second:.0f]] \cdot ([[d_second:.0f]]) = [[slope:.0f]]$$
#
# A column of `A1` times a column of derivatives: one entry of the matrix product `A1.T @ grad_Z2`. `.T` is the
# matrix **transposed**: its rows become columns. `grad_Z2` holds $\partial L / \partial Z_2$, the derivatives of
# the loss with respect to each entry of $Z_2$. The other lines lead back to `W1` in the same way; the formulas
# below say why each product is right.

# %%
#| values:
#|   d_first: grad_Z2[0, 0].item()
#|   d_second: grad_Z2[1, 0].item()
#|   slope: grad_W2[0, 0].item()
#| tolerance: rel 1e-12
grad_Z2 = 2 * (Z2 - T)  # (2, 1): the derivative of the squares
grad_W2 = A1.T @ grad_Z2  # (2, 1)
grad_A1 = grad_Z2 @ W2.T  # (2, 2)
grad_Z1 = grad_A1 * (Z1 > 0)  # (2, 2): passes where Z1 > 0
grad_W1 = X.T @ grad_Z1  # (2, 2)
print("grad_W2", grad_W2.tolist())
print("grad_W1", grad_W1.tolist())

# %%
#| alt: >-
#|   The small network as matrices, left to right. Upper row, forward: X times W1 gives Z1, whose
#|   negative entry the ReLU makes 0 in A1; A1 times W2 gives Z2, [[z_first:.0f]] and
#|   [[z_second:.0f]]. Lower row, from right to left, the gradients: below Z2 stand [[d_first:.0f]]
#|   and [[d_second:.0f]]. From there one arrow leads to the gradient of W2, one to that of A1. The
#|   gradient of Z1 is that of A1 with a 0 where A1 has one. From it comes the gradient of W1.
#| values:
#|   z_first: Z2[0, 0].item()
#|   z_second: Z2[1, 0].item()
#| tolerance: rel 1e-12
from groundup.figures import one_network_seven_ways as drawings

drawings.pencil_case(
    forward={"X": X, "W1": W1, "Z1": Z1, "A1": A1, "W2": W2, "Z2": Z2},
    backward={
        "W1": grad_W1,
        "Z1": grad_Z1,
        "A1": grad_A1,
        "W2": grad_W2,
        "Z2": grad_Z2,
    },
)

# %% [markdown]
# Each gradient has the shape of the matrix above it. Where the input of the ReLU is negative, a small change of it
# changes nothing, so `grad_Z1` is 0 there.
#
# ## Checking with finite differences
#
# A **finite difference** estimates a derivative without calculus: move one weight up a little, then down, and
# divide the difference of the two losses by that of the weights.


# %%
#| values:
#|   eps: eps
#| claims:
#|   slopes_agree: np.allclose(estimate, grad_W1, rtol=0, atol=1e-6)
#|   numbers_differ: >-
#|     (X @ grad_Z1).shape == grad_W1.shape and not np.allclose(X @ grad_Z1, estimate)
#| tolerance:
#|   text: abs 1e-4
def loss_of(X, T, W1, W2):
    Z2 = np.maximum(X @ W1, 0) @ W2  # (2, 1)
    return ((Z2 - T) ** 2).sum()


eps = 1e-4
estimate = np.zeros_like(W1)  # (2, 2)
for i in np.ndindex(W1.shape):  # (0, 0), (0, 1), (1, 0), (1, 1)
    nudge = np.zeros_like(W1)  # (2, 2)
    nudge[i] = eps
    above = loss_of(X, T, W1 + nudge, W2)
    below = loss_of(X, T, W1 - nudge, W2)
    estimate[i] = (above - below) / (2 * eps)
print("estimate", estimate.round(4).tolist())
print("grad_W1 ", grad_W1.tolist())

# %% [markdown]
# [[slopes_agree? All four entries agree.]] [[numbers_differ? Without the transpose, `X @ grad_Z1` would have the
# shape (2, 2) too, but other numbers.]] A finite difference needs two forward passes per weight: far too slow for
# training, but an independent check of the algebra.
#
# ## The formulas for any size
#
# Take $N$ examples with $D_{in}$ inputs each, $H$ hidden neurons and $D_{out}$ outputs.
#
# | forward | shape | backward |
# |---|---|---|
# | $X$ | $(N, D_{in})$ | |
# | $W_1$ | $(D_{in}, H)$ | $\partial L / \partial W_1 = X^\top \, \partial L / \partial Z_1$ |
# | $Z_1 = X W_1$ | $(N, H)$ | $\partial L / \partial Z_1 = \partial L / \partial A_1 \odot (Z_1 > 0)$ |
# | $A_1 = \max(Z_1, 0)$ | $(N, H)$ | $\partial L / \partial A_1 = \partial L / \partial Z_2 \, W_2^\top$ |
# | $W_2$ | $(H, D_{out})$ | $\partial L / \partial W_2 = A_1^\top \, \partial L / \partial Z_2$ |
# | $Z_2 = A_1 W_2$ | $(N, D_{out})$ | $\partial L / \partial Z_2 = 2 (Z_2 - T)$ |
# | $L = \sum_{n,k} (Z_2 - T)_{nk}^2$ | $()$ | |
#
# Read the left column downwards, then the right one upwards. $W^\top$ is `W.T`. $\odot$ multiplies entry by entry,
# and $(Z_1 > 0)$ is 1 where that holds and 0 elsewhere. (At $Z_1 = 0$ itself the ReLU has no slope; like
# `torch.relu`, we take 0.)
#
# Why these products? The weight from hidden neuron $h$ to output $k$ acts in each example $n$, and neuron $h$ acts on each
# output:
#
# $$\frac{\partial L}{\partial (W_2)_{hk}} = \sum_n (A_1)_{nh} \frac{\partial L}{\partial (Z_2)_{nk}} \qquad
#   \frac{\partial L}{\partial (A_1)_{nh}} = \sum_k \frac{\partial L}{\partial (Z_2)_{nk}} (W_2)_{hk}$$
#
# A matrix product sums over the columns of its left factor and the rows of its right one. The first formula sums
# over $n$, which counts the rows of $A_1$, so $A_1$ is transposed. The second sums over $k$, which counts the
# columns of $W_2$, so $W_2$ is. The first layer repeats the first formula with $X$ and $Z_1$.
#
# ??? question "Suppose you forgot the formula for the gradient of $W_1$. How can the shapes help?"
#     It has the shape of $W_1$, $(D_{in}, H)$. You have $X$, $(N, D_{in})$, and $\partial L / \partial Z_1$,
#     $(N, H)$. Only $(D_{in}, N)$ times $(N, H)$ fits: $X$ transposed, on the left.
#
# ## The task for all seven ways
#
# Random inputs and targets, which a network has to memorise. With this block, each of the seven ways runs by
# itself:

# %%
#| values:
#|   n: N
#|   d_in: D_in
#|   hidden: H
#|   d_out: D_out
#|   lr: lr
#|   steps: steps
#|   parameters: weights1.size + weights2.size
#|   goals: targets.size
import numpy as np
import torch
from torch import nn

from groundup.repro import pick_device, reproducible

N, D_in, H, D_out = 64, 1000, 100, 10
lr = 1e-6
steps = 500
seed = reproducible(0)
device = pick_device()
dtype = torch.float64

rng = np.random.default_rng(seed)
inputs = rng.standard_normal((N, D_in))  # (64, 1000)
targets = rng.standard_normal((N, D_out))  # (64, 10)
weights1 = rng.standard_normal((D_in, H))  # (1000, 100)
weights2 = rng.standard_normal((H, D_out))  # (100, 10)

# %% [markdown]
# `standard_normal` draws from the bell curve with mean 0 and variance 1 (the mean squared distance from the mean).
# Such large weights make large gradients, so the learning rate has to be small.
#
# ??? question "Before you run it: about how large is the loss at the start?"
#     A product of two such numbers has mean 0 and variance 1, and the variances of independent terms add up. So an
#     entry of $Z_1$, a sum of $D_{in}$ products, has variance $D_{in}$. The ReLU sets half of the entries to 0,
#     which leaves a mean square of $D_{in} / 2$ in $A_1$. An entry of $Z_2$ sums $H$ activations, each times a
#     weight, so its mean square is $H D_{in} / 2$. The $N D_{out}$ entries together make [[guess:,.0f]]; beside
#     that, the targets hardly count. The network below starts at [[loss0:,.0f]].
#
# ## Way 1: NumPy by hand
#
# Forward, loss, backward, update, as above:

# %%
#| values:
#|   guess: N * D_out * H * D_in / 2
#|   loss0: losses_numpy[0]
#|   numpy_495: losses_numpy[495]
#|   numpy_end: losses_numpy[-1]
#|   numpy_losses: losses_numpy[99::100]
#| tolerance:
#|   default: rel 1e-7
#|   text: rel 1e-6
X = inputs  # (64, 1000)
T = targets  # (64, 10)
W1 = weights1.copy()  # (1000, 100)
W2 = weights2.copy()  # (100, 10)

losses_numpy = []
for step in range(steps):
    Z1 = X @ W1  # (64, 100)
    A1 = np.maximum(Z1, 0)  # (64, 100)
    Z2 = A1 @ W2  # (64, 10)
    losses_numpy.append(((Z2 - T) ** 2).sum())  # ()
    if step % 100 == 99:
        print(f"step {step:3}   loss {losses_numpy[-1]:.7g}")
    grad_Z2 = 2 * (Z2 - T)  # (64, 10)
    grad_W2 = A1.T @ grad_Z2  # (100, 10)
    grad_A1 = grad_Z2 @ W2.T  # (64, 100)
    grad_Z1 = grad_A1 * (Z1 > 0)  # (64, 100)
    grad_W1 = X.T @ grad_Z1  # (1000, 100)
    W1 -= lr * grad_W1
    W2 -= lr * grad_W2

# %% [markdown]
# From [[loss0:,.0f]] to [[numpy_end:.1e]] in [[steps]] steps: with [[parameters:,]] weights for [[goals]] numbers, the network
# can memorise even noise. (`copy()` keeps `weights1` and `weights2` for the other ways, since `-=` changes an array itself.)
#
# ## Way 2: tensors by hand
#
# The same loop with tensors, which can be on a GPU. `clamp` takes the place of `np.maximum`:

# %%
#| values:
#|   tensor_losses: losses_tensors[99::100]
#| tolerance:
#|   default: rel 1e-7
#|   text: rel 1e-6
X = torch.tensor(inputs, device=device, dtype=dtype)  # (64, 1000)
T = torch.tensor(targets, device=device, dtype=dtype)  # (64, 10)
W1 = torch.tensor(weights1, device=device, dtype=dtype)  # (1000, 100)
W2 = torch.tensor(weights2, device=device, dtype=dtype)  # (100, 10)

losses_tensors = []
for step in range(steps):
    Z1 = X @ W1  # (64, 100)
    A1 = Z1.clamp(min=0)  # (64, 100)
    Z2 = A1 @ W2  # (64, 10)
    losses_tensors.append(((Z2 - T) ** 2).sum().item())  # ()
    if step % 100 == 99:
        print(f"step {step:3}   loss {losses_tensors[-1]:.7g}")
    grad_Z2 = 2 * (Z2 - T)  # (64, 10)
    grad_W2 = A1.T @ grad_Z2  # (100, 10)
    grad_A1 = grad_Z2 @ W2.T  # (64, 100)
    grad_Z1 = grad_A1 * (Z1 > 0)  # (64, 100)
    grad_W1 = X.T @ grad_Z1  # (1000, 100)
    W1 -= lr * grad_W1
    W2 -= lr * grad_W2

# %% [markdown]
# - `pick_device()` is short for the usual `torch.device("cuda" if torch.cuda.is_available() else "cpu")`.
# - `dtype` is float64, as in NumPy, with about sixteen digits. PyTorch's default is float32, with about seven.
#
# ## Way 3: autograd
#
# `requires_grad_()` tells PyTorch to record what is computed from a tensor, as our `Value` did.
#
# ??? question "Before you read on: which lines of way 2 can go?"
#     The five that begin with `grad_`. Forward pass, loss and update stay. (Nothing else needs `Z1` and `A1`, so
#     the forward pass fits into one line.)

# %%
#| values:
#|   autograd_losses: losses_autograd[99::100]
#| tolerance:
#|   default: rel 1e-7
#|   text: rel 1e-6
X = torch.tensor(inputs, device=device, dtype=dtype)  # (64, 1000)
T = torch.tensor(targets, device=device, dtype=dtype)  # (64, 10)
W1 = torch.tensor(weights1, device=device, dtype=dtype)  # (1000, 100)
W2 = torch.tensor(weights2, device=device, dtype=dtype)  # (100, 10)
W1.requires_grad_()
W2.requires_grad_()

losses_autograd = []
for step in range(steps):
    Z2 = torch.relu(X @ W1) @ W2  # (64, 10)
    loss = ((Z2 - T) ** 2).sum()  # ()
    losses_autograd.append(loss.item())
    if step % 100 == 99:
        print(f"step {step:3}   loss {losses_autograd[-1]:.7g}")
    loss.backward()  # fills W1.grad (1000, 100) and W2.grad (100, 10)
    with torch.no_grad():
        W1 -= lr * W1.grad
        W2 -= lr * W2.grad
    W1.grad = None
    W2.grad = None

# %% [markdown]
# `torch.no_grad()` keeps the update out of the record; without it PyTorch raises an error. `W1 -= ...` works **in
# place**: it changes the tensor itself, and makes no new one (see exercise 1). `backward()` adds to `.grad`, so we
# clear it.
#
# ## Way 4: nn
#
# A layer from `nn` draws its own weights. We overwrite them with ours, to start from the same place.
#
# ??? question "How did our own `Linear` on page 2 store its weights? What does that mean for `weights1`, which has one row per input?"
#     As a list for each neuron. `nn.Linear` does the same: its `weight`, $W$, has one row per output, and it computes $X W^\top$.
#     So we have to transpose ours.

# %%
#| values:
#|   nn_losses: losses_nn[99::100]
#| tolerance:
#|   default: rel 1e-7
#|   text: rel 1e-6
X = torch.tensor(inputs, device=device, dtype=dtype)  # (64, 1000)
T = torch.tensor(targets, device=device, dtype=dtype)  # (64, 10)
hidden = nn.Linear(D_in, H, bias=False)
output = nn.Linear(H, D_out, bias=False)
model = nn.Sequential(hidden, nn.ReLU(), output).to(device, dtype)
with torch.no_grad():
    hidden.weight.copy_(torch.tensor(weights1.T))  # (100, 1000)
    output.weight.copy_(torch.tensor(weights2.T))  # (10, 100)
criterion = nn.MSELoss(reduction="sum")

losses_nn = []
for step in range(steps):
    loss = criterion(model(X), T)  # ()
    losses_nn.append(loss.item())
    if step % 100 == 99:
        print(f"step {step:3}   loss {losses_nn[-1]:.7g}")
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for param in model.parameters():
            param -= lr * param.grad

# %% [markdown]
# `Sequential` calls its layers one after the other, and `parameters()` finds their weights. Layers are made in float32 on
# the CPU, hence `.to(device, dtype)`. `MSELoss` takes the mean unless you ask for the sum.
#
# ## Way 5: optim
#
# The update is the same for each parameter, so an optimizer can do it, here `SGD`:

# %%
#| values:
#|   optim_losses: losses_optim[99::100]
#| tolerance:
#|   default: rel 1e-7
#|   text: rel 1e-6
X = torch.tensor(inputs, device=device, dtype=dtype)  # (64, 1000)
T = torch.tensor(targets, device=device, dtype=dtype)  # (64, 10)
hidden = nn.Linear(D_in, H, bias=False)
output = nn.Linear(H, D_out, bias=False)
model = nn.Sequential(hidden, nn.ReLU(), output).to(device, dtype)
with torch.no_grad():
    hidden.weight.copy_(torch.tensor(weights1.T))  # (100, 1000)
    output.weight.copy_(torch.tensor(weights2.T))  # (10, 100)
criterion = nn.MSELoss(reduction="sum")
optimizer = torch.optim.SGD(model.parameters(), lr=lr)

losses_optim = []
for step in range(steps):
    optimizer.zero_grad()
    loss = criterion(model(X), T)  # ()
    losses_optim.append(loss.item())
    if step % 100 == 99:
        print(f"step {step:3}   loss {losses_optim[-1]:.7g}")
    loss.backward()
    optimizer.step()

# %% [markdown]
# Another update rule changes only the line with the optimizer, for instance to
# `torch.optim.Adam(model.parameters(), lr=new_lr)`. It needs a learning rate of its own: while a weight's gradient
# is steady, **Adam** moves it by about `lr` in a step, whether the gradient is large or small. Exercise 2 tries
# it.
#
# ## Way 6: a module of your own
#
# `Sequential` can only call its layers in turn. For anything else you write a class, as on the page before:


# %%
class TwoLayerNet(nn.Module):
    def __init__(self, num_in, num_hidden, num_out):
        super().__init__()
        self.linear1 = nn.Linear(num_in, num_hidden, bias=False)
        self.linear2 = nn.Linear(num_hidden, num_out, bias=False)

    def forward(self, x):
        a1 = torch.relu(self.linear1(x))  # (64, 100)
        return self.linear2(a1)  # (64, 10)


# %%
#| values:
#|   module_losses: losses_module[99::100]
#| tolerance:
#|   default: rel 1e-7
#|   text: rel 1e-6
X = torch.tensor(inputs, device=device, dtype=dtype)  # (64, 1000)
T = torch.tensor(targets, device=device, dtype=dtype)  # (64, 10)
model = TwoLayerNet(D_in, H, D_out).to(device, dtype)
with torch.no_grad():
    model.linear1.weight.copy_(torch.tensor(weights1.T))  # (100, 1000)
    model.linear2.weight.copy_(torch.tensor(weights2.T))  # (10, 100)
criterion = nn.MSELoss(reduction="sum")
optimizer = torch.optim.SGD(model.parameters(), lr=lr)

losses_module = []
for step in range(steps):
    optimizer.zero_grad()
    loss = criterion(model(X), T)  # ()
    losses_module.append(loss.item())
    if step % 100 == 99:
        print(f"step {step:3}   loss {losses_module[-1]:.7g}")
    loss.backward()
    optimizer.step()

# %% [markdown]
# ## Six ways, one result
#
# The printed digits are the same. How far does each way get from way 1 during the [[steps]] steps, relative to the
# loss?

# %%
#| values:
#|   ways: len(runs)
#|   worst: max(abs(np.array(run) / losses_numpy - 1).max().item() for run in runs.values())
#| claims:
#|   same: >-
#|     all(np.allclose(losses, losses_numpy, rtol=1e-7, atol=0) for losses in runs.values())
#| tolerance:
#|   worst: within 0 1e-7 because float64 sums are added up in another order
#|   text: within 0 1e-7 because float64 sums are added up in another order
runs = {
    "NumPy": losses_numpy,
    "tensors": losses_tensors,
    "autograd": losses_autograd,
    "nn": losses_nn,
    "optim": losses_optim,
    "module": losses_module,
}
for name, losses in runs.items():
    ratio = np.array(losses) / np.array(losses_numpy)  # (500,)
    print(f"{name:9} up to {np.abs(ratio - 1).max():.0e}")

# %% [markdown]
# [[same? The six ways have the same loss at every step, up to rounding.]] They differ in how much of the work is yours:
#
# | way | what it takes over |
# |---|---|
# | 1 NumPy | the loops over examples and neurons: a layer is one matrix product |
# | 2 tensors | the move to a GPU |
# | 3 autograd | the backward pass |
# | 4 `nn` | the weights and the loss |
# | 5 `optim` | the update |
# | 6 `Module` | nothing, but `forward` may be any Python |
#
# Why are the losses not exactly equal, and why do the late ones differ visibly in float32? [Numerics](numerics.py)
# shows both.
#
# ## Way 7: dynamic control flow
#
# `forward` may contain an `if`, a loop, even a roll of a die. Autograd makes a new record at each call, of what
# was computed. Here the data pass through the same middle layer up to three times:


# %%
class DynamicNet(nn.Module):
    def __init__(self, num_in, num_hidden, num_out):
        super().__init__()
        self.first = nn.Linear(num_in, num_hidden)
        self.middle = nn.Linear(num_hidden, num_hidden)
        self.last = nn.Linear(num_hidden, num_out)
        self.passes = 0

    def forward(self, x):
        a = torch.relu(self.first(x))  # (64, 100)
        self.passes = torch.randint(0, 4, ()).item()  # 0, 1, 2 or 3
        for _ in range(self.passes):
            a = torch.relu(self.middle(a))  # (64, 100)
        return self.last(a)  # (64, 10)


# %% [markdown]
# ??? question "Before you run it: how many hidden layers does this network have?"
#     One to four: the first layer makes one, and each pass adds another. The number of weights does not change, since the
#     passes share theirs.

# %%
#| values:
#|   dynamic_lr: optimizer.param_groups[0]['lr']
#|   momentum: optimizer.param_groups[0]['momentum']
#|   dynamic_losses: losses_dynamic[99::100]
#| tolerance:
#|   default: rel 1e-5
#|   dynamic_lr: exact
#|   momentum: exact
#|   text: rel 1e-5
torch.manual_seed(seed)
X = torch.tensor(inputs, device=device, dtype=dtype)  # (64, 1000)
T = torch.tensor(targets, device=device, dtype=dtype)  # (64, 10)
model = DynamicNet(D_in, H, D_out).to(device, dtype)
criterion = nn.MSELoss(reduction="sum")
optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9)

losses_dynamic = []
passes = []
for step in range(steps):
    optimizer.zero_grad()
    loss = criterion(model(X), T)  # ()
    losses_dynamic.append(loss.item())
    passes.append(model.passes)
    if step % 100 == 99:
        print(f"step {step:3}   loss {losses_dynamic[-1]:.7g}")
    loss.backward()
    optimizer.step()

# %% [markdown]
# `nn` draws the weights here, and the learning rate is [[dynamic_lr:g]]. **Momentum** adds to each step
# [[momentum]] times the step before, so that the steps for networks of different depth average out. A weight that
# was used several times gets the sum of its gradients, as a `Value` did.

# %%
#| values:
#|   median_0: np.median([loss for loss, n in zip(losses_dynamic, passes) if n == 0][60:]).item()
#|   median_3: np.median([loss for loss, n in zip(losses_dynamic, passes) if n == 3][60:]).item()
#| tolerance: rel 1e-4
#| alt: >-
#|   Loss of the dynamic network at each step, on a logarithmic axis, in one colour for each number
#|   of passes. All fall in the long run, but the loss jumps from step to step, and once it climbs
#|   for a while before it falls again. Late in the run the median loss is [[median_0:.2f]] at steps
#|   without a pass, [[median_3:.2f]] at those with three.
drawings.dots_by_group(
    losses_dynamic,
    passes,
    names={0: "no pass", 1: "1 pass", 2: "2 passes", 3: "3 passes"},
    xlabel="step",
    ylabel="loss",
)

# %% [markdown]
# The loss jumps because four networks take turns, and a step for one may hurt the others, since it changes their
# weights too. Once in this run, the losses of all four climb for a while.
#
# ## Recap
#
# You can now
#
# - write the gradients of a layer as matrix products, recall them by their shapes, and check them by finite differences;
# - write forward pass, loss, gradients and update in NumPy, and say which part of PyTorch does each of them;
# - put data and model on a device, in a dtype;
# - write a module whose `forward` differs from call to call.
#
# ## Exercises
#
# **1. Repair.** This loop starts from the weights that `nn` draws. They are much smaller than standard normal
# ones, so the learning rate can be larger. It runs without an error, but look at its losses. Which line is wrong?

# %%
#| values:
#|   own_lr: own_lr
#|   stuck: losses_stuck[0]
#| claims:
#|   never_moves: len(set(losses_stuck)) == 1
#| tolerance:
#|   stuck: rel 1e-7
#|   text: rel 1e-6
own_lr = 1e-4
torch.manual_seed(seed)
model = TwoLayerNet(D_in, H, D_out).to(device, dtype)

losses_stuck = []
for step in range(steps):
    loss = criterion(model(X), T)  # ()
    losses_stuck.append(loss.item())
    if step % 100 == 99:
        print(f"step {step:3}   loss {losses_stuck[-1]:.7g}")
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for param in model.parameters():
            param = param - own_lr * param.grad

# %%
#| values:
#|   cured: losses_cured[-1]
#|   sgd_losses: losses_cured[99::100]
#| claims:
#|   cured_falls: losses_cured[-1] < 1e-3 * losses_stuck[-1]
#| tolerance:
#|   cured: rel 1e-5
#|   sgd_losses: rel 1e-5
#|   text: rel 1e-4
#| fold: Solution
# `param = ...` makes a new tensor and gives it the name `param`.
# The model still holds the old one. `param -= ...` changes the old
# tensor itself.
torch.manual_seed(seed)
model = TwoLayerNet(D_in, H, D_out).to(device, dtype)

losses_cured = []
for step in range(steps):
    loss = criterion(model(X), T)  # ()
    losses_cured.append(loss.item())
    if step % 100 == 99:
        print(f"step {step:3}   loss {losses_cured[-1]:.7g}")
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for param in model.parameters():
            param -= own_lr * param.grad

# %% [markdown]
# **2. Predict.** Set the seed again, for the same initial weights, and train with `torch.optim.Adam` and the same
# learning rate. Each weight then moves by about that rate in every step. Predict first: will Adam be ahead of your
# repaired loop at step 99, when the gradients have been large? And at the last step, when they are tiny?

# %%
#| values:
#|   adam_losses: losses_adam[99::100]
#| claims:
#|   adam_behind_early: losses_adam[99] > losses_cured[99]
#|   adam_ahead_late: losses_adam[-1] < losses_cured[-1]
#| tolerance:
#|   adam_losses: rel 1e-4
#|   text: rel 1e-3
#| fold: Solution
# Behind at first: its steps do not grow with the gradient. Ahead at the
# end: they hardly shrink with it.
torch.manual_seed(seed)
model = TwoLayerNet(D_in, H, D_out).to(device, dtype)
optimizer = torch.optim.Adam(model.parameters(), lr=own_lr)

losses_adam = []
for step in range(steps):
    optimizer.zero_grad()
    loss = criterion(model(X), T)  # ()
    losses_adam.append(loss.item())
    if step % 100 == 99:
        print(f"step {step:3}   loss {losses_adam[-1]:.7g}")
    loss.backward()
    optimizer.step()

print("below at step 99:    ", losses_adam[99] < losses_cured[99])
print("below at the last one:", losses_adam[-1] < losses_cured[-1])

# %% [markdown]
# **3. Derive.** Give the hidden layer of the network for two examples a bias: $Z_1 = X W_1 + b_1$, with $b_1 = (0, 0)$
# added to each row. What is $\partial L / \partial b_1$? Work it out from `grad_Z1`, and check it with autograd.

# %%
#| values:
#|   bias_slopes: b1.grad.tolist()
#| claims:
#|   bias_right: torch.equal(b1.grad, grad_Z1.sum(dim=0))
#| fold: Solution
X = torch.tensor([[1.0, 2.0], [3.0, -1.0]])  # (2, 2)
T = torch.tensor([[5.0], [2.0]])  # (2, 1)
W1 = torch.tensor([[1.0, 1.0], [1.0, -1.0]])  # (2, 2)
W2 = torch.tensor([[2.0], [-1.0]])  # (2, 1)
b1 = torch.zeros(2, requires_grad=True)  # (2,)

Z1 = X @ W1 + b1  # (2, 2)
Z2 = torch.relu(Z1) @ W2  # (2, 1)
((Z2 - T) ** 2).sum().backward()

# an entry of b1 is added in each example, so its derivatives add up
with torch.no_grad():
    grad_Z2 = 2 * (Z2 - T)  # (2, 1)
    grad_A1 = grad_Z2 @ W2.T  # (2, 2)
    grad_Z1 = grad_A1 * (Z1 > 0)  # (2, 2)
print("derived ", grad_Z1.sum(dim=0).tolist())
print("autograd", b1.grad.tolist())

# %% [markdown]
# ## Next
#
# [Softmax and cross-entropy](softmax_classifier.py) goes back to the digits, with outputs that are probabilities.
# Beside the path lies [Numerics](numerics.py): float32, the slope of the ReLU at 0, and how large the initial
# weights should be.
#
# This page re-teaches *Introduction to PyTorch*, a notebook after Justin Johnson's examples. What we found when we ran it:
# [About the sources](../about_the_sources.md#s2-introduction-to-pytorch).
