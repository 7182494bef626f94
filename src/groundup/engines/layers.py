"""Layers with a manual backward, which take their own step as soon as its gradient is there.

Autograd finds out anew in each step what to differentiate, and keeps every gradient until the
optimizer has used it. For batches of ten images that bookkeeping costs more than the arithmetic.
Here `weight += -rate * gradient.T @ x` is one call that adds in place.

A layer's `forward` keeps what its `backward` needs. `backward` turns the gradient with respect to
the output into the one with respect to the input, and moves the layer's weights, where it has some.
The first layer's input is the digits, which do not learn: it needs no gradient
(`needs_input_grad`). A loss is a mean, whose gradients all have one factor in common. It is left
out on the way back, and put into the `rate`: the learning rate times that factor.
"""

import torch
from torch import Tensor, nn

aten = torch.ops.aten


def sgd_update_(parameter: Tensor, gradient: Tensor, rate: float, decay_factor: float) -> None:
    """One step of gradient descent with weight decay.

    Args:
        parameter: moved in place.
        gradient: of the loss with respect to the parameter, of the same shape.
        rate: the factor of the gradient.
        decay_factor: what weight decay leaves of the parameter, `1 - lr * weight_decay`.
    """
    if decay_factor != 1:
        parameter.mul_(decay_factor)
    parameter.sub_(gradient, alpha=rate)


class Dense:
    """`nn.Linear`."""

    def __init__(self, weight: Tensor, bias: Tensor, decay_factor: float) -> None:
        self.weight = weight.detach()
        self.bias = bias.detach()
        self.decay_factor = decay_factor
        self.transposed = self.weight.mT  # a view: it moves with the weight

        # by the size of the batch; all are kept, since a CUDA graph may hold on to one
        self.ones: dict[int, Tensor] = {}
        self.needs_input_grad = True

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        return torch.addmm(self.bias, x, self.transposed)  # (batch, outputs)

    def backward(self, gradient: Tensor, rate: float) -> Tensor:
        back = gradient
        if self.needs_input_grad:  # before the weight moves
            back = torch.mm(gradient, self.weight)
        n = len(gradient)
        if n not in self.ones:
            self.ones[n] = gradient.new_ones(n)
        transposed = gradient.mT
        self.weight.addmm_(transposed, self.x, beta=self.decay_factor, alpha=-rate)
        # times ones: the sum over the batch
        self.bias.addmv_(transposed, self.ones[n], beta=self.decay_factor, alpha=-rate)
        return back


class DenseSideBySide(Dense):
    """`nn.Linear` of several networks, with weights `(networks, outputs, inputs)`."""

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        # (networks, batch, outputs)
        return torch.baddbmm(self.bias.unsqueeze(1), x, self.transposed)

    def backward(self, gradient: Tensor, rate: float) -> Tensor:
        back = gradient
        if self.needs_input_grad:
            back = torch.bmm(gradient, self.weight)
        self.weight.baddbmm_(gradient.mT, self.x, beta=self.decay_factor, alpha=-rate)
        sgd_update_(self.bias, gradient.sum(1), rate, self.decay_factor)
        return back


class Convolution:
    """`nn.Conv2d`."""

    def __init__(self, layer: nn.Conv2d, decay_factor: float) -> None:
        assert layer.bias is not None
        self.weight = layer.weight.detach()
        self.bias = layer.bias.detach()
        self.decay_factor = decay_factor
        self.geometry = (layer.stride, layer.padding, layer.dilation, False, [0, 0], layer.groups)
        self.needs_input_grad = True

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        stride, padding, dilation, _, _, groups = self.geometry
        return torch.conv2d(x, self.weight, self.bias, stride, padding, dilation, groups)

    def backward(self, gradient: Tensor, rate: float) -> Tensor:
        # without the bias: asked for that gradient too, the library takes longer than this sum
        back, grad_weight, _ = aten.convolution_backward(
            gradient,
            self.x,
            self.weight,
            None,
            *self.geometry,
            [self.needs_input_grad, True, False],
        )
        sgd_update_(self.weight, grad_weight, rate, self.decay_factor)
        sgd_update_(self.bias, gradient.sum((0, 2, 3)), rate, self.decay_factor)
        if self.needs_input_grad:
            return back
        return gradient


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
        # in the order in memory in which the convolutions before it work: they would be slower in
        # any other
        return gradient.view(self.shape).contiguous(memory_format=torch.channels_last)


class Dropout:
    """`nn.Dropout`, drawing the same random numbers."""

    def __init__(self, p: float) -> None:
        self.p = p
        self.keep = 1 - p

    def forward(self, x: Tensor) -> Tensor:
        if x.is_cuda:  # there it has a kernel of its own, which draws in another order
            self.mask, _ = torch.native_dropout(torch.ones_like(x), self.p, train=True)
        else:
            self.mask = torch.empty_like(x).bernoulli_(self.keep).div_(self.keep)
        return x * self.mask

    def backward(self, gradient: Tensor, rate: float) -> Tensor:
        return gradient * self.mask


Layer = Dense | Convolution | Sigmoid | ReLU | MaxPool | Flatten | Dropout
