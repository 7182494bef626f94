# ---
# title: One network, seven ways
# teaches: what autograd, nn, optim and Module each take off your hands, and what rounding, a kink and an optimizer change
# before: matrix products, the chain rule, and one step of backpropagation by hand
# sources: [S2]
# ---

# %% [markdown]
# # One network, seven ways
#
# PyTorch is bookkeeping. You could train a network with matrix products alone, and here you do. Then you hand over one
# chore after another: the gradients, the weights, the update, the model itself. Each time you print the same five numbers.
# As long as they stay the same, PyTorch has changed nothing but who does the work. Where they differ, there is a reason,
# and you find it.
#
# The page re-teaches *Introduction to PyTorch*, a notebook after Justin Johnson's examples. The notebook draws new random
# data for each of its ways, so its figures cannot be compared with one another. Here all start from the same data, and
# the first six from the same weights.
#
# ## The problem
#
# The task is as plain as a task can be: random inputs, random targets, and a network that learns them by heart.

# %%
import inspect

import numpy as np
import torch
from torch import nn

from groundup import figures, sources
from groundup.figures import one_network_seven_ways as drawings
from groundup.models import DynamicNet, TwoLayerNet
from groundup.repro import pick_device, reproducible

seed = reproducible(0)
device = pick_device()
torch.set_default_dtype(torch.float64)

# %%
#| values:
#|   n: N
#|   d_in: D_in
#|   hidden: H
#|   d_out: D_out
#|   lr: lr
#|   steps: steps
N, D_in, H, D_out = 64, 1000, 100, 10
lr, steps = 1e-6, 500
results, shown = {}, [99, 199, 299, 399, 499]  # losses by way; the steps to print


def draw(seed):
    """Inputs, targets and two weight matrices, all numbers standard normal."""
    rng = np.random.default_rng(seed)
    return [
        rng.standard_normal(shape)
        for shape in ((N, D_in), (N, D_out), (D_in, H), (H, D_out))
    ]


data = draw(seed)
print([array.shape for array in data])

# %% [markdown]
# *Standard normal* means: drawn from the bell curve with mean 0 and standard deviation 1. PyTorch makes its floats float32
# (about seven decimal digits) unless you ask for another type. `set_default_dtype` asks for float64 (about sixteen), as
# NumPy uses. Later you see why.
#
# The letters, which code and formulas share:
#
# | symbol | shape | what it is |
# |---|---|---|
# | $N$ | | number of examples, [[n]] |
# | $X$ | $(N, D_{in})$ | inputs: one example per row, [[d_in:,]] numbers each |
# | $y$ | $(N, D_{out})$ | targets: what the network should answer, [[d_out]] numbers per example |
# | $W_1$ | $(D_{in}, H)$ | weights of the hidden layer, which has $H$ = [[hidden]] units |
# | $h$ | $(N, H)$ | hidden values before the ReLU, $h = X W_1$ |
# | $U$ | $(N, H)$ | hidden values after it, $U = \max(h, 0)$ |
# | $W_2$ | $(H, D_{out})$ | weights of the output layer |
# | $\hat{y}$ | $(N, D_{out})$ | what the network answers, $\hat{y} = U W_2$ |
# | $L$ | $()$ | the loss: one number that says how wrong the answers are |
# | $\rho$ | | learning rate, the factor of every step: [[lr:g]]; in code `lr` |
#
# *ReLU* (rectified linear unit) keeps positive values and turns negative ones into 0. There are no biases.

# %%
#| alt: >-
#|   The network from left to right. X is multiplied by W1 and gives h, ReLU gives U, multiplied by
#|   W2 gives y-hat, and the sum of squares gives the loss L. Below, the gradients run back from
#|   right to left and branch off to W2 and W1.
drawings.two_layer_shapes()

# %% [markdown]
# Blue runs forward and ends in the loss. Orange runs back and ends in the two gradients that the update needs.
#
# ## The derivation
#
# The loss is the sum of all squared errors, over examples $n$ and outputs $k$:
#
# $$L = \sum_{n,k} (\hat{y}_{nk} - y_{nk})^2 = \text{tr}\left((y - \hat{y})^\top (y - \hat{y})\right)$$
#
# $\top$ transposes: rows become columns. $\text{tr}$, the *trace*, adds up the diagonal of a square matrix. The notebook
# writes $(y - \hat{y})^\top (y - \hat{y})$ without it. For a vector that is one number; for a matrix it is not:

# %%
#| values:
#|   loss0: squares.item()
#| tolerance:
#|   loss0: rel 1e-7
#|   text: rel 1e-6
X, y, W1, W2 = data
error = y - np.maximum(X @ W1, 0) @ W2  # (64, 10)
product = error.T @ error  # (10, 10)
squares = (error**2).sum()  # ()
print(
    f"product {product.shape}   trace {np.trace(product):.7g}   squares {squares:.7g}"
)

# %% [markdown]
# Now backwards, one factor at a time. $\partial L / \partial A$ stands for the matrix of the derivatives of $L$ by each
# entry of $A$, so it has the shape of $A$. Each line uses the one before it:
#
# $$\frac{\partial L}{\partial \hat{y}} = 2(\hat{y} - y)$$
#
# $$\frac{\partial L}{\partial W_2} = U^\top \frac{\partial L}{\partial \hat{y}} \qquad
#   \frac{\partial L}{\partial U} = \frac{\partial L}{\partial \hat{y}} W_2^\top$$
#
# $$\frac{\partial L}{\partial h} = \frac{\partial L}{\partial U} \odot 1_{h \ge 0} \qquad
#   \frac{\partial L}{\partial W_1} = X^\top \frac{\partial L}{\partial h}$$
#
# - The first is the derivative of a square.
# - A weight in $W_2$ multiplies a value in $U$, in every example. So its derivative is that value times the output's
#   derivative, summed over the examples: a matrix product. With the roles exchanged you get $\partial L / \partial U$.
# - $\odot$ multiplies entry by entry. $1_{h \ge 0}$ is 1 where $h \ge 0$ and 0 elsewhere: where the ReLU answers 0
#   whatever its input, nothing flows back. Zeroing the entries with $h < 0$, as the notebook's code does, is the same
#   thing. (What should hold at 0 itself? Keep that question.)
# - The last has the form of the second, one layer earlier.
#
# You can recover the order of each product from the shapes: $(H, N)$ times $(N, D_{out})$ is the only way to
# $(H, D_{out})$. Then each weight takes a small step against its derivative: $W \leftarrow W - \rho \, \partial L / \partial W$.
#
# ??? question "Before you run it: about how large is the loss before the first step?"
#     An entry of $h$ sums $D_{in}$ products of variance 1, so its variance is $D_{in}$. The ReLU throws away half of it.
#     An entry of $\hat{y}$ sums $H$ terms, each of mean square $D_{in} / 2$, so its square is about $H D_{in} / 2$. There are
#     $N D_{out}$ entries. That makes [[guess:,.0f]]; the cell above computed
#     [[loss0:,.0f]]. The targets, of size 1, hardly count.
#
# ## Way 1: NumPy
#
# Five formulas, five lines. The measurement: the loss at five of the [[steps]] steps, counted from 0.


# %%
#| values:
#|   guess: N * D_out * H * D_in / 2
#|   numpy_end: results['numpy'][-1]
#|   numpy_losses: "[results['numpy'][step] for step in shown]"
#| tolerance:
#|   numpy_end: rel 1e-7
#|   numpy_losses: rel 1e-7
#|   text: rel 1e-6
def numpy_by_hand(X, y, W1, W2):
    losses = []
    for _ in range(steps):
        h = X @ W1  # (64, 100)
        U = np.maximum(h, 0)
        y_hat = U @ W2  # (64, 10)
        losses.append(((y_hat - y) ** 2).sum().item())
        dy_hat = 2 * (y_hat - y)  # (64, 10)
        dW2 = U.T @ dy_hat  # (100, 10)
        dU = dy_hat @ W2.T  # (64, 100)
        dh = dU * (h >= 0)
        dW1 = X.T @ dh  # (1000, 100)
        W1, W2 = W1 - lr * dW1, W2 - lr * dW2
    return losses


def report(name, losses):
    results[name] = losses
    print(f"{name:10}" + "".join(f"{losses[step]:>14.7g}" for step in shown))


print(f"{'step':10}" + "".join(f"{step:14}" for step in shown))
report("numpy", numpy_by_hand(*data))

# %% [markdown]
# From [[loss0:,.0f]] to [[numpy_end:.2g]]: the network has learned its random
# targets by heart. With [[parameters:,]] weights for [[targets]] target
# numbers, that is no feat.
#
# ## Way 2: tensors
#
# A tensor is an array that can live on a GPU and can remember how it was computed. For now it is only an array:
# `clamp(min=0)` stands where `np.maximum` stood. The comparison `h >= 0` becomes an argument, since you will want to
# exchange it; `torch.ge` means "greater or equal".


# %%
#| values:
#|   parameters: W1.numel() + W2.numel()
#|   targets: y.numel()
#|   tensor_losses: "[results['tensors'][step] for step in shown]"
#| tolerance:
#|   tensor_losses: rel 1e-7
#|   text: rel 1e-6
def by_hand(X, y, W1, W2, *, active=torch.ge):
    losses, zeros = [], []
    for _ in range(steps):
        h = X @ W1  # (64, 100)
        U = h.clamp(min=0)
        y_hat = U @ W2  # (64, 10)
        losses.append(((y_hat - y) ** 2).sum().item())
        zeros.append(h == 0)  # for the question that you kept
        dy_hat = 2 * (y_hat - y)  # (64, 10)
        dW2 = U.T @ dy_hat  # (100, 10)
        dU = dy_hat @ W2.T  # (64, 100)
        dh = dU * active(h, 0)
        dW1 = X.T @ dh  # (1000, 100)
        W1, W2 = W1 - lr * dW1, W2 - lr * dW2
    return losses, torch.stack(zeros)  # (500, 64, 100)


tensors = [torch.from_numpy(array).to(device) for array in data]
X, y, W1, W2 = tensors
losses, zeros64 = by_hand(*tensors)
report("tensors", losses)

# %% [markdown]
# ## Way 3: autograd
#
# `requires_grad_()` asks a tensor to remember. Every result computed from it knows where it came from, and `backward()`
# walks that record from the loss back to the weights. `torch.relu` is PyTorch's own name for the clamp at 0. (Remember
# the swap.)
#
# ??? question "Before you scroll: which lines of way 2 are gone now?"
#     The five lines of the derivation. What stays: the forward pass, the loss, and the update.


# %%
#| values:
#|   autograd_losses: "[results['autograd'][step] for step in shown]"
#|   identical: results['autograd'] == results['tensors']
#| tolerance:
#|   autograd_losses: rel 1e-7
#|   text: rel 1e-6
def by_autograd(X, y, W1, W2):
    W1, W2 = W1.clone().requires_grad_(), W2.clone().requires_grad_()
    losses = []
    for _ in range(steps):
        y_hat = torch.relu(X @ W1) @ W2  # (64, 10)
        loss = ((y_hat - y) ** 2).sum()  # ()
        losses.append(loss.item())
        loss.backward()  # fills W1.grad and W2.grad
        with torch.no_grad():
            W1 -= lr * W1.grad
            W2 -= lr * W2.grad
        W1.grad = W2.grad = None
    return losses


report("autograd", by_autograd(*tensors))
print(
    "way 3 == way 2, to the last bit of every step:",
    results["autograd"] == results["tensors"],
)

# %% [markdown]
# Three things in there are new:
#
# - `torch.no_grad()`: the update is not part of the network, so PyTorch must not record it.
# - `W1 -= ...` changes the tensor *in place*. `W1 = W1 - ...` would make a new one and leave the old as it was; the
#   first exercise shows what comes of that.
# - `backward()` *adds* to `.grad`. So you clear it after each step; the second exercise shows what happens if you forget.
#
# The notebook's comment gives the loss the shape `(1,)`. Ask it:

# %%
loss = ((torch.relu(X @ W1) @ W2 - y) ** 2).sum()
print(tuple(loss.shape), loss.ndim, loss.numel())

# %% [markdown]
# The shape is `()`: one number, no axes. A tensor of shape `(1,)` would be a list with one entry.
#
# ## Way 4: nn
#
# `nn` gives you layers that own their weights, and a model that owns its layers. `nn.Linear` draws weights of its own,
# so you copy yours in.
#
# ??? question "Before you run it: W1 has the shape (1000, 100). Which shape has the weight of nn.Linear(1000, 100)?"
#     `(100, 1000)`. A `Linear` computes $X W^\top$ and stores one row per output unit, so it wants your matrices transposed.


# %%
#| values:
#|   nn_losses: "[results['nn'][step] for step in shown]"
#| tolerance:
#|   nn_losses: rel 1e-7
#|   text: rel 1e-6
def copy_weights(linear1, linear2):
    with torch.no_grad():
        linear1.weight.copy_(W1.T)  # (100, 1000)
        linear2.weight.copy_(W2.T)  # (10, 100)


model = nn.Sequential(
    nn.Linear(D_in, H, bias=False), nn.ReLU(), nn.Linear(H, D_out, bias=False)
).to(device)
copy_weights(model[0], model[2])
criterion = nn.MSELoss(reduction="sum")
losses = []
for _ in range(steps):
    loss = criterion(model(X), y)
    losses.append(loss.item())
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= lr * parameter.grad
report("nn", losses)

# %% [markdown]
# `Sequential` calls its layers one after the other. `parameters()` finds all weights, however many layers there are.
# `MSELoss` takes the mean by default; `reduction="sum"` makes it the sum of squares that you have used so far.
#
# ## Way 5: optim
#
# The update has the same form for every weight, so it can be packed away. An *optimizer* is given the parameters once;
# `step()` moves them all. `SGD`, stochastic gradient descent, does what you did by hand.


# %%
#| values:
#|   optim_losses: "[results['optim'][step] for step in shown]"
#| tolerance:
#|   optim_losses: rel 1e-7
#|   text: rel 1e-6
def train(model, optimizer, X=X, y=y, steps=steps):
    losses = []
    for _ in range(steps):
        loss = criterion(model(X), y)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


copy_weights(model[0], model[2])
report("optim", train(model, torch.optim.SGD(model.parameters(), lr=lr)))

# %% [markdown]
# This loop does not change any more. That is why it is a function now.
#
# ## Way 6: a module of your own
#
# A `Sequential` can only call one layer after another. For anything else you write a class: layers in `__init__`, the
# computation in `forward`. Here is [`TwoLayerNet`][groundup.models.TwoLayerNet] from this site's library:

# %%
#| output: python
print(inspect.getsource(TwoLayerNet))

# %%
#| values:
#|   module_losses: "[results['module'][step] for step in shown]"
#| tolerance:
#|   module_losses: rel 1e-7
#|   text: rel 1e-6
model = TwoLayerNet(D_in, H, D_out).to(device)
copy_weights(model.linear1, model.linear2)
report("module", train(model, torch.optim.SGD(model.parameters(), lr=lr)))

# %% [markdown]
# ## Six ways, one result
#
# Seven digits at five steps look the same. Compare all [[steps]] steps, with all digits. The cell
# fails if the relative difference from way 1 reaches [[limit:.0e]] at any step:


# %%
#| values:
#|   limit: limit
#|   worst: max(max(gaps(losses, results['numpy'])) for losses in results.values())
#|   ways: len(results)
#| tolerance:
#|   worst: within 0 1e-7 because float64 sums are added up in another order
#|   text: within 0 1e-7 because float64 sums are added up in another order
def gaps(losses, others):
    """The relative difference between two runs, at each step."""
    return [abs(ours / theirs - 1) for ours, theirs in zip(losses, others, strict=True)]


limit = 1e-7
for name, losses in results.items():
    difference = max(gaps(losses, results["numpy"]))
    assert difference < limit, name
    print(f"{name:10} {difference:.0e}")

# %% [markdown]
# What is left are rounding errors: at most [[worst:.0e]]. Here is what each way took off your hands:
#
# | way | what it takes off your hands |
# |---|---|
# | 1 NumPy | The loops over rows and columns: a layer is one matrix product. |
# | 2 tensors | The choice of machine: the same lines run on a CPU and on a GPU. |
# | 3 autograd | The derivation: you write the forward pass only. |
# | 4 `nn` | The weights: layers make them, hold them and list them, and losses have names. |
# | 5 `optim` | The update rule: one line, however many weights and however clever the rule. |
# | 6 `Module` | The fixed chain: `forward` may be any Python. |
# | 7 dynamic | The fixed structure: the network may differ at each call (next section). |
#
# ## Way 7: dynamic control flow
#
# `forward` is Python, so it may hold an `if`, a loop, even a die. The record for `backward` is written anew at each call:
# it holds what was really computed.

# %%
#| output: python
print(inspect.getsource(DynamicNet))

# %% [markdown]
# ??? question "Before you scroll: 0 to 3 passes through the middle layer. How many hidden layers is that?"
#     One to four. The first layer always makes one, and each pass adds another. The notebook says "1 to 4" beside a draw
#     of 0 to 3. It looks like a slip, and is right.
#
# The middle layer's passes share one weight matrix. To see how often it ran, hang a *hook* on it: a function that PyTorch
# calls each time the layer has run.

# %%
#| values:
#|   momentum: momentum
#|   dynamic_lr: dynamic_lr
#|   dynamic_losses: "[results['dynamic'][step] for step in shown]"
#|   pass_counts: "[passes.count(p) for p in range(4)]"
#| tolerance:
#|   dynamic_losses: rel 1e-5
#|   text: rel 1e-5
torch.manual_seed(seed)
dynamic_lr, momentum = 1e-4, 0.9
model = DynamicNet(D_in, H, D_out).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=dynamic_lr, momentum=momentum)
calls, passes, losses = [], [], []
model.middle.register_forward_hook(lambda *_: calls.append(1))
for _ in range(steps):
    calls.clear()
    losses += train(model, optimizer, steps=1)
    passes.append(len(calls))
report("dynamic", losses)
print("steps with 0, 1, 2, 3 passes:", [passes.count(number) for number in range(4)])

# %% [markdown]
# The seventh result must differ. It is another network, with biases and a middle layer that the six do not have, so there
# are no weights to copy; it starts from those that `nn` draws. And it is another network from step to step. The learning rate
# is [[dynamic_lr:g]], and *momentum* [[momentum]] lets each step keep that
# fraction of the step before it, so that the steps of the four networks, which share their weights, average out.

# %%
#| values:
#|   median_0: np.median([loss for loss, number in list(zip(losses, passes))[steps // 2 :] if
#|     number == 0]).item()
#|   median_3: np.median([loss for loss, number in list(zip(losses, passes))[steps // 2 :] if
#|     number == 3]).item()
#| tolerance:
#|   median_0: rel 1e-4
#|   median_3: rel 1e-4
#| alt: >-
#|   Loss of the dynamic network at each of its steps, on a logarithmic axis. All fall in the long
#|   run, but the loss jumps from step to step. In the second half of the run, the median loss is
#|   [[median_0:.2f]] at the steps without a pass and [[median_3:.2f]] at those with three.
drawings.dots_by_group(
    losses,
    passes,
    names={0: "no pass", 1: "1 pass", 2: "2 passes", 3: "3 passes"},
    xlabel="step",
    ylabel="loss",
)

# %% [markdown]
# Ask for the loss at step 499, and you get that of the network that happened to be drawn then.
#
# What is the gradient of a weight that was used twice? Give each pass its own copy, and compare:

# %%
#| values:
#|   is_sum: torch.allclose(shared.grad, first.grad + second.grad)
hidden = torch.randn(N, H)
shared = torch.randn(H, H).requires_grad_()
first, second = (shared.detach().clone().requires_grad_() for _ in range(2))


def two_passes(weight, next_weight):
    return torch.relu(torch.relu(hidden @ weight) @ next_weight).square().sum()


two_passes(shared, shared).backward()
two_passes(first, second).backward()
print(
    "gradient of the shared weight = sum over its passes:",
    torch.allclose(shared.grad, first.grad + second.grad),
)

# %% [markdown]
# The sum over the passes: autograd adds up all paths from the loss to a weight.
#
# ## What changes the numbers: float32
#
# Six ways agreed because float64 has digits to spare. PyTorch's own default is float32: it takes half the memory and
# is usually faster. Run the first three ways in it:

# %%
#| values:
#|   differ: len({run[-1] for run in single.values()}) == len(single)
#|   early32: "[run[step] for run in single.values() for step in (99, 199)]"
#|   late32: "[run[-1] for run in single.values()]"
#|   hand32: single['tensors'][-1]
#|   auto32: single['autograd'][-1]
#|   hand32_losses: "[single['tensors'][step] for step in shown]"
#|   auto32_losses: "[single['autograd'][step] for step in shown]"
#| tolerance:
#|   default: rel 0.1
#|   early32: rel 2e-3
tensors32 = [tensor.float() for tensor in tensors]
losses_hand, zeros32 = by_hand(*tensors32)
single = {
    "numpy": numpy_by_hand(*(array.astype(np.float32) for array in data)),
    "tensors": losses_hand,
    "autograd": by_autograd(*tensors32),
}
print(
    f"{'step':>4}{'numpy 32':>14}{'tensors 32':>14}{'autograd 32':>14}{'autograd 64':>14}"
)
for step in shown:
    row = [run[step] for run in single.values()] + [results["autograd"][step]]
    print(f"{step:4}" + "".join(f"{loss:14.4e}" for loss in row))

# %%
#| values:
#|   auto64: results['autograd'][-1]
#|   lag_from: next(step for step, gap in enumerate(gaps(single['autograd'], results['autograd']))
#|     if gap > 0.1)
#| tolerance:
#|   auto64: rel 1e-7
#|   lag_from: within 200 450 because float32 rounds differently on another processor
#| alt: >-
#|   Loss against step on a logarithmic axis. Float64 falls in a nearly straight line to
#|   [[auto64:.1e]]. Float32 stays within a tenth of it up to about step [[lag_from]], then flattens
#|   out and ends far above it.
figures.curves(
    {"float64": results["autograd"], "float32": single["autograd"]},
    xlabel="step",
    ylabel="loss",
    log=True,
)

# %% [markdown]
# Two things happen. Late in the run, float32 lags behind. And the three float32 columns disagree: by hand
# [[hand32:.2e]] at the last step, by autograd [[auto32:.2e]]. (On other
# processors these may move by some per cent; this page allows a tenth.)
#
# The lag is the easier one. A float32 number has [[bits]] significant binary digits. A step that
# is too small to reach the last of them is lost. Train in float32 once more, and count the weights that the last step changes:

# %%
#| values:
#|   bits: round(1 - np.log2(torch.finfo(torch.float32).eps))
#|   gap: gap.item()
#|   lost: (one + gap / 4 == one).item()
#|   moved: moved
#|   of: before.numel()
#|   moved_share: moved / before.numel()
#| tolerance:
#|   moved: within 1 50000 because how many steps are lost depends on float32 rounding
#|   moved_share: within 0.00001 0.5 because how many steps are lost depends on float32 rounding
#|   changes: within 1 50000 because how many steps are lost depends on float32 rounding
one = torch.tensor(1.0, dtype=torch.float32)
gap = torch.nextafter(one, 2 * one) - one
print(f"next number after 1: 1 + {gap:.2e}")
print("1 + a quarter of that is still 1:", (one + gap / 4 == one).item())

X32, y32, *_ = tensors32
model = TwoLayerNet(D_in, H, D_out).to(device, torch.float32)
copy_weights(model.linear1, model.linear2)
optimizer = torch.optim.SGD(model.parameters(), lr=lr)
train(model, optimizer, X32, y32, steps=steps - 1)
before = model.linear1.weight.detach().clone()
train(model, optimizer, X32, y32, steps=1)
moved = (model.linear1.weight != before).sum().item()
print(
    f"of {before.numel():,} weights of the first layer, the last step changes {moved:,}"
)

# %% [markdown]
# For most weights the step is lost: only [[moved_share:.0%]] still move. Is that the cause? Keep the
# weights in float64, where no step is lost, and compute the rest in float32:

# %%
#| values:
#|   mixed: mixed[-1]
#| tolerance:
#|   mixed: rel 0.1
#|   text: rel 0.1
kept, mixed = [W1.clone(), W2.clone()], []  # float64
for _ in range(steps):
    first, second = (weight.float().requires_grad_() for weight in kept)
    loss = ((torch.relu(X32 @ first) @ second - y32) ** 2).sum()
    mixed.append(loss.item())
    loss.backward()
    kept = [kept[0] - lr * first.grad, kept[1] - lr * second.grad]
print(f"float32 weights {single['autograd'][-1]:.1e}   float64 weights {mixed[-1]:.1e}")

# %% [markdown]
# Nearly all of the lag is gone: [[mixed:.1e]], close to the [[auto64:.1e]] of
# pure float64. The lost steps were the cause.
#
# The other is a matter of order. A sum rounds after each addition, so its last digit depends on the order of the terms,
# and each library has its own order. How far apart are the runs, step by step?

# %%
#| values:
#|   first_apart: first_apart
#|   first_rounding: first_rounding
#| tolerance:
#|   first_apart: within 1 499 because processors add float32 products in different orders
#|   first_rounding: within 0 10 because processors add float32 products in different orders
#|   figure: seeds
#| alt: >-
#|   Relative difference between pairs of runs against the step, on a logarithmic axis, on the
#|   machine of this build. NumPy and tensors in float64 stay tiny. NumPy and tensors in float32
#|   differ early and drift apart. Tensors by hand and autograd in float32 have no difference at all
#|   before step [[first_apart]], then it appears suddenly and grows to the level of the others.
numpy_hand = gaps(single["numpy"], single["tensors"])
hand_auto = gaps(single["tensors"], single["autograd"])
first_rounding = next((step for step, gap in enumerate(numpy_hand) if gap), steps)
first_apart = next((step for step, gap in enumerate(hand_auto) if gap), steps)
drawings.relative_gaps(
    {
        "float32: NumPy, tensors": numpy_hand,
        "float32: tensors, autograd": hand_auto,
        "float64: NumPy, tensors": gaps(results["numpy"], results["tensors"]),
    }
)

# %% [markdown]
# On the machine of this build, NumPy and the tensors differ in float32 from step [[first_rounding]]
# on: that is the order of the sums. (Gaps in a line are exact agreement.) But the orange line does not exist
# before step [[first_apart]]. Tensors by hand and autograd multiply the same matrices in the same order, and agree to the last bit. Then something happens that is not rounding.
#
# ## The kink
#
# Back to the question that you kept: what is the slope of the ReLU at 0? From the left it is 0, from the right 1. A kink
# has no derivative, so each function has to pick a number. Ask them:

# %%
#| values:
#|   clamp_slope: slopes['clamp']
#|   relu_slope: slopes['relu']
#|   maximum_slope: slopes['maximum']
#|   clamp_as_known: slopes['clamp'] == (torch.__version__ < '2.14')
#|   version: float('.'.join(torch.__version__.split('.')[:2]))
#| tolerance:
#|   clamp_slope: within 0 1 because PyTorch 2.14 changed this slope from one to zero
#|   clamp: within 0 1 because PyTorch 2.14 changed this slope from one to zero
#|   version: within 2.11 3 because the page runs on any of these versions
zero = torch.tensor(0.0)
functions = {
    "relu": torch.relu,
    "clamp": lambda h: h.clamp(min=0),
    "maximum": lambda h: torch.maximum(h, zero),
    "where": lambda h: torch.where(h >= 0, h, zero),
}
slopes = {"by hand": (zero >= 0).double().item()}
for name, function in functions.items():
    h = torch.tensor(0.0, requires_grad=True)
    function(h).backward()
    slopes[name] = h.grad.item()
for name, slope in slopes.items():
    print(f"{name:8s}{slope:4.1f}")

# %%
#| alt: >-
#|   Left: the ReLU, flat up to 0 and rising after it. Right: its slope, 0 on the left and 1 on the
#|   right, with dots at 0 itself. By hand and where give 1, maximum gives one half, relu gives 0,
#|   clamp [[clamp_slope:.0f]].
drawings.slopes_at_kink(slopes)

# %% [markdown]
# The same values, and different slopes. For the kink of a convex function PyTorch
# [documents](https://docs.pytorch.org/docs/stable/notes/autograd.html#gradients-for-non-differentiable-functions) what it
# picks: of all slopes between left and right, the one nearest to 0. For `relu` that is 0 itself. `maximum` has two arguments,
# and the shortest gradient for the pair of them is one half each. `where` does not follow the rule: it passes the gradient to
# the argument that it took. `clamp` gave 1 up to PyTorch 2.13, against the documented rule
# ([issue](https://github.com/pytorch/pytorch/issues/184572)), and follows it since. This page ran on
# [[version]], where `clamp` gives [[clamp_slope:.0f]].
#
# Does it matter? Only where a hidden value is *exactly* 0. By hand you used 1 there, `torch.relu` uses 0. Count how often
# that happens in all steps together, and then run the float32 version by hand once more with `torch.gt`, that is
# $h > 0$, so that it picks 0 as well:

# %%
#| values:
#|   zeros64: zeros64.sum().item()
#|   zeros32: zeros32.sum().item()
#|   places: places
#|   entries: zeros32.numel()
#|   per_step: N * H
#|   same_kink: same
#|   first_zero: first_zero
#|   end_gap: hand_auto[-1]
#| tolerance:
#|   zeros32: within 1 20000 because which hidden values reach zero depends on float32 rounding
#|   float32: within 1 20000 because which hidden values reach zero depends on float32 rounding
#|   places: within 1 6400 because which hidden values reach zero depends on float32 rounding
#|   at: within 1 6400 because which hidden values reach zero depends on float32 rounding
#|   first_zero: within 1 499 because which hidden values reach zero depends on float32 rounding
#|   end_gap: within 0 0.2 because which hidden values reach zero depends on float32 rounding
first_zero = next((step for step, zero in enumerate(zeros32) if zero.any()), steps)
assert first_zero < first_apart
places = zeros32.any(dim=0).sum().item()  # 0 at any step
print(f"{zeros32.numel():,} hidden values")
print(f"exactly 0: in float64 {zeros64.sum()}, in float32 {zeros32.sum()}")
print(f"these stand at {places} of the {N * H:,} places in h")
losses_gt, _ = by_hand(*tensors32, active=torch.gt)
same = losses_gt == single["autograd"]
print("by hand with h > 0 == autograd, to the last bit of every step:", same)

# %% [markdown]
# There is the culprit. In float64 none of [[entries:,]] hidden values is exactly 0, and the choice
# cannot matter: ways 2 and 3 agreed to the last bit. In float32 [[zeros32]] are, at
# [[places]] of the [[per_step:,]] places in $h$, each 0 now and again: a value
# that moves slowly may land on it. The first does so at step [[first_zero]]. By hand lets a gradient
# through, autograd does not, and soon after, at step [[first_apart]], the losses differ. With the same
# pick, the difference is gone.
#
# For learning it means nothing: at the end the two losses are [[end_gap:.1%]] apart. But whoever
# compares two programs to the last digit should know it.
#
# ## What changes the numbers: Adam
#
# SGD moves a weight in proportion to its gradient. *Adam* divides by the size of the gradients lately seen, so that every
# weight moves at about the same pace. See what the first step does to $W_1$:

# %%
#| values:
#|   adam_lr: adam_lr
#|   sgd_moves: moves['SGD']
#|   sgd_median: moves['SGD'][1]
#|   adam_moves: moves['Adam']
#| tolerance:
#|   sgd_moves: rel 1e-4
#|   sgd_median: rel 1e-4
#|   adam_moves: rel 1e-4
#|   text: rel 2e-2
adam_lr = 1e-4


def start(optimizer_class, lr):
    model = TwoLayerNet(D_in, H, D_out).to(device)
    copy_weights(model.linear1, model.linear2)
    return model, optimizer_class(model.parameters(), lr=lr)


moves = {}
for name, rate in (("SGD", lr), ("Adam", adam_lr)):
    model, optimizer = start(getattr(torch.optim, name), rate)
    train(model, optimizer, steps=1)
    change = (model.linear1.weight - W1.T).abs().flatten()  # (100000,)
    moves[name] = [change.quantile(q).item() for q in (0.01, 0.5, 0.99)]
    low, middle, high = moves[name]
    print(
        f"{name:5} below {low:.2e}: 1%, below {middle:.2e}: half, below {high:.2e}: 99%"
    )

# %% [markdown]
# Under SGD the moves range over orders of magnitude. Under Adam nearly all are equal to the learning rate, [[adam_lr:g]].
# So it takes another path through the weights, whatever its learning rate, and meets other losses on it.
#
# ??? question "Before you run it: from your weights, is Adam with this learning rate faster or slower than SGD?"
#     Slower. Adam can move a weight by about the learning rate per step, so by about [[reach:g]] in
#     all steps together. SGD's typical *first* move was already [[sgd_median:.1g]].

# %%
#| values:
#|   sgd_fall: np.log10(results['optim'][0] / results['optim'][-1]).item()
#|   adam_left: adam[-1] / adam[0]
#|   reach: adam_lr * steps
#|   adam_end: adam[-1]
#|   sgd_end: results['optim'][-1]
#| tolerance:
#|   sgd_fall: rel 1e-7
#|   adam_left: rel 1e-5
#|   adam_end: rel 1e-5
#|   sgd_end: rel 1e-7
#| alt: >-
#|   Loss against step on a logarithmic axis, from the same standard normal weights. SGD falls by
#|   [[sgd_fall:.1f]] orders of magnitude. Adam falls slowly: at the end [[adam_left:.0%]] of its
#|   first loss is left.
adam = train(*start(torch.optim.Adam, adam_lr))
figures.curves(
    {"SGD": results["optim"], "Adam": adam}, xlabel="step", ylabel="loss", log=True
)

# %% [markdown]
# At the last step Adam's loss is still [[adam_end:,.0f]], SGD's [[sgd_end:.2g]]. The
# fault is not Adam's: for weights of this size its learning rate is too small. Give it a hundred times as much:

# %%
#| values:
#|   fast_lr: fast_lr
#|   fast_end: fast[-1]
#| tolerance:
#|   fast_end: within 0 1e-9 because a loss this small is rounding noise
fast_lr = 100 * adam_lr
fast = train(*start(torch.optim.Adam, fast_lr))
print(f"Adam, lr {fast_lr:g}: below SGD at the end:", fast[-1] < results["optim"][-1])

# %% [markdown]
# From the same weights, Adam with [[fast_lr:g]] ends at [[fast_end:.0e]], below
# SGD. Compare optimizers only after you have looked for a good learning rate for each.
#
# ## What changes the numbers: nn's own weights
#
# A fresh `nn.Linear` draws its weights evenly between $-1/\sqrt{D}$ and $1/\sqrt{D}$, where $D$ is the number of its
# inputs. Compare that with your weights, and see whether yours bear a larger learning rate,
# [[steep_lr:g]]:

# %%
#| values:
#|   largest: largest
#|   bound: D_in**-0.5
#|   spread_nn: nn_h.std().item()
#|   spread_own: own_h.std().item()
#|   steep_lr: steep_lr
#|   steep_end: str(steep[-1])
#| tolerance:
#|   largest: rel 1e-7
#|   bound: rel 1e-9
#|   spread_nn: rel 1e-7
#|   spread_own: rel 1e-7
#|   text: rel 0.06
torch.manual_seed(seed)
fresh = TwoLayerNet(D_in, H, D_out).to(device)
largest = fresh.linear1.weight.abs().max().item()
print(f"largest weight {largest:.7f}   bound {D_in**-0.5:.7f}")
nn_h, own_h = fresh.linear1(X), X @ W1  # (64, 100) each
print(f"standard deviation of h: nn {nn_h.std():.2f}, yours {own_h.std():.2f}")
steep_lr = 1e-5
steep = train(*start(torch.optim.SGD, steep_lr), steps=10)
print("losses from yours:", *(f"{loss:.0e}" for loss in steep[:5]))
print("the last loss is a finite number:", bool(np.isfinite(steep[-1])))

# %% [markdown]
# With `nn`'s weights a sum over $D$ inputs has the same size for every $D$, about [[spread_nn:.1f]]:
# inputs of variance 1 and weights of variance $1 / (3D)$ make a sum of variance $1/3$. From your weights the larger rate ends
# in [[steep_end]], *not a number*. From `nn`'s, take a rate ten times larger still:

# %%
#| values:
#|   own_lr: own_lr
#|   factor: own_lr / lr
#|   own_start: own['SGD'][0]
#|   own_sgd: own['SGD'][-1]
#|   own_sgd_early: own['SGD'][99]
#|   own_adam: own['Adam'][-1]
#|   own_adam_early: own['Adam'][99]
#|   sgd_losses: "[own['SGD'][step] for step in shown]"
#|   adam_losses: "[own['Adam'][step] for step in shown]"
#| tolerance:
#|   sgd_losses: rel 1e-5
#|   adam_losses: rel 1e-4
#|   factor: rel 1e-9
#|   own_start: rel 1e-7
#|   own_sgd: rel 1e-5
#|   own_sgd_early: rel 1e-6
#|   own_adam: rel 1e-4
#|   own_adam_early: rel 1e-6
#| alt: >-
#|   Loss against step on a logarithmic axis, from the weights that nn draws, both with the same
#|   learning rate. At step 99 SGD is ahead; at the end Adam is, with [[own_adam:.1e]] against
#|   [[own_sgd:.1e]].
own_lr, own = 1e-4, {}
for name in ("SGD", "Adam"):
    torch.manual_seed(seed)
    model = TwoLayerNet(D_in, H, D_out).to(device)
    optimizer = getattr(torch.optim, name)(model.parameters(), lr=own_lr)
    own[name] = train(model, optimizer)
figures.curves(own, xlabel="step", ylabel="loss", log=True)

# %% [markdown]
# The loss starts at [[own_start:.0f]] instead of [[loss0:,.0f]]. The hidden
# values are far smaller, so the gradient changes less from step to step, and SGD bears a learning rate
# [[factor:.0f]] times as large as yours. Now Adam does well: behind at step 99
# ([[own_adam_early:.1f]] against [[own_sgd_early:.2f]]), ahead at the end
# ([[own_adam:.1e]] against [[own_sgd:.1e]]). An optimizer, its learning rate and
# the first weights belong together; none is good or bad alone.
#
# ## What the notebook reported
#
# Its data are random and drawn without a seed. How much can such a figure tell? Draw our own data five times more and run
# way 1 on each:

# %%
#| values:
#|   ends: ends
#|   lowest: min(ends)
#|   highest: max(ends)
#|   numpy_495: results['numpy'][495]
#| quoted:
#|   source_start: sources.SEVEN_NUMPY_START
#|   source_end: sources.SEVEN_NUMPY_END
#|   source_tensors: sources.SEVEN_LOSSES['tensors']
#|   source_autograd: sources.SEVEN_LOSSES['autograd']
#|   source_adam: sources.SEVEN_LOSSES['Adam']
#|   source_module: sources.SEVEN_LOSSES['module']
#|   source_dynamic: sources.SEVEN_LOSSES['dynamic']
#| tolerance:
#|   ends: rel 1e-6
#|   lowest: rel 1e-6
#|   highest: rel 1e-6
#|   numpy_495: rel 1e-7
#|   text: rel 0.06
ends = [numpy_by_hand(*draw(seed + extra))[-1] for extra in range(1, 6)]
print("ours at the last step:   ", *(f"{loss:.1e}" for loss in ends))
print("the notebook at step 495:", sources.SEVEN_NUMPY_END.figure)

# %% [markdown]
# From [[lowest:.1e]] to [[highest:.1e]]: other data, another loss, by orders of
# magnitude. So only the rough size of these figures means anything:
#
# | run | | losses at steps 99, 199, 299, 399 and 499 |
# |---|---|---|
# | tensors | the notebook | [[source_tensors]] |
# | | here, float32 | [[hand32_losses:.4g]] |
# | autograd | the notebook | [[source_autograd]] |
# | | here, float32 | [[auto32_losses:.4g]] |
# | Adam, `nn`'s weights | the notebook | [[source_adam]] |
# | | here, float64, no biases | [[adam_losses:.4g]] |
# | own module, SGD, `nn`'s weights | the notebook | [[source_module]] |
# | | here, float64, no biases | [[sgd_losses:.4g]] |
# | dynamic | the notebook | [[source_dynamic]] |
# | | here, float64 | [[dynamic_losses:.4g]] |
#
# NumPy computes in float64 in both places. There it begins at [[source_start:,.0f]] and is at [[source_end:.2e]] at
# step 495; here it begins at [[loss0:,.0f]] and is at [[numpy_495:.2e]]. The notebook's `nn` section is missing in the
# table: it reports the same loss five times over, and the first exercise finds out why.
#
# ## Recap
#
# - Forward pass, loss, gradients, update: everything else is a question of who writes these four down.
# - Autograd applies the chain rule to what was really computed, loops and shared weights included. Gradients of shared
#   weights add up.
# - From the same data and weights, six ways give the same losses in float64. If two of your programs disagree in the first
#   steps by more than rounding, look for a mistake. The smaller the loss, the more the rounding shows (exercise 4).
# - In float32 the order of sums and the slope at a kink show in the late digits, and tiny steps get lost.
# - Another optimizer, other first weights or another network give other losses. That is no mistake.
#
# ## Exercises
#
# **1. An update that updates nothing.** The notebook's `nn` section writes its update as
# `param = param - lr * param.grad`. Run it with `nn`'s own weights and a learning rate of
# [[own_lr:g]]. What do the five losses show, and which two characters cure it?


# %%
#| values:
#|   stuck: stuck[0]
#|   stuck_same: len(set(stuck)) == 1
#|   cured: cured[-1]
#| quoted:
#|   source_stuck: sources.SEVEN_UNCHANGED
#| tolerance:
#|   stuck: rel 1e-7
#|   cured: rel 1e-5
#|   text: rel 1e-4
#| fold: Solution
def train_nn(in_place):
    torch.manual_seed(seed)
    model = TwoLayerNet(D_in, H, D_out).to(device)
    losses = []
    for _ in range(steps):
        loss = criterion(model(X), y)
        losses.append(loss.item())
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for param in model.parameters():
                if in_place:
                    param -= own_lr * param.grad
                else:
                    param = param - own_lr * param.grad
    return losses


stuck, cured = train_nn(in_place=False), train_nn(in_place=True)
print("param = param - ...", *(f"{stuck[step]:.5g}" for step in shown))
print("param -= ...       ", *(f"{cured[step]:.5g}" for step in shown))
print("different losses in", steps, "steps as printed:", len(set(stuck)))

# %% [markdown]
# `param = ...` computes a new tensor and lets the *name* `param` point to it. The model still holds the old one. The loss
# stays at [[stuck:.3f]] to the last digit, as the notebook's stays at
# [[source_stuck:.3f]]. `-=` changes the tensor that the model holds. A loss that does not move at all is
# a symptom worth remembering: nothing reaches the weights.
#
# **2. Never cleared.** Train from your standard normal weights as in way 5, but leave out `zero_grad()`. What do the first
# steps show, and how does it end?

# %%
#| values:
#|   uncleared: uncleared[:6]
#|   uncleared_2: uncleared[2]
#|   cleared_2: results['optim'][2]
#|   cosine: cosine
#|   growth: growth
#|   survives: bool(np.isfinite(uncleared[-1]))
#| tolerance:
#|   default: rel 1e-6
#|   cleared_2: rel 1e-7
#|   growth: within 5.6 8.2 because uncleared gradients magnify the last digits of rounding
#|   steps: within 5.6 8.2 because uncleared gradients magnify the last digits of rounding
#|   text: rel 1e-2
#|   uncleared: rel 1e-6
#| fold: Solution
model, optimizer = start(torch.optim.SGD, lr)
weight = model.linear2.weight
uncleared, sums, sizes = [], [], []
for _ in range(steps):
    loss = criterion(model(X), y)
    uncleared.append(loss.item())
    loss.backward()
    sums.append(weight.grad.flatten().clone())  # (1000,)
    sizes.append(weight.norm().item())
    optimizer.step()
cosine = torch.cosine_similarity(sums[0], sums[1] - sums[0], dim=0).item()
growth = sizes[100] / sizes[0]
print("cleared:  ", *(f"{loss:.5g}" for loss in results["optim"][:6]))
print("uncleared:", *(f"{loss:.5g}" for loss in uncleared[:6]))
print(f"cosine of the angle between the first two gradients: {cosine:.2f}")
print(f"the size of W2 after 100 steps: {growth:.1f} times the first")
print("the last loss is a finite number:", bool(np.isfinite(uncleared[-1])))

# %% [markdown]
# The cleared loss rises at steps 2 and 3. The step is a little too long: it crosses the valley, and on the other side the gradient
# points back: a cosine of [[cosine:.2f]].
#
# The first uncleared update is right, since there is nothing to clear yet. From the second on, every step repeats all steps
# before it: that is momentum 1, a ball without friction. At first this helps: two gradients that point against each other
# partly cancel, and the loss is lower, [[uncleared_2:.1e]] against
# [[cleared_2:.1e]]. But nothing brakes the ball. It rolls on, and the weights grow: $W_2$ in a hundred
# steps to [[growth:.1f]] times its size. The larger one matrix, the faster the loss changes with the
# other. In the end each step overshoots more than the last, and the loss becomes infinite.
#
# **3. An eighth way.** `torch.func.grad` turns a function into another that returns its gradient. Train with it: no
# `requires_grad`, no `backward`, no `.grad`. Are the losses those of way 3?


# %%
#| values:
#|   func_losses: "[results['func'][step] for step in shown]"
#|   func_apart: max(gaps(results['func'], results['numpy']))
#| tolerance:
#|   func_losses: rel 1e-7
#|   func_apart: within 0 1e-7 because float64 sums are added up in another order
#|   text: rel 1e-6
#| fold: Solution
def squared_error(weights):
    first, second = weights
    return ((torch.relu(X @ first) @ second - y) ** 2).sum()


gradient_and_loss = torch.func.grad_and_value(squared_error)
weights, losses = (W1, W2), []
for _ in range(steps):
    gradients, loss = gradient_and_loss(weights)
    losses.append(loss.item())
    weights = tuple(
        weight - lr * gradient
        for weight, gradient in zip(weights, gradients, strict=True)
    )
report("func", losses)
assert max(gaps(results["func"], results["numpy"])) < limit

# %% [markdown]
# The same five losses once more. `grad_and_value` returns the loss as well, so the forward pass runs only once.
#
# **4. The same sums in another order.** Shuffle the columns of $X$ and, in the same way, the rows of $W_1$: each $h$ has the
# same terms, added in another order. How far apart do the losses of two such runs in float64 drift, with SGD, and with Adam
# at [[fast_lr:g]]?

# %%
#| values:
#|   mark: mark
#|   sgd_apart: apart['SGD'][-1]
#|   adam_apart: apart['Adam'][-1]
#|   sgd_at_mark: at_mark['SGD']
#|   adam_at_mark: at_mark['Adam']
#| tolerance:
#|   sgd_apart: within 1e-13 1e-7 because rounding drives runs apart by chance
#|   adam_apart: within 1e-7 0.1 because rounding drives runs apart by chance
#|   sgd_at_mark: within 1e-13 1e-8 because rounding drives runs apart by chance
#|   adam_at_mark: within 1e-13 1e-8 because rounding drives runs apart by chance
#| fold: Solution
order = np.random.default_rng(seed).permutation(D_in)
mark = 1e-4  # a loss that both reach
apart, at_mark = {}, {}
for name, rate in (("SGD", lr), ("Adam", fast_lr)):
    runs = []
    for columns in (np.arange(D_in), order):
        model, optimizer = start(getattr(torch.optim, name), rate)
        with torch.no_grad():
            model.linear1.weight.copy_(model.linear1.weight[:, columns])
        runs.append(train(model, optimizer, X[:, columns]))
    apart[name] = gaps(*runs)
    step = next((step for step, loss in enumerate(runs[0]) if loss < mark), steps)
    at_mark[name] = max(apart[name][: step + 1])
print("at the end, below 1e-7 with SGD: ", apart["SGD"][-1] < 1e-7)
print("at the end, below 1e-7 with Adam:", apart["Adam"][-1] < 1e-7)

# %% [markdown]
# At the last step the relative difference is [[sgd_apart:.0e]] with SGD, and
# [[adam_apart:.0e]] with Adam. No program has a mistake, and Adam is not to blame: its loss is smaller.
# An error $\hat{y} - y$ is a difference of two numbers. Their rounding stays the same while their difference shrinks, so
# fewer and fewer of its digits mean anything. Up to the step at which the loss falls below
# [[mark:g]], the largest difference is [[sgd_at_mark:.0e]] with SGD, and
# [[adam_at_mark:.0e]] with Adam.
#
# ## Next
#
# The network has learned noise by heart. [Reading digits with a dense network](reading_digits.py) gives it something to
# understand. If a line of the derivation went too fast, [Backpropagation by hand](backprop_by_hand.py) takes it with four
# numbers.
