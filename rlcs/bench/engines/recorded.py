"""The samples that a run trained on, made again from what its folder says: for `rlcs bench packing RUN`."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from rlcs.bench.engines.packing import BALANCE_SAMPLES, SEED, Work
from rlcs.config.load import load_config
from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.learner.packing import estimate_cost
from rlcs.model.files import Preprocessing, load_preprocessing, resolve_model_path
from rlcs.model.vision import image_token_cost
from rlcs.process.environment import prepare_process
from rlcs.records import Sample, Task
from rlcs.tasks import PromptRenderer
from rlcs.tasks.pool import as_video

NUM_MEASURED = 256
COLUMNS = ["group", "task_id", "source", "domain", "prompt", "response", "images", "videos", "selected"]


def recorded_work(folder: Path) -> Work:
    """Return the newest trained rollouts of a run folder; a random part of them is measured."""
    prepare_process()
    config = load_config(folder / "config.yaml", [])
    model = resolve_model_path(config.model.path)
    preprocessing = load_preprocessing(config.model, config.data.images, model, config.data.video)
    samples = samples_of(newest_rows(folder), config, preprocessing)
    of_images = image_token_cost(model, config.model)
    lengths, size = [sample.num_tokens for sample in samples], config.learner.pack_tokens
    cost = estimate_cost(lengths).tolist()
    return Work(
        model=config.model,
        samples=random.Random(SEED).sample(samples, min(NUM_MEASURED, len(samples))),
        pack_sizes=(size // 2, size, 2 * size),
        lengths=lengths,
        cost=[work + of_images * sample.num_image_tokens for work, sample in zip(cost, samples, strict=True)],
        balance_pack_tokens=size,
        groups={"this run": samples[:NUM_MEASURED]},
        reader=preprocessing.images,
    )


def newest_rows(folder: Path) -> list[dict[str, Any]]:
    """Return the rollouts trained on in the last steps, BALANCE_SAMPLES of them where there are so many."""
    rows: list[dict[str, Any]] = []
    for file in sorted((folder / "rollouts").glob("step-*.parquet"), reverse=True):
        kept = [name for name in COLUMNS if name in pq.read_schema(file).names]  # older runs had no videos
        rows += [row for row in with_shown(pq.read_table(file, columns=kept).to_pylist()) if row["selected"]]
        if len(rows) >= BALANCE_SAMPLES:
            return rows[:BALANCE_SAMPLES]
    if not rows:
        raise UserError(f"{folder} holds no rollout that was trained on; expected the folder of a run with rollouts/")
    return rows


def with_shown(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a step with the images and videos of their group, which its first row holds."""
    first = {row["group"]: row for row in reversed(rows)}
    shown = {group: {"images": row["images"], "videos": row.get("videos")} for group, row in first.items()}
    return [{**row, **shown[row["group"]]} for row in rows]


def samples_of(rows: Sequence[dict[str, Any]], config: Config, preprocessing: Preprocessing) -> list[Sample]:
    """Return rollouts as samples: prompts rendered again, responses as the tokens of their text."""
    renderer = preprocessing.renderer(config.data.train)
    encoded = preprocessing.tokenizer([row["response"] for row in rows], add_special_tokens=False)["input_ids"]
    return [_sample(row, renderer, tuple(ids)) for row, ids in zip(rows, encoded, strict=True) if ids]


def _sample(row: dict[str, Any], renderer: PromptRenderer, token_ids: tuple[int, ...]) -> Sample:
    images = tuple(image["path"] or image["bytes"] for image in row["images"] or ())
    task = Task(
        id=row["task_id"], source=row["source"], domain=row["domain"], prompt=row["prompt"], answer="", images=images,
        videos=tuple(map(as_video, row["videos"] or ())),
    )  # fmt: skip
    (prompt,) = renderer.render([task])
    return Sample(
        prompt_ids=prompt.ids,
        token_ids=token_ids,
        loss_mask=(1,) * len(token_ids),
        logprobs=(0.0,) * len(token_ids),
        advantage=1.0,
        images=prompt.images,
    )
