"""MNIST from the copy packed in this library, as a torchvision dataset or as tensors.

The copy is unpacked once, and verified.

Source: Yann LeCun, Corinna Cortes, Christopher Burges, *The MNIST database of handwritten digits*;
CC BY-SA 3.0.
"""

import gzip
import hashlib
import os
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor
from torch.nn import functional as F
from torchvision.datasets import MNIST

from groundup.repro import out_of_memory_explained

PACKED = Path(__file__).parent / "mnist"

SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


class DataError(RuntimeError):
    """A data file is missing or is not the expected one; the message says which, and what to do."""


@dataclass(frozen=True)
class Digits:
    """Images and their labels, both whole in memory on one device.

    The images stay uint8, one byte a pixel (47 MB for the 60,000 training images); `scale` turns a
    batch of them into floats when it is needed.
    """

    images: UInt8[Tensor, "n 28 28"]
    labels: Int64[Tensor, " n"]

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: torch.device | str) -> "Digits":
        """The same digits on `device`."""
        return Digits(self.images.to(device), self.labels.to(device))


def load_mnist(device: torch.device | str = "cpu") -> tuple[Digits, Digits]:
    """The 60,000 training digits and the 10,000 test digits, on `device`.

    Raises:
        DataError: a file is missing or damaged.
        torch.OutOfMemoryError: the GPU has no memory left.
    """
    train = mnist_dataset(train=True)
    test = mnist_dataset(train=False)
    with out_of_memory_explained():
        train_digits = Digits(train.data, train.targets).to(device)
        test_digits = Digits(test.data, test.targets).to(device)
    return train_digits, test_digits


def mnist_dataset(*, train: bool, transform: Callable[[Any], Any] | None = None) -> MNIST:
    """torchvision's own `MNIST` dataset, reading the packed files: no download, no mirror.

    Args:
        train: the 60,000 training digits if true, the 10,000 test digits if not.
        transform: what torchvision applies to each image, such as `ToTensor()`.

    Raises:
        DataError: a file is missing or damaged.
    """
    return MNIST(mnist_root(), train=train, transform=transform, download=False)


def scale(images: UInt8[Tensor, "n 28 28"]) -> Float[Tensor, "n 1 28 28"]:
    """Bytes 0..255 as floats 0..1 with a channel dimension, as `ToTensor` gives for one image."""
    return images.unsqueeze(1).float() / 255


def normalize(
    images: UInt8[Tensor, "n 28 28"], *, mean: float, std: float
) -> Float[Tensor, "n 1 28 28"]:
    """`scale`, then minus `mean`, over `std`, both in units of 0..1.

    The same as `ToTensor` and `Normalize` give.
    """
    return (scale(images) - mean) / std


def shift(
    images: UInt8[Tensor, "n 28 28"], *, down: int = 0, right: int = 0
) -> UInt8[Tensor, "n 28 28"]:
    """The images moved by whole pixels, up and left where negative.

    The edge that becomes free is 0, black.
    """
    padded = F.pad(images, (max(right, 0), max(-right, 0), max(down, 0), max(-down, 0)))
    top = max(-down, 0)
    left = max(-right, 0)
    return padded[:, top : top + 28, left : left + 28]


def extend(digits: Digits) -> Digits:
    """The digits and four copies of each, moved by one pixel to the right, left, up and down.

    Source: README of the GitHub repository nestedsoftware/pytorch, after Michael Nielsen's
    `expand_mnist.py`.
    """
    moves = [(0, 1), (0, -1), (-1, 0), (1, 0)]
    shifted = [shift(digits.images, down=down, right=right) for down, right in moves]
    return Digits(torch.cat([digits.images, *shifted]), digits.labels.repeat(5))


def mnist_root() -> Path:
    """The per-user folder to hand to `torchvision.datasets.MNIST`.

    The files are unpacked there and verified. It lies beside torch's own cache:
    `~/.cache/torch/groundup`, or under `$TORCH_HOME` where that is set.

    Raises:
        DataError: a file is missing or damaged.
    """
    root = Path(torch.hub.get_dir()).parent / "groundup"
    raw = root / "MNIST" / "raw"  # where torchvision's class looks
    raw.mkdir(parents=True, exist_ok=True)
    for name, expected in SHA256.items():
        unpacked = raw / name
        if not unpacked.exists():
            _write(unpacked, _unpack(PACKED / f"{name}.gz", expected))
            continue
        found = _sha256(unpacked.read_bytes())
        if found != expected:
            remedy = "Delete the file: it is unpacked again from the library at the next call."
            raise DataError(_damaged(unpacked, found, expected, remedy))
    return root


def _unpack(packed: Path, expected: str) -> bytes:
    remedy = (
        "Reinstall groundup, or restore the file from the repository "
        "(`git checkout -- src/groundup/mnist`)."
    )
    try:
        content = gzip.decompress(packed.read_bytes())
    except FileNotFoundError:
        found = "none: the file is missing"
        raise DataError(_damaged(packed, found, expected, remedy)) from None
    except (OSError, EOFError, zlib.error) as error:
        found = f"none: it does not unpack ({error})"
        raise DataError(_damaged(packed, found, expected, remedy)) from error
    found = _sha256(content)
    if found != expected:
        raise DataError(_damaged(packed, found, expected, remedy))
    return content


def _write(path: Path, content: bytes) -> None:
    """Write whole or not at all: two processes may fill the folder at the same time."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        try:
            part.write(content)
            part.close()
            os.replace(part.name, path)
        except BaseException:  # a full disk, or Ctrl-C
            os.unlink(part.name)
            raise


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _damaged(path: Path, found: str, expected: str, remedy: str) -> str:
    lines = [
        f"{path}: not the MNIST file that it should be.",
        f"  SHA-256 found     {found}",
        f"  SHA-256 expected  {expected}",
        f"  {remedy}",
    ]
    return "\n".join(lines)
