# ---
# title: Reading digits with a dense network
# teaches: data sets, batches, one-hot targets, the training loop, validation and test, and reading a network's mistakes
# before: a network as a class with nn.Linear layers, and one training step
# sources: [S1]
# ---

# %% [markdown]
# # Reading digits with a dense network
#
# On [page 1](backprop_by_hand.py) a smoke detector of two neurons learned a single example. Does the same recipe work
# for something harder, such as reading handwriting?
#
# It does, and the training step stays the same. On this page you add what goes around it: a data set, batches, a
# loop over them, and ways to find out how good the result is.
#
# ## The data
#
# **MNIST** is a collection of handwritten digits. Each is a small grey image with a **label**, the digit that it
# shows.

# %%
#| values:
#|   train_length: len(full_train_set)
#|   test_length: len(test_set)
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor

from groundup.data import mnist_root
from groundup.repro import reproducible

seed = reproducible(0)

full_train_set = MNIST(mnist_root(), train=True, transform=ToTensor())
test_set = MNIST(mnist_root(), train=False, transform=ToTensor())
print(len(full_train_set), "digits to learn from")
print(len(test_set), "digits for the test")

# %% [markdown]
# `MNIST` is a class of torchvision, PyTorch's library for images. Its arguments:
#
# - The first is the folder with the files, here that of the course's copy. With a folder of your own, add
#   `download=True`, which fetches the files if they are missing.
# - `train=True` selects the [[train_length:,]] training digits, `train=False` the [[test_length:,]] test digits.
# - `transform` is applied to an image when you ask for it. Without one, you get an image object of the Pillow library;
#   `ToTensor()` makes it a tensor.
#
# A data set is indexed like a list. An item is a pair of image and label:

# %%
#| values:
#|   side: image.shape[-1]
#|   first_label: label
image, label = test_set[0]
print("label", label)
print("shape", image.shape)
print("pixels from", image.min().item(), "to", image.max().item())
print(image[0, 7, 4:12])

# %%
#| alt: >-
#|   The first test image, enlarged so that its pixels show: a 7 in white on black, with a bar
#|   from column 6 to column 21 near row 8, and a stem that slants down to the left to row 26.
from groundup import figures

figures.enlarged(image)

# %% [markdown]
# The shape is channel, row, column: one channel because the image is grey, then [[side]] rows of [[side]] pixels. In the files a
# pixel is a byte, from 0 to 255. `ToTensor` has scaled it: 0.0 is black, 1.0 is white.
#
# ## Three sets
#
# The test digits show how well the network reads digits that it has not seen, so they must influence neither the
# network nor our choices. For those choices, we set some of the training digits aside as a **validation set**:

# %%
#| values:
#|   learn_length: len(train_set)
#|   val_length: len(val_set)
import torch
from torch.utils.data import random_split

train_set, val_set = random_split(
    full_train_set,
    [55_000, 5_000],
    generator=torch.Generator().manual_seed(seed),
)
print(len(train_set), len(val_set), len(test_set))

# %% [markdown]
# The split has its own random generator, so it does not depend on the program's other random numbers. The network
# will learn from [[learn_length:,]] digits, and we make our choices on the other [[val_length:,]]. We measure on
# the whole **test set** once, at the end.
#
# ## Batches
#
# A **`DataLoader`** takes items from a data set and stacks them into **batches**:

# %%
#| values:
#|   batch_size: train_loader.batch_size
#|   steps: len(train_loader)
from torch.utils.data import DataLoader

train_loader = DataLoader(train_set, batch_size=10, shuffle=True)
val_loader = DataLoader(val_set, batch_size=1000)
test_loader = DataLoader(test_set, batch_size=10)

images, labels = next(iter(test_loader))
print(images.shape)
print(labels)

# %% [markdown]
# `next(iter(test_loader))` takes the first batch: a stack of [[batch_size]] test images, each with its channel,
# rows and columns, and their labels. Only the training loader shuffles; the other two keep the order of the set.
#
# Why batches? The average gradient over the whole set costs a pass through it for one step. The average over a few
# images is a rough estimate, and quick to compute.
#
# One pass through the training set is an **epoch**, here [[steps:,]] steps of one batch each. With `shuffle=True`
# the loader draws a new order for each epoch. Otherwise the same digits would share a batch each time.
#
# A linear layer expects a table with a row for each example, so each image has to become a row:

# %%
#| values:
#|   pixels: images.reshape(-1, 28 * 28).shape[1]
#|   total: images.numel()
print(images.reshape(-1, 28 * 28).shape)
print(torch.flatten(images, 1).shape)

# %% [markdown]
# PyTorch works out the `-1`: [[total:,]] numbers in rows of [[pixels]] make [[batch_size]] rows.
# `torch.flatten(images, 1)` gives the same: it joins the dimensions from number 1 on, and leaves dimension 0, the
# images, alone.
#
# ??? question "What is the shape of `images[:3].reshape(-1, 28 * 28)`?"
#     `(3, 784)`: three images make three rows.
#
# ## The network
#
# There is one input for each pixel, 100 hidden neurons, and one output for each digit. A sigmoid follows each layer,
# so the outputs lie between 0 and 1.

# %%
#| values:
#|   parameters: sum(p.numel() for p in model.parameters())
#|   hidden_weights: model.hidden.weight.numel()
#|   hidden_units: model.hidden.out_features
from torch import nn


class DenseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(28 * 28, 100)
        self.output = nn.Linear(100, 10)

    def forward(self, x):
        x = torch.flatten(x, 1)  # (n, 1, 28, 28) -> (n, 784)
        x = torch.sigmoid(self.hidden(x))  # (n, 100)
        return torch.sigmoid(self.output(x))  # (n, 10)


model = DenseNet()
print(model)
print(sum(p.numel() for p in model.parameters()), "parameters")

# %% [markdown]
# In a **dense** layer each neuron has a weight for each input: [[hidden_units]] times [[pixels]] makes
# [[hidden_weights:,]] weights in the hidden layer alone.
#
# ## Ten outputs, one prediction
#
# The untrained network's ten outputs for the first test image, the [[first_label]]:

# %%
#| values:
#|   lowest: outputs[0].min().item()
#|   highest: outputs[0].max().item()
#|   first_guess: outputs[0].argmax().item()
#| tolerance:
#|   lowest: rel 1e-4
#|   highest: rel 1e-4
#|   text: rel 1e-3
torch.set_printoptions(precision=4, sci_mode=False)

with torch.no_grad():
    outputs = model(images)  # (10, 10): a row for each image
print(outputs[0])

value, index = torch.max(outputs[0], dim=0)
print(f"max    {value:.4f} at {index}")
print(f"argmax {outputs[0].argmax()}")

# %% [markdown]
# The outputs lie around one half, from [[lowest:.2f]] to [[highest:.2f]]. The initial weights are small, so the
# weighted sums are near zero, and the sigmoid of zero is one half. The network's **prediction** is the digit with
# the largest output. `torch.max` gives that output and its index, `argmax` the index alone: [[first_guess]]. When
# that is right, it is by luck.
#
# `torch.no_grad()` switches off the recording that `backward` needs, which saves memory and time.
#
# With a batch, `argmax` has to know along which dimension to look.
#
# ??? question "`outputs[:3]` has shape `(3, 10)`. Which gives three predictions, `argmax(dim=0)` or `argmax(dim=1)`?"
#     `argmax(dim=1)`. The dimension that you name is the one that disappears: `(3, 10)` without dimension 1 is
#     `(3,)`.

# %%
print("dim 1:", outputs[:3].argmax(dim=1))
print("dim 0:", outputs[:3].argmax(dim=0))
print(outputs.argmax(dim=1).shape, outputs.argmax(dim=0).shape)

# %% [markdown]
# `dim=1` looks through each row and finds a digit for each image. `dim=0` looks through each column and finds, for
# each digit, the image with the largest output. The last line shows a trap: with ten images and ten digits both
# results have the same shape, so the wrong one raises no error.
#
# ## Accuracy
#
# `==` compares two tensors item by item, and `sum` counts each `True` as one:

# %%
#| claims:
#|   few_answers: predictions.unique().numel() <= 5
predictions = outputs.argmax(dim=1)
matches = predictions == labels
print(predictions)
print(labels)
print(matches)
print(matches.sum().item(), "of", labels.size(0), "correct")

# %% [markdown]
# `labels.size(0)` is the first number of the shape, the number of images. [[few_answers? The untrained network
# predicts only a few digits]]: its predictions hardly depend on the image.
#
# The share of correct predictions is the **accuracy**. Here it is measured on a whole set, batch by batch:


# %%
#| values:
#|   untrained: untrained_accuracy
#| tolerance:
#|   untrained: abs 0.002
#|   accuracy: abs 0.002
from groundup.repro import pick_device

device = pick_device()
model = model.to(device)


def accuracy(model, loader):
    model.eval()
    correct = 0
    total = 0
    with torch.no_grad():
        for images, labels in loader:
            images = images.to(device)
            labels = labels.to(device)
            predictions = model(images).argmax(dim=1)
            correct += (predictions == labels).sum().item()
            total += labels.size(0)
    return correct / total


untrained_accuracy = accuracy(model, val_loader)
print(f"untrained network: accuracy {untrained_accuracy:.4f}")

# %% [markdown]
# `pick_device()` gives the GPU if there is one, and the CPU if not. The model and the tensors that it takes have
# to be on one device. `.to(device)` moves a model itself; of a tensor it gives a copy, so write
# `images = images.to(device)`.
#
# `model.eval()` puts a model in evaluation mode, and `model.train()`, in the loop below, in training mode. Some
# layers, such as the dropout of page 8, behave differently in the two; this network has none of them. `eval()`
# does not stop the recording for `backward`; that is the job of `no_grad()`.
#
# ## Baselines
#
# A simple method to compare a network with is called a **baseline**. Here are two without a network. One predicts
# the commonest digit, whatever the image. The other knows how bright each digit is on average, and predicts the
# one whose average is nearest to the brightness of the image.

# %%
#| values:
#|   commonest: commonest.item()
#|   constant_accuracy: constant_accuracy.item()
#|   brightness: brightness_accuracy.item()
#| claims:
#|   brightness_helps: brightness_accuracy > 1.5 * constant_accuracy
#| tolerance:
#|   constant_accuracy: rel 1e-6
#|   brightness: abs 0.002
#|   text: abs 0.002
train_labels = full_train_set.targets[train_set.indices]
val_labels = full_train_set.targets[val_set.indices]

commonest = train_labels.bincount().argmax()
constant_accuracy = (val_labels == commonest).float().mean()
print(f"always {commonest}: accuracy {constant_accuracy:.4f}")

brightness = full_train_set.data.float().mean(dim=(1, 2))  # (60000,)
train_brightness = brightness[train_set.indices]
val_brightness = brightness[val_set.indices]

averages = torch.zeros(10)
for digit in range(10):
    averages[digit] = train_brightness[train_labels == digit].mean()
distances = (val_brightness.unsqueeze(1) - averages).abs()  # (5000, 10)
nearest = distances.argmin(dim=1)
brightness_accuracy = (nearest == val_labels).float().mean()
print(f"brightness: accuracy {brightness_accuracy:.4f}")

# %% [markdown]
# `data` and `targets` are the raw images and the labels of the whole set, and `indices` says which of them a
# subset holds. `bincount` counts how often each label occurs. `unsqueeze(1)` makes a column of the brightnesses,
# so that each of them is compared with the ten averages, by [broadcasting](../tensors.md#broadcasting).
#
# The untrained network reaches [[untrained:.1%]], and always predicting [[commonest]] reaches
# [[constant_accuracy:.1%]]. [[brightness_helps? A single number for each image, its brightness, goes a good deal
# further]]: [[brightness:.1%]].
#
# ## Targets and loss
#
# A label is one number, and the network gives ten. To compare them, we write the label as ten numbers too, 1 for
# the right digit and 0 for the others, a **one-hot** target:

# %%
from torch.nn import functional as F

targets = F.one_hot(labels, num_classes=10).float()  # (10,) -> (10, 10)
print(targets)

# %% [markdown]
# `one_hot` gives whole numbers, hence `.float()`.
#
# The **quadratic loss** is the squared error of page 1, averaged over the images and their ten outputs. For $n$
# images, with $a_{ij}$ the output for image $i$ and digit $j$, and $t_{ij}$ its target:
#
# $$L = \frac{1}{10 n} \sum_{i=1}^{n} \sum_{j=0}^{9} (a_{ij} - t_{ij})^2$$
#
# ??? question "Suppose a network gives the same number for every digit and image. Which number has the lowest loss?"
#     One tenth. Of ten targets, nine are 0 and one is 1. The constant with the least squared error is their mean.

# %%
#| values:
#|   loss_before: quadratic_loss(outputs, labels).item()
#|   plateau: quadratic_loss(torch.full_like(outputs, 0.1), labels).item()
#| tolerance:
#|   loss_before: rel 1e-4
#|   plateau: rel 1e-6
#|   text: rel 1e-4
criterion = nn.MSELoss()


def quadratic_loss(outputs, labels):
    targets = F.one_hot(labels, num_classes=10).float()
    return criterion(outputs, targets)


print(f"untrained: {quadratic_loss(outputs, labels):.4f}")
for constant in (0.0, 0.1, 0.5):
    same_outputs = torch.full_like(outputs, constant)
    print(f"always {constant}: {quadratic_loss(same_outputs, labels):.4f}")

# %% [markdown]
# So [[plateau:.2f]] is a baseline for the loss. A network that stays near it has learned little about digits, except that
# most targets are 0.
#
# ## The training loop
#
# The training step is that of page 1: `zero_grad`, forward, loss, `backward`, `step`. Two loops surround it, an
# inner one over the batches of an epoch, and an outer one over the epochs.


# %%
def train_network(model, loader, val_loader, loss_function, lr, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    steps = len(loader)
    val_accuracies = []
    for epoch in range(1, epochs + 1):
        model.train()
        for step, (images, labels) in enumerate(loader, start=1):
            images = images.to(device)
            labels = labels.to(device)

            optimizer.zero_grad()
            outputs = model(images)
            loss = loss_function(outputs, labels)
            loss.backward()
            optimizer.step()

            if step % 1000 == 0:
                place = f"Epoch [{epoch}/{epochs}], Step [{step}/{steps}]"
                print(f"{place}, Loss: {loss.item():.4f}")

        val_accuracies.append(accuracy(model, val_loader))
        print(f"validation accuracy {val_accuracies[-1]:.4f}")
    return val_accuracies


# %% [markdown]
# The loss function is a **callback**: a function passed in as an argument. For another loss, pass another.
#
# We try the loop on a third baseline, a network without a hidden layer. Each pixel has one weight for each digit.
# This is a **linear model**: it predicts the digit with the largest weighted sum, since the sigmoid does not
# change the order.


# %%
#| values:
#|   learning_rate: lr
#|   epochs: epochs
#|   linear: linear_accuracies[-1]
#| tolerance:
#|   linear: seeds
#|   accuracy: seeds
#|   Loss: within 0 0.2 because the loss of a single batch goes up and down
class LinearNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.output = nn.Linear(28 * 28, 10)

    def forward(self, x):
        return torch.sigmoid(self.output(torch.flatten(x, 1)))


lr = 3.0
epochs = 3
linear = LinearNet().to(device)
linear_accuracies = train_network(
    linear, train_loader, val_loader, quadratic_loss, lr, epochs
)

# %% [markdown]
# The printed loss is that of one batch of [[batch_size]] images, so it goes up and down. The accuracy reaches
# [[linear:.1%]], for a hidden layer to improve on.
#
# Now the same call for the network with a hidden layer. We copy its weights first, to look at them later:
# `detach()` gives the numbers without the record for `backward`, `cpu()` brings them from a GPU, and `clone()`
# makes a copy that training does not change.

# %%
#| values:
#|   dense: dense_accuracies[-1]
#|   first_epoch: dense_accuracies[0]
#|   init_std: weights_before.std().item()
#| claims:
#|   hidden_is_chosen: dense_accuracies[-1] > linear_accuracies[-1]
#|   hidden_helps: dense_accuracies[-1] > linear_accuracies[-1] + 0.02
#|   still_rising: dense_accuracies[-1] > dense_accuracies[0] + 0.01
#| tolerance:
#|   dense: seeds
#|   first_epoch: seeds
#|   init_std: rel 1e-4
#|   accuracy: seeds
#|   Loss: within 0 0.2 because the loss of a single batch goes up and down
#|   dense.js: length because the last digits of weights depend on the machine
#|   samples.js: length because what is misread depends on the weights
#| files:
#|   dense.js: __import__('groundup.export', fromlist=['x']).network_script('dense', model)
#|   samples.js: >-
#|     __import__('groundup.export', fromlist=['x']).samples_script(model, val_set, misread=6)
weights_before = model.hidden.weight.detach().cpu().clone()
dense_accuracies = train_network(
    model, train_loader, val_loader, quadratic_loss, lr, epochs
)

# %%
#| tolerance:
#|   figure: seeds
#| alt: >-
#|   Validation accuracy after each of [[epochs]] epochs, two lines. The one with a hidden layer
#|   climbs from [[first_epoch:.3f]] to [[dense:.3f]]. The one without lies below it, nearly
#|   flat, and ends at [[linear:.3f]].
from groundup.figures import reading_digits as drawings

drawings.accuracy_by_epoch(
    {"with a hidden layer": dense_accuracies, "without": linear_accuracies}
)

# %% [markdown]
# [[hidden_helps? The hidden layer makes the difference]]: [[dense:.1%]] with it, [[linear:.1%]] without, after the
# same number of epochs. In the linear model a pixel counts for or against a 4, whatever the other pixels show. A hidden
# neuron combines many pixels before its sigmoid, so what one pixel means can depend on the others.
#
# The learning rate is that of the article which this page follows. It can be larger than on page 1, because the
# loss is a mean over ten outputs, which makes the gradients small. The article trains for [[full_epochs]] epochs;
# we stop after [[epochs]], to save time. [[still_rising? The accuracy rose from the first epoch to the last.]]
#
# Later pages import [`fit`][groundup.train.fit] from the library. It takes the same training steps, but is given
# digits instead of loaders, and makes shuffled batches itself.
#
# ## The test digits, once
#
# [[hidden_is_chosen? The network with the hidden layer is better on the validation digits]], so we choose it. Now
# for the test set:

# %%
#| values:
#|   final: test_accuracy
#| tolerance:
#|   final: seeds
#|   accuracy: seeds
test_accuracy = accuracy(model, test_loader)
print(f"test accuracy {test_accuracy:.4f}")

# %% [markdown]
# The network reads [[final:.2%]] of the digits that it has not seen. That is one run. In the [[final.seeds]] runs on record for
# this page, the figure lies between [[final.low:.2%]] and [[final.high:.2%]]. Each run has its own seed, and so its own initial
# weights, split and order of the digits. The test digits are the same in each; other test digits would move the figure too.
#
# And the first test image, the [[first_label]]?

# %%
#| values:
#|   seven_after: trained_outputs[0, 7].item()
#| claims:
#|   reads_the_seven: trained_outputs[0].argmax().item() == 7
#| tolerance:
#|   seven_after: seeds
#|   text: seeds
with torch.no_grad():
    trained_outputs = model(images.to(device)).cpu()
print(trained_outputs[0])

# %% [markdown]
# [[reads_the_seven? The output for 7 is the largest]], [[seven_after:.4f]], and the others are near 0. They are not
# probabilities: nothing makes ten sigmoids add up to one.
#
# ## The mistakes, in a confusion matrix
#
# Which test digits does the network misread? We look now that the test is over, and change nothing because of it.
# Here are the first ten, each with label and prediction:

# %%
#| values:
#|   mistakes: len(misread)
#| tolerance:
#|   mistakes: seeds
#|   misread: seeds
#|   figure: seeds
#| alt: >-
#|   Ten misread test digits in two rows, each with its label and the network's prediction above
#|   it. Some are slanted, broken or run together, and could be taken for another digit; others
#|   are plain to read.
parts = []
with torch.no_grad():
    for batch, _ in test_loader:
        parts.append(model(batch.to(device)).argmax(dim=1).cpu())
test_predictions = torch.cat(parts)  # (10000,)
test_labels = test_set.targets

# the positions where the two differ
misread = (test_predictions != test_labels).nonzero().flatten()
print("misread", len(misread), "of", len(test_labels))

first = misread[:10]
titles = [f"{test_labels[i]} as {test_predictions[i]}" for i in first]
figures.digit_grid(test_set.data[first], titles=titles, columns=5)

# %% [markdown]
# A **confusion matrix** counts the digits, with a row for each true digit and a column for each predicted one. Off
# the diagonal are the mistakes:

# %%
#| values:
#|   true_digit: int(confusions.argmax()) // 10
#|   read_as: int(confusions.argmax()) % 10
#|   how_often: int(confusions.max())
#|   per_cell: int(confusions.sum()) / 90
#|   four_nine: int(counts[4, 9] + counts[9, 4])
#| claims:
#|   uneven: int(confusions.max()) > 3 * int(confusions.sum()) / 90
#| tolerance:
#|   true_digit: within 0 9 because the commonest confusion depends on the seed
#|   read_as: within 0 9 because the commonest confusion depends on the seed
#|   how_often: seeds
#|   per_cell: seeds
#|   four_nine: seeds
#|   true: within 0 9 because the commonest confusion depends on the seed
#|   predicted: within 0 9 because the commonest confusion depends on the seed
#|   times: seeds
#|   figure: seeds
#| alt: >-
#|   A table of ten rows, the true digits, by ten columns, the predictions. Most test digits lie
#|   on the framed diagonal. Off it, [[mistakes]] mistakes are spread unevenly: the cell with
#|   the strongest tint holds [[how_often]], digits [[true_digit]] read as [[read_as]], and many
#|   cells hold one or none.
counts = torch.zeros(10, 10, dtype=torch.int64)
for true, predicted in zip(test_labels, test_predictions, strict=True):
    counts[true, predicted] += 1

confusions = counts.clone().fill_diagonal_(0)
for place in confusions.flatten().argsort(descending=True)[:5].tolist():
    true = place // 10
    predicted = place % 10
    times = counts[true, predicted]
    print(f"true {true}, predicted {predicted}, times {times}")

drawings.confusion_matrix(counts)

# %% [markdown]
# (`// 10` and `% 10` give row and column of a cell in the flattened table.) The printed lines are the five
# commonest confusions. In this run the first is a [[true_digit]] read as a [[read_as]], [[how_often]] times.
# [[uneven? That is several times the average]], which is [[per_cell:.1f]] for a cell off the diagonal. 4 and 9,
# which differ by a gap at the top, are taken for each other [[four_nine]] times.
#
# ## What the hidden neurons look for
#
# A hidden neuron has one weight for each pixel, so its weights make an image too. Here are six, before and after
# training.
#
# ??? question "The corner pixels are 0 in all training images. How have their weights changed?"
#     Not at all. The gradient of a weight has the weight's input as a factor. With an input of 0 in all images,
#     the gradient is 0, and the weight stays as it was drawn.

# %%
#| values:
#|   never_used: int(blank.sum())
#| claims:
#|   blank_unchanged: torch.equal(weights_after[:, blank], weights_before[:, blank])
#| tolerance:
#|   figure: seeds
#| alt: >-
#|   The weights of six hidden neurons as images, before and after training. Before, each is an
#|   even noise of positive and negative weights. After, each has strokes and patches of one sign
#|   beside patches of the other, in the middle of the image, and along the edges a faint noise
#|   remains.
weights_after = model.hidden.weight.detach().cpu()

blank = full_train_set.data[train_set.indices].amax(dim=0).flatten() == 0

print(blank.sum().item(), "pixels are 0 in all training images")
same = torch.equal(weights_after[:, blank], weights_before[:, blank])
print("their weights are unchanged:", same)

drawings.hidden_weights(
    {
        "before training": weights_before[:6],
        "after training": weights_after[:6],
    }
)

# %% [markdown]
# Each image of weights has a colour scale of its own: the margin looks paler after training because other weights have grown.
# [[blank_unchanged? The weights of the [[never_used]] pixels that are 0 in all training images have not moved.]] Ink on positive
# weights raises a neuron's weighted sum, ink on negative weights lowers it: each neuron now looks for ink in some places and for
# blank paper in others.
#
# ## Is that better than Nielsen's network?
#
# The network comes from the first chapter of Michael Nielsen's book [*Neural Networks and Deep
# Learning*](http://neuralnetworksanddeeplearning.com/chap1.html), which reports an accuracy of [[nielsen:.2%]].
# Our run is too short to stand beside that, but the library has [[full_count]] full runs on record: the same
# network, loss, learning rate, batch size and pixels, but [[full_epochs]] epochs, and no validation set, so
# [[train_length:,]] training digits.

# %%
#| values:
#|   full_count: len(finals)
#|   full_mean: mean(finals)
#|   full_low: min(finals)
#|   full_high: max(finals)
#|   full_epochs: len(full_runs("article")[0].accuracies)
#|   full_steps: len(full_train_set) // 10 * len(full_runs("article")[0].accuracies)
#|   his_eta: lr * 2 / 10
#| quoted:
#|   nielsen: __import__('groundup.sources', fromlist=['x']).DENSE_NIELSEN
#|   nielsen_eta: __import__('groundup.sources', fromlist=['x']).ETA_NIELSEN
#|   nielsen_train: __import__('groundup.sources', fromlist=['x']).TRAINING_NIELSEN
#| recorded: __import__('groundup.runs', fromlist=['x']).describe(full_runs("article"))
#| claims:
#|   above: min(finals) > __import__('groundup.sources', fromlist=['x']).DENSE_NIELSEN.figure
#| tolerance:
#|   his_eta: rel 1e-9
from statistics import mean

from groundup.runs import full_runs

finals = [run.accuracy for run in full_runs("article")]
print(f"{len(finals)} runs, mean {mean(finals):.4f}")
print(f"lowest {min(finals):.4f}, highest {max(finals):.4f}")

# %% [markdown]
# [[above? Even the lowest of these runs is above Nielsen's figure.]] That does not show that PyTorch is better
# than his NumPy program. The recipes differ in several ways:
#
# - **The step.** Nielsen halves the squared error and averages it over the images. `MSELoss` averages it over the ten outputs
#   too, which makes each gradient 2/10 of his. So our learning rate of [[learning_rate]] corresponds to $\eta = [[his_eta:.1f]]$
#   in his program, and he uses [[nielsen_eta]].
# - **The initial weights.** His are drawn with a standard deviation of 1. `nn.Linear` drew those of the hidden layer
#   above with [[init_std:.3f]].
# - **The training set.** He learns from [[nielsen_train:,]] digits.
# - **The choice.** His figure is the best of three runs, watched on the test set. Ours are not chosen.
#
# Any of these, or several, may be the reason.
#
# ## Draw a digit
#
# On the site, this page has a pad to draw on. The network that was trained above answers while you draw. Its weights come from the
# run on this page, and your drawing is scaled and centred as the digits of MNIST were.
#
# <div class="draw" data-network="dense"></div>
#
# The outputs are computed in your browser. This is the same network in 60 lines of JavaScript
# ([network.js](../js/network.js)):
#
# <!-- source: docs/js/network.js -->
#
# A second script reads the weights ([weights.js](../js/weights.js)). A checksum shows it whether their file has arrived whole.
#
# ## Recap
#
# You can now
#
# - load a data set, split it in three, and say what each part is for;
# - make shuffled batches, flatten images, and get predictions with `argmax(dim=1)`;
# - write the training loop, with the loss function as an argument;
# - judge an accuracy by a baseline, and find out what a network gets wrong.
#
# ## Exercises
#
# **1. Derive.** Nielsen's loss is $\frac{1}{2n} \sum_{ij} (a_{ij} - t_{ij})^2$. Differentiate it and our loss,
# $\frac{1}{10n} \sum_{ij} (a_{ij} - t_{ij})^2$, with respect to one output $a_{ij}$. What is the ratio of the two? Check it with `backward`.

# %%
#| values:
#|   ratio: ratio.mean().item()
#| tolerance:
#|   ratio: rel 1e-5
#|   text: rel 1e-4
#| fold: Solution
# ours:  L = sum / (10 n),  dL/da = 2 (a - t) / (10 n)
# his:   L = sum / (2 n),   dL/da = (a - t) / n
t = torch.eye(10)
ours = torch.rand(10, 10, requires_grad=True)
his = ours.detach().clone().requires_grad_()

criterion(ours, t).backward()
nielsen_loss = ((his - t) ** 2).sum() / (2 * 10)
nielsen_loss.backward()

ratio = ours.grad / his.grad
print(f"ratio {ratio.min():.4f} to {ratio.max():.4f}")

# %% [markdown]
# **2. Predict.** Train a new network with a learning rate 100 times smaller, and one with a rate 100 times larger.
# After one epoch of the first 10,000 training digits, one has a loss near the baseline of [[plateau:.2f]], and the
# other has a higher loss. Which is which, and why? Then run it: `torch.utils.data.Subset` makes a data set of a
# part.

# %%
#| values:
#|   small: slow_accuracies[-1]
#|   large: wild_accuracies[-1]
#| tolerance:
#|   small: seeds
#|   large: seeds
#|   text: seeds
#| fold: Solution
# Too small: in so few steps it gets to the plateau of the constant 0.1,
# a loss of about 0.09. The outputs are near 0.1, yet not quite the same for
# each image, so the accuracy is low, but mostly above chance.
# Too large: nine of ten targets are 0, so the first steps push the
# outputs to 0, where the sigmoid is flat. The loss is 0.1, the gradients
# are near 0, and there is no way back.
from torch.utils.data import Subset

part = Subset(train_set, range(10_000))
part_loader = DataLoader(part, batch_size=10, shuffle=True)

slow = DenseNet().to(device)
print("learning rate 0.03")
slow_accuracies = train_network(
    slow, part_loader, val_loader, quadratic_loss, lr=0.03, epochs=1
)

wild = DenseNet().to(device)
print("learning rate 300")
wild_accuracies = train_network(
    wild, part_loader, val_loader, quadratic_loss, lr=300.0, epochs=1
)

# %% [markdown]
# **3. Extend.** Which digit does the network read best, and which worst? Compute an accuracy for each digit from
# the confusion matrix `counts`, whose rows are the true digits.

# %%
#| values:
#|   best_digit: per_digit.argmax().item()
#|   worst_digit: per_digit.argmin().item()
#| tolerance:
#|   best_digit: within 0 9 because the extreme of ten near equals depends on the seed
#|   worst_digit: within 0 9 because the extreme of ten near equals depends on the seed
#|   best: within 0 9 because the extreme of ten near equals depends on the seed
#|   worst: within 0 9 because the extreme of ten near equals depends on the seed
#|   text: seeds
#| fold: Solution
per_digit = counts.diagonal() / counts.sum(dim=1)
print(per_digit)
print("best", per_digit.argmax().item())
print("worst", per_digit.argmin().item())

# %% [markdown]
# ## Next
#
# [One network, seven ways](one_network_seven_ways.py): the parts of PyTorch that you have used here, taken away and
# added one at a time.
#
# This page re-teaches [PyTorch Image Recognition with Dense
# Network](https://nestedsoftware.com/2019/08/19/pytorch-image-recognition-dense-network-3nbd.158001.html) by
# nestedsoftware (2019). What we found when we ran it: [About the
# sources](../about_the_sources.md#s1-pytorch-image-recognition-with-dense-network).
