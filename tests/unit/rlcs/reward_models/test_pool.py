"""What a process of a reward model is started with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rewards.running.ratings import Scale
from rlcs.config.schema import RewardModelConfig
from rlcs.reward_models.catalogue import FoundModel
from rlcs.reward_models.pool import start_raters


class Machine:
    """Stands for a cluster without GPUs; writes down what was to be started."""

    def __init__(self) -> None:
        self.started: list[tuple[str, dict[str, Any]]] = []

    def num_gpus(self) -> int:
        return 0

    def start(self, kind: type, name: str, arguments: dict[str, Any], **place: Any) -> None:
        self.started.append((name, arguments))


def test_every_process_has_the_limits_of_its_model() -> None:
    machine: Any = Machine()
    settings = RewardModelConfig(path="m", num_workers=2, max_tokens=40, batch_tokens=64)
    found = FoundModel(settings=settings, path=Path("/m"), scale=Scale(mean=0.0, std=1.0, clip=5.0))
    start_raters(machine, {"m": found}, threads=3)
    told = {"name": "m", "path": "/m", "max_tokens": 40, "batch_tokens": 64, "on_gpu": False, "threads": 3}
    assert machine.started == [("reward-model-m-0", told), ("reward-model-m-1", told)]
