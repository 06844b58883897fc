"""Golds that are actions on a screen, in each of the action spaces."""

from __future__ import annotations

from typing import Any

from rlcs.bench.verifiers.fuzzing import dress
from rlcs.bench.verifiers.fuzzing.cases import Domain
from rlcs.bench.verifiers.fuzzing.phrases import families, phrases

DESKTOP = families(
    r"""
[low=100 high=400]
left_click(start_box='[<a>,<b>]') == left_click(start_box='[<a>, <b>]') == left_click(start_box="[<a>,<b>]")
    == left_click(start_box='[<a>,<b>]', element_info='OK')
    == Thought: press it.⏎Action: left_click(start_box='[<a>,<b>]') == LEFT_CLICK(start_box='[<a>,<b>]')
    == click(start_box='[<a>,<b>]') == ```⏎left_click(start_box='[<a>,<b>]')⏎```
    != right_click(start_box='[<a>,<b>]') != left_click()
    != hover(start_box='[<a>,<b>]') != left_double_click(start_box='[<a>,<b>]')
    != left_click(start_box='[<a>,<b>]'); left_click(start_box='[<c>,<d>]')

[low=100 high=400]
type(content='hello <a>') == type(content="hello <a>") == type( content = 'hello <a>' ) == TYPE(content='hello <a>')
    != type(content='hello') != type(content='hello <b>') != key(keys='hello <a>') != type(content='')

key(keys='ctrl+c') == key(keys='Ctrl + C') == key(keys='CTRL+C') == key(key='ctrl+c') == hotkey(keys='ctrl+c')
    == key(keys='control+c')
    != key(keys='ctrl+v') != key(keys='c') != key(keys='ctrl+shift+c') != type(content='ctrl+c')

key(keys='enter') == key(keys='Return') == key(keys='ENTER')
    != key(keys='tab') != key(keys='esc')

[low=100 high=400]
scroll(start_box='[<a>,<b>]', direction='down', step=5) == scroll(direction='down', step=5, start_box='[<a>,<b>]')
    != scroll(start_box='[<a>,<b>]', direction='up', step=5)
    != scroll(start_box='[<c>,<d>]', direction='left', step=5)

WAIT() == WAIT == wait() == wait
    != DONE() != FAIL != wait(1, 2, 3)
""",
    params=(("actions", "desktop"),),
)
MOBILE = families(
    r"""
{"action_type": "click", "box_2d": [[100, 200, 160, 260]]}
    == {"box_2d": [[100,200,160,260]], "action_type": "click"}
    == ```json⏎{"action_type": "click", "box_2d": [[100, 200, 160, 260]]}⏎```
    == {"action_type": "tap", "box_2d": [[100, 200, 160, 260]]}
    == Reason: it is the button.⏎Action: {"action_type": "click", "box_2d": [[100, 200, 160, 260]]}
    != {"action_type": "long_press", "box_2d": [[100, 200, 160, 260]]}
    != {"action_type": "click", "box_2d": [[700, 700, 760, 760]]} != {"action_type": "click"}
    != {"action_type": "wait"} != {"action_type": "click", "box_2d": [[160, 260, 100, 200]]}

{"action_type": "swipe", "direction": "up"} == {"direction": "up", "action_type": "swipe"}
    == {"action_type": "SWIPE", "direction": "UP"}
    != {"action_type": "swipe", "direction": "down"} != {"action_type": "swipe"} != {"action_type": "navigate_back"}

{"action_type": "open_app", "app_name": "Clock"} == {"action_type": "open_app", "app_name": "clock"}
    != {"action_type": "open_app", "app_name": "Camera"} != {"action_type": "open_app"}
    != {"action_type": "open_app", "app_name": "Clock, Camera"}

{"action_type": "input_text", "text": "milk <a>"} == {"text": "milk <a>", "action_type": "input_text"}
    != {"action_type": "input_text", "text": "milk"} != {"action_type": "answer", "text": "milk <a>"}
    != {"action_type": "input_text", "text": ""}

{"action_type": "navigate_back"} == {"action_type":"navigate_back"}
    != {"action_type": "navigate_home"} != navigate
""",
    params=(("actions", "mobile"),),
)
WEB = families(
    r"""
Click [<a>] == click [<a>] == Click <a> == Thought: it is there.⏎Action: Click [<a>]
    != Click [<b>] != Type [<a>]; [x] != Click [<a>] Click [<b>]

Type [<a>]; [cheap tea] == Type <a>; [cheap tea] == type [<a>]; [cheap tea]
    != Type [<b>]; [cheap tea] != Type [<a>]; [dear tea] != Click [<a>] != Type [<a>]

Scroll [WINDOW]; [down] == Scroll [window]; [down] == scroll WINDOW; down
    != Scroll [WINDOW]; [up] != Scroll [3]; [down] != Scroll [WINDOW]

GoBack == goback == GO_BACK
    != Wait != Bing != GoBack GoBack
""",
    params=(("actions", "web"),),
)

DOMAINS: list[Domain[Any]] = [
    phrases("desktop", "gui_action", DESKTOP, wordings=dress.SPACE),
    phrases("mobile", "gui_action", MOBILE, wordings=dress.SPACE),
    phrases("web", "gui_action", WEB, wordings=dress.SPACE),
]
