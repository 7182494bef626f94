# ---
# title: Results
# tolerance: rel 1e-9
# ---

# %% [markdown]
# # Results
#
# Do the figures of the five sources come out again? Here each of them stands beside ours. A reported figure was copied
# once, by hand, into a table of the library, together with where it stands:

# %%
#| quoted:
#|   hello_a2: sources.HELLO_A2
#|   hello_w1: sources.HELLO_AFTER['w1']
#|   hello_b1: sources.HELLO_AFTER['b1']
#|   hello_w2: sources.HELLO_AFTER['w2']
#|   hello_b2: sources.HELLO_AFTER['b2']
#|   hello_a2_after: sources.HELLO_AFTER['a2']
#|   article: sources.DENSE_ARTICLE
#|   demo: sources.DENSE_DEMO
#|   article_loss: sources.DENSE_STEP_100
#|   article_right: sources.OUTPUT_ARTICLE
#|   article_length: sources.LENGTH_ARTICLE
#|   article_lr: sources.LR_ARTICLE
#|   seven_start: sources.SEVEN_NUMPY_START
#|   seven_end: sources.SEVEN_NUMPY_END
#|   seven_tensors: sources.SEVEN_LOSSES['tensors']
#|   seven_autograd: sources.SEVEN_LOSSES['autograd']
#|   seven_stuck: sources.SEVEN_UNCHANGED
#|   seven_adam: sources.SEVEN_LOSSES['Adam']
#|   seven_module: sources.SEVEN_LOSSES['module']
#|   seven_dynamic: sources.SEVEN_LOSSES['dynamic']
#|   anatomy_loss: sources.BLITZ_LOSS
#|   anatomy_lowest: sources.BLITZ_LOWEST
#|   anatomy_highest: sources.BLITZ_HIGHEST
#|   anatomy_gradient: sources.BLITZ_BIAS_GRADIENT
#|   classifier_running: sources.CLASSIFIER_TRAIN
#|   classifier_running_loss: sources.CLASSIFIER_TRAIN_LOSS
#|   classifier_test: sources.CLASSIFIER_TEST
#|   classifier_test_loss: sources.CLASSIFIER_TEST_LOSS
#|   classifier_pixel_mean: sources.CLASSIFIER_MEAN
#|   classifier_pixel_std: sources.CLASSIFIER_STD
#|   readme_pixel_mean: sources.PIXEL_MEAN_REPOSITORY
#|   readme_pixel_std: sources.PIXEL_STD_REPOSITORY
#|   nielsen_eta: sources.ETA_NIELSEN
#|   nielsen_train: sources.TRAINING_NIELSEN
#|   nielsen_100: sources.DENSE_NIELSEN
#|   nielsen_30: sources.CHAPTER_1['784-30-10']
#|   nielsen_slow: sources.CHAPTER_1['eta 0.001']
#|   nielsen_fast: sources.CHAPTER_1['eta 100']
#|   nielsen_darkness: sources.CHAPTER_1['average darkness']
#|   nielsen_svm: sources.CHAPTER_1['support vector machine']
#|   nielsen_dense: sources.CHAPTER_6['dense']
#|   nielsen_one: sources.CHAPTER_6['one convolution']
#|   nielsen_two: sources.CHAPTER_6['two convolutions']
#|   nielsen_relu: sources.CHAPTER_6['ReLU']
#|   nielsen_extended: sources.CHAPTER_6['expanded data']
#|   nielsen_dropout: sources.CHAPTER_6['dropout']
#|   nielsen_ensemble: sources.CHAPTER_6['ensemble of five']
from groundup import sources

reported = sources.DENSE_ARTICLE
print(reported.figure)
print(reported.source)

# %% [markdown]
# On every page of this site a reported figure is underlined with dots: [[article:.4f]]. Point at it to see its source. A
# figure that is underlined with dashes was read from runs on record. One without a line was computed by the build that
# published this page.
#
# ## The README's six networks
#
# The README of [nestedsoftware/pytorch](https://github.com/nestedsoftware/pytorch) reports one run of each of six networks
# on MNIST. Ours are **full runs**: the README's recipe, followed to its last epoch, with several seeds. A full run can take
# hours, so no build repeats them: they are kept in a file, which the next block reads. It takes one run per seed.
# ([[one_seed_twice? One seed of the ReLU row was run on two machines.]] The second of the two counts here.)

# %%
#| values:
#|   dense_mean: statistics.mean(accuracies['dense'])
#|   dense_std: statistics.stdev(accuracies['dense'])
#|   dense_n: len(accuracies['dense'])
#|   one_mean: statistics.mean(accuracies['one convolution'])
#|   one_std: statistics.stdev(accuracies['one convolution'])
#|   one_n: len(accuracies['one convolution'])
#|   two_mean: statistics.mean(accuracies['two convolutions'])
#|   two_std: statistics.stdev(accuracies['two convolutions'])
#|   two_n: len(accuracies['two convolutions'])
#|   relu_mean: statistics.mean(accuracies['ReLU'])
#|   relu_std: statistics.stdev(accuracies['ReLU'])
#|   relu_n: len(accuracies['ReLU'])
#|   extended_mean: statistics.mean(accuracies['extended data'])
#|   extended_std: statistics.stdev(accuracies['extended data'])
#|   extended_n: len(accuracies['extended data'])
#|   dropout_mean: statistics.mean(accuracies['dropout'])
#|   dropout_std: >-
#|     format(statistics.stdev(accuracies['dropout']), '.4f')
#|     if len(accuracies['dropout']) > 1 else 'one run has none'
#|   dropout_n: len(accuracies['dropout'])
#| claims:
#|   one_seed_twice: len(runs.full_runs('ReLU')) == len(kept['ReLU']) + 1
#| quoted:
#|   readme_dense: EXPERIMENTS['dense'].reported
#|   readme_one: EXPERIMENTS['one convolution'].reported
#|   readme_two: EXPERIMENTS['two convolutions'].reported
#|   readme_relu: EXPERIMENTS['ReLU'].reported
#|   readme_extended: EXPERIMENTS['extended data'].reported
#|   readme_dropout: EXPERIMENTS['dropout'].reported
#| recorded: runs.describe([run for row in EXPERIMENTS for run in kept[row]])
import statistics

from groundup import runs
from groundup.experiments import ARTICLES, EXPERIMENTS

recipes = EXPERIMENTS | ARTICLES
kept = {}
accuracies = {}
for row in recipes:
    by_seed = {run.seed: run for run in runs.full_runs(row)}
    kept[row] = list(by_seed.values())
    accuracies[row] = [run.accuracy for run in kept[row]]

for row in EXPERIMENTS:
    average = statistics.mean(accuracies[row])
    lowest = min(accuracies[row])
    highest = max(accuracies[row])
    print(f"{row:16s} mean {average:.4f}, {lowest:.4f} to {highest:.4f}")

# %% [markdown]
# | network | reported | ours, mean | standard deviation | n |
# |---|---|---|---|---|
# | dense | [[readme_dense:.4f]] | [[dense_mean:.4f]] | [[dense_std:.4f]] | [[dense_n]] |
# | one convolution | [[readme_one:.4f]] | [[one_mean:.4f]] | [[one_std:.4f]] | [[one_n]] |
# | two convolutions | [[readme_two:.4f]] | [[two_mean:.4f]] | [[two_std:.4f]] | [[two_n]] |
# | ReLU | [[readme_relu:.4f]] | [[relu_mean:.4f]] | [[relu_std:.4f]] | [[relu_n]] |
# | extended data | [[readme_extended:.4f]] | [[extended_mean:.4f]] | [[extended_std:.4f]] | [[extended_n]] |
# | dropout | [[readme_dropout:.4f]] | [[dropout_mean:.4f]] | [[dropout_std]] | [[dropout_n]] |
#
# These are accuracies on the [[mnist.test_length:,]] test digits after the last epoch, with normalised pixels, in batches of
# ten. n is the number of seeds. The standard deviation is that of single runs. It measures the luck of the initial weights and
# of the order of the digits, and with two runs it is hardly known.

# %%
#| alt: >-
#|   Six rows on a common axis of test accuracy. In each row a ring marks the reported figure,
#|   dots our runs, and a square with a bar their mean and standard deviation. Dense: ring at
#|   [[readme_dense:.2%]], square at [[dense_mean:.2%]]. One convolution: [[readme_one:.2%]] and
#|   [[one_mean:.2%]]. Two convolutions: [[readme_two:.2%]] and [[two_mean:.2%]]. ReLU:
#|   [[readme_relu:.2%]] and [[relu_mean:.2%]]. Extended data: [[readme_extended:.2%]] and
#|   [[extended_mean:.2%]]. Dropout: a ring at [[readme_dropout:.2%]] and a single dot at
#|   [[dropout_mean:.2%]]. From row to row, rings and squares move to the right, and in each of
#|   the first five the ring lies close to the square.
from groundup.figures.results import reported_and_ours

six = {row: recipe.reported.figure for row, recipe in EXPERIMENTS.items()}
reported_and_ours(six, accuracies)

# %% [markdown]
# Pages: [Convolutional digits](conv_digits.py) and [More data, and dropout](deeper_digits.py). The commands for these
# runs, the README's and ours: [Run it yourself](../run_it_yourself.md#the-readmes-six-commands).
#
# ## PyTorch Hello World
#
# One step of backpropagation on a network of two neurons. Nothing in it is random, so all digits should agree. Page:
# [Backpropagation by hand](backprop_by_hand.py).
#
# | network | reported | ours |
# |---|---|---|
# | output before the step | [[hello_a2:.4f]] | [[backprop_by_hand.a2:.4f]] |
# | $w_1$ after it | [[hello_w1:.4f]] | [[backprop_by_hand.new_w1:.4f]] |
# | $b_1$ | [[hello_b1:.4f]] | [[backprop_by_hand.new_b1:.4f]] |
# | $w_2$ | [[hello_w2:.4f]] | [[backprop_by_hand.new_w2:.4f]] |
# | $b_2$ | [[hello_b2:.4f]] | [[backprop_by_hand.new_b2:.4f]] |
# | output after the step | [[hello_a2_after:.4f]] | [[backprop_by_hand.a2_after:.4f]] |
#
# ## PyTorch Image Recognition with Dense Network
#
# The network is the README's first one, but its pixels are not normalised: they go from 0 to 1. So this is another
# recipe, with runs of its own.

# %%
#| values:
#|   article_mean: statistics.mean(accuracies['article'])
#|   article_std: statistics.stdev(accuracies['article'])
#|   article_n: len(accuracies['article'])
#|   article_recipe_lr: recipes['article'].lr
#|   demo_above: >-
#|     (sources.DENSE_DEMO.figure - statistics.mean(accuracies['article']))
#|     / statistics.stdev(accuracies['article'])
#|   article_ahead: round((sources.DENSE_ARTICLE.figure - sources.DENSE_NIELSEN.figure) * 10_000)
#|   ahead_mean: (statistics.mean(accuracies['article']) - sources.DENSE_NIELSEN.figure) * 10_000
#|   ahead_std: statistics.stdev(accuracies['article']) * 10_000
#| claims:
#|   article_among_ours: lowest <= sources.DENSE_ARTICLE.figure <= highest
#|   demo_above_all: sources.DENSE_DEMO.figure > highest
#| recorded: runs.describe(kept['article'])
lowest = min(accuracies["article"])
highest = max(accuracies["article"])
print(f"{len(kept['article'])} runs, {lowest:.4f} to {highest:.4f}")

# %% [markdown]
# | figure | reported | ours |
# |---|---|---|
# | test accuracy after 30 epochs, in the article | [[article:.4f]] | [[article_mean:.4f]] ± [[article_std:.4f]], n = [[article_n]] |
# | the same in its demonstration | [[demo:.4f]] | the same runs |
# | images ahead of Nielsen's [[nielsen_100:.4f]] | [[article_ahead]] | [[ahead_mean:.0f]] ± [[ahead_std:.0f]], n = [[article_n]] |
# | loss of the hundredth batch | [[article_loss:.4f]] | another order of digits, another batch |
# | learning rate | [[article_lr]] | [[article_recipe_lr]] |
# | number of test digits, as its code counts them | [[article_length:,]] | [[mnist.train_length:,]]: [why](../about_the_sources.md#two-lengths-of-the-wrong-variables) |
#
# The article has two accuracies, from two runs of one recipe. [[article_among_ours? The first lies among ours.]]
# [[demo_above_all? The second is above all [[article_n]] of them]], [[demo_above:.1f]] standard deviations from their
# mean. Page: [Reading digits](reading_digits.py), which trains for [[reading_digits.epochs]] epochs.
#
# ## Introduction to PyTorch
#
# One small network, fitted to random numbers in seven ways. The notebook draws its numbers without a seed, so that only the
# size of a loss can be compared. Page: [One network, seven ways](one_network_seven_ways.py). Losses at steps 99, 199, 299,
# 399 and 499:
#
# | way | whose | losses |
# |---|---|---|
# | tensors | reported | [[seven_tensors]] |
# | | ours | [[numerics.hand32_losses:.3g]] |
# | autograd | reported | [[seven_autograd]] |
# | | ours | [[numerics.auto32_losses:.3g]] |
# | `nn`, as printed | reported, five times over | [[seven_stuck:.3f]] |
# | | ours, five times over | [[one_network_seven_ways.stuck:.3f]] |
# | Adam | reported | [[seven_adam]] |
# | | ours | [[one_network_seven_ways.adam_losses:.3g]] |
# | own module | reported | [[seven_module]] |
# | | ours | [[one_network_seven_ways.sgd_losses:.3g]] |
# | dynamic | reported | [[seven_dynamic]] |
# | | ours | [[one_network_seven_ways.dynamic_losses:.3g]] |
# | NumPy, at steps 0 and 495 | reported | [[seven_start:,.0f]]; [[seven_end:.2e]] |
# | | ours | [[one_network_seven_ways.loss0:,.0f]]; [[one_network_seven_ways.numpy_495:.2e]] |
#
# [Why the `nn` loss stands still](../about_the_sources.md#an-update-that-updates-nothing).
#
# ## Introduction of Neural Networks
#
# A convolutional network with random weights, a random image and a random target, without a seed. Nothing is trained, so
# the figures of a single draw say little. Here are [[anatomy_draws]] draws, and the range in which nine in ten of them lie.
# Page: [Anatomy of a convolutional network](conv_anatomy.py).

# %%
#| values:
#|   anatomy_draws: draws
#|   loss_low: ranges['loss'][0]
#|   loss_high: ranges['loss'][1]
#|   lowest_low: ranges['lowest output'][0]
#|   lowest_high: ranges['lowest output'][1]
#|   highest_low: ranges['highest output'][0]
#|   highest_high: ranges['highest output'][1]
#|   gradient_low: ranges['gradient'][0]
#|   gradient_high: ranges['gradient'][1]
#| claims:
#|   all_four_inside: >-
#|     ranges['loss'][0] < sources.BLITZ_LOSS.figure < ranges['loss'][1]
#|     and ranges['lowest output'][0] < sources.BLITZ_LOWEST.figure < ranges['lowest output'][1]
#|     and ranges['highest output'][0] < sources.BLITZ_HIGHEST.figure < ranges['highest output'][1]
#| tolerance:
#|   default: rel 1e-3
#|   text: abs 2e-3
import torch
from torch import nn

from groundup.models import SmallConvNet
from groundup.repro import reproducible

reproducible(0)
draws = 200
criterion = nn.MSELoss()
names = ("loss", "lowest output", "highest output", "gradient")
found = {name: [] for name in names}
for _ in range(draws):
    model = SmallConvNet()
    output = model(torch.randn(1, 1, 32, 32))  # (1, 10)
    loss = criterion(output, torch.randn(1, 10))
    loss.backward()
    found["loss"].append(loss.item())
    found["lowest output"].append(output.min().item())
    found["highest output"].append(output.max().item())
    found["gradient"].append(model.conv1.bias.grad.abs().max().item())

ranges = {}
for name, numbers in found.items():
    twentieths = statistics.quantiles(numbers, n=20)
    ranges[name] = twentieths[0], twentieths[-1]
    print(f"{name:14s} {twentieths[0]:.3f} to {twentieths[-1]:.3f}")

# %% [markdown]
# | figure | reported | ours, nine draws in ten |
# |---|---|---|
# | loss | [[anatomy_loss:.3f]] | [[loss_low:.2f]] to [[loss_high:.2f]] |
# | lowest of ten outputs | [[anatomy_lowest:.2f]] | [[lowest_low:.2f]] to [[lowest_high:.2f]] |
# | highest | [[anatomy_highest:.2f]] | [[highest_low:.2f]] to [[highest_high:.2f]] |
# | gradient of `conv1.bias` | [[anatomy_gradient:.4f]] | maximum of the sizes: [[gradient_low:.3f]] to [[gradient_high:.3f]] |
#
# [[all_four_inside? The reported loss and outputs lie within these ranges.]]
#
# ## A Neural Net In Pytorch
#
# A dense network with ReLU and cross-entropy, in batches of 64, trained for 10 epochs. Its pixels are normalised by
# [[classifier_pixel_mean]] and [[classifier_pixel_std]].

# %%
#| values:
#|   classifier_mean: statistics.mean(accuracies['classifier'])
#|   classifier_std: statistics.stdev(accuracies['classifier'])
#|   classifier_n: len(accuracies['classifier'])
#|   classifier_loss_mean: statistics.mean(losses)
#|   classifier_loss_std: statistics.stdev(losses)
#| recorded: runs.describe(kept['classifier'])
losses = [run.losses[-1] for run in kept["classifier"]]
print(f"running losses {min(losses):.4f} to {max(losses):.4f}")

# %% [markdown]
# | figure | in | reported | ours |
# |---|---|---|---|
# | test accuracy | notebook | [[classifier_test:.4f]] | [[classifier_mean:.4f]] ± [[classifier_std:.4f]], n = [[classifier_n]] |
# | running loss of the last epoch | notebook | [[classifier_running_loss:.4f]] | [[classifier_loss_mean:.4f]] ± [[classifier_loss_std:.4f]], n = [[classifier_n]] |
# | running accuracy of the last epoch | article | [[classifier_running:.4f]] | [[softmax_classifier.running_end:.4f]] |
# | training accuracy after it | | not reported | [[softmax_classifier.after_end:.4f]] |
# | test loss | notebook | [[classifier_test_loss:.4f]] | [[softmax_classifier.test_loss:.4f]] |
#
# Rows without an n are the run of this build, which learns from [[softmax_classifier.train_length:,]] digits and keeps
# [[softmax_classifier.val_length:,]] for validation. Page: [A first classifier](softmax_classifier.py).
#
# ## Full runs
#
# Each mean above is one of full runs. This is where they ran, with which version of PyTorch, and how many seconds a run took
# there, as a median:

# %%
#| recorded: runs.describe([run for row in recipes for run in kept[row]])
for row in recipes:
    for device in sorted({run.device for run in kept[row]}):
        there = [run for run in kept[row] if run.device == device]
        versions = ", ".join(sorted({run.torch for run in there}))
        seconds = statistics.median([run.seconds for run in there])
        print(f"{row:16s} {device:31s} {versions} {seconds:6.0f} s")

# %% [markdown]
# Could the reported figures be runs like ours? Of n + 1 runs of one recipe, each is equally likely to be the highest, and to
# be the lowest. So one more run lies outside the range of the n before it with a probability of at most $2 / (n + 1)$. With
# 32 runs that is rare, with two it is likely. Count the reported figures outside the range of ours, and how many to expect
# there by luck:

# %%
#| values:
#|   outside: outside
#|   expected: expected
#|   compared: compared
#| claims:
#|   no_more_than_luck: outside <= expected
#| recorded: runs.describe([run for row in recipes for run in kept[row]])
figures = [(row, recipe.reported.figure) for row, recipe in recipes.items()]
figures.append(("article", sources.DENSE_DEMO.figure))

compared = 0
outside = 0
expected = 0
for row, figure in figures:
    n = len(accuracies[row])
    if n == 1:
        continue  # one run has no range
    compared += 1
    expected += 2 / (n + 1)
    if not min(accuracies[row]) <= figure <= max(accuracies[row]):
        outside += 1
        print(f"outside: {row} {figure}")
print(f"{outside} of {compared}, by luck at most {expected:.1f}")

# %% [markdown]
# [[no_more_than_luck? Outside the range: [[outside]] of [[compared]] figures. Luck alone would put up to [[expected:.1f]] there.]]
# So the reported figures could well be runs like ours. A row with a single run is not counted: it has no range. [How sure are
# we?](how_sure.py) has more about such comparisons.
#
# ## The same accuracy in minutes
#
# A recipe of our own for pixels that are normalised as the README's, with its learning rate tuned on validation digits. Page:
# [The same accuracy in minutes](minutes.py).

# %%
#| values:
#|   recipe_mean: statistics.mean(final)
#|   recipe_std: statistics.stdev(final)
#|   recipe_n: len(final)
#|   recipe_device: "', '.join(sorted({run.device for run in finals}))"
#| recorded: runs.describe(finals)
from groundup.study import final_row

on_record = runs.full_runs(final_row())
finals = [run for run in on_record if "CPU" not in run.device]
final = [run.accuracy for run in finals]
print(f"{len(final)} runs, {min(final):.4f} to {max(final):.4f}")

# %% [markdown]
# | recipe | test accuracy | device |
# |---|---|---|
# | the README's last row, reported | [[readme_dropout:.4f]] | not reported |
# | our recipe | [[recipe_mean:.4f]] ± [[recipe_std:.4f]], n = [[recipe_n]] | [[recipe_device]] |
#
# ## The pixels
#
# Our figures are counted in whole numbers and divided at the end. Page: [What is in MNIST](mnist.py).
#
# | statistic | reported | training set | extended set |
# |---|---|---|---|
# | mean, README | [[readme_pixel_mean]]: [why](../about_the_sources.md#a-mean-that-we-do-not-get) | [[mnist.train_mean:.6f]] | [[mnist.extended_mean:.6f]] |
# | mean, notebook of *A Neural Net In Pytorch* | [[classifier_pixel_mean]] | as above | |
# | standard deviation, README | [[readme_pixel_std]] | [[mnist.train_std:.6f]] | [[mnist.extended_std:.6f]] |
# | standard deviation, the same notebook | [[classifier_pixel_std]] | as above | |
#
# ## Nielsen's book
#
# The article on the dense network and the README follow Michael Nielsen's *Neural Networks and Deep Learning*. He trains on
# [[nielsen_train:,]] digits with pixels from 0 to 1, in chapter 1 with a learning rate of [[nielsen_eta]]. His recipes differ
# from those above in more than that, so his figures have a table of their own.
#
# | figure | chapter | Nielsen |
# |---|---|---|
# | 784-100-10, the best of three runs | 1 | [[nielsen_100:.4f]] |
# | 784-30-10 | 1 | [[nielsen_30:.4f]] |
# | learning rate far too low, $\eta = 0.001$ | 1 | [[nielsen_slow:.4f]] |
# | learning rate far too high, $\eta = 100$ | 1 | [[nielsen_fast:.4f]] |
# | a guess from the average darkness | 1 | [[nielsen_darkness:.4f]], ours: [[mnist.darkness:.4f]] |
# | support vector machine | 1 | [[nielsen_svm:.4f]] |
# | dense | 6 | [[nielsen_dense:.4f]] |
# | one convolution | 6 | [[nielsen_one:.4f]] |
# | two convolutions | 6 | [[nielsen_two:.4f]] |
# | ReLU | 6 | [[nielsen_relu:.4f]] |
# | expanded data | 6 | [[nielsen_extended:.4f]] |
# | dropout | 6 | [[nielsen_dropout:.4f]] |
# | five dropout networks that vote | 6 | [[nielsen_ensemble:.4f]] |
#
# ## What is left out
#
# Of the figures that the sources print, these have no row here:
#
# - Settings and shapes. The lessons print them.
# - The dense article's ten outputs for one image after its 30 epochs, the largest of them [[article_right:.4f]].
# - Single steps of unseeded runs: the losses in the dense article's demonstration; the losses of *Introduction to PyTorch*
#   in NumPy between the first and the last; the outputs in *Introduction of Neural Networks* between the lowest and the
#   highest.
# - Roundings: *A Neural Net In Pytorch* gives "a 96% accuracy" for the test digits. Its notebook has the figure above.
#
# What these sources teach, and what we found when we ran their code: [About the sources](../about_the_sources.md).
