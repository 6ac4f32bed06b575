"""Changes of data sets as users and tools make them, drawn at random.

Each says what may come of it: the very same values, the same or one sentence, or also others where
nobody could know better.
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

import numpy as np
import xarray as xr

from tests.data.fields.climate import CHANNELS, LONGITUDE, dataset

NAMES = ("TMQ", "PSL", "T500", "U850")
AXES = ("latitude", "longitude")
SAME, TOLD, OTHER = "the same", "the same or told", "other"


class Mutation(NamedTuple):
    """What is done to a data set by draws of a `random.Random`, and what may come of it."""

    name: str
    change: Callable[[xr.Dataset, Random], xr.Dataset]
    becomes: str


def original():
    """Return four channels by their own names on a grid."""
    return dataset({name: (name, 1, 0, {"units": CHANNELS[name].units}) for name in NAMES})


def fields_in(data):
    """Return the names of the channels that are left under their own."""
    return [name for name in NAMES if name in data.data_vars] or list(data.data_vars)


# What changes no value


def in_other_units(data, r):
    units = {
        "PSL": [("hPa", 100, 0), ("millibars", 100, 0), ("kPa", 1000, 0), ("Pascals", 1, 0)],
        "T500": [("degC", 1, 273.15), ("degF", 5 / 9, 273.15 - 32 * 5 / 9), ("deg_C", 1, 273.15)],
        "TMQ": [("g m-2", 1e-3, 0), ("mm", 1, 0), ("kg/m^2", 1, 0), ("cm", 10, 0)],
        "U850": [("knots", 0.514444444, 0), ("km/h", 1 / 3.6, 0), ("m s**-1", 1, 0)],
    }
    name = r.choice(NAMES)
    if name in data and data[name].attrs.get("units") == CHANNELS[name].units:
        unit, factor, offset = r.choice(units[name])
        data[name] = ((data[name] - offset) / factor).assign_attrs(units=unit)
    return data


def under_another_name(data, r):
    old, new = r.choice(
        [
            ("PSL", "msl"), ("PSL", "mean_sea_level_pressure"), ("TMQ", "prw"), ("TMQ", "tcwv"),
            ("U850", "u850"), ("T500", "ta500"), ("latitude", "lat"), ("longitude", "x"),
            ("longitude", "lon"), ("latitude", "nav_lat"), ("time", "valid_time"),
        ]
    )  # fmt: skip
    return data.rename({old: new}) if old in data.variables and new not in data else data


def by_standard_name(data, r):
    old, name = r.choice(
        [
            ("PSL", "air_pressure_at_mean_sea_level"),
            ("PSL", "air_pressure_at_sea_level"),
            ("TMQ", "atmosphere_mass_content_of_water_vapor"),
        ]
    )
    if old in data.data_vars and "anything" not in data:
        data = data.rename({old: "anything"})
        data["anything"].attrs["standard_name"] = name
    return data


def rolled(data, r):
    if data.sizes.get("longitude") == LONGITUDE.size:
        data = data.roll(longitude=r.randrange(36), roll_coords=True)
    return data


def upside_down(data, r):
    return data.isel(latitude=slice(None, None, -1)) if "latitude" in data.dims else data


def reordered(data, r):
    dims = list(data.dims)
    r.shuffle(dims)
    return data.transpose(*dims)


def from_date_line(data, r):
    if data.sizes.get("longitude") == LONGITUDE.size and "longitude" in data.coords:
        attributes = data["longitude"].attrs
        data = data.assign_coords(longitude=(data["longitude"] + 180) % 360 - 180)
        data = data.sortby("longitude")
        data["longitude"].attrs = attributes
    return data


def with_first_column_again(data, r):
    if "longitude" not in data.dims or data.sizes["longitude"] != LONGITUDE.size:
        return data
    first = data.isel(longitude=[0])
    again = first.assign_coords(longitude=first["longitude"] + 360)
    again["longitude"].attrs = data["longitude"].attrs
    return xr.concat([data, again], "longitude", data_vars="minimal")


def of_another_type(data, r):
    kind = r.choice(["f4", ">f4", "f8", ">f8"])
    return data.assign({name: data[name].astype(kind) for name in fields_in(data)})


def packed(data, r):
    name = r.choice(fields_in(data))
    values = data[name].values
    if values.dtype.kind == "f" and np.isfinite(values).all():
        low, high = float(values.min()), float(values.max())
        data[name].encoding = {
            "dtype": r.choice(["i4", "u4"]), "scale_factor": (high - low) / 1.9e9,
            "_FillValue": 2**31 - 1,
        }  # fmt: skip
        data[name].encoding["add_offset"] = low
    return data


def with_strangers(data, r):
    more = r.choice(
        [
            {"station": ("name", np.array(["a", "b"]))},
            {"foo": (("x", "y"), np.zeros((2, 3)))},
            {"height": ((), 2.0, {"units": "m", "standard_name": "height"})},
            {"crs": ((), 0, {"grid_mapping_name": "latitude_longitude"})},
            {"time_bnds": (("time", "bnds"), np.zeros((data.sizes.get("time", 3), 2)))},
        ]
    )
    (name,) = more
    return data if name in data else data.assign(more)


def within_a_level(data, r):
    name = r.choice(["height", "number", "member"])
    return data if name in data.variables or name in data.dims else data.expand_dims(name)


def of_another_calendar(data, r):
    if "time" in data.dims and data["time"].dtype.kind == "M":
        data = data.convert_calendar(r.choice(["noleap", "standard"]), use_cftime=True)
    return data


def without_attributes(data, r):
    for name in AXES:
        if name in data.variables:
            data[name].attrs.pop("standard_name", None)
    data.attrs.clear()
    return data


# What may make the values another's, or nobody's

WRONG_UNITS = ("", "K s", "kg", "furlong", "m2 K", "9**9**9", "\0", "0\n", "degree", "1", "deg K")
KEYS = (
    *("units", "standard_name", "coordinates", "grid_mapping", "mesh", "location", "bounds"),
    *("cell_measures", "cell_methods", "valid_min", "valid_max", "valid_range", "healpix_nside"),
    *("positive", "axis", "calendar", "healpix_order", "missing_value", "flag_values"),
)
ODD = (3, 2.5, [1, 2], np.array([1, 2]), np.float32(1), b"x", ["a", "b"], "", "time", "PSL", -1e30)
LETTERS = "aAkKmMsShPgGdegree°²-_*/^ 0123456789()·.\0\n\u00e9\u6f22"
MARKS = (-9999.0, 1e20, np.nan, 0.0, np.inf, -32767.0, 9.969209968386869e36)


def any_name(data, r):
    return r.choice(list(data.variables))


def text(r):
    return "".join(r.choice(LETTERS) for _ in range(r.randrange(13)))


def with_an_odd_attribute(data, r):
    name = any_name(data, r)
    data[name].attrs[r.choice(KEYS)] = r.choice(ODD)
    return data


def in_units_of_anything(data, r):
    data[any_name(data, r)].attrs["units"] = r.choice(WRONG_UNITS) if r.random() < 0.5 else text(r)
    return data


def of_any_standard_name(data, r):
    known = ("latitude", "longitude", "time", "air_temperature", "air_pressure", "surface_altitude")
    data[any_name(data, r)].attrs["standard_name"] = r.choice((*known, text(r)))
    return data


def without_a_variable(data, r):
    return data.drop_vars(any_name(data, r))


def with_swapped_names(data, r):
    one, other = r.sample(sorted(map(str, data.variables)), 2)
    return data.rename({one: other, other: one})


def with_swapped_units(data, r):
    one, other = r.sample(sorted(map(str, data.variables)), 2)
    units = data[one].attrs.get("units", ""), data[other].attrs.get("units", "")
    data[other].attrs["units"], data[one].attrs["units"] = units
    return data


def with_marks(data, r):
    """Put a value that marks missing ones into PSL or T500, and say so or not."""
    name = r.choice([name for name in ("PSL", "T500") if name in data.data_vars])
    values, mark = data[name].values.astype("f8"), r.choice(MARKS)
    values.ravel()[r.sample(range(values.size), r.randrange(1, 40))] = mark
    said = {"missing_value": mark} if r.random() < 0.3 else {}
    data[name] = data[name].dims, values, {**data[name].attrs, **said}
    return data


def in_unsaid_units(data, r):
    name, factor, offset = r.choice(
        [
            ("PSL", 0.01, 0), ("T500", 1, -273.15), ("TMQ", 1e3, 0), ("TMQ", 1e-3, 0),
            ("U850", 100, 0), ("U850", 0.01, 0), ("T500", 1.8, -459.67), ("PSL", 0, 0),
            ("U850", 0, 0), ("PSL", -1, 0),
        ]
    )  # fmt: skip
    if name in data.data_vars and data[name].attrs.get("units", "") == CHANNELS[name].units:
        data[name] = (data[name] * factor + offset).assign_attrs(data[name].attrs)
    return data


def of_an_odd_type(data, r):
    name = r.choice([*fields_in(data), *(name for name in AXES if name in data.variables)])
    kind = r.choice(["S8", "c16", "bool", "U6", "O"])
    return data.assign({name: data[name].astype(kind)})


def cut(data, r):
    dim = r.choice([str(dim) for dim in data.dims])
    size = data.sizes[dim]
    return r.choice(
        [
            lambda: data.isel({dim: slice(r.randrange(size), None)}),
            lambda: data.isel({dim: slice(None, r.randrange(1, size + 1))}),
            lambda: data.isel({dim: r.randrange(size)}),
            lambda: data.isel({dim: [r.randrange(size)]}),
            lambda: data.isel({dim: sorted(r.sample(range(size), max(size - 1, 1)))}),
            lambda: data.isel({dim: [0, *range(size)]}),
            lambda: data.isel({dim: slice(None, None, 2)}),
            lambda: data.isel({dim: r.sample(range(size), size)}),
        ]
    )()


def spoilt(data, r):
    """Change a value of a coordinate."""
    name = r.choice([name for name in AXES if name in data.variables])
    values = data[name].values.astype("f8")
    values.ravel()[r.randrange(values.size)] = r.choice([np.nan, 1e20, 0.0, -91.0, 400.0])
    return data.assign_coords({name: (data[name].dims, values, data[name].attrs)})


def of_other_coordinates(data, r):
    name = r.choice([name for name in AXES if name in data.variables])
    values = data[name].values.astype("f8")
    changed = r.choice(
        [
            lambda: np.radians(values), lambda: values / 2, lambda: values * 0,
            lambda: np.arange(values.size), lambda: values * 1e6, lambda: values.round(-2),
        ]
    )  # fmt: skip
    return data.assign_coords({name: (data[name].dims, changed(), data[name].attrs)})


def with_a_dimension(data, r):
    return data.expand_dims({r.choice(["ensemble", "expver", "level", "plev"]): 2})


def as_cells(data, r):
    if not set(AXES) <= set(data.dims):
        return data
    return data.stack(cell=list(AXES)).reset_index("cell")


def with_a_second_axis(data, r):
    attributes = r.choice(
        [
            {"standard_name": "latitude", "units": "degrees"},
            {"standard_name": "grid_latitude", "units": "degrees"},
            {"units": "degrees_north"},
        ]
    )
    if "latitude" not in data.dims or "rlat" in data:
        return data
    return data.assign_coords(rlat=("latitude", data["latitude"].values / 2, attributes))


def leading_nowhere(data, r):
    name = r.choice(fields_in(data))
    data[name].attrs |= r.choice(
        [
            {"grid_mapping": "nowhere"}, {"mesh": "nowhere", "location": "node"},
            {"coordinates": "latitude latitude"}, {"coordinates": "a b"},
            {"cell_measures": "area: nowhere"}, {"valid_range": "wide", "valid_min": "low"},
            {"healpix_nside": 3}, {"healpix_nside": 4, "healpix_order": "ring"},
            {"ancillary_variables": "x y"}, {"bounds": "nowhere"},
        ]
    )  # fmt: skip
    return data


def at_other_levels(data, r):
    """Put T500 on levels of which one may be 500 hPa, in Pa or hPa, said or not."""
    if "T500" not in data.data_vars or "plev" in data.variables:
        return data
    levels = np.array(r.choice([[500, 850], [50000, 85000], [200, 850], [500, 500], [0.5, 0.85]]))
    where = r.choice([{"units": "hPa"}, {"units": "Pa"}, {}, {"units": "1"}, {"units": "m"}])
    upper, lower = data["T500"], data["T500"] + 30
    both = xr.concat([upper, lower], "plev").assign_attrs(upper.attrs)
    data = data.drop_vars("T500").assign(ta=both)
    return data.assign_coords(plev=("plev", levels.astype("f8"), where))


def of_no_time(data, r):
    if "time" not in data.variables:
        return data
    size = data["time"].size
    values, units = r.choice(
        [
            (np.zeros(size), {"units": "hours since 2020-01-01"}),
            (np.arange(size) * 1e9, {"units": "days since 2020-01-01"}),
            (np.arange(size), {"units": "fortnights since Christmas"}),
            (np.arange(size), {}), (np.full(size, np.nan), {"units": "hours since 2020-01-01"}),
            (np.array(["x"] * size), {}),
        ]
    )  # fmt: skip
    return data.assign_coords(time=(data["time"].dims, values.reshape(data["time"].shape), units))


# What nobody could tell from other weather


def of_other_weather(data, r):
    name = r.choice(fields_in(data))
    values = data[name]
    if values.dtype.kind != "f":
        return data
    changed = r.choice(
        [
            lambda: values.copy(data=np.roll(values.values, 3, axis=-1)),
            lambda: values * 1.01,
            lambda: values.copy(data=values.values[..., ::-1]),
        ]
    )
    return data.assign({name: changed().assign_attrs(values.attrs)})


def rounded(data, r):
    name = r.choice(fields_in(data))
    return data.assign({name: data[name].astype(r.choice(["i2", "i8", "f2"]))})


def at_other_times(data, r):
    if "time" in data.dims:
        moved = data["time"].values + r.choice([np.timedelta64(1, "D"), np.timedelta64(30, "m")])
        data = data.assign_coords(time=moved)
    return data


MUTATIONS = [
    *(
        Mutation(change.__name__, change, SAME)
        for change in (
            in_other_units, under_another_name, by_standard_name, rolled, upside_down, reordered,
            from_date_line, with_first_column_again, of_another_type, packed, with_strangers,
            within_a_level, of_another_calendar, without_attributes,
        )
    ),
    *(
        Mutation(change.__name__, change, TOLD)
        for change in (
            with_an_odd_attribute, in_units_of_anything, of_any_standard_name, without_a_variable,
            with_swapped_names, with_swapped_units, with_marks, in_unsaid_units, of_an_odd_type,
            cut, spoilt, of_other_coordinates, with_a_dimension, as_cells, with_a_second_axis,
            leading_nowhere, at_other_levels, of_no_time,
        )
    ),
    *(
        Mutation(change.__name__, change, OTHER)
        for change in (of_other_weather, rounded, at_other_times)
    ),
]  # fmt: skip


def mutated(r, kinds, most=3, start=None):
    """Return a data set with up to so many mutations, their names, and what may become of it."""
    data, names, becomes = original() if start is None else start, [], SAME
    order = (SAME, TOLD, OTHER)
    for _ in range(r.randrange(1, most + 1)):
        mutation = r.choice([each for each in MUTATIONS if each.becomes in kinds])
        try:
            data = mutation.change(data.copy(deep=True), r)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            continue  # two changes that do not go together
        names.append(mutation.name)
        becomes = max(becomes, mutation.becomes, key=order.index)
    return data, names, becomes
