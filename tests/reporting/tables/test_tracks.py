"""The table of storms shows what lies beside the scores of networks."""

import json

import numpy as np
import pandas as pd
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.groups import Days
from deepsphere_pipe.reporting.tables.forms import write_table
from deepsphere_pipe.reporting.tables.registry import tables_of
from deepsphere_pipe.tracking.scores import score_tracks
from tests.reporting.tables.conftest import rows_of
from tests.tracking.test_scores import tracks


def write_tracks(path, hits):
    """Write scores of four storms of which some are found, and one is made up."""
    days = Days.of(np.arange(0, 24 * 60, 6) + 24 * 7305, np.zeros(240))
    storms = [(i, 48 * i, 12, 30 * i, 15) for i in range(1, 5)]
    found = score_tracks(tracks(*storms), tracks(*storms[:hits], (9, 0, 12, -150, 30)), days)
    rules = {name: {"least_hours": 54.0} for name in ("TC", "AR")}
    path.with_name("tracks.json").write_text(json.dumps(found | {"rules": rules}), "utf-8")


def test_storms_are_means_over_seeds(tmp_path, write_scores):
    files = [write_scores(f"net-seed{seed}", 0.5, 0.6, seed=seed) for seed in (0, 1)]
    for path, hits in zip(files, (1, 3), strict=True):
        write_tracks(path, hits)
    files.append(write_scores("guess", 0.1, 0.1, kind="baseline"))
    write_table("tracks", files, tmp_path / "tracks")
    csv = pd.read_csv(tmp_path / "tracks.csv")
    assert len(csv) == 1 and csv["probability_of_detection_tc"][0] == 0.5
    assert csv["false_alarm_ratio_tc"][0] == pytest.approx((1 / 2 + 1 / 4) / 2)
    assert csv["position_km_tc"][0] == 0 and csv["birth_hours_tc"][0] == 0
    text = (tmp_path / "tracks.md").read_text(encoding="utf-8")
    (row,) = rows_of(text)
    assert row["TC storms"] == "4" and row["TC found (%)"] == "50.0 ± 35.4"
    assert row["AR found (%)"] == "–" and "54 h (TC) and 54 h (AR)" in text


def test_without_tracks_there_is_no_table(tmp_path, write_scores):
    with pytest.raises(UserError, match=r"tracks.json"):
        write_table("tracks", [write_scores("net-seed0", 0.5, 0.6)], tmp_path / "tracks")
    assert "tracks" not in [row.name for row in tables_of([{"experiment": "a"}])]
    assert "tracks" in [row.name for row in tables_of([{"experiment": "a"}], with_tracks=True)]
