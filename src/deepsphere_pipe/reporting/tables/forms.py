"""Tables for reading: as Markdown, as an HTML page, and as LaTeX with booktabs."""

import html
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from pandas.io.formats.style import Styler
from pylatexenc.latexencode import (
    RULE_DICT,
    UnicodeToLatexConversionRule,
    UnicodeToLatexEncoder,
)

from deepsphere_pipe.reporting.tables.table import UNRULED, Table, holds_text, ruled

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

escape_latex = UnicodeToLatexEncoder(
    conversion_rules=[
        UnicodeToLatexConversionRule(RULE_DICT, {ord(c): s for c, s in IN_EVERY_FONT.items()}),
        "defaults",
    ],
    unknown_char_policy="unihex",
    unknown_char_warning=False,
).unicode_to_latex


def markdown_table(table: Table) -> str:
    """Return a table as Markdown, its caption below; there is no place for title and kinds."""
    text = f"{markdown_rows(table.shown)}\n\n{table.caption}\n"
    if table.section:
        heading, shown, note = (getattr(table.section, n) for n in ("heading", "shown", "note"))
        text += f"\n## {heading}\n\n{markdown_rows(shown)}\n\n{note}\n"
    return text


def markdown_rows(shown: pd.DataFrame) -> str:
    """Return the rows of a table of text as Markdown."""
    cells = shown.map(_escape_pipe).rename(columns=_escape_pipe)
    # tabulate cannot align columns without cells.
    sides = ["left" if text else "right" for text in holds_text(shown)] if len(shown) else None
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
    """Return a table as LaTeX with booktabs.

    The file needs booktabs and graphicx where it is read into a document, and compiles by itself.
    """
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
    pairs = zip(kinds, ruled(kinds), strict=True)
    classes = [html.escape(kind) + (" first" if first else "") for kind, first in pairs]
    sides: dict[Any, Any] = {
        column: [{"selector": "", "props": "text-align: left"}]
        for column, text in zip(cells, holds_text(shown), strict=True)
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
    sides = ["l" if text else "r" for text in holds_text(shown)]
    cells.columns = pd.Index(map(_latex_title, map(str, shown), sides))
    for row, (kind, first) in enumerate(zip(kinds, ruled(kinds), strict=True)):
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


def _escape_pipe(cell: object) -> str:
    return str(cell).replace("|", r"\|")
