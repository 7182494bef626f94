# %%
from math import comb, sqrt
from statistics import NormalDist

import torch

z = NormalDist().inv_cdf(0.975)  # 1.96


def wald(right, n):
    p = right / n
    half = z * (p * (1 - p) / n) ** 0.5
    return p - half, p + half


def wilson(right, n):
    p = right / n
    c = z**2 / n
    centre = (p + c / 2) / (1 + c)
    half = z * (p * (1 - p) / n + c / (4 * n)) ** 0.5 / (1 + c)
    return centre - half, centre + half


# %% exercise 1
def coverage(rule, p, n):
    # blank: return the coverage of `rule`, which is `wald` or `wilson`: how
    # often `rule(right, n)` holds p. A count `right` has the probability
    # comb(n, right) * p**right * (1 - p) ** (n - right).
    # solution:
    total = 0.0
    for right in range(n + 1):
        low, high = rule(right, n)
        if low <= p <= high:
            total += comb(n, right) * p**right * (1 - p) ** (n - right)
    return total
    # wrong: total = 0
    # wrong: for right in range(n + 1):
    # wrong:     low, high = rule(right, n)
    # wrong:     total += low <= p <= high
    # wrong: return total / (n + 1)
    # wrong:
    # wrong: total = 0.0
    # wrong: for right in range(n):
    # wrong:     low, high = rule(right, n)
    # wrong:     if low <= p <= high:
    # wrong:         total += comb(n, right) * p**right * (1 - p) ** (n - right)
    # wrong: return total
    # end


# %%
def simulated_coverage(rule, p, n, times=100_000):
    torch.manual_seed(0)
    sizes = torch.full((times,), float(n))
    drawn = torch.binomial(sizes, torch.full((times,), p))
    counts = drawn.long().bincount(minlength=n + 1).tolist()
    held = 0
    for right, count in enumerate(counts):
        low, high = rule(right, n)
        if low <= p <= high:
            held += count
    return held / times


cases = [(wald, 0.98, 100), (wilson, 0.98, 100), (wilson, 0.9, 5)]
for rule, p, n in cases:
    yours = coverage(rule, p, n)
    simulated = simulated_coverage(rule, p, n)
    print(f"{rule.__name__:6}  p = {p}, n = {n}: {yours:.3f}")
    assert abs(yours - simulated) < 0.01, (
        f"Of 100,000 intervals drawn at random for p = {p} and n = {n}, "
        f"{simulated:.3f} hold p; your coverage is {yours:.3f}. Weight "
        "each count from 0 to n by its probability."
    )
print("Right: Wald's interval holds p far less often than 95 times in 100.")

# %% exercise 2
# blank: how many of the 14 changes do you keep, on average? Assign "about
# 2", "about 3" or "about 7" to `kept`.
# solution:
kept = "about 3"
# wrong: kept = "about 2"
# wrong:
# wrong: kept = "about 7"
# end

# blank: assign to `chance` the probability that a change that does nothing
# gains more than s. (`NormalDist().cdf(x)` is the share of a normal
# distribution below x standard deviations.)
# solution:
# The difference of two runs has the standard deviation sqrt(2) * s, so a
# gain of s is 0.71 standard deviations. A normal distribution has 24 %
# above that.
chance = 1 - NormalDist().cdf(1 / sqrt(2))
# wrong: chance = 1 - NormalDist().cdf(1)
# wrong:
# wrong: chance = NormalDist().cdf(1 / sqrt(2))
# end

# %%
torch.manual_seed(0)
with_change = torch.randn(100_000, 14)  # in units of s
without = torch.randn(100_000, 14)
gains = with_change - without
simulated = (gains > 1).double().mean().item()
print(f"chance of a gain above s: {simulated:.3f}, yours {chance:.3f}")
assert abs(chance - simulated) < 0.01, (
    f"In {gains.numel():,} simulated pairs of runs, {simulated:.3f} gain "
    f"more than s; you have {chance:.3f}. Both runs of a pair vary, and a "
    "gain is above s, not below."
)
number = 14 * simulated
print(f"kept on average: {number:.1f} of 14")
choices = {f"about {k}": abs(k - number) for k in (2, 3, 7)}
assert kept in choices, 'Assign "about 2", "about 3" or "about 7" to kept.'
assert kept == min(choices, key=choices.get), (
    f"You keep {number:.1f} of the 14 on average. Multiply your chance by "
    "the number of changes."
)
print("Right: between three and four.")


# %% exercise 3
def needed(p, q):
    # blank: return how many test digits each of two networks with the
    # accuracies p and q needs, for a power of 80 %.
    # solution:
    # The two accuracies vary with p (1 - p) / n and q (1 - q) / n. As in
    # "How many runs?", q - p must be 1.96 + 0.84 times the root of their
    # sum.
    variances = p * (1 - p) + q * (1 - q)
    return (1.96 + 0.84) ** 2 * variances / (q - p) ** 2
    # wrong: variances = p * (1 - p) + q * (1 - q)
    # wrong: return 1.96**2 * variances / (q - p) ** 2
    # wrong:
    # wrong: return (1.96 + 0.84) ** 2 * p * (1 - p) / (q - p) ** 2
    # wrong:
    # wrong: return 16 * p * (1 - p) * q * (1 - q) / (q - p) ** 2
    # end


# %%
def simulated_power(p, q, n, times=20_000):
    torch.manual_seed(0)
    drawn = []
    for share in (p, q):
        size = torch.full((times,), float(n), dtype=torch.float64)
        shares = torch.full_like(size, share)
        drawn.append(torch.binomial(size, shares) / n)
    first, second = drawn
    variance = first * (1 - first) + second * (1 - second)
    error = (variance / n).sqrt()
    return ((second - first).abs() > 1.96 * error).double().mean().item()


for p, q in ((0.9960, 0.9964), (0.95, 0.96)):
    n = max(1, round(needed(p, q)))
    power = simulated_power(p, q, n)
    print(f"{p:.2%} and {q:.2%}: {n:,} digits, power {power:.2f}")
    assert abs(power - 0.8) < 0.03, (
        f"With {n:,} test digits for each network, the difference is found "
        f"in {power:.0%} of the simulated cases. We want 80%. Does your "
        "formula hold both variances, and 1.96 + 0.84?"
    )
print("Right.")
