"""The packed store ``maps.nc``: every snapshot of one source on one sampling.

One netCDF-4 file with dimensions (time, channel, vertex), uncompressed and contiguous: a random map
is one read, and the place of a map in the file is known before anything is written. It opens with
xarray; `Store` is the fast way in.
"""

from pathlib import Path

import cftime
import netCDF4
import numpy as np

from deepsphere_pipe.errors import UserError

TIME_UNITS = "hours since 2000-01-01 00:00:00"


class Store:
    """Read access to a packed store; use it as a context manager.

    Attributes
    ----------
    times, calendar
        Times in the calendar of the source, (time,) cftime.datetime.
    hours
        The same in hours since a fixed epoch, for arithmetic, (time,) int64.
    runs, files
        Runs, (time,) int, and files or members of the source, (time,) str.
    sampling
        Identifier of the sampling, vertex order included.

    Raises
    ------
    UserError
        If the file is missing or is no store.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            self._file = netCDF4.Dataset(self.path)
            self._fields = self._file["fields"]
            self._labels = self._file["labels"]
            stamps = self._file["time"]
            self.calendar = stamps.calendar
            self.hours = np.rint(stamps[:].data).astype(np.int64)
            self.times = cftime.num2date(self.hours, stamps.units, self.calendar)
            self.runs = self._file["run"][:].data
            self.files = self._file["source_file"][:].astype(str)
            self.channels = tuple(map(str, self._file["channel_name"][:]))
            self.sampling, self.title = self._file.sampling, self._file.title
        except (OSError, IndexError, AttributeError) as error:
            raise UserError(
                f"{self.path}: is not a store of maps ({error}); make it with 'prepare'."
            ) from None

        for variable in (self._fields, self._labels):
            variable.set_auto_maskandscale(False)  # masks cost more than the read itself

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self.runs)

    @property
    def years(self) -> np.ndarray:
        """Model year of each map, (time,)."""
        return np.array([time.year for time in self.times])

    @property
    def n_vertices(self) -> int:
        """Vertices of a map."""
        return self._fields.shape[2]

    def fields(self, index: int) -> np.ndarray:
        """Return one map, float32 (channel, vertex)."""
        return self._fields[index]

    def labels(self, index: int) -> np.ndarray:
        """Return the labels of one map, uint8 (vertex,)."""
        return self._labels[index]
