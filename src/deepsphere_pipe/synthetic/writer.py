"""Write the synthetic archive: one process per run and year, all or nothing."""

import shutil
from pathlib import Path

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from deepsphere_pipe.config import SyntheticConfig
from deepsphere_pipe.data.sources.cam5_format import write_snapshot
from deepsphere_pipe.data.sources.naming import snapshot_name
from deepsphere_pipe.runtime.processes import worker_pool
from deepsphere_pipe.synthetic.simulation import snapshots


def _write_year(settings: SyntheticConfig, run: int, year: int, folder: Path) -> None:
    with threadpool_limits(1):
        for time, fields, labels in snapshots(settings, run, year):
            write_snapshot(folder / snapshot_name(time, run), fields, labels)


def synthesize(settings: SyntheticConfig, folder: Path, workers: int = 1) -> None:
    """Write the synthetic twin of CAM5 as native HDF5 files.

    Files appear in ``<folder>.partial``, which replaces ``folder`` at the very end.

    Parameters
    ----------
    settings
        Determines every byte on one machine; elsewhere, values are the same within rounding.
    folder
        Where the files go.
    workers
        Processes, each with one thread; at most one per run and year is of use.
    """
    folder = Path(folder)
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    jobs = [(settings, run, year, partial) for year in settings.years for run in settings.runs]
    with tqdm(total=len(jobs), desc="synthesize", unit="year", disable=None) as bar:
        if workers <= 1:
            for job in jobs:
                _write_year(*job)
                bar.update()
        else:
            with worker_pool(min(workers, len(jobs))) as pool:
                for _ in pool.map(_write_year, *zip(*jobs, strict=True)):
                    bar.update()
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
