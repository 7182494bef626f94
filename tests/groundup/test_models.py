import ast
import inspect
import itertools
import re
import textwrap
from collections.abc import Callable

import pytest
import torch
from jaxtyping import TypeCheckError
from torch import Tensor, nn

from groundup.criteria import one_hot_mse
from groundup.data import Digits, scale
from groundup.models import (
    DenseClassifier,
    DenseNet,
    SmallConvNet,
    TwoLayerNet,
    conv_blocks,
    conv_dropout,
    conv_one_layer,
    conv_two_layers,
)

Network = Callable[..., nn.Module]
CONVOLUTIONAL = [conv_one_layer, conv_two_layers, conv_dropout]


def count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def test_parameter_counts() -> None:
    assert count(DenseNet()) == 79_510
    assert count(TwoLayerNet(1000, 100, 10)) == 1000 * 100 + 100 * 10
    assert count(DenseClassifier()) == 79_510
    assert count(DenseClassifier(30)) == 784 * 30 + 30 + 30 * 10 + 10
    assert count(conv_two_layers(nn.Sigmoid)) == count(conv_two_layers())


@pytest.mark.parametrize(
    ("network", "number"),
    [
        (DenseNet, 79_510),
        (SmallConvNet, 81_194),
        (conv_one_layer, 289_630),
        (conv_two_layers, 85_670),
        (conv_dropout, 1_672_570),
        (conv_blocks, 391_882),
    ],
)
def test_parameter_count_is_the_one_of_the_docstring(network: Network, number: int) -> None:
    assert count(network()) == number
    assert re.search(rf"(?<!\d,)\b{number:,} parameters\.", network.__doc__ or "")


def test_small_conv_net_has_the_ten_parameter_tensors_of_its_source() -> None:
    assert [list(parameter.shape) for parameter in SmallConvNet().parameters()] == [
        [6, 1, 3, 3],
        [6],
        [16, 6, 3, 3],
        [16],
        [120, 576],
        [120],
        [84, 120],
        [84],
        [10, 84],
        [10],
    ]


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (DenseNet(), (3, 28, 28)),  # would pass through reshape without a word
        (DenseNet(), (3, 1, 28, 27)),
        (TwoLayerNet(4, 3, 2), (4,)),  # one example without its row: nn.Linear takes it
        (DenseClassifier(), (3, 28, 28)),  # would pass through flatten
        (DenseClassifier(), (3, 784)),
        (SmallConvNet(), (3, 1, 28, 28)),
        (SmallConvNet(), (1, 32, 32)),  # one image without its row: nn.Conv2d takes it
    ],
)
def test_wrong_shape_is_refused(model: nn.Module, shape: tuple[int, ...]) -> None:
    with pytest.raises(TypeCheckError):
        model(torch.zeros(shape))


def test_wrong_dtype_is_refused() -> None:
    with pytest.raises(TypeCheckError):
        scale(torch.zeros(3, 28, 28))
    with pytest.raises(TypeCheckError):
        one_hot_mse(torch.zeros(3, 10), torch.zeros(3))


def test_digits_refuse_a_label_too_few() -> None:
    with pytest.raises(TypeCheckError):
        Digits(torch.zeros(3, 28, 28, dtype=torch.uint8), torch.zeros(2, dtype=torch.int64))


def test_outputs_have_a_row_per_example() -> None:
    assert DenseNet()(torch.zeros(3, 1, 28, 28)).shape == (3, 10)
    assert TwoLayerNet(5, 4, 2)(torch.zeros(3, 5)).shape == (3, 2)


@pytest.mark.parametrize("n", [1, 2, 10])
@pytest.mark.parametrize("network", [DenseClassifier, SmallConvNet, *CONVOLUTIONAL])
def test_a_batch_of_any_size_gives_ten_logits_for_each_image(network: Network, n: int) -> None:
    side = 32 if network is SmallConvNet else 28
    logits = network()(torch.rand(n, 1, side, side))
    assert logits.shape == (n, 10)
    assert logits.min() < 0  # no sigmoid or ReLU after the last layer


def commented(lines: list[str], statement: ast.stmt | ast.expr) -> str:
    """The comment behind a statement, "" if there is none."""
    return lines[(statement.end_lineno or 0) - 1].partition("  # ")[2]


def shape_in(comment: str) -> tuple[int, ...]:
    """`(n, num_hidden)` for a batch of 3 and 100 hidden neurons."""
    return eval(comment, {"n": 3, "num_hidden": 100})


@pytest.mark.parametrize("network", CONVOLUTIONAL)
def test_shape_comments_of_the_layers_are_true(network: Callable[[], nn.Sequential]) -> None:
    source = inspect.getsource(network)
    (written,) = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Return)]
    assert isinstance(written.value, ast.Call)
    x = torch.rand(3, 1, 28, 28)
    for layer, argument in zip(network(), written.value.args, strict=True):
        before = x.shape
        x = layer(x)
        if comment := commented(source.splitlines(), argument):
            assert x.shape == shape_in(comment), comment
        else:  # a dense layer says itself what it gives
            assert x.shape == before or isinstance(layer, nn.Linear), (
                f"{layer} changes the shape and does not say it"
            )


@pytest.mark.parametrize(
    ("network", "side"), [(DenseNet, 28), (DenseClassifier, 28), (SmallConvNet, 32)]
)
def test_shape_comments_in_forward_are_true(network: type[nn.Module], side: int) -> None:
    """Statement by statement: each has a comment, and gives what that says."""
    source = textwrap.dedent(inspect.getsource(network))
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    (forward,) = [function for function in functions if function.name == "forward"]
    names = vars(inspect.getmodule(network)) | {
        "self": network(),
        "images": torch.rand(3, 1, side, side),
    }
    for statement in forward.body:
        assert isinstance(statement, ast.Assign | ast.Return)
        assert statement.value
        names["x"] = eval(ast.unparse(statement.value), names)
        assert names["x"].shape == shape_in(commented(source.splitlines(), statement)), ast.unparse(
            statement
        )


@pytest.mark.parametrize(
    ("model", "activation"),
    [
        (conv_one_layer(), nn.Sigmoid),
        (conv_two_layers(), nn.ReLU),
        (conv_two_layers(nn.Sigmoid), nn.Sigmoid),
        (conv_dropout(), nn.ReLU),
    ],
)
def test_activation_stands_after_each_layer_with_weights_but_the_last(
    model: nn.Sequential, activation: type[nn.Module]
) -> None:
    follows = []
    for layer, after in itertools.pairwise(model):
        if isinstance(layer, nn.Conv2d | nn.Linear):
            follows.append(type(after))
    assert follows == [activation] * len(follows)
    assert sum(isinstance(layer, nn.Sigmoid | nn.ReLU) for layer in model) == len(follows)
    assert isinstance(model[-1], nn.Linear)


def test_pooling_follows_each_convolution() -> None:
    for model in (conv_one_layer(), conv_two_layers(), conv_dropout()):
        kinds = [type(layer) for layer in model if isinstance(layer, nn.Conv2d | nn.MaxPool2d)]
        assert kinds == [nn.Conv2d, nn.MaxPool2d] * (len(kinds) // 2)


def test_half_of_the_inputs_are_dropped_before_each_dense_layer() -> None:
    before = []
    for layer, after in itertools.pairwise(conv_dropout()):
        if isinstance(after, nn.Linear):
            before.append(layer)
    assert [type(layer) for layer in before] == [nn.Dropout] * 3
    assert [layer.p for layer in before] == [0.5] * 3


def test_dropout_is_active_in_training_and_off_in_evaluation() -> None:
    model = conv_dropout()
    images = torch.rand(4, 1, 28, 28)
    without = nn.Sequential(*[layer for layer in model if not isinstance(layer, nn.Dropout)])
    model.train()
    assert not torch.allclose(model(images), model(images), atol=1e-3)
    model.eval()
    assert torch.equal(model(images), without(images))


def test_dense_classifier_is_two_layers_with_a_relu_between_them() -> None:
    model = DenseClassifier()
    images = torch.rand(4, 1, 28, 28)
    hidden = images.flatten(1) @ model.hidden.weight.T + model.hidden.bias
    expected = hidden.clamp(min=0) @ model.output.weight.T + model.output.bias
    torch.testing.assert_close(model(images), expected)


def test_small_conv_net_is_its_layers_with_relu_and_pooling_between_them() -> None:
    model = SmallConvNet()
    images = torch.rand(4, 1, 32, 32)
    layers = nn.Sequential(
        *[model.conv1, nn.ReLU(), nn.MaxPool2d(2), model.conv2, nn.ReLU(), nn.MaxPool2d(2)],
        *[nn.Flatten(), model.fc1, nn.ReLU(), model.fc2, nn.ReLU(), model.fc3],
    )
    assert torch.equal(model(images), layers(images))


def test_dense_net_is_two_sigmoid_layers() -> None:
    model = DenseNet()
    images = torch.rand(4, 1, 28, 28)
    hidden = 1 / (1 + torch.exp(-(images.flatten(1) @ model.hidden.weight.T + model.hidden.bias)))
    expected = 1 / (1 + torch.exp(-(hidden @ model.output.weight.T + model.output.bias)))
    torch.testing.assert_close(model(images), expected)


def hand_gradients(x: Tensor, y: Tensor, w1: Tensor, w2: Tensor) -> tuple[Tensor, Tensor]:
    """The derivation of the source, for the summed squared error of `relu(x @ w1) @ w2`."""
    h = x @ w1
    u = h.clamp(min=0)
    dy_hat = 2 * (u @ w2 - y)
    return x.T @ ((dy_hat @ w2.T) * (h >= 0)), u.T @ dy_hat


def test_hand_written_gradients_of_the_two_layer_net_equal_autograds() -> None:
    torch.manual_seed(0)
    model = TwoLayerNet(20, 7, 3).double()
    x = torch.randn(11, 20, dtype=torch.float64)
    y = torch.randn(11, 3, dtype=torch.float64)
    ((model(x) - y) ** 2).sum().backward()
    by_hand = hand_gradients(x, y, model.linear1.weight.detach().T, model.linear2.weight.detach().T)
    for ours, layer in zip(by_hand, (model.linear1, model.linear2), strict=True):
        assert layer.weight.grad is not None
        torch.testing.assert_close(ours.T, layer.weight.grad, rtol=1e-12, atol=1e-12)
        assert ours.abs().max() > 0.1


def test_autograd_agrees_with_finite_differences() -> None:
    torch.manual_seed(0)
    model = TwoLayerNet(6, 4, 3).double()
    names = [name for name, _ in model.named_parameters()]
    x = torch.randn(5, next(model.parameters()).shape[1], dtype=torch.float64)

    def outputs(*parameters: Tensor) -> Tensor:
        return torch.func.functional_call(model, dict(zip(names, parameters, strict=True)), (x,))

    assert torch.autograd.gradcheck(
        outputs, tuple(p.detach().requires_grad_() for p in model.parameters())
    )
