from dataclasses import replace
from itertools import combinations

import pytest

from rlcs.config.schema import EvalConfig
from rlcs.records import Completion, Group, Status, Task, Verdict
from rlcs.run.evaluation import evaluation_metrics, pass_at_k, tier_of

KINDS = ((1.0, "click-tab"), (0.0, "click-tab"), (1.0, "focus-text"))
EDGES = [0.1, 0.3, 0.7, 0.9]


def group(scores: list[float | None], *, difficulty: float | None = 0.5, source: str = "s") -> Group:
    task = Task(id=f"{source}:1", source=source, domain="stem.math", prompt="?", answer="1", difficulty=difficulty)
    completion = Completion(
        token_ids=(1,), logprobs=(-1.0,), loss_mask=(1,), policy_version=0, finish_reason="stop", forced=False, text="1"
    )
    verdicts = tuple(
        Verdict(score=score, status=Status.INTERNAL_ERROR if score is None else Status.CORRECT) for score in scores
    )
    return Group(task=task, prompt_ids=(1,), completions=(completion,) * len(scores), verdicts=verdicts)


@pytest.mark.parametrize(("passed", "k"), [(0, 1), (1, 1), (2, 2), (3, 4), (5, 5), (2, 4)])
def test_pass_at_k_equals_the_share_of_subsets_with_a_pass(passed: int, k: int) -> None:
    outcomes = [True] * passed + [False] * (5 - passed)
    subsets = list(combinations(outcomes, k))
    assert pass_at_k(5, passed, k) == pytest.approx(sum(any(subset) for subset in subsets) / len(subsets))


def test_pass_at_k_refuses_more_than_there_are() -> None:
    with pytest.raises(ValueError, match=r"1\.\.2"):
        pass_at_k(2, 1, 3)


@pytest.mark.parametrize(
    ("difficulty", "tier"),
    [
        (0.0, "very_hard"),
        (0.1, "hard"),
        (0.29, "hard"),
        (0.3, "medium"),
        (0.7, "easy"),
        (0.9, "very_easy"),
        (None, "ungraded"),
    ],
)
def test_tiers_begin_at_their_edges(difficulty: float | None, tier: str) -> None:
    assert tier_of(difficulty, EDGES) == tier


def test_kinds_of_a_source_are_told_where_that_is_asked_for() -> None:
    kinds = [replace(made := group([score]), task=replace(made.task, subcategory=kind)) for score, kind in KINDS]
    metrics = evaluation_metrics([*kinds, group([1.0])], EvalConfig(by_subcategory=True), EDGES)
    assert {key: value for key, value in metrics.items() if key.endswith("pass@1") and key.count("/") == 3} == {
        "eval/s/click-tab/pass@1": 0.5, "eval/s/focus-text/pass@1": 1.0, "eval/domain/stem.math/pass@1": 0.75,
        "eval/tier/medium/pass@1": 0.75,
    }  # fmt: skip
    assert not any("click" in key for key in evaluation_metrics(kinds, EvalConfig(), EDGES))


def test_slices_by_source_domain_and_tier_and_unjudged_left_out() -> None:
    groups = [
        group([1.0, 0.0, None]),
        group([0.0, 0.0, 0.0], difficulty=0.05, source="t"),
        group([None] * 3, source="t"),
    ]
    metrics = evaluation_metrics(groups, EvalConfig(num_completions=3, k=[1, 2]), EDGES)
    assert metrics["eval/s/pass@1"] == pytest.approx(0.5)
    assert metrics["eval/s/pass@2"] == pytest.approx(1.0)  # of the two judged completions one passed
    assert metrics["eval/tier/very_hard/pass@1"] == 0.0
    assert metrics["eval/all/pass@1"] == pytest.approx(0.25)
    assert metrics["eval/all/num_tasks"] == 2
    assert metrics["eval/unjudged_tasks"] == 1


def test_a_score_at_the_threshold_is_a_pass() -> None:
    passed = [
        evaluation_metrics([group([0.5, 0.49])], EvalConfig(num_completions=2, threshold=threshold), EDGES)
        for threshold in (0.49, 0.5, 0.51)
    ]
    assert [metrics["eval/all/pass@1"] for metrics in passed] == [1.0, 0.5, 0.0]
