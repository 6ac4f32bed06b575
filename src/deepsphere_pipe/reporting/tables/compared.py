"""Tables that compare what a study has several of: samplings, networks in time, weights, splits."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from deepsphere_pipe.config.comparisons import weighting_groups
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.tables.captions import UNDEFINED, identity, origin
from deepsphere_pipe.reporting.tables.cells import measured, points
from deepsphere_pipe.reporting.tables.scores import (
    ACCURACY,
    AP,
    AREA_AP,
    AREA_MEAN_AP,
    EVENTS,
    MEAN_ACCURACY,
    MEAN_AP,
    add_parameters,
    add_seeds,
    column_name,
    measures,
)
from deepsphere_pipe.reporting.tables.seeds import Seeds, mean_and_deviation, value_at
from deepsphere_pipe.reporting.tables.table import Table

BY_AREA = {
    **AREA_MEAN_AP,
    **AREA_AP,
    "mean accuracy by area": ("by_area", "mean_accuracy"),
    **{f"IoU {name} by area": ("by_area", "classes", name, "iou") for name in EVENTS},
}
WINDOWS = {"none": "last map only"}
"""What the values of `model.temporal` are called where they do not say it themselves."""


def samplings_compared_table(rows: Sequence[Seeds]) -> Table:
    """Return scores by area of every experiment on every sampling.

    Raises
    ------
    UserError
        If there is one sampling only.
    """
    if len({seeds.sampling_name for seeds in rows}) < 2:
        raise UserError("the runs are on one sampling; there is nothing to compare")
    exact, shown = identity(rows)
    of_csv, of_page = measures(rows, BY_AREA)
    exact, shown = exact.join(of_csv), shown.join(of_page)
    add_seeds(rows, exact, shown)
    caption = (
        f"{origin(rows)} Scores on the test maps in percent, by area: a vertex counts as much as "
        "the area of its cell, so that samplings with unequal cells compare. The labels are those "
        "of each sampling, so small events may be lost on one and not on another. "
        f"{UNDEFINED}"
    )
    return Table("Samplings compared", exact, shown, caption, list(exact["kind"]))


def temporal_compared_table(rows: Sequence[Seeds]) -> Table:
    """Return static networks beside those that see the past.

    Raises
    ------
    UserError
        If there are not both.
    """
    networks = [seeds for seeds in rows if seeds.config]
    variants = [value_at(seeds.config, "model", "temporal") or "none" for seeds in networks]
    if "none" not in variants or len(set(variants)) < 2:
        raise UserError("a comparison in time needs static and temporal networks")
    exact, shown = identity(networks)
    exact["temporal"] = variants
    shown["sees"] = [WINDOWS.get(variant, variant) for variant in variants]
    add_parameters(networks, exact, shown)
    of_csv, of_page = measures(networks, {**MEAN_AP, **AP, **ACCURACY, **MEAN_ACCURACY})
    exact, shown = exact.join(of_csv), shown.join(of_page)
    pairs = [mean_and_deviation(s.values("provenance", "inference_ms_per_map")) for s in networks]
    exact["inference_ms_per_map"] = [mean for mean, _ in pairs]
    shown["inference (ms per map)"] = [measured(*pair) for pair in pairs]
    add_seeds(networks, exact, shown)
    caption = (
        f"{origin(networks)} Scores on the test maps in percent, all on the last maps of the same "
        "windows. Static networks see the last map only; 'stacked' has the maps of the window on "
        "the channel axis, 'lstm' and 'conv_lstm' bring them together at the coarsest level. "
        f"{UNDEFINED}"
    )
    kinds = ["static" if variant == "none" else "temporal" for variant in variants]
    return Table("Networks in time compared", exact, shown, caption, kinds)


def weighting_compared_table(rows: Sequence[Seeds]) -> Table:
    """Return networks that differ in nothing but the weights of the classes in the loss.

    Below the weighted ones stands how much they gain on the one without weights.

    Raises
    ------
    UserError
        If there are none.
    """
    networks = [seeds for seeds in rows if seeds.config]
    groups = weighting_groups(seeds.config for seeds in networks)
    if not groups:
        raise UserError("no two experiments differ in their class weights only")
    columns = {**MEAN_AP, **AP, **ACCURACY, **MEAN_ACCURACY}
    ordered: list[Seeds] = []
    reference: list[int | None] = []
    for group in groups:
        for place in dict.fromkeys((s.sampling_name, s.split_name) for s in networks):
            here = [s for s in networks if (s.sampling_name, s.split_name) == place]
            members = [s for name in group for s in here if s.experiment == name]
            first = len(ordered)
            ordered += members
            reference += [None if seeds is members[0] else first for seeds in members]
    exact, shown = identity(ordered)
    weights = [_weights(seeds) for seeds in ordered]
    exact.insert(1, "class_weights", weights)
    shown.insert(1, "class weights", weights)
    return _with_gains(
        "Weighted and non-weighted losses",
        ordered,
        exact,
        shown,
        columns,
        reference,
        f"{origin(ordered)} Scores on the test maps in percent. Networks of a group differ in "
        "nothing but the weights of the classes in the loss; difference: to the first of the "
        "group, in points. Weights find more of the rare classes (accuracy) at the cost of false "
        f"alarms, which average precision counts. {UNDEFINED}",
    )


def leakage_cost_table(rows: Sequence[Seeds]) -> Table:
    """Return how much higher a network scores on a split that leaks.

    The split of each network with the least leakage comes first; below the others stands the
    difference to it.

    Raises
    ------
    UserError
        If there is one split only.
    """
    if len({seeds.split_name for seeds in rows}) < 2:
        raise UserError("the runs are on one split; there is nothing to compare")
    columns = {**MEAN_AP, **AP, **MEAN_ACCURACY}
    ordered: list[Seeds] = []
    reference: list[int | None] = []
    for key in dict.fromkeys((s.kind, s.experiment, s.sampling_name) for s in rows):
        members = [s for s in rows if (s.kind, s.experiment, s.sampling_name) == key]
        members.sort(key=lambda seeds: list(_leakage(seeds).values()))
        first = len(ordered)
        ordered += members
        reference += [None if seeds is members[0] else first for seeds in members]
    exact, shown = identity(ordered)
    for hours in dict.fromkeys(hours for seeds in ordered for hours in _leakage(seeds)):
        shares = [_leakage(seeds).get(hours, np.nan) for seeds in ordered]
        exact[f"leakage_{hours}_percent"] = shares
        shown[f"leakage {hours} (%)"] = [measured(share) for share in shares]
    return _with_gains(
        "The cost of leakage",
        ordered,
        exact,
        shown,
        columns,
        reference,
        f"{origin(ordered)} Scores on the test maps in percent. Leakage: share of the test maps "
        "with a training map of the same run so few hours away. Difference: to the split with the "
        "least leakage, in points; so much of a score may come from near twins of the test maps, "
        f"though the test maps differ too. {UNDEFINED}",
    )


def _with_gains(
    title: str,
    rows: Sequence[Seeds],
    exact: pd.DataFrame,
    shown: pd.DataFrame,
    columns: Mapping[str, Sequence[str]],
    reference: Sequence[int | None],
    caption: str,
) -> Table:
    """Add scores to what tells rows apart, and differences below each row with a reference."""
    of_csv, of_page = measures(rows, columns)
    exact, shown = exact.join(of_csv), shown.join(of_page)
    add_seeds(rows, exact, shown)
    titles = {title: column_name(keys) for title, keys in columns.items()}
    for name in titles.values():
        values = exact[name].to_numpy()
        exact[f"{name}_difference"] = [
            np.nan if to is None else values[number] - values[to]
            for number, to in enumerate(reference)
        ]
    lines, kinds = [], []
    for number, to in enumerate(reference):
        lines.append(shown.iloc[number].to_dict())
        # Rows that belong together are of one kind: a rule parts them from the next.
        kinds.append(f"group-{number if to is None else to}")
        if to is not None:
            gains = {t: points(exact[f"{name}_difference"][number]) for t, name in titles.items()}
            lines.append({"experiment": "difference", **gains})
            kinds.append("difference")
    text = pd.DataFrame(lines, columns=shown.columns).fillna("")
    return Table(title, exact, text, caption, kinds)


def _weights(seeds: Seeds) -> str:
    weights = value_at(seeds.config, "training", "class_weights") or "none"
    if isinstance(weights, str):
        return weights
    return ", ".join(f"{name} {weight:g}" for name, weight in weights.items())


def _leakage(seeds: Seeds) -> dict[str, float]:
    return seeds.provenance[0].get("leakage_percent") or {}
