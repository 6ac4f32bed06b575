"""Snapshots of the synthetic twin of CAM5."""

from pathlib import Path

from deepsphere_pipe import synthetic
from deepsphere_pipe.config import SyntheticConfig


def synthesize(settings: SyntheticConfig, out: Path, *, workers: int = 1) -> None:
    """Write snapshots in CAM5's own format into a folder, see `synthetic.synthesize`."""
    synthetic.synthesize(settings, out, workers=workers)
