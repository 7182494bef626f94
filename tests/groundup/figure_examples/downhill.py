"""A call of each function of `groundup.figures.downhill` that draws."""

from collections.abc import Callable

import numpy as np

from groundup.figures import Picture
from groundup.figures import downhill as drawings

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "descent_paths": lambda: drawings.descent_paths(
        np.add.outer(np.linspace(-1, 1, 5) ** 2, np.linspace(-2, 1, 7) ** 2) + 0.1,
        np.linspace(-2, 1, 7),
        np.linspace(-1, 1, 5),
        {"a": [[-1.5, 0.5], [0, 0]], "b": [[-1.5, 0.5], [5, 5]], "c": [[-1.5, 0.5]]},
        lowest=[0, 0],
    ),
    "falling_losses": lambda: drawings.falling_losses(
        {"a": [1.0, 0.1, 0.01], "b": [1.0, 0.5, 0.2]}, goal=0.3
    ),
}
