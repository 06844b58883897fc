"""Problems in digits, worked a step at a time. The level is the number of steps that are alike:

sums, differences and products column by column (columns), sums of metric quantities (terms), linear equations undone
operation by operation (operations).
"""

from __future__ import annotations

from random import Random

from rlcs.tiny.problems import Problem, Work, Write, kind

_UNITS = (("m", "dm", "cm", "mm"), ("l", "dl", "cl", "ml"), ("g", "dg", "cg", "mg"))
_HIGHEST_AMOUNT = 9999
_HIGHEST_VALUE = 99
"""Every number on the way stays below 100, so that each step is mental arithmetic."""


def _number(random: Random, num_digits: int) -> int:
    return random.randrange(10 ** (num_digits - 1), 10**num_digits)


def _digits(number: int) -> list[int]:
    return [int(digit) for digit in reversed(str(number))]


@kind("addition", "stem.math")
def addition(random: Random, level: int) -> Problem:
    """`57+86=` is worked `7+6+0=13;5+8+1=14` (the last term is the carry): d = level."""
    left, right = _number(random, level), _number(random, level)
    return Problem(prompt=f"{left}+{right}=", answer=left + right, work=lambda write: _add(left, right, write))


def _add(left: int, right: int, write: Write) -> Work:
    steps, carry, answer = [], 0, ""
    for upper, lower in zip(_digits(left), _digits(right), strict=True):
        total = write(upper + lower + carry, 19)
        steps.append(f"{upper}+{lower}+{carry}={total}")
        carry, digit = divmod(total, 10)
        answer = f"{digit}{answer}"
    return steps, int(f"{carry}{answer}")


@kind("subtraction", "stem.math")
def subtraction(random: Random, level: int) -> Problem:
    """`52-37=` is worked `12-7-0=5;5-3-1=1` (ten is borrowed where needed and paid back in the next): d = level."""
    left, right = _number(random, level), _number(random, level)
    left, right = max(left, right), min(left, right)
    return Problem(prompt=f"{left}-{right}=", answer=left - right, work=lambda write: _subtract(left, right, write))


def _subtract(left: int, right: int, write: Write) -> Work:
    steps, borrowed, answer = [], 0, ""
    for upper, lower in zip(_digits(left), _digits(right), strict=True):
        borrow = int(upper < lower + borrowed)
        digit = write(upper + 10 * borrow - lower - borrowed, 9)
        steps.append(f"{upper + 10 * borrow}-{lower}-{borrowed}={digit}")
        borrowed, answer = borrow, f"{digit}{answer}"
    return steps, int(answer)


@kind("multiplication", "stem.math")
def multiplication(random: Random, level: int) -> Problem:
    """`57*6=` is worked `7*6=42;5*6=30;30+4=34` (product, then the carry added): d = 2 level - 1."""
    number, factor = _number(random, level), random.randint(2, 9)
    return Problem(
        prompt=f"{number}*{factor}=", answer=number * factor, work=lambda write: _multiply(number, factor, write)
    )


def _multiply(number: int, factor: int, write: Write) -> Work:
    steps, carry, answer = [], 0, ""
    for column, digit in enumerate(_digits(number)):
        total = write(digit * factor, 81)
        steps.append(f"{digit}*{factor}={total}")
        if column > 0:
            product, total = total, write(total + carry, 89)
            steps.append(f"{product}+{carry}={total}")
        carry, last = divmod(total, 10)
        answer = f"{last}{answer}"
    return steps, int(f"{carry}{answer}")


@kind("conversion", "stem.physics")
def conversion(random: Random, level: int) -> Problem:
    """`3m+7dm=?cm` is worked `3m=300;7dm=70;300+70=370`.

    Moving the decimal point is a rule, not a calculation, and never slips: d = level - 1, the additions.
    """
    family = random.choice(_UNITS)
    target = random.randint(1, 3)
    powers = [random.randint(0, min(target, 2)) for _ in range(level)]
    counts = [random.randint(1, 9) for _ in range(level)]
    terms = [
        (f"{count}{family[target - power]}", count * 10**power) for count, power in zip(counts, powers, strict=True)
    ]
    return Problem(
        prompt=f"{'+'.join(text for text, _ in terms)}=?{family[target]}",
        answer=sum(amount for _, amount in terms),
        work=lambda write: _convert_and_add(terms, write),
    )


def _convert_and_add(terms: list[tuple[str, int]], write: Write) -> Work:
    (first_text, total), *others = terms
    steps = [f"{first_text}={total}"]
    for text, amount in others:
        before, total = total, write(total + amount, _HIGHEST_AMOUNT)
        steps += [f"{text}={amount}", f"{before}+{amount}={total}"]
    return steps, total


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
    """Draw an operation whose result stays within 1.._HIGHEST_VALUE; return operator, operand and result."""
    operator, operand = random.choice("+-*"), random.randint(2, 9)
    if operator == "*" and value * operand <= _HIGHEST_VALUE:
        return "*", operand, value * operand
    if value + operand <= _HIGHEST_VALUE and (operator == "+" or value <= operand):
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
        value = write(undone, _HIGHEST_VALUE)
        steps.append(_sides(left, value))
    return steps, value
