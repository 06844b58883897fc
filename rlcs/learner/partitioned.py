"""Loading a model of which every rank keeps its part only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def partitioned_loading(config: dict[str, Any]) -> Iterator[None]:
    """Under ZeRO-3, let transformers load each rank's partition only, never the whole model."""
    if config["zero_optimization"]["stage"] < 3:
        yield
        return
    from transformers.integrations.deepspeed import set_hf_deepspeed_config, unset_hf_deepspeed_config

    # transformers' own class for this asks for the package accelerate; held here, because transformers holds it weakly.
    partitioning = _Partitioning(config)
    set_hf_deepspeed_config(partitioning)
    try:
        yield
    finally:
        unset_hf_deepspeed_config()


class _Partitioning:
    """What transformers looks for when it decides how to load a model."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config

    def is_zero3(self) -> bool:
        return True
