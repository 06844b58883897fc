"""Arms are all layouts with and without each of the two settings."""

from __future__ import annotations

import pytest

from rlcs.bench.learner.arms import ARMS, Arm, choose
from rlcs.errors import UserError


def test_every_layout_comes_with_and_without_checkpointing_and_adapters() -> None:
    assert len(ARMS) == 12 and [arm.name for arm in choose([])] == list(ARMS)
    assert list(ARMS)[:4] == ["padded", "packed", "shared", "padded+checkpointing"]


def test_arms_are_chosen_by_name() -> None:
    assert choose(["shared", "packed+lora"]) == [Arm(packing="shared"), Arm(packing="packed", lora=True)]


def test_an_arm_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UserError, match=r"--only lora: there is no such arm; take some of padded, packed, shared"):
        choose(["lora"])
