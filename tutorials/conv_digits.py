# ---
# title: Convolutional digits
# teaches: what a convolution learns, cross-entropy, why sigmoids start slowly and ReLU does not, weight decay
# before: training a dense network on digits, as in Reading digits with a dense network
# sources: [S0]
# ---

# %% [markdown]
# # Convolutional digits
#
# A network with one convolution reads [[reported_one:.2%]] of the test digits, says the README of
# [nestedsoftware/pytorch](https://github.com/nestedsoftware/pytorch), and the last network of its list reads
# [[reported_last:.2%]]. Its dense network reads [[reported_dense:.2%]]. That one sees a digit as a
# row of numbers that have no neighbours. A convolution looks at small squares of the image, and looks at every square in the
# same way. Where a dense network has to learn a stroke once for each place at which it may stand, a convolution learns it
# once.
#
# The README adds six experiments on MNIST to the article *PyTorch Hello World*. They follow chapter 1 and [chapter
# 6](http://neuralnetworksanddeeplearning.com/chap6.html) of Michael Nielsen's book. This page re-teaches the first four.
# [The next page](deeper_digits.py) has the other two, and the whole table.
#
# ## Six experiments
#
# The recipes stand in this site's library, each as a row of settings:

# %%
#| values:
#|   max_steps: max_steps
#|   batch_size: EXPERIMENTS['dense'].batch_size
#|   train_length: len(train)
#|   epochs_dense: EXPERIMENTS['dense'].epochs
#|   epochs_conv: EXPERIMENTS['ReLU'].epochs
#|   full_conv: EXPERIMENTS['ReLU'].epochs * len(train) // EXPERIMENTS['ReLU'].batch_size
#|   batch_conv: EXPERIMENTS['ReLU'].batch_size
#|   lr_dense: EXPERIMENTS['dense'].lr
#|   lr_one: EXPERIMENTS['one convolution'].lr
#|   lr_two: EXPERIMENTS['two convolutions'].lr
#|   lr_relu: EXPERIMENTS['ReLU'].lr
#| quoted:
#|   reported_dense: EXPERIMENTS['dense'].reported
#|   reported_one: EXPERIMENTS['one convolution'].reported
#|   reported_two: EXPERIMENTS['two convolutions'].reported
#|   reported_relu: EXPERIMENTS['ReLU'].reported
#|   reported_last: EXPERIMENTS['dropout'].reported
import math
from copy import deepcopy
from dataclasses import fields, replace
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F

from groundup import experiments, figures
from groundup.data import Digits, load_mnist, shift
from groundup.experiments import EXPERIMENTS, normalize_as_reported
from groundup.figures import conv_digits as drawings
from groundup.figures import mistakes
from groundup.models import conv_one_layer, conv_two_layers
from groundup.repro import pick_device, reproducible
from groundup.train import accuracy, fit

seed = reproducible(0)
device = pick_device()
train, test = load_mnist(device)
max_steps = 6000  # one pass over the digits, in batches of ten
for name, recipe in EXPERIMENTS.items():
    lr, decay = recipe.lr, recipe.weight_decay
    print(f"{name:17s} epochs {recipe.epochs}   lr {lr:<5}   decay {decay:g}")

# %% [markdown]
# All six take batches of [[batch_size]] digits, plain gradient descent
# ([`SGD`](https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html) without momentum), and the initial weights
# that PyTorch draws by default. The first four learn from all [[train_length:,]] training digits, the last two
# from five times as many. The README gives the test accuracy after the last epoch of one run, without a seed.
#
# This page trains each network for [[max_steps:,]] steps, one pass over the digits. The README's own schedule is
# [[epochs_dense]] times as long for the dense network, and [[epochs_conv]] times for the next three.
# Such runs were made once and kept: see [Four rows](#four-rows). What a short run can show is how a network begins: how far
# it gets in a given number of steps. Which network ends best is another question.
#
# The list reads like a ladder, each network one change better than the one before. Is it one change? Ask the recipes:

# %%
for lower, upper in pairwise(EXPERIMENTS):
    pair = EXPERIMENTS[lower], EXPERIMENTS[upper]
    changed = [
        field.name
        for field in fields(pair[0])
        if field.name != "reported"
        and getattr(pair[0], field.name) != getattr(pair[1], field.name)
    ]
    print(f"{upper:17s} changes", ", ".join(changed))

# %% [markdown]
# Only two of the five steps change one thing. The first convolution comes with another loss (the *criterion*), twice the
# epochs and another learning rate. ReLU comes with another learning rate and with weight decay. So when a row is better than
# the one above, the name of the row need not be the reason. Keep that in mind: we come back to it with an experiment.
#
# ## What the networks see
#
# All six rows are trained on **normalised** pixels. In place of the pixel $x$, a number from 0 to 1, the network gets
#
# $$\frac{x - \mu}{\sigma} \qquad \text{with} \quad \mu = [[quoted_mean]], \quad \sigma = [[quoted_std]]$$
#
# where $\mu$ stands for the mean of all pixels and $\sigma$ for their standard deviation. The numbers are then spread around
# zero, about one unit wide. Here is what the mean and the standard deviation of the training digits really are, counted in
# whole numbers, so that nothing is rounded on the way:

# %%
#| values:
#|   true_mean: mean / 255
#|   true_std: std / 255
#| quoted:
#|   quoted_mean: experiments.PIXEL_MEAN_REPOSITORY
#|   quoted_std: experiments.PIXEL_STD_REPOSITORY
#| tolerance:
#|   true_mean: rel 1e-12
#|   true_std: rel 1e-12
#|   text: rel 1e-6
counts = torch.bincount(train.images.flatten().cpu(), minlength=256)  # (256,)
brightness = torch.arange(256)
pixels = counts.sum().item()
mean = (counts * brightness).sum().item() / pixels
std = ((counts * brightness**2).sum().item() / pixels - mean**2) ** 0.5
print(f"mean {mean / 255:.6f}   std {std / 255:.6f}")

example = normalize_as_reported(test.images[:1])
print(f"paper {example.min().item():.4f}   ink {example.max().item():.4f}")

# %% [markdown]
# The standard deviation rounds to the README's. The mean rounds to [[true_mean:.4f]], not to the README's
# [[quoted_mean]] ([A mean that is not ours](deeper_digits.py#a-mean-that-is-not-ours)). Black paper becomes a number
# below zero, white ink one well above.
#
# An article by the same author reports [[results.article:.4f]] for the dense network, and [[results.demo:.4f]]
# in a demo, on pixels from 0 to 1, without normalisation. [Reading digits with a dense network](reading_digits.py)
# re-teaches it. That is another experiment: its figures do not belong in one column with those of this page.
#
# ## The dense row
#
# The first network is the one of [Reading digits](reading_digits.py): 784 pixels, one hundred hidden neurons, ten outputs, a
# sigmoid on both layers, and the squared error against one-hot targets. Each recipe knows how to run. It gives back the
# trained network and a history: the accuracy after each epoch, and the loss of every step, which shows how the network gets
# on between the epochs.


# %%
#| values:
#|   dense: reached['dense']
#|   steps_dense: len(losses['dense'])
#| tolerance:
#|   dense: seeds
#|   accuracy: seeds
reached, losses, models = {}, {}, {}  # of each row, by its name


def run(name, model=None):
    """Train by the recipe of this name; its model, or one that is given."""
    recipe = EXPERIMENTS[name]
    recipe = replace(recipe, model=model or recipe.model)
    models[name], history = recipe.run(train, test, seed=seed, max_steps=max_steps)
    losses[name] = history.losses.tolist()
    reached[name] = history[-1].accuracy
    print(f"{name}   steps {len(losses[name])}   accuracy {reached[name]:.4f}")


run("dense")

# %% [markdown]
# The dense network reads [[dense:.2%]] after [[steps_dense:,]] steps.
#
# What does it not know? Take the pixels of every digit and shuffle them, all digits in the same way:

# %%
#| alt: >-
#|   Five test digits, and below each the same pixels in a shuffled order: an even spray of white
#|   dots, in which no digit can be recognised.
order = torch.randperm(28 * 28, generator=torch.Generator().manual_seed(seed))
plain = test.images[:5].cpu()  # (5, 28, 28)
shuffled = plain.flatten(1)[:, order].reshape(5, 28, 28)
figures.digit_grid(torch.cat([plain, shuffled]), columns=5)

# %% [markdown]
# ??? question "Before you go on: could a dense network learn to read the lower row?"
#     Yes, as well as the upper row. Each hidden neuron has one weight for each pixel. Shuffle these weights in the same way
#     as the pixels, and every product is the one that it was.

# %%
#| values:
#|   same_outputs: same_outputs
rearranged = deepcopy(models["dense"]).cpu()
rearranged.hidden.weight.data = rearranged.hidden.weight.data[:, order]  # (100, 784)
with torch.no_grad():
    outputs = models["dense"].cpu()(normalize_as_reported(plain))  # (5, 10)
    again = rearranged(normalize_as_reported(shuffled))
same_outputs = torch.allclose(outputs, again, atol=1e-4)
print("the same outputs:", same_outputs)

# %% [markdown]
# For each network that reads plain digits there is one that reads shuffled ones, and the initial weights, drawn without
# regard to their place, favour neither. The dense network does not know that pixels have neighbours. You could not read the
# lower row, because you do know.
#
# ## One convolution
#
# A **convolution** is a small square of weights, here five by five, called a **filter** or kernel. It is laid on the image,
# each weight is multiplied by the pixel under it, and the products and a bias are added up. That is one number. Move the
# filter by one pixel and you get the next. All numbers together are the **feature map** of this filter. ([Anatomy of a
# convolutional network](conv_anatomy.py) has all of it by hand.)

# %%
#| values:
#|   map_side: maps.shape[-1]
#| tolerance:
#|   text: rel 1e-4
#| alt: >-
#|   Three squares side by side. On the left a 7 with a green frame around five by five pixels at
#|   its upper bar. In the middle an untrained filter, a random pattern of orange and blue squares.
#|   On the right the feature map, a little smaller than the digit, with a single pixel framed.
torch.manual_seed(seed)
untrained = conv_one_layer()[0]  # Conv2d: 20 filters of 5 by 5
digit = normalize_as_reported(plain[:1])  # (1, 1, 28, 28)
row, column = 7, 14
with torch.no_grad():
    maps = untrained(digit)  # (1, 20, 24, 24)
    patch = digit[0, 0, row : row + 5, column : column + 5]  # (5, 5)
    by_hand = (patch * untrained.weight[0, 0]).sum() + untrained.bias[0]
print(f"by hand {by_hand:.4f}   by the layer {maps[0, 0, row, column]:.4f}")
drawings.one_pixel(
    digit[0, 0], untrained.weight[0, 0].detach(), maps[0, 0], row=row, column=column
)

# %% [markdown]
# A filter of five by five fits into a row of 28 pixels at [[map_side]] places, so the map has that many rows and
# columns. The same few weights are used at each of them. They are *shared*.
#
# ??? question "Before you run it: how many numbers does a layer of 20 such filters learn? And a dense layer with as many inputs and outputs?"
#     Each filter has 25 weights and one bias, which makes [[conv_parameters]] for all of them. A dense layer
#     from the pixels to as many outputs would have [[dense_parameters:,]]. The next cell counts.


# %%
#| values:
#|   conv_parameters: count(untrained)
#|   map_numbers: maps[0].numel()
#|   dense_parameters: instead
#|   dense_net_parameters: count(models['dense'])
def count(layer):
    return sum(parameter.numel() for parameter in layer.parameters())


outputs_of_layer = maps[0].numel()
instead = digit.numel() * outputs_of_layer + outputs_of_layer
print("convolution:", count(untrained), "parameters for", outputs_of_layer, "numbers")
print("dense layer:", instead, "parameters for as many")

# %% [markdown]
# Sharing has a second effect. What a filter finds in one place, it finds in another place too:

# %%
#| values:
#|   moved_along: moved_along
moved = shift(plain[:1], right=2)
with torch.no_grad():
    maps_of_moved = untrained(normalize_as_reported(moved))  # (1, 20, 24, 24)
moved_along = torch.allclose(maps_of_moved[..., 2:], maps[..., :-2], atol=1e-5)
print("move the digit and its maps move along:", moved_along)

# %% [markdown]
# After the convolution, the network has three more parts. A sigmoid squeezes each number of the maps into the range from 0
# to 1. **Max pooling** keeps the largest of each square of two by two numbers, which halves the height and the width: it
# tells that something was found, and no longer exactly where. Then everything is laid out as one row for two dense layers:

# %%
x = digit
print(f"{'digit':12s} {tuple(x.shape)}")
with torch.no_grad():
    for layer in conv_one_layer():
        x = layer(x)
        print(f"{type(layer).__name__:12s} {tuple(x.shape)!s:18s} {count(layer):7d}")

# %% [markdown]
# The last column counts parameters. Of [[one_parameters:,]] in all, [[conv_parameters]] belong to
# the convolution. Nearly all the others are in the dense layer behind it.
#
# ## Cross-entropy in place of squares
#
# The last layer has no sigmoid. Its ten outputs are **logits**: scores, any numbers, the largest one is the prediction. The
# loss is **cross-entropy**. It turns the logits $z_j$ into ten positive numbers $p_j$ that add up to one (this is the
# *softmax*), and its value is the negative natural logarithm of the one that belongs to the right digit $y$:
#
# $$p_j = \frac{\exp(z_j)}{\sum_k \exp(z_k)} \qquad L = -\ln p_y$$
#
# (The $k$ below the sum runs over all ten digits, and $L$ is the loss.) [Softmax, cross-entropy and a first
# classifier](softmax_classifier.py) takes it apart. Here is why the change matters. Suppose that the right digit is a 7, but
# the network gives the 3 a high score, and all others zero. How hard does each loss pull at the wrong score? The derivative of
# the loss tells:


# %%
#| values:
#|   pull_mse: pulls['squares after a sigmoid'][-1]
#|   pull_ce: pulls['cross-entropy'][-1]
#|   wrong_score: scores[-1]
#| tolerance:
#|   pull_mse: rel 1e-3
#|   pull_ce: rel 1e-4
#|   squares: rel 1e-3
#|   entropy: rel 1e-3
def pull(loss_function, score):
    """The derivative of the loss by the score of the wrong digit."""
    logits = torch.zeros(1, 10)
    logits[0, 3] = score
    logits.requires_grad_()
    loss_function(logits, torch.tensor([7])).backward()
    return logits.grad[0, 3].item()


def squares(logits, labels):
    return experiments.one_hot_mse(torch.sigmoid(logits), labels)


scores = [0.5 * i for i in range(21)]
pulls = {
    "squares after a sigmoid": [pull(squares, score) for score in scores],
    "cross-entropy": [pull(F.cross_entropy, score) for score in scores],
}
for i in (0, 4, 10, 20):
    by_squares, by_entropy = (values[i] for values in pulls.values())
    print(
        f"score {scores[i]:4.1f}   squares {by_squares:.5f}   entropy {by_entropy:.5f}"
    )

# %%
#| alt: >-
#|   Two curves over the score of the wrong digit. The pull of cross-entropy rises to one and stays
#|   there. The pull of the squared error after a sigmoid is small everywhere and falls to zero as
#|   the score grows.
figures.curves(
    pulls, x=scores, xlabel="score of the wrong digit", ylabel="derivative of the loss"
)

# %% [markdown]
# At a score of [[wrong_score:.0f]] the network is as wrong as can be. Cross-entropy pulls with
# [[pull_ce:.3f]]. The squared error pulls with [[pull_mse:.5f]]: the sigmoid in front of it is
# saturated, its slope is nearly zero, and the slope is a factor of the derivative. The more certain the mistake, the less is
# done about it. The derivative of cross-entropy has no such factor. It is what was said minus what should have been said:

# %%
#| values:
#|   gradient_agrees: gradient_agrees
logits = torch.randn(5, 10, requires_grad=True)
labels = test.labels[:5].cpu()
F.cross_entropy(logits, labels).backward()
difference = torch.softmax(logits, dim=1) - F.one_hot(labels, 10)  # (5, 10)
gradient_agrees = torch.allclose(logits.grad, difference / 5, atol=1e-6)
print("gradient = (softmax - one-hot) / images:", gradient_agrees)

# %% [markdown]
# Another loss pulls with another strength. So the learning rate of the dense row and those of the rows below it are not
# numbers on one scale, and that the one is so much larger says nothing about the networks.
#
# Now the network with one convolution:

# %%
#| values:
#|   one: reached['one convolution']
#|   steps_one: len(losses['one convolution'])
#|   gained_one: round((reached['one convolution'] - reached['dense']) * len(test))
#| tolerance:
#|   one: seeds
#|   gained_one: seeds
#|   accuracy: seeds
run("one convolution")

# %% [markdown]
# [[one:.2%]] after [[steps_one:,]] steps, where the dense network had [[dense:.2%]]
# after as many: a difference of [[gained_one]] digits of the test set.
#
# ## What it has learned to see
#
# These are its filters. Orange weights are positive, blue ones negative, and pale ones near zero:

# %%
#| tolerance:
#|   figure: seeds
#| alt: >-
#|   Twenty squares of five by five cells. Many show an orange band beside a blue one, in various
#|   directions, as edges and strokes have; others are patchy.
drawings.filters(models["one convolution"][0].weight[:, 0].detach().cpu())

# %% [markdown]
# Nobody told it what to look for. It started from random patterns. Some of these filters are still patchy, many are not. One
# with an orange band beside a blue one gives a large number where a bright stroke lies beside dark paper in just that
# direction: it finds an edge. Here is what all of them find in one digit:

# %%
#| tolerance:
#|   figure: seeds
#| alt: >-
#|   A 7, and beside it twenty small maps of it. In some the upper edge of the bar is bright, in
#|   others its lower edge, one side of the stem or the paper around the digit.
convolution = deepcopy(models["one convolution"][0]).cpu()
with torch.no_grad():
    maps = convolution(digit)  # (1, 20, 24, 24)
drawings.feature_maps(plain[0], maps[0])

# %% [markdown]
# ??? question "Some maps are bright where the paper is. Are those filters of no use?"
#     They are of as much use as the others. A filter with the signs of all weights turned gives the same map with black and
#     white exchanged. The dense layer behind can give a map a negative weight.
#
# Look at the bar of the 7. Its upper edge is bright in some maps and dark in others, and the lower edge the other way round.
# The next layer is not given pixels but answers: there is such an edge here, and none there.
#
# ## Two convolutions
#
# A second convolution looks at the maps of the first. Each of its 40 filters is five by five by twenty: it sees a square of
# all twenty maps at once, so it can find an arrangement of edges, such as a corner or an end of a stroke.

# %%
x = digit
with torch.no_grad():
    for layer in conv_two_layers(nn.Sigmoid):
        x = layer(x)
        print(f"{type(layer).__name__:12s} {tuple(x.shape)!s:18s} {count(layer):7d}")

# %% [markdown]
# ??? question "One layer more than before. Does the network have more parameters than the one with one convolution?"
#     Far fewer: [[two_parameters:,]] instead of [[one_parameters:,]], and nearly as few as the
#     [[dense_net_parameters:,]] of the dense network. The second pooling leaves maps of four by four, so the
#     dense layer behind has less to do.
#
# It has sigmoids everywhere, like the network before, and the same recipe. This time, note the size of each layer's gradient
# as well. PyTorch calls a function of yours whenever the gradient of a tensor is computed, if you register it as a **hook**:

# %%
#| values:
#|   two: reached['two convolutions']
#|   steps_two: len(losses['two convolutions'])
#| tolerance:
#|   two: seeds
#|   accuracy: seeds
sizes = {"conv 1": [], "conv 2": [], "dense 1": [], "dense 2": []}


def typical(numbers):
    """The root of the mean square."""
    return numbers.square().mean().sqrt().item()


def watched():
    model = conv_two_layers(nn.Sigmoid)
    weighted = [layer for layer in model if hasattr(layer, "weight")]
    for layer, noted in zip(weighted, sizes.values(), strict=True):
        layer.weight.register_hook(
            lambda gradient, noted=noted: noted.append(typical(gradient))
        )
    return model


run("two convolutions", watched)

# %% [markdown]
# [[two:.2%]] after [[steps_two:,]] steps. That looks as if nothing had gone wrong. Look at how it
# got there:

# %%
#| values:
#|   plateau: plateau
#|   chance: math.log(10)
#|   plateau_mean: plateau_mean
#|   first_size: sizes_early['conv 1']
#|   last_size: sizes_early['dense 2']
#|   later_size: sizes_late['conv 1']
#|   growth: sizes_late['conv 1'] / sizes_early['conv 1']
#| tolerance:
#|   plateau: seeds
#|   plateau_mean: seeds
#|   chance: rel 1e-9
#|   first_size: seeds
#|   last_size: seeds
#|   later_size: seeds
#|   growth: seeds
#|   figure: seeds
#| alt: >-
#|   Above, the loss over the first steps: it lies on the dashed line of a network that knows
#|   nothing, and falls steeply shortly before step [[plateau:,]]. Below, the size of the gradient
#|   in each of the four layers: during the plateau the first convolution's is the smallest, far
#|   below the last layer's. All four fall at first, lie flat, and grow together shortly before the
#|   loss falls.
windows = torch.tensor(losses["two convolutions"]).unfold(0, 100, 100).mean(dim=1)
plateau = 100 * (windows < 2.0).nonzero()[0].item()  # first hundred below this loss
plateau_mean = sum(losses["two convolutions"][100:1000]) / 900
sizes_early = {layer: sum(noted[100:600]) / 500 for layer, noted in sizes.items()}
late = slice(plateau, plateau + 500)
sizes_late = {layer: sum(noted[late]) / 500 for layer, noted in sizes.items()}

first_steps = 3000
shown = {layer: noted[:first_steps] for layer, noted in sizes.items()}
drawings.slow_start(
    losses["two convolutions"][:first_steps], shown, chance=math.log(10)
)

# %% [markdown]
# For a long time nothing seems to happen. From step 100 to step 1000 the mean loss is
# [[plateau_mean:.3f]]. A network that gives all ten digits the same score, whatever is on the image, has a loss
# of $\ln 10$, which is [[chance:.3f]]. So it knows nothing yet. The hundred steps from step
# [[plateau:,]] on are the first whose mean loss is below two. Whoever stops the training earlier concludes that
# the network cannot learn.
#
# The lower half shows why. In the plateau, a typical derivative in the first convolution has a size of
# [[first_size:.1e]], and in the last layer one of [[last_size:.1e]]. The layer that looks at the
# digit gets the faintest advice of all. In the first hundreds of steps in which the loss falls, it gets
# [[growth:.0f]] times as much. By the chain rule, the gradient of a layer has the weights of the layers behind
# it as factors, so when those grow, the first layer gains most. The last layer has none behind it. Its gradient falls for
# hundreds of steps, and rises again when the layers in front of it begin to tell the digits apart.
#
# ## Why it starts slowly
#
# Compare the untrained network with one that has ReLU in place of the sigmoids. **ReLU** keeps a positive number and
# replaces a negative one by zero. With the same seed both start from the same weights, so the activation is all that
# differs. Two things are measured, layer by layer, on the same digits:
#
# - the **signal**: how much a neuron's sum differs between one digit and another (its standard deviation over the digits),
# - the **gradient**: the typical derivative of the loss by a weight of the layer.
#
# ??? question "The slope of the sigmoid is a quarter at most. ReLU has a slope of one or zero. Which network's first layer gets the smaller gradient?"
#     The one with sigmoids. On its way back to the first layer, the gradient is multiplied by the slope of the activation
#     three times. A quarter times a quarter times a quarter is less than two hundredths, and most slopes are below a
#     quarter.


# %%
#| values:
#|   signal_first: signals['sigmoid'][0]
#|   signal_last: signals['sigmoid'][-1]
#|   signal_lost: signals['sigmoid'][0] / signals['sigmoid'][-1]
#|   relu_signal_lost: signals['ReLU'][0] / signals['ReLU'][-1]
#|   gradient_ratio: gradients['ReLU'][0] / gradients['sigmoid'][0]
#|   layers_ratio: gradients['sigmoid'][-1] / gradients['sigmoid'][0]
#|   relu_layers_ratio: gradients['ReLU'][-1] / gradients['ReLU'][0]
#| tolerance:
#|   default: rel 1e-2
#|   signal_first: rel 1e-3
#|   text: rel 0.1
def measure(activation, digits):
    """Signal and gradient of each layer with weights, in an untrained network."""
    torch.manual_seed(seed)
    model, signal = conv_two_layers(activation), []
    x = normalize_as_reported(digits.images)  # (n, 1, 28, 28)
    for layer in model:
        x = layer(x)
        if hasattr(layer, "weight"):
            signal.append(x.std(dim=0).mean().item())
    F.cross_entropy(x, digits.labels).backward()
    weights = [p for p in model.parameters() if p.dim() > 1]
    return signal, [typical(weight.grad) for weight in weights]


some = Digits(train.images[:1000].cpu(), train.labels[:1000].cpu())
signals, gradients = {}, {}
for name, activation in {"sigmoid": nn.Sigmoid, "ReLU": nn.ReLU}.items():
    signals[name], gradients[name] = measure(activation, some)
    print(f"{name:8s} signal  ", "  ".join(f"{size:.1e}" for size in signals[name]))
    print(f"{'':8s} gradient", "  ".join(f"{size:.1e}" for size in gradients[name]))

# %%
#| alt: >-
#|   Two panels over the four layers, logarithmic. Left, the signal: both networks begin at the same
#|   height, the sigmoid's falls steeply from layer to layer, ReLU's gently. Right, the gradient:
#|   with ReLU about equal in all layers, with sigmoids [[layers_ratio:.0f]] times smaller in the
#|   first than in the last.
drawings.by_layer({"signal": signals, "gradient": gradients}, list(sizes))

# %% [markdown]
# Two things go wrong with the sigmoids, one in each direction.
#
# - **Forward**, a sigmoid passes on at most a quarter of a difference, and the small initial weights pass on even less. From
#   the first layer to the logits the signal shrinks [[signal_lost:.0f]] times; with ReLU,
#   [[relu_signal_lost:.0f]] times. With sigmoids a logit differs by about [[signal_last:.4f]] from
#   digit to digit: those of a 3 and of an 8 are all but the same.
# - **Backward**, the same factors meet the gradient. In the first convolution it is [[layers_ratio:.0f]] times
#   smaller than in the last layer. With ReLU it is [[relu_layers_ratio:.1f]] times smaller. Compare the two
#   first layers: ReLU's gets a gradient that is [[gradient_ratio:.0f]] times as large.
#
# This is called the **vanishing gradient**. It is worst in deep networks of sigmoids, and this one, with four layers, is
# deep enough to show it. It is no dead end. The gradient is small, but not zero, and the network leaves the plateau by
# itself.
#
# ## ReLU
#
# Now the fourth row, whose recipe has ReLU, a smaller learning rate and weight decay:

# %%
#| values:
#|   relu: reached['ReLU']
#|   steps_relu: len(losses['ReLU'])
#|   one_parameters: count(models['one convolution'])
#|   two_parameters: count(models['two convolutions'])
#|   filter_numbers: models['two convolutions'][3].weight[0].numel()
#|   gained_relu: round((reached['ReLU'] - reached['two convolutions']) * len(test))
#|   relu_early: sum(losses['ReLU'][200:300]) / 100
#| claims:
#|   relu_ahead: reached['ReLU'] > reached['two convolutions']
#| tolerance:
#|   relu: seeds
#|   accuracy: seeds
#|   gained_relu: seeds
#|   relu_early: seeds
run("ReLU")

# %%
#| tolerance:
#|   figure: seeds
#| alt: >-
#|   The loss of the three convolutional networks over the first steps. ReLU falls at once. One
#|   convolution with sigmoids hesitates for a moment. Two convolutions with sigmoids stay on the
#|   dashed line of a network that knows nothing until shortly before step [[plateau:,]].
convolutional = ("one convolution", "two convolutions", "ReLU")
figures.smoothed_curves(
    {name: losses[name][:first_steps] for name in convolutional},
    ylabel="loss",
    marks={"knows nothing": math.log(10)},
)

# %% [markdown]
# No plateau: from step 200 to step 300 its mean loss is [[relu_early:.2f]]. At the end of the
# run it reads [[relu:.2%]], [[relu_ahead? [[gained_relu]] test digits more than the row before it after
# as many steps]].
#
# What do its filters look like?

# %%
#| tolerance:
#|   figure: seeds
#| alt: >-
#|   Twenty squares of five by five cells, orange and blue. A few show a band or an edge; most are
#|   patchy, and look more random than the filters of the network with one convolution.
drawings.filters(models["ReLU"][0].weight[:, 0].detach().cpu())

# %% [markdown]
# They are patchier than the filters of the network with one convolution. Much of the random start is still in them. How far
# has each network moved from it?


# %%
#| values:
#|   moved_far: distances['one convolution']
#|   moved_little: distances['ReLU']
#| tolerance:
#|   moved_far: seeds
#|   moved_little: within 0.4 1 because its distance from a random start depends on the seed
#|   distance: seeds
def distance_moved(name):
    """How far the first layer's weights are from their start, in units of their size there."""
    torch.manual_seed(seed)
    start = EXPERIMENTS[name].model()[0].weight.detach()  # (20, 1, 5, 5)
    learned = models[name][0].weight.detach().cpu()
    return ((learned - start).norm() / start.norm()).item()


distances = {name: distance_moved(name) for name in ("one convolution", "ReLU")}
for name, distance in distances.items():
    print(f"{name:17s} distance {distance:.2f}")

# %% [markdown]
# With sigmoids the filters have moved by [[moved_far:.1f]] times the size that they began with: little of the
# start is left. In the ReLU row it is [[moved_little:.1f]] times. (That is no measurement of ReLU: its recipe has
# a smaller learning rate and one convolution more.) A network can read well with filters that no engineer would have drawn.
#
# ## Weight decay, one step of it
#
# The recipe of the ReLU row has a weight decay of [[decay]]. It makes every weight a little smaller at each
# step. (PyTorch's `SGD` does it to every parameter that it is given, the biases among them.) For a weight $w$ with the
# gradient $g$, learning rate $\eta$ and weight decay $\lambda$, one step is
#
# $$w \leftarrow w - \eta \, (g + \lambda w)$$

# %%
#| values:
#|   decay: f'{recipe.weight_decay:.5f}'
#|   kept_here: kept ** max_steps
#|   kept_full: kept ** (recipe.epochs * len(train) // recipe.batch_size)
#|   step_agrees: step_agrees
#| tolerance:
#|   kept_here: rel 1e-9
#|   kept_full: rel 1e-9
#|   text: rel 1e-9
recipe = EXPERIMENTS["ReLU"]
weight = nn.Parameter(torch.tensor([2.0, -1.0, 0.5], dtype=torch.float64))
before, g = weight.detach().clone(), torch.tensor([0.3, 0.0, -0.1], dtype=torch.float64)

optimizer = torch.optim.SGD([weight], lr=recipe.lr, weight_decay=recipe.weight_decay)
weight.grad = g.clone()
optimizer.step()
by_hand = before - recipe.lr * (g + recipe.weight_decay * before)
step_agrees = torch.allclose(weight.detach(), by_hand, rtol=1e-15, atol=0)
print("by hand, the same step:", step_agrees)

kept = 1 - recipe.lr * recipe.weight_decay
print(f"a weight without gradient is multiplied by {kept:.7f}")

# %% [markdown]
# The second weight has no gradient, and is multiplied by a number just below one. That is little in one step. But it happens
# in every step. What is left of a weight that nothing else moves is [[kept_here:.1%]] after
# [[max_steps:,]] steps and [[kept_full:.1%]] after the [[full_conv:,]] of the README's
# schedule. So weights that do not earn their size by lowering the loss fade away. In the runs of this page that has hardly
# begun, so weight decay can explain little of what the ReLU row gains here.
#
# The same step comes out if you add a penalty for large weights to the loss, half of $\lambda$ times the sum of their
# squares:

# %%
#| values:
#|   penalty_agrees: penalty_agrees
weight = nn.Parameter(before.clone())
penalty = 0.5 * recipe.weight_decay * weight.square().sum()
((g * weight).sum() + penalty).backward()  # a loss whose gradient is g, and the penalty
penalty_agrees = torch.allclose(
    weight.grad, g + recipe.weight_decay * before, rtol=1e-15
)
print("the penalty gives the same gradient:", penalty_agrees)

# %% [markdown]
# ## Moved digits
#
# A feature map moves along with the digit. Does that make the whole network indifferent to where the digit stands? Move the
# test digits two pixels to the right, which none of the networks has been trained on. Every fifth will do:

# %%
#| values:
#|   moved_dense: moved_accuracy['dense']
#|   moved_one: moved_accuracy['one convolution']
#|   moved_two: moved_accuracy['two convolutions']
#|   moved_relu: moved_accuracy['ReLU']
#|   moved_count: len(some_test)
#|   place_relu: placed_accuracy['ReLU']
#| tolerance:
#|   moved_dense: seeds
#|   moved_one: seeds
#|   moved_two: seeds
#|   moved_relu: seeds
#|   place_relu: seeds
#|   place: seeds
#|   moved: seeds
some_test = Digits(test.images[::5], test.labels[::5])
moved_test = Digits(shift(some_test.images, right=2), some_test.labels)
placed_accuracy, moved_accuracy = {}, {}
for name, model in models.items():
    model.to(device)
    before = accuracy(model, some_test, transform=normalize_as_reported)
    after = accuracy(model, moved_test, transform=normalize_as_reported)
    placed_accuracy[name], moved_accuracy[name] = before, after
    print(f"{name:17s} in place {before:.4f}   moved {after:.4f}")

# %% [markdown]
# All of them get worse. The dense network falls to [[moved_dense:.1%]], the one with one convolution to
# [[moved_one:.1%]]: its maps move along, but the dense layer behind it has a weight for each place of each map.
# With two convolutions and two poolings it is [[moved_two:.1%]], with ReLU [[moved_relu:.1%]]. These
# figures scatter a good deal: over [[moved_relu.seeds]] seeds, each trained as here, the ReLU row goes
# from [[moved_relu.low:.1%]] to [[moved_relu.high:.1%]]. If you want a network that reads
# shifted digits, you can also show it some. That is how the next page begins.
#
# ## Four rows
#
# How good do the recipes get when they run to their end, as the README ran them? One such run of a
# convolutional network takes minutes. A build cannot wait for dozens of them, so they were made once, with several seeds,
# and kept:

# %%
#| values:
#|   ours_dense: str(ours['dense'])
#|   ours_one: str(ours['one convolution'])
#|   ours_two: str(ours['two convolutions'])
#|   ours_relu: str(ours['ReLU'])
#|   rows_within: sum(found.within for found in ours.values())
#|   row_count: len(ours)
#| recorded: runs.describe([run for name in ours for run in runs.full_runs(name)])
from groundup import runs

ours = {name: runs.summarize(name) for name in reached}
for name, found in ours.items():
    print(f"{name:17s} {found}")

# %% [markdown]
# | row | parameters | README, one run | ours: mean ± standard deviation, lowest to highest |
# |---|---|---|---|
# | dense | [[dense_net_parameters:,]] | [[reported_dense:.4f]] | [[ours_dense]] |
# | one convolution | [[one_parameters:,]] | [[reported_one:.4f]] | [[ours_one]] |
# | two convolutions | [[two_parameters:,]] | [[reported_two:.4f]] | [[ours_two]] |
# | ReLU | [[two_parameters:,]] | [[reported_relu:.4f]] | [[ours_relu]] |
#
# [Results](results.py#full-runs) says what each row ran on. The reported figure lies within the range of our runs in
# [[rows_within]] of [[row_count]] rows. Here are both as mistakes, with bars for the luck of the test
# digits ([the next page](deeper_digits.py#how-sure-is-a-figure) computes them):

# %%
#| alt: >-
#|   Four rows, and for each the number of test digits read wrongly on a logarithmic axis: circles
#|   for the README, squares for the mean of our full runs, both with error bars. In each row the
#|   two are close together, and the mistakes become fewer from row to row.
reported = {name: EXPERIMENTS[name].reported.figure for name in reached}
means = {name: found.mean for name, found in ours.items()}
mistakes({"README": reported, "our full runs": means}, total=len(test))

# %% [markdown]
# ## Recap
#
# - A convolution multiplies a small filter with every square of the image. Few weights, shared by all places; move the digit
#   and its feature maps move along.
# - Filters are learned. Many of those in the first layer find edges and strokes.
# - Cross-entropy pulls hardest where the network is wrong and sure. The squared error after a sigmoid then pulls least.
# - Each sigmoid passes on a quarter of a difference at most, forward and backward. In a deep network the first layer gets a
#   vanishing gradient, and the loss stays on a plateau. With ReLU there is no plateau here.
# - Weight decay multiplies each weight by a little less than one in every step.
# - When a row of a table changes three things, the table does not say which one helped.
#
# ## Exercises
#
# **1.** The ReLU row changes the activation, the learning rate and the weight decay at once. Which of them removes the
# plateau? Train with each activation and each of the two learning rates for a few hundred steps. For the weight decay, a
# multiplication is enough.


# %%
#| values:
#|   few_steps: steps
#|   sigmoid_lowest: min(ends[:2])
#|   relu_highest: max(ends[2:])
#|   kept_few: kept**steps
#| tolerance:
#|   sigmoid_lowest: abs 0.03
#|   relu_highest: seeds
#|   kept_few: rel 1e-9
#|   sigmoid_loss: within 2.2 2.45 because a network on its plateau stays near ln 10
#|   relu_loss: seeds
#| fold: Solution
def end_loss(model, lr, steps):
    """The mean loss of the last hundred of a few steps."""
    recipe = dict(batch_size=10, criterion=F.cross_entropy, seed=seed)
    recipe |= dict(transform=normalize_as_reported, epochs=1, max_steps=steps, lr=lr)
    history = fit(model.to(device), train, some_test, **recipe)
    return history.losses[-100:].mean().item()


steps, ends = 250, []
for activation in (nn.Sigmoid, nn.ReLU):
    for lr in (EXPERIMENTS["two convolutions"].lr, EXPERIMENTS["ReLU"].lr):
        torch.manual_seed(seed)
        ends.append(end_loss(conv_two_layers(activation), lr, steps))
        label = f"{activation.__name__.lower()}_loss"
        print(f"lr {lr:<5} {label} {ends[-1]:.3f}")

# %% [markdown]
# After [[few_steps]] steps both networks with sigmoids are still on the plateau, at
# [[sigmoid_lowest:.2f]] or more, and both with ReLU have left it, at [[relu_highest:.2f]] or less.
# The learning rate makes no such difference. And weight decay? In so few steps it leaves [[kept_few:.4%]] of a
# weight, so it can hardly have a part in it.
#
# **2.** If the signal is too faint because the initial weights are small, then larger ones should help, with sigmoids and
# with nothing else changed. Multiply all initial weights by four, and train for as many steps.

# %%
#| values:
#|   scaled_loss: scaled_loss
#| tolerance:
#|   scaled_loss: seeds
#|   loss: seeds
#| fold: Solution
torch.manual_seed(seed)
scaled = conv_two_layers(nn.Sigmoid)
with torch.no_grad():
    for parameter in scaled.parameters():
        if parameter.dim() > 1:  # weights, no biases
            parameter *= 4
scaled_loss = end_loss(scaled, EXPERIMENTS["two convolutions"].lr, steps)
print(f"loss {scaled_loss:.3f}")

# %% [markdown]
# [[scaled_loss:.2f]]: the plateau is gone. The explanation has stood a test. It also says that "sigmoids are
# slow" is too short: sigmoids *with these initial weights* are slow. PyTorch draws the weights without knowing which
# activation will follow.
#
# **3.** Write a filter with your own hands that gives large numbers along the upper edge of a stroke, and look at its
# feature map of the 7.

# %%
#| alt: >-
#|   The 7, a filter with two blue rows above a pale one and two orange rows, and the feature map:
#|   bright along the upper edge of the bar, dark along its lower edge, grey elsewhere.
#| fold: Solution
upper_edge = torch.tensor([-1.0, -1.0, 0.0, 1.0, 1.0]).repeat(5, 1).T  # (5, 5)
with torch.no_grad():
    edges = F.conv2d(digit, upper_edge[None, None])  # (1, 1, 24, 24)
drawings.one_pixel(digit[0, 0], upper_edge, edges[0, 0], row=row - 3, column=column)

# %% [markdown]
# Dark above and bright below: that is what an upper edge is. The map is darkest where the lower edge of the bar is, so a
# single filter tells both.
#
# ## Next
#
# [More data, and dropout](deeper_digits.py) has the last two rows and the whole table.
