"""Events, data and provenance as tables, from files made by hand."""

import pandas as pd
import pytest

from deepsphere_pipe.evaluation.events import Event, summarise_events
from deepsphere_pipe.reporting.cells import ABSENT
from deepsphere_pipe.reporting.tables.forms import write_table
from tests.reporting.tables.conftest import rows_of


def event(side, matched, area=150e3, latitude=20.0, distance=None, name="TC"):
    return Event("2106-08-01", 1, name, side, 0.0, latitude, area, 3, matched, distance)


def summary(n_found, n_missed=1, distance=100.0):
    """Cyclones of a map: found ones are small and northern, missed ones large and southern."""
    found = [event("true", True, distance=distance)] * n_found
    missed = [event("true", False, area=500e3, latitude=-20.0)] * n_missed
    predicted = [event("predicted", True, distance=distance), event("predicted", False)]
    return summarise_events([*found, *missed, *predicted])


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a table and returns csv and Markdown rows."""

    def write(name, files):
        write_table(name, files, tmp_path / name)
        markdown = (tmp_path / f"{name}.md").read_text(encoding="utf-8")
        return pd.read_csv(tmp_path / f"{name}.csv"), rows_of(markdown)

    return write


def test_events_are_means_over_seeds(write, write_scores):
    files = [
        write_scores(
            f"net-seed{seed}", 0.5, 0.6, seed=seed,
            top={"events": summary(n_found, 4 - n_found, distance)},
        )
        for seed, n_found, distance in ((0, 1, 100.0), (1, 3, 300.0))
    ]  # fmt: skip
    files.append(write_scores("old-seed0", 0.5, 0.6))
    csv, rows = write("events", files)
    assert csv["hit_rate_tc"][0] == pytest.approx(0.5)
    assert csv["hit_rate_tc_sd"][0] == pytest.approx(0.125**0.5)
    assert rows[0]["TCs"] == "4" and rows[0]["TCs found (%)"] == "50.0 ± 35.4"
    assert rows[0]["TCs false (%)"] == "50.0 ± 0.0" and rows[0]["TC offset (km)"] == "200 ± 141"
    assert rows[0]["ARs found (%)"] == ABSENT
    assert set(list(rows[1].values())[1:]) == {ABSENT}


def test_sizes_and_latitudes_have_rows_where_there_are_events(write, write_scores):
    files = [
        write_scores(f"{name}-seed0", 0.5, 0.6, top={"events": summary(*counts)})
        for name, counts in (("good", (2, 1)), ("also", (1, 2)))
    ]
    files.append(write_scores("guess", 0, 0, kind="baseline", top={"events": summary(1)}))
    csv, rows = write("events_by_size_and_latitude", files)
    assert [(row["class"], row["range"]) for row in rows] == [
        ("TC", "100 to 200 thousand km²"),
        ("TC", "from 400 thousand km²"),
        ("TC", "30°S to 15°S"),
        ("TC", "15°N to 30°N"),
    ]
    assert [row["good"] for row in rows] == ["100.0", "0.0", "0.0", "100.0"]
    assert rows[0]["events"] == "2; 1" and "guess" not in rows[0]
    small = csv[(csv["by"] == "size") & (csv["low"] == 100e3) & (csv["class"] == "TC")]
    assert small["false_alarms"].tolist() == [1, 1] and small["true"].tolist() == [2, 1]


def test_without_events_the_table_is_empty(write, write_scores):
    csv, rows = write("events_by_size_and_latitude", [write_scores("net-seed0", 0.5, 0.6)])
    assert rows == [] and len(csv) == 0


def test_provenance_has_a_row_for_every_run(write, write_scores):
    files = [
        write_scores(
            "net-seed0", 0.5, 0.6, seconds=7200.0, config_hash="abc", manifest_sha256="0" * 64,
            peak_memory_mb=1234.5,
        ),
        write_scores("guess", 0, 0, kind="baseline", seed=None),
        write_scores("moved-seed0", 0.5, 0.6, sessions=[
            {"node": "a", "job": "Slurm 7", "driver": "550.1", "wall_seconds": 60.0,
             "peak_memory_mb": 100.0},
            {"node": "b", "job": "Slurm 7", "driver": "550.1", "wall_seconds": 60.0,
             "peak_memory_mb": 200.0},
            {"node": "b", "job": None, "driver": "550.1", "wall_seconds": 60.0,
             "peak_memory_mb": 50.0},
        ]),
    ]  # fmt: skip
    csv, rows = write("provenance", files)
    moved = next(row for row in rows if row["run"] == "moved-seed0")
    assert (moved["node"], moved["job"], moved["driver"]) == ("a, b", "Slurm 7", "550.1")
    assert moved["sessions"] == "3" and moved["peak memory (MB)"] == "200"
    assert csv.set_index("run")["wall_seconds"]["moved-seed0"] == 180
    rows = [row for row in rows if row is not moved]
    assert csv["manifest_sha256"].astype(str)[0].strip("0.") == ""
    assert rows[0]["training"] == "2.0 h" and rows[0]["peak memory (MB)"] == "1 234".replace(
        " ", "\N{NO-BREAK SPACE}"
    )
    assert rows[0]["data manifest"] == "0" * 12 and rows[0]["commit"] == "abc1234"
    assert rows[1]["run"] == "guess" and rows[1]["seed"] == rows[1]["config"] == ABSENT


def test_data_has_a_row_for_every_sampling_and_split(write, write_scores, histograms_file):
    shift = {"mean_shift_in_std": {"channel": "PSL", "value": 0.25}}
    files = [
        write_scores("net-seed0", 0.5, 0.6, deviation_from_published=shift),
        write_scores("also-seed1", 0.5, 0.6, seed=1, deviation_from_published=shift),
        write_scores("leaky-seed0", 0.5, 0.6, split="random", leakage_percent={"3h": 90.0}),
    ]
    csv, rows = write("data", files)
    assert [row["split"] for row in rows] == ["by_year", "random"]
    assert csv["near_training_3h"].tolist() == [0.015, 0.9]
    assert rows[0]["shift"] == "0.25 (PSL)" and rows[1]["shift"] == ABSENT
    assert rows[1]["test maps near training, 24h (%)"] == ABSENT
    assert 20 < float(rows[0]["share of TC (%)"]) < 45  # of the random labels of the fixture
