"""Training steps as a CUDA graph: recorded once, and then launched twenty at a time.

A step on a batch of ten asks a GPU for dozens of small computations. To ask takes longer than to
compute, so the graph keeps what was asked, and Python is out of the way. What else the code of a
step does, the graph does not repeat: see `groundup.engines.side_effects`.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from groundup.engines.autograd import autograd_steps
from groundup.engines.manual import manual_side_by_side, manual_steps
from groundup.engines.side_effects import of_step
from groundup.engines.task import Refusal, Steps, Task

CHUNK = 20  # steps in a graph


def graph_steps(task: Task) -> Steps:
    """The task's steps as a CUDA graph: those of the manual engine, or else of the plain loop.

    Raises:
        Refusal: the digits are not on a GPU, the step does more than compute, or it cannot be
            recorded.
    """
    _check_device(task)
    image = task.train.images.shape[1:]
    reason = of_step(task.model, task.transform, task.criterion, image=image)
    if reason:
        raise Refusal(reason)
    try:
        take = manual_steps(task)
    except Refusal:
        take = autograd_steps(task)
    return captured(take, [task.model], task)


def graph_side_by_side(models: Sequence[nn.Module], task: Task) -> Steps:
    """The steps of `manual_side_by_side` as a CUDA graph.

    Raises:
        Refusal: the digits are not on a GPU, or the models are not known.
    """
    _check_device(task)
    take = manual_side_by_side(models, task)
    return captured(take, models, task, networks=(len(models),))


def _check_device(task: Task) -> None:
    if task.device.type != "cuda":
        raise Refusal(f"the digits lie on {task.device}, and a CUDA graph needs a GPU")


def captured(
    take: Steps, models: Sequence[nn.Module], task: Task, *, networks: tuple[int, ...] = ()
) -> Steps:
    """`take` as a CUDA graph of `CHUNK` steps, in which the GPU looks up the batches by itself.

    Batches of another size than the task's, and those after the last whole chunk, are handed to
    `take` itself.
    """
    most = max(CHUNK, len(task.train) // task.batch_size)
    order = torch.zeros(*networks, most, task.batch_size, dtype=torch.int64, device=task.device)

    # the losses of the last chunk
    of_chunk = torch.zeros(*networks, CHUNK, device=task.device)
    # which steps the next chunk takes
    positions = torch.arange(CHUNK, device=task.device)

    def chunk() -> None:
        of_chunk.copy_(take(order.index_select(-2, positions)))
        positions.add_(CHUNK)

    for model in models:
        model.train()
    replay = capture(chunk, models, task.device)

    def take_captured(batches: Tensor) -> Tensor:
        if batches.shape[-1] != task.batch_size:
            return take(batches)
        steps = batches.shape[-2]
        chunks = steps // CHUNK
        whole = chunks * CHUNK
        in_chunks, rest = batches.split([whole, steps - whole], -2)
        order.narrow(-2, 0, whole).copy_(in_chunks)
        torch.arange(CHUNK, out=positions)
        losses = []
        for _ in range(chunks):
            replay()
            losses.append(of_chunk.clone())
        if rest.shape[-2]:
            losses.append(take(rest))
        return torch.cat(losses, -1)

    return take_captured


def capture(
    run: Callable[[], None], models: Sequence[nn.Module], device: torch.device
) -> Callable[[], None]:
    """`run` as a CUDA graph: gives what replays it.

    Weights, buffers and random numbers stay as they are. The graph knows the addresses of the
    tensors that `run` reads and writes, and does not hold them: the caller must.

    Raises:
        Refusal: something in it cannot be recorded.
    """
    learned: list[Tensor] = []
    for model in models:
        learned += model.parameters()
        learned += model.buffers()
    before = [tensor.detach().clone() for tensor in learned]
    recorded = torch.cuda.CUDAGraph()
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
        for tensor in learned:
            tensor.grad = None  # the graph makes gradients of its own
        try:
            with torch.cuda.graph(recorded):  # records, does not compute
                run()
        except RuntimeError as error:
            reason, _, _ = str(error).partition("\n")
            raise Refusal(f"it cannot be recorded as a CUDA graph: {reason}") from error
    return recorded.replay
