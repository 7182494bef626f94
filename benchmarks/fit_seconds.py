"""Seconds of `fit`, with whichever version of the library stands first on the path.

    PYTHONPATH=CHECKOUT/src python benchmarks/fit_seconds.py ROW STEPS

Prints, as JSON, the seconds of the first steps, of those and `STEPS` more, and of an epoch with its
test. Only what `fit` has always taken is used here, so that two versions can be compared.
"""

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import torch

from groundup.data import Digits, load_mnist
from groundup.experiments import EXPERIMENTS, Experiment
from groundup.repro import pick_device, reproducible

try:
    from groundup.train import fit
except ImportError:  # a version in which the engines had no names
    from groundup.loops import fit

FIRST_STEPS = 20  # taken in any case, so that setting up is not counted among the steps


def seconds_of(run: Callable[[], object], device: torch.device) -> float:
    """Seconds that a call takes.

    On the CPU, those in which the process computes: what else the machine does is not counted.
    """
    if device.type == "cpu":
        started = time.process_time()
        run()
        return time.process_time() - started
    torch.cuda.synchronize(device)
    started = time.perf_counter()
    run()
    torch.cuda.synchronize(device)
    return time.perf_counter() - started


def arguments_of(experiment: Experiment) -> dict[str, Any]:
    """What an experiment passes to `fit`."""
    if hasattr(experiment, "fit_arguments"):
        return experiment.fit_arguments
    return experiment.recipe  # the property's name in older versions


def fit_seconds(experiment: Experiment, train: Digits, test: Digits, **others: Any) -> float:
    """Seconds of `fit`, everything counted; `others` are beside the experiment's arguments."""
    device = train.images.device
    model = experiment.new_model(0).to(device)
    arguments = {**arguments_of(experiment), **others}
    return seconds_of(lambda: fit(model, train, test, **arguments), device)


def steps_seconds(experiment: Experiment, train: Digits, steps: int, **others: Any) -> float:
    """Seconds of `fit` for so many steps, with a test on ten digits only."""
    few = Digits(train.images[:10], train.labels[:10])
    epochs = 1 + steps * experiment.batch_size // len(train)
    return fit_seconds(experiment, train, few, epochs=epochs, max_steps=steps, **others)


def main() -> None:
    first_line, *_ = __doc__.splitlines()
    parser = argparse.ArgumentParser(description=first_line)
    parser.add_argument("row", choices=EXPERIMENTS)
    parser.add_argument("steps", type=int)
    asked = parser.parse_args()
    reproducible(0)
    train, test = load_mnist(pick_device())
    experiment = EXPERIMENTS[asked.row]
    steps_seconds(experiment, train, FIRST_STEPS)  # libraries set up at a first call
    seconds = {
        "short": steps_seconds(experiment, train, FIRST_STEPS),
        "long": steps_seconds(experiment, train, FIRST_STEPS + asked.steps),
        "epoch": fit_seconds(experiment, train, test, epochs=1),
    }
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
