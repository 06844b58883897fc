"""How far a run has come, and the one way to save that, go back to it and leave with it: train, sft and reward-model.

At any exit `step` is the last whole one and all that is saved belongs to it. While the learner updates nothing is
whole: an error then leaves the checkpoint that is there, or under way.

A checkpoint does not stop the run: what belongs to it is copied, and written while the next step goes on.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rlcs.config.schema import Config
from rlcs.errors import RunStopped, UserError, writing
from rlcs.learner.group import RankGroup
from rlcs.process.background import LOOK_EVERY_S, Background
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
    learners: RankGroup
    freeze: Callable[[Path], Callable[[], None] | None]
    """Writes what is small into the folder of a checkpoint, and returns what writes the rest from a copy, if any."""
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
    saving: Background | None = None
    """The checkpoint under way."""
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

    def save_if_due(self) -> None:
        """Begin to save the last whole step when it is due; raise what has become of a checkpoint that failed."""
        if self.saving is not None and self.saving.is_done():
            self.finish_saving()
        if self.checkpoint_due():
            self.begin_saving()

    def begin_saving(self) -> None:
        """Copy the last whole step and begin to write it; a checkpoint under way is waited for first."""
        self.finish_saving()
        final = self._checkpoint
        partial = checkpoints.begin(final)
        shape, base = checkpoints.learner_shape(self.config), checkpoints.base_of_adapters(self.config)
        learner = {**shape, **base, "horizon": self.horizon}
        state = json.dumps({"step": self.step, "learner": learner, **self.describe()})
        with writing(final):
            write = self.freeze(partial)
        self.learners.begin_save(partial)

        def work(saving: Background) -> None:
            with writing(final):
                try:
                    if write is not None:
                        write()
                    (partial / "state.json").write_text(state)
                finally:
                    self._wait_for_ranks(saving)
            checkpoints.complete(partial, final, keep=self.config.checkpoint.keep)

        self.saving = Background(work, name="checkpoint")

    def _wait_for_ranks(self, saving: Background) -> None:
        """Wait until the ranks have written their part, without keeping them from their work unless somebody waits."""
        while not saving.wanted.wait(LOOK_EVERY_S) and not self.learners.is_saved():
            pass
        self.learners.finish_save()

    def finish_saving(self) -> None:
        """Wait for the checkpoint under way, if there is one; raise what went wrong."""
        saving = self.saving
        if saving is not None:
            saving.join()
            self.saving = None
            saving.result()

    def save(self) -> Path:
        """Save the last whole step, unless that is done; return its checkpoint."""
        self.settle()
        if checkpoints.latest(self.folder) != self._checkpoint:
            self.begin_saving()
            self.finish_saving()
        return self._checkpoint

    @property
    def _checkpoint(self) -> Path:
        return self.folder / "checkpoints" / checkpoints.folder_name(self.step)

    def settle(self) -> None:
        """Wait for the checkpoint under way when the run ends for another reason; a failure is only told."""
        try:
            self.finish_saving()
        except UserError as error:
            log.warning("the checkpoint under way is lost: %s", error)

    def abandon(self) -> None:
        """End a checkpoint that is still under way, and with it the ranks that write it."""
        if self.saving is not None:
            for worker in self.learners.workers:
                worker.kill()
            self.saving.join()

    def rescue(self) -> None:
        """Save the last whole step when the run stops with an error that has not touched it."""
        self.settle()
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
    finally:
        if watch.state is not None:
            watch.state.abandon()


def _unexpected(error: Exception, file: Path) -> str:
    """Return what to tell of an error that nobody foresaw; of one that came from a worker, its last line says most."""
    last = (str(error).strip().splitlines() or [""])[-1]
    return (
        f"{type(error).__name__}: {last}; a fault of RLCS or of a plug-in, whose traceback is in {file}; go on with "
        "the same command and --resume"
    )
