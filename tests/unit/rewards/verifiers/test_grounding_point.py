"""The verifier `grounding_point`, and how points are read."""

from __future__ import annotations

from typing import Any

import pytest

from rewards.reading.json_values import Unreadable
from rewards.reading.points import Frame, decay, distance_to_box, inside, number_groups, read_points
from rewards.registry import get_reward
from rewards.running.call import as_verdict
from rewards.verifiers.grounding_point import check_point_gold, quick_grounding_point
from rlcs.records import Status, Verdict

GOLD = [[400, 400, 600, 600]]
TWO = [[0, 0, 100, 100], [400, 400, 600, 600]]
THOUSAND = Frame(1000, 1000)


def judge(answer: str, gold: Any = None, **params: Any) -> Verdict:
    return as_verdict(get_reward("grounding_point")(answer, gold or GOLD, **params))


@pytest.mark.parametrize(
    "text",
    [
        "[500, 250]", "(500,250)", "[[500, 250]]", "500, 250", "<point>(500, 250)</point>", "<point>500 250</point>",
        "CLICK(point=(500, 250))", "left_click(start_box='[500, 250]')", "pyautogui.click(x=500, y=250)",
        '{"x": 500, "y": 250}', '[{"point_2d": [500, 250], "label": "dog (1)"}]', "{'coordinate': (500, 250)}",
        "I click <point>( 500 , 250 )</point> now.", "\\boxed{(500, 250)}", "（500，250）",
    ],
)  # fmt: skip
def test_every_spelling_is_the_same_point(text: str) -> None:
    assert read_points(text, THOUSAND) == [(0.5, 0.25)]


@pytest.mark.parametrize(
    "text",
    [
        "", "here", "[500]", "[1,2,3]", "(nan, 250)", "(inf, 250)", "(-1, 5)", "(1200, 5)", "(500, 250",
        '("500", "250")',
        '{"x": 1}', '{"x": true, "y": 2}', '{"point": [1,2], "point_2d": [3,4]}', "[400,400,600,600]",
    ],
)  # fmt: skip
def test_what_is_no_point_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_points(text, THOUSAND)


def test_a_box_stands_for_its_centre_only_where_it_may() -> None:
    assert read_points("[400,400,600,800]", THOUSAND, accept_boxes=True) == [(0.5, pytest.approx(0.6))]
    with pytest.raises(Unreadable):
        read_points("[600,400,400,800]", THOUSAND, accept_boxes=True)


def test_numbers_are_grouped_by_the_innermost_brackets() -> None:
    assert number_groups("[[1, 2], (3 4)]") == [(1, 2), (3, 4)]
    assert number_groups("no numbers") == []
    with pytest.raises(Unreadable):
        number_groups("[1, 2")


def test_edges_are_inside_unless_strict() -> None:
    cases = [("(500,500)", 1, 1), ("(400,450)", 1, 0), ("(600,600)", 1, 0), ("(399,450)", 0, 0)]
    for answer, inclusive, strict in cases:
        assert judge(answer).score == inclusive
        assert judge(answer, edges="strict").score == strict


def test_fractions_do_not_lose_an_edge_to_rounding() -> None:
    assert inside((0.1 + 0.2, 0.5), (0.0, 0.0, 0.3, 1.0))
    assert judge("(0.3, 0.3)", [[100, 100, 300, 300]], space="0-1").score == 1.0


def test_one_point_for_each_object_over_the_larger_number() -> None:
    assert judge("[[500,500],[50,50]]", TWO).score == 1.0
    assert judge("[[500,500]]", TWO).score == 0.5
    assert judge("[[500,500],[510,510]]", TWO).score == 0.5
    assert judge("[[500,500],[50,50],[900,900],[901,901]]", TWO).score == 0.5


def test_distance_falls_from_the_edge_to_the_limit() -> None:
    assert judge("(500,500)", score="distance").score == 1.0
    assert judge("(650,500)", score="distance", max_distance=0.1).score == pytest.approx(0.5)
    assert judge("(700,500)", score="distance", max_distance=0.1).score == 0.0
    assert distance_to_box((0.9, 1.0), (0.4, 0.4, 0.6, 0.6)) == pytest.approx(0.5)
    assert (decay(0.0, 0.1), decay(0.05, 0.1, 2.0), decay(0.2, 0.1)) == (1.0, 0.25, 0.0)


def test_point_spam_is_refused_and_only_many_against_many_goes_to_a_worker() -> None:
    spam = str([[i, i] for i in range(201)])
    assert judge(spam).status is Status.OVER_LIMIT
    assert quick_grounding_point(spam, [[i, i, i + 1, i + 1] for i in range(100)]) is None
    assert quick_grounding_point("(500,500)", GOLD) == 1.0


@pytest.mark.parametrize("gold", [[], [[5, 5, 5, 5]], [[1, 2]], "dog"])
def test_golds_of_no_use_are_reported(gold: Any) -> None:
    try:
        assert check_point_gold(gold)
    except ValueError as error:
        assert str(error)
    assert check_point_gold(GOLD) is None


def test_every_tag_holds_a_point_of_its_own() -> None:
    assert read_points("<point>500,250</point><point>1 2</point>", THOUSAND) == [(0.5, 0.25), (0.001, 0.002)]


def test_many_points_without_commas_are_many_too() -> None:
    spam = "".join(f"({i} {i})" for i in range(100))
    golds = [[i, i, i + 1, i + 1] for i in range(100)]
    assert quick_grounding_point(spam, golds) is None
    assert quick_grounding_point(spam, str(golds).replace("[", "(").replace("]", ")")) is None
