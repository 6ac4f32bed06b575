"""The published tables of climate event segmentation, and when ours may stand beside them.

The files ``published_*.csv`` hold the three tables of the appendix on climate event segmentation
of Defferrard et al., "DeepSphere: a graph-based spherical CNN", ICLR 2020 (arXiv:2012.15000), the
first two of which its main table sums up: scores in per cent, deviations over five runs.

A network is measured by them only if it saw the same data, drawn as the authors drew it: the
whole archive of Jiang et al. (2019), in single maps. Anything smaller that comes in the same
format, or the same data split otherwise, is something else.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd

from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.reporting.reading import published
from deepsphere_pipe.reporting.runs import Experiment, value_at

SOURCE = (
    "Published: Defferrard et al. (2020), DeepSphere, arXiv:2012.15000, tables of climate event "
    "segmentation; theirs are means of five runs where they have a deviation."
)
ARCHIVE: dict[str, Any] = {
    "title": "CAM5 snapshots of the UGSCNN archive (icosahedral level 5",
    "sampling": "icosahedral-level5-",
    "maps": 62738,
    "runs": [1, 2, 3, 4, 6],
    "years": ("2106", "2115"),
}
"""What is known of the data of the paper, and how its title begins; a few maps may be damaged."""
MIN_SHARE = 0.99
MAX_DEVIATION = 0.1
"""Of a channel's statistics from those of the archive, relative to its standard deviation."""
RANDOM, LISTS = "random by map", "by lists"
"""How the descriptions of splits begin that may be like the published one."""
MIN_RANDOM_LEAKAGE = 80.0
"""Per cent of test maps with a training map 3 h away; in the published lists it is 89."""
BAND_POINTS = 3.0
BAND_DEVIATIONS = 2.0
KERNEL_SIZE = 4
"""Chebyshev coefficients of a published filter: the polynomials are of order 3."""


class Comparable(Enum):
    """Whether the published numbers are a measure of ours, and what to write above them."""

    YES = "Published, on the same data"
    OTHER_SPLIT = "Published, on the same data with a random split: not comparable"
    NO = "Published, on other data: not comparable"


def comparable(experiments: Sequence[Experiment]) -> Comparable:
    """Tell what the published numbers are to experiments at best, from their provenance alone."""
    verdicts = {_verdict(source) for each in experiments for source in each.provenance}
    return next(verdict for verdict in Comparable if verdict in verdicts)


def _verdict(source: Mapping) -> Comparable:
    # Where the provenance does not tell all of it, it is not proven.
    summary = source.get("data_summary") or {}
    times = [str(summary.get(key, "")) for key in ("first_time", "last_time")]
    archive = (
        str(source.get("data", "")).startswith(ARCHIVE["title"])
        and str(source.get("sampling", "")).startswith(ARCHIVE["sampling"])
        and MIN_SHARE * ARCHIVE["maps"] <= (summary.get("maps") or 0) <= ARCHIVE["maps"]
        and summary.get("runs") == ARCHIVE["runs"]
        and [time[:4] for time in times] == list(ARCHIVE["years"])
        and set(summary.get("channels") or ()) == set(CHANNEL_NAMES)
        and _has_its_statistics(source)
    )
    if not archive:
        return Comparable.NO
    split = str(source.get("split", ""))
    leakage = value_at(source, "leakage_percent", "3h") or 0
    random = split.startswith(RANDOM) or (split.startswith(LISTS) and leakage > MIN_RANDOM_LEAKAGE)
    return Comparable.YES if random else Comparable.OTHER_SPLIT


def _has_its_statistics(source: Mapping) -> bool:
    """Tell whether the channels have the published means and deviations, within rounding."""
    deviation = source.get("deviation_from_published") or {}
    shift, least, greatest = (
        value_at(deviation, name, "value")
        for name in ("mean_shift_in_std", "least_std_ratio", "greatest_std_ratio")
    )
    if None in (shift, least, greatest):
        return False
    return shift < MAX_DEVIATION and abs(least - 1) < MAX_DEVIATION > abs(greatest - 1)


def published_table(name: str) -> pd.DataFrame:
    """Return a published table: "accuracy", "average_precision" or "size_and_speed"."""
    table = published(f"published_{name}.csv", __package__)
    text = [column for column in ("preset", "class_weights", "note") if column in table]
    return table.astype(dict.fromkeys(text, "object")).fillna(dict.fromkeys(text, ""))


def counterpart(experiment: Experiment, table: pd.DataFrame) -> pd.Series | None:
    """Return the published row of the same architecture and weighting, if ours is measured by it.

    Only networks of single maps that were trained with the cross-entropy have one, and only on
    the data of the paper.
    """
    config = experiment.config or {}
    weights = value_at(config, "training", "class_weights")
    alike = (
        all(_verdict(source) is Comparable.YES for source in experiment.provenance)
        and isinstance(weights, str)
        and (value_at(config, "model", "temporal") or "none") == "none"
        and (value_at(config, "training", "loss") or "cross_entropy") == "cross_entropy"
        and not value_at(config, "training", "area_weights")
    )
    preset = value_at(config, "model", "preset") or "none"
    found = table[(table["preset"] == preset) & (table["class_weights"] == weights)]
    return found.iloc[0] if alike and len(found) else None


def band(deviation: float) -> float:
    """Return how far from a published score ours may lie, in points.

    Parameters
    ----------
    deviation
        The published standard deviation in points, NaN if there is none.
    """
    return max(BAND_POINTS, 0.0 if np.isnan(deviation) else BAND_DEVIATIONS * deviation)
