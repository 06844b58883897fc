"""The verifier `gui_point`."""

from __future__ import annotations

from typing import Any

import pytest

from rewards.reading.points import Spaces
from rewards.registry import get_reward
from rewards.running.call import as_verdict
from rewards.verifiers.screens.gui_point import check_click_gold
from rlcs.records import Status, Verdict

BOX = [100, 100, 300, 200]


def judge(answer: str, gold: Any = None, **params: Any) -> Verdict:
    return as_verdict(get_reward("gui_point")(answer, gold or BOX, **params))


def test_a_click_in_the_box_counts_edges_included() -> None:
    assert [judge(answer).score for answer in ("(200,150)", "(100,100)", "(300,200)", "(301,200)")] == [1, 1, 1, 0]
    assert judge("(100,100)", edges="strict").score == 0.0
    assert judge("(200,150)", [[100, 100, 300, 200]]).score == 1.0


def test_a_box_as_answer_stands_for_its_centre() -> None:
    assert judge("[0,0,400,300]").score == 1.0
    assert judge("[0,0,1000,1000]").score == 0.0
    assert judge("[0,0,400,300]", accept_boxes=False).status is Status.INVALID_ANSWER


def test_distance_to_a_gold_point_is_squared_and_to_a_box_counts_from_its_edge() -> None:
    point = {"score": "distance", "space": "0-1", "gold_space": "0-1", "max_distance": 0.1}
    assert judge("(0.5, 0.25)", [0.5, 0.25], **point).score == 1.0
    assert judge("(0.55, 0.25)", [0.5, 0.25], **point).score == pytest.approx(0.25)
    assert judge("(0.9, 0.9)", [0.5, 0.25], **point).score == 0.0
    assert judge("(325, 150)", score="distance", power=1.0).score == pytest.approx(0.75)


def test_a_gold_point_is_hit_within_the_distance() -> None:
    assert judge("(540, 250)", [500, 250], max_distance=0.05).score == 1.0
    assert judge("(560, 250)", "500, 250", max_distance=0.05).score == 0.0


@pytest.mark.parametrize(
    "answer", ["(200,150) or (900,900)", "[[200,150],[200,150]]", "the button", "(2000,150)", "[]"]
)
def test_one_point_is_asked_for(answer: str) -> None:
    verdict = judge(answer)
    assert (verdict.score, verdict.status) == (0.0, Status.INVALID_ANSWER)


@pytest.mark.parametrize("gold", [[1], [300, 100, 100, 200], "button", [2000, 5], {"x": 1}, [1, 2, 3]])
def test_golds_of_no_use_are_reported(gold: Any) -> None:
    with pytest.raises(ValueError):
        check_click_gold(gold)
    assert check_click_gold(BOX, max_distance=0.0)
    assert check_click_gold(BOX, power=-1.0), "a score above 1"
    assert check_click_gold("[[0.1, 0.1, 0.2, 0.2]]", spaces=Spaces(gold_space="0-1")) is None


@pytest.mark.parametrize(
    "answer",
    [
        '<point x="200" y="150" alt="button">button</point>', "pyautogui.click(x=200, y=150)", "x: 200, y: 150",
        "【200，150】", '{"name": "computer_use", "arguments": {"action": "left_click", "coordinate": [200, 150]}}',
        "<|box_start|>(200,150)<|box_end|>",
    ],
)  # fmt: skip
def test_a_click_is_read_in_the_forms_of_public_agents(answer: str) -> None:
    assert judge(answer).score == 1.0
    assert judge(answer, [500, 500, 600, 600]).score == 0.0


@pytest.mark.parametrize("answer", ["(200,150) or (900,900)", "(200,150) 或 (900,900)", "not (200,150)"])
def test_a_choice_of_places_is_no_answer(answer: str) -> None:
    assert judge(answer).status is Status.INVALID_ANSWER
