"""What training costs: each engine, the textbook loop, and the floor that the arithmetic sets.

    python benchmarks/training.py [--rows ROW ...] [--steps N] [--memory] [--against CHECKOUT]

One thread on the CPU, where seconds are those in which the process computes. They differ from
machine to machine and from hour to hour: read the ratios, which are measured in one run.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from fit_seconds import FIRST_STEPS, fit_seconds, seconds_of, steps_seconds
from torch import Tensor, nn
from torch.func import functional_call, grad, stack_module_state, vmap
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, Subset
from torch.utils.flop_counter import FlopCounterMode
from torchvision.transforms import Compose, Normalize, ToTensor

from groundup.data import Digits, load_mnist, mnist_dataset
from groundup.engines import ENGINES
from groundup.experiments import EXPERIMENTS, Experiment
from groundup.repro import pick_device, reproducible
from groundup.sources import PIXEL_MEAN_REPOSITORY, PIXEL_STD_REPOSITORY
from groundup.train import fit_seeds

ROOT = Path(__file__).resolve().parent.parent
STEP_TARGET = {"dense": 2.5, "ReLU": 4.0}  # at most so many times the floor, on one core
WHOLE_TARGET = {"dense": 20.0, "ReLU": 3.0}  # at least so many times faster than the textbook loop
EARNS_ITS_PLACE = 1.5  # times faster than the plain loop, or the engine goes
NETWORKS = 8  # side by side
ROUNDS = 3  # of each measurement, by turns; the best counts


# --- the textbook loop and the floor ---


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
    """Seconds of one epoch over so many digits, as tutorials write it, its test included."""
    mean = PIXEL_MEAN_REPOSITORY.figure
    std = PIXEL_STD_REPOSITORY.figure
    transform = Compose([ToTensor(), Normalize((mean,), (std,))])
    criterion = nn.CrossEntropyLoss() if experiment.criterion is F.cross_entropy else nn.MSELoss()
    train = Subset(OneHot(mnist_dataset(train=True, transform=transform)), range(digits))
    test = Subset(mnist_dataset(train=False, transform=transform), range(digits // 6))
    model = experiment.new_model(0).to(device)
    optimizer = new_optimizer(experiment, model)

    def epoch() -> None:
        for images, targets in DataLoader(train, batch_size=experiment.batch_size, shuffle=True):
            optimizer.zero_grad()
            loss = criterion(model(images.to(device)), targets.to(device))
            loss.backward()
            optimizer.step()
        model.eval()
        right = 0
        with torch.no_grad():
            for images, labels in DataLoader(test, batch_size=experiment.batch_size):
                answers = model(images.to(device)).argmax(dim=1)
                right += (answers == labels.to(device)).sum().item()
        assert right > 0

    return seconds_of(epoch, device)


def new_optimizer(experiment: Experiment, model: nn.Module) -> torch.optim.Optimizer:
    lr = experiment.lr
    weight_decay = experiment.weight_decay
    return torch.optim.SGD(model.parameters(), lr=lr, weight_decay=weight_decay)


def flops(experiment: Experiment, train: Digits) -> int:
    """Floating-point operations of the products and convolutions of one step, there and back."""
    model = experiment.new_model(0).to(train.images.device)
    n = experiment.batch_size
    counter = FlopCounterMode(display=False)
    with counter:
        outputs = model(experiment.transform(train.images[:n]))
        experiment.criterion(outputs, train.labels[:n]).backward()
    return counter.get_total_flops()


def matmul_rate(device: torch.device) -> float:
    """Floating-point operations per second of the dense network's largest product, at best."""
    rows = 10
    inner = 784
    columns = 100
    a = torch.randn(rows, inner, device=device)
    b = torch.randn(inner, columns, device=device)
    out = torch.empty(rows, columns, device=device)

    def products() -> None:
        for _ in range(50):
            torch.mm(a, b, out=out)

    best = min(seconds_of(products, device) for _ in range(100))
    return 2 * rows * inner * columns * 50 / best


# --- what is measured ---


def by_turns(each: dict[str, Callable[[int], float]], steps: int) -> dict[str, float]:
    """Seconds of one more step of each, by turns: what slows the machine slows all of them."""
    short: dict[str, list[float]] = defaultdict(list)
    long: dict[str, list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        for name, seconds in each.items():
            short[name].append(seconds(FIRST_STEPS))
            long[name].append(seconds(FIRST_STEPS + steps))
    found = {}
    for name in each:
        more = min(long[name]) - min(short[name])
        found[name] = more / steps
    return found


def engine_steps(experiment: Experiment, train: Digits, steps: int) -> dict[str, float]:
    """Seconds of one more step with each engine that is available here."""
    can: dict[str, Callable[[int], float]] = {}
    for name in ENGINES:
        seconds = partial(steps_seconds, experiment, train, engine=name)
        try:
            seconds(FIRST_STEPS)
        except ValueError:
            continue  # this engine refuses this network or this device
        can[name] = seconds
    return by_turns(can, steps)


def epochs_seconds(row: str, train: Digits, test: Digits, epochs: int) -> tuple[float, float]:
    """Seconds of so many epochs with their tests, by `fit` and by the textbook loop."""
    experiment = EXPERIMENTS[row]
    one = []
    more = []
    tenth = []
    for _ in range(ROUNDS):
        one.append(fit_seconds(experiment, train, test, epochs=1))
        tenth.append(textbook(experiment, train.images.device, digits=len(train) // 10))
        if epochs > 1:
            more.append(fit_seconds(experiment, train, test, epochs=3))
    ours = min(one)
    if epochs > 1:
        ours += (epochs - 1) * (min(more) - min(one)) / 2
    return ours, 10 * epochs * min(tenth)


def networks_steps(train: Digits, steps: int) -> dict[str, float]:
    """Seconds of one more step for each of `NETWORKS` dense networks, trained in four ways."""
    experiment = EXPERIMENTS["dense"]

    def together(n: int) -> float:
        return fit_seeds_seconds(experiment, train, n)

    def by_vmap(n: int) -> float:
        return vmap_seconds(experiment, train, n)

    def one_by_one(n: int, **others: Any) -> float:
        return NETWORKS * steps_seconds(experiment, train, n, **others)

    ways = {
        "side by side, fit_seeds": together,
        "one after the other, fit": one_by_one,
        "vmap of grad, torch.func": by_vmap,
        "one after the other, autograd": partial(one_by_one, engine="autograd"),
    }
    found = {}
    for name, step in by_turns(ways, steps).items():
        found[name] = step / NETWORKS
    return found


def new_models(experiment: Experiment, device: torch.device) -> list[nn.Module]:
    return [experiment.new_model(seed).to(device) for seed in range(NETWORKS)]


def fit_seeds_seconds(experiment: Experiment, train: Digits, steps: int) -> float:
    """Seconds of so many steps of several networks, their weights stacked by this library."""
    few = Digits(train.images[:10], train.labels[:10])
    models = new_models(experiment, train.images.device)
    arguments = {
        **experiment.fit_arguments,
        "epochs": 1,
        "max_steps": steps,
        "seeds": range(NETWORKS),
    }
    return seconds_of(lambda: fit_seeds(models, train, few, **arguments), train.images.device)


def vmap_seconds(experiment: Experiment, train: Digits, steps: int) -> float:
    """Seconds of so many steps of several networks, stacked and differentiated by `torch.func`."""
    device = train.images.device
    models = new_models(experiment, device)
    weights, _ = stack_module_state(models)
    one_hot = torch.eye(10, device=device)  # F.one_hot looks at its numbers, which vmap forbids

    def loss(weights: dict[str, Tensor], images: Tensor, targets: Tensor) -> Tensor:
        return F.mse_loss(functional_call(models[0], weights, (images,)), targets)

    gradients = vmap(grad(loss))
    order = torch.stack([torch.randperm(len(train)) for _ in models]).to(device)

    @torch.no_grad()
    def run() -> None:
        for batch in order.split(experiment.batch_size, dim=1)[:steps]:
            images = experiment.transform(train.images[batch.flatten()])
            images = images.unflatten(0, batch.shape)  # (networks, batch, 1, 28, 28)
            of_weights = gradients(weights, images, one_hot[train.labels[batch]])
            for name, weight in weights.items():
                weight.sub_(of_weights[name], alpha=experiment.lr)

    return seconds_of(run, device)


def compiled_step(experiment: Experiment, train: Digits, steps: int) -> tuple[float, float]:
    """Seconds that `torch.compile` takes for forward and backward; those of a step after it."""
    device = train.images.device
    model = experiment.new_model(0).to(device, memory_format=torch.channels_last)
    optimizer = new_optimizer(experiment, model)

    @torch.compile
    def gradients(images: Tensor, labels: Tensor) -> None:
        experiment.criterion(model(experiment.transform(images)), labels).backward()

    def take(batches: Sequence[Tensor]) -> None:
        for batch in batches:
            optimizer.zero_grad()
            gradients(train.images[batch], train.labels[batch])
            optimizer.step()

    batches = torch.randperm(len(train)).to(device).split(experiment.batch_size)
    started = time.perf_counter()  # other processes compile
    take(batches[:3])
    compiling = time.perf_counter() - started
    runs = []
    for _ in range(ROUNDS):
        runs.append(seconds_of(lambda: take(batches[3 : 3 + steps]), device))
    return compiling, min(runs) / steps


def before_and_after(row: str, checkout: Path, steps: int) -> dict[str, tuple[float, float]]:
    """Seconds of a step and of an epoch with its test: another checkout's, and this one's."""
    found: dict[Path, list[dict[str, float]]] = {checkout: [], ROOT: []}
    for _ in range(ROUNDS):
        for where, runs in found.items():
            runs.append(fit_seconds_of(where, row, steps))
    of_step = []
    of_epoch = []
    for runs in found.values():
        best: dict[str, float] = {}
        for run in runs:
            for name, seconds in run.items():
                best[name] = min(seconds, best.get(name, seconds))
        of_step.append((best["long"] - best["short"]) / steps)
        of_epoch.append(best["epoch"])
    return {"step": (of_step[0], of_step[1]), "epoch": (of_epoch[0], of_epoch[1])}


def fit_seconds_of(checkout: Path, row: str, steps: int) -> dict[str, float]:
    """What `fit_seconds.py` prints with the library of a checkout."""
    script = Path(__file__).with_name("fit_seconds.py")
    done = subprocess.run(
        [sys.executable, script, row, str(steps)],
        env={**os.environ, "PYTHONPATH": str(checkout / "src")},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{checkout}: {script.name} ended with {done.returncode}.\n{done.stderr}")
    return json.loads(done.stdout)


def peak_memory(script: Path) -> float:
    """GiB that a tutorial holds at most, run as plain Python."""
    command = [sys.executable, script]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=script.parent)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{script}: ended with status {status}.")
    return usage.ru_maxrss / 2**20  # Linux counts in KiB


# --- the tables ---


def line(*cells: object) -> None:
    first, *others = map(str, cells)
    text = f"{first:32}"
    for cell in others:
        text += f"{cell:>14}"
    print(text, flush=True)


def micro(seconds: float) -> str:
    return f"{seconds * 1e6:.0f}"


def at_most(ratio: float, target: float | None) -> str:
    if target is None:
        return f"{ratio:.2f}"
    if ratio <= target:
        return f"{ratio:.2f} ok"
    return f"{ratio:.2f} not {target:g}"


def at_least(ratio: float, target: float | None) -> str:
    if target is None:
        return f"{ratio:.2f}"
    if ratio >= target:
        return f"{ratio:.2f} ok"
    return f"{ratio:.2f} not {target:g}"


def print_steps(rows: list[str], train: Digits, steps: int) -> dict[str, float]:
    """The table of engines; gives the seconds of the fastest one's step, of each row."""
    rate = matmul_rate(train.images.device)
    print(f"product of 10 x 784 and 784 x 100: {rate / 1e9:.1f} GFLOP/s\n")
    print("microseconds per step; the floor is the arithmetic of a step at that rate")
    line("", "MFLOP", "floor", "step", "/ floor", "autograd /")
    fastest = {}
    for row in rows:
        count = flops(EXPERIMENTS[row], train)
        found = engine_steps(EXPERIMENTS[row], train, steps)
        fastest[row] = min(found.values())
        for engine, step in found.items():
            # the plain loop has no targets: the others are compared with it
            most = None
            least = None
            if engine != "autograd":
                most = STEP_TARGET.get(row)
                least = EARNS_ITS_PLACE
            line(
                f"{row}, {engine}",
                f"{count / 1e6:.1f}",
                micro(count / rate),
                micro(step),
                at_most(step * rate / count, most),
                at_least(found["autograd"] / step, least),
            )
    return fastest


def print_epochs(rows: list[str], train: Digits, test: Digits) -> None:
    """The table of whole epochs, beside the textbook loop."""
    print("\nseconds of epochs with their tests, from one and three; the textbook's, from a tenth")
    line("", "epochs", "ours", "textbook", "textbook /")
    for row in rows:
        epochs = 1
        if row == "dense":
            epochs = EXPERIMENTS[row].epochs
        ours, book = epochs_seconds(row, train, test, epochs)
        ratio = at_least(book / ours, WHOLE_TARGET.get(row))
        line(row, epochs, f"{ours:.1f}", f"{book:.0f}", ratio)


def print_networks(train: Digits, steps: int) -> None:
    """The table of several networks."""
    print(f"\n{NETWORKS} dense networks, microseconds per step and network")
    found = networks_steps(train, steps)
    for way, step in found.items():
        line(way, micro(step), f"{step / found['side by side, fit_seeds']:.2f}")


def print_compiled(rows: list[str], train: Digits, steps: int, fastest: dict[str, float]) -> None:
    """The table of `torch.compile`, which needs a compiler."""
    print("\nautograd through torch.compile, microseconds per step")
    line("", "compiling, s", "step", "/ fastest")
    for row in rows:
        try:
            compiling, step = compiled_step(EXPERIMENTS[row], train, steps)
        except Exception as error:
            line(row, f"not available here ({type(error).__name__})")
            continue
        line(row, f"{compiling:.0f}", micro(step), f"{step / fastest[row]:.2f}")


def print_switches(rows: list[str], train: Digits, steps: int) -> None:
    """What determinism and cuDNN's search cost on a GPU; as found before it is left so after it."""
    print("\ndeterminism and cuDNN's search, microseconds per step")
    line("", "as it is", "with search", "any order", "both")
    for row in rows:
        cells = []
        for deterministic, search in [(True, False), (True, True), (False, False), (False, True)]:
            torch.use_deterministic_algorithms(deterministic)
            torch.backends.cudnn.benchmark = search
            seconds = partial(steps_seconds, EXPERIMENTS[row], train)
            cells.append(micro(by_turns({"": seconds}, steps)[""]))
        line(row, *cells)
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = False


def print_against(rows: list[str], checkout: Path, steps: int) -> None:
    """The table of before and after."""
    print("\nbefore and after: microseconds per step, seconds per epoch with its test")
    line("", "step before", "after", "before /", "epoch before", "after", "before /")
    for row in rows:
        found = before_and_after(row, checkout, steps)
        step = found["step"]
        epoch = found["epoch"]
        line(
            row,
            micro(step[0]),
            micro(step[1]),
            f"{step[0] / step[1]:.2f}",
            f"{epoch[0]:.2f}",
            f"{epoch[1]:.2f}",
            f"{epoch[0] / epoch[1]:.2f}",
        )


def print_memory() -> None:
    """The table of peak memory."""
    print("\npeak memory, GiB, run as plain Python (target: under 2)")
    for script in sorted((ROOT / "tutorials").glob("*.py")):
        line(script.stem, f"{peak_memory(script):.2f}")


def asked() -> argparse.Namespace:
    first_line, *_ = __doc__.splitlines()
    parser = argparse.ArgumentParser(description=first_line)
    # "extended data" takes the steps of the row before it
    rows = [row for row in EXPERIMENTS if row != "extended data"]
    parser.add_argument("--rows", nargs="+", choices=rows, default=rows, help="default: all")
    parser.add_argument("--steps", type=int, default=500, help="steps that are timed (default 500)")
    parser.add_argument("--memory", action="store_true", help="also peak memory of tutorials")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="CHECKOUT",
        help="instead: time the library of another checkout and of this one, by turns",
    )
    return parser.parse_args()


def main() -> None:
    options = asked()
    reproducible(0)
    device = pick_device()
    print(f"{device}, {torch.get_num_threads()} thread")
    if options.against:
        print_against(options.rows, options.against.resolve(), options.steps)
        return
    train, test = load_mnist(device)
    fastest = print_steps(options.rows, train, options.steps)
    print_epochs(options.rows, train, test)
    if "dense" in options.rows:
        print_networks(train, options.steps)
    compiled = [row for row in options.rows if row in STEP_TARGET]
    if compiled:
        print_compiled(compiled, train, options.steps // 4, fastest)
    if device.type == "cuda":
        print_switches(options.rows, train, options.steps)
    if options.memory:
        print_memory()


if __name__ == "__main__":
    main()
