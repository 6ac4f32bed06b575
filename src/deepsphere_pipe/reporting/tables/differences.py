"""How certain is it that one network is better than another? Differences with their intervals."""

from collections.abc import Sequence
from itertools import combinations

import pandas as pd

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.cells import ABSENT, interval, points
from deepsphere_pipe.reporting.intervals import difference_of, ends, explained
from deepsphere_pipe.reporting.runs import Experiment, value_at
from deepsphere_pipe.reporting.tables.captions import UNDEFINED, origin
from deepsphere_pipe.reporting.tables.scores import AP, MEAN_AP
from deepsphere_pipe.reporting.tables.table import Table


def differences_table(experiments: Sequence[Experiment]) -> Table:
    """Return the differences of average precision between networks, pair by pair.

    Networks on one sampling are compared per vertex, and an experiment on two samplings by area.
    UserError if there are no two networks on the same test maps.
    """
    networks = [each for each in experiments if not each.is_baseline]
    pairs = [pair for pair in combinations(networks, 2) if _compare(*pair)]
    if not pairs:
        raise UserError("there are no two networks on the same test maps to take differences of")
    exact, shown, intervals = [], [], []
    for pair in pairs:
        first, second = pair
        by_area = first.sampling_name != second.sampling_name
        line: dict = {"first": first.name, "second": second.name}
        text: dict = {"first": _name(first, networks), "second": _name(second, networks)}
        for name in ("sampling_name", "split_name"):
            if any(getattr(each, name) for each in networks):
                line |= {f"first_{name}": getattr(first, name)}
                line |= {f"second_{name}": getattr(second, name)}
        line["by_area"] = by_area
        for score in (MEAN_AP, *AP):
            found = difference_of(*pair, score.column, by_area)
            intervals.append(found)
            line[score.column] = found.estimate
            line |= {name: values[0] for name, values in ends(score.column, [found]).items()}
            estimate = points(found.estimate)
            certain = found.low > 0 or found.high < 0
            text[score.title] = f"**{estimate}**" if certain else estimate
            text[f"{score.title}, 95 %"] = interval(found, points)
        text["counted by"] = "area" if by_area else "vertex"
        line |= {"first_seeds": first.n_seeds, "second_seeds": second.n_seeds}
        text["seeds"] = " / ".join(str(each.n_seeds or ABSENT) for each in pair)
        exact.append(line)
        shown.append(text)
    caption = (
        f"{origin(networks)} Differences of average precision on the test maps, first less second, "
        "in percentage points, of the means over the seeds. "
        f"{explained(intervals, any((each.n_seeds or 0) > 1 for each in networks))} Both networks "
        f"see the same days. Bold: the interval does not contain 0. {UNDEFINED}"
    )
    title, kinds = "Differences of average precision", ["network"] * len(shown)
    return Table(title, pd.DataFrame(exact), pd.DataFrame(shown), caption, kinds)


def _compare(first: Experiment, second: Experiment) -> bool:
    """Tell whether a pair is on the same test maps, and of one sampling or one experiment."""
    alike = first.sampling_name == second.sampling_name or first.name == second.name
    return alike and _test_maps(first) == _test_maps(second)


def _test_maps(experiment: Experiment) -> list:
    """Return what tells the test maps of a row from others."""
    source = experiment.provenance[0]
    keys = ("data", "split", "test_maps", "test_windows", "window")
    return [experiment.split_name, *(value_at(source, key) for key in keys)]


def _name(experiment: Experiment, among: Sequence[Experiment]) -> str:
    """Return what a row is called, as briefly as tells it from others."""
    name = experiment.name
    if len({each.sampling_name for each in among}) > 1:
        name += f" on {experiment.sampling_name}"
    if len({each.split_name for each in among}) > 1:
        name += f", {experiment.split_name}"
    return name
