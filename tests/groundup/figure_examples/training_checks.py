"""A call of each function of `groundup.figures.training_checks` that draws."""

from collections.abc import Callable

import numpy as np

from groundup.figures import Picture, training_checks

NUMBERS = np.linspace(0.001, 1.5, 60)
ZEROS = np.zeros(60)

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "activations": lambda: training_checks.activations(
        {"ReLU": [NUMBERS, NUMBERS**2], "ReLU, too fast": [NUMBERS, ZEROS]}
    ),
    "gradients": lambda: training_checks.gradients(
        {"ReLU": [NUMBERS, NUMBERS**2], "ReLU, too fast": [NUMBERS, ZEROS]}
    ),
}
