"""Training on given data: shuffled epochs, an update a batch, a line now and then. What sft and reward-model share."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.learner.group import RankGroup
from rlcs.learner.schedule import batches
from rlcs.metrics import Metrics
from rlcs.process.console import say
from rlcs.process.interrupts import StopSignal
from rlcs.run import checkpoint as checkpoints
from rlcs.run.checkpoint import State
from rlcs.run.folder import RunFolder
from rlcs.run.state import RunState

SAY_EVERY_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Epochs:
    """Which items each update trains on; `what` they are called, and the settings that decide it."""

    what: str
    num_items: int
    batch_size: int
    epochs: float
    seed: int
    section: str
    """Section of the configuration that holds batch_size."""

    @property
    def num_updates(self) -> int:
        """Updates of the whole training."""
        return math.ceil(self.num_items / self.batch_size * self.epochs)

    @property
    def order(self) -> State:
        """What decides which items come in which update."""
        return {
            f"{self.section}.batch_size": self.batch_size,
            "run.seed": self.seed,
            f"the number of {self.what}": self.num_items,
        }

    def check_order(self, checkpoint: Path) -> None:
        """Refuse to go on from a checkpoint whose updates went through other items, before anything starts."""
        for key, value in checkpoints.read_state(checkpoint)["order"].items():
            if self.order.get(key) != value:
                raise UserError(
                    f"{checkpoint} was written with {key}={value}, now it is {self.order.get(key)}; set it back"
                )


def resumable(config: Config, folder: Path, epochs: Epochs) -> Path | None:
    """Return the newest checkpoint of a run folder, if any; UserError where this job cannot go on from it."""
    checkpoint = checkpoints.latest(folder)
    if checkpoint is not None:
        checkpoints.check_shape(checkpoint, config)
        epochs.check_order(checkpoint)
    return checkpoint


def state_of(
    config: Config,
    folder: RunFolder,
    learners: RankGroup,
    epochs: Epochs,
    *,
    horizon: int,
    save_tokenizer: Callable[[Path], object],
) -> RunState:
    """Return the state of a training that has not begun; beside the weights it saves the tokenizer alone.

    horizon: the update at which a falling learning rate reaches 0.
    """

    def freeze(checkpoint: Path) -> None:
        for loadable in checkpoints.model_folders(checkpoint, config.model.lora):
            save_tokenizer(loadable)

    return RunState(
        config, folder.path, learners, freeze, lambda: {"order": epochs.order}, last=epochs.num_updates,
        horizon=horizon, unit="update",
    )  # fmt: skip


def go_on_from(checkpoint: Path | None, state: RunState, learners: RankGroup) -> None:
    """Put learner and state where a checkpoint left them; without one nothing changes."""
    if checkpoint is not None:
        learners.load(checkpoint / "learner")
        state.go_on_from(checkpoint)
        say(f"resumed from {checkpoint.name}")


def train_epochs(
    epochs: Epochs,
    state: RunState,
    folder: RunFolder,
    stop: StopSignal,
    *,
    update: Callable[[Sequence[int]], Metrics],
    describe: Callable[[Metrics], str],
    evaluate: Callable[[], Metrics] | None = None,
    evaluate_every: int = 0,
) -> None:
    """Make the updates that are left; `update` trains on the items of these numbers, `describe` words its metrics."""
    started, last_said = time.monotonic(), -math.inf
    plan = batches(epochs.num_items, epochs.batch_size, epochs.num_updates, epochs.seed)
    for step, numbers in enumerate(plan, start=1):
        if step < state.first_step:
            continue
        state.begin_update()
        metrics = update(numbers)
        state.finish(step)
        is_last = step == epochs.num_updates
        try:
            with stop.interruptible():
                if evaluate is not None and evaluate_every and (step % evaluate_every == 0 or is_last):
                    metrics |= evaluate()
        finally:
            folder.write_metrics(step, metrics)
        now = time.monotonic()
        if now - last_said > SAY_EVERY_S or is_last or any(key.startswith("eval/") for key in metrics):
            last_said = now
            left = (now - started) / (step - state.first_step + 1) * (epochs.num_updates - step)
            say(f"update {step}/{epochs.num_updates}  {describe(metrics)}  {left:.0f} s left")
        state.save_if_due()
    state.finish_saving()
