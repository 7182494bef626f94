"""Device and seeds: the one place that decides where a run computes, and makes it repeatable."""

import contextlib
import logging
import os
import platform
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

log = logging.getLogger(__name__)
DEVICE_VARIABLE = "GROUNDUP_DEVICE"
SEED_VARIABLE = "GROUNDUP_SEED"


def pick_device() -> torch.device:
    """CUDA where there is a GPU, the CPU otherwise.

    `GROUNDUP_DEVICE` overrides it (`cpu`, `cuda`, `cuda:1`).

    Raises:
        ValueError: `GROUNDUP_DEVICE` names no device that PyTorch can use here, or the GPU that
            there is cannot be used.
        torch.OutOfMemoryError: the GPU has no memory left.
    """
    requested = os.environ.get(DEVICE_VARIABLE)
    if not requested and not torch.cuda.is_available():
        return torch.device("cpu")
    try:
        device = torch.device(requested or "cuda")
        if device.type not in ("cpu", "cuda"):
            raise RuntimeError("this library computes on cpu and cuda only")
        with out_of_memory_explained():
            torch.empty(1, device=device)
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, AssertionError) as error:
        if not requested:
            raise ValueError(
                f"There is a GPU, but PyTorch cannot use it: {_first_line(error)}. "
                f"Set {DEVICE_VARIABLE}=cpu to compute on the CPU."
            ) from error
        gpus = [f"cuda:{i}" for i in range(torch.cuda.device_count())]
        here = ", ".join(["cpu", *gpus])
        raise ValueError(
            f"{DEVICE_VARIABLE}={requested}: PyTorch cannot use it here: {_first_line(error)}. "
            f"There is: {here}. Use one of these, or unset it."
        ) from error
    return device


@contextlib.contextmanager
def out_of_memory_explained() -> Iterator[None]:
    """Where a GPU has no memory left, let the error say what to do."""
    try:
        yield
    except RuntimeError as error:
        if DEVICE_VARIABLE in str(error):
            raise  # it says so already
        # what fails before PyTorch's own allocator is asked is no OutOfMemoryError
        before_allocator = "CUDA error: out of memory" in str(error)
        if not isinstance(error, torch.OutOfMemoryError) and not before_allocator:
            raise
        raise torch.OutOfMemoryError(
            f"The GPU has too little free memory. End what else runs on it, or set "
            f"{DEVICE_VARIABLE}=cpu to compute on the CPU. PyTorch says: {_first_line(error)}"
        ) from error


def _first_line(error: Exception) -> str:
    line, _, _ = str(error).strip().partition("\n")
    return line.rstrip(".") or type(error).__name__


def reproducible(seed: int = 0) -> int:
    """Seed Python, NumPy and PyTorch, and ask for deterministic algorithms in full float32.

    One CPU thread is used: batches of ten images are so small that starting a second costs more
    than it computes. `GROUNDUP_SEED` overrides the seed, which is how the spread over seeds is
    measured without editing a page.

    Returns:
        The seed in use.

    Raises:
        ValueError: `GROUNDUP_SEED` is not a whole number from 0 to 2**32 - 1.
    """
    requested = os.environ.get(SEED_VARIABLE)
    if requested:
        if not requested.isdecimal() or int(requested) >= 2**32:
            raise ValueError(
                f"{SEED_VARIABLE}={requested}: not a seed. "
                f"Use a whole number from 0 to 2**32 - 1, or unset it."
            )
        seed = int(requested)
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    # without it, cuBLAS may sum in any order
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    # nothing here reads what it has not written
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = False
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.set_num_threads(1)
    log.info("seed %d", seed, extra={"seed": seed})
    return seed


def machine() -> dict[str, str]:
    """On what a run computes: `device`, `threads` and version of `torch`."""
    device = pick_device()
    name = f"CPU, {_cpu_name()}"
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    return {
        "device": name,
        "threads": str(torch.get_num_threads()),
        "torch": str(torch.__version__),
    }


def _cpu_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            key, _, name = line.partition(":")
            if key.startswith("model name"):
                return name.strip()
    return platform.processor() or platform.machine()
