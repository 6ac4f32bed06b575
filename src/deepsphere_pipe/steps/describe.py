"""What a file is and holds."""

from pathlib import Path

from deepsphere_pipe.description.kinds import described_file


def describe(path: str | Path) -> str:
    """Say in a few lines what a file or folder is and holds.

    Parameters
    ----------
    path
        Anything that the pipeline leaves (store of maps, split, sphere, network, checkpoint,
        scores, tables, predictions, study, folder of a run or of results), or fields of your own:
        netCDF, zarr, GRIB, a folder or an archive of snapshots.

    Returns
    -------
    str
        Of fields: grid, times, variables, which channels they can serve and from what, problems.

    Raises
    ------
    UserError
        If there is nothing, or it is of no kind that is known.
    """
    return described_file(Path(path))
