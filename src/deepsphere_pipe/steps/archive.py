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
    """Synthesise snapshots and write them on a sampling as one zip file, see `write_archive`."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".archive-") as folder:
        native = Path(folder) / "native"
        synthesize(settings, native, workers=workers)
        source = open_source("synthetic", native)
        write_archive(source, sampling, out)
    print(f"{len(source.snapshots)} maps of the {source.title} are in {out}.")
