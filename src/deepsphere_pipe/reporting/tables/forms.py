"""Tables in four forms: as csv, as Markdown, as an HTML page, and as LaTeX with booktabs."""

import html
import os
import textwrap
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.io.formats.style import Styler
from pylatexenc import latexencode

from deepsphere_pipe.reporting.runs import read_experiments
from deepsphere_pipe.reporting.tables.registry import FORMS, TABLES
from deepsphere_pipe.reporting.tables.table import Table
from deepsphere_pipe.runtime.atomic import atomic_write

UNRULED = ("published", "difference")
"""Kinds of rows that belong to the row above them: no rule parts them."""

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font-family: system-ui, sans-serif; font-size: 13px; color: #222; margin: 1em; }}
table {{ border-collapse: collapse; border-top: 2px solid #222; border-bottom: 2px solid #222; }}
caption {{ caption-side: bottom; text-align: left; color: #555; padding-top: 0.8em;
           font-size: 12px; line-height: 1.5; }}
th, td {{ padding: 0.35em 0.55em; text-align: right; }}
td {{ white-space: nowrap; }}
thead th {{ border-bottom: 1px solid #222; font-weight: 600; vertical-align: bottom; }}
td.baseline {{ color: #666; font-style: italic; }}
td.published, td.difference {{ color: #555; }}
td.published:first-child, td.difference:first-child {{ padding-left: 2em; }}
td.first {{ border-top: 1px solid #bbb; }}
section {{ margin-top: 2.5em; padding: 0.2em 1em 1em; background: #f2f2f2;
           border-left: 6px solid #999; width: fit-content; }}
section h2 {{ font-size: 14px; }}
</style></head>
<body>
{body}</body></html>
"""

# In a document, \documentclass is forbidden: that tells whether another file reads this one.
DOCUMENT = r"""% \input this in a document with \usepackage{booktabs,graphicx}, or compile it alone.
\expandafter\ifx\csname @notprerr\endcsname\documentclass
  \let\tableends\relax
\else
  \documentclass[a4paper,landscape]{article}
  \usepackage[T1]{fontenc}
  \usepackage[margin=15mm]{geometry}
  \usepackage{booktabs,graphicx}
  \pagestyle{empty}
  \let\tableends\enddocument
  \begin{document}
\fi
\begin{table}[htbp]
\centering
BODY\end{table}
\tableends
"""

FIT = r"""\setbox0=\hbox{%%
%s}%%
\ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\box0}\else\leavevmode\box0\fi
"""
"""A table that is shrunk to the width of the line if it is wider."""

TITLE_LETTERS = 9
"""How many letters of a title stand in one line in LaTeX."""

IN_EVERY_FONT = {"|": r"\textbar{}", "<": r"\textless{}", ">": r"\textgreater{}"}
"""Characters that the default encoding of LaTeX would set as others."""

_OURS = latexencode.UnicodeToLatexConversionRule(
    latexencode.RULE_DICT, {ord(letter): text for letter, text in IN_EVERY_FONT.items()}
)
escape_latex = latexencode.UnicodeToLatexEncoder(
    conversion_rules=[_OURS, "defaults"],
    unknown_char_policy="unihex",
    unknown_char_warning=False,
).unicode_to_latex


def write_table(
    name: str, files: Iterable[str | os.PathLike], stem: str | os.PathLike
) -> pd.DataFrame:
    """Write a table of a study as ``stem.csv``, ``stem.md``, ``stem.html`` and ``stem.tex``.

    Parameters
    ----------
    name
        One of `TABLES`.
    files
        ``scores.json`` of every run and baseline. Intervals come from the ``histograms.nc``
        beside each, and are undefined where there is none. Runs of one experiment on one sampling
        and split (its seeds) become one row: mean and sample standard deviation (divisor n − 1),
        undefined if it is undefined for any seed. For a table of the graph analysis, its file.
    stem
        Where to write.

    Returns
    -------
    pandas.DataFrame
        What the csv holds.

    Raises
    ------
    UserError
        If there is no file, one cannot be read, or there is nothing that the table could compare.
    """
    row = TABLES[name]
    table = row.function()(*files if row.analysis else [read_experiments(files)])
    write(table, stem)
    return table.exact


def write(table: Table, stem: str | os.PathLike) -> None:
    """Write ``stem.csv``, ``stem.md``, ``stem.html`` and ``stem.tex``."""
    texts = (_csv, markdown_table, html_table, latex_table)
    for form, text in zip(FORMS, texts, strict=True):
        with atomic_write(Path(f"{os.fspath(stem)}.{form}")) as temporary:
            temporary.write_text(text(table), encoding="utf-8")


def _csv(table: Table) -> str:
    return table.exact.to_csv(index=False)


def markdown_table(table: Table) -> str:
    """Return a table as Markdown, its caption below; there is no place for title and kinds."""
    text = f"{markdown_rows(table.shown)}\n\n{table.caption}\n"
    if section := table.section:
        rows = markdown_rows(section.shown)
        text += f"\n## {section.heading}\n\n{rows}\n\n{section.note}\n"
    return text


def markdown_rows(shown: pd.DataFrame) -> str:
    """Return the rows of a table of text as Markdown."""
    cells = _rendered(shown, lambda text: text.replace("|", r"\|"), "**{}**")
    # tabulate cannot align columns without cells.
    sides = ["left" if text else "right" for text in _holds_text(shown)] if len(shown) else None
    return cells.to_markdown(index=False, disable_numparse=True, colalign=sides)


def html_table(table: Table) -> str:
    """Return a table as an HTML page; the kind of a row is a class of its cells."""
    body = _html_rows(table.shown, table.caption, table.kinds, "table")
    if section := table.section:
        kinds = ["section"] * len(section.shown)
        rows = _html_rows(section.shown, section.note, kinds, "section")
        body += f"<section><h2>{html.escape(section.heading)}</h2>\n{rows}</section>\n"
    return PAGE.format(title=html.escape(table.title), body=body)


def latex_table(table: Table) -> str:
    """Return a table as LaTeX; read into a document, it needs booktabs and graphicx there."""
    body = f"\\caption{{{escape_latex(table.caption)}}}\\par\\medskip\n"
    body += _latex_rows(table.shown, table.kinds)
    if section := table.section:
        body += f"\n\\bigskip\\bigskip\n\\textbf{{{escape_latex(section.heading)}}}\\par\\medskip\n"
        body += _latex_rows(section.shown, ["section"] * len(section.shown))
        body += "\n\\medskip\\begin{minipage}{\\linewidth}\\small "
        body += f"{escape_latex(section.note)}\\end{{minipage}}\n"
    return DOCUMENT.replace("BODY", body)


def _html_rows(shown: pd.DataFrame, caption: str, kinds: Sequence[str], name: str) -> str:
    cells = _rendered(shown, html.escape, "<b>{}</b>")
    pairs = zip(kinds, _ruled(kinds), strict=True)
    classes = [html.escape(kind) + (" first" if first else "") for kind, first in pairs]
    sides: dict[Any, Any] = {
        column: [{"selector": "", "props": "text-align: left"}]
        for column, text in zip(cells, _holds_text(shown), strict=True)
        if text
    }
    if "note" in sides:
        sides["note"].append({"selector": "td", "props": "white-space: normal; min-width: 12em"})
    return (
        Styler(cells, uuid=name, cell_ids=False)
        .hide(axis="index")
        .set_caption(html.escape(caption))
        .set_td_classes(pd.DataFrame(dict.fromkeys(cells, classes), index=cells.index))
        .set_table_styles(sides)
        .to_html()
    )


def _latex_rows(shown: pd.DataFrame, kinds: Sequence[str]) -> str:
    cells = _rendered(shown, escape_latex, r"\textbf{{{}}}")
    sides = ["l" if text else "r" for text in _holds_text(shown)]
    cells.columns = pd.Index(map(_latex_title, map(str, shown), sides))
    for row, (kind, first) in enumerate(zip(kinds, _ruled(kinds), strict=True)):
        before = (r"\midrule" + "\n" if first else "") + (r"\quad " if kind in UNRULED else "")
        cells.iloc[row, 0] = before + str(cells.iloc[row, 0])
    rows = Styler(cells).hide(axis="index")
    column_format = f"@{{}}{''.join(sides)}@{{}}"
    return FIT % rows.to_latex(hrules=True, column_format=column_format).strip()


def _latex_title(name: str, side: str) -> str:
    """Return the title of a column, a long one in several lines."""
    lines = list(map(escape_latex, textwrap.wrap(name, TITLE_LETTERS, break_long_words=False)))
    if len(lines) == 1:
        return lines[0]
    return rf"\begin{{tabular}}[b]{{@{{}}{side}@{{}}}}" + r"\\".join(lines) + r"\end{tabular}"


def _rendered(shown: pd.DataFrame, escape: Callable[[str], str], bold: str) -> pd.DataFrame:
    """Return the cells and titles of a table in the language of a form."""

    def render(cell: object) -> str:
        text = str(cell)
        if len(text) > 4 and text.startswith("**") and text.endswith("**"):
            return bold.format(escape(text[2:-2]))
        return escape(text)

    return shown.map(render).rename(columns=escape)


def _ruled(kinds: Sequence[str]) -> list[bool]:
    """Return above which rows a rule is drawn: where the kind changes."""
    own: list[str] = []
    for kind in kinds:
        own.append(own[-1] if own and kind in UNRULED else kind)
    return [number > 0 and kind != own[number - 1] for number, kind in enumerate(own)]


def _holds_text(shown: pd.DataFrame) -> list[bool]:
    """Return which columns hold words, which stand on the left; numbers stand on the right."""

    def is_words(cell: object) -> bool:
        return str(cell).strip("*([")[:1].isalpha()

    return [number == 0 or any(map(is_words, shown[name])) for number, name in enumerate(shown)]
