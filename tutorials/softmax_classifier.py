# ---
# title: Softmax, cross-entropy and a first classifier
# teaches: softmax, cross-entropy and its gradient, mini-batches as one product, and what a running accuracy can and cannot tell
# before: nn.Module, and the training step of zero_grad, backward and step
# sources: [S4]
# ---

# %% [markdown]
# # Softmax, cross-entropy and a first classifier
#
# A classifier looks at a picture and spreads its belief over the possible answers: so much for the dog, so much for the
# cat. Training takes belief away from the wrong answers and gives it to the right one. On this page you build both
# halves. *Softmax* turns any numbers into beliefs, *cross-entropy* says what a wrong belief costs, and together they
# have a gradient that you can write on a stamp: what was said minus what is right.
#
# The page re-teaches [A Neural Net In Pytorch](https://sgugger.github.io/a-neural-net-in-pytorch.html) by sgugger (16
# March 2018) and its
# [notebook](https://github.com/sgugger/Deep-Learning/blob/master/First%20neural%20net%20in%20pytorch.ipynb). Where
# their code or words no longer hold, you run them, see what happens, and fix it.

# %%
import inspect
import math
import statistics
import textwrap
import time
from functools import partial

import torch
from torch import nn
from torch.autograd import Variable
from torch.nn import functional as F

from groundup import figures, sources
from groundup.data import load_mnist, normalize
from groundup.figures import softmax_classifier as drawings
from groundup.models import DenseClassifier
from groundup.repro import pick_device, reproducible
from groundup.train import accuracy, fit, predict

seed = reproducible(0)

# %% [markdown]
# ## Ten outputs, not one
#
# There are ten digits. Why not one output that gives a number from 0 to 9? Take a stroke that is a 1 or a 7, equally
# likely. Which single number has the smallest expected squared error?

# %%
#| values:
#|   compromise: answers[cost.argmin()].item()
#| tolerance:
#|   compromise: rel 1e-5
answers = torch.linspace(0, 9, 901)
belief = {1: 0.5, 7: 0.5}
cost = sum(share * (answers - digit) ** 2 for digit, share in belief.items())
print(f"the answer that costs least: {answers[cost.argmin()].item():.0f}")

# %% [markdown]
# It answers [[compromise:.0f]], a digit that nobody would take the stroke for. One number must lie
# somewhere *between* the candidates, as if a 4 were half a 1 and half a 7. Classes have no order and no distance. With
# the source's example it is plainer still: what is the mean of a dog and a horse?
#
# So each class gets an output of its own. Two candidates are then two large outputs, and the others stay small.
#
# ## Softmax: from scores to probabilities
#
# The last layer of a network gives one number per class. It may be negative, or large, or both. These raw scores are
# called **logits**. Call them $z_1, \ldots, z_N$, for $N$ classes. **Softmax** makes probabilities of them: take $e$ to
# the power of each, so that all are positive, and divide by the sum, so that they add up to one.
#
# $$y_i = \frac{e^{z_i}}{\sum_{k=1}^{N} e^{z_k}}$$

# %%
#| values:
#|   top: probabilities[1].item()
#| tolerance:
#|   top: rel 1e-9
#|   text: rel 1e-3
names = ["dog", "cat", "frog", "horse"]
logits = torch.tensor([1.0, 3.0, 0.5, -1.0], dtype=torch.float64)  # (4,)

exponentials = logits.exp()
probabilities = exponentials / exponentials.sum()
for row in zip(names, logits, exponentials, probabilities, strict=True):
    print("{:6} logit {:5.2f}   exp {:7.3f}   softmax {:.4f}".format(*row))
print("they add up to one:", math.isclose(probabilities.sum().item(), 1))
print("torch.softmax agrees:", torch.allclose(probabilities, logits.softmax(dim=0)))

# %%
#| alt: >-
#|   Three panels of horizontal bars for dog, cat, frog and horse. The logits: the cat's is longest,
#|   the horse's points to the left. After exp all four point to the right and the cat's dwarfs the
#|   rest. Softmax has the same picture with another scale: the cat has [[top:.2f]].
stages = {"logits": logits, "exp": exponentials, "softmax": probabilities}
drawings.class_bars({name: z.tolist() for name, z in stages.items()}, names=names)

# %% [markdown]
# The negative score has become a small probability. The order is the same, but the lead counts for more: the cat has
# [[top:.0%]] of the belief.
#
# ??? question "Before you run it: what happens to the probabilities if you add the same number to all four logits?"
#     Nothing. $e^{z + a} = e^a e^z$, so numerator and sum both grow by the factor $e^a$, and it cancels. Only
#     differences between logits count: $y_i / y_j = e^{z_i - z_j}$.

# %%
#| values:
#|   ahead: ahead
#| tolerance:
#|   ahead: rel 1e-4
#|   first: rel 1e-4
#|   second: rel 1e-3
print("logits + 5:", torch.allclose((logits + 5).softmax(dim=0), probabilities))

gaps = [0.1, 1.0, 3.0, 10.0]
ahead = [torch.tensor([gap, 0.0]).softmax(dim=0)[0].item() for gap in gaps]
for gap, share in zip(gaps, ahead, strict=True):
    print(f"{gap:4.1f} apart:   first {share:.5f}   second {1 - share:.5f}")

# %% [markdown]
# The article says that softmax *wants* to pick one class: if one logit is slightly larger, its probability is close to
# one. How much is slightly? A lead of [[gap_small]] gives [[ahead_small:.1%]],
# hardly more than half. A lead of [[gap_large:.0f]] gives [[ahead_large:.1%]].
# Softmax picks one as soon as it leads by a few units, and the unit is fixed by the $e$. So the *scale* of the logits
# says how sure the network is. Here are the same four logits, divided by 4, as they are, and times 4:

# %%
#| values:
#|   gap_small: gaps[0]
#|   ahead_small: ahead[0]
#|   gap_large: gaps[2]
#|   ahead_large: ahead[2]
#| tolerance:
#|   ahead_small: rel 1e-4
#|   ahead_large: rel 1e-4
#| alt: >-
#|   Three panels of probabilities. With the logits divided by four all four bars are short and the
#|   cat is a little ahead. With the logits as they are the cat leads clearly. With the logits times
#|   four the cat has all and the other three bars cannot be seen.
scaled = {"logits / 4": logits / 4, "logits": logits, "4 · logits": 4 * logits}
shares = {name: z.softmax(dim=0).tolist() for name, z in scaled.items()}
drawings.class_bars(shares, names=names, same_scale=True)

# %% [markdown]
# A divisor of the logits is called a **temperature**. Hot, above one, the choice melts towards equal shares. Cold,
# below one, it freezes to a single class. Training changes the scale too: larger weights, larger logits, more
# certainty.
#
# ## Cross-entropy: what a belief costs
#
# Let $c$ be the index of the right class. The **cross-entropy loss** is the negative natural logarithm of the
# probability that the network gives to it:
#
# $$L = -\ln y_c$$

# %%
#| values:
#|   dear: costs[-1]
#| tolerance:
#|   dear: rel 1e-6
#|   costs: rel 1e-3
beliefs = [1.0, 0.9, 0.5, 0.1, 0.01]
costs = [math.log(1 / y) for y in beliefs]  # ln(1/y) is -ln(y)
for y, price in zip(beliefs, costs, strict=True):
    print(f"probability of the right class {y:.2f}   costs {price:.4f}")

# %% [markdown]
# Certain and right costs nothing. Undecided costs a little. Nearly certain and wrong costs
# [[dear:.1f]], and there is no upper limit. The other probabilities need no term of their own: since
# all add up to one, more for the right class is less for the others.
#
# Why a logarithm, and not some other falling curve? Training looks for the weights that make the right answers most
# probable: **maximum likelihood**. The probability that *all* of them come out right is a product, with one factor $y_c$
# for each example. The logarithm turns the product into a sum, and the minus sign turns it into something to make small.
#
# ??? question "A network that knows nothing gives each of ten digits the same probability. What is its loss?"
#     $-\ln \frac{1}{10} = \ln 10$, about [[ln_10:.2f]]. Remember it: an untrained classifier should
#     start there.
#
# ## Where exp runs over
#
# The logarithm also undoes the $e$ of softmax, and that helps twice. The first time it is about numbers that are too
# large. PyTorch's floats are 32-bit unless you ask for more, and the largest is near [[largest:.1e]]:

# %%
#| values:
#|   ln_10: math.log(10)
#|   largest: torch.finfo(torch.float32).max
#| tolerance:
#|   ln_10: rel 1e-9
#|   largest: rel 1e-6
#|   text: rel 1e-3
for power in (10.0, 88.0, 89.0):
    print(f"exp({power:.0f}) = {torch.tensor(power).exp().item():.4g}")

# %% [markdown]
# `inf` is the float for "too large". A network that has gone astray can have logits of that size. Softmax, as the formula
# has it, then makes this of them:

# %%
#| tolerance:
#|   nan: expected because the cell shows what an overflow becomes
large = torch.tensor([100.0, 0.0, -5.0])  # (3,)
naive = large.exp() / large.exp().sum()
print("softmax, as the formula says:", naive)
print("its logarithm:", naive.log())

# %% [markdown]
# `inf / inf` is `nan`, "not a number". From the loss it spreads to the gradients, and with the next step to the weights.
# And the true answer was harmless: the first class has nearly all.
#
# Do the logarithm on paper first. The logarithm of a quotient is a difference, and $\ln e^{z_i}$ is $z_i$:
#
# $$\ln y_i = \ln \frac{e^{z_i}}{\sum_k e^{z_k}} = z_i - \ln \sum_k e^{z_k}$$
#
# Now the sum. Adding a constant to all logits changes nothing, so subtract the largest of them, $m = \max_k z_k$:
#
# $$\ln y_i = (z_i - m) - \ln \sum_k e^{z_k - m}$$
#
# ??? question "Why can this sum neither overflow nor be zero?"
#     No exponent is larger than 0, so no term is larger than 1. And the largest logit gives $e^0 = 1$, so the sum is
#     between 1 and $N$. A term that is too small for a float becomes 0, next to a sum of at least 1, where nobody
#     misses it.


# %%
def log_softmax(z):
    z = z - z.max(dim=-1, keepdim=True).values
    return z - z.exp().sum(dim=-1, keepdim=True).log()


print("ours:          ", log_softmax(large))
print("F.log_softmax: ", F.log_softmax(large, dim=-1))
print("softmax().log():", (2 * large).softmax(dim=-1).log())
back = F.log_softmax(logits, dim=-1).exp()
print("exp gives the probabilities back:", torch.allclose(back, probabilities))

# %% [markdown]
# This is the **log-sum-exp trick**, and `F.log_softmax` does it. The third line shows why it must be one function.
# PyTorch's `softmax` subtracts the maximum as well, so nothing overflows. But for logits twice as large the smaller
# probabilities become exactly 0, and their logarithm is `-inf`. Take the logarithm *of* softmax in one go, and `exp`
# gives the probabilities back whenever you want to look at them.
#
# Now the loss for several examples. It is a mean, and PyTorch has it in two forms:

# %%
#| tolerance:
#|   text: rel 1e-4
scores = torch.randn(5, 10)  # five examples, ten classes
right = torch.tensor([3, 1, 4, 1, 5])  # (5,)

rows = torch.arange(5)
by_hand = -log_softmax(scores)[rows, right].mean()  # (5, 10) -> (5,) -> ()
nll = F.nll_loss(F.log_softmax(scores, dim=1), right)
ce = F.cross_entropy(scores, right)
print(f"by hand {by_hand:.6f}   nll_loss {nll:.6f}   cross_entropy {ce:.6f}")

# %% [markdown]
# `nll_loss`, the negative log-likelihood, has no logarithm in it, in spite of its name: it picks the entry of the right
# class from each row of log-probabilities, takes the mean, and flips the sign. `cross_entropy` is `log_softmax` and
# `nll_loss` in one. The article ends its network in `log_softmax` and uses `nll_loss`. Ours ends in logits and uses
# `cross_entropy`: the same number, and one line less.
#
# The article also says that PyTorch's `log_softmax` is faster than its `softmax`. Let us time that. Seconds would tell
# you about another machine than yours, so the page computes ratios:


# %%
#| values:
#|   softmax_ratio: softmax_ratio
#|   two_step_ratio: two_step_ratio
#| tolerance:
#|   softmax_ratio: within 0.2 5 because a ratio of times depends on the machine
#|   two_step_ratio: within 0.2 50 because a ratio of times depends on the machine
def seconds(call, repeats=7):
    """The fastest of several runs: what slowed the others down is not our subject."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        if torch.cuda.is_available():
            torch.cuda.synchronize()  # a GPU works on after the call has returned
        times.append(time.perf_counter() - start)
    return min(times)


many = torch.randn(200, 1000)
one_step = seconds(lambda: many.log_softmax(dim=1))
softmax_ratio = seconds(lambda: many.softmax(dim=1)) / one_step
two_step_ratio = seconds(lambda: many.softmax(dim=1).log()) / one_step

# %% [markdown]
# In this run, `softmax` took [[softmax_ratio:.1f]] times as long as `log_softmax`, and `softmax` followed
# by `log` took [[two_step_ratio:.1f]] times as long. Such ratios change from machine to machine, and
# with what else the machine does. The better reason is the one above: `log_softmax` gives the right numbers.
#
# ## The gradient: what was said minus what is right
#
# The second time, the logarithm helps with the derivative. Write $S = \sum_k e^{z_k}$ for the sum. Write $t_j$ for the
# **target** of class $j$: 1 if $j$ is the right class $c$, and 0 if not. How does the loss change with the logit $z_j$
# of any one class?
#
# 1. The loss is $L = -\ln y_c = -z_c + \ln S$.
# 2. The first part contains $z_j$ only if $j = c$, with the factor $-1$. So its derivative is $-t_j$.
# 3. Of the sum $S$, only the term $e^{z_j}$ contains $z_j$, and it is its own derivative:
#    $\frac{\partial S}{\partial z_j} = e^{z_j}$.
# 4. The derivative of $\ln S$ is $\frac{1}{S}$ times that of $S$: $\frac{e^{z_j}}{S}$, which is $y_j$.
#
# Together:
#
# $$\frac{\partial L}{\partial z_j} = y_j - t_j$$
#
# For the right class that is $y_c - 1$, never positive: raise this logit. For any other class it is $y_j$, never
# negative: lower it, by more where more was wrongly believed. Do not take the formula on trust. Autograd computes
# it from the graph, and **finite differences** from the definition: nudge one logit a little up and down, and see how
# the loss changes.

# %%
#| values:
#|   autograd_error: autograd_error
#|   numeric_error: numeric_error
#|   nudge: h
#|   autograd_allowed: autograd_allowed
#|   numeric_allowed: numeric_allowed
#| tolerance:
#|   autograd_error: within 0 1e-14 because two float64 formulas round differently
#|   numeric_error: within 0 1e-9 because a difference of nearly equal losses magnifies the rounding
#|   text: rel 1e-4
dog = torch.tensor(0)  # the picture shows a dog, and the network bets on the cat
formula = probabilities - F.one_hot(dog, num_classes=4)

z = logits.clone().requires_grad_()
F.cross_entropy(z, dog).backward()

h = 1e-5
nudges = h * torch.eye(4, dtype=torch.float64)  # row j nudges logit j alone
losses = partial(F.cross_entropy, target=dog.expand(4), reduction="none")
numeric = (losses(logits + nudges) - losses(logits - nudges)) / (2 * h)  # (4,)

for row in zip(names, formula, z.grad, numeric, strict=True):
    print("{:6} y - t {:8.5f}   autograd {:8.5f}   differences {:8.5f}".format(*row))

autograd_allowed, numeric_allowed = 1e-14, 1e-9
autograd_error = (z.grad - formula).abs().max().item()
numeric_error = (numeric - formula).abs().max().item()
print(f"autograd_error {autograd_error:.0e}   numeric_error {numeric_error:.0e}")
assert autograd_error <= autograd_allowed and numeric_error <= numeric_allowed

# %% [markdown]
# Autograd and the formula may differ by [[autograd_allowed:.0e]] here, rounding in the last digit.
# The differences may be off by [[numeric_allowed:.0e]]: they subtract two nearly equal losses and
# divide by a tiny nudge, [[nudge:.0e]], which magnifies the rounding.
#
# The four numbers add up to zero, as they must. Adding a constant to all logits changes nothing, so the gradient has no
# say in that direction. With a mean over $n$ examples, each example's gradient is divided by $n$.
#
# ## Why not the squared error
#
# In [Reading digits](reading_digits.py) the loss is the squared error, $\sum_j (y_j - t_j)^2$ up to a factor. What would it
# do behind a softmax? Take ten classes, all logits 0 except that of the right class, and move that one from very wrong to very
# right. How hard does each loss pull at it?


# %%
#| values:
#|   wrong_logit: wrong_logit
#|   pull_ce: pulls['cross-entropy'][wrong].item()
#|   pull_se: pulls['squared error'][wrong].item()
#|   pull_ratio: (pulls['cross-entropy'][wrong] / pulls['squared error'][wrong]).item()
#|   pull_range: (pulls['squared error'].max() / pulls['squared error'][wrong]).item()
#| tolerance:
#|   pull_ce: rel 1e-7
#|   pull_se: rel 1e-7
#|   pull_ratio: rel 1e-6
#|   pull_range: rel 1e-6
#| alt: >-
#|   Two panels, each with the size of two gradients. Left, against the logit of the right class:
#|   cross-entropy starts at one where the network is most wrong and falls to zero; the squared
#|   error is near zero at both ends, with a hill between. Right, against its probability:
#|   cross-entropy is a straight falling line; the squared error is a low arch that is zero at both
#|   ends.
def cross_entropy(z):  # (n, 10) -> (n,)
    return -F.log_softmax(z, dim=1)[:, 0]


def squared_error(z):  # (n, 10) -> (n,)
    target = F.one_hot(torch.tensor(0), num_classes=10)
    return ((z.softmax(dim=1) - target) ** 2).sum(dim=1)


moving = torch.linspace(-8, 8, 161, dtype=torch.float64)
z = torch.zeros(161, 10, dtype=torch.float64)
z[:, 0] = moving  # class 0 is the right one
z.requires_grad_()
y = z.detach().softmax(dim=1)[:, 0]  # (161,)
criteria = {"cross-entropy": cross_entropy, "squared error": squared_error}
pulls = {}
for name, loss in criteria.items():
    (gradient,) = torch.autograd.grad(loss(z).sum(), z)  # (161, 10)
    pulls[name] = gradient[:, 0].abs()
wrong_logit = -6
wrong = (moving - wrong_logit).abs().argmin()
sizes = {name: pull.tolist() for name, pull in pulls.items()}
drawings.gradient_sizes(moving.tolist(), y.tolist(), sizes)

# %% [markdown]
# Cross-entropy pulls hardest where the network is most wrong, and lets go as it gets better: on the right it is the
# straight line $1 - y_c$. The squared error lets go at *both* ends. At a logit of [[wrong_logit]] it
# pulls with [[pull_se:.4f]], cross-entropy with [[pull_ce:.4f]]:
# [[pull_ratio:.0f]] times as hard.
#
# ??? note "Where the squared error loses its gradient"
#     The derivative of softmax is $\frac{\partial y_k}{\partial z_j} = y_k (d_{kj} - y_j)$, where $d_{kj}$ is 1 if
#     $k = j$ and 0 otherwise. With the chain rule, the squared error has
#     $\frac{\partial}{\partial z_j} \sum_k (y_k - t_k)^2 = 2 y_j \big( (y_j - t_j) - \sum_k y_k (y_k - t_k) \big)$. In
#     front of everything stands $y_j$: where the network gives the right class no belief, there is no gradient to
#     change its mind. A sigmoid in place of softmax does the same, with $2 (y - t)\, y (1 - y)$. In the cross-entropy
#     the logarithm's derivative $\frac{1}{y_c}$ cancels that factor.
#
# Does it matter? Start at this wrong logit and count the steps until the right class has more than
# [[goal:.0%]], at several learning rates:


# %%
#| values:
#|   goal: goal
#|   ce_at_1: steps['cross-entropy'][0]
#|   se_at_1: steps['squared error'][0]
#|   se_at_1000: steps['squared error'][-1]
#|   largest_rate: rates[-1]
goal = 0.9
rates = [1, 10, 100, 1000]


def steps_needed(loss, lr):
    z = torch.zeros(1, 10, dtype=torch.float64)  # one example
    z[0, 0] = wrong_logit
    steps = 0
    while z.softmax(dim=1)[0, 0] <= goal:
        z.requires_grad_()
        (gradient,) = torch.autograd.grad(loss(z).sum(), z)
        z = z.detach() - lr * gradient
        steps += 1
    return steps


steps = {}
print("learning rate ", *(f"{lr:5d}" for lr in rates))
for name, loss in criteria.items():
    steps[name] = [steps_needed(loss, lr) for lr in rates]
    print(f"{name:14}", *(f"{count:5d}" for count in steps[name]))

# %% [markdown]
# At a rate of one, cross-entropy takes [[ce_at_1]] steps and the squared error
# [[se_at_1:,]]. That is what the article means by learning more slowly. But a larger rate makes up for
# a small gradient: at [[largest_rate:,]] the squared error takes
# [[se_at_1000]]. The trouble begins where many examples share one rate. At the top of its hill the
# squared error pulls [[pull_range:.0f]] times as hard as at this wrong logit: a rate that suits the
# half-right examples hardly moves the very wrong ones. What that costs depends on how many of those there are. (The
# article adds that softmax also generalises better. Nothing there or here measures that.)
#
# ## Several right answers: a sigmoid for each class
#
# A photo can show a dog *and* a cat. For that case the article would add up $-\ln y_i$ over all right classes. Try it,
# with logits that could not be better: the larger the scale, the surer the network is of exactly the two right answers.

# %%
#| values:
#|   two_right: softmax_sums[-1]
#| tolerance:
#|   two_right: rel 1e-6
#|   summed: rel 1e-4
#|   sigmoid: rel 1e-3
targets = torch.tensor([1.0, 1.0, 0.0, 0.0], dtype=torch.float64)  # dog and cat
perfect = 2 * targets - 1  # 1 for what is right, -1 for what is not
softmax_sums, sigmoid_losses = [], []
for scale in (1, 3, 10):
    z = scale * perfect
    softmax_sums.append(-z.log_softmax(dim=0)[targets == 1].sum().item())
    sigmoid_losses.append(F.binary_cross_entropy_with_logits(z, targets).item())
    print(f"scale {scale:2d}   summed {softmax_sums[-1]:.4f}", end="   ")
    print(f"sigmoid {sigmoid_losses[-1]:.6f}")
print("softmax: ", (10 * perfect).softmax(dim=0))
print("sigmoids:", torch.sigmoid(10 * perfect).round(decimals=4))

# %% [markdown]
# The sum does not fall below [[two_right:.4f]], which is $2 \ln 2$, however sure the network is.
# Softmax has one unit to give away: two right classes can have a half each, and a half costs $\ln 2$. That floor is a
# constant, and a constant changes no gradient. The trouble is what such an answer can say. A half for the dog and a half
# for the cat may mean *both*, and may mean *one of them, I do not know which*. Nor can softmax say *none of these*: the
# unit must go somewhere.
#
# Such questions are four questions, each with a yes or a no. Give each class a **sigmoid** of its own,
# $\sigma(z) = \frac{1}{1 + e^{-z}}$, and to each the cross-entropy of two classes, yes and no.
# `binary_cross_entropy_with_logits` does both, with the same care for large numbers. Now both right classes can have
# one, and the loss goes to zero. Softmax is for *which one*, sigmoids are for *which ones*.
#
# ??? question "A sigmoid is a softmax over two classes. What is the second class's logit?"
#     Zero. $\frac{e^z}{e^z + e^0}$, divided by $e^z$ above and below, is $\frac{1}{1 + e^{-z}}$.
#
# ## The digits, and what 0 means
#
# Enough theory: digits. They are the MNIST images, 28 by 28 pixels each.

# %%
#| values:
#|   train_length: len(train)
#|   test_length: len(test)
#|   mean: pixels.mean().item()
#|   std: pixels.std().item()
#|   paper: paper
#|   ink: ink
#| quoted:
#|   reported_mean: sources.CLASSIFIER_MEAN
#|   reported_std: sources.CLASSIFIER_STD
#| tolerance:
#|   mean: rel 1e-4
#|   std: rel 1e-4
#|   paper: rel 1e-5
#|   ink: rel 1e-5
train, test = load_mnist()
transform = partial(normalize, mean=0.1307, std=0.3081)

image = train.images[0]
print("upper left corner:", image[0, 0].item(), "  largest:", image.max().item())
pixels = train.images.double() / 255
print(f"all training pixels: mean {pixels.mean():.4f}   std {pixels.std():.4f}")
normalized = transform(train.images[:1])  # (1, 28, 28) -> (1, 1, 28, 28)
paper, ink = normalized.min().item(), normalized.max().item()
print(f"normalised: paper {paper:.4f}   ink {ink:.4f}")

# %%
#| alt: >-
#|   The first training image, a handwritten 5, enlarged: a white stroke on a black ground, with
#|   rows and columns numbered. The upper left corner is black.
figures.enlarged(image)

# %% [markdown]
# The article says that a pixel goes from 0, white, to 1, black. As an image it is the other way round: the corner is
# paper, the paper is 0, and 0 is shown black. (MNIST's own page calls 0 white as well. It thinks of the paper that was
# scanned, see [What is in MNIST](mnist.py#grey-values). The article's notebook speaks of black paper, and then draws with a
# colour map, `Greys`, that shows small numbers white.) Does it matter? Not for training. For your own photos of digits it
# does: a network that learned white on black has never seen black on white.
#
# `transform` subtracts the mean of all training pixels and divides by their standard deviation,
# [[reported_mean]] and [[reported_std]] in the notebook,
# [[mean:.4f]] and [[std:.4f]] by the cell above. The numbers are then spread round 0,
# with a standard deviation of one. The test digits get the same two numbers: the transform is a part of the network, and
# must not depend on what the network is shown.
#
# ## A batch is one matrix product
#
# A layer with 784 inputs and 100 outputs computes $x W + B$: $x$ is the image as a row of 784 numbers, $W$ has 784 rows
# and 100 columns, and $B$ is a row of 100 biases. A **mini-batch** is a handful of images that share one step. Put
# their rows under each other:
#
# $$\begin{bmatrix} x_1 \\ x_2 \\ \vdots \\ x_n \end{bmatrix} W + \begin{bmatrix} B \\ B \\ \vdots \\ B \end{bmatrix} = \begin{bmatrix} y_1 \\ y_2 \\ \vdots \\ y_n \end{bmatrix}$$
#
# One product for $n$ images, with $B$ repeated in each row. To do so is called **vectorisation**.

# %%
#| values:
#|   batch_size: batch_size
batch_size = 64
images, labels = transform(train.images[:batch_size]), train.labels[:batch_size]
X = images.view(images.size(0), -1)  # (64, 1, 28, 28) -> (64, 784)
layer = nn.Linear(28 * 28, 100)
W, B = layer.weight.detach().T, layer.bias.detach()  # (784, 100), (100,)

Y = X @ W + B  # (64, 100)
one_by_one = torch.stack([x @ W + B for x in X])  # 64 times (784,) -> (100,)
repeated = X @ W + B.repeat(batch_size, 1)  # (100,) -> (64, 100)
print("row by row, the same:  ", torch.allclose(Y, one_by_one, atol=1e-5))
print("B repeated by hand:    ", torch.equal(Y, repeated))
print("nn.Linear, the same:   ", torch.allclose(Y, layer(X), atol=1e-5))
print("view and flatten agree:", torch.equal(X, images.flatten(1)))

# %% [markdown]
# You need not repeat $B$: a row that is added to a matrix is added to each of its rows. That is **broadcasting**.
# (`nn.Linear` keeps its weights transposed, hence the `.T`.)
#
# `view(images.size(0), -1)` keeps the first dimension and lays out the rest as one row, `-1` meaning "whatever is
# left". `flatten(1)` says the same: from dimension 1 on, flatten. There is one difference. `view` never moves a number
# in memory, so it refuses where the numbers do not lie in order:

# %%
turned = images.transpose(2, 3)  # rows and columns swapped, nothing moved
try:
    turned.view(turned.size(0), -1)
except RuntimeError as error:
    print(textwrap.fill(f"RuntimeError: {error}", 88))
print(turned.flatten(1).shape)

# %% [markdown]
# ### An index that counts the wrong thing
#
# In the article's version of the matrix equation, the rows of $X$ go up to $X_{n_{in}}$ and those of the result to
# $Y_{n_{out}}$, where $n_{in}$ and $n_{out}$ are the sizes of the layer. Count the rows:

# %%
n_in, n_out = layer.in_features, layer.out_features
print(f"n_in {n_in}   rows of X: {len(X)}      n_out {n_out}   rows of Y: {len(Y)}")

# %% [markdown]
# Both have as many rows as there are images in the batch. The sizes of the layer are the *columns*. With the indices as
# printed, a batch would have 784 images going in and 100 coming out.
#
# ### How much faster?
#
# Here is the product as three ways compute it: a loop over images and neurons, a loop over images, and no loop at all.

# %%
#| values:
#|   loops_ratio: loops_ratio
#|   rows_ratio: rows_ratio
#| tolerance:
#|   loops_ratio: within 2 100000 because a ratio of times depends on the machine
#|   rows_ratio: within 0.5 10000 because a ratio of times depends on the machine
columns = W.T.contiguous()  # (100, 784)
product = seconds(lambda: X @ W)
loops_ratio = seconds(lambda: [[x @ w for w in columns] for x in X], 3) / product
rows_ratio = seconds(lambda: [x @ W for x in X]) / product

# %% [markdown]
# In this run the two loops took [[loops_ratio:.0f]] times as long as the product, and the one loop
# [[rows_ratio:.0f]] times. The multiplications are the same. What is saved is Python's work for each
# call, and memory traffic: one product uses each number many times while it is at hand.
#
# That is also why networks like **GPUs**. A GPU has thousands of small arithmetic units, and the entries of a product
# do not depend on one another, so it can compute thousands of them at once. If you have one, move two matrices there
# with `.to("cuda")` and time their product with `seconds`, beside the same product on the CPU. From here on, everything
# is computed on a GPU if there is one:

# %%
device = pick_device()  # a GPU if there is one, else the CPU

# %% [markdown]
# ## The network

# %%
#| output: python
print(inspect.getsource(DenseClassifier))


# %%
#| values:
#|   parameters: sum(p.numel() for p in model.parameters())
#|   hidden: model.hidden.out_features
def new_model(num_hidden=100):
    torch.manual_seed(seed)  # the same initial weights at every call
    return DenseClassifier(num_hidden)


train, test = train.to(device), test.to(device)
model = new_model().to(device)
layers = [module for module in model.modules() if isinstance(module, nn.Linear)]
print("layers:", len(layers))
for layer in layers:
    print(layer)

# %% [markdown]
# Between the layers stands a **ReLU**: negative sums become 0. The last layer has none, and no softmax either: it gives
# logits.
#
# ### One hundred layers?
#
# The notebook speaks of a hidden size of 100 *layers*. You see two layers. The hidden one has
# [[hidden]] *units*, or neurons: that is its width. The number of layers is the depth.
#
# ### Before the training: what do you expect?
#
# ??? question "The weights are random. About how many test digits are read correctly, and what is the loss?"
#     One in ten, if it guesses evenly, and a loss near $\ln 10$, which is [[ln_10:.2f]]. If an
#     untrained network starts far from there, look for a mistake before you train it.

# %%
#| values:
#|   untrained: untrained
#|   untrained_loss: untrained_loss
#|   unsure: before.softmax(dim=1).max(dim=1).values.mean().item()
#| tolerance:
#|   untrained: abs 0.002
#|   untrained_loss: rel 1e-4
#|   unsure: rel 1e-3
#|   accuracy: abs 0.002
#|   loss: rel 2e-4
before = predict(model, test, transform=transform)  # (10000, 10)
untrained = (before.argmax(dim=1) == test.labels).double().mean().item()
untrained_loss = F.cross_entropy(before, test.labels).item()
print(f"accuracy {untrained:.4f}   loss {untrained_loss:.4f}")
print("ln 10 =", round(math.log(10), 4))

# %% [markdown]
# [[untrained:.1%]], and a loss near that of equal shares. The network is not quite
# undecided: its favourite gets [[unsure:.0%]] on average, and it is mostly wrong about it.
#
# ## The training loop, line by line


# %%
def train_one_epoch(model, optimizer, generator):
    running_loss, hits = 0.0, 0
    order = torch.randperm(len(train), generator=generator).to(device)
    for batch in order.split(batch_size):
        images, labels = transform(train.images[batch]), train.labels[batch]
        optimizer.zero_grad()
        logits = model(images)  # (64, 1, 28, 28) -> (64, 10)
        loss = F.cross_entropy(logits, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item() * len(batch)
        hits += (logits.argmax(dim=1) == labels).sum().item()
    return running_loss / len(train), hits / len(train)


# %% [markdown]
# | line | what it does |
# |---|---|
# | `order = ...` | all indices in a new random order; on the CPU, so that a GPU gets the same order |
# | `.split(batch_size)` | cut into batches of [[batch_size]]; the last has what is left, [[last_batch]] |
# | `images, labels = ...` | the batch's digits, normalised, and their labels |
# | `zero_grad()` | forgets the gradients of the batch before: `backward` adds to what it finds |
# | `logits = model(images)` | the forward pass |
# | `cross_entropy` | one number: the mean of $-\ln y_c$ over the batch |
# | `backward()` | the gradient of that number for each of [[parameters:,]] parameters |
# | `step()` | each parameter moves by the learning rate times its gradient, against it |
# | `running_loss += ...` | the mean times the number of digits in it: a smaller last batch counts less |
# | `hits += ...` | how many of the batch were right, *before* the step that it caused |
#
# The article's recipe: learning rate [[lr]], [[epochs]] **epochs**, that is
# passes over all training digits. After each epoch we measure what the article does not: the accuracy on all training
# digits with the weights standing still.

# %%
#| values:
#|   lr: lr
#|   epochs: epochs
#|   running: "[row['running'] for row in history]"
#|   after: "[row['after'] for row in history]"
#|   unseen: "[row['unseen'] for row in history]"
#|   last_batch: len(train) % batch_size
#|   running_1: history[0]['running']
#|   after_1: history[0]['after']
#|   running_end: history[-1]['running']
#|   after_end: history[-1]['after']
#|   unseen_end: history[-1]['unseen']
#|   running_loss: running_loss
#|   unseen_ahead: history[0]['unseen'] - history[0]['after']
#| tolerance:
#|   unseen_ahead: within 0 0.02 because the first epoch scatters with the seed
#|   running: seeds
#|   after: seeds
#|   unseen: seeds
#|   running_1: seeds
#|   after_1: seeds
#|   running_end: seeds
#|   after_end: seeds
#|   unseen_end: seeds
#|   running_loss: seeds
epochs, lr = 10, 0.01
generator = torch.Generator().manual_seed(seed)
optimizer = torch.optim.SGD(model.parameters(), lr=lr)

history = []
for epoch in range(1, epochs + 1):
    running_loss, running = train_one_epoch(model, optimizer, generator)
    row = {
        "running": running,
        "after": accuracy(model, train, transform=transform),
        "unseen": accuracy(model, test, transform=transform),
    }
    history.append(row)
    print(f"epoch {epoch:2d}", *(f"{name} {value:.4f}" for name, value in row.items()))

# %% [markdown]
# From one digit in ten to [[unseen_end:.1%]]. Beside the reported figures:


# %%
#| values:
#|   test_loss: test_loss
#|   after_loss: after_loss
#| quoted:
#|   reported_train: sources.CLASSIFIER_TRAIN
#|   reported_train_loss: sources.CLASSIFIER_TRAIN_LOSS
#|   reported_test: sources.CLASSIFIER_TEST
#|   reported_test_loss: sources.CLASSIFIER_TEST_LOSS
#| tolerance:
#|   test_loss: seeds
#|   after_loss: seeds
def loss_on(digits):
    outputs = predict(model, digits, transform=transform)  # (n, 10)
    return F.cross_entropy(outputs, digits.labels).item()


after_loss, test_loss = loss_on(train), loss_on(test)
print(f"after_loss {after_loss:.4f}   test_loss {test_loss:.4f}")

# %% [markdown]
# | | reported | in the | here |
# |---|---|---|---|
# | running accuracy of the last epoch | [[reported_train:.2%]] | article | [[running_end:.2%]] |
# | running loss of the last epoch | [[reported_train_loss:.4f]] | notebook | [[running_loss:.4f]] |
# | training loss after it | not measured | | [[after_loss:.4f]] |
# | training accuracy after it | not measured | | [[after_end:.2%]] |
# | test loss | [[reported_test_loss:.4f]] | notebook | [[test_loss:.4f]] |
# | test accuracy | [[reported_test:.2%]] | notebook | [[unseen_end:.2%]] |
#
# ## A running accuracy is not the training accuracy

# %%
#| tolerance:
#|   figure: seeds
#| alt: >-
#|   Three curves of accuracy over ten epochs. All rise steeply and then more slowly. The running
#|   accuracy starts far below the other two and stays below the accuracy on the training digits
#|   after the epoch. That one and the accuracy on the test digits are close together at first; in
#|   the last epochs the training digits are ahead.
curve_names = {
    "running": "running",
    "after": "training digits, after the epoch",
    "unseen": "test digits, after the epoch",
}
series = {label: [row[name] for row in history] for name, label in curve_names.items()}
figures.curves(series, x=list(range(1, epochs + 1)), xlabel="epoch", ylabel="accuracy")

# %% [markdown]
# In the first epoch the running accuracy is [[running_1:.1%]], and on the same digits, measured at
# its end, [[after_1:.1%]]. Both are right. The running figure is a mean over the whole epoch: its
# first batches were read by a network that knew nothing. It is always a little behind, as long as the network is still
# learning. (In the first epochs the test digits are read even a little better than the training digits. That may be an
# accident of these test digits: an accuracy on so few of them has a doubt of its own, see below.)
#
# ??? question "In the first epoch the running accuracy has something that the training accuracy lacks. What?"
#     Each digit was read *before* the network had learned from it. In the first epoch, the running accuracy is measured
#     on unseen digits. From the second epoch on they are old acquaintances.
#
# ### May you say that it does not overfit?
#
# **Overfitting** means fitting the training digits so closely that other digits are read worse than by a network that fits
# them less. The notebook compares a running accuracy of [[reported_train:.2%]] with a test accuracy of
# [[reported_test:.2%]], and concludes that there is no overfitting. (The article is more careful.) How
# large is the gap, and how large is the doubt?

# %%
#| values:
#|   gap_article: gap_article
#|   gap_running: gap_running
#|   gap_true: gap_true
#|   doubt: doubt
#| tolerance:
#|   gap_article: abs 1e-9
#|   gap_running: seeds
#|   gap_true: seeds
#|   doubt: seeds
last, n = history[-1], len(test)
gap_article = sources.CLASSIFIER_TRAIN.figure - sources.CLASSIFIER_TEST.figure
gap_running = last["running"] - last["unseen"]
gap_true = last["after"] - last["unseen"]
doubt = math.sqrt(last["unseen"] * (1 - last["unseen"]) / n)
print(f"gap_running {gap_running:.4f}   gap_true {gap_true:.4f}   doubt {doubt:.4f}")

# %% [markdown]
# | training accuracy minus test accuracy | |
# |---|---|
# | notebook, running | [[gap_article:.2%]] |
# | here, running | [[gap_running:.2%]] |
# | here, after the epoch | [[gap_true:.2%]] |
#
# Three things are mixed up in that conclusion.
#
# - **The wrong number.** The running accuracy is too low, by what the network learned during the epoch. So the gap
#   looks smaller than it is. Measure both sides with the same weights.
# - **The doubt.** An accuracy on [[test_length:,]] digits is itself a sample. Its standard error is
#   $\sqrt{p (1 - p) / n}$, with $p$ the accuracy and $n$ the number of digits: [[doubt:.2%]]. The
#   notebook's gap is about as large. With other test digits it might have had the other sign.
# - **The question.** A gap between known and unknown digits is not yet overfitting: nearly all networks have one.
#   Overfitting takes a comparison with a network that fits the training digits less closely, because it was trained for
#   fewer epochs, has fewer neurons, or saw more digits. Does that one read unseen digits better, or with a smaller loss?
#
# The figure makes one such comparison, with earlier epochs: up to here both accuracies rise, so training on has not yet
# cost anything on these test digits. And the training digits, at first a little behind, have moved ahead. What it does
# not show is how that goes on.
#
# ## How wide should it be?
#
# The article leaves the width of the hidden layer to you. So try: five widths, each with
# [[runs_per_width]] seeds, [[sweep_steps]] steps each.
# [`fit`][groundup.train.fit], from this site's library, takes the same steps as your loop, up to rounding, in a faster way.

# %%
#| values:
#|   sweep_steps: limit
#|   runs_per_width: len(seeds)
#|   sweep: "[sweep[width] for width in sweep]"
#|   average: list(means.values())
#|   gain_narrow: 100 * (means[10] - means[3])
#|   gain_wide: 100 * (means[300] - means[100])
#|   sweep_lr: recipe['lr']
#|   sweep_batch: recipe['batch_size']
#| tolerance:
#|   sweep: within 0.4 0.95 because three neurons scatter widely with the seed
#|   average: seeds
#|   gain_narrow: seeds
#|   gain_wide: seeds
limit = 500
seeds = range(seed, seed + 10)
recipe = dict(
    batch_size=batch_size, lr=lr, criterion=F.cross_entropy, transform=transform
)
sweep = {width: [] for width in (3, 10, 30, 100, 300)}
for width, found in sweep.items():
    for run_seed in seeds:
        torch.manual_seed(run_seed)
        candidate = DenseClassifier(width).to(device)
        limits = dict(epochs=1, max_steps=limit, seed=run_seed)
        (result,) = fit(candidate, train, test, **limits, **recipe)
        found.append(result.accuracy)
means = {width: sum(found) / len(found) for width, found in sweep.items()}
for width, average in means.items():
    print(f"{width:3d} hidden neurons   average {average:.4f}")

# %%
#| tolerance:
#|   figure: seeds
#| alt: >-
#|   Two panels of test accuracy against the number of hidden neurons, on logarithmic axes, with ten
#|   dots per width and a line through their means. Left, from 3 to 300: a steep rise from 3 to 10,
#|   then nearly flat. Right, enlarged, from 30 to 300: the means still rise a little, and the dots
#|   of neighbouring widths overlap.
drawings.accuracy_by_width(sweep, enlarged_from=30)

# %% [markdown]
# From 3 neurons to 10 the mean rises by [[gain_narrow:.1f]] percentage points, from 100 to 300 by
# [[gain_wide:.1f]]. In so few steps, three numbers are too few to keep ten digits apart. Beyond
# thirty, width buys little here.
#
# Is the last gain more than luck? The dots overlap. But each seed makes a pair: both networks of a pair saw the same
# digits in the same order. So look at the differences within the pairs:

# %%
#| values:
#|   gain: gain
#|   standard_error: standard_error
#|   lowest_gain: min(gains)
#|   highest_gain: max(gains)
#|   times: gain / standard_error
#| tolerance:
#|   gain: seeds -100 100
#|   standard_error: seeds
#|   lowest_gain: seeds -100 100
#|   highest_gain: seeds -100 100
#|   times: seeds
pairs = zip(sweep[100], sweep[300], strict=True)
gains = [100 * (wide - narrow) for narrow, wide in pairs]  # in points
gain = statistics.mean(gains)
standard_error = statistics.stdev(gains) / math.sqrt(len(gains))
print(f"gain {gain:.3f}   standard_error {standard_error:.3f}")

# %% [markdown]
# The **standard error** of a mean is the standard deviation of what it averages, divided by the root of their number.
# Here the mean difference is [[times:.1f]] times its standard error: small, but more than luck in the
# training. A single pair gives anything from [[lowest_gain:.2f]] to
# [[highest_gain:.2f]] points, so whoever runs one seed per width learns little. And all of it holds for
# this many steps at this learning rate: a wide network that is stopped early has not shown what it can do.
#
# ## The article's code today
#
# ### A class without `super().__init__()`
#
# The article reminds you to initialise the parent class, and the copies of its listing in the
# [repository of the author's site](https://github.com/sgugger/sgugger.github.io) have the line. Where it gets lost in
# copying, you see this:


# %%
class Forgetful(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        self.linear1 = nn.Linear(n_in, n_hidden)
        self.linear2 = nn.Linear(n_hidden, n_out)


try:
    Forgetful(784, 100, 10)
except AttributeError as error:
    print("AttributeError:", error)

# %% [markdown]
# `nn.Module` keeps tables of its layers and parameters, for `parameters()` and `to(device)` to go through. Its own
# `__init__` makes these tables. Without them there is no place where a layer could be registered. (The oldest of those
# copies has another slip: `self.linear2 == nn.Linear(n_hidden,n_out)` compares where it should assign, with a layer that
# does not exist yet. That is an `AttributeError` too.)
#
# With the line, and `=`, this is the article's network. On the weights of our untrained one it has the same loss:


# %%
#| values:
#|   same_net: same_net
class SimpleNeuralNet(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.linear1 = nn.Linear(n_in, n_hidden)
        self.linear2 = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        x = x.view(x.size(0), -1)  # (n, 1, 28, 28) -> (n, 784)
        x = F.relu(self.linear1(x))  # (n, 100)
        return F.log_softmax(self.linear2(x), dim=-1)  # (n, 10)


net = SimpleNeuralNet(28 * 28, 100, 10)
ours = new_model()
with torch.no_grad():
    for theirs, parameter in zip(net.parameters(), ours.parameters(), strict=True):
        theirs.copy_(parameter)
    loss = F.nll_loss(net(images), labels)
    same_net = torch.allclose(loss, F.cross_entropy(ours(images), labels))
print("the same loss:", same_net)

# %% [markdown]
# ### `Variable`
#
# The article wraps its tensors into `Variable`, so that PyTorch remembers how results were made. Since PyTorch 0.4,
# tensors do that themselves:

# %%
tensor = torch.ones(2)
wrapped = Variable(tensor, requires_grad=True)
print("what Variable gives:", type(wrapped).__name__)
print("same memory:", wrapped.data_ptr() == tensor.data_ptr())
print("without it:", torch.ones(2, requires_grad=True).requires_grad)

# %% [markdown]
# `Variable` still exists, so that old code runs. It gives back a plain tensor. Leave it out, and write
# `requires_grad=True` where you make a tensor that needs it. The parameters of a layer have it from the start.
#
# ### `loss.data[0]`

# %%
loss = F.nll_loss(net(images), labels)
try:
    loss.data[0]
except IndexError as error:
    print(textwrap.fill(f"IndexError: {error}", 88))

# %% [markdown]
# Before that version a loss was a tensor with one entry. Now it has no dimension, so there is no entry number 0. The
# message names the cure: `loss.item()` gives a Python number. For a tensor without its graph, write `.detach()` in
# place of `.data`.
#
# ### Gradients of the input
#
# To explain gradients, the article asks for those of the *input*, with `requires_grad=True`, and sets them to zero
# before the next `backward`. Does training need them?

# %%
#| values:
#|   extra_numbers: x.grad.numel()
#|   parameter_numbers: sum(p.numel() for p in parameters)
parameters = list(net.parameters())
plain = torch.autograd.grad(F.nll_loss(net(images), labels), parameters)

x = images.clone().requires_grad_()
F.nll_loss(net(x), labels).backward()
pairs = zip(plain, parameters, strict=True)
print("same parameter gradients:", all(torch.equal(g, p.grad) for g, p in pairs))
print("and in addition:", tuple(x.grad.shape))

# %% [markdown]
# The gradients of the parameters are the same, to the last bit. In addition there is one number for each pixel of each
# image, [[extra_numbers:,]] in this batch beside [[parameter_numbers:,]] for the
# parameters, and one more matrix product to find them. No step uses them. They answer another question: which pixels
# would have to change to change the answer? For training, leave them out, as the article's own loop does.
#
# ### A loop that has lost three lines
#
# That loop does not compile as printed. Its inner `for` stands too far to the right:

# %%
listing = """
for epoch in range(nb_epoch):
    running_loss = 0.
        for data in trn_loader:
        inputs, labels = data
"""
try:
    compile(listing, "listing", "exec")
except IndentationError as error:
    print("IndentationError:", error.msg)

# %% [markdown]
# Worse are lines that vanish without a complaint. Suppose that `zero_grad`, `backward` and `step` get lost in copying, and
# only their comments stay, as in the copy that this page re-teaches.
#
# ??? question "Before you run it: what becomes of the loss, batch by batch?"
#     It varies, because each batch holds other digits. That looks like the start of a training run. But it does not fall,
#     and no weight moves.

# %%
#| values:
#|   varies: len(set(seen)) == len(seen)
#|   unmoved: unmoved
#| tolerance:
#|   text: rel 1e-3
start = [parameter.clone() for parameter in net.parameters()]
seen = []
for batch in torch.arange(320).split(64):
    inputs, targets = transform(train.images[batch]), train.labels[batch]
    # put the gradients back to zero
    outputs = net(inputs)  # (64, 10)
    loss = F.nll_loss(outputs, targets)
    # compute the gradients
    # take the step
    seen.append(loss.item())
print("losses:", *(f"{value:.4f}" for value in seen))
unmoved = all(torch.equal(p, q) for p, q in zip(start, net.parameters(), strict=True))
print("no weight has moved:", unmoved)

# %% [markdown]
# A loss that varies and does not fall may be a hard problem. Or it is a loop that does not learn: look whether a weight has
# moved. The cure is the loop of this page, above.
#
# ## Recap
#
# - Each class has an output of its own, its logit. Softmax makes probabilities of them: positive, adding up to one, and
#   only differences between logits count.
# - Cross-entropy is $-\ln$ of the probability of the right class. Its gradient for the logits is $y - t$, largest where
#   the network is most wrong. The squared error behind a softmax has hardly any gradient there.
# - Compute the logarithm of softmax in one go: `F.cross_entropy` takes logits. `exp` of `log_softmax` gives the
#   probabilities.
# - Softmax for *which one*, a sigmoid per class for *which ones*.
# - A mini-batch is one matrix product.
# - Before the training: about one in ten right, and a loss near $\ln 10$.
# - A running accuracy is taken while the weights move. For a comparison, measure both sides with the same weights, and
#   mind the doubt.
#
# ## Exercises
#
# **1.** `F.cross_entropy` wants logits. Somebody gives it probabilities, the output of a softmax. What is the smallest
# loss that such a network can ever reach?

# %%
#| values:
#|   floor: floor
#| tolerance:
#|   floor: rel 1e-6
#|   floor_by_hand: rel 1e-6
#| fold: Solution
every_digit = torch.arange(10)
certain = F.one_hot(every_digit, num_classes=10).double()  # (10, 10), all right
floor = F.cross_entropy(certain, every_digit).item()
floor_by_hand = math.log(math.e + 9) - 1
print(f"floor {floor:.4f}   floor_by_hand {floor_by_hand:.4f}")
assert math.isclose(floor, floor_by_hand)

# %% [markdown]
# [[floor:.2f]], and no error message. The function takes the ten numbers between 0 and 1 for logits,
# and logits that are at most one apart are never sure of anything. The right class gets $\frac{e}{e + 9}$, hence
# $\ln(e + 9) - 1$. A loss that gets stuck near this number is a hint. (Log-probabilities would do no harm: their sum of
# exponentials is 1, so `log_softmax` leaves them as they are.)
#
# **2.** Multiply the logits of the trained network by a half, 1, 2 and 4, and measure accuracy and loss on the test
# digits. Which of the two changes?

# %%
#| values:
#|   loss: losses
#| tolerance:
#|   loss: seeds
#| fold: Solution
trained = predict(model, test, transform=transform)  # (10000, 10)
losses, hits = [], []
for factor in (0.5, 1, 2, 4):
    scaled_logits = factor * trained
    hits.append((scaled_logits.argmax(dim=1) == test.labels).sum().item())
    losses.append(F.cross_entropy(scaled_logits, test.labels).item())
    print(f"times {factor}:   loss {losses[-1]:.4f}")
print("accuracy always the same:", len(set(hits)) == 1)

# %% [markdown]
# The order of the logits is the same, so each answer is. The loss asks how sure the network is of it. Too little
# certainty costs something on every digit, too much costs dearly on the wrong ones. So the loss can rise while the
# accuracy stands still: watch both.
#
# **3.** The article's notebook was changed later: it now trains with a learning rate of $10^{-5}$, for one epoch, and
# the sentence below it still praises [[reported_train:.2%]]. What does that run give?

# %%
#| values:
#|   timid_loss: timid.loss
#|   timid_accuracy: timid.accuracy
#|   timid_lr: timid_recipe['lr']
#| tolerance:
#|   timid_loss: rel 1e-3
#|   timid_accuracy: abs 0.01
#|   loss: rel 1e-3
#|   accuracy: abs 0.01
#| fold: Solution
slow_model = new_model().to(device)
timid_recipe = recipe | {"lr": 1e-5}
(timid,) = fit(slow_model, train, test, epochs=1, seed=seed, **timid_recipe)
print(timid)

# %% [markdown]
# A loss of [[timid_loss:.2f]] and [[timid_accuracy:.1%]]: a network that has
# learned next to nothing, and the notebook's own output says the same. A number that is typed into a sentence does not
# follow when the code below it changes.
#
# ## Next
#
# The dense network must learn anew what a stroke is for every place in the image. [Convolutions](conv_digits.py) learn
# it once: the next page puts them in front of the same softmax.
