"""The turning globe shows truth and prediction, turns eastwards, and stays small."""

import base64
import re
import time

import netCDF4
import numpy as np
import pytest
from PIL import Image

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.maps import globe
from deepsphere_pipe.samplings import Icosahedral
from tests.reporting.conftest import write_predictions

COLOURS = {"AR": "#00ff00", "TC": "#ff0000", "BG": "#ffffff"}


def frames_of(path):
    """Return all frames (frame, row, column, 3) in [0, 1]."""
    with Image.open(path) as image:
        frames = []
        for number in range(image.n_frames):
            image.seek(number)
            frames.append(np.asarray(image.convert("RGB")) / 255)
    return np.array(frames)


def middle_of(frame, channel):
    """Return the column around which a colour lies on the globe of the truth, NaN without."""
    left = frame[globe.HEAD : -globe.FOOT, : frame.shape[1] // 2]
    others = [each for each in range(3) if each != channel]
    there = (left[..., channel] > 0.6) & (left[..., others] < 0.4).all(axis=-1)
    return np.flatnonzero(there.any(axis=0)).mean() if there.sum() > 20 else np.nan


@pytest.fixture
def island_file(tmp_path):
    """A cyclone of the truth at 0° east, and none that is predicted."""
    sampling = Icosahedral(4)
    distance = np.hypot(sampling.longitude, sampling.latitude - 10)
    truth = (distance < 15).astype(np.uint8)
    probability = np.broadcast_to([1.0, 0, 0], (1, len(truth), 3))
    path = tmp_path / "predictions.nc"
    return write_predictions(path, sampling, truth[None], probability)


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_the_globe_turns_once_eastwards(tmp_path, island_file, suffix):
    globe.turning_globe(island_file, tmp_path / "globe", {"frames": 12, "colours": COLOURS})
    frames = frames_of(tmp_path / f"globe.{suffix}")
    assert len(frames) == 12
    places = np.array([middle_of(frame, channel=0) for frame in frames])
    middle = globe.MARGIN + globe.DIAMETERS[0] / 2
    assert places[0] == pytest.approx(middle, abs=2)
    assert places[1] > places[0] + 50 and places[-1] < places[0] - 50  # lands move to the right
    assert np.isnan(places[5:8]).all()  # behind
    predicted = frames[0, globe.HEAD : -globe.FOOT, frames.shape[2] // 2 :]
    assert not ((predicted[..., 0] > 0.6) & (predicted[..., 1] < 0.4)).any()


def test_the_demo_is_small_enough_and_soon_made(tmp_path):
    sampling = Icosahedral(5)
    generator = np.random.default_rng(0)
    waves = np.sin(6 * sampling.coordinates @ generator.normal(size=(3, 8))).sum(axis=1)
    truth = np.digitize(waves, [2.5, 3.5]).astype(np.uint8)[None]
    probability = np.eye(3)[truth] * 0.5 + generator.dirichlet([1, 1, 1], truth.shape) / 2
    path = write_predictions(tmp_path / "predictions.nc", sampling, truth, probability)
    began = time.process_time()
    globe.turning_globe(path, tmp_path / "globe")
    assert time.process_time() - began < 5
    for suffix in ("gif", "webp"):
        assert 50_000 < (tmp_path / f"globe.{suffix}").stat().st_size <= globe.MAX_BYTES
        with Image.open(tmp_path / f"globe.{suffix}") as image:
            assert image.n_frames == 36
            assert image.info["loop"] == 0
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "globe.gif", "globe.html", "globe.webp", "predictions.nc"
    ]  # fmt: skip


def test_the_page_holds_the_animation(tmp_path, island_file):
    globe.turning_globe(island_file, tmp_path / "globe", {"frames": 4})
    page = (tmp_path / "globe.html").read_text(encoding="utf-8")
    (source,) = re.findall(r'src="data:image/webp;base64,([^"]+)"', page)
    assert base64.b64decode(source) == (tmp_path / "globe.webp").read_bytes()


def test_a_smaller_globe_is_drawn_where_files_would_be_too_large(
    tmp_path, island_file, monkeypatch
):
    monkeypatch.setattr(globe, "MAX_BYTES", 120_000)
    globe.turning_globe(island_file, tmp_path / "globe", {"frames": 4})
    sizes = [(tmp_path / f"globe.{suffix}").stat().st_size for suffix in ("gif", "webp")]
    assert max(sizes) <= 120_000
    with Image.open(tmp_path / "globe.gif") as image:
        assert image.width < 2 * (globe.DIAMETERS[0] + 2 * globe.MARGIN)


def test_what_a_sampling_does_not_cover_is_grey(tmp_path):
    sampling = Icosahedral(4)
    here = (np.abs(sampling.longitude) < 30) & (np.abs(sampling.latitude) < 30)
    truth = np.zeros((1, here.sum()), np.uint8)
    probability = np.broadcast_to([1.0, 0, 0], (*truth.shape, 3))
    path = write_predictions(tmp_path / "predictions.nc", sampling, truth, probability, here)
    globe.turning_globe(path, tmp_path / "globe", {"frames": 4})
    frames = frames_of(tmp_path / "globe.gif")
    empty = np.array([int(globe.EMPTY[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    shares = [(np.abs(frame - empty) < 0.02).all(axis=-1).mean() for frame in frames]
    assert shares[2] > 0.4  # the other side
    assert shares[0] < shares[2] - 0.1


@pytest.mark.parametrize("diameter", globe.DIAMETERS)
def test_a_long_title_is_wrapped_and_meets_nothing(tmp_path, island_file, monkeypatch, diameter):
    monkeypatch.setattr(globe, "DIAMETERS", (diameter,))
    with netCDF4.Dataset(island_file, "a") as file:
        file.predicted_by = "unet-weighted-icosahedral-by_year-seed0"
    globe.turning_globe(island_file, tmp_path / "globe", {"frames": 4})
    head = (frames_of(tmp_path / "globe.gif")[0, : globe.HEAD] < 0.8).any(axis=-1)
    columns = np.flatnonzero(head.any(axis=0))
    assert columns.min() > 2 and columns.max() < head.shape[1] - 3
    rows = head.any(axis=1).astype(int)
    lines = (np.diff(rows, prepend=0) == 1).sum()  # blocks of rows between which all is white
    assert lines == (3 if diameter < 320 else 2) + rows[-1]  # title, names, rim of the globe


def test_equal_files_give_equal_bytes(tmp_path, predictions_file):
    for name in ("one", "two"):
        globe.turning_globe(predictions_file, tmp_path / name, {"frames": 4})
    for suffix in ("gif", "webp"):
        one, two = (tmp_path / f"{name}.{suffix}" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
    with pytest.raises(UserError, match=r"missing\.nc"):
        globe.turning_globe(tmp_path / "missing.nc", tmp_path / "a")
