"""Predictions are drawn where they lie, whatever form they have; one call, one command."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from deepsphere_pipe.cli import main
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.maps.answers import Answers, open_answers
from deepsphere_pipe.reporting.maps.predicted import plot_map, plot_prediction
from deepsphere_pipe.samplings import LatLonGrid, make_sampling
from tests.reporting.maps.prediction_files import CYCLONE, prediction, probabilities

GRID = LatLonGrid(np.linspace(90, -90, 37), np.arange(72) * 5.0)
PLACES = {
    "mesh": make_sampling("icosahedral", level=4),
    "healpix": make_sampling("healpix", nside=16),
    "grid": GRID,
    "southward": LatLonGrid(GRID.latitudes[::-1], GRID.longitudes - 180),
}
COLOURS = {"TC": "#ff0000", "AR": "#0000ff", "BG": "#ffffff"}


@pytest.fixture(params=list(PLACES))
def dataset(request):
    return prediction(PLACES[request.param])


def without_places(dataset):
    """Return HEALPix as the CF conventions have it without coordinates."""
    index = ("vertex", np.arange(dataset.sizes["vertex"]), {"standard_name": "healpix_index"})
    return dataset.drop_vars(["longitude", "latitude"]).assign_coords(healpix_index=index)


def assert_is_where_it_is(answers):
    for time in (0, 2):
        wanted = probabilities(answers.longitude, answers.latitude, 4)[time]
        np.testing.assert_allclose(answers.probability(time), wanted, atol=1e-6)
        np.testing.assert_array_equal(answers.classes(time), wanted.argmax(axis=0))
    assert answers.areas.sum() == pytest.approx(4 * np.pi, rel=1e-3)


@pytest.mark.parametrize("ending", [".nc", ".zarr"])
def test_files_of_every_form_are_read(dataset, tmp_path, ending):
    path = tmp_path / f"out{ending}"
    dataset.to_netcdf(path) if ending == ".nc" else dataset.to_zarr(path, zarr_format=2)
    with open_answers(path) as opened:
        assert_is_where_it_is(Answers(opened))


def test_healpix_needs_no_coordinates_and_classes_no_order():
    assert_is_where_it_is(Answers(without_places(prediction(PLACES["healpix"]))))
    turned = prediction(GRID).isel({"class": [2, 0, 1]}).transpose("lon", "class", "lat", "time")
    assert_is_where_it_is(Answers(turned.drop_vars("event_class")))


def place_of(figure, colour, tmp_path):
    """Return the middle of a colour on the map, as shares of its width and height."""
    figure.savefig(tmp_path / "map.png", dpi=50)
    with Image.open(tmp_path / "map.png") as image:
        pixels = np.asarray(image.convert("RGB")) / 255
    box = figure.axes[0].get_position()
    height, width = pixels.shape[:2]
    inside = pixels[round((1 - box.y1) * height) : round((1 - box.y0) * height)]
    rows, columns = np.nonzero(np.abs(inside - to_rgb(colour)).sum(axis=-1) < 0.6)
    left, right = box.x0 * width, box.x1 * width
    return (np.median(columns) - left) / (right - left), np.median(rows) / len(inside)


def test_the_cyclone_is_drawn_at_its_place(dataset, tmp_path):
    figure = plot_map(dataset, 0, projection="equirectangular", settings={"colours": COLOURS})
    x, y = place_of(figure, COLOURS["TC"], tmp_path)
    assert (x - 0.5) * 360 == pytest.approx(CYCLONE[0], abs=6)
    assert (0.5 - y) * 180 == pytest.approx(CYCLONE[1], abs=6)
    assert figure.get_suptitle() == "2026-03-25 00:00 UTC, predicted by unet-seed0, unet-seed1"


def test_a_globe_faces_what_it_shows(tmp_path):
    figure = plot_map(
        prediction(PLACES["mesh"]), shown="TC", projection="orthographic",
        settings={"colours": COLOURS},
    )  # fmt: skip
    assert figure.axes[0].get_title() == "Probability of TC"
    x, y = place_of(figure, COLOURS["TC"], tmp_path)
    assert np.hypot(x - 0.5, y - 0.5) < 0.1


def test_the_time_with_most_events_is_the_default():
    dataset = prediction(PLACES["mesh"], n_times=6)
    # The river is as large at all times; the cyclone is largest where sin(time) is.
    assert Answers(dataset).strongest() == 2
    assert plot_map(dataset).get_suptitle().startswith("2026-03-25 12:00 UTC")
    assert Answers(dataset.isel(time=[0])).strongest() == 0
    assert Answers(dataset.isel(time=3)).title(0).startswith("2026-03-25 18:00 UTC")


@pytest.mark.parametrize(
    ("text", "index"), [("0", 0), ("-1", 3), ("2026-03-25T06", 1), ("2026-03-25 18:00", 3)]
)
def test_times_are_chosen_by_number_or_stamp(text, index):
    assert Answers(prediction(GRID)).index_of(text) == index


def test_what_has_no_value_is_told_apart():
    dataset = prediction(PLACES["mesh"])
    gone = dataset["latitude"].values < -60
    dataset["probability"][..., gone] = np.nan
    dataset["event_class"][:, gone] = 255
    labels = [text.get_text() for text in plot_map(dataset, 0).axes[1].get_legend().get_texts()]
    assert labels[:2] == ["TC", "AR"] and labels[-1] == "no value"
    assert "no value" not in [
        text.get_text() for text in plot_map(prediction(GRID), 0).axes[1].get_legend().get_texts()
    ]


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_an_animation_has_a_frame_for_each_time(tmp_path, suffix):
    path, out = tmp_path / "out.nc", tmp_path / f"out.{suffix}"
    prediction(GRID).to_netcdf(path)
    plot_prediction(path, out, ["1", "3"], settings={"width_inches": 3})
    with Image.open(out) as image:
        assert image.n_frames == 3 and image.info["loop"] == 0


def test_the_command_draws_as_the_function_does(tmp_path):
    path = tmp_path / "out.nc"
    prediction(GRID).to_netcdf(path)
    out = tmp_path / "map.png"
    how = ["--show", "AR", "--projection", "robinson(180)", "--time", "1"]
    assert main(["plot", str(path), "--out", str(out), *how]) == 0
    plot_prediction(path, tmp_path / "same.png", ["1"], "AR", "robinson(180)")
    assert out.read_bytes() == (tmp_path / "same.png").read_bytes()


@pytest.mark.parametrize(
    ("out", "options", "sentence"),
    [
        ("a.bmp", {}, "must end with"),
        ("a.png", {"times": ["0", "1"]}, "end it with .gif"),
        ("a.png", {"times": ["2027"]}, "there is no time '2027'; there are 4, from 2026-03-25T00"),
        ("a.gif", {"times": ["3", "1"]}, "last time comes before the first"),
        ("a.png", {"shown": "HURRICANE"}, "show one of classes, BG, TC, AR"),
        ("a.png", {"projection": "globe"}, "projection 'globe' must be one of"),
    ],
)
def test_mistakes_get_one_sentence(tmp_path, out, options, sentence):
    path = tmp_path / "out.nc"
    prediction(GRID).to_netcdf(path)
    with pytest.raises(UserError, match=sentence):
        plot_prediction(path, tmp_path / out, **options)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["probability", "event_class"])
def test_texts_for_numbers_are_refused(name):
    dataset = prediction(GRID)
    dataset[name] = dataset[name].astype("S8")
    with pytest.raises(UserError, match=f"{name}: is of type .*S8, not numbers"):
        plot_map(dataset)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "other.nc"
    prediction(GRID)[["event_class"]].to_netcdf(path)
    with pytest.raises(UserError, match="give what 'predict' wrote"):
        plot_prediction(path, tmp_path / "a.png")
    path.write_text("text", encoding="utf-8")
    with pytest.raises(UserError, match="cannot be read as a prediction"):
        plot_prediction(path, tmp_path / "a.png")
    with pytest.raises(UserError, match="cannot be read as a prediction"):
        plot_prediction(tmp_path / "none.nc", tmp_path / "a.png")
