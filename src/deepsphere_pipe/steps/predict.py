"""What trained networks see in fields of any origin."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from deepsphere_pipe.config import parse
from deepsphere_pipe.config.inputs import TimesConfig
from deepsphere_pipe.prediction import predict_to_file
from deepsphere_pipe.steps.made_from import MadeFrom
from deepsphere_pipe.training.devices import choose_device, make_reproducible


def predict(
    model: str | Path | Sequence[str | Path],
    inputs: Sequence[str | Path],
    out: Path,
    *,
    grid: str = "sphere",
    masks: bool = False,
    missing: str = "refuse",
    variables: Mapping[str, object] | None = None,
    times: Mapping[str, object] | None = None,
    device: str = "auto",
    workers: int = 1,
    overwrite: bool = False,
    made_from: MadeFrom | None = None,
) -> None:
    """Write probabilities and classes of cyclones and rivers at every vertex or grid point.

    Parameters
    ----------
    model
        What `train` wrote, the folder of a run, a pattern of these, or several: their mean and
        standard deviation are written.
    inputs
        Files, folders, zarr stores, or patterns: fields by their names or CF's standard names,
        snapshots of CAM5 or ClimateNet, the archive of UGSCNN, or a store of maps.
    out
        ``….nc`` or ``….zarr`` to write: ``probability`` (time, class, place), ``event_class``
        (time, place), of several networks ``probability_spread``; CF and UGRID.
    grid
        ``sphere`` (the vertices of the network), ``input``, or such as ``181x360``.
    masks
        Whether there is a mask for each class as well, as ARTMIP has it.
    missing
        ``refuse`` missing values, or ``mask`` them: where they are there is no answer.
    variables
        Names of variables by channel that are not known.
    times
        ``start``, ``end`` and ``every_hours``: which times of fields are read, as in a study.
    device
        ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    workers
        Processes that read fields.
    overwrite
        Whether a file of this name may be replaced.
    made_from
        Fingerprints that go into the file.

    Raises
    ------
    UserError
        If a file cannot be read or is not what it should be, or `out` is there already.
    """
    make_reproducible(0)
    predict_to_file(
        model, inputs, out, grid=grid, masks=masks, missing=missing, variables=variables or {},
        times=parse(TimesConfig, times, "times").model_dump() if times else {},
        device=choose_device(device), workers=workers, overwrite=overwrite,
        more={"made_from": " ".join(f"{k}={v}" for k, v in (made_from or {}).items())}
        if made_from else {},
    )  # fmt: skip
