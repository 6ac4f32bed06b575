"""Fetch a file over HTTP: from the byte at which it stopped, however often it breaks off."""

import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import requests
from tqdm import tqdm

from deepsphere_pipe.data.partial_download import BLOCK, PartialDownload, Served

TRIES = 5
"""Tries of one mirror without a byte gained; any progress begins the count anew."""

FIRST_PAUSE = 2.0
"""Seconds before the second try; each further pause is twice as long."""

MAX_PAUSE = 120.0
CONNECT_SECONDS, SILENT_SECONDS = 30, 60
HTML_STARTS = (b"<!doctype html", b"<html")

TEMPORARY = (
    requests.RequestException,
    # Of urllib3, whose stream is read for its raw bytes.
    requests.exceptions.BaseHTTPError,  # type: ignore[attr-defined]
    ConnectionError,
    TimeoutError,
)


class MirrorFailed(Exception):
    """A mirror will not give the file; the reason is one clause."""


class Interrupted(Exception):
    """The transfer broke off and may be tried again, not before `pause` seconds are over."""

    def __init__(self, reason: str, pause: float = 0.0) -> None:
        super().__init__(reason)
        self.pause = pause


def transfer(
    url: str, part: PartialDownload, size: int | None, report: Callable[[str], None]
) -> None:
    """Append to a partial file what is missing of `size` bytes, in as many requests as that takes.

    Raises
    ------
    MirrorFailed
        If the server does not give the file.
    UserError
        If the disk is too small.
    """
    failures = 0
    with tqdm(
        desc=part.out.name, unit="B", unit_scale=True, disable=None, mininterval=1
    ) as bar, requests.Session() as session:  # fmt: skip
        while True:
            before = part.size
            try:
                _request(session, url, part, size, bar, report)
                return
            except Interrupted as error:
                failures = 1 if part.size > before else failures + 1
                if failures >= TRIES:
                    raise MirrorFailed(f"{error} ({failures} times)") from None
                pause = min(max(FIRST_PAUSE * 2 ** (failures - 1), error.pause), MAX_PAUSE)
                report(f"{url}: {error}; going on in {pause:.0f} s from byte {part.size}.")
                time.sleep(pause)


def _request(session, url: str, part: PartialDownload, size: int | None, bar: tqdm, report) -> None:
    """Make one request and append what it brings."""
    headers = {"Accept-Encoding": "identity"}
    held = part.served if part.size > 0 else None
    if held is not None:
        headers["Range"] = f"bytes={part.size}-"
        if held.url == url and held.validator:
            headers["If-Range"] = held.validator
    try:
        timeouts = (CONNECT_SECONDS, SILENT_SECONDS)
        with session.get(url, headers=headers, stream=True, timeout=timeouts) as response:
            served = _check_answer(response, url)
            if size and served.size and served.size != size:
                raise MirrorFailed(f"offers {served.size} bytes instead of {size}")
            if response.status_code == 416 and served.size == part.size:
                return  # all of it was there already
            if held is not None and not _continues(response, served, held, part.size):
                if response.status_code != 200:
                    part.restart(None)
                    raise Interrupted("the file on the server has changed")
                report(f"{url}: cannot go on from byte {part.size}; fetching it from the start.")
                held = None
            if held is None:
                part.restart(served)
            elif held.url != url:
                part.note(served)
            expected = size or served.size
            part.check_room(expected)
            bar.total, bar.n = expected, part.size
            _receive(response, part, bar)
            if served.size is not None and part.size != served.size:
                raise Interrupted(f"the connection ended at byte {part.size} of {served.size}")
    except TEMPORARY as error:
        raise Interrupted(_reason(error)) from None


def _check_answer(response: requests.Response, url: str) -> Served:
    """Return what the server says of the file, or say why it is not the file."""
    code = response.status_code
    if code in (408, 425, 429) or code >= 500:
        wait = response.headers.get("Retry-After", "")
        raise Interrupted(f"answers {code} {response.reason}", float(wait) if wait.isdigit() else 0)
    if code in (401, 403):
        raise MirrorFailed(f"answers {code} {response.reason}: it wants a login")
    if code not in (200, 206, 416):
        raise MirrorFailed(f"answers {code} {response.reason}")
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml") and not urlsplit(url).path.endswith(".html"):
        raise MirrorFailed("answers with a web page, not with the file (a login or a warning?)")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise MirrorFailed("sends the file in an encoding that was not asked for")
    length = response.headers.get("Content-Length")
    size = int(length) if length and length.isdigit() and code == 200 else None
    if code in (206, 416):
        total = re.search(r"/(\d+)$", response.headers.get("Content-Range", ""))
        size = int(total[1]) if total else None
    headers = response.headers
    return Served(url, size, headers.get("ETag"), headers.get("Last-Modified"))


def _continues(response: requests.Response, served: Served, held: Served, n_bytes: int) -> bool:
    """Say whether the answer to a request for the rest goes on with the same file."""
    if response.status_code != 206:
        return False
    same_size = served.size is None or held.size in (None, served.size)
    same_file = held.url != served.url or (
        held.etag == served.etag and held.modified == served.modified
    )
    begins = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return same_size and same_file and begins is not None and int(begins[1]) == n_bytes


def _receive(response: requests.Response, part: PartialDownload, bar: tqdm) -> None:
    first = part.size == 0
    # Undecoded: the bytes on the disk are those of the server.
    for block in response.raw.stream(BLOCK, decode_content=False):
        if first and block.lstrip().lower().startswith(HTML_STARTS):
            raise MirrorFailed("sends a web page, not the file (a login or a warning?)")
        first = False
        part.append(block)
        bar.update(len(block))


def _reason(error: Exception) -> str:
    if isinstance(error, requests.ConnectTimeout | requests.ReadTimeout | TimeoutError):
        return "does not answer in time"
    if isinstance(error, requests.ConnectionError) and "NameResolution" in str(error):
        return "cannot be found (is there a connection to the internet?)"
    if isinstance(error, requests.ConnectionError) and "Failed to establish" in str(error):
        return "refuses the connection"
    return "the connection broke"
