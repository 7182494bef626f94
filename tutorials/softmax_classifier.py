# ---
# title: Softmax, cross-entropy and a first classifier
# teaches: softmax, cross-entropy and its gradient, a training loop with validation, and how to see overfitting
# before: tensors, nn.Module, optimizers, and the training loop of Reading digits
# sources: [S4]
# ---

# %% [markdown]
# # Softmax, cross-entropy and a first classifier
#
# A network that reads digits has ten outputs. How do they become probabilities, and which loss suits them? We
# build the last step of nearly every classifier, softmax and cross-entropy, and train a network with it.
#
# ## Why PyTorch, and why GPUs
#
# The work of a network is mostly multiplying matrices. The images of a batch (or **mini-batch**) are the rows of a
# matrix $X$, and a layer computes $Z = XW + b$ for all of them at once: the row $b$ is added to each row of $XW$.
# How much time does that save?

# %%
#| values:
#|   batch_size: len(X)
#|   ratio: ratio
#| claims:
#|   rows_slower: ratio > 1
#| tolerance:
#|   ratio: within 1 1000 because a ratio of times depends on the machine
#|   text: within 1 1000 because a ratio of times depends on the machine
from timeit import timeit

import torch

from groundup.repro import reproducible

seed = reproducible(0)
torch.set_printoptions(sci_mode=False)

X = torch.rand(64, 784)  # 64 images, one in each row
W = torch.rand(784, 100)  # 100 neurons, one in each column
b = torch.rand(100)

Z = X @ W + b  # (64, 100)
print("row 5 by itself gives the same:", torch.allclose(Z[5], X[5] @ W + b))

at_once = timeit(lambda: X @ W + b, number=200)
row_by_row = timeit(lambda: [x @ W + b for x in X], number=200)
ratio = row_by_row / at_once
round(ratio, 1)

# %% [markdown]
# The sums are the same. [[rows_slower? Row by row, they took [[ratio:.1f]] times as long in this run.]] For one
# product Python makes one call instead of [[batch_size]], and a weight, once fetched from memory, serves many
# images. Replacing a loop over examples by one product is called **vectorisation**.
#
# The entries of a product do not depend on one another, so they can be computed side by side. A **GPU**, the
# processor on a graphics card, has thousands of small arithmetic units that do so. Unlike NumPy, PyTorch can
# compute there: `X.to("cuda")` copies a tensor to an NVIDIA GPU.
#
# ## Ten outputs, not one
#
# Why not a single output, whose value is the digit? Imagine a stroke that is a 1 or a 7, equally likely. The
# number with the smallest expected squared error is 4, halfway between, and nobody would read the stroke as a 4.
# Classes have no order and no distance.
#
# So each class gets an output of its own. For that stroke, two of them can be large.
#
# ## Softmax
#
# We drop the sigmoid behind the last layer. Its outputs are then weighted sums, which can be any numbers:
# the **logits** $z_1, \ldots, z_K$ for $K$ classes. **Softmax** turns them into probabilities: the exponential
# makes each positive, and dividing by the sum makes them add up to one.
#
# $$p_i = \frac{e^{z_i}}{\sum_{k=1}^{K} e^{z_k}}$$

# %%
#| values:
#|   p_cat: p[1].item()
#| tolerance:
#|   p_cat: rel 1e-6
#|   text: rel 1e-3
logits = torch.tensor([1.0, 3.0, 0.5, -1.0])  # dog, cat, frog, horse

exponentials = torch.exp(logits)
p = exponentials / exponentials.sum()
print("by hand:", p)
print("torch:  ", torch.softmax(logits, dim=0))

# %%
#| alt: >-
#|   Three panels of horizontal bars for dog, cat, frog and horse. Logits: 1, 3, 0.5, and -1 to the
#|   left. After exp all four bars point to the right and the cat's is by far the longest. Softmax
#|   has the same bars on another scale: the cat has [[p_cat:.2f]].
#| tolerance:
#|   figure: rel 1e-5
from groundup.figures import softmax_classifier as drawings

drawings.class_bars(
    {"logits": logits, "exp": exponentials, "softmax": p},
    names=["dog", "cat", "frog", "horse"],
)

# %% [markdown]
# ??? question "Before you run it: what happens to $p$ if we add 5 to each logit? And if we multiply each by 3?"
#     Adding changes nothing: $e^{z + 5} = e^5 e^z$, and the factor $e^5$ cancels. Only the differences between logits
#     count. Multiplying triples the differences, and the cat takes nearly everything.

# %%
#| tolerance:
#|   text: rel 1e-3
print("plus 5: ", torch.softmax(logits + 5, dim=0))
print("times 3:", torch.softmax(3 * logits, dim=0))

# %% [markdown]
# With a lead of a few units, a class gets nearly the whole probability.
#
# ## Cross-entropy
#
# How good are such probabilities? Take four pictures whose labels we know, and the probability that a network
# gives to each label. If the pictures are independent, the probability of the four labels together is the product,
# the **likelihood**. **Maximum likelihood** means to look for the weights with which it is largest.

# %%
#| values:
#|   likely: p_label[0].item()
#|   unlikely: p_label[-1].item()
#|   dear: costs[-1].item()
#|   cheap: costs[0].item()
#| tolerance:
#|   likely: rel 1e-6
#|   unlikely: rel 1e-6
#|   dear: rel 1e-6
#|   cheap: rel 1e-6
#|   text: rel 1e-3
p_label = torch.tensor([0.9, 0.8, 0.6, 0.1])
likelihood = p_label.prod()
print(f"likelihood         {likelihood:.4f}")
print(f"its logarithm     {torch.log(likelihood):.4f}")
print(f"sum of logarithms {torch.log(p_label).sum():.4f}")
print("1,000 factors:", torch.full((1000,), 0.1).prod())

costs = -torch.log(p_label)
print("-ln p:", costs)
print(f"mean:  {costs.mean():.4f}")

# %% [markdown]
# The logarithm grows with its argument, so the weights that maximise the likelihood maximise its logarithm too.
# And the logarithm of a product is a sum, with one term per example, which can be averaged over a batch. The
# product of a thousand factors of 0.1 is too small for a float, and becomes 0.
#
# Averaged, and with the sign flipped so that we can minimise it, this is the **cross-entropy** loss. If $p_c$ is
# the probability of the right class $c$, one example contributes
#
# $$L = -\ln p_c = -\ln \frac{e^{z_c}}{\sum_k e^{z_k}} = -z_c + \ln \sum_k e^{z_k}$$
#
# A label with the probability [[likely:.1f]] costs [[cheap:.2f]], one with [[unlikely:.1f]] costs [[dear:.2f]]. As
# $p_c$ goes to 0, the loss grows without limit.
#
# ## The gradient
#
# How does $L$ change with any one of the logits, $z_j$? Write $S = \sum_k e^{z_k}$ for the sum, and let $t$ be the
# one-hot target. Take the two terms in turn.
#
# 1. The derivative of $-z_c$ is $-1$ if $j = c$, and 0 otherwise. That is $-t_j$.
# 2. The derivative of $\ln S$ is $\frac{1}{S} \frac{\partial S}{\partial z_j} = \frac{e^{z_j}}{S}$. That is $p_j$.
#
# $$\frac{\partial L}{\partial z_j} = p_j - t_j$$
#
# Does autograd agree? Say that the picture with our four logits shows the dog.

# %%
#| tolerance:
#|   text: rel 1e-3
#| claims:
#|   same_gradient: torch.allclose(z.grad, p - t, atol=1e-6)
#|   cat_most: z.grad.argmax().item() == 1
t = torch.tensor([1.0, 0.0, 0.0, 0.0])  # the dog
z = torch.tensor([1.0, 3.0, 0.5, -1.0], requires_grad=True)
loss = -z[0] + torch.log(torch.exp(z).sum())
loss.backward()

print("p - t:   ", p - t)
print("autograd:", z.grad)

# %% [markdown]
# [[same_gradient? Both give the same four numbers.]] A step against the gradient raises the dog's logit and lowers the
# others. [[cat_most? The cat's falls most]], because the cat was wrongly given most of the probability.
#
# Now choose the logits yourself. Bring the loss of the dog below 0.1. Then make the cat the target: which way do the
# gradients point?
#
# <div class="knobs" data-knobs="softmax"></div>
#
# So the gradient grows with the error. The squared error behind a sigmoid, which we used in [Reading
# digits](reading_digits.py), does not behave like that. For one output $a = \sigma(z)$, its derivative with
# respect to $z$ is $2 (a - t)\, a (1 - a)$. Where $a$ is close to 0 or 1, the factor $a (1 - a)$ is close to 0,
# whether the answer is right or wrong. Softmax has a slope of this form too: the derivative of $p_c$ with respect
# to $z_c$ is $p_c (1 - p_c)$. But the logarithm brings the factor $-1 / p_c$, and $p_c - 1$ is left. Compare the
# two for an output whose target is 1:

# %%
#| values:
#|   far_off: outputs[1].item()
#|   by_cross_entropy: softmax_gradient[1].item()
#|   by_squared_error: sigmoid_gradient[1].item()
#|   arch_top: sigmoid_gradient.max().item()
#|   arch_at: outputs[sigmoid_gradient.argmax()].item()
#| tolerance:
#|   default: rel 1e-5
#| alt: >-
#|   The size of two gradients against the output, from 0 to 1. Cross-entropy behind a softmax is a
#|   straight line that falls from 1 to 0. The squared error behind a sigmoid is a low arch: 0 at
#|   both ends and [[arch_top:.2f]] at its top, near an output of [[arch_at:.2f]].
outputs = torch.linspace(0, 1, 101)
softmax_gradient = 1 - outputs
sigmoid_gradient = 2 * (1 - outputs) * outputs * (1 - outputs)
drawings.gradient_sizes(
    outputs,
    {"cross-entropy": softmax_gradient, "squared error": sigmoid_gradient},
)

# %% [markdown]
# At an output of [[far_off:.2f]] the gradient of the cross-entropy has the size [[by_cross_entropy:.2f]], and that
# of the squared error [[by_squared_error:.2f]]: from such a mistake the network learns next to nothing. A higher
# learning rate would make up for that, but it would also enlarge the steps for examples in the middle of the arch.
#
# ## Overflow
#
# The largest number in float32 is about $3.4 \cdot 10^{38}$, and $e^{89}$ is larger.
#
# ??? question "Before you run it: the logits are 100, 0 and −5. What should $p$ be, and what will the formula give?"
#     The first class leads by 100, so $p$ should be 1, 0 and 0 to many digits. But $e^{100}$ overflows to infinity, and
#     infinity divided by infinity is `nan`, not a number.

# %%
#| tolerance:
#|   nan: expected because the cell shows what an overflow becomes
#|   text: rel 1e-3
large = torch.tensor([100.0, 0.0, -5.0])
print("exp:", torch.exp(large))
print("p:  ", torch.exp(large) / torch.exp(large).sum())

# %% [markdown]
# A `nan` in the loss spreads to the gradients and, with the next step, to the weights. The cure: take the
# logarithm on paper, and subtract the largest logit, $m$, from each, which changes no probability:
#
# $$\ln p_i = (z_i - m) - \ln \sum_k e^{z_k - m}$$
#
# No exponent is above 0, so nothing overflows. The sum is at least 1, so its logarithm is finite.


# %%
#| tolerance:
#|   text: rel 1e-2
def log_softmax(z):
    z = z - z.max()
    return z - torch.log(torch.exp(z).sum())


print("ours:     ", log_softmax(large))
print("torch:    ", torch.log_softmax(large, dim=0))
print("two steps:", torch.log(torch.softmax(large, dim=0)))

# %% [markdown]
# `torch.log_softmax` does the same, and `exp` of its result gives the probabilities back. The last line shows why
# it is one function: below about $10^{-38}$ a float32 keeps fewer and fewer digits, and the smallest probability
# becomes 0, whose logarithm is $-\infty$.
#
# ## `nn.CrossEntropyLoss`
#
# `nn.CrossEntropyLoss` is built on it. It takes logits, one row per example, and the labels as whole numbers:

# %%
#| tolerance:
#|   text: rel 1e-4
#| claims:
#|   same_loss: torch.allclose(criterion(scores, labels), by_hand)
from torch import nn

criterion = nn.CrossEntropyLoss()
scores = torch.tensor([[1.0, 3.0, 0.5, -1.0], [2.0, 0.0, 0.0, 1.0]])
labels = torch.tensor([0, 3])  # a dog and a horse

log_p = torch.log_softmax(scores, dim=1)  # (2, 4), along each row
by_hand = -(log_p[0, 0] + log_p[1, 3]) / 2
print(f"by hand          {by_hand:.4f}")
print(f"CrossEntropyLoss {criterion(scores, labels):.4f}")

# %% [markdown]
# [[same_loss? It is the mean of $-\ln p_c$ over the rows.]] So the network ends with its logits: there is no
# softmax in `forward`, and there are no one-hot targets. (Older code has `log_softmax` and `nn.NLLLoss` instead.)
# Nor does a prediction need softmax, because the largest logit has the largest probability.
#
# ## Several right answers
#
# A photo can show a dog and a cat. The probabilities of a softmax share a total of one, so it cannot say yes to
# both. Instead, each class gets a sigmoid $a$ of its own and a cross-entropy of yes against no: $-\ln a$ if the
# target is 1, $-\ln(1 - a)$ if it is 0. `nn.BCEWithLogitsLoss` takes logits, does both, and averages:

# %%
#| tolerance:
#|   text: rel 1e-3
photo = torch.tensor([4.0, 3.5, -5.0, -4.0])  # dog, cat, frog, horse
targets = torch.tensor([1.0, 1.0, 0.0, 0.0])
print("softmax: ", torch.softmax(photo, dim=0))
print("sigmoids:", torch.sigmoid(photo))
print(f"loss:     {nn.BCEWithLogitsLoss()(photo, targets):.4f}")

# %% [markdown]
# Softmax is for "which one?", a sigmoid per class for "which ones?".
#
# ## A classifier for MNIST
#
# Now the digits, split as on page 3. `load_mnist` gives all images as one tensor of bytes and all labels as
# another, and `TensorDataset` pairs them. We **normalise** the pixels: we subtract the mean over `train_digits`
# and divide by the standard deviation, the typical distance from the mean, so that they lie around 0. The test
# digits get the same two numbers, because the network has learned with these.

# %%
#| values:
#|   train_length: len(train_set)
#|   val_length: len(val_set)
#|   test_length: len(test_set)
from torch.utils.data import DataLoader, TensorDataset, random_split

from groundup.data import load_mnist
from groundup.repro import pick_device


def prepare(digits):
    pixels = digits.images.unsqueeze(1) / 255  # (n, 1, 28, 28)
    normalised = (pixels - 0.1307) / 0.3081  # mean, standard deviation
    return TensorDataset(normalised, digits.labels)


train_digits, test_digits = load_mnist()
train_set, val_set = random_split(
    prepare(train_digits),
    [55_000, 5_000],
    generator=torch.Generator().manual_seed(seed),
)
test_set = prepare(test_digits)

train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
val_loader = DataLoader(val_set, batch_size=1000)
test_loader = DataLoader(test_set, batch_size=1000)
device = pick_device()  # a GPU if there is one, else the CPU
print(len(train_set), len(val_set), len(test_set))


# %%
#| values:
#|   hidden: model.hidden.out_features
class Classifier(nn.Module):
    def __init__(self, num_hidden):
        super().__init__()
        self.hidden = nn.Linear(28 * 28, num_hidden)
        self.output = nn.Linear(num_hidden, 10)

    def forward(self, x):
        x = torch.flatten(x, 1)  # (n, 1, 28, 28) -> (n, 784)
        x = torch.relu(self.hidden(x))  # (n, num_hidden)
        return self.output(x)  # (n, 10), the logits


model = Classifier(100).to(device)
print(model)

# %% [markdown]
# Training and measuring become two functions, each for one pass over the digits of a loader:


# %%
def train_one_epoch(model, loader, criterion, optimizer):
    model.train()
    total_loss = 0.0
    correct = 0
    for images, labels in loader:
        images = images.to(device)
        labels = labels.to(device)
        optimizer.zero_grad()
        logits = model(images)  # (batch, 10)
        loss = criterion(logits, labels)
        loss.backward()
        optimizer.step()
        total_loss += loss.detach() * len(labels)
        correct += (logits.argmax(dim=1) == labels).sum()
    n = len(loader.dataset)
    return total_loss.item() / n, correct.item() / n


# %% [markdown]
# To measure, we leave out the gradients and the step:


# %%
def evaluate(model, loader, criterion):
    model.eval()
    total_loss = 0.0
    correct = 0
    with torch.no_grad():
        for images, labels in loader:
            images = images.to(device)
            labels = labels.to(device)
            logits = model(images)  # (batch, 10)
            loss = criterion(logits, labels)
            total_loss += loss * len(labels)
            correct += (logits.argmax(dim=1) == labels).sum()
    n = len(loader.dataset)
    return total_loss.item() / n, correct.item() / n


# %% [markdown]
# Both return the mean loss and the accuracy. A batch's `loss` is a mean, so we weight it by the number of its
# images: the last batch can be smaller. `detach()` gives the number without its record for `backward`, which the
# sum would otherwise keep. We call `.item()` once, at the end, because it makes the program wait for the GPU.
#
# ??? question "Before you run it: which accuracy and which loss do you expect of the untrained network?"
#     It knows nothing of the digits, so about one answer in ten is right. Its logits are small, so each class has
#     a probability of about $\frac{1}{10}$, and $-\ln \frac{1}{10} = \ln 10$ is [[ln_10:.2f]]. A classifier whose
#     loss starts far from there probably has a mistake in it.

# %%
#| values:
#|   untrained_loss: val_loss
#|   untrained: val_accuracy
#|   ln_10: torch.tensor(10.0).double().log().item()
#| tolerance:
#|   untrained_loss: seeds
#|   untrained: seeds
#|   ln_10: rel 1e-9
#|   loss: seeds
#|   accuracy: seeds
val_loss, val_accuracy = evaluate(model, val_loader, criterion)
print(f"loss {val_loss:.4f}   accuracy {val_accuracy:.4f}")

# %% [markdown]
# An untrained network gives most images the same few answers, so its accuracy may lie well above or below one
# tenth, while its loss stays near [[ln_10:.2f]].
#
# Now the training: [[epochs]] epochs of SGD with a learning rate of [[lr]]. In each line, "running" is the
# accuracy counted during the epoch, while the weights change; "train" and "val" are measured after it.

# %%
#| values:
#|   epochs: epochs
#|   lr: lr
#|   running: accuracies['running']
#|   train: accuracies['training']
#|   val: accuracies['validation']
#|   running_1: accuracies['running'][0]
#|   after_1: accuracies['training'][0]
#|   running_end: running_accuracy
#|   running_loss: running_loss
#|   after_end: train_accuracy
#|   after_loss: train_loss
#|   val_loss: val_loss
#|   val_end: val_accuracy
#| tolerance:
#|   running: seeds
#|   train: seeds
#|   val: seeds
#|   running_1: seeds
#|   after_1: seeds
#|   running_end: seeds
#|   running_loss: seeds
#|   after_end: seeds
#|   after_loss: seeds
#|   val_loss: seeds
#|   val_end: seeds
epochs = 10
lr = 0.01
optimizer = torch.optim.SGD(model.parameters(), lr=lr)

losses = {"training": [], "validation": []}
accuracies = {"running": [], "training": [], "validation": []}
for epoch in range(1, epochs + 1):
    running_loss, running_accuracy = train_one_epoch(
        model, train_loader, criterion, optimizer
    )
    train_loss, train_accuracy = evaluate(model, train_loader, criterion)
    val_loss, val_accuracy = evaluate(model, val_loader, criterion)

    losses["training"].append(train_loss)
    losses["validation"].append(val_loss)
    accuracies["running"].append(running_accuracy)
    accuracies["training"].append(train_accuracy)
    accuracies["validation"].append(val_accuracy)
    print(
        f"epoch {epoch:2}   running {running_accuracy:.4f}   "
        f"train {train_accuracy:.4f}   val {val_accuracy:.4f}"
    )

# %% [markdown]
# ## Running accuracy and training accuracy

# %%
#| tolerance:
#|   figure: seeds
#| claims:
#|   running_behind: all(a < b for a, b in zip(accuracies['running'], accuracies['training']))
#| alt: >-
#|   Three curves of the accuracy in [[epochs]] epochs. The running accuracy starts at
#|   [[running_1:.3f]], the training accuracy above it at [[after_1:.3f]], and they come closer: at
#|   the end they are [[running_end:.3f]] and [[after_end:.3f]]. The validation accuracy starts with
#|   the training accuracy and ends at [[val_end:.3f]].
from groundup import figures

numbers = range(1, epochs + 1)
figures.curves(accuracies, x=numbers, xlabel="epoch", ylabel="accuracy")

# %% [markdown]
# "Running" and "training" are accuracies on the same digits, [[running_1:.1%]] and [[after_1:.1%]] in the first
# epoch. The running accuracy is a mean over the epoch, and its first batches were read by a barely trained
# network. The training accuracy is measured with the weights at rest. [[running_behind? In each epoch it is the
# higher of the two.]] To compare training and validation digits, measure both with the same weights.
#
# ## Overfitting
#
# Here are the losses after each epoch:

# %%
#| tolerance:
#|   figure: seeds
#| claims:
#|   val_still_falls: >-
#|     losses['validation'][-1] == min(losses['validation'])
#|     and losses['training'][-1] == min(losses['training'])
#|   gap: losses['training'][-1] < losses['validation'][-1]
#| alt: >-
#|   Two curves of the loss over [[epochs]] epochs, measured after each epoch. Both fall steeply at
#|   first and then more slowly, and lie close together. At the end the training digits have
#|   [[after_loss:.3f]], the validation digits [[val_loss:.3f]].
figures.curves(losses, x=numbers, xlabel="epoch", ylabel="loss")

# %% [markdown]
# [[gap? At the end the loss is larger on the validation digits: [[val_loss:.3f]] against [[after_loss:.3f]].]] Is
# the network **overfitting**, that is, fitting the training digits at the expense of others? The gap cannot tell:
# almost every network does better on the digits that it was trained on. The curves do: with overfitting, the
# training loss goes on falling while the validation loss rises. [[val_still_falls? Here both are at their lowest
# after the last epoch]], so more epochs may still help.
#
# Let's make it happen, with [[few:,]] of the training digits, a learning rate of [[few_lr]], and [[few_epochs]] epochs:

# %%
#| values:
#|   few: len(few_loader.dataset)
#|   few_lr: optimizer.param_groups[0]['lr']
#|   few_epochs: len(few_losses['training'])
#|   few_train_end: few_losses['training'][-1]
#|   few_lowest: min(few_losses['validation'])
#|   few_best: few_losses['validation'].index(min(few_losses['validation'])) + 1
#|   few_end: few_losses['validation'][-1]
#| tolerance:
#|   few_train_end: seeds
#|   few_lowest: seeds 0 inf
#|   few_best: seeds
#|   few_end: seeds 0 inf
#|   loss: seeds 0 inf
#|   accuracy: seeds
#|   figure: seeds
#| claims:
#|   rises: few_losses['validation'][-1] > 1.1 * min(few_losses['validation'])
#|   train_falls: >-
#|     few_losses['training'][-1]
#|     < 0.5 * few_losses['training'][few_losses['validation'].index(min(few_losses['validation']))]
#|   accuracy_stays: >-
#|     abs(few_accuracies[-1]
#|     - few_accuracies[few_losses['validation'].index(min(few_losses['validation']))]) < 0.02
#|   more_digits: val_loss < 0.6 * min(few_losses['validation'])
#| alt: >-
#|   Two curves of the loss over [[few_epochs]] epochs. The training loss falls to
#|   [[few_train_end:.3f]]. The validation loss falls to [[few_lowest:.2f]] after epoch [[few_best]]
#|   and then rises slowly, to [[few_end:.2f]].
from torch.utils.data import Subset

few_set = Subset(train_set, range(1000))
few_loader = DataLoader(few_set, batch_size=64, shuffle=True)
few_model = Classifier(100).to(device)
optimizer = torch.optim.SGD(few_model.parameters(), lr=0.1)

few_numbers = range(1, 61)
few_losses = {"training": [], "validation": []}
few_accuracies = []
for epoch in few_numbers:
    train_one_epoch(few_model, few_loader, criterion, optimizer)
    loss, _ = evaluate(few_model, few_loader, criterion)
    few_losses["training"].append(loss)
    loss, accuracy = evaluate(few_model, val_loader, criterion)
    few_losses["validation"].append(loss)
    few_accuracies.append(accuracy)
    if epoch % 10 == 0:
        print(f"epoch {epoch} val loss {loss:.4f} accuracy {accuracy:.4f}")

figures.curves(few_losses, x=few_numbers, xlabel="epoch", ylabel="loss")

# %% [markdown]
# [[rises? The validation loss is lowest after epoch [[few_best]] and then rises]], [[train_falls? while the
# training loss goes on falling]]: the network overfits. [[accuracy_stays? Its validation accuracy hardly changes
# meanwhile.]] The accuracy only counts right answers. The loss also grows with the confidence in wrong ones.
#
# One remedy is **early stopping**: stop when the validation loss no longer falls, and keep the weights of the best epoch.
# Another is more digits: [[more_digits? with [[train_length:,]] the validation loss came down to [[val_loss:.3f]].]]
#
# ## The width of the hidden layer
#
# How many hidden neurons should there be? The validation digits are there for such choices. We try four widths,
# with three runs of one epoch each:

# %%
#| values:
#|   runs_per_width: len(runs)
#| tolerance:
#|   text: within 0.3 0.96 because three neurons scatter widely with the seed
#| claims:
#|   three_too_few: max(sweep[3]) < min(sweep[10]) - 0.05
#|   no_winner: max(sweep[30] + sweep[100]) - min(sweep[30] + sweep[100]) < 0.02
sweep = {}
for num_hidden in [3, 10, 30, 100]:
    runs = []
    for _ in range(3):
        candidate = Classifier(num_hidden).to(device)
        optimizer = torch.optim.SGD(candidate.parameters(), lr=lr)
        train_one_epoch(candidate, train_loader, criterion, optimizer)
        _, accuracy = evaluate(candidate, val_loader, criterion)
        runs.append(accuracy)
    sweep[num_hidden] = runs
    print(num_hidden, "hidden", runs)

# %% [markdown]
# [[three_too_few? With three neurons, each run is far behind those with ten.]] With thirty or a hundred, the
# results are alike: [[no_winner? the six runs lie within two percentage points]]. They do not rank the two widths.
# Even if both were equally good, the three runs of one would come out above the three of the other in one case out
# of ten, by chance alone. And one epoch favours what learns quickly.
#
# ## The test digits, once
#
# We stay with [[hidden]]. Now that the choices are made, we measure how well the network trained above
# **generalises**, that is, reads digits that played no part in the training or in our choices:

# %%
#| values:
#|   test_loss: test_loss
#|   unseen_end: test_accuracy
#|   our_steps: epochs * len(train_loader)
#| tolerance:
#|   test_loss: seeds
#|   unseen_end: seeds
#|   loss: seeds
#|   accuracy: seeds
test_loss, test_accuracy = evaluate(model, test_loader, criterion)
print(f"test loss {test_loss:.4f}   accuracy {test_accuracy:.4f}")

# %% [markdown]
# It reads [[unseen_end:.2%]] of them. In the [[unseen_end.seeds]] runs on record, each with another seed, the
# accuracy lies between [[unseen_end.low:.2%]] and [[unseen_end.high:.2%]]. Page 3's [[reading_digits.full_count]]
# full runs, with the squared error, read [[reading_digits.full_mean:.2%]] on average. That does not rank the
# losses: those runs took [[reading_digits.full_steps:,]] steps to our [[our_steps:,]], for instance, with another
# learning rate. [How sure are we?](how_sure.py) is about how far such numbers can be trusted.
#
# ## Recap
#
# You can now
#
# - turn logits into probabilities with softmax, and say why only their differences count;
# - explain cross-entropy as the likelihood of the labels, and derive its gradient, $p - t$;
# - use `nn.CrossEntropyLoss` on logits, and `nn.BCEWithLogitsLoss` where several answers are right;
# - write a training loop with a validation loss, and see in its curves when a network begins to overfit.
#
# ## Exercises
#
# **1. Derive.** Take two classes with the logits $z_1$ and $z_2$. Show that $p_1 = \sigma(z_1 - z_2)$, and find the
# derivative of the cross-entropy with respect to $z_1$. Check both in PyTorch for the logits 0.5 and −1, where the
# first class is the right one.

# %%
#| tolerance:
#|   text: rel 1e-4
#| fold: Solution
# p_1 = exp(z_1) / (exp(z_1) + exp(z_2)). Divide both by exp(z_1):
# p_1 = 1 / (1 + exp(-(z_1 - z_2))), which is the sigmoid of z_1 - z_2.
# The gradient is p - t, and its first entry is p_1 - t_1.
pair = torch.tensor([[0.5, -1.0]], requires_grad=True)
criterion(pair, torch.tensor([0])).backward()
p_1 = torch.sigmoid(pair[0, 0] - pair[0, 1])
print(f"p_1:      {p_1:.4f} and {torch.softmax(pair, dim=1)[0, 0]:.4f}")
print(f"gradient: {p_1 - 1:.4f} and {pair.grad[0, 0]:.4f}")

# %% [markdown]
# **2. Repair.** The last line of a `forward` is `return torch.softmax(self.output(x), dim=1)`, and the loss is
# `nn.CrossEntropyLoss()`. There is no error message, but the loss stays above [[floor:.2f]], even when each answer
# is right. Where does this number come from, and how do you repair the program?

# %%
#| values:
#|   floor: floor.item()
#| tolerance:
#|   floor: rel 1e-6
#|   text: rel 1e-4
#| fold: Solution
# The criterion takes the probabilities for logits and applies softmax
# again. At best they are 1 for the right class and 0 for nine others,
# so the right class gets e / (e + 9), and the loss is ln(e + 9) - 1.
# The repair: return self.output(x), without the softmax.
ten_labels = torch.arange(10)
certain = torch.eye(10)  # the right class has probability one
floor = criterion(certain, ten_labels)
print(f"smallest loss  {floor:.4f}")
print(f"ln(e + 9) - 1  {torch.log(torch.e + torch.tensor(9.0)) - 1:.4f}")

# %% [markdown]
# **3. Extend.** Divide the logits of the trained network by a **temperature** of 0.5, 1, 2 or 4 before the loss,
# and evaluate it on the validation digits. (`evaluate` wants a model: write a module around the trained one.)
# Predict first: which of accuracy and loss will change, and why?


# %%
#| tolerance:
#|   loss: seeds
#|   accuracy: seeds
#| fold: Solution
# The order of the logits stays the same, and so does each answer. Their
# differences change, and with them the confidence and the loss, which
# training has made small for a temperature of 1.
class WithTemperature(nn.Module):
    def __init__(self, model, temperature):
        super().__init__()
        self.model = model
        self.temperature = temperature

    def forward(self, x):
        return self.model(x) / self.temperature


for temperature in [0.5, 1, 2, 4]:
    tempered = WithTemperature(model, temperature)
    loss, accuracy = evaluate(tempered, val_loader, criterion)
    print(f"{temperature:3}   loss {loss:.4f}   accuracy {accuracy:.4f}")

# %% [markdown]
# ## Next
#
# This network has to learn anew what a stroke looks like at each place of the image. [Anatomy of a convolutional
# network](conv_anatomy.py) takes apart one that does not.
#
# This page re-teaches [A Neural Net In Pytorch](https://sgugger.github.io/a-neural-net-in-pytorch.html) by Sylvain
# Gugger (2018). What we found when we ran it: [About the sources](../about_the_sources.md#s4-a-neural-net-in-pytorch).
