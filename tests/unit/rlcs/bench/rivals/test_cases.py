"""TRL gets the work that RLCS does: the same numbers from the same configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlcs.bench.rivals.cases import CASES, WARM_UP, check_models, choose, grpo_settings, shared_overrides
from rlcs.config.load import load_config
from rlcs.errors import UserError


@pytest.mark.parametrize("name", CASES)
def test_a_generation_batch_of_trl_is_a_step_of_rlcs(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    plain = load_config(Path(case.config))
    config = load_config(Path(case.config), shared_overrides(plain))
    told = grpo_settings(config, case, output=tmp_path)
    batch = told["per_device_train_batch_size"] * told["gradient_accumulation_steps"]
    assert batch == config.curriculum.batch_size * config.rollout.group_size
    assert told["per_device_train_batch_size"] % told["num_generations"] == 0
    assert (told["learning_rate"], told["epsilon_high"]) == (plain.learner.lr, plain.algorithm.clip_high)
    assert told["bf16"] is False and told["beta"] == 0.0


def test_a_completion_may_be_as_long_on_both_sides(tmp_path: Path) -> None:
    plain = load_config(Path("quickstart"))
    config = load_config(Path("quickstart"), shared_overrides(plain))
    assert config.rollout.max_think_tokens == 192 + 32 and config.rollout.force_answer is False
    assert grpo_settings(config, CASES["tiny"], output=tmp_path)["max_completion_length"] == 192 + 32


def test_bfloat16_of_ours_is_bfloat16_of_theirs(tmp_path: Path) -> None:
    config = load_config(Path("quickstart"), ["model.dtype=bfloat16"])
    assert grpo_settings(config, CASES["tiny"], output=tmp_path)["bf16"] is True


def test_cases_are_chosen_by_name_and_made_shorter() -> None:
    assert [case.name for case in choose([], rounds=None, steps=None)] == ["tiny", "smollm2"]
    (case,) = choose(["smollm2"], rounds=2, steps=4)
    assert (case.name, case.num_steps) == ("smollm2", WARM_UP + 8)
    with pytest.raises(UserError, match="smolm2.*smollm2"):
        choose(["smolm2"], rounds=None, steps=None)


def test_a_model_that_is_missing_is_told_before_anything_runs(tmp_path: Path) -> None:
    check_models(choose(["tiny"], rounds=None, steps=None), {"smollm2": tmp_path})
    with pytest.raises(UserError, match="make smollm2"):
        check_models(choose([], rounds=None, steps=None), {"smollm2": tmp_path})
