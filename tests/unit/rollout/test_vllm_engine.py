"""What vLLM is told of the device."""

from __future__ import annotations

import pytest

from rlcs.config.schema import RolloutConfig
from rollout.vllm_engine import _device_settings


@pytest.mark.parametrize("asked", [True, False])
def test_cuda_graphs_are_skipped_where_that_was_asked_and_always_on_cpu(asked: bool) -> None:
    settings = RolloutConfig(enforce_eager=asked, tensor_parallel=2, kv_cache_gib=0.5)
    on_gpu = _device_settings(settings, on_cpu=False)
    assert (on_gpu["enforce_eager"], on_gpu["tensor_parallel_size"]) == (asked, 2)
    assert _device_settings(settings, on_cpu=True) == {
        "enforce_eager": True, "kv_cache_memory_bytes": 2**29, "block_size": 32,
    }  # fmt: skip
