"""The two directions of an axes, and how numbers lie along them."""

import math
from typing import Any

from .columns import column, rounded

__all__ = ["Direction", "direction_of", "unit_of"]

NAMES = {
    "x": ("x", "left", "right", "from x", "to x"),
    "y": ("y", "bottom", "top", "from y", "to y"),
}


def direction_of(name: str) -> str:
    """Name the direction that a column's numbers are measured along, by the column's name."""
    for direction, names in NAMES.items():
        if name in names:
            return direction
    return ""


def unit_of(item: dict[str, Any], name: str) -> str:
    """Say what a column is measured in parts of if not in units of the data, as `axes`; else ""."""
    unit = item.get(f"{name} of") or item.get(f"{direction_of(name)} of")
    return str(unit or "")


class Direction:
    """One direction of an axes: its limits, and how numbers are placed along it.

    Args:
        low: where it begins.
        high: where it ends.
        scale: matplotlib's name of it.
        axis: matplotlib's own, for scales that are neither linear nor logarithmic.
        cut: whether numbers far outside are cut off.
    """

    def __init__(
        self, low: float, high: float, scale: str = "linear", axis: Any = None, *, cut: bool = True
    ) -> None:
        self.axis = axis
        self.cut = cut
        self.log = scale == "log"
        # numbers on a scale of another kind (a color bar's) are given where it places them
        self.moved = scale not in ("linear", "log")
        self.limits = self.placed([low, high])
        self.extent = abs(self.limits[1] - self.limits[0])

    def placed(self, values: list[float]) -> list[float]:
        """Place numbers as they are compared."""
        if not self.moved:
            return values
        import numpy as np

        with np.errstate(all="ignore"):
            moved = self.axis.get_transform().transform(np.asarray(values, dtype=float))
        return [float(value) for value in moved]

    def column(self, values: list[float]) -> Any:
        """Sum up a column."""
        placed = self.placed(values)
        if self.cut:
            placed = [self._near(value) for value in placed]
        return column(placed, self.extent, log=self.log)

    def position(self, value: float) -> float | None:
        """Round one place that is already as it is compared."""
        extent = 0.0 if self.log else self.extent
        return rounded(value, extent)

    def _near(self, value: float) -> float:
        """The number itself, or where it is cut off: far out of the picture nobody sees it."""
        low, high = sorted(self.limits)
        if not math.isfinite(value):
            return math.nan
        if not self.log:
            return min(max(value, low - self.extent), high + self.extent)
        if value <= 0:
            return math.nan
        # as far out as the axis is long, in decades
        factor = high / low if low > 0 else math.inf
        return min(max(value, low / factor), high * factor)
