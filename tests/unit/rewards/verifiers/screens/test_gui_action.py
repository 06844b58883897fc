"""The verifier `gui_action`: three action spaces read without eval, field scores, and the references' own scores."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from rewards.reading.json_values import Unreadable
from rewards.reading.points import Frame
from rewards.running.call import as_verdict
from rewards.verifiers.screens.actions import read_action
from rewards.verifiers.screens.gui_action import check_action_gold, gui_action
from rewards.verifiers.screens.score import same_keys
from rewards.verifiers.screens.score_reference import Gesture, operation_f1, same_gesture
from rlcs.records import Status, Verdict

SCREEN = Frame(1000, 1000)
CLICK = '{"action_type": "click", "box_2d": [[100,100,300,200]]}'


def judge(answer: str, gold: Any, actions: str = "by_gold", **params: Any) -> Verdict:
    return as_verdict(gui_action(answer, gold, actions=actions, **params))


@pytest.mark.parametrize(
    ("space", "text", "name", "fields"),
    [
        ("mobile", CLICK, "click", {"box_2d": (0.1, 0.1, 0.3, 0.2)}),
        ("mobile", "{'box_2d': [[100,100,300,200]], 'action_type': 'click'}", "click",
         {"box_2d": (0.1, 0.1, 0.3, 0.2)}),
        ("mobile", '```json\n{"action_type": "wait"}\n```', "wait", {}),
        ("mobile", f"Memory: none\nReason: Action: click it\nAction: {CLICK}", "click",
         {"box_2d": (0.1, 0.1, 0.3, 0.2)}),
        ("mobile", "{'action_type': 'input_text', 'text': 'a', 'override': True}", "input_text",
         {"text": "a", "override": True}),
        ("desktop", "left_click(start_box='[100, 200]', element_info='OK (1)')", "left_click",
         {"start_box": (0.1, 0.2), "element_info": "OK (1)"}),
        ("desktop", "hover(start_box=[100, 200, 300, 600])", "hover", {"start_box": (0.2, 0.4)}),
        ("desktop", "key(key='ctrl+c')", "key", {"keys": "ctrl+c"}), ("desktop", "WAIT()", "wait", {}),
        ("desktop", "WAIT", "wait", {}), ("desktop", "DONE", "done", {}),
        ("desktop", "left_click(start_box='<|box_start|>(100,200)<|box_end|>')", "left_click",
         {"start_box": (0.1, 0.2)}),
        ("desktop", "click(point='<point>100 200</point>')", "left_click", {"start_box": (0.1, 0.2)}),
        ("desktop", "left_double(start_box='(100,200)')", "left_double_click", {"start_box": (0.1, 0.2)}),
        ("desktop", "pyautogui.click(100, 200)", "left_click", {"start_box": (0.1, 0.2)}),
        ("desktop", "pyautogui.rightClick(x=100, y=200)", "right_click", {"start_box": (0.1, 0.2)}),
        ("desktop", "pyautogui.hotkey('ctrl', 'c')", "key", {"keys": "ctrl+c"}),
        ("desktop", "drag(start_point='(1,2)', end_point='(3,4)')", "left_drag",
         {"start_box": (0.001, 0.002), "end_box": (0.003, 0.004)}),
        ("desktop", '{"action": "left_click", "coordinate": [100, 200]}', "left_click", {"start_box": (0.1, 0.2)}),
        ("desktop", "finished(content='done')", "done", {"content": "done"}),
        ("mobile", '{"action_type": "scroll", "direction": "down"}', "scroll", {"direction": "down"}),
        ("mobile", '{"action_type": "double_tap", "x": 100, "y": 200}', "double_tap", {"box_2d": (0.1, 0.2)}),
        ("mobile", '{"action_type": "click", "index": 7}', "click", {"index": "7"}),
        ("mobile", '{"action_type": "scroll", "direction": "up", "index": 2}', "scroll",
         {"direction": "up", "index": "2"}),
        ("mobile", '{"action_type": "input_text", "text": "a", "x": 1, "y": 2, "clear_text": true}', "input_text",
         {"text": "a", "box_2d": (0.001, 0.002), "override": True}),
        ("mobile", '{"action_type": "status", "goal_status": "infeasible"}', "status", {"goal_status": "infeasible"}),
        ("mobile", '{"action": "tap", "coordinate": [100, 200]}', "click", {"box_2d": (0.1, 0.2)}),
        ("mobile", '{"name": "mobile_use", "arguments": {"action": "long_press", "coordinate": [100, 200]}}',
         "long_press", {"box_2d": (0.1, 0.2)}),
        ("mobile", '{"action_type": "press_back"}', "navigate_back", {}),
        ("web", "Click [3]", "click_mark", {"mark": "3"}),
        ("web", "Type [3]; [New York; 5$]", "type_mark", {"mark": "3", "text": "New York; 5$"}),
        ("web", "Scroll [WINDOW]; [down]", "scroll_mark", {"mark": "WINDOW", "direction": "down"}),
        ("web", "Thought: find it\nAction: Click [03]\nMemory_Updated: {}", "click_mark", {"mark": "3"}),
        ("web", "Key; [Return]", "key", {"key": "Return"}),
        ("web", "ANSWER; <content>Guatemala</content>", "answer", {"content": "Guatemala"}),
        ("web", "GoBack", "goback", {}),
        ("web", "CLICK(point=(214, 100), box=[[198,92,229,107]])", "click",
         {"point": (0.214, 0.1), "box": (0.198, 0.092, 0.229, 0.107)}),

    ],
)  # fmt: skip
def test_actions_of_all_spaces_are_read(space: Any, text: str, name: str, fields: dict[str, Any]) -> None:
    action = read_action(text, space, SCREEN)
    assert (action.name, action.fields) == (name, fields)


@pytest.mark.parametrize(
    ("space", "text"),
    [
        ("mobile", "not json"), ("mobile", "{{'action_type': 'click'}}"), ("mobile", '{"action_type": "click"}'),
        ("mobile", '{"action_type": "fly"}'), ("mobile", '{"action_type": "wait", "extra": 1}'),
        ("mobile", f"[{CLICK}]"),
        ("mobile", f"{CLICK} {CLICK}"), ("mobile", '{"action_type": "click", "box_2d": [[300,100,100,200]]}'),
        ("mobile", '{"action_type": "click", "box_2d": [[1,2,3,4],[5,6,7,8]]}'),
        ("mobile", '{"action_type": "input_text", "text": 5}'),
        ("mobile", '{"action_type": "swipe", "direction": "in"}'),
        ("desktop", "left_click(start_box='[100, 200]') left_click(start_box='[300, 200]')"),
        ("desktop", "left_click(start_box='[100, 200')"), ("desktop", "left_click(start_box='(nan, 2)')"),
        ("desktop", "left_click(100, 200, 300)"), ("desktop", "left_click"), ("desktop", "left_click(5)"),
        ("desktop", "left_click(start_box='(1,2) or (3,4)')"), ("desktop", "left_click(x=1, y=2, point='(3,4)')"),
        ("mobile", '{"action_type": "scroll"}'), ("mobile", '{"action_type": "double_tap", "direction": "up"}'),
        ("mobile", '{"action_type": "click", "x": 5}'), ("mobile", "WAIT"), ("desktop", "__import__('os').system('x')"),
        ("desktop", "scroll(start_box='[1, 2]', direction='down', step=True)"), ("desktop", "WAIT(5)"),
        ("web", "Click [3] or Click [4]"), ("web", "Click [3]\nClick [4]"), ("web", "Click"), ("web", "Scroll [3]"),
    ],
)  # fmt: skip
def test_what_is_not_one_action_of_the_space_is_refused(space: Any, text: str) -> None:
    with pytest.raises(Unreadable):
        read_action(text, space, SCREEN)


def test_nothing_that_a_model_writes_is_run(tmp_path: Path) -> None:
    for code in ("__import__('pathlib').Path({!r}).touch()", "open({!r}, 'w').close()"):
        text = code.format(str(tmp_path / "pwned"))
        assert judge(text, CLICK).status is Status.INVALID_ANSWER
        assert judge(text, "WAIT()").status is Status.INVALID_ANSWER
    assert not list(tmp_path.iterdir())


def test_another_action_or_other_fields_score_nothing() -> None:
    assert judge('{"action_type": "long_press", "box_2d": [[100,100,300,200]]}', CLICK).score == 0.0
    typed = '{"action_type": "input_text", "text": "a", "box_2d": [[1,1,9,9]]%s}'
    assert judge(typed % ', "override": true', typed % "").score == 0.0
    assert judge(typed % ', "override": true', typed % ', "override": false').score == 0.0
    assert judge("DONE()", "left_click(start_box='[100, 200]')").score == 0.0


def test_a_click_is_right_inside_the_box_and_falls_outside() -> None:
    box = '{"action_type": "click", "box_2d": [[%s]]}'
    assert judge(box % "150,120,250,180", CLICK).score == 1.0
    assert judge(box % "0,0,1000,1000", CLICK).score == 0.0
    assert judge(box % "315,140,335,160", CLICK, max_distance=0.05).score == pytest.approx(0.5)
    assert judge(box % "200,100,400,200", CLICK, target="iou").score == pytest.approx(1 / 3)


def test_a_gold_point_or_its_own_box_or_a_declared_box_is_the_target() -> None:
    click = "left_click(start_box='[%s]')"
    assert judge(click % "100, 200", click % "100,200").score == 1.0
    assert judge(click % "125, 200", click % "100,200", max_distance=0.05).score == pytest.approx(0.5)
    assert judge(click % "160, 200", click % "100,200").score == 0.0
    assert judge(click % "160, 200", click % "100,200", target_box=[50, 150, 200, 250]).score == 1.0
    gold = "CLICK(point=(214, 100), box=[[198,92,229,107]], element_info='Dinners')"
    assert judge("CLICK(point=(200, 95))", gold).score == 1.0


def test_both_ends_of_a_drag_count() -> None:
    gold = "left_drag(start_box='[100, 100]', end_box='[300, 300]')"
    assert judge("left_drag(start_box='[125, 100]', end_box='[300, 325]')", gold).score == pytest.approx(0.25)
    assert judge("drag(start_box='[100, 100]', end_box='[300, 300]')", gold).score == 1.0


def test_scrolls_need_the_direction_and_pay_for_the_number_of_steps() -> None:
    gold = "scroll(start_box='[200, 200]', direction='down', step=3)"
    scroll = "scroll(start_box='[200, 200]', direction='%s'%s)"
    assert judge(scroll % ("down", ", step=3"), gold).score == 1.0
    assert judge(scroll % ("up", ", step=3"), gold).score == 0.0
    assert judge(scroll % ("down", ", step=6"), gold).score == 0.5
    assert judge(scroll % ("down", ""), gold).score == pytest.approx(3 / 5)
    assert judge(scroll % ("down", ", step=-3"), gold).score == 0.0
    assert judge("Scroll [3]; [up]", "Scroll [3]; [down]").score == 0.0


@pytest.mark.parametrize(
    ("answer", "rule", "score"),
    [
        ("Hello World", "exact", 1.0), ("hello world", "exact", 0.0), ("hello world", "casefold", 1.0),
        ("", "exact", 0.0),
        ("Hello", "exact", 0.0), ("Hello  World", "exact", 1.0), ("Hello Worl", "similarity", 1 - 1 / 11),
        ("Goodbye", "similarity", 0.0), ("", "similarity", 0.0), ("x", "ignore", 1.0),
    ],
)  # fmt: skip
def test_typed_text_is_compared_as_declared(answer: str, rule: str, score: float) -> None:
    verdict = judge(f"type(content='{answer}')", "type(content='Hello World')", text=rule)
    assert verdict.score == pytest.approx(score)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("Return", "enter", True), ("ctrl+c", "Ctrl + C", True), ("c+ctrl", "control+c", True),
        ("Page_Up", "pgup", True),
        ("ctrl++", "Ctrl + +", True), ("+", "+", True), ("esc", "Escape", True), ("ctrl+c", "ctrl+v", False),
        ("a", "", False),
        ("ctrl", "ctrl+c", False), ("cmd+c", "ctrl+c", False), ("up", "ArrowUp", True), ("", "+", False),
    ],
)  # fmt: skip
def test_keys_are_the_same_under_their_usual_names(first: str, second: str, same: bool) -> None:
    assert same_keys(first, second) is same
    assert same_keys(second, first) is same


def test_letter_case_of_names_does_not_matter() -> None:
    assert judge("wait()", "WAIT()").score == 1.0
    assert judge("KEY_PRESS(key='Return')", "KEY_PRESS(key='Enter')").score == 1.0
    gold = {"action_type": "open_app", "app_name": "Chrome"}
    assert judge('{"action_type": "open_app", "app_name": "chrome"}', gold).score == 1.0


def test_the_parts_of_the_score_are_told() -> None:
    verdict = judge(
        "scroll(start_box='[200, 200]', direction='up')", "scroll(start_box='[200, 200]', direction='down')"
    )
    assert verdict.components == {"action": 1.0, "start_box": 1.0, "direction": 0.0, "step": 1.0}


def test_a_very_long_text_is_over_the_limit() -> None:
    assert judge(f"type(content='{'a' * 5000}')", "type(content='a')").status is Status.OVER_LIMIT
    assert judge(f"type(content='{'a' * 5000}')", "type(content='a')", scoring="glm").status is Status.OVER_LIMIT
    assert judge("a" * 20_000, CLICK).status is Status.OVER_LIMIT
    assert judge(f"ANSWER; {'a' * 20_000}", "ANSWER; a", "web").status is Status.OVER_LIMIT


@pytest.mark.parametrize("piece", [" ", "\n", ";", "; ", "[", "3"])
@pytest.mark.parametrize("start", ["scroll 3", "type 3", "key", "answer", "click", "Action:"])
def test_hostile_lines_are_read_in_linear_time(start: str, piece: str) -> None:
    begun = time.perf_counter()
    for length in (16_000, 900_000):
        assert judge(f"{start}{piece * length}x", "Scroll [3]; [up]", "web").score == 0.0
    assert time.perf_counter() - begun < 0.3


@pytest.mark.parametrize("text", ["Scroll [3];[up]", "scroll 3 up", "Scroll [3] ; [up]", "Scroll [3]  [up]"])
def test_a_semicolon_or_a_space_parts_the_fields_of_a_line(text: str) -> None:
    assert judge(text, "Scroll [3]; [up]", "web").score == 1.0


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        (CLICK, CLICK, 1.0),
        ('{"action_type": "click", "box_2d": [[120,100,320,200]]}', CLICK, 180 / 220),
        ('{"action_type": "answer", "text": "abcd"}', '{"action_type": "answer", "text": "abxd"}', 0.75),
        ("left_click(start_box='[110, 200]')", "left_click(start_box='[100, 200]')", 0.9),
        ("left_click(start_box='[120, 200]')", "left_click(start_box='[100, 200]')", 0.8),
        ("left_click(start_box='[121, 200]')", "left_click(start_box='[100, 200]')", 0.58),
        ("key(keys='CTRL+C')", "key(keys='ctrl+c')", 1.0),
        ("wait()", "WAIT()", 0.0),
        ("hotkey(keys='a')", "hotkey(keys='a')", 0.0),
        ("type(content='aaaaaaaaaaaa')", "type(content='aaaaaaaaaaaa')", 0.3),
        ("type(content='abc')", "type(content='abd')", 0.6 * 2 / 3 + 0.4 / 3),
        ("scroll(start_box='[1, 1]', direction='down')", "scroll(start_box='[1, 1]', direction='down', step=4)", 0.875),
        ("KEY_PRESS(key='Return')", "KEY_PRESS(key='Enter')", 0.05),
        ("CLICK(point=(1, 2))", "CLICK(point=(9, 9))", 0.05),
        ("TYPE(point=(1, 2), text='bcd')", "TYPE(point=(9, 9), text='abcd')", 0.75 * 0.95),
        ("SCROLL_UP(point=(1, 2), distance=0.5)", "SCROLL_UP(point=(1, 2), distance=0.75)", 2 / 3),
        ("Type [2]; [bcd]", "Type [2]; [abcd]", 0.75),
    ],
)
def test_glm_scoring_is_that_of_the_released_scripts(answer: str, gold: str, score: float) -> None:
    assert judge(answer, gold, scoring="glm").score == pytest.approx(score)


TAP = '{"action_type": 4, "touch_point": [%s], "lift_point": [%s]}'
UP, DOWN, ACROSS = (TAP % ends for ends in (("0.8,0.5", "0.2,0.5"), ("0.2,0.5", "0.8,0.5"), ("0.5,0.2", "0.5,0.8")))


def test_android_in_the_wild_matches_taps_by_box_or_distance() -> None:
    tap = "0.42,0.45"
    assert judge(TAP % ("0.5,0.5", "0.53,0.5"), TAP % (tap, tap), "aitw").score == 1.0
    assert judge(TAP % ("0.1,0.1", "0.1,0.1"), TAP % ("0.2415,0.1", "0.2415,0.1"), "aitw").score == 0.0
    box = [[0.0, 0.05, 0.3, 0.1]]
    assert judge(TAP % ("0.1,0.1", "0.1,0.1"), TAP % ("0.2415,0.1", "0.2415,0.1"), "aitw", ui_boxes=box).score == 1.0
    assert judge(TAP % ("0.5,0.5", "0.545,0.5"), TAP % ("0.5,0.5", "0.5,0.5"), "aitw").score == 0.0


def test_an_opposite_swipe_pays_only_where_the_axis_alone_is_declared() -> None:
    assert judge(UP, DOWN, "aitw").score == 0.0
    assert judge(UP, DOWN, "aitw", swipe="axis").score == 1.0
    assert judge(ACROSS, DOWN, "aitw", swipe="axis").score == 0.0


def test_android_in_the_wild_compares_types_and_typed_text() -> None:
    typed = '{"action_type": "type", "typed_text": "%s"}'
    assert judge('{"type": 5}', '{"type": 5}', "aitw").score == 1.0
    assert judge('{"type": 5}', '{"type": "go_home"}', "aitw").score == 0.0
    assert judge(typed % "cats", typed % "dogs", "aitw").score == 0.0
    assert judge(typed % "cats", typed % "dogs", "aitw", text="ignore").score == 1.0
    assert judge(TAP % ("nan,0", "0,0"), DOWN, "aitw").status is Status.INVALID_ANSWER
    assert same_gesture(Gesture(4, (0.5, 0.5), (0.5, 0.5)), Gesture(4, (0.5, 0.5), (0.5, 0.5)))


def test_mind2web_pays_the_f1_of_the_operation_on_the_right_element() -> None:
    assert operation_f1("TYPE new york", "TYPE new york") == 1.0
    assert operation_f1("TYPE new york city", "TYPE new york") == pytest.approx(6 / 7)
    assert operation_f1("CLICK", "") == 0.0
    gold = {"operation": "TYPE york", "box": [100, 100, 200, 200]}
    assert judge('{"operation": "TYPE york", "point": [150, 150]}', gold, "mind2web").score == 1.0
    assert judge('{"operation": "TYPE new york", "point": [150, 150]}', gold, "mind2web").score == pytest.approx(0.8)
    assert judge('{"operation": "TYPE york", "point": [250, 150]}', gold, "mind2web").score == 0.0
    assert judge("TYPE york", gold, "mind2web").status is Status.INVALID_ANSWER
    assert judge("TYPE york", "TYPE york", "mind2web").score == 1.0


@pytest.mark.parametrize(
    ("gold", "params"),
    [
        ("nonsense", {}), ("fly()", {"actions": "desktop"}), ({"action_type": "click"}, {}),
        ("WAIT()", {"actions": "mobile"}),
        (CLICK, {"max_distance": 0.0}), (CLICK, {"space": "pixels"}), (CLICK, {"target_box": [1, 2]}),
        ({"type": "jump"}, {"actions": "aitw"}), ({"type": 5}, {"actions": "aitw", "ui_boxes": [[1, 2]]}),
        ({"box": [1, 2, 3, 4]}, {"actions": "mind2web"}),
    ],
)  # fmt: skip
def test_golds_of_no_use_are_reported(gold: Any, params: dict[str, Any]) -> None:
    try:
        assert check_action_gold(gold, **params)
    except ValueError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("gold", "actions"),
    [(CLICK, "mobile"), ({"action_type": "wait"}, "mobile"), ("WAIT()", "desktop"), ("Click [3]", "web")],
)
def test_good_golds_pass(gold: Any, actions: Any) -> None:
    assert check_action_gold(gold, actions=actions) is None
    assert check_action_gold(gold, actions="by_gold") is None


@pytest.mark.parametrize(
    ("gold", "right", "wrong"),
    [
        ({"action_type": "scroll", "direction": "down"}, '{"action_type": "scroll", "direction": "Down"}',
         '{"action_type": "scroll", "direction": "up"}'),
        ({"action_type": "scroll", "direction": "down"}, '{"action_type": "scroll", "direction": "down"}',
         '{"action_type": "swipe", "direction": "down"}'),
        ({"action_type": "double_tap", "x": 100, "y": 200},
         '{"action_type": "double_tap", "coordinate": [100, 200]}', '{"action_type": "click", "x": 100, "y": 200}'),
        ({"action_type": "double_tap", "x": 100, "y": 200}, '{"action_type": "double_tap", "x": 100, "y": 200}',
         '{"action_type": "double_tap", "x": 400, "y": 200}'),
        ({"action_type": "click", "index": 3}, '{"action_type": "click", "index": "3"}',
         '{"action_type": "click", "index": 4}'),
        ({"action_type": "click", "box_2d": [[100, 100, 300, 200]]}, '{"action_type": "click", "x": 150, "y": 150}',
         '{"action_type": "click", "x": 150, "y": 450}'),
        ({"action_type": "open_app", "app_name": "Maps"}, '{"action_type": "open_app", "app_name": "maps"}',
         '{"action_type": "open_app", "app_name": "Mail"}'),
        ({"action_type": "answer", "text": "7"}, '{"action_type": "answer", "text": "7"}',
         '{"action_type": "answer", "text": "8"}'),
        ({"action_type": "navigate_home"}, '{"action_type": "press_home"}', '{"action_type": "press_back"}'),
        ({"action_type": "long_press", "x": 5, "y": 5}, '{"action_type": "long_press", "x": 5, "y": 5}',
         '{"action_type": "double_tap", "x": 5, "y": 5}'),

    ],
)  # fmt: skip
def test_actions_of_android_agents_are_judged(gold: Any, right: str, wrong: str) -> None:
    assert check_action_gold(gold, actions="mobile") is None
    assert judge(right, gold, "mobile").score == 1.0
    assert judge(wrong, gold, "mobile").score == 0.0


def test_the_name_of_an_operation_has_no_case_but_its_value_has() -> None:
    assert judge("type New York", "TYPE New York", "mind2web").score == 1.0
    assert judge("click new york", "TYPE new york", "mind2web").score == pytest.approx(2 / 3)
    assert operation_f1("TYPE new york", "TYPE New York") == pytest.approx(1 / 3)


def test_keys_may_be_parted_by_spaces_hyphens_or_as_a_list() -> None:
    assert (
        same_keys("ctrl c", "ctrl+c")
        and same_keys("Ctrl-Shift-T", "ctrl+shift+t")
        and same_keys("page down", "pagedown")
    )
    assert not same_keys("ctrl c", "ctrl+v") and not same_keys("ctrl c", "c")
    assert judge("key(keys=['ctrl', 'c'])", "key(keys='ctrl+c')", "desktop").score == 1.0
