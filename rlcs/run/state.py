"""How far a run has come, and the one way to save that, go back to it and leave with it: train, sft and reward-model.

At any exit `step` is the last whole one and all that is saved belongs to it. While the learner updates nothing is
whole: an error then leaves the checkpoint that is there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rlcs.config.schema import Config
from rlcs.errors import RunStopped, UserError
from rlcs.process.console import say
from rlcs.process.interrupts import Interrupted
from rlcs.run import checkpoint as checkpoints
from rlcs.run.checkpoint import State

log = logging.getLogger("rlcs.run")


@dataclass
class RunState:
    """The last whole step of a run."""

    config: Config
    folder: Path
    write: Callable[[Path], None]
    """Fills the folder of a checkpoint with what is large: weights, optimizer, tables."""
    describe: Callable[[], State]
    """What state.json holds of the run beside its step and the shape of the learner."""
    last: int
    """Number of the step that ends the run."""
    horizon: int
    """The update at which a falling learning rate reaches 0."""
    unit: str = "step"
    """What a step is called: the updates of sft and reward-model are steps too."""
    step: int = 0
    """The last whole step."""
    first_step: int = 1
    """The first step of this process."""
    is_whole: bool = False
    """Whether learner and curriculum belong to `step`: not while the learner updates, nor after that has failed."""

    def begin_update(self) -> None:
        """From here until `finish` there is nothing whole to save."""
        self.is_whole = False

    def finish(self, step: int) -> None:
        """Declare the step whole: from here on the present state is the one to save."""
        self.step = step
        self.is_whole = True

    def go_on_from(self, checkpoint: Path) -> State:
        """Take the step of a checkpoint and return its state.json; the caller puts everything else back."""
        state = checkpoints.read_state(checkpoint)
        self.step = int(state["step"])
        self.first_step = self.step + 1
        return state

    def checkpoint_due(self) -> bool:
        """Tell whether a checkpoint is due after the last whole step."""
        every = self.config.checkpoint.every
        return self.step == self.last or (every > 0 and self.step % every == 0)

    def save(self) -> Path:
        """Save the last whole step, unless that is done; return its checkpoint."""
        newest = checkpoints.latest(self.folder)
        if newest is not None and newest.name == checkpoints.folder_name(self.step):
            return newest
        learner = {**checkpoints.learner_shape(self.config), "horizon": self.horizon}
        state = {"step": self.step, "learner": learner, **self.describe()}
        return checkpoints.save(self.folder, self.step, state=state, write=self.write, keep=self.config.checkpoint.keep)

    def rescue(self) -> None:
        """Save the last whole step when the run stops with an error that has not touched it."""
        if not self.is_whole or self.step == 0:
            return
        try:
            say(f"saved {self.save()}")
        except (UserError, OSError) as error:
            log.warning("the last whole %s could not be saved: %s", self.unit, error)

    def leave_early(self) -> None:
        """Save the last whole step after an interrupt and say how to go on."""
        if self.step == 0:
            say(f"stopped before the first {self.unit} was done: nothing to save")
        else:
            say(f"stopped after {self.unit} {self.step}; saved {self.save()}; go on with the same command and --resume")


class Watch:
    """Holds the state of a run from when there is one; before, nothing can be lost."""

    state: RunState | None = None


@contextmanager
def kept_when_left(unit: str = "step") -> Iterator[Watch]:
    """Save the last whole step when the block is left early: by Ctrl-C, or by an error that has not touched it."""
    watch = Watch()
    try:
        yield watch
    except Interrupted:
        if watch.state is None:
            say(f"stopped before the first {unit} was done: nothing to save")
        else:
            watch.state.leave_early()
        raise KeyboardInterrupt from None
    except UserError:
        if watch.state is not None:
            watch.state.rescue()
        raise
    except Exception as error:
        if watch.state is None:
            raise
        log.info("the run stops", exc_info=True)  # into log.txt alone: the console gets a line
        watch.state.rescue()
        raise RunStopped(_unexpected(error, watch.state.folder / "log.txt")) from error


def _unexpected(error: Exception, file: Path) -> str:
    """Return what to tell of an error that nobody foresaw; of one that came from a worker, its last line says most."""
    last = (str(error).strip().splitlines() or [""])[-1]
    return (
        f"{type(error).__name__}: {last}; a fault of RLCS or of a plug-in, whose traceback is in {file}; go on with "
        "the same command and --resume"
    )
