"""What the code of a training step does beside its arithmetic: a CUDA graph would leave it out.

A CUDA graph records what a GPU is asked to compute, and repeats that and nothing else. The Python
code of a step runs while it is recorded, and never again: a list that it appends to stops growing,
a loss that it prints or reads stops the recording with an error. So the step is first rehearsed on
PyTorch's device `meta`. Its tensors have shapes and no numbers: forward, backward and the optimizer
work there, and whatever asks for a number raises.
"""

import contextlib
import gc
import io
import random
import sys
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.optimizer import _global_optimizer_post_hooks, _global_optimizer_pre_hooks
from torch.overrides import TorchFunctionMode

MODULE_HOOKS = ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks")
QUIET = ("builtins.", "torch.", "numpy.", "groundup.")  # what stands in these has no side effects
MISSING = object()  # the value of a variable that is not there
SIZE = 10  # images in the batch of a rehearsal


def hooks(model: nn.Module) -> str:
    """Name a hook that watches the model, its weights or all modules; empty if there is none."""
    everywhere = torch.nn.modules.module
    if _has_hooks(everywhere, "_global"):
        return "a hook on all modules"
    if _global_optimizer_pre_hooks or _global_optimizer_post_hooks:
        return "a hook on all optimizers"
    for name, module in model.named_modules():
        if _has_hooks(module):
            owner = name or "the network"
            return f"a hook on {owner}"
    for name, parameter in model.named_parameters():
        if parameter._backward_hooks or parameter._post_accumulate_grad_hooks:
            return f"a hook on {name}"
    return ""


def _has_hooks(owner: nn.Module | ModuleType, prefix: str = "") -> bool:
    return any(getattr(owner, f"{prefix}{kind}") for kind in MODULE_HOOKS)


def of_step(
    model: nn.Module,
    transform: Callable[[Tensor], Tensor],
    criterion: Callable[[Tensor, Tensor], Tensor],
    *,
    image: torch.Size,
) -> str:
    """Name what keeps a training step from being captured, found without a GPU; empty if nothing.

    The step is taken once, by a copy of the model on the device `meta`. Nothing is left of it:
    lists, dictionaries, sets, arrays, variables and attributes that the functions can reach are
    restored, and so are the random numbers. What is written elsewhere, into a file, a log, a slot
    or an iterator for example, is not seen, nor is the time.

    Args:
        model: the network that is to be trained; it stays as it is.
        transform: makes bytes `(n, *image)` the floats that the model takes.
        criterion: takes outputs and labels, gives the loss, a tensor of shape `()`.
        image: the shape of an image's bytes.

    Returns:
        The reason in a few words, for example "the step fails without numbers: Tensor.item() ...".
    """
    hook = hooks(model)
    if hook:
        return hook
    try:
        model = _on_meta(model).train()
        criterion = _on_meta(criterion)
    except Exception as error:
        return f"the network or the criterion cannot be copied: {_first_line(error)}"
    snapshot = _Snapshot(model, transform, criterion)
    printed = io.StringIO()
    made = _Made()
    draws = _random_states()
    gpus = []
    if torch.cuda.is_initialized():
        gpus.append(torch.cuda.current_device())
    reason = ""
    with (
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
        torch.random.fork_rng(devices=gpus),
    ):
        try:
            with made:
                _step(model, transform, criterion, image)
        except Exception as error:
            reason = f"the step fails without numbers: {_first_line(error)}"
        drew = draws != _random_states()
    random.setstate(draws[0])
    np.random.set_state(draws[1])
    changed = snapshot.restore()
    del model, criterion, snapshot
    if reason:
        return reason
    if printed.getvalue():
        return "the step prints"
    if drew:
        return "the step draws random numbers on the CPU"
    if changed or made.alive():
        return "the step has side effects"
    return ""


def _step(model: nn.Module, transform: Any, criterion: Any, image: torch.Size) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    images = torch.empty(SIZE, *image, dtype=torch.uint8, device="meta")
    labels = torch.empty(SIZE, dtype=torch.int64, device="meta")
    criterion(model(transform(images)), labels).backward()
    optimizer.step()


def _on_meta(thing: Any) -> Any:
    """A copy of a module whose weights and buffers have no numbers; a function as it is."""
    if not isinstance(thing, nn.Module):
        return thing
    copies: dict[int, Any] = {}
    for parameter in thing.parameters():
        empty = torch.empty_like(parameter, device="meta")
        copies[id(parameter)] = nn.Parameter(empty, requires_grad=parameter.requires_grad)
    for buffer in thing.buffers():
        copies[id(buffer)] = torch.empty_like(buffer, device="meta")
    return deepcopy(thing, copies)


def _first_line(error: Exception) -> str:
    line, _, _ = str(error).partition("\n")
    return line or type(error).__name__


def _random_states() -> tuple[Any, Any, Any]:
    """Those of Python, of NumPy and of PyTorch's CPU generator, to be compared with `==`."""
    kind, keys, *rest = np.random.get_state()
    of_numpy = (kind, tuple(keys), *rest)
    of_torch = tuple(torch.get_rng_state().tolist())
    return random.getstate(), of_numpy, of_torch


class _Made(TorchFunctionMode):
    """Remembers every tensor that is made, without keeping it, and refuses to print one."""

    def __init__(self) -> None:
        super().__init__()
        self.tensors: list[weakref.ref[Tensor]] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in (Tensor.__repr__, Tensor.__format__):
            raise RuntimeError("a tensor on the device meta cannot be printed")
        result = func(*args, **(kwargs or {}))
        several = result
        if not isinstance(result, tuple | list):
            several = [result]
        self.tensors += [weakref.ref(each) for each in several if isinstance(each, Tensor)]
        return result

    def alive(self) -> bool:
        """Whether one of them is still referred to, once the step is over and its model is gone."""
        if self._some_left():
            gc.collect()  # perhaps a circle of references that nothing else refers to
        return self._some_left()

    def _some_left(self) -> bool:
        return any(tensor() is not None for tensor in self.tensors)


class _Snapshot:
    """All that functions could write into, as it is now.

    That is: variables, attributes, lists, dictionaries, sets, arrays and tensors.
    """

    def __init__(self, model: nn.Module, *functions: Any) -> None:
        learned = (*model.parameters(), *model.buffers())  # a step writes into these, as it should
        # the things themselves are kept alive, so that no id comes twice
        self.seen: dict[int, Any] = {id(each): each for each in learned}

        # each with a copy of it
        self.containers: list[tuple[Any, Any]] = []
        self.arrays: list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]] = []

        # variables of the function around, of the module, and what classes and modules have
        self.cells: list[tuple[CellType, Any]] = []
        self.variables: list[tuple[dict[str, Any], str, Any]] = []
        self.attributes: list[tuple[type | ModuleType, dict[str, Any]]] = []

        # each with how often it was written to; each of random numbers with its state
        self.tensors: list[tuple[Tensor, int]] = []
        self.generators: list[tuple[Any, Any]] = []

        self.ahead: list[Any] = [model, *functions]
        while self.ahead:
            self._visit(self.ahead.pop())

    def _visit(self, thing: Any) -> None:
        if id(thing) in self.seen:
            return
        self.seen[id(thing)] = thing
        match thing:
            case Tensor():
                if not thing.is_inference():  # which keeps no count of its changes
                    self.tensors.append((thing, thing._version))
            case random.Random() | np.random.Generator() | torch.Generator():
                self.generators.append((thing, _state_of(thing)))
            case dict():
                self.containers.append((thing, dict(thing)))
                self._go_to(thing.values())
            case np.ndarray():
                self.arrays.append((thing, thing.copy()))
            case bytearray():
                self.containers.append((thing, thing.copy()))
            case list() | set() | deque():
                self.containers.append((thing, thing.copy()))
                self._go_to(thing)
            case tuple():
                self._go_to(thing)
            case partial():
                self._go_to((thing.func, thing.args, thing.keywords))
            case MethodType():
                self._go_to((thing.__self__, thing.__func__))
            case FunctionType() if not _is_quiet(thing):
                self._visit_function(thing)
            case type() if not _is_quiet(thing):
                self.attributes.append((thing, _plain_attributes(thing)))
                self._go_to(vars(thing).values())
            case ModuleType() if _is_users_own(thing):
                self.attributes.append((thing, _plain_attributes(thing)))
            case nn.Module():
                self._go_to((vars(thing), type(thing)))
            case type():
                pass  # one of a library's
            case _ if hasattr(thing, "__dict__") and not _is_quiet(type(thing)):
                self._go_to((vars(thing), type(thing)))

    def _go_to(self, things: Any) -> None:
        plain = int | float | str | bytes | None
        self.ahead += [thing for thing in things if not isinstance(thing, plain)]

    def _visit_function(self, function: FunctionType) -> None:
        for cell in function.__closure__ or ():
            with contextlib.suppress(ValueError):  # a variable that has no value yet
                self.cells.append((cell, cell.cell_contents))
                self._go_to([cell.cell_contents])
        for name in set(_names(function.__code__)):
            value = function.__globals__.get(name, MISSING)
            self.variables.append((function.__globals__, name, value))
            self._go_to([value])
        self._go_to((function.__defaults__, function.__kwdefaults__, vars(function)))

    def restore(self) -> bool:
        """Whether anything was changed, which it then undoes.

        A tensor that was written to stays as it is.
        """
        changed = any(tensor._version != version for tensor, version in self.tensors)
        changed |= self._restore_variables()
        changed |= self._restore_attributes()
        changed |= self._restore_numbers()
        changed |= self._restore_containers()
        return changed

    def _restore_variables(self) -> bool:
        changed = False
        for cell, contents in self.cells:
            if cell.cell_contents is not contents:
                changed = True
                cell.cell_contents = contents
        for variables, name, value in self.variables:
            if variables.get(name, MISSING) is value:
                continue
            changed = True
            if value is MISSING:
                del variables[name]
            else:
                variables[name] = value
        return changed

    def _restore_attributes(self) -> bool:
        changed = False
        for owner, attributes in self.attributes:
            now = _plain_attributes(owner)
            for name in now.keys() | attributes.keys():
                if now.get(name, MISSING) is attributes.get(name, MISSING):
                    continue
                changed = True
                if name in attributes:
                    setattr(owner, name, attributes[name])
                else:
                    delattr(owner, name)
        return changed

    def _restore_numbers(self) -> bool:
        changed = False
        for generator, state in self.generators:
            if not _equal(_state_of(generator), state):
                changed = True
                _set_state(generator, state)
        for array, copy in self.arrays:
            is_float = array.dtype.kind == "f"
            if not np.array_equal(array, copy, equal_nan=is_float):
                changed = True
                array[...] = copy
        return changed

    def _restore_containers(self) -> bool:
        changed = False
        for container, before in self.containers:
            if _same(container, before):
                continue
            changed = True
            container.clear()
            if isinstance(container, list | deque | bytearray):
                container.extend(before)
            else:
                container.update(before)
        return changed


def _state_of(generator: Any) -> Any:
    match generator:
        case random.Random():
            return generator.getstate()
        case np.random.Generator():
            return generator.bit_generator.state
    return generator.get_state()


def _set_state(generator: Any, state: Any) -> None:
    match generator:
        case random.Random():
            generator.setstate(state)
        case np.random.Generator():
            generator.bit_generator.state = state
        case _:
            generator.set_state(state)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor):
        return torch.equal(one, other)
    return str(one) == str(other)


def _is_users_own(module: ModuleType) -> bool:
    """Whether it is a module of the user's own: neither Python's nor one of these libraries'."""
    package, _, _ = module.__name__.partition(".")
    return package not in sys.stdlib_module_names and not f"{package}.".startswith(QUIET)


def _plain_attributes(owner: type | ModuleType) -> dict[str, Any]:
    """The attributes of a class or a module that are none of Python's own."""
    return {name: value for name, value in vars(owner).items() if not name.startswith("__")}


def _same(container: Any, before: Any) -> bool:
    """Whether a container holds the very things that it held."""
    if isinstance(container, dict):
        keys_same = list(map(id, container.keys())) == list(map(id, before.keys()))
        values_same = list(map(id, container.values())) == list(map(id, before.values()))
        return keys_same and values_same
    return list(map(id, container)) == list(map(id, before))


def _is_quiet(thing: Any) -> bool:
    module = getattr(thing, "__module__", None) or ""
    return f"{module}.".startswith(QUIET)


def _names(code: CodeType) -> Iterator[str]:
    """The names that a function uses, those within it too."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
