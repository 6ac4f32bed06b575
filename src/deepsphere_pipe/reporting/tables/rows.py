"""Tables with a row for every experiment, made column by column."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from deepsphere_pipe.reporting.runs import Experiment
from deepsphere_pipe.reporting.tables.captions import (
    NAME_KEYS,
    UNDEFINED,
    joined,
    origin,
    spanned,
    varying,
)
from deepsphere_pipe.reporting.tables.cells import mean_and_deviation, percent, points, whole
from deepsphere_pipe.reporting.tables.table import Table


@dataclass(frozen=True)
class Score:
    """A score of ``scores.json``.

    Attributes
    ----------
    title
        Of its column for reading.
    column
        Of the csv.
    keys
        That lead to it.
    """

    title: str
    column: str
    keys: tuple[str, ...]


class Rows:
    """A table in the making: methods add columns from left to right and return it.

    Parameters
    ----------
    experiments
        One for each row.

    Attributes
    ----------
    exact, shown : pandas.DataFrame
        The columns of the csv, and those for reading; at first what tells the rows apart.
    """

    def __init__(self, experiments: Sequence[Experiment]) -> None:
        self.experiments = experiments
        exact: dict[str, list] = {"experiment": [each.name for each in experiments]}
        shown: dict[str, list] = {"experiment": [each.label for each in experiments]}
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

    def insert(self, title: str, column: str, cells: Sequence[str]) -> Self:
        """Add a column of words behind the name of the experiment."""
        self.shown.insert(1, title, cells)
        self.exact.insert(1, column, cells)
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
            self.numbers(score.title, score.column, score.keys, percent)
        return self

    def parameters(self) -> Self:
        """Add the number of parameters."""
        numbers = self._extremes("parameters", max)
        return self.add("parameters", list(map(whole, numbers)), parameters=numbers)

    def epochs(self) -> Self:
        """Add the least and the greatest number of epochs."""
        least, most = (self._extremes("epochs", extreme) for extreme in (min, max))
        cells = [spanned(*map(whole, pair)) for pair in zip(least, most, strict=True)]
        return self.add("epochs", cells, epochs_least=least, epochs_most=most)

    def seeds(self) -> Self:
        """Add how many seeds the mean is over."""
        numbers = pd.array([each.n_seeds for each in self.experiments], dtype="Int64")
        return self.add("seeds", list(map(whole, numbers)), seeds=numbers)

    def table(self, title: str, reading: str, kinds: Sequence[str] | None = None) -> Table:
        """Return the table; the caption tells the origin of the runs and how to read it."""
        caption = f"{origin(self.experiments)} {reading} {UNDEFINED}"
        kinds = list(self.exact["kind"]) if kinds is None else kinds
        return Table(title, self.exact, self.shown, caption, kinds)

    def table_of_gains(
        self,
        title: str,
        reading: str,
        scores: Sequence[Score],
        references: Sequence[int | None],
    ) -> Table:
        """Return the table with differences of scores.

        Parameters
        ----------
        title, reading
            As of `table`.
        scores
            Columns that are there.
        references
            For each row the number of that it is compared with; None for a row that others are
            compared with. Rows of one reference belong together.
        """
        gains = {}
        for score in scores:
            values = self.exact[score.column].to_numpy()
            gains[score.title] = [
                np.nan if reference is None else value - values[reference]
                for value, reference in zip(values, references, strict=True)
            ]
            self.exact[f"{score.column}_difference"] = gains[score.title]
        groups = [n if reference is None else reference for n, reference in enumerate(references)]
        lines = {
            number: [
                (
                    "difference",
                    {"experiment": "difference"}
                    | {title: points(values[number]) for title, values in gains.items()},
                )
            ]
            for number, reference in enumerate(references)
            if reference is not None
        }
        table = self.table(title, reading, [f"group-{group}" for group in groups])
        return table.with_lines_below(lines)

    def _extremes(self, key: str, extreme: Callable) -> pd.api.extensions.ExtensionArray:
        """Return the least or the greatest whole number of the seeds; missing where none has it."""
        numbers = [extreme(each.distinct(key), default=None) for each in self.experiments]
        return pd.array(numbers, dtype="Int64")
