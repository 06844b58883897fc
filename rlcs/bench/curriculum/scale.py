"""`rlcs bench curriculum --scale`: what drawing, observing, saving and restoring cost as the pool of tasks grows.

The pool has 50 domains of equal size and share, four subcategories in each, half of the tasks graded. It is measured
in the worst state that a run can get into: every task has been seen, 1,024 of them at each of the last N / 1,024
steps, so that bins of all ratings are full and certainty differs. Groups have 8 completions. Before that come some
steps with no task seen, whose texts (90 characters) are looked at. Judging and training are not part of it. Tables show
CPU time, which on an idle core is the time that passes; the JSON file has both.

Legend: N tasks, 50 sources.
"""

from __future__ import annotations

import gc
import tempfile
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rich.box import SIMPLE_HEAD
from rich.table import Table

from curriculum import Curriculum
from curriculum.beliefs.arrays import Rows, logit
from rlcs.bench.curriculum.plots import require_plotters
from rlcs.bench.curriculum.scale_plot import write_plots
from rlcs.bench.report import surroundings, write_json
from rlcs.config.schema import Config, CurriculumConfig
from rlcs.process.console import console, say
from rlcs.records import Completion, Group, Plan, Status, Task, TaskIndex, Verdict

NUM_SOURCES = 50
NUM_SUBCATEGORIES = 4
NUM_DRAWN = 1024
NUM_COMPLETIONS = 8
NUM_STEPS = 15
"""Steps measured after the first, whose draw is told apart: it brings the waiting lines in order."""
SMALLEST = 10_000
SEED = 0

AIMS = {
    "next_ms": 20.0,
    "observe_ms": 20.0,
    "next_unseen_ms": 60.0,
    "observe_unseen_ms": 60.0,
    "snapshot_s": 5.0,
    "save_s": 5.0,
    "restore_s": 5.0,
    "bytes_per_task": 100.0,
}
"""Largest figure that is good enough, per quantity and whatever the number of tasks."""
COLUMNS = {
    "start_s": "start s",
    "first_next_s": "first next s",
    "next_ms": "next ms",
    "observe_ms": "observe ms",
    "next_unseen_ms": "next ms, unseen",
    "observe_unseen_ms": "observe ms, unseen",
    "snapshot_s": "snapshot s",
    "save_s": "save s",
    "restore_s": "restore s",
    "bytes_per_task": "bytes a task",
}
Raw = dict[str, list[float]]
"""All measurements of a quantity of COLUMNS, in its unit; of times also NAME/cpu, CPU time of the process."""

COMPLETION = Completion(
    token_ids=(1,), logprobs=(-0.1,), loss_mask=(1,), policy_version=0, finish_reason="stop", forced=False, text="1"
)
VERDICTS = {
    right: Verdict(score=float(right), status=Status.CORRECT if right else Status.INCORRECT) for right in (0, 1)
}


def run(*, samplers: Sequence[str], largest: int, out: Path | None, json_target: Path | None) -> None:
    """Measure every sampler at 10^4, 10^5, … up to `largest` tasks; print a table each, write plots and JSON file."""
    if out is not None:
        require_plotters()
    results: dict[str, dict[int, Raw]] = {}
    for sampler in samplers:
        results[sampler] = {}
        for num_tasks in pool_sizes(largest):
            results[sampler][num_tasks] = raw = measure(sampler, num_tasks)
            told = ", ".join(f"{heading} {middle(raw, name):.3g}" for name, heading in COLUMNS.items())
            say(f"{sampler}, {num_tasks:,} tasks: {told}")
    for sampler, by_size in results.items():
        console.print(scale_table(sampler, by_size))
    if out is not None:
        say(f"plots: {', '.join(map(str, write_plots(plotted(results), aims_by_heading(), out)))}")
    if json_target is not None:
        config = Config(curriculum=CurriculumConfig(batch_size=NUM_DRAWN))
        shape = {"num_sources": NUM_SOURCES, "num_drawn": NUM_DRAWN, "num_completions": NUM_COMPLETIONS}
        content = {"environment": surroundings(config, threads=1), **shape, "aims": AIMS, "results": results}
        write_json(json_target, "curriculum_scale", content)


def pool_sizes(largest: int) -> list[int]:
    """Return the powers of ten from 10,000 that are below `largest`, and `largest`."""
    sizes = [SMALLEST * 10**power for power in range(12)]
    return [*(size for size in sizes if size < largest), largest]


def make_index(num_tasks: int) -> TaskIndex:
    """Return the pool; a task's id is the source's name and a number, 13 to 20 characters."""
    rows = np.arange(num_tasks)
    source = (rows * NUM_SOURCES // num_tasks).astype(np.int16)
    rng = np.random.default_rng(SEED)
    sources = tuple(f"domain{number:02}" for number in range(NUM_SOURCES))
    names = pa.array([f"{name}:" for name in sources])
    difficulty = rng.random(num_tasks, dtype=np.float32)
    return TaskIndex(
        ids=pc.binary_join_element_wise(names.take(pa.array(source)), pa.array(rows).cast(pa.string()), ""),
        source=source,
        domain=source,
        difficulty=np.where(rng.random(num_tasks) < 0.5, np.float32(np.nan), difficulty),
        sources=sources,
        domains=sources,
        subcategory=rng.integers(0, NUM_SUBCATEGORIES, num_tasks, dtype=np.int16),
        subcategories=tuple(f"kind{number}" for number in range(NUM_SUBCATEGORIES)),
        proportions=(1.0 / NUM_SOURCES,) * NUM_SOURCES,
    )


def make_texts(rows: Rows) -> list[str]:
    """Return the questions of some tasks."""
    return [
        f"Question {row}: a shop sells {row % 97} pears at {row % 13} each; how much are {row % 7 + 2} of them?"
        for row in rows.tolist()
    ]


def measure(sampler: str, num_tasks: int) -> Raw:
    """Return the measurements of one sampler at one size."""
    raw: Raw = defaultdict(list)
    index = make_index(num_tasks)
    config = CurriculumConfig(sampler=sampler, batch_size=NUM_DRAWN)
    config.expansion.enabled = False
    with stopwatch(raw, "start_s"):
        curriculum = Curriculum(config, index, seed=SEED, texts=make_texts)
    unseen: Raw = defaultdict(list)
    take_steps(curriculum, unseen, first=1)
    raw |= {name.replace("_ms", "_unseen_ms"): unseen[name] for name in unseen if "_ms" in name}
    last_step = -(-num_tasks // NUM_DRAWN)

    def build() -> Curriculum:
        return Curriculum(config, index, seed=SEED, texts=make_texts)

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "curriculum.parquet"
        curriculum = build()
        state = curriculum.state_dict() | {"step": last_step}
        pq.write_table(all_seen(curriculum.table(), last_step), file)
        with stopwatch(raw, "restore_s"):
            curriculum.load_state_dict(state, pq.read_table(file))
        take_steps(curriculum, raw, first=last_step + 1)
        with stopwatch(raw, "save_s"):
            curriculum.save(file)
    with stopwatch(raw, "snapshot_s"):
        curriculum.snapshot(last_step + NUM_STEPS + 1)
    del curriculum
    raw["bytes_per_task"].append(traced_bytes(build, state, index) / num_tasks)
    return dict(raw)


def all_seen(table: pa.Table, last_step: int) -> pa.Table:
    """Return the table of a checkpoint in which every task was observed once, at a step up to `last_step`."""
    rng = np.random.default_rng(SEED + 1)
    passed = rng.binomial(NUM_COMPLETIONS, rng.random(table.num_rows))
    steps = rng.integers(1, last_step + 1, table.num_rows, dtype=np.int32)
    columns = {
        "rating": logit((passed + 0.25) / (NUM_COMPLETIONS + 0.5)).astype(np.float32),
        "evidence": np.full(table.num_rows, NUM_COMPLETIONS, dtype=np.float32),
        "last_step": steps,
        "num_seen": np.ones(table.num_rows, dtype=np.int32),
        "sampler/turn": steps + 1,
    }
    for name, values in columns.items():
        if name in table.column_names:
            table = table.set_column(table.column_names.index(name), name, pa.array(values))
    return table


def take_steps(curriculum: Curriculum, raw: Raw, *, first: int, num_steps: int = NUM_STEPS) -> None:
    """Do one step, of which only the draw is noted, and `num_steps` more."""
    rng = np.random.default_rng(SEED + 2)
    for step in range(first, first + 1 + num_steps):
        told = raw if step > first else defaultdict(list)
        with stopwatch(told, "next_ms", per_second=1000.0):
            plan = curriculum.next(step)
        if step == first:
            raw["first_next_s"].append(told["next_ms"][0] / 1000.0)
            raw["first_next_s/cpu"].append(told["next_ms/cpu"][0] / 1000.0)
        groups = make_groups(curriculum.index, plan, rng)
        with stopwatch(told, "observe_ms", per_second=1000.0):
            curriculum.observe(step, groups)


def make_groups(index: TaskIndex, plan: Plan, rng: np.random.Generator) -> list[Group]:
    """Return judged groups of the planned tasks."""
    num_right = rng.binomial(NUM_COMPLETIONS, rng.random(len(plan.rows)))
    return [
        Group(
            task=Task(id=str(row), source=index.sources[index.source[row]], domain="general", prompt="", answer="",
                      row=row),
            prompt_ids=(1,),
            completions=(COMPLETION,) * NUM_COMPLETIONS,
            verdicts=(VERDICTS[1],) * right + (VERDICTS[0],) * (NUM_COMPLETIONS - right),
        )
        for row, right in zip(plan.rows.tolist(), num_right.tolist(), strict=True)
    ]  # fmt: skip


def traced_bytes(build: Callable[[], Curriculum], state: dict[str, Any], index: TaskIndex) -> int:
    """Return the bytes that a curriculum holds after a restore and some steps; the index is the pool's and not in it.

    Measured on another curriculum than the times, because watching memory costs time.
    """
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        curriculum = build()
        curriculum.load_state_dict(state, all_seen(curriculum.table(), state["step"]))
        take_steps(curriculum, defaultdict(list), first=state["step"] + 1, num_steps=2)
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


@contextmanager
def stopwatch(raw: Raw, name: str, *, per_second: float = 1.0) -> Iterator[None]:
    """Note how long the block took by the wall's clock and, as NAME/cpu, by the process's, times `per_second`."""
    started, cpu_started = time.perf_counter(), time.process_time()
    yield
    raw[name].append((time.perf_counter() - started) * per_second)
    raw[f"{name}/cpu"].append((time.process_time() - cpu_started) * per_second)


def middle(raw: Raw, name: str) -> float:
    """Return the median of a quantity; of a time, by the process's clock: other programs hardly move it."""
    return median(raw.get(f"{name}/cpu", raw[name]))


def scale_table(sampler: str, by_size: dict[int, Raw]) -> Table:
    """Return medians by number of tasks, green where they are within their aim, yellow elsewhere."""
    title = f"{sampler}: {NUM_DRAWN:,} tasks a step from {NUM_SOURCES} domains, all tasks seen; CPU time, medians"
    table = Table("tasks", title=title, box=SIMPLE_HEAD, padding=0, collapse_padding=True)
    for name, heading in COLUMNS.items():
        aim = f"\n≤ {AIMS[name]:.0f}" if name in AIMS else ""
        table.add_column(heading.replace(" ", "\n", 1) + aim, justify="right")
    for num_tasks, raw in by_size.items():
        table.add_row(f"{num_tasks:,}", *(_coloured(name, middle(raw, name)) for name in COLUMNS))
    return table


def plotted(results: dict[str, dict[int, Raw]]) -> dict[str, dict[str, dict[int, float]]]:
    """Return the medians of each quantity that has an aim: heading to sampler to number of tasks to figure."""
    return {
        COLUMNS[name]: {
            sampler: {num_tasks: middle(raw, name) for num_tasks, raw in by_size.items()}
            for sampler, by_size in results.items()
        }
        for name in AIMS
    }


def aims_by_heading() -> dict[str, float]:
    """Return AIMS by the heading of a quantity."""
    return {COLUMNS[name]: aim for name, aim in AIMS.items()}


def _coloured(name: str, value: float) -> str:
    if name not in AIMS:
        return f"{value:.2f}"
    colour = "green" if value <= AIMS[name] else "yellow"
    return f"[{colour}]{value:.2f}[/{colour}]"
