"""Golds that are actions on a screen, in each of the action spaces."""

from __future__ import annotations

from typing import Any

from rlcs.bench.verifiers.fuzzing import dress
from rlcs.bench.verifiers.fuzzing.cases import Domain
from rlcs.bench.verifiers.fuzzing.phrases import Family, phrases

_DESKTOP = (("actions", "desktop"),)
_MOBILE = (("actions", "mobile"),)
_WEB = (("actions", "web"),)
_FAR = {"low": 100, "high": 400}
"""A number that moves does so by 400 thousandths: far out of what still pays."""

DESKTOP = [
    Family("left_click(start_box='[<a>,<b>]')",
           ["left_click(start_box='[<a>,<b>]')", "left_click(start_box='[<a>, <b>]')", 'left_click(start_box="[<a>,<b>]")',
            "left_click(start_box='[<a>,<b>]', element_info='OK')", "Thought: press it.\nAction: left_click(start_box='[<a>,<b>]')",
            "LEFT_CLICK(start_box='[<a>,<b>]')", "click(start_box='[<a>,<b>]')", "```\nleft_click(start_box='[<a>,<b>]')\n```"],
           ["right_click(start_box='[<a>,<b>]')", "left_click(start_box='[<b>,<a>]')", "left_click()", "hover(start_box='[<a>,<b>]')",
            "left_double_click(start_box='[<a>,<b>]')", "left_click(start_box='[<a>,<b>]'); left_click(start_box='[<c>,<d>]')"], _DESKTOP, **_FAR),
    Family("type(content='hello <a>')", ["type(content='hello <a>')", 'type(content="hello <a>")', "type( content = 'hello <a>' )", "TYPE(content='hello <a>')"],
           ["type(content='hello')", "type(content='hello <b>')", "key(keys='hello <a>')", "type(content='')"], _DESKTOP, **_FAR),
    Family("key(keys='ctrl+c')", ["key(keys='ctrl+c')", "key(keys='Ctrl + C')", "key(keys='CTRL+C')", "key(key='ctrl+c')", "hotkey(keys='ctrl+c')", "key(keys='control+c')"],
           ["key(keys='ctrl+v')", "key(keys='c')", "key(keys='ctrl+shift+c')", "type(content='ctrl+c')"], _DESKTOP),
    Family("key(keys='enter')", ["key(keys='enter')", "key(keys='Return')", "key(keys='ENTER')"], ["key(keys='tab')", "key(keys='esc')"], _DESKTOP),
    Family("scroll(start_box='[<a>,<b>]', direction='down', step=5)",
           ["scroll(start_box='[<a>,<b>]', direction='down', step=5)", "scroll(direction='down', step=5, start_box='[<a>,<b>]')"],
           ["scroll(start_box='[<a>,<b>]', direction='up', step=5)", "scroll(start_box='[<c>,<d>]', direction='left', step=5)"], _DESKTOP, **_FAR),
    Family("WAIT()", ["WAIT()", "WAIT", "wait()", "wait"], ["DONE()", "FAIL", "wait(1, 2, 3)"], _DESKTOP),
]  # fmt: skip
MOBILE = [
    Family('{"action_type": "click", "box_2d": [[<a>, <b>, <a>, <b>]]}'.replace("<a>, <b>, <a>, <b>", "100, 200, 160, 260"),
           ['{"action_type": "click", "box_2d": [[100, 200, 160, 260]]}', '{"box_2d": [[100,200,160,260]], "action_type": "click"}',
            '```json\n{"action_type": "click", "box_2d": [[100, 200, 160, 260]]}\n```', '{"action_type": "tap", "box_2d": [[100, 200, 160, 260]]}',
            'Reason: it is the button.\nAction: {"action_type": "click", "box_2d": [[100, 200, 160, 260]]}'],
           ['{"action_type": "long_press", "box_2d": [[100, 200, 160, 260]]}', '{"action_type": "click", "box_2d": [[700, 700, 760, 760]]}',
            '{"action_type": "click"}', '{"action_type": "wait"}', '{"action_type": "click", "box_2d": [[160, 260, 100, 200]]}'], _MOBILE),
    Family('{"action_type": "swipe", "direction": "up"}', ['{"action_type": "swipe", "direction": "up"}', '{"direction": "up", "action_type": "swipe"}',
                                                         '{"action_type": "SWIPE", "direction": "UP"}'],
           ['{"action_type": "swipe", "direction": "down"}', '{"action_type": "swipe"}', '{"action_type": "navigate_back"}'], _MOBILE),
    Family('{"action_type": "open_app", "app_name": "Clock"}', ['{"action_type": "open_app", "app_name": "Clock"}', '{"action_type": "open_app", "app_name": "clock"}'],
           ['{"action_type": "open_app", "app_name": "Camera"}', '{"action_type": "open_app"}', '{"action_type": "open_app", "app_name": "Clock, Camera"}'], _MOBILE),
    Family('{"action_type": "input_text", "text": "milk <a>"}', ['{"action_type": "input_text", "text": "milk <a>"}', '{"text": "milk <a>", "action_type": "input_text"}'],
           ['{"action_type": "input_text", "text": "milk"}', '{"action_type": "answer", "text": "milk <a>"}', '{"action_type": "input_text", "text": ""}'], _MOBILE),
    Family('{"action_type": "navigate_back"}', ['{"action_type": "navigate_back"}', '{"action_type":"navigate_back"}'], ['{"action_type": "navigate_home"}', "navigate"], _MOBILE),
]  # fmt: skip
WEB = [
    Family("Click [<a>]", ["Click [<a>]", "click [<a>]", "Click <a>", "Thought: it is there.\nAction: Click [<a>]"], ["Click [<b>]", "Type [<a>]; [x]", "Click [<a>] Click [<b>]"], _WEB),
    Family("Type [<a>]; [cheap tea]", ["Type [<a>]; [cheap tea]", "Type <a>; [cheap tea]", "type [<a>]; [cheap tea]"],
           ["Type [<b>]; [cheap tea]", "Type [<a>]; [dear tea]", "Click [<a>]", "Type [<a>]"], _WEB),
    Family("Scroll [WINDOW]; [down]", ["Scroll [WINDOW]; [down]", "Scroll [window]; [down]", "scroll WINDOW; down"],
           ["Scroll [WINDOW]; [up]", "Scroll [3]; [down]", "Scroll [WINDOW]"], _WEB),
    Family("GoBack", ["GoBack", "goback", "GO_BACK"], ["Wait", "Bing", "GoBack GoBack"], _WEB),
]  # fmt: skip

DOMAINS: list[Domain[Any]] = [
    phrases("desktop", "gui_action", DESKTOP, wordings=dress.SPACE),
    phrases("mobile", "gui_action", MOBILE, wordings=dress.SPACE),
    phrases("web", "gui_action", WEB, wordings=dress.SPACE),
]
