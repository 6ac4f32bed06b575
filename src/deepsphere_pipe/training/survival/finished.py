"""What a finished training has left, kept a second time where no workflow removes it.

Snakemake takes the results of a job that ended while Snakemake itself was gone for incomplete, and
removes them before it starts the job again. Then they are brought back from here.
"""

import os
import shutil
from pathlib import Path

from deepsphere_pipe.runtime.provenance import content_hash
from deepsphere_pipe.runtime.torch_files import read_tensors
from deepsphere_pipe.training.model_record import save_content
from deepsphere_pipe.training.survival.checkpoint import differences

RESULTS = ("history.csv", "epochs.nc", "model.pt")
"""Files of a run; the model, which tells what was trained, comes last."""


def keep_results(out: Path) -> None:
    """Keep the results of a run in ``checkpoints/finished``, without taking room on the disk.

    Those of another training before are then in ``checkpoints/finished.old``; they take room.
    """
    finished = out / "checkpoints" / "finished"
    if finished.exists():
        shutil.rmtree(_previous(finished), ignore_errors=True)
        finished.rename(_previous(finished))
    for name in RESULTS:
        _link(out / name, out / "checkpoints" / "finished" / name)


def restore_results(out: Path, identity: dict[str, object], made_from: str | None = None) -> bool:
    """Put the results of a training back to where they were; say and return whether there are any.

    Parameters
    ----------
    out
        Folder of the run.
    identity
        Of the training: results of another one are not brought back.
    made_from
        What the model is to say that it was made from.
    """
    finished = out / "checkpoints" / "finished"
    others = []
    for folder in (finished, _previous(finished)):
        if not all((folder / name).exists() for name in RESULTS):
            continue
        try:
            content = read_tensors(folder / "model.pt")
            if content["progress"]["identity"] == content_hash(identity):
                _restore(folder, out, content, made_from)
                return True
            others.append(content["run"])
        except Exception:  # torch raises whatever unpickling a broken file comes to
            continue
    if others:
        there, wanted = {"run": others[0]}, {"run": identity.get("run", {})}
        different = (
            "; ".join(differences(there, wanted, ignored=())) or "other data, sphere or code"
        )
        print(
            f"{out} holds a finished training of something else ({different}): train anew. The "
            f"results there are will be in {_previous(finished)}.",
            flush=True,
        )
    return False


def _restore(folder: Path, out: Path, content: dict, made_from: str | None) -> None:
    for name in RESULTS:
        _link(folder / name, out / name)
        os.utime(out / name)  # newer than what it was made from, as Snakemake wants it
    if content["progress"].get("made_from") != made_from:
        content["progress"]["made_from"] = made_from
        save_content(out / "model.pt", content)
    print(f"{out} is trained already.", flush=True)


def _previous(finished: Path) -> Path:
    return finished.with_suffix(".old")


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
