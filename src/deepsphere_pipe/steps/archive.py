"""The twin as an archive in the format of UGSCNN's."""

import tempfile
from pathlib import Path

from deepsphere_pipe.config import SyntheticConfig
from deepsphere_pipe.data.archive import write_archive
from deepsphere_pipe.data.sources import open_source
from deepsphere_pipe.samplings import Icosahedral
from deepsphere_pipe.synthetic import synthesize


def archive(
    settings: SyntheticConfig, sampling: Icosahedral, out: Path, *, workers: int = 1
) -> None:
    """Synthesise snapshots and write them on a sampling as one zip file.

    Fields are remapped bilinearly; a vertex gets the class that covers most of its cell.

    Parameters
    ----------
    settings
        Determines the snapshots.
    sampling
        Level 5 as published (10 242 vertices), or another one.
    out
        The zip file, with one npz file for each snapshot.
    workers
        Processes.

    Raises
    ------
    UserError
        If a snapshot is damaged or has vertices without a label.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".archive-") as folder:
        native = Path(folder) / "native"
        synthesize(settings, native, workers=workers)
        source = open_source("synthetic", native)
        write_archive(source, sampling, out)
    print(f"{len(source.snapshots)} maps of the {source.title} are in {out}.")
