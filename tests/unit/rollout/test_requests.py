"""The seed of a generate call."""

from __future__ import annotations

from rlcs.records import Task
from rollout.requests import RolloutRequest, combined_seed


def requests(*seeds: int) -> list[RolloutRequest]:
    task = Task(id="made:0", source="made", domain="logic", prompt="?", answer="7")
    return [RolloutRequest(task=task, prompt_ids=(2,), seed=seed) for seed in seeds]


def test_the_same_requests_have_the_same_seed_in_every_process():
    # blake2b with 4 bytes of digest over b"1,2", computed with b2sum -l 32
    assert combined_seed(requests(1, 2)) == 0x29155335


def test_other_seeds_or_another_order_give_another_seed():
    assert len({combined_seed(requests(*seeds)) for seeds in [(1, 2), (2, 1), (1, 3), (1,), (12,)]}) == 5
