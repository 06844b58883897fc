from __future__ import annotations

from statistics import median

from rlcs.bench.overlap.stand_ins import MAX_TOKENS, MEAN_TOKENS, made_up
from rlcs.records import Group, Task
from rollout.requests import RolloutRequest


def group(task: str, seed: int, *, spread: float) -> Group:
    request = RolloutRequest(
        task=Task(id=task, source="s", domain="stem.math", prompt="?", answer="7"), prompt_ids=(1,), seed=seed
    )
    return made_up(request, 4, spread=spread, version=3)


def lengths(made: Group) -> list[int]:
    return [len(one.token_ids) for one in made.completions]


def test_the_same_request_is_answered_the_same_and_half_of_the_answers_are_right() -> None:
    one = group("a", 1, spread=0.5)
    assert one == group("a", 1, spread=0.5) != group("a", 2, spread=0.5)
    assert ["7<|end" in completion.text for completion in one.completions] == [True, False, True, False]
    assert {completion.policy_version for completion in one.completions} == {3}


def test_lengths_hang_on_the_task_unless_all_are_to_be_equal() -> None:
    assert lengths(group("a", 1, spread=0.0)) == [MEAN_TOKENS] * 4
    means = {task: [median(lengths(group(task, seed, spread=1.0))) for seed in range(9)] for task in "abcdefgh"}
    assert max(median(values) for values in means.values()) > 2 * min(median(values) for values in means.values())
    assert all(1 <= length <= MAX_TOKENS for length in lengths(group("b", 1, spread=9.0)))
