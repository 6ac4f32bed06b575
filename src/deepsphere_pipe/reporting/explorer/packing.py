"""Arrays as text inside an html: gzip and base64, undone by ``unpack`` of unpacking.js."""

import base64
import gzip
from collections.abc import Mapping
from typing import Any

import numpy as np

Packed = dict[str, Any]


def pack(arrays: Mapping[str, np.ndarray]) -> Packed:
    """Return arrays as what JSON can hold; equal arrays give equal text.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        Of integers or float32, as JavaScript has typed arrays of them.

    Returns
    -------
    dict
        ``arrays``: name, type and shape of each; ``data``: their bytes one after the other.
    """
    described, content = [], []
    for name, array in arrays.items():
        # The byte order of practically every device that has a browser.
        array = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        described.append({"name": name, "type": array.dtype.name, "shape": list(array.shape)})
        content.append(array.tobytes())
    return {"arrays": described, "data": pack_bytes(b"".join(content))}


def unpack(packed: Packed) -> dict[str, np.ndarray]:
    """Return the arrays that `pack` was given."""
    content = gzip.decompress(base64.b64decode(packed["data"]))
    arrays: dict[str, np.ndarray] = {}
    offset = 0
    for each in packed["arrays"]:
        kind = np.dtype(each["type"]).newbyteorder("<")
        count = int(np.prod(each["shape"]))
        array = np.frombuffer(content, kind, count, offset).reshape(each["shape"])
        arrays[each["name"]] = array
        offset += array.nbytes
    return arrays


def pack_bytes(content: bytes) -> str:
    """Return bytes as text."""
    # Without the time, so that the same input gives the same text.
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode("ascii")
