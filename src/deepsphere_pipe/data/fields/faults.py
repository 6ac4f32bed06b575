"""What may be wrong with a map, by kinds, and what a user can do about each."""

from collections.abc import Iterable
from typing import NamedTuple

from deepsphere_pipe.errors import UserError

ADVICE = {
    "file": "Mend it or take it out, or set 'data.on_error: skip' to go on without.",
    "channel": "Mend the variable, or leave the channel out of 'data.channels'.",
    "units": "Convert the values, or correct the attribute 'units'.",
    "values": "Correct them, or mark missing values with the attribute '_FillValue'.",
    "missing": "Fill them, or leave such places out with 'data.missing: mask'.",
    "orientation": "Turn the values, or correct the coordinates.",
    "gap": "Add the times; or let it be: no window of several maps spans a gap.",
}
"""Kinds of faults."""


class Fault(NamedTuple):
    """One thing that is wrong with a map.

    Attributes
    ----------
    kind
        One of `ADVICE`.
    channel
        Its name, empty for what concerns the whole map.
    what
        A sentence without the name of the map.
    """

    kind: str
    channel: str
    what: str


def refuse(name: str, faults: Iterable[Fault]) -> None:
    """Raise UserError with the first of some faults of a map of this name, if there is any."""
    for fault in faults:
        raise UserError(f"{name}: {fault.what}")
