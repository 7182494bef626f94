# %%
from math import exp

import torch
from torch import nn


def sigmoid(z):
    return 1 / (1 + exp(-z))


class SmokeDetector(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(1, 1, dtype=torch.float64)
        self.output = nn.Linear(1, 1, dtype=torch.float64)
        with torch.no_grad():
            self.hidden.weight.fill_(1.58)
            self.hidden.bias.fill_(-0.14)
            self.output.weight.fill_(2.45)
            self.output.bias.fill_(-0.11)

    def forward(self, x):
        a1 = torch.sigmoid(self.hidden(x))
        return torch.sigmoid(self.output(a1))


x = torch.tensor([[0.8]], dtype=torch.float64)
criterion = nn.MSELoss()


# %% exercise 1
def slope(a):
    # blank: return the slope of the sigmoid at the point where its value is a.
    # solution:
    # a = 1 / (1 + u), where u = exp(-z) and du/dz = -u. So
    # da/dz = u / (1 + u)**2 = 1 / (1 + u) * u / (1 + u) = a * (1 - a)
    return a * (1 - a)
    # wrong: return a
    # wrong:
    # wrong: return a * (1 + a)
    # end


def measured(z, h=0.001):
    # blank: return the slope at z, measured with a small step h to both sides.
    # solution:
    return (sigmoid(z + h) - sigmoid(z - h)) / (2 * h)
    # wrong: return (sigmoid(z + h) - sigmoid(z)) / (2 * h)
    # end


# %%
assert abs(measured(0) - 0.25) < 1e-6, (
    f"At z = 0 the slope is 0.25; you measure {measured(0):.4f}. "
    "The two points are 2h apart."
)
for z in (-2.0, 0.5, 3.0):
    by_formula = slope(sigmoid(z))
    assert abs(by_formula - measured(z)) < 1e-6, (
        f"At z = {z} your formula gives {by_formula:.4f}, "
        f"but the measured slope is {measured(z):.4f}."
    )
print("Right: the formula agrees with the measured slope.")

# %% exercise 2
# blank: which gradient is larger, "ours" or "other"? Assign it to `larger`.
# solution:
# The other neuron is saturated: its sigmoid is so flat there that the
# slope a * (1 - a) is almost 0. It is sure and wrong, and hardly learns.
larger = "ours"
# wrong: larger = "other"
# end


def output_bias_gradient(bias):
    toast = torch.tensor([[0.0]], dtype=torch.float64)
    model = SmokeDetector()
    with torch.no_grad():
        model.output.bias.fill_(bias)
    # blank: compute the loss for the target `toast`, and its gradients. Return
    # the gradient of the output bias as a number.
    # solution:
    loss = criterion(model(x), toast)
    loss.backward()
    return model.output.bias.grad.item()
    # wrong: loss = criterion(model(x), toast)
    # wrong: loss.backward()
    # wrong: return model.hidden.bias.grad.item()
    # wrong:
    # wrong: loss = criterion(model(x), toast)
    # wrong: return loss.item()
    # end


# %%
ours = output_bias_gradient(-0.11)
other = output_bias_gradient(10.0)
print(f"gradients: ours {ours:.1e}, other {other:.1e}")

h = 1e-6
losses = []
for bias in (-0.11 + h, -0.11 - h):
    model = SmokeDetector()
    with torch.no_grad():
        model.output.bias.fill_(bias)
    losses.append(model(x).item() ** 2)
expected = (losses[0] - losses[1]) / (2 * h)
assert abs(ours - expected) < 1e-4, (
    f"Our output bias has a gradient of {expected:.4f}, measured with a "
    f"small step; your function returns {ours:.4f}."
)
assert larger in ("ours", "other"), 'Assign "ours" or "other" to larger.'
assert larger == ("ours" if ours > other else "other"), (
    "Compare the two gradients above. How steep is the sigmoid where its "
    "output is almost 1?"
)
print("Right.")

# %% exercise 3
smoke = torch.tensor([[0.5]], dtype=torch.float64)


def train_for_smoke():
    model = SmokeDetector()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    outputs = []
    for step in range(400):
        # blank: run it as it is first. Then add what is missing.
        # given: output = model(x)
        # given: loss = criterion(output, smoke)
        # given: loss.backward()
        # given: optimizer.step()
        # solution:
        # At the target the gradient is 0, but the sum of the old ones is
        # not. The output shoots past, until new gradients have cancelled
        # the sum.
        optimizer.zero_grad()
        output = model(x)
        loss = criterion(output, smoke)
        loss.backward()
        optimizer.step()
        # wrong: output = model(x)
        # wrong: loss = criterion(output, smoke)
        # wrong: loss.backward()
        # wrong: optimizer.zero_grad()
        # wrong: optimizer.step()
        # end
        outputs.append(output.item())
        if step % 50 == 0:
            print(f"step {step:3}  output {output.item():.4f}")
    return outputs


outputs = train_for_smoke()

# %%
assert outputs[0] != outputs[-1], (
    "The output does not change: the gradients are gone when the optimizer "
    "takes its step."
)
assert min(outputs) > 0.499, (
    f"The output falls to {min(outputs):.3f}, past its target of 0.5. Each "
    "step must use only its own gradient."
)
assert abs(outputs[-1] - 0.5) < 0.01, (
    f"After 400 steps the output is {outputs[-1]:.3f}, not yet 0.5."
)
print("Right: the output goes to 0.5, and stays there.")
