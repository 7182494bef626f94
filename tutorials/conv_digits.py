# ---
# title: Convolutional digits
# teaches: what convolutions and ReLU do for a network that reads digits, and why the size of its initial weights matters
# before: Softmax, cross-entropy and a first classifier, and Anatomy of a convolutional network
# sources: [README]
# ---

# %% [markdown]
# # Convolutional digits
#
# [Page 6](conv_anatomy.py) took a convolutional network apart. Does such a network beat the dense network of
# [page 3](reading_digits.py)? And if so, what makes the difference?
#
# We start from the dense network and change one thing at a time: a convolution, a second one, then the activation.
#
# ## The dense network
#
# As before, we set some training digits aside for validation, and leave the test digits alone.

# %%
#| values:
#|   train_length: len(train_set)
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
train_set = Digits(images[:55_000], labels[:55_000])
val_set = Digits(images[55_000:], labels[55_000:])
print(len(train_set), "to learn from,", len(val_set), "for validation")

# %% [markdown]
# The network has one hidden layer, as on page 3, but no sigmoid at its end: the loss will be page 5's
# cross-entropy, which takes logits.

# %%
#| values:
#|   dense_parameters: count(dense)
from torch import nn


def count(model):
    return sum(p.numel() for p in model.parameters())


dense = nn.Sequential(
    nn.Flatten(),  # (n, 784)
    nn.Linear(28 * 28, 100),
    nn.Sigmoid(),
    nn.Linear(100, 10),  # (n, 10), the logits
).to(device)
print(count(dense), "parameters")

# %% [markdown]
# We train with [`fit`][groundup.train.fit], page 3's loop from the library: the digits in random order, a step
# of plain SGD for each batch, and at the end the accuracy on its third argument, our validation digits.

# %%
#| values:
#|   lr: train.__defaults__[0]
#|   batch_size: batch_size
from groundup.train import fit

criterion = nn.CrossEntropyLoss()
batch_size = 10


def normalise(images):  # as on page 5
    return (images.unsqueeze(1) / 255 - 0.1307) / 0.3081


def train(model, lr=0.1, weight_decay=0.0, steps=2500, seed=seed):
    return fit(
        model,
        train_set,
        val_set,
        lr=lr,
        weight_decay=weight_decay,
        epochs=1,
        max_steps=steps,
        batch_size=batch_size,
        criterion=criterion,
        transform=normalise,
        seed=seed,
    )


# %%
#| values:
#|   dense: dense_history[-1].accuracy
#|   steps: len(dense_history.losses)
#| tolerance:
#|   dense: seeds
#|   accuracy: seeds
dense_history = train(dense)
print(f"validation accuracy {dense_history[-1].accuracy:.4f}")

# %% [markdown]
# To keep the page quick to run, our networks get [[steps:,]] batches of [[batch_size]] digits, not quite half
# an epoch. That shows how training begins; long runs, below, show how it ends.
#
# ## One convolution
#
# A dense layer has separate weights for each pixel: what it learns about a stroke in one place, it does not
# know about the same stroke two pixels away. A convolution moves the same filters over the whole image.

# %%
#| values:
#|   one_parameters: count(one_convolution)
#|   filter_parameters: count(one_convolution[0])
#|   filters: one_convolution[0].out_channels
#|   filter_weights: one_convolution[0].weight[0].numel()
#|   flat: one_convolution[4].in_features
#|   dense_share: count(one_convolution[4]) / count(one_convolution)
#|   one: one_history[-1].accuracy
#| claims:
#|   no_better: one_history[-1].accuracy < dense_history[-1].accuracy + 0.01
#| tolerance:
#|   dense_share: rel 1e-9
#|   one: seeds
#|   accuracy: seeds
one_convolution = nn.Sequential(
    nn.Conv2d(1, 20, kernel_size=5),  # (n, 20, 24, 24)
    nn.Sigmoid(),
    nn.MaxPool2d(2),  # (n, 20, 12, 12)
    nn.Flatten(),  # (n, 2880)
    nn.Linear(20 * 12 * 12, 100),
    nn.Sigmoid(),
    nn.Linear(100, 10),
).to(device)
print(count(one_convolution[0]), "of", count(one_convolution), "parameters")

one_history = train(one_convolution)
print(f"validation accuracy {one_history[-1].accuracy:.4f}")

# %% [markdown]
# Of the [[one_parameters:,]] parameters, [[filter_parameters]] are the convolution's: [[filters]] filters with
# [[filter_weights]] weights and a bias each. The dense layer after it now has [[flat:,]] inputs, and
# [[dense_share:.0%]] of the parameters.
#
# And the gain? [[no_better? So far there is none]]: [[one:.1%]] with the convolution, [[dense:.1%]] without.
#
# ## What the filters look for
#
# Has the convolution learned nothing, then? Here are its filters:

# %%
#| tolerance:
#|   figure: seeds
#| alt: >-
#|   Twenty squares of five by five cells, each cell tinted by the sign and the size of a weight.
#|   In many squares the cells of one sign lie together on one side or in a band, and those of
#|   the other sign beside them.
from groundup.figures import conv_digits as drawings

drawings.filters(one_convolution[0].weight[:, 0].detach().cpu())

# %% [markdown]
# They began as noise. Now many have a side or a band of positive weights (orange) next to negative ones (blue).
# The stronger the tint, the further the weight is from 0; each filter has its own scale. Such a filter gives a
# large number where ink lies under the positive weights and paper under the negative: it looks for an edge in
# one direction. Its feature map shows where it finds one:

# %%
#| tolerance:
#|   figure: seeds
#| alt: >-
#|   A digit in white on black, and beside it twenty small feature maps of it in grey. In some
#|   maps the strokes are bright, in others dark, and in many one edge of a stroke is bright and
#|   the opposite edge dark, as if light fell on the digit from one side.
digit = val_set.images[:1]
with torch.no_grad():
    maps = one_convolution[0](normalise(digit))  # (1, 20, 24, 24)
drawings.feature_maps(digit[0].cpu(), maps[0].cpu())

# %% [markdown]
# In many maps the strokes look lit from one side. In place of pixels, the first dense layer now gets answers to
# the question "is there such an edge here?".
#
# ## A second convolution
#
# Another convolution can look for patterns in these answers. Each of its [[second_filters]] filters covers a
# square of five by five in all [[filters]] maps.
#
# ??? question "Before you run it: one layer more. Does the number of parameters grow or shrink?"
#     It shrinks, from [[one_parameters:,]] to [[two_parameters:,]]. The second pooling leaves
#     [[second_filters]] maps of four by four, so the dense layer, which had nearly all the parameters, now has
#     [[flat_two]] inputs.


# %%
#| values:
#|   two_parameters: count(sigmoids)
#|   flat_two: sigmoids[7].in_features
#|   second_filters: sigmoids[3].out_channels
#|   two: sigmoid_history[-1].accuracy
#| claims:
#|   behind: sigmoid_history[-1].accuracy < dense_history[-1].accuracy
#| tolerance:
#|   two: within 0.5 0.95 because the run ends soon after the loss has fallen
#|   accuracy: within 0.5 0.95 because the run ends soon after the loss has fallen
def two_convolutions(activation):
    torch.manual_seed(seed)  # the same initial weights each time
    return nn.Sequential(
        nn.Conv2d(1, 20, kernel_size=5),  # (n, 20, 24, 24)
        activation(),
        nn.MaxPool2d(2),  # (n, 20, 12, 12)
        nn.Conv2d(20, 40, kernel_size=5),  # (n, 40, 8, 8)
        activation(),
        nn.MaxPool2d(2),  # (n, 40, 4, 4)
        nn.Flatten(),  # (n, 640)
        nn.Linear(40 * 4 * 4, 100),
        activation(),
        nn.Linear(100, 10),
    ).to(device)


sigmoids = two_convolutions(nn.Sigmoid)
print(count(sigmoids), "parameters")

sigmoid_history = train(sigmoids)
print(f"validation accuracy {sigmoid_history[-1].accuracy:.4f}")

# %% [markdown]
# [[behind? Now we have fallen behind the dense network]], with [[two:.1%]]. Look at the loss of each step:

# %%
#| values:
#|   chance: math.log(10)
#| claims:
#|   plateau: >-
#|     abs(sigmoid_history.losses[:1000].mean().item() - math.log(10)) < 0.03
#|     and abs(sigmoid_history.losses[900:1000].mean().item() - math.log(10)) < 0.05
#|     and one_history.losses[500:1000].mean().item() < 1.2
#|     and dense_history.losses[500:1000].mean().item() < 1.2
#| tolerance:
#|   chance: rel 1e-9
#|   figure: seeds
#| alt: >-
#|   The loss over [[steps:,]] steps. For the dense network it falls at once, for one convolution
#|   a little later. For two convolutions it lies on the dashed line at [[chance:.2f]] for about
#|   half of the steps, then falls steeply and comes close to the others.
import math

from groundup import figures

figures.smoothed_curves(
    {
        "dense": dense_history.losses.tolist(),
        "one convolution": one_history.losses.tolist(),
        "two convolutions": sigmoid_history.losses.tolist(),
    },
    ylabel="loss",
    marks={"same answer to all": math.log(10)},
)

# %% [markdown]
# The dashed line is $\ln 10$, or [[chance:.3f]], the loss of a network that gives ten digits the same
# probability, whatever the image. [[plateau? With two convolutions the loss is still there after a thousand
# steps, when the other two have long left it.]] Such a stretch is called a **plateau**. Had we stopped there,
# we would believe that the network cannot learn.
#
# ## ReLU
#
# Our networks are like the first three of a README, to which we return below. Its fourth has ReLU in place of
# the sigmoids, a smaller learning rate, and weight decay. Let's take the three changes one at a time.
#
# **Weight decay** shrinks the weights and biases a little in each step. With $\lambda$ for its strength:
#
# $$w \leftarrow w - \eta \left( \frac{\partial L}{\partial w} + \lambda w \right)$$
#
# ??? question "Before you run it: the README has $\eta = [[small_lr]]$ and $\lambda = [[weight_decay:.5f]]$. Can the decay matter in our short runs?"
#     Hardly. A weight whose gradient is 0 is multiplied by $1 - \eta \lambda$ in each step. After our
#     [[steps:,]] steps, [[kept_here:.1%]] of it is left. After the [[full_steps:,]] steps of [[full_epochs]]
#     epochs it would be [[kept_full:.0%]].

# %%
#| values:
#|   small_lr: lr
#|   weight_decay: weight_decay
#|   full_steps: full_steps
#|   kept_here: kept**2500
#|   kept_full: kept**full_steps
#| tolerance:
#|   kept_here: rel 1e-9
#|   kept_full: rel 1e-9
#|   text: abs 0.0002
lr = 0.03
weight_decay = 0.00005
full_steps = 60 * 60_000 // batch_size
kept = 1 - lr * weight_decay
print(f"short run {kept**2500:.4f}   long run {kept**full_steps:.4f}")

# %% [markdown]
# That leaves activation and learning rate. We train with each pair of them, for [[few_steps]] steps:

# %%
#| values:
#|   few_steps: len(history.losses)
#| claims:
#|   activation_decides: >-
#|     min(sum(starts[name][200:]) for name in starts if "sigmoid" in name) > 220
#|     and max(sum(starts[name][200:]) for name in starts if "ReLU" in name) < 80
#| tolerance:
#|   figure: seeds
#| alt: >-
#|   The loss over the first [[few_steps]] steps, four curves. The two with sigmoids lie one upon
#|   the other on the dashed line at [[chance:.2f]], whatever the learning rate. The two with
#|   ReLU fall from the start and are far below it after a third of the steps.
starts = {}
for name, activation in (("sigmoid", nn.Sigmoid), ("ReLU", nn.ReLU)):
    for rate in (0.1, 0.03):
        history = train(two_convolutions(activation), lr=rate, steps=300)
        starts[f"{name} {rate}"] = history.losses.tolist()

figures.smoothed_curves(
    starts,
    ylabel="loss",
    window=25,
    marks={"same answer to all": math.log(10)},
)

# %% [markdown]
# [[activation_decides? With both rates, the network with ReLU leaves the line at once, and the one with
# sigmoids is still on it at the end.]] So here the activation decides. Whether the smaller rate and the decay
# pay off in the end, we cannot say: that would take long runs in which a single one of them changes.
#
# Here is the README's fourth network:

# %%
#| values:
#|   relu: relu_history[-1].accuracy
#| claims:
#|   relu_ahead: >-
#|     relu_history[-1].accuracy - 0.015
#|     > max(done[-1].accuracy for done in (dense_history, one_history, sigmoid_history))
#| tolerance:
#|   relu: seeds
#|   accuracy: seeds
relus = two_convolutions(nn.ReLU)
relu_history = train(relus, lr=lr, weight_decay=weight_decay)
print(f"validation accuracy {relu_history[-1].accuracy:.4f}")

# %% [markdown]
# [[relu_ahead? With [[relu:.1%]], convolutions are ahead of our dense network for the first time.]] That is not
# quite fair: until exercise 2, our dense network keeps its sigmoid.
#
# ## The whole training
#
# In the README of [nestedsoftware/pytorch](https://github.com/nestedsoftware/pytorch), the convolutional
# networks learn from [[all_digits:,]] training digits for [[full_epochs]] epochs, the dense one for
# [[dense_epochs]], with page 3's loss and learning rate. The README reports the accuracy on the test digits
# after the last epoch. Our library has runs of the same recipes on record:

# %%
#| values:
#|   dense_mean: mean(run.accuracy for run in full_runs('dense'))
#|   dense_std: stdev(run.accuracy for run in full_runs('dense'))
#|   dense_runs: len(full_runs('dense'))
#|   one_mean: mean(run.accuracy for run in full_runs('one convolution'))
#|   one_std: stdev(run.accuracy for run in full_runs('one convolution'))
#|   one_runs: len(full_runs('one convolution'))
#|   two_mean: mean(run.accuracy for run in full_runs('two convolutions'))
#|   two_std: stdev(run.accuracy for run in full_runs('two convolutions'))
#|   two_runs: len(full_runs('two convolutions'))
#|   relu_mean: mean(run.accuracy for run in full_runs('ReLU'))
#|   relu_std: stdev(run.accuracy for run in full_runs('ReLU'))
#|   relu_runs: len(full_runs('ReLU'))
#|   full_epochs: len(full_runs('ReLU')[0].accuracies)
#|   dense_epochs: len(full_runs('dense')[0].accuracies)
#|   relu_seeds: len({run.seed for run in full_runs('ReLU')})
#|   dense_device: "', '.join(sorted({run.device for run in full_runs('dense')}))"
#|   gpu: "', '.join(sorted({run.device for name in rows[1:3] for run in full_runs(name)}))"
#|   cpu: "', '.join({run.device for run in full_runs('ReLU')} - {full_runs(rows[1])[0].device})"
#| quoted:
#|   reported_dense: >-
#|     __import__('groundup.experiments', fromlist=['x']).EXPERIMENTS['dense'].reported
#|   reported_one: >-
#|     __import__('groundup.experiments', fromlist=['x']).EXPERIMENTS['one convolution'].reported
#|   reported_two: >-
#|     __import__('groundup.experiments', fromlist=['x']).EXPERIMENTS['two convolutions'].reported
#|   reported_relu: >-
#|     __import__('groundup.experiments', fromlist=['x']).EXPERIMENTS['ReLU'].reported
#| recorded: >-
#|   __import__('groundup.runs', fromlist=['x']).describe(
#|   [run for name in rows for run in full_runs(name)])
#| claims:
#|   all_within: >-
#|     all(__import__('groundup.runs', fromlist=['x']).summarize(name).within for name in rows)
#|   ahead: >-
#|     all(min(run.accuracy for run in full_runs(row)) > 0.005
#|     + max(run.accuracy for run in full_runs(rows[0])) for row in rows[1:])
#|   in_order: >-
#|     all(min(run.accuracy for run in full_runs(lower_row))
#|     > max(run.accuracy for run in full_runs(upper_row))
#|     for upper_row, lower_row in zip(rows, rows[1:]))
from statistics import mean, stdev

from groundup.runs import full_runs

rows = ["dense", "one convolution", "two convolutions", "ReLU"]
for row in rows:
    finals = [run.accuracy for run in full_runs(row)]
    average = mean(finals)
    deviation = stdev(finals)
    print(f"{row:16}   mean {average:.4f}   sd {deviation:.4f}   ", end="")
    print(len(finals), "runs")

# %% [markdown]
# | network | parameters | README, one run | ours: mean ± standard deviation | runs | device |
# |---|---|---|---|---|---|
# | dense | [[dense_parameters:,]] | [[reported_dense:.4f]] | [[dense_mean:.4f]]&nbsp;±&nbsp;[[dense_std:.4f]] | [[dense_runs]] | [[dense_device]] |
# | one convolution | [[one_parameters:,]] | [[reported_one:.4f]] | [[one_mean:.4f]]&nbsp;±&nbsp;[[one_std:.4f]] | [[one_runs]] | [[gpu]] |
# | two convolutions | [[two_parameters:,]] | [[reported_two:.4f]] | [[two_mean:.4f]]&nbsp;±&nbsp;[[two_std:.4f]] | [[two_runs]] | [[gpu]] |
# | ReLU, decay | [[two_parameters:,]] | [[reported_relu:.4f]] | [[relu_mean:.4f]]&nbsp;±&nbsp;[[relu_std:.4f]] | [[relu_runs]], with [[relu_seeds]] seeds | [[gpu]], one run: [[cpu]] |
#
# [[in_order? Trained to the end, the worst run of each network is better than the best run of the one above
# it.]] [[all_within? The README's figures all lie within the range of our runs.]]
#
# [[ahead? So the networks with convolutions end well ahead of the dense one.]] How much of that is due to the
# convolutions, the table cannot say: the dense one also had another loss, another learning rate and half as
# many epochs.
#
# ## Why sigmoids start slowly
#
# Before training, we measure two things in each layer of the network with two convolutions. The **signal** is
# how much a weighted sum differs from digit to digit: its standard deviation, averaged over the layer. The size
# of a layer's gradient is the root of the mean square of the derivatives with respect to its weights.
#
# ??? question "Before you run it: how much of the signal does a layer with sigmoids pass on?"
#     PyTorch draws the weights of a neuron with $n$ inputs with the standard deviation $1 / \sqrt{3 n}$. A sum
#     of $n$ independent inputs with these weights then varies $1 / \sqrt{3}$ times as much as one input. The
#     slope of the sigmoid is at most $\frac{1}{4}$. Both factors together make about a seventh.


# %%
#| values:
#|   signal_first: sigmoid_inside[1][0]
#|   signal_last: sigmoid_inside[1][3]
#|   gradient_first: sigmoid_inside[2][0]
#|   gradient_ratio: sigmoid_inside[2][3] / sigmoid_inside[2][0]
#|   relu_signal_last: relu_inside[1][3]
#|   relu_gradient_first: relu_inside[2][0]
#| claims:
#|   a_seventh: 5 < (sigmoid_inside[1][0] / sigmoid_inside[1][3]) ** (1 / 3) < 9
#|   vanishes: sigmoid_inside[2][3] > 50 * sigmoid_inside[2][0]
#|   relu_even: max(relu_inside[2]) < 5 * min(relu_inside[2])
#|   relu_keeps: relu_inside[1][3] > 10 * sigmoid_inside[1][3]
#| tolerance:
#|   default: rel 0.01
#|   figure: rel 0.1
#| alt: >-
#|   Two panels with the four layers from left to right, on logarithmic scales, a line for
#|   sigmoids and one for ReLU. Signal: both begin at [[signal_first:.2f]]. With sigmoids it
#|   falls by about the same factor from layer to layer, to [[signal_last:.4f]], with ReLU to
#|   [[relu_signal_last:.3f]]. Gradient: with ReLU nearly level, from [[relu_gradient_first:.4f]]
#|   on. With sigmoids it rises from [[gradient_first:.5f]] in the first layer to
#|   [[gradient_ratio:.0f]] times as much in the last.
def look_inside(model):
    labels = val_set.labels[:1000]
    x = normalise(val_set.images[:1000])
    signals = []
    for layer in model:
        x = layer(x)
        if hasattr(layer, "weight"):  # a convolution or a dense layer
            deviations = x.std(dim=0)  # over the digits, one for each sum
            signals.append(deviations.mean().item())
    loss = criterion(x, labels)
    model.zero_grad()
    loss.backward()
    gradients = []
    for layer in model:
        if hasattr(layer, "weight"):
            size = layer.weight.grad.square().mean().sqrt()
            gradients.append(size.item())
    return loss.item(), signals, gradients


layers = ["conv 1", "conv 2", "dense 1", "dense 2"]
sigmoid_inside = look_inside(two_convolutions(nn.Sigmoid))
relu_inside = look_inside(two_convolutions(nn.ReLU))
drawings.by_layer({"sigmoid": sigmoid_inside, "ReLU": relu_inside}, layers)

# %% [markdown]
# [[a_seventh? With sigmoids the signal shrinks to about a seventh from layer to layer.]] In the end the logits
# vary by [[signal_last:.4f]] from digit to digit: to the loss, a 3 looks like an 8.
#
# On its way back, the gradient meets the same small weights and slopes. [[vanishes? In the last layer it is
# [[gradient_ratio:.0f]] times as large as in the first]]: a **vanishing gradient**. ReLU, with the same
# weights, has the slope 1 wherever a sum is positive. [[relu_keeps? More of the signal arrives]], and
# [[relu_even? the gradients of its layers are of similar size]].
#
# And on the plateau? We train with sigmoids again and look inside every [[every]] steps:

# %%
#| values:
#|   every: every
#|   watched: every * (len(insides) - 1)
#|   rest_steps: 2 * every
#|   rest_loss: insides[2][0]
#|   growth: insides[2][1][2] / insides[0][1][2]
#| claims:
#|   loss_rests: abs(insides[2][0] - math.log(10)) < 0.02
#|   signal_grows: all(insides[i + 1][1][2] > 1.1 * insides[i][1][2] for i in range(6))
#|   three_fall: all(insides[2][2][k] < insides[0][2][k] / 1.5 for k in (1, 2, 3))
#|   all_rise: all(insides[6][2][k] > 2 * insides[2][2][k] for k in range(4))
#| tolerance:
#|   rest_loss: abs 0.02
#|   growth: seeds
#|   figure: seeds
#| alt: >-
#|   Three panels over [[watched:,]] steps. The loss rests near [[chance:.2f]] for about half of
#|   them, then falls. The signal, on a logarithmic scale, grows in each of the four layers,
#|   slowly at first and steeply when the loss falls. The gradients fall at first, except that of
#|   the first layer. When the loss falls, those of all four layers are rising or have risen.
every = 400
model = two_convolutions(nn.Sigmoid)
insides = [look_inside(model)]
for stretch in range(6):
    train(model, steps=every, seed=seed + stretch)
    insides.append(look_inside(model))
drawings.over_training(insides, layers, every=every)

# %% [markdown]
# [[loss_rests? After [[rest_steps]] steps the loss is [[rest_loss:.2f]], as if nothing had been learned.]] But
# [[signal_grows? the signal in the last hidden layer, "dense 1", increases from each measurement to the next]],
# and is by then [[growth:.1f]] times what it was.
#
# [[three_fall? Meanwhile the gradients of all layers but the first get smaller.]] The biases of the last layer
# soon match how frequent each digit is. As long as all digits look alike to this layer, it has little else to
# learn. [[all_rise? When the signal has grown, the gradients of all four layers rise, and the loss falls.]]
#
# ## Other initial weights
#
# If the weights are too small for sigmoids, we should try larger ones. **Xavier initialisation** draws them
# with the standard deviation $g \sqrt{2 / (n_{\text{in}} + n_{\text{out}})}$, where $n_{\text{in}}$ and
# $n_{\text{out}}$ count a neuron's connections to the layer before it and to the layer after it. With a
# **gain** $g$ of 1 and no activation function, signal and gradient roughly keep their size. A slope of
# $\frac{1}{4}$ calls for a gain of 4. We also try 16.
#
# ??? question "Before you run it: with a gain of 16, what will the outputs of the sigmoids look like?"
#     The weighted sums are far from 0, so the outputs are close to 0 or to 1.


# %%
def xavier(gain):
    model = two_convolutions(nn.Sigmoid)
    for layer in model:
        if hasattr(layer, "weight"):
            nn.init.xavier_normal_(layer.weight, gain=gain)
            nn.init.zeros_(layer.bias)
    return model


def sigmoid_outputs(model):
    x = normalise(val_set.images[:200])
    outputs = []
    with torch.no_grad():
        for layer in model:
            x = layer(x)
            if isinstance(layer, nn.Sigmoid):
                outputs.append(x.flatten().cpu())
    return outputs


# %%
#| values:
#|   flat_16: (outputs["gain 16"][1] * (1 - outputs["gain 16"][1]) < 0.05).double().mean().item()
#| claims:
#|   default_middle: all(((a * (1 - a)) < 0.05).double().mean() < 0.01 for a in outputs["default"])
#|   saturates: all(((a * (1 - a)) < 0.05).double().mean() > 0.5 for a in outputs["gain 16"][1:])
#| tolerance:
#|   flat_16: abs 0.01
#|   figure: seeds
#| alt: >-
#|   Histograms of the outputs of the three layers with sigmoids, from 0 to 1, a row for each of
#|   three networks. Default: in the second and third layer a narrow peak near one half. Gain 4:
#|   spread over the whole range. Gain 16: two peaks, at 0 and at 1, with little between them.
outputs = {
    "default": sigmoid_outputs(two_convolutions(nn.Sigmoid)),
    "gain 4": sigmoid_outputs(xavier(4)),
    "gain 16": sigmoid_outputs(xavier(16)),
}
drawings.sigmoid_outputs(outputs, layers[:3])

# %% [markdown]
# Where its output is close to 0 or 1, a sigmoid is flat and hardly reacts to its inputs: it is **saturated**.
# [[saturates? With a gain of 16 most sigmoids of the second and third layer are.]] [[default_middle? With
# PyTorch's default weights almost none is.]] There the outputs of the deeper layers stay near one half,
# whatever the digit.
#
# Now the training:

# %%
#| values:
#|   start_steps: len(history.losses)
#|   cured: cured_history[-1].accuracy
#| claims:
#|   no_plateau: sum(starts["gain 4"][300:]) < 0.5 * sum(starts["default"][300:])
#|   too_large: sum(starts["gain 16"][300:]) > 1.5 * sum(starts["gain 4"][300:])
#|   cure_helps: cured_history[-1].accuracy > sigmoid_history[-1].accuracy + 0.015
#| tolerance:
#|   cured: seeds
#|   accuracy: seeds
#|   figure: seeds
#| alt: >-
#|   The loss over the first [[start_steps]] steps, for three scales of the initial weights.
#|   Default: on the dashed line at [[chance:.2f]]. Gain 4: it falls below 1. Gain 16: it begins
#|   far above the line, falls, and stays far above that of gain 4.
cured_history = train(xavier(4))
print(f"gain 4: validation accuracy {cured_history[-1].accuracy:.4f}")

history = train(xavier(16), steps=400)
starts = {
    "default": sigmoid_history.losses[:400].tolist(),
    "gain 4": cured_history.losses[:400].tolist(),
    "gain 16": history.losses.tolist(),
}
figures.smoothed_curves(
    starts,
    ylabel="loss",
    window=25,
    marks={"same answer to all": math.log(10)},
)

# %% [markdown]
# [[no_plateau? With a gain of 4 there is no plateau]], and [[too_large? with 16 the loss is still far above
# that of gain 4 after [[start_steps]] steps]]. [[cure_helps? After [[steps:,]] steps the network with a gain of
# 4 reads [[cured:.1%]], where the default weights led to [[two:.1%]].]] So sigmoids are not slow as such, but
# with weights that are too small for them. (`xavier` also sets the biases to zero and draws from a normal
# distribution. Exercise 3 varies the gain alone: with a gain of 1 the plateau is back.) ReLU, with its
# [[relu:.1%]], needed no such care.
#
# ## Recap
#
# You can now
#
# - write a network with convolutions, and say where its parameters are;
# - tell from its weights what a filter of the first layer looks for;
# - explain a plateau by the signal and the gradient of each layer;
# - give a network other initial weights, and recognise saturation;
# - separate several changes that were made at once.
#
# ## Exercises
#
# **1. Derive.** A layer has as many outputs as inputs. Which gain of Xavier initialisation gives weights of the
# size that PyTorch draws by default? How many times larger are they with a gain of 4? Check it with
# `nn.Linear(500, 500)`.

# %%
#| tolerance:
#|   text: rel 0.02
#| fold: Solution
# Xavier with n_in = n_out = n has the standard deviation g / sqrt(n), the
# default has 1 / sqrt(3 n). So g = 1 / sqrt(3) = 0.58, and a gain of 4
# makes the weights 4 * sqrt(3) = 6.9 times larger. That is what the
# signal had lost in each layer: a factor of about 7.
layer = nn.Linear(500, 500)
default = layer.weight.std().item()
nn.init.xavier_normal_(layer.weight, gain=4)
print(f"gain of the default {default * math.sqrt(500):.3f}")
print(f"gain 4 is larger by {layer.weight.std().item() / default:.2f}")

# %% [markdown]
# **2. Predict.** In front of a network, put a layer that shuffles the pixels, in the same way for each digit.
# Compare a dense network and one with two convolutions, both with ReLU. Which of them suffers from the
# shuffling, and why? Train each with and without it, for 600 steps.


# %%
#| tolerance:
#|   accuracy: seeds
#| fold: Solution
# The dense network has a weight for each pixel and no idea which pixels
# are neighbours: it does about as well as before. A filter finds edges
# only among neighbours: the convolutions fall behind.
pixel_order = torch.randperm(28 * 28).to(device)


class Shuffle(nn.Module):
    def forward(self, x):
        return torch.flatten(x, 1)[:, pixel_order].reshape(x.shape)


def dense_with_relu():
    torch.manual_seed(seed)  # the same initial weights each time
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10)
    ).to(device)


for first in (nn.Identity(), Shuffle()):
    for network in (dense_with_relu(), two_convolutions(nn.ReLU)):
        model = nn.Sequential(first, *network)
        accuracy = train(model, steps=600)[-1].accuracy
        name = type(first).__name__
        print(f"{name:8} {count(model)} accuracy {accuracy:.4f}")

# %% [markdown]
# **3. Extend.** `nn.init.calculate_gain("sigmoid")` recommends a gain for sigmoids. Is it a good one here?
# Compare gains from 1 to 8 by the mean loss of steps 200 to 300.

# %%
#| tolerance:
#|   loss: seeds 0 inf
#| fold: Solution
# The recommended gain is 1, and the network is still on the plateau.
# With 2 it has left it.
print("recommended:", nn.init.calculate_gain("sigmoid"))
for gain in (1, 2, 4, 8):
    loss = train(xavier(gain), steps=300).losses[200:].mean()
    print(f"gain {gain}   loss {loss:.3f}")

# %% [markdown]
# ## Next
#
# The README's last two networks learn from five times as many digits, and one of them has a new kind of layer,
# dropout: [More data, and dropout](deeper_digits.py).
#
# This page re-teaches the first four rows of the [README of
# nestedsoftware/pytorch](https://github.com/nestedsoftware/pytorch) (2019). What we found when we ran it:
# [About the sources](../about_the_sources.md#s0-continued-six-networks-in-a-readme).
