"""Custom vertices and parts of the sphere: areas, coarsening, files, mistakes."""

import time

import numpy as np
import pytest
import xarray as xr

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings import Custom, Healpix, Icosahedral, make_sampling, masked, within
from tests.samplings.conftest import scattered


def test_areas_are_those_of_voronoi_cells():
    mesh = Icosahedral(3)
    np.testing.assert_allclose(Custom(mesh.coordinates).areas, mesh.areas, rtol=1e-9)


def test_cells_at_the_rim_do_not_reach_across_the_void():
    here = Icosahedral(4)
    cap = here.coordinates[:, 2] > 0.8
    part = Custom(here.coordinates[cap], partial=True)
    assert part.areas.sum() == pytest.approx(2 * np.pi * 0.2, rel=0.3)
    inner = here.coordinates[cap][:, 2] > 0.9
    np.testing.assert_allclose(part.areas[inner], here.areas[cap][inner], rtol=1e-9)


@pytest.mark.parametrize(("n", "error"), [(50, 0.8), (500, 0.2), (5000, 0.05)])
def test_area_of_stations_tends_to_that_of_their_region(n, error):
    points = scattered(10 * n)
    sampling = Custom(points[points[:, 2] > 0.8], partial=True)
    assert sampling.areas.sum() == pytest.approx(2 * np.pi * 0.2, rel=error)


def test_cells_inside_a_region_have_no_gaps_between_them():
    everywhere = scattered(20_000)
    chosen = everywhere[:, 2] > 0.5
    part = Custom(everywhere[chosen], partial=True)
    inner = everywhere[chosen][:, 2] > 0.55
    cells = Custom(everywhere).areas[chosen]
    assert part.areas[inner].sum() == pytest.approx(cells[inner].sum(), rel=0.01)
    places = scattered(20_000, seed=1)
    assert (part.owners(places[places[:, 2] > 0.55]) < 0).mean() < 0.01
    assert (part.owners(places[places[:, 2] < 0.45]) < 0).all()


@pytest.mark.parametrize("n", [5, 20, 300])
@pytest.mark.parametrize("spread", [1e-4, 1e-2, 0.3])
def test_mesh_of_stations_has_no_triangles_below_the_ground(n, spread):
    points = [0, 0.6, 0.8] + spread * np.random.default_rng(0).standard_normal((n, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    sampling = Custom(points, partial=True)
    assert (np.linalg.det(points[sampling.faces]) > 0).all()
    sides = np.sort(sampling.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    _, counts = np.unique(sides, axis=0, return_counts=True)
    assert counts.max() <= 2 and (counts == 1).any()  # a surface with a rim
    assert 0 < sampling.areas.sum() < 4 * np.pi


@pytest.mark.parametrize("n", range(12, 60))
def test_any_number_of_vertices_can_be_coarsened_down_to_twelve(n):
    sampling = Custom(scattered(n, seed=n))
    while (coarse := sampling.coarser()) is not None:
        assert 12 <= coarse.n_vertices < sampling.n_vertices
        assert coarse.areas.sum() == pytest.approx(4 * np.pi, rel=1e-12)
        sampling = coarse
    assert sampling.parents is None


def test_given_areas_are_kept_and_scaled_to_the_sphere():
    areas = Icosahedral(2).areas
    given = Custom(Icosahedral(2).coordinates, areas=1.005 * areas)
    np.testing.assert_allclose(given.areas, areas, rtol=1e-12)
    part = Custom(Icosahedral(2).coordinates[:50], areas=areas[:50], partial=True)
    assert (part.areas == areas[:50]).all()


def test_coarsening_joins_about_four_whatever_the_density():
    dense = scattered(4000)
    uneven = np.concatenate([dense[dense[:, 2] > 0], dense[dense[:, 2] <= 0][::8]])
    fine = Custom(uneven)
    coarse = fine.coarser()
    children = np.bincount(fine.parents)
    assert 3 < fine.n_vertices / coarse.n_vertices < 4.5
    assert children.min() >= 2 and children.max() <= 8
    ratio = [(s.coordinates[:, 2] > 0).sum() / s.n_vertices for s in (fine, coarse)]
    assert ratio[1] == pytest.approx(ratio[0], abs=0.03)


def test_coarsening_is_quick_and_the_same_in_every_run():
    points = scattered(50_000)
    start = time.process_time()
    sampling = Custom(points, areas=np.full(50_000, 4 * np.pi / 50_000))
    parents = sampling.parents
    assert time.process_time() - start < 5
    again = Custom(points, areas=np.full(50_000, 4 * np.pi / 50_000))
    assert (parents == again.parents).all()
    assert sampling.coarser().identifier == again.coarser().identifier


@pytest.mark.parametrize("header", ["longitude,latitude", "lon, lat, area", "x,y,z"])
def test_csv_files_are_read_in_their_order(tmp_path, header):
    mesh = Icosahedral(2)
    columns = [mesh.longitude, mesh.latitude, mesh.areas]
    if header == "x,y,z":
        columns = mesh.coordinates.T
    rows = np.stack(columns[: header.count(",") + 1], axis=1)
    lines = [header, *(",".join(f"{value:.15g}" for value in row) for row in rows)]
    (tmp_path / "vertices.csv").write_text(
        "# stations\n" + "\n".join(lines) + "\n", encoding="utf-8"
    )
    read = make_sampling("custom", file=str(tmp_path / "vertices.csv"))
    assert read.identifier == Custom(mesh.coordinates).identifier
    np.testing.assert_allclose(read.areas, mesh.areas, rtol=1e-9)
    assert make_sampling(read.name, **read.parameters) == read


def test_netcdf_files_are_read_by_units_and_mask(tmp_path):
    mesh = Healpix(4)
    ocean = mesh.latitude < 30
    dataset = xr.Dataset(
        {
            "glon": ("cell", mesh.longitude % 360, {"units": "degrees_east"}),
            "glat": ("cell", mesh.latitude, {"units": "degrees_north"}),
            "mask": ("cell", ocean.astype("i1")),
        }
    )
    dataset.to_netcdf(tmp_path / "ocean.nc")
    read = make_sampling("custom", file=str(tmp_path / "ocean.nc"), partial=True)
    np.testing.assert_allclose(read.coordinates, mesh.coordinates[ocean], atol=1e-12)
    assert not read.covers_sphere


def test_places_left_out_by_a_mask_need_no_numbers(tmp_path):
    mesh = Healpix(2)
    lines = ["lon,lat,mask"] + [f"{x!r},{y!r},1" for x, y in zip(*degrees(mesh), strict=True)]
    (tmp_path / "sea.csv").write_text("\n".join([*lines[:3], ",,0", *lines[3:]]), encoding="utf-8")
    read = make_sampling("custom", file=str(tmp_path / "sea.csv"))
    assert read.identifier == Custom(mesh.coordinates).identifier
    (tmp_path / "sea.csv").write_text(
        "\n".join([*lines[:3], ",,0", "x,1,1", *lines[3:]]), encoding="utf-8"
    )
    with pytest.raises(UserError, match="row 4 below the header has the lon 'x'"):
        make_sampling("custom", file=str(tmp_path / "sea.csv"))


def degrees(sampling):
    return sampling.longitude.tolist(), sampling.latitude.tolist()


EAST = {"units": "degrees_east", "standard_name": "longitude"}
NORTH = {"units": "degrees_north", "standard_name": "latitude"}


def write_places(path, **variables):
    """Write variables of one dimension: values and attributes."""
    content = {name: ("cell", *each) for name, each in variables.items()}
    xr.Dataset(content).to_netcdf(path)
    return make_sampling("custom", file=str(path))


@pytest.mark.parametrize("units", ["rad", "radian", "radians"])
def test_radians_are_no_degrees(tmp_path, units):
    """Taken for degrees, a continent lay within one degree of the equator."""
    mesh, units = Healpix(4), {"units": units}
    east, north = np.radians(mesh.longitude), np.radians(mesh.latitude)
    read = write_places(tmp_path / "a.nc", longitude=(east, units), latitude=(north, units))
    np.testing.assert_allclose(read.coordinates, mesh.coordinates, atol=1e-12)
    model = write_places(tmp_path / "b.nc", lonCell=(east % (2 * np.pi), {}), latCell=(north, {}))
    np.testing.assert_allclose(model.coordinates, mesh.coordinates, atol=1e-12)


def test_places_are_found_by_standard_name(tmp_path):
    mesh, degrees = Healpix(4), {"units": "degrees"}
    read = write_places(
        tmp_path / "a.nc",
        clon=(mesh.longitude, degrees | {"standard_name": "longitude"}),
        clat=(mesh.latitude, degrees | {"standard_name": "latitude"}),
        rlat=(mesh.latitude / 2, degrees | {"standard_name": "grid_latitude"}),
        area=(mesh.areas * 6371**2, {"units": "km2"}),
    )
    np.testing.assert_allclose(read.coordinates, mesh.coordinates, atol=1e-12)
    np.testing.assert_allclose(read.areas, mesh.areas, rtol=1e-9)


def test_of_two_sets_of_places_the_plain_names_count(tmp_path):
    """The last one won."""
    mesh = Healpix(4)
    east, north = (mesh.longitude, EAST), (mesh.latitude, NORTH)
    turned = ((mesh.longitude + 180) % 360, EAST)
    read = write_places(
        tmp_path / "a.nc", lon=east, lat=north, lon_t=turned, lat_t=(-mesh.latitude, NORTH)
    )
    np.testing.assert_allclose(read.coordinates, mesh.coordinates, atol=1e-12)
    with pytest.raises(UserError, match=r"b\.nc: lon_t and lon_u may both be the longitude"):
        write_places(tmp_path / "b.nc", lon_u=east, lat_u=north, lon_t=turned)


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({"units": "m"}, "longitude in m; give degrees or radians"),
        ({"units": "gon"}, "longitude in gon; give degrees or radians"),
        ({"units": "radian"}, "says radians, but holds"),
        ({}, "may be degrees or radians"),
    ],
)
def test_other_angles_are_refused(tmp_path, attributes, sentence):
    mesh = Healpix(4)
    scale = 1 if attributes else 1 / 60
    with pytest.raises(UserError, match=sentence) as caught:
        write_places(
            tmp_path / "a.nc",
            longitude=(mesh.longitude * scale, attributes),
            latitude=(mesh.latitude * scale, attributes),
        )
    assert "a.nc: " in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("between", [";", "\t", ","])
def test_columns_may_be_apart_by_other_signs(tmp_path, between):
    mesh = Healpix(2)
    rows = [f"{x!r}{between}{y!r}" for x, y in zip(*degrees(mesh), strict=True)]
    text = "\n".join(["# stations, of the sea", f"lon{between}lat", *rows])
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    read = make_sampling("custom", file=str(tmp_path / "a.csv"))
    np.testing.assert_allclose(read.coordinates, mesh.coordinates, atol=1e-12)


def test_a_square_grid_is_no_list_of_places(tmp_path):
    axes = {"lon": np.arange(0.0, 80, 10), "lat": np.arange(0.0, 80, 10)}
    xr.Dataset(coords=axes).to_netcdf(tmp_path / "grid.nc")
    with pytest.raises(UserError, match="a grid is the sampling 'equiangular'"):
        make_sampling("custom", file=str(tmp_path / "grid.nc"))


def test_a_box_may_cross_the_date_line():
    part = within(Icosahedral(4), 170, -20, -170, 20)
    assert (np.abs(part.longitude) >= 170).all() and (np.abs(part.latitude) <= 20).all()
    expected = (np.abs(Icosahedral(4).longitude) >= 170) & (np.abs(Icosahedral(4).latitude) <= 20)
    assert part.n_vertices == expected.sum()
    assert within(Icosahedral(2), -180, -90, 180, 90) == Icosahedral(2)


def test_a_part_of_a_part_is_a_part():
    half = masked(Healpix(8), Healpix(8).latitude > 0)
    quarter = within(half, 0, 0, 180, 90)
    assert quarter.n_vertices < half.n_vertices
    assert quarter.areas.sum() == pytest.approx(np.pi, rel=0.1)
    longitude, latitude = Healpix(8).longitude, Healpix(8).latitude
    east = (longitude >= -1e-9) | (longitude == -180)
    assert quarter == masked(Healpix(8), (latitude > 0) & east)


def test_vertices_on_the_border_of_a_box_belong_to_it():
    # 45 degrees east is the arctan of numbers that are equal only up to rounding.
    sampling = Healpix(4)
    on_border = np.abs(sampling.longitude - 45) < 1e-9
    assert on_border.any()
    for box in ((45, -90, 90, 90), (0, -90, 45, 90)):
        part = within(sampling, *box)
        assert (np.abs(part.longitude - 45) < 1e-9).sum() == on_border.sum()


@pytest.mark.parametrize("part", ["mask", "coarser", "part of a part"])
def test_only_boxes_are_made_again_from_their_parameters(part):
    box = within(Healpix(8), 0, 0, 90, 60)
    sampling = {
        "mask": masked(Healpix(8), Healpix(8).latitude > 0),
        "coarser": box.coarser(),
        "part of a part": within(box, 0, 0, 45, 90),
    }[part]
    assert make_sampling("healpix", **box.parameters) == box
    with pytest.raises(UserError, match="unknown key 'masked' with name 'healpix'"):
        make_sampling(sampling.name, **sampling.parameters)


points = scattered(20)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Custom(points[:3]), "at least 4 vertices, not 3"),
        (lambda: Custom(points[:, :2]), r"shape \(n, 3\)"),
        (lambda: Custom(np.where(np.arange(60).reshape(20, 3) == 7, np.nan, points)), "vertex 2 "),
        (lambda: Custom(1.1 * points), "length 1.1; give unit vectors"),
        (lambda: Custom(points[[0, 1, 2, 3, 1]]), "Vertices 1 and 4 lie at the same place"),
        (
            lambda: Custom([(np.cos(a), np.sin(a), 0) for a in range(6)]),
            "on one circle",
        ),
        (lambda: Custom(points, areas=np.zeros(20)), "20 vertices are as many positive numbers"),
        (lambda: Custom(points, areas=np.ones(3)), "as many positive numbers"),
        (lambda: Custom(points, areas=np.full(20, np.inf)), "as many positive numbers"),
        (lambda: Custom(points, areas=np.full(20, 0.1)), "sum to 2 sr, not to 4 pi"),
        (lambda: Custom(points, areas=np.ones(20), partial=True), "sum to 20 sr, not to 4 pi"),
        (lambda: Custom(points[points[:, 2] > 0.2]), "one half of the sphere: say that they are"),
        (lambda: masked(Healpix(2), np.zeros(48, bool)), "has 0 vertices; choose at least 4"),
        (lambda: masked(Healpix(2), np.ones(47, bool)), "48 times true or false"),
        (lambda: within(Healpix(2), 0, 50, 10, 40), "south < north"),
        (lambda: make_sampling("healpix", region=[0, 0, 9], nside=2), "south, east, north"),
        (lambda: make_sampling("healpix", region="Europe", nside=2), "must be a list"),
    ],
)
def test_impossible_vertices_are_told_in_a_sentence(make, sentence):
    with pytest.raises(UserError, match=sentence):
        make()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n", "has no columns longitude and latitude"),
        ("lon,longitude,lat\n0,0,0\n", "has the columns longitude and lon; keep one"),
        ("lon,lat\n0,0\n1,north\n", "row 2 below the header has the lat 'north'"),
        ("lon,lat\n0,0\n1,95\n", "vertex 1 lies at longitude 1, latitude 95"),
        ("lon,lat\n0,0\n0,10\n10,0\n0,0\n5,5\n", "Vertices 0 and 3 lie at the same place"),
        ("", "cannot be read as csv"),
    ],
)
def test_bad_files_are_told_in_a_sentence(tmp_path, text, sentence):
    (tmp_path / "bad.csv").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=sentence) as caught:
        make_sampling("custom", file=str(tmp_path / "bad.csv"))
    assert "bad.csv: " in str(caught.value) and "\n" not in str(caught.value)


def test_missing_file_is_told_in_a_sentence():
    with pytest.raises(UserError, match=r"none\.csv: there is no such file"):
        make_sampling("custom", file="none.csv")
