"""Signals that ask a training to stop: noted at once, obeyed after the batch."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

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
    """While entered, SIGTERM and SIGINT only set `number`.

    Attributes
    ----------
    number : int
        The signal that came, or 0.
    """

    def __init__(self) -> None:
        self.number = 0
        self._since = 0.0
        self._handling = handle_signals(self._note)

    def __enter__(self) -> Self:
        """Take the signals."""
        self._previous = self._handling.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the signals call what they called before."""
        self._handling.__exit__(kind, error, trace)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if not self.number:
            self.number, self._since = number, time.monotonic()
        elif time.monotonic() - self._since > IMPATIENCE_S:
            handler = self._previous[number]
            if callable(handler):
                handler(number, frame)
            raise Interrupted(number, "interrupted at once; the last checkpoint is kept")
