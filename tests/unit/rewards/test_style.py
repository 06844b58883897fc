"""Style of a response: language mixing, repetition, length, stray boxes, and what they do to a score."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import Scorer
from rewards.style import has_box, language_score, measure_style, overlong_penalty, repeated_share, words_of
from rlcs.config.schema import RewardConfig, StyleConfig
from rlcs.records import Group, Status

CHINESE = "这道题要求我们先算出速度再算出时间然后相乘"  # 21 characters
ENGLISH = "first we compute the speed and then the time "  # 9 words


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("", 1.0),
        (CHINESE * 10, 1.0),
        (ENGLISH * 50, 1.0),
        (CHINESE * 3 + "\n" + ENGLISH * 28, 0.0),  # 63 characters and 252 words, one newline between them
        (CHINESE * 10 + ENGLISH * 10, 0.0),
        ((CHINESE + ENGLISH) * 10, 0.0),
        (CHINESE * 2 + ENGLISH * 50, 1.0),  # a quotation
        (CHINESE * 20 + ENGLISH * 3, 1.0),  # terms
        (CHINESE * 3 + ENGLISH * 100, 1.0),  # 63 characters beside 900 words are less than a tenth
        (CHINESE * 10 + "```\n" + ENGLISH * 10 + "```", 1.0),  # code
        ("<think>" + CHINESE * 10 + "</think>" + ENGLISH * 10, 1.0),  # each part in one language
        ("<think>" + CHINESE * 10 + ENGLISH * 10 + "</think>42", 0.0),
        ("<think>42</think>" + CHINESE * 10 + ENGLISH * 10, 0.0),
    ],
)
def test_only_extensive_mixing_of_two_languages_costs(text: str, score: float) -> None:
    assert language_score(text) == score


@pytest.mark.parametrize(
    ("tokens", "ngram", "share"),
    [
        ([1, 2, 3, 4], 2, 0.0),
        ([5, 5, 5, 5, 5], 2, 0.75),  # four pairs, one of them distinct
        ([1, 2, 3, 1, 2, 3], 2, 0.4),  # five pairs, three distinct
        ([1, 2], 3, 0.0),
        ([], 1, 0.0),
        ("word word word word".split(), 3, 0.5),
    ],
)
def test_the_share_of_repeated_ngrams_is_one_less_distinct_by_all(
    tokens: list[object], ngram: int, share: float
) -> None:
    assert repeated_share(tokens, ngram) == pytest.approx(share)


def test_words_are_lower_case_and_chinese_characters_stand_alone() -> None:
    assert words_of("The answer是42。") == ["the", "answer", "是", "42", "。"]


@pytest.mark.parametrize(
    ("length", "penalty"), [(0, 0.0), (80, 0.0), (90, -0.5), (95, -0.75), (100, -1.0), (110, -1.0)]
)
def test_the_length_penalty_falls_evenly_over_the_soft_tokens(length: int, penalty: float) -> None:
    assert overlong_penalty(length, 100, 20) == penalty


def test_soft_tokens_beyond_the_maximum_punish_from_the_first_token() -> None:
    assert overlong_penalty(50, 100, 100) == -0.5
    assert overlong_penalty(0, 100, 200) == -0.5


def test_box_markers_of_every_kind_are_seen() -> None:
    assert all(map(has_box, ["<|begin_of_box|>7<|end_of_box|>", "<|end_of_box|>", "\\boxed{7}", "\\fbox 7"]))
    assert not has_box("in a box, \\boxedness")


def test_nothing_is_measured_unless_it_has_a_weight() -> None:
    assert measure_style("a " * 100, StyleConfig()).parts == {}
    assert set(measure_style("a", StyleConfig(repetition_weight=1.0)).parts) == {"repetition"}
    assert set(measure_style("a", StyleConfig(cap=0.5)).parts) == {"language", "repetition"}


def test_a_score_is_the_weighted_mean_of_all_parts(make_scorer: Callable[..., Scorer]) -> None:
    style = StyleConfig(language_weight=0.5, repetition_weight=0.25, repetition_ngram=1, length_weight=0.25)
    scorer = make_scorer(math=RewardConfig(weight=2.0, format_weight=1.0, style=style))
    verdict = scorer.score_one("so so so so \\boxed{7}", "7", source="math")
    # words: so so so so \ boxed { 7 } - nine, six of them distinct
    assert verdict.components == {
        "correctness": 1.0,
        "format": 1.0,
        "language": 1.0,
        "repetition": pytest.approx(6 / 9),
        "length": 1.0,
    }
    assert verdict.score == pytest.approx((2 + 1 + 0.5 + 0.25 * 6 / 9 + 0.25) / 4)
    assert verdict.status is Status.CORRECT


def test_the_length_part_counts_the_tokens_of_the_completion(
    make_scorer: Callable[..., Scorer], make_group: Callable[..., Group]
) -> None:
    style = StyleConfig(length_weight=1.0, max_tokens=1, soft_tokens=1)
    scorer = make_scorer(math=RewardConfig(style=style))
    scorer.submit(make_group("7", ["\\boxed{7}"], source="math"))  # its completion is one token long
    (group,) = scorer.collect()
    assert group.verdicts[0].score == 0.5


def test_a_fault_of_style_caps_the_score(make_scorer: Callable[..., Scorer]) -> None:
    scorer = make_scorer(math=RewardConfig(style=StyleConfig(cap=0.25)))
    assert scorer.score_one("\\boxed{7}", "7", source="math").score == 1.0
    assert scorer.score_one("again and " * 200 + "\\boxed{7}", "7", source="math").score == 0.25
    assert scorer.score_one((CHINESE + ENGLISH) * 10 + "\\boxed{7}", "7", source="math").score == 0.25
    assert scorer.score_one("again and " * 200 + "\\boxed{8}", "7", source="math").score == 0.0


def test_a_box_where_no_rule_can_check_the_answer_gets_nothing(
    misbehaving: object, make_scorer: Callable[..., Scorer]
) -> None:
    config = RewardConfig(verifier="crashes", style=StyleConfig(forbid_box=True))
    config.format.box = "none"
    scorer = make_scorer(general=config)
    assert scorer.score_one("fine", "fine", source="general").score == 1.0
    boxed = "<|begin_of_box|>fine<|end_of_box|>"
    assert scorer.score_one(boxed, boxed, source="general").score == 0.0
    assert scorer.score_one(f"<think>{boxed}</think>fine", "fine", source="general").score == 1.0


def test_an_unjudged_response_keeps_its_parts_and_has_no_score(make_scorer: Callable[..., Scorer]) -> None:
    scorer = make_scorer(math=RewardConfig(style=StyleConfig(language_weight=1.0, cap=0.1)))
    verdict = scorer.score_one("\\boxed{7}", " ", source="math")
    assert (verdict.score, verdict.status, verdict.components["language"]) == (None, Status.BAD_GOLD, 1.0)


@given(
    text=st.text(max_size=300),
    weights=st.tuples(*[st.floats(0, 10)] * 3),
    cap=st.floats(0, 1),
    ngram=st.integers(1, 30),
    max_tokens=st.integers(1, 200),
)
def test_every_part_of_any_text_lies_between_0_and_1(
    text: str, weights: tuple[float, float, float], cap: float, ngram: int, max_tokens: int
) -> None:
    language, repetition, length = weights
    style = StyleConfig(
        language_weight=language,
        repetition_weight=repetition,
        length_weight=length,
        cap=cap,
        repetition_ngram=ngram,
        max_tokens=max_tokens,
    )
    assert all(0.0 <= part <= 1.0 for part in measure_style(text, style).parts.values())
