"""Fast steps behind `fit`: the same arithmetic as the plain loop, written out layer by layer, or captured as a CUDA graph.

Autograd finds out anew in each step what to differentiate and keeps every gradient until the optimizer has used it. For
batches of ten images that bookkeeping costs more than the arithmetic. Here each layer knows its own derivative and
takes its own step as soon as its gradient is there: `weight += -rate * gradient.T @ x` is one call that adds in place.

A layer's `forward` keeps what its `backward` needs. `backward` makes of the gradient with respect to the output the one
with respect to the input, and moves the layer's weights, where it has some. The first layer's input is the digits,
which do not learn: there, that gradient is not `wanted`. A loss is a mean, whose gradients all have one factor in
common. It is left out on the way back, and put into the `rate`: the learning rate times that factor.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional as F

from groundup.data import Digits, normalize, scale
from groundup.models import DenseClassifier, DenseNet
from groundup.side_effects import hooks

aten = torch.ops.aten
Batches = Sequence[Tensor]  # positions of digits, int64
Steps = Callable[[Batches], Tensor]  # takes a step for each batch of positions; gives their losses, on the device
Transform = Callable[[Tensor], Tensor]  # of bytes, gives the floats that the model takes
Criterion = Callable[[Tensor, Tensor], Tensor]  # of outputs and labels, gives the loss
Losses = Callable[[Tensor, Tensor], Tensor]  # of outputs and labels, gives the loss of each image
Gradient = Callable[[Tensor, Tensor], tuple[Tensor, float]]  # of outputs and one-hot targets; see below
CHUNK = 20  # batches that are looked up at once: their pixels fit the cache, and cost one call instead of twenty
MOST_FLOATS = 60_000  # digits that are kept as floats, 188 MB


def move(parameter: Tensor, gradient: Tensor, rate: float, shrink: float) -> None:
    """One step of gradient descent with weight decay, `shrink` being `1 - lr * weight_decay`."""
    if shrink != 1:
        parameter.mul_(shrink)
    parameter.sub_(gradient, alpha=rate)


class Dense:
    """`nn.Linear`."""

    def __init__(self, weight: Tensor, bias: Tensor, shrink: float) -> None:
        self.of_model = weight, bias
        self.weight, self.bias, self.shrink = weight.detach(), bias.detach(), shrink
        self.transposed = self.weight.mT  # a view: it moves with the weight
        self.ones = bias.new_ones(0)
        self.wanted = True

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        return torch.addmm(self.bias, x, self.transposed)  # (batch, outputs)

    def backward(self, gradient: Tensor, rate: float) -> Tensor:
        back = torch.mm(gradient, self.weight) if self.wanted else gradient  # before the weight moves
        if len(self.ones) != len(gradient):
            self.ones = gradient.new_ones(len(gradient))
        turned = gradient.mT
        self.weight.addmm_(turned, self.x, beta=self.shrink, alpha=-rate)
        self.bias.addmv_(turned, self.ones, beta=self.shrink, alpha=-rate)  # the sum over the batch
        return back


class DenseSideBySide(Dense):
    """`nn.Linear` of several networks, with weights `(networks, outputs, inputs)`."""

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        return torch.baddbmm(self.bias.unsqueeze(1), x, self.transposed)  # (networks, batch, outputs)

    def backward(self, gradient: Tensor, rate: float) -> Tensor:
        back = torch.bmm(gradient, self.weight) if self.wanted else gradient
        self.weight.baddbmm_(gradient.mT, self.x, beta=self.shrink, alpha=-rate)
        move(self.bias, gradient.sum(1), rate, self.shrink)
        return back


class Convolution:
    """`nn.Conv2d`."""

    def __init__(self, layer: nn.Conv2d, shrink: float) -> None:
        assert layer.bias is not None
        self.weight, self.bias, self.shrink = layer.weight.detach(), layer.bias.detach(), shrink
        self.geometry = (layer.stride, layer.padding, layer.dilation, False, [0, 0], layer.groups)
        self.wanted = True

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        stride, padding, dilation, _, _, groups = self.geometry
        return torch.conv2d(x, self.weight, self.bias, stride, padding, dilation, groups)

    def backward(self, gradient: Tensor, rate: float) -> Tensor:
        back, *gradients = aten.convolution_backward(
            gradient, self.x, self.weight, [len(self.bias)], *self.geometry, [self.wanted, True, True]
        )
        for parameter, its_gradient in zip((self.weight, self.bias), gradients, strict=True):
            move(parameter, its_gradient, rate, self.shrink)
        return back if self.wanted else gradient


class Sigmoid:
    """`nn.Sigmoid`, in place."""

    def forward(self, x: Tensor) -> Tensor:
        self.y = x.sigmoid_()
        return self.y

    def backward(self, gradient: Tensor, rate: float) -> Tensor:
        return aten.sigmoid_backward(gradient, self.y)


class ReLU:
    """`nn.ReLU`, in place."""

    def forward(self, x: Tensor) -> Tensor:
        self.y = x.relu_()
        return self.y

    def backward(self, gradient: Tensor, rate: float) -> Tensor:
        return aten.threshold_backward(gradient, self.y, 0)


class MaxPool:
    """`nn.MaxPool2d`."""

    def __init__(self, size: int) -> None:
        self.window = ([size, size], [size, size])  # as wide as it is far from the next

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        y, self.indices = aten.max_pool2d_with_indices(x, *self.window)
        return y

    def backward(self, gradient: Tensor, rate: float) -> Tensor:
        return aten.max_pool2d_with_indices_backward(
            gradient, self.x, *self.window, [0, 0], [1, 1], False, self.indices
        )


class Flatten:
    """`nn.Flatten`: channels, rows and columns become one."""

    def forward(self, x: Tensor) -> Tensor:
        self.shape = x.shape
        return x.flatten(-3)

    def backward(self, gradient: Tensor, rate: float) -> Tensor:
        return gradient.view(self.shape)


class Dropout:
    """`nn.Dropout`, drawing the same random numbers."""

    def __init__(self, p: float) -> None:
        self.keep = 1 - p

    def forward(self, x: Tensor) -> Tensor:
        self.mask = torch.empty_like(x).bernoulli_(self.keep).div_(self.keep)
        return x * self.mask

    def backward(self, gradient: Tensor, rate: float) -> Tensor:
        return gradient * self.mask


Layer = Dense | Convolution | Sigmoid | ReLU | MaxPool | Flatten | Dropout


def squared_error_gradient(
    outputs: Float[Tensor, "*s n c"], targets: Float[Tensor, "*s n c"]
) -> tuple[Float[Tensor, "*s n c"], float]:
    """The derivative of `one_hot_mse` with respect to the outputs, as a tensor and the factor that it lacks.

    The targets are one-hot; for several networks side by side, each has a loss of its own.
    """
    return outputs - targets, 2 / (outputs.shape[-2] * outputs.shape[-1])


def cross_entropy_gradient(
    outputs: Float[Tensor, "*s n c"], targets: Float[Tensor, "*s n c"]
) -> tuple[Float[Tensor, "*s n c"], float]:
    """The derivative of `F.cross_entropy` with respect to the logits, as a tensor and the factor that it lacks."""
    return torch.softmax(outputs, -1).sub_(targets), 1 / outputs.shape[-2]


def squared_errors(outputs: Float[Tensor, "*s n c"], labels: Int64[Tensor, "*s n"]) -> Float[Tensor, "*s n"]:
    """The share of each image in `one_hot_mse`, whose mean over a batch is the loss."""
    targets = F.one_hot(labels, outputs.shape[-1]).to(outputs.dtype)
    return (outputs - targets).square().mean(-1)


def cross_entropies(logits: Float[Tensor, "*s n c"], labels: Int64[Tensor, "*s n"]) -> Float[Tensor, "*s n"]:
    """The share of each image in `F.cross_entropy`, whose mean over a batch is the loss."""
    log_probabilities = torch.log_softmax(logits, -1)
    return -log_probabilities.gather(-1, labels.unsqueeze(-1)).squeeze(-1)


def written_out(model: nn.Module, *, lr: float, weight_decay: float) -> list[Layer] | None:
    """The model's layers as this file writes them out, sharing its weights; None for a model that it does not know.

    A maximum over a window and an activation that never falls may change places: the same numbers, a quarter of the work.
    """
    if hooks(model):
        return None  # somebody watches, and would see nothing
    if any("forward" in vars(module) for module in model.modules()):
        return None  # this very module computes something else
    if not all(parameter.requires_grad for parameter in model.parameters()):
        return None
    names = [name for name, _ in model.named_parameters(remove_duplicate=False)]
    if len(names) > len(list(model.parameters())):
        return None  # a weight that stands in two places, whose gradients must be added up
    modules = _in_order(model)
    if not _has_the_usual_form(modules):
        return None
    if type(modules[0]) is nn.Flatten:
        del modules[0]  # done for many batches at once, where the first layer is dense
    modules = [module for module in modules if not (type(module) is nn.Dropout and module.p == 0)]  # draws nothing
    for i in range(len(modules) - 1):
        if type(modules[i]) in (nn.Sigmoid, nn.ReLU) and type(modules[i + 1]) is nn.MaxPool2d:
            modules[i], modules[i + 1] = modules[i + 1], modules[i]
    if _overwrites_an_activation(modules):
        return None
    layers = [layer for layer in (_layer(module, 1 - lr * weight_decay) for module in modules) if layer]
    if len(layers) < len(modules) or len(set(modules)) < len(modules):
        return None  # a layer that is not known here, or that stands twice
    if (
        not layers
        or not isinstance(layers[0], Dense | Convolution)
        or not any(type(layer) is Dense for layer in layers)
    ):
        return None
    layers[0].wanted = False
    return layers


def _has_the_usual_form(modules: list[nn.Module]) -> bool:
    """Whether images go through convolutions, if any, are flattened once, and go through dense layers."""
    flat = False
    for module in modules:
        dense = type(module) is nn.Linear
        of_images = type(module) in (nn.Conv2d, nn.MaxPool2d)
        if (dense and not flat) or (of_images and flat):
            return False
        if type(module) is nn.Flatten:
            if flat or (module.start_dim, module.end_dim) != (1, -1):
                return False
            flat = True
    return flat


def _overwrites_an_activation(modules: list[nn.Module]) -> bool:
    """Whether a sigmoid works in place on the output of an activation, which that one needs for its derivative."""
    activated = False
    for module in modules:
        if type(module) is nn.Sigmoid and activated:
            return True
        if type(module) in (nn.Sigmoid, nn.ReLU):
            activated = True
        elif type(module) is not nn.Flatten:  # which gives the same numbers in another shape
            activated = False
    return False


def side_by_side(models: Sequence[nn.Module], *, lr: float, weight_decay: float) -> list[Layer] | None:
    """The layers of several models of one form, their weights stacked; None unless all of them are dense.

    The parameters of each model become views of the stacks: a step moves them all.
    """
    several = [written_out(model, lr=lr, weight_decay=weight_decay) or [] for model in models]
    forms = {
        tuple((type(layer), layer.weight.shape if isinstance(layer, Dense) else None) for layer in layers)
        for layers in several
    }
    if len(forms) != 1 or any(kind in (Convolution, MaxPool, Dropout) for kind, _ in forms.pop()):
        return None
    stacked: list[Layer] = []
    for same in zip(*several, strict=True):
        layer = same[0]
        if isinstance(layer, Dense):
            weights, biases = torch.stack([each.weight for each in same]), torch.stack([each.bias for each in same])
            layer = DenseSideBySide(weights, biases, layer.shrink)
            layer.wanted = bool(stacked)
            for each, *rows in zip(same, weights, biases, strict=True):
                for parameter, row in zip(each.of_model, rows, strict=True):
                    parameter.data = row
        stacked.append(layer)
    return stacked or None


def _in_order(model: nn.Module) -> list[nn.Module]:
    if type(model) is nn.Sequential:
        return list(model)
    if type(model) is DenseNet:
        return [nn.Flatten(), model.hidden, nn.Sigmoid(), model.output, nn.Sigmoid()]
    if type(model) is DenseClassifier:
        return [nn.Flatten(), model.hidden, nn.ReLU(), model.output]
    return []


def _layer(module: nn.Module, shrink: float) -> Layer | None:
    if not type(module).__module__.startswith("torch.nn.modules."):
        return None  # a class of somebody's own, which may compute something else
    match module:
        case nn.Linear(bias=Tensor()):
            return Dense(module.weight, module.bias, shrink)
        case nn.Conv2d(bias=Tensor(), padding=tuple(), padding_mode="zeros"):
            return Convolution(module, shrink)
        case nn.MaxPool2d(kernel_size=int(size), stride=stride, padding=0, dilation=1, ceil_mode=False):
            return MaxPool(size) if stride == size else None
        case nn.Dropout(p=p) if p < 1:
            return Dropout(p)
        case nn.Flatten(start_dim=1, end_dim=-1):
            return Flatten()
        case nn.Sigmoid():
            return Sigmoid()
        case nn.ReLU():
            return ReLU()
    return None


def take_step(layers: list[Layer], x: Tensor, targets: Tensor, gradient: Gradient, lr: float) -> Tensor:
    """One step of gradient descent, from the first layer to the last and back; gives the outputs before it."""
    for layer in layers:
        x = layer.forward(x)
    back, factor = gradient(x, targets)
    for layer in reversed(layers):
        back = layer.backward(back, lr * factor)
    return x


def is_known(transform: Transform) -> bool:
    """Whether it is one of `groundup.data`, which do the same to a digit whenever it comes, in whatever company."""
    function = transform.func if isinstance(transform, partial) else transform
    return function in (scale, normalize)


def look_up(digits: Digits, transform: Transform) -> Callable[[Tensor], Tensor]:
    """What gives the pixels at some positions as floats: from floats kept of all digits, where this is safe and they are few."""
    if not is_known(transform) or len(digits) > MOST_FLOATS:
        return lambda positions: transform(digits.images.index_select(0, positions))
    floats = torch.empty(len(digits), 1, *digits.images.shape[1:], device=digits.images.device)  # (n, 1, 28, 28)
    for images, place in zip(digits.images.split(1000), floats.split(1000), strict=True):
        place.copy_(transform(images))
    return lambda positions: floats.index_select(0, positions)


def written_out_steps(
    layers: list[Layer], train: Digits, transform: Transform, losses: Losses, gradient: Gradient, lr: float
) -> Steps:
    """Steps through `layers`: the pixels of several batches are looked up at once.

    A transform that is not known is called for each batch when its turn comes: it may draw random numbers, as dropout
    does, or take notes.

    A batch is the positions of its digits, `(batch,)`, or `(networks, batch)` where the layers are several side by side;
    the losses have the shape `(steps,)` or `(networks, steps)`.
    """
    shape = next(layer.bias.shape for layer in reversed(layers) if isinstance(layer, Dense))
    together = max(1, CHUNK // shape[:-1].numel()) if is_known(transform) else 1
    pixels = look_up(train, transform)

    @torch.no_grad()
    def take(batches: Batches) -> Tensor:
        taken = []
        for size, same in groupby(batches, lambda batch: batch.shape[-1]):
            for chunk in _chunks(list(same), together):
                positions = torch.cat(chunk, -1)  # (batches * size,) or (networks, batches * size)
                labels = train.labels[positions]
                images = pixels(positions.flatten()).unflatten(0, positions.shape)
                if isinstance(layers[0], Dense):
                    images = images.flatten(-3)
                targets = F.one_hot(labels, shape[-1]).float()
                pairs = zip(
                    images.split(size, positions.dim() - 1), targets.split(size, positions.dim() - 1), strict=True
                )
                outputs = torch.cat([take_step(layers, x, y, gradient, lr) for x, y in pairs], -2)
                taken.append(losses(outputs, labels).unflatten(-1, (len(chunk), size)).mean(-1))
        return torch.cat(taken, -1)

    return take


def _chunks(batches: list[Tensor], size: int) -> Iterator[list[Tensor]]:
    for start in range(0, len(batches), size):
        yield batches[start : start + size]


def captured_steps(
    model: nn.Module,
    train: Digits,
    transform: Transform,
    criterion: Criterion,
    optimizer: torch.optim.Optimizer,
    size: int,
) -> Steps:
    """The plain step as a CUDA graph: `CHUNK` of them are launched at once, and the GPU looks up the batches by itself.

    Batches of another size than `size`, and those after the last whole chunk, take the plain step. The step must be one
    of which `groundup.side_effects.of_step` says nothing.
    """
    device = train.images.device
    order = torch.zeros(len(train) // size + 1, size, dtype=torch.int64, device=device)  # (batches, size)
    position = torch.zeros(1, dtype=torch.int64, device=device)
    of_chunk = torch.zeros(CHUNK, device=device)  # the losses of the last chunk
    replay: Callable[[], None] | None = None

    def step(batch: Tensor, place: Tensor) -> None:
        optimizer.zero_grad()
        loss = criterion(model(transform(train.images[batch])), train.labels[batch])
        loss.backward()
        optimizer.step()
        place.copy_(loss.detach())

    def chunk() -> None:
        for i in range(CHUNK):
            step(order.index_select(0, position)[0], of_chunk[i])
            position.add_(1)

    def take(batches: Batches) -> Tensor:
        nonlocal replay
        losses = torch.zeros(len(batches), device=device)
        chunks = sum(len(batch) == size for batch in batches) // CHUNK
        if chunks:
            replay = replay or capture(chunk, model, optimizer, device)
            order[: chunks * CHUNK] = torch.stack(list(batches[: chunks * CHUNK]))
        position.zero_()
        for i in range(chunks):
            assert replay is not None
            replay()
            losses[i * CHUNK : (i + 1) * CHUNK] = of_chunk
        for i, batch in enumerate(batches[chunks * CHUNK :], start=chunks * CHUNK):
            step(batch, losses[i])
        return losses

    return take


def capture(
    run: Callable[[], None], model: nn.Module, optimizer: torch.optim.Optimizer, device: torch.device
) -> Callable[[], None]:
    """`run` as a CUDA graph: gives what replays it. Weights, buffers and random numbers stay as they are."""
    learned = [*model.parameters(), *model.buffers()]
    before = [tensor.detach().clone() for tensor in learned]
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.device(device):  # which need not be the current one
        random_state = torch.cuda.get_rng_state()
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        # libraries choose their kernels at the first call, which a capture does not allow
        with torch.cuda.stream(stream):
            run()
        torch.cuda.current_stream().wait_stream(stream)
        with torch.no_grad():
            for tensor, old in zip(learned, before, strict=True):
                tensor.copy_(old)
        torch.cuda.set_rng_state(random_state)
        optimizer.zero_grad()  # to None: the graph makes gradients of its own
        with torch.cuda.graph(graph):  # records, does not compute
            run()
    return graph.replay
