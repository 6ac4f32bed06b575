"""The table of where every run comes from: code, config, data, node, device, time and memory."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from deepsphere_pipe.reporting.cells import ABSENT, duration, whole
from deepsphere_pipe.reporting.runs import Experiment
from deepsphere_pipe.reporting.tables.table import Table

COLUMNS = {
    "run": "run",
    "seed": "seed",
    "commit": "commit",
    "evaluation_commit": "commit of evaluation",
    "config_hash": "config",
    "manifest_sha256": "data manifest",
    "sphere": "sphere",
    "node": "node",
    "job": "job",
    "device": "device",
    "driver": "driver",
    "seconds": "training",
    "wall_seconds": "wall time",
    "sessions": "sessions",
    "evaluation_node": "node of evaluation",
    "evaluation_job": "job of evaluation",
    "evaluation_device": "device of evaluation",
    "evaluation_seconds": "evaluation",
    "peak_memory_mb": "peak memory (MB)",
}
"""Keys of a run or of its provenance, and what pages call them."""

CAPTION = (
    "One row for each network and baseline. Commit: of the code that trained; a + says that files "
    "differed from it. Config: hash of all settings of the run. Data manifest: first digits of the "
    "SHA-256 of maps.manifest.json, but for where the files lie. Node and job: where it "
    "was trained, and as which job of a scheduler; several if it was stopped and went on "
    "elsewhere. Driver: of NVIDIA. Training: time of all epochs with their validation. Wall time: "
    "of all sessions, from the start of each to its end or last checkpoint; sessions: how often "
    "the training was started and came to a checkpoint. Peak memory: of the GPU, or on a CPU of "
    f"the first process. {ABSENT}: not recorded, or not defined for a baseline."
)


def provenance_table(experiments: Sequence[Experiment]) -> Table:
    """Return the table; the csv has whole hashes, and seconds."""
    runs = [run.scores for each in experiments for run in each.runs]
    exact = pd.DataFrame([_row(run) for run in runs])
    shown = exact.map(lambda value: ABSENT if pd.isna(value) else str(value))
    shown["manifest_sha256"] = shown["manifest_sha256"].str[:12]
    for key in ("seconds", "wall_seconds", "evaluation_seconds"):
        shown[key] = [duration(value) for value in exact[key].astype(float)]
    for key in ("seed", "sessions", "peak_memory_mb"):
        shown[key] = [whole(value) for value in exact[key]]
    shown = shown.rename(columns=COLUMNS)
    return Table("Provenance", exact, shown, CAPTION, [run["kind"] for run in runs])


def _row(run: dict[str, Any]) -> dict[str, object]:
    provenance = run["provenance"]
    row = {key: run.get(key, provenance.get(key)) for key in COLUMNS}
    scored_at = provenance.get("evaluation_place") or {}
    row |= {f"evaluation_{key}": scored_at.get(key) for key in ("node", "job")}
    sessions = provenance.get("sessions")
    if not sessions:
        return row | dict.fromkeys(("node", "job", "driver", "wall_seconds", "sessions"))
    for key in ("node", "job", "driver"):
        found = dict.fromkeys(session[key] for session in sessions)
        row[key] = ", ".join(filter(None, found)) or None
    row["wall_seconds"] = sum(session["wall_seconds"] for session in sessions)
    row["sessions"] = len(sessions)
    peaks = [session["peak_memory_mb"] for session in sessions]
    return row | {"peak_memory_mb": max(peaks)}
