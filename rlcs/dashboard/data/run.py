"""One run folder: its settings, metrics, and which steps have files. Nothing is ever written into it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from rlcs.dashboard.data.curves import Curves, Steps
from rlcs.dashboard.data.metrics_file import MetricsFile
from rlcs.dashboard.data.parquet import Missing, Unreadable
from rlcs.dashboard.data.snapshot_files import SnapshotFiles
from rlcs.dashboard.data.step_files import StepFiles
from rlcs.errors import UserError
from rlcs.run.retention import Kept

RECENT_STEPS = 10
"""Steps that a number called "now" is the mean of."""
HELD_OUT = "eval/all/pass@1"
MAX_PROBLEMS = 20
QUIET_STEPS = 10.0
QUIET_S = 120.0
"""A run is taken as stopped when nothing was written for ten usual steps, and for two minutes."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The head of a page: which run, how far, how well."""

    name: str
    state: str
    """"empty", "running", "finished" or "stopped"."""
    state_text: str
    last_step: int
    num_steps: int
    """Steps the run is to have; 0 when unknown."""
    num_generated: float
    num_tokens: float
    hours: float
    reward: float
    """Mean of the last 10 steps; nan when unknown."""
    held_out: float
    """Last held-out pass@1; nan when unknown."""


class Run:
    """A run folder that may be written to at this moment. Raises UserError when it is no folder. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise UserError(
                f"{folder} is no run folder; expected a folder that `rlcs train` writes, as runs/quickstart"
            )
        self.folder = folder.resolve()
        self.name = self.folder.name
        self.rollout_files = StepFiles(self.folder / "rollouts")
        self.snapshot_files = SnapshotFiles(self.folder / "curriculum")
        self.problems: list[str] = []
        """Files that could not be read, one sentence each, the newest last."""
        self._num_unfinished = 0
        self._metrics = MetricsFile(self.folder / "metrics.jsonl")
        self._config: tuple[tuple[int, int], dict[str, Any]] = ((0, 0), {})

    @property
    def config(self) -> dict[str, Any]:
        """config.yaml; {} when it is absent or broken."""
        state = _state(self.folder / "config.yaml")
        if state != self._config[0]:
            self._config = (state, self._read_config())
        return self._config[1]

    def _read_config(self) -> dict[str, Any]:
        try:
            found = yaml.load((self.folder / "config.yaml").read_bytes(), Loader=_LOADER)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, yaml.YAMLError) as error:
            self.note(Unreadable(f"config.yaml cannot be read: {type(error).__name__}"))
            return {}
        return found if isinstance(found, dict) else {}

    def setting(self, path: str, default: Any) -> Any:
        """Return a setting by its dotted path, or the default where it is absent or of another kind."""
        found: Any = self.config
        for part in path.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if isinstance(default, float) and isinstance(found, int):
            found = float(found)
        return found if isinstance(found, type(default)) else default

    def version(self) -> str:
        """Return a text that changes when there is something new to show; a few stat calls."""
        metrics, config = (_state(self.folder / name) for name in ("metrics.jsonl", "config.yaml"))
        files = (self.rollout_files.state(), self.snapshot_files.state())
        return repr((metrics, config, files, self._metrics.generation, self._num_unfinished))

    def curves(self) -> Curves:
        """Return the metrics so far; of a huge file that is being read, an even sample of its steps."""
        return self._metrics.refresh()

    def read_share(self) -> float:
        """Return which share of metrics.jsonl has been read; 1 means that `curves` is exact."""
        return self._metrics.read_share

    def rollout_steps(self) -> Steps:
        """Return the steps that have rollouts, ascending."""
        return self.rollout_files.steps()

    def snapshot_steps(self) -> Steps:
        """Return the steps that have a curriculum snapshot, ascending."""
        return self.snapshot_files.steps()

    def deleted_rollouts(self, step: int | None = None) -> str:
        """Return a sentence where the run has deleted the rollouts of a step, or (None) of some steps; else ""."""
        kept = Kept(newest=self.setting("run.keep_rollouts", 0), every=self.setting("run.keep_rollouts_every", 0))
        steps = self.rollout_steps()
        newest = int(steps[-1]) if len(steps) else 0
        if step is None:
            is_deleted, whose = kept.newest > 0 and len(steps) < newest, "older steps"
        else:
            is_deleted = 0 < step <= newest and step not in steps and not kept.holds(step, newest_step=newest)
            whose = f"step {step:,}"
        if not is_deleted:
            return ""
        return f"The rollouts of {whose} were deleted: run.keep_rollouts keeps {kept.in_words()}."

    def note(self, problem: Unreadable) -> None:
        """Remember a file that could not be read, once; a missing one is no problem."""
        if not isinstance(problem, Missing) and str(problem) not in self.problems:
            self.problems = [*self.problems, str(problem)][-MAX_PROBLEMS:]

    def note_unfinished(self) -> None:
        """Remember that a figure had no time for all of its files: it has more to show the next time."""
        self._num_unfinished += 1

    def source_domains(self) -> dict[str, str]:
        """Return the domain of each training source: config.yaml's, else what the metrics name ("" when unknown)."""
        data = self.config.get("data")
        listed = data.get("train") if isinstance(data, dict) else None
        rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
        found = {str(row["name"]): str(row.get("domain") or "") for row in rows if row.get("name") is not None}
        return found or {name: "" for name in self.curves().names("reward/", "/unjudged_share")}

    def sources(self) -> list[str]:
        """Return the names of the training sources."""
        return list(self.source_domains())

    def domains(self) -> list[str]:
        """Return the domains of the training sources, and those that only the metrics name."""
        curves = self.curves()
        told = {*curves.names("reward/", "/mean")} - {*curves.names("reward/", "/unjudged_share"), *self.sources()}
        return sorted({domain for domain in self.source_domains().values() if domain} | told)

    def domain_of(self, source: str) -> str:
        """Return the domain of a source, "" when unknown."""
        return self.source_domains().get(source, "")

    def summary(self) -> Summary:
        """Return how far the run is and how well it does."""
        curves = self.curves()
        last_step = int(curves.steps[-1]) if len(curves) else 0
        num_steps = int(self.setting("run.steps", 0))
        state, text = self._state_of(curves, last_step, num_steps)
        ends = {axis: float(curves.axis(axis)[-1]) if len(curves) else 0.0 for axis in ("rollouts", "tokens", "hours")}
        return Summary(
            name=self.name, state=state, state_text=text, last_step=last_step, num_steps=num_steps,
            num_generated=ends["rollouts"], num_tokens=ends["tokens"], hours=ends["hours"],
            reward=curves.recent("reward/mean", RECENT_STEPS), held_out=curves.last(HELD_OUT),
        )  # fmt: skip

    def _state_of(self, curves: Curves, last_step: int, num_steps: int) -> tuple[str, str]:
        if not len(curves):
            return "empty", "no step is done yet"
        of = f" of {num_steps:,}" if num_steps else ""
        age = max(time.time() - _state(self.folder / "metrics.jsonl")[1] / 1e9, 0.0)
        text = f"step {last_step:,}{of}, last written {duration(age)} ago"
        if num_steps and last_step >= num_steps:
            return "finished", text
        seconds = curves.recent("time/step_s", RECENT_STEPS) + np.nan_to_num(curves.last("time/eval_s"))
        usual = 0.0 if math.isnan(seconds) else seconds
        return ("running" if age < max(QUIET_S, QUIET_STEPS * usual) else "stopped"), text


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _state(path: Path) -> tuple[int, int]:
    """Return (size, time of the last change in ns) of a file; zeros when it is absent."""
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_size, status.st_mtime_ns)


def duration(seconds: float) -> str:
    """Return a time as people say it: 12 s, 5 min, 3.2 h, 4 days."""
    for limit, unit, name in ((120.0, 1.0, "s"), (7200.0, 60.0, "min"), (172800.0, 3600.0, "h")):
        if seconds < limit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds / 86400.0:.0f} days"
