"""Text files that people write, in whatever encoding their editor saves them."""

import codecs
from pathlib import Path

from deepsphere_pipe.errors import UserError

MARKED = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Encodings that a file tells by its first bytes."""


def read_text(path: str | Path) -> str:
    """Return the text of a file in UTF-8, or in UTF-16 with a byte order mark.

    What is read does not depend on the locale; a mark at the beginning is no part of the text.

    Raises
    ------
    UserError
        If the file cannot be read or is no such text.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from None
    encoding = next((name for mark, name in MARKED.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
        if "\0" in text:  # of an encoding that does not say so
            raise UnicodeDecodeError(encoding, content, content.find(b"\0"), len(content), "null")
        return text
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UserError(
            f"{path}: is not text in {encoding.removesuffix('-sig').upper()} (line {line}); save "
            "it as UTF-8."
        ) from None
