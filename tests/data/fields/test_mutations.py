"""Whatever is changed in a data set: its values are read right, or one sentence refuses it."""

import numpy as np
from climate import CHANNELS, assert_is_climate, plain
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepsphere_pipe.data.fields.plausibility import check_plausible
from deepsphere_pipe.data.fields.reading import ClimateFields
from deepsphere_pipe.errors import UserError

NAMES = ["TMQ", "PSL", "T500"]
AXES = ("latitude", "longitude")
ROTATED = {"standard_name": "grid_latitude", "units": "degrees"}


def attributes(name, **changes):
    """Return a change of attributes of a variable that may be gone by then."""

    def change(data):
        for each in [name] if name in data.variables else []:
            data[each].attrs.update({k: v for k, v in changes.items() if v is not None})
            for key in [key for key, value in changes.items() if value is None]:
                data[each].attrs.pop(key, None)
        return data

    return change


def renamed(old, new):
    def change(data):
        return data.rename({old: new}) if old in data.variables and new not in data else data

    return change


def along(dim, change):
    """Return a change that needs a dimension."""
    return lambda data: change(data) if dim in data.dims else data


def in_other_units(name, units, factor, offset):
    """Return a change of values together with their units, once."""

    def change(data):
        if name in data and data[name].attrs.get("units") == CHANNELS[name].units:
            data[name] = ((data[name] - offset) / factor).assign_attrs(units=units)
        return data

    return change


def reordered(data, dims):
    return data.transpose(*[dim for dim in dims if dim in data.dims], ...)


RIGHT = st.one_of(
    st.sampled_from(
        [
            in_other_units("PSL", "hPa", 100, 0),
            in_other_units("PSL", "millibars", 100, 0),
            in_other_units("T500", "degC", 1, 273.15),
            in_other_units("T500", "degF", 5 / 9, 273.15 - 32 * 5 / 9),
            in_other_units("TMQ", "g m-2", 1e-3, 0),
            renamed("PSL", "msl"),
            renamed("PSL", "mean_sea_level_pressure"),
            renamed("TMQ", "prw"),
            renamed("latitude", "lat"),
            renamed("longitude", "x"),
            along("longitude", lambda data: data.roll(longitude=5, roll_coords=True)),
            along("latitude", lambda data: data.isel(latitude=slice(None, None, -1))),
            lambda data: data.isel(time=[0, 1, 2]),
            lambda data: data.expand_dims("height") if "height" not in data.dims else data,
        ]
    ),
    st.permutations(["time", "latitude", "longitude"]).map(
        lambda dims: lambda data: reordered(data, dims)
    ),
)
"""What changes no value, however often and in whatever order."""

WRONG_UNITS = ("", "K s", "kg", "furlong", "m2 K", "9**9**9", "\0", "0\n", "degree", "1")
UNITS = st.sampled_from(WRONG_UNITS) | st.text(max_size=12)

KEYS = (
    *("units", "standard_name", "coordinates", "grid_mapping", "mesh", "location", "bounds"),
    *("cell_measures", "cell_methods", "valid_min", "valid_range", "healpix_nside", "_FillValue"),
)
ODD = st.sampled_from([3, 2.5, [1, 2], np.array([1, 2]), np.float32(1), b"x", ["a", "b"], {"a": 1}])

ANY = st.one_of(
    st.tuples(st.sampled_from([*NAMES, *AXES, "time"]), st.sampled_from(KEYS), ODD).map(
        lambda drawn: attributes(drawn[0], **{drawn[1]: drawn[2]})
    ),
    st.tuples(st.sampled_from([*NAMES, *AXES, "time"]), UNITS).map(
        lambda pair: attributes(pair[0], units=pair[1])
    ),
    st.tuples(st.sampled_from([*NAMES, *AXES, "time"]), st.text(max_size=12)).map(
        lambda pair: attributes(pair[0], standard_name=pair[1])
    ),
    st.sampled_from(AXES).map(lambda name: attributes(name, standard_name=None, units=None)),
    st.sampled_from([*NAMES, *AXES, "time"]).map(
        lambda n: lambda d: d.drop_vars(n, errors="ignore")
    ),
    st.sampled_from(
        [
            lambda data: data.astype("S8"),
            lambda data: data.astype("c16"),
            lambda data: data.astype("bool"),
            lambda data: data.isel(time=0),
            along("longitude", lambda data: data.isel(longitude=slice(7))),
            along("latitude", lambda data: data.isel(latitude=[0])),
            along("latitude", lambda data: data.roll(latitude=3, roll_coords=True)),
            lambda data: data.expand_dims(ensemble=2),
            lambda data: data.stack(cell=["latitude", "longitude"]).reset_index("cell"),
            lambda data: data.assign_coords(
                rlat=("latitude", data["latitude"].values / 2, ROTATED)
            ),
            attributes("PSL", grid_mapping="nowhere"),
            attributes("PSL", mesh="nowhere", location="node"),
            attributes("PSL", coordinates="latitude latitude"),
            attributes("PSL", cell_measures="area: nowhere"),
            attributes("PSL", valid_range="wide", valid_min="low"),
            attributes("TMQ", healpix_nside=3),
            attributes("T500", units=3),
        ]
    ),
)
"""What may make the values another's, or nobody's."""


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(RIGHT, max_size=6))
def test_what_changes_no_value_is_read_as_ever(changes):
    data = plain()
    for change in changes:
        data = change(data)
    fields = ClimateFields(data)
    for time in (0, 2):
        assert_is_climate(fields, NAMES, time, atol=1e-4)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(RIGHT, max_size=3), st.lists(ANY, min_size=1, max_size=3))
def test_whatever_is_changed_ends_in_the_same_values_or_in_a_sentence(changes, any_changes):
    data = plain()
    for change in (*changes, *any_changes):
        try:
            data = change(data)
        except (ValueError, KeyError, TypeError):  # two changes that do not go together
            continue
    try:
        fields = ClimateFields(data)
        fields.grid, fields.times  # noqa: B018
        for sentence in fields.problems.values():
            check_sentence(sentence)
        names = [channel.name for channel in fields.channels]
        # Values in °C whose units were wiped out are told by themselves.
        check_plausible("a.nc", fields.channels, fields.read(names))
    except UserError as error:
        check_sentence(str(error))
    else:
        assert_is_climate(fields, names, 0, atol=1e-4)


def check_sentence(text):
    assert text.endswith(".") and "\n" not in text and len(text) < 400
