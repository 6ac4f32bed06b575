"""Tables that compare what a study has several of: samplings, networks in time, weights, splits."""

from collections.abc import Iterable, Sequence

import numpy as np

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.runs import Experiment, value_at
from deepsphere_pipe.reporting.tables.cells import measured
from deepsphere_pipe.reporting.tables.registry import weighting_groups
from deepsphere_pipe.reporting.tables.rows import Rows
from deepsphere_pipe.reporting.tables.scores import (
    AP,
    AREA_AP,
    AREA_IOU,
    AREA_MEAN_AP,
    AREA_MEAN_RECALL,
    MEAN_AP,
    MEAN_RECALL,
    RECALL,
)
from deepsphere_pipe.reporting.tables.table import Table

NETWORK_SCORES = [MEAN_AP, *AP, *RECALL, MEAN_RECALL]
VARIANT_TITLES = {"none": "last map only"}
"""What the values of `model.temporal` are called where they do not say it themselves."""


def samplings_compared_table(experiments: Sequence[Experiment]) -> Table:
    """Return scores by area of every experiment on every sampling.

    Raises
    ------
    UserError
        If there is one sampling only.
    """
    if len({each.sampling_name for each in experiments}) < 2:
        raise UserError("the runs are on one sampling; there is nothing to compare")
    rows = Rows(experiments)
    rows.scores([AREA_MEAN_AP, *AREA_AP, AREA_MEAN_RECALL, *AREA_IOU]).seeds()
    return rows.table(
        "Samplings compared",
        "Scores on the test maps in percent, by area: a vertex counts as much as the area of its "
        "cell, so that samplings with unequal cells compare. The labels are those of each "
        "sampling, so small events may be lost on one and not on another.",
    )


def temporal_compared_table(experiments: Sequence[Experiment]) -> Table:
    """Return static networks and those that see the past.

    Raises
    ------
    UserError
        If there are not both.
    """
    networks = [each for each in experiments if each.config]
    variants = [value_at(each.config, "model", "temporal") or "none" for each in networks]
    if "none" not in variants or len(set(variants)) < 2:
        raise UserError("a comparison in time needs static and temporal networks")
    rows = Rows(networks)
    rows.add("sees", [VARIANT_TITLES.get(each, each) for each in variants], temporal=variants)
    rows.parameters().scores(NETWORK_SCORES)
    time = "inference_ms_per_map"
    rows.numbers("inference (ms per map)", time, ("provenance", time), measured).seeds()
    return rows.table(
        "Networks in time compared",
        "Scores on the test maps in percent, all on the last maps of the same windows. Static "
        "networks see the last map only; 'stacked' has the maps of the window on the channel axis, "
        "'lstm' and 'conv_lstm' bring them together at the coarsest level.",
        ["static" if variant == "none" else "temporal" for variant in variants],
    )


def weighting_compared_table(experiments: Sequence[Experiment]) -> Table:
    """Return networks that differ in nothing but the weights of the classes in the loss.

    Below the weighted ones stands how much they gain on the one without weights.

    Raises
    ------
    UserError
        If there are none.
    """
    networks = [each for each in experiments if each.config]
    groups = weighting_groups(each.config for each in networks if each.config)
    if not groups:
        raise UserError("no two experiments differ in their class weights only")
    by_data: dict[tuple, list[Experiment]] = {}
    for each in networks:
        by_data.setdefault((each.sampling_name, each.split_name), []).append(each)
    ordered, references = _grouped(
        [each for name in names for each in alike if each.name == name]
        for names in groups
        for alike in by_data.values()
    )
    rows = Rows(ordered)
    rows.insert("class weights", "class_weights", list(map(_weights, ordered)))
    rows.scores(NETWORK_SCORES).seeds()
    return rows.table_of_gains(
        "Weighted and non-weighted losses",
        "Scores on the test maps in percent. Networks of a group differ in nothing but the weights "
        "of the classes in the loss; difference: to the first of the group, in points. Weights "
        "find more of the rare classes (recall) at the cost of false alarms, which average "
        "precision counts.",
        NETWORK_SCORES,
        references,
    )


def leakage_cost_table(experiments: Sequence[Experiment]) -> Table:
    """Return how much higher a network scores on a split that leaks.

    The split of each network with the least leakage comes first; below the others stands the
    difference to it.

    Raises
    ------
    UserError
        If there is one split only.
    """
    if len({each.split_name for each in experiments}) < 2:
        raise UserError("the runs are on one split; there is nothing to compare")
    by_network: dict[tuple, list[Experiment]] = {}
    for each in experiments:
        by_network.setdefault((each.kind, each.name, each.sampling_name), []).append(each)
    ordered, references = _grouped(
        sorted(group, key=lambda each: list(_leakage(each).values()))
        for group in by_network.values()
    )
    rows = Rows(ordered)
    for hours in dict.fromkeys(hours for each in ordered for hours in _leakage(each)):
        shares = [_leakage(each).get(hours, np.nan) for each in ordered]
        cells = list(map(measured, shares))
        rows.add(f"leakage {hours} (%)", cells, **{f"leakage_{hours}_percent": shares})
    scores = [MEAN_AP, *AP, MEAN_RECALL]
    rows.scores(scores).seeds()
    return rows.table_of_gains(
        "The cost of leakage",
        "Scores on the test maps in percent. Leakage: share of the test maps with a training map "
        "of the same run so few hours away. Difference: to the split with the least leakage, in "
        "points; so much of a score may come from near twins of the test maps, though the test "
        "maps differ too.",
        scores,
        references,
    )


def _grouped(
    groups: Iterable[Sequence[Experiment]],
) -> tuple[list[Experiment], list[int | None]]:
    """Return the experiments of all groups, and for each the number of the first of its group."""
    ordered: list[Experiment] = []
    references: list[int | None] = []
    for group in groups:
        references += [len(ordered) if number else None for number in range(len(group))]
        ordered += group
    return ordered, references


def _weights(experiment: Experiment) -> str:
    weights = value_at(experiment.config, "training", "class_weights") or "none"
    if isinstance(weights, str):
        return weights
    return ", ".join(f"{name} {weight:g}" for name, weight in weights.items())


def _leakage(experiment: Experiment) -> dict[str, float]:
    return experiment.provenance[0].get("leakage_percent") or {}
