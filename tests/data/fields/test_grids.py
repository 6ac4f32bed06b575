"""Values are found wherever they lie: rows and columns in any order, HEALPix, meshes, cells."""

import healpix
import numpy as np
import pytest
import xarray as xr
from climate import LATITUDE, LONGITUDE, TIMES, assert_is_climate, climate, dataset, on_grid, plain

from deepsphere_pipe.data.fields.reading import ClimateFields
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap import LatLonGrid
from deepsphere_pipe.samplings import Healpix, Icosahedral

PSL = {"PSL": ("PSL", 1, 0, {"units": "Pa"})}
NAMES = ["TMQ", "PSL", "T500"]


def grid_of(data):
    return ClimateFields(data).grid


def repeated(data):
    last = data.isel(longitude=[0]).assign_coords(longitude=[360.0])
    return xr.concat([data, last], "longitude")


def written_out(data):
    """Return a grid whose coordinates have two dimensions, as those of curvilinear ones."""
    east, north = np.meshgrid(data.longitude.values, data.latitude.values)
    data = data.drop_vars(["longitude", "latitude"]).rename(longitude="i", latitude="j")
    return data.assign_coords(
        lon=(("j", "i"), east, {"units": "degrees_east"}),
        lat=(("j", "i"), north, {"units": "degrees_north"}),
    )


def gaussian(data):
    nodes, _ = np.polynomial.legendre.leggauss(19)
    return dataset(
        {name: (name, 1, 0, {}) for name in NAMES}, np.degrees(np.arcsin(nodes)), LONGITUDE
    )


ARRANGEMENTS = {
    "north first": lambda d: d,
    "south first": lambda d: d.sortby("latitude"),
    "from -180": lambda d: d.assign_coords(longitude=(d.longitude + 180) % 360 - 180).sortby(
        "longitude"
    ),
    "with a jump": lambda d: d.assign_coords(longitude=(d.longitude + 180) % 360 - 180),
    "westward": lambda d: d.isel(longitude=slice(None, None, -1)),
    "the last column again": repeated,
    "the last column again, westward": lambda d: repeated(d).isel(longitude=slice(None, None, -1)),
    "(time, lon, lat)": lambda d: d.transpose("time", "longitude", "latitude"),
    "(lon, lat, time)": lambda d: d.transpose("longitude", "latitude", "time"),
    "dimensions of one": lambda d: d.expand_dims(number=1, surface=[0.0]),
    "other names": lambda d: d.rename(latitude="lat", longitude="lon"),
    "names that say nothing": lambda d: d.rename(latitude="y", longitude="x"),
    "in radians": lambda d: d.assign_coords(
        latitude=("latitude", np.radians(LATITUDE), {"units": "radian"}),
        longitude=("longitude", np.radians(LONGITUDE), {"units": "rad"}),
    ),
    "in single precision": lambda d: d.assign_coords(
        latitude=d.latitude.astype("f4"), longitude=d.longitude.astype("f4")
    ),
    "written out": written_out,
    "written out, transposed": lambda d: written_out(d).transpose("i", "j", "time"),
    "Gaussian": gaussian,
    "with a rotated grid beside": lambda d: d.assign_coords(
        rlat=("latitude", LATITUDE / 2, {"units": "degrees", "standard_name": "grid_latitude"})
    ),
}


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_values_are_read_where_they_lie(arrangement):
    fields = ClimateFields(ARRANGEMENTS[arrangement](plain()))
    assert isinstance(fields.grid, LatLonGrid) and fields.grid.shape == (19, 36)
    for time in range(len(TIMES)):
        assert_is_climate(fields, NAMES, time, atol=1e-4)


def cells(sampling, order=None, **attributes):
    """Return PSL on the vertices of a sampling, without coordinates."""
    times = np.arange(len(TIMES))[:, None]
    values = climate("PSL", sampling.longitude, sampling.latitude, times)
    values = values if order is None else values[:, order]
    time = ("time", np.array(TIMES, "datetime64[ns]"))
    return xr.Dataset({"PSL": (("time", "cell"), values, attributes)}, {"time": time})


def crs(data, **attributes):
    data["crs"] = (), 0, {"grid_mapping_name": "healpix", **attributes}
    data["PSL"].attrs["grid_mapping"] = "crs"
    return data


RING = healpix.ring2nest(4, np.arange(192))
SHUFFLED = np.random.default_rng(0).permutation(192)
HEALPIXES = {
    "CF 1.13, nested": lambda: crs(cells(Healpix(4)), refinement_level=2, indexing_scheme="nested"),
    "CF 1.13, ring": lambda: crs(
        cells(Healpix(4), RING), refinement_level=2, indexing_scheme="ring"
    ),
    "easygems": lambda: crs(cells(Healpix(4)), healpix_nside=4, healpix_order="nest"),
    "easygems, ring": lambda: crs(cells(Healpix(4), RING), healpix_nside=4, healpix_order="ring"),
    "global attributes": lambda: cells(Healpix(4)).assign_attrs(
        healpix_nside=4, healpix_order="nested"
    ),
    "in the order of an index": lambda: crs(
        cells(Healpix(4), SHUFFLED).assign_coords(
            pixel=("cell", SHUFFLED, {"standard_name": "healpix_index"})
        ),
        **{"refinement_level": 2, "indexing_scheme": "nested"},
    ),
}


@pytest.mark.parametrize("kind", HEALPIXES)
def test_healpix_is_read_in_either_order(kind):
    fields = ClimateFields(HEALPIXES[kind]())
    assert fields.grid == Healpix(4)
    assert_is_climate(fields, ["PSL"], 1)


def test_healpix_in_parts_or_of_no_order_is_refused():
    data = crs(cells(Healpix(4)), healpix_nside=4)
    with pytest.raises(UserError, match="no indexing scheme, nested or ring"):
        grid_of(data)
    part = cells(Healpix(4)).isel(cell=slice(100))
    part = part.assign_coords(healpix_index=("cell", np.arange(100)))
    data = crs(part, refinement_level=2, indexing_scheme="nested")
    with pytest.raises(UserError, match="has 100 of the 192 cells"):
        grid_of(data)


def test_healpix_is_proven_by_its_coordinates():
    """Values in rings that are said to be nested were taken for these."""
    sampling = Healpix(4)
    places = {
        "lon": ("cell", sampling.longitude[RING], {"units": "degrees_east"}),
        "lat": ("cell", sampling.latitude[RING], {"units": "degrees_north"}),
    }
    data = cells(sampling, RING).assign_coords(places)
    assert_is_climate(ClimateFields(crs(data, healpix_nside=4, healpix_order="ring")), ["PSL"], 1)
    data = crs(data, healpix_nside=4, healpix_order="nested")
    with pytest.raises(UserError, match="lon and lat are those of another order"):
        grid_of(data)


@pytest.mark.parametrize(
    ("latitude", "missing"),
    [
        (np.arange(-50, 51, 5.0), "-90 and -50"),
        (np.arange(-20, 91, 5.0), "-90 and -20"),
        (np.r_[-90:-20:5, 20:91:5].astype(float), "-25 and 20"),
    ],
)
def test_bands_that_are_missing_are_named(latitude, missing):
    """The rows at the edge were stretched to the poles."""
    data = dataset({"PSL": ("PSL", 1, 0, {"units": "Pa"})}, latitude=latitude)
    with pytest.raises(UserError, match=f"has no rows between {missing} degrees north"):
        grid_of(data)
    grid_of(dataset({"PSL": ("PSL", 1, 0, {"units": "Pa"})}, latitude=np.arange(-80, 81, 10.0)))


@pytest.mark.parametrize("part", ["band", "cap", "radians"])
def test_cells_that_leave_a_part_empty_are_refused(part):
    """Those at the edge stood for all of it."""
    mesh = Icosahedral(4)
    latitude, places = mesh.latitude, {"lon": ("cell", mesh.longitude, {"units": "degrees_east"})}
    data = cells(mesh).assign_coords(places)
    told = np.radians(latitude) if part == "radians" else latitude
    data = data.assign_coords(lat=("cell", told, {"units": "degrees_north"}))
    assert_is_climate(ClimateFields(data), ["PSL"], 1) if part != "radians" else None
    kept = {"band": np.abs(latitude) < 40, "cap": latitude < 60, "radians": latitude < 91}[part]
    with pytest.raises(UserError, match=r"PSL: has no values within \d+ degrees of -?\d+ degrees"):
        grid_of(data.isel(cell=np.flatnonzero(kept)))


MESH = Icosahedral(2)
DEGREES = {"lon": {"units": "degrees_east"}, "lat": {"units": "degrees_north"}}


def ugrid(location):
    """Return a triangular mesh with values on its nodes, or on faces with centres or without."""
    x, y, z = MESH.coordinates[MESH.faces].sum(axis=1).T
    centre = np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y)))
    topology = {
        "cf_role": "mesh_topology", "topology_dimension": 2, "node_coordinates": "nx ny",
        "face_node_connectivity": "triangles",
    }  # fmt: skip
    data = xr.Dataset(
        {
            "nx": ("node", MESH.longitude, DEGREES["lon"]),
            "ny": ("node", MESH.latitude, DEGREES["lat"]),
            "triangles": (("face", "three"), MESH.faces + 1, {"start_index": 1}),
        },
        {"time": ("time", np.array(TIMES, "datetime64[ns]"))},
    )  # fmt: skip
    times = np.arange(len(TIMES))[:, None]
    at = (MESH.longitude, MESH.latitude) if location == "node" else centre
    attributes = {"mesh": "mesh", "location": location.split()[0]}
    dims = ("time", attributes["location"])
    data["PSL"] = dims, climate("PSL", *at, times), attributes
    if location == "face":
        data["fx"], data["fy"] = (
            ("face", centre[0], DEGREES["lon"]), ("face", centre[1], DEGREES["lat"])
        )  # fmt: skip
        topology["face_coordinates"] = "fx fy"
    data["mesh"] = (), 0, topology
    return data


@pytest.mark.parametrize("location", ["node", "face", "face without centres"])
def test_meshes_are_read_on_nodes_and_faces(location, tmp_path):
    ugrid(location).to_netcdf(tmp_path / "mesh.nc")
    with xr.open_dataset(tmp_path / "mesh.nc") as data:
        fields = ClimateFields(data)
        assert fields.grid.n_vertices == (162 if location == "node" else 320)
        assert_is_climate(fields, ["PSL"], 2)


def test_a_mesh_without_places_is_named():
    data = ugrid("node")
    data["mesh"].attrs.pop("node_coordinates")
    with pytest.raises(UserError, match="the mesh 'mesh' has no node_coordinates"):
        grid_of(data)
    data = ugrid("node").drop_vars("mesh")
    with pytest.raises(UserError, match="lies on the node of the mesh 'mesh'"):
        grid_of(data)


def icon():
    data = cells(MESH)
    radian = {"units": "radian"}
    data["clon"] = "cell", np.radians(MESH.longitude), radian | {"standard_name": "longitude"}
    data["clat"] = "cell", np.radians(MESH.latitude), radian | {"standard_name": "latitude"}
    data["cell_area"] = "cell", MESH.areas * 6.371e6**2, {"units": "m2"}
    return data


def mpas():
    data = cells(MESH).assign_attrs(sphere_radius=6371229.0)
    data["lonCell"] = "cell", np.radians(MESH.longitude) % (2 * np.pi)
    data["latCell"] = "cell", np.radians(MESH.latitude)
    data["areaCell"] = "cell", MESH.areas * 6371229.0**2, {"units": "m^2"}
    return data


@pytest.mark.parametrize("model", [icon, mpas])
def test_cells_of_models_are_read(model):
    fields = ClimateFields(model())
    np.testing.assert_allclose(fields.grid.coordinates, MESH.coordinates, atol=1e-12)
    np.testing.assert_allclose(fields.grid.areas, MESH.areas, rtol=1e-9)
    assert_is_climate(fields, ["PSL"], 1)


def test_a_part_of_the_sphere_is_named():
    part = icon().isel(cell=MESH.latitude > -20)
    with pytest.raises(UserError, match=r"its cells cover \d+% of the sphere"):
        grid_of(part)
    with pytest.raises(UserError, match="must go eastward around the globe"):
        grid_of(plain().isel(longitude=slice(10)))


@pytest.mark.parametrize(
    ("units", "sentence"),
    [("m", "latitude in m; give degrees"), ("gon", "in gon"), ("1", "in 1"), ("hPa", "in hPa")],
)
def test_other_angles_are_refused(units, sentence):
    data = plain()
    data["latitude"].attrs["units"] = units
    with pytest.raises(UserError, match=sentence):
        grid_of(data)


def test_of_two_sets_of_coordinates_the_named_one_counts():
    data = icon()
    data["lon2"] = "cell", np.roll(MESH.longitude, 1), DEGREES["lon"]
    data["lat2"] = "cell", np.roll(MESH.latitude, 1), DEGREES["lat"]
    with pytest.raises(UserError, match="clon and lon2 may both be the longitude"):
        grid_of(data)
    data["PSL"].attrs["coordinates"] = "clat clon"
    assert_is_climate(ClimateFields(data), ["PSL"])
    plainly = data.rename(lon2="lon", lat2="lat")
    plainly["PSL"].attrs.pop("coordinates")
    np.testing.assert_allclose(ClimateFields(plainly).grid.coordinates[1], MESH.coordinates[0])


def test_channels_on_another_grid_are_refused_by_name():
    data = plain()
    data["U850"] = ("time", "latitude", "slon"), on_grid("U850")
    data["slon"] = "slon", LONGITUDE + 5, {"units": "degrees_east"}
    with pytest.raises(UserError, match="U850: lies on another grid than the other channels"):
        ClimateFields(data).read(["TMQ", "U850"])


def test_values_without_a_place_are_refused():
    data = plain().drop_vars("latitude")
    with pytest.raises(UserError, match="TMQ: has no latitude"):
        grid_of(data)
    with pytest.raises(UserError, match="holds none of the channels"):
        grid_of(data[[]])
