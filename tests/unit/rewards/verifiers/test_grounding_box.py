"""The verifier `grounding_box`: scores worked out by hand, and the attacks on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rewards import Scorer
from rewards.registry import REWARDS, get_reward
from rewards.running.call import as_verdict
from rewards.verifiers.grounding_box import check_grounding_gold, quick_grounding_box
from rlcs.config.schema import RewardConfig
from rlcs.records import Status, Verdict

GOLD = [[100, 100, 300, 300]]
TWO = [[0, 0, 100, 100], [200, 200, 300, 300]]


def judge(answer: str, gold: Any = None, **params: Any) -> Verdict:
    return as_verdict(get_reward("grounding_box")(answer, GOLD if gold is None else gold, **params))


def test_iou_of_one_box_is_overlap_by_union() -> None:
    assert judge("[[100,100,300,300]]").score == 1.0
    assert judge("[[200,100,400,300]]").score == pytest.approx(1 / 3)
    assert judge("[[0,0,1000,1000]]").score == pytest.approx(0.04)
    assert judge("[[500,500,600,600]]").status is Status.INCORRECT


def test_the_threshold_counts_from_its_very_value() -> None:
    assert judge("[[100,100,300,200]]", score="threshold", threshold=0.5).score == 1.0
    assert judge("[[100,100,300,199]]", score="threshold", threshold=0.5).score == 0.0
    assert judge("[[0.1,0.1,0.3,0.2]]", space="0-1", score="threshold", threshold=0.5).score == 1.0


def test_giou_lies_between_0_and_1_and_falls_with_distance() -> None:
    near, far = judge("[[300,100,500,300]]", score="giou").score, judge("[[800,800,1000,1000]]", score="giou").score
    assert near == pytest.approx(0.5) and far is not None and 0 < far < 0.1
    assert judge("[[300,300,100,100]]", score="giou").score == 0.0


def test_several_boxes_share_by_the_larger_number_of_boxes() -> None:
    assert judge("[[200,200,300,300],[0,0,100,100]]", TWO).score == 1.0
    assert judge("[[0,0,100,100]]", TWO).score == 0.5
    assert judge("[[0,0,100,100],[200,200,300,300],[5,5,6,6],[7,7,8,8]]", TWO).score == 0.5
    assert judge("[[0,0,100,100],[200,200,300,300],[5,5,6,6]]", TWO, score="f1").score == pytest.approx(0.8)


def test_repeating_the_right_box_does_not_pay() -> None:
    assert judge(f"[{','.join(['[100,100,300,300]'] * 5)}]").score == pytest.approx(0.2)
    assert judge(f"[{','.join(['[100,100,300,300]'] * 5)}]", score="f1").score == pytest.approx(1 / 3)


def test_f1_matches_for_the_number_of_pairs_not_for_the_sum_of_iou() -> None:
    """The largest sum takes answer 1 with gold 1 (IoU 1) and leaves answer 2 without its only partner."""
    golds = [[0, 0, 100, 100], [0, 0, 100, 55]]
    answer = "[[0,0,100,100],[0,30,100,130]]"
    assert judge(answer, golds, score="f1", threshold=0.5).score == 1.0
    assert judge(answer, golds, score="threshold", threshold=0.5).score == 1.0


def test_labels_must_agree_where_the_gold_has_them() -> None:
    golds = [{"bbox_2d": [0, 0, 100, 100], "label": "cat"}, {"bbox_2d": [200, 200, 300, 300], "label": "dog"}]
    right = '[{"bbox_2d": [200,200,300,300], "label": "Dog"}, {"bbox_2d": [0,0,100,100], "label": "cat"}]'
    swapped = '[{"bbox_2d": [0,0,100,100], "label": "dog"}, {"bbox_2d": [200,200,300,300], "label": "cat"}]'
    assert judge(right, golds).score == 1.0
    assert judge(swapped, golds).score == 0.0
    assert judge(swapped, golds, match_labels=False).score == 1.0
    assert judge(swapped, TWO).score == 1.0


def test_nothing_to_find_is_right_only_when_said_so() -> None:
    assert judge("[]", []).status is Status.CORRECT
    assert judge("[[1,1,2,2]]", []).score == 0.0
    assert judge("there is none", []).status is Status.INVALID_ANSWER
    assert judge("[]").score == 0.0


@pytest.mark.parametrize(
    ("answer", "params"),
    [
        ("[[0.1,0.1,0.3,0.3]]", {"space": "0-1"}),
        ("[[64,48,192,144]]", {"space": "pixels", "image_width": 640, "image_height": 480}),
        ("[[32,24,96,72]]", {"space": "resized", "resized_width": 320, "resized_height": 240}),
        ("[[100,100,200,200]]", {"corners": "xywh"}),
    ],
)
def test_the_space_of_the_answer_is_declared(answer: str, params: dict[str, Any]) -> None:
    assert judge(answer, **params).score == pytest.approx(1.0)
    assert judge(answer).score < 0.9


def test_the_space_of_the_gold_is_declared() -> None:
    pixels = {"gold_space": "pixels", "image_width": 640, "image_height": 480}
    assert judge("[[100,100,300,300]]", [[64, 48, 192, 144]], **pixels).score == pytest.approx(1.0)
    fractions = {"gold_space": "0-1", "gold_corners": "xywh"}
    assert judge("[[100,100,300,300]]", [[0.1, 0.1, 0.2, 0.2]], **fractions).score == pytest.approx(1.0)


@pytest.mark.parametrize("answer", ["[[300,300,100,100]]", "[[NaN,100,300,300]]", "[[100,100,300,3000]]", "dog"])
def test_a_box_that_is_none_costs_the_score(answer: str) -> None:
    verdict = judge(answer)
    assert (verdict.score, verdict.status) == (0.0, Status.INVALID_ANSWER)


def test_a_flood_of_boxes_is_refused_at_once() -> None:
    answer = "[" + "[1,1,2,2]," * 20_000 + "[1,1,2,2]]"
    verdict = quick_grounding_box(answer, GOLD)
    assert isinstance(verdict, Verdict) and verdict.status is Status.OVER_LIMIT


def test_only_many_against_many_goes_to_a_worker() -> None:
    many = [[i, i, i + 1, i + 1] for i in range(100)]
    assert quick_grounding_box(str(many), GOLD) == pytest.approx(0.0)
    assert quick_grounding_box(str(many), many) is None
    assert judge(str(many), many).score == 1.0


def test_many_against_many_is_judged_in_a_worker(make_scorer: Callable[..., Scorer]) -> None:
    many = [[i, i, i + 1, i + 1] for i in range(100)]
    verdict = make_scorer(box=RewardConfig(verifier="grounding_box")).score_one(
        str(many), many, source="box", bare=True
    )
    assert verdict.status is Status.CORRECT


@pytest.mark.parametrize(
    ("gold", "params"),
    [
        ([[200, 200, 200, 200]], {}), ([[0, 0, 1]], {}), ("dog", {}), ([[0, 0, 640, 480], [0, 0, 1200, 5]], {}),
        (7, {}),
        ([[0, 0, 10, 10]], {"space": "pixels"}), ([[0, 0, 10, 10]], {"threshold": 0.0}), ([[0, 0, True, 10]], {}),
        ([[0, 0, float("nan"), 10]], {}),
    ],
)  # fmt: skip
def test_golds_and_spaces_of_no_use_are_reported(gold: Any, params: dict[str, Any]) -> None:
    assert REWARDS.get("grounding_box").check_gold(gold, params)


@pytest.mark.parametrize("gold", [GOLD, [], [0, 0, 5, 5], "[[0,0,5,5]]", [{"bbox_2d": [0, 0, 5, 5], "label": "cat"}]])
def test_good_golds_pass(gold: Any) -> None:
    assert check_grounding_gold(gold) is None


def test_many_boxes_without_commas_are_many_too() -> None:
    many = [[i, i, i + 1, i + 1] for i in range(100)]
    assert quick_grounding_box(str(many).replace(",", ""), many) is None
    assert quick_grounding_box("a long story about one dog " * 50 + "[1,1,2,2]", GOLD) is not None


@pytest.mark.parametrize(
    "answer",
    [
        '{"bbox_2d": [50, 60, 250, 260]}', '{"x1": 50, "y1": 60, "x2": 250, "y2": 260}',
        '{"xmin": 50, "ymin": 60, "xmax": 250, "ymax": 260, "label": "cup"}', "x1: 50, y1: 60, x2: 250, y2: 260",
        "【50，60，250，260】", '{"objects": [{"bbox_2d": [50, 60, 250, 260], "label": "cup"}]}',
        "(50,60) to (250,260)", "a cup or a mug: [50, 60, 250, 260]",
    ],
)  # fmt: skip
def test_a_box_is_read_in_any_form_and_another_is_not(answer: str) -> None:
    assert judge(answer, [[50, 60, 250, 260]]).score == pytest.approx(1.0)
    assert judge(answer, [[650, 660, 850, 860]]).score == 0.0


def test_objects_may_stand_one_a_line() -> None:
    lines = '{"bbox_2d": [50, 60, 250, 260]}\n{"bbox_2d": [650, 660, 850, 860]}'
    assert judge(lines, [[50, 60, 250, 260], [650, 660, 850, 860]]).score == pytest.approx(1.0)
    assert judge(lines, [[50, 60, 250, 260]]).score == pytest.approx(0.5)


@pytest.mark.parametrize(
    "answer", ["[[50,60,250,260]] or [[1,2,3,4]]", "[50,60,250,260] 或 [1,2,3,4]", "not [50,60,250,260]"]
)
def test_a_choice_of_boxes_is_no_answer(answer: str) -> None:
    assert judge(answer, [[50, 60, 250, 260]]).status is Status.INVALID_ANSWER
