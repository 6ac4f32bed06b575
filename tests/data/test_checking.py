"""Every problem of a data set is listed at once, by the rules by which it would be refused."""

import os
import signal

import numpy as np
import pytest
from specimens import (
    name_of,
    npz,
    random_map,
    ugscnn_members,
    write_cam5,
    write_climatenet,
    write_zip,
)

from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.cli import main
from deepsphere_pipe.config.data import Era5Data
from deepsphere_pipe.data.checking import findings
from deepsphere_pipe.data.fields.faults import ADVICE
from deepsphere_pipe.data.sources import cam5
from deepsphere_pipe.data.sources.guessing import guess_source
from deepsphere_pipe.data.sources.several import common_folder
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.steps.check import MOST_LISTED, check, listed
from tests.data.fields.climate import dataset, plain

SERIES = [(2107, 3, 1, slot, 1) for slot in range(6)]


def write_series(folder, change=lambda slot, fields: fields, stamps=SERIES):
    """Write CAM5 snapshots of one weather, changed by a function of slot and fields."""
    folder.mkdir(exist_ok=True)
    fields, labels = random_map(0, 24, 48)
    for stamp in stamps:
        write_cam5(folder / name_of(stamp, ".h5"), change(stamp[3], fields.copy()), labels)
    return folder


def kinds(problems):
    return list(zip(problems["kind"], problems["channel"], strict=True))


def test_good_data_has_no_problems(tmp_path):
    write_series(tmp_path / "cam5")
    plain().to_netcdf(tmp_path / "plain.nc")
    plain().to_zarr(tmp_path / "plain.zarr", zarr_format=2)
    write_zip(tmp_path / "archive.zip", ugscnn_members()[0])
    for each in ("cam5", "plain.nc", "plain.zarr"):
        assert listed(check([tmp_path / each])) == "No problems."
    assert check([tmp_path / "archive.zip"], ignore=["gap"]).empty


@pytest.mark.parametrize("workers", [1, 2])
def test_all_that_is_wrong_is_told_of_every_file(tmp_path, workers):
    """Of one map several things: `prepare` tells the first."""

    def change(slot, fields):
        if slot == 1:
            fields[CHANNEL_NAMES.index("PSL")] /= 100
            fields[CHANNEL_NAMES.index("VBOT"), 3, 4] = np.nan
            fields[CHANNEL_NAMES.index("T200"), 3, 4] = -9999
        return fields

    folder = write_series(tmp_path / "in", change)
    broken, misfit = "data-2107-03-01-06-1.h5", "data-2107-02-29-00-1.h5"
    for name in (broken, misfit):
        (folder / name).write_bytes(b"not HDF5")
    problems = check([folder], workers=workers).set_index("channel")
    at = problems[problems["file"] == str(folder / "data-2107-03-01-01-1.h5")]
    assert dict(at["kind"]) == {"VBOT": "missing", "PSL": "units", "T200": "values"}
    assert (at["time"] == "2107-03-01T03:00:00").all()
    assert "look like hPa" in at["what"]["PSL"] and "down to -9999" in at["what"]["T200"]
    others = problems.drop(at.index).set_index("file")["what"]
    assert set(others.index) == {str(folder / broken), str(folder / misfit)}
    assert others[str(folder / misfit)].startswith("no such date")
    assert others[str(folder / broken)].startswith("cannot be read as HDF5")
    assert list(problems["what_to_do"]) == [ADVICE[kind] for kind in problems["kind"]]


def test_a_map_that_lies_otherwise_is_told(tmp_path):
    """The twin of this weather has no mountains: it is compared with the first map."""
    north, east = np.linspace(-1.5, 1.5, 24)[:, None], np.linspace(0, 6, 48)
    row = (1 + np.sin(north)) * np.cos(east) + np.sin(north) * np.sin(2 * east)

    def change(slot, fields):
        fields[CHANNEL_NAMES.index("PS")] = 98500 + 1000 * (row[::-1] if slot == 4 else row)
        return fields

    problems = check([write_series(tmp_path / "in", change)])
    assert kinds(problems) == [("orientation", "")]
    assert "upside down" in problems["what"][0] and problems["time"][0] == "2107-03-01T12:00:00"


def test_doubled_times_gaps_and_units_of_named_fields(tmp_path):
    times = [f"2020-01-{day:02d}T{hour:02d}:00" for day in (1, 2, 4) for hour in (0, 6, 12, 18)]
    fields = {
        "t2m": ("TREFHT", 1, 273.15, {"units": "degC"}),
        "msl": ("PSL", 1, 0, {"units": "Pa"}),
        "tcwv": ("TMQ", 1, 0, {"units": "banana"}),
    }
    dataset(fields, time=[*times, times[-1]]).to_netcdf(tmp_path / "a.nc")
    (tmp_path / "more").mkdir()
    dataset(fields, time=times[:1]).to_netcdf(tmp_path / "more/b.nc")
    problems = check([tmp_path / "more", tmp_path / "a.nc"])
    found = [*zip(problems["kind"], problems["channel"], problems["what"], strict=True)]
    assert [each[:2] for each in found] == [
        ("channel", "TMQ"), *(("channel", "TMQ"), ("file", ""), ("file", "")), ("gap", ""),
    ]  # fmt: skip
    assert "banana" in found[0][2] and "same time" in found[2][2]
    assert "an input before" in found[3][2]
    assert found[4][2] == "the next map is 30 hours later; most are 6 hours apart."
    assert problems["time"].iloc[-1] == "2020-01-02T18:00:00"
    few = check([tmp_path / "more"], channels=["PSL", "T500"], ignore=["gap"])
    assert kinds(few) == [("channel", "T500")] and "not in this source" in few["what"][0]


def test_files_of_a_kind_are_one_data_set(tmp_path):
    """Variables and times may be spread among them; patterns name many."""
    for name in ("TMQ", "PSL", "T500"):
        plain()[[name]].to_netcdf(tmp_path / f"{name}.nc")
    assert check([tmp_path / "*.nc"], channels=["TMQ", "T500"]).empty
    plain()[["PSL"]].isel(time=[1]).to_netcdf(tmp_path / "again.nc")
    problems = check([tmp_path / f"{name}.nc" for name in ("TMQ", "PSL", "again")])
    assert kinds(problems) == [("file", "")] and "holds PSL at a time" in problems["what"][0]

    folder = write_series(tmp_path / "in")
    for slot in (2, 3):
        (folder / f"data-2107-03-01-0{slot}-1.h5").write_bytes(b"not HDF5")
    names = [f"data-2107-03-01-0{slot}-1.h5" for slot in (1, 2)]
    problems = check([folder / name for name in names])
    assert list(problems["file"]) == [f"{common_folder([folder / 'x'])}/{names[1]}"]
    assert check([folder / names[0]]).empty


def test_a_channel_that_some_times_lack_is_named_with_its_file(tmp_path):
    (tmp_path / "in").mkdir()
    plain().to_netcdf(tmp_path / "in/1.nc")
    later = plain().assign_coords(time=plain()["time"] + np.timedelta64(18, "h"))
    later.drop_vars("T500").to_netcdf(tmp_path / "in/2.nc")
    problems = check([tmp_path / "in"])
    assert kinds(problems) == [("channel", "T500")] * 3
    assert set(problems["file"]) == {str(tmp_path / "in/2.nc")}


def test_names_and_missing_values_are_those_of_the_study(tmp_path):
    odd = plain().rename(TMQ="moisture")
    odd["moisture"].values[0, 0, 0] = np.nan
    odd.to_netcdf(tmp_path / "a.nc")
    settings = {"input": "a.nc", "channels": ["TMQ"], "variables": {"TMQ": "moisture"}}
    assert kinds(check([tmp_path / "a.nc"], channels=["TMQ"])) == [("channel", "TMQ")]
    data = Era5Data(**settings)
    assert kinds(check([tmp_path / "a.nc"], data=data)) == [("missing", "TMQ")]
    assert check([tmp_path / "a.nc"], data=Era5Data(**settings, missing="mask")).empty


def test_vertices_in_another_order_are_told(tmp_path):
    members, maps = ugscnn_members(level=3, stamps=SERIES[:2])
    order = np.random.default_rng(0).permutation(642)
    members = {
        f"data/{name}": npz(fields[:, order], labels[order])
        for name, (fields, labels) in maps.items()
    }
    problems = check([write_zip(tmp_path / "archive.zip", members)])
    assert kinds(problems) == [("orientation", "")] and "order" in problems["what"][0]


def test_a_file_that_crashes_its_reader_is_named(tmp_path):
    found = list(findings(Crashing(write_series(tmp_path / "in")), workers=2))
    assert [(each.file, each.fault.what) for each in found] == [
        ("data-2107-03-01-02-1.h5", "makes its reader crash.")
    ]


class Crashing(cam5.Cam5):
    def read(self, snapshot, channels):
        if snapshot.time.hour == 6:
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().read(snapshot, channels)


@pytest.mark.parametrize(
    ("names", "source"),
    [
        (["stats.h5", "data-2106-12-31-07-1.h5"], "cam5"),
        (["notes.nc", "train/data-2010-06-21-01-1.nc"], "climatenet"),
        (["d/data-2106-12-31-07-1-mesh.npz"], "ugscnn"),
        (["ta_Amon_CESM2_historical_r1i1p1f1_gn_185001-201412.nc"], "cmip6"),
        (["readme.txt", "era5.grib"], "era5"),
        (["a.zarr/.zgroup"], "era5"),
        ([".zgroup", "PSL/0.0.0"], "era5"),
        (["readme.txt", ".hidden"], None),
    ],
)
def test_sources_are_told_by_the_names_of_files(tmp_path, names, source):
    folder, archive = tmp_path / "in", tmp_path / "in.zip"
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    assert guess_source(folder) == source
    write_zip(archive, dict.fromkeys(names, b""))
    assert guess_source(archive) == source


def test_many_problems_are_told_by_one_of_each_kind(tmp_path):
    def change(slot, fields):
        fields[CHANNEL_NAMES.index("T500"), 0, 0] = np.nan
        return fields

    stamps = [(2107, 3, day, slot, 1) for day in range(1, 7) for slot in range(8)]
    problems = check([write_series(tmp_path / "in", change, stamps)])
    assert len(problems) == len(stamps) > MOST_LISTED
    text = listed(problems)
    assert f"({len(stamps)} like this)" in text and text.count("T500 holds") == 1


def test_the_command_lists_writes_and_fails(tmp_path, capsys):
    folder = write_series(tmp_path / "in")
    (folder / "data-2107-03-01-06-1.h5").touch()
    out = tmp_path / "problems.csv"
    assert main(["check", str(folder), "--out", str(out), "--channels", "PSL", "TMQ"]) == 1
    assert "cannot be read as HDF5" in capsys.readouterr().out
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "file,time,channel,kind,what,what_to_do" and len(lines) == 2
    assert main(["check", str(folder), "--ignore", "file"]) == 0
    assert capsys.readouterr().out == "No problems.\n"


def test_what_is_not_there_or_no_data_is_one_sentence(tmp_path):
    (tmp_path / "a.txt").write_text("text", encoding="utf-8")
    with pytest.raises(UserError, match="no such file or folder"):
        check([tmp_path / "none"])
    with pytest.raises(UserError, match="say it with --source"):
        check([tmp_path / "a.txt"])
    (tmp_path / "in").mkdir()
    write_climatenet(tmp_path / "in/data-2010-06-21-01-1.nc", *random_map(0, 24, 48), only=())
    problems = check([tmp_path / "in"])
    assert kinds(problems) == [("file", "")]
