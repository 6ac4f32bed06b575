"""Whether maps lie the right way up: by the pressure over high land, and by the first of them.

A file without coordinates, such as CAM5's, or with wrong ones cannot say that its rows go from
north to south or its longitudes from −180. Surface pressure tells: it is low over Antarctica,
Tibet, Greenland, the Rocky Mountains and the Altiplano whatever the weather, and at their images by
any such mistake lies the sea, or low land.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from deepsphere_pipe.channels import Channel
from deepsphere_pipe.data.fields.faults import Fault, refuse
from deepsphere_pipe.remap import Grid, LatLonGrid
from deepsphere_pipe.remap.grids import degrees_of, owners_of
from deepsphere_pipe.samplings.sampling import unit_vectors

WITNESS = "PS"
"""The channel that tells by itself."""

HIGH_LAND = np.array(
    [
        *((-82, 0), (-80, 60), (-80, 90), (-80, 120)),  # East Antarctica
        *((33, 84), (33, 88), (33, 92), (34, 96)),  # Tibet
        *((72, -40), (75, -38)),  # Greenland
        *((39, -106), (-18, -68)),  # Rocky Mountains, Altiplano
    ],
    dtype=np.float64,
)
"""Latitude and longitude in degrees of places above 2 km."""

MISTAKES = {
    "its rows go from north to south where south to north is told, or the reverse": (-1, 1, 0),
    "its longitudes are told 180 degrees off, as where they begin at -180 instead of 0": (
        1,
        1,
        180,
    ),
    "its columns go westward": (1, -1, 0),
    "it is upside down and its longitudes are 180 degrees off": (-1, 1, 180),
    "it is upside down and its columns go westward": (-1, -1, 0),
}
"""What may be wrong: factors of latitude and longitude, and degrees added to the latter."""

LOW_PRESSURE = 80_000.0
"""Pa: the mean over high land is below it (70 kPa), and at any image of it far above."""

BY_SO_MUCH = 10_000.0
"""Pa: so much lower is the mean over high land than at any image of it."""

TROPICS, CAPS = 20.0, 70.0
COLDER = 10.0
"""K by which the tropics are never colder than the polar caps."""

LIKE, UNLIKE = 0.8, 0.3
"""Correlations with the first map, turned and as it is, that tell a map that is turned."""

WARM_TROPICS = ("TREFHT", "TS", "T500")
COMPARED = (WITNESS, "Z1000", "TREFHT", "TS")
"""Channels in which the ground shows: in the first that is there, maps are compared."""


@dataclass(frozen=True)
class Orientation:
    """What maps on a grid are compared with.

    Attributes
    ----------
    high_land
        Cells at the high land as told, and with each of the `MISTAKES`, (1 + n, n_places).
    bands
        Which cells lie in the tropics, and on the polar caps, (2, n_cells) bool.
    turned
        Places of the cells of a map by what was done to it, where the grid allows: (n_cells,).
    compared, shape
        Name of the channel in which maps are compared with the first, None if there is none; rows
        and columns of the grid.
    first
        How that channel of the first map differs from the mean along each parallel, (n_cells,).
    """

    high_land: np.ndarray
    bands: np.ndarray
    turned: dict[str, np.ndarray]
    compared: str | None
    first: np.ndarray | None
    shape: tuple[int, int] = (1, 1)

    @classmethod
    def of(
        cls, grid: Grid, channels: Sequence[Channel] = (), first: np.ndarray | None = None
    ) -> "Orientation":
        """Prepare for the maps of a grid.

        Parameters
        ----------
        grid
            As told.
        channels, first
            Channels, and the fields of the first map, (channel, n_cells).
        """
        latitude, longitude = HIGH_LAND.T
        images = [(1, 1, 0), *MISTAKES.values()]
        points = [unit_vectors(a * longitude + c, b * latitude) for b, a, c in images]
        cells = np.stack([owners_of(grid, each) for each in points])
        north = degrees_of(grid)[1]
        bands = np.stack([np.abs(north) < TROPICS, np.abs(north) > CAPS])
        names = [channel.name for channel in channels]
        compared = next((name for name in COMPARED if name in names), None)
        values = None
        if isinstance(grid, LatLonGrid) and compared is not None and first is not None:
            values = _from_parallel(first[names.index(compared)], grid.shape)
        shape = grid.shape if isinstance(grid, LatLonGrid) else (1, 1)
        return cls(cells, bands, _turned(grid), compared, values, shape)

    def check(self, name: str, channels: Sequence[Channel], fields: np.ndarray) -> None:
        """Refuse a map (channel, n_cells) that lies another way than told.

        Raises
        ------
        UserError
            With what seems to have been done to it.
        """
        refuse(name, self.faults(channels, fields))

    def faults(self, channels: Sequence[Channel], fields: np.ndarray) -> Iterator[Fault]:
        """Yield all for which `check` would refuse a map."""
        by_name = {channel.name: row for channel, row in zip(channels, fields, strict=True)}
        if WITNESS in by_name and (self.high_land >= 0).all():
            as_told, *others = by_name[WITNESS][self.high_land].mean(axis=1, dtype=np.float64)
            lowest = int(np.argmin(others))
            if others[lowest] < min(LOW_PRESSURE, as_told - BY_SO_MUCH):
                what = (
                    f"surface pressure (PS) over the high land of the Earth has a mean of "
                    f"{as_told / 100:.0f} hPa, but would have {others[lowest] / 100:.0f} if "
                    f"{list(MISTAKES)[lowest]}."
                )
                yield Fault("orientation", "", what)
        for each in WARM_TROPICS:
            if each in by_name and self.bands.any(axis=1).all():
                warm, cold = (by_name[each][band].mean(dtype=np.float64) for band in self.bands)
                if warm < cold - COLDER:
                    what = (
                        f"{each} is {warm:.0f} K in the tropics and {cold:.0f} K around "
                        "the poles: the values are not at the latitudes that are told."
                    )
                    yield Fault("orientation", each, what)
        if self.first is None or self.compared not in by_name:
            return
        values = _from_parallel(by_name[self.compared], self.shape)
        if _correlation(values, self.first) < UNLIKE:
            for done, places in self.turned.items():
                if _correlation(values, self.first[places]) > LIKE:
                    what = f"{self.compared} is like that of the first map {done}."
                    yield Fault("orientation", "", what)
                    return


def _turned(grid: Grid) -> dict[str, np.ndarray]:
    if not isinstance(grid, LatLonGrid):
        return {}
    n_lat, n_lon = grid.shape
    cells = np.arange(n_lat * n_lon).reshape(n_lat, n_lon)
    found = {}
    if n_lon % 2 == 0:
        found["turned by 180 degrees of longitude"] = np.roll(cells, n_lon // 2, axis=1).ravel()
    if np.allclose(grid.latitudes, -grid.latitudes[::-1], atol=1e-3):
        found["upside down"] = cells[::-1].ravel()
        if n_lon % 2 == 0:
            both = np.roll(cells[::-1], n_lon // 2, axis=1)
            found["upside down and turned by 180 degrees of longitude"] = both.ravel()
    return found


def _from_parallel(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return differences from the mean along each parallel: climate alone looks alike both ways."""
    rows = values.reshape(shape).astype(np.float64)
    return (rows - rows.mean(axis=1, keepdims=True)).ravel()


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    norm = np.sqrt((one**2).sum() * (other**2).sum())
    return float((one * other).sum() / norm) if norm > 0 else 1.0
