"""Units by their spelling, and by the values themselves."""

import numpy as np
import pytest
from specimens import physical, random_map

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.data.sources.units import check_plausible, check_units, normal_form
from deepsphere_pipe.errors import UserError

CHANNELS = {channel.name: channel for channel in cam5_channels()}


@pytest.mark.parametrize(
    ("spelling", "form"),
    [
        ("m/s", "m s-1"), ("m s**-1", "m s-1"), ("m s^-1", "m s-1"), ("m.s-1", "m s-1"),
        ("kg/m2", "kg m-2"), ("kg/m^2", "kg m-2"), ("kg m**-2", "kg m-2"), ("mm", "kg m-2"),
        ("kg/kg", "kg kg-1"), ("Kelvin", "K"), ("mb", "hPa"), ("Pa", "Pa"), ("degC", "°C"),
    ],
)  # fmt: skip
def test_units_are_known_in_many_spellings(spelling, form):
    assert normal_form(spelling) == normal_form(form)


def test_different_units_stay_different():
    units = ["Pa", "hPa", "K", "°C", "m s-1", "m s", "kg kg-1", "g kg-1", "m", "kg m-2", "m2 s-2"]
    assert len({normal_form(unit) for unit in units}) == len(units)


def test_another_unit_is_an_error_that_says_so():
    check_units("a.nc", CHANNELS["PSL"], "Pascal")
    check_units("a.nc", CHANNELS["PSL"], None)
    with pytest.raises(UserError, match=r"a\.nc: PSL is in mb, but Pa is expected; convert it"):
        check_units("a.nc", CHANNELS["PSL"], "mb")


@pytest.mark.parametrize(
    ("name", "factor", "offset", "look"),
    [
        ("PSL", 0.01, 0, "hPa"), ("PS", 0.01, 0, "hPa"), ("TREFHT", 1, -273.15, "°C"),
        ("T200", 1, -273.15, "°C"), ("QREFHT", 1e3, 0, "g kg-1"), ("Z200", 1e-3, 0, "km"),
        ("Z200", 9.80665, 0, "m2 s-2"), ("PRECT", 86.4e6, 0, "mm per day"),
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
