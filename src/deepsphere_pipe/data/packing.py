"""A store under construction: maps are written in any order, and a kill loses seconds of work."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from deepsphere_pipe.data.kept_store import KeptStore
from deepsphere_pipe.data.sources.snapshot import Snapshot
from deepsphere_pipe.data.store_layout import StoreLayout
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.atomic import atomic_write

SECONDS_BETWEEN_RECORDS = 5.0


class PartialStore:
    """Maps that are written under a hidden name until all are there.

    Beside the hidden file lies a journal, one JSON line per finished map. A line is added only
    after the map has reached the disk, so that what the journal names survives a kill and a power
    cut alike. Use it as a context manager.

    Parameters
    ----------
    out
        The store that will be.
    plan
        Fingerprint of everything that determines the content. What lies there of another plan is
        thrown away.
    allocate
        Writes an empty store to a path and returns its layout.

    Attributes
    ----------
    path, layout
        Of the hidden file.
    records
        What the journal says of each finished map.

    Raises
    ------
    UserError
        If another process is at work on the same store.
    """

    def __init__(self, out: Path, plan: str, allocate: Callable[[Path], StoreLayout]) -> None:
        self.out = out
        out.parent.mkdir(parents=True, exist_ok=True)
        self.path = out.with_name(f".{out.name}.partial")
        self._journal_path = out.with_name(f".{out.name}.journal")
        self._journal = self._journal_path.open("a+b")
        try:
            fcntl.flock(self._journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._journal.close()
            raise UserError(
                f"{out}: another process is preparing it; wait for it or end it first."
            ) from None
        self.records: dict[int, dict] = {}
        self._pending: list[dict] = []
        if not self._resume(plan):
            self._journal.truncate(0)
            self.path.unlink(missing_ok=True)
            self.layout = allocate(self.path)
            self._append([{"plan": plan, **asdict(self.layout)}])
        self._file = os.open(self.path, os.O_RDWR)
        self._recorded = time.monotonic()

    def _resume(self, plan: str) -> bool:
        """Read the journal up to its last whole line; say whether it is of this plan."""
        self._journal.seek(0)
        content = self._journal.read()
        content = content[: content.rfind(b"\n") + 1]
        try:
            head, *lines = map(json.loads, content.splitlines())
            if head.pop("plan") != plan or not self.path.exists():
                return False
            self.layout = StoreLayout(**head)
            self.records = {line["map"]: line for line in lines}
        except (ValueError, KeyError, TypeError):
            return False
        self._journal.truncate(len(content))
        return True

    def __enter__(self) -> "PartialStore":
        return self

    def __exit__(self, *_: object) -> None:
        self._record()
        os.close(self._file)
        self._journal.close()

    def add(self, record: dict) -> None:
        """Note that map ``record["map"]`` has been written to the hidden file."""
        self._pending.append(record)
        if time.monotonic() > self._recorded + SECONDS_BETWEEN_RECORDS:
            self._record()

    def take(self, before: KeptStore, index: int, snapshot: Snapshot) -> dict | None:
        """Return the record of a map that is here, or in the store that there was: else None."""
        if (record := self.records.get(index)) and record["version"] == snapshot.version:
            return record
        found = before.copy(snapshot.name, snapshot.version, self._file, self.layout, index)
        if found is None:
            return None
        self.add({"map": index, **found})
        return found

    def _record(self) -> None:
        if self._pending:
            os.fdatasync(self._file) if hasattr(os, "fdatasync") else os.fsync(self._file)
            self._append(self._pending)
            self.records |= {record["map"]: record for record in self._pending}
            self._pending = []
        self._recorded = time.monotonic()

    def _append(self, lines: list[dict]) -> None:
        self._journal.write(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
        self._journal.flush()
        os.fsync(self._journal.fileno())

    def finish(self, kept: Sequence[int], allocate: Callable[[Path], StoreLayout]) -> None:
        """Give the store its name.

        Unless the maps that are `kept` are all, they are copied in their order into a shorter
        file, which `allocate` writes for just these.
        """
        self._record()
        if len(kept) == self.layout.n_maps:
            self.path.replace(self.out)
        else:
            with atomic_write(self.out) as shorter:
                layout = allocate(shorter)
                with shorter.open("r+b") as file:
                    for to, index in enumerate(kept):
                        self.layout.copy(self._file, index, file.fileno(), layout, to)
            self.path.unlink()
        self._journal_path.unlink()
