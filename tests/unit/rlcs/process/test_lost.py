"""Why a worker is gone, in a few words out of Ray's many."""

from __future__ import annotations

from ray.exceptions import ActorUnschedulableError, OutOfMemoryError

from rlcs.process.lost import why_lost

FULL = (
    "2 worker(s) were killed due to the node running low on memory. Memory on the node (IP: 10.0.0.2, ID: efc9) was "
    "22.11GB used / 23.54GB limit (0.939114)\nRefer to the documentation on how to address the out of memory issue"
)


def test_a_full_memory_is_told_with_its_amounts() -> None:
    told = why_lost(OutOfMemoryError(FULL))
    assert told == "the memory of its machine was full: 22.11 of 23.54 GB, and Ray ended it; end other programs there"
    assert "was full, and Ray ended it" in why_lost(OutOfMemoryError("worded otherwise"))


def test_of_anything_else_the_first_line_is_told() -> None:
    assert why_lost(ActorUnschedulableError("no node has 4 GPUs.\nmore")).endswith("no node has 4 GPUs")
