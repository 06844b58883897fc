"""One rank of a learner, run as a process by test_learner.py: goes through the scenarios and saves what it saw.

    python learner_rank.py FOLDER RANK WORLD_SIZE [reshape]

Also the builders that the tests share: a tiny model with perturbed weights, samples, and how they go to ranks.
"""

from __future__ import annotations

import random
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from rlcs.config.schema import AlgorithmConfig, ImagesConfig, KlConfig, LearnerConfig, LoraConfig, ModelConfig
from rlcs.process.environment import prepare_process
from rlcs.records import Sample

VOCABULARY = 48
PACK_TOKENS = 64
RATE = 1e-3
MEETINGS = 90
LORA = LoraConfig(rank=4, alpha=16.0, save_merged=True)
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

num_met = 0


def build_model(folder: Path, *, tied: bool) -> None:
    """Save a tiny Qwen2 whose weights, biases and norms are all away from their initial values."""
    prepare_process()
    from transformers import AutoModelForCausalLM, Qwen2Config

    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_config(
        Qwen2Config(
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            vocab_size=VOCABULARY,
            tie_word_embeddings=tied,
        )
    )
    for parameter in model.parameters():
        parameter.data.add_(torch.randn_like(parameter) * 0.1)
    model.save_pretrained(folder)


def make_samples(count: int, seed: int) -> list[Sample]:
    """Samples of 4 to 40 tokens, some tokens inserted, sampled by a policy that is not quite the learner's."""
    draw = random.Random(seed)
    samples = []
    for _ in range(count):
        size = draw.randint(3, 30)
        samples.append(
            Sample(
                prompt_ids=tuple(draw.randrange(VOCABULARY) for _ in range(draw.randint(1, 10))),
                token_ids=tuple(draw.randrange(VOCABULARY) for _ in range(size)),
                loss_mask=(1, *(int(draw.random() > 0.2) for _ in range(size - 1))),
                logprobs=tuple(-draw.uniform(2.0, 6.0) for _ in range(size)),
                advantage=draw.gauss(0.0, 1.0),
            )
        )
    return samples


def samples_for(folder: Path, model: str, count: int, seed: int) -> list[Sample]:
    """Samples that a model can read; those for `vision` are ten, some with images."""
    if model != "vision":
        return make_samples(count, seed)
    from vision_models import mixed_samples, preprocessing_of

    return mixed_samples(preprocessing_of(str(folder / model)), seed, copies=2)


def totals(samples: list[Sample]) -> dict[str, int]:
    return {"num_samples": len(samples), "num_tokens": sum(sum(sample.loss_mask) for sample in samples)}


def make_learner(folder: Path, rank: int, world_size: int, *, model: str = "model", **changes: Any) -> Any:
    """A learner on one of the models in `folder`; changes go to LearnerConfig, AlgorithmConfig or Learner by name."""
    from rlcs.learner.learner import Learner

    learner = {"lr": RATE, "weight_decay": 0.1, "max_grad_norm": 0.5, "pack_tokens": PACK_TOKENS}
    learner |= {key: changes.pop(key) for key in list(changes) if key in LearnerConfig.__annotations__}
    algorithm = {key: changes.pop(key) for key in list(changes) if key in AlgorithmConfig.__annotations__}
    settings = ModelConfig(path="", **{key: changes.pop(key) for key in ("dtype", "freeze", "lora") if key in changes})
    return Learner(
        model_path=str(folder / model),
        model=settings,
        learner=LearnerConfig(**learner),
        algorithm=AlgorithmConfig(**algorithm),
        rank=rank,
        world_size=world_size,
        master_addr="127.0.0.1",
        master_port=next_port(folder),
        seed=0,
        num_updates=10,
        threads=1,
        images=ImagesConfig(max_per_prompt=3),
        **{"temperature": 0.8, **changes},
    )


def next_port(folder: Path) -> int:
    """The next of the ports listed in FOLDER/ports; ranks that meet a second time must meet elsewhere."""
    global num_met
    num_met += 1
    return int((folder / "ports").read_text().split()[num_met - 1])


def own_steps(samples: list[Sample], rank: int, world_size: int) -> list[list[Sample]]:
    """This rank's micro-steps of an update."""
    from rlcs.learner.packing import plan_micro_steps

    plan = plan_micro_steps([sample.num_tokens for sample in samples], num_ranks=world_size, pack_tokens=PACK_TOKENS)
    return plan.deal(samples)[rank]


def record_gradients(learner: Any) -> dict[str, torch.Tensor]:
    """Have the learner's next optimizer step also note the accumulated gradient, whole, by parameter name."""
    from deepspeed.utils import safe_get_full_grad

    seen: dict[str, torch.Tensor] = {}
    step = learner.engine.step

    def noting_step() -> None:
        trained = ((n, p) for n, p in learner.policy.model.named_parameters() if p.requires_grad)
        seen.update({n: safe_get_full_grad(p).clone() for n, p in trained})
        step()

    learner.engine.step = noting_step
    return seen


def weights_of(learner: Any, bucket_bytes: int = 4096) -> dict[str, torch.Tensor]:
    return {name: tensor for bucket in learner.iter_weights(bucket_bytes) for name, tensor in bucket}


def train_twice(folder: Path, rank: int, world_size: int, **changes: Any) -> dict[str, Any]:
    """Two updates on the same samples, the second off-policy; 13 samples do not divide evenly over ranks."""
    learner = make_learner(folder, rank, world_size, **changes)
    in_training = learner.policy.model.training
    samples = samples_for(folder, changes.get("model", "model"), 13, seed=3)
    steps = own_steps(samples, rank, world_size)
    old = [learner.log_probs(step) for step in steps]
    gradients = record_gradients(learner)
    metrics = [learner.update(steps, **totals(samples))]
    noted = dict(gradients)
    metrics.append(learner.update(steps, old_log_probs=old, **totals(samples)))
    buckets = [len(bucket) for bucket in learner.iter_weights(4096)]
    result = {"gradients": noted, "metrics": metrics, "weights": weights_of(learner), "bucket_sizes": buckets}
    result["device_weights"] = {name: tensor.clone() for name, tensor in learner.iter_device_weights(4096)}
    result["in_training"] = in_training
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


def single_rank_only(folder: Path) -> dict[str, Any]:
    """Scenarios that need no second rank."""
    results: dict[str, Any] = {
        "tied": train_twice(folder, 0, 1, model="tied", zero_stage=1),
        "padded": train_twice(folder, 0, 1, zero_stage=1, packing="padded"),
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
    for stage in (1, 3):
        results[f"idle {stage}"] = idle_rank(folder, rank, world_size, stage)
        results[f"resume {stage}"] = resume(folder, rank, world_size, stage)
        results[f"vision {stage}"] = train_twice(folder, rank, world_size, model="vision", zero_stage=stage)
    results["vision resume 3"] = resume(folder, rank, world_size, 3, "vision")
    for model, stage in (("tied", 2), ("vision", 3)):
        results[f"{model}-lora resume {stage}"] = resume(folder, rank, world_size, stage, model, lora=LORA)
    if world_size == 1:
        for model, stage in (("tied", 2), ("vision", 3)):
            result = results[f"{model}-lora resume {stage}"]
            result["merged_log_probs"] = merged_log_probs(folder, result, model)
        results |= single_rank_only(folder)
    torch.save(results, folder / f"results-{world_size}-{rank}.pt")


def free_ports() -> str:
    """A free port for each meeting, as next_port reads them."""
    listeners = [socket.socket() for _ in range(MEETINGS)]
    for listener in listeners:
        listener.bind(("127.0.0.1", 0))
    ports = [str(listener.getsockname()[1]) for listener in listeners]
    for listener in listeners:
        listener.close()
    return " ".join(ports)


if __name__ == "__main__":
    scenarios = reshape_all if sys.argv[4:] == ["reshape"] else main
    scenarios(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
