"""Snapshots of the synthetic twin of CAM5."""

from pathlib import Path

from deepsphere_pipe import synthetic
from deepsphere_pipe.config import SyntheticConfig


def synthesize(settings: SyntheticConfig, out: Path, *, workers: int = 1) -> None:
    """Write snapshots of 16 channels and labels in CAM5's own format.

    Parameters
    ----------
    settings
        Grid, years, runs and seed; they determine every byte on one machine.
    out
        Folder that receives one HDF5 file for each snapshot. It appears when all are written.
    workers
        Processes, of which at most one per run and year is of use.
    """
    synthetic.synthesize(settings, out, workers=workers)
