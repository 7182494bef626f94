# %%
import torch
from torch import nn

from groundup.data import Digits, extend, load_mnist
from groundup.repro import reproducible

seed = reproducible(0)
train, test = load_mnist()
train_mean = 0.1307  # of the training set, pixels from 0 to 1
train_std = 0.3081

means = []
for digit in range(10):
    of_class = train.images[train.labels == digit]
    means.append(of_class.double().mean(dim=0))
averages = torch.stack(means)  # (10, 28, 28)


# %% exercise 1
def std_of_sums(inputs, mean_square):
    # blank: return the standard deviation of the weighted sums in a layer with
    # so many `inputs`, of this mean square, with the weights of `nn.Linear`.
    # solution:
    # The variance of a sum of independent terms is the sum of the
    # variances: the sum of x_i**2 / (3 * inputs) over all inputs. With a
    # mean square of 1 that is 1/3, whatever the number of inputs.
    variance = inputs * mean_square / (3 * inputs)
    return variance**0.5
    # wrong: return mean_square**0.5
    # wrong:
    # wrong: return mean_square / 3
    # wrong:
    # wrong: return (mean_square / (3 * inputs)) ** 0.5
    # end


def measured_std(images, layer):
    with torch.no_grad():
        # blank: normalise the pixels (n, 28, 28), bytes from 0 to 255, by
        # `train_mean` and `train_std`. Return the standard deviation of what
        # `layer` makes of them, as a number.
        # solution:
        normalised = (images / 255 - train_mean) / train_std
        return layer(normalised.flatten(1)).std().item()
        # wrong: return layer(images.flatten(1) / 255).std().item()
        # wrong:
        # wrong: normalised = (images - train_mean) / train_std
        # wrong: return layer(normalised.flatten(1)).std().item()
        # end


# %%
torch.manual_seed(seed)
for inputs, mean_square in ((784, 1.0), (100, 1.0), (784, 4.0)):
    x = mean_square**0.5 * torch.randn(500, inputs)
    layer = nn.Linear(inputs, 500, bias=False)
    with torch.no_grad():
        found = layer(x).std().item()
    derived = std_of_sums(inputs, mean_square)
    assert abs(derived / found - 1) < 0.1, (
        f"{inputs} inputs with a mean square of {mean_square:.0f}: the "
        f"sums have a standard deviation of {found:.3f}; your formula says "
        f"{derived:.3f}. How many terms are added, of which variance?"
    )

layer = nn.Linear(784, 100, bias=False)
measured = measured_std(train.images[:5000], layer)
derived = std_of_sums(784, 1.0)
print(f"on digits: measured {measured:.3f}, derived {derived:.3f}")
assert abs(measured / derived - 1) < 0.3, (
    f"On digits you measure {measured:.3f}, far from {derived:.3f}. Is the "
    "mean square of your inputs 1? Normalise pixels that go from 0 to 1."
)
print("Right: each layer makes its inputs smaller, to 1 / sqrt(3).")

# %% exercise 2
# blank: does the mean of the pixels rise or fall, even by a little, or is it
# the same? Assign "rises", "falls" or "same" to `mean`.
# solution:
# A shift pushes the ink of the outermost rows and columns over the edge,
# and few digits have ink there: the mean falls a little.
mean = "falls"
# wrong: mean = "same"
# wrong:
# wrong: mean = "rises"
# end


def at_edge(images):
    # blank: return for each image (n, 28, 28) whether there is ink in an
    # outermost row or column: (n,), True or False.
    # solution:
    border = torch.ones(28, 28, dtype=torch.bool)
    border[1:-1, 1:-1] = False
    return images[:, border].amax(dim=1) > 0
    # wrong: return images[:, [0, -1]].amax(dim=(1, 2)) > 0
    # wrong:
    # wrong: return images[:, 0, 0] + images[:, -1, -1] > 0
    # end


# %%
few = Digits(train.images[:5000], train.labels[:5000])
extended = extend(few)
few_sum = few.images.sum().item()  # a whole number: no rounding
extended_sum = extended.images.sum().item()
print(f"few       mean {few_sum / few.images.numel() / 255:.6f}")
print(f"extended  mean {extended_sum / extended.images.numel() / 255:.6f}")

truth = "same"
if extended_sum < 5 * few_sum:
    truth = "falls"
if extended_sum > 5 * few_sum:
    truth = "rises"
choices = ("rises", "falls", "same")
assert mean in choices, f"Assign one of {choices} to mean."
assert mean == truth, (
    "Compare the two means above. What becomes of ink in the outermost "
    "row, when the image is shifted towards it?"
)

edges = at_edge(few.images)
assert edges.shape == (len(few),), "One answer for each image: shape (n,)."
inner = few.images[:, 1:-1, 1:-1].sum(dim=(1, 2))
expected = inner < few.images.sum(dim=(1, 2))
assert torch.equal(edges.bool(), expected), (
    f"{expected.sum()} of {len(few):,} digits have ink outside of the "
    f"inner 26 by 26 pixels; you find {edges.sum()}. Look at whole rows "
    "and columns, at all four edges."
)
print(f"Right: only {edges.sum()} of {len(few):,} digits can lose ink.")


# %% exercise 3
def read_by_ink(images, averages):
    # blank: return for each image (n, 28, 28) the class of which the average
    # digit, in `averages` (10, 28, 28), has the most similar sum of pixels:
    # (n,).
    # solution:
    ink = images.sum(dim=(1, 2))  # (n,)
    gaps = (ink[:, None] - averages.sum(dim=(1, 2))).abs()  # (n, 10)
    return gaps.argmin(dim=1)
    # wrong: ink = images.sum(dim=(1, 2))
    # wrong: gaps = (ink[:, None] - averages.mean(dim=(1, 2))).abs()
    # wrong: return gaps.argmin(dim=1)
    # wrong:
    # wrong: ink = images.sum(dim=(1, 2))
    # wrong: gaps = ink[:, None] - averages.sum(dim=(1, 2))
    # wrong: return gaps.argmin(dim=1)
    # end


# blank: assign to `always` the share of test digits that a program reads which
# gives one answer to every image, the most frequent digit in `train`.
# solution:
most_frequent = torch.bincount(train.labels).argmax()
always = (test.labels == most_frequent).double().mean().item()
# wrong: always = 0.1
# wrong:
# wrong: counts = torch.bincount(train.labels)
# wrong: always = (counts.max() / len(train)).item()
# end

# %%
answers = read_by_ink(test.images, averages)
assert answers.shape == (len(test),), "One class an image: shape (n,)."
sums = averages.sum(dim=(1, 2)).tolist()
for i in range(100):
    ink = test.images[i].sum().item()
    gaps = [abs(ink - each) for each in sums]
    said = answers[i].item()
    assert gaps[said] == min(gaps), (
        f"Test digit {i} has an ink of {ink:,}. You say {said}, with "
        f"{sums[said]:,.0f} on average; {gaps.index(min(gaps))} is nearer. "
        "Compare sums with sums, and distances without a sign."
    )
counts = torch.bincount(test.labels, minlength=10)
expected = counts[torch.bincount(train.labels).argmax()].item() / len(test)
assert abs(always - expected) < 1e-6, (
    f"Always the most frequent training digit: that reads {expected:.2%} "
    f"of the test digits, not {always:.2%}. Count in the test set."
)

accuracy = (answers == test.labels).double().mean().item()
print(f"amount of ink {accuracy:.4f}   always the same {always:.4f}")
assert accuracy > always, "The amount of ink should do better than that."
print("Right: a single number helps, because a 1 has little ink.")
