# ---
# title: What is in MNIST
# teaches: the files, the numbers and the oddities of the digits, and how far one gets without a network
# before: tensors, and the mean and the standard deviation
# sources: [S0, S1]
# ---

# %% [markdown]
# # What is in MNIST
#
# A network knows nothing but its data. Before you train one, look at what it will be fed: how it is stored, how much
# there is of each class, how the pixels are spread, what is easy and what is hard. Here you take MNIST apart down to its
# bytes. You will meet a centre that is not in the middle, a test set that is not shuffled, and a claim about the test digits
# that is the wrong way round.
#
# ## Where it comes from
#
# The American standards institute, NIST, collected handwritten digits on forms. Some of the writers worked at the Census Bureau,
# others were high-school students. Yann LeCun, Corinna Cortes and Christopher Burges mixed the two groups, scaled and centred the
# digits, and published them as [the MNIST database](http://yann.lecun.com/exdb/mnist/): a training set, and a test set
# by other writers. The digits are under the
# [CC BY-SA 3.0 licence](https://creativecommons.org/licenses/by-sa/3.0/): copy and change them, name the authors, and pass
# on what you make of them under the same licence. This site's library holds its own copy, so nothing on this page
# is downloaded: a page that fetches its data from a server fails whenever the server does.

# %%
#| values:
#|   train_length: len(train)
#|   test_length: len(test)
#|   side: train.images.shape[1]
#|   pixels: pixels
#|   as_bytes: megabytes[0]
#|   as_floats: megabytes[1]
import hashlib
import struct
from functools import partial

import numpy as np
import torch
from torch.nn import functional as F

from groundup import figures, sources
from groundup.data import SHA256, extend, load_mnist, mnist_root, normalize, scale
from groundup.figures import mnist as drawings
from groundup.models import DenseClassifier
from groundup.repro import pick_device, reproducible
from groundup.train import fit, predict

seed = reproducible(0)
train, test = load_mnist()
print("train", train.images.shape, train.images.dtype, train.labels.dtype)
print("test ", test.images.shape, test.images.dtype, test.labels.dtype)

pixels = train.images[0].numel()
megabytes = [train.images.numel() * size / 1e6 for size in (1, 4)]
print(f"as bytes {megabytes[0]:.0f} MB, as float32 {megabytes[1]:.0f} MB")

# %% [markdown]
# [[train_length:,]] digits to learn from and [[test_length:,]] to be tested on, each of [[side]] by
# [[side]] pixels. A pixel is a `uint8`, a whole number from 0 to 255 that fits into one byte. So all training images
# take [[as_bytes:.0f]] megabytes. As floats they would take [[as_floats:.0f]]. That is why this site keeps them as bytes and
# makes floats of a batch only when it is needed.
#
# ## Four files
#
# [`load_mnist`][groundup.data.load_mnist] leaves the reading to torchvision. But the format, called IDX, is so plain that you can
# read it yourself. Here is how the file of the training images begins:

# %%
raw = mnist_root() / "MNIST" / "raw"
header = (raw / "train-images-idx3-ubyte").read_bytes()[:16]
print(header.hex(" ", 4))
print("high byte first:", struct.unpack(">3I", header[4:]))

# %% [markdown]
# The first group is the **magic number**, by which a program tells what kind of file it has before it. Two bytes are zero.
# Then comes a code for the type, where `08` is an unsigned byte, and the number of dimensions, `03`. One whole number of four bytes
# follows for each dimension, written with the high byte first (that is the `>`). The rest of the file is pixels, row by row,
# image by image.
#
# ??? question "Your processor stores the low byte first. Before you run the next cell: what happens if you forget the `>`?"
#     No error. Four bytes are a whole number either way, only another one. You notice if you print it, or when the
#     memory runs out.

# %%
#| values:
#|   swapped: struct.unpack('<3I', header[4:])[0]
print("low byte first: ", struct.unpack("<3I", header[4:]))

# %% [markdown]
# [[swapped:,]] images? Whoever reads a binary file should print its sizes first. Now all four files, by the same few lines:


# %%
def read_idx(path):
    """The array in an IDX file of unsigned bytes."""
    content = path.read_bytes()
    zeros, kind, dimensions = struct.unpack(">HBB", content[:4])
    if zeros != 0 or kind != 8:
        raise ValueError(f"{path}: no IDX file of unsigned bytes")
    start = 4 + 4 * dimensions
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


by_torchvision = [train.images, train.labels, test.images, test.labels]
for name, tensor in zip(SHA256, by_torchvision, strict=True):
    array = read_idx(raw / name)
    size = (raw / name).stat().st_size
    same = np.array_equal(array, tensor.numpy())
    print(f"{name:24s} {size:10,d} bytes {array.shape!s:16s} same: {same}")

# %% [markdown]
# The arrays are those of torchvision, number by number. (torchvision makes `int64` of the labels, the type that PyTorch uses
# for class numbers. In the file a label is a byte, too.)
#
# How do you know that your copy is everybody's copy? By a checksum. **SHA-256** turns any file into 64
# hexadecimal digits; change one pixel, and they are other ones. The library holds the four that it expects, and
# [`mnist_root`][groundup.data.mnist_root] refuses files that have others. **MD5** is an older checksum, by which other projects list
# the same files:

# %%
for name, expected in SHA256.items():
    content = (raw / name).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    print(f"{name:23s} {found[:8]}... as expected: {found == expected}   MD5 {md5}")

# %% [markdown]
# ## How many of each digit

# %%
#| values:
#|   train_counts: train_counts.tolist()
#|   test_counts: test_counts.tolist()
#|   most: train_counts.argmax().item()
#|   fewest: train_counts.argmin().item()
#|   most_count: train_counts.max().item()
#|   fewest_count: train_counts.min().item()
#|   most_test_count: test_counts.max().item()
#|   always: (test_counts[train_counts.argmax()] / len(test)).item()
#| tolerance:
#|   always: rel 1e-6
train_counts = torch.bincount(train.labels, minlength=10)  # (10,)
test_counts = torch.bincount(test.labels, minlength=10)
print("train", train_counts.tolist())
print("test ", test_counts.tolist())

# %%
#| alt: >-
#|   Ten pairs of bars, one pair per digit, all close to a tenth. The 1 is the most frequent
#|   digit, the 5 the rarest, in the training set as in the test set.
shares = {
    "training set": (100 * train_counts / len(train)).tolist(),
    "test set": (100 * test_counts / len(test)).tolist(),
}
figures.bars(shares, xlabel="digit", ylabel="percent of the set")

# %% [markdown]
# Not quite a tenth each: [[most_count:,]] times the [[most]], [[fewest_count:,]] times the [[fewest]].
# It is close enough that accuracy, the fraction that is right, is a fair measure. In a set of which nine
# tenths were the digit 1 it would not be.
#
# ??? question "A program gives the same answer to every image. Which answer is right most often, and how often?"
#     The most frequent training digit, the [[most]]. [[most_test_count:,]] test digits are one, so it is right for
#     [[always:.2%]]. Any classifier must beat that, not one tenth.
#
# ## Grey values
#
# How often does each of the 256 values occur? `bincount` counts, a part of the images at a time to save memory:


# %%
#| values:
#|   black: black
#|   ink_pixels: (1 - black) * pixels
#|   white: white
#|   half: count[128].item()
#|   beside_half: count[127].item()
#| tolerance:
#|   default: rel 1e-6
#|   share: rel 1e-4
def grey_counts(images):
    """How many pixels have the value 0, 1, ..., 255."""
    parts = images.split(10000)
    counts = [torch.bincount(part.flatten(), minlength=256) for part in parts]
    return torch.stack(counts).sum(dim=0)  # (256,)


count = grey_counts(train.images)
black = (count[0] / count.sum()).item()
white = (count[250:].sum() / count.sum()).item()
print(f"black, 0:        share {black:.4f}")
print(f"white, 250..255: share {white:.4f}")
for value in (64, 128, 191):
    print(f"{value - 1} to {value + 1}:", count[value - 1 : value + 2].tolist())

# %%
#| alt: >-
#|   A histogram on a logarithmic axis. The bar at 0 is by far the highest. Between lies a nearly
#|   level plain with narrow spikes at a quarter, at half and at three quarters of the axis, the
#|   highest at half. At the right end, towards white, it rises to a hill.
drawings.grey_histogram(count.tolist())

# %% [markdown]
# Most pixels are black: [[black:.1%]]. An image has ink in [[ink_pixels:.0f]] of its [[pixels]] pixels
# on average. [[white:.1%]] are white or nearly. Between them lie the
# edges of the strokes. LeCun's page explains them: the forms were scanned in pure black and white, and the greys came with the
# scaling, where a new pixel covers old ones of both kinds. Some values stick out: 64, 128 and 191, as pixels that are
# covered by a quarter, by half and by three quarters would have them. 128 occurs [[half:,]] times, 127
# [[beside_half:,]] times.
#
# !!! note "Black or white?"
#     The writers used dark pens on white paper. The file stores *ink*: 0 where there is none. LeCun's page calls 0 white, since it thinks
#     of the paper. Shown as an image, 0 is black, and so this site calls it. Both are right; what counts is that a digit you feed to
#     the network comes the same way round as those it was trained on.
#
# ## The mean and the standard deviation
#
# Many recipes normalise the pixels: they subtract the mean $\mu$ and divide by the standard deviation $\sigma$. The numbers are then
# spread round 0, about one unit wide, in whatever unit they came, so that a learning rate that suits one data set has a
# chance to suit another. With $n_v$ the number of pixels of value $v$, and $N$ the number of all pixels:
#
# $$\mu = \frac{1}{N} \sum_{v=0}^{255} n_v \frac{v}{255} \qquad \sigma^2 = \frac{1}{N} \sum_{v=0}^{255} n_v \left(\frac{v}{255} - \mu\right)^2$$
#
# The counts are all you need, so the floats of [[train_length:,]] images never come into being. Nothing is lost: the sums are
# those over all pixels, in another order. The **extended** set, on which the last two rows
# of the table in [nestedsoftware's repository](https://github.com/nestedsoftware/pytorch) are trained, is the training set and four copies, each shifted by
# one pixel. There are [[extended_length:,]] images in it.


# %%
#| values:
#|   train_mean: statistics['train'][0]
#|   train_std: statistics['train'][1]
#|   extended_mean: statistics['extended'][0]
#|   extended_std: statistics['extended'][1]
#|   test_mean: statistics['test'][0]
#|   test_std: statistics['test'][1]
#|   extended_length: extended_count.sum().item() // pixels
#| quoted:
#|   repository_mean: sources.PIXEL_MEAN_REPOSITORY
#|   classifier_mean: sources.CLASSIFIER_MEAN
#|   classifier_std: sources.CLASSIFIER_STD
#| tolerance:
#|   train_mean: rel 1e-9
#|   train_std: rel 1e-9
#|   extended_mean: rel 1e-9
#|   extended_std: rel 1e-9
#|   test_mean: rel 1e-9
#|   test_std: rel 1e-9
#|   mean: abs 1e-9
#|   std: abs 1e-9
def mean_and_std(count, correction=0):
    """Of pixels in 0..1, from the counts of their 256 values."""
    grey = torch.arange(256, dtype=torch.float64) / 255
    mean = (count * grey).sum() / count.sum()
    squares = (count * (grey - mean) ** 2).sum()
    return mean.item(), (squares / (count.sum() - correction)).sqrt().item()


extended_count = grey_counts(extend(train).images)
statistics = {
    "train": mean_and_std(count),
    "extended": mean_and_std(extended_count),
    "test": mean_and_std(grey_counts(test.images)),
}
for name, (mean, std) in statistics.items():
    print(f"{name:9s} mean {mean:.6f}   std {std:.6f}")

# %% [markdown]
# | pixels of | mean | standard deviation |
# |---|---|---|
# | the training set | [[train_mean:.6f]] | [[train_std:.6f]] |
# | the extended training set | [[extended_mean:.6f]] | [[extended_std:.6f]] |
# | the test set | [[test_mean:.6f]] | [[test_std:.6f]] |
#
# The pair that many recipes copy, [[classifier_mean]] and [[classifier_std]], is the training set's, rounded. The
# mean of the extended set is a little smaller, because a shift pushes some ink over the edge (exercise 1). (The repository has
# [[repository_mean]] for it: [A mean that is not ours](deeper_digits.py#a-mean-that-is-not-ours).)
#
# Compare with PyTorch's own functions:

# %%
#| values:
#|   corrected_gap: corrected - population
#| tolerance:
#|   corrected_gap: rel 1e-3
#|   text: rel 1e-3
train_mean, train_std = statistics["train"]
directly = test.images.double().mean().item() / 255
same = abs(directly - statistics["test"][0]) < 1e-12
print("test set's mean, directly from its pixels, the same:", same)

_, population = mean_and_std(count)
_, corrected = mean_and_std(count, correction=1)
print(f"dividing by N - 1 changes the std by {corrected - population:.1e}")

# %% [markdown]
# Two things to know before you normalise:
#
# - **One pair for all.** The test digits are normalised with the *training* set's numbers. They have a larger mean of their
#   own, and that is information about them. At the time when a single new digit arrives, there is no mean of its set to be had.
# - **$N$ or $N - 1$?** NumPy's `std` divides by $N$, torch's by $N - 1$, and people worry which is right. At this many pixels the
#   difference is [[corrected_gap:.0e]].
#
# ## The average digit

# %%
#| alt: >-
#|   The ten mean images, blurred. The 0 and the 1 are sharp enough to read at once. The 4, the 7
#|   and the 9 look alike in their lower half, a grey slanted stem.
by_digit = [train.images[train.labels == digit] for digit in range(10)]
averages = torch.stack([images.double().mean(dim=0) for images in by_digit])
print(averages.shape)
figures.digit_grid(averages, columns=5)

# %% [markdown]
# The mean of all images of one class, pixel by pixel. Where it is bright, nearly everybody has ink. The blur shows where writers
# differ. You can still read all ten, and so there must be much in MNIST that even a crude method can use. You will measure how much below.
#
# ## In a box, around a centre
#
# LeCun's page says: each digit was scaled, its proportions kept, to fit into a box of 20 by 20 pixels, and then moved so that its
# **centre of mass**, the mean place of its ink, came to the middle of the image. Check both.


# %%
#| values:
#|   fills: sizes[20].item()
#|   fills_less: sizes[19].item()
#|   box_side: longer.max().item()
def first_and_last(inked):
    """The first and the last True in each row, (n, 28) -> (n,) and (n,)."""
    return inked.int().argmax(dim=1), 27 - inked.flip(1).int().argmax(dim=1)


first_row, last_row = first_and_last(train.images.amax(dim=2) > 0)  # (60000,)
first_column, last_column = first_and_last(train.images.amax(dim=1) > 0)
longer = torch.maximum(last_row - first_row, last_column - first_column) + 1
sizes = torch.bincount(longer)
for size in sizes.nonzero().flatten().tolist():
    print(f"longer side {size}: {sizes[size].item():6d} digits")
print("uppermost row with ink", first_row.min().item())
print("lowest row with ink   ", last_row.max().item())

# %% [markdown]
# The box is true. [[fills:,]] digits fill [[box_side]] pixels in height or in width, the other [[fills_less]] one pixel less, and
# none is larger.
#
# ??? question "The box has a margin of four pixels on each side if it stands in the middle. Why is there ink in the outermost rows?"
#     It is not the box that is put in the middle, but the centre of mass. A digit with most of its ink at one end, such as a 7 with a heavy bar,
#     is moved towards the other end.


# %%
#| values:
#|   centre_row: rows.mean().item()
#|   centre_column: columns.mean().item()
#|   row_std: rows.std().item()
#|   even_std: even
#|   near_14: near_14.sum().item()
#| tolerance:
#|   default: rel 1e-7
#|   even_std: rel 1e-9
#|   text: rel 1e-3
def centres_of_mass(images):
    """Row and column of each image's centre of mass, (n,) and (n,)."""
    place = torch.arange(28, dtype=torch.float64)
    ink = images.sum(dim=(1, 2))
    by_row = images.sum(dim=2).double() @ place  # (n, 28) @ (28,) -> (n,)
    by_column = images.sum(dim=1).double() @ place
    return by_row / ink, by_column / ink


rows, columns = centres_of_mass(train.images)
print(f"row    mean {rows.mean():.4f}   std {rows.std():.4f}")
print(f"column mean {columns.mean():.4f}   std {columns.std():.4f}")
near_14 = ((rows - 14).abs() <= 0.5) & ((columns - 14).abs() <= 0.5)
print("at most half a pixel from row 14, column 14:", near_14.sum().item())
even = (1 / 12) ** 0.5
print(f"std of a number spread evenly over one pixel: {even:.4f}")

# %%
#| alt: >-
#|   Left: the digit 5 with a frame of 20 by 20 pixels round its ink and a cross at its centre of
#|   mass. Right, enlarged: the centres of mass of many digits fill a square of one pixel's width.
#|   The middle of the image is the upper left corner of that square.
down = slice(first_row[0].item(), last_row[0].item() + 1)
across = slice(first_column[0].item(), last_column[0].item() + 1)
some_rows, some_columns = rows[:1000].tolist(), columns[:1000].tolist()
drawings.centring(
    train.images[0], box=(down, across), rows=some_rows, columns=some_columns
)

# %% [markdown]
# The centre of mass is where it should be, but not quite. Rows are numbered from 0 to 27, so the middle of the image is between 13
# and 14. The centres lie around [[centre_row:.2f]] and [[centre_column:.2f]]: half a pixel further down and to the right. And they
# are not *at* 14, they fill a square of one pixel, with [[near_14:,]] of [[train_length:,]] inside of it. An image can be moved by whole pixels only, and what remains is
# anything up to half a pixel. The spread agrees: a number spread evenly over one pixel has a standard deviation of $1/\sqrt{12}$, which
# is [[even_std:.4f]], and the rows have [[row_std:.4f]].
#
# Why should you care? Because a digit that you draw yourself is not centred like that. A dense network, for which each pixel has its own
# weights, then sees something it was never shown.
#
# ## How far without a network?
#
# An accuracy means little by itself. Measure what cheap methods get, and you know what a network adds. The first is Nielsen's: one
# number per image, its average darkness. The second compares the image with the ten mean images and takes the nearest: the sum
# of the squared differences, pixel by pixel, decides.

# %%
#| values:
#|   darkness: by_ink.double().mean().item()
#|   nearest_mean: by_mean.double().mean().item()
#| quoted:
#|   darkness_nielsen: sources.DARKNESS_NIELSEN
#| tolerance:
#|   darkness: abs 2e-4
#|   nearest_mean: abs 2e-4
#|   accuracy: abs 2e-4
ink = test.images.sum(dim=(1, 2))[:, None]  # (10000, 1)
guesses = (ink - averages.sum(dim=(1, 2))).abs().argmin(dim=1)  # (10000,)
by_ink = guesses == test.labels
print(f"average darkness   accuracy {by_ink.double().mean():.4f}")
print(f"reported by Nielsen         {sources.DARKNESS_NIELSEN.figure:.4f}")

distances = torch.cdist(test.images.flatten(1).double(), averages.flatten(1))
by_mean = distances.argmin(dim=1) == test.labels  # (10000, 10) -> (10000,)
print(f"nearest mean       accuracy {by_mean.double().mean():.4f}")

# %% [markdown]
# The amount of ink alone gives [[darkness:.2%]] (Nielsen, with fewer training digits, reports
# [[darkness_nielsen:.2%]]), the mean images [[nearest_mean:.2%]].
#
# The third method throws nothing away. It keeps all training digits, looks for the five that are **nearest** to the new one, and lets
# them vote: $k$ nearest neighbours, with $k = 5$. Nothing is trained. The work is in the asking: each test digit meets every training
# digit, and each meeting takes one product per pixel.
#
# Written out, the squared distance is $|a - b|^2 = |a|^2 - 2\, a \cdot b + |b|^2$. The dot products of many $a$ with many
# $b$ are one matrix product, the operation that computers are best at. To save your time, every fifth test digit will do,
# [[sample_length:,]] of them.

# %%
#| values:
#|   sample_length: len(sample)
#|   part: part
#|   table_megabytes: len(sample) * len(train) * 4 / 1e6
#|   billions: 2 * len(sample) * stored.numel() / 1e9
device = pick_device()
sample = torch.arange(0, len(test), 5)  # every fifth
part = 250
asked = test.images[sample].flatten(1).float().to(device)  # (2000, 784)
stored = train.images.flatten(1).float().to(device)  # (60000, 784)
stored_squares = (stored**2).sum(dim=1)  # (60000,)

nearest = []
for a in asked.split(part):
    a_squares = (a**2).sum(dim=1, keepdim=True)  # (250, 1)
    squared = a_squares - 2 * a @ stored.T + stored_squares  # (250, 60000)
    nearest.append(squared.topk(5, dim=1, largest=False))
squared_distance = torch.cat([found.values for found in nearest]).cpu()  # (2000, 5)
neighbours = torch.cat([found.indices for found in nearest]).cpu()  # (2000, 5)
print(neighbours.shape, "out of", tuple(squared.shape), "at a time")

# %% [markdown]
# ??? question "Why in parts of [[part]]? One product for all would be less to write."
#     The table of distances has a row for each test digit and a column for each training digit: [[table_megabytes:.0f]] megabytes
#     for the sample, and the formula makes several such tables on the way. In parts, the same multiplications are done, and each table is
#     gone before the next one comes.
#
# Each row holds the numbers of five training digits. Their labels vote:

# %%
#| values:
#|   knn: by_neighbours.double().mean().item()
#| quoted:
#|   svm: sources.CHAPTER_1['support vector machine']
#|   dense_nielsen: sources.DENSE_NIELSEN
#|   dense_article: sources.DENSE_ARTICLE
#|   small_nielsen: sources.CHAPTER_1['784-30-10']
#| tolerance:
#|   knn: abs 0.0015
#|   accuracy: abs 0.0015
truth = test.labels[sample]  # (2000,)
labels = train.labels[neighbours]  # (2000, 5)
votes = F.one_hot(labels, num_classes=10).sum(dim=1)  # (2000, 10)
by_neighbours = votes.argmax(dim=1) == truth
print(f"5 nearest neighbours   accuracy {by_neighbours.double().mean():.4f}")

# %% [markdown]
# | method | test accuracy |
# |---|---|
# | always the most frequent digit | [[always:.2%]] |
# | average darkness | [[darkness:.2%]] |
# | the nearest of ten mean images | [[nearest_mean:.2%]] |
# | support vector machine with default settings, reported by Nielsen | [[svm:.2%]] |
# | Nielsen's dense network with 30 hidden neurons, reported | [[small_nielsen:.2%]] |
# | the same with 100, reported | [[dense_nielsen:.2%]] |
# | five nearest neighbours, on every fifth test digit | [[knn:.1%]] |
# | the dense network of nestedsoftware's article, reported | [[dense_article:.2%]] |
#
# So a network with [[nearest_mean:.0%]] on MNIST has learned about as much as ten averages hold, and one that comes near the neighbours
# matches a method without any training. That is the bar. The neighbours have a price: they carry all training digits with them,
# and pay [[billions:.0f]] billion multiplications and additions for this sample. A network pays most of its price once,
# in training.
#
# ## Which half of the test digits is easier?
#
# LeCun's page says of the test set: its first half comes from the cleaner of NIST's two collections and is easier than the second.
# A claim that is copied from page to page. You have three ways to measure it: the mean images, the neighbours,
# and, trained here for one epoch, a small dense network with ReLU.

# %%
#| values:
#|   accuracy: by_network.double().mean().item()
#|   lr: recipe['lr']
#|   batch_size: recipe['batch_size']
#|   epochs: recipe['epochs']
#| tolerance:
#|   accuracy: seeds
transform = partial(normalize, mean=train_mean, std=train_std)
model = DenseClassifier().to(device)
recipe = dict(epochs=1, batch_size=32, lr=0.1, criterion=F.cross_entropy)
on_device = train.to(device), test.to(device)
fit(model, *on_device, transform=transform, seed=seed, **recipe)
outputs = predict(model, on_device[1], transform=transform).cpu()  # (10000, 10)
by_network = outputs.argmax(dim=1) == test.labels
print(f"dense network, one epoch   accuracy {by_network.double().mean():.4f}")

# %%
#| values:
#|   first: first
#|   second: second
#|   errors: errors
#|   mean_first: first[0]
#|   mean_second: second[0]
#|   network_first: first[2]
#|   network_second: second[2]
#|   smallest: min(errors)
#|   second_easier: all(b > a for a, b in zip(first, second))
#| tolerance:
#|   first: seeds
#|   second: seeds
#|   errors: seeds
#|   mean_first: abs 4e-4
#|   mean_second: abs 4e-4
#|   network_first: seeds
#|   network_second: seeds
#|   smallest: within 3 5 because it is the smallest of three gaps, and one is trained
methods = {
    "nearest mean": by_mean,
    "5 neighbours": by_neighbours,
    "dense network": by_network,
}
first, second, errors = [], [], []
for name, right in methods.items():
    blocks = right.double().reshape(100, -1).mean(dim=1)  # (100,)
    a, b = blocks.chunk(2)  # the halves
    standard_error = (a.var() / len(a) + b.var() / len(b)).sqrt()
    first.append(a.mean().item())
    second.append(b.mean().item())
    errors.append(((b.mean() - a.mean()) / standard_error).item())
    print(f"{name:14s} first {first[-1]:.4f}   second {second[-1]:.4f}", end="   ")
    print(f"gap in standard errors {errors[-1]:.1f}")

# %% [markdown]
# The claim is the wrong way round. All three read the **second** half better, and by a wide margin: the mean images read
# [[mean_first:.1%]] of the first half and [[mean_second:.1%]] of the second, the network [[network_first:.1%]] and
# [[network_second:.1%]]. The smallest of the three gaps is [[smallest:.1f]] times its **standard error**, the typical
# size of a gap that arises by chance. More than three is hard to put down to chance. (Errors come in clusters: a digit next to a
# hard one is often hard as well. So the cell averages over blocks of consecutive digits first, and takes the spread of the blocks.)
#
# The halves do differ, as the page says. It is only the order that the measurement contradicts. MNIST's files hold no names of writers.
# [QMNIST](https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.QMNIST.html), a reconstruction of MNIST from NIST's
# originals, traces each digit to its writer, and has the fifty thousand test digits that MNIST left out. The lesson is practical: do
# not test on "the first thousand" digits to save time. They are not a fair sample. Every tenth digit makes a better one, since
# both halves have their share in it.
#
# ## What the neighbours get wrong
#
# The vote is sometimes unanimous and still wrong. Then five out of five training digits that look most like this one are of another class:

# %%
#| values:
#|   unanimous: len(misread)
#|   wrong: (~by_neighbours).sum().item()
#| tolerance:
#|   unanimous: abs 2
#|   wrong: abs 3
#| alt: >-
#|   Test digits that all five neighbours take for another class, each with its label and the label
#|   of the neighbours above it. Some are ambiguous for a person as well, others are plain but
#|   written in an unusual way.
unanimous = (labels == labels[:, :1]).all(dim=1)  # (2000,)
misread = (unanimous & ~by_neighbours).nonzero().flatten()
print("wrong", (~by_neighbours).sum().item())
print("unanimous", len(misread))
titles = [f"{truth[i]} as {labels[i, 0]}" for i in misread]
figures.digit_grid(test.images[sample[misread]], titles=titles, columns=5)

# %% [markdown]
# Above each stands its label, then what the neighbours say. Of [[wrong]] errors in the sample, these [[unanimous]] are unanimous.
# Read them yourself before you look at the titles. Where you hesitate as well, no method can be sure: one reason why the best accuracies
# on MNIST end a little below one. Others you read at once: distance counts pixels, and a stroke that is moved aside by its own width shares
# no pixel with its copy.
#
# ## Is the test set in the training set?
#
# A test is worth nothing if the answers were in the lesson. Are there test digits that the training set holds as well? For exact
# copies, compare the bytes of all images, in a Python `set`:

# %%
#| values:
#|   distinct: len(distinct)
#|   all_images: len(images)
#|   closest: closest.min().item()
#|   typical: closest.median().item()
#| tolerance:
#|   closest: rel 1e-5
#|   typical: rel 1e-4
#|   text: rel 1e-3
images = torch.cat([train.images, test.images])
distinct = {image.tobytes() for image in images.numpy()}
print(f"{len(images)} images, {len(distinct)} of them distinct")

closest = (squared_distance[:, 0] / pixels).sqrt()  # in grey values per pixel
print(f"nearest: closest {closest.min():.1f}, median {closest.median():.1f}")
print("the ten closest:", truth[closest.argsort()[:10]].tolist())

# %% [markdown]
# [[distinct:,]] of [[all_images:,]]: no image occurs twice. For *near* copies you have the distances to the nearest neighbours, here as the root of the mean square
# over the pixels. A typical test digit of the sample differs by [[typical:.0f]] grey values from the training digit nearest to it, the closest by
# [[closest:.1f]]. The ten closest are all ones, which have little ink to differ in. So look at the closest pair of each class:

# %%
#| values:
#|   pair_distances: closest[pairs].tolist()
#|   closest_pair: closest[pairs].argmin().item()
#|   second_closest: closest[pairs].sort().values[1].item()
#| tolerance:
#|   pair_distances: rel 1e-4
#|   second_closest: rel 1e-4
#|   text: rel 1e-2
#| alt: >-
#|   Two rows of ten digits, 0 to 9: test digits above, the nearest training digit below each. The
#|   two of a pair have the same shape, slant and size, and differ in the thickness of strokes and
#|   small details.
of_digit = [closest.masked_fill(truth != digit, torch.inf) for digit in range(10)]
pairs = torch.stack(of_digit).argmin(dim=1)  # (10, 2000) -> (10,)
print("distances", [round(distance, 1) for distance in closest[pairs].tolist()])
above, below = test.images[sample[pairs]], train.images[neighbours[pairs, 0]]
figures.digit_grid(torch.cat([above, below]))

# %% [markdown]
# Relatives, not copies: the same form, and from another hand, if LeCun's page is right about the writers. Apart from the [[closest_pair]], the nearest pair is
# [[second_closest:.0f]] grey values apart. So the digits of this sample are new, and a good accuracy on them is more than memory.
# It also shows how dense the training set is: for many digits it holds something much like it, and that is why the neighbours do so well.
#
# ## Recap
#
# - MNIST is four files of bytes with a header of a few numbers, and a checksum tells whether yours are the real ones.
# - The classes are nearly even. Always the same answer gives [[always:.2%]], ten mean images [[nearest_mean:.1%]], the nearest neighbours
#   about [[knn:.0%]]: compare any accuracy with these.
# - Normalise with the training set's mean of [[train_mean:.4f]] and standard deviation of [[train_std:.4f]], the test digits too.
# - Statistics of whole sets come from counts of byte values: exact, and without floats for all pixels.
# - The digits fit a box of [[box_side]] pixels, their centres of mass a square of one pixel around row and column [[centre_row:.0f]].
# - The first half of the test digits is harder than the second. A claim that you can measure, measure.
#
# ## Exercises
#
# **1.** Shifting a digit by one pixel loses what stands in the outermost row or column. How many training digits have ink there? Show ten.

# %%
#| values:
#|   at_edge: at_edge.sum().item()
#| alt: >-
#|   Ten training digits that touch an edge of the image. Most are thin or lopsided: a long tail or
#|   a bar reaches up to the border.
#| fold: Solution
inside = torch.zeros(28, 28, dtype=torch.bool)
inside[1:-1, 1:-1] = True
at_edge = train.images[:, ~inside].amax(dim=1) > 0  # (60000, 108) -> (60000,)
print(at_edge.sum().item(), "training digits have ink in the outermost ring")
figures.digit_grid(train.images[at_edge][:10], columns=5)

# %% [markdown]
# [[at_edge]] digits: few, which is why the mean of the extended set is only a little smaller.
#
# **2.** Some pixels are black in *every* training digit. How many? And what gradient do their weights get, in a dense network that is fed
# pixels from 0 to 1, and in one that is fed normalised pixels?


# %%
#| values:
#|   never: never.sum().item()
#|   surprised: surprised
#| fold: Solution
def dead_gradient(images):
    model = DenseClassifier()
    F.cross_entropy(model(images), train.labels[:100]).backward()
    return model.hidden.weight.grad[:, never.flatten()].abs().max().item()


never = train.images.amax(dim=0) == 0  # (28, 28)
surprised = (test.images[:, never].amax(dim=1) > 0).sum().item()
print(never.sum().item(), "pixels never have ink")
print(surprised, "test digits have ink in one of them")
batch = train.images[:100]
print("0 to 1:     all zero:", dead_gradient(scale(batch)) == 0)
print("normalised: all zero:", dead_gradient(transform(batch)) == 0)

# %% [markdown]
# [[never]] pixels are black in all training digits, and [[surprised]] test digit has ink there all the same. A weight's
# gradient is the sum of its inputs, each times something. If the input is always zero, so is the gradient: plain SGD leaves
# these weights at their random initial values. Normalised, black is a negative number, the same in every digit, and the weights learn as if they were part
# of the bias.
#
# **3.** Let one and three neighbours vote in place of five. Which number is best, and may you report that one?

# %%
#| values:
#|   by_k: by_k
#| tolerance:
#|   by_k: abs 0.0015
#|   accuracy: abs 0.0015
#| fold: Solution
by_k = []
for k in (1, 3, 5):
    votes = F.one_hot(labels[:, :k], num_classes=10).sum(dim=1)  # (2000, 10)
    by_k.append((votes.argmax(dim=1) == truth).double().mean().item())
    print(f"k = {k}   accuracy {by_k[-1]:.4f}")

# %% [markdown]
# A few digits of the sample make the difference, well within chance. And if you choose the best by these digits, you may not report their
# accuracy. MNIST comes without a **validation set** to choose on: set some of the training digits aside as one
# ([How sure is a figure?](deeper_digits.py#how-sure-is-a-figure) does so), and ask the test digits once.
#
# ## Next
#
# [Reading digits with a dense network](reading_digits.py) trains a network on these images.
# [Softmax, cross-entropy and a first classifier](softmax_classifier.py) feeds them normalised.
