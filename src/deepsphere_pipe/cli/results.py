"""The verbs that turn scores into tables and figures, and the config into pages of docs/."""

import argparse

from deepsphere_pipe.config import read_study

# Verbs import what they need themselves: `--help` and planning a workflow do not wait.
Options = argparse.Namespace


def tables(options: Options) -> None:
    """Write a table as csv, Markdown, HTML and LaTeX."""
    from deepsphere_pipe.reporting.tables.write import write_table

    write_table(options.table, options.input, options.out)


def study_page(options: Options) -> None:
    """Write the page of a study: what was run on what data, its scores, where its files are."""
    from deepsphere_pipe.reporting.study_page import write_study_page

    write_study_page(read_study(options.study).name, options.input, options.out)


OF_RUNS = {
    "training_curves": ("figures.curves", "training_curves"),
    "precision_recall": ("figures.curves", "precision_recall_curves"),
    "confusion": ("figures.confusion", "confusion_matrices"),
    "calibration": ("figures.reliability", "reliability_curves"),
    "latitude": ("figures.latitude", "scores_by_latitude"),
    "comparison": ("figures.comparison", "score_comparison"),
    "cost": ("figures.comparison", "score_against_cost"),
}
"""Figures of all runs at once: module and function."""

OF_ONE_FILE = {
    "map": ("maps.snapshot", "truth_and_prediction"),
    "composite": ("figures.composites", "composite_cyclones"),
    "globe": ("maps.globe", "turning_globe"),
    "equivariance_error": ("graph_figures.equivariance_error", "equivariance_error_figure"),
    "kernel_widths": ("graph_figures.kernel_widths", "kernel_widths_figure"),
    "samplings": ("graph_figures.samplings", "samplings_figure"),
    "spectra": ("graph_figures.spectra", "spectra_figure"),
    "eigenvectors": ("graph_figures.spectra", "eigenvectors_figure"),
    "graphs": ("graph_figures.spectra", "graphs_figure"),
    "power_spectra": ("figures.power_spectra", "power_spectra_figure"),
}
"""Figures of one file."""


def figures(options: Options) -> None:
    """Draw one figure as PNG and PDF, or an animation as GIF and WebP."""
    from importlib import import_module

    settings = read_study(options.study).figure(options.figure)
    name = options.figure.partition("/")[0]
    module, function = (OF_RUNS | OF_ONE_FILE)[name]
    draw = getattr(import_module(f"deepsphere_pipe.reporting.{module}"), function)
    if name in OF_RUNS:
        # A run is named by its folder.
        draw({path.parent.name: path for path in options.input}, options.out, settings)
    else:
        draw(options.input[0], options.out, settings)


def page(options: Options) -> None:
    """Write the interactive page of all runs: curves, maps by epoch and a globe."""
    from deepsphere_pipe.reporting.explorer import explorer_page

    study = read_study(options.study)
    explorer_page(options.runs, options.out, study.figures.style.colours, study.name)


def reference(options: Options) -> None:
    """Write the reference of all config keys as Markdown."""
    from deepsphere_pipe.config.reference import config_reference
    from deepsphere_pipe.runtime.atomic import atomic_write

    with atomic_write(options.out) as temporary:
        temporary.write_text(config_reference(), encoding="utf-8")


def costs(options: Options) -> None:
    """Write what the studies in a folder are expected to cost as Markdown."""
    from deepsphere_pipe.estimates.costs import costs_page
    from deepsphere_pipe.runtime.atomic import atomic_write

    with atomic_write(options.out) as temporary:
        temporary.write_text(costs_page(options.studies), encoding="utf-8")
