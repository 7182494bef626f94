"""What training costs: the textbook loop, ours, and the floor that the arithmetic sets, as ratios measured in one run.

    python benchmarks/training.py [--rows ROW ...] [--steps N] [--memory]

One thread on the CPU. Seconds differ from machine to machine and from hour to hour: read the ratios.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Subset
from torch.utils.flop_counter import FlopCounterMode
from torchvision.transforms import Compose, Normalize, ToTensor

from groundup.criteria import one_hot_mse
from groundup.data import Digits, load_mnist, mnist_dataset
from groundup.experiments import EXPERIMENTS, Experiment
from groundup.repro import pick_device, reproducible
from groundup.sources import PIXEL_MEAN_REPOSITORY, PIXEL_STD_REPOSITORY
from groundup.train import fit, fit_seeds

ROOT = Path(__file__).resolve().parent.parent
STEP_TARGET = {"dense": 2.5, "ReLU": 4.0}  # times the floor, on one core
WHOLE_TARGET = {"dense": 20.0, "ReLU": 3.0}  # times faster than the textbook loop
NETWORKS = 8  # side by side


class OneHot(Dataset[tuple[Tensor, Tensor]]):
    """Images and one-hot labels, made one by one."""

    def __init__(self, dataset: Dataset[Any]) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)  # type: ignore[arg-type]

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        image, label = self.dataset[i]
        target = torch.zeros(10)
        target[label] = 1.0
        return image, target


def textbook(experiment: Experiment, device: torch.device, *, digits: int) -> float:
    """Seconds of one epoch over so many digits, as tutorials write it: dataset, DataLoader, step, test after the epoch."""
    transform = Compose([ToTensor(), Normalize((PIXEL_MEAN_REPOSITORY.figure,), (PIXEL_STD_REPOSITORY.figure,))])
    criterion = nn.MSELoss() if experiment.criterion is one_hot_mse else nn.CrossEntropyLoss()
    train = Subset(OneHot(mnist_dataset(train=True, transform=transform)), range(digits))
    test = Subset(mnist_dataset(train=False, transform=transform), range(digits // 6))
    model = experiment.new_model(0).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=experiment.lr, weight_decay=experiment.weight_decay)
    started = time.perf_counter()
    for images, targets in DataLoader(train, batch_size=experiment.batch_size, shuffle=True):
        optimizer.zero_grad()
        loss = criterion(model(images.to(device)), targets.to(device))
        loss.backward()
        optimizer.step()
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in DataLoader(test, batch_size=experiment.batch_size):
            right += (model(images.to(device)).argmax(dim=1) == labels.to(device)).sum().item()
    assert right > 0
    return time.perf_counter() - started


def ours(experiment: Experiment, train: Digits, test: Digits, *, plain: bool = False, **limits: int) -> float:
    """Seconds of `fit`, everything counted."""
    model = experiment.new_model(0).to(train.images.device)
    started = time.perf_counter()
    fit(model, train, test, plain=plain, **{**experiment.recipe, **limits})
    synchronize(train.images.device)
    return time.perf_counter() - started


def one_more_step(seconds_of: Callable[[int], float], steps: int) -> float:
    """Seconds of one more step, once everything is warm: from runs of `steps` and of twice as many, the best of three."""
    times = [[seconds_of(n) for n in (steps, 2 * steps)] for _ in range(3)]
    return (min(long for _, long in times) - min(short for short, _ in times)) / steps


def step_seconds(experiment: Experiment, train: Digits, test: Digits, steps: int, *, plain: bool = False) -> float:
    """Seconds of one more step of `fit`."""
    few = Digits(test.images[:10], test.labels[:10])
    epochs = 1 + 2 * steps * experiment.batch_size // len(train)
    return one_more_step(lambda n: ours(experiment, train, few, plain=plain, epochs=epochs, max_steps=n), steps)


def flops(experiment: Experiment, train: Digits) -> int:
    """Floating-point operations of the matrix products and convolutions of one step, forward and backward."""
    model = experiment.new_model(0).to(train.images.device)
    counter = FlopCounterMode(display=False)
    with counter:
        n = experiment.batch_size
        experiment.criterion(model(experiment.transform(train.images[:n])), train.labels[:n]).backward()
    return counter.get_total_flops()


def matmul_rate(device: torch.device, rows: int = 10, inner: int = 784, columns: int = 100) -> float:
    """Floating-point operations per second of the dense network's largest product, the best of many repetitions."""
    a, b, out = torch.randn(rows, inner), torch.randn(inner, columns), torch.empty(rows, columns)
    a, b, out = a.to(device), b.to(device), out.to(device)
    best = float("inf")
    for _ in range(20):
        started = time.perf_counter()
        for _ in range(200):
            torch.mm(a, b, out=out)
        synchronize(device)
        best = min(best, (time.perf_counter() - started) / 200)
    return 2 * rows * inner * columns / best


def compiled_step(experiment: Experiment, train: Digits, steps: int) -> tuple[float, float]:
    """Seconds that `torch.compile` takes for forward and backward, and those of a step after it."""
    model = experiment.new_model(0).to(train.images.device, memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=experiment.lr, weight_decay=experiment.weight_decay)

    @torch.compile
    def gradients(images: Tensor, labels: Tensor) -> None:
        experiment.criterion(model(experiment.transform(images)), labels).backward()

    def take(batches: list[Tensor]) -> float:
        started = time.perf_counter()
        for batch in batches:
            optimizer.zero_grad()
            gradients(train.images[batch], train.labels[batch])
            optimizer.step()
        synchronize(train.images.device)
        return time.perf_counter() - started

    batches = list(torch.randperm(len(train)).to(train.images.device).split(experiment.batch_size))[: steps + 3]
    return take(batches[:3]), take(batches[3:]) / steps


def side_by_side(train: Digits, test: Digits, steps: int) -> float:
    """Seconds of one more step of `NETWORKS` dense networks at once, for each of them."""
    experiment = EXPERIMENTS["dense"]
    few = Digits(test.images[:10], test.labels[:10])

    def together(n: int) -> float:
        models = [experiment.new_model(seed).to(train.images.device) for seed in range(NETWORKS)]
        started = time.perf_counter()
        fit_seeds(models, train, few, seeds=range(NETWORKS), **{**experiment.recipe, "epochs": 1, "max_steps": n})
        synchronize(train.images.device)
        return time.perf_counter() - started

    return one_more_step(together, steps) / NETWORKS


def peak_memory(script: Path) -> float:
    """GiB that a tutorial holds at most, run as plain Python."""
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.DEVNULL, cwd=script.parent)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{script}: ended with status {status}.")
    return usage.ru_maxrss / 2**20  # Linux counts in KiB


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def line(*cells: object) -> None:
    print("".join(f"{cell:24}" if not i else f"{cell:>13}" for i, cell in enumerate(map(str, cells))), flush=True)


def micro(seconds: float) -> str:
    return f"{seconds * 1e6:.0f}"


def against(ratio: float, target: float | None, holds: Callable[[float, float], bool]) -> str:
    return f"{ratio:.2f}" + ("" if target is None else " ok" if holds(ratio, target) else f" not {target:g}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="+", choices=EXPERIMENTS, default=list(EXPERIMENTS), help="default: all six")
    parser.add_argument("--steps", type=int, default=1000, help="steps that are timed per row (default 1000)")
    parser.add_argument("--memory", action="store_true", help="also run every tutorial and print its peak memory")
    asked = parser.parse_args()
    reproducible(0)
    device = pick_device()
    train, test = load_mnist(device)
    rate = matmul_rate(device)
    print(f"{device}, {torch.get_num_threads()} thread, product of 10 x 784 and 784 x 100: {rate / 1e9:.1f} GFLOP/s")
    print("microseconds per step; the floor is the arithmetic of a step at that rate; * a target of one core\n")
    line("", "MFLOP", "floor", "written out", "/ floor *", "autograd", "textbook", "/ ours *")
    epochs: dict[str, tuple[float, float]] = {}  # seconds, of the textbook loop and ours
    steps: dict[str, tuple[float, float]] = {}  # seconds, written out and with autograd
    for name in asked.rows:
        experiment = EXPERIMENTS[name]
        if experiment.extended and name != "dropout":
            continue  # the steps of the row before it
        count = flops(experiment, train)
        fast = step_seconds(experiment, train, test, asked.steps)
        plain = step_seconds(experiment, train, test, asked.steps // 4, plain=True)
        book = textbook(experiment, device, digits=6000) * 10  # of an epoch of 60,000, its test included
        epoch = ours(experiment, train, test, epochs=1)
        epochs[name], steps[name] = (book, epoch), (fast, plain)
        line(
            name,
            f"{count / 1e6:.1f}",
            micro(count / rate),
            micro(fast),
            against(fast * rate / count, STEP_TARGET.get(name), lambda ratio, target: ratio <= target),
            micro(plain),
            micro(book / 6000),
            against(book / epoch, WHOLE_TARGET.get(name) if name != "dense" else None, lambda r, target: r >= target),
        )
    if "dense" in asked.rows:
        whole = ours(EXPERIMENTS["dense"], train, test)
        book = epochs["dense"][0] * EXPERIMENTS["dense"].epochs
        verdict = against(book / whole, WHOLE_TARGET["dense"], lambda ratio, target: ratio >= target)
        print(
            f"\ndense, 30 epochs with their tests: {whole:.1f} s, textbook {book:.0f} s (30 times one): ratio {verdict}"
        )
        together, (alone, plain) = side_by_side(train, test, asked.steps), steps["dense"]
        print(
            f"{NETWORKS} dense networks side by side: {micro(together)} per step and network; "
            f"one after the other {alone / together:.2f} times as long, with autograd {plain / together:.2f} times"
        )
    for name in {"dense", "ReLU"} & set(asked.rows):
        try:
            first, step = compiled_step(EXPERIMENTS[name], train, asked.steps // 4)
        except Exception as error:
            print(f"{name}, torch.compile: not to be had here ({type(error).__name__})")
        else:
            print(f"{name}, autograd through torch.compile: {first:.0f} s to compile, then {micro(step)} per step")
    if asked.memory:
        print("\npeak memory, GiB, run as plain Python (target: under 2)")
        for script in sorted((ROOT / "tutorials").glob("*.py")):
            line(script.stem, f"{peak_memory(script):.2f}")


if __name__ == "__main__":
    main()
