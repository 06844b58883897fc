"""What a request says of its episodes."""

from __future__ import annotations

from rlcs.plugins import Packed
from rlcs.records import Task
from rollout.episodes.rules import EpisodeRules

TASK = Task(id="s:0", source="s", domain="general", prompt="1 + 1 = {x}", answer="2")


def test_environments_are_shared_by_what_they_are_and_not_by_how_they_are_seen() -> None:
    rules = EpisodeRules(environment="tools", params={"python": True})
    assert rules.key == EpisodeRules(environment="tools", params={"python": True}, layout="fresh", max_turns=3).key
    others = [
        EpisodeRules(environment="miniwob", params={"python": True}),
        EpisodeRules(environment="tools", params={"python": False}),
        EpisodeRules(environment="tools", params={"python": True}, num_hosts=2),
        EpisodeRules(environment="tools", params={"python": True}, plugins=(Packed("a.py", "x = 1"),)),
    ]
    assert len({rules.key, *(other.key for other in others)}) == 5


def test_the_environment_gets_the_question_in_its_template() -> None:
    rules = EpisodeRules(environment="tools", params={}, prompt_template="Use tools.\n{prompt}")
    assert rules.shown(TASK).prompt == "Use tools.\n1 + 1 = {x}"
    assert EpisodeRules(environment="tools", params={}).shown(TASK) is TASK
