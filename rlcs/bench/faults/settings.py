"""The short real runs of the suite: the tiny policy, few and short completions, a checkpoint every other step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from rlcs.bench.faults.verifier import TIMEOUT_S

NUM_STEPS = 60
STALL_S = 15
"""Passes and micro-steps of the tiny policy take milliseconds."""
PLAIN, RATED, PLAYED = "plain", "rated", "played"
"""Kinds of runs: with a verifier alone, with a reward model beside it, and with episodes beside single answers."""
BAD, CALM = "bad", "calm"
"""Runs whose verifier misbehaves on some answers, and what they must be equal to."""
NUM_BAD_STEPS = 40


def settings_of(kind: str) -> dict[str, Any]:
    """Return the configuration of a kind of run, as a configuration file has it."""
    reward: dict[str, Any] = {
        "verifier": "obeying",
        "timeout_s": TIMEOUT_S,
        "format": {"think": "required", "answer_tag": "required", "box": "glm"},
    }
    more: dict[str, Any] = {}
    if kind == RATED:
        more = {"reward_models": {"helpful": {"path": "tiny://reward", "max_tokens": 128}}}
        reward |= {"reward_model": "helpful", "reward_model_weight": 0.5}
    if kind in (BAD, CALM):
        reward["params"] = {"bad": "always" if kind == BAD else "calm"}
    addition = _source("addition", "levels=1-8&count=200")
    if kind == PLAYED:
        addition["environment"] = {"name": "doubter", "context_tokens": 384}
    return {
        "run": {"name": "faults", "steps": NUM_BAD_STEPS if kind in (BAD, CALM) else NUM_STEPS},
        "model": {"path": "tiny://text"},
        "plugins": ["rlcs.bench.faults.verifier", "rlcs.bench.faults.doubter"],
        "data": {
            "train": [addition, _source("equation", "levels=1-8&count=200")],
            "eval": [_source("addition", "levels=1-2&count=8&split=eval", name="held_out")],
            "max_prompt_tokens": 96,
        },
        "rollout": {
            "group_size": 4, "max_think_tokens": 96, "max_answer_tokens": 24, "answer_start": "<answer>",
            "kv_cache_gib": 0.25,
        },
        "curriculum": {"batch_size": 6},
        "rewards": {"default": reward},
        "scoring": {"num_workers": 2 if kind in (BAD, CALM) else 1, "memory_gib": 0.5},
        "learner": {"lr": 4e-4, "pack_tokens": 1024},
        "eval": {"every": 2},
        "checkpoint": {"every": 2},
        "cluster": {"stall_s": STALL_S},
        **more,
    }  # fmt: skip


def write_settings(kind: str, out: Path) -> Path:
    """Write the configuration of a kind of run into a folder; return the file."""
    file = out / f"{kind}.yaml"
    file.write_text(yaml.safe_dump(settings_of(kind), sort_keys=False), encoding="utf-8")
    return file


def _source(kind: str, query: str, *, name: str = "") -> dict[str, Any]:
    return {"name": name or kind, "path": f"tiny://{kind}?{query}", "fields": {"difficulty": "difficulty"}}
