"""A call of each function of `groundup.figures.how_sure`."""

from collections.abc import Callable

from groundup.figures import Picture, how_sure

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "runs": lambda: how_sure.runs(
        {"raw": [9760, 9761, 9778, 9783], "normalised": [9755, 9769]},
        {"article": 9785, "demo": 9796},
    ),
    "mistakes_by_block": lambda: how_sure.mistakes_by_block([3, 0, 5, 2], block=100),
}
