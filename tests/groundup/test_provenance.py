import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from groundup.criteria import one_hot_mse
from groundup.data import Digits
from groundup.models import DenseNet
from groundup.provenance import Provenance
from groundup.repro import reproducible
from groundup.train import fit, fit_seeds

Both = tuple[Digits, Digits]
RECIPE = {"epochs": 1, "batch_size": 10, "lr": 0.1, "criterion": one_hot_mse}


@pytest.fixture
def provenance() -> Iterator[Provenance]:
    """What listens to the library, as before a page; afterwards nobody does."""
    library = logging.getLogger("groundup")
    handlers = library.handlers.copy()
    level = library.level
    propagate = library.propagate
    yield Provenance()
    library.handlers = handlers
    library.setLevel(level)
    library.propagate = propagate


def test_it_says_machine_and_seed(provenance: Provenance) -> None:
    reproducible(7)
    found = provenance()
    assert found.keys() == {"device", "seed", "threads", "torch"}
    assert (found["seed"], found["threads"], found["torch"]) == ("7", "1", torch.__version__)


def test_it_says_the_seed_that_was_set_and_not_one_that_came_later(
    provenance: Provenance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDUP_SEED", "8")
    reproducible(3)
    torch.manual_seed(11)  # as a page does before each of several networks
    assert provenance()["seed"] == "8"


def test_without_reproducible_it_says_no_seed(provenance: Provenance) -> None:
    torch.manual_seed(11)
    assert provenance().keys() == {"device", "threads", "torch"}


class Own(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(10))

    def forward(self, images: Tensor) -> Tensor:
        return self.bias.expand(len(images), 10)


def test_it_says_which_engines_trained_and_why_a_faster_one_did_not(
    provenance: Provenance, few: Both
) -> None:
    fit(DenseNet(), *few, **RECIPE)
    assert provenance()["engines"] == "manual"
    fit(DenseNet(), *few, engine="autograd", **RECIPE)
    fit(Own(), *few, **RECIPE)
    fit_seeds([DenseNet()], *few, seeds=[0], **RECIPE)
    expected = (
        "autograd, autograd (there is no manual backward for Own), manual, manual, side by side"
    )
    assert provenance()["engines"] == expected


def test_two_runs_in_one_process_do_not_hear_of_each_other(
    provenance: Provenance, few: Both
) -> None:
    fit(DenseNet(), *few, **RECIPE)
    assert "engines" not in Provenance()()


class Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


def test_who_asked_for_the_log_gets_what_he_would_get_without(
    provenance: Provenance, few: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = logging.getLogger()
    listener = Listener()
    monkeypatch.setattr(everything, "handlers", [listener])
    fit(DenseNet(), *few, **RECIPE)
    assert listener.heard == []
    monkeypatch.setattr(everything, "level", logging.INFO)
    fit(DenseNet(), *few, **RECIPE)
    assert listener.heard == ["steps by manual"]


def test_its_state_changes_when_a_number_is_drawn(provenance: Provenance) -> None:
    torch.manual_seed(1)
    before = provenance.state()
    assert provenance.state() == before, "asking draws nothing"
    torch.rand(1)
    assert provenance.state() != before


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_its_state_changes_when_a_gpu_draws(provenance: Provenance) -> None:
    torch.rand(1, device="cuda")
    before = provenance.state()
    torch.rand(1, device="cuda")
    assert provenance.state() != before


def test_its_state_is_asked_without_importing_torch() -> None:
    asked = "print(repr(p.Provenance().state()), 'torch' in sys.modules)"
    code = f"import sys, groundup.provenance as p; {asked}"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "'' False\n"


def test_it_is_made_without_the_library() -> None:
    code = "import sys, groundup.provenance as p; p.Provenance(); print('torch' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "False\n"
