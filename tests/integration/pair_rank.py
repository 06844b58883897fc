"""One rank of a reward model's learner, run as a process by test_pair_learner.py; saves what it saw.

python pair_rank.py FOLDER RANK WORLD_SIZE ZERO_STAGE PACKING PORT
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import torch

from rlcs.config.schema import LearnerConfig, ModelConfig
from rlcs.learner.packing import plan_micro_steps
from rlcs.process.environment import prepare_process
from rlcs.reward_models.pairs import Pair

VOCABULARY = 48
PADDING = 0
PACK_TOKENS = 64
RATE = 1e-3
NUM_UPDATES = 3


def build_model(folder: Path) -> None:
    """Save a tiny Qwen2 classifier whose weights are all away from their initial values, and a tokenizer."""
    prepare_process()
    from transformers import AutoModelForSequenceClassification, Qwen2Config

    from rlcs.tiny.tokenizer import build_tokenizer

    torch.manual_seed(1)
    model = AutoModelForSequenceClassification.from_config(
        Qwen2Config(
            hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
            vocab_size=VOCABULARY, num_labels=1, pad_token_id=PADDING,
        )
    )  # fmt: skip
    for parameter in model.parameters():
        parameter.data.add_(torch.randn_like(parameter) * 0.1)
    model.save_pretrained(folder)
    build_tokenizer(max_length=64).save_pretrained(folder)


def make_pairs() -> list[Pair]:
    """Seven pairs, which do not divide evenly over ranks, of 2 to 20 tokens a side."""
    draw = random.Random(3)
    sides = [tuple(draw.randrange(1, VOCABULARY) for _ in range(draw.randint(2, 20))) for _ in range(14)]
    return [Pair(*two) for two in zip(sides[0::2], sides[1::2], strict=True)]


def main(folder: Path, rank: int, world_size: int, zero_stage: int, packing: str, port: int) -> None:
    prepare_process()
    from rlcs.reward_models.learner import PairLearner

    pairs = make_pairs()
    learner = PairLearner(
        model_path=str(folder / "model"),
        model=ModelConfig(path=""),
        learner=LearnerConfig(
            zero_stage=zero_stage,
            packing=packing,
            lr=RATE,
            weight_decay=0.1,
            max_grad_norm=0.5,
            pack_tokens=PACK_TOKENS,
        ),
        rank=rank,
        world_size=world_size,
        master_addr="127.0.0.1",
        master_port=port,
        seed=0,
        num_updates=NUM_UPDATES,
        threads=1,
    )
    plan = plan_micro_steps([pair.num_tokens for pair in pairs], num_ranks=world_size, pack_tokens=PACK_TOKENS)
    metrics = [learner.update(plan.deal(pairs)[rank], num_pairs=len(pairs)) for _ in range(NUM_UPDATES)]
    # A rank without pairs keeps step, in an update and in a measurement.
    metrics.append(learner.update([pairs[:1]] if rank == 0 else [[]], num_pairs=1))
    values = learner.rate([pair.chosen for pair in pairs] if rank == 0 else [])
    name = f"{world_size}-{zero_stage}-{packing}"
    learner.save_model(folder / f"saved-{name}")
    if rank == 0:
        torch.save({"metrics": metrics, "values": values}, folder / f"results-{name}.pt")
    learner.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5], int(sys.argv[6]))
