# %%
import numpy as np
import torch
from torch import nn

# %% exercise 1
# blank: how far will the sum be from the true one? Assign "less than 1" or
# "hundreds" to `prediction`.
# solution:
# Near 100,000 the neighbours are 1/128 apart, and 0.1 is not a multiple
# of that. It is rounded to 0.1016 there, too much by 0.0016, each time.
prediction = "hundreds"
# wrong: prediction = "less than 1"
# end

# blank: assign to `spacing` the distance between neighbours in float32, near
# 100,000; NumPy has a function for it.
# solution:
spacing = np.spacing(np.float32(100_000))
# wrong: spacing = np.finfo(np.float32).eps
# wrong:
# wrong: spacing = np.spacing(100_000.0)
# end

# blank: assign to `added` what adding 0.1 really adds there: 0.1 rounded to
# a multiple of that distance.
# solution:
added = round(0.1 / spacing) * spacing
# wrong: added = 0.1
# wrong:
# wrong: added = 0.1 // spacing * spacing
# end

# %%
tenths = np.full(1_000_000, 0.1, dtype=np.float32)
sums = np.cumsum(tenths)
off = abs(float(sums[-1]) - 100_000)
print(f"one by one   {sums[-1]:.1f}")

assert prediction in ("less than 1", "hundreds"), (
    'Assign "less than 1" or "hundreds" to prediction.'
)
assert prediction == ("hundreds" if off > 100 else "less than 1"), (
    f"The sum is off by {off:.0f}. Each step adds a small rounding of its "
    "own, and there are a million of them."
)
near = np.float32(100_000)
distance = float(np.nextafter(near, np.float32(np.inf))) - 100_000
assert abs(spacing / distance - 1) < 1e-6, (
    f"The next float32 after 100,000 is {distance:.4g} away, not "
    f"{spacing:.2g}. The distance grows with the number, and it depends "
    "on the dtype."
)
step = float(near + np.float32(0.1)) - 100_000
assert abs(added - step) < 1e-6, (
    f"In float32, 100,000 + 0.1 is 100,000 + {step:.4f}; you say "
    f"{added:.4f}. Which multiple of {distance:.4g} is nearest to 0.1?"
)
# torch.sum adds up parts first, so that big numbers meet big ones
by_torch = torch.sum(torch.from_numpy(tenths)).item()
print(f"torch.sum    {by_torch:.1f}")
print(f"Right: each 0.1 counts as {added:.4f} near 100,000.")


# %% exercise 2
def variance(slope, inputs):
    # blank: return the variance that the weights of a layer with so many
    # `inputs` must have, if its activation multiplies negative numbers by
    # `slope`.
    # solution:
    # Half of the squares stay, the others shrink to slope**2 of what they
    # were. With a slope of 0.5 that leaves 5/8, so the variance must be
    # 8/5 divided by the number of inputs.
    return 2 / (1 + slope**2) / inputs
    # wrong: return 2 / inputs
    # wrong:
    # wrong: return 2 / (1 + slope) / inputs
    # wrong:
    # wrong: return (1 + slope**2) / 2 / inputs
    # end


def sizes_of(layers, slope=0.5):
    torch.manual_seed(0)
    A = torch.randn(64, 200)  # (64, 200)
    sizes = []
    for _ in range(layers):
        layer = nn.Linear(200, 200, bias=False)
        # blank: draw `layer.weight` anew, normal with the variance from above,
        # by `nn.init.normal_`. Then replace `A` by the activations of the
        # layer, `nn.functional.leaky_relu` of its weighted sums, (64, 200).
        # solution:
        nn.init.normal_(layer.weight, std=variance(slope, 200) ** 0.5)
        A = nn.functional.leaky_relu(layer(A), slope)
        # wrong: nn.init.normal_(layer.weight, std=variance(slope, 200))
        # wrong: A = nn.functional.leaky_relu(layer(A), slope)
        # wrong:
        # wrong: nn.init.normal_(layer.weight, std=variance(slope, 200) ** 0.5)
        # wrong: A = nn.functional.leaky_relu(layer(A))
        # wrong:
        # wrong: A = nn.functional.leaky_relu(layer(A), slope)
        # end
        sizes.append(A.square().mean().sqrt().item())
    return sizes


# %%
torch.manual_seed(0)
for slope in (0.5, 0.1):
    x = torch.randn(1000, 400)
    W = variance(slope, 400) ** 0.5 * torch.randn(400, 400)
    a = nn.functional.leaky_relu(x @ W, slope)
    ratio = (a.square().mean() / x.square().mean()).item()
    assert abs(ratio - 1) < 0.1, (
        f"With a slope of {slope} and your variance, a layer multiplies "
        f"the mean square by {ratio:.2f}. What is left of the squares of "
        "the negative numbers, and so of the half that they are?"
    )

sizes = sizes_of(10)
print("sizes:", [f"{size:.2f}" for size in sizes])
assert 0.5 < sizes[-1] < 2, (
    f"The size begins at 1, and after ten layers it is {sizes[-1]:.2g}. "
    "normal_ asks for a standard deviation, leaky_relu for its slope."
)
print("Right: chance has its part, but the size stays near 1.")
