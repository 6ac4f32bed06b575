"""The store as it was last packed, kept where no workflow removes it.

Snakemake removes the results of a step before it runs again. Maps of snapshots that have not
changed since are copied from here then, instead of being read and remapped once more.
"""

import os
import shutil
from pathlib import Path

from deepsphere_pipe.data.manifest import manifest_paths, read_manifest
from deepsphere_pipe.data.store_layout import StoreLayout


def kept_folder(out: Path) -> Path:
    """Return the hidden folder beside a store."""
    return out.with_name(f".{out.stem}.kept")


def keep(out: Path) -> None:
    """Give a finished store and its manifest second names, which take no room on the disk.

    Where the file system has no hard links nothing is kept.
    """
    folder = kept_folder(out)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir()
        for path in (out, *manifest_paths(out)):
            os.link(path, folder / path.name)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)


class KeptStore:
    """Maps that were packed from the same kind of source in the same way.

    Parameters
    ----------
    out, settings
        The store that is to be made, and what it is made with: nothing is taken from a store that
        was made with anything else.
    """

    def __init__(self, out: Path, settings: dict[str, object]) -> None:
        self._maps: dict[tuple[str, str], tuple[int, dict]] = {}
        self._file = -1
        store = kept_folder(out) / out.name
        try:
            content, files = read_manifest(store)
            if any(content.get(key) != value for key, value in settings.items()):
                return
            self.layout = StoreLayout.of(store)
            self._file = os.open(store, os.O_RDONLY)
            for index, row in enumerate(files.itertuples(index=False)):
                name, _, _, version, checksum, *counts = row
                record = {"version": version, "checksum": checksum, "counts": [*map(int, counts)]}
                self._maps[name, version] = index, record
        except (OSError, ValueError, KeyError):  # none, or a damaged one: all is packed anew
            self._maps = {}

    def __enter__(self) -> "KeptStore":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file >= 0:
            os.close(self._file)

    def copy(
        self, name: str, version: str, target: int, layout: StoreLayout, to: int
    ) -> dict | None:
        """Copy the map of a snapshot to place `to` of another file.

        Returns
        -------
        dict or None
            What the manifest says of it: ``checksum`` and ``counts``; None if it is not here.
        """
        if (name, version) not in self._maps:
            return None
        index, record = self._maps[name, version]
        self.layout.copy(self._file, index, target, layout, to)
        return record
