"""What one who knows tools would write: a task that is an expression in digits is given to Python, and its result told.

    57+86=       <think></think><tool_call>python
                 print(57+86)</tool_call>
    143          <think></think><answer><|begin_of_box|>143<|end_of_box|></answer>

Nothing is evaluated here: the text is compared with what an expression may hold, and Python has its walls.
"""

from __future__ import annotations

import re

from rollout.environments.protocol import Piece
from rollout.environments.tools.calls import END, PYTHON, START

_EXPRESSION = re.compile(r"[\d\s.()+*/-]{1,200}")


def expression_of(pieces: tuple[Piece, ...]) -> str | None:
    """Return the expression that a task asks for; None for any other. Example: ("57+86=",) gives "57+86"."""
    if len(pieces) != 1 or not isinstance(pieces[0], str):
        return None
    text = pieces[0].strip().removesuffix("=").rstrip()
    return text if _EXPRESSION.fullmatch(text) and any(mark in text for mark in "+-*/") else None


def call_for(expression: str) -> str:
    """Return the turn that lets Python work out an expression."""
    return f"<think></think>{START}{PYTHON}\nprint({expression}){END}"


def answer_from(printed: str) -> str:
    """Return the turn that tells what Python printed."""
    return f"<think></think><answer><|begin_of_box|>{printed}<|end_of_box|></answer>"
