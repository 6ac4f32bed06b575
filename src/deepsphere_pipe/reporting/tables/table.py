"""What a table holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

Line = tuple[str, Mapping[Any, str]]
"""A line for reading: its kind, and its cells by their column; all other cells are empty."""


@dataclass(frozen=True)
class Section:
    """Rows that must not be taken for those of the table, such as published ones."""

    heading: str
    shown: pd.DataFrame
    """Text of their cells; the columns are their own."""
    note: str
    """Below them."""


@dataclass(frozen=True)
class Table:
    """What a table holds."""

    title: str
    exact: pd.DataFrame
    """What the csv holds: plain fractions and SI units, undefined is empty."""
    shown: pd.DataFrame
    """Text of the cells for reading; what stands between two double asterisks is bold."""
    caption: str
    """Below the table: where the numbers come from and how to read them."""
    kinds: Sequence[str]
    """Kind of each shown row; where it changes, a rule is drawn."""
    section: Section | None = None

    def with_lines_below(self, lines: Mapping[int, Iterable[Line]]) -> "Table":
        """Return a table with more lines, given by the number of the row that they stand below."""
        own = zip(self.kinds, self.shown.to_dict("records"), strict=True)
        pairs = [each for n, row in enumerate(own) for each in (row, *lines.get(n, ()))]
        kinds, cells = zip(*pairs, strict=True)
        shown = pd.DataFrame(cells, columns=self.shown.columns).fillna("")
        return replace(self, shown=shown, kinds=kinds)
