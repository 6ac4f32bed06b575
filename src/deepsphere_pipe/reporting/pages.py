"""Tables as Markdown and as HTML pages."""

import html
from collections.abc import Sequence

import pandas as pd

STYLE = """
body { font-family: system-ui, sans-serif; font-size: 13px; color: #222; margin: 1em; }
table { border-collapse: collapse; border-top: 2px solid #222; border-bottom: 2px solid #222; }
caption { caption-side: bottom; text-align: left; color: #555; padding-top: 0.8em;
          font-size: 12px; line-height: 1.5; }
th, td { padding: 0.35em 0.55em; text-align: right; }
td { white-space: nowrap; }
th:first-child, td:first-child, th.text, td.text { text-align: left; }
thead th { border-bottom: 1px solid #222; font-weight: 600; vertical-align: bottom; }
tr.baseline td { color: #666; font-style: italic; }
tr.first td { border-top: 1px solid #bbb; }
"""


ABSENT = "–"
"""What a table shows where a number is undefined (never 0)."""


def whole(value: float | None) -> str:
    """Return a whole number in groups of three digits, `ABSENT` if there is none."""
    return ABSENT if pd.isna(value) else f"{int(value):,}".replace(",", "\N{NO-BREAK SPACE}")


def markdown_table(shown: pd.DataFrame, caption: str) -> str:
    """Return a table of text as Markdown, its caption below."""
    lines = [list(shown), [":--"] + ["--:"] * (shown.shape[1] - 1), *shown.to_numpy().tolist()]
    cells = [[str(cell).replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) + f"\n\n{caption}\n"


def html_table(shown: pd.DataFrame, caption: str, title: str, kinds: Sequence[str]) -> str:
    """Return a table of text as an HTML page.

    Parameters
    ----------
    shown : pandas.DataFrame
        What the cells hold; text between two double asterisks is set bold.
    caption, title : str
        Below the table, and of the page.
    kinds : sequence of str
        The class of each row; where it changes, a rule is drawn.
    """
    head = "".join(f"<th>{html.escape(name)}</th>" for name in shown)
    body, before = [], None
    for line, kind in zip(shown.to_numpy().tolist(), kinds, strict=True):
        first = " first" if before not in (None, kind) else ""
        cells = "".join(f"<td>{_cell(str(cell))}</td>" for cell in line)
        body.append(f'<tr class="{html.escape(kind)}{first}">{cells}</tr>')
        before = kind
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title>"
        f"<style>{STYLE}</style></head>\n<body><table>\n<caption>{html.escape(caption)}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(body) + "\n</tbody></table>"
        "</body></html>\n"
    )


def _cell(text: str) -> str:
    if text.startswith("**") and text.endswith("**") and len(text) > 4:
        return f"<b>{html.escape(text[2:-2])}</b>"
    return html.escape(text)
