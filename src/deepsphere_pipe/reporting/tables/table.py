"""What a table holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

UNRULED = ("published", "difference")
"""Kinds of rows that belong to the row above them: no rule parts them."""


@dataclass(frozen=True)
class Section:
    """Rows that must not be taken for those of the table, such as published ones.

    Attributes
    ----------
    heading
        What they are, above them.
    shown
        Text of their cells; the columns are their own.
    note
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
    title
        Of its page.
    exact
        What the csv holds: plain fractions and SI units, undefined is empty.
    shown
        Text of the cells for reading; what stands between two double asterisks is bold.
    caption
        Below the table: where the numbers come from and how to read them.
    kinds
        Kind of each shown row; where it changes, a rule is drawn.
    section
        Rows under a heading of their own, below the table.
    """

    title: str
    exact: pd.DataFrame
    shown: pd.DataFrame
    caption: str
    kinds: Sequence[str]
    section: Section | None = None

    def with_lines_below(
        self, lines: Mapping[int, Sequence[tuple[str, Mapping[str, str]]]]
    ) -> "Table":
        """Return a table with more lines for reading.

        Parameters
        ----------
        lines : mapping of int to sequence of (str, mapping)
            By the number of the row that they stand below: the kind of each, and its cells by
            their column. All other cells are empty.
        """
        rows = self.shown.to_dict("records")
        pairs = [
            pair
            for number, own in enumerate(zip(self.kinds, rows, strict=True))
            for pair in (own, *lines.get(number, ()))
        ]
        kinds, cells = zip(*pairs, strict=True)
        shown = pd.DataFrame(cells, columns=self.shown.columns).fillna("")
        return replace(self, shown=shown, kinds=kinds)


def ruled(kinds: Sequence[str]) -> list[bool]:
    """Return above which rows a rule is drawn: where the kind changes."""
    own: list[str] = []
    for kind in kinds:
        own.append(own[-1] if own and kind in UNRULED else kind)
    return [number > 0 and kind != own[number - 1] for number, kind in enumerate(own)]


def holds_text(shown: pd.DataFrame) -> list[bool]:
    """Return which columns hold words, which stand on the left; numbers stand on the right."""

    def is_words(cell: object) -> bool:
        return str(cell).strip("*([")[:1].isalpha()

    return [number == 0 or any(map(is_words, shown[name])) for number, name in enumerate(shown)]
