# ---
# title: More data, and dropout
# teaches: how shifted copies and dropout act against overfitting, and what model.eval() and torch.no_grad() each switch
# before: Convolutional digits
# sources: [README]
# ---

# %% [markdown]
# # More data, and dropout
#
# A network can read all the digits that it was trained on and still misread many others. What can we do if
# there are no more digits to be had?
#
# The README of [page 7](conv_digits.py) ends with two answers: copies of the digits, shifted by a pixel, and
# dropout. We try both on a small training set first, where they have a large effect. At the end we look at
# networks trained on all [[all_digits:,]] digits.
#
# ## A small training set
#
# We split the digits as on page 7, but learn from the first [[few_length]] only, and leave the test digits
# alone.

# %%
#| values:
#|   few_length: len(few)
#|   val_length: len(val_set)
#|   all_digits: len(digits)
import torch

from groundup.data import Digits, load_mnist
from groundup.repro import pick_device, reproducible

seed = reproducible(0)
device = pick_device()
digits, _ = load_mnist(device)

order = torch.randperm(len(digits))
images = digits.images[order]
labels = digits.labels[order]
few = Digits(images[:500], labels[:500])
val_set = Digits(images[55_000:], labels[55_000:])
print(len(few), "to learn from,", len(val_set), "for validation")

# %% [markdown]
# The network is the README's fourth, with two convolutions and ReLU:

# %%
#| values:
#|   small_parameters: count(plain)
from torch import nn


def small_network():
    torch.manual_seed(seed)  # the same initial weights each time
    return nn.Sequential(
        nn.Conv2d(1, 20, kernel_size=5),  # (n, 20, 24, 24)
        nn.ReLU(),
        nn.MaxPool2d(2),  # (n, 20, 12, 12)
        nn.Conv2d(20, 40, kernel_size=5),  # (n, 40, 8, 8)
        nn.ReLU(),
        nn.MaxPool2d(2),  # (n, 40, 4, 4)
        nn.Flatten(),  # (n, 640)
        nn.Linear(40 * 4 * 4, 100),
        nn.ReLU(),
        nn.Linear(100, 10),
    ).to(device)


def count(model):
    return sum(p.numel() for p in model.parameters())


plain = small_network()
print(count(plain), "parameters")

# %% [markdown]
# We train with page 3's `fit`:


# %%
#| values:
#|   lr: lr
#|   batch_size: batch_size
from torch.nn import functional as F

from groundup.train import fit

lr = 0.05
epochs = 6
batch_size = 25


def normalise(images):  # as on page 5
    return (images.unsqueeze(1) / 255 - 0.1307) / 0.3081


def train(model, train_set):
    fit(
        model,
        train_set,
        few,  # on these, fit measures an accuracy that we do not need
        lr=lr,
        epochs=epochs,
        batch_size=batch_size,
        criterion=F.cross_entropy,
        transform=normalise,
        seed=seed,
    )


# %% [markdown]
# `measure` gives the loss and the accuracy on the training digits and on the validation digits:


# %%
def evaluate(model, chosen):
    model.eval()
    with torch.no_grad():
        parts = [model(normalise(x)) for x in chosen.images.split(500)]
    logits = torch.cat(parts)  # (n, 10)
    loss = F.cross_entropy(logits, chosen.labels)
    correct = logits.argmax(dim=1) == chosen.labels
    return loss.item(), correct.float().mean().item()


def measure(model):
    measured = {}
    for name, chosen in {"training": few, "validation": val_set}.items():
        loss, accuracy = evaluate(model, chosen)
        print(f"{name:10}   loss {loss:.4f}   accuracy {accuracy:.4f}")
        measured[name] = loss, accuracy
    return measured


# %%
#| values:
#|   repeated: len(repeated)
#|   steps: epochs * len(repeated) // batch_size
#|   epochs: epochs
#|   plain_val: plain_result['validation'][1]
#|   plain_loss: plain_result['validation'][0]
#|   loss_ratio: plain_result['validation'][0] / plain_result['training'][0]
#| claims:
#|   by_heart: plain_result['training'][1] == 1
#|   far_apart: plain_result['validation'][0] > 50 * plain_result['training'][0]
#| tolerance:
#|   plain_val: seeds
#|   plain_loss: seeds 0 inf
#|   loss_ratio: seeds
#|   loss: seeds 0 inf
#|   accuracy: seeds
repeated = Digits(few.images.repeat(5, 1, 1), few.labels.repeat(5))

train(plain, repeated)
plain_result = measure(plain)

# %% [markdown]
# For a fair comparison below, the network gets each digit five times, unchanged: [[repeated:,]] images an
# epoch. With batches of [[batch_size]], [[epochs]] epochs are [[steps]] steps.
#
# [[by_heart? It reads every training digit]], and [[plain_val:.1%]] of the validation digits. [[far_apart? The
# loss on the validation digits is [[loss_ratio:.0f]] times as high as on the training digits.]] It has learned
# the training digits by heart. Is this page 5's overfitting, at the expense of other digits? Then a network
# that is kept from it should read others better.
#
# ## More data: shifted copies
#
# A 7 that is moved by one pixel is still a 7, but to the network it is a new image. So we can make more
# training digits from those we have, and their labels cost nothing: **data augmentation**. `shift` moves images
# by whole pixels and fills the free edge with black:

# %%
#| values:
#|   copies: len(moved)
#| alt: >-
#|   A handwritten digit and four copies of it, moved by one pixel to the right, left, up and down.
#|   In each copy the strokes have a bright tint along the edges towards which they moved, and
#|   another tint along the edges from which they came.
from groundup.data import shift
from groundup.figures import deeper_digits as drawings

moved = {
    "right": shift(few.images, right=1),
    "left": shift(few.images, right=-1),
    "up": shift(few.images, down=-1),
    "down": shift(few.images, down=1),
}
first_copies = {name: x[0].cpu() for name, x in moved.items()}
drawings.shifted_copies(few.images[0].cpu(), first_copies)

# %% [markdown]
# A shift of one pixel is hard to see, so changed pixels are tinted: orange where they have become brighter, on
# the side towards which the digit moved, and blue where darker.
#
# ??? question "Which other changes would leave the label right? What about a mirror image, or half a turn?"
#     Small rotations, a little more or less slant, slightly thicker strokes. The mirror image of a 3 is not a
#     digit, and half a turn turns a 6 into a 9 with the wrong label.
#
# The digits and their copies again make [[with_copies:,]] images an epoch, so the number of steps is the same.
# But now each image comes once.

# %%
#| values:
#|   with_copies: len(with_copies)
#|   shifted_val: shifted_result['validation'][1]
#|   shifted_loss: shifted_result['validation'][0]
#| claims:
#|   copies_help: >-
#|     shifted_result['validation'][1] > plain_result['validation'][1]
#|     and shifted_result['validation'][0] < 0.9 * plain_result['validation'][0]
#| tolerance:
#|   shifted_val: seeds
#|   shifted_loss: seeds 0 inf
#|   loss: seeds 0 inf
#|   accuracy: seeds
all_images = torch.cat([few.images, *moved.values()])  # (2500, 28, 28)
with_copies = Digits(all_images, few.labels.repeat(5))

shifted = small_network()
train(shifted, with_copies)
shifted_result = measure(shifted)

# %% [markdown]
# [[copies_help? The accuracy on the validation digits rises from [[plain_val:.1%]] to [[shifted_val:.1%]], and
# their loss falls from [[plain_loss:.2f]] to [[shifted_loss:.2f]].]]
#
# The copies show digits in slightly different places. Does that help with a larger shift? We move the
# validation digits by two pixels, further than any copy:

# %%
#| values:
#|   plain_moved: plain_far
#|   shifted_moved: shifted_far
#| claims:
#|   moved_better: shifted_far > plain_far + 0.04
#| tolerance:
#|   plain_moved: seeds
#|   shifted_moved: seeds
#|   accuracy: seeds
far = Digits(shift(val_set.images, right=2), val_set.labels)
_, plain_far = evaluate(plain, far)
_, shifted_far = evaluate(shifted, far)
print(f"without copies   accuracy {plain_far:.4f}")
print(f"with copies      accuracy {shifted_far:.4f}")

# %% [markdown]
# [[moved_better? The network that has seen copies now reads [[shifted_moved:.1%]], the other one
# [[plain_moved:.1%]].]]
#
# ??? question "Is a shifted copy worth as much as a new digit?"
#     No. A copy has the handwriting of its original. The network sees no other slant, no other loop, no other
#     way to write a 4.
#
# ??? question "We set the validation digits aside before we made the copies. Why not afterwards?"
#     Copies of one digit would then lie on both sides. The network would be checked on digits that it has
#     learned from, moved by a pixel, and the accuracy would say little about new digits. Split first, then
#     augment.
#
# ## Dropout by hand
#
# The second answer changes the network, not the digits. **Dropout** sets a random selection of a layer's inputs
# to zero, a different one for each image and step. A neuron that cannot rely on any single input has to make
# use of many. If $p$ is the probability of being dropped, an input $a$ becomes
#
# $$\begin{cases} 0 & \text{with probability } p \\ \dfrac{a}{1 - p} & \text{otherwise} \end{cases}$$
#
# ??? question "Why are the others divided by $1 - p$?"
#     To keep the mean: $(1 - p) \cdot \frac{a}{1 - p} + p \cdot 0 = a$. So on average the next layer gets the
#     same sums whether dropout is on or off.
#
# In code this takes a mask of zeros and ones. With the same seed, does `nn.Dropout` give the same?


# %%
#| claims:
#|   same_dropout: torch.equal(by_hand, by_layer)
def dropout(a, p):
    mask = torch.empty_like(a).bernoulli_(1 - p)  # 1 where a is kept
    return a * mask / (1 - p)


a = torch.arange(1.0, 9.0)
torch.manual_seed(seed)
by_hand = dropout(a, p=0.5)
torch.manual_seed(seed)
by_layer = nn.Dropout(p=0.5)(a)
print("by hand ", by_hand.tolist())
print("by layer", by_layer.tolist())

# %% [markdown]
# [[same_dropout? Both give the same numbers]]: some are gone, and the others are doubled.
#
# ## A larger network
#
# The README's last network has the same convolutions and, behind them, two wide layers of [[wide_layer:,]]
# neurons in place of one of [[narrow_layer]]. Dropout stands in front of each of its three dense layers. Layers
# with dropout are often made wide, because part of their inputs is missing at each step.


# %%
#| values:
#|   wide_layer: dropped[8].out_features
#|   narrow_layer: plain[7].out_features
#|   large_parameters: count(dropped)
#|   times_larger: count(dropped) / count(plain)
#| tolerance:
#|   times_larger: rel 1e-9
def large_network(p):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 20, kernel_size=5),  # (n, 20, 24, 24)
        nn.ReLU(),
        nn.MaxPool2d(2),  # (n, 20, 12, 12)
        nn.Conv2d(20, 40, kernel_size=5),  # (n, 40, 8, 8)
        nn.ReLU(),
        nn.MaxPool2d(2),  # (n, 40, 4, 4)
        nn.Flatten(),  # (n, 640)
        nn.Dropout(p),
        nn.Linear(40 * 4 * 4, 1000),
        nn.ReLU(),
        nn.Dropout(p),
        nn.Linear(1000, 1000),
        nn.ReLU(),
        nn.Dropout(p),
        nn.Linear(1000, 10),
    ).to(device)


dropped = large_network(p=0.5)
print(count(dropped), "parameters")

# %% [markdown]
# It has [[times_larger:.0f]] times as many parameters as the small one. To see what dropout does, we train it
# twice, once with $p = 0$, which drops nothing, on the [[few_length]] digits without copies.
#
# ??? question "Before you run it: with dropout, what do you expect of the loss on the training digits, and on the validation digits?"
#     Dropout makes it harder to learn the training digits by heart, so their loss should be higher. If it
#     prevents overfitting, the loss on the validation digits is lower.

# %%
#| values:
#|   wide_loss: wide_result['validation'][0]
#|   wide_val: wide_result['validation'][1]
#|   dropped_loss: dropped_result['validation'][0]
#|   dropped_val: dropped_result['validation'][1]
#| claims:
#|   fits_less: dropped_result['training'][0] > 2 * wide_result['training'][0]
#|   reads_more: >-
#|     dropped_result['validation'][1] > wide_result['validation'][1]
#|     and dropped_result['validation'][0] < 0.9 * wide_result['validation'][0]
#|   gap_smaller: >-
#|     dropped_result['training'][1] - dropped_result['validation'][1]
#|     < wide_result['training'][1] - wide_result['validation'][1]
#| tolerance:
#|   wide_loss: seeds 0 inf
#|   wide_val: seeds
#|   dropped_loss: seeds 0 inf
#|   dropped_val: seeds
#|   loss: seeds 0 inf
#|   accuracy: seeds
print("without dropout")
wide = large_network(p=0.0)
train(wide, repeated)
wide_result = measure(wide)

print("with dropout")
train(dropped, repeated)
dropped_result = measure(dropped)

# %% [markdown]
# [[fits_less? With dropout the training digits have a higher loss]], and [[reads_more? the validation digits a
# lower one, [[dropped_loss:.2f]] in place of [[wide_loss:.2f]]. Their accuracy rises from [[wide_val:.1%]] to
# [[dropped_val:.1%]].]] [[gap_smaller? The gap between training and validation accuracy becomes smaller.]] So
# the network without dropout did overfit, and dropout helps against it.
#
# ## One network, two modes
#
# Dropout is meant for learning. When we use the network, none of its neurons should be missing. So each module
# has a flag, `training`, which `model.train()` sets to `True` in all layers and `model.eval()` to `False`. In
# **evaluation mode** `nn.Dropout` passes its input on unchanged.
#
# And in **training mode**? From a thousand validation digits we take the one of which the network is least sure
# in evaluation mode, and show it a hundred times in training mode:

# %%
#| values:
#|   answers: len(passes.argmax(dim=1).unique())
#| claims:
#|   changes_its_mind: len(passes.argmax(dim=1).unique()) > 1
#| tolerance:
#|   answers: within 2 10 because it depends on the digit and on what is dropped
#|   figure: seeds
#| alt: >-
#|   A digit that is hard to read, and beside it the probabilities of the ten digits. Dots for
#|   the single passes in training mode scatter widely for several digits. The bars of
#|   evaluation mode show one answer, in which no digit is far ahead.
thousand = normalise(val_set.images[:1000])
dropped.eval()
with torch.no_grad():
    steady = dropped(thousand).softmax(dim=1)  # (1000, 10)
unsure = steady.max(dim=1).values.argmin()

dropped.train()
with torch.no_grad():
    logits = dropped(thousand[unsure].expand(100, 1, 28, 28))
passes = logits.softmax(dim=1)  # (100, 10)

image = val_set.images[unsure].cpu()
drawings.opinions(passes.cpu(), steady[unsure].tolist(), image)

# %% [markdown]
# Each pass has its own masks, so each gives different probabilities (the dots). [[changes_its_mind? In this run
# they name [[answers]] different digits.]] The bars are the answer in evaluation mode.
#
# ## `eval()` and `no_grad()`
#
# Before we measure, we write both `model.eval()` and `torch.no_grad()`. What does each of them do? We compute
# the same digit twice in all four combinations:


# %%
#| claims:
#|   eval_steady: >-
#|     not torch.equal(passes[0], passes[1])
#|     and torch.equal(dropped(thousand[:1]), dropped(thousand[:1]))
#|   no_grad_records_nothing: >-
#|     dropped(thousand[:1]).requires_grad and not logits.requires_grad
def twice(name):
    first = dropped(thousand[:1])
    second = dropped(thousand[:1])
    same = torch.equal(first, second)
    print(f"{name:19}   same {same!s:5}   graph {first.requires_grad}")


dropped.train()
twice("train()")
with torch.no_grad():
    twice("train(), no_grad()")

dropped.eval()
twice("eval()")
with torch.no_grad():
    twice("eval(), no_grad()")

# %% [markdown]
# "same" says whether both passes gave the same logits, "graph" whether PyTorch recorded a graph for
# `backward()`. [[eval_steady? `eval()` decides what the layers compute]]: without it, dropout is on.
# [[no_grad_records_nothing? `no_grad()` decides whether a graph is recorded]], and changes no result. Without
# it the accuracy is right, but the recording costs time and memory.
#
# ??? question "Before you run it: you forget `eval()` and measure the accuracy of this network under `no_grad()`. What do you get?"
#     No error and no warning. You get a lower accuracy, and usually a different one each time.


# %%
#| values:
#|   in_eval: in_eval
#|   in_train: in_train
#| claims:
#|   train_lower: in_train < in_eval
#| tolerance:
#|   in_eval: seeds
#|   in_train: seeds
#|   accuracy: seeds
def accuracy_now(model):  # in whatever mode it is
    with torch.no_grad():
        answers = model(thousand).argmax(dim=1)
    return (answers == val_set.labels[:1000]).float().mean().item()


dropped.eval()
in_eval = accuracy_now(dropped)
print(f"evaluation mode   accuracy {in_eval:.4f}")

dropped.train()
in_train = accuracy_now(dropped)
print(f"training mode     accuracy {in_train:.4f}")
print(f"training mode     accuracy {accuracy_now(dropped):.4f}")

# %% [markdown]
# [[train_lower? In training mode the same weights read [[in_train:.1%]] of these digits, in evaluation mode
# [[in_eval:.1%]].]] The opposite mistake is to go on training after a measurement without `model.train()`. Then
# dropout is off from there on, again without an error. So write `model.train()` at the start of each epoch, as
# on page 5.
#
# ## The whole table
#
# The README of [nestedsoftware/pytorch](https://github.com/nestedsoftware/pytorch) trains the last two networks
# on all digits and their copies, [[extended_length:,]] images, for [[extended_epochs]] and [[dropout_epochs]]
# epochs. Here are the full runs on record:

# %%
#| values:
#|   dense_mean: mean(run.accuracy for run in full_runs('dense'))
#|   dense_std: deviations['dense']
#|   dense_runs: len(full_runs('dense'))
#|   one_mean: mean(run.accuracy for run in full_runs('one convolution'))
#|   one_std: deviations['one convolution']
#|   one_runs: len(full_runs('one convolution'))
#|   two_mean: mean(run.accuracy for run in full_runs('two convolutions'))
#|   two_std: deviations['two convolutions']
#|   two_runs: len(full_runs('two convolutions'))
#|   relu_mean: mean(run.accuracy for run in full_runs('ReLU'))
#|   relu_std: deviations['ReLU']
#|   relu_runs: len(full_runs('ReLU'))
#|   extended_mean: mean(run.accuracy for run in full_runs('extended data'))
#|   extended_std: deviations['extended data']
#|   extended_runs: len(full_runs('extended data'))
#|   dropout_mean: mean(run.accuracy for run in full_runs('dropout'))
#|   dropout_std: deviations['dropout']
#|   dropout_runs: len(full_runs('dropout'))
#|   extended_length: 5 * len(digits)
#|   extended_epochs: len(full_runs('extended data')[0].accuracies)
#|   dropout_epochs: len(full_runs('dropout')[0].accuracies)
#|   relu_steps: len(full_runs('ReLU')[0].accuracies) * len(digits) // 10
#|   extended_steps: len(full_runs('extended data')[0].accuracies) * len(digits) // 2
#|   ranged: sum(len(full_runs(row)) > 1 for row in rows)
#|   inside: >-
#|     sum(__import__('groundup.runs', fromlist=['x']).summarize(row).within
#|     for row in rows if len(full_runs(row)) > 1)
#|   time_dense: __import__('groundup.runs', fromlist=['x']).summarize(rows[0]).time
#|   time_one: __import__('groundup.runs', fromlist=['x']).summarize(rows[1]).time
#|   time_two: __import__('groundup.runs', fromlist=['x']).summarize(rows[2]).time
#|   time_relu: __import__('groundup.runs', fromlist=['x']).summarize(rows[3]).time
#|   time_extended: __import__('groundup.runs', fromlist=['x']).summarize(rows[4]).time
#|   time_dropout: __import__('groundup.runs', fromlist=['x']).summarize(rows[5]).time
#| quoted:
#|   reported_dense: >-
#|     __import__('groundup.experiments', fromlist=['x']).EXPERIMENTS['dense'].reported
#|   reported_one: >-
#|     __import__('groundup.experiments', fromlist=['x']).EXPERIMENTS['one convolution'].reported
#|   reported_two: >-
#|     __import__('groundup.experiments', fromlist=['x']).EXPERIMENTS['two convolutions'].reported
#|   reported_relu: >-
#|     __import__('groundup.experiments', fromlist=['x']).EXPERIMENTS['ReLU'].reported
#|   reported_extended: >-
#|     __import__('groundup.experiments', fromlist=['x']).EXPERIMENTS['extended data'].reported
#|   reported_dropout: >-
#|     __import__('groundup.experiments', fromlist=['x']).EXPERIMENTS['dropout'].reported
#| recorded: >-
#|   __import__('groundup.runs', fromlist=['x']).describe(
#|   [run for name in rows for run in full_runs(name)])
#| claims:
#|   means_rise: >-
#|     all(mean(run.accuracy for run in full_runs(lower_row))
#|     > mean(run.accuracy for run in full_runs(upper_row))
#|     for upper_row, lower_row in zip(rows, rows[1:]))
from statistics import mean, stdev

from groundup.runs import full_runs

rows = ["dense", "one convolution", "two convolutions", "ReLU"]
rows += ["extended data", "dropout"]
deviations = {}
for row in rows:
    finals = [run.accuracy for run in full_runs(row)]
    deviations[row] = "none"  # for a single run
    if len(finals) > 1:
        deviations[row] = f"{stdev(finals):.4f}"
    print(f"{row:16}   mean {mean(finals):.4f}   ", end="")
    print(f"sd {deviations[row]:6}   runs {len(finals)}")

# %% [markdown]
# | network | parameters | README, one run | ours, mean | standard deviation | runs |
# |---|---|---|---|---|---|
# | dense | [[conv_digits.dense_parameters:,]] | [[reported_dense:.4f]] | [[dense_mean:.4f]] | [[dense_std]] | [[dense_runs]] |
# | one convolution | [[conv_digits.one_parameters:,]] | [[reported_one:.4f]] | [[one_mean:.4f]] | [[one_std]] | [[one_runs]] |
# | two convolutions | [[conv_digits.two_parameters:,]] | [[reported_two:.4f]] | [[two_mean:.4f]] | [[two_std]] | [[two_runs]] |
# | ReLU, decay | [[small_parameters:,]] | [[reported_relu:.4f]] | [[relu_mean:.4f]] | [[relu_std]] | [[relu_runs]] |
# | the same, with shifted copies | [[small_parameters:,]] | [[reported_extended:.4f]] | [[extended_mean:.4f]] | [[extended_std]] | [[extended_runs]] |
# | larger, shifted copies, dropout | [[large_parameters:,]] | [[reported_dropout:.4f]] | [[dropout_mean:.4f]] | [[dropout_std]] | [[dropout_runs]] |
#
# The standard deviation is that of single runs. The last row, with one run, has none, and from two runs it is
# rough. Two of the ReLU runs have the same seed, on different devices. In [[inside]] of the [[ranged]] rows
# with more than one run, the README's figure lies within the range of ours.
# [Results](results.py#the-readmes-six-networks) shows each run.
#
# [[means_rise? The mean rises from row to row.]] The last two rows have too few runs to be sure of that. And
# even if the rise is real, what causes it? Compare each recipe with the one above it:
#
# - The row with shifted copies has five times the data and, for as many epochs, five times the training:
#   [[extended_steps:,]] steps in place of [[relu_steps:,]].
# - The last row has wider dense layers and one more of them, dropout, a smaller learning rate, fewer epochs,
#   and no weight decay.
#
# So the table compares whole recipes, and cannot say what a single change is worth. For that we need pairs like
# those earlier on this page, in which one thing changes. How many runs it takes to tell a small difference from
# luck, [page 11](how_sure.py) works out.
#
# ## Recap
#
# You can now
#
# - make more training digits by changes that leave the label right, after the validation digits have been set
#   aside;
# - write dropout by hand, and say why it divides by $1 - p$;
# - see in training and validation loss whether a network overfits less;
# - use `model.train()`, `model.eval()` and `torch.no_grad()`, each for its purpose;
# - compare two recipes that differ in one thing, and spot those that differ in several.
#
# ## Exercises
#
# **1. Derive.** A positive input $a$ goes through dropout. What are the mean and the standard deviation of the result?
# Check it for $a = 3$ and $p = 0.2$ with a tensor of a million numbers.

# %%
#| tolerance:
#|   text: abs 0.02
#| fold: Solution
# The mean of the result is (1 - p) * a / (1 - p) = a. The mean of its
# square is (1 - p) * (a / (1 - p))**2 = a**2 / (1 - p). The variance is
# the difference of that and a**2, which makes a**2 * p / (1 - p).
# Its root is the standard deviation, a * sqrt(p / (1 - p)).
result = dropout(torch.full((1_000_000,), 3.0), p=0.2)
print(f"mean {result.mean():.2f}, expected 3.00")
print(f"sd   {result.std():.2f}, expected {3 * (0.2 / 0.8) ** 0.5:.2f}")

# %% [markdown]
# **2. Predict.** In training mode each pass is a network of its own, with other neurons missing. Let fifty of
# them vote: take the mean of their probabilities for a thousand validation digits. Will the accuracy be near that
# of a single pass, or near that of evaluation mode?

# %%
#| tolerance:
#|   accuracy: seeds
#| fold: Solution
# The vote is far better than a single pass and close to evaluation mode.
# One pass in evaluation mode comes close to the mean of all these
# networks.
total = torch.zeros(1000, 10, device=device)
dropped.train()
with torch.no_grad():
    features = dropped[:7](thousand)  # no dropout up to here
    for _ in range(50):
        total += dropped[7:](features).softmax(dim=1)
correct = total.argmax(dim=1) == val_set.labels[:1000]
print(f"fifty passes   accuracy {correct.float().mean():.4f}")

# %% [markdown]
# **3. Repair.** Somebody trains the network with dropout by a loop like that of page 5. `model.train()` stands
# once, before the loop over the epochs, and the last line of each epoch calls this page's `evaluate`. There is
# no error, but from the second epoch on the training loss falls faster, as if dropout were off. Why, and how do
# you repair it?
#
# ??? success "Solution"
#     Dropout is off: `evaluate` calls `model.eval()`, and after the first epoch no line calls `model.train()`
#     again. Move that line into the loop, to the start of each epoch. Or let `evaluate` restore the mode that
#     it has found: `was_training = model.training` at its start and `model.train(was_training)` at its end.
#
# ## Next
#
# A forgotten `model.eval()` raises no error. The next page collects other mistakes that raise none: [Bugs that
# train without an error](silent_bugs.py).
#
# This page re-teaches the last two rows of the [README of
# nestedsoftware/pytorch](https://github.com/nestedsoftware/pytorch) (2019). What we found when we ran it:
# [About the sources](../about_the_sources.md#s0-continued-six-networks-in-a-readme).
