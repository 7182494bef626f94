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
