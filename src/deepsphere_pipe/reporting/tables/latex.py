"""Tables as LaTeX with booktabs: to be read into an article, or compiled as they are.

What LaTeX would take for a command, such as the underscore of a name, is escaped, and characters
that pdfTeX has no letter for become what stands for them.
"""

from collections.abc import Sequence

import pandas as pd

from deepsphere_pipe.reporting.tables.markup import UNRULED, holds_text, is_bold, ruled
from deepsphere_pipe.reporting.tables.table import Apart

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

LONG_TITLE = 11
"""Letters of a title that stand in one line."""


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
        f"\\caption{{{escaped(caption)}}}\\par\\medskip\n",
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
    columns = "".join("l" if text else "r" for text in holds_text(shown))
    titles = [_title(name, side) for name, side in zip(shown, columns, strict=True)]
    lines = [r"\toprule", " & ".join(titles) + r" \\", r"\midrule"]
    for row, kind, first in zip(shown.to_numpy().tolist(), kinds, ruled(kinds), strict=True):
        if first:
            lines.append(r"\midrule")
        indent = r"\quad " if kind in UNRULED else ""
        lines.append(indent + _line(row))
    lines.append(r"\bottomrule")
    return FIT.replace("COLUMNS", columns).replace("ROWS", "\n".join(lines))


def _title(name: str, side: str) -> str:
    """Return the title of a column, a long one in two lines."""
    words = name.split()
    if len(name) <= LONG_TITLE or len(words) < 2:
        return escaped(name)
    # Where both lines are about as long.
    middle = min(range(len(words) - 1, 0, -1), key=lambda n: max(map(len, _halves(words, n))))
    above, below = map(escaped, _halves(words, middle))
    return rf"\begin{{tabular}}[b]{{@{{}}{side}@{{}}}}{above}\\{below}\end{{tabular}}"


def _halves(words: Sequence[str], middle: int) -> tuple[str, str]:
    return " ".join(words[:middle]), " ".join(words[middle:])


def _line(cells: Sequence[object]) -> str:
    return " & ".join(_cell(str(cell)) for cell in cells) + r" \\"


def _cell(text: str) -> str:
    return rf"\textbf{{{escaped(text[2:-2])}}}" if is_bold(text) else escaped(text)
