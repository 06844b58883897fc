"""A run folder as `rlcs train` leaves it after very many steps, made up within minutes: what the dashboard is timed on.

The formats are those of a real run: the ledger's rollouts, the curriculum's snapshots, the keys of docs/metrics.md. The
numbers come from a policy that slowly learns, and beliefs that follow what it scores. One shortcut: texts repeat.

Shapes: a step has GROUPS x GROUP_SIZE = 100 completions; a chunk is CHUNK steps made together.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curriculum import Sampler
from curriculum.deltas import base_step, changes_table, write_changes
from rlcs.bench.dashboard.made_up import (
    EDGES,
    FORMAT_ERROR,
    GROUP_SIZE,
    GROUPS,
    NO_ANSWER,
    NUM_TASKS,
    SOURCES,
    TIMEOUT,
    UNJUDGED,
    Array,
    Chunk,
    World,
    metrics_of,
)
from rlcs.config.load import save_config
from rlcs.config.schema import Config, SourceConfig
from rlcs.process.console import track
from rlcs.run.rollout_rows import ROLLOUT_SCHEMA

ABSENT = ("images", "videos", "num_turns", "outcome", "turns")
"""Columns of tasks with images and of episodes."""

CHUNK = 500
EVALUATE_EVERY = 500
STATUSES = ("incorrect", "correct", "timeout", "no_answer", "format_error", "judge_error")
RARE = {TIMEOUT: 0.0005, NO_ANSWER: 0.01, FORMAT_ERROR: 0.005, UNJUDGED: 0.0002}
"""Shares of verdicts that are neither right nor wrong."""


def write_folder(folder: Path, num_steps: int) -> None:
    """Write a whole run folder of so many steps; about 4 minutes for 100,000 on an idle core."""
    for part in ("rollouts", "curriculum", "checkpoints", "tensorboard"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    save_config(make_config(num_steps), folder / "config.yaml")
    world = World(num_steps)
    starts = range(1, num_steps + 1, CHUNK)
    with (folder / "metrics.jsonl").open("w", encoding="utf-8") as metrics:
        for start in track(starts, total=len(starts), text=f"writing a run of {num_steps:,} steps"):
            chunk = make_chunk(world, np.arange(start, min(start + CHUNK, num_steps + 1)))
            write_rollouts(folder, world, chunk)
            for number, step in enumerate(chunk.steps.tolist()):
                observe(world, chunk, number)
                write_snapshot(folder, world, step)
                found = metrics_of(world, chunk, number, evaluate=step % EVALUATE_EVERY == 0)
                metrics.write(json.dumps(found) + "\n")


def make_config(num_steps: int) -> Config:
    """Return the configuration of the run."""
    config = Config()
    config.model.path = "tiny://text"
    config.run.steps, config.rollout.group_size, config.curriculum.batch_size = num_steps, GROUP_SIZE, GROUPS
    config.data.train = [SourceConfig(name=name, path="made-up", domain=domain) for name, domain in SOURCES.items()]
    return config


def make_chunk(world: World, steps: Array) -> Chunk:
    """Return what happens in some steps: tasks drawn at random, verdicts by their pass rates."""
    rng, shape = world.rng, (len(steps), GROUPS, GROUP_SIZE)
    rows = rng.integers(0, NUM_TASKS, shape[:2])
    passed = rng.random(shape) < world.pass_rates(rows, steps[:, None])[:, :, None]
    status = passed.astype(np.int8)
    for code, share in RARE.items():
        status = np.where(rng.random(shape) < share, code, status)
    score = np.where(status == UNJUDGED, np.nan, (status == 1).astype(np.float64))
    differs = np.nanmax(score, axis=2) > np.nanmin(score, axis=2)
    tokens = rng.integers(20, 2000, shape)
    return Chunk(steps=steps, rows=rows, status=status, tokens=tokens, score=score, is_selected=differs)


def observe(world: World, chunk: Chunk, number: int) -> None:
    """Add what came of one step of a chunk to the beliefs."""
    score = chunk.score[number]
    passed = np.nansum(score, axis=1)
    failed = np.isfinite(score).sum(axis=1) - passed
    world.posterior.observe(int(chunk.steps[number]), chunk.rows[number], successes=passed, failures=failed)


def write_rollouts(folder: Path, world: World, chunk: Chunk) -> None:
    """Write a file for each step of a chunk."""
    table, size = rollout_table(world, chunk), GROUPS * GROUP_SIZE
    for number, step in enumerate(chunk.steps.tolist()):
        pq.write_table(table.slice(number * size, size), folder / "rollouts" / f"step-{step:06d}.parquet")


def rollout_table(world: World, chunk: Chunk) -> pa.Table:
    """Return the completions of a chunk as the ledger writes them."""
    each = GROUP_SIZE
    rows, count = np.repeat(chunk.rows.ravel(), each), chunk.status.size
    status = pa.array(STATUSES).take(pa.array(chunk.status.ravel()))
    source = world.source[rows]
    score, answer = chunk.score.ravel(), pa.array(rows % 997).cast(pa.string())
    said = pa.array((rows + chunk.tokens.ravel()) % 997).cast(pa.string())
    said = pc.if_else(pa.array(score == 1.0), answer, said)
    selected = np.repeat(chunk.is_selected.ravel(), each)
    correct = pa.array(np.nan_to_num(score).astype(np.float32))
    columns = {
        "step": np.repeat(chunk.steps, GROUPS * each), "task_id": world.ids.take(pa.array(rows)),
        "source": np.array(list(SOURCES))[source], "domain": world.domains[source],
        "subcategory": world.subcategory[rows],
        "group": np.tile(np.repeat(np.arange(GROUPS, dtype=np.int32), each), len(chunk.steps)),
        "prompt": pc.binary_join_element_wise("What is the number of the task called ", answer, "? Think first.", ""),
        "response": pc.binary_join_element_wise(thoughts(chunk.tokens.ravel()), said, "</answer>", ""),
        "answer": answer, "extracted": said, "score": pa.array(score.astype(np.float32), mask=np.isnan(score)),
        "status": status,
        "components": pa.MapArray.from_arrays(
            np.arange(count + 1, dtype=np.int32), pa.array(["correctness"] * count), correct
        ),
        "forced": chunk.tokens.ravel() > 1900, "num_tokens": chunk.tokens.ravel().astype(np.int32),
        "finish_reason": pa.array(["stop"] * count), "policy_version": np.repeat(chunk.steps, GROUPS * each) - 1,
        "staleness": np.zeros(count, dtype=np.int32), "selected": selected, "message": pa.array([""] * count),
        "advantage": pa.array(np.nan_to_num(score - 0.5).astype(np.float32), mask=~selected),
        "params": pa.array(["{}"] * count),
        **{name: pa.nulls(count, ROLLOUT_SCHEMA.field(name).type) for name in ABSENT},
    }  # fmt: skip
    arrays = {name: value if isinstance(value, pa.Array) else pa.array(value) for name, value in columns.items()}
    return pa.table([arrays[field.name].cast(field.type) for field in ROLLOUT_SCHEMA], schema=ROLLOUT_SCHEMA)


def thoughts(tokens: Array) -> pa.Array:
    """Return the beginnings of responses: 256 different ones, about 500 characters."""
    words = "so the next number follows from the one before and the carry".split()
    made = [" ".join(words[(number * place) % len(words)] for place in range(1, 90)) for number in range(256)]
    return pa.array([f"<think>{text}</think><answer>" for text in made]).take(pa.array(tokens % 256))


def write_snapshot(folder: Path, world: World, step: int) -> None:
    """Write what has changed in what is believed."""
    since, edges = base_step(step, 1), EDGES.tolist()
    table = changes_table(world.index, world.posterior, MEDIUM_TASKS, step=step, since=since, edges=edges)
    write_changes(table, folder / "curriculum" / f"step-{step:06d}.parquet")


class MediumTasks(Sampler):
    """Weighs tasks as if it drew those of a pass rate near one half."""

    def __init__(self) -> None:
        """Nothing is drawn, and so nothing needed."""

    def next(self, step: int, counts: Array) -> Array:
        """Draw nothing: `make_chunk` does."""
        return np.empty(0, dtype=np.int64)

    def rule(self) -> dict[str, Any]:
        """Return the rule of the sampler `learnability` where the mean chance of each source is one half."""
        return {"name": "learnability", "temperature": 1.0, "floor": 0.05, "mean": [0.5] * len(SOURCES)}


MEDIUM_TASKS = MediumTasks()
