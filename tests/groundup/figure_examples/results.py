"""A call of each function of `groundup.figures.results`."""

from collections.abc import Callable

from groundup.figures import Picture, results

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "reported_and_ours": lambda: results.reported_and_ours(
        {"dense": 0.9758, "dropout": 0.9964},
        {"dense": [0.975, 0.977, 0.9765], "dropout": [0.9957]},
    ),
}
