"""Groups in, groups with verdicts out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rewards import Scorer, score_one
from rewards.registry import REWARDS, reward
from rlcs.config.schema import FormatConfig, RewardConfig, ScoringConfig, StyleConfig
from rlcs.errors import MissingPart, RunStopped, UserError
from rlcs.records import Group, Outcome, Status, Task, Turn, Verdict
from rlcs.score import run as judge_file

BARE = FormatConfig(box="none")
GLM = FormatConfig(think="required", answer_tag="required", box="glm")


def glm(answer: str) -> str:
    return f"<think>…</think><answer><|begin_of_box|>{answer}<|end_of_box|></answer>"


def test_groups_come_back_whole_and_in_order(
    make_scorer: Callable[..., Scorer], make_group: Callable[..., Group]
) -> None:
    scorer = make_scorer(math=RewardConfig())
    groups = [make_group(str(n), [f"\\boxed{{{n}}}", "\\boxed{0.5x}", "nothing"], source="math") for n in range(5)]
    for group in groups:
        scorer.submit(group)
    judged = scorer.collect()
    assert [group.task for group in judged] == [group.task for group in groups]
    assert [group.completions for group in judged] == [group.completions for group in groups]
    expected = [Status.CORRECT, Status.INCORRECT, Status.NO_ANSWER]
    assert all([verdict.status for verdict in group.verdicts] == expected for group in judged)
    assert [verdict.extracted for verdict in judged[0].verdicts] == ["0", "0.5x", None]
    assert scorer.collect() == []


def test_the_score_is_the_weighted_mean_of_correctness_and_format(
    make_scorer: Callable[..., Scorer], make_group: Callable[..., Group]
) -> None:
    scorer = make_scorer(glm=RewardConfig(weight=3.0, format_weight=1.0, format=GLM))
    scorer.submit(make_group("7", [glm("7"), glm("8"), "<answer>7</answer>", glm(""), glm("99999999!")], source="glm"))
    (group,) = scorer.collect()
    assert [verdict.score for verdict in group.verdicts] == [1.0, 0.25, 0.0, 0.0, 0.25]
    assert group.verdicts[1].components == {"correctness": 0.0, "format": 1.0}
    statuses = [Status.CORRECT, Status.INCORRECT, Status.FORMAT_ERROR, Status.NO_ANSWER, Status.OVER_LIMIT]
    assert [verdict.status for verdict in group.verdicts] == statuses
    assert group.verdicts[2].verifier == "math"


def ended(group: Group, *outcomes: Outcome) -> Group:
    """Return a group whose completions are episodes that ended so."""
    completions = [replace(one, outcome=outcome) for one, outcome in zip(group.completions, outcomes, strict=True)]
    return replace(group, completions=tuple(completions))


WON = Outcome(score=1.0, status=Status.CORRECT, message="x" * 300)
FAULT = Outcome(status=Status.ENV_FAULT, message="the browser is gone")


def test_what_an_environment_says_is_the_verdict_without_any_reward(make_group: Callable[..., Group]) -> None:
    with Scorer({}, {"clicks": None}, ScoringConfig()) as scorer:
        half = Outcome(score=0.5, status=Status.PARTIAL)
        group = make_group("unused", ["\\boxed{1}"] * 3 + [""] * 5, source="clicks")
        scorer.submit(ended(group, WON, half, FAULT, *[WON] * 5))
        assert scorer.check_gold("clicks", None, {}) is None
        (judged,) = scorer.collect()
    first, second, third, *_ = judged.verdicts
    assert first == Verdict(score=1.0, status=Status.CORRECT, verifier="environment", message="x" * 200)
    assert (second.score, second.components) == (0.5, {})
    assert (third.score, third.status, third.message) == (None, Status.ENV_FAULT, "the browser is gone")
    assert scorer.metrics()["reward/clicks/unjudged_share"] == 1 / 8


def test_faults_of_an_environment_stop_the_run_when_they_are_common(make_group: Callable[..., Group]) -> None:
    for stops in (True, False):
        with Scorer({}, {"clicks": None}, ScoringConfig(), stops=stops) as scorer:
            scorer.submit(ended(make_group("", [""] * 4, source="clicks"), WON, WON, WON, FAULT))
            if not stops:
                assert scorer.collect()[0].scores == [1.0] * 3
                continue
            with pytest.raises(RunStopped, match=r"25% of the 4 answers of source 'clicks'.*allowed: 20%.*browser is"):
                scorer.collect()


def test_the_answer_that_an_episode_ends_with_is_judged_like_any_other(
    make_scorer: Callable[..., Scorer], make_group: Callable[..., Group]
) -> None:
    scorer = make_scorer(glm=RewardConfig(weight=3.0, format_weight=1.0, format=GLM))
    outcomes = [Outcome(answer=answer) for answer in (glm("7"), glm("8"), "7")]
    over = Outcome(score=0.0, status=Status.OVER_LIMIT, message="no turns are left")
    group = make_group("7", [glm("7")] * 4, source="glm")
    scorer.submit(ended(group, *outcomes, over))
    (judged,) = scorer.collect()
    assert [verdict.score for verdict in judged.verdicts] == [1.0, 0.25, 0.0, 0.0]
    assert [verdict.verifier for verdict in judged.verdicts] == ["math", "math", "math", "environment"]
    assert judged.verdicts[3].status == Status.OVER_LIMIT and judged.verdicts[3].components == {}


def test_an_answer_that_nobody_is_there_to_judge_is_our_fault(make_group: Callable[..., Group]) -> None:
    with Scorer({}, {"mine": None}, ScoringConfig(), stops=False) as scorer:
        scorer.submit(ended(make_group("7", [""], source="mine"), Outcome(answer="7")))
        (verdict,) = scorer.collect()[0].verdicts
    assert verdict.status == Status.JUDGE_ERROR and "register its environment with judges=False" in verdict.message


def test_the_length_of_an_episode_is_that_of_its_turns(
    make_scorer: Callable[..., Scorer], make_group: Callable[..., Group]
) -> None:
    style = StyleConfig(length_weight=1.0, max_tokens=10, soft_tokens=5)
    scorer = make_scorer(long=RewardConfig(style=style))
    group = make_group("7", ["", ""], source="long")
    spans = [((0, 3), (90, 92)), ((0, 3), (3, 95))]
    episodes = [
        replace(
            completion,
            outcome=Outcome(answer="\\boxed{7}"),
            turns=tuple(Turn(part=0, start=start, stop=stop, text="") for start, stop in turns),
        )
        for completion, turns in zip(group.completions, spans, strict=True)
    ]
    scorer.submit(replace(group, completions=tuple(episodes)))
    short, long = scorer.collect()[0].verdicts
    assert short.score == 1.0 and long.score is not None and long.score < 1.0


def test_equal_answers_of_a_group_are_judged_once(
    misbehaving: Any, make_scorer: Callable[..., Scorer], make_group: Callable[..., Group]
) -> None:
    scorer = make_scorer(counts=RewardConfig(verifier="counts"))
    misbehaving.CALLS.clear()
    scorer.submit(make_group("x", ["\\boxed{a}", "so \\boxed{a}", "\\boxed{b}", "\\boxed{ a }"], source="counts"))
    (group,) = scorer.collect()
    assert misbehaving.CALLS == ["a", "b"]
    assert [verdict.score for verdict in group.verdicts] == [1.0] * 4


def test_a_sameness_that_fails_does_not_end_the_run(
    make_scorer: Callable[..., Scorer], make_group: Callable[..., Group], caplog: pytest.LogCaptureFixture
) -> None:
    asked = []

    def judged(answer: str, gold: object) -> float:
        asked.append(answer)
        return float(answer == gold)

    def same(answer: str) -> Any:
        return {"A": "a", "a": "a", "none": None}[answer]

    reward("same_fails", runs="inline", same=same)(judged)
    scorer = make_scorer(same=RewardConfig(verifier="same_fails", format=BARE))
    scorer.submit(make_group("a", ["a", "A", "none", "b", "b"], source="same"))
    assert scorer.collect()[0].scores == [1.0, 1.0, 0.0, 0.0, 0.0]
    assert asked == ["a", "none", "b"]
    for fault in ("returned NoneType; expected str", "raised KeyError: 'b'"):
        assert f"verifier same_fails: its `same` {fault}; the answer is judged by itself" in caplog.messages


@pytest.mark.parametrize(
    ("answer", "score", "status", "message"),
    [
        ("half", 0.5, Status.PARTIAL, ""),
        ("true", 1.0, Status.CORRECT, ""),
        ("2", None, Status.INTERNAL_ERROR, "2.0; expected a number in [0, 1]"),
        ("nan", None, Status.INTERNAL_ERROR, "nan; expected"),
        ("none", None, Status.INTERNAL_ERROR, "returned None"),
        ("text", None, Status.INTERNAL_ERROR, "'1'; expected a number in [0, 1] or a Verdict"),
        ("unknown", None, Status.INTERNAL_ERROR, "KeyError"),
    ],
)
def test_what_a_verifier_returns_becomes_a_verdict(
    misbehaving: object,
    make_scorer: Callable[..., Scorer],
    answer: str,
    score: float | None,
    status: Status,
    message: str,
) -> None:
    with make_scorer(returns=RewardConfig(verifier="returns", format=BARE)) as scorer:
        verdict = scorer.score_one(answer, "x", source="returns")
    assert (verdict.score, verdict.status) == (score, status)
    assert message in verdict.message
    assert len(verdict.message) <= 200


def test_an_exception_is_never_a_zero_and_stops_the_run_when_common(
    misbehaving: object, make_scorer: Callable[..., Scorer], make_group: Callable[..., Group]
) -> None:
    scorer = make_scorer(raises=RewardConfig(verifier="raises", format=BARE, max_unjudged_share=0.5))
    scorer.submit(make_group("x", ["1", "0", "1"], source="raises"))
    (group,) = scorer.collect()
    assert [verdict.score for verdict in group.verdicts] == [1.0, None, 1.0]
    assert scorer.metrics()["reward/raises/unjudged_share"] == pytest.approx(1 / 3)
    scorer.submit(make_group("x", ["1", "0", "no", "00"], source="raises"))
    with pytest.raises(
        RunStopped, match=r"75% of the 4 answers of source 'raises'.*ZeroDivisionError.*max_unjudged_share"
    ):
        scorer.collect()
    assert scorer.collect() == []


def test_a_bad_gold_leaves_its_group_unjudged(
    make_scorer: Callable[..., Scorer], make_group: Callable[..., Group]
) -> None:
    scorer = make_scorer(math=RewardConfig(max_unjudged_share=1.0))
    scorer.submit(make_group(" ", ["\\boxed{7}", "nothing"], source="math"))
    (group,) = scorer.collect()
    assert [(verdict.score, verdict.status) for verdict in group.verdicts] == [(None, Status.BAD_GOLD)] * 2


def test_golds_and_parameters_of_tasks_are_checked_at_load(make_scorer: Callable[..., Scorer]) -> None:
    scorer = make_scorer(math=RewardConfig())
    assert scorer.check_gold("math", "7", {}) is None
    assert "empty" in (scorer.check_gold("math", "", {}) or "")
    assert "did you mean 'rel_tol'" in (scorer.check_gold("math", "7", {"reltol": 0.1}) or "")
    assert "expected a number" in (scorer.check_gold("math", "7", {"rel_tol": "big"}) or "")


def test_what_is_not_installed_is_told_as_such_and_no_fault_of_a_row(make_scorer: Callable[..., Scorer]) -> None:
    scorer = make_scorer(pages=RewardConfig(verifier="webpage", params={"browser": "nowhere"}))
    with pytest.raises(MissingPart, match="^data source pages: this needs Chromium, and 'nowhere' is no program"):
        scorer.check_gold("pages", "<p>hello</p>", {})


def test_parameters_of_the_task_win_over_those_of_the_configuration(make_scorer: Callable[..., Scorer]) -> None:
    scorer = make_scorer(math=RewardConfig(params={"rel_tol": 0.5}))
    assert scorer.score_one("9", "7", source="math", bare=True).score == 1.0
    assert scorer.score_one("9", "7", source="math", bare=True, params={"rel_tol": 0.1}).score == 0.0


def test_metrics_count_each_status_of_each_source(
    make_scorer: Callable[..., Scorer], make_group: Callable[..., Group]
) -> None:
    scorer = make_scorer(math=RewardConfig(), other=RewardConfig(format=GLM))
    scorer.submit(make_group("7", ["\\boxed{7}", "\\boxed{8}", "none", "\\boxed{7}\\boxed{8}"], source="math"))
    scorer.submit(make_group("7", [glm("7"), "7"], source="other"))
    scorer.collect()
    metrics = scorer.metrics()
    shares = {name.removeprefix("reward/math/"): value for name, value in metrics.items() if "/math/" in name}
    assert shares == {
        "correct_share": 0.25,
        "no_answer_share": 0.25,
        "format_error_share": 0.25,
        "timeout_share": 0.0,
        "unjudged_share": 0.0,
        "verifier_raised_share": 0.0,
    }
    assert metrics["reward/other/format_error_share"] == 0.5
    scorer.collect()
    assert scorer.metrics() == {}


def test_a_gold_that_cannot_be_sent_to_a_worker_is_our_fault(
    misbehaving: object, make_scorer: Callable[..., Scorer]
) -> None:
    scorer = make_scorer(hangs=RewardConfig(verifier="hangs", format=BARE))
    verdict = scorer.score_one("x", lambda: None, source="hangs")
    assert (verdict.score, verdict.status) == (None, Status.INTERNAL_ERROR)
    assert scorer.score_one("x", "x", source="hangs").status is Status.CORRECT


def test_one_response_can_be_scored_alone() -> None:
    verdict = score_one("<think>…</think>\\boxed{1/2}", "0.5", RewardConfig())
    assert (verdict.score, verdict.extracted) == (1.0, "1/2")
    assert score_one("1/2", "0.5", RewardConfig(), bare=True).score == 1.0


def test_judging_can_begin_before_it_is_waited_for(make_scorer: Callable[..., Scorer]) -> None:
    scorer = make_scorer(math=RewardConfig())
    task = Task(id="math:1", source="math", domain="stem.math", prompt="?", answer="2x")
    pending = [scorer.begin(f"\\boxed{{x+{text}}}", task) for text in ("x", "1")]
    assert [one.result().score for one in pending] == [1.0, 0.0]


def test_a_verdict_of_the_verifier_is_kept(make_scorer: Callable[..., Scorer]) -> None:
    def judged(answer: str, gold: object) -> Verdict:
        return Verdict(score=0.5, status=Status.PARTIAL, components={"recall": 0.5}, message="half")

    reward("kept", runs="inline")(judged)
    scorer = make_scorer(kept=RewardConfig(verifier="kept", format=BARE, format_weight=1.0))
    verdict = scorer.score_one("a", "b", source="kept")
    assert verdict.components == {"recall": 0.5, "correctness": 0.5, "format": 1.0}
    assert (verdict.score, verdict.status, verdict.message) == (0.75, Status.PARTIAL, "half")
    assert "kept" in REWARDS


def test_a_verifier_of_the_main_script_cannot_run_in_a_worker() -> None:
    def local(answer: str, gold: object) -> float:
        return 1.0

    local.__module__ = "__main__"
    reward("from_main")(local)
    with pytest.raises(UserError, match="rewards.mine: verifier 'from_main' is defined in the main script"):
        Scorer({"mine": RewardConfig(verifier="from_main")}, {}, ScoringConfig())


def test_half_a_character_in_a_response_does_not_end_the_judging_of_a_file(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"id": "\\ud83d", "response": "\\\\boxed{\\ud83d}", "answer": "5"}\n', encoding="ascii")
    judge_file(source, target, verifier="text_match")
    found = json.loads(target.read_text(encoding="utf-8"))
    assert (found["id"], found["extracted"], found["score"]) == ("\ud83d", "\ud83d", 0.0)
