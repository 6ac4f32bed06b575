"""The data of a training by itself: the steps before it, one after the other."""

from pathlib import Path

from deepsphere_pipe.config import RunConfig, Study
from deepsphere_pipe.data.sources import version_of
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.steps.prepare import prepare
from deepsphere_pipe.steps.recipes import Recipes
from deepsphere_pipe.steps.records import of_maps, of_sphere, of_split
from deepsphere_pipe.steps.sphere import sphere
from deepsphere_pipe.steps.split import split
from deepsphere_pipe.steps.synthesize import synthesize

WORKERS = 2


def make_data(study: Study, run: RunConfig, folder: Path) -> tuple[Path, Path, Path]:
    """Make what a run is trained on; what is there already, made from the same, is kept.

    Parameters
    ----------
    study
        Data, samplings, graphs and splits.
    run
        Whose sampling and split are made.
    folder
        Receives ``maps.nc``, ``split/``, ``sphere.nc`` and, of synthetic data, ``native/``.

    Returns
    -------
    maps, split, sphere
        Store, folder and file below the folder.

    Raises
    ------
    UserError
        If the study does not say how to split the maps, or one of the steps fails.
    """
    sampling, data = study.sampling_of(run), study.data
    if run.split_name not in study.splits_by_name:
        raise UserError(
            f"study {study.name}: the key 'split' is missing, without which nothing can be trained."
        )
    native = data.input or folder / "native"
    version = version_of(data.source, native) if data.input else None
    wanted = Recipes(study, lambda _: version).training(run.name)
    maps, divided, graphs = folder / "maps.nc", folder / "split", folder / "sphere.nc"
    made = False
    if of_maps(maps) != wanted["data"] or not maps.exists():
        if data.synthetic is not None and not data.input:
            synthesize(data.synthetic, Path(native), workers=WORKERS)
        chosen = study.samplings_by_name[sampling]
        prepare(data, chosen, native, maps, workers=WORKERS, made_from=wanted)
        made = True
    if of_split(divided) != wanted["split"]:
        settings = study.splits_by_name[run.split_name]
        split(settings, maps, divided, on_error=data.on_error, made_from=wanted)
        made = True
    if of_sphere(graphs) != wanted["sphere"]:
        sphere(study.samplings_by_name[sampling], study.graph, graphs, made_from=wanted)
        made = True
    if not made:
        print(f"The data is in {folder}.", flush=True)
    return maps, divided, graphs
