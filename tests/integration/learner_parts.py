"""What the scenarios of learner_rank.py share: tiny models with perturbed weights, samples, learners on them."""

from __future__ import annotations

import random
import socket
from pathlib import Path
from typing import Any

import torch

from rlcs.config.schema import AlgorithmConfig, ImagesConfig, LearnerConfig, LoraConfig, ModelConfig
from rlcs.process.environment import prepare_process
from rlcs.records import Sample

VOCABULARY = 48
PACK_TOKENS = 64
RATE = 1e-3
MEETINGS = 90
LORA = LoraConfig(rank=4, alpha=16.0, save_merged=True)

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
    """Samples of 4 to 40 tokens, some tokens inserted, sampled by a policy that is not quite the learner's.

    Up to three have the same prompt, and do not stand side by side. Some count less than others, as parts of episodes.
    """
    draw = random.Random(seed)
    prompts = [tuple(draw.randrange(VOCABULARY) for _ in range(draw.randint(1, 10))) for _ in range(-(-count // 3))]
    samples = []
    for number in range(count):
        size = draw.randint(3, 30)
        samples.append(
            Sample(
                prompt_ids=prompts[number % len(prompts)],
                token_ids=tuple(draw.randrange(VOCABULARY) for _ in range(size)),
                loss_mask=(1, *(int(draw.random() > 0.2) for _ in range(size - 1))),
                logprobs=tuple(-draw.uniform(2.0, 6.0) for _ in range(size)),
                advantage=draw.gauss(0.0, 1.0),
                weight=(1.0, 0.3, 0.7)[number % 3],
            )
        )
    return samples


def samples_for(folder: Path, model: str, count: int, seed: int) -> list[Sample]:
    """Samples that a model can read; those for `vision` are sixteen, some with images, some with videos."""
    if model != "vision":
        return make_samples(count, seed)
    from vision_models import mixed_samples, preprocessing_of

    return mixed_samples(preprocessing_of(str(folder / model)), seed, copies=2)


def totals(samples: list[Sample]) -> dict[str, float]:
    num_samples = sum(sample.weight for sample in samples)
    return {"num_samples": num_samples, "num_tokens": sum(sum(sample.loss_mask) for sample in samples)}


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
    from rlcs.learner.prompt_packing import plan_samples

    return plan_samples(samples, num_ranks=world_size, pack_tokens=PACK_TOKENS, share=True).deal(samples)[rank]


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


def free_ports() -> str:
    """A free port for each meeting, as next_port reads them."""
    listeners = [socket.socket() for _ in range(MEETINGS)]
    for listener in listeners:
        listener.bind(("127.0.0.1", 0))
    ports = [str(listener.getsockname()[1]) for listener in listeners]
    for listener in listeners:
        listener.close()
    return " ".join(ports)
