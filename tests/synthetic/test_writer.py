"""The files of the synthetic twin: reproducible bytes, all at once, days in blocks."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.config import SyntheticConfig
from deepsphere_pipe.data.sources import cam5
from deepsphere_pipe.synthetic import days_written, simulation, snapshots, synthesize, writer
from tests.synthetic.conftest import SMALL


def digest(folder):
    """Hash names and bytes of all files of a folder."""
    total = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()


SCRIPT = """
import sys
from pathlib import Path
from deepsphere_pipe.config import SyntheticConfig
from deepsphere_pipe.synthetic import synthesize
if __name__ == "__main__":
    settings = SyntheticConfig.model_validate_json(sys.argv[1])
    synthesize(settings, Path(sys.argv[2]), workers=int(sys.argv[3]))
"""


def test_bytes_do_not_depend_on_threads_or_workers(tmp_path):
    script = tmp_path / "write.py"
    script.write_text(SCRIPT, encoding="utf-8")
    digests = set()
    for workers, threads in (("1", "1"), ("2", "4")):
        folder = tmp_path / workers
        arguments = [sys.executable, script, SMALL.model_dump_json(), folder, workers]
        environment = os.environ | {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        subprocess.run(arguments, check=True, env=environment)
        digests.add(digest(folder))
    assert len(digests) == 1


def test_another_seed_or_run_is_other_weather():
    def first(seed, run):
        settings = SMALL.model_copy(update={"seed": seed})
        return next(snapshots(settings, run, 2106))[1][CHANNEL_NAMES.index("PSL")]

    fields = [first(3, 1), first(4, 1), first(3, 2)]
    for i, a in enumerate(fields):
        for b in fields[:i]:
            assert np.corrcoef((a - a.mean(1, keepdims=True)).ravel(),
                               (b - b.mean(1, keepdims=True)).ravel())[0, 1] < 0.8  # fmt: skip


def test_weather_does_not_depend_on_which_days_are_asked_for(monkeypatch):
    def look(days):
        monkeypatch.setattr(simulation, "days_written", lambda *_: days)
        found = snapshots(SMALL, 1, 2106)
        return {time: (fields, labels) for time, fields, labels in found if time.day == 11}

    alone, among = look([10]), look([9, 10, 12])
    assert len(alone) == len(among) == 8
    for time, (fields, labels) in alone.items():
        np.testing.assert_array_equal(fields, among[time][0])
        np.testing.assert_array_equal(labels, among[time][1])


def test_files_appear_all_at_once(tmp_path, monkeypatch):
    folder = tmp_path / "native"
    (tmp_path / "native.partial").mkdir()
    (tmp_path / "native.partial" / "rest").touch()

    def fail(*_):
        raise RuntimeError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(writer, "write_snapshot", fail)
        with pytest.raises(RuntimeError):
            synthesize(SMALL, folder)
    assert not folder.exists()

    synthesize(SMALL, folder)
    assert not (tmp_path / "native.partial").exists()
    source = cam5.Cam5(folder)
    found = source.snapshots
    assert len(found) == sum(8 * len(days_written(SMALL, run, 2106)) for run in SMALL.runs)
    first = source.read(found[0], CHANNEL_NAMES)
    time, expected, classes = next(snapshots(SMALL, 1, 2106))

    assert found[0].time == time
    np.testing.assert_array_equal(first.fields, expected.reshape(16, -1))
    np.testing.assert_array_equal(first.labels, classes.ravel())


def test_days_come_in_blocks_and_some_are_missing():
    settings = SyntheticConfig(days_per_year=120, days_in_a_row=3, missing_days=0.1)
    days = np.array(days_written(settings, 1, 2106))
    assert 0.8 * 120 < len(days) < 120
    assert (np.diff(days) == 1).mean() > 0.5
    assert days.min() < 20 and days.max() > 345
    assert days_written(settings, 1, 2106) != days_written(settings, 2, 2106)
    whole = SyntheticConfig(days_per_year=365, days_in_a_row=365, missing_days=0.0)
    assert days_written(whole, 1, 2106) == list(range(365))
