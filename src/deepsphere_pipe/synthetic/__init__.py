"""The synthetic twin of CAM5: invented weather in the archive's own format."""

from deepsphere_pipe.synthetic.simulation import days_written, snapshots
from deepsphere_pipe.synthetic.writer import synthesize

__all__ = ["days_written", "snapshots", "synthesize"]
