# ---
# title: Anatomy of a convolutional network
# teaches: what each part of a small convolutional network computes, one training step by hand, and what its filters learn
# before: logits, cross-entropy, and a training loop with validation digits
# sources: [S3]
# ---

# %% [markdown]
# # Anatomy of a convolutional network
#
# The network of the page before takes an image as one long row of numbers. Shuffle the pixels of all images in the
# same way before training, and it learns to read them just as well: it doesn't know which pixels are neighbours.
# How can a network look at an image?
#
# A **convolutional network** moves a small window over it. You'll apply one by hand, follow a digit through a
# whole network, make one training step by hand, then train the network and see what it looks for.

# %%
#| values:
#|   first_label: train_digits.labels[0].item()
#| tolerance:
#|   text: abs 2e-4
import torch

from groundup.data import load_mnist
from groundup.repro import reproducible

seed = reproducible(0)
train_digits, _ = load_mnist()
digit = train_digits.images[0] / 255  # (28, 28), from 0 to 1
window = digit[9:12, 10:13]  # (3, 3)
print("label", train_digits.labels[0].item())
print(window)

# %% [markdown]
# These are nine pixels of the first training digit, a [[first_label]]. Ink is white in MNIST, near 1, and paper is
# black, 0. So the window lies on the left edge of a stroke.
#
# ## A convolution by hand
#
# To ask the window a question, we give each of its pixels a weight, multiply, and add up:

# %%
#| values:
#|   answer: (window * weight).sum().item()
#| claims:
#|   brighter: (window * weight).sum() > 0
#| tolerance:
#|   answer: rel 1e-5
#|   text: abs 2e-4
row = [-1.0, 0.0, 1.0]
weight = torch.tensor([row, row, row])  # (3, 3)
print(window * weight)
print(f"sum {(window * weight).sum():.4f}")

# %% [markdown]
# Such a block of weights is a **filter**, or **kernel**. This one subtracts the left column from the right one. It
# asks: does it get brighter from left to right? [[brighter? The sum is positive, [[answer:.2f]], so it does.]]
#
# A **convolution** asks the same question everywhere. It moves the window over the image, one pixel at a time, and
# the sums make a new image, called a **feature map**.


# %%
#| values:
#|   out_side: edges.shape[0]
#| claims:
#|   all_agree: torch.allclose(edges, by_torch[0], atol=1e-5)
from torch import nn


def convolve(image, weight, bias):
    rows = image.shape[0] - 2
    columns = image.shape[1] - 2
    output = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            window = image[i : i + 3, j : j + 3]
            output[i, j] = (window * weight).sum() + bias
    return output


edges = convolve(digit, weight, bias=0.0)  # (26, 26)

conv = nn.Conv2d(1, 1, kernel_size=3)
with torch.no_grad():
    conv.weight.copy_(weight)  # (3, 3) -> (1, 1, 3, 3)
    conv.bias.zero_()
    by_torch = conv(digit.unsqueeze(0))  # (1, 28, 28) -> (1, 26, 26)
print(edges.shape, by_torch.shape)
print("equal:", torch.allclose(edges, by_torch[0], atol=1e-5))

# %%
#| alt: >-
#|   Above: the digit 5 with a frame around three by three pixels, an arrow, and the feature map
#|   with a frame around the pixel that belongs to them. In the map the left edges of the strokes
#|   are orange, for positive, and the right edges blue, for negative; the rest is empty. Below:
#|   the nine pixels, the nine weights, and the nine products, whose sum is [[answer:.2f]].
from groundup.figures import conv_anatomy as drawings

drawings.convolution_step(digit, weight, edges, at=(9, 10))

# %% [markdown]
# [[all_agree? `nn.Conv2d` computes the same map, pixel for pixel.]] The map has [[out_side]] rows and columns,
# since a window of 3 has $28 - 3 + 1$ places in a row of 28. It is positive (orange) along left edges and negative
# (blue) along right edges. Where the window holds nothing but paper, or nothing but ink, the weights cancel.
# (Mathematicians flip the filter first, and call what `nn.Conv2d` computes a *cross-correlation*. Weights can be
# learned either way round.)
#
# `nn.Conv2d(1, 1, kernel_size=3)` has one channel in and one out. **Channels** are the maps that belong to one
# image: a grey image has one, a layer with six filters gives six. `nn.Conv2d` wants this dimension even if there
# is only one channel, hence `unsqueeze(0)`. Its weight has two further dimensions, for the filters and for the
# channels of the input, here one each. Each filter has a bias, which we set to 0.
#
# ??? question "Before you run it: what happens to the map if the digit moves three pixels to the right?"
#     It moves along. What is found in one place is found in any other, because the weights are the same
#     everywhere.

# %%
#| values:
#|   shared: sum(p.numel() for p in conv.parameters())
#|   dense: edges.numel() * (digit.numel() + 1)
#| claims:
#|   moves_along: torch.equal(moved_edges[:, 3:], edges[:, :-3])
moved = digit.roll(3, dims=1)  # 3 columns to the right
moved_edges = convolve(moved, weight, bias=0.0)
print("moved:", torch.equal(moved_edges[:, 3:], edges[:, :-3]))
print("one filter:   ", sum(p.numel() for p in conv.parameters()))
print("a dense layer:", edges.numel() * (digit.numel() + 1))

# %% [markdown]
# A dense layer, in contrast, has separate weights for each place, and must learn an edge anew wherever one occurs.
# For a map of this size it would need [[dense:,]] numbers, where the filter has [[shared]].
#
# ## Max pooling
#
# **Max pooling** cuts a map into squares of 2 by 2 and keeps the largest number of each:

# %%
#| tolerance:
#|   text: abs 1e-3
#| alt: >-
#|   A table of four by four numbers in four squares of two by two, the largest number of each
#|   tinted. Beside it the table of two by two that is left.
from torch.nn import functional as F

patch = edges[6:10, 10:14]  # (4, 4)
print(F.max_pool2d(patch.unsqueeze(0), 2))
drawings.pooling_step(patch)

# %% [markdown]
# It halves height and width, so a quarter of the numbers is left. They still say how clearly a pattern was found,
# but only roughly where. Pooling has no parameters.
#
# ## The network
#
# Two convolutions look for patterns, the second in the maps of the first. Each is followed by a ReLU and by
# pooling. Three dense layers turn what was found into ten logits. (`fc` stands for *fully connected*, another word
# for dense.)


# %%
class SmallConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, kernel_size=3)
        self.conv2 = nn.Conv2d(6, 16, kernel_size=3)
        self.fc1 = nn.Linear(16 * 6 * 6, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):  # (n, 1, 32, 32)
        x = F.max_pool2d(torch.relu(self.conv1(x)), 2)  # (n, 6, 15, 15)
        x = F.max_pool2d(torch.relu(self.conv2(x)), 2)  # (n, 16, 6, 6)
        x = torch.flatten(x, 1)  # (n, 576)
        x = torch.relu(self.fc1(x))  # (n, 120)
        x = torch.relu(self.fc2(x))  # (n, 84)
        return self.fc3(x)  # (n, 10), the logits


model = SmallConvNet()
print(model)

# %% [markdown]
# `stride=(1, 1)`: the window moves by one pixel. The network expects a batch, even of one image: image, channel,
# row, column.
#
# ## Why 32 by 32?
#
# Follow the height of an image through `forward`: a convolution takes away 2, pooling divides by 2 and rounds
# down.
#
# ??? question "Before you run it: what happens to a digit of 28 by 28? Which layer complains?"
#     $28 \to 26 \to 13 \to 11 \to 5$. The convolutions don't ask for a particular size. But 16 maps of 5 by 5 make
#     [[unpadded]] numbers, and `fc1` expects [[flat]]. Only the first dense layer restricts the size of the image.

# %%
#| values:
#|   flat: model.fc1.in_features
#|   unpadded: model.conv2.out_channels * 5 * 5
unpadded = digit.reshape(1, 1, 28, 28)
try:
    model(unpadded)
except RuntimeError as error:
    print(error)

images = F.pad(unpadded, (2, 2, 2, 2))  # left, right, top, bottom
print(images.shape, model(images).shape)

# %% [markdown]
# The network is modelled on **LeNet-5** (LeCun et al., 1998), whose authors **padded** the digits with two pixels
# of paper on each side. So even the end of a stroke near the border can lie in the middle of the region that a
# number in a late feature map is computed from. `F.pad` does the same, and gives $32 \to 30 \to 15 \to 13 \to 6$.
# When the 13 rows are pooled, the last finds no partner and is dropped, and so is the last column. With windows of
# 5 by 5, as in LeNet-5 and in [PyTorch's own
# tutorial](https://docs.pytorch.org/tutorials/beginner/blitz/neural_networks_tutorial.html), no row is lost
# (exercise 1).
#
# ## A digit on its way
#
# Here is `forward` line by line, so that we can look at what each layer passes on:

# %%
#| tolerance:
#|   text: abs 1e-3
with torch.no_grad():
    conv1 = model.conv1(images)  # (1, 6, 30, 30)
    pool1 = F.max_pool2d(torch.relu(conv1), 2)  # (1, 6, 15, 15)
    conv2 = model.conv2(pool1)  # (1, 16, 13, 13)
    pool2 = F.max_pool2d(torch.relu(conv2), 2)  # (1, 16, 6, 6)
    flat = torch.flatten(pool2, 1)  # (1, 576)
    fc1 = torch.relu(model.fc1(flat))  # (1, 120)
    fc2 = torch.relu(model.fc2(fc1))  # (1, 84)
    logits = model.fc3(fc2)  # (1, 10)
print(logits)

# %%
#| tolerance:
#|   figure: rel 1e-3
#| alt: >-
#|   The outputs of the layers for the digit 5, orange where positive and blue where negative.
#|   conv1: six maps of 30 by 30 in which the 5 is easy to read. pool1: the same, coarser, nothing
#|   negative left. conv2: sixteen coarse maps of 13 by 13 with traces of strokes. pool2: sixteen
#|   maps of 6 by 6 blocks in which nobody could read a digit. fc1, fc2 and fc3: strips of 120, 84
#|   and 10 cells.
drawings.layer_outputs(
    {
        "conv1": conv1[0],
        "pool1": pool1[0],
        "conv2": conv2[0],
        "pool2": pool2[0],
        "fc1": fc1[0],
        "fc2": fc2[0],
        "fc3": logits[0],
    }
)

# %% [markdown]
# Beside each name stands the shape: channels, height and width, or the length of a vector. Orange is positive,
# blue negative. The weights are still random, and yet the first maps show the digit, because where the pixels
# change, a weighted sum of them changes too. Further on there are sixteen coarse maps, in which you would not
# recognise it. The ten logits are small and mean nothing so far.
#
# ## Ten parameter tensors
#
# ??? question "Before you run it: `conv2` makes 16 maps with windows of 3 by 3. Why does its weight have four dimensions?"
#     Its input has 6 channels, and the window goes through each of them: a filter is a block of
#     $6 \cdot 3 \cdot 3$ weights, whose products go into one sum. There are 16 such filters: `[16, 6, 3, 3]`.

# %%
#| values:
#|   total: total
#|   conv_share: >-
#|     sum(p.numel() for n, p in model.named_parameters() if n.startswith('conv')) / total
#|   fc1_share: model.fc1.weight.numel() / total
for name, parameter in model.named_parameters():
    size = str(list(parameter.shape))
    print(f"{name:12}  {size:13}  {parameter.numel():6}")
total = sum(p.numel() for p in model.parameters())
print("together", total)

# %% [markdown]
# The convolutions hold [[conv_share:.1%]] of the [[total:,]] numbers; the weights of `fc1` are [[fc1_share:.0%]]
# of them.
#
# ## Losses for the same outputs
#
# Here are three losses for our digit:

# %%
#| values:
#|   mse: nn.MSELoss()(logits, one_hot).item()
#|   mae: nn.L1Loss()(logits, one_hot).item()
#|   cross_entropy: criterion(logits, labels).item()
#|   ln_ten: torch.tensor(10.0).double().log().item()
#| tolerance:
#|   default: rel 1e-3
#|   ln_ten: rel 1e-9
#|   text: abs 1e-3
criterion = nn.CrossEntropyLoss()
labels = train_digits.labels[:1]  # (1,)
one_hot = F.one_hot(labels, num_classes=10).float()  # (1, 10)

print(f"MSELoss           {nn.MSELoss()(logits, one_hot):.4f}")
print(f"L1Loss            {nn.L1Loss()(logits, one_hot):.4f}")
print(f"CrossEntropyLoss  {criterion(logits, labels):.4f}")

# %% [markdown]
# | loss | target | for one image | here |
# |---|---|---|---|
# | mean squared error | one-hot | mean of $(z_j - t_j)^2$ | [[mse:.3f]] |
# | mean absolute error | one-hot | mean of $\lvert z_j - t_j \rvert$ | [[mae:.3f]] |
# | cross-entropy | label | $-\ln p_c$ | [[cross_entropy:.3f]] |
#
# The **mean absolute error**, `L1Loss`, is new: it doesn't square, so a single large error weighs less than in the
# squared error. The three numbers cannot be compared, since each measures something else. We use cross-entropy,
# and $\ln 10 = [[ln_ten:.3f]]$ is what we expect of a network that knows nothing.
#
# ## One training step, by hand
#
# A training loop in words:
#
# 1. Define the network, with random weights.
# 2. Feed it data: images and labels.
# 3. Forward: compute the logits.
# 4. Compute the loss.
# 5. Backward: clear the old gradients, then compute those of this loss.
# 6. Update each parameter by the rule below, and go back to step 2.
#
# $$\text{new weight} = \text{old weight} - \text{learning rate} \cdot \text{gradient}$$
#
# ??? question "Before you run it: what is in `model.conv1.bias.grad` before the first backward pass?"
#     `None`: there is no gradient yet. Afterwards there is a number for each of the six biases.

# %%
#| tolerance:
#|   text: abs 1e-4
print("before:", model.conv1.bias.grad)
loss = criterion(model(images), labels)
loss.backward()
print("after: ", model.conv1.bias.grad)

# %% [markdown]
# A positive number says that the loss grows with that bias. As page 1 showed, a second `backward()` would add to
# these numbers, so we clear them first:

# %%
#| claims:
#|   parameters_stay: torch.equal(model.conv1.bias, old_bias)
old_bias = model.conv1.bias.detach().clone()
model.zero_grad()
print("gradient:", model.conv1.bias.grad)
print("bias unchanged:", torch.equal(model.conv1.bias, old_bias))

# %% [markdown]
# `zero_grad()` clears the gradients, and [[parameters_stay? leaves the parameters alone]]. Here is the rest of the
# step, after a copy of the network for the comparison below:

# %%
#| values:
#|   step_lr: lr
#|   loss_before: loss.item()
#|   loss_after: new_loss.item()
#| claims:
#|   loss_falls: new_loss < loss
#| tolerance:
#|   loss_before: rel 1e-3
#|   loss_after: rel 1e-3
#|   text: abs 2e-3
import copy

lr = 0.01
twin = copy.deepcopy(model)

loss = criterion(model(images), labels)
loss.backward()
with torch.no_grad():
    for parameter in model.parameters():
        parameter -= lr * parameter.grad
    new_loss = criterion(model(images), labels)
print(f"loss {loss.item():.4f} -> {new_loss.item():.4f}")

# %% [markdown]
# [[loss_falls? The loss of this digit has fallen from [[loss_before:.4f]] to [[loss_after:.4f]].]] Now the copy
# makes the same step with an optimizer:

# %%
#| claims:
#|   same_step: all(same)
optimizer = torch.optim.SGD(twin.parameters(), lr=lr)
optimizer.zero_grad()
loss = criterion(twin(images), labels)
loss.backward()
optimizer.step()

same = []
for ours, theirs in zip(model.parameters(), twin.parameters(), strict=True):
    same.append(torch.allclose(ours, theirs))
print(same)

# %% [markdown]
# [[same_step? All ten tensors agree.]] SGD is the simplest of PyTorch's optimizers; [Four ways
# downhill](downhill.py) compares it with others.
#
# ## Training
#
# For the training we pad the digits, set some aside for validation, and start with a new network:

# %%
#| values:
#|   train_length: len(train_set)
#|   val_length: len(val_set)
from torch.utils.data import DataLoader, TensorDataset, random_split

from groundup.repro import pick_device

pixels = train_digits.images.unsqueeze(1) / 255  # (60000, 1, 28, 28)
padded = F.pad(pixels, (2, 2, 2, 2))  # (60000, 1, 32, 32)
dataset = TensorDataset(padded, train_digits.labels)
train_set, val_set = random_split(dataset, [55_000, 5_000])
train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
val_loader = DataLoader(val_set, batch_size=1000)

device = pick_device()
model = SmallConvNet().to(device)
filters_before = model.conv1.weight.detach().cpu().clone()


# %%
#| values:
#|   untrained: untrained
#| tolerance:
#|   untrained: seeds
#|   accuracy: seeds
def evaluate(model, loader):
    model.eval()
    correct = 0
    with torch.no_grad():
        for images, labels in loader:
            images = images.to(device)
            labels = labels.to(device)
            predictions = model(images).argmax(dim=1)
            correct += (predictions == labels).sum().item()
    return correct / len(loader.dataset)


untrained = evaluate(model, val_loader)
print(f"untrained: accuracy {untrained:.4f}")

# %%
#| values:
#|   epoch_lr: optimizer.param_groups[0]['lr']
#|   batch_size: train_loader.batch_size
#|   steps: len(losses)
#|   accuracy: accuracy
#|   first_loss: sum(losses[:50]) / 50
#|   last_loss: sum(losses[-50:]) / 50
#| claims:
#|   learns: sum(losses[-50:]) < sum(losses[:50]) / 5
#| tolerance:
#|   accuracy: seeds
#|   first_loss: seeds
#|   last_loss: seeds
#|   figure: seeds
#| alt: >-
#|   The training loss over [[steps:,]] steps, averaged over 50 at a time. It falls steeply from
#|   [[first_loss:.2f]] in the first few hundred steps and then slowly and unevenly, to
#|   [[last_loss:.2f]].
from groundup import figures

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

losses = []
model.train()
for images, labels in train_loader:
    images = images.to(device)
    labels = labels.to(device)
    optimizer.zero_grad()
    loss = criterion(model(images), labels)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

accuracy = evaluate(model, val_loader)
print(f"after one epoch: accuracy {accuracy:.4f}")
figures.smoothed_curves({"training loss": losses}, ylabel="loss")

# %% [markdown]
# One epoch of [[steps:,]] steps, with batches of [[batch_size]] and a learning rate of [[epoch_lr]], raises the
# accuracy on the [[val_length:,]] validation digits from [[untrained:.1%]] to [[accuracy:.1%]]. In the
# [[accuracy.seeds]] runs on record it lies between [[accuracy.low:.1%]] and [[accuracy.high:.1%]]. How far such
# networks can go is a matter for the next page.
#
# ## The six learned filters
#
# What does a filter respond to? Its response to a window is the number that it puts into the feature map. We take
# [[looked_at:,]] validation digits, find the strongest response of each filter to each digit, and cut out the
# windows of the five strongest (`topk`), with some surroundings:

# %%
#| values:
#|   looked_at: len(images)
#| tolerance:
#|   figure: seeds
#| claims:
#|   larger: filters_after.norm() > 1.3 * filters_before.norm()
#| alt: >-
#|   Six rows, one for each filter: its nine weights before training, its nine weights after it,
#|   and five cut-outs of digits with a frame around the window. After training most of the
#|   filters have larger weights, with positive ones (orange) side by side and negative ones
#|   (blue) side by side. The framed windows are bright where the weights are positive and dark
#|   where they are negative. In two rows the weights before and after look the same.
images, _ = next(iter(val_loader))  # (1000, 1, 32, 32)
model.cpu()
filters_after = model.conv1.weight.detach()  # (6, 1, 3, 3)
with torch.no_grad():
    maps = model.conv1(images)  # (1000, 6, 30, 30)
# the largest number of each map, and its place when the map is one row
strength, place = maps.flatten(2).max(dim=2)  # (1000, 6) each
around = F.pad(images, (3, 3, 3, 3))  # (1000, 1, 38, 38)

windows = []
for k in range(6):
    for i in strength[:, k].topk(5).indices:
        top = place[i, k] // 30
        left = place[i, k] % 30
        windows.append(around[i, 0, top : top + 9, left : left + 9])
windows = torch.stack(windows).reshape(6, 5, 9, 9)
drawings.learned_filters(filters_before[:, 0], filters_after[:, 0], windows)

# %% [markdown]
# The weights began as noise. [[larger? Training has made them larger on the whole.]] A window gives a large sum if
# it is bright where the weights are positive and dark where they are negative, so a row shows what its filter
# looks for, unless even its strongest responses are below 0. Three numbers describe each filter:

# %%
#| values:
#|   edge: contrasts.index(max(contrasts))
#|   edge_contrast: max(contrasts)
#|   ink_filter: sums.index(max(sums))
#|   ink_sum: max(sums)
#| claims:
#|   finds_edges: max(contrasts) > 1.5
#|   finds_ink: max(sums) > 2
#| tolerance:
#|   edge: within 0 5 because which filter it is depends on the seed
#|   ink_filter: within 0 5 because which filter it is depends on the seed
#|   edge_contrast: seeds 0 inf
#|   ink_sum: seeds 0 inf
#|   text: within -9 9 because what each of the six filters learns depends on the seed
sums = []
contrasts = []
for k in range(6):
    w = filters_after[k, 0]  # (3, 3)
    total_weight = w.sum().item()
    right_left = (w[:, 2] - w[:, 0]).sum().item()
    bottom_top = (w[2] - w[0]).sum().item()
    sums.append(total_weight)
    contrasts.append(max(abs(right_left), abs(bottom_top)))
    print(f"filter {k}  sum {total_weight:5.2f}", end="  ")
    print(f"right - left {right_left:5.2f}", end="  ")
    print(f"bottom - top {bottom_top:5.2f}")

# %% [markdown]
# - A large difference between two sides, of either sign, means that the filter responds to an **edge**. The filter
#   that we made by hand has 6 for right minus left. [[finds_edges? Here filter [[edge]] has the largest
#   difference, [[edge_contrast:.2f]] in size.]]
# - A large sum means that it responds to ink, wherever in the window. [[finds_ink? That of filter [[ink_filter]]
#   is [[ink_sum:.2f]].]]
#
# ### Filters that never respond
#
# ??? question "Before you run it: suppose that the response of a filter is below 0 in each window of each digit. What will training do to it?"
#     Nothing. The ReLU makes a 0 of each response, and its derivative is 0 there. No gradient reaches the filter,
#     so it stays as it was drawn.
#
# How often is the response of each filter above 0, in windows with ink? And how far have its weights moved?
# (`norm` takes the root of the sum of squares.)

# %%
#| values:
#|   quiet: share.argmin().item()
#|   quiet_share: share.min().item()
#|   quiet_moved: moved[share.argmin()].item()
#|   far_moved: moved.max().item()
#|   paper: biases.argmax().item()
#|   paper_bias: biases.max().item()
#| claims:
#|   quiet_stays: moved[share.argmin()] < 0.4 * moved.max()
#|   on_paper: biases.max() > 0.05 and sums[biases.argmax().item()] < 0
#| tolerance:
#|   quiet: within 0 5 because which filter it is depends on the seed
#|   paper: within 0 5 because which filter it is depends on the seed
#|   paper_bias: seeds 0 inf
#|   quiet_share: within 0 0.6 because a filter may be dead with one seed and busy with another
#|   quiet_moved: within 0 0.6 because a filter may be dead with one seed and busy with another
#|   far_moved: seeds 0 inf
#|   text: within -1 3 because what each of the six filters learns depends on the seed
# is the brightest of the nine pixels of a window ink?
ink = F.max_pool2d(images, 3, stride=1) > 0  # (1000, 1, 30, 30)
responds = (maps > 0) & ink  # (1000, 6, 30, 30)
share = responds.sum(dim=(0, 2, 3)) / ink.sum()  # (6,)
moved = (filters_after - filters_before).flatten(1).norm(dim=1)  # (6,)
biases = model.conv1.bias.detach()
for k in range(6):
    print(f"filter {k}  above 0: {share[k]:.2f}", end="  ")
    print(f"moved: {moved[k]:.2f}  bias: {biases[k]:5.2f}")

# %% [markdown]
# [[quiet_stays? Filter [[quiet]] responds least often, to [[quiet_share:.1%]] of these windows. Its weights have
# moved by [[quiet_moved:.2f]], those of the filter that moved furthest by [[far_moved:.2f]].]] A filter whose
# response is nowhere above 0, for any digit, is called **dead**. Its inputs, the pixels, never change, so training
# on the same digits cannot wake it.
#
# On blank paper the response is the bias. [[on_paper? That of filter [[paper]] is positive, [[paper_bias:.2f]], so
# it responds to paper, and its weights, negative on the whole, let ink lower the response.]]
#
# ## Recap
#
# You can now
#
# - compute a convolution by hand, and say why its weights are shared;
# - follow the shape of an image through convolutions and pooling, and count the parameters of each layer;
# - write a convolutional network as a class, and make one training step with and without an optimizer;
# - train it, and look at its feature maps and filters.
#
# ## Exercises
#
# **1. Predict.** LeNet-5 has windows of 5 by 5. With such windows, what are the sizes from image to `fc1`, and does
# the network have more parameters than `SmallConvNet`? Then write the network.


# %%
#| values:
#|   larger_windows: sum(p.numel() for p in lenet.parameters())
#| fold: Solution
# 32 -> 28 -> 14 -> 10 -> 5: no row is lost. The filters grow, but fc1
# shrinks by more, from 576 to 400 inputs. So there are fewer.
class LeNet(SmallConvNet):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, kernel_size=5)
        self.conv2 = nn.Conv2d(6, 16, kernel_size=5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)


lenet = LeNet()
print(lenet(images[:1]).shape)
print(sum(p.numel() for p in lenet.parameters()), "instead of", total)

# %% [markdown]
# **2. Extend.** `convolve` takes one channel. Use it to compute the first map of `conv2` from the six maps after the first
# pooling, with the trained network and an image of your choice, and compare it with PyTorch's.

# %%
#| claims:
#|   channels_add: torch.allclose(total_map, theirs, atol=1e-4)
#| fold: Solution
# one channel of the filter for each map; the sums add up
with torch.no_grad():
    conv1 = model.conv1(images[:1])
    pool1 = F.max_pool2d(torch.relu(conv1), 2)  # (1, 6, 15, 15)
    block = model.conv2.weight[0]  # (6, 3, 3)
    total_map = model.conv2.bias[0]
    for image, weight in zip(pool1[0], block, strict=True):
        total_map = total_map + convolve(image, weight, bias=0.0)
    theirs = model.conv2(pool1)[0, 0]  # (13, 13)
print(total_map.shape, torch.allclose(total_map, theirs, atol=1e-4))

# %% [markdown]
# **3. Derive.** A backward pass starts from the gradient with respect to the tensor that you call it on. For a
# loss that is 1. For ten logits it is ten numbers that PyTorch can't know: `logits.backward()` fails, and
# `logits.backward(v)` takes them from you. Which `v` leaves the gradients that cross-entropy would leave? Check
# it.

# %%
#| claims:
#|   p_minus_t: torch.allclose(from_loss, from_logits, atol=1e-6)
#| fold: Solution
# the derivatives of the loss for the logits: p - t (page 5)
one = images[:1]
label = torch.tensor([3])  # any will do

model.zero_grad()
criterion(model(one), label).backward()
from_loss = model.conv1.weight.grad.clone()

model.zero_grad()
logits = model(one)
p = torch.softmax(logits.detach(), dim=1)
logits.backward(p - F.one_hot(label, num_classes=10))
from_logits = model.conv1.weight.grad
print(torch.allclose(from_loss, from_logits, atol=1e-6))

# %% [markdown]
# ## Next
#
# [Convolutional digits](conv_digits.py) trains networks of this kind, and changes one thing at a time. Beside the
# path: [Four ways downhill](downhill.py).
#
# This page re-teaches *[PyTorch] Tutorial(3) Introduction of Neural Networks*, after PyTorch's 60-minute
# introduction. What we found when we ran it: [About the
# sources](../about_the_sources.md#s3-introduction-of-neural-networks).
