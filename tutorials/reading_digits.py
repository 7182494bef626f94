# ---
# title: Reading digits with a dense network
# teaches: data sets, batches, one-hot targets, training, and what a test accuracy can and cannot tell
# before: tensors, nn.Module, and the training step of zero_grad, backward and step
# sources: [S1, S0]
# ---

# %% [markdown]
# # Reading digits with a dense network
#
# Try to write down the rule by which you tell a handwritten 4 from a 9. It is hard, and yet you read them at a glance: you
# learned it from examples. A network does the same. Show it a digit, compare what it says with what it should have said,
# move every weight a little, and repeat. On this page you do that from end to end, from the raw pixels to the mistakes
# that are left.
#
# The page re-teaches
# [PyTorch Image Recognition with Dense Network](https://nestedsoftware.com/2019/08/19/pytorch-image-recognition-dense-network-3nbd.158001.html)
# by nestedsoftware (2019), which in turn follows [the first chapter](http://neuralnetworksanddeeplearning.com/chap1.html) of
# Michael Nielsen's *Neural Networks and Deep Learning*. Where the article's code does not run as
# printed, you see it fail, and then the cure.
#
# ## The digits
#
# MNIST is a collection of handwritten digits, each a small grey image with a label that says which digit it is.

# %%
#| values:
#|   train_length: len(train_set)
#|   test_length: len(test_set)
import inspect

import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, RandomSampler
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor

from groundup import figures, sources
from groundup.criteria import one_hot_mse
from groundup.data import load_mnist, mnist_dataset, mnist_root
from groundup.figures import reading_digits as drawings
from groundup.models import DenseNet
from groundup.repro import pick_device, reproducible
from groundup.train import accuracy, fit, predict

seed = reproducible(0)
train_set = MNIST(mnist_root(), train=True, transform=ToTensor(), download=False)
test_set = mnist_dataset(train=False, transform=ToTensor())
print(len(train_set), len(test_set))

# %% [markdown]
# [[train_length:,]] digits to learn from, and [[test_length:,]] others on which to find out
# what was learned. ([`reproducible`][groundup.repro.reproducible] fixes all random numbers of the page, so that you get
# the same run again.) `MNIST` is torchvision's own dataset. Its first argument, `root`, is the folder
# of the files. [`mnist_dataset`][groundup.data.mnist_dataset] makes the same call: it fills in `root` and `download` for you.
# Three flags decide what you get:
#
# - `train=True` reads the training digits, `train=False` the test digits.
# - `transform` is applied to each image at the moment when you ask for it. Without one, an image comes as a picture
#   of the Pillow library. `ToTensor()` makes it a tensor.
# - `download=True` fetches the files if they are not there. Here it is off: the files are packed in this site's library,
#   so that nothing depends on a server.
#
# The article checks the two lengths as well. This is its session:

# %%
#| values:
#|   length_shown: len(train_dataset)
#| quoted:
#|   article_length: sources.LENGTH_ARTICLE
try:
    train_dataset = mnist_dataset(train=True)
    print(len(dataset))
except NameError as error:
    print("NameError:", error)

test_dataset = mnist_dataset(train=False)
print(len(train_dataset))

# %% [markdown]
# The first length is asked of a name that does not exist. The second is asked of the wrong dataset: the article
# shows [[article_length:,]] there, the code gives [[length_shown:,]]. Both slips vanish when the name in
# `len(...)` is the name on the left of the `=`, as in the cell before.
#
# A dataset is indexed like a list. Each item is a pair, image and label:

# %%
#| values:
#|   side: image.shape[-1]
#|   first_label: label
picture, _ = mnist_dataset(train=False)[0]
print("without transform:", type(picture).__name__, picture.size, picture.getextrema())

image, label = test_set[0]
print(
    "with ToTensor:    ",
    image.shape,
    image.dtype,
    image.min().item(),
    image.max().item(),
)
print("label:", label)

# %% [markdown]
# The picture holds whole numbers, one byte per pixel. The tensor holds floats from 0.0, black, to 1.0, white: `ToTensor`
# has divided by the largest byte. Its shape is channel, row, column. A grey image has one channel, a colour photo
# would have three.

# %%
#| alt: >-
#|   Forty handwritten digits in four rows, white strokes on black. The same digit looks different
#|   each time: slanted, thin, thick, open or closed.
figures.digit_grid(train_set.data[:40])

# %% [markdown]
# These are the first forty training digits. Now one image, close up. The frame marks what is printed below it.

# %%
#| alt: >-
#|   The first test image, a 7, enlarged so that single pixels show: a bar across the top and a
#|   slanted stem. An orange frame marks the left part of the bar.
rows, columns = slice(6, 14), slice(5, 19)
figures.enlarged(image, box=(rows, columns))

# %%
for row in image[0, rows, columns]:
    print(" ".join(f"{pixel:.2f}" for pixel in row))

# %% [markdown]
# That is all the network ever gets: [[side]] rows of [[side]] numbers. The strokes are numbers
# near one, the paper is zero, and the edge of the pen is in between.
#
# ## A batch
#
# A `DataLoader` takes items from a dataset and stacks them into batches.

# %%
#| values:
#|   batch_size: batch_size
#|   steps: len(DataLoader(train_set, batch_size=batch_size))
batch_size = 10
images, labels = next(iter(DataLoader(test_set, batch_size=batch_size)))
print(images.shape)
print(labels)

# %% [markdown]
# A stack of [[batch_size]] images, each with its channel, rows and columns, and [[batch_size]]
# labels. Why batches? The gradient of one image says how to do better on that image, which may be a bad example. The gradient of
# all of them is the best advice, and costs a pass over everything for a single step. A batch is the bargain: its gradients
# are averaged, and the step is taken at once.
#
# One pass over the training digits is an **epoch**. For training, the loader shuffles: each epoch gets a new order,
# so that the batches are never the same again, and the network cannot lean on the order in which digits were collected.

# %%
generator = torch.Generator().manual_seed(seed)
shuffled = DataLoader(
    train_set, batch_size=batch_size, shuffle=True, generator=generator
)
for epoch in (1, 2):
    _, first_labels = next(iter(shuffled))
    print(f"first batch of epoch {epoch}:", first_labels.tolist())

# %% [markdown]
# ??? question "Before you go on: how many steps does one epoch take at this batch size?"
#     [[train_length:,]] digits divided by [[batch_size]] make [[steps:,]] steps.
#     `len(shuffled)` gives the same number: the length of a loader counts batches, the length of a dataset counts items.
#
# A dense layer takes a row of numbers, not a square. So each image is laid out as one row:

# %%
#| values:
#|   pixels: flat.shape[1]
#|   total: images.numel()
flat = images.reshape(-1, 28 * 28)  # (10, 1, 28, 28) -> (10, 784)
print(images.numel(), "numbers:", images.shape, "->", flat.shape)
print("three images:", images[:3].shape, "->", images[:3].reshape(-1, 28 * 28).shape)
print("row by row:", torch.equal(flat[0, 7 * 28 : 8 * 28], images[0, 0, 7]))

# %% [markdown]
# The `-1` is a blank for PyTorch to fill in. A batch has [[total:,]] numbers, each row is to have
# [[pixels]], so there must be [[batch_size]] rows. With three images there are three. The
# code works for any batch size, and the channel of size one disappears on the way.
#
# ??? question "What would `images.reshape(-1, -1)` give?"
#     An error: only one dimension can be inferred. With two blanks there would be many answers.
#
# ## The network
#
# Here is the network, from this site's library. One hidden layer, one output for each of the ten digits, and a sigmoid
# after both, which squeezes any number into the range from 0 to 1:

# %%
#| output: python
print(inspect.getsource(DenseNet))


# %%
#| values:
#|   parameters: sum(p.numel() for p in model.parameters())
#|   hidden_weights: model.hidden.weight.numel()
#|   hidden_units: model.hidden.out_features
def new_model():
    torch.manual_seed(seed)  # the same initial weights at every call
    return DenseNet()


model = new_model()
for name, parameter in model.named_parameters():
    print(f"{name:14s} {tuple(parameter.shape)!s:10s} {parameter.numel():6d}")
print("parameters:", sum(parameter.numel() for parameter in model.parameters()))

# %% [markdown]
# [[parameters:,]] numbers to learn, [[hidden_weights:,]] of them in the first layer: each of the
# [[hidden_units]] hidden neurons has its own weight for each of the [[pixels]] pixels. The
# layer knows nothing about which pixels are neighbours.
#
# ## What an untrained network says

# %%
#| values:
#|   lowest: before[0].min().item()
#|   highest: before[0].max().item()
#| tolerance:
#|   lowest: rel 1e-4
#|   highest: rel 1e-4
#|   text: rel 1e-3
with torch.no_grad():
    before = model(images)  # (10, 10): a row for each image, a column for each digit
print(before[0])

value, index = torch.max(before[0], dim=0)
print(f"largest output {value:.4f}, the one of digit {index}")
print("argmax gives the index alone:", before[0].argmax().item())

# %% [markdown]
# These are the ten outputs for the first test image, the [[first_label]]. They are scattered around one half,
# from [[lowest:.2f]] to [[highest:.2f]]: small random weights give sums near zero, and the sigmoid
# of zero is one half. The network's answer is the digit with the largest output. `torch.max` returns both the value and its
# index, `argmax` only the index. Is the answer right? Then by luck, as you will see when it answers for other images.
#
# `torch.no_grad()` tells PyTorch to keep no record for `backward`. You want the outputs and no gradients,
# so the record would only take memory and time:

# %%
with torch.no_grad():
    print("inside: ", model(images).requires_grad, model(images).grad_fn)
print("outside:", model(images).requires_grad, model(images).grad_fn.name())

# %% [markdown]
# For a whole batch you must say along which dimension to look for the largest output.
#
# ??? question "Before you run it: `before[:3]` has shape `(3, 10)`. Which of `argmax(dim=0)` and `argmax(dim=1)` gives three digits?"
#     `dim=1`. The dimension that you name is the one that is used up: `(3, 10)` without its dimension 1 leaves `(3,)`.

# %%
print("dim=1:", before[:3].argmax(dim=1))
print("dim=0:", before[:3].argmax(dim=0))
print("all ten images:", before.argmax(dim=1).shape, before.argmax(dim=0).shape)

# %% [markdown]
# `dim=1` looks through each row: one digit per image. `dim=0` looks through each column: for each digit, the image
# that excites it most. Mind the last line. With ten images and ten classes both have the same shape, so the wrong `dim`
# raises no error. It gives wrong accuracies instead.
#
# ## Counting what is right

# %%
predictions = before.argmax(dim=1)
matches = predictions == labels
print(predictions)
print(labels)
print(matches)
print(matches.sum().item(), "of", labels.size(0), "right")

# %% [markdown]
# Comparing two tensors compares their items and gives `True` or `False` for each. `sum` counts `True` as one. (The article
# shows ones and zeros. Such comparisons give `bool` tensors since PyTorch 1.2.) `labels.size(0)` is the first
# number of the shape: how many images this batch has. Batch by batch, that measures the network on the whole test set:

# %%
#| values:
#|   untrained: right / total
#| tolerance:
#|   untrained: abs 0.002
#|   accuracy: abs 0.002
right, total = 0, 0
with torch.no_grad():
    for test_images, test_labels in DataLoader(test_set, batch_size=1000):
        predictions = model(test_images).argmax(dim=1)
        right += (predictions == test_labels).sum().item()
        total += test_labels.size(0)
print(f"accuracy {right / total:.4f} on {total} test digits")

# %% [markdown]
# The untrained network is right for [[untrained:.1%]]: what you would expect of guessing among ten. The predictions
# above show how it guesses. It gives most images the same answer, whatever is on them.
#
# ## What it should say: one-hot targets
#
# The label is a digit, the network's answer is ten numbers. To compare them, write the label as ten numbers too: one for the
# right digit, zero for all others. That is a **one-hot** target.

# %%
targets = F.one_hot(labels, num_classes=10).float()  # (10,) -> (10, 10)
print(targets)

# %% [markdown]
# The rows are the ten labels of our batch. `one_hot` gives whole numbers, and the network gives floats, hence `.float()`.
# The article builds the same matrix with a Python loop over the items. It defines that function under one name
# and calls it under another:


# %%
#| values:
#|   loop_agrees: torch.equal(expand_expected_output(labels, 10), targets)
def expand_expected_output(labels, num_classes):
    rows = torch.zeros(len(labels), num_classes)
    for row, label in enumerate(labels):
        rows[row, label.item()] = 1.0
    return rows


try:
    transform_expected_output(labels, 10)
except NameError as error:
    print("NameError:", error)
print(
    "by its own name, the same matrix:",
    torch.equal(expand_expected_output(labels, 10), targets),
)

# %% [markdown]
# Called by its own name, a loop gives the same matrix. `one_hot` needs no loop, and computes on the device
# where the labels are.
#
# The **quadratic loss** measures how far outputs and targets are apart. For $n$ images, with $a_{ij}$ the output for image
# $i$ and digit $j$, and $t_{ij}$ its target:
#
# $$L = \frac{1}{10 n} \sum_{i=1}^{n} \sum_{j=0}^{9} (a_{ij} - t_{ij})^2$$

# %%
#| values:
#|   loss_before: F.mse_loss(before, targets).item()
#| tolerance:
#|   loss_before: rel 1e-4
#|   text: rel 1e-4
print(f"mse_loss {F.mse_loss(before, targets).item():.6f}")
print(f"by hand  {((before - targets) ** 2).sum().item() / (len(images) * 10):.6f}")

# %% [markdown]
# ??? question "A lazy network gives the same number for every digit and every image. Which number costs least?"
#     One tenth. Of ten targets nine are zero and one is one, and the mean of the targets is the constant with the smallest squared
#     error. The next cell tries three.

# %%
#| values:
#|   plateau: one_hot_mse(torch.full_like(before, 0.1), labels).item()
#| tolerance:
#|   plateau: rel 1e-6
#|   text: rel 1e-5
for constant in (0.5, 0.1, 0.0):
    lazy = torch.full_like(before, constant)
    print(f"always {constant}: loss {one_hot_mse(lazy, labels).item():.4f}")

# %% [markdown]
# Remember [[plateau:.2f]]. A loss near it means: the network has learned that most targets are zero, and
# little else. ([`one_hot_mse`][groundup.criteria.one_hot_mse] is `one_hot` and `mse_loss` in one function.)
#
# ## One hundred steps, as the article takes them
#
# Load a batch, compute the loss, clear the old gradients, compute the new ones, take a step: the loop that you know from
# [One network, seven ways](one_network_seven_ways.py). The article's learning rate is [[article_lr]], and so is
# ours. Like the article, we look at the loss after [[few_steps]] steps.

# %%
#| values:
#|   learning_rate: learning_rate
#|   few_steps: steps
#|   loss_at_100: loss.item()
#|   accuracy_at_100: accuracy_at_100
#| quoted:
#|   article_loss: sources.DENSE_STEP_100
#|   article_lr: sources.LR_ARTICLE
#| tolerance:
#|   loss_at_100: rel 1e-3
#|   accuracy_at_100: abs 0.005
#|   loss: rel 2e-3
#|   accuracy: abs 0.005
learning_rate = 3.0
steps = 100
train, test = load_mnist()  # as tensors; `test` is needed first, for the accuracy
order = RandomSampler(train_set, generator=torch.Generator().manual_seed(seed))
loader = DataLoader(train_set, batch_size=batch_size, sampler=order)
by_loader = new_model()
optimizer = torch.optim.SGD(by_loader.parameters(), lr=learning_rate)

for step, (images, labels) in enumerate(loader, start=1):
    targets = F.one_hot(labels, num_classes=10).float()  # (10, 10)
    loss = F.mse_loss(by_loader(images), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step == steps:
        break

accuracy_at_100 = accuracy(by_loader, test)
print(f"step {step} of {len(loader)}")
print(f"loss {loss.item():.4f}   accuracy {accuracy_at_100:.4f}")

# %% [markdown]
# The loss is that of a single batch, so it differs from batch to batch and from run to run: the article shows
# [[article_loss]] here. Neither is far from the lazy network's, and the test accuracy is
# [[accuracy_at_100:.1%]]: better than guessing, and a beginning. (`shuffle=True` makes a `RandomSampler` too, but
# with the same seed it gives another order than the one that `fit` draws in the next cell.)
#
# The loader takes each image by itself, makes a picture of it, a tensor of the picture, and a batch of the tensors. For
# the next image, and in each epoch, it does so again. MNIST is small enough to do without. `load_mnist` keeps all
# images as one tensor of bytes, and [`fit`][groundup.train.fit] picks a batch with a single index. Are they
# the same steps? Same initial weights, same order, same number of steps:

# %%
#| values:
#|   same: same
recipe = dict(batch_size=batch_size, lr=learning_rate, criterion=one_hot_mse, seed=seed)
by_fit = new_model()
fit(by_fit, train, test, epochs=1, max_steps=steps, engine="autograd", **recipe)

pairs = zip(by_loader.parameters(), by_fit.parameters(), strict=True)
same = all(torch.equal(p, q) for p, q in pairs)
print("all weights equal, to the last bit:", same)
assert same

# %% [markdown]
# Every one of the [[parameters:,]] weights is the same float. With `engine="autograd"`, `fit` takes the steps of the
# loop above, without the work that the loader does per image.
#
# If you name no engine, `fit` takes the fastest of its [engines](../api.md#engines) that can train the network. Here that is
# `manual`, with the gradients written out by hand, as on the first two pages, so that autograd has nothing to keep track
# of. The sums are added up in another order, so this time the weights may differ in the last digits:

# %%
#| values:
#|   off: off
#| tolerance:
#|   off: within 0 1e-5 because the manual engine adds up in another order
fast = new_model()
fit(fast, train, test, epochs=1, max_steps=steps, **recipe)

pairs = zip(by_fit.parameters(), fast.parameters(), strict=True)
off = max((p - q).abs().max().item() for p, q in pairs)
print("no weight differs by more than 0.00001:", off < 1e-5)

# %% [markdown]
# The largest difference is [[off:.0e]]. From here on, `fit` chooses its engine.
#
# ## Thirty epochs
#
# Now the whole recipe of the article, on a GPU if there is one:

# %%
#| values:
#|   loss: "[e.loss for e in history]"
#|   accuracy: "[e.accuracy for e in history]"
#|   epochs: len(history)
#|   final: history[-1].accuracy
#|   first_epoch: history[0].accuracy
#| tolerance:
#|   loss: seeds
#|   accuracy: seeds
#|   final: seeds
#|   first_epoch: seeds
device = pick_device()
train, test = train.to(device), test.to(device)
model = new_model().to(device)
history = fit(model, train, test, epochs=30, report=print, **recipe)

# %%
#| tolerance:
#|   figure: seeds
#| alt: >-
#|   The mean loss of each epoch on a logarithmic axis falls steeply at first, then ever more
#|   slowly, and is still falling at the end.
losses = [epoch.loss for epoch in history]
numbers = [epoch.number for epoch in history]
figures.curves(
    {"loss": losses}, x=numbers, xlabel="epoch", ylabel="mean training loss", log=True
)

# %%
#| quoted:
#|   article: sources.DENSE_ARTICLE
#|   demo: sources.DENSE_DEMO
#|   repository: sources.DENSE_REPOSITORY
#|   nielsen: sources.DENSE_NIELSEN
#|   mean: sources.PIXEL_MEAN_REPOSITORY
#|   std: sources.PIXEL_STD_REPOSITORY
#| tolerance:
#|   figure: seeds
#| alt: >-
#|   Test accuracy per epoch: it climbs fast in the first few epochs, crosses the dashed line of the
#|   accuracy that Nielsen reports, then levels off with small ups and downs.
accuracies = [epoch.accuracy for epoch in history]
nielsen_reports = {"reported by Nielsen": sources.DENSE_NIELSEN.figure}
figures.curves(
    {"accuracy": accuracies},
    x=numbers,
    xlabel="epoch",
    ylabel="test accuracy",
    marks=nielsen_reports,
)

# %% [markdown]
# One epoch brings the network to [[first_epoch:.2%]], the other epochs to [[final:.2%]]. In the
# last third of them the loss goes on falling while the accuracy hardly moves. But the two look at different digits: the loss
# is measured on the training digits, which the network has seen, the accuracy on the test digits, which it has not. Here is
# the accuracy on both:

# %%
#| values:
#|   seen: seen
#|   unseen: unseen
#| tolerance:
#|   seen: seeds
#|   unseen: seeds
seen, unseen = accuracy(model, train), accuracy(model, test)
print(f"seen {seen:.4f}   unseen {unseen:.4f}")

# %% [markdown]
# The network reads [[seen:.2%]] of the digits that it has learned from, and [[unseen:.2%]] of the others.
# A falling loss alone does not say that unseen digits are read better.
#
# Beside the test accuracy, what others report for a network with the same layers:
#
# | run | pixels | test accuracy |
# |---|---|---|
# | this page | 0 to 1 | [[final:.4f]] |
# | the article | 0 to 1 | [[article:.4f]] |
# | the article's demo | 0 to 1 | [[demo:.4f]] |
# | the README of its repository | normalised | [[repository:.4f]] |
# | Nielsen's book | 0 to 1 | [[nielsen:.4f]] |
#
# Normalised means that the network sees $(x - \mu) / \sigma$ in place of the pixel $x$, with a mean $\mu$ of
# [[mean]] and a standard deviation $\sigma$ of [[std]]. That is another input,
# so its row is not a repetition of the others.
#
# Here are the ten outputs for the first test image again, before and after:

# %%
#| values:
#|   after_right: after[0, 7].item()
#|   after_rest: after[0, torch.arange(10) != 7].max().item()
#| quoted:
#|   article_right: sources.OUTPUT_ARTICLE
#| tolerance:
#|   after_right: seeds -inf inf
#|   after_rest: seeds -inf inf
#|   figure: seeds
#| alt: >-
#|   Ten pairs of bars, one pair per digit. Before training all ten are near one half. After
#|   training the bar of the 7 is near one and no other can be seen.
after = predict(model, test).cpu()  # (10000, 10)
outputs = {"before training": before[0].tolist(), "after training": after[0].tolist()}
figures.bars(outputs, xlabel="digit", ylabel="output")

# %% [markdown]
# Rounded to four decimals, the output of the 7 has gone to [[after_right:.4f]]; the article shows
# [[article_right:.4f]]. The largest of the other nine is [[after_rest:.4f]].
#
# ## Is that better than Nielsen's network?
#
# The article counts how many more images it gets right than the book:

# %%
#| values:
#|   ahead: ahead
#|   article_ahead: ahead[0]
#|   our_ahead: ahead[1]
#| tolerance:
#|   ahead: seeds
#|   our_ahead: seeds
compared = {
    "the article": sources.DENSE_ARTICLE.figure,
    "this page": history[-1].accuracy,
}
ahead = [
    round((a - sources.DENSE_NIELSEN.figure) * len(test)) for a in compared.values()
]
for name, images_ahead in zip(compared, ahead, strict=True):
    print(f"{name:12s} ahead {images_ahead}")

# %% [markdown]
# [[article_ahead]] images for the article, as it says, and [[our_ahead]] for this run. The
# arithmetic is right. But what made the difference? The article takes over Nielsen's layers, his batch size and his
# learning rate, which he calls $\eta$. It calls his quadratic cost and the mean squared error the same thing. Look at his:
#
# $$C = \frac{1}{2 n} \sum_{i=1}^{n} \sum_{j=0}^{9} (a_{ij} - t_{ij})^2$$
#
# It is averaged over the images and halved, where `MSELoss` is averaged over the images and the ten outputs: a tenth in place
# of a half. A step is the learning rate times
# the gradient, so compare the gradients of the two, for the same weights and the same batch:


# %%
#| values:
#|   ratio: ratio
#|   his_eta: learning_rate * ratio
#|   our_lr: sources.ETA_NIELSEN.figure / ratio
#| quoted:
#|   eta: sources.ETA_NIELSEN
#| tolerance:
#|   ratio: rel 1e-5
#|   his_eta: rel 1e-5
#|   our_lr: rel 1e-5
def gradient(loss_function):
    """All partial derivatives of the untrained network's loss, in one row."""
    model = new_model()
    loss_function(model(images), targets).backward()
    return torch.cat(
        [parameter.grad.flatten() for parameter in model.parameters()]
    )  # (79510,)


def nielsen(outputs, targets):
    return 0.5 * ((outputs - targets) ** 2).sum() / len(outputs)


ours, his = gradient(F.mse_loss), gradient(nielsen)
ratio = (ours.norm() / his.norm()).item()
print(f"ratio {ratio:.4f}")
print("everywhere the same:", torch.allclose(ours, ratio * his, rtol=1e-4, atol=1e-9))

# %% [markdown]
# Every derivative is [[ratio:.1f]] times his. So a learning rate of [[learning_rate]] with
# `MSELoss` takes the steps that Nielsen takes with $\eta = [[his_eta:.1f]]$. His $\eta$ of [[eta]]
# needs `lr=`[[our_lr:.0f]] here, or his loss written out as in the cell. Other things
# differ too:
#
# - **Initial weights.** His are drawn from the standard normal distribution, with a standard deviation of one. PyTorch
#   draws the hidden layer's much smaller: see the next cell.
# - **Training digits.** He learns from fewer: [[nielsen_train:,]]. The rest he sets aside.
# - **Selection.** He reports the best of three runs, watched on the test set. The figure of this page is the last epoch
#   of one run, and so is the article's.

# %%
#| values:
#|   init_std: new_model().hidden.weight.std().item()
#| quoted:
#|   nielsen_train: sources.TRAINING_NIELSEN
#| tolerance:
#|   init_std: rel 1e-4
#|   std: rel 1e-3
print(f"hidden weights: std {new_model().hidden.weight.std().item():.4f}")

# %% [markdown]
# So the two figures differ in at least four things at once, and nobody can say which of them made the difference. It is not
# a comparison of PyTorch with a book. The rule behind it: to learn what one change does, change one thing.
#
# There is a fifth thing: luck. Another seed gives other initial weights, another order and another
# accuracy. One run is one draw. From a single run you cannot tell whether ten images more are a better recipe
# or a luckier seed. For that you need several runs of each recipe, and the spread between them.
#
# ## The mistakes
#
# An accuracy is one number. A **confusion matrix** says more: it counts, for each true digit, what the
# network took it for.

# %%
#| values:
#|   mistakes: int(len(test) - counts.diagonal().sum())
#|   four_nine: int(counts[4, 9] + counts[9, 4])
#|   per_pair: int(len(test) - counts.diagonal().sum()) / 45
#| tolerance:
#|   mistakes: seeds
#|   four_nine: seeds
#|   per_pair: seeds
#|   figure: seeds
#| alt: >-
#|   A table of ten rows, the true digits, by ten columns, the predictions. Almost all test digits
#|   are on the framed diagonal. The others are few and spread unevenly: some cells beside the
#|   diagonal have a strong tint, others a faint one or none.
labels = test.labels.cpu()
predictions = after.argmax(dim=1)  # (10000,)
counts = torch.bincount(10 * labels + predictions, minlength=100).reshape(10, 10)
drawings.confusion_matrix(counts)

# %% [markdown]
# Each pair of label and prediction becomes one number, ten times the label plus the prediction. `bincount` counts how often
# each number occurs.
#
# The diagonal holds what is right. [[mistakes]] digits lie beside it, the more strongly tinted the more of
# them there are. They are not spread evenly. Two digits are taken for each other [[per_pair:.1f]] times on average. 4
# and 9, which differ by one small gap, are taken for each other [[four_nine]] times.
#
# Which mistakes are the worst? Those that the network is surest of:

# %%
#| values:
#|   worst_confidence: confidence[worst[0]].item()
#|   less_sure: (confidence[~wrong] < confidence[worst[0]]).double().mean().item()
#| tolerance:
#|   worst_confidence: seeds
#|   less_sure: within 0.2 0.8 because the surest mistake differs with the seed
#|   figure: seeds
#| alt: >-
#|   The ten wrongly read test digits with the largest wrong outputs, each with its label and the
#|   prediction above it. Some are hard for a person too; others are plain digits in an unusual
#|   slant, thickness or form.
confidence = after.max(dim=1).values  # (10000,)
wrong = predictions != labels
worst = confidence.masked_fill(~wrong, 0).argsort(descending=True)[:10]
titles = [f"{labels[i]} as {predictions[i]}" for i in worst]
figures.digit_grid(test.images[worst].cpu(), titles=titles, columns=5)

# %% [markdown]
# Above each image stands its label, then the prediction. For the first of them the wrong output is
# [[worst_confidence:.4f]]. Of the digits that it reads correctly, [[less_sure:.0%]] get a smaller
# output than that: a large output is no proof. Some of the ten would puzzle you too, and you may doubt a label. Others you
# read at a glance. You see a gap or a loop, wherever it is and however it leans. The network's hidden neurons do look at many
# pixels together. But each of their weights belongs to one pixel, so a loop in another place has to be learned anew.
#
# The ten outputs are no probabilities over the digits: nothing makes them add up to one.
#
# ## What the test set can no longer tell
#
# The test accuracy was printed after every epoch. Looking is harmless as long as nothing follows from it. But it is tempting to
# report the best epoch rather than the last:

# %%
#| values:
#|   best: best.accuracy
#|   last: history[-1].accuracy
#|   flattery: round((best.accuracy - history[-1].accuracy) * len(test))
#| tolerance:
#|   best: seeds
#|   last: seeds
#|   flattery: within 0 40 because the best of thirty epochs is luck of the seed
best = max(history, key=lambda epoch: epoch.accuracy)
print(f"last {history[-1].accuracy:.4f}")
print(f"best {best.accuracy:.4f}")

# %% [markdown]
# The best is [[flattery]] images ahead of the last. Whoever picks it has used the test
# digits to choose, and is then flattered by the same digits. The same goes for any setting. The recipe of this page comes
# from Nielsen's chapter, which tries learning rates and layer sizes on the test digits. This page takes over what came out, so
# its test accuracy, too, may be a little rosier than it would be on digits that nobody has looked at.
#
# The cure is a third set. A **validation set**, split off from the training digits, is the one to look at while you choose.
# The test set is used once, at the end.
#
# ## Recap
#
# - A dataset gives single items, a loader stacks them into shuffled batches, and one pass over all of them is an epoch.
# - `reshape(-1, 28 * 28)` lays out each image as a row and leaves the number of images to PyTorch.
# - The prediction is the `argmax` along `dim=1`. Compare it with the labels, sum, and divide for the accuracy.
# - One-hot targets turn a label into ten numbers; the quadratic loss compares them with the ten outputs.
# - A learning rate means something only together with its loss: `MSELoss` averages over the outputs too.
# - One run is one draw, and a test set that helps to choose is no longer a test set.
#
# ## Exercises
#
# **1.** Which digit is read best, which worst? Compute the accuracy for each true digit from `counts`.

# %%
#| values:
#|   right: per_digit.tolist()
#|   best_read: best_read
#|   worst_read: worst_read
#| tolerance:
#|   right: seeds
#|   best_read: within 0 9 because the extreme of ten near equals depends on the seed
#|   worst_read: within 0 9 because the extreme of ten near equals depends on the seed
#|   best: within 0 9 because the extreme of ten near equals depends on the seed
#|   worst: within 0 9 because the extreme of ten near equals depends on the seed
#| fold: Solution
per_digit = counts.diagonal() / counts.sum(dim=1)  # (10,)
for digit, fraction in enumerate(per_digit):
    print(f"digit {digit}   right {fraction:.4f}")
best_read, worst_read = per_digit.argmax().item(), per_digit.argmin().item()
print(f"best {best_read}   worst {worst_read}")

# %% [markdown]
# The sum along `dim=1` is over the predictions, so it counts how often each true digit occurs. This run reads the digit
# [[best_read]] best and the digit [[worst_read]] worst. Another seed may choose others: about a
# tenth of the test digits is behind each number, so each is less certain than the accuracy of all.
#
# **2.** Train a new network for one epoch with a learning rate [[slower:.0f]] times smaller. What is its loss, and what does that
# value remind you of?

# %%
#| values:
#|   slow_lr: slow_recipe['lr']
#|   slower: learning_rate / slow_recipe['lr']
#|   slow_accuracy: slow.accuracy
#|   slow_loss: slow.loss
#|   slow_mean: slow_outputs.mean().item()
#|   slow_std: slow_outputs.std().item()
#| tolerance:
#|   slower: rel 1e-9
#|   slow_accuracy: abs 0.02
#|   slow_loss: rel 1e-3
#|   slow_mean: abs 0.002
#|   slow_std: abs 0.002
#|   loss: rel 1e-3
#|   accuracy: abs 0.02
#|   mean: abs 0.002
#|   std: abs 0.002
#| fold: Solution
slow_model = new_model().to(device)
slow_recipe = recipe | {"lr": learning_rate / 100}
(slow,) = fit(slow_model, train, test, epochs=1, **slow_recipe)
print(slow)
slow_outputs = predict(slow_model, test)  # (10000, 10)
print(f"outputs: mean {slow_outputs.mean():.4f}   std {slow_outputs.std():.4f}")

# %% [markdown]
# With `lr=`[[slow_lr:.2f]] the mean loss of a whole epoch is [[slow_loss:.4f]], about the lazy
# network's. Its outputs for the test digits have a mean of [[slow_mean:.3f]] and a standard deviation of
# [[slow_std:.3f]]: it has learned to answer roughly one tenth to everything, and little more.
# [[slow_accuracy:.1%]] are right.
#
# **3.** Nielsen asks how far one gets without any network: measure how bright each digit is on average, and give
# each test image the digit whose average brightness is nearest to its own. Do it with his training digits, the first
# [[nielsen_train:,]].


# %%
#| values:
#|   brightness: guessed / len(test)
#| quoted:
#|   darkness: sources.DARKNESS_NIELSEN
#| fold: Solution
def brightness(images):
    return images.double().sum(dim=(1, 2))  # (n, 28, 28) -> (n,)


first = int(sources.TRAINING_NIELSEN.figure)
ink, ink_labels = brightness(train.images[:first]), train.labels[:first]
averages = torch.stack(
    [ink[ink_labels == digit].mean() for digit in range(10)]
)  # (10,)
test_ink = brightness(test.images)[:, None]  # (10000, 1)
distances = (test_ink - averages).abs()  # (n, 1) against (10,): every distance
guessed = (distances.argmin(dim=1) == test.labels).sum().item()
print(f"{guessed} of {len(test)} right")

# %% [markdown]
# [[brightness:.2%]], and Nielsen reports [[darkness:.2%]] for what he calls average darkness. Twice
# as good as guessing, from a single number per image. A zero has much ink, a one has little, and the rest overlap.
#
# ## Next
#
# The network of this page knows nothing of neighbouring pixels. [Anatomy of a convolutional network](conv_anatomy.py) takes
# one apart that does. And if the shapes on this page went by too fast, [Tensors in ten minutes](../tensors.md) collects what
# you can do with tensors of one, two, three and four dimensions.
