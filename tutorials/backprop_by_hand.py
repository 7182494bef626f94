# ---
# title: Backpropagation by hand
# teaches: what loss.backward() computes, on a network small enough to check with a pencil
# before: Python, and what a derivative is
# sources: [S0]
# ---

# %% [markdown]
# # Backpropagation by hand
#
# A network learns by asking, for each of its numbers: *if you were a little larger, would the error grow or shrink?*
# Backpropagation is the bookkeeping that answers for all of them in one sweep. Here the network has four numbers to
# learn, so you can do the bookkeeping yourself, and then watch PyTorch arrive at the same digits.
#
# The network and its numbers are those of nestedsoftware's article *PyTorch Hello World*. On the way you check what it
# reports, and find out what happens when the gradients are never cleared.

# %%
import inspect
import math

import numpy as np
import torch
from torch import nn

from groundup import sources
from groundup.figures import backprop_by_hand as drawings
from groundup.figures import curves
from groundup.models import TinyNet
from groundup.repro import pick_device, reproducible

seed = reproducible(0)
device = pick_device()

# %% [markdown]
# The last two lines make runs repeatable, and pick a GPU where there is one.
#
# ## Two neurons in a row
#
# A **neuron** takes a number, multiplies it by a **weight** $w$, adds a **bias** $b$, and bends the sum $z$ with an
# **activation function**. Ours is the sigmoid, which squeezes any number into the range from 0 to 1:
#
# $$z = w x + b \qquad a = \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# The result $a$ is the neuron's **activation**. A hidden neuron (index 1) reads the input $x$; an output neuron
# (index 2) reads the hidden neuron's activation. We want the output $a_2$ to be a given **target** $t$. How far it is
# from that is the **loss**, here the squared error:
#
# $$L = (a_2 - t)^2$$


# %%
#| values:
#|   x: x
#|   target: target
#|   w1: w1
#|   b1: b1
#|   w2: w2
#|   b2: b2
#|   a1: float(a1)
#|   a2: float(a2)
#|   loss: float(loss)
#| tolerance:
#|   a1: rel 1e-9
#|   a2: rel 1e-9
#|   loss: rel 1e-9
#|   text: abs 2e-6
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


x, target = 0.8, 1.0
w1, b1 = 1.58, -0.14  # hidden neuron
w2, b2 = 2.45, -0.11  # output neuron

z1 = w1 * x + b1
a1 = sigmoid(z1)
z2 = w2 * a1 + b2
a2 = sigmoid(z2)
loss = (a2 - target) ** 2
print(f"hidden  z1 {z1:.6f}   a1 {a1:.6f}")
print(f"output  z2 {z2:.6f}   a2 {a2:.6f}")
print(f"loss    {loss:.6f}")

# %% [markdown]
# This is the **forward pass**: from the input to the loss. The same numbers, each in its place:

# %%
#| alt: >-
#|   A chain from left to right: input x, a circle for the hidden neuron with its activation
#|   [[a1:.4f]], a circle for the output neuron with [[a2:.4f]], and a box with the loss
#|   [[loss:.4f]]. The weights stand on the arrows; the biases enter their neurons and the target
#|   enters the loss from above.
numbers = {
    "x": x,
    "w1": w1,
    "b1": b1,
    "a1": a1,
    "w2": w2,
    "b2": b2,
    "a2": a2,
    "target": target,
    "loss": loss,
}
drawings.neuron_chain(numbers)

# %% [markdown]
# The output is [[a2:.4f]] and should be [[target:.0f]]. Four numbers can be changed
# to move it there: the weights and biases, together called the **parameters**. The input and the target are given.
#
# ## Which way, and how much?
#
# For the weight $w_2$ the question from the top is written $\frac{\partial L}{\partial w_2}$ and read: *how much the
# loss changes, per unit, when $w_2$ alone changes a little*. It is the derivative of $L$ with respect to $w_2$ while
# the other parameters stand still. The four derivatives together are the **gradient**; people call each one a
# gradient as well, and so does PyTorch.
#
# A nudge to $w_2$ travels: it changes $z_2$, which changes $a_2$, which changes $L$. The **chain rule** says that the
# total effect is the product of the effects along the way:
#
# $$\frac{\partial L}{\partial w_2} = \frac{\partial L}{\partial a_2} \cdot \frac{\partial a_2}{\partial z_2} \cdot \frac{\partial z_2}{\partial w_2}$$
#
# Each factor belongs to one small formula that you already have:
#
# | factor | from | is |
# |---|---|---|
# | $\frac{\partial L}{\partial a_2}$ | $L = (a_2 - t)^2$ | $2(a_2 - t)$ |
# | $\frac{\partial a_2}{\partial z_2}$ | $a_2 = \sigma(z_2)$ | $a_2(1 - a_2)$ |
# | $\frac{\partial z_2}{\partial w_2}$ | $z_2 = w_2 a_1 + b_2$ | $a_1$ |
# | $\frac{\partial z_2}{\partial b_2}$ | the same | $1$ |
# | $\frac{\partial z_2}{\partial a_1}$ | the same | $w_2$ |
#
# The second row is a convenience of the sigmoid: its slope can be had from its own result.
#
# ??? note "Where $a(1 - a)$ comes from"
#     The derivative of $\sigma(z) = (1 + e^{-z})^{-1}$ is $\frac{e^{-z}}{(1 + e^{-z})^2}$. Split it into
#     $\frac{1}{1 + e^{-z}} \cdot \frac{e^{-z}}{1 + e^{-z}}$. The first factor is $a$, the second is $1 - a$.
#
# For the hidden neuron the road is longer: $w_1$ changes $z_1$, then $a_1$, and only then $z_2$. Its first two
# factors are those of $w_2$. So you walk from the loss **backward** and keep every product, since the next one begins
# with it.
#
# ??? question "Before you run it: which of the four parameters has the gradient of the largest size?"
#     The output's bias $b_2$. Its nudge reaches $z_2$ undiminished. That of $w_2$ is scaled by $a_1$, which is less
#     than 1. The two of the hidden neuron pass through a second sigmoid, whose slope $a(1 - a)$ is at most a quarter,
#     and a weight of [[w2]] does not make up for that.

# %%
#| values:
#|   grad_a2: float(grad_a2)
#|   grad_w2: float(grad_w2)
#|   grad_b2: float(grad_b2)
#|   grad_w1: float(grad_w1)
#|   grad_b1: float(grad_b1)
#| tolerance:
#|   default: rel 1e-9
#|   text: abs 2e-6
grad_a2 = 2 * (a2 - target)  # dL/da2
grad_z2 = grad_a2 * a2 * (1 - a2)  # dL/dz2, through the output's sigmoid
grad_w2 = grad_z2 * a1  # dL/dw2
grad_b2 = grad_z2 * 1  # dL/db2

grad_a1 = grad_z2 * w2  # dL/da1, across to the hidden neuron
grad_z1 = grad_a1 * a1 * (1 - a1)  # dL/dz1, through its sigmoid
grad_w1 = grad_z1 * x  # dL/dw1
grad_b1 = grad_z1 * 1  # dL/db1

print(f"output  dL/dw2 {grad_w2:.6f}   dL/db2 {grad_b2:.6f}")
print(f"hidden  dL/dw1 {grad_w1:.6f}   dL/db1 {grad_b1:.6f}")

# %% [markdown]
# Eight short lines, and the second half repeats the first. This is the **backward pass**. More layers would only repeat
# it: each product is computed once and handed on to the left.

# %%
#| alt: >-
#|   The chain from before with a derivative in orange under each number. Orange arrows run from
#|   right to left, from the loss to the output neuron and on to the hidden neuron. The largest
#|   derivative of a parameter is that of the output's bias, [[grad_b2:.4f]]; all four of the
#|   parameters are negative.
gradients = {
    "w1": grad_w1,
    "b1": grad_b1,
    "a1": grad_a1,
    "w2": grad_w2,
    "b2": grad_b2,
    "a2": grad_a2,
}
drawings.neuron_chain(numbers, gradients)

# %% [markdown]
# Orange is the derivative of the loss with respect to the number above it. All four gradients are negative: make any
# of the parameters larger, and the loss shrinks.
#
# ## One step
#
# Each parameter moves a little *against* its gradient. How little is set by the **learning rate**:
#
# $$\text{new} = \text{old} - \text{learning rate} \cdot \text{gradient}$$

# %%
#| values:
#|   lr: lr
#|   hand_a2_after: float(updated['a2 after'])
#| tolerance:
#|   hand_a2_after: rel 1e-9
#|   text: abs 2e-6
lr = 0.1
updated = {
    "new w1": w1 - lr * grad_w1,
    "new b1": b1 - lr * grad_b1,
    "new w2": w2 - lr * grad_w2,
    "new b2": b2 - lr * grad_b2,
}
hidden = sigmoid(updated["new w1"] * x + updated["new b1"])
updated["a2 after"] = sigmoid(updated["new w2"] * hidden + updated["new b2"])
for name, value in updated.items():
    print(f"{name:9} {value:9.6f}")

# %% [markdown]
# The output rises from [[a2:.4f]] to [[hand_a2_after:.4f]]. One step of learning,
# done by hand.
#
# ## The same in PyTorch
#
# PyTorch's array is called a **tensor**. It has a shape, a type and arithmetic like NumPy's. Two things are new: it can
# live on a GPU (`device`), and it can remember how it was computed, which is what makes automatic derivatives possible.
# A third difference is a trap:

# %%
#| tolerance:
#|   text: rel 1e-9
array = np.array([[0.8]])
tensor = torch.tensor([[0.8]])
print("array ", array.shape, array.dtype, f"{array.item():.12f}")
print("tensor", tensor.shape, tensor.dtype, f"{tensor.item():.12f}")

# %% [markdown]
# A tensor made of Python floats is 32-bit, good for about seven digits. (Made of whole numbers it is `int64`, and made of
# a NumPy array it keeps the array's type.) On this page every tensor is 64-bit, as in NumPy, so that digits can be
# compared. `.item()` takes the number out of a tensor that holds one.
#
# The shape has two dimensions because PyTorch's layers expect a table: one row per example, one column per input. Ours
# has one of each. Now the network, as `groundup.models` defines it:

# %%
#| output: python
print(inspect.getsource(TinyNet))

# %% [markdown]
# `nn.Linear(1, 1)` holds a weight and a bias and computes $z = wx + b$, from one input to one output. A network is a
# subclass of `nn.Module`: `__init__` makes its layers, `forward` says how the input flows through them. The annotation
# `Float[Tensor, "n 1"]` tells the reader the shape: any number of rows, one column.
#
# A new layer starts with random parameters. To compare numbers, we set them. Writing into a parameter is no part of the
# computation to be differentiated, and PyTorch refuses it unless told so: hence `torch.no_grad()`.
#
# ??? question "Before you run it: what will `print(model)` show of the two sigmoids?"
#     Nothing. It lists the layers that `__init__` stored. The sigmoids are function calls inside `forward`, which
#     printing does not look into.


# %%
#| tolerance:
#|   text: rel 1e-12
def new_net():
    model = TinyNet().double()  # 64-bit parameters
    with torch.no_grad():
        model.hidden.weight.fill_(w1)
        model.hidden.bias.fill_(b1)
        model.output.weight.fill_(w2)
        model.output.bias.fill_(b2)
    return model.to(device)


model = new_net()
print(model)
for name, parameter in model.named_parameters():
    print(f"{name:14} {parameter.item():5.2f}   gradient {parameter.grad}")

# %% [markdown]
# ### Forward
#
# To run the network, call it like a function: `model(inputs)`. That calls `forward` for you, and whatever else has been
# attached to the module, so do not call `forward` yourself. The loss comes from a **criterion**: `nn.MSELoss`, the
# mean of the squared errors. Here the mean is over one number.

# %%
#| values:
#|   grad_fn: output.grad_fn.name()
#| tolerance:
#|   text: abs 2e-6
inputs = torch.tensor([[x]], dtype=torch.float64, device=device)  # (1, 1)
targets = torch.tensor([[target]], dtype=torch.float64, device=device)  # (1, 1)
criterion = nn.MSELoss()

output = model(inputs)  # (1, 1)
output.retain_grad()  # keep dL/da2 too, to look at it
mse = criterion(output, targets)  # ()
print(f"a2   {output.item():.6f}   made by {output.grad_fn.name()}")
print(f"loss {mse.item():.6f}   made by {mse.grad_fn.name()}")

# %% [markdown]
# Each result knows the operation that made it, and through it the ones before: that is the drawing from above, kept in
# memory as a **graph**. (PyTorch keeps the gradients of parameters, not of results. `retain_grad()` asks
# for one more.)
#
# ### Backward and step
#
# `backward()` walks that graph from the loss to the left, as you did, and stores each parameter's gradient in its
# `.grad`. An **optimizer** makes the step. Ours, SGD, follows the rule from above. The letters stand for stochastic
# gradient descent: downhill, which is against the gradient, and stochastic because each step usually sees a random few
# of the examples.

# %%
by_torch = {
    "z1": model.hidden(inputs).item(),
    "a1": torch.sigmoid(model.hidden(inputs)).item(),
}
by_torch |= {"a2": output.item(), "loss": mse.item()}

mse.backward()
by_torch["dL/da2"] = output.grad.item()
for layer, index in ((model.output, 2), (model.hidden, 1)):
    by_torch[f"dL/dw{index}"] = layer.weight.grad.item()
    by_torch[f"dL/db{index}"] = layer.bias.grad.item()

optimizer = torch.optim.SGD(model.parameters(), lr=lr)
optimizer.step()
for layer, index in ((model.hidden, 1), (model.output, 2)):
    by_torch[f"new w{index}"] = layer.weight.item()
    by_torch[f"new b{index}"] = layer.bias.item()
by_torch["a2 after"] = model(inputs).item()

# %% [markdown]
# ## Do they agree?
#
# "Agree" means here: a relative difference of at most `tolerance`. If one value is off, the `assert` stops this page.

# %%
#| values:
#|   tolerance: tolerance
#|   compared: len(by_hand)
#| tolerance:
#|   text: abs 2e-6
tolerance = 1e-12
by_hand = {"z1": z1, "a1": a1, "a2": a2, "loss": loss, "dL/da2": grad_a2}
by_hand |= {
    "dL/dw2": grad_w2,
    "dL/db2": grad_b2,
    "dL/dw1": grad_w1,
    "dL/db1": grad_b1,
} | updated

assert by_hand.keys() == by_torch.keys()
print(f"{'quantity':9} {'by hand':>10} {'PyTorch':>10} {'difference':>11}")
for name in by_hand:
    difference = abs(by_hand[name] - by_torch[name])
    print(f"{name:9} {by_hand[name]:10.6f} {by_torch[name]:10.6f} {difference:11.1e}")
    assert math.isclose(by_hand[name], by_torch[name], rel_tol=tolerance), name

# %% [markdown]
# All [[compared]] agree to a relative difference of at most [[tolerance:.0e]].
# Nothing mysterious happens in `backward()`: it is the chain rule, kept in order.
#
# The row `dL/da2` settles a detail. Some books define the squared error with a factor ½ in front, so that the 2 of
# its derivative cancels. `nn.MSELoss` has no such factor: its gradient is
# $2(a_2 - 1) = [[grad_a2:.4f]]$. With the ½ all gradients would be half as large, and the same step
# would need twice the learning rate.
#
# And the article? Its figures, to the four decimals that it prints:

# %%
#| values:
#|   new_w1: by_torch['new w1']
#|   new_b1: by_torch['new b1']
#|   new_w2: by_torch['new w2']
#|   new_b2: by_torch['new b2']
#|   a2_after: by_torch['a2 after']
#| quoted:
#|   reported_a2: sources.HELLO_A2
#|   reported_w1: sources.HELLO_AFTER['w1']
#|   reported_b1: sources.HELLO_AFTER['b1']
#|   reported_w2: sources.HELLO_AFTER['w2']
#|   reported_b2: sources.HELLO_AFTER['b2']
#|   reported_a2_after: sources.HELLO_AFTER['a2']
#| tolerance:
#|   new_w1: rel 1e-9
#|   new_b1: rel 1e-9
#|   new_w2: rel 1e-9
#|   new_b2: rel 1e-9
#|   a2_after: rel 1e-9
reported = {"a2": sources.HELLO_A2, "a2 after": sources.HELLO_AFTER["a2"]}
reported |= {
    f"new {name}": sources.HELLO_AFTER[name] for name in ("w1", "b1", "w2", "b2")
}
matches = [round(by_torch[name], 4) == figure for name, (figure, _) in reported.items()]
print(f"{sum(matches)} of {len(matches)} reported figures reproduced")

# %% [markdown]
# | | reported | here |
# |---|---|---|
# | $a_2$ before the step | [[reported_a2:.4f]] | [[a2:.4f]] |
# | $w_1$ after it | [[reported_w1:.4f]] | [[new_w1:.4f]] |
# | $b_1$ after it | [[reported_b1:.4f]] | [[new_b1:.4f]] |
# | $w_2$ after it | [[reported_w2:.4f]] | [[new_w2:.4f]] |
# | $b_2$ after it | [[reported_b2:.4f]] | [[new_b2:.4f]] |
# | $a_2$ after it | [[reported_a2_after:.4f]] | [[a2_after:.4f]] |
#
# ## The line that was not needed
#
# Nearly every training loop clears the gradients before the backward pass, with `zero_grad()`. We left the line out, and
# every digit was right. See what happens when `backward()` is called more than once:
#
# ??? question "Before you run it: what is in `.grad` after the second backward pass on the same numbers?"
#     Twice the gradient. `backward()` *adds* to `.grad` instead of replacing what is there.

# %%
#| values:
#|   grads: grads
#| tolerance:
#|   grads: rel 1e-9
#|   text: abs 2e-6
model = new_net()
optimizer = torch.optim.SGD(model.parameters(), lr=lr)
grads = []
for call in (1, 2, 3):
    criterion(model(inputs), targets).backward()
    grads.append(model.output.bias.grad.item())
    times = grads[-1] / grads[0]
    print(f"after call {call}:  dL/db2 {grads[-1]:.6f}   {times:.1f} times the first")
assert grads[1] == 2 * grads[0]

optimizer.zero_grad()
print("after zero_grad:", model.output.bias.grad)

# %% [markdown]
# After two calls the gradient is exactly twice the right one. In a single step the missing line does no
# harm: `.grad` starts empty. From the second step on, it does.
#
# `zero_grad()` clears the gradients, and only these; the parameters stay. In spite of its name it leaves `None`, not
# zeros: since PyTorch 2.0 `set_to_none=True` is its default.
#
# Adding is no accident: many examples, too many for memory at once, can be fed in parts, and several losses can share
# one step. The price: you must say when a new sum begins.
#
# ## A thousand steps
#
# Now the loop that all training is made of: clear, forward, loss, backward, step. The switch `clear` is there for the
# experiment that follows.


# %%
def train(goal, *, clear=True, steps=1000):
    model = new_net()
    goals = torch.full_like(inputs, goal)  # (1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    history = {"loss": [], "output": [], "gradient": []}
    for _ in range(steps):
        if clear:
            optimizer.zero_grad()
        a2 = model(inputs)  # (1, 1)
        loss = criterion(a2, goals)  # ()
        loss.backward()
        optimizer.step()
        history["loss"].append(loss.item())
        history["output"].append(a2.item())
        history["gradient"].append(model.output.bias.grad.item())
    return model, history


# %%
#| values:
#|   steps: len(cleared['loss'])
#|   loss_start: cleared['loss'][0]
#|   loss_100: cleared['loss'][100]
#|   loss_end: cleared['loss'][-1]
#|   output_end: cleared['output'][-1]
#| tolerance:
#|   loss_start: rel 1e-9
#|   loss_100: rel 1e-7
#|   loss_end: rel 1e-7
#|   output_end: rel 1e-7
#| alt: >-
#|   The loss over [[steps:,]] steps: a curve that falls steeply at first, from [[loss_start:.4f]],
#|   and then ever more slowly, to [[loss_end:.4f]].
cleared_model, cleared = train(target)
curves({"loss": cleared["loss"]}, xlabel="step", ylabel="loss")

# %% [markdown]
# The first hundred steps bring the loss from [[loss_start:.4f]] to
# [[loss_100:.4f]]; all the others only to [[loss_end:.4f]]. The output stands at
# [[output_end:.4f]] then. Write $e = 1 - a_2$ for what is missing: the gradient at the output's bias
# is $-2 a_2 e^2$. Half the error leaves about a quarter of the gradient, so the better the output, the smaller the
# steps. That is the price of a squared error behind a sigmoid.
#
# ## What forgetting does
#
# Leave the clearing out, and nothing else:

# %%
#| values:
#|   forgot_end: forgot_model.output.bias.item()
#|   cleared_end: cleared_model.output.bias.item()
#|   forgot_loss_100: forgot['loss'][100]
#|   ratio_100: forgot['gradient'][100] / cleared['gradient'][100]
#|   right_100: -2 * forgot['output'][100] * (1 - forgot['output'][100]) ** 2
#|   forgot_gradient_end: forgot['gradient'][-1]
#| tolerance:
#|   default: rel 1e-6
#|   right_100: rel 1e-4
#|   cleared_end: rel 1e-7
#|   forgot_loss_100: rel 1e-4
#|   text: rel 1e-3
forgot_model, forgot = train(target, clear=False)
print("         loss                  gradient of b2 in use")
print("step     cleared    forgotten     cleared  forgotten")
for step in (0, 1, 2, 10, 100):
    losses = f"{cleared['loss'][step]:.2e}   {forgot['loss'][step]:.2e}"
    gradients = f"{cleared['gradient'][step]:9.4f}  {forgot['gradient'][step]:9.4f}"
    print(f"{step:4d}    {losses}    {gradients}")

# %% [markdown]
# The first row is the same. The second gradient is already about twice what it should be. After a hundred steps it is
# [[ratio_100:.0f]] times that of the cleared run. By the formula above, the right one at its own output
# would be nearly nothing by then, [[right_100:.0e]]. What moves the weights is the past: the sum of all
# gradients so far.

# %%
#| values:
#|   shown: shown
#| alt: >-
#|   The gradient of the output's bias over the first [[shown]] steps. Cleared: it stays small and
#|   shrinks towards zero. Forgotten: it grows quickly in size and then stays at
#|   [[forgot_gradient_end:.2f]], never returning to zero.
shown = 200
gradient = {
    "cleared": cleared["gradient"][:shown],
    "forgotten": forgot["gradient"][:shown],
}
curves(gradient, xlabel="step", ylabel="gradient of b2 in use")

# %% [markdown]
# Yet look at the loss in the table: forgotten is *lower*. Forgetting made this run faster, and that is why the
# mistake is so easily missed. The sum is like a ball that rolls downhill without friction: it keeps the speed that it
# has gained. Here that does no harm, since a sigmoid cannot rise above the target [[target:.0f]].
# But the parameters never come to rest: after [[steps:,]] steps $b_2$ is
# [[forgot_end:.1f]], and with clearing [[cleared_end:.2f]].
#
# ??? question "What would you see with a target that the output can overshoot, such as one half?"
#     The ball rolls through the target, up the other side, and back: the output swings and does not settle.

# %%
#| values:
#|   middle: middle
#|   settled: settled['output'][-1]
#|   late: late
#|   swing_steps: len(settled['output'])
#|   late_low: min(tail)
#|   late_high: max(tail)
#| tolerance:
#|   settled: rel 1e-7
#|   late_low: abs 0.002
#|   late_high: abs 0.002
#| alt: >-
#|   Two panels over [[swing_steps]] steps with the target [[middle]]. Output, cleared: it sinks
#|   smoothly to the target and stays. Output, forgotten: it reaches the target sooner, shoots past
#|   it, and swings between about [[late_low:.1f]] and [[late_high:.1f]] to the end, without calming
#|   down. Gradient in use, cleared: a small hump that returns to zero; forgotten: it swings widely,
#|   and is largest in size where the output crosses the target.
middle, late = 0.5, 100
_, settled = train(middle, steps=400)
_, swinging = train(middle, clear=False, steps=400)
tail = swinging["output"][-late:]
assert max(tail) - min(tail) > 0.5  # still swinging

panels = {
    "output a2": {"cleared": settled["output"], "forgotten": swinging["output"]},
    "gradient of b2 in use": {
        "cleared": settled["gradient"],
        "forgotten": swinging["gradient"],
    },
}
drawings.stacked_curves(panels, xlabel="step", marks={"output a2": middle})

# %% [markdown]
# With clearing, the output arrives at [[settled:.4f]]. Without, it still swings between
# [[late_low:.2f]] and [[late_high:.2f]] in the last [[late]]
# steps. Where it crosses the target (dashed), the true gradient is zero, and the sum is at its largest: full speed
# ahead.
#
# A falling loss does not prove a loop right. Call `zero_grad()` at the head of every step.
#
# ## Recap
#
# - The **forward pass** computes the loss, the **backward pass** multiplies local derivatives from the loss to the left.
#   Each product is computed once and reused.
# - `backward()` does this, and *adds* the result to `.grad`; `optimizer.step()` subtracts learning rate times `.grad`.
# - `zero_grad()` belongs in every step. It clears gradients, not parameters, and leaves `None`.
# - `nn.MSELoss` has no factor ½. A tensor made of Python floats is 32-bit unless you ask for more.
#
# ## Exercises
#
# **1. Trust no formula.** Measure each gradient without any chain rule: move one parameter up and down by a small $h$,
# and compare the difference quotient $\frac{L(p + h) - L(p - h)}{2h}$ with PyTorch's gradient.

# %%
#| values:
#|   h: h
#| tolerance:
#|   text: abs 2e-6
#| fold: Solution
h = 1e-5
model = new_net()
criterion(model(inputs), targets).backward()


def loss_with(parameter, value):
    before = parameter.item()
    with torch.no_grad():
        parameter.fill_(value)
        moved = criterion(model(inputs), targets).item()
        parameter.fill_(before)
    return moved


for name, p in model.named_parameters():
    value = p.item()
    measured = (loss_with(p, value + h) - loss_with(p, value - h)) / (2 * h)
    print(f"{name:14}  measured {measured:.6f}   autograd {p.grad.item():.6f}")
    assert math.isclose(measured, p.grad.item(), rel_tol=1e-7)

# %% [markdown]
# Such a check needs two forward passes per parameter; backpropagation needs one forward and one backward pass for all
# of them together. With four parameters that is a convenience; with millions, two passes for each are out of the question.
# (*Autograd* is the part of PyTorch that computes gradients.)
#
# **2. Sure and wrong.** Set the target to zero and the output's bias to [[high_bias:.0f]]. The
# output could hardly be more wrong. Is the gradient of $b_2$ larger than at our own starting point, with the same
# target?

# %%
#| values:
#|   high_bias: high_bias
#|   stuck_ratio: round(found[b2] / found[high_bias], -3)
#| tolerance:
#|   stuck_ratio: rel 1e-6
#|   text: rel 1e-3
#| fold: Solution
high_bias = 10.0
found = {}
for bias in (b2, high_bias):
    model = new_net()
    with torch.no_grad():
        model.output.bias.fill_(bias)
    wrong = criterion(model(inputs), torch.zeros_like(inputs))
    wrong.backward()
    found[bias] = model.output.bias.grad.item()
    print(f"b2 {bias:5.2f}   loss {wrong.item():.4f}   dL/db2 {found[bias]:.2e}")

# %% [markdown]
# ??? note "What the numbers say"
#     The loss is larger, and the gradient about [[stuck_ratio:,.0f]] times smaller. The neuron is
#     **saturated**: its sigmoid is flat there, and the factor $a_2(1 - a_2)$ is almost 0. It is as wrong as it can be,
#     and hardly learns.
#
# ## Next
#
# [One network, seven ways](one_network_seven_ways.py): a network with two layers of weights, first by hand, then with
# one more piece of PyTorch at a time, until nothing is left of the bookkeeping.
