"""A map that lies another way than told is named: by its own pressure, or by the first map."""

import numpy as np
import pytest
from specimens import write_cam5

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.data.fields.orientation import Orientation
from deepsphere_pipe.data.prepare import prepare
from deepsphere_pipe.data.sources import open_source
from deepsphere_pipe.data.sources.cam5_format import grid_axes
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap import LatLonGrid
from deepsphere_pipe.samplings import Icosahedral
from deepsphere_pipe.synthetic.geography import orography

SHAPE = 48, 96
LAT, LON = grid_axes(*SHAPE)
CHANNELS = {channel.name: channel for channel in cam5_channels()}


def earth(lat=LAT, lon=LON, weather=0):
    """Return all channels (16, lat, lon) over the relief of the Earth."""
    north, east = np.meshgrid(lat, lon % 360, indexing="ij")
    height = orography(north, east)
    waves = np.sin(np.radians(3 * east + 50 * weather)) * np.cos(np.radians(north))
    sea = 101_325 + 1500 * waves
    warm = 300 - 45 * np.sin(np.radians(north)) ** 2
    values = {
        "PS": sea * np.exp(-height / 8000), "PSL": sea, "TS": warm - 0.0065 * height,
        "TREFHT": warm - 0.0065 * height, "T500": warm - 32 + waves,
    }  # fmt: skip
    return np.stack(
        [values.get(n, np.full(north.shape, c.published_mean)) for n, c in CHANNELS.items()]
    ).astype("f4")


TURNS = {
    "its rows go from north to south": lambda x: x[:, ::-1],
    "its longitudes are told 180 degrees off": lambda x: np.roll(x, SHAPE[1] // 2, 2),
    "its columns go westward": lambda x: np.roll(x[:, :, ::-1], 1, 2),
    "it is upside down and its longitudes are 180": lambda x: np.roll(x[:, ::-1], SHAPE[1] // 2, 2),
}
GRID = LatLonGrid(LAT, LON)


@pytest.mark.parametrize("turn", TURNS)
def test_pressure_over_high_land_tells_how_a_map_lies(turn):
    channels, fields = tuple(CHANNELS.values()), earth()
    Orientation.of(GRID).check("a.h5", channels, fields.reshape(16, -1))
    with pytest.raises(UserError, match=rf"a\.h5: surface pressure \(PS\).* if {turn}"):
        Orientation.of(GRID).check("a.h5", channels, TURNS[turn](fields).reshape(16, -1))


def test_a_file_that_tells_its_coordinates_is_right_either_way():
    for lat, lon in ((LAT[::-1], LON), (LAT, (LON + 180) % 360 - 180)):
        fields = earth(lat, lon).reshape(16, -1)
        grid = LatLonGrid(lat, lon)
        Orientation.of(grid).check("a.h5", tuple(CHANNELS.values()), fields)


def test_cold_tropics_are_told():
    channel, fields = CHANNELS["T500"], earth()[list(CHANNELS).index("T500")]
    rolled = np.roll(fields, SHAPE[0] // 2, 0).reshape(1, -1)
    with pytest.raises(UserError, match=r"T500 is 2\d+ K in the tropics and 2\d+ K around"):
        Orientation.of(GRID).check("a.h5", [channel], rolled)


@pytest.mark.parametrize("name", ["TREFHT", "TS"])
@pytest.mark.parametrize(
    ("turn", "sentence"),
    [
        (lambda x: x[:, ::-1], "like that of the first map upside down"),
        (
            lambda x: np.roll(x, SHAPE[1] // 2, 2),
            "like that of the first map turned by 180",
        ),
    ],
)
def test_one_map_among_others_is_told_without_pressure(name, turn, sentence):
    row = list(CHANNELS).index(name)
    first, other = (earth(weather=w)[[row]] for w in (0, 1))
    orientation = Orientation.of(GRID, [CHANNELS[name]], first.reshape(1, -1))
    orientation.check("b.h5", [CHANNELS[name]], other.reshape(1, -1))
    with pytest.raises(UserError, match=f"b.h5: {name} is {sentence}"):
        orientation.check("b.h5", [CHANNELS[name]], turn(other).reshape(1, -1))


@pytest.mark.parametrize("channels", [("PS", "PSL"), ("PSL", "T500")])
def test_prepare_names_the_snapshot_that_is_upside_down(tmp_path, channels):
    """Whether or not the pressure that tells it is wanted."""
    labels = np.zeros(SHAPE, np.uint8)
    for day in (1, 2, 3):
        fields = earth(weather=day)
        turned = fields[:, ::-1] if day == 2 else fields
        write_cam5(tmp_path / f"data-2106-01-{day:02d}-00-1.h5", turned, labels)
    source = open_source("cam5", tmp_path)
    out = tmp_path / "maps.nc"
    with pytest.raises(UserError, match=r"data-2106-01-02-00-1\.h5: surface pressure"):
        prepare(source, Icosahedral(2), out, channels)
    prepare(source, Icosahedral(2), out, channels, on_error="skip")
    with Store(out) as store:
        assert store.channels == channels
        assert [time.day for time in store.times] == [1, 3]
