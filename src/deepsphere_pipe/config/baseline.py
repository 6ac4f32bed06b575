"""What networks are compared with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Baseline:
    """What needs no graph, on one sampling and one split.

    Attributes
    ----------
    kind
        Which of `Study.baselines`.
    sampling
        Name of the sampling.
    sampling_name, split_name
        The same and that of the split, in a study that has several; else None.
    """

    kind: str
    sampling: str
    sampling_name: str | None = None
    split_name: str | None = None

    @property
    def name(self) -> str:
        """Folder of the baseline below ``baselines/``."""
        return "-".join(filter(None, (self.kind, self.sampling_name, self.split_name)))
