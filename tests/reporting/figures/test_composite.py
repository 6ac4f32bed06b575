"""The figure of composites shows both outcomes, and says where there is none."""

import netCDF4
import numpy as np
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.figures.composite import composite_cyclones

AXIS = np.arange(-1500.0, 1501, 100)
X, Y = np.meshgrid(AXIS, AXIS)


@pytest.fixture
def draw(tmp_path):
    """Return a function that draws a composite of some fields and cyclones."""

    def draw(cyclones=(9, 5), names=("PSL", "TMQ", "wind_speed_850")):
        path = tmp_path / "composite.nc"
        bowl = np.exp(-((np.hypot(X, Y) / 500) ** 2))
        fields = {
            "PSL": 101_000 - np.array([4000, 1500])[:, None, None] * bowl,
            "TMQ": 40 + np.array([20, 10])[:, None, None] * bowl,
            "wind_speed_850": 5 + np.array([20, 8])[:, None, None] * bowl,
            "truth": np.array([1, 1])[:, None, None] * bowl,
            "probability": np.array([0.9, 0.2])[:, None, None] * bowl,
        }
        with netCDF4.Dataset(path, "w") as file:
            for name, size in (("outcome", 2), ("y", len(AXIS)), ("x", len(AXIS))):
                file.createDimension(name, size)
            for name in ("x", "y"):
                file.createVariable(name, "f8", (name,))[:] = AXIS
            outcome = file.createVariable("outcome", "u1", ("outcome",))
            outcome.flag_meanings = "hit miss"
            outcome[:] = [0, 1]
            file.createVariable("cyclones", "i4", ("outcome",))[:] = cyclones
            for name in (*names, "truth", "probability"):
                values = np.where(np.array(cyclones)[:, None, None] > 0, fields[name], np.nan)
                file.createVariable(name, "f4", ("outcome", "y", "x"))[:] = values
        figure = composite_cyclones.figure(path)
        figure.draw_without_rendering()
        return figure, fields

    return draw


def test_hits_and_misses_stand_side_by_side(draw):
    figure, fields = draw()
    top, bottom = figure.axes[:2], figure.axes[2:4]
    assert [axes.get_title() for axes in top] == ["Hits (9 cyclones)", "Misses (5 cyclones)"]
    for row, name in ((top, "TMQ"), (bottom, "probability")):
        for axes, expected in zip(row, fields[name], strict=True):
            np.testing.assert_allclose(axes.collections[0].get_array(), expected, rtol=1e-6)
    assert bottom[0].collections[0].get_clim() == (0, 1)
    for axes in bottom:  # the line at half of the truth: exp(-(r / 500)²) = 1/2
        (line,) = axes.collections[1].get_paths()
        radius = np.hypot(*line.vertices.T)
        np.testing.assert_allclose(radius, 500 * np.sqrt(np.log(2)), rtol=0.03)
    assert "every 4\N{NO-BREAK SPACE}hPa" in figure._supxlabel.get_text()
    levels = top[0].collections[1].levels
    assert set(np.diff(levels)) == {4} and levels.min() >= 970


def test_an_outcome_without_cyclones_is_empty_and_says_so(draw):
    figure, _ = draw(cyclones=(0, 4))
    assert [len(axes.collections) for axes in figure.axes[:1]] == [1]  # masked all over
    for axes in (figure.axes[0], figure.axes[2]):
        assert "none" in [text.get_text() for text in axes.texts]
        assert np.ma.getmaskarray(np.ma.masked_invalid(axes.collections[0].get_array())).all()


@pytest.mark.parametrize(
    ("names", "label"),
    [((), None), (("PSL",), None), (("wind_speed_850",), "wind speed at 850 hPa")],
)
def test_channels_may_be_missing(draw, names, label):
    figure, _ = draw(names=names)
    bars = [axes.get_ylabel() for axes in figure.axes[4:]]
    assert any(label in text for text in bars) if label else len(bars) == 1


def test_no_cyclone_at_all(draw):
    figure, _ = draw(cyclones=(0, 0))
    for axes in figure.axes[:4]:
        assert "none" in [text.get_text() for text in axes.texts]


def test_missing_files_are_told(tmp_path):
    with pytest.raises(UserError, match=r"missing\.nc"):
        composite_cyclones(tmp_path / "missing.nc", tmp_path / "a")
