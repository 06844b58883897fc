"""An expert that sees the page's code and solves some tasks: it writes the turns that a policy should write there."""

from __future__ import annotations

import re
from random import Random
from typing import Any

from rollout.environments.browser.page import Page, ours
from rollout.environments.miniwob.recipes import HELPERS, RECIPES
from rollout.environments.protocol import EnvironmentFault

_BOX = re.compile(r"\[(\d+), (\d+), (\d+), (\d+)\]")
_NEAR = 4
"""Thousandths: a click hits the middle of a pixel, which is so far from the middle of the box at most."""


def next_turn(page: Page, name: str, described: str, *, tells_boxes: bool) -> str:
    """Return what the expert would write now, on the page of a task, in desktop actions.

    described: the page as text. Thinking names the line of the element that is clicked; tells_boxes: that line, box
    included, is shown to the policy, so that the action says the box and not a point. Raises EnvironmentFault on a task
    without a recipe, and where the recipe finds nothing to do.
    """
    if name not in RECIPES:
        raise EnvironmentFault("the expert has no recipe for this task")
    with ours():
        found = page.evaluate(f"(() => {{ {HELPERS} return {RECIPES[name]}; }})()")
    if not found:
        raise EnvironmentFault(f"the recipe finds nothing to do on {name}")
    thought, action = _written(found, described, tells_boxes=tells_boxes)
    return f"<think>{thought}</think><answer>{action}</answer>"


def any_click(described: str, random: Random, *, tells_boxes: bool) -> str:
    """Return a click on an element of the page as text, whichever; on any place of it where it tells none."""
    boxes = [tuple(map(int, box.groups())) for box in _BOX.finditer(described)]
    if boxes:
        left, top, right, bottom = random.choice(boxes)
        at = ((left + right) / 2000, (top + bottom) / 2000)
    else:
        at = (random.random(), random.random())
    thought, action = _written({"does": "click", "at": at}, described, tells_boxes=tells_boxes)
    return f"<think>{thought}</think><answer>{action}</answer>"


def _written(found: dict[str, Any], described: str, *, tells_boxes: bool) -> tuple[str, str]:
    """Return thought and action."""
    if found["does"] == "click":
        x, y = (round(1000 * share) for share in found["at"])
        line, box = _line_at(described, x, y)
        told = tells_boxes and box
        return (line + box if told else line).rstrip(), f"left_click(start_box='{box if told else f'[{x},{y}]'}')"
    if found["does"] == "key":
        return "", f"key(keys='{found['text']}')"
    text = str(found["text"]).replace("\\", "\\\\").replace("'", "\\'")
    return "", f"type(content='{text}')"


def _line_at(described: str, x: int, y: int) -> tuple[str, str]:
    """Return role and name, and the box, of the element whose middle is there; empty texts for none."""
    for line in described.splitlines():
        for box in list(_BOX.finditer(line))[:1]:
            left, top, right, bottom = map(int, box.groups())
            if abs((left + right) / 2 - x) <= _NEAR and abs((top + bottom) / 2 - y) <= _NEAR:
                return line[: box.start()], box[0]
    return "", ""
