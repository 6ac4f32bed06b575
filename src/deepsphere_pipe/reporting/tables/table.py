"""What a table holds."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Apart:
    """Rows that must not be taken for those of the table, such as published ones.

    Attributes
    ----------
    heading : str
        What they are, above them.
    shown : pandas.DataFrame
        Text of their cells; the columns are their own.
    note : str
        Below them.
    """

    heading: str
    shown: pd.DataFrame
    note: str


@dataclass(frozen=True)
class Table:
    """What a table holds.

    Attributes
    ----------
    title : str
        Of its page.
    exact : pandas.DataFrame
        What the csv holds: plain fractions and SI units, undefined is empty.
    shown : pandas.DataFrame
        Text of the cells for reading; what stands between two double asterisks is bold.
    caption : str
        Below the table: where the numbers come from and how to read them.
    kinds : sequence of str
        Kind of each shown row; where it changes, a rule is drawn.
    apart : Apart, optional
        Rows under a heading of their own, below the table.
    """

    title: str
    exact: pd.DataFrame
    shown: pd.DataFrame
    caption: str
    kinds: Sequence[str]
    apart: Apart | None = None
