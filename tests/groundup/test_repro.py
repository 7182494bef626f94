import random

import numpy as np
import pytest
import torch

from groundup.repro import pick_device, provenance, reproducible


@pytest.mark.parametrize(("available", "kind"), [(True, "cuda"), (False, "cpu")])
def test_device_is_cuda_where_there_is_a_gpu(monkeypatch: pytest.MonkeyPatch, available: bool, kind: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert pick_device() == torch.device(kind)


def test_variable_overrides_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv("GROUNDUP_DEVICE", "cpu")
    assert pick_device() == torch.device("cpu")


@pytest.mark.parametrize("wanted", ["gpu", "cuda:99", "cpu:x", "0x0"])
def test_device_that_cannot_be_used_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    monkeypatch.setenv("GROUNDUP_DEVICE", wanted)
    with pytest.raises(ValueError, match=f"GROUNDUP_DEVICE={wanted}.*Use cpu, cuda, or unset it"):
        pick_device()


def draws() -> list[float]:
    return [random.random(), float(np.random.rand()), torch.rand(()).item()]


def test_same_numbers_from_all_three_generators_after_the_same_seed() -> None:
    reproducible(3)
    first = draws()
    assert draws() != first
    reproducible(3)
    assert draws() == first
    reproducible(4)
    other = draws()
    assert all(a != b for a, b in zip(first, other, strict=True))


def test_reproducible_returns_the_seed_in_use() -> None:
    assert reproducible(12) == 12
    assert reproducible() == 0
    assert torch.initial_seed() == 0


def test_variable_overrides_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    reproducible(8)
    expected = draws()
    monkeypatch.setenv("GROUNDUP_SEED", "8")
    assert reproducible(3) == 8
    assert draws() == expected


def test_empty_variables_count_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDUP_SEED", "")
    monkeypatch.setenv("GROUNDUP_DEVICE", "")
    assert reproducible(3) == 3
    assert pick_device().type in ("cpu", "cuda")


def test_largest_seed_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDUP_SEED", str(2**32 - 1))
    assert reproducible() == 2**32 - 1


@pytest.mark.parametrize("wanted", ["-1", "1.5", "seven", "0x10", str(2**32), "1 2", "²"])
def test_value_that_is_no_seed_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    monkeypatch.setenv("GROUNDUP_SEED", wanted)
    with pytest.raises(ValueError, match=rf"GROUNDUP_SEED={wanted}: .*Use a whole number from 0 to 2\*\*32 - 1"):
        reproducible()


def test_reproducible_asks_for_deterministic_algorithms_full_float32_and_one_thread() -> None:
    torch.set_num_threads(2)
    torch.use_deterministic_algorithms(False)
    torch.backends.cuda.matmul.allow_tf32 = True
    reproducible()
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.get_num_threads() == 1
    assert not torch.backends.cuda.matmul.allow_tf32
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cudnn.benchmark


def test_provenance_says_device_seed_threads_and_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDUP_DEVICE", "cpu")
    reproducible(7)
    found = provenance()
    assert found.keys() == {"device", "seed", "threads", "torch"}
    assert found["device"].startswith("CPU, ")
    assert len(found["device"]) > len("CPU, ")
    assert (found["seed"], found["threads"], found["torch"]) == ("7", "1", torch.__version__)


def test_provenance_says_the_seed_that_was_set_and_not_one_that_came_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDUP_SEED", "8")
    reproducible(3)
    torch.manual_seed(11)  # as a page does before each of several networks
    assert provenance()["seed"] == "8"


def test_provenance_without_reproducible_says_the_seed_of_torch() -> None:
    torch.manual_seed(11)
    assert provenance()["seed"] == "11"
