"""A call of each function of `groundup.figures.minutes`."""

from collections.abc import Callable

from groundup.figures import Picture, minutes

TESTS = {"plain": ([0.01, 0.1, 1.0], [2.3, 0.5, 4.0]), "other": ([0.01, 0.1], [2.0, 0.3])}
ROWS = {"plain": [0.986, 0.987], "with batch normalisation": [0.990, 0.991]}

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "loss_over_rate": lambda: minutes.loss_over_rate(TESTS, chance=2.3),
    "rows_of_runs": lambda: minutes.rows_of_runs(ROWS, mark=0.99),
}
