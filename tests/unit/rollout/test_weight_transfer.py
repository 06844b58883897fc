"""Ranks of the GPUs that take part in a weight transfer, worked by hand."""

from __future__ import annotations

from rollout.weight_transfer import init_info_of_engine, nccl_world_size


def test_the_sender_and_every_gpu_of_every_engine_are_in_the_group():
    assert nccl_world_size(num_engines=3, tensor_parallel=4) == 13


def test_every_gpu_of_every_engine_has_a_rank_of_its_own():
    from_sender = {"master_address": "10.0.0.1", "master_port": 29500, "rank_offset": 1, "world_size": 7}
    offsets = [init_info_of_engine(from_sender, engine, 2)["rank_offset"] for engine in range(3)]
    assert offsets == [1, 3, 5]
    assert from_sender["rank_offset"] == 1


def test_ipc_has_no_ranks_and_passes_unchanged():
    assert init_info_of_engine({"packed": True}, 2, 4) == {"packed": True}
