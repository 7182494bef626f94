import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_examples.run_code

# pytest-examples 0.0.18 ends pytest with an internal error on Python 3.11 where a block raises: it
# builds a code object with a line table of another format. Without its prettier traceback the plain
# exception comes through.
pytest_examples.run_code.create_example_traceback = lambda *_: None


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return Path(__file__).parents[2]


@pytest.fixture
def no_traces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A block may seed, switch defaults, pose as `__main__`; the tests after it must not notice."""
    import torch

    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("GROUNDUP_SEED", raising=False)
    monkeypatch.setenv("GROUNDUP_DEVICE", "cpu")
    state = random.getstate()
    dtype = torch.get_default_dtype()
    deterministic = torch.are_deterministic_algorithms_enabled()
    threads = torch.get_num_threads()
    yield
    random.setstate(state)
    torch.set_default_dtype(dtype)
    if (
        torch.are_deterministic_algorithms_enabled() != deterministic
    ):  # setting it imports half of torch
        torch.use_deterministic_algorithms(deterministic)
    torch.set_num_threads(threads)
