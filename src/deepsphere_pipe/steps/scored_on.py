"""What scores say of the data that they are of."""

from deepsphere_pipe import __version__
from deepsphere_pipe.config import EvaluationConfig, WindowConfig
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.data.manifest import manifest_hash
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.runtime.provenance import commit
from deepsphere_pipe.steps.inputs import Inputs
from deepsphere_pipe.steps.made_from import MadeFrom


def scored_on(
    inputs: Inputs,
    window: WindowConfig,
    test: MapLoader,
    evaluation: EvaluationConfig,
    made_from: MadeFrom,
) -> dict[str, object]:
    """Return what is known of maps, split and windows, and of the code that scores.

    Parameters
    ----------
    inputs
        Maps, split and hierarchy that were scored on.
    window
        Which maps belong together.
    test
        The windows of the test part.
    evaluation
        How it is scored.
    made_from
        Fingerprints, which are recorded.

    Returns
    -------
    dict
        Ready for JSON: part of the ``provenance`` in ``scores.json``.
    """
    audit = {key: value for key, value in inputs.audit.items() if key != "made_from"}
    with Store(inputs.maps) as store:
        sampling = f"{store.sampling} ({store.n_vertices} vertices)"
    return audit | {
        "window": window.model_dump(),
        "test_windows": len(test.windows),
        "test_maps_without_window": test.windows.n_incomplete,
        "sampling": sampling,
        "evaluation": evaluation.model_dump(mode="json"),
        "made_from": dict(made_from),
        "manifest_sha256": manifest_hash(inputs.maps),
        "commit": commit(),
        "version": __version__,
    }
