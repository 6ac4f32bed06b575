"""The UGSCNN archive: read in the zip or unpacked, and whatever is wrong with it is told."""

import io
import pickle
import struct
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from specimens import STAMPS, name_of, npz, random_map, ugscnn_members, write_zip

from deepsphere_pipe.channels import CHANNEL_NAMES, UNLABELLED
from deepsphere_pipe.data.sources import open_source
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings import Icosahedral

LEVEL = 1
N = Icosahedral(LEVEL).n_vertices
FIRST = f"data_5_all/{name_of(STAMPS[0], '-mesh.npz')}"
MEMBERS, MAPS = ugscnn_members(LEVEL)


def read_all(source):
    """Return {base name: (fields, labels)} of what can be read, and {name: problem}."""
    maps, problems = {}, dict(source.rejected)
    for snapshot in source.snapshots:
        try:
            found = source.read(snapshot, CHANNEL_NAMES)
        except UserError as error:
            problems[snapshot.name] = str(error)
        else:
            maps[snapshot.name.rpartition("/")[2]] = found.fields, found.labels
    return maps, problems


def assert_same(found, expected):
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


@pytest.mark.parametrize("kind", ["deflated", "stored", "folder"])
def test_it_is_read_zipped_and_unpacked(tmp_path, kind):
    path = tmp_path / "unpacked"
    if kind == "folder":
        (path / "data_5_all").mkdir(parents=True)
        for name, content in MEMBERS.items():
            (path / name).write_bytes(content)
    else:
        method = zipfile.ZIP_DEFLATED if kind == "deflated" else zipfile.ZIP_STORED
        path = write_zip(tmp_path / "climate_sphere_l5.zip", MEMBERS, method)
    source = open_source("ugscnn", path)
    assert source.grid.identifier == Icosahedral(LEVEL).identifier
    assert [s.run for s in source.snapshots] == [1, 1, 2, 2, 3, 3, 4, 6]
    assert source.snapshots[0].time.isoformat() == "2106-12-31T21:00:00"
    maps, problems = read_all(source)
    assert problems == {} and list(maps) == list(MAPS)
    for name in MAPS:
        assert_same(maps[name], MAPS[name])


def test_channels_are_selected_and_doubles_become_singles(tmp_path):
    fields, labels = MAPS[name_of(STAMPS[0], "-mesh.npz")]
    write_zip(tmp_path / "a.zip", {FIRST: npz(fields, labels, np.float64)})
    source = open_source("ugscnn", tmp_path / "a.zip")
    found = source.read(source.snapshots[0], ("PSL", "TMQ"))
    assert found.fields.dtype == np.float32
    np.testing.assert_array_equal(found.fields, fields[[7, 0]])


def test_hidden_files_of_macs_and_other_files_do_not_count(tmp_path):
    others = {"__MACOSX/data_5_all/._data-2110-11-13-07-3-mesh.npz": b"", "README": b""}
    source = open_source("ugscnn", write_zip(tmp_path / "a.zip", MEMBERS | others))
    assert len(source.snapshots) == len(MEMBERS) and source.rejected == {}


class Poison:
    """Unpickling it would run code."""

    def __reduce__(self):
        return pytest.fail, ("an object was unpickled",)


def npy_with(header):
    """Return an npz whose data.npy has a header of our own."""
    text = header.encode().ljust(117) + b"\n"
    npy = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + bytes(64)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("data.npy", npy)
        archive.writestr("labels.npy", npy)
    return content.getvalue()


FIELDS, LABELS = random_map(9, N)
ONE_HOT = (np.arange(3)[:, None] == LABELS).astype("f4")


def test_members_without_labels_are_read_but_not_beside_those_with_them(tmp_path):
    content = io.BytesIO()
    np.savez(content, data=FIELDS)
    second = FIRST.replace("2106", "2109")
    path = write_zip(tmp_path / "a.zip", {FIRST: content.getvalue()})
    source = open_source("ugscnn", path)
    found = source.read(source.snapshots[0], CHANNEL_NAMES)
    np.testing.assert_array_equal(found.fields, FIELDS)
    assert set(found.labels) == {UNLABELLED}
    write_zip(path, {FIRST: content.getvalue(), second: npz(FIELDS, LABELS)})
    source = open_source("ugscnn", path)
    with pytest.raises(UserError, match="has labels, unlike the first member"):
        source.read(source.snapshots[1], CHANNEL_NAMES)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (npz(FIELDS, LABELS)[:-300], "is damaged"),
        (b"", "is damaged"),
        (npz(FIELDS[:15], LABELS), "shape .15"),
        (npz(FIELDS[:, :30], LABELS[:30]), "30 vertices, but the first member has 42"),
        (npz(FIELDS, LABELS, labels=ONE_HOT[:, :30]), "42 vertices with fields and 30"),
        (npz(FIELDS, LABELS, labels=ONE_HOT * 0.9), "not one-hot"),
        (npz(FIELDS, LABELS, labels=np.ones_like(ONE_HOT)), "not one-hot"),
        (npz(FIELDS, LABELS, labels=ONE_HOT * np.nan), "not one-hot"),
        (npz(FIELDS, LABELS, labels=LABELS), "labels.npy has shape .42"),
        (npz(FIELDS, LABELS, data=np.array([[Poison()] * 2] * 16)), "holds object"),
        (npz(FIELDS, LABELS, data=FIELDS.astype("S8")), "not numbers"),
        (npy_with("{'descr': '<f4', 'fortran_order': False, 'shape': (16, 10**12)}"), "damaged"),
        (npy_with("{'descr': '<f4', 'fortran_order': False, 'shape': (16, 2621441)}"), "damaged"),
        (npy_with("{'descr': '<f4', 'fortran_order': False, 'shape': (16, 42)}"), "damaged"),
        (pickle.dumps(Poison()), "is damaged"),
    ],
)
def test_a_member_that_is_wrong_is_named_with_the_reason(tmp_path, content, reason):
    second = f"data_5_all/{name_of(STAMPS[1], '-mesh.npz')}"
    path = write_zip(tmp_path / "a.zip", {FIRST: MEMBERS[FIRST], second: content})
    maps, problems = read_all(open_source("ugscnn", path))
    assert list(problems) == [second]
    assert reason.replace(".", "") in problems[second].replace("(", "").replace(".", "")
    assert_same(maps[FIRST.rpartition("/")[2]], MAPS[FIRST.rpartition("/")[2]])


def test_duplicates_and_paths_out_of_the_archive_are_misfits(tmp_path):
    base = FIRST.rpartition("/")[2]
    path = tmp_path / "a.zip"
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as archive:
        warnings.simplefilter("ignore")  # zipfile warns of the same name
        archive.writestr(FIRST, MEMBERS[FIRST])
        archive.writestr(FIRST, b"another")
        archive.writestr(f"other/{base}", b"another")
        archive.writestr("../../data-2107-01-01-00-1-mesh.npz", MEMBERS[FIRST])
        archive.writestr("/tmp/data-2107-01-01-01-1-mesh.npz", MEMBERS[FIRST])
        archive.writestr("data_5_all/data-2107-02-29-01-1-mesh.npz", MEMBERS[FIRST])
    source = open_source("ugscnn", path)
    maps, _ = read_all(source)
    assert list(maps) == [base]
    assert_same(maps[base], MAPS[base])
    reasons = sorted(reason.partition(";")[0] for reason in source.rejected.values())
    assert reasons[:2] == ["is there twice"] * 2
    assert reasons[2].startswith("no such date")
    assert [r.startswith("the path leads out of the archive") for r in reasons[3:]] == [True] * 2


def test_a_member_that_claims_too_much_is_not_unpacked(tmp_path):
    """A zip bomb: a gigabyte of zeros packs into a megabyte."""
    path = tmp_path / "a.zip"
    second = f"data_5_all/{name_of(STAMPS[1], '-mesh.npz')}"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(FIRST, MEMBERS[FIRST])
        with archive.open(second, "w") as member:
            for _ in range(150):
                member.write(bytes(2**20))
    assert path.stat().st_size < 2**20
    _, problems = read_all(open_source("ugscnn", path))
    assert "claims 157286400 bytes" in problems[second]


def test_what_is_no_archive_is_refused(tmp_path):
    path = tmp_path / "climate_sphere_l5.zip"
    whole = write_zip(path, MEMBERS).read_bytes()
    for content in (b"<html>log in</html>", whole[: len(whole) // 2], b""):
        path.write_bytes(content)
        with pytest.raises(UserError, match="neither a folder nor a whole zip archive"):
            open_source("ugscnn", path)
    with pytest.raises(UserError, match="no such file or folder"):
        open_source("ugscnn", tmp_path / "absent.zip")
    with pytest.raises(UserError, match="no members"):
        open_source("ugscnn", write_zip(path, {"README": b""}))
    odd = npz(*random_map(0, 50))
    with pytest.raises(UserError, match="50 vertices, which is no icosahedral sampling"):
        open_source("ugscnn", write_zip(path, {FIRST: odd}))


PATTERN = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(damage=PATTERN, kind=st.sampled_from(["zip", "cut"]))
def test_corruption_is_reported_or_changes_nothing(tmp_path, damage, kind):
    """Flipped bytes or a cut anywhere: whatever is still read is what was written."""
    path = write_zip(tmp_path / "a.zip", MEMBERS)
    content = bytearray(path.read_bytes())
    if kind == "cut":
        content = content[: int(damage[0][0] * len(content))]
    else:
        for place, mask in damage:
            content[int(place * len(content))] ^= mask
    path.write_bytes(content)
    try:
        source = open_source("ugscnn", path)
        maps, _ = read_all(source)
    except UserError:
        return
    for snapshot in source.snapshots:
        base = snapshot.name.rpartition("/")[2]
        if base in maps and base in MAPS:
            assert_same(maps[base], MAPS[base])
