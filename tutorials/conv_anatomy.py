# ---
# title: Anatomy of a convolutional network
# teaches: what each part of a small convolutional network computes, what backward leaves behind, what optimizers make of it
# before: tensors, nn.Module, and the training step of zero_grad, backward and step
# sources: [S3]
# ---

# %% [markdown]
# # Anatomy of a convolutional network
#
# A dense network gets its pixels as one long list. It could be given them in any fixed order, and would learn as well
# ([Convolutional digits](conv_digits.py#the-dense-row) tries it): it does not know which pixels are neighbours. A
# **convolutional network** does. It looks at a digit through a small window, here three by three pixels, slides the
# window over the whole image, and asks the same question everywhere.
#
# On this page you take one such network apart. You compute its pixels by hand, watch a digit pass through it, see what
# `backward()` leaves in it, and make one step of learning, by hand and by optimizer. At the end four optimizers race.
#
# The page re-teaches *[PyTorch] Tutorial(3) Introduction of Neural Networks*, which follows the official 60-minute
# introduction of PyTorch. You use the same network, its reported numbers stand beside ours, and where its code or its
# text does not hold, you run it and see.
#
# ## One step of learning, in words
#
# 1. **Define** the network. Its weights are random numbers at first.
# 2. **Feed** it data: a batch of images.
# 3. **Forward**: compute its outputs, layer by layer.
# 4. **Loss**: one number that says how wrong the outputs are.
# 5. **Backward**: for each weight, compute how the loss would change with it, its gradient.
# 6. **Update** every weight, and go on with the next batch at 2:
#
# $$\text{new weight} = \text{old weight} - \text{learning rate} \cdot \text{gradient}$$
#
# The page goes through these six in order.

# %%
import copy
import inspect
import math
import warnings
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

from groundup import sources
from groundup.data import load_mnist, scale, shift
from groundup.figures import conv_anatomy as drawings
from groundup.models import SmallConvNet
from groundup.repro import pick_device, reproducible
from groundup.train import fit

seed = reproducible(0)
device = pick_device()
train, test = load_mnist(device)

# %% [markdown]
# ## The network
#
# [`SmallConvNet`][groundup.models.SmallConvNet] is the source's network. Two convolutions look for patterns. Each is
# followed by a ReLU, which turns negative numbers into 0, and by pooling, which halves height and width, so that a
# quarter of the pixels is left. Three dense layers turn what was found into ten outputs, one for each digit.

# %%
#| output: python
print(inspect.getsource(SmallConvNet))

# %%
model = SmallConvNet().to(device)
print(model)

# %% [markdown]
# Printing a module lists the layers that `__init__` stored. ReLU, pooling and flattening are functions called in
# `forward`; they have no weights, so they are not listed. `kernel_size=(3, 3)` is the window, and `stride=(1, 1)` says
# that it moves by one pixel at a time.
#
# To look at what passes between the layers, do the work of `forward` one line at a time. The input is a digit with
# a black border, which makes it 32 by 32 (why, you see below).


# %%
def stages(model, images):
    """What each step of `SmallConvNet.forward` hands on, by name."""
    found = {"image": images}  # (n, 1, 32, 32)
    found["conv1"] = model.conv1(images)  # (n, 6, 30, 30)
    found["pool1"] = F.max_pool2d(torch.relu(found["conv1"]), 2)  # (n, 6, 15, 15)
    found["conv2"] = model.conv2(found["pool1"])  # (n, 16, 13, 13)
    found["pool2"] = F.max_pool2d(torch.relu(found["conv2"]), 2)  # (n, 16, 6, 6)
    found["flat"] = found["pool2"].flatten(1)  # (n, 576)
    found["fc1"] = torch.relu(model.fc1(found["flat"]))  # (n, 120)
    found["fc2"] = torch.relu(model.fc2(found["fc1"]))  # (n, 84)
    found["fc3"] = model.fc3(found["fc2"])  # (n, 10)
    return found


images = F.pad(scale(train.images[:1]), (2, 2, 2, 2))  # (1, 1, 32, 32)
with torch.no_grad():
    found = stages(model, images)
    assert torch.equal(found["fc3"], model(images))

# %%
#| alt: >-
#|   Two rows. Above: one sheet of 32 by 32 for the image; six sheets of 30 by 30 after conv1, in
#|   blue; six of 15 by 15 after pooling, in orange; sixteen of 13 by 13 after conv2; sixteen of 6
#|   by 6 after pooling. Below, as bars that become shorter: 576 numbers after flattening, then the
#|   dense layers in green with 120, 84 and 10.
drawings.network_shapes(
    {name: tuple(output.shape[1:]) for name, output in found.items()}
)

# %% [markdown]
# Each sheet is a **feature map**: an image again, which says where one pattern was found. A stack of sheets has as many
# **channels**. The first dimension of every tensor, the number of images, is left out of the picture.
#
# ### Where the sizes come from
#
# A window of 3 pixels has 30 places in a row of 32: $32 - 3 + 1$. Pooling halves height and width, and rounds down.


# %%
#| values:
#|   chain: chain
#|   flat: flat
def side_lengths(window):
    """Of the image, and of the maps after each convolution and pooling."""
    sides = [32]
    for _ in range(2):
        sides.append(sides[-1] - window + 1)  # a convolution
        sides.append(sides[-1] // 2)  # a pooling window of 2
    return sides


chain = side_lengths(3)
flat = model.conv2.out_channels * chain[-1] ** 2
print(" -> ".join(map(str, chain)), f"-> {flat}")
assert [found[name].shape[-1] for name in list(found)[:5]] == chain
assert found["flat"].shape[1] == model.fc1.in_features == flat

# %% [markdown]
# That is where the 576 in `fc1` comes from. Change the size of the image, and this number must change with it.
#
# ### Ten parameter tensors
#
# Five layers have weights, and each of them has a bias as well. That makes ten tensors of numbers to learn:

# %%
#| values:
#|   tensor_count: len(sizes)
#|   parameters: sum(sizes.values())
#|   fc1_share: sizes['fc1.weight'] / sum(sizes.values())
#|   conv_share: (sizes['conv1.weight'] + sizes['conv1.bias'] + sizes['conv2.weight'] +
#|     sizes['conv2.bias']) / sum(sizes.values())
sizes = {name: parameter.numel() for name, parameter in model.named_parameters()}
for name, parameter in model.named_parameters():
    print(f"{name:13} {list(parameter.shape)!s:15} {sizes[name]:7,}")
print(f"{len(sizes)} tensors{sum(sizes.values()):28,}")

# %% [markdown]
# ??? question "Before you scroll: conv2 makes 16 maps with windows of 3 by 3. Why has its weight four dimensions, and how many numbers are in one of its filters?"
#     Its input has 6 channels, and its window cuts through all of them. So one **filter** is a block of 6 × 3 × 3 =
#     [[filter_weights]] weights, and there are 16 of them: `[16, 6, 3, 3]`. Each filter has one bias.
#
# In general a filter has `in_channels * kh * kw` weights, where `kh` and `kw` are height and width of the window, and
# a neuron of a dense layer has one weight for each input. Count again, from this rule alone:

# %%
#| values:
#|   filter_weights: each['conv2']
each = {}
total = 0
for name, layer in model.named_children():
    if isinstance(layer, nn.Conv2d):
        kh, kw = layer.kernel_size
        number, each[name] = layer.out_channels, layer.in_channels * kh * kw
    else:
        number, each[name] = layer.out_features, layer.in_features
    total += number * (each[name] + 1)
    print(f"{name:6} {number:3} * ({each[name]:3} weights + 1 bias)")
assert total == sum(sizes.values())
print(f"together {total:,}")

# %% [markdown]
# [[parameters:,]] numbers. The two convolutions, which do most of the looking, hold
# [[conv_share:.1%]] of them. `fc1` alone holds [[fc1_share:.0%]].
#
# ## A convolution, from zero
#
# A filter of 3 by 3 is nine numbers. Lay it on the image, multiply each pixel by the number that lies on it, and add up:
# that is one pixel of the output. Then move by one pixel and do it again.
#
# The filters of the network are learned. To see what one can do, take one that you choose: minus one on the left, plus one
# on the right. It asks: *is it brighter on the right than on the left?*

# %%
#| values:
#|   by_hand: by_hand
#| tolerance:
#|   by_hand: rel 1e-5
#|   text: abs 2e-6
digit = scale(train.images[:1])  # (1, 1, 28, 28)
edge = torch.tensor([[-1.0, 0.0, 1.0]] * 3, device=device)  # (3, 3)
row, column = 9, 10

by_hand = 0.0
for i in range(3):
    for j in range(3):
        by_hand += digit[0, 0, row + i, column + j].item() * edge[i, j].item()

conv = nn.Conv2d(1, 1, kernel_size=3, bias=False).to(device)
with torch.no_grad():
    conv.weight.copy_(edge)  # (3, 3) -> (1, 1, 3, 3)
    edges = conv(digit)  # (1, 1, 26, 26)
by_torch = edges[0, 0, row, column].item()
print(f"by hand {by_hand:.6f}   nn.Conv2d {by_torch:.6f}")
assert math.isclose(by_hand, by_torch, rel_tol=1e-5)

# %%
#| alt: >-
#|   Above: the digit 5 with a green frame round three by three pixels, an arrow, and the output, 26
#|   by 26 pixels, with the pixel framed that belongs to them: the left edges of the strokes are
#|   orange, the right edges blue, everything else is empty. Below: the nine pixels of the window,
#|   the nine numbers of the filter with minus one on the left and one on the right, and the nine
#|   products, which sum to [[by_hand:.2f]].
drawings.convolution_step(
    digit[0, 0].cpu(), edge.cpu(), edges[0, 0].cpu(), at=(row, column)
)

# %% [markdown]
# Orange is positive, blue negative, and nothing is drawn where the answer is zero. The filter finds where a stroke begins,
# from left to right, and where it ends. Both the paper and the inside of a stroke leave it cold.
#
# One pixel agrees. Do all of them? `unfold` cuts a tensor into windows, here first the rows, then the columns:

# %%
#| values:
#|   out_side: edges.shape[-1]
#| tolerance:
#|   apart: within 0 1e-5 because nine float32 products are summed in another order
windows = digit.unfold(2, 3, 1).unfold(3, 3, 1)  # (1, 1, 26, 26, 3, 3)
all_by_hand = (windows * edge).sum(dim=(-2, -1))  # (1, 1, 26, 26)
torch.testing.assert_close(all_by_hand, edges, rtol=1e-5, atol=1e-5)
print(tuple(all_by_hand.shape), f"apart {(all_by_hand - edges).abs().max().item():.0e}")

# %% [markdown]
# There are [[out_side]] places for the window in each direction, as the rule says: $28 - 3 + 1$. A filter of
# the network adds its bias to every sum; ours has none. (Mathematicians turn the filter by half a turn before they call it
# a convolution, and call this one a *cross-correlation*. For filters that are learned it makes no difference.)
#
# ### Why the weights are shared
#
# The same nine numbers are used at every place. Two things follow.
#
# ??? question "Before you run it: you move the digit three pixels to the right. What happens to the output?"
#     It moves three pixels to the right, and does not change otherwise. What is found in one place is found in every
#     other. A dense layer has separate weights for each place, and must learn each pattern anew wherever it occurs.

# %%
#| values:
#|   dense_count: dense
#|   conv_count: shared
#| tolerance:
#|   difference: within 0 1e-6 because a library may sum shifted windows in another order
with torch.no_grad():
    moved = conv(scale(shift(train.images[:1], right=3)))  # (1, 1, 26, 26)
difference = (moved[..., 3:] - edges[..., :-3]).abs().max().item()
assert difference < 1e-6
print(f"largest difference {difference:.0e}")

shared = 3 * 3 + 1  # one filter and its bias
dense = 26 * 26 * (28 * 28 + 1)  # a dense layer with as many outputs
print(f"a filter learns {shared} numbers, a dense layer {dense:,}")

# %% [markdown]
# And there is less to learn: [[conv_count]] numbers instead of [[dense_count:,]] for a map of
# this size. (At its rim the output can differ, where the moved digit brings in what was outside. Hence the slices.)
#
# ### Several channels
#
# From the second convolution on, an image has several channels, and a filter has a sheet of weights for each. All the
# products, over all channels, go into one sum. One pixel of `conv2` by hand:

# %%
#| tolerance:
#|   text: abs 2e-6
with torch.no_grad():
    block = found["pool1"][0, :, 6:9, 6:9]  # (6, 3, 3)
    pixel = (block * model.conv2.weight[0]).sum() + model.conv2.bias[0]
    theirs = found["conv2"][0, 0, 6, 6]
print(f"by hand {pixel.item():.6f}   nn.Conv2d {theirs.item():.6f}")
torch.testing.assert_close(pixel, theirs, rtol=1e-5, atol=1e-6)

# %% [markdown]
# ## Max pooling
#
# Pooling makes a map smaller. Max pooling cuts it into windows of 2 by 2 and keeps the largest number of each. It has
# nothing to learn.

# %%
#| tolerance:
#|   text: abs 1e-3
patch = edges[0, 0, 6:10, 10:14]  # (4, 4), from the map of the edges
largest = [[patch[i : i + 2, j : j + 2].max().item() for j in (0, 2)] for i in (0, 2)]
pooled = F.max_pool2d(patch[None, None], 2)[0, 0]  # (2, 2)
assert pooled.tolist() == largest
for line in largest:
    print("  ".join(f"{value:6.3f}" for value in line))

# %%
#| alt: >-
#|   A table of four by four numbers in four coloured windows of two by two, the largest number of
#|   each window tinted. Beside it the table of two by two that is left, in the same colours.
drawings.pooling_step(patch.cpu())

# %% [markdown]
# *Was the pattern found here, and how clearly?* survives. *In which of these four pixels?* does not. That makes the
# network cheaper, since three quarters of the numbers are gone, and a little indifferent to small shifts. (One of the
# four windows holds only negative numbers. In the network a ReLU stands before the pooling, and its answer would be 0.)
#
# ??? question "conv2 gives maps of 13 by 13. What does pooling do with the thirteenth row?"
#     It drops it, and the thirteenth column too: there is no full window left for them. The next cell overwrites them, and
#     the result stays the same. (`ceil_mode=True` would keep such incomplete windows.)

# %%
changed = found["conv2"].clone()
changed[..., 12, :] = changed[..., 12] = 1000.0
print(torch.equal(F.max_pool2d(changed, 2), F.max_pool2d(found["conv2"], 2)))

# %% [markdown]
# The source's windows of 3 by 3 are the reason. LeNet-5, the network of 1998 that this one imitates, and today's official
# introduction have windows of 5 by 5. From 32 pixels these lead to even sizes, and no row is lost:

# %%
print(" -> ".join(map(str, side_lengths(5))))

# %% [markdown]
# ## Why 32 by 32?
#
# The source feeds images of 32 by 32, and says that this conforms to the MNIST data set. Ask the data set, and the
# network:

# %%
#| values:
#|   side: train.images.shape[-1]
#|   ink: max(extents)
print("an image of MNIST:", tuple(train.images.shape[1:]))
try:
    model(scale(train.images[:1]))
except RuntimeError as error:
    print("RuntimeError:", error)

ink = train.images > 0  # (60000, 28, 28)
extents = []
for dim in (1, 2):
    lines = ink.any(dim=dim).int()  # (60000, 28)
    first, last = lines.argmax(dim=1), 27 - lines.flip(1).argmax(dim=1)
    extents.append((last - first + 1).max().item())
print("the widest and the highest digit:", extents, "pixels")

# %% [markdown]
# MNIST is [[side]] by [[side]]. The convolutions take images of any size. It is `fc1` that
# fails: it gets 16 × 5 × 5 = 400 numbers where it wants [[flat]].
#
# The size comes from **LeNet-5**. Its authors (LeCun, Bottou, Bengio, Haffner, *Gradient-Based Learning Applied to
# Document Recognition*, 1998) padded the digits with paper on purpose. No digit is
# larger than [[ink]] by [[ink]] pixels, as the cell confirms for all of the training digits.
# With a wide border even the end of a stroke can come to lie in the middle of what the last feature detectors see, and
# not at their edge. `F.pad(..., (2, 2, 2, 2))`, two pixels of black on each side, is how you get there:

# %%
print("padded:       ", tuple(model(images).shape))
try:
    model(images[0])  # (1, 32, 32): one image, no batch
except RuntimeError as error:
    print("without batch:", error)
print("unsqueezed:   ", tuple(model(images[0].unsqueeze(0)).shape))

# %% [markdown]
# The second line is a trap of its own. A network wants a batch, even of one image. Given a single image of shape
# `(1, 32, 32)`, the convolutions do accept it, and take it for an unbatched one. Then `flatten(1)` keeps the 16 channels as
# if they were 16 images of 36 numbers. `unsqueeze(0)` adds the missing dimension.
#
# ## Forward, layer by layer
#
# This is the padded digit on its way. The network knows nothing yet: its filters are random.

# %%
#| alt: >-
#|   Feature maps of the digit 5. After conv1: six maps in which the digit is easy to recognise, as
#|   outline or as shadow, in orange and blue. After ReLU and pooling: the same maps, coarser,
#|   orange only; a map may be empty. After conv2: sixteen coarse maps with traces of the digit.
#|   After the second pooling: sixteen maps of six by six blocks in which nobody could read the
#|   digit.
stage_titles = {
    "conv1": "conv1",
    "pool1": "ReLU and pooling",
    "conv2": "conv2",
    "pool2": "ReLU and pooling",
}
layers = {}
for i, (name, title) in enumerate(stage_titles.items(), start=1):
    channels, side, _ = found[name][0].shape
    title = f"{i}. {title}: {channels} maps of {side} × {side}"
    layers[title] = found[name][0].cpu()
drawings.feature_maps(layers)

# %% [markdown]
# Even a random filter draws the digit, as an outline or as a shadow: wherever the pixels change, its sum changes too. From
# layer to layer the maps become coarser, and there are more of them: the *where* is traded for the *what*. Learning will decide which
# patterns are worth asking for.
#
# ### Flattening
#
# The dense layers want a list. The source counts its length with a function of its own, `num_flat_features`, which
# multiplies all dimensions but the first, and reshapes with `view`. PyTorch has a word for that:


# %%
def num_flat_features(x):
    return math.prod(x.shape[1:])


maps = found["pool2"]
viewed = maps.view(-1, num_flat_features(maps))  # (1, 576)
print(tuple(viewed.shape), torch.equal(viewed, torch.flatten(maps, 1)))

# %% [markdown]
# ### Ten outputs
#
# The source does not feed a digit but random numbers of the same shape. So do we, from here on, to have something to
# compare:

# %%
#| values:
#|   lowest: out.min().item()
#|   highest: out.max().item()
#| quoted:
#|   reported_lowest: sources.BLITZ_LOWEST
#|   reported_highest: sources.BLITZ_HIGHEST
#| tolerance:
#|   lowest: rel 1e-4
#|   highest: rel 1e-4
#|   text: abs 1e-3
noise = torch.randn(1, 1, 32, 32).to(device)
out = model(noise)  # (1, 10)
print("  ".join(f"{value:.3f}" for value in out[0].tolist()))

# %% [markdown]
# Here the ten lie between [[lowest:.2f]] and [[highest:.2f]], in the source between
# [[reported_lowest:.2f]] and [[reported_highest:.2f]]. Its weights and its input were drawn
# without a seed, so only the size can be compared: an untrained network answers with small numbers of both signs, which
# mean nothing.
#
# ## The loss
#
# The target is random as well. A **criterion** is an object that computes a loss, here the **mean squared error**. The
# source calls the result of its forward pass `out`, and then computes the loss from `output`:

# %%
target = torch.randn(1, 10).to(device)
criterion = nn.MSELoss()
try:
    loss = criterion(output, target)
except NameError as error:
    print("NameError:", error)

# %% [markdown]
# `criterion` is known, `output` is not. The cure is one name for one thing:

# %%
#| values:
#|   loss: loss.item()
#| quoted:
#|   reported_loss: sources.BLITZ_LOSS
#| tolerance:
#|   loss: rel 1e-4
output = model(noise)  # (1, 10)
loss = criterion(output, target)  # ()
print(f"loss {loss.item():.4f}")

# %% [markdown]
# [[loss:.3f]] here, [[reported_loss:.3f]] in the source. Is that far apart? Draw network, input
# and target anew [[draws]] times, and see how much such a loss varies. The second column is the size of a
# gradient that you meet in a moment.

# %%
#| values:
#|   draws: draws
#|   loss_low: band['loss'][0]
#|   loss_high: band['loss'][1]
#|   grad_low: band['gradient'][0]
#|   grad_high: band['gradient'][1]
#| tolerance:
#|   default: rel 1e-3
#|   text: abs 2e-3
draws, seen = 200, {"loss": [], "gradient": []}
for _ in range(draws):
    other = SmallConvNet()
    drawn = criterion(other(torch.randn(1, 1, 32, 32)), torch.randn(1, 10))
    drawn.backward()
    seen["loss"].append(drawn.item())
    seen["gradient"].append(other.conv1.bias.grad.abs().max().item())

nine_in_ten = torch.tensor([0.05, 0.95])
band = {
    name: torch.tensor(s).quantile(nine_in_ten).tolist() for name, s in seen.items()
}
for name, (low, high) in band.items():
    print(f"{name:8} nine draws in ten lie between {low:.3f} and {high:.3f}")
assert band["loss"][0] < sources.BLITZ_LOSS.figure < band["loss"][1]
largest = max(abs(reported.figure) for reported in sources.BLITZ_BIAS_GRADIENT)
assert band["gradient"][0] < largest < band["gradient"][1]

# %% [markdown]
# Nine in ten of [[draws]] losses lie between [[loss_low:.2f]] and
# [[loss_high:.2f]]. The reported one is among them, and tells nothing more than that. The outputs are nearly
# 0, so the loss is about the mean square of ten random targets.
#
# ### Three losses for the same outputs
#
# The mean squared error is one choice of many. The source names two more: the mean absolute error, and cross-entropy, the
# usual one for classes. Give all three the same outputs, those for the digit 5, and mind what each takes as its target.

# %%
#| values:
#|   cross_entropy: losses['nn.CrossEntropyLoss']
#|   ln_ten: math.log(10)
#|   mse_digit: losses['nn.MSELoss']
#|   mae_digit: losses['nn.L1Loss']
#| tolerance:
#|   default: rel 1e-4
#|   ln_ten: rel 1e-12
#|   text: abs 1e-4
logits = model(images).detach()  # (1, 10)
label = train.labels[:1]  # (1,)
one_hot = F.one_hot(label, 10).float()  # (1, 10): 1 at the label, 0 elsewhere
table = [
    (nn.MSELoss(), one_hot, (logits - one_hot).square().mean()),
    (nn.L1Loss(), one_hot, (logits - one_hot).abs().mean()),
    (nn.CrossEntropyLoss(), label, -logits.softmax(dim=1)[0, label].log()),
]
losses = {}
print(f"{'criterion':20} {'target':23} {'loss':>7} {'by hand':>8}")
for measure, wanted, by_hand in table:
    name = f"nn.{type(measure).__name__}"
    losses[name] = measure(logits, wanted).item()
    kind = f"{str(wanted.dtype)[6:]} {tuple(wanted.shape)}"
    print(f"{name:20} {kind:23} {losses[name]:7.4f} {by_hand.item():8.4f}")
    assert math.isclose(losses[name], by_hand.item(), rel_tol=1e-5)

# %% [markdown]
# - `MSELoss` averages the squares of the differences. It wants a target of the outputs' own shape and type: here
#   **one-hot**, 1 for the right digit and 0 for the others.
# - `L1Loss` averages their sizes. A large error counts less than when squared.
# - `CrossEntropyLoss` wants the number of the right class, an integer per image. It turns the ten outputs, then called
#   *logits*, into positive numbers that sum to one (*softmax*), and takes minus the logarithm of that of the right class.
#   Ten nearly equal outputs give about $\ln 10 = [[ln_ten:.4f]]$: the loss of somebody who has no idea.
#
# The three numbers cannot be compared with one another. Each measures in units of its own.
#
# ??? question "What if you mix up the targets, and give MSELoss the label, or CrossEntropyLoss a one-hot target of integers?"
#     The first computes something: the label is *broadcast*, stretched to the shape of the outputs, as if all ten should be
#     5. PyTorch warns, and goes on. The second stops. (One-hot as floats would be accepted, as probabilities, and gives the
#     same loss as the label.)

# %%
#| tolerance:
#|   text: abs 1e-3
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    wrong = nn.MSELoss()(logits, label.float())
print(f"MSELoss with a label: {wrong.item():.3f}, {len(caught)} warning")
try:
    nn.CrossEntropyLoss()(logits, one_hot.long())
except RuntimeError as error:
    print("RuntimeError:", error)
by_label = nn.CrossEntropyLoss()(logits, label)
same = torch.isclose(nn.CrossEntropyLoss()(logits, one_hot), by_label)
print("one-hot as floats, the same loss:", same.item())

# %% [markdown]
# ## Backward
#
# Each result knows which operation made it: that is its `grad_fn`, which in turn knows the operations before it, as
# `next_functions`. Walk back from the loss to the image:

# %%
trail, node = [], loss.grad_fn
while node is not None:
    trail.append(node.name())
    parents = [parent for parent, _ in node.next_functions if parent]
    skipped = ("torch::autograd::AccumulateGrad", "TBackward0")  # these lead to weights
    node = next((p for p in parents if p.name() not in skipped), None)
print("\n".join(trail))

# %% [markdown]
# That is `forward` read backwards, from the squared error down to the first convolution. The source prints such names
# without the 0 at their end, which today's PyTorch adds. (`Addmm` is a dense layer: a product and a sum. `View` is the
# flattening. `MaxPool2DWithIndices` remembers which pixel of each window was the largest: it alone gets the gradient, and
# the other three get 0.) The whole record, from the loss back to the weights, is called the **graph**.
#
# ??? question "Before you run it: what is in `model.conv1.bias.grad` before the first backward pass?"
#     `None`. There is no gradient yet, not even one of zeros.

# %%
#| values:
#|   g0: gradient[0]
#|   g1: gradient[1]
#|   g2: gradient[2]
#|   g3: gradient[3]
#|   g4: gradient[4]
#|   g5: gradient[5]
#| quoted:
#|   r0: sources.BLITZ_BIAS_GRADIENT[0]
#|   r1: sources.BLITZ_BIAS_GRADIENT[1]
#|   r2: sources.BLITZ_BIAS_GRADIENT[2]
#|   r3: sources.BLITZ_BIAS_GRADIENT[3]
#|   r4: sources.BLITZ_BIAS_GRADIENT[4]
#|   r5: sources.BLITZ_BIAS_GRADIENT[5]
#| tolerance:
#|   g0: rel 1e-3
#|   g1: rel 1e-3
#|   g2: rel 1e-3
#|   g3: rel 1e-3
#|   g4: rel 1e-3
#|   g5: rel 1e-3
#|   text: abs 2e-4
print("before:", model.conv1.bias.grad)
loss.backward()
gradient = model.conv1.bias.grad.tolist()
print("after: ", "  ".join(f"{value:.4f}" for value in gradient))

# %% [markdown]
# Six biases, six gradients. The source prints the same six of its own network:
#
# | filter | reported | here |
# |---|---|---|
# | 0 | [[r0:.4f]] | [[g0:.4f]] |
# | 1 | [[r1:.4f]] | [[g1:.4f]] |
# | 2 | [[r2:.4f]] | [[g2:.4f]] |
# | 3 | [[r3:.4f]] | [[g3:.4f]] |
# | 4 | [[r4:.4f]] | [[g4:.4f]] |
# | 5 | [[r5:.4f]] | [[g5:.4f]] |
#
# Row by row they have nothing in common: other weights, other noise, other targets. Their size agrees. The largest
# of the six was between [[grad_low:.3f]] and [[grad_high:.3f]] in nine of ten draws above.
#
# ### Once more, and it adds up
#
# Call `backward()` again. The first attempt fails: the graph has been freed to save memory. After a new forward pass it
# works, and *adds* to what is there:

# %%
try:
    loss.backward()
except RuntimeError as error:
    print("RuntimeError:", str(error).partition(" (")[0])

once = model.conv1.bias.grad.clone()
criterion(model(noise), target).backward()
print("twice the first:", torch.allclose(model.conv1.bias.grad, 2 * once))

# %% [markdown]
# ### What zero_grad resets
#
# So gradients must be cleared before each step. In one place the source says that `zero_grad()` resets the *parameters*, in
# another, correctly, that it clears the gradients. Compare every parameter before and after, bit by bit:

# %%
before = copy.deepcopy(model.state_dict())
model.zero_grad()
now = model.state_dict()
same = [torch.equal(now[name], before[name]) for name in before]
print("parameters unchanged:", all(same), f"({sum(same)} of {len(same)})")
print("gradients:           ", {weight.grad for weight in model.parameters()})

criterion(model(noise), target).backward()
model.zero_grad(set_to_none=False)
print("as it once was:      ", model.conv1.bias.grad.tolist())

# %% [markdown]
# Only the gradients go. And they become `None`, not zero: since PyTorch 2.0 that is the default, as it saves memory, and an
# optimizer passes over a parameter without gradient. Code that reads `.grad` after `zero_grad()` must expect it.
#
# ### Backward from a random gradient
#
# Before it has a loss, the source calls `backward` on the ten outputs, with ten random numbers. Without them it would fail:

# %%
model.zero_grad()
out = model(noise)  # (1, 10)
try:
    out.backward()
except RuntimeError as error:
    print("RuntimeError:", error)
out.backward(torch.randn(1, 10).to(device))
print("with a gradient:", tuple(model.conv1.bias.grad.shape))

# %% [markdown]
# Backpropagation starts from the end with the gradient *of* the end. For a single number that is 1, and PyTorch fills it
# in. For ten outputs there are ten, and you must say how much each of them counts. A loss does that for you: it *is* what
# provides these ten numbers. Check it:


# %%
#| tolerance:
#|   text: abs 2e-4
def bias_gradient(backward):
    model.zero_grad()
    backward(model(noise))
    return model.conv1.bias.grad.clone()


v = torch.randn(1, 10).to(device)
pairs = {
    "random": lambda out: out.backward(v),
    "weighted sum": lambda out: (out * v).sum().backward(),
    "MSE": lambda out: criterion(out, target).backward(),
    "its formula": lambda out: out.backward(2 * (out.detach() - target) / 10),
}
results = {name: bias_gradient(backward) for name, backward in pairs.items()}
for name, values in results.items():
    print(f"{name:13}", "  ".join(f"{value:7.4f}" for value in values.tolist()))
torch.testing.assert_close(results["random"], results["weighted sum"])
torch.testing.assert_close(results["MSE"], results["its formula"])

# %% [markdown]
# The rows agree in pairs. A backward pass from a vector `v` is that of the weighted sum `(out * v).sum()`. With random
# weights it teaches nothing, and shows that the machinery runs. The squared error's vector, two times error over ten, has
# a purpose.
#
# ## The update
#
# By hand, the rule from the top is a loop over the ten tensors. `torch.no_grad()` says that the change is not part of the
# network's computation. Then let an optimizer do the same, from the same start:

# %%
#| values:
#|   lr: lr
#|   loss_before: loss.item()
#|   loss_after: after.item()
#| tolerance:
#|   loss_before: rel 1e-4
#|   loss_after: rel 1e-4
#|   apart: within 0 1e-7 because an optimizer may round an update in another order
#|   text: abs 1e-4
lr = 0.01
by_hand, by_optim = copy.deepcopy(model), copy.deepcopy(model)

by_hand.zero_grad()
criterion(by_hand(noise), target).backward()
with torch.no_grad():
    for parameter in by_hand.parameters():
        parameter -= lr * parameter.grad

optimizer = torch.optim.SGD(by_optim.parameters(), lr=lr)
optimizer.zero_grad()
criterion(by_optim(noise), target).backward()
optimizer.step()

pairs = zip(by_hand.parameters(), by_optim.parameters(), strict=True)
difference = max((mine - theirs).abs().max().item() for mine, theirs in pairs)
assert difference < 1e-7
after = criterion(by_hand(noise), target)
print(f"apart {difference:.0e}   loss {loss.item():.4f} -> {after.item():.4f}")

# %% [markdown]
# The two agree up to a last digit, and the loss has gone down, from [[loss_before:.4f]] to
# [[loss_after:.4f]]. That was one step of learning.
#
# ### Why not `.data`?
#
# The source writes its update with `parameter.data.sub_(...)`, as was usual once. `.data` is the tensor without its
# history, so the numbers come out the same. What it takes away is PyTorch's guard. A backward pass needs values of the
# forward pass; change them in between, and the gradient is wrong. Three ways to change a weight, at the worst moment:

# %%
#| values:
#|   silent: results['.data']
results = {}
for way in ("plain", "no_grad", ".data"):
    w = torch.tensor(3.0, requires_grad=True)
    squared = w**2  # its derivative is 2 * w: 6 at w = 3
    try:
        if way == "plain":
            w -= 1
        elif way == "no_grad":
            with torch.no_grad():
                w -= 1
        else:
            w.data -= 1
        squared.backward()
        results[way] = w.grad.item()
    except RuntimeError as error:
        results[way] = " ".join(str(error).split()[:12]) + " ..."
    print(f"{way:8}", results[way])

# %% [markdown]
# The plain change is refused at once. The one under `no_grad` is noticed by `backward()`, which stops. With `.data` you get
# [[silent:.0f]] instead of 6, and no word about it.
#
# ## Four ways downhill
#
# The source ends with `torch.optim` and the names SGD, Adam and RMSprop. SGD's option *momentum* makes a fourth. All get
# the same gradient $g$ of a weight $w$, and have a learning rate $\rho$. They differ in what they make of it:
#
# - **SGD**, stochastic gradient descent, goes straight downhill: $w \leftarrow w - \rho g$.
# - **Momentum** is a ball that keeps a part $\mu$ of its speed $v$. First $v \leftarrow \mu v + g$, then
#   $w \leftarrow w - \rho v$.
# - **RMSprop** divides by the usual size of this weight's own gradient. It keeps an average of the squares,
#   $s \leftarrow \alpha s + (1 - \alpha) g^2$, and steps $w \leftarrow w - \rho g / \sqrt{s}$.
# - **Adam** does both. It keeps averages of $g$ and of $g^2$, corrects them for having started at zero, and divides the one
#   by the root of the other.
#
# The letters $\mu$ and $\alpha$, and Adam's two like them, have usual values between 0 and 1. (The last two also add a tiny
# number to the root, so that nothing is divided by zero.)
#
# To see them walk, take a convolution with two weights and give it a task: *guess a pixel from the two on its left*. Five
# digits, enlarged to twice their size:

# %%
#| values:
#|   windows: len(pairs)
digits = F.interpolate(
    scale(train.images[:5]).cpu().double(), scale_factor=2, mode="bilinear"
)
inputs = digits[..., :-1]  # (5, 1, 56, 55)
targets = digits[..., 2:].flatten()  # (15120,)
pairs = inputs.unfold(3, 2, 1).reshape(-1, 2)  # (15120, 2): a window per row


def loss_at(weights, units=(1.0, 1.0)):
    return F.mse_loss(pairs @ (weights * torch.tensor(units)), targets)


best = torch.linalg.lstsq(pairs, targets.unsqueeze(1)).solution.flatten()  # (2,)
convolved = F.conv2d(inputs, best.view(1, 1, 1, 2))  # (5, 1, 56, 54)
torch.testing.assert_close(pairs @ best, convolved.flatten())

# %% [markdown]
# The last line checks a fact worth knowing: with its windows written as rows, a convolution is a matrix product. Here
# that is the faster way to compute it, so the race uses it.

# %%
#| values:
#|   best_left: best[0].item()
#|   best_right: best[1].item()
#|   bottom: bottom
#|   start_loss: start
#|   ratio: (curvatures[1] / curvatures[0]).item()
#| tolerance:
#|   default: rel 1e-6
#|   text: rel 1e-3
bottom, start = loss_at(best).item(), loss_at(torch.zeros_like(best)).item()
curvatures = torch.linalg.eigvalsh(2 * pairs.T @ pairs / len(pairs))  # (2,)
print(
    f"best weights {best[0]:.3f} {best[1]:.3f}   loss {bottom:.5f}, at zero {start:.5f}"
)
print(f"curvature of the loss: along {curvatures[0]:.4f}, across {curvatures[1]:.4f}")

# %% [markdown]
# With two weights and a squared error the best weights can be computed directly (`lstsq`, least squares): about "go on as
# you came", the right neighbour plus what it gained on the left one. The optimizers must find them step by step, from
# zero.
#
# Neighbouring pixels are nearly equal, so it hardly matters which of the two weights does the work. Their sum matters.
# That makes the loss a long valley: [[ratio:.0f]] times as curved across as along. (**Curvature** is the
# second derivative: by how much the slope changes when you go one unit in a direction. For a squared error it is the same
# everywhere, and `eigvalsh` finds the smallest and the largest.) Across the valley, a large step overshoots; along it, a
# small one takes forever.
#
# ### A fair race
#
# An optimizer is as good as its learning rate. So each gets the same grid of rates and the same number of steps, and is
# judged by its best. The goal is a loss within a tenth of the lowest possible. Passing through does not count: after how
# few steps does the loss *stay* at the goal or below it, to the end of the run?
#
# ??? question "Before you run it: which of the four wins, and at how many of the rates does each reach the goal at all?"
#     Decide first. Think of a ball in a long, narrow valley: what does speed do for it, along the floor and across?

# %%
#| values:
#|   rates: len(rates)
#|   steps: steps
steps = 400
rates = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0]
goal = 1.1 * bottom
optimizers = {
    "SGD": torch.optim.SGD,
    "momentum": partial(torch.optim.SGD, momentum=0.9),
    "RMSprop": torch.optim.RMSprop,
    "Adam": torch.optim.Adam,
}


# %%
def descend(optimizer, lr, units=(1.0, 1.0)):
    """The weights and the loss before each step and after the last."""
    weights = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = optimizer([weights], lr=lr)
    path, losses = [], []
    for _ in range(steps + 1):
        optimizer.zero_grad()
        loss = loss_at(weights, units)
        path.append(weights.tolist())
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    return path, losses


# %%
def run_all(units=(1.0, 1.0)):
    """The losses of each optimizer at each rate."""
    runs = {}
    for name, optimizer in optimizers.items():
        runs[name] = {lr: descend(optimizer, lr, units)[1] for lr in rates}
    return runs


def reaches(losses):
    """The first step with a loss that is not above the goal."""
    for step, loss in enumerate(losses):
        if loss <= goal:
            return step
    return math.inf


def stays(losses):
    """The step from which on no loss is above the goal."""
    # what has run off to infinity may be nan, which is not <= anything
    away = [step for step, loss in enumerate(losses) if not loss <= goal]
    if away[-1] == steps:
        return math.inf
    return away[-1] + 1


# %%
#| values:
#|   sgd_steps: results['SGD'][0]
#|   momentum_steps: results['momentum'][0]
#|   rmsprop_steps: results['RMSprop'][0]
#|   adam_steps: results['Adam'][0]
#|   sgd_arrive: results['SGD'][2]
#|   momentum_arrive: results['momentum'][2]
#|   rmsprop_arrive: results['RMSprop'][2]
#|   adam_arrive: results['Adam'][2]
#|   limit: (2 / curvatures[1]).item()
#| tolerance:
#|   limit: rel 1e-6
def ranking(runs, count):
    """By optimizer: fewest steps, their rate, rates that reach the goal."""
    results = {}
    for name, by_rate in runs.items():
        counts = {lr: count(losses) for lr, losses in by_rate.items()}
        best_rate = min(counts, key=counts.get)
        reached = [lr for lr in rates if reaches(by_rate[lr]) <= steps]
        results[name] = counts[best_rate], best_rate, len(reached)
    return results


runs = run_all()
results = ranking(runs, stays)
print(f"{'':9} {'steps':>5}  {'at rate':>7}  {'rates that reach it':>19}")
for name, (needed, lr, reached) in results.items():
    print(f"{name:9} {needed:5}  {lr:7g}  {reached:13} of {len(rates)}")

# %% [markdown]
# Nobody wins. At their best, SGD ([[sgd_steps]] steps), momentum ([[momentum_steps]]) and Adam
# ([[adam_steps]]) are about equally fast. RMSprop needs [[rmsprop_steps]]: at larger rates it
# reaches the goal sooner, but is thrown out again (exercise 2). The counts hold for runs of [[steps]] steps.
#
# What differs is the last column. Plain SGD reaches the goal at [[sgd_arrive]] of these
# [[rates]] rates. At a distance $d$ from the floor of the valley, the slope is the curvature $c$ times $d$, so
# one step leads from $d$ to $(1 - \rho c)\, d$. With a rate above $2 / c$, which is [[limit:.1f]], each jump
# across the valley lands higher than the last; with a much lower one it is still on its way after
# [[steps]] steps. Momentum reaches it at [[momentum_arrive]], Adam at
# [[adam_arrive]], RMSprop at [[rmsprop_arrive]]. You rarely know a good rate in advance, so this
# counts. But passing visits are counted here as well, and at most of its rates RMSprop is thrown out again.

# %%
#| alt: >-
#|   Four panels with the same long, narrow valley that runs diagonally, as lines of equal loss; its
#|   lowest point is a cross at the upper left, the start a ring at zero. SGD jumps from wall to
#|   wall in ever smaller zigzags, then creeps along the floor. Momentum and Adam swing along the
#|   valley in curves that become narrower, up to the cross. RMSprop walks straight to the floor and
#|   follows it in very short steps.
axis_x = torch.linspace(-1.6, 1.4, 41, dtype=torch.float64)
axis_y = torch.linspace(-0.4, 2.6, 41, dtype=torch.float64)
with torch.no_grad():
    surface = [[loss_at(torch.stack([x, y])).item() for x in axis_x] for y in axis_y]
paths = {}
for name, (needed, lr, _) in results.items():
    path, _ = descend(optimizers[name], lr)
    paths[f"{name}: {needed} steps"] = path[: needed + 1]
drawings.descent_paths(
    surface, axis_x.tolist(), axis_y.tolist(), paths, lowest=best.tolist()
)

# %% [markdown]
# Look at the first step of RMSprop and of Adam. It has the same length in both weights, whatever the gradient: each
# weight is measured by its own gradient. How long is it?

# %%
#| tolerance:
#|   text: abs 2e-4
for name in ("RMSprop", "Adam"):
    _, lr, _ = results[name]
    first = descend(optimizers[name], lr)[0][1]
    print(f"{name:8} rate {lr:g}   after one step {first[0]:.3f} {first[1]:.3f}")

# %% [markdown]
# RMSprop's is ten times its rate. Its average $s$ begins at zero and takes up only a hundredth of the first $g^2$ (its
# default $\alpha$ leaves no more), so $g / \sqrt{s}$ is 10. Adam's average begins at zero too, but Adam corrects for
# that, and its first step is the rate itself.
#
# Two weights are a toy, and no race on them tells which optimizer is best for your network. They do show what each one
# does.
#
# ## Recap
#
# - A **convolution** slides a small block of weights over an image: multiply, add up, move on. The weights are shared by
#   all places, so what is found in one place is found in all. A filter has `in_channels * kh * kw` weights and a bias.
# - A window of 3 makes a map 2 pixels narrower and 2 lower; pooling halves both, and drops what is left over. The first
#   dense layer is what fixes the size of the image: MNIST's 28 by 28 is padded to 32 by 32.
# - `.grad` is `None` before the first backward pass, is *added to* by every further one, and is `None` again after
#   `zero_grad()`. Parameters are not touched.
# - `backward()` needs a single number, or a weight for each output. A loss gives it a purpose.
# - MSE and mean absolute error want targets like the outputs, cross-entropy wants the number of the class.
# - Update under `torch.no_grad()`, or let an optimizer do it. `.data` hides mistakes.
# - Judge an optimizer by more than one learning rate, and by where the loss stays, not by the lowest that it touches.
#
# ## Exercises
#
# **1. No padding.** Change the network so that it takes the digits of MNIST as they are, 28 by 28. Which one line must
# change, and how many parameters does that save?


# %%
#| values:
#|   unpadded: unpadded
#|   saved: total - unpadded
#| fold: Solution
class UnpaddedConvNet(SmallConvNet):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(16 * 5 * 5, 120)  # 28 -> 26 -> 13 -> 11 -> 5


smaller = UnpaddedConvNet().to(device)
unpadded = sum(parameter.numel() for parameter in smaller.parameters())
print(
    tuple(smaller(digit).shape), f"{unpadded:,} parameters, {total - unpadded:,} fewer"
)
assert total - unpadded == 120 * 16 * (6 * 6 - 5 * 5)

# %% [markdown]
# Only `fc1` knows the size of the image. Each of its 120 neurons loses $16 \cdot (36 - 25)$ weights.
#
# **2. The first to reach it.** Rank the same runs by another count: the step at which the loss *first* reaches the goal.
# Who looks best now, and what does the loss do afterwards?

# %%
#| values:
#|   first_sgd: firsts['SGD'][0]
#|   first_momentum: firsts['momentum'][0]
#|   first_adam: firsts['Adam'][0]
#|   first_rmsprop: firsts['RMSprop'][0]
#|   momentum_back: stays(runs['momentum'][firsts['momentum'][1]])
#|   adam_back: stays(runs['Adam'][firsts['Adam'][1]])
#|   rmsprop_worst: worst['RMSprop']
#|   momentum_worst: worst['momentum']
#|   adam_worst: worst['Adam']
#|   rmsprop_jump: jump
#| tolerance:
#|   rmsprop_jump: within 150 190 because the last digits of rounding decide when it jumps
#|   rmsprop_worst: within 2 60 because the last digits of rounding decide how high it jumps
#|   RMSprop: within 2 60 because the last digits of rounding decide how high it jumps
#|   momentum_worst: rel 1e-3
#|   adam_worst: rel 1e-3
#|   text: rel 1e-2
#| fold: Solution
firsts = ranking(runs, reaches)
worst = {}
print(f"{'':9} {'worst after':>11}  {'first there':>11}  {'at rate':>7}")
for name, (first, lr, _) in firsts.items():
    worst[name] = max(runs[name][lr][first:]) / goal  # in units of the goal
    print(f"{name:9} {worst[name]:11.3f}  {first:11}  {lr:7g}")

first, lr, _ = firsts["RMSprop"]
losses = runs["RMSprop"][lr]
jump = min(step for step in range(first, steps + 1) if losses[step] > goal)

# %% [markdown]
# By this count momentum ([[first_momentum]] steps) and Adam ([[first_adam]]) look more than twice
# as fast as SGD ([[first_sgd]]) and RMSprop ([[first_rmsprop]]). But they were only passing
# through: they swing out again, to [[momentum_worst:.1f]] and [[adam_worst:.1f]] times the goal,
# and come back to stay, up to the end of these runs, after [[momentum_back]] and [[adam_back]]
# steps. SGD stays. RMSprop's
# story is the strangest. Long after it has settled, at about step [[rmsprop_jump]], it jumps out, to
# [[rmsprop_worst:.0f]] times the goal in this run. At the bottom the gradients are tiny, so its average $s$
# decays and $\rho / \sqrt{s}$ grows, until it exceeds the [[limit:.1f]] that this valley bears. (How high it
# jumps depends on the last digits of rounding.) One reason why rates are often lowered in the course of a training.
#
# **3. Other units.** Let the left pixel come in units ten times as large, so that its number is a tenth:
# `units=(0.1, 1.0)`. The same guesses are still possible, with a left weight ten times as large. Race again, and count as
# in exercise 2. Who suffers, and why?

# %%
#| values:
#|   scaled_adam: scaled['Adam'][0]
#|   scaled_rmsprop: scaled['RMSprop'][0]
#|   scaled_momentum: scaled['momentum'][0]
#|   scaled_sgd_arrive: scaled['SGD'][2]
#|   scaled_momentum_arrive: scaled['momentum'][2]
#| fold: Solution
units = (0.1, 1.0)
in_units = best / torch.tensor(units)
assert math.isclose(loss_at(in_units, units).item(), bottom, rel_tol=1e-6)

scaled = ranking(run_all(units), reaches)
for name, (needed, lr, reached) in scaled.items():
    print(f"{name:9} {needed:5}  {lr:7g}  {reached:13} of {len(rates)}")
assert scaled["SGD"][2] == 0

# %% [markdown]
# Plain SGD arrives at none of the rates. The left weight gets a gradient a tenth as large and must go ten times as far; a
# rate that would suit it throws the right one out of the valley. Momentum arrives at
# [[scaled_momentum_arrive]] of them, and needs [[scaled_momentum]] steps where it needed
# [[first_momentum]]. RMSprop and Adam divide the size of the gradient out. For them only the longer way is
# left, and they need about twice as many steps as before: [[scaled_rmsprop]] and
# [[scaled_adam]]. In a deep network, gradients differ in size from layer to layer as a matter of course.
#
# **4. Let it learn.** Train the network on padded digits, with cross-entropy, for [[train_steps:,]] steps of
# ten digits. How good is it? Then look at its maps of the digit 5 again.

# %%
#| values:
#|   train_steps: train_steps
#|   accuracy: history[-1].accuracy
#|   train_lr: train_lr
#|   train_batch: train_batch
#|   train_digits: len(train)
#| tolerance:
#|   accuracy: within 0.7 0.98 because so short a training scatters with the seed
#|   figure: seeds
#| alt: >-
#|   Feature maps of the digit 5 after training: the six of conv1, with strokes and edges in orange
#|   and blue, and the sixteen coarse ones after the second pooling, some of them empty, others with
#|   a few strong blocks.
#| fold: Solution
train_steps = 600
train_lr, train_batch = 0.1, 10
torch.manual_seed(seed)
model = SmallConvNet().to(device)
history = fit(
    model,
    train,
    test,
    epochs=1,
    batch_size=train_batch,
    lr=train_lr,
    criterion=F.cross_entropy,
    transform=lambda digits: F.pad(scale(digits), (2, 2, 2, 2)),
    seed=seed,
    max_steps=train_steps,
)
print(f"accuracy {history[-1].accuracy:.3f}")
with torch.no_grad():
    learned = stages(model, images)
drawings.feature_maps(
    {
        "conv1, learned": learned["conv1"][0].cpu(),
        "ReLU, pooling": learned["pool2"][0].cpu(),
    }
)

# %% [markdown]
# [[accuracy:.1%]] of the test digits are right, after a fraction of one pass over the training digits. The
# maps are still hard to read for you. The dense layers have learned what to make of them.
#
# ## Next
#
# [Softmax, cross-entropy and a first classifier](softmax_classifier.py): why ten outputs, softmax and cross-entropy belong together. If you would
# rather see what convolutions achieve: [Convolutional digits](conv_digits.py).
