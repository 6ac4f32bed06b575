"""What went into a store, file by file, and what did not."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.data.sources.snapshot import Snapshot
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.runtime.provenance import commit

COLUMNS = ("file", "time", "run", "version", "checksum", *CLASSES, "unlabelled")


def manifest_paths(store: str | Path) -> tuple[Path, Path]:
    """Return the paths of the summary and the list of files that belong to a store."""
    store = Path(store)
    return store.with_suffix(".manifest.json"), store.with_suffix(".files.csv")


def write_manifest(
    store: str | Path,
    settings: dict[str, object],
    packed: Sequence[tuple[Snapshot, dict]],
    problems: dict[str, str],
) -> None:
    """Write ``maps.manifest.json`` and ``maps.files.csv`` beside a store ``maps.nc``.

    Parameters
    ----------
    store, settings
        The store, and what it was made with.
    packed
        Pairs (snapshot, record); a record has a checksum and counts: vertices of each class and
        without label.
    problems
        What was left out, and why.
    """
    summary, files = manifest_paths(store)
    counts = np.sum([record["counts"] for _, record in packed], axis=0)[: len(CLASSES)]
    frequencies = counts / max(counts.sum(), 1)
    times = [snapshot.time for snapshot, _ in packed]
    content = {
        **settings,
        "maps": len(packed),
        "runs": sorted({snapshot.run for snapshot, _ in packed}),
        "first_time": min(times).isoformat(),
        "last_time": max(times).isoformat(),
        "class_frequencies": dict(zip(CLASSES, frequencies.tolist(), strict=True)),
        "skipped": problems,
        "commit": commit(),
    }
    rows = [
        (s.name, s.time.isoformat(), s.run, s.version, record["checksum"], *record["counts"])
        for s, record in packed
    ]
    with atomic_write(files) as temporary:
        pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(temporary, index=False)
    with atomic_write(summary) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_manifest(store: str | Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return the summary and the list of files; raises OSError or ValueError without them."""
    summary, files = manifest_paths(store)
    content = json.loads(summary.read_text(encoding="utf-8"))
    return content, pd.read_csv(files, dtype=str, keep_default_na=False)


LOCAL_KEYS = ("input", "input_version", "made_from")
"""What differs between two people with the same data."""


def manifest_hash(store: str | Path) -> str | None:
    """Return the SHA-256 of what a store's manifest says, wherever its files lie; None without."""
    try:
        content = json.loads(manifest_paths(store)[0].read_text(encoding="utf-8"))
    except OSError:
        return None
    shared = {key: value for key, value in content.items() if key not in LOCAL_KEYS}
    return hashlib.sha256(json.dumps(shared, sort_keys=True).encode()).hexdigest()


PACKING = ("data", "sampling", "channels", "remapping", "label_remapping", "options", "code")
"""What decides, besides its file, what a map holds."""


def packed_from(store: str | Path) -> tuple[dict[str, object], list[str]]:
    """Return how the maps of a store were packed and the checksum of the file of each, in order.

    Both are empty for a store without manifest.
    """
    try:
        content, files = read_manifest(store)
        return {key: content.get(key) for key in PACKING}, files["checksum"].tolist()
    except (OSError, ValueError, KeyError):
        return {}, []
