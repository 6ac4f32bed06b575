"""The verbs that turn scores into tables and figures, and the config into pages of docs/."""

import argparse

# Verbs import what they need themselves: `--help` and planning a workflow do not wait.


def tables(arguments: argparse.Namespace) -> None:
    """Write a table as csv, Markdown, HTML and LaTeX."""
    if arguments.table == "samplings":
        from deepsphere_pipe.reporting.graph_figures.samplings_table import samplings_table
        from deepsphere_pipe.reporting.tables.write import write

        write(samplings_table(arguments.input[0]), arguments.out)
    else:
        from deepsphere_pipe.reporting.tables import write_table

        write_table(arguments.table, arguments.input, arguments.out)


def study_page(arguments: argparse.Namespace) -> None:
    """Write the page of a study: what was run on what data, its scores, where its files are."""
    from deepsphere_pipe.reporting.study_page import write_study_page

    write_study_page(arguments.name, arguments.input, arguments.out)


def figures(arguments: argparse.Namespace) -> None:
    """Draw one figure as PNG and PDF, or an animation as GIF and WebP."""
    import yaml

    from deepsphere_pipe.reporting.figures.registry import FIGURES

    settings = yaml.safe_load(arguments.config_file.read_text(encoding="utf-8"))
    FIGURES[arguments.figure].draw(arguments.input, arguments.out, settings)


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
