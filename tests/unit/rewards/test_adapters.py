"""Our verifiers under verl's and TRL's interfaces."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

import rlcs
from rewards.adapters import compute_score, trl_reward
from rewards.routes import default_reward
from rlcs.config.schema import FormatConfig, RewardConfig
from rlcs.errors import UserError


def test_verl_gets_a_score_a_status_and_whether_it_was_judged() -> None:
    assert compute_score("math", "so \\boxed{0.5}", "1/2") == {"score": 1.0, "status": "correct", "judged": True}
    assert compute_score("stem.math", "0.5", "1/2")["status"] == "no_answer"
    assert compute_score("math", "\\boxed{1}", "") == {"score": 0.0, "status": "bad_gold", "judged": False}


def test_extra_info_names_the_verifier_and_its_parameters() -> None:
    extra = {"verifier": "math", "params": {"rel_tol": 0.1}, "question": "how many?"}
    assert compute_score("my/dataset", "\\boxed{105}", "100", extra)["score"] == 1.0
    assert compute_score("my/dataset", "\\boxed{105}", "100", {"domain": "stem.math"})["score"] == 0.0
    assert compute_score("math", "\\boxed{105}", "100", rel_tol=0.1)["score"] == 1.0


def test_an_unknown_data_source_is_an_error_and_no_silent_zero() -> None:
    with pytest.raises(UserError, match="unknown verifier or domain 'my/dataset'"):
        compute_score("my/dataset", "\\boxed{1}", "1")


def test_a_score_is_the_same_from_threads() -> None:
    answers = [f"\\boxed{{{number}+x}}" for number in range(12)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda answer: compute_score("math", answer, "x+7")["score"], answers))
    assert found == [float(number == 7) for number in range(12)]


def test_trl_gets_a_list_in_order_with_none_kept() -> None:
    judge = trl_reward("math")
    completions = ["\\boxed{3}", [{"role": "assistant", "content": "\\boxed{4}"}], "5", "\\boxed{6}"]
    found = judge(prompts=["a"] * 4, completions=completions, answer=["3", "3", "5", None], completion_ids=[[1]] * 4)
    assert found == [1.0, 0.0, 0.0, None]
    assert judge.__name__ == "math_reward"


def test_trl_reads_the_columns_that_it_is_told_and_parameters_of_rows() -> None:
    layout = RewardConfig(verifier="math", format=FormatConfig(box="none"))
    judge = trl_reward("math", answer_column="solution", config=layout)
    assert judge(["105", "105"], solution=["100", "100"], params=[{"rel_tol": 0.1}, None]) == [1.0, 0.0]
    with pytest.raises(UserError, match="no column 'solution'"):
        judge(["105"], answer=["100"])


def test_both_come_from_the_package_itself() -> None:
    assert rlcs.compute_score is compute_score and rlcs.trl_reward is trl_reward


def test_whole_texts_need_no_box_and_slow_verifiers_have_time() -> None:
    assert default_reward("code").format.box == default_reward("instruction").format.box == "none"
    assert [default_reward(name).timeout_s for name in ("code", "webpage", "judge", "choice")] == [10, 45, 60, 5]
    assert default_reward("stem.math", {"rel_tol": 0.1}) == RewardConfig(verifier="math", params={"rel_tol": 0.1})
