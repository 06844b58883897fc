"""The verifiers `gui_action` and `gui_point`: what to do on a screen, and where.

gui_action.py       the next action
gui_point.py        where to click
actions.py          an action, read into one record
spaces.py           the actions of each space, their fields and other names
score.py            field by field
score_glm.py        as GLM-V's scripts score
score_reference.py  as Android in the Wild and Mind2Web score
"""

from __future__ import annotations

from rewards.verifiers.screens import gui_action, gui_point

__all__ = ["gui_action", "gui_point"]
