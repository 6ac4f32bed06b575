"""Reading files of torch, which fail in as many ways as unpickling does."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from deepsphere_pipe.errors import UserError


def read_tensors(path: str | Path, **how: Any) -> Any:
    """Return what a file of torch holds, on the CPU; no code of it is ever run."""
    return torch.load(path, map_location="cpu", weights_only=True, **how)


@contextmanager
def refusing(path: str | Path, what: str, advice: str) -> Iterator[None]:
    """Tell whatever goes wrong with a file as UserError: what it is not, and what to do.

    That it is not there, or cannot be opened, stays an OSError.
    """
    try:
        yield
    except (OSError, UserError):
        raise
    except Exception as error:  # torch raises whatever unpickling a broken file comes to
        raise UserError(f"{path}: {what} ({type(error).__name__}); {advice}.") from None
