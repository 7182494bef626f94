"""Device and seeds: the one place that decides where a run computes, and makes it repeatable."""

import os
import platform
import random
from pathlib import Path

import numpy as np
import torch

DEVICE_VARIABLE = "GROUNDUP_DEVICE"
SEED_VARIABLE = "GROUNDUP_SEED"


def pick_device() -> torch.device:
    """CUDA where there is a GPU, the CPU otherwise; `GROUNDUP_DEVICE` overrides it (`cpu`, `cuda`, `cuda:1`).

    Raises:
        ValueError: `GROUNDUP_DEVICE` names no device that PyTorch can use here.
    """
    wanted = os.environ.get(DEVICE_VARIABLE)
    if not wanted:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(wanted)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f"{DEVICE_VARIABLE}={wanted}: PyTorch cannot use it here. Use cpu, cuda, or unset it."
        ) from error
    return device


_steps_taken: set[str] = set()
_seed_set: list[int] = []  # by `reproducible`, the last one last


def note_steps(name: str, refused: str = "") -> None:
    """Remember by which way training steps were taken, and why by no faster one, for `provenance`."""
    _steps_taken.add(f"{name} ({refused})" if refused else name)


def reproducible(seed: int = 0) -> int:
    """Seed Python, NumPy and PyTorch, ask for deterministic algorithms in full float32, and use one CPU thread.

    One thread, because batches of ten images are so small that starting a second costs more than it computes.
    `GROUNDUP_SEED` overrides the seed, which is how the spread over seeds is measured without editing a page.

    Returns:
        The seed in use.

    Raises:
        ValueError: `GROUNDUP_SEED` is not a whole number from 0 to 2**32 - 1.
    """
    wanted = os.environ.get(SEED_VARIABLE)
    if wanted:
        if not wanted.isdecimal() or int(wanted) >= 2**32:
            raise ValueError(
                f"{SEED_VARIABLE}={wanted}: not a seed. Use a whole number from 0 to 2**32 - 1, or unset it."
            )
        seed = int(wanted)
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it, cuBLAS may sum in any order
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # nothing here reads what it has not written
    torch.backends.cudnn.benchmark = False
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.set_num_threads(1)
    _seed_set.append(seed)
    return seed


def provenance() -> dict[str, str]:
    """What a reader must know to judge a run's figures: device, the way of its steps, seed, threads, version.

    The seed is the one that `reproducible` set, whatever a run has seeded anew since.
    """
    device = pick_device()
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"CPU, {_cpu_name()}"
    return {
        "device": name,
        "seed": str(_seed_set[-1] if _seed_set else torch.initial_seed()),
        "threads": str(torch.get_num_threads()),
        "torch": torch.__version__,
        **({"steps": ", ".join(sorted(_steps_taken))} if _steps_taken else {}),
    }


def _cpu_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
