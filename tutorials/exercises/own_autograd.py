# %%
import math
from collections import Counter


def count_uses(result):
    uses = Counter()
    to_visit = [result]
    while to_visit:
        value = to_visit.pop()
        for parent, _ in value.parents:
            if parent not in uses:
                to_visit.append(parent)
            uses[parent] += 1
    return uses


def propagate(result):
    waiting = count_uses(result)
    result.grad = 1.0
    ready = [result]
    while ready:
        value = ready.pop()
        for parent, local in value.parents:
            parent.grad += local * value.grad
            waiting[parent] -= 1
            if waiting[parent] == 0:
                ready.append(parent)


def as_value(number):
    if isinstance(number, Value):
        return number
    return Value(number)


class Value:
    def __init__(self, data, parents=()):
        self.data = data
        self.parents = parents  # pairs: a Value, its local derivative
        self.grad = 0.0

    def backward(self):
        propagate(self)

    def __add__(self, other):
        other = as_value(other)
        parents = [(self, 1.0), (other, 1.0)]
        return Value(self.data + other.data, parents)

    def __mul__(self, other):
        other = as_value(other)
        parents = [(self, other.data), (other, self.data)]
        return Value(self.data * other.data, parents)

    def __pow__(self, exponent):  # a plain number
        local = exponent * self.data ** (exponent - 1)
        return Value(self.data**exponent, [(self, local)])

    def sigmoid(self):
        a = 1 / (1 + math.exp(-self.data))
        return Value(a, [(self, a * (1 - a))])

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -as_value(other)

    def __rsub__(self, other):
        return as_value(other) - self

    def __truediv__(self, other):
        return self * as_value(other) ** -1

    def __rtruediv__(self, other):
        return as_value(other) / self

    __radd__ = __add__
    __rmul__ = __mul__


# %%
class Watched(Value):
    """A Value that notes each number that is added to its gradient."""

    def __init__(self, data):
        self.added = []
        super().__init__(data)

    def __setattr__(self, name, new):
        if name == "grad" and new != 0:
            self.added.append(new - self.grad)
        super().__setattr__(name, new)


# %% exercise 1
# blank: which numbers are added to `w.grad`, one after the other? Assign
# the list of them to `additions`.
# solution:
# (w * w) * w passes w * w = 4 to w, and w = 2 to w * w. That passes
# 2 * 2 to w, twice. So 4 is added three times.
additions = [4.0, 4.0, 4.0]
# wrong: additions = [12.0]
# wrong:
# wrong: additions = [4.0, 2.0, 2.0]
# end


def derivative(w):
    # blank: return the derivative of the cube of the number w.
    # solution:
    return 3 * w**2
    # wrong: return 3 * w
    # end


# %%
w = Watched(2.0)
(w * w * w).backward()
print("added to w.grad:", w.added, "together", w.grad)

assert len(additions) == len(w.added), (
    f"Your list has the length {len(additions)}, but there are "
    f"{len(w.added)} additions. How many arrows lead to w?"
)
assert sorted(additions) == sorted(w.added), (
    f"You expect {additions}. Multiply the local derivatives along each "
    "path from the result to w."
)
for number in (2.0, -1.5):
    w = Watched(number)
    (w * w * w).backward()
    assert math.isclose(derivative(number), w.grad), (
        f"At {number} your derivative is {derivative(number):.4f}, but the "
        f"gradient is {w.grad:.4f}. Which power remains?"
    )
print("Right: the sum agrees with the derivative.")


# %% exercise 2
def exp(value):
    # blank: return a new Value, e to the power of `value`, that knows its
    # parent and its local derivative. `math.exp` takes a number.
    # solution:
    a = math.exp(value.data)
    return Value(a, [(value, a)])  # its derivative is the function itself
    # wrong: a = math.exp(value.data)
    # wrong: return Value(a, [(value, 1.0)])
    # wrong:
    # wrong: return Value(math.exp(value.data))
    # end


def sigmoid_from_exp(z):
    # blank: return the sigmoid of the Value z, built from your `exp`.
    # solution:
    return 1 / (1 + exp(-z))
    # wrong: return 1 / (1 + exp(z))
    # end


# %%
v = Value(1.5)
power = exp(v)
assert math.isclose(power.data, math.exp(1.5)), (
    f"exp of 1.5 is {math.exp(1.5):.4f}; your Value holds {power.data:.4f}."
)
assert power.parents, "Without parents, no gradient finds its way back."
power.backward()
h = 1e-6
slope = (math.exp(1.5 + h) - math.exp(1.5 - h)) / (2 * h)
assert math.isclose(v.grad, slope, rel_tol=1e-6), (
    f"At 1.5 the slope of exp, measured with a small step, is {slope:.4f}; "
    f"your gradient is {v.grad:.4f}. Is the local derivative right?"
)

z = Value(0.5)
ours = sigmoid_from_exp(z)
ours.backward()
other_z = Value(0.5)
method = other_z.sigmoid()
method.backward()
print(f"gradients: from exp {z.grad:.6f}, method {other_z.grad:.6f}")
assert math.isclose(ours.data, method.data), (
    f"The sigmoid of 0.5 is {method.data:.4f}; yours is {ours.data:.4f}. "
    "Look at the sign of the exponent."
)
assert math.isclose(z.grad, other_z.grad), "The two gradients differ."
print("Right: one method, or four small operations, the same gradient.")


# %% exercise 3
def changed_propagate(result):
    waiting = count_uses(result)
    result.grad = 1.0
    ready = [result]
    while ready:
        value = ready.pop()
        for parent, local in value.parents:
            parent.grad = local * value.grad  # the changed line
            waiting[parent] -= 1
            if waiting[parent] == 0:
                ready.append(parent)


def expression(w):
    # blank: return a small expression of the Value w, for which the changed
    # function gives w a wrong gradient.
    # solution:
    # A value that is used twice shows it: the derivative of w * w at 2
    # is 4. In the network of the table each value is used once.
    return w * w
    # wrong: return (3 * w + 1).sigmoid()
    # wrong:
    # wrong: return w**2
    # end


# blank: several gradients arrive at the same value. Which of them does
# the changed function keep? Assign "first" or "last" to `kept`.
# solution:
# `=` replaces what has arrived before; it must be `+=`.
kept = "last"
# wrong: kept = "first"
# end

# %%
w = Value(2.0)
result = expression(w)
changed_propagate(result)

right_w = Value(2.0)
expression(right_w).backward()
print(f"gradient of w: with = {w.grad:.4f}, with += {right_w.grad:.4f}")
assert not math.isclose(w.grad, right_w.grad), (
    "The changed function gives the right gradient here. How often does "
    "your expression use w?"
)
print("values in your expression:", len(count_uses(result)) + 1)

right_w = Watched(2.0)
(right_w * right_w + 3 * right_w).backward()
w = Value(2.0)
changed_propagate(w * w + 3 * w)
print("to w in w * w + 3 * w come", right_w.added, "and it keeps", w.grad)
assert kept in ("first", "last"), 'Assign "first" or "last" to kept.'
place = 0 if kept == "first" else -1
assert right_w.added[place] == w.grad, (
    f"The {kept} gradient that arrives is {right_w.added[place]}. What "
    "does = do with a number that is already there?"
)
print("Right: two values are enough, if one of them is used twice.")
