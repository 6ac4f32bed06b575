"""Channels are found by the names of others, at their level and in any units of their kind."""

import numpy as np
import pytest
import xarray as xr
from climate import (
    CHANNELS,
    LATITUDE,
    LONGITUDE,
    TIMES,
    assert_is_climate,
    dataset,
    on_grid,
    on_levels,
    plain,
)

from deepsphere_pipe.data.fields.channel_table import channel_table
from deepsphere_pipe.data.fields.reading import ClimateFields
from deepsphere_pipe.errors import UserError

HOUR, DAY = 3600, 86400
VOCABULARIES = {
    "CDS": {
        "t2m": ("TREFHT", 1, 0, {"units": "K"}), "msl": ("PSL", 1, 0, {"units": "Pa"}),
        "u10": ("UBOT", 1, 0, {"units": "m s**-1"}), "v10": ("VBOT", 1, 0, {"units": "m s**-1"}),
        "sp": ("PS", 1, 0, {"units": "Pa"}), "skt": ("TS", 1, 0, {"units": "K"}),
        "tcwv": ("TMQ", 1, 0, {"units": "kg m**-2"}),
        "tp": ("PRECT", 1 / HOUR, 0, {"units": "m"}),
    },
    "ARCO and WeatherBench 2": {
        "2m_temperature": ("TREFHT", 1, 0, {}), "mean_sea_level_pressure": ("PSL", 1, 0, {}),
        "10m_u_component_of_wind": ("UBOT", 1, 0, {}), "surface_pressure": ("PS", 1, 0, {}),
        "total_column_water_vapour": ("TMQ", 1, 0, {}), "skin_temperature": ("TS", 1, 0, {}),
        "total_precipitation_6hr": ("PRECT", 1 / (6 * HOUR), 0, {"units": "m"}),
    },
    "CMIP6": {
        "psl": ("PSL", 1, 0, {"units": "Pa"}), "prw": ("TMQ", 1, 0, {"units": "kg m-2"}),
        "pr": ("PRECT", 1e-3, 0, {"units": "kg m-2 s-1"}), "tas": ("TREFHT", 1, 0, {"units": "K"}),
        "ts": ("TS", 1, 0, {"units": "K"}), "huss": ("QREFHT", 1, 0, {"units": "1"}),
        "uas": ("UBOT", 1, 0, {"units": "m s-1"}), "vas": ("VBOT", 1, 0, {"units": "m s-1"}),
    },
    "MERRA-2": {
        "SLP": ("PSL", 1, 0, {"units": "Pa"}), "TQV": ("TMQ", 1, 0, {"units": "kg m-2"}),
        "U850": ("U850", 1, 0, {"units": "m s-1"}), "T2M": ("TREFHT", 1, 0, {"units": "K"}),
        "PRECTOT": ("PRECT", 1e-3, 0, {"units": "kg m-2 s-1"}), "PS": ("PS", 1, 0, {}),
        "QV2M": ("QREFHT", 1, 0, {"units": "kg kg-1"}), "HLML": ("ZBOT", 1, 0, {"units": "m"}),
    },
    "in units of everyday": {
        "PSL": ("PSL", 100, 0, {"units": "hPa"}),
        "TREFHT": ("TREFHT", 1, 273.15, {"units": "degC"}),
        "QREFHT": ("QREFHT", 1e-3, 0, {"units": "g kg-1"}),
        "PRECT": ("PRECT", 1e-3 / DAY, 0, {"units": "mm/day"}),
        "Z200": ("Z200", 1 / 9.80665, 0, {"units": "m2 s-2"}),
        "TMQ": ("TMQ", 10, 0, {"units": "cm"}), "U850": ("U850", 1 / 3.6, 0, {"units": "km/h"}),
    },
    "by standard names": {
        "x1": ("PSL", 1, 0, {"units": "Pa", "standard_name": "air_pressure_at_mean_sea_level"}),
        "x2": ("PRECT", 1e-3, 0, {"units": "kg m-2 s-1", "standard_name": "precipitation_flux"}),
        "x3": ("TS", 1, 0, {"units": "K", "standard_name": "surface_temperature"}),
    },
}  # fmt: skip


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_vocabularies_are_known(vocabulary):
    variables = VOCABULARIES[vocabulary]
    fields = ClimateFields(dataset(variables))
    names = [channel for channel, *_ in variables.values()]
    assert {channel.name for channel in fields.channels} == set(names) and not fields.problems
    for time in range(len(TIMES)):
        assert_is_climate(fields, names, time)


@pytest.mark.parametrize(
    ("name", "levels", "units", "factor", "channels", "attributes"),
    [
        ("ua", [100000, 85000, 20000], "Pa", 1, {85000: "U850"}, {"units": "m s-1"}),
        ("v", [200, 850, 1000], "hPa", 1, {850: "V850"}, {"units": "m s**-1"}),
        ("temperature", [200, 500, 850], None, 1, {200: "T200", 500: "T500"}, {"units": "K"}),
        ("T", [20000, 50000], None, 1, {20000: "T200", 50000: "T500"}, {"units": "K"}),
        ("zg", [1000, 200], "millibars", 1, {1000: "Z1000", 200: "Z200"}, {"units": "m"}),
        ("geopotential", [200, 1000], "hPa", 1 / 9.80665, {1000: "Z1000", 200: "Z200"}, {}),
        ("any", [200, 850], "hPa", 1, {850: "U850"},
         {"units": "m s-1", "standard_name": "eastward_wind"}),
    ],
)  # fmt: skip
def test_levels_are_picked(name, levels, units, factor, channels, attributes):
    data = on_levels(name, channels, "plev" if units == "Pa" else "level", levels, factor, units,
                     **attributes)  # fmt: skip
    fields = ClimateFields(data)
    assert {channel.name for channel in fields.channels} == {"PSL", *channels.values()}
    assert_is_climate(fields, list(channels.values()), 1, atol=1e-4)


def test_a_level_that_is_not_there_is_named():
    data = on_levels("ua", {}, "plev", [100000, 20000], 1, "Pa", units="m s-1")
    fields = ClimateFields(data)
    assert fields.problems["U850"] == "ua: is at 1000, 200 hPa, not at 850."
    twice = ClimateFields(on_levels("ua", {}, "plev", [850, 850], units="m s-1"))
    assert "where 850 is twice" in twice.problems["U850"]


def test_levels_of_a_model_are_no_pressures():
    """CAM's hybrid levels say hPa, which they have over the sea only."""
    data = on_levels("T", {500: "T500", 200: "T200"}, "lev", [200, 500], units="K")
    assert len(ClimateFields(data).channels) == 3
    data["lev"].attrs["standard_name"] = "atmosphere_hybrid_sigma_pressure_coordinate"
    assert {channel.name for channel in ClimateFields(data).channels} == {"PSL"}
    many = on_levels("T", {}, "lev", np.arange(1.0, 73), units="K")
    assert ClimateFields(many).problems["T500"] == (
        "T: is at 72 levels from 1 to 72 hPa, not at 500."
    )


def test_a_single_level_is_its_own():
    data = on_levels("u", {850: "U850"}, "pressure_level", [850], units="m s-1")
    for each in (data, data.isel(pressure_level=0)):
        assert_is_climate(ClimateFields(each), ["U850"], 2)
    data = on_levels("U850", {500: "U850"}, "lev", [500], units="m s-1")
    assert ClimateFields(data).problems["U850"] == "U850: is at 500 hPa, not at 850."


def test_the_surface_is_no_level():
    """ERA5's `z` without levels is the height of the ground."""
    fields = ClimateFields(dataset({"z": ("Z1000", 1, 0, {"units": "m2 s-2"})}))
    assert not fields.channels


def test_near_the_ground_is_told_by_height():
    name = {"units": "K", "standard_name": "air_temperature"}
    data = dataset({"x": ("TREFHT", 1, 0, name), "y": ("T500", 1, 0, name)})
    assert "TREFHT" not in {c.name for c in ClimateFields(data).channels}
    height = xr.DataArray(2.0, attrs={"units": "m", "standard_name": "height"})
    data["x"] = data["x"].assign_coords(height=height)
    data = data.assign(x=data["x"], y=data["y"].drop_vars("height", errors="ignore"))
    data = data.drop_vars("y")
    assert_is_climate(ClimateFields(data), ["TREFHT"])


def test_two_of_one_standard_name_are_named():
    name = {"units": "Pa", "standard_name": "surface_air_pressure"}
    data = dataset({"b": ("PS", 1, 0, name), "a": ("PS", 1, 0, name), "TMQ": ("TMQ", 1, 0, {})})
    assert ClimateFields(data).problems["PS"].startswith("PS: a and b may both stand for it")


def test_amounts_of_unknown_time_are_refused_and_bounds_tell_it():
    amount = {"units": "kg m-2", "cell_methods": "time: sum"}
    data = dataset({"PRECT": ("PRECT", 1e-3 / (3 * HOUR), 0, amount)})
    assert "bounds of the times" in ClimateFields(data).problems["PRECT"]
    ends = data.time.values[:, None] + np.array([-3, 0], "timedelta64[h]")
    data["time"].attrs["bounds"] = "time_bnds"
    data["time_bnds"] = ("time", "two"), ends
    assert_is_climate(ClimateFields(data), ["PRECT"], 1)


def test_what_is_done_is_said_once():
    variables = {"msl": ("PSL", 100, 0, {"units": "hPa"}), "TS": ("TS", 1, 0, {"units": "K"})}
    assert ClimateFields(dataset(variables)).notes == (
        "PSL is msl, converted from hPa to Pa",
    )  # fmt: skip


def test_own_names_come_first():
    data = dataset({"TREFHT": ("T200", 1, 0, {}), "warm": ("TREFHT", 1, 273.15, {"units": "degC"})})
    assert_is_climate(ClimateFields(data, {"TREFHT": "warm"}), ["TREFHT"])
    levels = on_levels("wind", {850: "U850"}, "level", [200, 850], units="m s-1")
    assert_is_climate(ClimateFields(levels, {"U850": ["wind"]}), ["U850"])
    assert channel_table({"PRECT": {"name": "rain", "hours": 3}})["PRECT"].names[0].hours == 3
    for wrong, sentence in (
        ({"RAIN": "x"}, "there is no channel 'RAIN'"),
        ({"TMQ": {"nam": "x"}}, "TMQ.nam: Extra inputs"),
        ({"TMQ": [3]}, "TMQ.names.0"),
    ):
        with pytest.raises(UserError, match=sentence):
            channel_table(wrong)


def test_every_channel_is_in_the_table_with_bounds_around_its_climate():
    table = channel_table()
    assert set(table) == set(CHANNELS)
    for name, entry in table.items():
        least, greatest = entry.bounds
        assert least < CHANNELS[name].published_mean < greatest and entry.names[0].name == name


def test_precipitable_water_comes_of_humidity_on_levels():
    """A dry ground at 600 hPa ends the column; q is linear in pressure, so trapezoids are exact."""
    levels = np.array([300, 400, 500, 600, 700, 850, 1000.0])
    ground = np.where(LONGITUDE < 180, 60_000.0, 102_000.0)
    data = plain()[["T500"]].assign_coords(level=("level", levels, {"units": "hPa"}))
    shape = (len(TIMES), levels.size, LATITUDE.size, LONGITUDE.size)
    humidity = np.broadcast_to((levels / 1e5)[None, :, None, None], shape).copy()
    buried = 100 * levels[:, None] > ground[None]
    humidity[:, buried[:, None].repeat(LATITUDE.size, 1)] = np.nan
    dims = ("time", "level", "latitude", "longitude")
    data["q"] = dims, humidity * 1e3, {"units": "g kg-1"}
    data["sp"] = ("latitude", "longitude"), np.tile(ground, (LATITUDE.size, 1)), {"units": "Pa"}
    fields = ClimateFields(data)
    assert "TMQ is integrated from q on 7 levels down to the surface" in fields.notes
    read = fields.read(["TMQ"], 1).reshape(LATITUDE.size, LONGITUDE.size)
    bottom = np.minimum(ground, 1e5)
    column = (bottom**2 - 3e4**2) / 2 / 1e7 + (ground - bottom) * 1e-2
    np.testing.assert_allclose(read, np.tile(column / 9.80665, (LATITUDE.size, 1)), rtol=1e-5)
    data["tcwv"] = ("time", "latitude", "longitude"), on_grid("TMQ")
    assert_is_climate(ClimateFields(data), ["TMQ"])


def test_missing_humidity_above_the_ground_is_not_made_up():
    levels = np.array([300, 400, 500, 600, 700, 850, 1000.0])
    data = plain()[["T500"]].assign_coords(level=("level", levels, {"units": "hPa"}))
    values = np.full((len(TIMES), levels.size, LATITUDE.size, LONGITUDE.size), 0.004)
    values[:, 2, 5, 7] = np.nan
    data["q"] = ("time", "level", "latitude", "longitude"), values, {"units": "kg kg-1"}
    data["sp"] = ("latitude", "longitude"), np.full(values.shape[2:], 1e5), {"units": "Pa"}
    read = ClimateFields(data).read(["TMQ"]).reshape(LATITUDE.size, LONGITUDE.size)
    assert np.isnan(read[5, 7]) and np.isfinite(read).sum() == read.size - 1
