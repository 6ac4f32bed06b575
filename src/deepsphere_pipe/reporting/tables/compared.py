"""Tables that compare what a study has several of: samplings, networks in time, weights, splits."""

from collections.abc import Sequence
from itertools import chain

import numpy as np

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.cells import measured
from deepsphere_pipe.reporting.runs import Experiment, value_at
from deepsphere_pipe.reporting.tables import scores
from deepsphere_pipe.reporting.tables.registry import weighting_groups
from deepsphere_pipe.reporting.tables.rows import Rows
from deepsphere_pipe.reporting.tables.table import Table

OF_AREA = [scores.AREA_MEAN_AP, *scores.AREA_AP, scores.AREA_MEAN_RECALL, *scores.AREA_IOU]
OF_NETWORKS = [scores.MEAN_AP, *scores.AP, *scores.RECALL, scores.MEAN_RECALL]
OF_SPLITS = [scores.MEAN_AP, *scores.AP, scores.MEAN_RECALL]
VARIANT_TITLES = {"none": "last map only"}
"""What the values of `model.temporal` are called where they do not say it themselves."""


def samplings_compared_table(experiments: Sequence[Experiment]) -> Table:
    """Return scores by area of every experiment on every sampling; UserError if there is one."""
    if len({each.sampling_name for each in experiments}) < 2:
        raise UserError("the runs are on one sampling; there is nothing to compare")
    common = {name for each in experiments for name in each.distinct("on_common", "sampling")}
    rows = Rows(experiments).scores([*OF_AREA, *(scores.ON_COMMON if common else ())]).seeds()
    reading = (
        "Scores on the test maps in percent, by area: a vertex counts as much as the area of its "
        "cell, so that samplings with unequal cells compare. The labels are those of each "
        "sampling, so small events may be lost on one and not on another."
    )
    if common:
        reading += (
            f" On common: probabilities interpolated to {' or '.join(sorted(common))}, and scored "
            "by area on the labels there, the same for all."
        )
    return rows.table("Samplings compared", reading)


def temporal_compared_table(experiments: Sequence[Experiment]) -> Table:
    """Return static networks and those that see the past; UserError if there are not both."""
    networks = [each for each in experiments if each.config]
    variants = [value_at(each.config, "model", "temporal") or "none" for each in networks]
    if "none" not in variants or len(set(variants)) < 2:
        raise UserError("a comparison in time needs static and temporal networks")
    rows = Rows(networks)
    rows.add("sees", [VARIANT_TITLES.get(each, each) for each in variants], temporal=variants)
    rows.parameters().scores(OF_NETWORKS)
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
    """Return networks that differ in the class weights only; UserError if there are none.

    Below the weighted ones stands how much they gain on the one without weights.
    """
    networks = [each for each in experiments if each.config]
    named = weighting_groups(each.config for each in networks if each.config)
    if not named:
        raise UserError("no two experiments differ in their class weights only")
    by_data: dict[tuple, list[Experiment]] = {}
    for each in networks:
        by_data.setdefault((each.sampling_name, each.split_name), []).append(each)
    groups = [
        [each for name in names for each in alike if each.name == name]
        for names in named
        for alike in by_data.values()
    ]
    rows = Rows(list(chain(*groups)))
    weights = list(map(_weights, rows.experiments))
    rows.shown.insert(1, "class weights", weights)
    rows.exact.insert(1, "class_weights", weights)
    rows.scores(OF_NETWORKS).seeds()
    return rows.table_of_gains(
        "Weighted and non-weighted losses",
        "Scores on the test maps in percent. Networks of a group differ in nothing but the weights "
        "of the classes in the loss; difference: to the first of the group, in points. Weights "
        "find more of the rare classes (recall) at the cost of false alarms, which average "
        "precision counts.",
        OF_NETWORKS,
        list(map(len, groups)),
    )


def leakage_cost_table(experiments: Sequence[Experiment]) -> Table:
    """Return how much higher a network scores on a split that leaks; UserError if there is one.

    The split of each network with the least leakage comes first; below the others stands the
    difference to it.
    """
    if len({each.split_name for each in experiments}) < 2:
        raise UserError("the runs are on one split; there is nothing to compare")
    groups: dict[tuple, list[Experiment]] = {}
    for each in experiments:
        groups.setdefault((each.kind, each.name, each.sampling_name), []).append(each)
    for group in groups.values():
        group.sort(key=lambda each: list(_leakage(each).values()))
    rows = Rows(list(chain(*groups.values())))
    shares = [_leakage(each) for each in rows.experiments]
    for hours in dict.fromkeys(chain(*shares)):
        column = [each.get(hours, np.nan) for each in shares]
        cells = list(map(measured, column))
        rows.add(f"leakage {hours} (%)", cells, **{f"leakage_{hours}_percent": column})
    rows.scores(OF_SPLITS).seeds()
    return rows.table_of_gains(
        "The cost of leakage",
        "Scores on the test maps in percent. Leakage: share of the test maps with a training map "
        "of the same run so few hours away. Difference: to the split with the least leakage, in "
        "points; so much of a score may come from near twins of the test maps, though the test "
        "maps differ too.",
        OF_SPLITS,
        list(map(len, groups.values())),
    )


def _weights(experiment: Experiment) -> str:
    weights = value_at(experiment.config, "training", "class_weights") or "none"
    if isinstance(weights, str):
        return weights
    return ", ".join(f"{name} {weight:g}" for name, weight in weights.items())


def _leakage(experiment: Experiment) -> dict[str, float]:
    return experiment.provenance[0].get("leakage_percent") or {}
