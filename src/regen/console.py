"""Messages: written where that is possible, and never a reason to stop."""

import os
import sys
from typing import TextIO

__all__ = ["say"]


def say(text: object, stream: TextIO | None = None, *, end: str = "\n") -> None:
    """Write a message; what cannot be written, as on a full disk, is given up.

    Args:
        text: the message.
        stream: where to; the standard output, if it is None.
        end: what follows the text.
    """
    stream = stream or sys.stdout
    try:
        print(text, file=stream, end=end, flush=True)
    except OSError:
        # what could not be written must not fail again when the program ends
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
