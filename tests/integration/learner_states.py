"""Scenarios of learner_rank.py that save, load and go on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from learner_parts import LORA, make_learner, make_samples, own_steps, samples_for, totals, weights_of

from rlcs.records import Sample

SCHEDULE: dict[str, Any] = {"schedule": "cosine", "warmup_steps": 2}
RESHAPED = {
    1: (
        ((2, 1), 1, "model"),
        ((1, 1), 3, "model"),
        ((1, 3), 0, "model"),
        ((2, 3), 2, "model"),
        ((2, 3), 1, "vision"),
        ((2, 2), 3, "tied-lora"),
    ),
    2: (
        ((1, 1), 1, "model"),
        ((1, 2), 3, "model"),
        ((2, 3), 0, "model"),
        ((1, 3), 3, "vision"),
        ((1, 3), 1, "vision-lora"),
    ),
}
"""By the number of ranks that go on: (ranks, ZeRO stage) that saved, the stage that goes on, the model."""


def resume(
    folder: Path, rank: int, world_size: int, zero_stage: int, model: str = "model", **changes: Any
) -> dict[str, Any]:
    """Three updates in one go; the same with a save, a new learner and a load after the first; and from the start."""
    batches = batches_to_resume(folder, model)
    where = state_folder(folder, world_size, zero_stage, "-".join([model, *changes]))
    settings: dict[str, Any] = {"model": model, "zero_stage": zero_stage, **SCHEDULE, **changes}

    whole = make_learner(folder, rank, world_size, **settings)
    save(whole, where.with_name(f"start-of-{where.name}"))
    first = run(whole, batches[:1], rank, world_size)
    with writing_held(whole, where):
        straight = first + run(whole, batches[1:], rank, world_size)
    expected = weights_of(whole)
    end = save(whole, where.with_name(f"end-of-{where.name}"))
    log_probs = whole.log_probs(batches[0] if rank == 0 else [])
    whole.close()
    again = make_learner(folder, rank, world_size, **settings)
    again.load(where / "learner")
    resumed = first + run(again, batches[1:], rank, world_size)
    result = {"straight": straight, "resumed": resumed, "expected": expected, "weights": weights_of(again)}
    result |= {"end": end, "log_probs": log_probs}
    again.load(where.with_name(f"start-of-{where.name}") / "learner")
    result["anew"] = run(again, batches, rank, world_size)
    again.close()
    return result


def save(learner: Any, where: Path) -> Path:
    """Have all ranks save into a folder, model and all; return it when they have."""
    learner.begin_save(where)
    learner.finish_save()
    torch.distributed.barrier()
    return where


def merged_log_probs(folder: Path, result: dict[str, Any], model: str) -> list[list[float]]:
    """What the merged model of a run with adapters says of its first batch, as a model without any."""
    if model == "vision":
        from vision_models import preprocessing_of

        preprocessing_of(str(folder / model)).save(result["end"] / "model")
    learner = make_learner(folder, 0, 1, model=str(result["end"] / "model"), zero_stage=0)
    found = learner.log_probs(batches_to_resume(folder, model)[0])
    learner.close()
    return found


@contextmanager
def writing_held(learner: Any, where: Path) -> Iterator[None]:
    """Begin a save whose writing starts only when the block is done: what that trains must leave no trace in it."""
    import rlcs.learner.rank as module

    write, go = module.write_state, threading.Event()
    module.write_state = lambda *arguments: (go.wait(), write(*arguments))
    try:
        learner.begin_save(where)
        yield
        assert not learner.is_saved()
    finally:
        go.set()
        learner.finish_save()
        module.write_state = write
    torch.distributed.barrier()


def batches_to_resume(folder: Path, model: str) -> list[list[Sample]]:
    return [samples_for(folder, model, 6, seed=seed) for seed in (7, 8, 9)]


def state_folder(folder: Path, world_size: int, zero_stage: int, model: str) -> Path:
    return folder / f"state-{world_size}-{zero_stage}-{model}"


def run(learner: Any, batches: list[list[Sample]], rank: int, world_size: int) -> list[dict[str, float]]:
    """An update from each batch; its metrics."""
    return [learner.update(own_steps(samples, rank, world_size), **totals(samples)) for samples in batches]


def reshape(
    folder: Path, rank: int, world_size: int, *, saved: tuple[int, int], zero_stage: int, model: str = "model"
) -> dict[str, Any]:
    """Go on from what ranks of another number or ZeRO stage saved; save that at once too, to be compared."""
    base, _, kind = model.partition("-")
    changes: dict[str, Any] = {"zero_stage": zero_stage, **SCHEDULE} | ({"lora": LORA} if kind else {})
    learner = make_learner(folder, rank, world_size, model=base, **changes)
    learner.load(state_folder(folder, *saved, model) / "learner")
    again = folder / f"again-{saved}-{world_size}-{zero_stage}-{model}"
    save(learner, again)
    resumed = run(learner, batches_to_resume(folder, base)[1:], rank, world_size)
    result = {"resumed": resumed, "weights": weights_of(learner), "again": again}
    learner.close()
    return result


def first_format(folder: Path) -> dict[str, Any]:
    """A checkpoint as 0.1.0 wrote it, and what becomes of training that goes on from it."""
    batches, where = batches_to_resume(folder, "model"), folder / "first-format"
    whole = make_learner(folder, 0, 1, zero_stage=1)
    run(whole, batches[:1], 0, 1)
    whole.engine.save_checkpoint(str(where), tag="state", save_latest=False)
    state = {"updates_done": 1, "rng": torch.get_rng_state(), "device_rng": None}
    shape = {"learner.num_workers": 1, "learner.zero_stage": 1}
    torch.save(state | shape, where / "state" / "rank-00000.pt")
    straight = run(whole, batches[1:], 0, 1)
    whole.close()
    again = make_learner(folder, 0, 1, zero_stage=1)
    again.load(where)
    resumed = run(again, batches[1:], 0, 1)
    again.close()
    return {"straight": straight, "resumed": resumed}


def refusals(folder: Path) -> dict[str, str]:
    """What a learner says to a checkpoint of another shape and to wrong denominators."""
    from rlcs.errors import UserError

    said: dict[str, str] = {}
    samples = make_samples(2, seed=1)
    learner = make_learner(folder, 0, 1, zero_stage=2)
    for name, call in (
        ("missing", lambda: learner.load(folder / "nothing")),
        ("stage", lambda: learner.load(folder / "first-format")),
        ("model", lambda: learner.load(folder / "state-1-3-vision" / "learner")),
        ("totals", lambda: learner.update([samples], num_samples=3, num_tokens=totals(samples)["num_tokens"])),
    ):
        try:
            call()
        except (UserError, AssertionError) as error:
            said[name] = f"{type(error).__name__}: {error}"
    learner.close()
    return said
