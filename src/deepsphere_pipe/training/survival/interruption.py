"""Signals that ask a training to stop: noted at once, obeyed after the batch."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT)
IMPATIENCE_S = 2.0
"""A second signal after this time stops at once; one that comes sooner is an echo of the first."""


Handler = Callable[[int, FrameType | None], Any]


@contextmanager
def handle_signals(handler: Handler) -> Iterator[dict[int, Handler | int | None]]:
    """While entered, `SIGNALS` call the handler; yields what they called before."""
    previous: dict[int, Handler | int | None] = {
        number: signal.signal(number, handler) for number in SIGNALS
    }
    try:
        yield previous
    finally:
        for number, before in previous.items():
            signal.signal(number, before)


class Interrupted(Exception):
    """A training stopped because it was asked to, and can be continued.

    Attributes
    ----------
    number
        The signal.
    """

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number


class Interruption:
    """The signal that came.

    Attributes
    ----------
    number : int
        0 if none did.
    """

    number = 0


@contextmanager
def noted_signals() -> Iterator[Interruption]:
    """While entered, SIGTERM and SIGINT only set the number of what is yielded."""
    asked, since = Interruption(), 0.0

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal since
        if not asked.number:
            asked.number, since = number, time.monotonic()
        elif time.monotonic() - since > IMPATIENCE_S:
            handler = previous[number]
            if callable(handler):
                handler(number, frame)
            raise Interrupted(number, "interrupted at once; the last checkpoint is kept")

    with handle_signals(note) as previous:
        yield asked
