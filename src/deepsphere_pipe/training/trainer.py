"""Training of one network with ignite: optimise, validate, keep the best."""

import csv
import math
import os
import shutil
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
from ignite.contrib.handlers import ProgressBar
from ignite.engine import Engine, Events
from ignite.handlers import EarlyStopping, TerminateOnNan
from torch.optim.lr_scheduler import ReduceLROnPlateau
from torch.utils.tensorboard import SummaryWriter

from deepsphere_pipe.atomic import atomic_write
from deepsphere_pipe.config import RunConfig
from deepsphere_pipe.data.channels import CLASSES
from deepsphere_pipe.data.loader import IGNORED, MapLoader
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.inference import score
from deepsphere_pipe.evaluation.scores import ScoreHistograms
from deepsphere_pipe.provenance import commit
from deepsphere_pipe.spheres import Sphere
from deepsphere_pipe.training.checkpoint import build_network, load_model, save_model
from deepsphere_pipe.training.devices import device_name

HISTORY = (
    "epoch",
    "train_loss",
    "validation_loss",
    "validation_ap_tc",
    "validation_ap_ar",
    "validation_mean_ap",
    "learning_rate",
    "seconds",
)


def class_weights(setting: str | dict[str, float], statistics: Statistics) -> torch.Tensor | None:
    """Return the weights of the cross-entropy, (class,), or None for equal ones.

    ``balanced`` is scikit-learn's rule 1 / (n_classes · frequency), on the training maps.

    Raises
    ------
    UserError
        If a class to be balanced does not occur in the training maps.
    """
    if setting == "none":
        return None
    if setting != "balanced":
        return torch.tensor([setting[name] for name in CLASSES], dtype=torch.float32)
    frequencies = np.asarray(statistics.class_frequencies)
    if not frequencies.all():
        absent = CLASSES[int(np.argmin(frequencies))]
        raise UserError(
            f"class_weights 'balanced' is impossible: no training map has a vertex of {absent}; "
            "give weights by number or train on more maps."
        )
    return torch.tensor(1 / (len(CLASSES) * frequencies), dtype=torch.float32)


def train(
    run: RunConfig,
    sphere: Sphere,
    statistics: Statistics,
    training: MapLoader,
    validation: MapLoader,
    out: str | Path,
    device: torch.device,
    progress: bool = True,
) -> Path:
    """Train one network and keep the weights of the epoch with the best validation mean AP.

    Parameters
    ----------
    run : RunConfig
        Architecture, optimisation and seed.
    sphere : Sphere
        Levels of the graph.
    statistics : Statistics
        Of the training part.
    training, validation : MapLoader
        Batches of maps.
    out : path-like
        Folder that receives ``model.pt`` (best), ``history.csv``, ``checkpoints/`` (best and
        last) and ``tensorboard/``.
    device : torch.device
        Where to compute.
    progress : bool
        Show a bar over the lines that tell of each epoch.

    Returns
    -------
    Path
        The model.

    Raises
    ------
    UserError
        If the loss is not finite, or no validation map has a vertex of one of the events.
    """
    out = Path(out)
    checkpoints = out / "checkpoints"
    for stale in (checkpoints, out / "tensorboard"):
        shutil.rmtree(stale, ignore_errors=True)
    _make_reproducible(run.seed)
    settings = run.training
    network = build_network(run.model, sphere, len(statistics.channels)).to(device)
    weights = class_weights(settings.class_weights, statistics)
    loss_function = torch.nn.CrossEntropyLoss(weights, ignore_index=IGNORED).to(device)
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
    plateau = ReduceLROnPlateau(
        optimiser,
        "max",
        factor=settings.plateau_factor,
        patience=settings.plateau_patience,
        eps=0,  # a small rate falls, too
    )

    def step(engine: Engine, batch: tuple[torch.Tensor, torch.Tensor]) -> float:
        network.train()
        fields, labels = (tensor.to(device, non_blocking=True) for tensor in batch)
        optimiser.zero_grad(set_to_none=True)
        loss = loss_function(network(fields).flatten(0, 1), labels.flatten())
        loss.backward()
        optimiser.step()
        value = loss.item()
        engine.state.loss_sum += value * len(fields)
        engine.state.maps += len(fields)
        return value

    trainer = Engine(step)
    bar = ProgressBar(desc=run.name)
    say = bar.log_message if progress else partial(print, flush=True)
    history: list[dict[str, float]] = []
    code = commit()

    @trainer.on(Events.EPOCH_STARTED)
    def begin(engine: Engine) -> None:
        training.begin(engine.state.epoch)
        engine.state.loss_sum, engine.state.maps = 0.0, 0
        engine.state.began = time.perf_counter()

    def validate(engine: Engine) -> None:
        state = engine.state
        histograms, validation_loss = score(network, validation, device, loss_function)
        precision = event_precision(histograms)
        if math.isnan(precision[-1]):
            absent = "TC" if math.isnan(precision[0]) else "AR"
            raise UserError(
                f"{run.name}: no validation map has a vertex of {absent}, so no epoch can be told "
                "to be the best; put more maps into the validation part."
            )
        row = dict(
            zip(
                HISTORY,
                (
                    state.epoch,
                    state.loss_sum / state.maps,
                    validation_loss,
                    *precision,
                    optimiser.param_groups[0]["lr"],
                    time.perf_counter() - state.began,
                ),
                strict=True,
            )
        )
        history.append(row)
        state.metrics["mean_ap"] = row["validation_mean_ap"]
        plateau.step(row["validation_mean_ap"])
        best = max(history, key=lambda r: r["validation_mean_ap"])
        made = {
            "epochs": len(history),
            "best_epoch": best["epoch"],
            "best_mean_ap": best["validation_mean_ap"],
            "train_maps": len(training.indices),
            "validation_maps": len(validation.indices),
            "commit": code,
            "device": device_name(device),
            "seconds": sum(r["seconds"] for r in history),
        }
        for name in ("last", "best") if best is row else ("last",):
            save_model(checkpoints / f"{name}.pt", network, run, sphere, statistics, made)
        _write_scalars(writer, row)
        say("  ".join(f"{k} {v:.4g}" for k, v in row.items()))

    # Registered in the order in which they have to act: NaN stops before anything is kept.
    trainer.add_event_handler(Events.ITERATION_COMPLETED, TerminateOnNan())
    trainer.add_event_handler(Events.EPOCH_COMPLETED, validate)
    trainer.add_event_handler(
        Events.EPOCH_COMPLETED,
        EarlyStopping(
            settings.early_stopping,
            lambda engine: engine.state.metrics["mean_ap"],
            trainer,
        ),
    )
    if progress:
        bar.attach(trainer, output_transform=lambda loss: {"loss": loss})

    with SummaryWriter(out / "tensorboard") as writer:
        trainer.run(training, max_epochs=settings.epochs)
    if not np.isfinite(trainer.state.output):
        kept = f"; the last good one is {checkpoints / 'last.pt'}" if history else ""
        raise UserError(
            f"{run.name}: the loss became {trainer.state.output} in epoch {trainer.state.epoch}; "
            f"lower training.learning_rate{kept}."
        )
    _write_history(out / "history.csv", history)
    best, _, _, made = load_model(checkpoints / "best.pt", sphere)
    made |= {"epochs": len(history), "seconds": sum(row["seconds"] for row in history)}
    save_model(out / "model.pt", best, run, sphere, statistics, made)
    return out / "model.pt"


def event_precision(histograms: ScoreHistograms) -> tuple[float, float, float]:
    """Return average precision of TC, of AR, and their mean (the paper's headline score)."""
    precision = histograms.average_precision()
    tc, ar = precision[CLASSES.index("TC")], precision[CLASSES.index("AR")]
    return float(tc), float(ar), float(np.mean([tc, ar]))


def _make_reproducible(seed: int) -> None:
    torch.manual_seed(seed)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True, warn_only=True)


def _write_scalars(writer: SummaryWriter, row: dict[str, float]) -> None:
    epoch = int(row["epoch"])
    for name in HISTORY[1:]:
        part, _, quantity = name.partition("_")
        tag = f"{part}/{quantity}" if part in ("train", "validation") else f"optimiser/{name}"
        writer.add_scalar(tag, row[name], epoch)


def _write_history(path: Path, history: list[dict[str, float]]) -> None:
    with atomic_write(path) as temporary, temporary.open("w", newline="") as file:
        rows = csv.DictWriter(file, HISTORY)
        rows.writeheader()
        rows.writerows(history)
