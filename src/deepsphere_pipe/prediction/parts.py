"""What is predicted so far: parts on disk, from which a prediction goes on after a kill."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from deepsphere_pipe.runtime.atomic import atomic_write

IDENTITY = "made_from.json"


def folder_of(out: Path) -> Path:
    """Return the folder of the parts of a file."""
    return out.with_name(f".{out.name}.parts")


class Parts:
    """Files of some maps each, in a hidden folder beside the file that they will become.

    Parameters
    ----------
    out
        That file.
    identity
        What all parts are made from: parts of anything else are thrown away.
    n_maps, size
        Maps in all, and in a part.
    """

    def __init__(self, out: Path, identity: object, n_maps: int, size: int) -> None:
        self.folder = folder_of(out)
        self.ranges = [range(at, min(at + size, n_maps)) for at in range(0, n_maps, size)]
        self._said = json.dumps([identity, n_maps, size])
        self._identity = self.folder / IDENTITY
        there = self._identity.is_file()
        if not there or self._identity.read_text(encoding="utf-8") != self._said:
            for of_others in [self._identity, *self.folder.glob("*.npz")]:
                of_others.unlink(missing_ok=True)

    def _file(self, number: int) -> Path:
        return self.folder / f"{number:06d}.npz"

    @property
    def missing(self) -> list[int]:
        """Numbers of the parts that are not there yet."""
        return [number for number in range(len(self.ranges)) if not self._file(number).is_file()]

    def save(self, number: int, found: np.ndarray, absent: np.ndarray) -> None:
        """Keep a part: probabilities (network, map, class, vertex), and what was missing."""
        if not self._identity.is_file():
            with atomic_write(self._identity) as temporary:
                temporary.write_text(self._said, encoding="utf-8")
        with atomic_write(self._file(number)) as temporary:
            np.savez(temporary, found=found, absent=np.packbits(absent, axis=1))

    def __iter__(self) -> Iterator[tuple[range, np.ndarray, np.ndarray]]:
        """Yield the maps of each part, probabilities, and where fields were missing."""
        for number, maps in enumerate(self.ranges):
            with np.load(self._file(number)) as part:
                found = part["found"]
                absent = np.unpackbits(part["absent"], axis=1, count=found.shape[-1]).astype(bool)
            yield maps, found, absent

    def remove(self) -> None:
        """Delete all parts."""
        shutil.rmtree(self.folder, ignore_errors=True)
