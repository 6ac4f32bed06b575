"""What the networks cost: parameters, time and memory, with the device that it depends on."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.cells import ABSENT, duration, measured, rounded, whole
from deepsphere_pipe.reporting.runs import Experiment
from deepsphere_pipe.reporting.tables.captions import joined
from deepsphere_pipe.reporting.tables.published import Comparable, comparable, published_table
from deepsphere_pipe.reporting.tables.rows import Rows
from deepsphere_pipe.reporting.tables.table import Section, Table

COSTS = (
    ("inference (ms per map)", "inference_ms_per_map", "inference_ms_per_map", measured),
    ("batch", "inference_batch", "inference_batch", None),
    ("threads", "threads", "threads", None),
    ("inference on", "evaluation_device", "evaluation_device", None),
    ("training", "training_seconds", "seconds", duration),
    ("trained on", "device", "device", None),
    ("peak memory (MB)", "peak_memory_mb", "peak_memory_mb", rounded),
)
"""Columns for reading and of the csv, the key of the provenance, and how a number is shown."""


def size_and_speed_table(experiments: Sequence[Experiment]) -> Table:
    """Return the table of what the networks cost, without baselines; UserError if none is left."""
    networks = [each for each in experiments if not each.is_baseline]
    if not networks:
        raise UserError("a table of size and speed needs at least one network")
    rows = Rows(networks).parameters()
    for title, column, key, show in COSTS:
        if show is None:
            words = [joined(each.distinct("provenance", key)) for each in networks]
            of_csv = {column: [each or None for each in words]}
            rows.add(title, [each or ABSENT for each in words], **of_csv)
        else:
            rows.numbers(title, column, ("provenance", key), show)
    rows.epochs().seeds()
    table = rows.table(
        "Size and speed",
        "Inference: time that the network takes for one map, in batches of that many maps with "
        "that many threads; training: until its end, with validation; peak memory: of the training "
        "process.",
    )
    theirs, section = _published(comparable(networks))
    exact = pd.concat([table.exact, theirs], ignore_index=True)
    return replace(table, exact=exact, section=section)


def _published(verdict: Comparable) -> tuple[pd.DataFrame, Section]:
    """Return the published rows, for the csv and in a section: nobody has their hardware."""
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
        "training": theirs["training_hours"].map("{:g} h".format),
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
    return pd.DataFrame(of_csv), Section(heading, pd.DataFrame(shown), note)
