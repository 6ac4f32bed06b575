"""Tables with a row for every experiment, made column by column."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd

from deepsphere_pipe.reporting.cells import mean_and_deviation, percent, points, spanned, whole
from deepsphere_pipe.reporting.runs import Experiment
from deepsphere_pipe.reporting.tables.captions import NAME_KEYS, UNDEFINED, joined, origin, varying
from deepsphere_pipe.reporting.tables.table import Table


class Score(NamedTuple):
    """A score: title of its column, name of that in the csv, keys that lead to it in the scores."""

    title: str
    column: str
    keys: tuple[str, ...]


class Rows:
    """A table in the making, a row per experiment: methods add columns and return it.

    Attributes
    ----------
    exact, shown : pandas.DataFrame
        The columns of the csv, and those for reading; at first what tells the rows apart.
    """

    def __init__(self, experiments: Sequence[Experiment]) -> None:
        self.experiments = experiments
        exact: dict[str, list] = {"experiment": [each.name for each in experiments]}
        labels = [e.name + (" (baseline)" if e.is_baseline else "") for e in experiments]
        shown: dict[str, list] = {"experiment": labels}
        for key, name in NAME_KEYS.items():
            names = [getattr(each, name) for each in experiments]
            if any(names):
                exact[name] = names
            if len(set(names)) > 1:  # whether or not they are described by the same words
                shown[key] = names
        exact["kind"] = [each.kind for each in experiments]
        for key in varying(experiments):
            values = [joined(source.get(key) for source in e.provenance) for e in experiments]
            exact[key] = values
            # A name that the user gave says it shorter; the caption says what it stands for.
            shown[key] = exact.get(NAME_KEYS.get(key, ""), values)
        self.exact, self.shown = pd.DataFrame(exact), pd.DataFrame(shown)

    def add(self, title: str, cells: Sequence[str], **exact: Any) -> Self:
        """Add a column for reading and those of the csv by their names."""
        self.shown[title] = cells
        self.exact = self.exact.assign(**exact)
        return self

    def numbers(
        self, title: str, column: str, keys: tuple[str, ...], show: Callable[[float, float], str]
    ) -> Self:
        """Add mean and standard deviation of a number of the scores, shown by a function."""
        pairs = [mean_and_deviation(each.values(*keys)) for each in self.experiments]
        means, deviations = zip(*pairs, strict=True)
        cells = [show(*pair) for pair in pairs]
        return self.add(title, cells, **{column: means, f"{column}_sd": deviations})

    def scores(self, scores: Iterable[Score]) -> Self:
        """Add scores: fractions, shown in per cent."""
        for score in scores:
            self.numbers(*score, percent)
        return self

    def parameters(self) -> Self:
        """Add the number of parameters."""
        numbers = self._extremes("parameters", max)
        return self.add("parameters", list(map(whole, numbers)), parameters=numbers)

    def epochs(self) -> Self:
        """Add the least and the greatest number of epochs."""
        least, most = (self._extremes("epochs", extreme) for extreme in (min, max))
        cells = [spanned(map(whole, pair)) for pair in zip(least, most, strict=True)]
        return self.add("epochs", cells, epochs_least=least, epochs_most=most)

    def seeds(self) -> Self:
        """Add how many seeds the mean is over."""
        numbers = pd.array([each.n_seeds for each in self.experiments], dtype="Int64")
        return self.add("seeds", list(map(whole, numbers)), seeds=numbers)

    def table(self, title: str, reading: str, kinds: Sequence[str] | None = None) -> Table:
        """Return the table; the caption tells the origin of the runs and how to read it."""
        caption = f"{origin(self.experiments)} {reading} {UNDEFINED}"
        return Table(title, self.exact, self.shown, caption, kinds or list(self.exact["kind"]))

    def table_of_gains(
        self, title: str, reading: str, scores: Sequence[Score], sizes: Sequence[int]
    ) -> Table:
        """Return the table with scores that are there less those of the first row of each group.

        Sizes tell how many rows follow each other in each group; the rest is as of `table`.
        """
        first = np.repeat(np.cumsum([0, *sizes[:-1]]), sizes)
        gains = {}
        for title_of, column, _ in scores:
            gain = self.exact[column] - self.exact[column].to_numpy()[first]
            gains[title_of] = gain.where(first < gain.index)
            self.exact[f"{column}_difference"] = gains[title_of]
        below = pd.DataFrame(gains).map(points).assign(experiment="difference").to_dict("records")
        lines = {n: [("difference", below[n])] for n, of in enumerate(first) if of < n}
        table = self.table(title, reading, [f"group-{number}" for number in first])
        return table.with_lines_below(lines)

    def _extremes(self, key: str, extreme: Callable) -> pd.api.extensions.ExtensionArray:
        """Return the least or the greatest whole number of the seeds; missing where none has it."""
        numbers = [extreme(each.distinct(key), default=None) for each in self.experiments]
        return pd.array(numbers, dtype="Int64")
