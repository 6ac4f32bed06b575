"""Values by themselves tell other units, marks of missing values and what nature does not have."""

import numpy as np
import pytest
import xarray as xr
from climate import dataset
from specimens import physical, random_map

from deepsphere_pipe.channels import UNLABELLED, cam5_channels
from deepsphere_pipe.data.fields.plausibility import check_plausible
from deepsphere_pipe.data.prepare import prepare
from deepsphere_pipe.data.sources import open_source
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings import Icosahedral

CHANNELS = {channel.name: channel for channel in cam5_channels()}


@pytest.mark.parametrize(
    ("name", "factor", "offset", "look"),
    [
        ("PSL", 0.01, 0, "hPa"), ("PS", 0.01, 0, "hPa"), ("TREFHT", 1, -273.15, "degC"),
        ("T200", 1, -273.15, "degC"), ("QREFHT", 1e3, 0, "g kg-1"), ("Z200", 1e-3, 0, "km"),
        ("Z200", 9.80665, 0, "m2 s-2"), ("PRECT", 86.4e6, 0, "mm day-1"),
        ("ZBOT", 9.80665, 0, "m2 s-2"),
    ],
)  # fmt: skip
def test_values_betray_their_units(name, factor, offset, look):
    field = physical(np.random.default_rng(0).normal(size=(16, 500)))[list(CHANNELS).index(name)]
    check_plausible("a.h5", [CHANNELS[name]], field[None])
    with pytest.raises(UserError, match=f"a.h5: {name} has a mean of .* look like .*{look}"):
        check_plausible("a.h5", [CHANNELS[name]], field[None] * factor + offset)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_named(value):
    fields, _ = random_map(0, 50)
    fields[4, 3] = value
    with pytest.raises(UserError, match=r"a\.h5: VBOT holds values that are not finite"):
        check_plausible("a.h5", cam5_channels(), fields)


@pytest.mark.parametrize("hours", [1 / 24, 1 / 12, 24])
def test_rain_of_another_time_is_told(hours):
    """ERA5's monthly means are metres a day: as metres an hour they rained 24 times as much."""
    rain = np.random.default_rng(0).gamma(0.2, 1.7e-7, (1, 5000))
    check_plausible("a.nc", [CHANNELS["PRECT"]], rain)
    with pytest.raises(UserError, match="PRECT has a mean of"):
        check_plausible("a.nc", [CHANNELS["PRECT"]], rain / hours)


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize("mark", [-9999.0, 1e20, -32767.0])
def test_a_single_mark_of_a_missing_value_is_told(name, mark):
    fields, _ = random_map(0, 20_000)
    row = fields[[list(CHANNELS).index(name)]]
    check_plausible("a.h5", [CHANNELS[name]], row)
    row[0, 77] = mark
    with pytest.raises(UserError, match=rf"a\.h5: {name} (goes|has a mean)"):
        check_plausible("a.h5", [CHANNELS[name]], row)


@pytest.mark.parametrize("name", ["T200", "T500", "TS", "TREFHT", "PS", "PSL"])
def test_nothing_is_at_zero(name):
    fields, _ = random_map(0, 20_000)
    row = fields[[list(CHANNELS).index(name)]]
    row[0, 77] = 0
    with pytest.raises(UserError, match=f"{name} goes down to 0 "):
        check_plausible("a.h5", [CHANNELS[name]], row)


@pytest.mark.parametrize(
    ("name", "least", "greatest"),
    [
        ("TREFHT", 183.9, 329.9),  # Vostok 1983, Furnace Creek 1913
        ("TS", 175.4, 353.9),  # seen by satellites on the East Antarctic plateau and in Lut
        ("PSL", 87_000, 108_480),  # Typhoon Tip 1979, Tosontsengel 2001
        ("PS", 47_000, 106_500),  # the highest cells of the Himalaya, the Dead Sea
        ("PRECT", 0, 8.5e-5),  # 305 mm in an hour, Holt 1947
    ],
)
def test_the_extremes_that_were_measured_are_plausible(name, least, greatest):
    fields, _ = random_map(0, 20_000)
    row = fields[[list(CHANNELS).index(name)]]
    row[0, :2] = least, greatest
    check_plausible("a.h5", [CHANNELS[name]], row)


def test_missing_values_may_be_left_out_but_not_all_of_them(tmp_path):
    """The vertices get no label, and the mean of the others as values."""
    data = dataset({"msl": ("PSL", 1, 0, {"units": "Pa"}), "t2m": ("TREFHT", 1, 0, {"units": "K"})})
    missing = data["t2m"].where((data.latitude < 50) | (data.time != data.time[1]))
    data.assign(t2m=missing.assign_attrs(units="K")).to_netcdf(tmp_path / "a.nc")
    source, sampling = open_source("era5", tmp_path / "a.nc"), Icosahedral(2)
    out = tmp_path / "maps.nc"
    with pytest.raises(
        UserError,
        match=r"not finite, as 2\d % of the points have none; 'missing: mask' leaves",
    ):
        prepare(source, sampling, out, ("PSL", "TREFHT"))
    prepare(source, sampling, out, ("PSL", "TREFHT"), missing="mask")
    with Store(out) as store:
        gone = sampling.latitude > 50
        whole, masked = store.fields(0), store.fields(1)
        assert np.isfinite(masked).all() and set(store.labels(1)) == {UNLABELLED}
        np.testing.assert_allclose(masked[1, gone], masked[1, ~gone].mean(), atol=0.3)
        assert np.ptp(masked[1, sampling.latitude > 61]) == 0 < np.ptp(masked[0, gone])
        assert np.ptp(whole[1, gone]) > 1
    all_gone = xr.open_dataset(tmp_path / "a.nc").load()
    all_gone["t2m"][:] = np.nan
    all_gone.to_netcdf(tmp_path / "b.nc")
    with pytest.raises(UserError, match="TREFHT holds values that are not finite"):
        prepare(open_source("era5", tmp_path / "b.nc"), sampling, out, ("TREFHT",), missing="mask")


def test_only_the_labels_of_what_is_left_out_are_taken(tmp_path):
    from specimens import SHAPE, write_climatenet

    fields, labels = random_map(3, *SHAPE)
    fields[7, 12:] = np.nan
    write_climatenet(tmp_path / "data-2010-06-21-01-1.nc", fields, labels)
    out, sampling = tmp_path / "maps.nc", Icosahedral(2)
    prepare(open_source("climatenet", tmp_path), sampling, out, ("TMQ", "PSL"), missing="mask")
    with Store(out) as store:
        classes = store.labels(0)
    assert set(classes[sampling.latitude > 5]) == {UNLABELLED}
    assert UNLABELLED not in classes[sampling.latitude < -10]
