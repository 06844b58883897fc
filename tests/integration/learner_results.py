"""What the ranks of learner_rank.py saw, and how two of them differ."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import learner_parts
import torch
from torch import Tensor

STAGES = (0, 1, 2, 3)
SCRIPT = Path(__file__).parent / "learner_rank.py"
TIMEOUT_S = 600
TEMPERATURE = 0.8

Results = dict[str, Any]


def run_ranks(folder: Path, world_size: int, *scenarios: str, name: str = "results") -> list[Results]:
    (folder / "ports").write_text(learner_parts.free_ports())
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(SCRIPT), str(folder)]
    ranks = []
    for rank in range(world_size):
        with (folder / f"log-{world_size}-{rank}").open("w") as log:
            arguments = [*command, str(rank), str(world_size), *scenarios]
            ranks.append(subprocess.Popen(arguments, stdout=log, stderr=subprocess.STDOUT, env=environment))
    try:
        codes = [process.wait(timeout=TIMEOUT_S) for process in ranks]
    finally:
        for process in ranks:
            process.kill()
    logs = "\n".join((folder / f"log-{world_size}-{rank}").read_text()[-3000:] for rank in range(world_size))
    assert codes == [0] * world_size, logs
    # Written by this test itself.
    return [torch.load(folder / f"{name}-{world_size}-{rank}.pt", weights_only=False) for rank in range(world_size)]


def sample_terms(model: Any, sample: Any) -> tuple[Tensor, Tensor, Tensor]:
    """Log-probabilities, trained mask and rollout log-probabilities of one sample, from its own full logits."""
    tokens = torch.tensor([*sample.prompt_ids, *sample.token_ids])
    logits = model(input_ids=tokens[None], use_cache=False).logits[0] / TEMPERATURE
    start = len(sample.prompt_ids)
    chosen = torch.log_softmax(logits, dim=-1)[torch.arange(start - 1, len(tokens) - 1), tokens[start:]]
    return chosen, torch.tensor(sample.loss_mask, dtype=torch.bool), torch.tensor(sample.logprobs)


def flat(tensors: dict[str, Tensor]) -> Tensor:
    return torch.cat([tensors[name].flatten().double() for name in sorted(tensors)])


def relative_gap(found: dict[str, Tensor], expected: dict[str, Tensor]) -> float:
    assert set(found) == set(expected)
    return float((flat(found) - flat(expected)).norm() / flat(expected).norm())
