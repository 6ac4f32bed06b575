"""The table of where every run comes from: code, config, data, device, time and memory."""

from collections.abc import Sequence

import pandas as pd

from deepsphere_pipe.reporting.pages import ABSENT, whole
from deepsphere_pipe.reporting.table import Table
from deepsphere_pipe.reporting.tables.cells import duration
from deepsphere_pipe.reporting.tables.seeds import Seeds

COLUMNS = {
    "run": "run",
    "seed": "seed",
    "commit": "commit",
    "evaluation_commit": "commit of evaluation",
    "config_hash": "config",
    "manifest_sha256": "data manifest",
    "sphere": "sphere",
    "device": "device",
    "seconds": "training",
    "evaluation_device": "device of evaluation",
    "evaluation_seconds": "evaluation",
    "peak_memory_mb": "peak memory (MB)",
}
"""Keys of a run or of its provenance, and what pages call them."""

CAPTION = (
    "One row for each network and baseline. Commit: of the code that trained; a + says that files "
    "differed from it. Config: hash of all settings of the run. Data manifest: first digits of the "
    "SHA-256 of maps.manifest.json, which names what went into the maps. Training: time of all "
    f"epochs with their validation. {ABSENT}: not recorded, or not defined for a baseline."
)


def provenance_table(rows: Sequence[Seeds]) -> Table:
    """Return the table; the csv has whole hashes, and seconds."""
    runs = [run for seeds in rows for run in seeds.runs]
    exact = pd.DataFrame(
        [{key: run.get(key, run["provenance"].get(key)) for key in COLUMNS} for run in runs]
    )
    shown = exact.map(lambda value: ABSENT if pd.isna(value) else str(value))
    shown["manifest_sha256"] = shown["manifest_sha256"].str[:12]
    for key in ("seconds", "evaluation_seconds"):
        shown[key] = [duration(value) for value in exact[key].astype(float)]
    for key in ("seed", "peak_memory_mb"):
        shown[key] = [whole(value) for value in exact[key]]
    shown = shown.rename(columns=COLUMNS)
    return Table("Provenance", exact, shown, CAPTION, [run["kind"] for run in runs])
