# ---
# title: Backpropagation by hand
# teaches: what loss.backward() computes, on a network small enough to check with a pencil
# before: Python, and what a derivative is
# sources: [S0]
# tolerance: rel 1e-9
# ---

# %% [markdown]
# # Backpropagation by hand
#
# A neural network learns by changing its numbers, and it may have millions of them. How does it know which way to
# change each one, and by how much?
#
# **Backpropagation** answers for all of them at once. We'll do it by hand for a network with four numbers, then let
# PyTorch do the same, and compare.
#
# The network is a smoke detector. Its sensor reads 0 in clean air and 1 in thick smoke, and its output should be 1 for
# a fire and 0 for no fire. Right now the sensor reads [[x:.1f]], and something is burning. What does the detector say?

# %%
#| values:
#|   x: x
#|   target: target
#|   w2: w2
#|   a1: a1
#|   a2: a2
#|   loss: loss
#| claims:
#|   below_one: w2 / 4 < 1
#| tolerance:
#|   x: exact
#|   target: exact
#|   w2: exact
#|   text: abs 2e-4
from math import exp


def sigmoid(z):
    return 1 / (1 + exp(-z))


x, target = 0.8, 1.0
w1, b1 = 1.58, -0.14  # hidden neuron
w2, b2 = 2.45, -0.11  # output neuron

a1 = sigmoid(w1 * x + b1)
a2 = sigmoid(w2 * a1 + b2)
loss = (a2 - target) ** 2
print(f"output {a2:.4f}")
print(f"loss   {loss:.4f}")

# %% [markdown]
# It says [[a2:.4f]]. We want 1.
#
# ## Forward: from input to loss
#
# The code above is a chain of two **neurons**. Each one multiplies its input $x$ by a **weight** $w$ and adds
# a **bias** $b$. An **activation function** turns this **weighted sum** $z$ into the neuron's **activation** $a$. Ours
# is the **sigmoid** $\sigma$, which squeezes any number into the range 0 to 1:
#
# $$z = w x + b \qquad a = \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# The first neuron is called **hidden**, because only the second one sees its activation. The second neuron's
# activation is the output. What it should have been is the **target** $t$, and the **loss** $L$ measures how far
# off it is. We use the **squared error**:
#
# $$L = (a_2 - t)^2$$
#
# Computing the loss from the input is the **forward pass**. Here it is, drawn with `groundup`, the small library
# of this course ([Run it yourself](../run_it_yourself.md) says how to install it):

# %%
#| alt: >-
#|   A chain from left to right: the input x = [[x:.1f]]; a circle for the hidden neuron with its
#|   activation [[a1:.4f]]; a circle for the output neuron with [[a2:.4f]]; a square with the loss
#|   [[loss:.5f]]. The weights stand on the arrows between them, and the biases and the target
#|   enter from above.
from groundup.figures.backprop_by_hand import neuron_chain

hidden_neuron = (w1, b1, a1)
output_neuron = (w2, b2, a2)
neuron_chain(x, hidden_neuron, output_neuron, target, loss)

# %% [markdown]
# The input and the target are given. We can change the weights and biases, the network's **parameters**.
#
# ## Backward: from loss to parameters
#
# Let $z_1$ and $z_2$ be the weighted sums of the two neurons. Suppose $w_2$ grows a little. Then $z_2$ changes,
# then $a_2$, then $L$. The **chain rule** multiplies the slopes along the way. ($\partial$ is the d of a
# derivative when everything else is held fixed.)
#
# $$\frac{\partial L}{\partial w_2} = \frac{\partial L}{\partial a_2} \cdot \frac{\partial a_2}{\partial z_2} \cdot \frac{\partial z_2}{\partial w_2}$$
#
# Each slope belongs to one formula of the forward pass:
#
# | formula | slopes |
# |---|---|
# | $L = (a_2 - t)^2$ | $\partial L / \partial a_2 = 2(a_2 - t)$ |
# | $a_2 = \sigma(z_2)$ | $\partial a_2 / \partial z_2 = a_2(1 - a_2)$ |
# | $z_2 = w_2 a_1 + b_2$ | $\partial z_2 / \partial w_2 = a_1$, $\quad \partial z_2 / \partial b_2 = 1$, $\quad \partial z_2 / \partial a_1 = w_2$ |
#
# (Exercise 1 derives the second row.) The product $\partial L / \partial w_2$ is called the **gradient** of $w_2$: how
# fast the loss grows as $w_2$ grows. Strictly, the gradient is the list of the four derivatives, but PyTorch uses the
# word for a single one too.
#
# The last slope in the table leads on to $a_1$. The hidden neuron has the same two formulas, with $x$ as its
# input, so its slopes are $a_1(1 - a_1)$ and, for $w_1$, $x$:
#
# $$\frac{\partial L}{\partial w_1} = 2(a_2 - t) \cdot a_2(1 - a_2) \cdot w_2 \cdot a_1(1 - a_1) \cdot x$$
#
# Its first two factors are those of $w_2$. So we start at the loss, move towards the input, and multiply by one slope at a
# time: the **backward pass**. Each product is computed once and reused for whatever lies further back.
#
# ## One step by hand
#
# Where the gradient is positive, the loss grows with the parameter. So each parameter takes a step *against* its
# gradient, scaled by the **learning rate** $\eta$:
#
# $$w \leftarrow w - \eta \, \frac{\partial L}{\partial w}$$
#
# ??? question "Which of the four parameters will have the largest gradient, in size?"
#     The bias of the output neuron. Its change reaches $z_2$ as it is. A change of $w_2$ is first multiplied by
#     $a_1$, and one of $w_1$ by $x$, which are less than 1. A change at the hidden neuron also passes through a
#     second sigmoid, whose slope $a(1 - a)$ is at most ¼. [[below_one? Even multiplied by $w_2 = [[w2:.2f]]$, that
#     slope stays less than 1.]]
#
# One function goes backward through either neuron; its `grad_a` is $\partial L / \partial a$. All gradients come
# first, then all updates: the gradient of $w_1$ needs the $w_2$ that the forward pass used. The whole program
# prints PyTorch's names, such as `hidden.weight` for $w_1$.

# %%
#| values:
#|   lr: lr
#|   grad_w1: grad_w1
#|   grad_b1: grad_b1
#|   grad_w2: grad_w2
#|   grad_b2: grad_b2
#|   hand_w1: w1
#|   hand_a2_after: a2_after
#| claims:
#|   b2_largest: abs(grad_b2) > max(abs(grad_w1), abs(grad_b1), abs(grad_w2))
#|   all_negative: max(grad_w1, grad_b1, grad_w2, grad_b2) < 0
#| tolerance:
#|   default: rel 1e-9
#|   lr: exact
#|   text: abs 2e-4
import math


def forward(x, w, b):
    z = w * x + b
    return 1 / (1 + math.exp(-z))


def backward(grad_a, a, x, w):
    grad_z = grad_a * a * (1 - a)
    return grad_z * x, grad_z, grad_z * w  # for w, b, x


x, target, lr = 0.8, 1.0, 0.1
w1, b1 = 1.58, -0.14
w2, b2 = 2.45, -0.11

a1 = forward(x, w1, b1)
a2 = forward(a1, w2, b2)

grad_a2 = 2 * (a2 - target)
grad_w2, grad_b2, grad_a1 = backward(grad_a2, a2, a1, w2)
grad_w1, grad_b1, _ = backward(grad_a1, a1, x, w1)

w1 = w1 - lr * grad_w1
b1 = b1 - lr * grad_b1
w2 = w2 - lr * grad_w2
b2 = b2 - lr * grad_b2
a2_after = forward(forward(x, w1, b1), w2, b2)

print(f"output before  {a2:.4f}")
print(f"hidden.weight  grad {grad_w1:.4f}  new {w1:.4f}")
print(f"hidden.bias    grad {grad_b1:.4f}  new {b1:.4f}")
print(f"output.weight  grad {grad_w2:.4f}  new {w2:.4f}")
print(f"output.bias    grad {grad_b2:.4f}  new {b2:.4f}")
print(f"output after   {a2_after:.4f}")

# %% [markdown]
# [[b2_largest? The bias of the output neuron has the largest gradient, in size.]] [[all_negative? All four
# gradients are negative, so all four parameters grew]], and the output rose from [[a2:.4f]] to
# [[hand_a2_after:.4f]].
#
# In the drawing, the gradients stand in orange below the values from before the step:

# %%
#| values:
#|   grad_a1: grad_a1
#|   grad_a2: grad_a2
#| alt: >-
#|   The chain from before. Below each number stands the derivative of the loss with respect to
#|   it: [[grad_a2:.4f]] at the output neuron, [[grad_a1:.4f]] at the hidden neuron,
#|   [[grad_w2:.4f]] at its weight w2 and [[grad_b2:.4f]] at b2, [[grad_w1:.4f]] at w1 and
#|   [[grad_b1:.4f]] at b1. Arrows lead back from the loss to the output neuron and from there
#|   to the hidden neuron.
hidden_grads = (grad_w1, grad_b1, grad_a1)
output_grads = (grad_w2, grad_b2, grad_a2)
gradients = (hidden_grads, output_grads)
neuron_chain(x, hidden_neuron, output_neuron, target, loss, gradients)

# %% [markdown]
# From right to left: $2(a_2 - t)$ is [[grad_a2:.4f]]. Multiplied by the sigmoid's slope, it becomes
# [[grad_b2:.4f]], the gradient of $b_2$. Multiplied by $a_1$, this gives the gradient of $w_2$; multiplied by
# $w_2$, it reaches the hidden neuron as [[grad_a1:.4f]].
#
# Now choose the parameters yourself. Find some that bring the output above 0.9. Then make $w_2$ negative: what happens
# to the gradients of the hidden neuron? And what becomes of the gradients if $b_2$ is large?
#
# <div class="knobs" data-knobs="backprop"></div>
#
# ## The same step in PyTorch
#
# PyTorch computes with **tensors**: arrays like NumPy's that can also live on a GPU and keep track of how they
# were computed. From that record, the **graph**, PyTorch does the backward pass. Here is the program in PyTorch:

# %%
#| values:
#|   new_w1: model.hidden.weight.item()
#|   new_b1: model.hidden.bias.item()
#|   new_w2: model.output.weight.item()
#|   new_b2: model.output.bias.item()
#|   a2_after: model(x).item()
#| claims:
#|   same_gradients: >-
#|     max(abs(p.grad.item() - g) for p, g in
#|     zip(model.parameters(), (grad_w1, grad_b1, grad_w2, grad_b2))) < 1e-12
#|   same_parameters: >-
#|     max(abs(p.item() - v) for p, v in
#|     zip(model.parameters(), (w1, b1, w2, b2))) < 1e-12
#| tolerance:
#|   default: rel 1e-9
#|   text: abs 2e-4
import torch
from torch import nn


class SmokeDetector(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(1, 1, dtype=torch.float64)
        self.output = nn.Linear(1, 1, dtype=torch.float64)
        with torch.no_grad():
            self.hidden.weight.fill_(1.58)
            self.hidden.bias.fill_(-0.14)
            self.output.weight.fill_(2.45)
            self.output.bias.fill_(-0.11)

    def forward(self, x):
        a1 = torch.sigmoid(self.hidden(x))
        return torch.sigmoid(self.output(a1))


x = torch.tensor([[0.8]], dtype=torch.float64)
target = torch.tensor([[1.0]], dtype=torch.float64)

model = SmokeDetector()
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

optimizer.zero_grad()
output = model(x)
loss = criterion(output, target)
loss.backward()
optimizer.step()

print(f"output before  {output.item():.4f}")
for name, p in model.named_parameters():
    print(f"{name:13}  grad {p.grad.item():.4f}  new {p.item():.4f}")
print(f"output after   {model(x).item():.4f}")

# %% [markdown]
# It prints the same six lines. New in the code, from the top:
#
# - The network is a **module**, a class derived from `nn.Module`. `__init__` creates its layers, and `forward` says
#   how the input flows through them.
# - A **layer** is a set of neurons with the same inputs. `nn.Linear(1, 1)` has one input and one neuron, and
#   computes $wx + b$. Its parameters are random at first, so we overwrite them with ours. The underscore of
#   `fill_` means that it changes the tensor itself. Setting a starting value is no part of the computation that we
#   want gradients of, so we do it in `torch.no_grad()`, where PyTorch records nothing; outside, it would raise an
#   error.
# - The input is `[[0.8]]` because a layer expects a table with a row for each example and a column for each input.
#   Input and layer must have the same [type](../tensors.md#type). By default both are `float32`; we ask for
#   `float64`, the type of Python's floats, so that both programs round alike.
# - We call `model(x)`, not `model.forward(x)`: the call also runs whatever else has been attached to the model.
# - The **criterion** computes the loss. `nn.MSELoss` is the mean of the squared errors, here of one, without a
#   factor ½. So its backward pass starts with $2(a_2 - t)$, as ours did.
# - `loss.backward()` is the backward pass. It leaves each parameter's gradient in its `.grad`.
# - The **optimizer** changes the parameters. **SGD** (*stochastic gradient descent*) subtracts learning rate times
#   gradient, as we did. Stochastic, because a step usually sees a few examples drawn at random. `zero_grad()` has its
#   own section below.
# - `named_parameters()` lists the parameters, and `.item()` takes a single number out of a tensor.
#
# Do the programs agree beyond four decimals?

# %%
#| tolerance:
#|   text: rel 1e-9
for value, p in zip((w1, b1, w2, b2), model.parameters(), strict=True):
    print(f"by hand {value:15.12f}   PyTorch {p.item():15.12f}")
print(model)

# %% [markdown]
# [[same_parameters? All four new parameters agree to twelve decimals]], and [[same_gradients? so do the gradients
# behind them.]] `backward()` applies the chain rule, as we did.
#
# The printed model lists the layers, but no sigmoids: they are function calls inside `forward`.
#
# ## A thousand steps
#
# **Training** is this step in a loop.
#
# ??? question "Will a thousand steps bring the output to exactly 1?"
#     No. The formula of the sigmoid comes close to 1 but never gives 1. And
#     [[steps_shrink? the closer the output gets, the smaller the steps become]], since the gradient contains the
#     factors $a_2 - t$ and $1 - a_2$.

# %%
#| values:
#|   gain: outputs[1] - outputs[0]
#|   steps: len(outputs)
#|   output_100: outputs[100]
#|   output_end: outputs[-1]
#|   bias_end: model.output.bias.item()
#|   last_gain: outputs[-1] - outputs[-2]
#| claims:
#|   steps_shrink: >-
#|     all(c - b < b - a for a, b, c in zip(outputs, outputs[1:], outputs[2:]))
#| tolerance:
#|   default: rel 1e-7
#|   gain: rel 1e-6
#|   last_gain: rel 1e-6
#|   steps: exact
#|   text: abs 2e-4
#| alt: >-
#|   The output over [[steps:,]] steps: a curve that flattens as it rises, from [[a2:.2f]] to
#|   [[output_100:.2f]] after a hundred steps and [[output_end:.2f]] at the end, below a dashed
#|   line at the target, 1.
from groundup.figures import curves

model = SmokeDetector()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
outputs = []
for step in range(1000):
    optimizer.zero_grad()
    output = model(x)
    loss = criterion(output, target)
    loss.backward()
    optimizer.step()
    outputs.append(output.item())
    if step % 200 == 0:
        print(f"step {step:3}  output {output.item():.4f}")
print(f"last step {step}  output {output.item():.4f}")

marks = {"target": 1}
curves({"output": outputs}, xlabel="step", ylabel="output", marks=marks)

# %% [markdown]
# At first a step added [[gain:.4f]] to the output, at the end only [[last_gain:.5f]].
#
# ## What `zero_grad` does
#
# Each step of the loop began with `zero_grad()`. Below, `backward()` is called three times without it.
#
# ??? question "The parameters don't change between the calls. What will the three lines be if each call replaces what is in `.grad`, and what if it adds to it?"
#     The same number each time, or a sum that grows by the gradient.

# %%
#| values:
#|   grad_three_calls: model.output.bias.grad.item()
#| claims:
#|   adds_up: abs(model.output.bias.grad.item() - 3 * grad_b2) < 1e-12
#| tolerance:
#|   default: rel 1e-9
#|   text: abs 2e-4
model = SmokeDetector()
for _ in range(3):
    loss = criterion(model(x), target)
    loss.backward()
    print(f"{model.output.bias.grad.item():.4f}")

# %% [markdown]
# `backward()` *adds* the new gradient to what is in `.grad`. The right gradient is [[grad_b2:.4f]] each time, but
# [[adds_up? after three calls `.grad` holds three times as much]], [[grad_three_calls:.4f]]. `zero_grad()` clears it:

# %%
#| claims:
#|   bias_stays: model.output.bias.item() == -0.11
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
optimizer.zero_grad()
print("gradient:", model.output.bias.grad)
print("bias:    ", model.output.bias.item())

# %% [markdown]
# It clears gradients, not parameters: [[bias_stays? the bias is what it was]]. Despite its name it leaves `None`,
# not zeros, by default since PyTorch 2.0.
#
# You can call it anywhere between `step()`, which uses the gradients, and the next `backward()`.
#
# Why does PyTorch add? Because sums are useful, and it can't know when a new one should begin. If the examples for
# one step don't fit into memory together, you can call `backward()` for one part after another, then step once
# with the sum. (With a criterion that averages, make equal parts, and divide the loss of each by the number of
# parts.)
#
# Here are the thousand steps again, without that line:

# %%
#| values:
#|   shown: len(forgotten[:200])
#|   output_50: outputs[50]
#|   forgotten_50: forgotten[50]
#|   forgotten_bias: model.output.bias.item()
#| claims:
#|   forgotten_faster: forgotten[100] > outputs[100]
#|   stuck: model(x).item() == 1
#| tolerance:
#|   default: rel 1e-6
#|   shown: exact
#| alt: >-
#|   The output over the first [[shown]] steps, with and without zero_grad. Both curves start at
#|   [[a2:.2f]]. After fifty steps the one with zero_grad has risen to [[output_50:.2f]]; the one
#|   without is at [[forgotten_50:.3f]] and from then on lies on the dashed line of the target, 1.
model = SmokeDetector()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
forgotten = []
for step in range(1000):
    output = model(x)
    loss = criterion(output, target)
    loss.backward()
    optimizer.step()
    forgotten.append(output.item())
    if step % 200 == 0:
        print(f"step {step:3}  output {output.item():.4f}")
print("bias of the output neuron:", model.output.bias.item())

both = {"with zero_grad": outputs[:200], "without": forgotten[:200]}
curves(both, xlabel="step", ylabel="output", marks=marks)

# %% [markdown]
# There is no error message, and [[forgotten_faster? the output even rises faster]]: the mistake is hard to notice.
# But each step now uses the sum of the gradients so far: the parameters keep the speed they have gained, like a
# ball that rolls downhill without friction. The sigmoid cannot overshoot the target, so the curve looks fine. But
# the bias of the output neuron, [[bias_end:.2f]] when the gradients were cleared, has grown to
# [[forgotten_bias:.1f]]. There the sigmoid is flat: [[stuck? rounded to `float64`, the output is exactly 1]], its
# slope $a(1 - a)$ is 0, and so is each new gradient. Only the old sum still moves the parameters. Even for another
# target, this detector could learn nothing any more. In exercise 3 the output itself goes wrong.
#
# ## Recap
#
# You can now
#
# - compute the gradient of each parameter with the chain rule;
# - say what `backward()` leaves in `.grad`, and what `optimizer.step()` does with it;
# - write a network as an `nn.Module`, set its parameters, and train it in a loop;
# - explain why `zero_grad()` is in that loop, what it clears, and where it may stand.
#
# ## Exercises
#
# **1. Derive.** Show that the slope of the sigmoid is $a(1 - a)$. Then check it with numbers at $z = 0.5$: for
# a small $h$, it is close to $\frac{\sigma(z + h) - \sigma(z - h)}{2h}$.

# %%
#| fold: Solution
#| claims:
#|   slope_right: abs(slope - measured) < 1e-6
#| tolerance:
#|   text: abs 2e-6
# a = 1 / (1 + u), where u = exp(-z) and du/dz = -u. So
# da/dz = u / (1 + u)**2 = 1 / (1 + u) * u / (1 + u) = a * (1 - a)
z, h = 0.5, 0.001
a = sigmoid(z)
slope = a * (1 - a)
measured = (sigmoid(z + h) - sigmoid(z - h)) / (2 * h)
print(f"formula {slope:.6f}, measured {measured:.6f}")

# %% [markdown]
# **2. Predict.** It was only burnt toast: the target is 0. One detector has our parameters. In another, the output
# neuron's bias is [[high_bias:.0f]], so it is surer of a fire. Which of the two has the larger gradient for its output
# bias? Decide first, then compute both.

# %%
#| fold: Solution
#| values:
#|   high_bias: bias
#|   high_loss: loss.item()
#|   high_grad: grad
#| claims:
#|   saturated: grad < 0.001 and loss.item() > 0.999
#| tolerance:
#|   high_bias: exact
#|   high_loss: rel 1e-9
#|   high_grad: rel 1e-6
#|   text: rel 1e-2
# Ours. The other neuron is saturated: its sigmoid is so flat there that
# the slope a * (1 - a) is almost 0. It is sure and wrong, and hardly
# learns.
toast = torch.tensor([[0.0]], dtype=torch.float64)
for bias in (-0.11, 10.0):
    model = SmokeDetector()
    with torch.no_grad():
        model.output.bias.fill_(bias)
    loss = criterion(model(x), toast)
    loss.backward()
    grad = model.output.bias.grad.item()
    print(f"bias {bias:5.2f}  loss {loss.item():.4f}  gradient {grad:.1e}")

# %% [markdown]
# **3. Repair.** It was cooking smoke: at the same reading the output should be [[haze:.1f]]. Train for this target without
# `zero_grad()`, [[haze_steps]] steps, and print the output now and then. What do you see, and why? Then repair the
# loop.

# %%
#| fold: Solution
#| values:
#|   haze: smoke.item()
#|   haze_steps: step + 1
#|   settled: output.item()
#| tolerance:
#|   settled: rel 1e-6
#|   text: abs 2e-3
# At the target the gradient is 0, but the sum of the old ones is not. The
# output shoots past until new gradients have cancelled the sum. Then it
# turns back, and shoots past again.
smoke = torch.tensor([[0.5]], dtype=torch.float64)
for repaired in (False, True):
    model = SmokeDetector()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    print("repaired:", repaired)
    for step in range(400):
        if repaired:
            optimizer.zero_grad()
        output = model(x)
        loss = criterion(output, smoke)
        loss.backward()
        optimizer.step()
        if step % 50 == 0:
            print(f"step {step:3}  output {output.item():.4f}")

# %% [markdown]
# ## Next
#
# [An autograd of your own](own_autograd.py): you write `backward()` yourself, for any formula.
#
# This page re-teaches [PyTorch Hello World](https://nestedsoftware.com/2019/08/15/pytorch-hello-world-37mo.156165.html)
# by nestedsoftware (2019). What we found when we ran it: [About the sources](../about_the_sources.md#s0-pytorch-hello-world).
