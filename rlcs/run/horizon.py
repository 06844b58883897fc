"""Where a falling learning rate reaches 0: at the planned end of the run, which stays there when more is made of it."""

from __future__ import annotations

import logging
from pathlib import Path

from rlcs.config.schema import Config
from rlcs.run.checkpoint import read_state

log = logging.getLogger("rlcs.run")


def schedule_updates(config: Config, planned: int, checkpoint: Path | None, *, per_step: int = 1) -> int:
    """Return the update at which a falling learning rate reaches 0.

    planned: updates of the run as it is configured now. That is where it falls to, unless run.horizon (in steps of
    `per_step` updates) says otherwise, or the run goes on from a checkpoint: then it falls as it did before, since a
    longer way down would begin with a jump up. A checkpoint of 0.1.0 does not tell, and leaves what is planned.
    """
    saved = None if checkpoint is None else read_state(checkpoint)["learner"].get("horizon")
    horizon = config.run.horizon * per_step or saved or planned
    if horizon < planned and config.learner.schedule != "constant":
        log.warning(
            "the learning rate (learner.schedule=%s) reaches 0 after update %d of %d, and learning ends there; "
            "run.horizon lets it fall more slowly, and lifts it now",
            config.learner.schedule,
            horizon,
            planned,
        )
    return horizon
