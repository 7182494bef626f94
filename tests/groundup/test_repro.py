import random

import numpy as np
import pytest
import torch

from groundup.repro import machine, out_of_memory_explained, pick_device, reproducible


def pretend_gpu(monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> None:
    """As if there were a GPU, on which nothing can be made if an error is given."""

    def empty(size: int, *, device: torch.device) -> torch.Tensor:
        if error and device.type == "cuda":
            raise error
        return torch.zeros(size)

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch, "empty", empty)


def test_device_is_cuda_where_there_is_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert pick_device() == torch.device("cpu")
    pretend_gpu(monkeypatch)
    assert pick_device() == torch.device("cuda")


FULL = [
    torch.OutOfMemoryError(
        "CUDA out of memory. Tried to allocate 2.00 MiB. GPU 0 is full.\nSee the documentation."
    ),
    RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be reported later."),
]


@pytest.mark.parametrize("error", FULL, ids=["allocator", "context"])
@pytest.mark.parametrize("requested", ["", "cuda"])
def test_a_gpu_without_memory_is_an_error_that_names_the_way_out(
    monkeypatch: pytest.MonkeyPatch, error: Exception, requested: str
) -> None:
    pretend_gpu(monkeypatch, error)
    monkeypatch.setenv("GROUNDUP_DEVICE", requested)
    with pytest.raises(
        torch.OutOfMemoryError, match=r"too little free memory.*GROUNDUP_DEVICE=cpu.*out of memory"
    ) as caught:
        pick_device()
    assert "\n" not in str(caught.value)
    monkeypatch.setenv("GROUNDUP_DEVICE", "cpu")
    assert pick_device() == torch.device("cpu")


def test_a_gpu_that_fails_otherwise_is_an_error_that_names_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pretend_gpu(
        monkeypatch, RuntimeError("CUDA driver version is insufficient for CUDA runtime version")
    )
    with pytest.raises(
        ValueError, match=r"driver version is insufficient .*Set GROUNDUP_DEVICE=cpu"
    ):
        pick_device()


def test_within_one_another_it_is_said_once() -> None:
    with (
        pytest.raises(torch.OutOfMemoryError) as caught,
        out_of_memory_explained(),
        out_of_memory_explained(),
    ):
        raise torch.OutOfMemoryError("CUDA out of memory.")
    assert str(caught.value).count("GROUNDUP_DEVICE=cpu") == 1


def test_other_errors_pass_unchanged() -> None:
    with pytest.raises(RuntimeError, match="shapes differ") as caught, out_of_memory_explained():
        raise RuntimeError("shapes differ")
    assert not isinstance(caught.value, torch.OutOfMemoryError)


def test_variable_overrides_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv("GROUNDUP_DEVICE", "cpu")
    assert pick_device() == torch.device("cpu")


@pytest.mark.parametrize("requested", ["gpu", "cuda:99", "cpu:x", "0x0", "meta", "CPU"])
def test_device_that_cannot_be_used_is_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, requested: str
) -> None:
    monkeypatch.setenv("GROUNDUP_DEVICE", requested)
    with pytest.raises(
        ValueError,
        match=f"GROUNDUP_DEVICE={requested}: .*There is: cpu.*Use one of these, or unset it",
    ):
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


@pytest.mark.parametrize("requested", ["-1", "1.5", "seven", "0x10", str(2**32), "1 2", "²"])
def test_value_that_is_no_seed_is_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, requested: str
) -> None:
    monkeypatch.setenv("GROUNDUP_SEED", requested)
    with pytest.raises(
        ValueError, match=rf"GROUNDUP_SEED={requested}: .*Use a whole number from 0 to 2\*\*32 - 1"
    ):
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


def test_machine_says_device_threads_and_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDUP_DEVICE", "cpu")
    reproducible()
    found = machine()
    assert found.keys() == {"device", "threads", "torch"}
    assert found["device"].startswith("CPU, ")
    assert len(found["device"]) > len("CPU, ")
    assert (found["threads"], found["torch"]) == ("1", torch.__version__)
