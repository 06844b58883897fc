"""The learner of a reward model on one rank and two, against a plain torch loop that sees a conversation at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import learner_parts
import pair_rank
import pytest
import torch

from rlcs.reward_models.pairs import Pair

SCRIPT = Path(__file__).parent / "pair_rank.py"
TIMEOUT_S = 240


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pair_learner")
    pair_rank.build_model(path / "model")
    return path


@pytest.fixture(scope="module")
def reference(folder: Path) -> dict[str, Any]:
    """Losses, gradient norms, values and weights of the plain loop."""
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(folder / "model")
    optimizer = torch.optim.AdamW(model.parameters(), lr=pair_rank.RATE, betas=(0.9, 0.98), weight_decay=0.1)
    pairs = pair_rank.make_pairs()

    def value(tokens: tuple[int, ...]) -> torch.Tensor:
        found: torch.Tensor = model(input_ids=torch.tensor([tokens])).logits[0, 0]
        return found

    def update(some: list[Pair]) -> dict[str, float]:
        gaps = torch.stack([value(pair.chosen) - value(pair.rejected) for pair in some])
        loss = torch.log1p(torch.exp(-gaps)).mean()
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        return {
            "reward_model/loss": loss.item(),
            "reward_model/accuracy": (gaps > 0).float().mean().item(),
            "reward_model/margin": gaps.mean().item(),
            "reward_model/grad_norm": norm.item(),
        }

    metrics = [update(pairs) for _ in range(pair_rank.NUM_UPDATES)] + [update(pairs[:1])]
    with torch.no_grad():
        values = [value(pair.chosen).item() for pair in pairs]
    return {"metrics": metrics, "values": values, "weights": model.state_dict()}


@pytest.mark.parametrize(
    ("world_size", "zero_stage", "packing"), [(1, 1, "packed"), (1, 0, "padded"), (2, 3, "packed"), (2, 1, "auto")]
)
def test_updates_are_those_of_the_plain_loop(
    folder: Path, reference: dict[str, Any], world_size: int, zero_stage: int, packing: str
) -> None:
    port = learner_parts.free_ports().split()[0]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    ranks = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), str(folder), str(rank), str(world_size), str(zero_stage), packing, port],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        for rank in range(world_size)
    ]  # fmt: skip
    try:
        errors = [process.communicate(timeout=TIMEOUT_S)[1] for process in ranks]
    finally:
        for process in ranks:
            process.kill()
    assert [process.returncode for process in ranks] == [0] * world_size, "\n".join(error[-3000:] for error in errors)
    name = f"{world_size}-{zero_stage}-{packing}"
    found = torch.load(folder / f"results-{name}.pt")
    for expected, metrics in zip(reference["metrics"], found["metrics"], strict=True):
        assert {key: metrics[key] for key in expected} == pytest.approx(expected, abs=2e-4)
    assert found["values"] == pytest.approx(reference["values"], abs=2e-4)
    check_weights(folder / f"saved-{name}", reference["weights"])


def check_weights(saved: Path, expected: dict[str, torch.Tensor]) -> None:
    from transformers import AutoModelForSequenceClassification

    weights = AutoModelForSequenceClassification.from_pretrained(saved).state_dict()
    assert set(weights) == set(expected)
    for name, tensor in expected.items():
        torch.testing.assert_close(weights[name], tensor, atol=2e-4, rtol=1e-4)
