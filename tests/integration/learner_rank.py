"""One rank of a learner, run as a process by test_learner.py: goes through the scenarios and saves what it saw.

    python learner_rank.py FOLDER RANK WORLD_SIZE [reshape]

Also the builders that the tests share: a tiny model with perturbed weights, samples, and how they go to ranks.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from learner_parts import (
    LORA,
    RATE,
    make_learner,
    make_samples,
    own_steps,
    record_gradients,
    samples_for,
    totals,
    weights_of,
)
from learner_states import RESHAPED, first_format, merged_log_probs, refusals, reshape, resume

from rlcs.config.schema import KlConfig
from rlcs.process.environment import prepare_process


def train_twice(folder: Path, rank: int, world_size: int, **changes: Any) -> dict[str, Any]:
    """Two updates on the same samples, the second off-policy; 13 samples do not divide evenly over ranks."""
    learner = make_learner(folder, rank, world_size, **changes)
    in_training = learner.policy.model.training
    samples = samples_for(folder, changes.get("model", "model"), 13, seed=3)
    steps = own_steps(samples, rank, world_size)
    old = [learner.log_probs(step) for step in steps]
    states = learner.prompt_states(samples[: 5 if rank == 0 else 0])
    gradients = record_gradients(learner)
    metrics = [learner.update(steps, **totals(samples))]
    noted = dict(gradients)
    metrics.append(learner.update(steps, old_log_probs=old, **totals(samples)))
    buckets = [len(bucket) for bucket in learner.iter_weights(4096)]
    result = {"gradients": noted, "metrics": metrics, "weights": weights_of(learner), "bucket_sizes": buckets}
    result["device_weights"] = {name: tensor.clone() for name, tensor in learner.iter_device_weights(4096)}
    result["in_training"] = in_training
    result["prompt_states"] = states
    result["layout"] = learner.policy.layout
    result["log_probs"] = learner.log_probs(samples[: 5 if rank == 0 else 0])
    if list(changes) == ["zero_stage"]:
        learner.save_model(folder / f"saved-{world_size}-{changes['zero_stage']}")
    learner.close()
    return result


def idle_rank(folder: Path, rank: int, world_size: int, zero_stage: int) -> dict[str, Any]:
    """All work on rank 0; the others keep step with empty micro-steps."""
    learner = make_learner(folder, rank, world_size, zero_stage=zero_stage)
    samples = make_samples(4, seed=5)
    metrics = learner.update([samples[:2], samples[2:]] if rank == 0 else [[], []], **totals(samples))
    result = {"metrics": metrics, "weights": weights_of(learner)}
    learner.close()
    return result


def single_rank_only(folder: Path) -> dict[str, Any]:
    """Scenarios that need no second rank."""
    results: dict[str, Any] = {
        "tied": train_twice(folder, 0, 1, model="tied", zero_stage=1),
        "padded": train_twice(folder, 0, 1, zero_stage=1, packing="padded"),
        "packed": train_twice(folder, 0, 1, zero_stage=1, packing="packed"),
        "kl": train_twice(folder, 0, 1, zero_stage=1, kl=KlConfig(coefficient=0.1, estimator="k3")),
        "kl 3": train_twice(folder, 0, 1, zero_stage=3, kl=KlConfig(coefficient=0.1, estimator="k3")),
        "sft": train_twice(folder, 0, 1, zero_stage=1, objective="sft", aggregation="token_mean"),
        "resume 2": resume(folder, 0, 1, zero_stage=2),
        "vision padded": train_twice(folder, 0, 1, model="vision", zero_stage=1, packing="padded"),
        "vision frozen": train_twice(folder, 0, 1, model="vision", zero_stage=3, freeze=("vision",)),
        "vision slow": train_twice(folder, 0, 1, model="vision", zero_stage=1, vision_lr=0.1 * RATE),
    }
    results |= {
        "lora padded": train_twice(folder, 0, 1, zero_stage=1, packing="padded", lora=LORA),
        "lora vision": train_twice(folder, 0, 1, model="vision", zero_stage=1, lora=LORA),
        "lora vision padded": train_twice(folder, 0, 1, model="vision", zero_stage=1, packing="padded", lora=LORA),
        "lora kl": train_twice(folder, 0, 1, zero_stage=3, kl=KlConfig(coefficient=0.1, estimator="k3"), lora=LORA),
        "tied-lora resume 0": resume(folder, 0, 1, 0, "tied", lora=LORA),
    }
    for stage in (1, 2, 3):
        results[f"bfloat16 {stage}"] = train_twice(folder, 0, 1, zero_stage=stage, dtype="bfloat16")
    return results | {"first format": first_format(folder), "refusals": refusals(folder)}


def reshape_all(folder: Path, rank: int, world_size: int) -> None:
    """Go on from everything that test_learner.py compares; the ranks have saved it before, both alone and as two."""
    prepare_process()
    results = {
        (saved, zero_stage, model): reshape(folder, rank, world_size, saved=saved, zero_stage=zero_stage, model=model)
        for saved, zero_stage, model in RESHAPED[world_size]
    }
    torch.save(results, folder / f"reshaped-{world_size}-{rank}.pt")


def main(folder: Path, rank: int, world_size: int) -> None:
    prepare_process()
    results: dict[str, Any] = {}
    for stage in (0, 1, 2, 3):
        results[f"train {stage}"] = train_twice(folder, rank, world_size, zero_stage=stage)
        results[f"lora {stage}"] = train_twice(folder, rank, world_size, zero_stage=stage, lora=LORA)
        results[f"vision {stage}"] = train_twice(folder, rank, world_size, model="vision", zero_stage=stage)
    for stage in (1, 3):
        results[f"idle {stage}"] = idle_rank(folder, rank, world_size, stage)
        results[f"resume {stage}"] = resume(folder, rank, world_size, stage)
    results["vision resume 3"] = resume(folder, rank, world_size, 3, "vision")
    for model, stage in (("tied", 2), ("vision", 3)):
        results[f"{model}-lora resume {stage}"] = resume(folder, rank, world_size, stage, model, lora=LORA)
    if world_size == 1:
        for model, stage in (("tied", 2), ("vision", 3)):
            result = results[f"{model}-lora resume {stage}"]
            result["merged_log_probs"] = merged_log_probs(folder, result, model)
        results |= single_rank_only(folder)
    torch.save(results, folder / f"results-{world_size}-{rank}.pt")


if __name__ == "__main__":
    scenarios = reshape_all if sys.argv[4:] == ["reshape"] else main
    scenarios(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
