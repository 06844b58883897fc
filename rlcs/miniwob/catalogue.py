"""The tasks of MiniWoB++: which can be used, and why the others cannot."""

from __future__ import annotations

from rlcs.errors import UserError, unknown_name
from rlcs.miniwob.library import all_tasks

_REAL_TIME = "it is a game of reaction in real time, and time stands still while the policy thinks"
LEFT_OUT = {
    "button-delay": _REAL_TIME,
    "chase-circle": _REAL_TIME,
    "hover-shape": _REAL_TIME,
    "moving-items": _REAL_TIME,
    "simon-says": _REAL_TIME,
    "choose-list": "its list opens in a window of the system, which is not in the picture and takes no clicks",
}
"""Tasks that cannot be used, found by trying; and why."""


def usable_tasks() -> list[str]:
    """Return the names of the tasks that can be used."""
    return [name for name in all_tasks() if name not in LEFT_OUT]


def check_task(name: str) -> None:
    """Raise a UserError when there is no such task, or none that can be used."""
    if name in LEFT_OUT:
        raise UserError(f"the task {name!r} of MiniWoB++ cannot be used: {LEFT_OUT[name]}")
    if name not in all_tasks():
        raise unknown_name("task of miniwob://", name, usable_tasks())
