# ---
# title: More data, and dropout
# teaches: shifted copies as more data, dropout and its two modes, and how to read a table of accuracies
# before: Convolutional digits
# sources: [S0]
# ---

# %% [markdown]
# # More data, and dropout
#
# What is left to gain when a network already reads [[reported_relu:.2%]] of the test digits? The README of
# [nestedsoftware/pytorch](https://github.com/nestedsoftware/pytorch) reports [[reported_extended:.2%]] for the
# same network with more training digits, and [[reported_dropout:.2%]] for a larger one with dropout. Both
# ideas keep a network from leaning on what holds for its training digits only. The first shows it each digit in several
# places. The second puts half of it to sleep while it learns.
#
# This page re-teaches the last two of the README's six experiments on MNIST. [Convolutional digits](conv_digits.py) has the
# first four. At the end you read the whole table, and learn how far such a table can be trusted.

# %%
#| values:
#|   max_steps: max_steps
#|   train_length: len(train)
#|   test_length: len(test)
#| quoted:
#|   reported_relu: EXPERIMENTS['ReLU'].reported
#|   reported_extended: EXPERIMENTS['extended data'].reported
#|   reported_dropout: EXPERIMENTS['dropout'].reported
#|   reported_dense: EXPERIMENTS['dense'].reported
#|   reported_one: EXPERIMENTS['one convolution'].reported
#|   reported_two: EXPERIMENTS['two convolutions'].reported
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from torch import nn

from groundup import sources
from groundup.data import Digits, extend, load_mnist, normalize, scale, shift
from groundup.experiments import EXPERIMENTS, normalize_as_reported
from groundup.figures import deeper_digits as drawings
from groundup.figures import mistakes, smoothed_curves
from groundup.models import conv_dropout
from groundup.repro import pick_device, reproducible
from groundup.sources import CHAPTER_6
from groundup.train import accuracy, fit, predict

seed = reproducible(0)
device = pick_device()
train, test = load_mnist()
max_steps = 6000  # as on the page before
print(len(train), len(test))

# %% [markdown]
# This page trains each network for [[max_steps:,]] steps, as the page before did. The README's own schedules
# are [[times_extended]] times as long for the extended data, and [[times_dropout]] times as long
# for dropout. Such runs were made once and kept: see [The whole table](#the-whole-table).
#
# ## More data: shifted copies
#
# A 7 that is moved by one pixel is still a 7. So each training digit gives four more: itself moved to the right, to the
# left, up and down. The edge that becomes free is filled with black. To a network of pixels these are new images, with
# labels that cost nothing. The general name for this is **data augmentation**.

# %%
#| values:
#|   extended_length: len(extended)
#|   copies: len(extended) // len(train)
extended = extend(train)
print(tuple(train.images.shape), "->", tuple(extended.images.shape))
print("labels of the first digit:", extended.labels[:: len(train)].tolist())

# %%
#| alt: >-
#|   A handwritten 5 and four copies of it, moved by one pixel to the right, left, up and down. In
#|   each copy an orange fringe marks the side towards which the strokes moved, and a blue fringe
#|   the other side.
five = extended.images[:: len(train)]  # (5, 28, 28): the first digit and its copies
drawings.shifted_copies(
    five[0], dict(zip(("right", "left", "up", "down"), five[1:], strict=True))
)

# %% [markdown]
# [[extended_length:,]] images, [[copies]] for each of the [[train_length:,]]. One
# pixel is hardly visible, so the changes are tinted: orange has become brighter, blue darker.
#
# ??? question "Is that as good as five times as many digits by five times as many people?"
#     No. Every copy has the handwriting of its original. The network learns that a place does not matter, which is one thing
#     among many that it should learn. It sees no new slant, no new loop, no new kind of 4.
#
# The labels are safe with such moves. They would not be with others: turn a 6 by half a circle, and it is a 9 with a wrong
# label.
#
# ## A mean that is not ours
#
# The README normalises all pixels with a mean of [[quoted_mean]] and a standard deviation of
# [[quoted_std]], for all six of its networks. In its repository you find where they come from: [a
# note](https://github.com/nestedsoftware/pytorch/blob/master/data_normalization_calculations.md) has them as PyTorch printed
# them for the extended set. Count in whole numbers, so that nothing is rounded, and you get:

# %%
#| values:
#|   mean_train: means['train']
#|   mean_extended: means['extended']
#|   std_extended: stds['extended']
#|   mean_test: means['test']
#|   edge_digits: on_edge
#| quoted:
#|   quoted_mean: sources.PIXEL_MEAN_REPOSITORY
#|   quoted_std: sources.PIXEL_STD_REPOSITORY
#| tolerance:
#|   mean_train: rel 1e-12
#|   mean_extended: rel 1e-12
#|   std_extended: rel 1e-12
#|   mean_test: rel 1e-12
#|   text: rel 1e-5
means, stds = {}, {}
for name, digits in {"train": train, "extended": extended, "test": test}.items():
    counts = torch.bincount(digits.images.flatten(), minlength=256)  # (256,)
    levels, pixels = torch.arange(256), digits.images.numel()
    mean = (counts * levels).sum().item() / pixels
    std = ((counts * levels**2).sum().item() / pixels - mean**2) ** 0.5
    means[name], stds[name] = mean / 255, std / 255
    print(f"{name:9s} mean {means[name]:.6f}   std {stds[name]:.6f}")

edge = torch.ones(28, 28, dtype=torch.bool)
edge[1:-1, 1:-1] = False
on_edge = (train.images[:, edge] > 0).any(dim=1).sum().item()
print("training digits with ink on the outermost pixels:", on_edge)

# %% [markdown]
# The true mean of the extended set is [[mean_extended:.6f]]. That rounds to
# [[mean_extended:.4f]], and not to [[quoted_mean]]. (It is a little below the mean of the plain
# training set, since [[edge_digits]] digits touch the edge, and lose some ink when they are moved across it.)
#
# How can a computer get a mean wrong in the fourth decimal? By adding up in float32. Such a number has about seven digits.
# Add a pixel to a sum of millions, and the last digits of the pixel are lost. Processors add in several running sums at
# once, and each of them loses its own. Here is such an addition of all the pixels, with different numbers of running sums:


# %%
#| values:
#|   mean_128: wrong_means[128]
#|   mean_8: wrong_means[8]
#| tolerance:
#|   mean_128: rel 1e-6
#|   mean_8: rel 1e-6
#|   text: rel 1e-5
def mean_in_float32(images, running_sums):
    """The mean pixel, added up in so many float32 sums; a digit and its copies in turn."""
    totals = np.zeros((1, running_sums), dtype=np.float32)
    in_turn = images.reshape(5, -1, 28 * 28)  # (5, 60000, 784)
    for i in range(0, len(train), 1000):
        pixels = scale(in_turn[:, i : i + 1000].transpose(0, 1).reshape(-1, 28, 28))
        rows = pixels.numpy().reshape(-1, running_sums)
        totals = np.add.reduce(np.concatenate([totals, rows]), axis=0, keepdims=True)
    return totals.astype(float).sum() / images.numel()


wrong_means = {sums: mean_in_float32(extended.images, sums) for sums in (8, 128)}
for sums, mean in wrong_means.items():
    print(f"{sums:3d} running sums: mean {mean:.6f}")

# %% [markdown]
# With 128 running sums you get [[mean_128:.4f]], the README's figure. We chose the number because it fits: eight
# give [[mean_8:.4f]]. So this does not tell how the README's
# figure came about, only that float32 alone can bring it about. Whether it matters, we can measure once a network is trained.
#
# ## Five times the data, the same network
#
# The recipe is the one of the ReLU row, with the extended set in place of the training digits. As on the page before, the
# history has the loss of each step.


# %%
#| values:
#|   extended: reached['extended data']
#|   steps_extended: len(losses['extended data'])
#|   images_seen: max_steps * EXPERIMENTS['extended data'].batch_size
#|   batch_extended: EXPERIMENTS['extended data'].batch_size
#| tolerance:
#|   extended: seeds
#|   accuracy: seeds
def run(name):
    """Train by the recipe of this name; keep its model, its accuracy, and each loss."""
    models[name], history = EXPERIMENTS[name].run(
        extended, test, seed=seed, max_steps=max_steps
    )
    losses[name] = history.losses.tolist()
    reached[name] = history[-1].accuracy
    print(f"{name}   steps {len(losses[name])}   accuracy {reached[name]:.4f}")


reached, losses, models = {}, {}, {}  # of each row, by its name
extended, test = extended.to(device), test.to(device)
run("extended data")

# %% [markdown]
# [[extended:.2%]] after [[steps_extended:,]] steps. With each of [[extended.seeds]] seeds, the row ends between
# [[extended.low:.2%]] and [[extended.high:.2%]]. A caution about the README's table: it trains this row for the same number of
# epochs as the one before, and an epoch of the extended set has five times as many steps. So the row has more data *and* five
# times the training, and the table does not tell them apart.
#
# Has it at least learned what it was shown, that the place does not matter? Move the test digits two pixels to the right,
# farther than any copy was moved:

# %%
#| values:
#|   moved_extended: moved_accuracy
#|   place_extended: in_place
#|   some_length: len(some_test)
#| tolerance:
#|   moved_extended: seeds
#|   place_extended: seeds
#|   place: seeds
#|   moved: seeds
some_test = Digits(test.images[::5], test.labels[::5])
moved_test = Digits(shift(some_test.images, right=2), some_test.labels)
model = models["extended data"]
in_place = accuracy(model, some_test, transform=normalize_as_reported)
moved_accuracy = accuracy(model, moved_test, transform=normalize_as_reported)
print(f"in place {in_place:.4f}   moved {moved_accuracy:.4f}")

# %% [markdown]
# Both figures are of every fifth test digit: [[place_extended:.4f]] in place, [[moved_extended:.4f]] moved. Over
# [[moved_extended.seeds]] seeds, each trained for as many steps, the moved figure goes from
# [[moved_extended.low:.1%]] to [[moved_extended.high:.1%]].
#
# And the mean? Here is the same network with pixels normalised by the README's mean, and by the true one:

# %%
#| values:
#|   mean_changes: mean_changes
#| tolerance:
#|   mean_changes: within 0 20 because only digits between two classes change sides
#|   differently: within 0 20 because only digits between two classes change sides
#|   mean: rel 1e-5
#|   accuracy: seeds
by_mean, std_reported = {}, sources.PIXEL_STD_REPOSITORY.figure
for mean in (sources.PIXEL_MEAN_REPOSITORY.figure, means["extended"]):
    transform = partial(normalize, mean=mean, std=std_reported)
    by_mean[mean] = predict(model, test, transform=transform).argmax(dim=1)  # (10000,)
    right = (by_mean[mean] == test.labels).float().mean().item()
    print(f"mean {mean:.6f}   accuracy {right:.4f}")
one, other = by_mean.values()
mean_changes = (one != other).sum().item()
print("test digits read differently", mean_changes)

# %% [markdown]
# The number of test digits that it reads differently is [[mean_changes]]. The wrong mean is wrong, and harmless
# here: it moves all inputs by the same small amount. (A network that is trained with it does not even notice. Its first layer
# has biases, and these can take up a common offset.) All six rows use it, so this site keeps it too, to have the same recipe.
#
# ## Dropout by hand
#
# **Dropout** sets a random part of the numbers that go into a layer to zero, at each training step another part. A neuron
# that cannot rely on any single one of its inputs has to make use of many. With $p$ the probability of being set to zero,
# each number $x$ becomes
#
# $$y = \begin{cases} 0 & \text{with probability } p \\ \frac{x}{1 - p} & \text{otherwise} \end{cases}$$
#
# ??? question "Why is what remains divided by 1 - p?"
#     So that the next layer gets as much as without dropout, on average. With $p$ one half, half of the inputs are missing,
#     and the other half count double. $(1 - p)$ times $\frac{x}{1 - p}$ is $x$.
#
# Written out, that is a mask of zeros and ones, a product and a quotient. Is it what `nn.Dropout` does? With the same seed,
# the same draw:

# %%
#| values:
#|   same_dropout: same_dropout
#|   scaled_mean: scaled.mean().item()
#|   plain_mean: unscaled.mean().item()
#| tolerance:
#|   scaled_mean: abs 0.01
#|   plain_mean: abs 0.01
#|   mean: abs 0.01
p, x = 0.5, torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
torch.manual_seed(seed)
mask = torch.empty_like(x).bernoulli_(1 - p)  # one with probability 1 - p, else zero
by_hand = x * mask / (1 - p)
torch.manual_seed(seed)
by_layer = nn.Dropout(p)(x)
same_dropout = torch.equal(by_hand, by_layer)
print("by hand ", by_hand.tolist())
print("by layer", by_layer.tolist())

ones = torch.ones(100_000)
scaled = nn.Dropout(p)(ones)
unscaled = scaled * (1 - p)
print(
    f"ones with dropout: mean {scaled.mean():.2f}, without scaling: mean {unscaled.mean():.2f}"
)

# %% [markdown]
# The same numbers. And the mean of many ones stays near one, [[scaled_mean:.2f]], only because of the scaling.
#
# Dropout is for learning. When the network is used, all of it should be awake. So every module has a flag, `training`, which
# `model.train()` sets and `model.eval()` clears, in all layers at once. In evaluation mode, `nn.Dropout` hands its input on:

# %%
#| values:
#|   eval_same: eval_same
dropout = nn.Dropout(p)
dropout.eval()
eval_same = torch.equal(dropout(x), x)
print("training:", dropout.training, "  the input unchanged:", eval_same)

# %% [markdown]
# ## The last row
#
# The last network has the two convolutions of the ReLU row, and behind them two dense layers of 1000 neurons in place of one
# of 100. Dropout stands before each of its three dense layers. Since half of their inputs are missing at every step, layers
# with dropout are often made wider than others.

# %%
for layer in conv_dropout():
    numbers = sum(parameter.numel() for parameter in layer.parameters())
    dropped = f"p={layer.p}" if isinstance(layer, nn.Dropout) else ""
    print(f"{type(layer).__name__:10s} {dropped:6s} {numbers:8d}")

# %% [markdown]
# [[dropout_parameters:,]] parameters, [[times_larger:.0f]] times as many as before. And again
# the row changes more than its name says: the width of the dense layers, their number, dropout, a smaller learning rate,
# fewer epochs, and no weight decay.

# %%
#| values:
#|   dropout: reached['dropout']
#|   steps_dropout: len(losses['dropout'])
#|   dropout_parameters: sizes['dropout']
#|   dropout_p: models['dropout'][7].p
#|   behind: round((reached['extended data'] - reached['dropout']) * len(test))
#|   times_larger: sizes['dropout'] / sizes['extended data']
#|   last_loss_dropout: sum(losses['dropout'][-500:]) / 500
#|   last_loss_extended: sum(losses['extended data'][-500:]) / 500
#|   batch_dropout: EXPERIMENTS['dropout'].batch_size
#| claims:
#|   dropout_behind: reached['dropout'] < reached['extended data']
#| tolerance:
#|   dropout: seeds
#|   behind: seeds
#|   accuracy: seeds
#|   times_larger: rel 1e-9
#|   last_loss_dropout: seeds
#|   last_loss_extended: seeds
run("dropout")
sizes = {
    name: sum(p.numel() for p in model.parameters()) for name, model in models.items()
}

# %%
#| tolerance:
#|   figure: seeds
#| alt: >-
#|   The training loss of both networks over all steps. The network without dropout falls at once.
#|   The one with dropout starts later, falls more slowly, and stays above the other all the time.
smoothed_curves(losses, ylabel="loss", window=100)

# %% [markdown]
# [[dropout:.2%]] after [[steps_dropout:,]] steps, in evaluation mode. Its curve
# lies higher partly because of how it is measured: in training mode, by a network half asleep.
#
# ## One network, two modes
#
# Here is what the first dropout of the trained network does to the 640 numbers that come from the convolutions, for one
# digit:

# %%
#| tolerance:
#|   figure: seeds
#| alt: >-
#|   Three panels of 640 small squares, orange where a number is positive. In the first, without
#|   dropout, many squares are filled. In the two others about half of these have gone, another half
#|   each time, and those that remain are stronger.
model = models["dropout"].cpu()
image = test.images[:1].cpu()
with torch.no_grad():
    features = model[:7](normalize_as_reported(image))  # (1, 640)
    model.train()
    asleep = {f"training mode, pass {i}": model[7](features)[0] for i in (1, 2)}
drawings.sleeping({"evaluation mode": features[0], **asleep})

# %% [markdown]
# So in training mode the same digit gives another answer at each call. The digit below is the one of the test set that the
# network, in evaluation mode, is least sure about. The dots are a hundred passes in training mode, the bars the one answer
# of evaluation mode:

# %%
#| values:
#|   steady_same: steady_same
#|   labels_given: len(set(dots.argmax(dim=1).tolist()))
#| tolerance:
#|   labels_given: within 3 10 because a hundred passes drop other neurons each time
#|   mode: within 3 10 because a hundred passes drop other neurons each time
#|   figure: seeds
#| alt: >-
#|   A digit that is hard to read, and beside it the probabilities of the ten digits. The orange
#|   dots of single passes in training mode scatter widely for several digits. The blue bars of
#|   evaluation mode are one steady answer, with no digit far ahead.
steady = predict(model, test.to("cpu"), transform=normalize_as_reported).softmax(dim=1)
unsure = steady.max(dim=1).values.argmin().item()  # (10000,) -> one index
hundred = normalize_as_reported(test.images[[unsure]].cpu()).expand(100, 1, 28, 28)
with torch.no_grad():
    dots = model.train()(hundred).softmax(dim=1)  # (100, 10)
    one_answer = model.eval()(hundred).softmax(dim=1)  # (100, 10)
steady_same = torch.allclose(one_answer, one_answer[:1].expand(100, 10), atol=1e-6)
print("digits named in training mode", len(set(dots.argmax(dim=1).tolist())))
print("all passes alike in evaluation mode:", steady_same)
drawings.opinions(dots, steady[unsure].tolist(), test.images[unsure].cpu())

# %% [markdown]
# ??? question "Before you run it: you forget `model.eval()` and measure the accuracy. What happens?"
#     No error and no warning. You get a figure, a lower one, and another one at each call.

# %%
#| values:
#|   in_eval: in_eval
#|   in_train: in_train[0]
#| tolerance:
#|   in_eval: seeds
#|   in_train: seeds
#|   mode: seeds
images, labels = normalize_as_reported(some_test.images.cpu()), some_test.labels.cpu()


@torch.no_grad()
def right_now():
    """The accuracy in whatever mode the model is in."""
    return (model(images).argmax(dim=1) == labels).float().mean().item()


model.eval()
in_eval = right_now()
print(f"evaluation mode {in_eval:.4f}")
model.train()
in_train = [right_now() for _ in range(2)]
for figure in in_train:
    print(f"training mode {figure:.4f}")

# %% [markdown]
# The same weights, the same digits: [[in_eval:.1%]] in one mode, and in the other
# [[in_train:.1%]], then another figure. This slip is hard to see in a script, and the result looks plausible.
# [`predict`][groundup.train.predict] sets the mode itself, and restores it.
#
# ## What holds dropout back
#
# After [[max_steps:,]] steps [[dropout_behind? the dropout network reads [[behind]] test digits fewer than
# the network before it]]. Its recipe has two brakes, a learning rate of [[lr_dropout]] in place of
# [[lr_extended]], and dropout. Which one holds it back? Release one at a time, and compare the loss between step 200 and step 300:


# %%
#| values:
#|   lr_dropout: slow.lr
#|   lr_extended: fast.lr
#|   start_recipe: starts['the recipe']
#|   start_awake: starts['without dropout']
#|   start_fast: starts['faster']
#|   early_steps: early_steps
#| tolerance:
#|   start_recipe: seeds
#|   start_awake: seeds
#|   start_fast: seeds
#|   loss: seeds
early_steps = 300


def early_loss(p, lr):
    """The mean loss of steps 200 to 300."""
    torch.manual_seed(seed)
    model = conv_dropout().to(device)
    for layer in model:
        if isinstance(layer, nn.Dropout):
            layer.p = p
    recipe = dict(batch_size=slow.batch_size, transform=slow.transform, seed=seed)
    recipe |= dict(criterion=slow.criterion, epochs=1, max_steps=early_steps)
    history = fit(model, extended, few_test, lr=lr, **recipe)
    return history.losses[200:300].mean().item()


slow, fast = EXPERIMENTS["dropout"], EXPERIMENTS["extended data"]
few_test = Digits(test.images[:100], test.labels[:100])
starts = {
    "the recipe": sum(losses["dropout"][200:300]) / 100,
    "without dropout": early_loss(p=0.0, lr=slow.lr),
    "faster": early_loss(p=0.5, lr=fast.lr),
}
for name, loss in starts.items():
    print(f"{name:16s} loss {loss:.3f}")

# %% [markdown]
# Without dropout the loss is [[start_awake:.2f]] instead of [[start_recipe:.2f]]. With the
# learning rate of the row before it is [[start_fast:.2f]]. Both brakes work, and the learning rate is the
# stronger. Both are meant for a long training. A short run pays for them and gets little in return. So don't judge how a
# recipe ends by a run that is much shorter than the one it was made for.
#
# Nor is there much for dropout to do yet. It is meant to prevent **overfitting**: fitting the training digits so closely that
# other digits are read worse. Here is how both networks read digits from the training set, and test digits:

# %%
#| values:
#|   seen_extended: seen['extended data']
#|   unseen_extended: unseen['extended data']
#|   seen_dropout: seen['dropout']
#|   unseen_dropout: unseen['dropout']
#| tolerance:
#|   seen_extended: seeds
#|   unseen_extended: seeds
#|   seen_dropout: seeds
#|   unseen_dropout: seeds
#|   training: seeds
#|   test: seeds
some_train = Digits(train.images[::30], train.labels[::30]).to(device)
seen, unseen = {}, {}
for name, model in models.items():
    model.to(device)
    seen[name] = accuracy(model, some_train, transform=normalize_as_reported)
    unseen[name] = accuracy(model, some_test, transform=normalize_as_reported)
    print(f"{name:14s} training {seen[name]:.4f}   test {unseen[name]:.4f}")

# %% [markdown]
# A network that overfits usually reads the training digits better than others, though the reverse does not follow. Without
# dropout, ours reads [[seen_extended:.1%]] of the training digits and [[unseen_extended:.1%]] of the test digits, with dropout
# [[seen_dropout:.1%]] and [[unseen_dropout:.1%]]. After [[max_steps:,]] steps
# there is no reason yet to overfit: the network has had [[images_seen:,]] of
# [[extended_length:,]] images and none of them twice, though a shifted copy may have come before. An
# image that is seen once cannot be learned by heart. Only when images come back, epoch after epoch, can they be, and then
# dropout has something to prevent.
#
# ## The whole table
#
# Here are all six recipes, run to their end, as the README ran them. That takes from seconds to hours, so it was done once,
# and the results were kept:

# %%
#| values:
#|   ours_dense: str(ours['dense'])
#|   ours_one: str(ours['one convolution'])
#|   ours_two: str(ours['two convolutions'])
#|   ours_relu: str(ours['ReLU'])
#|   ours_extended: str(ours['extended data'])
#|   ours_dropout: str(ours['dropout'])
#|   time_dense: ours['dense'].time
#|   time_one: ours['one convolution'].time
#|   time_two: ours['two convolutions'].time
#|   time_relu: ours['ReLU'].time
#|   time_extended: ours['extended data'].time
#|   time_dropout: ours['dropout'].time
#| recorded: runs.describe([run for name in ours for run in runs.full_runs(name)])
from groundup import runs

ours = {name: runs.summarize(name) for name in EXPERIMENTS}
for name, found in ours.items():
    print(f"{name:17s} {found}")

# %% [markdown]
# Beside them stand the README's figures, and those of Michael Nielsen's [chapter
# 6](http://neuralnetworksanddeeplearning.com/chap6.html), which the README follows:
#
# | row | README, one run | ours: mean ± standard deviation, lowest to highest | Nielsen |
# |---|---|---|---|
# | dense | [[reported_dense:.4f]] | [[ours_dense]] | [[nielsen_dense:.4f]] |
# | one convolution | [[reported_one:.4f]] | [[ours_one]] | [[nielsen_one:.4f]] |
# | two convolutions | [[reported_two:.4f]] | [[ours_two]] | [[nielsen_two:.4f]] |
# | ReLU | [[reported_relu:.4f]] | [[ours_relu]] | [[nielsen_relu:.4f]] |
# | extended data | [[reported_extended:.4f]] | [[ours_extended]] | [[nielsen_extended:.4f]] |
# | dropout | [[reported_dropout:.4f]] | [[ours_dropout]] | [[nielsen_dropout:.4f]] |
#
# [Results](results.py#full-runs) says what each row ran on. All rows of **README** and **ours** have normalised pixels.
# Nielsen's networks get pixels from 0 to 1, and differ in more than that, so his column does not repeat theirs. He goes one
# step farther: five dropout networks that vote read [[nielsen_ensemble:.2%]].

# %%
#| quoted:
#|   nielsen_dense: CHAPTER_6['dense']
#|   nielsen_one: CHAPTER_6['one convolution']
#|   nielsen_two: CHAPTER_6['two convolutions']
#|   nielsen_relu: CHAPTER_6['ReLU']
#|   nielsen_extended: CHAPTER_6['expanded data']
#|   nielsen_dropout: CHAPTER_6['dropout']
#|   nielsen_ensemble: CHAPTER_6['ensemble of five']
#| alt: >-
#|   Six rows, and for each the number of test digits read wrongly on a logarithmic axis. The
#|   README's circles and Nielsen's orange diamonds go from many in the dense row down to few in the
#|   last. Their error bars overlap with those of the next row nearly everywhere. The blue squares,
#|   the means of our full runs, lie within the bars of the README's circles in every row.
reported = {name: recipe.reported.figure for name, recipe in EXPERIMENTS.items()}
nielsen = [CHAPTER_6[name].figure for name in list(CHAPTER_6)[: len(reported)]]
columns = {
    "README": reported,
    "our full runs": {name: found.mean for name, found in ours.items()},
    "Nielsen": dict(zip(reported, nielsen, strict=True)),
}
mistakes(columns, total=len(test))

# %% [markdown]
# The bars are two standard errors to each side, which the next section explains.
#
# ## How sure is a figure?
#
# An accuracy is a count: so many of [[test_length:,]] test digits. Other test digits would give another count.
# If a network reads each digit rightly with probability $p$, the accuracy on $n$ digits scatters around $p$ with the
# **standard error**
#
# $$\sqrt{\frac{p \, (1 - p)}{n}}$$
#
# About one figure in twenty is off by more than two of them. For the difference of two figures, the squares of their
# standard errors add up. Here is the README's column again, as steps:

# %%
#| values:
#|   error_last: errors['dropout'] * n
#|   step_first: steps['one convolution'][0]
#|   step_last: steps['dropout'][0]
#|   double_last: steps['dropout'][1]
#|   step_data: steps['extended data'][0]
#|   double_data: steps['extended data'][1]
#|   runs_relu: ours['ReLU'].runs
#|   span_relu: round((ours['ReLU'].highest - ours['ReLU'].lowest) * n)
#|   beyond: sum(gained > doubled for gained, doubled in steps.values())
#|   step_count: len(steps)
#| tolerance:
#|   default: rel 1e-9
#|   text: rel 1e-6
n, steps = len(test), {}
errors = {name: (p * (1 - p) / n) ** 0.5 for name, p in reported.items()}
for lower, upper in pairwise(reported):
    gained = round((reported[upper] - reported[lower]) * n)
    doubled = 2 * (errors[lower] ** 2 + errors[upper] ** 2) ** 0.5 * n
    steps[upper] = gained, doubled
    print(f"{upper:17s} {gained:4d} digits more, two standard errors {doubled:5.1f}")

# %% [markdown]
# Only [[beyond]] of the [[step_count]] steps are larger than two standard errors. The extended
# data bring [[step_data]] digits, where two standard errors are [[double_data:.1f]]. From the
# reported figures alone you cannot tell that they help. (The rows were tested on the same digits, which allows a sharper
# comparison, if you know which digits each network misses: see the second exercise.)
#
# And that is only the luck of the test digits. Each row is a single run without a seed: there is the luck of the initial
# weights and of the order as well, which no formula gives. It takes several runs. Our [[runs_relu]] full runs
# of the ReLU row span [[span_relu]] digits.
#
# ??? question "The README's script prints the test accuracy after each epoch, and the README reports the last. Has the test set been used to choose?"
#     Not by taking the last epoch, if the number of epochs was fixed before. But its learning rates, epochs and the weight
#     decay were chosen somehow, and it has no other digits to choose by. The README does not say. Whoever watches the test accuracy while trying
#     settings fits the settings to the test digits.
#
# The cure is a **validation set**: training digits that are set aside and used for every choice, so that the test set is
# used once. Nielsen sets ten thousand aside. One trap is waiting when there are shifted copies:

# %%
#| values:
#|   leaked: leaked
#|   learn_length: len(learn)
#|   check_length: len(check)
#|   learn_extended: len(extend(learn))
learn = Digits(train.images[:50_000], train.labels[:50_000])
check = Digits(train.images[50_000:], train.labels[50_000:])
print(
    "split, then extend:", len(extend(learn)), "to learn from,", len(check), "to check"
)

order = torch.randperm(len(extended), generator=torch.Generator().manual_seed(seed))
origin = order % len(train)  # of which training digit each image is a copy
split = len(extended) // 6
leaked = torch.isin(origin[:split], origin[split:]).float().mean().item()
print(
    f"extend, then split: {leaked:.1%} of the checked images have a twin to learn from"
)

# %% [markdown]
# Split first, then extend. The other way round, the network is checked on copies of the digits that it has learned, and the
# figure says little about new ones.
#
# ## The script today
#
# The repository's two scripts for MNIST no longer start. Both import a file that they share, and its first lines ask
# torchvision for a function that is gone:

# %%
try:
    from torchvision.datasets.utils import makedir_exist_ok

    print(makedir_exist_ok)
except ImportError as error:
    print("ImportError:", error.msg.partition(" (")[0])

# %% [markdown]
# It made a folder unless it was there. Python does that by itself, with `os.makedirs(path, exist_ok=True)`: replace the
# call, and drop the import.
#
# The next surprise comes with the import of the script with the convolutional networks. Its training function has the two
# data loaders as default arguments. The same thing in small:


# %%
#| values:
#|   loaded: loaded
def get_loader(name):
    loaded.append(name)
    return f"the {name} digits"


loaded = []


def train_network(epochs=60, train_loader=get_loader("train")):  # noqa: B008
    return f"{epochs} epochs of {train_loader}"


print("loaded before any call:", loaded)
print(train_network(1, get_loader("extended")), "- loaded:", loaded)

# %% [markdown]
# Python evaluates a default argument once, when it reaches the `def`. So importing the file loads the training and the test
# digits, and downloads them if need be, for whoever only wants a network from it, or brings other data. The cure is a
# default of `None` and a line in the function, or no default at all, as in [`fit`][groundup.train.fit]. The linter Ruff
# knows the mistake, and reports it as B008. The comment in the cell tells it that here the mistake is meant.
#
# ## A full run
#
# How long does a full run take? Here are the steps of each row, and the time of one run:

# %%
#| values:
#|   full_total: sum(full.values())
#|   times_extended: full['extended data'] // max_steps
#|   times_dropout: full['dropout'] // max_steps
full = {}
for name, recipe in EXPERIMENTS.items():
    digits = len(extended) if recipe.extended else len(train)
    full[name] = recipe.epochs * digits // recipe.batch_size
    print(f"{name:17s} {full[name]:7d} steps, {ours[name].time}")

# %% [markdown]
# That is [[full_total:,]] steps for one run of each row. The times were taken on different machines and with
# different versions of the library, so they tell minutes from hours, not one row from another. No build has so much patience.
# So full runs are made once, without any page, and kept. [Run it yourself](../run_it_yourself.md#the-readmes-six-commands) has the command for each
# row, beside the README's.
#
# What came out is in [the table above](#the-whole-table). [How sure are
# we?](how_sure.py#every-reported-figure-beside-ours) has it with the articles' networks, and says how to read it.
#
# ## Recap
#
# - Shifted copies are data that cost nothing: the labels stay right. They are made to teach one thing, that the place does
#   not matter.
# - A long sum in float32 loses digits. Count in whole numbers or in float64 when a mean is to be right.
# - Dropout sets a random part of a layer's inputs to zero and divides the others by $1 - p$, in training mode only.
# - `model.eval()` before you measure, `model.train()` before you go on. Forgetting it raises no error.
# - A short run shows how a recipe begins, not how it ends.
# - An accuracy has a standard error. Compare a difference with it before you explain the difference.
# - Choose on a validation set. Split before you extend.
#
# ## Exercises
#
# **1.** In training mode each pass is another network, with other neurons asleep. Let ten of them vote: average their
# probabilities, and compare with single passes and with evaluation mode.

# %%
#| values:
#|   voted: voted
#|   alone: sum(alone) / len(alone)
#|   evaluated: evaluated
#| tolerance:
#|   voted: seeds
#|   alone: seeds
#|   evaluated: seeds
#|   pass: seeds
#|   vote: seeds
#|   evaluation: seeds
#| fold: Solution
model = models["dropout"].cpu()
every_tenth = normalize_as_reported(test.images[::10].cpu())  # (1000, 1, 28, 28)
truth = test.labels[::10].cpu()
with torch.no_grad():
    model.train()
    passes = torch.stack([model(every_tenth).softmax(dim=1) for _ in range(10)])
    model.eval()
    evaluated = (model(every_tenth).argmax(dim=1) == truth).float().mean().item()
alone = (passes.argmax(dim=2) == truth).float().mean(dim=1).tolist()  # ten accuracies
voted = (passes.mean(dim=0).argmax(dim=1) == truth).float().mean().item()
print(f"mean single pass {sum(alone) / 10:.4f}")
print(f"ten in a vote {voted:.4f}")
print(f"in evaluation {evaluated:.4f}")

# %% [markdown]
# One pass reads [[alone:.1%]], ten together [[voted:.1%]], evaluation mode
# [[evaluated:.1%]]. Evaluation mode comes near the vote with a single pass: it stands in for the average of
# all the networks that dropout makes.
#
# **2.** The two networks of this page were tested on the same digits. Count the digits that only one of them reads. If
# neither were better, each of these would go to one or the other like a coin: the difference of the two counts then has a
# standard error of the root of their sum. Is the difference larger than two of them?

# %%
#| values:
#|   only_extended: only[0]
#|   only_dropout: only[1]
#|   paired_error: paired_error
#|   unpaired_error: unpaired_error
#| claims:
#|   clear_of_chance: only[0] - only[1] > 2 * paired_error
#|   pairing_helps: paired_error < unpaired_error
#| tolerance:
#|   only_extended: seeds
#|   only_dropout: seeds
#|   paired_error: seeds
#|   unpaired_error: seeds
#|   extended: seeds
#|   dropout: seeds
#|   difference: seeds
#|   paired: seeds
#|   apart: seeds
#| fold: Solution
right = [
    predict(model.to(device), test, transform=normalize_as_reported).argmax(dim=1)
    == test.labels
    for model in models.values()
]  # two of (10000,)
only = [(right[0] & ~right[1]).sum().item(), (right[1] & ~right[0]).sum().item()]
paired_error = sum(only) ** 0.5
rates = [answers.float().mean().item() for answers in right]
unpaired_error = sum(rate * (1 - rate) * len(test) for rate in rates) ** 0.5
print(
    f"only extended {only[0]}   only dropout {only[1]}   difference {only[0] - only[1]}"
)
print(f"standard error: paired {paired_error:.1f}   apart {unpaired_error:.1f}")

# %% [markdown]
# [[only_extended]] digits are read by the first alone, [[only_dropout]] by the second alone. The
# [[clear_of_chance? difference is [[behind]] digits, more than two of its paired standard errors of
# [[paired_error:.1f]]]]. [[pairing_helps? Two separate counts would have a standard error of
# [[unpaired_error:.1f]]]]: what both read and what both miss cancels out in the paired one. It is still a
# comparison of two trained networks. For a comparison of two recipes you need several runs of each.
#
# ## Next
#
# A forgotten `model.eval()` raised no error. There are more mistakes of this kind. [Bugs that train without an
# error](silent_bugs.py) collects them.
