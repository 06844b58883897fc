"""Reward models beside and in the place of verifiers: scale, one call a group, what has no rating, weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest

from rewards import Scorer
from rewards.running.ratings import Rater, Rating, Scale, with_rating
from rlcs.config.schema import FormatConfig, RewardConfig, ScoringConfig, StyleConfig
from rlcs.errors import RunStopped, UserError
from rlcs.records import Group, Messages, Status, Verdict

BARE = FormatConfig(box="none")
ALONE = RewardConfig(verifier=None, reward_model="lengths", format=BARE)
SCALE = Scale(mean=3.0, std=2.0, clip=4.0)


class Answered:
    def __init__(self, ratings: list[Rating]) -> None:
        self.ratings = ratings

    def result(self) -> list[Rating]:
        return self.ratings


class Lengths:
    """A reward model that likes long answers, and has a word for every way to fail."""

    def __init__(self) -> None:
        self.calls: list[tuple[str | Messages, list[str]]] = []

    def submit(self, prompt: str | Messages, answers: Sequence[str]) -> Answered:
        self.calls.append((prompt, list(answers)))
        special = {
            "nan": Rating(value=math.nan),
            "infinite": Rating(value=-math.inf),
            "none": Rating(message="its worker died"),
            "too long": Rating(is_too_long=True, message="the answer takes 9 tokens"),
        }
        return Answered([special.get(answer, Rating(value=float(len(answer)))) for answer in answers])


@pytest.fixture
def model() -> Lengths:
    return Lengths()


def scorer_of(model: Lengths, **rewards: RewardConfig) -> Scorer:
    scorer = Scorer(rewards, {name: name for name in rewards}, ScoringConfig())
    scorer.raters = {"lengths": Rater(name="lengths", model=model, scale=SCALE)}
    return scorer


def sigmoid(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (3.0, 0.5),
        (5.0, 0.7310585786),
        (1.0, 0.2689414214),
        (11.0, 0.9820137900),
        (1e300, 0.9820137900),
        (-1e9, 0.0179862100),
    ],
)
def test_a_raw_value_becomes_the_sigmoid_of_its_deviation_from_the_mean(raw: float, expected: float) -> None:
    assert SCALE.score(raw) == pytest.approx(expected, abs=1e-9)


def test_a_group_goes_out_in_one_call_when_it_is_submitted_and_equal_answers_once(
    model: Lengths, make_group: Callable[..., Group]
) -> None:
    scorer = scorer_of(model, general=ALONE)
    scorer.submit(make_group(None, ["five5", "<think>x</think>one", "five5", "<think>never"], source="general"))
    assert model.calls == [("how many?", ["five5", "one"])]
    scorer.submit(make_group(None, ["<think>never"], source="general"))
    first, second = scorer.collect()
    assert len(model.calls) == 1
    assert [verdict.score for verdict in first.verdicts] == [sigmoid(1.0), sigmoid(0.0), sigmoid(1.0), 0.0]
    assert [verdict.status for verdict in first.verdicts] == [Status.PARTIAL] * 3 + [Status.NO_ANSWER]
    assert first.verdicts[0].components == {
        "reward_model": sigmoid(1.0), "reward_model_raw": 5.0, "correctness": sigmoid(1.0), "format": 1.0,
    }  # fmt: skip
    assert first.verdicts[0].verifier == "lengths"
    assert second.verdicts[0].components == {"reward_model": 0.0, "correctness": 0.0, "format": 0.0}


@pytest.mark.parametrize(
    ("answer", "score", "status", "message"),
    [
        ("nan", None, Status.JUDGE_ERROR, "reward model 'lengths' gave nan"),
        ("infinite", None, Status.JUDGE_ERROR, "reward model 'lengths' gave -inf"),
        ("none", None, Status.JUDGE_ERROR, "reward model 'lengths': its worker died"),
        ("too long", 0.0, Status.OVER_LIMIT, "the answer takes 9 tokens"),
    ],
)
def test_what_is_no_rating_is_no_zero_unless_the_answer_is_to_blame(
    model: Lengths, answer: str, score: float | None, status: Status, message: str
) -> None:
    both = RewardConfig(verifier="text_match", reward_model="lengths", reward_model_weight=1.0, format=BARE)
    with scorer_of(model, alone=ALONE, both=both) as scorer:
        alone = scorer.score_one(answer, None, source="alone")
        assert (alone.score, alone.status, alone.message) == (score, status, message)
        beside = scorer.score_one(answer, answer, source="both")
    if score is None:
        assert (beside.score, beside.status, beside.message) == (None, status, message)
    else:
        assert (beside.score, beside.status) == (0.5, Status.CORRECT), "the mean of correctness 1 and rating 0"


def test_many_without_a_rating_stop_the_run(model: Lengths, make_group: Callable[..., Group]) -> None:
    scorer = scorer_of(model, general=ALONE)
    scorer.submit(make_group(None, ["nan", "one", "two", "none"], source="general"))
    with pytest.raises(RunStopped, match="50% of the 4 answers of source 'general' could not be judged.*judge_error"):
        scorer.collect()


def test_beside_a_verifier_the_rating_is_one_part_by_its_weight(
    model: Lengths, make_group: Callable[..., Group]
) -> None:
    both = RewardConfig(reward_model="lengths", weight=3.0, reward_model_weight=1.0)
    scorer = scorer_of(model, math=both)
    scorer.submit(make_group("12345", ["\\boxed{12345}", "\\boxed{777}", "no box", ""], source="math"))
    (group,) = scorer.collect()
    right, wrong, boxless, empty = group.verdicts
    assert right.score == pytest.approx((3 * 1.0 + sigmoid(1.0)) / 4)
    assert wrong.score == pytest.approx((3 * 0.0 + 0.5) / 4)
    assert (right.status, wrong.status, right.verifier) == (Status.CORRECT, Status.INCORRECT, "math")
    assert [boxless.score, empty.score] == [0.0, 0.0]
    assert boxless.components["reward_model"] == 0.0


def test_a_rating_does_not_rescue_what_the_verifier_could_not_judge() -> None:
    unjudged = Verdict(score=None, status=Status.INTERNAL_ERROR, message="a bug")
    rated = Verdict(score=0.9, status=Status.PARTIAL, components={"reward_model": 0.9})
    verdict = with_rating(unjudged, rated)
    assert (verdict.score, verdict.status, verdict.message) == (None, Status.INTERNAL_ERROR, "a bug")
    assert verdict.components == {"reward_model": 0.9}


def test_a_box_in_an_answer_that_no_rule_checks_pays_nothing(model: Lengths) -> None:
    config = RewardConfig(verifier=None, reward_model="lengths", format=BARE, style=StyleConfig(forbid_box=True))
    with scorer_of(model, general=config) as scorer:
        assert scorer.score_one("\\boxed{long answer}", None, source="general").score == 0.0
        assert scorer.score_one("long answer", None, source="general").score == sigmoid(4.0)


def test_a_scorer_without_the_model_says_so(model: Lengths) -> None:
    with Scorer({"general": ALONE}, {"general": "general"}, ScoringConfig()) as scorer:
        assert scorer.score_one("<think>never", None, source="general").score == 0.0
        with pytest.raises(UserError, match="reward model 'lengths' is not loaded here; rlcs train, eval and grade"):
            scorer.score_one("an answer", None, source="general")


def test_no_gold_answer_is_needed_where_a_reward_model_alone_judges(model: Lengths) -> None:
    scorer = scorer_of(model, general=ALONE, math=RewardConfig())
    assert scorer.check_gold("general", "", {}) is None
    assert "empty" in (scorer.check_gold("math", "", {}) or "")
