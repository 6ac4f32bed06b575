"""Training of one network: optimise, validate, keep the best, survive.

A training writes one checkpoint, every epoch, every few minutes, and when it is asked to stop.
Started again, it goes on from there, in the middle of an epoch if need be, and ends with the same
bits as one that was never stopped (on a CPU, with the same number of threads).
"""

import math
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import NoReturn

import torch
from tqdm import tqdm

from deepsphere_pipe.config import RunConfig
from deepsphere_pipe.data.events_present import check_events
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.examples import choose_examples
from deepsphere_pipe.evaluation.inference import score
from deepsphere_pipe.graphs.hierarchy import Hierarchy
from deepsphere_pipe.runtime.collective import any_process, rank, world_size
from deepsphere_pipe.runtime.provenance import code_fingerprint, commit, content_hash
from deepsphere_pipe.training.board import Board
from deepsphere_pipe.training.devices import device_name, make_reproducible, peak_memory_mb
from deepsphere_pipe.training.examples import Examples
from deepsphere_pipe.training.history import event_precision, write_history
from deepsphere_pipe.training.initialisation import initialise
from deepsphere_pipe.training.loss import make_loss
from deepsphere_pipe.training.model_file import build_network, describe_size
from deepsphere_pipe.training.model_record import ModelRecord, recipe_of, save_content
from deepsphere_pipe.training.optimisation import Optimisation
from deepsphere_pipe.training.progress import Progress
from deepsphere_pipe.training.survival.finished import keep_results, restore_results
from deepsphere_pipe.training.survival.interruption import (
    Interrupted,
    Interruption,
    noted_signals,
)
from deepsphere_pipe.training.survival.resumption import Resumption
from deepsphere_pipe.training.survival.sessions import Sessions


def train(
    run: RunConfig,
    hierarchy: Hierarchy,
    statistics: Statistics,
    training: MapLoader,
    validation: MapLoader,
    out: str | Path,
    device: torch.device,
    resume: str = "strict",
    made_from: str | None = None,
) -> Path:
    """Train one network and keep the weights of the epoch with the best validation mean AP.

    With several processes, all of them call this, each with its own device; the first one writes.

    Parameters
    ----------
    run
        Architecture, optimisation and seed.
    hierarchy
        Levels of the graph.
    statistics
        Of the training part.
    training, validation
        Batches of maps, or of windows for a temporal network.
    out
        Folder that receives ``model.pt`` (best), ``history.csv``, ``epochs.nc`` and
        ``tensorboard/``; and, while the training lasts, ``checkpoints/checkpoint.pt``.
    device
        Where to compute.
    resume : "strict", "matching" or "never"
        What to do with a checkpoint, see `read_checkpoint`. Unless ``never``, a training that is
        finished in `out` is left as it is.
    made_from
        Fingerprint of all that the network is made from, for the model file.

    Returns
    -------
    Path
        The model.

    Raises
    ------
    UserError
        If the loss is not finite, no map of a part has a vertex of one of the events, or a
        checkpoint does not fit or cannot be written.
    Interrupted
        After SIGTERM or SIGINT; the checkpoint is complete.
    """
    for loader, part in ((training, "train"), (validation, "validation")):
        check_events(loader.store, loader.indices, part)
        loader.share(rank(), world_size())
    make_reproducible(run.seed, run.training.deterministic)
    identity = {
        "run": run.model_dump(mode="json"),
        "sphere": hierarchy.identifier,
        "statistics": asdict(statistics),
        "maps": f"{training.fingerprint()} / {validation.fingerprint()}",
        "processes": world_size(),
        "code": content_hash([code_fingerprint("training.trainer"), run.model.custom_code]),
    }
    out = Path(out)
    finished = resume != "never" and rank() == 0 and restore_results(out, identity, made_from)
    if any_process(finished, device):
        return out / "model.pt"
    with noted_signals() as interruption:
        session = _Session(
            run, hierarchy, statistics, training, validation, out, device, identity, made_from,
            interruption,
        )  # fmt: skip
        return session.run(resume)


class _Session:
    """One call of `train`: the loop, and what its steps share."""

    def __init__(
        self, run: RunConfig, hierarchy: Hierarchy, statistics: Statistics, training: MapLoader,
        validation: MapLoader, out: Path, device: torch.device, identity: dict[str, object],
        made_from: str | None, interruption: Interruption,
    ) -> None:  # fmt: skip
        self.run_config, self.hierarchy, self.statistics = run, hierarchy, statistics
        self.training, self.validation = training, validation
        self.out, self.device, self.identity, self.made_from = out, device, identity, made_from
        self.interruption = interruption
        self.commit = commit()  # of the code that runs, whatever is checked out later

        self.network = build_network(run, hierarchy, len(statistics.channels))
        initialise(self.network, run.training, statistics)
        self.network.to(device)
        self.loss = make_loss(run.training, statistics, hierarchy.levels[0].areas).to(device)
        self.optimisation = Optimisation(
            self.network, self.loss, run.training, len(training), device
        )
        self.schedule = self.optimisation.schedule
        self.progress = Progress()
        self.sessions = Sessions(device)
        self.examples: Examples | None = None
        self.board: Board | None = None
        parts = self.optimisation.parts | {"sessions": self.sessions}
        if rank() == 0:
            chosen = choose_examples(validation.store, validation.indices)
            self.examples = Examples(validation.labelled_by(chosen), self.network, device)
            parts["examples"] = self.examples
        checkpoint = out / "checkpoints" / "checkpoint.pt"
        self.resumption = Resumption(checkpoint, identity, self.progress, parts, device)
        self.clock = perf_counter()

    def run(self, resume: str) -> Path:
        """Train until it is over, from the beginning or from the checkpoint."""
        settings, progress = self.run_config.training, self.progress
        self.resumption.restore(resume)
        if self.examples is not None:
            self.board = Board(
                self.out / "tensorboard", self.network, self.hierarchy.levels[0],
                self.examples.truth[0], settings.weight_histograms, len(progress.history),
            )  # fmt: skip
            print(describe_size(self.run_config, self.network), flush=True)
        n_maps = len(self.training.indices)
        self.bar = tqdm(
            desc=self.run_config.name,
            total=settings.epochs * n_maps,
            initial=progress.n_maps + len(progress.history) * n_maps,
            unit="map",
            disable=True if rank() > 0 else None,  # None: shown at a terminal, not in logs
        )
        self.clock = perf_counter()
        with self.bar:
            while not progress.is_over(settings.epochs, settings.early_stopping):
                self.learn()
                self.validate()
        return self.finish()

    def learn(self) -> None:
        """Optimise on what remains of the epoch: nothing, if it was stopped in the validation."""
        progress, n_batches = self.progress, len(self.training)
        done = progress.iteration - (progress.epoch - 1) * n_batches
        if done == n_batches:
            return
        self.training.begin(progress.epoch, done)
        for number, batch in enumerate(self.training, start=done):
            loss = self.optimisation.step(batch)
            if not math.isfinite(loss):
                self._refuse(loss)
            self.schedule.after_batch()
            n_maps = self.training.n_windows(number)
            progress.after_batch(loss, n_maps)
            self.bar.set_postfix(epoch=progress.epoch, loss=f"{loss:.4g}", refresh=False)
            self.bar.update(n_maps)
            self._save_if_due(whole_epoch=number == n_batches - 1)

    def validate(self) -> None:
        """Score the epoch, change the learning rate, and keep the best."""
        histograms, validation_loss = score(
            self.network, self.validation, self.device, self.loss, self._stop_in_validation
        )
        precision = event_precision(histograms)
        self._take_time()
        rate = self.schedule.rate
        epoch = self.progress.epoch
        row = self.progress.after_epoch(validation_loss, precision, rate, self.network)
        self.schedule.after_epoch(row["validation_mean_ap"])
        if self.board is not None and self.examples is not None:
            self.examples.add()
            self.board.write(epoch, row, self.examples.predicted[-1][0])
            self.bar.write("  ".join(f"{name} {value:.4g}" for name, value in row.items()))

    def finish(self) -> Path:
        """Write the results of the training; return the model."""
        model = self.out / "model.pt"
        if self.board is not None and self.examples is not None:
            self.board.close()
            save_content(model, self._model_content())
            write_history(self.out / "history.csv", self.progress.history)
            self.examples.write(
                self.out / "epochs.nc", self.hierarchy.levels[0], self.run_config.name
            )
            keep_results(self.out)
            self.resumption.path.unlink(missing_ok=True)
        return model

    def _take_time(self) -> None:
        now = perf_counter()
        self.progress.seconds += now - self.clock
        self.clock = now

    def _save_if_due(self, whole_epoch: bool) -> None:
        """Write the checkpoint after a batch if it is time, and stop if that was asked for."""
        due = self.resumption.minutes >= self.run_config.training.checkpoint_minutes
        stop = any_process(bool(self.interruption.number), self.device)
        # At the end of an epoch before its validation, which a kill would undo otherwise.
        if stop or whole_epoch or due:
            self._take_time()
            self.resumption.save(self._model_content)
        if stop:
            # A process that ends has the others ended: wait until the first one has written.
            any_process(stop, self.device)
            progress = self.progress
            self._stop(f"epoch {progress.epoch} after batch {progress.iteration} of all")

    def _stop_in_validation(self) -> None:
        """Stop if that was asked for; the checkpoint was written before the validation."""
        if any_process(bool(self.interruption.number), self.device):
            self._stop(f"the validation of epoch {self.progress.epoch}")

    def _stop(self, where: str) -> NoReturn:
        raise Interrupted(
            self.interruption.number,
            f"{self.run_config.name}: stopped in {where}; the same command goes on from "
            f"{self.resumption.path}.",
        )

    def _refuse(self, loss: float) -> NoReturn:
        checkpoint = self.resumption.path
        kept = f"; the last good one is {checkpoint}" if checkpoint.exists() else ""
        raise UserError(
            f"{self.run_config.name}: the loss became {loss} in epoch {self.progress.epoch}; lower "
            f"training.learning_rate{kept}."
        )

    def _model_content(self) -> dict[str, object]:
        """Return the content of the model file: of the best epoch so far."""
        history, best = self.progress.history, self.progress.best_row
        weights = self.progress.best_weights
        assert weights is not None, "no epoch is over"
        progress: dict[str, object] = {
            "epochs": len(history),
            "best_epoch": best["epoch"],
            "best_mean_ap": best["validation_mean_ap"],
            "train_maps": len(self.training.indices),
            "validation_maps": len(self.validation.indices),
            "commit": self.commit,
            "device": device_name(self.device),
            "processes": world_size(),
            "seconds": sum(row["seconds"] for row in history),
            "peak_memory_mb": peak_memory_mb(self.device),
            "sessions": self.sessions.all(),
            "identity": content_hash(self.identity),
            "made_from": self.made_from,
        }
        sphere = self.hierarchy
        return ModelRecord(
            weights, self.run_config, sphere.identifier, recipe_of(sphere), self.statistics,
            progress,
        ).content()  # fmt: skip
