"""Training steps with a manual backward, for the layers and criteria that are known here.

The same arithmetic as that of the plain loop, without autograd and optimizer; see
`groundup.engines.layers`.
"""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import stack_module_state
from torch.nn import functional as F

from groundup.criteria import MANUAL_CRITERIA, ManualCriterion
from groundup.data import normalize, scale
from groundup.engines.layers import (
    Convolution,
    Dense,
    DenseSideBySide,
    Dropout,
    Flatten,
    Layer,
    MaxPool,
    ReLU,
    Sigmoid,
)
from groundup.engines.side_effects import hooks
from groundup.engines.task import Refusal, Steps, Task, Transform
from groundup.models import DenseClassifier, DenseNet

# Batches that are looked up at once: their pixels fit the cache, and cost one call, not twenty.
CHUNK = 20


def manual_steps(task: Task) -> Steps:
    """Steps that share the weights of the task's model.

    Raises:
        Refusal: the model or the criterion is not known here.
    """
    criterion = _manual_criterion(task)
    _check_numbers([task.model], task)
    return _steps(layers_of(task.model, task), criterion, task)


def manual_side_by_side(models: Sequence[nn.Module], task: Task) -> Steps:
    """Steps of several dense networks of one form at once; `task.model` is not looked at.

    Raises:
        Refusal: the models do not have the same form, one of them is not known here, or the
            criterion or the transform is not.
    """
    if not is_known(task.transform):
        # any other one may do something else for each network, and is called once for all of them
        raise Refusal("the transform is not one of scale and normalize")
    criterion = _manual_criterion(task)
    _check_numbers(models, task)
    return _steps(stacked(models, task), criterion, task)


def _manual_criterion(task: Task) -> ManualCriterion:
    for criterion, manual in MANUAL_CRITERIA.items():
        if task.criterion is criterion:
            return manual
    names = ", ".join(criterion.__name__ for criterion in MANUAL_CRITERIA)
    raise Refusal(f"the criterion is none of {names}")


def _check_numbers(models: Sequence[nn.Module], task: Task) -> None:
    """Refuse numbers of another kind than these steps compute with.

    Refused, too, are switches that change how PyTorch computes.
    """
    if not torch.is_grad_enabled():
        raise Refusal("gradients are switched off")
    if torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled("cuda"):
        raise Refusal("autocast is on")
    for model in models:
        for name, parameter in model.named_parameters():
            if parameter.dtype != torch.float32:
                raise Refusal(f"{name} is {parameter.dtype}")
    labels = task.train.labels
    negative = not labels.is_meta and labels.min() < 0
    if labels.dtype != torch.int64 or negative:
        raise Refusal("not all labels are whole numbers from 0")


def layers_of(model: nn.Module, task: Task) -> list[Layer]:
    """The model's layers with a manual backward, sharing its weights.

    Raises:
        Refusal: the model does something that has no manual backward, or a hook watches it.
    """
    _check_nothing_is_hidden(model)
    modules = _modules_in_order(model)
    _check_form(modules)
    if type(modules[0]) is nn.Flatten:
        # done for many batches at once, where the first layer is dense
        del modules[0]
    modules = [module for module in modules if not _drops_nothing(module)]
    _pool_before_activating(modules)
    _check_activations(modules)
    decay_factor = 1 - task.lr * task.weight_decay
    layers = [_layer(module, decay_factor) for module in modules]
    if not layers or not isinstance(layers[0], Dense | Convolution):
        raise Refusal("the first layer has no weights")
    if not _dense(layers):
        raise Refusal("it has no dense layer")
    layers[0].needs_input_grad = False
    return layers


def _dense(layers: list[Layer]) -> list[Dense]:
    return [layer for layer in layers if isinstance(layer, Dense)]


def _drops_nothing(module: nn.Module) -> bool:
    """Whether it is a dropout of probability 0, which draws no random numbers either."""
    return type(module) is nn.Dropout and module.p == 0


def _check_nothing_is_hidden(model: nn.Module) -> None:
    """Refuse what changes or watches a model beside its layers."""
    hook = hooks(model)
    if hook:
        raise Refusal(hook)
    for name, module in model.named_modules():
        for method in ("forward", "train"):
            if method in vars(module):
                raise Refusal(f"{name or 'the network'} has a {method} of its own")
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            raise Refusal(f"{name} is frozen")
    # gradients of a weight that is used twice must be added up
    by_name = dict(model.named_parameters(remove_duplicate=False))
    if _share_memory(list(by_name.values())):
        raise Refusal("two layers share a weight")


def _share_memory(parameters: list[nn.Parameter]) -> bool:
    """Whether one of them is given twice, or two have the same numbers in memory."""
    if len(set(map(id, parameters))) < len(parameters):
        return True
    places = [parameter.data_ptr() for parameter in parameters if not parameter.is_meta]
    return len(set(places)) < len(places)


def _modules_in_order(model: nn.Module) -> list[nn.Module]:
    if type(model) is nn.Sequential:
        return list(model)
    if type(model) is DenseNet:
        return [nn.Flatten(), model.hidden, nn.Sigmoid(), model.output, nn.Sigmoid()]
    if type(model) is DenseClassifier:
        return [nn.Flatten(), model.hidden, nn.ReLU(), model.output]
    raise Refusal(f"there is no manual backward for {type(model).__name__}")


def _check_form(modules: list[nn.Module]) -> None:
    """Images must go through convolutions, if any, be flattened once, then meet dense layers."""
    unusual = Refusal("its layers are in an unusual order")
    if len(set(modules)) < len(modules):
        raise Refusal("a layer is used twice")
    flat = False
    for module in modules:
        is_dense = type(module) is nn.Linear
        is_of_images = type(module) in (nn.Conv2d, nn.MaxPool2d)
        if (is_dense and not flat) or (is_of_images and flat):
            raise unusual
        if type(module) is nn.Flatten:
            if flat or (module.start_dim, module.end_dim) != (1, -1):
                raise unusual
            flat = True
    if not flat:
        raise unusual


def _pool_before_activating(modules: list[nn.Module]) -> None:
    """Let a maximum and an activation that never falls change places.

    The numbers are the same, for a quarter of the work.
    """
    for i in range(len(modules) - 1):
        first = modules[i]
        second = modules[i + 1]
        if type(first) in (nn.Sigmoid, nn.ReLU) and type(second) is nn.MaxPool2d:
            modules[i] = second
            modules[i + 1] = first


def _check_activations(modules: list[nn.Module]) -> None:
    """Refuse a sigmoid that works in place on the output of an activation.

    That activation needs its output for its derivative.
    """
    activated = False
    for module in modules:
        if type(module) is nn.Sigmoid and activated:
            raise Refusal("a sigmoid follows an activation")
        if type(module) in (nn.Sigmoid, nn.ReLU):
            activated = True
        elif type(module) is not nn.Flatten:  # which gives the same numbers in another shape
            activated = False


def _layer(module: nn.Module, decay_factor: float) -> Layer:
    name, _, _ = str(module).partition("\n")
    unknown = Refusal(f"there is no manual backward for {name}")
    # any other class may compute something else
    if not type(module).__module__.startswith("torch.nn.modules."):
        raise unknown
    match module:
        case nn.Linear(bias=Tensor()):
            return Dense(module.weight, module.bias, decay_factor)
        case nn.Conv2d(bias=Tensor(), padding=tuple(), padding_mode="zeros"):
            return Convolution(module, decay_factor)
        case nn.MaxPool2d(
            kernel_size=int(size), stride=stride, padding=0, dilation=1, ceil_mode=False
        ):
            if stride == size:
                return MaxPool(size)
        case nn.Dropout(p=p) if p < 1:
            return Dropout(p)
        case nn.Flatten():
            return Flatten()
        case nn.Sigmoid():
            return Sigmoid()
        case nn.ReLU():
            return ReLU()
    raise unknown


def stacked(models: Sequence[nn.Module], task: Task) -> list[Layer]:
    """The layers of several networks of one form as one, their weights stacked.

    The parameters of each model become views of the stacks: a step moves them all.

    Raises:
        Refusal: the networks do not have the same form, or one of them has a layer that draws or
            looks at images.
    """
    several = [layers_of(model, task) for model in models]
    forms = set(map(_form, models, several))
    if len(forms) != 1:
        raise Refusal("the networks do not have the same form")
    for layer in several[0]:
        if isinstance(layer, Convolution | MaxPool | Dropout):
            raise Refusal("side by side, only dense layers and activations have a manual backward")

    parameters: list[nn.Parameter] = []
    for model in models:
        parameters += model.parameters()
    if _share_memory(parameters):
        raise Refusal("two networks share a weight")
    if len(list(models[0].parameters())) != 2 * len(_dense(several[0])):
        raise Refusal("a parameter belongs to none of the layers")

    for model in models:
        model.train()
    weights, _ = stack_module_state(list(models))
    for name, stack in weights.items():
        for model, row in zip(models, stack.detach(), strict=True):
            model.get_parameter(name).data = row
    in_order = iter(weights.values())
    together: list[Layer] = []
    for layer in several[0]:
        if isinstance(layer, Dense):
            layer = DenseSideBySide(next(in_order), next(in_order), layer.decay_factor)
            layer.needs_input_grad = bool(together)
        together.append(layer)
    return together


def _form(model: nn.Module, layers: list[Layer]) -> tuple[object, ...]:
    """What networks that are trained side by side must have in common."""
    shapes = [(name, parameter.shape) for name, parameter in model.named_parameters()]
    return type(model), *shapes, *map(type, layers)


def is_known(transform: Transform) -> bool:
    """Whether it is one of `groundup.data`.

    These do the same to a digit whenever it comes, in whatever company.
    """
    function = transform
    if isinstance(transform, partial):
        function = transform.func
    return function in (scale, normalize)


def _steps(layers: list[Layer], criterion: ManualCriterion, task: Task) -> Steps:
    """Steps through `layers`: the pixels of several batches are looked up at once.

    A transform that is not known is called for each batch when its turn comes: it may draw random
    numbers, as dropout does, or have other side effects.
    """
    last = _dense(layers)[-1]
    bias = last.bias  # (classes,) or (networks, classes)
    networks = bias.shape[:-1].numel()
    classes = bias.shape[-1]
    chunk = 1
    if is_known(task.transform):
        chunk = max(1, CHUNK // networks)
    flat = isinstance(layers[0], Dense)

    def images_and_labels(batches: Tensor) -> tuple[Tensor, Tensor]:
        of_digits = task.train.images.index_select(0, batches.flatten())  # bytes
        images = task.transform(of_digits)
        if flat:
            images = images.flatten(1)
        return images.unflatten(0, batches.shape), task.train.labels[batches]

    def take_chunk(batches: Tensor) -> Tensor:
        images, labels = images_and_labels(batches)
        targets = F.one_hot(labels, classes).float()
        of_steps = batches.dim() - 2  # the dimension in which the steps follow one another
        pairs = zip(images.unbind(of_steps), targets.unbind(of_steps), strict=True)
        outputs = []
        for x, y in pairs:
            outputs.append(take_step(layers, x, y, criterion.gradient, task.lr))
        return criterion.losses(torch.stack(outputs, of_steps), labels).mean(-1)

    @torch.no_grad()
    def take(batches: Tensor) -> Tensor:
        losses = [take_chunk(part) for part in batches.split(chunk, -2)]
        return torch.cat(losses, -1)

    return take


def take_step(
    layers: list[Layer],
    x: Float[Tensor, "..."],
    targets: Float[Tensor, "*s n c"],
    gradient: Callable[[Tensor, Tensor], tuple[Tensor, float]],
    lr: float,
) -> Float[Tensor, "*s n c"]:
    """One step of gradient descent, from the first layer to the last and back.

    Returns:
        The outputs before the step.
    """
    for layer in layers:
        x = layer.forward(x)
    back, factor = gradient(x, targets)
    for layer in reversed(layers):
        back = layer.backward(back, lr * factor)
    return x
