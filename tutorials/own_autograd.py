# ---
# title: An autograd of your own
# teaches: how PyTorch finds gradients without a formula for your network, by building it yourself
# before: Backpropagation by hand
# sources: []
# ---

# %% [markdown]
# # An autograd of your own
#
# In [Backpropagation by hand](backprop_by_hand.py) you worked out four gradients. PyTorch found the same four
# without a formula for that network. How?
#
# The part of PyTorch called **autograd** records how each number was computed, and works back through that record.
# Here you build one, and train a network with it.
#
# ## A formula for each network
#
# Here is the smoke detector again, with its gradients by hand:


# %%
#| values:
#|   grad_w1: grad_w1
#|   grad_b2: grad_b2
#| tolerance:
#|   default: rel 1e-9
#|   text: abs 2e-6
import math


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


x, target = 0.8, 1.0
w1, b1 = 1.58, -0.14  # hidden neuron
w2, b2 = 2.45, -0.11  # output neuron

a1 = sigmoid(w1 * x + b1)
a2 = sigmoid(w2 * a1 + b2)

grad_b2 = 2 * (a2 - target) * a2 * (1 - a2)
grad_w2 = grad_b2 * a1
grad_b1 = grad_b2 * w2 * a1 * (1 - a1)
grad_w1 = grad_b1 * x
print(f"dL/dw1 {grad_w1:.6f}   dL/db1 {grad_b1:.6f}")
print(f"dL/dw2 {grad_w2:.6f}   dL/db2 {grad_b2:.6f}")

# %% [markdown]
# The `grad` lines fit this network only. Add a neuron, replace a sigmoid or use a weight in two places, and you
# have to derive them again.
#
# But each of their factors is the derivative of one operation, such as a product, a sum or a sigmoid. A network
# uses few kinds of operations, and each derivative can be written down once. So let the numbers keep track of the
# operations. For `u * v` Python calls the method `u.__mul__(v)`, for `u + v` it calls `u.__add__(v)`, and we can
# define both.
#
# ## Values and their parents


# %%
#| values:
#|   start_u: u.data
#|   start_v: v.data
#|   product: product.data
#|   total: total.data
#|   result: result.data
class Value:
    def __init__(self, data, parents=()):
        self.data = data
        self.parents = parents  # pairs: a Value, its local derivative
        self.grad = 0.0

    def __add__(self, other):
        parents = [(self, 1.0), (other, 1.0)]
        return Value(self.data + other.data, parents)

    def __mul__(self, other):
        parents = [(self, other.data), (other, self.data)]
        return Value(self.data * other.data, parents)


u = Value(2.0)
v = Value(3.0)
product = u * v
total = product + u
result = product * total
print(f"{result.data} was computed from")
for parent, local in result.parents:
    print(f"    {parent.data}, local derivative {local}")

# %% [markdown]
# A `Value` holds a number and the values that it was computed from, its **parents**. With each parent it keeps the
# **local derivative**, the slope of this one operation: how fast its result changes when this parent alone
# changes. For a sum that is 1, for a product the other factor.
#
# Values and parents form a **computation graph**. The local derivatives stand beside the arrows:

# %%
#| alt: >-
#|   Five boxes joined by arrows. u ([[start_u:.0f]]) and v ([[start_v:.0f]]) lead to product
#|   ([[product:.0f]]); product and u lead to total ([[total:.0f]]); product and total lead to
#|   result ([[result:.0f]]). Each arrow has its local derivative beside it, for instance
#|   [[total:.0f]] from product to result.
from groundup.figures import own_autograd as drawings

graph = {
    "u": u,
    "v": v,
    "product": product,
    "total": total,
    "result": result,
}
drawings.expression_graph(graph)

# %% [markdown]
# ## Backward, a first attempt
#
# The gradient of a value is the derivative of the result with respect to it. By the chain rule, a value passes
# back to each parent its own gradient times the local derivative. A value that is used in several places adds up
# what it receives: if `u` changes a little, the result changes by way of `product` and of `total`, and the two
# changes add up. So start with 1, the gradient of the result itself, and follow the arrows back.
#
# ??? question "Work it out with a pencil: what should the gradient of `u` be?"
#     The result is $uv(uv + u) = u^2v^2 + u^2v$. Its derivative with respect to $u$ is $2uv^2 + 2uv$. With $u = [[start_u:.0f]]$
#     and $v = [[start_v:.0f]]$ that is [[right_u:.0f]].


# %%
#| values:
#|   wrong_u: u.grad
#|   wrong_v: v.grad
def pass_back(value):
    for parent, local in value.parents:
        parent.grad += local * value.grad
        pass_back(parent)


result.grad = 1.0
pass_back(result)
print(f"gradient of u: {u.grad}")
print(f"gradient of v: {v.grad}")

# %% [markdown]
# There is no error message, but [[wrong_u:.0f]] is not [[right_u:.0f]]. The mistake happens at `product`, which
# `result` and `total` both use:
#
# 1. It receives [[first_share:.0f]] from `result`, and passes that on, times its local derivatives.
# 2. It receives [[second_share:.0f]] from `total`. Now its gradient is [[right_product:.0f]], which is right, and
#    it passes that on. So the [[first_share:.0f]] is counted twice.
#
# ??? question "Would it help to pass on only what has just arrived?"
#     The gradients would be right: each path from the result to a value is followed once. But a value that is used
#     twice doubles the number of paths behind it, and thirty of them in a row make a billion paths.
#
# ## The right order
#
# A value should pass its gradient on once, when it is complete: after all the values that use it have passed on
# theirs. In a **topological order** of the graph each value comes after its parents. Going back, we need the
# reverse of one: count how often each value is used, and count down with each share that it receives:

# %%
from collections import Counter


def count_uses(result):
    uses = Counter()
    to_visit = [result]
    while to_visit:
        value = to_visit.pop()
        for parent, _ in value.parents:
            if parent not in uses:
                to_visit.append(parent)
            uses[parent] += 1
    return uses


def propagate(result):
    waiting = count_uses(result)
    result.grad = 1.0
    ready = [result]
    while ready:
        value = ready.pop()
        for parent, local in value.parents:
            parent.grad += local * value.grad
            waiting[parent] -= 1
            if waiting[parent] == 0:
                ready.append(parent)


# %% [markdown]
# (Without an `__eq__` of its own, a `Value` is hashed by identity, so it can be a key.)
#
# `propagate` adds to what is there, so the gradients of the first attempt have to be cleared, as `zero_grad()`
# does in PyTorch.

# %%
#| values:
#|   first_share: total.data * result.grad
#|   second_share: total.grad
#|   right_u: u.grad
#|   right_v: v.grad
#|   right_product: product.grad
#| claims:
#|   pencil: u.grad == 2 * u.data * v.data**2 + 2 * u.data * v.data
#|   shares: product.grad == total.data * result.grad + total.grad
for value in graph.values():
    value.grad = 0.0
propagate(result)
print(f"gradient of u: {u.grad}")
print(f"gradient of v: {v.grad}")

# %% [markdown]
# [[pencil? [[right_u:.0f]], as with the pencil.]] In the graph:

# %%
#| alt: >-
#|   The same graph with the gradient of the result in each box: [[right_u:.0f]] for u,
#|   [[right_v:.0f]] for v, [[right_product:.0f]] for product, [[second_share:.0f]] for total, and 1
#|   for result.
drawings.expression_graph(graph, gradients=True)

# %% [markdown]
# [[shares? `product` receives [[first_share:.0f]] from `result` and [[second_share:.0f]] from `total`,
# [[right_product:.0f]] together.]] One pass gives the gradient of every value. This is **reverse-mode
# differentiation**, or, for a network, backpropagation.
#
# ## The whole class
#
# Other operations follow the same pattern: a number, its parents, the local derivatives. Subtraction and division
# are built from the others.


# %%
def as_value(number):
    if isinstance(number, Value):
        return number
    return Value(number)


class Value:
    def __init__(self, data, parents=()):
        self.data = data
        self.parents = parents  # pairs: a Value, its local derivative
        self.grad = 0.0

    def backward(self):
        propagate(self)

    def __add__(self, other):
        other = as_value(other)
        parents = [(self, 1.0), (other, 1.0)]
        return Value(self.data + other.data, parents)

    def __mul__(self, other):
        other = as_value(other)
        parents = [(self, other.data), (other, self.data)]
        return Value(self.data * other.data, parents)

    def __pow__(self, exponent):  # a plain number
        local = exponent * self.data ** (exponent - 1)
        return Value(self.data**exponent, [(self, local)])

    def sigmoid(self):
        a = sigmoid(self.data)  # the function, not this method
        return Value(a, [(self, a * (1 - a))])

    def tanh(self):
        a = math.tanh(self.data)
        return Value(a, [(self, 1 - a**2)])

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -as_value(other)

    def __rsub__(self, other):
        return as_value(other) - self

    def __truediv__(self, other):
        return self * as_value(other) ** -1

    def __rtruediv__(self, other):
        return as_value(other) / self

    __radd__ = __add__
    __rmul__ = __mul__


# %% [markdown]
# `as_value` lets numbers and values be mixed. Methods such as `__rmul__` are **reflected operators**: for `2 * v`
# Python first asks the number 2, which knows nothing of values, and then calls `v.__rmul__(2)`. The **hyperbolic
# tangent**, tanh, is shaped like the sigmoid, but runs from -1 to 1.
#
# ## Checking it
#
# PyTorch's tensors have the same operators, and a method `sigmoid()`, so one function computes the smoke
# detector's loss with both. PyTorch records what is computed from a tensor with `requires_grad=True`, such as a
# parameter of `nn.Linear`.
#
# ??? question "Would this check catch the mistake of the first attempt?"
#     No. In this network each value is used once, so nothing is passed on too early. The next check has a value
#     that is used twice.


# %%
#| claims:
#|   agree: >-
#|     all(math.isclose(hand, value.grad, rel_tol=1e-12)
#|     and math.isclose(hand, tensor.grad.item(), rel_tol=1e-12)
#|     for hand, value, tensor in zip(by_hand, values, tensors))
#| tolerance:
#|   text: abs 2e-6
import torch


def loss_of(w1, b1, w2, b2):
    a1 = (w1 * x + b1).sigmoid()
    a2 = (w2 * a1 + b2).sigmoid()
    return (a2 - target) ** 2


numbers = [w1, b1, w2, b2]
values = [Value(number) for number in numbers]
loss_of(*values).backward()

tensors = []
for number in numbers:
    tensor = torch.tensor(number, dtype=torch.float64, requires_grad=True)
    tensors.append(tensor)
loss_of(*tensors).backward()

by_hand = [grad_w1, grad_b1, grad_w2, grad_b2]
print("  by hand      Value    PyTorch")
for hand, value, tensor in zip(by_hand, values, tensors, strict=True):
    print(f"{hand:.6f}  {value.grad:.6f}  {tensor.grad:.6f}")

# %% [markdown]
# [[agree? The three columns agree up to rounding.]] Now the expression of the first attempt:


# %%
#| claims:
#|   reuse_agrees: >-
#|     u.grad == u_torch.grad.item() == 2 * 2 * 9 + 2 * 2 * 3
#|     and v.grad == v_torch.grad.item()
#| tolerance:
#|   text: rel 1e-9
def expression(u, v):
    product = u * v
    return product * (product + u)


u = Value(2.0)
v = Value(3.0)
expression(u, v).backward()

u_torch = torch.tensor(2.0, requires_grad=True)
v_torch = torch.tensor(3.0, requires_grad=True)
expression(u_torch, v_torch).backward()
print(u.grad, u_torch.grad.item())
print(v.grad, v_torch.grad.item())

# %% [markdown]
# [[reuse_agrees? These agree too]], unlike those of the first attempt.
#
# ## A network made of values
#
# Our data are [[count]] points in four groups, one near each corner of a square. The target is 1 for two opposite
# corners and 0 for the other two. This is the **exclusive or**, XOR: one coordinate is positive, but not both. No
# straight line separates the two classes, so a single neuron cannot learn it.

# %%
#| values:
#|   count: len(points)
import random

from groundup.repro import reproducible

seed = reproducible(0)

points = []
targets = []
for center_1, center_2 in [(-1, -1), (-1, 1), (1, -1), (1, 1)]:
    for _ in range(10):
        x1 = random.gauss(center_1, 0.25)
        x2 = random.gauss(center_2, 0.25)
        points.append([x1, x2])
        targets.append(1.0 if center_1 != center_2 else 0.0)

# %% [markdown]
# `reproducible` sets the seeds of the random generators, so that each run draws the same numbers.
#
# The network has a hidden layer of [[hidden]] neurons with tanh, and one output neuron with a sigmoid. `Linear`
# does what `nn.Linear` does, one neuron at a time, and returns a list. (`(z2,) =` unpacks a list of one.)


# %%
class Linear:
    def __init__(self, n_in, n_out):
        self.weights = []  # a list for each neuron
        self.biases = []
        for _ in range(n_out):
            row = [Value(random.uniform(-1, 1)) for _ in range(n_in)]
            self.weights.append(row)
            self.biases.append(Value(0.0))

    def __call__(self, inputs):
        outputs = []
        for row, bias in zip(self.weights, self.biases, strict=True):
            z = bias
            for w, a in zip(row, inputs, strict=True):
                z = z + w * a
            outputs.append(z)
        return outputs


# %%
#| values:
#|   hidden: len(network.hidden.biases)
#|   parameters: len(network.parameters())
class Network:
    def __init__(self):
        self.hidden = Linear(2, 6)
        self.output = Linear(6, 1)

    def __call__(self, inputs):
        a1 = [z.tanh() for z in self.hidden(inputs)]
        (z2,) = self.output(a1)
        return z2.sigmoid()

    def parameters(self):
        found = []
        for layer in [self.hidden, self.output]:
            for row in layer.weights:
                found += row
            found += layer.biases
        return found


network = Network()
print(len(network.parameters()), "parameters")

# %%
#| claims:
#|   mixed: >-
#|     0.4 <= sum((network(point).data > 0.5) == (t > 0.5)
#|     for point, t in zip(points, targets, strict=True)) / len(points) <= 0.6
#| alt: >-
#|   [[count]] points in a plane, in a group of ten near each corner of a square. Circles, target 0,
#|   lie at the lower left and the upper right; squares, target 1, at the upper left and the lower
#|   right. The background is a faint blue on the left and a faint orange on the right: each colour
#|   lies under a group of circles and a group of squares.
drawings.decision_regions(network, points, targets)

# %% [markdown]
# The background shows the **decision regions**: orange like the squares where the output is above one half, blue
# like the circles where it is below, and faint near one half. [[mixed? The untrained network gets about half of
# the points right, as tossing a coin would.]] We keep a copy for PyTorch, and train:

# %%
#| values:
#|   lr: lr
#|   steps: steps
#|   loss_start: losses[0]
#|   loss_end: losses[-1]
#| claims:
#|   falls: losses[-1] < losses[0] / 10
#| tolerance:
#|   loss_start: seeds
#|   loss_end: seeds
#|   text: rel 1e-6
import copy

untrained = copy.deepcopy(network)
lr = 1.0
steps = 200

losses = []
for _ in range(steps):
    for parameter in network.parameters():
        parameter.grad = 0.0

    loss = Value(0.0)
    for point, t in zip(points, targets, strict=True):
        loss = loss + (network(point) - t) ** 2
    loss = loss / len(points)

    loss.backward()
    for parameter in network.parameters():
        parameter.data -= lr * parameter.grad
    losses.append(loss.data)

print(f"first loss {losses[0]:.6f}   last loss {losses[-1]:.6f}")

# %%
#| alt: >-
#|   The loss over [[steps]] steps. It falls from [[loss_start:.2f]], steeply at first and then ever
#|   more slowly, to [[loss_end:.4f]].
#| tolerance:
#|   figure: seeds
from groundup.figures import curves

curves({"loss": losses}, xlabel="step", ylabel="loss")

# %%
#| claims:
#|   all_right: >-
#|     all((network(point).data > 0.5) == (t > 0.5)
#|     for point, t in zip(points, targets, strict=True))
#| tolerance:
#|   figure: seeds
#| alt: >-
#|   The same points after training. The background is blue round the circles at the lower left and
#|   the upper right, and orange round the squares at the upper left and the lower right. The faint
#|   border between the regions runs between the groups.
drawings.decision_regions(network, points, targets)

# %% [markdown]
# [[falls? The loss falls to less than a tenth of what it was]], and
# [[all_right? all [[count]] points now lie in the region of their class.]]
#
# ## The same in PyTorch


# %%
from torch import nn


class TorchNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(2, 6, dtype=torch.float64)
        self.output = nn.Linear(6, 1, dtype=torch.float64)

    def forward(self, x):
        a1 = torch.tanh(self.hidden(x))  # (n, 6)
        return torch.sigmoid(self.output(a1))  # (n, 1)


def copy_numbers(ours, layer):
    weights = [[w.data for w in row] for row in ours.weights]
    biases = [b.data for b in ours.biases]
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weights, dtype=torch.float64))
        layer.bias.copy_(torch.tensor(biases, dtype=torch.float64))


# %%
#| claims:
#|   same: >-
#|     all(math.isclose(mine, theirs, rel_tol=1e-9)
#|     for mine, theirs in zip(losses, torch_losses, strict=True))
#| tolerance:
#|   text: rel 1e-6
model = TorchNetwork()
copy_numbers(untrained.hidden, model.hidden)
copy_numbers(untrained.output, model.output)

inputs = torch.tensor(points, dtype=torch.float64)  # (40, 2)
torch_targets = torch.tensor(targets, dtype=torch.float64)  # (40,)
torch_targets = torch_targets.reshape(-1, 1)  # (40, 1)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=lr)

torch_losses = []
for _ in range(steps):
    optimizer.zero_grad()
    torch_loss = criterion(model(inputs), torch_targets)
    torch_loss.backward()
    optimizer.step()
    torch_losses.append(torch_loss.item())

print("step   ours          PyTorch")
for step in [0, 1, 10, 100, 199]:
    print(f"{step:4}   {losses[step]:.10f}  {torch_losses[step]:.10f}")

# %% [markdown]
# [[same? The losses agree at each step, up to rounding.]]
#
# The targets get the shape of the outputs, a column: `reshape(-1, 1)` asks for rows of one number, and for `-1`
# PyTorch works out how many. With a plain row of targets, it would compare each output with each target, and only
# warn. (`copy_` sets a tensor to the numbers of another.)
#
# ## What PyTorch does beyond this
#
# How large is the graph of our last loss?

# %%
print(len(count_uses(loss)) + 1, "values")

# %% [markdown]
# In PyTorch's graph, a tensor's `grad_fn` is the operation that made it, and `next_functions` leads to the
# operations before.
#
# ??? question "Which operations do you expect in PyTorch's graph of this loss?"
#     Two layers, tanh, sigmoid and the loss. A whole layer is one operation, for all [[count]] points together.
#     The four parameter tensors are the ends of the graph.

# %%
#| values:
#|   operations: len(found)
found = [torch_loss.grad_fn]
for operation in found:
    for parent, _ in operation.next_functions:
        if parent is not None and parent not in found:
            found.append(parent)
print(len(found), "operations")
for operation in found:
    print("   ", operation.name())

# %% [markdown]
# `AddmmBackward0` is a layer: a matrix product plus a bias. `TBackward0` belongs to the transpose of its weights:
# `nn.Linear` keeps a row for each neuron, and the product needs a column for each. `AccumulateGrad` adds to the
# `.grad` of a parameter tensor. What PyTorch has beyond our class:
#
# - **Tensors.** The local derivatives of a layer would fill a large matrix, which PyTorch doesn't store: each
#   operation has a rule that turns the gradient of its result into those of its inputs.
# - **Operations.** It has hundreds, on the CPU and on the GPU. With few exceptions, those that have a derivative
#   come with such a rule.
# - **Selection.** We computed gradients for the points and targets too. PyTorch follows only what leads to a
#   tensor with `requires_grad`.
# - **Memory.** What the rules need, such as $a$ for $a(1 - a)$, is freed after the backward pass, and a second
#   pass that needs it is refused, unless the first was `backward(retain_graph=True)`. (Ours would add to the
#   gradients still in the graph, and give wrong sums.)

# %%
try:
    torch_loss.backward()
except RuntimeError as error:
    message, _, _ = str(error).partition(" (")
    print(message)

# %% [markdown]
# You can now read a well-known small autograd, Andrej Karpathy's
# [micrograd](https://github.com/karpathy/micrograd). Its values keep a function for the backward pass where ours
# keep pairs.
#
# ## Recap
#
# You can now
#
# - say what PyTorch records in the forward pass, and what `backward()` does with it;
# - explain why gradients are added, and why `backward()` needs a topological order;
# - add an operation to an autograd;
# - read `grad_fn`, and explain why a second `backward()` is refused.
#
# ## Exercises
#
# **1. Predict.** Let `w = Value(2.0)`. What does `(w * w * w).backward()` add to `w.grad`, and how many times? Does the sum
# agree with the derivative of $w^3$? Decide, then run it.

# %%
#| fold: Solution
# (w * w) * w passes w * w = 4 to w, and w = 2 to w * w. That passes
# 2 * 2 to w, twice. So 4 is added three times.
w = Value(2.0)
(w * w * w).backward()
print(w.grad, 3 * w.data**2)

# %% [markdown]
# **2. Extend.** Write a function `exp(value)` that returns $e$ to the power of a `Value`. Then build the sigmoid from it, as
# `1 / (1 + exp(-z))`, and compare its gradient at $z = 0.5$ with that of the method `sigmoid()`.


# %%
#| tolerance:
#|   text: abs 2e-6
#| fold: Solution
def exp(value):
    a = math.exp(value.data)
    return Value(a, [(value, a)])  # its derivative is the function itself


z = Value(0.5)
(1 / (1 + exp(-z))).backward()
other_z = Value(0.5)
other_z.sigmoid().backward()
print(f"{z.grad:.6f} {other_z.grad:.6f}")

# %% [markdown]
# **3. Repair.** Somebody has changed a line of `propagate` to `parent.grad = local * value.grad`. The
# gradients of the smoke detector are still right. Find an expression, as small as you can, that shows the mistake, and explain it.

# %%
#| fold: Solution
# `=` keeps only what arrives last; it must be `+=`. A value that is used
# twice shows it: the derivative of w * w at 2 is 4.
w = Value(2.0)
square = w * w
for parent, local in square.parents:
    parent.grad = local * 1.0
print("with = ", w.grad)

w.grad = 0.0
square.backward()
print("with +=", w.grad)

# %% [markdown]
# ## Next
#
# [Reading digits](reading_digits.py): the same kind of network and loop, on images of handwritten digits.
