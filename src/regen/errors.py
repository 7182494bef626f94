"""The exceptions for what a person must fix."""

__all__ = ["LineError", "RegenError"]


class RegenError(Exception):
    """Something a person must fix; the message says where, what was found, and what to do."""


class LineError(Exception):
    """What is wrong at one line of a file. Who knows the file makes a RegenError of it."""

    def __init__(self, line: int, what: str) -> None:
        """Note the line, from 1, and what was found, expected and to do."""
        super().__init__(line, what)
        self.line = line
        self.what = what
