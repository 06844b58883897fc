"""The faults, a function each: it takes a run that is under way and breaks something of it.

What must come of each stands in FAULTS: the run goes on, or it stops in a plain line and `--resume` goes on. Either
way it must end equal to a run in which nothing happened.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

from rlcs.bench.faults.injected import Injected
from rlcs.plugins import Registry

Outcome = Literal["goes on", "stops"]


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong, and what must come of it."""

    name: str
    inject: Callable[[Injected], None]
    expected: Outcome
    repair: Callable[[Injected], None] | None = None
    """What a person would do before `--resume`, where there is something."""
    surroundings: Callable[[], AbstractContextManager[Sequence[str]]] = lambda: nullcontext(())
    """What the run is in from its start to its end; yields overrides."""

    @property
    def what(self) -> str:
        """The fault in words: first line of its docstring."""
        return (self.inject.__doc__ or "").splitlines()[0].rstrip(".")


FAULTS: Registry[Fault] = Registry("fault")


def fault(
    name: str, *, expected: Outcome, **more: Any
) -> Callable[[Callable[[Injected], None]], Callable[[Injected], None]]:
    """Register a fault: `@fault("kill-engine", expected="goes on")` above the function that injects it."""

    def decorate(inject: Callable[[Injected], None]) -> Callable[[Injected], None]:
        FAULTS.add(name, Fault(name, inject, expected, **more))
        return inject

    return decorate


@fault("kill-engine", expected="goes on")
def kill_engine(run: Injected) -> None:
    """A rollout engine dies (SIGKILL)."""
    os.kill(run.workers("RolloutWorker")[0], signal.SIGKILL)


@fault("stop-engine", expected="goes on")
def stop_engine(run: Injected) -> None:
    """A rollout engine hangs (SIGSTOP)."""
    os.kill(run.workers("RolloutWorker")[0], signal.SIGSTOP)


@fault("kill-learner", expected="stops")
def kill_learner(run: Injected) -> None:
    """A learner rank dies (SIGKILL)."""
    os.kill(run.workers("LearnerWorker")[0], signal.SIGKILL)


@fault("stop-learner", expected="stops")
def stop_learner(run: Injected) -> None:
    """A learner rank hangs (SIGSTOP)."""
    os.kill(run.workers("LearnerWorker")[0], signal.SIGSTOP)


@fault("kill-run", expected="stops")
def kill_run(run: Injected) -> None:
    """The run itself is killed (SIGKILL)."""
    run.started += run.workers("Worker")
    os.kill(run.pid, signal.SIGKILL)


@fault("interrupt-run", expected="stops")
def interrupt_run(run: Injected) -> None:
    """Ctrl-C (SIGINT to the run)."""
    run.workers("Worker")
    os.kill(run.pid, signal.SIGINT)


@fault("terminate-run", expected="stops")
def terminate_run(run: Injected) -> None:
    """The machine is being shut down (SIGTERM to the run)."""
    run.workers("Worker")
    os.kill(run.pid, signal.SIGTERM)


@fault("torn-checkpoint", expected="stops")
def tear_checkpoint(run: Injected) -> None:
    """The run is killed and leaves half a checkpoint."""
    kill_run(run)
    newest = max(run.folder.glob("checkpoints/step-*"))
    half = newest.with_name(".step-999999.partial")
    shutil.copytree(newest / "model", half / "model")


@fault("cut-metrics", expected="stops")
def cut_metrics(run: Injected) -> None:
    """The run is killed in the middle of a line of metrics.jsonl."""
    kill_run(run)
    with (run.folder / "metrics.jsonl").open("a") as stream:
        stream.write('{"step": 999, "reward/me')


@fault("cut-rollouts", expected="stops")
def cut_rollouts(run: Injected) -> None:
    """The run is killed and leaves half a file of rollouts."""
    kill_run(run)
    newest = max(run.folder.glob("rollouts/step-*.parquet"))
    later = newest.with_name("step-000998.parquet")
    later.write_bytes(newest.read_bytes()[: newest.stat().st_size // 2])


@fault("second-run", expected="goes on")
def second_run(run: Injected) -> None:
    """A second run is started in the same folder."""
    command = [sys.executable, "-m", "rlcs.cli", "train", "--config", "quickstart", f"run.dir={run.folder}", "--resume"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=run.folder.parent)
    assert result.returncode == 2, f"the second run was let in: {result.stdout[-500:]}"


def bring_folder_back(run: Injected) -> None:
    """Put the run folder back to where it was."""
    away = run.folder.with_name(f"{run.folder.name}.away")
    if run.folder.exists():
        shutil.rmtree(run.folder)
    away.rename(run.folder)


@fault("folder-gone", expected="stops", repair=bring_folder_back)
def take_folder_away(run: Injected) -> None:
    """The run folder disappears."""
    run.folder.rename(run.folder.with_name(f"{run.folder.name}.away"))
