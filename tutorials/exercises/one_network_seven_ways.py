# %%
import torch
from torch import nn

from groundup.repro import reproducible

# Fewer examples and inputs than on the page, so that it takes less time.
N, D_in, H, D_out = 32, 600, 100, 10
steps = 500
own_lr = 1e-4
dtype = torch.float64

seed = reproducible(0)
X = torch.randn(N, D_in, dtype=dtype)  # (32, 600)
T = torch.randn(N, D_out, dtype=dtype)  # (32, 10)
criterion = nn.MSELoss(reduction="sum")


class TwoLayerNet(nn.Module):
    def __init__(self, num_in, num_hidden, num_out):
        super().__init__()
        self.linear1 = nn.Linear(num_in, num_hidden, bias=False)
        self.linear2 = nn.Linear(num_hidden, num_out, bias=False)

    def forward(self, x):
        a1 = torch.relu(self.linear1(x))  # (32, 100)
        return self.linear2(a1)  # (32, 10)


# %% exercise 1
def train_by_hand():
    torch.manual_seed(seed)
    model = TwoLayerNet(D_in, H, D_out).to(dtype)
    losses = []
    for step in range(steps):
        loss = criterion(model(X), T)  # ()
        losses.append(loss.item())
        if step % 100 == 99:
            print(f"step {step:3}   loss {losses[-1]:.7g}")
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for param in model.parameters():
                # blank: run it as it is first. Then repair the line.
                # given: param = param - own_lr * param.grad
                # solution:
                # `param = ...` makes a new tensor and gives it the name
                # `param`. The model still holds the old one. `-=`
                # changes the old tensor itself.
                param -= own_lr * param.grad
                # wrong: param += own_lr * param.grad
                # wrong:
                # end
    return losses


losses_cured = train_by_hand()

# %%
first, last = losses_cured[0], losses_cured[-1]
assert last != first, (
    f"The loss is {first:.4f} from the first step to the last: the tensors "
    "that the model holds have never changed."
)
assert last < first / 100, (
    f"The loss starts at {first:.4g} and ends at {last:.4g}. Which way "
    "does your step go?"
)
print(f"Right: the loss falls from {first:.4g} to {last:.4g}.")

# %% exercise 2
# blank: is Adam ahead of the repaired loop, with a lower loss, or behind
# it? Assign "ahead" or "behind" to `early`, for step 99, and to `late`,
# for the last step.
# solution:
# Behind at first, since its steps do not grow with the gradient. Ahead
# at the end, since they hardly shrink with it.
early = "behind"
late = "ahead"
# wrong: early = "ahead"
# wrong: late = "ahead"
# wrong:
# wrong: early = "behind"
# wrong: late = "behind"
# end


def adam_for(model):
    # blank: return the optimizer Adam for the parameters of `model`, with
    # the learning rate `own_lr`.
    # solution:
    return torch.optim.Adam(model.parameters(), lr=own_lr)
    # wrong: return torch.optim.Adam(model.parameters())
    # end


# %%
def train_with(optimizer_for):
    torch.manual_seed(seed)
    model = TwoLayerNet(D_in, H, D_out).to(dtype)
    optimizer = optimizer_for(model)
    rate = optimizer.param_groups[0]["lr"]
    assert rate == own_lr, f"Your learning rate is {rate}, not {own_lr}."
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = criterion(model(X), T)  # ()
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    return losses


def sgd_for(model):  # takes the steps of the repaired loop
    return torch.optim.SGD(model.parameters(), lr=own_lr)


assert {early, late} <= {"ahead", "behind"}, 'Assign "ahead" or "behind".'
losses_adam = train_with(adam_for)
losses_sgd = train_with(sgd_for)
for step, answer in [(99, early), (steps - 1, late)]:
    adam, sgd = losses_adam[step], losses_sgd[step]
    print(f"step {step:3}   Adam {adam:.4g}   SGD {sgd:.4g}")
    assert answer == ("ahead" if adam < sgd else "behind"), (
        f"At step {step} Adam is not {answer}. How large are the steps of "
        "each, when the gradient is large, and when it is tiny?"
    )
print("Right: behind while gradients are large, ahead when they are tiny.")

# %% exercise 3
X_small = torch.tensor([[1.0, 2.0], [3.0, -1.0]])  # (2, 2)
T_small = torch.tensor([[5.0], [2.0]])  # (2, 1)
W1 = torch.tensor([[1.0, 1.0], [1.0, -1.0]])  # (2, 2)
W2 = torch.tensor([[2.0], [-1.0]])  # (2, 1)
b1 = torch.zeros(2, requires_grad=True)  # (2,)

Z1 = X_small @ W1 + b1  # (2, 2)
Z2 = torch.relu(Z1) @ W2  # (2, 1)
((Z2 - T_small) ** 2).sum().backward()

with torch.no_grad():
    grad_Z2 = 2 * (Z2 - T_small)  # (2, 1)
    grad_A1 = grad_Z2 @ W2.T  # (2, 2)
    grad_Z1 = grad_A1 * (Z1 > 0)  # (2, 2)


def bias_gradient(grad_Z1):
    # blank: `grad_Z1` has the shape (N, H). Return the gradient of the
    # bias, (H,).
    # solution:
    # an entry of b1 is added in each example, so its derivatives add up
    return grad_Z1.sum(dim=0)
    # wrong: return grad_Z1.sum(dim=1)
    # wrong:
    # wrong: return grad_Z1.mean(dim=0)
    # end


# %%
derived = bias_gradient(grad_Z1)
print("grad_Z1 ", grad_Z1.tolist())
print("derived ", derived.tolist())
print("autograd", b1.grad.tolist())
assert derived.shape == b1.shape, (
    f"Your gradient has the shape {tuple(derived.shape)}, not "
    f"{tuple(b1.shape)}, the shape of the bias itself."
)
assert torch.allclose(derived, b1.grad), (
    "Autograd has other numbers. To which entries of Z1 is the first entry "
    "of b1 added, and what becomes of their derivatives?"
)
five = bias_gradient(torch.ones(5, 3))  # 5 examples, 3 neurons
assert five.tolist() == [5.0, 5.0, 5.0], (
    f"For five examples and three neurons, with all derivatives 1, the "
    f"gradient is 5 for each neuron; you return {five.tolist()}."
)
print("Right.")
