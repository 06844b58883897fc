"""Linear equations in one unknown, solved by undoing one operation a step. The level is the number of operations."""

from __future__ import annotations

from random import Random

from rlcs.tiny.problems import Problem, Work, Write, kind

_HIGHEST = 99
"""Every number on the way stays below 100, so that each step is mental arithmetic."""


@kind("equation", "stem.math")
def equation(random: Random, level: int) -> Problem:
    """`3*x+5=26,x=` is worked `3*x=21;x=7`: d = level, the number of operations around x."""
    answer = random.randint(1, 20)
    operations, value = [], answer
    for _ in range(level):
        operator, operand, value = _operation(random, value)
        operations.append((operator, operand))
    prompt = f"{_sides(operations, value)},x="
    return Problem(prompt=prompt, answer=answer, work=lambda write: _solve(operations, value, write))


def _operation(random: Random, value: int) -> tuple[str, int, int]:
    """Draw an operation whose result stays within 1.._HIGHEST; return operator, operand and result."""
    operator, operand = random.choice("+-*"), random.randint(2, 9)
    if operator == "*" and value * operand <= _HIGHEST:
        return "*", operand, value * operand
    if value + operand <= _HIGHEST and (operator == "+" or value <= operand):
        return "+", operand, value + operand
    return "-", operand, value - operand


def _sides(operations: list[tuple[str, int]], value: int) -> str:
    text, is_sum = "x", False
    for operator, operand in operations:
        if operator == "*":
            text, is_sum = f"{operand}*({text})" if is_sum else f"{operand}*{text}", False
        else:
            text, is_sum = f"{text}{operator}{operand}", True
    return f"{text}={value}"


def _solve(operations: list[tuple[str, int]], value: int, write: Write) -> Work:
    """Undo the operations from the last to the first; a quotient that does not come out even is rounded down."""
    steps, left = [], list(operations)
    while left:
        operator, operand = left.pop()
        undone = {"+": value - operand, "-": value + operand, "*": value // operand}[operator]
        value = write(undone, _HIGHEST)
        steps.append(_sides(left, value))
    return steps, value
