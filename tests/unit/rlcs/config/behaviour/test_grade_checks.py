"""The section `grade` of a configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlcs.config.checks import KnownNames, check_config
from rlcs.config.paths import resolve_paths
from rlcs.config.schema import Config, DataConfig, GradeConfig, ModelConfig, RewardConfig, SourceConfig
from rlcs.errors import UserError

NAMES = KnownNames(
    verifiers=["math"],
    domains=["stem.math"],
    samplers=["tiers"],
    predicting=["tiers"],
    advantages=["grpo"],
    losses=["ppo_clip"],
    environments={},
)


def with_grade(grade: GradeConfig) -> Config:
    sources = [SourceConfig(name=name, path=f"{name}.jsonl") for name in ("sums", "units")]
    return Config(
        model=ModelConfig(path="m"), data=DataConfig(train=sources), rewards={"default": RewardConfig()}, grade=grade
    )


@pytest.mark.parametrize(
    ("grade", "expected"),
    [
        (
            GradeConfig(sources=["sum"]),
            "grade.sources: unknown source of data.train 'sum': did you mean 'sums'? known: sums, units",
        ),
        (GradeConfig(models=["a", "a"]), "grade.models holds a 2 times; name it once"),
        (GradeConfig(sources=["sums", "sums"]), "grade.sources holds sums 2 times; name it once"),
        (GradeConfig(num_completions=0), "grade.num_completions is 0; set it to a number 1 or more"),
        (GradeConfig(label_strength=-1.0), "grade.label_strength is -1.0; set it to a number 0 or more"),
    ],
)
def test_what_cannot_be_graded_is_told(grade: GradeConfig, expected: str) -> None:
    with pytest.raises(UserError) as caught:
        check_config(with_grade(grade), NAMES)
    assert str(caught.value) == expected


def test_model_folders_become_absolute_and_names_stay(tmp_path: Path) -> None:
    (tmp_path / "runs" / "first").mkdir(parents=True)
    grade = GradeConfig(models=["runs/first", "owner/name", "tiny://text"])
    resolved = resolve_paths(with_grade(grade), base=tmp_path)
    assert resolved.grade.models == [str(tmp_path / "runs" / "first"), "owner/name", "tiny://text"]
