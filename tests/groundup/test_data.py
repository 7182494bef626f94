import hashlib
import multiprocessing
import os
from collections.abc import Callable
from functools import partial
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
import torch
from jaxtyping import TypeCheckError
from torch import Tensor
from torch.utils.data import DataLoader
from torchvision.transforms import Compose, Normalize, ToTensor

from groundup import data
from groundup.data import (
    SHA256,
    DataError,
    Digits,
    extend,
    load_mnist,
    mnist_dataset,
    mnist_root,
    normalize,
    scale,
    shift,
)

Both = tuple[Digits, Digits]


def test_digits_have_the_documented_lengths_shapes_and_dtypes(digits: Both) -> None:
    for part, length in zip(digits, (60_000, 10_000), strict=True):
        assert len(part) == length
        assert part.images.shape == (length, 28, 28)
        assert part.images.dtype == torch.uint8
        assert part.labels.shape == (length,)
        assert part.labels.dtype == torch.int64
        assert part.labels.unique().tolist() == list(range(10))


def test_first_ten_test_labels(digits: Both) -> None:
    assert digits[1].labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


def test_mean_and_standard_deviation_of_the_pixels(digits: Both) -> None:
    parts = (*digits, extend(digits[0]))
    for part, mean, std in zip(
        parts, (0.130660, 0.1325, 0.130655), (0.308108, 0.3105, 0.308104), strict=True
    ):
        split = part.images.split(10_000)  # bincount makes wide integers of all that it gets
        counts = (
            torch.stack([torch.bincount(images.flatten(), minlength=256) for images in split])
            .sum(dim=0)
            .double()
        )
        levels = torch.arange(256, dtype=torch.float64) / 255
        total = counts.sum()
        found = (counts * levels).sum() / total
        spread = ((counts * (levels - found) ** 2).sum() / total).sqrt()
        precision = 5e-5 if len(part) == 10_000 else 5e-7
        assert found.item() == pytest.approx(mean, abs=precision)
        assert spread.item() == pytest.approx(std, abs=precision)


def test_training_images_take_47_mb(digits: Both) -> None:
    assert digits[0].images.nbytes == 47_040_000


@pytest.mark.parametrize("train", [True, False])
def test_torchvision_with_to_tensor_gives_the_same_bits_as_scale(digits: Both, train: bool) -> None:
    dataset = mnist_dataset(train=train, transform=ToTensor())
    images, labels = next(iter(DataLoader(dataset, batch_size=64)))
    ours = digits[0 if train else 1]
    assert len(dataset) == len(ours)
    assert torch.equal(images, scale(ours.images[:64]))
    assert torch.equal(labels, ours.labels[:64])
    assert images.dtype == torch.float32


def test_scale_maps_bytes_to_0_and_1_and_adds_a_channel() -> None:
    images = torch.zeros(2, 28, 28, dtype=torch.uint8)
    images[1] = 255
    scaled = scale(images)
    assert scaled.shape == (2, 1, 28, 28)
    assert scaled[0].unique().tolist() == [0.0]
    assert scaled[1].unique().tolist() == [1.0]


def test_torchvision_with_normalize_gives_the_same_bits_as_normalize(digits: Both) -> None:
    dataset = mnist_dataset(
        train=True, transform=Compose([ToTensor(), Normalize((0.1305,), (0.3081,))])
    )
    images, _ = next(iter(DataLoader(dataset, batch_size=64)))
    assert torch.equal(images, normalize(digits[0].images[:64], mean=0.1305, std=0.3081))


def moved(image: Tensor, down: int, right: int) -> Tensor:
    """The image shifted pixel by pixel: each is what lay there before, or black if outside."""
    after = torch.zeros(28, 28, dtype=torch.uint8)
    for row in range(28):
        for column in range(28):
            if 0 <= row - down < 28 and 0 <= column - right < 28:
                after[row, column] = image[row - down, column - right]
    return after


@pytest.mark.parametrize(
    ("down", "right"),
    [
        (1, 0),
        (-1, 0),
        (0, 1),
        (0, -1),
        (2, 3),
        (2, -3),
        (-4, 5),
        (-4, -5),
        (27, 0),
        (0, -28),
        (-30, 30),
        (0, 0),
    ],
)
def test_shift_moves_each_pixel_and_leaves_black_behind(down: int, right: int) -> None:
    images = torch.randint(1, 256, (3, 28, 28), dtype=torch.uint8)  # none of them black
    expected = torch.stack([moved(image, down, right) for image in images])
    assert torch.equal(shift(images, down=down, right=right), expected)


@pytest.mark.parametrize(
    ("move", "corner"),
    [
        ({}, (5, 4)),
        ({"down": 1}, (6, 4)),
        ({"down": -1}, (4, 4)),
        ({"right": 1}, (5, 5)),
        ({"right": -1}, (5, 3)),
        ({"down": 2, "right": -3}, (7, 1)),
    ],
)
def test_first_training_digit_begins_where_the_shift_puts_it(
    digits: Both, move: dict[str, int], corner: tuple[int, int]
) -> None:
    rows, columns = shift(digits[0].images[:1], **move)[0].nonzero(as_tuple=True)
    assert (rows.min().item(), columns.min().item()) == corner


def test_extend_gives_the_digits_then_their_copies_to_the_right_left_up_and_down(few: Both) -> None:
    train, _ = few
    parts = extend(train).images.split(len(train))
    for part, (down, right) in zip(parts, [(0, 0), (0, 1), (0, -1), (-1, 0), (1, 0)], strict=True):
        assert torch.equal(part, torch.stack([moved(image, down, right) for image in train.images]))


def test_each_copy_keeps_its_label(few: Both) -> None:
    train, _ = few
    assert extend(train).labels.tolist() == 5 * train.labels.tolist()


def test_extended_training_set_has_300_000_digits_of_one_byte_a_pixel(digits: Both) -> None:
    extended = extend(digits[0])
    assert len(extended) == 300_000
    assert extended.images.dtype == torch.uint8
    assert extended.images.nbytes == 235_200_000


@pytest.mark.parametrize("function", [scale, shift, partial(normalize, mean=0.0, std=1.0)])
@pytest.mark.parametrize(
    "images",
    [
        torch.zeros(3, 28, 28),
        torch.zeros(3, 28, 28, dtype=torch.int64),
        torch.zeros(3, 1, 28, 28, dtype=torch.uint8),
        torch.zeros(28, 28, dtype=torch.uint8),
        torch.zeros(3, 28, 27, dtype=torch.uint8),
    ],
    ids=["floats", "wide integers", "with a channel", "a single image", "too narrow"],
)
def test_images_of_another_type_or_shape_are_refused(
    function: Callable[[Tensor], Tensor], images: Tensor
) -> None:
    with pytest.raises(TypeCheckError):
        function(images)


def test_to_moves_both_tensors(digits: Both) -> None:
    moved = digits[1].to("meta")
    assert moved.images.device.type == moved.labels.device.type == "meta"


def checksums(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file in a folder, by its name."""
    found = {}
    for path in folder.iterdir():
        found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def test_files_are_unpacked_beside_torchs_cache_and_match_their_checksums(
    digits: Both, torch_home: Path
) -> None:
    assert mnist_root() == torch_home / "groundup"
    assert checksums(torch_home / "groundup" / "MNIST" / "raw") == SHA256


def test_without_torch_home_the_cache_lies_in_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TORCH_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(data, "SHA256", {})
    assert mnist_root() == tmp_path / "torch" / "groundup"


@pytest.fixture
def cache(digits: Both, torch_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A filled cache of its own, of links: a file can be replaced and the others stay."""
    raw = tmp_path / "home" / "groundup" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in SHA256:
        os.link(torch_home / "groundup" / "MNIST" / "raw" / name, raw / name)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    return raw


@pytest.fixture
def packed(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The library's packed files, to be damaged; the cache lacks the training labels."""
    folder = tmp_path / "packed"
    folder.mkdir()
    for name in SHA256:
        (folder / f"{name}.gz").write_bytes((data.PACKED / f"{name}.gz").read_bytes())
    monkeypatch.setattr(data, "PACKED", folder)
    (cache / LABELS).unlink()
    return folder / f"{LABELS}.gz"


LABELS = "train-labels-idx1-ubyte"


def message_of_load() -> str:
    with pytest.raises(DataError) as caught:
        load_mnist()
    return str(caught.value)


@pytest.mark.parametrize("name", SHA256)
def test_damaged_cached_file_is_named_with_both_checksums_and_the_remedy(
    cache: Path, name: str
) -> None:
    content = bytearray((cache / name).read_bytes())
    content[-1] ^= 1
    (cache / name).unlink()
    (cache / name).write_bytes(content)
    message = message_of_load()
    assert str(cache / name) in message
    assert hashlib.sha256(content).hexdigest() in message
    assert SHA256[name] in message
    assert "Delete the file" in message


def test_truncated_cached_file_is_noticed(cache: Path) -> None:
    (cache / LABELS).unlink()
    (cache / LABELS).write_bytes(b"")
    assert hashlib.sha256(b"").hexdigest() in message_of_load()


def test_deleting_the_damaged_cached_file_is_indeed_the_remedy(cache: Path) -> None:
    (cache / LABELS).unlink()
    (cache / LABELS).write_bytes(b"damaged")
    message_of_load()
    (cache / LABELS).unlink()
    assert len(load_mnist()[0]) == 60_000


def test_packed_files_are_not_needed_once_the_cache_is_filled(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "PACKED", cache / "nowhere")
    assert len(load_mnist()[1]) == 10_000


def test_missing_packed_file_is_named_with_the_remedy(packed: Path) -> None:
    packed.unlink()
    message = message_of_load()
    assert str(packed) in message
    assert "missing" in message
    assert SHA256[LABELS] in message
    assert "Reinstall groundup" in message


def test_packed_file_with_other_content_is_named_with_both_checksums(packed: Path) -> None:
    other = (data.PACKED / "t10k-labels-idx1-ubyte.gz").read_bytes()
    packed.write_bytes(other)
    message = message_of_load()
    assert str(packed) in message
    assert SHA256["t10k-labels-idx1-ubyte"] in message
    assert SHA256[LABELS] in message
    assert "Reinstall groundup" in message


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "not gzip"])
def test_packed_file_that_does_not_unpack_is_named_with_the_remedy(
    packed: Path, damage: str
) -> None:
    whole = packed.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    packed.write_bytes(
        {
            "truncated": whole[: len(whole) // 2],
            "flipped": bytes(flipped),
            "empty": b"",
            "not gzip": b"<html>",
        }[damage]
    )
    message = message_of_load()
    assert str(packed) in message
    assert "SHA-256 found" in message
    assert SHA256[LABELS] in message
    assert "Reinstall groundup" in message


def test_nothing_is_kept_in_the_cache_from_a_damaged_packed_file(packed: Path, cache: Path) -> None:
    packed.write_bytes(b"")
    message_of_load()
    assert sorted(path.name for path in cache.iterdir()) == sorted(set(SHA256) - {LABELS})


def test_a_file_appears_in_the_cache_whole_or_not_at_all(
    packed: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(source: str, target: Path) -> None:
        assert hashlib.sha256(Path(source).read_bytes()).hexdigest() == SHA256[target.name]
        raise KeyboardInterrupt

    monkeypatch.setattr(data.os, "replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        load_mnist()
    assert not (cache / LABELS).exists()


def fill(home: str, start: Barrier, results: Queue) -> None:
    os.environ["TORCH_HOME"] = home
    start.wait()
    try:
        results.put(str(mnist_root()))
    except BaseException as error:
        results.put(repr(error))


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_two_processes_can_fill_the_cache_at_the_same_time(tmp_path: Path) -> None:
    # new interpreters would spend many seconds on importing torch
    fork = multiprocessing.get_context("fork")
    start = fork.Barrier(2)
    results = fork.Queue()
    processes = [fork.Process(target=fill, args=(str(tmp_path), start, results)) for _ in range(2)]
    for process in processes:
        process.start()
    found = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(timeout=60)
    assert found == [str(tmp_path / "groundup")] * 2
    assert checksums(tmp_path / "groundup" / "MNIST" / "raw") == SHA256
