"""What `rlcs grade` decides before and between the engines' work."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlcs.config.schema import Config, DataConfig, GradeConfig, ModelConfig, RewardConfig, RolloutConfig, SourceConfig
from rlcs.errors import RunStopped, UserError
from rlcs.grade import Progress, graded_sources, judged, locate, stop_if_judging_fails, tasks_at_once
from rlcs.records import Completion, Group, Status, Task, Verdict

BAD = Verdict(score=None, status=Status.INTERNAL_ERROR, message="no such file")
GOOD = Verdict(score=1.0, status=Status.CORRECT)


def config(**grade: list[str]) -> Config:
    sources = [SourceConfig(name=name, path=f"{name}.jsonl", grades="grades.parquet") for name in ("sums", "units")]
    return Config(
        model=ModelConfig(path="m"),
        data=DataConfig(train=sources),
        rewards={"default": RewardConfig()},
        grade=GradeConfig(**grade),
    )


def test_all_training_sources_are_graded_or_those_asked_for_whatever_grades_they_have() -> None:
    assert [(source.name, source.grades) for source in graded_sources(config())] == [("sums", None), ("units", None)]
    assert [source.name for source in graded_sources(config(sources=["units"]))] == ["units"]
    with pytest.raises(UserError, match="nothing to grade: add a source under data.train"):
        graded_sources(Config(model=ModelConfig(path="m")))


def test_a_model_is_a_folder_a_run_a_checkpoint_or_a_name(tmp_path: Path) -> None:
    model = tmp_path / "model"
    steps = [tmp_path / "run" / "checkpoints" / f"step-00000{number}" for number in (3, 6)]
    for folder in (model, *steps):
        folder.mkdir(parents=True)
    (model / "config.json").write_text("{}")
    for step in steps:
        (step / "state.json").write_text("{}")
    assert locate(str(model)) == model
    assert locate(str(tmp_path / "run")) == steps[1] / "model"
    assert locate(str(steps[0])) == steps[0] / "model"
    assert locate("owner/name") == "owner/name"
    assert (Path(locate("tiny://text")) / "config.json").is_file()
    with pytest.raises(UserError, match="holds no checkpoint; expected a run folder or one of its checkpoints"):
        locate(str(tmp_path))


def test_a_grading_stops_when_judging_fails_for_many_and_not_for_a_few() -> None:
    limits = {"sums": 0.2, "units": 0.2}
    stop_if_judging_fails({"sums": [BAD] * 40 + [GOOD] * 160, "units": [BAD] * 199}, limits)
    with pytest.raises(RunStopped, match="20% of the 201 answers of source 'sums' could not be judged.*no such file"):
        stop_if_judging_fails({"sums": [BAD] * 41 + [GOOD] * 160}, limits)


@pytest.mark.parametrize(("num_completions", "expected"), [(8, 2 * 2 * 16), (64, 8), (4096, 1)])
def test_engines_get_enough_tasks_to_be_full(num_completions: int, expected: int) -> None:
    settings = config()
    settings.rollout = RolloutConfig(num_workers=2, max_num_seqs=16)
    settings.grade.num_completions = num_completions
    assert tasks_at_once(settings) == expected


@pytest.mark.parametrize("num_groups", [0, 1, 16, 40])
def test_every_group_is_judged_once_and_in_order(num_groups: int) -> None:
    from rewards import Scorer
    from rlcs.config.schema import ScoringConfig

    def group(number: int) -> Group:
        task = Task(id=f"s:{number}", source="s", domain="stem.math", prompt="?", answer=str(number % 2))
        done = {"finish_reason": "stop", "policy_version": 0, "forced": False, "text": r"\boxed{1}"}
        completion = Completion(token_ids=(1,), logprobs=(-1.0,), loss_mask=(1,), **done)
        return Group(task=task, prompt_ids=(1,), completions=(completion,))

    with Scorer({"default": RewardConfig()}, {"s": "default"}, ScoringConfig()) as scorer:
        found = list(judged((group(number) for number in range(num_groups)), scorer))
    assert [one.task.id for one in found] == [f"s:{number}" for number in range(num_groups)]
    assert [one.scores for one in found] == [[float(number % 2)] for number in range(num_groups)]


def test_progress_tells_how_far_how_fast_and_how_long(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("m", num_done=1_000, num_tasks=1_004) as progress:
        assert progress.text() == "m: 1,000 of 1,004 tasks"
        progress._started -= 10.0
        progress.add(50)
        progress.add(150)
        assert progress.text() == "m: 1,002 of 1,004 tasks, 20 tokens/s, 0:00:10 left"
    assert capsys.readouterr().out.splitlines()[0] == "m: 1,000 of 1,004 tasks are graded, 4 to go"
