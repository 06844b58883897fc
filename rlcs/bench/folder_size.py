"""`rlcs bench folder`: how large the run folder of a long run becomes, part by part.

The curriculum and the writer of the folder are those of a real run. Made up are the tasks (the pool of
rlcs/bench/curriculum/scale.py: 50 sources with four subcategories each), texts of about 1,000 characters, and verdicts
by a pass rate of each task. Checkpoints are not part of it: their size is that of the model.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from curriculum import Curriculum
from rlcs.bench.curriculum.scale import NUM_COMPLETIONS, SEED, make_index
from rlcs.bench.report import surroundings, write_json
from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.process.console import console, track
from rlcs.records import Batch, Completion, Group, Status, Task, TaskIndex, Verdict
from rlcs.run.folder import RunFolder
from rlcs.run.retention import Kept

PARTS = ("curriculum", "rollouts", "tensorboard", "metrics.jsonl")
NUM_WORDS = 150
VERDICTS = (Verdict(score=0.0, status=Status.INCORRECT), Verdict(score=1.0, status=Status.CORRECT))
WORDS = np.array([f"{beginning}{end}" for beginning in "bcdfghjklmnp" for end in ("all", "ear", "ine", "ore", "ust")])


@dataclass(frozen=True, kw_only=True)
class LongRun:
    """What the run is like."""

    num_steps: int
    num_tasks: int
    num_drawn: int
    keep_rollouts: int
    """run.keep_rollouts"""


def run(shape: LongRun, *, folder: Path | None, json_target: Path | None) -> None:
    """Write the folder, print its parts and their bytes, write the JSON file."""
    with _target(folder) as target:
        write_long_run(target, shape)
        sizes = part_sizes(target)
    console.print(size_table(sizes, shape))
    environment = surroundings(Config(), threads=1)
    write_json(json_target, "folder", {"environment": environment, "shape": asdict(shape), "bytes": sizes})


def write_long_run(path: Path, shape: LongRun) -> None:
    """Write the folder of a run of that shape."""
    config = make_config(shape)
    index = make_index(shape.num_tasks)
    curriculum = Curriculum(config.curriculum, index, seed=SEED)
    rng = np.random.default_rng(SEED)
    rates = rng.random(shape.num_tasks)
    kept = Kept(newest=shape.keep_rollouts, every=0)
    folder = RunFolder(path, config, resume_from=None)
    steps = range(1, shape.num_steps + 1)
    for step in track(steps, total=len(steps), text=f"writing a run of {shape.num_steps:,} steps"):
        is_kept = kept.holds(step, newest_step=shape.num_steps)
        groups = make_groups(index, curriculum.next(step).rows, rates, rng, num_words=NUM_WORDS if is_kept else 1)
        curriculum.observe(step, groups)
        selected = tuple(curriculum.select(groups).indices)
        if is_kept:  # what would be deleted later is not written
            batch = Batch(groups=groups, selected=selected, advantages=_advantages(groups), share=1.0)
            folder.write_rollouts(step, batch)
        folder.write_curriculum(step, curriculum)
        folder.write_metrics(step, made_up_metrics(curriculum, rng))
    folder.close()


def make_config(shape: LongRun) -> Config:
    """Return the configuration of the run."""
    config = Config()
    config.model.path = "tiny://text"
    config.run.steps, config.run.keep_rollouts = shape.num_steps, shape.keep_rollouts
    config.curriculum.batch_size, config.curriculum.expansion.enabled = shape.num_drawn, False
    return config


def make_groups(
    index: TaskIndex,
    rows: NDArray[np.int64],
    rates: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    num_words: int,
) -> list[Group]:
    """Return judged groups of the tasks in `rows`, each completion right by the pass rate of its task."""
    right = rng.random((len(rows), NUM_COMPLETIONS)) < rates[rows, np.newaxis]
    texts = [" ".join(words) for words in WORDS[rng.integers(0, len(WORDS), (right.size, num_words))].tolist()]
    return [
        Group(
            task=Task(id=str(index.ids[row]), source=index.sources[index.source[row]], domain="general",
                      prompt=texts[number][:200], answer="1", row=row),
            prompt_ids=(1,),
            completions=tuple(_completion(text) for text in texts[number * NUM_COMPLETIONS :][:NUM_COMPLETIONS]),
            verdicts=tuple(VERDICTS[one] for one in right[number].tolist()),
        )
        for number, row in enumerate(rows.tolist())
    ]  # fmt: skip


def made_up_metrics(curriculum: Curriculum, rng: np.random.Generator) -> dict[str, float]:
    """Return the metrics of a step: the curriculum's own, and four for each source as of its rewards."""
    names = [f"reward/{source}/{kind}" for source in curriculum.index.sources for kind in ("mean", "a", "b", "c")]
    return {**curriculum.metrics(), **dict(zip(names, rng.random(len(names)).tolist(), strict=True))}


def part_sizes(folder: Path) -> dict[str, int]:
    """Return the bytes of each of PARTS and of all else."""
    sizes = dict.fromkeys((*PARTS, "else"), 0)
    for file in folder.rglob("*"):
        part = file.relative_to(folder).parts[0]
        sizes[part if part in PARTS else "else"] += 0 if file.is_dir() else file.stat().st_size
    return sizes


def size_table(sizes: dict[str, int], shape: LongRun) -> Table:
    """Return a row for each part, and one for all."""
    title = f"{shape.num_steps:,} steps, {shape.num_tasks:,} tasks, {shape.num_drawn:,} drawn at a step"
    table = Table("part", title=title)
    for heading in ("MB", "bytes a step"):
        table.add_column(heading, justify="right")
    for part, size in {**sizes, "all": sum(sizes.values())}.items():
        table.add_row(part, f"{size / 1e6:,.1f}", f"{size / shape.num_steps:,.0f}")
    return table


def _completion(text: str) -> Completion:
    return Completion(
        token_ids=(1,), logprobs=(-0.1,), loss_mask=(1,), policy_version=0, finish_reason="stop", forced=False,
        text=text,
    )  # fmt: skip


def _advantages(groups: list[Group]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(score - 0.5 for score in group.scores) for group in groups)


@contextmanager
def _target(folder: Path | None) -> Iterator[Path]:
    if folder is not None and folder.exists():
        raise UserError(f"--folder {folder} is there already; name a folder that does not exist yet")
    with tempfile.TemporaryDirectory() as temporary:
        yield folder or Path(temporary) / "run"
