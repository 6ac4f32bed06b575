"""What every step of a study will need, before any of them has run."""

from deepsphere_pipe.estimates.machines import A100, H100, Gpu
from deepsphere_pipe.estimates.needs import Cost, Needs, request
from deepsphere_pipe.estimates.steps import Estimates

__all__ = ["A100", "H100", "Cost", "Estimates", "Gpu", "Needs", "request"]
