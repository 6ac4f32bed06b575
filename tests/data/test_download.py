"""Downloads survive servers that misbehave: a real server on the loopback, for each case."""

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from misbehaving_server import Server

from deepsphere_pipe.data import http_transfer
from deepsphere_pipe.data.download import download
from deepsphere_pipe.errors import UserError

CONTENT = np.random.default_rng(0).bytes(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    monkeypatch.setattr(http_transfer, "FIRST_PAUSE", 0.01)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")


@pytest.fixture
def server():
    with Server(CONTENT) as server:
        yield server


@pytest.fixture
def said():
    return []


@pytest.fixture
def fetch(tmp_path, server, said):
    def fetch(*urls, **options):
        options = {"sha256": SHA256, "report": said.append} | options
        download(urls or [server.url], tmp_path / "a.zip", **options)
        return tmp_path / "a.zip"

    return fetch


def ranges(server):
    return [request.get("Range") for request in server.requests]


def assert_only(folder, *names):
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)


def test_a_file_is_fetched_once(fetch, server, said, tmp_path):
    assert fetch().read_bytes() == CONTENT
    assert fetch().read_bytes() == CONTENT
    assert len(server.requests) == 1
    assert "is there already and has the right checksum" in said[-1]
    assert_only(tmp_path, "a.zip")


def test_without_a_checksum_it_is_told(fetch, said):
    fetch(sha256=None)
    assert SHA256 in said[-1]


def test_a_cut_connection_is_resumed_where_it_broke(fetch, server, tmp_path):
    server.cuts = [100_000, 100_000]
    assert fetch().read_bytes() == CONTENT
    assert ranges(server) == [None, "bytes=100000-", "bytes=200000-"]
    assert server.requests[1]["If-Range"] == '"one"'
    assert_only(tmp_path, "a.zip")


def test_a_server_without_ranges_sends_all_again(fetch, server, said):
    server.ranges = False
    server.cuts = [100_000]
    assert fetch().read_bytes() == CONTENT
    assert len(server.requests) == 2
    assert any("fetching it from the start" in sentence for sentence in said)


@pytest.mark.parametrize("ignores_if_range", [False, True])
@pytest.mark.parametrize("same_size", [False, True])
def test_a_file_that_changed_on_the_server_is_not_mixed(
    fetch, server, tmp_path, ignores_if_range, same_size
):
    server.cuts = [100_000] + [0] * http_transfer.TRIES
    with pytest.raises(UserError, match=rf"the connection broke \({http_transfer.TRIES} times\)"):
        fetch(sha256=None)
    assert_only(tmp_path, "a.zip.part", "a.zip.part.json")
    server.cuts = []
    server.content = CONTENT[::-1] if same_size else CONTENT[::-1] + b"more"
    server.etag, server.modified = '"two"', "Tue, 02 Jan 2024 00:00:00 GMT"
    server.ignores_if_range = ignores_if_range
    assert fetch(sha256=None).read_bytes() == server.content
    assert_only(tmp_path, "a.zip")


def test_a_server_that_names_no_version_is_resumed_by_size_and_checksum(fetch, server):
    server.etag = server.modified = None
    server.cuts = [100_000]
    assert fetch().read_bytes() == CONTENT
    assert ranges(server) == [None, "bytes=100000-"]


def test_errors_of_the_moment_are_retried_with_pauses(fetch, server, monkeypatch):
    pauses = []
    monkeypatch.setattr(http_transfer.time, "sleep", pauses.append)
    monkeypatch.setattr(http_transfer, "FIRST_PAUSE", 2.0)
    server.statuses = [503, 502, 429]
    server.retry_after = "7"
    assert fetch().read_bytes() == CONTENT
    assert pauses[:3] == [7, 7, 8]


def test_a_mirror_that_stays_broken_is_left(fetch, server, said):
    with Server(CONTENT) as broken:
        broken.statuses = [500] * 99
        assert fetch(broken.url, server.url).read_bytes() == CONTENT
        assert len(broken.requests) == http_transfer.TRIES
    assert any("500" in sentence for sentence in said)


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "answers 404"), (403, "wants a login"), (401, "wants a login")]
)
def test_a_mirror_without_the_file_is_left_at_once(fetch, server, said, tmp_path, status, reason):
    with Server(CONTENT) as other:
        server.statuses = [status] * 9
        assert fetch(server.url, other.url).read_bytes() == CONTENT
        assert len(server.requests) == 1
    with pytest.raises(UserError, match=f"{reason}.*Fetch it by hand in a browser and save it as"):
        download([server.url], tmp_path / "b.zip", report=said.append)


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/octet-stream"])
def test_a_web_page_is_no_file(fetch, server, tmp_path, kind):
    server.content = b"\n<!DOCTYPE html><html><body>Google Drive - Virus scan warning</body></html>"
    server.kind = kind
    with pytest.raises(UserError, match=r"web page, not.* the file"):
        fetch()
    assert_only(tmp_path)


def test_a_wrong_checksum_is_kept_aside_and_the_next_mirror_asked(fetch, server, said, tmp_path):
    with Server(CONTENT[::-1]) as wrong:
        assert fetch(wrong.url, server.url).read_bytes() == CONTENT
    assert (tmp_path / "a.zip.bad").read_bytes() == CONTENT[::-1]
    assert any("instead of " + SHA256 in s and "a.zip.bad" in s for s in said)
    assert_only(tmp_path, "a.zip", "a.zip.bad")


def test_a_wrong_size_is_refused_before_it_is_fetched(fetch, server, tmp_path):
    with pytest.raises(UserError, match="offers 300000 bytes instead of 5"):
        fetch(size=5)
    assert_only(tmp_path)


def test_another_mirror_goes_on_where_the_first_stopped(fetch, server):
    with Server(CONTENT) as first:
        first.cuts = [100_000] + [0] * http_transfer.TRIES
        assert fetch(first.url, server.url).read_bytes() == CONTENT
    assert ranges(server) == ["bytes=100000-"]
    assert "If-Range" not in server.requests[0]


def test_mirrors_with_different_files_are_not_blamed_for_each_other(fetch, server, tmp_path):
    with Server(CONTENT[::-1]) as first:
        first.cuts = [100_000] + [0] * http_transfer.TRIES
        assert fetch(first.url, server.url).read_bytes() == CONTENT
    assert ranges(server) == ["bytes=100000-", None]
    assert_only(tmp_path, "a.zip")


def test_without_a_checksum_mirrors_are_never_mixed(fetch, server):
    with Server(CONTENT[::-1]) as first:
        first.cuts = [100_000] + [0] * http_transfer.TRIES
        assert fetch(first.url, server.url, sha256=None).read_bytes() == CONTENT
    assert ranges(server) == [None]


def test_a_server_that_tells_no_length_is_believed_only_with_a_checksum(fetch, server, tmp_path):
    server.length = False
    assert fetch().read_bytes() == CONTENT
    (tmp_path / "a.zip").unlink()
    server.cuts = [100_000]
    with pytest.raises(UserError, match="its SHA-256 is"):
        fetch()


def test_no_server_at_all(fetch, server):
    server.shutdown()
    server.server_close()
    with pytest.raises(UserError, match="refuses the connection"):
        fetch()


def test_a_path_on_this_machine_is_a_mirror_too(fetch, server, tmp_path):
    disk = tmp_path / "disk.zip"
    disk.write_bytes(CONTENT)
    assert fetch(str(tmp_path / "absent.zip"), str(disk)).read_bytes() == CONTENT
    assert disk.read_bytes() == CONTENT and server.requests == []


def test_a_disk_that_is_too_small_is_told_before_anything_comes(fetch, monkeypatch, tmp_path):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10**6}))
    with pytest.raises(UserError, match=r"0\.0003 GB are still to come, but 0\.001 GB are free"):
        fetch()


def test_what_the_user_has_is_never_overwritten(fetch, tmp_path, server):
    (tmp_path / "a.zip").write_bytes(b"mine")
    with pytest.raises(UserError, match="is there already, but its SHA-256 is"):
        fetch()
    assert (tmp_path / "a.zip").read_bytes() == b"mine"
    with pytest.raises(UserError, match="is no SHA-256"):
        fetch(sha256="md5:1234")


@pytest.mark.parametrize("moment", [20_000, 150_000, 290_000])
def test_killed_and_started_again_the_bytes_are_the_same(fetch, server, tmp_path, moment):
    server.seconds_per_block = 0.02
    small_blocks = "from deepsphere_pipe.data import download, http_transfer as t; t.BLOCK = 5000; "
    code = small_blocks + f"download.download([{server.url!r}], {str(tmp_path / 'a.zip')!r})"
    process = subprocess.Popen([sys.executable, "-c", code])
    part = tmp_path / "a.zip.part"
    deadline = time.monotonic() + 60
    while not part.exists() or part.stat().st_size < moment:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    with pytest.raises(UserError, match="is being fetched by another process"):
        fetch()
    process.kill()
    process.wait()
    assert not (tmp_path / "a.zip").exists()
    there = part.stat().st_size
    server.seconds_per_block = 0
    assert fetch().read_bytes() == CONTENT
    assert ranges(server)[-1] == f"bytes={there}-"
    assert_only(tmp_path, "a.zip")


def test_a_partial_file_of_unknown_origin_is_not_continued(fetch, server, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(b"whatever")
    (tmp_path / "a.zip.part.json").write_text(json.dumps({"url": "x"}), encoding="utf-8")
    assert fetch().read_bytes() == CONTENT
    assert ranges(server) == [None]


def test_a_complete_partial_file_is_only_verified(fetch, server, tmp_path):
    """Killed after the last byte and before the file got its name."""
    server.cuts = [100_000] + [0] * http_transfer.TRIES
    with pytest.raises(UserError):
        fetch()
    (tmp_path / "a.zip.part").write_bytes(CONTENT)
    assert fetch().read_bytes() == CONTENT
    assert ranges(server)[-1] == "bytes=300000-"


@pytest.fixture
def package_index(tmp_path, monkeypatch):
    """An index of packages on the loopback with one wheel, whose code must not run."""
    served = tmp_path / "index"
    (served / "simple/tiny-wheel").mkdir(parents=True)
    name = "tiny_wheel-1.0-py3-none-any.whl"
    with zipfile.ZipFile(served / name, "w") as wheel:
        wheel.writestr("tiny_wheel/__init__.py", "raise SystemExit('it was run')")
        wheel.writestr("tiny_wheel/data.bin", CONTENT)
        info = "tiny_wheel-1.0.dist-info"
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-wheel\nVersion: 1.0\n"
        )
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    page = served / "simple/tiny-wheel/index.html"
    page.write_text(f'<!DOCTYPE html><a href="../../{name}">{name}</a>', encoding="utf-8")
    handler = partial(QuietHandler, directory=str(served))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_address[1]}/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for variable in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    yield served / name
    server.shutdown()
    server.server_close()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_a_wheel_comes_from_the_index_of_packages(fetch, package_index, tmp_path):
    digest = hashlib.sha256(package_index.read_bytes()).hexdigest()
    fetched = fetch("pypi:tiny-wheel==1.0", sha256=digest)
    assert fetched.read_bytes() == package_index.read_bytes()
    fetched.unlink()
    with pytest.raises(UserError, match=r"pip cannot fetch it \(ERROR: .*tiny-wheel==2\.0"):
        fetch("pypi:tiny-wheel==2.0", sha256=digest)
    with pytest.raises(UserError, match="instead of 0000"):
        fetch("pypi:tiny-wheel==1.0", sha256="0" * 64)
    assert not list(tmp_path.glob(".pip-*")) and not (tmp_path / "a.zip").exists()
