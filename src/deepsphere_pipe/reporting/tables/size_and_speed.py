"""What the networks cost: parameters, time and memory, with the device that it depends on."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.tables.captions import UNDEFINED, identity, joined, origin
from deepsphere_pipe.reporting.tables.cells import duration, measured
from deepsphere_pipe.reporting.tables.markup import ABSENT, whole
from deepsphere_pipe.reporting.tables.published import Comparable, comparable, published_table
from deepsphere_pipe.reporting.tables.scores import add_epochs, add_parameters, add_seeds
from deepsphere_pipe.reporting.tables.seeds import Seeds, mean_and_deviation
from deepsphere_pipe.reporting.tables.table import Apart, Table


def _megabytes(mean: float, deviation: float = np.nan) -> str:
    return measured(mean, deviation, 0)


COSTS = (
    ("inference_ms_per_map", "inference (ms per map)", "inference_ms_per_map", measured),
    ("inference_batch", "batch", "inference_batch", None),
    ("threads", "threads", "threads", None),
    ("evaluation_device", "inference on", "evaluation_device", None),
    ("training_seconds", "training", "seconds", duration),
    ("device", "trained on", "device", None),
    ("peak_memory_mb", "peak memory (MB)", "peak_memory_mb", _megabytes),
)
"""Columns of the csv and of the page, the key of the provenance, and how a number is shown."""


def size_and_speed_table(rows: Sequence[Seeds]) -> Table:
    """Return the table of what the networks cost; baselines are left out.

    Raises
    ------
    UserError
        If there is no network.
    """
    networks = [seeds for seeds in rows if seeds.kind == "network"]
    if not networks:
        raise UserError("a table of size and speed needs at least one network")
    exact, shown = identity(networks)
    add_parameters(networks, exact, shown)
    for column, title, key, show in COSTS:
        if show is None:
            told = [joined(seeds.told("provenance", key)) for seeds in networks]
            exact[column] = [each or None for each in told]
            shown[title] = [each or ABSENT for each in told]
        else:
            pairs = [mean_and_deviation(seeds.values("provenance", key)) for seeds in networks]
            exact[column] = [mean for mean, _ in pairs]
            exact[f"{column}_sd"] = [deviation for _, deviation in pairs]
            shown[title] = [show(*pair) for pair in pairs]
    add_epochs(networks, exact, shown)
    add_seeds(networks, exact, shown)
    caption = (
        f"{origin(networks)} Inference: time that the network takes for one map, in batches of "
        "that many maps with that many threads; training: until its end, with validation; peak "
        f"memory: of the training process. {UNDEFINED}"
    )
    kinds = list(exact["kind"])
    of_csv, apart = _published(comparable(networks))
    exact = pd.concat([exact, of_csv], ignore_index=True)
    return Table("Size and speed", exact, shown, caption, kinds, apart)


def _published(verdict: Comparable) -> tuple[pd.DataFrame, Apart]:
    """Return the published rows, for the csv and apart: nobody has their hardware."""
    theirs = published_table("size_and_speed")
    of_csv = {
        "experiment": theirs["model"],
        "kind": "published",
        "parameters": theirs["parameters"],
        "inference_ms_per_map": theirs["inference_ms"],
        "training_seconds": 3600 * theirs["training_hours"],
    }
    shown = {
        "published": theirs["model"],
        "parameters": theirs["parameters"].map(whole),
        "inference (ms per map)": theirs["inference_ms"].map("{:g}".format),
        "training": [f"{hours:g} h" for hours in theirs["training_hours"]],
        "note": theirs["note"],
    }
    heading = "Published, on other hardware"
    if verdict is Comparable.NO:
        heading = "Published, on other data and hardware: not comparable"
    note = (
        "Published: Defferrard et al. (2020), DeepSphere, arXiv:2012.15000, table of size and "
        "speed of climate event segmentation, on their GPU. By our count, their numbers of "
        "parameters do not follow from the layers that they list."
    )
    return pd.DataFrame(of_csv), Apart(heading, pd.DataFrame(shown), note)
