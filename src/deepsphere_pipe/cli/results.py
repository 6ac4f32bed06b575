"""The verbs that turn scores into tables and figures, and the config into pages of docs/."""

import argparse

from deepsphere_pipe.config import read_study

# Verbs import what they need themselves: `--help` and planning a workflow do not wait.
Options = argparse.Namespace


def tables(options: Options) -> None:
    """Write a table as csv, Markdown, HTML and LaTeX."""
    from deepsphere_pipe.reporting.tables.forms import write_table

    write_table(options.table, options.input, options.out)


def study_summary(options: Options) -> None:
    """Write the summary of a study: what was run on what data, its scores, where its files are."""
    from deepsphere_pipe.reporting.study_summary import write_study_summary

    write_study_summary(read_study(options.study).name, options.input, options.out)


def figures(options: Options) -> None:
    """Draw one figure as PNG and PDF, or an animation as GIF and WebP."""
    from deepsphere_pipe.reporting.figures.registry import FIGURES

    settings = read_study(options.study).figure(options.figure)
    FIGURES[options.figure.partition("/")[0]].draw(options.input, options.out, settings)


def explorer(options: Options) -> None:
    """Write the explorer of all runs, an interactive html: curves, maps by epoch and a globe."""
    from deepsphere_pipe.reporting.explorer.build import write_explorer

    study = read_study(options.study)
    write_explorer(options.runs, options.out, study.figures.style.colours, study.name)


def reference(options: Options) -> None:
    """Write the reference of all config keys, or of the steps in Python, as Markdown."""
    from deepsphere_pipe.config.reference import config_reference
    from deepsphere_pipe.runtime.atomic import atomic_write
    from deepsphere_pipe.steps.reference import steps_reference

    text = {"config": config_reference, "steps": steps_reference}[options.part]()
    with atomic_write(options.out) as temporary:
        temporary.write_text(text, encoding="utf-8")


def costs(options: Options) -> None:
    """Write what the studies in a folder are expected to cost as Markdown."""
    from deepsphere_pipe.estimates.costs import costs_page
    from deepsphere_pipe.runtime.atomic import atomic_write

    with atomic_write(options.out) as temporary:
        temporary.write_text(costs_page(options.studies), encoding="utf-8")
