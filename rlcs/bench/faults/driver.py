"""Runs the command line of RLCS with points in it at which faults can be ordered: `python -m rlcs.bench.faults.driver`.

The points stand before the phases of a step, in front of workers and in the verifier of verifier.py.
"""

from __future__ import annotations

import runpy
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from rlcs.bench.faults.orders import let_clock_jump, obey

BEFORE = {
    "collect": ("rlcs.train", "collect"),
    "choose": ("rlcs.train", "choose"),
    "learn": ("rlcs.learner.group", "LearnerGroup.update"),
    "sync": ("rlcs.run.weight_sync", "WeightSync.push"),
    "evaluation": ("rlcs.run.evaluation", "Evaluator.evaluate"),
    "rollouts": ("rlcs.run.folder", "RunFolder.write_rollouts"),
    "curriculum": ("rlcs.run.folder", "RunFolder.write_curriculum"),
    "metrics": ("rlcs.run.folder", "RunFolder.write_metrics"),
    "copy": ("rlcs.learner.group", "LearnerGroup.begin_save"),
}
"""Points by name, each before a function: its module and its name there."""
AFTER = {"checkpoint": ("rlcs.learner.group", "LearnerGroup.finish_save")}
"""Points behind a function: half of a checkpoint is written by then, beside the next step."""
WORKERS = {
    "rollout.worker": "RolloutWorker",
    "rlcs.learner.worker": "LearnerWorker",
    "rlcs.reward_models.worker": "RewardModelWorker",
}
"""Classes of worker processes that workers.py has its own of."""


def main() -> None:
    """Put the points in, then do what `python -m rlcs.cli` does."""
    let_clock_jump()
    for point, (module, name) in BEFORE.items():
        _replace(module, name, partial(obeying, point=point, first=True))
    for point, (module, name) in AFTER.items():
        _replace(module, name, partial(obeying, point=point, first=False))
    for module, name in WORKERS.items():
        _replace(module, name, lambda plain: _own(plain.__name__))
    runpy.run_module("rlcs.cli", run_name="__main__", alter_sys=True)


def obeying(function: Callable[..., Any], point: str, *, first: bool) -> Callable[..., Any]:
    """Return the function with a point before it (`first`) or behind it."""

    @wraps(function)
    def ordered(*args: Any, **kwargs: Any) -> Any:
        if first:
            obey(point)
        result = function(*args, **kwargs)
        if not first:
            obey(point)
        return result

    return ordered


def _own(name: str) -> type:
    from rlcs.bench.faults import workers

    found: type = getattr(workers, f"Obeying{name}")
    return found


def _replace(module: str, name: str, change: Callable[[Any], Any]) -> None:
    from importlib import import_module

    owner: Any = import_module(module)
    *outer, last = name.split(".")
    for part in outer:
        owner = getattr(owner, part)
    setattr(owner, last, change(getattr(owner, last)))


if __name__ == "__main__":
    main()
