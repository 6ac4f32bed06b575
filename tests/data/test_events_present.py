"""A part without cyclones or rivers is refused before anything is trained."""

import numpy as np
import pytest

from deepsphere_pipe.channels import UNLABELLED
from deepsphere_pipe.cli import main
from deepsphere_pipe.data.events_present import absent_events, check_events
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError


class Labels:
    """A store of labels only; counts how many maps are read."""

    path, title = "maps.nc", "numbers"

    def __init__(self, *maps):
        self.maps, self.read = maps, 0

    def labels(self, index):
        self.read += 1
        return np.array(self.maps[index], np.uint8)


def test_reading_stops_when_all_are_found():
    store = Labels([0, 0], [1, UNLABELLED], [2, 0], [1, 2])
    assert absent_events(store, range(4)) == [] and store.read == 3
    assert absent_events(store, [0, 1]) == ["AR"]
    assert absent_events(store, [0]) == ["TC", "AR"]


def test_what_is_absent_is_told_with_the_part():
    with pytest.raises(UserError, match=r"no map of the validation part has a vertex of TC, so"):
        check_events(Labels([0, 2]), [0], "validation")
    with pytest.raises(UserError, match=r"maps.nc: these maps of the numbers have no labels"):
        check_events(Labels([UNLABELLED]), [0], "train")


@pytest.mark.parametrize(("year", "part"), [(2106, "train"), (2107, "validation"), (2108, "test")])
def test_split_tells_it_and_leaves_nothing(store_path, tmp_path, monkeypatch, capsys, year, part):
    """In the test part it is said only: there, one class more or less has no score."""
    real = Store.labels

    def without_rivers(store, index):
        labels = real(store, index)
        return labels * (labels != 2) if store.times[index].year == year else labels

    monkeypatch.setattr(Store, "labels", without_rivers)
    (tmp_path / "split.yaml").write_text(
        "{name: a, split: {method: by_year, validation: [2107], test: [2108]}}", encoding="utf-8"
    )
    status = main(
        [
            *("split", "--maps", str(store_path), "--out", str(tmp_path / "split")),
            *("--study", str(tmp_path / "split.yaml")),
        ]
    )
    told = capsys.readouterr()
    if part == "test":
        assert status == 0 and "the test part has no AR, so they have no score" in told.out
    else:
        assert status == 2 and f"no map of the {part} part has a vertex of AR" in told.err
        assert not (tmp_path / "split").exists()
