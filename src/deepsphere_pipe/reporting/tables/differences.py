"""How certain is it that one network is better than another? Differences with their intervals."""

from collections.abc import Sequence
from itertools import combinations

import pandas as pd

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.tally import Tally
from deepsphere_pipe.reporting.tables.captions import UNDEFINED, origin
from deepsphere_pipe.reporting.tables.cells import interval, points
from deepsphere_pipe.reporting.tables.intervals import difference_of
from deepsphere_pipe.reporting.tables.markup import ABSENT
from deepsphere_pipe.reporting.tables.seeds import Seeds, value_at
from deepsphere_pipe.reporting.tables.table import Table

SCORES = {
    "mean AP": "mean_average_precision",
    "AP TC": "average_precision_tc",
    "AP AR": "average_precision_ar",
}


def differences_table(rows: Sequence[Seeds]) -> Table:
    """Return the differences of average precision between networks, pair by pair.

    Networks on one sampling are compared per vertex, and an experiment on two samplings by area.

    Raises
    ------
    UserError
        If there are no two networks on the same test maps.
    """
    networks = [seeds for seeds in rows if seeds.kind == "network"]
    pairs = [pair for pair in combinations(networks, 2) if _compare(*pair)]
    if not pairs:
        raise UserError("there are no two networks on the same test maps to take differences of")
    tallies: dict[int, list[Tally]] = {id(seeds): seeds.tallies() for seeds in networks}
    exact, shown = [], []
    for first, second in pairs:
        by_area = first.sampling_name != second.sampling_name
        line: dict = {"first": first.experiment, "second": second.experiment}
        text: dict = {"first": _name(first, networks), "second": _name(second, networks)}
        for name in ("sampling_name", "split_name"):
            if any(getattr(seeds, name) for seeds in networks):
                line |= {f"first_{name}": getattr(first, name)}
                line |= {f"second_{name}": getattr(second, name)}
        line["by_area"] = by_area
        for title, score in SCORES.items():
            found = difference_of(tallies[id(first)], tallies[id(second)], score, by_area)
            line |= {score: found.estimate, f"{score}_low": found.low, f"{score}_high": found.high}
            estimate = points(found.estimate)
            certain = found.low > 0 or found.high < 0
            text[title] = f"**{estimate}**" if certain else estimate
            text[f"{title}, 95 %"] = interval(found.low, found.high, points)
        text["counted by"] = "area" if by_area else "vertex"
        line |= {"first_seeds": first.number, "second_seeds": second.number}
        text["seeds"] = " / ".join(str(seeds.number or ABSENT) for seeds in (first, second))
        exact.append(line)
        shown.append(text)
    caption = (
        f"{origin(networks)} Differences of average precision on the test maps, first less second, "
        "in percentage points, of the means over the seeds. 95 %: interval of a paired bootstrap "
        "that scores both networks on the same drawn days (1000 times); bold: it does not contain "
        "0. It tells how far the difference hangs on the days that were tested, not how far on "
        f"the seeds. {UNDEFINED}"
    )
    return Table(
        "Differences of average precision",
        pd.DataFrame(exact),
        pd.DataFrame(shown),
        caption,
        ["network"] * len(shown),
    )


def _compare(first: Seeds, second: Seeds) -> bool:
    """Tell whether a pair is on the same test maps, and of one sampling or one experiment."""
    alike = first.sampling_name == second.sampling_name or first.experiment == second.experiment
    return alike and _test_maps(first) == _test_maps(second)


def _test_maps(seeds: Seeds) -> list:
    """Return what tells the test maps of a row from others."""
    source = seeds.provenance[0]
    keys = ("data", "split", "test_maps", "test_windows", "window")
    return [seeds.split_name, *(value_at(source, key) for key in keys)]


def _name(seeds: Seeds, among: Sequence[Seeds]) -> str:
    """Return what a row is called, as briefly as tells it from others."""
    name = seeds.experiment
    if len({each.sampling_name for each in among}) > 1:
        name += f" on {seeds.sampling_name}"
    if len({each.split_name for each in among}) > 1:
        name += f", {seeds.split_name}"
    return name
