"""Signals that ask a training to stop: noted at once, obeyed after the batch."""

import signal
import time
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)
IMPATIENCE_S = 2.0
"""A second signal after this time stops at once; one that comes sooner is an echo of the first."""


class Interrupted(Exception):
    """A training stopped because it was asked to, and can be continued.

    Attributes
    ----------
    number : int
        The signal.
    """

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number


class Interruption:
    """While entered, SIGTERM and SIGINT only set `number`.

    Attributes
    ----------
    number : int
        The signal that came, or 0.
    """

    def __init__(self) -> None:
        self.number = 0
        self._since = 0.0
        self._previous: dict[int, object] = {}

    def __enter__(self) -> "Interruption":
        for number in SIGNALS:
            self._previous[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if not self.number:
            self.number, self._since = number, time.monotonic()
        elif time.monotonic() - self._since > IMPATIENCE_S:
            handler = self._previous[number]
            if callable(handler):
                handler(number, frame)
            raise Interrupted(number, "interrupted at once; the last checkpoint is kept")
