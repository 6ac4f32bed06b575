"""What the verbs know of the person or the log that they talk to."""

import sys


def at_terminal() -> bool:
    """Return whether a person looks on: progress bars are for people; a log gets single lines."""
    return sys.stderr.isatty()
