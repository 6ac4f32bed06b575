"""What a finished training has left, kept a second time where no workflow removes it.

Snakemake takes the results of a job that ended while Snakemake itself was gone for incomplete, and
removes them before it starts the job again. Then they are brought back from here.
"""

import os
import shutil
from pathlib import Path

import torch

from deepsphere_pipe.provenance import content_hash

RESULTS = ("history.csv", "epochs.nc", "model.pt")
"""Files of a run; the model, which tells what was trained, comes last."""


def keep_results(out: Path) -> None:
    """Keep the results of a run in ``checkpoints/finished``, without taking room on the disk."""
    for name in RESULTS:
        _link(out / name, out / "checkpoints" / "finished" / name)


def bring_back_results(out: Path, identity: dict[str, object]) -> bool:
    """Put the results of a training back to where they were; say and return whether there are any.

    Parameters
    ----------
    out : Path
        Folder of the run.
    identity : dict
        Of the training: results of another one are not brought back.
    """
    kept = out / "checkpoints" / "finished"
    if not all((kept / name).exists() for name in RESULTS):
        return False
    try:
        content = torch.load(kept / "model.pt", map_location="cpu", weights_only=True)
        if content["progress"]["identity"] != content_hash(identity):
            return False
    except Exception:  # torch raises whatever unpickling a broken file comes to
        return False
    for name in RESULTS:
        _link(kept / name, out / name)
        os.utime(out / name)  # newer than what it was made from, as Snakemake wants it
    print(f"{out} is trained already.", flush=True)
    return True


def _link(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where that cannot be done."""
    temporary = target.with_name(f".{target.name}.part")
    temporary.parent.mkdir(parents=True, exist_ok=True)
    temporary.unlink(missing_ok=True)
    try:
        os.link(source, temporary)
    except OSError:
        shutil.copyfile(source, temporary)
    temporary.replace(target)
    temporary.unlink(missing_ok=True)  # still there if both names were of one file already
