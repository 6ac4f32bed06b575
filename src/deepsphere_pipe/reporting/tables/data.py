"""The table of the data: what there is, how it was split, and what leaks from part to part."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from deepsphere_pipe.channels import CLASSES, EVENTS
from deepsphere_pipe.reporting.cells import ABSENT, measured, whole
from deepsphere_pipe.reporting.runs import Experiment, value_at
from deepsphere_pipe.reporting.tables.table import Table

WHERE = ("data", "sampling", "split")
PARTS = ("train", "validation", "test")
HOURS = ("3h", "6h", "24h")

CAPTION = (
    "One row for each sampling and split. Test maps near training: share of the test maps that "
    "have a training map of the same run within that time, which shows nearly the same weather. "
    "Share of a class: of the vertices of the test maps. Shift: greatest difference of a channel's "
    "mean from that of the published data, in standard deviations of that. "
    f"{ABSENT}: not recorded."
)


def data_table(experiments: Sequence[Experiment]) -> Table:
    """Return the table; the csv holds plain fractions."""
    first: dict[tuple, Experiment] = {}
    for each in experiments:
        described = (each.provenance[0].get(key) for key in WHERE)
        first.setdefault((*described, each.split_name), each)
    exact = pd.DataFrame([_row(each) for each in first.values()])
    shown: dict[str, pd.Series | list[str]] = {key: exact[key].fillna(ABSENT) for key in WHERE}
    shown |= {f"{part} maps": exact[f"{part}_maps"].map(whole) for part in PARTS}
    for hours in HOURS:
        shares = 100 * exact[f"near_training_{hours}"]
        shown[f"test maps near training, {hours} (%)"] = shares.map(measured)
    for name in EVENTS:
        shares = 100 * exact[f"share_{name.lower()}"]
        shown[f"share of {name} (%)"] = [measured(share, decimals=2) for share in shares]
    shown["shift"] = [
        ABSENT if np.isnan(value) else f"{measured(value, decimals=2)} ({channel})"
        for value, channel in zip(exact["mean_shift"], exact["shifted_channel"], strict=True)
    ]
    return Table("Data", exact, pd.DataFrame(shown), CAPTION, ["data"] * len(exact))


def _row(experiment: Experiment) -> dict[str, object]:
    source = experiment.provenance[0]
    row = {key: source.get(key) for key in (*WHERE, *(f"{part}_maps" for part in PARTS))}
    for hours in HOURS:
        share = value_at(source, "leakage_percent", hours)
        row[f"near_training_{hours}"] = np.nan if share is None else share / 100
    shares = np.full(len(CLASSES), np.nan)
    if experiment.has_tallies:
        shares = experiment.tallies[0].per_vertex.prevalence()
    row |= {f"share_{n.lower()}": s for n, s in zip(EVENTS, shares[1:], strict=True)}
    shift = value_at(source, "deviation_from_published", "mean_shift_in_std") or {}
    return row | {
        "mean_shift": shift.get("value", np.nan),
        "shifted_channel": shift.get("channel"),
    }
