"""How often intervals of scores hold the truth, where test days follow each other.

``python -m benchmarks.intervals`` simulates test parts of two networks of equal skill, many times,
and prints for each kind of intervals how often it holds the true score, and how often that of the
difference excludes zero. Maps are not made: of each day come the histograms of probabilities that
an evaluation would count. Ten minutes on one core; docs/intervals.md has the table.

A day is hard or easy for all networks, and somewhat for each of them, by autoregressive processes;
that scales how far the scores of true vertices lie from the others, and how many look-alikes there
are. Cyclones come at random, live for one to five days, have sizes that vary much, and each is hard
or easy as a whole.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.signal import lfilter
from scipy.stats import norm

from deepsphere_pipe.evaluation import ScoreHistograms, Tally
from deepsphere_pipe.evaluation.dependence import block_length
from deepsphere_pipe.evaluation.grouped import GroupedHistograms
from deepsphere_pipe.evaluation.groups import Blocks, Days
from deepsphere_pipe.evaluation.influence import influence, score_of
from deepsphere_pipe.evaluation.intervals import difference, interval

SHOWN = {
    "mean AP": "mean_average_precision", "AP TC": "average_precision_tc", "IoU TC": "iou_tc"
}  # fmt: skip
EDGES = np.linspace(-4, 6, 81)
"""Between the bins of a network's score, in standard deviations of the background's."""

THRESHOLDS = {"TC": 2.75, "AR": 1.4}
"""From where on a vertex is predicted to be of the class."""

OTHERS = 20_000
"""Vertices of a day's maps that are of no event."""

DRAWS = 400

MANY = 60_000
"""Days whose scores are taken for true."""


@dataclass(frozen=True)
class Scenario:
    """What test days are like.

    Attributes
    ----------
    coefficient
        Of the hardness of a day, from day to day.
    longest_storm
        Days.
    stretches
        Returns, for a number of days, which calendar days they are, and of which run.
    """

    name: str
    coefficient: float
    longest_storm: int
    stretches: Callable[[int, np.random.Generator], tuple[np.ndarray, np.ndarray]]


def one_run(n: int, _: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """All days follow each other."""
    return np.arange(n), np.zeros(n, int)


def spells(n: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Stretches of one to five days with one to three days between."""
    there = np.repeat(np.tile([True, False], n), generator.integers(1, [6, 4], (n, 2)).ravel())
    return np.flatnonzero(there)[:n], np.zeros(n, int)


def dozens(n: int, _: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Stretches of twelve days, of as many runs."""
    return np.arange(n), np.arange(n) // 12


SCENARIOS = (
    Scenario("no dependence, one stretch", 0.0, 1, one_run),
    Scenario("AR(1) 0.5, one stretch", 0.5, 5, one_run),
    Scenario("AR(1) 0.8, one stretch", 0.8, 5, one_run),
    Scenario("AR(1) 0.8, stretches of 1–5 days", 0.8, 5, spells),
    Scenario("AR(1) 0.8, stretches of 12 days", 0.8, 5, dozens),
)


def shares(mean: np.ndarray) -> np.ndarray:
    """Return the shares of normal scores of some means (…) in the bins, (…, bin)."""
    below = norm.cdf(EDGES - np.asarray(mean)[..., None])
    ends = np.zeros((*below.shape[:-1], 1))
    return np.diff(np.concatenate([ends, below, ends + 1], axis=-1), axis=-1)


MEANS = np.linspace(-3, 8, 441)
SHARES = shares(MEANS)


def test_part(
    n: int, scenario: Scenario, generator: np.random.Generator, networks: int = 2
) -> list[Tally]:
    """Return what would be counted of each network on n days."""
    day, run = scenario.stretches(n, generator)
    span = int(day.max()) + 1
    kept = (np.unique(run, return_inverse=True)[1], day)

    def hardness() -> np.ndarray:
        """Return a stationary process on the days: of each run another."""
        shape = (run.max() + 1, span)
        noise = generator.normal(size=shape) * np.sqrt(1 - scenario.coefficient**2)
        first = scenario.coefficient * generator.normal(size=(shape[0], 1))
        return lfilter([1], [1, -scenario.coefficient], noise, zi=first)[0][kept]

    def scored(number: np.ndarray, mean: np.ndarray) -> np.ndarray:
        nearest = np.clip(np.rint((mean + 3) * 40), 0, len(MEANS) - 1).astype(int)
        return generator.multinomial(number, SHARES[nearest])

    shared, wet = hardness(), hardness()
    of_storm, on_day = _storms(n, day, run, scenario.longest_storm, generator)
    sizes = np.maximum(48 * np.exp(0.5 * generator.normal(size=of_storm.max(initial=0) + 1)), 1)
    offsets = 0.35 * generator.normal(size=len(sizes))
    rivers = generator.poisson(500 * np.exp(0.175 * (shared + wet)))
    tallies = []
    for _ in range(networks):
        hard = 0.35 * shared + 0.15 * hardness()
        own = offsets + 0.2 * generator.normal(size=len(sizes))
        counts = np.zeros((n, 3, 2, len(EDGES) + 1), np.int64)
        clear = 3.1 * np.exp(0.6 * hard)
        storms = scored(sizes[of_storm].astype(int), clear[on_day] + own[of_storm])
        np.add.at(counts, (on_day, 1, 1), storms)
        counts[:, 1, 0] = generator.multinomial(OTHERS, shares(np.zeros(1))[0], size=n)
        look_alikes = generator.poisson(60 * np.exp(-0.5 * hard))
        counts[:, 1, 0] += scored(look_alikes, 1.8 * np.exp(-0.3 * hard))
        counts[:, 2, 1] = scored(rivers, 2.5 * np.exp(0.6 * hard))
        counts[:, 2, 0] = generator.multinomial(OTHERS, shares(np.zeros(1))[0], size=n)
        tallies.append(_tally(counts, Days(day, run)))
    return tallies


def _storms(
    n: int, day: np.ndarray, run: np.ndarray, longest: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return number and day of each cyclone on each day that it is there."""
    number, place, first = [], [], 0
    for each in np.unique(run):
        days = np.flatnonzero(run == each)
        births = np.arange(day[days].min() - longest, day[days].max() + 1)
        born = np.repeat(births, generator.poisson(2.1 / (1 + longest), len(births)))
        ends = born + generator.integers(1, longest + 1, len(born))
        alive = (born[:, None] <= day[days]) & (day[days] < ends[:, None])
        storm, where = np.nonzero(alive)
        number.append(storm + first)
        place.append(days[where])
        first += len(born)
    return np.concatenate(number), np.concatenate(place)


def _tally(counts: np.ndarray, days: Days) -> Tally:
    n, n_classes, _, bins = counts.shape
    grouped = GroupedHistograms(n, n_classes, bins)
    grouped.counts = counts
    for label, threshold in enumerate(THRESHOLDS.values(), 1):
        found = np.concatenate([[-np.inf], EDGES]) >= threshold
        grouped.confusion[:, label, label] = counts[:, label, 1, found].sum(axis=-1)
        grouped.confusion[:, label, 0] = counts[:, label, 1, ~found].sum(axis=-1)
        grouped.confusion[:, 0, label] = counts[:, label, 0, found].sum(axis=-1)
    tally = Tally(n_classes)
    tally.blocks = Blocks(days, n_classes, by_area=False)
    tally.blocks.per_vertex = grouped
    tally.per_vertex = ScoreHistograms(n_classes, bins)
    tally.per_vertex.counts = counts.sum(axis=0)
    tally.per_vertex.confusion = grouped.confusion.sum(axis=0)
    return tally


def drawn(
    tallies: Sequence[Tally], score: str, block: int | None, generator: np.random.Generator
) -> np.ndarray:
    """Return the ends of a circular block bootstrap of a score or a difference, to first order.

    Blocks have a length in days, by default that of Politis and White.
    """
    influences = [influence(tally.blocks, score) for tally in tallies]
    values = influences[0] - (influences[1] if len(tallies) > 1 else 0)
    length, n = block or block_length(values, tallies[0].blocks.days), len(values)
    ahead = np.concatenate([[0.0], np.cumsum(np.tile(values, 2))])
    drawn_sums = np.zeros(DRAWS)
    for size, number in ((length, n // length), (n % length, 1)):
        first = generator.integers(0, n, (DRAWS, number))
        drawn_sums += (ahead[first + size] - ahead[first]).sum(axis=1)
    scores = [score_of(tally.per_vertex, score) for tally in tallies]
    estimate = scores[0] - (scores[1] if len(tallies) > 1 else 0)
    return estimate + np.quantile(drawn_sums, [0.025, 0.975])


@cache
def true_scores(scenario: Scenario, seed: int) -> np.ndarray:
    """Return the scores of very many days, (score,)."""
    parts = [
        test_part(MANY // 10, scenario, np.random.default_rng([seed, 0, part]), networks=1)[0]
        for part in range(10)
    ]
    whole = parts[0].per_vertex
    for part in parts[1:]:
        whole += part.per_vertex
    return np.array([score_of(whole, score) for score in SHOWN.values()])


def coverage(scenario: Scenario, n: int, replicates: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Return shares of three kinds of intervals, by name.

    Returns
    -------
    dict
        ``waves``, ``days``, ``blocks``: (2, score), the share of intervals that hold the truth and
        the share of those of differences that exclude zero; ``none``: (2, score), the share of
        test parts that are too short for intervals; ``width``: (2, score), of `waves`, over that
        of a normal distribution with the true variance.
    """
    truth = true_scores(scenario, seed)
    held = {name: np.full((replicates, 2, len(SHOWN)), np.nan) for name in KINDS}
    estimates, widths = np.zeros((2, replicates, 2, len(SHOWN)))
    for replicate in range(replicates):
        generator = np.random.default_rng([seed, n, replicate + 1])
        tallies = test_part(n, scenario, generator)
        for number, score in enumerate(SHOWN.values()):
            found = interval(tallies[:1], score), difference(tallies[:1], tallies[1:], score)
            for which, (each, true) in enumerate(zip(found, (truth[number], 0), strict=True)):
                estimates[replicate, which, number] = each.estimate
                widths[replicate, which, number] = each.high - each.low
                ends = {"waves": (each.low, each.high)}
                for kind, block in (("days", 1), ("blocks", None)):
                    ends[kind] = drawn(tallies[: which + 1], score, block, generator)
                for kind, (low, high) in ends.items():
                    if not np.isnan(low):
                        held[kind][replicate, which, number] = low <= true <= high
    result = {kind: np.nanmean(each, axis=0) for kind, each in held.items()}
    result["none"] = np.isnan(held["waves"]).mean(axis=0)
    result["width"] = np.nanmean(widths, axis=0) / (2 * 1.96 * estimates.std(axis=0))
    for kind in KINDS:
        result[kind][1] = 1 - result[kind][1]
    return result


KINDS = {"days": "bootstrap of days", "blocks": "bootstrap of blocks", "waves": "as in tables"}


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=500)
    parser.add_argument("--days", type=int, nargs="+", default=[60, 180])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    columns = ["test days", "intervals", *(f"{name} held" for name in SHOWN)]
    columns += [*(f"{name}: zero excluded" for name in SHOWN), "none", "width"]
    print(f"| {' | '.join(columns)} |\n|{' :-- |' * 2}{' --: |' * (len(columns) - 2)}")
    for scenario in SCENARIOS:
        for n in options.days:
            found = coverage(scenario, n, options.replicates, options.seed)
            for kind, title in KINDS.items():
                cells = [f"{100 * share:.1f}" for share in found[kind].ravel()]
                cells += ["", ""]
                if kind == "waves":
                    cells[-2:] = [
                        f"{100 * found['none'].mean():.1f}",
                        f"{found['width'].mean():.2f}",
                    ]
                print(f"| {n}: {scenario.name} | {title} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
