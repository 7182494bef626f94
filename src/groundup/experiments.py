"""What the sources reported: figures quoted on the site beside the ones that it computes, each with where it stands."""

from typing import NamedTuple


class Reported(NamedTuple):
    """A figure that somebody else published; accuracies are fractions (0..1)."""

    figure: float
    source: str


ARTICLE = "nestedsoftware, PyTorch Image Recognition with Dense Network"
REPOSITORY = "README of the GitHub repository nestedsoftware/pytorch"
NIELSEN = "Michael Nielsen, Neural Networks and Deep Learning, chapter 1"
HELLO = "nestedsoftware, PyTorch Hello World, 15 August 2019"

DENSE_ARTICLE = Reported(0.9785, ARTICLE)
DENSE_DEMO = Reported(0.9796, f"{ARTICLE}, demo")
DENSE_REPOSITORY = Reported(0.9758, REPOSITORY)
DENSE_NIELSEN = Reported(0.9659, NIELSEN)

DENSE_STEP_100 = Reported(0.0797, ARTICLE)  # the loss of its 100th batch
LENGTH_ARTICLE = Reported(10_000, ARTICLE)  # what it shows as the number of its training digits
LR_ARTICLE = Reported(3.0, ARTICLE)
OUTPUT_ARTICLE = Reported(0.9998, ARTICLE)  # of the 7, for the first test image after training
ETA_NIELSEN = Reported(3.0, NIELSEN)
TRAINING_NIELSEN = Reported(50_000, NIELSEN)  # digits that he trains on
DARKNESS_NIELSEN = Reported(0.2225, NIELSEN)
PIXEL_MEAN_REPOSITORY = Reported(0.1305, REPOSITORY)
PIXEL_STD_REPOSITORY = Reported(0.3081, REPOSITORY)

SEVEN = "Introduction to PyTorch, a notebook after Justin Johnson's examples; random data, no seed"

SEVEN_NUMPY_START = Reported(28_908_068.68, f"{SEVEN}; NumPy, step 0")
SEVEN_NUMPY_END = Reported(5.47e-8, f"{SEVEN}; NumPy, step 495")
SEVEN_UNCHANGED = Reported(688.365, f"{SEVEN}; nn, all five of its printed steps")
SEVEN_EARLY = {  # the loss at step 99
    "tensors": Reported(1217.8, SEVEN),
    "autograd": Reported(1020.9, SEVEN),
    "Adam": Reported(53.15, SEVEN),
    "module": Reported(2.48, SEVEN),
    "dynamic": Reported(7.50, SEVEN),
}
SEVEN_LATE = {  # the loss at step 499
    "tensors": Reported(0.00114, SEVEN),
    "autograd": Reported(0.000193, SEVEN),
    "Adam": Reported(7.0e-8, SEVEN),
    "module": Reported(7.4e-6, SEVEN),
    "dynamic": Reported(0.323, SEVEN),
}

HELLO_A2 = Reported(0.8506, HELLO)
HELLO_AFTER = {
    "w1": Reported(1.5814, HELLO),
    "b1": Reported(-0.1383, HELLO),
    "w2": Reported(2.4529, HELLO),
    "b2": Reported(-0.1062, HELLO),
    "a2": Reported(0.8515, HELLO),
}
