"""The map of tracks shows what was found, missed and made up."""

import json

import numpy as np
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.figures.registry import FIGURES
from deepsphere_pipe.reporting.maps.tracks_map import tracks_on_maps
from deepsphere_pipe.tracking.formats import write_tracks
from tests.tracking.test_scores import tracks


@pytest.fixture
def scores(tmp_path):
    """Three storms of the labels; one is missed, and another is made up."""
    true = [(1, 0, 10, -60, 15), (2, 0, 10, 178, 15), (3, 0, 10, 60, -15)]
    pressure = {"pressure_hpa": np.repeat([950.0, 990, np.nan], 10)}
    write_tracks(tmp_path / "true_tracks.csv", tracks(*true, **pressure))
    write_tracks(tmp_path / "tracks.csv", tracks(*true[:2], (9, 0, 10, 0, -30)))
    content = {"run": "net-seed0", "match_km": 300.0}
    (tmp_path / "tracks.json").write_text(json.dumps(content), encoding="utf-8")
    return tmp_path / "tracks.json"


def test_what_the_other_side_lacks_is_dotted(scores):
    truth, prediction = tracks_on_maps.figure(scores, {"projection": "robinson"}).axes[:2]
    for axes in (truth, prediction):
        ways = [line for line in axes.lines if line.get_linewidth() == 1.6]
        assert sorted(line.get_linestyle() for line in ways) == ["-", "-", ":"]
    assert truth.get_title() == "truth: 3 TCs, 0 ARs"
    assert prediction.get_title() == "net-seed0: 3 TCs, 0 ARs"


def test_no_line_crosses_the_map_at_the_date_line(scores):
    axes = tracks_on_maps.figure(scores, {"projection": "robinson"}).axes[0]
    way = max((line for line in axes.lines if line.get_linewidth() == 1.6),
              key=lambda line: np.nanmax(line.get_xdata()))  # fmt: skip
    x = way.get_xdata()
    assert np.isnan(x).any() and np.nanmax(np.abs(np.diff(x))) < 0.1


def test_the_row_draws_files(scores, tmp_path):
    FIGURES["tracks_map"].draw([scores], tmp_path / "out", {"dpi": 50})
    assert (tmp_path / "out.png").exists() and (tmp_path / "out.pdf").exists()
    (tmp_path / "tracks.csv").write_text("x\n1\n", encoding="utf-8")
    with pytest.raises(UserError, match="lacks the columns track_id, time, lon, lat"):
        FIGURES["tracks_map"].draw([scores], tmp_path / "out", None)
