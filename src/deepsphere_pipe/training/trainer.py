"""Training of one network with ignite: optimise, validate, keep the best, survive.

A training writes one checkpoint, every epoch, every few minutes, and when it is asked to stop.
Started again, it goes on from there, in the middle of an epoch if need be, and ends with the same
bits as one that was never stopped (on a CPU, with the same number of threads).
"""

import math
import time
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import torch
from ignite.engine import Engine, Events
from ignite.handlers import EarlyStopping, TerminateOnNan
from tqdm import tqdm

from deepsphere_pipe.config import RunConfig
from deepsphere_pipe.data.events_present import check_events
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.examples import choose_examples
from deepsphere_pipe.evaluation.inference import score
from deepsphere_pipe.graphs.hierarchy import Hierarchy
from deepsphere_pipe.runtime.collective import any_process, n_processes, process
from deepsphere_pipe.runtime.provenance import code_fingerprint, commit, content_hash
from deepsphere_pipe.training.board import Board
from deepsphere_pipe.training.devices import device_name, make_reproducible, peak_memory_mb
from deepsphere_pipe.training.examples import Examples
from deepsphere_pipe.training.history import HISTORY, event_precision, write_history
from deepsphere_pipe.training.loss import make_loss
from deepsphere_pipe.training.model_file import (
    build_network,
    model_content,
    save_model,
    size_in_words,
)
from deepsphere_pipe.training.optimisation import Optimisation
from deepsphere_pipe.training.survival.checkpoint import read_checkpoint, write_checkpoint
from deepsphere_pipe.training.survival.finished import bring_back_results, keep_results
from deepsphere_pipe.training.survival.interruption import Interrupted, Interruption
from deepsphere_pipe.training.survival.sessions import Sessions


def train(
    run: RunConfig,
    sphere: Hierarchy,
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
    run : RunConfig
        Architecture, optimisation and seed.
    sphere : Hierarchy
        Levels of the graph.
    statistics : Statistics
        Of the training part.
    training, validation : MapLoader
        Batches of maps, or of windows for a temporal network.
    out : path-like
        Folder that receives ``model.pt`` (best), ``history.csv``, ``epochs.nc`` and
        ``tensorboard/``; and, while the training lasts, ``checkpoints/checkpoint.pt``.
    device : torch.device
        Where to compute.
    resume : "strict", "matching" or "never"
        What to do with a checkpoint, see `read_checkpoint`. Unless ``never``, a training that is
        finished in `out` is left as it is.
    made_from : str, optional
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
    make_reproducible(run.seed, run.training.deterministic)
    session = _Session(run, sphere, statistics, training, validation, Path(out), device, made_from)
    with Interruption() as interruption:
        return session.run(interruption, resume)


class _Session:
    """One call of `train`: what the steps of the engine share."""

    def __init__(
        self, run, sphere, statistics, training, validation, out, device, made_from
    ) -> None:
        settings = run.training
        self.run_config, self.sphere, self.statistics = run, sphere, statistics
        self.training, self.validation = training, validation
        self.out, self.device, self.made_from = out, device, made_from
        self.model, self.checkpoint = out / "model.pt", out / "checkpoints" / "checkpoint.pt"
        for loader in (training, validation):
            loader.share(process(), n_processes())

        self.network = build_network(run, sphere, len(statistics.channels)).to(device)
        self.loss = make_loss(settings, statistics, sphere.levels[0].areas).to(device)
        self.optimisation = Optimisation(self.network, self.loss, settings, len(training), device)
        self.schedule = self.optimisation.schedule
        self.engine = Engine(lambda _, batch: self.optimisation.step(batch))
        self.engine.logger.disabled = True
        self.sessions = Sessions(device)
        self.history: list[dict[str, float]] = []
        self.best_weights: dict[str, torch.Tensor] | None = None
        self.commit = commit()  # of the code that runs, whatever is checked out later
        # Of the epoch that is under way.
        self.loss_sum, self.n_maps, self.seconds = 0.0, 0, 0.0
        self.saved_at = self.clock = time.perf_counter()

    def run(self, interruption: Interruption, resume: str) -> Path:
        settings = self.run_config.training
        self.interruption = interruption
        self.identity = self.make_identity()
        again = resume == "never" or process() > 0
        if any_process(not again and self.bring_back(), self.device):
            return self.model
        saved = read_checkpoint(self.checkpoint, self.identity, resume)
        early = EarlyStopping(
            settings.early_stopping or settings.epochs,
            lambda engine: engine.state.metrics["mean_ap"],
            self.engine,
        )
        not_finite = TerminateOnNan()
        for talker in (early, not_finite):
            talker.logger.disabled = True  # what went wrong is told once, by us
        self.parts = self.optimisation.parts | {"early_stopping": early, "sessions": self.sessions}
        self.examples = self.board = None
        if process() == 0:
            self.parts["examples"] = self.examples = self.choose_examples()
        if saved:
            self.restore(saved)
        if process() == 0:
            self.board = self.make_board()
            print(size_in_words(self.run_config, self.network), flush=True)
        self.bar = tqdm(
            desc=self.run_config.name,
            total=settings.epochs * len(self.training.indices),
            initial=self.n_maps + len(self.history) * len(self.training.indices),
            unit="map",
            disable=True if process() > 0 else None,  # None: shown at a terminal, not in logs
        )
        # Registered in the order in which they have to act: NaN stops before anything is kept.
        on = self.engine.add_event_handler
        on(Events.EPOCH_STARTED, self.begin_epoch)
        on(Events.ITERATION_COMPLETED, not_finite)
        on(Events.ITERATION_COMPLETED, self.after_batch)
        on(Events.EPOCH_COMPLETED, self.after_epoch)
        on(Events.EPOCH_COMPLETED, early)
        with self.bar:
            if saved and len(self.history) < self.engine.state.epoch:  # stopped in the validation
                self.after_epoch(self.engine)
                early(self.engine)
            if not self.engine.should_terminate and len(self.history) < settings.epochs:
                self.engine.run(self.training, max_epochs=settings.epochs)
        if self.board:
            self.board.close()
        return self.finish()

    def bring_back(self) -> bool:
        """Take what the same training has left, if it is finished."""
        return bring_back_results(self.out, self.identity, self.made_from)

    def begin_epoch(self, engine: Engine) -> None:
        """Order the maps; go on in the middle after a resumption."""
        done = engine.state.iteration % len(self.training)
        self.training.begin(engine.state.epoch, done)
        self.clock = time.perf_counter()

    def after_batch(self, engine: Engine) -> None:
        """Count, show, save if it is time, and stop if that was asked for."""
        if engine.should_terminate:  # the loss is not finite
            return
        state = engine.state
        n = self.training.n_windows((state.iteration - 1) % len(self.training))
        self.loss_sum += state.output * n
        self.n_maps += n
        self.schedule.after_batch()
        self.bar.set_postfix(epoch=state.epoch, loss=f"{state.output:.4g}", refresh=False)
        self.bar.update(n)
        minutes = (time.perf_counter() - self.saved_at) / 60
        whole = state.iteration % len(self.training) == 0
        stop = any_process(bool(self.interruption.number), self.device)
        # At the end of an epoch before its validation, which a kill would undo otherwise.
        if stop or whole or minutes >= self.run_config.training.checkpoint_minutes:
            self.save()
        if stop:
            # A process that ends has the others ended: wait until the first one has written.
            any_process(stop, self.device)
            self.stop(f"epoch {state.epoch} after batch {state.iteration} of all")

    def after_epoch(self, engine: Engine) -> None:
        """Validate, change the learning rate, and keep the best."""
        histograms, validation_loss = score(
            self.network, self.validation, self.device, self.loss, self.stop_if_asked
        )
        precision = event_precision(histograms)
        seconds = self.seconds + time.perf_counter() - self.clock
        loss = self.loss_sum / self.n_maps
        row = (
            len(self.history) + 1,
            loss,
            validation_loss,
            *precision,
            self.schedule.rate,
            seconds,
        )
        row = dict(zip(HISTORY, row, strict=True))
        self.history.append(row)
        engine.state.metrics["mean_ap"] = precision[-1]
        self.schedule.after_epoch(precision[-1])
        if row is self.best_row:
            state = self.network.state_dict()
            self.best_weights = {k: v.detach().cpu().clone() for k, v in state.items()}
        self.loss_sum, self.n_maps, self.seconds = 0.0, 0, 0.0
        if self.board:
            self.examples.add()
            self.board.write(row["epoch"], row, self.examples.predicted[-1][0])
            self.bar.write("  ".join(f"{k} {v:.4g}" for k, v in row.items()))

    @property
    def best_row(self) -> dict[str, float]:
        """The epoch with the best validation mean AP, the first of equals."""
        return max(self.history, key=lambda row: row["validation_mean_ap"])

    def stop_if_asked(self) -> None:
        """Stop a validation; the checkpoint was written before it."""
        if any_process(bool(self.interruption.number), self.device):
            self.stop(f"the validation of epoch {len(self.history) + 1}")

    def stop(self, where: str) -> NoReturn:
        """Tell that the training is not over."""
        raise Interrupted(
            self.interruption.number,
            f"{self.run_config.name}: stopped in {where}; the same command goes on from "
            f"{self.checkpoint}.",
        )

    def make_identity(self) -> dict[str, object]:
        """Return what a checkpoint has to agree with."""
        return {
            "run": self.run_config.model_dump(mode="json"),
            "sphere": self.sphere.identifier,
            "statistics": asdict(self.statistics),
            "maps": f"{self.training.fingerprint()} / {self.validation.fingerprint()}",
            "processes": n_processes(),
            "code": code_fingerprint("training.trainer"),
        }

    def save(self) -> None:
        """Write the checkpoint, which is also a model file of the best epoch so far."""
        self.seconds += time.perf_counter() - self.clock
        self.clock = self.saved_at = time.perf_counter()
        if process() > 0:
            return
        random = {"cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            random["cuda"] = torch.cuda.get_rng_state(self.device)
        content = self.model_content() if self.history else {}
        content |= {
            "identity": self.identity,
            "iteration": self.engine.state.iteration,
            "parts": {name: part.state_dict() for name, part in self.parts.items()},
            "random": random,
            "history": self.history,
            "epoch": [self.loss_sum, self.n_maps, self.seconds],
        }
        write_checkpoint(self.checkpoint, content)

    def restore(self, saved: dict) -> None:
        """Go back to where a checkpoint was written."""
        for name, part in self.parts.items():
            part.load_state_dict(saved["parts"][name])
        torch.set_rng_state(saved["random"]["cpu"])
        if "cuda" in saved["random"] and self.device.type == "cuda":
            torch.cuda.set_rng_state(saved["random"]["cuda"], self.device)
        self.history = saved["history"]
        self.best_weights = saved.get("weights")
        self.loss_sum, self.n_maps, self.seconds = saved["epoch"]
        self.clock = time.perf_counter()
        state = {"iteration": saved["iteration"], "epoch_length": len(self.training)}
        self.engine.load_state_dict(state | {"max_epochs": self.run_config.training.epochs})
        if process() == 0:
            print(f"Go on from {self.checkpoint}, after batch {saved['iteration']}.", flush=True)

    def choose_examples(self) -> Examples:
        """Return the most eventful validation maps."""
        chosen = choose_examples(self.validation.store, self.validation.indices)
        return Examples(self.validation.labelled_by(chosen), self.network, self.device)

    def make_board(self) -> Board:
        """Return the writer for TensorBoard, with the first example."""
        return Board(
            self.out / "tensorboard", self.network, self.sphere.levels[0], self.examples.truth[0],
            self.run_config.training.weight_histograms, purge_after=len(self.history),
        )  # fmt: skip

    def model_content(self) -> dict[str, object]:
        """Return the content of the model file."""
        made = {
            "epochs": len(self.history),
            "best_epoch": self.best_row["epoch"],
            "best_mean_ap": self.best_row["validation_mean_ap"],
            "train_maps": len(self.training.indices),
            "validation_maps": len(self.validation.indices),
            "commit": self.commit,
            "device": device_name(self.device),
            "processes": n_processes(),
            "seconds": sum(row["seconds"] for row in self.history),
            "peak_memory_mb": peak_memory_mb(self.device),
            "sessions": self.sessions.all(),
            "identity": content_hash(self.identity),
            "made_from": self.made_from,
        }
        return model_content(self.best_weights, self.run_config, self.sphere, self.statistics, made)

    def finish(self) -> Path:
        """Write what remains of the training, or tell why nothing does."""
        loss = self.engine.state.output
        if loss is not None and not math.isfinite(loss):
            kept = f"; the last good one is {self.checkpoint}" if self.checkpoint.exists() else ""
            raise UserError(
                f"{self.run_config.name}: the loss became {loss} in epoch "
                f"{self.engine.state.epoch}; lower training.learning_rate{kept}."
            )
        if process() == 0:
            save_model(self.model, self.model_content())
            write_history(self.out / "history.csv", self.history)
            self.examples.write(self.out / "epochs.nc", self.sphere.levels[0], self.run_config.name)
            keep_results(self.out)
            self.checkpoint.unlink(missing_ok=True)
        return self.model
