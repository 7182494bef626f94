"""A call of each function of `groundup.figures.silent_bugs` that draws."""

from collections.abc import Callable

from groundup.figures import Picture, silent_bugs

HEALTHY = [(1.0, 0.8), (0.5, 0.9), (0.3, 0.92)]
ILL = [(2.2, 0.3), (1.9, 0.5), (1.8, 0.6)]

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "loss_and_accuracy": lambda: silent_bugs.loss_and_accuracy(
        {"healthy": HEALTHY, "this code": ILL}, floor=1.46
    ),
    "repeated_measurements": lambda: silent_bugs.repeated_measurements(
        {"training mode": [0.84, 0.85, 0.86], "evaluation mode": [0.9, 0.9, 0.9]},
        xlabel="accuracy",
    ),
}
