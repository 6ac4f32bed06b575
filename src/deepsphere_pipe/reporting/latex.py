"""Tables as LaTeX with booktabs: to be read into an article, or compiled as they are.

What LaTeX would take for a command, such as the underscore of a name, is escaped, and characters
that pdfTeX has no letter for become what stands for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from deepsphere_pipe.reporting.pages import UNRULED, is_bold, ruled

if TYPE_CHECKING:
    from deepsphere_pipe.reporting.table import Apart

ESCAPED = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "_": r"\_",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "$": r"\$",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"$<$",
    ">": r"$>$",
    "|": r"$|$",
    '"': "''",
    "\N{NO-BREAK SPACE}": "~",
    "\N{EN DASH}": "--",
    "\N{MINUS SIGN}": "$-$",
    "\N{PLUS-MINUS SIGN}": r"$\pm$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{RIGHTWARDS ARROW}": r"$\to$",
}

# In a document, \documentclass is forbidden: that tells whether another file reads this one.
HEAD = r"""% \input this in a document with \usepackage{booktabs,graphicx}, or compile it alone.
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
"""
TAIL = "\\tableends\n"

FIT = r"""\setbox0=\hbox{%
\begin{tabular}{@{}COLUMNS@{}}
ROWS
\end{tabular}}%
\ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\box0}\else\leavevmode\box0\fi
"""
"""A table that is shrunk to the width of the line if it is wider."""


def escaped(text: str) -> str:
    """Return text that LaTeX sets as it is."""
    return "".join(map(_character, text))


def _character(character: str) -> str:
    if character in ESCAPED:
        return ESCAPED[character]
    # Letters of Western Europe are in every font.
    if character.isascii() or (character.isalpha() and ord(character) < 256):
        return character
    return f"[U+{ord(character):04X}]"


def latex_table(
    shown: pd.DataFrame,
    caption: str,
    title: str,
    kinds: Sequence[str],
    apart: Apart | None = None,
) -> str:
    """Return a table of text as LaTeX.

    The parameters are those of `pages.html_table`. The file needs booktabs and graphicx where it
    is read into a document, and compiles by itself.
    """
    parts = [
        HEAD,
        f"% {escaped(title)}\n",
        "\\begin{table}[htbp]\n\\centering\n",
        f"\\caption{{{escaped(caption)}}}\n",
        _tabular(shown, kinds),
    ]
    if apart is not None:
        parts += [
            "\n\\bigskip\\bigskip\n",
            f"\\textbf{{{escaped(apart.heading)}}}\\par\\medskip\n",
            _tabular(apart.shown, ["apart"] * len(apart.shown)),
            f"\n\\medskip\\begin{{minipage}}{{\\linewidth}}\\small {escaped(apart.note)}"
            "\\end{minipage}\n",
        ]
    return "".join([*parts, "\\end{table}\n", TAIL])


def _tabular(shown: pd.DataFrame, kinds: Sequence[str]) -> str:
    columns = "l" + "".join("l" if name == "note" else "r" for name in list(shown)[1:])
    lines = [r"\toprule", _line(list(shown)), r"\midrule"]
    for row, kind, first in zip(shown.to_numpy().tolist(), kinds, ruled(kinds), strict=True):
        if first:
            lines.append(r"\midrule")
        indent = r"\quad " if kind in UNRULED else ""
        lines.append(indent + _line(row))
    lines.append(r"\bottomrule")
    return FIT.replace("COLUMNS", columns).replace("ROWS", "\n".join(lines))


def _line(cells: Sequence[object]) -> str:
    return " & ".join(_cell(str(cell)) for cell in cells) + r" \\"


def _cell(text: str) -> str:
    return rf"\textbf{{{escaped(text[2:-2])}}}" if is_bold(text) else escaped(text)
