"""The summary of a study, ``results/<study>/README.md``: what was run, its scores, where all is."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.runs import read_experiments
from deepsphere_pipe.reporting.tables.captions import UNDEFINED, origin
from deepsphere_pipe.reporting.tables.forms import markdown_rows
from deepsphere_pipe.reporting.tables.registry import FORMS
from deepsphere_pipe.reporting.tables.rows import Rows
from deepsphere_pipe.reporting.tables.scores import AP, MEAN_AP
from deepsphere_pipe.runtime.atomic import atomic_write

MAIN_FIGURES = ("map", "precision_recall")
"""Figures that the summary shows, if they are there; it links to the others."""

FOLDERS = {
    "runs": "networks, histories, scores, histograms and predictions, run by run",
    "baselines": "the same scores for what needs no graph",
    "data": "maps on the sphere, with what went into them, and their split",
    "spheres": "vertices, areas and Laplacians",
    "graphs": "the numbers behind the figures of the graphs",
    "benchmarks": "time and memory of every step",
}
"""Folders of a study and what is in them."""

ALWAYS_THERE = {"benchmarks"}
MADE_BEFORE_RUNS = {"data", "spheres"}


def write_study_summary(
    name: str, results: Iterable[str | os.PathLike], path: str | os.PathLike
) -> None:
    """Write the summary of a study as Markdown.

    Parameters
    ----------
    name
        Of the study.
    results
        What the study makes: every ``scores.json``, tables (``.md``), figures (``.png``) and pages
        (``.html``); others tell that there is a folder of them. Only the scores need be there.
        UserError if they cannot be read, or nothing is there to tell of.
    path
        The file to write. Links to the results are relative to it.
    """
    folder = Path(path).parent
    files = [Path(each) for each in results]
    scores = [each for each in files if each.name == "scores.json"]
    figures, tables, pages = (
        {each.stem: each for each in files if each.suffix == suffix}
        for suffix in (".png", ".md", ".html")
    )
    if not (scores or figures or tables):
        raise UserError("the summary of a study needs its scores, tables or figures")

    def link(text: str, file: Path) -> str:
        target = Path(os.path.relpath(file, folder)).as_posix()
        return f"[{text.replace('_', ' ')}]({target})"

    def forms(file: Path) -> str:
        return ", ".join(link(f, file.with_suffix(f".{f}")) for f in FORMS if f != "md")

    parts = [
        f"# {name}",
        "*Written by the workflow, again whenever a score changes; do not edit.* The report with "
        f"all tables and figures is {link('report.html', folder / 'report.html')}.",
    ]
    parts += _headline(scores) if scores else ["No network was trained in this study."]
    shown = [stem for stem in MAIN_FIGURES if stem in figures] or list(figures)[:1]
    parts += [f"!{link(stem, figures[stem])}" for stem in shown]
    if tables:
        lines = [f"- {link(stem, file)} ({forms(file)})" for stem, file in tables.items()]
        parts += ["## Tables", "\n".join(lines)]
    pages = {stem: file for stem, file in pages.items() if stem not in tables}
    if figures or pages:
        lines = [f"- {link(stem, file)}" for stem, file in figures.items()]
        lines += [f"- {link(stem, file)} (to click on)" for stem, file in pages.items()]
        parts += ["## Figures", "\n".join(lines)]
    there = {Path(os.path.relpath(each, folder)).parts[0] for each in files} | ALWAYS_THERE
    there |= MADE_BEFORE_RUNS if "runs" in there else set()
    kept = {each: what for each, what in FOLDERS.items() if each in there}
    folders = [f"- {link(f'{each}/', folder / each)}: {what}" for each, what in kept.items()]
    parts += ["## Other files", "\n".join(folders)]
    with atomic_write(path) as temporary:
        temporary.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _headline(scores: Sequence[Path]) -> list[str]:
    """Return the table of the main scores and where they come from."""
    experiments = read_experiments(scores)
    rows = Rows(experiments).scores([MEAN_AP, *AP]).seeds()
    reading = (
        "Average precision (AP) on the test maps in percent, of tropical cyclones (TC) and "
        f"atmospheric rivers (AR). {UNDEFINED}"
    )
    return [origin(experiments), markdown_rows(rows.shown), reading]
