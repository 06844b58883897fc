"""TODO"""

from __future__ import annotations

from rewards.verifiers.screens import gui_action, gui_point

__all__ = ["gui_action", "gui_point"]
