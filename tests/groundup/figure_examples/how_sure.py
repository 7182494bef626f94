"""A call of each function of `groundup.figures.how_sure`."""

from collections.abc import Callable

from groundup.figures import Picture, how_sure

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "runs_of_one_recipe": lambda: how_sure.runs_of_one_recipe(
        [0.976, 0.9761, 0.978], {"reported": 0.9785}
    ),
    "beside_the_reported": lambda: how_sure.beside_the_reported(
        {"dense": [0.975, 0.977]}, {"dense": 0.9758, "dropout": 0.9964}, total=10_000
    ),
}
