"""Whether intervals hold on fresh years of the twin, with many days in a row.

``python -m benchmarks.fresh_years MODEL SPHERE`` makes test parts of four years each, whose days
come twelve in a row, shows them to a network that a study of the twin has trained, and compares the
intervals of scores with how scores differ between the test parts. Half an hour on one core for a
network of level 4.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.config import IcosahedralConfig, SyntheticConfig, SyntheticData
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.evaluation.groups import Days
from deepsphere_pipe.evaluation.inference import observe
from deepsphere_pipe.evaluation.intervals import interval
from deepsphere_pipe.evaluation.tally import Tally
from deepsphere_pipe.graphs.hierarchy import Hierarchy
from deepsphere_pipe.steps.prepare import prepare
from deepsphere_pipe.steps.synthesize import synthesize
from deepsphere_pipe.training.model_file import load_model

SCORES = ("mean_average_precision", "average_precision_tc", "average_precision_ar", "iou_tc")
YEARS = 4
DAYS_PER_YEAR, IN_A_ROW = 36, 12


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("sphere", type=Path)
    parser.add_argument("--replicates", type=int, default=12)
    options = parser.parse_args()
    hierarchy = Hierarchy.load(options.sphere)
    network, record = load_model(options.model, hierarchy)
    level = IcosahedralConfig(level=int(hierarchy.sampling_parameters["level"]))  # type: ignore[call-overload]
    years = tuple(range(2200, 2200 + YEARS * options.replicates))
    twin = SyntheticConfig(
        years=years,
        runs=(1,),
        days_per_year=DAYS_PER_YEAR,
        days_in_a_row=IN_A_ROW,
        missing_days=0.0,
    )
    found = {score: [] for score in SCORES}
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        synthesize(twin, here / "native")
        prepare(SyntheticData(synthetic=twin), level, here / "native", here / "maps.nc")
        with Store(here / "maps.nc") as store:
            year_of, hours, runs = store.years, store.hours, store.runs
        finest = hierarchy.levels[0]
        for number in range(options.replicates):
            part = np.flatnonzero((year_of - years[0]) // YEARS == number)
            maps = MapLoader(here / "maps.nc", part, record.statistics, 16)
            days = Days.of(hours[part], runs[part])
            tally = Tally(len(CLASSES), finest.areas, finest.latitude, days)
            observe(network, maps, torch.device("cpu"), tally)
            for score in SCORES:
                found[score].append(interval([tally], score))
    print(f"{options.replicates} test parts of {YEARS * DAYS_PER_YEAR} days, {IN_A_ROW} in a row")
    print(
        "score                    mean  spread (95 %)  width of intervals  hold the mean  too short"
    )
    for score, intervals in found.items():
        whole = [each for each in intervals if not each.too_short]
        estimates = np.array([each.estimate for each in intervals])
        mean, spread = estimates.mean(), 2 * 1.96 * estimates.std(ddof=1)
        width = np.mean([each.high - each.low for each in whole]) if whole else np.nan
        held = sum(each.low <= mean <= each.high for each in whole)
        print(
            f"{score:24} {100 * mean:5.1f} {100 * spread:14.1f} {100 * width:19.1f}"
            f" {held:9} of {len(whole)} {len(intervals) - len(whole):10}"
        )


if __name__ == "__main__":
    main()
