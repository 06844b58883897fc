"""What of an observation must be the same in a replay."""

from __future__ import annotations

from dataclasses import replace

from rlcs.records import Task
from rollout.environments.hosts.episode import Episode
from rollout.environments.protocol import Observation

SHOWN = Observation(parts=("Click OK.", b"picture"), state="page")
TASK = Task(id="s:0", source="s", domain="gui.episode", prompt="?", answer="")


def is_same(first: Observation, again: Observation) -> bool:
    episode = Episode(task=TASK, seed=0, host=0, slot=0)
    assert episode.observe(first)
    episode.lose_page()
    return episode.observe(again)


def test_text_state_and_outcome_must_be_the_same() -> None:
    assert is_same(SHOWN, SHOWN)
    assert not is_same(SHOWN, replace(SHOWN, parts=("Click Cancel.", b"picture")))
    assert not is_same(SHOWN, replace(SHOWN, state="another page"))
    assert not is_same(SHOWN, replace(SHOWN, parts=("Click OK.",)))


def test_a_picture_may_be_a_shade_other_where_the_state_is_told() -> None:
    other = replace(SHOWN, parts=("Click OK.", b"a shade other"))
    assert is_same(SHOWN, other)
    assert not is_same(replace(SHOWN, state=""), replace(other, state=""))
