"""Tables as Markdown and as HTML pages."""

import html
from collections.abc import Sequence

import pandas as pd

from deepsphere_pipe.reporting.tables.table import Apart

STYLE = """
body { font-family: system-ui, sans-serif; font-size: 13px; color: #222; margin: 1em; }
table { border-collapse: collapse; border-top: 2px solid #222; border-bottom: 2px solid #222; }
caption { caption-side: bottom; text-align: left; color: #555; padding-top: 0.8em;
          font-size: 12px; line-height: 1.5; }
th, td { padding: 0.35em 0.55em; text-align: right; }
td { white-space: nowrap; }
td.note { white-space: normal; min-width: 12em; }
th:first-child, td:first-child, th.text, td.text { text-align: left; }
thead th { border-bottom: 1px solid #222; font-weight: 600; vertical-align: bottom; }
tr.baseline td { color: #666; font-style: italic; }
tr.published td, tr.difference td { color: #555; }
tr.published td:first-child, tr.difference td:first-child { padding-left: 2em; }
tr.first td { border-top: 1px solid #bbb; }
section.apart { margin-top: 2.5em; padding: 0.2em 1em 1em; background: #f2f2f2;
                border-left: 6px solid #999; width: fit-content; }
section.apart h2 { font-size: 14px; }
"""


ABSENT = "–"
"""What a table shows where a number is undefined (never 0)."""

UNRULED = ("published", "difference")
"""Kinds of rows that belong to the row above them: no rule parts them."""


def whole(value: float | None) -> str:
    """Return a whole number in groups of three digits, `ABSENT` if there is none."""
    return ABSENT if pd.isna(value) else f"{int(value):,}".replace(",", "\N{NO-BREAK SPACE}")


def ruled(kinds: Sequence[str]) -> list[bool]:
    """Return above which rows a rule is drawn: where the kind changes."""
    own = list(kinds)
    for number, kind in enumerate(own):
        if kind in UNRULED and number:
            own[number] = own[number - 1]
    return [number > 0 and own[number] != own[number - 1] for number in range(len(own))]


def holds_text(shown: pd.DataFrame) -> list[bool]:
    """Return which columns hold words, which stand on the left; numbers stand on the right."""

    def is_words(cells: Sequence[object]) -> bool:
        return any(str(cell).strip("*([")[:1].isalpha() for cell in cells)

    return [number == 0 or is_words(shown[name]) for number, name in enumerate(shown)]


def is_bold(text: str) -> bool:
    """Tell whether the text of a cell stands between two double asterisks."""
    return text.startswith("**") and text.endswith("**") and len(text) > 4


def markdown_table(
    shown: pd.DataFrame,
    caption: str,
    title: str = "",
    kinds: Sequence[str] = (),
    apart: Apart | None = None,
) -> str:
    """Return a table of text as Markdown, its caption below.

    The parameters are those of `html_table`; Markdown has no place for title and kinds.
    """
    text = f"{markdown_rows(shown)}\n\n{caption}\n"
    if apart is not None:
        text += f"\n## {apart.heading}\n\n{markdown_rows(apart.shown)}\n\n{apart.note}\n"
    return text


def markdown_rows(shown: pd.DataFrame) -> str:
    """Return the rows of a table of text as Markdown."""
    rules = [":--" if text else "--:" for text in holds_text(shown)]
    lines = [list(shown), rules, *shown.to_numpy().tolist()]
    cells = [[str(cell).replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def html_table(
    shown: pd.DataFrame,
    caption: str,
    title: str,
    kinds: Sequence[str],
    apart: Apart | None = None,
) -> str:
    """Return a table of text as an HTML page.

    Parameters
    ----------
    shown : pandas.DataFrame
        What the cells hold; text between two double asterisks is set bold.
    caption, title : str
        Below the table, and of the page.
    kinds : sequence of str
        The class of each row; where it changes, a rule is drawn.
    apart : Apart, optional
        A second table, set off from the first.
    """
    section = ""
    if apart is not None:
        rows = _html_rows(apart.shown, apart.note, ["apart"] * len(apart.shown))
        section = f'\n<section class="apart"><h2>{html.escape(apart.heading)}</h2>{rows}</section>'
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title>"
        f"<style>{STYLE}</style></head>\n<body>{_html_rows(shown, caption, kinds)}{section}"
        "</body></html>\n"
    )


def _html_rows(shown: pd.DataFrame, caption: str, kinds: Sequence[str]) -> str:
    texts = holds_text(shown)
    classes = [
        ' class="text note"' if name == "note" else ' class="text"' if text else ""
        for name, text in zip(shown, texts, strict=True)
    ]
    head = "".join(
        f"<th{kind}>{html.escape(name)}</th>" for name, kind in zip(shown, classes, strict=True)
    )
    body = []
    for line, of_row, first in zip(shown.to_numpy().tolist(), kinds, ruled(kinds), strict=True):
        cells = "".join(
            f"<td{kind}>{_cell(str(cell))}</td>" for cell, kind in zip(line, classes, strict=True)
        )
        body.append(f'<tr class="{html.escape(of_row)}{" first" if first else ""}">{cells}</tr>')
    return (
        f"<table>\n<caption>{html.escape(caption)}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(body) + "\n</tbody></table>"
    )


def _cell(text: str) -> str:
    return f"<b>{html.escape(text[2:-2])}</b>" if is_bold(text) else html.escape(text)
