"""While these tests run, every annotation of `groundup` is enforced, shapes included."""

import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jaxtyping

early = sorted(name for name in sys.modules if name.startswith("groundup."))
if early:
    raise RuntimeError(
        f"imported before the shape checks were in place: {', '.join(early)}. "
        "Import them in tests only."
    )
jaxtyping.install_import_hook("groundup", "shape_checks.checked")

import numpy as np  # noqa: E402
import pytest  # noqa: E402
import torch  # noqa: E402

from groundup import data, repro  # noqa: E402


@pytest.fixture(autouse=True)
def global_state(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begin without the library's variables; leave generators, threads, switches as they were."""
    for variable in (repro.DEVICE_VARIABLE, repro.SEED_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    cublas = os.environ.get("CUBLAS_WORKSPACE_CONFIG")
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    deterministic = torch.are_deterministic_algorithms_enabled()
    threads = torch.get_num_threads()
    switches: list[tuple[Any, str]] = [
        (torch.utils.deterministic, "fill_uninitialized_memory"),
        (torch.backends.cudnn, "benchmark"),
        (torch.backends.cudnn, "allow_tf32"),
        (torch.backends.cuda.matmul, "allow_tf32"),
    ]
    before = [getattr(owner, name) for owner, name in switches]
    torch.set_num_threads(1)  # batches of ten are slower on two
    yield
    random.setstate(states[0])
    np.random.set_state(states[1])
    torch.set_rng_state(states[2])
    # only where it differs: setting it imports half of torch
    if torch.are_deterministic_algorithms_enabled() != deterministic:
        torch.use_deterministic_algorithms(deterministic)
    torch.set_num_threads(threads)
    for (owner, name), value in zip(switches, before, strict=True):
        setattr(owner, name, value)
    if cublas is None:
        os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)
    else:
        os.environ["CUBLAS_WORKSPACE_CONFIG"] = cublas


@pytest.fixture(scope="session")
def torch_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for torch's caches that is not the user's own."""
    folder = tmp_path_factory.mktemp("torch_home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCH_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def digits(torch_home: Path) -> tuple[data.Digits, data.Digits]:
    """The training digits and the test digits, unpacked into a fresh cache."""
    return data.load_mnist()


@pytest.fixture
def few(digits: tuple[data.Digits, data.Digits]) -> tuple[data.Digits, data.Digits]:
    """25 training digits, so that a batch of ten leaves a smaller last one, and 100 test digits."""
    train, test = digits
    return data.Digits(train.images[:25], train.labels[:25]), data.Digits(
        test.images[:100], test.labels[:100]
    )
