"""The checkpoint of a running training: all that it takes to go on to the last bit."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import torch

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.runtime.torch_files import read_tensors

RESUMABLE_SETTINGS = {
    "run.training.epochs",
    "run.training.checkpoint_minutes",
    "run.training.weight_histograms",
}
"""Settings that may differ when a training goes on: they change no result up to there."""

DESCRIPTIONS = {
    "code": "the code of the training",
    "sphere": "the sphere",
    "statistics": "the statistics of the training maps",
    "maps": "the maps",
}


def write_checkpoint(path: Path, content: dict[str, object]) -> None:
    """Write a checkpoint; the one before stays until the new one is complete.

    Raises
    ------
    UserError
        If there is no room for it.
    """
    try:
        with atomic_write(path) as temporary:
            torch.save(content, temporary)
    # torch's writer raises RuntimeError where the disk is full.
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        kept = "; the one before is kept" if path.exists() else ""
        raise UserError(
            f"{path}: the checkpoint cannot be written ({reason}){kept}. Make room and start the "
            "same command again."
        ) from None


def read_checkpoint(path: Path, identity: dict[str, object], resume: str) -> dict | None:
    """Return the checkpoint to go on from, or None to begin anew.

    A checkpoint that is not gone on from is set aside, not deleted.

    Parameters
    ----------
    path
        Of the checkpoint.
    identity
        What has to be equal: config of the run, sphere, statistics, maps and code.
    resume : "strict", "matching" or "never"
        Whether a checkpoint of something else is an error, is set aside, or any one is.

    Raises
    ------
    UserError
        If the checkpoint cannot be read, or, in ``strict``, is one of something else. The message
        names the difference.
    """
    if not path.exists():
        return None
    reason = "a new training was asked for"
    if resume != "never":
        try:
            content = read_tensors(path)
            different = list(differences(content["identity"], identity))
        except Exception as error:  # torch raises whatever unpickling a broken file comes to
            reason = f"it cannot be read ({type(error).__name__})"
        else:
            if not different:
                return content
            reason = f"{'; '.join(different)}"
        if resume == "strict":
            raise UserError(
                f"{path}: the training cannot go on from this checkpoint: {reason}. Restore what "
                "differs, choose another folder, or begin anew with --resume never."
            )
    aside = path.with_suffix(".old.pt")
    path.replace(aside)
    print(f"Begin anew ({reason}); the checkpoint there was is now {aside}.", flush=True)
    return None


def differences(
    saved: Mapping[str, object],
    wanted: Mapping[str, object],
    ignored: Collection[str] = RESUMABLE_SETTINGS,
) -> Iterator[str]:
    """Yield in words what differs between two identities, nested mappings key by key.

    What is `ignored` may differ.
    """
    saved, wanted = dict(_flat(saved)), dict(_flat(wanted))
    for key in dict.fromkeys((*saved, *wanted)):
        if key in ignored or saved.get(key) == wanted.get(key):
            continue
        name = DESCRIPTIONS.get(key, key.removeprefix("run."))
        if key == "statistics":
            yield f"{name} differ"
        else:
            yield f"{name} was {saved.get(key)} and is {wanted.get(key)}"


def _flat(content: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in content.items():
        if isinstance(value, dict) and prefix + key != "statistics":
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
