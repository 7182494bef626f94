"""Figures that others published, each with where it stands; the site quotes them beside its own."""

from typing import NamedTuple


class Reported(NamedTuple):
    """A figure that others published; accuracies are fractions (0..1)."""

    figure: float
    source: str


def _all_from(source: str, *figures: float) -> list[Reported]:
    """Several figures from one place."""
    return [Reported(figure, source) for figure in figures]


ARTICLE = "nestedsoftware, PyTorch Image Recognition with Dense Network"
REPOSITORY = "README of the GitHub repository nestedsoftware/pytorch"
NIELSEN = "Michael Nielsen, Neural Networks and Deep Learning, chapter 1"
HELLO = "nestedsoftware, PyTorch Hello World, 15 August 2019"

DENSE_ARTICLE = Reported(0.9785, ARTICLE)
DENSE_DEMO = Reported(0.9796, f"{ARTICLE}, demo")
DENSE_REPOSITORY = Reported(0.9758, REPOSITORY)
DENSE_NIELSEN = Reported(0.9659, NIELSEN)

DENSE_STEP_100 = Reported(0.0797, ARTICLE)  # the loss of its 100th batch
LENGTH_ARTICLE = Reported(10_000, ARTICLE)  # what it shows as the number of its test digits
LR_ARTICLE = Reported(3.0, ARTICLE)
OUTPUT_ARTICLE = Reported(0.9998, ARTICLE)  # of the 7, for the first test image after training
ETA_NIELSEN = Reported(3.0, NIELSEN)
TRAINING_NIELSEN = Reported(50_000, NIELSEN)  # digits that he trains on
DARKNESS_NIELSEN = Reported(0.2225, NIELSEN)
# its page of calculations has it for the extended set
PIXEL_MEAN_REPOSITORY = Reported(0.1305, REPOSITORY)
PIXEL_STD_REPOSITORY = Reported(0.3081, REPOSITORY)

SEVEN = "Introduction to PyTorch, a notebook after Justin Johnson's examples; random data, no seed"

SEVEN_NUMPY_START = Reported(28_908_068.68, f"{SEVEN}; NumPy, step 0")
SEVEN_NUMPY_END = Reported(5.47e-8, f"{SEVEN}; NumPy, step 495")
SEVEN_UNCHANGED = Reported(688.365, f"{SEVEN}; nn, all five of its printed steps")
SEVEN_LOSSES = {  # at steps 99, 199, 299, 399, 499
    "tensors": _all_from(f"{SEVEN}; tensors", 1217.8, 24.06, 0.711, 0.0236, 0.00114),
    "autograd": _all_from(f"{SEVEN}; autograd", 1020.9, 11.47, 0.174, 0.00317, 0.000193),
    "Adam": _all_from(f"{SEVEN}; Adam", 53.15, 0.777, 0.00543, 2.9e-05, 7.0e-08),
    "module": _all_from(f"{SEVEN}; module", 2.48, 0.0439, 0.00186, 0.00011, 7.4e-06),
    "dynamic": _all_from(f"{SEVEN}; dynamic", 7.50, 5.20, 1.00, 0.431, 0.323),
}

HELLO_A2 = Reported(0.8506, HELLO)
HELLO_AFTER = {
    "w1": Reported(1.5814, HELLO),
    "b1": Reported(-0.1383, HELLO),
    "w2": Reported(2.4529, HELLO),
    "b2": Reported(-0.1062, HELLO),
    "a2": Reported(0.8515, HELLO),
}

CHAPTER_1 = {  # beside its main network, 784-100-10
    "784-30-10": Reported(0.9542, NIELSEN),
    "eta 0.001": Reported(0.2142, NIELSEN),
    "eta 100": Reported(0.0982, NIELSEN),
    "average darkness": DARKNESS_NIELSEN,
    "support vector machine": Reported(0.9435, NIELSEN),
}
NIELSEN_6 = "Michael Nielsen, Neural Networks and Deep Learning, chapter 6"
CHAPTER_6 = {
    "dense": Reported(0.9780, NIELSEN_6),
    "one convolution": Reported(0.9878, NIELSEN_6),
    "two convolutions": Reported(0.9906, NIELSEN_6),
    "ReLU": Reported(0.9923, NIELSEN_6),
    "expanded data": Reported(0.9937, NIELSEN_6),
    "dropout": Reported(0.9960, NIELSEN_6),
    "ensemble of five": Reported(0.9967, NIELSEN_6),
}

BLITZ = "[PyTorch] Tutorial(3) Introduction of Neural Networks; random input and target, no seed"

BLITZ_LOSS = Reported(0.579, BLITZ)
BLITZ_LOWEST = Reported(-0.13, f"{BLITZ}; the lowest of ten outputs")
BLITZ_HIGHEST = Reported(0.08, f"{BLITZ}; the highest of ten outputs")
BLITZ_BIAS_GRADIENT = _all_from(
    f"{BLITZ}; conv1.bias.grad", -0.0186, 0.0026, 0.0069, -0.0020, 0.0032, -0.0144
)

CLASSIFIER = "sgugger, A Neural Net In Pytorch, 16 March 2018"
# The article prints one of these figures, and "a 96% accuracy" on the test digits. The others stand
# in its notebook only, in the version that the repository began with.
CLASSIFIER_NOTEBOOK = f"notebook of {CLASSIFIER}"

CLASSIFIER_TRAIN = Reported(0.9623, f"{CLASSIFIER}; running accuracy of the last epoch")
CLASSIFIER_TRAIN_LOSS = Reported(0.1328, f"{CLASSIFIER_NOTEBOOK}; running loss of the last epoch")
CLASSIFIER_TEST = Reported(0.9603, CLASSIFIER_NOTEBOOK)
CLASSIFIER_TEST_LOSS = Reported(0.1358, CLASSIFIER_NOTEBOOK)
CLASSIFIER_MEAN = Reported(0.1307, f"{CLASSIFIER_NOTEBOOK}; it prints more digits")
CLASSIFIER_STD = Reported(0.3081, f"{CLASSIFIER_NOTEBOOK}; it prints more digits")
