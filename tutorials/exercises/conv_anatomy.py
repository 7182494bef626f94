# %%
import copy

import torch
from torch import nn
from torch.nn import functional as F

from groundup.data import load_mnist
from groundup.repro import reproducible

seed = reproducible(0)
train_digits, _ = load_mnist()
pixels = train_digits.images[:1600].unsqueeze(1) / 255
images = F.pad(pixels, (2, 2, 2, 2))  # (1600, 1, 32, 32)
labels = train_digits.labels[:1600]
criterion = nn.CrossEntropyLoss()


def convolve(image, weight, bias):
    rows = image.shape[0] - 2
    columns = image.shape[1] - 2
    output = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            window = image[i : i + 3, j : j + 3]
            output[i, j] = (window * weight).sum() + bias
    return output


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


# %%
# A short training: 50 steps of 32 digits.
model = SmallConvNet()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for start in range(0, 1600, 32):
    optimizer.zero_grad()
    logits = model(images[start : start + 32])
    loss = criterion(logits, labels[start : start + 32])
    loss.backward()
    optimizer.step()

# %% exercise 1
# blank: the height of the image, and then of the maps after each
# convolution and each pooling. Assign the five numbers to `heights`, a list.
# solution:
# no row is lost
heights = [32, 28, 14, 10, 5]
# wrong: heights = [32, 30, 15, 13, 6]
# wrong:
# wrong: heights = [32, 27, 13, 8, 4]
# end

# blank: has the network more or fewer parameters than SmallConvNet?
# Assign "more" or "fewer" to `parameters`.
# solution:
# The filters grow, but fc1 shrinks by more, from 576 to 400 inputs.
parameters = "fewer"
# wrong: parameters = "more"
# end


class LeNet(SmallConvNet):
    def __init__(self):
        super().__init__()
        # blank: replace the layers that have another shape now.
        # solution:
        self.conv1 = nn.Conv2d(1, 6, kernel_size=5)
        self.conv2 = nn.Conv2d(6, 16, kernel_size=5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        # wrong: self.conv1 = nn.Conv2d(1, 6, kernel_size=5)
        # wrong: self.conv2 = nn.Conv2d(6, 16, kernel_size=5)
        # wrong:
        # wrong: self.conv1 = nn.Conv2d(1, 6, kernel_size=5)
        # wrong: self.fc1 = nn.Linear(16 * 6 * 6, 120)
        # end


# %%
lenet = LeNet()
for layer, filters in [(lenet.conv1, (6, 1)), (lenet.conv2, (16, 6))]:
    shape = tuple(layer.weight.shape)
    assert shape == (*filters, 5, 5), (
        f"The weights of a convolution have the shape {shape}; with "
        f"windows of 5 by 5 they have {(*filters, 5, 5)}."
    )
with torch.no_grad():
    conv1 = lenet.conv1(images[:1])
    pool1 = F.max_pool2d(torch.relu(conv1), 2)
    conv2 = lenet.conv2(pool1)
    pool2 = F.max_pool2d(torch.relu(conv2), 2)
measured = [maps.shape[2] for maps in (images, conv1, pool1, conv2, pool2)]
flat = torch.flatten(pool2, 1).shape[1]
assert lenet.fc1.in_features == flat, (
    f"fc1 expects {lenet.fc1.in_features} numbers, but the second pooling "
    f"leaves {tuple(pool2.shape[1:])}, which makes {flat}."
)
assert lenet(images[:1]).shape == (1, 10), "There should be ten logits."
assert len(heights) == 5, f"Your list has {len(heights)} numbers, not five."
for yours, theirs in zip(heights, measured, strict=True):
    assert yours == theirs, (
        f"You have {yours} where the network has {theirs}. In how many "
        "places can a window of 5 stand?"
    )

before = sum(p.numel() for p in model.parameters())
after = sum(p.numel() for p in lenet.parameters())
print(f"parameters: {after:,} instead of {before:,}")
assert parameters == ("more" if after > before else "fewer"), (
    f'"{parameters}" does not fit these numbers. Which layer has most of '
    "the parameters, and does it grow or shrink?"
)
print("Right.")


# %% exercise 2
def first_map(maps, layer):
    # blank: `maps` are six maps, (6, 15, 15), and `layer` is like `conv2`:
    # its weight has the shape (16, 6, 3, 3), its bias (16,). Return the
    # first map of the layer, (13, 13), by means of `convolve`.
    # solution:
    # one channel of the filter for each map; the sums add up
    block = layer.weight[0]  # (6, 3, 3)
    total_map = layer.bias[0]
    for image, weight in zip(maps, block, strict=True):
        total_map = total_map + convolve(image, weight, bias=0.0)
    return total_map
    # wrong: total_map = 0.0
    # wrong: for image, weight in zip(maps, layer.weight[0], strict=True):
    # wrong:     total_map = total_map + convolve(image, weight, layer.bias[0])
    # wrong: return total_map
    # wrong:
    # wrong: return convolve(maps[0], layer.weight[0, 0], layer.bias[0])
    # end


# %%
with torch.no_grad():
    pool1 = F.max_pool2d(torch.relu(model.conv1(images[:1])), 2)
    layer = copy.deepcopy(model.conv2)
    layer.bias.fill_(0.0)
    ours = first_map(pool1[0], layer)
    theirs = layer(pool1)[0, 0]  # (13, 13)
    assert ours.shape == (13, 13), f"Your shape is {tuple(ours.shape)}."
    difference = (ours - theirs).abs().max().item()
    assert difference < 1e-4, (
        f"With all biases 0, your map and PyTorch's differ by up to "
        f"{difference:.2f}. Each of the six maps has its own channel of "
        "the filter."
    )
    layer.bias.fill_(1.0)
    bias = (first_map(pool1[0], layer) - theirs).mean().item()
    assert abs(bias - 1) < 1e-4, (
        f"With a bias of 1, your map grows by {bias:.2f}. How often must "
        "the bias be added?"
    )
    ours = first_map(pool1[0], model.conv2)
    assert torch.allclose(ours, model.conv2(pool1)[0, 0], atol=1e-4), (
        "With the trained layer itself, the two maps differ."
    )
print("Right: the same map, pixel for pixel.")


# %% exercise 3
def start_from(logits, label):
    # blank: `logits` has the shape (1, 10), `label` (1,). Return v, (1, 10).
    # solution:
    # the derivatives of the loss for the logits: p - t
    p = torch.softmax(logits, dim=1)
    return p - F.one_hot(label, num_classes=10)
    # wrong: return torch.softmax(logits, dim=1)
    # wrong:
    # wrong: return F.one_hot(label, num_classes=10) - logits.softmax(dim=1)
    # wrong:
    # wrong: return logits - F.one_hot(label, num_classes=10)
    # end


# %%
for label in [torch.tensor([3]), torch.tensor([8])]:  # any will do
    model.zero_grad()
    criterion(model(images[:1]), label).backward()
    from_loss = model.conv1.weight.grad.clone()

    model.zero_grad()
    logits = model(images[:1])
    v = start_from(logits.detach(), label)
    assert v.shape == (1, 10), f"Your v has the shape {tuple(v.shape)}."
    logits.backward(v)
    from_logits = model.conv1.weight.grad

    assert not torch.allclose(from_logits, -from_loss, atol=1e-6), (
        "Your gradients have the right size and the wrong sign."
    )
    assert torch.allclose(from_logits, from_loss, atol=1e-5), (
        f"The first gradient is {from_loss[0, 0, 0, 0]:.4f} from the loss, "
        f"and {from_logits[0, 0, 0, 0]:.4f} from your v. What is the "
        "derivative of the cross-entropy for each logit?"
    )
print("Right: both backward passes leave the same gradients.")
