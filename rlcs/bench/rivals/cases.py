"""What is compared: two configurations that come with RLCS, what both sides share of them, and how TRL is set.

The work is the same: tasks in the same order, groups and batches of the same size, the same cap on the tokens of a
completion, verdicts of the same verifiers, temperature 1, GRPO with the same clipping, AdamW with the same constants,
float32, one update on all completions of a step. For that RLCS draws uniformly, forces no answer and trains on every
group (ours.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rlcs.config.schema import Config
from rlcs.errors import UserError, unknown_name
from rlcs.model.files import model_dtype

WARM_UP = 3
"""Steps of each side before those that are measured: caches fill, and TRL is tried with one thread and with all."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A model with its tasks."""

    name: str
    config: str
    """Name of a configuration that comes with RLCS."""
    aim: float
    """How many times TRL's completions/s RLCS should reach."""
    rounds: int
    steps: int
    """Steps of each side in a round."""
    micro_batch: int
    """Completions that TRL computes gradients of at a time."""
    is_evaluated: bool
    """Whether enough is learned in so many steps to compare it on held-out tasks."""

    @property
    def num_steps(self) -> int:
        """Steps of each side, those before the first round included."""
        return WARM_UP + self.rounds * self.steps


CASES = {
    one.name: one
    for one in (
        Case(name="tiny", config="quickstart", aim=3.0, rounds=5, steps=2, micro_batch=256, is_evaluated=True),
        Case(name="smollm2", config="smollm2", aim=2.0, rounds=3, steps=1, micro_batch=16, is_evaluated=False),
    )
}


def choose(only: Sequence[str], *, rounds: int | None, steps: int | None) -> list[Case]:
    """Return the cases of these names, of none all, with other numbers of rounds and steps where they are given."""
    for name in only:
        if name not in CASES:
            raise unknown_name("case", name, CASES)
    asked = {"rounds": rounds, "steps": steps}
    changes: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    return [replace(case, **changes) for name, case in CASES.items() if not only or name in only]


def check_models(cases: Sequence[Case], models: Mapping[str, Path]) -> None:
    """Raise a UserError when one of these cases has a model that is not there."""
    for case in cases:
        folder = models.get(case.name)
        if folder is not None and not (folder / "config.json").is_file():
            raise UserError(
                f"--{case.name} {folder} is no model folder; `make {case.name}` writes one; or give --only tiny"
            )


def shared_overrides(config: Config) -> list[str]:
    """Return what makes RLCS do the same work as TRL: uniform drawing, no forced answer, one cap on a completion.

    The cap is on thinking and answer together. A completion that ends its thinking just before may still have an
    answer, as long as the configuration allows it.
    """
    return [
        "curriculum.sampler=uniform",
        "curriculum.expansion.enabled=false",
        "rollout.force_answer=false",
        f"rollout.max_think_tokens={config.rollout.max_think_tokens + config.rollout.max_answer_tokens}",
    ]


def grpo_settings(config: Config, case: Case, *, output: Path) -> dict[str, Any]:
    """Return the arguments of TRL's GRPOConfig, from our configuration with `shared_overrides`."""
    num_completions = config.curriculum.batch_size * config.rollout.group_size
    micro_batch = min(case.micro_batch, num_completions)
    return {
        "output_dir": str(output),
        "max_steps": case.num_steps,
        "seed": config.run.seed,
        "use_cpu": True,
        "bf16": model_dtype(config.model.dtype, has_gpus=False) == "bfloat16",
        "model_init_kwargs": {"dtype": "float32"},
        "gradient_checkpointing": False,
        "per_device_train_batch_size": micro_batch,
        "gradient_accumulation_steps": num_completions // micro_batch,
        "num_generations": config.rollout.group_size,
        "max_completion_length": config.rollout.max_think_tokens,
        "temperature": config.rollout.temperature,
        "top_p": 1.0,
        "top_k": 0,
        "shuffle_dataset": False,
        "loss_type": "grpo",
        "beta": config.algorithm.kl.coefficient,
        "epsilon": config.algorithm.clip_low,
        "epsilon_high": config.algorithm.clip_high,
        "learning_rate": config.learner.lr,
        "lr_scheduler_type": "constant",
        "adam_beta1": config.learner.betas[0],
        "adam_beta2": config.learner.betas[1],
        "weight_decay": config.learner.weight_decay,
        "max_grad_norm": config.learner.max_grad_norm,
        "logging_strategy": "no",
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
    }
