# ---
# title: What is in MNIST
# teaches: the files, the numbers and the oddities of the digits, and how many can be read without a network
# before: tensors, and the mean and the standard deviation
# sources: []
# ---

# %% [markdown]
# # What is in MNIST
#
# A network knows only what its data show it. So what is in the digits that this course trains on: who wrote them, how are
# they stored, and which of them are hard? How many can you read without a network? This page stands beside the path; read
# it after [page 1](backprop_by_hand.py) or [page 3](reading_digits.py).

# %%
#| values:
#|   train_length: len(train)
#|   test_length: len(test)
#|   side: train.images.shape[1]
#|   pixels: train.images[0].numel()
#| alt: >-
#|   The first training digits in two rows, white on black. They differ in slant, size and
#|   thickness.
import torch

from groundup.data import load_mnist
from groundup.figures import digit_grid
from groundup.repro import pick_device, reproducible

seed = reproducible(0)
train, test = load_mnist()
print("train", tuple(train.images.shape), train.images.dtype)
print("test ", tuple(test.images.shape), test.images.dtype)

digit_grid(train.images[:20])

# %% [markdown]
# [[train_length:,]] digits for training and [[test_length:,]] for testing, each an image of [[side]] by [[side]] pixels. A
# pixel is a `uint8`, a whole number from 0 to 255 in one byte: 0 where there is no ink. Shown as an image, that is white ink on black.
#
# ## Where the digits come from
#
# The American standards institute, NIST, collected forms that were filled in by hand, some by employees of the Census Bureau,
# others by high-school students. Yann LeCun, Corinna Cortes and Christopher Burges mixed the two groups, about half and half,
# scaled the digits to one size, and published them as [MNIST](http://yann.lecun.com/exdb/mnist/), under the licence
# [CC BY-SA 3.0](https://creativecommons.org/licenses/by-sa/3.0/).
#
# The files do not name the writers, but [QMNIST](https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.QMNIST.html)
# does. It traces each digit to its writer, and has 50,000 further test digits that MNIST left out. torchvision's class `QMNIST`
# gives both, the writers with `compat=False`. By its labels the training digits are by 539 people, 250 of them students, and the
# test digits by 297 others.
#
# ## The files
#
# MNIST is four files, two of images and two of labels, in a format called **IDX**. Here is how the training images begin:

# %%
#| values:
#|   swapped: struct.unpack("<I", start[4:8])[0]
import struct

from groundup.data import mnist_root

folder = mnist_root() / "MNIST" / "raw"  # where torchvision keeps them
content = (folder / "train-images-idx3-ubyte").read_bytes()
start = content[:16]
print(start.hex(" ", 4))
print("sizes:", struct.unpack(">3I", start[4:]))

# %% [markdown]
# The first four bytes say what follows: two zeros, a code for the type of the numbers (`08` is an unsigned byte), and the number of
# dimensions. Four bytes for each size follow, high byte first (the `>` in the code), and then the pixels, row by row.
#
# ??? question "Your processor probably stores the low byte first. What happens if you read the first size that way?"
#     There is no error, because four bytes are a whole number in either order. But you get [[swapped:,]] images.
#
# This function reads any of the files:


# %%
#| claims:
#|   as_torchvision: >-
#|     torch.equal(read_idx(folder / "train-images-idx3-ubyte"), train.images)
#|     and torch.equal(read_idx(folder / "train-labels-idx1-ubyte").long(), train.labels)
#|     and torch.equal(read_idx(folder / "t10k-images-idx3-ubyte"), test.images)
#|     and torch.equal(read_idx(folder / "t10k-labels-idx1-ubyte").long(), test.labels)
def read_idx(path):
    content = bytearray(path.read_bytes())
    _, kind, dimensions = struct.unpack(">HBB", content[:4])
    if kind != 8:
        raise ValueError(f"{path} does not hold unsigned bytes")
    start = 4 + 4 * dimensions
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    numbers = torch.frombuffer(content, dtype=torch.uint8, offset=start)
    return numbers.reshape(shape)


for path in sorted(folder.glob("*-ubyte")):
    print(path.name, tuple(read_idx(path).shape))

# %% [markdown]
# [[as_torchvision? `load_mnist`, which uses torchvision's class, gives the same numbers.]]
#
# ## How many of each digit

# %%
#| values:
#|   most: train_counts.argmax().item()
#|   fewest: train_counts.argmin().item()
#|   most_count: train_counts.max().item()
#|   fewest_count: train_counts.min().item()
#|   most_test_count: test_counts[train_counts.argmax()].item()
#|   always: (test_counts[train_counts.argmax()] / len(test)).item()
#| tolerance:
#|   always: rel 1e-6
#| claims:
#|   most_in_both: train_counts.argmax() == test_counts.argmax()
#|   about_a_tenth: >-
#|     0.09 < (train_counts / len(train)).min().item()
#|     and (train_counts / len(train)).max().item() < 0.1125
train_counts = torch.bincount(train.labels)  # (10,)
test_counts = torch.bincount(test.labels)
print("train", train_counts.tolist())
print("test ", test_counts.tolist())

# %% [markdown]
# [[about_a_tenth? Each digit has about a tenth of the training set]], from [[fewest_count:,]] images of the [[fewest]] to
# [[most_count:,]] of the [[most]]. So accuracy, the share of right answers, is a fair measure.
#
# ??? question "A program gives one answer to every image. How often can it be right?"
#     [[most_in_both? The [[most]] is the most frequent digit in both sets.]] A program that always answers [[most]] is right for
#     [[most_test_count:,]] of [[test_length:,]] test digits, [[always:.2%]]. A network has to beat that.
#
# ## Grey values
#
# How often does each of the 256 values occur? `bincount` counts them, in parts to save memory:


# %%
#| values:
#|   black: (count[0] / count.sum()).item()
#|   ink_pixels: (1 - (count[0] / count.sum()).item()) * 784
#|   half: count[128].item()
#|   beside_half: count[127].item()
#| tolerance:
#|   default: rel 1e-6
#| claims:
#|   spikes: >-
#|     all(count[v] > 1.25 * max(count[v - 2], count[v + 2]) for v in (64, 128, 191))
#| alt: >-
#|   A histogram on a logarithmic axis. The bar at 0 is by far the highest. Between lies a nearly
#|   level plain with narrow spikes at 64, 128 and 191, the highest in the middle. At the right
#|   end, towards white, it rises to a hill.
from groundup.figures import mnist as drawings


def count_greys(images):
    parts = images.split(10_000)
    return sum(torch.bincount(x.flatten(), minlength=256) for x in parts)


count = count_greys(train.images)  # (256,)
drawings.grey_histogram(count.tolist())

# %% [markdown]
# [[black:.0%]] of the pixels are 0. On average, an image has ink in [[ink_pixels:.0f]] of its [[pixels]] pixels. The forms were
# scanned in black and white only, and the greys came when the digits were scaled: a new pixel can be partly covered by ink.
# [[spikes? The spikes are at 64, 128 and 191, which would be a quarter, a half and three quarters of a pixel.]]
#
# ## The mean and the standard deviation
#
# Many programs **normalise** the pixels: they subtract the mean and divide by the standard deviation, with the numbers 0.1307 and
# 0.3081 for pixels from 0 to 1. Where do these come from? The counts of the grey values are all that we need:


# %%
#| values:
#|   train_mean: train_mean
#|   train_std: train_std
#|   test_mean: test_mean
#|   test_std: test_std
#|   black_normalised: black_and_white[0].item()
#|   white_normalised: black_and_white[1].item()
#| tolerance:
#|   default: rel 1e-9
#|   text: rel 1e-5
#| claims:
#|   rounded: round(train_mean, 4) == 0.1307 and round(train_std, 4) == 0.3081
#|   test_differs: test_mean > train_mean and test_std > train_std
def mean_and_std(count):
    grey = torch.arange(256, dtype=torch.float64) / 255
    mean = (count * grey).sum() / count.sum()
    variance = (count * (grey - mean) ** 2).sum() / count.sum()
    return mean.item(), variance.sqrt().item()


train_mean, train_std = mean_and_std(count)
test_mean, test_std = mean_and_std(count_greys(test.images))
print(f"train  mean {train_mean:.6f}   std {train_std:.6f}")
print(f"test   mean {test_mean:.6f}   std {test_std:.6f}")

black_and_white = torch.tensor([0.0, 1.0], dtype=torch.float64)
black_and_white = (black_and_white - train_mean) / train_std
print("black and white, normalised:", black_and_white)

# %% [markdown]
# [[rounded? Rounded to four digits, the training set has these two.]] Normalised, black becomes
# [[black_normalised:.2f]] and white [[white_normalised:.2f]]. Over the training set, the mean is now 0 and the standard deviation 1.
#
# What is that good for? On page 1, the gradient of a weight was its input times a factor that belongs to the neuron. If no input
# is negative, one example moves the weights of a neuron all up or all down, and those of black pixels not at all. Normalised inputs
# have both signs. And whatever unit data come in, normalising gives them the same spread, so a learning rate that worked for other
# data is a reasonable first try.
#
# [[test_differs? The test set has a larger mean and a larger standard deviation.]] Still, its digits are normalised with the
# training set's two numbers, because the network has learned with these.
#
# ## In a box, around a centre
#
# LeCun's page says that each digit was scaled to fit a box of 20 by 20 pixels, and then moved so that its **centre of mass**, the
# mean position of its ink, came to the centre of the image. First the box:


# %%
#| values:
#|   fills: (longer == 20).sum().item()
#|   others: (longer != 20).sum().item()
#|   box_side: longer.max().item()
#|   edge_row: first_row.min().item()
#| claims:
#|   fits: longer.max() == 20 and longer.min() == 19
#|   reaches_edge: first_row.min() == 0
def first_and_last(inked):  # (n, 28) -> two of (n,)
    first = inked.int().argmax(dim=1)
    last = 27 - inked.flip(1).int().argmax(dim=1)
    return first, last


inked = train.images > 0
first_row, last_row = first_and_last(inked.any(dim=2))
first_column, last_column = first_and_last(inked.any(dim=1))
height = last_row - first_row + 1
width = last_column - first_column + 1
longer = torch.maximum(height, width)
sizes, how_many = longer.unique(return_counts=True)
print("longer side", sizes.tolist(), "digits", how_many.tolist())
print("rows with ink:", first_row.min().item(), "to", last_row.max().item())

# %% [markdown]
# [[fits? The longer side is [[box_side]] pixels in [[fills:,]] digits, and one pixel less in the other [[others]].]]
#
# ??? question "A box of 20 in the middle of 28 pixels has a margin of four. Why is there ink in the outermost rows?"
#     It is not the box that is centred, but the mass. A 7 with a heavy bar at the top is moved down, and its tail comes near
#     the edge.


# %%
#| values:
#|   centre_row: rows.mean().item()
#|   centre_column: columns.mean().item()
#| tolerance:
#|   centre_row: rel 1e-6
#|   centre_column: rel 1e-6
#|   figure: rel 1e-4
#|   text: abs 0.001
#| claims:
#|   square: >-
#|     max((rows - 14).abs().quantile(0.99), (columns - 14).abs().quantile(0.99)) < 0.505
#|     and max((rows - 14).abs().max(), (columns - 14).abs().max()) < 0.6
#| alt: >-
#|   Left: the digit 5 with a frame of 20 by 20 pixels round its ink and a cross at its centre of
#|   mass. Right, enlarged: the centres of mass of many digits fill a square of one pixel's width.
#|   The middle of the image is the upper left corner of that square.
place = torch.arange(28, dtype=torch.float64)
mass = train.images.sum(dim=(1, 2))  # (60000,)
rows = (train.images.sum(dim=2) * place).sum(dim=1) / mass
columns = (train.images.sum(dim=1) * place).sum(dim=1) / mass
print(f"mean centre: row {rows.mean():.3f}, column {columns.mean():.3f}")

down = slice(first_row[0].item(), last_row[0].item() + 1)
across = slice(first_column[0].item(), last_column[0].item() + 1)
drawings.centring(
    train.images[0],
    box=(down, across),
    rows=rows[:1000].tolist(),
    columns=columns[:1000].tolist(),
)

# %% [markdown]
# Rows are counted from 0 to 27, so the exact middle is 13.5. [[square? The centres of mass fill a square of one pixel around
# row 14 and column 14]], half a pixel below and to the right of it. An image can only be moved by whole pixels, and what remains
# is up to half a pixel. A digit that you draw yourself is neither scaled nor centred like that: on
# [page 13](your_own_digit.py) you will do both.
#
# ## How far without a network?
#
# An accuracy means little until you know what simple methods reach. The first takes the mean image of each class, ten average
# digits, and gives a new image the class of the nearest one. The distance is the root of the sum of the squared differences.

# %%
#| values:
#|   nearest_mean: by_mean.double().mean().item()
#| tolerance:
#|   nearest_mean: abs 2e-4
#|   accuracy: abs 2e-4
#|   figure: rel 1e-4
#| alt: >-
#|   The ten average digits, blurred. The 0 and the 1 are sharp enough to read at once. The 4, the 7
#|   and the 9 look alike in their lower half, a grey slanted stem.
means = []
for digit in range(10):
    of_class = train.images[train.labels == digit]
    means.append(of_class.double().mean(dim=0))
averages = torch.stack(means)  # (10, 28, 28)

flat = test.images.flatten(1).double()  # (10000, 784)
distances = torch.cdist(flat, averages.flatten(1))  # (10000, 10)
by_mean = distances.argmin(dim=1) == test.labels  # (10000,)
print(f"nearest average digit   accuracy {by_mean.double().mean():.4f}")

digit_grid(averages, columns=5)

# %% [markdown]
# The average digits read [[nearest_mean:.1%]] of the test digits.
#
# The second method keeps all training digits and looks for the five **nearest neighbours** of a new one, whose labels vote.
# Nothing is trained, but each new digit is compared with all [[train_length:,]]. To save time, we take every fifth test digit.

# %%
#| values:
#|   sample_length: len(sample)
#|   knn: by_neighbours.double().mean().item()
#| tolerance:
#|   knn: abs 0.0015
#|   accuracy: abs 0.0015
#|   figure: rel 1e-4
#| alt: >-
#|   Two rows of ten digits: test digits above, and below each its nearest training digit. The two
#|   of a pair have much the same shape and slant, and differ in thickness and small details.
device = pick_device()
sample = torch.arange(0, len(test), 5)
truth = test.labels[sample]  # (2000,)
asked = test.images[sample].flatten(1).float().to(device)
stored = train.images.flatten(1).float().to(device)  # (60000, 784)

found = []
for part in asked.split(250):  # in parts to save memory
    distances = torch.cdist(part, stored)  # (250, 60000)
    found.append(distances.topk(5, largest=False))
nearest = torch.cat([each.values for each in found]).cpu()  # (2000, 5)
neighbours = torch.cat([each.indices for each in found]).cpu()

labels = train.labels[neighbours]  # (2000, 5)
votes = labels.mode(dim=1).values
by_neighbours = votes == truth
print(f"five neighbours   accuracy {by_neighbours.double().mean():.4f}")

above = test.images[sample[:10]]
below = train.images[neighbours[:10, 0]]
digit_grid(torch.cat([above, below]))

# %% [markdown]
# | method | test accuracy |
# |---|---|
# | always a [[most]] | [[always:.1%]] |
# | average digits | [[nearest_mean:.1%]] |
# | five neighbours, on [[sample_length:,]] digits | [[knn:.1%]] |
# | page 3's dense network, mean of [[reading_digits.full_count]] full runs | [[reading_digits.full_mean:.1%]] |
#
# The picture shows ten digits of the sample, each above its nearest neighbour. A network that reads [[nearest_mean:.0%]] does
# what ten averages can do, and to match the neighbours it must come near [[knn:.0%]].
#
# ## Which half of the test digits is easier?
#
# The test set is not shuffled: one half of the file is by students, the other by employees. We measure the difference in
# standard errors, the typical size of a difference that comes about by chance ([page 11](how_sure.py)). Digits by one writer can stand
# together, and their mistakes too. So we do not treat single digits as independent, but blocks of a hundred.


# %%
#| values:
#|   mean_first: results[0][0]
#|   mean_second: results[0][1]
#|   knn_first: results[1][0]
#|   knn_second: results[1][1]
#|   smaller: min(results[0][2], results[1][2])
#| tolerance:
#|   mean_first: abs 4e-4
#|   mean_second: abs 4e-4
#|   knn_first: abs 0.003
#|   knn_second: abs 0.003
#|   smaller: abs 0.3
#|   text: abs 0.3
#| claims:
#|   second_easier: min(results[0][2], results[1][2]) > 3
def compare_halves(right):  # (n,)
    blocks = right.double().reshape(2, 50, -1).mean(dim=2)  # (2, 50)
    first, second = blocks.mean(dim=1).tolist()
    error = (blocks.var(dim=1) / 50).sum().sqrt().item()
    gap = (second - first) / error
    print(f"first {first:.3f}   second {second:.3f}   gap {gap:.1f}")
    return first, second, gap


results = [compare_halves(by_mean), compare_halves(by_neighbours)]

# %% [markdown]
# [[second_easier? Both methods read the second half better: [[mean_second:.1%]] against [[mean_first:.1%]] for the average digits,
# [[knn_second:.1%]] against [[knn_first:.1%]] for the neighbours. The smaller gap is [[smaller:.1f]] standard errors, which is hardly
# chance.]] By QMNIST's labels the first 5,001 test digits are by the students. (LeCun's page has the halves the other way round.)
#
# So do not test on "the first thousand" digits to save time: they are all from the harder half. Take every tenth digit.
#
# ## Doubtful digits
#
# Sometimes the neighbours are unanimous and yet wrong:

# %%
#| values:
#|   unanimous: len(misread)
#|   wrong: wrong
#| tolerance:
#|   unanimous: abs 2
#|   wrong: abs 3
#|   figure: rel 1e-4
#| alt: >-
#|   Test digits that all five neighbours take for another class, each with its label and the label
#|   of the neighbours above it. Some are ambiguous for a person as well, others are plain but
#|   written in an unusual way.
unanimous = (labels == labels[:, :1]).all(dim=1)  # (2000,)
misread = (unanimous & ~by_neighbours).nonzero().flatten()
titles = [f"{truth[i]} as {votes[i]}" for i in misread]
wrong = (~by_neighbours).sum().item()
print(len(misread), "unanimous, of", wrong, "errors")
digit_grid(test.images[sample[misread]], titles=titles, columns=7)

# %% [markdown]
# Above each stands its label, then the vote. Some you can read at once: a stroke that has moved aside by its own width shares no
# pixel with its copy, so the distance is large. With others you may doubt the label. In a
# [study of label errors](https://l7.curtisnorthcutt.com/label-errors), people judged the test digits that a program had found doubtful,
# and held 15 of MNIST's test labels to be wrong. So the last few errors of a network need not be its own.
#
# ## Copies
#
# Does the training set hold some of the test digits as well?

# %%
#| values:
#|   all_images: len(train) + len(test)
#|   closest: difference.min().item()
#|   typical: difference.median().item()
#| tolerance:
#|   closest: rel 1e-3
#|   typical: rel 1e-3
#|   text: rel 1e-2
#| claims:
#|   no_copies: len(distinct) == len(train) + len(test)
#|   ones_closest: set(truth[difference.argsort()[:10]].tolist()) == {1}
images = torch.cat([train.images, test.images])
distinct = {image.tobytes() for image in images.numpy()}
print(len(images), "images,", len(distinct), "distinct")

difference = nearest[:, 0] / 28  # root of the mean square, in grey values
print(f"closest {difference.min():.1f}, median {difference.median():.1f}")

# %% [markdown]
# [[no_copies? No image occurs twice.]] A digit of our sample and its nearest neighbour typically differ by [[typical:.0f]] grey values
# per pixel (the root of the mean square), the closest pair by [[closest:.1f]]. [[ones_closest? The ten closest are all ones]], which
# have little ink to differ in.
#
# ## Recap
#
# You can now
#
# - read an IDX file byte by byte;
# - compute the mean and the standard deviation of the pixels from counts, and say what normalising does;
# - say how the digits were scaled and centred;
# - name accuracies that need no network: [[always:.0%]], [[nearest_mean:.0%]] and [[knn:.0%]];
# - say why the first thousand test digits are not a fair sample.
#
# ## Exercises
#
# **1. Derive.** `nn.Linear(784, 100)` draws its weights uniformly between $-1/\sqrt{784}$ and $1/\sqrt{784}$. Such numbers have the mean 0
# and the variance $\frac{1}{3 \cdot 784}$. If the mean square of the inputs is 1, as with normalised pixels, what is the standard deviation of the
# weighted sums? (Leave out the biases.) Check it.

# %%
#| values:
#|   sums: sums.std().item()
#| tolerance:
#|   sums: seeds
#|   text: seeds
#| fold: Solution
# The variance of a sum of independent terms is the sum of the variances:
# the sum of x_i ** 2 / (3 * 784) over 784 inputs. With a mean square of 1
# that is 1 / 3, so the standard deviation is 1 / sqrt(3), not 1.
from torch import nn

normalised = (train.images[:10_000] / 255 - train_mean) / train_std
layer = nn.Linear(784, 100, bias=False)
with torch.no_grad():
    sums = layer(normalised.flatten(1))  # (10000, 100)
print(f"measured {sums.std():.3f}, derived {(1 / 3) ** 0.5:.3f}")

# %% [markdown]
# **2. Predict.** [Page 8](deeper_digits.py) adds four copies of each training digit, each shifted by one pixel. Will the mean rise or
# fall, or neither? Check it, and count the digits that have ink in the outermost rows and columns.

# %%
#| values:
#|   extended_mean: extended_mean
#|   extended_std: extended_std
#|   at_edge: at_edge.sum().item()
#| claims:
#|   little_less: 0 < train_mean - extended_mean < 1e-5
#| tolerance:
#|   extended_mean: rel 1e-9
#|   extended_std: rel 1e-9
#|   text: rel 1e-5
#| fold: Solution
# The mean falls a little: a shift pushes the ink of the outermost rows
# and columns over the edge, and few digits have ink there.
from groundup.data import extend

extended_count = count_greys(extend(train).images)
extended_mean, extended_std = mean_and_std(extended_count)
print(f"extended  mean {extended_mean:.6f}   std {extended_std:.6f}")

border = torch.ones(28, 28, dtype=torch.bool)
border[1:-1, 1:-1] = False
at_edge = train.images[:, border].amax(dim=1) > 0  # (60000,)
print(at_edge.sum().item(), "digits have ink at the edge")

# %% [markdown]
# **3. Extend.** Read the test digits by their amount of ink alone: take the class whose average digit has the most similar sum of
# pixels. Compare with a program that gives one answer to every image.

# %%
#| values:
#|   darkness: accuracy.item()
#| claims:
#|   ink_tells: accuracy.item() > always
#| tolerance:
#|   darkness: abs 2e-4
#|   text: abs 2e-4
#| fold: Solution
# Always answering with the most frequent digit learns nothing else. The
# amount of ink is a single number, but it helps: a 1 has little ink.
ink = test.images.sum(dim=(1, 2))  # (10000,)
gaps = (ink[:, None] - averages.sum(dim=(1, 2))).abs()  # (10000, 10)
accuracy = (gaps.argmin(dim=1) == test.labels).double().mean()
always = (test.labels == train_counts.argmax()).double().mean()
print(f"amount of ink {accuracy:.4f}   always the same {always:.4f}")

# %% [markdown]
# ## Next
#
# [Reading digits with a dense network](reading_digits.py) trains a network on these images.
