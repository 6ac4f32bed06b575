"""The verbs that turn scores into tables and figures, and the config into pages of docs/."""

import argparse

# Verbs import what they need themselves: `--help` and planning a workflow do not wait.


def tables(arguments: argparse.Namespace) -> None:
    """Write a table as csv, Markdown, HTML and LaTeX."""
    if arguments.table == "samplings":
        from deepsphere_pipe.reporting.graph_figures.samplings import samplings_table
        from deepsphere_pipe.reporting.tables.write import write

        write(samplings_table(arguments.input[0]), arguments.out)
    else:
        from deepsphere_pipe.reporting.tables import write_table

        write_table(arguments.table, arguments.input, arguments.out)


def study_page(arguments: argparse.Namespace) -> None:
    """Write the page of a study: what was run on what data, its scores, where its files are."""
    from deepsphere_pipe.reporting.study_page import write_study_page

    write_study_page(arguments.name, arguments.input, arguments.out)


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


def figures(arguments: argparse.Namespace) -> None:
    """Draw one figure as PNG and PDF, or an animation as GIF and WebP."""
    from importlib import import_module

    import yaml

    settings = yaml.safe_load(arguments.config_file.read_text(encoding="utf-8"))
    module, function = (OF_RUNS | OF_ONE_FILE)[arguments.figure]
    draw = getattr(import_module(f"deepsphere_pipe.reporting.{module}"), function)
    if arguments.figure in OF_RUNS:
        # A run is named by its folder.
        draw({path.parent.name: path for path in arguments.input}, arguments.out, settings)
    else:
        draw(arguments.input[0], arguments.out, settings)


def page(arguments: argparse.Namespace) -> None:
    """Write the interactive page of all runs: curves, maps by epoch and a globe."""
    import yaml

    from deepsphere_pipe.reporting.explorer import explorer_page

    settings = yaml.safe_load(arguments.config_file.read_text(encoding="utf-8"))
    explorer_page(arguments.runs, arguments.out, settings["colours"], settings["study"])


def reference(arguments: argparse.Namespace) -> None:
    """Write the reference of all config keys as Markdown."""
    from deepsphere_pipe.config.reference import config_reference
    from deepsphere_pipe.runtime.atomic import atomic_write

    with atomic_write(arguments.out) as temporary:
        temporary.write_text(config_reference(), encoding="utf-8")


def costs(arguments: argparse.Namespace) -> None:
    """Write what the studies in a folder are expected to cost as Markdown."""
    from deepsphere_pipe.estimates.costs import costs_page
    from deepsphere_pipe.runtime.atomic import atomic_write

    with atomic_write(arguments.out) as temporary:
        temporary.write_text(costs_page(arguments.studies), encoding="utf-8")
