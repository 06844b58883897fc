"""Numbers of a step: episodes count once each, however many turns and parts they have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rlcs.metrics import is_truncated, rollout_metrics
from rlcs.records import Completion, Group, Outcome, Part, Status, Task, Turn

SINGLE = Completion(
    token_ids=(5, 6, 1), logprobs=(-0.5,) * 3, loss_mask=(1,) * 3, policy_version=0, finish_reason="length",
    forced=False, text="",
)  # fmt: skip
LATER = Part(prompt_ids=(1,), token_ids=(5,), logprobs=(-0.5,), loss_mask=(1,))


def turn(start: int, stop: int, *counted: str, seconds: float = 0.0, replays: int = 0) -> Turn:
    return Turn(part=0, start=start, stop=stop, text="", counted=counted, seconds=seconds, replays=replays)


def episode(status: Status, *turns: Turn) -> Completion:
    score = None if status is Status.ENV_FAULT else float(status is Status.CORRECT)
    return replace(SINGLE, turns=turns, outcome=Outcome(score=score, status=status))


def groups(*completions: Completion) -> list[Group]:
    task = Task(id="a:1", source="a", domain="gui.episode", prompt="?", answer="")
    return [Group(task=task, prompt_ids=(1,), completions=completions)]


def test_episodes_count_once_and_their_turns_are_averaged() -> None:
    long = episode(
        Status.CORRECT, turn(0, 4, seconds=1.0), turn(50, 52, "unreadable", seconds=2.0, replays=2), turn(90, 91)
    )
    short = replace(episode(Status.OVER_LIMIT, turn(0, 1, "invalid_move", seconds=0.0)), later=(LATER, LATER))
    found = rollout_metrics(groups(long, short, episode(Status.ENV_FAULT)), seconds=2.0)
    assert found["rollout/num_generated"] == 3 and found["rollout/num_tokens"] == 8
    assert found["rollout/mean_tokens"] == pytest.approx(8 / 3)
    expected = {
        "num_episodes": 3, "turns_mean": 4 / 3, "turns_max": 3, "parts_mean": 5 / 3, "fault_share": 1 / 3,
        "over_limit_share": 1 / 3, "replays": 2, "seconds": 0.75, "unreadable_share": 0.25, "invalid_move_share": 0.25,
    }  # fmt: skip
    assert {key.removeprefix("env/"): value for key, value in found.items() if key.startswith("env/")} == expected


def test_single_answers_have_no_numbers_of_episodes_and_are_not_counted_among_them() -> None:
    assert not [key for key in rollout_metrics(groups(SINGLE), seconds=1.0) if key.startswith("env/")]
    mixed = rollout_metrics(groups(SINGLE, episode(Status.CORRECT, turn(0, 3))), seconds=1.0)
    assert (mixed["env/num_episodes"], mixed["env/turns_mean"], mixed["rollout/num_tokens"]) == (1.0, 1.0, 6.0)
    assert mixed["env/unreadable_share"] == 0.0


def test_what_ran_out_of_turns_or_context_was_not_cut_by_the_budget_of_a_turn() -> None:
    cut, ended = (
        episode(Status.INCORRECT, turn(0, 3)),
        replace(episode(Status.OVER_LIMIT, turn(0, 3)), finish_reason="stop"),
    )
    assert (is_truncated(cut), is_truncated(ended)) == (True, False)
    found = rollout_metrics(groups(cut, ended), seconds=1.0)
    assert (found["rollout/truncated_share"], found["env/over_limit_share"]) == (0.5, 0.5)
