"""Zarr groups at an address, of which only the chunks that are wanted come over the network."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, TypeVar

from zarr.abc.store import ByteRequest
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import FsspecStore, WrapperStore

from deepsphere_pipe.errors import Unreachable, UserError

METADATA = (".zmetadata", "zarr.json")
"""Where a group of zarr 2 or 3 has the metadata of all of its arrays."""

PAUSES = (0.5, 2.0, 8.0)
"""Seconds before each further attempt where a server fails or a connection breaks."""

SECONDS = 60
"""So long may nothing come."""

T = TypeVar("T")


def open_store(address: str) -> WrapperStore:
    """Return the store at an address; nothing is read yet.

    Raises
    ------
    UserError
        If what reads addresses of its kind is not installed.
    """
    fs, path = _file_system(address, asynchronous=True)
    return _Patient(FsspecStore(fs=fs, path=path, read_only=True))


def metadata_version(address: str) -> str:
    """Return a hash of the metadata of all arrays, which changes with names, sizes and attributes.

    The values themselves may be others without any sign: reading them all to notice is what nobody
    wants of an archive of the size of ARCO-ERA5.

    Raises
    ------
    UserError
        If nothing like that is there.
    """
    return hashlib.sha256(metadata(address)).hexdigest()[:16]


@lru_cache
def metadata(address: str) -> bytes:
    """Return the metadata of all arrays of a group, as they are; asked for once in a process.

    Raises
    ------
    UserError
        If nothing like that is there.
    """
    fs, path = _file_system(address)

    async def read(name: str) -> bytes:
        return await fs._cat_file(f"{path}/{name}")

    from fsspec.asyn import sync

    for name in METADATA:
        try:
            content = sync(fs.loop, _patiently, f"{address}/{name}", read, name)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise Unreachable(f"{error}.") from None
        if b'"metadata"' in content:  # zarr 3 has it within that of the group
            return content
    raise Unreachable(
        f"{address}: there is no zarr group with consolidated metadata; nothing else can be read "
        "without being fetched, as with 'data.download'."
    )


def _file_system(address: str, **how: Any) -> tuple[Any, str]:
    """Return what reads an address, and the path that it has there."""
    if address.startswith("gs:"):
        if find_spec("gcsfs") is None:
            raise UserError(f"{address}: needs gcsfs, which is not installed: `pip install gcsfs`.")
        how |= {"token": "anon"}
    else:
        import aiohttp  # which data on the disk does not need

        timeout = aiohttp.ClientTimeout(total=None, sock_connect=SECONDS, sock_read=SECONDS)
        how |= {"client_kwargs": {"timeout": timeout, "trust_env": True}}
    from fsspec import url_to_fs

    return url_to_fs(address.rstrip("/"), **how)


class _Patient(WrapperStore):
    """A store that asks again where a server fails, and says so in the end."""

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        async def read(key: str) -> Buffer | None:
            return await self._store.get(key, prototype, byte_range)

        return await _patiently(key, read, key)


async def _patiently(what: str, read: Callable[[str], Awaitable[T]], key: str) -> T:
    """Return what is read, also if it comes with a later attempt only."""
    from aiohttp import ClientError

    for pause in (*PAUSES, None):
        try:
            return await read(key)
        except FileNotFoundError:
            raise
        except (TimeoutError, ClientError, OSError) as error:
            status = getattr(error, "status", None)
            if pause is None or (status and status < 500 and status not in (408, 429)):
                said = f"the server answers {status}" if status else _first_line(error)
                raise ConnectionError(f"{what} cannot be read: {said}") from None
        await asyncio.sleep(pause)
    raise AssertionError


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
