"""The batch under way goes through a checkpoint to the bit, as long as the same tasks are drawn after it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from rlcs.records import Completion, Group, Outcome, Part, PromptImage, Status, Task, Turn, Verdict
from rlcs.run.ahead import FILE, Ahead, read_ahead
from rlcs.tasks import Prompt

TASKS = [Task(id=f"s:{number}", source="s", domain="logic", prompt="?", answer=[1], row=number) for number in (7, 3)]
PROMPTS = [Prompt(ids=(1, 2), images=(PromptImage(reference="a.png", start=1, num_tokens=1),)), Prompt(ids=(3,))]


def completion(number: int) -> Completion:
    return Completion(
        token_ids=(5, 6, number), logprobs=(-0.1, -1 / 3, 0.0), loss_mask=(1, 1, 0), policy_version=4,
        finish_reason="length", forced=bool(number % 2), text="</think> é",
    )  # fmt: skip


SCREEN = PromptImage(reference=b"\x89PNG\x00\xff", start=1, num_tokens=2)


def episode(outcome: Outcome) -> Completion:
    """Return an episode of two parts."""
    turns = (
        Turn(part=0, start=0, stop=2, text="wait()", shown=("é <x>", b"\x00\xff"), seconds=0.1, replays=1),
        Turn(part=1, start=0, stop=1, text="click", forced=True, counted=("unreadable",)),
    )
    later = Part(
        prompt_ids=(4, 8, 8), images=(SCREEN,), token_ids=(5,), logprobs=(-1 / 3,), loss_mask=(1,),
    )  # fmt: skip
    shown = replace(SCREEN, reference="b.png")
    return replace(completion(1), images=(shown,), later=(later,), opening="é go", turns=turns, outcome=outcome)


def verdict(score: float | None) -> Verdict:
    status = Status.JUDGE_ERROR if score is None else Status.PARTIAL
    return Verdict(score=score, status=status, components={"b": 0.1, "a": 1.0}, verifier="v", seconds=0.3, message="m")


@pytest.fixture
def ahead() -> Ahead:
    groups = [
        Group(
            task=task, prompt_ids=tuple(prompt.ids), images=tuple(prompt.images),
            completions=(completion(1), completion(2)), verdicts=(verdict(1 / 3), verdict(None)),
        )
        for task, prompt in zip(TASKS, PROMPTS, strict=True)
    ]  # fmt: skip
    return Ahead(step=6, groups=groups, seconds=1.5, metrics={"reward/s/correct_share": 0.5})


def test_it_comes_back_as_it_was(ahead: Ahead, tmp_path: Path) -> None:
    assert read_ahead(tmp_path, TASKS, PROMPTS) is None
    ahead.write(tmp_path)
    found = read_ahead(tmp_path, TASKS, PROMPTS)
    assert found == ahead
    assert list(found.groups[0].verdicts[0].components) == ["b", "a"]


def test_episodes_come_back_as_they_were(ahead: Ahead, tmp_path: Path) -> None:
    fault = Outcome(status=Status.ENV_FAULT, message="gone")
    first, second = ahead.groups
    played = replace(
        first,
        prompt_ids=(1, 8, 8, 2),
        images=(SCREEN,),
        completions=(episode(Outcome(answer="7")), replace(episode(fault), later=(), turns=(), images=())),
    )
    kept = replace(ahead, groups=[played, second])
    kept.write(tmp_path)
    assert read_ahead(tmp_path, TASKS, PROMPTS) == kept
    table = pq.read_table(tmp_path / FILE)
    assert table["episode"].null_count == 2
    pq.write_table(table.drop_columns(["episode"]), tmp_path / FILE)  # as of a checkpoint of before
    read = read_ahead(tmp_path, TASKS, PROMPTS)
    assert read is not None and read.groups[1] == second


def test_for_other_tasks_it_is_of_no_use(ahead: Ahead, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ahead.write(tmp_path)
    assert (tmp_path / FILE).is_file()
    assert read_ahead(tmp_path, TASKS[::-1], PROMPTS) is None
    assert "generated anew" in capsys.readouterr().out
