"""What one of the paper's figures of the graphs shows."""

from importlib import import_module
from pathlib import Path

from deepsphere_pipe.config import GraphAnalysisConfig

PARTS = {
    "equivariance_error": "equivariance_errors",
    "kernel_widths": "kernel_widths",
    "samplings": "compare_samplings",
    "spectra": "spectra",
}
"""Function of each part, in the module of `graph_analysis` with its name."""


def graph_analysis(part: str, settings: GraphAnalysisConfig, out: Path) -> None:
    """Compute one of `PARTS`.

    Parameters
    ----------
    part
        Name of the part, which is also that of its settings.
    settings
        All parts of the study's ``graph_analysis``.
    out
        File to write: csv, for spectra netCDF.
    """
    module = import_module(f"deepsphere_pipe.graph_analysis.{part}")
    getattr(module, PARTS[part])(getattr(settings, part), out)
