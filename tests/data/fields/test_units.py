"""Units in any spelling, and what converts them."""

import numpy as np
import pytest

from deepsphere_pipe.data.fields.units import conversion


@pytest.mark.parametrize(
    ("spelling", "units"),
    [
        ("m/s", "m s-1"), ("m s**-1", "m s-1"), ("m s^-1", "m s-1"), ("m.s-1", "m s-1"),
        ("m s^{-1}", "m s-1"), ("kg/m2", "kg m-2"), ("kg/m^2", "kg m-2"), ("kg m**-2", "kg m-2"),
        ("mm", "kg m-2"), ("kg/kg", "kg kg-1"), ("1", "kg kg-1"), ("Kelvin", "K"), ("degK", "K"),
        ("deg K", "K"), ("degrees Kelvin", "K"),
        ("Pa", "Pa"), ("Pascals", "Pa"), ("gpm", "m"), (None, "K"), ("", "K"), (" ", "K"),
    ],
)  # fmt: skip
def test_units_are_known_in_many_spellings(spelling, units):
    values = np.array([0.0, 1.5, 1e5], np.float32)
    found = conversion(spelling, units)
    assert found(values) is values


@pytest.mark.parametrize(
    ("have", "value", "units", "wanted"),
    [
        ("hPa", 1013.25, "Pa", 101325), ("mb", 1013.25, "Pa", 101325),
        ("millibars", 1013.25, "Pa", 101325), ("degC", 20, "K", 293.15), ("°C", 20, "K", 293.15),
        ("degreesC", 20, "K", 293.15),
        ("C", 20, "K", 293.15), ("Celsius", 20, "K", 293.15), ("degF", 68, "K", 293.15),
        ("g/kg", 12, "kg kg-1", 0.012), ("g kg**-1", 12, "kg kg-1", 0.012),
        ("m2 s-2", 98.0665, "m", 10), ("J kg-1", 98.0665, "m", 10), ("km", 12, "m", 12000),
        ("dam", 550, "m", 5500), ("m", 0.03, "kg m-2", 30), ("cm", 3, "kg m-2", 30),
        ("mm/day", 86.4, "m s-1", 1e-6), ("mm hr-1", 3.6, "m s-1", 1e-6),
        ("kg m-2 s-1", 1e-3, "m s-1", 1e-6), ("knots", 10, "m s-1", 5.14444),
    ],
)  # fmt: skip
def test_other_units_are_converted_and_that_is_said(have, value, units, wanted):
    found = conversion(have, units)
    assert found(np.array([value]))[0] == pytest.approx(wanted, rel=1e-5)
    assert found.how.startswith(f"from {have}") and found.how.endswith(f"to {units}")


@pytest.mark.parametrize(
    ("have", "value", "hours"), [("m", 0.0036, 1), ("mm", 21.6, 6), ("kg m-2", 86.4, 24)]
)
def test_amounts_become_rates_where_their_time_is_known(have, value, hours):
    assert conversion(have, "m s-1") is None
    found = conversion(have, "m s-1", hours)
    assert found(np.array(value)).item() == pytest.approx(1e-6)


@pytest.mark.parametrize(
    "have",
    [
        *(
            "kg",
            "m s",
            "degrees_east",
            "degree kg kg-1",
            "radian",
            "sr",
            "unknown",
            "((",
            "'",
            "m/0",
            "1e400",
        ),
        *("9**9**9**9", "m2**9**9**9", "5 m", "m" * 100, "K; import os", "\x00"),
    ],
)
def test_what_cannot_be_converted_is_not(have):
    assert conversion(have, "kg kg-1") is None and conversion(have, "Pa") is None
