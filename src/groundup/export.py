"""A trained network, and some digits, as scripts for a page that reads digits in the browser.

The weights are written as float16, which halves the file; what reads them computes in full
precision. A checksum stands beside them, by which a damaged file is noticed.
"""

import base64
import json
import re
import zlib
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Int64, UInt8
from torch import Tensor, fx, nn
from torch.nn import functional as F

__all__ = ["digits_script", "network_script", "read_network", "read_text", "samples_script"]

FILE = re.compile(r"= \{checksum: \"(?P<checksum>[0-9a-f]{8})\", text: '(?P<text>[^']*)'\};\n\Z")
"""How a script ends that `_script` has written."""
FUNCTIONS: dict[tuple[Callable[..., Any], tuple[Any, ...]], type[nn.Module]] = {
    (torch.flatten, (1,)): nn.Flatten,
    (torch.relu, ()): nn.ReLU,
    (torch.sigmoid, ()): nn.Sigmoid,
    (F.relu, ()): nn.ReLU,
}
"""What a `forward` may call, with its further arguments, and the layer that does the same."""


def network_script(name: str, model: nn.Module, *, mean: float = 0.0, std: float = 1.0) -> str:
    """A trained network as a script that defines `groundupNetworks.NAME`.

    Args:
        name: of the network in the script.
        model: its layers must follow one another, each of a kind that `_described` knows.
        mean: of the pixels, in units of 0..1; the network is given (pixel / 255 - mean) / std.
        std: the standard deviation of the pixels, in the same units.

    Raises:
        ValueError: the network has another shape or another layer, or float16 cannot hold a weight.
    """
    layers = nn.Sequential(*_layers_of(model))
    described = [_described(layer) for layer in layers]
    weights = [parameter.detach().cpu().half().flatten() for parameter in layers.parameters()]
    halves = torch.cat(weights)
    if not halves.isfinite().all():
        raise ValueError(f"{name}: a weight that float16 cannot hold.")
    network = {
        "mean": mean,
        "std": std,
        "layers": described,
        "weights": base64.b64encode(halves.numpy().astype("<f2").tobytes()).decode(),
    }
    return _script("groundupNetworks", name, network)


def digits_script(name: str, images: UInt8[Tensor, "n 28 28"], labels: Int64[Tensor, " n"]) -> str:
    """Digits as a script that defines `groundupDigits.NAME`: their labels, and a byte a pixel."""
    pixels = base64.b64encode(images.cpu().numpy().tobytes()).decode()
    return _script("groundupDigits", name, {"labels": labels.tolist(), "pixels": pixels})


def samples_script(model: nn.Module, digits: Any, *, misread: int) -> str:
    """Sample digits: the first of each kind that a network reads, and the first that it misreads.

    Args:
        model: takes images as `ToTensor` gives them.
        digits: a subset of torchvision's `MNIST`.
        misread: how many digits that the network takes for another one.

    Raises:
        ValueError: there are not as many.
    """
    images = digits.dataset.data[digits.indices]  # (n, 28, 28)
    labels = digits.dataset.targets[digits.indices]  # (n,)
    device = next(model.parameters()).device
    with torch.no_grad():
        answers = model((images.unsqueeze(1) / 255).to(device)).argmax(dim=1).cpu()
    right = answers == labels
    found = [torch.nonzero(right & (labels == digit)).flatten()[:1] for digit in range(10)]
    found.append(torch.nonzero(~right).flatten()[:misread])
    chosen = torch.cat(found)
    if len(chosen) != 10 + misread:
        raise ValueError(f"found {len(chosen)} samples, expected {10 + misread}.")
    return digits_script("samples", images[chosen], labels[chosen])


def read_text(script: str) -> dict[str, Any]:
    """What a script of this module describes.

    Raises:
        ValueError: it is none, or it is damaged.
    """
    found = FILE.search(script)
    if found is None or checksum(found["text"]) != found["checksum"]:
        raise ValueError("the file is damaged: its checksum is not that of its text.")
    described: dict[str, Any] = json.loads(found["text"])
    return described


def read_network(script: str) -> nn.Sequential:
    """The network of a script of `network_script`; it takes bytes as floats, (n, 1, 28, 28).

    Raises:
        ValueError: the script is damaged.
    """
    described = read_text(script)
    weights = torch.frombuffer(
        bytearray(base64.b64decode(described["weights"])), dtype=torch.float16
    )
    model = nn.Sequential(*map(_layer, described["layers"]))
    nn.utils.vector_to_parameters(weights.float(), model.parameters())
    return nn.Sequential(_Normalise(described["mean"], described["std"]), *model)


def checksum(text: str) -> str:
    """The cyclic redundancy check of a text (`zlib.crc32`), in hexadecimal digits."""
    return f"{zlib.crc32(text.encode('ascii')):08x}"


class _Normalise(nn.Module):
    """From bytes to what a network is given."""

    def __init__(self, mean: float, std: float) -> None:
        super().__init__()
        self.mean = mean
        self.std = std

    def forward(self, x: Tensor) -> Tensor:
        return (x / 255 - self.mean) / self.std


def _script(owner: str, name: str, described: dict[str, Any]) -> str:
    """A script that adds what is described to an object of all such scripts."""
    text = json.dumps(described)
    define = f"self.{owner} = self.{owner} || {{}};"
    return f"{define}\n{owner}.{name} = {{checksum: \"{checksum(text)}\", text: '{text}'}};\n"


def _layers_of(model: nn.Module) -> list[nn.Module]:
    """The layers in the order in which `forward` applies them, functions as layers too.

    Raises:
        ValueError: the network is no chain of layers, has one twice, or calls something else.
    """
    found: list[nn.Module] = []
    before = None
    modules = dict(model.named_modules())
    for node in fx.Tracer().trace(model).nodes:
        if before is not None and node.all_input_nodes != [before]:
            raise ValueError(f"{node} does not take what {before} gives, and that alone.")
        if node.op == "call_module" and modules[str(node.target)] not in found:
            found.append(modules[str(node.target)])
        elif node.op == "call_function" and (node.target, node.args[1:]) in FUNCTIONS:
            found.append(FUNCTIONS[node.target, node.args[1:]]())
        elif node.op not in ("placeholder", "output"):
            raise ValueError(f"{node.format_node()}: no layer does this.")
        before = node
    return found


def _described(layer: nn.Module) -> dict[str, Any]:
    """A layer as plain data: its kind and its sizes.

    Raises:
        ValueError: it is of another kind, or has a setting that is not written.
    """
    found: dict[str, Any] = {"kind": type(layer).__name__}
    if isinstance(layer, nn.Linear):
        found |= {"inputs": layer.in_features, "outputs": layer.out_features}
    elif isinstance(layer, nn.Conv2d):
        (side, _) = layer.kernel_size
        found |= {"inputs": layer.in_channels, "outputs": layer.out_channels, "side": side}
    elif isinstance(layer, nn.MaxPool2d):
        found |= {"side": layer.kernel_size}
    # another padding, stride or bias would show here; on "meta" no weights are drawn
    with torch.device("meta"):
        plain = str(_layer(found))
    if plain != str(layer):
        raise ValueError(f"{layer} cannot be written.")
    return found


def _layer(described: dict[str, Any]) -> nn.Module:
    """The layer that `_described` describes, with new weights.

    Raises:
        ValueError: there is none of this kind.
    """
    kind = described["kind"]
    if kind == "Linear":
        return nn.Linear(described["inputs"], described["outputs"])
    if kind == "Conv2d":
        return nn.Conv2d(described["inputs"], described["outputs"], described["side"])
    if kind == "MaxPool2d":
        return nn.MaxPool2d(described["side"])
    if kind in ("Flatten", "ReLU", "Sigmoid"):
        plain: nn.Module = getattr(nn, kind)()
        return plain
    raise ValueError(f"{kind} cannot be written.")
