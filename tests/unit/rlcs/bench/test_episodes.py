"""Episodes against single answers to the same prompts: what is compared."""

from __future__ import annotations

from rich.console import Console

from rlcs.bench.echo import Echo
from rlcs.bench.episodes import Round, Sampled, prompts_of, table
from rlcs.records import Completion, Group, Outcome, Part, Status, Task, Turn

TASK = Task(id="s:0", source="s", domain="general", prompt="1+1=", answer="")
WON = Outcome(score=1.0, status=Status.CORRECT)


def test_the_prompt_of_a_turn_is_all_that_stood_before_it() -> None:
    later = Part(prompt_ids=(50, 51), token_ids=(7, 1), logprobs=(0.0, 0.0), loss_mask=(1, 1))
    turns = (
        Turn(part=0, start=0, stop=2, text="a"),
        Turn(part=0, start=4, stop=6, text="b"),
        Turn(part=1, start=0, stop=2, text="c"),
    )
    episode = Completion(
        token_ids=(5, 1, 8, 8, 6, 1), logprobs=(0.0,) * 6, loss_mask=(1, 1, 0, 0, 1, 1), policy_version=0,
        finish_reason="stop", forced=False, text="", later=(later,), turns=turns, outcome=WON,
    )  # fmt: skip
    group = Group(task=TASK, prompt_ids=(40, 41), completions=(episode,))
    assert list(prompts_of(group, episode)) == [(0, (40, 41)), (1, (40, 41, 5, 1, 8, 8)), (2, (50, 51))]


def test_the_table_has_medians_and_the_lowest_ratio() -> None:
    answers = Sampled(tokens=100, seconds=1.0, idle_s=0.0)
    rounds = [
        Round(layout="append", episodes=Sampled(tokens=tokens, seconds=1.0, idle_s=0.1), answers=answers)
        for tokens in (80, 90, 60)
    ]
    console = Console(width=120)
    with console.capture() as told:
        console.print(table(rounds))
    assert all(word in told.get() for word in ("append", "0.80", "0.60", "10.0%"))


def test_the_environment_ends_after_its_turns() -> None:
    echo = Echo(turns=2)
    assert echo.reset(TASK, 0).parts == ("1+1=",)
    assert [echo.step("x").outcome for _ in range(2)] == [None, WON]
