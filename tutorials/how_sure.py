# ---
# title: How sure are we?
# teaches: how much of an accuracy is luck, intervals for it, and when one network or one recipe is better than another
# before: Reading digits, and More data and dropout
# sources: [S0, S1, S4]
# ---

# %% [markdown]
# # How sure are we?
#
# An article reports that its network reads [[reported_article:.2%]] of the test digits. You run the same
# recipe, and get another figure. Who is wrong? Probably nobody. The initial weights are drawn at random, the order of
# the digits is drawn at random, and somebody drew the test digits, too. An accuracy is one draw of many that were
# possible.
#
# On this page you see how far such draws lie apart, put an interval around a figure, and learn when a difference means
# something. At the end, the accuracies that the sources report stand beside our own runs of the same recipes.

# %%
#| values:
#|   count: count
#|   epochs: epochs
#|   test_length: len(test)
#|   recorded: len(recorded)
#|   full_epochs: ARTICLES['article'].epochs
#|   lr: ARTICLES['article'].lr
#|   batch_size: ARTICLES['article'].batch_size
#|   train_length: len(train)
#| quoted:
#|   reported_article: sources.DENSE_ARTICLE
#|   reported_demo: sources.DENSE_DEMO
#|   reported_nielsen: sources.DENSE_NIELSEN
from dataclasses import replace
from itertools import combinations, product
from math import ceil, comb
from statistics import NormalDist, mean, stdev

import torch

from groundup import sources
from groundup.data import load_mnist
from groundup.experiments import ARTICLES, EXPERIMENTS
from groundup.figures import curves
from groundup.figures import how_sure as drawings
from groundup.repro import pick_device, reproducible
from groundup.runs import describe, full_runs, summarize
from groundup.train import fit_seeds, predict

seed = reproducible(0)
device = pick_device()
train, test = load_mnist(device)
recorded = full_runs("article")
count, epochs = 12, 4
print(describe(recorded))

# %% [markdown]
# ## One recipe, many runs
#
# The recipe is the one of [Reading digits](reading_digits.py): a dense network with 100 hidden neurons, the squared
# error, a learning rate of 3, batches of ten. Only the seed changes from run to run. [[recorded]] runs over
# all [[full_epochs]] epochs are on record: `make full` computed them once, and wrote them to a file of the
# library with their device, versions and seconds ([`full_runs`][groundup.runs.full_runs] reads it).
#
# ??? question "Before you look: how far apart are the best and the worst of them, in test digits of ten thousand?"
#     Guess first. Most people guess either "the same, it is the same recipe", or hundreds. The dots below tell.

# %%
#| values:
#|   full_mean: mean(finals)
#|   full_std: stdev(finals)
#|   full_low: min(finals)
#|   full_high: max(finals)
#|   apart: round((max(finals) - min(finals)) * len(test))
#|   std_digits: stdev(finals) * len(test)
#| recorded: describe(recorded)
finals = [run.accuracy for run in recorded]
print(f"mean {mean(finals):.4f}   standard deviation {stdev(finals):.5f}")
print(f"lowest {min(finals):.4f}   highest {max(finals):.4f}")

# %%
#| alt: >-
#|   A heap of blue dots, one for each run, [[apart]] digits wide and highest in the middle. Two
#|   dashed orange lines mark the two figures that the article reports.
marks = {"article": sources.DENSE_ARTICLE.figure, "demo": sources.DENSE_DEMO.figure}
drawings.runs_of_one_recipe(finals, marks)

# %% [markdown]
# From [[full_low:.2%]] to [[full_high:.2%]]: the luckiest seed reads [[apart]] digits more
# than the unluckiest one. Nothing but luck tells them apart. The usual measure of this scatter is the **standard
# deviation**, here [[std_digits:.0f]] digits. About two thirds of the runs lie within one of it around the
# mean, and nineteen of twenty within two.
#
# You need not believe a file. Here are [[count]] of these networks again, side by side, for their first
# [[epochs]] epochs. [`fit_seeds`][groundup.train.fit_seeds] turns their matrix products into one batched
# product. The file has what each of its runs had reached after as many epochs. (All that this page trains itself stops
# after [[epochs]] epochs. Where it speaks of finished runs, they come from the file.)

# %%
#| values:
#|   here_mean: mean(here)
#|   there_mean: mean(there)
#|   twins: twins
#|   here_std: stdev(here)
#| recorded: describe(recorded)
#| tolerance:
#|   here_mean: seeds
#|   here_std: seeds
#|   here: seeds
#|   twins: within 0 60 because training magnifies what another processor rounds differently
#|   most: within 0 60 because training magnifies what another processor rounds differently
seeds = range(seed, seed + count)
experiment = ARTICLES["article"]
networks = [experiment.new_model(each).to(device) for each in seeds]
few_epochs = replace(experiment, epochs=epochs).fit_arguments
histories = fit_seeds(networks, train, test, seeds=seeds, **few_epochs)
here = [history[-1].accuracy for history in histories]
there = [run.accuracies[epochs - 1] for run in recorded if run.seed in seeds]
twins = max(round(abs(a - b) * len(test)) for a, b in zip(here, there, strict=True))
print(f"mean       on record {mean(there):.4f}   here {mean(here):.4f}")
print(f"deviation  on record {stdev(there):.4f}   here {stdev(here):.4f}")
print(f"digits between a network and its twin: at most {twins}")

# %% [markdown]
# The means are [[here_mean:.4f]] and [[there_mean:.4f]]. A network and its twin on record started
# from the same weights and saw the same digits in the same order. They differ by at most [[twins]] test
# digits. Any difference is due to rounding. A batched product, another processor or another version of PyTorch may add
# up in another order, and training magnifies the last digit of a number. So count on a seed to repeat a run only with
# the same code on the same kind of machine. Elsewhere it may be another draw.
#
# ## What 126 images mean
#
# The article compares its network with the one of Michael Nielsen's book, and finds "an improvement of 126 images". Its
# own two figures, one in the text and one in its demonstration, differ as well. How large is that, measured by the luck
# of the seeds? Each of the two runs has its own luck. The squares of their standard deviations add up, so the difference
# of two runs has a standard deviation of $\sqrt{2}$ times the one of a run:

# %%
#| values:
#|   ahead: ahead
#|   ahead_std: ahead / std_difference
#|   between: between
#|   between_std: between / std_difference
#|   std_difference: std_difference
#| recorded: describe(recorded)
std_digits = stdev(finals) * len(test)
std_difference = 2**0.5 * std_digits  # of two single runs
article, demo = sources.DENSE_ARTICLE.figure, sources.DENSE_DEMO.figure
nielsen = sources.DENSE_NIELSEN.figure
ahead = round((article - nielsen) * len(test))
between = round((demo - article) * len(test))
print(f"article and Nielsen: {ahead} images, {ahead / std_difference:.1f} deviations")
print(
    f"demo and article:    {between} images, {between / std_difference:.1f} deviations"
)

# %% [markdown]
# [[between]] images between two runs of the same recipe are [[between_std:.1f]] standard deviations: no
# news. [[ahead]] images are [[ahead_std:.0f]] of them, if Nielsen's runs scatter as ours do. No seed
# does that. Something else differs between the two, and it is more than one thing: [Reading digits](reading_digits.py#is-that-better-than-nielsens-network) counts the learning
# rate, the initial weights, the number of training digits and the choice of the best of three. That a difference is
# real does not tell where it comes from.
#
# ## An interval for an accuracy
#
# There is a second kind of luck: the test digits. If a network reads each digit with probability $p$, the accuracy on
# $n$ digits scatters with a **standard error** of $\sqrt{p (1 - p) / n}$. An interval that holds the true $p$ in
# nineteen of twenty cases is called a **95 % confidence interval**. The textbook one, after Abraham Wald, takes
# [[z:.2f]] standard errors to both sides. Edwin Wilson's asks which $p$ would make the observed accuracy
# plausible, and does not assume that the standard error at the observed accuracy is the right one:


# %%
Z = NormalDist().inv_cdf(0.975)  # 2.5 % of a normal distribution lie above it


def wald(right, n):
    """The textbook interval for an accuracy of `right` in `n`."""
    p = right / n
    half = Z * (p * (1 - p) / n) ** 0.5
    return p - half, p + half


def wilson(right, n):
    """Wilson's interval: all p for which `right` in `n` is within Z standard errors."""
    p, shrink = right / n, 1 / (1 + Z**2 / n)
    half = Z * (p * (1 - p) / n + Z**2 / (4 * n**2)) ** 0.5
    return shrink * (p + Z**2 / (2 * n) - half), shrink * (p + Z**2 / (2 * n) + half)


# %% [markdown]
# The first two accuracies below are quoted on this site. The third is a small test that went well:

# %%
#| values:
#|   wald_dense: intervals['dense'][0]
#|   wilson_dense: intervals['dense'][1]
#|   wald_dropout: intervals['dropout'][0]
#|   wilson_dropout: intervals['dropout'][1]
#|   wilson_perfect: wilson(100, 100)
#|   half_dense: (intervals['dense'][1][1] - intervals['dense'][1][0]) / 2 * 10_000
#|   z: Z
#| tolerance:
#|   wald_dense: rel 1e-9
#|   wilson_dense: rel 1e-9
#|   wald_dropout: rel 1e-9
#|   wilson_dropout: rel 1e-9
#|   wilson_perfect: rel 1e-9
#|   half_dense: rel 1e-9
#|   z: rel 1e-9
intervals = {}
for name, right, n in (
    ("dense", 9785, 10_000),
    ("dropout", 9964, 10_000),
    ("all", 100, 100),
):
    intervals[name] = wald(right, n), wilson(right, n)
    both = "   ".join(f"{low:.4f} to {high:.4f}" for low, high in intervals[name])
    print(f"{right:4d} of {n:5d}   {both}")

# %% [markdown]
# For the first two the methods nearly agree. For the last, Wald claims to be certain: no error seen, so none is
# possible. Wilson's interval for a network that reads all of a hundred digits has these ends: [[wilson_perfect:.3f]].
#
# ??? question "Which of the two methods is right in nineteen of twenty cases?"
#     That needs no simulation. For a given $p$, the probability of each count is known, and so is the interval that
#     each count gives. Add up the probabilities of the counts whose interval holds $p$. That sum is the **coverage**.


# %%
#| values:
#|   cover_wald: covers['Wald'][-1]
#|   cover_wilson: covers['Wilson'][-1]
#|   cover_n: n
#|   cover_p: ps[-1]
#|   large_wald: coverage(wald, EXPERIMENTS['dropout'].reported.figure, 10_000)
#|   large_wilson: coverage(wilson, EXPERIMENTS['dropout'].reported.figure, 10_000)
#| tolerance:
#|   cover_wald: abs 1e-3
#|   cover_wilson: abs 1e-3
#|   large_wald: abs 1e-3
#|   large_wilson: abs 1e-3
#| alt: >-
#|   Coverage against the true accuracy, for a thousand test digits. Wilson's line wobbles around
#|   the dashed line at nineteen of twenty. Wald's line falls away to the right, to
#|   [[cover_wald:.0%]].
def coverage(method, p, n):
    """How often the interval of a test with n digits holds the true p."""
    counts = torch.arange(n + 1, dtype=torch.float64)  # all that the test can give
    intervals = [method(right, n) for right in range(n + 1)]
    low, high = torch.tensor(intervals, dtype=torch.float64).mT  # (n + 1,) each
    holds = (low <= p) & (p <= high)
    p = torch.tensor(p, dtype=torch.float64)
    chances = torch.distributions.Binomial(n, p).log_prob(counts).exp()
    return chances[holds].sum().item()


n, ps = 1000, [0.9 + 0.001 * i for i in range(100)]
covers = {}
for name, method in {"Wald": wald, "Wilson": wilson}.items():
    covers[name] = [coverage(method, p, n) for p in ps]
curves(covers, xlabel="true accuracy", ylabel="coverage", x=ps, marks={"": 0.95})

# %% [markdown]
# At an accuracy of [[cover_p:.1%]] and with [[cover_n:,]] test digits, Wald's interval holds the truth
# in [[cover_wald:.0%]] of the cases in place of nineteen of twenty, Wilson's in [[cover_wilson:.0%]].
# What matters is how many mistakes there are to count. With all [[test_length:,]] test digits and an accuracy of
# [[reported_dropout:.2%]], it is [[large_wald:.1%]] and [[large_wilson:.1%]], and either will
# do. In this chart Wilson's is never much worse than Wald's, so take Wilson's.
#
# The two kinds of luck are not the same. The standard deviation over the seeds, [[std_digits:.0f]] digits, is
# the luck of training: all these runs were tested on the same digits. Wilson's interval for the dense network reaches
# about [[half_dense:.0f]] digits to each side: that is the luck of the test digits, for one finished network. With
# more seeds you know the average over training runs better. The luck of the test digits stays, whatever you train, until
# you have more test digits.
#
# Wald's and Wilson's intervals take each digit for a draw of its own. Are the test digits that? Count the mistakes of each
# of the [[count]] networks in stretches of a hundred digits. If they were spread at random, their number would have
# the variance of a binomial distribution:

# %%
#| values:
#|   clumped: clumped
#| tolerance:
#|   clumped: within 1.3 3 because how mistakes cluster depends on the twelve networks
#|   one: within 1.3 3 because how mistakes cluster depends on the twelve networks
right = [predict(each, test).argmax(dim=1) == test.labels for each in networks]
wrong = ~torch.stack(right).cpu()  # (networks, 10000)
in_stretches = wrong.reshape(count, -1, 100).sum(dim=2).double()  # (networks, 100)
p = wrong.double().mean(dim=1)  # (networks,)
clumped = (in_stretches.var(dim=1) / (100 * p * (1 - p))).mean().item()
print(f"variance, relative to the binomial one: {clumped:.2f}")

# %% [markdown]
# The variance is [[clumped:.1f]] times as large. Mistakes come in clusters, since some stretches of the test set
# are harder than others. For digits drawn as these were, an honest interval is wider than either formula gives.
#
# ## When is one network better than another?
#
# Two networks were tested on the *same* digits. Digits that both read, or that neither reads, tell nothing. Only those
# count that one of them reads and the other does not. If the networks were equally good, each of these would go to one
# or to the other like a tossed coin. How often would a fair coin part them at least so unequally? That is **McNemar's
# test**:


# %%
#| values:
#|   pair_one: only[0]
#|   pair_other: only[1]
#|   expected: 0.05 * len(chances)
#|   pair_chance: chance
#|   alarms: alarms
#|   pairs: len(chances)
#|   std_early: stdev(there_all) * len(test)
#| recorded: describe(recorded)
#| tolerance:
#|   pair_one: within 20 200 because networks of other seeds differ on other digits
#|   pair_other: within 20 200 because networks of other seeds differ on other digits
#|   expected: rel 1e-9
#|   pair_chance: within 0 1 because networks of other seeds differ on other digits
#|   alarms: within 0 60 because networks of other seeds differ on other digits
#|   alone: within 20 200 because networks of other seeds differ on other digits
#|   chance: within 0 1 because networks of other seeds differ on other digits
#|   twenty: within 0 60 because networks of other seeds differ on other digits
def fair_chance(only_one, only_other):
    """How often a fair coin would part so many digits at least so unequally."""
    n, most = only_one + only_other, max(only_one, only_other)
    return min(1.0, 2 * sum(comb(n, k) for k in range(most, n + 1)) / 2**n)


def differ(right_one, right_other):
    """The digits that only the one network reads, and those that only the other reads."""
    first, second = (right_one & ~right_other).sum(), (right_other & ~right_one).sum()
    return [first.item(), second.item()]


only = differ(right[0], right[1])
chance = fair_chance(*only)
print(f"alone {only[0]} and alone {only[1]}: chance {chance:.3f}")
chances = [fair_chance(*differ(one, other)) for one, other in combinations(right, 2)]
alarms = sum(each < 0.05 for each in chances)
print(f"pairs below one in twenty: {alarms} of {len(chances)}")
there_all = [run.accuracies[epochs - 1] for run in recorded]

# %% [markdown]
# Of the first two networks, one alone reads [[pair_one]] digits, and the other alone [[pair_other]].
# A fair coin does that with a probability of [[pair_chance:.2f]]. And of all [[pairs]] pairs among the
# [[count]] networks, [[alarms]] differ by more than a fair coin would allow in one of twenty cases.
# If all were equally good, you would expect no more than about [[expected:.0f]].
#
# There is one recipe only, so what does the test see? It compares *these two networks*, and two runs of one recipe need
# not be equally good. These stopped after [[epochs]] epochs, early in their training. On record, the
# standard deviation over the seeds is [[std_early:.0f]] digits at that point, and at the end
# [[std_digits:.0f]]: finished networks are closer to each other, and differ less often. What the test cannot
# answer is the other question: *is this recipe better?* For that, a network is a single draw, and you need several of
# each.
#
# ## When is one recipe better than another?
#
# This site has a pair of recipes that differ in one thing: the dense network on raw pixels, and the same on normalised
# ones, each with [[recorded]] runs on record. The standard error of a mean over $m$ runs is their standard
# deviation over $\sqrt{m}$, and for a difference of two means the squares add up:

# %%
#| values:
#|   raw_mean: mean(finals)
#|   normal_mean: mean(others)
#|   recipe_gap: gap * len(test)
#|   recipe_errors: abs(gap) / error
#|   turned: turned
#| recorded: describe(recorded + full_runs('dense'))
others = [run.accuracy for run in full_runs("dense")]
gap = mean(finals) - mean(others)
error = (stdev(finals) ** 2 / len(finals) + stdev(others) ** 2 / len(others)) ** 0.5
print(f"raw {mean(finals):.4f}   normalised {mean(others):.4f}")
print(
    f"difference {gap:+.5f}, standard error {error:.5f}: {abs(gap) / error:.1f} of them"
)
worse = [(a - b) * gap < 0 for a, b in product(finals, others)]  # ordered the other way
turned = sum(worse) / len(worse)
print(f"one run of each: the other way round in {turned:.1%} of all pairs")

# %% [markdown]
# The means differ by [[recipe_gap:+.1f]] digits (raw minus normalised), which is
# [[recipe_errors:.1f]] standard errors. Whoever compares one run of each gets the order wrong in
# [[turned:.0%]] of the cases.
#
# ??? question "How many runs do you need to see a difference of ten digits?"
#     The difference of two means over $m$ runs has a standard error of $s \sqrt{2 / m}$, with $s$ the standard
#     deviation of a run. Say that you take a difference for real if it is larger than [[z:.2f]] standard
#     errors. If the true difference $d$ is just that large, you find it in half of the cases only: luck adds to it or
#     takes from it. To find it in four of five cases, it has to be larger by another [[z_found:.2f]] standard
#     errors. Solve for $m$: it is at least $2 \, (z_1 + z_2)^2 s^2 / d^2$, with $z_1$ and $z_2$ for these two numbers,
#     about $16 \, s^2 / d^2$. The next cell has the numbers.

# %%
#| values:
#|   runs_50: needed[50]
#|   runs_10: needed[10]
#|   runs_5: needed[5]
#|   half_the_cases: ceil(2 * Z**2 * std_digits**2 / 10**2)
#|   z_found: Z_FOUND
#|   factor: factor
#| recorded: describe(recorded)
#| tolerance:
#|   z_found: rel 1e-9
#|   factor: rel 1e-9
Z_FOUND = NormalDist().inv_cdf(0.8)  # four fifths of a normal distribution lie below it
factor = 2 * (Z + Z_FOUND) ** 2
print(f"m is at least {factor:.1f} s² / d²")
needed = {}
for digits in (50, 20, 10, 5):
    needed[digits] = max(2, ceil(factor * std_digits**2 / digits**2))
    print(f"{digits:2d} digits of difference: {needed[digits]:3d} runs of each recipe")

# %% [markdown]
# For ten digits you need [[runs_10]] runs of each recipe. (With [[half_the_cases]] you would miss the
# difference in nearly half of the cases.) Half the difference means four times the runs. And if the runs are few, their own
# standard deviation is uncertain too, and you need some more.
#
# ## The best of three
#
# Nielsen reports the best of three runs, and says so. Many do not. Add that the test accuracy is watched after each
# epoch, and that the best epoch is taken. What does that bring, with nothing learned in addition? The record holds each
# epoch of each run, so all choices of three can be counted:

# %%
#| values:
#|   gain_epoch: gains['best epoch of one run']
#|   gain_three: gains['best of three runs']
#|   gain_both: gains['best epoch of three runs']
#|   triples: comb(len(finals), 3)
#| recorded: describe(recorded)
peaks = [max(run.accuracies) for run in recorded]
threes = list(combinations(range(len(recorded)), 3))
choices = {
    "best epoch of one run": mean(peaks),
    "best of three runs": mean(max(finals[i] for i in three) for three in threes),
    "best epoch of three runs": mean(max(peaks[i] for i in three) for three in threes),
}
gains = {name: (figure - mean(finals)) * len(test) for name, figure in choices.items()}
for name, gain in gains.items():
    print(f"{name:25s} {gain:+5.1f} digits")

# %% [markdown]
# Averaged over all [[triples:,]] choices of three, the best of three is [[gain_three:.0f]] digits
# above the average run, and with the best epoch of each [[gain_both:.0f]]. Are these better networks? The record
# does not say which digits a run reads. So take the [[count]] networks of this page, after their
# [[epochs]] epochs. Choose on one half of the test digits, and look at the other half. (Every second digit: [the
# two halves in order](mnist.py) are not equally hard.)

# %%
#| values:
#|   there_gain: there_gain
#|   elsewhere_gain: elsewhere_gain
#| tolerance:
#|   there_gain: within 0 40 because networks of other seeds gain more or less
#|   elsewhere_gain: within -10 40 because networks of other seeds gain more or less
#|   chosen: within 0 40 because networks of other seeds gain more or less
#|   others: within -10 40 because networks of other seeds gain more or less
halves = [torch.stack([each[start::2] for each in right]) for start in (0, 1)]
scores = [half.sum(dim=1).tolist() for half in halves]  # by half and network
there_gains, elsewhere_gains = [], []
for half in (0, 1):
    for three in combinations(range(count), 3):
        best = max(three, key=lambda i: scores[half][i])
        there_gains.append(scores[half][best] - mean(scores[half]))
        elsewhere_gains.append(scores[1 - half][best] - mean(scores[1 - half]))
there_gain, elsewhere_gain = mean(there_gains), mean(elsewhere_gains)
print(f"on the half where they were chosen {there_gain:+.1f} digits")
print(f"the same networks on the others {elsewhere_gain:+.1f} digits")

# %% [markdown]
# On the half by which it was chosen, the best of three is [[there_gain:.1f]] digits above the average; on the
# other half, [[elsewhere_gain:+.1f]]. What carries over is the part by which the networks really differ, and early
# in training they do. The rest was luck with these digits, and a reader who runs the recipe will not find it. Finished
# networks are closer to each other, so less is left to carry over. The cure is the one of [More data, and dropout](deeper_digits.py#how-sure-is-a-figure): choose on a validation
# set, and report what the test set then says, once.
#
# ## Every reported figure beside ours
#
# Now the table that this page was written for. Each row is a recipe of one of the sources, run to its last epoch, as
# often as time allowed. No build repeats these runs. They are kept in a file, each with its device, versions, commit
# and seconds.


# %%
#| values:
#|   full_article: told['article']
#|   place_article: places['article']
#|   origin_article: origins['article']
#|   full_classifier: told['classifier']
#|   place_classifier: places['classifier']
#|   origin_classifier: origins['classifier']
#|   full_dense: told['dense']
#|   place_dense: places['dense']
#|   origin_dense: origins['dense']
#|   full_one: told['one convolution']
#|   place_one: places['one convolution']
#|   origin_one: origins['one convolution']
#|   full_two: told['two convolutions']
#|   place_two: places['two convolutions']
#|   origin_two: origins['two convolutions']
#|   full_relu: told['ReLU']
#|   place_relu: places['ReLU']
#|   origin_relu: origins['ReLU']
#|   full_extended: told['extended data']
#|   place_extended: places['extended data']
#|   origin_extended: origins['extended data']
#|   full_dropout: told['dropout']
#|   place_dropout: places['dropout']
#|   origin_dropout: origins['dropout']
#|   place_demo: demo_place
#|   demo_above: demo_above
#|   all_runs: sum(map(len, ours.values()))
#| quoted:
#|   reported_classifier: ARTICLES['classifier'].reported
#|   reported_dense: EXPERIMENTS['dense'].reported
#|   reported_one: EXPERIMENTS['one convolution'].reported
#|   reported_two: EXPERIMENTS['two convolutions'].reported
#|   reported_relu: EXPERIMENTS['ReLU'].reported
#|   reported_extended: EXPERIMENTS['extended data'].reported
#|   reported_dropout: EXPERIMENTS['dropout'].reported
#| recorded: describe([run for row in rows for run in full_runs(row)])
rows = ARTICLES | EXPERIMENTS
ours = {row: [run.accuracy for run in full_runs(row)] for row in rows}
reported = {row: recipe.reported.figure for row, recipe in rows.items()}
told, places, origins = {}, {}, {}
for row in rows:
    found = summarize(row)
    told[row], origins[row] = str(found), found.origin
    places[row] = found.place(reported[row])
    if found.runs == 1:
        places[row] = "a single run has no range"
    print(f"{row:17s} {told[row]}")

of_article = summarize("article")
demo_place = of_article.place(demo)
demo_above = (demo - of_article.mean) / of_article.std
print(f"the demo's figure: {demo_place}, {demo_above:+.1f} deviations from the mean")

# %%
#| alt: >-
#|   Eight rings, one for each reported accuracy, and under each the dots of our runs, on a
#|   logarithmic axis of test digits read wrongly. The first three rows have many dots, in a band,
#|   the next three a few, on both sides of their ring, and the last two one or two, near it. From
#|   the third row on, the rings move to the left.
drawings.beside_the_reported(ours, reported, total=len(test))

# %% [markdown]
# | row | reported | compared with our range | ours: mean ± standard deviation, lowest to highest | on |
# |---|---|---|---|---|
# | dense, raw pixels (article) | [[reported_article:.4f]] | [[place_article]] | [[full_article]] | [[origin_article]] |
# | the same, its demonstration | [[reported_demo:.4f]] | [[place_demo]] | as above | as above |
# | classifier | [[reported_classifier:.4f]] | [[place_classifier]] | [[full_classifier]] | [[origin_classifier]] |
# | dense (README) | [[reported_dense:.4f]] | [[place_dense]] | [[full_dense]] | [[origin_dense]] |
# | one convolution | [[reported_one:.4f]] | [[place_one]] | [[full_one]] | [[origin_one]] |
# | two convolutions | [[reported_two:.4f]] | [[place_two]] | [[full_two]] | [[origin_two]] |
# | ReLU | [[reported_relu:.4f]] | [[place_relu]] | [[full_relu]] | [[origin_relu]] |
# | extended data | [[reported_extended:.4f]] | [[place_extended]] | [[full_extended]] | [[origin_extended]] |
# | dropout | [[reported_dropout:.4f]] | [[place_dropout]] | [[full_dropout]] | [[origin_dropout]] |
#
# [[all_runs]] runs in all. Point at a figure to see the commits and the dates. "Within" means between the
# lowest and the highest of our runs, and each reported figure is judged by itself. The article reports two. The one of
# its demonstration: [[place_demo]], [[demo_above:+.1f]] standard deviations from our mean. A deviation as
# large as that is rare, but a seed can produce it.
#
# ??? question "A reported figure lies outside the range of our three runs. Is it wrong?"
#     If it comes from the same recipe, it is one more draw. Of four draws, the fourth is the highest in one of four
#     cases, and the lowest in another: it lies outside the range of the first three in half of all cases. With $m$
#     runs that is $2 / (m + 1)$. A single run has no range at all.

# %%
#| values:
#|   outside_3: outside[3]
#|   outside_32: outside[32]
#| tolerance:
#|   outside_32: rel 1e-9
outside = {runs: 2 / (runs + 1) for runs in (3, 5, 32)}
for runs, share in outside.items():
    print(f"{runs:2d} runs: one more lies outside their range in {share:.0%} of cases")

# %% [markdown]
# So do not read much into the rows with few runs. They show that a recipe comes near the reported figure, and no more.
# You can add runs at any time, with `make full`.
#
# ## Recap
#
# - An accuracy is a draw. Report the mean over several seeds, their standard deviation, and their number.
# - Two kinds of luck: of the seed, which more runs reveal, and of the test digits, which an interval shows.
# - The difference of two runs scatters $\sqrt{2}$ times as much as one run.
# - Where few mistakes are to be counted, take Wilson's interval. Where mistakes come in clusters, it is too narrow.
# - Two networks on the same digits: McNemar's test. It speaks of these two networks, not of their recipes.
# - Two recipes: about $16 \, s^2 / d^2$ runs of each, to find a difference $d$ in four of five cases. Half the
#   difference needs four times the runs.
# - The best of three, watched on the test set, is better on this test set than anywhere else.
#
# ## Exercises
#
# **1.** A **bootstrap** gives an interval without any formula: draw as many runs as there are, with replacement, note
# their mean, and repeat. Where do the middle 95 % of the means lie, for the runs on record? Compare with
# [[z:.2f]] standard errors of the mean to both sides.

# %%
#| values:
#|   boot_low: low
#|   boot_high: high
#|   normal_low: mean(finals) - half
#|   normal_high: mean(finals) + half
#| recorded: describe(recorded)
#| tolerance:
#|   boot_low: abs 1e-4
#|   boot_high: abs 1e-4
#|   normal_low: rel 1e-9
#|   normal_high: rel 1e-9
#|   bootstrap: abs 1e-4
#|   to: abs 1e-4
#| fold: Solution
generator = torch.Generator().manual_seed(seed)
draws = torch.randint(len(finals), (10_000, len(finals)), generator=generator)
means = torch.tensor(finals, dtype=torch.float64)[draws].mean(dim=1)  # (10000,)
low, high = means.quantile(torch.tensor([0.025, 0.975], dtype=torch.float64)).tolist()
half = Z * stdev(finals) / len(finals) ** 0.5
print(f"bootstrap {low:.5f} to {high:.5f}")
print(f"formula   {mean(finals) - half:.5f} to {mean(finals) + half:.5f}")

# %% [markdown]
# [[boot_low:.4f]] to [[boot_high:.4f]], and by the formula [[normal_low:.4f]] to
# [[normal_high:.4f]]. The bootstrap also works where there is no formula, for the best of three for example.
#
# **2.** Two networks read [[one_p:.2%]] and [[other_p:.2%]] of all digits there are. How many test
# digits would you need to find the difference, as above, in four of five cases, if the two were tested on different
# digits?

# %%
#| values:
#|   digits_needed: digits_needed
#|   one_p: p
#|   other_p: q
#|   times_more: digits_needed / len(test)
#| tolerance:
#|   digits_needed: abs 1
#|   times_more: rel 1e-3
#| fold: Solution
p, q = 0.9960, 0.9964
variance = p * (1 - p) + q * (1 - q)  # of the difference, for one digit each
digits_needed = ceil((Z + Z_FOUND) ** 2 * variance / (q - p) ** 2)
print(digits_needed)

# %% [markdown]
# [[digits_needed:,]], [[times_more:.0f]] times the test set. On the same digits fewer would do, if many
# mistakes are common to both. At the top of the table, the test set is too small to rank single networks.
#
# ## Next
#
# Now you know how to tell a gain from luck, and how many runs that takes. [The same accuracy in minutes](minutes.py)
# starts from a plain recipe, and adds well-known ingredients, one at a time.
