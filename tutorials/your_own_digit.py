# ---
# title: Your own digit
# teaches: how to save and load a network, and how to prepare a photograph so that a network trained on MNIST can read it
# before: Convolutional digits
# sources: []
# ---

# %% [markdown]
# # Your own digit
#
# Write a 7 on a sheet of paper and take a photograph of it. Can a network that has learned from MNIST read it?
#
# We train a small network, save it to a file, and give it photographs. At first it fails. Then we prepare them,
# and count what each step gains.
#
# ## A network in a file
#
# The network is a smaller version of [page 7](conv_digits.py)'s two convolutions with ReLU. One epoch over
# [[train_length:,]] digits is enough here.

# %%
#| values:
#|   train_length: len(train_set)
import torch
from torch import nn

from groundup.data import Digits, load_mnist
from groundup.repro import pick_device, reproducible
from groundup.train import fit

seed = reproducible(0)
device = pick_device()
digits, _ = load_mnist(device)
order = torch.randperm(len(digits))
images = digits.images[order]
labels = digits.labels[order]
train_set = Digits(images[:20_000], labels[:20_000])
val_set = Digits(images[55_000:], labels[55_000:])


def make_model():
    return nn.Sequential(
        nn.Conv2d(1, 16, kernel_size=5),  # (n, 16, 24, 24)
        nn.ReLU(),
        nn.MaxPool2d(2),  # (n, 16, 12, 12)
        nn.Conv2d(16, 32, kernel_size=5),  # (n, 32, 8, 8)
        nn.ReLU(),
        nn.MaxPool2d(2),  # (n, 32, 4, 4)
        nn.Flatten(),  # (n, 512)
        nn.Linear(32 * 4 * 4, 10),
    ).to(device)


# %%
#| values:
#|   val: history[-1].accuracy
#| tolerance:
#|   val: seeds
#|   accuracy: seeds
#|   conv.js: length because the last digits of weights depend on the machine
#| files:
#|   conv.js: >-
#|     __import__('groundup.export', fromlist=['x'])
#|     .network_script('conv', trained, mean=0.1307, std=0.3081)
def normalise(images):  # as on page 5
    return (images.unsqueeze(1) / 255 - 0.1307) / 0.3081


trained = make_model()
history = fit(
    trained,
    train_set,
    val_set,
    epochs=1,
    batch_size=10,
    lr=0.03,
    criterion=nn.CrossEntropyLoss(),
    transform=normalise,
    seed=seed,
)
print(f"validation accuracy {history[-1].accuracy:.4f}")

# %% [markdown]
# When Python ends, the network is gone. The **state dict** is a dictionary of its parameters by name, and of the
# running averages of batch normalisation, if there are any. `torch.save` writes it into a file:

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

temporary = TemporaryDirectory()  # a folder away from your files
folder = Path(temporary.name)
torch.save(trained.state_dict(), folder / "digits.pt")

for name, parameter in trained.state_dict().items():
    print(f"{name:9}", tuple(parameter.shape))

# %% [markdown]
# The names begin with the positions of the layers. What the layers compute is only in our code. So we make a new
# network and fill in the parameters:

# %%
#| claims:
#|   same: torch.allclose(trained(batch), model(batch), atol=1e-4)
model = make_model()
path = folder / "digits.pt"
state = torch.load(path, weights_only=True, map_location=device)
model.load_state_dict(state)
model.eval()

batch = normalise(val_set.images[:100])
with torch.no_grad():
    same = torch.allclose(trained(batch), model(batch), atol=1e-4)
print("same outputs:", same)

# %% [markdown]
# [[same? The new network gives the outputs of the trained one, up to rounding.]] A file may hold Python objects
# that run code when they are loaded. With `weights_only=True`, the default today, PyTorch loads only tensors and
# plain types. `map_location` puts them on our device. (`eval()` would switch off dropout.)
#
# ## Photographs
#
# The photographs are made by code: strokes of a pen in a shaky hand, on paper with a shadow over one side, and the
# noise of a camera. Each of six styles has ten digits. The first style:

# %%
#| values:
#|   photo_count: len(paths)
#| tolerance:
#|   figure: seeds
#| alt: >-
#|   Ten photographs of handwritten digits from 0 to 9, dark blue ink on beige paper. In each a
#|   wide, soft shadow darkens one side, from another direction each time.
from PIL import Image

from groundup.figures import your_own_digit as drawings
from groundup.photo import pen_strokes, photograph

styles = [
    {"thickness": 14},
    {"thickness": 14, "slant": -0.1},
    {"thickness": 19, "slant": 0.15},
    {"thickness": 17, "slant": 0.3},
    {"thickness": 18, "slant": 0.2, "size": 150, "center": (200, 130)},
    {"thickness": 14, "size": 90, "center": (110, 95)},
]
paths = []
pictures = []
for style in styles:
    for digit in range(10):
        number = seed * 60 + len(paths)
        picture = photograph(pen_strokes(digit), **style, seed=number)
        pictures.append(picture)  # (240, 320, 3): red, green, blue
        paths.append(folder / f"{number}.png")
        Image.fromarray(picture.numpy()).save(paths[-1])
labels = torch.arange(10).repeat(len(styles))
drawings.photographs(torch.stack(pictures[:10]), titles=range(10))

# %% [markdown]
# We load the [[photo_count]] picture files in grey, from 0 for black to 255 for white. Phones often store a
# picture on its side, with a note on how to turn it, which `exif_transpose` follows.

# %%
from PIL import ImageOps
from torchvision.transforms.functional import pil_to_tensor


def load_grey(path):
    with Image.open(path) as picture:
        picture = ImageOps.exif_transpose(picture)
        picture = picture.convert("L")
    picture.thumbnail((320, 320))  # no side longer than this
    return pil_to_tensor(picture).float()  # (1, height, width)


greys = [load_grey(path) for path in paths]

# %% [markdown]
# ## Only made smaller
#
# The network takes 28 by 28 pixels. Let's shrink the photographs to that and do nothing else. `antialias=True`
# makes each new pixel an average of all the pixels that it replaces. Without this **anti-aliasing**, most pixels
# of the photograph would be skipped, and a thin line could vanish.
#
# ??? question "Before you run it: you read the digits above with ease. How many of the [[photo_count]] will the network read?"
#     Few: [[naive_right]] in this run, where guessing would get one in ten. It has learned from white digits on
#     black, and gets dark ones on bright paper.


# %%
#| values:
#|   naive_right: naive_right
#|   naive_sure: read(torch.cat(naive)).amax(1).mean().item()
#| claims:
#|   naive_poor: naive_right < 24
#|   naive_unsure: read(torch.cat(naive)).amax(1).mean().item() < 0.4
#| tolerance:
#|   naive_right: seeds
#|   naive_sure: seeds
#|   right: seeds
#|   text: seeds
#|   figure: seeds
#| alt: >-
#|   The ten photographs as squares of 28 by 28 pixels: dark, narrow digits on a bright ground
#|   that a shadow darkens on one side. Over each the digit that the network takes it for.
from torch.nn import functional as F

from groundup.figures import digit_grid


def shrink(image, height, width):
    image = image.unsqueeze(0)  # (1, 1, h, w)
    size = (height, width)
    image = F.interpolate(image, size, mode="bilinear", antialias=True)
    return image.squeeze(0)  # (1, height, width)


def read(images):
    with torch.no_grad():
        logits = model(normalise(images.to(device)))
    return torch.softmax(logits, dim=1).cpu()  # (n, 10)


def count(name, images):
    images = torch.cat(images)  # (60, 28, 28)
    sure, answers = read(images).max(dim=1)
    right = (answers == labels).sum().item()
    print(f"{name:21} right {right:2}   mean probability {sure.mean():.2f}")
    return right


def show(images):
    images = torch.cat(images[:10])
    return digit_grid(images, titles=read(images).argmax(dim=1).tolist())


naive = [shrink(grey, 28, 28) for grey in greys]
naive_right = count("only made smaller", naive)
show(naive)

# %% [markdown]
# [[naive_poor? It reads [[naive_right]] of [[photo_count]].]] It gives its answers a probability of [[naive_sure:.2f]] on average, [[naive_unsure? so
# at least it is not sure of them]].
#
# ## Light on dark
#
# First, ink becomes bright and paper dark.

# %%
#| values:
#|   inverted_right: inverted_right
#| claims:
#|   inverting_helps: inverted_right >= naive_right + 8
#| tolerance:
#|   inverted_right: seeds
#|   right: seeds
#|   text: seeds
#|   figure: seeds
#| alt: >-
#|   The ten digits, now bright on a dark ground. Where the shadow was, the ground is bright as
#|   well, in some images nearly as bright as the digit.
inverted = [shrink(255 - grey, 28, 28) for grey in greys]
inverted_right = count("light on dark", inverted)
show(inverted)

# %% [markdown]
# [[inverting_helps? That alone brings us to [[inverted_right]].]] But the ground of MNIST is black, and ours has a bright shadow.
#
# ## Paper and shadow
#
# ??? question "Can a threshold help, so that everything darker than some grey is ink, and the rest paper?"
#     Not here. [[overlap? In most of the photographs, some of the ink is lighter than the darkest paper]], because it lies in the
#     light, and that paper in the shadow. No threshold separates them.
#
# So we compare each pixel with the paper around it. A window wider than the pen's line contains some paper, to
# which its largest value belongs. Max pooling finds it, as on [page 6](conv_anatomy.py), but with a stride of 1.
# This makes bright areas grow by half a window. So around each pixel we then take the smallest of these values (in
# code, minus the largest of the negatives), and the areas shrink back. The two steps are called a *closing*.


# %%
#| values:
#|   cleaned_right: cleaned_right
#|   small_right: int((read(torch.cat(cleaned))[50:].argmax(1) == labels[50:]).sum())
#| claims:
#|   cleaning_helps: cleaned_right >= inverted_right + 3
#|   small_fail: (read(torch.cat(cleaned))[50:].argmax(1) == labels[50:]).sum() <= 4
#|   overlap: >-
#|     sum(float(grey[ink > 150].quantile(0.98)) > float((grey / (1 - ink / 300))[ink == 0].min())
#|     for grey, ink in zip(greys, inks)) > 30
#| tolerance:
#|   cleaned_right: seeds
#|   small_right: seeds
#|   right: seeds
#|   text: seeds
#|   figure: seeds
#| alt: >-
#|   Three pictures. Photograph: a dark digit on paper with a shadow. Paper: the same without the
#|   digit, the shadow alone. Ink: the digit alone, bright on black.
def brightest(image, side):  # the largest value around each pixel
    half = side // 2  # along columns, then along rows: faster, the same
    image = F.max_pool2d(image, (side, 1), stride=1, padding=(half, 0))
    return F.max_pool2d(image, (1, side), stride=1, padding=(0, half))


def find_paper(grey):
    return -brightest(-brightest(grey, 41), 41)


def find_ink(grey):
    # the mean of 5 by 5 pixels has less noise
    grey = F.avg_pool2d(grey, 5, 1, padding=2, count_include_pad=False)
    paper = find_paper(grey)
    ink = 255 * (1 - (grey + 1) / (paper + 1))
    if ink.max() < 60:
        raise ValueError("no ink: nothing is much darker than the paper")
    ink = (ink - 50).clamp(min=0)  # what is left of noise and folds
    return 255 * ink / ink.max()


inks = [find_ink(grey) for grey in greys]
cleaned = [shrink(ink, 28, 28) for ink in inks]
cleaned_right = count("paper removed", cleaned)
paper = find_paper(greys[2])
drawings.stages({"photograph": greys[2], "paper": paper, "ink": inks[2]})

# %% [markdown]
# Grey divided by paper is near 1 on paper and smaller on ink, in the light as in the shadow. One minus that is the
# ink. The added 1 keeps us from dividing by 0. What noise leaves, a faint ink everywhere, is set to 0, and the
# rest is stretched until the darkest ink is white.
#
# [[cleaning_helps? Now [[cleaned_right]] are right.]] [[small_fail? The digits of the last style, small and far from the middle,
# are hardly read]]: [[small_right]] of ten.
#
# ## How MNIST was made
#
# What size does the network expect? In the digits that it has learned from, we measure the **bounding box**, the
# smallest rectangle with all of the ink, and the **centre of mass**, the mean position of the ink:


# %%
#| values:
#|   longest: longer.max().item()
#|   twenty: (longer == 20).double().mean().item()
#| claims:
#|   fits: longer.max().item() == 20 and (longer == 20).double().mean().item() > 0.99
#|   central: max((down - 14).abs().max().item(), (right - 14).abs().max().item()) < 0.6
#| tolerance:
#|   twenty: abs 0.001
#|   text: abs 0.02
def extent(inked):  # (n, 28) -> (n,): from the first to the last
    first = inked.int().argmax(dim=1)
    after_last = 28 - inked.flip(1).int().argmax(dim=1)
    return after_last - first


def center_of_mass(images):  # (n, 28, 28) -> two of (n,)
    place = torch.arange(28, device=images.device)
    mass = images.sum(dim=(1, 2))
    down = (images.sum(dim=2) * place).sum(dim=1) / mass
    right = (images.sum(dim=1) * place).sum(dim=1) / mass
    return down, right


inked = train_set.images > 0
height = extent(inked.any(dim=2))
width = extent(inked.any(dim=1))
longer = torch.maximum(height, width)
print(f"longer side: {longer.min()} to {longer.max()} pixels")

down, right = center_of_mass(train_set.images.float())
print(f"centre of mass: row {down.min():.1f} to {down.max():.1f},", end=" ")
print(f"column {right.min():.1f} to {right.max():.1f}")

# %% [markdown]
# [[fits? In [[twenty:.2%]] of the digits the longer side is [[longest]] pixels long, and in none is it longer.]]
# [[central? The centre of mass is never more than about half a pixel away from row 14 and column 14, counted from
# 0.]] That is half a pixel below and right of the exact middle ([why](mnist.py)). The makers of MNIST scaled each
# digit into a square of [[longest]] by [[longest]] pixels, with anti-aliasing, then moved its centre of mass to
# this place. We do the same.
#
# ## Size
#
# We crop the ink to its bounding box, scale both sides by one factor, so that the longer one becomes [[longest]]
# pixels long, and put the result into the middle of 28 by 28.


# %%
#| values:
#|   fitted_right: fitted_right
#| claims:
#|   fitting_helps: fitted_right >= cleaned_right + 3
#| tolerance:
#|   fitted_right: seeds
#|   right: seeds
#|   text: seeds
#|   figure: seeds
#| alt: >-
#|   The ten digits in white on black, all of one height, each with a black margin all round.
#|   Over each the digit that the network takes it for.
def crop(ink):  # (1, h, w)
    rows = torch.nonzero(ink.amax(dim=(0, 2))).flatten()
    columns = torch.nonzero(ink.amax(dim=(0, 1))).flatten()
    ink = ink[:, rows[0] : rows[-1] + 1]
    return ink[:, :, columns[0] : columns[-1] + 1]


def fit_into(ink, side=20):
    height, width = ink.shape[1:]
    scale = side / max(height, width)
    height = max(1, round(scale * height))
    width = max(1, round(scale * width))
    small = shrink(ink, height, width)
    left = (28 - width) // 2
    top = (28 - height) // 2
    right = 28 - width - left
    bottom = 28 - height - top
    return F.pad(small, (left, right, top, bottom))


fitted = [fit_into(crop(ink)) for ink in inks]
fitted_right = count("20 pixels", fitted)
show(fitted)

# %% [markdown]
# [[fitting_helps? That makes [[fitted_right]].]]
#
# ## Position
#
# ??? question "The boxes are in the middle now, the centres of mass are not. Which digit is affected most?"
#     [[seven_moves? The 7]]: its bar is at the top, so its centre of mass lies above the middle of its box. [[sevens_fail? Half or more of
#     those that are still misread are sevens.]]


# %%
#| values:
#|   centred_right: centred_right
#|   centred_sure: read(torch.cat(centred)).amax(1).mean().item()
#| claims:
#|   centring_helps: centred_right > fitted_right and centred_right >= 58
#|   seven_moves: >-
#|     torch.stack([x - 13.5 for x in center_of_mass(torch.cat(fitted))]).abs().amax(0)
#|     .reshape(-1, 10).mean(0).argmax().item() == 7
#|   sevens_fail: >-
#|     2 * sum(a != 7 and t == 7 for a, t in zip(read(torch.cat(fitted)).argmax(1).tolist(),
#|     labels.tolist())) >= len(labels) - fitted_right
#| tolerance:
#|   centred_right: abs 2
#|   centred_sure: seeds
#|   right: abs 2
#|   text: seeds
#|   figure: seeds
#| alt: >-
#|   The ten digits as before, some of them moved by a pixel or more. The 7 stands lower than the
#|   others. Over each the digit that the network takes it for.
from groundup.data import shift


def center(image):
    down, right = center_of_mass(image)
    down = round(14 - down.item())
    right = round(14 - right.item())
    return shift(image, down=down, right=right)


centred = [center(image) for image in fitted]
centred_right = count("centred by mass", centred)
show(centred)

# %% [markdown]
# [[centring_helps? Now the network reads [[centred_right]] of [[photo_count]]]], with a probability of
# [[centred_sure:.2f]] on average. But we chose the steps on these photographs, and they are only ten clear
# drawings in six styles. Expect more errors with people's handwriting.
#
# ## One step left out
#
# Is each step needed? We leave out one at a time, or do it differently:

# %%
#| values:
#|   not_cropped_right: rights["not cropped"]
#|   moved_right: rights["moved by 4 and 4"]
#|   moved_sure: read(torch.cat(variants["moved by 4 and 4"])).amax(1).mean().item()
#| claims:
#|   fatal: >-
#|     max(rights[k] for k in ("dark on light", "paper left in", "moved by 4 and 4")) < 42
#|   costs_few: >-
#|     all(50 <= rights[k] <= centred_right for k in ("not cropped", "28 pixels",
#|     "both sides 20 pixels", "centred by box"))
#|   confident: >-
#|     rights['moved by 4 and 4'] < 20 and
#|     read(torch.cat(variants["moved by 4 and 4"])).amax(1).mean().item() > 0.5
#|   order: rights["not cropped"] >= cleaned_right + 4
#| tolerance:
#|   not_cropped_right: seeds
#|   moved_right: seeds
#|   moved_sure: seeds
#|   right: seeds 0 inf
#|   text: seeds 0 inf
variants = {
    "dark on light": [255 - image for image in centred],
    "paper left in": [
        center(fit_into(crop((205 - grey).clamp(min=0)))) for grey in greys
    ],
    "not cropped": [center(image) for image in cleaned],
    "28 pixels": [center(fit_into(crop(ink), side=28)) for ink in inks],
    "both sides 20 pixels": [
        center(F.pad(shrink(crop(ink), 20, 20), [4] * 4)) for ink in inks
    ],
    "centred by box": fitted,
    "moved by 4 and 4": [shift(x, down=4, right=4) for x in centred],
}
rights = {}
for name, images in variants.items():
    rights[name] = count(name, images)

# %% [markdown]
# [[fatal? Three mistakes cost many digits: dark on light, the paper left in, and an image moved by four pixels
# down and right, where some lose a little ink over the edge.]] [[costs_few? The others cost a few, or none.]]
# [[order? Centring without cropping and scaling raises the count from [[cleaned_right]] to [[not_cropped_right]]:
# in its place, even a small digit is mostly read.]] So what a step is worth depends on the others. [[confident? Of
# the moved images most are misread, and still the mean probability is [[moved_sure:.2f]].]] A convolution slides
# over the image, but the dense layer behind it has learned where to expect each part.
#
# ## All in one function
#
# The steps in turn, for any picture file:


# %%
#| claims:
#|   reads_seven: answer == 7
#| tolerance:
#|   text: abs 0.01
def prepare(grey):
    ink = find_ink(grey)
    return center(fit_into(crop(ink)))  # (1, 28, 28)


def read_digit(path):
    p = read(prepare(load_grey(path)))[0]
    digit = p.argmax().item()
    print(f"{digit} with probability {p[digit]:.2f}")
    return digit


answer = read_digit(paths[7])  # put your own file here

# %% [markdown]
# For your own digit, use a felt-tip pen. Let the paper fill the picture and the digit half of its height, with
# nothing else on it. Save it as JPEG or PNG: Pillow cannot open the HEIC files of many phones. What about an empty
# sheet?

# %%
empty = folder / "empty.png"
Image.fromarray(photograph([], seed=seed).numpy()).save(empty)
try:
    read_digit(empty)
except ValueError as error:
    print(error)

# %% [markdown]
# Without the check in `find_ink`, `ink / ink.max()` would be 0 / 0, which is nan.
#
# ## What is no digit
#
# ??? question "What does the network answer to a letter? Can it say that this is no digit?"
#     It cannot. Softmax shares out the whole probability among ten digits, whatever the image. Trained on digits
#     only, it has not learned to give a small share to each.

# %%
#| claims:
#|   letters_confident: read(torch.cat(images)).amax(1).min().item() > 0.75
#| tolerance:
#|   text: seeds
#|   figure: seeds
#| alt: >-
#|   The letters H, T and M in white on black, prepared like digits.
left = [(0.2, 0), (0.2, 1)]
right = [(0.8, 0), (0.8, 1)]
letters = {
    "H": [left, right, [(0.2, 0.5), (0.8, 0.5)]],
    "T": [[(0.1, 0), (0.9, 0)], [(0.5, 0), (0.5, 1)]],
    "M": [left, right, [(0.2, 0), (0.5, 0.7)], [(0.5, 0.7), (0.8, 0)]],
}
images = []
for name, strokes in letters.items():
    strokes = [torch.tensor(stroke) for stroke in strokes]
    picture = photograph(strokes, seed=seed)
    path = folder / f"{name}.png"
    Image.fromarray(picture.numpy()).save(path)
    print(name, "is read as a", end=" ")
    read_digit(path)
    images.append(prepare(load_grey(path)))
temporary.cleanup()  # deletes our files
digit_grid(torch.cat(images), columns=3)

# %% [markdown]
# [[letters_confident? Each letter is taken for a digit, with a probability of three quarters or more.]] The number
# says how the network chooses among ten digits, not whether there is one.
#
# ## Draw a digit
#
# A drawing on a screen needs no `find_ink`, but it does need the other steps. On the site, this page has a pad: your drawing goes
# through `crop`, `fit_into` and `center`, and the network that was trained above answers while you draw. Choose *Both* to see
# where it and the dense network of [page 3](reading_digits.py) disagree.
#
# <div class="draw" data-network="conv"></div>
#
# In your browser the steps are in JavaScript ([prepare.js](../js/prepare.js)), and so are the layers
# ([network.js](../js/network.js)):
#
# <!-- source: docs/js/prepare.js -->
#
# <!-- source: docs/js/network.js -->
#
# ## Recap
#
# You can now
#
# - save a network's parameters, load them safely, and check that nothing has changed;
# - load a picture file as a tensor, upright and in grey;
# - separate ink from paper under uneven light;
# - find out how a data set was made, and prepare your data likewise;
# - measure what each step of a preparation is worth;
# - say why a high probability does not prove that there is a digit.
#
# ## Exercises
#
# **1. Predict.** Rotate the photographs of the first style by a quarter turn, one for each digit. Which digit do you
# expect to be read all the same?

# %%
#| tolerance:
#|   as: within 0 9 because a turned digit is none of those that were learned
#| fold: Solution
# The 0: turned, it is a wide 0. The others have become shapes that the
# network has never seen. Some still come out right, but that is partly
# luck. This is why the note on how to turn a picture matters.
turned = [prepare(torch.rot90(grey, dims=(1, 2))) for grey in greys[:10]]
answers = read(torch.cat(turned)).argmax(dim=1)
for digit, answer in enumerate(answers.tolist()):
    print(f"{digit} read as {answer}")

# %% [markdown]
# **2. Repair.** Photograph the digits with a thin pen, `thickness=2.5`. How many does the network read? Repair what `find_ink` gives.

# %%
#| tolerance:
#|   right: seeds 0 inf
#| fold: Solution
# Made smaller, a thin line becomes a pale one. `brightest` makes it wider
# first: a window of 11 adds 5 pixels on each side.
thin = []
for digit in range(10):
    for number in range(3):
        picture = photograph(pen_strokes(digit), thickness=2.5, seed=number)
        grey = Image.fromarray(picture.numpy()).convert("L")
        thin.append(find_ink(pil_to_tensor(grey).float()))
thin_labels = torch.arange(10).repeat_interleave(3)
for side in (1, 11):
    images = []
    for ink in thin:
        images.append(center(fit_into(crop(brightest(ink, side)))))
    answers = read(torch.cat(images)).argmax(dim=1)
    right = (answers == thin_labels).sum()
    print(f"window {side:2}: right {right} of {len(thin)}")

# %% [markdown]
# **3. Extend.** Read a photograph with two digits. Pixels of ink that touch belong together: begin with one of them, and let `brightest`
# spread it over the ink until nothing changes.


# %%
#| tolerance:
#|   text: abs 0.02
#| fold: Solution
def split(ink):  # the parts from left to right
    parts = []
    rest = ink.clone()
    while rest.max() > 0:
        columns = rest.amax(dim=(0, 1))
        column = torch.nonzero(columns).min()
        part = torch.zeros_like(ink)
        part[:, :, column] = (rest[:, :, column] > 0).float()
        size = 0
        while part.sum() > size:
            size = part.sum()
            part = brightest(part, 3) * (rest > 0)
        parts.append(rest * part)
        rest = rest * (1 - part)
    return parts


move = torch.tensor([0.45, 0.0])
strokes = [stroke - move for stroke in pen_strokes(4)]
strokes += [stroke + move for stroke in pen_strokes(2)]
picture = photograph(strokes, size=110, seed=seed)
grey = Image.fromarray(picture.numpy()).convert("L")
for part in split(find_ink(pil_to_tensor(grey).float())):
    p = read(center(fit_into(crop(part))))[0]
    print(f"{p.argmax().item()} with probability {p.max():.2f}")

# %% [markdown]
# ## Next
#
# This is the end of the path. The [cheat sheet](../cheat_sheet.md) has its recipes on one page, and
# [What is in MNIST](mnist.py) looks closer at the digits.
